//! Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers. Models
//! `pkg/apis/apps/validation` and core's `ValidateReplicationController`.

use super::at::{At, Errors, go_struct};
use super::int_or_percent::{int_or_percent, not_above_100_percent, value_of};
use super::{metadata, names, persistent_volume_claim, pod};
use crate::api::Value;

const NO_MATCH: &str = "`selector` does not match template `labels`";

/// Models `ValidateDeploymentSpec`.
pub fn deployment(spec: &At, errors: &mut Errors) {
    errors.nonnegative(&spec.field("replicas"));
    selector(spec, "deployment", errors);
    template(spec, "ReplicaSet", errors);
    deployment_strategy(&spec.field("strategy"), errors);
    errors.nonnegative(&spec.field("minReadySeconds"));
    errors.nonnegative(&spec.field("revisionHistoryLimit"));
    let deadline = spec.field("progressDeadlineSeconds");
    if deadline.is_set() {
        errors.nonnegative(&deadline);
        if deadline.number() <= spec.int("minReadySeconds").unwrap_or_default() {
            let what = "must be greater than minReadySeconds";
            errors.invalid(&deadline.path, deadline.number(), what);
        }
    }
}

/// Models `ValidateReplicaSetSpec`; upstream calls it a deployment here too.
pub fn replica_set(spec: &At, errors: &mut Errors) {
    errors.nonnegative(&spec.field("replicas"));
    errors.nonnegative(&spec.field("minReadySeconds"));
    selector(spec, "deployment", errors);
    template(spec, "ReplicaSet", errors);
}

/// `selector` has to be there and has to select something.
fn selector(spec: &At, kind: &str, errors: &mut Errors) {
    let selector = spec.field("selector");
    if !selector.is_set() {
        return errors.required(&selector.path, "");
    }
    metadata::label_selector(&selector, errors);
    if metadata::is_empty_selector(&selector) {
        let what = format!("empty selector is invalid for {kind}");
        errors.invalid(&selector.path, selector.value, what);
    }
}

/// Models `ValidatePodTemplateSpecForReplicaSet`, where the selector can be read at all.
fn template(spec: &At, kind: &str, errors: &mut Errors) {
    let selector = spec.field("selector");
    if !metadata::is_readable(&selector) {
        return errors.invalid(&selector.path, selector.value, "invalid label selector");
    }
    let template = spec.field("template");
    matches_template(&selector, &template, errors);
    pod::template(&template, errors);
    always_running(&template, kind, errors);
}

fn matches_template(selector: &At, template: &At, errors: &mut Errors) {
    let labels = template.field("metadata").field("labels");
    if !metadata::selector_matches(selector, &labels) {
        errors.invalid(&labels.path, labels.value, NO_MATCH);
    }
}

/// A Pod that is replaced whenever it ends must not end by itself.
fn always_running(template: &At, kind: &str, errors: &mut Errors) {
    let spec = template.field("spec");
    let restart = spec.field("restartPolicy");
    if restart.str() != "Always" {
        errors.not_supported(&restart.path, restart.str(), &["Always"]);
    }
    let deadline = spec.field("activeDeadlineSeconds");
    if deadline.is_set() {
        let what = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.forbidden(&deadline.path, what);
    }
}

/// Models `ValidateDeploymentStrategy`.
fn deployment_strategy(strategy: &At, errors: &mut Errors) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.text("type") {
        "Recreate" if rolling.is_set() => {
            let what = "may not be specified when strategy `type` is 'Recreate'";
            errors.forbidden(&rolling.path, what);
        }
        "Recreate" => {}
        "RollingUpdate" if !rolling.is_set() => {
            let what = "this should be defaulted and never be nil";
            errors.required(&rolling.path, what);
        }
        "RollingUpdate" => rolling_deployment(&rolling, errors),
        _ => {
            let bad = printed_strategy(strategy);
            errors.not_supported(&strategy.path, bad, &["Recreate", "RollingUpdate"]);
        }
    }
}

fn printed_strategy(strategy: &At) -> String {
    go_struct(
        strategy.value,
        &[("Type", "type"), ("RollingUpdate", "rollingUpdate")],
    )
}

