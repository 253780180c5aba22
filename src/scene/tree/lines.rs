//! Lines of the tree "Cluster" as they are found: Nodes with their Pods, and these with their containers and parts.

use std::rc::Rc;

use super::{Item, Line, Lines, OnNode, Place};
use crate::api::{Object, ObjectKey};
use crate::scene::selection::Selection;

impl Lines<'_> {
    /// One more. Tells whether what is inside it follows.
    pub(super) fn put(
        &mut self,
        item: Item,
        object: Option<&Rc<Object>>,
        count: usize,
        has_inside: bool,
        (level, position, siblings): Place,
    ) -> bool {
        let open = has_inside.then(|| (self.is_open)(&item));
        self.all.push(Line {
            item,
            level,
            position,
            siblings,
            open,
            object: object.cloned(),
            count,
            words: None,
        });
        open == Some(true)
    }

    /// A Node or `Unscheduled`, its Pods, and their containers.
    pub(super) fn on_node(
        &mut self,
        count: usize,
        there: &OnNode,
        trouble: Option<&'static str>,
        place: Place,
    ) {
        let has_pods = !there.pods.is_empty();
        if !self.node(count, there, trouble, has_pods, place) {
            return;
        }
        let level = place.0 + 1;
        for (number, (key, object)) in there.pods.iter().enumerate() {
            self.pod(key, object, (level, 1 + number, there.pods.len()));
        }
    }

    /// A Node or `Unscheduled` by itself. Tells whether what is inside it follows.
    pub(super) fn node(
        &mut self,
        count: usize,
        there: &OnNode,
        trouble: Option<&'static str>,
        has_inside: bool,
        place: Place,
    ) -> bool {
        let item = there.item.clone();
        let is_open = self.put(item, there.record.as_ref(), count, has_inside, place);
        if let (Some(trouble), Some(line)) = (trouble, self.all.last_mut()) {
            line.words = Some(format!("{}{trouble}", line.name()).into());
        }
        is_open
    }

    /// A Pod, its containers and its parts.
    pub(super) fn pod(&mut self, key: &ObjectKey, object: &Rc<Object>, place: Place) {
        let Some(pod) = object.pod() else { return };
        let level = place.0 + 1;
        let specs = pod.spec.init_containers.iter().chain(&pod.spec.containers);
        let parts = self.parts.filter(|parts| parts.pod == *key);
        let parts = parts.map_or(&[][..], |parts| &parts.all);
        let containers = specs.clone().count();
        let siblings = containers + parts.len();
        if !self.put(Item::pod(key), Some(object), 0, siblings > 0, place) {
            return;
        }
        for (number, spec) in specs.enumerate() {
            let container = Item::Thing(Selection::Container {
                pod: key.clone(),
                name: spec.name.clone(),
            });
            let place = (level, 1 + number, siblings);
            self.put(container, Some(object), 0, false, place);
        }
        for (number, (id, name)) in parts.iter().enumerate() {
            let place = (level, 1 + containers + number, siblings);
            let part = Item::Part(key.clone(), id.clone());
            self.put(part, None, 0, false, place);
            if let Some(line) = self.all.last_mut() {
                line.words = Some(name.clone());
            }
        }
    }
}
