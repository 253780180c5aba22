//! Owns everything; runs events one by one. Ours: upstream has processes and a network.

use std::hash::Hasher;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::controllers::Controllers;
use super::deletion::{DeleteOptions, Propagation};
use super::eviction::Eviction;
use super::import::Importing;
use super::kubelet::Kubelet;
use super::network::{Network, control_plane};
use super::scheduler::Scheduler;
use super::terminal::Terminal;
use super::theory::Theory;
use super::workload::files::Files;
use super::world::World;
use super::{Actor, Cause, Change, Fault, Input, InputId, Setup, SimTime, Snapshot, Store};
use super::{api_server, controllers, kubelet, network, scheduler, system_namespaces, theory};
use crate::api::{ObjectKey, Uid};
use crate::collections::Map;
use crate::kubectl::apply::{Applying, Step};
use crate::kubectl::{patch, print};
use crate::machine::Machines;
use crate::scene::Places;

/// A whole world as one value: cheap to clone, so a checkpoint, a fork and an undo are clones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Simulation {
    pub(super) world: World,
    pub(super) scheduler: Scheduler,
    pub(super) kubelets: Map<Rc<str>, Rc<Kubelet>>,
    /// Kubelets of machines that are off: what is left of them on disk.
    pub(super) kubelets_off: Map<Rc<str>, Rc<Kubelet>>,
    pub(super) controllers: Controllers,
    pub(super) network: Network,
    pub(super) applying: Map<InputId, Rc<Applying>>,
    /// Nothing else happens, and no time passes, until it is over.
    pub(super) importing: Option<Rc<Importing>>,
    pub(super) terminal: Terminal,
    pub(super) places: Places,
    /// The worlds beside the cluster, once something was done there.
    #[serde(default)]
    pub(super) theory: Option<Rc<Theory>>,
    pub(super) events_handled: u64,
    pub(super) inputs_taken: u64,
}

/// Whose turn it is when a timer rings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// The next document of an Apply.
    Apply(InputId),
    /// The scheduler.
    Scheduler(scheduler::Wake),
    /// The kubelet of a node.
    Kubelet(Rc<str>, kubelet::Wake),
    /// A controller.
    Controller(controllers::Wake),
    /// The network.
    Network(network::Wake),
    /// A line of the terminal goes on.
    Terminal(InputId),
    /// A deliberate panic.
    Panic,
    /// What [`Setup::plan`] has at this place.
    Planned(u32),
    /// The worlds beside the cluster.
    Theory(theory::Wake),
    /// The API server looks for its own Service.
    KubernetesService,
    /// The API server looks for the Namespaces that each cluster has.
    SystemNamespaces,
}

/// How many events may be handled before the caller gets its turn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub u32);

impl Budget {
    /// For tests and replays that nobody watches.
    pub const ENDLESS: Budget = Budget(u32::MAX);
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Up to the time asked for.
    Reached,
    /// The budget was spent first.
    OutOfBudget,
}

impl Simulation {
    /// A world at t = 0 with the machines of `setup`.
    pub fn new(setup: Setup, seed: u64) -> Self {
        let setup = Rc::new(setup);
        let mut simulation = Simulation {
            scheduler: Scheduler::new(),
            kubelets: Map::new(),
            kubelets_off: Map::new(),
            controllers: Controllers::new(),
            network: Network::default(),
            applying: Map::new(),
            importing: None,
            terminal: Terminal::default(),
            places: Places::default(),
            theory: None,
            events_handled: 0,
            inputs_taken: 0,
            world: World::new(setup.clone(), seed),
        };
        api_server::bootstrap(&mut simulation.world);
        if setup.controllers {
            Controllers::settle(&mut simulation.world);
        }
        for host in &setup.machines.hosts {
            simulation.add_host(host.clone());
        }
        for machine in &setup.machines.machines {
            simulation.add_machine(machine.clone());
        }
        simulation
            .places
            .observe_machines(&simulation.world.machines);
        simulation.tell();
        simulation.network.proxy.settle(&mut simulation.world);
        for (place, planned) in (0..).zip(&setup.plan) {
            let after = planned.at.since(SimTime::ZERO);
            simulation.world.set_cause(Cause::Start);
            simulation.world.wake(after, Wake::Planned(place));
        }
        simulation
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.world.now()
    }

    /// What all components share, to read.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The same, for what a command of kubectl does there.
    pub(crate) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The terminal, to read.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// For harnesses that stand for a client: writes through the API front, now. What it does is in
    /// no journal; the page has [`Simulation::apply`] alone.
    pub fn act<T>(&mut self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = act(&mut self.world);
        self.tell();
        done
    }

    /// For tests, at t = 0: every beat of a probe is an event, whether it could tell anything new or not.
    pub fn keep_every_beat(&mut self) {
        self.world.every_beat = true;
    }

