//! What the processes of a Pod meet: each other's ports, and the volumes that they share. A process acts
//! when it starts, when a timer of its own rings, and when somebody asks it; in between it is a value that
//! nobody touches. What it sends beyond its Pod, [`crate::cluster::network`] carries. Ours: upstream it is the kernel.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pod_worker::PodWorker;
use super::rest::{Line, Steady};
use super::runtime::{Container, ContainerId, PodRuntime, State};
use super::volumes::Volume;
use super::{Turn, Wake};
use crate::api::{ObjectKey, Uid};
use crate::cluster::SimTime;
use crate::cluster::network::{Order, Outbox};
use crate::cluster::workload::files::{File, Files};
use crate::cluster::workload::outside::{Ask, Mounted, Outside, Request, mounted};
use crate::cluster::workload::{
    Asks, Exit, FOREVER, HttpAnswer, Listener, Next, Process, address, status_line,
};
use crate::collections::{List, Map};

/// One request over a Pod's own network, so that the picture can show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// When.
    pub at: SimTime,
    /// The container that asked.
    pub from: Rc<str>,
    /// The container that answered; empty if nobody listened.
    pub to: Rc<str>,
    /// TCP.
    pub port: i64,
    /// `GET /healthz`, or `connect`.
    pub asked: Rc<str>,
    /// `200 OK`, `open`, `connection refused`, `timed out`
    pub answered: Rc<str>,
    /// The body, as far as it is short.
    pub body: Rc<str>,
}

/// Requests that are kept of each Pod, by the Pod: the last [`EXCHANGES`].
pub type Exchanges = Map<Uid, List<Exchange>>;

/// A file of a volume that a container read or wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileUse {
    /// When.
    pub at: SimTime,
    /// The container.
    pub who: Rc<str>,
    /// The volume's name in the Pod.
    pub volume: Rc<str>,
    /// Where in the volume: `access.log`
    pub path: Rc<str>,
    /// Was it written? Else it was read.
    pub wrote: bool,
}

/// What containers did with files of volumes, by the Pod: the last [`FILE_USES`].
pub type FileUses = Map<Uid, List<FileUse>>;

/// Uses of files that are kept of a Pod.
pub const FILE_USES: usize = 50;

/// Requests that are kept of a Pod.
pub const EXCHANGES: usize = 200;

/// What is said of a request whose answer no client waits for.
pub(super) const TIMED_OUT: &str = "timed out";

/// Bytes of an answer's body that are kept.
const BODY_BYTES: usize = 200;

/// Requests that may lead to one another.
const DEPTH: u32 = 8;

/// What a node's own network has: the processes of all Pods on it that use it.
pub(super) type Neighbours = Vec<(Uid, Container)>;

/// What one process of a Pod meets.
pub(super) struct Surroundings<'a> {
    runtime: &'a mut PodRuntime,
    volumes: &'a mut Map<Rc<str>, Rc<Volume>>,
    exchanges: &'a mut Exchanges,
    file_uses: &'a mut FileUses,
    neighbours: &'a [(Uid, Container)],
    uid: Uid,
    now: SimTime,
    /// Who asks.
    who: Rc<str>,
    pub(super) ip: Rc<str>,
    depth: u32,
    /// What an answer depended on that is beyond the Pod.
    pub(super) unreached: Option<Asks>,
    /// Where its questions beyond the Pod go.
    outbox: &'a mut Outbox,
    /// Is SIGTERM sent to the container's first process?
    terminates: bool,
    /// Who sends them, and from where; nothing: what is run can't wait for an answer.
    sender: Option<ContainerId>,
    node: (Rc<str>, Rc<str>),
    pod: ObjectKey,
}

/// Does it listen there now?
fn listens(container: &Container, now: SimTime, port: i64) -> bool {
    container.ran(now).is_some_and(|ran| {
        let open = container.process.listeners(ran);
        open.iter().any(|listener| listener.port == port)
    })
}

impl super::Kubelet {
    /// Running containers of other Pods on the node's own network, if this Pod uses it.
    pub(super) fn neighbours(&self, uid: Uid) -> Neighbours {
        let on_host = |worker: &PodWorker| {
            let sandbox = worker.runtime.ready_sandbox();
            sandbox.is_some_and(|sandbox| sandbox.ip.is_empty())
        };
        if !self.workers.get(&uid).is_some_and(|worker| on_host(worker)) {
            return Vec::new();
        }
        let others = self
            .workers
            .iter()
            .filter(|(of, worker)| **of != uid && on_host(worker));
        let running = others.flat_map(|(of, worker)| {
            let runs = worker.runtime.containers.iter();
            runs.filter(|run| run.is_running())
                .map(|run| (*of, run.clone()))
        });
        running.collect()
    }
}

