//! Who controls what: objects without a controller are adopted by whoever selects them, and let go of
//! once their labels are others. Models `pkg/controller/controller_ref_manager.go`.

use std::rc::Rc;

use super::controller_utils::{Controller, controller_ref};
use crate::api::meta::Labels;
use crate::api::{Object, Value};
use crate::cluster::World;
use crate::cluster::api_server::Status;

/// Claims those of `objects` that are, or are to be, `owner`'s; lets go of those that it controls but
/// doesn't mean any more. Tells which are its own now, as they are now. Models `ClaimObject`.
///
/// # Errors
/// When anything couldn't be written; the rest is done all the same.
pub(super) fn claim(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    objects: Vec<Rc<Object>>,
    matches: &dyn Fn(&Labels) -> bool,
) -> Result<Vec<Rc<Object>>, Status> {
    let is_going = owner.meta.deletion_timestamp.is_some();
    let (mut claimed, mut failed) = (Vec::new(), None);
    for object in objects {
        let meta = &object.meta;
        let is_meant = matches(&meta.labels);
        let written = match meta.controller() {
            Some(other) if other.uid != owner.meta.uid => continue,
            Some(_) if is_meant => {
                claimed.push(object);
                continue;
            }
            Some(_) if is_going => continue,
            Some(_) => release(world, controller, owner, &object).map(|()| None),
            None if is_going || !is_meant || meta.deletion_timestamp.is_some() => continue,
            None => adopt(world, controller, owner, &object).map(Some),
        };
        match written {
            Ok(adopted) => claimed.extend(adopted),
            Err(status) if status.reason == "NotFound" => {}
            Err(status) => failed = failed.or(Some(status)),
        }
    }
    failed.map_or(Ok(claimed), Err)
}

/// Models `AdoptPod` and `AdoptReplicaSet`.
fn adopt(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    object: &Object,
) -> Result<Rc<Object>, Status> {
    world.patch(controller.actor(), &object.key(), |value| {
        let owners = value.at_mut(&["metadata", "ownerReferences"]).items_mut();
        // A strategic merge by uid: an owner becomes the controller, too.
        owners.retain(|one| one.text_at(&["uid"]) != &*owner.meta.uid);
        owners.push(controller_ref(owner));
    })
}

/// Models `ReleasePod` and `ReleaseReplicaSet`.
fn release(
    world: &mut World,
    controller: &Controller,
    owner: &Object,
    object: &Object,
) -> Result<(), Status> {
    world.patch(controller.actor(), &object.key(), |value| {
        drop_owners(value, &|uid| uid == &*owner.meta.uid);
    })?;
    Ok(())
}

/// Takes away the references to owners whose uid is meant.
pub(super) fn drop_owners(value: &mut Value, is_meant: &dyn Fn(&str) -> bool) {
    let path = ["metadata", "ownerReferences"];
    let owners = value.at_mut(&path).items_mut();
    owners.retain(|owner| !is_meant(owner.text_at(&["uid"])));
    if owners.is_empty() {
        value.remove(&path);
    }
}
