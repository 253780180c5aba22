//! Requests in words, in the grammar of the page.

use std::fmt;
use std::rc::Rc;

use super::{Leg, Network, Requests, is_own};
use crate::cluster::network::proxy::probability;
use crate::cluster::network::request::{Choice, Endpoint, Outcome, Place, Request, RequestId};

/// A hop in words, part by part. Printed as
/// `Hop 3 of 22, bridge of node-1, 10.244.1.2:32768 to 10.96.7.7:80, Service default/web: to …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopWords {
    /// Which, counted from 1.
    pub number: usize,
    /// How many there are, there and back.
    pub all: usize,
    /// `bridge of node-1`
    pub place: String,
    /// `10.244.1.2:32768 to 10.96.7.7:80`
    pub addresses: String,
    /// What is done to it there, and that it is the answer; empty where neither.
    pub more: String,
    /// Is it the answer?
    pub back: bool,
    /// How long after it was asked it was there: `0.2 ms`
    pub after: String,
}

impl fmt::Display for HopWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HopWords {
            number,
            all,
            place,
            addresses,
            more,
            ..
        } = self;
        let comma = if more.is_empty() { "" } else { ", " };
        write!(
            f,
            "Hop {number} of {all}, {place}, {addresses}{comma}{more}"
        )
    }
}

impl Network {
    /// A hop of one of its legs, in words.
    pub fn hop_words(&self, leg: usize, number: usize) -> Option<HopWords> {
        hop_words(&self.drawn.legs.get(leg)?.request, number)
    }
}

/// A hop of a request, in words.
pub fn hop_words(request: &Request, number: usize) -> Option<HopWords> {
    let hop = request.hops.get(number)?;
    let answer = hop.back.then_some("answer");
    let rule = Some(&*hop.rule).filter(|rule| !rule.is_empty());
    let more: Vec<&str> = rule.into_iter().chain(answer).collect();
    let micros = hop.at.since(request.asked).as_micros();
    Some(HopWords {
        number: number + 1,
        all: request.hops.len(),
        place: hop.place.to_string(),
        addresses: format!("{} to {}", hop.source, hop.destination),
        more: more.join(", "),
        back: hop.back,
        after: format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
    })
}

/// A rule of a Service: whom it sends a packet to, and how likely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `1 in 3`, `1 in 2 of the rest`, `the rest`
    pub how: String,
    /// Whom.
    pub to: Endpoint,
    /// Was it taken?
    pub taken: bool,
}

/// A Service's rules in their order.
pub fn rules(choice: &Choice) -> Vec<Rule> {
    let count = choice.candidates.len();
    let candidates = choice.candidates.iter().enumerate();
    candidates
        .map(|(index, to)| {
            let odds = (1.0 / probability(index, count)) as usize;
            Rule {
                how: match (index, odds) {
                    (0, 1) => "always".into(),
                    (_, 1) => "the rest".into(),
                    (0, odds) => format!("1 in {odds}"),
                    (_, odds) => format!("1 in {odds} of the rest"),
                },
                to: to.clone(),
                taken: choice.chosen == Some(index),
            }
        })
        .collect()
}

/// What is said of a request while nobody is told how it ends.
pub const UNDER_WAY: &str = "under way";

/// `answered 200`, `denied by NetworkPolicy default/deny`, `under way`; the last also of the one that is `still` drawn.
pub fn outcome_words(request: &Request, still: Option<RequestId>) -> String {
    let is_over = request.ended.is_some();
    match &request.outcome {
        _ if still == Some(request.id) => UNDER_WAY.into(),
        Some(outcome @ Outcome::Denied(_)) => outcome.to_string(),
        Some(Outcome::Answered(Some(status))) if is_over => format!("answered {status}"),
        Some(Outcome::NoNameServer) if is_over => "timed out".into(),
        Some(outcome) if is_over => outcome.to_string(),
        _ => UNDER_WAY.into(),
    }
}

