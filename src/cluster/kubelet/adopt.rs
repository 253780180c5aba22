//! A kubelet that finds its Node and Pods as another cluster reported them, and goes on from there: as
//! upstream's does after a restart, when its containers ran on. Models the first look of
//! `pkg/kubelet/pleg/generic.go` and `pkg/kubelet/prober/worker.go` after a restart. What a report
//! doesn't tell is taken from the catalogue: what runs in a container, and so when it ends.
//! Left out: ids of containers and digests of images are ours from the next written status on.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::allocation::Allocation;
use super::pod_status::{ContainerStatus, PodStatus, State as Reported, Terminated};
use super::pod_worker::{Outcome, PodWorker, Stage};
use super::runtime::{Container, ContainerId, PodRuntime, Sandbox, State};
use super::status_manager::Told;
use super::{Kubelet, NodeState, Turn, Wake, dns, limits, node_status};
use crate::api::pod::{self, Pod};
use crate::api::{Object, Uid};
use crate::cluster::workload::{ContainerConfig, Exit, Process, Program, image_name, runtime};
use crate::cluster::{SimTime, World};
use crate::collections::{Map, Set};

/// What was reported to go wrong: it goes wrong again, since nobody knows here what would mend it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reports {
    /// Was the Pod imported? Then a ConfigMap or Secret that it needs was there, though the import may
    /// not have it.
    pub adopted: bool,
    /// Why an image (with its tag) couldn't be pulled.
    pub pulls: Map<Rc<str>, Rc<str>>,
    /// After how long a container ended, and how, by its name and image.
    pub ends: Map<Rc<str>, (Duration, i64)>,
}

impl Kubelet {
    /// The kubelet of a Node that was reported, with a machine on this host. It registers nothing: the Node is
    /// there. `networks` are those that Nodes have.
    pub fn adopt_node(
        world: &mut World,
        object: &Object,
        host: Rc<str>,
        networks: &Set<Rc<str>>,
    ) -> Self {
        let reported = object.node().cloned().unwrap_or_default();
        let pod_network = match node_status::network_of(&reported) {
            Some(network) => network.into(),
            None => node_status::next_network(world, networks).1,
        };
        let uid = Uid::parse(&object.meta.uid).unwrap_or_default();
        // Kubelets of one cluster didn't all start at the same fraction of a second.
        let since = world.rng.below("kubelet-adopts", uid, 1_000_000);
        let mut node = NodeState {
            name: object.meta.name.clone(),
            host,
            ip: address(object).into(),
            pod_network,
            last_pod_address: 1,
            pod_addresses: Default::default(),
            started: SimTime(world.now().0 - i64::from(since)),
            images: Default::default(),
            unseen: Default::default(),
            waiting: Default::default(),
            relist_timer: None,
            eviction: Default::default(),
            immutable: Default::default(),
            host_paths: Default::default(),
            pending_resizes: Vec::new(),
            resize_timer: None,
            static_pods: Default::default(),
            housekeeping: None,
        };
        (world.addresses).node_has(&node.name, &node.ip, &node.pod_network);
        for image in &reported.status.images {
            for name in image.names.iter().filter(|name| !name.contains('@')) {
                let size = u64::try_from(image.size_bytes).unwrap_or_default();
                node.images.keep(short(name), size);
            }
        }
        Kubelet {
            node,
            workers: Map::new(),
        }
    }

    /// Takes a Pod over as it was reported. One that has no status begins.
    pub fn adopt_pod(&mut self, world: &mut World, object: &Rc<Object>) {
        let (Some(uid), Some(pod)) = (Uid::parse(&object.meta.uid), object.pod()) else {
            return;
        };
        let has_begun = has_begun(pod);
        if !has_begun || pod.is_finished() && pod.metadata.deletion_timestamp.is_some() {
            let after = world.latencies().watch_delivery;
            self.find(world, object, after);
            return;
        }
        let worker = PodWorker::new(uid, object.clone(), world.cause());
        self.workers.insert(uid, Rc::new(worker));
        self.turn(world, uid, |turn| turn.adopt());
    }
}

