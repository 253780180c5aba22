//! Pods that wait: to be tried, to be tried again, or for something to change.
//! Models `pkg/scheduler/backend/queue`.

mod event;

pub use event::{Actions, ClusterEvent, OtherChange, What};
