//! What a container needs from outside: volumes that are there, its environment. Models
//! `makeEnvironmentVariables`, `pkg/kubelet/kubelet_pods.go`. Left out: `valueFrom` and `envFrom`, and
//! the errors that only they can have.

use std::rc::Rc;

use super::Turn;
use crate::api::pod::Container;
use crate::cluster::workload::expand;

/// Name and value of an environment variable.
type Variable = (Rc<str>, Rc<str>);

/// The environment of a container: each value with the variables before it filled in.
pub(super) fn environment(container: &Container) -> Vec<Variable> {
    let mut known = Vec::with_capacity(container.env.len());
    for env in &container.env {
        let value = expand(&env.value, &known);
        known.push((env.name.clone(), value));
    }
    known
}

impl Turn<'_> {
    /// Does the Pod wait for volumes?
    pub(super) fn needs_volumes(&self) -> bool {
        !self.worker.mounted && !self.pod().spec.volumes.is_empty()
    }

    /// Mounts them; looks again after a while. Models `WaitForAttachAndMount`.
    pub(super) fn mount(&mut self) {
        if self.worker.mounted {
            self.act();
            return;
        }
        self.worker.mounted = true;
        self.sync().doing = super::sync::Doing::Mount;
        self.go_on_after(self.world.latencies().volume_poll);
    }
}
