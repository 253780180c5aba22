//! Every lesson in static/lessons is proved: its start, its prediction, each solution, each wrong answer. And an author's
//! mistakes are answered with file, line and remedy.

use std::fs;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use podarium::cluster::{Budget, Input, Progress};
use podarium::history::{History, Record};
use podarium::lesson::{Lesson, Mistake, Referee, again};

#[test]
fn every_lesson_is_proved() {
    let proof = Command::new(env!("CARGO_BIN_EXE_lessons"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program was built");
    let told = String::from_utf8_lossy(&proof.stdout);
    assert!(proof.status.success(), "{told}");
    assert!(told.contains(": proved, "), "{told}");
}

fn example() -> Vec<(String, String)> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/static/lessons/03-lifecycle/02-ready-means-all"
    );
    let files = fs::read_dir(folder).expect("the lesson is there");
    let paths = files.map(|entry| entry.expect("it is readable").path());
    let read = paths.map(|path| {
        let name = path.file_name().expect("a file").to_string_lossy();
        (name.into_owned(), fs::read_to_string(&path).expect("text"))
    });
    read.collect()
}

/// What is said once a part of a file is another.
fn mistakes(file: &str, part: &str, other: &str) -> Vec<Mistake> {
    let mut files = example();
    let (_, text) = files
        .iter_mut()
        .find(|(name, _)| name == file)
        .expect("a file");
    assert!(text.contains(part), "{file} has no {part}");
    *text = text.replace(part, other);
    match Lesson::read("03-lifecycle/02-ready-means-all", &files) {
        Err(mistakes) => mistakes,
        Ok(lesson) => lesson.prove(&|_| true).expect_err("a mistake was made"),
    }
}

#[test]
fn an_authors_mistakes_name_file_line_and_remedy() {
    let says = |file, part, other| {
        let all = mistakes(file, part, other);
        all.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let unknown = says("goal.yaml", "endpoints: {of", "endpoint: {of");
    assert!(
        unknown.starts_with("goal.yaml, line ") && unknown.contains("`endpoints`"),
        "{unknown}"
    );
    let kind = says(
        "goal.yaml",
        "of: service/duo, is: 1",
        "of: servise/duo, is: 1",
    );
    assert!(
        kind.contains("line ") && kind.contains("write pod/NAME"),
        "{kind}"
    );
    let cross = says("lesson.md", "- [x] Pending", "- [ ] Pending");
    assert!(
        cross.contains("lesson.md: one option is what the cluster shows"),
        "{cross}"
    );
    let section = says("lesson.md", "## Hints", "## Tips");
    assert!(
        section.contains("lesson.md, line ")
            && section.contains("Predict, Explain, Task and Hints"),
        "{section}"
    );
    let refuses = says(
        "wrong-1.yaml",
        "refused-by: duo still has",
        "refused-by: duo has",
    );
    assert!(
        refuses.contains("wrong-1.yaml, line ")
            && refuses.contains("there is no goal “duo has two containers”"),
        "{refuses}"
    );
    let feedback = says("wrong-2.yaml", "feedback: who-pays", "feedback: whole");
    assert!(
        feedback.contains("wrong-2.yaml, line ")
            && feedback.contains("should get the feedback “whole”, and gets who-pays: the first"),
        "{feedback}"
    );
    let accepted = says(
        "solution-1.yaml",
        "helper=demo/agent:1",
        "helper=demo/web:bad",
    );
    assert!(
        accepted.contains("solution-1.yaml, line ")
            && accepted.contains("isn't accepted; not met: “Pod duo is Ready, 2/2”"),
        "{accepted}"
    );
    let length = says("goal.yaml", "within: 30s", "within: soon");
    assert!(length.contains("write 5s, 90s or 7m"), "{length}");
    let command = says("solution-1.yaml", "kubectl set", "kubctl set");
    assert!(
        command.contains("The last step was answered: ") && command.contains("not found"),
        "{command}"
    );
    let fixed = says("goal.yaml", "fixed: [", "fixed: [pod/later, ");
    assert!(
        fixed.starts_with("goal.yaml, line ") && fixed.contains("make it in start.yaml"),
        "{fixed}"
    );
    let tab = says("start.yaml", "seed:", "\tseed:");
    assert!(
        tab.starts_with("start.yaml, line ") && tab.contains("indent with spaces"),
        "{tab}"
    );
    let colon = says("wrong-1.yaml", "why: ", "why: Here: ");
    assert!(
        colon.starts_with("wrong-1.yaml, line 1: ") && colon.contains("put quotes around"),
        "{colon}"
    );
    let seed = says("start.yaml", "seed: ", "seed: seven # ");
    assert!(seed.contains("write a whole number"), "{seed}");
}

#[test]
fn nobody_is_at_the_goal_by_an_escape_hatch() {
    let mut files = example();
    let status = r#"why: The status is written by hand.
steps:
- command: |
    kubectl patch pod duo --subresource=status -p '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
"#;
    files.push(("solution-9.yaml".into(), status.into()));
    let lesson = Lesson::read("03-lifecycle/02-ready-means-all", &files).expect("it can be read");
    let refused = lesson.prove(&|_| true).expect_err("it isn't accepted");
    assert!(
        refused
            .iter()
            .all(|mistake| mistake.file == "solution-9.yaml"
                && mistake
                    .what
                    .contains("the status of Pod default/duo was written by hand")),
        "{refused:?}"
    );
}

/// The referee of the example with other goals, and a history of its world.
fn lesson(goals: &str) -> (Referee, History) {
    let mut files = example();
    let (_, goal) = files
        .iter_mut()
        .find(|(name, _)| name == "goal.yaml")
        .expect("a file");
    let settled = "predict: {settled: {object: {of: pod/duo, is: Ready}}, within: 1s}\n";
    *goal = format!("{settled}hold: 0s\ngoals:\n{goals}");
    let lesson = Lesson::read("03-lifecycle/02-ready-means-all", &files).expect("it can be read");
    let mut history = History::new(lesson.start.setup(), lesson.start.seed);
    history.run_until(lesson.start.ahead(), Budget::ENDLESS);
    (
        Referee::new(Rc::new(lesson.goals.clone()), lesson.came()),
        history,
    )
}

fn types(history: &mut History, line: &str) {
    let record = history.record(Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: None,
    });
    history.take(record);
}

