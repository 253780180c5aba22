//! golden/api: what kubectl and the API server say to a manifest. An answer holds `exit`, `stdout`,
//! `stderr`, `object`, and `objects`. A case is a world without nodes, scheduler and controllers, to
//! which the case's commands are given.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::schema;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::{Setup, Simulation, World};
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::run::{Finished, run};
use crate::machine::Machines;
use crate::manifest;

/// How long a command is waited for: longer than kubectl itself waits.
const PATIENCE: Duration = Duration::from_secs(3600);

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
            texts += &format!("{}\n---\n", text("manifest"));
            run(
                &mut simulation,
                text("command"),
                Some(text("manifest")),
                PATIENCE,
            );
        }
        texts += case.text("manifest");
        let (command, manifest) = (case.text("command"), case.text("manifest"));
        let finished = run(&mut simulation, command, Some(manifest), PATIENCE);
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
    let plural = kind.map(|kind| kind.plural()).unwrap_or_default();
    let group = kind.map_or("", |kind| kind.group());
    (group.to_string(), plural, object.key())
}

/// What is drawn at random or read off a clock, by the names that the recordings give it. What the
/// case's own texts give keeps its name.
struct Names {
    /// Whole texts, and what stands for them.
    whole: BTreeMap<String, &'static str>,
    /// What five random characters follow.
    prefixes: Vec<String>,
    given: String,
}

impl Names {
    fn of(world: &World, given: &str) -> Self {
        let mut names = BTreeMap::new();
        for change in world.store.changes() {
            for object in [&change.before, &change.after].into_iter().flatten() {
                Self::find(&object.value, "", &mut names);
            }
        }
        names.retain(|name, _| !given.contains(name.as_str()));
        let asked = manifest::check(given).objects.into_iter();
        let asked = asked.map(|named| {
            named
                .value
                .text_at(&["metadata", "generateName"])
                .to_string()
        });
        let asked = asked.filter(|prefix| !prefix.is_empty());
        Names {
            whole: names,
            prefixes: asked.chain(["kube-api-access-".to_string()]).collect(),
            given: given.to_string(),
        }
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
        for (name, stands_for) in &self.whole {
            text = text.replace(name, stands_for);
        }
        for prefix in &self.prefixes {
            text = random_ends(&text, prefix);
        }
        self.without_uids(&text)
    }

    /// The text without uids, which stand in quotes or alone.
    fn without_uids(&self, text: &str) -> String {
        let is_drawn = |part: &&str| is_uid(part) && !self.given.contains(*part);
        let parts = text.split('"');
        let parts: Vec<&str> = parts
            .map(|part| Some(part).filter(is_drawn).map_or(part, |_| "<uid>"))
            .collect();
        parts.join("\"")
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
            Json::Number(number)
                if field.to_lowercase().ends_with("nodeport")
                    && !self.given.contains(&number.to_string()) =>
            {
                *json = "<nodeport>".into();
            }
            _ => {}
        }
    }
}

fn stands_for(field: &str, text: &str) -> Option<&'static str> {
    match field {
        "clusterIP" | "clusterIPs" if text.starts_with("10.96.") => Some("<clusterip>"),
        name if name.ends_with("Time") && text.ends_with('Z') => Some("<time>"),
        _ => None,
    }
}

/// The text without the five characters that end each generated name.
fn random_ends(text: &str, prefix: &str) -> String {
    let is_random = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        out += prefix;
        match part.chars().take_while(is_random).count() {
            5 => {
                out += "<rand>";
                out += &part[5..];
            }
            _ => out += part,
        }
    }
    out
}

fn is_uid(text: &str) -> bool {
    let in_place = |(i, c): (usize, char)| match i {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.char_indices().all(in_place)
}
