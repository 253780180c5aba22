//! A Pod from near, as worlds show it.

use super::*;
use crate::cluster::{Budget, Input, Setup, Simulation};
use crate::collections::List;

/// The Pod `p` of this manifest, so many seconds after it was applied.
fn after(seconds: i64, manifest: &str) -> Anatomy {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
    simulation.run_until(SimTime(seconds * 1_000_000), Budget::ENDLESS);
    of(&simulation.snapshot())
}

fn of(snapshot: &Snapshot) -> Anatomy {
    let (key, t) = (ObjectKey::pod("default", "p"), snapshot.time);
    let speeds = Speeds::default();
    anatomy(snapshot, &key, t, &speeds).expect("it was applied")
}

const SHOP: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {\
    automountServiceAccountToken: false, \
    volumes: [{name: logs, emptyDir: {}}, {name: spare, emptyDir: {}}], \
    initContainers: [{name: migrate, image: demo/batch:1, env: [{name: RUN_SECONDS, value: '3'}]}, \
    {name: proxy, image: demo/proxy:1, restartPolicy: Always, env: [{name: PORT, value: '8080'}], \
    ports: [{containerPort: 8080}], startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}], \
    containers: [{name: web, image: demo/loopback:1, resources: {requests: {cpu: 100m}, \
    limits: {cpu: 200m, memory: 64Mi}}, volumeMounts: [{name: logs, mountPath: /var/log}], \
    livenessProbe: {exec: {command: ['false']}, periodSeconds: 2, failureThreshold: 50}}, \
    {name: agent, image: demo/agent:1, ports: [{containerPort: 9102}], \
    volumeMounts: [{name: logs, mountPath: /logs, readOnly: true}]}]}}";

#[test]
fn steps_stand_in_the_order_of_the_start() {
    let shop = after(60, SHOP);
    let told = |step: &Step| {
        let names: Vec<_> = step.containers.iter().map(|one| &*one.name).collect();
        (step.kind, names.join(" "), step.seconds)
    };
    let told: Vec<_> = shop.steps.iter().map(told).collect();
    let expected = [
        (StepKind::Init, "migrate".to_string(), Some(3)),
        (StepKind::Sidecar, "proxy".into(), None),
        (StepKind::Containers, "web agent".into(), None),
    ];
    assert_eq!(told, expected);
    assert_eq!(shop.ending, "On deletion: web and agent stop, then proxy");
}

#[test]
fn items_of_the_tree_are_named_by_the_pages_grammar() {
    let names: Vec<_> = after(60, SHOP)
        .items()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    let is_probe = |name: &&Rc<str>| name.starts_with("Probe");
    let shared: Vec<&str> = names
        .iter()
        .filter(|name| !is_probe(name))
        .map(|name| &**name)
        .collect();
    assert_eq!(
        shared,
        [
            "Port 8080, proxy listens on 0.0.0.0",
            "Port 7070, web listens on 127.0.0.1",
            "Port 9102, declared, nobody listens, agent",
            "Volume logs, emptyDir, mounted in web and agent",
            "Volume spare, emptyDir, mounted nowhere",
        ]
    );
    let probes: Vec<_> = names.iter().filter(is_probe).collect();
    assert_eq!(&**probes[0], "Probe startup of proxy, 1 passed, 0 failed");
    assert!(
        probes[1].starts_with("Probe liveness of web, 0 passed, "),
        "{probes:?}"
    );
}

#[test]
fn a_card_has_a_gauge_of_what_runs_and_its_probes() {
    let shop = after(60, SHOP);
    let card = |name: &str| shop.cards.iter().find(|card| &*card.glyph.name == name);
    let (proxy, web) = (
        card("proxy").expect("it is there"),
        card("web").expect("it is there"),
    );
    assert!(proxy.sidecar && !web.sidecar && card("migrate").is_none());
    assert_eq!((web.cpu.request, web.cpu.limit), (Some(100), Some(200)));
    assert_eq!(web.memory.limit, Some(64 << 20));
    assert!(web.cpu.used.is_some() && proxy.memory.limit.is_none());
    assert_eq!(proxy.probes[0].words, "passed");
    assert!(
        web.probes[0].words.ends_with(" of 50 failures"),
        "{}",
        web.probes[0].words
    );
    assert_eq!(web.probes[0].last, [false; 8]);
}

#[test]
fn a_mount_has_a_path_and_a_mode() {
    let shop = after(60, SHOP);
    let mounts = &shop.volumes[0].mounts;
    let told: Vec<_> = mounts
        .iter()
        .map(|one| (&*one.container, &*one.path, one.read_only))
        .collect();
    assert_eq!(told, [("web", "/var/log", false), ("agent", "/logs", true)]);
    assert!(shop.volumes[0].files.is_some() && shop.volumes[1].files.is_none());
}

#[test]
fn before_it_has_a_node_nobody_listens_and_nothing_is_used() {
    let shop = after(0, SHOP);
    assert_eq!(
        (&*shop.node, &*shop.body.ip, &*shop.hostname),
        ("", "", "p")
    );
    assert!(shop.ports.iter().all(|port| port.open == Open::Nobody));
    assert!(shop.cards.iter().all(|card| card.cpu.used.is_none()));
}

