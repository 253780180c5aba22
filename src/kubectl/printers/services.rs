//! Services, what is behind them and in front of them. Models `printService`, `printEndpoints`,
//! `printEndpointSlice`, `printIngress`, `printNetworkPolicy` and their like.

use super::Found;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::age;
use crate::kubectl::labels::{format_labels, format_selector};
use crate::kubectl::look::{Look, joined, or};
use crate::order;

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "Service" => (
            "Name,Type,Cluster-IP,External-IP,Port(s),Age,+Selector",
            service,
        ),
        "Endpoints" => ("Name,Endpoints,Age", endpoints),
        "EndpointSlice" => ("Name,AddressType,Ports,Endpoints,Age", endpoint_slice),
        "Ingress" => ("Name,Class,Hosts,Address,Ports,Age", ingress),
        "IngressClass" => ("Name,Controller,Parameters,Age", ingress_class),
        "NetworkPolicy" => ("Name,Pod-Selector,Age", network_policy),
        "IPAddress" => ("Name,ParentRef", ip_address),
        "ServiceCIDR" => ("Name,CIDRs,Age", service_cidr),
        _ => return None,
    })
}

fn name(object: &Value) -> String {
    object.text("metadata.name").into()
}

fn service(object: &Value, now: SimTime) -> Vec<String> {
    let cluster_ip = object.list("spec.clusterIPs").first();
    let ports = object.list("spec.ports").iter().map(|port| {
        let mut text = port.print("port");
        if port.int("nodePort") > 0 {
            text += &[":", &port.print("nodePort")].concat();
        }
        [&text, "/", port.text("protocol")].concat()
    });
    let ports = ports.collect::<Vec<_>>().join(",");
    vec![
        name(object),
        object.text("spec.type").into(),
        cluster_ip.map_or("<none>", |ip| ip.text("")).into(),
        external_ip(object),
        or(&ports, "<none>").into(),
        age(object, now),
        format_labels(object, "spec.selector"),
    ]
}

/// Models `getServiceExternalIP`.
fn external_ip(service: &Value) -> String {
    let given = joined(service.list("spec.externalIPs"), "", ",");
    match service.text("spec.type") {
        "ClusterIP" | "NodePort" => or(&given, "<none>").into(),
        "LoadBalancer" => {
            let balancers = load_balancers(service);
            match (given.is_empty(), balancers.is_empty()) {
                (true, true) => "<pending>".into(),
                (true, false) => balancers,
                (false, true) => given,
                (false, false) => [&balancers, ",", &given].concat(),
            }
        }
        "ExternalName" => service.text("spec.externalName").into(),
        _ => "<unknown>".into(),
    }
}

/// Addresses or names of load balancers, each once. Models `loadBalancerStatusStringer`.
pub fn load_balancers(object: &Value) -> String {
    let ingresses = object.list("status.loadBalancer.ingress").iter();
    let addresses = ingresses.map(|ingress| or(ingress.text("ip"), ingress.text("hostname")));
    let mut addresses: Vec<&str> = addresses.filter(|it| !it.is_empty()).collect();
    order::sort(&mut addresses);
    addresses.dedup();
    addresses.join(",")
}

/// `10.244.1.2:80`, `[fd00::1]:80`. Models `net.JoinHostPort`.
pub fn host_port(host: &str, port: &str) -> String {
    if host.contains(':') {
        ["[", host, "]:", port].concat()
    } else {
        [host, ":", port].concat()
    }
}

