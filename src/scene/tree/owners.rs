//! The tree "Cluster" in the Ownership view: the same items, each within its owner. What nobody owns stands in a branch
//! of its own; machines and other objects follow, without Pods.

use std::rc::Rc;

use super::{Item, Lines, Outline, Place};
use crate::api::{Object, ObjectKey};
use crate::scene::names;
use crate::scene::ownership::{children, owner, roots};
use crate::scene::selection::Selection;

/// Pods that nobody owns.
const NOBODY: &str = "No owner";
/// No chain of owners is longer; a circle ends.
const DEEPEST: usize = 6;

impl Outline {
    /// Do things stand within their owners, not where they run? Tells whether that is new.
    pub fn nest_by_owner(&mut self, by_owner: bool) -> bool {
        std::mem::replace(&mut self.by_owner, by_owner) != by_owner
    }

    pub(super) fn owner_lines(&self, lines: &mut Lines) {
        let roots: Vec<&Rc<Object>> = roots(&self.store).collect();
        let pods = self.store.list("Pod").map(|(_, object)| object);
        let bare = pods.filter(|object| owner(&self.store, object).is_none());
        let bare: Vec<&Rc<Object>> = bare.collect();
        let is_other = |kind: &str| !names::is_owner(kind);
        let objects = self.records.keys().any(|kind| is_other(kind));
        let before = roots.len() + usize::from(!bare.is_empty());
        let machines = self.hosts.len() + self.strays.len();
        let siblings = before + machines + usize::from(objects);
        for (number, root) in roots.iter().enumerate() {
            self.owned_lines(lines, root, (1, 1 + number, siblings));
        }
        let item = Item::Heading(NOBODY.into());
        if !bare.is_empty() && lines.put(item, None, 0, true, (1, before, siblings)) {
            for (number, pod) in bare.iter().enumerate() {
                lines.pod(&pod.key(), pod, (2, 1 + number, bare.len()));
            }
        }
        for (number, (host, nodes)) in self.hosts.iter().enumerate() {
            let item = Item::Thing(Selection::Host(host.clone()));
            let place = (1, before + 1 + number, siblings);
            if lines.put(item, None, 0, !nodes.is_empty(), place) {
                for (number, node) in nodes.iter().enumerate() {
                    self.bare_node(lines, node, (2, 1 + number, nodes.len()));
                }
            }
        }
        let from = before + 1 + self.hosts.len();
        for (number, node) in self.strays.iter().enumerate() {
            self.bare_node(lines, node, (1, from + number, siblings));
        }
        if objects {
            self.record_lines(lines, &is_other, siblings);
        }
    }

    /// An owner, and what is its own.
    fn owned_lines(&self, lines: &mut Lines, object: &Rc<Object>, place: Place) {
        let key = object.key();
        if object.pod().is_some() {
            return lines.pod(&key, object, place);
        }
        let children = match place.0 {
            0..DEEPEST => children(&self.store, object),
            _ => Vec::new(),
        };
        if lines.put(
            Item::pod(&key),
            Some(object),
            0,
            !children.is_empty(),
            place,
        ) {
            for (number, child) in children.iter().enumerate() {
                self.owned_lines(lines, child, (place.0 + 1, 1 + number, children.len()));
            }
        }
    }

    fn bare_node(&self, lines: &mut Lines, name: &Rc<str>, place: Place) {
        if let Some(there) = self.nodes.get(name) {
            lines.node(
                there.active,
                there,
                self.troubles.get(name).copied(),
                false,
                place,
            );
        }
    }

    pub(super) fn owners_around(&self, key: &ObjectKey) -> Vec<Item> {
        let mut around = Vec::new();
        let mut here = self.store.get(key);
        while let Some(owner) = here.and_then(|object| owner(&self.store, object)) {
            if around.len() == DEEPEST {
                break;
            }
            here = self.store.get(&owner);
            around.push(Item::pod(&owner));
        }
        around.reverse();
        match &*key.kind {
            "Pod" if around.is_empty() => vec![Item::Heading(NOBODY.into())],
            _ if !around.is_empty() || names::owns(key) => around,
            _ => vec![
                Item::Heading("Objects".into()),
                Item::Heading(key.bare_kind().into()),
            ],
        }
    }
}
