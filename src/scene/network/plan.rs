//! The lines on which packets go, between the boxes: each runs straight or bends at right angles.

use super::boxes::{
    Boxes, EndBox, HostBox, NodeBox, PLATE_HEAD, PodBox, RULE, RULES, STRIP, boxes,
};
use super::drawn::{Leg, Present};
use super::{Network, Rule, rules};
use crate::api::ObjectKey;
use crate::cluster::network::request::{Choice, Outcome, Place};

/// A place in the picture, in CSS pixels.
pub type Point = (f64, f64);

/// Before a Pod's way in, a policy stops what it lets not through.
const BAR: f64 = 26.0;

/// Where the road is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// Below the hosts, at this height.
    Below(f64),
    /// Beside them, there.
    Beside(f64),
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How wide and how high all of it is.
    pub size: Point,
    /// Hosts.
    pub hosts: Vec<HostBox>,
    /// Nodes.
    pub nodes: Vec<NodeBox>,
    /// Who is on no node.
    pub ends: Vec<EndBox>,
    /// Of each leg its steps there: from each place to the next.
    steps: Vec<Vec<Vec<Point>>>,
    /// Of each leg where it begins, for one that comes nowhere else.
    begins: Vec<Option<Point>>,
}

/// Where everything stands in this width.
pub fn plan(network: &Network, width: f64) -> Plan {
    let boxes = boxes(network, width);
    let legs = network.drawn.legs.iter();
    let steps = legs.clone().map(|leg| boxes.steps(leg)).collect();
    let begins = legs.map(|leg| boxes.begins(leg)).collect();
    let Boxes {
        hosts,
        nodes,
        ends,
        size,
        ..
    } = boxes;
    Plan {
        size,
        hosts,
        nodes,
        ends,
        steps,
        begins,
    }
}

/// The Pod that a leg comes from.
fn source(leg: &Leg) -> Option<&ObjectKey> {
    leg.request.from.pod()
}

/// The rules that are shown of a Service, the one that was taken among them.
pub fn shown_rules(choice: &Choice) -> Vec<Rule> {
    let mut all = rules(choice);
    let taken = choice.chosen.unwrap_or(0);
    let first = taken
        .saturating_sub(RULES / 2)
        .min(all.len().saturating_sub(RULES));
    all.drain(..first);
    all.truncate(RULES);
    all
}

impl Plan {
    /// The whole line of a leg.
    pub fn line(&self, leg: usize) -> Vec<Point> {
        let steps = self.steps.get(leg).into_iter().flatten();
        let mut line: Vec<Point> = Vec::new();
        for point in steps.flatten() {
            if line.last() != Some(point) {
                line.push(*point);
            }
        }
        line
    }

    /// Where a leg's places are, in the order of its way there.
    pub fn places(&self, leg: usize) -> Vec<Point> {
        let Some(steps) = self.steps.get(leg) else {
            return Vec::new();
        };
        let begins = self.begins.get(leg).copied().flatten();
        let ends = steps.iter().filter_map(|step| step.last().copied());
        begins.into_iter().chain(ends).collect()
    }

    /// Where a packet is; and does it go to the left?
    pub fn position(&self, leg: &Leg, present: Present) -> Option<(Point, bool)> {
        let places = self.places(present.leg);
        let steps = self.steps.get(present.leg)?;
        let (there, hop) = (leg.there().len(), present.hop);
        if hop < there {
            let step = steps.get(hop);
            return match step {
                Some(step) => Some(along(step.iter().copied(), present.part)),
                None => places.last().map(|last| (*last, false)),
            };
        }
        let at = (2 * there).checked_sub(hop + 1)?;
        match at.checked_sub(1).and_then(|before| steps.get(before)) {
            Some(step) => Some(along(step.iter().rev().copied(), present.part)),
            None => places.first().map(|first| (*first, true)),
        }
    }
}

/// A part of the way along a line of right angles, and whether it goes to the left there.
fn along(line: impl Iterator<Item = Point> + Clone, part: f64) -> (Point, bool) {
    let length = |(a, b): (Point, Point)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
    let pairs = line.clone().zip(line.clone().skip(1));
    let mut left = pairs.clone().map(length).sum::<f64>() * part;
    let mut last = (line.clone().next().unwrap_or_default(), false);
    for (from, to) in pairs {
        let long = length((from, to));
        if long <= 0.0 {
            continue;
        }
        let to_left = to.0 < from.0;
        let done = (left / long).min(1.0);
        last = (
            (
                from.0 + (to.0 - from.0) * done,
                from.1 + (to.1 - from.1) * done,
            ),
            to_left,
        );
        left -= long;
        if left <= 0.0 {
            break;
        }
    }
    last
}

