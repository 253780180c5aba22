//! Pods from files in a machine's own folder, and the Pods that mirror them in the API. Models
//! `pkg/kubelet/config/file.go` and `common.go`, `pkg/kubelet/pod/mirror_client.go`, and
//! `tryReconcileMirrorPods`. A file that can't be read any more takes its Pod away at once; upstream's
//! kubelet notices that at its next look at the whole folder, within 20 s. Left out: Pods from a URL;
//! a mirror Pod that was imported is run as any Pod, since its file isn't known.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pod_worker::PodWorker;
use super::pod_worker::asks_for_more;
use super::{Kubelet, News, Turn, Wake};
use crate::api::validation::pod_subresources::MIRROR_ANNOTATION;
use crate::api::{Object, ObjectKey, Uid, Value, defaults, validation};
use crate::cluster::{Change, Verb, World};
use crate::collections::Map;
use crate::fields;
use crate::manifest::check;

/// The hash of the file that a static Pod is from.
const HASH_ANNOTATION: &str = "kubernetes.io/config.hash";
/// How often the kubelet cleans up. `housekeepingPeriod`.
const HOUSEKEEPING: Duration = Duration::from_secs(2);
/// How often all statuses are compared with the API's. `syncPeriod` of the status manager.
pub(super) const STATUS_SYNC: Duration = Duration::from_secs(10);

/// The Pods in a machine's folder, by file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StaticPods(Map<Rc<str>, Rc<Object>>);

impl StaticPods {
    /// The Pod of this uid, if its file is still there.
    pub(super) fn get(&self, uid: Uid) -> Option<&Rc<Object>> {
        let mut all = self.0.values();
        all.find(|pod| Uid::parse(&pod.meta.uid) == Some(uid))
    }
}

impl StaticPods {
    /// Is there a file for a Pod of this name?
    fn has(&self, key: &ObjectKey) -> bool {
        self.0.values().any(|pod| pod.key() == *key)
    }
}

/// Does it stand in the API for a Pod from a file?
pub(super) fn is_mirror(object: &Object) -> bool {
    object.pod().is_some() && object.meta.annotations.contains_key(MIRROR_ANNOTATION)
}

impl Kubelet {
    /// A file of the folder is written, or removed. Tells what the kubelet's log would.
    ///
    /// # Errors
    /// Why no Pod comes of it.
    pub fn static_file(
        &mut self,
        world: &mut World,
        file: &Rc<str>,
        manifest: Option<&str>,
    ) -> Result<String, String> {
        let decoded = manifest.map(|text| decode(text, file, &self.node.name));
        let known = self.node.static_pods.0.get(file).cloned();
        let pod = decoded.as_ref().and_then(|decoded| decoded.as_ref().ok());
        let after = world.latencies().watch_delivery;
        let uid_of = |pod: &Object| Uid::parse(&pod.meta.uid).unwrap_or_default();
        if let Some(known) = &known
            && pod.is_none_or(|pod| pod.meta.uid != known.meta.uid)
        {
            self.node.static_pods.0.remove(file);
            self.watch(world, uid_of(known), after);
        }
        if let Some(pod) = pod {
            let uid = uid_of(pod);
            self.node.static_pods.0.insert(file.clone(), pod.clone());
            if self.workers.get(&uid).is_none() {
                let worker = PodWorker {
                    is_static: true,
                    ..PodWorker::new(uid, pod.clone(), world.cause())
                };
                self.workers.insert(uid, Rc::new(worker));
            }
            self.watch(world, uid, after);
        }
        match (decoded, known) {
            (Some(Ok(pod)), _) => Ok(format!("{file}: static pod {}", pod.key().path())),
            (Some(Err(why)), _) => Err(format!("Could not process manifest file {file}: {why}")),
            (None, Some(_)) => Ok(format!("{file} removed")),
            (None, None) => Err(format!("{file}: no such file")),
        }
    }

    /// Which of its Pods a Pod of the API is: the static one that it mirrors, or the same. For `kubectl logs` and
    /// the like, as the kubelet's server translates it.
    pub fn uid_of(&self, pod: &Object) -> Option<Uid> {
        let uid = Uid::parse(&pod.meta.uid)?;
        match self.workers.get(&uid) {
            None if is_mirror(pod) => self.mirrored(&pod.key()),
            _ => Some(uid),
        }
    }

