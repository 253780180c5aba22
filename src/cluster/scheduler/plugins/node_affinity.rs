//! NodeAffinity: may this Pod run on this Node, going by the Node's labels? And is it liked there?
//! Models `pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go` and
//! `k8s.io/component-helpers/scheduling/corev1/nodeaffinity`.
//! Left out: `addedAffinity`, which only a scheduler configuration file can set.

use std::rc::Rc;

use crate::api::meta::Labels;
use crate::api::node::Node;
use crate::api::placement::{NodeSelector, NodeSelectorTerm, PreferredSchedulingTerm};
use crate::api::pod::Pod;
use crate::api::selector::Requirement;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, PreScore, Waiting,
};
use crate::cluster::scheduler::framework::{Score, Status, default_normalize};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::collections::Set;

/// Why a node won't do.
pub const ERR_REASON_POD: &str = "node(s) didn't match Pod's node affinity/selector";
const ERR_REASON_CONFLICT: &str = "pod affinity terms conflict";
const NAME_FIELD: &str = "metadata.name";

/// See the head of this file.
pub struct NodeAffinity;

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let required = RequiredNodeAffinity::of(&cycle.pod.pod);
        if required.asks_for_nothing() {
            return PreFilter::Skip;
        }
        match required.affinity.and_then(node_names) {
            Some(names) if names.is_empty() => {
                PreFilter::Reject(Status::unresolvable(ERR_REASON_CONFLICT))
            }
            Some(names) => PreFilter::RunOn(names, Box::new(required)),
            None => PreFilter::Run(Box::new(required)),
        }
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        let affinity = &cycle.pod.pod.spec.affinity.node_affinity;
        let preferred = &affinity.preferred_during_scheduling_ignored_during_execution;
        let mistakes = mistakes(preferred);
        match mistakes.as_slice() {
            [] if preferred.is_empty() => PreScore::Skip,
            [] => PreScore::Run(Box::new(Preferred(preferred))),
            [mistake] => PreScore::Error(mistake.clone()),
            several => PreScore::Error(format!("[{}]", several.join(", "))),
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let required = RequiredNodeAffinity::of(waiting.pod);
        let nodes = event.of_node(Actions::ADD | Actions::UPDATE_NODE_LABEL);
        let Some((old, Some(new))) = nodes else {
            return false;
        };
        required.matches(new) && !old.is_some_and(|old| required.matches(old))
    }
}

/// What a Pod's `nodeSelector` and required node affinity ask for together.
#[derive(Clone, Copy)]
pub struct RequiredNodeAffinity<'a> {
    selector: &'a Labels,
    affinity: Option<&'a NodeSelector>,
}

impl<'a> RequiredNodeAffinity<'a> {
    /// What `pod` asks for.
    pub fn of(pod: &'a Pod) -> Self {
        let affinity = &pod.spec.affinity.node_affinity;
        let required = &affinity.required_during_scheduling_ignored_during_execution;
        RequiredNodeAffinity {
            selector: &pod.spec.node_selector,
            affinity: required.as_ref(),
        }
    }

    /// Will every node do?
    pub fn asks_for_nothing(&self) -> bool {
        self.selector.is_empty() && self.affinity.is_none()
    }

    /// Will the node do?
    pub fn matches(&self, node: &Node) -> bool {
        let labels = &node.metadata.labels;
        let selected = self
            .selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value));
        selected
            && self
                .affinity
                .is_none_or(|affinity| selects(affinity, labels, Some(&node.metadata.name)))
    }
}

/// Does one of the terms match a node with these labels, its name aside?
pub fn selects_labels(selector: &NodeSelector, labels: &Labels) -> bool {
    selects(selector, labels, None)
}

/// Models `LazyErrorNodeSelector.Match`.
fn selects(selector: &NodeSelector, labels: &Labels, name: Option<&str>) -> bool {
    let terms = &selector.node_selector_terms;
    terms.iter().any(|term| term_matches(term, labels, name))
}

/// An empty term matches nothing, and so does one that upstream can't parse.
fn term_matches(term: &NodeSelectorTerm, labels: &Labels, name: Option<&str>) -> bool {
    let expressions = &term.match_expressions;
    let fields_match = |name| term.match_fields.iter().all(|r| field_matches(r, name));
    !(expressions.is_empty() && term.match_fields.is_empty())
        && expressions.iter().all(|r| wrong_value(r).is_none())
        && expressions.iter().all(|r| r.matches(labels))
        && name.is_none_or(fields_match)
}

fn field_matches(requirement: &Requirement, name: &str) -> bool {
    let value = if &*requirement.key == NAME_FIELD {
        name
    } else {
        ""
    };
    match (&*requirement.operator, requirement.values.as_slice()) {
        ("In", [wanted]) => value == &**wanted,
        ("NotIn", [unwanted]) => value != &**unwanted,
        _ => false,
    }
}

