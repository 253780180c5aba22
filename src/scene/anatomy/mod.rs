//! One Pod from near: in which order its containers start, what they share, and what each has for itself.
//! A function of the snapshot and the moment. Ours; where who may do what is upstream's, it is named there.
//! Left out: containers that are added for debugging, and namespaces of the node's that a Pod may use.

/// Ports and volumes.
mod shared;

/// What is on its way over `lo`, into volumes and out of them.
mod traffic;
pub(super) use traffic::packet as lo_packet;
pub use traffic::packets_until;

/// All of it in words.
mod words;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::body::pod_body;
use super::glyphs::{ContainerGlyph, PodBody};
use super::motion::Speeds;
use crate::api::pod::{Container, ContainerStatus, Pod, PortRef, Probe};
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::kubelet::{Exchange, FileUse, PodInside, PodStats, ProbeKind, ProbeSeen};
use crate::cluster::workload::hostname;
use crate::cluster::{SimTime, Snapshot};

/// A Pod from near.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// Its name, state and containers, as the stage shows them.
    pub body: PodBody,
    /// The node that it is on; empty without one.
    pub node: Rc<str>,
    /// The host that the node's machine runs on, if there is such a machine.
    pub host: Option<Rc<str>>,
    /// What its processes are told that their machine is called.
    pub hostname: Rc<str>,
    /// Does it use the node's own network?
    pub host_network: bool,
    /// `Guaranteed`, `Burstable`, `BestEffort`
    pub qos: Rc<str>,
    /// `Always`, `OnFailure`, `Never`
    pub restart_policy: Rc<str>,
    /// Do its containers see each other's processes?
    pub shares_processes: bool,
    /// In which order its containers start.
    pub steps: Vec<Step>,
    /// What becomes of them when it is deleted.
    pub ending: String,
    /// Those that run side by side: sidecars, then the others.
    pub cards: Vec<Card>,
    /// What listens, and what is declared.
    pub ports: Vec<Port>,
    /// What containers may mount.
    pub volumes: Vec<Drum>,
    /// What is on its way over `lo`.
    pub packet: Option<Packet>,
    /// Which file is on its way into a volume, or out of it.
    pub file: Option<Rc<FileUse>>,
}

/// One step of the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done in it.
    pub kind: StepKind,
    /// Its containers; one, but for the last step.
    pub containers: Vec<ContainerGlyph>,
    /// How many seconds it took, if it is over.
    pub seconds: Option<i64>,
}

/// What is done in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A container runs to its end.
    Init,
    /// A container starts, and stays.
    Sidecar,
    /// All others start.
    Containers,
}

/// A container that runs beside others.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its name, image and state.
    pub glyph: ContainerGlyph,
    /// Was it started before the others, to stay?
    pub sidecar: bool,
    /// How often it was started again.
    pub restarts: i64,
    /// Thousandths of a processor.
    pub cpu: Gauge,
    /// Bytes.
    pub memory: Gauge,
    /// Startup, readiness, liveness: those that it asks for.
    pub probes: Vec<Pulse>,
}

/// What a container takes of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    /// Now; nothing while it doesn't run.
    pub used: Option<i64>,
    /// What the scheduler counts for it.
    pub request: Option<i64>,
    /// The most that it may take.
    pub limit: Option<i64>,
    /// What it would take if nothing held it back, where that is more.
    pub wanted: Option<i64>,
}

impl Gauge {
    /// Is it neither counted nor held back?
    pub fn is_free(&self) -> bool {
        self.request.is_none() && self.limit.is_none()
    }
}

/// A probe and what it found.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulse {
    /// What it decides.
    pub kind: ProbeKind,
    /// What it asks: `:8080/healthz`, `exec cat`
    pub asks: String,
    /// How often it passed, and failed.
    pub counts: (u32, u32),
    /// What it found the last times, the oldest first.
    pub last: Vec<bool>,
    /// How it stands: `1 of 3 failures`, `passed`, `every 5 s`
    pub words: String,
    /// Has it passed for good? A startup probe that has is never asked again.
    pub is_done: bool,
}

/// A port of the Pod's address.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Which.
    pub number: i64,
    /// Whose it is.
    pub container: Rc<str>,
    /// Who listens there.
    pub open: Open,
    /// What was asked there over `lo` last, and answered.
    pub asked: Option<Rc<Exchange>>,
    /// The port of the node's address that leads to it; 0 for none.
    pub host_port: i64,
}

