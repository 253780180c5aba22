//! Which connections NetworkPolicies allow: the rules that readers get wrong, one test each, and
//! whatever the policies, the same as a second evaluator says that reads the objects' own trees.

use std::collections::BTreeMap;
use std::rc::Rc;

use podarium::api::{Object, Value};
use podarium::cluster::network::policy::{Connection, Grounds, Peer, Verdict, Verdicts, decide};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Pods and policies of the namespaces `a` (`team: a`) and `b` (`team: b`).
struct World {
    pods: Vec<Json>,
    policies: Vec<Json>,
}

impl World {
    /// One Pod a namespace; `policies` are of `a` unless they say.
    fn with(policies: &[Json]) -> Self {
        let pod = |namespace: &str, ip: &str| {
            json!({
                "metadata": { "name": "web", "namespace": namespace, "labels": { "app": "web", "of": namespace, "topology.kubernetes.io/zone": "a" } },
                "spec": {
                    "containers": [{ "name": "c", "ports": [
                        { "name": "http", "containerPort": 8080, "protocol": "TCP" },
                        { "name": "dns", "containerPort": 53, "protocol": "UDP" },
                    ] }],
                },
                "status": { "podIP": ip },
            })
        };
        let policies = policies.iter().enumerate().map(|(index, spec)| {
            let namespace = spec.get("namespace").and_then(Json::as_str).unwrap_or("a");
            json!({ "metadata": { "name": format!("p{index}"), "namespace": namespace }, "spec": spec })
        });
        World {
            pods: vec![pod("a", "10.244.1.2"), pod("b", "10.244.2.3")],
            policies: policies.collect(),
        }
    }

    /// What the core says. `from` and `to` are a Pod's namespace or an address.
    fn ask(&self, from: &str, to: &str, port: i64, protocol: &str) -> Verdicts {
        let object = |kind: &str, version: &str, said: &Json| {
            let mut said = said.clone();
            said["kind"] = json!(kind);
            said["apiVersion"] = json!(version);
            Object::new(Value::from_json(&said)).expect("it fits")
        };
        let pods: BTreeMap<Rc<str>, Object> = self
            .pods
            .iter()
            .map(|pod| object("Pod", "v1", pod))
            .map(|pod| (pod.meta.namespace.clone(), pod))
            .collect();
        let policies: Vec<Object> = self
            .policies
            .iter()
            .map(|policy| object("NetworkPolicy", "networking.k8s.io/v1", policy))
            .collect();
        let labels = |namespace: &str| [("team".into(), namespace.into())].into();
        let namespaces = BTreeMap::from([("a", labels("a")), ("b", labels("b"))]);
        let peer = |name: &str| match pods.get(name) {
            Some(object) => {
                let pod = object.pod().expect("a Pod");
                let peer = Peer::of_pod(pod, &namespaces[name]).expect("an IP");
                let node = object.value.text_at(&["status", "hostIP"]);
                node.parse().map_or(peer, |node| peer.on_node(node))
            }
            None => Peer::Address(name.parse().expect("an address")),
        };
        let connection = Connection {
            from: peer(from),
            to: peer(to),
            port,
            protocol,
        };
        decide(&connection, &mut |namespace, see| {
            let views = policies.iter().filter_map(Object::network_policy);
            views
                .filter(|policy| &*policy.metadata.namespace == namespace)
                .for_each(|policy| see(policy));
        })
    }

    /// The same, but only whether each side allows it: `[egress, ingress]`.
    fn sides(&self, from: &str, to: &str, port: i64, protocol: &str) -> [bool; 2] {
        let verdicts = self.ask(from, to, port, protocol);
        assert_eq!(
            verdicts.is_allowed(),
            verdicts.egress.is_allowed() && verdicts.ingress.is_allowed()
        );
        [verdicts.egress.is_allowed(), verdicts.ingress.is_allowed()]
    }
}

