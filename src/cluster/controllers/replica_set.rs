//! ReplicaSets, and ReplicationControllers as upstream's adapter sees them: so many Pods of a template.
//! Models `pkg/controller/replicaset` and `pkg/controller/replication`.
//! Left out: expectations and the consistency store, since this controller sees what it wrote.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::claim;
use super::controller_utils::{
    Controller, is_pod_active, is_pod_available, is_pod_terminating, is_terminating, pods_by_owner,
    slow_start, sorted_for_deletion, until_available,
};
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::workloads::{ReplicaSet, ReplicaSetStatus};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::{Change, SimTime, World};
use crate::fields;

/// No more Pods than this are made or deleted at one look. `BurstReplicas`.
const BURST_REPLICAS: usize = 500;

/// The controller `replicaset-controller` or `replication-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ReplicaSetController {
    is_of_old: bool,
    queue: WorkQueue,
}

const REPLICA_SET: Controller = Controller {
    name: "replicaset-controller",
    component: "replicaset-controller",
    kind: "ReplicaSet.apps",
};

const REPLICATION_CONTROLLER: Controller = Controller {
    name: "replication-controller",
    component: "replication-controller",
    kind: "ReplicationController",
};

/// How many Pods to make, and which to delete.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plan {
    create: usize,
    delete: Vec<Rc<Pod>>,
}

impl ReplicaSetController {
    /// The one of ReplicationControllers.
    pub(super) fn of_replication_controllers() -> Self {
        ReplicaSetController {
            is_of_old: true,
            ..ReplicaSetController::default()
        }
    }

    fn controller(&self) -> &'static Controller {
        match self.is_of_old {
            true => &REPLICATION_CONTROLLER,
            false => &REPLICA_SET,
        }
    }

    fn wake(&self) -> fn(ObjectKey) -> Wake {
        match self.is_of_old {
            true => Wake::ReplicationController,
            false => Wake::ReplicaSet,
        }
    }

    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let (controller, wake) = (self.controller(), self.wake());
        if &*change.object.kind == controller.kind {
            self.queue.add(world, change, &change.object, wake);
        } else if &*change.object.kind == "Pod" {
            for key in controller.concerned(world, change, &selects) {
                self.queue.add(world, change, &key, wake);
            }
        }
    }

    /// Looks at one. Models `syncReplicaSet`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let mut record = Reconcile::begin(world, self.controller().name);
        let result = self.look(world, key, &mut record);
        if let Err(status) = &result {
            record.wait(key.clone(), Why::Refused(status.message.as_str().into()));
        }
        record.end(world, key);
        self.queue.looked(world, key, &result, self.wake());
    }

    fn look(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        record: &mut Reconcile,
    ) -> Result<(), Status> {
        let controller = self.controller();
        let Some(owner) = world.store.get(key).cloned() else {
            return Ok(());
        };
        let Some(set) = owner.replica_set().cloned() else {
            return Ok(());
        };
        let Claimed {
            active,
            terminating,
        } = claimed_pods(world, controller, &owner, &set)?;
        let managed = match set.metadata.deletion_timestamp {
            None => manage_replicas(world, controller, &owner, &set, &active),
            Some(_) => Ok(()),
        };
        let now = world.now();
        let counted = (!self.is_of_old).then_some(terminating.len());
        let status = calculate_status(&set, &active, counted, &managed, now);
        remember(record, &set, &status, &active, &terminating);
        update_status(world, controller, key, &set, &status);
        managed?;
        let min_ready = set.spec.min_ready_seconds;
        if min_ready > 0 && status.ready_replicas != status.available_replicas {
            let left = active
                .iter()
                .filter_map(|pod| until_available(pod, min_ready, now));
            let after = left
                .min()
                .unwrap_or(Duration::from_secs(min_ready.unsigned_abs()));
            self.queue.add_after(world, key, after, self.wake());
        }
        Ok(())
    }
}

/// Does the set mean Pods with these labels? An empty selector means none.
fn selects(set: &Object, labels: &Labels) -> bool {
    let selector = set.replica_set().map(|set| &set.spec.selector);
    selector.is_some_and(|selector| !selector.is_empty() && selector.matches(labels))
}

