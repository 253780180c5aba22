//! What objects count for in a ResourceQuota. Models `pkg/quota/v1`: one evaluator for Pods, Services, claims, and all
//! that is only counted. The admission plugin charges by it, the quota controller adds up by it.
//! Left out: claims of dynamic resources; the scope VolumeAttributesClass.

use std::rc::Rc;

use super::{SimTime, World};
use crate::api::quantity::{Format, Quantity};
use crate::api::validation::pod_resources::{Sums, add, aggregate, pod_level_over};
use crate::api::{Object, ObjectKey, Value, validation};

/// The kind, as an [`ObjectKey`] has it.
pub const KIND: &str = "ResourceQuota";

/// Kinds that were counted by a shorter name before `count/…` was there. Models `legacyObjectCountAliases`.
const ALIASES: [&str; 4] = [
    "configmaps",
    "resourcequotas",
    "replicationcontrollers",
    "secrets",
];

/// Kinds that no quota counts. Models `ignoredResources`.
const IGNORED: [&str; 3] = ["Event", "Event.events.k8s.io", "Binding"];

/// Names in a quota that speak of Pods. Models `podResources`.
const OF_PODS: [&str; 11] = [
    "count/pods",
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
];

/// Names that every container has to say something of if a quota does. Models `validationSet`.
const REQUIRED: [&str; 6] = [
    "cpu",
    "limits.cpu",
    "limits.memory",
    "memory",
    "requests.cpu",
    "requests.memory",
];

/// Of one `storageClassName`. Models `storageClassSuffix`.
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// Amounts by resource name.
pub fn amounts(value: Option<&Value>) -> Sums {
    let read = |(name, text): (&Rc<str>, &Value)| {
        let text = text.as_str()?;
        Some((name.to_string(), (Quantity::parse(text)?, Format::of(text))))
    };
    let map = value.and_then(Value::as_map);
    map.into_iter().flatten().filter_map(read).collect()
}

/// Amounts as a field holds them.
pub fn written(amounts: &Sums) -> Value {
    let mut value = Value::default();
    for (name, (amount, format)) in amounts {
        value.set(&[name], amount.print(*format));
    }
    value
}

/// So many pieces.
pub fn whole(number: usize) -> (Quantity, Format) {
    let nano = number as i128 * 1_000_000_000;
    (Quantity { nano }, Format::DecimalSi)
}

/// The quotas of a namespace, by name.
pub fn of_namespace(world: &World, namespace: &str) -> Vec<Rc<Object>> {
    let from = ObjectKey::new(KIND, namespace, "");
    let all = world.store.objects().range(from..);
    let here = all.take_while(|(key, _)| &*key.kind == KIND && &*key.namespace == namespace);
    here.map(|(_, quota)| quota.clone()).collect()
}

/// Is something counted of this kind?
pub fn counts(key: &ObjectKey) -> bool {
    !key.namespace.is_empty() && !IGNORED.contains(&&*key.kind)
}

/// Does a resource of this name speak of objects of this kind? Models `MatchingResources`.
pub fn speaks_of(name: &str, key: &ObjectKey) -> bool {
    match &*key.kind {
        "Pod" => {
            OF_PODS.contains(&name)
                || name.starts_with("hugepages-")
                || name.starts_with("requests.hugepages-")
                || name
                    .strip_prefix("requests.")
                    .is_some_and(|name| name.contains('/') && !name.contains(OF_CLASS))
        }
        "Service" => matches!(
            name,
            "count/services" | "services" | "services.nodeports" | "services.loadbalancers"
        ),
        "PersistentVolumeClaim" => {
            let of_class = name.split_once(OF_CLASS).map(|(_, name)| name);
            name == "count/persistentvolumeclaims"
                || matches!(
                    of_class.unwrap_or(name),
                    "persistentvolumeclaims" | "requests.storage"
                )
        }
        _ => {
            let resource = validation::resource(key);
            let counted = name.strip_prefix("count/");
            counted == Some(&*resource) || (name == resource && ALIASES.contains(&&*resource))
        }
    }
}

/// Does anything count by this name? Of `count/…` all is believed.
pub fn is_counted(name: &str) -> bool {
    let by_kind = ["Pod", "Service", "PersistentVolumeClaim"];
    let mut by_kind = by_kind.iter().map(|kind| ObjectKey::new(kind, "", ""));
    name.starts_with("count/")
        || ALIASES.contains(&name)
        || by_kind.any(|kind| speaks_of(name, &kind))
}

