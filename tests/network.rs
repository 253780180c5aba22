//! Requests between Pods: where they come by, who answers, and how those end that nobody answers.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::network::request::{Outcome, Party, Place, Request};
use podarium::cluster::{Budget, Fault, Import, Input, Setup, SimTime, Simulation};
use podarium::manifest::import::{Importer, Step};

use common::network::{ip, node_ip, places, run, send, send_from, world};

mod common;

#[test]
fn a_request_to_a_pod_of_the_same_node_stays_on_its_bridge() {
    let mut simulation = world("");
    let near = ip(&simulation, "near");
    let (request, _) = send(&mut simulation, &near, 8080);
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    let (there, back) = places(&request);
    assert_eq!(
        there,
        [
            "container sh of default/client",
            "veth of default/client",
            "bridge of node-1",
            "veth of default/near",
            "container web of default/near",
        ]
    );
    let mut returned = there.clone();
    returned.reverse();
    assert_eq!(back, returned);
}

/// How it ended, and why.
fn end(request: &Request) -> (Option<Outcome>, &str) {
    (request.outcome.clone(), &*request.why)
}

fn container(pod: &str, name: &str) -> Option<(ObjectKey, Rc<str>)> {
    Some((ObjectKey::pod("default", pod), name.into()))
}

#[test]
fn the_road_back_leads_the_other_way() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let (request, _) = send(&mut simulation, &far, 8080);
    let (_, back) = places(&request);
    assert!(
        back.contains(&"road from host-2 to host-1".into()),
        "{back:?}"
    );
}

#[test]
fn an_address_that_nobody_has_ends_as_its_network_ends_it_and_is_named() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.7.7, selector: {app: web}, \
                   ports: [{port: 80, targetPort: 8080}]}}";
    let mut simulation = world(service);
    let removed = node_ip(&simulation, "node-2");
    let far = ip(&simulation, "far");
    let name: Rc<str> = "node-2".into();
    let network = simulation
        .world()
        .store
        .get(&ObjectKey::node(&name))
        .cloned();
    let network = network
        .expect("it is there")
        .value
        .text_at(&["spec", "podCIDR"])
        .to_string();
    let of_removed = network.replace(".0/24", ".7");
    simulation.apply(Input::RemoveMachine { name });
    simulation.apply(Input::PowerOff {
        node: "node-3".into(),
    });
    run(&mut simulation, 5.0);
    // Whom, how it ends, why, and after how many seconds whoever asked knows.
    let cases = [
        (
            "10.96.7.7",
            Outcome::TimedOut,
            "Service default/web has no port 81/TCP, and no machine its address",
            10,
        ),
        (
            "10.96.9.9",
            Outcome::TimedOut,
            "no Service has this address",
            10,
        ),
        (
            "10.244.200.5",
            Outcome::TimedOut,
            "no node's Pods have addresses like this",
            10,
        ),
        (
            &*of_removed,
            Outcome::TimedOut,
            "no node's Pods have addresses like this",
            10,
        ),
        (
            &*removed,
            Outcome::NoRoute,
            "no machine has this address",
            3,
        ),
        (&*far, Outcome::NoRoute, "machine node-3 is off", 3),
        (
            "198.51.100.1",
            Outcome::TimedOut,
            "nobody outside the cluster answers",
            10,
        ),
    ];
    for (to, outcome, why, seconds) in cases {
        let (request, _) = send(&mut simulation, to, 81);
        assert_eq!(end(&request), (Some(outcome), why), "{to}");
        let waited = request.ended.expect("over").since(request.asked);
        assert_eq!(waited.as_secs(), seconds, "{to}");
    }
}

#[test]
fn localhost_by_any_name_stays_in_its_pod() {
    let mut simulation = world("");
    for to in [
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "127.1",
        "0.0.0.0",
        "::1",
        "http://[::1]:8080/",
    ] {
        let (request, said) = send_from(&mut simulation, container("near", "web"), to, 8080);
        assert_eq!(
            request.outcome,
            Some(Outcome::Answered(Some(200))),
            "{to}: {said}"
        );
        let (there, _) = places(&request);
        assert_eq!(there, ["container web of default/near"; 2], "{to}");
        let (request, _) = send(&mut simulation, to, 8080);
        assert_eq!(request.outcome, Some(Outcome::Refused), "{to}");
        let (request, _) = send_from(&mut simulation, None, to, 8080);
        assert_eq!(
            end(&request),
            (
                Some(Outcome::Refused),
                "localhost is whoever asks, here outside"
            ),
            "{to}"
        );
    }
    // Its own address is in it too.
    let near = ip(&simulation, "near");
    let (request, _) = send_from(&mut simulation, container("near", "web"), &near, 8080);
    let (there, _) = places(&request);
    assert_eq!(there, ["container web of default/near"; 2]);
}

