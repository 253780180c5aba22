//! "What would make it fit?" held against brute force in random small clusters: whatever is offered makes
//! the Pod schedule once it is done, and where any single change would, something is offered. Every change
//! is really made, and the cluster runs on.

use podarium::api::{ObjectKey, Value};
use podarium::cluster::scheduler::counterfactual::{Edit, NodeEdit, PodEdit, Search, machine_like};
use podarium::cluster::{Actor, Budget, Input, Runtime, Setup, SimTime, Simulation};
use podarium::machine::{Host, Machine, Machines};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn waiting() -> ObjectKey {
    ObjectKey::pod("default", "p")
}

prop_compose! {
    fn machine()(cpu in 1..3_i64, is_tainted in prop::bool::weighted(0.4), has_disk in any::<bool>(), zone in 0..2_u8)
        -> (i64, bool, bool, u8) {
        (cpu, is_tainted, has_disk, zone)
    }
}

/// Nodes `n0`, `n1` … and whether each is cordoned.
fn machines() -> impl Strategy<Value = (Machines, Vec<bool>)> {
    prop::collection::vec((machine(), prop::bool::weighted(0.3)), 1..4).prop_map(|all| {
        let machines = all.iter().enumerate();
        let machines = machines.map(|(number, ((cpu, is_tainted, has_disk, zone), _))| {
            let mut labels = vec![("zone".into(), format!("z{zone}").as_str().into())];
            if *has_disk {
                labels.push(("disk".into(), "ssd".into()));
            }
            Machine {
                name: format!("n{number}").as_str().into(),
                host: "host".into(),
                cpu_milli: cpu * 1000,
                memory_bytes: 1 << 30,
                pods: 3,
                labels: labels.into_iter().collect(),
                taints: is_tainted
                    .then(|| "team=db:NoSchedule".into())
                    .into_iter()
                    .collect(),
            }
        });
        let hosts = vec![Host {
            name: "host".into(),
        }];
        let machines = Machines {
            hosts,
            machines: machines.collect(),
        };
        (
            machines,
            all.iter().map(|(_, cordoned)| *cordoned).collect(),
        )
    })
}

/// A Pod's manifest, and what of it varies.
fn pod() -> impl Strategy<Value = Json> {
    let chance = prop::bool::weighted(0.3);
    let cpu = prop::sample::select(vec!["0", "300m", "700m", "1500m", "5"]);
    let demands = (chance, chance, chance, chance, chance, chance);
    (cpu, 0..2_u8, demands).prop_map(|(cpu, app, (selects, port, far, near, spread, bears))| {
        let app = format!("a{app}");
        let mut container = json!({"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}});
        if port {
            container["ports"] = json!([{"containerPort": 80, "hostPort": 80}]);
        }
        let mut spec = json!({"terminationGracePeriodSeconds": 0, "containers": [container]});
        if selects {
            spec["nodeSelector"] = json!({"disk": "ssd"});
        }
        if bears {
            spec["tolerations"] = json!([{"key": "team", "operator": "Exists"}]);
        }
        let term = |app: &str, topology: &str| {
            json!([{"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": topology}])
        };
        const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
        if far {
            spec["affinity"]["podAntiAffinity"] = json!({REQUIRED: term(&app, "zone")});
        }
        if near {
            spec["affinity"]["podAffinity"] = json!({REQUIRED: term("a0", "kubernetes.io/hostname")});
        }
        if spread {
            spec["topologySpreadConstraints"] = json!([{
                "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": app}},
            }]);
        }
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"app": app}}, "spec": spec})
    })
}

fn apply(simulation: &mut Simulation, manifest: &Json) {
    let manifest = manifest.to_string().as_str().into();
    simulation.apply(Input::Apply { manifest });
}

fn run(simulation: &mut Simulation, seconds: f64) {
    let until = SimTime::from_seconds(simulation.now().as_seconds() + seconds);
    simulation.run_until(until, Budget::ENDLESS);
}

fn is_placed(simulation: &Simulation) -> bool {
    let pod = simulation.world().store.get(&waiting());
    pod.is_some_and(|pod| !pod.value.text_at(&["spec", "nodeName"]).is_empty())
}

/// A cluster in which the first of the Pods may wait, and its manifest.
fn build(machines: Machines, cordoned: &[bool], pods: &[(Json, u8)]) -> (Simulation, Json) {
    let setup = Setup {
        machines,
        runtime: Runtime::Instant,
        ..Setup::default()
    };
    let mut simulation = Simulation::new(setup, 7);
    let nodes = cordoned.len();
    for (number, (pod, node)) in pods.iter().enumerate().skip(1) {
        let mut pod = pod.clone();
        pod["metadata"]["name"] = json!(format!("other-{number}"));
        pod["spec"]["nodeName"] = json!(format!("n{}", usize::from(*node) % nodes));
        apply(&mut simulation, &pod);
    }
    for (number, _) in cordoned
        .iter()
        .enumerate()
        .filter(|(_, cordoned)| **cordoned)
    {
        let key = ObjectKey::node(&format!("n{number}"));
        change(&mut simulation, &key, |node| {
            node.set(&["spec", "unschedulable"], Value::Bool(true))
        });
    }
    run(&mut simulation, 5.0);
    let mut pod = pods[0].0.clone();
    pod["metadata"]["name"] = json!("p");
    apply(&mut simulation, &pod);
    run(&mut simulation, 5.0);
    (simulation, pod)
}

