//! Brings claims and volumes together. Models `pkg/controller/volume/persistentvolume`.
//! Left out: making volumes, which needs a provisioner (what is told then is told); recycling; migrated
//! plugins; that its look every 15 seconds tells the same Events again. It comes only where a volume or a
//! class is another one now, for claims that wait.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use super::work_queue::WorkQueue;
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::api_server::Status;
use crate::cluster::scheduler::listers::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use crate::cluster::scheduler::volume_binder::reference;
use crate::cluster::scheduler::volumes::{find_matching, uses_claim};
use crate::cluster::{Change, SimTime, Wake as WorldWake, World};

const BINDER: Controller = Controller {
    name: "persistentvolume-binder-controller",
    component: "persistentvolume-controller",
    kind: CLAIM,
};

const CLAIM: &str = "PersistentVolumeClaim";
const VOLUME: &str = "PersistentVolume";
const CLASS: &str = "StorageClass.storage.k8s.io";

const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const PROVISIONERS: [&str; 2] = [
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
];

/// How often all claims are looked at. `PVClaimBinderSyncPeriod`.
const SYNC_PERIOD: i64 = 15_000_000;

/// The controller `persistentvolume-binder-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PersistentVolumeBinder {
    claims: WorkQueue,
    volumes: WorkQueue,
    resyncs: bool,
    /// Claims are looked at one after another: the worker waits for the answer to a write until then.
    busy_until: SimTime,
}

/// Is something left to be written once the API server has answered?
type HasMore = bool;

/// A claim as it is stored, and as it is read.
struct Claim {
    object: Rc<Object>,
    view: PersistentVolumeClaim,
}

/// The same of a volume.
struct Volume {
    object: Rc<Object>,
    view: PersistentVolume,
}

fn claim_of(world: &World, key: &ObjectKey) -> Option<Claim> {
    let object = world.store.get(key)?.clone();
    let view = view::read(&object.value).ok()?;
    Some(Claim { object, view })
}

fn volume_of(world: &World, name: &str) -> Option<Volume> {
    let object = world.store.get(&ObjectKey::new(VOLUME, "", name))?.clone();
    let view = view::read(&object.value).ok()?;
    Some(Volume { object, view })
}

