//! Where hosts, nodes, Pods and those outside stand: side by side where there is room, else one below the other.
//! Units are CSS pixels: text isn't scaled.

use std::rc::Rc;

use super::plan::{Point, Side};
use super::{Network, NodePart, rules};
use crate::cluster::network::request::{Outcome, Place};
use crate::scene::glyphs::{PodBody, Rect};

/// A node needs so much to stand beside another.
const LEAST: f64 = 292.0;
const MOST: f64 = 460.0;
const MARGIN: f64 = 6.0;
const PAD: f64 = 10.0;
const GAP: f64 = 16.0;
/// A node's name, above its Pods.
const HEAD: f64 = 30.0;
/// A host's name, below its nodes.
pub const STRIP: f64 = 26.0;
/// Between Pods and the bridge.
const WIRE: f64 = 54.0;
const BRIDGE: f64 = 22.0;
/// A Pod's name and address.
const POD_HEAD: f64 = 46.0;
/// A container with the gap below it.
pub const BLOCK: f64 = 30.0;
/// Containers that are shown of a Pod.
const BLOCKS: usize = 4;
/// The head of a Service, a rule of it, and what stands below.
pub const PLATE_HEAD: f64 = 30.0;
/// A rule.
pub const RULE: f64 = 24.0;
const PLATE_FOOT: f64 = 22.0;
const REWRITTEN: f64 = 40.0;
/// Rules that are shown; the list has all.
pub const RULES: usize = 5;
const CARD: f64 = 56.0;
/// What a line of words adds to a card.
pub const CARD_LINE: f64 = 16.0;
/// Above a node's lower edge, beside its way out.
const FOOT: f64 = 34.0;
/// From a host to the road, and to those who stand by it.
const ROAD: f64 = 34.0;
const END: f64 = 44.0;
/// How far the lane is from a node's edge.
const LANE: f64 = 20.0;

/// A Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBox {
    /// What it shows.
    pub body: Rc<PodBody>,
    /// Its outline.
    pub rect: Rect,
    /// Its way out.
    pub socket: Point,
    /// Containers by their number in the body.
    pub containers: Vec<(usize, Rect)>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeBox {
    /// Which.
    pub part: NodePart,
    /// Its card.
    pub rect: Rect,
    /// The bridge.
    pub bridge: Rect,
    /// Where lines run between the bridge and the way out.
    pub lane: f64,
    /// Is the lane at its right edge?
    pub lane_right: bool,
    /// Its way out.
    pub eth0: Point,
    /// Its Pods.
    pub pods: Vec<PodBox>,
    /// Where a Service's rules stand.
    pub plate: Option<Rect>,
    /// Where something is said of the request.
    pub card: Option<Rect>,
}

/// A host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBox {
    /// Its name; empty where no machine is known.
    pub name: Rc<str>,
    /// All of it.
    pub rect: Rect,
}

/// Somebody who is on no node.
#[derive(Clone, Debug, PartialEq)]
pub struct EndBox {
    /// Who.
    pub place: Place,
    /// Where.
    pub rect: Rect,
    /// Where lines end.
    pub port: Point,
}

/// All boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxes {
    pub hosts: Vec<HostBox>,
    pub nodes: Vec<NodeBox>,
    pub ends: Vec<EndBox>,
    pub side: Side,
    pub size: Point,
}

/// What each node has below its bridge.
struct Room {
    rules: Option<usize>,
    /// How high its card is.
    card: Option<f64>,
}

fn room(network: &Network, node: &NodePart) -> Room {
    let legs = network.drawn.legs.iter();
    let choices = legs.filter_map(|leg| leg.request.choice.as_ref());
    let here = choices.filter(|choice| choice.node == node.name);
    let rules = here.map(|choice| rules(choice).len().clamp(1, RULES)).max();
    let own = network.drawn.legs.last();
    let last = own.and_then(|leg| leg.there().last());
    let card = last.is_some_and(|hop| match &hop.place {
        Place::Container(pod, _) | Place::Veth(pod) => {
            node.pods.iter().any(|body| body.key == *pod)
        }
        Place::Bridge(name) | Place::Node(name) => *name == node.name,
        _ => false,
    });
    // Who denies says what it allows.
    let is_denied = matches!(network.request.outcome, Some(Outcome::Denied(_)));
    let lines = if is_denied { 5.0 } else { 2.0 };
    let card = card.then_some(CARD + CARD_LINE * lines);
    Room { rules, card }
}

