//! Looking into containers: their logs, their files, what a command would find. Models what the kubelet's
//! server answers `kubectl logs` and `kubectl exec` with, `pkg/kubelet/server`.

use std::rc::Rc;

use super::Kubelet;
use super::container_files::ContainerFiles;
use super::execs::{Executed, Whose};
use super::pod_worker::PodWorker;
use super::runtime::{Container, State};
use super::stats::ran_for;
use crate::api::Uid;
use crate::cluster::workload::files::{File, Files};
use crate::cluster::{SimTime, World};

impl Kubelet {
    /// The latest run of a container, or the one that its status tells as its last state. Models
    /// `validateContainerLogStatus`, `pkg/kubelet/kubelet_pods.go`.
    fn run<'a>(worker: &'a PodWorker, container: &str, previous: bool) -> Option<&'a Container> {
        let runs = worker.runtime.containers.iter();
        let mut runs = runs.filter(|run| &*run.name == container);
        match previous {
            false => runs.next(),
            true => {
                let told = worker.told.as_ref();
                let status = told.and_then(|told| told.status.container(container));
                // While its state is how the latest ended, the last state is of the run before.
                let state = status.and_then(|status| status.terminated());
                runs.filter(|run| run.exit().is_some())
                    .nth(usize::from(state.is_some()))
            }
        }
    }

    /// What a container has printed, and when: the last thousand lines of its latest run, or of the last
    /// one that has ended.
    pub fn log(
        &self,
        now: SimTime,
        pod: Uid,
        container: &str,
        previous: bool,
    ) -> Option<Vec<(SimTime, String)>> {
        let worker = self.settled(pod, now)?;
        let run = Self::run(&worker, container, previous)?;
        let (start, end) = match run.state {
            State::Created => return Some(Vec::new()),
            State::Running(since) => (since, now),
            State::Exited {
                started, finished, ..
            } => (started.unwrap_or(finished), finished),
        };
        let lines = run.process.log(start, end.since(start));
        Some(
            lines
                .into_iter()
                .map(|(at, line)| (start + at, line))
                .collect(),
        )
    }

    /// The files that a container sees: its own, and those of the volumes that are mounted in it.
    pub fn files(&self, now: SimTime, pod: Uid, container: &str) -> Option<Files> {
        let worker = self.workers.get(&pod)?;
        let run = Self::run(worker, container, false)?;
        let ran = run.ran(now).unwrap_or_else(|| ran_for(run));
        let mut files = run.process.files(ran);
        let volumes = &worker.volumes;
        for mount in run.mounts.iter() {
            let at = mount.path.trim_matches('/');
            let shown = match (&mount.kept, volumes.get(&mount.volume)) {
                (Some(kept), _) => kept.clone(),
                (None, Some(volume)) if mount.sub_path.is_empty() => volume.files.clone(),
                (None, Some(volume)) => volume.part(&mount.sub_path),
                (None, None) => continue,
            };
            files.remove(at);
            for (path, file) in shown.iter() {
                let whole = match &**path {
                    "" => at.to_string(),
                    path => format!("{at}/{path}"),
                };
                files.put(&whole, file.clone());
            }
        }
        Some(files)
    }

    /// One of these files: the same as [`Kubelet::files`] has, for less work.
    pub(in crate::cluster) fn file(
        &self,
        now: SimTime,
        pod: Uid,
        container: &str,
        path: &str,
    ) -> Option<File> {
        let worker = self.workers.get(&pod)?;
        let run = Self::run(worker, container, false)?;
        let mounted = ContainerFiles::of(&run.mounts, &worker.volumes);
        if let Some((_, files, within)) = mounted.locate(path) {
            return files.get(&within).cloned();
        }
        let ran = run.ran(now).unwrap_or_else(|| ran_for(run));
        run.process.files(ran).get(path).cloned()
    }

    /// Runs a command beside a container's process. What it changes stays.
    pub fn exec(
        &mut self,
        world: &mut World,
        pod: Uid,
        container: &str,
        command: &[Rc<str>],
    ) -> Option<Executed> {
        let id = Self::run(self.workers.get(&pod)?, container, false)?.id;
        let mut begun = None;
        self.turn(world, pod, |turn| {
            begun = turn.exec(id, command, Whose::Kubectl, None);
        });
        begun
    }
}
