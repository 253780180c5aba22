//! Containers of one Pod meet: on localhost, at a port that is taken, in a shared volume. And what a
//! script does that asks nobody costs nothing while it runs. It is long because each program's words stand here.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};

fn after(seconds: f64, manifest: &str) -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 0);
    let manifest = manifest.into();
    simulation.apply(Input::Apply { manifest });
    simulation.run_until(SimTime::from_seconds(seconds), Budget::ENDLESS);
    simulation
}

fn pod(name: &str) -> ObjectKey {
    ObjectKey::pod("default", name)
}

fn log(simulation: &Simulation, name: &str, container: &str, previous: bool) -> Vec<String> {
    let lines = simulation.log(&pod(name), container, previous);
    let lines = lines.expect("the container has run");
    lines.into_iter().map(|(_, line)| line).collect()
}

fn exec(simulation: &Simulation, name: &str, container: &str, script: &str) -> (i64, String) {
    let command: Vec<Rc<str>> = ["sh", "-c", script].map(Rc::from).into();
    let answer = simulation.would_answer(&pod(name), container, &command);
    let answer = answer.expect("the container runs");
    (answer.result.unwrap_or(-1), answer.output)
}

/// `restartCount`, and the reason of a container's state.
fn state(simulation: &Simulation, name: &str, container: &str) -> (i64, String) {
    let object = simulation
        .world()
        .store
        .get(&pod(name))
        .expect("it is there");
    let pod = object.pod().expect("it is a Pod");
    let statuses = pod.status.container_statuses.iter();
    let mut statuses = statuses.chain(&pod.status.init_container_statuses);
    let status = statuses
        .find(|status| &*status.name == container)
        .expect("it is told");
    let waiting = status
        .state
        .waiting
        .as_ref()
        .map(|waiting| waiting.reason.to_string());
    let ended = status
        .state
        .terminated
        .as_ref()
        .map(|end| end.reason.to_string());
    (
        status.restart_count,
        waiting.or(ended).unwrap_or_else(|| "Running".into()),
    )
}

const PAIR: &str = "
apiVersion: v1
kind: Pod
metadata: {name: pair}
spec:
  containers:
  - {name: web, image: nginx}
  - name: client
    image: busybox
    command: [sh, -c, 'until wget -qO- localhost > /tmp/page; do sleep 1; done; cat /tmp/page; wget -O- 127.0.0.1:81; wget -O- http://localhost/nothing; sleep 3600']
";

#[test]
fn a_neighbour_is_reached_over_localhost_and_what_was_said_is_kept() {
    let simulation = after(30.0, PAIR);
    let log = log(&simulation, "pair", "client", false);
    assert!(
        log.contains(&"<h1>Welcome to nginx!</h1>".to_string()),
        "{log:?}"
    );
    for line in [
        "Connecting to 127.0.0.1:81 (127.0.0.1:81)",
        "wget: can't connect to remote host (127.0.0.1): Connection refused",
        "wget: server returned error: HTTP/1.1 404 Not Found",
    ] {
        assert!(log.contains(&line.to_string()), "{line}: {log:?}");
    }
    let snapshot = simulation.snapshot();
    let exchanges = snapshot.exchanges.values().next().expect("they talked");
    let told: Vec<String> = exchanges
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {}: {}",
                one.from, one.to, one.port, one.asked, one.answered
            )
        })
        .collect();
    let last = &told[told.len() - 3..];
    assert_eq!(
        last,
        [
            "client web 80 GET /: 200 OK",
            "client  81 GET /: connection refused",
            "client web 80 GET /nothing: 404 Not Found"
        ]
    );
}