/// Who listens at a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// The container; only on 127.0.0.1?
    Listens {
        /// Then nobody outside the Pod gets through.
        loopback: bool,
    },
    /// Nobody: it is only declared.
    Nobody,
    /// Another container. There is one set of ports for all.
    Taken {
        /// That one.
        by: Rc<str>,
        /// Did a process of this one fail for it? Else it only declares the port.
        failed: bool,
    },
}

/// A volume, and who mounts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drum {
    /// Its name in the Pod.
    pub name: Rc<str>,
    /// `emptyDir`, `configMap`
    pub kind: Rc<str>,
    /// How many files are in it, once it is set up.
    pub files: Option<usize>,
    /// What each container did with a file of it last: what was written, then what was read.
    pub uses: Vec<Rc<FileUse>>,
    /// Where it is mounted.
    pub mounts: Vec<MountLine>,
}

/// A volume in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountLine {
    /// The container.
    pub container: Rc<str>,
    /// Where in it: `/var/log/app`
    pub path: Rc<str>,
    /// Which file or folder of the volume; empty: all of it.
    pub sub_path: Rc<str>,
    /// May the container not write there?
    pub read_only: bool,
}

/// A request or an answer on its way over `lo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it belongs to.
    pub exchange: Exchange,
    /// Is it the answer?
    pub answer: bool,
}

/// A Pod from near at `t`; `None` where there is no such Pod.
pub fn anatomy(
    snapshot: &Snapshot,
    key: &ObjectKey,
    t: SimTime,
    speeds: &Speeds,
) -> Option<Anatomy> {
    let object = snapshot.store.get(key)?;
    let pod = object.pod()?;
    let body = pod_body(key, pod, &snapshot.activities, t);
    let inside = snapshot.pod_inside(object, t).unwrap_or_default();
    let stats = snapshot.pod_stats_at(object, t).unwrap_or_default();
    let machine = snapshot.machines.get(&pod.spec.node_name);
    let uid = Uid::parse(&object.meta.uid).unwrap_or_default();
    let exchanges = snapshot.exchanges.get(&uid).cloned().unwrap_or_default();
    let met = snapshot.file_uses.get(&uid).cloned().unwrap_or_default();
    let text = |path: &[&str]| -> Rc<str> { object.value.text_at(path).into() };
    Some(Anatomy {
        node: pod.spec.node_name.clone(),
        host: machine.map(|machine| machine.host.clone()),
        hostname: hostname(pod),
        host_network: pod.spec.host_network,
        qos: text(&["status", "qosClass"]),
        restart_policy: pod.spec.restart_policy.clone(),
        shares_processes: object
            .value
            .at(&["spec", "shareProcessNamespace"])
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        steps: steps(pod, &body),
        ending: ending(pod, &body),
        cards: cards(pod, &body, &stats, &inside),
        ports: shared::ports(pod, &inside, &exchanges),
        volumes: shared::volumes(object, &inside, &met),
        packet: traffic::packet(&exchanges, t, speeds),
        file: traffic::file(&met, t, speeds),
        body,
    })
}

fn steps(pod: &Pod, body: &PodBody) -> Vec<Step> {
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.iter().zip(&body.containers);
    let mut steps: Vec<Step> = init
        .map(|(spec, glyph)| Step {
            kind: match spec.is_sidecar() {
                true => StepKind::Sidecar,
                false => StepKind::Init,
            },
            containers: vec![glyph.clone()],
            seconds: statuses.get(&*spec.name).and_then(|status| took(status)),
        })
        .collect();
    steps.push(Step {
        kind: StepKind::Containers,
        containers: body.containers[pod.spec.init_containers.len()..].to_vec(),
        seconds: None,
    });
    steps
}

fn took(status: &ContainerStatus) -> Option<i64> {
    let ended = status.state.terminated.as_ref()?;
    let (from, until) = (ended.started_at?, ended.finished_at?);
    Some((until.0 - from.0) / 1_000_000)
}

/// Sidecars are stopped once all others have ended, the last that started first. Models
/// `newTerminationOrdering` in `pkg/kubelet/kuberuntime`.
fn ending(pod: &Pod, body: &PodBody) -> String {
    let names: Vec<&str> = pod.spec.containers.iter().map(|one| &*one.name).collect();
    let sidecars = pod
        .spec
        .init_containers
        .iter()
        .filter(|one| one.is_sidecar());
    let sidecars: Vec<&str> = sidecars.map(|one| &*one.name).rev().collect();
    if pod.is_finished() {
        return "On deletion: nothing is left to stop".into();
    }
    let begins = match body.terminating {
        Some(left) => format!("{left} s of grace left: "),
        None => "On deletion: ".into(),
    };
    let stop = if names.len() == 1 { "stops" } else { "stop" };
    let mut words = format!("{begins}{} {stop}", words::and(&names));
    for name in sidecars {
        words += &format!(", then {name}");
    }
    words
}

