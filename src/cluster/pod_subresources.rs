//! Writing through a Pod's subresources `resize` and `ephemeralcontainers`. Models `ResizeREST` and
//! `EphemeralContainersREST` of `pkg/registry/core/pod/storage`.

use std::rc::Rc;

use super::api_server::Status;
use super::world::World;
use super::{Actor, admission};
use crate::api::validation::pod_subresources as validation;
use crate::api::{Object, ObjectKey, Value, defaults};

/// A Pod's subresource that takes a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// `pods/resize`
    Resize,
    /// `pods/ephemeralcontainers`
    EphemeralContainers,
}

impl Subresource {
    /// By its name in a path.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "resize" => Some(Subresource::Resize),
            "ephemeralcontainers" => Some(Subresource::EphemeralContainers),
            _ => None,
        }
    }
}

impl World {
    /// Replaces what a Pod's subresource may change of it.
    ///
    /// # Errors
    /// What the API server would answer; nothing is stored then.
    pub fn update_subresource(
        &mut self,
        actor: Actor,
        subresource: Subresource,
        mut value: Value,
    ) -> Result<Rc<Object>, Status> {
        defaults::set(&mut value);
        let meta = |name| value.text_at(&["metadata", name]);
        let key = ObjectKey::pod(meta("namespace"), meta("name"));
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found("pods", &key.name));
        };
        let version = value.text_at(&["metadata", "resourceVersion"]);
        if !version.is_empty() && version != old.value.text_at(&["metadata", "resourceVersion"]) {
            return Err(Status::conflict(&key));
        }
        match subresource {
            Subresource::Resize => {
                admission::admit_resize(self, &mut value);
                validation::prepare_for_resize(&mut value, &old.value);
                let errors = validation::errors_on_resize(&value, &old.value);
                crate::api::validation::refuse(&value, &errors)?;
                admission::validate_resize(self, &key, &value, &old.value)?;
            }
            Subresource::EphemeralContainers => {
                validation::prepare_for_ephemeral_containers(&mut value, &old.value);
                let errors = validation::errors_on_ephemeral_containers(&value, &old.value);
                crate::api::validation::refuse(&value, &errors)?;
                admission::validate_update(self, &key, &value, &old.value)?;
            }
        }
        if value == old.value {
            return Ok(old);
        }
        self.patch(actor, &key, |pod| *pod = value)
    }
}