#[test]
fn wget_says_what_it_fetches_and_why_it_cannot_keep_it() {
    let simulation = after(30.0, PAIR);
    let length = exec(&simulation, "pair", "client", "wget -qO- localhost | wc -c").1;
    let stars = "*".repeat(32);
    let bar = |name: &str| format!("{name:20} 100% |{stars}| {length:>5}  0:00:00 ETA\n");
    let connecting = "Connecting to localhost (127.0.0.1:80)\n";
    let cases = [
        (
            "wget localhost",
            0,
            format!(
                "{connecting}saving to 'index.html'\n{}'index.html' saved\n",
                bar("index.html")
            ),
        ),
        (
            "wget -O- localhost | grep -c nothing",
            1,
            format!(
                "{connecting}writing to stdout\n{}written to stdout\n0\n",
                bar("-")
            ),
        ),
        (
            "wget --spider localhost",
            0,
            format!("{connecting}remote file exists\n"),
        ),
        (
            "wget -q -O /nowhere/page localhost",
            1,
            "wget: can't open '/nowhere/page': No such file or directory\n".to_string(),
        ),
        (
            "wget -q -O /tmp localhost",
            1,
            "wget: can't open '/tmp': Is a directory\n".to_string(),
        ),
        (
            "wget -q localhost; wget -q localhost",
            1,
            "wget: can't open 'index.html': File exists\n".to_string(),
        ),
        (
            "cd /tmp && wget -q -O page localhost && wget -q -O page localhost",
            0,
            String::new(),
        ),
    ];
    for (script, code, said) in cases {
        let answer = exec(&simulation, "pair", "client", script);
        assert_eq!(answer, (code, said.trim_end().to_string()), "{script}");
    }
    let (code, usage) = exec(&simulation, "pair", "client", "wget");
    assert_eq!(code, 1);
    assert_eq!(
        usage.lines().nth(2),
        Some("Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]")
    );
}

#[test]
fn clients_say_in_their_own_words_that_nobody_listens() {
    let simulation = after(
        20.0,
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nicolaka/netshoot, command: [sleep, infinity]}]}}",
    );
    for (script, code, said) in [
        (
            "wget -qO- localhost:8080",
            1,
            "wget: can't connect to remote host (127.0.0.1): Connection refused",
        ),
        (
            "curl localhost:8080",
            7,
            "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Connection refused",
        ),
        ("curl -s localhost:8080", 7, ""),
        (
            "curl",
            2,
            "curl: try 'curl --help' or 'curl --manual' for more information",
        ),
        (
            "curl localhost:99999",
            3,
            "curl: (3) URL rejected: Port number was not a decimal number between 0 and 65535",
        ),
        (
            "curl gopher://web",
            1,
            "curl: (1) Protocol \"gopher\" not supported",
        ),
        (
            "wget -qO- http://LOCALHOST:99999/",
            1,
            "wget: bad port spec 'LOCALHOST:99999'",
        ),
        (
            "wget -qO- localhost:+80",
            1,
            "wget: bad port spec 'localhost:+80'",
        ),
        ("wget -T 1s localhost", 1, "wget: invalid number '1s'"),
        (
            "wget gopher://web/",
            1,
            "wget: not an http or ftp url: gopher://web/",
        ),
        (
            "wget ftp://LOCALHOST/x",
            1,
            "Connecting to LOCALHOST (127.0.0.1:21)\n\
             wget: can't connect to remote host (127.0.0.1): Connection refused",
        ),
        (
            "nc -v -z localhost 8080",
            1,
            "nc: localhost (127.0.0.1:8080): Connection refused",
        ),
        (
            "wget -qO- http://web:8080",
            1,
            "wget: bad address 'web:8080'",
        ),
        (
            "curl http://web:8080",
            6,
            "curl: (6) Could not resolve host: web",
        ),
        ("hostname", 0, "a"),
        ("cat /etc/hostname", 0, "a"),
        (
            "cat /tmp/note",
            1,
            "cat: can't open '/tmp/note': No such file or directory",
        ),
        (
            "cat /etc/resolv.conf | head -n 1",
            0,
            "search default.svc.cluster.local svc.cluster.local cluster.local",
        ),
        ("grep -c 10.244 /etc/hosts", 0, "1"),
    ] {
        assert_eq!(
            exec(&simulation, "a", "a", script),
            (code, said.to_string()),
            "{script}"
        );
    }
}

#[test]
fn resolv_conf_is_as_the_pod_asked() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {dnsPolicy: None, dnsConfig: \
        {nameservers: [203.0.113.1], searches: [a.example], options: [{name: ndots, value: '2'}, {name: edns0}]}, \
        containers: [{name: a, image: busybox, command: [sleep, '100']}]}}";
    let simulation = after(30.0, manifest);
    let said = "search a.example\nnameserver 203.0.113.1\noptions ndots:2 edns0";
    let answer = exec(&simulation, "a", "a", "cat /etc/resolv.conf");
    assert_eq!(answer, (0, said.to_string()));
    let host = "{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {hostNetwork: true, \
        containers: [{name: a, image: busybox, command: [sleep, '100']}]}}";
    let answer = exec(&after(30.0, host), "b", "a", "cat /etc/resolv.conf");
    assert_eq!(answer, (0, "nameserver 192.168.0.254".to_string()));
}

