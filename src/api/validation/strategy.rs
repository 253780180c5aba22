//! What a kind begins with, and what its updates keep. Models the strategies of `pkg/registry`:
//! `PrepareForCreate` and `PrepareForUpdate`.

use super::Paths;
use super::at::At;
use super::resources::quantity;
use crate::api::{Value, defaults};
use crate::cluster::SimTime;
use crate::fields;

/// What a new object's kind begins with.
struct Strategy {
    api_version: &'static str,
    kind: &'static str,
    /// Does its `metadata.generation` count the versions of its spec?
    counts: bool,
    /// Is its status the components' alone, so that neither creator nor update may write it?
    status: bool,
}

const fn strategy(
    (api_version, kind): (&'static str, &'static str),
    counts: bool,
    status: bool,
) -> Strategy {
    Strategy {
        api_version,
        kind,
        counts,
        status,
    }
}

#[rustfmt::skip]
const STRATEGIES: &[Strategy] = &[
    strategy(("v1", "Pod"), true, true),
    strategy(("v1", "PodTemplate"), true, false),
    strategy(("v1", "ReplicationController"), true, true),
    strategy(("v1", "Service"), false, true),
    strategy(("v1", "Namespace"), false, true),
    strategy(("v1", "ResourceQuota"), false, true),
    strategy(("v1", "PersistentVolume"), false, true),
    strategy(("v1", "PersistentVolumeClaim"), false, true),
    strategy(("apps/v1", "Deployment"), true, true),
    strategy(("apps/v1", "ReplicaSet"), true, true),
    strategy(("apps/v1", "StatefulSet"), true, true),
    strategy(("apps/v1", "DaemonSet"), true, true),
    strategy(("batch/v1", "Job"), true, true),
    strategy(("batch/v1", "CronJob"), true, true),
    strategy(("networking.k8s.io/v1", "Ingress"), true, true),
    strategy(("networking.k8s.io/v1", "IngressClass"), true, false),
    strategy(("networking.k8s.io/v1", "NetworkPolicy"), true, false),
    strategy(("autoscaling/v2", "HorizontalPodAutoscaler"), false, true),
    strategy(("policy/v1", "PodDisruptionBudget"), true, true),
    strategy(("scheduling.k8s.io/v1", "PriorityClass"), true, false),
    strategy(("discovery.k8s.io/v1", "EndpointSlice"), true, false),
];

fn of(value: &Value) -> Option<&'static Strategy> {
    let (api_version, kind) = (value.text_at(&["apiVersion"]), value.text_at(&["kind"]));
    STRATEGIES
        .iter()
        .find(|known| known.kind == kind && known.api_version == api_version)
}

/// Takes away what a creator may not set (status), and sets what a new object begins with. Its
/// `metadata.uid` is known by now.
pub fn prepare_for_create(value: &mut Value, now: SimTime) {
    let Some(strategy) = of(value) else { return };
    if strategy.counts {
        value.set(&["metadata", "generation"], 1);
    }
    if strategy.status {
        value.set(&["status"], Value::map());
    }
    match strategy.kind {
        "Pod" => pod(value, now),
        "Job" => {
            generate_selector(value);
            defaults::set(value);
        }
        "StatefulSet" => {
            // The gate `MaxUnavailableStatefulSet` is off.
            let gated = ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"];
            value.remove(&gated);
        }
        "DaemonSet" => value.set(&["metadata", "annotations", TEMPLATE_GENERATION], "1"),
        "Namespace" => namespace(value),
        "PersistentVolumeClaim" => {
            value.set(&["status", "phase"], "Pending");
            data_sources(value);
        }
        "PersistentVolume" => {
            value.set(&["status", "phase"], "Pending");
            value.set(&["status", "lastPhaseTransitionTime"], now.to_rfc3339());
        }
        _ => {}
    }
    defaults::normalize(value);
}

/// `spec.templateGeneration` of old; v1 keeps it in this annotation.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn namespace(value: &mut Value) {
    value.set(&["status", "phase"], "Active");
    let finalizers = value.at_mut(&["spec", "finalizers"]).items_mut();
    let own = Value::from("kubernetes");
    if !finalizers.contains(&own) {
        finalizers.push(own);
    }
}