fn change(simulation: &mut Simulation, key: &ObjectKey, edit: impl FnOnce(&mut Value)) {
    let done = simulation.act(|world| world.patch(Actor::You, key, edit));
    assert!(done.is_ok(), "{key}: {done:?}");
}

fn replace(simulation: &mut Simulation, pod: &Json) {
    let manifest = pod.to_string().as_str().into();
    simulation.apply(Input::Replace { manifest });
}

fn add_like(simulation: &mut Simulation, node: &str) {
    let world = simulation.world();
    let object = world
        .store
        .get(&ObjectKey::node(node))
        .and_then(|node| node.node());
    let machine = machine_like(object.expect("it is there"), &world.machines);
    simulation.apply(Input::AddMachine(machine));
}

fn delete(simulation: &mut Simulation, object: ObjectKey) {
    simulation.apply(Input::Delete {
        object,
        grace_period_seconds: Some(0),
    });
}

/// Makes the change that was offered.
fn make(simulation: &mut Simulation, edit: &Edit, manifest: &Json) {
    match edit {
        Edit::Pod(edit @ PodEdit::Tolerate(_)) => {
            apply(
                simulation,
                &edit.applied(&Value::from_json(manifest)).to_json(),
            );
        }
        Edit::Pod(edit) => replace(
            simulation,
            &edit.applied(&Value::from_json(manifest)).to_json(),
        ),
        Edit::Node { node, edit } => {
            change(simulation, &ObjectKey::node(node), |node| {
                *node = edit.applied(node)
            });
        }
        Edit::Delete { pod, .. } => delete(simulation, pod.clone()),
        Edit::AddLike(node) => add_like(simulation, node),
    }
}

/// Every single change that anybody could think of, by its own means.
fn brute_force(simulation: &Simulation, manifest: &Json) -> Vec<String> {
    let mut helps = Vec::new();
    let mut attempt = |what: &str, deed: &dyn Fn(&mut Simulation)| {
        let mut fork = simulation.clone();
        deed(&mut fork);
        run(&mut fork, 400.0);
        if is_placed(&fork) {
            helps.push(what.to_string());
        }
    };
    let changed = |edit: &dyn Fn(&mut Json)| {
        let mut pod = manifest.clone();
        edit(&mut pod["spec"]);
        pod
    };
    for cpu in ["0", "100m", "250m", "500m", "900m"] {
        let pod =
            changed(&|spec| spec["containers"][0]["resources"]["requests"]["cpu"] = json!(cpu));
        attempt(&format!("asks for {cpu}"), &|fork| replace(fork, &pod));
    }
    for field in ["nodeSelector", "topologySpreadConstraints"] {
        let pod = changed(&|spec| drop(spec.as_object_mut().map(|spec| spec.remove(field))));
        attempt(&format!("no {field}"), &|fork| replace(fork, &pod));
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let pod = changed(&|spec| {
            spec["affinity"]
                .as_object_mut()
                .map(|affinity| affinity.remove(field));
        });
        attempt(&format!("no {field}"), &|fork| replace(fork, &pod));
    }
    let bears = json!([{"key": "team", "operator": "Exists"}]);
    let pod = changed(&|spec| spec["tolerations"] = bears.clone());
    attempt("tolerates team", &|fork| replace(fork, &pod));
    for key in simulation.world().store.objects().keys() {
        match &*key.kind {
            "Node" => {
                attempt(&format!("{key} untainted"), &|fork| {
                    change(fork, key, |node| drop(node.remove(&["spec", "taints"])));
                });
                attempt(&format!("{key} uncordoned"), &|fork| {
                    change(fork, key, |node| {
                        drop(node.remove(&["spec", "unschedulable"]))
                    });
                });
                attempt(&format!("one like {key}"), &|fork| {
                    add_like(fork, &key.name)
                });
            }
            "Pod" if *key != waiting() => {
                attempt(&format!("{key} goes"), &|fork| delete(fork, key.clone()));
            }
            _ => {}
        }
    }
    helps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_offered_helps_and_something_is_offered_where_anything_helps(
        (machines, cordoned) in machines(),
        pods in prop::collection::vec((pod(), any::<u8>()), 1..6),
    ) {
        let (simulation, manifest) = build(machines, &cordoned, &pods);
        prop_assume!(!is_placed(&simulation));
        let mut offers = Vec::new();
        if let Some(mut search) = Search::new(&simulation.world().store, &waiting()) {
            while let Some(tried) = search.step() {
                offers.extend(tried);
            }
        }
        for offer in &offers {
            let mut fork = simulation.clone();
            make(&mut fork, &offer.edit, &manifest);
            run(&mut fork, 400.0);
            prop_assert!(is_placed(&fork), "offered, and it doesn't help: {}", offer.edit);
        }
        if offers.is_empty() {
            let helps = brute_force(&simulation, &manifest);
            prop_assert!(helps.is_empty(), "nothing is offered, though this helps: {helps:?}");
        }
    }
}

#[test]
fn edits_are_made_to_the_letter() {
    let pod =
        Value::from_json(&json!({"spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}));
    let path = vec!["spec".into(), "nodeSelector".into(), "disk".into()];
    let without = PodEdit::Drop { path }.applied(&pod).to_json();
    assert_eq!(without, json!({"spec": {"containers": []}}));
    let node = Value::from_json(&json!({"spec": {"unschedulable": true}}));
    assert_eq!(
        NodeEdit::Uncordon.applied(&node).to_json(),
        json!({"spec": {}})
    );
}