fn into_a(world: &World) -> bool {
    world.sides("b", "a", 8080, "TCP")[1]
}

#[test]
fn a_denial_names_every_policy_that_isolates_and_an_allowance_the_rule() {
    let deny = json!({ "podSelector": {}, "policyTypes": ["Ingress"] });
    let allow = json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [
        { "from": [{ "ipBlock": { "cidr": "192.0.2.0/24" } }] },
        { "ports": [{ "port": 8080 }] },
    ] });
    let elsewhere = json!({ "namespace": "b", "podSelector": {}, "policyTypes": ["Ingress"] });
    let world = World::with(&[deny, allow, elsewhere]);
    let verdicts = world.ask("b", "a", 8080, "TCP");
    assert_eq!(verdicts.egress, Verdict::Allowed(Grounds::NotIsolated));
    let Verdict::Allowed(Grounds::Rule { policy, index }) = verdicts.ingress else {
        panic!("{verdicts:?}");
    };
    assert_eq!(
        (policy.to_string().as_str(), index),
        ("NetworkPolicy a/p1", 1)
    );
    let Verdict::Denied { by, why } = world.ask("b", "a", 8081, "TCP").ingress else {
        panic!("it is denied");
    };
    let by: Vec<String> = by.iter().map(ToString::to_string).collect();
    assert_eq!(by, ["NetworkPolicy a/p0", "NetworkPolicy a/p1"]);
    assert!(why.starts_with("no rule of 2 policies allows "), "{why}");
}

#[test]
fn a_denial_says_what_is_allowed_and_what_this_is() {
    let said = |verdict: Verdict| match verdict {
        Verdict::Denied { why, .. } => why,
        allowed => panic!("{allowed:?}"),
    };
    let into = |specs: &[Json], from: &str, port| {
        said(World::with(specs).ask(from, "a", port, "TCP").ingress)
    };
    let ingress = |from: Json, ports: Json| json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": from, "ports": ports }] });
    let egress = |to: Json, ports: Json| json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "to": to, "ports": ports }] });
    let shut = json!({ "podSelector": {}, "policyTypes": ["Ingress"] });
    let api = json!({ "podSelector": { "matchLabels": { "app": "api" } } });
    let zone = json!({ "podSelector": { "matchExpressions": [{ "key": "topology.kubernetes.io/zone", "operator": "NotIn", "values": ["a"] }] } });
    let team = json!({ "namespaceSelector": { "matchLabels": { "team": "c" } } });
    let block = json!({ "ipBlock": { "cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"] } });
    let every = json!([{ "namespaceSelector": {} }]);
    let both = json!([{ "port": 53, "protocol": "UDP" }, { "port": 8000, "endPort": 8080 }]);
    let ports: Vec<Json> = (1..=7).map(|port| json!({ "port": port })).collect();
    for (why, expected) in [
        (
            into(std::slice::from_ref(&shut), "b", 80),
            "p0 allows nothing in",
        ),
        (
            into(
                &[ingress(json!([api]), json!([{ "port": 5432 }]))],
                "b",
                5432,
            ),
            "p0 allows app=api on 5432, this is app=web,of=b of namespace b",
        ),
        (
            into(
                &[ingress(json!([{ "podSelector": {} }]), json!([]))],
                "b",
                80,
            ),
            "p0 allows every Pod of namespace a, this is app=web,of=b of namespace b",
        ),
        (
            into(&[ingress(every, both)], "b", 80),
            "p0 allows every Pod of every namespace on 53/UDP, 8000-8080, this is on 80/TCP",
        ),
        (
            into(
                &[ingress(json!([api, block]), json!([]))],
                "192.0.2.200",
                80,
            ),
            "p0 allows app=api or 192.0.2.0/24 but 192.0.2.128/25, this is 192.0.2.200",
        ),
        (
            into(&[ingress(json!([team, block]), json!([]))], "b", 80),
            "p0 allows every Pod of namespaces with team=c or 192.0.2.0/24 but 192.0.2.128/25, \
             this is app=web,of=b of namespace b at 10.244.2.3",
        ),
        (
            into(&[ingress(json!([]), json!(ports))], "b", 80),
            "p0 allows everybody on 1, 2, 3 and 4 more, this is on 80",
        ),
        (
            into(&[shut.clone(), ingress(json!([zone]), json!([]))], "b", 80),
            "p1 allows topology.kubernetes.io/zone notin (a), \
             this is app=web,of=b,topology.kubernetes.io/zone=a of namespace b",
        ),
        (
            said(
                World::with(&[egress(json!([block]), json!([{ "port": "http" }]))])
                    .ask("a", "b", 80, "TCP")
                    .egress,
            ),
            "p0 allows 192.0.2.0/24 but 192.0.2.128/25 on http, \
             this is app=web,of=b of namespace b at 10.244.2.3 on 80",
        ),
        (
            said(
                World::with(&[egress(json!([api]), json!([]))])
                    .ask("a", "198.51.100.7", 53, "UDP")
                    .egress,
            ),
            "p0 allows app=api, this is 198.51.100.7",
        ),
    ] {
        assert_eq!(why, expected);
    }
}

