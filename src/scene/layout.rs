//! Stable containment layout: host > VM node > Pod > container, in world units. Ours.
//!
//! The tray stands above y = 0 and grows upwards, machines below it and grow downwards, so that
//! neither moves the other. Hosts go from left to right in the order in which they came. How many nodes
//! stand in a row depends on how many there are, so that the whole is about as wide as it is high; it
//! grows in large steps, and the first of them moves nobody. A row's nodes are as high as its fullest
//! needs, in steps of a whole screen of Pods, so that one Pod more seldom moves what stands below. More
//! Pods than a node has room for stand in columns, each as much smaller. The tray never grows: its Pods get smaller, no
//! more than they have to. Beside it stand Services, where there are some and there is room.

use std::rc::Rc;

use super::cards::card_place;
use super::deck::Berth;
use super::glyphs::Rect;
use super::picture::Shape;
use super::places::{Places, Spot};
use crate::api::pod::Pod;
use crate::collections::Map;

/// Width of a node's card.
pub const NODE_WIDTH: f64 = 210.0;
/// A Pod's width, on a node and in the tray.
pub const POD_WIDTH: f64 = 190.0;
/// From a node's upper edge to its first Pod.
pub const NODE_HEAD: f64 = 42.0;
/// From its last Pod's room to its lower edge: counts, components, bars.
pub const NODE_FOOT: f64 = 112.0;
/// Height of a host's ribbed strip.
pub const HYPERVISOR: f64 = 26.0;
/// From the tray's upper edge to its Pods, where its words stand above them.
pub(super) const NARROW_TRAY_HEAD: f64 = 62.0;
/// Between the tray's left edge and its first Pod: its words stand there.
pub const TRAY_HEAD: f64 = 170.0;

const POD_ROOM: f64 = 304.0;
const SMALL_ROOM: f64 = 72.0;
/// Of a taint's tag, what stands above the room for what is below.
const TAG: f64 = 12.0;
pub(super) const GAP: f64 = 10.0;
pub(super) const HOST_PAD: f64 = 11.0;
pub(super) const HOST_GAP: f64 = 26.0;
pub(super) const TRAY_HEIGHT: f64 = 162.0;
/// Of it, for Pods: one of two containers, in full size.
pub(super) const TRAY_ROOM: f64 = 134.0;
/// The same where little can be seen at once: one of one container.
pub(super) const LOW_TRAY_ROOM: f64 = 88.0;
/// Above and below them.
pub(super) const TRAY_PAD: f64 = (TRAY_HEIGHT - TRAY_ROOM) / 2.0;
/// Width of the card of Services beside the tray.
const SERVICES: f64 = 320.0;
const POD_HEAD: u32 = 44;
const CONTAINER: u32 = 38;
const CONTAINER_GAP: u32 = 5;
const POD_PAD: u32 = 9;

/// A Pod's height: its head, and a block for each container.
pub(super) fn pod_height(pod: &Pod) -> u32 {
    let containers = pod
        .every_container()
        .count()
        .try_into()
        .unwrap_or(u32::MAX / 64);
    POD_HEAD + containers * (CONTAINER + CONTAINER_GAP) - CONTAINER_GAP.min(containers * 5)
        + POD_PAD
}

/// The block of a container, from its Pod's upper left corner.
pub(super) fn container_rect(number: usize) -> Rect {
    let step = f64::from(CONTAINER + CONTAINER_GAP);
    Rect {
        x: f64::from(POD_PAD),
        y: f64::from(POD_HEAD) + step * number as f64,
        width: POD_WIDTH - 2.0 * f64::from(POD_PAD),
        height: f64::from(CONTAINER),
    }
}

/// Where machines stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub hosts: Vec<(Rc<str>, Rect)>,
    pub nodes: Map<Rc<str>, Rect>,
    pub tray: Rect,
    /// The card of Services.
    pub services: Option<Rect>,
    pub bounds: Rect,
    pub shape: Shape,
    /// Of a large cluster: cards of one size, and Pods in places of one size on each.
    pub large: bool,
    /// How much larger the tray is than in a small cluster.
    pub grown: f64,
}