/// Models `ValidateRollingUpdateDeployment`.
fn rolling_deployment(rolling: &At, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.field("maxUnavailable"), rolling.field("maxSurge"));
    int_or_percent(&unavailable, errors);
    int_or_percent(&surge, errors);
    if value_of(&unavailable) == 0 && value_of(&surge) == 0 {
        let what = "may not be 0 when `maxSurge` is 0";
        errors.invalid(&unavailable.path, unavailable.value, what);
    }
    not_above_100_percent(&unavailable, errors);
}

/// Models `ValidateDaemonSetSpec`.
pub fn daemon_set(spec: &At, errors: &mut Errors) {
    let (selector, template) = (spec.field("selector"), spec.field("template"));
    metadata::label_selector(&selector, errors);
    if metadata::is_readable(&selector) {
        matches_template(&selector, &template, errors);
    }
    if selector.is_set() && metadata::is_empty_selector(&selector) {
        let what = "empty selector is invalid for daemonset";
        errors.invalid(&selector.path, selector.value, what);
    }
    pod::template(&template, errors);
    always_running(&template, "DaemonSet", errors);
    errors.nonnegative(&spec.field("minReadySeconds"));
    daemon_set_strategy(&spec.field("updateStrategy"), errors);
    errors.nonnegative(&spec.field("revisionHistoryLimit"));
}

/// Models `ValidateDaemonSetUpdateStrategy`.
fn daemon_set_strategy(strategy: &At, errors: &mut Errors) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.text("type") {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.is_set() => errors.required(&rolling.path, ""),
        "RollingUpdate" => rolling_daemon_set(&rolling, errors),
        _ => {
            let bad = printed_strategy(strategy);
            errors.not_supported(&strategy.path, bad, &["RollingUpdate", "OnDelete"]);
        }
    }
}

/// Models `ValidateRollingUpdateDaemonSet`.
fn rolling_daemon_set(rolling: &At, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.field("maxUnavailable"), rolling.field("maxSurge"));
    for it in [&unavailable, &surge] {
        int_or_percent(it, errors);
    }
    for it in [&unavailable, &surge] {
        not_above_100_percent(it, errors);
    }
    match (value_of(&unavailable) != 0, value_of(&surge) != 0) {
        (true, true) => {
            let what = "may not be set when maxUnavailable is non-zero";
            errors.invalid(&surge.path, surge.value, what);
        }
        (false, false) => errors.required(&unavailable.path, "cannot be 0 when maxSurge is 0"),
        _ => {}
    }
}

/// Models `ValidateStatefulSetSpec`. On an update what may not change any more isn't looked at.
pub fn stateful_set(spec: &At, is_update: bool, errors: &mut Errors) {
    let policy = spec.field("podManagementPolicy");
    match policy.str() {
        "" => errors.required(&policy.path, ""),
        "OrderedReady" | "Parallel" => {}
        other => errors.invalid(&policy.path, other, "must be 'OrderedReady' or 'Parallel'"),
    }
    stateful_set_strategy(&spec.field("updateStrategy"), errors);
    if let Some(retention) = spec.set("persistentVolumeClaimRetentionPolicy") {
        for name in ["whenDeleted", "whenScaled"] {
            let policy = retention.field(name);
            if !["Retain", "Delete"].contains(&policy.str()) {
                errors.not_supported(&policy.path, policy.str(), &["Retain", "Delete"]);
            }
        }
    }
    if !is_update {
        for claim in spec.list("volumeClaimTemplates") {
            persistent_volume_claim::spec(&claim.field("spec"), errors);
        }
    }
    errors.nonnegative(&spec.field("replicas"));
    errors.nonnegative(&spec.field("minReadySeconds"));
    errors.nonnegative(&spec.field("ordinals").field("start"));
    let service = spec.field("serviceName");
    if !is_update && !service.str().is_empty() {
        errors.invalid_each(
            &service.path,
            service.str(),
            names::dns1123_label(service.str()),
        );
    }
    selector(spec, "statefulset", errors);
    stateful_set_template(spec, errors);
    always_running(&spec.field("template"), "StatefulSet", errors);
}

