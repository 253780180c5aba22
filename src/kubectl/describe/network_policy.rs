//! NetworkPolicies. Models `describeNetworkPolicy`.

use super::page::Page;
use crate::api::Value;
use crate::kubectl::labels::format_selector;
use crate::kubectl::look::{Look, joined, or};

/// A NetworkPolicy.
pub fn network_policy(page: &mut Page, policy: &Value) {
    page.name(policy);
    let created = policy.time("metadata.creationTimestamp");
    let created = created.map_or(String::new(), |created| {
        let text = created.to_rfc3339().replace('T', " ");
        [text.trim_end_matches('Z'), " +0000 UTC"].concat()
    });
    page.field(0, "Created on", &created);
    page.labels(policy);
    page.line(0, "Spec:");
    let selector = policy.look("spec.podSelector");
    let text = format_selector(selector);
    let text = match &*text {
        "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)",
        text => text,
    };
    page.line(1, &["PodSelector:     ", text].concat());
    let types = joined(policy.list("spec.policyTypes"), "", ", ");
    for (kind, name, field, peers) in [
        ("Ingress", "ingress", "spec.ingress", "from"),
        ("Egress", "egress", "spec.egress", "to"),
    ] {
        if types.split(", ").any(|it| it == kind) {
            page.line(1, &["Allowing ", name, " traffic:"].concat());
            rules(page, policy.list(field), name, peers);
        } else {
            page.line(1, &["Not affecting ", name, " traffic"].concat());
        }
    }
    page.line(1, &["Policy Types: ", or(&types, "<none>")].concat());
}

fn rules(page: &mut Page, rules: &[Value], name: &str, peers: &str) {
    if rules.is_empty() {
        let text = [
            "<none> (Selected pods are isolated for ",
            name,
            " connectivity)",
        ];
        page.line(2, &text.concat());
    }
    for (number, rule) in rules.iter().enumerate() {
        let ports = rule.list("ports");
        if ports.is_empty() {
            page.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let protocol = or(port.text("protocol"), "TCP");
            let number = match port.look("port") {
                Some(_) => port.print("port"),
                None => "<nil>".into(),
            };
            let text = match port.look("endPort") {
                None => ["To Port: ", &number, "/", protocol].concat(),
                Some(_) => {
                    let end = port.print("endPort");
                    ["To Port Range: ", &number, "-", &end, "/", protocol].concat()
                }
            };
            page.line(2, &text);
        }
        let (word, end) = match peers {
            "from" => ("From", "source"),
            _ => ("To", "destination"),
        };
        let all = rule.list(peers);
        if all.is_empty() {
            let text = [word, ": <any> (traffic not restricted by ", end, ")"];
            page.line(2, &text.concat());
        }
        for peer in all {
            page.line(2, &[word, ":"].concat());
            self::peer(page, peer);
        }
        if number + 1 < rules.len() {
            page.line(2, "----------");
        }
    }
}

fn peer(page: &mut Page, peer: &Value) {
    for (label, field) in [
        ("NamespaceSelector", "namespaceSelector"),
        ("PodSelector", "podSelector"),
    ] {
        if let Some(selector) = peer.get(field) {
            let text = format_selector(Some(selector));
            page.line(3, &[label, ": ", &text].concat());
        }
    }
    if let Some(block) = peer.look("ipBlock") {
        page.line(3, "IPBlock:");
        page.line(4, &["CIDR: ", block.text("cidr")].concat());
        let except = joined(block.list("except"), "", ", ");
        page.line(4, &["Except: ", &except].concat());
    }
}
