//! Where each thing stands: a fold over the changes. What exists keeps its place whatever comes or
//! goes; a freed place is used again. Only gaps that are high enough are. Where a node is full, all of its
//! Pods stand anew, in one more column; where most of them are gone, in one less.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::deck::{Berth, Deck, GAP, Stand, deepest};
use super::layout::pod_height;
use super::names::{is_listed, is_service};
use super::ownership::Slots;
use super::racks::Racks;
use crate::api::pod::Pod;
use crate::api::{ObjectKey, Uid};
use crate::cluster::{Change, SimTime, Verb};
use crate::collections::{Map, Set};
use crate::machine::Machines;

/// Where each thing stands, and when it came there. Part of a moment of a history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Places {
    pods: Map<ObjectKey, Rc<PodPlace>>,
    /// Taken tray slots, by number.
    tray: Map<u32, ObjectKey>,
    /// All slots before this one are taken.
    taken: u32,
    /// For how many the tray has room.
    crowd: u32,
    /// When a Pod left the tray last.
    last_left: SimTime,
    /// When anything began to move last.
    last_moved: SimTime,
    /// What stands on each node.
    nodes: Map<Rc<str>, Rc<Deck>>,
    /// Where machines stand.
    racks: Racks,
    /// Nodes that have a machine or a record: they keep their bay.
    machines: Set<Rc<str>>,
    records: Set<Rc<str>>,
    listed: Set<ObjectKey>,
    /// When a Pod came last that was there before, as an import brings it.
    brought: Option<SimTime>,
    /// Was what comes now there before?
    brings: bool,
    /// Another one as soon as other Nodes stand, or stand elsewhere.
    standing: Rc<()>,
    /// Rows of Pods among those of their owners.
    slots: Slots,
}

/// A Pod's place, and what its movement needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodPlace {
    /// Its identity over time.
    pub uid: Uid,
    /// Where it stands.
    pub home: Home,
    /// Its height, in world units.
    pub height: u32,
    /// When it appeared.
    pub created: SimTime,
    /// When it left a spot of the tray last, and which.
    pub left: Option<(SimTime, Spot)>,
    /// When it became Ready last.
    pub ready: Option<SimTime>,
}

/// A place in the tray: which of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// Counted from 0.
    pub slot: u32,
    /// For how many the tray had room then: the more, the smaller they are.
    pub crowd: u32,
}

/// Where a Pod stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// In the tray of Pods without a node, in this slot.
    Tray(u32),
    /// On a node.
    Node(Rc<str>, Berth),
}

/// After so long without a departure the tray closes its gaps, in virtual microseconds.
const CALM: i64 = 1_000_000;

/// For how many the tray makes room when there are so many: seldom another number, and seldom many more.
fn room_for(pods: u32) -> u32 {
    let whole = pods.max(1).next_power_of_two();
    let less = whole / 4 * 3;
    if pods <= less { less } else { whole }
}

impl Places {
    /// Places for what was there before it comes, as an import brings it, until [`Self::end_bringing`].
    pub fn bringing() -> Self {
        Places {
            brings: true,
            ..Places::default()
        }
    }

    /// From now on what comes is new.
    pub fn end_bringing(&mut self) {
        self.brings = false;
    }

    /// Finds a place for what is new; frees the place of what is gone.
    pub fn observe(&mut self, change: &Change) {
        self.close_gaps(change.at);
        self.slots.observe(change);
        if is_listed(&change.object, &change.actor) && change.verb == Verb::Created {
            self.listed.insert(change.object.clone());
        }
        if &*change.object.kind == "Node" {
            self.observe_node(change);
        }
        match (
            change.verb,
            change.after.as_ref().and_then(|object| object.pod()),
        ) {
            (Verb::Created, Some(pod)) => self.appear(&change.object, pod, change.at),
            (Verb::Updated, Some(pod)) => self.move_on(&change.object, pod, change.at),
            (Verb::Deleted, None) => {
                self.free(&change.object, change.at);
                self.listed.remove(&change.object);
            }
            _ => {}
        }
    }

