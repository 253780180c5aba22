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
/// Of the whole width, the height of a host's heading and of the tray in a large cluster; where it is narrow,
/// a heading is as much higher.
const HEADING: f64 = 0.034;
const WAITING: f64 = 0.055;
const NARROWER: f64 = 2.0;
/// On a phone the tray's words stand above its Pods.
const WAITING_NARROW: f64 = 0.17;
/// How much wider than high a large cluster is; and on a phone that is held sideways.
const ASPECT: f64 = 1.2;
const ASPECT_LOW: f64 = 4.5;
/// So many hosts stand beside each other, each as wide as its part of the whole.
const FEW_HOSTS: usize = 6;

impl Layout {
    /// Of a large cluster: it depends on what stands where alone, and so seldom changes.
    pub fn large(places: &Places, shape: Shape) -> Self {
        let narrow = shape == Shape::Narrow;
        let aspect = match shape {
            Shape::Low => ASPECT_LOW,
            Shape::Wide | Shape::Narrow => ASPECT,
        };
        let strays = places.strays();
        let racks: Vec<_> = places.racks().iter().collect();
        let bays = |rack: &&Rack| rack.bays.len();
        let all = racks.iter().map(bays).sum::<usize>() + strays.len();
        let (wide, high) = (CARD_WIDTH + CARD_GAP, CARD_HEIGHT + CARD_GAP);
        let a_row = libm::ceil(libm::sqrt(all.max(1) as f64 * aspect * high / wide)) as usize;
        let columns = |nodes: usize| {
            let share = (a_row * nodes).div_ceil(all.max(1));
            let square = libm::ceil(libm::sqrt(nodes as f64)) as usize;
            match narrow || racks.len() > FEW_HOSTS {
                true => square.max(1),
                false => share.max(1),
            }
        };
        let widest = racks.iter().map(|rack| columns(rack.bays.len())).max();
        let a_row = if narrow {
            widest.unwrap_or(1)
        } else {
            a_row + FEW_HOSTS
        };
        let head = HEADING * a_row as f64 * wide * if narrow { NARROWER } else { 1.0 };
        let (pad, between) = (0.25 * head, 0.5 * head);
        let mut layout = Layout {
            shape,
            large: true,
            ..Layout::default()
        };
        let (mut x, mut y, mut row_height, mut free) = (0.0, between, 0.0_f64, a_row);
        for rack in &racks {
            let names: Vec<Option<&Rc<str>>> = rack.bays.iter().map(Option::as_ref).collect();
            let columns = columns(names.len());
            if columns > free && free < a_row {
                (x, y, row_height, free) = (0.0, y + row_height + between, 0.0, a_row);
            }
            free = free.saturating_sub(columns);
            layout.put_cards(&names, columns, (x + pad, y + head));
            let rows = names.len().div_ceil(columns).max(1) as f64;
            let width = columns as f64 * wide - CARD_GAP + 2.0 * pad;
            let height = head + rows * high - CARD_GAP + pad;
            if let Some(host) = &rack.host {
                let rect = Rect {
                    x,
                    y,
                    width,
                    height,
                };
                layout.hosts.push((host.clone(), rect));
            }
            x += width + between;
            row_height = row_height.max(height);
        }
        y += row_height;
        if !strays.is_empty() {
            let names: Vec<Option<&Rc<str>>> = strays.iter().map(Some).collect();
            layout.put_cards(&names, a_row, (pad, y + between));
            y += between + names.len().div_ceil(a_row) as f64 * high;
        }
        for number in 0..layout.hosts.len() {
            let top = layout.hosts[number].1.y;
            let beside = layout.hosts.iter().filter(|(_, rect)| rect.y == top);
            let tallest = beside.map(|(_, rect)| rect.height).fold(0.0, f64::max);
            layout.hosts[number].1.height = tallest;
        }
        layout.frame_cards(y);
        layout
    }

    fn put_cards(&mut self, names: &[Option<&Rc<str>>], columns: usize, (left, top): (f64, f64)) {
        for (number, name) in names.iter().enumerate() {
            let Some(name) = *name else { continue };
            let (column, row) = (number % columns, number / columns);
            let rect = Rect {
                x: left + column as f64 * (CARD_WIDTH + CARD_GAP),
                y: top + row as f64 * (CARD_HEIGHT + CARD_GAP),
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
            Shape::Wide | Shape::Low => WAITING,
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
