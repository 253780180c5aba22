//! A claim's volume. Models `createVolumeSpec`, `getPVCExtractPV` and `getPVSpec`,
//! `pkg/kubelet/volumemanager/populator`. A stand-in for what a driver would mount: an empty folder of
//! the Pod's own. Left out: block devices, drivers that attach.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, pod_config};
use crate::cluster::Store;

/// Is there a volume behind the claim that this volume names, if it names one? Why not.
pub(in crate::cluster::kubelet) fn bound(
    store: &Store,
    volume: &pod_config::Volume,
    pod: &Pod,
) -> Result<(), String> {
    let name: Rc<str> = match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(claim), _) => claim.claim_name.clone(),
        (None, Some(_)) => format!("{}-{}", pod.metadata.name, volume.name).into(),
        (None, None) => return Ok(()),
    };
    let namespace = &pod.metadata.namespace;
    let key = ObjectKey::new("PersistentVolumeClaim", namespace, &name);
    let processing = |why| format!("error processing PVC {namespace}/{name}: {why}");
    let claim = claim(store, &key).map_err(processing)?;
    let mut owners = claim.meta.owner_references.iter();
    let owns = owners.any(|owner| owner.controller && owner.uid == pod.metadata.uid);
    if volume.persistent_volume_claim.is_none() && !owns {
        let pod = &pod.metadata.name;
        return Err(format!(
            "PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)"
        ));
    }
    behind(store, claim).map_err(processing)
}

/// A claim that is bound.
fn claim<'a>(store: &'a Store, key: &ObjectKey) -> Result<&'a Object, String> {
    let Some(claim) = store.get(key) else {
        let name = &key.name;
        return Err(format!(
            "failed to fetch PVC from API server: persistentvolumeclaims \"{name}\" not found"
        ));
    };
    let mut finalizers = claim.meta.finalizers.iter();
    let protected = finalizers.any(|finalizer| &**finalizer == "kubernetes.io/pvc-protection");
    if claim.meta.deletion_timestamp.is_some() && !protected {
        return Err("PVC is being deleted".into());
    }
    if claim.value.text_at(&["status", "phase"]) != "Bound" {
        return Err("PVC is not bound".into());
    }
    if claim.value.text_at(&["spec", "volumeName"]).is_empty() {
        return Err("PVC has empty pvc.Spec.VolumeName".into());
    }
    Ok(claim)
}

/// Does the claim's volume know it?
fn behind(store: &Store, claim: &Object) -> Result<(), String> {
    let name = claim.value.text_at(&["spec", "volumeName"]);
    let Some(volume) = store.get(&ObjectKey::new("PersistentVolume", "", name)) else {
        return Err(format!(
            "failed to fetch PV {name} from API server: persistentvolumes \"{name}\" not found"
        ));
    };
    let Some(reference) = volume.value.at(&["spec", "claimRef"]) else {
        return Err(format!(
            "found PV object {name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound \
             to the claim"
        ));
    };
    let (theirs, ours) = (reference.text_at(&["uid"]), &*claim.meta.uid);
    if theirs != ours {
        return Err(format!(
            "found PV object {name} but its pv.Spec.ClaimRef.UID {theirs} does not point to claim.UID \
             {ours}"
        ));
    }
    Ok(())
}
