//! A kubelet whose Pods are Ready as soon as they are bound, and gone as soon as they are deleted.
//! Models kwok's default stages: for worlds that are about something else. It refuses no Pod, as
//! kwok refuses none, and a Job's Pods have succeeded as soon as they run.

use super::Turn;
use super::pod_status::{ContainerStatus, Phase, PodStatus, State, Terminated, whole_second};
use super::pod_worker::PodWorker;
use super::{conditions, runtime::ContainerId};
use crate::api::pod::Container;
use crate::cluster::SimTime;

impl Turn<'_> {
    /// News of the Pod arrive.
    pub(super) fn instant(&mut self) {
        let Some(current) = self.world.store.get(&self.worker.key).cloned() else {
            self.worker.removed = true;
            self.worker.stage = super::Stage::Finished;
            return;
        };
        self.worker.pod = current.clone();
        if current.meta.deletion_timestamp.is_some() {
            // Somebody else may have been quicker.
            let _ = self
                .world
                .delete(self.node.actor(), &self.worker.key, Some(0));
            return;
        }
        let pod = PodWorker::view(&current);
        if pod.status.start_time.is_some() || pod.is_finished() {
            return;
        }
        let now = whole_second(self.world.now());
        let (actor, key) = (self.node.actor(), self.worker.key.clone());
        let address = self.node.next_address().unwrap_or_default();
        let mut status = PodStatus {
            phase: Phase::Running,
            host_ip: self.node.ip.clone(),
            pod_ip: if pod.spec.host_network {
                self.node.ip.clone()
            } else {
                address
            },
            start_time: Some(now),
            observed_generation: pod.metadata.generation,
            containers: pod
                .spec
                .containers
                .iter()
                .map(|c| self.running(c))
                .collect(),
            ..PodStatus::default()
        };
        status.conditions = [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled",
        ]
        .map(|kind| conditions::condition(&pod, kind, true))
        .into();
        conditions::stamp(&mut status.conditions, &[], now);
        let written = self
            .world
            .patch(actor.clone(), &key, |pod| status.write(pod));
        debug_assert!(written.is_ok());
        let mut owners = pod.metadata.owner_references.iter();
        if owners.any(|owner| &*owner.kind == "Job") {
            complete(&mut status, now);
            let written = self.world.patch(actor, &key, |pod| status.write(pod));
            debug_assert!(written.is_ok());
        }
    }

    fn running(&mut self, container: &Container) -> ContainerStatus {
        ContainerStatus {
            name: container.name.clone(),
            image: container.image.clone(),
            image_id: self.node.images.id(&container.image),
            container_id: Some(ContainerId(
                self.world.rng.bits("containerd", self.worker.uid),
            )),
            state: State::Running(whole_second(self.world.now())),
            last: None,
            ready: true,
            started: Some(true),
            restart_count: 0,
            resources: None,
            allocated: None,
        }
    }
}

/// All that it ran is done. Models the stage `pod-complete`.
fn complete(status: &mut PodStatus, now: SimTime) {
    status.phase = Phase::Succeeded;
    for container in &mut status.containers {
        container.ready = false;
        container.started = Some(false);
        container.state = State::Terminated(Terminated {
            exit_code: 0,
            reason: "Completed".into(),
            message: "".into(),
            started: Some(now),
            finished: Some(now),
            container_id: container.container_id,
        });
    }
}
