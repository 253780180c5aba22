//! What the template of a StatefulSet or DaemonSet was before: ControllerRevisions. Models
//! `pkg/controller/history`, and `getPatch` of both controllers.
//! Left out: revisions of an upstream that wrote its templates otherwise, which
//! `StatefulSetSemanticRevisionComparison` finds to be the same.

use std::rc::Rc;

use super::controller_ref_manager::claim;
use super::controller_utils::{Controller, controller_ref};
use crate::api::go_dump::safe_encode;
use crate::api::sets::ControllerRevision;
use crate::api::validation::go_json;
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::World;
use crate::cluster::api_server::Status;
use crate::fields;
use crate::order;

const KIND: &str = "ControllerRevision.apps";

/// The hash by which a StatefulSet's revisions are named.
const HASH: &str = "controller.kubernetes.io/hash";

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    /// As it is stored.
    pub(super) object: Rc<Object>,
    /// Its number: the latest has the greatest.
    pub(super) number: i64,
}

impl Revision {
    fn of(object: &Rc<Object>) -> Self {
        let read: ControllerRevision = view::read(&object.value).unwrap_or_default();
        Revision {
            object: object.clone(),
            number: read.revision,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &Rc<str> {
        &self.object.meta.name
    }

    /// Is it of this template?
    pub(super) fn is_of(&self, patch: &Value) -> bool {
        self.object.value.get("data") == Some(patch)
    }

    /// The template that it keeps.
    pub(super) fn template(&self) -> Value {
        let template = self.object.value.at(&["data", "spec", "template"]);
        let mut template = template.cloned().unwrap_or_default();
        template.remove(&["$patch"]);
        template
    }
}

/// What a revision keeps of its owner: a patch that puts the template in its place. Models `getPatch`.
pub(super) fn patch_of(owner: &Object) -> Value {
    let mut template = owner
        .value
        .at(&["spec", "template"])
        .cloned()
        .unwrap_or_default();
    template.set(&["$patch"], "replace");
    fields! { "spec" => fields! { "template" => template } }
}

/// The revisions that are, or are to be, the owner's: the oldest first. Models
/// `ListControllerRevisions` with `ClaimControllerRevisions`.
pub(super) fn claim_revisions(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    matches: &dyn Fn(&crate::api::meta::Labels) -> bool,
) -> Result<Vec<Revision>, Status> {
    let (uid, namespace) = (&owner.meta.uid, &owner.meta.namespace);
    let own = world.store.owned_of(uid, KIND, namespace);
    let all = own
        .chain(world.store.owned_of("", KIND, namespace))
        .cloned()
        .collect();
    let claimed = claim(world, controller, owner, all, matches)?;
    let mut revisions: Vec<Revision> = claimed.iter().map(Revision::of).collect();
    order::sort_by_key(&mut revisions, |one| {
        let meta = &one.object.meta;
        (one.number, meta.creation_timestamp, meta.name.clone())
    });
    Ok(revisions)
}

/// A new revision, with a label that tells its hash. Tells `AlreadyExists` if another one has its name.
pub(super) fn create(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    (hash, label): (&str, &str),
    number: i64,
) -> Result<Revision, Status> {
    let reference: Value = [controller_ref(owner)].into_iter().collect();
    let labels = owner.value.at(&["spec", "template", "metadata", "labels"]);
    let mut revision = fields! {
        "apiVersion" => "apps/v1", "kind" => "ControllerRevision",
        "metadata" => fields! {
            "name" => format!("{}-{hash}", prefix(&owner.meta.name)), "namespace" => owner.meta.namespace.clone(),
            "labels" => labels.cloned().unwrap_or_default(), "ownerReferences" => reference,
        },
        "data" => patch_of(owner), "revision" => number,
    };
    revision.set(&["metadata", "labels", label], hash);
    if let Some(annotations) = owner.value.at(&["metadata", "annotations"]) {
        revision.set(&["metadata", "annotations"], annotations.clone());
    }
    world
        .create(controller.actor(), revision)
        .map(|object| Revision::of(&object))
}

/// Models `ControllerRevisionName`.
fn prefix(owner: &str) -> &str {
    &owner[..owner.len().min(223)]
}

/// The revision of this name.
pub(super) fn find(world: &World, owner: &Object, hash: &str) -> Option<Revision> {
    let name = format!("{}-{hash}", prefix(&owner.meta.name));
    let key = ObjectKey::new(KIND, &owner.meta.namespace, &name);
    world.store.get(&key).map(Revision::of)
}

/// Gives a revision another number. Models `UpdateControllerRevision`.
pub(super) fn renumber(
    world: &mut World,
    controller: &Controller,
    revision: &Revision,
    number: i64,
) -> Result<Revision, Status> {
    let written = world.patch(controller.actor(), &revision.object.key(), |value| {
        value.set(&["revision"], number);
    })?;
    Ok(Revision::of(&written))
}

/// A StatefulSet's revision of its present template: found, or made. Tells how often two had one name
/// by now. Models `getStatefulSetRevisions`, and `CreateControllerRevision`.
pub(super) fn update_revision(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    revisions: &[Revision],
    mut collisions: i64,
) -> Result<(Revision, i64), Status> {
    let patch = patch_of(owner);
    let next = revisions.last().map_or(1, |last| last.number + 1);
    let equal = revisions
        .iter()
        .rev()
        .find(|revision| revision.is_of(&patch));
    if let Some(equal) = equal {
        let is_last = revisions
            .last()
            .is_some_and(|last| last.name() == equal.name());
        let found = match is_last {
            true => equal.clone(),
            false => renumber(world, controller, equal, next)?,
        };
        return Ok((found, collisions));
    }
    loop {
        let hash = hash(&patch, collisions);
        match create(world, controller, owner, (&hash, HASH), next) {
            Err(status) if status.reason == "AlreadyExists" => match find(world, owner, &hash) {
                Some(known) if known.is_of(&patch) => return Ok((known, collisions)),
                _ => collisions += 1,
            },
            made => return made.map(|revision| (revision, collisions)),
        }
    }
}

/// Models `HashControllerRevision`.
fn hash(data: &Value, probe: i64) -> String {
    let text = format!("{}{probe}", go_json(data));
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
    });
    safe_encode(&hash.to_string())
}

