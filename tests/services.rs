//! Requests to Services, and what NetworkPolicies say to them.

use podarium::api::meta::Labels;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::network::policy::{self, Connection, Peer, decide};
use podarium::cluster::network::request::{Outcome, Request};
use podarium::cluster::{Fault, Input, Simulation};
use proptest::prelude::{ProptestConfig, prop, prop_assert, prop_assert_eq, proptest};

use common::network::{SELECTED, ip, node_ip, run, send, send_from, world};

mod common;

const SERVICE: &str = r#"
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.7.7, type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints:
"#;

/// The same with one endpoint for each Pod.
fn service(simulation: &Simulation, pods: &[(&str, &str)]) -> String {
    let endpoints = pods.iter().map(|(pod, node)| {
        let ip = ip(simulation, pod);
        format!("- {{addresses: [{ip}], nodeName: {node}, conditions: {{ready: true}}}}\n")
    });
    format!("{SERVICE}{}", endpoints.collect::<String>())
}

fn with_service(pods: &[(&str, &str)]) -> Simulation {
    let mut simulation = world("");
    let manifest = service(&simulation, pods);
    simulation.apply(Input::Apply {
        manifest: manifest.as_str().into(),
    });
    run(&mut simulation, 5.0);
    simulation
}

#[test]
fn a_service_s_address_becomes_an_endpoint_s_on_the_bridge_of_whoever_asks() {
    let mut simulation = with_service(&[("far", "node-3")]);
    let far = ip(&simulation, "far");
    let (request, _) = send(&mut simulation, "10.96.7.7", 80);
    assert_eq!(
        request.outcome,
        Some(Outcome::Answered(Some(200))),
        "{request:?}"
    );
    let hops = &request.hops;
    assert_eq!(hops[2].destination.to_string(), "10.96.7.7:80");
    assert_eq!(
        &*hops[2].rule,
        format!("Service default/web: to {far}:8080 (1 of 1)")
    );
    assert_eq!(hops[3].destination.to_string(), format!("{far}:8080"));
    // The answer comes from the address that was asked.
    let last = hops.last().expect("an answer");
    assert_eq!(last.source.to_string(), "10.96.7.7:80");
}

#[test]
fn whoever_comes_in_by_a_node_s_port_gets_the_node_s_address() {
    let mut simulation = with_service(&[("far", "node-3")]);
    let entry = node_ip(&simulation, "node-1");
    let (request, _) = send_from(&mut simulation, None, &entry, 30080);
    assert_eq!(
        request.outcome,
        Some(Outcome::Answered(Some(200))),
        "{request:?}"
    );
    let there: Vec<_> = request.hops.iter().filter(|hop| !hop.back).collect();
    assert_eq!(&*there[0].source.ip, "203.0.113.7");
    let last = there.last().expect("a way");
    assert_eq!(*last.source.ip, entry);
}

#[test]
fn without_an_endpoint_a_service_refuses() {
    let mut simulation = with_service(&[]);
    let (request, said) = send(&mut simulation, "10.96.7.7", 80);
    assert_eq!(request.outcome, Some(Outcome::Refused), "{said}");
    assert_eq!(&*request.why, "no endpoint");
}

#[test]
fn over_many_connections_a_service_s_choice_matches_its_probabilities() {
    let mut simulation =
        with_service(&[("far", "node-3"), ("near", "node-1"), ("client", "node-1")]);
    let mut counts = [0u32; 3];
    for _ in 0..900 {
        let input = Input::Send {
            from: Some((ObjectKey::pod("default", "client"), "sh".into())),
            to: "10.96.7.7".into(),
            port: 80,
            path: "/".into(),
            every_second: false,
        };
        simulation.apply(input);
        run(&mut simulation, 0.01);
        let requests = simulation.snapshot().network.requests().clone();
        let last = requests.values().next_back().expect("sent").clone();
        counts[last
            .choice
            .as_ref()
            .and_then(|choice| choice.chosen)
            .expect("chosen")] += 1;
    }
    // Three standard deviations of 900 draws of a third are 42.
    assert!(
        counts.iter().all(|count| count.abs_diff(300) < 50),
        "{counts:?}"
    );
}

