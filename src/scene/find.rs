//! Finding things by a few letters: by name, label, Node, phase or reason. In steps, so that ten thousand
//! Pods are looked through without a long wait. Ours; kubectl has nothing of the kind.

use std::rc::Rc;

use super::names::node_condition;
use super::status;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey};
use crate::cluster::Snapshot;
use crate::collections::Map;
use crate::scene::Selection;

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What.
    pub selection: Selection,
    /// What is worth knowing of it: the label, Node or reason by which it was found; else its state.
    pub note: String,
}

/// How well something fits, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Name,
    NameBegins,
    NamePart,
    Label,
    LabelBegins,
    Node,
    Word,
    Namespace,
}

const FITS: usize = 8;
/// A word of a state is looked for from so many letters on: fewer are in nearly every one.
const WORD: usize = 3;

/// A search under way.
#[derive(Clone, Debug)]
pub struct Find {
    /// In lower case.
    query: String,
    /// Only of this kind, in lower case; empty for any.
    kind: String,
    most: usize,
    objects: Map<ObjectKey, Rc<Object>>,
    /// Where to go on: kinds that have a place on a machine, one after another.
    next: Option<ObjectKey>,
    /// Other keys that are still to be looked at, the last first.
    others: Vec<ObjectKey>,
    hits: [Vec<Hit>; FITS],
    total: usize,
}

impl Find {
    /// Begins to look for `text` in this snapshot; hands at most `most` out.
    pub fn new(text: &str, snapshot: &Snapshot, most: usize) -> Self {
        let text = text.trim().to_lowercase();
        // `pod web-1` as the tree says it.
        let kinds = ["pod", "node", "host"];
        let (kind, query) = match text.split_once(' ') {
            Some((kind, rest)) if kinds.contains(&kind) => (kind, rest.trim_start()),
            _ => ("", &*text),
        };
        let mut find = Find {
            query: query.into(),
            kind: kind.into(),
            most,
            objects: snapshot.store.objects().clone(),
            next: None,
            others: Vec::new(),
            hits: Default::default(),
            total: 0,
        };
        if find.query.is_empty() {
            return find;
        }
        find.next = Some(ObjectKey::node(""));
        find.others = snapshot.places.made_by_people().cloned().collect();
        find.others.reverse();
        if find.is_wanted("host") {
            for host in &snapshot.machines.hosts {
                let fit = find.name_fit(&host.name, "");
                find.hit(fit, Selection::Host(host.name.clone()), String::new);
            }
        }
        find
    }

    /// Looks at so many more objects. Tells whether all were looked at.
    pub fn step(&mut self, mut objects: usize) -> bool {
        let all = self.objects.clone();
        while let Some(from) = self.next.take() {
            if objects == 0 {
                self.next = Some(from);
                return false;
            }
            let kind = from.kind.clone();
            let mut found = all.range(from..).take_while(|(key, _)| key.kind == kind);
            for (key, object) in found.by_ref().take(objects) {
                self.look(key, object);
                objects -= 1;
            }
            self.next = match found.next() {
                Some((key, _)) => Some(key.clone()),
                None if &*kind == "Node" => Some(ObjectKey::pod("", "")),
                None => None,
            };
        }
        while let Some(key) = self.others.pop() {
            if objects == 0 {
                self.others.push(key);
                return false;
            }
            if let Some(object) = all.get(&key) {
                self.look(&key, object);
            }
            objects -= 1;
        }
        true
    }

    /// How many fit, so far.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The best of them, the best first; equally good ones by kind, namespace and name.
    pub fn hits(&self) -> Vec<Hit> {
        let hits = self.hits.iter().flatten();
        hits.take(self.most).cloned().collect()
    }

    fn is_wanted(&self, kind: &str) -> bool {
        self.kind.is_empty() || self.kind.eq_ignore_ascii_case(kind)
    }

