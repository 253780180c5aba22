//! What the page hands out as a lesson is accepted by the same proof as every lesson, begins with the very cluster that the
//! teacher saw, and is nothing at all where it can't be whole. And what differs from a goal is told, cause first.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use podarium::cluster::{Budget, Fault, Input, Setup, SimTime, Simulation};
use podarium::history::History;
use podarium::history::link::{Moment, Sight};
use podarium::lesson::export::{Files, Mark, Offer, Words, lesson, offers, zip};
use podarium::lesson::slices::at_once;
use podarium::lesson::steps::Step;
use podarium::lesson::world::Past;
use podarium::lesson::{Lesson, Mistake, Referee};
use podarium::machine::Machine;

const BROKEN: &str = "apiVersion: v1
kind: Pod
metadata: {name: duo, labels: {app: duo}}
spec:
  containers:
  - name: web
    image: demo/web:1
  - name: helper
    image: demo/web:bad
---
apiVersion: v1
kind: Service
metadata: {name: duo}
spec:
  selector: {app: duo}
  ports:
  - port: 80
    targetPort: 8080
";
const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: demo/web:1
";

fn apply(manifest: &str) -> Input {
    Input::Apply {
        manifest: manifest.into(),
    }
}

fn command(line: &str) -> Input {
    Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: None,
    }
}

fn off(node: &str) -> Input {
    Input::PowerOff { node: node.into() }
}

/// The playground: each is done, and then so many seconds pass.
fn lived(deeds: &[(Input, f64)]) -> History {
    let mut history = History::new(Setup::default(), 7);
    history.run_until(SimTime::from_seconds(1.234567), Budget::ENDLESS);
    for (input, seconds) in deeds {
        let record = history.record(input.clone());
        history.take(record);
        let until = history.now() + Duration::from_secs_f64(*seconds);
        history.run_until(until, Budget::ENDLESS);
    }
    history
}

/// Before the thing of this number, counted from 0.
fn before(past: &Past, number: usize) -> Mark {
    Mark {
        done: number,
        at: past.done[number].at,
    }
}

/// What has become so since the mark, as goals.
fn new_goals(history: &History, mark: Mark) -> Vec<Offer> {
    let all = offers(&history.present_snapshot(), mark.at);
    all.into_iter().filter(|offer| offer.is_new).collect()
}

fn exported(history: &History, mark: Mark, goals: &[Offer]) -> Result<Files, Vec<Mistake>> {
    let goals: Vec<&Offer> = goals.iter().collect();
    let words = Words::prefilled(&goals);
    let past = Past::of(history);
    at_once(lesson(
        &past,
        mark,
        &words,
        &goals,
        &|_| false,
        &async |_: &str| {},
    ))
}

/// Proves a folder as `cargo xtask lessons` does.
fn proved(files: &Files) -> Lesson {
    let lesson = Lesson::read("mine/lesson", files).expect("it can be read");
    lesson.prove(&|_| false).expect("it is proved");
    lesson
}

/// All objects of a world, as they are.
fn objects(world: &Simulation) -> Vec<String> {
    let all = world.world().store.objects().iter();
    all.map(|(key, object)| format!("{key} {}", object.value.to_json()))
        .collect()
}

/// The lesson begins with what the history was just before its thing of this number.
fn begins_as_it_was(lesson: &Lesson, history: &History, number: usize) {
    let mut then = history.clone();
    then.seek(SimTime(Past::of(history).done[number].at.0 - 1));
    while then.proceed(Budget::ENDLESS) == podarium::cluster::Progress::OutOfBudget {}
    let (was, is) = (objects(then.viewed()), objects(&lesson.came()));
    assert!(was.len() > 20);
    assert_eq!(was, is);
}

fn says(goals: &[Offer]) -> Vec<&str> {
    goals.iter().map(|goal| &*goal.says).collect()
}

