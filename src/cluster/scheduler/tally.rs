//! What is asked about all Pods again and again, counted change by change: how many of each node are
//! meant by a selector, what Pods say about other Pods, and the places of all nodes by a label.
//! Upstream counts anew for each Pod that it places, on many cores; here a count goes on for as long
//! as somebody asks, and a new one begins among the Pods of a label. What it comes to is the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::node_info::{AffinityTerm, NodeInfo, PodInfo, TopologyPair};
use super::view::Slot;
use crate::api::pod::Pod;
use crate::api::selector::LabelSelector;
use crate::collections::{List, Map};
use crate::order;

/// So many counts go on at once; the one that nobody has asked for longest ends first.
const KEPT: usize = 32;

/// Who asks so often for something new goes on asking: from then on Pods are found by their labels. A copy that is made
/// to try one thing hardly asks that much.
const MANY: usize = 4;

/// Some Pods of each node that has any of them, by the node's slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally(Vec<(u32, u32)>);

impl Tally {
    fn add(&mut self, slot: Slot) {
        match self.find(slot) {
            Ok(at) => self.0[at].1 += 1,
            Err(at) => self.0.insert(at, (slot as u32, 1)),
        }
    }

    fn remove(&mut self, slot: Slot) {
        let Ok(at) = self.find(slot) else { return };
        self.0[at].1 -= 1;
        if self.0[at].1 == 0 {
            self.0.remove(at);
        }
    }

    fn find(&self, slot: Slot) -> Result<usize, usize> {
        self.0
            .binary_search_by_key(&(slot as u32), |(slot, _)| *slot)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of the Pods are on this node.
    pub fn at(&self, slot: Slot) -> i64 {
        let found = self.find(slot);
        found.map_or(0, |at| i64::from(self.0[at].1))
    }

    /// Nodes that have any of the Pods, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, i64)> {
        let pairs = self.0.iter();
        pairs.map(|(slot, pods)| (*slot as Slot, i64::from(*pods)))
    }

    /// For asking slot after slot, upwards.
    pub fn upwards(&self) -> Upwards<'_> {
        Upwards(&self.0)
    }
}

/// What is left of a [`Tally`].
pub struct Upwards<'a>(&'a [(u32, u32)]);

impl Upwards<'_> {
    /// How many of the Pods are on this node, which is behind the last one asked about.
    pub fn at(&mut self, slot: Slot) -> i64 {
        while let Some(((next, pods), rest)) = self.0.split_first() {
            match (*next as Slot).cmp(&slot) {
                std::cmp::Ordering::Less => self.0 = rest,
                std::cmp::Ordering::Equal => return i64::from(*pods),
                std::cmp::Ordering::Greater => break,
            }
        }
        0
    }
}

/// Which Pods are counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Those that all of these terms mean, whose namespaces are known by name.
    Meant(Vec<AffinityTerm>),
    /// Those of a namespace that a selector means and that aren't going.
    Staying(Rc<str>, LabelSelector),
}

impl Asked {
    fn means(&self, pod: &Pod) -> bool {
        let metadata = &pod.metadata;
        match self {
            Asked::Meant(terms) => terms.iter().all(|term| term.matches(pod, None)),
            Asked::Staying(namespace, selector) => {
                metadata.deletion_timestamp.is_none()
                    && metadata.namespace == *namespace
                    && selector.matches(&metadata.labels)
            }
        }
    }
}

/// Pods on nodes by namespace, label and value, then by name, with their slots: where one looks for those that a selector
/// means. Upstream goes through all Pods.
#[derive(Debug, Default)]
struct ByLabel(BTreeMap<[Rc<str>; 3], Group>);

type Group = BTreeMap<Rc<str>, (Slot, Rc<PodInfo>)>;

impl ByLabel {
    fn of(infos: &List<NodeInfo>) -> Self {
        let mut all = ByLabel::default();
        for (slot, pod) in pods(infos) {
            all.add(slot, pod);
        }
        all
    }

