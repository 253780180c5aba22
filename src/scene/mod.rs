//! The picture as a function of (snapshot, speeds, time). Pure; the page draws what it says.
//! Read in the order below: each part knows only those above it, but for the words of the tree.

/// What a person has selected.
mod selection;

/// What a scene consists of.
mod glyphs;

/// A Pod's STATUS in kubectl's words.
pub mod status;

/// Progress of movements in virtual time.
mod motion;

/// How a Pod comes to where it stands.
mod course;

/// Where machines and slots are.
mod layout;

/// Where the machines of a large cluster are.
mod cards;

/// Where machines stand, over time.
mod racks;

/// What stands on a node.
mod deck;

/// Where each thing stands, over time.
mod places;

/// What a Pod shows.
mod body;

/// One Pod from near.
mod anatomy;

/// A request and where it comes by.
pub mod network;

/// Who owns whom.
pub mod ownership;

/// Virtual machines, containers and Pods side by side.
pub mod theory;

/// What a cluster comes to, in numbers.
mod overview;

/// How a Pod stands in Services.
mod in_service;

/// A Pod's life along time.
mod life_line;

/// A window of it.
mod bars;

/// The Pod as a whole against its containers one by one.
mod one_by_one;

/// The field of the manifest behind how a container is.
mod field_behind;

/// The moments that decided it.
mod film_strip;

/// Everything that is drawn at one moment.
mod picture;

/// What stands on no machine.
mod records;

/// What is drawn of a large cluster.
mod large;

/// The stage in words: what things are called, and the tree.
mod names;
mod tree;

/// Finding things by a few letters.
mod find;

pub use anatomy::{
    Anatomy, Card, Drum, Gauge, MountLine, Open, Packet, Port, Pulse, Step, StepKind, anatomy,
    packets_until,
};
pub use bars::{Axis, drawn};
pub use body::{body_of, is_failing};
pub use course::{Course, Pose};
pub use deck::Berth;
pub use field_behind::field_behind;
pub use film_strip::{Frame, Gate, film_strip, gate};
pub use find::{Find, Hit};
pub use glyphs::{
    ContainerGlyph, HostGlyph, Motion, NodeGlyph, PodBody, PodGlyph, Pull, RecordGlyph, Rect,
    Scene, Serves, State, Tray,
};
pub use in_service::{Leads, Said, Standing};
pub use large::{Ground, NodeMark, PodMark, is_large, near};
pub use layout::{HYPERVISOR, NODE_FOOT, NODE_HEAD, NODE_WIDTH, POD_WIDTH};
pub use life_line::{Fill, Life, Moment, Part, Row, Span};
pub use motion::Speeds;
pub use names::{node_condition, node_state};
pub use one_by_one::{OneByOne, Unit, one_by_one};
pub use overview::{Concern, Counts, NEARLY_FULL, NodeLoad, Overview, Share, Sums, Zone};
pub use picture::{Look, SceneCache, Shape, moves_until, scene};
pub use places::{Home, Places, PodPlace, Spot};
pub use racks::{Rack, Racks};
pub use selection::Selection;
pub use status::{ready_count, reason, status_word};
pub use tree::{Branch, Item, Line, Outline, Parts, tree};
