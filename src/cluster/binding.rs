//! A Pod is given its node. Models `BindingREST` of `pkg/registry/core/pod/storage`, and
//! `ValidatePodBinding`.
//! Ours: kubectl's `apply` is told by upstream that Bindings can't be read; here one is created, as
//! `kubectl create` would.

use std::rc::Rc;

use super::api_server::{Status, set_condition};
use super::world::World;
use super::{Actor, admission};
use crate::api::pod::Pod;
use crate::api::validation::at::{At, Errors};
use crate::api::validation::{FieldError, Paths};
use crate::api::{Object, ObjectKey, Value};
use crate::fields;

/// Is it a Binding, which is stored nowhere?
pub fn is_binding(value: &Value) -> bool {
    value.text_at(&["apiVersion"]) == "v1" && value.text_at(&["kind"]) == "Binding"
}

impl World {
    /// Binds a Pod to a node as the scheduler does, through `pods/binding`.
    ///
    /// # Errors
    /// What the API server would answer; nothing is stored then.
    pub fn bind(&mut self, actor: Actor, key: &ObjectKey, node: &str) -> Result<(), Status> {
        let mut binding = fields! {
            "apiVersion" => "v1", "kind" => "Binding",
            "metadata" => fields! {
                "name" => key.name.clone(), "namespace" => key.namespace.clone(),
            },
            "target" => fields! { "kind" => "Node", "name" => node },
        };
        admission::admit_binding(self, &mut binding);
        self.assign(actor, &binding)?;
        Ok(())
    }

    /// Writes a Binding into its Pod. Models `Create`, `assignPod` and `setPodNodeAndMetadata`.
    ///
    /// # Errors
    /// What the API server would answer; nothing is stored then.
    pub(super) fn assign(&mut self, actor: Actor, binding: &Value) -> Result<Rc<Object>, Status> {
        validate(binding)?;
        let meta = |name| binding.text_at(&["metadata", name]);
        let key = ObjectKey::pod(meta("namespace"), meta("name"));
        let Some(object) = self.store.get(&key) else {
            return Err(Status::not_found("pods", &key.name));
        };
        for (precondition, field) in [("UID", "uid"), ("ResourceVersion", "resourceVersion")] {
            let (wanted, found) = (meta(field), object.value.text_at(&["metadata", field]));
            if !wanted.is_empty() && wanted != found {
                return Err(precondition_failed(&key, precondition, wanted, found));
            }
        }
        if let Some(why) = object.pod().and_then(|pod| unassignable(pod)) {
            return Err(conflict("pods/binding", &key.name, &why));
        }
        let now = self.now();
        self.patch(actor, &key, |pod| {
            pod.set(&["spec", "nodeName"], binding.text_at(&["target", "name"]));
            // The promise is kept: `ClearingNominatedNodeNameAfterBinding`.
            pod.remove(&["status", "nominatedNodeName"]);
            for field in ["annotations", "labels"] {
                let given = binding.at(&["metadata", field]).and_then(Value::as_map);
                for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
                    pod.set(&["metadata", field, name], value.clone());
                }
            }
            let scheduled = fields! { "type" => "PodScheduled", "status" => "True" };
            set_condition(pod, scheduled, now);
        })
    }
}

/// Why a Pod can't be given a node any more, or not yet.
fn unassignable(pod: &Pod) -> Option<String> {
    let (name, node) = (&pod.metadata.name, &pod.spec.node_name);
    if pod.metadata.deletion_timestamp.is_some() {
        Some(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        ))
    } else if !node.is_empty() {
        Some(format!("pod {name} is already assigned to node \"{node}\""))
    } else if !pod.spec.scheduling_gates.is_empty() {
        Some(format!("pod {name} has non-empty .spec.schedulingGates"))
    } else {
        None
    }
}

/// Models `ValidatePodBinding`. Upstream hands its errors out as they are, which makes them a failure
/// of the server's, without a reason.
fn validate(binding: &Value) -> Result<(), Status> {
    let (mut errors, paths) = (Errors::default(), Paths::default());
    let target = At::root(binding, &paths).field("target");
    let kind = target.field("kind");
    if !matches!(kind.str(), "" | "Node") {
        errors.not_supported(&kind.path, kind.str(), &["Node", "<empty>"]);
    }
    if target.text("name").is_empty() {
        errors.required(&target.path.field("name"), "");
    }
    let sentences: Vec<String> = errors.0.iter().map(FieldError::to_string).collect();
    let message = match &sentences[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Err(Status {
        code: 500,
        reason: "",
        message,
    })
}

fn conflict(resource: &str, name: &str, why: &str) -> Status {
    Status {
        code: 409,
        reason: "Conflict",
        message: format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}"),
    }
}

