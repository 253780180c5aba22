//! Probes that rest (`kubelet/rest.rs`) leave the world as it is where every beat is an event: the same
//! changes, logs and counts at any moment, whatever is done to Pods.

use std::rc::Rc;
use std::time::Duration;

use podarium::api::ObjectKey;
use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::{Budget, Fault, Input, Setup, SimTime, Simulation};
use proptest::prelude::*;

/// A container with its probes, in one line.
fn container(name: &'static str) -> impl Strategy<Value = String> {
    let program = prop::sample::select(vec![
        "image: 'demo/web:1'",
        "image: 'demo/web:1', env: [{name: CAPACITY, value: '1'}]",
        "image: 'demo/web:1', env: [{name: LOG_FILE, value: /var/log/web.log}]",
        "image: 'demo/web:bad'",
        "image: 'nginx:1.27'",
        "image: 'nginx:1.27', volumeMounts: [{name: v, mountPath: /usr/share/nginx/html}]",
        "image: busybox, command: [sh, -c, 'touch /tmp/a; sleep 20; rm /tmp/a; sleep 60; exit 1']",
        "image: busybox, command: [sh, -c, 'while true; do nc -l -p 8080 -e echo hi; sleep 3; done']",
        "image: busybox, command: [sleep, '47']",
    ]);
    let action = prop_oneof![
        3 => prop::sample::select(vec![8080, 80]).prop_map(|port| format!("httpGet: {{port: {port}, path: /}}")),
        1 => prop::sample::select(vec![8080, 80]).prop_map(|port| format!("tcpSocket: {{port: {port}}}")),
        1 => Just("httpGet: {port: 8080, path: /hang}".to_string()),
        3 => prop::sample::select(vec![
            "[cat, /etc/hostname]",
            "[cat, /tmp/a]",
            "[sh, -c, 'touch /tmp/b']",
            "[sh, -c, 'echo x >> /tmp/c']",
            "[sh, -c, 'test $(date +%S) -lt 40']",
            "[sh, -c, 'test $((RANDOM % 4)) -gt 0']",
            "[sh, -c, 'wget -qO- localhost:8080']",
            "[cat, /v/x]",
            "[sleep, '2']",
            "[sh, -c, 'sleep 0.3']",
        ]).prop_map(|command| format!("exec: {{command: {command}}}")),
    ];
    let probe = (action, 1..7_u8, 0..5_u8, 1..4_u8).prop_map(|(action, period, delay, failures)| {
        format!(
            "{{{action}, periodSeconds: {period}, initialDelaySeconds: {delay}, failureThreshold: {failures}}}"
        )
    });
    let probes = [
        prop::option::weighted(0.4, probe.clone()),
        prop::option::weighted(0.8, probe.clone()),
        prop::option::weighted(0.6, probe),
    ];
    (program, probes).prop_map(move |(program, [startup, readiness, liveness])| {
        let one = |kind, probe: Option<String>| {
            probe.map_or(String::new(), |probe| format!(", {kind}: {probe}"))
        };
        format!(
            "{{name: {name}, {program}{}{}{}}}",
            one("startupProbe", startup),
            one("readinessProbe", readiness),
            one("livenessProbe", liveness),
        )
    })
}

fn pod() -> impl Strategy<Value = Input> {
    let other = prop::option::weighted(0.4, container("b"));
    (0..3_u8, container("a"), other, 0..4_u8).prop_map(|(number, a, b, host)| {
        let b = b.map_or(String::new(), |b| format!(", {b}"));
        let host = if host == 0 { "hostNetwork: true, " } else { "" };
        Input::Apply {
            manifest: format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}}}, spec: {{{host}volumes: \
                 [{{name: v, emptyDir: {{}}}}], terminationGracePeriodSeconds: 3, containers: [{a}{b}]}}}}"
            )
            .into(),
        }
    })
}

