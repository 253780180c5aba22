//! What a kubelet's timers are for. Upstream these are channels and tickers of `syncLoop`, `pkg/kubelet/kubelet.go`,
//! and of the goroutines beside it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::prober::ProbeKind;
use super::runtime::ContainerId;
use crate::api::Uid;
use crate::cluster::workload::Exit;

/// What a kubelet wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// It registers its Node.
    Register,
    /// Its watches stand again after its machine was cut off.
    Reconnect,
    /// It says anew how its Node is.
    NodeStatus,
    /// A Pod's news arrive.
    Watch(Uid),
    /// A Pod worker's sync goes on.
    Step(Uid),
    /// A Pod worker syncs because nothing happened for long, or because a pause is over.
    Resync(Uid),
    /// The status of a Pod goes to the API.
    Status(Uid),
    /// The containers of all Pods are looked at.
    Relist,
    /// A pull ends.
    Pulled,
    /// A process ends, unless it has already.
    Exited(Uid, ContainerId, Exit),
    /// A container's memory passes its limit, unless that is another one now.
    OutOfMemory(Uid, ContainerId),
    /// A process comes to what it asks for.
    Process(Uid, ContainerId),
    /// A sandbox dies by itself.
    SandboxDied(Uid, ContainerId),
    /// A container that is being stopped is at the end of a hook, or of its patience.
    Kill(Uid, ContainerId),
    /// A probe's next beat.
    Probe(Uid, Rc<str>, ProbeKind),
    /// A probe that takes its time has its answer.
    Probed(Uid, Rc<str>, ProbeKind),
    /// A Pod has run for as long as it may.
    Deadline(Uid),
    /// Is the node short of something?
    Evict,
    /// Its memory is all taken.
    SystemOom,
    /// A Pod's volumes are looked at.
    Volumes(Uid),
    /// Resizes that were deferred are looked at again.
    RetryResizes,
    /// What nobody needs any more is cleaned up.
    Housekeeping,
    /// A command beside a container's process goes on, or has been waited for long enough.
    Exec(Uid, u64),
}