#[test]
fn a_service_is_found_by_name_and_its_question_goes_first() {
    let mut simulation = world(SELECTED);
    let (request, said) = send(&mut simulation, "web", 80);
    assert_eq!(
        request.outcome,
        Some(Outcome::Answered(Some(200))),
        "{said}"
    );
    let requests = simulation.snapshot().network.requests().clone();
    let lookup = requests
        .get(request.lookups.first().expect("a question"))
        .expect("kept");
    assert_eq!(
        lookup.question.as_deref(),
        Some("web.default.svc.cluster.local.")
    );
    assert_eq!(lookup.outcome, Some(Outcome::Resolved("NOERROR".into())));
    let places: Vec<String> = lookup
        .hops
        .iter()
        .filter(|hop| !hop.back)
        .map(|hop| hop.place.to_string())
        .collect();
    assert_eq!(places.last().map(String::as_str), Some("cluster DNS"));
    assert_eq!(
        lookup.choice.as_ref().map(|choice| choice.service.path()),
        Some("kube-system/kube-dns".into())
    );
    // A headless Service's name is its Pods' addresses: nobody rewrites anything.
    let (request, _) = send(&mut simulation, "pods", 8080);
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    assert_eq!(request.choice, None);
}

#[test]
fn a_pod_that_turns_unready_leaves_the_service_and_requests_in_the_delay_fail() {
    let mut simulation = world(SELECTED);
    let mut outcomes = Vec::new();
    // It is started again, but not at once.
    simulation.apply(Input::Fault(Fault::KillContainer {
        pod: ObjectKey::pod("default", "far"),
        container: "web".into(),
    }));
    for _ in 0..60 {
        let input = Input::Send {
            from: Some((ObjectKey::pod("default", "client"), "sh".into())),
            to: "web".into(),
            port: 80,
            path: "/".into(),
            every_second: false,
        };
        simulation.apply(input);
        run(&mut simulation, 0.1);
    }
    run(&mut simulation, 20.0);
    let requests = simulation.snapshot().network.requests().clone();
    let own = requests.values().filter(|request| request.parent.is_none());
    outcomes.extend(own.map(|request| request.outcome.clone().expect("over")));
    let failed = |outcome: &Outcome| !matches!(outcome, Outcome::Answered(Some(200)));
    let last = outcomes
        .iter()
        .rposition(failed)
        .expect("some came too early");
    assert!(
        outcomes.iter().any(|outcome| !failed(outcome)),
        "the other one answers"
    );
    assert!(
        last < 40,
        "nodes have learnt of it after a few seconds: {outcomes:?}"
    );
}

#[test]
fn with_affinity_a_client_stays_with_its_endpoint() {
    let affine = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, sessionAffinity: ClientIP, \
                  ports: [{port: 80, targetPort: 8080}]}}";
    let mut simulation = world(affine);
    let chosen = |request: &Request| {
        let choice = request.choice.clone().expect("a Service");
        choice.candidates[choice.chosen.expect("somebody")].clone()
    };
    let first = chosen(&send(&mut simulation, "web", 80).0);
    for _ in 0..12 {
        let (request, _) = send(&mut simulation, "web", 80);
        assert_eq!(chosen(&request), first);
        assert!(request.choice.expect("a Service").sticks);
    }
}