#[test]
fn a_port_that_is_taken_is_the_end_of_whoever_comes_second() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: pair}, spec: {containers: [{name: a, image: nginx}, {name: b, image: nginx}]}}";
    let simulation = after(75.0, manifest);
    assert_eq!(state(&simulation, "pair", "a"), (0, "Running".into()));
    let (restarts, _) = state(&simulation, "pair", "b");
    assert!(restarts >= 2, "{restarts}");
    let waited = simulation.world().store.changes().iter().any(|change| {
        let pod = change.after.as_ref().and_then(|object| object.pod());
        pod.is_some_and(|pod| {
            let mut statuses = pod.status.container_statuses.iter();
            let waits = |waiting: &podarium::api::pod::ContainerStateWaiting| {
                &*waiting.reason == "CrashLoopBackOff"
            };
            statuses.any(|status| status.state.waiting.as_ref().is_some_and(waits))
        })
    });
    assert!(waited, "it crash-loops");
    let told = log(&simulation, "pair", "b", false);
    let wanted = "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)";
    assert!(told.contains(&wanted.to_string()), "{told:?}");
}

#[test]
fn a_port_of_ones_own_is_enough_to_run_beside_another() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: pair}, spec: {containers: [{name: a, image: 'demo/web:1'}, {name: b, image: 'demo/web:1', env: [{name: PORT, value: '8081'}]}]}}";
    let simulation = after(60.0, manifest);
    assert_eq!(state(&simulation, "pair", "a"), (0, "Running".into()));
    assert_eq!(state(&simulation, "pair", "b"), (0, "Running".into()));
    let both = "wget -qO- localhost:8080 && wget -qO- localhost:8081";
    let answer = exec(&simulation, "pair", "a", both);
    assert_eq!(answer, (0, "demo/web:1\ndemo/web:1".to_string()));
}

#[test]
fn pods_on_the_nodes_own_network_share_its_ports() {
    let one = |name: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: node-1, hostNetwork: true, containers: [{{name: c, image: nginx}}]}}}}"
        )
    };
    let manifest = format!("{}\n---\n{}", one("a"), one("b"));
    let simulation = after(60.0, &manifest);
    let mut restarts = ["a", "b"].map(|name| state(&simulation, name, "c").0);
    restarts.sort_unstable();
    assert!(restarts[0] == 0 && restarts[1] >= 2, "{restarts:?}");
}

const FEED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: feed}
spec:
  volumes: [{name: pages, emptyDir: {}}]
  containers:
  - name: writer
    image: busybox
    command: [sh, -c, 'while true; do date > /out/index.html; sleep 5; done']
    volumeMounts: [{name: pages, mountPath: /out}]
  - name: web
    image: nginx
    volumeMounts: [{name: pages, mountPath: /usr/share/nginx/html, readOnly: true}]
";

#[test]
fn what_one_container_writes_another_serves() {
    let simulation = after(63.0, FEED);
    let (code, served) = exec(&simulation, "feed", "web", "curl -s localhost");
    assert_eq!(code, 0);
    assert!(served.starts_with("Thu Jan  1 00:0"), "{served}");
    let files = simulation.files(&pod("feed"), "web").expect("it runs");
    let page = files
        .get("usr/share/nginx/html/index.html")
        .expect("it is there");
    assert_eq!(String::from_utf8_lossy(&page.bytes).trim(), served);
    assert!(
        page.changed > SimTime::from_seconds(55.0),
        "it is written again and again"
    );
    let denied = exec(
        &simulation,
        "feed",
        "web",
        "echo x > /usr/share/nginx/html/x",
    );
    assert!(denied.1.ends_with("Read-only file system"), "{denied:?}");
}

