//! What the API server refuses. Models `pkg/apis/*/validation` and the strategies that prepare an
//! object for its write. Read in the order below; the files of kinds and of a Pod's parts follow.
//!
//! Every function carries upstream's name in its docs, says what is wrong in upstream's words, and
//! finds errors in upstream's order. Left out: validation of statuses, which only components write.

/// Field errors and the paths that they name.
pub mod field;

/// A value together with the place where it stands.
pub mod at;

/// What a name may look like.
pub mod names;

/// IP addresses and ranges.
pub mod ip;

/// Numbers that may be percentages.
mod int_or_percent;

/// Sets of indexes.
mod indexes;

/// `metadata`, labels and label selectors.
pub mod metadata;

/// Requests, limits, and the names of resources.
pub mod resources;

/// What a kind begins with, and what its updates keep.
mod strategy;

/// Which rules a kind obeys.
mod kinds;

mod affinity;
mod apps;
mod autoscaling;
mod config_map;
mod container;
mod cron_job;
mod env;
mod ingress;
mod job;
mod limit_range;
mod mounts;
mod network_policy;
mod node;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
pub mod pod_resources;
pub mod pod_subresources;
mod pod_update;
mod policy;
mod probes;
mod rbac;
mod resource_quota;
pub mod scheduling;
mod security_context;
pub mod service;
mod storage_sources;
mod volumes;
mod warnings;

pub use field::go_json;
pub use field::{ErrorKind, FieldError, FieldPath, Path, Paths, Segment};
pub use strategy::{bump_generation, prepare_for_create, prepare_for_update, qos_class};
pub use warnings::warnings;

use self::at::{At, Errors};
use super::{ObjectKey, Uid, Value, defaults, schema};
use crate::cluster::SimTime;
use crate::cluster::api_server::Status;

/// The plural of a kind with its group, as messages name it: `pods`, `deployments.apps`.
pub fn resource(key: &ObjectKey) -> String {
    let (kind, group) = key.kind.split_once('.').unwrap_or((&key.kind, ""));
    let known = schema::kind_of_group(group, kind);
    let plural = known.map_or_else(
        || format!("{}s", kind.to_lowercase()),
        |known| known.plural(),
    );
    match group {
        "" => plural,
        group => format!("{plural}.{group}"),
    }
}

/// What is wrong with an object as somebody wrote it, as far as that shows without a cluster: what the
/// API server would say to it if it were new, if nothing else stood in its way.
pub fn errors_as_written(value: &Value) -> Vec<FieldError> {
    let mut value = value.clone();
    defaults::set(&mut value);
    service::normalize_cluster_ips(&mut value, None);
    service::hold_a_health_port(&mut value);
    // A Job selects by its uid.
    value.set(&["metadata", "uid"], Uid(0).to_string());
    prepare_for_create(&mut value, SimTime::ZERO);
    errors_on_create(&value)
}

/// What is wrong with a new object, in upstream's order. `value` has its defaults already.
pub fn errors_on_create(value: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    kinds::create(&At::root(value, &Paths::default()), &mut errors);
    errors.0
}

/// What is wrong with the next version of an object, in upstream's order.
pub fn errors_on_update(value: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let paths = Paths::default();
    let (value, old) = (At::root(value, &paths), At::root(old, &paths));
    kinds::update(&value, &old, &mut errors);
    errors.0
}

/// Is this a valid new object?
///
/// # Errors
/// What the API server would answer.
pub fn create(value: &Value) -> Result<(), Status> {
    refuse(value, &errors_on_create(value))
}

/// Is this a valid next version?
///
/// # Errors
/// What the API server would answer.
pub fn update(value: &Value, old: &Value) -> Result<(), Status> {
    refuse(value, &errors_on_update(value, old))
}

/// The answer `Invalid`, in the words in which kubectl prints it. Models `errors.NewInvalid` and
/// kubectl's `MultilineError`: one error stands behind the colon, several stand in lines of their
/// own, each sentence once.
///
/// # Errors
/// Unless there are no `errors`.
pub fn refuse(value: &Value, errors: &[FieldError]) -> Result<(), Status> {
    let mut sentences: Vec<String> = Vec::new();
    for error in errors {
        let sentence = error.to_string();
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let said = match &sentences[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("\n* {}", several.join("\n* ")),
    };
    let (kind, name) = (
        value.text_at(&["kind"]),
        field::quoted(value.text_at(&["metadata", "name"])),
    );
    Err(Status {
        code: 422,
        reason: "Invalid",
        message: format!("{kind} {name} is invalid: {said}"),
    })
}
