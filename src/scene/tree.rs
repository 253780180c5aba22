//! The stage in words: what the picture shows, as a tree for the keyboard and for the ear.

use crate::cluster::Snapshot;
use crate::scene::Selection;

/// One item of the tree "Cluster".
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What it is; `None` for a heading such as `Unscheduled`.
    pub selection: Option<Selection>,
    /// Its accessible name, in the grammar of the page.
    pub name: String,
    /// What stands inside it.
    pub children: Vec<Branch>,
}

/// The whole tree: Unscheduled, then hosts with their Nodes, Pods and containers, then Objects.
pub fn tree(snapshot: &Snapshot) -> Vec<Branch> {
    let _ = snapshot;
    Vec::new()
}
