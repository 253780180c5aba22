//! One look at a DaemonSet, Nodes and Pods: what ought to happen. Decides; never writes. Models
//! `podsShouldBeOnNode`, `pkg/controller/daemon/daemon_controller.go`, and `rollingUpdate`, `update.go`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::sets::{DaemonSet, DaemonSetStatus};
use crate::cluster::SimTime;
use crate::cluster::controllers::controller_utils::is_pod_available;
use crate::cluster::scheduler::plugins::RequiredNodeAffinity;
use crate::cluster::scheduler::plugins::checks::tolerates;
use crate::order;

/// Of which revision a Pod is: the hash in that one's name.
pub const HASH: &str = "controller-revision-hash";

/// The same in older words: how often the template was changed before.
pub const GENERATION: &str = "pod-template-generation";

/// What is known while a DaemonSet is looked at.
#[derive(Debug)]
pub struct Look<'a> {
    /// The set.
    pub set: &'a DaemonSet,
    /// A Pod as its template makes it, tolerations included.
    pub pod: &'a Pod,
    /// All Nodes.
    pub nodes: &'a [Rc<Node>],
    /// Its Pods by their Nodes, bound or yet to be.
    pub by_node: BTreeMap<Rc<str>, Vec<Rc<Pod>>>,
    /// That of the present template.
    pub hash: &'a str,
    /// The same.
    pub generation: &'a str,
    /// The present.
    pub now: SimTime,
}

/// The new Pod on a Node, and the old one.
type Pair = (Option<Rc<Pod>>, Option<Rc<Pod>>);

/// What ought to happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Events: `Normal` or `Warning`, reason, message.
    pub tell: Vec<(&'static str, &'static str, String)>,
    /// Nodes that get a Pod.
    pub create: Vec<Rc<str>>,
    /// Pods that go.
    pub delete: Vec<Rc<Pod>>,
    /// Later: one of them failed a moment ago.
    pub again: Option<Duration>,
}

/// Pods by their Nodes; those that are over and on their way out don't count. Models
/// `getNodesToDaemonPods`.
pub fn by_node(pods: &[Rc<Pod>]) -> BTreeMap<Rc<str>, Vec<Rc<Pod>>> {
    let mut by_node: BTreeMap<Rc<str>, Vec<Rc<Pod>>> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| !(pod.is_finished() && is_going(pod)))
    {
        if let Some(node) = target_of(pod) {
            by_node.entry(node).or_default().push(pod.clone());
        }
    }
    by_node
}

/// The Node that a Pod is for. Models `GetTargetNodeName`.
fn target_of(pod: &Pod) -> Option<Rc<str>> {
    if !pod.spec.node_name.is_empty() {
        return Some(pod.spec.node_name.clone());
    }
    let required = &pod
        .spec
        .affinity
        .node_affinity
        .required_during_scheduling_ignored_during_execution;
    let terms = required
        .iter()
        .flat_map(|selector| &selector.node_selector_terms);
    let mut fields = terms.flat_map(|term| &term.match_fields);
    let name = fields.find(|field| &*field.key == "metadata.name" && &*field.operator == "In")?;
    name.values
        .first()
        .filter(|_| name.values.len() == 1)
        .cloned()
}