#[test]
fn a_policy_of_egress_rules_alone_shuts_ingress_too_where_it_names_no_types() {
    let spec = json!({ "podSelector": {}, "egress": [{}] });
    assert!(!into_a(&World::with(std::slice::from_ref(&spec))));
    let mut typed = spec;
    typed["policyTypes"] = json!(["Egress"]);
    assert!(into_a(&World::with(&[typed])));
    let no_rule = World::with(&[json!({ "podSelector": {}, "egress": [] })]);
    assert_eq!(no_rule.sides("a", "b", 8080, "TCP"), [true, true]);
}

#[test]
fn a_rule_of_a_direction_that_is_not_among_the_types_does_nothing() {
    let world = World::with(&[
        json!({ "podSelector": {}, "policyTypes": ["Egress"], "ingress": [], "egress": [{}] }),
    ]);
    assert!(into_a(&world));
}

#[test]
fn no_rule_allows_nothing_and_an_empty_one_everything() {
    let spec =
        |rules: Json| json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": rules });
    assert!(!into_a(&World::with(&[spec(json!([]))])));
    assert!(into_a(&World::with(&[spec(json!([{}]))])));
}

#[test]
fn two_selectors_in_one_item_must_both_hold_in_two_items_either() {
    let spec = |from: Json| json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": from }] });
    let pods = json!({ "matchLabels": { "app": "none" } });
    let namespaces = json!({ "matchLabels": { "team": "b" } });
    let one = json!([{ "podSelector": pods, "namespaceSelector": namespaces }]);
    let two = json!([{ "podSelector": pods }, { "namespaceSelector": namespaces }]);
    assert!(!into_a(&World::with(&[spec(one)])));
    assert!(into_a(&World::with(&[spec(two)])));
    let own = json!([{ "podSelector": {} }]);
    assert!(!into_a(&World::with(&[spec(own)])));
}

#[test]
fn a_selector_of_all_namespaces_means_no_address_outside() {
    let spec = json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": [{ "namespaceSelector": {} }] }] });
    let world = World::with(&[spec]);
    assert!(into_a(&world));
    assert_eq!(
        world.sides("203.0.113.7", "a", 8080, "TCP"),
        [true, false],
        "an address outside has no policy of its own"
    );
}

#[test]
fn an_exception_takes_away_from_its_own_block_only() {
    let block = |except: Json| json!({ "from": [{ "ipBlock": { "cidr": "10.244.0.0/16", "except": except } }] });
    let spec =
        |rules: Json| json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": rules });
    let except = block(json!(["10.244.2.0/24"]));
    assert!(!into_a(&World::with(&[spec(json!([except]))])));
    let both = json!([except, block(json!([]))]);
    assert!(into_a(&World::with(&[spec(both)])));
}

