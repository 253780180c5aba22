//! What there is in a cluster, as goals that a lesson may have: what has become so since a moment comes first.
//! Left out: Pods of a ReplicaSet, a DaemonSet or a Job, whose names another run gives otherwise; their owner tells.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::api::endpoint_slice::{KIND, SERVICE_NAME};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::{Change, SimTime, Snapshot, Verb};
use crate::collections::Map;
use crate::lesson::steps::Name;

/// So many are offered at most.
const MOST: usize = 40;

/// Something that is so, as a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As learners read it.
    pub says: String,
    /// The test, as one line of goal.yaml.
    pub test: String,
    /// Is it so only since that moment?
    pub is_new: bool,
    /// And is it what one would ask for first? On which node a Pod is, say, is rather left open.
    pub is_apt: bool,
}

/// Objects, by key.
type Objects = Map<ObjectKey, Rc<Object>>;

/// What is so in a cluster now; what wasn't so just before `since` comes first.
pub fn offers(now: &Snapshot, since: SimTime) -> Vec<Offer> {
    let then = objects_before(now.store.changes().iter(), since);
    let objects = now.store.objects();
    let was: BTreeSet<String> = all(&then).into_iter().map(|offer| offer.says).collect();
    let mut offers = all(objects);
    for offer in &mut offers {
        offer.is_new = !was.contains(&offer.says);
        offer.is_apt &= offer.is_new;
    }
    let gone = then.iter().filter(|(key, object)| {
        is_meant(key, object) && !objects.contains_key(*key) && &*key.kind != "Node"
    });
    offers.extend(gone.filter_map(|(key, _)| {
        let (kind, name) = (key.bare_kind(), shown(key));
        Some(Offer {
            says: format!("{kind} {name} is gone"),
            test: format!("object: {{of: {}, is: gone}}", written(key)?),
            is_new: true,
            is_apt: true,
        })
    }));
    // The order among themselves stays.
    let (mut new, old): (Vec<Offer>, Vec<Offer>) = offers.into_iter().partition(|one| one.is_new);
    new.extend(old);
    new.truncate(MOST);
    new
}

/// All objects that goals may be about, as they were before a moment.
fn objects_before<'a>(changes: impl Iterator<Item = &'a Rc<Change>>, before: SimTime) -> Objects {
    let mut objects = Objects::new();
    let earlier = changes.take_while(|change| change.at < before);
    for change in earlier.filter(|change| change.verb.writes()) {
        match (&change.after, change.verb) {
            (Some(object), Verb::Created | Verb::Updated) => {
                objects.insert(change.object.clone(), object.clone());
            }
            _ => {
                objects.remove(&change.object);
            }
        }
    }
    objects
}

/// What is so of each object; what one would ask for first.
fn all(objects: &Objects) -> Vec<Offer> {
    let meant = objects.iter().filter(|(key, object)| is_meant(key, object));
    let offers = meant.flat_map(|(key, object)| {
        let facts = of(key, object, objects).into_iter().enumerate();
        facts.map(|(place, (says, test))| Offer {
            says,
            test,
            is_new: true,
            is_apt: place == 0,
        })
    });
    offers.collect()
}

/// Is it somebody's, and will another run call it the same?
fn is_meant(key: &ObjectKey, object: &Object) -> bool {
    let is_system = key.namespace.starts_with("kube-")
        || key.namespace.is_empty()
            && !matches!(key.bare_kind(), "Node" | "PersistentVolume" | "Namespace")
        || key.bare_kind() == "Namespace"
            && (&*key.name == "default" || key.name.starts_with("kube-"))
        || &*key.name == "kubernetes"
        || &*key.name == "kube-root-ca.crt"
        || key.bare_kind() == "ServiceAccount" && &*key.name == "default";
    let made = matches!(
        key.bare_kind(),
        "Event" | "EndpointSlice" | "Endpoints" | "Lease" | "ControllerRevision"
    );
    let owner = object.meta.controller().map(|owner| &*owner.kind);
    !is_system && !made && matches!(owner, None | Some("StatefulSet"))
}

