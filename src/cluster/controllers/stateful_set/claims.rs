//! Claims of a StatefulSet's Pods: how they are made, and with whom they go. Models
//! `pkg/controller/statefulset/stateful_pod_control.go`, and the claims of `stateful_set_utils.go`.

use std::rc::Rc;

use super::STATEFUL_SET;
use super::plan::parent_and_ordinal;
use crate::api::sets::StatefulSet;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::World;
use crate::cluster::api_server::Status;
use crate::cluster::controllers::controller_utils::controller_ref;
use crate::fields;

const CLAIM: &str = "PersistentVolumeClaim";

/// A Pod as its claims see it; it may not be there yet.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its set.
    pub owner: &'a Object,
    /// The same.
    pub set: &'a StatefulSet,
    /// Its name.
    pub name: &'a str,
    /// Its uid, when it is there.
    pub uid: Option<&'a str>,
}

impl Member<'_> {
    fn ordinal(&self) -> i64 {
        parent_and_ordinal(self.name).map_or(-1, |(_, ordinal)| ordinal)
    }

    fn is_in_range(&self) -> bool {
        let start = self.set.spec.ordinals.start;
        (start..start + self.set.spec.replicas).contains(&self.ordinal())
    }

    /// Its claims: their keys, and what they are made of.
    fn claims(&self) -> Vec<(ObjectKey, Value)> {
        let templates = self.owner.value.at(&["spec", "volumeClaimTemplates"]);
        let (set, namespace) = (&self.owner.meta.name, &self.owner.meta.namespace);
        let claim = |template: &Value| {
            let name = format!(
                "{}-{set}-{}",
                template.text_at(&["metadata", "name"]),
                self.ordinal()
            );
            let mut claim = template.clone();
            claim.set(&["metadata", "name"], name.as_str());
            claim.set(&["metadata", "namespace"], namespace.clone());
            for (label, value) in &self.set.spec.selector.match_labels {
                claim.set(&["metadata", "labels", label], value.clone());
            }
            (ObjectKey::new(CLAIM, namespace, &name), claim)
        };
        templates
            .map_or(&[][..], Value::items)
            .iter()
            .map(claim)
            .collect()
    }

    fn tell(&self, world: &mut World, claim: &ObjectKey, result: &Result<(), Status>) {
        let (pod, set, claim) = (self.name, &self.owner.meta.name, &claim.name);
        let (kind, message) = match result {
            Ok(()) => (
                ("Normal", "SuccessfulCreate"),
                format!("Create Claim {claim} Pod {pod} in StatefulSet {set} success"),
            ),
            Err(why) => {
                let why = &why.message;
                let message = format!(
                    "Create Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {why}"
                );
                (("Warning", "FailedCreate"), message)
            }
        };
        STATEFUL_SET.tell(world, self.owner, kind, message);
    }
}

/// Makes the claims that aren't there. Models `createPersistentVolumeClaims`.
pub fn create(world: &mut World, member: &Member) -> Result<(), Status> {
    let mut all = Ok(());
    for (key, claim) in member.claims() {
        let done = match world.store.get(&key) {
            Some(claim) if claim.meta.deletion_timestamp.is_some() => {
                Err(failure(format!("pvc {} is being deleted", key.name)))
            }
            Some(_) => Ok(()),
            None => {
                let made = world.create(STATEFUL_SET.actor(), claim).map(|_| ());
                member.tell(world, &key, &made);
                made.map_err(|why| {
                    failure(format!(
                        "failed to create PVC {}: {}",
                        key.name, why.message
                    ))
                })
            }
        };
        all = all.and(done);
    }
    all
}

/// An error that no API server answers.
fn failure(message: String) -> Status {
    Status {
        code: 500,
        reason: "InternalError",
        message,
    }
}

/// Does a claim still belong to an earlier Pod of this name, which it goes with? Models
/// `PodClaimIsStale`.
pub fn is_stale(world: &World, member: &Member) -> bool {
    let policy = &member.set.spec.persistent_volume_claim_retention_policy;
    let is_of_another = |claim: &Rc<Object>| {
        let mut owners = claim.meta.owner_references.iter();
        owners.any(|owner| {
            &*owner.kind == "Pod" && &*owner.name == member.name && Some(&*owner.uid) != member.uid
        })
    };
    let claims = member.claims();
    let mut found = claims.iter().filter_map(|(key, _)| world.store.get(key));
    &*policy.when_scaled == "Delete" && found.any(is_of_another)
}

