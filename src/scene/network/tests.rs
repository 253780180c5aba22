//! Requests as they are drawn, as worlds show them.

use super::*;
use crate::cluster::{Budget, Input, Setup, Simulation};

const WORLD: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeName: node-1, containers: \
[{name: sh, image: 'busybox:1.36', command: [sleep, '100000']}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: far, labels: {app: web}}, spec: {nodeName: node-3, containers: \
[{name: web, image: 'demo/web:1'}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.7.7, ports: [{port: 80, targetPort: \
8080}]}}
";
const DENY: &str = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: \
{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}}";

fn run(simulation: &mut Simulation, micros: i64) {
    let until = SimTime(simulation.now().0 + micros);
    simulation.run_until(until, Budget::ENDLESS);
}

fn apply(simulation: &mut Simulation, manifest: &str) {
    let manifest = manifest.into();
    simulation.apply(Input::Apply { manifest });
}

/// A client, a server on another host, and a Service in front of it.
fn world() -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 7);
    apply(&mut simulation, WORLD);
    run(&mut simulation, 30_000_000);
    let slice = format!(
        "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: web-1, labels: \
         {{kubernetes.io/service-name: web}}}}, addressType: IPv4, ports: [{{name: '', port: 8080, protocol: TCP}}], \
         endpoints: [{{addresses: [{}], nodeName: node-3, conditions: {{ready: true}}}}]}}",
        far(&simulation)
    );
    apply(&mut simulation, &slice);
    run(&mut simulation, 5_000_000);
    simulation
}

fn far(simulation: &Simulation) -> Rc<str> {
    let key = ObjectKey::pod("default", "far");
    let object = simulation.world().store.get(&key).expect("it is there");
    object.value.text_at(&["status", "podIP"]).into()
}

fn send(simulation: &mut Simulation, to: &str, port: u16) -> InputId {
    simulation.apply(sent(to, port, false))
}

fn sent(to: &str, port: u16, every_second: bool) -> Input {
    Input::Send {
        from: Some((ObjectKey::pod("default", "client"), "sh".into())),
        to: to.into(),
        port,
        path: "/".into(),
        every_second,
    }
}

fn of(simulation: &Simulation) -> Network {
    let (snapshot, speeds) = (simulation.snapshot(), Speeds::default());
    let t = snapshot.time;
    let id = shown(&snapshot, None, t, &speeds).expect("something was sent");
    network(&snapshot, id, t, &speeds).expect("it is kept")
}

fn own(network: &Network) -> &Leg {
    network.drawn.legs.last().expect("the request itself")
}

#[test]
fn each_hop_is_drawn_for_its_moment_and_none_before_it_happened() {
    let mut simulation = world();
    let (far, asked) = (far(&simulation), simulation.now());
    send(&mut simulation, &far, 8080);
    run(&mut simulation, 1_000_000);
    let network = of(&simulation);
    let leg = own(&network);
    assert_eq!(leg.moments.len(), leg.request.hops.len());
    assert_eq!(leg.moments.len(), 22, "eleven there, eleven back");
    for (number, at) in leg.moments.iter().enumerate() {
        assert!(*at >= leg.request.hops[number].at);
        assert_eq!(at.0, asked.0 + number as i64 * 450_000);
    }
    let present = |t: i64| network.present(SimTime(asked.0 + t));
    assert_eq!(present(-1), None);
    let middle = present(3 * 450_000 + 225_000).expect("on its way");
    assert_eq!((middle.leg, middle.hop, middle.over), (0, 3, false));
    assert!((middle.part - 0.5).abs() < 1e-9, "{middle:?}");
    assert!(present(22 * 450_000).is_some_and(|at| at.over && at.hop == 21));
    assert_eq!(network.drawn.until(), SimTime(asked.0 + 22 * 450_000));
    // Twice as fast takes twice as long in the world's time.
    let fast = Speeds::new(vec![(SimTime(0), 2.0)]);
    let fast = drawn(
        simulation.snapshot().network.requests(),
        &network.request,
        &fast,
    );
    assert_eq!(fast.legs[0].moments[1].0, asked.0 + 900_000);
}

