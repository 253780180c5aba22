//! InterPodAffinity: near to some Pods, far from others, going by labels and by what is one place.
//! Models `pkg/scheduler/framework/plugins/interpodaffinity` (filtering.go, scoring.go, plugin.go).
//! Left out: `hardPodAffinityWeight` and `ignorePreferredTermsOfExistingPods`, which only a
//! scheduler configuration file can set.

use crate::api::meta::Labels;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::cluster::scheduler::framework::{Cycle, Filter, Fit, MAX_NODE_SCORE, Plugin, PreFilter};
use crate::cluster::scheduler::framework::{PreScore, Score, Status, Waiting};
use crate::cluster::scheduler::node_info::{AffinityTerm, NodeInfo, PodInfo};
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::tally::{Asked, GONE, LACKING, Tally, Wish};
use crate::cluster::scheduler::topology::Counts;
use crate::cluster::scheduler::view::ClusterView;

const ERR_REASON_EXISTING_ANTI_AFFINITY: &str =
    "node(s) didn't satisfy existing pods anti-affinity rules";
const ERR_REASON_AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ERR_REASON_ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
/// What a required term of a Pod that is there counts for a Pod that it means.
/// `HardPodAffinityWeight`, default.
const HARD_POD_AFFINITY_WEIGHT: i64 = 1;

/// See the head of this file.
pub struct InterPodAffinity;

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let rules = Rules::new(cycle);
        let asks = !rules.affinity.is_empty() || !rules.anti_affinity.is_empty();
        match asks || !rules.existing_anti_affinity_counts.is_empty() {
            true => PreFilter::Run(Box::new(rules)),
            false => PreFilter::Skip,
        }
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        match Liking::new(cycle) {
            Some(liking) => PreScore::Run(Box::new(liking)),
            None => PreScore::Skip,
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let nodes = event.of_node(Actions::ADD | Actions::UPDATE_NODE_LABEL);
        if let Some((old, Some(new))) = nodes {
            return node_change_helps(waiting.pod, old, new);
        }
        let pods = event.of_pod(Actions::ADD | Actions::UPDATE_POD_LABEL | Actions::DELETE);
        pods.is_some_and(|(old, new)| pod_change_helps(waiting, old, new))
    }
}

/// Terms of the Pod that is to be placed: namespaces that their selectors mean are listed by name,
/// so that nobody looks at another Pod's namespace. Models `mergeAffinityTermNamespacesIfNotEmpty`.
fn with_namespaces(terms: &[AffinityTerm], view: &ClusterView) -> Vec<AffinityTerm> {
    let mut terms = terms.to_vec();
    for term in &mut terms {
        if let Some(selector) = term.namespace_selector.take_if(|s| !s.is_empty()) {
            let namespaces = view.listers.namespaces.iter();
            let meant = namespaces.filter(|(_, n)| selector.matches(&n.metadata.labels));
            term.namespaces
                .extend(meant.map(|((_, name), _)| name.clone()));
        }
    }
    terms
}

fn labels_of_namespace<'a>(cycle: Cycle<'a>) -> Option<&'a Labels> {
    let namespace = &cycle.pod.pod.metadata.namespace;
    cycle.view.listers.namespace_labels(namespace)
}

/// Does the Pod match all terms, of which there is at least one?
fn matches_all(terms: &[AffinityTerm], pod: &Pod) -> bool {
    !terms.is_empty() && terms.iter().all(|term| term.matches(pod, None))
}

/// What the Pod asks for, what Pods that are there ask for, and where they are.
#[derive(Clone)]
struct Rules<'a> {
    pod: &'a PodInfo,
    namespace_labels: Option<&'a Labels>,
    affinity: Vec<AffinityTerm>,
    anti_affinity: Vec<AffinityTerm>,
    /// By place, Pods that want to be far from the one to be placed.
    existing_anti_affinity_counts: Counts,
    /// By place, Pods that it wants to be near to, once a term.
    affinity_counts: Counts,
    /// By place, Pods that it wants to be far from, once a term.
    anti_affinity_counts: Counts,
}

impl<'a> Rules<'a> {
    fn new(cycle: Cycle<'a>) -> Self {
        let none = Counts::new(cycle.view);
        let mut rules = Rules {
            pod: cycle.pod,
            namespace_labels: labels_of_namespace(cycle),
            affinity: with_namespaces(&cycle.pod.required_affinity, cycle.view),
            anti_affinity: with_namespaces(&cycle.pod.required_anti_affinity, cycle.view),
            existing_anti_affinity_counts: none.clone(),
            affinity_counts: none.clone(),
            anti_affinity_counts: none,
        };
        for said in cycle.view.said().iter() {
            let (term, counts) = (&said.term, &mut rules.existing_anti_affinity_counts);
            if said.wish == Wish::MustBeFar && term.matches(&cycle.pod.pod, rules.namespace_labels)
            {
                count_all(counts, cycle.view, term, &said.pods, 1);
            }
        }
        if !rules.affinity.is_empty() {
            let pods = cycle.view.count(Asked::Meant(rules.affinity.clone()));
            for term in &rules.affinity {
                count_all(&mut rules.affinity_counts, cycle.view, term, &pods, 1);
            }
        }
        for term in &rules.anti_affinity {
            let pods = cycle.view.count(Asked::Meant(vec![term.clone()]));
            count_all(&mut rules.anti_affinity_counts, cycle.view, term, &pods, 1);
        }
        rules
    }

