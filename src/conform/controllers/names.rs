//! What is drawn at random or read off a clock, by the names that the recordings give it: `web-<rs1>`,
//! `web-<rs1>-<pod2>`, `<uid>`.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::api::Object;
use crate::cluster::{Simulation, Verb};

/// Real texts and what stands for them, in the order in which they are replaced.
#[derive(Default)]
pub(super) struct Names {
    pairs: Vec<(String, String)>,
    /// What five random characters follow, of a Pod that never came to be.
    prefixes: Vec<String>,
}

/// Which ordinal comes next, of one family of names.
type Ordinals = BTreeMap<String, usize>;

impl Names {
    /// The names of everything that came to be since a case began.
    pub(super) fn of(simulation: &Simulation, old_changes: usize) -> Self {
        let mut found = Found::default();
        let changes = simulation.world().store.changes();
        for (index, change) in changes.iter().enumerate() {
            let is_new = index >= old_changes;
            if let Some(object) = &change.after {
                if is_new && change.verb == Verb::Created {
                    found.created(object);
                }
                found.whole(object, is_new);
            }
        }
        let mut pairs = found.names;
        pairs.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        pairs.extend(found.parts);
        pairs.extend(found.whole);
        let mut names = Names {
            pairs,
            prefixes: Vec::new(),
        };
        // They are looked for in texts in which all else is replaced.
        let prefixes = found.prefixes.iter().map(|prefix| names.text(prefix));
        names.prefixes = prefixes.collect();
        names
    }

    /// A text as the recordings have it.
    pub(super) fn text(&self, text: &str) -> String {
        let replaced = |text: String, (real, told): &(String, String)| text.replace(real, told);
        let mut text = self.pairs.iter().fold(text.to_string(), replaced);
        for prefix in &self.prefixes {
            text = without_random_ends(&text, prefix);
        }
        text
    }

    /// A text of a recording with the names of this world.
    pub(super) fn real(&self, text: &str) -> String {
        // A name's own parts are told by other pairs.
        let mut all: Vec<(String, &String)> = Vec::new();
        for (real, _) in &self.pairs {
            all.push((self.text(real), real));
        }
        all.sort_by_key(|(told, _)| std::cmp::Reverse(told.len()));
        let is_name = |told: &str| told.contains('<') && !told.starts_with("<uid");
        let names = all.iter().filter(|(told, _)| is_name(told));
        names.fold(text.to_string(), |text, (told, real)| {
            text.replace(told, real)
        })
    }

    pub(super) fn json(&self, value: &Json) -> Json {
        serde_json::from_str(&self.text(&value.to_string())).unwrap_or_default()
    }
}

#[derive(Default)]
struct Found {
    names: Vec<(String, String)>,
    parts: Vec<(String, String)>,
    whole: Vec<(String, String)>,
    prefixes: Vec<String>,
    ordinals: Ordinals,
}

impl Found {
    fn created(&mut self, object: &Rc<Object>) {
        let meta = &object.meta;
        let owner = meta.controller().map(|owner| (&*owner.kind, &*owner.name));
        let label = |name: &str| meta.labels.get(name).map(|label| label.to_string());
        let kind = object.value.text_at(&["kind"]);
        match (kind, owner) {
            ("ReplicaSet", Some(("Deployment", name))) => {
                if let Some(hash) = label("pod-template-hash") {
                    self.part("rs", name, hash);
                }
            }
            ("ControllerRevision", Some((_, name))) => {
                let hash = meta.name.rsplit('-').next().unwrap_or_default();
                self.part("rev", name, hash.to_string());
            }
            ("Job", Some(("CronJob", name))) => {
                let time = meta.name.rsplit('-').next().unwrap_or_default();
                self.part("time", name, time.to_string());
            }
            // Its Pods' names aren't drawn.
            ("Pod", Some(("StatefulSet", _))) => {}
            ("Pod", _) if !meta.generate_name.is_empty() => self.generated("pod", object),
            ("EndpointSlice", _) if !meta.generate_name.is_empty() => {
                self.generated("slice", object);
            }
            _ => {}
        }
        if matches!(
            kind,
            "ReplicaSet" | "ReplicationController" | "Job" | "DaemonSet"
        ) {
            self.prefixes.push(format!("{}-", meta.name));
        }
    }

    fn ordinal(&mut self, of: &str, family: &str) -> usize {
        let next = self.ordinals.entry(format!("{of} {family}")).or_insert(0);
        *next += 1;
        *next
    }

    fn part(&mut self, of: &str, family: &str, real: String) {
        let ordinal = self.ordinal(of, family);
        self.parts.push((real, format!("<{of}{ordinal}>")));
    }

    fn generated(&mut self, of: &str, object: &Object) {
        let prefix = object.meta.generate_name.to_string();
        let ordinal = self.ordinal(of, &prefix);
        let told = format!("{prefix}<{of}{ordinal}>");
        self.names.push((object.meta.name.to_string(), told));
    }

    /// Uids and addresses.
    fn whole(&mut self, object: &Object, is_new: bool) {
        let mut add = |real: &str, told: &str| {
            let pair = (real.to_string(), told.to_string());
            if !real.is_empty() && !self.whole.contains(&pair) {
                self.whole.push(pair);
            }
        };
        if is_new {
            add(&object.meta.uid, "<uid>");
        }
        if let Some(pod) = object.pod() {
            add(&pod.status.pod_ip, "<ip>");
        }
        if let Some(service) = object.service().filter(|service| service.has_ip()) {
            add(&service.spec.cluster_ip, "<clusterip>");
        }
    }
}

/// The text without the five characters that end a generated name.
fn without_random_ends(text: &str, prefix: &str) -> String {
    const ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        out += prefix;
        let random = part.chars().take_while(|c| ALPHABET.contains(*c)).count();
        let is_whole = part
            .chars()
            .nth(5)
            .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
        if random == 5 && is_whole {
            out += "<rand>";
            out += &part[5..];
        } else {
            out += part;
        }
    }
    out
}