fn cards(pod: &Pod, body: &PodBody, stats: &PodStats, inside: &PodInside) -> Vec<Card> {
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.len();
    let all = pod.all_containers().zip(&body.containers).enumerate();
    let beside = all.filter(|(number, (spec, _))| *number >= init || spec.is_sidecar());
    beside
        .map(|(number, (spec, glyph))| {
            let status = statuses.get(&*spec.name).copied();
            let taken = stats.containers.iter().find(|one| one.name == spec.name);
            let amount = |list: &crate::api::node::ResourceList, name| list.get(name).copied();
            let (requests, limits) = (&spec.resources.requests, &spec.resources.limits);
            let demand = taken.filter(|one| one.cpu_demand_milli > one.cpu_milli);
            Card {
                glyph: glyph.clone(),
                sidecar: number < init,
                restarts: status.map_or(0, |status| status.restart_count),
                cpu: Gauge {
                    used: taken.map(|one| one.cpu_milli),
                    request: amount(requests, "cpu").map(|amount| amount.milli_value()),
                    limit: amount(limits, "cpu").map(|amount| amount.milli_value()),
                    wanted: demand.map(|one| one.cpu_demand_milli),
                },
                memory: Gauge {
                    used: taken.map(|one| one.memory_bytes),
                    request: amount(requests, "memory").map(|amount| amount.value()),
                    limit: taken
                        .and_then(|one| one.memory_limit_bytes)
                        .or(amount(limits, "memory").map(|amount| amount.value())),
                    wanted: None,
                },
                probes: pulses(spec, status, &inside.probes),
            }
        })
        .collect()
}

fn pulses(spec: &Container, status: Option<&ContainerStatus>, seen: &[ProbeSeen]) -> Vec<Pulse> {
    let kinds = [
        ProbeKind::Startup,
        ProbeKind::Readiness,
        ProbeKind::Liveness,
    ];
    let mut pulses = Vec::new();
    for kind in kinds {
        let Some(probe) = kind.of(spec) else { continue };
        let is_it = |one: &&ProbeSeen| one.container == spec.name && one.kind == kind;
        let seen = seen.iter().find(is_it);
        let started = status.and_then(|status| status.started) == Some(true);
        let is_done = kind == ProbeKind::Startup && started;
        pulses.push(Pulse {
            kind,
            asks: asks(probe),
            counts: seen.map_or((0, 0), |seen| (seen.passed, seen.failed)),
            last: seen.map_or(Vec::new(), |seen| seen.last.clone()),
            words: match is_done {
                true => "passed".into(),
                false => stands(probe, seen),
            },
            is_done,
        });
    }
    pulses
}

/// How a probe stands.
fn stands(probe: &Probe, seen: Option<&ProbeSeen>) -> String {
    let last = seen.and_then(|seen| Some((*seen.last.last()?, seen.in_a_row)));
    let passes = probe.success_threshold.unwrap_or(1);
    let failures = probe.failure_threshold.unwrap_or(3);
    match last {
        None if probe.initial_delay_seconds > 0 => {
            format!("first after {} s", probe.initial_delay_seconds)
        }
        Some((false, 0)) => format!("{failures} failures: killed"),
        Some((false, times)) if times < failures => format!("{times} of {failures} failures"),
        Some((false, times)) => format!("{times} failures, {failures} count"),
        Some((true, times)) if times < passes => format!("{times} of {passes} passes"),
        _ => format!("every {} s", probe.period_seconds.unwrap_or(10)),
    }
}

fn asks(probe: &Probe) -> String {
    let port = |port: &PortRef| match port {
        PortRef::Number(number) => format!(":{number}"),
        PortRef::Name(name) => format!(":{name}"),
    };
    match (&probe.http_get, &probe.tcp_socket, &probe.exec) {
        (Some(get), ..) => format!("{}{}", port(&get.port), get.path),
        (_, Some(tcp), _) => port(&tcp.port),
        (.., Some(exec)) => exec.command.join(" "),
        _ => String::new(),
    }
}
