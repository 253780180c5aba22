//! When each hop of a request is drawn. In truth a hop takes microseconds: each is drawn for a moment, one after
//! another, and none before it has happened. Questions about names come before the request that they are for.

use std::rc::Rc;

use super::Requests;
use crate::cluster::SimTime;
use crate::cluster::network::request::{Hop, Place, Request};
use crate::scene::motion::Speeds;

/// How long a hop is drawn, in milliseconds of screen time at 1×.
const HOP_MS: f64 = 450.0;

/// A request as it is drawn: each leg is a packet there and its answer.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Questions about names, and the request itself, which is the last.
    pub legs: Vec<Leg>,
    /// How long a hop is drawn, in virtual microseconds.
    pub hop: f64,
}

/// A question about a name, or the request itself.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Which.
    pub request: Rc<Request>,
    /// From when on each of its hops is drawn.
    pub moments: Vec<SimTime>,
}

/// Where a request is at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Present {
    /// Which of its legs.
    pub leg: usize,
    /// Which hop of that.
    pub hop: usize,
    /// How far it is to the next one: 0 to 1.
    pub part: f64,
    /// Does nothing of it move any more?
    pub over: bool,
}

/// The moments at which a request is drawn.
pub fn drawn(requests: &Requests, request: &Rc<Request>, speeds: &Speeds) -> Drawn {
    let hop = speeds.length(request.asked, HOP_MS);
    let lookups = request.lookups.iter();
    let lookups = lookups.filter_map(|id| requests.get(id).cloned());
    let mut free = request.asked.0 as f64;
    let mut legs = Vec::new();
    for request in lookups.chain([request.clone()]) {
        let mut moments = Vec::with_capacity(request.hops.len());
        for one in &request.hops {
            let from = free.max(one.at.0 as f64);
            moments.push(SimTime(from as i64));
            free = from + hop;
        }
        legs.push(Leg { request, moments });
    }
    Drawn { legs, hop }
}

impl Drawn {
    /// When it is drawn at its last place. Until then nobody is told how it ends.
    pub fn arrives(&self) -> SimTime {
        let last = self.legs.iter().rev().find_map(|leg| leg.moments.last());
        last.copied().unwrap_or(SimTime::ZERO)
    }

    /// When the last hop has been drawn.
    pub fn until(&self) -> SimTime {
        match self.arrives() {
            SimTime::ZERO => SimTime::ZERO,
            last => SimTime(last.0 + self.hop as i64),
        }
    }

    /// The same as far as it was known at `t`: an answer that comes later takes nobody's turn away.
    pub fn until_known_at(&self, t: SimTime) -> SimTime {
        let hops = |leg: &Leg| leg.request.hops.partition_point(|hop| hop.at <= t);
        let last = |leg: &Leg| Some(*leg.moments.get(hops(leg).checked_sub(1)?)?);
        let last = self.legs.iter().rev().find_map(last);
        last.map_or(SimTime::ZERO, |last| SimTime(last.0 + self.hop as i64))
    }

    /// Where it is at `t`; nothing before its first hop.
    pub fn present(&self, t: SimTime) -> Option<Present> {
        let begun = |leg: &Leg| leg.moments.first().is_some_and(|at| *at <= t);
        let leg = self.legs.iter().rposition(begun)?;
        let moments = &self.legs[leg].moments;
        let hop = moments.partition_point(|at| *at <= t).saturating_sub(1);
        let done = (t.0 - moments[hop].0) as f64 / self.hop.max(1.0);
        // The last hop leads nowhere.
        let part = match hop + 1 < moments.len() {
            true => done.clamp(0.0, 1.0),
            false => 0.0,
        };
        Some(Present {
            leg,
            hop,
            part,
            over: t >= self.until(),
        })
    }

    /// All places that it comes by, those of the request itself first.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let hops = self.legs.iter().rev().flat_map(|leg| &leg.request.hops);
        hops.map(|hop| &hop.place)
    }
}

impl Leg {
    /// Its hops on the way there.
    pub fn there(&self) -> &[Hop] {
        let hops = &self.request.hops;
        let end = hops.iter().position(|hop| hop.back);
        &hops[..end.unwrap_or(hops.len())]
    }

    /// Was it stopped on its way there, for good?
    pub fn is_stopped(&self) -> bool {
        use crate::cluster::network::request::Outcome;
        let is_lost = matches!(
            self.request.outcome,
            Some(Outcome::Denied(_) | Outcome::NoRoute | Outcome::TimedOut | Outcome::Refused)
        );
        is_lost && self.there().len() == self.request.hops.len()
    }
}
