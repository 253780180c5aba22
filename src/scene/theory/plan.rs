//! Where everything of a world stands, in a card of a width: whatever is on its way above, then machine by machine, each
//! with its places side by side and the layers they stand on.

use super::{Kind, World};
use crate::cluster::theory::{CPU, HOST_CPU, Place};
use crate::scene::glyphs::Rect;

/// From the edge of the card, and between places.
const MARGIN: f64 = 12.0;
const GAP: f64 = 8.0;
/// The brackets' room above what is on its way, and the arrow's below it.
const HEAD: f64 = 10.0;
const ARROW: f64 = 26.0;
/// A layer's height.
const LAYER: f64 = 21.0;

/// A layer: what it is called, and what it does.
pub type Layer = (&'static str, &'static str);

/// What units stand on, from above; of each world.
pub const LAYERS: [&[Layer]; 3] = [
    &[
        ("Hypervisor", "shares out the hardware"),
        ("Host", "CPU, memory, disk"),
    ],
    &[
        ("Container engine", "images, namespaces, cgroups"),
        ("Operating system", "one kernel for all"),
        ("Host", "a machine, or a VM"),
    ],
    &[("Node", "kubelet, one kernel for its Pods")],
];

/// Places of a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Of the whole drawing.
    pub size: (f64, f64),
    /// Width and height of a unit.
    pub unit: (f64, f64),
    /// Each machine, with its places and layers.
    pub machines: Vec<Rect>,
    /// How many places are drawn side by side.
    pub slots: usize,
    /// Where layers begin, from a machine's top.
    pub foot: f64,
    /// Below all Nodes: what they stand on.
    pub ground: Option<Rect>,
}

/// The plan of a world in a card so wide.
pub fn plan(world: &World, width: f64) -> Plan {
    let inside = width - 2.0 * MARGIN;
    let (most, high, slots) = match world.kind {
        Kind::Machine => (112.0, 84.0, (HOST_CPU / CPU) as usize),
        Kind::Container => (88.0, 50.0, 5),
        Kind::Pod => (116.0, 68.0, 3),
    };
    // Brackets round two beside each other don't touch.
    let between = if slots > 3 { GAP } else { 14.0 };
    let wide = (inside / slots as f64 - between).min(most);
    let top = HEAD + high + ARROW;
    let apart = if world.kind == Kind::Pod { 6.0 } else { 12.0 };
    let layers = LAYERS[world.kind as usize].len() as f64;
    let foot = GAP + high + 5.0;
    let tall = foot + layers * LAYER;
    let machines = (0..world.machines.len()).map(|number| Rect {
        x: MARGIN,
        y: top + (tall + apart) * number as f64,
        width: inside,
        height: tall,
    });
    let machines: Vec<Rect> = machines.collect();
    let bottom = top + (tall + apart) * machines.len() as f64;
    let ground = (world.kind == Kind::Pod).then_some(Rect {
        x: MARGIN,
        y: bottom - apart + 5.0,
        width: inside,
        height: LAYER,
    });
    let end = ground.map_or(bottom - apart, |ground| ground.y + ground.height);
    Plan {
        size: (width, end + MARGIN),
        unit: (wide, high),
        machines,
        slots,
        foot,
        ground,
    }
}

impl Plan {
    /// A place on a machine. Those beyond the last that is drawn are where it is.
    pub fn slot(&self, place: Place) -> Rect {
        let machine = self
            .machines
            .get(place.machine)
            .copied()
            .unwrap_or_default();
        self.at(machine.y + GAP, place.slot.min(self.slots - 1), self.slots)
    }

    /// Where one on its way is: which of how many.
    pub fn way(&self, (number, of): (usize, usize)) -> Rect {
        let of = of.clamp(1, self.slots);
        self.at(HEAD, number.min(of - 1), of)
    }

    /// One of so many beside each other, in the middle.
    fn at(&self, y: f64, number: usize, of: usize) -> Rect {
        let (width, height) = self.unit;
        // As far from one another as they have room.
        let inside = self.size.0 - 2.0 * MARGIN;
        let pitch = inside / of as f64;
        Rect {
            x: MARGIN + pitch * (number as f64 + 0.5) - width / 2.0,
            y,
            width,
            height,
        }
    }

    /// The layers of a machine, from above.
    pub fn layers(&self, machine: Rect) -> impl Iterator<Item = Rect> {
        let number = ((machine.height - self.foot) / LAYER) as usize;
        let first = machine.y + self.foot;
        (0..number).map(move |layer| Rect {
            x: machine.x,
            y: first + LAYER * layer as f64,
            width: machine.width,
            height: LAYER,
        })
    }
}
