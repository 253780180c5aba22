//! How a Pod stands in the Services that lead to it: what their EndpointSlices say of it, now and along time. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::glyphs::State;
use super::life_line::{Fill, Life, Span, span};
use crate::api::endpoint_slice::{Endpoint, KIND, SERVICE_NAME};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Change, SimTime, Snapshot};
use crate::collections::Map;

/// What a Service's endpoints say of a Pod; of several slices the one counts that says the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is none of them.
    Absent,
    /// It is, and nothing is to be sent there.
    NotReady,
    /// It is on its way out.
    Terminating,
    /// It takes what is sent to the Service.
    Ready,
}

impl Standing {
    fn of(endpoint: &Endpoint) -> Self {
        match (endpoint.is_ready(), endpoint.conditions.terminating) {
            (true, _) => Standing::Ready,
            (false, Some(true)) => Standing::Terminating,
            (false, _) => Standing::NotReady,
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
    its.map_or(Standing::Absent, Standing::of)
}

/// What one slice says otherwise since a change.
pub(super) struct Turned {
    pub at: SimTime,
    pub service: Rc<str>,
    pub slice: Rc<str>,
    pub standing: Standing,
}

/// The change made a slice say something else of the Pod of this uid.
pub(super) fn turned(change: &Change, uid: &str) -> Option<Turned> {
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
    (before != after).then(|| Turned {
        at: change.at,
        service,
        slice: change.object.name.clone(),
        standing: after,
    })
}

/// Who says what of a Pod at one moment after another, by Service.
#[derive(Clone, Debug, Default)]
pub(super) struct Standings(Vec<(SimTime, Rc<str>, Standing)>);

impl Standings {
    pub fn of(life: &Life) -> Self {
        let mut slices: Map<(Rc<str>, Rc<str>), Standing> = Map::new();
        let mut said: Map<Rc<str>, Standing> = Map::new();
        let mut all = Vec::new();
        let mut turns = life.turns().peekable();
        while let Some(turned) = turns.next() {
            let at = turned.at;
            slices.insert((turned.service, turned.slice), turned.standing);
            // A slice may take over from another one: what counts is what they say once all is done.
            if turns.peek().is_some_and(|next| next.at == at) {
                continue;
            }
            let mut now: Map<Rc<str>, Standing> = Map::new();
            for ((service, _), standing) in slices.iter() {
                let most = now.or_insert(service.clone(), Standing::Absent);
                *most = (*most).max(*standing);
            }
            for (service, standing) in now.iter() {
                let before = said.or_insert(service.clone(), Standing::Absent);
                if before != standing {
                    *before = *standing;
                    all.push((at, service.clone(), *standing));
                }
            }
        }
        Standings(all)
    }

    pub fn moments(&self) -> impl Iterator<Item = SimTime> {
        self.0.iter().map(|(at, ..)| *at)
    }

    /// What was said anew at a moment.
    pub fn at(&self, moment: SimTime) -> impl Iterator<Item = (&Rc<str>, Standing)> {
        let then = self.0.iter().filter(move |(at, ..)| *at == moment);
        then.map(|(_, service, standing)| (service, *standing))
    }

    /// The same in words: `Service front: ready: true`.
    pub fn words_at(&self, moment: SimTime) -> String {
        let said = self.at(moment);
        let said =
            said.map(|(service, standing)| format!("Service {service}: {}", standing.words()));
        said.collect::<Vec<String>>().join(", ")
    }

    /// What every Service that ever had it said last, up to a moment; by name. What follows the next moment that is
    /// told of is no longer this one's.
    pub fn until(&self, moment: SimTime, next: Option<SimTime>) -> Vec<Said> {
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
            } else if said.soon.is_none()
                && at.since(moment) <= SOON
                && next.is_none_or(|next| *at < next)
            {
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
    let from = ObjectKey::new(KIND, &key.namespace, "");
    let slices = snapshot.store.objects().range(from..);
    let slices = slices.take_while(|(its, _)| *its.kind == *KIND && its.namespace == key.namespace);
    let mut all: Map<Rc<str>, Leads> = Map::new();
    for (_, slice) in slices {
        let Some(service) = slice.meta.labels.get(SERVICE_NAME) else {
            continue;
        };
        let none = Leads {
            service: service.clone(),
            standing: Standing::Absent,
            ready: 0,
        };
        let leads = all.or_insert(service.clone(), none);
        leads.standing = leads.standing.max(standing(slice, &pod.meta.uid));
        let endpoints = slice.endpoint_slice().into_iter();
        let endpoints = endpoints.flat_map(|slice| &slice.endpoints);
        leads.ready += endpoints.filter(|one| one.is_ready()).count();
    }
    let its = all.values().filter(|one| one.standing != Standing::Absent);
    its.cloned().collect()
}
