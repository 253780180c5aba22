//! Scripts: what they print, which signals they meet, what they cost while they run.

use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};

use super::{after, exec, log, pod};

#[derive(Debug, serde::Deserialize)]
struct Script {
    script: String,
    prints: String,
    code: i64,
}

#[test]
fn scripts_print_and_end_as_in_a_real_shell() {
    let cases: Vec<Script> =
        serde_yaml::from_str(include_str!("../shell.yaml")).expect("the table is readable");
    let simulation = after(
        20.0,
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: busybox, command: [sleep, infinity]}]}}",
    );
    let mut wrong = Vec::new();
    for case in &cases {
        let (code, prints) = exec(&simulation, "a", "a", &case.script);
        if (code, &prints) != (case.code, &case.prints) {
            wrong.push(format!("{case:?}: {code} {prints}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_runs_in_the_background_runs_beside_the_rest() {
    let script = "(sleep 2; echo two) & (sleep 1; echo one) & echo now; wait; echo all; nginx; sleep 1; sleep 100 & kill $!; wait $!; wget -qO- localhost | grep -c nginx; sleep 3600";
    let script = script.replace("nginx; sleep 1", "nginx -g 'daemon off;' & sleep 1");
    let manifest = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{name: a, image: nginx, command: [sh, -c, {script:?}]}}]}}}}"
    );
    let simulation = after(20.0, &manifest);
    let lines = simulation.log(&pod("a"), "a", false).expect("it runs");
    let told: Vec<&str> = lines.iter().map(|(_, line)| &**line).collect();
    assert_eq!(told[..4], ["now", "one", "two", "all"], "{told:?}");
    assert_eq!(lines[2].0 - std::time::Duration::from_secs(2), lines[0].0);
    assert_eq!(told.last(), Some(&"3"), "{told:?}");
}

#[test]
fn a_trap_is_done_once_the_command_at_hand_is_over() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: busybox, command: [sh, -c, 'trap \"echo bye; exit 3\" TERM; while true; do sleep 10; done']}], terminationGracePeriodSeconds: 30}}";
    let mut simulation = after(23.0, manifest);
    let object = pod("a");
    simulation.apply(Input::Delete {
        object,
        grace_period_seconds: None,
    });
    simulation.run_until(SimTime::from_seconds(36.0), Budget::ENDLESS);
    let ends = simulation
        .world()
        .store
        .changes()
        .iter()
        .filter_map(|change| {
            let pod = change.after.as_ref()?.pod()?;
            let status = pod.status.container_statuses.first()?;
            status.state.terminated.as_ref().map(|end| end.exit_code)
        });
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends.last(), Some(&3));
}

#[test]
fn a_shell_that_waits_for_others_costs_nothing_and_tells_which_signal_it_met() {
    // As https://github.com/sixeyed/kiamol has it.
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: busybox, command: [sh, -c, 'trap : TERM INT; (while true; do sleep 1000; done) & wait']}]}}";
    let mut simulation = after(20.0, manifest);
    let before = simulation.events_handled();
    simulation.run_until(SimTime::from_seconds(50_000.0), Budget(20_000));
    let events = simulation.events_handled() - before;
    assert!(
        simulation.now() == SimTime::from_seconds(50_000.0),
        "{events}"
    );
    simulation.apply(Input::Delete {
        object: pod("a"),
        grace_period_seconds: None,
    });
    simulation.run_until(SimTime::from_seconds(50_010.0), Budget::ENDLESS);
    let mut codes = simulation
        .world()
        .store
        .changes()
        .iter()
        .filter_map(|change| {
            let pod = change.after.as_ref()?.pod()?;
            let status = pod.status.container_statuses.first()?;
            status.state.terminated.as_ref().map(|end| end.exit_code)
        });
    assert_eq!(codes.next_back(), Some(143));
}

#[test]
fn who_asks_nobody_costs_nothing_while_it_runs() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx}, {name: b, image: busybox, command: [sleep, '36000000']}, {name: c, image: busybox, command: [sh, -c, 'while true; do echo hello; sleep 5; done']}]}}";
    let mut simulation = after(100.0, manifest);
    let events = |simulation: &mut Simulation, from: f64| {
        simulation.run_until(SimTime::from_seconds(from), Budget::ENDLESS);
        let before = simulation.events_handled();
        simulation.run_until(SimTime::from_seconds(from + 1000.0), Budget::ENDLESS);
        simulation.events_handled() - before
    };
    let with = events(&mut simulation, 1000.0);
    let mut empty = Simulation::new(Setup::default(), 0);
    let without = events(&mut empty, 1000.0);
    // The kubelet looks at a Pod again about once a minute; no process adds to that.
    assert!(
        with - without < 120,
        "{with} events, {without} without the Pod"
    );
    simulation.run_until(SimTime::from_seconds(100_000.0), Budget::ENDLESS);
    let told = simulation.log(&pod("a"), "c", false).expect("it runs");
    assert_eq!(told.len(), 1000, "the last thousand lines are kept");
    let (last, line) = told.last().expect("it prints");
    assert!(*last > SimTime::from_seconds(99_994.0), "{last}");
    assert_eq!(line, "hello");
}

#[test]
fn a_loop_without_a_pause_has_far_fewer_events_than_turns() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: busybox, command: [sh, -c, 'i=0; while true; do i=$((i+1)); done']}]}}";
    let simulation = after(60.0, manifest);
    // A turn takes a millisecond: some 57,000 turns.
    let events = simulation.events_handled();
    assert!(events < 1_000, "{events}");
}

#[test]
fn a_process_meets_the_host_name_that_the_pod_has() {
    let long = "a".repeat(62) + "-b";
    let pod_of = |name: &str, more: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{{more} containers: [\
             {{name: a, image: 'busybox:1.36', command: [sh, -c, 'hostname; cat /etc/hostname; echo $HOSTNAME; sleep 99']}}]}}}}"
        )
    };
    let named = after(20.0, &pod_of("p", "hostname: shop,"));
    assert_eq!(log(&named, "p", "a", false), ["shop"; 3]);
    let cut = after(20.0, &pod_of(&long, ""));
    assert_eq!(log(&cut, &long, "a", false), [&long[..62]; 3]);
    let shared = after(20.0, &pod_of("p", "hostNetwork: true,"));
    let object = shared.world().store.get(&pod("p"));
    let node = &object
        .and_then(|object| object.pod())
        .expect("it is a Pod")
        .spec
        .node_name;
    assert_eq!(log(&shared, "p", "a", false), [&**node; 3]);
}