#[test]
fn a_name_s_question_is_drawn_before_the_request_that_it_is_for() {
    let mut simulation = world();
    send(&mut simulation, "web", 80);
    run(&mut simulation, 30_000_000);
    let network = of(&simulation);
    assert_eq!(network.drawn.legs.len(), 2);
    let [question, own] = &network.drawn.legs[..] else {
        panic!("a question and the request");
    };
    assert_eq!(
        question.request.question.as_deref(),
        Some("web.default.svc.cluster.local.")
    );
    assert_eq!(own.request.id, network.request.id);
    assert!(question.moments.last() < own.moments.first());
    let names: Vec<&str> = network.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(names, ["node-1", "node-3"]);
    let hops = &own.request.hops;
    let words = |hop| network.hop_words(1, hop).expect("it comes by there");
    let far = far(&simulation);
    assert_eq!(
        words(2).to_string(),
        format!(
            "Hop 3 of 22, bridge of node-1, {} to 10.96.7.7:80, Service default/web: to {far}:8080 (1 of 1)",
            hops[2].source
        )
    );
    assert_eq!(
        (&*words(21).more, network.hop_words(1, 22)),
        ("answer", None)
    );
    let rules = rules(network.choice(1).expect("by a Service"));
    assert_eq!((&*rules[0].how, rules[0].taken), ("always", true));
}

#[test]
fn rules_say_how_likely_each_is() {
    let at = |ip: &str| crate::cluster::network::request::Endpoint {
        ip: ip.into(),
        port: 80,
    };
    let choice = Choice {
        service: ObjectKey::new("Service", "default", "web"),
        port: "".into(),
        asked: at("10.96.7.7"),
        node: "node-1".into(),
        candidates: ["a", "b", "c"].map(at).into(),
        chosen: Some(2),
        sticks: false,
    };
    let all = rules(&choice);
    let how: Vec<&str> = all.iter().map(|rule| &*rule.how).collect();
    assert_eq!(how, ["1 in 3", "1 in 2 of the rest", "the rest"]);
    assert!(all[2].taken && !all[0].taken);
    let many = Choice {
        candidates: vec![at("a"); 40].into(),
        chosen: Some(39),
        ..choice
    };
    let shown = shown_rules(&many);
    assert_eq!(shown.len(), 5);
    assert!(shown[4].taken, "the one that was taken is among them");
}

#[test]
fn a_pod_that_is_gone_since_leaves_its_numbers_to_its_hops_and_no_line_to_nowhere() {
    for gone in ["client", "far"] {
        let mut simulation = world();
        send(&mut simulation, "web", 80);
        run(&mut simulation, 1_000_000);
        simulation.apply(Input::Delete {
            object: ObjectKey::pod("default", gone),
            grace_period_seconds: Some(0),
        });
        run(&mut simulation, 2_000_000);
        let network = of(&simulation);
        let plan = plan(&network, 740.0);
        for (number, leg) in network.drawn.legs.iter().enumerate() {
            let places = plan.places(number);
            assert_eq!(places.len(), leg.there().len(), "{gone}, leg {number}");
            let line = plan.line(number);
            assert!(!line.contains(&(0.0, 0.0)), "{gone}: {line:?}");
            let bends = line
                .windows(2)
                .all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1);
            assert!(bends, "{gone}: {line:?}");
        }
    }
}

#[test]
fn what_a_policy_stops_ends_before_the_pod_and_is_drawn_no_further() {
    let mut simulation = world();
    apply(&mut simulation, DENY);
    run(&mut simulation, 5_000_000);
    let far = far(&simulation);
    send(&mut simulation, &far, 8080);
    run(&mut simulation, 20_000_000);
    let network = of(&simulation);
    let leg = own(&network);
    assert!(leg.is_stopped());
    assert_eq!(
        outcome_words(&network.request, None),
        "denied by NetworkPolicy default/deny"
    );
    assert_eq!(
        how_it_ended(&network.request, None),
        "deny allows nothing in; it waited, then timed out"
    );
    let plan = plan(&network, 740.0);
    let present = network.present(simulation.now()).expect("it was sent");
    assert!(present.over);
    let (end, _) = plan.position(leg, present).expect("it has a place");
    let pod = &plan.nodes[1].pods[0];
    assert_eq!(end.0, pod.socket.0);
    assert!(end.1 > pod.socket.1 && end.1 < plan.nodes[1].bridge.y);
    assert_eq!(
        tally(simulation.snapshot().network.requests(), None),
        "1 denied"
    );
}