    /// The static Pod that a Pod of the API mirrors.
    pub(super) fn mirrored(&self, key: &ObjectKey) -> Option<Uid> {
        let all = self.workers.values();
        let all = all.filter(|worker| worker.is_static && worker.key == *key);
        // One that is on its way out keeps its mirror, unless another one has come.
        let worker = all.min_by_key(|worker| worker.removed);
        worker.map(|worker| worker.uid)
    }

    /// Sees a change of a mirror Pod; tells whether it was one.
    pub(super) fn observe_mirror(&mut self, world: &mut World, change: &Change, own: bool) -> bool {
        let object = change.after.as_ref().or(change.before.as_ref());
        let Some(object) = object.filter(|object| is_mirror(object)) else {
            return false;
        };
        let uid = Uid::parse(&object.meta.uid).unwrap_or_default();
        match self.mirrored(&change.object) {
            Some(uid) if own && change.verb == Verb::Updated => {
                if let Some(worker) = self.workers.get_mut(&uid) {
                    Rc::make_mut(worker).mirror = change.after.clone();
                }
            }
            Some(uid) => self.watch(world, uid, world.latencies().watch_delivery),
            None if self.workers.contains_key(&uid) => return false,
            None => self.arm_housekeeping(world),
        }
        true
    }

    /// Must a static Pod wait because another one of its name isn't over? Models
    /// `allowStaticPodStart`.
    pub(super) fn waits_for_its_name(&self, uid: Uid) -> bool {
        let Some(worker) = self.workers.get(&uid) else {
            return false;
        };
        let mut others = self.workers.values().filter(|other| other.uid != uid);
        let taken = others.any(|other| other.is_static && other.key == worker.key);
        worker.is_static && worker.is_new() && taken
    }

    /// A static Pod is over and gone: its name is free, its mirror an orphan.
    pub(super) fn static_pod_gone(&mut self, world: &mut World, key: &ObjectKey) {
        self.arm_housekeeping(world);
        if let Some(next) = self.mirrored(key) {
            self.watch(world, next, Duration::ZERO);
        }
    }

    pub(super) fn arm_housekeeping(&mut self, world: &mut World) {
        if self.node.housekeeping.is_none() {
            let now = world.now();
            let tick = self.node.next_tick(now, HOUSEKEEPING);
            let wake = self.node.wake(Wake::Housekeeping);
            self.node.housekeeping = Some(world.wake(tick.since(now), wake));
        }
    }

    /// Deletes mirror Pods that mirror nothing any more. Models that part of `HandlePodCleanups`.
    pub(super) fn housekeeping(&mut self, world: &mut World) {
        self.node.housekeeping = None;
        if self.node.is_cut_off(world) {
            return;
        }
        let here = world.store.pods_on(&self.node.name).filter(|object| {
            let (key, uid) = (object.key(), Uid::parse(&object.meta.uid));
            let mut all = self.workers.values();
            let is_used = self.workers.contains_key(&uid.unwrap_or_default())
                || all.any(|worker| worker.is_static && worker.key == key);
            is_mirror(object) && !is_used
        });
        let orphans: Vec<ObjectKey> = here.map(|object| object.key()).collect();
        for orphan in orphans {
            // Somebody else may have been quicker.
            let _ = world.delete(self.node.actor(), &orphan, Some(0));
        }
    }
}

