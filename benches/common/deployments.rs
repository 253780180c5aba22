//! What Deployments are measured with, natively and in wasm: as many of ten Pods as there are nodes, so ten Pods a
//! node; and what it costs that one node goes off. Nobody looks at a clock in here.

use std::time::Duration;

use podarium::api::ObjectKey;
use podarium::cluster::{Input, SimTime, Simulation};

#[path = "cluster.rs"]
mod cluster;

/// Pods of one Deployment, and of one node on average.
pub const PODS_EACH: usize = 10;
/// So long the world goes on after something has happened to a node or to Pods: those of a node that is off are given
/// up after 50 s, deleted 300 s later, and their successors are Ready soon after.
pub const SECONDS: u64 = 420;
/// In so many parts they are applied, so that no manifest is too long.
const BATCH: usize = 100;
/// So many events at a time, as the page handles a slice of them: less than a millisecond's.
const EVENTS: usize = 100;
/// Virtual seconds after which all must be Ready: nobody waits for ever.
const PATIENCE: u64 = 3600;

/// A cluster and what happens in it.
#[derive(Clone)]
pub struct Bench {
    world: Simulation,
    /// Deployments, as many as nodes.
    all: usize,
    /// So many of them were applied.
    applied: usize,
    /// When the first was; after that, when what is to happen was decided.
    began: SimTime,
    /// When its present second ends.
    second: SimTime,
    /// What is to happen.
    deed: Option<Deed>,
}

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
        Bench {
            began: world.now(),
            second: world.now(),
            world,
            all: nodes,
            applied: 0,
            deed: None,
        }
    }

    /// All Deployments are applied, and come up: some more of the one, or a part of a second of the other. Does more
    /// follow?
    pub fn come(&mut self) -> bool {
        if self.applied < self.all {
            let until = (self.applied + BATCH).min(self.all);
            let documents: Vec<String> = (self.applied..until).map(deployment).collect();
            let manifest = documents.join("---\n").into();
            self.world.apply(Input::Apply { manifest });
            self.applied = until;
            self.second = self.world.now() + Duration::from_secs(1);
            return true;
        }
        if (0..EVENTS).all(|_| self.world.handle_next(self.second)) {
            return true;
        }
        self.world.advance(self.second);
        self.second = self.second + Duration::from_secs(1);
        let (took, available) = (self.took(), self.available());
        assert!(took < PATIENCE, "{available} are available");
        available < self.all * PODS_EACH
    }

    /// How many Deployments there are to be.
    pub fn all(&self) -> usize {
        self.all
    }

    /// Virtual seconds since they began to come.
    pub fn took(&self) -> u64 {
        self.world.now().since(self.began).as_secs()
    }

    /// The same, a while after it came up, before this happens.
    pub fn before(&self, deed: Deed) -> Self {
        Bench {
            deed: Some(deed),
            began: self.world.now(),
            ..self.clone()
        }
    }

    /// It happens, or a second of [`SECONDS`] goes by after it. Does more follow? All is well again in the end.
    pub fn second(&mut self) -> bool {
        match self.deed.take() {
            Some(deed) => {
                self.befall(deed);
                true
            }
            None => {
                go_on(&mut self.world, 1);
                self.took() < SECONDS
            }
        }
    }

    /// Are as many Pods available as there are to be?
    pub fn is_well(&self) -> bool {
        self.available() == self.all * PODS_EACH
    }

    fn befall(&mut self, deed: Deed) {
        let node = "node-0";
        match deed {
            Deed::Nothing => {}
            Deed::PowerOff => drop(self.world.apply(Input::PowerOff { node: node.into() })),
            Deed::DeleteItsPods => {
                for object in self.pods_of(node) {
                    self.world.apply(Input::Delete {
                        object,
                        grace_period_seconds: None,
                    });
                }
            }
        }
    }

    /// How many Pods stand on the node that something happens to.
    pub fn pods_concerned(&self) -> usize {
        self.pods_of("node-0").len()
    }

    /// A number that is the same wherever this ran.
    pub fn sum(&self) -> u32 {
        (self.world.digest() as u32) ^ (self.world.events_handled() as u32)
    }

    fn pods_of(&self, node: &str) -> Vec<ObjectKey> {
        let pods = self.world.world().store.pods_on(node);
        pods.map(|pod| pod.key()).collect()
    }

    /// Pods that Deployments tell of.
    fn available(&self) -> usize {
        let all = self.world.world().store.list("Deployment.apps");
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
