//! StatefulSets: Pods with numbers, one after the other, each with claims of its own. Models
//! `pkg/controller/statefulset`: `plan.rs` decides, `claims.rs` keeps the claims.
//! Left out: batches of a `Parallel` set that double, so that the first mistake ends a look.

mod claims;
mod plan;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::claim;
use super::controller_utils::{
    Controller, is_pod_available, pod_from_template, pods_by_owner, until_available,
};
use super::history::{self, Revision};
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::sets::{StatefulSet, StatefulSetStatus};
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::api_server::Status;
use crate::cluster::{Change, World};
use claims::Member;
use plan::{Age, Plan, REVISION, Revisions, Step, parent_and_ordinal};

const KIND: &str = "StatefulSet.apps";

const STATEFUL_SET: Controller = Controller {
    name: "statefulset-controller",
    component: "statefulset-controller",
    kind: KIND,
};

/// Labels that every Pod of a set has: its name, and its number.
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// The controller `statefulset-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StatefulSetController {
    queue: WorkQueue,
}

fn set_of(object: &Object) -> Option<StatefulSet> {
    view::read(&object.value).ok()
}

/// Does the set mean Pods with these labels?
fn selects(set: &Object, labels: &Labels) -> bool {
    let selector = set_of(set).map(|set| set.spec.selector);
    selector.is_some_and(|selector| !selector.is_empty() && selector.matches(labels))
}

/// A set that is looked at.
struct Looked {
    owner: Rc<Object>,
    set: StatefulSet,
    current: Revision,
    update: Revision,
}

impl StatefulSetController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        match &*change.object.kind {
            KIND => self
                .queue
                .add(world, change, &change.object, Wake::StatefulSet),
            "Pod" => {
                for key in STATEFUL_SET.concerned(world, change, &selects) {
                    self.queue.add(world, change, &key, Wake::StatefulSet);
                }
            }
            _ => {}
        }
    }

    /// Looks at one. Models `sync`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let mut record = Reconcile::begin(world, STATEFUL_SET.name);
        let result = self.look(world, key, &mut record);
        if let Err(status) = &result {
            record.wait(key.clone(), Why::Refused(status.message.as_str().into()));
        }
        record.end(world, key);
        self.queue.looked(world, key, &result, Wake::StatefulSet);
    }

    fn look(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        record: &mut Reconcile,
    ) -> Result<(), Status> {
        let Some(owner) = world.store.get(key).cloned() else {
            return Ok(());
        };
        let Some(set) = set_of(&owner) else {
            return Ok(());
        };
        let selector = set.spec.selector.clone();
        let mut revisions = history::claim_revisions(world, &STATEFUL_SET, &owner, &|labels| {
            selector.matches(labels)
        })?;
        let pods = claimed_pods(world, &owner, &set)?;
        let collisions = set.status.collision_count.unwrap_or(0);
        let (update, collisions) =
            history::update_revision(world, &STATEFUL_SET, &owner, &revisions, collisions)?;
        let current = revisions
            .iter()
            .find(|one| *one.name() == set.status.current_revision);
        let current = current.unwrap_or(&update).clone();
        let names = Revisions {
            current: current.name().clone(),
            update: update.name().clone(),
            collision_count: collisions,
        };
        let now = world.now();
        let Plan { steps, status } = plan::plan(&set, &pods, &names, now);
        remember(record, &set, &status, &pods);
        let looked = Looked {
            owner,
            set,
            current,
            update,
        };
        let result = steps
            .into_iter()
            .try_for_each(|step| looked.take(world, step));
        looked.write_status(world, &status)?;
        revisions.retain(|one| *one.name() != names.update);
        looked.truncate_history(world, &pods, &revisions);
        result?;
        let min_ready = looked.set.spec.min_ready_seconds;
        if min_ready > 0 && status.ready_replicas != status.available_replicas {
            let left = pods
                .iter()
                .filter_map(|pod| until_available(pod, min_ready, now));
            let after = left
                .min()
                .unwrap_or(Duration::from_secs(min_ready.unsigned_abs()));
            self.queue.add_after(world, key, after, Wake::StatefulSet);
        }
        Ok(())
    }
}

/// Its Pods: only those that are called like it.
fn claimed_pods(
    world: &mut World,
    owner: &Object,
    set: &StatefulSet,
) -> Result<Vec<Rc<Pod>>, Status> {
    let is_called_so = |pod: &Rc<Object>| {
        let parent = parent_and_ordinal(&pod.meta.name).map(|(parent, _)| parent);
        parent == Some(&*owner.meta.name)
    };
    let mut pods = pods_by_owner(world, owner, true);
    pods.retain(is_called_so);
    let claimed = claim(world, &STATEFUL_SET, owner, pods, &|labels| {
        set.spec.selector.matches(labels)
    })?;
    Ok(claimed
        .iter()
        .filter_map(|pod| pod.pod().cloned())
        .collect())
}