impl Turn<'_> {
    /// Does a static Pod's status go to its mirror?
    pub(super) fn has_mirror(&self) -> bool {
        let is_mine = !self.worker.removed || !self.node.static_pods.has(&self.worker.key);
        self.worker.is_static && self.worker.mirror.is_some() && is_mine
    }

    /// News of a static Pod: of its file, or of its mirror.
    pub(super) fn watch_static(&mut self) -> News {
        let mut news = News::default();
        if self.node.static_pods.get(self.worker.uid).is_none() {
            self.worker.removed = true;
            (news.asks, news.removed) = (true, true);
            return news;
        }
        let mirror = self.world.seen_by(&self.node.name).get(&self.worker.key);
        let mirror = mirror.filter(|object| is_mirror(object)).cloned();
        let known = std::mem::replace(&mut self.worker.mirror, mirror);
        let is_other = match (&known, &self.worker.mirror) {
            (None, None) => false,
            (Some(known), Some(now)) if known.meta.uid == now.meta.uid => {
                news.asks = asks_for_more(known, now);
                false
            }
            _ => true,
        };
        if is_other {
            let now = self.world.now();
            let tick = self.node.next_tick(now, STATUS_SYNC);
            let wake = self.node.wake(Wake::Status(self.worker.uid));
            self.world.wake(tick.since(now), wake);
        }
        news.asks |= is_other || self.worker.is_new();
        news
    }

    /// Sees to it that a static Pod has its mirror, and the right one. Models
    /// `tryReconcileMirrorPods`.
    pub(super) fn reconcile_mirror(&mut self) {
        if !self.worker.is_static || self.node.is_cut_off(self.world) {
            return;
        }
        let hash = self.worker.pod.meta.annotations.get(HASH_ANNOTATION);
        let hash = hash.cloned().unwrap_or_default();
        let (actor, key) = (self.node.actor(), self.worker.key.clone());
        if let Some(mirror) = &self.worker.mirror {
            let mirrors = mirror.meta.annotations.get(MIRROR_ANNOTATION) == Some(&hash);
            if mirrors && mirror.meta.deletion_timestamp.is_none() {
                return;
            }
            let current = self.world.store.get(&key);
            let is_same = current.is_some_and(|current| current.meta.uid == mirror.meta.uid);
            if !is_same || self.world.delete(actor.clone(), &key, Some(0)).is_err() {
                return;
            }
        }
        let Some(node) = self.world.store.get(&ObjectKey::node(&self.node.name)) else {
            return;
        };
        if node.meta.deletion_timestamp.is_some() {
            return;
        }
        let owner = fields! {
            "apiVersion" => "v1", "kind" => "Node", "name" => self.node.name.clone(),
            "uid" => node.meta.uid.clone(), "controller" => true,
        };
        let mut value = self.worker.pod.value.clone();
        value.remove(&["status"]);
        value.set(&["metadata", "annotations", MIRROR_ANNOTATION], hash);
        let owners: Value = [owner].into_iter().collect();
        value.set(&["metadata", "ownerReferences"], owners);
        // Refused, it is tried again at the next sync.
        let _ = self.world.create(actor, value);
    }
}

/// The Pod that a file spells. Models `tryDecodeSinglePod` and `applyDefaults`.
fn decode(text: &str, file: &str, node: &str) -> Result<Rc<Object>, String> {
    let checked = check(text);
    let said = checked.diagnostics.first();
    let Some(named) = checked.objects.into_iter().next() else {
        let why = said.map_or("it is empty", |said| &*said.message);
        return Err(format!(
            "couldn't parse as pod({why}), please check config file"
        ));
    };
    let mut value = named.value;
    if &*named.key.kind != "Pod" {
        return Err(format!("invalid pod: it is of kind {}", named.key.kind));
    }
    let name = value.text_at(&["metadata", "name"]).to_string();
    if name.is_empty() {
        return Err("invalid pod: name is needed for the pod".into());
    }
    let hash = fnv(&[&value.to_json().to_string(), "host:", node, "file:", file]);
    defaults::set(&mut value);
    if value.text_at(&["metadata", "uid"]).is_empty() {
        value.set(&["metadata", "uid"], format!("{hash:032x}"));
    }
    let uid = value.text_at(&["metadata", "uid"]).to_string();
    value.set(
        &["metadata", "name"],
        format!("{name}-{}", node.to_lowercase()),
    );
    value.set(&["spec", "nodeName"], node);
    value.set(&["metadata", "annotations", HASH_ANNOTATION], uid);
    let bears = fields! { "operator" => "Exists", "effect" => "NoExecute" };
    let tolerations = value.at_mut(&["spec", "tolerations"]).items_mut();
    if !tolerations.contains(&bears) {
        tolerations.push(bears);
    }
    value.remove(&["status"]);
    let errors = validation::errors_on_create(&value);
    if !errors.is_empty() {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(format!("invalid pod: {}", errors.join(", ")));
    }
    if let Some(resource) = api_reference(&value) {
        return Err(format!("static pods may not reference {resource}"));
    }
    value.set(&["status", "phase"], "Pending");
    let object = Object::new(value).map_err(|why| why.to_string())?;
    match Uid::parse(&object.meta.uid) {
        Some(_) => Ok(Rc::new(object)),
        None => Err("invalid pod: its uid is no UUID".into()),
    }
}

