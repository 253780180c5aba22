//! What controllers of Pods share: which Pods count, which go first, how one is made and deleted.
//! Models `pkg/controller/controller_utils.go`, and `slowStartBatch` of
//! `pkg/controller/replicaset/replica_set.go`.
//! Left out: expectations, since no controller here looks at a store that lags behind what it wrote;
//! the logarithm of an age is that of a whole number.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::validation::names;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::events::Telling;
use crate::cluster::{Actor, Change, SimTime, Verb, World};
use crate::fields;

/// A controller as others see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Controller {
    /// Who makes its changes: `replicaset-controller`
    pub(super) name: &'static str,
    /// Who tells its Events.
    pub(super) component: &'static str,
    /// The kind that it keeps true, as an [`ObjectKey`] has it.
    pub(super) kind: &'static str,
}

impl Controller {
    /// Who makes its changes.
    pub(super) fn actor(&self) -> Actor {
        Actor::Controller(self.name.into())
    }

    /// Tells an Event about one of its objects.
    pub(super) fn tell(
        &self,
        world: &mut World,
        about: &Object,
        (kind, reason): (&str, &str),
        message: String,
    ) {
        let telling = Telling {
            component: self.component,
            kind,
            reason,
            message,
            field_path: String::new(),
            host: "",
        };
        world.tell_event(self.actor(), about, telling);
    }

    /// Makes a Pod of the template, for an object that controls it then. Models
    /// `RealPodControl.CreatePods`.
    pub(super) fn create_pod(
        &self,
        world: &mut World,
        owner: &Object,
        template: &Value,
    ) -> Result<Rc<Object>, Status> {
        let pod = pod_from_template(owner, template);
        self.create_made_pod(world, owner, pod)
    }

    /// The same with a Pod that is made already.
    pub(super) fn create_made_pod(
        &self,
        world: &mut World,
        owner: &Object,
        pod: Value,
    ) -> Result<Rc<Object>, Status> {
        match world.create(self.actor(), pod) {
            Ok(pod) => {
                let message = format!("Created pod: {}", pod.meta.name);
                self.tell(world, owner, ("Normal", "SuccessfulCreate"), message);
                Ok(pod)
            }
            Err(status) => {
                if !is_terminating(world, &owner.meta.namespace) {
                    let message = format!("Error creating: {}", status.message);
                    self.tell(world, owner, ("Warning", "FailedCreate"), message);
                }
                Err(status)
            }
        }
    }

    /// Deletes a Pod of an object. Models `RealPodControl.DeletePod`.
    pub(super) fn delete_pod(
        &self,
        world: &mut World,
        owner: &Object,
        pod: &ObjectKey,
    ) -> Result<(), Status> {
        if let Err(status) = world.delete(self.actor(), pod, None) {
            if status.reason != "NotFound" {
                let message = format!("Error deleting: {}", status.message);
                self.tell(world, owner, ("Warning", "FailedDelete"), message);
            }
            return Err(status);
        }
        let message = format!("Deleted pod: {}", pod.name);
        self.tell(world, owner, ("Normal", "SuccessfulDelete"), message);
        Ok(())
    }

    /// Objects of its kind that a change of something they own, or may come to own, concerns: who
    /// controls it now and who did, or everybody who `selects` it while nobody does. Models `addPod`,
    /// `updatePod` and `deletePod` of the controllers of Pods, and the same of Deployments.
    pub(super) fn concerned(
        &self,
        world: &World,
        change: &Change,
        selects: &dyn Fn(&Object, &Labels) -> bool,
    ) -> Vec<ObjectKey> {
        let mut keys = Vec::new();
        let mut add = |object: &Option<Rc<Object>>| {
            let object = object.as_ref()?;
            let owner = object.meta.controller()?;
            if !self.kind.starts_with(&*owner.kind) {
                return None;
            }
            let key = owner.key(&object.meta.namespace);
            let found = world.store.get(&key)?;
            let is_known = &*key.kind != self.kind || keys.contains(&key);
            (found.meta.uid == owner.uid && !is_known).then(|| keys.push(key))
        };
        add(&change.after);
        add(&change.before);
        let Some(after) = &change.after else {
            return keys;
        };
        let meta = &after.meta;
        if meta.controller().is_some() || meta.deletion_timestamp.is_some() {
            return keys;
        }
        let is_same = change.before.as_ref().is_some_and(|before| {
            before.meta.labels == meta.labels && before.meta.controller().is_none()
        });
        if is_same && change.verb == Verb::Updated {
            return keys;
        }
        let all = super::endpoint_util::objects_in(world, self.kind, &meta.namespace);
        let selecting = all.filter(|(_, object)| selects(object, &meta.labels));
        keys.extend(selecting.map(|(key, _)| key.clone()));
        keys
    }
}

