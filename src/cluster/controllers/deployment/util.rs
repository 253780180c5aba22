//! Numbers, annotations and conditions of Deployments. Models
//! `pkg/controller/deployment/util/deployment_util.go`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Set;
use crate::api::meta::ObjectMeta;
use crate::api::workloads::{DeploymentCondition, DeploymentSpec, DeploymentStatus};
use crate::api::{Object, Value};
use crate::cluster::SimTime;
use crate::order;

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
pub(super) const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub(super) const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
pub(super) const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";
pub(super) const POD_TEMPLATE_HASH: &str = "pod-template-hash";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// No revision history is longer than this. `maxRevHistoryLengthInChars`.
const MAX_HISTORY: usize = 2000;

/// Models `skipCopyAnnotation`.
pub(super) fn is_own_annotation(name: &str) -> bool {
    [
        LAST_APPLIED,
        REVISION,
        REVISION_HISTORY,
        DESIRED_REPLICAS,
        MAX_REPLICAS,
        ROLLBACK_TO,
    ]
    .contains(&name)
}

pub(super) fn is_rolling_update(spec: &DeploymentSpec) -> bool {
    &*spec.strategy.kind == "RollingUpdate"
}

/// Models `ResolveFenceposts`: how many more, how many fewer.
fn fenceposts(spec: &DeploymentSpec) -> (i64, i64) {
    let rolling = &spec.strategy.rolling_update;
    let surge = rolling.max_surge.scaled(spec.replicas, true);
    let unavailable = rolling.max_unavailable.scaled(spec.replicas, false);
    // Rounding may leave neither.
    match (surge, unavailable) {
        (0, 0) => (0, 1),
        both => both,
    }
}

/// Models `MaxSurge`.
pub(super) fn max_surge(spec: &DeploymentSpec) -> i64 {
    if is_rolling_update(spec) {
        fenceposts(spec).0
    } else {
        0
    }
}

/// Models `MaxUnavailable`.
pub(super) fn max_unavailable(spec: &DeploymentSpec) -> i64 {
    if !is_rolling_update(spec) || spec.replicas == 0 {
        return 0;
    }
    fenceposts(spec).1.min(spec.replicas)
}

/// A sum over ReplicaSets.
pub(super) fn sum(sets: &[Set], of: fn(&Set) -> i64) -> i64 {
    sets.iter().map(of).sum()
}

/// Models `GetTerminatingReplicaCountForReplicaSets`.
pub(super) fn terminating(sets: &[Set]) -> Option<i64> {
    let mut sum = 0;
    for set in sets {
        let status = &set.view.status;
        match status.terminating_replicas {
            Some(count) => sum += count,
            None if status.observed_generation == 0 => {}
            None => return None,
        }
    }
    Some(sum)
}

/// Models `NewRSNewReplicas`.
pub(super) fn new_replicas(spec: &DeploymentSpec, all: i64, new: i64) -> i64 {
    if !is_rolling_update(spec) {
        return spec.replicas;
    }
    let surge = spec
        .strategy
        .rolling_update
        .max_surge
        .scaled(spec.replicas, true);
    let most = spec.replicas + surge;
    if all >= most {
        return new;
    }
    new + (most - all).min(spec.replicas - new)
}

/// Models `FilterActiveReplicaSets`: those that ought to have Pods.
pub(super) fn active(sets: &[Set]) -> Vec<Set> {
    let active = sets.iter().filter(|set| set.replicas() > 0);
    active.cloned().collect()
}

/// Models `ReplicaSetsByCreationTimestamp`.
pub(super) fn by_creation(a: &Set, b: &Set) -> Ordering {
    let (a, b) = (&a.view.metadata, &b.view.metadata);
    let by_time = a.creation_timestamp.cmp(&b.creation_timestamp);
    by_time.then_with(|| a.name.cmp(&b.name))
}

/// The revision of a ReplicaSet; 0 if it has none. Models `Revision`.
pub(super) fn revision(meta: &ObjectMeta) -> Option<i64> {
    match meta.annotations.get(REVISION) {
        None => Some(0),
        Some(revision) => revision.parse().ok(),
    }
}

/// Models `MaxRevision`.
pub(super) fn max_revision(sets: &[Set]) -> i64 {
    let revisions = sets.iter().filter_map(|set| revision(&set.view.metadata));
    revisions.max().unwrap_or(0).max(0)
}

/// The second highest revision. Models `LastRevision`.
pub(super) fn last_revision(sets: &[Set]) -> i64 {
    let (mut max, mut second) = (0, 0);
    for revision in sets.iter().filter_map(|set| revision(&set.view.metadata)) {
        if revision >= max {
            second = max;
            max = revision;
        } else if revision > second {
            second = revision;
        }
    }
    second
}

/// Models `EqualIgnoreHash`.
pub(super) fn same_template(deployment: &Object, set: &Object) -> bool {
    template_without_hash(deployment) == template_without_hash(set)
}

/// The template of an object, without the label that a Deployment puts on it.
pub(super) fn template_without_hash(object: &Object) -> Value {
    let template = object.value.at(&["spec", "template"]);
    let mut template = template.cloned().unwrap_or_default();
    template.remove(&["metadata", "labels", POD_TEMPLATE_HASH]);
    if template
        .at(&["metadata", "labels"])
        .is_some_and(Value::is_empty)
    {
        template.remove(&["metadata", "labels"]);
    }
    template
}

/// The ReplicaSet of the Deployment's own template, the oldest of several, and the others. Models
/// `FindNewReplicaSet` and `FindOldReplicaSets`.
pub(super) fn new_and_old(deployment: &Object, sets: &[Set]) -> (Option<Set>, Vec<Set>) {
    let mut old = sets.to_vec();
    order::sort_by(&mut old, by_creation);
    let is_new = |set: &Set| same_template(deployment, &set.object);
    let new = old.iter().position(is_new).map(|index| old.remove(index));
    (new, old)
}

