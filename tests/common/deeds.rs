//! Random histories: what a person might do, and how long she waits before it.

use std::rc::Rc;
use std::time::Duration;

use podarium::api::ObjectKey;
use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::{Budget, Fault, Import, Input, InputId, Progress, Setup, SimTime, theory};
use podarium::history::{History, Record};
use podarium::machine::{Host, Machine};
use proptest::prelude::*;

/// Something that a person might do.
#[derive(Clone, Debug)]
pub enum Deed {
    Do(Input),
    Undo,
    Redo,
    Scrub(f64),
    Branch(f64),
    Wait,
}

fn pod(number: u8, image: &str, seconds: u8) -> Input {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{number}\nspec:\n  restartPolicy: OnFailure\n  \
         containers:\n  - name: a\n    image: {image}\n    command: [\"sh\", \"-c\", \"sleep {seconds}; exit {}\"]\n",
        number % 2
    );
    Input::Apply {
        manifest: manifest.into(),
    }
}

/// What a person does to a container.
fn by_hand(number: u8, what: u8) -> Input {
    let pod = match number {
        5 => ObjectKey::pod("default", "hello-pod"),
        _ => ObjectKey::pod("default", &format!("p{number}")),
    };
    let container: Rc<str> = if number == 5 { "hello-ctr" } else { "a" }.into();
    match what {
        0 => Input::Fault(Fault::KillContainer { pod, container }),
        1 | 2 => Input::Fault(Fault::FailProbe {
            pod,
            container,
            probe: ProbeKind::Readiness,
            fails: what == 1,
        }),
        3 => Input::Fault(Fault::FillMemory { pod, container }),
        _ => Input::Request {
            pod,
            from: container.clone(),
            to: container,
            port: 8080,
            path: "/".into(),
        },
    }
}

/// A Service, who may ask for it, and a Pod that asks it again and again.
const BETWEEN_PODS: &str = "
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: a, image: 'demo/web:1'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: asks}, spec: {containers: [{name: a, image: 'busybox:1.36', \
 command: [sh, -c, 'while true; do wget -qO- -T 2 http://web || echo none; sleep 2; done']}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: some}, spec: {podSelector: {matchLabels: {app: web}}, \
 ingress: [{ports: [{port: 8080}]}]}}
";

/// What a person sends over the network.
fn sending(number: u8, to: u8) -> Input {
    let hosts = [
        "web",
        "10.244.1.2",
        "10.96.0.1",
        "nobody.example",
        "10.244.9.9",
    ];
    let from = (number < 5).then(|| {
        let pod = ObjectKey::pod("default", &format!("p{number}"));
        (pod, "a".into())
    });
    Input::Send {
        from,
        to: hosts[usize::from(to)].into(),
        port: 80,
        path: "/".into(),
        every_second: number.is_multiple_of(2),
    }
}

/// Another cluster: a node with a Pod that runs, one that crashes and one that is new, and a node that is lost.
fn exported() -> Import {
    let node = |name: &str, ready: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Node","metadata":{{"name":"{name}"}},"status":{{"allocatable":{{"cpu":"4","memory":"8Gi","pods":"20"}},"conditions":[{{"type":"Ready","status":"{ready}"}}]}}}}"#
        )
    };
    let pod = |name: &str, node: &str, state: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"dev"}},"spec":{{"nodeName":"{node}","restartPolicy":"Always","containers":[{{"name":"a","image":"busybox:1.36","command":["sleep","30"]}}]}},"status":{state}}}"#
        )
    };
    let ran = r#"{"phase":"Running","podIP":"10.0.0.9","startTime":"2026-05-01T10:00:00Z","containerStatuses":[{"name":"a","ready":true,"started":true,"restartCount":2,"state":{"running":{"startedAt":"2026-05-01T10:00:02Z"}}}]}"#;
    let crashed = r#"{"phase":"Running","podIP":"10.0.0.8","startTime":"2026-05-01T10:00:00Z","containerStatuses":[{"name":"a","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 40s restarting failed container=a pod=c_dev(1)"}},"lastState":{"terminated":{"exitCode":3,"reason":"Error","startedAt":"2026-05-01T10:00:05Z","finishedAt":"2026-05-01T10:00:09Z"}}}]}"#;
    let lines = [
        node("one", "True"),
        node("lost", "Unknown"),
        pod("runs", "one", ran),
        pod("crashes", "one", crashed),
        pod("stays", "lost", ran),
        pod("waits", "", r#"{"phase":"Pending"}"#),
    ];
    Import {
        parts: Rc::new(lines.map(|line| format!("{line}\n").into()).into()),
        newest: SimTime::parse_rfc3339("2026-05-01T10:00:10Z").expect("a time"),
    }
}

