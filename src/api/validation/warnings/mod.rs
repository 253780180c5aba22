//! Warnings of the API server about what it accepts. Models `WarningsOnCreate` and
//! `WarningsOnUpdate` of the strategies of `pkg/registry`.
//! Left out: whether a TLS Secret's key fits its certificate.

/// Volumes that write two things to one path.
mod overlaps;

/// Pods and their templates.
mod pod;

/// Ports of a Pod's containers.
mod ports;

use std::fmt::Display;
use std::net::{IpAddr, Ipv6Addr};

use super::at::At;
use super::resources::quantity;
use super::{Path, Paths, names};
use crate::api::Value;

/// The warnings so far, in upstream's order.
#[derive(Default)]
struct Warnings(Vec<String>);

impl Warnings {
    fn say(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    fn at(&mut self, path: &Path, what: impl Display) {
        self.say(format!("{path}: {what}"));
    }
}

/// What the API server would rather not see in an object that it stores; `old` is the version before.
pub fn warnings(value: &Value, old: Option<&Value>) -> Vec<String> {
    let mut warnings = Warnings::default();
    let paths = Paths::default();
    let object = At::root(value, &paths);
    let is_new = old.is_none();
    let generation = |value: &Value| value.at(&["metadata", "generation"]).cloned();
    let is_another = old.is_none_or(|old| generation(old) != generation(value));
    let spec = object.field("spec");
    match value.text_at(&["kind"]) {
        "Pod" if is_new => {
            dns_label(&object, "the Pod's hostname", &mut warnings);
            pod::spec_and_metadata(&object, &mut warnings);
        }
        "Deployment" | "ReplicaSet" | "ReplicationController" => {
            if is_new {
                dns_label(&object, POD_NAMES, &mut warnings);
            }
            if is_another {
                pod::spec_and_metadata(&spec.field("template"), &mut warnings);
            }
        }
        "DaemonSet" if is_another => pod::spec_and_metadata(&spec.field("template"), &mut warnings),
        "StatefulSet" => stateful_set(&spec, is_new, is_another, &mut warnings),
        "Job" => {
            if is_new {
                dns_label(&object, POD_NAMES, &mut warnings);
            }
            if is_another {
                job(&spec, &mut warnings);
            }
        }
        "CronJob" => {
            if is_new {
                dns_label(&object, POD_NAMES, &mut warnings);
            }
            if is_another {
                job(&spec.field("jobTemplate").field("spec"), &mut warnings);
            }
            if !is_new && spec.text("schedule").contains("TZ") {
                warnings.say(TIME_ZONE);
            }
        }
        "Service" => service(&object, &mut warnings),
        "Endpoints" => warnings.say(ENDPOINTS),
        "EndpointSlice" if is_new && object.text("addressType") == "FQDN" => {
            warnings.say("spec.addressType: FQDN endpoints are deprecated");
        }
        "Ingress" if is_new => ingress(&object, &mut warnings),
        "NetworkPolicy" => network_policy(&spec, &mut warnings),
        "PersistentVolume" => persistent_volume(&object, &mut warnings),
        "PersistentVolumeClaim" => {
            annotation(&object, BETA_CLASS, USE_CLASS, &mut warnings);
            claim_spec(&spec, &mut warnings);
        }
        "StorageClass" => storage_class(&object, &mut warnings),
        "Secret" => secret(&object, &mut warnings),
        "ResourceQuota" if is_new => resource_quota(&spec.field("hard"), &mut warnings),
        "ServiceAccount" => {
            let had = |old| At::root(old, &paths).annotation(ENFORCE_SECRETS).is_some();
            let newly = !old.is_some_and(had);
            if newly {
                annotation(&object, ENFORCE_SECRETS, SEPARATE_NAMESPACES, &mut warnings);
            }
        }
        "RuntimeClass" => {
            let selector = object.field("scheduling").field("nodeSelector");
            for why in selector
                .entries()
                .filter_map(|(label, _)| deprecated_label(label))
            {
                warnings.at(&selector.path, why);
            }
        }
        _ => {}
    }
    warnings.0
}

const POD_NAMES: &str = "Pod names and hostnames";
const TIME_ZONE: &str = "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";
const ENDPOINTS: &str =
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const USE_CLASS: &str = r#"deprecated since v1.8; use "storageClassName" attribute instead"#;
const ENFORCE_SECRETS: &str = "kubernetes.io/enforce-mountable-secrets";
const SEPARATE_NAMESPACES: &str =
    "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";

fn dns_label(object: &At, used_in: &str, warnings: &mut Warnings) {
    let messages = names::dns1123_label(object.field("metadata").text("name"));
    if !messages.is_empty() {
        let messages = messages.join(" ");
        warnings.say(format!("metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is recommended: [{messages}]"));
    }
}

/// Warns of an annotation that shouldn't be there.
fn annotation(object: &At, name: &str, why: &str, warnings: &mut Warnings) {
    if let Some(found) = object.annotation(name) {
        warnings.at(&found.path, why);
    }
}

/// Models `deprecatedNodeLabels`.
fn deprecated_label(label: &str) -> Option<&'static str> {
    Some(match label {
        "beta.kubernetes.io/arch" => r#"deprecated since v1.14; use "kubernetes.io/arch" instead"#,
        "beta.kubernetes.io/os" => r#"deprecated since v1.14; use "kubernetes.io/os" instead"#,
        "failure-domain.beta.kubernetes.io/region" => {
            r#"deprecated since v1.17; use "topology.kubernetes.io/region" instead"#
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            r#"deprecated since v1.17; use "topology.kubernetes.io/zone" instead"#
        }
        "beta.kubernetes.io/instance-type" => {
            r#"deprecated since v1.17; use "node.kubernetes.io/instance-type" instead"#
        }
        "app.kubernetes.io/created-by" => "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods" => {
            "deprecated since v1.22; use Taints and Tolerations instead"
        }
        "node-role.kubernetes.io/master" => {
            r#"use "node-role.kubernetes.io/control-plane" instead"#
        }
        _ => return None,
    })
}

