//! What a person does to a container on its node: kills it, makes a probe fail, has its program take memory, asks it
//! something. Ours; upstream one would log on to the node, or bring a client along with `kubectl debug`. What comes
//! of it is upstream's, Events included: the kubelet isn't told, it notices.
//! Left out: gRPC's own words where a probe fails that isn't simulated; requests beyond the Pod.

use std::rc::Rc;
use std::time::Duration;

use super::eviction_helpers::LEAST_MEMORY;
use super::probe::resolve_port;
use super::prober::{Answer, ProbeKind};
use super::processes::{Exchange, TIMED_OUT, killed};
use super::runtime::{ContainerId, State};
use super::{Kubelet, Turn};
use crate::api::Uid;
use crate::api::pod::{Container, Probe};
use crate::cluster::World;
use crate::cluster::workload::outside::Request;

/// How long a program that is made to take memory needs to reach its limit.
const FILLS_LIMIT: Duration = Duration::from_secs(10);

/// How long it needs to leave its node with too little.
const FILLS_NODE: Duration = Duration::from_secs(30);

impl Kubelet {
    /// A container's process gets SIGKILL. Tells how it ended.
    pub fn kill_by_hand(
        &mut self,
        world: &mut World,
        pod: Uid,
        container: &str,
    ) -> Result<String, String> {
        self.by_hand(world, pod, container, |turn, id| {
            let exit = killed(&turn.worker.runtime, id);
            let code = exit.code;
            turn.exited(id, exit);
            Ok(format!("Container {container} is killed, exit code {code}"))
        })
    }

    /// A probe of a container fails from now on, or is asked again.
    pub fn fail_probe(
        &mut self,
        world: &mut World,
        pod: Uid,
        container: &str,
        kind: ProbeKind,
        fails: bool,
    ) -> Result<String, String> {
        let probe = kind.as_str().to_lowercase();
        let mut done = Err(self.unknown(container));
        let cause = world.cause();
        self.turn(world, pod, |turn| {
            let view = super::PodWorker::view(&turn.worker.pod);
            let spec = view.all_containers().find(|one| &*one.name == container);
            if spec.and_then(|spec| kind.of(spec)).is_none() {
                done = Err(format!("container {container} has no {probe} probe"));
                return;
            }
            turn.worker.cause = cause;
            let key = (container.into(), kind);
            let failing = &mut turn.worker.probes.failing;
            done = Ok(if fails {
                failing.insert(key);
                format!("The {probe} probe of {container} fails from now on")
            } else {
                failing.remove(&key);
                format!("The {probe} probe of {container} is asked again")
            });
        });
        done
    }

    /// Does somebody make this probe fail?
    pub fn is_failing_by_hand(&self, pod: Uid, container: &str, kind: ProbeKind) -> bool {
        let worker = self.workers.get(&pod);
        worker.is_some_and(|worker| {
            let failing = &worker.probes.failing;
            failing.contains(&(Rc::from(container), kind))
        })
    }

    /// A container's program takes memory from now on: a little more than its limit, or all that its node has but half
    /// of what has to be left.
    pub fn fill_memory(
        &mut self,
        world: &mut World,
        pod: Uid,
        container: &str,
    ) -> Result<String, String> {
        let now = world.now();
        let left = self.memory_left(world);
        let node = self.node.name.clone();
        self.by_hand(world, pod, container, |turn, id| {
            let runtime = Rc::make_mut(&mut turn.worker.runtime);
            let run = runtime.container_mut(id).ok_or("it is gone")?;
            let ran = run.ran(now).unwrap_or_default();
            let (peak, over, until) = match run.memory_limit {
                Some(limit) => {
                    let until = format!("its limit of {} is passed", mebibytes(limit));
                    (limit.saturating_add(1), FILLS_LIMIT, until)
                }
                None => {
                    let least = mebibytes(LEAST_MEMORY);
                    let taken = run.process.memory(ran);
                    let peak = taken.saturating_add(left - LEAST_MEMORY / 2);
                    (
                        peak,
                        FILLS_NODE,
                        format!("{node} has less than {least} left"),
                    )
                }
            };
            if peak <= run.process.memory(ran) {
                return Err("there is no memory left that it could take".into());
            }
            if !run.process.fill_memory(ran, peak, over) {
                return Err(format!("what {container} takes is written in its script"));
            }
            turn.watch_memory(id);
            turn.node.eviction.changed = true;
            let seconds = over.as_secs();
            Ok(format!(
                "The program of {container} takes memory: in {seconds} s {until}"
            ))
        })
    }

    /// Bytes that nobody takes of the machine now.
    fn memory_left(&self, world: &World) -> i64 {
        let machine = world.machines.get(&self.node.name);
        let all = machine.map_or(0, |machine| machine.memory_bytes);
        let runs = self.workers.values().flat_map(|worker| {
            let runs = worker.runtime.containers.iter();
            runs.filter_map(|run| Some(run.process.memory(run.ran(world.now())?)))
        });
        let taken = runs.fold(self.node.eviction.besides_memory(), i64::saturating_add);
        all.saturating_sub(taken)
    }

