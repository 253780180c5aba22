//! How fast Nodes of one zone are given up, going by how many of them are well. Models
//! `ComputeZoneState`, `handleDisruption` and the `RateLimitedTimedQueue` of
//! `pkg/controller/nodelifecycle`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::node::Node;
use crate::cluster::SimTime;
use crate::collections::Map;

/// One Node in ten seconds. `NodeEvictionRate` is 0.1 a second.
const PACE: Duration = Duration::from_secs(10);

/// One in a hundred seconds. `SecondaryNodeEvictionRate` is 0.01 a second.
const SECONDARY_PACE: Duration = Duration::from_secs(100);

/// A zone of more Nodes is large. `LargeClusterSizeThreshold`.
const LARGE: usize = 50;

/// From so many percent of Nodes that aren't Ready on, a zone is thought to be at fault itself.
/// `UnhealthyZoneThreshold`.
const UNHEALTHY_PERCENT: usize = 55;

/// How a zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Initial,
    /// Most Nodes are well.
    Normal,
    /// None is.
    FullDisruption,
    /// Few are.
    PartialDisruption,
}

/// A zone, and its Nodes that are to be given up.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Zone {
    state: State,
    /// From one Node to the next; `None`: not at all.
    pace: Option<Duration>,
    /// When the next may be given up.
    next: SimTime,
    waiting: Vec<Rc<str>>,
}

impl Default for Zone {
    fn default() -> Self {
        Zone {
            state: State::Initial,
            pace: Some(PACE),
            next: SimTime(i64::MIN),
            waiting: Vec::new(),
        }
    }
}

impl Zone {
    /// Models `SwapLimiter`: whoever has to wait still has to.
    fn set_pace(&mut self, pace: Option<Duration>, now: SimTime) {
        if pace == self.pace {
            return;
        }
        self.next = match pace {
            Some(pace) if self.pace.is_none() || self.next > now => now + pace,
            _ => now,
        };
        self.pace = pace;
    }
}

/// All zones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Zones(Map<Rc<str>, Zone>);

/// Where a Node is. Models `GetZoneKey`.
pub fn zone_of(node: &Node) -> Rc<str> {
    let label = |name: &str| node.metadata.labels.get(name).map_or("", |label| label);
    let region = label("topology.kubernetes.io/region");
    let zone = label("topology.kubernetes.io/zone");
    match region.is_empty() && zone.is_empty() {
        true => "".into(),
        false => format!("{region}:\0:{zone}").into(),
    }
}

/// Models `ComputeZoneState`.
fn state_of(ready: usize, others: usize) -> State {
    if ready == 0 && others > 0 {
        State::FullDisruption
    } else if others > 2 && others * 100 >= (others + ready) * UNHEALTHY_PERCENT {
        State::PartialDisruption
    } else {
        State::Normal
    }
}

/// How fast a zone of this size gives Nodes up.
fn pace_of(state: State, size: usize) -> Option<Duration> {
    match state {
        State::PartialDisruption if size > LARGE => Some(SECONDARY_PACE),
        State::PartialDisruption => None,
        _ => Some(PACE),
    }
}

impl Zones {
    /// A Node is to be given up, as soon as its zone may.
    pub fn add(&mut self, node: &Node) {
        let name = &node.metadata.name;
        let zone = self.0.or_default(zone_of(node));
        if !zone.waiting.contains(name) {
            zone.waiting.push(name.clone());
        }
    }

    /// It isn't any more.
    pub fn remove(&mut self, node: &Node) {
        if let Some(zone) = self.0.get_mut(&zone_of(node)) {
            zone.waiting.retain(|name| *name != node.metadata.name);
        }
    }

    /// The Nodes whose turn it is.
    pub fn due(&mut self, now: SimTime) -> Vec<Rc<str>> {
        let mut due = Vec::new();
        let keys: Vec<Rc<str>> = self.0.keys().cloned().collect();
        for key in keys {
            let Some(zone) = self.0.get_mut(&key) else {
                continue;
            };
            while let Some(pace) = zone
                .pace
                .filter(|_| zone.next <= now && !zone.waiting.is_empty())
            {
                zone.next = now + pace;
                due.push(zone.waiting.remove(0));
            }
        }
        due
    }

    /// When the next turn is.
    pub fn next_turn(&self) -> Option<SimTime> {
        let waiting = self
            .0
            .values()
            .filter(|zone| zone.pace.is_some() && !zone.waiting.is_empty());
        waiting.map(|zone| zone.next).min()
    }

