//! What nodes answered to a Pod, kept for the next one that asks for the same, for as long as nothing
//! about the node changes: the Pods of a Deployment ask one after another, and of thousands of nodes one
//! changes in between. Upstream signs Pods to the same end (`SignPlugin` in `interface.go`), and reuses the
//! order of nodes; here the answers are reused, so that what is decided is the same.

use std::cell::RefCell;
use std::rc::Rc;

use super::decision::Rejection;
use super::node_info::{PodInfo, host_ports};
use super::preemption::Candidate;
use super::resource::Resource;
use super::view::Slot;
use crate::api::pod::Pod;

/// Answers to so many different Pods are kept; those that nobody has asked for longest go first.
const KEPT: usize = 8;

/// What came of taking the less important Pods from a node.
pub type Tried = Result<Rc<Candidate>, Rc<Rejection>>;

/// What each node answered to Pods that ask for the same.
#[derive(Debug)]
pub(super) struct Answers {
    /// One of them.
    pod: Rc<Pod>,
    requests: Resource,
    /// What nodes say that don't fit.
    said: Vec<Rejection>,
    /// By slot: does the Pod fit as far as the node alone is asked? 0 is not known, 1 is yes, and from 2 on
    /// it is a number of `said`.
    fits: Vec<u32>,
    /// By slot; `None` is not known.
    tried: Vec<Option<Tried>>,
}

const FITS: u32 = 1;
const SAID: u32 = 2;

impl Answers {
    fn new(pod: &PodInfo) -> Self {
        Answers {
            pod: pod.pod.clone(),
            requests: pod.requests.real.clone(),
            said: Vec::new(),
            fits: Vec::new(),
            tried: Vec::new(),
        }
    }

    /// Does this Pod ask nodes for the same? All that is read by filters which
    /// [look at the node alone](super::framework::Filter::asks_the_node_alone) and by preemption has to be
    /// here.
    fn are_for(&self, pod: &PodInfo) -> bool {
        let (own, other) = (&self.pod.spec, &pod.pod.spec);
        own.priority == other.priority
            && self.requests == pod.requests.real
            && own.node_name == other.node_name
            && own.node_selector == other.node_selector
            && own.affinity.node_affinity == other.affinity.node_affinity
            && own.tolerations == other.tolerations
            && host_ports(&self.pod).eq(host_ports(&pod.pod))
    }

    /// What the node in this slot answered, if that is known.
    pub fn of(&self, slot: Slot) -> Option<Result<(), &Rejection>> {
        match *self.fits.get(slot)? {
            0 => None,
            FITS => Some(Ok(())),
            said => Some(Err(&self.said[(said - SAID) as usize])),
        }
    }

    /// Keeps what the node answers.
    pub fn keep(&mut self, slot: Slot, answer: &Result<(), Rejection>) {
        let number = match answer {
            Ok(()) => FITS,
            Err(rejection) => {
                let known = self.said.iter().position(|known| known.is(rejection));
                let number = known.unwrap_or_else(|| {
                    self.said.push(rejection.clone());
                    self.said.len() - 1
                });
                number as u32 + SAID
            }
        };
        if self.fits.len() <= slot {
            self.fits.resize(slot + 1, 0);
        }
        self.fits[slot] = number;
    }

    /// What came of a trial on the node in this slot, if that is known.
    pub fn tried(&self, slot: Slot) -> Option<&Tried> {
        self.tried.get(slot)?.as_ref()
    }

    /// Keeps what came of a trial.
    pub fn keep_tried(&mut self, slot: Slot, tried: Tried) {
        if self.tried.len() <= slot {
            self.tried.resize(slot + 1, None);
        }
        self.tried[slot] = Some(tried);
    }

    fn forget(&mut self, slot: Slot) {
        if let Some(fits) = self.fits.get_mut(slot) {
            *fits = 0;
        }
        if let Some(tried) = self.tried.get_mut(slot) {
            *tried = None;
        }
    }
}

/// Answers to the last Pods. A clone has none: it is asked something else, or nothing.
#[derive(Debug, Default)]
pub(super) struct Kept(RefCell<Vec<Answers>>);

impl Clone for Kept {
    fn clone(&self) -> Self {
        Kept::default()
    }
}

impl Kept {
    /// The answers to Pods like this one, to be [put back](Kept::put_back) with what is new.
    pub fn take(&self, pod: &PodInfo) -> Answers {
        let mut kept = self.0.borrow_mut();
        let known = kept.iter().position(|answers| answers.are_for(pod));
        match known {
            Some(known) => kept.remove(known),
            None => Answers::new(pod),
        }
    }

    /// Keeps answers.
    pub fn put_back(&self, answers: Answers) {
        let mut kept = self.0.borrow_mut();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(answers);
    }

