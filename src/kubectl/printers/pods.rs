//! Pods. Models `printPod`.

use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::{age, since};
use crate::kubectl::look::{Look, condition, or};

pub const COLUMNS: &str =
    "Name,Ready,Status,Restarts,Age,+IP,+Node,+Nominated Node,+Readiness Gates";

/// The cells of a Pod.
pub fn cells(pod: &Value, now: SimTime) -> Vec<String> {
    let seen = look(pod);
    let mut restarts = seen.restarts.to_string();
    if seen.restarts != 0 && seen.last_restart.is_some() {
        restarts += &[" (", &since(seen.last_restart, now), " ago)"].concat();
    }
    let ip = pod.list("status.podIPs").first();
    vec![
        pod.text("metadata.name").into(),
        format!("{}/{}", seen.ready, seen.containers),
        seen.reason,
        restarts,
        age(pod, now),
        or(ip.map_or("", |ip| ip.text("ip")), "<none>").into(),
        or(pod.text("spec.nodeName"), "<none>").into(),
        or(pod.text("status.nominatedNodeName"), "<none>").into(),
        readiness_gates(pod),
    ]
}

fn readiness_gates(pod: &Value) -> String {
    let gates = pod.list("spec.readinessGates");
    let is_true = |gate: &&Value| {
        let condition = condition(pod, gate.text("conditionType"));
        condition.is_some_and(|condition| condition.text("status") == "True")
    };
    match gates.len() {
        0 => "<none>".into(),
        count => format!("{}/{count}", gates.iter().filter(is_true).count()),
    }
}

/// The word in the column of states: `Running`, `CrashLoopBackOff`, `Init:0/2`.
pub fn status(pod: &Value) -> String {
    look(pod).reason
}

/// What is seen of a Pod, container by container.
struct Seen {
    reason: String,
    restarts: i64,
    last_restart: Option<SimTime>,
    ready: usize,
    containers: usize,
}

impl Seen {
    fn count_restarts(&mut self, status: &Value) {
        self.restarts += status.int("restartCount");
        let finished = status.time("lastState.terminated.finishedAt");
        self.last_restart = self.last_restart.max(finished);
    }
}

fn look(pod: &Value) -> Seen {
    let phase = pod.text("status.phase");
    let mut seen = Seen {
        reason: or(pod.text("status.reason"), phase).into(),
        restarts: 0,
        last_restart: None,
        ready: 0,
        containers: pod.list("spec.containers").len(),
    };
    let scheduled = condition(pod, "PodScheduled");
    if scheduled.is_some_and(|condition| condition.text("reason") == "SchedulingGated") {
        seen.reason = "SchedulingGated".into();
    }
    let (is_initializing, sidecars) = init_containers(pod, &mut seen);
    let initialized = condition(pod, "Initialized");
    if !is_initializing || initialized.is_some_and(|it| it.text("status") == "True") {
        (seen.restarts, seen.last_restart) = sidecars;
        containers(pod, &mut seen);
    }
    if pod.look("metadata.deletionTimestamp").is_some() {
        if pod.text("status.reason") == "NodeLost" {
            seen.reason = "Unknown".into();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            seen.reason = "Terminating".into();
        }
    }
    seen
}

/// Does initialization go on? And restarts of those containers that start before the others and stay,
/// and the last of these.
fn init_containers(pod: &Value, seen: &mut Seen) -> (bool, (i64, Option<SimTime>)) {
    let specs = pod.list("spec.initContainers");
    let is_sidecar = |name: &str| {
        let spec = specs.iter().find(|spec| spec.text("name") == name);
        spec.is_some_and(|spec| spec.text("restartPolicy") == "Always")
    };
    let names = specs.iter().map(|spec| spec.text("name"));
    seen.containers += names.filter(|name| is_sidecar(name)).count();
    let mut sidecars = Seen {
        reason: String::new(),
        restarts: 0,
        last_restart: None,
        ready: 0,
        containers: 0,
    };
    for (number, status) in pod.list("status.initContainerStatuses").iter().enumerate() {
        seen.count_restarts(status);
        let is_sidecar = is_sidecar(status.text("name"));
        if is_sidecar {
            sidecars.count_restarts(status);
        }
        let terminated = status.look("state.terminated");
        if terminated.is_some_and(|it| it.int("exitCode") == 0) {
            continue;
        }
        if is_sidecar && status.truth("started") {
            seen.ready += usize::from(status.truth("ready"));
            continue;
        }
        let waiting = status.text("state.waiting.reason");
        seen.reason = match terminated {
            Some(terminated) => ["Init:", &how_it_ended(terminated)].concat(),
            None if !matches!(waiting, "" | "PodInitializing") => ["Init:", waiting].concat(),
            None => format!("Init:{number}/{}", specs.len()),
        };
        return (true, (sidecars.restarts, sidecars.last_restart));
    }
    (false, (sidecars.restarts, sidecars.last_restart))
}

fn how_it_ended(terminated: &Value) -> String {
    let (reason, signal) = (terminated.text("reason"), terminated.int("signal"));
    match (reason, signal) {
        ("", 0) => format!("ExitCode:{}", terminated.int("exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.into(),
    }
}

fn containers(pod: &Value, seen: &mut Seen) {
    let mut has_running = false;
    let mut error_reason = String::new();
    for status in pod.list("status.containerStatuses").iter().rev() {
        seen.count_restarts(status);
        let waiting = status.text("state.waiting.reason");
        if !waiting.is_empty() {
            seen.reason = waiting.into();
        } else if let Some(terminated) = status.look("state.terminated") {
            seen.reason = how_it_ended(terminated);
            if terminated.int("exitCode") != 0 {
                error_reason.clone_from(&seen.reason);
            }
        } else if status.truth("ready") && status.look("state.running").is_some() {
            has_running = true;
            seen.ready += 1;
        }
    }
    if seen.reason != "Completed" {
        return;
    }
    let is_ready = condition(pod, "Ready").is_some_and(|it| it.text("status") == "True");
    if has_running && is_ready {
        seen.reason = "Running".into();
    } else if !error_reason.is_empty() {
        seen.reason = error_reason;
    } else if has_running {
        seen.reason = "NotReady".into();
    }
}
