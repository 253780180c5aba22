//! The page: a Yew app. It reads time, events and storage, sends Inputs, and draws Snapshots.
//! Invariant: it holds no cluster state of its own.

/// Drives a history by the wall clock.
pub mod engine;

/// Wall time to virtual time.
mod pace;

/// What a panic leaves behind.
pub mod panics;

/// A snapshot as a property.
pub mod shot;

/// The stage: the cluster as a picture, the same in words.
pub mod stage;

/// The wall clock.
mod wall;
