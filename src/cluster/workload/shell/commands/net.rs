//! Servers and clients. A client reaches what listens in its own Pod; beyond it nobody answers here.

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::Behind;
use super::super::turn::{Flow, Turn};
use super::{option, text_option};
use crate::cluster::workload::HttpAnswer;
use crate::cluster::workload::catalogue::{Listen, Serves};
use crate::cluster::workload::outside::Request;

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

/// What a client found.
enum Found {
    /// No such host.
    NoHost,
    /// It is beyond the Pod.
    Beyond,
    /// Nobody listens.
    Refused,
    Answer(HttpAnswer),
}

pub(super) fn run(
    turn: &mut Turn<'_>,
    name: &str,
    arguments: &[Rc<str>],
) -> Result<Option<Flow>, Flow> {
    let status = match name {
        "httpd" => return httpd(turn, arguments).map(Some),
        "nc" | "ncat" | "netcat" if listens(arguments) => {
            let port = option(arguments, "-p").or_else(|| last_number(arguments));
            let said = turn.task.input.take();
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
        "wget" => wget(turn, arguments)?,
        "curl" => match arguments.is_empty() {
            true => return Ok(None),
            false => curl(turn, arguments)?,
        },
        "nc" | "ncat" | "netcat" => nc(turn, arguments)?,
        "ping" | "nslookup" | "dig" => resolve(turn, name, arguments)?,
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
            client(turn, name, &host, asked.unwrap_or(*port))?
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
    fn is_here(&self, host: &str) -> bool {
        let context = &self.shell.context;
        host == "localhost"
            || host.starts_with("127.")
            || matches!(host, "0.0.0.0" | "[::1]" | "::1")
            || !context.ip.is_empty() && host == &*context.ip
            || host == &*context.hostname
    }

    /// Asks what listens there.
    fn ask(&mut self, host: &str, port: i64, path: Option<&str>) -> Result<Found, Flow> {
        if !self.is_here(host) {
            let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
            return Ok(if is_address {
                Found::Beyond
            } else {
                Found::NoHost
            });
        }
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
        if let Some(answer) = own {
            return Ok(Found::Answer(answer));
        }
        let request = Request {
            port,
            path: path.map(Rc::from),
        };
        let outside = self.outside.as_mut();
        let answer = outside.and_then(|outside| outside.request(&request));
        Ok(answer.map_or(Found::Refused, Found::Answer))
    }
}

/// The address behind a name of the Pod itself.
fn numeric(turn: &Turn<'_>, host: &str) -> String {
    let named = matches!(host, "localhost" | "0.0.0.0" | "[::1]" | "::1");
    match host {
        _ if named => "127.0.0.1".to_string(),
        host if host == &*turn.shell.context.hostname => turn.shell.context.ip.to_string(),
        host => host.to_string(),
    }
}

/// What is neither an option nor its value.
fn operands(arguments: &[Rc<str>], with_value: &[&str]) -> Vec<Rc<str>> {
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

fn has(arguments: &[Rc<str>], letter: char, long: &str) -> bool {
    let short = |a: &Rc<str>| a.starts_with('-') && !a.starts_with("--") && a.contains(letter);
    arguments.iter().any(|a| &**a == long || short(a))
}

/// Status line of an answer.
pub(in crate::cluster) fn status_line(status: u16) -> String {
    let words = match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
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

fn wget(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let with_value = [
        "-O",
        "-T",
        "-t",
        "-o",
        "-P",
        "-U",
        "--header",
        "--post-data",
        "--timeout",
    ];
    let Some(url) = operands(arguments, &with_value).pop() else {
        return Ok(1);
    };
    let quiet = has(arguments, 'q', "--quiet");
    let (host, port, path) = address(&url);
    let shown = url.split_once("://").map_or(&*url, |(_, rest)| rest);
    let shown = shown.split('/').next().unwrap_or_default().to_string();
    let found = turn.ask(&host, port, Some(&path))?;
    let at = numeric(turn, &host);
    if !quiet && !matches!(found, Found::NoHost) {
        turn.complain(&format!("Connecting to {host}:{port} ({at}:{port})\n"));
    }
    let message = match found {
        Found::NoHost => format!("wget: bad address '{shown}'"),
        Found::Beyond => {
            format!("wget: can't connect to remote host ({at}): No route to host")
        }
        Found::Refused => {
            format!("wget: can't connect to remote host ({at}): Connection refused")
        }
        Found::Answer(answer) if answer.after >= FOREVER => "wget: download timed out".into(),
        Found::Answer(answer) => match answer.status {
            Some(200..400) => {
                let spider = arguments.iter().any(|a| matches!(&**a, "--spider" | "-s"));
                return if spider {
                    Ok(0)
                } else {
                    save(turn, arguments, &path, &answer.body)
                };
            }
            Some(status) => {
                let line = status_line(status);
                format!("wget: server returned error: HTTP/1.1 {line}")
            }
            None => "wget: bad header line".into(),
        },
    };
    turn.complain(&format!("{message}\n"));
    Ok(1)
}

/// Longer than any client waits.
pub(in crate::cluster) const FOREVER: Duration = Duration::from_secs(3600);

/// `-O file`, `-O -`, `-qO- `; else a file named as the path ends.
fn save(turn: &mut Turn<'_>, arguments: &[Rc<str>], path: &str, body: &str) -> Result<i64, Flow> {
    let glued = arguments.iter().enumerate().find_map(|(at, a)| {
        let rest = a.strip_prefix('-').filter(|_| !a.starts_with("--"))?;
        let (_, behind) = rest.split_once('O')?;
        Some(match behind {
            "" => arguments.get(at + 1).map_or("-", |file| file).to_string(),
            file => file.to_string(),
        })
    });
    let file = match glued {
        Some(file) => file,
        None => match path
            .split('?')
            .next()
            .and_then(|path| path.rsplit('/').next())
        {
            Some("") | None => "index.html".to_string(),
            Some(name) => name.to_string(),
        },
    };
    if file == "-" {
        return turn.say(body);
    }
    let file = turn.absolute(&file);
    turn.write(&file, body, false)?;
    Ok(0)
}

fn curl(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let with_value = [
        "-o",
        "-w",
        "-X",
        "-d",
        "-H",
        "-u",
        "-m",
        "-b",
        "-c",
        "-A",
        "-e",
        "-T",
        "-F",
        "--max-time",
        "--connect-timeout",
        "--retry",
        "--retry-delay",
        "--data",
        "--header",
        "--request",
        "--output",
        "--write-out",
        "--resolve",
        "--cacert",
    ];
    let Some(url) = operands(arguments, &with_value).pop() else {
        turn.complain("curl: (2) no URL specified\n");
        return Ok(2);
    };
    let silent = has(arguments, 's', "--silent") && !has(arguments, 'S', "--show-error");
    let (host, port, path) = address(&url);
    let (message, code) = match turn.ask(&host, port, Some(&path))? {
        Found::NoHost => (format!("(6) Could not resolve host: {host}"), 6),
        Found::Beyond => {
            let why = "No route to host";
            (
                format!("(7) Failed to connect to {host} port {port} after 3000 ms: {why}"),
                7,
            )
        }
        Found::Refused => {
            let why = "Connection refused";
            (
                format!("(7) Failed to connect to {host} port {port} after 0 ms: {why}"),
                7,
            )
        }
        Found::Answer(answer) if answer.after >= FOREVER => {
            ("(28) Operation timed out".to_string(), 28)
        }
        Found::Answer(answer) => {
            let Some(status) = answer.status else {
                if !silent {
                    turn.complain("curl: (1) Received HTTP/0.9 when not allowed\n");
                }
                return Ok(1);
            };
            if status >= 400 && has(arguments, 'f', "--fail") {
                (
                    format!("(22) The requested URL returned error: {status}"),
                    22,
                )
            } else {
                return received(turn, arguments, status, &answer.body);
            }
        }
    };
    if !silent {
        turn.complain(&format!("curl: {message}\n"));
    }
    Ok(code)
}

/// What curl prints of an answer.
fn received(
    turn: &mut Turn<'_>,
    arguments: &[Rc<str>],
    status: u16,
    body: &str,
) -> Result<i64, Flow> {
    let file = text_option(arguments, "-o").or(text_option(arguments, "--output"));
    let heads = has(arguments, 'I', "--head");
    let shown = if heads || has(arguments, 'i', "--include") {
        let line = status_line(status);
        let body = if heads { "" } else { body };
        format!("HTTP/1.1 {line}\n\n{body}")
    } else {
        body.to_string()
    };
    match file.map(|file| turn.absolute(file)) {
        Some(file) => turn.write(&file, &shown, false)?,
        None => turn.print(&shown)?,
    }
    let format = text_option(arguments, "-w").or(text_option(arguments, "--write-out"));
    if let Some(format) = format {
        let text = super::text::unescaped(format);
        let text = text.replace("%{http_code}", &status.to_string());
        turn.print(&text)?;
    }
    Ok(0)
}

/// `nc -z host port`, `echo … | nc host port`
fn nc(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let operands = operands(arguments, &["-w", "-i", "-s", "-p", "-e"]);
    let (host, port) = match &operands[..] {
        [.., host, port] => (host.clone(), port.parse().unwrap_or(0)),
        [one] => match one.rsplit_once(':') {
            Some((host, port)) => (host.into(), port.parse().unwrap_or(0)),
            None => return Ok(1),
        },
        [] => return Ok(1),
    };
    let looks_only = has(arguments, 'z', "-z");
    let at = numeric(turn, &host);
    let talks = has(arguments, 'v', "-v");
    let why = match turn.ask(&host, port, None)? {
        Found::Answer(answer) => {
            if talks {
                turn.complain(&format!("{host} ({at}:{port}) open\n"));
            }
            if !looks_only {
                turn.print(&answer.body)?;
            }
            return Ok(0);
        }
        Found::NoHost => format!("nc: bad address '{host}'"),
        Found::Beyond => format!("nc: {host} ({at}:{port}): No route to host"),
        Found::Refused => format!("nc: {host} ({at}:{port}): Connection refused"),
    };
    if !looks_only || talks {
        turn.complain(&format!("{why}\n"));
    }
    Ok(1)
}

fn resolve(turn: &mut Turn<'_>, name: &str, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let operands = operands(arguments, &["-c", "-w", "-W", "-i"]);
    let host = operands.first().cloned().unwrap_or_default();
    if turn.is_here(&host) {
        let at = numeric(turn, &host);
        return turn.say(&match name {
            "ping" => format!("PING {host} ({at}): 56 data bytes\n"),
            _ => format!("Name:\t{host}\nAddress: {at}\n"),
        });
    }
    turn.complain(&match name {
        "ping" => format!("ping: bad address '{host}'\n"),
        _ => format!("{name}: can't resolve '{host}'\n"),
    });
    Ok(1)
}

/// A client of a server: does it find one?
fn client(turn: &mut Turn<'_>, name: &str, host: &str, port: i64) -> Result<i64, Flow> {
    let found = turn.ask(host, port, None)?;
    let said = match (name, matches!(found, Found::Answer(_))) {
        ("redis-cli", true) => "PONG\n".to_string(),
        ("redis-cli", false) => {
            format!("Could not connect to Redis at {host}:{port}: Connection refused\n")
        }
        ("pg_isready", true) => format!("{host}:{port} - accepting connections\n"),
        ("pg_isready", false) => format!("{host}:{port} - no response\n"),
        (_, true) => String::new(),
        (name, false) => format!("{name}: can't connect to {host}:{port}\n"),
    };
    let answered = matches!(found, Found::Answer(_));
    if answered {
        turn.say(&said)?;
        return Ok(0);
    }
    turn.complain(&said);
    Ok(match name {
        "pg_isready" | "psql" => 2,
        _ => 1,
    })
}
