//! Podarium's core: a deterministic simulation of a Kubernetes v1.36 cluster, as a library.
//!
//! Text and time go in as an [`cluster::Input`]; an immutable [`cluster::Snapshot`] comes out.
//! Read in the order below: each part builds on those above it, and few look back. Invariants, all of them about
//! something absent: no clock, no I/O, no thread, no global, no hash order and no unseeded chance
//! is anywhere below this file, so the same seed and inputs give the same bytes on every machine.

/// Maps, sets and lists that are cheap to clone.
pub mod collections;

/// What a manifest can say: values, types, quantities, selectors, the schema, defaults, validation.
pub mod api;

/// Text with positions → documents → objects, with diagnostics in kubectl's words.
pub mod manifest;

/// Sorting.
pub mod order;

/// Hypervisor hosts and virtual machines: what a node stands on.
pub mod machine;

/// The simulated cluster: clock, store, API server, scheduler, kubelets, controllers.
pub mod cluster;

/// `kubectl`: what a person asks of the cluster, in kubectl's words.
pub mod kubectl;

/// Everything that was done to a world, and its past: replay, seek, step, undo.
pub mod history;

/// Guided lessons: what they say, what they ask, and the proof that they hold.
pub mod lesson;

/// The picture as a function of (snapshot, view, time): places, movements, and the tree in words.
pub mod scene;

/// Recorded cases of the real Kubernetes, put to the core and judged. Native only.
#[cfg(feature = "conform")]
pub mod conform;