/// What is to stand in `metadata.ownerReferences` of what an object controls. Models
/// `metav1.NewControllerRef`.
pub(super) fn controller_ref(owner: &Object) -> Value {
    let text = |field: &str| owner.value.text_at(&[field]);
    fields! {
        "apiVersion" => text("apiVersion"), "kind" => text("kind"),
        "name" => owner.meta.name.clone(), "uid" => owner.meta.uid.clone(),
        "controller" => true, "blockOwnerDeletion" => true,
    }
}

/// A Pod of the template, named after its owner. Models `GetPodFromTemplate`.
pub(super) fn pod_from_template(owner: &Object, template: &Value) -> Value {
    let reference: Value = [controller_ref(owner)].into_iter().collect();
    let mut pod = fields! {
        "apiVersion" => "v1", "kind" => "Pod",
        "metadata" => fields! {
            "generateName" => pods_prefix(&owner.meta.name),
            "namespace" => owner.meta.namespace.clone(),
            "ownerReferences" => reference,
        },
        "spec" => template.get("spec").cloned().unwrap_or_default(),
    };
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(said) = template.at(&["metadata", field]) {
            pod.set(&["metadata", field], said.clone());
        }
    }
    pod
}

/// Models `getPodsPrefix`: with a dash, if it isn't too long then.
fn pods_prefix(owner: &str) -> String {
    let prefix = format!("{owner}-");
    // What is only a prefix may end in a dash.
    if names::dns1123_subdomain(owner).is_empty() && prefix.len() <= 253 {
        prefix
    } else {
        owner.to_string()
    }
}

/// Is the namespace on its way out? Whatever is to be created in it fails then, and nobody minds.
/// Models `NamespaceTerminatingCause`.
pub(super) fn is_terminating(world: &World, namespace: &str) -> bool {
    let namespace = world.store.get(&ObjectKey::new("Namespace", "", namespace));
    namespace
        .is_some_and(|namespace| namespace.value.text_at(&["status", "phase"]) == "Terminating")
}

/// Pods that an object controls, and, if asked, those of its namespace that nobody does. Models
/// `FilterPodsByOwner`.
pub(super) fn pods_by_owner(world: &World, owner: &Object, with_orphans: bool) -> Vec<Rc<Object>> {
    objects_by_owner(world, owner, "Pod", with_orphans)
}

/// The same of another kind.
pub(super) fn objects_by_owner(
    world: &World,
    owner: &Object,
    kind: &str,
    with_orphans: bool,
) -> Vec<Rc<Object>> {
    let (uid, namespace) = (&owner.meta.uid, &owner.meta.namespace);
    let own = world.store.owned_of(uid, kind, namespace);
    let is_controlled = |object: &&Rc<Object>| {
        let controller = object.meta.controller();
        controller.is_some_and(|controller| controller.uid == *uid)
    };
    let mut objects: Vec<Rc<Object>> = own.filter(is_controlled).cloned().collect();
    if with_orphans {
        objects.extend(world.store.owned_of("", kind, namespace).cloned());
    }
    objects
}

/// Models `IsPodActive`.
pub(super) fn is_pod_active(pod: &Pod) -> bool {
    !pod.is_finished() && pod.metadata.deletion_timestamp.is_none()
}

/// Models `IsPodTerminating`.
pub(super) fn is_pod_terminating(pod: &Pod) -> bool {
    !pod.is_finished() && pod.metadata.deletion_timestamp.is_some()
}

/// Models `podutil.IsPodAvailable`: Ready for long enough.
pub(super) fn is_pod_available(pod: &Pod, min_ready_seconds: i64, now: SimTime) -> bool {
    pod.is_ready() && until_available(pod, min_ready_seconds, now).is_none()
}

/// How long a Pod that is Ready still has to be so; `None` if it needn't wait. Models
/// `nextPodAvailabilityCheck`.
pub(super) fn until_available(pod: &Pod, min_ready_seconds: i64, now: SimTime) -> Option<Duration> {
    if !pod.is_ready() || min_ready_seconds <= 0 {
        return None;
    }
    let since = pod.condition("Ready")?.last_transition_time?;
    let due = since + Duration::from_secs(min_ready_seconds.unsigned_abs());
    (due > now).then(|| due.since(now))
}

/// Calls `act` so many times in batches that double, and stops after one in which anything failed.
/// Models `slowStartBatch`.
pub(super) fn slow_start<E>(count: usize, act: &mut dyn FnMut() -> Result<(), E>) -> Result<(), E> {
    let (mut left, mut batch) = (count, 1.min(count));
    while batch > 0 {
        let mut so_far = Ok(());
        for _ in 0..batch {
            let done = act();
            so_far = so_far.and(done);
        }
        so_far?;
        left -= batch;
        batch = (2 * batch).min(left);
    }
    Ok(())
}

