//! Events about an object, below its description. Models `searchEvents`, `DescribeEvents`.

use super::Cluster;
use super::page::Page;
use crate::api::Value;
use crate::api::schema::Kind;
use crate::cluster::SimTime;
use crate::kubectl::duration::since;
use crate::kubectl::look::{Look, or};
use crate::order;

/// The table of Events.
pub fn events(page: &mut Page, cluster: Cluster, kind: Kind, object: &Value) {
    let mut found = cluster.list("Event", "");
    found.retain(|event| is_about(&event.value, kind, object));
    if found.is_empty() {
        page.field(0, "Events", "<none>");
        return;
    }
    page.flush();
    order::sort_by_key(&mut found, |event| event.value.time("lastTimestamp"));
    page.line(0, "Events:");
    page.row(1, &["Type", "Reason", "Age", "From", "Message"]);
    page.row(1, &["----", "------", "----", "----", "-------"]);
    for event in found {
        let event = &event.value;
        let mut message = event.text("message").trim().to_string();
        let place = event.text("involvedObject.fieldPath");
        if !place.is_empty() {
            message = [place, ": ", &message].concat();
        }
        let source = or(
            event.text("source.component"),
            event.text("reportingComponent"),
        );
        page.row(
            1,
            &[
                event.text("type"),
                event.text("reason"),
                &interval(event, cluster.now),
                source,
                &message,
            ],
        );
    }
}

/// `2s`, `5s (x3 over 2m)`. Models `getInterval`.
pub fn interval(event: &Value, now: SimTime) -> String {
    let first = event.time("eventTime").or(event.time("firstTimestamp"));
    let first = since(first, now);
    let (last, count) = match event.look("series") {
        Some(series) => (series.time("lastObservedTime"), series.int("count")),
        None if event.int("count") > 1 => (event.time("lastTimestamp"), event.int("count")),
        None => return first,
    };
    format!("{} (x{count} over {first})", since(last, now))
}

fn is_about(event: &Value, kind: Kind, object: &Value) -> bool {
    let involved = |field: &str| event.text(&["involvedObject.", field].concat());
    let of = |field: &str| object.text(&["metadata.", field].concat());
    let mut uid = of("uid");
    if kind.kind() == "Pod" {
        let annotations = object.texts("metadata.annotations");
        let mirror = annotations
            .iter()
            .find(|(key, _)| *key == "kubernetes.io/config.mirror");
        uid = mirror.map_or(uid, |(_, uid)| uid);
    }
    // A kubelet names its Node by name alone.
    let is_named = kind.kind() == "Node" && involved("uid") == of("name");
    involved("name") == of("name")
        && involved("namespace") == of("namespace")
        && (kind.kind() == "Pod" || involved("kind") == kind.kind())
        && (involved("uid") == uid || is_named)
}
