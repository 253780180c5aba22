//! The commands that scripts are made of. Ours: what each does, as far as it can be seen.

/// Files: what is in them, copies, lists.
mod files;

/// Commands that run others.
mod again;

/// Their names.
mod names;

/// Signals.
mod signals;

/// Servers, and what clients find.
mod net;

/// Clients.
mod clients;

/// BusyBox's wget.
mod wget;

/// BusyBox's nslookup.
mod nslookup;

/// Lines that fit.
mod grep;

/// Lines changed as a script says.
mod sed;

/// Text from here to there.
mod text;

use std::rc::Rc;
use std::time::Duration;

use names::{OTHERS, SILENT};

use super::machine::Output;
use super::pipe;
use super::turn::{Flow, LETTER, Turn, looks};
use crate::cluster::workload::outside::{Call, Poll};
use crate::kubectl::config::HOME;

pub(super) use crate::cluster::workload::catalogue::{assumed, foreground as program};
pub(in crate::cluster) use net::{FOREVER, address, status_line};

/// Does [`run`] know this command?
pub fn is_known(name: &str) -> bool {
    let name = base(name);
    SILENT.contains(&name) || OTHERS.contains(&name) || net::is_client(name)
}

/// May it wait for an answer over the network?
pub(super) fn may_wait(words: &[Rc<str>]) -> bool {
    // Behind `timeout 5`, `nohup` and their like, too.
    words.iter().take(4).any(|word| net::may_wait(base(word)))
}

/// The name without its folder.
fn base(name: &str) -> &str {
    match name.rsplit_once('/') {
        Some(("/bin" | "/usr/bin" | "/usr/local/bin" | "/sbin" | "/usr/sbin", base)) => base,
        _ => name,
    }
}

/// Is it kubectl, which a terminal has?
pub(super) fn is_kubectl(words: &[Rc<str>]) -> bool {
    words.first().is_some_and(|name| base(name) == "kubectl")
}

/// kubectl begins, or goes on.
fn kubectl(turn: &mut Turn<'_>, words: &[Rc<str>]) -> Result<Flow, Flow> {
    let Some(outside) = &mut turn.outside else {
        return Err(Flow::Asks);
    };
    if turn.task.kubectl.is_none() && turn.task.time < turn.task.kubectl_from {
        return Ok(Flow::Polls(Some(turn.task.kubectl_from)));
    }
    let pace = outside.pace();
    let stdin = match turn.task.kubectl {
        Some(_) => None,
        None => turn.task.input.take(),
    };
    let mut call = Call {
        words,
        process: &mut turn.task.kubectl,
        ran: turn.task.time,
        stdin,
        files: &mut turn.shell.disk,
        folder: &turn.task.folder,
        variables: &turn.task.variables,
        status: turn.task.status,
        printed: Vec::new(),
    };
    let polled = outside.kubectl(&mut call);
    for piece in call.printed {
        let printed = match piece.is_error {
            true => {
                turn.complain(&piece.text);
                Ok(())
            }
            false => turn.print(&piece.text),
        };
        if printed == Err(Flow::Broken) {
            // It doesn't begin anew.
            turn.task.kubectl = None;
            turn.task.kubectl_from = turn.task.time + pace;
        }
        printed?;
    }
    Ok(match polled {
        None => Flow::Program(words.to_vec()),
        Some(Poll::Done(status)) => {
            turn.task.kubectl = None;
            turn.task.kubectl_from = turn.task.time + pace;
            Flow::Next(status)
        }
        Some(Poll::Waits(until)) => Flow::Polls(until),
        Some(Poll::Runs(line)) => Flow::RunsFirst(line),
    })
}

/// Runs a command.
pub(super) fn run(turn: &mut Turn<'_>, words: &[Rc<str>]) -> Flow {
    match told(turn, words) {
        Ok(Flow::Broken) | Err(Flow::Broken) => pipe::broken(base(&words[0])),
        Ok(flow) | Err(flow) => flow,
    }
}

