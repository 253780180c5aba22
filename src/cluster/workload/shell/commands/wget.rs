//! `wget` as BusyBox has it. Models `networking/wget.c` of BusyBox 1.36, `str2sockaddr` and `bb_progress_update` of its
//! library. Left out: TLS, FTP behind its connection, redirects, requests with a body, proxies, `-c` and `-S`; of
//! several URLs the last alone is fetched.

use std::rc::Rc;
use std::time::Duration;

use super::super::turn::{Flow, Turn};
use super::net::{Found, SYN_RETRIES, What, has, operands, status_line};
use super::text_option;

const WITH_VALUE: [&str; 14] = [
    "-O",
    "-T",
    "-t",
    "-o",
    "-P",
    "-U",
    "-Y",
    "--header",
    "--post-data",
    "--post-file",
    "--timeout",
    "--output-document",
    "--directory-prefix",
    "--user-agent",
];

/// What BusyBox says before how a command is used.
pub(super) const BANNER: &str = "BusyBox v1.36.1 (2023-05-18 22:34:17 UTC) multi-call binary.\n";

const USAGE: &str = "
Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

\t--spider\tOnly check URL existence: $? is 0 if exists
\t--header STR\tAdd STR (of form 'header: value') to headers
\t--post-data STR\tSend STR using POST method
\t--post-file FILE\tSend FILE using POST method
\t-c\t\tContinue retrieval of aborted transfer
\t-q\t\tQuiet
\t-P DIR\t\tSave to DIR (default .)
\t-S    \t\tShow server response
\t-T SEC\t\tNetwork read timeout is SEC seconds
\t-O FILE\t\tSave to FILE ('-' for stdout)
\t-o LOGFILE\tLog messages to FILE
\t-U STR\t\tUse STR for User-Agent header
\t-Y on/off\tUse proxy
";

/// It gives up after so long, unless told otherwise.
const TIMEOUT: u64 = 900;

/// What is fetched.
struct Url<'a> {
    /// Host and port as they were typed.
    shown: &'a str,
    host: String,
    port: u16,
    /// Is it HTTP?
    is_http: bool,
    /// It begins with a slash.
    path: String,
}

pub(super) fn wget(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let Some(text) = operands(arguments, &WITH_VALUE).pop() else {
        turn.complain(BANNER);
        turn.complain(USAGE);
        return Ok(1);
    };
    let said = match told(arguments, &text) {
        Ok((url, waits)) => fetch(turn, arguments, &url, waits)?,
        Err(why) => Some(why),
    };
    let Some(why) = said else {
        return Ok(0);
    };
    turn.complain(&format!("wget: {why}\n"));
    Ok(1)
}

/// The URL and how long to wait.
fn told<'a>(arguments: &[Rc<str>], text: &'a str) -> Result<(Url<'a>, Option<Duration>), String> {
    let given = text_option(arguments, "-T").or(text_option(arguments, "--timeout"));
    let seconds = match given {
        Some(text) => seconds(text).ok_or_else(|| format!("invalid number '{text}'"))?,
        None => TIMEOUT,
    };
    let waits = (seconds > 0).then(|| Duration::from_secs(seconds));
    Ok((url(text)?, waits))
}

/// Models `xatoi_positive`.
fn seconds(text: &str) -> Option<u64> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|_| are_digits);
    number.filter(|number| *number <= 0x7fff_ffff)
}

/// Models `parse_url`, and of `str2sockaddr` what it makes of a port.
fn url(text: &str) -> Result<Url<'_>, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        "ftp" => 21,
        "ftps" => 990,
        _ => return Err(format!("not an http or ftp url: {text}")),
    };
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(at);
    let path = match behind.chars().next() {
        Some(mark) => format!("/{}", &behind[mark.len_utf8()..]),
        None => "/".to_string(),
    };
    let shown = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match shown.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (shown, None),
    };
    let bad = || format!("bad port spec '{shown}'");
    let port = match port {
        Some(port) => {
            let are_digits = port.bytes().all(|byte| byte.is_ascii_digit());
            let number = port.parse().ok().filter(|_| are_digits);
            number.ok_or_else(bad)?
        }
        None => default,
    };
    Ok(Url {
        shown,
        host: host.to_string(),
        port,
        is_http: scheme.starts_with("http"),
        path,
    })
}

