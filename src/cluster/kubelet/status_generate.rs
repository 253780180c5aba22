//! From the picture of a Pod's containers to the status that the API is told.
//! Models `generateAPIPodStatus`, `convertToAPIContainerStatuses` and `getPhase`,
//! `pkg/kubelet/kubelet_pods.go`. Left out: users, image volumes.

use std::rc::Rc;

use super::conditions::{self, default_waiting_reason};
use super::pod_status::{ContainerStatus, Phase, PodStatus, State, Terminated, whole_second};
use super::resize::Actuated;
use super::resize_status;
use super::restart::{all_could_restart, matching_rule, restarts_after, would_start};
use super::runtime::{self, PodRuntime};
use crate::api::pod::{Container, Pod};
use crate::api::{Object, Value};
use crate::cluster::SimTime;
use crate::collections::Map;
use crate::order;

/// Why a container couldn't be started: reason and message. Models `ReasonCache`.
pub(super) type Reasons = Map<Rc<str>, (Rc<str>, Rc<str>)>;

/// The reason of containers that go because another one's exit restarts all.
pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";

/// What a status is generated from.
pub(super) struct Sources<'a> {
    /// The Pod, as the kubelet was told of it.
    pub pod: &'a Pod,
    /// The same as an object, with the resources that were promised to it.
    pub object: &'a Object,
    /// Resources in force.
    pub actuated: &'a Actuated,
    /// What the runtime lists, as last seen.
    pub picture: &'a PodRuntime,
    /// The Pod's address, as last seen.
    pub pod_ip: &'a Rc<str>,
    /// The node's address.
    pub host_ip: &'a Rc<str>,
    /// The status before this one.
    pub old: &'a PodStatus,
    /// Why containers couldn't be started.
    pub reasons: &'a Reasons,
    /// Will no container of it ever be started again?
    pub terminal: bool,
}

/// Everything but `ready` and `started`, which the prober says, and what follows from them.
pub(super) fn containers_and_phase(from: &Sources<'_>) -> PodStatus {
    let spec = &from.pod.spec;
    let restarting = all_restarting(from);
    let mut containers = convert(
        from,
        &from.old.containers,
        &spec.containers,
        false,
        restarting,
    );
    order::sort_by(&mut containers, |a, b| a.name.cmp(&b.name));
    let init_containers = convert(
        from,
        &from.old.init_containers,
        &spec.init_containers,
        true,
        restarting,
    );
    let mut ephemeral_containers = convert(
        from,
        &from.old.ephemeral_containers,
        &spec.ephemeral_containers,
        false,
        restarting,
    );
    order::sort_by(&mut ephemeral_containers, |a, b| a.name.cmp(&b.name));
    let mut status = PodStatus {
        pod_ip: from.pod_ip.clone(),
        host_ip: from.host_ip.clone(),
        containers,
        init_containers,
        disruption: from.old.disruption.clone(),
        ephemeral_containers,
        resources: Some(resize_status::pod_resources(
            from.object,
            (
                from.old.phase,
                from.old.resources.as_ref().unwrap_or(&Value::Null),
            ),
            from.actuated.cgroup,
        )),
        allocated: Some(resize_status::allocated_resources(from.object)),
        ..PodStatus::default()
    };
    if spec.host_network {
        status.pod_ip = from.host_ip.clone();
    }
    status.phase = final_phase(from, phase(from, &status));
    if status.phase == from.old.phase {
        status.reason = from.old.reason.clone();
        status.message = from.old.message.clone();
    }
    status
}

/// Once it is over it stays over.
fn final_phase(from: &Sources<'_>, phase: Phase) -> Phase {
    let known = Phase::parse(&from.pod.status.phase);
    match (
        phase.is_terminal(),
        from.old.phase.is_terminal(),
        known.is_terminal(),
    ) {
        (_, _, true) => known,
        (false, true, false) => from.old.phase,
        _ => phase,
    }
}