impl Layout {
    /// Of what stands where.
    pub fn of(places: &Places, shape: Shape) -> Self {
        let mut layout = Layout {
            shape,
            grown: 1.0,
            ..Layout::default()
        };
        let strays = places.strays();
        let racks = places.racks().iter();
        let bays = racks.map(|rack| rack.bays.len().max(1)).sum::<usize>() + strays.len();
        let a_row = layout.nodes_a_row(bays);
        let (mut x, mut y, mut row_height) = (0.0, 16.0, 0.0_f64);
        let mut free = a_row;
        for rack in places.racks().iter() {
            let names: Vec<Option<&Rc<str>>> = rack.bays.iter().map(Option::as_ref).collect();
            let wanted = names.len().clamp(1, a_row);
            // Most of a row is enough for any host: it goes on below itself.
            if wanted > free && 2 * free < a_row {
                (x, y, row_height) = (0.0, y + row_height + HOST_GAP, 0.0);
                free = a_row;
            }
            let columns = wanted.min(free);
            free -= columns;
            let width = columns as f64 * (NODE_WIDTH + GAP) - GAP + 2.0 * HOST_PAD;
            let from = (x + HOST_PAD, y + HOST_PAD);
            let bottom = layout.put_nodes(&names, columns, places, from);
            let height = bottom - y + HOST_PAD + HYPERVISOR;
            if let Some(host) = &rack.host {
                layout.hosts.push((
                    host.clone(),
                    Rect {
                        x,
                        y,
                        width,
                        height,
                    },
                ));
            }
            x += width + HOST_GAP;
            row_height = row_height.max(height);
        }
        let strays: Vec<Option<&Rc<str>>> = strays.iter().map(Some).collect();
        if !strays.is_empty() {
            let top = if layout.hosts.is_empty() {
                y
            } else {
                y + row_height + HOST_GAP
            };
            let bottom = layout.put_nodes(&strays, a_row, places, (HOST_PAD, top));
            row_height = bottom - y;
        }
        layout.level_hosts();
        layout.frame(y + row_height, places);
        layout
    }

    /// Of so many in all. Full nodes are six times as high as wide.
    fn nodes_a_row(&self, nodes: usize) -> usize {
        match (self.shape, nodes) {
            (Shape::Narrow, _) => 1,
            (_, 0..=6) => 6,
            (_, 7..=36) => 12,
            (_, 37..=144) => 24,
            _ => 48,
        }
    }

    /// Room for Pods that reach so deep, and for a tag below them.
    fn room(&self, deepest: u32) -> f64 {
        let step = if self.shape == Shape::Wide {
            POD_ROOM
        } else {
            SMALL_ROOM
        };
        step * ((f64::from(deepest) + TAG) / step).ceil().max(1.0)
    }

    /// Nodes of one host, so many a row, empty bays among them; tells where the last row ends.
    fn put_nodes(
        &mut self,
        names: &[Option<&Rc<str>>],
        a_row: usize,
        places: &Places,
        (left, top): (f64, f64),
    ) -> f64 {
        let mut y = top;
        for row in names.chunks(a_row) {
            let deepest = row
                .iter()
                .flatten()
                .map(|name| places.depth(name))
                .max()
                .unwrap_or(0);
            let height = NODE_HEAD + self.room(deepest) + NODE_FOOT;
            for (column, name) in row.iter().enumerate() {
                let Some(name) = *name else { continue };
                let x = left + column as f64 * (NODE_WIDTH + GAP);
                let rect = Rect {
                    x,
                    y,
                    width: NODE_WIDTH,
                    height,
                };
                self.nodes.insert(name.clone(), rect);
            }
            y += height + GAP;
        }
        if names.is_empty() {
            top + NODE_HEAD + self.room(0) + NODE_FOOT
        } else {
            y - GAP
        }
    }