impl Outside for Surroundings<'_> {
    fn volume(&self, name: &str) -> Option<Files> {
        self.volumes.get(name).map(|volume| volume.files.clone())
    }

    fn put_volume(&mut self, name: &str, files: Files) -> bool {
        match self.volumes.get_mut(name) {
            Some(volume) if !volume.read_only() => {
                Rc::make_mut(volume).files = files;
                true
            }
            _ => false,
        }
    }

    fn met(&mut self, volume: &str, path: &str, wrote: bool) {
        let all = self.file_uses.or_default(self.uid);
        let (at, who) = (self.now, self.who.clone());
        let (volume, path) = (volume.into(), path.into());
        let met = FileUse {
            at,
            who,
            volume,
            path,
            wrote,
        };
        if all.last().is_some_and(|last| **last == met) {
            return;
        }
        all.push(Rc::new(met));
        if all.len() > FILE_USES {
            all.pop_first();
        }
    }

    fn open(&mut self, listener: Listener) -> bool {
        let (now, port) = (self.now, listener.port);
        let own = self.runtime.containers.iter();
        let others = self.neighbours.iter().map(|(_, container)| container);
        !own.chain(others)
            .any(|container| listens(container, now, port))
    }

    fn request(&mut self, request: &Request) -> Option<HttpAnswer> {
        let (now, port) = (self.now, request.port);
        let mut own = self.runtime.containers.iter();
        let answer = match own.position(|container| listens(container, now, port)) {
            Some(at) => Some(self.answer(at, request)),
            None => self.of_neighbour(request),
        };
        let (to, answer) = match answer {
            Some((to, answer)) => (to, Some(answer)),
            None => ("".into(), None),
        };
        self.write_down(request, to, answer.as_ref());
        answer
    }

    fn send(&mut self, ask: Ask) -> Option<u64> {
        let container = self.sender?;
        let number = self.outbox.number();
        let (node, node_ip) = self.node.clone();
        self.outbox.put(Order {
            number,
            node,
            pod: self.pod.clone(),
            uid: self.uid,
            container,
            name: self.who.clone(),
            ip: match &*self.ip {
                "" => node_ip,
                _ => self.ip.clone(),
            },
            ask,
        });
        Some(number)
    }

    fn terminate(&mut self) {
        self.terminates = true;
    }
}

