//! Commands that run beside a container's process: they take their time, reach other Pods, and end when whoever waits
//! for them does.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Input, Simulation};

use common::network::{ip, run, world};

mod common;

fn apply(simulation: &mut Simulation, manifest: &str) {
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
}

/// A Pod on node-1, in whose one container `more` is said too; nothing runs in it but a shell that ends on SIGTERM.
fn asking(name: &str, more: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: node-1, terminationGracePeriodSeconds: 8, \
         containers: [{{name: sh, image: 'busybox:1.36', command: [sh, -c, 'trap \"exit 0\" TERM; while :; do sleep 1; done'], {more}}}]}}}}"
    )
}

fn is_ready(simulation: &Simulation, name: &str) -> bool {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", name));
    let pod = object.and_then(|object| object.pod());
    pod.is_some_and(|pod| pod.is_ready())
}

fn is_there(simulation: &Simulation, name: &str) -> bool {
    let key = ObjectKey::pod("default", name);
    simulation.world().store.get(&key).is_some()
}

/// Messages of the Events of this reason.
fn events(simulation: &Simulation, reason: &str) -> Vec<String> {
    let all = simulation.world().store.list("Event");
    let its = all.filter(|(_, event)| event.value.text_at(&["reason"]) == reason);
    its.map(|(_, event)| event.value.text_at(&["message"]).to_string())
        .collect()
}

fn delete(simulation: &mut Simulation, name: &str) {
    simulation.apply(Input::Delete {
        object: ObjectKey::pod("default", name),
        grace_period_seconds: None,
    });
}

/// What `kubectl exec` prints, and its exit code, so many seconds after it was typed.
fn typed(simulation: &mut Simulation, line: &str, seconds: f64) -> (String, Option<i64>) {
    let input = simulation.apply(Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: None,
    });
    run(simulation, seconds);
    let line = &simulation.terminal().lines[&input];
    (
        format!("{}{}", line.text(false), line.text(true)),
        line.exit,
    )
}

#[test]
fn an_exec_probe_asks_another_pod_and_fails_once_that_is_gone() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let probe = format!(
        "readinessProbe: {{exec: {{command: [wget, -q, -O, /dev/null, 'http://{far}:8080/']}}, periodSeconds: 2, failureThreshold: 1}}"
    );
    apply(&mut simulation, &asking("asks", &probe));
    run(&mut simulation, 20.0);
    assert!(is_ready(&simulation, "asks"));
    assert_eq!(events(&simulation, "Unhealthy"), [""; 0]);
    delete(&mut simulation, "far");
    run(&mut simulation, 60.0);
    assert!(!is_ready(&simulation, "asks"));
    let said = events(&simulation, "Unhealthy");
    let expected = format!(
        "Readiness probe failed: command timed out: \"wget -q -O /dev/null http://{far}:8080/\" timed out after 1s"
    );
    assert!(said.contains(&expected), "{said:#?}");
}

#[test]
fn an_exec_probe_is_waited_for_as_long_as_its_timeout_says() {
    for (seconds, is_ready_then) in [(1, false), (3, true)] {
        let mut simulation = world("");
        let probe = format!(
            "readinessProbe: {{exec: {{command: [sleep, '2']}}, periodSeconds: 5, timeoutSeconds: {seconds}}}"
        );
        apply(&mut simulation, &asking("asks", &probe));
        run(&mut simulation, 30.0);
        assert_eq!(is_ready(&simulation, "asks"), is_ready_then, "{seconds} s");
    }
}

#[test]
fn a_hook_after_the_start_holds_the_container_back_until_another_pod_has_answered() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let hook = |script: &str| {
        format!("lifecycle: {{postStart: {{exec: {{command: [sh, -c, '{script}']}}}}}}")
    };
    let asks = hook(&format!("wget -q -O /answer http://{far}:8080/ && sleep 5"));
    apply(&mut simulation, &asking("asks", &asks));
    run(&mut simulation, 5.0);
    assert!(!is_ready(&simulation, "asks"));
    run(&mut simulation, 6.0);
    assert!(is_ready(&simulation, "asks"));
    let answer = typed(&mut simulation, "kubectl exec asks -- cat /answer", 1.0);
    assert_eq!(answer, ("demo/web:1\n".into(), Some(0)));
    let fails = hook(&format!("wget -q -O /answer http://{far}:81/"));
    apply(&mut simulation, &asking("fails", &fails));
    run(&mut simulation, 10.0);
    assert!(!is_ready(&simulation, "fails"));
    assert_eq!(
        events(&simulation, "FailedPostStartHook"),
        ["PostStartHook failed"]
    );
}

