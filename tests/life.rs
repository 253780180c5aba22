//! A Pod's life along time and the moments that decided it: followed by changes alone they are what working
//! them out anew gives, whatever is done to the history; and they say what happened.

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation, Snapshot};
use podarium::history::History;
use podarium::scene::{
    Axis, Fill, Frame, Life, Part, Row, Standing, State, drawn, film_strip, gate,
};
use proptest::prelude::*;

use common::deeds::{deeds, go_on, settle};

mod common;

/// Two containers; the second one's probe passes late.
const DUO: &str = r#"
apiVersion: v1
kind: Pod
metadata:
  name: duo
spec:
  containers:
    - name: first
      image: demo/web:1
      env: [{name: PORT, value: "8081"}]
      resources: {requests: {cpu: 400m}}
    - name: second
      image: demo/slow:1
      env: [{name: WARMUP, value: "6"}]
      resources: {requests: {cpu: 100m}}
      readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
"#;

fn key(name: &str) -> ObjectKey {
    ObjectKey::pod("default", name)
}

fn run(manifest: &str, seconds: f64) -> Simulation {
    let mut world = Simulation::new(Setup::default(), 7);
    let manifest = manifest.into();
    world.apply(Input::Apply { manifest });
    world.run_until(SimTime::from_seconds(seconds), Budget::ENDLESS);
    world
}

fn life_of(snapshot: &Snapshot, name: &str) -> Life {
    let mut life = Life::default();
    life.follow(snapshot, snapshot, &key(name));
    life
}

fn row<'a>(rows: &'a [Row], part: Part, name: &str) -> &'a Row {
    let row = rows
        .iter()
        .find(|row| row.part == part && *row.name == *name);
    row.unwrap_or_else(|| panic!("no row {name}: {rows:?}"))
}

fn words(rows: &[Row], part: Part, name: &str) -> Vec<String> {
    let spans = row(rows, part, name).spans.iter();
    spans.map(|span| span.word.to_string()).collect()
}

fn strip(world: &Simulation, name: &str) -> Vec<Frame> {
    let snapshot = world.snapshot();
    film_strip(&life_of(&snapshot, name))
}

fn under<'a>(frames: &'a [Frame], heading: &str) -> &'a Frame {
    let mut frames = frames.iter();
    let frame = frames.find(|frame| frame.heading == heading);
    frame.unwrap_or_else(|| panic!("no frame {heading}"))
}

fn headings(frames: &[Frame]) -> Vec<&'static str> {
    frames.iter().map(|frame| frame.heading).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    #[test]
    fn followed_by_changes_it_is_what_working_it_out_anew_gives(seed: u64, deeds in deeds(), part in 0.0..1.0) {
        let mut history = History::new(Setup::default(), seed);
        let mut lives = [Life::default(), Life::default()];
        for deed in &deeds {
            go_on(&mut history, std::slice::from_ref(deed));
            let present = history.snapshot();
            for (number, life) in lives.iter_mut().enumerate() {
                let key = key(&format!("p{number}"));
                life.follow(&present, &present, &key);
                let mut anew = Life::default();
                anew.follow(&present, &present, &key);
                // Of one that is gone the one that was followed may have been another.
                if present.store.get(&key).is_some() {
                    prop_assert_eq!(life.rows(), anew.rows());
                    prop_assert_eq!(life.moments(), anew.moments());
                    prop_assert_eq!(film_strip(life), film_strip(&anew));
                }
            }
        }
        // Looking at the past takes nothing away of what was lived.
        let present = history.snapshot();
        history.seek(SimTime((history.now().0 as f64 * part) as i64));
        settle(&mut history);
        let shown = history.snapshot();
        for (number, life) in lives.iter_mut().enumerate() {
            let key = key(&format!("p{number}"));
            let same = shown.store.get(&key).map(|pod| pod.meta.uid.clone())
                == present.store.get(&key).map(|pod| pod.meta.uid.clone());
            life.follow(&present, &present, &key);
            let rows = life.rows();
            life.follow(&shown, &present, &key);
            prop_assert!(!same || life.rows() == rows);
        }
    }
}

