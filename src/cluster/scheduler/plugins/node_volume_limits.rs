//! NodeVolumeLimits: a storage driver can attach only so many volumes to a node.
//! Models `pkg/scheduler/framework/plugins/nodevolumelimits/csi.go`.
//! Left out: disks of cloud providers' old built-in drivers, which upstream counts as their new
//! drivers' disks; `VolumeLimitScaling`, which is off by default.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::api::view;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::listers::{CsiNode, PersistentVolumeClaim};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent, OtherChange};
use crate::cluster::scheduler::view::ClusterView;
use crate::cluster::scheduler::volumes::{claims_of, uses_claim};
use crate::collections::{Map, Set};

const ERR_REASON_MAX_VOLUME_COUNT_EXCEEDED: &str = "node(s) exceed max volume count";

/// See the head of this file.
pub struct NodeVolumeLimits;

impl Plugin for NodeVolumeLimits {
    fn name(&self) -> &'static str {
        "NodeVolumeLimits"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        match claims_of(&cycle.pod.pod).next() {
            None => PreFilter::Skip,
            Some(_) => PreFilter::Run(Box::new(Limits {
                view: cycle.view,
                wanted: volumes_of(&cycle.pod.pod, cycle.view).collect(),
            })),
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        if let Some((Some(deleted), _)) = event.of_pod(Actions::DELETE) {
            let somewhere = !deleted.spec.node_name.is_empty()
                || !deleted.status.nominated_node_name.is_empty();
            return somewhere && claims_of(deleted).next().is_some();
        }
        if let Some(claim) = event.of("PersistentVolumeClaim", Actions::ADD) {
            return uses_claim(waiting.pod, &claim.key.namespace, &claim.key.name);
        }
        if let Some(node) = event.of("CSINode.storage.k8s.io", Actions::ADD | Actions::UPDATE) {
            return node.old.is_none() || a_limit_rose(node);
        }
        let detached = event.of("VolumeAttachment.storage.k8s.io", Actions::DELETE);
        let mut volumes = waiting.pod.spec.volumes.iter();
        detached.is_some() && volumes.any(|volume| volume.persistent_volume_claim.is_some())
    }
}

fn a_limit_rose(change: OtherChange) -> bool {
    let read = |object: Option<&crate::api::Object>| {
        object
            .and_then(|object| view::read::<CsiNode>(&object.value).ok())
            .unwrap_or_default()
    };
    let (old, new) = (read(change.old), read(change.new));
    let limit = |node: &CsiNode, name: &str| {
        let drivers = node.spec.drivers.iter();
        let mut named = drivers.filter(|driver| *driver.name == *name);
        named
            .next()
            .and_then(|driver| driver.allocatable.count)
            .unwrap_or(0)
    };
    let mut drivers = new.spec.drivers.iter();
    drivers.any(|driver| driver.allocatable.count.unwrap_or(0) > limit(&old, &driver.name))
}

/// Driver, and the driver's name for a volume.
type DriverVolume = (Rc<str>, Rc<str>);

/// The volumes of a Pod that a storage driver attaches.
fn volumes_of<'a>(pod: &'a Pod, view: &'a ClusterView) -> impl Iterator<Item = DriverVolume> + 'a {
    claims_of(pod).filter_map(|claim| {
        let claim = view.listers.claim(&pod.metadata.namespace, &claim.name)?;
        driver_volume(claim, view)
    })
}

/// Models `getCSIDriverInfo`: a claim without a volume counts as one that its class will make.
fn driver_volume(claim: &PersistentVolumeClaim, view: &ClusterView) -> Option<DriverVolume> {
    let volume = view.listers.volume(&claim.spec.volume_name);
    if let Some(volume) = volume.filter(|_| !claim.spec.volume_name.is_empty()) {
        let csi = volume.spec.csi.as_ref()?;
        return Some((csi.driver.clone(), csi.volume_handle.clone()));
    }
    let class = view.listers.class(claim.class())?;
    let (namespace, name) = (&claim.metadata.namespace, &claim.metadata.name);
    Some((
        class.provisioner.clone(),
        format!("to be made-{namespace}/{name}").into(),
    ))
}

#[derive(Clone)]
struct Limits<'a> {
    view: &'a ClusterView,
    wanted: Set<DriverVolume>,
}

impl<'a> Filter<'a> for Limits<'a> {
    fn filter(&self, node: &NodeInfo) -> Fit {
        let Some(csi_node) = self.view.listers.csi_node(node.name()) else {
            return Ok(());
        };
        let drivers = csi_node.spec.drivers.iter();
        let limits: Map<&Rc<str>, i64> = drivers
            .filter_map(|driver| Some((&driver.name, driver.allocatable.count?)))
            .collect();
        if limits.is_empty() || self.wanted.is_empty() {
            return Ok(());
        }
        let pods = node.pods.iter();
        let of_pods: Set<_> = pods
            .flat_map(|pod| volumes_of(&pod.pod, self.view))
            .collect();
        let attached: Set<_> = of_pods
            .iter()
            .cloned()
            .chain(self.attached_to(node))
            .collect();
        let brought = || {
            self.wanted
                .iter()
                .filter(|volume| !of_pods.contains(*volume))
        };
        let too_many = brought().any(|(driver, _)| {
            let of_driver = |volume: &&DriverVolume| volume.0 == *driver;
            let count =
                attached.iter().filter(of_driver).count() + brought().filter(of_driver).count();
            limits
                .get(driver)
                .is_some_and(|limit| count as i64 > *limit)
        });
        match too_many {
            true => Err(Status::unschedulable(ERR_REASON_MAX_VOLUME_COUNT_EXCEEDED)),
            false => Ok(()),
        }
    }
}

impl Limits<'_> {
    /// Volumes that the cluster has on record as attached to the node.
    fn attached_to(&self, node: &NodeInfo) -> impl Iterator<Item = DriverVolume> {
        let attachments = self.view.listers.volume_attachments.values();
        attachments.filter_map(|attachment| {
            let spec = &attachment.spec;
            let volume = spec.source.persistent_volume_name.as_ref();
            let volume = self.view.listers.volume(volume?)?;
            let csi = volume.spec.csi.as_ref()?;
            let here = spec.node_name == *node.name() && !spec.attacher.is_empty();
            here.then(|| (spec.attacher.clone(), csi.volume_handle.clone()))
        })
    }
}