impl Surroundings<'_> {
    /// A container of the Pod answers, after whatever has to happen for it.
    pub(super) fn answer(&mut self, at: usize, request: &Request) -> (Rc<str>, HttpAnswer) {
        let container = &mut self.runtime.containers[at];
        let (name, ran) = (
            container.name.clone(),
            container.ran(self.now).unwrap_or_default(),
        );
        let mut process = std::mem::take(&mut container.process);
        // What is done for the answer, it does.
        let asker = std::mem::replace(&mut self.who, name.clone());
        let path = request.path.clone().unwrap_or_else(|| "/".into());
        let (asks, mut answer) = process.get(ran, request.port, &path, self);
        if let Some(other) = self.reached(&asks, &path) {
            answer = other;
        }
        if request.path.is_none() && answer.status.is_some() {
            // Nothing was asked yet.
            answer.body.clear();
        }
        let noted = request.path.is_some().then_some(answer.status).flatten();
        let line =
            noted.and_then(|status| process.note(ran, (request.from.as_deref(), &path), status));
        if let Some((file, line)) = line {
            self.add_line(&mut process, ran, &file, &line);
        }
        self.runtime.containers[at].process = process;
        self.who = asker;
        (name, answer)
    }

    /// What an answer depends on.
    fn reached(&mut self, asks: &Asks, path: &str) -> Option<HttpAnswer> {
        let (target, path) = match asks {
            Asks::Nothing => return None,
            Asks::Forward(target) => (target, Some(path.into())),
            Asks::Needs(target) => (target, None),
        };
        let (host, port, _) = address(target);
        if !self.is_here(&host) {
            self.unreached = Some(asks.clone());
            return None;
        }
        if self.depth == 0 {
            return None;
        }
        self.depth -= 1;
        let answer = self.request(&Request {
            port,
            path,
            from: None,
        });
        self.depth += 1;
        let answer = answer?;
        Some(match asks {
            Asks::Needs(_) => HttpAnswer {
                status: Some(200),
                body: "200 OK\n".into(),
                after: Duration::ZERO,
            },
            _ => answer,
        })
    }

    /// A process of another Pod answers that uses the node's network too.
    fn of_neighbour(&mut self, request: &Request) -> Option<(Rc<str>, HttpAnswer)> {
        let (now, port) = (self.now, request.port);
        let mut others = self.neighbours.iter().map(|(_, container)| container);
        let found = others.find(|container| listens(container, now, port))?;
        let mut process = found.process.clone();
        let path = request.path.as_deref().unwrap_or("/");
        let (_, answer) = process.get(found.ran(now)?, port, path, self);
        Some((found.name.clone(), answer))
    }

    fn add_line(&mut self, process: &mut Process, ran: Duration, file: &str, line: &str) {
        let added = |files: &mut Files, path: &str, changed: SimTime| {
            let before = files.get(path).map_or(&[][..], |file| &file.bytes);
            let mut bytes = before[before.len().saturating_sub(64 * 1024)..].to_vec();
            bytes.extend_from_slice(line.as_bytes());
            let file = File {
                bytes: bytes.into(),
                mode: 0o644,
                changed,
                folder: false,
            };
            files.put(path, file);
        };
        match mounted(process.mounts(), file) {
            Some(Mounted { mount, within, .. }) if mount.kept.is_none() && !mount.read_only => {
                let volume = mount.volume.clone();
                let mut files = self.volume(&volume).unwrap_or_default();
                added(&mut files, &within, self.now);
                if self.put_volume(&volume, files) {
                    self.met(&volume, &within, true);
                }
            }
            Some(_) => {}
            None => {
                let mut files = process.files(ran);
                added(&mut files, file.trim_start_matches('/'), self.now);
                process.put_files(ran, files);
            }
        }
    }

    fn write_down(&mut self, request: &Request, to: Rc<str>, answer: Option<&HttpAnswer>) {
        let asked = match &request.path {
            Some(path) => format!("GET {path}"),
            None => "connect".into(),
        };
        let answered: Rc<str> = match answer.map(|answer| answer.status) {
            None => "connection refused".into(),
            _ if answer.is_some_and(|answer| answer.after >= FOREVER) => TIMED_OUT.into(),
            Some(Some(status)) if request.path.is_some() => status_line(status).into(),
            Some(_) => "open".into(),
        };
        let body = match &*answered {
            TIMED_OUT => "",
            _ => answer.map_or("", |answer| &answer.body),
        };
        let end = (0..=body.len().min(BODY_BYTES))
            .rev()
            .find(|at| body.is_char_boundary(*at));
        let all = self.exchanges.or_default(self.uid);
        all.push(Rc::new(Exchange {
            at: self.now,
            from: self.who.clone(),
            to,
            port: request.port,
            asked: asked.into(),
            answered,
            body: body[..end.unwrap_or(0)].into(),
        }));
        if all.len() > EXCHANGES {
            all.pop_first();
        }
    }
}

