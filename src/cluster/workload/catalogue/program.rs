//! What a program does: opens ports, prints, ends, answers. A value; see [`super::super::Process`].
//!
//! What it does while nobody asks it and it asks nobody is a function of how long it has run. A script
//! is kept as it stood when it last asked; what it does until it asks again is played when somebody
//! looks.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::context::Context;
use super::super::files::Files;
use super::super::outside::{Nowhere, Outside, Reply, mounted};
use super::super::shell::{self, Behind, Code, LOG_LINES, Shell};
use super::super::{Begun, Climb, Exec, ExecAnswer, Exit, HttpAnswer, Listener, Stands, Usage};
use super::ahead::{Ahead, STEPS};
use super::site::{Asks, Serves, Site};
use crate::cluster::SimTime;
use crate::collections::List;
use crate::order;

/// A program that runs in a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What it was made with.
    pub context: Rc<Context>,
    /// What it listens on.
    pub listens: Vec<Listen>,
    /// What it answers.
    pub site: Rc<Site>,
    /// When it ends by itself, and how.
    pub exit: Option<(Duration, Exit)>,
    /// What SIGTERM does to it.
    pub stop: Stop,
    /// What it prints, and when.
    pub log: Vec<(Duration, Rc<str>)>,
    /// What it prints again and again: `{n}` is how often it has.
    pub every: Option<(Duration, Rc<str>)>,
    /// The memory that it takes.
    pub memory: Climb,
    /// Thousandths of a processor that it takes if nothing holds it back.
    pub cpu_milli: i64,
    /// What it says when a port isn't free, and its exit code then.
    pub clash: Option<(Rc<str>, i64)>,
    /// The script that it is, before it runs.
    pub code: Option<Code>,
    /// The same at work, as it stood when it last asked.
    pub shell: Option<Shell>,
    /// What comes of that.
    pub ahead: Ahead,
    /// The container's own files, once they aren't the image's any more.
    pub disk: Option<Files>,
    /// Lines that requests and clashes left; the last of them.
    pub said: List<(Duration, Rc<str>)>,
    /// Its ports that open no later than this are open.
    pub opened: Option<Duration>,
    /// It was asked to hang, and does.
    pub wedged: bool,
    /// The second in which it was asked last, and how often in it.
    pub asked: (u64, u32),
    /// Why it can't be started, in the runtime's words.
    pub start_error: Option<Rc<str>>,
    /// Is there a shell in its image, for whoever looks in?
    pub has_shell: bool,
    /// What was assumed because it isn't known.
    pub assumption: Option<Rc<str>>,
}

/// One port that it opens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listen {
    /// TCP.
    pub port: i64,
    /// 127.0.0.1 only.
    pub loopback: bool,
    /// From the start.
    pub after: Duration,
    /// What stands behind it.
    pub serves: Serves,
}

impl Listen {
    /// What others see of it.
    pub fn listener(&self) -> Listener {
        Listener {
            port: self.port,
            loopback: self.loopback,
        }
    }
}

/// What SIGTERM does. Process 1 has no default action: it has to ask for one. A script's trap is the
/// script's business.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Stop {
    /// Nothing.
    #[default]
    Ignored,
    /// It ends.
    Exits {
        /// How long that takes.
        after: Duration,
        /// With this code.
        code: i64,
    },
}

/// What a process will do if nobody disturbs it. Times are from its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Next {
    /// It goes on as it is.
    #[default]
    Nothing,
    /// It asks for something, or is to be looked at again.
    Asks(Duration),
    /// It ends.
    Ends(Duration, Exit),
}

impl Next {
    /// It ends then and so, unless it ends by itself before.
    pub(crate) fn or_sooner(self, at: Duration, exit: Exit) -> Next {
        match self {
            Next::Ends(before, _) if before <= at => self,
            _ => Next::Ends(at, exit),
        }
    }
}

/// Lines that requests left and that are kept.
const SAID_LINES: usize = 100;

impl Program {
    /// It starts. Tells what comes.
    pub(crate) fn begin(&mut self, start: SimTime, outside: &mut dyn Outside) -> Next {
        if let Some(shell) = &mut self.shell {
            shell.start = start;
        }
        self.go_on(Duration::ZERO, outside)
    }