    /// Is any zone not as it should be?
    pub fn is_disrupted(&self) -> bool {
        self.0
            .values()
            .any(|zone| !matches!(zone.state, State::Initial | State::Normal))
    }

    /// Counts Nodes. Tells whether from now on all are thought to be out of reach together: then none is
    /// given up. Models `handleDisruption`.
    pub fn look(&mut self, nodes: &[Rc<Node>], now: SimTime) -> bool {
        let mut counts: BTreeMap<Rc<str>, (usize, usize)> = BTreeMap::new();
        for node in nodes {
            let excluded = node
                .metadata
                .labels
                .contains_key("node.kubernetes.io/exclude-disruption");
            if !excluded {
                let (ready, others) = counts.entry(zone_of(node)).or_default();
                *(if node.is_ready() { ready } else { others }) += 1;
            }
        }
        let is_full = |state: State| state == State::FullDisruption;
        let states = counts.iter().map(|(zone, (ready, others))| {
            (zone.clone(), state_of(*ready, *others), ready + others)
        });
        let states: Vec<(Rc<str>, State, usize)> = states.collect();
        for (zone, ..) in &states {
            self.0.or_default(zone.clone());
        }
        let gone: Vec<Rc<str>> = self
            .0
            .keys()
            .filter(|zone| !counts.contains_key(*zone))
            .cloned()
            .collect();
        for zone in gone {
            self.0.remove(&zone);
        }
        let was_all = self.0.values().all(|zone| is_full(zone.state));
        let is_all = states.iter().all(|(_, state, _)| is_full(*state));
        for (key, state, size) in states {
            let Some(zone) = self.0.get_mut(&key) else {
                continue;
            };
            let pace = if is_all { None } else { pace_of(state, size) };
            if zone.state != state || was_all != is_all {
                zone.set_pace(pace, now);
                zone.state = state;
            }
        }
        is_all && !was_all && !nodes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn node(name: &str, zone: &str, ready: bool) -> Rc<Node> {
        let status = if ready { "True" } else { "Unknown" };
        let yaml = format!(
            "{{metadata: {{name: {name}, labels: {{topology.kubernetes.io/zone: {zone}}}}},
               status: {{conditions: [{{type: Ready, status: '{status}'}}]}}}}"
        );
        let json: serde_json::Value = serde_yaml::from_str(&yaml).expect("it is YAML");
        Rc::new(view::read(&Value::from_json(&json)).expect("it fits"))
    }

    /// `a:+++-`: zone a has three Nodes that are well and one that isn't.
    fn nodes(words: &str) -> Vec<Rc<Node>> {
        let zone = |word: &str| {
            let (zone, all) = word.split_once(':').expect("a zone and its Nodes");
            let each = all.chars().enumerate();
            each.map(|(number, one)| node(&format!("{zone}{number}"), zone, one == '+'))
                .collect::<Vec<_>>()
        };
        words.split_whitespace().flat_map(zone).collect()
    }

    #[test]
    fn zones_that_are_at_fault_themselves_give_fewer_nodes_up() {
        let at = SimTime::from_seconds;
        for (words, second, third) in [
            // One each ten seconds.
            ("a:++--", "a3", ""),
            // The whole zone, but not all of them.
            ("a:-- b:++", "a1", ""),
            // More than half of a small zone: none.
            ("a:+--- b:++", "", ""),
            // All of them: none.
            ("a:-- b:-", "", ""),
        ] {
            let nodes = nodes(words);
            let mut zones = Zones::default();
            zones.look(&nodes, at(0.0));
            for node in nodes.iter().filter(|node| !node.is_ready()) {
                zones.add(node);
            }
            zones.due(at(0.0));
            assert_eq!(zones.due(at(9.9)), [] as [Rc<str>; 0], "{words}");
            let due = |zones: &mut Zones, seconds| zones.due(at(seconds)).join(" ");
            assert_eq!(due(&mut zones, 10.0), second, "{words}");
            assert_eq!(due(&mut zones, 40.0), third, "{words}");
        }
    }

    #[test]
    fn when_all_are_out_of_reach_nobody_is_blamed() {
        let at = SimTime::from_seconds;
        let mut zones = Zones::default();
        assert!(!zones.look(&nodes("a:+- b:+"), at(0.0)));
        assert!(zones.look(&nodes("a:-- b:-"), at(5.0)));
        assert!(!zones.look(&nodes("a:-- b:-"), at(10.0)));
        assert!(!zones.look(&nodes("a:+- b:-"), at(15.0)));
        zones.add(&node("a1", "a", false));
        assert_eq!(zones.next_turn(), Some(at(25.0)));
    }
}
