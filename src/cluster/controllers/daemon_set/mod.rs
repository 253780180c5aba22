//! DaemonSets: one Pod on every Node. Models `pkg/controller/daemon`; `plan.rs` decides.
//! Left out: Pods and ControllerRevisions of an upstream that knew no hashes yet.

mod plan;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::claim;
use super::controller_utils::{
    Controller, is_pod_available, is_terminating, pods_by_owner, slow_start,
};
use super::history::{self, Revision};
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::go_dump::compute_hash;
use crate::api::meta::Labels;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::sets::{DaemonSet, DaemonSetStatus};
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::api_server::Status;
use crate::cluster::kubelet::back_off::{BackOff, Growth};
use crate::cluster::{Change, World};
use crate::fields;
use plan::{GENERATION, HASH, Look, Wishes, by_node};

const KIND: &str = "DaemonSet.apps";

const DAEMON_SET: Controller = Controller {
    name: "daemonset-controller",
    component: "daemonset-controller",
    kind: KIND,
};

/// No more Pods than this are made or deleted at one look. `BurstReplicas`.
const BURST_REPLICAS: usize = 250;

/// How long Pods that failed on one Node stay. `failedPodsBackoff` in `cmd/kube-controller-manager`.
const FAILED_PODS: Growth = Growth {
    initial: Duration::from_secs(1),
    max: Duration::from_secs(15 * 60),
    reset: Duration::from_secs(2 * 15 * 60),
};