/// The address by which a Node was reachable in its cluster.
pub(in crate::cluster) fn address(node: &Object) -> &str {
    let addresses = node.value.at(&["status", "addresses"]);
    let addresses = addresses.map_or(&[][..], |addresses| addresses.items());
    let internal = addresses
        .iter()
        .find(|a| a.text_at(&["type"]) == "InternalIP");
    internal.map_or("", |address| address.text_at(&["address"]))
}

/// `nginx:1.27`, as people write what containerd calls `docker.io/library/nginx:1.27`.
fn short(name: &str) -> Rc<str> {
    let rest = name.strip_prefix("docker.io/").unwrap_or(name);
    rest.strip_prefix("library/").unwrap_or(rest).into()
}

/// Did its kubelet make a sandbox for it, or is it over?
fn has_begun(pod: &Pod) -> bool {
    let statuses = &pod.status.container_statuses;
    let inits = &pod.status.init_container_statuses;
    let ran = |status: &pod::ContainerStatus| {
        let (now, last) = (&status.state, &status.last_state);
        now.running.is_some() || now.terminated.is_some() || last.terminated.is_some()
    };
    pod.is_finished() || !pod.status.pod_ip.is_empty() || statuses.iter().chain(inits).any(ran)
}

impl Turn<'_> {
    fn adopt(&mut self) {
        let pod = PodWorker::view(&self.worker.pod);
        let mut status = PodStatus::read(&pod.status);
        self.worker.active = Some(self.worker.pod.clone());
        self.worker.last_sync = Some(self.world.now());
        if pod.is_finished() {
            self.worker.stage = Stage::Finished;
            self.worker.told = Some(Told::known(status, true));
            return;
        }
        self.worker.reports.adopted = true;
        self.adopt_volumes();
        self.worker.allocation = Some(Allocation::of(&self.worker.pod));
        self.adopt_sandbox(&pod);
        let outcome = self.adopt_runs(&pod, &mut status);
        status.host_ip = self.node.ip.clone();
        status.observed_generation = pod.metadata.generation;
        crate::order::sort_by(&mut status.containers, |a, b| a.name.cmp(&b.name));
        let start = status.start_time;
        self.worker.told = Some(Told::known(status, false));
        self.make_cgroup();
        for container in pod.all_containers() {
            self.actuate(&container.name);
        }
        self.worker.picture.seen = self.worker.runtime.clone();
        self.worker.picture.ip = pod.status.pod_ip.clone();
        self.adopt_probes();
        self.arm_deadline(&pod, start, true);
        if let Some(until) = pod.metadata.deletion_timestamp {
            self.go_on_terminating(until);
        } else {
            self.queue(&outcome);
        }
    }

    /// What is left of the grace period is all that it gets.
    fn go_on_terminating(&mut self, until: SimTime) {
        let left = until.since(self.world.now()).as_secs();
        self.worker.grace_period = i64::try_from(left).unwrap_or(i64::MAX).max(1);
        let wake = self.node.wake(Wake::Resync(self.worker.uid));
        let after = self.world.latencies().watch_delivery;
        self.world.wake(after, wake);
    }

    fn adopt_sandbox(&mut self, pod: &Pod) {
        let ip = match pod.spec.host_network {
            true => "".into(),
            false => pod.status.pod_ip.clone(),
        };
        self.node.take_address(&ip);
        (self.world.addresses).pod_has(&ip, &self.node.name, self.worker.uid);
        let sandbox = Sandbox {
            id: self.new_id(),
            attempt: 0,
            ready: true,
            ip,
        };
        self.worker.runtime = Rc::new(PodRuntime {
            sandboxes: vec![sandbox],
            containers: Vec::new(),
        });
    }

    /// The runs that the status tells of. What comes next is as after a sync that ended so.
    fn adopt_runs(&mut self, pod: &Pod, status: &mut PodStatus) -> Outcome {
        let mut outcome = Outcome::Done { acted: false };
        let all = status
            .init_containers
            .iter_mut()
            .chain(&mut status.containers)
            .chain(&mut status.ephemeral_containers);
        for reported in all {
            let spec = pod
                .every_container()
                .find(|spec| spec.name == reported.name);
            let Some(spec) = spec else { continue };
            self.adopt_container(pod, spec, reported);
            let Reported::Waiting { reason, message } = &reported.state else {
                continue;
            };
            if matches!(&**reason, "" | "ContainerCreating" | "PodInitializing") {
                continue;
            }
            let why = (reason.clone(), message.clone());
            self.worker.reasons.insert(spec.name.clone(), why);
            if let Some(end) = &reported.last {
                let until = self.adopt_pause(spec, end, message);
                if outcome != Outcome::Failed(None) {
                    outcome = Outcome::Failed(Some(until));
                }
            } else {
                self.adopt_pull(spec, reason, message);
                outcome = Outcome::Failed(None);
            }
        }
        outcome
    }

    /// The latest run of a container and the one before, as far as they are told.
    fn adopt_container(&mut self, pod: &Pod, spec: &pod::Container, status: &mut ContainerStatus) {
        status.image = spec.image.clone();
        let before = status.restart_count.saturating_sub(1);
        let mut last = status.last.take();
        let state = match &mut status.state {
            Reported::Running(since) => {
                let (since, ended) = (*since, last.as_mut());
                if let Some(ended) = ended {
                    self.adopt_end(pod, spec, ended, before);
                }
                let id = self.adopt_run(pod, spec, status, State::Running(since));
                self.adopt_process(id);
                Some(id)
            }
            Reported::Terminated(end) => {
                let mut end = end.clone();
                let id = self.adopt_end(pod, spec, &mut end, status.restart_count);
                status.state = Reported::Terminated(end);
                Some(id)
            }
            Reported::Waiting { .. } => last
                .as_mut()
                .map(|ended| self.adopt_end(pod, spec, ended, status.restart_count)),
        };
        status.last = last;
        status.container_id = state;
        let run = state.and_then(|id| self.worker.runtime.container(id));
        status.image_id = run.map_or_else(|| "".into(), |run| run.image_id.clone());
    }

    fn adopt_end(
        &mut self,
        pod: &Pod,
        spec: &pod::Container,
        end: &mut Terminated,
        restarts: i64,
    ) -> ContainerId {
        let state = State::Exited {
            started: end.started,
            finished: end.finished.unwrap_or_default(),
            exit: Exit {
                reason: end.reason.clone(),
                termination_message: end.message.clone(),
                ..Exit::with_code(end.exit_code)
            },
        };
        let status = ContainerStatus {
            restart_count: restarts,
            ..super::pod_status::waiting(&spec.name)
        };
        let id = self.adopt_run(pod, spec, &status, state);
        end.container_id = Some(id);
        id
    }

    /// One run, newer than those before.
    fn adopt_run(
        &mut self,
        pod: &Pod,
        spec: &pod::Container,
        status: &ContainerStatus,
        state: State,
    ) -> ContainerId {
        // What can't be resolved now could be when it was started.
        let (env, mounts) = self.run_container_options(&spec.name).unwrap_or_default();
        let (resolv_conf, _) = dns::resolv_conf(&self.pod_object());
        let config = ContainerConfig {
            pod,
            container: spec,
            env: &env,
            mounts: &mounts,
            volumes: &self.worker.volumes,
            ip: &pod.status.pod_ip,
            resolv_conf: &resolv_conf,
            restart_count: status.restart_count,
        };
        let kind = self.world.setup.runtime;
        let made = runtime(kind).create_container(self.world.latencies(), config);
        let unknown = |_| Process::Program(Rc::default());
        let process = made.result.unwrap_or_else(unknown);
        if let Ok(image) = image_name::with_tag(&spec.image) {
            self.node.images.keep(image.into(), 0);
        }
        let id = self.new_id();
        let sandbox = self
            .worker
            .runtime
            .ready_sandbox()
            .map(|sandbox| sandbox.id);
        let created = match state {
            State::Running(since) => since,
            State::Exited {
                started, finished, ..
            } => started.unwrap_or(finished),
            State::Created => self.world.now(),
        };
        let run = Container {
            id,
            name: spec.name.clone(),
            image: spec.image.clone(),
            image_id: self.node.images.id(&spec.image),
            restart_count: status.restart_count,
            sandbox: sandbox.unwrap_or(id),
            created,
            state,
            process,
            timer: None,
            memory_limit: limits::memory_limit(pod, spec),
            mounts,
            falls_back_to_logs: false,
        };
        Rc::make_mut(&mut self.worker.runtime)
            .containers
            .insert(0, run);
        id
    }

    /// The pause of a container that crashed: as its message says, else as its restarts make it.
    fn adopt_pause(&mut self, spec: &pod::Container, end: &Terminated, message: &str) -> SimTime {
        let finished = end.finished.unwrap_or_else(|| self.world.now());
        let key: Rc<str> = format!("{}_{}", spec.name, spec.image).into();
        let longest = self.world.latencies().crash_loop_back_off_max;
        let told = message
            .strip_prefix("back-off ")
            .and_then(|rest| rest.split(' ').next());
        let pause = told
            .and_then(seconds_of)
            .map_or(longest, Duration::from_secs)
            .min(longest);
        self.worker
            .crash_back_off
            .adopt(key.clone(), pause, finished);
        let ran = end
            .started
            .map_or(Duration::ZERO, |start| finished.since(start));
        self.worker.reports.ends.insert(key, (ran, end.exit_code));
        finished + pause
    }

    /// An image that couldn't be had can't be had now.
    fn adopt_pull(&mut self, spec: &pod::Container, reason: &str, message: &str) {
        if !matches!(reason, "ImagePullBackOff" | "ErrImagePull") {
            return;
        }
        let written = &spec.image;
        let told = message.strip_prefix(&format!("Back-off pulling image \"{written}\": "));
        let told = told.unwrap_or(message);
        let error = told.strip_prefix("ErrImagePull: ").unwrap_or(told);
        if let Ok(image) = image_name::with_tag(written) {
            self.worker.reports.pulls.insert(image.into(), error.into());
        }
        let remembered = format!("ErrImagePull: {error}");
        self.worker
            .pull_errors
            .insert(written.clone(), remembered.into());
        // How long it has waited is in no report.
        let longest = self.world.latencies().crash_loop_back_off_max;
        let most = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX);
        let waited = self
            .world
            .rng
            .below("kubelet-adopts", self.worker.uid, most);
        let since = self.world.now() - Duration::from_millis(waited.into());
        self.worker
            .image_back_off
            .adopt(written.clone(), longest, since);
    }

    /// What a container is to do that is started again: what it was reported to do, if it was.
    pub(super) fn as_reported(
        &self,
        container: &pod::Container,
        made: Result<Process, String>,
    ) -> Result<Process, String> {
        let key = format!("{}_{}", container.name, container.image);
        let Some((after, code)) = self.worker.reports.ends.get(&*key) else {
            return made;
        };
        let assumption = "It ends as it did in the cluster that it was imported from.";
        Ok(Process::Program(Rc::new(Program {
            exit: Some((*after, Exit::with_code(*code))),
            assumption: Some(assumption.into()),
            ..Program::default()
        })))
    }
}

impl NodeState {
    /// An address that is in use already.
    fn take_address(&mut self, ip: &str) {
        let number = ip.strip_prefix(&*self.pod_network);
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            self.pod_addresses.insert(number);
        }
    }
}

/// Seconds of a duration as Go prints whole ones: `10s`, `2m40s`, `5m0s`.
fn seconds_of(text: &str) -> Option<u64> {
    let rest = text.strip_suffix('s')?;
    match rest.split_once('m') {
        Some((minutes, seconds)) => {
            let minutes = minutes.parse::<u64>().ok()?.checked_mul(60)?;
            minutes.checked_add(seconds.parse().ok()?)
        }
        None => rest.parse().ok(),
    }
}