/// Models `download_one_url`. Tells what went wrong.
fn fetch(
    turn: &mut Turn<'_>,
    arguments: &[Rc<str>],
    url: &Url<'_>,
    waits: Option<Duration>,
) -> Result<Option<String>, Flow> {
    let (shown, port) = (url.shown, url.port);
    let path = url.is_http.then_some(&*url.path);
    // To connect takes no longer than the kernel tries.
    let tries = waits.filter(|waits| *waits < SYN_RETRIES);
    let Found { at, what } = turn.ask(&url.host, port.into(), path, tries)?;
    let resolved = !matches!(what, What::NoHost | What::NoNameServer);
    if !has(arguments, 'q', "--quiet") && resolved {
        turn.complain(&format!("Connecting to {shown} ({at}:{port})\n"));
    }
    let remote = |why: &str| format!("can't connect to remote host ({at}): {why}");
    Ok(Some(match what {
        What::NoHost | What::NoNameServer => format!("bad address '{shown}'"),
        What::NoRoute => remote("No route to host"),
        What::Refused => remote("Connection refused"),
        // Whoever doesn't speak FTP says nothing to it.
        What::Answer(_) if !url.is_http => "download timed out".into(),
        What::Hangs => "download timed out".into(),
        What::TimedOut if tries.is_some() => "download timed out".into(),
        What::TimedOut => remote("Connection timed out"),
        What::Answer(answer) => match answer.status {
            Some(200..=204 | 300..=303 | 307 | 308) => {
                if arguments.iter().any(|a| &**a == "--spider") {
                    if !has(arguments, 'q', "--quiet") {
                        turn.complain("remote file exists\n");
                    }
                    return Ok(None);
                }
                return save(turn, arguments, &url.path, &answer.body);
            }
            Some(status) => {
                let line = status_line(status);
                format!("server returned error: HTTP/1.1 {line}")
            }
            // It takes the first line for a status, the next for a header.
            None => match answer.body.lines().nth(1) {
                Some(line) => format!("bad header line: {line}"),
                None => "error getting response".into(),
            },
        },
    }))
}

/// `-O file`, `-O -`, `-qO- `; else a file named as the path ends.
fn save(
    turn: &mut Turn<'_>,
    arguments: &[Rc<str>],
    path: &str,
    body: &str,
) -> Result<Option<String>, Flow> {
    let glued = arguments.iter().enumerate().find_map(|(at, a)| {
        let rest = a.strip_prefix('-').filter(|_| !a.starts_with("--"))?;
        let (_, behind) = rest.split_once('O')?;
        Some(match behind {
            "" => arguments.get(at + 1).map_or("-", |file| file).to_string(),
            file => file.to_string(),
        })
    });
    let named = match path.rsplit('/').next() {
        Some("") | None => "index.html",
        Some(name) => name,
    };
    let is_named = glued.is_none();
    let file = glued.unwrap_or_else(|| match text_option(arguments, "-P") {
        Some(folder) => format!("{}/{named}", folder.trim_end_matches('/')),
        None => named.to_string(),
    });
    let is_quiet = has(arguments, 'q', "--quiet");
    if file == "-" {
        progress(turn, is_quiet, "writing to stdout", "-", body);
        turn.say(body)?;
        if !is_quiet {
            turn.complain("written to stdout\n");
        }
        return Ok(None);
    }
    let full = turn.absolute(&file);
    let why = match full.rsplit_once('/') {
        _ if turn.is_folder(&full)? => Some("Is a directory"),
        _ if is_named && turn.exists(&full)? => Some("File exists"),
        Some((folder, _))
            if file.contains('/') && !folder.is_empty() && !turn.exists(folder)? =>
        {
            Some("No such file or directory")
        }
        _ => None,
    };
    if let Some(why) = why {
        return Ok(Some(format!("can't open '{file}': {why}")));
    }
    progress(turn, is_quiet, &format!("saving to '{file}'"), named, body);
    turn.write(&full, body, false)?;
    if !is_quiet {
        turn.complain(&format!("'{file}' saved\n"));
    }
    Ok(None)
}

/// What is said while it is fetched, where no terminal is.
fn progress(turn: &mut Turn<'_>, is_quiet: bool, head: &str, name: &str, body: &str) {
    if is_quiet {
        return;
    }
    let name: String = name.chars().take(20).collect();
    let length = body.len();
    let line = match length {
        0 => format!("{name:20} {length:5} --:--:-- ETA"),
        _ => format!("{name:20} 100% |{:*<32}| {length:5}  0:00:00 ETA", ""),
    };
    turn.complain(&format!("{head}\n{line}\n"));
}
