//! Images and what runs in containers: what an image and a command do. Ours: upstream hands a
//! container to a runtime, and the kernel does the rest. Read in the order below.
//!
//! A process is a value: what it will do until it asks for something is a function of how long it has
//! run, so that nothing has to happen while it runs. What it asks for (files of volumes, ports, who
//! listens in its Pod) is [`outside`]. Left out: what needs the network between Pods.

/// What a process does, as a value.
mod process;

/// What a process takes of its machine.
mod usage;

/// Trees of files: volumes, containers' own disks.
pub mod files;

/// What a process meets outside itself.
pub mod outside;

/// What the processes of a container are told.
mod context;

/// Commands that run beside a process.
mod exec;

/// `$(NAME)`.
mod expansion;

/// A small understanding of what people write behind `sh -c`.
mod shell;

/// Names of images.
pub mod image_name;

/// Images and their programs: the page's runtime.
pub mod catalogue;

/// The runtime of the recorded kubelet cases.
mod scripted;

use std::rc::Rc;
use std::time::Duration;

use crate::api::pod::{Container, Pod};
use crate::cluster::kubelet::volumes::{Mount, Volume};
use crate::cluster::{Latencies, Runtime};
use crate::collections::Map;

use files::Files;
use outside::{Outside, mounted};

pub use catalogue::{Asks, Next, Program};
pub use context::hostname;
pub use exec::{Exec, Stands};
pub use expansion::expand;
pub use process::{Begun, ExecAnswer, Exit, HttpAnswer, Listener, Process};
pub(in crate::cluster) use shell::{FOREVER, address, status_line};
pub use shell::{Printed, Shell, Stand, Stop, fits};
pub(in crate::cluster) use shell::{compile, parse};
pub use usage::{Climb, Usage};

/// Something that takes a while, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed<T> {
    /// How long it takes.
    pub after: Duration,
    /// What comes out.
    pub result: T,
}

/// What a node knows of an image that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSize(pub u64);

/// What is needed to create a container.
#[derive(Clone, Copy, Debug)]
pub struct ContainerConfig<'a> {
    /// Its Pod.
    pub pod: &'a Pod,
    /// What was asked for.
    pub container: &'a Container,
    /// Its environment, every reference resolved.
    pub env: &'a [(Rc<str>, Rc<str>)],
    /// The Pod's volumes in its tree.
    pub mounts: &'a [Mount],
    /// The Pod's volumes by their names.
    pub volumes: &'a Map<Rc<str>, Rc<Volume>>,
    /// How often it was started before.
    pub restart_count: i64,
    /// The Pod's own address; empty with the node's network.
    pub ip: &'a str,
    /// `/etc/resolv.conf`
    pub resolv_conf: &'a str,
}

/// What is in a file of a container: of a volume that is mounted there, or its own.
fn read(mounts: &[Mount], own: &Files, outside: &dyn Outside, path: &str) -> Option<Rc<[u8]>> {
    let file = match mounted(mounts, path) {
        Some(seen) => match &seen.mount.kept {
            Some(kept) => kept.get(&seen.rest).cloned(),
            None => outside
                .volume(&seen.mount.volume)?
                .get(&seen.within)
                .cloned(),
        },
        None => own.get(path.trim_start_matches('/')).cloned(),
    };
    file.filter(|file| !file.folder).map(|file| file.bytes)
}

/// A container runtime, as far as the kubelet sees it. Models the CRI, `k8s.io/cri-api`.
pub trait ContainerRuntime {
    /// Is the image on every node from the start? Its size then.
    fn preloaded(&self, image: &str) -> Option<ImageSize>;

    /// RunPodSandbox, the try of this number (from 0).
    fn run_pod_sandbox(
        &self,
        latencies: &Latencies,
        pod: &Pod,
        tries: u32,
    ) -> Timed<Result<(), String>>;

    /// How long a sandbox lives, if it is to die by itself.
    fn sandbox_dies_after(&self, _pod: &Pod, _attempt: u32) -> Option<Duration> {
        None
    }

    /// PullImage, the try of this number (from 0).
    fn pull_image(
        &self,
        latencies: &Latencies,
        image: &str,
        tries: u32,
    ) -> Timed<Result<ImageSize, String>>;

    /// CreateContainer.
    fn create_container(
        &self,
        latencies: &Latencies,
        config: ContainerConfig<'_>,
    ) -> Timed<Result<Process, String>>;

    /// StartContainer. The error is the runtime's text.
    fn start_container(
        &self,
        latencies: &Latencies,
        process: &Process,
    ) -> Timed<Result<(), String>>;
}

/// The runtime that stands behind every kubelet of a world.
pub fn runtime(kind: Runtime) -> &'static dyn ContainerRuntime {
    match kind {
        Runtime::Scripted => &scripted::Scripted,
        Runtime::Catalogue | Runtime::Instant => &catalogue::Catalogue,
    }
}