impl Boxes {
    fn node(&self, name: &str) -> Option<&NodeBox> {
        self.nodes.iter().find(|node| &*node.part.name == name)
    }

    fn pod(&self, key: &ObjectKey) -> Option<(&NodeBox, &PodBox)> {
        self.nodes.iter().find_map(|node| {
            let pod = node.pods.iter().find(|pod| pod.body.key == *key)?;
            Some((node, pod))
        })
    }

    fn onto_road(&self, from: Point) -> Point {
        match self.side {
            Side::Below(y) => (from.0, y),
            Side::Beside(x) => (x, from.1),
        }
    }

    /// Where a packet is on a host: by the ways out of its machines.
    fn on_host(&self, host: &str) -> Option<Point> {
        let own = self.nodes.iter().filter(|node| &*node.part.host == host);
        let outs: Vec<Point> = own.map(|node| node.eth0).collect();
        let rect = self.hosts.iter().find(|one| &*one.name == host)?.rect;
        let count = outs.len().max(1) as f64;
        let sum = |of: fn(&Point) -> f64| outs.iter().map(of).sum::<f64>() / count;
        Some(match self.side {
            Side::Below(_) => (sum(|out| out.0), rect.y + rect.height - STRIP / 2.0),
            Side::Beside(_) => (rect.x + rect.width - 5.0, sum(|out| out.1)),
        })
    }