#[test]
fn a_pod_that_was_mended_is_a_lesson() {
    let history = lived(&[
        (apply(BROKEN), 31.5),
        (
            command("kubectl set image pod/duo helper=demo/agent:1"),
            30.0,
        ),
    ]);
    let mark = before(&Past::of(&history), 1);
    let goals = new_goals(&history, mark);
    assert_eq!(
        says(&goals),
        [
            "Pod default/duo is Running and Ready",
            "Service default/duo has 1 ready endpoint"
        ]
    );
    let all = offers(&history.present_snapshot(), mark.at);
    assert!(
        all.iter()
            .any(|one| one.says == "Node node-1 is Ready" && !one.is_new && !one.is_apt)
    );
    let files = exported(&history, mark, &goals).expect("it is accepted");
    let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "goal.yaml",
            "lesson.md",
            "solution-1.yaml",
            "start.yaml",
            "wrong-1.yaml"
        ]
    );
    let lesson = proved(&files);
    begins_as_it_was(&lesson, &history, 1);
    assert_eq!(lesson.start.editor, BROKEN);
    assert_eq!(
        lesson.solutions[0].way.steps[0].input().as_ref(),
        Past::of(&history).done.get(1).map(|done| &done.input)
    );
}

#[test]
fn a_deployment_that_was_scaled_is_a_lesson_and_half_of_it_is_refused() {
    let history = lived(&[
        (apply(WEB), 20.0),
        (
            command("kubectl expose deployment web --port=80 --target-port=8080"),
            5.0,
        ),
        (command("kubectl scale deployment web --replicas=5"), 40.0),
    ]);
    let past = Past::of(&history);
    let mark = before(&past, 1);
    let goals = new_goals(&history, mark);
    let all = says(&goals);
    assert!(
        all.contains(&"Deployment default/web has 5 available"),
        "{all:?}"
    );
    assert!(
        all.contains(&"Service default/web has 5 ready endpoints"),
        "{all:?}"
    );
    let files = exported(&history, mark, &goals).expect("it is accepted");
    let lesson = proved(&files);
    begins_as_it_was(&lesson, &history, 1);
    assert_eq!(lesson.wrongs.len(), 2, "nothing, and all but the last");
    assert!(lesson.wrongs[0].way.steps.is_empty());
    let asks = goals
        .iter()
        .find(|one| one.says == "Deployment default/web asks for 5");
    assert!(
        asks.is_some_and(|one| !one.is_apt),
        "offered, and rather left open"
    );
    let left = &lesson.wrongs[1].way.steps;
    assert!(
        matches!(&left[..], [Step::Command(line), Step::Wait(_)] if line.contains("expose")),
        "{left:?}"
    );
}

#[test]
fn a_machine_that_went_off_is_a_lesson() {
    let history = lived(&[(apply(WEB), 20.0), (off("node-2"), 400.0)]);
    let mark = before(&Past::of(&history), 1);
    let goals = new_goals(&history, mark);
    assert!(
        says(&goals).contains(&"Node node-2 is not Ready"),
        "{goals:?}"
    );
    let files = exported(&history, mark, &goals).expect("it is accepted");
    let lesson = proved(&files);
    begins_as_it_was(&lesson, &history, 1);
    assert!(
        matches!(&lesson.solutions[0].way.steps[..], [Step::PowerOff(node), Step::Wait(_)] if node == "node-2")
    );
}

#[test]
fn what_steps_cannot_say_is_named_with_a_remedy_and_nothing_is_handed_out() {
    let theory = Input::Theory(podarium::cluster::theory::Deed::PlaceOne);
    let fill = Input::Fault(Fault::FillMemory {
        pod: podarium::api::ObjectKey::pod("default", "duo"),
        container: "web".into(),
    });
    let history = lived(&[
        (apply(BROKEN), 20.0),
        (
            command("kubectl set image pod/duo helper=demo/agent:1"),
            2.0,
        ),
        (theory, 2.0),
        (fill, 20.0),
    ]);
    let mark = before(&Past::of(&history), 1);
    let goals = new_goals(&history, mark);
    let refused = exported(&history, mark, &goals).expect_err("two of them are no steps");
    let told: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "solution-1.yaml: at t+23.2 s, what is done in the Theory view is no step of a lesson: do it with kubectl, in the cluster",
            "solution-1.yaml: at t+25.2 s, Fill memory of web is no step of a lesson: kill the container instead, or have it done before the start",
        ]
    );
}

