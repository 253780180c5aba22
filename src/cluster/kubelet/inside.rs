//! What is seen of a Pod from near that no object says: who listens where, what probes found, what is in
//! its volumes. Ours: upstream one would log on to the node.

use std::rc::Rc;

use super::beats::ProbeSeen;
use super::pod_worker::PodWorker;
use super::runtime::State;
use crate::api::Uid;
use crate::cluster::SimTime;
use crate::cluster::workload::Listener;

/// What goes on in a Pod at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodInside {
    /// What processes listen on, with the container that each is in.
    pub listeners: Vec<(Rc<str>, Listener)>,
    /// The last line that a container wrote whose process ended badly, with the container; or the one near it
    /// that says that an address is in use.
    pub last_words: Vec<(Rc<str>, Rc<str>)>,
    /// What probes found.
    pub probes: Vec<ProbeSeen>,
    /// Its volumes that are set up.
    pub volumes: Vec<VolumeSeen>,
}

/// A volume that is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeSeen {
    /// Its name in the Pod.
    pub name: Rc<str>,
    /// How many files are in it.
    pub files: usize,
    /// Can no container write into it, whatever its mount says?
    pub read_only: bool,
}

impl super::Kubelet {
    /// What goes on at `now` in a Pod of this node; `None` where it knows no such Pod.
    pub fn pod_inside(&self, uid: Uid, now: SimTime) -> Option<PodInside> {
        let worker = self.settled(uid, now)?;
        let mut inside = PodInside {
            probes: worker.probes.seen(),
            ..PodInside::default()
        };
        let pod = PodWorker::view(&worker.pod);
        let latest = pod
            .all_containers()
            .filter_map(|spec| worker.runtime.latest(&spec.name));
        for run in latest {
            match &run.state {
                State::Created => {}
                State::Running(since) => {
                    let open = run.process.listeners(now.since(*since));
                    let open = open.into_iter().map(|one| (run.name.clone(), one));
                    inside.listeners.extend(open);
                }
                State::Exited {
                    started: Some(started),
                    finished,
                    exit,
                } if exit.code != 0 => {
                    let log = run.process.log(*started, finished.since(*started));
                    let last = log
                        .last()
                        .map(|(_, line)| (run.name.clone(), line[..].into()));
                    inside.last_words.extend(last);
                }
                State::Exited { .. } => {}
            }
        }
        for (name, volume) in worker.volumes.iter() {
            inside.volumes.push(VolumeSeen {
                name: name.clone(),
                files: volume.files.iter().filter(|(_, file)| !file.folder).count(),
                read_only: volume.read_only(),
            });
        }
        Some(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BEATS, ProbeKind};
    use super::*;
    use crate::api::ObjectKey;
    use crate::cluster::{Budget, Input, Setup, Simulation, Snapshot};

    fn after(seconds: i64, manifest: &str) -> (Snapshot, Option<PodInside>) {
        let mut simulation = Simulation::new(Setup::default(), 7);
        simulation.apply(Input::Apply {
            manifest: manifest.into(),
        });
        simulation.run_until(SimTime(seconds * 1_000_000), Budget::ENDLESS);
        let snapshot = simulation.snapshot();
        let pod = snapshot.store.get(&ObjectKey::pod("default", "p")).cloned();
        let inside = snapshot.pod_inside(&pod.expect("it was applied"), snapshot.time);
        (snapshot, inside)
    }

    const PROBED: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [\
        {name: a, image: demo/web:1, readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}, \
        livenessProbe: {tcpSocket: {port: 81}, periodSeconds: 2, failureThreshold: 100}}, \
        {name: b, image: demo/loopback:1}]}}";

    #[test]
    fn beats_are_counted_and_only_the_last_are_kept() {
        let (_, inside) = after(60, PROBED);
        let probes = inside.expect("it is on a node").probes;
        let of = |kind| probes.iter().find(|probe| probe.kind == kind);
        let readiness = of(ProbeKind::Readiness).expect("it is asked for");
        assert_eq!(readiness.last, [true; BEATS as usize]);
        assert!(readiness.passed > 30, "{readiness:?}");
        assert!(i64::from(readiness.passed) >= readiness.in_a_row);
        let liveness = of(ProbeKind::Liveness).expect("it is asked for");
        assert_eq!((liveness.passed, &*liveness.last), (0, &[false; 8][..]));
        assert_eq!(i64::from(liveness.failed), liveness.in_a_row);
        let (_, early) = after(9, PROBED);
        let early = early.expect("it is on a node").probes;
        let count =
            |probe: &ProbeSeen| probe.last.len() == (probe.passed + probe.failed).min(8) as usize;
        assert!(early.iter().all(count), "{early:?}");
    }

    #[test]
    fn who_listens_is_told_with_the_address() {
        assert_eq!(after(0, PROBED).1, None);
        let (_, inside) = after(60, PROBED);
        let listeners = inside.expect("it is on a node").listeners;
        let told = |(name, one): &(Rc<str>, Listener)| (name.to_string(), one.port, one.loopback);
        let told: Vec<_> = listeners.iter().map(told).collect();
        assert_eq!(told, [("a".into(), 8080, false), ("b".into(), 7070, true)]);
    }

    #[test]
    fn of_a_process_that_failed_the_last_words_are_kept() {
        let (_, inside) = after(
            60,
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, volumes: \
             [{name: v, emptyDir: {}}], containers: [{name: a, image: busybox, volumeMounts: \
             [{name: v, mountPath: /v}], command: [sh, -c, 'echo one; echo two; exit 3']}]}}",
        );
        let inside = inside.expect("it is on a node");
        assert_eq!(inside.last_words, [("a".into(), "two".into())]);
        assert_eq!(inside.listeners, []);
    }
}
