//! What kubelets are measured with, natively and in wasm: ten Pods a node, each with a startup, a
//! readiness and a liveness probe (1, 5 and 10 s; HTTP, HTTP and a command). Nobody looks at a clock in here.

use std::time::Duration;

use podarium::cluster::{Input, Simulation};

#[path = "cluster.rs"]
mod cluster;

/// Pods of one node.
pub const PODS_A_NODE: usize = 10;
/// Virtual seconds of one run.
pub const SECONDS: u64 = 60;
/// In so many parts they are applied, so that no manifest is too long.
const BATCH: usize = 500;
/// Virtual seconds after which all must be Ready: nobody waits for ever.
const PATIENCE: u64 = 3600;

/// A cluster and what happens in it.
pub struct Bench {
    world: Simulation,
    /// What was handled until all were Ready.
    events: u64,
    /// For how long they have been running since.
    seconds: u64,
}

impl Bench {
    /// So many nodes that are Ready, and no Pods.
    pub fn new(nodes: usize) -> Self {
        let mut world = Simulation::new(cluster::setup(nodes), 1);
        go_on(&mut world, 10);
        Bench {
            world,
            events: 0,
            seconds: 0,
        }
    }

    /// All Pods are applied, find their nodes and get Ready. Tells how many virtual seconds that took.
    pub fn come(&mut self, nodes: usize) -> u32 {
        let began = self.world.now();
        let pods = nodes * PODS_A_NODE;
        for first in (0..pods).step_by(BATCH) {
            let documents: Vec<String> = (first..(first + BATCH).min(pods)).map(pod).collect();
            let manifest = documents.join("---\n").into();
            self.world.apply(Input::Apply { manifest });
        }
        while self.ready() < pods {
            go_on(&mut self.world, 1);
            let took = self.world.now().since(began).as_secs();
            assert!(took < PATIENCE, "{} of {pods} are Ready", self.ready());
        }
        self.events = self.world.events_handled();
        self.world.now().since(began).as_secs() as u32
    }

    /// They run, and are probed, for one second of [`SECONDS`]. Does another follow?
    pub fn second(&mut self) -> bool {
        go_on(&mut self.world, 1);
        self.seconds += 1;
        self.seconds < SECONDS
    }

    /// A number that is the same wherever this ran.
    pub fn sum(&self) -> u32 {
        let events = self.world.events_handled() - self.events;
        (self.world.digest() as u32) ^ (events as u32)
    }

    fn ready(&self) -> usize {
        let pods = self.world.world().store.list("Pod");
        pods.filter(|(_, object)| object.pod().is_some_and(|pod| pod.is_ready()))
            .count()
    }
}

fn go_on(world: &mut Simulation, seconds: u64) {
    let until = world.now() + Duration::from_secs(seconds);
    while world.handle_next(until) {}
    world.advance(until);
}

fn pod(index: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-{index}, labels: {{app: web}}}}\n\
         spec:\n  containers:\n  - name: web\n    image: demo/web:1\n\
         \x20   resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}\n\
         \x20   startupProbe: {{periodSeconds: 1, httpGet: {{path: /, port: 8080}}}}\n\
         \x20   readinessProbe: {{periodSeconds: 5, httpGet: {{path: /, port: 8080}}}}\n\
         \x20   livenessProbe: {{periodSeconds: 10, exec: {{command: [cat, /etc/hostname]}}}}\n"
    )
}