/// The nodes that a selector names, if each of its terms names some.
fn node_names(selector: &NodeSelector) -> Option<Set<Rc<str>>> {
    let mut all: Option<Set<Rc<str>>> = None;
    for term in &selector.node_selector_terms {
        let named = term.match_fields.iter().filter(|requirement| {
            &*requirement.key == NAME_FIELD && &*requirement.operator == "In"
        });
        let sets = named.map(|requirement| requirement.values.iter().cloned().collect());
        let in_term: Set<Rc<str>> = sets.reduce(|a: Set<_>, b| {
            let in_both = a.iter().filter(|name| b.contains(*name));
            in_both.cloned().collect()
        })?;
        all.get_or_insert_default().extend(in_term.iter().cloned());
    }
    all
}

impl<'a> Filter<'a> for RequiredNodeAffinity<'a> {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        match self.matches(&node.node) {
            true => Ok(()),
            // No eviction mends a label: preemption skips this node.
            false => Err(Status::unresolvable(ERR_REASON_POD)),
        }
    }
}

struct Preferred<'a>(&'a [PreferredSchedulingTerm]);

impl Score for Preferred<'_> {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let matching = self
            .0
            .iter()
            .filter(|term| term_matches(&term.preference, node.labels(), Some(node.name())));
        matching.map(|term| term.weight).sum()
    }

    fn normalize(&self, scores: &mut [i64]) {
        default_normalize(scores, false);
    }
}

/// What upstream says of values that the API server lets through and the scheduler can't parse: a
/// bound of Gt or Lt is checked as a number there and as a label's value here.
fn mistakes(terms: &[PreferredSchedulingTerm]) -> Vec<String> {
    let terms = terms
        .iter()
        .enumerate()
        .filter(|(_, term)| term.weight != 0);
    let requirements = terms.flat_map(|(index, term)| {
        let requirements = term.preference.match_expressions.iter().enumerate();
        requirements.map(move |(number, requirement)| (index, number, requirement))
    });
    let wrong = requirements.filter_map(|(index, number, requirement)| {
        let (at, value) = wrong_value(requirement)?;
        let key = &requirement.key;
        let path = format!("[{index}].matchExpressions[{number}].values[{at}][{key}]");
        Some(format!(
            "{path}: Invalid value: \"{value}\": {NO_LABEL_VALUE}"
        ))
    });
    wrong.collect()
}

const NO_LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// The first bound of Gt or Lt that can't be a label's value, and its place among the values.
fn wrong_value(requirement: &Requirement) -> Option<(usize, &Rc<str>)> {
    if !matches!(&*requirement.operator, "Gt" | "Lt") {
        return None;
    }
    let mut values = requirement.values.iter().enumerate();
    values.find(|(_, value)| value.starts_with(['-', '+']))
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::decision::Outcome;
    use crate::cluster::scheduler::test_support::{Cluster, pod_info, rejections};

    const NODES: &[&str] = &[
        "metadata: {labels: {disk: ssd, cores: '8'}}",
        "metadata: {labels: {disk: hdd, cores: '4'}}",
    ];

    fn required(terms: &str) -> String {
        format!(
            "{{affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: \
             {{nodeSelectorTerms: {terms}}}}}}}}}"
        )
    }

    #[test]
    fn a_node_needs_the_labels_that_the_pod_asks_for() {
        let refused = "NodeAffinity";
        for (pod, expected) in [
            ("{nodeSelector: {disk: ssd}}".into(), ["", refused]),
            (
                "{nodeSelector: {disk: ssd, cores: '4'}}".into(),
                [refused, refused],
            ),
            (
                required("[{matchExpressions: [{key: cores, operator: Gt, values: ['4']}]}]"),
                ["", refused],
            ),
            (required("[{}]"), [refused, refused]),
            (
                required("[{matchExpressions: [{key: cores, operator: Gt, values: ['-1']}]}]"),
                [refused, refused],
            ),
            (
                required(
                    "[{matchFields: [{key: metadata.name, operator: NotIn, values: [node-1]}]}]",
                ),
                [refused, ""],
            ),
        ] {
            assert_eq!(rejections(NODES, &pod), expected, "{pod}");
        }
    }

    #[test]
    fn a_named_node_is_the_only_one_looked_at() {
        let pod =
            required("[{matchFields: [{key: metadata.name, operator: In, values: [node-2]}]}]");
        let decision = Cluster::new(NODES).decide(&pod_info("p", &pod));
        assert_eq!(decision.outcome, Outcome::Scheduled("node-2".into()));
        assert!(decision.rejected.is_empty());
    }

    #[test]
    fn a_negative_bound_passes_the_api_server_and_fails_here() {
        let pod = "{affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: \
             [{weight: 1, preference: {matchExpressions: [{key: cores, operator: Gt, values: ['-1']}]}}]}}}";
        let decision = Cluster::new(NODES).decide(&pod_info("p", pod));
        assert_eq!(decision.outcome, Outcome::Error);
        let start = "running PreScore plugin \"NodeAffinity\": \
             [0].matchExpressions[0].values[0][cores]: Invalid value: \"-1\"";
        assert!(decision.message.starts_with(start), "{}", decision.message);
    }
}
