//! Who is behind a Service: what the controllers of the real Kubernetes wrote into slices, put to
//! ours; and what Endpoints and slices look like as a whole.

use std::io::Read;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::Controllers;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::{Actor, Setup, SimTime, Wake, World, api_server};
use crate::kubectl::patch::patch;

const SLICE: &str = "EndpointSlice.discovery.k8s.io";

/// Controllers alone, and who does to Pods and Services what was done.
struct ByHand {
    world: World,
    controllers: Controllers,
}

impl ByHand {
    fn new(nodes: &[&str]) -> Self {
        let setup = Setup {
            control_plane_services: false,
            ..Setup::default()
        };
        let mut world = World::new(Rc::new(setup), 7);
        api_server::bootstrap(&mut world);
        let controllers = Controllers::new();
        let mut by_hand = ByHand { world, controllers };
        for node in nodes {
            by_hand.create(&json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": { "name": node, "labels": { "topology.kubernetes.io/zone": "zone-a" } },
            }));
        }
        by_hand
    }

    /// What follows within a second.
    fn settle(&mut self) {
        let soon = SimTime(self.world.now().0 + 1_000_000);
        loop {
            while let Some(change) = self.world.next_untold() {
                self.controllers.observe(&mut self.world, &change);
            }
            match self.world.timers_mut().ring(soon) {
                Some((Wake::Controller(wake), _)) => self.controllers.wake(&mut self.world, wake),
                Some(_) => {}
                None => break,
            }
        }
        self.world.timers_mut().advance(soon);
    }

    fn create(&mut self, object: &Json) {
        let mut object = Value::from_json(object);
        if object.text_at(&["kind"]) != "Node" {
            object.set(&["metadata", "namespace"], "default");
        }
        self.world.create(Actor::You, object).expect("it is valid");
        self.settle();
    }

    fn apply(&mut self, manifest: &str) {
        let manifest: Json = serde_yaml::from_str(manifest).expect("it is YAML");
        self.create(&manifest);
    }

    fn patch(&mut self, object: &ObjectKey, wanted: &Json) {
        patch(&mut self.world, object, "", &wanted.to_string()).expect("it is taken");
        self.settle();
    }

    fn pod(&mut self, name: &str, node: &str, names: [&str; 2]) {
        self.create(&json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": name, "labels": { "app": "web" } },
            "spec": {
                "nodeName": node, "hostname": names[0], "subdomain": names[1],
                "containers": [{ "name": "c", "image": "nginx", "ports": [{ "name": "http", "containerPort": 8080 }] }],
            },
        }));
    }

    fn report(&mut self, pod: &str, ip: &str, ready: bool) {
        let status = Value::from_json(&json!({
            "phase": "Running", "podIP": ip, "podIPs": [{ "ip": ip }],
            "conditions": [{
                "type": "Ready", "status": if ready { "True" } else { "False" },
                "lastTransitionTime": self.world.now().to_rfc3339(),
            }],
        }));
        let pod = ObjectKey::pod("default", pod);
        let actor = Actor::Kubelet("manual".into());
        let written = self
            .world
            .patch(actor, &pod, |pod| pod.set(&["status"], status));
        written.expect("it is there");
        self.settle();
    }

    fn delete(&mut self, object: &ObjectKey, grace_period_seconds: Option<i64>) {
        let gone = self.world.delete(Actor::You, object, grace_period_seconds);
        gone.expect("it was there");
        self.settle();
    }

    /// Each version that there was of objects of a kind.
    fn versions(&self, kind: &str) -> Vec<Json> {
        let changes = self.world.store.changes().iter();
        changes
            .filter(|change| &*change.object.kind == kind)
            .filter_map(|change| Some(change.after.as_ref()?.value.to_json()))
            .collect()
    }

    /// The only one of a kind, without what differs from run to run.
    fn only(&self, kind: &str) -> Json {
        let objects: Vec<&Rc<Object>> = self.world.store.list(kind).map(|(_, one)| one).collect();
        assert_eq!(objects.len(), 1, "{kind}");
        told(objects[0])
    }
}

/// An object without uids and versions.
fn told(object: &Object) -> Json {
    fn blind(value: &mut Json) {
        match value {
            Json::Object(fields) => {
                for name in ["uid", "resourceVersion", "creationTimestamp"] {
                    fields.remove(name);
                }
                fields.values_mut().for_each(blind);
            }
            Json::Array(items) => items.iter_mut().for_each(blind),
            _ => {}
        }
    }
    let mut value = object.value.to_json();
    blind(&mut value);
    value
}