/// Models `GetWarningsForNodeSelectorTerm`.
fn node_selector_term(term: &At, checks_values: bool, warnings: &mut Warnings) {
    for expression in term.list("matchExpressions") {
        let key = expression.field("key");
        if let Some(why) = deprecated_label(key.str()) {
            warnings.at(&key.path, format!("{} is {why}", key.str()));
        }
        for value in expression.list("values").filter(|_| checks_values) {
            for why in names::label_value(value.str()) {
                warnings.at(&value.path, format!("{} is invalid, {why}", value.str()));
            }
        }
    }
}

/// Bytes come whole. Models the checks for fractional values.
fn whole_bytes(amounts: &At, name: &str, warnings: &mut Warnings) {
    let at = At {
        path: amounts.path.key(name),
        ..amounts.field(name)
    };
    if quantity(&at).milli_value() % 1000 != 0 {
        let what = format!(
            "fractional byte value {:?} is invalid, must be an integer",
            at.str()
        );
        warnings.at(&at.path, what);
    }
}

/// Models `GetWarningsForPersistentVolumeClaimSpec`.
fn claim_spec(spec: &At, warnings: &mut Warnings) {
    for list in ["requests", "limits"] {
        whole_bytes(&spec.field("resources").field(list), "storage", warnings);
    }
}

fn stateful_set(spec: &At, is_new: bool, is_another: bool, warnings: &mut Warnings) {
    if is_another {
        pod::spec_and_metadata(&spec.field("template"), warnings);
    }
    for claim in spec.list("volumeClaimTemplates") {
        let path = if is_new {
            claim.path
        } else {
            claim.path.field("Spec")
        };
        claim_spec(
            &At {
                path,
                ..claim.field("spec")
            },
            warnings,
        );
    }
    if spec
        .int("revisionHistoryLimit")
        .is_some_and(|limit| limit < 0)
    {
        warnings.say("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended");
    }
}