impl PersistentVolumeBinder {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let key = &change.object;
        match &*key.kind {
            CLAIM => {
                self.claims.add(world, change, key, Wake::BindClaim);
                // The volume of a claim that is gone is looked at, too.
                let claim = change.before.as_ref().filter(|_| change.after.is_none());
                let volume =
                    claim.map(|claim| claim.value.text_at(&["spec", "volumeName"]).to_string());
                if let Some(volume) = volume.filter(|name| !name.is_empty()) {
                    let volume = ObjectKey::new(VOLUME, "", &volume);
                    self.volumes.add(world, change, &volume, Wake::BindVolume);
                }
            }
            VOLUME => {
                self.volumes.add(world, change, key, Wake::BindVolume);
                let claim = change.before.as_ref().filter(|_| change.after.is_none());
                let claim = claim.map(|volume| claim_key_of(&volume.value));
                if let Some(claim) = claim.filter(|key| world.store.get(key).is_some()) {
                    self.claims.add(world, change, &claim, Wake::BindClaim);
                }
                self.resync_soon(world);
            }
            CLASS => self.resync_soon(world),
            _ => {}
        }
    }

    /// Claims that wait are looked at when the period is over.
    fn resync_soon(&mut self, world: &mut World) {
        let is_bound = |claim: &Object| claim.meta.annotations.contains_key(BIND_COMPLETED);
        let nobody_waits = world.store.list(CLAIM).all(|(_, claim)| is_bound(claim));
        if self.resyncs || nobody_waits {
            return;
        }
        self.resyncs = true;
        let now = world.now();
        let due = SimTime((now.0.div_euclid(SYNC_PERIOD) + 1).saturating_mul(SYNC_PERIOD));
        world.wake(due.since(now), WorldWake::Controller(Wake::BindClaims));
    }

    /// Models `resync`.
    pub(super) fn resync(&mut self, world: &mut World) {
        self.resyncs = false;
        let waiting = world.store.list(CLAIM);
        let waiting =
            waiting.filter(|(_, claim)| !claim.meta.annotations.contains_key(BIND_COMPLETED));
        for key in waiting.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.claims
                .add_after(world, &key, Duration::ZERO, Wake::BindClaim);
        }
    }

    /// Looks at a claim. Models `syncClaim`.
    pub(super) fn sync_claim(&mut self, world: &mut World, key: &ObjectKey) {
        self.claims.rang(world, key);
        let now = world.now();
        if now < self.busy_until {
            let after = self.busy_until.since(now);
            return self.claims.add_after(world, key, after, Wake::BindClaim);
        }
        let Some(claim) = claim_of(world, key) else {
            return;
        };
        let result = match claim.object.meta.annotations.contains_key(BIND_COMPLETED) {
            true => sync_bound(world, &claim),
            false => sync_unbound(world, &claim),
        };
        self.claims.looked(world, key, &result, Wake::BindClaim);
        if result.is_ok_and(|has_more| has_more) {
            let answer = world.latencies().api_write;
            self.busy_until = now + answer;
            self.claims.add_after(world, key, answer, Wake::BindClaim);
        }
    }

    /// Looks at a volume. Models `syncVolume`.
    pub(super) fn sync_volume(&mut self, world: &mut World, key: &ObjectKey) {
        self.volumes.rang(world, key);
        let Some(volume) = volume_of(world, &key.name) else {
            return;
        };
        let uid = volume
            .view
            .spec
            .claim_ref
            .as_ref()
            .map_or("", |claim| &*claim.uid);
        let result = match uid {
            "" => set_phase(world, &volume.object, "Available", ""),
            uid => {
                let claim = claim_of(world, &claim_key_of(&volume.object.value));
                match claim.filter(|claim| &*claim.object.meta.uid == uid) {
                    None => release(world, &volume),
                    Some(claim) if claim.view.spec.volume_name.is_empty() => {
                        self.claims.add_after(
                            world,
                            &claim.object.key(),
                            Duration::ZERO,
                            Wake::BindClaim,
                        );
                        Ok(())
                    }
                    Some(claim) if claim.view.spec.volume_name == key.name => {
                        set_phase(world, &volume.object, "Bound", "")
                    }
                    Some(_) => unbind(world, &volume),
                }
            }
        };
        self.volumes.looked(world, key, &result, Wake::BindVolume);
    }
}

/// The claim that a volume names.
fn claim_key_of(volume: &Value) -> ObjectKey {
    let text = |part: &str| volume.text_at(&["spec", "claimRef", part]);
    ObjectKey::new(CLAIM, text("namespace"), text("name"))
}

fn tell(world: &mut World, about: &Object, kind_and_reason: (&str, &str), message: String) {
    BINDER.tell(world, about, kind_and_reason, message);
}

/// Models `syncUnboundClaim`.
fn sync_unbound(world: &mut World, claim: &Claim) -> Result<HasMore, Status> {
    let name = &claim.view.spec.volume_name;
    if name.is_empty() {
        return find_volume(world, claim);
    }
    let Some(volume) = volume_of(world, name) else {
        return Ok(false);
    };
    if volume.view.spec.claim_ref.is_none() {
        if let Some(why) = unfit(&volume.view, &claim.view) {
            let message = format!("Cannot bind to requested volume \"{name}\": {why}");
            tell(world, &claim.object, ("Warning", "VolumeMismatch"), message);
            return Ok(false);
        }
    } else if !volume.view.is_for(&claim.view) {
        let message = format!("volume \"{name}\" already bound to a different claim.");
        tell(world, &claim.object, ("Warning", "FailedBinding"), message);
        return Ok(false);
    }
    bind(world, &volume, claim)
}

