//! What a person does to a container by hand: it is refused where it makes no sense, what follows leads back to it, and
//! undo, redo and a replay come to the same.

use podarium::api::ObjectKey;
use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::{
    Budget, Cause, Change, Fault, Input, InputId, Setup, SimTime, Simulation, words,
};
use podarium::history::{History, Journal, Record};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {terminationGracePeriodSeconds: 1, \
    containers: [{name: a, image: demo/web:1, resources: {limits: {memory: 64Mi}}, \
    readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}}, {name: b, image: demo/loopback:1}]}}";

fn at(seconds: i64) -> SimTime {
    SimTime(seconds * 1_000_000)
}

fn pod() -> ObjectKey {
    ObjectKey::pod("default", "p")
}

fn ask(from: &str, to: &str, port: u16, path: &str) -> Input {
    Input::Request {
        pod: pod(),
        from: from.into(),
        to: to.into(),
        port,
        path: path.into(),
    }
}

fn kill(container: &str) -> Input {
    Input::Fault(Fault::KillContainer {
        pod: pod(),
        container: container.into(),
    })
}

fn fail(fails: bool) -> Input {
    Input::Fault(Fault::FailProbe {
        pod: pod(),
        container: "a".into(),
        probe: ProbeKind::Readiness,
        fails,
    })
}

fn fill() -> Input {
    Input::Fault(Fault::FillMemory {
        pod: pod(),
        container: "a".into(),
    })
}

/// A world in which the Pod runs.
fn world() -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: POD.into(),
    });
    simulation.run_until(at(20), Budget::ENDLESS);
    simulation
}

fn said(simulation: &Simulation, id: InputId) -> (String, bool) {
    let answers = simulation.snapshot().answers;
    let answer = answers.get(&id).expect("it was answered");
    assert!(answer.finished);
    let lines: Vec<&str> = answer.lines.iter().map(|line| &*line.text).collect();
    (
        lines.join("|"),
        answer.lines.iter().any(|line| line.is_error),
    )
}

/// The input that a change goes back to.
fn root(simulation: &Simulation, change: &Change) -> Option<InputId> {
    match change.cause {
        Cause::Input(id, _) => Some(id),
        Cause::Change(id) => root(simulation, simulation.world().store.change(id)?),
        Cause::Start => None,
    }
}

/// What happened after a moment, and where each of it comes from.
fn after(simulation: &Simulation, since: SimTime) -> Vec<(String, Option<InputId>)> {
    let changes = simulation.world().store.changes().iter();
    let later = changes.filter(|change| change.at > since);
    later
        .map(|change| (words::describe(change), root(simulation, change)))
        .collect()
}

#[test]
fn what_follows_from_each_leads_back_to_it() {
    for (input, told) in [
        (kill("a"), "a Terminated Error 137"),
        (
            fail(true),
            "Readiness probe failed: HTTP probe failed with statuscode: 500",
        ),
        (fill(), "a Terminated OOMKilled 137"),
    ] {
        let mut simulation = world();
        let id = simulation.apply(input.clone());
        simulation.run_until(at(50), Budget::ENDLESS);
        let after = after(&simulation, at(20));
        assert!(
            after.iter().any(|(what, _)| what.contains(told)),
            "{input:?}: {after:?}"
        );
        assert!(
            after.iter().all(|(_, root)| *root == Some(id)),
            "{input:?}: {after:?}"
        );
    }
}

#[test]
fn a_request_tells_what_was_answered_and_changes_no_object() {
    let mut simulation = world();
    let changes = simulation.world().store.changes().len();
    for (input, expected) in [
        (
            ask("a", "b", 7070, "/"),
            "b answered 200 OK|demo/loopback:1",
        ),
        (ask("b", "a", 8080, "/nowhere"), "a answered 200 OK"),
        (
            ask("b", "b", 8080, "/"),
            "a answered 200 OK, not b: over localhost the port decides, and 8080 is a’s",
        ),
        (
            ask("a", "b", 9090, "/"),
            "Connection refused: nobody listens on localhost:9090",
        ),
    ] {
        let id = simulation.apply(input);
        let (said, is_error) = said(&simulation, id);
        assert!(said.starts_with(expected), "{said}");
        assert!(!is_error);
    }
    let snapshot = simulation.snapshot();
    let exchanges = snapshot
        .exchanges
        .values()
        .next()
        .expect("containers asked");
    let asked = exchanges
        .iter()
        .map(|one| format!("{} {} {}", one.from, one.to, one.answered));
    let expected = [
        "a b 200 OK",
        "b a 200 OK",
        "b a 200 OK",
        "a  connection refused",
    ];
    assert_eq!(asked.collect::<Vec<_>>(), expected);
    assert_eq!(simulation.world().store.changes().len(), changes);
}

#[test]
fn a_program_that_a_request_has_hang_is_why_its_probe_fails() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: POD.into(),
    });
    simulation.run_until(at(20), Budget::ENDLESS);
    let calm = simulation.apply(ask("b", "a", 8080, "/"));
    let id = simulation.apply(ask("b", "a", 8080, "/hang"));
    assert_eq!(said(&simulation, calm).0, "a answered 200 OK|demo/web:1");
    assert_eq!(
        said(&simulation, id).0,
        "a takes the request, and doesn’t answer: timed out"
    );
    simulation.run_until(at(30), Budget::ENDLESS);
    let after = after(&simulation, at(20));
    assert!(
        after.iter().any(|(what, _)| what.contains("Ready False")),
        "{after:?}"
    );
    assert!(after.iter().all(|(_, root)| *root == Some(id)), "{after:?}");
}

