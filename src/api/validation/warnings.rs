//! Warnings of the API server about what it accepts. Models `WarningsOnCreate` of the strategies and
//! `pkg/api/pod/warnings.go`, in the parts that are met.

use crate::api::Value;

/// What the API server would rather not see in an object that it stores.
pub fn warnings(_value: &Value) -> Vec<String> {
    Vec::new()
}
