//! A Pod's status as the kubelet thinks of it, and as the API has it.
//! Models the kubelet's share of `core/v1` `PodStatus`. Conditions that others own stay where they
//! are: see [`PodStatus::write`].

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::runtime::ContainerId;
use crate::api::{Value, pod};
use crate::cluster::SimTime;
use crate::fields;
use crate::order;

/// Where a Pod is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Not every container was started yet.
    #[default]
    Pending,
    /// They were, and one runs or will again.
    Running,
    /// All ended well, for good.
    Succeeded,
    /// All ended, one badly, for good.
    Failed,
}

impl Phase {
    /// `Pending` …
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
        }
    }

    /// Is it over?
    pub fn is_terminal(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }

    /// The phase that the API has.
    pub fn parse(text: &str) -> Self {
        match text {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            _ => Phase::Pending,
        }
    }
}

/// One condition that the kubelet owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// `Ready` …
    pub kind: Rc<str>,
    /// `True` or `False`.
    pub status: bool,
    /// One word.
    pub reason: Rc<str>,
    /// A sentence.
    pub message: Rc<str>,
    /// The Pod's generation that it is about.
    pub observed_generation: i64,
    /// When `status` changed last; whole seconds.
    pub since: SimTime,
    /// When it was looked at last, where that is told; whole seconds.
    pub probed: Option<SimTime>,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminated {
    /// 0 is success.
    pub exit_code: i64,
    /// `Completed` …
    pub reason: Rc<str>,
    /// What it left to say.
    pub message: Rc<str>,
    /// Whole seconds; `None` where nobody knows.
    pub started: Option<SimTime>,
    /// Whole seconds; `None` where nobody knows.
    pub finished: Option<SimTime>,
    /// Which run it was.
    pub container_id: Option<ContainerId>,
}

/// How a container is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Not running, but not done.
    Waiting {
        /// `ContainerCreating` …
        reason: Rc<str>,
        /// The same in a sentence.
        message: Rc<str>,
    },
    /// Since when; whole seconds.
    Running(SimTime),
    /// It ended.
    Terminated(Terminated),
}

/// What is known of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerStatus {
    /// The container's name.
    pub name: Rc<str>,
    /// As written.
    pub image: Rc<str>,
    /// The image's digest, once it runs.
    pub image_id: Rc<str>,
    /// The latest run.
    pub container_id: Option<ContainerId>,
    /// How it is.
    pub state: State,
    /// How the run before ended.
    pub last: Option<Terminated>,
    /// Does it get traffic?
    pub ready: bool,
    /// Did it start?
    pub started: Option<bool>,
    /// How often it was started again.
    pub restart_count: i64,
    /// Requests and limits in force.
    pub resources: Option<Value>,
    /// Requests that were promised to it.
    pub allocated: Option<Value>,
}

impl ContainerStatus {
    /// How it ended, if it has.
    pub fn terminated(&self) -> Option<&Terminated> {
        match &self.state {
            State::Terminated(end) => Some(end),
            _ => None,
        }
    }

    /// Does it run?
    pub fn is_running(&self) -> bool {
        self.running_since().is_some()
    }

    /// Since when it runs, if it does.
    pub fn running_since(&self) -> Option<SimTime> {
        match self.state {
            State::Running(since) => Some(since),
            _ => None,
        }
    }

    /// Does it wait?
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }
}

/// The kubelet's share of a Pod's status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodStatus {
    /// Where it is in its life.
    pub phase: Phase,
    /// Why, where the Pod as a whole failed.
    pub reason: Rc<str>,
    /// The same in a sentence.
    pub message: Rc<str>,
    /// The node's address.
    pub host_ip: Rc<str>,
    /// The Pod's address.
    pub pod_ip: Rc<str>,
    /// When the kubelet accepted it; whole seconds.
    pub start_time: Option<SimTime>,
    /// The generation that all of this is about.
    pub observed_generation: i64,
    /// The kubelet's conditions.
    pub conditions: Vec<Condition>,
    /// `DisruptionTarget`, where it ends for others' sake: its writer is not the kubelet alone.
    pub disruption: Option<Condition>,
    /// In the order of the spec.
    pub init_containers: Vec<ContainerStatus>,
    /// By name.
    pub containers: Vec<ContainerStatus>,
    /// By name.
    pub ephemeral_containers: Vec<ContainerStatus>,
    /// Requests and limits in force for the Pod as a whole.
    pub resources: Option<Value>,
    /// Requests that were promised to it as a whole.
    pub allocated: Option<Value>,
}