/// What of the API a Pod needs, if it does. Models `HasAPIObjectReference`.
fn api_reference(pod: &Value) -> Option<&'static str> {
    let spec = pod.get("spec")?;
    let list = |of: &Value, name: &str| of.get(name).map_or(vec![], |list| list.items().to_vec());
    if !spec.text_at(&["serviceAccountName"]).is_empty() {
        return Some("serviceaccounts");
    }
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let containers: Vec<Value> = lists.iter().flat_map(|name| list(spec, name)).collect();
    let env = |source: &str, from: &str| {
        containers.iter().any(|container| {
            let from_all = list(container, "envFrom");
            let from_key = list(container, "env");
            from_all.iter().any(|all| all.get(from).is_some())
                || from_key
                    .iter()
                    .any(|one| one.at(&["valueFrom", source]).is_some())
        })
    };
    if !list(spec, "imagePullSecrets").is_empty() || env("secretKeyRef", "secretRef") {
        return Some("secrets");
    }
    if env("configMapKeyRef", "configMapRef") {
        return Some("configmaps");
    }
    if !list(spec, "resourceClaims").is_empty() {
        return Some("resourceclaims");
    }
    const VOLUMES: [(&str, &str); 7] = [
        ("configMap", "configmaps (via configmap volumes)"),
        ("secret", "secrets (via secret volumes)"),
        ("csi", "csidrivers (via CSI volumes)"),
        ("glusterfs", "endpoints (via glusterFS volumes)"),
        ("persistentVolumeClaim", "persistentvolumeclaims"),
        (
            "ephemeral",
            "persistentvolumeclaims (via ephemeral volumes)",
        ),
        ("azureFile", "secrets (via azureFile volumes)"),
    ];
    const SOURCES: [(&str, &str); 5] = [
        ("configMap", "configmaps (via projected volumes)"),
        ("secret", "secrets (via projected volumes)"),
        (
            "serviceAccountToken",
            "serviceaccounts (via projected volumes)",
        ),
        ("clusterTrustBundle", "clustertrustbundles"),
        ("podCertificate", "podcertificates"),
    ];
    list(spec, "volumes").iter().find_map(|volume| {
        let has = |of: &Value, table: &[(&str, &'static str)]| {
            let found = table.iter().find(|(name, _)| of.get(name).is_some());
            found.map(|(_, what)| *what)
        };
        let sources = volume.at(&["projected", "sources"]);
        let mut sources = sources.map_or(&[][..], Value::items).iter();
        has(volume, &VOLUMES).or_else(|| sources.find_map(|source| has(source, &SOURCES)))
    })
}

/// FNV-1a of 128 bits, as upstream's; of our own text, so that the number isn't upstream's.
fn fnv(parts: &[&str]) -> u128 {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let bytes = parts.iter().flat_map(|part| part.bytes());
    bytes.fold(start, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_spells_a_pod_of_its_node() {
        let text = "{apiVersion: v1, kind: Pod, metadata: {name: web}, \
                    spec: {containers: [{name: a, image: nginx}]}}";
        let pod = decode(text, "web.yaml", "node-1").expect("it is right");
        assert_eq!(pod.key().path(), "default/web-node-1");
        assert_eq!(pod.value.text_at(&["spec", "nodeName"]), "node-1");
        let uid = |text: &str, file| {
            decode(text, file, "node-1")
                .expect("right")
                .meta
                .uid
                .clone()
        };
        assert_eq!(uid(text, "web.yaml"), pod.meta.uid);
        assert_ne!(uid(text, "other.yaml"), pod.meta.uid);
        assert_ne!(
            uid(&text.replace("nginx", "httpd"), "web.yaml"),
            pod.meta.uid
        );
    }

    #[test]
    fn a_file_may_not_need_the_api() {
        for (spec, resource) in [
            ("serviceAccountName: x", "serviceaccounts"),
            ("imagePullSecrets: [{name: x}]", "secrets"),
            (
                "volumes: [{name: v, configMap: {name: x}}]",
                "configmaps (via configmap volumes)",
            ),
        ] {
            let text = format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, \
                 spec: {{{spec}, containers: [{{name: a, image: nginx}}]}}}}"
            );
            let refused = decode(&text, "f", "n").expect_err("it is refused");
            assert_eq!(refused, format!("static pods may not reference {resource}"));
        }
    }
}
