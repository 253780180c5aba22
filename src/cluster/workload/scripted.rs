//! The runtime of the recorded kubelet cases: an environment variable `SIM` and words in image
//! names say what happens. Ours, as golden/kubelet/README.md describes it. conform uses it; a
//! learner can't reach it.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ContainerConfig, ContainerRuntime, ExecAnswer, Exit, HttpAnswer, ImageSize};
use super::{Listener, Next, Process, Timed, Usage};
use crate::api::pod::Pod;
use crate::cluster::Latencies;

/// The recorded cases' runtime.
pub(super) struct Scripted;

const SIZE: ImageSize = ImageSize(1_234_567);
/// What a container uses that says nothing of it.
const MEMORY_BYTES: i64 = 20 << 20;
const NO_ADDRESS: &str = "rpc error: code = Unknown desc = failed to setup network for sandbox: \
    plugin type=\"bridge\" failed (add): no IP addresses available in range set";

impl ContainerRuntime for Scripted {
    fn preloaded(&self, image: &str) -> Option<ImageSize> {
        image
            .split('/')
            .any(|part| part == "preloaded")
            .then_some(SIZE)
    }

    fn run_pod_sandbox(
        &self,
        latencies: &Latencies,
        pod: &Pod,
        tries: u32,
    ) -> Timed<Result<(), String>> {
        let annotation = |name| pod.metadata.annotations.get(name);
        let fails: u32 = annotation("sim/sandbox-fail").map_or(0, |n| n.parse().unwrap_or(0));
        let delay = annotation("sim/sandbox-delay").and_then(|text| duration(text));
        let fails = tries < fails;
        Timed {
            after: match (fails, delay) {
                (true, _) => Duration::ZERO,
                (false, delay) => delay.unwrap_or(latencies.sandbox_creation),
            },
            result: if fails {
                Err(NO_ADDRESS.into())
            } else {
                Ok(())
            },
        }
    }

    fn sandbox_dies_after(&self, pod: &Pod, attempt: u32) -> Option<Duration> {
        let text = pod.metadata.annotations.get("sim/sandbox-die")?;
        (attempt == 0).then(|| duration(text)).flatten()
    }

    fn pull_image(
        &self,
        latencies: &Latencies,
        image: &str,
        tries: u32,
    ) -> Timed<Result<ImageSize, String>> {
        let mut after = latencies.pull_base;
        let mut result = Ok(SIZE);
        for part in image.split('/') {
            let flaky = part
                .strip_prefix("flaky")
                .and_then(|n| n.parse::<u32>().ok());
            match part {
                "missing" => result = Err(super::catalogue::not_found(image)),
                "private" => result = Err(no_credentials(image)),
                "down" => result = Err("RegistryUnavailable: connection refused".into()),
                _ if flaky.is_some_and(|fails| tries < fails) => {
                    result = Err(super::catalogue::not_found(image));
                }
                _ => {}
            }
            if let Some(slow) = part.strip_prefix("slow").and_then(duration) {
                after = slow;
            }
        }
        Timed { after, result }
    }

    fn create_container(
        &self,
        latencies: &Latencies,
        config: ContainerConfig<'_>,
    ) -> Timed<Result<Process, String>> {
        let text = config.env.iter().find(|(name, _)| &**name == "SIM");
        let script = Script::parse(text.map_or("", |(_, value)| value), config.restart_count);
        let result = match &script.create_error {
            Some(error) => Err(error.to_string()),
            None => Ok(Process::Scripted(Rc::new(script))),
        };
        Timed {
            after: latencies.container_creation,
            result,
        }
    }

    fn start_container(
        &self,
        latencies: &Latencies,
        process: &Process,
    ) -> Timed<Result<(), String>> {
        let error = match process {
            Process::Scripted(script) => script.start_error.clone(),
            Process::Program(_) => None,
        };
        Timed {
            after: latencies.container_start,
            result: error.map_or(Ok(()), |error| Err(error.to_string())),
        }
    }
}

fn no_credentials(image: &str) -> String {
    format!(
        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": pull \
         access denied, repository does not exist or may require authorization: authorization \
         failed: no basic auth credentials"
    )
}

/// What one run of a container does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    run: Option<Duration>,
    exit: i64,
    oom: bool,
    term_delay: Option<Duration>,
    term: Option<i64>,
    ignore_term: bool,
    create_error: Option<Rc<str>>,
    start_error: Option<Rc<str>>,
    message: Rc<str>,
    logged: Rc<str>,
    listens: Vec<(i64, Duration)>,
    memory_bytes: i64,
    files: Vec<(Rc<str>, i64)>,
}