/// Up to a dozen deeds, with the microseconds before each.
pub fn deeds() -> impl Strategy<Value = Vec<(u32, Deed)>> {
    let input = prop_oneof![
        (
            0..6_u8,
            prop::sample::select(vec![
                "busybox",
                "nginx:1.27",
                "demo/web:bad",
                "nowhere/at-all:1"
            ]),
            0..20_u8
        )
            .prop_map(|(number, image, seconds)| pod(number, image, seconds)),
        Just(Input::Apply {
            manifest: include_str!("../scenarios/manifests/hello-pod.yaml").into()
        }),
        Just(Input::Apply {
            manifest: include_str!("../scenarios/manifests/two-containers.yaml").into()
        }),
        Just(Input::Import(exported())),
        Just(Input::Apply {
            manifest: "kind: Pod\n\tbroken".into()
        }),
        (0..6_u8).prop_map(|number| Input::Delete {
            object: ObjectKey::pod("default", &format!("p{number}")),
            grace_period_seconds: (number % 2 == 0).then_some(0),
        }),
        Just(Input::Apply {
            manifest: "{apiVersion: v1, kind: Namespace, metadata: {name: dev}}\n---\n\
                       {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: dev}, \
                       spec: {containers: [{name: a, image: nginx}]}}\n"
                .into()
        }),
        prop::sample::select(vec![
            ("Namespace", "", "dev"),
            ("ServiceAccount", "dev", "default")
        ])
        .prop_map(|(kind, namespace, name)| Input::Delete {
            object: ObjectKey::new(kind, namespace, name),
            grace_period_seconds: None,
        }),
        (0..3_u8).prop_map(|number| Input::AddMachine(Machine {
            name: format!("extra-{number}").into(),
            host: "host-2".into(),
            cpu_milli: 1000,
            memory_bytes: 1 << 30,
            pods: 10,
            labels: Default::default(),
            taints: Vec::new(),
        })),
        (0..3_u8).prop_map(|n| Input::RemoveMachine {
            name: format!("extra-{n}").into()
        }),
        (0..6_u8, 1..9_i32).prop_map(|(number, tenths)| Input::Patch {
            object: ObjectKey::pod("default", &format!("p{number}")),
            subresource: if number % 3 == 0 {
                "ephemeralcontainers"
            } else {
                "resize"
            }
            .into(),
            patch: format!(
                "{{spec: {{containers: [{{name: a, resources: {{requests: {{cpu: 0.{tenths}}}}}}}], \
                 ephemeralContainers: [{{name: e{tenths}, image: busybox}}]}}}}"
            )
            .into(),
        }),
        (0..2_u8, 0..3_u8).prop_map(|(file, what)| Input::StaticPod {
            machine: "node-1".into(),
            file: format!("{file}.yaml").into(),
            manifest: (what > 0).then(|| {
                format!(
                    "{{apiVersion: v1, kind: Pod, metadata: {{name: s}}, \
                     spec: {{containers: [{{name: a, image: 'busybox:{what}', command: [sleep, '9']}}]}}}}"
                )
                .into()
            }),
        }),
        (0..6_u8, 0..5_u8).prop_map(|(number, what)| by_hand(number, what)),
        (0..6_u8, 0..5_u8).prop_map(|(number, to)| sending(number, to)),
        Just(Input::Apply {
            manifest: BETWEEN_PODS.into()
        }),
        Just(Input::StopSending { input: InputId(0) }),
        (0..4_usize).prop_map(|number| Input::Theory(THEORY[number])),
        Just(Input::AddHost(Host {
            name: "host-3".into()
        })),
        Just(Input::RemoveHost {
            name: "host-1".into()
        }),
    ];
    let deed = prop_oneof![
        6 => input.prop_map(Deed::Do),
        1 => Just(Deed::Undo),
        1 => Just(Deed::Redo),
        1 => (0.0..1.0).prop_map(Deed::Scrub),
        1 => (0.0..1.0).prop_map(Deed::Branch),
        2 => Just(Deed::Wait),
    ];
    prop::collection::vec((0..20_000_000_u32, deed), 1..12)
}

/// What may be done in all three worlds of the Theory view.
const THEORY: [theory::Deed; 4] = [
    theory::Deed::PlaceOne,
    theory::Deed::ScaleToThree,
    theory::Deed::MoveOne,
    theory::Deed::FailMachine,
];

/// Brings a seek, undo or restore to its end.
pub fn settle(history: &mut History) {
    while history.proceed(Budget(97)) == Progress::OutOfBudget {}
}

/// A history in which the deeds were done.
pub fn play(seed: u64, deeds: &[(u32, Deed)]) -> History {
    let mut history = History::new(Setup::default(), seed);
    go_on(&mut history, deeds);
    history
}

/// Does the deeds to a history.
pub fn go_on(history: &mut History, deeds: &[(u32, Deed)]) {
    for (wait, deed) in deeds {
        let until = history.now() + Duration::from_micros(u64::from(*wait));
        // A budget in small pieces, so that inputs also fall between events due at one time.
        history.run_until(until, Budget(wait % 400));
        let at = |part: &f64| SimTime((history.now().0 as f64 * part) as i64);
        match deed {
            Deed::Do(input) => history.take(history.record(input.clone())),
            Deed::Undo => history.take(Record::Undo),
            Deed::Redo => history.take(Record::Redo),
            Deed::Scrub(part) => history.seek(at(part)),
            Deed::Branch(part) => history.take(Record::Branch { at: at(part) }),
            Deed::Wait => {}
        }
        settle(history);
        if matches!(deed, Deed::Scrub(_)) {
            history.seek(SimTime::MAX);
        }
    }
}
