//! What the API server refuses. Models `pkg/apis/*/validation` and the strategies that prepare an
//! object for its write.

use super::{ObjectKey, Value};
use crate::cluster::api_server::Status;

/// The plural of a kind with its group, as messages name it: `pods`, `deployments.apps`.
pub fn resource(key: &ObjectKey) -> String {
    match key.kind.split_once('.') {
        Some((kind, group)) => format!("{}s.{group}", kind.to_lowercase()),
        None => format!("{}s", key.kind.to_lowercase()),
    }
}

/// Takes away what a creator may not set (status), and sets what a new object begins with.
pub fn prepare_for_create(_value: &mut Value) {}

/// Keeps of the old version what an update may not touch.
pub fn prepare_for_update(_value: &mut Value, _old: &Value) {}

/// Raises `metadata.generation` where the kind has one.
pub fn bump_generation(_value: &mut Value) {}

/// Is this a valid new object?
///
/// # Errors
/// What the API server would answer.
pub fn create(_value: &Value) -> Result<(), Status> {
    Ok(())
}

/// Is this a valid next version?
///
/// # Errors
/// What the API server would answer.
pub fn update(_value: &Value, _old: &Value) -> Result<(), Status> {
    Ok(())
}
