//! `kubectl delete`: it waits until what it deleted is gone. Models
//! `k8s.io/kubectl/pkg/cmd/delete/delete.go` and `IsDeleted` of `cmd/wait/delete.go`. Left out: `--raw`,
//! `--interactive`.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;
use crate::cluster::SimTime;
use crate::cluster::deletion::Propagation;
use crate::kubectl::asked::{Asked, Found};
use crate::kubectl::builder::Info;
use crate::kubectl::client::{Client, key_of};
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::go_duration;
use crate::kubectl::options::DryRun;
use crate::kubectl::print;
use crate::kubectl::process::{Poll, Process};
use std::time::Duration;

/// `kubectl delete`
pub const COMMAND: Command = Command::new(
    "delete",
    "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::DRY_RUN,
    shared::SELECTOR,
    shared::ALL,
    shared::ALL_NAMESPACES,
    FLAGS,
    OWN,
]);

/// How things are deleted: `replace` has these too.
pub const FLAGS: &[Flag] = &[
    Flag::text("cascade")
        .default("background")
        .alone("background"),
    Flag::truth("force"),
    Flag::int("grace-period", "-1"),
    Flag::duration("timeout", "0s"),
    Flag::truth("wait").default("true"),
];

const OWN: &[Flag] = &[
    Flag::text("field-selector"),
    Flag::truth("ignore-not-found"),
    Flag::truth("interactive").short("i").not_here(),
    Flag::truth("now"),
    Flag::text("output").short("o"),
    Flag::text("raw").not_here(),
];

const IMMEDIATELY: &str = "Immediate deletion does not wait for confirmation that the running \
     resource has been terminated. The resource may continue to run on the cluster indefinitely.";

/// How things are deleted.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Seconds; `None` leaves it to the object.
    pub grace: Option<i64>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// Is what isn't there no error?
    pub ignores_not_found: bool,
    /// `-o name`
    pub name_only: bool,
    /// Is anything deleted?
    pub dry_run: DryRun,
    /// Is a namespace given, so that what lives in none is worth a warning?
    pub warns_of_scope: bool,
    /// How long is waited; nothing: it isn't.
    pub timeout: Option<Duration>,
}

impl How {
    /// As the flags say.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn of(cx: &mut Cx<'_>, given: &Given) -> Result<Self, Error> {
        const WEEK: Duration = Duration::from_secs(168 * 3600);
        let dry_run = DryRun::of(cx, given)?;
        let timeout = match go_duration::length(given.text("timeout")) {
            Duration::ZERO => WEEK,
            timeout => timeout,
        };
        let waits = given.is("wait") && dry_run == DryRun::None;
        Ok(How {
            grace: None,
            propagation: propagation(cx, given.text("cascade"))?,
            ignores_not_found: given.is("ignore-not-found"),
            name_only: given.text("output") == "name",
            dry_run,
            warns_of_scope: cx.namespace(given).1 && !given.is("all-namespaces"),
            timeout: waits.then_some(timeout),
        })
    }
}