/// Goes along to the end; which goals are met then.
fn met(referee: &mut Referee, history: &History) -> Vec<bool> {
    while referee.follow(history, Budget(100)) == Progress::OutOfBudget {}
    let all = referee.standings();
    all.iter().map(|standing| standing.met).collect()
}

#[test]
fn what_was_said_between_two_lines_of_one_moment_is_heard() {
    let goals = "- {says: a, test: {once: {said: 'pod/a created'}}}\n- {says: b, test: {once: {said: 'pod/b created'}}}\n";
    let (mut referee, mut history) = lesson(goals);
    types(&mut history, "kubectl run a --image=demo/web:1");
    history.run_until(history.now() + Duration::from_secs(2), Budget::ENDLESS);
    // Nothing happens any more that a change would tell of, and the next line comes at once.
    types(&mut history, "kubectl run b --image=demo/web:1");
    history.run_until(history.now() + Duration::from_secs(2), Budget::ENDLESS);
    types(&mut history, "kubectl get pods");
    history.run_until(history.now() + Duration::from_secs(2), Budget::ENDLESS);
    assert_eq!(met(&mut referee, &history), [true, true]);
    let (mut referee, mut history) =
        lesson("- {says: no, test: {once: {said: 'pods \"nobody\" not found'}}}\n");
    types(&mut history, "kubectl get pod nobody");
    while !history.present_snapshot().terminal.live.is_empty() {
        history.run_until(history.next_due().expect("it ends"), Budget(1));
    }
    types(&mut history, "kubectl get pods");
    history.run_until(history.now() + Duration::from_secs(2), Budget::ENDLESS);
    assert_eq!(met(&mut referee, &history), [true]);
}

#[test]
fn what_is_taken_back_is_no_longer_met() {
    let (mut referee, mut history) = lesson(
        "- {says: there, test: {object: {of: pod/a, is: there}}}\n- {says: new, test: {once: {object: {of: pod/a, is: new}}}}\n",
    );
    types(&mut history, "kubectl run a --image=demo/web:1");
    history.run_until(history.now() + Duration::from_secs(9), Budget::ENDLESS);
    assert_eq!(met(&mut referee, &history), [true, true]);
    history.take(Record::Undo);
    while history.proceed(Budget::ENDLESS) == Progress::OutOfBudget {}
    history.run_until(history.now() + Duration::from_secs(1), Budget::ENDLESS);
    assert_eq!(met(&mut referee, &history), [false, false]);
    history.take(Record::Redo);
    while history.proceed(Budget::ENDLESS) == Progress::OutOfBudget {}
    assert_eq!(met(&mut referee, &history), [true, true]);
}