/// A slice as the recordings have it.
fn slice(value: &Json) -> Json {
    let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    let endpoint = |it: &Json| json!({ "target": it["targetRef"]["name"], "conditions": it["conditions"], "node": it["nodeName"] });
    let endpoints: Vec<Json> = list("endpoints").iter().map(endpoint).collect();
    json!({ "ports": list("ports"), "endpoints": endpoints })
}

/// `web-<rs1>-<pod1>` can't be a name.
fn named(text: &str) -> String {
    text.replace(['<', '>'], "")
}

/// Does what the recording says was done to Services and Pods, and compares each version of the slice.
fn replay(id: &str) {
    let mut text = String::new();
    let file = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/controllers/controllers.jsonl.gz"
    ));
    flate2::read::GzDecoder::new(&file[..])
        .read_to_string(&mut text)
        .expect("they are text");
    let case = text
        .lines()
        .find(|case| case.contains(&format!("\"{id}\"")));
    let case: Json = serde_json::from_str(case.expect("it is there")).expect("it is JSON");
    let mut world = ByHand::new(&["manual", "node-1", "node-2", "node-3"]);
    let mut expected = Vec::new();
    let mut state = json!({ "ports": [], "endpoints": [] });
    for entry in case["trace"].as_array().expect("a trace") {
        let (kind, set) = (entry["kind"].as_str().unwrap_or_default(), &entry["set"]);
        if kind == "EndpointSlice" {
            for part in ["ports", "endpoints"] {
                if let Some(value) = set.get(part) {
                    let value = named(&value.to_string());
                    let value: Json = serde_json::from_str(&value).expect("it is JSON");
                    state[part] = if value.is_null() { json!([]) } else { value };
                }
            }
            expected.push(state.clone());
        } else if kind == "Pod" {
            by_hand(&mut world, entry);
        } else if let Some(command) = entry["do"].as_str() {
            given(
                &mut world,
                command,
                entry["stdin"].as_str().unwrap_or_default(),
            );
        }
    }
    let got: Vec<Json> = world.versions(SLICE).iter().map(slice).collect();
    assert_eq!(got, expected);
}

/// What was seen of a Pod happens to ours.
fn by_hand(world: &mut ByHand, entry: &Json) {
    let (op, set) = (entry["op"].as_str().expect("an op"), &entry["set"]);
    let name = named(entry["name"].as_str().expect("a name"));
    let key = ObjectKey::pod("default", &name);
    if let Some(node) = set["node"].as_str() {
        world.pod(&name, node, ["", ""]);
    }
    if let Some(ready) = set["ready"].as_bool().filter(|_| op == "MODIFIED") {
        world.report(&name, "10.244.1.2", ready);
    }
    if set["deleting"] == json!(true) {
        world.delete(&key, None);
    }
    if op == "DELETED" {
        world.delete(&key, Some(0));
    }
}

/// What was done to Services; what makes Pods makes none here.
fn given(world: &mut ByHand, command: &str, stdin: &str) {
    let service = ObjectKey::new("Service", "default", "web");
    let patch = command.split('\'').nth(1).unwrap_or_default();
    if stdin.contains("kind: Service") {
        world.apply(stdin);
    } else if command.contains("--type=json") {
        world.patch(&service, &json!({ "spec": { "selector": null } }));
    } else if command.starts_with("kubectl patch svc") {
        let patch = serde_json::from_str(patch).expect("a patch");
        world.patch(&service, &patch);
    }
}

#[test]
fn named_ports_selectors_and_publishing_are_as_recorded() {
    replay("endpoints-02");
}

#[test]
fn a_rolling_update_is_as_recorded() {
    replay("endpoints-03");
}

