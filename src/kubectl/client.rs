//! Requests to the API server, as kubectl's commands make them: strict decoding of what is sent,
//! then the API front. Models `k8s.io/cli-runtime/pkg/resource/helper.go` and the decoding in
//! `k8s.io/apiserver/pkg/endpoints/handlers`.

use std::rc::Rc;

use super::builder::Info;
use super::error::Error;
use super::go_map;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::deletion::{DeleteOptions, Propagation};
use crate::cluster::{Actor, World};
use crate::manifest::decode::{self, Decoded};
use crate::manifest::tree::Node;

/// What becomes of unknown fields. Models `fieldValidation`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are refused.
    #[default]
    Strict,
    /// They are dropped, with a warning.
    Warn,
    /// They are dropped.
    Ignore,
}

/// An object that the server answered with, and its warnings.
#[derive(Clone, Debug)]
pub struct Answered {
    /// As it is now, or would be.
    pub object: Rc<Object>,
    /// In the order in which they came.
    pub warnings: Vec<String>,
}

/// How requests of a command are made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Client {
    /// What becomes of unknown fields.
    pub validation: FieldValidation,
    /// Are all requests only tried?
    pub is_dry_run: bool,
}

/// The key under which the server has an object.
pub fn key_of(info: &Info) -> ObjectKey {
    let kind = match info.kind.group() {
        "" => info.kind.kind().to_string(),
        group => format!("{}.{group}", info.kind.kind()),
    };
    let namespace = if info.kind.is_namespaced() {
        &*info.namespace
    } else {
        ""
    };
    ObjectKey::new(&kind, namespace, &info.name)
}

impl Client {
    /// The object, if it is there. Models `Info.Get`.
    ///
    /// # Errors
    /// When it can't be asked for.
    pub fn get(self, world: &World, info: &Info) -> Result<Option<Rc<Object>>, Error> {
        let name = &info.name;
        if name.is_empty() {
            return Err(Error::Plain("resource name may not be empty".into()));
        }
        let wrong = match &**name {
            "." => "[may not be '.']",
            ".." => "[may not be '..']",
            _ if name.contains('/') && name.contains('%') => {
                "[may not contain '/' may not contain '%']"
            }
            _ if name.contains('/') => "[may not contain '/']",
            _ if name.contains('%') => "[may not contain '%']",
            _ => return Ok(world.store.get(&key_of(info)).cloned()),
        };
        let name = crate::manifest::stream::quoted(name);
        Err(Error::Plain(format!(
            "invalid resource name {name}: {wrong}"
        )))
    }

    /// Creates the object.
    ///
    /// # Errors
    /// The server's answer.
    pub fn create(self, world: &mut World, info: &Info, value: &Value) -> Result<Answered, Error> {
        let (value, mut warnings) = self.decoded(info, value)?;
        self.request(world, |world| {
            let object = world.create(Actor::You, value)?;
            warnings.extend(world.warnings(&object.value, None));
            Ok(Answered { object, warnings })
        })
    }

    /// Puts the object in place of the one that is there.
    ///
    /// # Errors
    /// The server's answer.
    pub fn replace(self, world: &mut World, info: &Info, value: &Value) -> Result<Answered, Error> {
        let (value, warnings) = self.decoded(info, value)?;
        self.update(world, info, value, warnings)
    }

    /// Writes the object with a patch in it; `patch` is only for the server's complaint.
    ///
    /// # Errors
    /// The server's answer.
    pub fn patch(
        self,
        world: &mut World,
        info: &Info,
        patched: &Value,
        patch: &Value,
    ) -> Result<Answered, Error> {
        let decoded = decode::decode(&Node::unplaced(patched), info.kind.of(), None);
        let warnings = match self.complaint(&decoded) {
            Err(sentence) => {
                let dump = crate::manifest::stream::quoted(&go_map::dump(patch));
                let message =
                    format!("The request is invalid: patch: Invalid value: {dump}: {sentence}");
                return Err(invalid(message).into());
            }
            Ok(warnings) => warnings,
        };
        self.update(world, info, decoded.value, warnings)
    }

    fn update(
        self,
        world: &mut World,
        info: &Info,
        value: Value,
        mut warnings: Vec<String>,
    ) -> Result<Answered, Error> {
        let old = world
            .store
            .get(&key_of(info))
            .map(|object| object.value.clone());
        self.request(world, |world| {
            let object = world.update(Actor::You, value)?;
            warnings.extend(world.warnings(&object.value, old.as_ref()));
            Ok(Answered { object, warnings })
        })
    }

    /// Deletes the object.
    ///
    /// # Errors
    /// The server's answer.
    pub fn delete(
        self,
        world: &mut World,
        info: &Info,
        grace: Option<i64>,
        propagation: Propagation,
    ) -> Result<(), Error> {
        let options = DeleteOptions {
            grace_period_seconds: grace,
            propagation: Some(propagation),
        };
        self.request(world, |world| {
            world.delete_with(Actor::You, &key_of(info), &options)
        })
    }

    /// Does it to the world, or to a copy of it.
    fn request<T>(
        self,
        world: &mut World,
        request: impl FnOnce(&mut World) -> Result<T, Status>,
    ) -> Result<T, Error> {
        if self.is_dry_run {
            return Ok(request(&mut world.clone())?);
        }
        Ok(request(world)?)
    }

    /// What the server reads, and what it warns of.
    fn decoded(self, info: &Info, value: &Value) -> Result<(Value, Vec<String>), Error> {
        let (written, kind) = (info.written_kind(), info.kind.kind());
        let version = info.kind.version();
        let refuse = |sentence: String| {
            let message = format!(
                "{written} in version \"{version}\" cannot be handled as a {kind}: {sentence}"
            );
            Error::from(Status {
                code: 400,
                reason: "BadRequest",
                message,
            })
        };
        if written != kind {
            return Err(refuse(format!(
                "no kind \"{written}\" is registered for version \"{}\" in scheme \
                 \"pkg/runtime/scheme.go:111\"",
                info.kind.api_version()
            )));
        }
        let decoded = decode::decode(&Node::unplaced(value), info.kind.of(), None);
        let warnings = self.complaint(&decoded).map_err(refuse)?;
        Ok((decoded.value, warnings))
    }

    /// The fields of an object that the server would warn of, whatever else it says.
    pub fn unknown_fields(self, info: &Info, value: &Value) -> Vec<String> {
        let decoded = decode::decode(&Node::unplaced(value), info.kind.of(), None);
        self.complaint(&decoded).unwrap_or_default()
    }

    /// What the decoder says of a request's body: a refusal, or warnings.
    fn complaint(self, decoded: &Decoded) -> Result<Vec<String>, String> {
        if let Some(fault) = decoded.error() {
            return Err(fault.message.clone());
        }
        let unknown = decoded.strict.iter().map(|fault| fault.message.clone());
        let mut unknown: Vec<String> = unknown.collect();
        match self.validation {
            FieldValidation::Ignore => unknown.clear(),
            FieldValidation::Strict if !unknown.is_empty() => {
                return Err(format!("strict decoding error: {}", unknown.join(", ")));
            }
            _ => {}
        }
        Ok(unknown)
    }
}

fn invalid(message: String) -> Status {
    Status {
        code: 422,
        reason: "Invalid",
        message,
    }
}
