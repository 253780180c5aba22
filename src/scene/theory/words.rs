//! What has happened in each world since the last deed, in sentences, with the moment of each: the changes on record, the
//! cluster's among them, of its units alone.

use super::Kind;
use crate::api::pod::Pod;
use crate::api::{Object, Value};
use crate::cluster::theory::{Deed, is_unit};
use crate::cluster::{Actor, Change, SimTime, Snapshot, Verb};

/// So many are said.
const MOST: usize = 3;
/// So many changes are looked at, from the last one back.
const LOOKED_AT: usize = 400;

/// A sentence, and when it became true.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// When.
    pub at: SimTime,
    /// `vm-3 runs: it has booted a kernel of its own`
    pub words: String,
}

/// The last things that happened since the last deed, oldest first.
pub fn said(snapshot: &Snapshot) -> [Vec<Said>; 3] {
    let mut all: [Vec<Said>; 3] = Default::default();
    let Some(theory) = &snapshot.theory else {
        return all;
    };
    let moves = theory.last.is_some_and(|(deed, _)| deed == Deed::MoveOne);
    let changes = snapshot.store.changes();
    let since = theory.since.0 as usize;
    let since = since.max(changes.len().saturating_sub(LOOKED_AT));
    for number in (since..changes.len()).rev() {
        let Some(change) = changes.get(number) else {
            continue;
        };
        let Some((kind, words)) = told(change, moves) else {
            continue;
        };
        let of = &mut all[kind as usize];
        if of.len() < MOST {
            of.push(Said {
                at: change.at,
                words,
            });
        }
    }
    for of in &mut all {
        of.reverse();
    }
    all
}

fn told(change: &Change, moves: bool) -> Option<(Kind, String)> {
    let name = &change.object.name;
    if change.verb == Verb::Happened {
        let kind = match change.actor {
            Actor::Hypervisor => Kind::Machine,
            Actor::Engine => Kind::Container,
            _ => Kind::Pod,
        };
        return Some((kind, format!("{name} {}", change.message)));
    }
    let words = match &*change.object.kind {
        "Pod" => {
            let object = change.after.as_ref().or(change.before.as_ref())?;
            is_unit(object).then(|| of_pod(change, moves))?
        }
        "ReplicaSet.apps" if &**name == "hello-pod" => of_replica_set(change),
        "Node" => of_node(change),
        _ => None,
    }?;
    Some((Kind::Pod, format!("{name} {words}")))
}

fn of_pod(change: &Change, moves: bool) -> Option<String> {
    let pod =
        |object: &Option<std::rc::Rc<Object>>| object.as_ref().and_then(|one| one.pod().cloned());
    let (before, after) = (pod(&change.before), pod(&change.after));
    let (before, after) = match (before, after) {
        (None, _) => return Some("is created: a record of one Pod, on no node yet".into()),
        (_, None) => return Some("is gone".into()),
        (Some(before), Some(after)) => (before, after),
    };
    if before.spec.node_name != after.spec.node_name {
        let node = &after.spec.node_name;
        return Some(format!(
            "is bound to {node}, once: both containers, together"
        ));
    }
    if before.metadata.deletion_timestamp.is_none() && after.metadata.deletion_timestamp.is_some() {
        return Some(match moves {
            true => "is told to end: a Pod never moves, another one is created".into(),
            false => "is told to end".into(),
        });
    }
    let waits = |pod: &Pod| {
        let scheduled = pod.condition("PodScheduled");
        scheduled
            .filter(|one| &*one.status == "False")
            .map(|one| one.message.clone())
    };
    if waits(&after).is_some() && waits(&before) != waits(&after) {
        let message = waits(&after).unwrap_or_default();
        return Some(format!("waits as a whole, and is tried again: {message}"));
    }
    match (before.is_ready(), after.is_ready()) {
        (false, true) => Some("is Ready: both of its containers are".into()),
        (true, false) => Some("is not Ready any more, as a whole".into()),
        _ => None,
    }
}

fn of_replica_set(change: &Change) -> Option<String> {
    let wanted = |object: &Option<std::rc::Rc<Object>>| {
        let object = object.as_ref()?;
        object
            .value
            .at(&["spec", "replicas"])
            .and_then(Value::as_i64)
    };
    let now = wanted(&change.after)?;
    let is_new = wanted(&change.before) != Some(now);
    is_new
        .then(|| format!("(a ReplicaSet) is to keep {now} Pods: more of them, never a bigger one"))
}

fn of_node(change: &Change) -> Option<String> {
    let (before, after) = (
        change.before.as_ref()?.node()?,
        change.after.as_ref()?.node()?,
    );
    if before.is_ready() && !after.is_ready() {
        return Some("is silent for too long: the Node isn't Ready any more".into());
    }
    match (before.spec.unschedulable, after.spec.unschedulable) {
        (false, true) => Some("is cordoned: what is created next goes elsewhere".into()),
        _ => None,
    }
}