impl PodStatus {
    /// The condition of this type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| &*condition.kind == kind)
    }

    /// Puts a condition in its place, or at the end.
    pub fn set_condition(&mut self, condition: Condition) {
        match self
            .conditions
            .iter_mut()
            .find(|old| old.kind == condition.kind)
        {
            Some(old) => *old = condition,
            None => self.conditions.push(condition),
        }
    }

    /// Init containers first.
    pub fn all_containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.init_containers.iter().chain(&self.containers)
    }

    /// The status of the container called `name`.
    pub fn container(&self, name: &str) -> Option<&ContainerStatus> {
        let mut all = self.all_containers().chain(&self.ephemeral_containers);
        all.find(|status| &*status.name == name)
    }

    /// The status of the run with this id, for writing.
    pub fn container_mut(&mut self, id: ContainerId) -> Option<&mut ContainerStatus> {
        let all = self.containers.iter_mut().chain(&mut self.init_containers);
        all.into_iter()
            .find(|status| status.container_id == Some(id))
    }

    /// Nothing new to say? Conditions count by what they say, not by when or about what they said
    /// it. Models `isPodStatusByKubeletEqual`.
    pub fn says_the_same_as(&self, other: &PodStatus) -> bool {
        let said = |status: &PodStatus| -> Vec<_> {
            let mut said: Vec<_> = status
                .conditions
                .iter()
                .map(|c| {
                    (
                        c.kind.clone(),
                        c.status,
                        c.reason.clone(),
                        c.message.clone(),
                    )
                })
                .collect();
            order::sort(&mut said);
            said
        };
        let without = |status: &PodStatus| PodStatus {
            conditions: Vec::new(),
            ..status.clone()
        };
        said(self) == said(other) && without(self) == without(other)
    }

    /// What the API knows already: the beginning for a kubelet that has said nothing yet.
    pub fn read(status: &pod::PodStatus) -> Self {
        let container = |status: &pod::ContainerStatus| read_container(status);
        PodStatus {
            phase: Phase::parse(&status.phase),
            reason: status.reason.clone(),
            message: status.message.clone(),
            host_ip: "".into(),
            pod_ip: status.pod_ip.clone(),
            start_time: status.start_time,
            observed_generation: 0,
            conditions: status
                .conditions
                .iter()
                .filter(|c| is_ours(&c.kind))
                .map(read_condition)
                .collect(),
            disruption: None,
            init_containers: status
                .init_container_statuses
                .iter()
                .map(container)
                .collect(),
            containers: status.container_statuses.iter().map(container).collect(),
            ephemeral_containers: status
                .ephemeral_container_statuses
                .iter()
                .map(container)
                .collect(),
            resources: None,
            allocated: None,
        }
    }

    /// Writes all this into a Pod; what others own there stays. Models `mergePodStatus`.
    pub fn write(&self, pod: &mut Value) {
        let mut conditions: Vec<Value> = pod
            .at(&["status", "conditions"])
            .map_or(&[][..], Value::items)
            .iter()
            .filter(|condition| !is_ours(condition.text_at(&["type"])))
            .cloned()
            .collect();
        if let Some(disruption) = &self.disruption {
            let mut value = condition_value(disruption);
            let same = |known: &&mut Value| known.get("type") == value.get("type");
            match conditions.iter_mut().find(same) {
                Some(known) => {
                    if known.get("status") == value.get("status") {
                        let since = known.get("lastTransitionTime").cloned();
                        value.set(&["lastTransitionTime"], since.unwrap_or_default());
                    }
                    *known = value;
                }
                None => conditions.push(value),
            }
        }
        conditions.extend(self.conditions.iter().map(condition_value));
        let list = |statuses: &[ContainerStatus], specs: &str| -> Value {
            let spec = |name: &str| {
                let specs = pod.at(&["spec", specs]).map_or(&[][..], Value::items);
                specs.iter().find(|spec| spec.text_at(&["name"]) == name)
            };
            statuses
                .iter()
                .map(|status| container_value(status, spec(&status.name)))
                .collect()
        };
        let address = |ip: &Rc<str>| {
            [fields! { "ip" => ip.clone() }]
                .into_iter()
                .collect::<Value>()
        };
        let parts = [
            ("phase", self.phase.as_str().into()),
            ("reason", self.reason.clone().into()),
            ("message", self.message.clone().into()),
            ("hostIP", self.host_ip.clone().into()),
            (
                "hostIPs",
                if self.host_ip.is_empty() {
                    Value::Null
                } else {
                    address(&self.host_ip)
                },
            ),
            ("podIP", self.pod_ip.clone().into()),
            (
                "podIPs",
                if self.pod_ip.is_empty() {
                    Value::Null
                } else {
                    address(&self.pod_ip)
                },
            ),
            (
                "startTime",
                self.start_time
                    .map_or(Value::Null, |at| at.to_rfc3339().into()),
            ),
            (
                "observedGeneration",
                match self.observed_generation {
                    0 => Value::Null,
                    generation => generation.into(),
                },
            ),
            (
                "initContainerStatuses",
                list(&self.init_containers, "initContainers"),
            ),
            ("containerStatuses", list(&self.containers, "containers")),
            (
                "ephemeralContainerStatuses",
                list(&self.ephemeral_containers, "ephemeralContainers"),
            ),
            ("conditions", conditions.into_iter().collect()),
            ("resources", self.resources.clone().unwrap_or_default()),
            (
                "allocatedResources",
                self.allocated.clone().unwrap_or_default(),
            ),
        ];
        for (name, value) in parts {
            // No resources at all are told as well.
            if value.is_empty() && !(name == "resources" && value.as_map().is_some()) {
                pod.remove(&["status", name]);
            } else {
                pod.set(&["status", name], value);
            }
        }
    }
}

