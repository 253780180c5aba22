//! The conditions of a Pod, as they follow from its containers' statuses.
//! Models `pkg/kubelet/status/generate.go`. Pure: words and order are upstream's.

use std::rc::Rc;

use super::pod_status::{Condition, ContainerStatus, Phase};
use crate::api::pod::{Pod, PodSpec};
use crate::cluster::SimTime;

/// A condition that is about this generation of the Pod; its time is set when it is said.
pub(super) fn condition(pod: &Pod, kind: &str, status: bool) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: "".into(),
        message: "".into(),
        observed_generation: pod.metadata.generation,
        since: SimTime::ZERO,
        probed: None,
    }
}

fn because(condition: Condition, reason: &str, message: String) -> Condition {
    Condition {
        reason: reason.into(),
        message: message.into(),
        ..condition
    }
}

/// Names in upstream's brackets: `[a b]`.
fn list(names: &[&str]) -> String {
    format!("[{}]", names.join(" "))
}

/// `ContainersReady`: every container gets traffic.
pub(super) fn containers_ready(
    pod: &Pod,
    statuses: &[&ContainerStatus],
    phase: Phase,
) -> Condition {
    ready_as("ContainersReady", pod, statuses, phase)
}

/// `Ready`: every container gets traffic, and every readiness gate is open.
pub(super) fn ready(pod: &Pod, statuses: &[&ContainerStatus], phase: Phase) -> Condition {
    let containers = ready_as("Ready", pod, statuses, phase);
    if !containers.status {
        return containers;
    }
    let closed = pod.spec.readiness_gates.iter().filter_map(|gate| {
        let kind = &gate.condition_type;
        match pod.condition(kind) {
            None => Some(format!(
                "corresponding condition of pod readiness gate \"{kind}\" does not exist."
            )),
            Some(condition) if &*condition.status != "True" => Some(format!(
                "the status of pod readiness gate \"{kind}\" is not \"True\", but {}",
                condition.status
            )),
            Some(_) => None,
        }
    });
    let closed: Vec<String> = closed.collect();
    if closed.is_empty() {
        containers
    } else {
        let not_ready = condition(pod, "Ready", false);
        because(not_ready, "ReadinessGatesNotReady", closed.join(", "))
    }
}

fn ready_as(kind: &str, pod: &Pod, statuses: &[&ContainerStatus], phase: Phase) -> Condition {
    let sidecars = pod
        .spec
        .init_containers
        .iter()
        .filter(|container| container.is_sidecar());
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    for container in sidecars.chain(&pod.spec.containers) {
        match statuses.iter().find(|status| status.name == container.name) {
            None => unknown.push(&*container.name),
            Some(status) if !status.ready => unready.push(&*container.name),
            Some(_) => {}
        }
    }
    let not_ready = condition(pod, kind, false);
    if phase == Phase::Succeeded && unknown.is_empty() {
        return because(not_ready, "PodCompleted", String::new());
    }
    if phase == Phase::Failed {
        return because(not_ready, "PodFailed", String::new());
    }
    let mut messages = Vec::new();
    if !unknown.is_empty() {
        messages.push(format!(
            "containers with unknown status: {}",
            list(&unknown)
        ));
    }
    if !unready.is_empty() {
        messages.push(format!(
            "containers with unready status: {}",
            list(&unready)
        ));
    }
    if messages.is_empty() {
        return condition(pod, kind, true);
    }
    because(not_ready, "ContainersNotReady", messages.join(", "))
}

/// `Initialized`: every init container is through.
pub(super) fn initialized(
    pod: &Pod,
    was_initialized: bool,
    statuses: &[&ContainerStatus],
    phase: Phase,
) -> Condition {
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in &pod.spec.init_containers {
        match statuses.iter().find(|status| status.name == container.name) {
            None => unknown.push(&*container.name),
            Some(status) => {
                let sidecar = container.is_sidecar();
                let through = if sidecar {
                    status.started == Some(true)
                } else {
                    status.ready
                };
                if !through {
                    incomplete.push(&*container.name);
                }
            }
        }
    }
    let done = condition(pod, "Initialized", true);
    if phase == Phase::Succeeded && unknown.is_empty() {
        return because(done, "PodCompleted", String::new());
    }
    if has_started_regular(&pod.spec, statuses) {
        return done;
    }
    let mut messages = Vec::new();
    if !unknown.is_empty() {
        messages.push(format!(
            "containers with unknown status: {}",
            list(&unknown)
        ));
    }
    if !incomplete.is_empty() {
        messages.push(format!(
            "containers with incomplete status: {}",
            list(&incomplete)
        ));
    }
    // Once initialized, always initialized: a restart of all containers doesn't undo it.
    if messages.is_empty() || was_initialized {
        return done;
    }
    let not_yet = condition(pod, "Initialized", false);
    because(not_yet, "ContainersNotInitialized", messages.join(", "))
}

/// Did a regular container ever run? Models `HasAnyRegularContainerStarted`.
fn has_started_regular(spec: &PodSpec, statuses: &[&ContainerStatus]) -> bool {
    spec.containers.iter().any(|container| {
        let status = statuses.iter().find(|status| status.name == container.name);
        status.is_some_and(|status| status.is_running() || status.terminated().is_some())
    })
}

/// `PodReadyToStartContainers`: the sandbox stands.
pub(super) fn ready_to_start_containers(pod: &Pod, has_sandbox: bool) -> Condition {
    condition(pod, "PodReadyToStartContainers", has_sandbox)
}

/// Times of conditions: kept while the status stays the same, else `now`.
pub(super) fn stamp(conditions: &mut [Condition], old: &[Condition], now: SimTime) {
    // A resize keeps its times itself.
    for condition in conditions.iter_mut().filter(|c| c.probed.is_none()) {
        let same = old
            .iter()
            .find(|old| old.kind == condition.kind && old.status == condition.status);
        condition.since = same.map_or(now, |old| old.since);
    }
}

/// `ContainerCreating` without init containers, `PodInitializing` with them.
pub(super) fn default_waiting_reason(spec: &PodSpec) -> Rc<str> {
    if spec.init_containers.is_empty() {
        "ContainerCreating"
    } else {
        "PodInitializing"
    }
    .into()
}
