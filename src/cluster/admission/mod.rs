//! What the API server adds to an object or refuses, after defaulting and before validation.
//! Models the admission plugins that are on by default.

use super::World;
use super::api_server::Status;
use crate::api::Value;

/// Runs the plugins over a new object.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn admit_create(_world: &mut World, _value: &mut Value) -> Result<(), Status> {
    Ok(())
}

/// Runs the plugins over the next version of an object.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn admit_update(_world: &World, _value: &mut Value, _old: &Value) -> Result<(), Status> {
    Ok(())
}
