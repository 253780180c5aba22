//! What a sync has to do, decided from the spec and the picture. Pure.
//! Models `computePodActions` and `computeInitContainerActions`, `pkg/kubelet/kuberuntime`.

use super::prober::Probes;
use super::resize::{self, Actuated, Resize};
use super::restart::{restarts_after, restarts_after_probe, would_start};
use super::runtime::{Container, ContainerId, PodRuntime, State};
use crate::api::pod::{self, Pod};

/// Why a container is killed: it decides the grace period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum KillReason {
    /// Its Pod ends, or its definition changed.
    Other,
    /// Its liveness probe failed.
    LivenessProbe,
    /// Its startup probe failed.
    StartupProbe,
}

/// What a sync has to do, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Actions {
    /// Stop everything, the sandbox too.
    pub kill_pod: bool,
    /// Make a sandbox; how many came before it.
    pub create_sandbox: Option<u32>,
    /// Was there a sandbox before?
    pub sandbox_changed: bool,
    /// Containers to kill, with the Event's message.
    pub kill: Vec<(ContainerId, String, KillReason)>,
    /// Containers whose runs are removed, to begin anew; whether they have to be killed first.
    pub reset: Vec<(ContainerId, bool)>,
    /// Ephemeral containers to start, by index.
    pub start_ephemeral: Vec<usize>,
    /// Init containers to start, by index.
    pub start_init: Vec<usize>,
    /// Containers to start, by index.
    pub start: Vec<usize>,
    /// Resources to change of those that run on.
    pub resize: Resize,
}

/// Models `computePodActions`.
pub(super) fn compute(
    pod: &Pod,
    picture: &PodRuntime,
    probes: &Probes,
    actuated: &Actuated,
    reset_all: bool,
) -> Actions {
    let mut actions = Actions::default();
    if reset_all {
        actions.reset = to_reset(pod, picture);
        return actions;
    }
    if picture.needs_sandbox() {
        with_new_sandbox(pod, picture, &mut actions);
        return actions;
    }
    // Started whatever the others do, and never again.
    for (index, container) in pod.spec.ephemeral_containers.iter().enumerate() {
        if picture.latest(&container.name).is_none() {
            actions.start_ephemeral.push(index);
        }
    }
    if !init_containers(pod, picture, probes, actuated, &mut actions) || actions.kill_pod {
        return actions;
    }
    let mut kept = 0;
    for (index, container) in pod.spec.containers.iter().enumerate() {
        let Some(run) = picture
            .latest(&container.name)
            .filter(|run| run.is_running())
        else {
            if would_start(container, pod, picture) {
                actions.start.push(index);
            }
            continue;
        };
        let Some((what, reason)) = unwanted("Container", container, run, probes) else {
            let kept_as_it_is = resize::compute(pod, index, false, run, actuated, &mut actions);
            kept += usize::from(kept_as_it_is);
            continue;
        };
        // A new definition is started whatever the policy.
        let restarts = reason == KillReason::Other || restarts_after_probe(container, &pod.spec);
        let message = if restarts {
            format!("{what}, will be restarted")
        } else {
            what
        };
        if restarts {
            actions.start.push(index);
        }
        actions.kill.push((run.id, message, reason));
    }
    if kept == 0 && actions.start.is_empty() {
        actions.kill_pod = true;
        actions.start_init.clear();
    }
    resize::compute_pod_level(pod, actuated, &mut actions);
    actions
}

/// Without a sandbox everything begins anew, if anything is to run at all.
fn with_new_sandbox(pod: &Pod, picture: &PodRuntime, actions: &mut Actions) {
    actions.kill_pod = true;
    let before = picture.sandboxes.first();
    let attempt = before.map_or(0, |sandbox| sandbox.attempt + 1);
    let is_over = &*pod.spec.restart_policy == "Never" && attempt != 0;
    if is_over && !picture.containers.is_empty() {
        return;
    }
    let succeeded = |container: &pod::Container| {
        let exit = picture.latest(&container.name).and_then(Container::exit);
        exit.is_some_and(|exit| exit.code == 0)
    };
    let policy = |container: &pod::Container| match &*container.restart_policy {
        "" => pod.spec.restart_policy.clone(),
        own => own.into(),
    };
    let start: Vec<usize> = (0..pod.spec.containers.len())
        .filter(|index| {
            let container = &pod.spec.containers[*index];
            !(&*policy(container) == "OnFailure" && succeeded(container))
        })
        .collect();
    let created = |container: &pod::Container| picture.latest(&container.name).is_some();
    if start.is_empty() && pod.spec.containers.iter().any(created) {
        return;
    }
    actions.create_sandbox = Some(attempt);
    actions.sandbox_changed = before.is_some();
    if pod.spec.init_containers.is_empty() {
        actions.start = start;
    } else {
        actions.start_init = vec![0];
    }
}

