//! Resources of a Pod as a whole. Models `validatePodResources` of
//! `pkg/apis/core/validation/validation.go` and the sums of `component-helpers/resource`.

use super::at::{At, Errors};
use super::names;
use super::resources;
use crate::api::Value;
use crate::api::quantity::{Format, Quantity};
use crate::collections::Map;

/// Amounts by resource, each with the format in which the first of them was written.
pub type Sums = Map<String, (Quantity, Format)>;

/// What the containers of `spec` ask for together: `list` is `requests` or `limits`. Init containers
/// count by their maximum, sidecars from their start on. Models `AggregateContainerRequests`.
pub fn aggregate(spec: &Value, list: &str) -> Sums {
    let amounts = |container: &Value| -> Sums {
        let amounts = container.at(&["resources", list]).and_then(Value::as_map);
        let read = |(name, text): (&std::rc::Rc<str>, &Value)| {
            let text = text.as_str()?;
            Some((name.to_string(), (Quantity::parse(text)?, Format::of(text))))
        };
        amounts.into_iter().flatten().filter_map(read).collect()
    };
    let containers = |list| spec.get(list).map(Value::items).unwrap_or_default();
    let mut sums = Sums::new();
    for container in containers("containers") {
        add(&mut sums, amounts(container));
    }
    let (mut sidecars, mut most) = (Sums::new(), Sums::new());
    for container in containers("initContainers") {
        let mut own = amounts(container);
        if container.text_at(&["restartPolicy"]) == "Always" {
            add(&mut sums, own.clone());
            add(&mut sidecars, own);
            own = sidecars.clone();
        } else {
            add(&mut own, sidecars.clone());
        }
        maximum(&mut most, own);
    }
    maximum(&mut sums, most);
    sums
}

/// Adds each amount of `more`.
pub fn add(sums: &mut Sums, more: Sums) {
    for (name, (amount, format)) in &more {
        let sum = sums.or_insert(name.clone(), (Quantity::default(), *format));
        sum.0.nano += amount.nano;
    }
}

/// What the Pod as a whole says stands instead of the sum of its containers.
pub fn pod_level_over(sums: &mut Sums, spec: &Value, list: &str) {
    let own = spec.at(&["resources", list]).and_then(Value::as_map);
    for (name, text) in own.into_iter().flatten() {
        let supported = matches!(&**name, "cpu" | "memory") || resources::is_huge_page(name);
        let text = text.as_str().unwrap_or_default();
        if let Some(amount) = Quantity::parse(text).filter(|_| supported) {
            sums.insert(name.to_string(), (amount, Format::of(text)));
        }
    }
}

fn maximum(sums: &mut Sums, more: Sums) {
    for (name, amount) in &more {
        let sum = sums.or_insert(name.clone(), *amount);
        if amount.0 > sum.0 {
            *sum = *amount;
        }
    }
}

/// Models `validatePodResourceClaims`.
pub fn resource_claims(claims: &At, errors: &mut Errors) {
    let mut seen = Vec::new();
    for claim in claims.items() {
        let name = claim.field("name");
        if name.str().is_empty() {
            errors.required(&name.path, "");
        } else if seen.contains(&name.str()) {
            errors.duplicate(&name.path, name.str());
        } else {
            errors.invalid_each(&name.path, name.str(), names::dns1123_label(name.str()));
            seen.push(name.str());
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        let named: Vec<At> = sources
            .iter()
            .filter_map(|source| claim.set(source))
            .collect();
        let what = match named.len() {
            0 => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            1 => "",
            _ => {
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            }
        };
        if !what.is_empty() {
            errors.invalid(&claim.path, claim.value, what);
        }
        for source in named {
            let wrong = names::dns1123_subdomain(source.str());
            errors.invalid_each(&source.path, source.str(), wrong);
        }
    }
}

/// Models `validatePodResources`.
pub fn pod_resources(spec: &At, claim_names: &[&str], errors: &mut Errors) {
    let Some(own) = spec.set("resources") else {
        return;
    };
    if spec.field("os").text("name") == "windows" {
        return errors.forbidden(&own.path, "may not be set for a windows pod");
    }
    let claims = own.field("claims");
    if claims.is_set() {
        let what = "claims may not be set for Resources at pod-level";
        errors.forbidden(&claims.path, what);
    }
    resources::resource_requirements(&own, resources::pod_resource_name, claim_names, errors);
    consistency(spec, &own, errors);
}

/// Models `validatePodResourceConsistency`.
fn consistency(spec: &At, own: &At, errors: &mut Errors) {
    for (list, what) in [("requests", "requests"), ("limits", "limits")] {
        for (name, (sum, format)) in &aggregate(spec.value, list) {
            let pod = own.field(list);
            let Some(amount) = pod.set(name) else {
                continue;
            };
            let counts = list == "requests" || resources::is_huge_page(name);
            if counts && *sum > resources::quantity(&amount) {
                let sum = sum.print(*format);
                let what =
                    format!("must be greater than or equal to aggregate container {what} of {sum}");
                errors.invalid(&pod.path.key(name), amount.str(), what);
            }
        }
    }
    for (index, container) in spec.list("containers").enumerate() {
        for (name, limit) in container.field("resources").field("limits").entries() {
            let Some(most) = own.field("limits").set(name) else {
                continue;
            };
            if resources::quantity(&limit) > resources::quantity(&most) {
                let path = own
                    .path
                    .field("containers")
                    .index(index)
                    .key(name)
                    .field("limits");
                let what = format!("must be less than or equal to pod limits of {}", most.str());
                errors.invalid(&path, limit.str(), what);
            }
        }
    }
}