#[test]
fn a_local_policy_asks_for_endpoints_of_the_node_alone() {
    let local = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, type: NodePort, \
                 internalTrafficPolicy: Local, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30081}]}}";
    let mut simulation = world(local);
    let near = ip(&simulation, "near");
    for _ in 0..6 {
        let (request, _) = send(&mut simulation, "web", 80);
        let last = request.hops.iter().rfind(|hop| !hop.back).expect("a way");
        assert_eq!(*last.destination.ip, near);
    }
    // A node without one lets it fall; from outside the client's address stays.
    let (empty, full) = (
        node_ip(&simulation, "node-2"),
        node_ip(&simulation, "node-1"),
    );
    let (request, _) = send_from(&mut simulation, None, &empty, 30081);
    assert_eq!(request.outcome, Some(Outcome::TimedOut));
    assert_eq!(&*request.why, "Service default/web: no endpoint on node-2");
    let (request, _) = send_from(&mut simulation, None, &full, 30081);
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    let last = request.hops.iter().rfind(|hop| !hop.back).expect("a way");
    assert_eq!(&*last.source.ip, "203.0.113.7");
}

const DENY: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
";

#[test]
fn a_policy_stops_a_request_and_whoever_asked_hears_nothing() {
    let mut simulation = with_service(&[("far", "node-3")]);
    simulation.apply(Input::Apply {
        manifest: DENY.into(),
    });
    run(&mut simulation, 5.0);
    let far = ip(&simulation, "far");
    for (to, port) in [(&*far, 8080), ("10.96.7.7", 80)] {
        let (request, _) = send(&mut simulation, to, port);
        assert_eq!(
            request.outcome,
            Some(Outcome::Denied("default/deny".into()))
        );
        let last = request.hops.last().expect("a way");
        assert_eq!(last.place.to_string(), "veth of default/far");
        assert!(
            last.rule
                .contains("denied by NetworkPolicy default/deny (ingress)")
        );
    }
    let other = DENY
        .replace("app: web", "app: client")
        .replace("[Ingress]", "[Egress]");
    let other = other.replace("name: deny", "name: shut");
    simulation.apply(Input::Apply {
        manifest: other.as_str().into(),
    });
    run(&mut simulation, 5.0);
    let (request, _) = send(&mut simulation, &far, 8080);
    assert_eq!(
        request.outcome,
        Some(Outcome::Denied("default/shut".into()))
    );
    assert_eq!(
        request.hops.last().map(|hop| hop.place.to_string()),
        Some("bridge of node-1".into())
    );
    // Names are asked for over the network too.
    let (request, _) = send(&mut simulation, "web", 80);
    assert_eq!(request.outcome, Some(Outcome::NoNameServer));
}

/// A policy by numbers: whom it selects, which directions, and whom it lets through on which port.
fn policy(number: usize, (selects, types, peers, port): (u8, u8, u8, u8)) -> String {
    let selector = [
        "{}",
        "{matchLabels: {app: web}}",
        "{matchLabels: {app: client}}",
    ];
    let types = ["[Ingress]", "[Egress]", "[Ingress, Egress]"][usize::from(types)];
    let peer = match peers {
        0 => "",
        1 => "from: [{podSelector: {matchLabels: {app: client}}}]",
        2 => "from: [{podSelector: {matchLabels: {app: web}}}]",
        3 => "from: [{ipBlock: {cidr: 10.244.1.0/24}}]",
        _ => "from: [{namespaceSelector: {}}]",
    };
    let ports = ["", "ports: [{port: 8080}]", "ports: [{port: 80}]"][usize::from(port)];
    let rule = |peer: &str| {
        let parts: Vec<&str> = [peer, ports]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        format!("{{{}}}", parts.join(", "))
    };
    let rules = match peers {
        5 => String::new(),
        _ => format!(
            "ingress: [{}], egress: [{}], ",
            rule(peer),
            rule(&peer.replace("from:", "to:"))
        ),
    };
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{number}}}\n\
         spec: {{{rules}policyTypes: {types}, podSelector: {}}}\n",
        selector[usize::from(selects)]
    )
}

/// A Pod on the network of the node that the client and one of the servers are on.
const AGENT: &str = r#"
{apiVersion: v1, kind: Pod, metadata: {name: agent, labels: {app: agent}}, spec: {nodeName: node-1, hostNetwork: true,
 containers: [{name: sh, image: "busybox:1.36", command: [sleep, "100000"]}]}}
"#;

