//! What truly runs of a Pod: its sandboxes and containers, as a container runtime would list them.
//! Models `kubecontainer.PodStatus`, `pkg/kubelet/container/runtime.go`. The kubelet decides by a
//! picture of it that is a little old: see [`super::pleg`].

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::volumes::Mount;
use crate::cluster::workload::{Exit, Process};
use crate::cluster::{SimTime, TimerId};

/// A sandbox's or container's id: unique by chance, as a real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContainerId(pub u64);

/// `containerd://` and 64 hexadecimal digits.
impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("containerd://")?;
        let mut part = self.0;
        for _ in 0..4 {
            write!(f, "{part:016x}")?;
            part = part.wrapping_mul(0x5851_f42d_4c95_7f2d).rotate_left(29) ^ self.0;
        }
        Ok(())
    }
}

/// What keeps a Pod's shared environment: its network namespace and address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Its id.
    pub id: ContainerId,
    /// How many came before it.
    pub attempt: u32,
    /// Does it still stand?
    pub ready: bool,
    /// On the Pod network; empty with the node's own network.
    pub ip: Rc<str>,
}

/// How a container is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Created, not started.
    Created,
    /// Since when its process runs.
    Running(SimTime),
    /// Its process ended.
    Exited {
        /// When it was started, if it ever was.
        started: Option<SimTime>,
        /// When it ended.
        finished: SimTime,
        /// How.
        exit: Exit,
    },
}

/// One run of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// The container's name in the Pod.
    pub name: Rc<str>,
    /// Image, as written in the spec that it was made from.
    pub image: Rc<str>,
    /// The image's digest.
    pub image_id: Rc<str>,
    /// How many runs came before it.
    pub restart_count: i64,
    /// The sandbox it is in.
    pub sandbox: ContainerId,
    /// When it was created.
    pub created: SimTime,
    /// How it is.
    pub state: State,
    /// What runs in it.
    pub process: Process,
    /// The bytes of memory that it may take; more, and it is killed.
    pub memory_limit: Option<i64>,
    /// The timer of its next question, or of its end.
    pub timer: Option<TimerId>,
    /// The Pod's volumes in its tree, in the order of the spec.
    pub mounts: Rc<[Mount]>,
    /// Does its log replace an empty termination message after a failure?
    pub falls_back_to_logs: bool,
}

impl Container {
    /// Does its process run?
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<&Exit> {
        match &self.state {
            State::Exited { exit, .. } => Some(exit),
            _ => None,
        }
    }

    /// How long it has run at `now`; nothing if it doesn't run.
    pub fn ran(&self, now: SimTime) -> Option<Duration> {
        match self.state {
            State::Running(since) => Some(now.since(since)),
            _ => None,
        }
    }

    /// The whole message of its end: the runtime's, then what the container left.
    /// Models `convertToKubeContainerStatus`.
    pub fn exit_message(&self) -> String {
        let State::Exited {
            started,
            finished,
            exit,
        } = &self.state
        else {
            return String::new();
        };
        let mut left = exit.termination_message.to_string();
        if left.is_empty() && self.falls_back_to_logs && exit.code != 0 {
            let ran = started.map_or(Duration::ZERO, |started| finished.since(started));
            left = tail(&self.process.log(started.unwrap_or(*finished), ran));
        }
        match (&*exit.message, left.is_empty()) {
            ("", _) => left,
            (message, true) => message.to_string(),
            (message, false) => format!("{message}: {left}"),
        }
    }
}

/// The end of a log: 80 lines, 2048 bytes. Models `readLastStringFromContainerLogs`.
fn tail(log: &[(Duration, String)]) -> String {
    let lines = log.iter().skip(log.len().saturating_sub(80));
    let text: String = lines.map(|(_, line)| format!("{line}\n")).collect();
    let from = text.len().saturating_sub(2048);
    let from = (from..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text[from..].to_string()
}

/// Everything that a runtime lists of one Pod, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodRuntime {
    /// Sandboxes; only the first can be ready.
    pub sandboxes: Vec<Sandbox>,
    /// Containers of all its sandboxes.
    pub containers: Vec<Container>,
}

impl PodRuntime {
    /// The latest run of the container called `name`. Models `FindContainerStatusByName`.
    pub fn latest(&self, name: &str) -> Option<&Container> {
        self.containers
            .iter()
            .find(|container| &*container.name == name)
    }

    /// The container with this id.
    pub fn container(&self, id: ContainerId) -> Option<&Container> {
        self.containers.iter().find(|container| container.id == id)
    }

    /// The container with this id, for writing.
    pub fn container_mut(&mut self, id: ContainerId) -> Option<&mut Container> {
        self.containers
            .iter_mut()
            .find(|container| container.id == id)
    }

    /// The sandbox that stands.
    pub fn ready_sandbox(&self) -> Option<&Sandbox> {
        self.sandboxes.first().filter(|sandbox| sandbox.ready)
    }

    /// Is there no sandbox to work with? Models `PodSandboxChanged`.
    pub fn needs_sandbox(&self) -> bool {
        self.ready_sandbox().is_none()
    }

    /// Containers in the sandbox that stands. Models `ActiveContainerStatuses`.
    pub fn active(&self) -> impl Iterator<Item = &Container> {
        let sandbox = self.ready_sandbox().map(|sandbox| sandbox.id);
        let here = move |container: &&Container| Some(container.sandbox) == sandbox;
        self.containers.iter().filter(here)
    }
}