#[test]
fn a_port_without_a_number_means_all_of_its_protocol_which_is_tcp_unless_said() {
    let spec =
        json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "ports": [{}] }] });
    let world = World::with(&[spec]);
    assert!(world.sides("b", "a", 9, "TCP")[1]);
    assert!(!world.sides("b", "a", 9, "UDP")[1]);
}

#[test]
fn a_port_name_is_the_receivers_in_egress_too() {
    let spec = json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "ports": [{ "port": "dns", "protocol": "UDP" }] }] });
    let world = World::with(&[spec]);
    assert!(world.sides("a", "b", 53, "UDP")[0]);
    assert!(
        !world.sides("a", "b", 53, "TCP")[0],
        "that name is of another protocol"
    );
    assert!(
        !world.sides("a", "203.0.113.7", 53, "UDP")[0],
        "an address gives no names"
    );
}

#[test]
fn the_last_port_of_a_range_is_in_it() {
    let spec = json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "ports": [{ "port": 8000, "endPort": 8080 }] }] });
    let world = World::with(&[spec]);
    let open =
        [7999, 8000, 8080, 8081].map(|port: i64| world.ask("b", "a", port, "TCP").is_allowed());
    assert_eq!(open, [false, true, true, false]);
}

#[test]
fn no_policy_keeps_a_pod_from_itself() {
    let world = World::with(&[json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] })]);
    let itself = Verdict::Allowed(Grounds::Itself);
    assert_eq!(world.ask("a", "a", 8080, "TCP").ingress, itself);
    assert_eq!(world.ask("a", "a", 8080, "TCP").egress, itself);
}

#[test]
fn no_policy_keeps_a_pod_and_its_own_node_apart() {
    let mut world = World::with(&[
        json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] }),
        json!({ "namespace": "b", "podSelector": {}, "policyTypes": ["Ingress", "Egress"] }),
    ]);
    world.pods[0]["status"]["hostIP"] = json!("192.168.0.2");
    let own = Verdict::Allowed(Grounds::OwnNode);
    assert_eq!(world.ask("192.168.0.2", "a", 8080, "TCP").ingress, own);
    assert_eq!(world.ask("a", "192.168.0.2", 10250, "TCP").egress, own);
    // Another node is an address like any other, and so is this one to Pods elsewhere.
    assert_eq!(world.sides("192.168.0.3", "a", 8080, "TCP"), [true, false]);
    assert_eq!(world.sides("b", "192.168.0.2", 10250, "TCP"), [false, true]);
    assert_eq!(world.sides("b", "a", 8080, "TCP"), [false, false]);
}

#[test]
fn a_pod_on_its_nodes_network_is_an_address() {
    let policy = json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": [{ "namespaceSelector": {} }] }] });
    let mut world = World::with(&[policy]);
    assert!(into_a(&world));
    world.pods[1]["spec"]["hostNetwork"] = json!(true);
    assert!(!into_a(&world));
    assert!(
        world.sides("b", "b", 1, "TCP")[1],
        "nor does a policy select it"
    );
}

// A second evaluator, from the words of the API, over JSON: sets of what is allowed instead of a
// search for the first rule.