/// Models `NormalizeDataSources`: what is said in one of the two fields stands in both.
fn data_sources(value: &mut Value) {
    let at = |value: &Value, name: &str| value.at(&["spec", name]).cloned();
    match (at(value, "dataSource"), at(value, "dataSourceRef")) {
        (Some(source), None) => value.set(&["spec", "dataSourceRef"], source),
        (None, Some(source)) if source.text_at(&["namespace"]).is_empty() => {
            value.set(&["spec", "dataSource"], source);
        }
        _ => {}
    }
}

fn pod(value: &mut Value, now: SimTime) {
    let class = qos_class(value);
    value.set(&["status", "phase"], "Pending");
    value.set(&["status", "qosClass"], class);
    if !value
        .at(&["spec", "schedulingGates"])
        .is_none_or(Value::is_empty)
    {
        scheduling_gated(value, now);
    }
    let labels = value
        .at(&["metadata", "labels"])
        .cloned()
        .unwrap_or_default();
    merge_label_keys(value, &labels);
}

/// Models `applySchedulingGatedCondition`.
fn scheduling_gated(value: &mut Value, now: SimTime) {
    let condition = fields! {
        "type" => "PodScheduled", "status" => "False", "reason" => "SchedulingGated",
        "message" => "Scheduling is blocked due to non-empty scheduling gates",
        "lastProbeTime" => Value::Null, "lastTransitionTime" => now.to_rfc3339(),
    };
    value
        .at_mut(&["status", "conditions"])
        .items_mut()
        .push(condition);
}

/// Models `GetPodQOS`. Only cpu and memory count.
pub fn qos_class(pod: &Value) -> &'static str {
    let paths = Paths::default();
    let spec = At::root(pod, &paths).field("spec");
    let amounts = |owner: &At, list: &str| {
        let list = owner.field("resources").field(list);
        ["cpu", "memory"].map(|name| quantity(&list.field(name)).nano)
    };
    let containers: Vec<At> = if spec.field("resources").is_set() {
        vec![spec]
    } else {
        let lists = ["containers", "initContainers"];
        lists.iter().flat_map(|list| spec.list(list)).collect()
    };
    let both = || {
        let each = |owner| (amounts(owner, "requests"), amounts(owner, "limits"));
        containers.iter().map(each)
    };
    let nothing = |(requests, limits): ([i128; 2], [i128; 2])| {
        requests.iter().chain(&limits).all(|amount| *amount == 0)
    };
    if both().all(nothing) {
        return "BestEffort";
    }
    let guaranteed = |(requests, limits): ([i128; 2], [i128; 2])| {
        limits.iter().all(|limit| *limit > 0) && requests == limits
    };
    if both().all(guaranteed) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// Models `mutatePodAffinity` and `mutateTopologySpreadConstraints`: `matchLabelKeys` become