#[test]
fn lines_run_at_right_angles_within_the_picture_and_the_answer_comes_the_same_way() {
    for (to, port) in [("web", 80), ("10.96.7.7", 80), ("198.51.100.1", 80)] {
        let mut simulation = world();
        send(&mut simulation, to, port);
        run(&mut simulation, 20_000_000);
        let network = of(&simulation);
        for width in [320.0, 390.0, 740.0, 1100.0] {
            let plan = plan(&network, width);
            assert!(plan.size.0 <= width.max(320.0), "{width}: {:?}", plan.size);
            for (number, leg) in network.drawn.legs.iter().enumerate() {
                for pair in plan.line(number).windows(2) {
                    let (a, b) = (pair[0], pair[1]);
                    assert!(a.0 == b.0 || a.1 == b.1, "{to} in {width}: {a:?} {b:?}");
                    assert!(b.0 > 0.0 && b.0 < plan.size.0 && b.1 > 0.0 && b.1 < plan.size.1);
                }
                let hops = leg.request.hops.len();
                let at = |hop, part| {
                    let present = Present {
                        leg: number,
                        hop,
                        part,
                        over: false,
                    };
                    plan.position(leg, present).map(|(at, _)| at)
                };
                // Each hop goes on where the one before has come to.
                for hop in 1..hops {
                    let (ends, begins) = (at(hop - 1, 1.0), at(hop, 0.0));
                    let (ends, begins) = (ends.expect("a place"), begins.expect("a place"));
                    let far = (ends.0 - begins.0).abs() + (ends.1 - begins.1).abs();
                    assert!(
                        far < 1e-6,
                        "{to} in {width}, hop {hop}: {ends:?} {begins:?}"
                    );
                }
                if hops == 2 * leg.there().len() {
                    assert_eq!(at(0, 0.0), at(hops - 1, 0.0));
                }
            }
        }
    }
}

#[test]
fn what_a_person_sends_is_shown_at_once_and_the_chosen_one_stays() {
    let mut simulation = world();
    let far = far(&simulation);
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(send(&mut simulation, &far, 8080));
        run(&mut simulation, 1_000_000);
    }
    let speeds = Speeds::default();
    let snapshot = simulation.snapshot();
    let t = snapshot.time;
    let of = |input: InputId| sent_by(&snapshot, input).expect("kept").id;
    let (first, last) = (of(sent[0]), of(sent[3]));
    assert_eq!(shown(&snapshot, None, t, &speeds), Some(last));
    assert_eq!(shown(&snapshot, Some(first), t, &speeds), Some(first));
    let network = network(&snapshot, first, t, &speeds).expect("kept");
    let (seen, count) = others(&snapshot, &network, t, &speeds);
    assert_eq!((seen.len(), count), (3, 0));
    let next = moment_beside(&snapshot, Some(first), t, &speeds, false).expect("a hop");
    assert!(next > t && next.0 - t.0 <= 450_000);
    let before = moment_beside(&snapshot, Some(first), t, &speeds, true).expect("a hop");
    assert!(before < t && t.0 - before.0 <= 450_000);
    assert!(until(&snapshot, &speeds) >= SimTime(t.0 - 1_000_000 + 22 * 450_000));
}

#[test]
fn of_what_is_sent_every_second_one_is_followed_after_the_other() {
    let mut simulation = world();
    let far = far(&simulation);
    let began = simulation.now();
    simulation.apply(sent(&far, 8080, true));
    let speeds = Speeds::default();
    let mut seen = Vec::new();
    // Each is drawn for 22 times 450 ms, and the next one that is sent then comes after it.
    for _ in 0..25 {
        run(&mut simulation, 1_000_000);
        let snapshot = simulation.snapshot();
        let id = shown(&snapshot, None, snapshot.time, &speeds).expect("one");
        let asked = snapshot.network.requests().get(&id).expect("kept").asked;
        seen.push((asked.0 - began.0) / 1_000_000);
    }
    seen.dedup();
    assert_eq!(seen, [0, 10, 20]);
    // What a person sends comes before all of these, and is followed by the next one.
    let input = send(&mut simulation, "web", 80);
    let is_shown = |simulation: &Simulation| {
        let snapshot = simulation.snapshot();
        let id = shown(&snapshot, None, snapshot.time, &speeds);
        id == sent_by(&snapshot, input).map(|request| request.id)
    };
    run(&mut simulation, 5_000_000);
    assert!(is_shown(&simulation));
    run(&mut simulation, 30_000_000);
    assert!(!is_shown(&simulation));
}

