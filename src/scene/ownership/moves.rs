//! What moves in the Ownership view at a moment: Pods that come, go or become Ready, owners that appear, numbers and bars
//! that change. A function of the last changes and the moment; where nothing changed lately nothing moves.

use std::rc::Rc;

use super::cards::{self, Card, number};
use super::{Family, KINDS, Ownership, Row, Set, row_of};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Change, SimTime, Snapshot, Verb};
use crate::scene::motion::{self, Speeds, ease};

/// What is marked because it was changed stays marked so long, as in the text, in milliseconds of screen time at 1×.
const MARK_MS: f64 = 600.0;
/// So many changes are looked at, from the last one back.
const LOOKED_AT: usize = 600;

/// What moves in a family.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    /// Pods that come.
    pub coming: Vec<(ObjectKey, Coming)>,
    /// Pods that are gone, and still seen.
    pub going: Vec<Going>,
    /// Pods that became Ready: how far the ring has spread, from 0 to 1.
    pub rings: Vec<(ObjectKey, f64)>,
    /// Owners of Pods that appear: how far they have grown.
    pub records: Vec<(ObjectKey, f64)>,
    /// Numbers that roll.
    pub numbers: Vec<Rolls>,
    /// How much of the mark is left that says that its template was changed.
    pub mark: Option<f64>,
    /// How long the bars of all Pods and of the available ones are, in Pods.
    pub bars: Option<(f64, f64)>,
}

/// How a Pod comes to its row, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coming {
    /// From its owner.
    Travels(f64),
    /// Where it stands: time is too quick for a way.
    Fades(f64),
}

/// A Pod that is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Going {
    /// Whose it was.
    pub owner: ObjectKey,
    /// As it was last, in its row.
    pub row: Row,
    /// How much of it is still seen, from 1 to 0.
    pub seen: f64,
}

/// A number that was another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rolls {
    /// Whose.
    pub owner: ObjectKey,
    /// Which.
    pub name: &'static str,
    /// What it was.
    pub before: i64,
    /// How far the new one has come, from 0 to 1.
    pub part: f64,
}

impl Moves {
    /// How a Pod comes.
    pub fn comes(&self, pod: &ObjectKey) -> Option<Coming> {
        find(&self.coming, pod)
    }

    /// How far the ring of a Pod has spread.
    pub fn ring(&self, pod: &ObjectKey) -> Option<f64> {
        find(&self.rings, pod)
    }

    /// How far an owner has grown.
    pub fn grows(&self, owner: &ObjectKey) -> Option<f64> {
        find(&self.records, owner)
    }

    /// How a number of an owner rolls.
    pub fn rolls(&self, owner: &ObjectKey, name: &str) -> Option<&Rolls> {
        let mut all = self.numbers.iter();
        all.find(|one| one.owner == *owner && one.name == name)
    }

    /// The Pods of an owner that are gone.
    pub fn gone<'a>(&'a self, owner: &'a ObjectKey) -> impl Iterator<Item = &'a Going> {
        self.going.iter().filter(move |one| one.owner == *owner)
    }
}

fn find<T: Copy>(all: &[(ObjectKey, T)], key: &ObjectKey) -> Option<T> {
    all.iter().find(|(one, _)| one == key).map(|(_, of)| *of)
}

/// The last changes that may still be seen at `t`, the newest first.
fn recent<'a>(snapshot: &'a Snapshot, t: SimTime, speeds: &Speeds) -> Vec<&'a Rc<Change>> {
    let since = t.0 - (MARK_MS * 1e3 * speeds.fastest()) as i64;
    let all = snapshot.store.changes().iter().rev().take(LOOKED_AT);
    let all = all.take_while(|change| change.at.0 > since);
    all.filter(|change| lasts(change).is_some()).collect()
}

/// For how long a change is seen here, in milliseconds of screen time at 1×; nothing where it isn't.
fn lasts(change: &Change) -> Option<f64> {
    let is_pod = &*change.object.kind == "Pod";
    if !is_pod && !KINDS.contains(&&*change.object.kind) {
        return None;
    }
    match (change.verb, &change.before, &change.after) {
        (Verb::Created, ..) if is_pod => Some(motion::PLACE_MS),
        (Verb::Created, ..) => Some(motion::REVEAL_MS),
        (Verb::Deleted, ..) if is_pod => Some(motion::REVEAL_MS),
        (Verb::Updated, Some(before), Some(after)) if is_pod => {
            let is_ready = |object: &Object| object.pod().is_some_and(|pod| pod.is_ready());
            (is_ready(after) && !is_ready(before)).then_some(motion::RING_MS)
        }
        (Verb::Updated, Some(before), Some(after)) if is_marked(before, after) => Some(MARK_MS),
        (Verb::Updated, Some(before), Some(after)) => {
            let key = &change.object;
            let counts = |object: &Object| (cards::numbers(key, object), bars(object));
            (counts(before) != counts(after)).then_some(motion::QUICK_MS)
        }
        _ => None,
    }
}

/// Is its template another one?
fn is_marked(before: &Object, after: &Object) -> bool {
    let template = |object: &Object| object.value.at(&["spec", "template"]).cloned();
    before.meta.generation != after.meta.generation && template(before) != template(after)
}

/// All Pods, and those that are available, as a status counts them.
fn bars(object: &Object) -> (i64, i64) {
    let status = |name| number(object, &["status", name], 0);
    (status("replicas"), status("availableReplicas"))
}

/// Until when something moves in this view.
pub fn until(snapshot: &Snapshot, speeds: &Speeds) -> SimTime {
    let ends = recent(snapshot, snapshot.time, speeds);
    let ends = ends.into_iter().filter_map(|change| {
        let is_seen = speeds.at(change.at) <= motion::INSTANT_ABOVE;
        let length = speeds.length(change.at, lasts(change)?);
        is_seen.then_some(SimTime(change.at.0 + length as i64))
    });
    ends.max().unwrap_or_default()
}

