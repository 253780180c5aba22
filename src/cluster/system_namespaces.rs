//! The Namespaces that a cluster has by itself, and gets again. Models
//! `pkg/controlplane/controller/systemnamespaces`. Three of them can't be deleted at all
//! (`admission/namespace_lifecycle.rs`): only `kube-node-lease` ever comes back.

use std::time::Duration;

use super::{Change, Verb, Wake, World, api_server};

/// What they are called.
const SYSTEM: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// So often the API server looks; it always has looked when one goes, as for its Service (`network/control_plane.rs`).
const LOOKS_EVERY: Duration = Duration::from_secs(60);

/// Makes those that aren't there.
pub(super) fn sync(world: &mut World) {
    for name in SYSTEM {
        api_server::make_namespace(world, name);
    }
}

/// Sees a change: one that is gone is missed when the API server looks the next time.
pub(super) fn observe(world: &mut World, change: &Change) {
    let key = &change.object;
    let is_ours = &*key.kind == "Namespace" && SYSTEM.contains(&&*key.name);
    if is_ours && change.verb == Verb::Deleted {
        world.wake(LOOKS_EVERY, Wake::SystemNamespaces);
    }
}
