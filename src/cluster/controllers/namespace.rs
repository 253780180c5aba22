//! Empties a Namespace that is being deleted, Pods first, and lets it go then.
//! Models `pkg/controller/namespace` and its package `deletion`.
//! Left out: failures of discovery (all kinds are known here), the limit of 10 retries a second.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::{Object, ObjectKey, Value, validation};
use crate::cluster::api_server::set_condition;
use crate::cluster::deletion::{DeleteOptions, Propagation};
use crate::cluster::{Actor, Change, SimTime, TimerId, Wake as WorldWake, World};
use crate::fields;
use crate::order;

/// What a Namespace's `spec.finalizers` holds while there may be something in it.
const FINALIZER: &str = "kubernetes";

/// The controller `namespace-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct NamespaceController {
    /// One a Namespace that is being deleted; there are few.
    entries: Vec<Entry>,
}

/// A Namespace that is being deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    name: Rc<str>,
    /// It is looked at then.
    timer: Option<TimerId>,
    /// How often in a row something went wrong.
    failures: u32,
    /// Since when it waits for somebody else, if it does: to look again before anything has changed
    /// in it would change nothing.
    parked: Option<SimTime>,
    /// How often upstream would look meanwhile.
    every: Duration,
}

impl NamespaceController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let key = &change.object;
        if &*key.kind != "Namespace" {
            let mut entries = self.entries.iter_mut();
            if let Some(entry) = entries.find(|entry| entry.name == key.namespace) {
                entry.unpark(world);
            }
            return;
        }
        match &change.after {
            None => self.forget(world, &key.name),
            Some(namespace) if namespace.meta.deletion_timestamp.is_some() => {
                let latencies = world.latencies();
                let after = latencies.watch_delivery + latencies.namespace_deletion_grace;
                self.entry(&key.name).add_after(world, after);
            }
            Some(_) => {}
        }
    }

    /// Looks at one Namespace. Models `worker` and `Delete`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        let entry = self.entry(&key.name);
        entry.timer = None;
        let namespace = world.store.get(key).cloned();
        let Some(namespace) = namespace.filter(|namespace| is_to_be_emptied(namespace)) else {
            return;
        };
        let changes = world.store.changes().len();
        let left = delete_all_content(world, &namespace);
        let estimate = left.estimate;
        if !left.errors.is_empty() {
            let after = entry.back_off(world);
            entry.add_after(world, after);
        } else if estimate == Duration::ZERO {
            entry.failures = 0;
            finalize(world, key);
        } else {
            entry.every = Duration::from_secs(estimate.as_secs() / 2 + 1);
            if !left.time_tells && world.store.changes().len() == changes {
                entry.parked = Some(world.now());
            } else {
                entry.add_after(world, entry.every);
            }
        }
    }

    fn entry(&mut self, name: &Rc<str>) -> &mut Entry {
        let known = self.entries.iter().position(|entry| entry.name == *name);
        let index = known.unwrap_or_else(|| {
            self.entries.push(Entry {
                name: name.clone(),
                timer: None,
                failures: 0,
                parked: None,
                every: Duration::ZERO,
            });
            self.entries.len() - 1
        });
        &mut self.entries[index]
    }

    fn forget(&mut self, world: &mut World, name: &Rc<str>) {
        self.entries.retain(|entry| {
            if entry.name != *name {
                return true;
            }
            if let Some(timer) = entry.timer {
                world.cancel(timer);
            }
            false
        });
    }
}

impl Entry {
    /// Of two times the earlier counts. Models the delaying queue.
    fn add_after(&mut self, world: &mut World, after: Duration) {
        if let Some(timer) = self.timer {
            if timer.due() <= world.now() + after {
                return;
            }
            world.cancel(timer);
        }
        self.parked = None;
        let wake = Wake::Namespace(ObjectKey::new("Namespace", "", &self.name));
        self.timer = Some(world.wake(after, WorldWake::Controller(wake)));
    }

    /// Something happened in it: it is looked at when upstream's next look is due.
    fn unpark(&mut self, world: &mut World) {
        let Some(since) = self.parked.take() else {
            return;
        };
        let every = i64::try_from(self.every.as_micros()).unwrap_or(i64::MAX);
        let waited = world.now().0 - since.0;
        let left = every - waited.rem_euclid(every.max(1));
        self.add_after(world, Duration::from_micros(left.unsigned_abs()));
    }