/// What is so of one object.
fn of(key: &ObjectKey, object: &Object, objects: &Objects) -> Vec<(String, String)> {
    let Some(named) = written(key) else {
        return Vec::new();
    };
    let (kind, name) = (key.bare_kind(), shown(key));
    let is = |state: &str| format!("object: {{of: {named}, is: {state}}}");
    let at =
        |path: &str, is: &str| format!("object: {{of: {named}, path: \"{{.{path}}}\", is: {is}}}");
    let number = |part: &str, field: &str| {
        let value = object.value.at(&[part, field]);
        value.and_then(Value::as_i64)
    };
    match kind {
        "Pod" => pod(object, &name, &is, &at),
        "Node" => match object.node().is_some_and(|node| node.is_ready()) {
            true => {
                let closed = object.value.at(&["spec", "unschedulable"]);
                let closed = closed.and_then(Value::as_bool) == Some(true);
                let cordoned = closed.then(|| {
                    let says = format!("Node {name} is cordoned");
                    (says, at("spec.unschedulable", "true"))
                });
                let ready = (format!("Node {name} is Ready"), is("Ready"));
                cordoned.into_iter().chain([ready]).collect()
            }
            false => vec![(
                format!("Node {name} is not Ready"),
                format!("not: {{{}}}", is("Ready")),
            )],
        },
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            let wanted = number("spec", "replicas").unwrap_or(1);
            let mut all = match number("status", "availableReplicas") {
                Some(count) if count > 0 => vec![(
                    format!("{kind} {name} has {count} available"),
                    at("status.availableReplicas", &count.to_string()),
                )],
                _ => Vec::new(),
            };
            all.push((
                format!("{kind} {name} asks for {wanted}"),
                at("spec.replicas", &wanted.to_string()),
            ));
            all
        }
        "DaemonSet" => {
            let count = number("status", "numberAvailable").filter(|count| *count > 0);
            let says = |count: i64| {
                let says = format!("DaemonSet {name} has {count} available");
                (says, at("status.numberAvailable", &count.to_string()))
            };
            count.map(says).into_iter().collect()
        }
        "Job" if object.value.at(&["status", "completionTime"]).is_some() => {
            vec![(format!("Job {name} is complete"), is("Complete"))]
        }
        "Service" => {
            let count = ready(key, objects);
            let plural = if count == 1 { "" } else { "s" };
            vec![(
                format!("Service {name} has {count} ready endpoint{plural}"),
                format!("endpoints: {{of: {named}, is: {count}}}"),
            )]
        }
        "PersistentVolumeClaim" | "PersistentVolume" => {
            let phase = object.value.text_at(&["status", "phase"]);
            match phase {
                "" => Vec::new(),
                phase => vec![(
                    format!("{kind} {name} is {phase}"),
                    at("status.phase", phase),
                )],
            }
        }
        _ => vec![(format!("{kind} {name} is there"), is("there"))],
    }
}

/// What is so of a Pod: that it is Ready, or its phase; and where it is.
fn pod(
    object: &Object,
    name: &str,
    is: &dyn Fn(&str) -> String,
    at: &dyn Fn(&str, &str) -> String,
) -> Vec<(String, String)> {
    let Some(pod) = object.pod() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if object.meta.deletion_timestamp.is_some() {
        return all;
    }
    let phase = match &*pod.status.phase {
        "" => "Pending",
        phase => phase,
    };
    all.push(match pod.is_ready() {
        true => (format!("Pod {name} is Running and Ready"), is("Ready")),
        false => (format!("Pod {name} is {phase}"), at("status.phase", phase)),
    });
    if !pod.spec.node_name.is_empty() {
        let node = &pod.spec.node_name;
        let quoted = format!("\"{node}\"");
        all.push((
            format!("Pod {name} is on {node}"),
            at("spec.nodeName", &quoted),
        ));
    }
    all
}

/// How many endpoints of a Service are ready.
fn ready(service: &ObjectKey, objects: &Objects) -> usize {
    let slices = objects.range(ObjectKey::new(KIND, &service.namespace, "")..);
    let near =
        slices.take_while(|(key, _)| &*key.kind == KIND && key.namespace == service.namespace);
    let slices = near.filter(|(_, object)| {
        let of = object.meta.labels.get(SERVICE_NAME);
        of.is_some_and(|name| *name == service.name)
    });
    let endpoints = slices.filter_map(|(_, object)| object.endpoint_slice());
    let endpoints = endpoints.flat_map(|slice| &slice.endpoints);
    endpoints
        .filter(|endpoint| endpoint.conditions.ready.unwrap_or(true))
        .count()
}

/// `default/duo`, as the page says it.
fn shown(key: &ObjectKey) -> String {
    match &*key.namespace {
        "" => key.name.to_string(),
        namespace => format!("{namespace}/{}", key.name),
    }
}

/// `pod/duo`, as goal.yaml names it; `None` for what it can't name.
fn written(key: &ObjectKey) -> Option<String> {
    let place = match &*key.namespace {
        "" | "default" => key.name.to_string(),
        namespace => format!("{namespace}/{}", key.name),
    };
    let kinds = [key.bare_kind(), &*key.kind];
    let mut names = kinds
        .map(|kind| format!("{}/{place}", kind.to_ascii_lowercase()))
        .into_iter();
    let is_it =
        |name: &String| Name::parse(name).ok().and_then(|name| name.key()).as_ref() == Some(key);
    let name = names.find(is_it)?;
    // A colon in a name would be YAML's.
    Some(match name.contains(':') {
        true => format!("\"{name}\""),
        false => name,
    })
}
