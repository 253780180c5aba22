//! A node's agent: Pods to containers. Models `pkg/kubelet`. Read in the order below.
//!
//! A sync upstream is a goroutine that blocks; here it is a value ([`sync::Sync`]) that goes on when
//! a timer rings. Left out: static Pods, resize, devices, Leases (heartbeats that change nothing are no
//! changes); what the kubelet refuses Pods for and what not: see [`admission`].

/// What truly runs.
mod runtime;

/// A Pod's status as the kubelet thinks of it.
mod pod_status;

/// Is a container to be started again?
mod restart;

/// The conditions of a Pod.
mod conditions;

/// From containers to the status.
mod status_generate;

/// What the API is told, and when.
mod status_manager;

/// Growing pauses.
mod back_off;

/// How the kubelet notices what its containers do.
mod pleg;

/// May a Pod come in?
mod admission;

/// One Pod's worker.
mod pod_worker;

/// What a sync has to do.
mod actions;

/// A sync, step by step.
mod sync;

/// What a container is created with.
mod config;

/// A Pod's fields as text.
mod field_path;

/// Services as variables.
mod env_vars;

/// Files of variables.
mod env_file;

/// ConfigMaps and Secrets as a kubelet has them.
mod watch_based_manager;

/// When volumes are set up.
mod volume_manager;

/// What is in volumes.
pub mod volumes;

/// What a container sees of them.
pub mod container_files;

/// Images: policy, pulls one after the other, pauses.
mod image_manager;

/// What a memory limit does.
mod limits;

/// What Pods take of their node.
mod stats;
pub use stats::{ContainerStats, PodStats};

/// Signals, thresholds, ranks and words.
mod eviction_helpers;

/// Who has to go when a node runs short.
mod eviction_manager;

/// Create, start, hook.
mod start_container;

/// Hook, SIGTERM, SIGKILL.
mod kill_container;

/// Who is probed when, and what follows.
mod prober;
pub use prober::ProbeKind;

/// What a probe has found.
mod beats;
pub use beats::{BEATS, ProbeSeen};

/// One probe.
mod probe;

/// What is seen of a Pod from near.
mod inside;
pub use inside::{PodInside, VolumeSeen};

/// The Node that a kubelet registers.
mod node_status;
pub(in crate::cluster) use node_status::network_of;
pub use node_status::wrong_with;

/// A machine goes off, and comes on again.
mod node_shutdown;

/// A kubelet whose Pods are Ready at once.
mod instant;

/// A kubelet that finds Pods as another cluster reported them.
mod adopt;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::events::Telling;
use super::{Activity, Actor, Change, Runtime, SimTime, TimerId, Verb, World};
use crate::api::pod::{Container, Pod};
use crate::api::{Object, Uid};
use crate::cluster::Wake as WorldWake;
use crate::collections::{Map, Set};
use crate::machine::Machine;
use admission::Refusal;
use eviction_manager::EvictionManager;
use image_manager::Images;
use pod_worker::{PodWorker, Stage};
use runtime::ContainerId;
use volumes::HostPaths;
use watch_based_manager::Immutable;

/// The kubelet of one node: its Pod workers and their runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kubelet {
    node: NodeState,
    workers: Map<Uid, Rc<PodWorker>>,
}

/// What all workers of a kubelet share.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NodeState {
    /// The Node's name.
    name: Rc<str>,
    /// Its address.
    ip: Rc<str>,
    /// First three numbers of its Pods' addresses: `10.244.1.`
    pod_network: Rc<str>,
    /// The last number that was given out.
    last_pod_address: u8,
    /// Addresses in use.
    pod_addresses: Set<u8>,
    /// When the kubelet started: what it does once a second counts from here.
    started: SimTime,
    /// Images that are here, and pulls under way.
    images: Images,
    /// Pods whose containers changed since the last look.
    unseen: Set<Uid>,
    /// Pods that wait for the next look.
    waiting: Set<Uid>,
    relist_timer: Option<TimerId>,
    /// Immutable ConfigMaps and Secrets that its Pods use.
    immutable: Immutable,
    /// What Pods left on its own paths.
    host_paths: HostPaths,
    /// Who has to go when the node runs short.
    eviction: EvictionManager,
}

