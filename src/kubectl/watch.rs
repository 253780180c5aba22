//! Watches: what has happened to objects since a command looked last. Models a watch of the API server;
//! here every change is on record, so that a watch is a number.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::cluster::{Change, World};

/// A place in the record of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    next: usize,
}

impl Watch {
    /// From now on.
    pub fn begin(world: &World) -> Self {
        Watch {
            next: world.store.changes().len(),
        }
    }

    /// What was written since it was asked last, oldest first.
    pub fn events(&mut self, world: &World) -> Vec<Rc<Change>> {
        let changes = world.store.changes();
        let new = self.next..changes.len();
        self.next = changes.len();
        let all = new.filter_map(|at| changes.get(at).cloned());
        all.filter(|change| change.verb.writes()).collect()
    }
}
