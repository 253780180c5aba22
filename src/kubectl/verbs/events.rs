//! `kubectl events`. Models `k8s.io/kubectl/pkg/cmd/events`. Left out: chunks.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::get::watch::until;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::fields;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::describe::events::interval;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{self, Flag, Given, shared};
use crate::kubectl::look::Look;
use crate::kubectl::output::{self, Format};
use crate::kubectl::printers::table::escaped;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::resources;
use crate::kubectl::tab_writer::{TABLE, align_on};
use crate::kubectl::watch::Watch;
use crate::order;

/// `kubectl events`
pub const COMMAND: Command = Command::new("events", "List events", run).flags(&[
    shared::PRINT,
    shared::ALL_NAMESPACES,
    &[
        Flag::int("chunk-size", "500"),
        Flag::text("for"),
        Flag::truth("no-headers"),
        Flag::slice("types"),
        Flag::truth("watch").short("w"),
    ],
]);

/// Which Events are told, and how.
struct Asked {
    /// Empty for all.
    namespace: String,
    all_namespaces: bool,
    /// Kind, API version and name of what they are about.
    about: Option<[String; 3]>,
    types: Vec<String>,
    format: Format,
}

/// `events -w` under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    words: Rc<[String]>,
    widths: Vec<usize>,
    watch: Watch,
    until: Option<SimTime>,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let asked = Asked::of(cx, given)?;
    let mut events: Vec<Value> = {
        let all = cx.world().store.list("Event");
        let told = all.filter(|(_, event)| asked.tells(&event.value));
        told.map(|(_, event)| event.value.clone()).collect()
    };
    let now = cx.now();
    if given.is("watch") {
        let mut watching = Watching {
            words: given.raw.clone(),
            widths: Vec::new(),
            watch: Watch::begin(cx.world()),
            until: until(cx, given),
        };
        let text = asked.print(&events, given.is("no-headers"), now, &mut watching.widths)?;
        cx.print(&text);
        return Ok(Process::Events(watching));
    }
    if events.is_empty() {
        if asked.all_namespaces {
            cx.error_line("No events found.");
        } else {
            let namespace = &asked.namespace;
            cx.error_line(&format!("No events found in {namespace} namespace."));
        }
        return Ok(Process::Ended(0));
    }
    order::sort_by_key(&mut events, time);
    let text = asked.print(&events, given.is("no-headers"), now, &mut Vec::new())?;
    cx.print(&text);
    Ok(Process::Ended(0))
}

/// What Events are sorted by. Models `eventTime`.
fn time(event: &Value) -> Option<SimTime> {
    if event.look("series").is_some() {
        return event.time("series.lastObservedTime");
    }
    event.time("lastTimestamp").or(event.time("eventTime"))
}

impl Asked {
    fn of(cx: &Cx<'_>, given: &Given) -> Result<Self, Error> {
        let all_namespaces = given.is("all-namespaces");
        let (mut namespace, _) = cx.namespace(given);
        if all_namespaces {
            namespace.clear();
        }
        let about = match given.text("for") {
            "" => None,
            word => Some(about(word)?),
        };
        let format = output::Asked {
            output: given.text("output"),
            template: given.text("template"),
            has_tables: false,
            allows_missing_keys: given.is("allow-missing-template-keys"),
            file: &|name| cx.file(name),
        }
        .format()?;
        let types: Vec<String> = given
            .list("types")
            .into_iter()
            .map(str::to_lowercase)
            .collect();
        if types
            .iter()
            .any(|of| !matches!(&**of, "normal" | "warning"))
        {
            let sentence = "valid --types are Normal or Warning";
            return Err(Error::Plain(sentence.into()));
        }
        Ok(Asked {
            namespace,
            all_namespaces,
            about,
            types,
            format,
        })
    }

    fn tells(&self, event: &Value) -> bool {
        let involved = |field: &str| event.text(&["involvedObject.", field].concat());
        let is_about = self.about.as_ref().is_none_or(|[kind, version, name]| {
            involved("kind") == kind
                && involved("apiVersion") == version
                && involved("name") == name
        });
        let kind = event.text("type").to_lowercase();
        is_about
            && (self.namespace.is_empty() || event.text("metadata.namespace") == self.namespace)
            && (self.types.is_empty() || self.types.contains(&kind))
    }

    fn print(
        &self,
        events: &[Value],
        no_headers: bool,
        now: SimTime,
        widths: &mut Vec<usize>,
    ) -> Result<String, Error> {
        match &self.format {
            Format::Table { .. } => {}
            // kubectl has no names of a list that it has made itself.
            Format::Name => return Ok(String::new()),
            format => {
                return format.print(&fields! {
                    "apiVersion" => "v1", "kind" => "EventList", "metadata" => Value::map(),
                    "items" => events.iter().cloned().collect::<Value>(),
                });
            }
        }
        let mut text = String::new();
        if !no_headers {
            if self.all_namespaces {
                text += "NAMESPACE\t";
            }
            text += "LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n";
        }
        for event in events {
            if self.all_namespaces {
                text += &[event.text("metadata.namespace"), "\t"].concat();
            }
            let object = [
                event.text("involvedObject.kind"),
                "/",
                event.text("involvedObject.name"),
            ];
            let cells = [
                interval(event, now),
                escaped(event.text("type")),
                escaped(event.text("reason")),
                escaped(&object.concat()),
                escaped(event.text("message").trim()),
            ];
            text += &(cells.join("\t") + "\n");
        }
        Ok(align_on(&text, TABLE, widths))
    }
}

/// `pod/web` as kind, API version and name. Models `decodeResourceTypeName`.
fn about(word: &str) -> Result<[String; 3], Error> {
    let plain = |sentence: &str| Err(Error::Plain(sentence.into()));
    let Some((resource, name)) = word.split_once('/') else {
        return plain("--for must be in resource/name form");
    };
    if name.contains('/') {
        return plain("arguments in resource/name form may not have more than one slash");
    }
    let kind = resources::mapping(&resource.to_lowercase()).map_err(Error::Plain)?;
    Ok([kind.kind().into(), kind.api_version().into(), name.into()])
}

impl Watching {
    /// Prints the Events since the last look.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let given = flags::read(&self.words, &COMMAND.all_flags()).map_err(Error::Plain)?;
        let asked = Asked::of(cx, &given)?;
        for change in self.watch.events(cx.world()) {
            let Some(event) = change
                .after
                .as_ref()
                .filter(|_| &*change.object.kind == "Event")
            else {
                continue;
            };
            if asked.tells(&event.value) {
                let events = [event.value.clone()];
                let text = asked.print(&events, true, change.at, &mut self.widths)?;
                cx.print(&text);
            }
        }
        match self.until {
            Some(until) if until <= cx.now() => Ok(Poll::Done(0)),
            until => Ok(Poll::Waits(until)),
        }
    }
}