#[test]
fn a_url_is_taken_apart_and_what_cannot_be_sent_is_not() {
    let mut simulation = world("");
    let near = ip(&simulation, "near");
    let (request, _) = send(&mut simulation, &format!("http://{near}:8080/healthz"), 1);
    assert_eq!(
        (request.said(), request.goal()),
        ("GET /healthz".into(), format!("{near}:8080"))
    );
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    let before = simulation.snapshot().network.requests().len();
    let (_, said) = send(&mut simulation, "https://web", 443);
    assert_eq!(said, "To: only http:// is sent here.");
    assert_eq!(simulation.snapshot().network.requests().len(), before);
}

#[test]
fn a_node_s_kubelet_listens_and_speaks_tls_alone() {
    let mut simulation = world("");
    let node = node_ip(&simulation, "node-2");
    for from in [container("client", "sh"), None] {
        let (request, said) = send_from(&mut simulation, from, &node, 10250);
        assert_eq!(
            request.outcome,
            Some(Outcome::Answered(Some(400))),
            "{said}"
        );
        assert_eq!(request.to, Some(Party::Kubelet("node-2".into())));
        assert_eq!(
            &*request.body,
            "Client sent an HTTP request to an HTTPS server.\n"
        );
    }
    let (request, _) = send(&mut simulation, &node, 10251);
    assert_eq!(request.outcome, Some(Outcome::Refused));
}

#[test]
fn coredns_listens_for_names_over_tcp_and_says_of_itself_what_it_counts() {
    let mut simulation = world("");
    for (to, port, status, body) in [
        ("http://10.96.0.10/", 53, None, ""),
        (
            "http://10.96.0.10:9153/",
            1,
            Some(404),
            "404 page not found\n",
        ),
        (
            "kube-dns.kube-system:9153/metrics",
            1,
            Some(200),
            "# (Podarium",
        ),
        ("10.244.0.2:8080/health", 1, Some(200), "OK"),
        ("10.244.0.2:8181/ready", 1, Some(200), "OK"),
    ] {
        let (request, said) = send(&mut simulation, to, port);
        assert_eq!(
            request.outcome,
            Some(Outcome::Answered(status)),
            "{to} {said}"
        );
        assert_eq!(request.to, Some(Party::NameServer), "{to}");
        assert!(request.body.starts_with(body), "{to}: {}", request.body);
    }
    let (request, _) = send(&mut simulation, "10.244.0.2", 54);
    assert_eq!(request.outcome, Some(Outcome::Refused));
}

#[test]
fn whoever_is_gone_when_the_packet_comes_or_the_answer_is_made_says_nothing() {
    let api = "{apiVersion: v1, kind: Pod, metadata: {name: api}, spec: {nodeName: node-3, containers: [{name: api, image: 'demo/api:1', \
               env: [{name: DB_URL, value: 'http://10.244.1.77:80'}]}]}}";
    let begin = |to: &str, port, path: &str, seconds| {
        let mut simulation = world(api);
        let to = match to {
            "node-3" => node_ip(&simulation, to),
            pod => ip(&simulation, pod),
        };
        simulation.apply(Input::Send {
            from: container("client", "sh"),
            to: to.as_str().into(),
            port,
            path: path.into(),
            every_second: false,
        });
        run(&mut simulation, seconds);
        simulation
    };
    let asked = |mut simulation: Simulation| {
        run(&mut simulation, 20.0);
        let requests = simulation.snapshot().network.requests().clone();
        let mut own = requests.values().filter(|request| request.parent.is_none());
        let request = own.next_back().expect("it was sent").clone();
        (request.outcome.clone(), request.why.to_string())
    };
    let node: Rc<str> = "node-3".into();
    let off = || Input::PowerOff { node: node.clone() };
    let is_off = |outcome| (Some(outcome), "machine node-3 is off".to_string());
    // Under way, and while the server waits for another one.
    for (to, port, path, seconds, outcome) in [
        ("node-3", 10250, "/", 0.0, Outcome::NoRoute),
        ("far", 8080, "/", 0.0, Outcome::NoRoute),
        ("api", 9090, "/deep", 1.0, Outcome::TimedOut),
    ] {
        let mut simulation = begin(to, port, path, seconds);
        simulation.apply(off());
        assert_eq!(asked(simulation), is_off(outcome), "{to}");
    }
    let mut simulation = begin("far", 8080, "/", 0.0);
    simulation.apply(Input::Partition { node: node.clone() });
    let cut = "machine node-3 is cut off".to_string();
    assert_eq!(asked(simulation), (Some(Outcome::TimedOut), cut));
    let mut simulation = begin("api", 9090, "/deep", 1.0);
    simulation.apply(Input::Fault(Fault::KillContainer {
        pod: ObjectKey::pod("default", "api"),
        container: "api".into(),
    }));
    let ended = "its program has ended before it answered".to_string();
    assert_eq!(asked(simulation), (Some(Outcome::Answered(None)), ended));
}

