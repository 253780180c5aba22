//! Makes the account `default` in every namespace. Models
//! `pkg/controller/serviceaccount/serviceaccounts_controller.go`. Left out: token Secrets.

use std::rc::Rc;

use super::Wake;
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, Change, Wake as WorldWake, World};
use crate::fields;

/// The account that every namespace has.
const DEFAULT: &str = "default";

/// Sees a change: a namespace that lacks its account gets it as soon as the news have arrived.
pub(super) fn observe(world: &mut World, change: &Change) {
    let (key, is_gone) = (&change.object, change.after.is_none());
    let namespace = match &*key.kind {
        "Namespace" if !is_gone => &key.name,
        "ServiceAccount" if is_gone && &*key.name == DEFAULT => &key.namespace,
        _ => return,
    };
    if lacks_account(world, namespace) {
        let after = world.latencies().watch_delivery;
        let wake = WorldWake::Controller(Wake::ServiceAccount(namespace.clone()));
        world.wake(after, wake);
    }
}

/// Models `syncNamespace`.
pub(super) fn sync(world: &mut World, namespace: &str) {
    if !lacks_account(world, namespace) {
        return;
    }
    let account = fields! {
        "apiVersion" => "v1", "kind" => "ServiceAccount",
        "metadata" => fields! { "name" => DEFAULT, "namespace" => namespace },
    };
    let made = world.create(actor(), account);
    debug_assert!(made.is_ok(), "an account is refused: {made:?}");
}

/// What it has made long before a world begins.
pub(super) fn settle(world: &mut World) {
    let namespaces: Vec<Rc<str>> = (world.store.list("Namespace"))
        .map(|(key, _)| key.name.clone())
        .collect();
    for namespace in namespaces {
        sync(world, &namespace);
    }
}

fn actor() -> Actor {
    Actor::Controller("serviceaccount-controller".into())
}

fn lacks_account(world: &World, namespace: &str) -> bool {
    let is_active = |object: &Rc<Object>| object.value.text_at(&["status", "phase"]) == "Active";
    let namespace_key = ObjectKey::new("Namespace", "", namespace);
    let account = ObjectKey::new("ServiceAccount", namespace, DEFAULT);
    world.store.get(&namespace_key).is_some_and(is_active) && world.store.get(&account).is_none()
}
