//! What Pods take of their node: memory, processor time, disk. Models the summary of
//! `pkg/kubelet/stats` and `pkg/kubelet/server/stats`, which cAdvisor and the runtime feed.
//! Left out: logs, inodes, processes, network; volumes other than emptyDir; contention for processors.

use std::rc::Rc;

use super::pod_worker::PodWorker;
use super::runtime::{Container, State};
use crate::api::node::ResourceList;
use crate::api::quantity::Quantity;
use crate::api::{Uid, Value};
use crate::cluster::SimTime;

/// What one container takes now, beside what it asked for and may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerStats {
    /// The container's name.
    pub name: Rc<str>,
    /// Thousandths of a processor that it gets: what it would take, but no more than its limit.
    pub cpu_milli: i64,
    /// Thousandths of a processor that it would take if nothing held it back. Where this is more than
    /// `cpu_milli` it is throttled.
    pub cpu_demand_milli: i64,
    /// Memory in bytes. With more than its limit it is killed.
    pub memory_bytes: i64,
    /// Bytes on its own disk.
    pub rootfs_bytes: i64,
    /// Thousandths of a processor that the scheduler counts for it.
    pub cpu_request_milli: Option<i64>,
    /// Thousandths of a processor that it may take.
    pub cpu_limit_milli: Option<i64>,
    /// Bytes of memory that the scheduler counts for it.
    pub memory_request_bytes: Option<i64>,
    /// Bytes of memory that it may take: the limit in force, which may be its Pod's.
    pub memory_limit_bytes: Option<i64>,
}

/// What one Pod takes now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStats {
    /// Its containers that run, in the order in which they were created.
    pub containers: Vec<ContainerStats>,
    /// Bytes in its emptyDir volumes on disk, by name. What a container wrote stays when it ends.
    pub volumes: Vec<(Rc<str>, i64)>,
}

impl PodStats {
    /// Memory of all its containers, in bytes.
    pub fn memory_bytes(&self) -> i64 {
        let all = self.containers.iter();
        all.fold(0, |sum, one| sum.saturating_add(one.memory_bytes))
    }

    /// Disk of its containers and volumes, in bytes.
    pub fn disk_bytes(&self) -> i64 {
        let containers = self.containers.iter().map(|one| one.rootfs_bytes);
        let volumes = self.volumes.iter().map(|(_, bytes)| *bytes);
        containers.chain(volumes).fold(0, i64::saturating_add)
    }
}

/// Which moment is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// This one.
    At(SimTime),
    /// None: the most that will ever be, if nothing else happens.
    Ever,
}

impl super::Kubelet {
    /// What a Pod of this node takes at `now`; `None` while nothing of it was ever started.
    pub fn pod_stats(&self, uid: Uid, now: SimTime) -> Option<PodStats> {
        of_pod(self.workers.get(&uid)?, Moment::At(now))
    }
}

/// What a Pod takes; `None` while it has no sandbox.
pub(super) fn of_pod(worker: &PodWorker, when: Moment) -> Option<PodStats> {
    worker.runtime.sandboxes.first()?;
    let pod = PodWorker::view(&worker.pod);
    let mut stats = PodStats::default();
    for run in worker.runtime.containers.iter().rev() {
        let is_latest = worker
            .runtime
            .latest(&run.name)
            .is_some_and(|latest| latest.id == run.id);
        let spec = pod.every_container().find(|spec| spec.name == run.name);
        let (true, Some(spec)) = (is_latest, spec) else {
            continue;
        };
        let usage = match (when, &run.state) {
            (_, State::Created) => continue,
            (Moment::Ever, State::Running(_)) => run.process.peak(),
            (Moment::At(now), State::Running(since)) => run.process.usage(now.since(*since)),
            (_, State::Exited { .. }) => run.process.usage(ran_for(run)),
        };
        let mut rootfs_bytes: i64 = 0;
        for (path, bytes) in usage.files {
            match volume_at(&worker.pod.value, &run.name, &path) {
                Some(volume) if is_on_disk(&worker.pod.value, &volume) => {
                    add(&mut stats.volumes, volume, bytes);
                }
                Some(_) => {}
                None => rootfs_bytes = rootfs_bytes.saturating_add(bytes),
            }
        }
        if !run.is_running() {
            continue;
        }
        let milli = |list: &ResourceList| list.get("cpu").copied().map(Quantity::milli_value);
        let limit = milli(&spec.resources.limits);
        let bytes = |list: &ResourceList| list.get("memory").copied().map(Quantity::value);
        stats.containers.push(ContainerStats {
            name: run.name.clone(),
            cpu_milli: limit.map_or(usage.cpu_milli, |limit| usage.cpu_milli.min(limit)),
            cpu_demand_milli: usage.cpu_milli,
            memory_bytes: usage.memory_bytes,
            rootfs_bytes,
            cpu_request_milli: milli(&spec.resources.requests),
            cpu_limit_milli: limit,
            memory_request_bytes: bytes(&spec.resources.requests),
            memory_limit_bytes: run.memory_limit,
        });
    }
    Some(stats)
}

/// How long a run that ended took.
fn ran_for(run: &Container) -> std::time::Duration {
    match &run.state {
        State::Exited {
            started: Some(started),
            finished,
            ..
        } => finished.since(*started),
        _ => std::time::Duration::ZERO,
    }
}

fn add(volumes: &mut Vec<(Rc<str>, i64)>, name: Rc<str>, bytes: i64) {
    match volumes.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sum)) => *sum = sum.saturating_add(bytes),
        None => volumes.push((name, bytes)),
    }
}

/// The volume that is mounted where this path of a container leads; the innermost counts.
fn volume_at(pod: &Value, container: &str, path: &str) -> Option<Rc<str>> {
    let lists = ["initContainers", "containers"];
    let specs = lists.iter().filter_map(|list| pod.at(&["spec", list]));
    let spec = specs
        .flat_map(Value::items)
        .find(|spec| spec.text_at(&["name"]) == container)?;
    let mounts = spec.get("volumeMounts")?.items();
    let leads = |mount: &&Value| {
        let at = mount.text_at(&["mountPath"]).trim_end_matches('/');
        path.strip_prefix(at)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let inner = mounts.iter().filter(leads);
    let innermost = inner.max_by_key(|mount| mount.text_at(&["mountPath"]).len())?;
    Some(innermost.text_at(&["name"]).into())
}

/// Is this volume an emptyDir on the node's disk? Models `IsLocalEphemeralVolume`.
fn is_on_disk(pod: &Value, volume: &str) -> bool {
    let volumes = pod.at(&["spec", "volumes"]).map_or(&[][..], Value::items);
    let named = |known: &&Value| known.text_at(&["name"]) == volume;
    let source = volumes.iter().find(named).and_then(|v| v.get("emptyDir"));
    source.is_some_and(|empty_dir| empty_dir.text_at(&["medium"]).is_empty())
}