/// A status that is asked for; a process has the lowest eight bits of it.
fn status(turn: &Turn<'_>, arguments: &[Rc<str>]) -> i64 {
    let code = arguments.first();
    code.map_or(turn.task.status, |code| {
        code.parse::<i64>().map_or(2, |code| code & 0xff)
    })
}

fn told(turn: &mut Turn<'_>, words: &[Rc<str>]) -> Result<Flow, Flow> {
    let (name, arguments) = (base(&words[0]), &words[1..]);
    if turn.task.functions.contains_key(&words[0]) {
        return Ok(Flow::CallsFunction(words[0].clone(), arguments.to_vec()));
    }
    Ok(match name {
        "return" => Flow::Returns(status(turn, arguments)),
        "exit" => Flow::Exit(status(turn, arguments)),
        "break" => Flow::Break,
        "continue" => Flow::Continue,
        "exec" if !arguments.is_empty() => replace(turn, arguments),
        "sleep" => sleep(turn, arguments),
        "usleep" => Flow::Waits(Duration::from_micros(
            arguments.first().and_then(|a| a.parse().ok()).unwrap_or(0),
        )),
        "nohup" | "setsid" | "time" | "sudo" if !arguments.is_empty() => run(turn, arguments),
        "eval" => {
            let text = arguments.join(" ");
            turn.bytes += text.len() * LETTER;
            of_text(&text, false)
        }
        "wait" => {
            let before = turn.shell.processes_before();
            let child = |pid: &Rc<str>| pid.parse::<u32>().ok()?.checked_sub(before);
            match arguments.first().map(child) {
                None => Flow::WaitsFor(None),
                Some(Some(own)) if own > 0 && own < turn.shell.next_pid => {
                    Flow::WaitsFor(Some(own))
                }
                // It is no child of this shell.
                Some(_) => Flow::Next(127),
            }
        }
        "timeout" => timeout(turn, arguments),
        "tail" if arguments.iter().any(|a| &**a == "-f" || &**a == "-F") => {
            turn.follow_file(arguments)?
        }
        "cat" if arguments.is_empty() && turn.task.input.is_none() => Flow::Forever,
        "yes" => yes(turn, arguments),
        "sh" | "bash" | "ash" | "dash" | "/bin/sh" | "/bin/bash" => nested(turn, arguments)?,
        "env" if !arguments.is_empty() => with_env(turn, arguments),
        "kill" => signals::kill(turn, arguments)?,
        "xargs" => again::xargs(turn, arguments),
        "watch" if turn.shell.is_terminal() => again::watch(turn, arguments),
        "kubectl" if turn.shell.is_terminal() => kubectl(turn, words)?,
        _ if SILENT.contains(&name) => Flow::Next(0),
        _ => match net::run(turn, name, arguments)? {
            Some(flow) => flow,
            None => match simple(turn, name, arguments)? {
                Some(status) => Flow::Next(status),
                None if turn.shell.is_terminal() => {
                    turn.complain(&format!("bash: {}: command not found\n", words[0]));
                    Flow::Next(127)
                }
                None => Flow::Program(words.to_vec()),
            },
        },
    })
}