fn is_going(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// Bound ones first, then the oldest. Models `podByCreationTimestampAndPhase`.
fn oldest_first(pods: &mut [Rc<Pod>]) {
    order::sort_by_key(pods, |pod| {
        (
            pod.spec.node_name.is_empty(),
            pod.metadata.creation_timestamp,
            pod.metadata.name.clone(),
        )
    });
}

impl Look<'_> {
    /// Is a Pod to run on this Node, and may one that is there stay? Models `NodeShouldRunDaemonPod`.
    pub fn should_run(&self, node: &Node) -> (bool, bool) {
        let (wanted, name) = (&self.pod.spec.node_name, &node.metadata.name);
        let is_it = wanted.is_empty() || wanted == name;
        if !is_it || !RequiredNodeAffinity::of(self.pod).matches(node) {
            return (false, false);
        }
        let repels = |effects: &[&str]| {
            let mut taints = node
                .spec
                .taints
                .iter()
                .filter(|taint| effects.contains(&&*taint.effect));
            taints.any(|taint| !tolerates(&self.pod.spec.tolerations, taint))
        };
        match repels(&["NoSchedule", "NoExecute"]) {
            true => (false, !repels(&["NoExecute"])),
            false => (true, true),
        }
    }

    fn is_available(&self, pod: &Pod) -> bool {
        is_pod_available(pod, self.set.spec.min_ready_seconds, self.now)
    }

    /// Models `IsPodUpdated`.
    fn is_updated(&self, pod: &Pod) -> bool {
        let has = |label: &str, value: &str| {
            pod.metadata
                .labels
                .get(label)
                .is_some_and(|found| &**found == value)
                && !value.is_empty()
        };
        has(HASH, self.hash) || has(GENERATION, self.generation)
    }

    fn rolls(&self) -> bool {
        &*self.set.spec.update_strategy.kind == "RollingUpdate"
    }

    /// Models `SurgeCount`.
    fn max_surge(&self, nodes: i64) -> i64 {
        let rolling = &self.set.spec.update_strategy.rolling_update;
        if self.rolls() {
            rolling.max_surge.scaled(nodes, true)
        } else {
            0
        }
    }

    /// Every Node has its Pod, and only one. `failed` says of a Node how long one that failed there stays
    /// yet. Models `manage`.
    pub fn manage(&self, failed: &mut dyn FnMut(&str) -> Option<Duration>) -> Wishes {
        let mut wishes = Wishes::default();
        for node in self.nodes {
            let name = &node.metadata.name;
            let pods = self.by_node.get(name);
            match (self.should_run(node), pods) {
                ((true, _), None) => wishes.create.push(name.clone()),
                ((_, true), Some(pods)) => self.manage_node(node, pods, failed, &mut wishes),
                ((_, false), Some(pods)) => wishes
                    .delete
                    .extend(pods.iter().filter(|pod| !is_going(pod)).cloned()),
                (_, None) => {}
            }
        }
        let is_there = |node: &str| self.nodes.iter().any(|one| &*one.metadata.name == node);
        let homeless = self.by_node.iter().filter(|(node, _)| !is_there(node));
        let unbound = homeless
            .flat_map(|(_, pods)| pods)
            .filter(|pod| pod.spec.node_name.is_empty());
        wishes.delete.extend(unbound.cloned());
        wishes
    }

    /// Models the rest of `podsShouldBeOnNode`.
    fn manage_node(
        &self,
        node: &Node,
        pods: &[Rc<Pod>],
        failed: &mut dyn FnMut(&str) -> Option<Duration>,
        wishes: &mut Wishes,
    ) {
        let name = &node.metadata.name;
        let mut running = Vec::new();
        for pod in pods.iter().filter(|pod| !is_going(pod)) {
            let path = format!("{}/{}", pod.metadata.namespace, pod.metadata.name);
            match &*pod.status.phase {
                "Failed" => {
                    if let Some(pause) = failed(name) {
                        wishes.again = Some(wishes.again.map_or(pause, |known| known.min(pause)));
                        continue;
                    }
                    let message = format!(
                        "Found failed daemon pod {path} on node {name}, will try to kill it"
                    );
                    wishes.tell.push(("Warning", "FailedDaemonPod", message));
                    wishes.delete.push(pod.clone());
                }
                "Succeeded" => {
                    let message = format!(
                        "Found succeeded daemon pod {path} on node {name}, will try to delete it"
                    );
                    wishes.tell.push(("Normal", "SucceededDaemonPod", message));
                    wishes.delete.push(pod.clone());
                }
                _ => running.push(pod.clone()),
            }
        }
        oldest_first(&mut running);
        if self.max_surge(1) <= 0 {
            wishes.delete.extend(running.into_iter().skip(1));
        } else if running.is_empty() && self.should_run(node).0 {
            wishes.create.push(name.clone());
        } else if running.len() > 1 {
            self.manage_surge(running, wishes);
        }
    }

    /// Of the old and the new Pods the oldest stay, until the new one is available.
    fn manage_surge(&self, running: Vec<Rc<Pod>>, wishes: &mut Wishes) {
        let is_new = |pod: &Rc<Pod>| {
            pod.metadata
                .labels
                .get(HASH)
                .is_some_and(|hash| &**hash == self.hash)
        };
        let (new, old): (Vec<_>, Vec<_>) = running.into_iter().partition(is_new);
        wishes.delete.extend(
            new.iter()
                .chain(&old)
                .filter(|pod| {
                    let firsts = [new.first(), old.first()];
                    !firsts
                        .iter()
                        .flatten()
                        .any(|first| first.metadata.uid == pod.metadata.uid)
                })
                .cloned(),
        );
        if let (Some(new), Some(old)) = (new.first(), old.first())
            && (!old.is_ready() || self.is_available(new))
        {
            wishes.delete.push(old.clone());
        }
    }

    /// Old Pods make place for new ones. Models `rollingUpdate`.
    pub fn rolling_update(&self) -> Wishes {
        if !self.rolls() {
            return Wishes::default();
        }
        let wanted: Vec<&Rc<Node>> = self
            .nodes
            .iter()
            .filter(|node| self.should_run(node).0)
            .collect();
        let count = wanted.len() as i64;
        let surge = self.max_surge(count);
        let rolling = &self.set.spec.update_strategy.rolling_update;
        let mut unavailable = rolling.max_unavailable.scaled(count, true);
        if count > 0 && unavailable == 0 && surge == 0 {
            unavailable = 1;
        }
        let mut by_node = self.by_node.clone();
        for node in wanted {
            by_node.entry(node.metadata.name.clone()).or_default();
        }
        match surge {
            0 => self.replace(&by_node, unavailable),
            _ => self.surge(&by_node, surge, count),
        }
    }

    /// The new and the old Pod on a Node; `None` if there are more. Models `findUpdatedPodsOnNode`.
    fn pair(&self, pods: &[Rc<Pod>]) -> Option<Pair> {
        let staying = pods.iter().filter(|pod| !is_going(pod)).cloned();
        let (new, old): (Vec<_>, Vec<_>) = staying.partition(|pod| self.is_updated(pod));
        (new.len() <= 1 && old.len() <= 1).then(|| (new.first().cloned(), old.first().cloned()))
    }

    /// Old ones go first, a few at a time.
    fn replace(&self, by_node: &BTreeMap<Rc<str>, Vec<Rc<Pod>>>, max_unavailable: i64) -> Wishes {
        let (mut unavailable, mut allowed, mut candidates) = (0, Vec::new(), Vec::new());
        for pods in by_node.values() {
            match self.pair(pods) {
                None | Some((None, None) | (Some(_), Some(_))) => unavailable += 1,
                Some((Some(new), None)) => unavailable += i64::from(!self.is_available(&new)),
                Some((None, Some(old))) if !self.is_available(&old) => {
                    allowed.push(old);
                    unavailable += 1;
                }
                Some((None, Some(_))) if unavailable >= max_unavailable => {}
                Some((None, Some(old))) => candidates.push(old),
            }
        }
        let more = usize::try_from(max_unavailable - unavailable).unwrap_or(0);
        allowed.extend(candidates.into_iter().take(more));
        Wishes {
            delete: allowed,
            ..Wishes::default()
        }
    }

    /// New ones come first, a few at a time.
    fn surge(
        &self,
        by_node: &BTreeMap<Rc<str>, Vec<Rc<Pod>>>,
        max_surge: i64,
        wanted: i64,
    ) -> Wishes {
        let mut wishes = Wishes::default();
        let (mut surge, mut available) = (0, 0);
        let (mut candidates, mut misplaced) = (Vec::new(), Vec::new());
        for (name, pods) in by_node {
            let Some((new, old)) = self.pair(pods) else {
                surge += 1;
                continue;
            };
            let counts = old
                .as_ref()
                .or(new.as_ref())
                .is_some_and(|pod| self.is_available(pod));
            available += i64::from(counts);
            let Some(old) = old else { continue };
            if let Some(new) = new {
                match self.is_available(&new) {
                    true => wishes.delete.push(old),
                    false => surge += 1,
                }
                continue;
            }
            let node = self.nodes.iter().find(|node| node.metadata.name == *name);
            let may_run = node.is_some_and(|node| self.should_run(node).0);
            match (self.is_available(&old), may_run) {
                (false, false) => wishes.delete.push(old),
                (false, true) => wishes.create.push(name.clone()),
                (true, false) => misplaced.push(old),
                (true, true) if surge < max_surge => candidates.push(name.clone()),
                (true, true) => {}
            }
        }
        let surplus = usize::try_from(available - wanted).unwrap_or(0);
        wishes.delete.extend(misplaced.into_iter().take(surplus));
        let more = usize::try_from(max_surge - surge).unwrap_or(0);
        wishes.create.extend(candidates.into_iter().take(more));
        wishes
    }

    /// Models `updateDaemonSetStatus`.
    pub fn status(&self) -> DaemonSetStatus {
        let mut status = DaemonSetStatus {
            observed_generation: self.set.metadata.generation,
            collision_count: self.set.status.collision_count,
            ..DaemonSetStatus::default()
        };
        for node in self.nodes {
            let pods = self.by_node.get(&node.metadata.name);
            if !self.should_run(node).0 {
                status.number_misscheduled += i64::from(pods.is_some());
                continue;
            }
            status.desired_number_scheduled += 1;
            let Some(pods) = pods else { continue };
            status.current_number_scheduled += 1;
            let mut pods = pods.clone();
            oldest_first(&mut pods);
            let Some(pod) = pods.first() else { continue };
            status.number_ready += i64::from(pod.is_ready());
            status.number_available += i64::from(self.is_available(pod));
            status.updated_number_scheduled += i64::from(self.is_updated(pod));
        }
        status.number_unavailable = status.desired_number_scheduled - status.number_available;
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn read<T: view::View + Default>(yaml: &str) -> T {
        let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
        view::read(&Value::from_json(&json)).expect("it fits")
    }

    fn set(rolling: &str) -> DaemonSet {
        read(&format!(
            "{{metadata: {{name: d}}, spec: {{updateStrategy: {{type: RollingUpdate, rollingUpdate: {{{rolling}}}}}}}}}"
        ))
    }

    /// `a=new+` (Ready, of the new revision), `b=old`, `c=old!` (failed), `d` (none); a Node `x#` repels
    /// new Pods, `x##` all.
    fn nodes_and_pods(words: &str) -> (Vec<Rc<Node>>, Vec<Rc<Pod>>) {
        let (mut nodes, mut pods) = (Vec::new(), Vec::new());
        for word in words.split_whitespace() {
            let (node, on_it) = word.split_once('=').unwrap_or((word, ""));
            let effect = match node.matches('#').count() {
                0 => "PreferNoSchedule",
                1 => "NoSchedule",
                _ => "NoExecute",
            };
            let name = node.trim_end_matches('#');
            nodes.push(Rc::new(read::<Node>(&format!(
                "{{metadata: {{name: {name}}}, spec: {{taints: [{{key: k, effect: {effect}}}]}}}}"
            ))));
            for (number, pod) in on_it.split(',').filter(|pod| !pod.is_empty()).enumerate() {
                let revision = pod.trim_end_matches(['+', '!']);
                let ready = if pod.ends_with('+') { "True" } else { "False" };
                let phase = if pod.ends_with('!') {
                    "Failed"
                } else {
                    "Running"
                };
                pods.push(Rc::new(read::<Pod>(&format!(
                    "{{metadata: {{name: {name}{number}, uid: {name}{number}, labels: {{controller-revision-hash: {revision}}}}},
                       spec: {{nodeName: {name}}}, status: {{phase: {phase}, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '2026-01-01T00:00:00Z'}}]}}}}"
                ))));
            }
        }
        (nodes, pods)
    }

    fn told(wishes: &Wishes) -> String {
        let create = wishes.create.iter().map(|node| format!("+{node}"));
        let delete = wishes
            .delete
            .iter()
            .map(|pod| format!("-{}", pod.metadata.name));
        create.chain(delete).collect::<Vec<_>>().join(" ")
    }

    fn with_look<T>(rolling: &str, words: &str, ask: impl FnOnce(&Look) -> T) -> T {
        let (nodes, pods) = nodes_and_pods(words);
        let (set, pod) = (set(rolling), Pod::default());
        let by_node = by_node(&pods);
        let now = SimTime::from_seconds(10.0);
        ask(&Look {
            set: &set,
            pod: &pod,
            nodes: &nodes,
            by_node,
            hash: "new",
            generation: "",
            now,
        })
    }

    #[test]
    fn every_node_that_may_has_one_pod() {
        for (rolling, words, expected) in [
            ("", "a b=new+ c#", "+a"),
            ("", "a#=new+ b##=new+", "-b0"),
            ("", "a=new+,new+", "-a1"),
            ("", "a=new!", "-a0"),
            ("maxSurge: 1", "a=new!", "+a -a0"),
            ("maxSurge: 1", "a=old+,new", ""),
            ("maxSurge: 1", "a=old+,new+", "-a0"),
            ("maxSurge: 1", "a=old,new", "-a0"),
            ("maxSurge: 1", "a=old+,old+,new", "-a1"),
        ] {
            let wishes = with_look(rolling, words, |look| look.manage(&mut |_| None));
            assert_eq!(told(&wishes), expected, "{rolling} {words}");
        }
        let waits = with_look("", "a=new!", |look| {
            look.manage(&mut |_| Some(Duration::from_secs(3)))
        });
        assert_eq!(
            (told(&waits), waits.again),
            (String::new(), Some(Duration::from_secs(3)))
        );
    }

    #[test]
    fn an_update_stays_within_its_bounds() {
        for (rolling, words, expected) in [
            ("maxUnavailable: 1", "a=old+ b=old+ c=old+", "-a0"),
            ("maxUnavailable: 50%", "a=old+ b=old+ c=old+", "-a0 -b0"),
            ("maxUnavailable: 1", "a=new b=old+ c=old+", ""),
            ("maxUnavailable: 1", "a=new+ b=old+ c=old+", "-b0"),
            // What isn't available anyway may go at once, and counts.
            ("maxUnavailable: 1", "a=old+ b=old c=old", "-b0 -c0"),
            ("maxUnavailable: 0, maxSurge: 0", "a=old+ b=old+", "-a0"),
            ("maxUnavailable: 0, maxSurge: 1", "a=old+ b=old+", "+a"),
            ("maxUnavailable: 0, maxSurge: 1", "a=old+,new b=old+", ""),
            (
                "maxUnavailable: 0, maxSurge: 1",
                "a=old+,new+ b=old+",
                "+b -a0",
            ),
            ("maxUnavailable: 0, maxSurge: 1", "a=old b=old+", "+a +b"),
        ] {
            let wishes = with_look(rolling, words, |look| look.rolling_update());
            assert_eq!(told(&wishes), expected, "{rolling} {words}");
        }
    }

    #[test]
    fn a_status_counts_nodes() {
        let status = with_look("", "a=new+ b=old c d#=new+", |look| look.status());
        let counts = [
            status.desired_number_scheduled,
            status.current_number_scheduled,
            status.number_ready,
        ];
        assert_eq!(counts, [3, 2, 1]);
        let counts = [
            status.updated_number_scheduled,
            status.number_misscheduled,
            status.number_unavailable,
        ];
        assert_eq!(counts, [1, 1, 2]);
    }
}