/// At most so many, and how many more.
fn at_most(count: usize, all: &[String]) -> String {
    let shown = all[..all.len().min(count)].join(",");
    match all.len().saturating_sub(count) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

fn endpoints(object: &Value, now: SimTime) -> Vec<String> {
    let mut all = Vec::new();
    for subset in object.list("subsets") {
        let addresses = subset.list("addresses").iter().map(|it| it.text("ip"));
        let ports = subset.list("ports");
        if ports.is_empty() {
            all.extend(addresses.map(String::from));
            continue;
        }
        for port in ports {
            let port = port.print("port");
            all.extend(addresses.clone().map(|ip| host_port(ip, &port)));
        }
    }
    let shown = match object.list("subsets") {
        [] => "<none>".into(),
        _ => at_most(3, &all),
    };
    vec![name(object), shown, age(object, now)]
}

fn endpoint_slice(object: &Value, now: SimTime) -> Vec<String> {
    let ports = object.list("ports").iter().map(|port| {
        let text = match port.look("port") {
            Some(_) => port.print("port"),
            None => port.text("name").into(),
        };
        or(&text, "*").to_string()
    });
    let ports: Vec<String> = ports.collect();
    let endpoints = object.list("endpoints").iter();
    let addresses = endpoints.flat_map(|endpoint| endpoint.list("addresses"));
    let addresses: Vec<String> = addresses.map(|address| address.text("").into()).collect();
    let shown = |all: &[String]| or(&at_most(3, all), "<unset>").to_string();
    vec![
        name(object),
        object.text("addressType").into(),
        shown(&ports),
        shown(&addresses),
        age(object, now),
    ]
}

fn ingress(object: &Value, now: SimTime) -> Vec<String> {
    const MOST: usize = 3;
    let rules = object.list("spec.rules");
    let mut hosts = Vec::new();
    let mut has_more = false;
    for rule in rules {
        has_more |= hosts.len() == MOST;
        let host = rule.text("host");
        if !has_more && !host.is_empty() {
            hosts.push(host);
        }
    }
    let mut shown = or(&hosts.join(","), "*").to_string();
    if has_more {
        shown += &format!(" + {} more...", rules.len() - MOST);
    }
    let ports = match object.list("spec.tls") {
        [] => "80",
        _ => "80, 443",
    };
    let class = object.look("spec.ingressClassName").and_then(Value::as_str);
    vec![
        name(object),
        class.unwrap_or("<none>").into(),
        shown,
        load_balancers(object),
        ports.into(),
        age(object, now),
    ]
}

/// Its name, with ` (default)` if an annotation says so.
pub fn name_or_default(object: &Value, annotation: &str) -> String {
    let annotations = object.texts("metadata.annotations");
    let is_default = annotations.contains(&(annotation, "true"));
    let default = if is_default { " (default)" } else { "" };
    [object.text("metadata.name"), default].concat()
}

fn ingress_class(object: &Value, now: SimTime) -> Vec<String> {
    let parameters = match object.look("spec.parameters") {
        None => "<none>".into(),
        Some(of) => {
            let group = of.look("apiGroup").and_then(Value::as_str);
            let group = group.map_or(String::new(), |group| [".", group].concat());
            [of.text("kind"), &group, "/", of.text("name")].concat()
        }
    };
    vec![
        name_or_default(object, "ingressclass.kubernetes.io/is-default-class"),
        object.text("spec.controller").into(),
        parameters,
        age(object, now),
    ]
}

fn network_policy(object: &Value, now: SimTime) -> Vec<String> {
    let selector = format_selector(object.look("spec.podSelector"));
    vec![name(object), selector, age(object, now)]
}

fn ip_address(object: &Value, _: SimTime) -> Vec<String> {
    let parent = object.look("spec.parentRef").map_or("<none>".into(), |of| {
        let mut text = of.text("resource").to_lowercase();
        for (mark, part) in [(".", "group"), ("/", "namespace"), ("/", "name")] {
            let part = of.text(part);
            if !part.is_empty() {
                text += &[mark, part].concat();
            }
        }
        text
    });
    vec![name(object), parent]
}

fn service_cidr(object: &Value, now: SimTime) -> Vec<String> {
    let cidrs = joined(object.list("spec.cidrs"), "", ",");
    vec![name(object), cidrs, age(object, now)]
}