#[test]
fn each_container_the_phase_and_each_condition_have_their_spans() {
    let world = run(DUO, 20.0);
    let rows = life_of(&world.snapshot(), "duo").rows();
    let names: Vec<(Part, &str)> = rows.iter().map(|row| (row.part, &*row.name)).collect();
    assert_eq!(
        names,
        [
            (Part::Container, "first"),
            (Part::Container, "second"),
            (Part::Phase, ""),
            (Part::Condition, "PodScheduled"),
            (Part::Condition, "PodReadyToStartContainers"),
            (Part::Condition, "Initialized"),
            (Part::Condition, "ContainersReady"),
            (Part::Condition, "Ready"),
        ]
    );
    let of = |part, name| words(&rows, part, name);
    assert_eq!(
        of(Part::Container, "second"),
        [
            "waiting",
            "ContainerCreating",
            "pulling",
            "ContainerCreating",
            "running, not ready",
            "ready"
        ]
    );
    assert_eq!(of(Part::Phase, ""), ["Pending", "Running"]);
    assert_eq!(
        of(Part::Condition, "Ready"),
        ["False ContainersNotReady", "True"]
    );
    for row in &rows {
        let whole = row
            .spans
            .windows(2)
            .all(|pair| pair[0].to == Some(pair[1].from));
        assert!(whole, "{row:?}");
        assert_eq!(row.spans.last().and_then(|last| last.to), None);
    }
    let fills = row(&rows, Part::Container, "second").spans.iter();
    let fills: Vec<(Option<State>, Fill)> = fills.map(|span| (span.state, span.fill)).collect();
    assert_eq!(fills[0], (Some(State::Wait), Fill::Hollow));
    assert_eq!(fills[2], (Some(State::Wait), Fill::Hatched));
    assert_eq!(fills[5], (Some(State::Ready), Fill::Solid));
    // Ready in the same step as its last container.
    let last = |part, name| row(&rows, part, name).spans.last().map(|span| span.from);
    assert_eq!(
        last(Part::Condition, "Ready"),
        last(Part::Container, "second")
    );
}

#[test]
fn a_pod_of_two_is_one_unit_from_its_creation_until_it_is_ready() {
    let world = run(DUO, 20.0);
    let frames = strip(&world, "duo");
    assert_eq!(
        headings(&frames),
        [
            "One unit, no node",
            "Bound whole",
            "Sandbox, then images",
            "Half ready is not Ready",
            "Ready, in service",
        ]
    );
    assert!(frames.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(
        frames[0].words,
        "The scheduler sees one Pod asking for 400m + 100m = 500m CPU. There is no half of it to place."
    );
    assert!(frames[0].node.is_empty() && !frames[1].node.is_empty());
    let counts: Vec<(usize, usize)> = frames
        .iter()
        .map(|frame| frame.body.containers_ready)
        .collect();
    assert_eq!(counts, [(0, 2), (0, 2), (0, 2), (1, 2), (2, 2)]);
    assert!(frames[2].body.containers[0].pull.is_some());
    assert!(frames[3].words.starts_with("first is ready. second is not"));
    assert!(
        frames[4]
            .words
            .starts_with("second was the last to become ready.")
    );
    // Each is what the world was then.
    for frame in &frames[1..] {
        let mut then = run(DUO, 0.0);
        then.run_until(frame.at, Budget::ENDLESS);
        let body = podarium::scene::body_of(&then.snapshot(), &key("duo")).expect("it is there");
        assert_eq!(body.containers_ready, frame.body.containers_ready);
        let states = |body: &podarium::scene::PodBody| -> Vec<State> {
            body.containers.iter().map(|one| one.state).collect()
        };
        assert_eq!(states(&body), states(&frame.body), "{}", frame.heading);
    }
    let gate = gate(&world.snapshot(), &key("duo")).expect("it is there");
    assert!(gate.is_ready && gate.containers.iter().all(|(_, ready)| *ready));
}

#[test]
fn a_service_takes_a_pod_up_a_moment_after_it_is_ready() {
    let labelled = DUO.replace("  name: duo\n", "  name: duo\n  labels: {app: duo}\n");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: front}\n\
                   spec: {selector: {app: duo}, ports: [{port: 80}]}";
    let world = run(&format!("{labelled}---\n{service}"), 30.0);
    let frames = strip(&world, "duo");
    let said: Vec<(&str, String)> = frames
        .iter()
        .map(|frame| (frame.heading, frame.services[0].standing.words().into()))
        .collect();
    assert_eq!(said[0], ("One unit, no node", "no endpoint".into()));
    // The kubelet tells the API server of the Pod's address with its first container, and the Service hears of it then.
    let half = under(&frames, "Half ready is not Ready");
    let (later, standing) = half.services[0].soon.expect("the Service follows");
    assert_eq!(standing, Standing::NotReady);
    assert!(later.as_micros() > 0 && half.services[0].followed() == standing);
    assert_eq!(said[4], ("Ready, in service", "ready: false".into()));
    let ready = under(&frames, "Ready, in service");
    let (later, standing) = ready.services[0].soon.expect("the Service follows");
    assert_eq!(standing, Standing::Ready);
    let spoken = ready.services[0].spoken();
    assert!(spoken.starts_with("ready: false, ready: true ") && spoken.ends_with(" later"));

    let snapshot = world.snapshot();
    let rows = life_of(&snapshot, "duo").rows();
    assert_eq!(
        words(&rows, Part::Service, "front"),
        ["ready: false", "ready: true"]
    );
    assert_eq!(
        row(&rows, Part::Service, "front").spans[1].from,
        ready.at + later
    );
    let gate = gate(&snapshot, &key("duo")).expect("it is there");
    let leads = &gate.services[0];
    assert_eq!(
        (&*leads.service, leads.standing, leads.ready),
        ("front", Standing::Ready, 1)
    );
}

