//! What a process meets outside itself: the files of its Pod's volumes, the ports and listeners of its
//! network namespace, and the network beyond. Ours: upstream it is the kernel.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::HttpAnswer;
use super::files::Files;
use super::process::Listener;
use crate::cluster::kubelet::volumes::Mount;
use crate::collections::Map;
use crate::kubectl;

/// Who asks, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// TCP.
    pub port: i64,
    /// The path of a `GET`; nothing: it is only seen whether somebody listens.
    pub path: Option<Rc<str>>,
    /// From which address; nothing: from within the Pod.
    pub from: Option<Rc<str>>,
}

/// A question to somebody beyond the Pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// A name or an address, as it was given.
    pub host: Rc<str>,
    /// What is wanted there.
    pub wants: Wants,
    /// How long the program waits before it gives up.
    pub patience: Duration,
}

/// What is wanted of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wants {
    /// Its address alone.
    Address,
    /// What it says of these names as a DNS server, all asked at once: see `nslookup`.
    Names(Rc<[Rc<str>]>),
    /// An echo.
    Echo,
    /// A connection to a TCP port.
    Connection(u16),
    /// The answer to a `GET` of this path on a TCP port.
    Get(u16, Rc<str>),
}

impl Wants {
    /// The TCP port.
    pub fn port(&self) -> Option<u16> {
        match self {
            Wants::Address | Wants::Names(_) | Wants::Echo => None,
            Wants::Connection(port) | Wants::Get(port, _) => Some(*port),
        }
    }
}

/// What came of it, as a program sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The address behind the name; empty where there is none.
    pub address: Rc<str>,
    /// How it ended.
    pub end: End,
    /// What was sent back.
    pub body: Rc<str>,
}

/// How a question over the network ends for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With an answer; its status, where it is HTTP.
    Answered(Option<u16>),
    /// There is no such name.
    NoSuchHost,
    /// Nobody answers for names.
    NoNameServer,
    /// Nobody listens there.
    Refused,
    /// Nobody has this address.
    NoRoute,
    /// Nothing came back in time.
    TimedOut,
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

    /// A question to somebody beyond the Pod. Its [`Reply`] comes later, with this number; nothing: it can't be asked
    /// from here.
    fn send(&mut self, ask: Ask) -> Option<u64>;

    /// The container's first process gets SIGTERM from a command beside it.
    fn terminate(&mut self) {}

    /// How long after one kubectl the next begins in a line.
    fn pace(&self) -> Duration {
        Duration::ZERO
    }

    /// kubectl begins or goes on, where the shell is a terminal's.
    fn kubectl(&mut self, _call: &mut Call<'_>) -> Option<Poll> {
        None
    }
}

/// A call of kubectl by a terminal's shell.
pub struct Call<'a> {
    /// The command with its arguments.
    pub words: &'a [Rc<str>],
    /// What it left when it was polled last; nothing at first.
    pub process: &'a mut Option<Rc<kubectl::process::Process>>,
    /// How long the shell has run.
    pub ran: Duration,
    /// What it can read.
    pub stdin: Option<Rc<str>>,
    /// The terminal's files.
    pub files: &'a mut Files,
    /// The folder that the shell stands in.
    pub folder: &'a Rc<str>,
    /// Its variables.
    pub variables: &'a Map<Rc<str>, Rc<str>>,
    /// The exit code of what it wanted run.
    pub status: i64,
    /// What it has printed since.
    pub printed: Vec<kubectl::cx::Piece>,
}

/// How far a call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// It is over, with this exit code.
    Done(i64),
    /// It waits, at most until then, counted from the shell's start.
    Waits(Option<Duration>),
    /// It wants this line run first.
    Runs(Rc<str>),
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

    fn send(&mut self, _ask: Ask) -> Option<u64> {
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

    fn send(&mut self, ask: Ask) -> Option<u64> {
        self.met.set(true);
        self.outside.send(ask)
    }

    fn terminate(&mut self) {
        self.met.set(true);
        self.outside.terminate();
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
