//! A world with a client and two servers, and requests that somebody sends in it.

use std::rc::Rc;

use podarium::api::{ObjectKey, Value};
use podarium::cluster::network::request::Request;
use podarium::cluster::{Budget, Input, InputId, Setup, SimTime, Simulation};

/// A client on node-1, a server beside it and one on another host, and Services in front of them. Slices are written
/// by hand: a selector would have the controller write them.
pub const WORLD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec:
  nodeName: node-1
  containers: [{name: sh, image: "busybox:1.36", command: [sleep, "100000"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: near, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: web, image: "demo/web:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: far, labels: {app: web}}
spec: {nodeName: node-3, containers: [{name: web, image: "demo/web:1"}]}
"#;

pub fn world(more: &str) -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 7);
    let manifest = format!("{WORLD}---\n{more}");
    simulation.apply(Input::Apply {
        manifest: manifest.as_str().into(),
    });
    run(&mut simulation, 30.0);
    simulation
}

pub fn run(simulation: &mut Simulation, seconds: f64) {
    let until = SimTime(simulation.now().0 + (seconds * 1e6) as i64);
    simulation.run_until(until, Budget::ENDLESS);
}

pub fn ip(simulation: &Simulation, pod: &str) -> String {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", pod));
    let object = object.unwrap_or_else(|| panic!("no Pod {pod}"));
    object.value.text_at(&["status", "podIP"]).to_string()
}

/// Sends from the client and waits until it is over.
pub fn send(simulation: &mut Simulation, to: &str, port: u16) -> (Request, String) {
    let client = Some((ObjectKey::pod("default", "client"), "sh".into()));
    send_from(simulation, client, to, port)
}

pub fn send_from(
    simulation: &mut Simulation,
    from: Option<(ObjectKey, Rc<str>)>,
    to: &str,
    port: u16,
) -> (Request, String) {
    let input = simulation.apply(Input::Send {
        from,
        to: to.into(),
        port,
        path: "/".into(),
        every_second: false,
    });
    run(simulation, 30.0);
    let answer = told(simulation, input);
    let requests = simulation.snapshot().network.requests().clone();
    let mut own = requests.values().filter(|request| request.parent.is_none());
    ((**own.next_back().expect("it was sent")).clone(), answer)
}

pub fn told(simulation: &Simulation, input: InputId) -> String {
    let answers = &simulation.world().answers;
    let answer = answers.get(&input).expect("it is answered");
    assert!(answer.finished, "it is over");
    let lines: Vec<&str> = answer.lines.iter().map(|line| &*line.text).collect();
    lines.join("\n")
}

/// The places there, and the places back.
pub fn places(request: &Request) -> (Vec<String>, Vec<String>) {
    let of = |back: bool| {
        let hops = request.hops.iter().filter(|hop| hop.back == back);
        hops.map(|hop| hop.place.to_string()).collect()
    };
    (of(false), of(true))
}

/// The address of a node.
pub fn node_ip(simulation: &Simulation, node: &str) -> String {
    let node = simulation
        .world()
        .store
        .get(&ObjectKey::node(node))
        .cloned();
    let addresses = node
        .expect("it is there")
        .value
        .at(&["status", "addresses"])
        .cloned();
    match addresses {
        Some(Value::List(list)) => list[0].text_at(&["address"]).to_string(),
        other => panic!("{other:?}"),
    }
}

/// Two servers behind a Service that selects them, and a client.
pub const SELECTED: &str = r#"
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: pods}, spec: {clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}}
"#;
