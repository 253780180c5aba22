//! `kubectl`: what a person asks of the cluster, in kubectl's words. Models `k8s.io/kubectl`.
//! Read in the order below: each part builds on those above it.

/// Errors as kubectl prints them.
pub mod error;

/// Values as Go's `%v` prints them.
mod go_map;

/// Fields of objects, read by their paths.
mod look;

/// Ages and durations.
pub mod duration;

/// Columns of text.
pub mod tab_writer;

/// Labels and selectors as text.
mod labels;

/// What the server calls its resources.
pub mod resources;

/// `-l`
pub mod label_selector;

/// `--field-selector`
pub mod field_selector;

/// What is asked of the server.
pub mod requests;

/// ComponentStatuses.
mod component_status;

/// The server's tables.
pub mod printers;

/// `-o`
pub mod output;

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

/// `kubectl get`.
pub mod get;

/// `kubectl describe`.
pub mod describe;

/// A command, from its line to its exit code.
pub mod run;