    fn add(&mut self, slot: Slot, pod: &Rc<PodInfo>) {
        let name = &pod.pod.metadata.name;
        for place in places(pod) {
            let group = self.0.entry(place).or_default();
            group.insert(name.clone(), (slot, pod.clone()));
        }
    }

    fn remove(&mut self, pod: &PodInfo) {
        for place in places(pod) {
            let Some(group) = self.0.get_mut(&place) else {
                continue;
            };
            group.remove(&pod.pod.metadata.name);
            if group.is_empty() {
                self.0.remove(&place);
            }
        }
    }

    /// Few Pods among which are all that are asked for; nothing where no label with a value says which.
    fn among(&self, asked: &Asked) -> Option<Vec<&Group>> {
        let (namespaces, selector): (Vec<&Rc<str>>, _) = match asked {
            Asked::Staying(namespace, selector) => (vec![namespace], selector),
            Asked::Meant(terms) => {
                let term = terms
                    .iter()
                    .find(|term| term.namespace_selector.is_none())?;
                (term.namespaces.iter().collect(), term.selector.as_ref()?)
            }
        };
        let exact = selector.match_labels.iter();
        let exact = exact.map(|(key, value)| (key, std::slice::from_ref(value)));
        let within = selector.match_expressions.iter();
        let within = within.filter(|one| &*one.operator == "In");
        let within = within.map(|one| (&one.key, &*one.values));
        let groups = exact.chain(within).map(|(key, values)| {
            let mut values: Vec<&Rc<str>> = values.iter().collect();
            order::sort(&mut values);
            values.dedup();
            let all = namespaces.iter().flat_map(|namespace| {
                let value = values.iter();
                value.map(|value| [(*namespace).clone(), key.clone(), (*value).clone()])
            });
            all.filter_map(|place| self.0.get(&place)).collect()
        });
        groups.min_by_key(|groups: &Vec<&Group>| {
            groups.iter().map(|group| group.len()).sum::<usize>()
        })
    }
}

fn places(pod: &PodInfo) -> impl Iterator<Item = [Rc<str>; 3]> {
    let metadata = &pod.pod.metadata;
    let labels = metadata.labels.iter();
    labels.map(|(key, value)| [metadata.namespace.clone(), key.clone(), value.clone()])
}

/// What a term of a Pod's that is on a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It had to be near.
    MustBeNear,
    /// It has to be far.
    MustBeFar,
    /// It likes to be near.
    LikesNear,
    /// It likes to be far.
    LikesFar,
}

/// A term, and the Pods that say it.
#[derive(Clone, Debug)]
pub struct Said {
    /// What for.
    pub wish: Wish,
    /// The term, whose namespaces may be meant by their labels.
    pub term: AffinityTerm,
    /// Who says it.
    pub pods: Tally,
}

/// The place of each node by one label.
pub type Column = Rc<[TopologyPair]>;

/// In a column: the node lacks the label.
pub const LACKING: TopologyPair = TopologyPair::MAX - 1;
/// In a column: there is no such node (any more).
pub const GONE: TopologyPair = TopologyPair::MAX;

/// What was asked. A clone has been asked nothing yet: else each write to the one would have to copy
/// what it shares with the other.
#[derive(Debug, Default)]
pub(super) struct Memo(RefCell<Answers>);

#[derive(Debug, Default)]
struct Answers {
    /// The one asked for last comes last.
    counts: Vec<(Asked, Rc<Tally>)>,
    /// How many counts were begun.
    begun: usize,
    by_label: Option<ByLabel>,
    said: Option<Rc<Vec<Said>>>,
    columns: Map<Rc<str>, Column>,
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Memo::default()
    }
}