    fn look(&mut self, key: &ObjectKey, object: &Object) {
        if !self.is_wanted(&key.kind) {
            return;
        }
        let selection = || Selection::Object(key.clone());
        if let Some(fit) = self.name_fit(&key.name, &key.namespace) {
            return self.hit(Some(fit), selection(), || state_of(object));
        }
        if let Some((fit, label)) = self.label_fit(object) {
            return self.hit(Some(fit), selection(), || label);
        }
        let pod = object.pod();
        if let Some(pod) = pod.filter(|pod| *pod.spec.node_name == *self.query) {
            let note = || format!("on {}", pod.spec.node_name);
            return self.hit(Some(Fit::Node), selection(), note);
        }
        if let Some(word) = self.word(object) {
            return self.hit(Some(Fit::Word), selection(), || word);
        }
        if *key.namespace == *self.query {
            self.hit(Some(Fit::Namespace), selection(), || state_of(object));
        }
    }

    fn hit(&mut self, fit: Option<Fit>, selection: Selection, note: impl FnOnce() -> String) {
        let Some(fit) = fit else { return };
        self.total += 1;
        let hits = &mut self.hits[fit as usize];
        if hits.len() < self.most {
            let note = note();
            hits.push(Hit { selection, note });
        }
    }

    /// Most names are in lower case, as the query is; those of hosts, and of roles, are what somebody wrote.
    fn name_fit(&self, name: &str, namespace: &str) -> Option<Fit> {
        let query = &*self.query;
        let has_capitals = name.contains(char::is_uppercase);
        let lowered = has_capitals.then(|| name.to_lowercase());
        let name = lowered.as_deref().unwrap_or(name);
        let fit = |query: &str| match name.find(query) {
            Some(0) if name.len() == query.len() => Some(Fit::Name),
            Some(0) => Some(Fit::NameBegins),
            Some(_) => Some(Fit::NamePart),
            None => None,
        };
        // `default/web`: the namespace's end and the name's beginning.
        match query.split_once('/') {
            Some((of, rest)) if !namespace.is_empty() && namespace.ends_with(of) => {
                let fit = fit(rest).filter(|fit| *fit != Fit::NamePart)?;
                Some(if namespace == of { fit } else { Fit::NamePart })
            }
            _ => fit(query),
        }
    }

    /// `app=web`, or `app`: the label's key, with or without its prefix.
    fn label_fit(&self, object: &Object) -> Option<(Fit, String)> {
        let (key, value) = match self.query.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (&*self.query, None),
        };
        object.meta.labels.iter().find_map(|(of, there)| {
            let bare = of.rsplit('/').next().unwrap_or_default();
            if !of.eq_ignore_ascii_case(key) && !bare.eq_ignore_ascii_case(key) {
                return None;
            }
            let begins = |value: &str| {
                let start = there.get(..value.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(value))
            };
            let fit = match value {
                Some(value) if !begins(value) => return None,
                Some(value) if there.len() > value.len() => Fit::LabelBegins,
                _ => Fit::Label,
            };
            Some((fit, format!("{of}={there}")))
        })
    }

    /// The phase, or the reason why it isn't as it should be.
    fn word(&self, object: &Object) -> Option<String> {
        if self.query.len() < WORD {
            return None;
        }
        let fits = |word: &String| word.to_lowercase().contains(&*self.query);
        if let Some(node) = object.node() {
            let cordoned = node.spec.unschedulable.then_some("cordoned");
            let words = cordoned.into_iter().chain([node_condition(node)]);
            return words.map(String::from).find(fits);
        }
        let pod = object.pod()?;
        if pod.is_ready() && pod.metadata.deletion_timestamp.is_none() {
            return Some(phase(pod)).filter(fits);
        }
        let words: [fn(&Pod) -> String; 3] = [status::status_word, phase, status::reason];
        words.into_iter().map(|word| word(pod)).find(fits)
    }
}

fn phase(pod: &Pod) -> String {
    let phase = &*pod.status.phase;
    if phase.is_empty() { "Pending" } else { phase }.into()
}

/// What a Pod's STATUS is, or a Node's condition.
fn state_of(object: &Object) -> String {
    let pod = object.pod().map(|pod| status::status_word(pod));
    let node = || Some(node_condition(object.node()?).to_string());
    pod.or_else(node).unwrap_or_default()
}
