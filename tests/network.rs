//! Requests between Pods: where they come by, who answers, and how those end that nobody answers.

use podarium::api::ObjectKey;
use podarium::cluster::network::request::{Outcome, Place};
use podarium::cluster::{Input, SimTime};

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
