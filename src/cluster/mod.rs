//! The simulated cluster. Read in the order below: each part builds on those above it.
//! Invariant: no component calls another. They meet in the store, as upstream's meet in the API
//! server.

/// Virtual time and wake-ups.
mod clock;

/// Calendar dates and RFC 3339.
pub mod calendar;

/// Seeded chance.
mod rng;

/// How long things take.
mod latencies;

/// What a world starts from.
mod setup;

/// The whole list of what may be done to the world.
mod input;

/// Objects, `resourceVersion`, and every change with its cause. All that components share.
mod store;

/// What all components share: store, clock, chance, machines.
mod world;

/// The API front: what may be written, and how.
pub mod api_server;

/// How objects go.
pub mod deletion;

/// The Namespaces that each cluster has.
mod system_namespaces;

/// A Pod is given its node.
pub mod binding;

/// A Pod is asked to go.
pub mod eviction;

/// Commands in containers.
mod exec;
/// Writing through a Pod's subresources.
pub mod pod_subresources;

/// What objects count for where a namespace has a quota.
mod quota;

/// What the API server adds to an object or refuses.
pub mod admission;

/// What components tell people.
pub mod events;

/// Pods to Nodes.
pub mod scheduler;

/// How programs find each other: names.
pub mod network;

/// Images and what runs in containers.
pub mod workload;

/// A node's agent: Pods to containers.
pub mod kubelet;

/// Control loops that keep a state true.
pub mod controllers;

/// A change in a few words.
pub mod words;

/// Owns everything; runs events.
mod simulation;

/// What others may do.
pub mod authorization;

/// What a person types.
pub mod terminal;

/// What a person does to containers.
mod by_hand;

/// Hosts and machines.
mod machines;

/// A machine that nothing passes to or from.
mod partition;

/// Virtual machines and containers beside the cluster.
pub mod theory;

/// An exported cluster takes the place of this one.
mod import;

/// The way out.
mod snapshot;

pub use clock::{Present, SimTime, TimerId, Timers};
pub use import::Importing;
pub use input::{Fault, Import, Input};
pub use latencies::Latencies;
pub use partition::Partition;
pub use rng::Rng;
pub use setup::{Planned, Runtime, Setup};
pub use simulation::{Budget, Progress, Simulation, Wake};
pub use snapshot::{Activity, Snapshot};
pub use store::{Actor, Cause, Change, ChangeId, InputId, Store, Verb};
pub use world::{Answer, AnswerLine, World};
