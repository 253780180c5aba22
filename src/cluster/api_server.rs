//! The API front: what may be written, and how. Models `k8s.io/apiserver/pkg/registry/generic` and
//! the strategies of `pkg/registry/core`. Left out: authentication and authorisation (the caller is
//! an administrator), managedFields.

use std::fmt;
use std::rc::Rc;

use super::binding::is_binding;
use super::network::control_plane;
use super::world::World;
use super::{Actor, SimTime, Verb, admission, system_namespaces};
use crate::api::{Object, ObjectKey, Uid, Value, defaults, validation};
use crate::fields;

/// What the API server answers when it refuses. Models `metav1.Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// `NotFound`, `AlreadyExists`, `Invalid`, `Forbidden`, `BadRequest`, `Conflict`; empty where
    /// upstream gives none
    pub reason: &'static str,
    /// The whole sentence.
    pub message: String,
}

impl Status {
    /// The object is not there. `resource` is the plural, with its group where it has one.
    pub fn not_found(resource: &str, name: &str) -> Self {
        let message = format!("{resource} \"{name}\" not found");
        Status {
            code: 404,
            reason: "NotFound",
            message,
        }
    }

    /// It was written by somebody else in between. Models `OptimisticLockErrorMsg`.
    pub fn conflict(key: &ObjectKey) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply \
             your changes to the latest version and try again",
            validation::resource(key),
            key.name
        );
        Status {
            code: 409,
            reason: "Conflict",
            message,
        }
    }

    /// The object is there already.
    pub fn already_exists(resource: &str, name: &str) -> Self {
        let message = format!("{resource} \"{name}\" already exists");
        Status {
            code: 409,
            reason: "AlreadyExists",
            message,
        }
    }
}

/// As kubectl prints it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            "Invalid" => write!(f, "The {}", self.message),
            "" => write!(f, "Error from server: {}", self.message),
            reason => write!(f, "Error from server ({reason}): {}", self.message),
        }
    }
}

/// What a cluster has before anybody does anything.
pub(super) fn bootstrap(world: &mut World) {
    system_namespaces::sync(world);
    if world.setup.control_plane_services {
        control_plane::make_services(world);
        admission::make_system_classes(world);
    }
}

/// A Namespace that is needed, unless it is there.
pub(super) fn make_namespace(world: &mut World, name: &str) {
    if world
        .store
        .get(&ObjectKey::new("Namespace", "", name))
        .is_some()
    {
        return;
    }
    let namespace = fields! {
        "apiVersion" => "v1", "kind" => "Namespace",
        "metadata" => fields! { "name" => name },
    };
    // A name that no Namespace may have is its objects' own mistake.
    let _ = world.create(Actor::ApiServer, namespace);
}

impl World {
    /// Creates an object: defaults, admission, validation, then the store.
    ///
    /// # Errors
    /// What the API server would answer; nothing is stored then.
    pub fn create(&mut self, actor: Actor, value: Value) -> Result<Rc<Object>, Status> {
        self.create_from(actor, value, "uid")
    }