/// Models `parseCascadingFlag`.
fn propagation(cx: &mut Cx<'_>, cascade: &str) -> Result<Propagation, Error> {
    let old = |is: &str, new: &str| {
        format!(
            "warning: --cascade={is} is deprecated (boolean value) and can be replaced with \
             --cascade={new}."
        )
    };
    match cascade {
        "orphan" => Ok(Propagation::Orphan),
        "foreground" => Ok(Propagation::Foreground),
        "background" => Ok(Propagation::Background),
        "true" | "1" | "t" | "T" | "TRUE" | "True" => {
            cx.error_line(&old(cascade, "background"));
            Ok(Propagation::Background)
        }
        "false" | "0" | "f" | "F" | "FALSE" | "False" => {
            cx.error_line(&old(cascade, "orphan"));
            Ok(Propagation::Orphan)
        }
        other => Err(Error::Plain(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let plain = |sentence: &str| Err(Error::Plain(sentence.into()));
    let mut how = How::of(cx, given)?;
    let (all, force) = (given.is("all"), given.is("force"));
    let selects =
        all || !given.text("selector").is_empty() || !given.text("field-selector").is_empty();
    if selects && !given.has("ignore-not-found") {
        how.ignores_not_found = true;
    }
    let mut grace = given.int("grace-period");
    if given.is("now") {
        if grace != -1 {
            return plain("--now and --grace-period cannot be specified together");
        }
        grace = 1;
    }
    if grace == 0 && !force {
        grace = 1;
    } else if force && grace < 0 {
        grace = 0;
    }
    how.grace = (grace >= 0).then_some(grace);
    let mut asked = Asked::of(cx, given);
    asked.requires_object = false;
    let found = asked.find(cx)?;
    match given.text("output") {
        "" | "name" => {}
        other => {
            let sentence = format!("unexpected -o output mode: {other}. We only support '-o name'");
            return Err(Error::Plain(sentence));
        }
    }
    if force && grace == 0 {
        cx.warn(IMMEDIATELY);
    } else if force && grace > 0 {
        return plain("--force and --grace-period greater than 0 cannot be specified together");
    }
    Ok(Process::Delete(Deleting::begin(cx, found, &how)?))
}

/// What was deleted, as long as it isn't gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deleting {
    /// Each with its uid; the last first.
    left: Vec<(ObjectKey, Rc<str>, Rc<str>)>,
    /// Until when is waited.
    until: SimTime,
}

impl Deleting {
    /// Deletes it, and says so.
    ///
    /// # Errors
    /// What can't be deleted.
    pub fn begin(cx: &mut Cx<'_>, found: Found, how: &How) -> Result<Self, Error> {
        let (mut errors, mut left, mut count) = (Vec::new(), Vec::new(), 0);
        let mut warns = how.warns_of_scope;
        for item in found.items {
            let info = match item {
                Ok(info) => info,
                Err(error) => {
                    if !(how.ignores_not_found && error.is_not_found()) {
                        errors.push(error);
                    }
                    continue;
                }
            };
            count += 1;
            if warns && !info.kind.is_namespaced() {
                cx.warn("deleting cluster-scoped resources, not scoped to the provided namespace");
                warns = false;
            }
            match one(cx, &info, how) {
                Ok(uid) => {
                    let key = key_of(&info);
                    left.push((key, uid, info.kind_and_group().into()));
                }
                Err(error) if how.ignores_not_found && error.is_not_found() => {}
                Err(error) => errors.push(error),
            }
        }
        Error::gathered(errors)?;
        if count == 0 {
            cx.line("No resources found");
        }
        if how.timeout.is_none() {
            left.clear();
        }
        left.reverse();
        let until = cx.now() + how.timeout.unwrap_or_default();
        Ok(Deleting { left, until })
    }

    /// Waits no longer than `replace --force` does.
    pub fn waits_five_minutes(&mut self, cx: &Cx<'_>) {
        self.until = self.until.min(cx.now() + Duration::from_secs(300));
    }

    /// Waits until it is gone.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        while let Some((key, uid, named)) = self.left.last() {
            let there = cx.world().store.get(key);
            if there.is_some_and(|object| object.value.text_at(&["metadata", "uid"]) == &**uid) {
                if cx.now() < self.until {
                    return Ok(Poll::Waits(Some(self.until)));
                }
                let kind = named.split('.').next().unwrap_or_default();
                let plural = crate::kubectl::resources::mapping(named);
                let plural = plural.map_or(kind.to_string(), |kind| kind.plural());
                let sentence = format!(
                    "timed out waiting for the condition on {plural}/{}",
                    key.name
                );
                return Err(Error::Plain(sentence));
            }
            self.left.pop();
        }
        Ok(Poll::Done(0))
    }
}

/// Deletes one object, and says so; its uid.
fn one(cx: &mut Cx<'_>, info: &Info, how: &How) -> Result<Rc<str>, Error> {
    let key = key_of(info);
    let there = cx.world().store.get(&key);
    let uid = there.map_or("", |object| object.value.text_at(&["metadata", "uid"]));
    let uid = Rc::from(uid);
    if how.dry_run != DryRun::Client {
        cx.may("delete", info.kind, &info.namespace, &info.name)?;
        let client = Client {
            is_dry_run: how.dry_run == DryRun::Server,
            ..Client::default()
        };
        let deleted = client.delete(cx.world(), info, how.grace, how.propagation);
        deleted.map_err(|error| match &*info.source {
            "" => error,
            source => error.while_doing("deleting", source),
        })?;
    }
    let (kind, name) = (info.kind_and_group(), &info.name);
    if how.name_only {
        cx.line(&format!("{kind}/{name}"));
        return Ok(uid);
    }
    let namespace = match info.kind.is_namespaced() {
        true => &*info.namespace,
        false => "",
    };
    let verb = print::deleted_how(how.grace);
    let deleted = print::deleted(&kind, name, namespace, verb);
    cx.line(&format!("{deleted}{}", how.dry_run.suffix()));
    Ok(uid)
}
