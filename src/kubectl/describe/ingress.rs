//! Ingresses, their classes, addresses of Services. Models `describeIngressV1`,
//! `describeIngressClassV1`, `describeIPAddressV1`, `describeServiceCIDRV1`.

use super::Cluster;
use super::page::{Page, moment};
use super::services::{endpoints_of, slices_of};
use crate::api::Value;
use crate::kubectl::look::{Look, joined, or};
use crate::kubectl::printers::load_balancers;

/// An Ingress.
pub fn ingress(page: &mut Page, ingress: &Value, cluster: Cluster) {
    page.field(0, "Name", ingress.text("metadata.name"));
    page.pairs("", "Labels", ingress, "metadata.labels");
    let namespace = ingress.text("metadata.namespace");
    page.field(0, "Namespace", namespace);
    page.field(0, "Address", &load_balancers(ingress));
    let class = or(ingress.text("spec.ingressClassName"), "<none>");
    page.field(0, "Ingress Class", class);
    let default = match ingress.look("spec.defaultBackend") {
        Some(of) => backend(of, namespace, cluster),
        None => "<default>".into(),
    };
    page.field(0, "Default backend", &default);
    let secured = ingress.list("spec.tls");
    if !secured.is_empty() {
        page.line(0, "TLS:");
    }
    for of in secured {
        let hosts = joined(of.list("hosts"), "", ",");
        let text = match of.text("secretName") {
            "" => ["SNI routes ", &hosts].concat(),
            secret => [secret, " terminates ", &hosts].concat(),
        };
        page.line(1, &text);
    }
    page.line(0, "Rules:");
    page.heads(1, &["Host", "Path", "Backends"]);
    let rules = ingress.list("spec.rules").iter();
    let rules: Vec<&Value> = rules.filter(|rule| rule.look("http").is_some()).collect();
    for rule in &rules {
        page.line(1, &[or(rule.text("host"), "*"), "\t"].concat());
        for path in rule.list("http.paths") {
            let of = path.look("backend").unwrap_or(&Value::Null);
            let backend = backend(of, namespace, cluster);
            page.line(2, &["\t", path.text("path"), " \t", &backend].concat());
        }
    }
    if rules.is_empty() {
        page.row(1, &["*", "*", &default]);
    }
    page.annotations("Annotations", ingress, "metadata.annotations");
}

/// Models `describeBackendV1`.
fn backend(of: &Value, namespace: &str, cluster: Cluster) -> String {
    if let Some(resource) = of.look("resource") {
        return format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            or(resource.text("apiGroup"), "<none>"),
            resource.text("kind"),
            resource.text("name")
        );
    }
    let Some(service) = of.look("service") else {
        return String::new();
    };
    let (name, number) = (service.text("name"), service.int("port.number"));
    let port_name = service.text("port.name");
    let port = match number {
        0 => port_name.into(),
        number => number.to_string(),
    };
    let text = [name, ":", &port].concat();
    let Some(found) = cluster.get("Service", namespace, name) else {
        return format!("{text} (<error: services \"{name}\" not found>)");
    };
    let mut own_name = "";
    for port in found.value.list("spec.ports") {
        let is_meant = number != 0 && port.int("port") == number
            || !port_name.is_empty() && port.text("name") == port_name;
        if is_meant {
            own_name = port.text("name");
        }
    }
    let endpoints = endpoints_of(&slices_of(cluster, namespace, name), own_name);
    [&text, " (", &endpoints, ")"].concat()
}

/// An IngressClass.
pub fn ingress_class(page: &mut Page, class: &Value) {
    page.field(0, "Name", class.text("metadata.name"));
    page.labels(class);
    page.field(0, "Controller", class.text("spec.controller"));
    if let Some(parameters) = class.look("spec.parameters") {
        page.line(0, "Parameters:");
        if parameters.look("apiGroup").is_some() {
            page.field(1, "APIGroup", parameters.text("apiGroup"));
        }
        page.field(1, "Kind", parameters.text("kind"));
        page.field(1, "Name", parameters.text("name"));
    }
}

/// An IPAddress.
pub fn ip_address(page: &mut Page, address: &Value) {
    page.field(0, "Name", address.text("metadata.name"));
    page.labels(address);
    if let Some(parent) = address.look("spec.parentRef") {
        page.line(0, "Parent Reference:");
        for (label, field) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            page.field(1, label, parent.text(field));
        }
    }
}

/// A ServiceCIDR.
pub fn service_cidr(page: &mut Page, object: &Value) {
    page.field(0, "Name", object.text("metadata.name"));
    page.labels(object);
    page.field(0, "CIDRs", &joined(object.list("spec.cidrs"), "", ", "));
    if !object.list("status.conditions").is_empty() {
        page.line(0, "Status:");
        conditions(page, object);
    }
}

/// Conditions with the moment of their last change.
pub fn conditions(page: &mut Page, object: &Value) {
    let conditions = object.list("status.conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    let heads = ["Type", "Status", "LastTransitionTime", "Reason", "Message"];
    page.heads(1, &heads);
    for condition in conditions {
        page.row(
            1,
            &[
                condition.text("type"),
                condition.text("status"),
                &moment(condition, "lastTransitionTime"),
                condition.text("reason"),
                condition.text("message"),
            ],
        );
    }
}
