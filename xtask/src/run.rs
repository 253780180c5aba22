//! Runs another program quietly: its output is shown only if it fails; a long wait says what for, and how long.

use std::fs::File;
use std::io::{IsTerminal, Write, stderr};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Fallible, cache};

/// A finished program: whether it succeeded, and everything it wrote.
pub struct Finished {
    pub status: ExitStatus,
    pub output: String,
    pub seconds: u64,
}

/// Runs `command` to its end. `what` is said while waiting; `expected` is about how long it takes on two cores
/// where nothing is prepared yet.
pub fn quietly(what: &str, expected: Duration, command: &mut Command) -> Fallible<Finished> {
    let log = log_file(what)?;
    let writer = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let second = writer.try_clone().map_err(|error| error.to_string())?;
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(second)
        .spawn()
        .map_err(|error| {
            format!(
                "{} could not be started: {error}",
                command.get_program().display()
            )
        })?;
    let mut waiting = Waiting::new(what, expected);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        waiting.tick(start.elapsed(), &log);
        std::thread::sleep(Duration::from_millis(if start.elapsed().as_secs() < 2 {
            10
        } else {
            100
        }));
    };
    waiting.end();
    let output = std::fs::read(&log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    Ok(Finished {
        status,
        output,
        seconds: start.elapsed().as_secs(),
    })
}

/// Like [`quietly`], but a failure is an error that shows what the program wrote.
pub fn must(what: &str, expected: Duration, command: &mut Command) -> Fallible<Finished> {
    let finished = quietly(what, expected, command)?;
    if finished.status.success() {
        return Ok(finished);
    }
    Err(format!(
        "{}\n{what}: failed ({}).",
        finished.output.trim_end(),
        finished.status
    ))
}

/// The first line that `command` prints, or nothing if it cannot be run.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success()).then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// One line about one stage: `page            built in 40 s`.
pub fn stage(name: &str, outcome: &str) {
    println!("{name:<16}{outcome}");
}

fn log_file(what: &str) -> Fallible<PathBuf> {
    let name: String = what
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    Ok(cache::work_folder("log")?.join(format!("{name}.txt")))
}

/// What is said during a wait: on a terminal a line that counts, elsewhere one line if it will be long.
struct Waiting<'a> {
    what: &'a str,
    expected: Duration,
    terminal: bool,
    said: u64,
}

impl<'a> Waiting<'a> {
    fn new(what: &'a str, expected: Duration) -> Self {
        Waiting {
            what,
            expected,
            terminal: stderr().is_terminal(),
            said: 0,
        }
    }

    fn tick(&mut self, elapsed: Duration, log: &std::path::Path) {
        let seconds = elapsed.as_secs();
        if seconds < 2 || seconds == self.said {
            return;
        }
        let first = self.said == 0;
        self.said = seconds;
        let about = spoken(self.expected);
        if self.terminal {
            let doing = last_line(log);
            eprint!(
                "\r\x1b[K{}: {seconds} s (at first {about}) {doing}",
                self.what
            );
            let _ = stderr().flush();
        } else if first && self.expected.as_secs() >= 20 {
            eprintln!("{} … (the first time {about})", self.what);
        } else if seconds.is_multiple_of(60) {
            eprintln!("{}: {seconds} s", self.what);
        }
    }

    fn end(&self) {
        if self.terminal && self.said > 0 {
            eprint!("\r\x1b[K");
        }
    }
}

fn spoken(expected: Duration) -> String {
    match expected.as_secs() {
        seconds @ 0..=90 => format!("about {seconds} s"),
        seconds => format!("about {} min", seconds.div_ceil(60)),
    }
}

/// What the program last wrote, cut to fit beside the counter.
fn last_line(log: &std::path::Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(400)..]).into_owned();
    let line = text
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(50).collect()
}