#[test]
fn a_server_outside_answers_for_names_at_once_and_one_of_ipv6_is_not_there() {
    let pod = |name: &str, dns: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{{dns}, containers: \
             [{{name: sh, image: \"busybox:1.36\", command: [sleep, \"100000\"]}}]}}}}\n---\n"
        )
    };
    let six = "dnsPolicy: None, dnsConfig: {nameservers: [\"fd00::1\"]}";
    let mut simulation = world(&(pod("by-node", "dnsPolicy: Default") + &pod("six", six)));
    let (request, _) = send_from(&mut simulation, container("by-node", "sh"), "web", 80);
    assert_eq!(request.outcome, Some(Outcome::NoSuchHost));
    assert!(request.ended.expect("over").since(request.asked).as_secs() < 1);
    let (request, _) = send_from(&mut simulation, container("six", "sh"), "web", 80);
    assert_eq!(request.outcome, Some(Outcome::NoNameServer));
}

#[test]
fn on_an_imported_node_that_is_not_ready_nothing_answers_and_a_pod_is_found_by_whatever_address_it_has()
 {
    let node = |name: &str, ip: &str, ready: &str, cidr: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"metadata\": {{\"name\": \"{name}\", \"uid\": \"00000000-0000-4000-8000-00000000000{}\"}}, \
             \"spec\": {{\"podCIDR\": \"{cidr}\"}}, \"status\": {{\"capacity\": {{\"cpu\": \"4\", \"memory\": \"8Gi\", \"pods\": \"110\"}}, \
             \"conditions\": [{{\"type\": \"Ready\", \"status\": \"{ready}\"}}], \
             \"addresses\": [{{\"type\": \"InternalIP\", \"address\": \"{ip}\"}}]}}}}",
            &ip[ip.len() - 1..]
        )
    };
    let pod = |name: &str, node: &str, ip: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"{name}\", \"namespace\": \"default\", \"uid\": \"00000000-0000-4000-8000-0000000000{}\"}}, \
             \"spec\": {{\"nodeName\": \"{node}\", \"containers\": [{{\"name\": \"web\", \"image\": \"demo/web:1\"}}]}}, \
             \"status\": {{\"phase\": \"Running\", \"podIP\": \"{ip}\", \"startTime\": \"2026-01-01T00:00:00Z\", \"containerStatuses\": [{{\"name\": \"web\", \
             \"image\": \"demo/web:1\", \"imageID\": \"\", \"ready\": true, \"restartCount\": 0, \"started\": true, \
             \"state\": {{\"running\": {{\"startedAt\": \"2026-01-01T00:00:00Z\"}}}}}}]}}}}",
            &ip[ip.len() - 2..]
        )
    };
    let items = [
        node("up", "10.9.0.1", "True", "10.244.1.0/24"),
        node("down", "10.9.0.2", "Unknown", "10.244.2.0/24"),
        pod("asks", "up", "10.244.1.11"),
        pod("odd", "up", "172.16.5.12"),
        pod("silent", "down", "172.16.5.13"),
    ];
    let text = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}]}}",
        items.join(", ")
    );
    let mut importer = Importer::new();
    importer.push(text.as_bytes()).expect("it is read");
    importer.end();
    while importer.step().expect("it is read") == Step::Read {}
    let imported = importer.finish().expect("it is an export");
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Import(Import {
        parts: Rc::new(imported.parts.clone()),
        newest: imported.newest,
    }));
    simulation.run_until(SimTime::from_seconds(5.0), Budget::ENDLESS);
    let asks = container("asks", "web");
    let (request, said) = send_from(&mut simulation, asks.clone(), "172.16.5.12", 8080);
    assert_eq!(
        request.outcome,
        Some(Outcome::Answered(Some(200))),
        "{said}"
    );
    for to in ["10.9.0.2", "10.244.2.7", "172.16.5.13"] {
        let (request, _) = send_from(&mut simulation, asks.clone(), to, 8080);
        let why = "node down is not Ready, and taken to be off";
        assert_eq!(end(&request), (Some(Outcome::NoRoute), why), "{to}");
    }
}