#[test]
fn a_slice_that_takes_over_from_another_one_says_nothing_new() {
    let pod = |name: &str, port: u16| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: web}}}}, spec: {{containers: \
             [{{name: c, image: \"demo/web:1\", ports: [{{name: http, containerPort: {port}}}]}}]}}}}\n---\n"
        )
    };
    let service = |target: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: front}}, spec: {{selector: {{app: web}}, \
             ports: [{{port: 80, targetPort: {target}}}]}}}}"
        )
    };
    let both = pod("one", 8080) + &pod("two", 9090);
    let mut world = run(&format!("{both}{}", service("8080")), 30.0);
    let slices = |world: &Simulation| {
        let slices = world.world().store.list("EndpointSlice.discovery.k8s.io");
        let its = slices.filter(|(key, _)| key.name.starts_with("front"));
        its.count()
    };
    assert_eq!(slices(&world), 1);
    let manifest = service("http").as_str().into();
    world.apply(Input::Apply { manifest });
    world.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    assert_eq!(slices(&world), 2, "one a port");
    let snapshot = world.snapshot();
    for name in ["one", "two"] {
        let life = life_of(&snapshot, name);
        let rows = life.rows();
        let row = row(&rows, Part::Service, "front");
        assert_eq!(words(&rows, Part::Service, "front"), ["ready: true"]);
        assert_eq!(row.spans[0].to, None, "{name} is still served");
        let told = life.moments();
        let told = told
            .iter()
            .filter(|moment| moment.words.contains("Service front"));
        assert_eq!(told.count(), 1);
    }
}

#[test]
fn a_missing_image_and_a_crash_loop_are_moments_of_their_own() {
    let missing = DUO.replace("demo/slow:1", "demo/slow:none");
    let frames = strip(&run(&missing, 60.0), "duo");
    let said = headings(&frames);
    assert_eq!(
        said[said.len() - 1],
        "One missing image keeps the whole Pod out"
    );
    let last = &frames[frames.len() - 1];
    assert!(
        last.words
            .starts_with("second waits, ErrImagePull. READY 1/2"),
        "{}",
        last.words
    );
    assert!(!last.quote.is_empty());
    let crashing = DUO.replace(
        "demo/slow:1",
        "busybox:1.36, command: [sh, -c, sleep 2; exit 3]",
    );
    let crashing = crashing.replace(
        "      image: busybox:1.36, command",
        "      image: busybox:1.36\n      command",
    );
    let frames = strip(&run(&crashing, 60.0), "duo");
    let said = headings(&frames);
    assert!(said.contains(&"A crash loop, in place"), "{said:?}");
    let crash = frames
        .iter()
        .find(|frame| frame.heading == "A crash loop, in place");
    let words = &crash.expect("it was there a line ago").words;
    assert!(
        words.starts_with("second ended with exit 3, again, after 1 restart."),
        "{words}"
    );
}

