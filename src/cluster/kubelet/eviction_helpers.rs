//! Signals, thresholds, ranks and words of the eviction manager. Models
//! `pkg/kubelet/eviction/helpers.go` and `defaults_linux.go`. Pure.
//!
//! Thresholds are v1.36's defaults, all of them hard: `memory.available<100Mi`, `nodefs.available<10%`,
//! `imagefs.available<15%`. `pid.available` has none by default, and so isn't observed.
//! Left out: inodes, soft thresholds and what they reclaim at least, an image file system of its own
//! (images, containers and volumes are on the machine's one disk).

use std::cmp::Ordering;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::stats::PodStats;
use crate::api::pod::Pod;
use crate::api::quantity::{Format, Quantity};
use crate::api::{Object, Uid, Value};
use crate::order;

/// What is watched of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// `memory.available`
    Memory,
    /// `allocatableMemory.available`: what Pods as a whole may still take.
    AllocatableMemory,
    /// `nodefs.available`
    NodeFs,
    /// `imagefs.available`
    ImageFs,
}

/// A condition of a Node that a signal leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Pressure {
    /// Too little disk is left.
    Disk,
    /// Too little memory is left.
    Memory,
}

/// Bytes of memory that have to be left.
pub(super) const LEAST_MEMORY: i64 = 100 << 20;

/// The least that has to be left.
enum Least {
    Bytes(i64),
    /// A share of what there is. Upstream keeps it as a 32-bit float.
    Share(f32),
}

/// What is there and what is left of it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    pub capacity: i64,
    pub available: i64,
}

/// What one look at the node saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observations {
    pub memory: Observation,
    pub allocatable_memory: Observation,
    pub disk: Observation,
}

/// Upstream ranks memory before everything else.
const SIGNALS: [Signal; 4] = [
    Signal::Memory,
    Signal::AllocatableMemory,
    Signal::NodeFs,
    Signal::ImageFs,
];

impl Signal {
    fn least(self) -> Least {
        match self {
            Signal::Memory | Signal::AllocatableMemory => Least::Bytes(LEAST_MEMORY),
            Signal::NodeFs => Least::Share(0.10),
            Signal::ImageFs => Least::Share(0.15),
        }
    }

    pub(super) fn pressure(self) -> Pressure {
        match self {
            Signal::Memory | Signal::AllocatableMemory => Pressure::Memory,
            Signal::NodeFs | Signal::ImageFs => Pressure::Disk,
        }
    }
}

impl Pressure {
    /// The condition's type.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Pressure::Memory => "MemoryPressure",
            Pressure::Disk => "DiskPressure",
        }
    }

    /// Reason and message of the condition. Models `pkg/kubelet/nodestatus/setters.go`.
    pub(super) fn words(self, under: bool) -> (&'static str, &'static str) {
        match (self, under) {
            (Pressure::Memory, true) => (
                "KubeletHasInsufficientMemory",
                "kubelet has insufficient memory available",
            ),
            (Pressure::Memory, false) => (
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            (Pressure::Disk, true) => ("KubeletHasDiskPressure", "kubelet has disk pressure"),
            (Pressure::Disk, false) => ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        }
    }

    /// What the Event is called that tells of it.
    pub(super) fn event(self, under: bool) -> &'static str {
        match (self, under) {
            (Pressure::Memory, true) => "NodeHasInsufficientMemory",
            (Pressure::Memory, false) => "NodeHasSufficientMemory",
            (Pressure::Disk, true) => "NodeHasDiskPressure",
            (Pressure::Disk, false) => "NodeHasNoDiskPressure",
        }
    }

    /// The resource that there is too little of.
    pub(super) fn resource(self) -> &'static str {
        match self {
            Pressure::Memory => "memory",
            Pressure::Disk => "ephemeral-storage",
        }
    }
}

impl Observations {
    fn of(&self, signal: Signal) -> Observation {
        match signal {
            Signal::Memory => self.memory,
            Signal::AllocatableMemory => self.allocatable_memory,
            Signal::NodeFs | Signal::ImageFs => self.disk,
        }
    }

    /// Bytes that have to be left at least. Models `GetThresholdQuantity`.
    fn threshold(&self, signal: Signal) -> i64 {
        match signal.least() {
            Least::Bytes(bytes) => bytes,
            Least::Share(share) => (self.of(signal).capacity as f64 * f64::from(share)) as i64,
        }
    }

    /// The signals of which too little is left, the most important first. Models `thresholdsMet`.
    pub(super) fn thresholds_met(&self) -> Vec<Signal> {
        let is_met = |signal: &Signal| self.threshold(*signal) > self.of(*signal).available;
        SIGNALS.into_iter().filter(is_met).collect()
    }
}

/// A Pod that may be evicted.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub uid: Uid,
    pub object: Rc<Object>,
    pub pod: Rc<Pod>,
    pub stats: Option<PodStats>,
}