#[test]
fn between_hosts_the_addresses_stay_as_they_are() {
    let mut simulation = world("");
    let (client, far) = (ip(&simulation, "client"), ip(&simulation, "far"));
    let (request, _) = send(&mut simulation, &far, 8080);
    let (there, _) = places(&request);
    assert_eq!(
        there[2..],
        [
            "bridge of node-1",
            "node node-1",
            "host host-1",
            "road from host-1 to host-2",
            "host host-2",
            "node node-3",
            "bridge of node-3",
            "veth of default/far",
            "container web of default/far",
        ]
    );
    for hop in &request.hops {
        let (from, to) = if hop.back {
            (&far, &client)
        } else {
            (&client, &far)
        };
        assert_eq!((&*hop.source.ip, &*hop.destination.ip), (&**from, &**to));
    }
    let moments: Vec<SimTime> = request.hops.iter().map(|hop| hop.at).collect();
    assert!(
        moments.is_sorted(),
        "one place after the other: {moments:?}"
    );
    assert_eq!(request.ended, moments.last().copied());
}

#[test]
fn what_nobody_answers_ends_in_its_own_way() {
    let mut simulation = world("");
    let near = ip(&simulation, "near");
    let (refused, said) = send(&mut simulation, &near, 81);
    assert_eq!(refused.outcome, Some(Outcome::Refused));
    assert!(
        said.contains("refused (nobody listens on this port)"),
        "{said}"
    );
    let nobody = format!("{}.250", near.rsplit_once('.').expect("an address").0);
    let (request, _) = send(&mut simulation, &nobody, 80);
    assert_eq!(request.outcome, Some(Outcome::NoRoute));
    let waited = request.ended.expect("over").since(request.asked);
    assert!(
        waited.as_secs() == 3,
        "the node looks for it for three seconds: {waited:?}"
    );
    let (request, _) = send(&mut simulation, "198.51.100.1", 80);
    assert_eq!(request.outcome, Some(Outcome::TimedOut));
    assert_eq!(
        request.hops.last().map(|hop| &hop.place),
        Some(&Place::Outside)
    );
    let (request, _) = send(&mut simulation, "no-such-service", 80);
    assert_eq!(request.outcome, Some(Outcome::NoSuchHost));
    assert!(!request.lookups.is_empty());
}

