//! The Pod as the components see it. Models `core/v1` `Pod`, `PodSpec`, `PodStatus`.
//! A field stands here only if the world obeys it: see [`super::view::paths_of`].

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use super::meta::{Labels, ObjectMeta};
use super::node::ResourceList;
use super::placement::{Affinity, SchedulingGate, Toleration, TopologySpreadConstraint};
use super::view::{Fill, ViewError, view};
use super::volume::Volume;
use crate::cluster::SimTime;

view! {
    /// A Pod.
    pub struct Pod {
        /// Name, labels, deletion.
        pub metadata: ObjectMeta,
        /// What was asked for.
        pub spec: PodSpec,
        /// What the kubelet and the scheduler report.
        pub status: PodStatus,
    }

    /// What a Pod asks for.
    pub struct PodSpec {
        /// Where it is bound; empty while it is unscheduled.
        pub node_name: Rc<str>,
        /// Which scheduler is to place it.
        pub scheduler_name: Rc<str>,
        /// While one is left, the Pod doesn't enter the queue.
        pub scheduling_gates: Vec<SchedulingGate>,
        /// Labels that its node must have.
        pub node_selector: Labels,
        /// Which nodes it must have or prefers.
        pub affinity: Affinity,
        /// Taints that it bears.
        pub tolerations: Vec<Toleration>,
        /// How evenly Pods like it have to be spread, one constraint a kind of place.
        pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
        /// Higher goes first.
        pub priority: i64,
        /// `PreemptLowerPriority` (also when empty) or `Never`
        pub preemption_policy: Rc<str>,
        /// What the Pod as a whole asks for, instead of the sum of its containers.
        pub resources: ResourceRequirements,
        /// What its containers may mount.
        pub volumes: Vec<Volume>,
        /// Containers that run side by side.
        pub containers: Vec<Container>,
        /// Containers that run before them, one after another.
        pub init_containers: Vec<Container>,
        /// Containers that were put beside them later, to look around.
        pub ephemeral_containers: Vec<Container>,
        /// `Always`, `OnFailure`, `Never`
        pub restart_policy: Rc<str>,
        /// Seconds between SIGTERM and SIGKILL.
        pub termination_grace_period_seconds: Option<i64>,
        /// Seconds from its start after which the Pod fails.
        pub active_deadline_seconds: Option<i64>,
        /// Conditions that somebody else must set before the Pod is Ready.
        pub readiness_gates: Vec<ReadinessGate>,
        /// Its host's name, where that isn't its own.
        pub hostname: Rc<str>,
        /// The headless Service that its host's name is a name below.
        pub subdomain: Rc<str>,
        /// Does it use the node's own network?
        pub host_network: bool,
        /// Do all containers see each other's processes?
        pub share_process_namespace: bool,
        /// Secrets that registries are shown.
        pub image_pull_secrets: Vec<LocalObjectReference>,
        /// The operating system that it is made for.
        pub os: PodOs,
        /// What running the Pod costs besides its containers.
        pub overhead: ResourceList,
    }

    /// An object of the same namespace.
    pub struct LocalObjectReference {
        /// Its name.
        pub name: Rc<str>,
    }

    /// An operating system.
    pub struct PodOs {
        /// `linux`, `windows`; empty where it isn't said.
        pub name: Rc<str>,
    }

    /// One readiness gate.
    pub struct ReadinessGate {
        /// Type of the condition.
        pub condition_type: Rc<str>,
    }

    /// One container of a Pod.
    pub struct Container {
        /// Unique in the Pod.
        pub name: Rc<str>,
        /// As written.
        pub image: Rc<str>,
        /// `Always`, `IfNotPresent`, `Never`
        pub image_pull_policy: Rc<str>,
        /// Replaces the image's entrypoint.
        pub command: Vec<Rc<str>>,
        /// Replaces the image's arguments.
        pub args: Vec<Rc<str>>,
        /// Environment.
        pub env: Vec<EnvVar>,
        /// Ports that it declares.
        pub ports: Vec<ContainerPort>,
        /// Requests and limits.
        pub resources: ResourceRequirements,
        /// Whether it has to start anew when they are changed.
        pub resize_policy: Vec<ContainerResizePolicy>,
        /// Decides whether it gets traffic.
        pub readiness_probe: Option<Probe>,
        /// Decides whether it is killed.
        pub liveness_probe: Option<Probe>,
        /// Holds the other two back until it has passed.
        pub startup_probe: Option<Probe>,
        /// What happens after its start and before its end.
        pub lifecycle: Lifecycle,
        /// `Always` makes an init container a sidecar; else it goes before the Pod's own policy.
        pub restart_policy: Rc<str>,
        /// What single exit codes mean, before any policy.
        pub restart_policy_rules: Vec<ContainerRestartRule>,
        /// `File` (also when empty) or `FallbackToLogsOnError`
        pub termination_message_policy: Rc<str>,
    }

    /// What a change of one resource needs.
    pub struct ContainerResizePolicy {
        /// `cpu` or `memory`
        pub resource_name: Rc<str>,
        /// `NotRequired` or `RestartContainer`
        pub restart_policy: Rc<str>,
    }

    /// Hooks of a container.
    pub struct Lifecycle {
        /// Runs right after the start; the container isn't started before it is over.
        pub post_start: Option<LifecycleHandler>,
        /// Runs before SIGTERM, within the grace period.
        pub pre_stop: Option<LifecycleHandler>,
    }

    /// What a hook does: one of the three.
    pub struct LifecycleHandler {
        /// A command in the container.
        pub exec: Option<ExecAction>,
        /// A request to the container.
        pub http_get: Option<HttpGetAction>,
        /// A pause.
        pub sleep: Option<SleepAction>,
    }

    /// A pause.
    pub struct SleepAction {
        /// How long.
        pub seconds: i64,
    }

    /// What some exit codes mean.
    pub struct ContainerRestartRule {
        /// `Restart` or `RestartAllContainers`
        pub action: Rc<str>,
        /// Which ones.
        pub exit_codes: ExitCodes,
    }

    /// A set of exit codes.
    pub struct ExitCodes {
        /// `In` or `NotIn`
        pub operator: Rc<str>,
        /// The codes.
        pub values: Vec<i64>,
    }

    /// One environment variable with a plain value.
    pub struct EnvVar {
        /// Name.
        pub name: Rc<str>,
        /// Value.
        pub value: Rc<str>,
    }

    /// One declared port.
    pub struct ContainerPort {
        /// May be used instead of the number.
        pub name: Rc<str>,
        /// On the Pod's address.
        pub container_port: i64,
        /// On the node's address; 0 for none.
        pub host_port: i64,
        /// Which of the node's addresses; empty for all.
        #[name = "hostIP"]
        pub host_ip: Rc<str>,
        /// `TCP` (also when empty), `UDP`, `SCTP`
        pub protocol: Rc<str>,
    }

    /// What a container asks for and what it may use at most.
    pub struct ResourceRequirements {
        /// What the scheduler counts.
        pub requests: ResourceList,
        /// The most it may use.
        pub limits: ResourceList,
    }

    /// How the kubelet asks a container how it is.
    pub struct Probe {
        /// Success is exit code 0.
        pub exec: Option<ExecAction>,
        /// Success is an answer from 200 to 399.
        pub http_get: Option<HttpGetAction>,
        /// Success is a connection.
        pub tcp_socket: Option<TcpSocketAction>,
        /// Seconds from the start of the container to the first probe.
        pub initial_delay_seconds: i64,
        /// Seconds from one probe to the next; 10 where it isn't said.
        pub period_seconds: Option<i64>,
        /// Seconds until a probe without an answer failed; 1 where it isn't said.
        pub timeout_seconds: Option<i64>,
        /// Successes in a row that make it ready; 1 where it isn't said.
        pub success_threshold: Option<i64>,
        /// Failures in a row that make it not ready; 3 where it isn't said.
        pub failure_threshold: Option<i64>,
        /// Grace period of a kill for this probe's failure; the Pod's where it isn't said.
        pub termination_grace_period_seconds: Option<i64>,
    }

    /// A command run in the container.
    pub struct ExecAction {
        /// Not run in a shell.
        pub command: Vec<Rc<str>>,
    }

    /// A request to the container.
    pub struct HttpGetAction {
        /// `/` where it isn't said.
        pub path: Rc<str>,
        /// Number, or a port's name.
        pub port: PortRef,
    }

    /// A connection to the container.
    pub struct TcpSocketAction {
        /// Number, or a port's name.
        pub port: PortRef,
    }
}

