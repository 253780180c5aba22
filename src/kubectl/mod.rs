//! `kubectl`: what a person asks of the cluster, in kubectl's words. Models `k8s.io/kubectl`.
//! Read in the order below: each part builds on those above it.

/// Errors as kubectl prints them.
pub mod error;

/// Values as Go's `%v` prints them.
mod go_map;

/// What is looked at before anything is sent.
mod validation;

/// A text → the objects that it names.
pub mod builder;

/// Requests to the API server.
pub mod client;

/// The line of a command.
pub mod flags;

/// What commands print of an object.
pub mod print;

/// What was applied, what is applied, what is there.
mod three_way;

/// The editor's Apply and Replace.
pub mod apply;

/// `kubectl apply`, merging here.
mod client_side;

/// `kubectl apply --server-side`.
mod server_side;

/// `kubectl patch`.
pub mod patch;

/// A command, from its line to its exit code.
pub mod run;
