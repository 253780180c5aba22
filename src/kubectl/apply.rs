//! `kubectl apply -f`, and the editor's Apply and Replace, document by document.
//! Models `k8s.io/kubectl/pkg/cmd/apply` (client-side apply). Left out: pruning, server-side apply.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{print, three_way};
use crate::api::schema::{self, TypeId};
use crate::api::validation::field::go_json;
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::binding::is_binding;
use crate::cluster::deletion::{DeleteOptions, Propagation};
use crate::cluster::{Actor, Cause, InputId, World};
use crate::manifest::{Checked, Checker, Limit, Named, Severity};

/// Where an object remembers what it was applied as.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An Apply under way: one document a step, so that no event takes long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Applying {
    checker: Checker,
    is_replace: bool,
    /// Is the whole text checked, and found right?
    is_checked: bool,
    /// Errors found so far.
    errors: usize,
    /// Objects of the document that is being applied, which are done already.
    done: usize,
}

/// What is to be done after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next one, at the same moment.
    Again,
    /// The same once more, after a while.
    After(Duration),
    /// Nothing.
    Done,
}

impl Applying {
    /// The editor's Apply.
    pub fn apply(manifest: Rc<str>) -> Self {
        Applying {
            checker: Checker::new(manifest),
            is_replace: false,
            is_checked: false,
            errors: 0,
            done: 0,
        }
    }

    /// The editor's Replace: deletes what the manifest names and creates it again.
    pub fn replace(manifest: Rc<str>) -> Self {
        Applying {
            is_replace: true,
            ..Applying::apply(manifest)
        }
    }

    /// Does the next step; answers are printed to `input`. A problem that the text alone shows stops
    /// every document: the whole text is checked first.
    pub fn step(&mut self, world: &mut World, input: InputId) -> Step {
        let mut checker = self.checker.clone();
        let mut checked = Checked::default();
        let more = checker.step(&mut checked);
        if !self.is_checked {
            self.checker = checker;
            self.note_errors(world, input, &checked);
            if more {
                return Step::Again;
            }
            return self.end_of_check(world, input);
        }
        let objects: Vec<Named> = checked.objects.into_iter().skip(self.done).collect();
        for object in objects {
            world.set_cause(Cause::Input(input, object.document));
            if self.is_replace && !remove(world, input, &object) {
                return Step::After(world.latencies().replace_look_again);
            }
            self.done += 1;
            put(world, input, &object);
        }
        self.checker = checker;
        self.done = 0;
        if more { Step::Again } else { Step::Done }
    }

    fn note_errors(&mut self, world: &mut World, input: InputId, checked: &Checked) {
        for found in checked
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
        {
            let line = format!(
                "Line {}, column {}: {}",
                found.line, found.column, found.message
            );
            if self.errors == 0 {
                let manifest = ObjectKey::new("Manifest", "", "");
                world.refuse(Actor::You, manifest, line.as_str());
            }
            self.errors += 1;
            if self.errors > Limit::FINDINGS {
                return;
            }
            world.answer(input, checked.documents.saturating_sub(1), line, true);
        }
    }

    fn end_of_check(&mut self, world: &mut World, input: InputId) -> Step {
        if self.errors > 0 {
            return Step::Done;
        }
        let text = self.checker.text().clone();
        self.is_checked = true;
        self.checker = Checker::of_right(text);
        if self.checker.clone().step(&mut Checked::default()) {
            return Step::Again;
        }
        world.answer(input, 0, "error: no objects passed to apply", true);
        Step::Done
    }
}

/// Deletes what is to be replaced; tells whether it is gone.
fn remove(world: &mut World, input: InputId, object: &Named) -> bool {
    let Some(old) = world.store.get(&object.key).cloned() else {
        return true;
    };
    if old.meta.deletion_timestamp.is_none() {
        let options = DeleteOptions {
            grace_period_seconds: None,
            propagation: Some(Propagation::Background),
        };
        if let Err(status) = world.delete_with(Actor::You, &object.key, &options) {
            world.answer(input, object.document, status.to_string(), true);
            return true;
        }
        world.answer(
            input,
            object.document,
            print::deleted_key(&object.key, None),
            false,
        );
    }
    world.store.get(&object.key).is_none()
}