/// Models `SetNewReplicaSetAnnotations` but for those that count; tells whether anything is new.
/// `annotations` are the new ReplicaSet's.
pub(super) fn set_annotations(
    annotations: &mut crate::api::meta::Labels,
    deployment: &ObjectMeta,
    new_revision: i64,
) -> bool {
    let mut is_changed = false;
    for (name, value) in &deployment.annotations {
        if !is_own_annotation(name) && annotations.get(name) != Some(value) {
            annotations.insert(name.clone(), value.clone());
            is_changed = true;
        }
    }
    let old = annotations.get(REVISION).cloned();
    let old_revision = match old.as_deref() {
        None | Some("") => 0,
        Some(text) => match text.parse::<i64>() {
            Ok(revision) => revision,
            // Upstream forgets what it has copied, too.
            Err(_) => return false,
        },
    };
    if old_revision >= new_revision {
        return is_changed;
    }
    annotations.insert(REVISION.into(), new_revision.to_string().into());
    if let Some(old) = old {
        let history = annotations
            .get(REVISION_HISTORY)
            .cloned()
            .unwrap_or_default();
        if let Some(history) = longer_history(&history, &old) {
            annotations.insert(REVISION_HISTORY.into(), history);
        }
    }
    true
}

/// The history with one more revision, without so many of the first ones that it isn't too long.
fn longer_history(history: &str, revision: &str) -> Option<Rc<str>> {
    if history.is_empty() {
        return Some(revision.into());
    }
    let mut rest = history;
    let mut length = history.len() + revision.len() + 1;
    let mut kept = true;
    while length > MAX_HISTORY && kept {
        let (first, others) = rest.split_once(',').unwrap_or((rest, ""));
        length -= first.len() + 1;
        kept = !others.is_empty();
        rest = others;
    }
    if length > MAX_HISTORY {
        return None;
    }
    let comma = if rest.is_empty() { "" } else { "," };
    Some(format!("{rest}{comma}{revision}").into())
}

/// The condition of this type.
pub(super) fn condition<'a>(
    status: &'a DeploymentStatus,
    kind: &str,
) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().find(|one| &*one.kind == kind)
}

/// A condition that begins now.
pub(super) fn new_condition(
    (kind, status, reason): (&str, &str, &str),
    message: String,
    now: SimTime,
) -> DeploymentCondition {
    DeploymentCondition {
        kind: kind.into(),
        status: status.into(),
        reason: reason.into(),
        message: message.into(),
        last_update_time: Some(now),
        last_transition_time: Some(now),
    }
}

/// Models `SetDeploymentCondition`: the same status for the same reason is no news.
pub(super) fn set_condition(status: &mut DeploymentStatus, mut new: DeploymentCondition) {
    if let Some(old) = condition(status, &new.kind) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition_time = old.last_transition_time;
        }
    }
    remove_condition(status, &new.kind);
    status.conditions.push(new);
}

/// Models `RemoveDeploymentCondition`.
pub(super) fn remove_condition(status: &mut DeploymentStatus, kind: &str) {
    status.conditions.retain(|one| &*one.kind != kind);
}

/// Models `HasProgressDeadline`.
pub(super) fn has_progress_deadline(spec: &DeploymentSpec) -> bool {
    let deadline = spec.progress_deadline_seconds;
    deadline.is_some_and(|deadline| deadline != i64::from(i32::MAX))
}

/// Models `DeploymentComplete`.
pub(super) fn is_complete(
    spec: &DeploymentSpec,
    generation: i64,
    status: &DeploymentStatus,
) -> bool {
    status.updated_replicas == spec.replicas
        && status.replicas == spec.replicas
        && status.available_replicas == spec.replicas
        && status.observed_generation >= generation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::workloads::IntOrPercent;

    fn spec(replicas: i64, surge: &str, unavailable: &str) -> DeploymentSpec {
        let number = |text: &str| match text.parse() {
            Ok(number) => IntOrPercent::Number(number),
            Err(_) => IntOrPercent::Name(text.into()),
        };
        let mut spec = DeploymentSpec {
            replicas,
            ..DeploymentSpec::default()
        };
        spec.strategy.kind = "RollingUpdate".into();
        spec.strategy.rolling_update.max_surge = number(surge);
        spec.strategy.rolling_update.max_unavailable = number(unavailable);
        spec
    }

    #[test]
    fn fenceposts_are_upstreams() {
        for (replicas, surge, unavailable, expected) in [
            (2, "0%", "1%", (0, 1)),
            (1, "1%", "25%", (1, 0)),
            (10, "25%", "25%", (3, 2)),
            (4, "50%", "50%", (2, 2)),
            (3, "0", "1", (0, 1)),
            (4, "0", "100%", (0, 4)),
            (0, "25%", "25%", (0, 0)),
        ] {
            let spec = spec(replicas, surge, unavailable);
            let found = (max_surge(&spec), max_unavailable(&spec));
            assert_eq!(found, expected, "{replicas} {surge} {unavailable}");
        }
    }

    #[test]
    fn a_history_forgets_its_first_revisions() {
        assert_eq!(longer_history("", "1").as_deref(), Some("1"));
        assert_eq!(longer_history("1,3", "5").as_deref(), Some("1,3,5"));
        let long = format!("1234{}", ",5678".repeat(399));
        let longer = longer_history(&long, "90").expect("it fits");
        assert!(longer.len() <= MAX_HISTORY && longer.ends_with(",90"));
        assert!(longer.starts_with("5678,"), "{longer}");
    }
}