    fn count_existing(&mut self, existing: &PodInfo, node: &NodeInfo, amount: i64) {
        for term in &existing.required_anti_affinity {
            if term.matches(&self.pod.pod, self.namespace_labels) {
                count(&mut self.existing_anti_affinity_counts, term, node, amount);
            }
        }
    }

    fn count_wanted(&mut self, existing: &Pod, node: &NodeInfo, amount: i64) {
        if matches_all(&self.affinity, existing) {
            for term in &self.affinity {
                count(&mut self.affinity_counts, term, node, amount);
            }
        }
        for term in &self.anti_affinity {
            if term.matches(existing, None) {
                count(&mut self.anti_affinity_counts, term, node, amount);
            }
        }
    }

    fn satisfies_affinity(&self, node: &NodeInfo) -> bool {
        let mut pods_exist = true;
        for term in &self.affinity {
            let Some(pair) = node.topology_pair(&term.topology_key) else {
                return false;
            };
            pods_exist &= self.affinity_counts.get(pair) > 0;
        }
        // The first of some Pods that want to be together has nobody to be near to but itself.
        pods_exist || self.affinity_counts.is_empty() && matches_all(&self.affinity, &self.pod.pod)
    }

    fn satisfies_anti_affinity(&self, node: &NodeInfo) -> bool {
        let taken = |term: &AffinityTerm| {
            let pair = node.topology_pair(&term.topology_key);
            pair.is_some_and(|pair| self.anti_affinity_counts.get(pair) > 0)
        };
        self.anti_affinity_counts.is_empty() || !self.anti_affinity.iter().any(taken)
    }

    fn satisfies_existing(&self, node: &NodeInfo) -> bool {
        let counts = &self.existing_anti_affinity_counts;
        let mut pairs = node.topology.iter();
        counts.is_empty() || !pairs.any(|(_, pair)| counts.get(*pair) > 0)
    }
}

fn count(counts: &mut Counts, term: &AffinityTerm, node: &NodeInfo, amount: i64) {
    if let Some(pair) = node.topology_pair(&term.topology_key) {
        counts.add(pair, amount);
    }
}

/// Counts Pods in the places that the term's label makes. Are there any?
fn count_all(
    counts: &mut Counts,
    view: &ClusterView,
    term: &AffinityTerm,
    pods: &Tally,
    weight: i64,
) -> bool {
    let column = view.column(&term.topology_key);
    let mut any = false;
    for (slot, number) in pods.iter() {
        if !matches!(column[slot], GONE | LACKING) {
            counts.add(column[slot], number * weight);
            any = true;
        }
    }
    any
}

impl<'a> Filter<'a> for Rules<'a> {
    fn filter(&self, node: &NodeInfo) -> Fit {
        if !self.satisfies_affinity(node) {
            return Err(Status::unresolvable(ERR_REASON_AFFINITY));
        }
        if !self.satisfies_anti_affinity(node) {
            return Err(Status::unschedulable(ERR_REASON_ANTI_AFFINITY));
        }
        if !self.satisfies_existing(node) {
            return Err(Status::unschedulable(ERR_REASON_EXISTING_ANTI_AFFINITY));
        }
        Ok(())
    }

    fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.count_existing(pod, node, 1);
        self.count_wanted(&pod.pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.count_existing(pod, node, -1);
        self.count_wanted(&pod.pod, node, -1);
    }

    fn duplicate(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        Some(Box::new(self.clone()))
    }
}

/// By place, how much the Pod would like to be there, and how much the Pods there would like it.
struct Liking {
    weights: Counts,
}

impl Liking {
    /// `None` if nobody likes or dislikes anybody.
    fn new(cycle: Cycle) -> Option<Self> {
        let near = with_namespaces(&cycle.pod.preferred_affinity, cycle.view);
        let far = with_namespaces(&cycle.pod.preferred_anti_affinity, cycle.view);
        let namespace_labels = labels_of_namespace(cycle);
        let mut weights = Counts::new(cycle.view);
        let mut any = false;
        for (terms, sign) in [(&near, 1), (&far, -1)] {
            for term in terms {
                let pods = cycle.view.count(Asked::Meant(vec![term.clone()]));
                any |= count_all(&mut weights, cycle.view, term, &pods, sign * term.weight);
            }
        }
        for said in cycle.view.said().iter() {
            let term = &said.term;
            let weight = match said.wish {
                Wish::MustBeNear => HARD_POD_AFFINITY_WEIGHT,
                Wish::MustBeFar => continue,
                Wish::LikesNear => term.weight,
                Wish::LikesFar => -term.weight,
            };
            if term.matches(&cycle.pod.pod, namespace_labels) {
                any |= count_all(&mut weights, cycle.view, term, &said.pods, weight);
            }
        }
        any.then_some(Liking { weights })
    }
}

