//! Writes a plan. Models `finalize` of `staging/src/k8s.io/endpointslice/reconciler.go`.

use std::rc::Rc;

use super::actor;
use super::reconciler::{Context, Draft, Plan, or_null};
use super::wanted::Entry;
use crate::api::{ObjectKey, Value, validation};
use crate::cluster::{SimTime, World};
use crate::fields;

/// `v1.EndpointsLastChangeTriggerTime`.
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

impl Context<'_> {
    /// Models `finalize`: what is to be made takes the place of what is to go.
    pub(super) fn finalize(&self, world: &mut World, plan: Plan, errors: &mut Vec<String>) {
        let Plan {
            mut create,
            mut update,
            delete,
        } = plan;
        let mut gone = Vec::new();
        for slice in delete {
            match create.pop() {
                Some(mut draft) if self.owns(&slice) => {
                    draft.slice = Some(slice);
                    update.push(draft);
                }
                other => {
                    create.extend(other);
                    gone.push(slice);
                }
            }
        }
        if self.service.metadata.deletion_timestamp.is_none() {
            for draft in &create {
                if let Err(error) = self.create(world, draft) {
                    return errors.extend(error);
                }
            }
        }
        for draft in &update {
            self.update(world, draft);
        }
        for slice in &gone {
            let deleted = world.delete(actor(), &slice.key(), None);
            debug_assert!(deleted.is_ok(), "the slice was there a moment ago");
        }
    }

    /// What went wrong, if it is worth telling: a namespace on its way out takes nothing new.
    fn create(&self, world: &mut World, draft: &Draft) -> Result<(), Option<String>> {
        let meta = &self.service.metadata;
        let owner = fields! {
            "apiVersion" => "v1", "kind" => "Service", "name" => meta.name.clone(), "uid" => meta.uid.clone(),
            "controller" => true, "blockOwnerDeletion" => true,
        };
        let mut slice = fields! {
            "apiVersion" => "discovery.k8s.io/v1", "kind" => "EndpointSlice",
            "metadata" => fields! {
                "generateName" => format!("{}-", meta.name),
                "namespace" => meta.namespace.clone(),
                "ownerReferences" => Value::from_iter([owner]),
            },
            "addressType" => self.family,
        };
        self.write(&mut slice, draft);
        let Err(status) = world.create(actor(), slice) else {
            return Ok(());
        };
        let namespace = ObjectKey::new("Namespace", "", &meta.namespace);
        let namespace = world.store.get(&namespace);
        let is_going = namespace.is_none_or(|it| it.meta.deletion_timestamp.is_some());
        Err((!is_going).then(|| {
            format!(
                "failed to create EndpointSlice for Service {}/{}: {}",
                meta.namespace, meta.name, status.message
            )
        }))
    }

    fn update(&self, world: &mut World, draft: &Draft) {
        let Some(slice) = &draft.slice else { return };
        let written = world.patch(actor(), &slice.key(), |value| {
            let labels = value.at(&["metadata", "labels"]).cloned();
            let [ports, endpoints] = ["ports", "endpoints"].map(|part| value.get(part).cloned());
            self.write(value, draft);
            let differs = value.at(&["metadata", "labels"]) != labels.as_ref()
                || value.get("ports") != ports.as_ref()
                || value.get("endpoints") != endpoints.as_ref();
            if differs {
                validation::bump_generation(value);
            }
        });
        debug_assert!(written.is_ok(), "the slice was there a moment ago");
    }

    fn write(&self, slice: &mut Value, draft: &Draft) {
        let endpoints = draft.entries.iter().map(|entry| self.value(entry));
        slice.set(&["endpoints"], or_null(endpoints.collect()));
        slice.set(&["ports"], draft.ports.clone());
        if let Some(labels) = &draft.labels {
            let labels = labels.iter();
            let labels = labels.map(|(name, value)| (name.clone(), Value::from(value.clone())));
            slice.set(
                &["metadata", "labels"],
                Value::Map(Rc::new(labels.collect())),
            );
        }
        set_trigger_time(slice, self.trigger);
    }

    fn value(&self, entry: &Entry) -> Value {
        let hints = self.hints(entry);
        let mut value = match &entry.same {
            Some(same) if same.get("hints") == hints.as_ref() => return same.clone(),
            Some(same) => same.clone(),
            None => entry.wanted.value(),
        };
        value.remove(&["hints"]);
        if let Some(hints) = hints {
            value.set(&["hints"], hints);
        }
        value
    }
}

/// Says which moment's change this write follows. Models `addTriggerTimeAnnotation`.
pub(in crate::cluster::controllers) fn set_trigger_time(
    object: &mut Value,
    trigger: Option<SimTime>,
) {
    let path = ["metadata", "annotations", TRIGGER_TIME];
    match trigger {
        Some(time) => object.set(&path, time.to_rfc3339()),
        None => drop(object.remove(&path)),
    }
    if object.at(&path[..2]).is_some_and(Value::is_empty) {
        object.remove(&path[..2]);
    }
}
