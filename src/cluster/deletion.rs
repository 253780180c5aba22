//! How objects go: at once, after a grace period, or once nothing holds them any more. Models `Delete`
//! of `k8s.io/apiserver/pkg/registry/generic/registry/store.go`, and `rest.BeforeDelete`.
//! Left out: preconditions, since nobody writes between a look and a delete here.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api_server::{Status, holds_contents, is_namespace};
use super::world::World;
use super::{Actor, SimTime, Verb, admission};
use crate::api::{Object, ObjectKey, Value, validation};

/// What becomes of an object's dependents. Models `metav1.DeletionPropagation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// They stay, without an owner.
    Orphan,
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
}

/// How something is to be deleted. Models `metav1.DeleteOptions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteOptions {
    /// Seconds that it has to end; the object's own where nothing is said.
    pub grace_period_seconds: Option<i64>,
    /// What becomes of its dependents; the kind's default where nothing is said.
    pub propagation: Option<Propagation>,
}

/// Holds an object until its dependents have lost it as an owner.
pub const ORPHAN: &str = "orphan";

/// Holds an object until dependents that block its deletion are gone.
pub const FOREGROUND_DELETION: &str = "foregroundDeletion";

impl World {
    /// Deletes an object with the default policy of its kind.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn delete(
        &mut self,
        actor: Actor,
        key: &ObjectKey,
        grace_period_seconds: Option<i64>,
    ) -> Result<(), Status> {
        let options = DeleteOptions {
            grace_period_seconds,
            propagation: None,
        };
        self.delete_with(actor, key, &options)
    }

    /// Deletes an object: at once, or for a Pod on a node by asking its kubelet first. A Pod is
    /// always marked before it goes.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn delete_with(
        &mut self,
        actor: Actor,
        key: &ObjectKey,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        admission::admit_delete(key)?;
        let Some(old) = self.store.get(key).cloned() else {
            return Err(Status::not_found(&validation::resource(key), &key.name));
        };
        if is_namespace(&old) && old.meta.deletion_timestamp.is_none() {
            return self.terminate(actor, key);
        } else if holds_contents(&old) {
            return Ok(());
        }
        let Some(graceful) = before_delete(&old, options.grace_period_seconds, self.now()) else {
            return Ok(());
        };
        let finalizers = finalizers_for_garbage_collection(&old, options.propagation);
        let kept = !finalizers.is_empty();
        if old.pod().is_none() && !kept {
            self.record(actor, Verb::Deleted, key.clone(), None, Rc::from(""));
            self.after_delete(key);
            return Ok(());
        }
        let mut value = old.value.clone();
        if !kept {
            value.remove(&["metadata", "finalizers"]);
        } else if finalizers != old.meta.finalizers {
            let finalizers: Value = finalizers.into_iter().map(Value::from).collect();
            value.set(&["metadata", "finalizers"], finalizers);
        }
        value.set(
            &["metadata", "deletionTimestamp"],
            graceful.until.to_rfc3339(),
        );
        value.set(
            &["metadata", "deletionGracePeriodSeconds"],
            graceful.seconds,
        );
        if old.meta.deletion_timestamp.is_none() {
            validation::bump_generation(&mut value);
        }
        if value != old.value {
            let object = self.versioned(value)?;
            self.record(
                actor.clone(),
                Verb::Updated,
                key.clone(),
                Some(object),
                Rc::from(""),
            );
        }
        if graceful.seconds == 0 && !kept {
            self.record(actor, Verb::Deleted, key.clone(), None, Rc::from(""));
        }
        Ok(())
    }

    /// A Service's Endpoints go with it, lest a new one of its name find them. Models `afterDelete` of
    /// `pkg/registry/core/service/storage`.
    pub(super) fn after_delete(&mut self, key: &ObjectKey) {
        if &*key.kind == "Service" {
            let endpoints = ObjectKey::new("Endpoints", &key.namespace, &key.name);
            // There may be none.
            let _ = self.delete(Actor::ApiServer, &endpoints, None);
        }
    }

    /// The first delete of a Namespace only says that it is to go. Models `Delete` of
    /// `pkg/registry/core/namespace/storage`.
    fn terminate(&mut self, actor: Actor, key: &ObjectKey) -> Result<(), Status> {
        let now = self.now();
        self.patch(actor, key, |namespace| {
            namespace.set(&["metadata", "deletionTimestamp"], now.to_rfc3339());
            namespace.set(&["status", "phase"], "Terminating");
        })?;
        Ok(())
    }
}