    fn point(&self, place: &Place, source: Option<&ObjectKey>) -> Option<Point> {
        match place {
            Place::Container(key, name) => {
                let (_, pod) = self.pod(key)?;
                let is_it = |(number, _): &&(usize, _)| pod.body.containers[*number].name == *name;
                let block = pod.containers.iter().find(is_it);
                let block = block.or(pod.containers.first());
                Some(block.map_or(pod.socket, |(_, rect)| {
                    (rect.x + rect.width, rect.y + rect.height / 2.0)
                }))
            }
            Place::Veth(key) => Some(self.pod(key)?.1.socket),
            Place::Bridge(name) => {
                let node = self.node(name)?;
                let own = source.and_then(|key| node.pods.iter().find(|pod| pod.body.key == *key));
                let x = own.map_or(node.lane, |pod| pod.socket.0);
                Some((x, node.bridge.y + node.bridge.height / 2.0))
            }
            Place::Node(name) => Some(self.node(name)?.eth0),
            Place::Host(name) => self.on_host(name),
            Place::Road(from, to) => {
                let from = self.onto_road(self.on_host(from)?);
                let to = self.onto_road(self.on_host(to)?);
                Some(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0))
            }
            end => Some(self.ends.iter().find(|one| one.place == *end)?.port),
        }
    }

    /// Where a leg is seen first.
    fn begins(&self, leg: &Leg) -> Option<Point> {
        let mut places = leg.there().iter();
        places.find_map(|hop| self.point(&hop.place, source(leg)))
    }

    /// From each place of a leg to the next.
    fn steps(&self, leg: &Leg) -> Vec<Vec<Point>> {
        let hops = leg.there();
        let mut steps: Vec<Vec<Point>> = Vec::new();
        // Of what is gone there is no place: the packet stays where it was, or begins where it is known first.
        let mut at = self.begins(leg).unwrap_or_default();
        for pair in hops.windows(2) {
            let (from, to) = (&pair[0], &pair[1]);
            let choice = leg.request.choice.as_ref();
            let rewrites = choice.filter(|_| from.destination != to.destination);
            let row = rewrites.and_then(|choice| self.rule_row(choice));
            let points = (
                self.point(&from.place, source(leg)),
                self.point(&to.place, source(leg)),
            );
            let next = points.1.unwrap_or(at);
            steps.push(match points {
                (Some(a), Some(b)) => self.step((&from.place, a), (&to.place, b), row),
                _ => vec![at, (next.0, at.1), next],
            });
            at = next;
        }
        let is_denied = matches!(leg.request.outcome, Some(Outcome::Denied(_)));
        let stops = hops
            .last()
            .is_some_and(|hop| matches!(hop.place, Place::Veth(_)));
        if is_denied
            && stops
            && let Some(end) = steps.last_mut().and_then(|step| step.last_mut())
        {
            end.1 += BAR;
        }
        steps
    }

    /// The height of the rule that was taken, where its lane is, and the edge of the rules beside that.
    fn rule_row(&self, choice: &Choice) -> Option<(f64, f64, f64)> {
        let node = self.node(&choice.node)?;
        let plate = node.plate?;
        let rules = shown_rules(choice);
        let row = rules.iter().position(|rule| rule.taken)?;
        let edge = match node.lane_right {
            true => plate.x + plate.width,
            false => plate.x,
        };
        let y = plate.y + PLATE_HEAD + RULE * (row as f64 + 0.5);
        Some((y, node.lane, edge))
    }

    fn step(
        &self,
        (from, a): (&Place, Point),
        (to, b): (&Place, Point),
        row: Option<(f64, f64, f64)>,
    ) -> Vec<Point> {
        match (from, to) {
            // Through the rule that replaces its address.
            (Place::Bridge(_) | Place::Node(_), _) if row.is_some() => {
                let (y, lane, edge) = row.unwrap_or_default();
                let mut line = match from {
                    Place::Bridge(_) => vec![a, (a.0, y), (lane, y)],
                    _ => vec![a, (lane, a.1), (lane, y), (edge, y), (lane, y)],
                };
                match to {
                    Place::Node(_) => line.extend([(lane, b.1), b]),
                    Place::Veth(_) => {
                        let bridge = self.bridge_above(b);
                        line.extend([(lane, bridge), (b.0, bridge), b]);
                    }
                    _ => line.extend([(lane, b.1), b]),
                }
                line
            }
            (Place::Container(..), Place::Veth(_)) => vec![a, (b.0, a.1), b],
            (Place::Veth(_), Place::Container(..)) => vec![a, (a.0, b.1), b],
            (Place::Bridge(_), Place::Veth(_)) => vec![a, (b.0, a.1), b],
            (Place::Bridge(name), Place::Node(_)) => {
                let lane = self.node(name).map_or(b.0, |node| node.lane);
                vec![a, (lane, a.1), (lane, b.1), b]
            }
            (Place::Node(name), Place::Bridge(_)) => {
                let lane = self.node(name).map_or(a.0, |node| node.lane);
                vec![a, (lane, a.1), (lane, b.1), b]
            }
            (Place::Container(key, _), Place::Node(_)) => {
                // A Pod on its node's own network has no cable.
                let pod = self.pod(key);
                let socket = pod.map_or(a, |(_, pod)| pod.socket);
                let (lane, bridge) = pod.map_or(b, |(node, _)| (node.lane, node.bridge.y - 16.0));
                vec![
                    a,
                    (socket.0, a.1),
                    (socket.0, bridge),
                    (lane, bridge),
                    (lane, b.1),
                    b,
                ]
            }
            (Place::Host(_), Place::Host(_) | Place::Road(..)) | (Place::Road(..), _) => {
                let (on_a, on_b) = (self.onto_road(a), self.onto_road(b));
                vec![a, on_a, on_b, b]
            }
            (Place::Outside | Place::NameServer | Place::ApiServer, Place::Host(_))
            | (Place::Host(_), Place::Outside | Place::NameServer | Place::ApiServer) => {
                vec![a, self.onto_road(a), self.onto_road(b), b]
            }
            (Place::Host(_), Place::Node(_)) => match self.side {
                Side::Below(_) => vec![a, (b.0, a.1), b],
                Side::Beside(_) => vec![a, (a.0, b.1), b],
            },
            (Place::Node(_), Place::Host(_)) => match self.side {
                Side::Below(_) => vec![a, (a.0, b.1), b],
                Side::Beside(_) => vec![a, (b.0, a.1), b],
            },
            _ => vec![a, (b.0, a.1), b],
        }
    }

    /// The middle of the bridge below a Pod's way out.
    fn bridge_above(&self, socket: Point) -> f64 {
        let has = |node: &&NodeBox| node.pods.iter().any(|pod| pod.socket == socket);
        let node = self.nodes.iter().find(has);
        node.map_or(socket.1, |node| node.bridge.y + node.bridge.height / 2.0)
    }
}
