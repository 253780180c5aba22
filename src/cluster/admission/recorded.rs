//! What the real API server stored or answered, put to ours. kubectl's own answers, and those of the
//! decoder, are judged elsewhere.

use std::fs::File;
use std::io::Read;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::api::{Object, Value};
use crate::cluster::api_server::{self, Status};
use crate::cluster::{Actor, Setup, World};
use crate::kubectl::apply::{self, LAST_APPLIED};
use crate::manifest;

/// `RECORDED_API` names another file than the repository's.
fn recordings() -> Vec<Json> {
    let path = std::env::var("RECORDED_API");
    let path = path.unwrap_or_else(|_| "tests/golden/api/api.jsonl.gz".into());
    let mut text = String::new();
    let file = File::open(path).expect("recordings can be read");
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("they are text");
    let cases = text.lines();
    cases
        .map(|case| serde_json::from_str(case).expect("they are JSON"))
        .collect()
}

fn text<'a>(case: &'a Json, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

/// The only object that a manifest names, if it names one and kubectl can send it.
fn only_object(manifest: &str) -> Option<Value> {
    let checked = manifest::check(manifest);
    let [object] = &checked.objects[..] else {
        return None;
    };
    Some(object.value.clone())
}

fn answers_by_the_server(case: &Json) -> bool {
    let said = text(case, "stderr");
    let of_others = [
        "error: ",
        "error validating",
        "error parsing",
        "cannot be handled as",
        "BadRequest",
        "resource mapping not found",
        "no objects passed",
        "failed to create typed patch",
    ];
    let command = text(case, "command");
    ["kubectl apply -f -", "kubectl create -f -"].contains(&command)
        && !of_others.iter().any(|other| said.contains(other))
}

fn cluster() -> World {
    let setup = Setup {
        controllers: false,
        scheduler: false,
        ..Setup::default()
    };
    let mut world = World::new(Rc::new(setup), 7);
    api_server::bootstrap(&mut world);
    world
}

fn play(case: &Json, object: &Value, world: &mut World) -> Result<Rc<Object>, Status> {
    let before = case["before"].as_array().into_iter().flatten();
    for manifest in before.map(|step| text(step, "manifest")) {
        for named in manifest::check(manifest).objects {
            apply::apply_object(world, &named.value)?;
        }
    }
    if text(case, "command").contains("create") {
        return world.create(Actor::You, object.clone());
    }
    let outcome = apply::apply_object(world, object)?;
    Ok(world.store.get(&outcome.key).expect("it is there").clone())
}

/// As kubectl prints it.
fn said(status: &Status, was_there: bool) -> String {
    let said = random_parts(&status.to_string());
    if was_there || status.reason == "Invalid" {
        return said;
    }
    said.replacen("): ", "): error when creating \"STDIN\": ", 1)
}

/// Uids and generated names, as the recordings are normalised.
fn random_parts(said: &str) -> String {
    let part = |part: &str| match part {
        uid if is_uid(uid) => "<uid>".to_string(),
        name if name.starts_with("Web_") && name.len() == 9 => "Web_<rand>".to_string(),
        part => part.to_string(),
    };
    let parts: Vec<String> = said.split('"').map(part).collect();
    parts.join("\"")
}

fn is_uid(text: &str) -> bool {
    text.len() == 36 && text.matches('-').count() == 4
}

/// As the recordings are normalised.
fn scrub(json: &mut Json, name: &str) {
    match json {
        Json::Object(fields) => fields.iter_mut().for_each(|(name, json)| scrub(json, name)),
        Json::Array(items) => items.iter_mut().for_each(|json| scrub(json, name)),
        Json::String(text) if is_uid(text) => *text = "<uid>".into(),
        Json::String(text) if text.starts_with("kube-api-access-") => {
            *text = "kube-api-access-<rand>".into();
        }
        Json::String(text) if name.ends_with("Time") && text.ends_with('Z') => {
            *text = "<time>".into();
        }
        Json::String(text) if name.starts_with("clusterIP") && text.starts_with("10.96.") => {
            *text = "<clusterip>".into();
        }
        Json::Number(_) if name.to_lowercase().ends_with("nodeport") => *json = "<nodeport>".into(),
        _ => {}
    }
}

fn normalised(object: &Object, recorded: &Json) -> Json {
    let mut value = object.value.clone();
    for name in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
    ] {
        value.remove(&["metadata", name]);
    }
    if recorded["metadata"]["name"] == "web-<rand>" {
        value.set(&["metadata", "name"], "web-<rand>");
    }
    value.remove(&["metadata", "annotations", LAST_APPLIED]);
    if value
        .at(&["metadata", "annotations"])
        .is_some_and(Value::is_empty)
    {
        value.remove(&["metadata", "annotations"]);
    }
    value.to_json()
}

/// What differs, if anything does. Only the first line of a refused update is compared: upstream
/// prints Go structs below it.
fn difference(case: &Json, object: &Value) -> Option<String> {
    let mut world = cluster();
    let result = play(case, object, &mut world);
    let recorded = text(case, "stderr")
        .split("\n@@")
        .next()
        .unwrap_or_default();
    let recorded = recorded.trim_end();
    match result {
        Ok(object) => {
            let warnings = world.warnings(&object.value, None);
            let warnings: Vec<String> = warnings.iter().map(|w| format!("Warning: {w}")).collect();
            let (mut wanted, mut got) = (case["object"].clone(), Json::Null);
            if !wanted.is_null() {
                got = normalised(&object, &wanted);
            }
            scrub(&mut wanted, "");
            scrub(&mut got, "");
            let is_right = wanted == got && warnings.join("\n") == recorded;
            (!is_right).then(|| format!("{got}\n{wanted}\n{warnings:?}\n{recorded}"))
        }
        Err(status) => {
            let was_there = world.store.get(&apply::key_of(object)).is_some();
            let said = said(
                &status,
                was_there && !text(case, "command").contains("create"),
            );
            (said.trim_end() != recorded).then(|| format!("{said}\n{recorded}"))
        }
    }
}

/// kubectl drops nulls from a map before it creates: not the API server's doing.
const NULL_IN_A_MAP: &str = "secret-008";

#[test]
fn the_api_server_stores_refuses_and_warns_as_recorded() {
    let mut compared = 0;
    for case in recordings()
        .iter()
        .filter(|case| answers_by_the_server(case))
    {
        let Some(object) = only_object(text(case, "manifest")) else {
            continue;
        };
        let id = text(case, "id");
        if id != NULL_IN_A_MAP {
            assert_eq!(difference(case, &object), None, "{id}");
            compared += 1;
        }
    }
    assert!(compared > 400, "only {compared} cases can be compared");
}

/// A list of one kind, which kubectl takes apart.
const TYPED_LIST: &str = "yaml-110";

#[test]
fn a_manifest_that_is_taken_passes_the_check_without_a_cluster() {
    for case in recordings().iter().filter(|case| case["exit"] == 0) {
        let (id, command) = (text(case, "id"), text(case, "command"));
        if id != TYPED_LIST && !command.contains("--validate") {
            let checked = manifest::check(text(case, "manifest"));
            assert_eq!(checked.errors(), 0, "{id}: {:?}", checked.diagnostics);
        }
    }
}