#[test]
fn a_slice_and_endpoints_as_a_whole() {
    let mut world = ByHand::new(&["node-1"]);
    world.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: web, labels: {team: blue}}, spec: {clusterIP: None, selector: {app: web}, \
         trafficDistribution: PreferClose, ports: [{name: web, port: 80, targetPort: http}, {name: admin, port: 81, appProtocol: kubernetes.io/h2c}]}}",
    );
    world.pod("web-0", "node-1", ["first", "web"]);
    world.pod("web-1", "node-1", ["second", "other"]);
    world.report("web-0", "10.244.1.2", true);
    world.report("web-1", "10.244.1.3", false);
    let mut slice = world.only(SLICE);
    let name = slice["metadata"]["name"].take();
    assert!(
        name.as_str()
            .is_some_and(|name| name.len() == "web-xxxxx".len())
    );
    let target = |name: &str| json!({ "kind": "Pod", "namespace": "default", "name": name });
    assert_eq!(
        slice,
        json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "annotations": { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:05Z" },
                "generateName": "web-",
                "generation": 3,
                "labels": {
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                    "kubernetes.io/service-name": "web",
                    "service.kubernetes.io/headless": "",
                    "team": "blue",
                },
                "name": null,
                "namespace": "default",
                "ownerReferences": [{
                    "apiVersion": "v1", "kind": "Service", "name": "web", "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "addressType": "IPv4",
            "endpoints": [
                {
                    "addresses": ["10.244.1.2"],
                    "conditions": { "ready": true, "serving": true, "terminating": false },
                    "hints": { "forZones": [{ "name": "zone-a" }] },
                    "hostname": "first",
                    "nodeName": "node-1",
                    "targetRef": target("web-0"),
                    "zone": "zone-a",
                },
                {
                    "addresses": ["10.244.1.3"],
                    "conditions": { "ready": false, "serving": false, "terminating": false },
                    "nodeName": "node-1",
                    "targetRef": target("web-1"),
                    "zone": "zone-a",
                },
            ],
            // In the order of their hashes.
            "ports": [
                { "name": "admin", "port": 81, "protocol": "TCP", "appProtocol": "kubernetes.io/h2c" },
                { "name": "web", "port": 8080, "protocol": "TCP" },
            ],
        })
    );
    assert_eq!(
        world.only("Endpoints"),
        json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "annotations": { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:05Z" },
                "labels": {
                    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
                    "service.kubernetes.io/headless": "",
                    "team": "blue",
                },
                "name": "web",
                "namespace": "default",
            },
            "subsets": [{
                "addresses": [{ "hostname": "first", "ip": "10.244.1.2", "nodeName": "node-1", "targetRef": target("web-0") }],
                "notReadyAddresses": [{ "ip": "10.244.1.3", "nodeName": "node-1", "targetRef": target("web-1") }],
                "ports": [
                    { "name": "admin", "port": 81, "protocol": "TCP", "appProtocol": "kubernetes.io/h2c" },
                    { "name": "web", "port": 8080, "protocol": "TCP" },
                ],
            }],
        })
    );
}

fn sizes(world: &ByHand) -> Vec<usize> {
    let slices = world.world.store.list(SLICE);
    let sizes = slices.filter_map(|(_, slice)| Some(slice.endpoint_slice()?.endpoints.len()));
    let mut sizes: Vec<usize> = sizes.collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn a_slice_takes_a_hundred_and_a_new_pod_goes_where_there_is_room() {
    let mut world = ByHand::new(&["node-1"]);
    for at in 0..150 {
        let name = format!("web-{at}");
        world.pod(&name, "node-1", ["", ""]);
        world.report(&name, &format!("10.244.1.{at}"), true);
    }
    world.apply("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}");
    assert_eq!(sizes(&world), [50, 100]);
    world.pod("more", "node-1", ["", ""]);
    world.report("more", "10.244.2.1", true);
    assert_eq!(sizes(&world), [51, 100]);
    let before = world.versions(SLICE).len();
    world.report("web-7", "10.244.1.7", false);
    assert_eq!(
        world.versions(SLICE).len(),
        before + 1,
        "one slice is written"
    );
    assert_eq!(sizes(&world), [51, 100]);
}

#[test]
fn a_pod_of_a_node_that_is_not_there_is_left_out_told_and_tried_again() {
    let mut world = ByHand::new(&[]);
    world.apply("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}");
    world.pod("web-0", "late", ["", ""]);
    world.report("web-0", "10.244.1.2", true);
    assert_eq!(sizes(&world), [0]);
    let events = world.versions("Event");
    let told: Vec<&str> = events
        .iter()
        .filter_map(|event| event["message"].as_str())
        .collect();
    let expected = "Error updating Endpoint Slices for Service default/web: \
                    skipping Pod web-0 for Service default/web: Node late Not Found";
    assert_eq!(told.first(), Some(&expected));
    world.create(&json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "late" } }));
    world.settle();
    assert_eq!(sizes(&world), [1]);
}
