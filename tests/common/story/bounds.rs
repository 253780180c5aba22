//! What controllers keep to at each of their changes, whatever else happens. Faults and people may take away as much
//! as they like: it is judged what a controller itself does.
//!
//! - Of an object's owners one at most manages it, and nobody takes it from another one: it is let go of first.
//! - When a Deployment has a ReplicaSet grow, all of them together want no more than `replicas` and `maxSurge`; of a
//!   `Recreate` no Pod of an old one is left.
//!   Where ReplicaSets were told different sizes, since a person gave an old one Pods again, upstream may overshoot in a
//!   change of size: each grows by its own share (`getReplicaSetFraction`), and what is too much is taken from the
//!   largest alone, which ends at 0 (`scale`, `sync.go`). Such a look isn't judged.
//! - When a rolling update has a ReplicaSet shrink, `replicas` less `maxUnavailable` stay available, or as many as
//!   were. Where a ReplicaSet tells of more that are available than it still wants, upstream counts them once more
//!   than they are there (`scaleDownOldReplicaSetsForRollingUpdate`): such a look isn't judged, and neither is a
//!   change of size, which shrinks in proportion.
//! - A ReplicaSet, or ReplicationController, makes no Pod beyond its `replicas`.
//! - A StatefulSet takes a Pod that is well away only while all those after it are, and where Pods wait for each other
//!   all others. A DaemonSet that rolls has no more nodes without than `maxUnavailable`. From a node that repels its
//!   Pods it takes them at once (`podsShouldBeOnNode`); and a Pod that is over and on its way out isn't there for it
//!   any more (`getNodesToDaemonPods`), which counts where its node takes a new one.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use podarium::api::workloads::{Deployment, DeploymentSpec};
use podarium::api::{Object, ObjectKey};
use podarium::cluster::{Actor, Change, SimTime, Verb};
use podarium::collections::List;

/// Judges every change; tells how many looks of rolling updates were judged.
///
/// # Errors
/// The first that breaks a bound.
pub fn check(changes: &List<Change>) -> Result<u64, String> {
    let mut seen = Seen::default();
    for change in changes.iter() {
        let judged = seen.judge(change);
        let told = |why| {
            let (at, actor) = (change.at.as_seconds(), &change.actor);
            format!("{at:.3} s, {actor}, {}: {why}", change.object)
        };
        judged.map_err(told)?;
        seen.take(change);
    }
    Ok(seen.judged)
}

/// What a ReplicaSet is told of its Deployment's size.
pub const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";

type Judged = Result<(), String>;

/// The objects before a change.
#[derive(Default)]
struct Seen {
    objects: BTreeMap<ObjectKey, Rc<Object>>,
    look: Option<Look>,
    judged: u64,
}

/// A Deployment's look at its ReplicaSets, as it began.
struct Look {
    of: Rc<str>,
    at: SimTime,
    /// Is it one of a rolling update, with counts that are true?
    is_judged: bool,
    /// Were ReplicaSets that want Pods told different sizes?
    is_at_odds: bool,
}

impl Seen {
    fn take(&mut self, change: &Change) {
        match (&change.after, change.verb) {
            (_, Verb::Refused) => {}
            (Some(after), _) => drop(self.objects.insert(change.object.clone(), after.clone())),
            (None, _) => drop(self.objects.remove(&change.object)),
        }
    }

    fn judge(&mut self, change: &Change) -> Judged {
        if change.verb == Verb::Refused {
            return Ok(());
        }
        one_controller(change)?;
        let Actor::Controller(name) = &change.actor else {
            return Ok(());
        };
        match (&**name, change.object.bare_kind()) {
            ("deployment-controller", "ReplicaSet") => self.resized(change),
            ("replicaset-controller" | "replication-controller", "Pod") => self.pod_of_set(change),
            ("statefulset-controller", "Pod") => self.pod_of_stateful_set(change),
            ("daemonset-controller", "Pod") => self.pod_of_daemon_set(change),
            _ => Ok(()),
        }
    }

