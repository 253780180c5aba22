//! `kill`. Models the shells' and what Linux does with a signal: the first process of a container has no default action,
//! so that it meets SIGTERM only where it asks for it, and SIGKILL from within not at all.
//! Left out: what SIGHUP and the like do to the first process of a container beside which it is run; processes of other
//! containers, which `shareProcessNamespace` shows; stopping.

use std::rc::Rc;

use super::super::turn::{Flow, Turn};

const TERM: i64 = 15;
const KILL: i64 = 9;

/// Signals by name.
const NAMES: [(&str, i64); 19] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ABRT", 6),
    ("KILL", KILL),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", TERM),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("WINCH", 28),
];

/// The number of a signal.
fn number(text: &str) -> Option<i64> {
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let named = NAMES.iter().find(|(known, _)| *known == name);
    let number = text.parse().ok().filter(|number| (0..=64).contains(number));
    number.or(named.map(|(_, number)| *number))
}

/// `kill [-SIGNAL | -s SIGNAL] PID …`
pub(super) fn kill(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<Flow, Flow> {
    if turn.outside.is_none() {
        return Err(Flow::Asks);
    }
    let (signal, pids) = match arguments {
        [option, signal, pids @ ..] if &**option == "-s" => (&**signal, pids),
        [option, pids @ ..] if &**option == "--" => ("TERM", pids),
        [option, pids @ ..] if option.starts_with('-') => (&option[1..], pids),
        pids => ("TERM", pids),
    };
    let Some(number) = number(signal) else {
        turn.complain(&format!("sh: bad signal name '{signal}'\n"));
        return Ok(Flow::Next(1));
    };
    if pids.is_empty() {
        turn.complain(match turn.shell.is_terminal() {
            true => "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n",
            false => "sh: you need to specify whom to kill\n",
        });
        return Ok(Flow::Next(if turn.shell.is_terminal() { 2 } else { 1 }));
    }
    let mut status = 0;
    for written in pids {
        if &**written == "0" || written.starts_with(['%', '-']) {
            turn.complain(&format!(
                "(Podarium: kill of jobs and groups, as {written}, is not simulated)\n"
            ));
            status = 1;
            continue;
        }
        let sent = match written.parse() {
            Ok(pid) => send(turn, pid, number),
            Err(_) => {
                turn.complain(&format!("sh: invalid number '{written}'\n"));
                status = 1;
                continue;
            }
        };
        match sent {
            Sent::Done => {}
            Sent::Ends => return Ok(Flow::Exit(128 + number)),
            Sent::Nobody => {
                turn.complain(&match turn.shell.is_terminal() {
                    true => format!("bash: kill: ({written}) - No such process\n"),
                    false => format!("sh: can't kill pid {written}: No such process\n"),
                });
                status = 1;
            }
        }
    }
    Ok(Flow::Next(status))
}

/// What came of a signal.
enum Sent {
    Done,
    /// It is for whoever sends it, who ends.
    Ends,
    Nobody,
}

fn send(turn: &mut Turn<'_>, pid: u32, signal: i64) -> Sent {
    let before = turn.shell.processes_before();
    let Some(own) = pid.checked_sub(before).filter(|own| *own > 0) else {
        return send_to_container(turn, pid, signal);
    };
    // Nobody asks for SIGCHLD and the like, and without that they do nothing.
    let does_nothing = matches!(signal, 0 | 17 | 18 | 23 | 28);
    let stops = matches!(signal, 19..=22);
    let is_first = own == 1 && before == 0 && !turn.shell.is_terminal();
    let is_me = own == turn.task.pid;
    if !is_me && !turn.shell.runs(own) {
        return Sent::Nobody;
    }
    match (is_first, is_me) {
        (true, _) if signal == TERM => turn.shell.terminate_first(turn.task.time),
        (true, _) => {}
        _ if does_nothing => {}
        _ if stops => turn.complain("(Podarium: that a process is stopped is not simulated)\n"),
        (_, true) => return Sent::Ends,
        _ => {
            turn.shell.kill(own, turn.task.time);
        }
    }
    Sent::Done
}

/// From a command beside a container's own process.
fn send_to_container(turn: &mut Turn<'_>, pid: u32, signal: i64) -> Sent {
    let is_known = pid % 6 == 1;
    let are_shared = turn.shell.context.processes.len() > 1;
    match signal {
        _ if !is_known => return Sent::Nobody,
        0 | KILL if pid == 1 => {}
        TERM if !are_shared => {
            if let Some(outside) = &mut turn.outside {
                outside.terminate();
            }
        }
        _ => turn.complain("(Podarium: what the process does on this signal is not known here)\n"),
    }
    Sent::Done
}