/// Models `Preconditions.Check` and `NewInvalidObjError` of `k8s.io/apiserver/pkg/storage`.
fn precondition_failed(key: &ObjectKey, what: &str, wanted: &str, found: &str) -> Status {
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/pods/{}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: {what} in precondition: {wanted}, {what} in object \
         meta: {found}",
        key.path()
    );
    conflict("pods", &key.name, &why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Setup;

    /// A world with a Node in a zone and a Pod that waits.
    fn world(gates: bool) -> World {
        let mut world = World::new(Rc::new(Setup::default()), 7);
        crate::cluster::api_server::bootstrap(&mut world);
        let zone = fields! { "topology.kubernetes.io/zone" => "zone-a", "disk" => "ssd" };
        let node = fields! {
            "apiVersion" => "v1", "kind" => "Node",
            "metadata" => fields! { "name" => "node-1", "labels" => zone },
        };
        world.create(Actor::You, node).expect("a Node");
        let mut pod = pod("p", "");
        if gates {
            let gate: Value = [fields! { "name" => "a.io/x" }].into_iter().collect();
            pod.set(&["spec", "schedulingGates"], gate);
        }
        world.create(Actor::You, pod).expect("a Pod");
        world
    }

    fn pod(name: &str, node: &str) -> Value {
        let container = fields! { "name" => "a", "image" => "demo/web:1" };
        let labels = fields! { "app" => "web", "topology.kubernetes.io/region" => "mine" };
        let mut pod = fields! {
            "apiVersion" => "v1", "kind" => "Pod",
            "metadata" => fields! { "name" => name, "namespace" => "default", "labels" => labels },
            "spec" => fields! { "containers" => [container].into_iter().collect::<Value>() },
        };
        if !node.is_empty() {
            pod.set(&["spec", "nodeName"], node);
        }
        pod
    }

    fn binding(kind: &str, node: &str) -> Value {
        fields! {
            "apiVersion" => "v1", "kind" => "Binding",
            "metadata" => fields! { "name" => "p", "namespace" => "default" },
            "target" => fields! { "kind" => kind, "name" => node },
        }
    }

    fn refusal(world: &mut World, binding: Value) -> (u16, String) {
        let refused = world.create(Actor::You, binding);
        let status = refused.expect_err("it is refused");
        let stored = &world.store.get(&ObjectKey::pod("default", "p"));
        let stored = stored.expect("it is there").pod().expect("a Pod");
        assert_eq!(&*stored.spec.node_name, "", "nothing is written");
        let scheduled = stored.condition("PodScheduled");
        assert!(scheduled.is_none_or(|condition| &*condition.status == "False"));
        (status.code, status.to_string())
    }

    #[test]
    fn a_binding_is_refused_as_upstream_refuses_it() {
        let (code, said) = refusal(&mut world(true), binding("Node", "node-1"));
        assert_eq!(code, 409);
        assert_eq!(
            said,
            "Error from server (Conflict): Operation cannot be fulfilled on pods/binding \"p\": \
             pod p has non-empty .spec.schedulingGates"
        );
        for (kind, node, expected) in [
            ("Node", "", "target.name: Required value"),
            (
                "Pod",
                "node-1",
                "target.kind: Unsupported value: \"Pod\": supported values: \"Node\", \"<empty>\"",
            ),
            (
                "Pod",
                "",
                "[target.kind: Unsupported value: \"Pod\": supported values: \"Node\", \"<empty>\", \
                 target.name: Required value]",
            ),
        ] {
            let (code, said) = refusal(&mut world(false), binding(kind, node));
            assert_eq!(code, 500);
            assert_eq!(said, format!("Error from server: {expected}"));
        }
    }

    #[test]
    fn a_binding_for_another_pod_of_the_name_is_refused() {
        for (field, what) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
            let mut world = world(false);
            let mut other = binding("Node", "node-1");
            other.set(&["metadata", field], "yesterday");
            let (code, said) = refusal(&mut world, other.clone());
            let key = ObjectKey::pod("default", "p");
            let stored = world.store.get(&key).expect("it is there").value.clone();
            let found = stored.text_at(&["metadata", field]);
            assert_eq!(code, 409);
            let end = format!(
                "on pods \"p\": StorageError: invalid object, Code: 4, Key: \
                 /registry/pods/default/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
                 failed: {what} in precondition: yesterday, {what} in object meta: {found}"
            );
            assert!(said.ends_with(&end), "{said}");
            other.set(&["metadata", field], found);
            assert!(world.create(Actor::You, other).is_ok());
        }
    }

    #[test]
    fn labels_and_annotations_of_a_binding_are_its_pods() {
        let mut world = world(false);
        let mut given = binding("", "node-1");
        given.set(&["metadata", "labels", "app"], "bound");
        given.set(&["metadata", "annotations", "by"], "hand");
        let pod = world.create(Actor::You, given).expect("it is bound");
        // `bindings` isn't `pods/binding`: no label of the Node's comes by this way.
        let labels = fields! { "app" => "bound", "topology.kubernetes.io/region" => "mine" };
        assert_eq!(pod.value.at(&["metadata", "labels"]), Some(&labels));
        assert_eq!(
            pod.value.text_at(&["metadata", "annotations", "by"]),
            "hand"
        );
    }

    #[test]
    fn a_pod_gets_the_zone_and_region_of_its_node() {
        let mut world = world(false);
        let key = ObjectKey::pod("default", "p");
        world
            .bind(Actor::Scheduler, &key, "node-1")
            .expect("it is bound");
        world
            .create(Actor::You, pod("direct", "node-1"))
            .expect("a Pod");
        world
            .create(Actor::You, pod("lost", "node-9"))
            .expect("a Pod");
        for (name, zone) in [("p", "zone-a"), ("direct", "zone-a"), ("lost", "")] {
            let pod = world.store.get(&ObjectKey::pod("default", name));
            let labels = &pod.expect("it is there").meta.labels;
            let label = |name| labels.get(name).map_or("", |label| &**label);
            assert_eq!(label("topology.kubernetes.io/zone"), zone, "{name}");
            assert_eq!(label("topology.kubernetes.io/region"), "mine", "{name}");
            assert_eq!(label("disk"), "", "{name}");
        }
    }
}
