//! One probe: what is asked, and what the answer means.
//! Models `pkg/kubelet/prober/prober.go` and `pkg/probe/{http,tcp,exec}`. Left out: gRPC, HTTPS.

use std::rc::Rc;
use std::time::Duration;

use super::Turn;
use super::execs::{Ended, Executed, Whose};
use super::prober::{Answer, ProbeKind};
use super::rest::Steady;
use super::runtime::ContainerId;
use crate::api::pod::{Container, HttpGetAction, PortRef, Probe};
use crate::cluster::workload::{ExecAnswer, HttpAnswer};

impl Turn<'_> {
    /// What a probe finds, and how long it takes to; nothing: its command goes on.
    pub(super) fn probe(
        &mut self,
        (probe, kind): (&Probe, ProbeKind),
        container: &Container,
        run: ContainerId,
    ) -> Option<(Answer, Duration)> {
        let timeout = timeout_of(probe);
        if let Some(exec) = &probe.exec {
            return self.probe_exec(&exec.command, kind, run, timeout);
        }
        Some(if let Some(get) = &probe.http_get {
            self.probe_http(get, container, timeout)
        } else if let Some(tcp) = &probe.tcp_socket {
            (self.probe_tcp(&tcp.port, container), Duration::ZERO)
        } else {
            // The API server refuses a probe without an action; what isn't simulated is marked there.
            self.steady = Some(Steady::default());
            (Answer::Success, Duration::ZERO)
        })
    }

    fn probe_exec(
        &mut self,
        command: &[Rc<str>],
        kind: ProbeKind,
        run: ContainerId,
        timeout: Duration,
    ) -> Option<(Answer, Duration)> {
        let error = |why: &str| Some((Answer::Error(why.into()), Duration::ZERO));
        if self.worker.runtime.container(run).is_none() {
            return error("container not found");
        }
        match self.exec(run, command, Whose::Probe(kind), Some(timeout)) {
            None => error("rpc error: code = Unknown desc = container is not in running state"),
            Some(Executed::Goes(_)) => None,
            Some(Executed::Over(answer)) if answer.after > timeout => {
                Some((timed_out(&command.join(" "), timeout), timeout))
            }
            Some(Executed::Over(answer)) => {
                self.steady = answer.alike.then(Steady::default);
                let after = answer.after;
                Some((found(answer), after))
            }
        }
    }

    /// A probe's command has ended, or was waited for long enough.
    pub(super) fn probe_executed(
        &mut self,
        name: &Rc<str>,
        kind: ProbeKind,
        run: ContainerId,
        command: &str,
        ended: Ended,
    ) {
        let pod = self.active_pod();
        let mut containers = pod.all_containers();
        let container = containers.find(|container| container.name == *name);
        let probe = container.and_then(|container| kind.of(container));
        let answer = match (ended, probe) {
            (Some(answer), _) => found(answer),
            (None, Some(probe)) => timed_out(command, timeout_of(probe)),
            (None, None) => return,
        };
        let key = (name.clone(), kind);
        let worker = self.worker.probes.workers.get_mut(&key);
        if let Some(worker) = worker
            && worker.under_way == Some((run, None))
        {
            worker.under_way = Some((run, Some(answer)));
            self.probe_answered(name, kind);
        }
    }

    fn probe_http(
        &mut self,
        get: &HttpGetAction,
        container: &Container,
        timeout: Duration,
    ) -> (Answer, Duration) {
        let port = match resolve_port(&get.port, container) {
            Ok(port) => port,
            Err(error) => return (Answer::Error(error.into()), Duration::ZERO),
        };
        let path = absolute(&get.path);
        let host = self.worker.picture.ip.clone();
        let answer = self
            .ask(port, &path)
            .map_err(|error| format!("Get \"http://{host}:{port}{path}\": {error}"));
        match answer {
            Err(error) => (Answer::Failure(error.into()), Duration::ZERO),
            Ok(answer) if answer.after > timeout => {
                let why = format!(
                    "Get \"http://{host}:{port}{path}\": context deadline exceeded (Client.Timeout \
                     exceeded while awaiting headers)"
                );
                (Answer::Failure(why.into()), timeout)
            }
            Ok(HttpAnswer {
                status: Some(status @ 200..400),
                after,
                ..
            }) => {
                let _ = status;
                (Answer::Success, after)
            }
            Ok(HttpAnswer {
                status: Some(status),
                after,
                ..
            }) => {
                let why = format!("HTTP probe failed with statuscode: {status}");
                (Answer::Failure(why.into()), after)
            }
            Ok(HttpAnswer {
                status: None,
                after,
                ..
            }) => {
                let why = format!(
                    "Get \"http://{host}:{port}{path}\": net/http: HTTP/1.x transport connection \
                     broken: malformed HTTP response"
                );
                (Answer::Failure(why.into()), after)
            }
        }
    }

    fn probe_tcp(&mut self, port: &PortRef, container: &Container) -> Answer {
        match resolve_port(port, container) {
            Err(error) => Answer::Error(error.into()),
            Ok(port) => match self.ask(port, "/") {
                Ok(_) => Answer::Success,
                Err(error) => Answer::Failure(error.into()),
            },
        }
    }

    /// A hook's request.
    pub(super) fn http_get(
        &mut self,
        get: &HttpGetAction,
        container: Option<&Container>,
    ) -> Result<HttpAnswer, String> {
        let nobody = Container::default();
        let port = resolve_port(&get.port, container.unwrap_or(&nobody))?;
        let path = absolute(&get.path);
        let host = self.worker.picture.ip.clone();
        self.ask(port, &path)
            .map_err(|error| format!("Get \"http://{host}:{port}{path}\": {error}"))
    }

    /// A request to the Pod's address: whichever of its containers listens there answers.
    fn ask(&mut self, port: i64, path: &str) -> Result<HttpAnswer, String> {
        let answering = self.request(port, path);
        let ip = &self.worker.picture.ip;
        answering.ok_or_else(|| format!("dial tcp {ip}:{port}: connect: connection refused"))
    }
}

/// How long a probe waits for an answer.
fn timeout_of(probe: &Probe) -> Duration {
    Duration::from_secs(probe.timeout_seconds.unwrap_or(1).max(1).unsigned_abs())
}

/// What a command says of its container. Models `pkg/probe/exec`.
fn found(answer: ExecAnswer) -> Answer {
    match answer.result {
        Ok(0) => Answer::Success,
        Ok(_) => Answer::Failure(answer.output.into()),
        Err(error) => Answer::Error(error.into()),
    }
}

fn timed_out(command: &str, timeout: Duration) -> Answer {
    let seconds = timeout.as_secs();
    Answer::Failure(format!("command timed out: \"{command}\" timed out after {seconds}s").into())
}

fn absolute(path: &str) -> String {
    if path.starts_with('/') {
        path.to_string()
    } else {
        format!("/{path}")
    }
}

/// A port by number or by name. Models `ResolveContainerPort`.
pub(super) fn resolve_port(port: &PortRef, container: &Container) -> Result<i64, String> {
    let number = match port {
        PortRef::Number(number) => *number,
        PortRef::Name(name) => match container.ports.iter().find(|port| port.name == *name) {
            Some(port) => port.container_port,
            None => name
                .parse()
                .map_err(|_| format!("strconv.Atoi: parsing \"{name}\": invalid syntax"))?,
        },
    };
    if (1..65536).contains(&number) {
        Ok(number)
    } else {
        Err(format!("invalid port number: {number}"))
    }
}
