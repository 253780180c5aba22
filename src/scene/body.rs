//! What a Pod and its containers show at a moment: colours, icons, words. Their places are elsewhere.
//! The table of states is here: colour, fill and word of each.

use std::rc::Rc;

use super::glyphs::{ContainerGlyph, PodBody, Pull, State};
use super::layout::{POD_WIDTH, container_rect, pod_height};
use super::status;
use crate::api::pod::{Container, ContainerState, ContainerStatus, Pod};
use crate::api::{ObjectKey, Uid};
use crate::cluster::{Activity, SimTime, Snapshot};
use crate::collections::Map;

/// Pulls that are under way, by Pod and container.
pub(super) type Activities = Map<(Uid, Rc<str>), Activity>;

/// What this Pod shows, for whoever stands beside the picture; `None` where there is no such Pod.
pub fn body_of(snapshot: &Snapshot, key: &ObjectKey) -> Option<PodBody> {
    let pod = snapshot.store.get(key)?.pod()?;
    Some(pod_body(key, pod, &snapshot.activities, snapshot.time))
}

/// What a Pod shows at `t`.
pub(super) fn pod_body(key: &ObjectKey, pod: &Pod, activities: &Activities, t: SimTime) -> PodBody {
    let uid = Uid::parse(&pod.metadata.uid).unwrap_or_default();
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.len();
    let containers: Vec<ContainerGlyph> = pod
        .every_container()
        .enumerate()
        .map(|(number, spec)| {
            let activity = activities.get(&(uid, spec.name.clone()));
            let pull = activity.map(|Activity::Pulling { since, until, .. }| Pull {
                since: *since,
                until: *until,
            });
            let status = statuses.get(&*spec.name).copied();
            let step = (number < init).then_some(number + 1);
            container(pod, spec, status, pull, number, step)
        })
        .collect();
    // One that only looks around may fail.
    let failing = containers
        .iter()
        .take(pod.all_containers().count())
        .any(|container| container.state == State::Fail);
    let phase = if pod.status.phase.is_empty() {
        "Pending".into()
    } else {
        pod.status.phase.clone()
    };
    // Whole seconds left, rounded up: 0 only once they are over.
    let left = |until: SimTime| until.since(t).as_secs_f64().ceil() as i64;
    let terminating = pod.metadata.deletion_timestamp.map(left);
    PodBody {
        key: key.clone(),
        path: key.path().into(),
        state: pod_state(pod, failing),
        bound: !pod.spec.node_name.is_empty(),
        ready: pod.is_ready() && terminating.is_none(),
        terminating,
        phase,
        reason: status::reason(pod).into(),
        containers_ready: status::ready_count(pod),
        ip: pod.status.pod_ip.clone(),
        containers,
        width: POD_WIDTH,
        height: f64::from(pod_height(pod)),
    }
}

/// A Pod's colour and icon.
pub(super) fn pod_state(pod: &Pod, failing: bool) -> State {
    match &*pod.status.phase {
        "Succeeded" => State::Done,
        "Failed" => State::Fail,
        _ if pod.metadata.deletion_timestamp.is_some() => State::Term,
        _ if failing => State::Fail,
        "Running" if pod.is_ready() => State::Ready,
        "Running" => State::Run,
        "Unknown" => State::Unknown,
        _ => State::Wait,
    }
}

/// Does a container of it fail, by its status alone? What is being pulled anew isn't looked for.
pub fn is_failing(pod: &Pod) -> bool {
    failing_container(pod).is_some()
}

/// The first container that fails, by its status alone.
pub(super) fn failing_container(pod: &Pod) -> Option<Rc<str>> {
    let status = &pod.status;
    let all = status.init_container_statuses.iter();
    let mut all = all.chain(&status.container_statuses);
    let failing = all.find(|status| fails(&status.state))?;
    Some(failing.name.clone())
}

/// It ended badly, or waits for what a kubelet calls by any name but a start's.
fn fails(state: &ContainerState) -> bool {
    match (&state.running, &state.terminated, &state.waiting) {
        (Some(_), ..) => false,
        (_, Some(ended), _) => ended.exit_code != 0,
        (_, _, Some(waiting)) => {
            !["", "ContainerCreating", "PodInitializing"].contains(&&*waiting.reason)
        }
        _ => false,
    }
}

