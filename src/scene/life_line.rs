//! A Pod's life along virtual time: from when to when its phase, each condition, each container and its
//! place in each Service were as they were. Worked out from the Pod's own changes and those of
//! EndpointSlices, which are followed from snapshot to snapshot. When an image was pulled no status says;
//! the kubelet's Events do. Ours.

use std::rc::Rc;

use super::body::{Activities, pod_body};
use super::glyphs::{ContainerGlyph, PodBody, State};
use super::in_service::{Standings, Turned, turned};
use super::overview::common;
use crate::api::endpoint_slice::KIND as SLICE;
use crate::api::pod::{Condition, Pod};
use crate::api::{Object, ObjectKey, Uid};
use crate::cluster::{Activity, Change, SimTime, Snapshot, Verb, events, words};
use crate::collections::List;
use crate::order;

/// Reasons of Events that tell when a pull begins and how it ends.
const PULLING: &str = "Pulling";
const PULLED: [&str; 2] = ["Pulled", "Failed"];

/// Everything that happened to one Pod. Only changes that are new are looked at.
#[derive(Clone, Debug, Default)]
pub struct Life {
    key: Option<ObjectKey>,
    uid: Rc<str>,
    /// All changes that were looked at, so that another history is noticed.
    seen: List<Change>,
    /// The Pod's own, Events of its pulls, and what Services' endpoints say of it; oldest first.
    changes: Vec<Rc<Change>>,
    /// Its pulls under way.
    under_way: Activities,
    edition: u64,
}

/// One container's image on its way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fetch {
    pub container: Rc<str>,
    pub since: SimTime,
    /// When it was over, or will be; `None` while that isn't known.
    pub until: Option<SimTime>,
}

impl Life {
    /// Brings it to the present: the life of the Pod that is called so at the moment that is shown, else of
    /// the last one that was. In as many steps as there are changes since; a Pod that wasn't followed
    /// before is looked for back to its creation.
    pub fn follow(&mut self, shown: &Snapshot, present: &Snapshot, key: &ObjectKey) {
        let same = self.key.as_ref() == Some(key) && !self.changes.is_empty();
        let uid = shown.store.get(key).map(|pod| pod.meta.uid.clone());
        let uid = uid.or_else(|| same.then(|| self.uid.clone()));
        let uid = uid.or_else(|| last_uid(present.store.changes(), key));
        let uid = uid.unwrap_or_default();
        if self.key.as_ref() != Some(key) || self.uid != uid {
            *self = Life {
                key: Some(key.clone()),
                uid,
                edition: self.edition + 1,
                ..Life::default()
            };
        }
        self.take(present.store.changes());
        let id = Uid::parse(&self.uid).unwrap_or_default();
        let of_it = present.activities.range(&(id, "".into())..);
        let under_way: Activities = of_it
            .take_while(|((pod, _), _)| *pod == id)
            .map(|(key, activity)| (key.clone(), activity.clone()))
            .collect();
        if self.under_way != under_way {
            self.under_way = under_way;
            self.edition += 1;
        }
    }

    fn take(&mut self, changes: &List<Change>) {
        let known = common(&self.seen, changes);
        let before = self.changes.len();
        let kept = |change: &Rc<Change>| change.id.0 < known as u64;
        let kept = self.changes.iter().take_while(|change| kept(change));
        let kept = kept.count();
        self.changes.truncate(kept);
        let fresh = (known..changes.len()).filter_map(|number| changes.get(number));
        if kept == 0 {
            // Nothing of it is older than its creation, but slices may come before it in an import.
            let (mut found, mut born) = (Vec::new(), None);
            let fresh = fresh.rev().filter(|change| self.is_of_it(change));
            for change in fresh {
                if born.is_some_and(|born| change.at < born) {
                    break;
                }
                found.push(change.clone());
                if change.verb == Verb::Created && Some(&change.object) == self.key.as_ref() {
                    born = Some(change.at);
                }
            }
            found.reverse();
            self.changes = found;
        } else {
            let fresh: Vec<Rc<Change>> = fresh
                .filter(|change| self.is_of_it(change))
                .cloned()
                .collect();
            self.changes.extend(fresh);
        }
        self.seen = changes.clone();
        if kept != before || self.changes.len() != kept {
            self.edition += 1;
            self.leave_out_what_is_no_pull();
        }
    }

