//! `kubectl wait`. Models `k8s.io/kubectl/pkg/cmd/wait`.

use serde::{Deserialize, Serialize};

use crate::api::{ObjectKey, Value};
use crate::cluster::SimTime;
use crate::cluster::api_server::Status;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::client::key_of;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::look::Look;
use crate::kubectl::options::DryRun;
use crate::kubectl::output::jsonpath::JsonPath;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::session::Session;
use crate::kubectl::{go_duration, print};
use crate::manifest::stream::quoted;
use std::rc::Rc;
use std::time::Duration;

/// `kubectl wait`
pub const COMMAND: Command = Command::new(
    "wait",
    "Wait for a specific condition on one or many resources",
    run,
)
.flags(&[
    shared::PRINT,
    shared::SELECTOR,
    shared::ALL,
    shared::ALL_NAMESPACES,
    shared::LOCAL,
    &[
        Flag::text("field-selector"),
        Flag::slice("filename").short("f"),
        Flag::truth("recursive").short("R").default("true"),
        Flag::array("for"),
        Flag::duration("timeout", "30s"),
    ],
]);

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum For {
    /// It is gone.
    Delete,
    /// It is there.
    Create,
    /// `condition=Ready=true`
    Condition(Rc<str>, Rc<str>),
    /// `jsonpath={.status.phase}=Running`: the path, and the value; empty for any.
    Path(Rc<str>, Rc<str>),
}

/// An object, its uid, and what it is waited for with.
type Awaited = (ObjectKey, Rc<str>, Rc<str>);

/// What is waited for, as long as it isn't so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    fors: Vec<For>,
    /// The objects, once they are found; the last first. Each with its uid.
    left: Option<Vec<Awaited>>,
    /// Which of the conditions of the one at hand is next.
    at: usize,
    words: Rc<[String]>,
    until: SimTime,
    is_once: bool,
    /// A complaint that is told at the end.
    failed: Option<Rc<str>>,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    const WEEK: Duration = Duration::from_secs(168 * 3600);
    Session::of(cx, given)?;
    let fors = given.list("for");
    if fors.is_empty() {
        return plain("unrecognized condition: []");
    }
    let fors: Result<Vec<For>, Error> = fors.into_iter().map(parse).collect();
    let micros = go_duration::parse(given.text("timeout")).unwrap_or_default();
    let timeout = match u64::try_from(micros) {
        Ok(micros) => Duration::from_micros(micros),
        Err(_) => WEEK,
    };
    Ok(Process::Wait(Waiting {
        fors: fors?,
        left: None,
        at: 0,
        words: given.raw.clone(),
        until: cx.now() + timeout,
        is_once: micros == 0,
        failed: None,
    }))
}

/// Models `conditionFuncsFor`.
fn parse(text: &str) -> Result<For, Error> {
    if text.eq_ignore_ascii_case("delete") {
        return Ok(For::Delete);
    } else if text.eq_ignore_ascii_case("create") {
        return Ok(For::Create);
    }
    if let Some(condition) = text.strip_prefix("condition=") {
        let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(For::Condition(name.into(), status.into()));
    }
    let Some(path) = text.strip_prefix("jsonpath=") else {
        return plain(format!("unrecognized condition: {}", quoted(text)));
    };
    // `==` within the path is no end of it.
    let marked = path.replace("==", "\u{0}");
    let parts: Vec<String> = marked
        .split('=')
        .map(|part| part.replace('\u{0}', "=="))
        .collect();
    let (path, value) = match &parts[..] {
        [path] => (path, ""),
        [path, value] => match value.trim_matches(['\'', '"']) {
            "" => {
                return plain(
                    "jsonpath wait has to have a value after equal sign, like \
                     --for=jsonpath='{.status.readyReplicas}'=3",
                );
            }
            value => (path, value),
        },
        _ => {
            return plain(
                "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                 --for=jsonpath='{.status.readyReplicas}'",
            );
        }
    };
    let path = path.trim_start_matches('{').trim_end_matches('}');
    let path = path.trim_start_matches('.');
    if path.is_empty() {
        return plain("jsonpath expression cannot be empty");
    }
    let path = format!("{{.{path}}}");
    JsonPath::parse(&path).map_err(Error::Plain)?;
    Ok(For::Path(path.into(), value.into()))
}