impl Memo {
    /// The Pods that are asked for.
    pub fn count(&self, asked: Asked, infos: &List<NodeInfo>) -> Rc<Tally> {
        let answers = &mut *self.0.borrow_mut();
        let known = answers.counts.iter().position(|(known, _)| *known == asked);
        let entry = match known {
            Some(at) => answers.counts.remove(at),
            None => {
                answers.begun += 1;
                if answers.begun >= MANY && answers.by_label.is_none() {
                    answers.by_label = Some(ByLabel::of(infos));
                }
                let by_label = answers.by_label.as_ref();
                let few = by_label.and_then(|by_label| by_label.among(&asked));
                let tally = count_among(few, &asked, infos);
                (asked, Rc::new(tally))
            }
        };
        if answers.counts.len() == KEPT {
            answers.counts.remove(0);
        }
        let tally = entry.1.clone();
        answers.counts.push(entry);
        tally
    }

    /// What Pods say about other Pods.
    pub fn said(&self, infos: &List<NodeInfo>) -> Rc<Vec<Said>> {
        let answers = &mut self.0.borrow_mut();
        let said = answers.said.get_or_insert_with(|| {
            let mut said = Vec::new();
            for (slot, pod) in pods(infos) {
                listen(&mut said, slot, pod);
            }
            Rc::new(said)
        });
        said.clone()
    }

    /// The places of nodes by this label.
    pub fn column(&self, label: &str, infos: &List<NodeInfo>) -> Column {
        let columns = &mut self.0.borrow_mut().columns;
        if let Some(column) = columns.get(label) {
            return column.clone();
        }
        let place = |info: &Rc<NodeInfo>| match info.is_there() {
            true => info.topology_pair(label).unwrap_or(LACKING),
            false => GONE,
        };
        let column: Column = infos.iter().map(place).collect();
        columns.insert(label.into(), column.clone());
        column
    }

    /// A Pod is on a node now.
    pub fn add(&mut self, slot: Slot, pod: &Rc<PodInfo>) {
        let answers = self.0.get_mut();
        if let Some(by_label) = &mut answers.by_label {
            by_label.add(slot, pod);
        }
        for (asked, tally) in &mut answers.counts {
            if asked.means(&pod.pod) {
                Rc::make_mut(tally).add(slot);
            }
        }
        if let Some(said) = &mut answers.said
            && pod.has_affinity()
        {
            listen(Rc::make_mut(said), slot, pod);
        }
    }

    /// A Pod is on a node no more.
    pub fn remove(&mut self, slot: Slot, pod: &PodInfo) {
        let answers = self.0.get_mut();
        if let Some(by_label) = &mut answers.by_label {
            by_label.remove(pod);
        }
        for (asked, tally) in &mut answers.counts {
            if asked.means(&pod.pod) {
                Rc::make_mut(tally).remove(slot);
            }
        }
        if let Some(said) = &mut answers.said
            && pod.has_affinity()
        {
            let said = Rc::make_mut(said);
            for (wish, term) in wishes(pod) {
                let mut known = said.iter().enumerate();
                let known = known.find(|(_, said)| said.wish == wish && said.term == *term);
                let Some((at, _)) = known else { continue };
                said[at].pods.remove(slot);
                if said[at].pods.is_empty() {
                    said.swap_remove(at);
                }
            }
        }
    }

    /// A node has come or gone, or has other labels.
    pub fn forget_columns(&mut self) {
        self.0.get_mut().columns = Map::new();
    }
}

fn pods(infos: &List<NodeInfo>) -> impl Iterator<Item = (Slot, &Rc<PodInfo>)> {
    let infos = infos.iter().enumerate();
    infos.flat_map(|(slot, info)| info.pods.iter().map(move |pod| (slot, pod)))
}

/// The count of those that are meant among these, or else among all.
fn count_among(few: Option<Vec<&Group>>, asked: &Asked, infos: &List<NodeInfo>) -> Tally {
    let mut tally = Tally::default();
    let mut look = |slot: Slot, pod: &PodInfo| {
        if asked.means(&pod.pod) {
            tally.add(slot);
        }
    };
    match few {
        Some(groups) => {
            let its = groups.into_iter().flat_map(BTreeMap::values);
            its.for_each(|(slot, pod)| look(*slot, pod));
        }
        None => pods(infos).for_each(|(slot, pod)| look(slot, pod)),
    }
    tally
}

