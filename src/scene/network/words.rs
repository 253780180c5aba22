//! Requests in words, in the grammar of the page.

use std::rc::Rc;

use super::{Network, Requests, is_own};
use crate::cluster::network::proxy::probability;
use crate::cluster::network::request::{Choice, Endpoint, Hop, Outcome, Place, Request};

impl Network {
    /// `Hop 3 of 22, bridge of node-1, 10.244.1.2:32768 to 10.96.7.7:80, Service default/web: to …`
    pub fn hop_words(&self, leg: usize, number: usize) -> String {
        let Some(leg) = self.drawn.legs.get(leg) else {
            return String::new();
        };
        let hops = &leg.request.hops;
        let Some(hop) = hops.get(number) else {
            return String::new();
        };
        let Hop {
            place,
            source,
            destination,
            ..
        } = hop;
        let rule = match &*hop.rule {
            "" => String::new(),
            rule => format!(", {rule}"),
        };
        let answer = if hop.back { ", answer" } else { "" };
        let (number, all) = (number + 1, hops.len());
        format!("Hop {number} of {all}, {place}, {source} to {destination}{rule}{answer}")
    }
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

/// `answered 200`, `denied by NetworkPolicy default/deny`, `under way`
pub fn outcome_words(request: &Request) -> String {
    match &request.outcome {
        Some(Outcome::Answered(Some(status))) => format!("answered {status}"),
        Some(Outcome::NoNameServer) if request.ended.is_some() => "timed out".into(),
        Some(outcome @ Outcome::Denied(_)) => outcome.to_string(),
        Some(outcome) if request.ended.is_some() => outcome.to_string(),
        _ => "under way".into(),
    }
}

/// Why it ended so, and what whoever asked sees of it.
pub fn how_it_ended(request: &Request) -> String {
    let sees = match &request.outcome {
        Some(Outcome::Denied(_)) if request.ended.is_some() => "it waited, then timed out",
        Some(Outcome::Denied(_)) => "it waits, then times out",
        Some(Outcome::NoNameServer) => "no name server answered",
        Some(Outcome::Refused) if request.why.is_empty() => "nobody listens on this port",
        _ => "",
    };
    match (&*request.why, sees) {
        (why, "") => why.into(),
        ("", sees) => sees.into(),
        (why, sees) => format!("{why}; {sees}"),
    }
}

/// `4 answered, 1 refused`, of requests that aren't about names.
pub fn tally(requests: &Requests) -> String {
    const KINDS: [&str; 7] = [
        "answered",
        "refused",
        "timed out",
        "denied",
        "no route",
        "no such host",
        "under way",
    ];
    let mut counts = [0usize; KINDS.len()];
    for request in requests.values().filter(|request| is_own(request)) {
        let words = outcome_words(request);
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
