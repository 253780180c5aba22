//! What Pods ask for and nodes have, as plain numbers. Models `framework.Resource` and
//! `k8s.io/component-helpers/resource/helpers.go`.
//! While a Pod is being resized it counts for the most of what it asks for, was promised and has.

use std::rc::Rc;

use crate::api::node::ResourceList;
use crate::api::pod::{Container, ContainerStatus, Pod};
use crate::api::quantity::{Format, Quantity};
use crate::collections::Map;

/// What a container counts for in scores if it asks for no CPU: 0.1 of one, in milli-CPU.
/// `DefaultMilliCPURequest` in `pkg/scheduler/util/pod_resources.go`.
const DEFAULT_MILLI_CPU: i128 = 100;
/// The same for memory: 200 MiB, in bytes. `DefaultMemoryRequest`.
const DEFAULT_MEMORY: i128 = 200 << 20;

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Thousandths of a processor.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// How many Pods; only of nodes.
    pub pods: i64,
    /// Extended resources and huge pages, by name.
    pub scalar: Map<Rc<str>, i64>,
}

impl Resource {
    /// The amounts of a list; names that the scheduler doesn't know count nothing.
    pub fn new(list: &ResourceList) -> Self {
        let mut amounts = Resource::default();
        for (name, quantity) in list {
            match &**name {
                "cpu" => amounts.milli_cpu = quantity.milli_value(),
                "memory" => amounts.memory = quantity.value(),
                "ephemeral-storage" => amounts.ephemeral_storage = quantity.value(),
                "pods" => amounts.pods = quantity.value(),
                scalar if is_scalar(scalar) => {
                    amounts.scalar.insert(name.clone(), quantity.value());
                }
                _ => {}
            }
        }
        amounts
    }

    /// Is nothing asked for?
    pub fn is_empty(&self) -> bool {
        self.milli_cpu == 0
            && self.memory == 0
            && self.ephemeral_storage == 0
            && self.scalar.is_empty()
    }

    /// Adds `other` (sign 1) or takes it away (sign -1); the number of Pods stays. Sums beyond 64 bits
    /// go round, as Go's do.
    pub fn add(&mut self, other: &Resource, sign: i64) {
        let add = |sum: &mut i64, amount: i64| *sum = sum.wrapping_add(amount.wrapping_mul(sign));
        add(&mut self.milli_cpu, other.milli_cpu);
        add(&mut self.memory, other.memory);
        add(&mut self.ephemeral_storage, other.ephemeral_storage);
        if other.scalar.is_empty() {
            return;
        }
        for (name, amount) in &other.scalar {
            let mut sum = self.scalar(name);
            add(&mut sum, *amount);
            self.scalar.insert(name.clone(), sum);
        }
    }

    /// How much of the resource called `name`.
    pub fn scalar(&self, name: &str) -> i64 {
        self.scalar.get(name).copied().unwrap_or(0)
    }
}

/// CPU and memory for scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuAndMemory {
    /// Thousandths of a processor.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
}

/// An amount of a resource as a person would write it: thousandths of CPU, bytes, or pieces. Bytes are
/// rounded down to mebibytes, from one on.
pub fn written(resource: &str, amount: i64) -> String {
    let quantity = |unit: i128| Quantity {
        nano: i128::from(amount) * unit,
    };
    match resource {
        "cpu" => quantity(1_000_000).print(Format::DecimalSi),
        "memory" | "ephemeral-storage" if amount >= 1 << 20 => format!("{}Mi", amount >> 20),
        _ => quantity(1_000_000_000).print(Format::DecimalSi),
    }
}

/// What one Pod counts for, worked out once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodRequests {
    /// What filters count.
    pub real: Resource,
    /// What it adds to its node in LeastAllocated: missing requests count as a little.
    pub non_zero: CpuAndMemory,
    /// What LeastAllocated counts for it while it looks for a node. Upstream leaves Pod-level
    /// requests out here: the flag never reaches the scorer (`fit.go`, `NewFit`).
    pub scored: CpuAndMemory,
}

impl PodRequests {
    /// Only what filters count of `pod`, which isn't there yet: what it asks for.
    pub fn real_of(pod: &Pod) -> Resource {
        let counting = Counting {
            status: false,
            ..Counting::ALL
        };
        Resource::new(&requests(pod, &counting))
    }