/// What an object counts for. Models `Usage`.
pub fn usage(key: &ObjectKey, value: &Value, now: SimTime) -> Sums {
    let resource = validation::resource(key);
    let mut used = Sums::new();
    used.insert(format!("count/{resource}"), whole(1));
    match &*key.kind {
        "Pod" if is_alive(value, now) => add(&mut used, of_pod(value)),
        "Pod" => {}
        "Service" => add(&mut used, of_service(value)),
        "PersistentVolumeClaim" => add(&mut used, of_claim(value)),
        _ if ALIASES.contains(&&*resource) => {
            used.insert(resource, whole(1));
        }
        _ => {}
    }
    used
}

/// Models `podComputeUsageHelper`.
fn of_pod(pod: &Value) -> Sums {
    let spec = pod.get("spec").cloned().unwrap_or_default();
    let total = |list: &str| {
        let mut sums = aggregate(&spec, list);
        pod_level_over(&mut sums, &spec, list);
        if list == "requests" {
            add(&mut sums, amounts(spec.get("overhead")));
        }
        sums
    };
    let mut used = of_resources(&total("requests"), &total("limits"));
    used.insert("pods".into(), whole(1));
    used
}

/// The names that a quota has for requests and limits.
fn of_resources(requests: &Sums, limits: &Sums) -> Sums {
    let is_native = |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage");
    let mut used = Sums::new();
    for (name, amount) in requests {
        let is_huge = name.starts_with("hugepages-");
        if is_native(name) || is_huge {
            used.insert(name.clone(), *amount);
        }
        if is_native(name) || is_huge || name.contains('/') {
            used.insert(format!("requests.{name}"), *amount);
        }
    }
    for (name, amount) in limits {
        if is_native(name) {
            used.insert(format!("limits.{name}"), *amount);
        }
    }
    used
}

/// Models the Service evaluator's `Usage`.
fn of_service(service: &Value) -> Sums {
    let ports = service.at(&["spec", "ports"]).map(Value::items);
    let ports = ports.unwrap_or_default();
    let kind = service.text_at(&["spec", "type"]);
    let allocates = service.at(&["spec", "allocateLoadBalancerNodePorts"]);
    let has_number = |port: &&Value| port.get("nodePort").and_then(Value::as_i64).unwrap_or(0) != 0;
    let node_ports = match kind {
        "LoadBalancer" if allocates.and_then(Value::as_bool) == Some(false) => {
            ports.iter().filter(has_number).count()
        }
        "NodePort" | "LoadBalancer" => ports.len(),
        _ => 0,
    };
    let mut used = Sums::new();
    used.insert("services".into(), whole(1));
    used.insert("services.nodeports".into(), whole(node_ports));
    let balancers = usize::from(kind == "LoadBalancer");
    used.insert("services.loadbalancers".into(), whole(balancers));
    used
}

/// Models the claim evaluator's `Usage`.
fn of_claim(claim: &Value) -> Sums {
    let class = [
        "metadata",
        "annotations",
        "volume.beta.kubernetes.io/storage-class",
    ];
    let class = match claim.text_at(&class) {
        "" => claim.text_at(&["spec", "storageClassName"]),
        class => class,
    };
    let requests = amounts(claim.at(&["spec", "resources", "requests"]));
    let mut used = Sums::new();
    used.insert("persistentvolumeclaims".into(), whole(1));
    if let Some((amount, format)) = requests.get("storage") {
        let nano = i128::from(amount.value()) * 1_000_000_000;
        used.insert("requests.storage".into(), (Quantity { nano }, *format));
    }
    if !class.is_empty() {
        let of_class: Vec<_> = used
            .iter()
            .map(|(name, amount)| (format!("{class}{OF_CLASS}{name}"), *amount))
            .collect();
        used.extend(of_class);
    }
    used
}

/// Does a Pod count for more than being there? Models `QuotaV1Pod`.
pub fn is_alive(pod: &Value, now: SimTime) -> bool {
    if matches!(pod.text_at(&["status", "phase"]), "Failed" | "Succeeded") {
        return false;
    }
    let since = SimTime::parse_rfc3339(pod.text_at(&["metadata", "deletionTimestamp"]));
    let grace = pod.at(&["metadata", "deletionGracePeriodSeconds"]);
    match (since, grace.and_then(Value::as_i64)) {
        (Some(since), Some(grace)) => {
            let grace = std::time::Duration::from_secs(grace.unsigned_abs());
            now <= since + grace
        }
        _ => true,
    }
}

/// Does the quota mean this object, by its scopes? Models `Matches`, as far as it is about scopes.
pub fn is_in_scope(quota: &Value, key: &ObjectKey, value: &Value) -> bool {
    let is_pod = &*key.kind == "Pod";
    let scopes = quota.at(&["spec", "scopes"]).map(Value::items);
    let mut scopes = scopes.unwrap_or_default().iter().filter_map(Value::as_str);
    let selector = quota.at(&["spec", "scopeSelector", "matchExpressions"]);
    let mut selected = selector.map(Value::items).unwrap_or_default().iter();
    scopes.all(|scope| is_pod && is_of_scope(value, scope, None))
        && selected.all(|one| is_pod && is_of_scope(value, one.text_at(&["scopeName"]), Some(one)))
}