/// Where the API server counts the versions of the template.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// What every Pod of a DaemonSet bears: key and effect. Models `AddOrUpdateDaemonPodTolerations`.
const TOLERATIONS: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The controller `daemonset-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct DaemonSetController {
    queue: WorkQueue,
    /// Looks that wait for Pods to have been Ready for long enough. Nothing else says when: of two Pods on a node the
    /// status counts the old one. Upstream's delayed entries outlive earlier looks.
    delayed: WorkQueue,
    failed_pods: BackOff,
}

fn set_of(object: &Object) -> Option<DaemonSet> {
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
    set: DaemonSet,
    /// A Pod's template, tolerations included.
    template: Value,
    /// A Pod of it.
    pod: Pod,
    nodes: Vec<Rc<Node>>,
    hash: Rc<str>,
    generation: Rc<str>,
}

impl DaemonSetController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        match &*change.object.kind {
            KIND => self
                .queue
                .add(world, change, &change.object, Wake::DaemonSet),
            "Pod" => {
                for key in DAEMON_SET.concerned(world, change, &selects) {
                    self.queue.add(world, change, &key, Wake::DaemonSet);
                }
                self.observe_readiness(world, change);
            }
            "ControllerRevision.apps" => {
                for key in DAEMON_SET.concerned(world, change, &selects) {
                    self.queue.add(world, change, &key, Wake::DaemonSet);
                }
            }
            "Node" => self.observe_node(world, change),
            _ => {}
        }
    }

    /// A Pod that has become Ready is looked at once more when it has been so for long enough.
    fn observe_readiness(&mut self, world: &mut World, change: &Change) {
        let is_ready = |object: &Option<Rc<Object>>| {
            let pod = object.as_ref().and_then(|object| object.pod());
            pod.is_some_and(|pod| pod.is_ready())
        };
        if is_ready(&change.before) || !is_ready(&change.after) {
            return;
        }
        for key in DAEMON_SET.concerned(world, change, &|_, _| false) {
            let set = world.store.get(&key).and_then(|object| set_of(object));
            let seconds = set.map_or(0, |set| set.spec.min_ready_seconds);
            if seconds > 0 {
                let after = Duration::from_secs(seconds.unsigned_abs() + 1);
                self.delayed.add_after(world, &key, after, Wake::DaemonSet);
            }
        }
    }

    /// A Node that is new, or another one, may need a Pod, or one less. Models `syncNodeUpdate`.
    fn observe_node(&mut self, world: &mut World, change: &Change) {
        let Some(node) = change
            .after
            .as_ref()
            .and_then(|object| object.node().cloned())
        else {
            return;
        };
        let before = change.before.as_ref().and_then(|object| object.node());
        let is_same = |before: &Rc<Node>| {
            before.metadata.labels == node.metadata.labels && before.spec.taints == node.spec.taints
        };
        if before.is_some_and(is_same) {
            return;
        }
        let sets: Vec<Rc<Object>> = world
            .store
            .list(KIND)
            .map(|(_, object)| object.clone())
            .collect();
        for owner in sets {
            let Some(looked) = Looked::new(world, &owner, "".into()) else {
                continue;
            };
            let (should_run, may_stay) =
                looked.look(Vec::new().as_slice(), world).should_run(&node);
            let pods = world
                .store
                .owned_of(&owner.meta.uid, "Pod", &owner.meta.namespace);
            let is_on_it = |pod: &&Rc<Object>| {
                pod.pod()
                    .is_some_and(|pod| pod.spec.node_name == node.metadata.name)
            };
            let has_one = pods.filter(is_on_it).count() > 0;
            let misplaced = looked.set.status.number_misscheduled > 0;
            if (should_run && !has_one) || (has_one && (!may_stay || misplaced)) {
                self.queue.add(world, change, &owner.key(), Wake::DaemonSet);
            }
        }
    }

    /// Looks at one. Models `syncDaemonSet`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.delayed.rang(world, key);
        self.queue.rang(world, key);
        let mut record = Reconcile::begin(world, DAEMON_SET.name);
        let result = self.look(world, key, &mut record);
        if let Err(status) = &result {
            record.wait(key.clone(), Why::Refused(status.message.as_str().into()));
        }
        record.end(world, key);
        self.queue.looked(world, key, &result, Wake::DaemonSet);
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
        let Some(mut looked) = Looked::new(world, &owner, "".into()) else {
            return Ok(());
        };
        if looked.set.spec.selector.is_empty() {
            let message =
                "This daemon set is selecting all pods. A non-empty selector is required.";
            DAEMON_SET.tell(world, &owner, ("Warning", "SelectingAll"), message.into());
            return Ok(());
        }
        if looked.set.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        let (current, old) = looked.construct_history(world)?;
        let hash = current.object.meta.labels.get(HASH).cloned();
        looked.hash = hash.unwrap_or_else(|| "".into());
        let result = self.update(world, &looked, &old);
        let pods = looked.pods(world)?;
        let status = looked.look(&pods, world).status();
        looked.remember(record, &status, &pods);
        looked.write_status(world, &status)?;
        let min_ready = looked.set.spec.min_ready_seconds;
        if min_ready > 0 && status.number_ready != status.number_available {
            let after = Duration::from_secs(min_ready.unsigned_abs());
            self.queue.add_after(world, key, after, Wake::DaemonSet);
        }
        result
    }

    /// Models `updateDaemonSet`.
    fn update(
        &mut self,
        world: &mut World,
        looked: &Looked,
        old: &[Revision],
    ) -> Result<(), Status> {
        let pods = looked.pods(world)?;
        let (uid, generation) = (
            &looked.owner.meta.uid,
            looked.set.status.observed_generation,
        );
        let (now, failed_pods) = (world.now(), &mut self.failed_pods);
        let mut failed = |node: &str| {
            let key: Rc<str> = format!("{uid}/{generation}/{node}").into();
            if failed_pods
                .until_since_update(&key, now, FAILED_PODS)
                .is_some()
            {
                return Some(failed_pods.get(&key));
            }
            failed_pods.next(key, now, now, FAILED_PODS);
            None
        };
        let wishes = looked.look(&pods, world).manage(&mut failed);
        if let Some(after) = wishes.again {
            self.queue
                .add_after(world, &looked.owner.key(), after, Wake::DaemonSet);
        }
        let is_busy = !wishes.create.is_empty() || !wishes.delete.is_empty();
        looked.sync_nodes(world, wishes)?;
        // What was made and deleted has to be seen first: upstream's expectations.
        if !is_busy {
            let wishes = looked.look(&pods, world).rolling_update();
            looked.sync_nodes(world, wishes)?;
        }
        looked.clean_up_history(world, &pods, old);
        Ok(())
    }
}

impl Looked {
    fn new(world: &World, owner: &Rc<Object>, hash: Rc<str>) -> Option<Self> {
        let template = pod_template(owner);
        let pod = fields! { "spec" => template.get("spec").cloned().unwrap_or_default() };
        let generation = owner.meta.annotations.get(TEMPLATE_GENERATION);
        let nodes = world
            .store
            .list("Node")
            .filter_map(|(_, node)| node.node().cloned());
        Some(Looked {
            set: set_of(owner)?,
            pod: view::read(&pod).ok()?,
            nodes: nodes.collect(),
            generation: generation.cloned().unwrap_or_else(|| "".into()),
            owner: owner.clone(),
            template,
            hash,
        })
    }

    fn look<'a>(&'a self, pods: &[Rc<Pod>], world: &World) -> Look<'a> {
        Look {
            set: &self.set,
            pod: &self.pod,
            nodes: &self.nodes,
            by_node: by_node(pods),
            hash: &self.hash,
            generation: &self.generation,
            now: world.now(),
        }
    }

    fn pods(&self, world: &mut World) -> Result<Vec<Rc<Pod>>, Status> {
        let pods = pods_by_owner(world, &self.owner, true);
        let matches = |labels: &Labels| self.set.spec.selector.matches(labels);
        let claimed = claim(world, &DAEMON_SET, &self.owner, pods, &matches)?;
        Ok(claimed
            .iter()
            .filter_map(|pod| pod.pod().cloned())
            .collect())
    }

    /// Makes and deletes Pods. Models `syncNodes`.
    fn sync_nodes(&self, world: &mut World, wishes: Wishes) -> Result<(), Status> {
        for (kind, reason, message) in wishes.tell {
            DAEMON_SET.tell(world, &self.owner, (kind, reason), message);
        }
        let mut nodes = wishes.create.iter().take(BURST_REPLICAS);
        let mut result = slow_start(nodes.len(), &mut || {
            let Some(node) = nodes.next() else {
                return Ok(());
            };
            match DAEMON_SET.create_pod(world, &self.owner, &self.template_for(node)) {
                // Nobody minds: all of it goes.
                Err(_) if is_terminating(world, &self.owner.meta.namespace) => Ok(()),
                made => made.map(|_| ()),
            }
        });
        for pod in wishes.delete.iter().take(BURST_REPLICAS) {
            let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
            match DAEMON_SET.delete_pod(world, &self.owner, &key) {
                Err(status) if status.reason != "NotFound" => result = result.and(Err(status)),
                _ => {}
            }
        }
        result
    }

    /// The template of the Pod for this Node. Models `CreatePodTemplate` and
    /// `ReplaceDaemonSetPodNodeNameNodeAffinity`.
    fn template_for(&self, node: &str) -> Value {
        let mut template = self.template.clone();
        if !self.generation.is_empty() {
            template.set(&["metadata", "labels", GENERATION], self.generation.clone());
        }
        if !self.hash.is_empty() {
            template.set(&["metadata", "labels", HASH], self.hash.clone());
        }
        let names: Value = [Value::from(node)].into_iter().collect();
        let field = fields! { "key" => "metadata.name", "operator" => "In", "values" => names };
        let matching: Value = [field].into_iter().collect();
        let terms: Value = [fields! { "matchFields" => matching }]
            .into_iter()
            .collect();
        const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
        template.set(
            &[
                "spec",
                "affinity",
                "nodeAffinity",
                REQUIRED,
                "nodeSelectorTerms",
            ],
            terms,
        );
        template
    }

    /// The revision of the present template, and the older ones. Models `constructHistory`.
    fn construct_history(&self, world: &mut World) -> Result<(Revision, Vec<Revision>), Status> {
        let matches = |labels: &Labels| self.set.spec.selector.matches(labels);
        let revisions = history::claim_revisions(world, &DAEMON_SET, &self.owner, &matches)?;
        let patch = history::patch_of(&self.owner);
        let (mut same, old): (Vec<_>, Vec<_>) =
            revisions.into_iter().partition(|one| one.is_of(&patch));
        let number = old.iter().map(|one| one.number).max().unwrap_or(0) + 1;
        let Some(current) = same.pop() else {
            return Ok((self.snapshot(world, &patch, number)?, old));
        };
        let current = match current.number < number {
            true => history::renumber(world, &DAEMON_SET, &current, number)?,
            false => current,
        };
        Ok((current, old))
    }

    /// Models `snapshot`.
    fn snapshot(&self, world: &mut World, patch: &Value, number: i64) -> Result<Revision, Status> {
        let collisions = self.set.status.collision_count;
        let template = self
            .owner
            .value
            .at(&["spec", "template"])
            .cloned()
            .unwrap_or_default();
        let hash = compute_hash(&template, collisions);
        let made = history::create(world, &DAEMON_SET, &self.owner, (&hash, HASH), number);
        let Err(status) = &made else { return made };
        if status.reason != "AlreadyExists" {
            return made;
        }
        if let Some(known) =
            history::find(world, &self.owner, &hash).filter(|known| known.is_of(patch))
        {
            return Ok(known);
        }
        world.patch(DAEMON_SET.actor(), &self.owner.key(), |set| {
            set.set(&["status", "collisionCount"], collisions.unwrap_or(0) + 1);
        })?;
        made
    }

    /// Models `cleanupHistory`.
    fn clean_up_history(&self, world: &mut World, pods: &[Rc<Pod>], old: &[Revision]) {
        let limit = usize::try_from(self.set.spec.revision_history_limit.unwrap_or(10));
        let surplus = limit.map_or(0, |limit| old.len().saturating_sub(limit));
        let is_live = |revision: &Revision| {
            let hash = revision.object.meta.labels.get(HASH);
            hash.is_some() && pods.iter().any(|pod| pod.metadata.labels.get(HASH) == hash)
        };
        history::truncate(world, &DAEMON_SET, old, &is_live, surplus);
    }

    /// Writes the status if it is another one. Models `storeDaemonSetStatus`.
    fn write_status(&self, world: &mut World, status: &DaemonSetStatus) -> Result<(), Status> {
        if self.set.status == *status {
            return Ok(());
        }
        world.patch(DAEMON_SET.actor(), &self.owner.key(), |set| {
            let counts = [
                (
                    "currentNumberScheduled",
                    status.current_number_scheduled,
                    true,
                ),
                (
                    "desiredNumberScheduled",
                    status.desired_number_scheduled,
                    true,
                ),
                ("numberMisscheduled", status.number_misscheduled, true),
                ("numberReady", status.number_ready, true),
                ("observedGeneration", status.observed_generation, false),
                (
                    "updatedNumberScheduled",
                    status.updated_number_scheduled,
                    false,
                ),
                ("numberAvailable", status.number_available, false),
                ("numberUnavailable", status.number_unavailable, false),
            ];
            for (name, count, is_always_there) in counts {
                if count == 0 && !is_always_there {
                    set.remove(&["status", name]);
                } else {
                    set.set(&["status", name], count);
                }
            }
        })?;
        Ok(())
    }

    fn remember(&self, record: &mut Reconcile, status: &DaemonSetStatus, pods: &[Rc<Pod>]) {
        record.observed = vec![
            (Measure::Replicas, status.current_number_scheduled),
            (Measure::Ready, status.number_ready),
            (Measure::Available, status.number_available),
            (Measure::Updated, status.updated_number_scheduled),
        ];
        record.wanted = vec![(Measure::Replicas, status.desired_number_scheduled)];
        let min_ready = self.set.spec.min_ready_seconds;
        for pod in pods {
            if pod.metadata.deletion_timestamp.is_some()
                || !is_pod_available(pod, min_ready, record.at)
            {
                record.wait_for_pod(pod, min_ready);
            }
        }
    }
}

/// The template with the tolerations that every Pod of a DaemonSet has.
fn pod_template(owner: &Object) -> Value {
    let mut template = owner
        .value
        .at(&["spec", "template"])
        .cloned()
        .unwrap_or_default();
    let on_host = template.at(&["spec", "hostNetwork"]) == Some(&Value::Bool(true));
    let network = [("node.kubernetes.io/network-unavailable", "NoSchedule")];
    let more = &network[..usize::from(on_host)];
    let tolerations = template.at_mut(&["spec", "tolerations"]).items_mut();
    for (key, effect) in TOLERATIONS.iter().chain(more) {
        let wanted = fields! { "key" => *key, "operator" => "Exists", "effect" => *effect };
        let is_same = |known: &Value| {
            ["key", "operator", "effect", "value"]
                .iter()
                .all(|part| known.text_at(&[part]) == wanted.text_at(&[part]))
        };
        match tolerations.iter_mut().find(|known| is_same(known)) {
            Some(known) => *known = wanted,
            None => tolerations.push(wanted),
        }
    }
    template
}