fn naive(world: &World, from: &str, to: &str, port: i64, protocol: &str) -> [bool; 2] {
    let pod = |name: &str| {
        let mut pods = world.pods.iter();
        pods.find(|pod| pod["metadata"]["namespace"] == name)
    };
    if from == to && pod(from).is_some() {
        return [true, true];
    }
    let one = |subject: &str, other: &str, kind: &str, rules: &str, peers: &str| {
        let Some(subject) = pod(subject) else {
            return true;
        };
        if subject["status"]["hostIP"] == other {
            return true;
        }
        let about: Vec<&Json> = world
            .policies
            .iter()
            .filter(|policy| policy["metadata"]["namespace"] == subject["metadata"]["namespace"])
            .filter(|policy| {
                let types = list(&policy["spec"]["policyTypes"]);
                let told = types.iter().any(|one| one == kind);
                let egress = !list(&policy["spec"]["egress"]).is_empty();
                told || types.is_empty() && (kind == "Ingress" || egress)
            })
            .filter(|policy| {
                selects(
                    &policy["spec"]["podSelector"],
                    &subject["metadata"]["labels"],
                )
            })
            .collect();
        let allowing = about.iter().flat_map(|policy| {
            let rules = list(&policy["spec"][rules]);
            rules
                .into_iter()
                .map(|rule| (&policy["metadata"]["namespace"], rule))
        });
        let allowed = allowing.filter(|(namespace, rule)| {
            let peers = list(&rule[peers]);
            let ports = list(&rule["ports"]);
            let peer_fits = peers
                .iter()
                .any(|peer| fits(peer, namespace, pod(other), other));
            let port_fits = ports
                .iter()
                .any(|item| opens(item, pod(to), port, protocol));
            (peers.is_empty() || peer_fits) && (ports.is_empty() || port_fits)
        });
        about.is_empty() || allowed.count() > 0
    };
    [
        one(from, to, "Egress", "egress", "to"),
        one(to, from, "Ingress", "ingress", "from"),
    ]
}

fn list(value: &Json) -> Vec<Json> {
    value.as_array().cloned().unwrap_or_default()
}

fn selects(selector: &Json, labels: &Json) -> bool {
    let exact = selector["matchLabels"].as_object().cloned();
    let exact = exact.unwrap_or_default();
    exact
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
        && list(&selector["matchExpressions"]).iter().all(|one| {
            let label = labels.get(one["key"].as_str().unwrap_or_default());
            let listed = label.is_some_and(|label| list(&one["values"]).contains(label));
            match one["operator"].as_str().unwrap_or_default() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => label.is_some(),
                _ => label.is_none(),
            }
        })
}

fn fits(peer: &Json, of_policy: &Json, pod: Option<&Json>, name: &str) -> bool {
    if let Some(block) = peer.get("ipBlock") {
        let ip = pod.map_or(name, |pod| pod["status"]["podIP"].as_str().expect("an IP"));
        let within = |range: &Json| {
            let (base, length) = range
                .as_str()
                .and_then(|text| text.split_once('/'))
                .expect("a range");
            let number = |text: &str| {
                let parts = text
                    .split('.')
                    .map(|part| part.parse::<u64>().expect("a byte"));
                parts.fold(0, |sum, part| sum * 256 + part)
            };
            let size = 1_u64 << (32 - length.parse::<u32>().expect("a length"));
            (number(base)..number(base) + size).contains(&number(ip))
        };
        return within(&block["cidr"]) && !list(&block["except"]).iter().any(within);
    }
    let Some(pod) = pod else { return false };
    let namespace = &pod["metadata"]["namespace"];
    let namespace_fits = match peer.get("namespaceSelector") {
        Some(selector) => selects(selector, &json!({ "team": namespace })),
        None => namespace == of_policy,
    };
    let any = json!({});
    let pods = peer.get("podSelector").unwrap_or(&any);
    namespace_fits && selects(pods, &pod["metadata"]["labels"])
}

fn opens(item: &Json, to: Option<&Json>, port: i64, protocol: &str) -> bool {
    let first = match item.get("port") {
        None => return item["protocol"] == protocol,
        Some(Json::String(name)) => {
            let ports = to.map(|pod| list(&pod["spec"]["containers"][0]["ports"]));
            let ports = ports.unwrap_or_default();
            let mut named = ports
                .iter()
                .filter(|one| one["name"] == **name && one["protocol"] == protocol);
            let number = named.next().and_then(|one| one["containerPort"].as_i64());
            number.unwrap_or(-1)
        }
        Some(number) => number.as_i64().unwrap_or(-1),
    };
    let last = item.get("endPort").and_then(Json::as_i64).unwrap_or(first);
    item["protocol"] == protocol && first <= port && port <= last
}