/// Sorts Pods so that those come first that are the least loss. `ranks` says of a node how many Pods of
/// the same kind are on it. Models `ActivePodsWithRanks`.
pub(super) fn sorted_for_deletion(
    pods: Vec<Rc<Pod>>,
    ranks: &BTreeMap<Rc<str>, usize>,
    now: SimTime,
) -> Vec<Rc<Pod>> {
    merge_sorted(pods, &|a, b| compare_for_deletion(a, b, ranks, now).is_lt())
}

/// Upstream's rules may go in a circle where ages have one logarithm: the standard library's sort would
/// rather panic.
fn merge_sorted(mut pods: Vec<Rc<Pod>>, is_less: &dyn Fn(&Pod, &Pod) -> bool) -> Vec<Rc<Pod>> {
    if pods.len() < 2 {
        return pods;
    }
    let rest = pods.split_off(pods.len() / 2);
    let mut left = merge_sorted(pods, is_less).into_iter().peekable();
    let mut right = merge_sorted(rest, is_less).into_iter().peekable();
    let mut merged = Vec::new();
    loop {
        let takes_right = match (left.peek(), right.peek()) {
            (None, None) => return merged,
            (Some(left), Some(right)) => is_less(right, left),
            (left, _) => left.is_none(),
        };
        merged.extend(if takes_right {
            right.next()
        } else {
            left.next()
        });
    }
}

fn compare_for_deletion(
    a: &Pod,
    b: &Pod,
    ranks: &BTreeMap<Rc<str>, usize>,
    now: SimTime,
) -> Ordering {
    let is_bound = |pod: &Pod| !pod.spec.node_name.is_empty();
    let phase = |pod: &Pod| match &*pod.status.phase {
        "Unknown" => 1,
        "Running" => 2,
        _ => 0,
    };
    let rank = |pod: &Pod| Reverse(ranks.get(&pod.spec.node_name).copied().unwrap_or(0));
    let by_ready_time = || match (ready_time(a), ready_time(b)) {
        (Some(first), Some(second)) => compare_ages(first, second, now, a, b),
        _ => Ordering::Equal,
    };
    let created = |pod: &Pod| pod.metadata.creation_timestamp;
    let by_creation = || match (created(a), created(b)) {
        (Some(first), Some(second)) => compare_ages(first, second, now, a, b),
        (first, second) => first.cmp(&second),
    };
    (is_bound(a).cmp(&is_bound(b)))
        .then_with(|| phase(a).cmp(&phase(b)))
        .then_with(|| a.is_ready().cmp(&b.is_ready()))
        .then_with(|| deletion_cost(a).cmp(&deletion_cost(b)))
        .then_with(|| rank(a).cmp(&rank(b)))
        .then_with(by_ready_time)
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(by_creation)
}

/// The younger one goes first, if it is so by a power of two; else chance decides, which is a uid.
/// Models `logarithmicRankDiff` and what is made of it.
fn compare_ages(first: SimTime, second: SimTime, now: SimTime, a: &Pod, b: &Pod) -> Ordering {
    if first == second {
        return Ordering::Equal;
    }
    // Upstream counts nanoseconds.
    let rank = |since: SimTime| {
        let age = u64::try_from(now.0.saturating_sub(since.0)).unwrap_or(0);
        age.saturating_mul(1000).checked_ilog2()
    };
    let by_age = rank(first).cmp(&rank(second));
    by_age.then_with(|| a.metadata.uid.cmp(&b.metadata.uid))
}

fn ready_time(pod: &Pod) -> Option<SimTime> {
    let ready = pod
        .condition("Ready")
        .filter(|ready| &*ready.status == "True");
    ready?.last_transition_time
}

/// Models `GetDeletionCostFromPodAnnotations`.
fn deletion_cost(pod: &Pod) -> i32 {
    let annotations = &pod.metadata.annotations;
    let cost = annotations.get("controller.kubernetes.io/pod-deletion-cost");
    // Validation has refused what is no number.
    cost.and_then(|cost| cost.parse().ok()).unwrap_or(0)
}

/// Models `maxContainerRestarts`: of containers, then of sidecars.
fn restarts(pod: &Pod) -> (i64, i64) {
    let status = &pod.status;
    let counts = status
        .container_statuses
        .iter()
        .map(|one| one.restart_count);
    let is_sidecar = |name: &str| {
        let mut all = pod.spec.init_containers.iter();
        all.any(|one| &*one.name == name && one.is_sidecar())
    };
    let sidecars = status.init_container_statuses.iter();
    let sidecars = sidecars.filter(|one| is_sidecar(&one.name));
    let sidecars = sidecars.map(|one| one.restart_count);
    (counts.max().unwrap_or(0), sidecars.max().unwrap_or(0))
}