/// Pods of a set.
struct Claimed {
    active: Vec<Rc<Pod>>,
    terminating: Vec<Rc<Pod>>,
}

/// Its Pods, after those were adopted and let go of that are to be: those that are active, and those
/// on their way out.
fn claimed_pods(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    set: &ReplicaSet,
) -> Result<Claimed, Status> {
    let all = pods_by_owner(world, owner, true);
    let those = |of: fn(&Pod) -> bool| {
        let pods = all
            .iter()
            .filter(move |object| object.pod().is_some_and(|pod| of(pod)));
        pods.cloned()
    };
    let view = |object: Rc<Object>| object.pod().cloned();
    let terminating = those(is_pod_terminating).filter(|pod| {
        let owner = pod.meta.controller();
        owner.is_some_and(|owner| owner.uid == set.metadata.uid)
            && set.spec.selector.matches(&pod.meta.labels)
    });
    let terminating = terminating.filter_map(view).collect();
    let active = those(is_pod_active).collect();
    let matches = |labels: &Labels| set.spec.selector.matches(labels);
    let active = claim(world, controller, owner, active, &matches)?;
    Ok(Claimed {
        active: active.into_iter().filter_map(view).collect(),
        terminating,
    })
}

/// Models `manageReplicas`.
fn manage_replicas(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    set: &ReplicaSet,
    active: &[Rc<Pod>],
) -> Result<(), Status> {
    let ranks = match active.len() as i64 > set.spec.replicas {
        true => related_pods_by_node(world, owner),
        false => BTreeMap::new(),
    };
    let plan = plan(set.spec.replicas, active, &ranks, world.now());
    let template = owner.value.at(&["spec", "template"]).cloned();
    let template = template.unwrap_or_default();
    slow_start(
        plan.create,
        &mut || match controller.create_pod(world, owner, &template) {
            Err(status) if !is_terminating(world, &owner.meta.namespace) => Err(status),
            _ => Ok(()),
        },
    )?;
    let mut failed = Ok(());
    for pod in plan.delete {
        let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
        match controller.delete_pod(world, owner, &key) {
            Err(status) if status.reason != "NotFound" => failed = failed.and(Err(status)),
            _ => {}
        }
    }
    failed
}

/// What is missing or too much. Decides; writes nothing.
fn plan(replicas: i64, active: &[Rc<Pod>], ranks: &BTreeMap<Rc<str>, usize>, now: SimTime) -> Plan {
    let wanted = usize::try_from(replicas).unwrap_or(0);
    let create = wanted.saturating_sub(active.len()).min(BURST_REPLICAS);
    let surplus = active.len().saturating_sub(wanted).min(BURST_REPLICAS);
    let mut delete = active.to_vec();
    if surplus < active.len() && surplus > 0 {
        delete = sorted_for_deletion(delete, ranks, now);
    }
    delete.truncate(surplus);
    Plan { create, delete }
}

/// How many active Pods of ReplicaSets with the same owner are on each node. Models
/// `getIndirectlyRelatedPods` and `getPodsRankedByRelatedPodsOnSameNode`; Pods that a set means but
/// somebody else controls aren't counted.
fn related_pods_by_node(world: &World, set: &Object) -> BTreeMap<Rc<str>, usize> {
    let mut on_node = BTreeMap::new();
    let Some(owner) = set.meta.controller() else {
        return on_node;
    };
    let kind = set.key().kind;
    let sets = world.store.owned_of(&owner.uid, &kind, &set.meta.namespace);
    for set in sets {
        for object in pods_by_owner(world, set, true) {
            let Some(pod) = object.pod().filter(|pod| is_pod_active(pod)) else {
                continue;
            };
            if selects(set, &pod.metadata.labels) {
                *on_node.entry(pod.spec.node_name.clone()).or_default() += 1;
            }
        }
    }
    on_node
}