/// The finalizers of an object that is deleted in this way. Models
/// `deletionFinalizersForGarbageCollection`.
fn finalizers_for_garbage_collection(
    object: &Object,
    propagation: Option<Propagation>,
) -> Vec<Rc<str>> {
    let old = &object.meta.finalizers;
    let has = |finalizer: &str| old.iter().any(|one| &**one == finalizer);
    let kind = (
        object.value.text_at(&["apiVersion"]),
        object.value.text_at(&["kind"]),
    );
    if kind == ("v1", "Event") {
        return old.clone();
    }
    let propagation = propagation.unwrap_or(match kind {
        _ if has(ORPHAN) => Propagation::Orphan,
        _ if has(FOREGROUND_DELETION) => Propagation::Foreground,
        ("v1", "ReplicationController") | ("batch/v1", "Job") => Propagation::Orphan,
        _ => Propagation::Background,
    });
    let ours = [ORPHAN, FOREGROUND_DELETION];
    let others = old.iter().filter(|one| !ours.contains(&&***one));
    let added = match propagation {
        Propagation::Orphan => Some(ORPHAN),
        Propagation::Foreground => Some(FOREGROUND_DELETION),
        Propagation::Background => None,
    };
    let new: Vec<Rc<str>> = others.cloned().chain(added.map(Rc::from)).collect();
    let is_same = new.len() == old.len() && new.iter().all(|one| old.contains(one));
    if is_same { old.clone() } else { new }
}

/// When a deletion is to be over.
struct Graceful {
    until: SimTime,
    seconds: i64,
}

/// What a delete changes in the object; `None` if it is being deleted as fast already. Models
/// `rest.BeforeDelete`.
fn before_delete(object: &Object, asked: Option<i64>, now: SimTime) -> Option<Graceful> {
    // Less than nothing is a second.
    let asked = asked.map(|seconds| if seconds < 0 { 1 } else { seconds });
    let after = |from: SimTime, seconds: i64| from + Duration::from_secs(seconds.unsigned_abs());
    let (Some(until), Some(known)) = (
        object.meta.deletion_timestamp,
        object.meta.deletion_grace_period_seconds,
    ) else {
        let seconds = graceful_seconds(object, asked);
        let known = object.meta.deletion_timestamp;
        return Some(Graceful {
            until: known.unwrap_or_else(|| after(now, seconds)),
            seconds,
        });
    };
    if known == 0 {
        return Some(Graceful { until, seconds: 0 });
    }
    // A grace period may only be shortened.
    let seconds = asked.filter(|asked| *asked < known)?;
    let until = after(until - Duration::from_secs(known.unsigned_abs()), seconds);
    if until >= now {
        return Some(Graceful { until, seconds });
    }
    // All of it is over already: the least that still leaves the last word to the kubelet.
    Some(Graceful {
        until: now,
        seconds: seconds.min(1),
    })
}

