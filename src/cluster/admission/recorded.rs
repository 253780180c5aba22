//! What the real API server stored or answered, put to ours. Recorded answers of its decoder and of
//! kubectl itself are judged elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::api::{ObjectKey, Value, schema};
use crate::cluster::api_server::{self, Status};
use crate::cluster::{Actor, Setup, World};

fn recordings() -> Vec<Json> {
    let path =
        std::env::var("RECORDED_API").unwrap_or_else(|_| "tests/golden/api/api.jsonl.gz".into());
    let file = File::open(path).expect("recordings can be read");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("gzip");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The documents of a manifest, if a plain YAML parser reads it.
fn documents(manifest: &str) -> Option<Vec<Value>> {
    use serde::Deserialize;
    let documents = serde_yaml::Deserializer::from_str(manifest);
    let json = documents.map(|document| Json::deserialize(document).ok());
    let values: Option<Vec<Json>> = json.collect();
    let values = values?.into_iter().filter(|json| !json.is_null());
    Some(values.map(|json| Value::from_json(&json)).collect())
}

struct Cluster {
    world: World,
    applied: BTreeMap<ObjectKey, Value>,
}

impl Cluster {
    fn new() -> Self {
        let setup = Setup {
            controllers: false,
            scheduler: false,
            ..Setup::default()
        };
        let mut world = World::new(Rc::new(setup), 7);
        api_server::bootstrap(&mut world);
        Cluster {
            world,
            applied: BTreeMap::new(),
        }
    }

    /// `kubectl apply`, as far as this test needs it.
    fn apply(&mut self, mut document: Value, creates: bool) -> Result<ObjectKey, Status> {
        let of = (
            document.text_at(&["apiVersion"]),
            document.text_at(&["kind"]),
        );
        let kind = schema::kind(of.0, of.1).expect("served");
        if kind.is_namespaced() && document.text_at(&["metadata", "namespace"]).is_empty() {
            document.set(&["metadata", "namespace"], "default");
        }
        let meta = |name| document.text_at(&["metadata", name]).to_string();
        let name = match kind.group() {
            "" => kind.kind().to_string(),
            group => format!("{}.{group}", kind.kind()),
        };
        let key = ObjectKey::new(&name, &meta("namespace"), &meta("name"));
        let stored = self
            .world
            .store
            .get(&key)
            .map(|object| object.value.clone());
        let last = self.applied.insert(key.clone(), document.clone());
        match stored {
            Some(stored) if !creates => {
                let next = merge(&stored, &last.unwrap_or_default(), &document);
                self.world.update(Actor::You, next)?;
            }
            _ => {
                return Ok(self.world.create(Actor::You, document)?.key());
            }
        }
        Ok(key)
    }
}

/// Three-way merge; lists of maps merge by whatever tells their items apart.
fn merge(stored: &Value, last: &Value, new: &Value) -> Value {
    match (stored, new) {
        (Value::Map(stored), Value::Map(new)) => {
            let mut merged = stored.clone();
            let fields = Rc::make_mut(&mut merged);
            for name in last.as_map().into_iter().flatten().map(|(name, _)| name) {
                if !new.contains_key(name) {
                    fields.remove(name);
                }
            }
            for (name, value) in new.iter() {
                let was = stored.get(name).cloned().unwrap_or_default();
                let last = last.get(name).cloned().unwrap_or_default();
                fields.insert(name.clone(), merge(&was, &last, value));
            }
            Value::Map(merged)
        }
        (Value::List(stored), Value::List(new)) => {
            let key = ["mountPath", "containerPort", "port", "name"]
                .into_iter()
                .find(|key| {
                    let all = stored.iter().chain(new.iter());
                    stored.len() + new.len() > 0
                        && all.into_iter().all(|item| item.get(key).is_some())
                });
            let Some(key) = key else {
                return Value::List(new.clone());
            };
            let find = |items: &[Value], value: &Value| {
                items
                    .iter()
                    .find(|item| item.get(key) == value.get(key))
                    .cloned()
            };
            let mut merged: Vec<Value> = new
                .iter()
                .map(|item| {
                    let was = find(stored, item).unwrap_or_default();
                    merge(&was, &find(last.items(), item).unwrap_or_default(), item)
                })
                .collect();
            let kept = stored
                .iter()
                .filter(|item| find(new, item).is_none() && find(last.items(), item).is_none());
            merged.extend(kept.cloned());
            merged.into_iter().collect()
        }
        _ => new.clone(),
    }
}

/// As the recordings are normalised.
fn normalised(object: &Value) -> Json {
    let mut object = object.clone();
    for name in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
    ] {
        object.remove(&["metadata", name]);
    }
    let mut json = object.to_json();
    scrub(&mut json, "");
    json
}