    /// It has run so long, and goes on from where it asked. Tells what comes.
    pub(crate) fn go_on(&mut self, ran: Duration, outside: &mut dyn Outside) -> Next {
        if self.shell.is_none() {
            return self.open_ports(ran, outside);
        }
        let mut steps = STEPS;
        let stop = self
            .shell
            .as_mut()
            .map(|shell| shell.run(Some(outside), ran, &mut steps));
        self.ahead = Ahead::default();
        self.ahead.next = match stop {
            Some(shell::Stop::Ends(at, exit)) => Next::Ends(at.max(ran), self.leaves(exit)),
            Some(shell::Stop::Busy(_)) => Next::Asks(ran + Duration::from_millis(1)),
            _ => {
                self.ahead = self.look_ahead();
                return self.ahead.next.clone();
            }
        };
        self.ahead.next.clone()
    }

    /// What comes as things stand.
    pub(crate) fn next(&self) -> Next {
        match (&self.shell, &self.exit) {
            (Some(_), _) => self.ahead.next.clone(),
            (None, Some((after, exit))) => Next::Ends(*after, exit.clone()),
            (None, None) => Next::Nothing,
        }
    }

    /// Opens the ports whose time has come; a port that isn't free is its end.
    fn open_ports(&mut self, ran: Duration, outside: &mut dyn Outside) -> Next {
        let opened = self.opened;
        let is_new = |after: Duration| opened.is_none_or(|opened| after > opened);
        let taken = self
            .listens
            .iter()
            .filter(|listen| is_new(listen.after) && listen.after <= ran)
            .find(|listen| !outside.open(listen.listener()))
            .map(|listen| listen.port);
        self.opened = Some(ran);
        if let Some(port) = taken {
            let text = self.clash_text(port);
            for line in text.lines() {
                self.say(ran, line);
            }
            self.listens.clear();
            self.log.retain(|(after, _)| *after < ran);
            self.every = None;
            self.exit = Some((ran, Exit::with_code(self.clash_code())));
            return self.next();
        }
        let later = self.listens.iter().map(|listen| listen.after);
        let later = later.filter(|after| *after > ran).min();
        match (later, &self.exit) {
            (Some(later), Some((after, _))) if later >= *after => self.next(),
            (Some(later), _) => Next::Asks(later),
            (None, _) => self.next(),
        }
    }

    /// What it says if a port isn't free.
    pub(crate) fn clash_text(&self, port: i64) -> String {
        let ours = "listen tcp 0.0.0.0:{port}: bind: address already in use";
        let text = self.clash.as_ref().map_or(ours, |(text, _)| text);
        text.replace("{port}", &port.to_string())
    }

    pub(crate) fn clash_code(&self) -> i64 {
        self.clash.as_ref().map_or(1, |(_, code)| *code)
    }

    fn leaves(&self, exit: Exit) -> Exit {
        match &self.shell {
            Some(shell) => leaves(shell, exit),
            None => exit,
        }
    }

    /// SIGTERM: tells how long it still runs, and how it ends, or what comes.
    pub(crate) fn terminate(&mut self, ran: Duration, outside: &mut dyn Outside) -> Next {
        if let Stop::Exits { after, code } = self.stop {
            return self.next().or_sooner(ran + after, Exit::with_code(code));
        }
        let Some(mut seen) = self.seen(ran) else {
            return Next::Nothing;
        };
        if let Some((after, exit)) = seen.signal(ran) {
            return self.next().or_sooner(ran + after, exit);
        }
        if !seen.signalled {
            return Next::Nothing;
        }
        self.shell = Some(seen);
        self.go_on(ran, outside)
    }

    /// Something came over the network that it asked for: it goes on. Tells what comes.
    pub(crate) fn receive(
        &mut self,
        ran: Duration,
        number: u64,
        reply: &Rc<Reply>,
        outside: &mut dyn Outside,
    ) -> Next {
        let is_still = self.shell.as_ref().is_some_and(Shell::is_still);
        let seen = match is_still {
            true => self.shell.take(),
            false => self.seen(ran),
        };
        let Some(mut seen) = seen else {
            return self.next();
        };
        let is_awaited = seen.receive(ran, number, reply);
        if is_awaited || is_still {
            self.shell = Some(seen);
        }
        match is_awaited {
            true => self.go_on(ran, outside),
            false => self.next(),
        }
    }

    /// The ports that it opens itself, after so long.
    pub(crate) fn own_listeners(&self, ran: Duration) -> Vec<Listener> {
        let open = self.listens.iter().filter(|listen| listen.after <= ran);
        open.map(Listen::listener).collect()
    }

