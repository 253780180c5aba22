//! Exports that say something odd: of the future, beyond all bounds, or without a network.

use super::*;

#[test]
fn what_is_still_to_come_is_no_moment_of_the_export() {
    let text = String::from_utf8(exported(2, 6)).expect("it is text");
    let certificate = "---\napiVersion: cert-manager.io/v1\nkind: Certificate\n\
                       metadata: {name: c, namespace: a, creationTimestamp: \"2026-01-01T00:00:00Z\"}\n\
                       status: {renewalTime: \"2199-01-01T00:00:00Z\"}\n";
    let alone = read(text.as_bytes()).expect("it is an export");
    let with = read(format!("{text}{certificate}").as_bytes()).expect("it is an export");
    assert_eq!(with.summary.others, alone.summary.others + 1);
    assert_eq!(with.newest, alone.newest);
    let event = "---\napiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: a}\n\
                 lastTimestamp: \"2199-01-01T00:00:00Z\"\n";
    let with = read(format!("{text}{event}").as_bytes()).expect("it is an export");
    assert_eq!(
        Some(with.newest),
        SimTime::parse_rfc3339("2199-01-01T00:00:00Z")
    );
}

#[test]
fn a_version_that_etcd_could_not_give_is_not_gone_on_from() {
    let text = "apiVersion: v1\nkind: Pod\n\
                metadata: {name: p, namespace: a, resourceVersion: \"18446744073709551615\"}\n\
                spec: {containers: [{name: c, image: nginx}]}\n";
    let world = later(&imported(text.as_bytes()), 30.0);
    let namespace = ObjectKey::new("Namespace", "", "a");
    let namespace = world.world().store.get(&namespace).expect("it is made");
    let version: i64 = namespace.meta.resource_version.parse().expect("a number");
    assert!((1..1_000_000).contains(&version), "{version}");
}

#[test]
fn no_back_off_is_longer_than_the_kubelets_longest() {
    let text = String::from_utf8(exported(50, 500)).expect("it is text");
    for pause in ["999999999999s", "307445734561825860m59s"] {
        let odd = text.replace("back-off 5m0s ", &format!("back-off {pause} "));
        assert_ne!(odd, text);
        let before = imported(odd.as_bytes());
        let after = later(&before, 600.0);
        let mut seen = 0;
        let waits = |(_, pod): &(&ObjectKey, &Rc<Pod>)| {
            let statuses = &pod.status.container_statuses;
            let waiting = statuses.first().and_then(|one| one.state.waiting.as_ref());
            waiting.is_some_and(|waiting| waiting.message.contains(pause))
                && pod.metadata.deletion_timestamp.is_none()
        };
        for (key, old) in pods(&before).filter(waits) {
            let node = ObjectKey::node(&old.spec.node_name);
            let node = before.world().store.get(&node).expect("its node");
            if !node.node().expect("a Node").is_ready() {
                continue;
            }
            let now = after.world().store.get(key).and_then(|object| object.pod());
            let restarts = |pod: &Pod| pod.status.container_statuses[0].restart_count;
            assert!(
                restarts(now.expect("it crashes on")) > restarts(old),
                "{key}"
            );
            seen += 1;
        }
        assert!(seen > 0);
    }
}

#[test]
fn every_node_without_a_network_gets_one_of_its_own() {
    let node = |number: usize| {
        let cidr = match number {
            0 => "{podCIDR: 10.244.2.0/24}",
            _ => "{}",
        };
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: n-{number:04}}}\nspec: {cidr}\n\
             status: {{capacity: &all {{cpu: 4, memory: 8Gi, pods: 110}}, allocatable: *all,\n  \
             conditions: [{{type: Ready, status: \"True\"}}]}}\n---\n"
        )
    };
    let pod = |number: usize| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p-{number:04}, namespace: a}}\n\
             spec: {{nodeName: n-{number:04}, containers: [{{name: c, image: nginx}}]}}\n---\n"
        )
    };
    let count = 3200;
    let some = [0, 1, 7, 3069, 3070, 3071, 3072, count - 1];
    let text: String = (0..count).map(node).chain(some.map(pod)).collect();
    let world = later(&imported(text.as_bytes()), 30.0);
    let ips: Vec<_> = pods(&world)
        .map(|(_, pod)| pod.status.pod_ip.clone())
        .collect();
    let networks: std::collections::BTreeSet<_> = ips
        .iter()
        .map(|ip| ip.parse::<std::net::Ipv4Addr>().expect("an address"))
        .map(|ip| (ip.octets()[0], ip.octets()[1], ip.octets()[2]))
        .collect();
    assert_eq!(networks.len(), some.len(), "{ips:?}");
}