    /// Finds room for new hosts and machines; frees the room of those that are gone.
    pub fn observe_machines(&mut self, machines: &Machines) {
        let hosts: Set<&Rc<str>> = machines.hosts.iter().map(|host| &host.name).collect();
        let stand = machines.machines.iter();
        let stand = stand.filter(|machine| hosts.contains(&machine.host));
        self.machines = stand.map(|machine| machine.name.clone()).collect();
        self.racks.stand(machines);
        self.tidy_racks();
        self.standing = Rc::default();
    }

    /// Where machines stand. One that is gone keeps its bay while Pods are still bound to it.
    pub fn racks(&self) -> &Racks {
        &self.racks
    }

    /// Nodes that stand on no host, by name: records without a machine, and names that Pods are bound
    /// to though there is no such Node.
    pub fn strays(&self) -> Vec<Rc<str>> {
        let bound = self
            .nodes
            .iter()
            .filter(|(_, deck)| !deck.pods.is_empty())
            .map(|(name, _)| name);
        // Nearly all have a machine, and so a bay: few are looked for in all of them.
        let names = self.records.iter().chain(bound);
        let names = names.filter(|name| !self.machines.contains(*name));
        let names: Set<&Rc<str>> = names.collect();
        let stray = names.iter().filter(|name| !self.racks.holds(name));
        stray.copied().cloned().collect()
    }

    /// The same as long as the same Nodes stand where they stood.
    pub fn standing(&self) -> &Rc<()> {
        &self.standing
    }

    /// The Pods of a node, from above.
    pub fn on(&self, node: &str) -> impl Iterator<Item = &ObjectKey> {
        let deck = self.nodes.get(node).into_iter();
        deck.flat_map(|deck| deck.pods.iter().map(|pod| &pod.key))
    }

    /// Pods in the tray, by slot.
    pub fn waiting(&self) -> impl Iterator<Item = &ObjectKey> {
        self.tray.values()
    }

    /// The Pod in this slot of the tray.
    pub fn in_slot(&self, slot: u32) -> Option<&ObjectKey> {
        self.tray.get(&slot)
    }

    /// How many places of one size a node's Pods take, and the height of the highest.
    pub fn slots(&self, node: &str) -> (u32, u32) {
        let deck = self.nodes.get(node);
        let pods = deck.map_or(&[][..], |deck| &deck.pods);
        let most = |of: fn(&Stand) -> u32| pods.iter().map(of).max().unwrap_or(0);
        (most(|pod| pod.slot + 1), most(|pod| pod.height))
    }

    /// For how many the tray has room.
    pub fn crowd(&self) -> u32 {
        self.crowd
    }

    /// Does nobody stand in the tray?
    pub fn tray_is_empty(&self) -> bool {
        self.tray.is_empty()
    }

    /// When anything began to move last.
    pub fn last_moved(&self) -> SimTime {
        self.last_moved
    }

    /// How many Pods have a place.
    pub fn pods(&self) -> usize {
        self.pods.len()
    }

    /// The places of all Pods, by key.
    pub fn each(&self) -> impl Iterator<Item = (&ObjectKey, &Rc<PodPlace>)> {
        self.pods.iter()
    }

    /// The row of a Pod among those of its owner, by the owner's uid.
    pub fn row(&self, owner: &str, pod: &ObjectKey) -> Option<usize> {
        self.slots.row(owner, pod)
    }

    /// The row that a Pod had there which is gone, if that was lately.
    pub fn row_left(&self, owner: &str, pod: &ObjectKey) -> Option<usize> {
        self.slots.left(owner, pod)
    }

    /// The place of a Pod.
    pub fn pod(&self, key: &ObjectKey) -> Option<&Rc<PodPlace>> {
        self.pods.get(key)
    }

    /// How far down the lowest Pod of a node reaches.
    pub fn depth(&self, node: &str) -> u32 {
        self.nodes.get(node).map_or(0, |deck| deck.depth())
    }

    /// Did a person make it, and has it no place on a machine?
    pub fn is_made_by_people(&self, key: &ObjectKey) -> bool {
        self.listed.contains(key)
    }