impl Looked {
    fn member<'a>(&'a self, name: &'a str, uid: Option<&'a str>) -> Member<'a> {
        Member {
            owner: &self.owner,
            set: &self.set,
            name,
            uid,
        }
    }

    fn member_of<'a>(&'a self, pod: &'a Pod) -> Member<'a> {
        self.member(&pod.metadata.name, Some(&pod.metadata.uid))
    }

    fn tell(&self, world: &mut World, verb: &str, pod: &str, result: &Result<(), Status>) {
        let set = &self.owner.meta.name;
        let (kind, reason, message) = match result {
            Ok(()) => (
                "Normal",
                "Successful",
                format!("{verb} Pod {pod} in StatefulSet {set} successful"),
            ),
            Err(why) => {
                let why = &why.message;
                (
                    "Warning",
                    "Failed",
                    format!("{verb} Pod {pod} in StatefulSet {set} failed error: {why}"),
                )
            }
        };
        STATEFUL_SET.tell(
            world,
            &self.owner,
            (kind, &format!("{reason}{verb}")),
            message,
        );
    }

    /// Does what ought to happen.
    fn take(&self, world: &mut World, step: Step) -> Result<(), Status> {
        match step {
            Step::Create(ordinal, age) => self.create(world, ordinal, age),
            Step::Delete(pod) => self.delete(world, &pod),
            Step::Claims(pod) => {
                claims::create(world, &self.member_of(&pod))?;
                let kept = claims::keep_owners(world, &self.member_of(&pod)).map(|_| ());
                if kept.is_err() {
                    self.tell(world, "Update", &pod.metadata.name, &kept);
                }
                kept
            }
            Step::Keep(pod) => self.keep(world, &pod),
            Step::Owners(pod) => claims::keep_owners(world, &self.member_of(&pod)).map(|_| ()),
        }
    }

    /// Models `CreateStatefulPod`.
    fn create(&self, world: &mut World, ordinal: i64, age: Age) -> Result<(), Status> {
        let name = format!("{}-{ordinal}", self.owner.meta.name);
        let member = self.member(&name, None);
        if claims::is_stale(world, &member) {
            return Ok(());
        }
        let claimed = claims::create(world, &member);
        if claimed.is_err() {
            self.tell(world, "Create", &name, &claimed);
            return claimed;
        }
        let made = world.create(STATEFUL_SET.actor(), self.pod(&name, ordinal, age));
        let uid = match &made {
            Err(status) if status.reason == "AlreadyExists" => return Err(status.clone()),
            Err(_) => None,
            Ok(pod) => Some(pod.meta.uid.clone()),
        };
        claims::keep_owners(world, &self.member(&name, uid.as_deref()))?;
        let made = made.map(|_| ());
        self.tell(world, "Create", &name, &made);
        made
    }

    /// Models `newVersionedStatefulSetPod`.
    fn pod(&self, name: &str, ordinal: i64, age: Age) -> Value {
        let revision = match age {
            Age::Current => &self.current,
            Age::Update => &self.update,
        };
        let mut pod = pod_from_template(&self.owner, &revision.template());
        pod.set(&["metadata", "name"], name);
        pod.set(&["metadata", "labels", POD_NAME], name);
        pod.set(&["metadata", "labels", POD_INDEX], ordinal.to_string());
        pod.set(&["metadata", "labels", REVISION], revision.name().clone());
        pod.set(&["spec", "hostname"], name);
        pod.set(&["spec", "subdomain"], self.set.spec.service_name.clone());
        self.set_volumes(&mut pod, name);
        pod
    }

    fn set_volumes(&self, pod: &mut Value, name: &str) {
        let known = pod.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
        let volumes = claims::volumes(&self.member(name, None), known);
        if !volumes.is_empty() {
            pod.set(&["spec", "volumes"], volumes);
        }
    }

    /// Models `DeleteStatefulPod`.
    fn delete(&self, world: &mut World, pod: &Pod) -> Result<(), Status> {
        let name = &pod.metadata.name;
        let key = ObjectKey::pod(&pod.metadata.namespace, name);
        let deleted = match world.delete(STATEFUL_SET.actor(), &key, None) {
            Err(status) if status.reason != "NotFound" => Err(status),
            _ => Ok(()),
        };
        self.tell(world, "Delete", name, &deleted);
        deleted
    }

    /// Models `UpdateStatefulPod`. Volumes of a Pod that is there can't be changed: the API server says so.
    fn keep(&self, world: &mut World, pod: &Pod) -> Result<(), Status> {
        let name = &pod.metadata.name;
        let member = self.member_of(pod);
        let key = ObjectKey::pod(&pod.metadata.namespace, name);
        let Some(stored) = world.store.get(&key).map(|pod| pod.value.clone()) else {
            return Ok(());
        };
        let mut wanted = stored.clone();
        if stored.text_at(&["metadata", "labels", POD_NAME]) != &**name {
            let ordinal = parent_and_ordinal(name).map_or(0, |(_, ordinal)| ordinal);
            wanted.set(&["metadata", "labels", POD_NAME], name.clone());
            wanted.set(&["metadata", "labels", POD_INDEX], ordinal.to_string());
        }
        if !self.has_its_claims(&stored, name) {
            self.set_volumes(&mut wanted, name);
            claims::create(world, &member)?;
        }
        let is_new = claims::keep_owners(world, &member)?;
        if wanted == stored && !is_new {
            return Ok(());
        }
        let updated = world.update(STATEFUL_SET.actor(), wanted).map(|_| ());
        self.tell(world, "Update", name, &updated);
        updated
    }

    /// Models `storageMatches`.
    fn has_its_claims(&self, pod: &Value, name: &str) -> bool {
        let has = pod.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
        let wanted = claims::volumes(&self.member(name, None), &[]);
        let claim = |volume: &Value| {
            volume
                .text_at(&["persistentVolumeClaim", "claimName"])
                .to_string()
        };
        let is_there = |wanted: &Value| {
            let mut same = has
                .iter()
                .filter(|volume| volume.get("name") == wanted.get("name"));
            same.any(|volume| claim(volume) == claim(wanted))
        };
        wanted.items().iter().all(is_there)
    }

    /// Writes the status if it is another one. Models `inconsistentStatus`.
    fn write_status(&self, world: &mut World, status: &StatefulSetStatus) -> Result<(), Status> {
        let known = StatefulSetStatus {
            collision_count: status.collision_count,
            ..self.set.status.clone()
        };
        if known == *status {
            return Ok(());
        }
        world.patch(STATEFUL_SET.actor(), &self.owner.key(), |set| {
            let counts = [
                ("observedGeneration", status.observed_generation, true),
                ("replicas", status.replicas, true),
                ("readyReplicas", status.ready_replicas, false),
                ("currentReplicas", status.current_replicas, false),
                ("updatedReplicas", status.updated_replicas, false),
                ("availableReplicas", status.available_replicas, true),
                ("collisionCount", status.collision_count.unwrap_or(0), true),
            ];
            for (name, count, is_always_there) in counts {
                if count == 0 && !is_always_there {
                    set.remove(&["status", name]);
                } else {
                    set.set(&["status", name], count);
                }
            }
            set.set(
                &["status", "currentRevision"],
                status.current_revision.clone(),
            );
            set.set(
                &["status", "updateRevision"],
                status.update_revision.clone(),
            );
        })?;
        Ok(())
    }

    /// Models `truncateHistory`.
    fn truncate_history(&self, world: &mut World, pods: &[Rc<Pod>], revisions: &[Revision]) {
        let is_live = |revision: &Revision| {
            let name = revision.name();
            let of = |pod: &Rc<Pod>| pod.metadata.labels.get(REVISION) == Some(name);
            name == self.current.name() || name == self.update.name() || pods.iter().any(of)
        };
        let unused = revisions
            .iter()
            .filter(|revision| !is_live(revision))
            .count();
        let limit = usize::try_from(self.set.spec.revision_history_limit.unwrap_or(10));
        let surplus = limit.map_or(0, |limit| unused.saturating_sub(limit));
        history::truncate(world, &STATEFUL_SET, revisions, &is_live, surplus);
    }
}

fn remember(
    record: &mut Reconcile,
    set: &StatefulSet,
    status: &StatefulSetStatus,
    pods: &[Rc<Pod>],
) {
    record.observed = vec![
        (Measure::Replicas, status.replicas),
        (Measure::Ready, status.ready_replicas),
        (Measure::Available, status.available_replicas),
        (Measure::Updated, status.updated_replicas),
    ];
    record.wanted = vec![(Measure::Replicas, set.spec.replicas)];
    let min_ready = set.spec.min_ready_seconds;
    for pod in pods {
        if pod.metadata.deletion_timestamp.is_some() || !is_pod_available(pod, min_ready, record.at)
        {
            record.wait_for_pod(pod, min_ready);
        }
    }
}
