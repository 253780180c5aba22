//! Adds up what the objects of a namespace use of its ResourceQuotas. Models `pkg/controller/resourcequota`.
//! Left out: the look at all of them every five minutes, since nothing goes by unseen here.

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use super::work_queue::WorkQueue;
use crate::api::validation::pod_resources::{Sums, add};
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::{Change, World, quota};

const RESOURCE_QUOTA: Controller = Controller {
    name: "resourcequota-controller",
    component: "resourcequota-controller",
    kind: quota::KIND,
};

/// The controller `resourcequota-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ResourceQuotaController {
    queue: WorkQueue,
}

impl ResourceQuotaController {
    /// Sees a change: of what a quota bounds, or that something is free again.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if &*change.object.kind == quota::KIND {
            let hard = |value: &Value| quota::amounts(value.at(&["spec", "hard"]));
            let before = change.before.as_ref().map(|quota| hard(&quota.value));
            let after = change.after.as_ref().map(|quota| hard(&quota.value));
            if after.is_some() && before != after {
                self.queue
                    .add(world, change, &change.object, Wake::ResourceQuota);
            }
        }
        if !quota::counts(&change.object) || !frees(world, change) {
            return;
        }
        for object in quota::of_namespace(world, &change.object.namespace) {
            let hard = quota::amounts(object.value.at(&["status", "hard"]));
            let mut names = hard.iter();
            if names.any(|(name, _)| quota::speaks_of(name, &change.object)) {
                self.queue
                    .add(world, change, &object.key(), Wake::ResourceQuota);
            }
        }
    }

    /// Looks at a quota. Models `syncResourceQuota`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let result = look(world, key);
        self.queue.looked(world, key, &result, Wake::ResourceQuota);
    }
}

/// Is something counted for less now? Models `DefaultUpdateFilter` and what is done about deletions.
fn frees(world: &World, change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return change.before.is_some();
    };
    let (before, after) = (&before.value, &after.value);
    let of = |value: &Value, path: &[&str]| value.at(path).cloned();
    match &*change.object.kind {
        "Pod" => {
            let is_alive = |pod: &Value| quota::is_alive(pod, world.now());
            is_alive(before) && !is_alive(after)
        }
        "Service" => of(before, &["spec", "type"]) != of(after, &["spec", "type"]),
        "PersistentVolumeClaim" => {
            let allocated = ["status", "allocatedResources"];
            of(before, &allocated) != of(after, &allocated)
        }
        _ => false,
    }
}

fn look(world: &mut World, key: &ObjectKey) -> Result<(), Status> {
    let Some(object) = world.store.get(key).cloned() else {
        return Ok(());
    };
    let hard = quota::amounts(object.value.at(&["spec", "hard"]));
    let known = quota::amounts(object.value.at(&["status", "used"]));
    let used = add_up(world, key, &object.value, &hard, &known);
    let status = |part: &str| quota::amounts(object.value.at(&["status", part]));
    if status("hard") == hard && status("used") == used {
        return Ok(());
    }
    let (hard, used) = (quota::written(&hard), quota::written(&used));
    world.patch(RESOURCE_QUOTA.actor(), key, |quota| {
        quota.set(&["status", "hard"], hard);
        quota.set(&["status", "used"], used);
    })?;
    Ok(())
}

/// Models `CalculateUsage`. Names that speak of nothing keep what is known of them.
fn add_up(world: &World, quota: &ObjectKey, value: &Value, hard: &Sums, known: &Sums) -> Sums {
    let mut used = Sums::new();
    let now = world.now();
    let all = world.store.objects().iter();
    let here = all.filter(|(key, _)| key.namespace == quota.namespace && quota::counts(key));
    for (key, object) in here {
        let mut names = hard.iter();
        let is_meant = names.any(|(name, _)| quota::speaks_of(name, key));
        if is_meant && quota::is_in_scope(value, key, &object.value) {
            let own = quota::usage(key, &object.value, now);
            let own = own.iter().filter(|(name, _)| hard.contains_key(*name));
            add(
                &mut used,
                own.map(|(name, amount)| (name.clone(), *amount)).collect(),
            );
        }
    }
    let mut all = Sums::new();
    for (name, _) in hard {
        let known = known.get(name).filter(|_| !quota::is_counted(name));
        let nothing = quota::is_counted(name).then(|| quota::whole(0));
        let amount = used.get(name).or(known).copied();
        if let Some(amount) = amount.or(nothing) {
            all.insert(name.clone(), amount);
        }
    }
    all
}