    /// The same, with the uid drawn from a stream of chance of its own, so that nothing else is another one because
    /// of it.
    pub(super) fn create_from(
        &mut self,
        actor: Actor,
        mut value: Value,
        stream: &str,
    ) -> Result<Rc<Object>, Status> {
        defaults::set(&mut value);
        admission::admit_create(self, &mut value)?;
        if is_binding(&value) {
            return self.assign(actor, &value);
        }
        self.generate_name(&mut value);
        let uid = self.rng.uid_of(stream);
        let now = self.now();
        // `rest.BeforeCreate`: nothing begins with its end.
        for name in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
            value.remove(&["metadata", name]);
        }
        value.set(&["metadata", "uid"], uid.to_string());
        value.set(&["metadata", "creationTimestamp"], now.to_rfc3339());
        admission::allocate(self, &mut value, None)?;
        validation::prepare_for_create(&mut value, now);
        validation::create(&value)?;
        admission::validate_create(self, &ObjectKey::of(&value), &value)?;
        let object = self.versioned(value)?;
        let key = object.key();
        if self.store.get(&key).is_some() {
            return Err(Status::already_exists(
                &validation::resource(&key),
                &key.name,
            ));
        }
        self.record(
            actor,
            Verb::Created,
            key,
            Some(object.clone()),
            Rc::from(""),
        );
        Ok(object)
    }

    /// Writes what `edit` makes of the object. Nothing is recorded if that is nothing new. For
    /// components, which write what is valid: `kubectl` goes through [`World::update`].
    ///
    /// # Errors
    /// When there is no such object.
    pub fn patch(
        &mut self,
        actor: Actor,
        key: &ObjectKey,
        edit: impl FnOnce(&mut Value),
    ) -> Result<Rc<Object>, Status> {
        let Some(old) = self.store.get(key).cloned() else {
            return Err(Status::not_found(&validation::resource(key), &key.name));
        };
        let mut value = old.value.clone();
        edit(&mut value);
        if value == old.value {
            return Ok(old);
        }
        self.write(actor, key, value)
    }

    /// Replaces an object as `PUT` does: defaults, admission, validation against the old version.
    ///
    /// # Errors
    /// What the API server would answer; nothing is stored then.
    pub fn update(&mut self, actor: Actor, mut value: Value) -> Result<Rc<Object>, Status> {
        defaults::set(&mut value);
        let key = Object::new(value.clone()).map_err(bad_object)?.key();
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found(&validation::resource(&key), &key.name));
        };
        let version = value.text_at(&["metadata", "resourceVersion"]);
        if !version.is_empty() && version != old.value.text_at(&["metadata", "resourceVersion"]) {
            return Err(Status::conflict(&key));
        }
        admission::admit_update(self, &mut value, &old.value)?;
        admission::allocate(self, &mut value, Some(&old.value))?;
        validation::prepare_for_update(&mut value, &old.value);
        validation::update(&value, &old.value)?;
        admission::validate_update(self, &key, &value, &old.value)?;
        if value == old.value {
            return Ok(old);
        }
        self.write(actor, &key, value)
    }

    /// What the API server warns of in an object that it has just stored: strategies first, then
    /// admission, as upstream.
    pub fn warnings(&self, value: &Value, old: Option<&Value>) -> Vec<String> {
        let mut warnings = validation::warnings(value, old);
        warnings.extend(admission::warnings(self, value, old));
        warnings
    }

    /// Puts a refusal on record: somebody wanted something and was told no.
    pub fn refuse(&mut self, actor: Actor, key: ObjectKey, message: impl Into<Rc<str>>) {
        self.record(actor, Verb::Refused, key, None, message.into());
    }

    fn write(&mut self, actor: Actor, key: &ObjectKey, value: Value) -> Result<Rc<Object>, Status> {
        let object = self.versioned(value)?;
        // Models `ShouldDeleteDuringUpdate`: it was being deleted before this.
        let was_going = self.store.get(key).is_some_and(|old| {
            let meta = &old.meta;
            meta.deletion_timestamp.is_some()
                && matches!(meta.deletion_grace_period_seconds, None | Some(0))
        });
        let released = was_going && object.meta.finalizers.is_empty() && !holds_contents(&object);
        if released {
            self.record(actor, Verb::Deleted, key.clone(), None, Rc::from(""));
            self.after_delete(key);
        } else {
            self.record(
                actor,
                Verb::Updated,
                key.clone(),
                Some(object.clone()),
                Rc::from(""),
            );
        }
        Ok(object)
    }

    pub(super) fn versioned(&mut self, mut value: Value) -> Result<Rc<Object>, Status> {
        let version = self.store.next_resource_version();
        value.set(&["metadata", "resourceVersion"], version.to_string());
        Object::new(value).map(Rc::new).map_err(bad_object)
    }

    fn generate_name(&mut self, value: &mut Value) {
        let prefix = value.text_at(&["metadata", "generateName"]).to_string();
        if !prefix.is_empty() && value.text_at(&["metadata", "name"]).is_empty() {
            let suffix = self.rng.name_suffix("names", Uid(0));
            value.set(&["metadata", "name"], format!("{prefix}{suffix}"));
        }
    }
}

pub(super) fn is_namespace(object: &Object) -> bool {
    object.value.text_at(&["kind"]) == "Namespace"
}

/// A Namespace stays until its contents are gone: its `spec.finalizers` say so.
pub(super) fn holds_contents(object: &Object) -> bool {
    is_namespace(object)
        && !object
            .value
            .at(&["spec", "finalizers"])
            .is_none_or(Value::is_empty)
}

fn bad_object(error: crate::api::view::ViewError) -> Status {
    Status {
        code: 400,
        reason: "BadRequest",
        message: error.to_string(),
    }
}

/// Sets a condition in `status.conditions`, stamping it if its status is another one than before.
pub fn set_condition(value: &mut Value, mut condition: Value, now: SimTime) {
    let conditions = value.at_mut(&["status", "conditions"]).items_mut();
    let kind = condition.text_at(&["type"]).to_string();
    let old = conditions
        .iter_mut()
        .find(|old| old.text_at(&["type"]) == kind);
    let same = old
        .as_ref()
        .filter(|old| old.get("status") == condition.get("status"));
    let since = same.and_then(|old| old.get("lastTransitionTime").cloned());
    condition.set(
        &["lastTransitionTime"],
        since.unwrap_or_else(|| now.to_rfc3339().into()),
    );
    match old {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
}
