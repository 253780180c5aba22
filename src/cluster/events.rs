//! Events: what components tell people. Models `client-go/tools/record`, with its correlator.
//! Left out: the rate limit per source, and grouping of similar Events.

use std::rc::Rc;

use super::Actor;
use super::world::World;
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
    pub fn tell_event(&mut self, actor: Actor, about: &Object, telling: Telling<'_>) {
        let namespace = match &*about.meta.namespace {
            "" => "default".into(),
            _ => about.meta.namespace.clone(),
        };
        let now = self.now().to_rfc3339();
        if let Some(key) = self.same_event(&namespace, about, &telling) {
            let raised = self.patch(actor, &key, |event| {
                let count = event.get("count").and_then(Value::as_i64).unwrap_or(1);
                event.set(&["count"], count + 1);
                event.set(&["lastTimestamp"], now.as_str());
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

    fn same_event(
        &self,
        namespace: &Rc<str>,
        about: &Object,
        telling: &Telling,
    ) -> Option<ObjectKey> {
        let prefix = format!("{}.", about.meta.name);
        let from = ObjectKey::new("Event", namespace, &prefix);
        let near = self.store.objects().range(from..).take_while(|(key, _)| {
            &*key.kind == "Event" && key.namespace == *namespace && key.name.starts_with(&prefix)
        });
        let same = near.into_iter().find(|(_, event)| {
            let text = |path: &[&str]| event.value.text_at(path);
            text(&["involvedObject", "uid"]) == &*about.meta.uid
                && text(&["involvedObject", "fieldPath"]) == telling.field_path
                && text(&["type"]) == telling.kind
                && text(&["reason"]) == telling.reason
                && text(&["message"]) == telling.message
                && text(&["reportingComponent"]) == telling.component
        });
        same.map(|(key, _)| key.clone())
    }
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
