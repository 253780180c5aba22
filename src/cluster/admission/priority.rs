//! Priority: a Pod's priority is its class's. Models `plugin/pkg/admission/priority`.

use super::{World, forbidden, is};
use crate::api::validation::scheduling::SYSTEM_CLASSES;
use crate::api::{ObjectKey, Value};
use crate::cluster::Actor;
use crate::cluster::api_server::Status;
use crate::fields;

const KIND: &str = "PriorityClass.scheduling.k8s.io";

/// What a class gives to its Pods.
struct Class {
    name: String,
    value: i64,
    preemption: String,
}

impl Class {
    fn read(class: &Value) -> Self {
        Class {
            name: class.text_at(&["metadata", "name"]).to_string(),
            value: class
                .get("value")
                .and_then(Value::as_i64)
                .unwrap_or_default(),
            preemption: class.text_at(&["preemptionPolicy"]).to_string(),
        }
    }
}

/// Makes the cluster's own classes. Models `AddSystemPriorityClasses` in
/// `pkg/registry/scheduling/rest/storage_scheduling.go`.
pub(in crate::cluster) fn make_system_classes(world: &mut World) {
    for (name, value) in SYSTEM_CLASSES {
        let what = match *name {
            "system-node-critical" => "not be moved from their current node.",
            _ => "run in the cluster, but can be moved to another node if necessary.",
        };
        let class = fields! {
            "apiVersion" => "scheduling.k8s.io/v1", "kind" => "PriorityClass",
            "metadata" => fields! { "name" => *name }, "value" => *value,
            "description" => format!("Used for system critical pods that must {what}"),
        };
        // One that an imported cluster has stays as it is.
        let _ = world.create_from(Actor::ApiServer, class, "control plane");
    }
}

/// The cluster's own classes stay. Models `Delete` of `pkg/registry/scheduling/priorityclass/storage`, which stands
/// behind admission there.
pub(super) fn admit_delete(key: &ObjectKey) -> Result<(), Status> {
    let is_system = |(name, _): &(&str, i64)| *name == &*key.name;
    if &*key.kind != KIND || !SYSTEM_CLASSES.iter().any(is_system) {
        return Ok(());
    }
    Err(Status {
        code: 403,
        reason: "Forbidden",
        message: format!(
            "priorityclasses.scheduling.k8s.io \"{}\" is forbidden: this is a system priority class and cannot be deleted",
            key.name
        ),
    })
}

/// Gives a new Pod its priority.
pub(super) fn admit(world: &World, pod: &mut Value) -> Result<(), Status> {
    let class = establish(world, pod)?;
    if !class.name.is_empty() {
        pod.set(&["spec", "priorityClassName"], class.name);
    }
    let computed = "priority admission controller computed";
    let priority = pod.at(&["spec", "priority"]).and_then(Value::as_i64);
    if let Some(priority) = priority.filter(|priority| *priority != class.value) {
        let value = class.value;
        let why = format!(
            "the integer value of priority ({priority}) must not be provided in pod spec; {computed} {value} from the given PriorityClass name"
        );
        return Err(forbidden(pod, why));
    }
    pod.set(&["spec", "priority"], class.value);
    let policy = pod.text_at(&["spec", "preemptionPolicy"]);
    if !policy.is_empty() && policy != class.preemption {
        let preemption = class.preemption;
        let why = format!(
            "the string value of PreemptionPolicy ({policy}) must not be provided in pod spec; {computed} {preemption} from the given PriorityClass name"
        );
        return Err(forbidden(pod, why));
    }
    pod.set(&["spec", "preemptionPolicy"], class.preemption);
    Ok(())
}

/// Models `establishPriority`: the class that the Pod names, else the default one, else none.
fn establish(world: &World, pod: &Value) -> Result<Class, Status> {
    let name = pod.text_at(&["spec", "priorityClassName"]);
    if name.is_empty() {
        return Ok(default(world).unwrap_or(Class {
            name: String::new(),
            value: 0,
            preemption: "PreemptLowerPriority".to_string(),
        }));
    }
    let stored = world.store.get(&ObjectKey::new(KIND, "", name));
    let system = || {
        let known = SYSTEM_CLASSES.iter().find(|(known, _)| *known == name)?;
        Some(Class {
            name: name.to_string(),
            value: known.1,
            preemption: "PreemptLowerPriority".to_string(),
        })
    };
    stored
        .map(|class| Class::read(&class.value))
        .or_else(system)
        .ok_or_else(|| forbidden(pod, format!("no PriorityClass with name {name} was found")))
}

/// Of several default classes the lowest counts.
fn default(world: &World) -> Option<Class> {
    let classes = world.store.list(KIND).map(|(_, class)| &class.value);
    let defaults = classes.filter(|class| class.get("globalDefault") == Some(&Value::Bool(true)));
    defaults.map(Class::read).min_by_key(|class| class.value)
}

/// An update that doesn't say them keeps priority and preemption.
pub(super) fn keep(pod: &mut Value, old: &Value) {
    for name in ["priority", "preemptionPolicy"] {
        let path = ["spec", name];
        if let (None, Some(was)) = (pod.at(&path), old.at(&path)) {
            pod.set(&path, was.clone());
        }
    }
}

/// There is one default class at most.
pub(super) fn validate(world: &World, class: &Value, old: Option<&Value>) -> Result<(), Status> {
    let is_default = class.get("globalDefault") == Some(&Value::Bool(true));
    if !is(class, "scheduling.k8s.io/v1", "PriorityClass") || !is_default {
        return Ok(());
    }
    let name = class.text_at(&["metadata", "name"]);
    match default(world) {
        Some(other) if old.is_none() || other.name != name => {
            let other = other.name;
            let why = format!(
                "PriorityClass {other} is already marked as default. Only one default can exist"
            );
            Err(forbidden(class, why))
        }
        _ => Ok(()),
    }
}
