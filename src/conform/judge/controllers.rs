//! Controllers: which objects come to be; each workload's sequence of replica numbers; settled
//! points; final states (a workload's Pods as a bag: which of equal ones is taken is chance); Events
//! in order per workload, as a bag for Pods; what commands answered (ages apart, rows of `get` as a
//! bag).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::{Map, Value as Json, json};

use super::kubectl::lines;
use super::python::{bag, collapsed, dumps, equal, get, items, or_text, regex, strip};
use super::{Difference, unequal};

static AGE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?<![\w<.:-])\d+(?:\.\d+)?[smhd](?:\d+[smhd])?(?![\w.-])"));
static GENERATED: LazyLock<Regex> = LazyLock::new(|| regex(r"<(pod|rand)\d*>"));
static NODE: LazyLock<Regex> = LazyLock::new(|| regex(r"node-\d+"));
const WORKLOADS: [&str; 7] = [
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];

/// The first thing that differs.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    let want = summary(items(get(case, "trace")));
    let got = summary(items(get(answer, "trace")));
    let parts = want.into_iter().zip(got);
    parts.into_iter().find_map(|((part, want), (_, got))| {
        let (Some(want_map), Some(got_map)) = (want.as_object(), got.as_object()) else {
            return unequal(part, &want, &got);
        };
        let names: BTreeSet<&String> = want_map.keys().chain(got_map.keys()).collect();
        names
            .into_iter()
            .find_map(|name| unequal(format!("{part} {name}"), get(&want, name), get(&got, name)))
    })
}

/// What is compared of a trace, part by part.
fn summary(trace: &[Json]) -> [(&'static str, Json); 6] {
    let mut seen = Seen::default();
    for entry in trace {
        seen.take(entry);
    }
    let (pods, rest): (Vec<_>, Vec<_>) = seen
        .objects
        .iter()
        .partition(|((kind, _), _)| kind == "Pod");
    let pods = pods.into_iter().map(|((_, name), object)| {
        dumps(&json!([
            anonymous(name),
            strip(object, &["node", "nominated"])
        ]))
    });
    let rest: Map<_, _> = rest
        .into_iter()
        .map(|((kind, name), object)| (format!("{kind}/{name}"), strip(object, &["node"])))
        .collect();
    let numbers: Map<_, _> = seen
        .numbers
        .into_iter()
        .map(|((kind, name), numbers)| (format!("{kind}/{name}"), Json::Array(numbers)))
        .collect();
    let told: Map<_, _> = seen
        .told
        .into_iter()
        .map(|(about, told)| (about.clone(), events(&about, told)))
        .collect();
    [
        ("said", Json::Array(seen.said)),
        ("numbers", Json::Object(numbers)),
        ("settled", Json::Array(seen.settled)),
        ("final", Json::Object(rest)),
        ("pods", bag(pods)),
        ("events", Json::Object(told)),
    ]
}

type KindAndName = (String, String);

#[derive(Default)]
struct Seen {
    objects: BTreeMap<KindAndName, Json>,
    numbers: BTreeMap<KindAndName, Vec<Json>>,
    told: BTreeMap<String, Vec<[String; 3]>>,
    settled: Vec<Json>,
    said: Vec<Json>,
}

impl Seen {
    fn take(&mut self, entry: &Json) {
        if get(entry, "note") == "quiet" && entry.get("state").is_some() {
            self.settled.push(get(entry, "state").clone());
        } else if entry.get("do").is_some() {
            self.said.push(answered(entry));
        } else if get(entry, "kind") == "Event" {
            if get(entry, "op") == "ADDED" {
                self.hear(get(entry, "set"));
            }
        } else if entry.get("op").is_some() {
            self.see(entry);
        }
    }

    fn hear(&mut self, event: &Json) {
        let text = |part: &str| or_text(get(event, part)).to_string();
        let message = anonymous(or_text(get(event, "message")));
        let message = NODE.replace_all(&message, "<node>").into_owned();
        let about = anonymous(or_text(get(event, "object")));
        let told = self.told.entry(about).or_default();
        told.push([text("type"), text("reason"), message]);
    }

    fn see(&mut self, entry: &Json) {
        let text = |part: &str| or_text(get(entry, part)).to_string();
        let key = (text("kind"), text("name"));
        if get(entry, "op") == "DELETED" {
            self.objects.insert(key, json!("deleted"));
            return;
        }
        let mut now = match self.objects.remove(&key) {
            Some(Json::Object(now)) => now,
            _ => Map::new(),
        };
        let set = get(entry, "set");
        for (name, value) in set.as_object().into_iter().flatten() {
            now.insert(name.clone(), value.clone());
        }
        now.retain(|_, value| !value.is_null());
        if let Some(replicas) = set.get("replicas")
            && WORKLOADS.contains(&key.0.as_str())
        {
            let numbers = self.numbers.entry(key.clone()).or_default();
            if numbers.last().is_none_or(|last| !equal(last, replicas)) {
                numbers.push(replicas.clone());
            }
        }
        self.objects.insert(key, Json::Object(now));
    }
}

fn answered(entry: &Json) -> Json {
    let command = or_text(get(entry, "do"));
    let exit = entry.get("exit").cloned().unwrap_or(json!(0));
    let printed = anonymous(or_text(get(entry, "stdout")));
    let printed = AGE.replace_all(&printed, "<age>");
    let complained = collapsed(&anonymous(or_text(get(entry, "stderr"))));
    json!([command, exit, lines(command, &printed), complained])
}

fn anonymous(name: &str) -> String {
    GENERATED.replace_all(name, "<pod>").into_owned()
}

/// A Pod's Events as a bag; a workload's in order, but for those about single Pods.
fn events(about: &str, told: Vec<[String; 3]>) -> Json {
    if about.starts_with("Pod/") {
        return bag(told.iter().map(|event| dumps(&json!(event))));
    }
    let is_about_one_pod =
        |event: &[String; 3]| ["SuccessfulCreate", "SuccessfulDelete"].contains(&&*event[1]);
    let (mut unordered, mut all): (Vec<_>, Vec<_>) = told.into_iter().partition(is_about_one_pod);
    unordered.sort();
    all.extend(unordered);
    json!(all)
}