    /// An image that is there already is told to be pulled, too; and that it can't be had is told again
    /// and again.
    fn leave_out_what_is_no_pull(&mut self) {
        let mut open: Vec<Rc<str>> = Vec::new();
        self.changes.retain(|change| {
            let event = change
                .after
                .as_ref()
                .filter(|_| events::is_event(&change.object));
            let Some(event) = event else { return true };
            let container = container_of(event);
            let number = open.iter().position(|name| **name == *container);
            match (number, event.value.text_at(&["reason"]) == PULLING) {
                (Some(_), true) => {}
                (None, true) => open.push(container.into()),
                (Some(number), false) => drop(open.swap_remove(number)),
                (None, false) => return false,
            }
            true
        });
    }

    fn is_of_it(&self, change: &Change) -> bool {
        let Some(key) = &self.key else { return false };
        let object = change.after.as_ref().or(change.before.as_ref());
        let Some(object) = object.filter(|_| change.verb.writes()) else {
            return false;
        };
        if change.object == *key {
            return object.meta.uid == self.uid;
        }
        if change.object.namespace == key.namespace && turned(change, &self.uid).is_some() {
            return true;
        }
        events::is_event(&change.object)
            && change.after.is_some()
            && change.object.namespace == key.namespace
            && change.object.name.starts_with(&*key.name)
            && is_of_a_pull(object)
            && object.value.text_at(&["involvedObject", "uid"]) == &*self.uid
    }

    /// Another number as soon as anything of it is different.
    pub fn edition(&self) -> u64 {
        self.edition
    }

    /// Whose life it is.
    pub fn key(&self) -> Option<&ObjectKey> {
        self.key.as_ref()
    }

    /// When it began; `None` where there never was such a Pod.
    pub fn began(&self) -> Option<SimTime> {
        self.changes.first().map(|change| change.at)
    }

    /// When it was deleted for good.
    pub fn ended(&self) -> Option<SimTime> {
        let last = self.own().next_back()?;
        (last.verb == Verb::Deleted).then_some(last.at)
    }

    /// The Pod's own changes.
    pub(super) fn own(&self) -> impl DoubleEndedIterator<Item = &Rc<Change>> {
        let own = |change: &&Rc<Change>| Some(&change.object) == self.key.as_ref();
        self.changes.iter().filter(own)
    }

    /// When a slice of a Service's endpoints said something else of it, in order.
    pub(super) fn turns(&self) -> impl Iterator<Item = Turned> {
        let changes = self.changes.iter();
        changes.filter_map(|change| turned(change, &self.uid))
    }

    /// The versions of the Pod, one a moment: of several at once the last.
    pub(super) fn versions(&self) -> Vec<(SimTime, &Pod)> {
        let mut versions: Vec<(SimTime, &Pod)> = Vec::new();
        for change in self.own() {
            let Some(pod) = change.after.as_ref().and_then(|object| object.pod()) else {
                continue;
            };
            if versions.last().is_some_and(|(at, _)| *at == change.at) {
                versions.pop();
            }
            versions.push((change.at, pod));
        }
        versions
    }