fn key(number: u8) -> ObjectKey {
    ObjectKey::pod("default", &format!("p{number}"))
}

fn deed() -> impl Strategy<Value = Option<Input>> {
    let kinds = [
        ProbeKind::Startup,
        ProbeKind::Readiness,
        ProbeKind::Liveness,
    ];
    let a: fn() -> Rc<str> = || "a".into();
    prop_oneof![
        4 => pod().prop_map(Some),
        4 => Just(None),
        2 => (0..3_u8, prop::sample::select(kinds.to_vec()), any::<bool>()).prop_map(move |(number, probe, fails)| {
            Some(Input::Fault(Fault::FailProbe { pod: key(number), container: a(), probe, fails }))
        }),
        1 => (0..3_u8).prop_map(move |number| {
            Some(Input::Fault(Fault::KillContainer { pod: key(number), container: a() }))
        }),
        1 => (0..3_u8).prop_map(move |number| {
            Some(Input::Fault(Fault::FillMemory { pod: key(number), container: a() }))
        }),
        2 => (0..3_u8, prop::sample::select(vec!["/", "/hang"])).prop_map(move |(number, path)| {
            Some(Input::Request { pod: key(number), from: a(), to: a(), port: 8080, path: path.into() })
        }),
        1 => (0..3_u8).prop_map(|number| {
            Some(Input::Delete { object: key(number), grace_period_seconds: None })
        }),
        1 => (0..3_u8).prop_map(|number| {
            let patch = "{spec: {containers: [{name: a, image: 'demo/web:2'}]}}";
            Some(Input::Patch { object: key(number), subresource: "".into(), patch: patch.into() })
        }),
        1 => (1..4_u8).prop_map(|node| Some(Input::PowerOff { node: format!("node-{node}").into() })),
        1 => (1..4_u8).prop_map(|node| Some(Input::PowerOn { node: format!("node-{node}").into() })),
        1 => (1..4_u8).prop_map(|node| Some(Input::Partition { node: format!("node-{node}").into() })),
        1 => (1..4_u8).prop_map(|node| Some(Input::Heal { node: format!("node-{node}").into() })),
    ]
}

/// All that can be seen of Pods that no change tells.
fn seen(world: &Simulation) -> Vec<String> {
    let snapshot = world.snapshot();
    let mut seen = vec![format!("{} {:x}", world.now(), world.digest())];
    for (key, object) in snapshot.store.list("Pod") {
        seen.push(format!(
            "{} {:?}",
            key.name,
            snapshot.pod_inside(object, world.now())
        ));
        for container in ["a", "b"] {
            for previous in [false, true] {
                seen.push(format!("{:?}", world.log(key, container, previous)));
            }
            let files = world.files(key, container);
            seen.extend(files.map(|files| format!("{:?}", files.iter().collect::<Vec<_>>())));
        }
    }
    seen.push(format!(
        "{:?}",
        snapshot.exchanges.iter().collect::<Vec<_>>()
    ));
    seen.push(format!(
        "{:?}",
        snapshot.file_uses.iter().collect::<Vec<_>>()
    ));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn resting_probes_change_nothing(seed: u64, deeds in prop::collection::vec((0..40_000_000_u32, any::<bool>(), deed()), 1..14)) {
        let mut resting = Simulation::new(Setup::default(), seed);
        let mut beating = resting.clone();
        beating.keep_every_beat();
        for (wait, whole, deed) in &deeds {
            let wait = if *whole { wait / 1_000_000 * 1_000_000 } else { *wait };
            for world in [&mut resting, &mut beating] {
                let until = world.now() + Duration::from_micros(u64::from(wait));
                world.run_until(until, Budget::ENDLESS);
            }
            for (one, other) in seen(&resting).iter().zip(&seen(&beating)) {
                prop_assert_eq!(one, other);
            }
            if let Some(input) = deed {
                resting.apply(input.clone());
                beating.apply(input.clone());
            }
        }
        prop_assert!(resting.events_handled() <= beating.events_handled());
    }
}