#[test]
fn where_it_makes_no_sense_it_is_refused_and_says_why() {
    let mut simulation = world();
    let waits = "name: waits}, spec: {nodeSelector: {no: node}, ";
    simulation.apply(Input::Apply {
        manifest: POD.replace("name: p}, spec: {", waits).as_str().into(),
    });
    simulation.run_until(at(31), Budget::ENDLESS);
    simulation.apply(kill("a"));
    for (input, why) in [
        (kill("a"), "container a doesn't run"),
        (kill("z"), "container z doesn't run"),
        (fill(), "container a doesn't run"),
        (ask("a", "b", 7070, "/"), "container a doesn't run"),
        (ask("b", "a", 0, "/"), "localhost:0/ is no address"),
        (ask("b", "a", 1, "x"), "localhost:1x is no address"),
        (
            Input::Fault(Fault::FailProbe {
                pod: pod(),
                container: "b".into(),
                probe: ProbeKind::Liveness,
                fails: true,
            }),
            "container b has no liveness probe",
        ),
        (
            Input::Fault(Fault::KillContainer {
                pod: ObjectKey::pod("default", "none"),
                container: "a".into(),
            }),
            "there is no Pod default/none",
        ),
        (
            Input::Fault(Fault::KillContainer {
                pod: ObjectKey::pod("default", "waits"),
                container: "a".into(),
            }),
            "Pod default/waits is not on a node yet",
        ),
    ] {
        let id = simulation.apply(input);
        assert_eq!(said(&simulation, id), (why.to_string(), true));
        let last = simulation.world().store.changes().iter().next_back();
        assert_eq!(
            last.map(|last| words::describe(last)),
            Some(why.to_string())
        );
    }
}

#[test]
fn a_probe_that_fails_by_hand_is_known_and_outlasts_its_machine() {
    let mut simulation = world();
    let object = simulation.snapshot().store.get(&pod()).cloned();
    let object = object.expect("it was applied");
    let node = object.pod().expect("it is one").spec.node_name.clone();
    let fails = |simulation: &Simulation| {
        let snapshot = simulation.snapshot();
        snapshot.is_failing_by_hand(&object, "a", ProbeKind::Readiness)
    };
    assert!(!fails(&simulation));
    simulation.apply(fail(true));
    assert!(fails(&simulation));
    simulation.apply(Input::PowerOff { node: node.clone() });
    simulation.apply(Input::PowerOn { node });
    assert!(fails(&simulation));
    simulation.apply(fail(false));
    assert!(!fails(&simulation));
}

fn settle(history: &mut History) {
    while history.proceed(Budget(97)) == podarium::cluster::Progress::OutOfBudget {}
}

#[test]
fn undo_redo_and_a_replay_come_to_the_same() {
    let mut history = History::new(Setup::default(), 7);
    history.take(history.record(Input::Apply {
        manifest: POD.into(),
    }));
    for (number, input) in [
        kill("a"),
        fail(true),
        fail(false),
        fill(),
        ask("a", "b", 7070, "/"),
    ]
    .into_iter()
    .enumerate()
    {
        history.run_until(at(20 + 15 * number as i64), Budget::ENDLESS);
        let before = history.digest();
        history.take(history.record(input));
        let done = history.digest();
        assert_ne!(done, before);
        history.take(Record::Undo);
        settle(&mut history);
        assert_eq!(history.digest(), before);
        history.take(Record::Redo);
        settle(&mut history);
        assert_eq!(history.digest(), done);
    }
    history.run_until(at(100), Budget::ENDLESS);
    let journal = serde_json::to_string(&history.journal()).expect("plain data");
    let journal: Journal = serde_json::from_str(&journal).expect("the layout is this one");
    let mut again = History::restore(journal).expect("it replays");
    settle(&mut again);
    assert_eq!(again.digest(), history.digest());
    let log = |history: &History| {
        history
            .snapshot()
            .log_at(&history_pod(history), "a", false, at(100))
    };
    assert!(log(&history).is_some_and(|log| !log.is_empty()));
    assert_eq!(log(&again), log(&history));
}

fn history_pod(history: &History) -> std::rc::Rc<podarium::api::Object> {
    let snapshot = history.snapshot();
    snapshot.store.get(&pod()).cloned().expect("it is there")
}

#[test]
fn the_files_of_a_container_that_has_ended_are_those_that_it_left() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, \
        containers: [{name: a, image: busybox, command: [sh, -c, 'sleep 3; echo done > /left; exit 0']}]}}";
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
    simulation.run_until(at(40), Budget::ENDLESS);
    let snapshot = simulation.snapshot();
    let object = snapshot.store.get(&pod()).expect("it was applied");
    let files = snapshot.files_at(object, "a", at(40)).expect("it ran");
    let left = files.get("left").map(|file| &*file.bytes);
    assert_eq!(left, Some(&b"done\n"[..]));
}

#[test]
fn a_static_pod_is_met_through_its_mirror() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::StaticPod {
        machine: "node-1".into(),
        file: "p.yaml".into(),
        manifest: Some(POD.into()),
    });
    simulation.run_until(at(30), Budget::ENDLESS);
    let key = ObjectKey::pod("default", "p-node-1");
    let snapshot = simulation.snapshot();
    let mirror = snapshot.store.get(&key).expect("it has a mirror");
    let log = snapshot.log_at(mirror, "a", false, at(30));
    assert!(log.is_some_and(|log| !log.is_empty()));
    let id = simulation.apply(Input::Fault(Fault::KillContainer {
        pod: key,
        container: "a".into(),
    }));
    let killed = ("Container a is killed, exit code 137".to_string(), false);
    assert_eq!(said(&simulation, id), killed);
}
