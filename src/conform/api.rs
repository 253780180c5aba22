//! golden/api: what kubectl and the API server say to a manifest. An answer holds `exit`, `stdout`,
//! `stderr`, `object`, and `objects`. A case is a world without nodes, scheduler and controllers, to
//! which the case's commands are given.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::schema;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::{Setup, Simulation, World};
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::run::{Finished, run};
use crate::machine::Machines;

/// Verdicts of the API server.
pub(super) struct Api;

impl Family for Api {
    fn answer(&self, case: &Case) -> Option<Json> {
        let setup = Setup {
            machines: Machines::default(),
            scheduler: false,
            controllers: false,
            ..Setup::default()
        };
        let mut simulation = Simulation::new(setup, 0);
        let own: Vec<ObjectKey> = keys(simulation.world());
        let mut texts = String::new();
        for step in case.items("before") {
            let text = |field: &str| step[field].as_str().unwrap_or_default();
            texts += text("manifest");
            simulation.act(|world| run(world, text("command"), text("manifest")));
        }
        texts += case.text("manifest");
        let (command, manifest) = (case.text("command"), case.text("manifest"));
        let finished = simulation.act(|world| run(world, command, manifest));
        Some(answer(case, simulation.world(), &own, finished, &texts))
    }
}

fn keys(world: &World) -> Vec<ObjectKey> {
    world.store.objects().keys().cloned().collect()
}

fn answer(case: &Case, world: &World, own: &[ObjectKey], finished: Finished, given: &str) -> Json {
    let mut stored: Vec<&Object> = world
        .store
        .objects()
        .iter()
        .filter(|(key, _)| !own.contains(key) && !is_default_account(key))
        .map(|(_, object)| &**object)
        .collect();
    stored.sort_by_key(|object| order(object));
    let names = Names::of(world, given);
    let objects: Vec<Json> = stored.iter().map(|object| names.object(object)).collect();
    let of_kind = |object: &&Json| object["kind"] == case.text("kind");
    let object = objects.iter().find(of_kind).or_else(|| match &objects[..] {
        [only] if case.items("before").is_empty() => Some(only),
        _ => None,
    });
    json!({
        "exit": finished.exit,
        "stdout": names.text(&finished.stdout),
        "stderr": names.text(&finished.stderr),
        "object": object,
        "objects": objects,
    })
}

/// Each namespace has an account that a controller makes.
fn is_default_account(key: &ObjectKey) -> bool {
    &*key.kind == "ServiceAccount" && &*key.name == "default"
}

/// Groups as they are discovered, the core group first; then resources by name.
fn order(object: &Object) -> (String, String, ObjectKey) {
    let text = |field: &str| object.value.text_at(&[field]);
    let kind = schema::kind(text("apiVersion"), text("kind"));
    let plural = kind.map_or("", |kind| kind.plural());
    let group = kind.map_or("", |kind| kind.group());
    (group.to_string(), plural.to_string(), object.key())
}

/// What is drawn at random or read off a clock, by the names that the recordings give it. What the
/// case's own texts give keeps its name.
struct Names(BTreeMap<String, &'static str>);

impl Names {
    fn of(world: &World, given: &str) -> Self {
        let mut names = BTreeMap::new();
        for change in world.store.changes() {
            for object in [&change.before, &change.after].into_iter().flatten() {
                Self::find(&object.value, "", &mut names);
            }
        }
        names.retain(|name, _| !given.contains(name.as_str()));
        Names(names)
    }

    fn find(value: &Value, field: &str, names: &mut BTreeMap<String, &'static str>) {
        match value {
            Value::Map(fields) => {
                for (name, value) in fields.iter().filter(|(name, _)| &***name != LAST_APPLIED) {
                    Self::find(value, name, names);
                }
            }
            Value::List(items) => {
                for item in items.iter() {
                    Self::find(item, field, names);
                }
            }
            Value::String(text) => {
                if let Some(stands_for) = stands_for(field, text) {
                    names.insert(text.to_string(), stands_for);
                }
            }
            _ => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, stands_for) in &self.0 {
            text = text.replace(name, stands_for);
        }
        generated_names(&text)
    }

    fn object(&self, object: &Object) -> Json {
        let mut value = object.value.clone();
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "managedFields",
        ] {
            value.remove(&["metadata", field]);
        }
        value.remove(&["metadata", "annotations", LAST_APPLIED]);
        let annotations = value.at(&["metadata", "annotations"]);
        if annotations.is_some_and(Value::is_empty) {
            value.remove(&["metadata", "annotations"]);
        }
        let mut json = value.to_json();
        self.scrub(&mut json, "");
        json
    }

    fn scrub(&self, json: &mut Json, field: &str) {
        match json {
            Json::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    self.scrub(value, name);
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.scrub(item, field)),
            Json::String(text) => *text = self.text(text),
            _ => {}
        }
    }
}

fn stands_for(field: &str, text: &str) -> Option<&'static str> {
    let is_uid = text.len() == 36 && text.matches('-').count() == 4;
    match field {
        _ if is_uid => Some("<uid>"),
        "clusterIP" | "clusterIPs" if text.starts_with("10.96.") => Some("<clusterip>"),
        name if name.ends_with("Time") && text.ends_with('Z') => Some("<time>"),
        _ => None,
    }
}

/// The five characters that a generated name ends in.
fn generated_names(text: &str) -> String {
    const PREFIX: &str = "kube-api-access-";
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let (before, after) = rest.split_at(at + PREFIX.len());
        let is_suffix = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let suffix = after.chars().take_while(is_suffix).count();
        out += before;
        if suffix == 5 {
            out += "<rand>";
            rest = &after[5..];
        } else {
            rest = after;
        }
    }
    out + rest
}
