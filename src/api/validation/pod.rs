//! A new Pod, and the `PodSpec` that templates share. Models `ValidatePodCreate` and
//! `ValidatePodSpec` of `pkg/apis/core/validation/validation.go`.
//! Left out: what a Windows Pod may not have, and the old seccomp and AppArmor annotations.

use super::at::{At, Errors};
use super::container::{self, PodFacts};
use super::{affinity, ip, metadata, names, pod_resources, resources, security_context, volumes};
use crate::api::Value;

/// Models `ValidatePodCreate`.
pub fn create(pod: &At, errors: &mut Errors) {
    metadata_and_spec(pod, errors);
    let spec = pod.field("spec");
    let ephemeral = spec.field("ephemeralContainers");
    if !ephemeral.value.is_empty() {
        errors.forbidden(&ephemeral.path, "cannot be set on create");
    }
    let node = spec.field("nodeName");
    if !node.str().is_empty() && !spec.lacks("schedulingGates") {
        let what = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden(&node.path, what);
    }
}

/// Models `validatePodMetadataAndSpec`.
pub fn metadata_and_spec(pod: &At, errors: &mut Errors) {
    metadata::object_meta(pod, true, names::dns1123_subdomain, errors);
    let meta = pod.field("metadata");
    annotations(&meta.field("annotations"), &pod.field("spec"), errors);
    let spec = pod.field("spec");
    self::spec(&spec, Some(meta.text("name")), errors);
    if spec.lacks("serviceAccountName") {
        no_tokens(&spec, errors);
    }
    for list in ["containers", "initContainers"] {
        for container in spec.list(list) {
            container::image_whitespace(&container, errors);
        }
    }
}

/// Models `ValidatePodSpecificAnnotations`.
fn annotations(annotations: &At, spec: &At, errors: &mut Errors) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    let at = |key: &str| annotations.path.key(key);
    if annotations.set(MIRROR).is_some() && spec.lacks("nodeName") {
        let what = "must set spec.nodeName if mirror pod annotation is set";
        errors.invalid(&at(MIRROR), annotations.text(MIRROR), what);
    }
    if let Some(cost) = annotations.set(DELETION_COST)
        && !is_deletion_cost(cost.str())
    {
        let what = "must be a 32bit integer";
        errors.invalid(&at(DELETION_COST), cost.str(), what);
    }
}

/// Models `validateFirstDigit` and the parse behind it: no plus sign, no leading zero.
fn is_deletion_cost(text: &str) -> bool {
    let first = text.chars().next();
    let canonical = first.is_some_and(|c| c == '-' || text == "0" || ('1'..='9').contains(&c));
    canonical && text.parse::<i32>().is_ok()
}

/// A token is for an account; a Pod without one can't mount any.
fn no_tokens(spec: &At, errors: &mut Errors) {
    for volume in spec.list("volumes") {
        for source in volume.field("projected").list("sources") {
            if let Some(token) = source.set("serviceAccountToken") {
                let what = "must not be specified when serviceAccountName is not set";
                errors.forbidden(&token.path, what);
            }
        }
    }
}

/// Models `ValidatePodSpec`. A template has no `pod_name`.
pub fn spec(spec: &At, pod_name: Option<&str>, errors: &mut Errors) {
    let grace_period = spec.int("terminationGracePeriodSeconds");
    if grace_period.is_none() {
        errors.required(&spec.field("terminationGracePeriodSeconds").path, "");
    }
    let volumes = volumes::volumes(&spec.field("volumes"), pod_name, errors);
    let claims = spec.list("resourceClaims").map(|claim| claim.text("name"));
    let pod = PodFacts {
        spec: *spec,
        volumes,
        claim_names: claims.filter(|name| !name.is_empty()).collect(),
        grace_period,
        host_users: spec.value.get("hostUsers").and_then(Value::as_bool) != Some(false),
    };
    pod_resources::resource_claims(&spec.field("resourceClaims"), errors);
    container::containers(&pod, errors);
    container::init_containers(&pod, errors);
    container::ephemeral_containers(&pod, errors);
    pod_resources::pod_resources(spec, &pod.claim_names, errors);
    host_network_ports(spec, pod_name.is_some(), errors);
    words(spec, errors);
    metadata::labels(&spec.field("nodeSelector"), errors);
    security_context::pod(spec, errors);
    affinity::affinity(&spec.field("affinity"), errors);
    dns_config(spec, errors);
    gates(spec, errors);
    affinity::topology_spread_constraints(&spec.field("topologySpreadConstraints"), errors);
    host_users(&pod, errors);
    host_name(spec, errors);
    references(spec, errors);
    affinity::tolerations(&spec.field("tolerations"), errors);
    host_aliases(&spec.field("hostAliases"), errors);
    classes(spec, errors);
    file_key_volumes(spec, errors);
}