    /// Hosts that stand beside each other end at the same line, and so do their lowest nodes.
    fn level_hosts(&mut self) {
        for i in 0..self.hosts.len() {
            let Rect {
                x,
                y,
                width,
                height,
            } = self.hosts[i].1;
            let row = self.hosts.iter().filter(|(_, rect)| rect.y == y);
            let tallest = row.map(|(_, rect)| rect.height).fold(0.0, f64::max);
            self.hosts[i].1.height = tallest;
            let floor = y + height - HOST_PAD - HYPERVISOR;
            let lowest = |node: &Rect| {
                let inside = node.x > x && node.x < x + width && node.y > y;
                tallest > height && inside && (node.y + node.height - floor).abs() < 1.0
            };
            let lowest = self.nodes.iter().filter(|(_, node)| lowest(node));
            let names: Vec<Rc<str>> = lowest.map(|(name, _)| name.clone()).collect();
            for name in names {
                if let Some(node) = self.nodes.get_mut(&name) {
                    node.height += tallest - height;
                }
            }
        }
    }

    fn frame(&mut self, bottom: f64, places: &Places) {
        let serves = self.shape == Shape::Wide && places.has_services();
        let beside = if serves { SERVICES + GAP } else { 0.0 };
        let least = match serves {
            true => TRAY_HEAD + POD_WIDTH + GAP + beside,
            false => self.least_width(),
        };
        let rects = self
            .hosts
            .iter()
            .map(|(_, rect)| rect)
            .chain(self.nodes.values());
        let width = rects.map(|rect| rect.x + rect.width).fold(least, f64::max);
        let height = match (self.shape, places.tray_is_empty()) {
            (Shape::Wide, _) => TRAY_HEIGHT,
            (Shape::Low, _) => LOW_TRAY_ROOM + 2.0 * TRAY_PAD,
            (Shape::Narrow, true) => NARROW_TRAY_HEAD + GAP,
            (Shape::Narrow, false) => NARROW_TRAY_HEAD + TRAY_ROOM + 2.0 * GAP,
        };
        self.tray = Rect {
            x: 0.0,
            y: -height,
            width: width - beside,
            height,
        };
        self.services = serves.then_some(Rect {
            x: width - SERVICES,
            width: SERVICES,
            ..self.tray
        });
        self.bounds = Rect {
            x: -8.0,
            y: -height - 8.0,
            width: width + 16.0,
            height: height + bottom + 16.0,
        };
    }

    pub fn least_width(&self) -> f64 {
        if self.shape == Shape::Narrow {
            POD_WIDTH + 2.0 * GAP
        } else {
            TRAY_HEAD + 2.0 * POD_WIDTH
        }
    }

    /// A place in the tray: all of its crowd have one, as large as there is room for.
    /// It is counted from the tray's lower edge, which never moves.
    pub fn tray_place(&self, spot: Spot, height: f64) -> Rect {
        let Cells {
            columns,
            unit,
            left,
            top,
            step: (across, down),
        } = self.tray_cells(spot.crowd);
        let (column, row) = (spot.slot % columns, spot.slot / columns);
        let gap = GAP * unit;
        let scale = ((down - gap) / height).min(unit);
        let height = height * scale;
        Rect {
            x: left + f64::from(column) * across,
            y: top + f64::from(row) * down + (down - gap - height) / 2.0,
            width: POD_WIDTH * scale,
            height,
        }
    }

    /// The slot of the tray at a place, where there is room for so many.
    pub fn tray_slot(&self, (x, y): (f64, f64), crowd: u32) -> Option<u32> {
        let cells = self.tray_cells(crowd);
        let number = |from: f64, step: f64| (from >= 0.0).then_some((from / step) as u32);
        let column = number(x - cells.left, cells.step.0)?;
        let row = number(y - cells.top, cells.step.1)?;
        (column < cells.columns).then_some(row * cells.columns + column)
    }

