//! What Pods take of their node: memory, processor time, disk. Models the summary of
//! `pkg/kubelet/stats` and `pkg/kubelet/server/stats`, which cAdvisor and the runtime feed.
//! Left out: logs, inodes, processes, network; volumes other than emptyDir; contention for processors.

use std::rc::Rc;

use super::container_files::ContainerFiles;
use super::pod_worker::PodWorker;
use super::runtime::{Container, State};
use super::volumes::Plugin;
use crate::api::Uid;
use crate::api::node::ResourceList;
use crate::api::quantity::Quantity;
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

impl super::Kubelet {
    /// What a Pod of this node takes at `now`; `None` while nothing of it was ever started.
    pub fn pod_stats(&self, uid: Uid, now: SimTime) -> Option<PodStats> {
        of_pod(self.workers.get(&uid)?, now)
    }
}

/// What a Pod takes; `None` while it has no sandbox.
pub(super) fn of_pod(worker: &PodWorker, now: SimTime) -> Option<PodStats> {
    worker.runtime.sandboxes.first()?;
    let pod = PodWorker::view(&worker.pod);
    let mut stats = PodStats::default();
    for (name, volume) in worker.volumes.iter() {
        if volume.plugin == Plugin::EmptyDir && !volume.memory {
            let bytes = i64::try_from(volume.files.size()).unwrap_or(i64::MAX);
            add(&mut stats.volumes, name.clone(), bytes);
        }
    }
    for run in worker.runtime.containers.iter().rev() {
        let is_latest = worker
            .runtime
            .latest(&run.name)
            .is_some_and(|latest| latest.id == run.id);
        let spec = pod.every_container().find(|spec| spec.name == run.name);
        let (true, Some(spec), true) = (is_latest, spec, run.state != State::Created) else {
            continue;
        };
        let ran = run.ran(now).unwrap_or_else(|| ran_for(run));
        let usage = run.process.usage(ran);
        let mut rootfs_bytes = run.process.disk_bytes(ran);
        let mounted = ContainerFiles::of(&run.mounts, &worker.volumes);
        for (path, bytes) in usage.files {
            match mounted.locate(&path) {
                Some((mount, ..)) => add(&mut stats.volumes, mount.volume.clone(), bytes),
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
pub(super) fn ran_for(run: &Container) -> std::time::Duration {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ObjectKey;
    use crate::cluster::{Budget, Input, Setup, Simulation, Snapshot};

    /// What the only Pod of this manifest takes, so many seconds after it was applied.
    fn after(seconds: i64, manifest: &str) -> (Snapshot, Option<PodStats>) {
        let mut simulation = Simulation::new(Setup::default(), 7);
        simulation.apply(Input::Apply {
            manifest: manifest.into(),
        });
        simulation.run_until(SimTime(seconds * 1_000_000), Budget::ENDLESS);
        let snapshot = simulation.snapshot();
        let pod = snapshot.store.get(&ObjectKey::pod("default", "p")).cloned();
        let stats = snapshot.pod_stats(&pod.expect("it was applied"));
        (snapshot, stats)
    }

    #[test]
    fn a_container_is_told_with_what_it_gets_and_what_it_would_take() {
        let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [\
            {name: a, image: vish/stress, args: [-cpus, '2', -mem-total, 60Mi, -mem-alloc-size, 1Mi, \
            -mem-alloc-sleep, 1s], resources: {requests: {cpu: 250m}, \
            limits: {cpu: 500m, memory: 100Mi}}}]}}";
        assert_eq!(after(0, manifest).1, None);
        let (_, stats) = after(300, manifest);
        let expected = ContainerStats {
            name: "a".into(),
            cpu_milli: 500,
            cpu_demand_milli: 2000,
            memory_bytes: 60 << 20,
            rootfs_bytes: 0,
            cpu_request_milli: Some(250),
            cpu_limit_milli: Some(500),
            memory_request_bytes: Some(100 << 20),
            memory_limit_bytes: Some(100 << 20),
        };
        assert_eq!(stats.expect("it runs").containers, [expected]);
        let (_, early) = after(30, manifest);
        let early = early.expect("it runs").memory_bytes();
        assert!((20 << 20..30 << 20).contains(&early), "{early}");
    }

    #[test]
    fn a_file_counts_where_its_path_leads() {
        let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {\
            volumes: [{name: disk, emptyDir: {}}, {name: memory, emptyDir: {medium: Memory}}], \
            containers: [{name: a, image: busybox, command: [sh, -c, \"fallocate -l 1M /x; \
            fallocate -l 2M /data/x; fallocate -l 4M /data/fast/x; fallocate -l 8M /database; \
            sleep 999\"], volumeMounts: [{name: disk, mountPath: /data/}, \
            {name: memory, mountPath: /data/fast}]}]}}";
        let (_, stats) = after(30, manifest);
        let stats = stats.expect("it runs");
        assert_eq!(stats.volumes, [("disk".into(), 2 << 20)]);
        assert_eq!(stats.containers[0].rootfs_bytes, 9 << 20);
        assert_eq!(stats.disk_bytes(), 11 << 20);
    }
}
