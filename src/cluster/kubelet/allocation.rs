//! Which resources a kubelet has promised to its Pods, and what becomes of wishes for others: taken up
//! at once, or deferred until there is room. Models `pkg/kubelet/allocation`, and what
//! `status_manager.go` keeps of a resize.
//!
//! Nothing is infeasible here: swap, static CPU and memory policies don't exist, and what is more than
//! the whole node has the API server refuses (`PodResizeValidator`).

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::admission::{Admission, Refusal};
use super::pod_status::{Condition, whole_second};
use super::pod_worker::PodWorker;
use super::resize_status::{pod_requests, resize_message};
use super::{Kubelet, Turn, Wake};
use crate::api::validation::qos_class;
use crate::api::{Object, Uid, Value};
use crate::cluster::World;
use crate::cluster::scheduler::resource::PodRequests;
use crate::collections::Map;

/// How long after the last look at deferred resizes they are looked at again. `retryDelay`.
const RETRY: Duration = Duration::from_secs(180);

/// What was promised to a Pod: its `resources` and those of its containers. Models
/// `state.PodResourceInfo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Allocation {
    pod: Value,
    containers: Map<Rc<str>, Value>,
}

/// What is told of a resize. Models `podResizeConditions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ResizeConditions {
    pub pending: Option<Condition>,
    pub in_progress: Option<Condition>,
}

const LISTS: [&str; 2] = ["initContainers", "containers"];

fn containers<'a>(pod: &'a Object, list: &str) -> &'a [Value] {
    pod.value
        .at(&["spec", list])
        .map_or(&[][..], |list| list.items())
}

fn resources(of: Option<&Value>) -> Value {
    let resources = of.and_then(|of| of.get("resources"));
    let resources = resources.filter(|resources| !resources.is_empty());
    resources.cloned().unwrap_or_default()
}

impl Allocation {
    /// What the Pod asks for. Models `allocationFromPod`.
    pub(super) fn of(pod: &Object) -> Self {
        let all = LISTS.iter().flat_map(|list| containers(pod, list));
        let each = all.map(|container| {
            let name = container.text_at(&["name"]).into();
            (name, resources(Some(container)))
        });
        Allocation {
            pod: resources(pod.value.get("spec")),
            containers: each.collect(),
        }
    }

    /// The Pod with what it was promised instead of what it asks for; `None` if that is the same.
    /// Models `UpdatePodFromAllocation`.
    fn updated(&self, pod: &Object) -> Option<Rc<Object>> {
        if Allocation::of(pod) == *self {
            return None;
        }
        let mut value = pod.value.clone();
        let put = |of: &mut Value, resources: &Value| match resources {
            Value::Null => drop(of.remove(&["resources"])),
            resources => of.set(&["resources"], resources.clone()),
        };
        put(value.at_mut(&["spec"]), &self.pod);
        for list in LISTS {
            if containers(pod, list).is_empty() {
                continue;
            }
            for container in value.at_mut(&["spec", list]).items_mut() {
                if let Some(promised) = self.containers.get(container.text_at(&["name"])) {
                    put(container, promised);
                }
            }
        }
        Object::new(value).ok().map(Rc::new)
    }
}

impl PodWorker {
    /// The Pod as it was told last, with the resources that were promised to it.
    pub(super) fn allocated_pod(&self) -> Rc<Object> {
        let allocation = self.allocation.as_ref();
        let updated = allocation.and_then(|allocation| allocation.updated(&self.pod));
        updated.unwrap_or_else(|| self.pod.clone())
    }

    /// Does it ask for something else than was promised to it?
    fn asks_for_other_resources(&self) -> bool {
        let allocation = self.allocation.as_ref();
        allocation.is_some_and(|allocation| *allocation != Allocation::of(&self.pod))
    }

    /// Models `isResizeIncreasingRequests`.
    fn grows(&self) -> bool {
        let (new, old) = (pod_requests(&self.pod), pod_requests(&self.allocated_pod()));
        ["cpu", "memory"].into_iter().any(|name| {
            let amount = |sums: &crate::api::validation::pod_resources::Sums| {
                sums.get(name).map_or(0, |sum| sum.0.nano)
            };
            amount(&new) > amount(&old)
        })
    }

