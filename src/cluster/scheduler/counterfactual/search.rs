//! Tries one change after another: each on a copy of the cluster, through all filters.

use std::rc::Rc;

use super::candidates::{HOSTNAME, candidates};
use super::edit::{Edit, NodeEdit, PodEdit};
use crate::api::path::Step;
use crate::api::quantity::Quantity;
use crate::api::{Object, ObjectKey, Value, validation};
use crate::cluster::Store;
use crate::cluster::scheduler::cycle::{Sampling, decide, nodes_that_fit};
use crate::cluster::scheduler::decision::Decision;
use crate::cluster::scheduler::node_info::PodInfo;
use crate::cluster::scheduler::resource::written;
use crate::cluster::scheduler::view::ClusterView;

/// A change that makes the Pod fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The change.
    pub edit: Edit,
    /// Nodes that it would fit then, in the order in which they are tried.
    pub fits: Vec<Rc<str>>,
}

/// A search for the changes with which one Pod would fit. It goes on step by step: the longest is the first
/// decision over all nodes, and how far a request has to be cut is asked one cut a step.
#[derive(Clone, Debug)]
pub struct Search {
    store: Store,
    view: ClusterView,
    pod: Rc<Object>,
    /// What the scheduler would decide without any change.
    now: Option<Rc<Decision>>,
    stage: Stage,
}

/// How far a search is.
#[derive(Clone, Debug)]
enum Stage {
    /// These objects are still to be counted.
    Counting(Vec<(ObjectKey, Rc<Object>)>),
    /// Where would it fit as it is?
    Asking,
    /// It fits nowhere: what is worth a try?
    Listing,
    /// Changes are tried.
    Trying(Trying),
    /// It fits these nodes as it is.
    Fits(Vec<Rc<str>>),
}

#[derive(Clone, Debug)]
struct Trying {
    /// What is still to be tried, the next one last.
    left: Vec<Edit>,
    /// How many there were.
    all: usize,
    /// Does the end of a Pod concern no other node than its own?
    stays_local: bool,
    /// A request for which it isn't known yet how far it has to be cut.
    cut: Option<Cut>,
}

/// A request between what is enough of a cut and what is too little: less always fits where more does.
#[derive(Clone, Debug)]
struct Cut {
    path: Vec<Step>,
    resource: Rc<str>,
    from: Rc<str>,
    /// The most that is known to fit; `None` before anything is.
    fits: Option<i64>,
    /// The least that is known not to.
    too_much: i64,
}

impl Cut {
    fn to(&self, amount: i64) -> Edit {
        Edit::Pod(PodEdit::Lower {
            path: self.path.clone(),
            resource: self.resource.clone(),
            from: self.from.clone(),
            to: written(&self.resource, amount).as_str().into(),
        })
    }

    /// What has to be tried next, if anything: nothing at all first, then the middle.
    fn next(&self) -> Option<i64> {
        match self.fits {
            None if self.too_much > 0 => Some(0),
            Some(fits) if self.too_much - fits > 1 => Some(fits + (self.too_much - fits) / 2),
            _ => None,
        }
    }

    fn tried(&mut self, amount: i64, fits: bool) {
        match fits {
            true => self.fits = Some(amount),
            false => self.too_much = amount,
        }
    }

    /// The smallest cut, or one to a round number, which is easier to remember, where that asks for almost
    /// as much.
    fn smallest(&self) -> Option<Edit> {
        let enough = self.fits?;
        let units = [1000, 500, 100, 50, 10].into_iter();
        let mut rounded = units.map(|unit| enough / unit * unit);
        let rounded = rounded.find(|rounded| *rounded > 0 && enough - rounded <= enough / 20);
        Some(self.to(rounded.unwrap_or(enough)))
    }
}

/// So many objects are counted in one step.
const COUNTED_AT_ONCE: usize = 200;

impl Search {
    /// For a Pod without a node, at the moment of this store; `None` where there is no such Pod.
    pub fn new(store: &Store, pod: &ObjectKey) -> Option<Self> {
        let object = store.get(pod)?.clone();
        let spec = object.pod()?;
        if !spec.spec.node_name.is_empty() {
            return None;
        }
        let counts = |(key, _): &(&ObjectKey, &Rc<Object>)| &*key.kind != "Event" && *key != pod;
        let objects = store.objects().iter().filter(counts);
        let mut objects: Vec<_> = objects
            .map(|(key, object)| (key.clone(), object.clone()))
            .collect();
        objects.reverse();
        Some(Search {
            store: store.clone(),
            view: ClusterView::default(),
            pod: object,
            now: None,
            stage: Stage::Counting(objects),
        })
    }

    /// How many changes were tried, of how many; `None` while that isn't known yet.
    pub fn progress(&self) -> Option<(usize, usize)> {
        match &self.stage {
            Stage::Counting(_) | Stage::Asking | Stage::Listing => None,
            Stage::Trying(Trying { left, all, cut, .. }) => {
                Some((all - left.len() - usize::from(cut.is_some()), *all))
            }
            Stage::Fits(_) => Some((0, 0)),
        }
    }

    /// What the scheduler would decide without any change, over all nodes, once that is known. Where several
    /// nodes are as good, the first of them stands for the one that would be drawn.
    pub fn now(&self) -> Option<&Rc<Decision>> {
        self.now.as_ref()
    }

    /// The nodes that the Pod fits without any change; none before that is known.
    pub fn fits_already(&self) -> &[Rc<str>] {
        match &self.stage {
            Stage::Fits(nodes) => nodes,
            _ => &[],
        }
    }

