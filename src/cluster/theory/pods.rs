//! The same deeds in the cluster, by lines of kubectl that a person might have typed: they stand in the terminal, and go
//! through the API server as all others. A Pod of two containers is the unit. Three of them are kept by a ReplicaSet, which
//! adopts those that are there. A Pod never moves: its node is cordoned, it is deleted, and another one is created.
//! Ours. Only a machine's failure is no command: it is a button on a computer.

use std::fmt::Write;
use std::rc::Rc;

use super::site::all_of;
use super::{Deed, REPAIR, Wake, tell};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, InputId, Simulation, Store};

/// Its name, and with what all units are labelled.
const NAME: &str = "hello-pod";
const LABEL: &str = "theory";
/// How many are wanted.
const WANTED: usize = 3;

/// Both containers ask for something, so that a full node is seen.
const SPEC: &str = "containers:
- name: hello-ctr
  image: demo/web:1
  ports: [{containerPort: 8080}]
  resources: {requests: {cpu: 500m, memory: 64Mi}}
- name: log-shipper
  image: demo/agent:1
  resources: {requests: {cpu: 100m, memory: 32Mi}}
";

/// Is it one of the Pods that deeds make?
pub fn is_unit(object: &Object) -> bool {
    object
        .meta
        .labels
        .get(LABEL)
        .is_some_and(|value| &**value == NAME)
}

/// All of them, by name.
pub fn units(store: &Store) -> impl Iterator<Item = (&ObjectKey, &Rc<Object>)> {
    let all = store.objects().range(ObjectKey::pod("default", NAME)..);
    let all = all.take_while(|(key, _)| {
        &*key.kind == "Pod" && &*key.namespace == "default" && key.name.starts_with(NAME)
    });
    all.filter(|(_, object)| is_unit(object))
}

impl Simulation {
    /// Does it. The Node whose machine went off, if one did.
    pub(super) fn act_on_pods(&mut self, id: InputId, deed: Deed) -> Option<Rc<str>> {
        let line = match deed {
            Deed::PlaceOne => self.place_pod(),
            Deed::ScaleToThree => self.scale_pods(),
            Deed::MoveOne => match self.move_pod() {
                Some(line) => line,
                None => {
                    self.say(
                        "cluster",
                        "has no Pod of yours on a machine that is heard of: none is replaced"
                            .into(),
                    );
                    return None;
                }
            },
            Deed::FailMachine => return self.fail_node(),
        };
        self.type_line(id, line.into(), &[], None);
        None
    }

    fn place_pod(&self) -> String {
        match self.replicas() {
            Some(replicas) => scale_to(replicas + 1),
            None => apply(&pod(&self.free_name())),
        }
    }

    fn scale_pods(&self) -> String {
        match self.replicas() {
            Some(_) => scale_to(WANTED as i64),
            None => apply(&replica_set()),
        }
    }

    /// The newest that stands on a machine that is heard of: elsewhere it can't be ended.
    fn move_pod(&self) -> Option<String> {
        let key = self.newest_on(|node| self.is_on(node))?;
        let node = self.node_of(&key)?;
        let object = self.world.store.get(&key)?;
        let cordoned = self.world.store.get(&ObjectKey::node(&node));
        let cordoned = cordoned.and_then(|object| object.node());
        let is_cordoned = cordoned.is_some_and(|node| node.spec.unschedulable);
        let mut line = format!("kubectl delete pod {} -n default", key.name);
        if !is_cordoned {
            line = format!("kubectl cordon {node} && {line}");
        }
        if object.meta.controller().is_none() {
            line = format!("{line} && {}", apply(&pod(&key.name)));
        }
        if !is_cordoned {
            line = format!("{line}\nkubectl uncordon {node}");
        }
        Some(line)
    }

    fn say(&mut self, name: &str, message: String) {
        tell(&mut self.world, Actor::You, "Machine", name, message);
    }

    fn fail_node(&mut self) -> Option<Rc<str>> {
        let newest = self.newest_on(|node| self.is_on(node));
        let node = newest.and_then(|key| self.node_of(&key)).or_else(|| {
            let mut all = self.world.machines.machines.iter();
            let found = all.find(|machine| self.is_on(&machine.name))?;
            Some(found.name.clone())
        });
        let Some(node) = node else {
            self.say("cluster", "has no machine left that could fail".into());
            return None;
        };
        let here =
            units(&self.world.store).filter(|(key, _)| self.node_of(key).as_ref() == Some(&node));
        let names: Vec<Rc<str>> = here.map(|(key, _)| key.name.clone()).collect();
        let message = format!(
            "goes off, and takes {} along, with both containers",
            all_of(&names)
        );
        self.say(&node, message);
        self.power_off(&node);
        let repaired = Wake::PoweredOn(node.clone());
        self.world.wake(REPAIR, repaired.into());
        Some(node)
    }

    fn is_on(&self, node: &str) -> bool {
        self.kubelets.contains_key(node)
    }

    fn node_of(&self, key: &ObjectKey) -> Option<Rc<str>> {
        Some(self.world.store.get(key)?.pod()?.spec.node_name.clone())
    }

    /// The newest unit on such a node that isn't ending.
    fn newest_on(&self, is: impl Fn(&str) -> bool) -> Option<ObjectKey> {
        let all = units(&self.world.store).filter(|(_, object)| {
            let on = object.pod().is_some_and(|pod| is(&pod.spec.node_name));
            on && object.meta.deletion_timestamp.is_none()
        });
        let since = |key: &ObjectKey| self.places.pod(key).map(|place| place.created);
        all.map(|(key, _)| key)
            .max_by_key(|key| since(key))
            .cloned()
    }

    /// How many the ReplicaSet keeps, if it is there.
    fn replicas(&self) -> Option<i64> {
        let key = ObjectKey::new("ReplicaSet.apps", "default", NAME);
        let object = self.world.store.get(&key)?;
        let is_going = object.meta.deletion_timestamp.is_some();
        let replicas = object.value.at(&["spec", "replicas"]);
        let replicas = replicas.and_then(|value| value.as_i64()).unwrap_or(1);
        (!is_going).then_some(replicas)
    }

    fn free_name(&self) -> String {
        let is_free = |name: &str| {
            self.world
                .store
                .get(&ObjectKey::pod("default", name))
                .is_none()
        };
        let others = (2..).map(|number| format!("{NAME}-{number}"));
        let mut all = std::iter::once(NAME.to_string()).chain(others);
        all.find(|name| is_free(name)).unwrap_or_default()
    }
}

fn scale_to(replicas: i64) -> String {
    format!("kubectl scale replicaset {NAME} -n default --replicas={replicas}")
}

fn apply(manifest: &str) -> String {
    format!("kubectl apply -n default -f - <<EOF\n{manifest}EOF")
}

fn pod(name: &str) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{LABEL}: {NAME}}}}}\nspec:\n"
    );
    indent(&mut text, 2, SPEC);
    text
}

fn replica_set() -> String {
    let labels = format!("{{{LABEL}: {NAME}}}");
    let mut text = format!(
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: {NAME}}}\nspec:\n  replicas: {WANTED}\n  \
         selector: {{matchLabels: {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n    spec:\n"
    );
    indent(&mut text, 6, SPEC);
    text
}

fn indent(text: &mut String, by: usize, lines: &str) {
    for line in lines.lines() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{:by$}{line}", "");
    }
}
