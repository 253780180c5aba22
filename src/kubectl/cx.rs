//! What a command has at hand: the cluster, the terminal's files and variables, standard input, and
//! where it prints. Models `genericiooptions.IOStreams` and the factory of `k8s.io/kubectl/pkg/cmd/util`.

use std::rc::Rc;

use super::config;
use super::error::Error;
use super::flags::Given;
use super::process::Process;
use super::resources;
use crate::api::schema::Kind;
use crate::cluster::api_server::Status;
use crate::cluster::authorization::{self, Attributes};
use crate::cluster::workload::files::{File, Files};
use crate::cluster::workload::fits;
use crate::cluster::{SimTime, Simulation, World};
use crate::collections::Map;
use crate::manifest::stream::quoted;

/// What is printed, and to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Is it standard error?
    pub is_error: bool,
    /// Whole or part of a line, or several.
    pub text: String,
}

/// What a command has at hand.
pub struct Cx<'a> {
    /// The cluster and everything in it.
    pub simulation: &'a mut Simulation,
    /// The terminal's files.
    pub files: &'a mut Files,
    /// The folder that it stands in.
    pub folder: Rc<str>,
    /// The shell's variables.
    pub variables: Map<Rc<str>, Rc<str>>,
    /// What can be read.
    pub stdin: Option<Rc<str>>,
    /// What was printed so far.
    pub printed: Vec<Piece>,
    /// Warnings that the server has given: each is told once.
    pub warned: Vec<String>,
    /// Whom the command acts as (`--as`); nothing: the page's own user, who may do everything.
    pub user: Option<String>,
}

impl<'a> Cx<'a> {
    /// A terminal without anything in it.
    pub fn new(simulation: &'a mut Simulation, files: &'a mut Files) -> Self {
        Cx {
            simulation,
            files,
            folder: config::HOME.into(),
            variables: Map::new(),
            stdin: None,
            printed: Vec::new(),
            warned: Vec::new(),
            user: None,
        }
    }

    /// What all components share.
    pub fn world(&mut self) -> &mut World {
        self.simulation.world_mut()
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.simulation.now()
    }

    /// Prints to standard output.
    pub fn print(&mut self, text: &str) {
        self.piece(false, text);
    }

    /// Prints a line to standard output.
    pub fn line(&mut self, text: &str) {
        self.piece(false, text);
        self.piece(false, "\n");
    }

    /// Prints to standard error.
    pub fn print_error(&mut self, text: &str) {
        self.piece(true, text);
    }

    /// Prints a line to standard error.
    pub fn error_line(&mut self, text: &str) {
        self.piece(true, text);
        self.piece(true, "\n");
    }

    fn piece(&mut self, is_error: bool, text: &str) {
        match self.printed.last_mut() {
            Some(last) if last.is_error == is_error => last.text += text,
            _ => self.printed.push(Piece {
                is_error,
                text: text.into(),
            }),
        }
    }

    /// kubectl's own warning.
    pub fn warn(&mut self, warning: &str) {
        self.print_error("Warning: ");
        self.error_line(warning);
    }

    /// Warnings of the server; each is told once.
    pub fn warn_once(&mut self, warnings: &[String]) {
        for warning in warnings {
            if !self.warned.contains(warning) {
                self.warned.push(warning.clone());
                self.warn(warning);
            }
        }
    }

    /// A line of kubectl's own log: `W0102 15:04:05.000000       1 helpers.go:719] …`.
    pub fn klog(&mut self, severity: &str, place: &str, text: &str) {
        let now = self.now();
        let date = now.to_rfc3339();
        let part = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
        let (month, day, clock) = (part(5, 7), part(8, 10), part(11, 19));
        let micros = now.0.rem_euclid(1_000_000);
        let line = format!("{severity}{month}{day} {clock}.{micros:06}       1 {place}] {text}");
        self.error_line(&line);
    }

    /// Ends with an error.
    pub fn fail(&mut self, error: &Error) -> Process {
        self.print_error(&error.printed());
        Process::Ended(error.exit())
    }

    /// The namespace that a command is about, and whether it was given with `-n`.
    pub fn namespace(&self, given: &Given) -> (String, bool) {
        match given.text("namespace") {
            "" => (config::namespace(self, given), false),
            namespace => (namespace.to_string(), true),
        }
    }

    /// A path from the root, without `.` and `..`, and without the slash before it.
    pub fn path(&self, path: &str) -> String {
        let whole = match path.starts_with('/') {
            true => path.to_string(),
            false => format!("{}/{path}", self.folder),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// What is in a file; nothing if there is none.
    pub fn file(&self, path: &str) -> Option<String> {
        let file = self.files.get(&self.path(path))?;
        (!file.folder).then(|| String::from_utf8_lossy(&file.bytes).into_owned())
    }

    /// The files that a pattern fits, as the shell would name them.
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        let whole = self.path(pattern);
        let (folder, _) = whole.rsplit_once('/').unwrap_or(("", &whole));
        let prefix = pattern
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/"));
        let prefix = prefix.unwrap_or_default();
        let depth = whole.matches('/').count();
        let all = self.files.below(folder);
        let fit = all.filter(|(path, file)| {
            !file.folder && path.matches('/').count() == depth && fits(&whole, path)
        });
        let named = fit.map(|(path, _)| {
            let name = path.rsplit('/').next().unwrap_or_default();
            format!("{prefix}{name}")
        });
        named.collect()
    }

    /// Writes a file.
    pub fn write(&mut self, path: &str, text: &str) {
        let (path, changed) = (self.path(path), self.now());
        let file = File {
            bytes: text.as_bytes().into(),
            mode: 0o644,
            changed,
            folder: false,
        };
        self.files.put(&path, file);
    }

    /// What can be read, whole; it is read once.
    pub fn take_stdin(&mut self) -> Rc<str> {
        self.stdin.take().unwrap_or_default()
    }

    /// May the user do this?
    ///
    /// # Errors
    /// The server's refusal.
    pub fn may(
        &mut self,
        verb: &str,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<(), Error> {
        let Some(user) = self.user.clone() else {
            return Ok(());
        };
        let (group, plural) = (kind.group(), kind.plural());
        let wanted = Attributes {
            verb,
            group,
            resource: &plural,
            namespace: if kind.is_namespaced() { namespace } else { "" },
            name,
        };
        if authorization::is_allowed(self.world(), &user, &wanted) {
            return Ok(());
        }
        let mut resource = resources::resource_and_group(kind);
        if !name.is_empty() && verb != "create" {
            resource = format!("{resource} {}", quoted(name));
        }
        let place = match wanted.namespace {
            "" => "at the cluster scope".to_string(),
            namespace => format!("in the namespace {}", quoted(namespace)),
        };
        let message = format!(
            "{resource} is forbidden: User {} cannot {verb} resource {} in API group {} {place}",
            quoted(&user),
            quoted(&plural),
            quoted(group)
        );
        Err(Status {
            code: 403,
            reason: "Forbidden",
            message,
        }
        .into())
    }

    /// A variable of the shell.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| &**value)
    }
}