#[test]
fn a_file_in_a_volume_outlives_the_container_and_one_outside_does_not() {
    let manifest = "
apiVersion: v1
kind: Pod
metadata: {name: twice}
spec:
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: c
    image: busybox
    command: [sh, -c, 'cat /kept/n /own/n; echo again >> /kept/n; echo again >> /own/n; sleep 5; exit 1']
    volumeMounts: [{name: kept, mountPath: /kept}]
";
    let simulation = after(20.0, manifest);
    let told = log(&simulation, "twice", "c", false);
    let wanted = [
        "again",
        "cat: can't open '/own/n': No such file or directory",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn an_init_container_that_waits_for_a_neighbour_lets_the_pod_go_on() {
    let manifest = "
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  initContainers:
  - {name: db, image: 'demo/db:1', restartPolicy: Always, env: [{name: PASSWORD, value: x}]}
  - {name: wait, image: 'demo/wait:1', env: [{name: FOR, value: 'localhost:5432'}]}
  containers:
  - {name: web, image: nginx}
";
    let simulation = after(30.0, manifest);
    assert_eq!(state(&simulation, "shop", "wait"), (0, "Completed".into()));
    assert_eq!(state(&simulation, "shop", "web"), (0, "Running".into()));
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

#[derive(Debug, serde::Deserialize)]
struct Script {
    script: String,
    prints: String,
    code: i64,
}

#[test]
fn scripts_print_and_end_as_in_a_real_shell() {
    let cases: Vec<Script> =
        serde_yaml::from_str(include_str!("shell.yaml")).expect("the table is readable");
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
fn requests_are_no_changes_and_the_last_two_hundred_are_kept() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: pair}, spec: {containers: [{name: web, image: 'demo/web:1'}, {name: client, image: 'demo/client:1', env: [{name: TARGET, value: 'http://localhost:8080/a'}, {name: RATE, value: '10'}]}]}}";
    let mut simulation = after(30.0, manifest);
    let before = simulation.world().store.changes().iter().count();
    simulation.run_until(SimTime::from_seconds(50.0), Budget::ENDLESS);
    assert_eq!(simulation.world().store.changes().iter().count(), before);
    let snapshot = simulation.snapshot();
    let exchanges = snapshot.exchanges.values().next().expect("they talked");
    assert_eq!(exchanges.len(), 200);
    let last = exchanges.last().expect("there are many");
    assert_eq!((&*last.from, &*last.to), ("client", "web"));
    assert_eq!((&*last.asked, &*last.answered), ("GET /a", "200 OK"));
    assert!(last.at > SimTime::from_seconds(49.8), "{}", last.at);
    let told = log(&simulation, "pair", "web", false);
    assert_eq!(told.last().map(String::as_str), Some("GET /a 200"));
}

#[test]
fn a_program_answers_as_many_requests_a_second_as_it_can_and_may_hang() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: 'demo/web:1', env: [{name: CAPACITY, value: '2'}]}]}}";
    let simulation = after(20.0, manifest);
    let thrice = "for i in 1 2 3; do curl -s -o /dev/null -w '%{http_code} ' localhost:8080; done";
    assert_eq!(
        exec(&simulation, "a", "a", thrice),
        (0, "200 200 503 ".to_string())
    );
    let hangs = "wget -qO- localhost:8080/hang; wget -qO- localhost:8080/healthz";
    let timed_out = "wget: download timed out";
    let (code, said) = exec(&simulation, "a", "a", hangs);
    assert_eq!((code, said), (1, format!("{timed_out}\n{timed_out}")));
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

#[test]
fn the_log_before_is_that_of_the_state_before() {
    let one = |policy: &str, script: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{restartPolicy: {policy}, containers: [\
             {{name: a, image: 'busybox:1.36', command: [sh, -c, '{script}']}}]}}}}"
        )
    };
    // It ended once, and that is its state: none was before.
    let once = after(20.0, &one("Never", "echo bye"));
    assert_eq!(log(&once, "p", "a", false), ["bye"]);
    assert_eq!(once.log(&pod("p"), "a", true), None);
    // In its pause the state is waiting, and the last state how the latest run ended.
    let mut pauses = after(20.0, &one("Always", "echo bye; exit 3"));
    while state(&pauses, "p", "a").1 != "CrashLoopBackOff" {
        let next = pauses.now() + std::time::Duration::from_secs(1);
        assert!(next < SimTime::from_seconds(400.0), "it crash-loops");
        pauses.run_until(next, Budget::ENDLESS);
    }
    assert_eq!(log(&pauses, "p", "a", true), ["bye"]);
    // The second run says which one it is and is the last: the one before is the first, if its log is still kept.
    let twice = after(
        100.0,
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: OnFailure, volumes: [{name: d, emptyDir: {}}], \
         containers: [{name: a, image: 'busybox:1.36', volumeMounts: [{name: d, mountPath: /d}], \
         command: [sh, -c, 'echo x >> /d/n; n=$(wc -l < /d/n); echo $n; [ $n -ge 2 ]']}]}}",
    );
    assert_eq!(state(&twice, "p", "a"), (1, "Completed".into()));
    assert_eq!(log(&twice, "p", "a", false), ["2"]);
    let before = twice.log(&pod("p"), "a", true);
    assert!(before.is_none_or(|lines| lines[0].1 == "1"));
}