    /// Keys of what people created, other than Pods and Nodes, by key.
    pub fn made_by_people(&self) -> impl Iterator<Item = &ObjectKey> {
        self.listed.iter()
    }

    /// Did people create a Service?
    pub fn has_services(&self) -> bool {
        let mut from = self.listed.range(ObjectKey::new("Service", "", "")..);
        from.next().is_some_and(is_service)
    }

    /// How many of these there are.
    pub fn things_made(&self) -> usize {
        self.listed.len()
    }

    fn observe_node(&mut self, change: &Change) {
        match change.verb {
            Verb::Created => {
                self.records.insert(change.object.name.clone());
            }
            Verb::Deleted => {
                self.records.remove(&change.object.name);
                self.tidy_racks();
            }
            Verb::Updated | Verb::Refused | Verb::Happened => return,
        }
        self.standing = Rc::default();
    }

    /// Empties the bays of Nodes that have neither machine nor record nor Pods.
    fn tidy_racks(&mut self) {
        let (machines, records, nodes) = (&self.machines, &self.records, &self.nodes);
        let has_pods = |name: &Rc<str>| nodes.get(name).is_some_and(|deck| !deck.pods.is_empty());
        self.racks
            .vacate(|name| !machines.contains(name) && !records.contains(name) && !has_pods(name));
    }

    fn appear(&mut self, key: &ObjectKey, pod: &Pod, at: SimTime) {
        self.free(key, at);
        // However fast time goes, nobody sees one appear that was there before it came here.
        const LONG_AGO: i64 = 3_600_000_000;
        let created = if self.brings {
            self.brought = Some(at);
            SimTime(at.0 - LONG_AGO)
        } else {
            self.last_moved = at;
            at
        };
        let height = pod_height(pod);
        let home = if pod.spec.node_name.is_empty() {
            let free = |slot: &u32| !self.tray.contains_key(slot);
            let slot = (self.taken..).find(free).unwrap_or(0);
            self.taken = slot + 1;
            self.tray.insert(slot, key.clone());
            if slot >= self.crowd {
                self.make_room(room_for(slot + 1), at);
            }
            Home::Tray(slot)
        } else {
            self.on_node(&pod.spec.node_name, key, height)
        };
        let uid = Uid::parse(&pod.metadata.uid).unwrap_or_default();
        let place = PodPlace {
            uid,
            home,
            height,
            created,
            left: None,
            ready: (self.brings && pod.is_ready()).then_some(created),
        };
        self.pods.insert(key.clone(), Rc::new(place));
    }

    fn move_on(&mut self, key: &ObjectKey, pod: &Pod, at: SimTime) {
        let Some(place) = self.pods.get(key).cloned() else {
            return;
        };
        let mut now = place.clone();
        if let Home::Tray(slot) = place.home
            && !pod.spec.node_name.is_empty()
        {
            self.vacate(slot, at);
            let now = Rc::make_mut(&mut now);
            now.home = self.on_node(&pod.spec.node_name, key, place.height);
            let crowd = self.crowd;
            now.left = Some((at, Spot { slot, crowd }));
        }
        match (pod.is_ready(), place.ready) {
            (true, None) => Rc::make_mut(&mut now).ready = Some(at),
            (false, Some(_)) => Rc::make_mut(&mut now).ready = None,
            _ => {}
        }
        if now != place {
            self.last_moved = at;
            self.pods.insert(key.clone(), now);
        }
    }

    /// A slot of the tray is free from now on.
    fn vacate(&mut self, slot: u32, at: SimTime) {
        self.tray.remove(&slot);
        self.taken = self.taken.min(slot);
        self.last_left = at;
    }

    /// The tray has room for so many from now on; who stands in it gets another place there.
    fn make_room(&mut self, crowd: u32, at: SimTime) {
        let was = std::mem::replace(&mut self.crowd, crowd);
        for (slot, key) in self.tray.iter() {
            let Some(place) = self.pods.get_mut(key) else {
                continue;
            };
            let place = Rc::make_mut(place);
            // Who came this very moment was never seen in the old place.
            if let Home::Tray(old) = std::mem::replace(&mut place.home, Home::Tray(*slot))
                && place.created != at
                && self.brought != Some(at)
            {
                let spot = Spot {
                    slot: old,
                    crowd: was,
                };
                place.left = Some((at, spot));
                self.last_moved = at;
            }
        }
    }