/// Commands that are done at once; their exit code.
fn simple(turn: &mut Turn<'_>, name: &str, arguments: &[Rc<str>]) -> Result<Option<i64>, Flow> {
    Ok(Some(match name {
        ":" | "true" | "exec" => 0,
        "false" => 1,
        "date" => date(turn, arguments)?,
        "hostname" if arguments.iter().any(|a| &**a == "-i") => {
            turn.say(&format!("{}\n", turn.shell.context.ip))?
        }
        "hostname" => turn.say(&format!("{}\n", turn.shell.context.hostname))?,
        "clear" if turn.shell.is_terminal() => turn.say(again::CLEAR)?,
        "whoami" => turn.say("root\n")?,
        "id" => turn.say("uid=0(root) gid=0(root) groups=0(root)\n")?,
        "uname" if arguments.iter().any(|a| &**a == "-n") => {
            turn.say(&format!("{}\n", turn.shell.context.hostname))?
        }
        "uname" => turn.say("Linux\n")?,
        "nproc" => turn.say("1\n")?,
        "pwd" => turn.say(&format!("{}\n", turn.task.folder))?,
        "uptime" => {
            let seconds = turn.task.time.as_secs();
            turn.shell.clocked = true;
            turn.say(&format!("up {} min\n", seconds / 60))?
        }
        "ps" => ps(turn)?,
        "cd" => {
            let home = HOME.into();
            turn.task.folder = turn.absolute(arguments.first().unwrap_or(&home));
            0
        }
        "export" | "local" | "readonly" => export(turn, arguments),
        "env" | "printenv" if arguments.is_empty() => {
            let all = turn.task.variables.iter();
            let all: String = all
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect();
            turn.say(&all)?
        }
        "printenv" => match turn.task.variables.get(&arguments[0]).cloned() {
            Some(value) => turn.say(&format!("{value}\n"))?,
            None => 1,
        },
        "set" => {
            let strict = |a: &Rc<str>| a.starts_with('-') && a.contains('e');
            let own = arguments.iter().position(|a| &**a == "--");
            let options = own.unwrap_or(arguments.len());
            turn.task.strict |= arguments[..options].iter().any(strict);
            if let Some(own) = own {
                turn.set_arguments(&arguments[own + 1..]);
            }
            0
        }
        "trap" => trap(turn, arguments),
        "test" | "[" | "[[" => match test(turn, arguments)? {
            Some(truth) => i64::from(!truth),
            None => {
                let words = arguments.join(" ");
                return Err(Flow::Unknown(format!("{name} {words}")));
            }
        },
        _ => match files::run(turn, name, arguments)? {
            Some(status) => status,
            None => return text::run(turn, name, arguments),
        },
    }))
}

/// `exec COMMAND`: it, and nothing after it.
fn replace(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    // What follows isn't reached.
    turn.task.at = turn.task.end;
    turn.task.frames.clear();
    turn.task.outputs.clear();
    match run(turn, arguments) {
        Flow::Next(status) => Flow::Exit(status),
        flow => flow,
    }
}

