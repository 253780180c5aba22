//! Events: what components tell people. Models `client-go/tools/record`, with its correlator: of many that
//! differ in their message alone, from the tenth on all are one.
//! Left out: the rate limit per source.

use std::rc::Rc;

use super::world::World;
use super::{Actor, SimTime};
use crate::api::{Object, ObjectKey, Uid, Value};
use crate::fields;
use crate::order;

/// An Event to be told.
#[derive(Clone, Debug)]
pub struct Telling<'a> {
    /// `kubelet`, `default-scheduler`
    pub component: &'a str,
    /// `Normal` or `Warning`
    pub kind: &'a str,
    /// `Pulled`, `FailedScheduling`
    pub reason: &'a str,
    /// One or a few sentences.
    pub message: String,
    /// `spec.containers{app}`, or empty.
    pub field_path: String,
    /// Node that the component runs on, or empty.
    pub host: &'a str,
}

impl World {
    /// Tells an Event about `about`. The same Event again only raises its count. Telling an Event
    /// is no reason for anything that follows.
    pub fn tell_event(&mut self, actor: Actor, about: &Object, mut telling: Telling<'_>) {
        let namespace = match &*about.meta.namespace {
            "" => "default".into(),
            _ => about.meta.namespace.clone(),
        };
        let now = self.now().to_rfc3339();
        let similar = self.similar_events(&namespace, about, &telling);
        let is_same = |event: &&Rc<Object>| is_same(event, &telling);
        let mut same = similar.iter().find(is_same).map(|event| event.key());
        if same.is_none() && is_too_many(&similar, self.now()) {
            telling.message = format!("{COMBINED}{}", telling.message);
            let is_combined = |event: &&Rc<Object>| message(event).starts_with(COMBINED);
            same = similar.iter().find(is_combined).map(|event| event.key());
        }
        if let Some(key) = same {
            let raised = self.patch(actor, &key, |event| {
                let count = event.get("count").and_then(Value::as_i64).unwrap_or(1);
                event.set(&["count"], count + 1);
                event.set(&["lastTimestamp"], now.as_str());
                event.set(&["message"], telling.message.as_str());
            });
            debug_assert!(raised.is_ok());
            return;
        }
        let uid = Uid::parse(&about.meta.uid).unwrap_or_default();
        let suffix = self.rng.bits("events", uid);
        let event = fields! {
            "apiVersion" => "v1", "kind" => "Event",
            "metadata" => fields! {
                "name" => format!("{}.{suffix:016x}", about.meta.name),
                "namespace" => namespace,
            },
            "involvedObject" => involved(about, &telling.field_path),
            "type" => telling.kind, "reason" => telling.reason, "message" => telling.message.as_str(),
            "source" => source(&telling),
            "reportingComponent" => telling.component, "reportingInstance" => telling.host,
            "firstTimestamp" => now.as_str(), "lastTimestamp" => now.as_str(), "count" => 1,
        };
        // A namespace on its way out or gone takes no Events any more. Upstream drops them, too.
        let told = self.create(actor, event);
        let refused = told
            .err()
            .is_some_and(|status| !["Forbidden", "NotFound"].contains(&status.reason));
        debug_assert!(!refused, "an Event is refused");
    }

    /// Events about an object, oldest first.
    pub fn events_about(&self, uid: &str) -> Vec<Rc<Object>> {
        let mut events: Vec<_> = self
            .store
            .list("Event")
            .filter(|(_, event)| event.value.text_at(&["involvedObject", "uid"]) == uid)
            .map(|(_, event)| event.clone())
            .collect();
        order::sort_by_key(&mut events, |event| event.meta.creation_timestamp);
        events
    }

    /// Events about the same object, of the same component, for the same reason.
    fn similar_events(
        &self,
        namespace: &Rc<str>,
        about: &Object,
        telling: &Telling,
    ) -> Vec<Rc<Object>> {
        let prefix = format!("{}.", about.meta.name);
        let from = ObjectKey::new("Event", namespace, &prefix);
        let near = self.store.objects().range(from..).take_while(|(key, _)| {
            &*key.kind == "Event" && key.namespace == *namespace && key.name.starts_with(&prefix)
        });
        let similar = near.into_iter().filter(|(_, event)| {
            let text = |path: &[&str]| event.value.text_at(path);
            text(&["involvedObject", "uid"]) == &*about.meta.uid
                && text(&["type"]) == telling.kind
                && text(&["reason"]) == telling.reason
                && text(&["reportingComponent"]) == telling.component
        });
        similar.map(|(_, event)| event.clone()).collect()
    }
}