/// A container of which nothing is known.
pub(super) fn waiting(name: &Rc<str>) -> ContainerStatus {
    ContainerStatus {
        name: name.clone(),
        image: "".into(),
        image_id: "".into(),
        container_id: None,
        state: State::Waiting {
            reason: "".into(),
            message: "".into(),
        },
        last: None,
        ready: false,
        started: None,
        restart_count: 0,
        resources: None,
        allocated: None,
    }
}

/// Whole seconds, as the API keeps times.
pub fn whole_second(time: SimTime) -> SimTime {
    SimTime(time.0.div_euclid(1_000_000) * 1_000_000)
}

/// Is this condition the kubelet's to say? Models `PodConditionByKubelet`.
pub fn is_ours(kind: &str) -> bool {
    matches!(
        kind,
        "PodScheduled"
            | "Ready"
            | "Initialized"
            | "ContainersReady"
            | "PodReadyToStartContainers"
            | "AllContainersRestarting"
            | "PodResizePending"
            | "PodResizeInProgress"
    )
}

fn read_condition(condition: &pod::Condition) -> Condition {
    Condition {
        kind: condition.kind.clone(),
        status: &*condition.status == "True",
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        observed_generation: 0,
        since: condition.last_transition_time.unwrap_or_default(),
        probed: None,
    }
}