/// Models `validateRestartPolicy` and `validateDNSPolicy`.
fn words(spec: &At, errors: &mut Errors) {
    let restart = spec.field("restartPolicy");
    errors.one_of(&restart, &["Always", "OnFailure", "Never"]);
    let dns = spec.field("dnsPolicy");
    let known = &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.one_of(&dns, known);
}

/// Models `validatePodHostNetworkDeps`. A template may leave the host's port open.
fn host_network_ports(spec: &At, is_pod: bool, errors: &mut Errors) {
    if !spec.flag("hostNetwork") {
        return;
    }
    for container in spec.list("containers") {
        for port in container.list("ports") {
            let host = port.field("hostPort");
            let own = port.int("containerPort").unwrap_or_default();
            if (is_pod || host.number() != 0) && host.number() != own {
                let what = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&host.path, host.number(), what);
            }
        }
    }
}

/// Models `validatePodDNSConfig`.
fn dns_config(spec: &At, errors: &mut Errors) {
    let config = spec.field("dnsConfig");
    let servers = config.field("nameservers");
    if spec.text("dnsPolicy") == "None" {
        if !config.is_set() {
            let what = "must provide `dnsConfig` when `dnsPolicy` is None";
            return errors.required(&config.path, what);
        }
        if servers.value.is_empty() {
            let what = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return errors.required(&servers.path, what);
        }
    }
    if servers.value.items().len() > 3 {
        errors.invalid(
            &servers.path,
            servers.value,
            "must not have more than 3 nameservers",
        );
    }
    for server in servers.items() {
        ip::address(&server, errors);
    }
    dns_searches(&config.field("searches"), errors);
    for option in config.list("options") {
        if option.lacks("name") {
            errors.required(&option.path, "must not be empty");
        }
    }
}

fn dns_searches(searches: &At, errors: &mut Errors) {
    if searches.value.items().len() > 32 {
        errors.invalid(
            &searches.path,
            searches.value,
            "must not have more than 32 search paths",
        );
    }
    let all: Vec<&str> = searches.items().map(|search| search.str()).collect();
    if all.join(" ").len() > 2048 {
        let what = "must not have more than 2048 characters (including spaces) in the search list";
        errors.invalid(&searches.path, searches.value, what);
    }
    for search in searches.items().filter(|search| search.str() != ".") {
        let name = search.str().strip_suffix('.').unwrap_or(search.str());
        let wrong = names::dns1123_subdomain_with_underscore(name);
        errors.invalid_each(&search.path, name, wrong);
    }
}

/// Models `validateReadinessGates` and `validateSchedulingGates`.
fn gates(spec: &At, errors: &mut Errors) {
    for gate in spec.list("readinessGates") {
        let kind = gate.field("conditionType");
        errors.invalid_each(&kind.path, kind.str(), names::label_key(kind.str()));
    }
    let mut seen = Vec::new();
    for gate in spec.list("schedulingGates") {
        let name = gate.text("name");
        errors.invalid_each(&gate.path, name, names::label_key(name));
        if seen.contains(&name) {
            errors.duplicate(&gate.path, name);
        }
        seen.push(name);
    }
}

/// Models `validateHostUsers`. Upstream writes two of the fields with a capital.
fn host_users(pod: &PodFacts, errors: &mut Errors) {
    if pod.host_users {
        return;
    }
    for (name, said) in [
        ("hostNetwork", "hostNetwork"),
        ("hostPID", "HostPID"),
        ("hostIPC", "HostIPC"),
    ] {
        if pod.spec.flag(name) {
            let path = pod.spec.path.field(said);
            errors.forbidden(&path, "when `hostUsers` is false");
        }
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in pod.spec.list(list) {
            let devices = container.field("volumeDevices");
            if !devices.value.is_empty() {
                errors.forbidden(&devices.path, "when `hostUsers` is false");
            }
        }
    }
}

