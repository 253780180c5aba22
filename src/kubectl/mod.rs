//! `kubectl`: what a person asks of the cluster, in kubectl's words. Models `k8s.io/kubectl`.
//! Read in the order below: each part builds on those above it.

/// Errors as kubectl prints them.
pub mod error;

/// Values as Go's `%v` prints them.
mod go_map;

/// Reading fields by their path.
pub mod look;

/// Lengths of time as Go has them.
pub mod go_duration;

/// Flags, declared and read.
pub mod flags;

/// kubectl's configuration.
pub mod config;

/// What a command has at hand.
pub mod cx;

/// What several commands' flags say.
pub mod options;

/// What is looked at before anything is sent.
mod validation;

/// A text → the objects that it names.
pub mod builder;

/// Requests to the API server.
pub mod client;

/// Ages and durations for people.
pub mod duration;

/// Labels and selectors as text.
mod labels;

/// The server's tables.
pub mod printers;

/// `-o`
pub mod output;

/// All about one object, in words.
pub mod describe;

/// What commands print of an object.
pub mod print;

/// Columns of text.
pub mod tab_writer;

/// The server's resources and their names.
pub mod resources;

/// `-l`
pub mod label_selector;

/// `--field-selector`
mod field_selector;

/// Both, as a list request carries them.
pub mod selector;

/// `-k`
mod kustomize;

/// ComponentStatuses.
mod component_status;

/// Which objects a command is about.
pub mod asked;

/// Pods behind what is named.
mod pods;

/// What was applied, what is applied, what is there.
mod three_way;

/// The editor's Apply and Replace.
pub mod apply;

/// What commands that write have in common.
pub mod session;

/// `kubectl apply`, merging here.
mod client_side;

/// `kubectl apply --server-side`.
mod server_side;

/// `kubectl patch`.
pub mod patch;

/// `--type=json`
mod json_patch;

/// What has happened since.
pub mod watch;

/// Differences of texts.
mod unified;

/// A command under way.
pub mod process;

/// A command as data, and the way to it.
pub mod command;

/// What a command's help says.
mod help;

/// The commands.
pub mod verbs;

/// A line, from its words to its exit code.
pub mod run;
