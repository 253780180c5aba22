//! VolumeBinding: the Pod's volumes can be reached from the node, or found or made for it there.
//! Models `pkg/scheduler/framework/plugins/volumebinding` (volume_binding.go, binder.go), PreFilter
//! and Filter; `volume_binder.rs` does what PreBind does. Left out: Reserve; the translation
//! of cloud providers' old built-in drivers; inline CSI volumes' hint.

use std::rc::Rc;

use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::quantity::Quantity;
use crate::api::{Object, view};
use crate::cluster::scheduler::framework::{Code, Cycle, Filter, Fit, Plugin, PreFilter, PreScore};
use crate::cluster::scheduler::framework::{Reason, Status, Waiting};
use crate::cluster::scheduler::listers::{CsiStorageCapacity, PersistentVolumeClaim, StorageClass};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::view::ClusterView;
use crate::cluster::scheduler::volumes::{claims_of, find_matching, is_for_pod, uses_claim};
use crate::order;

const ERR_REASON_BIND_CONFLICT: &str = "node(s) didn't find available persistent volumes to bind";
const ERR_REASON_NODE_CONFLICT: &str = "node(s) didn't match PersistentVolume's node affinity";
const ERR_REASON_NOT_ENOUGH_SPACE: &str = "node(s) did not have enough free storage";
const ERR_REASON_PV_NOT_EXIST: &str =
    "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
const MIGRATED_PLUGINS: &str = "storage.alpha.kubernetes.io/migrated-plugins";

/// See the head of this file.
pub struct VolumeBinding;

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        "VolumeBinding"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        match Claims::of(cycle) {
            Err(status) => PreFilter::Reject(status),
            Ok(claims) if claims.bound.is_empty() && claims.waiting.is_empty() => PreFilter::Skip,
            Ok(claims) => PreFilter::Run(Box::new(claims)),
        }
    }

    /// Scores only by a configuration file's `shape`.
    fn pre_score<'a>(&self, _cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::Skip
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let add_or_update = Actions::ADD | Actions::UPDATE;
        if let Some(class) = event.of("StorageClass.storage.k8s.io", add_or_update) {
            let topologies = |object: &Object| object.value.get("allowedTopologies").cloned();
            let (old, new) = (class.old.map(topologies), class.new.map(topologies));
            return old.is_none() || old != new;
        }
        if let Some(claim) = event.of("PersistentVolumeClaim", add_or_update) {
            return uses_claim(waiting.pod, &claim.key.namespace, &claim.key.name);
        }
        if let Some(node) = event.of("CSINode.storage.k8s.io", add_or_update) {
            let migrated = |object: &Object| object.meta.annotations.get(MIGRATED_PLUGINS).cloned();
            let (old, new) = (node.old.map(migrated), node.new.map(migrated));
            return old.is_none() || old != new;
        }
        if let Some(space) = event.of("CSIStorageCapacity.storage.k8s.io", add_or_update) {
            let limit = |object: &Object| {
                let capacity = view::read::<CsiStorageCapacity>(&object.value).ok();
                capacity.and_then(|capacity| biggest_volume(&capacity))
            };
            return space.old.is_none() || space.new.and_then(limit) > space.old.and_then(limit);
        }
        event.of("PersistentVolume", add_or_update).is_some()
            || event
                .of_node(Actions::ADD | Actions::UPDATE_NODE_LABEL)
                .is_some()
    }
}

/// The Pod's claims.
#[derive(Clone)]
struct Claims<'a> {
    view: &'a ClusterView,
    /// Those that have a volume.
    bound: Vec<Rc<PersistentVolumeClaim>>,
    /// Those whose class waits until the Pod is placed, the smallest first.
    waiting: Vec<Rc<PersistentVolumeClaim>>,
}

impl<'a> Claims<'a> {
    /// The Pod's claims, unless one of them stands in the way wherever the Pod goes.
    fn of(cycle: Cycle<'a>) -> Result<Self, Status> {
        let pod = &*cycle.pod.pod;
        let mut claims = Claims {
            view: cycle.view,
            bound: Vec::new(),
            waiting: Vec::new(),
        };
        let mut immediate = false;
        for claim in usable(cycle, pod).map_err(Status::unresolvable)? {
            if claim.is_fully_bound() {
                claims.bound.push(claim);
            } else if claim.spec.volume_name.is_empty() && claims.waits(&claim)? {
                claims.waiting.push(claim);
            } else {
                immediate = true;
            }
        }
        if immediate {
            let reason = "pod has unbound immediate PersistentVolumeClaims";
            return Err(Status::unresolvable(reason));
        }
        order::sort_by_key(&mut claims.waiting, |claim| claim.size());
        Ok(claims)
    }

    /// Does the claim's class wait until the Pod is placed? Models `IsDelayBindingMode`.
    fn waits(&self, claim: &PersistentVolumeClaim) -> Result<bool, Status> {
        let Some(class) = self.view.listers.class(claim.class()) else {
            return Ok(false);
        };
        match class.volume_binding_mode.as_deref() {
            Some(mode) => Ok(mode == "WaitForFirstConsumer"),
            None => {
                let name = claim.class();
                let message = format!("VolumeBindingMode not set for StorageClass \"{name}\"");
                Err(Status::error(message))
            }
        }
    }
}

