//! Warnings about Pods and their templates. Models `pkg/api/pod/warnings.go`.

use super::{Warnings, address, annotation, claim_spec, deprecated_label, node_selector_term};
use super::{overlaps, ports, removed_volume, whole_bytes};
use crate::api::validation::at::At;
use crate::collections::Set;

/// Annotations of old that do nothing.
const DEPRECATED_ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        r#"non-functional in v1.16+; use the "priorityClassName" field instead"#,
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        r#"non-functional in v1.11+; use the "sysctls" field instead"#,
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        r#"non-functional in v1.11+; use the "sysctls" field instead"#,
    ),
];

/// In the order of upstream's list.
const REMOVED_VOLUMES: &[&str] = &[
    "photonPersistentDisk",
    "gitRepo",
    "scaleIO",
    "flocker",
    "storageos",
    "quobyte",
    "glusterfs",
];

/// Models `warningsForPodSpecAndMeta`.
pub(super) fn spec_and_metadata(pod: &At, warnings: &mut Warnings) {
    let spec = pod.field("spec");
    node_labels(&spec, warnings);
    for (name, why) in DEPRECATED_ANNOTATIONS {
        annotation(pod, name, why, warnings);
    }
    spec.list("volumes")
        .for_each(|volume| self::volume(&volume, warnings));
    overlaps::warn(&spec, warnings);
    duplicates(&spec, "hostAliases", "ip", warnings);
    duplicates(&spec, "imagePullSecrets", "name", warnings);
    for secret in spec
        .list("imagePullSecrets")
        .filter(|secret| secret.lacks("name"))
    {
        warnings.at(&secret.path.field("name"), r#"invalid empty name """#);
    }
    for name in BYTES {
        whole_bytes(&spec.field("overhead"), name, warnings);
    }
    annotations_of_profiles(pod, warnings);
    containers(&spec).for_each(|container| self::container(pod, &container, warnings));
    ports::warn(&spec, warnings);
    let grace = spec.field("terminationGracePeriodSeconds");
    if grace.number() < 0 {
        let what = "must be >= 0; negative values are invalid and will be treated as 1";
        warnings.at(&grace.path, what);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        affinity(&spec.field("affinity").field(kind), warnings);
    }
    for server in spec.field("dnsConfig").list("nameservers") {
        address(&server, warnings);
    }
    for alias in spec.list("hostAliases") {
        address(&alias.field("ip"), warnings);
    }
}

const BYTES: [&str; 2] = ["memory", "ephemeral-storage"];
const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// Every container, as `VisitContainersWithPath` goes through them.
pub(super) fn containers<'a>(spec: &At<'a>) -> impl Iterator<Item = At<'a>> + use<'a> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let lists = lists.map(|list| spec.list(list));
    lists.into_iter().flatten()
}

fn node_labels(spec: &At, warnings: &mut Warnings) {
    let selector = spec.field("nodeSelector");
    for (label, _) in selector.entries() {
        if let Some(why) = deprecated_label(label) {
            warnings.at(&selector.path.key(label), why);
        }
    }
    let affinity = spec.field("affinity").field("nodeAffinity");
    let required = affinity.field("requiredDuringSchedulingIgnoredDuringExecution");
    for term in required.list("nodeSelectorTerms") {
        node_selector_term(&term, false, warnings);
    }
    for term in affinity.list("preferredDuringSchedulingIgnoredDuringExecution") {
        node_selector_term(&term.field("preference"), true, warnings);
    }
    for constraint in spec.list("topologySpreadConstraints") {
        let key = constraint.field("topologyKey");
        if let Some(why) = deprecated_label(key.str()) {
            warnings.at(&key.path, format!("{} is {why}", key.str()));
        }
        null_selector(&constraint, warnings);
    }
}

fn null_selector(owner: &At, warnings: &mut Warnings) {
    if owner.set("labelSelector").is_none() {
        warnings.at(&owner.path.field("labelSelector"), NULL_SELECTOR);
    }
}

fn affinity(affinity: &At, warnings: &mut Warnings) {
    for term in affinity.list("requiredDuringSchedulingIgnoredDuringExecution") {
        null_selector(&term, warnings);
    }
    for term in affinity.list("preferredDuringSchedulingIgnoredDuringExecution") {
        null_selector(&term.field("podAffinityTerm"), warnings);
    }
}

fn volume(volume: &At, warnings: &mut Warnings) {
    for source in REMOVED_VOLUMES {
        removed_volume(volume, source, warnings);
    }
    if let Some(template) = volume.field("ephemeral").set("volumeClaimTemplate") {
        claim_spec(&template.field("spec"), warnings);
    }
    for source in ["cephfs", "rbd"] {
        removed_volume(volume, source, warnings);
    }
}

/// Items of a list that the same text names.
fn duplicates(spec: &At, list: &str, name: &str, warnings: &mut Warnings) {
    let mut known = Set::new();
    for item in spec.list(list).map(|item| item.field(name)) {
        if !known.insert(item.str()) {
            warnings.at(&item.path, format!("duplicate {name} {:?}", item.str()));
        }
    }
}

const SECCOMP: &str = r#"non-functional in v1.27+; use the "seccompProfile" field instead"#;
const APP_ARMOR: &str = r#"deprecated since v1.30; use the "appArmorProfile" field instead"#;

fn annotations_of_profiles(pod: &At, warnings: &mut Warnings) {
    let context = pod.field("spec").field("securityContext");
    if context.set("seccompProfile").is_none() {
        let name = "seccomp.security.alpha.kubernetes.io/pod";
        annotation(pod, name, SECCOMP, warnings);
    }
}

fn container(pod: &At, container: &At, warnings: &mut Warnings) {
    let name = container.text("name");
    let context = container.field("securityContext");
    if context.set("seccompProfile").is_none() {
        let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        annotation(pod, &key, SECCOMP, warnings);
    }
    if context.set("appArmorProfile").is_none() {
        let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
        annotation(pod, &key, APP_ARMOR, warnings);
    }
    let resources = container.field("resources");
    for name in BYTES {
        for list in ["limits", "requests"] {
            whole_bytes(&resources.field(list), name, warnings);
        }
    }
    environment(container, warnings);
}

/// A variable may be set again only in terms of itself.
fn environment(container: &At, warnings: &mut Warnings) {
    let mut known = Set::new();
    for variable in container.list("env") {
        let name = variable.text("name");
        if known.insert(name) {
            continue;
        }
        let itself = format!("$({name})");
        let value = variable.text("value");
        let hides =
            variable.set("valueFrom").is_some() || value == itself || !value.contains(&itself);
        if hides {
            let what = format!(
                "hides previous definition of {name:?}, which may be dropped when using apply"
            );
            warnings.at(&variable.path, what);
        }
    }
}