impl Turn<'_> {
    /// Does something with a process and everything around it; the process itself stands aside unless it `stays`, for
    /// what runs beside it.
    pub(super) fn with_process<T>(
        &mut self,
        id: ContainerId,
        stays: bool,
        act: impl FnOnce(&mut Process, Duration, SimTime, &mut dyn Outside) -> T,
    ) -> Option<T> {
        let now = self.world.now();
        let runtime = Rc::make_mut(&mut self.worker.runtime);
        let at = runtime.containers.iter().position(|run| run.id == id)?;
        let run = &mut runtime.containers[at];
        let State::Running(start) = run.state else {
            return None;
        };
        let (who, ran) = (run.name.clone(), now.since(start));
        let mut process = match stays {
            true => run.process.clone(),
            false => std::mem::take(&mut run.process),
        };
        let mut around = self.surroundings(Some(id));
        around.who = who;
        let result = act(&mut process, ran, start, &mut around);
        let terminates = around.terminates;
        if !stays {
            Rc::make_mut(&mut self.worker.runtime).containers[at].process = process;
        }
        if terminates {
            // Nobody sends SIGKILL after it.
            self.terminate_process(id, Duration::MAX);
        }
        Some(result)
    }

    /// What is around the processes of this Pod; who of them may wait for an answer from beyond.
    pub(super) fn surroundings(&mut self, sender: Option<ContainerId>) -> Surroundings<'_> {
        let (ip, now) = (self.sandbox_ip(), self.world.now());
        Surroundings {
            runtime: Rc::make_mut(&mut self.worker.runtime),
            volumes: &mut self.worker.volumes,
            exchanges: &mut self.world.exchanges,
            file_uses: &mut self.world.file_uses,
            neighbours: &self.neighbours,
            uid: self.worker.uid,
            now,
            who: "".into(),
            ip,
            depth: DEPTH,
            unreached: None,
            outbox: &mut self.world.outbox,
            terminates: false,
            sender,
            node: (self.node.name.clone(), self.node.ip.clone()),
            pod: self.worker.key.clone(),
        }
    }

    pub(super) fn sandbox_ip(&self) -> Rc<str> {
        let sandbox = self.worker.runtime.ready_sandbox();
        sandbox.map_or_else(|| "".into(), |sandbox| sandbox.ip.clone())
    }

    /// A process starts: it does what it does at once.
    pub(super) fn begin_process(&mut self, id: ContainerId) {
        let next = self.with_process(id, false, |process, _, start, around| {
            process.begin(start, around)
        });
        self.plan(id, next);
    }

    /// A process has come to what it wanted to ask.
    pub(super) fn process_goes_on(&mut self, id: ContainerId) {
        let next = self.with_process(id, false, |process, ran, _, around| {
            process.go_on(ran, around)
        });
        self.plan(id, next);
    }

    /// Its next question, or its end, has a timer.
    pub(super) fn plan(&mut self, id: ContainerId, next: Option<Next>) {
        let now = self.world.now();
        let Some(run) = Rc::make_mut(&mut self.worker.runtime).container_mut(id) else {
            return;
        };
        let Some(ran) = run.ran(now) else {
            return;
        };
        if let Some(timer) = run.timer.take() {
            self.world.cancel(timer);
        }
        let uid = self.worker.uid;
        match next.unwrap_or_default() {
            Next::Nothing => {}
            Next::Ends(at, exit) if at <= ran => self.exited(id, exit),
            Next::Ends(at, exit) => self.arm(id, at - ran, Wake::Exited(uid, id, exit)),
            Next::Asks(at) => self.arm(id, at.saturating_sub(ran), Wake::Process(uid, id)),
        }
    }

    fn arm(&mut self, id: ContainerId, after: Duration, wake: Wake) {
        let wake = self.node.wake(wake);
        let timer = self.world.wake(after, wake);
        if let Some(run) = Rc::make_mut(&mut self.worker.runtime).container_mut(id) {
            run.timer = Some(timer);
        }
    }

    /// A process of another cluster goes on here: what it would have asked by now it asks now.
    pub(super) fn adopt_process(&mut self, id: ContainerId) {
        let now = self.world.now();
        let next = self.with_process(id, false, |process, ran, start, around| {
            match process.begin(start, around) {
                Next::Asks(at) if at < ran => process.go_on(ran, around),
                next => next,
            }
        });
        // One that should have ended already goes on: it was seen to run.
        let ran = self
            .worker
            .runtime
            .container(id)
            .and_then(|run| run.ran(now));
        match next {
            Some(Next::Ends(at, _)) if ran.is_some_and(|ran| at <= ran) => {}
            next => self.plan(id, next),
        }
    }

    /// SIGTERM: when and how it ends within its grace, if that is known now.
    pub(super) fn terminate_process(&mut self, id: ContainerId, grace: Duration) -> bool {
        let next = self.with_process(id, false, |process, ran, _, around| {
            (process.terminate(ran, around), ran)
        });
        match next {
            Some((Next::Ends(at, exit), ran)) => {
                let in_time = at.saturating_sub(ran) <= grace;
                if in_time {
                    self.plan(id, None);
                    let wake = Wake::Exited(self.worker.uid, id, exit);
                    self.arm(id, at.saturating_sub(ran), wake);
                }
                in_time
            }
            Some((next @ Next::Asks(_), _)) => {
                self.plan(id, Some(next));
                false
            }
            _ => false,
        }
    }

    /// A request from outside the Pod to its address: whichever of its containers listens there answers.
    pub(super) fn request(&mut self, port: i64, path: &str) -> Option<HttpAnswer> {
        let now = self.world.now();
        let outward = |container: &Container| {
            container.ran(now).is_some_and(|ran| {
                let open = container.process.listeners(ran);
                open.iter()
                    .any(|listener| listener.port == port && !listener.loopback)
            })
        };
        let at = self.worker.runtime.containers.iter().position(outward)?;
        let run = &self.worker.runtime.containers[at];
        let alike = (run.process).answers_alike(run.ran(now).unwrap_or_default(), port, path);
        let id = run.id;
        let mut around = self.surroundings(None);
        let from = around.node.1.clone();
        let request = Request {
            port,
            path: Some(path.into()),
            from: Some(from.clone()),
        };
        let answer = around.answer(at, &request).1;
        self.steady = alike.map(|notes| Steady {
            line: answer.status.filter(|_| notes).map(|status| Line {
                of: id,
                from: from.clone(),
                path: path.into(),
                status,
            }),
        });
        Some(answer)
    }
}

/// How a container ends that nothing is known of.
pub(super) fn killed(runtime: &PodRuntime, id: ContainerId) -> Exit {
    let run = runtime.container(id);
    run.map_or_else(Exit::killed, |run| run.process.killed())
}
