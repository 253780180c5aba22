//! A node's agent: Pods to containers. Models `pkg/kubelet`.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Activity, Change, World};
use crate::api::Uid;
use crate::machine::Machine;

/// The kubelet of one node: its Pod workers and their runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kubelet {
    node: Rc<str>,
}

/// What a kubelet wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// A Pod worker's next sync.
    Sync(Uid),
}

impl Kubelet {
    /// Powers a machine on: its kubelet registers the Node.
    pub fn start(_world: &mut World, machine: &Machine) -> Self {
        Kubelet {
            node: machine.name.clone(),
        }
    }

    /// Sees a change of a Pod that is bound to its node. Marks; writes nothing.
    pub fn observe(&mut self, _world: &mut World, _change: &Change) {}

    /// A timer of this kubelet's rang.
    pub fn wake(&mut self, _world: &mut World, _wake: Wake) {
        let _ = &self.node;
    }

    /// What its containers are doing that no object says.
    pub fn activities(&self) -> impl Iterator<Item = ((Uid, Rc<str>), Activity)> {
        std::iter::empty()
    }
}
