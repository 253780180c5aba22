//! From an image to a running container. Models `startContainer` and `doBackOff`,
//! `pkg/kubelet/kuberuntime/kuberuntime_container.go` and `kuberuntime_manager.go`.

use std::rc::Rc;
use std::time::Duration;

use super::Turn;
use super::actions::KillReason;
use super::back_off::Growth;
use super::dns;
use super::execs::{Ended, Whose};
use super::image_manager::Ensured;
use super::kill_container::hook_error;
use super::limits;
use super::runtime::{Container, ContainerId, State};
use super::sync::{Doing, Task};
use crate::api::pod;
use crate::cluster::SimTime;
use crate::cluster::workload::{ContainerConfig, Exit, Process, runtime};

impl Turn<'_> {
    /// The spec of the container that a task is about.
    pub(super) fn container_of(&self, task: &Task) -> pod::Container {
        let pod = self.pod();
        let container = match task {
            Task::StartInit(index) => pod.spec.init_containers.get(*index),
            Task::Start(index) => pod.spec.containers.get(*index),
            Task::StartEphemeral(index) => pod.spec.ephemeral_containers.get(*index),
            _ => None,
        };
        container.cloned().unwrap_or_default()
    }

    pub(super) fn start_container(&mut self, task: Task) {
        let container = self.container_of(&task);
        if let Some((message, until)) = self.in_back_off(&container) {
            self.not_started(&task, "CrashLoopBackOff", &message, Some(until));
            return;
        }
        match self.ensure_image(&container) {
            Ensured::Present => self.create_container(task),
            Ensured::Pulling => self.sync().doing = Doing::Pull(task),
            Ensured::Failed(reason, message) => self.image_failed(&task, reason, &message),
        }
    }

    /// The image that a container needs has come, or not.
    pub(super) fn image_came(&mut self, result: Result<(), (&'static str, String)>) {
        let Doing::Pull(task) = std::mem::replace(&mut self.sync().doing, Doing::Nothing) else {
            return;
        };
        match result {
            Ok(()) => self.create_container(task),
            Err((reason, message)) => self.image_failed(&task, reason, &message),
        }
        self.go_on();
    }

    fn image_failed(&mut self, task: &Task, reason: &'static str, message: &str) {
        let container = self.container_of(task);
        self.event(
            "Warning",
            "Failed",
            format!("Error: {reason}"),
            Some(&container),
        );
        self.not_started(task, reason, message, None);
    }

    /// Is the container's last crash so recent that it waits? Models `doBackOff`.
    fn in_back_off(&mut self, container: &pod::Container) -> Option<(String, SimTime)> {
        let picture = self.sync().picture.clone();
        let mut runs = picture
            .containers
            .iter()
            .filter(|run| run.name == container.name);
        let finished = runs.find_map(|run| match run.state {
            State::Exited { finished, .. } => Some(finished),
            _ => None,
        })?;
        let (now, growth) = (self.world.now(), self.crash_growth());
        let key: Rc<str> = format!("{}_{}", container.name, container.image).into();
        let Some(until) = self
            .worker
            .crash_back_off
            .until(&key, finished, now, growth)
        else {
            self.worker.crash_back_off.next(key, finished, now, growth);
            return None;
        };
        let meta = &self.pod().metadata;
        let (name, pod) = (&container.name, &meta.name);
        let pod = format!("{pod}_{}({})", meta.namespace, meta.uid);
        let told = format!("Back-off restarting failed container {name} in pod {pod}");
        self.event("Warning", "BackOff", told, Some(container));
        let pause = go_duration(self.worker.crash_back_off.get(&key));
        Some((
            format!("back-off {pause} restarting failed container={name} pod={pod}"),
            until,
        ))
    }

    fn crash_growth(&self) -> Growth {
        let latencies = self.world.latencies();
        Growth {
            initial: latencies.crash_loop_back_off_initial,
            max: latencies.crash_loop_back_off_max,
            reset: latencies.back_off_reset,
        }
    }

    fn create_container(&mut self, task: Task) {
        let container = self.container_of(&task);
        let pod = self.pod();
        if let Some(error) = self.missing_target(&task) {
            let message = format!("Error: {error}");
            self.event("Warning", "Failed", message, Some(&container));
            self.not_started(&task, "CreateContainerConfigError", &error, None);
            return;
        }
        let (env, mounts) = match self.run_container_options(&container.name) {
            Ok(options) => options,
            Err(error) => {
                let message = format!("Error: {error}");
                self.event("Warning", "Failed", message, Some(&container));
                self.not_started(&task, "CreateContainerConfigError", &error, None);
                return;
            }
        };
        let restart_count = self.next_restart_count(&container);
        let ip = self.sandbox_ip();
        let (resolv_conf, _) = dns::resolv_conf(&self.pod_object());
        let config = ContainerConfig {
            pod: &pod,
            container: &container,
            env: &env,
            mounts: &mounts,
            volumes: &self.worker.volumes,
            ip: &ip,
            resolv_conf: &resolv_conf,
            restart_count,
        };
        let kind = self.world.setup.runtime;
        let timed = runtime(kind).create_container(self.world.latencies(), config);
        let result = self.as_reported(&container, timed.result);
        self.sync().mounts = mounts;
        self.sync().doing = Doing::Create(task, result);
        self.go_on_after(timed.after);
    }

    /// The container that an ephemeral one is to look at has to have been started. Models
    /// `getTargetID`.
    fn missing_target(&mut self, task: &Task) -> Option<String> {
        let Task::StartEphemeral(index) = task else {
            return None;
        };
        let pod = self.pod_object();
        let list = pod.value.at(&["spec", "ephemeralContainers"])?.items();
        let target = list.get(*index)?.text_at(&["targetContainerName"]);
        let is_there = target.is_empty() || self.sync().picture.latest(target).is_some();
        (!is_there).then(|| format!("unable to find target container {target}"))
    }

    fn next_restart_count(&mut self, container: &pod::Container) -> i64 {
        let picture = self.sync().picture.clone();
        let before = picture.latest(&container.name);
        let logged = self.worker.kept_logs.get(&container.name).copied();
        before.map_or(logged.unwrap_or(0), |run| run.restart_count + 1)
    }

    pub(super) fn container_created(&mut self, task: Task, process: Result<Process, String>) {
        let container = self.container_of(&task);
        let process = match process {
            Ok(process) => process,
            Err(error) => {
                self.event(
                    "Warning",
                    "Failed",
                    format!("Error: {error}"),
                    Some(&container),
                );
                self.not_started(&task, "CreateContainerError", &error, None);
                return;
            }
        };
        let Some(sandbox) = self
            .worker
            .runtime
            .ready_sandbox()
            .map(|sandbox| sandbox.id)
        else {
            let error = "rpc error: code = Unknown desc = sandbox container is not running";
            self.event(
                "Warning",
                "Failed",
                format!("Error: {error}"),
                Some(&container),
            );
            self.not_started(&task, "CreateContainerError", error, None);
            return;
        };
        let id = self.new_id();
        let created = Container {
            id,
            name: container.name.clone(),
            image: container.image.clone(),
            image_id: self.node.images.id(&container.image),
            restart_count: self.next_restart_count(&container),
            sandbox,
            created: self.world.now(),
            state: State::Created,
            process,
            memory_limit: limits::memory_limit(&self.pod(), &container),
            timer: None,
            mounts: self.sync().mounts.clone(),
            falls_back_to_logs: &*container.termination_message_policy == "FallbackToLogsOnError",
        };
        let kind = self.world.setup.runtime;
        let timed = runtime(kind).start_container(self.world.latencies(), &created.process);
        Rc::make_mut(&mut self.worker.runtime)
            .containers
            .insert(0, created);
        self.runtime_changed();
        self.event(
            "Normal",
            "Created",
            "Container created".into(),
            Some(&container),
        );
        self.sync().doing = Doing::Start(task, id, timed.result);
        self.go_on_after(timed.after);
    }

    pub(super) fn container_started(
        &mut self,
        task: Task,
        id: ContainerId,
        result: Result<(), String>,
    ) {
        let container = self.container_of(&task);
        let now = self.world.now();
        if let Err(error) = result {
            let exit = Exit {
                code: 128,
                reason: "StartError".into(),
                message: error.as_str().into(),
                termination_message: "".into(),
            };
            self.set_state(
                id,
                State::Exited {
                    started: None,
                    finished: now,
                    exit,
                },
            );
            self.event(
                "Warning",
                "Failed",
                format!("Error: {error}"),
                Some(&container),
            );
            self.not_started(&task, "RunContainerError", &error, None);
            return;
        }
        self.set_state(id, State::Running(now));
        self.begin_process(id);
        self.actuate(&container.name);
        self.watch_memory(id);
        self.event(
            "Normal",
            "Started",
            "Container started".into(),
            Some(&container),
        );
        match &container.lifecycle.post_start {
            Some(hook) => {
                let done = self.run_hook(hook, id, Whose::PostStart, None);
                let (error, after) = done.unzip();
                self.sync().doing = Doing::PostStart(task, id, error.flatten());
                // Else its command tells when it is over.
                if let Some(after) = after {
                    self.go_on_after(after);
                }
            }
            None => self.started(&task),
        }
    }

    /// The command of a container's hook after the start is over.
    pub(super) fn post_start_executed(&mut self, id: ContainerId, command: &str, ended: Ended) {
        let error = ended.and_then(|answer| hook_error(command, answer));
        if let Some(sync) = &mut self.worker.sync
            && let Doing::PostStart(_, of, told) = &mut sync.doing
            && *of == id
        {
            *told = error;
            self.step();
        }
    }

    pub(super) fn post_start_done(&mut self, task: Task, id: ContainerId, error: Option<String>) {
        let Some(error) = error else {
            self.started(&task);
            return;
        };
        let container = self.container_of(&task);
        // Not the error itself, so that no secret gets into an Event.
        self.event(
            "Warning",
            "FailedPostStartHook",
            "PostStartHook failed".into(),
            Some(&container),
        );
        let then = Doing::KillAfterHook(task, error);
        self.kill_container(id, "FailedPostStartHook", KillReason::Other, then);
    }

    pub(super) fn set_state(&mut self, id: ContainerId, state: State) {
        if let Some(container) = Rc::make_mut(&mut self.worker.runtime).container_mut(id) {
            container.state = state;
        }
        self.runtime_changed();
    }

    fn started(&mut self, task: &Task) {
        let name = self.container_of(task).name;
        self.sync().started.push((name, None));
    }

    /// Couldn't start it. An init container that can't start stops all that follow.
    pub(super) fn not_started(
        &mut self,
        task: &Task,
        reason: &str,
        message: &str,
        until: Option<SimTime>,
    ) {
        let container = self.container_of(task);
        let stops = matches!(task, Task::StartInit(_)) && !container.is_sidecar();
        let sync = self.sync();
        sync.started
            .push((container.name, Some((reason.into(), message.into()))));
        sync.fail(until);
        if stops {
            sync.todo.clear();
        }
    }
}

/// A duration as Go prints whole seconds: `10s`, `2m40s`, `5m0s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs() % 60);
    match minutes {
        0 => format!("{seconds}s"),
        _ => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_printed_as_go_prints_them() {
        for (seconds, text) in [(10, "10s"), (80, "1m20s"), (160, "2m40s"), (300, "5m0s")] {
            assert_eq!(go_duration(Duration::from_secs(seconds)), text);
        }
    }
}