/// What a kubelet wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// It registers its Node.
    Register,
    /// A Pod's news arrive.
    Watch(Uid),
    /// A Pod worker's sync goes on.
    Step(Uid),
    /// A Pod worker syncs because nothing happened for long, or because a pause is over.
    Resync(Uid),
    /// The status of a Pod goes to the API.
    Status(Uid),
    /// The containers of all Pods are looked at.
    Relist,
    /// A pull ends.
    Pulled,
    /// A process ends, unless it has already.
    Exited(Uid, ContainerId, super::workload::Exit),
    /// A container's memory passes its limit, unless that is another one now.
    OutOfMemory(Uid, ContainerId),
    /// A sandbox dies by itself.
    SandboxDied(Uid, ContainerId),
    /// A container that is being stopped is at the end of a hook, or of its patience.
    Kill(Uid, ContainerId),
    /// A probe's next beat.
    Probe(Uid, Rc<str>, ProbeKind),
    /// A probe that takes its time has its answer.
    Probed(Uid, Rc<str>, ProbeKind),
    /// A Pod has run for as long as it may.
    Deadline(Uid),
    /// A Pod's volumes are looked at.
    Volumes(Uid),
    /// Is the node short of something?
    Evict,
}

/// One Pod's turn: its worker, what it shares with the others, and the world.
struct Turn<'a> {
    world: &'a mut World,
    node: &'a mut NodeState,
    worker: &'a mut PodWorker,
}

impl Kubelet {
    /// Powers a machine on: its kubelet registers the Node, and finds the Pods that are bound to it
    /// already. Whatever ran under this name before ran on another machine.
    pub fn start(world: &mut World, machine: &Machine) -> Self {
        let after = world.latencies().node_registration;
        let (number, pod_network) =
            node_status::next_network(world, &node_status::taken_networks(world));
        let node = NodeState {
            name: machine.name.clone(),
            ip: format!("192.168.{}.{}", number / 250, number % 250 + 1).into(),
            pod_network,
            last_pod_address: 1,
            pod_addresses: Set::new(),
            started: world.now(),
            images: Images::default(),
            unseen: Set::new(),
            waiting: Set::new(),
            relist_timer: None,
            immutable: Immutable::default(),
            host_paths: HostPaths::default(),
            eviction: EvictionManager::default(),
        };
        if after.is_zero() {
            node.register(world);
        } else {
            let wake = node.wake(Wake::Register);
            world.wake(after, wake);
        }
        let mut kubelet = Kubelet {
            node,
            workers: Map::new(),
        };
        kubelet.list_pods(world, after);
        kubelet
    }

    /// The Pods that its watch begins with.
    fn list_pods(&mut self, world: &mut World, after: Duration) {
        let after = after + world.latencies().watch_delivery;
        let pods: Vec<Rc<Object>> = (world.store.list("Pod"))
            .filter(|(_, object)| {
                let pod = object.pod();
                pod.is_some_and(|pod| pod.spec.node_name == self.node.name)
            })
            .map(|(_, object)| object.clone())
            .collect();
        for pod in pods {
            self.find(world, &pod, after);
        }
    }