#[test]
fn what_comes_by_itself_is_no_goal() {
    let history = lived(&[
        (apply(WEB), 1.0),
        (command("kubectl label deployment web a=b"), 30.0),
    ]);
    let mark = before(&Past::of(&history), 1);
    let goals: Vec<Offer> = offers(&history.present_snapshot(), mark.at)
        .into_iter()
        .filter(|one| one.says == "Deployment default/web has 2 available")
        .collect();
    assert_eq!(goals.len(), 1);
    let refused = exported(&history, mark, &goals).expect_err("nothing has to be done");
    assert!(
        refused[0].what.contains("come by themselves"),
        "{refused:?}"
    );
    let refused = exported(&history, mark, &[]).expect_err("no goal");
    assert!(refused[0].what.contains("no goal is chosen"), "{refused:?}");
    let end = Mark {
        done: 2,
        at: history.now(),
    };
    let refused = exported(&history, end, &goals).expect_err("nothing was done since");
    assert!(
        refused[0].what.contains("nothing was done after the start"),
        "{refused:?}"
    );
}

/// A machine that no step adds.
fn machine() -> Input {
    Input::AddMachine(Machine {
        name: "node-9".into(),
        host: "host-2".into(),
        cpu_milli: 4000,
        memory_bytes: 8 << 30,
        pods: 110,
        labels: Default::default(),
        taints: Vec::new(),
    })
}

#[test]
fn any_cluster_is_a_start_as_a_saved_world() {
    let history = lived(&[
        (machine(), 5.0),
        (apply(WEB), 20.0),
        (command("kubectl scale deployment web --replicas=3"), 30.0),
    ]);
    let mark = before(&Past::of(&history), 2);
    let goals = new_goals(&history, mark);
    let files = exported(&history, mark, &goals).expect("it is accepted");
    assert!(files.iter().any(|(name, _)| name == "world.json"));
    let lesson = proved(&files);
    begins_as_it_was(&lesson, &history, 2);
    // The same by hand, from what Save writes at that moment.
    let mut shown = history.clone();
    shown.seek(SimTime(Past::of(&history).done[2].at.0 - 1));
    while shown.proceed(Budget::ENDLESS) == podarium::cluster::Progress::OutOfBudget {}
    let saved = Moment::new(shown.journal(), Sight::default()).text();
    let mut files = files;
    for (name, text) in &mut files {
        match &**name {
            "world.json" => *text = saved.clone(),
            "start.yaml" => *text = "world: world.json\nsteps:\n- command: kubectl label node node-9 disk=ssd\n- wait: 1s\nlater:\n- wait: 5s\n- power-off: node-1\n".into(),
            _ => {}
        }
    }
    let mut lesson = proved(&files);
    let came = lesson.came();
    assert_eq!(came.now(), shown.time() + Duration::from_secs(1));
    let node = came
        .world()
        .store
        .get(&podarium::api::ObjectKey::node("node-9"));
    assert_eq!(
        node.expect("it is there")
            .meta
            .labels
            .get("disk")
            .map(|disk| &**disk),
        Some("ssd")
    );
    lesson.start.steps.clear();
    begins_as_it_was(&lesson, &history, 2);
}