/// The claims that the Pod names, if all of them can be used. Models `podHasPVCs`.
fn usable(cycle: Cycle, pod: &Pod) -> Result<Vec<Rc<PersistentVolumeClaim>>, String> {
    let namespace = &pod.metadata.namespace;
    let claims = claims_of(pod).map(|named| {
        let name = &named.name;
        let claim = cycle.view.listers.claim(namespace, name);
        let claim = claim.ok_or_else(|| match named.is_ephemeral {
            true => format!(
                "waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\""
            ),
            false => format!("persistentvolumeclaim \"{name}\" not found"),
        })?;
        if &*claim.status.phase == "Lost" {
            let volume = &claim.spec.volume_name;
            return Err(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
            ));
        }
        if claim.metadata.deletion_timestamp.is_some() {
            return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
        }
        if named.is_ephemeral && !is_for_pod(claim, pod) {
            let pod = &pod.metadata.name;
            return Err(format!(
                "PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)"
            ));
        }
        Ok(claim.clone())
    });
    claims.collect()
}

impl<'a> Filter<'a> for Claims<'a> {
    /// Models `FindPodVolumes`.
    fn filter(&self, node: &NodeInfo) -> Fit {
        let mut reasons: Vec<Reason> = Vec::new();
        let bound = self.check_bound(node.labels());
        if bound == Err(ERR_REASON_NODE_CONFLICT) {
            reasons.push(ERR_REASON_NODE_CONFLICT.into());
        }
        if let Err(reason) = self.check_waiting(node) {
            reasons.push(reason.into());
        }
        if bound == Err(ERR_REASON_PV_NOT_EXIST) {
            reasons.push(ERR_REASON_PV_NOT_EXIST.into());
        }
        match reasons.is_empty() {
            true => Ok(()),
            false => Err(Status::of(Code::UnschedulableAndUnresolvable, reasons)),
        }
    }
}

impl Claims<'_> {
    /// Can the volumes that there are be reached? Models `checkBoundClaims`.
    fn check_bound(&self, labels: &Labels) -> Result<(), &'static str> {
        for claim in &self.bound {
            let volume = self.view.listers.volume(&claim.spec.volume_name);
            let volume = volume.ok_or(ERR_REASON_PV_NOT_EXIST)?;
            if !volume.is_reachable(labels) {
                return Err(ERR_REASON_NODE_CONFLICT);
            }
        }
        Ok(())
    }

    /// Is there a volume for each claim without one, or can it be made?
    fn check_waiting(&self, node: &NodeInfo) -> Result<(), &'static str> {
        let selected =
            |claim: &PersistentVolumeClaim| claim.metadata.annotations.get(SELECTED_NODE).cloned();
        let elsewhere = |claim: &Rc<PersistentVolumeClaim>| {
            selected(claim).is_some_and(|selected| selected != *node.name())
        };
        if self.waiting.iter().any(elsewhere) {
            return Err(ERR_REASON_BIND_CONFLICT);
        }
        let mut taken = Vec::new();
        let (mut to_make, to_find): (Vec<_>, Vec<_>) = self
            .waiting
            .iter()
            .partition(|claim| selected(claim).is_some());
        for claim in to_find {
            let volumes = self.view.listers.persistent_volumes.values();
            let volumes = volumes.filter(|volume| volume.class() == claim.class());
            match find_matching(claim, volumes, Some(node.labels()), &taken) {
                Some(volume) => taken.push(volume.metadata.name.clone()),
                None => to_make.push(claim),
            }
        }
        to_make
            .into_iter()
            .try_for_each(|claim| self.check_making(claim, node))
    }

    /// Can a volume be made for the claim? Models `checkVolumeProvisions`.
    fn check_making(
        &self,
        claim: &PersistentVolumeClaim,
        node: &NodeInfo,
    ) -> Result<(), &'static str> {
        let class = self.view.listers.class(claim.class());
        let makes = |class: &&Rc<StorageClass>| {
            !class.provisioner.is_empty() && &*class.provisioner != NO_PROVISIONER
        };
        let class = class.filter(makes).ok_or(ERR_REASON_BIND_CONFLICT)?;
        if !is_allowed(class, node.labels()) {
            return Err(ERR_REASON_BIND_CONFLICT);
        }
        match self.has_enough_space(claim, class, node.labels()) {
            true => Ok(()),
            false => Err(ERR_REASON_NOT_ENOUGH_SPACE),
        }
    }

    /// Models `hasEnoughCapacity`: only drivers that tell are asked.
    fn has_enough_space(
        &self,
        claim: &PersistentVolumeClaim,
        class: &StorageClass,
        labels: &Labels,
    ) -> bool {
        let driver = self.view.listers.csi_driver(&class.provisioner);
        if !claim.spec.resources.requests.contains_key("storage")
            || driver.is_none_or(|driver| !driver.spec.storage_capacity)
        {
            return true;
        }
        let bytes = claim.size().value();
        let mut spaces = self.view.listers.csi_storage_capacities.values();
        spaces.any(|space| {
            let reach = space.node_topology.as_ref();
            space.storage_class_name == class.metadata.name
                && biggest_volume(space).is_some_and(|limit| limit.value() >= bytes)
                && reach.is_some_and(|selector| selector.matches(labels))
        })
    }
}

fn biggest_volume(space: &CsiStorageCapacity) -> Option<Quantity> {
    space.maximum_volume_size.or(space.capacity)
}

/// May volumes of this class be on a node with these labels? Models `MatchTopologySelectorTerms`.
fn is_allowed(class: &StorageClass, labels: &Labels) -> bool {
    let terms = &class.allowed_topologies;
    terms.is_empty()
        || terms.iter().any(|term| {
            let requirements = &term.match_label_expressions;
            let holds = |(key, values): (&Rc<str>, &Vec<Rc<str>>)| {
                labels.get(key).is_some_and(|value| values.contains(value))
            };
            !requirements.is_empty() && requirements.iter().all(|r| holds((&r.key, &r.values)))
        })
}
