//! What happened in the cluster, as the queue tells it to plugins that rejected a Pod.
//! Models `pkg/scheduler/framework/events.go` and `ClusterEvent`.
//! Left out: generated resource claims, declared features.

use std::ops::BitOr;

use crate::api::node::{Node, ResourceList};
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, View};
use crate::cluster::scheduler::resource::PodRequests;

/// Something that happened to one object.
#[derive(Clone, Copy)]
pub struct ClusterEvent<'a> {
    /// To what.
    pub what: What<'a>,
    /// What exactly; of an update, everything that changed.
    pub actions: Actions,
}

/// The object before and after; `None` where it wasn't or isn't there.
#[derive(Clone, Copy)]
pub enum What<'a> {
    /// A Node.
    Node(Option<&'a Node>, Option<&'a Node>),
    /// A Pod. One that is bound or finished came or went, as far as a node is concerned.
    Pod(Option<&'a Pod>, Option<&'a Pod>),
    /// Anything else.
    Other(&'a ObjectKey, Option<&'a Object>, Option<&'a Object>),
}

/// A set of actions. Models `ActionType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions(u16);

impl Actions {
    /// It is new.
    pub const ADD: Actions = Actions(1);
    /// It is gone.
    pub const DELETE: Actions = Actions(1 << 1);
    /// It is another version; of Nodes and Pods, nothing below changed.
    pub const UPDATE: Actions = Actions(1 << 2);
    /// A node offers other amounts.
    pub const UPDATE_NODE_ALLOCATABLE: Actions = Actions(1 << 3);
    /// A node's labels changed.
    pub const UPDATE_NODE_LABEL: Actions = Actions(1 << 4);
    /// A node's taints changed, or it isn't cordoned any more.
    pub const UPDATE_NODE_TAINT: Actions = Actions(1 << 5);
    /// A Pod's labels changed.
    pub const UPDATE_POD_LABEL: Actions = Actions(1 << 6);
    /// A Pod asks for less.
    pub const UPDATE_POD_SCALE_DOWN: Actions = Actions(1 << 7);
    /// A Pod's last scheduling gate is gone.
    pub const UPDATE_POD_GATES_ELIMINATED: Actions = Actions(1 << 8);
    /// A Pod bears more taints.
    pub const UPDATE_POD_TOLERATION: Actions = Actions(1 << 9);

    /// Is one of `others` among these?
    pub fn has(self, others: Actions) -> bool {
        self.0 & others.0 != 0
    }

    fn when(self, condition: bool) -> Actions {
        if condition { self } else { Actions::default() }
    }

    /// `UPDATE` if nothing more exact is known.
    fn or_update(self) -> Actions {
        if self == Actions::default() {
            Actions::UPDATE
        } else {
            self
        }
    }
}

impl BitOr for Actions {
    type Output = Actions;
    fn bitor(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }
}

impl<'a> ClusterEvent<'a> {
    /// What happened to a Node.
    pub fn node(old: Option<&'a Node>, new: Option<&'a Node>) -> Self {
        let actions = match (old, new) {
            (None, _) => Actions::ADD,
            (_, None) => Actions::DELETE,
            (Some(old), Some(new)) => node_changes(old, new),
        };
        ClusterEvent {
            what: What::Node(old, new),
            actions,
        }
    }

    /// What happened to a Pod.
    pub fn pod(old: Option<&'a Pod>, new: Option<&'a Pod>) -> Self {
        let actions = match (old, new) {
            (None, _) => Actions::ADD,
            (_, None) => Actions::DELETE,
            (Some(old), Some(new)) => pod_changes(old, new),
        };
        ClusterEvent {
            what: What::Pod(old, new),
            actions,
        }
    }

    /// What happened to anything else.
    pub fn other(key: &'a ObjectKey, old: Option<&'a Object>, new: Option<&'a Object>) -> Self {
        let is = |object: Option<&Object>| object.is_some_and(|o| matches!(o.view, View::Other));
        let actions = match (is(old), is(new)) {
            (false, _) => Actions::ADD,
            (_, false) => Actions::DELETE,
            _ => Actions::UPDATE,
        };
        ClusterEvent {
            what: What::Other(key, old, new),
            actions,
        }
    }

