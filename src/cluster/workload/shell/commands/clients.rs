//! Clients: what each makes of an answer, or of none, in its own words. Left out: HTTPS, redirects, requests with a body,
//! and in `dig` all but addresses.

use std::rc::Rc;
use std::time::Duration;

use super::super::turn::{Flow, Turn};
use super::net::{Found, What, address, has, numeric, operands, status_line};
use super::text_option;
use crate::cluster::workload::outside::Wants;

/// The seconds that one of these options gives.
fn waits(arguments: &[Rc<str>], options: &[&str]) -> Option<Duration> {
    let given = options.iter().find_map(|of| text_option(arguments, of))?;
    super::seconds(&[given.into()]).flatten()
}

pub(super) fn curl(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
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
        if !arguments.is_empty() {
            turn.complain("curl: (2) no URL specified\n");
        }
        turn.complain("curl: try 'curl --help' or 'curl --manual' for more information\n");
        return Ok(2);
    };
    if let Some((code, why)) = wrong_with(&url) {
        turn.complain(&format!("curl: ({code}) {why}\n"));
        return Ok(code);
    }
    let silent = has(arguments, 's', "--silent") && !has(arguments, 'S', "--show-error");
    let (host, port, path) = address(&url);
    let waits = waits(arguments, &["--connect-timeout", "-m", "--max-time"]);
    let failed = |why: &str| {
        let text = format!("(7) Failed to connect to {host} port {port} after {why}");
        (text, 7)
    };
    let (message, code) = match turn.ask(&host, port, Some(&path), waits)?.what {
        What::NoHost => (format!("(6) Could not resolve host: {host}"), 6),
        What::NoNameServer => (
            format!("(6) Could not resolve host: {host} (Timeout while contacting DNS servers)"),
            6,
        ),
        What::NoRoute => failed("3000 ms: No route to host"),
        What::Refused => failed("0 ms: Connection refused"),
        What::TimedOut | What::Hangs => match waits {
            Some(waits) => {
                let waits = waits.as_millis();
                let why = format!("(28) Connection timed out after {waits} milliseconds");
                (why, 28)
            }
            None => ("(28) Operation timed out".to_string(), 28),
        },
        What::Answer(answer) => {
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

/// What curl says of a URL before it asks anybody. Models `lib/urlapi.c` and `lib/url.c` of curl 8.
fn wrong_with(url: &str) -> Option<(i64, String)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    if !["http", "https", "ftp", "ftps"].contains(&&*scheme.to_ascii_lowercase()) {
        return Some((1, format!("Protocol \"{scheme}\" not supported")));
    }
    if url.contains(char::is_whitespace) {
        return Some((3, "URL rejected: Malformed input to a URL function".into()));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let behind = authority.rsplit(']').next().unwrap_or(authority);
    let (_, port) = behind.rsplit_once(':')?;
    let are_digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = port.is_empty() || are_digits && port.parse::<u16>().is_ok();
    let why = "URL rejected: Port number was not a decimal number between 0 and 65535";
    (!is_port).then(|| (3, why.into()))
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
        Some(path) => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if file.is_some_and(|file| file.contains('/'))
                && !folder.is_empty()
                && !turn.exists(folder)?
            {
                let file = file.unwrap_or_default();
                turn.complain(&format!(
                    "Warning: Failed to open the file {file}: No such file or directory\n\
                     curl: (23) Failure writing output to destination\n"
                ));
                return Ok(23);
            }
            turn.write(&path, &shown, false)?;
        }
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
pub(super) fn nc(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
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
    let talks = has(arguments, 'v', "-v");
    let waits = waits(arguments, &["-w"]);
    let Found { at, what } = turn.ask(&host, port, None, waits)?;
    let why = match what {
        What::Answer(answer) => {
            if talks {
                turn.complain(&format!("{host} ({at}:{port}) open\n"));
            }
            if !looks_only {
                turn.print(&answer.body)?;
            }
            return Ok(0);
        }
        What::NoHost | What::NoNameServer => format!("nc: bad address '{host}'"),
        What::NoRoute => format!("nc: {host} ({at}:{port}): No route to host"),
        What::Refused => format!("nc: {host} ({at}:{port}): Connection refused"),
        What::TimedOut | What::Hangs => format!("nc: {host} ({at}:{port}): Connection timed out"),
    };
    if !looks_only || talks {
        turn.complain(&format!("{why}\n"));
    }
    Ok(1)
}

pub(super) fn resolve(turn: &mut Turn<'_>, name: &str, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let operands = operands(arguments, &["-c", "-w", "-W", "-i"]);
    let host = operands.first().cloned().unwrap_or_default();
    if turn.is_here(&host) {
        let at = numeric(turn, &host);
        return turn.say(&match name {
            "ping" => format!("PING {host} ({at}): 56 data bytes\n"),
            _ => format!("Name:\t{host}\nAddress: {at}\n"),
        });
    }
    let wants = match name {
        "ping" => Wants::Echo,
        _ => Wants::Address,
    };
    let waits = waits(arguments, &["-W", "-w"]).unwrap_or(Duration::from_secs(10));
    let Found { at, what } = turn.ask_beyond(&host, wants, Some(waits))?;
    let (text, code) = match (name, what) {
        ("ping", What::Answer(_)) => {
            let head = format!("PING {host} ({at}): 56 data bytes\n");
            return turn.say(&format!("{head}64 bytes from {at}: seq=0 ttl=62\n"));
        }
        ("ping", What::NoHost | What::NoNameServer) => (format!("ping: bad address '{host}'\n"), 1),
        ("ping", _) => {
            turn.say(&format!("PING {host} ({at}): 56 data bytes\n"))?;
            (
                "1 packets transmitted, 0 packets received, 100% packet loss\n".into(),
                1,
            )
        }
        (_, What::Answer(_)) => return turn.say(&format!("Name:\t{host}\nAddress: {at}\n")),
        (_, What::NoHost) => (format!("** server can't find {host}: NXDOMAIN\n"), 1),
        _ => (
            ";; connection timed out; no servers could be reached\n".to_string(),
            1,
        ),
    };
    turn.complain(&text);
    Ok(code)
}

/// A client of a server: does it find one?
pub(super) fn client(turn: &mut Turn<'_>, name: &str, host: &str, port: i64) -> Result<i64, Flow> {
    let found = turn.ask(host, port, None, None)?.what;
    let answered = matches!(found, What::Answer(_));
    let said = match (name, answered) {
        ("redis-cli", true) => "PONG\n".to_string(),
        ("redis-cli", false) => {
            format!("Could not connect to Redis at {host}:{port}: Connection refused\n")
        }
        ("pg_isready", true) => format!("{host}:{port} - accepting connections\n"),
        ("pg_isready", false) => format!("{host}:{port} - no response\n"),
        (_, true) => String::new(),
        (name, false) => format!("{name}: can't connect to {host}:{port}\n"),
    };
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
