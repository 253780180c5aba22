//! What goes with its owners, before them, or stays without them. Models
//! `pkg/controller/garbagecollector`. The graph is the store's index of owners; an owner that is in
//! nobody's store is upstream's virtual node.
//! Left out: the cache of absent owners and the Event `OwnerRefInvalidNamespace`; what upstream looks up
//! twice, live and in its graph, is one look here.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::drop_owners;
use super::work_queue::WorkQueue;
use crate::api::meta::{ObjectMeta, OwnerReference};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::cluster::deletion::{DeleteOptions, FOREGROUND_DELETION, ORPHAN, Propagation};
use crate::cluster::{Actor, Change, Verb, World};
use crate::collections::Set;

/// The controller `generic-garbage-collector`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct GarbageCollector {
    attempt_to_delete: WorkQueue,
    attempt_to_orphan: WorkQueue,
    /// Owners that an import left out: they count as there.
    left_out: Set<Rc<str>>,
}

/// The references of an object to its owners, by what has become of them.
#[derive(Default)]
struct Classified {
    solid: bool,
    dangling: BTreeSet<Rc<str>>,
    waiting: BTreeSet<Rc<str>>,
}

fn actor() -> Actor {
    Actor::Controller("generic-garbage-collector".into())
}

impl GarbageCollector {
    /// An export need not hold all kinds: owners that aren't in it are believed to be elsewhere.
    pub(super) fn believe_in_owners(&mut self, world: &World) {
        for (key, object) in world.store.objects().iter() {
            for owner in &object.meta.owner_references {
                if owner_of(world, owner, &key.namespace).is_none() {
                    self.left_out.insert(owner.uid.clone());
                }
            }
        }
    }

    /// Sees a change. Models `processGraphChanges`.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let mut keys = Vec::new();
        match (&change.before, &change.after) {
            (_, None) if change.verb != Verb::Deleted => {}
            (Some(before), None) => {
                keys.extend(dependents(world, &before.meta));
                keys.extend(owners_that_wait(world, &before.meta, &[]));
            }
            (before, Some(after)) => {
                self.changed(world, change, before.as_deref(), after, &mut keys);
            }
            (None, None) => {}
        }
        for key in keys {
            let wake = Wake::GarbageCollector;
            self.attempt_to_delete.add(world, change, &key, wake);
        }
    }

    fn changed(
        &mut self,
        world: &mut World,
        change: &Change,
        before: Option<&Object>,
        after: &Object,
        keys: &mut Vec<ObjectKey>,
    ) {
        let meta = &after.meta;
        let old_owners = before.map_or(&[][..], |before| &before.meta.owner_references);
        if meta.owner_references != old_owners {
            let owners = meta.owner_references.iter();
            let mut absent = owners.filter(|owner| !self.is_there(world, owner, &meta.namespace));
            if absent.next().is_some() {
                keys.push(change.object.clone());
            }
            if let Some(before) = before {
                let owners = owners_that_wait(world, &before.meta, &meta.owner_references);
                keys.extend(owners);
            }
        }
        let starts = |finalizer: &str| {
            let holds =
                |meta: &ObjectMeta| meta.deletion_timestamp.is_some() && has(meta, finalizer);
            holds(meta) && !before.is_some_and(|before| holds(&before.meta))
        };
        if starts(ORPHAN) {
            let wake = Wake::GarbageCollectorOrphans;
            self.attempt_to_orphan
                .add(world, change, &change.object, wake);
        } else if starts(FOREGROUND_DELETION) {
            keys.extend(dependents(world, meta));
            keys.push(change.object.clone());
        }
    }

    fn is_there(&self, world: &World, owner: &OwnerReference, namespace: &str) -> bool {
        owner_of(world, owner, namespace).is_some() || self.left_out.contains(&owner.uid)
    }

    /// Looks whether an object is to go. Models `attemptToDeleteItem`.
    pub(super) fn attempt_to_delete(&mut self, world: &mut World, key: &ObjectKey) {
        self.attempt_to_delete.rang(world, key);
        let done = self.delete_if_due(world, key);
        let wake = Wake::GarbageCollector;
        self.attempt_to_delete.looked(world, key, &done, wake);
    }

    fn delete_if_due(&mut self, world: &mut World, key: &ObjectKey) -> Result<(), Status> {
        let Some(item) = world.store.get(key).cloned() else {
            return Ok(());
        };
        if item.meta.deletion_timestamp.is_some() {
            return match has(&item.meta, FOREGROUND_DELETION) {
                true => self.process_deleting_dependents(world, &item),
                false => Ok(()),
            };
        }
        let owners = self.classify(world, &item);
        let (has_dangling, waits) = (!owners.dangling.is_empty(), !owners.waiting.is_empty());
        if owners.solid || !(has_dangling || waits) {
            if owners.solid && (has_dangling || waits) {
                world.patch(actor(), key, |value| {
                    drop_owners(value, &|uid| {
                        owners.dangling.contains(uid) || owners.waiting.contains(uid)
                    });
                })?;
            }
            return Ok(());
        }
        let propagation = if waits && !dependents(world, &item.meta).is_empty() {
            unblock_cycle(world, &item)?;
            Propagation::Foreground
        } else if has(&item.meta, ORPHAN) {
            Propagation::Orphan
        } else if has(&item.meta, FOREGROUND_DELETION) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        let options = DeleteOptions {
            grace_period_seconds: None,
            propagation: Some(propagation),
        };
        world.delete_with(actor(), key, &options)
    }

    /// Models `classifyReferences`.
    fn classify(&self, world: &World, item: &Object) -> Classified {
        let mut classified = Classified::default();
        for reference in &item.meta.owner_references {
            match owner_of(world, reference, &item.meta.namespace) {
                None if self.left_out.contains(&reference.uid) => classified.solid = true,
                None => drop(classified.dangling.insert(reference.uid.clone())),
                Some(owner) if is_deleting_dependents(&owner.meta) => {
                    classified.waiting.insert(reference.uid.clone());
                }
                Some(_) => classified.solid = true,
            }
        }
        classified
    }

    /// Lets go of an owner once nothing blocks its deletion. Models `processDeletingDependentsItem`.
    fn process_deleting_dependents(
        &mut self,
        world: &mut World,
        item: &Object,
    ) -> Result<(), Status> {
        let blocks = |dependent: &&Rc<Object>| {
            let mut owners = dependent.meta.owner_references.iter();
            owners.any(|owner| owner.uid == item.meta.uid && owner.block_owner_deletion)
        };
        let blocking = world.store.owned_by(&item.meta.uid).filter(blocks);
        let blocking: Vec<Rc<Object>> = blocking.cloned().collect();
        if blocking.is_empty() {
            return remove_finalizer(world, &item.key(), FOREGROUND_DELETION);
        }
        let soon = world.latencies().watch_delivery;
        for dependent in blocking {
            if !is_deleting_dependents(&dependent.meta) {
                let (key, wake) = (dependent.key(), Wake::GarbageCollector);
                if dependent.meta.deletion_timestamp.is_none() {
                    self.attempt_to_delete.add_after(world, &key, soon, wake);
                }
            }
        }
        Ok(())
    }

    /// Takes an owner away from all its dependents. Models `attemptToOrphanWorker`.
    pub(super) fn attempt_to_orphan(&mut self, world: &mut World, key: &ObjectKey) {
        self.attempt_to_orphan.rang(world, key);
        let done = orphan(world, key);
        let wake = Wake::GarbageCollectorOrphans;
        self.attempt_to_orphan.looked(world, key, &done, wake);
    }
}

