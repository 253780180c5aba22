//! Why a thing happened leads back to what somebody did about it, and not to what somebody did about
//! another Pod at the same time: lists, pulls and rounds are shared, causes are not.

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Cause, Change, Input, InputId, Setup, SimTime, Simulation};

fn apply(simulation: &mut Simulation, at: f64, manifest: &str) -> InputId {
    simulation.run_until(SimTime::from_seconds(at), Budget::ENDLESS);
    let manifest = manifest.into();
    simulation.apply(Input::Apply { manifest })
}

/// The input that a chain of causes begins with.
fn root(simulation: &Simulation, change: &Change) -> Option<InputId> {
    let mut cause = change.cause;
    loop {
        cause = match cause {
            Cause::Change(id) => simulation.world().store.change(id)?.cause,
            Cause::Input(id, _) => return Some(id),
            Cause::Start => return None,
        };
    }
}

/// Everything that happened to these objects, and to Events about them, goes back to this input.
fn all_go_back(simulation: &Simulation, name: &str, to: InputId) {
    let mut count = 0;
    for change in simulation.world().store.changes().iter() {
        let key = &change.object;
        let is_about = &*key.name == name || key.name.starts_with(&format!("{name}."));
        if is_about && &*key.namespace == "default" {
            assert_eq!(root(simulation, change), Some(to), "{key} at {}", change.at);
            count += 1;
        }
    }
    assert!(count > 3, "something happened to {name}");
}

fn pod(name: &str, more: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{{more}, restartPolicy: Never, \
         containers: [{{name: a, image: busybox, command: [sh, -c, sleep 2]}}]}}}}"
    )
}

#[test]
fn pods_of_one_node_have_causes_of_their_own() {
    let mut simulation = Simulation::new(Setup::default(), 0);
    let ids = [("first", 1.0), ("second", 1.1), ("third", 1.2)].map(|(name, at)| {
        (
            name,
            apply(&mut simulation, at, &pod(name, "nodeName: node-1")),
        )
    });
    simulation.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    for (name, id) in ids {
        all_go_back(&simulation, name, id);
    }
}

#[test]
fn pods_that_are_collected_together_have_causes_of_their_own() {
    let mut simulation = Simulation::new(Setup::default(), 0);
    let ids = [("first", 1.0), ("second", 2.0)].map(|(name, at)| {
        (
            name,
            apply(&mut simulation, at, &pod(name, "nodeName: nowhere")),
        )
    });
    simulation.run_until(SimTime::from_seconds(300.0), Budget::ENDLESS);
    for (name, id) in ids {
        let gone = simulation
            .world()
            .store
            .get(&ObjectKey::pod("default", name));
        assert!(gone.is_none(), "{name} is collected");
        all_go_back(&simulation, name, id);
    }
}

#[test]
fn pods_of_a_removed_node_go_because_it_was_removed() {
    let mut simulation = Simulation::new(Setup::default(), 0);
    apply(&mut simulation, 1.0, &pod("first", "nodeName: node-1"));
    simulation.run_until(SimTime::from_seconds(2.0), Budget::ENDLESS);
    let removed = simulation.apply(Input::RemoveMachine {
        name: "node-1".into(),
    });
    simulation.run_until(SimTime::from_seconds(300.0), Budget::ENDLESS);
    let changes = simulation.world().store.changes();
    let last = changes
        .iter()
        .rev()
        .find(|change| &*change.object.name == "first");
    assert_eq!(root(&simulation, last.expect("it went")), Some(removed));
}