/// Why a claim can't have the volume that it asks for. Models `checkVolumeSatisfyClaim`.
fn unfit(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<String> {
    let mode = |mode: &Rc<str>| {
        if mode.is_empty() {
            "Filesystem".into()
        } else {
            mode.clone()
        }
    };
    let (has, wanted) = (&volume.spec, &claim.spec);
    let lacks = |mode: &Rc<str>| !has.access_modes.contains(mode);
    let why = if volume.metadata.deletion_timestamp.is_some() {
        return Some(format!(
            "the volume is marked for deletion \"{}\"",
            volume.metadata.name
        ));
    } else if volume.size().value() < claim.size().value() {
        "requested PV is too small"
    } else if volume.class() != claim.class() {
        "storageClassName does not match"
    } else if has.volume_attributes_class_name != wanted.volume_attributes_class_name {
        "volumeAttributesClassName does not match"
    } else if mode(&has.volume_mode) != mode(&wanted.volume_mode) {
        "incompatible volumeMode"
    } else if wanted.access_modes.iter().any(lacks) {
        "incompatible accessMode"
    } else {
        return None;
    };
    Some(why.to_string())
}

/// A claim that asks for no certain volume gets the smallest that will do.
fn find_volume(world: &mut World, claim: &Claim) -> Result<HasMore, Status> {
    let class = claim.view.class().clone();
    let class = world.store.get(&ObjectKey::new(CLASS, "", &class));
    let class: Option<StorageClass> = class.and_then(|class| view::read(&class.value).ok());
    let mode = class
        .as_ref()
        .and_then(|class| class.volume_binding_mode.as_deref());
    let waits = mode == Some("WaitForFirstConsumer");
    if let Some(volume) = best_match(world, claim, waits) {
        return bind(world, &volume, claim);
    }
    if claim
        .object
        .value
        .at(&["spec", "storageClassName"])
        .is_none()
        && claim.view.class().is_empty()
        && let Some(default) = default_class(world)
    {
        world.patch(BINDER.actor(), &claim.object.key(), |claim| {
            claim.set(&["spec", "storageClassName"], default);
        })?;
        return Ok(false);
    }
    if waits && !claim.object.meta.annotations.contains_key(SELECTED_NODE) {
        let (reason, message) = first_consumer(world, claim);
        tell(world, &claim.object, ("Normal", reason), message);
    } else if !claim.view.class().is_empty() {
        provision(world, claim, class.as_ref())?;
    } else {
        let message = "no persistent volumes available for this claim and no storage class is set";
        tell(
            world,
            &claim.object,
            ("Normal", "FailedBinding"),
            message.into(),
        );
    }
    Ok(false)
}

/// Of the volumes that will do those with the fewest access modes, of these the smallest; where the Pod is
/// waited for only one that is promised already. Models `findByClaim`.
fn best_match(world: &World, claim: &Claim, waits: bool) -> Option<Volume> {
    let all = world
        .store
        .list(VOLUME)
        .filter_map(|(_, volume)| view::read(&volume.value).ok());
    let mut all: Vec<Rc<PersistentVolume>> = all.map(Rc::new).collect();
    if waits {
        all.retain(|volume| volume.is_for(&claim.view));
    }
    let mut counts: Vec<usize> = all
        .iter()
        .map(|volume| volume.spec.access_modes.len())
        .collect();
    counts.sort_unstable();
    counts.dedup();
    let found = counts.into_iter().find_map(|count| {
        let those = all
            .iter()
            .filter(|volume| volume.spec.access_modes.len() == count);
        find_matching(&claim.view, those, None, &[])
    });
    volume_of(world, &found?.metadata.name)
}

/// The class that claims have which name none: of several the newest. Models `GetDefaultClass`.
fn default_class(world: &World) -> Option<Rc<str>> {
    let is_default = |class: &&Rc<Object>| {
        let marks = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        marks.iter().any(|mark| {
            class
                .meta
                .annotations
                .get(*mark)
                .is_some_and(|value| &**value == "true")
        })
    };
    let classes = world
        .store
        .list(CLASS)
        .map(|(_, class)| class)
        .filter(is_default);
    let newest = classes.max_by_key(|class| {
        (
            class.meta.creation_timestamp,
            std::cmp::Reverse(class.meta.name.clone()),
        )
    });
    newest.map(|class| class.meta.name.clone())
}

/// Whom a claim waits for. Models `emitEventForUnboundDelayBindingClaim`.
fn first_consumer(world: &World, claim: &Claim) -> (&'static str, String) {
    let (namespace, name) = (&claim.object.meta.namespace, &claim.object.meta.name);
    let pods =
        super::endpoint_util::objects_in(world, "Pod", namespace).filter_map(|(_, pod)| pod.pod());
    let waiting = pods.filter(|pod| {
        pod.spec.node_name.is_empty() && !pod.is_finished() && uses_claim(pod, namespace, name)
    });
    let names: Vec<&str> = waiting.map(|pod| &*pod.metadata.name).collect();
    match names[..] {
        [] => (
            "WaitForFirstConsumer",
            "waiting for first consumer to be created before binding".into(),
        ),
        [pod] => (
            "WaitForPodScheduled",
            format!("waiting for pod {pod} to be scheduled"),
        ),
        _ => (
            "WaitForPodScheduled",
            format!("waiting for pods {} to be scheduled", names.join(",")),
        ),
    }
}

/// Nobody here makes volumes: what is told. Models `provisionClaim`.
fn provision(world: &mut World, claim: &Claim, class: Option<&StorageClass>) -> Result<(), Status> {
    let failed = ("Warning", "ProvisioningFailed");
    let Some(class) = class else {
        let message = format!(
            "storageclass.storage.k8s.io \"{}\" not found",
            claim.view.class()
        );
        tell(world, &claim.object, failed, message);
        return Ok(());
    };
    let provisioner = &class.provisioner;
    if provisioner.starts_with("kubernetes.io/") {
        let message = format!("no volume plugin matched name: {provisioner}");
        tell(world, &claim.object, failed, message);
        return Ok(());
    }
    world.patch(BINDER.actor(), &claim.object.key(), |claim| {
        for annotation in PROVISIONERS {
            claim.set(
                &["metadata", "annotations", annotation],
                provisioner.clone(),
            );
        }
    })?;
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    tell(
        world,
        &claim.object,
        ("Normal", "ExternalProvisioning"),
        message,
    );
    Ok(())
}

/// Models `syncBoundClaim`.
fn sync_bound(world: &mut World, claim: &Claim) -> Result<HasMore, Status> {
    let name = &claim.view.spec.volume_name;
    let (reason, message) = match volume_of(world, name) {
        _ if name.is_empty() => (
            "ClaimLost",
            "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
        ),
        None => (
            "ClaimLost",
            "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
        ),
        Some(volume) => {
            let of = volume.view.spec.claim_ref.as_ref();
            if of.is_none_or(|of| of.uid == claim.object.meta.uid) {
                return bind(world, &volume, claim);
            }
            (
                "ClaimMisbound",
                "Two claims are bound to the same volume, this one is bound incorrectly",
            )
        }
    };
    if &*claim.view.status.phase != "Lost" {
        world.patch(BINDER.actor(), &claim.object.key(), |claim| {
            claim.set(&["status", "phase"], "Lost");
            claim.remove(&["status", "accessModes"]);
            claim.remove(&["status", "capacity"]);
        })?;
        tell(world, &claim.object, ("Warning", reason), message.into());
    }
    Ok(false)
}

/// Four writes, each of which may be there already: one a look, since each waits for the answer to the one before.
/// Models `bind`.
fn bind(world: &mut World, volume: &Volume, claim: &Claim) -> Result<HasMore, Status> {
    let (actor, key) = (BINDER.actor(), claim.object.key());
    let is_promised = volume.view.is_for(&claim.view);
    let of = volume.view.spec.claim_ref.as_ref();
    if !of.is_some_and(|of| is_promised && of.uid == claim.object.meta.uid) {
        world.patch(actor, &volume.object.key(), |volume| {
            volume.set(&["spec", "claimRef"], reference(&claim.object));
            if !is_promised {
                volume.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
            }
        })?;
        return Ok(true);
    }
    if &*volume.view.status.phase != "Bound" {
        set_phase(world, &volume.object, "Bound", "")?;
        return Ok(true);
    }
    let name = &volume.object.meta.name;
    let version = &claim.object.meta.resource_version;
    let written = world.patch(actor.clone(), &key, |claim| {
        if claim.text_at(&["spec", "volumeName"]) != &**name {
            claim.set(&["spec", "volumeName"], name.clone());
            claim.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
        }
        claim.set(&["metadata", "annotations", BIND_COMPLETED], "yes");
    })?;
    if written.meta.resource_version != *version {
        return Ok(true);
    }
    let part = |part: &str| {
        volume
            .object
            .value
            .at(&["spec", part])
            .cloned()
            .unwrap_or_default()
    };
    let (modes, capacity) = (part("accessModes"), part("capacity"));
    world.patch(actor, &key, |claim| {
        claim.set(&["status", "accessModes"], modes);
        if claim.text_at(&["status", "phase"]) != "Bound" {
            claim.set(&["status", "capacity"], capacity);
            claim.set(&["status", "phase"], "Bound");
        }
    })?;
    Ok(false)
}

/// Models `updateVolumePhase`.
fn set_phase(world: &mut World, volume: &Object, phase: &str, message: &str) -> Result<(), Status> {
    if volume.value.text_at(&["status", "phase"]) == phase {
        return Ok(());
    }
    let now = world.now().to_rfc3339();
    world.patch(BINDER.actor(), &volume.key(), |volume| {
        volume.set(&["status", "phase"], phase);
        volume.set(&["status", "lastPhaseTransitionTime"], now);
        match message {
            "" => {
                volume.remove(&["status", "message"]);
            }
            message => volume.set(&["status", "message"], message),
        }
    })?;
    Ok(())
}

/// A volume whose claim is gone. Models `reclaimVolume`.
fn release(world: &mut World, volume: &Volume) -> Result<(), Status> {
    if !matches!(&*volume.view.status.phase, "Released" | "Failed") {
        set_phase(world, &volume.object, "Released", "")?;
    }
    let value = &volume.object.value;
    if value.text_at(&["spec", "persistentVolumeReclaimPolicy"]) != "Delete"
        || &*volume.view.status.phase == "Failed"
    {
        return Ok(());
    }
    let path = value.text_at(&["spec", "hostPath", "path"]);
    let why = match path.strip_prefix("/tmp/") {
        Some(rest) if !rest.is_empty() => {
            return world.delete(BINDER.actor(), &volume.object.key(), None);
        }
        _ if !path.is_empty() => {
            format!("host_path deleter only supports /tmp/.+ but received provided {path}")
        }
        _ => {
            let name = &volume.object.meta.name;
            format!(
                "error getting deleter volume plugin for volume \"{name}\": no deletable volume plugin matched"
            )
        }
    };
    set_phase(world, &volume.object, "Failed", &why)?;
    tell(
        world,
        &volume.object,
        ("Warning", "VolumeFailedDelete"),
        why,
    );
    Ok(())
}

/// A volume whose claim has another one. Models `unbindVolume`.
fn unbind(world: &mut World, volume: &Volume) -> Result<(), Status> {
    let written = world.patch(BINDER.actor(), &volume.object.key(), |volume| {
        let mark = ["metadata", "annotations", BOUND_BY_CONTROLLER];
        if volume.remove(&mark).is_some() {
            volume.remove(&["spec", "claimRef"]);
        } else {
            volume.remove(&["spec", "claimRef", "uid"]);
        }
    })?;
    set_phase(world, &written, "Available", "")
}
