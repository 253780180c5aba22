//! Servers and clients. What listens in the Pod itself answers a client at once; for everybody else it waits.
//! What clients say of it stands in [`super::clients`].

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::Behind;
use super::super::turn::{Flow, Turn};
use super::{clients, option, text_option};
use crate::cluster::network::destination::{ipv4, is_loopback};
use crate::cluster::workload::HttpAnswer;
use crate::cluster::workload::catalogue::{Listen, Serves};
use crate::cluster::workload::outside::{Ask, End, Request, Wants};

/// Clients of servers, and the port that they ask unless told otherwise.
const CLIENTS: [(&str, i64); 12] = [
    ("redis-cli", 6379),
    ("pg_isready", 5432),
    ("psql", 5432),
    ("mysqladmin", 3306),
    ("mysql", 3306),
    ("mariadb-admin", 3306),
    ("mongosh", 27017),
    ("mongo", 27017),
    ("rabbitmq-diagnostics", 5672),
    ("rabbitmqctl", 5672),
    ("grpc_health_probe", 0),
    ("/bin/grpc_health_probe", 0),
];

pub(super) fn is_client(name: &str) -> bool {
    CLIENTS.iter().any(|(client, _)| *client == name)
}

/// May this command wait for an answer?
pub(super) fn may_wait(name: &str) -> bool {
    const OTHERS: [&str; 8] = [
        "wget", "curl", "nc", "ncat", "netcat", "ping", "nslookup", "dig",
    ];
    OTHERS.contains(&name) || is_client(name)
}

/// What a client found, and the address behind the name that it asked.
pub(super) struct Found {
    pub at: String,
    pub what: What,
}

pub(super) enum What {
    NoHost,
    NoNameServer,
    NoRoute,
    Refused,
    TimedOut,
    /// Somebody listens there, and says nothing.
    Hangs,
    Answer(HttpAnswer),
}

/// Longer than any client waits.
pub(in crate::cluster) const FOREVER: Duration = Duration::from_secs(3600);

/// How long a connection is tried for: six times, twice as long each. Linux, `tcp_syn_retries`.
pub(super) const SYN_RETRIES: Duration = Duration::from_secs(127);

pub(super) fn run(
    turn: &mut Turn<'_>,
    name: &str,
    arguments: &[Rc<str>],
) -> Result<Option<Flow>, Flow> {
    let status = match name {
        "httpd" => return httpd(turn, arguments).map(Some),
        "nc" | "ncat" | "netcat" if listens(arguments) => {
            let port = option(arguments, "-p").or_else(|| last_number(arguments));
            let said = turn.task.input.take().filter(|_| !turn.task.endless);
            let serves = match said {
                Some(text) => Serves::Raw(text),
                None => Serves::Plain,
            };
            return serve(turn, name, port.unwrap_or(0), serves).map(Some);
        }
        "python" | "python3" if module(arguments) => {
            let folder = text_option(arguments, "-d").or(text_option(arguments, "--directory"));
            let folder = turn.absolute(folder.unwrap_or("."));
            let port = last_number(arguments).unwrap_or(8000);
            return serve(turn, name, port, Serves::Folder(folder)).map(Some);
        }
        "wget" => super::wget::wget(turn, arguments)?,
        "curl" => clients::curl(turn, arguments)?,
        "nc" | "ncat" | "netcat" => clients::nc(turn, arguments)?,
        "nslookup" => match super::nslookup::nslookup(turn, arguments)? {
            Some(status) => status,
            None => return Ok(None),
        },
        "ping" | "dig" => clients::resolve(turn, name, arguments)?,
        _ => {
            let Some((_, port)) = CLIENTS.iter().find(|(client, _)| *client == name) else {
                return Ok(None);
            };
            let host = text_option(arguments, "-h")
                .unwrap_or("localhost")
                .to_string();
            let host = if host.is_empty() {
                "localhost".into()
            } else {
                host
            };
            let asked = option(arguments, "-p").or_else(|| option(arguments, "--port"));
            // A health check of gRPC: `-addr=:8080`.
            let named = text_option(arguments, "-addr").and_then(|at| at.rsplit(':').next());
            let asked = asked.or_else(|| named?.parse().ok());
            clients::client(turn, name, &host, asked.unwrap_or(*port))?
        }
    };
    Ok(Some(Flow::Next(status)))
}