    /// The pause after something went wrong; each time in a row it doubles.
    fn back_off(&mut self, world: &World) -> Duration {
        let latencies = world.latencies();
        let pause = latencies.namespace_retry_initial * (1 << self.failures);
        self.failures = (self.failures + 1).min(16);
        pause.min(latencies.namespace_retry_max)
    }
}

fn is_to_be_emptied(namespace: &Object) -> bool {
    let finalizers = namespace.value.at(&["spec", "finalizers"]);
    namespace.meta.deletion_timestamp.is_some() && !finalizers.is_none_or(Value::is_empty)
}

fn actor() -> Actor {
    Actor::Controller("namespace-controller".into())
}

/// What is left in a namespace after everything in it was deleted.
#[derive(Default)]
struct Left {
    /// How long that may take; zero if nothing is left.
    estimate: Duration,
    /// Does it also depend on the time what the next look finds?
    time_tells: bool,
    /// Objects by resource: `pods.`, `deployments.apps`.
    resources: Vec<(Rc<str>, usize)>,
    /// Objects by finalizer.
    finalizers: Vec<(Rc<str>, usize)>,
    /// What went wrong.
    errors: Vec<String>,
}

/// Deletes everything in a namespace; nothing but Pods while there are Pods. Models `deleteAllContent`.
fn delete_all_content(world: &mut World, namespace: &Object) -> Left {
    let mut left = Left::default();
    delete_kind(world, namespace, "Pod", &mut left);
    let totals = if left.resources.is_empty() {
        for kind in &kinds_in(world, &namespace.meta.name) {
            delete_kind(world, namespace, kind, &mut left);
        }
        content_conditions(&left)
    } else {
        // Upstream returns early here, so that it claims "All content successfully removed":
        // kubernetes/kubernetes#138208.
        [None, None]
    };
    let conditions = conditions(&left, totals);
    let now = world.now();
    let written = world.patch(actor(), &namespace.key(), |namespace| {
        for condition in conditions {
            set_condition(namespace, condition, now);
        }
    });
    debug_assert!(written.is_ok(), "the Namespace was there a moment ago");
    left
}

fn kinds_in(world: &World, namespace: &str) -> Vec<Rc<str>> {
    let objects = world.store.objects().keys();
    let objects = objects.filter(|key| &*key.namespace == namespace);
    let mut kinds: Vec<Rc<str>> = objects.map(|key| key.kind.clone()).collect();
    // Keys are in the order of their kinds.
    kinds.dedup();
    kinds
}

fn objects_of(world: &World, kind: &str, namespace: &str) -> Vec<Rc<Object>> {
    let from = ObjectKey::new(kind, namespace, "");
    let objects = world.store.objects().range(from..);
    objects
        .take_while(|(key, _)| &*key.kind == kind && &*key.namespace == namespace)
        .map(|(_, object)| object.clone())
        .collect()
}

/// Deletes all objects of a kind. Models `deleteAllContentForGroupVersionResource`.
fn delete_kind(world: &mut World, namespace: &Object, kind: &str, left: &mut Left) {
    let name = &namespace.meta.name;
    let objects = objects_of(world, kind, name);
    let mut estimate = grace_estimate(&objects);
    let deleted = namespace.meta.deletion_timestamp.unwrap_or_default();
    if world.now().since(deleted) >= estimate {
        estimate = Duration::ZERO;
    }
    let options = DeleteOptions {
        propagation: Some(Propagation::Background),
        ..DeleteOptions::default()
    };
    for object in &objects {
        // What is gone already needn't be deleted.
        let _ = world.delete_with(actor(), &object.key(), &options);
    }
    let remaining = objects_of(world, kind, name);
    let Some(first) = remaining.first() else {
        return;
    };
    left.time_tells |= estimate > Duration::ZERO;
    let mut is_held = false;
    for finalizer in remaining.iter().flat_map(|object| &object.meta.finalizers) {
        is_held = true;
        let mut known = left.finalizers.iter_mut();
        match known.find(|(name, _)| name == finalizer) {
            Some((_, count)) => *count += 1,
            None => left.finalizers.push((finalizer.clone(), 1)),
        }
    }
    let resource = validation::resource(&first.key());
    if estimate.is_zero() && is_held {
        estimate = world.latencies().namespace_finalizer_estimate;
    } else if estimate.is_zero() {
        let gvr = group_version_resource(first, &resource);
        left.errors.push(format!(
            "unexpected items still remain in namespace: {name} for gvr: {gvr}"
        ));
    }
    left.estimate = left.estimate.max(estimate);
    let dot = if resource.contains('.') { "" } else { "." };
    let resource = format!("{resource}{dot}").into();
    left.resources.push((resource, remaining.len()));
}

