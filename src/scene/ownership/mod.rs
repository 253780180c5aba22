//! The Ownership view's picture: who owns whom, and how each keeps a number true. Deployment, ReplicaSets new and old,
//! Pods; beside them ReplicationControllers, StatefulSets, DaemonSets, Jobs and CronJobs. A function of the snapshot,
//! what is selected and the moment. Ours. Left out: owners of other kinds, and Pods of nobody.

/// What a card says.
mod cards;

/// The least and the most of a rolling update.
mod fence;

/// Which row is whose.
mod slots;

/// Where everything stands.
mod plan;

/// What moves.
mod moves;

/// A controller's look in words.
mod loops;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::body::{is_failing, pod_body, pod_state};
use super::glyphs::{PodBody, State};
use super::selection::Selection;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey};
use crate::cluster::{SimTime, Snapshot, Store};

pub use cards::{Card, numbers, revision, selecting};
pub use fence::{Fence, fence};
pub use loops::{Loop, Stage, looked, so_far};
pub use moves::{Coming, Going, Moves, Rolls, moves, until};
pub use plan::{LINE, Plan, Point, SetPlan, card_height, plan};
pub use slots::Slots;

/// Kinds that own, in the order in which they are shown.
pub const KINDS: [&str; 7] = [
    "Deployment.apps",
    "ReplicaSet.apps",
    "ReplicationController",
    "StatefulSet.apps",
    "DaemonSet.apps",
    "CronJob.batch",
    "Job.batch",
];
/// So many are shown with all that is theirs.
const FAMILIES: usize = 12;
/// So many Pods of one owner are shown one by one; more are counted.
pub const PODS: usize = 8;
/// So many ReplicaSets without a Pod are shown, and so many Jobs.
const FOLDED: usize = 3;
const JOBS: usize = 4;

/// All that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Ownership {
    /// Owners with what is theirs.
    pub families: Vec<Family>,
    /// How many owners there are besides.
    pub more: usize,
}

/// One that nobody owns, and all that is its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Which.
    pub root: ObjectKey,
    /// Its card, where others of its own stand between it and Pods.
    pub head: Option<Card>,
    /// Whoever owns Pods.
    pub sets: Vec<Set>,
    /// Of its own, but without a Pod.
    pub folded: Vec<Card>,
    /// How many of these there are besides.
    pub more: usize,
    /// Of a rolling update.
    pub fence: Option<Fence>,
}

/// An owner of Pods, and these.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The owner.
    pub card: Card,
    /// The Pods that are shown one by one.
    pub pods: Vec<Row>,
    /// How many rows they take, empty ones among them.
    pub rows: usize,
    /// Where there are too many: how many are in which state.
    pub counts: Vec<(State, usize)>,
}

/// A Pod of an owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it shows.
    pub body: Rc<PodBody>,
    /// In which row.
    pub row: usize,
    /// `Running, Ready`, `Terminating, 12 s left`
    pub words: String,
    /// Where it runs; empty for nowhere yet.
    pub node: Rc<str>,
    /// What its owner makes of it, where that is worth a sentence.
    pub note: String,
}

/// Who manages the object: the owner that says so and is there.
pub fn owner(store: &Store, object: &Object) -> Option<ObjectKey> {
    let meta = &object.meta;
    let owner = meta.controller()?;
    let key = owner.key(&meta.namespace);
    let is_it = store.get(&key)?.meta.uid == owner.uid;
    (is_it && KINDS.contains(&&*key.kind)).then_some(key)
}

/// The outermost owner of what is selected; itself, if it is one.
pub fn root_of(store: &Store, selection: &Selection) -> Option<ObjectKey> {
    let mut key = match selection {
        Selection::Host(_) => return None,
        Selection::Object(key) | Selection::Container { pod: key, .. } => key.clone(),
    };
    // No chain is longer than CronJob, Job, Pod; a circle ends, too.
    for _ in 0..KINDS.len() {
        match owner(store, store.get(&key)?) {
            Some(next) => key = next,
            None => break,
        }
    }
    KINDS.contains(&&*key.kind).then_some(key)
}

/// What an object manages, by kind and name.
pub fn owned<'a>(store: &'a Store, owner: &'a Object) -> impl Iterator<Item = &'a Rc<Object>> {
    let uid = &*owner.meta.uid;
    let is_its = move |object: &&Rc<Object>| {
        let controller = object.meta.controller();
        controller.is_some_and(|controller| &*controller.uid == uid)
    };
    store.owned_by(uid).filter(is_its)
}

/// The same in the order in which it is shown: of ReplicaSets and Jobs the newest first.
pub fn children<'a>(store: &'a Store, owner: &'a Object) -> Vec<&'a Rc<Object>> {
    let is_shown =
        |object: &&Rc<Object>| object.pod().is_some() || KINDS.contains(&&*object.key().kind);
    let mut all: Vec<&Rc<Object>> = owned(store, owner).filter(is_shown).collect();
    if all.iter().all(|object| object.pod().is_none()) {
        crate::order::sort_by_key(&mut all, |object| std::cmp::Reverse(cards::age(object)));
    }
    all
}

