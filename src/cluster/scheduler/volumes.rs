//! Claims and volumes, as the volume plugins ask about them. Models
//! `k8s.io/component-helpers/storage/volume` (helpers.go, pv_helpers.go) and `…/ephemeral`.

use std::rc::Rc;

use super::listers::{PersistentVolume, PersistentVolumeClaim, controller_of};
use super::plugins::selects_labels;
use crate::api::meta::{Labels, ObjectMeta};
use crate::api::pod::Pod;
use crate::api::quantity::Quantity;

const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BETA_STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// A claim that a Pod names, or that is made for it.
pub struct ClaimRef {
    /// Name in the Pod's namespace.
    pub name: Rc<str>,
    /// Is it made for the Pod?
    pub is_ephemeral: bool,
}

/// The claims of a Pod, in the order of its volumes.
pub fn claims_of(pod: &Pod) -> impl Iterator<Item = ClaimRef> {
    pod.spec.volumes.iter().filter_map(|volume| {
        if let Some(claim) = &volume.persistent_volume_claim {
            return Some(ClaimRef {
                name: claim.claim_name.clone(),
                is_ephemeral: false,
            });
        }
        volume.ephemeral.as_ref().map(|_| ClaimRef {
            name: format!("{}-{}", pod.metadata.name, volume.name).into(),
            is_ephemeral: true,
        })
    })
}

/// Does the Pod use a claim of this name?
pub fn uses_claim(pod: &Pod, namespace: &str, name: &str) -> bool {
    *pod.metadata.namespace == *namespace && claims_of(pod).any(|claim| *claim.name == *name)
}

/// Was the claim made for the Pod? Models `VolumeIsForPod`.
pub fn is_for_pod(claim: &PersistentVolumeClaim, pod: &Pod) -> bool {
    let owner = controller_of(&claim.metadata);
    owner.is_some_and(|owner| owner.uid == pod.metadata.uid)
}

impl PersistentVolumeClaim {
    /// Has it a volume, and is everybody agreed?
    pub fn is_fully_bound(&self) -> bool {
        !self.spec.volume_name.is_empty() && self.metadata.annotations.contains_key(BIND_COMPLETED)
    }

    /// Its storage class; empty if it has none.
    pub fn class(&self) -> &Rc<str> {
        class(&self.metadata, &self.spec.storage_class_name)
    }

    /// Bytes that it asks for.
    pub fn size(&self) -> Quantity {
        let requests = &self.spec.resources.requests;
        requests.get("storage").copied().unwrap_or_default()
    }
}

impl PersistentVolume {
    /// Its storage class; empty if it has none.
    pub fn class(&self) -> &Rc<str> {
        class(&self.metadata, &self.spec.storage_class_name)
    }

    /// Can a node with these labels reach it? Models `CheckNodeAffinity`.
    pub fn is_reachable(&self, labels: &Labels) -> bool {
        let required = self.spec.node_affinity.required.as_ref();
        required.is_none_or(|selector| selects_labels(selector, labels))
    }

    /// Is it promised to this claim? Models `IsVolumeBoundToClaim`.
    pub fn is_for(&self, claim: &PersistentVolumeClaim) -> bool {
        self.spec.claim_ref.as_ref().is_some_and(|reference| {
            reference.name == claim.metadata.name
                && reference.namespace == claim.metadata.namespace
                && (reference.uid.is_empty() || reference.uid == claim.metadata.uid)
        })
    }

    /// Bytes that it has.
    pub fn size(&self) -> Quantity {
        self.spec
            .capacity
            .get("storage")
            .copied()
            .unwrap_or_default()
    }

    /// Could it be the claim's, wherever it is?
    fn suits(&self, claim: &PersistentVolumeClaim) -> bool {
        let free_or_its_own = self.spec.claim_ref.is_none() || self.is_for(claim);
        free_or_its_own
            && self.size() >= claim.size()
            && mode(&self.spec.volume_mode) == mode(&claim.spec.volume_mode)
            && self.spec.volume_attributes_class_name == claim.spec.volume_attributes_class_name
            && self.metadata.deletion_timestamp.is_none()
    }

    /// Could the claim take it, if nobody has promised it?
    fn is_free_for(&self, claim: &PersistentVolumeClaim, node: Option<&Labels>) -> bool {
        let selector = claim.spec.selector.as_ref();
        &*self.status.phase == "Available"
            && selector.is_none_or(|selector| selector.matches(&self.metadata.labels))
            && self.class() == claim.class()
            && node.is_none_or(|labels| self.is_reachable(labels))
            && claim
                .spec
                .access_modes
                .iter()
                .all(|mode| self.spec.access_modes.contains(mode))
    }
}

fn class<'a>(metadata: &'a ObjectMeta, named: &'a Rc<str>) -> &'a Rc<str> {
    metadata
        .annotations
        .get(BETA_STORAGE_CLASS)
        .unwrap_or(named)
}

fn mode(mode: &str) -> &str {
    if mode.is_empty() { "Filesystem" } else { mode }
}

/// The volume that a claim would get, on a node with these labels if one is given: the one that is
/// promised to it, else the smallest that is big enough. Models `FindMatchingVolume`.
pub fn find_matching<'a>(
    claim: &PersistentVolumeClaim,
    volumes: impl Iterator<Item = &'a Rc<PersistentVolume>>,
    node: Option<&Labels>,
    taken: &[Rc<str>],
) -> Option<&'a Rc<PersistentVolume>> {
    let mut smallest: Option<&Rc<PersistentVolume>> = None;
    for volume in volumes {
        if taken.contains(&volume.metadata.name) || !volume.suits(claim) {
            continue;
        }
        if volume.is_for(claim) {
            let is_reachable = node.is_none_or(|labels| volume.is_reachable(labels));
            return is_reachable.then_some(volume);
        }
        let is_smaller = smallest.is_none_or(|smallest| volume.size() < smallest.size());
        if is_smaller && volume.is_free_for(claim, node) {
            smallest = Some(volume);
        }
    }
    smallest
}