    /// What a controller of this uid controls, of one kind.
    fn controlled<'a>(
        &'a self,
        kind: &'a str,
        uid: &'a str,
    ) -> impl Iterator<Item = &'a Rc<Object>> {
        let all = self.objects.range(ObjectKey::new(kind, "", "")..);
        let all = all.take_while(move |(key, _)| &*key.kind == kind);
        all.map(|(_, object)| object).filter(move |object| {
            let controller = object.meta.controller();
            controller.is_some_and(|controller| &*controller.uid == uid)
        })
    }

    /// The controller of an object, where it is there.
    fn controller_of(&self, object: &Object) -> Option<&Rc<Object>> {
        let owner = object.meta.controller()?;
        let found = self.objects.get(&owner.key(&object.meta.namespace))?;
        (found.meta.uid == owner.uid).then_some(found)
    }

    /// A Deployment wants another number of a ReplicaSet.
    fn resized(&mut self, change: &Change) -> Judged {
        let Some(after) = &change.after else {
            return Ok(());
        };
        let (before, wanted) = (
            change.before.as_deref().map_or(0, replicas),
            replicas(after),
        );
        let Some(owner) = self.controller_of(after).cloned() else {
            return Ok(());
        };
        let Some(deployment) = owner.deployment().filter(|_| before != wanted) else {
            return Ok(());
        };
        let all: Vec<Rc<Object>> =
            (self.controlled("ReplicaSet.apps", &owner.meta.uid).cloned()).collect();
        let is_news = self
            .look
            .as_ref()
            .is_none_or(|look| look.of != owner.meta.uid || look.at != change.at);
        if is_news {
            let is_judged = is_rolling(deployment, &all);
            self.judged += u64::from(is_judged);
            self.look = Some(Look {
                of: owner.meta.uid.clone(),
                at: change.at,
                is_judged,
                is_at_odds: is_at_odds(&all),
            });
        }
        if wanted > before && self.look.as_ref().is_some_and(|look| look.is_at_odds) {
            return Ok(());
        }
        if wanted > before {
            return self.grows(deployment, &all, after, wanted);
        }
        if self.look.as_ref().is_some_and(|look| look.is_judged) {
            return shrinks(deployment, &all, after);
        }
        Ok(())
    }

    fn grows(&self, of: &Deployment, all: &[Rc<Object>], set: &Object, wanted: i64) -> Judged {
        let others = || all.iter().filter(|one| one.meta.uid != set.meta.uid);
        let (surge, _) = fenceposts(&of.spec);
        let sum = others().map(|one| replicas(one)).sum::<i64>() + wanted;
        let most = of.spec.replicas + surge;
        if sum > most {
            return Err(format!("{sum} Pods are wanted, {most} at most"));
        }
        let recreates = &*of.spec.strategy.kind == "Recreate" && !of.spec.paused;
        let old = others().filter(|_| recreates && is_resized(of, all).is_none());
        let mut pods = old.flat_map(|one| self.controlled("Pod", &one.meta.uid));
        let left = pods.find(|pod| pod.pod().is_some_and(|pod| !pod.is_finished()));
        match left {
            Some(pod) => Err(format!("of the old Pods {} is left", pod.meta.name)),
            None => Ok(()),
        }
    }

    /// A set makes a Pod.
    fn pod_of_set(&self, change: &Change) -> Judged {
        let Some(pod) = change
            .after
            .as_ref()
            .filter(|_| change.verb == Verb::Created)
        else {
            return Ok(());
        };
        let Some(set) = self.controller_of(pod) else {
            return Err("it is of a set that isn't there".into());
        };
        let count = self
            .controlled("Pod", &set.meta.uid)
            .filter(|pod| is_active(pod))
            .count() as i64;
        match count < replicas(set) {
            true => Ok(()),
            false => Err(format!("{count} Pods of {} are there", replicas(set))),
        }
    }

    /// The Pod that was well and that its controller begins to take away.
    fn well_and_taken_away<'a>(&'a self, change: &'a Change) -> Option<(&'a Object, &'a Object)> {
        let before = change.before.as_ref()?;
        let is_going = |pod: &Rc<Object>| pod.meta.deletion_timestamp.is_some();
        let goes = change.after.as_ref().is_none_or(is_going) && !is_going(before);
        let set = self.controller_of(before).filter(|_| goes)?;
        is_well(before, set, change.at).then_some((&**before, &**set))
    }

    /// A StatefulSet takes a Pod away that is well.
    fn pod_of_stateful_set(&self, change: &Change) -> Judged {
        let Some((pod, set)) = self.well_and_taken_away(change) else {
            return Ok(());
        };
        let (count, own) = (replicas(set), ordinal(pod));
        // One beyond the last: the set became smaller.
        if own >= count {
            return Ok(());
        }
        let is_ordered = set.value.text_at(&["spec", "podManagementPolicy"]) != "Parallel";
        let well: Vec<i64> = (self.controlled("Pod", &set.meta.uid))
            .filter(|pod| is_well(pod, set, change.at))
            .map(|pod| ordinal(pod))
            .collect();
        let first = if is_ordered { 0 } else { own };
        match (first..count).find(|other| *other != own && !well.contains(other)) {
            Some(other) => Err(format!("number {other} isn't available")),
            None => Ok(()),
        }
    }

    /// A DaemonSet takes a Pod away that is well.
    fn pod_of_daemon_set(&self, change: &Change) -> Judged {
        let Some((pod, set)) = self.well_and_taken_away(change) else {
            return Ok(());
        };
        let own = pod.pod().map_or("", |pod| &pod.spec.node_name);
        if self.repels(own) {
            return Ok(());
        }
        let rolling = ["spec", "updateStrategy", "rollingUpdate"];
        let bound = |name: &str| {
            let rolling = set.value.at(&rolling);
            rolling
                .and_then(|rolling| rolling.get(name)?.as_i64())
                .unwrap_or(0)
        };
        let mut nodes: BTreeMap<&str, bool> = BTreeMap::new();
        for other in self.controlled("Pod", &set.meta.uid) {
            let node = other.pod().map_or("", |pod| &pod.spec.node_name);
            // Pods of a node that repels them are no part of an update.
            if self.repels(node) || is_over(other) && self.takes_no_new(node) {
                continue;
            }
            let is_there = other.meta.uid != pod.meta.uid && is_well(other, set, change.at);
            *nodes.entry(node).or_default() |= is_there;
        }
        let without = nodes.values().filter(|is_there| !**is_there).count() as i64;
        let most = bound("maxUnavailable");
        match without > most && bound("maxSurge") == 0 {
            true => Err(format!("{without} nodes are without, {most} may be")),
            false => Ok(()),
        }
    }

    /// Does it get no new Pod of a DaemonSet, since nobody hears of it?
    fn takes_no_new(&self, node: &str) -> bool {
        let node = self.objects.get(&ObjectKey::node(node));
        let node = node.and_then(|object| object.node());
        let is_lost = |key: &str| key.ends_with("/unreachable") || key.ends_with("/not-ready");
        node.is_none_or(|node| {
            let mut taints = node.spec.taints.iter();
            taints.any(|taint| is_lost(&taint.key) && &*taint.effect == "NoSchedule")
        })
    }

    fn repels(&self, node: &str) -> bool {
        let node = self.objects.get(&ObjectKey::node(node));
        let node = node.and_then(|object| object.node());
        node.is_none_or(|node| node.spec.taints.iter().any(|taint| &*taint.key == "away"))
    }
}

