//! Empties a Namespace that is being deleted, Pods first, and lets it go then.
//! Models `pkg/controller/namespace` and its package `deletion`.
//! Left out: failures of discovery (all kinds are known here), the limit of 10 retries a second.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::{Object, ObjectKey, Value, validation};
use crate::cluster::api_server::set_condition;
use crate::cluster::{Actor, Change, SimTime, TimerId, Wake as WorldWake, World};
use crate::collections::{Map, Set};
use crate::fields;

/// What a Namespace's `spec.finalizers` holds while there may be something in it.
const FINALIZER: &str = "kubernetes";

/// The controller `namespace-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct NamespaceController {
    /// Namespaces to look at, when, and the timer.
    queue: Map<Rc<str>, (SimTime, TimerId)>,
    /// How often in a row something went wrong.
    failures: Map<Rc<str>, u32>,
    /// Namespaces that wait for somebody else: since when, and how often they would be looked at.
    /// To look again before anything has changed there would change nothing.
    parked: Map<Rc<str>, (SimTime, Duration)>,
}

impl NamespaceController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let key = &change.object;
        if &*key.kind != "Namespace" {
            self.unpark(world, &key.namespace);
            return;
        }
        match &change.after {
            None => self.forget(world, &key.name),
            Some(namespace) if namespace.meta.deletion_timestamp.is_some() => {
                let latencies = world.latencies();
                let after = latencies.watch_delivery + latencies.namespace_deletion_grace;
                self.add_after(world, &key.name, after);
            }
            Some(_) => {}
        }
    }

    /// Looks at one Namespace. Models `worker` and `Delete`.
    pub(super) fn sync(&mut self, world: &mut World, name: &Rc<str>) {
        self.queue.remove(name);
        let key = ObjectKey::new("Namespace", "", name);
        let namespace = world.store.get(&key).cloned();
        let Some(namespace) = namespace.filter(|namespace| is_to_be_emptied(namespace)) else {
            return;
        };
        let changes = world.store.changes().len();
        let left = delete_all_content(world, &namespace);
        let estimate = left.estimate;
        if !left.errors.is_empty() {
            let after = self.back_off(world, name);
            self.add_after(world, name, after);
        } else if estimate == Duration::ZERO {
            self.failures.remove(name);
            finalize(world, &key);
        } else {
            let after = Duration::from_secs(estimate.as_secs() / 2 + 1);
            if !left.time_tells && world.store.changes().len() == changes {
                self.parked.insert(name.clone(), (world.now(), after));
            } else {
                self.add_after(world, name, after);
            }
        }
    }

    /// Of two times for one Namespace the earlier counts. Models the delaying queue.
    fn add_after(&mut self, world: &mut World, name: &Rc<str>, after: Duration) {
        let due = world.now() + after;
        match self.queue.get(name) {
            Some((known, _)) if *known <= due => return,
            Some((_, timer)) => world.cancel(*timer),
            None => {}
        }
        self.parked.remove(name);
        let wake = WorldWake::Controller(Wake::Namespace(name.clone()));
        let timer = world.wake(after, wake);
        self.queue.insert(name.clone(), (due, timer));
    }

    /// Something happened in a namespace: it is looked at when upstream's next look is due.
    fn unpark(&mut self, world: &mut World, name: &Rc<str>) {
        let Some((since, every)) = self.parked.take(name) else {
            return;
        };
        let waited = world.now().since(since).as_micros();
        let every = every.as_micros().max(1);
        let wait = every - waited % every;
        let after = Duration::from_micros(u64::try_from(wait).unwrap_or(u64::MAX));
        self.add_after(world, name, after);
    }

    fn forget(&mut self, world: &mut World, name: &Rc<str>) {
        if let Some((_, timer)) = self.queue.take(name) {
            world.cancel(timer);
        }
        self.failures.remove(name);
        self.parked.remove(name);
    }

    /// The pause after something went wrong; each time in a row it doubles.
    fn back_off(&mut self, world: &World, name: &Rc<str>) -> Duration {
        let latencies = world.latencies();
        let failures = self.failures.or_default(name.clone());
        let pause = latencies.namespace_retry_initial * 2_u32.saturating_pow(*failures);
        *failures = (*failures + 1).min(16);
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
    resources: Map<Rc<str>, usize>,
    /// Objects by finalizer.
    finalizers: Map<Rc<str>, usize>,
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

fn kinds_in(world: &World, namespace: &str) -> Set<Rc<str>> {
    let objects = world.store.objects().keys();
    objects
        .filter(|key| &*key.namespace == namespace)
        .map(|key| key.kind.clone())
        .collect()
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
    for object in &objects {
        // What is gone already needn't be deleted.
        let _ = world.delete(actor(), &object.key(), None);
    }
    let remaining = objects_of(world, kind, name);
    let Some(first) = remaining.first() else {
        return;
    };
    left.time_tells |= estimate > Duration::ZERO;
    let mut is_held = false;
    for finalizer in remaining.iter().flat_map(|object| &object.meta.finalizers) {
        is_held = true;
        *left.finalizers.or_default(finalizer.clone()) += 1;
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
    left.resources.insert(resource, remaining.len());
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
    let list = |what: &Map<Rc<str>, usize>, verb: &str| {
        let parts = what.iter();
        let parts = parts.map(|(name, count)| format!("{name} {verb} {count} resource instances"));
        parts.collect::<Vec<_>>().join(", ")
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