/// Who goes first: whoever takes more than it asked for, then the least important, then whoever takes
/// most beyond what it asked for. Models `rankMemoryPressure` and `rankDiskPressureFunc`.
pub(super) fn rank(pressure: Pressure, candidates: &mut [Candidate]) {
    order::sort_by(candidates, |a, b| {
        let (Some(of_a), Some(of_b)) = (&a.stats, &b.stats) else {
            // Whose figures nobody knows goes first.
            return true_first(a.stats.is_none(), b.stats.is_none());
        };
        let beyond_a = beyond_requests(pressure, &a.pod, of_a);
        let beyond_b = beyond_requests(pressure, &b.pod, of_b);
        true_first(beyond_a > 0, beyond_b > 0)
            .then(a.pod.spec.priority.cmp(&b.pod.spec.priority))
            .then(beyond_b.cmp(&beyond_a))
    });
}

fn true_first(a: bool, b: bool) -> Ordering {
    b.cmp(&a)
}

/// Bytes that a Pod takes beyond those that it asked for.
fn beyond_requests(pressure: Pressure, pod: &Pod, stats: &PodStats) -> i64 {
    let asked = crate::cluster::scheduler::resource::PodRequests::real_of(pod);
    match pressure {
        Pressure::Memory => stats.memory_bytes().saturating_sub(asked.memory),
        Pressure::Disk => stats.disk_bytes().saturating_sub(asked.ephemeral_storage),
    }
}

/// Bytes as upstream prints them: `900Mi`.
fn printed(bytes: i64) -> String {
    let nano = i128::from(bytes) * 1_000_000_000;
    Quantity { nano }.print(Format::BinarySi)
}

/// Why a Pod goes for others' sake. Models `evictionMessage`.
pub(super) fn message(signal: Signal, seen: &Observations, candidate: &Candidate) -> String {
    let resource = signal.pressure().resource();
    let mut message = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
        printed(seen.threshold(signal)),
        printed(seen.of(signal).available)
    );
    let Some(stats) = &candidate.stats else {
        return message;
    };
    let spec = candidate.object.value.get("spec").cloned();
    let spec = spec.unwrap_or_default();
    let asked = |owner: &Value| {
        let text = owner.text_at(&["resources", "requests", resource]);
        Quantity::canonical(text)
    };
    if resource == "memory"
        && let Some(asked) = asked(&spec)
    {
        let (name, used) = (&candidate.pod.metadata.name, printed(stats.memory_bytes()));
        message += &format!(
            "Pod {name} was using {used}, request is {asked}, has larger consumption of {resource}. "
        );
    }
    for one in &stats.containers {
        let lists = ["containers", "initContainers"];
        let specs = lists.iter().filter_map(|list| spec.get(list));
        let named = |container: &&Value| container.text_at(&["name"]) == &*one.name;
        let Some(container) = specs.flat_map(Value::items).find(named) else {
            continue;
        };
        let asked = asked(container);
        let least = asked.as_deref().and_then(Quantity::parse);
        let used = match signal.pressure() {
            Pressure::Memory => one.memory_bytes,
            Pressure::Disk => one.rootfs_bytes,
        };
        if used > least.map_or(0, Quantity::value) {
            message += &format!(
                "Container {} was using {}, request is {}, has larger consumption of {resource}. ",
                one.name,
                printed(used),
                asked.as_deref().unwrap_or("0")
            );
        }
    }
    message
}

/// Which limit of its own on local storage a Pod is beyond, in upstream's words. Models
/// `localStorageEviction`.
pub(super) fn beyond_local_limits(pod: &Value, stats: &PodStats) -> Option<String> {
    let volumes = pod.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
    for volume in volumes {
        let name = volume.text_at(&["name"]);
        let size = volume.text_at(&["emptyDir", "sizeLimit"]);
        let used = stats.volumes.iter().find(|(known, _)| **known == *name);
        let (Some((_, used)), Some(limit)) = (used, Quantity::parse(size)) else {
            continue;
        };
        if limit.nano > 0 && *used > limit.value() {
            let size = Quantity::canonical(size).unwrap_or_default();
            return Some(format!(
                "Usage of EmptyDir volume \"{name}\" exceeds the limit \"{size}\". "
            ));
        }
    }
    if let Some((limit, format)) = pod_limit(pod)
        && stats.disk_bytes() > limit.value()
    {
        let limit = limit.print(format);
        return Some(format!(
            "Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
        ));
    }
    let containers = pod
        .at(&["spec", "containers"])
        .map_or(&[][..], Value::items);
    stats.containers.iter().find_map(|one| {
        let named = |container: &&Value| container.text_at(&["name"]) == &*one.name;
        let text = limit_text(containers.iter().find(named)?);
        let limit = Quantity::parse(text).filter(|limit| limit.nano > 0)?;
        (one.rootfs_bytes > limit.value()).then(|| {
            let limit = Quantity::canonical(text).unwrap_or_default();
            format!(
                "Container {} exceeded its local ephemeral storage limit \"{limit}\". ",
                one.name
            )
        })
    })
}