/// Which owners a claim is to have. Models `isClaimOwnerUpToDate` and `updateClaimOwnerRefForSetAndPod`.
fn owners(claim: &Object, member: &Member) -> Option<Vec<Value>> {
    let (set, pod) = (member.owner, member.name);
    let policy = &member.set.spec.persistent_volume_claim_retention_policy;
    let (deleted, scaled) = (
        &*policy.when_deleted == "Delete",
        &*policy.when_scaled == "Delete",
    );
    let list = claim
        .value
        .at(&["metadata", "ownerReferences"])
        .map_or(&[][..], Value::items);
    let is_set = |owner: &Value| {
        owner.text_at(&["kind"]) == "StatefulSet" && owner.text_at(&["name"]) == &*set.meta.name
    };
    let is_pod =
        |owner: &Value| owner.text_at(&["kind"]) == "Pod" && owner.text_at(&["name"]) == pod;
    let is_this = |owner: &Value| {
        let uid = owner.text_at(&["uid"]);
        uid == &*set.meta.uid || Some(uid) == member.uid
    };
    // A reference to one that was before: the garbage collector sees to it.
    if list
        .iter()
        .any(|owner| (is_set(owner) || is_pod(owner)) && !is_this(owner))
    {
        return None;
    }
    let mut wanted: Vec<Value> = list
        .iter()
        .filter(|owner| !is_set(owner) && !is_pod(owner))
        .cloned()
        .collect();
    let is_controlled = wanted
        .iter()
        .any(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    if !(is_controlled && (deleted || scaled)) {
        let is_kept = member.is_in_range() || !scaled;
        if deleted && is_kept {
            wanted.push(controller_ref(set));
        }
        if let Some(uid) = member.uid.filter(|_| !is_kept) {
            wanted.push(fields! {
                "apiVersion" => "v1", "kind" => "Pod", "name" => pod, "uid" => uid,
                "controller" => true, "blockOwnerDeletion" => true,
            });
        }
    }
    (wanted != list).then_some(wanted)
}

/// Gives claims the owners that they are to have. Tells whether anything was missing. Models
/// `UpdatePodClaimForRetentionPolicy`.
pub fn keep_owners(world: &mut World, member: &Member) -> Result<bool, Status> {
    let mut is_new = false;
    for (key, _) in member.claims() {
        let Some(claim) = world.store.get(&key).cloned() else {
            continue;
        };
        let Some(wanted) = owners(&claim, member) else {
            continue;
        };
        is_new = true;
        let written = world.patch(STATEFUL_SET.actor(), &key, |claim| {
            let path = ["metadata", "ownerReferences"];
            match wanted.is_empty() {
                true => {
                    claim.remove(&path);
                }
                false => claim.set(&path, wanted.into_iter().collect::<Value>()),
            }
        });
        written.map_err(|why| {
            failure(format!(
                "could not update claim {} for delete policy ownerRefs: {}",
                key.name, why.message
            ))
        })?;
    }
    Ok(is_new)
}

/// The volumes of a Pod: its claims, then what its template has besides. Models `updateStorage`.
pub fn volumes(member: &Member, known: &[Value]) -> Value {
    let templates = member.owner.value.at(&["spec", "volumeClaimTemplates"]);
    let names = templates.map_or(&[][..], Value::items).iter();
    let names: Vec<&str> = names
        .map(|template| template.text_at(&["metadata", "name"]))
        .collect();
    let claims = member.claims();
    let claimed = names.iter().zip(&claims).map(|(name, (key, _))| {
        let source = fields! { "claimName" => key.name.clone() };
        fields! { "name" => *name, "persistentVolumeClaim" => source }
    });
    let others = known
        .iter()
        .filter(|volume| !names.contains(&volume.text_at(&["name"])));
    claimed.chain(others.cloned()).collect()
}