/// Seconds that a deletion takes. Only a Pod that a kubelet runs is given any. Models
/// `podStrategy.CheckGracefulDelete`.
fn graceful_seconds(object: &Object, asked: Option<i64>) -> i64 {
    let Some(pod) = object.pod() else { return 0 };
    if pod.spec.node_name.is_empty() || pod.is_finished() {
        return 0;
    }
    let seconds = asked
        .or(pod.spec.termination_grace_period_seconds)
        .unwrap_or(30);
    if seconds < 0 { 1 } else { seconds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Setup, api_server};
    use crate::fields;

    /// A world with an object of this kind, and what is left of it after these deletes.
    fn deleted(value: Value, deletes: &[Option<i64>]) -> Option<Rc<Object>> {
        let mut world = World::new(Rc::new(Setup::default()), 7);
        api_server::bootstrap(&mut world);
        let key = world.create(Actor::You, value).expect("it is valid").key();
        for grace in deletes {
            world.delete(Actor::You, &key, *grace).expect("it is there");
        }
        world.store.get(&key).cloned()
    }

    #[test]
    fn the_first_delete_of_a_namespace_sets_no_grace_period() {
        let dev = fields! {
            "apiVersion" => "v1", "kind" => "Namespace",
            "metadata" => fields! { "name" => "dev" },
        };
        for deletes in [&[None][..], &[None, None], &[Some(30), Some(0)]] {
            let left = deleted(dev.clone(), deletes).expect("it stays");
            assert_eq!(left.meta.deletion_timestamp, Some(SimTime::ZERO));
            assert_eq!(left.meta.deletion_grace_period_seconds, None);
            assert_eq!(left.value.text_at(&["status", "phase"]), "Terminating");
        }
    }

    #[test]
    fn less_than_no_grace_is_a_second() {
        let container = fields! { "name" => "a", "image" => "demo/web:1" };
        let pod = fields! {
            "apiVersion" => "v1", "kind" => "Pod",
            "metadata" => fields! { "name" => "p", "namespace" => "default" },
            "spec" => fields! {
                "nodeName" => "node-1", "containers" => [container].into_iter().collect::<Value>(),
            },
        };
        for (deletes, seconds) in [
            (&[None][..], 30),
            (&[Some(-5)], 1),
            (&[None, Some(-5)], 1),
            (&[Some(1), Some(-1)], 1),
        ] {
            let left = deleted(pod.clone(), deletes).expect("its kubelet has the last word");
            assert_eq!(left.meta.deletion_grace_period_seconds, Some(seconds));
        }
        assert_eq!(deleted(pod, &[None, Some(0)]), None);
    }

    #[test]
    fn a_policy_is_a_finalizer() {
        let controller = |kind: &str, api_version: &str| {
            let labels = || fields! { "app" => "web" };
            let container = fields! { "name" => "a", "image" => "demo/web:1" };
            let selector = match api_version {
                "v1" => labels(),
                _ => fields! { "matchLabels" => labels() },
            };
            fields! {
                "apiVersion" => api_version, "kind" => kind,
                "metadata" => fields! { "name" => "web", "namespace" => "default" },
                "spec" => fields! {
                    "replicas" => 0, "selector" => selector,
                    "template" => fields! {
                        "metadata" => fields! { "labels" => labels() },
                        "spec" => fields! {
                            "containers" => [container].into_iter().collect::<Value>(),
                        },
                    },
                },
            }
        };
        use Propagation::{Background, Foreground, Orphan};
        for (api_version, kind, deletes, held) in [
            ("apps/v1", "ReplicaSet", &[None][..], None),
            ("apps/v1", "ReplicaSet", &[Some(Orphan)], Some(ORPHAN)),
            (
                "apps/v1",
                "ReplicaSet",
                &[Some(Foreground)],
                Some(FOREGROUND_DELETION),
            ),
            (
                "apps/v1",
                "ReplicaSet",
                &[Some(Foreground), None],
                Some(FOREGROUND_DELETION),
            ),
            (
                "apps/v1",
                "ReplicaSet",
                &[Some(Foreground), Some(Background)],
                None,
            ),
            ("v1", "ReplicationController", &[None], Some(ORPHAN)),
            ("v1", "ReplicationController", &[Some(Background)], None),
        ] {
            let mut world = World::new(Rc::new(Setup::default()), 7);
            api_server::bootstrap(&mut world);
            let made = world.create(Actor::You, controller(kind, api_version));
            let key = made.expect("it is valid").key();
            for propagation in deletes {
                let options = DeleteOptions {
                    propagation: *propagation,
                    ..DeleteOptions::default()
                };
                let deleted = world.delete_with(Actor::You, &key, &options);
                deleted.expect("it is there");
            }
            let left = world.store.get(&key);
            let finalizers = left.map(|left| left.meta.finalizers.join(" "));
            assert_eq!(finalizers.as_deref(), held, "{kind} {deletes:?}");
        }
    }
}
