//! Makes the account `default` in every namespace. Models
//! `pkg/controller/serviceaccount/serviceaccounts_controller.go`. Left out: token Secrets.

use super::Wake;
use crate::api::ObjectKey;
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
    let account = account_of(namespace);
    if is_missing(world, &account) {
        let after = world.latencies().watch_delivery;
        world.wake(after, WorldWake::Controller(Wake::ServiceAccount(account)));
    }
}

/// Models `syncNamespace`.
pub(super) fn sync(world: &mut World, account: &ObjectKey) {
    if !is_missing(world, account) {
        return;
    }
    let account = fields! {
        "apiVersion" => "v1", "kind" => "ServiceAccount",
        "metadata" => fields! { "name" => DEFAULT, "namespace" => account.namespace.clone() },
    };
    let actor = Actor::Controller("serviceaccount-controller".into());
    let made = world.create(actor, account);
    debug_assert!(made.is_ok(), "an account is refused: {made:?}");
}

/// What it has made long before a world begins.
pub(super) fn settle(world: &mut World) {
    let namespaces = world.store.list("Namespace");
    let accounts: Vec<ObjectKey> = namespaces.map(|(key, _)| account_of(&key.name)).collect();
    for account in &accounts {
        sync(world, account);
    }
}

fn account_of(namespace: &str) -> ObjectKey {
    ObjectKey::new("ServiceAccount", namespace, DEFAULT)
}

/// Does an active Namespace lack it?
fn is_missing(world: &World, account: &ObjectKey) -> bool {
    let namespace = ObjectKey::new("Namespace", "", &account.namespace);
    let namespace = world.store.get(&namespace);
    namespace.is_some_and(|namespace| namespace.value.text_at(&["status", "phase"]) == "Active")
        && world.store.get(account).is_none()
}