/// Deletes the oldest of those that nobody uses, beyond `limit`. Models `truncateHistory`.
pub(super) fn truncate(
    world: &mut World,
    controller: &Controller,
    revisions: &[Revision],
    is_live: &dyn Fn(&Revision) -> bool,
    surplus: usize,
) {
    let unused = revisions
        .iter()
        .filter(|revision| !is_live(revision))
        .take(surplus);
    for revision in unused {
        // It was there a moment ago.
        let _ = world.delete(controller.actor(), &revision.object.key(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Actor, Setup, api_server};

    #[test]
    fn the_hash_is_gos() {
        // FNV-1 (not 1a) of 32 bits, and its digits in letters: `hash/fnv`'s own golden values.
        for (text, expected) in [
            ("", 0x811c_9dc5_u32),
            ("a", 0x050c_5d7e),
            ("ab", 0x7077_2d38),
            ("abc", 0x439c_2f4b),
        ] {
            let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
                hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
            });
            assert_eq!(hash, expected, "{text}");
        }
        assert_eq!(safe_encode("0123456789"), "456789bcdf");
    }

    /// Recorded: tests/golden's kubectl case statefulset-02, as its Pods' labels say.
    #[test]
    fn a_revision_has_the_name_that_the_real_one_has() {
        for (image, expected) in [("nginx:1.27", "d6c4fb756"), ("nginx:1.28", "5cf984c589")] {
            let mut world = World::new(Rc::new(Setup::default()), 7);
            api_server::bootstrap(&mut world);
            let manifest = format!(
                "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: web, namespace: default}}, spec: {{
                   serviceName: web, replicas: 3, selector: {{matchLabels: {{app: web}}}}, template: {{
                     metadata: {{labels: {{app: web}}}},
                     spec: {{containers: [{{name: web, image: '{image}', ports: [{{containerPort: 80}}]}}]}}}}}}}}"
            );
            let manifest: serde_json::Value = serde_yaml::from_str(&manifest).expect("it is YAML");
            let set = world
                .create(Actor::You, Value::from_json(&manifest))
                .expect("it is valid");
            assert_eq!(hash(&patch_of(&set), 0), expected);
        }
    }
}
