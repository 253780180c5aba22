//! The picture as a function of (snapshot, view, time). Pure; the page draws what it says.
//! Read in the order below: each part knows only those above it.

/// What a person has selected.
mod selection;

/// What a scene consists of.
mod glyphs;

/// Progress of movements in virtual time.
mod motion;

/// The stage in words.
mod tree;

pub use glyphs::{
    ContainerGlyph, HostGlyph, Motion, NodeGlyph, PodBody, PodGlyph, RecordGlyph, Rect, Scene,
    State, Tray,
};
pub use motion::{Speeds, in_motion};
pub use selection::Selection;
pub use tree::{Branch, tree};

use serde::{Deserialize, Serialize};

use crate::cluster::Change;

/// Where each thing stands: what exists keeps its place whatever comes or goes.
/// A fold over the changes, so it belongs to a moment of a history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Places {}

impl Places {
    /// Finds a place for what is new; frees the place of what is gone.
    pub fn observe(&mut self, _change: &Change) {}
}
