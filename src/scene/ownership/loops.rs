//! A controller's last look at an object in words: what it observed, what it compares that with, what it did, and what
//! it waits for; each with its why.

use super::{KINDS, owned};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::controllers::reconcile::{Measure, Reconcile, Wait, Why};
use crate::cluster::{Change, SimTime, Snapshot, Verb, events, words};
use crate::scene::glyphs::PodBody;

/// So many acts of one look are told one by one.
const ACTS: usize = 6;

/// A look of a controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// `deployment-controller`
    pub controller: String,
    /// Its parts, in order.
    pub stages: Vec<Stage>,
}

/// One part of a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// `Observe`, `Compare`, `Act`, `Wait`
    pub part: &'static str,
    /// What.
    pub words: String,
    /// Why; empty where the words say it.
    pub why: String,
    /// The moment that it leads to.
    pub at: Option<SimTime>,
    /// What it is about.
    pub object: Option<ObjectKey>,
}

impl Stage {
    fn new(part: &'static str, words: String) -> Self {
        Stage {
            part,
            words,
            why: String::new(),
            at: None,
            object: None,
        }
    }
}

/// The last look at this object; `None` where no controller has looked at it.
pub fn looked(snapshot: &Snapshot, key: &ObjectKey) -> Option<Loop> {
    let reconcile = snapshot.reconciles.get(key)?;
    let mut stages = Vec::new();
    let seen = counted(&reconcile.observed);
    stages.push(Stage {
        at: Some(reconcile.at),
        ..Stage::new(
            "Observe",
            if seen.is_empty() {
                "nothing that counts".into()
            } else {
                seen
            },
        )
    });
    let wanted = counted(&reconcile.wanted);
    let differs = differences(reconcile);
    stages.push(Stage {
        why: differs,
        ..Stage::new(
            "Compare",
            if wanted.is_empty() {
                "nothing is wanted".into()
            } else {
                format!("wanted: {wanted}")
            },
        )
    });
    acts(snapshot, reconcile, &mut stages);
    for Wait { object, why } in &reconcile.waits_for {
        stages.push(Stage {
            object: Some(object.clone()),
            why: reason(why),
            ..Stage::new("Wait", format!("for {object}"))
        });
    }
    if reconcile.more_waits > 0 {
        stages.push(Stage::new(
            "Wait",
            format!("for {} more", reconcile.more_waits),
        ));
    }
    Some(Loop {
        controller: reconcile.controller.to_string(),
        stages,
    })
}

/// So many changes are looked through for an update's beginning, and so many steps of it are told.
const BACK: usize = 2_000;
const STEPS: usize = 12;

/// What a Deployment's controller did to its ReplicaSets since its template was another one, oldest first.
pub fn so_far(snapshot: &Snapshot, root: &ObjectKey) -> Vec<Stage> {
    let Some(object) = snapshot.store.get(root) else {
        return Vec::new();
    };
    let uid = &object.meta.uid;
    let is_own = |change: &Change| {
        let object = change.after.as_ref().or(change.before.as_ref());
        let owner = object.and_then(|object| object.meta.controller());
        &*change.object.kind == "ReplicaSet.apps" && owner.is_some_and(|owner| owner.uid == *uid)
    };
    let template = |object: &Object| object.value.at(&["spec", "template"]).cloned();
    let mut steps = Vec::new();
    for change in snapshot.store.changes().iter().rev().take(BACK) {
        if change.object == *root
            && let (Some(before), Some(after)) = (&change.before, &change.after)
            && template(before) != template(after)
        {
            break;
        }
        let is_step = change.verb == Verb::Created || scaled(change).is_some();
        if is_step && is_own(change) {
            steps.push(Stage {
                at: Some(change.at),
                object: Some(change.object.clone()),
                ..Stage::new("Act", act(change))
            });
        }
        if steps.len() == STEPS {
            break;
        }
    }
    steps.reverse();
    steps
}