#[test]
fn a_deleted_pod_has_its_life_to_its_end() {
    let mut world = run(DUO, 20.0);
    let object = key("duo");
    world.apply(Input::Delete {
        object,
        grace_period_seconds: None,
    });
    world.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    let snapshot = world.snapshot();
    assert!(snapshot.store.get(&key("duo")).is_none());
    let life = life_of(&snapshot, "duo");
    let ended = life.ended().expect("it was deleted");
    let rows = life.rows();
    // At its end the kubelet deletes it without grace.
    assert_eq!(
        words(&rows, Part::Deletion, ""),
        ["Terminating, 30 s of grace", "Terminating, 0 s of grace"]
    );
    assert!(rows.iter().all(|row| {
        row.spans
            .iter()
            .all(|span| span.to.is_some_and(|to| to <= ended))
    }));
    let frames = film_strip(&life);
    let said = headings(&frames);
    assert_eq!(said[said.len() - 2..], ["Stopped as one", "Gone whole"]);
}

#[test]
fn a_life_of_an_hour_is_some_hundred_bars_and_tells_how_many_changes_share_one() {
    let crashing = DUO
        .replace("tcpSocket: {port: 8080}", "exec: {command: [\"false\"]}")
        .replace(
            "image: demo/slow:1",
            "image: busybox:1.36\n      command: [sh, -c, sleep 2; exit 3]",
        );
    let world = run(&crashing, 3_600.0);
    let snapshot = world.snapshot();
    let life = life_of(&snapshot, "duo");
    let rows = life.rows();
    let restarts = row(&rows, Part::Container, "second")
        .spans
        .last()
        .map(|span| span.restarts);
    assert!(restarts > Some(10), "{restarts:?}");
    let axis = Axis::of(SimTime::ZERO, snapshot.time);
    let (bars, joined) = drawn(&rows, &axis, snapshot.time);
    let number: usize = bars.iter().map(|row| row.spans.len()).sum();
    assert!(
        number <= 300 && joined > 0,
        "{number} bars, {joined} joined"
    );
    // Nothing is left out: what is drawn and what shares a bar are all there is.
    let all: usize = rows.iter().map(|row| row.spans.len()).sum();
    let several = |row: &&Row| {
        row.spans
            .iter()
            .filter(|span| matches!(span.fill, Fill::Several(_)))
            .count()
    };
    let shared: usize = bars.iter().map(|row| several(&row)).sum();
    assert_eq!(number - shared + joined, all);
    // From near each is drawn by itself.
    let near = Axis::around(SimTime::from_seconds(30.0), 60_000_000);
    let (bars, joined) = drawn(&rows, &near, snapshot.time);
    assert!(
        joined < 10 && bars.iter().any(|row| row.spans.len() > 4),
        "{joined}"
    );
}

#[test]
fn an_axis_has_round_lines_and_holds_the_whole_window() {
    let lines = |from, to| {
        let axis = Axis::of(SimTime::from_seconds(from), SimTime::from_seconds(to));
        axis.lines()
            .into_iter()
            .map(|(_, words)| words)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines(0.0, 10.6),
        ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]
    );
    assert_eq!(lines(61.0, 63.5), ["61 s", "62 s", "63 s", "64 s"]);
    assert_eq!(
        lines(0.0, 3_600.0).last().map(String::as_str),
        Some("70 min")
    );
    let window = Axis::around(SimTime::from_seconds(75.0), 60_000_000);
    assert_eq!(
        (window.from, window.to),
        (SimTime::from_seconds(60.0), SimTime::from_seconds(120.0))
    );
}
