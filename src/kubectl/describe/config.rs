//! Namespaces, quotas, limits, configuration, accounts, priorities. Models `describeNamespace`,
//! `describeQuota`, `describeLimitRange`, `describeSecret` and their like.

use super::Cluster;
use super::ingress::conditions;
use super::page::Page;
use crate::api::Value;
use crate::api::base64;
use crate::api::quantity::{Format, Quantity};
use crate::kubectl::labels::format_labels;
use crate::kubectl::look::{Look, or};

/// A Namespace.
pub fn namespace(page: &mut Page, namespace: &Value, cluster: Cluster) {
    let name = namespace.text("metadata.name");
    page.field(0, "Name", name);
    page.labels(namespace);
    page.field(0, "Status", namespace.text("status.phase"));
    conditions(page, namespace);
    page.line(0, "");
    let quotas = cluster.list("ResourceQuota", name);
    let heading = if quotas.is_empty() {
        "No resource quota."
    } else {
        "Resource Quotas"
    };
    page.line(0, heading);
    for quota in quotas {
        let quota = &quota.value;
        page.field(1, "Name", quota.text("metadata.name"));
        scopes(page, 1, "* ", quota);
        page.row(1, &["Resource", "Used", "Hard"]);
        page.row(1, &["--------", "---", "---"]);
        amounts(page, 1, quota, |used, _| used);
    }
    page.line(0, "");
    let ranges = cluster.list("LimitRange", name);
    if ranges.is_empty() {
        page.line(0, "No LimitRange resource.");
        return;
    }
    page.line(0, "Resource Limits");
    page.heads_of_limits(" ");
    for range in ranges {
        limits(page, " ", &range.value);
    }
}

fn scopes(page: &mut Page, level: usize, mark: &str, quota: &Value) {
    let scopes = quota.list("spec.scopes").iter();
    let mut scopes: Vec<&str> = scopes.map(|scope| scope.text("")).collect();
    if scopes.is_empty() {
        return;
    }
    crate::order::sort(&mut scopes);
    page.field(level, "Scopes", &scopes.join(", "));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a \
                 node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long \
                 running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best \
                 effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a \
                 burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        page.line(level, &[mark, help].concat());
    }
}

fn amounts(page: &mut Page, level: usize, quota: &Value, used: fn(String, &str) -> String) {
    let all_used = quota.texts("status.used");
    for (name, hard) in quota.texts("status.hard") {
        let of = all_used.iter().find(|(known, _)| *known == name);
        let of = or(of.map_or("", |(_, used)| used), "0").to_string();
        page.row(level, &[name, &used(of, hard), hard]);
    }
}

/// A ResourceQuota.
pub fn resource_quota(page: &mut Page, quota: &Value) {
    page.name(quota);
    scopes(page, 0, " * ", quota);
    page.heads(0, &["Resource", "Used", "Hard"]);
    amounts(page, 0, quota, |used, hard| {
        let format = Format::of(hard);
        match Quantity::parse(&used) {
            // In the form of the bound, as a whole number.
            Some(amount) if Format::of(&used) != format => {
                let whole = amount.value().to_string();
                Quantity::parse(&whole).map_or(used, |whole| whole.print(format))
            }
            _ => used,
        }
    });
}

impl Page {
    fn heads_of_limits(&mut self, prefix: &str) {
        let heads = [
            "Type",
            "Resource",
            "Min",
            "Max",
            "Default Request",
            "Default Limit",
            "Max Limit/Request Ratio",
        ];
        self.put(prefix);
        self.row(0, &heads);
        let dashes = heads.map(|head| "-".repeat(head.len()));
        self.line(0, &[prefix, &dashes.join("\t")].concat());
    }
}

/// A LimitRange.
pub fn limit_range(page: &mut Page, range: &Value) {
    page.name(range);
    page.heads_of_limits("");
    limits(page, "", range);
}

/// Upstream tells the resources of an item in no order; here it is that of their names.
fn limits(page: &mut Page, prefix: &str, range: &Value) {
    const FIELDS: [&str; 5] = [
        "min",
        "max",
        "defaultRequest",
        "default",
        "maxLimitRequestRatio",
    ];
    for item in range.list("spec.limits") {
        let lists = FIELDS.map(|field| item.texts(field));
        let mut names: Vec<&str> = lists.iter().flatten().map(|(name, _)| *name).collect();
        crate::order::sort(&mut names);
        names.dedup();
        for name in names {
            let amount = |list: &Vec<(&str, &str)>| {
                let found = list.iter().find(|(known, _)| *known == name);
                found.map_or("-", |(_, amount)| amount).to_string()
            };
            let amounts = lists.each_ref().map(amount).join("\t");
            let head = [prefix, item.text("type"), "\t", name, "\t"].concat();
            page.line(0, &[&head, &*amounts].concat());
        }
    }
}

/// A ConfigMap.
pub fn config_map(page: &mut Page, map: &Value) {
    page.head(map);
    page.put("\nData\n====\n");
    for (key, value) in map.texts("data") {
        page.put(&[key, ":\n----\n", value, "\n\n"].concat());
    }
    page.put("\nBinaryData\n====\n");
    for (key, value) in map.texts("binaryData") {
        page.put(&format!("{key}: {} bytes\n", bytes(value)));
    }
    page.put("\n");
}

fn bytes(text: &str) -> usize {
    base64::decode(text).map_or(0, |bytes| bytes.len())
}

/// A Secret: how long its values are.
pub fn secret(page: &mut Page, secret: &Value) {
    page.head(secret);
    let kind = secret.text("type");
    page.put(&["\nType:\t", kind, "\n\nData\n====\n"].concat());
    for (key, value) in secret.texts("data") {
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            let token = base64::decode(value).unwrap_or_default();
            page.field(0, key, &String::from_utf8_lossy(&token));
        } else {
            page.field(0, key, &format!("{} bytes", bytes(value)));
        }
    }
}

/// A ServiceAccount.
pub fn service_account(page: &mut Page, account: &Value) {
    page.head(account);
    let names = account.list("imagePullSecrets").iter();
    let names: Vec<String> = names.map(|it| it.text("name").into()).collect();
    page.multi("", "Image pull secrets", &names);
}

/// A PriorityClass.
pub fn priority_class(page: &mut Page, class: &Value) {
    page.field(0, "Name", class.text("metadata.name"));
    page.field(0, "Value", &class.int("value").to_string());
    page.field(
        0,
        "GlobalDefault",
        &class.truth("globalDefault").to_string(),
    );
    page.field(0, "PreemptionPolicy", class.text("preemptionPolicy"));
    page.field(0, "Description", class.text("description"));
    let annotations = format_labels(class, "metadata.annotations");
    page.field(0, "Annotations", &annotations);
}
