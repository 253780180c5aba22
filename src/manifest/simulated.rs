//! Which fields something here obeys. The components' views say it themselves; what the API server
//! does with a field on its own is listed here, with the reason.

use std::collections::BTreeSet;

use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::view::paths_of;

/// The obeyed paths of one kind, as `spec.containers[].image`. What is under a path that ends in `*`
/// is obeyed too.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    paths: BTreeSet<String>,
    wholes: Vec<&'static str>,
}

/// What the API server obeys on its own, by kind: a path, and what it does with it.
const BY_THE_API_SERVER: [(&str, &str, &str); 26] = [
    ("", "apiVersion", "decides how the rest is read"),
    ("", "kind", "decides how the rest is read"),
    ("", "metadata", "every object has it"),
    ("", "metadata.name", "the key in the store"),
    ("", "metadata.namespace", "the key in the store"),
    ("", "metadata.generateName", "a name is drawn from it"),
    ("", "metadata.labels", "kept and shown; selectors read them"),
    ("", "metadata.annotations", "kept and shown"),
    (
        "",
        "metadata.finalizers",
        "a deleted object stays while one is left",
    ),
    ("", "metadata.ownerReferences*", "kept and shown"),
    ("", "metadata.uid", "a creator's is replaced"),
    ("", "metadata.resourceVersion", "a creator's is replaced"),
    ("", "metadata.creationTimestamp", "a creator's is replaced"),
    ("", "metadata.generation", "a creator's is replaced"),
    (
        "Pod",
        "spec.serviceAccountName",
        "the ServiceAccount admission plugin reads it",
    ),
    ("Pod", "spec.serviceAccount", "the older name of the same"),
    (
        "Pod",
        "spec.priorityClassName",
        "the Priority admission plugin reads it",
    ),
    (
        "LimitRange",
        "spec*",
        "the LimitRanger admission plugin reads it",
    ),
    (
        "PriorityClass",
        "value",
        "the Priority admission plugin reads it",
    ),
    (
        "PriorityClass",
        "globalDefault",
        "the Priority admission plugin reads it",
    ),
    (
        "PriorityClass",
        "preemptionPolicy",
        "the Priority admission plugin reads it",
    ),
    ("PriorityClass", "description", "kept and shown"),
    (
        "Pod",
        "spec.automountServiceAccountToken",
        "the ServiceAccount admission plugin reads it",
    ),
    ("Pod", "status*", "a creator's is dropped"),
    (
        "Namespace",
        "spec*",
        "its finalizers hold a deleted Namespace until the namespace controller finds it empty",
    ),
    ("Namespace", "status*", "a creator's is dropped"),
];

/// Does anything act on objects of this kind, as [`crate::api::ObjectKey`] names it?
pub fn acts_on(kind: &str) -> bool {
    let kinds = [
        "Pod",
        "Node",
        "Namespace",
        "Event",
        "LimitRange",
        "PriorityClass.scheduling.k8s.io",
    ];
    kinds.contains(&kind)
}

impl Simulated {
    /// The obeyed paths of a kind; `None` for one that nothing acts on.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let paths = match (api_version, kind) {
            ("v1", "Pod") => paths_of::<Pod>(),
            ("v1", "Node") => paths_of::<Node>(),
            ("v1", "Namespace" | "LimitRange") => BTreeSet::new(),
            ("scheduling.k8s.io/v1", "PriorityClass") => BTreeSet::new(),
            _ => return None,
        };
        let mut simulated = Simulated {
            paths,
            wholes: Vec::new(),
        };
        for (of, path, _) in BY_THE_API_SERVER {
            if !of.is_empty() && of != kind {
                continue;
            }
            match path.strip_suffix('*') {
                Some(whole) => simulated.wholes.push(whole),
                None => drop(simulated.paths.insert(path.to_string())),
            }
        }
        Some(simulated)
    }

    /// Does something obey this path, or what it leads to?
    pub fn obeys(&self, path: &str) -> bool {
        let below = |whole: &&str| {
            path.strip_prefix(*whole)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.paths.contains(path) || self.wholes.iter().any(below)
    }

    /// Every obeyed path; a whole subtree ends in `*`.
    pub fn paths(&self) -> impl Iterator<Item = String> + '_ {
        let wholes = self.wholes.iter().map(|whole| format!("{whole}*"));
        self.paths.iter().cloned().chain(wholes)
    }
}