fn limit_text(container: &Value) -> &str {
    container.text_at(&["resources", "limits", "ephemeral-storage"])
}

/// What a Pod's containers may have together, and how the first of these limits is written; `None`
/// where none has one. Models `PodLimits`.
fn pod_limit(pod: &Value) -> Option<(Quantity, Format)> {
    let list = |name: &str| pod.at(&["spec", name]).map_or(&[][..], Value::items);
    let limit = |container: &Value| Quantity::parse(limit_text(container)).map(|q| q.nano);
    let of = |list: &[Value]| -> i128 { list.iter().filter_map(limit).sum() };
    let (mut beside, mut first) = (0, 0);
    for container in list("initContainers") {
        let own = limit(container).unwrap_or(0);
        if container.text_at(&["restartPolicy"]) == "Always" {
            beside += own;
            first = first.max(beside);
        } else {
            first = first.max(own + beside);
        }
    }
    let nano = (of(list("containers")) + beside).max(first);
    let all = list("containers").iter().chain(list("initContainers"));
    let written = all.map(limit_text).find(|text| !text.is_empty())?;
    Some((Quantity { nano }, Format::of(written)))
}

#[cfg(test)]
mod tests {
    use super::super::stats::ContainerStats;
    use super::*;
    use crate::cluster::scheduler::test_support::pod;

    fn taking(memory: i64, disk: i64) -> PodStats {
        PodStats {
            containers: vec![ContainerStats {
                name: "c".into(),
                memory_bytes: memory << 20,
                rootfs_bytes: disk << 20,
                ..ContainerStats::default()
            }],
            volumes: Vec::new(),
        }
    }

    fn candidate(name: &str, spec: &str, stats: Option<PodStats>) -> Candidate {
        let value = crate::fields! {
            "apiVersion" => "v1", "kind" => "Pod", "metadata" => crate::fields! { "name" => name },
        };
        Candidate {
            uid: Uid(0),
            object: Rc::new(Object::new(value).expect("it is one")),
            pod: Rc::new(pod(name, spec)),
            stats,
        }
    }

    #[test]
    fn who_takes_more_than_it_asked_for_goes_first_then_the_least_important() {
        let asks = "containers: [{name: c, resources: {requests: {memory: 100Mi}}}]";
        let mut all = [
            candidate("modest", &format!("{{{asks}}}"), Some(taking(90, 0))),
            candidate("much", &format!("{{{asks}}}"), Some(taking(300, 0))),
            candidate("more", &format!("{{{asks}}}"), Some(taking(400, 0))),
            candidate(
                "important",
                &format!("{{{asks}, priority: 10}}"),
                Some(taking(900, 0)),
            ),
            candidate("unknown", &format!("{{{asks}}}"), None),
        ];
        rank(Pressure::Memory, &mut all);
        let names: Vec<&str> = all.iter().map(|one| &*one.pod.metadata.name).collect();
        assert_eq!(names, ["unknown", "more", "much", "important", "modest"]);
    }

    #[test]
    fn thresholds_are_those_of_the_documentation() {
        let gib = 1 << 30;
        let seen = |memory, disk| Observations {
            memory: Observation {
                capacity: 8 * gib,
                available: memory,
            },
            allocatable_memory: Observation {
                capacity: 8 * gib,
                available: 8 * gib,
            },
            disk: Observation {
                capacity: 100 * gib,
                available: disk,
            },
        };
        assert_eq!(seen(100 << 20, 16 * gib).thresholds_met(), []);
        assert_eq!(seen(99 << 20, 16 * gib).thresholds_met(), [Signal::Memory]);
        assert_eq!(seen(gib, 12 * gib).thresholds_met(), [Signal::ImageFs]);
        let both = [Signal::NodeFs, Signal::ImageFs];
        assert_eq!(seen(gib, 9 * gib).thresholds_met(), both);
    }

    #[test]
    fn a_pods_limit_counts_its_sidecars_and_the_largest_that_goes_before() {
        let spec = "{spec: {containers: [{name: a, resources: {limits: {ephemeral-storage: 10Mi}}}, \
            {name: b, resources: {limits: {ephemeral-storage: 20Mi}}}], initContainers: [\
            {name: s, restartPolicy: Always, resources: {limits: {ephemeral-storage: 5Mi}}}, \
            {name: i, resources: {limits: {ephemeral-storage: 50Mi}}}]}}";
        let value: serde_json::Value = serde_yaml::from_str(spec).expect("it is YAML");
        let (limit, format) = pod_limit(&Value::from_json(&value)).expect("it has some");
        assert_eq!(limit.print(format), "55Mi");
    }
}