/// expressions of the selector beside them.
fn merge_label_keys(pod: &mut Value, labels: &Value) {
    for name in ["podAffinity", "podAntiAffinity"] {
        let path = ["spec", "affinity", name];
        if pod.at(&path).is_none() {
            continue;
        }
        let affinity = pod.at_mut(&path);
        edit_items(affinity, REQUIRED, |term| merge(term, labels));
        edit_items(affinity, PREFERRED, |weighted| {
            merge(weighted.at_mut(&["podAffinityTerm"]), labels);
        });
    }
    edit_items(pod.at_mut(&["spec"]), "topologySpreadConstraints", |term| {
        merge(term, labels);
    });
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn edit_items(owner: &mut Value, list: &str, mut edit: impl FnMut(&mut Value)) {
    if owner.get(list).is_some_and(|list| !list.is_empty()) {
        for item in owner.at_mut(&[list]).items_mut() {
            edit(item);
        }
    }
}

fn merge(term: &mut Value, labels: &Value) {
    if term.get("labelSelector").is_none() {
        return;
    }
    for (keys, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        let keys: Vec<Value> = term
            .get(keys)
            .map(Value::items)
            .unwrap_or_default()
            .to_vec();
        for key in keys {
            let Some(label) = labels.get(key.as_str().unwrap_or_default()) else {
                continue;
            };
            let values: Value = [label.clone()].into_iter().collect();
            let expression = fields! { "key" => key, "operator" => operator, "values" => values };
            let expressions = term.at_mut(&["labelSelector", "matchExpressions"]);
            expressions.items_mut().push(expression);
        }
    }
}

/// Models `generateSelector`: a Job selects its Pods by its own uid, unless told otherwise.
fn generate_selector(job: &mut Value) {
    if job.at(&["spec", "manualSelector"]) == Some(&Value::Bool(true)) {
        return;
    }
    let uid = job.text_at(&["metadata", "uid"]).to_string();
    let name = job.text_at(&["metadata", "name"]).to_string();
    for (key, value) in [
        ("controller-uid", &uid),
        ("job-name", &name),
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
    ] {
        let labels = ["spec", "template", "metadata", "labels"];
        job.at_mut(&labels).set(&[key], value.as_str());
    }
    let labels = ["spec", "selector", "matchLabels"];
    job.at_mut(&labels)
        .set(&["batch.kubernetes.io/controller-uid"], uid.as_str());
}

/// Keeps of the old version what an update may not touch, and counts the versions of the spec.
/// Models `rest.BeforeUpdate` as well.
pub fn prepare_for_update(value: &mut Value, old: &Value) {
    let keep = |value: &mut Value, path: &[&str]| match old.at(path) {
        Some(was) => value.set(path, was.clone()),
        None => {
            value.remove(path);
        }
    };
    for name in [
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
    ] {
        keep(value, &["metadata", name]);
    }
    if value.text_at(&["metadata", "uid"]).is_empty() {
        keep(value, &["metadata", "uid"]);
    }
    let kind = value.text_at(&["kind"]).to_string();
    let strategy = of(value);
    if strategy.is_some_and(|strategy| strategy.status) || kind == "Node" {
        keep(value, &["status"]);
    }
    match &*kind {
        "Namespace" => keep(value, &["spec", "finalizers"]),
        "DaemonSet" => template_generation(value, old),
        "Secret" if value.text_at(&["type"]).is_empty() => keep(value, &["type"]),
        _ => {}
    }
    if strategy.is_some_and(|strategy| strategy.counts) && counts_as_new(&kind, value, old) {
        let generation = old.at(&["metadata", "generation"]).and_then(Value::as_i64);
        value.set(
            &["metadata", "generation"],
            generation.unwrap_or_default() + 1,
        );
    }
}

/// Is it another generation? A Deployment's annotations go on to its ReplicaSets, so they count.
fn counts_as_new(kind: &str, value: &Value, old: &Value) -> bool {
    let differs = |path: &[&str]| {
        let (new, old) = (value.at(path), old.at(path));
        let empty = |value: Option<&Value>| value.is_none_or(Value::is_empty);
        new != old && !(empty(new) && empty(old))
    };
    match kind {
        "Deployment" => differs(&["spec"]) || differs(&["metadata", "annotations"]),
        "PriorityClass" => false,
        "EndpointSlice" => {
            differs(&["metadata", "labels"])
                || ["addressType", "endpoints", "ports"]
                    .iter()
                    .any(|part| differs(&[part]))
        }
        "PodTemplate" => differs(&["template"]),
        _ => differs(&["spec"]),
    }
}

fn template_generation(value: &mut Value, old: &Value) {
    let path = ["metadata", "annotations", TEMPLATE_GENERATION];
    let was: i64 = old.text_at(&path).parse().unwrap_or(1);
    let template = ["spec", "template"];
    let differs = value.at(&template) != old.at(&template);
    value.set(&path, (was + i64::from(differs)).to_string());
}

/// Raises `metadata.generation` where the kind has one.
pub fn bump_generation(value: &mut Value) {
    if of(value).is_some_and(|strategy| strategy.counts) {
        let generation = value
            .at(&["metadata", "generation"])
            .and_then(Value::as_i64);
        value.set(
            &["metadata", "generation"],
            generation.unwrap_or_default() + 1,
        );
    }
}
