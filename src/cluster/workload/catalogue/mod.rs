//! Images and their programs: the page's runtime. Data in `catalogue.yaml`; read in the order below.

/// What a program does.
pub mod program;

/// What a script will do until it asks again.
mod ahead;

/// A program as the data file describes it.
mod recipe;

/// The data file.
mod entry;

/// Which program a container runs.
mod command;

/// What programs answer.
mod site;

/// Who answers the same again.
mod steady;

pub(super) use ahead::{STEPS, look_ahead};
pub use command::{assumed, foreground};
pub use program::{Listen, Next, Program, Stop};
pub use site::{Asks, Serves};

use std::rc::Rc;
use std::time::Duration;

use super::context::Context;
use super::files::{File, Files};
use super::{ContainerConfig, ContainerRuntime, ImageSize, Process, Timed, image_name};
use crate::api::pod::{Container, Pod};
use crate::cluster::Latencies;
use crate::collections::Map;

/// What is known of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is in the catalogue.
    Yes,
    /// It is in the catalogue, but not with this tag: it can't be pulled.
    NoSuchTag,
    /// The registry is known not to have it.
    Denied,
    /// Nobody knows it here: it can be pulled, and what it does is assumed.
    Assumed,
}

/// What stands behind an image name, so that the page can say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Is it known?
    pub known: Known,
    /// Compressed size in bytes.
    pub bytes: u64,
    /// Ports that its default command opens without any help from outside.
    pub ports: Vec<i64>,
}

/// What stands behind an image name.
pub fn resolve(image: &str) -> Resolved {
    let tag = image_name::split(image).tag.unwrap_or("latest");
    let has_digest = image_name::split(image).digest.is_some();
    let Some(entry) = entry::image(image) else {
        return Resolved {
            known: Known::Assumed,
            bytes: ASSUMED_BYTES,
            ports: Vec::new(),
        };
    };
    let known = match (entry.denied, has_digest || entry.has_tag(tag)) {
        (true, _) => Known::Denied,
        (false, true) => Known::Yes,
        (false, false) => Known::NoSuchTag,
    };
    let container = Container {
        image: image.into(),
        ..Container::default()
    };
    let program = understand(&Pod::default(), &container, &[], 0);
    let ports = program.listens.iter().map(|listen| listen.port).collect();
    Resolved {
        known,
        bytes: entry.bytes(),
        ports,
    }
}

/// What is assumed of a container because its image or command isn't known here; `None` if nothing.
pub fn assumption(pod: &Pod, container: &Container) -> Option<Rc<str>> {
    let plain = |env: &crate::api::pod::EnvVar| (env.name.clone(), env.value.clone());
    let env: Vec<_> = container.env.iter().map(plain).collect();
    understand(pod, container, &env, 0).would_assume()
}

/// The files that [`Context::own_files`] keeps.
pub(super) fn own_files(context: &Context) -> Files {
    let mut files = Files::default();
    let mut put = |path: &str, text: &str| {
        let file = File {
            bytes: text.as_bytes().into(),
            mode: 0o644,
            changed: crate::cluster::SimTime::ZERO,
            folder: false,
        };
        files.put(path.trim_start_matches('/'), file);
    };
    for (path, text) in entry::image(&context.image)
        .into_iter()
        .flat_map(|image| image.files)
    {
        put(&path, &text);
    }
    put("/etc/hostname", &format!("{}\n", context.hostname));
    put("/etc/hosts", &context.hosts());
    put("/etc/resolv.conf", &context.resolv_conf);
    files
}

fn understand(
    pod: &Pod,
    container: &Container,
    env: &[(Rc<str>, Rc<str>)],
    restart_count: i64,
) -> program::Program {
    command::understand(ContainerConfig {
        pod,
        container,
        env,
        mounts: &[],
        volumes: &Map::new(),
        restart_count,
        ip: "",
        resolv_conf: "",
    })
}

/// An unknown image's size: ours, a middling one.
const ASSUMED_BYTES: u64 = 60_000_000;

/// The page's runtime.
pub(super) struct Catalogue;

/// containerd's text for a tag that the registry doesn't have.
pub(super) fn not_found(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to \
         resolve reference \"{image}\": {image}: not found"
    )
}

/// containerd's text for a repository that the registry doesn't have: it won't say whether.
fn denied(image: &str) -> String {
    format!(
        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": pull \
         access denied, repository does not exist or may require authorization: server message: \
         insufficient_scope: authorization failed"
    )
}

impl ContainerRuntime for Catalogue {
    fn preloaded(&self, _image: &str) -> Option<ImageSize> {
        None
    }

    fn run_pod_sandbox(
        &self,
        latencies: &Latencies,
        _pod: &Pod,
        _tries: u32,
    ) -> Timed<Result<(), String>> {
        Timed {
            after: latencies.sandbox_creation,
            result: Ok(()),
        }
    }

    fn pull_image(
        &self,
        latencies: &Latencies,
        image: &str,
        _tries: u32,
    ) -> Timed<Result<ImageSize, String>> {
        let resolved = resolve(image);
        let full = image_name::full(image);
        let result = match resolved.known {
            Known::Yes | Known::Assumed => Ok(ImageSize(resolved.bytes)),
            Known::NoSuchTag => Err(not_found(&full)),
            Known::Denied => Err(denied(&full)),
        };
        let bytes = if result.is_ok() { resolved.bytes } else { 0 };
        let micros = bytes.saturating_mul(1_000_000) / latencies.pull_bytes_per_second.max(1);
        Timed {
            after: latencies.pull_base + Duration::from_micros(micros),
            result,
        }
    }

    fn create_container(
        &self,
        latencies: &Latencies,
        config: ContainerConfig<'_>,
    ) -> Timed<Result<Process, String>> {
        let program = command::understand(config);
        Timed {
            after: latencies.container_creation,
            result: Ok(Process::Program(Rc::new(program))),
        }
    }

    fn start_container(
        &self,
        latencies: &Latencies,
        process: &Process,
    ) -> Timed<Result<(), String>> {
        let error = match process {
            Process::Program(program) => program.start_error.clone(),
            Process::Scripted(_) => None,
        };
        Timed {
            after: latencies.container_start,
            result: error.map_or(Ok(()), |error| Err(error.to_string())),
        }
    }
}