#[test]
fn a_minute_of_steady_probes_costs_few_events() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p0}, spec: {containers: [{name: a, image: 'demo/web:1', \
                    startupProbe: {httpGet: {port: 8080}, periodSeconds: 1}, readinessProbe: {httpGet: {port: 8080}, \
                    periodSeconds: 1}, livenessProbe: {exec: {command: [cat, /etc/hostname]}, periodSeconds: 1}}]}}";
    let mut world = Simulation::new(Setup::default(), 1);
    world.apply(Input::Apply {
        manifest: manifest.into(),
    });
    let run = |world: &mut Simulation, seconds: i64| {
        let before = world.events_handled();
        world.run_until(SimTime(seconds * 1_000_000), Budget::ENDLESS);
        world.events_handled() - before
    };
    run(&mut world, 30);
    let mut beating = world.clone();
    beating.keep_every_beat();
    run(&mut beating, 130);
    let (few, many) = (run(&mut world, 150), run(&mut beating, 250));
    assert!(many > 300, "three probes a second: {many}");
    assert!(
        few * 10 < many,
        "{few} events, where each beat is one {many}"
    );
}

#[test]
fn the_next_beat_is_when_the_count_is_another() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p0}, spec: {containers: [{name: a, image: 'demo/web:1', \
                    readinessProbe: {httpGet: {port: 8080}, periodSeconds: 7}}]}}";
    let mut world = Simulation::new(Setup::default(), 1);
    world.apply(Input::Apply {
        manifest: manifest.into(),
    });
    world.run_until(SimTime(40_000_000), Budget::ENDLESS);
    let passed = |world: &Simulation, at: SimTime| {
        let snapshot = world.snapshot();
        let object = snapshot.store.get(&key(0)).expect("it was applied");
        let inside = snapshot.pod_inside(object, at);
        inside.expect("it runs").probes[0].passed
    };
    let now = passed(&world, world.now());
    let next = world.next_beat(&key(0)).expect("it rests");
    assert!(world.next_due().is_none_or(|due| due > next));
    assert_eq!(passed(&world, SimTime(next.0 - 1)), now);
    assert_eq!(passed(&world, next), now + 1);
    world.run_until(next, Budget::ENDLESS);
    assert_eq!(
        world.next_beat(&key(0)),
        Some(next + Duration::from_secs(7))
    );
}

#[test]
fn whatever_happens_wakes_them() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p0}, spec: {containers: [{name: a, image: 'demo/web:1', \
                    readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}, livenessProbe: {httpGet: {port: 8080}, \
                    periodSeconds: 2}}]}}";
    let (pod, a) = (|| key(0), || Rc::from("a"));
    let deeds = [
        Input::Request {
            pod: pod(),
            from: a(),
            to: a(),
            port: 8080,
            path: "/hang".into(),
        },
        Input::Fault(Fault::KillContainer {
            pod: pod(),
            container: a(),
        }),
        Input::Fault(Fault::FailProbe {
            pod: pod(),
            container: a(),
            probe: ProbeKind::Readiness,
            fails: true,
        }),
        Input::Delete {
            object: pod(),
            grace_period_seconds: None,
        },
    ];
    for deed in deeds {
        let mut resting = Simulation::new(Setup::default(), 1);
        let mut beating = resting.clone();
        beating.keep_every_beat();
        for world in [&mut resting, &mut beating] {
            world.apply(Input::Apply {
                manifest: manifest.into(),
            });
            world.run_until(SimTime(40_000_000), Budget::ENDLESS);
            world.apply(deed.clone());
        }
        for second in 40..80 {
            for world in [&mut resting, &mut beating] {
                world.run_until(SimTime(second * 1_000_000 + 1), Budget::ENDLESS);
            }
            assert_eq!(seen(&resting), seen(&beating), "{deed:?}");
        }
    }
}