fn read_container(status: &pod::ContainerStatus) -> ContainerStatus {
    let ended = |state: &pod::ContainerState| {
        state.terminated.as_ref().map(|end| Terminated {
            exit_code: end.exit_code,
            reason: end.reason.clone(),
            message: end.message.clone(),
            started: end.started_at,
            finished: end.finished_at,
            container_id: None,
        })
    };
    let state = match (
        &status.state.running,
        ended(&status.state),
        &status.state.waiting,
    ) {
        (Some(running), ..) => State::Running(running.started_at.unwrap_or_default()),
        (None, Some(end), _) => State::Terminated(end),
        (None, None, waiting) => {
            let waiting = waiting.clone().unwrap_or_default();
            State::Waiting {
                reason: waiting.reason,
                message: waiting.message,
            }
        }
    };
    ContainerStatus {
        name: status.name.clone(),
        image: "".into(),
        image_id: "".into(),
        container_id: None,
        state,
        last: ended(&status.last_state),
        ready: status.ready,
        started: status.started,
        restart_count: status.restart_count,
        resources: None,
        allocated: None,
    }
}

fn condition_value(condition: &Condition) -> Value {
    let mut value = fields! {
        "type" => condition.kind.clone(),
        "status" => if condition.status { "True" } else { "False" },
        "lastProbeTime" => condition.probed.map_or(Value::Null, |at| at.to_rfc3339().into()),
        "lastTransitionTime" => condition.since.to_rfc3339(),
    };
    for (name, text) in [
        ("reason", &condition.reason),
        ("message", &condition.message),
    ] {
        if !text.is_empty() {
            value.set(&[name], text.clone());
        }
    }
    if condition.observed_generation != 0 {
        value.set(&["observedGeneration"], condition.observed_generation);
    }
    value
}

fn container_value(status: &ContainerStatus, spec: Option<&Value>) -> Value {
    let mut value = fields! {
        "name" => status.name.clone(), "image" => status.image.clone(),
        "imageID" => status.image_id.clone(), "ready" => status.ready,
        "restartCount" => status.restart_count, "state" => state_value(&status.state),
        "lastState" => match &status.last {
            Some(end) => fields! { "terminated" => terminated_value(end) },
            None => Value::map(),
        },
    };
    if let Some(started) = status.started {
        value.set(&["started"], started);
    }
    if let Some(id) = status.container_id {
        value.set(&["containerID"], id.to_string());
    }
    for (name, amounts) in [
        ("allocatedResources", &status.allocated),
        ("resources", &status.resources),
    ] {
        if let Some(amounts) = amounts {
            value.set(&[name], amounts.clone());
        }
    }
    let mounts = spec
        .and_then(|spec| spec.get("volumeMounts"))
        .map_or(&[][..], Value::items);
    if !mounts.is_empty() {
        value.set(
            &["volumeMounts"],
            mounts.iter().map(mount_value).collect::<Value>(),
        );
    }
    value
}

fn mount_value(mount: &Value) -> Value {
    let mut value = fields! {
        "name" => mount.text_at(&["name"]), "mountPath" => mount.text_at(&["mountPath"]),
    };
    if mount.get("readOnly").and_then(Value::as_bool) == Some(true) {
        value.set(&["readOnly"], true);
        value.set(&["recursiveReadOnly"], "Disabled");
    }
    value
}

fn state_value(state: &State) -> Value {
    match state {
        State::Waiting { reason, message } => {
            let mut waiting = Value::map();
            for (name, text) in [("reason", reason), ("message", message)] {
                if !text.is_empty() {
                    waiting.set(&[name], text.clone());
                }
            }
            fields! { "waiting" => waiting }
        }
        State::Running(since) => {
            fields! { "running" => fields! { "startedAt" => since.to_rfc3339() } }
        }
        State::Terminated(end) => fields! { "terminated" => terminated_value(end) },
    }
}

fn terminated_value(end: &Terminated) -> Value {
    let time = |at: Option<SimTime>| at.map_or(Value::Null, |at| at.to_rfc3339().into());
    let mut value = fields! {
        "exitCode" => end.exit_code,
        "startedAt" => time(end.started), "finishedAt" => time(end.finished),
    };
    for (name, text) in [("reason", &end.reason), ("message", &end.message)] {
        if !text.is_empty() {
            value.set(&[name], text.clone());
        }
    }
    if let Some(id) = end.container_id {
        value.set(&["containerID"], id.to_string());
    }
    value
}
