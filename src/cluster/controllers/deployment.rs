//! Deployments: from one template of Pods to the next, through ReplicaSets. Models
//! `pkg/controller/deployment`. `sync.rs` finds and sizes ReplicaSets, `rolling.rs` and `recreate.rs` go from
//! old ones to the new one, `progress.rs` tells how far that is, `rollback.rs` goes back.
//! Left out: an informer that lags; of the conflicts that a stale version brings upstream, those between
//! two writes of one look are here, too.

mod progress;
mod recreate;
mod rollback;
mod rolling;
mod sync;
mod util;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::claim;
use super::controller_utils::{Controller, is_terminating, objects_by_owner};
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::meta::Labels;
use crate::api::workloads::{Deployment, ReplicaSet};
use crate::api::{Object, ObjectKey};
use crate::cluster::api_server::Status;
use crate::cluster::{Change, Verb, World};

/// After so many failures in a row a Deployment is dropped until something happens. `maxRetries`.
const MAX_RETRIES: u32 = 15;

const CONTROLLER: Controller = Controller {
    name: "deployment-controller",
    component: "deployment-controller",
    kind: "Deployment.apps",
};

/// The controller `deployment-controller`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DeploymentController {
    queue: WorkQueue,
}

impl Default for DeploymentController {
    fn default() -> Self {
        DeploymentController {
            queue: WorkQueue::giving_up_after(MAX_RETRIES),
        }
    }
}

/// What one look works with: the Deployment as it was when the look began, with what the look itself has
/// changed. Models the copy that upstream hands about.
struct Look<'w> {
    world: &'w mut World,
    object: Rc<Object>,
    d: Deployment,
    /// When to look again though nothing happens.
    again: Option<Duration>,
}

/// A ReplicaSet as it was when the look began, or as the look has written it.
#[derive(Clone, Debug)]
struct Set {
    object: Rc<Object>,
    view: Rc<ReplicaSet>,
}

impl Set {
    fn of(object: Rc<Object>) -> Option<Self> {
        let view = object.replica_set()?.clone();
        Some(Set { object, view })
    }

    fn replicas(&self) -> i64 {
        self.view.spec.replicas
    }
}

type Done<T> = Result<T, Status>;

impl DeploymentController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        match &*change.object.kind {
            "Deployment.apps" => self
                .queue
                .add(world, change, &change.object, Wake::Deployment),
            "ReplicaSet.apps" => {
                for key in CONTROLLER.concerned(world, change, &selects) {
                    self.queue.add(world, change, &key, Wake::Deployment);
                }
            }
            "Pod" if change.verb == Verb::Deleted => {
                if let Some(key) = recreate::waits_for_pod(world, change) {
                    self.queue.add(world, change, &key, Wake::Deployment);
                }
            }
            _ => {}
        }
    }

    /// Looks at one. Models `syncDeployment` and `handleErr`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let Some(object) = world.store.get(key).cloned() else {
            return self.queue.succeeded(key);
        };
        let Some(deployment) = object.deployment().cloned() else {
            return;
        };
        let mut record = Reconcile::begin(world, CONTROLLER.name);
        let mut look = Look {
            d: Deployment::clone(&deployment),
            object,
            world,
            again: None,
        };
        let result = look.sync();
        let again = look.again;
        remember(look.world, &mut record, key);
        if let Err(status) = &result {
            record.wait(key.clone(), Why::Refused(status.message.as_str().into()));
        }
        record.end(world, key);
        if let Some(after) = again {
            self.queue.add_after(world, key, after, Wake::Deployment);
        }
        let result = result.or_else(|status| match is_terminating(world, &key.namespace) {
            true => Ok(()),
            false => Err(status),
        });
        self.queue.looked(world, key, &result, Wake::Deployment);
    }
}

impl Look<'_> {
    /// Models `syncDeployment`.
    fn sync(&mut self) -> Done<()> {
        if self.d.spec.selector.is_empty() {
            return self.selects_all();
        }
        let sets = self.claimed_sets()?;
        if self.d.metadata.deletion_timestamp.is_some() {
            return self.sync_status_only(sets);
        }
        self.check_paused_conditions()?;
        if self.d.spec.paused {
            return self.sync_sizes(sets);
        }
        if self.rollback_to().is_some() {
            return self.rollback(sets);
        }
        if self.is_scaling_event(&sets)? {
            return self.sync_sizes(sets);
        }
        if self.is_rolling_update() {
            self.rollout_rolling(sets)
        } else {
            self.rollout_recreate(sets)
        }
    }

    /// Validation has refused such a selector; nobody but an import may have brought it.
    fn selects_all(&mut self) -> Done<()> {
        let message = "This deployment is selecting all pods. A non-empty selector is required.";
        self.tell("Warning", "SelectingAll", message.into());
        if self.d.status.observed_generation < self.d.metadata.generation {
            self.d.status.observed_generation = self.d.metadata.generation;
            // Upstream doesn't mind either.
            let _ = self.update_status();
        }
        Ok(())
    }

    /// Models `getReplicaSetsForDeployment`.
    fn claimed_sets(&mut self) -> Done<Vec<Set>> {
        let objects = objects_by_owner(self.world, &self.object, "ReplicaSet.apps", true);
        let selector = &self.d.spec.selector;
        let matches = |labels: &Labels| selector.matches(labels);
        let claimed = claim(self.world, &CONTROLLER, &self.object, objects, &matches)?;
        Ok(claimed.into_iter().filter_map(Set::of).collect())
    }

    fn key(&self) -> ObjectKey {
        self.object.key()
    }

    fn tell(&mut self, kind: &str, reason: &str, message: String) {
        CONTROLLER.tell(self.world, &self.object, (kind, reason), message);
    }
}

fn selects(deployment: &Object, labels: &Labels) -> bool {
    let selector = deployment.deployment().map(|one| &one.spec.selector);
    selector.is_some_and(|selector| !selector.is_empty() && selector.matches(labels))
}

/// What the look saw and wanted, and which ReplicaSets it waits for.
fn remember(world: &World, record: &mut Reconcile, key: &ObjectKey) {
    let Some(object) = world.store.get(key) else {
        return;
    };
    let Some(deployment) = object.deployment() else {
        return;
    };
    let (spec, status) = (&deployment.spec, &deployment.status);
    record.observed = vec![
        (Measure::Replicas, status.replicas),
        (Measure::Updated, status.updated_replicas),
        (Measure::Ready, status.ready_replicas),
        (Measure::Available, status.available_replicas),
        (
            Measure::Terminating,
            status.terminating_replicas.unwrap_or(0),
        ),
    ];
    let (surge, unavailable) = (util::max_surge(spec), util::max_unavailable(spec));
    record.wanted = vec![
        (Measure::Replicas, spec.replicas),
        (Measure::AtMost, spec.replicas + surge),
        (Measure::AvailableAtLeast, spec.replicas - unavailable),
    ];
    if spec.paused {
        record.wait(key.clone(), Why::Paused);
    }
    for object in objects_by_owner(world, object, "ReplicaSet.apps", false) {
        let Some(set) = object.replica_set() else {
            continue;
        };
        let why = if set.metadata.generation > set.status.observed_generation {
            Why::NotObserved
        } else if set.status.replicas != set.spec.replicas {
            Why::NotScaled
        } else if set.status.available_replicas < set.spec.replicas {
            Why::NotReady
        } else if set.status.terminating_replicas.unwrap_or(0) > 0 {
            Why::Terminating
        } else {
            continue;
        };
        record.wait(object.key(), why);
    }
}
