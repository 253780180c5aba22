//! A sync, step by step: what upstream's goroutine does between two looks at the runtime.
//! Models `SyncPod`, `SyncTerminatingPod` and `SyncTerminatedPod`, `pkg/kubelet/kubelet.go`, and
//! `SyncPod` of `pkg/kubelet/kuberuntime`. Left out: cgroups, devices.

use std::collections::VecDeque;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::actions::{self, KillReason};
use super::kill_container::Kill;
use super::pod_worker::{Outcome, PodWorker, Stage};
use super::resize::Resize;
use super::runtime::{ContainerId, PodRuntime, Sandbox};
use super::volumes::Mount;
use super::{Turn, Wake};
use crate::api::Object;
use crate::api::pod::Pod;
use crate::cluster::SimTime;
use crate::cluster::workload::{Process, runtime};

/// A sync under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sync {
    /// The version of the Pod that it works on.
    pub pod: Rc<Object>,
    /// What it is to reach.
    pub stage: Stage,
    /// The picture that it works by.
    pub picture: Rc<PodRuntime>,
    /// What is left to do.
    pub todo: VecDeque<Task>,
    /// What it waits for.
    pub doing: Doing,
    /// Containers that are being stopped.
    pub kills: Vec<Kill>,
    /// Did it do anything?
    pub acted: bool,
    /// Did it remove runs so that all containers begin anew?
    pub reset: bool,
    /// Did anything fail? When the earliest pause ends, if that was it.
    pub failed: Option<Option<SimTime>>,
    /// Containers that it tried to start, and why it couldn't: reason and message.
    pub started: Vec<(Rc<str>, Option<Why>)>,
    /// What the container mounts that is being created.
    pub mounts: Rc<[Mount]>,
    /// Why a resize couldn't be done.
    pub resize_error: Option<Rc<str>>,
}

/// Reason and message.
pub(super) type Why = (Rc<str>, Rc<str>);

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Task {
    /// Stop all containers, then the sandbox.
    KillPod,
    /// Stop one container.
    Kill(ContainerId, Rc<str>, KillReason),
    /// Remove one run, killed first if it still runs.
    Reset(ContainerId, bool),
    /// Make a sandbox; how many came before it.
    CreateSandbox(u32),
    /// Start an ephemeral container, by index.
    StartEphemeral(usize),
    /// Start an init container, by index.
    StartInit(usize),
    /// Give containers that run other resources.
    Resize(Resize),
    /// Start a container, by index.
    Start(usize),
}

/// What a sync waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Doing {
    /// A look at the runtime.
    Picture,
    /// Nothing: it goes on.
    Nothing,
    /// Volumes that are to be there.
    Mount,
    /// Volumes that are to be gone.
    Unmount,
    /// A sandbox, and how that will end.
    Sandbox(u32, Result<(), String>),
    /// An image, by the container that needs it.
    Pull(Task),
    /// CreateContainer, and how that will end.
    Create(Task, Result<Process, String>),
    /// StartContainer, and how that will end.
    Start(Task, ContainerId, Result<(), String>),
    /// A hook after the start; the error it will end with.
    PostStart(Task, ContainerId, Option<String>),
    /// The kill after a hook that failed.
    KillAfterHook(Task, String),
    /// Containers to end.
    Kills(Task),
    /// Resources to be changed.
    Resize(Resize),
}

impl Sync {
    pub(super) fn new(pod: Rc<Object>, stage: Stage) -> Self {
        Sync {
            pod,
            stage,
            picture: Rc::default(),
            todo: VecDeque::new(),
            doing: Doing::Picture,
            kills: Vec::new(),
            acted: false,
            reset: false,
            failed: None,
            started: Vec::new(),
            mounts: Rc::default(),
            resize_error: None,
        }
    }

    /// Remembers a failure, and when its pause ends.
    pub(super) fn fail(&mut self, until: Option<SimTime>) {
        self.failed = Some(match (self.failed, until) {
            (Some(Some(known)), Some(until)) => Some(known.min(until)),
            (Some(known), None) => known,
            (_, until) => until,
        });
    }
}