#[test]
fn a_start_names_what_is_wrong_with_its_world() {
    let history = lived(&[
        (apply(BROKEN), 31.5),
        (command("kubectl delete pod duo"), 40.0),
    ]);
    let mark = before(&Past::of(&history), 1);
    let goals = new_goals(&history, mark);
    let files = exported(&history, mark, &goals).expect("it is accepted");
    let told = |start: &str, world: Option<&str>| {
        let mut files = files.clone();
        for (name, text) in &mut files {
            if name == "start.yaml" {
                *text = start.into();
            }
        }
        files.extend(world.map(|text| ("mine.json".into(), text.into())));
        let mistakes = Lesson::read("mine/lesson", &files).expect_err("a mistake was made");
        mistakes[0].to_string()
    };
    assert_eq!(
        told("editor: a\nworld: mine.json\n", None),
        "start.yaml, line 2: there is no file mine.json beside it: put it there, as Save wrote it"
    );
    assert_eq!(
        told("world: mine.json\nseed: 3\n", Some("{}")),
        "start.yaml, line 2: a saved world has its own seed: take this field out"
    );
    let why = told("world: mine.json\n", Some("a: b"));
    assert!(
        why.starts_with("mine.json: it is no world of Podarium"),
        "{why}"
    );
}

#[test]
fn an_import_is_a_start_and_what_comes_after_it_too() {
    let node = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"big"},"status":{"capacity":{"cpu":"8","memory":"16Gi","pods":"110"},"allocatable":{"cpu":"8","memory":"16Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}}"#;
    let import = Input::Import(podarium::cluster::Import {
        parts: Rc::new(vec![format!("{node}\n").into()]),
        newest: SimTime::ZERO,
    });
    let history = lived(&[
        (import, 3.0),
        (apply(WEB), 20.0),
        (command("kubectl scale deployment web --replicas=3"), 30.0),
    ]);
    let mark = before(&Past::of(&history), 2);
    let goals = new_goals(&history, mark);
    assert!(
        says(&goals).contains(&"Deployment default/web has 3 available"),
        "{goals:?}"
    );
    let lesson = proved(&exported(&history, mark, &goals).expect("it is accepted"));
    begins_as_it_was(&lesson, &history, 2);
}

#[test]
fn what_was_done_between_two_events_of_one_moment_stays_there() {
    let mut history = lived(&[(apply(WEB), 0.0)]);
    let known = history.changes().len();
    while history.changes().len() < known + 3 {
        history.run_to_change(SimTime::from_seconds(60.0), Budget(100));
    }
    // As after Step: the moment is that of an event.
    for (input, seconds) in [
        (command("kubectl scale deployment web --replicas=3"), 20.0),
        (command("kubectl scale deployment web --replicas=4"), 20.0),
    ] {
        let record = history.record(input);
        history.take(record);
        history.run_until(
            history.now() + Duration::from_secs_f64(seconds),
            Budget::ENDLESS,
        );
    }
    let mark = before(&Past::of(&history), 2);
    let goals = new_goals(&history, mark);
    let lesson = proved(&exported(&history, mark, &goals).expect("it is accepted"));
    let pods = |world: &Simulation| -> Vec<String> {
        world
            .world()
            .store
            .list("Pod")
            .map(|(key, _)| key.to_string())
            .collect()
    };
    let mut then = history.clone();
    then.seek(SimTime(Past::of(&history).done[2].at.0 - 1));
    while then.proceed(Budget::ENDLESS) == podarium::cluster::Progress::OutOfBudget {}
    assert_eq!(
        pods(then.viewed()),
        pods(&lesson.came()),
        "generated names, too"
    );
}

#[test]
fn any_text_that_was_typed_is_written_to_the_letter() {
    for manifest in [
        "a: b",
        "a: b\n",
        "\na: b\n\n",
        "  a: b\n  c: d\n",
        "a: |\n  x  \n\n  y\n",
        "a:\tb\r\nc: 'd'\n",
        "# \u{7} é “x” \\ \"\n",
        "a: b\n\n# end\n\n",
    ] {
        let history = lived(&[
            (apply(WEB), 20.0),
            (apply(manifest), 1.0),
            (command("kubectl scale deployment web --replicas=3"), 30.0),
        ]);
        let mark = before(&Past::of(&history), 2);
        let goals = new_goals(&history, mark);
        let lesson = proved(&exported(&history, mark, &goals).expect("it is accepted"));
        assert_eq!(lesson.start.editor, manifest);
        let written: Vec<Input> = lesson.start.steps.iter().filter_map(Step::input).collect();
        assert_eq!(written, [apply(WEB), apply(manifest)]);
    }
}

#[test]
fn a_file_that_a_line_names_is_written_by_the_solution() {
    let with_file = Input::Command {
        line: "kubectl apply -f manifest.yaml".into(),
        files: Rc::new(vec![("manifest.yaml".into(), WEB.into())]),
        stdin: None,
    };
    let history = lived(&[(apply(BROKEN), 10.0), (with_file, 30.0)]);
    let mark = before(&Past::of(&history), 1);
    let goals = new_goals(&history, mark);
    let lesson = proved(&exported(&history, mark, &goals).expect("it is accepted"));
    assert_eq!(lesson.solutions[0].way.steps.len(), 2);
}

#[test]
fn what_is_proved_is_told_and_others_have_their_turn() {
    let history = lived(&[
        (apply(WEB), 20.0),
        (command("kubectl scale deployment web --replicas=3"), 30.0),
    ]);
    let past = Past::of(&history);
    let mark = before(&past, 1);
    let goals = new_goals(&history, mark);
    let goals: Vec<&Offer> = goals.iter().collect();
    let told = RefCell::new(Vec::new());
    let breathe = async |what: &str| {
        let is_new = told.borrow().last().is_none_or(|last| last != what);
        if is_new {
            told.borrow_mut().push(what.to_string());
        }
    };
    let words = Words::prefilled(&goals);
    at_once(lesson(&past, mark, &words, &goals, &|_| false, &breathe)).expect("it is accepted");
    assert_eq!(
        told.into_inner(),
        [
            "start.yaml",
            "wrong-1.yaml",
            "start.yaml",
            "goal.yaml",
            "solution-1.yaml",
            "wrong-1.yaml"
        ]
    );
}

#[test]
fn a_folder_is_one_file() {
    let files: Files = vec![
        ("a.md".into(), "é".into()),
        ("b.yaml".into(), String::new()),
    ];
    let bytes = zip::zip(&zip::folder("Pod “duo” is Ready, 2/2!"), &files).expect("it is small");
    let archive = rawzip::ZipArchive::from_slice(&bytes).expect("it is a zip");
    let mut entries = archive.entries();
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().expect("it can be read") {
        let name = entry
            .file_path()
            .try_normalize()
            .expect("a path")
            .as_ref()
            .to_string();
        let data = archive
            .get_entry(entry.wayfinder())
            .expect("it is there")
            .data()
            .to_vec();
        found.push((name, String::from_utf8(data).expect("text")));
    }
    assert_eq!(
        found,
        [
            ("pod-duo-is-ready-2-2/a.md".to_string(), "é".to_string()),
            ("pod-duo-is-ready-2-2/b.yaml".to_string(), String::new())
        ]
    );
    assert_eq!(zip::folder("“…”"), "lesson");
}

#[test]
fn what_differs_from_the_goal_is_told_cause_first() {
    let history = lived(&[
        (apply(BROKEN), 31.5),
        (
            command("kubectl set image pod/duo helper=demo/agent:1"),
            30.0,
        ),
    ]);
    let mark = before(&Past::of(&history), 1);
    let mut goals = new_goals(&history, mark);
    // However a teacher has put them.
    goals.reverse();
    let lesson = proved(&exported(&history, mark, &goals).expect("it is accepted"));
    let mut referee = Referee::new(Rc::new(lesson.goals.clone()), lesson.came());
    let told = |referee: &Referee| -> Vec<String> {
        let all = referee.differences();
        all.iter()
            .map(|one| format!("{}: {} | {}", one.what, one.now, one.goal))
            .collect()
    };
    assert_eq!(
        told(&referee),
        [
            "Container helper of Pod duo: Waiting ErrImagePull | ready",
            "Pod duo: Pending, 1 of 2 ready, ErrImagePull | Ready",
            "Service duo, ready endpoints: 0 | 1",
        ]
    );
    referee.apply(command("kubectl set image pod/duo helper=demo/agent:1"));
    let later = referee.world().now() + Duration::from_secs(30);
    referee.live(later);
    assert!(told(&referee).is_empty());
}