impl Waiting {
    /// Looks whether it is so.
    ///
    /// # Errors
    /// When it can't be, or takes too long.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        if self.left.is_none() && !self.find(cx)? {
            return Ok(Poll::Waits(Some(self.until)));
        }
        while let Some((key, uid, plural)) =
            self.left.as_ref().and_then(|left| left.last()).cloned()
        {
            let Some(wanted) = self.fors.get(self.at) else {
                self.at = 0;
                if let Some(left) = &mut self.left {
                    left.pop();
                }
                continue;
            };
            let object = cx
                .world()
                .store
                .get(&key)
                .map(|object| object.value.clone());
            let is_met = match (wanted, &object) {
                (For::Delete, Some(now)) => now.text("metadata.uid") != &*uid,
                (For::Delete, None) => true,
                (For::Create, _) => true,
                (_, None) => {
                    let group = key.kind.split_once('.').map(|(_, group)| group);
                    let resource = match group {
                        Some(group) => format!("{plural}.{group}"),
                        None => plural.to_string(),
                    };
                    let status = Status::not_found(&resource, &key.name);
                    self.give_up(Error::from(status));
                    continue;
                }
                (For::Condition(name, status), Some(now)) => has_condition(now, name, status),
                (For::Path(path, value), Some(now)) => has_value(now, path, value)?,
            };
            if is_met {
                let shown = object.unwrap_or_else(|| bare(&key));
                self.print(cx, &shown)?;
                self.at += 1;
            } else if self.is_once {
                let sentence = format!("condition not met for {plural}/{}", key.name);
                self.give_up(Error::Plain(sentence));
            } else if cx.now() >= self.until {
                let sentence = format!(
                    "timed out waiting for the condition on {plural}/{}",
                    key.name
                );
                self.give_up(Error::Plain(sentence));
            } else {
                return Ok(Poll::Waits(Some(self.until)));
            }
        }
        match &self.failed {
            None => Ok(Poll::Done(0)),
            Some(told) => {
                cx.print_error(told);
                Ok(Poll::Done(1))
            }
        }
    }

    /// The one at hand won't be so; the others may.
    fn give_up(&mut self, error: Error) {
        let told = match &self.failed {
            None => error.printed(),
            Some(before) => {
                let before = before.trim_start_matches("error: ");
                format!("{before}{}", error.printed().trim_start_matches("error: "))
            }
        };
        self.failed = Some(told.into());
        self.at = 0;
        if let Some(left) = &mut self.left {
            left.pop();
        }
    }

    fn print(&self, cx: &mut Cx<'_>, value: &Value) -> Result<(), Error> {
        let given = crate::kubectl::flags::read(&self.words, &COMMAND.all_flags());
        let given = given.map_err(Error::Plain)?;
        let session = Session::of(cx, &given)?;
        let text = print::object(value, "condition met", &session.output, DryRun::None);
        cx.print(&text);
        Ok(())
    }

    /// Finds what is meant; `false`: it isn't there yet.
    fn find(&mut self, cx: &mut Cx<'_>) -> Result<bool, Error> {
        let given = crate::kubectl::flags::read(&self.words, &COMMAND.all_flags());
        let given = given.map_err(Error::Plain)?;
        let asked = Asked::of(cx, &given);
        let found = asked.find(cx)?;
        let (mut left, mut errors) = (Vec::new(), Vec::new());
        let is_for_delete = self.fors.contains(&For::Delete);
        for item in found.items {
            match item {
                Ok(info) => left.push(entry(&info)),
                Err(error) if is_for_delete && error.is_not_found() => {}
                Err(error) => errors.push(error),
            }
        }
        if self.fors.contains(&For::Create) && left.is_empty() {
            if cx.now() >= self.until {
                return plain("timed out waiting for the condition");
            }
            return Ok(false);
        }
        Error::gathered(errors)?;
        if left.is_empty() && !is_for_delete {
            return plain("no matching resources found");
        }
        left.reverse();
        self.left = Some(left);
        Ok(true)
    }
}

fn entry(info: &Info) -> (ObjectKey, Rc<str>, Rc<str>) {
    let uid = info.value.text("metadata.uid");
    (key_of(info), uid.into(), info.kind.plural().into())
}

/// What is known of an object that is gone.
fn bare(key: &ObjectKey) -> Value {
    let (kind, group) = key.kind.split_once('.').unwrap_or((&key.kind, ""));
    let version = match group {
        "" => "v1".to_string(),
        group => format!("{group}/v1"),
    };
    crate::fields! {
        "apiVersion" => version, "kind" => kind,
        "metadata" => crate::fields! { "name" => key.name.clone() },
    }
}

/// Models `ConditionalWait.checkCondition`.
fn has_condition(object: &Value, name: &str, status: &str) -> bool {
    let conditions = object.list("status.conditions");
    let named = |condition: &&Value| condition.text("type").eq_ignore_ascii_case(name);
    let Some(condition) = conditions.iter().find(named) else {
        return false;
    };
    let observed = condition
        .get("observedGeneration")
        .or_else(|| object.look("status.observedGeneration"));
    let generation = object.look("metadata.generation").and_then(Value::as_i64);
    if let (Some(observed), Some(generation)) = (observed.and_then(Value::as_i64), generation)
        && observed < generation
    {
        return false;
    }
    condition.text("status").eq_ignore_ascii_case(status)
}

/// Is what a path leads to what is wanted? Models `JSONPathWait.checkCondition`.
fn has_value(object: &Value, path: &str, wanted: &str) -> Result<bool, Error> {
    let mut path = JsonPath::parse(path).map_err(Error::Plain)?;
    path.allows_missing_keys = true;
    let found = path.find(object).map_err(Error::Plain)?;
    match &found[..] {
        [] => Ok(false),
        [_, _, ..] => plain("given jsonpath expression matches more than one list"),
        [one] => match &one[..] {
            [] => Ok(false),
            [_, _, ..] => plain("given jsonpath expression matches more than one value"),
            [_] if wanted.is_empty() => Ok(true),
            [Value::Map(_) | Value::List(_)] => {
                plain("jsonpath leads to a nested object or list which is not supported")
            }
            [value] => Ok(crate::kubectl::look::scalar(value).trim() == wanted.trim()),
        },
    }
}