    /// Tries no other change of the kind of this one.
    pub fn leave_out(&mut self, like: &Edit) {
        if let Stage::Trying(trying) = &mut self.stage {
            trying.left.retain(|edit| edit.kind() != like.kind());
        }
    }

    /// Goes on: `None` at the end, `Some(None)` if nothing new was found.
    pub fn step(&mut self) -> Option<Option<Offer>> {
        match &mut self.stage {
            Stage::Counting(objects) => {
                let rest = objects.len().saturating_sub(COUNTED_AT_ONCE);
                for (key, object) in objects.drain(rest..).rev() {
                    self.view.take(&key, Some(&object));
                }
                if objects.is_empty() {
                    self.view.settle();
                    self.stage = Stage::Asking;
                }
                Some(None)
            }
            Stage::Asking => {
                let pod = PodInfo::new(self.pod.pod()?.clone());
                let now = decide(&self.view, &pod, Sampling::ALL, &mut |_| 0);
                self.stage = match now.feasible.is_empty() {
                    true => Stage::Listing,
                    false => Stage::Fits(now.feasible.clone()),
                };
                self.now = Some(Rc::new(now));
                Some(None)
            }
            Stage::Listing => {
                let now = self.now.as_ref()?;
                let found = candidates(&self.view, self.pod.pod()?, &self.pod.value, now);
                let mut left = found.edits;
                left.reverse();
                self.stage = Stage::Trying(Trying {
                    all: left.len(),
                    left,
                    stays_local: found.stays_local,
                    cut: None,
                });
                Some(None)
            }
            Stage::Trying(trying) => {
                let Some(cut) = trying.cut.take() else {
                    let edit = trying.left.pop()?;
                    return Some(self.tried(edit));
                };
                Some(self.cut(cut))
            }
            Stage::Fits(_) => None,
        }
    }

    fn tried(&mut self, edit: Edit) -> Option<Offer> {
        match edit {
            Edit::Pod(PodEdit::Lower {
                path,
                resource,
                from,
                ..
            }) => self.cut(Cut {
                too_much: amount(&resource, &from),
                fits: None,
                path,
                resource,
                from,
            }),
            edit => self.offer(edit),
        }
    }

    fn offer(&self, edit: Edit) -> Option<Offer> {
        let fits = self.fits(&edit);
        (!fits.is_empty()).then_some(Offer { edit, fits })
    }

    /// One trial of how far a request has to be cut; after the last the smallest cut.
    fn cut(&mut self, mut cut: Cut) -> Option<Offer> {
        let Some(amount) = cut.next() else {
            return self.offer(cut.smallest()?);
        };
        let fits = !self.fits(&cut.to(amount)).is_empty();
        if amount == 0 && !fits {
            return None;
        }
        cut.tried(amount, fits);
        if let Stage::Trying(trying) = &mut self.stage {
            trying.cut = Some(cut);
        }
        None
    }

    /// The nodes that the Pod would fit after the change.
    fn fits(&self, edit: &Edit) -> Vec<Rc<str>> {
        let found = match edit {
            Edit::Pod(edit) => self.with_pod(&edit.applied(&self.pod.value)),
            Edit::Node { node, edit } => {
                let node = self.store.get(&ObjectKey::node(node));
                node.and_then(|node| self.with_node(edit.applied(&node.value)))
            }
            Edit::Delete { pod, node } => {
                let mut view = self.view.clone();
                view.remove_pod(&(pod.namespace.clone(), pod.name.clone()));
                self.pod_in(&view, self.stays_local().then_some(&**node))
            }
            Edit::AddLike(node) => {
                let node = self.store.get(&ObjectKey::node(node));
                node.and_then(|node| self.with_node(another(&node.value)))
            }
        };
        found.unwrap_or_default()
    }

    fn stays_local(&self) -> bool {
        matches!(&self.stage, Stage::Trying(trying) if trying.stays_local)
    }

    fn pod_in(&self, view: &ClusterView, on: Option<&str>) -> Option<Vec<Rc<str>>> {
        let pod = PodInfo::new(self.pod.pod()?.clone());
        Some(nodes_that_fit(view, &pod, on))
    }

    fn with_pod(&self, value: &Value) -> Option<Vec<Rc<str>>> {
        // One that the API server would refuse helps nobody.
        if !validation::errors_as_written(value).is_empty() {
            return None;
        }
        let object = Object::new(value.clone()).ok()?;
        let pod = PodInfo::new(object.pod()?.clone());
        Some(nodes_that_fit(&self.view, &pod, None))
    }

    fn with_node(&self, node: Value) -> Option<Vec<Rc<str>>> {
        let object = Object::new(node).ok()?;
        let mut view = self.view.clone();
        view.take(&object.key(), Some(&object));
        view.settle();
        self.pod_in(&view, None)
    }
}

/// A node like this one, under a name that none has, and ready for Pods.
fn another(node: &Value) -> Value {
    let mut node = node.clone();
    let name = format!("{}-more", node.text_at(&["metadata", "name"]));
    node.set(&["metadata", "labels", HOSTNAME], name.as_str());
    node.set(&["metadata", "name"], name);
    NodeEdit::Uncordon.applied(&node)
}

/// In thousandths for CPU, in whole units (bytes, pieces) for everything else.
fn amount(resource: &str, text: &str) -> i64 {
    let quantity = Quantity::parse(text).unwrap_or_default();
    match resource {
        "cpu" => quantity.milli_value(),
        _ => quantity.value(),
    }
}