/// Those that nobody owns, in the order in which they are shown.
pub fn roots(store: &Store) -> impl Iterator<Item = &Rc<Object>> {
    let all = KINDS.iter().flat_map(|kind| store.list(kind));
    all.map(|(_, object)| object)
        .filter(|object| owner(store, object).is_none())
}

/// All that is shown of this snapshot at `t`, while this is selected.
pub fn ownership(snapshot: &Snapshot, selection: Option<&Selection>, t: SimTime) -> Ownership {
    let store = &snapshot.store;
    let chosen = selection.and_then(|selection| root_of(store, selection));
    let is_chosen = |object: &Rc<Object>| chosen.as_ref().is_some_and(|key| *key == object.key());
    let mut shown: Vec<&Rc<Object>> = Vec::new();
    let mut more = 0;
    for object in roots(store) {
        // What is there, and has nothing, says nothing yet.
        let is_shown = is_chosen(object) || owned(store, object).next().is_some();
        if !is_shown {
            continue;
        }
        if shown.len() < FAMILIES {
            shown.push(object);
        } else if is_chosen(object) {
            shown.pop();
            shown.push(object);
            more += 1;
        } else {
            more += 1;
        }
    }
    let families = shown.into_iter();
    let families = families.map(|object| family(snapshot, object, t)).collect();
    Ownership { families, more }
}

fn family(snapshot: &Snapshot, root: &Rc<Object>, t: SimTime) -> Family {
    let key = root.key();
    let mut family = Family {
        root: key.clone(),
        head: None,
        sets: Vec::new(),
        folded: Vec::new(),
        more: 0,
        fence: None,
    };
    let between = match &*key.kind {
        "Deployment.apps" => "ReplicaSet.apps",
        "CronJob.batch" => "Job.batch",
        _ => {
            family.sets.push(set(snapshot, root, None, t));
            return family;
        }
    };
    family.head = Some(cards::card(root, None));
    let mut all = children(&snapshot.store, root);
    all.retain(|object| *object.key().kind == *between);
    for (number, object) in all.into_iter().enumerate() {
        let role = match (between, number) {
            ("Job.batch", _) => None,
            (_, 0) => Some("new"),
            _ => Some("old"),
        };
        let made = set(snapshot, object, role, t);
        let is_empty = made.rows == 0 && made.counts.is_empty() && !cards::wants_any(object);
        match role {
            Some("old") if is_empty && family.folded.len() < FOLDED => {
                family.folded.push(made.card)
            }
            Some("old") if is_empty => family.more += 1,
            None if family.sets.len() == JOBS => family.more += 1,
            _ => family.sets.push(made),
        }
    }
    if &*key.kind == "Deployment.apps" {
        family.fence = fence(snapshot, root);
    }
    family
}

fn set(snapshot: &Snapshot, object: &Rc<Object>, role: Option<&'static str>, t: SimTime) -> Set {
    let mut set = Set {
        card: cards::card(object, role),
        pods: Vec::new(),
        rows: 0,
        counts: Vec::new(),
    };
    let all = owned(&snapshot.store, object);
    let pods: Vec<(&Rc<Object>, &Rc<Pod>)> =
        all.filter_map(|one| Some((one, one.pod()?))).collect();
    if pods.len() > PODS {
        let mut counts = State::ALL.map(|state| (state, 0));
        for (_, pod) in pods {
            let state = pod_state(pod, is_failing(pod));
            let of = counts.iter_mut().find(|(one, _)| *one == state);
            if let Some((_, count)) = of {
                *count += 1;
            }
        }
        set.counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        return set;
    }
    let row = |pod: &Object| snapshot.places.row(&object.meta.uid, &pod.key());
    let mut taken: Vec<usize> = pods.iter().filter_map(|(pod, _)| row(pod)).collect();
    for (one, pod) in pods {
        let row = row(one).or_else(|| (0..).find(|row| !taken.contains(row)));
        let row = row.unwrap_or_default();
        taken.push(row);
        set.pods
            .push(row_of(snapshot, object, (one.key(), pod), row, t));
    }
    crate::order::sort_by_key(&mut set.pods, |row| row.row);
    set.rows = set.pods.last().map_or(0, |last| last.row + 1);
    set
}

fn row_of(
    snapshot: &Snapshot,
    owner: &Object,
    (key, pod): (ObjectKey, &Pod),
    row: usize,
    t: SimTime,
) -> Row {
    let body = Rc::new(pod_body(&key, pod, &snapshot.activities, t));
    Row {
        words: cards::pod_words(pod, &body, t),
        row,
        node: pod.spec.node_name.clone(),
        note: loops::note(snapshot, owner, &body),
        body,
    }
}
