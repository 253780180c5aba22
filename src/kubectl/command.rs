//! A command of kubectl as data, and the way from a line to the command that it names. Models
//! `github.com/spf13/cobra` and `k8s.io/kubectl/pkg/cmd/cmd.go`. Left out: plugins.

use super::cx::Cx;
use super::error::Error;
use super::flags::{self, Flag, Given, shared};
use super::process::Process;
use super::{help, verbs};
use crate::manifest::stream::quoted;

/// A command.
pub struct Command {
    /// `get`
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// What it does, in one line.
    pub short: &'static str,
    /// The same at length; empty: as above.
    pub long: &'static str,
    /// Examples, as its help shows them.
    pub examples: &'static str,
    /// How it is called, behind its name; empty: with options.
    pub usage: &'static str,
    /// Its own flags.
    pub flags: &'static [&'static [Flag]],
    /// Flags without which it isn't run.
    pub required: &'static [&'static str],
    /// Commands below it.
    pub children: &'static [&'static Command],
    /// What it does.
    pub act: Act,
}

/// What a command does.
pub enum Act {
    /// It runs: what it leaves to be polled.
    Runs(fn(&mut Cx<'_>, &mut Given) -> Result<Process, Error>),
    /// It prints its help: to standard error? With which exit code?
    Group(bool, i32),
    /// kubectl has it, and it is not here.
    NotHere,
}

impl Command {
    /// A command that runs.
    pub const fn new(
        name: &'static str,
        short: &'static str,
        run: fn(&mut Cx<'_>, &mut Given) -> Result<Process, Error>,
    ) -> Self {
        Command {
            name,
            aliases: &[],
            short,
            long: "",
            examples: "",
            usage: "",
            flags: &[],
            required: &[],
            children: &[],
            act: Act::Runs(run),
        }
    }

    /// Commands below a name.
    pub const fn group(
        name: &'static str,
        short: &'static str,
        children: &'static [&'static Command],
    ) -> Self {
        Command {
            children,
            act: Act::Group(true, 1),
            ..Command::not_here(name, short)
        }
    }

    /// kubectl has it, and it is not here.
    pub const fn not_here(name: &'static str, short: &'static str) -> Self {
        Command {
            name,
            aliases: &[],
            short,
            long: "",
            examples: "",
            usage: "",
            flags: &[],
            required: &[],
            children: &[],
            act: Act::NotHere,
        }
    }

    /// With a long description.
    pub const fn long(self, long: &'static str) -> Self {
        Command { long, ..self }
    }

    /// With examples.
    pub const fn examples(self, examples: &'static str) -> Self {
        Command { examples, ..self }
    }

    /// Called in this way.
    pub const fn usage(self, usage: &'static str) -> Self {
        Command { usage, ..self }
    }

    /// With these flags.
    pub const fn flags(self, flags: &'static [&'static [Flag]]) -> Self {
        Command { flags, ..self }
    }

    /// With other names.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Command { aliases, ..self }
    }

    /// Not without these flags.
    pub const fn required(self, required: &'static [&'static str]) -> Self {
        Command { required, ..self }
    }

    /// With commands below it.
    pub const fn children(self, children: &'static [&'static Command]) -> Self {
        Command { children, ..self }
    }

    /// Its flags and those that every command has.
    pub fn all_flags(&self) -> Vec<&'static [Flag]> {
        let own = self.flags.iter().copied();
        own.chain([shared::GLOBAL]).collect()
    }

    /// The command of this name below it.
    pub fn child(&self, name: &str) -> Option<&'static Command> {
        let is = |child: &&&Command| child.name == name || child.aliases.contains(&name);
        self.children.iter().find(is).copied()
    }
}

/// The command that the words name, its path, and the words that are left.
pub fn find(words: &[String]) -> (&'static Command, String, Vec<String>) {
    let (mut command, mut path) = (&verbs::ROOT, "kubectl".to_string());
    let mut left = words.to_vec();
    while let Some(at) = flags::skip_flags(&left, &command.all_flags()) {
        let Some(child) = command.child(&left[at]) else {
            break;
        };
        left.remove(at);
        path = format!("{path} {}", child.name);
        command = child;
    }
    (command, path, left)
}

/// Begins the command that stands behind `kubectl`; what it leaves to be polled.
pub fn begin(cx: &mut Cx<'_>, words: &[String]) -> Process {
    let begun = try_begin(cx, words);
    begun.unwrap_or_else(|error| cx.fail(&error))
}

fn try_begin(cx: &mut Cx<'_>, words: &[String]) -> Result<Process, Error> {
    let (command, path, left) = find(words);
    let sets = command.all_flags();
    if command.name == "kubectl"
        && let Some(at) = flags::skip_flags(&left, &sets)
    {
        return Err(Error::Plain(unknown_command(&left[at])));
    }
    let mut given = flags::read(&left, &sets).map_err(|why| {
        let way_on = match command.name {
            "options" => "Run 'kubectl options' without flags.".to_string(),
            _ => format!("See '{path} --help' for usage."),
        };
        Error::Plain(format!("{why}\n{way_on}"))
    })?;
    given.command.clone_from(&path);
    for warning in std::mem::take(&mut given.warnings) {
        cx.error_line(&warning);
    }
    if given.wants_help {
        cx.print(&help::of(command, &path));
        return Ok(Process::Ended(0));
    }
    let missing = command.required.iter().filter(|name| !given.has(name));
    let missing: Vec<&str> = missing.copied().collect();
    if !missing.is_empty() {
        let named = missing.join("\", \"");
        return Err(Error::Plain(format!(
            "required flag(s) \"{named}\" not set"
        )));
    }
    if let Some(name) = given.not_here.first() {
        let sentence = format!("--{name} of {path} is not simulated here");
        return Err(Error::Plain(sentence));
    }
    cx.user = match given.text("as") {
        "" => None,
        user => Some(user.to_string()),
    };
    match &command.act {
        Act::Runs(run) => run(cx, &mut given),
        Act::NotHere => {
            let sentence = format!("{path} is not simulated here");
            Err(Error::Plain(sentence))
        }
        Act::Group(to_errors, exit) => {
            if *exit != 0 && !given.words.is_empty() {
                let words = quoted(&given.words.join(" "));
                return Err(Error::usage(&path, &format!("unknown command {words}")));
            }
            let text = help::of(command, &path);
            match to_errors {
                true => cx.print_error(&text),
                false => cx.print(&text),
            }
            Ok(Process::Ended(*exit))
        }
    }
}

/// Models `findSuggestions` of cobra.
fn unknown_command(word: &str) -> String {
    let mut sentence = format!("unknown command {} for \"kubectl\"", quoted(word));
    let lower = word.to_lowercase();
    let is_near = |child: &&&Command| {
        strsim::levenshtein(&lower, child.name) <= 2 || child.name.starts_with(&lower)
    };
    let near: Vec<_> = verbs::ROOT.children.iter().filter(is_near).collect();
    if !near.is_empty() {
        sentence += "\n\nDid you mean this?\n";
        for child in near {
            sentence += &format!("\t{}\n", child.name);
        }
    }
    sentence
}