    /// A `GET` from within the first container over the Pod's own network; the second is meant. Tells what was answered.
    pub fn ask_by_hand(
        &mut self,
        world: &mut World,
        pod: Uid,
        (from, to): (&str, &str),
        port: u16,
        path: &str,
    ) -> Result<String, String> {
        if port == 0 || !path.starts_with('/') {
            return Err(format!("localhost:{port}{path} is no address"));
        }
        let before = self.workers.get(&pod).map(|worker| worker.cause);
        self.by_hand(world, pod, from, |turn, id| {
            let request = Request {
                port: i64::from(port),
                path: Some(path.into()),
                from: None,
            };
            let hung = turn.hung();
            let asked = turn.with_process(id, true, |_, _, _, around| around.request(&request));
            // Unless it has a program hang, nothing follows from it.
            if let Some(before) = before.filter(|_| turn.hung() == hung) {
                turn.worker.cause = before;
            }
            let after = asked.flatten().map(|answer| answer.after);
            let all = turn.world.exchanges.get(&pod);
            let told = all.and_then(|all| all.last().cloned());
            let told = told.ok_or("nobody asked")?;
            Ok(turn.words(&told, to, after.unwrap_or_default()))
        })
    }

    /// Does something to a container that runs: what follows, follows from it.
    fn by_hand(
        &mut self,
        world: &mut World,
        pod: Uid,
        container: &str,
        act: impl FnOnce(&mut Turn<'_>, ContainerId) -> Result<String, String>,
    ) -> Result<String, String> {
        let mut done = Err(self.unknown(container));
        let cause = world.cause();
        self.turn(world, pod, |turn| {
            let run = turn.worker.runtime.latest(container);
            let Some(id) = run.filter(|run| run.is_running()).map(|run| run.id) else {
                done = Err(format!("container {container} doesn't run"));
                return;
            };
            let before = std::mem::replace(&mut turn.worker.cause, cause);
            turn.world.set_cause(cause);
            done = act(turn, id);
            if done.is_err() {
                turn.worker.cause = before;
            }
        });
        done
    }

    fn unknown(&self, container: &str) -> String {
        format!("{} knows no container {container}", self.node.name)
    }
}

impl Turn<'_> {
    /// How many programs of the Pod were asked to hang, and do.
    fn hung(&self) -> usize {
        let runs = self.worker.runtime.containers.iter();
        runs.filter(|run| run.is_running() && run.process.hangs())
            .count()
    }

    /// What came of a request, for whoever sent it.
    fn words(&self, told: &Exchange, meant: &str, after: Duration) -> String {
        let (to, port, answered) = (&told.to, told.port, &told.answered);
        if to.is_empty() {
            let ended = self.last_words(meant);
            let ended = ended.map(|line| format!(". The last words of {meant}: {line}"));
            let ended = ended.unwrap_or_default();
            return format!("Connection refused: nobody listens on localhost:{port}{ended}");
        }
        let other = match &**to == meant {
            true => String::new(),
            false => {
                format!(", not {meant}: over localhost the port decides, and {port} is {to}’s")
            }
        };
        if &**answered == TIMED_OUT {
            return format!("{to} takes the request{other}, and doesn’t answer: timed out");
        }
        let after = match after.as_millis() {
            0 => String::new(),
            after => format!(" after {}.{} s", after / 1000, after % 1000 / 100),
        };
        let body = match told.body.trim_end() {
            "" => String::new(),
            body => format!("\n{body}"),
        };
        format!("{to} answered {answered}{after}{other}{body}")
    }

    /// The last line that a container wrote that doesn't run.
    fn last_words(&self, container: &str) -> Option<String> {
        let run = self.worker.runtime.latest(container)?;
        let State::Exited {
            started, finished, ..
        } = &run.state
        else {
            return None;
        };
        let started = (*started)?;
        let log = run.process.log(started, finished.since(started));
        log.last().map(|(_, line)| line.clone())
    }

    /// What a probe finds that somebody makes fail: what the prober would say of a program that isn't well.
    pub(super) fn probe_by_hand(&self, probe: &Probe, container: &Container) -> Answer {
        let ip = &self.worker.picture.ip;
        Answer::Failure(match (&probe.exec, &probe.http_get, &probe.tcp_socket) {
            (Some(_), ..) => "".into(),
            (_, Some(_), _) => "HTTP probe failed with statuscode: 500".into(),
            (.., Some(tcp)) => match resolve_port(&tcp.port, container) {
                Ok(port) => format!("dial tcp {ip}:{port}: connect: connection refused").into(),
                Err(error) => return Answer::Error(error.into()),
            },
            _ => "service unhealthy (responded with \"NOT_SERVING\")".into(),
        })
    }
}

/// `128Mi`
fn mebibytes(bytes: i64) -> String {
    format!("{}Mi", bytes >> 20)
}
