//! Containers of a Pod. Models `validateContainers`, `validateInitContainers` and
//! `validateContainerCommon` of `pkg/apis/core/validation/validation.go`.

use crate::collections::Set;

use super::at::{At, Errors};
use super::volumes::Volumes;
use super::{env, mounts, names, probes, resources, security_context};

/// What the containers of a Pod share.
pub struct PodFacts<'a> {
    /// `spec`
    pub spec: At<'a>,
    /// Volumes that are valid, by name.
    pub volumes: Volumes<'a>,
    /// Names in `spec.resourceClaims`.
    pub claim_names: Vec<&'a str>,
    /// `spec.terminationGracePeriodSeconds`
    pub grace_period: Option<i64>,
    /// Does it share the host's users (`spec.hostUsers` isn't false)?
    pub host_users: bool,
}

/// Models `validateContainers`.
pub fn containers(pod: &PodFacts, errors: &mut Errors) {
    let list = pod.spec.field("containers");
    if list.value.is_empty() {
        errors.required(&list.path, "");
        return;
    }
    let mut seen = Set::new();
    for container in list.items() {
        common(&container, pod, errors);
        let name = container.field("name");
        if !seen.insert(name.str()) {
            errors.duplicate(&name.path, name.str());
        }
        if let Some(lifecycle) = container.set("lifecycle") {
            probes::lifecycle(&lifecycle, pod.grace_period, &pod.spec.field("os"), errors);
        }
        probes::probes(&container, pod.grace_period, errors);
        restart_policy(&container, errors);
    }
    host_port_conflicts(&list, None, errors);
}

/// Models `validateInitContainers`.
pub fn init_containers(pod: &PodFacts, errors: &mut Errors) {
    let list = pod.spec.field("initContainers");
    let mut seen: Set<&str> = pod
        .spec
        .list("containers")
        .map(|c| c.text("name"))
        .collect();
    for (index, container) in list.items().enumerate() {
        common(&container, pod, errors);
        init_restart_policy(&container, errors);
        let name = container.field("name");
        if seen.contains(name.str()) {
            errors.duplicate(&name.path, name.str());
        } else if !name.str().is_empty() {
            seen.insert(name.str());
        }
        host_port_conflicts(&list, Some(index), errors);
        if container.text("restartPolicy") == "Always" {
            if let Some(lifecycle) = container.set("lifecycle") {
                probes::lifecycle(&lifecycle, pod.grace_period, &pod.spec.field("os"), errors);
            }
            probes::probes(&container, pod.grace_period, errors);
        } else {
            only_for_sidecars(&container, errors);
        }
    }
}

/// What an init container may not have unless it is a sidecar.
fn only_for_sidecars(container: &At, errors: &mut Errors) {
    for name in [
        "lifecycle",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
    ] {
        if let Some(it) = container.set(name) {
            let what = "may not be set for init containers without restartPolicy=Always";
            errors.forbidden(&it.path, what);
        }
    }
    for policy in container.list("resizePolicy") {
        let policy = policy.field("restartPolicy");
        if policy.str() == "RestartContainer" {
            let what = "must not be set to 'RestartContainer' for non-sidecar initContainers";
            errors.invalid(&policy.path, policy.str(), what);
        }
    }
}

/// Models `validateEphemeralContainers`: their names, and what every container is asked.
pub fn ephemeral_containers(pod: &PodFacts, errors: &mut Errors) {
    let others: Set<&str> = ["containers", "initContainers"]
        .into_iter()
        .flat_map(|list| pod.spec.list(list))
        .map(|container| container.text("name"))
        .collect();
    let mut seen = others.clone();
    for container in pod.spec.list("ephemeralContainers") {
        common(&container, pod, errors);
        image_whitespace(&container, errors);
        let (name, target) = (
            container.field("name"),
            container.field("targetContainerName"),
        );
        if !seen.insert(name.str()) {
            errors.duplicate(&name.path, name.str());
        }
        if !target.str().is_empty() && !others.contains(target.str()) {
            errors.not_found(&target.path, target.str(), "");
        }
        not_for_ephemeral_containers(&container, errors);
    }
}

/// Ephemeral containers are no part of what the Pod does. Models `validateFieldAllowList`.
fn not_for_ephemeral_containers(container: &At, errors: &mut Errors) {
    let what = "cannot be set for an Ephemeral Container";
    for name in [
        "ports",
        "resources",
        "resizePolicy",
        "restartPolicy",
        "restartPolicyRules",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle",
    ] {
        if !container.lacks(name) {
            errors.forbidden(&container.path.field(name), what);
        }
    }
    for mount in container.list("volumeMounts") {
        for name in ["subPath", "subPathExpr"] {
            if !mount.lacks(name) {
                errors.forbidden(&mount.path.field(name), what);
            }
        }
    }
}

/// Models `validateContainerOnlyForPod`.
pub fn image_whitespace(container: &At, errors: &mut Errors) {
    let image = container.field("image");
    if image.str().trim() != image.str() {
        let what = "must not have leading or trailing whitespace";
        errors.invalid(&image.path, image.str(), what);
    }
}

