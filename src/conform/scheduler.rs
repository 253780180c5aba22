//! golden/scheduler: what kube-scheduler decides for one Pod. An answer holds `expect`: the cluster
//! of the case is built, and the scheduler asked where the incoming Pod would go.

use std::rc::Rc;

use serde_json::{Map, Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::pod::Pod;
use crate::api::{Object, Value};
use crate::cluster::scheduler::cycle::{Sampling, decide};
use crate::cluster::scheduler::decision::{Decision, Outcome, Rejected, Rejection};
use crate::cluster::scheduler::framework::Plugin;
use crate::cluster::scheduler::node_info::PodInfo;
use crate::cluster::scheduler::plugins::PLUGINS;
use crate::cluster::scheduler::preemption::Preemption;
use crate::cluster::scheduler::view::ClusterView;
use crate::fields;

/// Decisions of the scheduler.
pub(super) struct Scheduler;

impl Family for Scheduler {
    fn answer(&self, case: &Case) -> Option<Json> {
        let object = Object::new(Value::from_json(case.inputs.get("pod")?)).ok()?;
        let pod = object.pod()?;
        let expect = match not_queued(pod) {
            Some(early) => early,
            None => attempt(&cluster(case.inputs.get("cluster")?), pod),
        };
        Some(json!({ "expect": expect }))
    }
}

/// The cluster of a case. Objects come in the order of their names, as an API server lists them.
fn cluster(lists: &Json) -> ClusterView {
    let mut view = ClusterView::default();
    for list in lists.as_object().into_iter().flat_map(Map::values) {
        let items = list.as_array().into_iter().flatten();
        let objects = items.filter_map(|item| Object::new(as_seen(Value::from_json(item))).ok());
        let mut objects: Vec<Object> = objects.collect();
        objects.sort_by_key(Object::key);
        for object in &objects {
            view.take(&object.key(), Some(object));
        }
    }
    view.settle();
    view
}

/// A waiting Pod that a node is promised to is known by what the queue has of it. The recordings
/// were made with such a Pod out of the queue, and then upstream counts a Pod of this name that asks
/// for nothing (`nominatedPodToInfo` in `pkg/scheduler/backend/queue/scheduling_queue.go`).
fn as_seen(object: Value) -> Value {
    let nominated = object.text_at(&["status", "nominatedNodeName"]);
    if nominated.is_empty() || !object.text_at(&["spec", "nodeName"]).is_empty() {
        return object;
    }
    fields! {
        "apiVersion" => "v1", "kind" => "Pod",
        "metadata" => fields! {
            "namespace" => object.text_at(&["metadata", "namespace"]),
            "name" => object.text_at(&["metadata", "name"]),
        },
        "status" => fields! { "nominatedNodeName" => nominated },
    }
}

/// The answer for a Pod that never comes to an attempt.
fn not_queued(pod: &Pod) -> Option<Json> {
    if !pod.spec.node_name.is_empty() {
        return Some(json!({ "outcome": "bypassed" }));
    }
    if &*pod.spec.scheduler_name != "default-scheduler" {
        return Some(json!({ "outcome": "ignored" }));
    }
    if pod.metadata.deletion_timestamp.is_some() {
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        let event = format!("skip schedule deleting pod: {namespace}/{name}");
        return Some(json!({ "outcome": "skipped", "event": event }));
    }
    let gate = |plugin: &&dyn Plugin| Some((plugin.name(), plugin.pre_enqueue(pod).err()?));
    let (plugin, status) = PLUGINS.iter().find_map(gate)?;
    Some(json!({
        "outcome": "gated",
        "gate": { "plugin": plugin, "code": status.code.name(), "reasons": status.reasons() },
        "condition": {
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        },
    }))
}

fn attempt(view: &ClusterView, pod: &Rc<Pod>) -> Json {
    let info = PodInfo::new(pod.clone());
    let decision = decide(view, &info, Sampling::ALL, &mut |_| 0);
    if decision.nominated_first {
        // The recording lists all nodes, though the scheduler looks at one.
        let all = Sampling {
            nominated_first: false,
            ..Sampling::ALL
        };
        let mut expect = told(&decide(view, &info, all, &mut |_| 0));
        for scored in ["scores", "skippedScores", "randomTie"] {
            expect.remove(scored);
        }
        expect.insert("bestNodes".into(), json!(decision.best));
        expect.insert("nominatedNodeFirst".into(), json!(true));
        return Json::Object(expect);
    }
    let mut expect = told(&decision);
    if decision.pre_filter_nodes.is_some() {
        add_untried(view, &decision, &mut expect);
    }
    Json::Object(expect)
}

/// The decision in the recording's shape. What is empty isn't there.
fn told(decision: &Decision) -> Map<String, Json> {
    let mut expect = Map::new();
    let mut put = |name: &str, value: Json| {
        let empty = match &value {
            Json::Null | Json::Bool(false) => true,
            Json::String(text) => text.is_empty(),
            Json::Array(items) => items.is_empty(),
            Json::Object(fields) => fields.is_empty(),
            _ => false,
        };
        if !empty {
            expect.insert(name.into(), value);
        }
    };
    let outcome = match decision.outcome {
        Outcome::Scheduled(_) => "scheduled",
        Outcome::Unschedulable => "unschedulable",
        Outcome::NoNodes => "noNodes",
        Outcome::Error => "error",
    };
    put("outcome", json!(outcome));
    put("message", json!(decision.message));
    if let Some(reason) = decision.condition_reason() {
        put(
            "condition",
            json!({ "type": "PodScheduled", "status": "False", "reason": reason }),
        );
    }
    if matches!(decision.outcome, Outcome::NoNodes | Outcome::Error) {
        return expect;
    }
    let mut skipped = decision.skipped_filters.clone();
    skipped.sort_unstable();
    put("skippedFilters", json!(skipped));
    put(
        "preFilter",
        decision.pre_filter.as_ref().map_or(Json::Null, rejection),
    );
    put("preFilterNodes", json!(decision.pre_filter_nodes));
    put("nodes", rejections(&decision.rejected));
    if outcome == "scheduled" {
        put("feasibleNodes", json!(sorted(decision.feasible.iter())));
        put("scores", scores(decision));
        put("skippedScores", json!(decision.skipped_scores));
        put("bestNodes", json!(sorted(decision.best.iter())));
        put("randomTie", json!(decision.best.len() > 1));
    } else {
        put("filterMessage", json!(decision.filter_message));
        put(
            "unschedulablePlugins",
            json!(decision.unschedulable_plugins),
        );
        put("preemption", preemption(decision));
    }
    expect
}

/// Nodes that PreFilter left out are listed too.
fn add_untried(view: &ClusterView, decision: &Decision, expect: &mut Map<String, Json>) {
    let nodes = expect.entry("nodes").or_insert_with(|| json!({}));
    for node in view.nodes() {
        let tried =
            decision.rejected.of(node.name()).is_some() || decision.feasible.contains(node.name());
        if !tried {
            nodes[&**node.name()] = rejection(&decision.others);
        }
    }
    if nodes.as_object().is_some_and(Map::is_empty) {
        expect.remove("nodes");
    }
}

fn rejection(rejection: &Rejection) -> Json {
    let (code, reasons) = (rejection.status.code.name(), rejection.status.reasons());
    match rejection.plugin {
        "" => json!({ "code": code, "reasons": reasons }),
        plugin => json!({ "plugin": plugin, "code": code, "reasons": reasons }),
    }
}

fn rejections(nodes: &Rejected) -> Json {
    let nodes = nodes.iter();
    let told = nodes.map(|(name, why)| (name.to_string(), rejection(why)));
    Json::Object(told.collect())
}

fn scores(decision: &Decision) -> Json {
    let nodes = decision.feasible.iter().zip(&decision.totals).enumerate();
    let told = nodes.map(|(index, (name, total))| {
        let plugins = decision.scores.iter().map(|scores| {
            let scored = scores.at(index);
            let (raw, normalized) = (scored.raw, scored.normalized);
            let told = json!({ "raw": raw, "normalized": normalized, "weighted": scored.weighted });
            (scored.plugin.to_string(), told)
        });
        let plugins: Map<String, Json> = plugins.collect();
        (
            name.to_string(),
            json!({ "total": total, "plugins": plugins }),
        )
    });
    Json::Object(told.collect())
}

/// What preemption did. `ran` is false where an earlier plugin stopped it.
fn preemption(decision: &Decision) -> Json {
    let Some(found) = &decision.preemption else {
        return json!({ "ran": false, "eligible": false, "message": "not found" });
    };
    let mut told = json!({ "ran": true, "eligible": found.eligible });
    let mut put = |name: &str, empty: bool, value: Json| {
        if !empty {
            told[name] = value;
        }
    };
    let potential = decision.potential_nodes().filter(|_| found.eligible);
    let potential = sorted(potential);
    put("potentialNodes", potential.is_empty(), json!(potential));
    put("candidates", found.candidates.is_empty(), candidates(found));
    put(
        "rejectedNodes",
        found.rejected.is_empty(),
        rejections(&found.rejected),
    );
    let best = sorted(
        found
            .best
            .iter()
            .map(|index| &found.candidates[*index].node),
    );
    put("bestCandidates", best.is_empty(), json!(best));
    put("randomTie", best.len() < 2, json!(true));
    if let (1, Some(choice)) = (best.len(), found.choice()) {
        put("nominatedNode", false, json!(choice.node));
        put("victims", false, json!(victims(&choice.victims)));
    }
    put("message", found.message.is_empty(), json!(found.message));
    put(
        "clearsNominatedNodeName",
        !found.clears_nomination,
        json!(true),
    );
    told
}

fn candidates(found: &Preemption) -> Json {
    let mut candidates: Vec<_> = found.candidates.iter().collect();
    candidates.sort_by(|a, b| a.node.cmp(&b.node));
    let told = candidates.into_iter().map(|candidate| {
        json!({
            "node": candidate.node,
            "victims": victims(&candidate.victims),
            "numPDBViolations": candidate.budget_violations,
        })
    });
    told.collect()
}

fn victims(pods: &[Rc<PodInfo>]) -> Vec<String> {
    pods.iter().map(|pod| pod.path()).collect()
}

fn sorted<'a>(names: impl Iterator<Item = &'a Rc<str>>) -> Vec<&'a Rc<str>> {
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