fn stateful_set_strategy(strategy: &At, errors: &mut Errors) {
    let rolling = strategy.field("rollingUpdate");
    match strategy.text("type") {
        "" => errors.required(&strategy.path, ""),
        "OnDelete" if rolling.is_set() => {
            let bad = go_struct(
                rolling.value,
                &[
                    ("Partition", "partition"),
                    ("MaxUnavailable", "maxUnavailable"),
                ],
            );
            let what = "only allowed for updateStrategy 'RollingUpdate'";
            errors.invalid(&rolling.path, bad, what);
        }
        "OnDelete" => {}
        "RollingUpdate" => rolling_stateful_set(&rolling, errors),
        _ => {
            let what = "must be 'RollingUpdate' or 'OnDelete'";
            errors.invalid(&strategy.path, printed_strategy(strategy), what);
        }
    }
}

/// Models `validateRollingUpdateStatefulSet`.
fn rolling_stateful_set(rolling: &At, errors: &mut Errors) {
    errors.nonnegative(&rolling.field("partition"));
    let unavailable = rolling.field("maxUnavailable");
    if unavailable.is_set() {
        int_or_percent(&unavailable, errors);
        if value_of(&unavailable) == 0 {
            errors.invalid(&unavailable.path, unavailable.value, "cannot be 0");
        }
        not_above_100_percent(&unavailable, errors);
    }
}

/// The template as its Pods will have it: claims are volumes, host name and subdomain are the set's.
fn stateful_set_template(spec: &At, errors: &mut Errors) {
    let selector = spec.field("selector");
    if !metadata::is_readable(&selector) {
        return errors.invalid(&selector.path, selector.value, "");
    }
    let at = spec.field("template");
    matches_template(&selector, &at, errors);
    let mut template = at.value.clone();
    template.remove(&["spec", "subdomain"]);
    template.remove(&["spec", "hostname"]);
    let claims: Vec<&str> = spec
        .list("volumeClaimTemplates")
        .map(|claim| claim.field("metadata").text("name"))
        .collect();
    if !claims.is_empty() {
        let volumes = template.at_mut(&["spec", "volumes"]).items_mut();
        volumes.retain(|volume| !claims.contains(&volume.text_at(&["name"])));
        let volume = |name: &&str| {
            let claim = crate::fields! { "claimName" => *name };
            crate::fields! { "name" => *name, "persistentVolumeClaim" => claim }
        };
        let rest = std::mem::take(volumes);
        volumes.extend(claims.iter().map(volume).chain(rest));
    }
    let template = At {
        value: &template,
        path: at.path,
    };
    pod::template(&template, errors);
}

/// Models `ValidateReplicationControllerSpec`: its selector is a map of labels.
pub fn replication_controller(spec: &At, errors: &mut Errors) {
    errors.nonnegative(&spec.field("minReadySeconds"));
    let (selector, template) = (spec.field("selector"), spec.field("template"));
    if selector.value.is_empty() {
        errors.required(&selector.path, "");
    }
    let replicas = spec.field("replicas");
    if replicas.is_set() {
        errors.nonnegative(&replicas);
    } else {
        errors.required(&replicas.path, "");
    }
    if !template.is_set() {
        return errors.required(&template.path, "");
    }
    let labels = template.field("metadata").field("labels");
    if selector
        .entries()
        .any(|(key, value)| labels.value.get(key) != Some(value.value))
    {
        errors.invalid(&labels.path, labels.value, NO_MATCH);
    }
    pod::template(&template, errors);
    always_running(&template, "ReplicationController", errors);
}

/// What an update of a StatefulSet may not change. Models `ValidateStatefulSetUpdate`.
pub fn stateful_set_update(spec: &At, old: &At, errors: &mut Errors) {
    const MUTABLE: &[&str] = &[
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |spec: &At| {
        let mut fixed: Value = spec.value.clone();
        for name in MUTABLE {
            fixed.remove(&[name]);
        }
        fixed
    };
    if fixed(spec) != fixed(old) {
        let what = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        errors.forbidden(&spec.path, what);
    }
}