/// Models `validateContainerCommon`.
fn common(container: &At, pod: &PodFacts, errors: &mut Errors) {
    let name = container.field("name");
    if name.str().is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.invalid_each(&name.path, name.str(), names::dns1123_label(name.str()));
    }
    if container.lacks("image") {
        errors.required(&container.field("image").path, "");
    }
    let message_policy = container.field("terminationMessagePolicy");
    errors.one_of(&message_policy, &["File", "FallbackToLogsOnError"]);
    ports(&container.field("ports"), errors);
    env::env(&container.field("env"), errors);
    env::env_from(&container.field("envFrom"), errors);
    mounts::volume_mounts(container, &pod.volumes, errors);
    mounts::volume_devices(container, &pod.volumes, errors);
    pull_policy(&container.field("imagePullPolicy"), errors);
    let requirements = container.field("resources");
    resources::resource_requirements(
        &requirements,
        resources::container_resource_name,
        &pod.claim_names,
        errors,
    );
    resize_policy(container, pod.spec.text("restartPolicy"), errors);
    if let Some(context) = container.set("securityContext") {
        security_context::container(&context, pod.host_users, errors);
    }
}

/// Models `validatePullPolicy`.
pub fn pull_policy(policy: &At, errors: &mut Errors) {
    errors.one_of(policy, &["Always", "IfNotPresent", "Never"]);
}

/// Models `validateContainerPorts`.
fn ports(ports: &At, errors: &mut Errors) {
    let mut seen = Set::new();
    for port in ports.items() {
        let name = port.field("name");
        if !name.str().is_empty() {
            let wrong = names::port_name(name.str());
            if !wrong.is_empty() {
                errors.invalid_each(&name.path, name.str(), wrong);
            } else if !seen.insert(name.str()) {
                errors.duplicate(&name.path, name.str());
            }
        }
        let number = port.field("containerPort");
        if number.number() == 0 {
            errors.required(&number.path, "");
        } else {
            let wrong = names::port_number(number.number());
            errors.invalid_each(&number.path, number.number(), wrong);
        }
        let host = port.field("hostPort");
        if host.number() != 0 {
            errors.invalid_each(&host.path, host.number(), names::port_number(host.number()));
        }
        errors.one_of(&port.field("protocol"), &["SCTP", "TCP", "UDP"]);
    }
}

/// Models `checkHostPortConflicts`, of all containers or of the one with this number. Upstream
/// counts a single init container as the first.
fn host_port_conflicts(list: &At, only: Option<usize>, errors: &mut Errors) {
    let mut seen = Set::new();
    for (index, container) in list.items().enumerate() {
        if only.is_some_and(|only| only != index) {
            continue;
        }
        let at = list.path.index(if only.is_some() { 0 } else { index });
        for (number, port) in container.list("ports").enumerate() {
            let host_port = port.int("hostPort").unwrap_or_default();
            let (protocol, address) = (port.text("protocol"), port.text("hostIP"));
            let key = format!("{protocol}/{address}/{host_port}");
            if host_port != 0 && !seen.insert(key.clone()) {
                let path = at.field("ports").index(number).field("hostPort");
                errors.duplicate(&path, &*key);
            }
        }
    }
}

/// Models `validateResizePolicy`: every error stands at the list.
fn resize_policy(container: &At, pod_restart_policy: &str, errors: &mut Errors) {
    let list = container.field("resizePolicy");
    let mut seen = Set::new();
    for policy in list.items() {
        let (resource, restart) = (policy.text("resourceName"), policy.text("restartPolicy"));
        if !seen.insert(resource) {
            errors.duplicate(&policy.path, resource);
        }
        match resource {
            "cpu" | "memory" => {}
            "" => errors.required(&list.path, ""),
            _ => errors.not_supported(&list.path, resource, &["cpu", "memory"]),
        }
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.required(&list.path, ""),
            _ => errors.not_supported(&list.path, restart, &["NotRequired", "RestartContainer"]),
        }
        if pod_restart_policy == "Never" && restart != "NotRequired" {
            let what = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.invalid(&list.path, restart, what);
        }
    }
}

/// Models `validateInitContainerRestartPolicy`.
fn init_restart_policy(container: &At, errors: &mut Errors) {
    if container.set("restartPolicy").is_none() {
        if !container.lacks("restartPolicyRules") {
            let what = "must specify restartPolicy when restart rules are used";
            errors.required(&container.field("restartPolicy").path, what);
        }
        return;
    }
    restart_policy(container, errors);
}

/// Models `validateContainerRestartPolicy`.
fn restart_policy(container: &At, errors: &mut Errors) {
    let (policy, rules) = (
        container.field("restartPolicy"),
        container.field("restartPolicyRules"),
    );
    let known = &["Always", "Never", "OnFailure"];
    if !policy.is_set() {
        if rules.value.is_empty() {
            return;
        }
        let what = "must specify restartPolicy when restart rules are used";
        errors.required(&policy.path, what);
    } else if !known.contains(&policy.str()) {
        errors.not_supported(&policy.path, policy.str(), known);
    }
    if rules.value.items().len() > 20 {
        errors.too_many(&rules.path, rules.value.items().len(), 20);
    }
    for rule in rules.items() {
        restart_rule(&rule, errors);
    }
}

fn restart_rule(rule: &At, errors: &mut Errors) {
    let action = rule.field("action");
    let known = &["Restart", "RestartAllContainers"];
    if !known.contains(&action.str()) {
        errors.not_supported(&action.path, action.str(), known);
    }
    let codes = rule.field("exitCodes");
    if !codes.is_set() {
        errors.required(&codes.path, "must be specified");
        return;
    }
    let (operator, values) = (codes.field("operator"), codes.field("values"));
    if !["In", "NotIn"].contains(&operator.str()) {
        errors.not_supported(&operator.path, operator.str(), &["In", "NotIn"]);
    }
    if values.value.items().len() > 255 {
        errors.too_many(&values.path, values.value.items().len(), 255);
    }
}
