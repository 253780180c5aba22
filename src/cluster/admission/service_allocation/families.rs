//! Of which families a Service's addresses are, where IPv4 is all there is. Models
//! `initIPFamilyFields` of `pkg/registry/core/service/storage/alloc.go`.

use crate::api::Value;
use crate::api::validation::at::{At, Errors};
use crate::api::validation::{self, Paths, ip, service};
use crate::cluster::api_server::Status;

fn list<'a>(service: &'a Value, name: &str) -> &'a [Value] {
    service.at(&["spec", name]).map_or(&[], Value::items)
}

/// Fills in policy and families, or refuses those that can't be had.
pub(super) fn init(value: &mut Value, old: Option<&Value>) -> Result<(), Status> {
    if old.is_some_and(|old| still_prefers_dual_stack(value, old)) {
        return Ok(());
    }
    let loose = value.text_at(&["spec", "clusterIP"]) == "None"
        && value.at(&["spec", "selector"]).is_none_or(Value::is_empty);
    let policy = ["spec", "ipFamilyPolicy"];
    if value.text_at(&policy).is_empty() {
        let was = old.map_or("", |old| old.text_at(&policy));
        let policy_now = match was {
            "" if loose => "RequireDualStack",
            "" => "SingleStack",
            was => was,
        };
        value.set(&policy, policy_now);
    }
    let paths = Paths::default();
    let mut errors = Errors::default();
    let before = old.map(|old| At::root(old, &paths).field("spec"));
    let spec = At::root(value, &paths).field("spec");
    service::cluster_ips(&spec, before.as_ref(), &mut errors);
    validation::refuse(value, &errors.0)?;
    let is_single = value.text_at(&policy) == "SingleStack";
    if let Some(old) = old.filter(|_| is_single) {
        // Unless they were changed, to want one family is to keep the first.
        for name in ["clusterIPs", "ipFamilies"] {
            if list(value, name) == list(old, name) && list(old, name).len() > 1 {
                value.at_mut(&["spec", name]).items_mut().truncate(1);
            }
        }
    }
    let inferred = check(value, old, &mut errors);
    validation::refuse(value, &errors.0)?;
    if list(value, "ipFamilies").len() < inferred.len() {
        value.set(&["spec", "ipFamilies"], Value::from_iter(inferred));
    }
    if loose {
        // Endpoints of anybody's making may have either family.
        return loosen(value, is_single);
    }
    let spec = At::root(value, &paths).field("spec");
    if value.text_at(&policy) == "RequireDualStack" {
        let at = spec.field("ipFamilyPolicy");
        let what = "this cluster is not configured for dual-stack services";
        errors.invalid(&at.path, at.str(), what);
    }
    for family in spec
        .list("ipFamilies")
        .filter(|family| family.str() != "IPv4")
    {
        errors.invalid(&family.path, family.str(), "not configured on this cluster");
    }
    validation::refuse(value, &errors.0)?;
    if list(value, "ipFamilies").is_empty() {
        value.set(
            &["spec", "ipFamilies"],
            Value::from_iter([Value::from("IPv4")]),
        );
    }
    Ok(())
}

/// Do policy, addresses and families go together? Gives the families, with those that only the
/// addresses tell.
fn check(value: &Value, old: Option<&Value>, errors: &mut Errors) -> Vec<Value> {
    let paths = Paths::default();
    let spec = At::root(value, &paths).field("spec");
    let policy = spec.field("ipFamilyPolicy");
    let parts = [
        ("clusterIPs", "secondary cluster IP", "cluster IPs"),
        ("ipFamilies", "secondary IP family", "IP families"),
    ];
    for (name, secondary, several) in parts {
        let count = list(value, name).len();
        let is_reduced = old.is_some_and(|old| (1..list(old, name).len()).contains(&count));
        if policy.str() == "SingleStack" && count == 2 {
            let what = format!(
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple {several} are specified"
            );
            errors.invalid(&policy.path, policy.str(), what);
        } else if policy.str() != "SingleStack" && is_reduced {
            let what = format!("must be 'SingleStack' to release the {secondary}");
            errors.invalid(&policy.path, policy.str(), what);
        }
    }
    let addresses = spec.field("clusterIPs");
    let mut families = list(value, "ipFamilies").to_vec();
    for (index, address) in addresses.items().enumerate() {
        if address.str() == "None" {
            break;
        }
        if index < families.len() {
            continue;
        }
        if ip::parse_sloppy(address.str()).is_some_and(|ip| ip.is_ipv6()) {
            let what = "IPv6 is not configured on this cluster";
            errors.invalid(&address.path, addresses.value, what);
        } else {
            families.push("IPv4".into());
        }
    }
    families
}

/// A headless Service that selects nothing.
fn loosen(value: &mut Value, is_single: bool) -> Result<(), Status> {
    let mut families = list(value, "ipFamilies").to_vec();
    if families.is_empty() {
        families.push("IPv4".into());
    }
    if let ([only], false) = (&families[..], is_single) {
        let is_v4 = only.as_str() == Some("IPv4");
        families.push(if is_v4 { "IPv6" } else { "IPv4" }.into());
    }
    value.set(&["spec", "ipFamilies"], Value::from_iter(families));
    Ok(())
}

/// Models `isMatchingPreferDualStackClusterIPFields`: who prefers two families isn't given or
/// denied one by another change.
fn still_prefers_dual_stack(value: &Value, old: &Value) -> bool {
    let text = |value: &Value, name: &str| value.text_at(&["spec", name]).to_string();
    let kind = text(value, "type");
    let prefers = |policy: &str| policy == "PreferDualStack";
    kind == text(old, "type")
        && kind != "ExternalName"
        && prefers(&text(value, "ipFamilyPolicy"))
        && matches!(&*text(old, "ipFamilyPolicy"), "" | "PreferDualStack")
        && list(value, "clusterIPs") == list(old, "clusterIPs")
        && list(value, "ipFamilies") == list(old, "ipFamilies")
}
