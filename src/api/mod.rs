//! What a manifest can say. Models `staging/src/k8s.io/api` and `apimachinery`.
//!
//! One schema-typed tree ([`Value`]) is the whole object; the structs here are the components'
//! read-only views of it and hold exactly what is simulated.
//! Invariant: a field is in a view only if the world obeys it.

/// The tree that every object is.
mod value;

/// Objects, their keys and uids.
mod object;

/// Reading a view out of a tree, and asking a view which paths it reads.
pub mod view;

/// `ObjectMeta`: names, labels, owners, deletion.
pub mod meta;

/// Paths into objects.
pub mod path;

/// Quantities such as `100m` and `4Gi`.
pub mod quantity;

/// Label selectors and what they select.
pub mod selector;

/// What a Pod says about where it may run.
pub mod placement;

/// A Pod's volumes, as far as they decide where it may run.
pub mod volume;

/// The Pod as the components see it.
pub mod pod;

/// What a Pod's containers get from outside: environments and volumes.
pub mod pod_config;

/// The NetworkPolicy as the network sees it.
pub mod network_policy;

/// The Node as the components see it.
pub mod node;

/// The Service as the components see it.
pub mod service;

/// The EndpointSlice as the components see it.
pub mod endpoint_slice;

/// Workloads as their controllers see them.
pub mod workloads;

/// PodDisruptionBudgets as their controller sees them.
pub mod disruption;

/// Schedules of CronJobs.
pub mod cron;
/// What Go prints of a template, and its hash.
pub mod go_dump;

/// The CronJob as its controller sees it.
pub mod cron_job;

/// The Job as its controller sees it.
pub mod job;

/// StatefulSets, DaemonSets and ControllerRevisions as their controllers see them.
pub mod sets;

/// Base64, as Secrets hold their data.
pub mod base64;

/// SHA-256.
pub mod sha256;

/// Every field of every kind.
pub mod schema;

/// What a field is when nobody says.
pub mod defaults;

/// What the API server refuses.
pub mod validation;

pub use object::{Object, ObjectKey, Uid, View};
pub use value::{Fields, Value};