fn selector() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!({})),
        Just(json!({ "matchLabels": { "team": "a" } })),
        Just(json!({ "matchLabels": { "of": "b" } })),
        Just(
            json!({ "matchExpressions": [{ "key": "of", "operator": "NotIn", "values": ["a"] }] })
        ),
        Just(json!({ "matchExpressions": [{ "key": "team", "operator": "DoesNotExist" }] })),
        Just(
            json!({ "matchExpressions": [{ "key": "team", "operator": "In", "values": ["b", "c"] }] })
        ),
    ]
}

fn peer() -> impl Strategy<Value = Json> {
    prop_oneof![
        selector().prop_map(|pods| json!({ "podSelector": pods })),
        selector().prop_map(|namespaces| json!({ "namespaceSelector": namespaces })),
        (selector(), selector())
            .prop_map(|(a, b)| json!({ "podSelector": a, "namespaceSelector": b })),
        prop_oneof![
            Just("0.0.0.0/0"),
            Just("10.244.0.0/16"),
            Just("203.0.113.0/28")
        ]
        .prop_map(|cidr| json!({ "ipBlock": { "cidr": cidr } })),
        Just(
            json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.244.2.0/24", "10.9.0.0/16"] } })
        ),
    ]
}

fn port() -> impl Strategy<Value = Json> {
    let protocol = prop_oneof![Just("TCP"), Just("UDP")];
    let port = prop_oneof![
        Just(json!({})),
        Just(json!({ "port": "http" })),
        Just(json!({ "port": "dns" })),
        Just(json!({ "port": 53 })),
        Just(json!({ "port": 80, "endPort": 8080 })),
    ];
    (port, protocol).prop_map(|(mut port, protocol)| {
        port["protocol"] = json!(protocol);
        port
    })
}

fn rules(peers: &'static str) -> impl Strategy<Value = Json> {
    let rule = (
        prop::collection::vec(peer(), 0..3),
        prop::collection::vec(port(), 0..3),
    );
    let rule = rule.prop_map(move |(of, ports)| json!({ peers: of, "ports": ports }));
    prop::collection::vec(rule, 0..3).prop_map(Json::Array)
}

fn policy() -> impl Strategy<Value = Json> {
    let types = prop_oneof![
        Just(json!([])),
        Just(json!(["Ingress"])),
        Just(json!(["Egress"])),
        Just(json!(["Ingress", "Egress"])),
    ];
    let namespace = prop_oneof![Just("a"), Just("b")];
    let whole = (namespace, selector(), types, rules("from"), rules("to"));
    whole.prop_map(|(namespace, pods, types, ingress, egress)| {
        json!({ "namespace": namespace, "podSelector": pods, "policyTypes": types, "ingress": ingress, "egress": egress })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_evaluator_says_the_same(policies in prop::collection::vec(policy(), 0..5)) {
        let mut world = World::with(&policies);
        world.pods[0]["status"]["hostIP"] = json!("192.0.2.1");
        let ends = [
            ("a", "b"), ("b", "a"), ("a", "a"), ("a", "203.0.113.7"), ("203.0.113.77", "b"),
            ("192.0.2.1", "a"), ("a", "192.0.2.1"), ("192.0.2.1", "b"), ("b", "192.0.2.1"),
        ];
        for (from, to) in ends {
            for (port, protocol) in [(53, "UDP"), (53, "TCP"), (8080, "TCP"), (9000, "TCP")] {
                prop_assert_eq!(
                    world.sides(from, to, port, protocol),
                    naive(&world, from, to, port, protocol),
                    "{} to {}, {} {}", from, to, port, protocol
                );
            }
        }
    }
}