/// `httpd -f -p 80 -h /www`
fn httpd(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<Flow, Flow> {
    let port = text_option(arguments, "-p").and_then(|port| port.rsplit(':').next()?.parse().ok());
    let folder = turn.absolute(text_option(arguments, "-h").unwrap_or("."));
    let is_busybox = arguments.iter().any(|a| matches!(&**a, "-p" | "-h"));
    let stays = arguments
        .iter()
        .any(|a| a.starts_with("-f") || a.starts_with("-vf"));
    let flow = serve(turn, "httpd", port.unwrap_or(80), Serves::Folder(folder))?;
    if flow != Flow::Forever || stays || !is_busybox {
        return Ok(flow);
    }
    // It goes on in the background.
    if let Some((pid, _)) = turn.shell.listens.last_mut() {
        *pid = 0;
    }
    Ok(Flow::Next(0))
}

/// It listens from now on, and does nothing else.
fn serve(turn: &mut Turn<'_>, name: &str, port: i64, serves: Serves) -> Result<Flow, Flow> {
    let listen = Listen {
        port,
        loopback: false,
        after: turn.task.time,
        serves,
    };
    let Some(outside) = &mut turn.outside else {
        return Err(Flow::Asks);
    };
    let opened = outside.open(listen.listener());
    if !opened || turn.shell.behind(turn.task.time, port).is_some() {
        let text = match name {
            "python" | "python3" => "OSError: [Errno 98] Address already in use\n".to_string(),
            _ => format!("{name}: bind: Address already in use\n"),
        };
        turn.complain(&text);
        return Ok(Flow::Next(1));
    }
    turn.shell.listens.push((turn.task.pid, listen));
    Ok(Flow::Forever)
}

fn listens(arguments: &[Rc<str>]) -> bool {
    arguments
        .iter()
        .any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains('l'))
}

fn module(arguments: &[Rc<str>]) -> bool {
    arguments
        .iter()
        .any(|a| matches!(&**a, "http.server" | "SimpleHTTPServer"))
}

fn last_number(arguments: &[Rc<str>]) -> Option<i64> {
    arguments.iter().rev().find_map(|a| a.parse().ok())
}

/// `http://host:port/path`, the scheme left out or not.
pub(in crate::cluster) fn address(text: &str) -> (String, i64, String) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let host = host.rsplit('@').next().unwrap_or(host);
    let default = match scheme {
        "https" => 443,
        "postgres" | "postgresql" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mongodb" => 27017,
        _ => 80,
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().unwrap_or(default))
        }
        _ => (host, default),
    };
    let path = if path.is_empty() { "/" } else { path };
    (host.to_string(), port, path.to_string())
}