fn wishes(pod: &PodInfo) -> impl Iterator<Item = (Wish, &AffinityTerm)> {
    let all = [
        (Wish::MustBeNear, &pod.required_affinity),
        (Wish::MustBeFar, &pod.required_anti_affinity),
        (Wish::LikesNear, &pod.preferred_affinity),
        (Wish::LikesFar, &pod.preferred_anti_affinity),
    ];
    let all = all.into_iter();
    all.flat_map(|(wish, terms)| terms.iter().map(move |term| (wish, term)))
}

fn listen(said: &mut Vec<Said>, slot: Slot, pod: &PodInfo) {
    for (wish, term) in wishes(pod) {
        let mut known = said.iter_mut();
        match known.find(|said| said.wish == wish && said.term == *term) {
            Some(said) => said.pods.add(slot),
            None => {
                let mut pods = Tally::default();
                pods.add(slot);
                let term = term.clone();
                said.push(Said { wish, term, pods });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::{Asked, ByLabel};
    use crate::api::Object;
    use crate::api::meta::Labels;
    use crate::api::selector::{LabelSelector, Requirement};
    use crate::cluster::scheduler::cycle::{Sampling, decide};
    use crate::cluster::scheduler::node_info::PodInfo;
    use crate::cluster::scheduler::test_support::{pod_info, pod_object, yaml};
    use crate::cluster::scheduler::view::ClusterView;

    const TERM: &str = "topologyKey: zone, labelSelector: {matchLabels: {app: web}}";

    /// Pods that ask about other Pods in every way.
    fn specs() -> Vec<String> {
        let kinds = ["podAffinity", "podAntiAffinity"];
        let required = kinds.map(|kind| {
            format!(
                "{{affinity: {{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{{{TERM}}}]}}}}}}"
            )
        });
        let preferred = kinds.map(|kind| {
            format!(
                "{{affinity: {{{kind}: {{preferredDuringSchedulingIgnoredDuringExecution: \
                 [{{weight: 7, podAffinityTerm: {{{TERM}}}}}]}}}}}}"
            )
        });
        let spread = ["DoNotSchedule", "ScheduleAnyway"].map(|when| {
            format!(
                "{{topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: {when}, {TERM}}}]}}"
            )
        });
        let none = ["{}".to_owned()];
        required
            .into_iter()
            .chain(preferred)
            .chain(spread)
            .chain(none)
            .collect()
    }

    /// Pods that ask for something that nobody has asked for before.
    fn asking_anew(number: usize) -> [String; 2] {
        let term = format!(
            "topologyKey: zone, labelSelector: {{matchExpressions: [{{key: app, operator: In, values: [web, x{number}]}}]}}"
        );
        [
            format!(
                "{{topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: DoNotSchedule, {term}}}]}}"
            ),
            format!(
                "{{affinity: {{podAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{{term}}}]}}}}}}"
            ),
        ]
    }

    fn node(name: u8, zone: u8) -> Object {
        let labels = match zone {
            0 => String::new(),
            zone => format!(", labels: {{zone: z{zone}}}"),
        };
        Object::new(yaml(&format!(
            "{{apiVersion: v1, kind: Node, metadata: {{name: n{name}{labels}}}, \
             status: {{allocatable: {{cpu: '4', memory: 8Gi, pods: '9'}}}}}}"
        )))
        .expect("a Node")
    }

    /// What happens to one of a few Pods or Nodes.
    fn change(view: &mut ClusterView, (what, which, of, to): (u8, u8, u8, u8), specs: &[String]) {
        let node = node(which % 4, to % 3);
        let (name, on) = (format!("p{which}"), format!("n{}", to % 4));
        let mut pod: Vec<(&[&str], &str)> = vec![(&["spec", "nodeName"], &on)];
        if of % 2 == 0 {
            pod.push((&["metadata", "labels", "app"], "web"));
        }
        if what == 4 {
            pod.push((&["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z"));
        }
        let pod = pod_object(&name, &specs[of as usize % specs.len()], &pod);
        match what {
            0 => view.take(&node.key(), Some(&node)),
            1 => view.take(&node.key(), None),
            2 => view.take(&pod.key(), None),
            _ => view.take(&pod.key(), Some(&pod)),
        }
        view.settle();
    }

    #[test]
    fn all_that_a_selector_means_are_among_those_of_its_labels() {
        let labels = |text: &str| -> Labels {
            let words = text.split_whitespace();
            let pairs = words.filter_map(|word| word.split_once('='));
            pairs
                .map(|(key, value)| (key.into(), value.into()))
                .collect()
        };
        let all = [
            "app=web",
            "app=web tier=a",
            "app=db tier=a",
            "app=db",
            "tier=b",
            "",
        ];
        let pods: Vec<Rc<PodInfo>> = (all.iter().enumerate())
            .map(|(number, text)| {
                let mut pod = pod_info(&format!("p{number}"), "{}");
                Rc::make_mut(&mut pod.pod).metadata.labels = labels(text);
                Rc::new(pod)
            })
            .collect();
        let mut by_label = ByLabel::default();
        for (slot, pod) in pods.iter().enumerate() {
            by_label.add(slot, pod);
        }
        let namespace = pods[0].pod.metadata.namespace.clone();
        let within = |values: &[&str]| Requirement {
            key: "app".into(),
            operator: "In".into(),
            values: values.iter().map(|value| Rc::from(*value)).collect(),
        };
        for (exact, values, few) in [
            ("app=web", None, Some(2)),
            ("app=web tier=a", None, Some(2)),
            ("", Some(&["web", "db", "web"][..]), Some(4)),
            ("tier=b", Some(&["web", "db"][..]), Some(1)),
            ("app=none", None, Some(0)),
            ("", None, None),
        ] {
            let selector = LabelSelector {
                match_labels: labels(exact),
                match_expressions: values.into_iter().map(within).collect(),
            };
            let asked = Asked::Staying(namespace.clone(), selector);
            let groups = by_label.among(&asked);
            let those = groups.map(|groups| {
                let its = groups.into_iter().flat_map(|group| group.values());
                its.map(|(slot, _)| *slot).collect::<Vec<_>>()
            });
            assert_eq!(those.as_ref().map(Vec::len), few, "{exact} {values:?}");
            let means = |slot: &usize| asked.means(&pods[*slot].pod);
            let those = those.unwrap_or_else(|| (0..pods.len()).collect());
            let found = those.iter().filter(|slot| means(slot)).count();
            let meant = (0..pods.len()).filter(means).count();
            assert_eq!(found, meant, "{exact} {values:?}");
        }
        for pod in &pods {
            by_label.remove(pod);
        }
        assert!(by_label.0.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_count_that_goes_on_comes_to_what_one_begun_anew_does(
            changes in prop::collection::vec((0..8_u8, 0..12_u8, 0..8_u8, 0..12_u8), 1..40)
        ) {
            let specs = specs();
            let mut view = ClusterView::default();
            for name in 0..4 {
                let node = node(name, name % 3);
                view.take(&node.key(), Some(&node));
            }
            view.settle();
            for (number, step) in changes.into_iter().enumerate() {
                change(&mut view, step, &specs);
                // A clone has been asked nothing yet.
                let anew = view.clone();
                for spec in specs.iter().chain(&asking_anew(number)) {
                    let mut pod = pod_info("new", spec);
                    let labelled = std::rc::Rc::make_mut(&mut pod.pod);
                    labelled.metadata.labels.insert("app".into(), "web".into());
                    let decide = |view| decide(view, &pod, Sampling::ALL, &mut |_| 0);
                    prop_assert_eq!(decide(&view), decide(&anew));
                }
            }
        }
    }
}