/// Has it ended, and been deleted?
fn is_over(pod: &Object) -> bool {
    let is_finished = pod.pod().is_some_and(|pod| pod.is_finished());
    is_finished && pod.meta.deletion_timestamp.is_some()
}

fn one_controller(change: &Change) -> Judged {
    let Some(after) = &change.after else {
        return Ok(());
    };
    let owners = after.meta.owner_references.iter();
    let count = owners.filter(|owner| owner.controller).count();
    if count > 1 {
        return Err(format!("{count} controllers"));
    }
    let before = change
        .before
        .as_ref()
        .and_then(|before| before.meta.controller());
    match (before, after.meta.controller()) {
        (Some(old), Some(new)) if old.uid != new.uid => {
            Err(format!("{} takes it from {}", new.name, old.name))
        }
        _ => Ok(()),
    }
}

/// Is a look at these one of a rolling update, and are their counts true?
fn is_rolling(of: &Deployment, all: &[Rc<Object>]) -> bool {
    let is_true = |set: &Rc<Object>| available(set) <= replicas(set);
    &*of.spec.strategy.kind == "RollingUpdate"
        && !of.spec.paused
        && is_resized(of, all).is_none()
        && all.iter().all(is_true)
}

/// A ReplicaSet that says that the Deployment had another size when it was looked at last.
fn is_resized<'a>(of: &Deployment, all: &'a [Rc<Object>]) -> Option<&'a Rc<Object>> {
    let wanted = of.spec.replicas.to_string();
    all.iter().filter(|set| replicas(set) > 0).find(|set| {
        let said = set.meta.annotations.get(DESIRED);
        said.is_some_and(|said| **said != *wanted)
    })
}

