//! "What would make it fit?": the smallest changes with which a Pod that no node takes would be taken.
//! Ours; each is found by running the filters on a changed copy, never guessed.
//!
//! [`Edit`] is one change as data, and makes the changed copy; `candidates.rs` says which changes are
//! worth a try; [`Search`] tries them, one a step, so that a page can go on meanwhile.
//! Left out: two changes at once; changes of volumes, claims and PodDisruptionBudgets.

mod candidates;
mod edit;
mod search;

pub use edit::{Edit, NodeEdit, PodEdit, machine_like};
pub use search::{Offer, Search};

#[cfg(test)]
mod tests;
