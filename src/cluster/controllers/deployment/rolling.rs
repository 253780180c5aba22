//! Rolling update: the new ReplicaSet grows as far as `maxSurge` allows, old ones shrink as far as
//! `maxUnavailable` allows. Models `pkg/controller/deployment/rolling.go`.

use super::sync::all;
use super::util::{active, by_creation, max_unavailable, new_replicas, sum};
use super::{Done, Look, Set};
use crate::cluster::api_server::Status;
use crate::order;

impl Look<'_> {
    /// Models `rolloutRolling`.
    pub(super) fn rollout_rolling(&mut self, sets: Vec<Set>) -> Done<()> {
        let (new, old) = self.new_and_old_sets(&sets, true)?;
        let all = all(&old, new.as_ref());
        let Some(new) = new else { return Ok(()) };
        let has_scaled =
            self.reconcile_new(&all, &new)? || self.reconcile_old(&all, active(&old), &new);
        if !has_scaled && self.is_complete(&self.d.status) {
            self.cleanup(&old)?;
        }
        self.sync_rollout_status(&all, Some(&new))
    }

    /// Models `reconcileNewReplicaSet`.
    fn reconcile_new(&mut self, all: &[Set], new: &Set) -> Done<bool> {
        let wanted = self.d.spec.replicas;
        let replicas = match new.replicas() >= wanted {
            true => wanted,
            false => new_replicas(&self.d.spec, sum(all, Set::replicas), new.replicas()),
        };
        Ok(self.scale_set(new, replicas, false)?.0)
    }

    /// What goes wrong here is tried again at the next look, as if nothing had been done. Models
    /// `reconcileOldReplicaSets`.
    fn reconcile_old(&mut self, all_sets: &[Set], old: Vec<Set>, new: &Set) -> bool {
        if old.is_empty() {
            return false;
        }
        let least = self.d.spec.replicas - max_unavailable(&self.d.spec);
        let new_unavailable = new.replicas() - new.view.status.available_replicas;
        // Pods of the new ReplicaSet that aren't available don't make room.
        let most = sum(all_sets, Set::replicas) - least - new_unavailable;
        if most <= 0 {
            return false;
        }
        let Ok((old, cleaned)) = self.cleanup_unhealthy(old, most) else {
            return false;
        };
        let all_sets = all(&old, Some(new));
        let Ok(scaled) = self.scale_down_old(&all_sets, old, least) else {
            return false;
        };
        cleaned + scaled > 0
    }

    /// Replicas that aren't available go first: they can't be missed. Models
    /// `cleanupUnhealthyReplicas`.
    fn cleanup_unhealthy(&mut self, mut old: Vec<Set>, most: i64) -> Done<(Vec<Set>, i64)> {
        order::sort_by(&mut old, by_creation);
        let mut total = 0;
        for set in &mut old {
            if total >= most {
                break;
            }
            let unhealthy = set.replicas() - set.view.status.available_replicas;
            if set.replicas() == 0 || unhealthy == 0 {
                continue;
            }
            let count = unhealthy.min(most - total);
            // More may be available than are wanted: then nothing is done at all.
            if count < 0 {
                return Err(Status::conflict(&set.object.key()));
            }
            *set = self.scale_set(set, set.replicas() - count, false)?.1;
            total += count;
        }
        Ok((old, total))
    }

    /// Models `scaleDownOldReplicaSetsForRollingUpdate`.
    fn scale_down_old(&mut self, all: &[Set], mut old: Vec<Set>, least: i64) -> Done<i64> {
        let surplus = sum(all, |set| set.view.status.available_replicas) - least;
        if surplus <= 0 {
            return Ok(0);
        }
        order::sort_by(&mut old, by_creation);
        let mut total = 0;
        for set in &old {
            if total >= surplus {
                break;
            }
            if set.replicas() == 0 {
                continue;
            }
            let count = set.replicas().min(surplus - total);
            self.scale_set(set, set.replicas() - count, false)?;
            total += count;
        }
        Ok(total)
    }
}
