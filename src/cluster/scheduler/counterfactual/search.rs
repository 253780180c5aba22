//! Tries one change after another: each on a copy of the cluster, through all filters.

use std::rc::Rc;

use super::candidates::{HOSTNAME, candidates};
use super::edit::{Edit, PodEdit};
use crate::api::quantity::Quantity;
use crate::api::{Object, ObjectKey, Value, validation};
use crate::cluster::Store;
use crate::cluster::scheduler::cycle::{Sampling, decide};
use crate::cluster::scheduler::node_info::PodInfo;
use crate::cluster::scheduler::resource::written;
use crate::cluster::scheduler::view::{ClusterView, key_of};

/// A change that makes the Pod fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The change.
    pub edit: Edit,
    /// Nodes that it would fit then, in the order in which they are tried.
    pub fits: Vec<Rc<str>>,
}

/// A search for the changes with which one Pod would fit.
#[derive(Clone, Debug)]
pub struct Search {
    store: Store,
    view: ClusterView,
    pod: Rc<Object>,
    /// What is still to be tried, the next one last.
    left: Vec<Edit>,
    /// How many there were.
    all: usize,
}

impl Search {
    /// For a Pod without a node, at the moment of this store; `None` where there is no such Pod, or
    /// where it fits as it is.
    pub fn new(store: &Store, pod: &ObjectKey) -> Option<Self> {
        let object = store.get(pod)?.clone();
        let spec = object.pod().filter(|pod| pod.spec.node_name.is_empty())?;
        let mut view = ClusterView::of(store);
        view.remove_pod(&key_of(spec));
        let now = decide(
            &view,
            &PodInfo::new(spec.clone()),
            Sampling::ALL,
            &mut |_| 0,
        );
        if !now.feasible.is_empty() {
            return None;
        }
        let mut left = candidates(&view, spec, &object.value, &now);
        left.reverse();
        Some(Search {
            all: left.len(),
            store: store.clone(),
            pod: object,
            view,
            left,
        })
    }

    /// How many changes were tried, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.all - self.left.len(), self.all)
    }

    /// Tries the next change: `None` after the last, `Some(None)` if it doesn't help.
    pub fn step(&mut self) -> Option<Option<Offer>> {
        let edit = self.left.pop()?;
        let edit = match edit {
            Edit::Pod(PodEdit::Lower {
                path,
                resource,
                from,
                ..
            }) => self.lowest_cut(
                |to| {
                    Edit::Pod(PodEdit::Lower {
                        path: path.clone(),
                        resource: resource.clone(),
                        from: from.clone(),
                        to: written(&resource, to).as_str().into(),
                    })
                },
                amount(&resource, &from),
            ),
            edit => Some(edit),
        };
        Some(edit.and_then(|edit| {
            let fits = self.fits(&edit);
            (!fits.is_empty()).then_some(Offer { edit, fits })
        }))
    }

    /// The most that may be asked for, below `most`: less always fits where more does.
    fn lowest_cut(&self, edit: impl Fn(i64) -> Edit, most: i64) -> Option<Edit> {
        let fits = |to: i64| !self.fits(&edit(to)).is_empty();
        if most <= 0 || !fits(0) {
            return None;
        }
        let (mut enough, mut too_much) = (0, most);
        while too_much - enough > 1 {
            let middle = enough + (too_much - enough) / 2;
            match fits(middle) {
                true => enough = middle,
                false => too_much = middle,
            }
        }
        // A round number is easier to remember, where it asks for almost as much.
        let rounded = [1000, 500, 100, 50, 10]
            .into_iter()
            .map(|unit| enough / unit * unit)
            .find(|rounded| *rounded > 0 && enough - rounded <= enough / 20);
        Some(edit(rounded.unwrap_or(enough)))
    }

    /// The nodes that the Pod would fit after the change.
    fn fits(&self, edit: &Edit) -> Vec<Rc<str>> {
        let found = match edit {
            Edit::Pod(edit) => self.with_pod(&edit.applied(&self.pod.value)),
            Edit::Node { node, edit } => {
                let node = self.store.get(&ObjectKey::node(node));
                node.and_then(|node| self.with_node(edit.applied(&node.value)))
            }
            Edit::Delete { pod, .. } => {
                let mut view = self.view.clone();
                view.remove_pod(&(pod.namespace.clone(), pod.name.clone()));
                self.pod_in(&view)
            }
            Edit::AddLike(node) => {
                let node = self.store.get(&ObjectKey::node(node));
                node.and_then(|node| self.with_node(another(&node.value)))
            }
        };
        found.unwrap_or_default()
    }

    fn pod_in(&self, view: &ClusterView) -> Option<Vec<Rc<str>>> {
        let pod = PodInfo::new(self.pod.pod()?.clone());
        Some(decide(view, &pod, Sampling::ALL, &mut |_| 0).feasible)
    }

    fn with_pod(&self, value: &Value) -> Option<Vec<Rc<str>>> {
        // One that the API server would refuse helps nobody.
        if !validation::errors_as_written(value).is_empty() {
            return None;
        }
        let object = Object::new(value.clone()).ok()?;
        let pod = PodInfo::new(object.pod()?.clone());
        Some(decide(&self.view, &pod, Sampling::ALL, &mut |_| 0).feasible)
    }

    fn with_node(&self, node: Value) -> Option<Vec<Rc<str>>> {
        let object = Object::new(node).ok()?;
        let mut view = self.view.clone();
        view.take(&object.key(), Some(&object));
        view.settle();
        self.pod_in(&view)
    }
}

/// A node like this one, under a name that none has, and ready for Pods.
fn another(node: &Value) -> Value {
    let mut node = node.clone();
    let name = format!("{}-more", node.text_at(&["metadata", "name"]));
    node.set(&["metadata", "labels", HOSTNAME], name.as_str());
    node.set(&["metadata", "name"], name);
    node.remove(&["spec", "unschedulable"]);
    node
}

/// In thousandths for CPU, in whole units (bytes, pieces) for everything else.
fn amount(resource: &str, text: &str) -> i64 {
    let quantity = Quantity::parse(text).unwrap_or_default();
    match resource {
        "cpu" => quantity.milli_value(),
        _ => quantity.value(),
    }
}
