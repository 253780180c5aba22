//! `kubectl get -w`: what there is, then every change of it. Models `watch` of
//! `k8s.io/kubectl/pkg/cmd/get/get.go`. It goes on until it is interrupted, or `--request-timeout` is over.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Get, plain};
use crate::api::Value;
use crate::api::schema::Kind;
use crate::cluster::{Change, SimTime};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{self, Given};
use crate::kubectl::go_duration;
use crate::kubectl::output::Format;
use crate::kubectl::printers::table::{self, Options};
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::resources;
use crate::kubectl::selector::Selectors;
use crate::kubectl::tab_writer::{TABLE, align_on};
use crate::kubectl::watch::Watch;

/// A watch under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// The words of the command.
    words: Rc<[String]>,
    /// `pods.v1.`: which resource.
    resource: Rc<str>,
    /// Of one object alone.
    name: Option<Rc<str>>,
    /// Widths of the columns so far.
    widths: Vec<usize>,
    is_header_printed: bool,
    /// What was looked at.
    watch: Watch,
    /// When it ends by itself.
    until: Option<SimTime>,
}

/// Prints what there is, and goes on.
///
/// # Errors
/// kubectl's sentence.
pub fn begin(cx: &mut Cx<'_>, given: &Given) -> Result<Process, Error> {
    if !given.text("sort-by").is_empty() {
        cx.print_error(if given.is("watch") {
            "warning: --watch requested, --sort-by will be ignored for watch events received\n"
        } else {
            "warning: --watch-only requested, --sort-by will be ignored\n"
        });
    }
    let get = Get::of(cx, given)?;
    let found = get.asked.find(cx)?;
    let (kinds, are_named) = (found.kinds.clone(), found.targets_single);
    let kind = match &kinds[..] {
        [] => return plain("you must specify a resource"),
        [kind, others @ ..] if others.iter().all(|other| other == kind) => *kind,
        _ => return plain("you may only specify a single resource type"),
    };
    let (infos, errors) = get.parted(cx, found);
    if !errors.is_empty() {
        return Err(Error::gathered(errors).err().unwrap_or(Error::Exit(1)));
    }
    if are_named && infos.len() > 1 {
        return plain(
            "watch is only supported on individual resources and resource collections - more than 1 \
             resource was found",
        );
    }
    let mut watching = Watching {
        words: given.raw.clone(),
        resource: [&*kind.plural(), ".", kind.version(), ".", kind.group()]
            .concat()
            .into(),
        name: infos
            .first()
            .filter(|_| are_named)
            .map(|info| Rc::from(info.name.as_str())),
        widths: Vec::new(),
        is_header_printed: false,
        watch: Watch::begin(cx.world()),
        until: until(cx, given),
    };
    if !given.is("watch-only") {
        let mut text = String::new();
        let now = cx.now();
        for info in &infos {
            text += &watching.print(&get, kind, &info.value, "ADDED   ", now)?;
        }
        watching.put(cx, &get, &text);
    }
    Ok(Process::Get(watching))
}

/// When `--request-timeout` ends what has begun now.
pub fn until(cx: &Cx<'_>, given: &Given) -> Option<SimTime> {
    let timeout = go_duration::length(given.text("request-timeout"));
    (!timeout.is_zero()).then(|| cx.now() + timeout)
}

impl Watching {
    /// Prints the changes since the last look.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let given = flags::read(&self.words, &super::COMMAND.all_flags()).map_err(Error::Plain)?;
        let get = Get::of(cx, &given)?;
        let kind = resources::mapping(&self.resource).map_err(Error::Plain)?;
        let asked = &get.asked;
        let selectors = Selectors::asked(kind, &asked.selector, &asked.field_selector)?;
        for change in self.watch.events(cx.world()) {
            if let Some((object, event)) = self.told(&change, &get, kind, &selectors) {
                let text = self.print(&get, kind, &object, event, change.at)?;
                self.put(cx, &get, &text);
            }
        }
        match self.until {
            Some(until) if until <= cx.now() => Ok(Poll::Done(0)),
            until => Ok(Poll::Waits(until)),
        }
    }

    /// The object that a change tells this watch of, and what happened to it.
    fn told(
        &self,
        change: &Change,
        get: &Get,
        kind: Kind,
        selectors: &Selectors,
    ) -> Option<(Value, &'static str)> {
        let (key, namespace) = (&change.object, &get.asked.namespace);
        let is_meant = *key.kind == *resources::key_kind(kind)
            && (!kind.is_namespaced() || namespace.is_empty() || *key.namespace == **namespace)
            && self.name.as_ref().is_none_or(|name| key.name == *name);
        if !is_meant {
            return None;
        }
        let before = change.before.as_ref().map(|object| &object.value);
        let after = change.after.as_ref().map(|object| &object.value);
        let is_selected = |value: Option<&Value>| value.is_some_and(|it| selectors.fit(it));
        // What has left the selection is told as it is now.
        match (is_selected(before), is_selected(after)) {
            (false, true) => Some((after?.clone(), "ADDED   ")),
            (true, true) => Some((after?.clone(), "MODIFIED")),
            (true, false) => Some((after.or(before)?.clone(), "DELETED ")),
            (false, false) => None,
        }
    }

    /// The rows of an object, with tabs; in another form, all of it.
    fn print(
        &mut self,
        get: &Get,
        kind: Kind,
        object: &Value,
        event: &'static str,
        now: SimTime,
    ) -> Result<String, Error> {
        let Format::Table { .. } = get.format else {
            return get.format.print(object);
        };
        let options = Options {
            with_namespace: get.asked.all_namespaces && kind.is_namespaced(),
            event: get.options.event.map(|_| event),
            ..get.options.clone()
        };
        let mut text = String::new();
        if !self.is_header_printed && !options.no_headers {
            text = table::header(kind, &options);
            self.is_header_printed = true;
        }
        Ok(text + &table::row(kind, object, &options, now))
    }

    fn put(&mut self, cx: &mut Cx<'_>, get: &Get, text: &str) {
        match get.format {
            Format::Table { .. } => cx.print(&align_on(text, TABLE, &mut self.widths)),
            _ => cx.print(text),
        }
    }
}
