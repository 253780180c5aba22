//! Defaults of Pods and their parts. Models the Pod's part of `pkg/apis/core/v1/defaults.go`.

use super::{default_to, image};
use crate::api::Value;
use crate::api::validation::pod_resources::{Sums, aggregate};
use crate::api::validation::resources::{is_huge_page, is_overcommit_allowed};

/// 0644: upstream's `…VolumeSourceDefaultMode`.
const FILE_MODE: i64 = 0o644;

/// Models `SetDefaults_Pod`: what a Pod gets and a template doesn't.
pub fn pod(pod: &mut Value) {
    let spec = pod.at_mut(&["spec"]);
    for_each(spec, CONTAINERS, |container| {
        requests_from_limits(container);
    });
    if spec.get("resources").is_some() {
        huge_page_limits(spec);
        pod_requests(spec);
    }
    default_to(spec, &["enableServiceLinks"], true);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for_each(spec, CONTAINERS, host_network_ports);
    }
}

const CONTAINERS: &[&str] = &["containers", "initContainers"];

fn for_each(owner: &mut Value, lists: &[&str], edit: impl Fn(&mut Value)) {
    for list in lists {
        if owner.get(list).is_some_and(|list| !list.is_empty()) {
            owner.at_mut(&[list]).items_mut().iter_mut().for_each(&edit);
        }
    }
}

/// A limit without a request asks for as much.
fn requests_from_limits(container: &mut Value) {
    let limits = container.at(&["resources", "limits"]).cloned();
    for (name, limit) in limits.iter().filter_map(Value::as_map).flatten() {
        default_to(container, &["resources", "requests", name], limit.clone());
    }
}

/// Models `defaultHostNetworkPorts`.
fn host_network_ports(container: &mut Value) {
    for_each(container, &["ports"], |port| {
        let own = port.get("containerPort").cloned().unwrap_or_default();
        default_to(port, &["hostPort"], own);
    });
}

/// Models `defaultHugePagePodLimits`.
fn huge_page_limits(spec: &mut Value) {
    let has = |list: &str| {
        spec.at(&["resources", list])
            .is_some_and(|it| !it.is_empty())
    };
    if !has("limits") && !has("requests") {
        return;
    }
    for (name, (amount, format)) in &aggregate(spec, "limits") {
        let requested = spec.at(&["resources", "requests", name]).is_some();
        if is_huge_page(name) && !requested {
            default_to(spec, &["resources", "limits", name], amount.print(*format));
        }
    }
}

/// Models `defaultPodRequests`: what the containers ask for together, else the Pod's limits.
fn pod_requests(spec: &mut Value) {
    let limits = spec
        .at(&["resources", "limits"])
        .cloned()
        .unwrap_or_default();
    if limits.is_empty() {
        return;
    }
    let counts = |name: &str| ["cpu", "memory"].contains(&name) || is_huge_page(name);
    let sums: Sums = aggregate(spec, "requests");
    for (name, (amount, format)) in &sums {
        if counts(name) && is_overcommit_allowed(name) {
            default_to(
                spec,
                &["resources", "requests", name],
                amount.print(*format),
            );
        }
    }
    for (name, limit) in limits.as_map().into_iter().flatten() {
        if counts(name) {
            default_to(spec, &["resources", "requests", name], limit.clone());
        }
    }
}

/// Models `SetDefaults_PodSpec`. `serviceAccount` is the old name of `serviceAccountName`; the
/// conversion keeps both alike.
pub fn pod_spec(spec: &mut Value) {
    default_to(spec, &["dnsPolicy"], "ClusterFirst");
    default_to(spec, &["restartPolicy"], "Always");
    if spec.get("securityContext").is_none() {
        spec.set(&["securityContext"], Value::map());
    }
    default_to(spec, &["terminationGracePeriodSeconds"], 30);
    // No Pod can end before it is asked to; upstream's decoder puts it right.
    let grace = spec
        .get("terminationGracePeriodSeconds")
        .and_then(Value::as_i64);
    if grace.is_some_and(|seconds| seconds < 0) {
        spec.set(&["terminationGracePeriodSeconds"], 1);
    }
    default_to(spec, &["schedulerName"], "default-scheduler");
    let account = spec
        .get("serviceAccountName")
        .or(spec.get("serviceAccount"))
        .cloned();
    if let Some(account) = account {
        spec.set(&["serviceAccountName"], account.clone());
        spec.set(&["serviceAccount"], account);
    }
}

/// Models `SetDefaults_Container`.
pub fn container(container: &mut Value) {
    let latest = image::tag(container.text_at(&["image"])) == "latest";
    let policy = if latest { "Always" } else { "IfNotPresent" };
    default_to(container, &["imagePullPolicy"], policy);
    default_to(
        container,
        &["terminationMessagePath"],
        "/dev/termination-log",
    );
    default_to(container, &["terminationMessagePolicy"], "File");
}

/// Models `SetDefaults_Probe`. Upstream's zeros mean the same as nothing.
pub fn probe(probe: &mut Value) {
    for (name, default) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        default_to(probe, &[name], default);
    }
}

/// Models `SetDefaults_HTTPGetAction`.
pub fn http_get_action(action: &mut Value) {
    default_to(action, &["path"], "/");
    default_to(action, &["scheme"], "HTTP");
}

/// Models `SetDefaults_Volume`.
pub fn volume(volume: &mut Value) {
    let has_source = volume
        .as_map()
        .is_some_and(|fields| fields.keys().any(|name| &**name != "name"));
    if !has_source {
        volume.set(&["emptyDir"], Value::map());
    }
    if let Some(source) = volume.get("image") {
        let latest = image::tag(source.text_at(&["reference"])) == "latest";
        let policy = if latest { "Always" } else { "IfNotPresent" };
        default_to(volume, &["image", "pullPolicy"], policy);
    }
}

/// Models the `SetDefaults_…VolumeSource` functions of sources that write files.
pub fn default_mode(source: &mut Value) {
    default_to(source, &["defaultMode"], FILE_MODE);
}

/// Models `SetDefaults_HostPathVolumeSource`.
pub fn host_path(source: &mut Value) {
    default_to(source, &["type"], "");
}

/// Models `SetDefaults_ServiceAccountTokenProjection`: an hour.
pub fn service_account_token_projection(token: &mut Value) {
    default_to(token, &["expirationSeconds"], 60 * 60);
}

/// Models `SetDefaults_ObjectFieldSelector`.
pub fn object_field_selector(selector: &mut Value) {
    default_to(selector, &["apiVersion"], "v1");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    #[test]
    fn a_limit_without_a_request_asks_for_as_much() {
        let limits = fields! { "cpu" => "1", "memory" => "1Gi" };
        let requests = fields! { "cpu" => "500m" };
        let mut container = fields! {
            "resources" => fields! { "limits" => limits, "requests" => requests },
        };
        requests_from_limits(&mut container);
        assert_eq!(container.text_at(&["resources", "requests", "cpu"]), "500m");
        assert_eq!(
            container.text_at(&["resources", "requests", "memory"]),
            "1Gi"
        );
    }
}