/// What the policies say of the way from a Pod to another one, or to itself.
fn decision(simulation: &Simulation, from: &str, to: &str) -> bool {
    let object = |name: &str| {
        let key = ObjectKey::pod("default", name);
        let object = simulation.world().store.get(&key);
        object.cloned().expect("it is there")
    };
    let namespace = simulation
        .world()
        .store
        .get(&ObjectKey::new("Namespace", "", "default"));
    let labels = &namespace.expect("it is there").meta.labels;
    let (from, to) = (object(from), object(to));
    fn peer<'a>(object: &'a Object, labels: &'a Labels) -> Peer<'a> {
        let peer = Peer::of_pod(object.pod().expect("a Pod"), labels).expect("an address");
        let node = object.value.text_at(&["status", "hostIP"]);
        peer.on_node(node.parse().expect("an address"))
    }
    let connection = Connection {
        from: peer(&from, labels),
        to: peer(&to, labels),
        port: 8080,
        protocol: "TCP",
    };
    let verdicts = decide(&connection, &mut |namespace, each| {
        policy::in_namespace(&simulation.world().store, namespace).for_each(each);
    });
    verdicts.is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_packet_is_let_through_exactly_when_the_policies_say_so(
        policies in prop::collection::vec((0..3_u8, 0..3_u8, 0..6_u8, 0..3_u8), 0..4)
    ) {
        let mut simulation = world(&format!("{SELECTED}---{AGENT}"));
        let text: String = policies.iter().enumerate().map(|(number, of)| policy(number, *of)).collect();
        simulation.apply(Input::Apply { manifest: text.as_str().into() });
        run(&mut simulation, 5.0);
        let service = simulation.world().store.get(&ObjectKey::new("Service", "default", "web"));
        let vip = service.expect("it is there").value.text_at(&["spec", "clusterIP"]).to_string();
        for pod in ["near", "far", "client"] {
            let ip = ip(&simulation, pod);
            let (request, _) = send(&mut simulation, &ip, 8080);
            let denied = matches!(request.outcome, Some(Outcome::Denied(_)));
            prop_assert_eq!(!denied, decision(&simulation, "client", pod), "directly to {}", pod);
            let agent = Some((ObjectKey::pod("default", "agent"), "sh".into()));
            let (request, _) = send_from(&mut simulation, agent, &ip, 8080);
            let denied = matches!(request.outcome, Some(Outcome::Denied(_)));
            prop_assert_eq!(!denied, decision(&simulation, "agent", pod), "from a node to {}", pod);
            prop_assert!(!denied || pod == "far", "a node is kept from its own Pod {}", pod);
        }
        for _ in 0..3 {
            let (request, _) = send(&mut simulation, &vip, 80);
            let choice = request.choice.as_ref().expect("a Service");
            let chosen = &choice.candidates[choice.chosen.expect("somebody")];
            let pod = if *chosen.ip == ip(&simulation, "near") { "near" } else { "far" };
            let denied = matches!(request.outcome, Some(Outcome::Denied(_)));
            prop_assert_eq!(!denied, decision(&simulation, "client", pod), "through the Service to {}", pod);
        }
    }
}

#[test]
fn an_address_that_one_service_gives_back_is_the_next_one_s_at_once() {
    let service = |name: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{clusterIP: 10.96.7.9, ports: [{{port: 80}}]}}}}"
        )
    };
    let mut simulation = world("");
    let apply = |simulation: &mut Simulation, name| {
        let manifest = service(name).as_str().into();
        simulation.apply(Input::Apply { manifest });
    };
    apply(&mut simulation, "old");
    run(&mut simulation, 5.0);
    simulation.apply(Input::Command {
        line: "kubectl delete service old".into(),
        files: Default::default(),
        stdin: None,
    });
    apply(&mut simulation, "new");
    run(&mut simulation, 5.0);
    let found = simulation.network().proxy().service_at("10.96.7.9");
    let found = found.map(|key| &*key.name);
    assert_eq!(found, Some("new"));
}