/// A port by number or by name. Models `intstr.IntOrString`.
#[derive(Clone, Debug, PartialEq)]
pub enum PortRef {
    /// `8080`
    Number(i64),
    /// `http`
    Name(Rc<str>),
}

impl Default for PortRef {
    fn default() -> Self {
        PortRef::Number(0)
    }
}

impl Fill for PortRef {
    fn fill(&mut self, value: &Value) -> Result<(), ViewError> {
        *self = match value {
            Value::Int(number) => PortRef::Number(*number),
            Value::String(name) => PortRef::Name(name.clone()),
            _ => return Err(ViewError::expected("a port's number or name")),
        };
        Ok(())
    }
}

view! {
    /// What is known of a Pod.
    pub struct PodStatus {
        /// `Pending`, `Running`, `Succeeded`, `Failed`
        pub phase: Rc<str>,
        /// `BestEffort`, `Burstable`, `Guaranteed`: what it was promised.
        pub qos_class: Rc<str>,
        /// Why it failed, where the Pod as a whole did.
        pub reason: Rc<str>,
        /// The same in a sentence.
        pub message: Rc<str>,
        /// `PodScheduled`, `Ready` …
        pub conditions: Vec<Condition>,
        /// Address on the Pod network.
        #[name = "podIP"]
        pub pod_ip: Rc<str>,
        /// The same, and one of the other family where it has one.
        #[name = "podIPs"]
        pub pod_ips: Vec<PodIp>,
        /// When the kubelet accepted it.
        pub start_time: Option<SimTime>,
        /// Node that preemption makes room on.
        pub nominated_node_name: Rc<str>,
        /// One a container, in the order of the spec.
        pub container_statuses: Vec<ContainerStatus>,
        /// One an init container.
        pub init_container_statuses: Vec<ContainerStatus>,
        /// One an ephemeral container.
        pub ephemeral_container_statuses: Vec<ContainerStatus>,
        /// What is in force for the Pod as a whole.
        pub resources: Option<ResourceRequirements>,
        /// What its node has promised it as a whole.
        pub allocated_resources: ResourceList,
    }

    /// An address of a Pod.
    pub struct PodIp {
        /// IPv4 or IPv6.
        pub ip: Rc<str>,
    }

    /// One condition of a Pod or a Node.
    pub struct Condition {
        /// `Ready`
        #[name = "type"]
        pub kind: Rc<str>,
        /// `True`, `False`, `Unknown`
        pub status: Rc<str>,
        /// One word.
        pub reason: Rc<str>,
        /// A sentence.
        pub message: Rc<str>,
        /// When `status` changed last; whole seconds.
        pub last_transition_time: Option<SimTime>,
    }

    /// What is known of a container.
    pub struct ContainerStatus {
        /// The container's name.
        pub name: Rc<str>,
        /// How it is.
        pub state: ContainerState,
        /// How its last run ended.
        pub last_state: ContainerState,
        /// Does it get traffic?
        pub ready: bool,
        /// Did it start?
        pub started: Option<bool>,
        /// How often it was started again.
        pub restart_count: i64,
        /// What is in force; absent before it was started.
        pub resources: Option<ResourceRequirements>,
        /// What its node has promised it.
        pub allocated_resources: ResourceList,
    }

    /// How a container is: one of the three is there, or none before the kubelet has looked.
    pub struct ContainerState {
        /// Not started yet, or not again yet.
        pub waiting: Option<ContainerStateWaiting>,
        /// Its process runs.
        pub running: Option<ContainerStateRunning>,
        /// Its process ended.
        pub terminated: Option<ContainerStateTerminated>,
    }

    /// Why a container waits.
    pub struct ContainerStateWaiting {
        /// `ContainerCreating`, `CrashLoopBackOff` …
        pub reason: Rc<str>,
        /// The same in a sentence.
        pub message: Rc<str>,
    }

    /// Since when a container runs.
    pub struct ContainerStateRunning {
        /// Whole seconds.
        pub started_at: Option<SimTime>,
    }

    /// How a container ended.
    pub struct ContainerStateTerminated {
        /// 0 is success; 137 is SIGKILL, 143 SIGTERM.
        pub exit_code: i64,
        /// `Completed`, `Error`, `OOMKilled`
        pub reason: Rc<str>,
        /// What the container left to say.
        pub message: Rc<str>,
        /// Whole seconds.
        pub started_at: Option<SimTime>,
        /// Whole seconds.
        pub finished_at: Option<SimTime>,
    }
}

impl Container {
    /// Is it, as an init container, one that goes on running beside the others?
    pub fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

impl Pod {
    /// Is the phase `Succeeded` or `Failed`?
    pub fn is_finished(&self) -> bool {
        matches!(&*self.status.phase, "Succeeded" | "Failed")
    }

    /// The condition of this type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status
            .conditions
            .iter()
            .find(|condition| &*condition.kind == kind)
    }

    /// Is the condition `Ready` `True`?
    pub fn is_ready(&self) -> bool {
        self.condition("Ready")
            .is_some_and(|ready| &*ready.status == "True")
    }

    /// Containers by name, init containers first.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.spec
            .init_containers
            .iter()
            .chain(&self.spec.containers)
    }

    /// The same, with the ephemeral ones behind them.
    pub fn every_container(&self) -> impl Iterator<Item = &Container> {
        self.all_containers().chain(&self.spec.ephemeral_containers)
    }

    /// Statuses by container name.
    pub fn statuses(&self) -> BTreeMap<&str, &ContainerStatus> {
        let all = self
            .status
            .init_container_statuses
            .iter()
            .chain(&self.status.container_statuses)
            .chain(&self.status.ephemeral_container_statuses);
        all.map(|status| (&*status.name, status)).collect()
    }
}
