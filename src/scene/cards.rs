//! Where machines of a large cluster stand: hosts as zones side by side, each with a grid of cards of one
//! size, so that all of it is about as wide as a window and where one stands depends on nothing that stands on
//! it. On a card each Pod has a place of the same size.

use std::rc::Rc;

use super::glyphs::Rect;
use super::layout::{
    GAP, Grid, LOW_TRAY_ROOM, Layout, NARROW_TRAY_HEAD, NODE_FOOT, NODE_HEAD, POD_WIDTH,
    TRAY_HEIGHT, TRAY_PAD, TRAY_ROOM, grid,
};
use super::picture::Shape;
use super::places::Places;
use super::racks::Rack;

/// Between two Pods of a card: seen from where they are a few pixels.
const POD_GAP: f64 = 20.0;
/// A Node's card in a large cluster: three Pods wide, four high.
const CARD_WIDTH: f64 = 3.0 * (POD_WIDTH + POD_GAP) + POD_GAP;
const CARD_ROOM: f64 = 4.0 * (91.0 + POD_GAP);
const CARD_HEIGHT: f64 = NODE_HEAD + CARD_ROOM + NODE_FOOT;
/// Between two cards: seen from as far as they are told apart.
const CARD_GAP: f64 = 36.0;
/// From one card to the next.
const WIDE: f64 = CARD_WIDTH + CARD_GAP;
const HIGH: f64 = CARD_HEIGHT + CARD_GAP;
/// Of the whole width, the height of a host's heading and of the tray in a large cluster; where it is narrow,
/// a heading is as much higher.
const HEADING: f64 = 0.034;
/// Of a heading's height, what is left free about a host's cards, and between two hosts.
const PAD: f64 = 0.25;
const BETWEEN: f64 = 0.5;
const WAITING: f64 = 0.066;
const NARROWER: f64 = 2.0;
/// On a phone the tray's words stand above its Pods.
const WAITING_NARROW: f64 = 0.17;
/// On one that is held sideways what is written needs a little more of the width.
const LOWER: f64 = 1.15;
const WAITING_LOW: f64 = 0.074;
/// How much wider than high the cards of a large cluster are; and on a phone that is held sideways, where the tray
/// and the headings have half of the height.
const ASPECT: f64 = 1.2;
const ASPECT_LOW: f64 = 12.0;
/// So many hosts stand beside each other, each as wide as its part of the whole.
const FEW_HOSTS: usize = 6;

/// How wide everything is: counted in cards.
struct Plan {
    /// Of all that stands, so many cards are to be beside each other.
    across: usize,
    /// All cards.
    all: usize,
    /// Is what each host has as wide as high?
    square: bool,
    /// Hosts beside each other have so many at most.
    a_row: usize,
}

impl Plan {
    fn of(racks: &[&Rack], strays: usize, shape: Shape) -> Self {
        let aspect = match shape {
            Shape::Low => ASPECT_LOW,
            Shape::Wide | Shape::Narrow => ASPECT,
        };
        let all = racks.iter().map(|rack| rack.bays.len()).sum::<usize>() + strays;
        let all = all.max(1);
        let across = libm::ceil(libm::sqrt(all as f64 * aspect * HIGH / WIDE)) as usize;
        let narrow = shape == Shape::Narrow;
        let mut plan = Plan {
            across,
            all,
            square: narrow || racks.len() > FEW_HOSTS,
            a_row: across + FEW_HOSTS,
        };
        if narrow {
            let nodes = racks.iter().map(|rack| rack.bays.len());
            let widest = nodes.chain([strays]).max().unwrap_or(0);
            plan.a_row = plan.columns(widest);
        }
        plan
    }

    /// How many cards of so many stand beside each other.
    fn columns(&self, nodes: usize) -> usize {
        let columns = if self.square {
            libm::ceil(libm::sqrt(nodes as f64)) as usize
        } else {
            (self.across * nodes).div_ceil(self.all)
        };
        columns.max(1)
    }
}

impl Layout {
    /// Of a large cluster: it depends on what stands where alone, and so seldom changes.
    pub fn large(places: &Places, shape: Shape) -> Self {
        let strays = places.strays();
        let racks: Vec<_> = places.racks().iter().collect();
        let plan = Plan::of(&racks, strays.len(), shape);
        let narrower = match shape {
            Shape::Narrow => NARROWER,
            Shape::Low => LOWER,
            Shape::Wide => 1.0,
        };
        let head = HEADING * plan.a_row as f64 * WIDE * narrower;
        let mut layout = Layout {
            shape,
            large: true,
            ..Layout::default()
        };
        let mut bottom = layout.put_hosts(&racks, &plan, head);
        if !strays.is_empty() {
            let names: Vec<Option<&Rc<str>>> = strays.iter().map(Some).collect();
            let (pad, top) = (PAD * head, bottom + BETWEEN * head);
            layout.put_cards(&names, plan.a_row, (pad, top));
            bottom = top + names.len().div_ceil(plan.a_row) as f64 * HIGH;
        }
        layout.frame_cards(bottom);
        layout
    }

