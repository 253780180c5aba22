//! ConfigMaps and Secrets as a kubelet has them. Models `pkg/kubelet/util/manager/watch_based_manager.go`:
//! while a Pod of the node uses one, the kubelet watches it, and has it as soon as it changes; one that
//! is immutable is kept as it is. Left out: how long the watch takes.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Turn;
use crate::api::{Object, ObjectKey, Uid, Value, base64};
use crate::collections::{Map, Set};
use crate::fields;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

impl Kind {
    /// As the API says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
        }
    }
}

/// Immutable ones that Pods of this node use, and which Pods.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Immutable(Map<ObjectKey, (Rc<Object>, Set<Uid>)>);

impl Immutable {
    /// A Pod uses them no longer.
    pub(super) fn unregister(&mut self, uid: Uid) {
        let used = self.0.iter().filter(|(_, (_, users))| users.contains(&uid));
        let used: Vec<ObjectKey> = used.map(|(key, _)| key.clone()).collect();
        for key in used {
            if let Some((_, users)) = self.0.get_mut(&key) {
                users.remove(&uid);
                if users.is_empty() {
                    self.0.remove(&key);
                }
            }
        }
    }
}

/// Why there is none.
pub(super) fn not_found(kind: Kind, name: &str) -> String {
    format!("{} \"{name}\" not found", kind.name().to_lowercase())
}

/// The keys of one, with what they hold; those that are no text only if `binary`.
pub(super) fn data_of(object: &Object, kind: Kind, binary: bool) -> Vec<(Rc<str>, Rc<[u8]>)> {
    let fields = |name| {
        let fields = object.value.get(name).and_then(Value::as_map);
        fields.into_iter().flat_map(|fields| fields.iter())
    };
    let decoded = |text: &str| -> Rc<[u8]> { base64::decode(text).unwrap_or_default().into() };
    let plain = |text: &str| -> Rc<[u8]> { text.as_bytes().into() };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    match kind {
        Kind::Secret => fields("data")
            .map(|(key, value)| (key.clone(), decoded(&text(value))))
            .collect(),
        Kind::ConfigMap => {
            let texts = fields("data").map(|(key, value)| (key.clone(), plain(&text(value))));
            let bytes = fields("binaryData")
                .filter(|_| binary)
                .map(|(key, value)| (key.clone(), decoded(&text(value))));
            texts.chain(bytes).collect()
        }
    }
}

/// The ConfigMap with which a Pod checks who the API server is. A stand-in: upstream's controller
/// `root-ca-cert-publisher` puts one into every namespace.
const ROOT_CA: &str = "kube-root-ca.crt";
const ROOT_CA_TEXT: &str = "-----BEGIN CERTIFICATE-----\n\
    (Here would be the certificate of the cluster's authority.)\n\
    -----END CERTIFICATE-----\n";

impl Turn<'_> {
    /// The ConfigMap or Secret of the Pod's namespace that is called so. Models `GetObject`.
    pub(super) fn get_object(&mut self, kind: Kind, name: &str) -> Option<Rc<Object>> {
        let key = ObjectKey::new(kind.name(), &self.worker.key.namespace, name);
        if let Some((object, users)) = self.node.immutable.0.get_mut(&key) {
            users.insert(self.worker.uid);
            return Some(object.clone());
        }
        let Some(object) = self.world.seen_by(&self.node.name).get(&key).cloned() else {
            return self.root_ca(&key);
        };
        if object.value.get("immutable") == Some(&Value::Bool(true)) {
            let users = [self.worker.uid].into_iter().collect();
            self.node.immutable.0.insert(key, (object.clone(), users));
        }
        Some(object)
    }

    /// May it be missing?
    pub(super) fn may_miss(&self, optional: bool) -> bool {
        optional || self.worker.reports.adopted
    }

    fn root_ca(&self, key: &ObjectKey) -> Option<Rc<Object>> {
        let is_published = &*key.kind == "ConfigMap" && &*key.name == ROOT_CA;
        if !is_published || !self.world.setup.controllers {
            return None;
        }
        let stand_in = fields! {
            "apiVersion" => "v1", "kind" => "ConfigMap",
            "metadata" => fields! { "name" => ROOT_CA, "namespace" => key.namespace.clone() },
            "data" => fields! { "ca.crt" => ROOT_CA_TEXT },
        };
        Object::new(stand_in).ok().map(Rc::new)
    }
}