/// Models `validatePodHostName`.
fn host_name(spec: &At, errors: &mut Errors) {
    let Some(name) = spec.set("hostnameOverride") else {
        return;
    };
    for other in ["setHostnameAsFQDN", "hostNetwork"] {
        if spec.flag(other) {
            let what = format!("may not be specified when {other} is true");
            errors.forbidden(&name.path, what);
        }
    }
    if name.str().len() > 64 {
        errors.too_long(&name.path, 64);
    }
    errors.invalid_each(&name.path, name.str(), names::dns1123_subdomain(name.str()));
}

/// Names of other things, and the deadline that upstream checks among them.
fn references(spec: &At, errors: &mut Errors) {
    let name = |field: &str, rule: names::Rule, errors: &mut Errors| {
        let at = spec.field(field);
        if !at.str().is_empty() {
            errors.invalid_each(&at.path, at.str(), rule(at.str()));
        }
    };
    name("serviceAccountName", names::dns1123_subdomain, errors);
    name("nodeName", names::dns1123_subdomain, errors);
    let deadline = spec.field("activeDeadlineSeconds");
    if deadline.is_set() {
        let wrong = names::in_range(deadline.number(), 1, i64::from(i32::MAX));
        errors.invalid_each(&deadline.path, deadline.number(), wrong);
    }
    name("hostname", names::dns1123_label, errors);
    name("subdomain", names::dns1123_label, errors);
}

/// Models `ValidateHostAliases`.
fn host_aliases(aliases: &At, errors: &mut Errors) {
    for alias in aliases.items() {
        ip::address(&alias.field("ip"), errors);
        for name in alias.list("hostnames") {
            errors.invalid_each(&name.path, name.str(), names::dns1123_subdomain(name.str()));
        }
    }
}

/// Priority, runtime class, preemption, overhead and operating system.
fn classes(spec: &At, errors: &mut Errors) {
    for name in ["priorityClassName", "runtimeClassName"] {
        let class = spec.field(name);
        let is_named = class.is_set() && (name == "runtimeClassName" || !class.str().is_empty());
        if is_named {
            let wrong = names::dns1123_subdomain(class.str());
            errors.invalid_each(&class.path, class.str(), wrong);
        }
    }
    let preemption = spec.field("preemptionPolicy");
    if preemption.is_set() {
        errors.one_of(&preemption, &["PreemptLowerPriority", "Never"]);
    }
    overhead(&spec.field("overhead"), errors);
    let os = spec.field("os");
    if os.is_set() {
        let name = os.field("name");
        match name.str() {
            "" => errors.required(&name.path, ""),
            "linux" | "windows" => {}
            other => errors.not_supported(&os.path, other, &["linux", "windows"]),
        }
    }
}

/// Models `validateOverhead`, which looks at the amounts as if they were limits.
fn overhead(overhead: &At, errors: &mut Errors) {
    for (name, amount) in overhead.entries() {
        let at = At {
            value: amount.value,
            path: overhead.path.field("limits").key(name),
        };
        resources::container_resource_name(name, &at, errors);
        resources::resource_quantity(name, &at, errors);
    }
}

/// Models `validateFileKeyRefVolumes`.
fn file_key_volumes(spec: &At, errors: &mut Errors) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.list(list) {
            for var in container.list("env") {
                let Some(reference) = var.field("valueFrom").set("fileKeyRef") else {
                    continue;
                };
                let name = reference.field("volumeName");
                let mut volumes = spec.list("volumes");
                match volumes.find(|volume| volume.text("name") == name.str()) {
                    None => errors.not_found(&name.path, name.str(), ""),
                    Some(volume) if volume.set("emptyDir").is_none() => {
                        let what = "referenced volume must be of type emptyDir";
                        errors.invalid(&name.path, name.str(), what);
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// Models `ValidatePodTemplateSpec`.
pub fn template(template: &At, errors: &mut Errors) {
    let meta = template.field("metadata");
    metadata::labels(&meta.field("labels"), errors);
    metadata::annotations(&meta.field("annotations"), errors);
    let spec = template.field("spec");
    annotations(&meta.field("annotations"), &spec, errors);
    self::spec(&spec, None, errors);
    let ephemeral = spec.field("ephemeralContainers");
    if !ephemeral.value.is_empty() {
        errors.forbidden(
            &ephemeral.path,
            "ephemeral containers not allowed in pod template",
        );
    }
}