    fn tray_cells(&self, crowd: u32) -> Cells {
        let narrow = self.shape == Shape::Narrow;
        let (left, bottom) = if narrow {
            (GAP, GAP)
        } else {
            (TRAY_HEAD, TRAY_PAD)
        };
        let room = match self.shape {
            Shape::Low => LOW_TRAY_ROOM,
            _ => TRAY_ROOM,
        };
        // From afar words are as large as from near: beside them they need their part of the whole width.
        const WORDS: f64 = 0.17;
        let left = match self.large && !narrow {
            true => WORDS * self.tray.width,
            false => left * self.grown,
        };
        let (bottom, room) = (bottom * self.grown, room * self.grown);
        let across = self.tray.width - left - GAP * self.grown;
        let high = f64::from(POD_HEAD + CONTAINER + POD_PAD);
        let Grid {
            rows,
            columns,
            unit,
        } = grid(crowd, (across, room), (high, GAP), self.grown);
        let gap = GAP * unit;
        let step = (POD_WIDTH + GAP) * unit;
        // Below the words they stand in the middle, beside them at their side.
        let middle = if narrow {
            (across - f64::from(columns) * step + gap) / 2.0
        } else {
            0.0
        };
        Cells {
            columns,
            unit,
            left: left + middle,
            top: -bottom - room,
            step: (step, (room + gap) / f64::from(rows)),
        }
    }

    /// A place on a node: in one of its columns, as much smaller as there are more of them.
    pub fn node_place(
        &self,
        places: &Places,
        node: &str,
        berth: Berth,
        height: f64,
    ) -> Option<Rect> {
        let rect = self.nodes.get(node)?;
        if self.large {
            return Some(card_place(*rect, places.slots(node), berth.slot, height));
        }
        let unit = berth.unit();
        let step = (POD_WIDTH + Berth::GAP) * unit;
        Some(Rect {
            x: rect.x + (NODE_WIDTH - POD_WIDTH) / 2.0 + f64::from(berth.column) * step,
            y: rect.y + NODE_HEAD + f64::from(berth.top) * unit,
            width: POD_WIDTH * unit,
            height: height * unit,
        })
    }
}

/// The places of the tray.
struct Cells {
    columns: u32,
    /// How large a Pod of one container is there.
    unit: f64,
    left: f64,
    top: f64,
    /// From one to the next, across and down.
    step: (f64, f64),
}

/// How places of one size are arranged.
pub(super) struct Grid {
    pub rows: u32,
    pub columns: u32,
    /// How large a Pod is there that is no higher than the others.
    pub unit: f64,
}

