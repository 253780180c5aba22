//! VolumeZone: a Pod goes to a zone from which its volumes can be reached.
//! Models `pkg/scheduler/framework/plugins/volumezone/volume_zone.go`.

use std::rc::Rc;

use crate::api::meta::Labels;
use crate::api::view;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::listers::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::volumes::uses_claim;

const ERR_REASON_CONFLICT: &str = "node(s) had no available volume zone";
const WAIT_FOR_FIRST_CONSUMER: &str = "WaitForFirstConsumer";

/// Labels that say where a node or a volume is, and what they are called today.
const TOPOLOGY_LABELS: [(&str, &str); 4] = [
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    (
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
];

/// See the head of this file.
pub struct VolumeZone;

impl Plugin for VolumeZone {
    fn name(&self) -> &'static str {
        "VolumeZone"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        match places(cycle) {
            Ok(places) if places.is_empty() => PreFilter::Skip,
            Ok(places) => PreFilter::Run(Box::new(Zones(places))),
            Err(reason) => PreFilter::Reject(Status::unresolvable(reason)),
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let add_or_update = Actions::ADD | Actions::UPDATE;
        if let Some(class) = event.of("StorageClass.storage.k8s.io", Actions::ADD) {
            let class = class
                .new
                .and_then(|new| view::read::<StorageClass>(&new.value).ok());
            return class.is_some_and(|class| waits(&class));
        }
        if let Some(claim) = event.of("PersistentVolumeClaim", add_or_update) {
            return uses_claim(waiting.pod, &claim.key.namespace, &claim.key.name);
        }
        if let Some(volume) = event.of("PersistentVolume", add_or_update) {
            let at = |object: &crate::api::Object| places_of(&object.meta.labels);
            return volume.old.map(at) != volume.new.map(at);
        }
        event
            .of_node(Actions::ADD | Actions::UPDATE_NODE_LABEL)
            .is_some()
    }
}

fn waits(class: &StorageClass) -> bool {
    class.volume_binding_mode.as_deref() == Some(WAIT_FOR_FIRST_CONSUMER)
}

/// Where a volume is: a label, what it is called today, and its possible values.
type Place = (&'static str, &'static str, Vec<Rc<str>>);

/// Where the Pod's volumes are. Models `getPVbyPod`.
fn places(cycle: Cycle) -> Result<Vec<Place>, String> {
    let pod = &cycle.pod.pod;
    let listers = &cycle.view.listers;
    let mut places = Vec::new();
    for volume in &pod.spec.volumes {
        let Some(named) = &volume.persistent_volume_claim else {
            continue;
        };
        let name = &named.claim_name;
        if name.is_empty() {
            return Err("PersistentVolumeClaim had no name".into());
        }
        let claim = listers.claim(&pod.metadata.namespace, name);
        let claim = claim.ok_or_else(|| format!("persistentvolumeclaim \"{name}\" not found"))?;
        let volume_name = &claim.spec.volume_name;
        if volume_name.is_empty() {
            check_unbound(cycle, claim)?;
            continue;
        }
        let volume: Option<&Rc<PersistentVolume>> = listers.volume(volume_name);
        let volume =
            volume.ok_or_else(|| format!("persistentvolume \"{volume_name}\" not found"))?;
        places.extend(places_of(&volume.metadata.labels));
    }
    Ok(places)
}

/// A claim without a volume is fine if its class waits for the Pod to be placed.
fn check_unbound(cycle: Cycle, claim: &PersistentVolumeClaim) -> Result<(), String> {
    let name = claim.class();
    if name.is_empty() {
        return Err("PersistentVolumeClaim had no pv name and storageClass name".into());
    }
    let class = cycle.view.listers.class(name);
    let class = class.ok_or_else(|| format!("storageclass.storage.k8s.io \"{name}\" not found"))?;
    match &class.volume_binding_mode {
        None => Err(format!(
            "VolumeBindingMode not set for StorageClass \"{name}\""
        )),
        Some(_) if waits(class) => Ok(()),
        Some(_) => Err("PersistentVolume had no name".into()),
    }
}

/// Several zones are written `a__b`; a list with an empty item says nothing.
fn places_of(labels: &Labels) -> Vec<Place> {
    let known = TOPOLOGY_LABELS.iter().filter_map(|(label, today)| {
        let values = labels
            .get(*label)?
            .split("__")
            .map(|value| Rc::from(value.trim()));
        let values: Vec<Rc<str>> = values.collect();
        let all_said = values.iter().all(|value| !value.is_empty());
        all_said.then_some((*label, *today, values))
    });
    known.collect()
}

#[derive(Clone)]
struct Zones(Vec<Place>);

impl<'a> Filter<'a> for Zones {
    fn filter(&self, node: &NodeInfo) -> Fit {
        let labels = node.labels();
        if !TOPOLOGY_LABELS
            .iter()
            .any(|(label, _)| labels.contains_key(*label))
        {
            return Ok(()); // A cluster of one zone may well not say so.
        }
        let is_there = |(label, today, values): &Place| {
            let value = labels.get(*label).or_else(|| labels.get(*today));
            value.is_some_and(|value| values.contains(value))
        };
        match self.0.iter().all(is_there) {
            true => Ok(()),
            false => Err(Status::unresolvable(ERR_REASON_CONFLICT)),
        }
    }
}
