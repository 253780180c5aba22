//! What a memory limit does: who takes more is killed. Models the kernel's cgroups, as
//! `pkg/kubelet/kuberuntime` sets them up. What a processor limit does is a figure: see [`super::stats`].
//! Left out: a Pod's own limit where its containers have some; that the kernel kills somebody when the
//! whole machine is out of memory; swap.

use super::runtime::{ContainerId, State};
use super::{Turn, Wake};
use crate::api::pod::{self, Pod};
use crate::cluster::workload::Exit;

/// The bytes that a container may take: its own limit, else its Pod's.
pub(super) fn memory_limit(pod: &Pod, container: &pod::Container) -> Option<i64> {
    let limit = |limits: &crate::api::node::ResourceList| limits.get("memory").map(|q| q.value());
    limit(&container.resources.limits).or_else(|| limit(&pod.spec.resources.limits))
}

impl Turn<'_> {
    /// A container has started, or its limit is another one: it is looked at once it passes it.
    pub(super) fn watch_memory(&mut self, id: ContainerId) {
        let now = self.world.now();
        let Some(run) = self.worker.runtime.container(id) else {
            return;
        };
        let (State::Running(since), Some(limit)) = (&run.state, run.memory_limit) else {
            return;
        };
        if let Some(after) = run.process.passes_memory(limit) {
            let due = (*since + after).max(now);
            let wake = self.node.wake(Wake::OutOfMemory(self.worker.uid, id));
            self.world.wake(due.since(now), wake);
        }
    }

    /// Kills a container that takes more memory than it may now.
    pub(super) fn out_of_memory(&mut self, id: ContainerId) {
        let now = self.world.now();
        let Some(run) = self.worker.runtime.container(id) else {
            return;
        };
        let (Some(ran), Some(limit)) = (run.ran(now), run.memory_limit) else {
            return;
        };
        if run.process.usage(ran).memory_bytes > limit {
            self.exited(id, Exit::out_of_memory());
        }
    }
}
