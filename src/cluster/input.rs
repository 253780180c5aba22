//! The whole list of what may be done to the world.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::kubelet::ProbeKind;
use super::theory::Deed;
use super::{InputId, SimTime};
use crate::api::ObjectKey;
use crate::machine::{Host, Machine};

/// Everything that can be done *to* the world, and the whole content of a saved session.
/// A new power is a new variant: replay, undo, links and bug reports then follow by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// The editor's Apply: `kubectl apply`, except that a problem which the text alone shows stops
    /// every document.
    Apply {
        /// As typed.
        manifest: Rc<str>,
    },
    /// The editor's Replace: deletes what the manifest names and creates it again.
    Replace {
        /// As typed.
        manifest: Rc<str>,
    },
    /// `kubectl delete`.
    Delete {
        /// What.
        object: ObjectKey,
        /// Seconds; `None` leaves it to the object.
        grace_period_seconds: Option<i64>,
    },
    /// A new hypervisor host.
    AddHost(Host),
    /// A new virtual machine, its kubelet and its Node.
    AddMachine(Machine),
    /// Takes a machine, its kubelet and its Node away.
    RemoveMachine {
        /// Its name.
        name: Rc<str>,
    },
    /// Takes a host away, with all its machines.
    RemoveHost {
        /// Its name.
        name: Rc<str>,
    },
    /// An exported cluster takes the place of this one.
    Import(Import),
    /// Something goes wrong on purpose.
    Fault(Fault),
    /// The Eviction API is asked once, as `kubectl drain` asks it of each Pod.
    Evict {
        /// Which Pod.
        pod: ObjectKey,
        /// Seconds; `None` leaves it to the Pod.
        grace_period_seconds: Option<i64>,
        /// Only say what would be answered.
        dry_run: bool,
    },
    /// A machine goes off, as by its button: whatever ran on it ends at once, and nobody is told. The
    /// control plane notices that its kubelet is silent. See `kubelet/node_shutdown.rs`.
    PowerOff {
        /// Its name.
        node: Rc<str>,
    },
    /// A machine that is off comes on.
    PowerOn {
        /// Its name.
        node: Rc<str>,
    },
    /// A machine runs on, but nothing passes between it and any other: neither its kubelet's requests nor its
    /// Pods'. See `partition.rs`.
    Partition {
        /// Its name.
        node: Rc<str>,
    },
    /// What cut a machine off is mended.
    Heal {
        /// Its name.
        node: Rc<str>,
    },
    /// `kubectl patch`, with `--subresource`.
    Patch {
        /// What.
        object: ObjectKey,
        /// `resize` or `ephemeralcontainers`
        subresource: Rc<str>,
        /// As typed: YAML or JSON.
        patch: Rc<str>,
    },
    /// A `GET` from within a container over its Pod's own network, as `kubectl debug` with a client would ask
    /// it. Whoever listens on the port answers.
    Request {
        /// The Pod.
        pod: ObjectKey,
        /// The container that asks.
        from: Rc<str>,
        /// The container that is meant. Over localhost it is the port alone that decides who answers.
        to: Rc<str>,
        /// TCP.
        port: u16,
        /// `/healthz`
        path: Rc<str>,
    },
    /// A `GET` over the network, from a container or from outside the cluster.
    Send {
        /// The Pod and its container; `None`: somebody outside.
        from: Option<(ObjectKey, Rc<str>)>,
        /// A name or an address.
        to: Rc<str>,
        /// TCP.
        port: u16,
        /// `/healthz`
        path: Rc<str>,
        /// Again each second, until [`Input::StopSending`].
        every_second: bool,
    },
    /// What was asked each second is asked no more.
    StopSending {
        /// The input that began it.
        input: InputId,
    },
    /// A line in the terminal that changes something or waits. One that only reads and is over at once
    /// is a note beside the journal: see [`super::Simulation::would_print`].
    Command {
        /// As typed; several lines where a here-document is in it.
        line: Rc<str>,
        /// Files that are put there first: name and text.
        files: Rc<Vec<(Rc<str>, Rc<str>)>>,
        /// What it reads.
        stdin: Option<Rc<str>>,
    },
    /// Ctrl+C in the terminal.
    Interrupt {
        /// The input whose line ends.
        input: InputId,
    },
    /// Somebody writes a file into a machine's folder of static Pods, or removes one.
    StaticPod {
        /// The machine's name.
        machine: Rc<str>,
        /// The file's name.
        file: Rc<str>,
        /// As typed; `None` removes the file.
        manifest: Option<Rc<str>>,
    },
    /// The same is done with virtual machines, containers and Pods.
    Theory(Deed),
}

impl Input {
    /// The Pod that something is done to by hand, if it is that.
    pub fn pod_at_hand(&self) -> Option<&ObjectKey> {
        match self {
            Input::Request { pod, .. }
            | Input::Fault(
                Fault::KillContainer { pod, .. }
                | Fault::FailProbe { pod, .. }
                | Fault::FillMemory { pod, .. },
            ) => Some(pod),
            _ => None,
        }
    }
}

/// An exported cluster, as [`crate::manifest::import`] has read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its objects: each line of each part is one as JSON.
    pub parts: Rc<Vec<Rc<str>>>,
    /// The latest moment that they name. All moments are moved by the whole seconds between it and the
    /// import's.
    pub newest: SimTime,
}

/// What may go wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The simulation itself panics while it handles an event, this many microseconds from now: it
    /// proves that recovery works.
    CorePanic {
        /// Microseconds of virtual time.
        after_micros: u64,
    },
    /// Something on a machine that is no Pod takes this much of it from now on, as a process that
    /// nobody manages does. Its kubelet evicts Pods when too little is left.
    TakeUp {
        /// The machine's name.
        node: Rc<str>,
        /// Bytes of memory; 0 gives it back.
        memory_bytes: i64,
        /// Bytes of disk; 0 gives it back.
        disk_bytes: i64,
    },
    /// A container's process gets SIGKILL from its node, as by `kill -9` there.
    KillContainer {
        /// The Pod.
        pod: ObjectKey,
        /// The container.
        container: Rc<str>,
    },
    /// From now on a probe of a container fails, whatever its program would answer; or it is asked again.
    FailProbe {
        /// The Pod.
        pod: ObjectKey,
        /// The container.
        container: Rc<str>,
        /// Which of its probes.
        probe: ProbeKind,
        /// Does it fail?
        fails: bool,
    },
    /// A container's program takes more and more memory: until it is more than its limit, or until its node
    /// has too little left.
    FillMemory {
        /// The Pod.
        pod: ObjectKey,
        /// The container.
        container: Rc<str>,
    },
}