impl Turn<'_> {
    /// The Pod as the sync under way sees it.
    pub(super) fn pod(&self) -> Rc<Pod> {
        PodWorker::view(&self.pod_object())
    }

    /// The sync under way. Only called from within one.
    pub(super) fn sync(&mut self) -> &mut Sync {
        self.worker
            .sync
            .as_mut()
            .expect("a step is taken only within a sync")
    }

    /// The picture has come.
    pub(super) fn begin_sync(&mut self) {
        let picture = self.worker.picture.seen.clone();
        let sync = self.sync();
        sync.picture = picture;
        sync.doing = Doing::Nothing;
        match sync.stage {
            Stage::Syncing => self.sync_pod(),
            Stage::Terminating => self.sync_terminating_pod(),
            Stage::Terminated | Stage::Finished => self.sync_terminated_pod(),
        }
    }

    fn sync_pod(&mut self) {
        self.look_at_resize();
        let status = self.generate_status(false);
        let is_terminal = status.phase.is_terminal();
        self.set_pod_status(status);
        if is_terminal {
            self.end_sync(Outcome::Terminal);
            return;
        }
        self.reconcile_mirror();
        self.wait_for_attach_and_mount();
    }

    /// Everything that the Pod needs from outside is there.
    pub(super) fn act(&mut self) {
        self.get_pull_secrets();
        self.add_probes();
        self.make_cgroup();
        let pod = self.pod();
        let reset_all = self.worker.told.as_ref().is_some_and(|told| {
            told.status
                .condition("AllContainersRestarting")
                .is_some_and(|c| c.status)
        });
        let picture = self.sync().picture.clone();
        let actions = actions::compute(
            &pod,
            &picture,
            &self.worker.probes,
            &self.worker.actuated,
            reset_all,
        );
        if actions.sandbox_changed {
            let message = "Pod sandbox changed, it will be killed and re-created.";
            self.event("Normal", "SandboxChanged", message.into(), None);
        }
        let todo = &mut self.sync().todo;
        if actions.kill_pod {
            todo.push_back(Task::KillPod);
        } else {
            let kills = actions.kill.into_iter();
            todo.extend(kills.map(|(id, message, reason)| Task::Kill(id, message.into(), reason)));
            todo.extend(
                actions
                    .reset
                    .into_iter()
                    .map(|(id, kill)| Task::Reset(id, kill)),
            );
        }
        todo.extend(actions.create_sandbox.map(Task::CreateSandbox));
        todo.extend(
            actions
                .start_ephemeral
                .into_iter()
                .map(Task::StartEphemeral),
        );
        todo.extend(actions.start_init.into_iter().map(Task::StartInit));
        if !actions.resize.is_empty() {
            todo.push_back(Task::Resize(actions.resize));
        }
        todo.extend(actions.start.into_iter().map(Task::Start));
        self.go_on();
    }

    fn sync_terminating_pod(&mut self) {
        let mut status = self.generate_status(false);
        self.say_ending(&self.pod(), &mut status);
        self.set_pod_status(status);
        self.stop_liveness_and_startup();
        self.sync().todo.push_back(Task::KillPod);
        self.go_on();
    }

    fn sync_terminated_pod(&mut self) {
        let status = self.generate_status(true);
        self.set_pod_status(status);
        self.wait_for_unmount();
    }

    /// Nothing of the Pod's volumes is left.
    pub(super) fn unmounted(&mut self) {
        self.terminate_status();
        self.end_sync(Outcome::Done { acted: false });
    }

    /// Does what is left to do, until it has to wait.
    pub(super) fn go_on(&mut self) {
        while let Some(sync) = &mut self.worker.sync
            && sync.doing == Doing::Nothing
        {
            let Some(task) = sync.todo.pop_front() else {
                self.everything_done();
                return;
            };
            sync.acted = true;
            match task {
                Task::KillPod => self.kill_pod(),
                Task::Kill(id, ref message, reason) => {
                    self.kill_container(id, message, reason, Doing::Kills(task.clone()));
                }
                Task::Reset(id, kill) => {
                    sync.reset = true;
                    self.reset_container(id, kill);
                }
                Task::CreateSandbox(attempt) => self.create_sandbox(attempt),
                Task::Resize(resize) => self.begin_resize(resize),
                Task::StartInit(_) | Task::Start(_) | Task::StartEphemeral(_) => {
                    self.start_container(task);
                }
            }
        }
    }

    /// What it waited for is there.
    pub(super) fn step(&mut self) {
        let Some(sync) = &mut self.worker.sync else {
            return;
        };
        match std::mem::replace(&mut sync.doing, Doing::Nothing) {
            Doing::Sandbox(attempt, result) => self.sandbox_created(attempt, result),
            Doing::Create(task, process) => self.container_created(task, process),
            Doing::Start(task, id, result) => self.container_started(task, id, result),
            Doing::PostStart(task, id, error) => self.post_start_done(task, id, error),
            Doing::Resize(resize) => self.resized(&resize),
            other => {
                sync.doing = other;
                return;
            }
        }
        self.go_on();
    }

    fn everything_done(&mut self) {
        let sync = self.sync();
        let (acted, failed, stage) = (sync.acted, sync.failed, sync.stage);
        for (name, error) in std::mem::take(&mut sync.started) {
            match error {
                Some(error) => self.worker.reasons.insert(name, error),
                None => self.worker.reasons.remove(&name),
            };
        }
        if let Some(error) = self.sync().resize_error.take() {
            self.resize_failed(&error);
        }
        if stage == Stage::Terminating {
            self.remove_probes();
            self.sync().picture = self.worker.runtime.clone();
            let status = self.generate_status(true);
            self.set_pod_status(status);
        }
        if self.sync().reset && failed.is_none() {
            // They are started at once, without waiting for a look.
            self.update_pod();
        }
        self.end_sync(match failed {
            Some(until) => Outcome::Failed(until),
            None => Outcome::Done { acted },
        });
    }

    fn create_sandbox(&mut self, attempt: u32) {
        self.warn_of_dns();
        let pod = self.pod();
        let tries = self.count_try("sandbox");
        let kind = self.world.setup.runtime;
        let timed = runtime(kind).run_pod_sandbox(self.world.latencies(), &pod, tries);
        self.sync().doing = Doing::Sandbox(attempt, timed.result);
        self.go_on_after(timed.after);
    }

    fn sandbox_created(&mut self, attempt: u32, result: Result<(), String>) {
        let pod = self.pod();
        let address = match (&result, pod.spec.host_network) {
            (Ok(()), false) => self.node.next_address().ok_or_else(no_addresses),
            (Ok(()), true) => Ok("".into()),
            (Err(error), _) => Err(error.clone()),
        };
        let ip = match address {
            Ok(ip) => ip,
            Err(error) => {
                let message = format!("Failed to create pod sandbox: {error}");
                self.event("Warning", "FailedCreatePodSandBox", message, None);
                let sync = self.sync();
                sync.fail(None);
                sync.todo.clear();
                return;
            }
        };
        let id = self.new_id();
        (self.world.addresses).pod_has(&ip, &self.node.name, self.worker.uid);
        let sandbox = Sandbox {
            id,
            attempt,
            ready: true,
            ip,
        };
        Rc::make_mut(&mut self.worker.runtime)
            .sandboxes
            .insert(0, sandbox);
        self.runtime_changed();
        self.sandbox_ready();
        let kind = self.world.setup.runtime;
        if let Some(after) = runtime(kind).sandbox_dies_after(&pod, attempt) {
            let wake = self.node.wake(Wake::SandboxDied(self.worker.uid, id));
            self.world.wake(after, wake);
        }
    }

    /// A sandbox dies, and its containers with it.
    pub(super) fn sandbox_died(&mut self, id: ContainerId) {
        let running: Vec<ContainerId> = self
            .worker
            .runtime
            .containers
            .iter()
            .filter(|container| container.sandbox == id && container.is_running())
            .map(|container| container.id)
            .collect();
        for id in running {
            self.kill_process(id);
        }
        self.stop_sandbox(id);
    }

    /// StopPodSandbox.
    pub(super) fn stop_sandbox(&mut self, id: ContainerId) {
        let runtime = Rc::make_mut(&mut self.worker.runtime);
        let sandbox = runtime
            .sandboxes
            .iter_mut()
            .find(|sandbox| sandbox.id == id && sandbox.ready);
        if let Some(sandbox) = sandbox {
            sandbox.ready = false;
            self.node.free_address(&sandbox.ip);
            (self.world.addresses).pod_gives_back(&sandbox.ip, self.worker.uid);
            self.runtime_changed();
        }
    }

    /// How often this was tried before.
    pub(super) fn count_try(&mut self, what: &str) -> u32 {
        let tries = self.worker.tries.or_default(what.into());
        *tries += 1;
        *tries - 1
    }

    /// An id for a container or sandbox.
    pub(super) fn new_id(&mut self) -> ContainerId {
        ContainerId(self.world.rng.bits("containerd", self.worker.uid))
    }
}

fn no_addresses() -> String {
    "rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type=\"bridge\" \
     failed (add): no IP addresses available in range set"
        .into()
}