    /// Its pulls, in the order in which they began.
    pub(super) fn pulls(&self) -> Vec<Fetch> {
        let mut all: Vec<Fetch> = Vec::new();
        let told = |change: &&Rc<Change>| events::is_event(&change.object);
        for change in self.changes.iter().filter(told) {
            let Some(event) = &change.after else { continue };
            let container = container_of(event);
            let ended = event.value.text_at(&["reason"]) != PULLING;
            let open = |pull: &&mut Fetch| pull.until.is_none() && *pull.container == *container;
            if let Some(pull) = all.iter_mut().rev().find(open) {
                pull.until = Some(change.at);
            }
            if !ended {
                all.push(Fetch {
                    container: container.into(),
                    since: change.at,
                    until: None,
                });
            }
        }
        let id = Uid::parse(&self.uid).unwrap_or_default();
        for pull in all.iter_mut().filter(|pull| pull.until.is_none()) {
            let activity = self.under_way.get(&(id, pull.container.clone()));
            let known = activity.map(|Activity::Pulling { until, .. }| *until);
            pull.until = known.or(self.ended());
        }
        all
    }

    /// What the Pod showed at a moment.
    pub(super) fn body(&self, pod: &Pod, pulls: &[Fetch], at: SimTime) -> PodBody {
        let id = Uid::parse(&self.uid).unwrap_or_default();
        let lasts = |pull: &&Fetch| pull.since <= at && pull.until.is_none_or(|until| at < until);
        let activity = |pull: &Fetch| {
            let pulling = Activity::Pulling {
                since: pull.since,
                until: pull.until.unwrap_or(SimTime::MAX),
                bytes: 0,
            };
            ((id, pull.container.clone()), pulling)
        };
        let activities: Activities = pulls.iter().filter(lasts).map(activity).collect();
        let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
        pod_body(&key, pod, &activities, at)
    }

    /// Everything that happened, in words.
    pub fn moments(&self) -> Vec<Moment> {
        let mut moments: Vec<Moment> = Vec::new();
        let (standings, mut told) = (Standings::of(self), None);
        for change in &self.changes {
            let event = change
                .after
                .as_ref()
                .filter(|_| events::is_event(&change.object));
            let said = match (event, change.verb) {
                // All slices of a moment at once.
                _ if *change.object.kind == *SLICE && told == Some(change.at) => continue,
                _ if *change.object.kind == *SLICE => {
                    told = Some(change.at);
                    standings.words_at(change.at)
                }
                (Some(event), _) => {
                    let message = event.value.text_at(&["message"]);
                    format!("{}: {message}", container_of(event))
                }
                (None, Verb::Created) => "created".into(),
                (None, Verb::Deleted) => "deleted".into(),
                (None, _) => words::describe(change),
            };
            if said.is_empty() {
                continue;
            }
            match moments.last_mut().filter(|last| last.at == change.at) {
                Some(last) => last.words = format!("{}, {said}", last.words),
                None => moments.push(Moment {
                    at: change.at,
                    words: said,
                }),
            }
        }
        moments
    }

    /// Its rows, from top to bottom: containers, phase, conditions, Services, deletion.
    pub fn rows(&self) -> Vec<Row> {
        let (versions, pulls) = (self.versions(), self.pulls());
        let mut moments: Vec<SimTime> = versions.iter().map(|(at, _)| *at).collect();
        let (first, last) = (moments.first().copied(), self.seen.last());
        let now = last.map_or(SimTime::ZERO, |change| change.at);
        let ends = pulls.iter().filter_map(|pull| pull.until);
        let ends = ends.filter(|until| *until <= now);
        moments.extend(pulls.iter().map(|pull| pull.since).chain(ends));
        let standings = Standings::of(self);
        moments.extend(standings.moments());
        moments.retain(|at| Some(*at) >= first);
        order::sort(&mut moments);
        moments.dedup();
        let mut rows = Rows(Vec::new());
        let mut next = 0;
        for at in moments {
            while next < versions.len() && versions[next].0 <= at {
                next += 1;
            }
            if let Some((_, pod)) = next.checked_sub(1).and_then(|last| versions.get(last)) {
                rows.add(at, pod, &self.body(pod, &pulls, at));
            }
            for (service, standing) in standings.at(at) {
                rows.put(at, Part::Service, service, standing.span(at));
            }
        }
        rows.end(self.ended());
        rows.0
    }
}

