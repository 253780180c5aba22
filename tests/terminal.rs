//! Lines of the terminal: what they print, how long they take, and that undo, redo and a replay come to
//! the same. The list of what kubectl can do here, `docs/kubectl.md`, is written from its own commands:
//! `UPDATE=1 cargo test --test terminal`.

use std::fmt::Write as _;
use std::time::Duration;

use podarium::cluster::{Budget, Cause, Input, InputId, Progress, Setup, SimTime, Simulation};
use podarium::history::{History, Record};
use podarium::kubectl::command::{Act, Command};
use podarium::kubectl::run::{Finished, run};
use podarium::kubectl::verbs::ROOT;

fn world() -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.run_until(SimTime(20_000_000), Budget::ENDLESS);
    simulation
}

fn typed(simulation: &mut Simulation, line: &str) -> Finished {
    run(simulation, line, None, Duration::from_secs(120))
}

/// What a line prints that ends well.
fn prints(simulation: &mut Simulation, line: &str) -> String {
    let finished = typed(simulation, line);
    assert_eq!((finished.exit, &*finished.stderr), (0, ""), "{line}");
    finished.stdout
}

#[test]
fn a_shell_has_kubectl_among_its_commands() {
    let mut simulation = world();
    let simulation = &mut simulation;
    for (line, printed) in [
        (
            "kubectl create deployment web --image=nginx && echo done",
            "deployment.apps/web created\ndone\n",
        ),
        (
            "kubectl create configmap c --from-literal=a=1 -o name",
            "configmap/c\n",
        ),
        (
            "kubectl get configmap c -o jsonpath='{.data.a}' | wc -c",
            "1\n",
        ),
        (
            "for n in x y; do kubectl label configmap c $n=1; done",
            "configmap/c labeled\nconfigmap/c labeled\n",
        ),
        (
            "printf 'apiVersion: v1\\nkind: Namespace\\nmetadata: {name: team}\\n' | kubectl apply -f -",
            "namespace/team created\n",
        ),
        ("kubectl get ns team -o yaml | grep -c 'name: team'", "2\n"),
    ] {
        assert_eq!(prints(simulation, line), printed, "{line}");
    }
    let wrong = typed(simulation, "kubectl get pod nobody || echo $?");
    assert_eq!(wrong.stdout, "1\n");
    assert_eq!(
        wrong.stderr,
        "Error from server (NotFound): pods \"nobody\" not found\n"
    );
}

#[test]
fn what_a_command_in_a_container_prints_stays_apart_and_keeps_the_end_of_its_lines() {
    let mut simulation = world();
    let simulation = &mut simulation;
    prints(simulation, "kubectl run c --image=busybox -- sleep 9999");
    prints(
        simulation,
        "kubectl wait pod c --for=condition=Ready --timeout=60s",
    );
    let both = "kubectl exec c -- sh -c 'echo out; ls /nope'";
    let found = typed(simulation, both);
    assert_eq!((&*found.stdout, found.exit), ("out\n", 1));
    assert_eq!(
        found.stderr,
        "ls: /nope: No such file or directory\ncommand terminated with exit code 1\n"
    );
    let quiet = typed(simulation, &format!("{both} 2>/dev/null"));
    assert_eq!((&*quiet.stdout, &*quiet.stderr), ("out\n", ""));
}

#[test]
fn what_was_applied_last_is_shown_and_of_what_never_was_nothing() {
    let mut simulation = world();
    let simulation = &mut simulation;
    prints(
        simulation,
        "echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}' > c.yaml; kubectl apply -f c.yaml",
    );
    prints(simulation, "kubectl create configmap other");
    let yaml = "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  annotations: {}\n  \
                name: c\n  namespace: default\n";
    for (line, printed) in [
        ("configmap/c", yaml),
        ("-f c.yaml", yaml),
        ("configmap other", ""),
        (
            "-f c.yaml -o json | head -n 4",
            "{\n  \"apiVersion\": \"v1\",\n  \"data\": {\n    \"a\": \"b\"\n",
        ),
    ] {
        let line = format!("kubectl apply view-last-applied {line}");
        assert_eq!(prints(simulation, &line), printed, "{line}");
    }
    prints(
        simulation,
        "kubectl annotate -f c.yaml kubectl.kubernetes.io/last-applied-configuration-",
    );
    for (line, told) in [
        (
            "-f c.yaml",
            "error: error when no last-applied-configuration annotation found on resource: c\n \"c.yaml\": <nil>\n",
        ),
        (
            "configmap nobody",
            "Error from server (NotFound): configmaps \"nobody\" not found\n",
        ),
    ] {
        let line = format!("kubectl apply view-last-applied {line}");
        let finished = typed(simulation, &line);
        assert_eq!((finished.exit, &*finished.stderr), (1, told), "{line}");
    }
}

