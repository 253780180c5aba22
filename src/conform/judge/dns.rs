//! DNS: each query's rcode and its answers as a set (SRV's extra records too), times to live aside;
//! resolv.conf in order but for its options, Events as a bag.

use serde_json::{Map, Value as Json, json};

use super::python::{dumps, get, items, or_list, or_text};
use super::{Difference, unequal};

/// The first thing that differs.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    match case.get("expect") {
        Some(want) => resolv(want, get(answer, "expect")),
        None => queries(case, items(get(answer, "answers"))),
    }
}

fn resolv(want: &Json, got: &Json) -> Option<Difference> {
    let options = |of: &Json| {
        let mut options: Vec<_> = items(get(of, "options")).to_vec();
        options.sort_by_key(dumps);
        Json::Array(options)
    };
    let in_order = |part: &str| unequal(part, &or_list(get(want, part)), &or_list(get(got, part)));
    in_order("nameservers")
        .or_else(|| in_order("searches"))
        .or_else(|| unequal("options", &options(want), &options(got)))
        .or_else(|| {
            let (want, got) = (get(want, "events"), get(got, "events"));
            unequal("events", &sorted_records(want), &sorted_records(got))
        })
}

fn queries(case: &Json, got: &[Json]) -> Option<Difference> {
    let asked = items(get(case, "queries")).iter();
    let answered = asked.zip(items(get(case, "answers"))).enumerate();
    answered.into_iter().find_map(|(i, (query, want))| {
        let got = got.get(i).unwrap_or(&Json::Null);
        ["rcode", "answers", "extra"].into_iter().find_map(|part| {
            let what = format!(
                "{part} of {} {}",
                or_text(get(query, "type")),
                or_text(get(query, "name"))
            );
            match part {
                "rcode" => unequal(what, get(want, part), get(got, part)),
                _ => {
                    let (want, got) = (get(want, part), get(got, part));
                    unequal(what, &sorted_records(want), &sorted_records(got))
                }
            }
        })
    })
}

fn sorted_records(records: &Json) -> Json {
    let mut records: Vec<String> = items(records).iter().map(record).collect();
    records.sort();
    json!(records)
}

/// A record as text: names without regard to case, times to live aside.
fn record(record: &Json) -> String {
    let lower = |value: &Json| match value {
        Json::String(text) => json!(text.to_lowercase()),
        _ => value.clone(),
    };
    let fields = record.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| *name != "ttl");
    let kept: Map<_, _> = kept
        .map(|(name, value)| (name.clone(), lower(value)))
        .collect();
    dumps(&Json::Object(kept))
}
