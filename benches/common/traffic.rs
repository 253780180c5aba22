//! What the network is measured with, natively and in wasm: 100 Services in front of so many Pods, and 100 client Pods
//! that ask them in a loop, ten times a second each: half of them by name, half by the Service's address. However
//! many Pods there are behind them, it is the same Services, clients and loops; ten Pods stand on a node, the clients
//! on ten nodes of their own kind. Nobody looks at a clock in here.

use std::time::Duration;

use podarium::cluster::network::request::{Outcome, Protocol, RequestId};
use podarium::cluster::{Input, Simulation};

#[path = "cluster.rs"]
mod cluster;

/// Services, and clients, one each.
pub const SERVICES: usize = 100;
/// Virtual seconds of one run.
pub const SECONDS: u64 = 20;
/// Pods of one node.
const PODS_A_NODE: usize = 10;
/// In so many parts they are applied, so that no manifest is too long.
const BATCH: usize = 500;
/// Virtual seconds after which all must be Ready: nobody waits for ever.
const PATIENCE: u64 = 3600;
/// So often requests are counted: the last 200 are kept.
const COUNTED_EVERY: Duration = Duration::from_millis(100);

/// A cluster and the requests in it.
pub struct Bench {
    world: Simulation,
    pods: usize,
    /// Requests to Services since the run began.
    requests: u64,
    /// The last that was counted, or was there before.
    last: Option<RequestId>,
    /// What was handled before the run.
    events: u64,
    /// How long it has been running.
    seconds: u64,
}

impl Bench {
    /// So many Pods behind the Services, and the clients; all are Ready, and ask.
    pub fn new(pods: usize) -> Self {
        let nodes = (pods + SERVICES).div_ceil(PODS_A_NODE);
        let mut world = Simulation::new(cluster::setup(nodes), 1);
        go_on(&mut world, Duration::from_secs(10));
        let documents: Vec<String> = (0..SERVICES)
            .map(service)
            .chain((0..pods).map(pod))
            .chain((0..SERVICES).map(client))
            .collect();
        for part in documents.chunks(BATCH) {
            let manifest = part.join("---\n").into();
            world.apply(Input::Apply { manifest });
        }
        let mut bench = Bench {
            world,
            pods,
            requests: 0,
            last: None,
            events: 0,
            seconds: 0,
        };
        let began = bench.world.now();
        while bench.ready() < pods + SERVICES {
            go_on(&mut bench.world, Duration::from_secs(1));
            let took = bench.world.now().since(began).as_secs();
            assert!(took < PATIENCE, "{} are Ready", bench.ready());
        }
        go_on(&mut bench.world, Duration::from_secs(5));
        let requests = bench.world.network().requests();
        bench.last = requests.keys().next_back().copied();
        bench.events = bench.world.events_handled();
        bench
    }

    /// They ask for one second of [`SECONDS`]. Does another follow?
    pub fn second(&mut self) -> bool {
        let until = self.world.now() + Duration::from_secs(1);
        while self.world.now() < until {
            go_on(&mut self.world, COUNTED_EVERY);
            self.count();
        }
        self.seconds += 1;
        self.seconds < SECONDS
    }

    /// A number that is the same wherever this ran.
    pub fn sum(&self) -> u32 {
        let events = self.world.events_handled() - self.events;
        (self.world.digest() as u32) ^ (events as u32) ^ (self.requests as u32)
    }

    /// Requests to Services in the run, questions about names not counted.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Counts those that have come since; all that are over were answered.
    fn count(&mut self) {
        let all = self.world.network().requests();
        let oldest = all.keys().next();
        assert!(
            oldest.copied() <= self.last,
            "none is missed, of {} Pods",
            self.pods
        );
        let new = all.iter().rev();
        let new = new.take_while(|(id, _)| Some(**id) > self.last);
        for (_, request) in new.filter(|(_, request)| request.protocol == Protocol::Tcp) {
            self.requests += 1;
            let outcome = request.outcome.as_ref();
            let is_well = outcome.is_none_or(|outcome| *outcome == Outcome::Answered(Some(200)));
            assert!(is_well, "{outcome:?} of {}", request.goal());
        }
        self.last = all.keys().next_back().copied();
    }

    fn ready(&self) -> usize {
        let pods = self.world.world().store.list("Pod");
        pods.filter(|(_, object)| object.pod().is_some_and(|pod| pod.is_ready()))
            .count()
    }
}

fn go_on(world: &mut Simulation, time: Duration) {
    let until = world.now() + time;
    while world.handle_next(until) {}
    world.advance(until);
}

fn address(index: usize) -> String {
    format!("10.96.1.{}", index + 1)
}

fn service(index: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web-{index}}}\n\
         spec: {{clusterIP: {}, selector: {{web: \"{index}\"}}, ports: [{{port: 80, targetPort: 8080}}]}}\n",
        address(index)
    )
}

fn pod(index: usize) -> String {
    let service = index % SERVICES;
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-{index}, labels: {{web: \"{service}\"}}}}\n\
         spec:\n  containers:\n  - name: web\n    image: demo/web:1\n\
         \x20   resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}\n"
    )
}

/// With its answer's way and its name's it asks ten times a second.
fn client(index: usize) -> String {
    let (host, pause) = match index % 2 {
        0 => (format!("web-{index}"), "0.098"),
        _ => (address(index), "0.099"),
    };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: client-{index}}}\n\
         spec:\n  containers:\n  - name: sh\n    image: busybox:1.36\n\
         \x20   command: [sh, -c, 'while true; do wget -q -O /dev/null http://{host}/; sleep {pause}; done']\n\
         \x20   resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}\n"
    )
}