    /// Which of them this is.
    pub(crate) fn own_listen(&self, ran: Duration, port: i64) -> Option<&Listen> {
        let mut open = self.listens.iter();
        open.find(|listen| listen.port == port && listen.after <= ran)
    }

    pub(crate) fn listeners(&self, ran: Duration) -> Vec<Listener> {
        match &self.shell {
            Some(shell) => shell.listeners(ran),
            None => self.own_listeners(ran),
        }
    }

    /// Its answer to a `GET`, what has to happen for it first, and the site that the request [strains](Self::strain).
    pub(crate) fn get(
        &self,
        ran: Duration,
        port: i64,
        path: &str,
        outside: &mut dyn Outside,
    ) -> (Asks, HttpAnswer, Option<Rc<Site>>) {
        let (site, serves) = match &self.shell {
            None => {
                let listen = self.own_listen(ran, port).cloned().unwrap_or_default();
                (self.site.clone(), listen.serves)
            }
            Some(shell) => match shell.behind(ran, port) {
                Some(Behind::Program(program, listen)) => {
                    (program.site.clone(), listen.serves.clone())
                }
                Some(Behind::Command(serves)) => (Rc::default(), serves.clone()),
                None => (Rc::default(), Serves::Plain),
            },
        };
        let reads =
            !site.root.is_empty() || !site.file.is_empty() || matches!(serves, Serves::Folder(_));
        let disk = if reads {
            self.files(ran)
        } else {
            Files::default()
        };
        let served = RefCell::new(String::new());
        let read = |file: &str| {
            let bytes = super::super::read(&self.context.mounts, &disk, outside, file);
            if bytes.is_some() {
                *served.borrow_mut() = file.into();
            }
            bytes
        };
        let (asks, answer) = site.answer(&serves, path, &read);
        if let Some(seen) = mounted(&self.context.mounts, &served.into_inner()) {
            outside.met(&seen.mount.volume, &seen.within, false);
        }
        let hangs = self.wedged || !site.hangs.is_empty() && path == &*site.hangs;
        let strains = serves == Serves::Site && (hangs || site.capacity > 0);
        (asks, answer, strains.then_some(site))
    }

    /// What was assumed of it so far.
    pub(crate) fn assumed(&self) -> Option<&str> {
        let own = self.assumption.as_deref();
        own.or_else(|| self.shell.as_ref()?.assumption.as_deref())
    }

    /// What many requests, and some, do to it.
    pub(crate) fn strain(
        &mut self,
        site: &Site,
        ran: Duration,
        path: &str,
        answer: &mut HttpAnswer,
    ) {
        self.wedged |= !site.hangs.is_empty() && path == &*site.hangs;
        if self.wedged {
            answer.after = Duration::from_secs(86_400);
            return;
        }
        if site.capacity > 0 {
            let (second, times) = self.asked;
            let times = if second == ran.as_secs() {
                times + 1
            } else {
                1
            };
            self.asked = (ran.as_secs(), times);
            if times > site.capacity {
                *answer = super::site::answer(503, "503 Service Unavailable\n".into());
            }
        }
    }

    /// The line that a request leaves, if it leaves one; and the file that it is added to as well.
    pub(crate) fn note(
        &mut self,
        ran: Duration,
        from: &str,
        path: &str,
        status: u16,
    ) -> Option<(Rc<str>, String)> {
        if !self.site.logs {
            return None;
        }
        let line = format!("{from} GET {path} {status}");
        self.say(ran, &line);
        let file = self.site.log_file.clone();
        (!file.is_empty()).then(|| (file, format!("{line}\n")))
    }

    /// Writes down a line, the oldest go; the same text again is the same value.
    fn say(&mut self, ran: Duration, text: &str) {
        let last = self.said.last().filter(|last| *last.1 == *text);
        let text = last.map_or_else(|| text.into(), |last| last.1.clone());
        self.said.push(Rc::new((ran, text)));
        if self.said.len() > SAID_LINES {
            self.said.pop_first();
        }
    }

    /// The container's own files after so long.
    pub(crate) fn files(&self, ran: Duration) -> Files {
        match (&self.shell, &self.disk) {
            (Some(shell), _) if shell.is_still() => shell.disk.clone(),
            (Some(_), _) => self.seen(ran).map(|seen| seen.disk).unwrap_or_default(),
            (None, Some(disk)) => disk.clone(),
            (None, None) => self.context.own_files(),
        }
    }