/// How high so many rules of a Service stand, one at least.
pub fn plate_height(rules: usize) -> f64 {
    PLATE_HEAD + RULE * rules.max(1) as f64 + PLATE_FOOT
}

impl Room {
    fn plate(&self) -> f64 {
        self.rules.map_or(0.0, plate_height)
    }

    fn height(&self) -> f64 {
        let plate = self.rules.map_or(0.0, |_| self.plate() + REWRITTEN);
        let card = self.card.map_or(0.0, |card| card + 12.0);
        (plate + card).max(30.0) + 16.0
    }
}

fn shown(body: &PodBody) -> Vec<usize> {
    let is_beside = |number: &usize| {
        let glyph = &body.containers[*number];
        glyph.step.is_none() || glyph.solid
    };
    let all = (0..body.containers.len()).filter(is_beside);
    all.take(BLOCKS).collect()
}

fn pod_height(body: &PodBody) -> f64 {
    POD_HEAD + BLOCK * shown(body).len() as f64 + 8.0
}

/// Where everything stands in this width.
pub fn boxes(network: &Network, width: f64) -> Boxes {
    let groups = by_host(&network.nodes);
    let (hosts, count) = (groups.len() as f64, network.nodes.len() as f64);
    let frame =
        2.0 * MARGIN + (hosts - 1.0).max(0.0) * 36.0 + hosts * 2.0 * PAD + (count - hosts) * GAP;
    let column = ((width - frame) / count.max(1.0)).min(MOST);
    let mut boxes = match column >= LEAST || network.nodes.len() == 1 && width >= 560.0 {
        true => side_by_side(network, &groups, column),
        false => one_below_the_other(network, &groups, width),
    };
    ends(network, &mut boxes, width);
    boxes
}

