//! What an update of a Service keeps, drops and refuses, as the API server's storage has it.

use std::rc::Rc;

use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::bootstrap;
use crate::cluster::{Actor, Setup, World};

/// A Service is made and replaced by others, as `PUT` does; what the last one was answered, and
/// what there is then.
fn replaced(specs: &[&str]) -> (String, Value) {
    let mut world = World::new(Rc::new(Setup::default()), 7);
    bootstrap(&mut world);
    let mut answer = String::new();
    for (index, spec) in specs.iter().enumerate() {
        let manifest = format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: default}}, spec: {{{spec}}}}}"
        );
        let manifest: serde_json::Value = serde_yaml::from_str(&manifest).expect("it is YAML");
        let value = Value::from_json(&manifest);
        let done = match index {
            0 => world.create(Actor::You, value),
            _ => world.update(Actor::You, value),
        };
        answer = done.map_or_else(|status| status.to_string(), |_| "done".into());
    }
    let key = ObjectKey::new("Service", "default", "web");
    let service = world.store.get(&key).map(|service| service.value.clone());
    let spec = service.and_then(|service| service.get("spec").cloned());
    (answer, spec.unwrap_or_default())
}

fn node_ports(spec: &Value) -> Vec<i64> {
    let ports = spec.get("ports").map_or(&[][..], Value::items).iter();
    let port = |port: &Value| port.get("nodePort").and_then(Value::as_i64);
    ports.map(|it| port(it).unwrap_or(0)).collect()
}

#[test]
fn an_address_and_node_ports_stay_where_an_update_does_not_say() {
    let node_port = "type: NodePort, ports: [{name: a, port: 80}, {name: b, port: 81}]";
    let (_, first) = replaced(&[node_port]);
    // Ports are told apart by their names, whatever their numbers.
    let renumbered = "type: NodePort, ports: [{name: b, port: 8081}, {name: c, port: 80}]";
    let (answer, second) = replaced(&[node_port, renumbered]);
    assert_eq!(answer, "done");
    assert_eq!(second.get("clusterIP"), first.get("clusterIP"));
    let (was, now) = (node_ports(&first), node_ports(&second));
    assert_eq!(now[0], was[1]);
    assert!(now[1] != 0 && !was.contains(&now[1]), "{was:?} {now:?}");
}

#[test]
fn node_ports_go_with_the_type_unless_one_is_new() {
    let before = "type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30081}]";
    let fewer = "ports: [{name: b, port: 81, nodePort: 30081}]";
    let (answer, spec) = replaced(&[before, fewer]);
    assert_eq!(answer, "done");
    assert_eq!(node_ports(&spec), [0]);
    let (answer, _) = replaced(&[before, "ports: [{port: 80, nodePort: 30090}]"]);
    assert_eq!(
        answer,
        "The Service \"web\" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
    );
}

#[test]
fn a_service_that_becomes_a_name_gives_its_address_back() {
    let address = "ports: [{port: 80}], clusterIP: 10.96.0.77";
    let name = "type: ExternalName, externalName: example.com, ports: [{port: 80}]";
    let (answer, spec) = replaced(&[address, name]);
    assert_eq!(answer, "done");
    assert_eq!(spec.get("clusterIP"), None);
    let (answer, spec) = replaced(&[address, name, "ports: [{port: 80}]"]);
    assert_eq!(answer, "done");
    assert!(spec.text_at(&["clusterIP"]).starts_with("10.96."));
}

#[test]
fn a_policy_of_families_is_kept() {
    let prefers = "ports: [{port: 80}], ipFamilyPolicy: PreferDualStack";
    let (answer, spec) = replaced(&[prefers, "ports: [{port: 81}]"]);
    assert_eq!(answer, "done");
    assert_eq!(spec.text_at(&["ipFamilyPolicy"]), "PreferDualStack");
}

#[test]
fn a_port_for_health_checks_stays_and_may_not_change() {
    let local = "type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]";
    let (_, first) = replaced(&[local]);
    let (_, second) = replaced(&[local, &format!("{local}, selector: {{a: b}}")]);
    let health = "healthCheckNodePort";
    assert_eq!(first.get(health), second.get(health));
    let (answer, _) = replaced(&[local, &format!("{local}, {health}: 30001")]);
    assert_eq!(
        answer,
        "The Service \"web\" is invalid: spec.healthCheckNodePort: Forbidden: field is immutable"
    );
    let (_, cluster) = replaced(&[local, "type: LoadBalancer, ports: [{port: 80}]"]);
    assert_eq!(cluster.get(health), None);
    let taken = format!("{local}, {health}: 29000");
    let key = |answer: (String, Value)| answer.0;
    assert_eq!(
        key(replaced(&["ports: [{port: 80}]", &taken])),
        "Error from server (InternalError): Internal error occurred: failed to allocate requested HealthCheck NodePort 29000: \
         provided port is not in the valid range. The range of valid ports is 30000-32767"
    );
}

#[test]
fn ports_of_one_number_share_a_node_port_when_they_are_made() {
    let both = "type: NodePort, ports: [{name: t, port: 53}, {name: u, port: 53, protocol: UDP, nodePort: 30053}]";
    let (answer, spec) = replaced(&[both]);
    assert_eq!(answer, "done");
    assert_eq!(node_ports(&spec), [30053, 30053]);
}

#[test]
fn space_around_a_source_range_is_part_of_the_api() {
    let ranges = |range: &str| {
        format!(
            "type: LoadBalancer, ports: [{{port: 80}}], loadBalancerSourceRanges: [\"{range}\"]"
        )
    };
    assert_eq!(replaced(&[&ranges(" 10.0.0.0/8 ")]).0, "done");
}