/// What it did, or that there was nothing to do.
fn acts(snapshot: &Snapshot, reconcile: &Reconcile, stages: &mut Vec<Stage>) {
    let changes = snapshot.store.changes();
    let range = reconcile
        .acts
        .map_or(0..0, |(first, last)| first.0..last.0 + 1);
    let all = range.filter_map(|number| changes.get(usize::try_from(number).ok()?));
    let mut all: Vec<&Change> = all.map(|change| &**change).collect();
    all.retain(|change| !events::is_event(&change.object));
    if all.is_empty() {
        let why = match reconcile.waits_for.is_empty() {
            true => "all is as it should be",
            false => "it has to wait",
        };
        stages.push(Stage {
            why: why.into(),
            ..Stage::new("Act", "nothing to do".into())
        });
        return;
    }
    for change in all.iter().take(ACTS) {
        stages.push(Stage {
            at: Some(change.at),
            object: Some(change.object.clone()),
            why: cause(reconcile, change),
            ..Stage::new("Act", act(change))
        });
    }
    if all.len() > ACTS {
        stages.push(Stage::new(
            "Act",
            format!("{} more changes", all.len() - ACTS),
        ));
    }
}

/// `5 Pods, 3 available`
fn counted(all: &[(Measure, i64)]) -> String {
    // What is none of these, and needn't be, isn't told.
    let seldom = [Measure::Terminating, Measure::Succeeded, Measure::Failed];
    let told = all
        .iter()
        .filter(|(measure, number)| *number != 0 || !seldom.contains(measure));
    let all = told.map(|(measure, number)| match measure {
        Measure::Replicas if *number == 1 => "1 Pod".to_string(),
        Measure::Replicas => format!("{number} Pods"),
        Measure::Ready => format!("{number} Ready"),
        Measure::Available => format!("{number} available"),
        Measure::Updated => format!("{number} up to date"),
        Measure::Terminating => format!("{number} on the way out"),
        Measure::Succeeded => format!("{number} succeeded"),
        Measure::Failed => format!("{number} failed"),
        Measure::AtMost => format!("at most {number} Pods"),
        Measure::AvailableAtLeast => format!("at least {number} available"),
    });
    all.collect::<Vec<_>>().join(", ")
}

pub(super) fn measured(all: &[(Measure, i64)], which: Measure) -> Option<i64> {
    let found = all.iter().find(|(measure, _)| *measure == which);
    found.map(|(_, number)| *number)
}

/// What is missing or too much; of a rolling update, what isn't of the present template yet.
fn differences(reconcile: &Reconcile) -> String {
    let seen = |which| measured(&reconcile.observed, which).unwrap_or_default();
    let Some(wanted) = measured(&reconcile.wanted, Measure::Replicas) else {
        return String::new();
    };
    let rolls = measured(&reconcile.wanted, Measure::AtMost).is_some();
    let (replicas, updated) = (seen(Measure::Replicas), seen(Measure::Updated));
    match replicas - wanted {
        _ if rolls && updated < wanted => format!("{updated} of {wanted} are up to date"),
        0 => String::new(),
        missing if missing < 0 => format!("{} too few", -missing),
        surplus => format!("{surplus} too many"),
    }
}

/// `ReplicaSet default/web-5d8 scaled from 1 to 2`, `Pod default/web-5d8-x7k2p created`
fn act(change: &Change) -> String {
    let object = &change.object;
    if let Some((from, to)) = scaled(change) {
        return format!("{object} scaled from {from} to {to}");
    }
    match change.verb {
        Verb::Created => format!("{object} created"),
        Verb::Deleted => format!("{object} deleted"),
        Verb::Refused | Verb::Happened => format!("{object}: {}", change.message),
        Verb::Updated if begins_to_end(change) => format!("{object} deleted"),
        Verb::Updated => match words::describe(change) {
            what if what.is_empty() => format!("{object} written: its status"),
            what => format!("{object}: {what}"),
        },
    }
}

