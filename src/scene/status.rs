//! A Pod's STATUS in kubectl's words, and the one reason that stands beside its phase.
//! Models `printPod` in `pkg/printers/internalversion/printers.go`. Left out: the node's loss.

use std::rc::Rc;

use crate::api::pod::{ContainerStatus, Pod};

/// What `kubectl get pods` prints under STATUS.
pub fn status_word(pod: &Pod) -> String {
    let mut word = match &*pod.status.reason {
        "" => pod.status.phase.to_string(),
        reason => reason.to_string(),
    };
    if let Some(gated) = pod
        .condition("PodScheduled")
        .filter(|c| &*c.reason == "SchedulingGated")
    {
        word = gated.reason.to_string();
    }
    match initialising(pod) {
        Some(init) => word = init,
        None => word = of_containers(pod, word),
    }
    match (pod.metadata.deletion_timestamp, &*pod.status.reason) {
        (Some(_), "NodeLost") => "Unknown".into(),
        (Some(_), _) if !pod.is_finished() => "Terminating".into(),
        _ => word,
    }
}

/// `Init:0/1`, `Init:CrashLoopBackOff` … while the init containers aren't through.
fn initialising(pod: &Pod) -> Option<String> {
    let sidecar = |name: &Rc<str>| {
        let spec = pod
            .spec
            .init_containers
            .iter()
            .find(|spec| spec.name == *name);
        spec.is_some_and(|spec| spec.is_sidecar())
    };
    let total = pod.spec.init_containers.len();
    for (number, status) in pod.status.init_container_statuses.iter().enumerate() {
        let state = &status.state;
        if state
            .terminated
            .as_ref()
            .is_some_and(|ended| ended.exit_code == 0)
        {
            continue;
        }
        if sidecar(&status.name) && status.started == Some(true) {
            continue;
        }
        return Some(match (&state.terminated, &state.waiting) {
            (Some(ended), _) if !ended.reason.is_empty() => format!("Init:{}", ended.reason),
            (Some(ended), _) => format!("Init:ExitCode:{}", ended.exit_code),
            (_, Some(waiting)) if !["", "PodInitializing"].contains(&&*waiting.reason) => {
                format!("Init:{}", waiting.reason)
            }
            _ => format!("Init:{number}/{total}"),
        });
    }
    None
}

fn of_containers(pod: &Pod, phase: String) -> String {
    let mut word = phase;
    let mut running = false;
    for status in pod.status.container_statuses.iter().rev() {
        let state = &status.state;
        match (&state.waiting, &state.terminated) {
            (Some(waiting), _) if !waiting.reason.is_empty() => word = waiting.reason.to_string(),
            (_, Some(ended)) if !ended.reason.is_empty() => word = ended.reason.to_string(),
            (_, Some(ended)) => word = format!("ExitCode:{}", ended.exit_code),
            _ if status.ready && state.running.is_some() => running = true,
            _ => {}
        }
    }
    if word == "Completed" && running {
        word = if pod.is_ready() {
            "Running"
        } else {
            "NotReady"
        }
        .into();
    }
    word
}

/// Ready containers and all of them, as `READY 1/2` counts them: sidecars are among them.
pub fn ready_count(pod: &Pod) -> (usize, usize) {
    let sidecars = pod
        .spec
        .init_containers
        .iter()
        .filter(|spec| spec.is_sidecar());
    let names: Vec<&Rc<str>> = sidecars.map(|spec| &spec.name).collect();
    let counts = |status: &&ContainerStatus| status.ready;
    let ready = pod.status.container_statuses.iter().filter(counts).count();
    let beside = pod
        .status
        .init_container_statuses
        .iter()
        .filter(|s| names.contains(&&s.name));
    let beside = beside.filter(counts).count();
    (ready + beside, pod.spec.containers.len() + names.len())
}

/// The first of: status.reason; without a node, the scheduler's reasons; STATUS where it isn't the
/// phase; why it isn't Ready. Empty where there is nothing to say.
pub fn reason(pod: &Pod) -> String {
    if !pod.status.reason.is_empty() {
        return pod.status.reason.to_string();
    }
    let scheduled = pod
        .condition("PodScheduled")
        .filter(|scheduled| &*scheduled.status == "False");
    if let Some(scheduled) = scheduled.filter(|_| pod.spec.node_name.is_empty()) {
        return if scheduled.message.is_empty() {
            scheduled.reason.to_string()
        } else {
            scheduling_reasons(&scheduled.message)
        };
    }
    let word = status_word(pod);
    if word != *pod.status.phase && word != "Terminating" {
        return word;
    }
    let not_ready = pod
        .condition("Ready")
        .filter(|ready| &*ready.status == "False");
    not_ready.map_or_else(String::new, |ready| ready.reason.to_string())
}

/// `1 Insufficient cpu, 2 node(s) had untolerated taint(s)` of a FailedScheduling message.
fn scheduling_reasons(message: &str) -> String {
    let reasons = message
        .split_once("nodes are available: ")
        .map_or(message, |(_, rest)| rest);
    let reasons = reasons
        .split(" no new claims to deallocate")
        .next()
        .unwrap_or_default();
    let reasons = reasons.split(" preemption: ").next().unwrap_or_default();
    reasons.trim_end_matches(['.', ' ']).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn pod(status: &str) -> Pod {
        let json: serde_json::Value = serde_json::from_str(&format!(
            r#"{{"spec": {{"nodeName": "n", "containers": [{{"name": "a"}}, {{"name": "b"}}],
                "initContainers": [{{"name": "i"}}]}}, "status": {status}}}"#
        ))
        .expect("the test's own text");
        view::read(&Value::from_json(&json)).expect("it fits")
    }

    #[test]
    fn status_is_what_kubectl_prints() {
        for (status, expected) in [
            (r#"{"phase": "Pending"}"#, "Pending"),
            (
                r#"{"phase": "Pending", "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "ContainerCreating"}}}]}"#,
                "ContainerCreating",
            ),
            (
                r#"{"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]}"#,
                "Init:0/1",
            ),
            (
                r#"{"phase": "Running", "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, {"name": "b", "ready": true, "state": {"running": {}}}]}"#,
                "CrashLoopBackOff",
            ),
            (
                r#"{"phase": "Succeeded", "containerStatuses": [{"name": "a", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}"#,
                "Completed",
            ),
            (r#"{"phase": "Failed", "reason": "Evicted"}"#, "Evicted"),
        ] {
            assert_eq!(status_word(&pod(status)), expected, "{status}");
        }
    }

    #[test]
    fn the_schedulers_reasons_stand_without_their_preamble() {
        let message = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. \
                       no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
        assert_eq!(
            scheduling_reasons(message),
            "1 node(s) had untolerated taint(s), 2 Insufficient cpu"
        );
    }
}