/// The kubelet's conditions, which follow from everything else.
pub(super) fn add_conditions(from: &Sources<'_>, status: &mut PodStatus) {
    let (pod, phase) = (from.pod, status.phase);
    let statuses: Vec<&ContainerStatus> = status.all_containers().collect();
    let was_initialized = from.old.condition("Initialized").is_some_and(|c| c.status);
    let mut all = vec![
        conditions::ready_to_start_containers(pod, !from.picture.needs_sandbox()),
        conditions::initialized(pod, was_initialized, &statuses, phase),
        conditions::ready(pod, &statuses, phase),
        conditions::containers_ready(pod, &statuses, phase),
        conditions::condition(pod, "PodScheduled", true),
    ];
    if all_could_restart(&pod.spec) {
        all.push(all_restarting_condition(from, phase));
    }
    status.conditions = all;
}

/// Does a rule restart all containers now? Models `ShouldAllContainersRestart`.
fn all_restarting(from: &Sources<'_>) -> bool {
    if from
        .old
        .condition("AllContainersRestarting")
        .is_some_and(|c| c.status)
    {
        return true;
    }
    let spec = &from.pod.spec;
    spec.init_containers
        .iter()
        .chain(&spec.containers)
        .any(|container| {
            let Some(latest) = from.picture.latest(&container.name) else {
                return false;
            };
            let Some(exit) = latest.exit() else {
                return false;
            };
            let told = from
                .old
                .container(&container.name)
                .and_then(ContainerStatus::terminated);
            let codes = [Some(exit.code), told.map(|end| end.exit_code)];
            codes.into_iter().flatten().any(|code| {
                let rule = matching_rule(container, code);
                rule.is_some_and(|rule| &*rule.action == "RestartAllContainers")
            })
        })
}

fn all_restarting_condition(from: &Sources<'_>, phase: Phase) -> super::pod_status::Condition {
    let pod = from.pod;
    let mut condition = conditions::condition(pod, "AllContainersRestarting", false);
    condition.observed_generation = 0;
    let all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
    let cleaned_up = all
        .into_iter()
        .all(|c| from.picture.latest(&c.name).is_none());
    match phase {
        Phase::Succeeded => condition.reason = "PodCompleted".into(),
        Phase::Failed => condition.reason = "PodFailed".into(),
        _ if all_restarting(from) && !cleaned_up => {
            condition.status = true;
            condition.reason = "RestartAllContainersStarted".into();
            condition.message = "container exited with restart policy rule".into();
        }
        _ => {}
    }
    condition
}

fn convert(
    from: &Sources<'_>,
    previous: &[ContainerStatus],
    containers: &[Container],
    is_init: bool,
    restarting: bool,
) -> Vec<ContainerStatus> {
    let one = |container: &Container| {
        let old = previous.iter().find(|old| old.name == container.name);
        let mut status = match from.picture.latest(&container.name) {
            Some(_) => from_runs(from, container, old),
            None => without_runs(from, container, old, restarting),
        };
        cannot_start(from, container, is_init, &mut status);
        status
    };
    containers.iter().map(one).collect()
}

/// Of its latest two runs.
fn from_runs(
    from: &Sources<'_>,
    container: &Container,
    old: Option<&ContainerStatus>,
) -> ContainerStatus {
    let mut runs = from
        .picture
        .containers
        .iter()
        .filter(|run| run.name == container.name);
    let latest = runs.next().expect("the caller has seen a run");
    let mut status = from_run(latest, old);
    let (resources, allocated) =
        resize_status::container_resources(from.object, latest, from.actuated);
    (status.resources, status.allocated) = (Some(resources), allocated);
    if let Some(before) = runs.next() {
        status.last = match from_run(before, old).state {
            State::Terminated(end) => Some(end),
            _ => None,
        };
    }
    status
}