/// Models `podMatchesScopeFunc`.
fn is_of_scope(pod: &Value, scope: &str, selector: Option<&Value>) -> bool {
    let deadline = pod.at(&["spec", "activeDeadlineSeconds"]);
    let ends = deadline
        .and_then(Value::as_i64)
        .is_some_and(|seconds| seconds >= 0);
    let asks_nothing = pod.text_at(&["status", "qosClass"]) == "BestEffort";
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => asks_nothing,
        "NotBestEffort" => !asks_nothing,
        "PriorityClass" => has_priority(pod, selector),
        "CrossNamespacePodAffinity" => looks_beyond(pod),
        _ => false,
    }
}

/// Models `podMatchesSelector`.
fn has_priority(pod: &Value, selector: Option<&Value>) -> bool {
    let class = pod.text_at(&["spec", "priorityClassName"]);
    let operator = selector.map_or("Exists", |selector| selector.text_at(&["operator"]));
    let values = selector.and_then(|selector| selector.get("values"));
    let mut values = values.map(Value::items).unwrap_or_default().iter();
    let is_named = values.any(|value| value.as_str() == Some(class));
    match operator {
        "Exists" => !class.is_empty(),
        "DoesNotExist" => class.is_empty(),
        "In" => !class.is_empty() && is_named,
        "NotIn" => class.is_empty() || !is_named,
        _ => false,
    }
}

/// Models `usesCrossNamespacePodAffinity`.
fn looks_beyond(pod: &Value) -> bool {
    let is_beyond = |term: &Value| {
        let namespaces = term.get("namespaces").is_some_and(|all| !all.is_empty());
        namespaces || term.get("namespaceSelector").is_some()
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let terms = |list: &str| {
            let terms = pod.at(&["spec", "affinity", kind, list]);
            terms.map(Value::items).unwrap_or_default()
        };
        let required = terms("requiredDuringSchedulingIgnoredDuringExecution").iter();
        let preferred = terms("preferredDuringSchedulingIgnoredDuringExecution").iter();
        let preferred = preferred.filter_map(|term| term.get("podAffinityTerm"));
        required.chain(preferred).any(is_beyond)
    })
}

/// What a container doesn't say though the quota bounds it. Models the Pod evaluator's `Constraints`.
///
/// # Errors
/// `must specify requests.cpu for: app`
pub fn constraints(names: &[&str], key: &ObjectKey, pod: &Value) -> Result<(), String> {
    let own = pod.at(&["spec", "resources"]);
    if &*key.kind != "Pod" || own.is_some_and(|own| !own.is_empty()) {
        return Ok(());
    }
    let mut missing = Vec::new();
    for name in REQUIRED.iter().filter(|name| names.contains(name)) {
        let mut containers: Vec<&str> = Vec::new();
        for list in ["containers", "initContainers"] {
            let all = pod.at(&["spec", list]).map(Value::items);
            for container in all.unwrap_or_default() {
                let list = |list: &str| amounts(container.at(&["resources", list]));
                let said = of_resources(&list("requests"), &list("limits"));
                if !said.contains_key(*name) {
                    containers.push(container.text_at(&["name"]));
                }
            }
        }
        if !containers.is_empty() {
            crate::order::sort(&mut containers);
            containers.dedup();
            missing.push(format!("{name} for: {}", containers.join(",")));
        }
    }
    match &missing[..] {
        [] => Ok(()),
        missing => Err(format!("must specify {}", missing.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Value {
        let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
        Value::from_json(&json)
    }

    #[test]
    fn a_scope_says_which_pods_are_meant() {
        let plain = "{status: {qosClass: BestEffort}, spec: {priorityClassName: high}}";
        let ends = "{status: {qosClass: Burstable}, spec: {activeDeadlineSeconds: 5}}";
        let high = "{scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}";
        for (spec, meant) in [
            ("{}", [true, true]),
            ("{scopes: [Terminating]}", [false, true]),
            ("{scopes: [NotTerminating, BestEffort]}", [true, false]),
            ("{scopes: [BestEffort, Terminating]}", [false, false]),
            (high, [true, false]),
            ("{scopes: [CrossNamespacePodAffinity]}", [false, false]),
        ] {
            let quota = fields(spec);
            let key = ObjectKey::pod("default", "a");
            let found = [plain, ends].map(|pod| is_in_scope(&quota, &key, &read(pod)));
            assert_eq!(found, meant, "{spec}");
        }
    }

    fn fields(spec: &str) -> Value {
        crate::fields! { "spec" => read(spec) }
    }
}
