//! Which row a Pod has among those of its owner: a fold over the changes, so that what exists keeps its row whatever
//! comes or goes. A freed row is used again; of those that were freed last it is known whose they were. Of an owner of
//! many only the first have one.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::{Object, ObjectKey};
use crate::cluster::Change;
use crate::collections::Map;

/// Rows of one owner that are kept.
pub const ROWS: u32 = 16;
/// So many that were freed are remembered.
const LEFT: usize = 24;

/// Rows by the owner's uid; and those that were freed last, the newest at the end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Slots(Map<Rc<str>, Rc<Map<u32, ObjectKey>>>, Rc<Vec<Left>>);

/// A row that was freed: whose owner's, which, and by whom.
type Left = (Rc<str>, u32, ObjectKey);

impl Slots {
    /// Finds a row for what is new, or has a new owner; frees the row of what is gone.
    pub fn observe(&mut self, change: &Change) {
        if !change.verb.writes() || &*change.object.kind != "Pod" {
            return;
        }
        let owner = |object: &Option<Rc<Object>>| {
            let owner = object.as_ref()?.meta.controller()?;
            Some(owner.uid.clone())
        };
        let (before, after) = (owner(&change.before), owner(&change.after));
        if before == after {
            return;
        }
        if let Some(uid) = before {
            self.free(&uid, &change.object);
        }
        if let Some(uid) = after {
            self.take(uid, &change.object);
        }
    }

    /// The row of a Pod of this owner.
    pub fn row(&self, owner: &str, pod: &ObjectKey) -> Option<usize> {
        let taken = self.0.get(owner)?;
        let own = taken.iter().find(|(_, key)| *key == pod)?;
        Some(*own.0 as usize)
    }

    /// The row that a Pod of this owner had last, which is gone.
    pub fn left(&self, owner: &str, pod: &ObjectKey) -> Option<usize> {
        let mut left = self.1.iter().rev();
        let (_, row, _) = left.find(|(uid, _, key)| &**uid == owner && key == pod)?;
        Some(*row as usize)
    }

    fn take(&mut self, uid: Rc<str>, key: &ObjectKey) {
        let taken = Rc::make_mut(self.0.or_default(uid));
        if let Some(free) = (0..ROWS).find(|row| !taken.contains_key(row)) {
            taken.insert(free, key.clone());
        }
    }

    fn free(&mut self, uid: &Rc<str>, key: &ObjectKey) {
        let Some(taken) = self.0.get_mut(uid) else {
            return;
        };
        let taken = Rc::make_mut(taken);
        let own = taken.iter().find(|(_, known)| *known == key);
        if let Some(row) = own.map(|(row, _)| *row) {
            taken.remove(&row);
            let left = Rc::make_mut(&mut self.1);
            left.push((uid.clone(), row, key.clone()));
            if left.len() > LEFT {
                left.remove(0);
            }
        }
        if taken.is_empty() {
            self.0.remove(uid);
        }
    }
}
