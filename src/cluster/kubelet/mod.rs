//! A node's agent: Pods to containers. Models `pkg/kubelet`. Read in the order below.
//!
//! A sync upstream is a goroutine that blocks; here it is a value ([`sync::Sync`]) that goes on when
//! a timer rings. Left out: devices, Leases (heartbeats that change nothing are no changes); what the kubelet
//! refuses Pods for and what not: see [`admission`].

/// What truly runs.
mod runtime;
pub(in crate::cluster) use runtime::ContainerId;

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
pub(in crate::cluster) mod back_off;

/// How the kubelet notices what its containers do.
mod pleg;

/// May a Pod come in?
mod admission;

/// Who makes room for a critical Pod.
mod preemption;

/// One Pod's worker.
mod pod_worker;

/// Resources that were promised, and wishes for others.
mod allocation;

/// Resources in force, and their changes.
mod resize;

/// Resources as the status tells them.
mod resize_status;

/// Pods from files, and their mirrors.
mod static_pods;

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

/// A machine without any memory left.
mod oom;

/// What Pods take of their node.
mod stats;
pub use stats::{ContainerStats, PodStats};

/// Signals, thresholds, ranks and words.
mod eviction_helpers;

/// Who has to go when a node runs short.
mod eviction_manager;

/// Create, start, hook.
mod start_container;

/// Logs, files, commands.
mod look_in;

/// What a person does to them.
mod hands;

/// What processes meet.
mod processes;
pub use processes::{EXCHANGES, Exchange, Exchanges, FILE_USES, FileUse, FileUses};

/// Hook, SIGTERM, SIGKILL.
mod kill_container;

/// Commands beside a container's process.
mod execs;
pub use execs::Executed;

/// Who is probed when, and what follows.
mod prober;
pub use prober::ProbeKind;

/// Probes that would find the same again.
mod rest;

/// What a probe has found.
mod beats;
pub use beats::{BEATS, ProbeSeen};

/// One probe.
mod probe;

/// What is seen of a Pod from near.
mod inside;
pub use inside::{PodInside, VolumeSeen};

/// Addresses of Pods.
mod addresses;

/// Who has which address and answers there.
mod network;

/// Whom Pods ask for names.
pub mod dns;

/// The Node that a kubelet registers.
mod node_status;
pub(in crate::cluster) use adopt::address;
pub(in crate::cluster) use node_status::network_of;
pub use node_status::wrong_with;

/// A machine goes off, and comes on again.
mod node_shutdown;

/// A machine that nothing passes to or from.
mod partition;

/// A kubelet whose Pods are Ready at once.
mod instant;

/// A kubelet that finds Pods as another cluster reported them.
mod adopt;

/// What it wakes up for.
mod wake;
pub use wake::Wake;

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
use admission::{Admission, Refusal};
use eviction_manager::EvictionManager;
use image_manager::Images;
use pod_worker::{PodWorker, Stage, asks_for_more};
use static_pods::StaticPods;
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
    /// The host that its machine is on.
    host: Rc<str>,
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
    /// Who has to go when the node runs short.
    eviction: EvictionManager,
    /// Immutable ConfigMaps and Secrets that its Pods use.
    immutable: Immutable,
    /// What Pods left on its own paths.
    host_paths: HostPaths,
    /// Pods whose wish for other resources waits for room.
    pending_resizes: Vec<Uid>,
    /// They are looked at again then.
    resize_timer: Option<TimerId>,
    /// Pods from files.
    static_pods: StaticPods,
    /// It cleans up then.
    housekeeping: Option<TimerId>,
}

/// What a Pod's news ask for.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    /// A sync.
    asks: bool,
    /// Other resources.
    resize: bool,
    /// The Pod is gone.
    removed: bool,
}