/// Before the message of an Event that stands for many. Models `EventAggregatorByReasonMessageFunc`.
const COMBINED: &str = "(combined from similar events): ";

/// So many different messages make one Event of all that follow. `defaultAggregateMaxEvents`.
const MOST_MESSAGES: usize = 10;

/// A pause as long as this, and they are told one by one again. Seconds,
/// `defaultAggregateIntervalInSeconds`.
const LONGEST_PAUSE: u64 = 600;

fn message(event: &Object) -> &str {
    event.value.text_at(&["message"])
}

fn is_same(event: &Object, telling: &Telling) -> bool {
    let path = event.value.text_at(&["involvedObject", "fieldPath"]);
    message(event) == telling.message && path == telling.field_path
}

/// Is one more message one too many? Models `EventAggregate`.
fn is_too_many(similar: &[Rc<Object>], now: SimTime) -> bool {
    if similar.len() + 1 < MOST_MESSAGES {
        return false;
    }
    let time = |event: &Rc<Object>| {
        let last = event.value.text_at(&["lastTimestamp"]);
        SimTime::parse_rfc3339(last).unwrap_or_default()
    };
    let mut told: Vec<(SimTime, &str)> = similar
        .iter()
        .map(|one| (time(one), message(one)))
        .collect();
    order::sort(&mut told);
    let (mut since, mut messages) = (now, Vec::new());
    for (at, message) in told.into_iter().rev() {
        if since.since(at).as_secs() > LONGEST_PAUSE {
            break;
        }
        since = at;
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    messages.len() + 1 >= MOST_MESSAGES
}

/// Is a change caused by nothing but the telling of an Event? Then `why` passes it by.
pub fn is_event(key: &ObjectKey) -> bool {
    &*key.kind == "Event"
}

fn involved(about: &Object, field_path: &str) -> Value {
    let mut reference = fields! {
        "kind" => about.value.text_at(&["kind"]), "apiVersion" => about.value.text_at(&["apiVersion"]),
        "name" => about.meta.name.clone(), "uid" => about.meta.uid.clone(),
        "resourceVersion" => about.meta.resource_version.clone(),
    };
    if !about.meta.namespace.is_empty() {
        reference.set(&["namespace"], about.meta.namespace.clone());
    }
    if !field_path.is_empty() {
        reference.set(&["fieldPath"], field_path);
    }
    reference
}

fn source(telling: &Telling) -> Value {
    let mut source = fields! { "component" => telling.component };
    if !telling.host.is_empty() {
        source.set(&["host"], telling.host);
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Setup, api_server};

    #[test]
    fn from_the_tenth_on_similar_events_are_one() {
        let mut world = World::new(Rc::new(Setup::default()), 7);
        api_server::bootstrap(&mut world);
        let default = ObjectKey::new("Namespace", "", "default");
        let about = world.store.get(&default).expect("it is there").clone();
        for number in 0..12 {
            let telling = Telling {
                component: "replicaset-controller",
                kind: "Normal",
                reason: "SuccessfulCreate",
                message: format!("Created pod: web-{number}"),
                field_path: String::new(),
                host: "",
            };
            world.tell_event(Actor::You, &about, telling);
        }
        let events = world.events_about(&about.meta.uid);
        let count = |event: &Rc<Object>| event.value.get("count").and_then(Value::as_i64);
        let combined: Vec<_> = events
            .iter()
            .filter(|one| message(one).starts_with(COMBINED))
            .collect();
        assert_eq!((events.len(), combined.len()), (10, 1));
        assert_eq!(count(combined[0]), Some(3));
        assert_eq!(
            message(combined[0]),
            format!("{COMBINED}Created pod: web-11")
        );
    }
}