const QUESTION: &str = "01-pods/03-two-containers";

fn question() -> (String, String) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/lessons");
    let path = format!("{folder}/{QUESTION}/again-1.yaml");
    let text = fs::read_to_string(path).expect("the question is there");
    ("again-1.yaml".into(), text)
}

/// What is said of a question once a part of it is another.
fn questioned(part: &str, other: &str) -> String {
    let (file, text) = question();
    assert!(text.contains(part), "the question has no {part}");
    let changed = [(file, text.replacen(part, other, 1))];
    let mistakes = again::among(&changed)[0].prove(QUESTION);
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    told.join("\n")
}

#[test]
fn a_question_is_refused_where_the_cluster_shows_another_option_than_the_marked_one() {
    let (file, text) = question();
    assert_eq!(again::among(&[(file, text.clone())])[0].prove(QUESTION), []);
    let told = questioned("right: whole", "right: one");
    assert!(
        told.contains("somebody may predict it: add `otherwise`"),
        "{told}"
    );
    // The mark says what is expected, and decides nothing.
    let both = text.replace("right: whole", "right: one").replace(
        "  says: One row, READY <n>/<n>\n",
        "  says: One row, READY <n>/<n>\n  otherwise: Look\n",
    );
    let line = both
        .lines()
        .position(|line| line.starts_with("- {pod: trio"));
    let line = line.expect("a variant") + 1;
    let told = again::among(&[("again-1.yaml".into(), both)])[0].prove(QUESTION);
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().all(|one| one.contains("`right` is another")),
        "{told:?}"
    );
    assert_eq!(told.len(), 4, "{told:?}");
    let first = format!("again-1.yaml, line {line}: the cluster shows “One row, READY 3/3”, and");
    assert!(told[0].starts_with(&first), "{told:?}");
}

#[test]
fn a_questions_mistakes_name_line_and_remedy() {
    let told = questioned("n: 3, ", "");
    assert!(
        told.contains("the first variant has no word for <n>: add it there"),
        "{told}"
    );
    let told = questioned("after: 2s", "after: 8s");
    assert!(
        told.contains("again-1.yaml, line ") && told.contains("a run ends within 5 s"),
        "{told}"
    );
    let told = questioned("shows: {said: \"<pod>", "shows: {sad: \"<pod>");
    assert!(told.contains("line ") && told.contains("`sad`"), "{told}");
    let told = questioned(
        "shows: {said: \"<pod>   <n>/<n>\"}",
        "shows: {said: \"READY\"}",
    );
    assert_eq!(told, "", "it holds in every variant, and nothing else does");
    let told = questioned("shows: {said: \"1/1\"}", "shows: {said: \"NAME\"}");
    assert!(
        told.contains(" together: make their `shows` narrower"),
        "{told}"
    );
    let told = questioned("pod: twins, ", "pod: twins, colour: red, ");
    assert!(told.contains("nothing has <colour>"), "{told}");
    let (file, text) = question();
    let first = text.find("- {pod: quartet").expect("a variant");
    let told = again::among(&[(file, text[..first].into())])[0].prove(QUESTION);
    assert!(
        told.iter()
            .any(|one| one.what.contains("three variants at least")
                || one.what.contains("3 variants at least")),
        "{told:?}"
    );
}

#[test]
fn no_time_is_like_the_one_before() {
    let one = [question()];
    let mut two = one.to_vec();
    two.push((
        "again-2.yaml".into(),
        one[0].1.replace("How many rows", "And how many rows"),
    ));
    for files in [&one[..], &two[..]] {
        let among = again::among(files);
        let asked = |time| {
            let asked = again::ask(QUESTION, &among, time).expect("a question");
            let lesson = asked.expect("it can be read");
            (lesson.text.clone(), format!("{:?}", lesson.start.steps))
        };
        for time in 0..20 {
            assert_ne!(asked(time), asked(time + 1), "time {time}");
        }
    }
    assert!(again::ask(QUESTION, &[], 0).is_none());
}

#[test]
fn every_lesson_can_be_asked_again() {
    let chapters = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/static/lessons"));
    let chapters = chapters.expect("lessons are there").flatten();
    let inside = chapters.flat_map(|chapter| fs::read_dir(chapter.path()).into_iter().flatten());
    let lessons = inside
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("goal.yaml").exists());
    let mut count = 0;
    for lesson in lessons {
        count += 1;
        assert!(lesson.join("again-1.yaml").exists(), "{}", lesson.display());
    }
    assert!(count >= 26);
}