fn orphan(world: &mut World, key: &ObjectKey) -> Result<(), Status> {
    let Some(owner) = world.store.get(key).cloned() else {
        return Ok(());
    };
    if owner.meta.deletion_timestamp.is_none() {
        return Ok(());
    }
    for dependent in dependents(world, &owner.meta) {
        let orphaned = world.patch(actor(), &dependent, |value| {
            drop_owners(value, &|uid| uid == &*owner.meta.uid);
        });
        match orphaned {
            Err(status) if status.reason != "NotFound" => return Err(status),
            _ => {}
        }
    }
    remove_finalizer(world, key, ORPHAN)
}

fn remove_finalizer(world: &mut World, key: &ObjectKey, finalizer: &str) -> Result<(), Status> {
    let path = ["metadata", "finalizers"];
    world.patch(actor(), key, |value| {
        let finalizers = value.at_mut(&path).items_mut();
        finalizers.retain(|one| one.as_str() != Some(finalizer));
        if finalizers.is_empty() {
            value.remove(&path);
        }
    })?;
    Ok(())
}

/// An item between an owner and a dependent that both wait for their dependents might wait for itself:
/// it blocks its owners no longer. Models `unblockOwnerReferencesStrategicMergePatch`.
fn unblock_cycle(world: &mut World, item: &Object) -> Result<(), Status> {
    let is_cycle = {
        let mut dependents = world.store.owned_by(&item.meta.uid);
        dependents.any(|one| is_deleting_dependents(&one.meta))
    };
    if !is_cycle {
        return Ok(());
    }
    world.patch(actor(), &item.key(), |value| {
        for owner in value.at_mut(&["metadata", "ownerReferences"]).items_mut() {
            if owner.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true) {
                owner.set(&["blockOwnerDeletion"], false);
            }
        }
    })?;
    Ok(())
}

/// The owner that a reference from `namespace` means, if it is there.
fn owner_of<'a>(
    world: &'a World,
    owner: &OwnerReference,
    namespace: &str,
) -> Option<&'a Rc<Object>> {
    let found = world.store.get(&owner.key(namespace))?;
    (found.meta.uid == owner.uid).then_some(found)
}

fn dependents(world: &World, owner: &ObjectMeta) -> Vec<ObjectKey> {
    let all = world.store.owned_by(&owner.uid);
    all.map(|object| object.key()).collect()
}

/// Owners that wait for their dependents to go, and that an object blocks no longer: it is gone, or its
/// references are others now. Models `addUnblockedOwnersToDeleteQueue`.
fn owners_that_wait(world: &World, meta: &ObjectMeta, now: &[OwnerReference]) -> Vec<ObjectKey> {
    let still = |old: &OwnerReference| {
        now.iter()
            .any(|one| one.uid == old.uid && one.block_owner_deletion)
    };
    let unblocked = meta.owner_references.iter().filter(|old| !still(old));
    let owners = unblocked.filter_map(|old| owner_of(world, old, &meta.namespace));
    let owners = owners.filter(|owner| is_deleting_dependents(&owner.meta));
    owners.map(|owner| owner.key()).collect()
}

fn is_deleting_dependents(meta: &ObjectMeta) -> bool {
    meta.deletion_timestamp.is_some() && has(meta, FOREGROUND_DELETION)
}

fn has(meta: &ObjectMeta, finalizer: &str) -> bool {
    meta.finalizers.iter().any(|one| &**one == finalizer)
}