    /// Is there a plugin that cares? A Node's heartbeat and a Pod's status are nobody's business.
    pub fn is_of_interest(&self) -> bool {
        match self.what {
            What::Other(..) => true,
            What::Node(..) | What::Pod(..) => !matches!(self.actions, Actions(0) | Actions::UPDATE),
        }
    }

    /// The Node before and after, if one of `actions` happened to a Node.
    pub fn of_node(&self, actions: Actions) -> Option<(Option<&'a Node>, Option<&'a Node>)> {
        match self.what {
            What::Node(old, new) if self.actions.has(actions) => Some((old, new)),
            _ => None,
        }
    }

    /// The Pod before and after, if one of `actions` happened to a Pod.
    pub fn of_pod(&self, actions: Actions) -> Option<(Option<&'a Pod>, Option<&'a Pod>)> {
        match self.what {
            What::Pod(old, new) if self.actions.has(actions) => Some((old, new)),
            _ => None,
        }
    }

    /// The object before and after, if one of `actions` happened to one of this kind.
    pub fn of(&self, kind: &str, actions: Actions) -> Option<OtherChange<'a>> {
        match self.what {
            What::Other(key, old, new) if &*key.kind == kind && self.actions.has(actions) => {
                Some(OtherChange { key, old, new })
            }
            _ => None,
        }
    }
}

/// What happened to an object that is neither Node nor Pod.
#[derive(Clone, Copy)]
pub struct OtherChange<'a> {
    /// Which object.
    pub key: &'a ObjectKey,
    /// Before.
    pub old: Option<&'a Object>,
    /// After.
    pub new: Option<&'a Object>,
}

/// Models `NodeSchedulingPropertiesChange`.
fn node_changes(old: &Node, new: &Node) -> Actions {
    let uncordoned = old.spec.unschedulable && !new.spec.unschedulable;
    let other_taints = old.spec.taints != new.spec.taints;
    let other_labels = old.metadata.labels != new.metadata.labels;
    let other_amounts = old.status.allocatable != new.status.allocatable;
    Actions::UPDATE_NODE_TAINT.when(uncordoned || other_taints)
        | Actions::UPDATE_NODE_LABEL.when(other_labels)
        | Actions::UPDATE_NODE_ALLOCATABLE.when(other_amounts)
}

/// Models `PodSchedulingPropertiesChange`.
fn pod_changes(old: &Pod, new: &Pod) -> Actions {
    let gates_gone = new.spec.scheduling_gates.is_empty() && !old.spec.scheduling_gates.is_empty();
    let bears_more = old.spec.tolerations.len() != new.spec.tolerations.len();
    let changes = Actions::UPDATE_POD_LABEL.when(old.metadata.labels != new.metadata.labels)
        | Actions::UPDATE_POD_SCALE_DOWN.when(asks_for_less(old, new))
        | Actions::UPDATE_POD_GATES_ELIMINATED.when(gates_gone)
        | Actions::UPDATE_POD_TOLERATION.when(bears_more);
    changes.or_update()
}

/// Does the new version count for less of anything? Models `extractPodScaleDown`.
fn asks_for_less(old: &Pod, new: &Pod) -> bool {
    fn asks(pod: &Pod) -> impl Iterator<Item = &ResourceList> {
        let containers = pod.all_containers().map(|one| &one.resources.requests);
        containers.chain([&pod.spec.resources.requests])
    }
    fn has(pod: &Pod) -> impl Iterator<Item = (Option<&ResourceList>, &ResourceList)> {
        let status = &pod.status;
        let statuses = status.init_container_statuses.iter();
        let statuses = statuses.chain(&status.container_statuses);
        let each = statuses.map(|one| (one.resources.as_ref(), &one.allocated_resources));
        let whole = (status.resources.as_ref(), &status.allocated_resources);
        each.chain([whole])
            .map(|(own, promised)| (own.map(|own| &own.requests), promised))
    }
    if asks(old).eq(asks(new)) && has(old).eq(has(new)) {
        return false;
    }
    let [old, new] = [old, new].map(|pod| PodRequests::of(pod).real);
    new.milli_cpu < old.milli_cpu
        || new.memory < old.memory
        || new.ephemeral_storage < old.ephemeral_storage
        || old
            .scalar
            .iter()
            .any(|(name, most)| new.scalar(name) < *most)
}