/// Of so many places, side by side in so much room: the rows in which they are largest.
pub(super) fn grid(
    crowd: u32,
    (across, down): (f64, f64),
    (high, gap): (f64, f64),
    most: f64,
) -> Grid {
    let crowd = crowd.max(1);
    let high = high + gap;
    let grid = |rows: u32| {
        let columns = crowd.div_ceil(rows);
        let wide = across / (f64::from(columns) * (POD_WIDTH + gap) - gap);
        let tall = down / (f64::from(rows) * high - gap);
        let unit = wide.min(tall).min(most);
        Grid {
            rows,
            columns,
            unit,
        }
    };
    let mut best = grid(1);
    // More rows make them larger until they are too high.
    for rows in 2..=crowd {
        let next = grid(rows);
        if next.unit <= best.unit && next.columns < best.columns {
            break;
        }
        if next.unit > best.unit {
            best = next;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ObjectKey;
    use crate::cluster::{Actor, Cause, Change, ChangeId, SimTime, Verb};
    use crate::machine::Machines;

    fn of(machines: &Machines) -> Layout {
        let mut places = Places::default();
        places.observe_machines(machines);
        Layout::of(&places, Shape::Wide)
    }

    #[test]
    fn another_host_or_node_moves_nothing_that_stands_before_it() {
        let mut machines = Machines::lab();
        let before = of(&machines);
        let mut more = machines.machines[2].clone();
        more.name = "node-4".into();
        machines.machines.push(more);
        let after = of(&machines);
        for (name, rect) in &before.nodes {
            assert_eq!(Some(rect), after.nodes.get(name), "{name}");
        }
    }

    #[test]
    fn twelve_nodes_stand_where_six_stood_and_go_on_beside_them() {
        let mut machines = Machines::lab();
        let mut before = of(&machines);
        for number in 4..=12 {
            let mut more = machines.machines[2].clone();
            more.name = format!("node-{number}").as_str().into();
            machines.machines.push(more);
            let after = of(&machines);
            for (name, rect) in &before.nodes {
                assert_eq!(Some(rect), after.nodes.get(name), "{name}, {number} nodes");
            }
            before = after;
        }
        assert!(
            before
                .nodes
                .values()
                .all(|node| node.y == before.nodes["node-1"].y)
        );
    }

    #[test]
    fn three_pods_stay_large_in_the_tray() {
        let layout = of(&Machines::lab());
        let width = |crowd| layout.tray_place(Spot { slot: 0, crowd }, 91.0).width;
        assert_eq!(width(2), POD_WIDTH);
        assert!(width(3) > 0.85 * POD_WIDTH && width(4) > 0.65 * POD_WIDTH);
        let two_containers = layout.tray_place(Spot { slot: 0, crowd: 1 }, 134.0);
        assert_eq!(two_containers.height, 134.0);
        assert!(two_containers.y - 9.0 > layout.tray.y, "brackets have room");
    }

    #[test]
    fn on_a_phone_nothing_stands_beside_anything() {
        let mut places = Places::default();
        places.observe_machines(&Machines::lab());
        let layout = Layout::of(&places, Shape::Narrow);
        assert!(layout.bounds.width < 1.3 * NODE_WIDTH);
        assert!(layout.nodes.values().all(|node| node.x == HOST_PAD));
    }

    #[test]
    fn every_pod_of_a_crowd_has_a_place_in_the_tray_and_none_on_another() {
        let layout = of(&Machines::lab());
        for crowd in [1, 2, 3, 4, 6, 64, 256, 1024] {
            let spots = (0..crowd).map(|slot| layout.tray_place(Spot { slot, crowd }, 89.0));
            let spots: Vec<Rect> = spots.collect();
            for (number, a) in spots.iter().enumerate() {
                let inside = a.x >= TRAY_HEAD
                    && a.x + a.width <= layout.tray.width
                    && a.y >= layout.tray.y
                    && a.y + a.height <= 0.0;
                assert!(inside, "{number} of {crowd}: {a:?}");
                let apart = |b: &Rect| b.x >= a.x + a.width || b.y >= a.y + a.height;
                assert!(spots[number + 1..].iter().all(apart), "{number} of {crowd}");
            }
        }
    }

    #[test]
    fn services_stand_beside_the_tray_where_there_is_room_and_move_no_machine() {
        let mut places = Places::default();
        places.observe_machines(&Machines::lab());
        let before = Layout::of(&places, Shape::Wide);
        places.observe(&Change {
            id: ChangeId(0),
            at: SimTime::ZERO,
            actor: Actor::You,
            verb: Verb::Created,
            object: ObjectKey::new("Service", "default", "web"),
            before: None,
            after: None,
            cause: Cause::Start,
            message: "".into(),
        });
        let after = Layout::of(&places, Shape::Wide);
        let card = after.services.expect("there is one");
        assert!(card.x >= after.tray.x + after.tray.width + GAP);
        assert_eq!(card.x + card.width, before.tray.x + before.tray.width);
        assert_eq!((&after.nodes, after.bounds), (&before.nodes, before.bounds));
        let pod = after.tray_place(Spot { slot: 0, crowd: 1 }, 91.0);
        assert!(pod.width > 0.99 * POD_WIDTH && pod.x + pod.width <= card.x);
        assert_eq!(Layout::of(&places, Shape::Narrow).services, None);
    }

    #[test]
    fn nodes_stand_inside_their_host() {
        let layout = of(&Machines::lab());
        let (_, host) = &layout.hosts[0];
        let node = layout.nodes.get("node-2").expect("it is on host-1");
        assert!(node.x + node.width <= host.x + host.width && node.y >= host.y);
        assert!(node.y + node.height + HYPERVISOR <= host.y + host.height);
    }
}