#[test]
fn a_hook_before_the_end_is_waited_for_but_no_longer_than_the_grace_period() {
    // The script, and after how many seconds the Pod is still there and gone.
    for (script, there, gone) in [
        ("wget -q -O /dev/null http://FAR:8080/; sleep 3", 2.5, 4.5),
        ("wget -q -O /dev/null http://198.51.100.1/", 7.5, 11.0),
    ] {
        let mut simulation = world("");
        let script = script.replace("FAR", &ip(&simulation, "far"));
        let hook = format!("lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{script}']}}}}}}");
        apply(&mut simulation, &asking("asks", &hook));
        run(&mut simulation, 10.0);
        assert!(is_ready(&simulation, "asks"), "{script}");
        delete(&mut simulation, "asks");
        run(&mut simulation, there);
        assert!(is_there(&simulation, "asks"), "{script}");
        run(&mut simulation, gone - there);
        assert!(!is_there(&simulation, "asks"), "{script}");
    }
}

#[test]
fn kubectl_exec_waits_for_what_the_command_waits_for() {
    let mut simulation = world("");
    let far = ip(&simulation, "far");
    let line = format!("kubectl exec client -- wget -qO- http://{far}:8080/");
    assert_eq!(
        typed(&mut simulation, &line, 1.0),
        ("demo/web:1\n".into(), Some(0))
    );
    let line = format!("kubectl exec client -- wget -q -O /dev/null http://{far}:81/");
    let refused = format!(
        "wget: can't connect to remote host ({far}): Connection refused\ncommand terminated with exit code 1\n"
    );
    assert_eq!(typed(&mut simulation, &line, 1.0), (refused, Some(1)));
    let line = "kubectl exec client -- sh -c 'echo a; sleep 3; echo b'";
    assert_eq!(typed(&mut simulation, line, 2.0), (String::new(), None));
    run(&mut simulation, 2.0);
    let last = simulation.terminal().lines.values().next_back();
    let last = last.expect("it was typed");
    assert_eq!((&*last.text(false), last.exit), ("a\nb\n", Some(0)));
}

#[test]
fn what_a_command_writes_is_there_when_it_writes_it_and_not_before() {
    let mut simulation = world("");
    let line = "kubectl exec client -- sh -c 'sleep 2; echo x > /made; sleep 2'";
    assert_eq!(typed(&mut simulation, line, 1.0).1, None);
    let looks = "kubectl exec client -- test -f /made";
    assert_eq!(typed(&mut simulation, looks, 0.5).1, Some(1));
    run(&mut simulation, 1.0);
    assert_eq!(typed(&mut simulation, looks, 0.5).1, Some(0));
}

#[test]
fn a_command_ends_with_its_container() {
    let mut simulation = world("");
    apply(&mut simulation, &asking("asks", ""));
    run(&mut simulation, 10.0);
    let (_, exit) = typed(&mut simulation, "kubectl exec asks -- sleep 1000", 1.0);
    assert_eq!(exit, None);
    delete(&mut simulation, "asks");
    run(&mut simulation, 5.0);
    let line = simulation.terminal().lines.values().next_back();
    let line = line.expect("it was typed");
    let text = "command terminated with exit code 137\n";
    assert_eq!((&*line.text(true), line.exit), (text, Some(137)));
}

/// How often the container of a Pod was started again, and how it ended last.
fn ended(simulation: &Simulation, name: &str) -> (i64, Option<i64>) {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", name));
    let status = object
        .and_then(|object| object.pod())
        .map(|pod| pod.status.clone());
    let status = status.expect("the Pod is there");
    let its = &status.container_statuses[0];
    let last = its.last_state.terminated.as_ref().map(|end| end.exit_code);
    (its.restart_count, last)
}

#[test]
fn the_first_process_of_a_container_meets_of_signals_from_within_only_what_it_asks_for() {
    let mut simulation = world("");
    let plain = "{apiVersion: v1, kind: Pod, metadata: {name: plain}, spec: {containers: [{name: a, image: 'busybox:1.36', \
                 command: [sleep, infinity]}]}}";
    let web = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: 'nginx:1.29'}]}}";
    for manifest in [plain, web, &asking("traps", "")] {
        apply(&mut simulation, manifest);
    }
    run(&mut simulation, 30.0);
    for (pod, command, code, end) in [
        ("plain", "kill 1", 0, (0, None)),
        ("plain", "kill -9 1", 0, (0, None)),
        (
            "plain",
            "sh -c 'kill -s KILL 1; kill -0 $$ && kill -TERM 1'",
            0,
            (0, None),
        ),
        ("web", "kill -9 1", 0, (0, None)),
        ("web", "kill -TERM 1", 0, (1, Some(0))),
        ("traps", "sh -c 'kill 1'", 0, (1, Some(0))),
        ("web", "sh -c 'echo bye > /tmp/x; kill 1'", 0, (2, Some(0))),
        ("plain", "kill 99", 1, (0, None)),
    ] {
        let (said, exit) = typed(
            &mut simulation,
            &format!("kubectl exec {pod} -- {command}"),
            20.0,
        );
        assert_eq!(exit, Some(code), "{pod} {command}: {said}");
        assert_eq!(ended(&simulation, pod), end, "{pod} {command}: {said}");
    }
}