    /// Deferred resizes that come first are looked at first. Models `sortPendingResizes`: what asks
    /// for no more, priority, class, then the longest wait.
    fn resize_rank(&self) -> (bool, i64, bool, i64) {
        let pod = PodWorker::view(&self.pod);
        let since = self.resize.pending.as_ref().map(|pending| pending.since.0);
        (
            self.grows(),
            -pod.spec.priority,
            qos_class(&self.pod.value) != "Guaranteed",
            since.unwrap_or(i64::MAX),
        )
    }
}

/// Does it ask for other amounts of cpu or memory than before? Models `recordResizeOperations`.
pub(super) fn asks_for_resize(old: &Object, new: &Object) -> bool {
    Allocation::of(old) != Allocation::of(new)
}

/// Has it come to need less, by its status, so that others may get more? Models the questions of
/// `HandlePodReconcile`.
pub(super) fn makes_room(old: &Object, new: &Object) -> bool {
    let (Some(before), Some(now)) = (old.pod(), new.pod()) else {
        return false;
    };
    let (had, has) = (PodRequests::of(before).real, PodRequests::of(now).real);
    now.is_finished() && !before.is_finished()
        || has.milli_cpu < had.milli_cpu
        || has.memory < had.memory
}

impl Kubelet {
    /// A Pod asks for other resources. Models the question in `HandlePodUpdates`.
    pub(super) fn resize_asked(&mut self, world: &mut World, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else {
            return;
        };
        if worker.asks_for_other_resources() {
            self.push_pending_resize(uid);
            self.retry_pending_resizes(world, Some(uid));
        } else {
            self.turn(world, uid, |turn| turn.worker.resize.pending = None);
        }
    }

    /// Models `PushPendingResize`.
    fn push_pending_resize(&mut self, uid: Uid) {
        if !self.node.pending_resizes.contains(&uid) {
            self.node.pending_resizes.push(uid);
            let workers = &self.workers;
            let rank = |uid: &Uid| workers.get(uid).map(|worker| worker.resize_rank());
            let pending = &mut self.node.pending_resizes;
            pending.retain(|uid| workers.contains_key(uid));
            crate::order::sort_by(pending, |a, b| rank(a).cmp(&rank(b)));
        }
    }

    /// Looks at every resize that waits. `syncs` is a Pod that is about to be synced anyway: upstream
    /// asks twice, and the two come together. Models `retryPendingResizes`.
    pub(super) fn retry_pending_resizes(&mut self, world: &mut World, syncs: Option<Uid>) {
        if let Some(timer) = self.node.resize_timer.take() {
            world.cancel(timer);
        }
        for uid in std::mem::take(&mut self.node.pending_resizes) {
            let Some(worker) = self.workers.get(&uid).filter(|worker| !worker.removed) else {
                continue;
            };
            let before = worker.resize.clone();
            let allocated = self.allocate_resize(world, uid);
            let mut waits = false;
            self.turn(world, uid, |turn| {
                waits = turn.worker.resize.pending.is_some();
                if syncs != Some(uid) && (allocated || turn.worker.resize != before) {
                    turn.update_pod();
                }
            });
            if waits {
                self.node.pending_resizes.push(uid);
            }
        }
        if !self.node.pending_resizes.is_empty() {
            let wake = self.node.wake(Wake::RetryResizes);
            self.node.resize_timer = Some(world.wake(RETRY, wake));
        }
    }

    /// Promises a Pod what it asks for, if there is room for it. Models `handlePodResourcesResize`.
    fn allocate_resize(&mut self, world: &mut World, uid: Uid) -> bool {
        let Some(worker) = self.workers.get(&uid) else {
            return false;
        };
        if !worker.asks_for_other_resources() {
            self.turn(world, uid, |turn| turn.worker.resize.pending = None);
            return false;
        }
        let refusal = match self.room_for(world, uid, &worker.pod) {
            Admission::Comes => None,
            Admission::Refused(refusal) => Some(refusal),
            Admission::NeedsRoom(victims) => {
                self.make_room(world, uid, &victims);
                None
            }
        };
        let mut allocated = false;
        self.turn(world, uid, |turn| match refusal {
            None => {
                turn.resize_started();
                allocated = true;
            }
            Some(refusal) => turn.resize_deferred(&refusal),
        });
        allocated
    }
}

