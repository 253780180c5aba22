//! Objects, `resourceVersion`, and every change with its cause. All that components share.
//! Models etcd and the watch cache behind the API server. Left out: compaction of old versions
//! (history keeps every change).

use std::fmt;
use std::hash::Hasher;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::SimTime;
use crate::api::{Object, ObjectKey};
use crate::collections::{List, Map, Set};

/// Number of a change, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangeId(pub u64);

/// Number of an input, counted from 0 over the whole journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InputId(pub u64);

/// Behind all that a journal numbers, and within what 32 bits can say.
const FIRST_PLANNED: u64 = 1 << 31;

impl InputId {
    /// Of the input that [`super::Setup::plan`] has at this place: no journal numbers it.
    pub fn planned(place: u32) -> Self {
        InputId(FIRST_PLANNED + u64::from(place))
    }
}

/// What led to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// The world was made so.
    Start,
    /// Somebody did it; for an Apply, which document of the manifest, counted from 0.
    Input(InputId, u32),
    /// It follows from another change.
    Change(ChangeId),
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Actor {
    /// The person, through kubectl or the page.
    You,
    /// The API server itself.
    ApiServer,
    /// kube-scheduler.
    Scheduler,
    /// The kubelet of a node.
    Kubelet(Rc<str>),
    /// A controller of kube-controller-manager, by upstream's name.
    Controller(Rc<str>),
    /// The manager of hypervisor hosts beside the cluster.
    Hypervisor,
    /// A container engine beside the cluster.
    Engine,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::You => f.write_str("kubectl"),
            Actor::ApiServer => f.write_str("kube-apiserver"),
            Actor::Scheduler => f.write_str("kube-scheduler"),
            Actor::Kubelet(node) => write!(f, "kubelet {node}"),
            Actor::Controller(name) => f.write_str(name),
            Actor::Hypervisor => f.write_str("hypervisor"),
            Actor::Engine => f.write_str("engine"),
        }
    }
}

/// What was done to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// It is new.
    Created,
    /// It is another version.
    Updated,
    /// It is gone.
    Deleted,
    /// Somebody wanted to, and was told no: nothing changed.
    Refused,
    /// Something happened to what is no object of the cluster: the message says what.
    Happened,
}

impl Verb {
    /// Is an object another one since, new or gone?
    pub fn writes(self) -> bool {
        matches!(self, Verb::Created | Verb::Updated | Verb::Deleted)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its number.
    pub id: ChangeId,
    /// When.
    pub at: SimTime,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub object: ObjectKey,
    /// The version before, if there was one.
    pub before: Option<Rc<Object>>,
    /// The version since, if there is one.
    pub after: Option<Rc<Object>>,
    /// Why.
    pub cause: Cause,
    /// The answer, where it was refused, or what happened; else empty.
    pub message: Rc<str>,
}

/// All objects and how they came to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Store {
    objects: Map<ObjectKey, Rc<Object>>,
    /// Whose is what, by the owner's uid; "" for what nobody manages. See [`Store::owned_by`].
    owned: Set<(Rc<str>, ObjectKey)>,
    /// Which Pods are on a Node. See [`Store::pods_on`].
    on_node: Set<(Rc<str>, ObjectKey)>,
    /// How many objects of each kind there are. See [`Store::are_any`].
    numbers: Map<Rc<str>, usize>,
    resource_version: u64,
    changes: List<Change>,
    digest: u64,
}