    /// What `pod` counts for.
    pub fn of(pod: &Pod) -> Self {
        let real = requests(pod, &Counting::ALL);
        let both = Counting {
            cpu: true,
            memory: true,
            ..Counting::ALL
        };
        let missing = if pod_level(pod).next().is_some() {
            Counting {
                cpu: !real.contains_key("cpu"),
                memory: !real.contains_key("memory"),
                ..Counting::ALL
            }
        } else {
            both
        };
        let without_pod_level = Counting {
            pod_level: false,
            ..both
        };
        PodRequests {
            non_zero: cpu_and_memory(&requests(pod, &missing)),
            scored: cpu_and_memory(&requests(pod, &without_pod_level)),
            real: Resource::new(&real),
        }
    }
}

/// What is counted. Models `PodResourcesOptions`.
#[derive(Clone, Copy)]
struct Counting {
    /// Does a container without a request for CPU count as a little?
    cpu: bool,
    /// The same for memory.
    memory: bool,
    /// Do requests of the Pod as a whole stand for the sum of its containers'?
    pod_level: bool,
    /// Does what is in force or was promised count too?
    status: bool,
}

impl Counting {
    const ALL: Counting = Counting {
        cpu: false,
        memory: false,
        pod_level: true,
        status: true,
    };
}

/// Sum over the containers or the biggest init container, whatever is more; sidecars count for
/// both; Pod-level requests replace the sum; overhead comes on top. Models `PodRequests`.
fn requests(pod: &Pod, counting: &Counting) -> ResourceList {
    let mut sum = ResourceList::new();
    for container in &pod.spec.containers {
        let told = told(&pod.status.container_statuses, container, counting);
        add(
            &mut sum,
            &container_requests(pod, container, told, counting),
        );
    }
    let mut sidecars = ResourceList::new();
    let mut initializing = ResourceList::new();
    for container in &pod.spec.init_containers {
        let is_sidecar = container.is_sidecar();
        let told = told(&pod.status.init_container_statuses, container, counting);
        let told = told.filter(|_| is_sidecar);
        let own = container_requests(pod, container, told, counting);
        if is_sidecar {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            raise(&mut initializing, &sidecars);
        } else {
            let mut together = sidecars.clone();
            add(&mut together, &own);
            raise(&mut initializing, &together);
        }
    }
    raise(&mut sum, &initializing);
    if counting.pod_level {
        let told = pod.status.resources.as_ref().filter(|_| counting.status);
        for (name, quantity) in pod_level(pod) {
            let mut most = *quantity;
            if let Some(told) = told {
                let promised = &pod.status.allocated_resources;
                most = effective(pod, Some(most), [&told.requests, promised], name);
            }
            sum.insert(name.clone(), most);
        }
    }
    add(&mut sum, &pod.spec.overhead);
    sum
}

/// Requests of the Pod as a whole that may stand for the sum of its containers'.
fn pod_level(pod: &Pod) -> impl Iterator<Item = (&Rc<str>, &Quantity)> {
    let supported = |name: &str| matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
    let requests = pod.spec.resources.requests.iter();
    requests.filter(move |(name, _)| supported(name))
}

/// What the container's node says of its resources.
fn told<'a>(
    statuses: &'a [ContainerStatus],
    container: &Container,
    counting: &Counting,
) -> Option<&'a ContainerStatus> {
    if !counting.status {
        return None;
    }
    let status = statuses.iter().find(|status| status.name == container.name);
    status.filter(|status| status.resources.is_some())
}

/// The most of what is asked for, in force and promised; what can't be isn't asked for. Models
/// `determineEffectiveRequests`.
fn effective(pod: &Pod, asked: Option<Quantity>, told: [&ResourceList; 2], name: &str) -> Quantity {
    let pending = pod.condition("PodResizePending");
    let infeasible = pending.is_some_and(|pending| &*pending.reason == "Infeasible");
    let told = told.iter().filter_map(|list| list.get(name).copied());
    told.chain(asked.filter(|_| !infeasible))
        .max()
        .unwrap_or_default()
}

fn container_requests(
    pod: &Pod,
    container: &Container,
    told: Option<&ContainerStatus>,
    missing: &Counting,
) -> ResourceList {
    let mut own = container.resources.requests.clone();
    if let Some(status) = told
        && let Some(in_force) = &status.resources
        && (in_force.requests != own || status.allocated_resources != own)
    {
        let lists = [&in_force.requests, &status.allocated_resources];
        let names = lists.iter().flat_map(|list| list.keys()).chain(own.keys());
        let names: Vec<Rc<str>> = names.cloned().collect();
        for name in names {
            let asked = container.resources.requests.get(&name).copied();
            own.insert(name.clone(), effective(pod, asked, lists, &name));
        }
    }
    if missing.cpu {
        let nano = DEFAULT_MILLI_CPU * 1_000_000;
        own.entry("cpu".into()).or_insert(Quantity { nano });
    }
    if missing.memory {
        let nano = DEFAULT_MEMORY * 1_000_000_000;
        own.entry("memory".into()).or_insert(Quantity { nano });
    }
    own
}

