//! Lets go of deleted claims that no Pod uses, and of deleted volumes that aren't bound. Models
//! `pkg/controller/volume/pvcprotection` and `pvprotection`. Left out: claims of ephemeral volumes,
//! which nothing here makes; the condition `Unused` (its feature is off by default).

use super::Wake;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, Change, Wake as WorldWake, World};

const CLAIM: &str = "PersistentVolumeClaim";
const VOLUME: &str = "PersistentVolume";

/// Sees a change: of a claim or volume itself, or that a Pod is gone which used claims.
pub(super) fn observe(world: &mut World, change: &Change) {
    match &*change.object.kind {
        CLAIM | VOLUME => look_later(world, change.object.clone()),
        "Pod" if change.after.is_none() => {
            let pod = change.before.as_ref().and_then(|object| object.pod());
            for claim in pod.into_iter().flat_map(|pod| claims(pod)) {
                look_later(
                    world,
                    ObjectKey::new(CLAIM, &change.object.namespace, claim),
                );
            }
        }
        _ => {}
    }
}

fn look_later(world: &mut World, key: ObjectKey) {
    let object = world.store.get(&key);
    if object.is_some_and(|object| is_candidate(object)) {
        let after = world.latencies().watch_delivery;
        world.wake(after, WorldWake::Controller(Wake::VolumeProtection(key)));
    }
}

/// Models `processPVC` and `processPV`.
pub(super) fn sync(world: &mut World, key: &ObjectKey) {
    let object = world.store.get(key).cloned();
    let Some(object) = object.filter(|object| is_candidate(object)) else {
        return;
    };
    let (is_used, actor) = if &*key.kind == CLAIM {
        (is_used_by_a_pod(world, key), "pvc-protection-controller")
    } else {
        let phase = object.value.text_at(&["status", "phase"]);
        (phase == "Bound", "pv-protection-controller")
    };
    if is_used {
        return;
    }
    let own = finalizer(&key.kind);
    let let_go = world.patch(Actor::Controller(actor.into()), key, |value| {
        let finalizers = value.at_mut(&["metadata", "finalizers"]).items_mut();
        finalizers.retain(|finalizer| finalizer.as_str() != Some(own));
        if finalizers.is_empty() {
            value.remove(&["metadata", "finalizers"]);
        }
    });
    debug_assert!(let_go.is_ok(), "it was there a moment ago");
}

fn finalizer(kind: &str) -> &'static str {
    if kind == CLAIM {
        "kubernetes.io/pvc-protection"
    } else {
        "kubernetes.io/pv-protection"
    }
}

/// Is it deleted, and held by this?
fn is_candidate(object: &Object) -> bool {
    let own = finalizer(object.value.text_at(&["kind"]));
    let meta = &object.meta;
    meta.deletion_timestamp.is_some() && meta.finalizers.iter().any(|held| &**held == own)
}

/// A Pod that no kubelet has seen doesn't count: none would start it with a deleted claim.
/// Models `podUsesPVCForDeletion`.
fn is_used_by_a_pod(world: &World, claim: &ObjectKey) -> bool {
    let pods = world.store.list("Pod").filter_map(|(_, pod)| pod.pod());
    pods.filter(|pod| pod.metadata.namespace == claim.namespace)
        .any(|pod| !pod.spec.node_name.is_empty() && claims(pod).any(|name| name == &*claim.name))
}

fn claims(pod: &Pod) -> impl Iterator<Item = &str> {
    let volumes = pod.spec.volumes.iter();
    volumes.filter_map(|volume| Some(&*volume.persistent_volume_claim.as_ref()?.claim_name))
}