/// Why it ended so, and what whoever asked sees of it; nothing of the one that is `still` drawn.
pub fn how_it_ended(request: &Request, still: Option<RequestId>) -> String {
    let names = request.lookups.len();
    let sees: Rc<str> = match &request.outcome {
        _ if still == Some(request.id) => return String::new(),
        Some(Outcome::Denied(_)) if request.ended.is_some() => "it waited, then timed out".into(),
        Some(Outcome::Denied(_)) => "it waits, then times out".into(),
        Some(Outcome::NoNameServer) => "no name server answered".into(),
        Some(Outcome::Refused) if request.why.is_empty() => "nobody listens on this port".into(),
        Some(Outcome::NoSuchHost) if request.why.is_empty() => match names {
            0 => "nobody knows this name".into(),
            1 => "DNS knows no such name".into(),
            all => format!("DNS knows none of the {all} names that were tried").into(),
        },
        _ => "".into(),
    };
    match (&*request.why, &*sees) {
        (why, "") => why.into(),
        ("", sees) => sees.into(),
        (why, sees) => format!("{why}; {sees}"),
    }
}

/// `default/client, sh to web:80`
pub fn from_to(request: &Request) -> String {
    format!("{} to {}", request.from, request.goal())
}

/// `default/client, sh to web:80: denied by NetworkPolicy default/deny, it waits, then times out`
pub fn told(request: &Request, still: Option<RequestId>) -> String {
    let words = format!("{}: {}", from_to(request), outcome_words(request, still));
    match &*how_it_ended(request, still) {
        "" => words,
        why => format!("{words}, {why}"),
    }
}

/// `4 answered, 1 refused`, of requests that aren't about names; the one that is `still` drawn is under way.
pub fn tally(requests: &Requests, still: Option<RequestId>) -> String {
    const KINDS: [&str; 7] = [
        "answered",
        "refused",
        "timed out",
        "denied",
        "no route",
        "no such host",
        UNDER_WAY,
    ];
    let mut counts = [0usize; KINDS.len()];
    for request in requests.values().filter(|request| is_own(request)) {
        let words = outcome_words(request, still);
        if let Some(kind) = KINDS.iter().position(|kind| words.starts_with(kind)) {
            counts[kind] += 1;
        }
    }
    let counted = counts.iter().zip(KINDS).filter(|(count, _)| **count > 0);
    let counted: Vec<String> = counted
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    counted.join(", ")
}

impl Leg {
    /// Of a question about a name: `A web.default.svc.cluster.local. of 10.96.0.10: NOERROR, 10.96.7.7`; what was
    /// answered only if that is told.
    pub fn question_words(&self, is_told: bool) -> String {
        let request = &self.request;
        let (said, answer) = match &request.outcome {
            Some(outcome) if is_told => {
                let said = match outcome {
                    Outcome::Resolved(code) => code.to_string(),
                    Outcome::Denied(_) if !request.why.is_empty() => {
                        format!("{outcome}, {}", request.why)
                    }
                    outcome => outcome.to_string(),
                };
                (said, request.body.replace('\n', ", "))
            }
            _ => (UNDER_WAY.into(), String::new()),
        };
        let comma = if answer.is_empty() { "" } else { ", " };
        format!(
            "{} of {}: {said}{comma}{answer}",
            request.said(),
            request.host
        )
    }
}

/// What the server sees of whoever asked: who, where from, and whose address that is.
pub fn sees(request: &Request) -> Option<(Rc<str>, Rc<str>, String)> {
    let last = request.hops.iter().rfind(|hop| !hop.back)?;
    let Place::Container(pod, container) = &last.place else {
        return None;
    };
    let first = request.hops.first()?;
    let server = if container.is_empty() {
        &pod.name
    } else {
        container
    };
    let whose = match last.source.ip == first.source.ip {
        true => match request.from.pod() {
            Some(pod) => format!("Pod {} itself", pod.name),
            None => "the client itself".into(),
        },
        false => "a node: its address was put in place".into(),
    };
    Some((server.clone(), last.source.ip.clone(), whose))
}
