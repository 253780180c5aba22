//! Images and their programs: the page's runtime.

/// What a program does.
pub mod program;

use std::rc::Rc;
use std::time::Duration;

use super::{ContainerConfig, ContainerRuntime, ImageSize, Process, Timed};
use crate::api::pod::Pod;
use crate::cluster::Latencies;
use program::{Listen, Program, Term};

/// The page's runtime.
pub(super) struct Catalogue;

/// containerd's text for a tag that the registry doesn't have.
pub(super) fn not_found(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to \
         resolve reference \"{image}\": {image}: not found"
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
        _image: &str,
        _tries: u32,
    ) -> Timed<Result<ImageSize, String>> {
        let size = 50_000_000;
        let micros = size * 1_000_000 / latencies.pull_bytes_per_second.max(1);
        Timed {
            after: latencies.pull_base + Duration::from_micros(micros),
            result: Ok(ImageSize(size)),
        }
    }

    fn create_container(
        &self,
        latencies: &Latencies,
        _config: ContainerConfig<'_>,
    ) -> Timed<Result<Process, String>> {
        let program = Program {
            listens: vec![Listen {
                port: 8080,
                loopback: false,
                after: Duration::from_secs(1),
                http: true,
            }],
            exit: None,
            term: Term::Exits {
                after: Duration::from_secs(1),
                code: 0,
            },
        };
        Timed {
            after: latencies.container_creation,
            result: Ok(Process::Program(Rc::new(program))),
        }
    }

    fn start_container(
        &self,
        latencies: &Latencies,
        _process: &Process,
    ) -> Timed<Result<(), String>> {
        Timed {
            after: latencies.container_start,
            result: Ok(()),
        }
    }
}