    /// Hosts beside each other, in rows; all of a row are as high as the highest. Hands out where the last row
    /// ends.
    fn put_hosts(&mut self, racks: &[&Rack], plan: &Plan, head: f64) -> f64 {
        let (pad, between) = (PAD * head, BETWEEN * head);
        let (mut x, mut y, mut row_height, mut free) = (0.0, between, 0.0_f64, plan.a_row);
        let mut row = 0;
        for rack in racks {
            let names: Vec<Option<&Rc<str>>> = rack.bays.iter().map(Option::as_ref).collect();
            let columns = plan.columns(names.len());
            if columns > free && free < plan.a_row {
                self.end_row(row, row_height);
                row = self.hosts.len();
                (x, y, row_height, free) = (0.0, y + row_height + between, 0.0, plan.a_row);
            }
            free = free.saturating_sub(columns);
            self.put_cards(&names, columns, (x + pad, y + head));
            let rows = names.len().div_ceil(columns).max(1) as f64;
            let width = columns as f64 * WIDE - CARD_GAP + 2.0 * pad;
            let height = head + rows * HIGH - CARD_GAP + pad;
            if let Some(host) = &rack.host {
                let rect = Rect {
                    x,
                    y,
                    width,
                    height,
                };
                self.hosts.push((host.clone(), rect));
            }
            x += width + between;
            row_height = row_height.max(height);
        }
        self.end_row(row, row_height);
        y + row_height
    }

    /// Hosts from this one on stand in one row.
    fn end_row(&mut self, from: usize, height: f64) {
        for (_, rect) in &mut self.hosts[from..] {
            rect.height = height;
        }
    }

    fn put_cards(&mut self, names: &[Option<&Rc<str>>], columns: usize, (left, top): (f64, f64)) {
        for (number, name) in names.iter().enumerate() {
            let Some(name) = *name else { continue };
            let (column, row) = (number % columns, number / columns);
            let rect = Rect {
                x: left + column as f64 * WIDE,
                y: top + row as f64 * HIGH,
                width: CARD_WIDTH,
                height: CARD_HEIGHT,
            };
            self.nodes.insert(name.clone(), rect);
        }
    }

    /// The tray is as much higher as the whole is wider: what waits is to be seen from afar.
    fn frame_cards(&mut self, bottom: f64) {
        let hosts = self.hosts.iter().map(|(_, rect)| rect);
        let rects = hosts.chain(self.nodes.values());
        let width = rects.map(|rect| rect.x + rect.width);
        let width = width.fold(self.least_width(), f64::max);
        let part = match self.shape {
            Shape::Narrow => WAITING_NARROW,
            Shape::Low => WAITING_LOW,
            Shape::Wide => WAITING,
        };
        let height = (part * width).max(TRAY_HEIGHT);
        // Below each other, its words and its Pods need more.
        let meant = match self.shape {
            Shape::Narrow => NARROW_TRAY_HEAD + TRAY_ROOM + 2.0 * GAP,
            Shape::Low => LOW_TRAY_ROOM + 2.0 * TRAY_PAD,
            Shape::Wide => TRAY_HEIGHT,
        };
        self.grown = height / meant;
        self.tray = Rect {
            x: 0.0,
            y: -height,
            width,
            height,
        };
        let edge = 0.2 * height;
        self.bounds = Rect {
            x: -edge,
            y: -height - edge,
            width: width + 2.0 * edge,
            height: height + bottom + 2.0 * edge,
        };
    }
}

/// A place of a card: all have one, as large as there is room for; the number of places grows in steps, so
/// that one Pod more seldom moves the others.
pub(super) fn card_place(card: Rect, (slots, highest): (u32, u32), slot: u32, height: f64) -> Rect {
    let places = match slots {
        0..=12 => 12,
        _ => slots.div_ceil(8) * 8,
    };
    let high = f64::from(highest);
    let room = (CARD_WIDTH - 2.0 * POD_GAP, CARD_ROOM - POD_GAP);
    let Grid { columns, unit, .. } = grid(places, room, (high, POD_GAP), 1.0);
    let (column, row) = (slot % columns, slot / columns);
    Rect {
        x: card.x + POD_GAP + f64::from(column) * (POD_WIDTH + POD_GAP) * unit,
        y: card.y + NODE_HEAD + f64::from(row) * (high + POD_GAP) * unit,
        width: POD_WIDTH * unit,
        height: height * unit,
    }
}