/// What moves at `t` in each of the families.
pub fn moves(snapshot: &Snapshot, known: &Ownership, t: SimTime, speeds: &Speeds) -> Vec<Moves> {
    let recent = recent(snapshot, t, speeds);
    let of = |family| match recent.is_empty() {
        true => Moves::default(),
        false => Seen {
            snapshot,
            recent: &recent,
            t,
            speeds,
        }
        .family(family),
    };
    known.families.iter().map(of).collect()
}

/// What is needed to say what moves.
struct Seen<'a> {
    snapshot: &'a Snapshot,
    recent: &'a [&'a Rc<Change>],
    t: SimTime,
    speeds: &'a Speeds,
}

impl Seen<'_> {
    fn part(&self, since: SimTime, ms: f64) -> Option<f64> {
        self.speeds.part(since, ms, self.t)
    }

    fn family(&self, family: &Family) -> Moves {
        let mut moves = Moves::default();
        if let Some(head) = &family.head {
            self.roll(head, &mut moves);
        }
        for set in &family.sets {
            self.roll(&set.card, &mut moves);
            self.pods(set, &mut moves);
        }
        self.root(family, &mut moves);
        moves
    }

    /// Numbers that changed, and whether the owner is new.
    fn roll(&self, card: &Card, moves: &mut Moves) {
        let mut seen = Vec::new();
        let own = self.recent.iter();
        for change in own.filter(|change| change.object == card.key) {
            if change.verb == Verb::Created
                && let Some(part) = self.part(change.at, motion::REVEAL_MS)
            {
                moves
                    .records
                    .push((card.key.clone(), ease(motion::REVEAL, part)));
            }
            let (Some(before), Some(after)) = (&change.before, &change.after) else {
                continue;
            };
            let before = cards::numbers(&card.key, before);
            for ((name, was), (_, is)) in before.into_iter().zip(cards::numbers(&card.key, after)) {
                if was == is || seen.contains(&name) {
                    continue;
                }
                // What came before it is at its end.
                seen.push(name);
                if let Some(part) = self.part(change.at, motion::QUICK_MS) {
                    moves.numbers.push(Rolls {
                        owner: card.key.clone(),
                        name,
                        before: was,
                        part: ease(motion::REVEAL, part),
                    });
                }
            }
        }
    }

    /// Pods that come, go, or became Ready.
    fn pods(&self, set: &Set, moves: &mut Moves) {
        for row in &set.pods {
            let key = &row.body.key;
            let Some(place) = self.snapshot.places.pod(key) else {
                continue;
            };
            moves
                .coming
                .extend(self.comes(place.created).map(|comes| (key.clone(), comes)));
            let ring = place.ready.and_then(|at| self.part(at, motion::RING_MS));
            let ring = ring.map(|part| ease(motion::EASE_OUT, part));
            moves.rings.extend(ring.map(|part| (key.clone(), part)));
        }
        let owner = self.snapshot.store.get(&set.card.key);
        let Some(owner) = owner.filter(|_| set.counts.is_empty()) else {
            return;
        };
        let gone = self.recent.iter();
        for change in gone.filter(|change| change.verb == Verb::Deleted) {
            moves.going.extend(self.gone(change, owner, set));
        }
    }

    fn comes(&self, since: SimTime) -> Option<Coming> {
        if self.speeds.at(since) > motion::CROSS_FADE_ABOVE {
            let part = self.part(since, motion::QUICK_MS)?;
            return Some(Coming::Fades(ease(motion::REVEAL, part)));
        }
        let part = self.part(since, motion::PLACE_MS)?;
        Some(Coming::Travels(ease(motion::PLACE, part)))
    }

    fn gone(&self, change: &Change, owner: &Rc<Object>, set: &Set) -> Option<Going> {
        let object = change.before.as_ref()?;
        let pod = object.pod()?;
        let is_its = object.meta.controller()?.uid == owner.meta.uid;
        let part = self.part(change.at, motion::REVEAL_MS).filter(|_| is_its)?;
        let row = self
            .snapshot
            .places
            .row_left(&owner.meta.uid, &change.object)?;
        let is_free = set.pods.iter().all(|other| other.row != row);
        is_free.then(|| Going {
            owner: set.card.key.clone(),
            row: row_of(
                self.snapshot,
                owner,
                (change.object.clone(), pod),
                row,
                self.t,
            ),
            seen: 1.0 - ease(motion::REVEAL, part),
        })
    }

    /// What was changed of the root.
    fn root(&self, family: &Family, moves: &mut Moves) {
        let own = self.recent.iter();
        let own = own.filter(|change| change.object == family.root);
        let own = own.filter_map(|change| {
            Some((change.at, change.before.as_ref()?, change.after.as_ref()?))
        });
        let marked = own
            .clone()
            .find(|(_, before, after)| is_marked(before, after));
        let marked = marked.and_then(|(at, ..)| self.part(at, MARK_MS));
        moves.mark = marked.map(|part| 1.0 - part);
        let moved = own
            .clone()
            .find(|(_, before, after)| bars(before) != bars(after));
        moves.bars = moved.and_then(|(at, before, after)| {
            let part = ease(motion::REVEAL, self.part(at, motion::QUICK_MS)?);
            let mix = |from: i64, to: i64| from as f64 + (to - from) as f64 * part;
            let ((all, available), (all_now, available_now)) = (bars(before), bars(after));
            Some((mix(all, all_now), mix(available, available_now)))
        });
    }
}