/// The longest grace period of a Pod that isn't over. Models `estimateGracefulTerminationForPods`.
fn grace_estimate(objects: &[Rc<Object>]) -> Duration {
    let pods = objects.iter().filter_map(|object| object.pod());
    let seconds = pods
        .filter(|pod| !pod.is_finished())
        .filter_map(|pod| pod.spec.termination_grace_period_seconds);
    Duration::from_secs(u64::try_from(seconds.max().unwrap_or(0)).unwrap_or(0))
}

/// `/v1, Resource=pods`
fn group_version_resource(object: &Object, resource: &str) -> String {
    let version = object.value.text_at(&["apiVersion"]);
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let plural = resource.split('.').next().unwrap_or_default();
    format!("{group}/{version}, Resource={plural}")
}

/// Upstream removes its own finalizer alone. Models `finalizeNamespace`.
fn finalize(world: &mut World, key: &ObjectKey) {
    // It is gone already if nothing else holds it.
    let _ = world.patch(actor(), key, |namespace| {
        let finalizers = namespace.at_mut(&["spec", "finalizers"]).items_mut();
        finalizers.retain(|finalizer| finalizer.as_str() != Some(FINALIZER));
    });
}

/// Reason and message of a condition that is `True`.
type Trouble = Option<(&'static str, String)>;

/// Is something left, and do finalizers hold it? Models `ProcessContentTotals`.
fn content_conditions(left: &Left) -> [Trouble; 2] {
    let list = |what: &[(Rc<str>, usize)], verb: &str| {
        let parts = what.iter();
        let parts = parts.map(|(name, count)| format!("{name} {verb} {count} resource instances"));
        let mut parts: Vec<String> = parts.collect();
        order::sort(&mut parts);
        parts.join(", ")
    };
    let resources = list(&left.resources, "has");
    let finalizers = list(&left.finalizers, "in");
    let resources = format!("Some resources are remaining: {resources}");
    let finalizers =
        format!("Some content in the namespace has finalizers remaining: {finalizers}");
    [
        (!left.resources.is_empty()).then_some(("SomeResourcesRemain", resources)),
        (!left.finalizers.is_empty()).then_some(("SomeFinalizersRemain", finalizers)),
    ]
}

/// All five conditions. Models `updateConditions`.
fn conditions(left: &Left, [content, finalizers]: [Trouble; 2]) -> [Value; 5] {
    let count = left.errors.len();
    let errors = left.errors.join(", ");
    let failure = format!("Failed to delete all resource types, {count} remaining: {errors}");
    let failure = (count > 0).then_some(("ContentDeletionFailed", failure));
    [
        condition(
            "NamespaceDeletionDiscoveryFailure",
            (
                "ResourcesDiscovered",
                "All resources successfully discovered",
            ),
            None,
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            (
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
            None,
        ),
        condition(
            "NamespaceDeletionContentFailure",
            (
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
            failure,
        ),
        condition(
            "NamespaceContentRemaining",
            ("ContentRemoved", "All content successfully removed"),
            content,
        ),
        condition(
            "NamespaceFinalizersRemaining",
            (
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
            ),
            finalizers,
        ),
    ]
}

fn condition(kind: &str, (reason, message): (&str, &str), trouble: Trouble) -> Value {
    let (status, reason, message) = match trouble {
        Some((reason, message)) => ("True", reason, message),
        None => ("False", reason, message.to_string()),
    };
    fields! { "type" => kind, "status" => status, "reason" => reason, "message" => message }
}
