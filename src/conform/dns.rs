//! golden/dns: what the cluster's DNS server answers. An answer holds `answers`, or `expect` (topic resolv).
//! A case's objects stand beside what every world has; no controller runs. The recorded server has nobody to
//! forward to.

use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::pod_config::PodDns;
use crate::api::{Object, ObjectKey, Value, defaults, endpoint_slice, view};
use crate::cluster::kubelet::dns::{DnsConfig, REASON};
use crate::cluster::network::dns::{Answer, Data, Forward, Question, Record, RecordType, Server};
use crate::cluster::{Setup, Simulation};
use crate::collections::Map;
use crate::fields;
use crate::machine::Machines;

/// Names.
pub(super) struct Dns;

impl Family for Dns {
    fn answer(&self, case: &Case) -> Option<Json> {
        if case.topic() == "resolv" {
            return resolv(case);
        }
        let objects = objects(case)?;
        let server = Server {
            objects: &objects,
            forward: Forward::Nowhere,
            serial: 0,
        };
        let answers = case.items("queries").iter().map(|query| {
            let text = |field: &str| query[field].as_str().unwrap_or_default();
            let question = Question::new(text("name"), RecordType::of(text("type")));
            server.ask(&question).as_ref().map_or(Json::Null, answer)
        });
        Some(json!({ "answers": answers.collect::<Vec<Json>>() }))
    }
}

/// What a kubelet makes of the case's Pod on the case's node.
fn resolv(case: &Case) -> Option<Json> {
    let (pod, node) = (case.inputs.get("pod")?, case.inputs.get("node")?);
    let mut value = fields! {
        "apiVersion" => "v1", "kind" => "Pod", "spec" => Value::from_json(&pod["spec"]),
    };
    defaults::set(&mut value);
    let view: PodDns = view::read(&value).ok()?;
    let namespace = pod["namespace"].as_str()?;
    let file = node["resolv.conf"].as_str()?;
    let (config, warnings) = DnsConfig::of_pod(namespace, &view.spec, file);
    let event =
        |message: String| json!({ "type": "Warning", "reason": REASON, "message": message });
    let events: Vec<Json> = warnings.into_iter().map(event).collect();
    Some(json!({ "expect": {
        "nameservers": config.servers,
        "searches": config.searches,
        "options": config.options,
        "events": events,
    } }))
}

/// What the case's cluster holds.
fn objects(case: &Case) -> Option<Map<ObjectKey, Rc<Object>>> {
    let setup = Setup {
        machines: Machines::default(),
        scheduler: false,
        controllers: false,
        ..Setup::default()
    };
    let mut objects = Simulation::new(setup, 0).world().store.objects().clone();
    let own: Option<Vec<Object>> = case
        .items("objects")
        .iter()
        .map(|object| Object::new(Value::from_json(object)).ok())
        .collect();
    let own = own?;
    let service = |object: &Object| {
        let name = object.meta.labels.get(endpoint_slice::SERVICE_NAME);
        name.map(|name| (object.meta.namespace.clone(), name.clone()))
    };
    // A slice that the case tells of is the only one of its Service, whatever it is called.
    let told: Vec<_> = own.iter().filter_map(service).collect();
    let stale = objects.iter().filter(|(_, object)| {
        let service = service(object);
        service.is_some_and(|service| told.contains(&service))
    });
    let stale: Vec<ObjectKey> = stale.map(|(key, _)| key.clone()).collect();
    for key in stale {
        objects.remove(&key);
    }
    for object in own {
        objects.insert(object.key(), Rc::new(object));
    }
    Some(objects)
}

fn answer(answer: &Answer) -> Json {
    let records = |records: &[Record]| {
        let mut records: Vec<Json> = records.iter().map(record).collect();
        records.sort_by_key(Json::to_string);
        json!(records)
    };
    let mut said =
        json!({ "rcode": answer.rcode.to_string(), "answers": records(&answer.answers) });
    let ttl = answer.answers.iter().chain(&answer.authority).next();
    if let Some(first) = ttl {
        said["ttl"] = json!(first.ttl);
    }
    for (name, part) in [("authority", &answer.authority), ("extra", &answer.extra)] {
        if !part.is_empty() {
            said[name] = records(part);
        }
    }
    for (name, is_so) in [
        ("aa", answer.authoritative),
        ("truncated", answer.truncated),
    ] {
        if is_so {
            said[name] = json!(true);
        }
    }
    said
}

fn record(record: &Record) -> Json {
    let mut data = record.data.to_string();
    if let Data::Soa { serial, .. } = &record.data {
        data = data.replacen(&format!(" {serial} "), " <serial> ", 1);
    }
    json!({ "name": record.name, "type": record.data.kind(), "data": data })
}