/// One Pod's turn: its worker, what it shares with the others, and the world.
struct Turn<'a> {
    world: &'a mut World,
    node: &'a mut NodeState,
    worker: &'a mut PodWorker,
    /// Containers of other Pods on the node's own network, if this one uses it too.
    neighbours: processes::Neighbours,
    /// Is it nothing but the beat of a probe that finds what it found before?
    quiet: bool,
    /// What the request or command made last would find again, if that is known.
    steady: Option<rest::Steady>,
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
            host: machine.host.clone(),
            ip: format!("192.168.{}.{}", number / 250, number % 250 + 1).into(),
            pod_network,
            last_pod_address: 1,
            pod_addresses: Set::new(),
            started: world.now(),
            images: Images::default(),
            unseen: Set::new(),
            waiting: Set::new(),
            relist_timer: None,
            eviction: EvictionManager::default(),
            immutable: Immutable::default(),
            host_paths: HostPaths::default(),
            pending_resizes: Vec::new(),
            resize_timer: None,
            static_pods: StaticPods::default(),
            housekeeping: None,
        };
        (world.addresses).node_has(&node.name, &node.ip, &node.pod_network);
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

    /// Sees a change of a Pod that is bound to its node. Marks; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if self.node.is_cut_off(world) {
            return;
        }
        let object = change.after.as_ref().or(change.before.as_ref());
        let Some(uid) = object.and_then(|object| Uid::parse(&object.meta.uid)) else {
            return;
        };
        let own = change.actor == Actor::Kubelet(self.node.name.clone());
        if !own {
            self.reconcile_status(world, change, uid);
        }
        if self.observe_mirror(world, change, own) {
            return;
        }
        if own && change.verb == Verb::Updated {
            // Its own words are no news; somebody else's among them are: those are on their way.
            if let (Some(worker), Some(after)) = (self.workers.get_mut(&uid), &change.after)
                && !asks_for_more(&worker.pod, after)
            {
                let before = std::mem::replace(&mut Rc::make_mut(worker).pod, after.clone());
                if !self.node.pending_resizes.is_empty() && allocation::makes_room(&before, after) {
                    let wake = self.node.wake(Wake::RetryResizes);
                    world.wake(world.latencies().watch_delivery, wake);
                }
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
            Wake::Register => self.node.come_up(world),
            Wake::Reconnect => self.reconnect(world),
            Wake::NodeStatus => self.node.report_status(world),
            Wake::Watch(uid) if self.hears_nothing_of(world, uid) => {}
            Wake::Watch(uid) if world.setup.runtime == Runtime::Instant => {
                self.turn(world, uid, |turn| turn.instant());
            }
            Wake::Watch(uid) => self.watched(world, uid),
            Wake::Housekeeping => self.housekeeping(world),
            Wake::RetryResizes => self.retry_pending_resizes(world, None),
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
            Wake::Process(uid, id) => {
                self.turn(world, uid, |turn| turn.process_goes_on(id));
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
            Wake::Evict => self.evict(world),
            Wake::SystemOom => self.system_oom(world),
            Wake::Exec(uid, number) => {
                self.turn(world, uid, |turn| turn.exec_goes_on(number));
            }
            Wake::Volumes(uid) => {
                self.turn(world, uid, |turn| turn.volumes_due());
            }
        }
    }

    /// News of a Pod arrive. Models `HandlePodAdditions` … `HandlePodRemoves`.
    fn watched(&mut self, world: &mut World, uid: Uid) {
        if self.waits_for_its_name(uid) {
            return;
        }
        let refusal = match self.admission(world, uid) {
            Admission::Comes => None,
            Admission::Refused(refusal) => Some(refusal),
            Admission::NeedsRoom(victims) => {
                self.make_room(world, uid, &victims);
                return;
            }
        };
        let mut news = News::default();
        self.turn(world, uid, |turn| news = turn.watch(refusal));
        if news.resize {
            self.resize_asked(world, uid);
        }
        if news.asks {
            self.turn(world, uid, |turn| turn.update_pod());
        }
        if news.removed && !self.node.pending_resizes.is_empty() {
            self.retry_pending_resizes(world, None);
        }
    }

    /// What its containers are doing that no object says.
    pub fn activities(&self) -> impl Iterator<Item = ((Uid, Rc<str>), Activity)> {
        self.node.images.activities()
    }

    /// Gives one worker its turn; forgets it once its Pod is gone and cleaned up.
    fn turn(&mut self, world: &mut World, uid: Uid, act: impl FnOnce(&mut Turn<'_>)) {
        let neighbours = self.neighbours(uid);
        let Some(worker) = self.workers.get_mut(&uid) else {
            return;
        };
        let worker = Rc::make_mut(worker);
        world.set_cause(worker.cause);
        worker.settle_probes(world.timers().present());
        let mut turn = Turn {
            world,
            node: &mut self.node,
            worker,
            neighbours,
            quiet: false,
            steady: None,
        };
        act(&mut turn);
        turn.rest_probes();
        if worker.removed && worker.stage == Stage::Finished {
            let static_pod = worker.is_static.then(|| worker.key.clone());
            self.node.forget(uid, worker, world);
            world.exchanges.remove(&uid);
            world.file_uses.remove(&uid);
            self.workers.remove(&uid);
            if let Some(key) = static_pod {
                self.static_pod_gone(world, &key);
            }
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
    fn forget(&mut self, uid: Uid, worker: &PodWorker, world: &mut World) {
        self.unseen.remove(&uid);
        self.waiting.remove(&uid);
        for sandbox in &worker.runtime.sandboxes {
            self.free_address(&sandbox.ip);
            world.addresses.pod_gives_back(&sandbox.ip, uid);
        }
    }

    fn actor(&self) -> Actor {
        Actor::Kubelet(self.name.clone())
    }
}

impl Turn<'_> {
    /// Takes the Pod's news over, and tells what they ask for.
    fn watch(&mut self, refusal: Option<Refusal>) -> News {
        let mut news = News::default();
        if self.worker.is_static {
            let is_new = self.worker.is_new();
            let news = self.watch_static();
            if let Some(refusal) = refusal {
                self.reject(&refusal);
                return News::default();
            }
            if is_new && !news.removed {
                self.worker.allocation = Some(allocation::Allocation::of(&self.worker.pod));
            }
            return news;
        }
        let current = self.world.store.get(&self.worker.key);
        let current =
            current.filter(|object| Uid::parse(&object.meta.uid) == Some(self.worker.uid));
        let Some(pod) = current.cloned() else {
            self.worker.removed = true;
            (news.asks, news.removed) = (true, true);
            return news;
        };
        let is_new = self.worker.is_new();
        let known = std::mem::replace(&mut self.worker.pod, pod);
        if let Some(refusal) = refusal {
            self.reject(&refusal);
            return news;
        }
        if is_new {
            self.worker.allocation = Some(allocation::Allocation::of(&self.worker.pod));
        } else {
            news.resize = allocation::asks_for_resize(&known, &self.worker.pod);
        }
        news.asks = is_new || asks_for_more(&known, &self.worker.pod) || self.opens_a_gate();
        news
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
            let named = |list: &[Container]| list.iter().any(|one| one.name == container.name);
            let list = if named(&view.spec.init_containers) {
                "initContainers"
            } else if named(&view.spec.ephemeral_containers) {
                "ephemeralContainers"
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
        self.node.tell_event(self.world, &pod, telling);
    }
}