/// Why a running container can't stay, if it can't.
fn unwanted(
    kind: &str,
    container: &pod::Container,
    run: &Container,
    probes: &Probes,
) -> Option<(String, KillReason)> {
    let name = &container.name;
    if run.image != container.image {
        return Some((
            format!("{kind} {name} definition changed"),
            KillReason::Other,
        ));
    }
    if probes.liveness(run.id) == Some(false) {
        return Some((
            format!("{kind} {name} failed liveness probe"),
            KillReason::LivenessProbe,
        ));
    }
    if probes.startup(run.id) == Some(Some(false)) {
        return Some((
            format!("{kind} {name} failed startup probe"),
            KillReason::StartupProbe,
        ));
    }
    None
}

/// Tells whether all init containers are through. Models `computeInitContainerActions`, which
/// walks backwards because the runs of finished ones may be gone.
fn init_containers(
    pod: &Pod,
    picture: &PodRuntime,
    probes: &Probes,
    actuated: &Actuated,
    actions: &mut Actions,
) -> bool {
    let init = &pod.spec.init_containers;
    if init.is_empty() {
        return true;
    }
    let is_alive = |container: &pod::Container| {
        let run = picture.latest(&container.name);
        run.is_some_and(|run| matches!(run.state, State::Created | State::Running(_)))
    };
    let mut through = pod.spec.containers.iter().any(is_alive);
    let mut previously = through;
    for (index, container) in init.iter().enumerate().rev() {
        let sidecar = container.is_sidecar();
        let Some(run) = picture.latest(&container.name) else {
            if previously && sidecar {
                actions.start_init.push(index);
            }
            continue;
        };
        if previously && !sidecar {
            continue;
        }
        let is_last = index == init.len() - 1;
        match &run.state {
            State::Created => actions.start_init.push(index),
            State::Running(_) if sidecar => {
                let is_kept = running_sidecar(
                    container,
                    run,
                    probes,
                    index,
                    is_last,
                    previously,
                    &mut through,
                    actions,
                );
                if is_kept {
                    resize::compute(pod, index, true, run, actuated, actions);
                }
            }
            State::Running(_) => {
                resize::compute(pod, index, true, run, actuated, actions);
            }
            State::Exited { .. } if sidecar => actions.start_init.push(index),
            State::Exited { exit, .. } if exit.code == 0 => {
                if is_last {
                    through = true;
                } else {
                    actions.start_init.push(index + 1);
                }
            }
            State::Exited { exit, .. } => {
                if !restarts_after(container, &pod.spec, exit.code)
                    || pod.metadata.deletion_timestamp.is_some()
                {
                    actions.kill_pod = true;
                    actions.start_init.clear();
                    return false;
                }
                actions.start_init.push(index);
            }
        }
        previously = true;
    }
    if !previously {
        actions.start_init.push(0);
    }
    actions.start_init.reverse();
    through
}

/// Tells whether it is left as it is.
#[allow(clippy::too_many_arguments)] // One arm of the loop above, which shares all its state.
fn running_sidecar(
    container: &pod::Container,
    run: &Container,
    probes: &Probes,
    index: usize,
    is_last: bool,
    previously: bool,
    through: &mut bool,
    actions: &mut Actions,
) -> bool {
    let mut kill = |what: String, reason| {
        actions.kill.push((run.id, what, reason));
        actions.start_init.push(index);
    };
    if container.startup_probe.is_some() {
        match probes.startup(run.id) {
            Some(Some(true)) => {}
            Some(Some(false)) => {
                let what = format!("Init container {} failed startup probe", container.name);
                kill(what, KillReason::StartupProbe);
                return false;
            }
            _ => return false,
        }
    }
    if is_last {
        *through = true;
    } else if !previously {
        actions.start_init.push(index + 1);
    }
    if let Some((what, reason)) = unwanted("Init container", container, run, probes) {
        actions.kill.push((run.id, what, reason));
        actions.start_init.push(index);
        return false;
    }
    // Nothing else is done to it before its first liveness probe.
    container.liveness_probe.is_none() || probes.liveness(run.id).is_some()
}

/// Every run of every container, the one whose exit began it last. Models `getContainersToReset`.
fn to_reset(pod: &Pod, picture: &PodRuntime) -> Vec<(ContainerId, bool)> {
    let (mut sources, mut targets) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for (kind, containers) in [&pod.spec.containers, &pod.spec.init_containers]
        .iter()
        .enumerate()
    {
        for container in *containers {
            for run in picture
                .containers
                .iter()
                .filter(|run| run.name == container.name)
            {
                let rule = run
                    .exit()
                    .and_then(|exit| super::restart::matching_rule(container, exit.code));
                let began = rule.is_some_and(|rule| &*rule.action == "RestartAllContainers");
                let list = if began {
                    &mut sources[kind]
                } else {
                    &mut targets[kind]
                };
                list.push((run.id, run.is_running()));
            }
        }
    }
    let [target_regular, target_init] = targets;
    let [source_regular, source_init] = sources;
    [target_regular, target_init, source_regular, source_init].concat()
}