fn is_at_odds(all: &[Rc<Object>]) -> bool {
    let active = all.iter().filter(|set| replicas(set) > 0);
    let told: BTreeSet<_> = active
        .map(|set| set.meta.annotations.get(DESIRED))
        .collect();
    told.len() > 1
}

fn shrinks(of: &Deployment, all: &[Rc<Object>], after: &Object) -> Judged {
    let least = of.spec.replicas - fenceposts(&of.spec).1;
    let there = |wanted: &dyn Fn(&Object) -> i64| {
        let each = all.iter().map(|set| wanted(set).min(available(set)));
        each.sum::<i64>()
    };
    let were = there(&|set| replicas(set));
    let are = there(&|set| match set.meta.uid == after.meta.uid {
        true => replicas(after),
        false => replicas(set),
    });
    match are < least.min(were) {
        true => Err(format!(
            "{are} stay available, {were} were, {least} at least"
        )),
        false => Ok(()),
    }
}

/// How many more, how many fewer. Models `ResolveFenceposts`.
fn fenceposts(of: &DeploymentSpec) -> (i64, i64) {
    let rolling = &of.strategy.rolling_update;
    if &*of.strategy.kind != "RollingUpdate" {
        return (0, of.replicas);
    }
    let surge = rolling.max_surge.scaled(of.replicas, true);
    let unavailable = rolling.max_unavailable.scaled(of.replicas, false);
    match (surge, unavailable) {
        (0, 0) => (0, 1),
        both => both,
    }
}

fn number(object: &Object, path: &[&str]) -> i64 {
    let number = object.value.at(path).and_then(|number| number.as_i64());
    number.unwrap_or(0)
}

fn replicas(set: &Object) -> i64 {
    number(set, &["spec", "replicas"])
}

fn available(set: &Object) -> i64 {
    number(set, &["status", "availableReplicas"])
}

fn is_active(pod: &Object) -> bool {
    let is_going = pod.meta.deletion_timestamp.is_some();
    !is_going && pod.pod().is_some_and(|pod| !pod.is_finished())
}

/// Is it available, as its controller counts, and does it stay? Models `IsPodAvailable`.
fn is_well(pod: &Object, set: &Object, now: SimTime) -> bool {
    let Some(view) = pod.pod().filter(|_| is_active(pod)) else {
        return false;
    };
    let since = view
        .condition("Ready")
        .filter(|ready| &*ready.status == "True");
    let since = since.and_then(|ready| ready.last_transition_time);
    let min_ready = number(set, &["spec", "minReadySeconds"]).unsigned_abs();
    since.is_some_and(|since| since + Duration::from_secs(min_ready) <= now)
}

fn ordinal(pod: &Object) -> i64 {
    let number = pod
        .meta
        .name
        .rsplit_once('-')
        .and_then(|(_, number)| number.parse().ok());
    number.unwrap_or(-1)
}
