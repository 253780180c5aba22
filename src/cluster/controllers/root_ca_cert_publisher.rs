//! Puts the certificate of the API server's authority into every namespace: the ConfigMap
//! `kube-root-ca.crt`. Models `pkg/controller/certificates/rootcacertpublisher`.
//! Left out: a real certificate, since nobody here would check one.

use super::Wake;
use crate::api::{ObjectKey, Value};
use crate::cluster::{Actor, Change, Wake as WorldWake, World};
use crate::fields;

/// The ConfigMap that every namespace has.
const NAME: &str = "kube-root-ca.crt";

const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nUG9kYXJpdW0=\n-----END CERTIFICATE-----\n";

/// Sees a change: a namespace that lacks it, or whose ConfigMap says something else, gets it as soon as the
/// news have arrived.
pub(super) fn observe(world: &mut World, change: &Change) {
    let (key, is_gone) = (&change.object, change.after.is_none());
    let namespace = match &*key.kind {
        "Namespace" if !is_gone => &key.name,
        "ConfigMap" if &*key.name == NAME => &key.namespace,
        _ => return,
    };
    let namespace = ObjectKey::new("Namespace", "", namespace);
    if is_wrong(world, &namespace) {
        let after = world.latencies().watch_delivery;
        world.wake(after, WorldWake::Controller(Wake::RootCaCert(namespace)));
    }
}

fn config_map(namespace: &ObjectKey) -> ObjectKey {
    ObjectKey::new("ConfigMap", &namespace.name, NAME)
}

fn data() -> Value {
    fields! { "ca.crt" => CERTIFICATE }
}

/// Has an active namespace another one, or none?
fn is_wrong(world: &World, namespace: &ObjectKey) -> bool {
    let is_active = |key: &ObjectKey| {
        let namespace = world.store.get(key);
        namespace.is_some_and(|namespace| namespace.value.text_at(&["status", "phase"]) == "Active")
    };
    let known = world.store.get(&config_map(namespace));
    is_active(namespace) && known.is_none_or(|known| known.value.get("data") != Some(&data()))
}

/// Models `syncNamespace`.
pub(super) fn sync(world: &mut World, namespace: &ObjectKey) {
    if !is_wrong(world, namespace) {
        return;
    }
    let actor = Actor::Controller("root-ca-certificate-publisher-controller".into());
    let key = config_map(namespace);
    let annotations = fields! { "kubernetes.io/description" => DESCRIPTION };
    if world.store.get(&key).is_some() {
        let written = world.patch(actor, &key, |config_map| {
            config_map.set(&["data"], data());
            config_map.set(
                &["metadata", "annotations", "kubernetes.io/description"],
                DESCRIPTION,
            );
        });
        debug_assert!(written.is_ok(), "it was there a moment ago");
        return;
    }
    let config_map = fields! {
        "apiVersion" => "v1", "kind" => "ConfigMap",
        "metadata" => fields! { "name" => NAME, "namespace" => namespace.name.clone(), "annotations" => annotations },
        "data" => data(),
    };
    // From a stream of its own: nothing else is another one because of it.
    let made = world.create_from(actor, config_map, "root-ca");
    debug_assert!(made.is_ok(), "a ConfigMap is refused: {made:?}");
}

/// What it has made long before a world begins.
pub(super) fn settle(world: &mut World) {
    let namespaces: Vec<ObjectKey> = world
        .store
        .list("Namespace")
        .map(|(key, _)| key.clone())
        .collect();
    for namespace in &namespaces {
        sync(world, namespace);
    }
}