fn container(
    pod: &Pod,
    spec: &Container,
    status: Option<&ContainerStatus>,
    pull: Option<Pull>,
    number: usize,
    step: Option<usize>,
) -> ContainerGlyph {
    let stopping = pod.metadata.deletion_timestamp.is_some();
    let state = status
        .map(|status| &status.state)
        .cloned()
        .unwrap_or_default();
    let waiting = state
        .waiting
        .as_ref()
        .map_or("", |waiting| &*waiting.reason);
    // Between its end and the wait for the next start it keeps failing no less.
    let policy = match &*spec.restart_policy {
        "" => &pod.spec.restart_policy,
        policy => policy,
    };
    let starts_again = policy != "Never" && !stopping && !pod.is_finished();
    let ended = state.terminated.is_some() && fails(&state);
    let backing_off = waiting.ends_with("BackOff") || ended && starts_again;
    let (kind, solid, word): (State, bool, Rc<str>) = if pull.is_some() {
        (State::Wait, true, "pulling".into())
    } else if state.running.is_some() {
        match (stopping, status.is_some_and(|status| status.ready)) {
            (true, _) => (State::Term, true, "stopping".into()),
            (false, true) => (State::Ready, true, "ready".into()),
            // A step runs to its end; nothing ever asks whether it is ready.
            (false, false) if step.is_some() && !spec.is_sidecar() => {
                (State::Run, true, "running".into())
            }
            (false, false) => (State::Run, true, "not ready".into()),
        }
    } else if let Some(ended) = &state.terminated {
        let word = match &*ended.reason {
            "Completed" | "Error" | "" => format!("exit {}", ended.exit_code).into(),
            _ => ended.reason.clone(),
        };
        let kind = if fails(&state) {
            State::Fail
        } else {
            State::Done
        };
        (kind, true, word)
    } else if fails(&state) {
        (State::Fail, true, waiting.into())
    } else {
        (State::Wait, false, "waiting".into())
    };
    ContainerGlyph {
        name: spec.name.clone(),
        rect: container_rect(number),
        image: spec.image.clone(),
        port: spec
            .ports
            .first()
            .map_or("".into(), |port| format!(":{}", port.container_port).into()),
        state: kind,
        solid,
        word,
        pull,
        backing_off,
        step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn pod(state: &str) -> Pod {
        let json: serde_json::Value = serde_json::from_str(&format!(
            r#"{{"spec": {{"nodeName": "n", "containers": [{{"name": "a"}}]}},
                "status": {{"containerStatuses": [{{"name": "a", "state": {state}}}]}}}}"#
        ))
        .expect("the test's own text");
        view::read(&Value::from_json(&json)).expect("it fits")
    }

    #[test]
    fn what_will_start_again_keeps_failing_and_what_will_not_has_failed() {
        for (phase, policy, backs_off) in [
            ("Running", "Always", true),
            ("Running", "OnFailure", true),
            ("Running", "Never", false),
            ("Failed", "OnFailure", false),
        ] {
            let mut pod = pod(r#"{"terminated": {"exitCode": 1, "reason": "Error"}}"#);
            pod.status.phase = phase.into();
            pod.spec.restart_policy = policy.into();
            let key = ObjectKey::pod("default", "p");
            let body = pod_body(&key, &pod, &Activities::default(), SimTime::ZERO);
            assert_eq!(
                body.containers[0].backing_off, backs_off,
                "{phase} {policy}"
            );
        }
    }

    #[test]
    fn a_container_fails_by_how_it_ended_or_by_what_it_waits_for() {
        for (state, fails) in [
            (r#"{"running": {}}"#, false),
            (
                r#"{"terminated": {"exitCode": 0, "reason": "Completed"}}"#,
                false,
            ),
            (
                r#"{"terminated": {"exitCode": 1, "reason": "Error"}}"#,
                true,
            ),
            (r#"{"waiting": {"reason": "ContainerCreating"}}"#, false),
            (r#"{"waiting": {"reason": "ErrImagePull"}}"#, true),
            (r#"{"waiting": {"reason": "CrashLoopBackOff"}}"#, true),
            ("{}", false),
        ] {
            let pod = pod(state);
            assert_eq!(is_failing(&pod), fails, "{state}");
            let body = pod_body(
                &ObjectKey::new("Pod", "default", "p"),
                &pod,
                &Activities::default(),
                SimTime::ZERO,
            );
            assert_eq!(body.state == State::Fail, fails, "{state}");
        }
    }
}
