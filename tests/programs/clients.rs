//! Clients and who answers them: over localhost, at ports that are free or taken, in their own words.

use podarium::cluster::{Budget, SimTime};

use super::{after, exec, log, state};

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
    assert_eq!(
        told.last().map(String::as_str),
        Some("127.0.0.1 GET /a 200")
    );
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