    /// What stays in the tray once the others are gone stands in front, and large again.
    fn close_gaps(&mut self, now: SimTime) {
        let room = room_for(self.tray.len() as u32);
        if self.crowd <= 1 || room * 2 > self.crowd || now.0 - self.last_left.0 < CALM {
            return;
        }
        let stay = std::mem::take(&mut self.tray);
        self.tray = (0_u32..).zip(stay.values().cloned()).collect();
        self.taken = self.tray.len() as u32;
        self.make_room(room, now);
    }

    /// A place on a node; where it has none left, its Pods stand in more columns.
    fn on_node(&mut self, node: &Rc<str>, key: &ObjectKey, height: u32) -> Home {
        if !self.machines.contains(node) {
            self.standing = Rc::default();
        }
        loop {
            let deck = Rc::make_mut(self.nodes.or_default(node.clone()));
            if let Some(berth) = deck.take(key, height) {
                return Home::Node(node.clone(), berth);
            }
            let mut columns = deck.columns + 1;
            while !self.stand_anew(node, columns) {
                columns += 1;
            }
        }
    }

    /// Puts a node's Pods in so many columns, if they have room there.
    fn stand_anew(&mut self, node: &Rc<str>, columns: u32) -> bool {
        let again = self.nodes.get(node).and_then(|deck| deck.again(columns));
        let Some((deck, berths)) = again else {
            return false;
        };
        let old = self.nodes.get(node).cloned().unwrap_or_default();
        self.nodes.insert(node.clone(), Rc::new(deck));
        for (pod, berth) in old.pods.iter().zip(berths) {
            if let Some(place) = self.pods.get_mut(&pod.key) {
                Rc::make_mut(place).home = Home::Node(node.clone(), berth);
            }
        }
        true
    }

    /// Makes room on a node; what stays is large again once twice as many would have room so.
    fn leave(&mut self, node: &Rc<str>, berth: Berth) {
        let Some(deck) = self.nodes.get_mut(node) else {
            return;
        };
        let deck = Rc::make_mut(deck);
        let leaves = |pod: &Stand| (pod.top, pod.column) == (berth.top, berth.column);
        deck.pods.retain(|pod| !leaves(pod));
        let less = deck.columns - 1;
        let heights = deck.pods.iter().map(|pod| pod.height + GAP);
        if less > 0 && heights.sum::<u32>() * 2 <= deepest(less) * less {
            self.stand_anew(node, less);
        }
    }

    fn free(&mut self, key: &ObjectKey, at: SimTime) {
        match self.pods.take(key).map(|place| place.home.clone()) {
            Some(Home::Tray(slot)) => self.vacate(slot, at),
            Some(Home::Node(node, berth)) => {
                self.leave(&node, berth);
                if !self.machines.contains(&node) {
                    self.standing = Rc::default();
                    self.tidy_racks();
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_on_one_node_stand_from_above_without_a_gap() {
        let mut places = Places::default();
        let node: Rc<str> = "node-1".into();
        for number in 0..3_000 {
            let home = places.on_node(&node, &ObjectKey::pod("default", &format!("p{number}")), 91);
            assert!(matches!(home, Home::Node(..)));
        }
        let deck = &places.nodes[&node];
        let slots: Set<u32> = deck.pods.iter().map(|pod| pod.slot).collect();
        assert!(slots.iter().copied().eq(0..3_000));
        let places = deck.pods.iter().zip(0..);
        for (pod, number) in places {
            let (row, column) = (number / deck.columns, number % deck.columns);
            assert_eq!((pod.top, pod.column), (row * 100, column));
        }
        assert_eq!(
            deck.again(deck.columns - 1).map(|_| ()),
            None,
            "no column too many"
        );
    }
}
