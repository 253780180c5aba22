//! The way out: an immutable picture of the world, in constant time.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::controllers::reconcile::Reconcile;
use super::kubelet::{Exchanges, FileUses, Kubelet, PodInside, PodStats, ProbeKind};
use super::network::Network;
use super::scheduler::attempts::Attempts;
use super::terminal::Terminal;
use super::theory::Theory;
use super::workload::files::Files;
use super::world::Answer;
use super::{InputId, Partition, SimTime, Store};
use crate::api::{Object, ObjectKey, Uid};
use crate::collections::Map;
use crate::machine::Machines;
use crate::scene::Places;

/// The world as it stood at one moment. It shares its parts with the world that it came from, and
/// can't be written to.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The moment.
    pub time: SimTime,
    /// Objects and changes.
    pub store: Store,
    /// Hosts and virtual machines.
    pub machines: Rc<Machines>,
    /// Machines that are off, and since when.
    pub powered_off: Map<Rc<str>, SimTime>,
    /// Machines that are cut off from all others.
    pub partitioned: Map<Rc<str>, Rc<Partition>>,
    /// What kubelets are doing that no object says: pulls under way.
    pub activities: Map<(Uid, Rc<str>), Activity>,
    /// What each input was answered.
    pub answers: Map<InputId, Rc<Answer>>,
    /// The terminal: its lines, and what they printed.
    pub terminal: Terminal,
    /// What containers of one Pod asked each other over its own network, the last of each Pod.
    pub exchanges: Exchanges,
    /// What containers did with files of their volumes, the last of each Pod.
    pub file_uses: FileUses,
    /// What controllers saw, wanted and did when they looked at an object last.
    pub reconciles: Map<ObjectKey, Rc<Reconcile>>,
    /// What is under way between Pods, and what was lately.
    pub network: Network,
    /// What the scheduler tried.
    pub attempts: Attempts,
    /// Where each thing stands in the picture.
    pub places: Places,
    /// The worlds beside the cluster, once something was done there.
    pub theory: Option<Rc<Theory>>,
    /// A number that differs as soon as any change or input differs.
    pub digest: u64,
    /// What runs on each node, as its kubelet sees it.
    pub(super) kubelets: Map<Rc<str>, Rc<Kubelet>>,
}

impl Snapshot {
    /// What a Pod takes of its node at this moment, container by container, with requests and limits;
    /// `None` while nothing of it was ever started. Costs what the Pod weighs.
    pub fn pod_stats(&self, pod: &Object) -> Option<PodStats> {
        self.pod_stats_at(pod, self.time)
    }

    /// The same a little later, while nothing has happened since.
    pub fn pod_stats_at(&self, pod: &Object, at: SimTime) -> Option<PodStats> {
        let (kubelet, uid) = self.kubelet_of(pod)?;
        kubelet.pod_stats(uid, at)
    }

    /// What goes on in a Pod at this moment or a little later, while nothing has happened since: who listens,
    /// what probes found, what is in volumes. `None` while no kubelet knows it.
    pub fn pod_inside(&self, pod: &Object, at: SimTime) -> Option<PodInside> {
        let (kubelet, uid) = self.kubelet_of(pod)?;
        kubelet.pod_inside(uid, at)
    }

    /// What a container of a Pod had printed by then, and when; `previous`: in its last run that has ended. `None`
    /// where there was no such run, or nobody knows.
    pub fn log_at(
        &self,
        pod: &Object,
        container: &str,
        previous: bool,
        at: SimTime,
    ) -> Option<Vec<(SimTime, String)>> {
        let (kubelet, uid) = self.kubelet_of(pod)?;
        kubelet.log(at, uid, container, previous)
    }

    /// The files that a container of a Pod saw then: its own and those that are mounted. `None` before it was created.
    pub fn files_at(&self, pod: &Object, container: &str, at: SimTime) -> Option<Files> {
        let (kubelet, uid) = self.kubelet_of(pod)?;
        kubelet.files(at, uid, container)
    }

    /// Does somebody make this probe of a Pod's container fail?
    pub fn is_failing_by_hand(&self, pod: &Object, container: &str, kind: ProbeKind) -> bool {
        let found = self.kubelet_of(pod);
        found.is_some_and(|(kubelet, uid)| kubelet.is_failing_by_hand(uid, container, kind))
    }

    fn kubelet_of(&self, pod: &Object) -> Option<(&Kubelet, Uid)> {
        let kubelet = self.kubelets.get(&pod.pod()?.spec.node_name)?;
        Some((kubelet, kubelet.uid_of(pod)?))
    }
}

/// Something under way in a container that no object says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activity {
    /// Its image is being pulled; progress is linear in bytes, so in time.
    Pulling {
        /// When the pull began.
        since: SimTime,
        /// When it will be done.
        until: SimTime,
        /// Size of the image.
        bytes: u64,
    },
}