    /// Sees a change of a Pod that is bound to its node. Marks; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        let object = change.after.as_ref().or(change.before.as_ref());
        let Some(uid) = object.and_then(|object| Uid::parse(&object.meta.uid)) else {
            return;
        };
        let own = change.actor == Actor::Kubelet(self.node.name.clone());
        if own && change.verb == Verb::Updated {
            // Its own words are no news.
            if let (Some(worker), Some(after)) = (self.workers.get_mut(&uid), &change.after) {
                Rc::make_mut(worker).pod = after.clone();
            }
            return;
        }
        let after = world.latencies().watch_delivery;
        match &change.after {
            Some(pod) => self.find(world, pod, after),
            None => self.watch(world, uid, after),
        }
    }

    /// After `after` it knows that a Pod is bound to its node, or stands otherwise than it did.
    fn find(&mut self, world: &mut World, pod: &Rc<Object>, after: Duration) {
        let Some(uid) = Uid::parse(&pod.meta.uid) else {
            return;
        };
        if self.workers.get(&uid).is_none() {
            self.workers.insert(
                uid,
                Rc::new(PodWorker::new(uid, pod.clone(), world.cause())),
            );
        }
        self.watch(world, uid, after);
    }

    fn watch(&self, world: &mut World, uid: Uid, after: Duration) {
        let wake = self.node.wake(Wake::Watch(uid));
        world.wake(after, wake);
    }

    /// A timer of this kubelet's rang.
    pub fn wake(&mut self, world: &mut World, wake: Wake) {
        if let Wake::Watch(uid) = wake
            && let Some(worker) = self.workers.get_mut(&uid)
        {
            Rc::make_mut(worker).cause = world.cause();
        }
        match wake {
            Wake::Register => self.node.register(world),
            Wake::Watch(uid) if world.setup.runtime == Runtime::Instant => {
                self.turn(world, uid, |turn| turn.instant());
            }
            Wake::Watch(uid) => {
                let refusal = self.refusal(world, uid);
                self.turn(world, uid, |turn| turn.watch(refusal));
            }
            Wake::Step(uid) => {
                self.turn(world, uid, |turn| turn.step());
            }
            Wake::Resync(uid) => {
                self.turn(world, uid, |turn| turn.update_pod());
            }
            Wake::Status(uid) => {
                self.turn(world, uid, |turn| turn.tell_status());
            }
            Wake::Relist => self.relist(world),
            Wake::Pulled => self.pulled(world),
            Wake::Exited(uid, id, exit) => {
                self.turn(world, uid, |turn| turn.exited(id, exit));
            }
            Wake::OutOfMemory(uid, id) => {
                self.turn(world, uid, |turn| turn.out_of_memory(id));
            }
            Wake::SandboxDied(uid, id) => {
                self.turn(world, uid, |turn| turn.sandbox_died(id));
            }
            Wake::Kill(uid, id) => {
                self.turn(world, uid, |turn| turn.kill_goes_on(id));
            }
            Wake::Probe(uid, container, kind) => {
                self.turn(world, uid, |turn| turn.probe_beat(&container, kind));
            }
            Wake::Probed(uid, container, kind) => {
                self.turn(world, uid, |turn| turn.probe_answered(&container, kind));
            }
            Wake::Deadline(uid) => {
                self.turn(world, uid, |turn| turn.update_pod());
            }
            Wake::Volumes(uid) => {
                self.turn(world, uid, |turn| turn.volumes_due());
            }
            Wake::Evict => self.evict(world),
        }
    }

    /// What its containers are doing that no object says.
    pub fn activities(&self) -> impl Iterator<Item = ((Uid, Rc<str>), Activity)> {
        self.node.images.activities()
    }

    /// Gives one worker its turn; forgets it once its Pod is gone and cleaned up.
    fn turn(&mut self, world: &mut World, uid: Uid, act: impl FnOnce(&mut Turn<'_>)) {
        let Some(worker) = self.workers.get_mut(&uid) else {
            return;
        };
        let worker = Rc::make_mut(worker);
        world.set_cause(worker.cause);
        act(&mut Turn {
            world,
            node: &mut self.node,
            worker,
        });
        if worker.removed && worker.stage == Stage::Finished {
            self.node.forget(uid, worker);
            self.workers.remove(&uid);
        }
        if self.node.eviction.changed {
            self.watch_usage(world);
        }
    }
}

impl NodeState {
    /// A wake-up of this kubelet.
    fn wake(&self, wake: Wake) -> WorldWake {
        WorldWake::Kubelet(self.name.clone(), wake)
    }

    /// The first moment, not before `due`, at which something done every `period` is done.
    fn next_tick(&self, due: SimTime, period: std::time::Duration) -> SimTime {
        let last = self.last_relist(due, period);
        if last < due { last + period } else { due }
    }

    /// A Pod is gone, and everything of it.
    fn forget(&mut self, uid: Uid, worker: &PodWorker) {
        self.unseen.remove(&uid);
        self.waiting.remove(&uid);
        for sandbox in &worker.runtime.sandboxes {
            self.free_address(&sandbox.ip);
        }
    }