#[test]
fn nobody_is_told_how_it_ends_before_it_is_drawn_there() {
    let mut simulation = world();
    send(&mut simulation, "web", 80);
    run(&mut simulation, 1_000_000);
    let speeds = Speeds::default();
    let network = of(&simulation);
    let (request, arrives) = (&network.request, network.drawn.arrives());
    assert!(request.ended.is_some(), "in truth it took no second");
    let snapshot = simulation.snapshot();
    let still = |t: SimTime| still_drawn(&snapshot, None, t, &speeds);
    let before = still(SimTime(arrives.0 - 1));
    assert_eq!(before, Some(request.id));
    assert_eq!(
        told(request, before),
        "default/client, sh to web:80: under way"
    );
    assert_eq!(how_it_ended(request, before), "");
    assert_eq!(tally(snapshot.network.requests(), before), "1 under way");
    assert_eq!(still(arrives), None);
    assert_eq!(
        told(request, None),
        "default/client, sh to web:80: answered 200"
    );
    let question = &network.drawn.legs[0];
    assert!(question.question_words(false).ends_with(": under way"));
    assert!(question.question_words(true).ends_with("10.96.7.7"));
}

#[test]
fn why_leads_back_to_the_rule_the_policy_the_question_and_whoever_sent_it() {
    let mut simulation = world();
    apply(&mut simulation, DENY);
    run(&mut simulation, 5_000_000);
    send(&mut simulation, "web", 80);
    run(&mut simulation, 40_000_000);
    let network = of(&simulation);
    let told = |t: SimTime| {
        let steps = why(&network.drawn, t).into_iter();
        let steps = steps.map(|step| {
            let by: Vec<String> = step.by.iter().map(ToString::to_string).collect();
            format!("{}: {} [{}]", step.who, step.what, by.join(", "))
        });
        steps.collect::<Vec<String>>()
    };
    let far = far(&simulation);
    let sent = "you: GET / web:80 from default/client, sh []";
    let asked = network.drawn.legs[0].question_words(true);
    let all = [
        "veth of default/far: denied by NetworkPolicy default/deny: deny allows nothing in; it waited, then timed out []".to_string(),
        "veth of default/far: denied by NetworkPolicy default/deny (ingress) [NetworkPolicy default/deny]".to_string(),
        format!("bridge of node-1: Service default/web: to {far}:8080 (1 of 1) [Service default/web]"),
        format!("cluster DNS: {asked} []"),
        sent.to_string(),
    ];
    assert_eq!(told(SimTime::MAX), all);
    assert_eq!(told(network.request.asked), [sent]);
    let arrives = network.drawn.arrives();
    assert_eq!(told(SimTime(arrives.0 - 1)), all[2..]);
}

#[test]
fn of_a_name_that_nobody_knows_it_is_said_how_many_were_tried() {
    let mut simulation = world();
    send(&mut simulation, "no-such-service", 80);
    run(&mut simulation, 40_000_000);
    let network = of(&simulation);
    let names = network.request.lookups.len();
    assert!(names > 1, "{names}");
    assert_eq!(
        told(&network.request, None),
        format!(
            "default/client, sh to no-such-service:80: no such host, \
             DNS knows none of the {names} names that were tried"
        )
    );
    let newest = why(&network.drawn, SimTime::MAX).into_iter().next();
    assert!(newest.is_some_and(|step| step.what.starts_with("no such host: DNS knows none")));
}

#[test]
fn more_than_a_dozen_a_second_become_a_count() {
    let mut simulation = world();
    let far = far(&simulation);
    for _ in 0..15 {
        send(&mut simulation, &far, 8080);
        run(&mut simulation, 50_000);
    }
    let (snapshot, speeds) = (simulation.snapshot(), Speeds::default());
    let network = of(&simulation);
    let (seen, count) = others(&snapshot, &network, snapshot.time, &speeds);
    assert_eq!((seen.len(), count), (0, 15));
}
