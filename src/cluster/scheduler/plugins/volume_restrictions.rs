//! VolumeRestrictions: disks that only one Pod may have, or only one may write to.
//! Models `pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go`.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::api::volume::Volume;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::node_info::{NodeInfo, PodInfo};
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::volumes::uses_claim;
use crate::collections::Set;

const ERR_REASON_DISK_CONFLICT: &str = "node(s) had no available disk";
const ERR_REASON_READ_WRITE_ONCE_POD_CONFLICT: &str = "node(s) unavailable due to \
    PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

/// See the head of this file.
pub struct VolumeRestrictions;

impl Plugin for VolumeRestrictions {
    fn name(&self) -> &'static str {
        "VolumeRestrictions"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let pod = &*cycle.pod.pod;
        let mut exclusive = Set::new();
        for name in named_claims(pod) {
            let Some(claim) = cycle.view.listers.claim(&pod.metadata.namespace, name) else {
                let reason = format!("persistentvolumeclaim \"{name}\" not found");
                return PreFilter::Reject(Status::unresolvable(reason));
            };
            if claim
                .spec
                .access_modes
                .iter()
                .any(|mode| &**mode == "ReadWriteOncePod")
            {
                exclusive.insert(name.clone());
            }
        }
        let used = |name: &&Rc<str>| {
            let pods = cycle.view.nodes().flat_map(|node| &node.pods);
            let mut pods =
                pods.filter(|other| other.pod.metadata.namespace == pod.metadata.namespace);
            pods.any(|other| named_claims(&other.pod).any(|claim| claim == *name))
        };
        let in_use = exclusive.iter().filter(used).count() as i64;
        let has_disks = pod.spec.volumes.iter().any(is_restricted);
        match has_disks || in_use > 0 {
            true => PreFilter::Run(Box::new(Restrictions {
                pod,
                exclusive,
                in_use,
            })),
            false => PreFilter::Skip,
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let pod = waiting.pod;
        if let Some((Some(deleted), _)) = event.of_pod(Actions::DELETE) {
            let shared =
                named_claims(deleted).any(|claim| named_claims(pod).any(|own| own == claim));
            return deleted.metadata.namespace == pod.metadata.namespace
                && (shared || conflicts(pod, deleted));
        }
        if let Some(claim) = event.of("PersistentVolumeClaim", Actions::ADD) {
            return uses_claim(pod, &claim.key.namespace, &claim.key.name);
        }
        event.of_node(Actions::ADD).is_some()
    }
}

/// Names of the claims that a Pod names; claims made for it aren't asked about here.
fn named_claims(pod: &Pod) -> impl Iterator<Item = &Rc<str>> {
    let volumes = pod.spec.volumes.iter();
    let claims = volumes.filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.map(|claim| &claim.claim_name)
}

#[derive(Clone)]
struct Restrictions<'a> {
    pod: &'a Pod,
    /// Claims of the Pod that only one Pod may use.
    exclusive: Set<Rc<str>>,
    /// How many of them are in use.
    in_use: i64,
}

impl Restrictions<'_> {
    /// Upstream doesn't look at the other Pod's namespace here.
    fn shared_with(&self, pod: &Pod) -> i64 {
        let shared = named_claims(pod).filter(|name| self.exclusive.contains(*name));
        shared.count() as i64
    }
}

impl<'a> Filter<'a> for Restrictions<'a> {
    fn filter(&self, node: &NodeInfo) -> Fit {
        if node
            .pods
            .iter()
            .any(|other| conflicts(self.pod, &other.pod))
        {
            return Err(Status::unschedulable(ERR_REASON_DISK_CONFLICT));
        }
        if self.in_use > 0 {
            return Err(Status::unschedulable(
                ERR_REASON_READ_WRITE_ONCE_POD_CONFLICT,
            ));
        }
        Ok(())
    }

    fn add_pod(&mut self, pod: &PodInfo, _node: &NodeInfo) {
        self.in_use += self.shared_with(&pod.pod);
    }

    fn remove_pod(&mut self, pod: &PodInfo, _node: &NodeInfo) {
        self.in_use -= self.shared_with(&pod.pod);
    }

    fn duplicate(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        Some(Box::new(self.clone()))
    }
}

fn is_restricted(volume: &Volume) -> bool {
    volume.gce_persistent_disk.is_some()
        || volume.aws_elastic_block_store.is_some()
        || volume.rbd.is_some()
        || volume.iscsi.is_some()
}

/// Do two Pods have a disk that they can't share?
fn conflicts(pod: &Pod, other: &Pod) -> bool {
    let restricted = pod
        .spec
        .volumes
        .iter()
        .filter(|volume| is_restricted(volume));
    let mut pairs =
        restricted.flat_map(|volume| other.spec.volumes.iter().map(move |o| (volume, o)));
    pairs.any(|(volume, other)| is_conflict(volume, other))
}

/// Models `isVolumeConflict`.
fn is_conflict(volume: &Volume, other: &Volume) -> bool {
    if let (Some(disk), Some(other)) = (&volume.gce_persistent_disk, &other.gce_persistent_disk)
        && disk.pd_name == other.pd_name
        && !(disk.read_only && other.read_only)
    {
        return true;
    }
    let stores = (
        &volume.aws_elastic_block_store,
        &other.aws_elastic_block_store,
    );
    if let (Some(store), Some(other)) = stores
        && store.volume_id == other.volume_id
    {
        return true;
    }
    if let (Some(disk), Some(other)) = (&volume.iscsi, &other.iscsi)
        && disk.iqn == other.iqn
        && !(disk.read_only && other.read_only)
    {
        return true;
    }
    if let (Some(disk), Some(other)) = (&volume.rbd, &other.rbd) {
        let shared = disk
            .monitors
            .iter()
            .any(|monitor| other.monitors.contains(monitor));
        let same = shared && disk.pool == other.pool && disk.image == other.image;
        return same && !(disk.read_only && other.read_only);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::{Cluster, pod_info};

    #[test]
    fn a_disk_is_shared_only_by_readers() {
        let spec = |volume: &str| format!("{{volumes: [{{name: v, {volume}}}]}}");
        for (first, second, fits) in [
            ("iscsi: {iqn: a}", "iscsi: {iqn: a}", false),
            ("iscsi: {iqn: a}", "iscsi: {iqn: b}", true),
            (
                "iscsi: {iqn: a, readOnly: true}",
                "iscsi: {iqn: a, readOnly: true}",
                true,
            ),
            (
                "rbd: {monitors: [m, n], image: i}",
                "rbd: {monitors: [n], image: i}",
                false,
            ),
            (
                "rbd: {monitors: [m], image: i}",
                "rbd: {monitors: [n], image: i}",
                true,
            ),
            (
                "awsElasticBlockStore: {volumeID: a}",
                "awsElasticBlockStore: {volumeID: a}",
                false,
            ),
            (
                "gcePersistentDisk: {pdName: a}",
                "gcePersistentDisk: {pdName: a, readOnly: true}",
                false,
            ),
        ] {
            let cluster = Cluster::new(&["{}"]).with_pod("other", 0, &spec(first));
            let decision = cluster.decide(&pod_info("p", &spec(second)));
            assert_eq!(decision.rejected.is_empty(), fits, "{first} {second}");
        }
    }
}