#[test]
fn a_command_that_waits_takes_the_time_it_takes() {
    let mut simulation = world();
    let simulation = &mut simulation;
    prints(simulation, "kubectl create deployment web --image=nginx");
    let began = simulation.now();
    let line = "kubectl wait --for=condition=Available deployment/web --timeout=60s";
    assert_eq!(
        prints(simulation, line),
        "deployment.apps/web condition met\n"
    );
    assert!(simulation.now() > began);
    let began = simulation.now();
    let late = typed(
        simulation,
        "kubectl wait --for=delete deployment/web --timeout=5s",
    );
    assert_eq!(late.exit, 1);
    assert_eq!(
        late.stderr,
        "error: timed out waiting for the condition on deployments/web\n"
    );
    assert_eq!(simulation.now().since(began), Duration::from_secs(5));
}

#[test]
fn what_a_line_does_leads_back_to_it() {
    let mut simulation = world();
    let line = "kubectl create configmap c && kubectl delete configmap c";
    typed(&mut simulation, line);
    let changes = simulation.world().store.changes();
    let ours: Vec<InputId> = changes
        .iter()
        .filter(|change| &*change.object.name == "c")
        .filter_map(|change| match change.cause {
            Cause::Input(id, _) => Some(id),
            _ => None,
        })
        .collect();
    let typed = simulation.terminal().lines.keys().next().copied();
    assert!(ours.len() >= 2, "{ours:?}");
    assert!(ours.iter().all(|id| Some(*id) == typed), "{ours:?}");
}

#[test]
fn whoever_writes_without_end_is_ended_when_nobody_reads_any_more() {
    let mut simulation = world();
    assert_eq!(
        prints(&mut simulation, "yes | head -n 2; yes no | head -c 3"),
        "y\ny\nno\n"
    );
    typed(
        &mut simulation,
        "kubectl create deployment web --image=nginx",
    );
    let before = simulation.now();
    let line = "kubectl get pods --watch --no-headers | head -n 3 | wc -l; kubectl get nodes -w | head -1 >&2";
    let finished = typed(&mut simulation, line);
    assert_eq!(finished.stdout, "3\n");
    assert!(finished.stderr.starts_with("NAME "), "{finished:?}");
    assert!(simulation.now().since(before).as_secs() < 120);
}

#[test]
fn apply_with_force_deletes_what_cannot_be_patched_and_creates_it_again() {
    let mut simulation = world();
    let deployment = |app: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: {app}}}}}\n  \
             template:\n    metadata: {{labels: {{app: {app}}}}}\n    spec: {{containers: [{{name: web, image: nginx}}]}}\n"
        )
    };
    let mut applied = |text: &str, flags: &str| {
        let line = format!("kubectl apply {flags} -f -");
        let finished = run(&mut simulation, &line, Some(text), Duration::from_secs(120));
        (finished.exit, finished.stdout, finished.stderr)
    };
    assert_eq!(
        applied(&deployment("a"), "").1,
        "deployment.apps/web created\n"
    );
    let (exit, _, error) = applied(&deployment("b"), "");
    assert_eq!(exit, 1);
    assert!(error.contains("field is immutable"), "{error}");
    let two = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n",
        deployment("b")
    );
    let told = "deployment.apps/web configured\nconfigmap/c created\n";
    assert_eq!(applied(&two, "--force"), (0, told.into(), String::new()));
    for (flags, wrong) in [
        (
            "--force --server-side",
            "error: --force cannot be used with --server-side\n",
        ),
        (
            "--force --dry-run=server",
            "error: --dry-run=server cannot be used with --force\n",
        ),
        (
            "--force-conflicts",
            "error: --force-conflicts only works with --server-side\n",
        ),
    ] {
        assert_eq!(applied(&two, flags).2, wrong);
    }
    let held = |app: &str| {
        two.replace("name: web}", "name: held, finalizers: [a/b]}")
            .replace("app: b", &format!("app: {app}"))
    };
    assert_eq!(applied(&held("a"), "").0, 0);
    assert_eq!(
        applied(&held("b"), "--force --timeout=5s"),
        (
            1,
            "configmap/c unchanged\n".into(),
            "error: timed out waiting for the condition\n".into()
        )
    );
    let selector = "kubectl get deployment web -o jsonpath='{.spec.selector.matchLabels.app}'";
    assert_eq!(prints(&mut simulation, selector), "b");
}