fn begins_to_end(change: &Change) -> bool {
    let ends = |object: &Option<std::rc::Rc<Object>>| {
        let object = object.as_ref();
        object.is_some_and(|object| object.meta.deletion_timestamp.is_some())
    };
    ends(&change.after) && !ends(&change.before)
}

/// How many replicas an owner was to have, and is to have now, if that is another number.
fn scaled(change: &Change) -> Option<(i64, i64)> {
    if !KINDS.contains(&&*change.object.kind) {
        return None;
    }
    let replicas = |object: &Object| {
        object
            .value
            .at(&["spec", "replicas"])
            .and_then(Value::as_i64)
    };
    let (from, to) = (
        replicas(change.before.as_ref()?)?,
        replicas(change.after.as_ref()?)?,
    );
    (from != to).then_some((from, to))
}

/// Why it did that.
fn cause(reconcile: &Reconcile, change: &Change) -> String {
    let seen = |which| measured(&reconcile.observed, which).unwrap_or_default();
    let wanted = |which| measured(&reconcile.wanted, which);
    if let Some((from, to)) = scaled(change) {
        let (most, least) = (wanted(Measure::AtMost), wanted(Measure::AvailableAtLeast));
        return match (from < to, most, least) {
            (true, Some(most), _) => format!(
                "{} are there, and there may be {most}",
                seen(Measure::Replicas)
            ),
            (false, _, Some(least)) => {
                format!(
                    "{} are available, and {least} have to be",
                    seen(Measure::Available)
                )
            }
            _ => String::new(),
        };
    }
    let Some(wanted) = wanted(Measure::Replicas) else {
        return String::new();
    };
    let is_pod = &*change.object.kind == "Pod";
    match change.verb {
        Verb::Created if is_pod => format!("have {}, want {wanted}", seen(Measure::Replicas)),
        Verb::Deleted | Verb::Updated
            if is_pod && (change.after.is_none() || begins_to_end(change)) =>
        {
            format!("have {}, want {wanted}", seen(Measure::Replicas))
        }
        _ => String::new(),
    }
}

/// Why something is waited for.
fn reason(why: &Why) -> String {
    match why {
        Why::NotScheduled => "it has no node yet".into(),
        Why::NotReady => "it isn’t Ready yet".into(),
        Why::NotAvailableBefore(at) => format!("it has to be Ready until {at}"),
        Why::Terminating => "it is on its way out".into(),
        Why::NotObserved => "its own controller has to look first".into(),
        Why::NotScaled => "it isn’t as large as it is to be".into(),
        Why::Paused => "it is paused".into(),
        Why::Refused(sentence) => sentence.to_string(),
        Why::Until(at) => format!("nothing happens before {at}"),
    }
}

/// What the owners of a Pod make of it.
pub(super) fn note(snapshot: &Snapshot, owner: &Object, body: &PodBody) -> String {
    let kind = owner.key().bare_kind().to_string();
    if body.terminating.is_some() {
        return match kind.as_str() {
            "ReplicaSet" | "ReplicationController" => {
                format!("Being deleted. Its {kind} counts it no longer.")
            }
            _ => "Being deleted.".into(),
        };
    }
    let above = super::owner(&snapshot.store, owner);
    let above = above.and_then(|key| snapshot.store.get(&key));
    let look = snapshot.reconciles.get(&owner.key());
    let mut waits = look.into_iter().flat_map(|look| &look.waits_for);
    let is_waited_for = waits.any(|wait| wait.object == body.key);
    if is_waited_for && above.is_some_and(|above| is_rolling(snapshot, above)) {
        return "The update waits for this one.".into();
    }
    String::new()
}

/// Has it Pods of more than one of its ReplicaSets?
fn is_rolling(snapshot: &Snapshot, deployment: &Object) -> bool {
    let sets = owned(&snapshot.store, deployment);
    let has_pods = |set: &&std::rc::Rc<Object>| owned(&snapshot.store, set).next().is_some();
    sets.filter(has_pods).count() > 1
}
