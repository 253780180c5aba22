//! PriorityClasses. Models `pkg/apis/scheduling/validation/validation.go`.

use super::at::{At, Errors};

/// Above it are the cluster's own: upstream's `HighestUserDefinablePriority`.
const HIGHEST_USER_DEFINABLE: i64 = 1_000_000_000;

/// The cluster's own classes. Models `pkg/apis/scheduling/v1/helpers.go`.
pub const SYSTEM_CLASSES: &[(&str, i64)] = &[
    ("system-node-critical", 2_000_001_000),
    ("system-cluster-critical", 2_000_000_000),
];

/// Models `ValidatePriorityClass` behind the metadata.
pub fn priority_class(class: &At, errors: &mut Errors) {
    let (name, value) = (class.field("metadata").field("name"), class.field("value"));
    if name.str().starts_with("system-") {
        if let Err(why) = system_class(class) {
            let what = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {why}"
            );
            errors.forbidden(&name.path, what);
        }
    } else if value.number() > HIGHEST_USER_DEFINABLE {
        let what =
            format!("maximum allowed value of a user defined priority is {HIGHEST_USER_DEFINABLE}");
        errors.forbidden(&value.path, what);
    }
    let preemption = class.field("preemptionPolicy");
    if preemption.is_set() {
        errors.one_of(&preemption, &["PreemptLowerPriority", "Never"]);
    }
}

/// Models `IsKnownSystemPriorityClass`.
fn system_class(class: &At) -> Result<(), String> {
    let name = class.field("metadata").text("name");
    let known = SYSTEM_CLASSES.iter().find(|(known, _)| *known == name);
    match known {
        None => Err(format!("{name} is not a known system priority class")),
        Some((_, value)) if class.int("value") != Some(*value) => {
            Err(format!("value of {name} PriorityClass must be {value}"))
        }
        Some(_) if class.flag("globalDefault") => Err(format!(
            "globalDefault of {name} PriorityClass must be false"
        )),
        Some(_) => Ok(()),
    }
}

/// What an update may not change. Models `ValidatePriorityClassUpdate`.
pub fn priority_class_update(class: &At, old: &At, errors: &mut Errors) {
    let value = class.field("value");
    if value.number() != old.field("value").number() {
        errors.forbidden(&value.path, "may not be changed in an update.");
    }
    errors.immutable(
        &class.field("preemptionPolicy"),
        &old.field("preemptionPolicy"),
    );
}
