//! golden/scheduler: what kube-scheduler decides for one Pod. An answer holds `expect`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Decisions of the scheduler.
pub(super) struct Scheduler;

impl Family for Scheduler {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