impl Turn<'_> {
    /// Is it a name of the Pod itself?
    pub(super) fn is_here(&self, host: &str) -> bool {
        let context = &self.shell.context;
        is_loopback(host)
            || !context.ip.is_empty() && host == &*context.ip
            || host == &*context.hostname
    }

    /// Asks what listens there.
    pub(super) fn ask(
        &mut self,
        host: &str,
        port: i64,
        path: Option<&str>,
        patience: Option<Duration>,
    ) -> Result<Found, Flow> {
        if !self.is_here(host) {
            let Ok(port) = u16::try_from(port) else {
                return Ok(Found {
                    at: String::new(),
                    what: What::Refused,
                });
            };
            let wants = match path {
                Some(path) => Wants::Get(port, path.into()),
                None => Wants::Connection(port),
            };
            return self.ask_beyond(host, wants, patience);
        }
        let what = self.ask_here(port, path)?;
        let at = numeric(self, host);
        Ok(Found { at, what })
    }

    /// Asks somebody beyond the Pod: first it sends, and when it is run again it finds the answer.
    pub(super) fn ask_beyond(
        &mut self,
        host: &str,
        wants: Wants,
        patience: Option<Duration>,
    ) -> Result<Found, Flow> {
        let patience = patience.filter(|patience| !patience.is_zero());
        let patience = patience.unwrap_or(SYN_RETRIES);
        let Some(reply) = self.task.reply.take() else {
            let Some(outside) = &mut self.outside else {
                return Err(Flow::Asks);
            };
            let ask = Ask {
                host: host.into(),
                wants,
                patience: self.limit.map_or(patience, |limit| limit.min(patience)),
            };
            return match outside.send(ask) {
                Some(number) => Err(Flow::Awaits(number)),
                // Whoever can't wait knows nobody beyond.
                None => Ok(Found {
                    at: host.into(),
                    what: match ipv4(host) {
                        Some(_) => What::NoRoute,
                        None => What::NoHost,
                    },
                }),
            };
        };
        let what = match reply.end {
            End::TimedOut if self.limit.is_some_and(|limit| limit < patience) => {
                return Err(Flow::Next(143));
            }
            End::Answered(status) => What::Answer(HttpAnswer {
                status,
                body: reply.body.to_string(),
                after: Duration::ZERO,
            }),
            End::NoSuchHost => What::NoHost,
            End::NoNameServer => What::NoNameServer,
            End::Refused => What::Refused,
            End::NoRoute => What::NoRoute,
            End::TimedOut => What::TimedOut,
        };
        let at = reply.address.to_string();
        Ok(Found { at, what })
    }

    /// Asks what listens in the Pod itself.
    fn ask_here(&mut self, port: i64, path: Option<&str>) -> Result<What, Flow> {
        if self.outside.is_none() {
            return Err(Flow::Asks);
        }
        let now = self.task.time;
        let own = match self.shell.behind(now, port) {
            Some(Behind::Command(serves)) => {
                let serves = serves.clone();
                Some(serves.answer(path.unwrap_or("/"), &|file| self.bytes(file).ok().flatten()))
            }
            Some(Behind::Program(program, listen)) => {
                let (program, listen) = (program.clone(), listen.clone());
                let read = |file: &str| self.bytes(file).ok().flatten();
                let path = path.unwrap_or("/");
                Some(program.site.answer(&listen.serves, path, &read).1)
            }
            None => None,
        };
        let answer = match own {
            Some(answer) => Some(answer),
            None => {
                let path = path.map(Rc::from);
                let outside = self.outside.as_mut();
                outside.and_then(|outside| {
                    outside.request(&Request {
                        port,
                        path,
                        from: None,
                    })
                })
            }
        };
        Ok(match answer {
            Some(answer) if answer.after >= FOREVER => What::Hangs,
            Some(answer) => What::Answer(answer),
            None => What::Refused,
        })
    }
}

/// The address behind a name of the Pod itself.
pub(super) fn numeric(turn: &Turn<'_>, host: &str) -> String {
    match host {
        _ if is_loopback(host) => match ipv4(host) {
            Some(ip) => ip.to_string(),
            None => "127.0.0.1".to_string(),
        },
        host if host == &*turn.shell.context.hostname => turn.shell.context.ip.to_string(),
        host => host.to_string(),
    }
}

/// What is neither an option nor its value.
pub(super) fn operands(arguments: &[Rc<str>], with_value: &[&str]) -> Vec<Rc<str>> {
    let mut skip = false;
    let mut found = Vec::new();
    for argument in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        if argument.starts_with('-') && argument.len() > 1 {
            let last = argument.chars().last().map(|c| format!("-{c}"));
            let short = !argument.starts_with("--");
            skip = with_value.contains(&&**argument)
                || short && last.is_some_and(|last| with_value.contains(&last.as_str()));
            continue;
        }
        found.push(argument.clone());
    }
    found
}

pub(super) fn has(arguments: &[Rc<str>], letter: char, long: &str) -> bool {
    let short = |a: &Rc<str>| a.starts_with('-') && !a.starts_with("--") && a.contains(letter);
    arguments.iter().any(|a| &**a == long || short(a))
}

/// Status line of an answer.
pub(in crate::cluster) fn status_line(status: u16) -> String {
    let words = match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    };
    format!("{status} {words}").trim_end().to_string()
}
