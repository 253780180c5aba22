//! Why a request ended as it did: what decided it, newest first, back to whoever sent it. Ours. Left out: what went by
//! unchanged; the list of hops has it.

use super::{Drawn, Leg, UNDER_WAY, how_it_ended, outcome_words};
use crate::api::ObjectKey;
use crate::cluster::SimTime;
use crate::cluster::network::request::{Outcome, Request};

const POLICY: &str = "NetworkPolicy.networking.k8s.io";

/// Something that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it happened.
    pub at: SimTime,
    /// When that is drawn.
    pub drawn: SimTime,
    /// Who: `bridge of node-1`, `cluster DNS`, `you`
    pub who: String,
    /// What: `Service default/web: to 10.244.3.2:8080 (1 of 3)`
    pub what: String,
    /// The objects by which it was decided.
    pub by: Vec<ObjectKey>,
}

/// What led to the end of a request, as far as it is drawn at `t`; the newest first.
pub fn why(drawn: &Drawn, t: SimTime) -> Vec<Step> {
    let Some((own, questions)) = drawn.legs.split_last() else {
        return Vec::new();
    };
    let mut steps = vec![sent(&own.request)];
    steps.extend(questions.iter().filter_map(|leg| asked(leg, t)));
    steps.extend(ruled(own));
    steps.retain(|step| step.drawn <= t);
    let arrives = drawn.arrives();
    if arrives <= t {
        steps.extend(ended(own, arrives));
    }
    steps.reverse();
    steps
}

fn sent(request: &Request) -> Step {
    let again = request.by_hand.is_some_and(|by| by.again);
    Step {
        at: request.asked,
        drawn: request.asked,
        who: match request.by_hand {
            Some(_) => "you".into(),
            None => request.from.to_string(),
        },
        what: format!(
            "{} {} from {}{}",
            request.said(),
            request.goal(),
            request.from,
            if again { ", every second" } else { "" }
        ),
        by: Vec::new(),
    }
}

/// A question about its name, once it is answered or not.
fn asked(leg: &Leg, t: SimTime) -> Option<Step> {
    let answered = leg.request.hops.last()?.at;
    let drawn = *leg.moments.last()?;
    Some(Step {
        at: leg.request.ended.unwrap_or(answered),
        drawn,
        who: match &leg.request.to {
            Some(party) => party.to_string(),
            None => leg.request.host.to_string(),
        },
        what: leg.question_words(drawn <= t),
        by: Vec::new(),
    })
}

/// Places with a rule.
fn ruled(leg: &Leg) -> impl Iterator<Item = Step> {
    let request = &leg.request;
    let hops = request.hops.iter().zip(&leg.moments);
    hops.filter(|(hop, _)| !hop.rule.is_empty() && !hop.back)
        .map(|(hop, drawn)| {
            let service = request.choice.as_ref().map(|choice| &choice.service);
            let is_its = |key: &&ObjectKey| hop.rule.contains(&format!("Service {}", key.path()));
            let service = service.filter(is_its).cloned();
            let policies = match &request.outcome {
                Some(Outcome::Denied(names)) if hop.rule.contains(&**names) => policies(names),
                _ => Vec::new(),
            };
            Step {
                at: hop.at,
                drawn: *drawn,
                who: hop.place.to_string(),
                what: hop.rule.to_string(),
                by: service.into_iter().chain(policies).collect(),
            }
        })
}

/// `default/deny, default/other` are the keys of these.
fn policies(names: &str) -> Vec<ObjectKey> {
    let pairs = names.split(", ").filter_map(|name| name.split_once('/'));
    pairs
        .map(|(namespace, name)| ObjectKey::new(POLICY, namespace, name))
        .collect()
}

/// How it ended, and by whom.
fn ended(leg: &Leg, drawn: SimTime) -> Option<Step> {
    let request = &leg.request;
    let outcome = outcome_words(request, None);
    if outcome == UNDER_WAY {
        return None;
    }
    let last = request.hops.iter().rfind(|hop| !hop.back);
    let who = match (&request.outcome, &request.to, last) {
        (Some(Outcome::NoSuchHost | Outcome::NoNameServer), ..) => "DNS".into(),
        (_, Some(party), _) => party.to_string(),
        (_, None, Some(hop)) => hop.place.to_string(),
        (_, None, None) => request.from.to_string(),
    };
    let last = request.hops.last();
    let at = last.map_or(request.asked, |hop| hop.at);
    Some(Step {
        at: request.ended.unwrap_or(at),
        drawn,
        who,
        what: match &*how_it_ended(request, None) {
            "" => outcome,
            why => format!("{outcome}: {why}"),
        },
        by: Vec::new(),
    })
}