#[test]
fn a_program_asks_another_pod_and_goes_on_with_its_answer() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let manifest = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: asks}}, spec: {{restartPolicy: Never, containers: [{{name: sh, \
         image: \"busybox:1.36\", command: [sh, -c, \"wget -qO- http://{far}:8080/; wget -T 2 http://{far}:81/; \
         wget http://nobody/; timeout 2 nc -z 198.51.100.1 80; echo $?\"]}}]}}}}"
    );
    simulation.apply(Input::Apply {
        manifest: manifest.as_str().into(),
    });
    run(&mut simulation, 60.0);
    let pod = ObjectKey::pod("default", "asks");
    let log = simulation.log(&pod, "sh", false).expect("it ran");
    let lines: Vec<&str> = log.iter().map(|(_, line)| &**line).collect();
    let expected = [
        "demo/web:1".to_string(),
        format!("Connecting to {far}:81 ({far}:81)"),
        format!("wget: can't connect to remote host ({far}): Connection refused"),
        "wget: bad address 'nobody'".to_string(),
        "143".to_string(),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(&expected).skip(1) {
        assert_eq!(line, expected);
    }
}

#[test]
fn nslookup_asks_for_every_end_at_once_and_says_what_came_of_each() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.7.7, selector: {app: web}, \
                   ports: [{port: 80, targetPort: 8080}]}}";
    let mut simulation = world(service);
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: asks}, spec: {restartPolicy: Never, containers: [{name: sh, \
         image: \"busybox:1.36\", command: [sh, -c, \"nslookup web; echo $?; nslookup web.default; \
         nslookup -type=a web.default.svc.cluster.local; echo $?; nslookup 10.96.7.7; nslookup web 198.51.100.1; echo $?\"]}]}}";
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
    run(&mut simulation, 60.0);
    let log = simulation.log(&ObjectKey::pod("default", "asks"), "sh", false);
    let log = log.expect("it ran");
    let lines: Vec<&str> = log.iter().map(|(_, line)| &**line).collect();
    let head = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
    let not = |name: &str| format!("** server can't find {name}: NXDOMAIN\n\n");
    let others = not("web.svc.cluster.local") + &not("web.cluster.local");
    let found = "Name:\tweb.default.svc.cluster.local\nAddress: 10.96.7.7\n\n";
    let expected = [
        format!("{head}{found}{others}\n{others}1\n"),
        format!("{head}{0}{0}", not("web.default")),
        format!("{head}{found}0\n"),
        format!("{head}7.7.96.10.in-addr.arpa\tname = web.default.svc.cluster.local\n\n"),
        ";; connection timed out; no servers could be reached\n\n1\n".to_string(),
    ];
    assert_eq!(lines.join("\n"), expected.concat().trim_end());
}

#[test]
fn a_port_of_the_node_leads_into_its_pod_and_a_pod_on_the_node_s_network_has_its_address() {
    let more = r#"
apiVersion: v1
kind: Pod
metadata: {name: open}
spec: {nodeName: node-2, containers: [{name: web, image: "demo/web:1", ports: [{containerPort: 8080, hostPort: 9090}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host}
spec: {nodeName: node-2, hostNetwork: true, containers: [{name: web, image: "demo/web:1"}]}
"#;
    let mut simulation = world(more);
    let (node, open) = (node_ip(&simulation, "node-2"), ip(&simulation, "open"));
    let (request, _) = send_from(&mut simulation, None, &node, 9090);
    assert_eq!(
        request.outcome,
        Some(Outcome::Answered(Some(200))),
        "{request:?}"
    );
    let last = request.hops.iter().rfind(|hop| !hop.back).expect("a way");
    assert_eq!(last.destination.to_string(), format!("{open}:8080"));
    let (request, _) = send(&mut simulation, &node, 8080);
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    let party = request.to.as_ref().and_then(|to| to.pod().cloned());
    assert_eq!(party, Some(ObjectKey::pod("default", "host")));
    // Whoever asks from there comes with the node's address.
    let host = Some((ObjectKey::pod("default", "host"), "web".into()));
    let (request, _) = send_from(&mut simulation, host, &open, 8080);
    assert_eq!(request.outcome, Some(Outcome::Answered(Some(200))));
    assert!(
        request
            .hops
            .iter()
            .filter(|hop| !hop.back)
            .all(|hop| *hop.source.ip == *node)
    );
}

#[test]
fn what_is_asked_each_second_goes_on_until_it_is_stopped_and_two_hundred_are_kept() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let input = simulation.apply(Input::Send {
        from: Some((ObjectKey::pod("default", "client"), "sh".into())),
        to: far.as_str().into(),
        port: 8080,
        path: "/".into(),
        every_second: true,
    });
    run(&mut simulation, 10.5);
    assert_eq!(simulation.snapshot().network.requests().len(), 11);
    run(&mut simulation, 300.0);
    assert_eq!(simulation.snapshot().network.requests().len(), 200);
    simulation.apply(Input::StopSending { input });
    run(&mut simulation, 10.0);
    let requests = simulation.snapshot().network.requests().clone();
    assert!(requests.values().next_back().expect("some").asked < simulation.now());
    assert!(simulation.snapshot().network.traffic().is_empty());
}

#[test]
fn what_is_asked_each_second_ends_with_its_pod_and_with_the_machine_under_it() {
    for input in [
        Input::RemoveMachine {
            name: "node-1".into(),
        },
        Input::Delete {
            object: ObjectKey::pod("default", "client"),
            grace_period_seconds: Some(0),
        },
    ] {
        let mut simulation = world("");
        let far = ip(&simulation, "far");
        simulation.apply(Input::Send {
            from: Some((ObjectKey::pod("default", "client"), "sh".into())),
            to: far.as_str().into(),
            port: 8080,
            path: "/".into(),
            every_second: true,
        });
        run(&mut simulation, 2.5);
        assert_eq!(simulation.snapshot().network.traffic().len(), 1);
        let said = format!("{input:?}");
        simulation.apply(input);
        run(&mut simulation, 2.5);
        assert!(simulation.snapshot().network.traffic().is_empty(), "{said}");
    }
}