/// Applies one object and answers what became of it.
fn put(world: &mut World, input: InputId, object: &Named) {
    let old = world.store.get(&object.key).cloned();
    match apply_object(world, &object.value) {
        Ok(outcome) => {
            let stored = world.store.get(&outcome.key).cloned();
            let is_written = outcome.verb != "unchanged";
            for stored in stored.iter().filter(|_| is_written) {
                let old = old.as_ref().map(|old| &old.value);
                for warning in world.warnings(&stored.value, old) {
                    let line = format!("Warning: {warning}");
                    world.answer(input, object.document, line, true);
                }
            }
            let line = format!("{} {}", called(&outcome.key), outcome.verb);
            world.answer(input, object.document, line, false);
        }
        Err(status) => {
            let line = status.to_string();
            world.refuse(Actor::You, object.key.clone(), line.as_str());
            world.answer(input, object.document, line, true);
        }
    }
}

/// What became of an object that was applied.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its key; a generated name is in it.
    pub key: ObjectKey,
    /// `created`, `configured`, `unchanged`
    pub verb: &'static str,
}

/// `pod/hello-pod`, `deployment.apps/web`
pub fn called(key: &ObjectKey) -> String {
    format!("{}/{}", key.kind.to_lowercase(), key.name)
}

/// Creates the object, or merges what changed since it was applied last into the one that is there.
///
/// # Errors
/// What the API server answers.
pub fn apply_object(world: &mut World, written: &Value) -> Result<Outcome, Status> {
    let key = key_of(written);
    if is_binding(written) {
        // It is no object that could be applied again.
        world.create(Actor::You, without_nulls(written))?;
        return Ok(Outcome {
            key,
            verb: "created",
        });
    }
    let mut modified = written.clone();
    remember(&mut modified);
    let Some(current) = world.store.get(&key).cloned() else {
        let created = world.create(Actor::You, without_nulls(&modified))?;
        return Ok(Outcome {
            key: created.key(),
            verb: "created",
        });
    };
    let original = last_applied(&current.value).unwrap_or_default();
    let of = type_of(&current.value);
    let merged = three_way::merge(&original, &modified, &current.value, of);
    if merged == current.value {
        return Ok(Outcome {
            key,
            verb: "unchanged",
        });
    }
    world.update(Actor::You, merged)?;
    Ok(Outcome {
        key,
        verb: "configured",
    })
}

/// The value without the nulls in its maps. Models `pruneNullsFromMap`.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(fields) => fields
            .iter()
            .filter(|(_, value)| **value != Value::Null)
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect(),
        Value::List(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// The key that an object as written has.
pub fn key_of(value: &Value) -> ObjectKey {
    let text = |path: &[&str]| value.text_at(path);
    let group = text(&["apiVersion"])
        .split_once('/')
        .map(|(group, _)| group);
    let kind = match group {
        Some(group) => format!("{}.{group}", text(&["kind"])),
        None => text(&["kind"]).to_string(),
    };
    ObjectKey::new(
        &kind,
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
    )
}

/// Writes into the object what it was applied as. Models `GetModifiedConfiguration`. kubectl reads
/// annotations as texts on the way: a null becomes an empty one.
pub(super) fn remember(value: &mut Value) {
    let annotations = value.at_mut(&["metadata", "annotations"]).fields_mut();
    annotations.remove(LAST_APPLIED);
    for annotation in annotations.values_mut() {
        if *annotation == Value::Null {
            *annotation = "".into();
        }
    }
    let text = format!("{}\n", go_json(value));
    value.set(&["metadata", "annotations", LAST_APPLIED], text);
}

/// What the object was applied as last.
pub(super) fn last_applied(value: &Value) -> Option<Value> {
    let text = value
        .at(&["metadata", "annotations", LAST_APPLIED])?
        .as_str()?;
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Value::from_json(&json))
}

pub(super) fn type_of(value: &Value) -> Option<TypeId> {
    let kind = schema::kind(value.text_at(&["apiVersion"]), value.text_at(&["kind"]))?;
    Some(kind.of())
}