impl Turn<'_> {
    fn resize_started(&mut self) {
        let pod = self.worker.pod.clone();
        self.worker.allocation = Some(Allocation::of(&pod));
        self.worker.resize = ResizeConditions::default();
        let generation = pod.meta.generation;
        self.set_resize_in_progress("", "", generation);
        let message = resize_message("Pod resize started", &pod, generation, "");
        self.event("Normal", "ResizeStarted", message, None);
    }

    /// Models `SetPodResizePendingCondition`.
    fn resize_deferred(&mut self, refusal: &Refusal) {
        let pod = self.worker.pod.clone();
        let generation = pod.meta.generation;
        let old = self.worker.resize.pending.take();
        let is_news = old
            .as_ref()
            .is_none_or(|old| old.observed_generation != generation);
        let why = refusal.message();
        self.worker.resize.pending =
            Some(self.resize_condition("PodResizePending", old, "Deferred", why, generation));
        if is_news {
            // The Event has the refusal's own reason.
            let what = format!("Pod resize {}", refusal.reason());
            let message = resize_message(&what, &pod, generation, why);
            self.event("Warning", "ResizeDeferred", message, None);
        }
    }

    /// Tells whether that is news, and the generation that it is about. Models
    /// `SetPodResizeInProgressCondition`.
    fn set_resize_in_progress(
        &mut self,
        reason: &str,
        message: &str,
        generation: i64,
    ) -> (i64, bool) {
        let old = self.worker.resize.in_progress.take();
        let (mut reason, mut message): (Rc<str>, Rc<str>) = (reason.into(), message.into());
        let mut generation = generation;
        if let Some(old) = &old {
            if reason.is_empty() && message.is_empty() {
                (reason, message) = (old.reason.clone(), old.message.clone());
            }
            generation = old.observed_generation;
        }
        let is_news = old
            .as_ref()
            .is_none_or(|old| old.reason != reason || old.message != message);
        let now = self.resize_condition("PodResizeInProgress", old, &reason, &message, generation);
        self.worker.resize.in_progress = Some(now);
        (generation, is_news)
    }

    /// Models `updatedPodResizeCondition`.
    fn resize_condition(
        &self,
        kind: &str,
        old: Option<Condition>,
        reason: &str,
        message: &str,
        observed_generation: i64,
    ) -> Condition {
        let now = whole_second(self.world.now());
        let since = old.filter(|old| *old.reason == *reason);
        Condition {
            kind: kind.into(),
            status: true,
            reason: reason.into(),
            message: message.into(),
            observed_generation,
            since: since.map_or(now, |old| old.since),
            probed: Some(now),
        }
    }

    /// At the beginning of a sync: is a resize under way, or has one come to its end?
    pub(super) fn look_at_resize(&mut self) {
        if self.is_resize_in_progress() {
            let generation = self.pod_object().meta.generation;
            self.set_resize_in_progress("", "", generation);
        } else if let Some(done) = self.worker.resize.in_progress.take() {
            let pod = self.pod_object();
            let generation = done.observed_generation;
            let message = resize_message("Pod resize completed", &pod, generation, "");
            self.event("Normal", "ResizeCompleted", message, None);
        }
    }

    /// A resize that was promised couldn't be done.
    pub(super) fn resize_failed(&mut self, error: &str) {
        let generation = self.pod_object().meta.generation;
        let (generation, is_news) = self.set_resize_in_progress("Error", error, generation);
        if is_news {
            let pod = self.pod_object();
            let message = resize_message("Pod resize error", &pod, generation, error);
            self.event("Warning", "ResizeError", message, None);
        }
    }

    /// The conditions of a Pod's resize; a Pod that is over has none. Models
    /// `determinePodResizeStatus`.
    pub(super) fn resize_conditions(&mut self, terminal: bool) -> Vec<Condition> {
        if terminal {
            self.worker.resize = ResizeConditions::default();
        }
        let resize = self.worker.resize.clone();
        resize
            .pending
            .into_iter()
            .chain(resize.in_progress)
            .collect()
    }
}
