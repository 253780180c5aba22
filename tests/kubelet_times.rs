//! When the kubelet does what it does again and again, which the recorded cases are not compared by: pauses between the
//! runs of a container that crashes, and the beats of probes.

use std::time::Duration;

use podarium::api::ObjectKey;
use podarium::api::pod::Pod;
use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};

fn applied(manifest: &str) -> Simulation {
    let mut world = Simulation::new(Setup::default(), 3);
    let manifest = manifest.into();
    world.apply(Input::Apply { manifest });
    world
}

/// Every version of the Pod, in order.
fn versions(world: &Simulation) -> Vec<std::rc::Rc<Pod>> {
    let changes = world.world().store.changes();
    let of_it = changes.iter().filter(|change| change.object == key());
    let pods = of_it.filter_map(|change| change.after.as_ref()?.pod().cloned());
    pods.collect()
}

fn key() -> ObjectKey {
    ObjectKey::pod("default", "p")
}

/// Models `MaxContainerBackOff` and `backOffPeriod` of `pkg/kubelet/kubelet.go`: 10 s, twice as long each time, five
/// minutes at most. A look at the Pod comes up to half a pause and two seconds later than the pause is over.
#[test]
fn pauses_of_a_container_that_crashes_double_from_ten_seconds_to_five_minutes() {
    let mut world = applied(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [\
         {name: a, image: 'busybox:1.36', command: [sh, -c, 'sleep 2; exit 3']}]}}",
    );
    world.run_until(SimTime::from_seconds(3600.0), Budget::ENDLESS);
    let mut ends: Vec<(SimTime, SimTime)> = Vec::new();
    for pod in versions(&world) {
        let Some(status) = pod.status.container_statuses.first() else {
            continue;
        };
        for end in [&status.state.terminated, &status.last_state.terminated] {
            let Some(end) = end else { continue };
            let run = (
                end.started_at.unwrap_or_default(),
                end.finished_at.unwrap_or_default(),
            );
            if !ends.contains(&run) {
                ends.push(run);
            }
        }
    }
    ends.sort();
    let pauses = ends.windows(2).map(|two| two[1].0.since(two[0].1));
    let pauses: Vec<u64> = pauses.map(|pause| pause.as_secs()).collect();
    assert!(pauses.len() >= 10, "{pauses:?}");
    // The second run comes at once.
    assert!(pauses[0] <= 3, "{pauses:?}");
    let mut bound = 10;
    for pause in &pauses[1..] {
        // Times in the status are whole seconds.
        assert!(
            (bound - 1..=bound * 3 / 2 + 3).contains(pause),
            "{pauses:?}"
        );
        bound = (bound * 2).min(300);
    }
}

/// Models `doProbe` and its ticker, `pkg/kubelet/prober/worker.go`: once a period, from the delay on.
#[test]
fn probes_beat_once_a_period() {
    let mut world = applied(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: 'demo/web:1', \
         readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 3}, \
         livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 7, initialDelaySeconds: 20}}]}}",
    );
    let is_ready = |world: &Simulation| {
        let pod = world.world().store.get(&key()).cloned();
        pod.is_some_and(|object| object.pod().is_some_and(|pod| pod.is_ready()))
    };
    while !is_ready(&world) {
        let next = world.now() + Duration::from_millis(100);
        assert!(next < SimTime::from_seconds(60.0), "it gets Ready");
        world.run_until(next, Budget::ENDLESS);
    }
    let passed = |world: &Simulation, kind: ProbeKind| {
        let snapshot = world.snapshot();
        let object = snapshot.store.get(&key()).expect("it is there");
        let inside = snapshot.pod_inside(object, snapshot.time).expect("it runs");
        let probe = inside.probes.iter().find(|probe| probe.kind == kind);
        probe.map_or(0, |probe| probe.passed)
    };
    let (ready, began) = (world.now(), passed(&world, ProbeKind::Readiness));
    world.run_until(ready + Duration::from_secs(10), Budget::ENDLESS);
    assert_eq!(
        passed(&world, ProbeKind::Liveness),
        0,
        "its delay isn't over"
    );
    world.run_until(ready + Duration::from_secs(300), Budget::ENDLESS);
    let readiness = passed(&world, ProbeKind::Readiness) - began;
    assert!((99..=101).contains(&readiness), "{readiness} in 300 s");
    let liveness = passed(&world, ProbeKind::Liveness);
    assert!((39..=41).contains(&liveness), "{liveness} in 280 s");
}