fn scrub(json: &mut Json, name: &str) {
    match json {
        Json::Object(fields) => fields
            .iter_mut()
            .for_each(|(name, value)| scrub(value, name)),
        Json::Array(items) => items.iter_mut().for_each(|item| scrub(item, name)),
        Json::String(text) => {
            if text.starts_with("kube-api-access-") {
                *text = "kube-api-access-<rand>".into();
            } else if text.len() == 36 && name.ends_with("uid") {
                *text = "<uid>".into();
            } else if name.ends_with("Time") && text.ends_with('Z') {
                *text = "<time>".into();
            } else if (name == "clusterIP" || name == "clusterIPs") && text.starts_with("10.96.") {
                *text = "<clusterip>".into();
            }
        }
        Json::Number(_) if name.to_lowercase().ends_with("nodeport") => {
            *json = Json::from("<nodeport>")
        }
        _ => {}
    }
}

fn said(status: &Status) -> String {
    let text = status.to_string();
    let mut words: Vec<String> = Vec::new();
    for part in text.split('"') {
        words.push(if part.len() == 36 && part.matches('-').count() == 4 {
            "<uid>".into()
        } else {
            part.into()
        });
    }
    words
        .join("\"")
        .replace("Error from server (", "Error from server (")
}

#[test]
fn measure() {
    let mut by_topic: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut good, mut all) = (0, 0);
    for case in recordings() {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_string();
        let (stderr, command) = (text("stderr"), text("command"));
        let elsewhere = [
            "cannot be handled",
            "resource mapping",
            "error validating",
            "unable to decode",
            "error parsing",
            "failed to create typed",
            "error: ",
            "BadRequest",
            "no objects",
            "from server for",
        ];
        if elsewhere.iter().any(|what| stderr.contains(what))
            || !["kubectl apply -f -", "kubectl create -f -"].contains(&&*command)
        {
            continue;
        }
        let Some(docs) = documents(&text("manifest")) else {
            continue;
        };
        if docs.len() != 1
            || schema::kind(docs[0].text_at(&["apiVersion"]), docs[0].text_at(&["kind"])).is_none()
        {
            continue;
        }
        let outcome = std::panic::catch_unwind(|| {
            let mut cluster = Cluster::new();
            for before in case["before"].as_array().into_iter().flatten() {
                let manifest = before["manifest"].as_str().unwrap_or_default();
                for document in documents(manifest).unwrap_or_default() {
                    let _ = cluster.apply(document, false);
                }
            }
            let result = cluster.apply(docs[0].clone(), command.contains("create"));
            match result {
                Ok(key) => {
                    let object = cluster.world.store.get(&key).expect("stored");
                    let warnings =
                        crate::cluster::World::warnings(&cluster.world, &object.value, None);
                    let warned: String =
                        warnings.iter().map(|w| format!("Warning: {w}\n")).collect();
                    let mut wanted = case["object"].clone();
                    let mut got = normalised(&object.value);
                    scrub(&mut wanted, "");
                    if got
                        .get("metadata")
                        .and_then(|m| m.get("generateName"))
                        .is_some()
                    {
                        got["metadata"]["name"] = "<rand>".into();
                        wanted["metadata"]["name"] = "<rand>".into();
                    }
                    if wanted["kind"] == "Namespace" || wanted == got {
                        (
                            stderr.is_empty() || stderr == warned,
                            format!("warned {warned:?}\nwanted {stderr:?}"),
                        )
                    } else {
                        (false, format!("got    {got}\nwanted {wanted} {stderr}"))
                    }
                }
                Err(status) => {
                    let got = said(&status).replace(" of \"", " of \"");
                    let got = got.replace("): ", "): error when creating \"STDIN\": ");
                    let got = if status.reason == "Invalid" {
                        said(&status)
                    } else {
                        got
                    };
                    let wanted = stderr.trim_end();
                    let wanted_first = if wanted.contains("\n@@") {
                        wanted.split("\n@@").next().unwrap()
                    } else {
                        wanted
                    };
                    (
                        got.trim_end() == wanted_first.trim_end()
                            || got.replace("is invalid: \n", "is invalid: \n") == wanted,
                        format!("got    {got}\nwanted {wanted}"),
                    )
                }
            }
        });
        let (ok, why) = outcome.unwrap_or((false, "panicked".into()));
        let topic = by_topic.entry(text("topic")).or_default();
        topic.1 += 1;
        all += 1;
        if ok {
            good += 1;
            topic.0 += 1;
        } else {
            println!("-- {} {}\n{why}", text("id"), docs[0].to_json());
        }
    }
    for (topic, (good, all)) in by_topic {
        println!("{topic}: {good}/{all}");
    }
    println!("TOTAL {good}/{all}");
}
