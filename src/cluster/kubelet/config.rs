//! What a container needs from outside: volumes that are there, an environment that resolves.
//! Models `makeEnvironmentVariables`, `pkg/kubelet/kubelet_pods.go`. Left out: ConfigMaps, Secrets,
//! downward fields (a plain value is all that is resolved).

use std::rc::Rc;

use super::Turn;
use crate::api::Object;
use crate::api::pod::Container;
use crate::cluster::World;

/// Name and value of an environment variable.
type Variable = (Rc<str>, Rc<str>);

/// The environment of a container.
///
/// # Errors
/// What can't be resolved, in upstream's words.
pub(super) fn environment(
    _world: &World,
    _pod: &Object,
    container: &Container,
    _pod_ip: &str,
    _host_ip: &str,
) -> Result<Vec<Variable>, String> {
    Ok(container
        .env
        .iter()
        .map(|env| (env.name.clone(), env.value.clone()))
        .collect())
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