#[test]
fn a_deleted_pod_says_who_stops_and_how_long_that_may_take() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: SHOP.into(),
    });
    simulation.run_until(SimTime(30_000_000), Budget::ENDLESS);
    simulation.apply(Input::Delete {
        object: ObjectKey::pod("default", "p"),
        grace_period_seconds: None,
    });
    let ending = of(&simulation.snapshot()).ending;
    assert_eq!(ending, "30 s of grace left: web and agent stop, then proxy");
}

#[test]
fn who_failed_for_a_port_wants_it_and_who_declares_it_only_does() {
    let listens = |of: &str, port| {
        let one = crate::cluster::workload::Listener {
            port,
            loopback: false,
        };
        (of.into(), one)
    };
    let inside = PodInside {
        listeners: vec![listens("proxy", 8080)],
        last_words: vec![(
            "web".into(),
            "listen tcp 0.0.0.0:8080: bind: address already in use".into(),
        )],
        ..PodInside::default()
    };
    let pod: serde_json::Value = serde_json::json!({"spec": {"containers": [
        {"name": "proxy"}, {"name": "web", "ports": [{"containerPort": 8080}]},
        {"name": "agent", "ports": [{"containerPort": 8080, "hostPort": 80}]}]}});
    let pod: Pod = crate::api::view::read(&Value::from_json(&pod)).expect("it fits");
    let told: Vec<_> = shared::ports(&pod, &inside, &List::new())
        .iter()
        .map(Port::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "Port 8080, proxy listens on 0.0.0.0",
            "Port 8080, wanted by web, taken by proxy",
            "Port 8080, declared, proxy listens, agent, hostPort 80",
        ]
    );
}

#[test]
fn packets_are_drawn_one_after_another_and_the_answer_after_the_request() {
    let exchange = |at: i64, asked: &str| Exchange {
        at: SimTime(at),
        from: "a".into(),
        to: "b".into(),
        port: 7070,
        asked: asked.into(),
        answered: "200 OK".into(),
        body: "".into(),
    };
    let mut all = List::new();
    for asked in ["GET /1", "GET /2"] {
        all.push(Rc::new(exchange(1_000_000, asked)));
    }
    let at = |t: i64| {
        let packet = traffic::packet(&all, SimTime(t), &Speeds::default())?;
        Some((packet.exchange.asked.to_string(), packet.answer))
    };
    let told = |asked: &str, answer| Some((asked.to_string(), answer));
    assert_eq!(at(999_999), None);
    assert_eq!(at(1_000_000), told("GET /1", false));
    assert_eq!(at(1_450_000), told("GET /1", true));
    assert_eq!(at(1_900_000), told("GET /2", false));
    assert_eq!(at(2_400_000), told("GET /2", true));
    assert_eq!(at(2_800_000), None);
}

const TALK: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {\
    automountServiceAccountToken: false, volumes: [{name: logs, emptyDir: {}}], containers: [\
    {name: web, image: demo/web:1, env: [{name: LOG_FILE, value: /var/log/access.log}], \
    volumeMounts: [{name: logs, mountPath: /var/log}]}, \
    {name: reader, image: busybox, volumeMounts: [{name: logs, mountPath: /logs}], command: [sh, -c, \
    'while sleep 5; do wget -qO- http://localhost:8080/; cat /logs/access.log; done']}]}}";

#[test]
fn who_asked_and_who_wrote_and_read_a_file_is_told_and_drawn_one_after_another() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: TALK.into(),
    });
    simulation.run_until(SimTime(60_000_000), Budget::ENDLESS);
    let snapshot = simulation.snapshot();
    let talk = of(&snapshot);
    let told = |name: &Rc<str>| !name.starts_with("Probe");
    let names: Vec<_> = talk.items().into_iter().map(|(_, name)| name).collect();
    let names: Vec<&str> = names
        .iter()
        .filter(|name| told(name))
        .map(|name| &**name)
        .collect();
    let expected = [
        "Port 8080, web listens on 0.0.0.0, reader asked: GET /, 200 OK",
        "Volume logs, emptyDir, mounted in web and reader, web wrote access.log, reader read it",
    ];
    assert_eq!(names, expected);
    // Each for a hop, from when it was; and at any moment the same as before.
    let at = talk.volumes[0].uses[0].at;
    let key = ObjectKey::pod("default", "p");
    let drawn = |after: i64| {
        let near = anatomy(&snapshot, &key, SimTime(at.0 + after), &Speeds::default());
        let file = near.and_then(|near| near.file)?;
        Some((file.who.to_string(), file.wrote))
    };
    let moved = |who: &str, wrote| Some((who.to_string(), wrote));
    let all = [-1, 0, 449_999, 450_000, 899_999, 900_000].map(drawn);
    let (web, reader) = (moved("web", true), moved("reader", false));
    assert_eq!(all, [None, web.clone(), web, reader.clone(), reader, None]);
    assert!(packets_until(&snapshot, &key, &Speeds::default()) >= SimTime(at.0 + 900_000));
}