/// The uid of the last Pod that was called so.
fn last_uid(changes: &List<Change>, key: &ObjectKey) -> Option<Rc<str>> {
    let last = changes.iter().rev().find(|change| change.object == *key)?;
    let object = last.after.as_ref().or(last.before.as_ref());
    object.map(|object| object.meta.uid.clone())
}

fn is_of_a_pull(event: &Object) -> bool {
    let reason = event.value.text_at(&["reason"]);
    reason == PULLING || PULLED.contains(&reason)
}

/// `app` of `spec.containers{app}`.
fn container_of(event: &Object) -> &str {
    let path = event.value.text_at(&["involvedObject", "fieldPath"]);
    let name = path.split_once('{').map_or("", |(_, rest)| rest);
    name.trim_end_matches('}')
}

/// Something that happened to a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: SimTime,
    /// What.
    pub words: String,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A container.
    Container,
    /// The Pod's phase.
    Phase,
    /// A condition of the Pod.
    Condition,
    /// What a Service's endpoints say of it.
    Service,
    /// The Pod's way out.
    Deletion,
}

/// One thing along time.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is of.
    pub part: Part,
    /// The container's name, the condition's type or the Service's name; of the others none.
    pub name: Rc<str>,
    /// How it was, in order. There may be gaps.
    pub spans: Vec<Span>,
}

/// How a bar is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It is so.
    Solid,
    /// It isn't yet, or isn't any more: hollow and dashed.
    Hollow,
    /// An image is on its way.
    Hatched,
    /// Several, too short to be told apart.
    Several(usize),
}

/// For how long something was as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Since when.
    pub from: SimTime,
    /// Until when; `None` where that isn't over.
    pub to: Option<SimTime>,
    /// Its colour; without one it is as good as any other.
    pub state: Option<State>,
    /// How it is filled.
    pub fill: Fill,
    /// `ready`, `CrashLoopBackOff`, `True`
    pub word: Rc<str>,
    /// How often the container had been started again.
    pub restarts: i64,
}

impl Span {
    fn is_like(&self, other: &Span) -> bool {
        (self.state, self.fill, &self.word, self.restarts)
            == (other.state, other.fill, &other.word, other.restarts)
    }
}

/// Rows that grow moment by moment.
struct Rows(Vec<Row>);

/// Conditions that every Pod has sooner or later, in the order in which they come true.
const CONDITIONS: [&str; 5] = [
    "PodScheduled",
    "PodReadyToStartContainers",
    "Initialized",
    "ContainersReady",
    "Ready",
];

impl Rows {
    /// What it is like from `at` on.
    fn add(&mut self, at: SimTime, pod: &Pod, body: &PodBody) {
        for container in &body.containers {
            let span = of_container(at, pod, container);
            self.put(at, Part::Container, &container.name, Some(span));
        }
        self.put(at, Part::Phase, "", Some(of_phase(at, pod, body)));
        let gates = pod.spec.readiness_gates.iter();
        let gates: Vec<&str> = gates.map(|gate| &*gate.condition_type).collect();
        let known = self.0.iter().filter(|row| row.part == Part::Condition);
        let known: Vec<Rc<str>> = known.map(|row| row.name.clone()).collect();
        let told = pod.status.conditions.iter().map(|one| &*one.kind);
        let told = told.chain(gates.iter().copied());
        for kind in told.chain(known.iter().map(|name| &**name)) {
            let span = match pod.condition(kind) {
                None if gates.contains(&kind) => {
                    Some(span(at, None, Fill::Hollow, "not set".into()))
                }
                told => told.map(|condition| of_condition(at, condition)),
            };
            self.put(at, Part::Condition, kind, span);
        }
        let stops = pod.metadata.deletion_timestamp.map(|_| {
            let seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
            let word = format!("Terminating, {seconds} s of grace");
            span(at, Some(State::Term), Fill::Hollow, word.into())
        });
        self.put(at, Part::Deletion, "", stops);
    }