/// Models `WarningsForJobSpec`.
fn job(spec: &At, warnings: &mut Warnings) {
    let most = |name| spec.int(name).unwrap_or_default();
    let too_many = most("completions") > 100_000 && most("parallelism") > 10_000;
    if spec.text("completionMode") == "Indexed" && too_many {
        warnings.at(&spec.path, "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail");
    }
    pod::spec_and_metadata(&spec.field("template"), warnings);
}

/// Models `GetWarningsForService`.
fn service(service: &At, warnings: &mut Warnings) {
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let spec = service.field("spec");
    let kind = spec.text("type");
    let headless = kind == "ClusterIP" && spec.text("clusterIP") == "None";
    if service.annotation(HINTS).is_some() {
        warnings.say(format!("annotation {HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead"));
    }
    let addresses = |name: &str, warnings: &mut Warnings| {
        spec.list(name)
            .for_each(|address| self::address(&address, warnings));
    };
    if !headless && kind != "ExternalName" {
        addresses("clusterIPs", warnings);
    }
    if headless {
        for name in ["loadBalancerIP", "externalIPs"]
            .into_iter()
            .filter(|name| !spec.lacks(name))
        {
            warnings.say(format!("spec.{name} is ignored for headless services"));
        }
        if spec.text("sessionAffinity") != "None" {
            warnings.say("spec.SessionAffinity is ignored for headless services");
        }
    }
    addresses("externalIPs", warnings);
    let external = !spec.lacks("externalIPs");
    if external && !headless && kind != "ExternalName" {
        warnings.say(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        );
    }
    address(&spec.field("loadBalancerIP"), warnings);
    for range in spec.list("loadBalancerSourceRanges") {
        cidr(&range, warnings);
    }
    if external && kind == "ExternalName" {
        warnings.say(r#"spec.externalIPs is ignored when spec.type is "ExternalName""#);
    }
    if kind != "ExternalName" && !spec.lacks("externalName") {
        warnings.say(r#"spec.externalName is ignored when spec.type is not "ExternalName""#);
    }
    if spec.text("trafficDistribution") == "PreferClose" {
        warnings
            .say(r#"spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone""#);
    }
}

fn ingress(ingress: &At, warnings: &mut Warnings) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    let has_class = ingress.field("spec").field("ingressClassName").is_set();
    if !has_class && ingress.annotation(CLASS).is_some() {
        warnings.say(format!(
            "annotation {CLASS:?} is deprecated, please use 'spec.ingressClassName' instead"
        ));
    }
}

fn network_policy(spec: &At, warnings: &mut Warnings) {
    let peers = [("ingress", "from"), ("egress", "to")].into_iter();
    let peers =
        peers.flat_map(|(rules, peers)| spec.list(rules).flat_map(move |rule| rule.list(peers)));
    for block in peers.filter_map(|peer| peer.set("ipBlock")) {
        cidr(&block.field("cidr"), warnings);
        for except in block.list("except") {
            cidr(&except, warnings);
        }
    }
}

/// Models `warningsForPersistentVolumeSpecAndMeta`.
fn persistent_volume(volume: &At, warnings: &mut Warnings) {
    const OPTIONS: &str = "volume.beta.kubernetes.io/mount-options";
    annotation(volume, BETA_CLASS, USE_CLASS, warnings);
    let use_options = r#"deprecated since v1.31; use "mountOptions" attribute instead"#;
    annotation(volume, OPTIONS, use_options, warnings);
    let spec = volume.field("spec");
    let policy = spec.field("persistentVolumeReclaimPolicy");
    if policy.str() == "Recycle" {
        warnings.at(&policy.path, "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.");
    }
    for term in spec
        .field("nodeAffinity")
        .field("required")
        .list("nodeSelectorTerms")
    {
        node_selector_term(&term, false, warnings);
    }
    let sources = [
        "cephfs",
        "photonPersistentDisk",
        "scaleIO",
        "storageos",
        "glusterfs",
        "rbd",
    ];
    sources
        .iter()
        .for_each(|source| removed_volume(&spec, source, warnings));
}

/// Volume plugins that are gone; the paths name the fields as upstream writes them there.
fn removed_volume(owner: &At, source: &str, warnings: &mut Warnings) {
    let (since, gone) = match source {
        "photonPersistentDisk" => ("v1.11", "non-functional in v1.16+"),
        "gitRepo" => ("v1.11", "and disabled by default in v1.33+"),
        "scaleIO" => ("v1.16", "non-functional in v1.22+"),
        "flocker" | "storageos" | "quobyte" => ("v1.22", "non-functional in v1.25+"),
        "glusterfs" => ("v1.25", "non-functional in v1.26+"),
        _ => ("v1.28", "non-functional in v1.31+"),
    };
    if owner.set(source).is_some() {
        let name = if source == "storageos" {
            "storageOS"
        } else {
            source
        };
        warnings.at(
            &owner.path.field(name),
            format!("deprecated in {since}, {gone}"),
        );
    }
}

fn storage_class(class: &At, warnings: &mut Warnings) {
    for topology in class.list("allowedTopologies") {
        for expression in topology.list("matchLabelExpressions") {
            let key = expression.field("key");
            if let Some(why) = deprecated_label(key.str()) {
                warnings.at(&key.path, why);
            }
        }
    }
}

/// Models `warningsForSecret` as far as files without any PEM block.
fn secret(secret: &At, warnings: &mut Warnings) {
    if secret.text("type") != "kubernetes.io/tls" {
        return;
    }
    for (key, what) in [("tls.crt", "certificate"), ("tls.key", "key")] {
        let encoded = secret.field("data").text(key);
        let text = crate::api::base64::decode(encoded).unwrap_or_default();
        if !String::from_utf8_lossy(&text).contains("-----BEGIN ") {
            return warnings.say(format!("tls: failed to find any PEM data in {what} input"));
        }
    }
}

fn resource_quota(hard: &At, warnings: &mut Warnings) {
    for name in ["cpu", "memory", "storage", "ephemeral-storage"] {
        let (mut request, limit) = (format!("requests.{name}"), format!("limits.{name}"));
        if hard.lacks(&request) && ["cpu", "memory"].contains(&name) {
            request = name.to_string();
        }
        let (asked, most) = (hard.field(&request), hard.field(&limit));
        if asked.is_set() && most.is_set() && quantity(&asked) > quantity(&most) {
            let (asked, most) = (asked.str(), most.str());
            warnings.say(format!(
                "ResourceQuota {request} ({asked}) should be less than {limit} ({most})"
            ));
        }
    }
}

/// Models `GetWarningsForIP`: what isn't canonical and yet valid can only be of IPv6.
fn address(at: &At, warnings: &mut Warnings) {
    let text = at.str();
    if let Ok(address) = text.parse::<Ipv6Addr>()
        && address.to_string() != text
    {
        warnings.at(
            &at.path,
            format!("IPv6 address {text:?} should be in RFC 5952 canonical format (\"{address}\")"),
        );
    }
}

/// Models `GetWarningsForCIDR`, in the same way.
fn cidr(at: &At, warnings: &mut Warnings) {
    let text = at.str();
    if let Some((IpAddr::V6(address), length)) = super::ip::parse_cidr(text)
        && format!("{address}/{length}") != text
    {
        warnings.at(&at.path, format!("IPv6 CIDR value {text:?} should be in RFC 5952 canonical format (\"{address}/{length}\")"));
    }
}
