//! Events. Models `printEvent`.

use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::since;
use crate::kubectl::look::{Look, or};

pub const COLUMNS: &str =
    "Last Seen,Type,Reason,Object,+Subobject,+Source,Message,+First Seen,+Count,+Name";

/// The cells of an Event.
pub fn cells(event: &Value, now: SimTime) -> Vec<String> {
    let of = |path: &str| event.time(path);
    let first = of("firstTimestamp").or(of("eventTime"));
    let last = of("lastTimestamp").or(first);
    let (last, count) = match event.look("series") {
        Some(series) => (series.time("lastObservedTime"), series.int("count")),
        None => (last, event.int("count").max(1)),
    };
    let involved = |field: &str| event.text(&["involvedObject.", field].concat());
    let mut target = involved("kind").to_lowercase();
    if !involved("name").is_empty() {
        target += &["/", involved("name")].concat();
    }
    vec![
        since(last, now),
        event.text("type").into(),
        event.text("reason").into(),
        target,
        involved("fieldPath").into(),
        source(event),
        event.text("message").trim().into(),
        since(first, now),
        count.to_string(),
        event.text("metadata.name").into(),
    ]
}

/// Models `formatEventSource`.
fn source(event: &Value) -> String {
    let component = or(
        event.text("source.component"),
        event.text("reportingComponent"),
    );
    match or(event.text("source.host"), event.text("reportingInstance")) {
        "" => component.into(),
        instance => [component, ", ", instance].concat(),
    }
}
