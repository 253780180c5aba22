//! Recreate: all old Pods go before the first new one comes. Models
//! `pkg/controller/deployment/recreate.go`, and `deletePod` of `deployment_controller.go`.

use super::sync::all;
use super::util::{active, sum};
use super::{Done, Look, Set};
use crate::api::{Object, ObjectKey};
use crate::cluster::controllers::controller_utils::{objects_by_owner, pods_by_owner};
use crate::cluster::{Change, World};

impl Look<'_> {
    /// Models `rolloutRecreate`.
    pub(super) fn rollout_recreate(&mut self, sets: Vec<Set>) -> Done<()> {
        let (new, old) = self.new_and_old_sets(&sets, false)?;
        let before = all(&old, new.as_ref());
        let mut has_scaled = false;
        for set in active(&old) {
            has_scaled |= self.scale_set(&set, 0, false)?.0;
        }
        if has_scaled || self.old_pods_running(new.as_ref(), &old, &sets) {
            return self.sync_rollout_status(&before, new.as_ref());
        }
        let (new, old) = match new {
            Some(new) => (Some(new), old),
            None => self.new_and_old_sets(&sets, true)?,
        };
        let Some(new) = new else { return Ok(()) };
        self.scale_set(&new, self.d.spec.replicas, false)?;
        if self.is_complete(&self.d.status) {
            self.cleanup(&old)?;
        }
        self.sync_rollout_status(&all(&old, Some(&new)), Some(&new))
    }

    /// Models `oldPodsRunning`.
    fn old_pods_running(&self, new: Option<&Set>, old: &[Set], sets: &[Set]) -> bool {
        if sum(old, |set| set.view.status.replicas) > 0 {
            return true;
        }
        let is_new = |set: &Set| new.is_some_and(|new| new.object.meta.uid == set.object.meta.uid);
        let mut others = sets.iter().filter(|set| !is_new(set));
        others.any(|set| {
            let pods = pods_by_owner(self.world, &set.object, false);
            let mut pods = pods.iter().filter_map(|pod| pod.pod());
            pods.any(|pod| !pod.is_finished())
        })
    }
}

/// The Deployment that may wait for the Pod that is gone, if no Pod is left of it.
pub(super) fn waits_for_pod(world: &World, change: &Change) -> Option<ObjectKey> {
    let pod = change.before.as_ref()?;
    let set = owner(world, pod).filter(|set| set.replica_set().is_some())?;
    let deployment = owner(world, set)?;
    if &*deployment.deployment()?.spec.strategy.kind != "Recreate" {
        return None;
    }
    let sets = objects_by_owner(world, deployment, "ReplicaSet.apps", false);
    let mut pods = sets.iter().flat_map(|set| pods_by_owner(world, set, false));
    pods.next().is_none().then(|| deployment.key())
}

fn owner<'a>(world: &'a World, object: &Object) -> Option<&'a Object> {
    let owner = object.meta.controller()?;
    let found = world.store.get(&owner.key(&object.meta.namespace))?;
    (found.meta.uid == owner.uid).then_some(&**found)
}
