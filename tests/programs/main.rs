//! What runs in containers, and what comes of it. Read in the order below.

/// Clients, and who answers them.
mod clients;

/// What they write.
mod files;

/// Scripts.
mod shells;

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