impl Store {
    /// The present version of the object at `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&Rc<Object>> {
        self.objects.get(key)
    }

    /// All objects of a kind, by namespace and name.
    pub fn list<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Rc<Object>)> {
        self.objects
            .range(ObjectKey::new(kind, "", "")..)
            .take_while(move |(key, _)| &*key.kind == kind)
    }

    /// Is there an object of this kind?
    pub fn are_any(&self, kind: &str) -> bool {
        self.numbers.get(kind).is_some_and(|number| *number > 0)
    }

    /// Every object, by kind, namespace and name.
    pub fn objects(&self) -> &Map<ObjectKey, Rc<Object>> {
        &self.objects
    }

    /// What says that the object of this uid owns it, by kind, namespace and name; of "" the Pods,
    /// ReplicaSets and ControllerRevisions that no controller manages. Models the informers' indexes
    /// by owner.
    pub fn owned_by<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Rc<Object>> {
        let from = (Rc::from(uid), ObjectKey::new("", "", ""));
        let its = self
            .owned
            .range(from..)
            .take_while(move |(of, _)| &**of == uid);
        its.filter_map(|(_, key)| self.objects.get(key))
    }

    /// The same, of one kind in one namespace.
    pub fn owned_of<'a>(
        &'a self,
        uid: &'a str,
        kind: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Rc<Object>> {
        let from = (Rc::from(uid), ObjectKey::new(kind, namespace, ""));
        let is_its = move |(of, key): &&(Rc<str>, ObjectKey)| {
            &**of == uid && &*key.kind == kind && &*key.namespace == namespace
        };
        let its = self.owned.range(from..).take_while(is_its);
        its.filter_map(|(_, key)| self.objects.get(key))
    }

    /// Pods that are bound to this Node, by namespace and name. Models the informers' index by
    /// `spec.nodeName`.
    pub fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Rc<Object>> {
        let from = (Rc::from(node), ObjectKey::new("", "", ""));
        let its = self
            .on_node
            .range(from..)
            .take_while(move |(of, _)| &**of == node);
        its.filter_map(|(_, key)| self.objects.get(key))
    }

    /// Everything that happened, oldest first.
    pub fn changes(&self) -> &List<Change> {
        &self.changes
    }

    /// The change of this number.
    pub fn change(&self, id: ChangeId) -> Option<&Rc<Change>> {
        self.changes.get(usize::try_from(id.0).ok()?)
    }

    /// A number that differs as soon as any change or input differs.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The objects alone, as a cache keeps them: without what finds them by anything but their keys.
    pub(super) fn without_changes(&self) -> Self {
        Store {
            objects: self.objects.clone(),
            ..Store::default()
        }
    }

    /// The version that the next write gets.
    pub(super) fn next_resource_version(&mut self) -> u64 {
        self.resource_version += 1;
        self.resource_version
    }

    /// Versions from now on are later than `version`.
    pub(super) fn go_on_after(&mut self, version: u64) {
        self.resource_version = self.resource_version.max(version);
    }

    /// Puts a change on record and its object in place.
    pub(super) fn record(&mut self, change: Change) -> Rc<Change> {
        match (&change.verb, &change.after) {
            (Verb::Refused | Verb::Happened, _) => {}
            (_, Some(after)) => {
                self.index(&change);
                self.objects.insert(change.object.clone(), after.clone());
            }
            (_, None) => {
                self.index(&change);
                self.objects.remove(&change.object);
            }
        }
        self.mix(&(
            &change.id,
            change.at,
            &change.actor,
            &change.verb,
            &change.object,
            &change.after,
            &change.message,
        ));
        let change = Rc::new(change);
        self.changes.push(change.clone());
        change
    }

    /// Keeps the indexes true.
    fn index(&mut self, change: &Change) {
        let (was, is) = (change.before.is_some(), change.after.is_some());
        if was != is {
            let number = self.numbers.or_default(change.object.kind.clone());
            *number = *number + usize::from(is) - usize::from(was);
        }
        let (before, after) = (node_of(&change.before), node_of(&change.after));
        if before != after {
            let key = &change.object;
            before.map(|node| self.on_node.remove(&(node, key.clone())));
            after.map(|node| self.on_node.insert((node, key.clone())));
        }
        let (before, after) = (owners(&change.before), owners(&change.after));
        if before == after {
            return;
        }
        for uid in before {
            self.owned.remove(&(uid, change.object.clone()));
        }
        for uid in after {
            self.owned.insert((uid, change.object.clone()));
        }
    }

    /// Lets `what` flow into the digest.
    pub(super) fn mix(&mut self, what: &impl Serialize) {
        let mut hasher = SipHasher13::new_with_keys(self.digest, 0);
        hasher.write(&postcard::to_allocvec(what).expect("memory is all that it needs"));
        self.digest = hasher.finish();
    }
}

/// The Node that a Pod is bound to.
fn node_of(object: &Option<Rc<Object>>) -> Option<Rc<str>> {
    let pod = object.as_ref()?.pod()?;
    Some(pod.spec.node_name.clone()).filter(|node| !node.is_empty())
}

/// Uids of an object's owners, and "" if it may be adopted.
fn owners(object: &Option<Rc<Object>>) -> Vec<Rc<str>> {
    let Some(object) = object else {
        return Vec::new();
    };
    let meta = &object.meta;
    let uids = meta.owner_references.iter().map(|owner| owner.uid.clone());
    let mut uids: Vec<Rc<str>> = uids.collect();
    let kind = object.value.text_at(&["kind"]);
    let adoptable = matches!(kind, "Pod" | "ReplicaSet" | "ControllerRevision");
    if adoptable && meta.controller().is_none() {
        uids.push("".into());
    }
    uids
}
