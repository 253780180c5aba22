//! What containers write: into a shared volume, into their own files, into their log.

use podarium::cluster::{Budget, SimTime};

use super::{after, exec, log, pod, state};

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