impl Script {
    /// The part of `text` for the run of this number; the last part repeats.
    fn parse(text: &str, restart_count: i64) -> Self {
        let parts: Vec<&str> = text.split(';').collect();
        let last = parts.len() - 1;
        let part = parts[usize::try_from(restart_count).unwrap_or(0).min(last)];
        let mut script = Script {
            memory_bytes: MEMORY_BYTES,
            ..Script::default()
        };
        for setting in part.split(',').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            script.set(name, &unescaped(value));
        }
        script
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "run" => self.run = duration(value),
            "exit" => self.exit = value.parse().unwrap_or_default(),
            "oom" => self.oom = true,
            "term_delay" => self.term_delay = duration(value),
            "term" => self.term = value.parse().ok(),
            "ignore_term" => self.ignore_term = true,
            "create_error" => self.create_error = Some(value.into()),
            "start_error" => self.start_error = Some(value.into()),
            "msg" => self.message = value.into(),
            "log" => self.logged = value.into(),
            "listen" => {
                let (port, after) = value.split_once('@').unwrap_or((value, "0s"));
                let after = duration(after).unwrap_or_default();
                self.listens.push((port.parse().unwrap_or_default(), after));
            }
            "mem" => self.memory_bytes = value.parse::<i64>().unwrap_or_default() << 20,
            "write_rootfs" => {
                let bytes = value.parse().unwrap_or_default();
                self.files.push(("/written".into(), bytes));
            }
            "write_volume" => {
                let (path, bytes) = value.rsplit_once(':').unwrap_or((value, ""));
                let bytes = bytes.parse().unwrap_or_default();
                self.files.push((format!("{path}/written").into(), bytes));
            }
            _ => {}
        }
    }

    pub(super) fn next(&self) -> Next {
        match self.exits() {
            Some((after, exit)) => Next::Ends(after, exit),
            None => Next::Nothing,
        }
    }

    fn exits(&self) -> Option<(Duration, Exit)> {
        let exit = if self.oom {
            Exit::out_of_memory()
        } else {
            Exit::with_code(self.exit)
        };
        self.run.map(|run| (run, self.leaves(exit)))
    }

    pub(super) fn terminates(&self) -> Option<(Duration, Exit)> {
        let delay = self.term_delay.unwrap_or(Duration::from_millis(100));
        let exit = self.leaves(Exit::with_code(self.term.unwrap_or(143)));
        (!self.ignore_term).then_some((delay, exit))
    }

    /// `exit` with what the script leaves in the termination message file.
    pub(super) fn leaves(&self, exit: Exit) -> Exit {
        Exit {
            termination_message: self.message.clone(),
            ..exit
        }
    }

    pub(super) fn listeners(&self, ran: Duration) -> Vec<Listener> {
        let open = self.listens.iter().filter(|(_, after)| *after <= ran);
        open.map(|(port, _)| Listener {
            port: *port,
            loopback: false,
        })
        .collect()
    }

    /// From its start to its end.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            cpu_milli: 0,
            memory_bytes: self.memory_bytes,
            files: self.files.clone(),
        }
    }

    /// The path scripts the answer.
    pub(super) fn get(&self, path: &str) -> HttpAnswer {
        let mut words = path.trim_start_matches('/').split('/');
        let (word, more) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (status, after) = match word {
            "fail" => (500, Duration::ZERO),
            "redirect" => (302, Duration::ZERO),
            "status" => (more.parse().unwrap_or(200), Duration::ZERO),
            "sleep" => (200, duration(more).unwrap_or_default()),
            _ => (200, Duration::ZERO),
        };
        HttpAnswer {
            status: Some(status),
            body: String::new(),
            after,
        }
    }

    /// Written at the end, all at once.
    pub(super) fn log(&self, _ran: Duration) -> Vec<(Duration, String)> {
        let lines = self.logged.lines();
        lines
            .map(|line| (Duration::ZERO, line.to_string()))
            .collect()
    }
}

/// `sim-exec WORDS…`
pub(super) fn exec(ran: Duration, command: &[Rc<str>]) -> ExecAnswer {
    let name = command.first().map_or("", |name| name);
    if name != "sim-exec" {
        let error = format!("exec: \"{name}\": executable file not found in $PATH");
        return ExecAnswer {
            result: Err(error),
            output: String::new(),
            printed: Vec::new(),
            after: Duration::ZERO,
            alike: false,
        };
    }
    let mut answer = ExecAnswer {
        result: Ok(0),
        output: String::new(),
        printed: Vec::new(),
        after: Duration::ZERO,
        alike: false,
    };
    let mut output = None;
    for word in &command[1..] {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let span = || duration(value).unwrap_or_default();
        let fails = match name {
            "fail" => true,
            "ok_after" => ran < span(),
            "ok_until" => ran >= span(),
            "bad_window" => {
                let (from, to) = value.split_once('-').unwrap_or((value, value));
                let bound = |text| duration(text).unwrap_or_default();
                (bound(from)..bound(to)).contains(&ran)
            }
            _ => false,
        };
        if fails {
            answer.result = Ok(1);
            answer.output = "check failed".into();
        }
        match name {
            "exit" => answer.result = Ok(value.parse().unwrap_or(1)),
            "out" => output = Some(unescaped(value)),
            "sleep" => answer.after = span(),
            _ => {}
        }
    }
    answer.output = output.unwrap_or(answer.output);
    if !answer.output.is_empty() {
        answer.printed.push((false, answer.output.clone()));
    }
    answer
}

fn unescaped(text: &str) -> String {
    [("%2C", ","), ("%3B", ";"), ("%3D", "="), ("%0A", "\n")]
        .iter()
        .fold(text.to_string(), |text, (from, to)| text.replace(from, to))
}

/// `2s`, `500ms`, `1m`; `forever` is none.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(number * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_script_repeats() {
        let text = "run=1s,exit=3;run=forever,term=0";
        let exit = |restarts| {
            Script::parse(text, restarts)
                .exits()
                .map(|(_, exit)| exit.code)
        };
        assert_eq!([exit(0), exit(1), exit(7)], [Some(3), None, None]);
    }

    #[test]
    fn a_check_may_fail_for_a_while() {
        for (word, ran, code) in [
            ("ok_after=4s", 3, 1),
            ("ok_after=4s", 4, 0),
            ("ok_until=5s", 5, 1),
            ("bad_window=5s-10s", 7, 1),
            ("bad_window=5s-10s", 10, 0),
        ] {
            let answer = exec(Duration::from_secs(ran), &["sim-exec".into(), word.into()]);
            assert_eq!(answer.result, Ok(code), "{word} after {ran} s");
        }
    }
}
