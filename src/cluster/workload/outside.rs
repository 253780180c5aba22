//! What a process meets outside itself: the files of its Pod's volumes, the ports and listeners of its
//! network namespace. Ours: upstream it is the kernel.

use std::cell::Cell;
use std::rc::Rc;

use super::HttpAnswer;
use super::files::Files;
use super::process::Listener;
use crate::cluster::kubelet::volumes::Mount;

/// Who asks, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// TCP.
    pub port: i64,
    /// The path of a `GET`; nothing: it is only seen whether somebody listens.
    pub path: Option<Rc<str>>,
}

/// What a process may ask for while it runs.
pub trait Outside {
    /// The files of a volume; nothing if there is none.
    fn volume(&self, name: &str) -> Option<Files>;

    /// Changes the files of a volume; `false` if no container may.
    fn put_volume(&mut self, name: &str, files: Files) -> bool;

    /// A process has read a file of a volume, or changed it: the picture shows it.
    fn met(&mut self, volume: &str, path: &str, wrote: bool);

    /// Opens a port: `false` if another process of the network namespace has it.
    fn open(&mut self, listener: Listener) -> bool;

    /// A request to another process of the network namespace; nothing: nobody listens there.
    fn request(&mut self, request: &Request) -> Option<HttpAnswer>;
}

/// Where nobody answers and no volume is: what looks ahead sees this.
pub struct Nowhere;

impl Outside for Nowhere {
    fn volume(&self, _name: &str) -> Option<Files> {
        Some(Files::default())
    }

    fn put_volume(&mut self, _name: &str, _files: Files) -> bool {
        true
    }

    fn met(&mut self, _volume: &str, _path: &str, _wrote: bool) {}

    fn open(&mut self, _listener: Listener) -> bool {
        true
    }

    fn request(&mut self, _request: &Request) -> Option<HttpAnswer> {
        None
    }
}

/// What is outside, and whether anything of it was asked for.
pub struct Watched<'a> {
    outside: &'a mut dyn Outside,
    met: Cell<bool>,
}

impl<'a> Watched<'a> {
    /// Nothing was asked for yet.
    pub fn new(outside: &'a mut dyn Outside) -> Self {
        let met = Cell::new(false);
        Watched { outside, met }
    }

    /// Was anything asked for?
    pub fn was_met(&self) -> bool {
        self.met.get()
    }
}

impl Outside for Watched<'_> {
    fn volume(&self, name: &str) -> Option<Files> {
        self.met.set(true);
        self.outside.volume(name)
    }

    fn put_volume(&mut self, name: &str, files: Files) -> bool {
        self.met.set(true);
        self.outside.put_volume(name, files)
    }

    fn met(&mut self, volume: &str, path: &str, wrote: bool) {
        self.met.set(true);
        self.outside.met(volume, path, wrote);
    }

    fn open(&mut self, listener: Listener) -> bool {
        self.met.set(true);
        self.outside.open(listener)
    }

    fn request(&mut self, request: &Request) -> Option<HttpAnswer> {
        self.met.set(true);
        self.outside.request(request)
    }
}

/// A path that a mount is at, or above.
pub struct Mounted<'a> {
    /// Which.
    pub mount: &'a Mount,
    /// The path within the volume.
    pub within: String,
    /// The path within what the mount shows of it.
    pub rest: String,
}

/// The mount that a path is in, if it is in one.
pub fn mounted<'a>(mounts: &'a [Mount], path: &str) -> Option<Mounted<'a>> {
    let inside = |mount: &Mount| {
        let rest = path.strip_prefix(mount.path.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_string())
    };
    let (mount, rest) = mounts
        .iter()
        .filter_map(|mount| Some((mount, inside(mount)?)))
        .max_by_key(|(mount, _)| mount.path.len())?;
    let within = match (&*mount.sub_path, rest.as_str()) {
        ("", rest) => rest.to_string(),
        (sub, "") => sub.to_string(),
        (sub, rest) => format!("{sub}/{rest}"),
    };
    Some(Mounted {
        mount,
        within,
        rest,
    })
}
