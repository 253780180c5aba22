//! Services and who is behind them. Models `describeService`, `describeEndpoints`,
//! `describeEndpointSliceV1`.

use std::rc::Rc;

use super::Cluster;
use super::page::{Page, or_unset};
use crate::api::{Object, Value};
use crate::kubectl::labels::format_labels;
use crate::kubectl::look::{Look, joined, or};
use crate::kubectl::printers::host_port;

/// A Service.
pub fn service(page: &mut Page, service: &Value, cluster: Cluster) {
    let spec = |field: &str| service.text(&["spec.", field].concat());
    let list = |field: &str| joined(service.list(&["spec.", field].concat()), "", ",");
    page.name(service);
    page.labels(service);
    page.field(0, "Selector", &format_labels(service, "spec.selector"));
    page.field(0, "Type", spec("type"));
    told(page, "IP Family Policy", spec("ipFamilyPolicy"));
    page.field(0, "IP Families", or(&list("ipFamilies"), "<none>"));
    page.field(0, "IP", spec("clusterIP"));
    page.field(0, "IPs", or(&list("clusterIPs"), "<none>"));
    told(page, "External IPs", &list("externalIPs"));
    told(page, "Desired LoadBalancer IP", spec("loadBalancerIP"));
    told(page, "External Name", spec("externalName"));
    told(page, "LoadBalancer Ingress", &load_balancers(service));
    ports(page, service, cluster);
    page.field(0, "Session Affinity", spec("sessionAffinity"));
    told(
        page,
        "External Traffic Policy",
        spec("externalTrafficPolicy"),
    );
    told(
        page,
        "Internal Traffic Policy",
        spec("internalTrafficPolicy"),
    );
    let health = match service.int("spec.healthCheckNodePort") {
        0 => String::new(),
        port => port.to_string(),
    };
    told(page, "HealthCheck NodePort", &health);
    told(
        page,
        "LoadBalancer Source Ranges",
        &list("loadBalancerSourceRanges"),
    );
    told(page, "Traffic Distribution", spec("trafficDistribution"));
}

/// A field that is told only where it says something.
fn told(page: &mut Page, label: &str, value: &str) {
    if !value.is_empty() {
        page.field(0, label, value);
    }
}

fn load_balancers(service: &Value) -> String {
    let ingresses = service.list("status.loadBalancer.ingress").iter();
    let texts = ingresses.map(
        |ingress| match (ingress.text("ip"), ingress.text("ipMode")) {
            ("", _) => ingress.text("hostname").to_string(),
            (ip, "") => ip.into(),
            (ip, mode) => [ip, " (", mode, ")"].concat(),
        },
    );
    texts.collect::<Vec<_>>().join(", ")
}

fn ports(page: &mut Page, service: &Value, cluster: Cluster) {
    let slices = slices_of(
        cluster,
        service.text("metadata.namespace"),
        service.text("metadata.name"),
    );
    for port in service.list("spec.ports") {
        let name = or(port.text("name"), "<unset>");
        let of = |field: &str| [&port.print(field), "/", port.text("protocol")].concat();
        page.row(0, &["Port:", name, &of("port")]);
        page.field(0, "TargetPort", &of("targetPort"));
        told(page, "AppProtocol", port.text("appProtocol"));
        if port.int("nodePort") != 0 {
            page.row(0, &["NodePort:", name, &of("nodePort")]);
        }
        let endpoints = endpoints_of(&slices, port.text("name"));
        page.field(0, "Endpoints", &endpoints);
    }
}

/// The slices of a Service.
pub fn slices_of(cluster: Cluster, namespace: &str, service: &str) -> Vec<Rc<Object>> {
    let mut slices = cluster.list("EndpointSlice.discovery.k8s.io", namespace);
    let label = "kubernetes.io/service-name";
    slices.retain(|slice| {
        slice
            .meta
            .labels
            .get(label)
            .is_some_and(|of| **of == *service)
    });
    slices
}

/// Ready addresses for the port of this name, at most three. Models `formatEndpointSlices`.
pub fn endpoints_of(slices: &[Rc<Object>], port_name: &str) -> String {
    const MOST: usize = 3;
    if slices.is_empty() {
        return "<none>".into();
    }
    let (mut shown, mut count, mut has_more) = (Vec::new(), 0, false);
    for slice in slices {
        let slice = &slice.value;
        let ports = slice.list("ports").iter();
        let mut numbers: Vec<Option<String>> = ports
            .filter(|port| port.text("name") == port_name)
            .map(|port| Some(port.print("port")))
            .collect();
        if slice.list("ports").is_empty() {
            numbers.push(None);
        }
        for number in numbers {
            for endpoint in slice.list("endpoints") {
                has_more |= shown.len() == MOST;
                let ready = endpoint.look("conditions.ready").and_then(Value::as_bool);
                if ready == Some(false) {
                    continue;
                }
                count += 1;
                let first = endpoint.list("addresses").first();
                let address = first.map_or("", |address| address.text(""));
                if !has_more {
                    shown.push(match &number {
                        Some(port) => host_port(address, port),
                        None => address.into(),
                    });
                }
            }
        }
    }
    let text = shown.join(",");
    if has_more {
        return format!("{text} + {} more...", i64::from(count) - MOST as i64);
    }
    text
}

/// Endpoints.
pub fn endpoints(page: &mut Page, object: &Value) {
    page.head(object);
    page.line(0, "Subsets:");
    for subset in object.list("subsets") {
        for (label, field) in [
            ("Addresses", "addresses"),
            ("NotReadyAddresses", "notReadyAddresses"),
        ] {
            let addresses = joined(subset.list(field), "ip", ",");
            page.field(1, label, or(&addresses, "<none>"));
        }
        let ports = subset.list("ports");
        if !ports.is_empty() {
            page.line(1, "Ports:");
            page.heads(2, &["Name", "Port", "Protocol"]);
        }
        for port in ports {
            let name = or(port.text("name"), "<unset>");
            page.row(2, &[name, &port.print("port"), port.text("protocol")]);
        }
        page.line(0, "");
    }
}

/// An EndpointSlice.
pub fn endpoint_slice(page: &mut Page, object: &Value) {
    page.head(object);
    page.field(0, "AddressType", object.text("addressType"));
    let ports = object.list("ports");
    if ports.is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        page.heads(1, &["Name", "Port", "Protocol"]);
    }
    for port in ports {
        let (name, number) = (or_unset(port, "name"), or_unset(port, "port"));
        page.row(1, &[&name, &number, port.text("protocol")]);
    }
    let endpoints = object.list("endpoints");
    let none = if endpoints.is_empty() { " <none>" } else { "" };
    page.line(0, &["Endpoints:", none].concat());
    for endpoint in endpoints {
        let addresses = joined(endpoint.list("addresses"), "", ", ");
        page.field(1, "- Addresses", or(&addresses, "<none>"));
        page.line(2, "Conditions:");
        page.field(3, "Ready", &or_unset(endpoint, "conditions.ready"));
        page.field(2, "Hostname", &or_unset(endpoint, "hostname"));
        if let Some(target) = endpoint.look("targetRef") {
            let text = [target.text("kind"), "/", target.text("name")].concat();
            page.field(2, "TargetRef", &text);
        }
        page.field(2, "NodeName", &or_unset(endpoint, "nodeName"));
        page.field(2, "Zone", &or_unset(endpoint, "zone"));
    }
}
