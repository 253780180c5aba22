//! A whole world at work: 1,000 nodes, 10,000 Pods applied in batches behind one Service, and then a
//! minute in which they run. How long an event takes, on average and at most: the page's frames wait
//! for each. `cargo bench --bench live`; numbers after `--` are how many nodes and Pods there are.
//!
//! The world runs three times, and an event counts with its quickest time: what else the computer does
//! meanwhile is nobody's event.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::{Duration, Instant};

use podarium::cluster::{Input, SimTime, Simulation};

#[path = "common/cluster.rs"]
mod cluster;

const BATCH: usize = 500;
const RUNS: usize = 3;
/// So long the world goes on after each batch, and after the last.
const SECONDS: [f64; 2] = [5.0, 60.0];

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse().ok());
    let nodes: usize = numbers.next().unwrap_or(1000);
    let pods: usize = numbers.next().unwrap_or(10_000);
    let mut quickest = run(nodes, pods);
    for _ in 1..RUNS {
        let again = run(nodes, pods);
        assert_eq!(again.len(), quickest.len(), "the same events each time");
        for (event, again) in quickest.iter_mut().zip(again) {
            event.took = event.took.min(again.took);
        }
    }
    tell(&format!("{nodes} nodes, {pods} Pods"), &mut quickest);
}

/// One event, or an Input taken.
struct Event {
    took: Duration,
    at: SimTime,
    /// What it changed last.
    last: String,
}

fn tell(what: &str, events: &mut [Event]) {
    let all: Duration = events.iter().map(|event| event.took).sum();
    let count = events.len();
    println!(
        "live, {what}: {count} events, {:.1} microseconds each",
        all.as_secs_f64() * 1e6 / count as f64
    );
    events.sort_by_key(|event| std::cmp::Reverse(event.took));
    for Event { took, at, last } in events.iter().take(5) {
        let (milliseconds, at) = (took.as_secs_f64() * 1e3, at.as_seconds());
        println!("live, {what}: {milliseconds:.3} ms for the event at {at:.3} s, {last}");
    }
}

fn run(nodes: usize, pods: usize) -> Vec<Event> {
    let mut world = Simulation::new(cluster::setup(nodes), 1);
    let mut events = Vec::new();
    // Nodes get ready first.
    go_on(&mut world, 10.0, &mut Vec::new());
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n\
                   spec: {selector: {app: web}, ports: [{port: 80}]}\n";
    apply(&mut world, service.to_owned(), &mut events);
    for first in (0..pods).step_by(BATCH) {
        let batch = first..(first + BATCH).min(pods);
        let documents: Vec<String> = batch.map(pod).collect();
        apply(&mut world, documents.join("---\n"), &mut events);
        go_on(&mut world, SECONDS[0], &mut events);
    }
    go_on(&mut world, SECONDS[1], &mut events);
    let placed = world.world().store.objects();
    let placed = placed.iter().filter(|(_, object)| {
        let pod = object.pod();
        pod.is_some_and(|pod| !pod.spec.node_name.is_empty())
    });
    assert_eq!(placed.count(), pods, "every Pod finds a place");
    events
}

fn apply(world: &mut Simulation, manifest: String, events: &mut Vec<Event>) {
    let (at, manifest) = (world.now(), manifest.into());
    let clock = Instant::now();
    world.apply(Input::Apply { manifest });
    events.push(Event {
        took: clock.elapsed(),
        at,
        last: "the Input itself".into(),
    });
}

fn go_on(world: &mut Simulation, seconds: f64, events: &mut Vec<Event>) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    loop {
        let before = world.world().store.changes().len();
        let clock = Instant::now();
        if !world.handle_next(until) {
            return world.advance(until);
        }
        let took = clock.elapsed();
        let changes = world.world().store.changes();
        let made = changes.len() - before;
        let last = match changes.last() {
            Some(change) if made > 0 => format!(
                "{made} changes, the last {:?} {}",
                change.verb,
                change.object.path()
            ),
            _ => "no change".into(),
        };
        events.push(Event {
            took,
            at: world.now(),
            last,
        });
    }
}

fn pod(index: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-{index}, labels: {{app: web}}}}\n\
         spec: {{containers: [{{name: web, image: 'demo/web:1', \
         resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}}}]}}\n"
    )
}