    /// The next free address for a Pod; `None` if all are taken. Models the plugin `host-local`.
    fn next_address(&mut self) -> Option<Rc<str>> {
        let after =
            (1..=253).map(|step| 2 + (u16::from(self.last_pod_address) - 1 + step - 1) % 253);
        let free = after
            .filter_map(|number| u8::try_from(number).ok())
            .find(|number| !self.pod_addresses.contains(number))?;
        self.pod_addresses.insert(free);
        self.last_pod_address = free;
        Some(format!("{}{free}", self.pod_network).into())
    }

    fn free_address(&mut self, ip: &str) {
        let number = ip
            .strip_prefix(&*self.pod_network)
            .and_then(|number| number.parse().ok());
        if let Some(number) = number {
            self.pod_addresses.remove::<u8>(&number);
        }
    }

    fn actor(&self) -> Actor {
        Actor::Kubelet(self.name.clone())
    }
}

impl Turn<'_> {
    /// News of the Pod arrive. Models `HandlePodAdditions` … `HandlePodRemoves`.
    fn watch(&mut self, refusal: Option<Refusal>) {
        let current = self.world.store.get(&self.worker.key);
        let current =
            current.filter(|object| Uid::parse(&object.meta.uid) == Some(self.worker.uid));
        let Some(pod) = current.cloned() else {
            self.worker.removed = true;
            self.update_pod();
            return;
        };
        let is_new = self.worker.is_new();
        let known = std::mem::replace(&mut self.worker.pod, pod);
        if let Some(refusal) = refusal {
            self.reject(&refusal);
            return;
        }
        let asks = is_new || asks_for_more(&known, &self.worker.pod) || self.opens_a_gate();
        if asks {
            self.update_pod();
        }
    }

    /// Is the condition `Ready` another one now because somebody set a condition that a readiness
    /// gate waits for? Models `NeedToReconcilePodReadiness`.
    fn opens_a_gate(&self) -> bool {
        let pod = PodWorker::view(&self.worker.pod);
        let Some(told) = self
            .worker
            .told
            .as_ref()
            .filter(|_| !pod.spec.readiness_gates.is_empty())
        else {
            return false;
        };
        let statuses: Vec<_> = told.status.containers.iter().collect();
        let ready = conditions::ready(&pod, &statuses, told.status.phase);
        told.status
            .condition("Ready")
            .is_some_and(|known| known.status != ready.status || known.message != ready.message)
    }

    /// The version of the Pod that is worked on.
    fn pod_object(&self) -> Rc<Object> {
        let synced = self.worker.sync.as_ref().map(|sync| &sync.pod);
        synced
            .or(self.worker.active.as_ref())
            .unwrap_or(&self.worker.pod)
            .clone()
    }

    /// Tells an Event about the Pod, or about one of its containers.
    fn event(&mut self, kind: &str, reason: &str, message: String, container: Option<&Container>) {
        let pod = self.pod_object();
        let field_path = container.map_or_else(String::new, |container| {
            let view = PodWorker::view(&pod);
            let is_init = view
                .spec
                .init_containers
                .iter()
                .any(|init| init.name == container.name);
            let list = if is_init {
                "initContainers"
            } else {
                "containers"
            };
            format!("spec.{list}{{{}}}", container.name)
        });
        let telling = Telling {
            component: "kubelet",
            kind,
            reason,
            message,
            field_path,
            host: &self.node.name.clone(),
        };
        self.world.tell_event(self.node.actor(), &pod, telling);
    }
}

/// Did anything but the status change? Models `podsDifferSemantically`, `pkg/kubelet/config`.
fn asks_for_more(known: &Object, now: &Object) -> bool {
    known.value.get("spec") != now.value.get("spec")
        || known.meta.labels != now.meta.labels
        || known.meta.annotations != now.meta.annotations
        || known.meta.deletion_timestamp != now.meta.deletion_timestamp
        || known.meta.deletion_grace_period_seconds != now.meta.deletion_grace_period_seconds
}