    /// A command begins beside it: it sees the container's files and what the Pod listens on. Tells the container's
    /// files afterwards, if they are others.
    pub(crate) fn exec(
        &self,
        start: SimTime,
        ran: Duration,
        command: &[Rc<str>],
        outside: &mut dyn Outside,
    ) -> (Begun, Option<Files>) {
        let name = command.first().cloned().unwrap_or_default();
        let of_a_shell = shell::is_known(&name) || super::command::is_shell(&name);
        if of_a_shell && !self.has_shell {
            let error = format!(
                "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: \
                 OCI runtime exec failed: exec failed: unable to start container process: exec: \
                 \"{name}\": executable file not found in $PATH"
            );
            let answer = ExecAnswer {
                result: Err(error),
                output: String::new(),
                printed: Vec::new(),
                after: Duration::ZERO,
                alike: false,
            };
            return (Begun::Over(answer), None);
        }
        let mut exec = Exec::new(&self.context, start, ran, command);
        let (stands, files) = exec.go_on(self.files(ran), ran, outside);
        let begun = match stands {
            Stands::Over(mut answer) => {
                answer.alike &= !self.is_script() && files.is_none();
                Begun::Over(answer)
            }
            Stands::Goes(at) => Begun::Goes(Rc::new(exec), at),
        };
        (begun, files)
    }

    /// The container's own files are others from now on.
    pub(crate) fn put_files(&mut self, ran: Duration, files: Files) {
        if self.shell.is_none() {
            self.disk = Some(files);
            return;
        }
        if let Some(mut seen) = self.seen(ran) {
            seen.disk = files;
            self.shell = Some(seen);
            self.ahead = self.look_ahead();
        }
    }

    /// What it takes after so long; its files are asked for by themselves.
    pub(crate) fn usage(&self, ran: Duration) -> Usage {
        Usage {
            cpu_milli: self.cpu_milli,
            memory_bytes: self.memory.at(ran),
            files: Vec::new(),
        }
    }

    /// Is it a script? Then it may write whatever it likes.
    pub(crate) fn is_script(&self) -> bool {
        self.code.is_some() || self.shell.is_some()
    }

    /// What it has written onto the container's own disk after so long, in bytes.
    pub(crate) fn disk_bytes(&self, ran: Duration) -> i64 {
        if !self.is_script() && self.disk.is_none() {
            return 0;
        }
        let own = self.context.own_files().size();
        let written = self.files(ran).size().saturating_sub(own);
        i64::try_from(written).unwrap_or(i64::MAX)
    }

    pub(crate) fn log(&self, start: SimTime, ran: Duration) -> Vec<(Duration, String)> {
        let mut log: Vec<(Duration, String)> = self
            .log
            .iter()
            .filter(|(after, _)| *after <= ran)
            .map(|(after, line)| (*after, line.to_string()))
            .collect();
        if let Some(mut seen) = self.played(ran, LOG_LINES as u32) {
            seen.start = start;
            let lines = seen.log.iter().filter(|line| line.0 <= ran);
            log.extend(lines.map(|line| (line.0, line.1.to_string())));
        }
        if let Some((period, line)) = &self.every {
            let times =
                u32::try_from(ran.as_micros() / period.as_micros().max(1)).unwrap_or(u32::MAX);
            log.extend(
                (times.saturating_sub(LOG_LINES as u32) + 1..=times)
                    .map(|n| (*period * n, line.replace("{n}", &n.to_string()))),
            );
        }
        log.extend(self.said.iter().map(|line| (line.0, line.1.to_string())));
        order::sort_by_key(&mut log, |(at, _)| *at);
        let first = log.len().saturating_sub(LOG_LINES);
        log.split_off(first)
    }

    /// What it would be seen to assume if nobody answered it: so the page can say it beforehand.
    pub(crate) fn would_assume(&self) -> Option<Rc<str>> {
        if self.assumption.is_some() {
            return self.assumption.clone();
        }
        let mut shell = self.shell.clone()?;
        let mut steps = STEPS;
        shell.run(Some(&mut Nowhere), Duration::MAX, &mut steps);
        shell.assumption
    }
}

/// How a script ends, with what it left in the termination message file.
pub(super) fn leaves(shell: &Shell, exit: Exit) -> Exit {
    let file = shell.disk.get("dev/termination-log");
    let left = file.map_or(exit.termination_message.clone(), |file| {
        String::from_utf8_lossy(&file.bytes).into()
    });
    Exit {
        termination_message: left,
        ..exit
    }
}