impl Score for Liking {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let pairs = node.topology.iter();
        pairs.map(|(_, pair)| self.weights.get(*pair)).sum()
    }

    /// The least liked node gets 0, the most liked 100.
    fn normalize(&self, scores: &mut [i64]) {
        let least = scores.iter().copied().min().unwrap_or(0);
        let most = scores.iter().copied().max().unwrap_or(0);
        let difference = (most - least) as f64;
        for score in scores {
            *score = match most > least {
                true => (MAX_NODE_SCORE as f64 * ((*score - least) as f64 / difference)) as i64,
                false => 0,
            };
        }
    }
}

fn required_terms(pod: &Pod) -> [Vec<AffinityTerm>; 2] {
    let affinity = &pod.spec.affinity;
    [&affinity.pod_affinity, &affinity.pod_anti_affinity].map(|a| AffinityTerm::required(pod, a))
}

/// Models `isSchedulableAfterNodeChange`: has a place come that the terms know, or changed?
fn node_change_helps(pod: &Pod, old: Option<&Node>, new: &Node) -> bool {
    let [near, far] = required_terms(pod);
    let label =
        |node: &Node, term: &AffinityTerm| node.metadata.labels.get(&term.topology_key).cloned();
    let Some(old) = old else {
        return !far.is_empty() || near.iter().any(|term| label(new, term).is_some());
    };
    let moved = |term: &AffinityTerm| (label(old, term), label(new, term));
    near.iter().any(|term| {
        let (old, new) = moved(term);
        new.is_some() && new != old
    }) || far.iter().any(|term| {
        let (old, new) = moved(term);
        old.is_some() && new != old
    })
}

/// Models `isSchedulableAfterPodChange`.
fn pod_change_helps(waiting: Waiting, old: Option<&Pod>, new: Option<&Pod>) -> bool {
    if let (Some(_), Some(new)) = (old, new)
        && waiting.is(new)
    {
        return true;
    }
    let nowhere = |pod: Option<&Pod>| {
        pod.is_some_and(|pod| {
            pod.spec.node_name.is_empty() && pod.status.nominated_node_name.is_empty()
        })
    };
    if nowhere(old) || nowhere(new) {
        return false;
    }
    let [near, far] = required_terms(waiting.pod);
    match (old, new) {
        (Some(old), Some(new)) => {
            !matches_all(&near, old) && matches_all(&near, new)
                || matches_all(&far, old) && !matches_all(&far, new)
        }
        (None, Some(new)) => matches_all(&near, new),
        (Some(old), None) => {
            let [_, its] = required_terms(old);
            matches_all(&far, old) || matches_all(&its, waiting.pod)
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::{Cluster, pod_info};

    const NODES: &[&str] = &[
        "metadata: {labels: {host: a, zone: x}}",
        "metadata: {labels: {host: b, zone: x}}",
        "metadata: {labels: {host: c, zone: y}}",
        "metadata: {labels: {zone: z}}",
    ];

    /// A Pod labelled `app: web` is on the first node.
    fn fits(affinity: &str) -> Vec<String> {
        let cluster = Cluster::new(NODES).with_labelled_pod("web", 0, "app", "web");
        let decision = cluster.decide(&pod_info("p", &format!("{{affinity: {affinity}}}")));
        decision.feasible.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn near_and_far_go_by_what_is_one_place() {
        let term = |key: &str| {
            format!("{{topologyKey: {key}, labelSelector: {{matchLabels: {{app: web}}}}}}")
        };
        let required = |kind: &str, key: &str| {
            let term = term(key);
            format!("{{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}")
        };
        for (affinity, expected) in [
            (required("podAffinity", "zone"), &["node-1", "node-2"][..]),
            (required("podAffinity", "host"), &["node-1"]),
            (required("podAntiAffinity", "zone"), &["node-3", "node-4"]),
            (
                required("podAntiAffinity", "host"),
                &["node-2", "node-3", "node-4"],
            ),
        ] {
            assert_eq!(fits(&affinity), expected, "{affinity}");
        }
    }

    #[test]
    fn the_first_pod_that_wants_to_be_near_its_like_is_near_itself() {
        let term = "{topologyKey: host, labelSelector: {matchLabels: {app: new}}}";
        let spec = format!(
            "{{affinity: {{podAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}}}"
        );
        let cluster = Cluster::new(NODES);
        let stranger = cluster.decide(&pod_info("p", &spec));
        assert!(stranger.feasible.is_empty());
        let mut first = pod_info("p", &spec);
        let mut pod = (*first.pod).clone();
        pod.metadata.labels.insert("app".into(), "new".into());
        first.pod = pod.into();
        assert_eq!(cluster.decide(&first).feasible.len(), 3);
    }
}