fn from_run(run: &runtime::Container, old: Option<&ContainerStatus>) -> ContainerStatus {
    let mut status = ContainerStatus {
        name: run.name.clone(),
        image: run.image.clone(),
        image_id: run.image_id.clone(),
        container_id: Some(run.id),
        state: match &run.state {
            runtime::State::Created => waiting(""),
            runtime::State::Running(since) => State::Running(whole_second(*since)),
            runtime::State::Exited { .. } => State::Terminated(terminated(run)),
        },
        last: None,
        ready: false,
        started: None,
        restart_count: run.restart_count,
        resources: None,
        allocated: None,
    };
    let Some(old) = old else { return status };
    status.restart_count = status.restart_count.max(old.restart_count);
    // A run that was removed to restart all containers is known from the old status alone.
    status.last = match old.terminated() {
        Some(end) if old.container_id != status.container_id => Some(end.clone()),
        _ => old.last.clone(),
    };
    if status.is_running() {
        // The kubelet doesn't forget that a container had started.
        status.started = old.started;
        if old.terminated().is_some() && old.restart_count >= run.restart_count {
            status.restart_count = old.restart_count + 1;
        }
    }
    status
}

/// How a run ended, as the API says it.
pub(super) fn terminated(run: &runtime::Container) -> Terminated {
    let runtime::State::Exited {
        started,
        finished,
        exit,
    } = &run.state
    else {
        unreachable!("only an exited run is asked")
    };
    // 1970 stands for "never", as containerd leaves it.
    let never = SimTime::parse_rfc3339("1970-01-01T00:00:00Z").unwrap_or_default();
    Terminated {
        exit_code: exit.code,
        reason: exit.reason.clone(),
        message: run.exit_message().into(),
        started: Some(whole_second(started.unwrap_or(never))),
        finished: Some(whole_second(*finished)),
        container_id: Some(run.id),
    }
}

fn waiting(reason: &str) -> State {
    State::Waiting {
        reason: reason.into(),
        message: "".into(),
    }
}

/// The runtime lists no run of it: it never ran, or its runs are gone.
fn without_runs(
    from: &Sources<'_>,
    container: &Container,
    old: Option<&ContainerStatus>,
    restarting: bool,
) -> ContainerStatus {
    let mut status = ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: "".into(),
        container_id: None,
        state: waiting(&default_waiting_reason(&from.pod.spec)),
        last: None,
        ready: false,
        started: None,
        restart_count: 0,
        resources: None,
        allocated: None,
    };
    let Some(old) = old else { return status };
    if old.terminated().is_some() {
        status = old.clone();
    } else {
        status.restart_count = old.restart_count;
        status.last = old.last.clone();
    }
    if restarting && !old.is_waiting() {
        let message = "The container is removed because RestartAllContainers in place";
        status.state = State::Waiting {
            reason: RESTARTING_ALL.into(),
            message: message.into(),
        };
        status.last = Some(unknown_end(RESTARTING_ALL, message));
        status.restart_count = old.restart_count + 1;
    } else if old.is_running() && status.last.is_none() {
        let message = "The container could not be located when the pod was deleted.  The container \
                       used to be Running";
        status.last = Some(unknown_end("ContainerStatusUnknown", message));
        if from.pod.metadata.deletion_timestamp.is_none() {
            status.restart_count += 1;
        }
    }
    status
}

/// An end that nobody saw counts as a failure.
pub(super) fn unknown_end(reason: &str, message: &str) -> Terminated {
    Terminated {
        exit_code: 137,
        reason: reason.into(),
        message: message.into(),
        started: None,
        finished: None,
        container_id: None,
    }
}

