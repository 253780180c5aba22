//! How a Pod stands in the Services that lead to it: what their EndpointSlices say of it, now and along time. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::glyphs::State;
use super::life_line::{Fill, Life, Span, span};
use crate::api::endpoint_slice::{EndpointConditions, KIND, SERVICE_NAME};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Change, SimTime, Snapshot};
use crate::collections::Map;
use crate::order;

/// What a Service's endpoints say of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is none of them.
    Absent,
    /// It is, and nothing is to be sent there.
    NotReady,
    /// It takes what is sent to the Service.
    Ready,
    /// It is on its way out.
    Terminating,
}

impl Standing {
    fn of(conditions: &EndpointConditions) -> Self {
        match (conditions.terminating, conditions.ready) {
            (Some(true), Some(true)) => Standing::Ready,
            (Some(true), _) => Standing::Terminating,
            (_, Some(false)) => Standing::NotReady,
            _ => Standing::Ready,
        }
    }

    /// In the words of the EndpointSlice.
    pub fn words(self) -> &'static str {
        match self {
            Standing::Absent => "no endpoint",
            Standing::NotReady => "ready: false",
            Standing::Ready => "ready: true",
            Standing::Terminating => "terminating",
        }
    }

    /// The same as a bar; there is none where it is no endpoint.
    pub(super) fn span(self, at: SimTime) -> Option<Span> {
        let (state, fill) = match self {
            Standing::Absent => return None,
            Standing::NotReady => (None, Fill::Hollow),
            Standing::Ready => (Some(State::Ready), Fill::Solid),
            Standing::Terminating => (Some(State::Term), Fill::Hollow),
        };
        Some(span(at, state, fill, self.words().into()))
    }
}

/// What a slice says of the Pod of this uid.
fn standing(slice: &Object, uid: &str) -> Standing {
    let slice = slice.endpoint_slice();
    let mut endpoints = slice.iter().flat_map(|slice| &slice.endpoints);
    let its = endpoints.find(|endpoint| {
        let target = endpoint.target_ref.as_ref();
        target.is_some_and(|target| *target.uid == *uid)
    });
    its.map_or(Standing::Absent, |its| Standing::of(&its.conditions))
}

/// The Service whose endpoints a change made say something else of the Pod of this uid, and what.
pub(super) fn turned(change: &Change, uid: &str) -> Option<(Rc<str>, Standing)> {
    if *change.object.kind != *KIND {
        return None;
    }
    let says = |slice: &Option<Rc<Object>>| {
        let slice = slice.as_ref();
        slice.map_or(Standing::Absent, |slice| standing(slice, uid))
    };
    let (before, after) = (says(&change.before), says(&change.after));
    let slice = change.after.as_ref().or(change.before.as_ref())?;
    let service = slice.meta.labels.get(SERVICE_NAME)?.clone();
    (before != after).then_some((service, after))
}

/// Who says what of a Pod at one moment after another, by Service.
#[derive(Clone, Debug, Default)]
pub(super) struct Standings(Vec<(SimTime, Rc<str>, Standing)>);

impl Standings {
    pub fn of(life: &Life) -> Self {
        Standings(life.turns().collect())
    }

    pub fn moments(&self) -> impl Iterator<Item = SimTime> {
        self.0.iter().map(|(at, ..)| *at)
    }

    /// What was said anew at a moment.
    pub fn at(&self, moment: SimTime) -> impl Iterator<Item = (&Rc<str>, Standing)> {
        let then = self.0.iter().filter(move |(at, ..)| *at == moment);
        then.map(|(_, service, standing)| (service, *standing))
    }

    /// What every Service that ever had it said last, up to a moment; by name.
    pub fn until(&self, moment: SimTime) -> Vec<Said> {
        let mut all: Map<Rc<str>, Said> = Map::new();
        for (at, service, standing) in &self.0 {
            let absent = Said {
                service: service.clone(),
                standing: Standing::Absent,
                soon: None,
            };
            let said = all.or_insert(service.clone(), absent);
            if *at <= moment {
                said.standing = *standing;
            } else if said.soon.is_none() && at.since(moment) <= SOON {
                said.soon = Some((at.since(moment), *standing));
            }
        }
        all.values().cloned().collect()
    }
}

/// The endpoints follow a Pod by a moment: so long after one they are told with it.
const SOON: Duration = Duration::from_secs(2);

/// What a Service's endpoints say of a Pod at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its name.
    pub service: Rc<str>,
    /// What they say.
    pub standing: Standing,
    /// What they say right after, and how much later.
    pub soon: Option<(Duration, Standing)>,
}

impl Said {
    /// What they say once they have followed what happened to the Pod.
    pub fn followed(&self) -> Standing {
        self.soon.map_or(self.standing, |(_, standing)| standing)
    }

    /// `no endpoint`, `true +12 ms`
    pub fn words(&self) -> String {
        let Some((later, standing)) = self.soon else {
            return self.standing.words().into();
        };
        let words = standing.words();
        let word = words.strip_prefix("ready: ").unwrap_or(words);
        format!("{word} +{}", later_words(later))
    }

    /// `no endpoint, ready: false 12 ms later`
    pub fn spoken(&self) -> String {
        let now = self.standing.words();
        match self.soon {
            None => now.into(),
            Some((later, standing)) => {
                format!("{now}, {} {} later", standing.words(), later_words(later))
            }
        }
    }
}

fn later_words(later: Duration) -> String {
    match later.as_millis() {
        0 => format!("{} µs", later.as_micros()),
        millis @ 1..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", later.as_secs_f64()),
    }
}

/// A Service that leads to a Pod at the moment that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Leads {
    /// Its name; its namespace is the Pod's.
    pub service: Rc<str>,
    /// What it says of this Pod.
    pub standing: Standing,
    /// How many endpoints it has that are ready, of all Pods.
    pub ready: usize,
}

/// The Services whose endpoints name this Pod, by name.
pub fn leads(snapshot: &Snapshot, key: &ObjectKey) -> Vec<Leads> {
    let Some(pod) = snapshot.store.get(key) else {
        return Vec::new();
    };
    let slices = snapshot.store.list(KIND).map(|(_, slice)| slice);
    let slices = slices.filter(|slice| slice.meta.namespace == key.namespace);
    let slices: Vec<&Rc<Object>> = slices.collect();
    let service = |slice: &Object| slice.meta.labels.get(SERVICE_NAME).cloned();
    let mut all: Vec<Leads> = Vec::new();
    for slice in &slices {
        let standing = standing(slice, &pod.meta.uid);
        let Some(service) = service(slice).filter(|_| standing != Standing::Absent) else {
            continue;
        };
        all.push(Leads {
            service,
            standing,
            ready: 0,
        });
    }
    for leads in &mut all {
        let its = slices
            .iter()
            .filter(|slice| service(slice).as_ref() == Some(&leads.service));
        let its = its.filter_map(|slice| slice.endpoint_slice());
        let endpoints = its.flat_map(|slice| &slice.endpoints);
        let ready = endpoints.filter(|one| Standing::of(&one.conditions) == Standing::Ready);
        leads.ready = ready.count();
    }
    order::sort_by_key(&mut all, |leads| leads.service.clone());
    all.dedup_by(|one, other| one.service == other.service);
    all
}