/// Nodes of one host together, in the order in which they are met.
fn by_host(nodes: &[NodePart]) -> Vec<Vec<&NodePart>> {
    let mut groups: Vec<Vec<&NodePart>> = Vec::new();
    for node in nodes {
        match groups.iter_mut().find(|group| group[0].host == node.host) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    groups
}

fn side_by_side(network: &Network, groups: &[Vec<&NodePart>], column: f64) -> Boxes {
    let all = groups.iter().flatten();
    let pods = all.clone().flat_map(|node| &node.pods);
    let pods = pods.map(|body| pod_height(body)).fold(POD_HEAD, f64::max);
    let below = all
        .map(|node| room(network, node).height())
        .fold(0.0, f64::max);
    let height = HEAD + pods + WIRE + BRIDGE + below + FOOT;
    let (mut hosts, mut nodes, mut x) = (Vec::new(), Vec::new(), MARGIN);
    for group in groups {
        let left = x;
        x += PAD;
        for node in group {
            let rect = at(x, MARGIN + PAD, column, height);
            let right = nodes.is_empty();
            nodes.push(node_box(network, node, rect, pods, right, false));
            x += column + GAP;
        }
        x += PAD - GAP;
        hosts.push(HostBox {
            name: group[0].host.clone(),
            rect: at(left, MARGIN, x - left, height + 2.0 * PAD + STRIP),
        });
        x += 36.0;
    }
    let bottom = MARGIN + height + 2.0 * PAD + STRIP;
    Boxes {
        hosts,
        nodes,
        ends: Vec::new(),
        side: Side::Below(bottom + ROAD),
        size: (x - 36.0 + MARGIN, bottom + MARGIN),
    }
}

fn one_below_the_other(network: &Network, groups: &[Vec<&NodePart>], width: f64) -> Boxes {
    // Beside them is the road.
    let wide = width - MARGIN - 30.0;
    let (mut hosts, mut nodes, mut y) = (Vec::new(), Vec::new(), MARGIN);
    for group in groups {
        let top = y;
        y += PAD;
        for node in group {
            let pods = node.pods.iter().map(|body| pod_height(body));
            let pods = pods.fold(POD_HEAD, f64::max);
            let height = HEAD + pods + WIRE + BRIDGE + room(network, node).height() + FOOT;
            let rect = at(MARGIN + PAD, y, wide - 2.0 * PAD, height);
            nodes.push(node_box(network, node, rect, pods, true, true));
            y += height + GAP;
        }
        y += PAD - GAP + STRIP;
        hosts.push(HostBox {
            name: group[0].host.clone(),
            rect: at(MARGIN, top, wide, y - top),
        });
        y += GAP;
    }
    Boxes {
        hosts,
        nodes,
        ends: Vec::new(),
        side: Side::Beside(width - 12.0),
        size: (width, y - GAP + MARGIN),
    }
}

fn at(x: f64, y: f64, width: f64, height: f64) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

fn node_box(
    network: &Network,
    part: &NodePart,
    rect: Rect,
    pods: f64,
    lane_right: bool,
    out_beside: bool,
) -> NodeBox {
    let right = rect.x + rect.width;
    let lane = if lane_right {
        right - LANE
    } else {
        rect.x + LANE
    };
    let bottom = rect.y + HEAD + pods;
    let bridge = at(rect.x + 12.0, bottom + WIRE, rect.width - 24.0, BRIDGE);
    let room = room(network, part);
    let left = if lane_right {
        rect.x + 12.0
    } else {
        lane + 18.0
    };
    let wide = rect.width - 12.0 - LANE - 18.0;
    let below = bridge.y + BRIDGE + 26.0;
    let plate = room.rules.map(|_| at(left, below, wide, room.plate()));
    let under = plate.map_or(below - 6.0, |plate| plate.y + plate.height + REWRITTEN);
    let card = room.card.map(|high| at(left, under, wide, high));
    let end = rect.y + rect.height;
    NodeBox {
        part: part.clone(),
        rect,
        bridge,
        lane,
        lane_right,
        eth0: if out_beside {
            (right, end - 18.0)
        } else {
            (lane, end)
        },
        pods: pod_boxes(part, rect, bottom),
        plate,
        card,
    }
}

/// Pods side by side, all ending at the same height.
fn pod_boxes(part: &NodePart, rect: Rect, bottom: f64) -> Vec<PodBox> {
    let (count, inner) = (part.pods.len() as f64, rect.width - 24.0);
    let wide = ((inner - (count - 1.0).max(0.0) * 10.0) / count.max(1.0)).min(196.0);
    let one = |(number, body): (usize, &Rc<PodBody>)| {
        let height = pod_height(body);
        let outline = at(
            rect.x + 12.0 + number as f64 * (wide + 10.0),
            bottom - height,
            wide,
            height,
        );
        let blocks = shown(body).into_iter().enumerate().map(|(row, container)| {
            let y = outline.y + POD_HEAD + BLOCK * row as f64;
            (container, at(outline.x + 8.0, y, wide - 36.0, BLOCK - 5.0))
        });
        PodBox {
            body: body.clone(),
            rect: outline,
            socket: (outline.x + wide - 15.0, bottom),
            containers: blocks.collect(),
        }
    };
    part.pods.iter().enumerate().map(one).collect()
}

/// Those who are on no node stand by the road.
fn ends(network: &Network, boxes: &mut Boxes, width: f64) {
    let mut places: Vec<Place> = Vec::new();
    for place in network.drawn.places() {
        let is_end = matches!(place, Place::Outside | Place::NameServer | Place::ApiServer);
        if is_end && !places.contains(place) {
            places.push(place.clone());
        }
    }
    let (count, is_road) = (places.len() as f64, boxes.hosts.len() > 1);
    match boxes.side {
        Side::Below(road) => {
            if count > 0.0 {
                boxes.size.1 = road + 28.0 + END + MARGIN;
            } else if is_road {
                boxes.size.1 = road + 22.0;
            }
            let room = boxes.size.0.max(width.min(420.0));
            let wide = 196.0_f64.min(room / count.max(1.0) - 12.0);
            for (number, place) in places.into_iter().enumerate() {
                let middle = room * (number as f64 + 0.5) / count;
                boxes.ends.push(EndBox {
                    place,
                    rect: at(middle - wide / 2.0, road + 28.0, wide, END),
                    port: (middle, road + 28.0),
                });
            }
            boxes.size.0 = room;
        }
        Side::Beside(road) => {
            for place in places {
                let rect = at(MARGIN, boxes.size.1 + 8.0, width - MARGIN - 30.0, END);
                boxes.size.1 = rect.y + END + MARGIN;
                let port = (rect.x + rect.width, rect.y + END / 2.0);
                let port = (port.0.min(road - 4.0), port.1);
                boxes.ends.push(EndBox { place, rect, port });
            }
        }
    }
}