/// What would be started by the next sync, but couldn't be by the last one, waits.
fn cannot_start(
    from: &Sources<'_>,
    container: &Container,
    is_init: bool,
    status: &mut ContainerStatus,
) {
    let latest = from.picture.latest(&container.name);
    if is_init {
        if latest
            .and_then(runtime::Container::exit)
            .is_some_and(|exit| exit.code == 0)
        {
            return;
        }
        let created = |c: &Container| from.picture.latest(&c.name).is_some();
        let has_regular = from.pod.spec.containers.iter().any(created);
        if latest.is_none() && has_regular && !container.is_sidecar() && status.is_waiting() {
            let message = "Unable to get init container status from container runtime and pod has \
                           been initialized, treat it as exited normally";
            let end = Terminated {
                exit_code: 0,
                ..unknown_end("Completed", message)
            };
            status.state = State::Terminated(end);
            return;
        }
    }
    if !would_start(container, from.pod, from.picture) {
        return;
    }
    let Some((reason, message)) = from.reasons.get(&container.name) else {
        return;
    };
    if let Some(end) = status.terminated() {
        status.last = Some(end.clone());
    }
    status.state = State::Waiting {
        reason: reason.clone(),
        message: message.clone(),
    };
}

/// Containers counted by how they are. Models the counters of `getPhase`.
#[derive(Default)]
struct Counts {
    pending_init: u32,
    pending_sidecars: u32,
    failed_for_good: u32,
    unknown: u32,
    running: u32,
    waiting: u32,
    stopped: u32,
    stopped_for_good: u32,
    succeeded: u32,
}

/// Models `getPhase`.
fn phase(from: &Sources<'_>, status: &PodStatus) -> Phase {
    let counts = count(from, status);
    let spec = &from.pod.spec;
    if counts.failed_for_good > 0 {
        return Phase::Failed;
    }
    let has_started = from.picture.active().any(|run| {
        spec.containers
            .iter()
            .any(|container| container.name == run.name)
    });
    if counts.pending_init > 0
        || (counts.pending_sidecars > 0 && !has_started)
        || counts.waiting > 0
    {
        return Phase::Pending;
    }
    if counts.running > 0 && counts.unknown == 0 {
        return Phase::Running;
    }
    if counts.running > 0 || counts.stopped == 0 || counts.unknown > 0 {
        return Phase::Pending;
    }
    if !from.terminal && counts.stopped != counts.stopped_for_good {
        return Phase::Running;
    }
    if counts.stopped == counts.succeeded {
        Phase::Succeeded
    } else {
        Phase::Failed
    }
}

fn count(from: &Sources<'_>, status: &PodStatus) -> Counts {
    let spec = &from.pod.spec;
    let mut counts = Counts::default();
    let for_good = |container: &Container, end: &Terminated| {
        !restarts_after(container, spec, end.exit_code) && &*end.reason != RESTARTING_ALL
    };
    for container in &spec.init_containers {
        let Some(status) = status.container(&container.name) else {
            counts.pending_init += 1;
            continue;
        };
        match (&status.state, container.is_sidecar()) {
            (State::Running(_), true) => {
                counts.running += 1;
                counts.pending_sidecars += u32::from(status.started != Some(true));
            }
            (State::Waiting { .. }, true) if status.last.is_none() => {
                counts.pending_sidecars += 1;
                counts.waiting += 1;
            }
            (_, true) => {}
            (State::Running(_), false) => counts.pending_init += 1,
            (State::Waiting { .. }, false) if status.last.is_none() => counts.pending_init += 1,
            (_, false) => {
                let end = status.terminated().or(status.last.as_ref());
                let end = end.filter(|end| end.exit_code != 0);
                counts.failed_for_good +=
                    u32::from(end.is_some_and(|end| for_good(container, end)));
            }
        }
    }
    for container in &spec.containers {
        let Some(status) = status.container(&container.name) else {
            counts.unknown += 1;
            continue;
        };
        let end = match &status.state {
            State::Running(_) => {
                counts.running += 1;
                continue;
            }
            State::Terminated(end) => end,
            State::Waiting { .. } => match &status.last {
                Some(end) => end,
                None => {
                    counts.waiting += 1;
                    continue;
                }
            },
        };
        counts.stopped += 1;
        counts.stopped_for_good += u32::from(for_good(container, end));
        let ended_well = status.terminated().is_some_and(|end| end.exit_code == 0);
        counts.succeeded += u32::from(ended_well);
    }
    counts
}