fn add(sum: &mut ResourceList, list: &ResourceList) {
    for (name, quantity) in list {
        sum.entry(name.clone()).or_default().nano += quantity.nano;
    }
}

fn raise(most: &mut ResourceList, list: &ResourceList) {
    for (name, quantity) in list {
        let most = most.entry(name.clone()).or_insert(*quantity);
        *most = (*most).max(*quantity);
    }
}

fn cpu_and_memory(list: &ResourceList) -> CpuAndMemory {
    CpuAndMemory {
        milli_cpu: list.get("cpu").map_or(0, |cpu| cpu.milli_value()),
        memory: list.get("memory").map_or(0, |memory| memory.value()),
    }
}

/// Extended resources, huge pages, `kubernetes.io/…` and attachable volumes.
/// Models `IsScalarResourceName`.
fn is_scalar(name: &str) -> bool {
    let extended = name.contains('/') && !name.starts_with("requests.");
    extended
        || name.contains("kubernetes.io/")
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pod::{Condition, ResourceRequirements};
    use crate::cluster::scheduler::test_support::pod;

    #[test]
    fn requests_are_counted_as_upstream_counts_them() {
        let (two, one) = ("{requests: {cpu: 200m}}", "{requests: {cpu: 100m}}");
        let sidecar = format!("{{name: s, restartPolicy: Always, resources: {two}}}");
        let init = "{name: i, resources: {requests: {cpu: '1'}}}";
        for (spec, real, non_zero, scored) in [
            ("containers: [{name: a}]".into(), 0, 100, 100),
            (
                format!("containers: [{{name: a, resources: {two}}}, {{name: b}}]"),
                200,
                300,
                300,
            ),
            (
                format!("containers: [{{name: a, resources: {one}}}], initContainers: [{init}]"),
                1000,
                1000,
                1000,
            ),
            (
                format!(
                    "containers: [{{name: a, resources: {one}}}], initContainers: [{sidecar}, {init}]"
                ),
                1200,
                1200,
                1200,
            ),
            (
                format!(
                    "containers: [{{name: a, resources: {one}}}], initContainers: [{init}, {sidecar}]"
                ),
                1000,
                1000,
                1000,
            ),
            (
                format!("containers: [{{name: a, resources: {one}}}], overhead: {{cpu: 50m}}"),
                150,
                150,
                150,
            ),
            (
                format!(
                    "containers: [{{name: a, resources: {one}}}], resources: {{requests: {{cpu: 700m}}}}"
                ),
                700,
                700,
                100,
            ),
        ] {
            let found = PodRequests::of(&pod("p", &format!("{{{spec}}}")));
            let numbers = (
                found.real.milli_cpu,
                found.non_zero.milli_cpu,
                found.scored.milli_cpu,
            );
            assert_eq!(numbers, (real, non_zero, scored), "{spec}");
        }
    }

    #[test]
    fn a_pod_that_is_resized_counts_for_the_most_of_all() {
        let spec = "{containers: [{name: a, resources: {requests: {cpu: 200m}}}]}";
        let amount = |cpu: &str| -> ResourceList {
            let cpu = Quantity::parse(cpu).expect("a quantity");
            [("cpu".into(), cpu)].into_iter().collect()
        };
        for (in_force, promised, infeasible, expected) in [
            ("300m", "250m", false, 300),
            ("100m", "250m", false, 250),
            ("100m", "100m", false, 200),
            ("100m", "150m", true, 150),
        ] {
            let mut pod = pod("p", spec);
            let in_force = ResourceRequirements {
                requests: amount(in_force),
                ..ResourceRequirements::default()
            };
            pod.status.container_statuses = vec![ContainerStatus {
                name: "a".into(),
                resources: Some(in_force),
                allocated_resources: amount(promised),
                ..ContainerStatus::default()
            }];
            if infeasible {
                pod.status.conditions = vec![Condition {
                    kind: "PodResizePending".into(),
                    reason: "Infeasible".into(),
                    ..Condition::default()
                }];
            }
            assert_eq!(PodRequests::of(&pod).real.milli_cpu, expected);
            assert_eq!(PodRequests::real_of(&pod).milli_cpu, 200, "one that is new");
        }
    }

    #[test]
    fn only_some_names_are_counted_by_name() {
        for (name, expected) in [
            ("example.com/gpu", true),
            ("hugepages-2Mi", true),
            ("attachable-volumes-aws-ebs", true),
            ("requests.storage", false),
            ("storage", false),
        ] {
            assert_eq!(is_scalar(name), expected, "{name}");
        }
    }
}