#[test]
fn a_line_that_only_reads_is_no_input() {
    let simulation = world();
    let digest = simulation.digest();
    for line in [
        "kubectl get nodes | head -n 1",
        "kubectl get pod nobody",
        "ls",
    ] {
        assert!(simulation.would_print(line, &[]).is_some(), "{line}");
    }
    for line in [
        "kubectl create configmap c",
        "kubectl get pods --watch",
        "sleep 1",
        "echo > file",
        "cd /tmp",
        "X=1",
    ] {
        assert!(simulation.would_print(line, &[]).is_none(), "{line}");
    }
    assert_eq!(simulation.digest(), digest);
}

#[test]
fn undo_redo_and_a_replay_come_to_the_same() {
    let mut history = History::new(Setup::default(), 7);
    let line = |line: &str| Input::Command {
        line: line.into(),
        files: Default::default(),
        stdin: None,
    };
    let first =
        "kubectl create deployment web --image=nginx; kubectl rollout status deployment web";
    let record = history.record(line(first));
    history.take(record);
    history.run_until(SimTime(30_000_000), Budget::ENDLESS);
    let before = history.digest();
    let record = history.record(line(
        "kubectl scale deployment web --replicas=3; echo $? > said",
    ));
    history.take(record);
    let done = history.digest();
    assert_ne!(done, before);
    history.take(Record::Undo);
    settle(&mut history);
    assert_eq!(history.digest(), before);
    assert_eq!(history.viewed().terminal().lines.len(), 1);
    history.take(Record::Redo);
    settle(&mut history);
    assert_eq!(history.digest(), done);
    history.run_until(SimTime(60_000_000), Budget::ENDLESS);
    assert_eq!(history.viewed().terminal().live, []);
    let mut again = History::restore(history.journal()).expect("its own journal");
    settle(&mut again);
    assert_eq!(again.digest(), history.digest());
    assert_eq!(again.viewed().terminal(), history.viewed().terminal());
}

fn settle(history: &mut History) {
    while history.proceed(Budget(97)) == Progress::OutOfBudget {}
}

/// What kubectl can do here, and what not.
fn told(command: &Command, above: &str, told: &mut String) {
    let name = format!("{above} {}", command.name).trim().to_string();
    if matches!(command.act, Act::NotHere) {
        writeln!(told, "| `{name}` | not simulated | |").expect("a text");
    } else if command.children.is_empty() || matches!(command.act, Act::Runs(_)) {
        let flags = command.flags.iter().flat_map(|flags| flags.iter());
        let (mut here, mut not_here) = (Vec::new(), Vec::new());
        for flag in flags {
            let list = if flag.is_here {
                &mut here
            } else {
                &mut not_here
            };
            list.push(format!("`--{}`", flag.name));
        }
        here.sort();
        not_here.sort();
        let (here, not_here) = (here.join(" "), not_here.join(" "));
        writeln!(told, "| `{name}` | {here} | {not_here} |").expect("a text");
    }
    for child in command.children {
        self::told(child, &name, told);
    }
}

#[test]
fn the_list_of_what_kubectl_can_do_is_true() {
    let mut text = String::from(
        "# kubectl in the terminal\n\n\
         Written from its commands by `UPDATE=1 cargo test --test terminal`. A flag in the last column is read and\n\
         changes nothing; the terminal says so. Flags of every command (`kubectl options`) are left out here.\n\n\
         | command | flags | flags that change nothing |\n| --- | --- | --- |\n",
    );
    for command in ROOT.children {
        told(command, "kubectl", &mut text);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kubectl.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).expect("it is there");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "UPDATE=1 cargo test --test terminal writes docs/kubectl.md anew"
    );
}
