//! What Deployments are measured with, natively and in wasm: as many of ten Pods as there are nodes, so ten Pods a
//! node; and what it costs that one node goes off. Nobody looks at a clock in here.

use std::time::Duration;

use podarium::api::ObjectKey;
use podarium::cluster::{Input, Simulation};

#[path = "cluster.rs"]
mod cluster;

/// Pods of one Deployment, and of one node on average.
pub const PODS_EACH: usize = 10;
/// So long the world goes on after something has happened to a node or to Pods: those of a node that is off are given
/// up after 50 s, deleted 300 s later, and their successors are Ready soon after.
pub const SECONDS: u64 = 420;
/// In so many parts they are applied, so that no manifest is too long.
const BATCH: usize = 100;
/// Virtual seconds after which all must be Ready: nobody waits for ever.
const PATIENCE: u64 = 3600;

/// A cluster and what happens in it.
#[derive(Clone)]
pub struct Bench(Simulation);

/// What may happen to it.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// Nothing.
    Nothing,
    /// One node goes off.
    PowerOff,
    /// The Pods of that node are deleted.
    DeleteItsPods,
}

impl Bench {
    /// So many nodes that are Ready, and nothing on them.
    pub fn new(nodes: usize) -> Self {
        let mut world = Simulation::new(cluster::setup(nodes), 1);
        go_on(&mut world, 10);
        Bench(world)
    }

    /// All Deployments are applied, and come up: as many as there are nodes. Tells how many virtual seconds that took.
    pub fn come(&mut self, nodes: usize) -> u32 {
        let began = self.0.now();
        for first in (0..nodes).step_by(BATCH) {
            let documents: Vec<String> = (first..(first + BATCH).min(nodes))
                .map(deployment)
                .collect();
            let manifest = documents.join("---\n").into();
            self.0.apply(Input::Apply { manifest });
        }
        while self.available() < nodes * PODS_EACH {
            go_on(&mut self.0, 1);
            let took = self.0.now().since(began).as_secs();
            assert!(took < PATIENCE, "{} are available", self.available());
        }
        self.0.now().since(began).as_secs() as u32
    }

    /// Something happens, and [`SECONDS`] go by; all is well again then.
    pub fn after(&mut self, deed: Deed) {
        let wanted = self.available();
        let node = "node-0";
        match deed {
            Deed::Nothing => {}
            Deed::PowerOff => drop(self.0.apply(Input::PowerOff { node: node.into() })),
            Deed::DeleteItsPods => {
                let pods: Vec<ObjectKey> = self.pods_of(node);
                for object in pods {
                    self.0.apply(Input::Delete {
                        object,
                        grace_period_seconds: None,
                    });
                }
            }
        }
        go_on(&mut self.0, SECONDS);
        assert_eq!(self.available(), wanted, "{deed:?}");
    }

    /// How many Pods stand on the node that something happens to.
    pub fn pods_concerned(&self) -> usize {
        self.pods_of("node-0").len()
    }

    /// A number that is the same wherever this ran.
    pub fn sum(&self) -> u32 {
        (self.0.digest() as u32) ^ (self.0.events_handled() as u32)
    }

    fn pods_of(&self, node: &str) -> Vec<ObjectKey> {
        let pods = self.0.world().store.pods_on(node);
        pods.map(|pod| pod.key()).collect()
    }

    /// Pods that Deployments tell of.
    fn available(&self) -> usize {
        let all = self.0.world().store.list("Deployment.apps");
        let all = all.filter_map(|(_, object)| object.deployment());
        all.map(|one| one.status.available_replicas as usize).sum()
    }
}

fn go_on(world: &mut Simulation, seconds: u64) {
    let until = world.now() + Duration::from_secs(seconds);
    while world.handle_next(until) {}
    world.advance(until);
}

fn deployment(index: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{index}, labels: {{app: web-{index}}}}}\n\
         spec:\n  replicas: {PODS_EACH}\n  selector: {{matchLabels: {{app: web-{index}}}}}\n\
         \x20 template:\n    metadata: {{labels: {{app: web-{index}}}}}\n    spec:\n      containers:\n\
         \x20     - name: web\n        image: demo/web:1\n        ports: [{{containerPort: 8080}}]\n\
         \x20       resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}\n"
    )
}