/// Models `calculateStatus`. `terminating`: where it is counted.
fn calculate_status(
    set: &ReplicaSet,
    active: &[Rc<Pod>],
    terminating: Option<usize>,
    managed: &Result<(), Status>,
    now: SimTime,
) -> ReplicaSetStatus {
    let count = |of: &dyn Fn(&Pod) -> bool| active.iter().filter(|pod| of(pod)).count() as i64;
    let labels = &set.spec.template.metadata.labels;
    let is_labelled = |pod: &Pod| {
        let own = &pod.metadata.labels;
        labels
            .iter()
            .all(|(name, value)| own.get(name) == Some(value))
    };
    let mut conditions = set.status.conditions.clone();
    let failure = conditions
        .iter()
        .position(|one| &*one.kind == REPLICA_FAILURE);
    match (managed, failure) {
        (Err(status), None) => {
            let reason = match (active.len() as i64).cmp(&set.spec.replicas) {
                std::cmp::Ordering::Less => "FailedCreate",
                std::cmp::Ordering::Greater => "FailedDelete",
                std::cmp::Ordering::Equal => "",
            };
            conditions.push(crate::api::pod::Condition {
                kind: REPLICA_FAILURE.into(),
                status: "True".into(),
                reason: reason.into(),
                message: status.message.as_str().into(),
                last_transition_time: Some(now),
            });
        }
        (Ok(()), Some(failure)) => drop(conditions.remove(failure)),
        _ => {}
    }
    ReplicaSetStatus {
        replicas: active.len() as i64,
        fully_labeled_replicas: count(&is_labelled),
        ready_replicas: count(&Pod::is_ready),
        available_replicas: count(&|pod| is_pod_available(pod, set.spec.min_ready_seconds, now)),
        terminating_replicas: terminating.map(|count| count as i64),
        observed_generation: set.status.observed_generation,
        conditions,
    }
}

const REPLICA_FAILURE: &str = "ReplicaFailure";

/// Models `updateReplicaSetStatus`.
fn update_status(
    world: &mut World,
    controller: &Controller,
    key: &ObjectKey,
    set: &ReplicaSet,
    status: &ReplicaSetStatus,
) {
    let generation = set.metadata.generation;
    if set.status == *status && set.status.observed_generation == generation {
        return;
    }
    let written = world.patch(controller.actor(), key, |value| {
        let path = |name| ["status", name];
        value.set(&path("replicas"), status.replicas);
        let mut count = |name, number: i64| match number {
            0 => drop(value.remove(&path(name))),
            number => value.set(&path(name), number),
        };
        count("fullyLabeledReplicas", status.fully_labeled_replicas);
        count("readyReplicas", status.ready_replicas);
        count("availableReplicas", status.available_replicas);
        count("observedGeneration", generation);
        if let Some(terminating) = status.terminating_replicas {
            value.set(&path("terminatingReplicas"), terminating);
        }
        if status.conditions.is_empty() {
            value.remove(&path("conditions"));
        } else {
            let conditions: Value = status.conditions.iter().map(condition).collect();
            value.set(&path("conditions"), conditions);
        }
    });
    debug_assert!(written.is_ok(), "it was there a moment ago");
}

fn condition(of: &crate::api::pod::Condition) -> Value {
    let since = of.last_transition_time.unwrap_or_default();
    fields! {
        "type" => of.kind.clone(), "status" => of.status.clone(), "reason" => of.reason.clone(),
        "message" => of.message.clone(), "lastTransitionTime" => since.to_rfc3339(),
    }
}

/// What the look saw and wanted, and which Pods it waits for.
fn remember(
    record: &mut Reconcile,
    set: &ReplicaSet,
    status: &ReplicaSetStatus,
    active: &[Rc<Pod>],
    terminating: &[Rc<Pod>],
) {
    record.observed = vec![
        (Measure::Replicas, status.replicas),
        (Measure::Ready, status.ready_replicas),
        (Measure::Available, status.available_replicas),
        (Measure::Terminating, terminating.len() as i64),
    ];
    record.wanted = vec![(Measure::Replicas, set.spec.replicas)];
    let min_ready = set.spec.min_ready_seconds;
    for pod in active {
        if !is_pod_available(pod, min_ready, record.at) {
            record.wait_for_pod(pod, min_ready);
        }
    }
    for pod in terminating {
        record.wait_for_pod(pod, min_ready);
    }
}