/// `sh`, `sh -c TEXT`, `sh FILE`
fn nested(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<Flow, Flow> {
    let is_command = |a: &Rc<str>| a.starts_with('-') && !a.starts_with("--") && a.ends_with('c');
    let at = arguments.iter().position(is_command);
    let text = match at.and_then(|at| arguments.get(at + 1)) {
        Some(text) => Some(text.clone()),
        None => match arguments.iter().find(|a| !a.starts_with('-')) {
            Some(file) => match turn.text_of(file)? {
                Some(text) => Some(text),
                None => {
                    turn.complain(&format!(
                        "sh: can't open '{file}': No such file or directory\n"
                    ));
                    return Ok(Flow::Next(2));
                }
            },
            None if turn.task.endless => return Ok(Flow::Forever),
            None => turn.task.input.take(),
        },
    };
    // Without a terminal there is nothing to read.
    let Some(text) = text else {
        return Ok(Flow::Next(0));
    };
    let behind = at.map_or(1, |at| at + 3).min(arguments.len());
    turn.set_arguments(&arguments[behind..]);
    turn.bytes += text.len() * LETTER;
    Ok(of_text(&text, true))
}

/// A script within the script; are the variables afterwards what they were before?
fn of_text(text: &str, apart: bool) -> Flow {
    match super::parse(text) {
        Err(what) => Flow::Unknown(what),
        Ok(node) => Flow::Calls(super::compile(&node), apart),
    }
}

/// `env NAME=value … COMMAND`
fn with_env(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    let mut left = arguments;
    while let [first, rest @ ..] = left {
        match first.split_once('=') {
            Some((name, value)) => {
                turn.task.variables.insert(name.into(), value.into());
            }
            None if first.starts_with('-') => {}
            None => return run(turn, left),
        }
        left = rest;
    }
    run(turn, &["env".into()])
}

/// `timeout [-t] SECONDS COMMAND`: a command that would take longer is ended.
fn timeout(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    let rest: Vec<Rc<str>> = arguments
        .iter()
        .skip_while(|a| a.starts_with('-'))
        .cloned()
        .collect();
    let [limit, command @ ..] = &rest[..] else {
        return Flow::Next(125);
    };
    let limit = seconds(std::slice::from_ref(limit)).flatten();
    let before = std::mem::replace(&mut turn.limit, limit);
    let flow = run_if_any(turn, command);
    turn.limit = before;
    match (flow, limit) {
        (Flow::Waits(time), Some(limit)) if time > limit => Flow::Waits(limit),
        (Flow::Forever | Flow::Program(_), Some(limit)) => Flow::Waits(limit),
        (flow, _) => flow,
    }
}

fn run_if_any(turn: &mut Turn<'_>, command: &[Rc<str>]) -> Flow {
    match command {
        [] => Flow::Next(125),
        command => run(turn, command),
    }
}

/// How long `30`, `1.5`, `2m`, `1h` are together; `Some(None)` for `infinity`.
fn seconds(arguments: &[Rc<str>]) -> Option<Option<Duration>> {
    let mut seconds = 0.0;
    for argument in arguments {
        if matches!(&**argument, "infinity" | "inf") {
            return Some(None);
        }
        let digits = argument.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &argument[digits.len()..] {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += digits.parse::<f64>().ok()? * unit;
    }
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    (!arguments.is_empty()).then_some(Some(time))
}

fn sleep(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    match seconds(arguments) {
        Some(Some(time)) => Flow::Waits(time),
        Some(None) => Flow::Forever,
        None => {
            turn.complain("sleep: invalid time interval\n");
            Flow::Next(1)
        }
    }
}

/// `trap 'exit 0' TERM`
fn trap(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> i64 {
    let [action, signals @ ..] = arguments else {
        return 0;
    };
    let of_term = |signal: &Rc<str>| matches!(&**signal, "TERM" | "SIGTERM" | "15");
    if signals.iter().any(of_term) && turn.task.pid == 1 {
        // Without an action a signal is passed over, as by every first process.
        turn.shell.trap = (!matches!(&**action, "-" | "")).then(|| action.clone());
    }
    0
}

/// `yes [WORD…]`: a line without end.
fn yes(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    let words = match arguments {
        [] => "y".into(),
        words => words.join(" "),
    };
    turn.pour(&format!("{words}\n"))
}

fn export(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> i64 {
    for argument in arguments {
        if let Some((name, value)) = argument.split_once('=') {
            turn.task.variables.insert(name.into(), value.into());
        }
    }
    0
}

/// Processes, as busybox lists them.
fn ps(turn: &mut Turn<'_>) -> Result<i64, Flow> {
    let mut text = String::from("PID   USER     TIME  COMMAND\n");
    let processes = turn.shell.context.processes.clone();
    for (place, process) in processes.iter().enumerate() {
        // The first has number 1; others came after it, with some between.
        let pid = if place == 0 { 1 } else { 1 + 6 * place };
        text.push_str(&format!("{pid:5} root      0:00 {process}\n"));
    }
    let before = turn.shell.processes_before();
    let ids = turn.shell.tasks.iter().map(|task| task.pid);
    for pid in ids.filter(|pid| *pid > 0).map(|pid| pid + before) {
        text.push_str(&format!("{pid:5} root      0:00 sh\n"));
    }
    turn.say(&text)
}

/// `date`, with `+%s` and the like.
fn date(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    if !turn.task.outputs.is_empty() {
        // What it says may decide what comes.
        turn.shell.clocked = true;
    }
    let now = turn.shell.start + turn.task.time;
    let text = now.to_rfc3339();
    let Some(format) = arguments.iter().find_map(|a| a.strip_prefix('+')) else {
        return turn.say(&format!("{}\n", long_date(&text)));
    };
    let (day, clock) = text.split_at(10);
    let clock = clock.trim_start_matches('T').trim_end_matches('Z');
    let seconds = now.unix_seconds();
    let nanos = now.0.rem_euclid(1_000_000) * 1000;
    let filled = format
        .replace("%F", day)
        .replace("%T", clock)
        .replace("%Y", &day[..4])
        .replace("%m", &day[5..7])
        .replace("%d", &day[8..])
        .replace("%H", &clock[..2])
        .replace("%M", &clock[3..5])
        .replace("%S", &clock[6..8])
        .replace("%s", &seconds.to_string())
        .replace("%N", &format!("{nanos:09}"));
    turn.say(&format!("{filled}\n"))
}

/// `Thu Jan  1 00:00:00 UTC 2026` of `2026-01-01T00:00:00Z`.
fn long_date(text: &str) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const SHIFTS: [i64; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap_or(1);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let at = usize::try_from(month - 1).unwrap_or(0).min(11);
    let y = if month < 3 { year - 1 } else { year };
    let weekday = (y + y / 4 - y / 100 + y / 400 + SHIFTS[at] + day).rem_euclid(7);
    let weekday = DAYS[usize::try_from(weekday).unwrap_or(0)];
    let clock = &text[11..19];
    format!("{weekday} {} {day:2} {clock} UTC {year}", MONTHS[at])
}

fn test(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<Option<bool>, Flow> {
    let words: Vec<&str> = arguments
        .iter()
        .map(|a| &**a)
        .filter(|a| !matches!(*a, "]" | "]]"))
        .collect();
    truth(turn, &words)
}

fn truth(turn: &mut Turn<'_>, words: &[&str]) -> Result<Option<bool>, Flow> {
    for (join, both) in [("-o", false), ("||", false), ("-a", true), ("&&", true)] {
        let Some(at) = words.iter().position(|word| *word == join) else {
            continue;
        };
        if at == 0 || at + 1 == words.len() {
            continue;
        }
        let left = truth(turn, &words[..at])?;
        let right = truth(turn, &words[at + 1..])?;
        return Ok(left
            .zip(right)
            .map(|(l, r)| if both { l && r } else { l || r }));
    }
    let number = |text: &str| text.trim().parse::<f64>().unwrap_or(0.0);
    Ok(Some(match *words {
        [] => false,
        ["!", ref rest @ ..] => return Ok(truth(turn, rest)?.map(|truth| !truth)),
        [text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        ["-s", file] => turn.bytes(file)?.is_some_and(|bytes| !bytes.is_empty()),
        ["-d", folder] => turn.is_folder(folder)?,
        ["-f" | "-r" | "-x" | "-w", file] => turn.exists(file)? && !turn.is_folder(file)?,
        ["-e", file] => turn.exists(file)?,
        ["-L" | "-h" | "-p" | "-S" | "-t", _] => false,
        [left, "=" | "==", right] if looks(right, left) > 4096 => {
            turn.bytes += looks(right, left);
            left == right || super::words::fits(right, left)
        }
        [left, "=" | "==", right] => left == right || super::words::fits(right, left),
        [left, "!=", right] => left != right,
        [left, "-eq", right] => number(left) == number(right),
        [left, "-ne", right] => number(left) != number(right),
        [left, "-lt", right] => number(left) < number(right),
        [left, "-le", right] => number(left) <= number(right),
        [left, "-gt", right] => number(left) > number(right),
        [left, "-ge", right] => number(left) >= number(right),
        _ => return Ok(None),
    }))
}

/// The number behind an option.
fn option(arguments: &[Rc<str>], name: &str) -> Option<i64> {
    text_option(arguments, name)?.parse().ok()
}

/// The word behind an option, or in it: `-O file`, `-Ofile`.
fn text_option<'a>(arguments: &'a [Rc<str>], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|a| a.starts_with(name))?;
    match &arguments[at][name.len()..] {
        "" => arguments.get(at + 1).map(|a| &**a),
        rest => Some(rest.trim_start_matches('=')),
    }
}

/// Is the output caught or sent into a file?
fn is_caught(turn: &Turn<'_>) -> bool {
    matches!(
        turn.task.outputs.last(),
        Some(Output::Caught(_) | Output::Piped(..) | Output::Head(_) | Output::File(_))
    )
}

impl Turn<'_> {
    /// Prints; all is well.
    pub(super) fn say(&mut self, text: &str) -> Result<i64, Flow> {
        self.print(text)?;
        Ok(0)
    }
}
