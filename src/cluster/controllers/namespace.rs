//! A Namespace that is being deleted: its Pods go first, then everything else in it, then itself.
//! Models `pkg/controller/namespace`, and its `deletion/namespaced_resources_deleter.go`. Left out:
//! what can fail on the way to the API server.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::{Object, ObjectKey, Value, validation};
use crate::cluster::api_server::set_condition;
use crate::cluster::simulation::Wake as WorldWake;
use crate::cluster::{Actor, Change, SimTime, World};
use crate::collections::Map;
use crate::fields;

const NAME: &str = "namespace-controller";
/// How long what a finalizer holds is expected to stay. `finalizerEstimateSeconds`.
const FINALIZER_SECONDS: i64 = 15;

/// When it looks at which Namespace next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct NamespaceController {
    due: Map<Rc<str>, SimTime>,
}

/// What is left in a Namespace.
#[derive(Default)]
struct Left {
    /// Kinds, as `pods.`, and how many of each.
    resources: Vec<(String, usize)>,
    /// Finalizers, and how many objects each holds.
    finalizers: Vec<(Rc<str>, usize)>,
    /// How long the longest of it is expected to stay.
    seconds: i64,
}

impl NamespaceController {
    /// Every version of a Namespace that is being deleted is looked at after a while.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let after = change.after.as_ref();
        let is_going = after.is_some_and(|after| after.meta.deletion_timestamp.is_some());
        if &*change.object.kind == "Namespace" && is_going {
            let after = world.latencies().namespace_deletion;
            self.look_after(world, &change.object.name, after);
        }
    }

    fn look_after(&mut self, world: &mut World, name: &Rc<str>, after: Duration) {
        let at = world.now() + after;
        if self.due.get(name).is_some_and(|due| *due <= at) {
            return;
        }
        self.due.insert(name.clone(), at);
        world.wake(after, WorldWake::Controller(Wake::Namespace(name.clone())));
    }

    /// Deletes what is in it, says what is left, and lets it go when nothing is.
    pub(super) fn sync(&mut self, world: &mut World, name: &Rc<str>) {
        if self.due.get(name) != Some(&world.now()) {
            return; // another look took its place
        }
        self.due.remove(name);
        let key = ObjectKey::new("Namespace", "", name);
        let namespace = world.store.get(&key);
        if namespace.is_none_or(|namespace| namespace.meta.deletion_timestamp.is_none()) {
            return;
        }
        let is_pod = |key: &ObjectKey| &*key.kind == "Pod";
        let mut left = delete_all(world, name, is_pod);
        if left.resources.is_empty() {
            left = delete_all(world, name, |key| !is_pod(key));
        }
        let is_empty = left.resources.is_empty();
        let (conditions, now) = (left.conditions(), world.now());
        let actor = Actor::Controller(NAME.into());
        // It was there a moment ago.
        let _ = world.patch(actor.clone(), &key, |namespace| {
            for condition in conditions {
                set_condition(namespace, condition, now);
            }
        });
        if is_empty {
            let _ = world.patch(actor, &key, |namespace| {
                namespace.set(&["spec", "finalizers"], Value::List(Default::default()));
            });
        } else {
            let seconds = u64::try_from(left.seconds / 2 + 1).unwrap_or(1);
            self.look_after(world, name, Duration::from_secs(seconds));
        }
    }
}

/// Deletes the chosen objects of a Namespace, as a person would without a grace period of her own;
/// tells what is left of them.
fn delete_all(world: &mut World, name: &str, chosen: impl Fn(&ObjectKey) -> bool) -> Left {
    let inside = |key: &ObjectKey| &*key.namespace == name && chosen(key);
    let keys = |world: &World| -> Vec<ObjectKey> {
        let all = world.store.objects().iter();
        all.map(|(key, _)| key.clone()).filter(inside).collect()
    };
    for key in keys(world) {
        // One that goes with another is gone already.
        let _ = world.delete(Actor::Controller(NAME.into()), &key, None);
    }
    let mut left = Left::default();
    for key in keys(world) {
        if let Some(object) = world.store.get(&key) {
            left.count(&key, object, world.now());
        }
    }
    left
}

impl Left {
    fn count(&mut self, key: &ObjectKey, object: &Object, now: SimTime) {
        let resource = validation::resource(key);
        let resource = match resource.contains('.') {
            true => resource,
            false => resource + ".",
        };
        add(&mut self.resources, resource);
        for finalizer in &object.meta.finalizers {
            add(&mut self.finalizers, finalizer.clone());
            self.seconds = self.seconds.max(FINALIZER_SECONDS);
        }
        let until = object
            .meta
            .deletion_timestamp
            .filter(|_| object.pod().is_some());
        let seconds = until.map_or(0, |until| until.since(now.min(until)).as_secs());
        self.seconds = self.seconds.max(i64::try_from(seconds).unwrap_or(i64::MAX));
    }

    /// All five, in upstream's order.
    fn conditions(&self) -> [Value; 5] {
        let condition = |kind: &str, status: &str, reason: &str, message: &str| {
            fields! { "type" => kind, "status" => status, "reason" => reason, "message" => message }
        };
        let well = |kind, reason, message| condition(kind, "False", reason, message);
        let resources = self.resources.iter();
        let resources =
            resources.map(|(name, count)| format!("{name} has {count} resource instances"));
        let finalizers = self.finalizers.iter();
        let finalizers =
            finalizers.map(|(name, count)| format!("{name} in {count} resource instances"));
        let list = |words: Vec<String>| words.join(", ");
        [
            well(
                "NamespaceDeletionDiscoveryFailure",
                "ResourcesDiscovered",
                "All resources successfully discovered",
            ),
            well(
                "NamespaceDeletionGroupVersionParsingFailure",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
            well(
                "NamespaceDeletionContentFailure",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
            match list(resources.collect()) {
                none if none.is_empty() => well(
                    "NamespaceContentRemaining",
                    "ContentRemoved",
                    "All content successfully removed",
                ),
                some => condition(
                    "NamespaceContentRemaining",
                    "True",
                    "SomeResourcesRemain",
                    &format!("Some resources are remaining: {some}"),
                ),
            },
            match list(finalizers.collect()) {
                none if none.is_empty() => well(
                    "NamespaceFinalizersRemaining",
                    "ContentHasNoFinalizers",
                    "All content-preserving finalizers finished",
                ),
                some => condition(
                    "NamespaceFinalizersRemaining",
                    "True",
                    "SomeFinalizersRemain",
                    &format!("Some content in the namespace has finalizers remaining: {some}"),
                ),
            },
        ]
    }
}

/// One more of this name.
fn add<Name: PartialEq>(counts: &mut Vec<(Name, usize)>, name: Name) {
    match counts.iter_mut().find(|(known, _)| *known == name) {
        Some((_, count)) => *count += 1,
        None => counts.push((name, 1)),
    }
}
