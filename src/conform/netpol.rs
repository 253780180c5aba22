//! golden/netpol: which connections NetworkPolicies allow. An answer holds `allowed`: for each probe
//! what the sender's side says, what the receiver's, and both together.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::meta::Labels;
use crate::api::network_policy::NetworkPolicy;
use crate::api::{Object, Value, view};
use crate::cluster::network::policy::{Connection, Peer, decide};
use crate::fields;

/// Connections.
pub(super) struct NetPol;

impl Family for NetPol {
    fn answer(&self, case: &Case) -> Option<Json> {
        let world = Declared::of(case)?;
        let allowed: Option<Vec<Json>> = case
            .items("probes")
            .iter()
            .map(|probe| {
                let connection = Connection {
                    from: world.peer(probe.get("from")?)?,
                    to: world.peer(probe.get("to")?)?,
                    port: probe.get("port")?.as_i64()?,
                    protocol: probe.get("protocol")?.as_str()?,
                };
                let verdicts = decide(&connection, &mut |namespace, see| {
                    let all = world.policies.iter();
                    all.filter(|policy| &*policy.metadata.namespace == namespace)
                        .for_each(see);
                });
                Some(json!([
                    verdicts.egress.is_allowed(),
                    verdicts.ingress.is_allowed(),
                    verdicts.is_allowed()
                ]))
            })
            .collect();
        Some(json!({ "allowed": allowed? }))
    }
}

/// What a case says is there.
struct Declared {
    namespaces: BTreeMap<Rc<str>, Labels>,
    /// By `namespace/name`.
    pods: BTreeMap<String, Object>,
    policies: Vec<NetworkPolicy>,
}

impl Declared {
    fn of(case: &Case) -> Option<Self> {
        let namespaces = case.items("namespaces").iter().map(|namespace| {
            let namespace = Value::from_json(namespace);
            let object = Object::new(fields! { "metadata" => namespace }).ok()?;
            Some((object.meta.name, object.meta.labels))
        });
        let pods = case.items("pods").iter().map(|pod| {
            let object = pod_object(&Value::from_json(pod))?;
            Some((object.key().path(), object))
        });
        let policies = case.items("policies").iter();
        let policies = policies.map(|policy| view::read(&Value::from_json(policy)).ok());
        Some(Declared {
            namespaces: namespaces.collect::<Option<_>>()?,
            pods: pods.collect::<Option<_>>()?,
            policies: policies.collect::<Option<_>>()?,
        })
    }

    fn peer(&self, peer: &Json) -> Option<Peer<'_>> {
        let text = |name: &str| peer.get(name).and_then(Json::as_str);
        if let Some(ip) = text("ip") {
            return Some(Peer::Address(ip.parse().ok()?));
        }
        let pod = self.pods.get(text("pod")?)?.pod()?;
        Peer::of_pod(pod, self.namespaces.get(&pod.metadata.namespace)?)
    }
}

/// The Pod as an object of the API: a case only says what policies may ask about.
fn pod_object(said: &Value) -> Option<Object> {
    let part = |name: &str| said.get(name).cloned().unwrap_or_default();
    let container = fields! { "name" => "only", "ports" => part("ports") };
    Object::new(fields! {
        "apiVersion" => "v1", "kind" => "Pod",
        "metadata" => fields! {
            "namespace" => part("namespace"),
            "name" => part("name"),
            "labels" => part("labels"),
        },
        "spec" => fields! { "containers" => [container].into_iter().collect::<Value>() },
        "status" => fields! { "podIP" => part("ip") },
    })
    .ok()
}