    /// All that is under way between Pods, to read.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// kube-scheduler: its queue and its attempts, to read.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The kubelet of a node, to read.
    pub fn kubelet(&self, node: &str) -> Option<&Kubelet> {
        self.kubelets.get(node).map(|kubelet| &**kubelet)
    }

    /// How many events were handled since t = 0.
    pub fn events_handled(&self) -> u64 {
        self.events_handled
    }

    /// How many inputs were taken since t = 0.
    pub fn inputs_taken(&self) -> u64 {
        self.inputs_taken
    }

    /// A hash of the whole serialised state, timers and generator included: what the rolling digest
    /// can't see. For tests; it costs what the world weighs.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write(&postcard::to_allocvec(self).expect("memory is all that it needs"));
        hasher.finish()
    }

    /// A number that differs as soon as any change or input differs.
    pub fn digest(&self) -> u64 {
        self.world.store.digest()
    }

    /// The import under way.
    pub fn importing(&self) -> Option<&Importing> {
        self.importing.as_deref()
    }

    /// The objects of this cluster and the machines they stand on; while an import takes its place, those that
    /// have come so far.
    pub fn so_far(&self) -> (&Store, &Rc<Machines>) {
        match &self.importing {
            Some(importing) => importing.staged().so_far(),
            None => (&self.world.store, &self.world.machines),
        }
    }

    /// When the next event is due.
    pub fn next_due(&self) -> Option<SimTime> {
        if self.importing.is_some() {
            return Some(self.now());
        }
        self.world.timers().next_due()
    }

    /// Takes effect at the present virtual time. A refusal is a change as well: seen, not returned.
    pub fn apply(&mut self, input: Input) -> InputId {
        self.finish_importing();
        self.scheduler.revive(&self.world);
        let id = InputId(self.inputs_taken);
        self.inputs_taken += 1;
        self.take(id, input);
        id
    }

    fn take(&mut self, id: InputId, input: Input) {
        match &input {
            // Its objects count one by one, when they come.
            Input::Import(import) => {
                let told = (self.world.now(), import.newest, import.parts.len());
                self.world.store.mix(&told);
            }
            input => self.world.store.mix(&(self.world.now(), input)),
        }
        self.world.set_cause(Cause::Input(id, 0));
        let before = self.world.machines.clone();
        match input {
            Input::Apply { manifest } => self.start_applying(id, Applying::apply(manifest)),
            Input::Replace { manifest } => self.start_applying(id, Applying::replace(manifest)),
            Input::Delete {
                object,
                grace_period_seconds,
            } => {
                self.delete(id, &object, grace_period_seconds);
            }
            Input::Evict {
                pod,
                grace_period_seconds,
                dry_run,
            } => {
                let eviction = Eviction {
                    grace_period_seconds,
                    dry_run,
                    ..Eviction::of(pod)
                };
                self.evict(id, &eviction);
            }
            Input::PowerOff { node } => self.power_off(&node),
            Input::PowerOn { node } => self.power_on(&node),
            Input::Partition { node } => self.partition(&node),
            Input::Heal { node } => self.heal(&node),
            Input::AddHost(host) => self.add_host(host),
            Input::AddMachine(machine) => self.add_machine(machine),
            Input::RemoveMachine { name } => self.remove_machine(&name),
            Input::RemoveHost { name } => self.remove_host(&name),
            Input::Import(import) => {
                let importing = Importing::new(self, id, import);
                self.importing = Some(Rc::new(importing));
            }
            Input::Patch {
                object,
                subresource,
                patch,
            } => {
                let done = patch::patch(&mut self.world, &object, &subresource, &patch);
                self.answer(id, done);
            }
            Input::Command { line, files, stdin } => self.type_line(id, line, &files, stdin),
            Input::Interrupt { input } => self.interrupt_line(input),
            Input::StaticPod {
                machine,
                file,
                manifest,
            } => {
                let done = match self.kubelets.get_mut(&machine) {
                    Some(kubelet) => Rc::make_mut(kubelet).static_file(
                        &mut self.world,
                        &file,
                        manifest.as_deref(),
                    ),
                    None => Err(format!("there is no machine {machine}")),
                };
                self.answer(id, done);
            }
            Input::Fault(Fault::CorePanic { after_micros }) => {
                self.world
                    .wake(std::time::Duration::from_micros(after_micros), Wake::Panic);
            }
            Input::Fault(Fault::TakeUp {
                node,
                memory_bytes,
                disk_bytes,
            }) => {
                if let Some(kubelet) = self.kubelets.get_mut(&node) {
                    let kubelet = Rc::make_mut(kubelet);
                    kubelet.take_up(&mut self.world, memory_bytes, disk_bytes);
                }
            }
            Input::Fault(
                Fault::KillContainer { .. } | Fault::FailProbe { .. } | Fault::FillMemory { .. },
            )
            | Input::Request { .. } => self.by_hand(id, &input),
            Input::Send { .. } => self.send_by_hand(id, input),
            Input::Theory(deed) => self.theory(id, deed),
            Input::StopSending { input } => {
                let done = match self.stop_traffic(input) {
                    true => Ok("Nothing more is sent".to_string()),
                    false => Err("nothing is sent each second".to_string()),
                };
                self.answer(id, done);
            }
        }
        if !Rc::ptr_eq(&before, &self.world.machines) {
            self.places.observe_machines(&self.world.machines);
        }
        self.send_orders();
        self.tell();
    }

    /// Handles events up to `until`, or until `budget` is spent: a frame never waits for the world.
    pub fn run_until(&mut self, until: SimTime, budget: Budget) -> Progress {
        for _ in 0..budget.0 {
            if !self.handle_next(until) {
                self.world.timers_mut().advance(until);
                return Progress::Reached;
            }
        }
        Progress::OutOfBudget
    }

    /// Handles the next event if it is due by `until`. Tells whether there was one.
    pub fn handle_next(&mut self, until: SimTime) -> bool {
        if self.importing.is_some() {
            self.go_on_importing();
            return true;
        }
        self.scheduler.revive(&self.world);
        let Some((wake, cause)) = self.world.timers_mut().ring(until) else {
            return false;
        };
        self.events_handled += 1;
        self.world.set_cause(cause);
        match wake {
            Wake::Apply(input) => self.go_on_applying(input),
            Wake::Scheduler(wake) => self.scheduler.wake(&mut self.world, wake),
            Wake::Kubelet(node, wake) => {
                if let Some(kubelet) = self.kubelets.get_mut(&node) {
                    Rc::make_mut(kubelet).wake(&mut self.world, wake);
                }
            }
            Wake::Controller(wake) => self.controllers.wake(&mut self.world, wake),
            Wake::Network(wake) => self.network_wake(wake),
            Wake::Terminal(input) => {
                let pace = self.world.latencies().kubectl_command;
                self.go_on_with_line(input, pace);
            }
            Wake::Theory(wake) => self.theory_wake(wake),
            Wake::KubernetesService => control_plane::update_kubernetes_service(&mut self.world),
            Wake::SystemNamespaces => system_namespaces::sync(&mut self.world),
            Wake::Panic => panic!("a deliberate panic, to prove that recovery works"),
            Wake::Planned(place) => {
                let setup = self.world.setup.clone();
                if let Some(planned) = setup.plan.get(place as usize) {
                    self.take(InputId::planned(place), planned.input.clone());
                }
            }
        }
        self.send_orders();
        self.tell();
        self.world.timers_mut().rang();
        true
    }

    /// Runs up to the event of this number, counted over the whole world, and not beyond `until`; for replay. A world
    /// of an earlier version may have had more events by then.
    pub fn run_to_event(
        &mut self,
        events_handled: u64,
        until: SimTime,
        budget: Budget,
    ) -> Progress {
        for _ in 0..budget.0 {
            if self.events_handled >= events_handled || !self.handle_next(until) {
                return Progress::Reached;
            }
        }
        Progress::OutOfBudget
    }

    /// Moves the clock over time in which nothing is due; for replay.
    pub fn advance(&mut self, until: SimTime) {
        self.world.timers_mut().advance(until);
    }

    /// The world as it stands. Constant time but for what kubelets are doing.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            time: self.now(),
            store: self.world.store.clone(),
            machines: self.world.machines.clone(),
            powered_off: self.world.powered_off.clone(),
            partitioned: self.world.partitioned.clone(),
            activities: self
                .kubelets
                .values()
                .flat_map(|kubelet| kubelet.activities())
                .collect(),
            answers: self.world.answers.clone(),
            terminal: self.terminal.clone(),
            exchanges: self.world.exchanges.clone(),
            file_uses: self.world.file_uses.clone(),
            reconciles: self.world.reconciles.clone(),
            network: self.network.clone(),
            attempts: self.scheduler.attempts().clone(),
            places: self.places.clone(),
            theory: self.theory.clone(),
            digest: self.digest(),
            kubelets: self.kubelets.clone(),
        }
    }

    /// When a probe of a Pod that needs no event for it comes to its next beat: what is seen of the Pod from near
    /// is something else then.
    pub fn next_beat(&self, pod: &ObjectKey) -> Option<SimTime> {
        let (kubelet, uid) = self.found(pod)?;
        kubelet.next_beat(uid, self.now())
    }

    /// The node of a Pod, and the Pod.
    pub(super) fn found(&self, pod: &ObjectKey) -> Option<(&Kubelet, Uid)> {
        let object = self.world.store.get(pod)?;
        let kubelet = self.kubelets.get(&object.pod()?.spec.node_name)?;
        Some((kubelet, kubelet.uid_of(object)?))
    }

    /// What a container of a Pod has printed, and when; `previous`: in its last run that has ended.
    pub fn log(
        &self,
        pod: &ObjectKey,
        container: &str,
        previous: bool,
    ) -> Option<Vec<(SimTime, String)>> {
        let (kubelet, uid) = self.found(pod)?;
        kubelet.log(self.now(), uid, container, previous)
    }

    /// The files that a container of a Pod sees.
    pub fn files(&self, pod: &ObjectKey, container: &str) -> Option<Files> {
        let (kubelet, uid) = self.found(pod)?;
        kubelet.files(self.now(), uid, container)
    }

    /// Tells every component what happened, in order, until nothing new happens.
    pub(super) fn tell(&mut self) {
        while let Some(change) = self.world.next_untold() {
            self.tell_one(&change, true);
        }
    }

    /// The same, but that kubelets are told in another way.
    pub(super) fn tell_all_but_kubelets(&mut self) {
        while let Some(change) = self.world.next_untold() {
            self.tell_one(&change, false);
        }
    }

    fn tell_one(&mut self, change: &Change, kubelets: bool) {
        self.world.set_cause(Cause::Change(change.id));
        self.places.observe(change);
        self.stir_lines();
        control_plane::observe(&mut self.world, change);
        system_namespaces::observe(&mut self.world, change);
        if self.world.setup.scheduler {
            self.scheduler.observe(&mut self.world, change);
        }
        if kubelets {
            self.tell_kubelets(change);
        }
        if self.world.setup.controllers {
            self.controllers.observe(&mut self.world, change);
            self.network.proxy.observe(&mut self.world, change);
        }
    }

    /// A kubelet watches the Pods that are bound to its node, and no others.
    fn tell_kubelets(&mut self, change: &Change) {
        let pod = change
            .after
            .as_ref()
            .or(change.before.as_ref())
            .and_then(|object| object.pod());
        let Some(kubelet) = pod.and_then(|pod| self.kubelets.get_mut(&pod.spec.node_name)) else {
            return;
        };
        Rc::make_mut(kubelet).observe(&mut self.world, change);
    }

    fn start_applying(&mut self, id: InputId, applying: Applying) {
        self.applying.insert(id, Rc::new(applying));
        self.world.wake(std::time::Duration::ZERO, Wake::Apply(id));
    }

    fn go_on_applying(&mut self, id: InputId) {
        let Some(mut applying) = self.applying.take(&id) else {
            return;
        };
        let step = Rc::make_mut(&mut applying).step(&mut self.world, id);
        let after = match step {
            Step::Done => return self.world.finish_answer(id),
            Step::Again => std::time::Duration::ZERO,
            Step::After(pause) => pause,
        };
        self.applying.insert(id, applying);
        self.world.set_cause(Cause::Input(id, 0));
        self.world.wake(after, Wake::Apply(id));
    }

    fn delete(&mut self, id: InputId, object: &ObjectKey, grace_period_seconds: Option<i64>) {
        let options = DeleteOptions {
            grace_period_seconds,
            propagation: Some(Propagation::Background),
        };
        let deleted = self.world.delete_with(Actor::You, object, &options);
        match deleted {
            Ok(()) => {
                let line = print::deleted_key(object, grace_period_seconds);
                self.world.answer(id, 0, line, false);
            }
            Err(status) => self.world.answer(id, 0, status.to_string(), true),
        }
        self.world.finish_answer(id);
    }

    /// Answered as `kubectl drain` prints it. A refusal is on record too, with its cause.
    fn evict(&mut self, id: InputId, eviction: &Eviction) {
        let pod = &eviction.pod;
        let dry_run = if eviction.dry_run {
            " (server dry run)"
        } else {
            ""
        };
        let line = format!("evicting pod {}/{}{dry_run}", pod.namespace, pod.name);
        self.world.answer(id, 0, line, false);
        if let Err(refused) = self.world.evict(Actor::You, eviction) {
            let cause = refused
                .cause
                .map_or(String::new(), |(_, why)| format!(" {why}"));
            let message = format!("{}{cause}", refused.status.message);
            self.world.refuse(Actor::You, pod.clone(), message);
            let (name, namespace) = (&pod.name, &pod.namespace);
            let line = format!(
                "error when evicting pods/\"{name}\" -n \"{namespace}\": {}",
                refused.status.message
            );
            self.world.answer(id, 0, line, true);
        }
        self.world.finish_answer(id);
    }

    pub(super) fn answer(&mut self, id: InputId, done: Result<String, String>) {
        let is_error = done.is_err();
        let line = done.unwrap_or_else(|why| why);
        self.world.answer(id, 0, line, is_error);
        self.world.finish_answer(id);
    }
}