    fn put(&mut self, at: SimTime, part: Part, name: &str, span: Option<Span>) {
        let is_it = |row: &Row| row.part == part && *row.name == *name;
        let number = match (self.0.iter().position(is_it), &span) {
            (Some(number), _) => number,
            (None, None) => return,
            (None, Some(_)) => {
                // Conditions come one by one; what was above another stays so.
                let number = self
                    .0
                    .iter()
                    .position(|row| place(row.part, &row.name) > place(part, name));
                let number = number.unwrap_or(self.0.len());
                let row = Row {
                    part,
                    name: name.into(),
                    spans: Vec::new(),
                };
                self.0.insert(number, row);
                number
            }
        };
        let spans = &mut self.0[number].spans;
        let open = spans.last_mut().filter(|last| last.to.is_none());
        match (open, span) {
            (Some(open), Some(span)) if open.is_like(&span) => {}
            (open, span) => {
                if let Some(open) = open {
                    open.to = Some(at);
                }
                spans.extend(span);
            }
        }
    }

    /// Nothing goes on after its end.
    fn end(&mut self, at: Option<SimTime>) {
        for row in &mut self.0 {
            if let Some(open) = row.spans.last_mut().filter(|last| last.to.is_none()) {
                open.to = at;
            }
        }
    }
}

/// Where a row stands among the others.
fn place(part: Part, name: &str) -> (u8, usize) {
    let among = CONDITIONS.iter().position(|kind| *kind == name);
    match part {
        Part::Container => (0, 0),
        Part::Phase => (1, 0),
        Part::Condition => (2, among.unwrap_or(CONDITIONS.len())),
        Part::Service => (3, 0),
        Part::Deletion => (4, 0),
    }
}

pub(super) fn span(from: SimTime, state: Option<State>, fill: Fill, word: Rc<str>) -> Span {
    Span {
        from,
        to: None,
        state,
        fill,
        word,
        restarts: 0,
    }
}

fn of_container(at: SimTime, pod: &Pod, container: &ContainerGlyph) -> Span {
    let statuses = pod.statuses();
    let status = statuses.get(&*container.name);
    let waiting = status.and_then(|status| status.state.waiting.as_ref());
    let reason = waiting.map(|waiting| &waiting.reason);
    let word = match (&*container.word, reason) {
        ("waiting", Some(reason)) if !reason.is_empty() => reason.clone(),
        ("not ready", _) => "running, not ready".into(),
        _ => container.word.clone(),
    };
    let fill = match (container.pull.is_some(), container.solid) {
        (true, _) => Fill::Hatched,
        (_, true) => Fill::Solid,
        (_, false) => Fill::Hollow,
    };
    Span {
        restarts: status.map_or(0, |status| status.restart_count),
        ..span(at, Some(container.state), fill, word)
    }
}

fn of_phase(at: SimTime, pod: &Pod, body: &PodBody) -> Span {
    let state = match &*body.phase {
        "Pending" => Some(State::Wait),
        "Succeeded" => Some(State::Done),
        "Failed" => Some(State::Fail),
        "Unknown" => Some(State::Unknown),
        _ => None,
    };
    let word = format!("{} {}", body.phase, pod.status.reason);
    span(at, state, Fill::Solid, word.trim_end().into())
}

/// What is True is good or bad by what it says; what isn't is hollow.
fn of_condition(at: SimTime, condition: &Condition) -> Span {
    let is_true = &*condition.status == "True";
    let (state, fill) = match (&*condition.kind, is_true) {
        ("Ready" | "ContainersReady", true) => (Some(State::Ready), Fill::Solid),
        ("DisruptionTarget", true) => (Some(State::Term), Fill::Solid),
        (_, true) => (None, Fill::Solid),
        ("PodScheduled", false) => (Some(State::Wait), Fill::Hollow),
        (_, false) => (None, Fill::Hollow),
    };
    let word = format!("{} {}", condition.status, condition.reason);
    span(at, state, fill, word.trim_end().into())
}
