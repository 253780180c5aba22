//! The line of a command that reads objects: its verb and flags. Models the flags that `apply`,
//! `create`, `replace` and `delete` share. Left out: every other command, and reading of files.

use super::client::FieldValidation;
use crate::manifest::stream::quoted;

/// What a command that reads objects does with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `kubectl apply -f`
    Apply,
    /// `kubectl create -f`
    Create,
    /// `kubectl replace -f`
    Replace,
    /// `kubectl delete -f`
    Delete,
}

impl Verb {
    /// `apply`
    pub fn name(self) -> &'static str {
        match self {
            Verb::Apply => "apply",
            Verb::Create => "create",
            Verb::Replace => "replace",
            Verb::Delete => "delete",
        }
    }
}

/// Is anything written, and who decides what it would become?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// It is written.
    #[default]
    None,
    /// kubectl alone says what it would do.
    Client,
    /// The server says what it would do.
    Server,
}

/// What a command prints of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// `pod/web created`
    #[default]
    Operation,
    /// `pod/web`
    Name,
    /// The whole object.
    Yaml,
    /// The whole object.
    Json,
}

/// A command line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// What is done.
    pub verb: Verb,
    /// `-n`
    pub namespace: Option<String>,
    /// `--validate`
    pub validation: FieldValidation,
    /// `--dry-run`
    pub dry_run: DryRun,
    /// `-o`
    pub output: Output,
    /// `--server-side`
    pub is_server_side: bool,
    /// `--force`
    pub is_forced: bool,
    /// `--save-config`
    pub saves_config: bool,
    /// `--ignore-not-found`
    pub ignores_not_found: bool,
    /// `--grace-period`, `--now`; seconds
    pub grace_period: Option<i64>,
}

impl Flags {
    /// Reads a line such as `kubectl apply -f - --dry-run=server`.
    ///
    /// # Errors
    /// What kubectl prints on standard error.
    pub fn read(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace().peekable();
        let verb = match (words.next(), words.next()) {
            (Some("kubectl"), Some("apply")) => Verb::Apply,
            (Some("kubectl"), Some("create")) => Verb::Create,
            (Some("kubectl"), Some("replace")) => Verb::Replace,
            (Some("kubectl"), Some("delete")) => Verb::Delete,
            (_, other) => {
                let command = quoted(other.unwrap_or_default());
                return Err(format!(
                    "error: unknown command {command} for \"kubectl\"\n"
                ));
            }
        };
        let mut flags = Flags {
            verb,
            namespace: None,
            validation: FieldValidation::Strict,
            dry_run: DryRun::None,
            output: Output::Operation,
            is_server_side: false,
            is_forced: false,
            saves_config: false,
            ignores_not_found: false,
            grace_period: None,
        };
        let mut reads_stdin = false;
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let takes_next = matches!(
                name,
                "-f" | "--filename" | "-n" | "--namespace" | "-o" | "--output" | "--grace-period"
            );
            let value = match given {
                None if takes_next => words.next(),
                given => given,
            };
            if takes_next && value.is_none() {
                return Err(format!("error: flag needs an argument: {name}\n"));
            }
            if matches!(name, "-f" | "--filename") {
                reads_stdin = value == Some("-");
                continue;
            }
            flags.take(name, value)?;
        }
        if !reads_stdin {
            return Err("error: must specify one of -f and -k\n".into());
        }
        flags.agree()?;
        if flags.verb == Verb::Delete && flags.is_forced && flags.grace_period.is_none() {
            flags.grace_period = Some(0);
        }
        Ok(flags)
    }

    fn take(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let truth = value.is_none_or(|value| value != "false");
        match name {
            "-n" | "--namespace" => self.namespace = value.map(str::to_string),
            "--validate" => self.validation = validation(value)?,
            "--dry-run" => self.dry_run = dry_run(value)?,
            "-o" | "--output" => self.output = output(value.unwrap_or_default())?,
            "--server-side" => self.is_server_side = truth,
            "--force" => self.is_forced = truth,
            "--save-config" => self.saves_config = truth,
            "--ignore-not-found" => self.ignores_not_found = truth,
            "--now" => self.grace_period = truth.then_some(1),
            "--grace-period" => {
                let seconds = value.unwrap_or_default();
                let number = seconds.parse::<i64>().map_err(|_| {
                    format!(
                        "error: invalid argument {} for \"--grace-period\" flag: strconv.ParseInt: \
                         parsing {}: invalid syntax\n",
                        quoted(seconds),
                        quoted(seconds)
                    )
                })?;
                self.grace_period = (number >= 0).then_some(number);
            }
            "--wait" | "--force-conflicts" | "--overwrite" | "-R" | "--recursive" => {}
            _ => {
                let verb = self.verb.name();
                return Err(format!(
                    "error: unknown flag: {name}\nSee 'kubectl {verb} --help' for usage.\n"
                ));
            }
        }
        Ok(())
    }

    fn agree(&self) -> Result<(), String> {
        if self.is_server_side && self.dry_run == DryRun::Client {
            return Err(
                "error: --dry-run=client doesn't work with --server-side (did you mean \
                        --dry-run=server instead?)\n"
                    .into(),
            );
        }
        if self.verb == Verb::Replace && self.is_forced && self.dry_run != DryRun::None {
            return Err("error: --dry-run can not be used when --force is set\n".into());
        }
        Ok(())
    }
}

fn validation(value: Option<&str>) -> Result<FieldValidation, String> {
    match value.unwrap_or("strict").to_lowercase().as_str() {
        "strict" | "true" => Ok(FieldValidation::Strict),
        "warn" => Ok(FieldValidation::Warn),
        "ignore" | "false" => Ok(FieldValidation::Ignore),
        other => Err(format!(
            "error: invalid - validate option {}; must be one of: strict (or true), warn, ignore \
             (or false)\n",
            quoted(other)
        )),
    }
}

fn dry_run(value: Option<&str>) -> Result<DryRun, String> {
    match value.unwrap_or("unchanged") {
        "none" => Ok(DryRun::None),
        "client" => Ok(DryRun::Client),
        "server" => Ok(DryRun::Server),
        "unchanged" => Ok(DryRun::Client),
        other => Err(format!(
            "error: Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\".\n"
        )),
    }
}

fn output(value: &str) -> Result<Output, String> {
    match value {
        "name" => Ok(Output::Name),
        "yaml" => Ok(Output::Yaml),
        "json" => Ok(Output::Json),
        other => Err(format!(
            "error: unable to match a printer suitable for the output format {}, allowed formats \
             are: json,name,yaml\n",
            quoted(other)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{DryRun, Flags, Output, Verb};

    #[test]
    fn a_line_is_read_with_its_flags_in_any_order() {
        let line = "kubectl create -f - --dry-run=client -o yaml -n demo";
        let flags = Flags::read(line).expect("a good line");
        assert_eq!((flags.verb, flags.dry_run), (Verb::Create, DryRun::Client));
        assert_eq!(flags.output, Output::Yaml);
        assert_eq!(flags.namespace.as_deref(), Some("demo"));
        assert!(Flags::read("kubectl apply -f - --nosuch").is_err());
        assert!(Flags::read("kubectl apply").is_err());
    }
}
