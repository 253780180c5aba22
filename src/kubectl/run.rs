//! Runs a command that reads objects from standard input, at one moment: `apply`, `create`,
//! `replace`, `delete`. Models `k8s.io/kubectl/pkg/cmd/{apply,create,replace,delete}`.
//! Left out: waiting for what is being deleted.

use super::apply;
use super::builder::{Info, Reading, STDIN, visit};
use super::client::{Client, FieldValidation};
use super::error::Error;
use super::flags::{DryRun, Flags, Output, Verb};
use super::{client_side, print, server_side};
use crate::cluster::World;

/// What a command left behind on the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// 0 is success.
    pub exit: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

const IMMEDIATELY: &str = "Immediate deletion does not wait for confirmation that the running \
     resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// A command under way.
pub(super) struct Session<'w> {
    pub world: &'w mut World,
    pub flags: Flags,
    pub client: Client,
    pub out: Finished,
}

/// Runs `line` with `stdin` as its standard input.
pub fn run(world: &mut World, line: &str, stdin: &str) -> Finished {
    let flags = match Flags::read(line) {
        Ok(flags) => flags,
        Err(stderr) => {
            return Finished {
                exit: 1,
                stdout: String::new(),
                stderr,
            };
        }
    };
    let client = Client {
        validation: flags.validation,
        is_dry_run: flags.dry_run == DryRun::Server,
    };
    let mut session = Session {
        world,
        flags,
        client,
        out: Finished::default(),
    };
    if let Err(error) = session.go(stdin) {
        session.out.exit = 1;
        session.out.stderr += &error.printed();
    }
    session.out
}

impl Session<'_> {
    fn go(&mut self, stdin: &str) -> Result<(), Error> {
        match self.flags.verb {
            Verb::Apply => self.apply(stdin),
            Verb::Create => self.each(stdin, true, "create", Self::create),
            Verb::Replace if self.flags.is_forced => self.force_replace(stdin),
            Verb::Replace => self.each(stdin, true, "", Self::replace),
            Verb::Delete => self.delete(stdin),
        }
    }

    fn reading(&self, validates: bool) -> Reading {
        Reading {
            validates: validates && self.flags.validation != FieldValidation::Ignore,
            namespace: self.flags.namespace.clone().unwrap_or("default".into()),
            enforces_namespace: self.flags.namespace.is_some(),
        }
    }

    /// All objects are read first, then those that could be read are applied.
    fn apply(&mut self, stdin: &str) -> Result<(), Error> {
        let (mut infos, mut unread) = (Vec::new(), Vec::new());
        for read in visit(stdin, &self.reading(true)) {
            match read {
                Ok(info) => infos.push(info),
                Err(error) => unread.push(error),
            }
        }
        if infos.is_empty() && unread.is_empty() {
            return Err(Error::Plain("no objects passed to apply".into()));
        }
        let mut errors: Vec<Error> = Error::gathered(unread).err().into_iter().collect();
        for info in &infos {
            let applied = if self.flags.is_server_side {
                server_side::apply(self, info)
            } else {
                client_side::apply(self, info)
            };
            errors.extend(applied.err());
        }
        Error::gathered(errors)
    }

    /// Objects are dealt with as they are read.
    fn each(
        &mut self,
        stdin: &str,
        validates: bool,
        must_do: &str,
        one: fn(&mut Self, &Info) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut errors = Vec::new();
        let mut done = 0;
        for read in visit(stdin, &self.reading(validates)) {
            match read.and_then(|info| one(self, &info)) {
                Ok(()) => done += 1,
                Err(error) => errors.push(error),
            }
        }
        Error::gathered(errors)?;
        if done == 0 && !must_do.is_empty() {
            return Err(Error::Plain(format!("no objects passed to {must_do}")));
        }
        Ok(())
    }

    fn create(&mut self, info: &Info) -> Result<(), Error> {
        let mut value = info.value.clone();
        if self.flags.saves_config {
            apply::remember(&mut value);
        }
        if self.flags.dry_run != DryRun::Client {
            let created = self.client.create(self.world, info, &value);
            let created = created.map_err(|error| error.while_doing("creating", STDIN))?;
            self.warn(&created.warnings);
            value = created.object.value.clone();
        }
        self.print(&value, "created");
        Ok(())
    }

    fn replace(&mut self, info: &Info) -> Result<(), Error> {
        let mut value = info.value.clone();
        if self.flags.saves_config {
            apply::remember(&mut value);
        }
        if self.flags.dry_run != DryRun::Client {
            let replaced = self.client.replace(self.world, info, &value);
            let replaced = replaced.map_err(|error| error.while_doing("replacing", STDIN))?;
            self.warn(&replaced.warnings);
            value = replaced.object.value.clone();
        }
        self.print(&value, "replaced");
        Ok(())
    }

    fn force_replace(&mut self, stdin: &str) -> Result<(), Error> {
        self.flags.ignores_not_found = true;
        let reading = self.reading(false);
        let mut errors = Vec::new();
        for read in visit(stdin, &reading) {
            errors.extend(read.and_then(|info| self.delete_one(&info)).err());
        }
        Error::gathered(errors)?;
        self.each(stdin, true, "replace", |session, info| {
            if session.client.get(session.world, info)?.is_some() {
                let sentence = "timed out waiting for the condition";
                return Err(Error::Plain(sentence.into()));
            }
            let mut value = info.value.clone();
            if session.flags.saves_config {
                apply::remember(&mut value);
            }
            let created = session.client.create(session.world, info, &value)?;
            session.warn(&created.warnings);
            session.print(&created.object.value, "replaced");
            Ok(())
        })
    }

    fn delete(&mut self, stdin: &str) -> Result<(), Error> {
        if self.flags.grace_period == Some(0) && self.flags.is_forced {
            self.warn(&[IMMEDIATELY.to_string()]);
        }
        let mut errors = Vec::new();
        let mut found = 0;
        for read in visit(stdin, &self.reading(false)) {
            found += 1;
            errors.extend(read.and_then(|info| self.delete_one(&info)).err());
        }
        Error::gathered(errors)?;
        if found == 0 {
            self.out.stdout += "No resources found\n";
        }
        Ok(())
    }

    fn delete_one(&mut self, info: &Info) -> Result<(), Error> {
        if self.flags.dry_run != DryRun::Client {
            match self
                .client
                .delete(self.world, info, self.flags.grace_period)
            {
                Err(Error::Server { status, .. })
                    if status.reason == "NotFound" && self.flags.ignores_not_found =>
                {
                    return Ok(());
                }
                deleted => deleted.map_err(|error| error.while_doing("deleting", STDIN))?,
            }
        }
        let (kind, name) = (info.kind_and_group(), &info.name);
        if self.flags.output == Output::Name {
            self.out.stdout += &format!("{kind}/{name}\n");
            return Ok(());
        }
        let verb = print::deleted_how(self.flags.grace_period);
        let namespace = if info.kind.is_namespaced() {
            &*info.namespace
        } else {
            ""
        };
        let deleted = print::deleted(&kind, name, namespace, verb);
        let dry_run = match self.flags.dry_run {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        };
        self.out.stdout += &format!("{deleted}{dry_run}\n");
        Ok(())
    }

    pub(super) fn print(&mut self, value: &crate::api::Value, operation: &str) {
        let (output, dry_run) = (self.flags.output, self.flags.dry_run);
        self.out.stdout += &print::object(value, operation, output, dry_run);
    }

    pub(super) fn warn(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.out.stderr += &format!("Warning: {warning}\n");
        }
    }
}