    /// Something about a node has changed.
    pub fn forget(&mut self, slot: Slot) {
        for answers in self.0.get_mut() {
            answers.forget(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::api::Object;
    use crate::cluster::scheduler::cycle::{Sampling, decide};
    use crate::cluster::scheduler::test_support::{pod_info, pod_object, yaml};
    use crate::cluster::scheduler::view::ClusterView;

    /// Each asks for something else than the first, and all that two Pods are compared by is in one.
    const SPECS: &[&str] = &[
        "{priority: 5, containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 9, containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 5, containers: [{name: c, resources: {requests: {cpu: '3'}}}]}",
        "{priority: 5, nodeSelector: {zone: z1}, \
         containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 5, affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
         {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [z2]}]}]}}}, \
         containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 5, tolerations: [{operator: Exists}], \
         containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 5, containers: [{name: c, resources: {requests: {cpu: '2'}}, \
         ports: [{containerPort: 80, hostPort: 80}]}]}",
        "{priority: 5, nodeName: n2, containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
        "{priority: 5, affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
         [{topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]}}, \
         containers: [{name: c, resources: {requests: {cpu: '2'}}}]}",
    ];

    fn node(name: u8, how: u8) -> Object {
        let spec = match how % 4 {
            0 => "{unschedulable: true}",
            1 => "{taints: [{key: old, effect: NoSchedule}]}",
            _ => "{}",
        };
        let (zone, cpu) = (how % 3, 3 + how % 3);
        Object::new(yaml(&format!(
            "{{apiVersion: v1, kind: Node, metadata: {{name: n{name}, labels: {{zone: z{zone}}}}}, \
             spec: {spec}, status: {{allocatable: {{cpu: '{cpu}', memory: 8Gi, pods: '5'}}}}}}"
        )))
        .expect("a Node")
    }

    fn pod(name: &str, of: u8, change: &[&str], to: u8) -> Object {
        let (node, priority) = (format!("n{}", to % 4), i64::from(of % 8));
        let port = match of % 3 {
            0 => "ports: [{containerPort: 80, hostPort: 80}], ",
            _ => "",
        };
        let spec = format!(
            "{{priority: {priority}, \
             containers: [{{name: c, {port}resources: {{requests: {{cpu: '1'}}}}}}]}}"
        );
        let mut changes = vec![(change, &*node)];
        if of.is_multiple_of(2) {
            changes.push((&["metadata", "labels", "app"], "web"));
        }
        pod_object(name, &spec, &changes)
    }

    /// What happens to one of a few objects.
    fn change(view: &mut ClusterView, (what, which, of, to): (u8, u8, u8, u8)) {
        let node = node(which % 4, of);
        let budget = Object::new(yaml(
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, \
             metadata: {namespace: default, name: b}, \
             spec: {selector: {matchLabels: {app: web}}}, status: {disruptionsAllowed: 1}}",
        ));
        let budget = budget.expect("a budget");
        // Promised to the one that asks, too.
        let waiting = if which == 0 {
            "new".to_owned()
        } else {
            format!("w{}", which % 3)
        };
        let waiting = pod(&waiting, of, &["status", "nominatedNodeName"], to);
        let placed = pod(&format!("p{which}"), of, &["spec", "nodeName"], to);
        match what {
            0 => view.take(&node.key(), Some(&node)),
            1 => view.take(&node.key(), None),
            2 => view.take(&placed.key(), None),
            3 => view.take(&waiting.key(), Some(&waiting)),
            4 => view.take(&waiting.key(), None),
            5 => view.take(&budget.key(), of.is_multiple_of(2).then_some(&budget)),
            _ => view.take(&placed.key(), Some(&placed)),
        }
        view.settle();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn what_is_decided_from_kept_answers_is_what_nodes_asked_anew_say(
            changes in prop::collection::vec((0..12_u8, 0..12_u8, 0..12_u8, 0..12_u8), 1..50)
        ) {
            let mut view = ClusterView::default();
            for name in 0..4 {
                let node = node(name, name + 2);
                view.take(&node.key(), Some(&node));
            }
            view.settle();
            for step in changes {
                change(&mut view, step);
                // Fewer than are kept at once.
                let asking = SPECS.iter().skip(usize::from(step.3) % 3 * 3).take(3);
                for spec in asking {
                    // A node may be promised to one of the two, or to both.
                    for name in ["new", "w1"] {
                        let pod = pod_info(name, spec);
                        let decide = |view| decide(view, &pod, Sampling::ALL, &mut |_| 0);
                        // A clone keeps no answers.
                        prop_assert_eq!(decide(&view), decide(&view.clone()));
                    }
                }
            }
        }
    }
}
