//! NetworkPolicies. Models the NetworkPolicy part of
//! `pkg/apis/networking/validation/validation.go`.

use super::at::{At, Errors};
use super::{ip, metadata, names};
use crate::api::Value;

/// Models `ValidateNetworkPolicySpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    metadata::label_selector(&spec.field("podSelector"), errors);
    for (list, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.list(list) {
            for port in rule.list("ports") {
                self::port(&port, errors);
            }
            for peer in rule.list(peers) {
                self::peer(&peer, errors);
            }
        }
    }
    let types = spec.field("policyTypes");
    if types.value.items().len() > 2 {
        let what = "may not specify more than two policyTypes";
        return errors.invalid(&types.path, types.value, what);
    }
    for kind in types.items() {
        if !["Ingress", "Egress"].contains(&kind.str()) {
            errors.not_supported(&kind.path, kind.str(), &["Ingress", "Egress"]);
        }
    }
}

/// Models `ValidateNetworkPolicyPort`.
fn port(port: &At, errors: &mut Errors) {
    let protocol = port.field("protocol");
    let known = &["TCP", "UDP", "SCTP"];
    if protocol.is_set() && !known.contains(&protocol.str()) {
        errors.not_supported(&protocol.path, protocol.str(), known);
    }
    let (number, end) = (port.field("port"), port.field("endPort"));
    match number.value {
        Value::Null if end.is_set() => {
            let what = "may not be specified when `port` is not specified";
            errors.invalid(&end.path, end.number(), what);
        }
        Value::Null => {}
        Value::String(name) => {
            if end.is_set() {
                let what = "may not be specified when `port` is non-numeric";
                errors.invalid(&end.path, end.number(), what);
            }
            errors.invalid_each(&number.path, &**name, names::port_name(name));
        }
        _ => {
            let first = number.number();
            errors.invalid_each(&number.path, first, names::port_number(first));
            if !end.is_set() {
                return;
            }
            if end.number() < first {
                let what = "must be greater than or equal to `port`";
                errors.invalid(&end.path, first, what);
            }
            errors.invalid_each(&end.path, end.number(), names::port_number(end.number()));
        }
    }
}

/// Models `ValidateNetworkPolicyPeer`.
fn peer(peer: &At, errors: &mut Errors) {
    let mut peers = 0;
    for name in ["podSelector", "namespaceSelector"] {
        if let Some(selector) = peer.set(name) {
            peers += 1;
            metadata::label_selector(&selector, errors);
        }
    }
    if let Some(block) = peer.set("ipBlock") {
        peers += 1;
        ip_block(&block, errors);
        if peers > 1 {
            let what = "may not specify both ipBlock and another peer";
            errors.forbidden(&peer.path, what);
        }
    }
    if peers == 0 {
        errors.required(&peer.path, "must specify a peer");
    }
}

/// Models `ValidateIPBlock`.
fn ip_block(block: &At, errors: &mut Errors) {
    let cidr = block.field("cidr");
    if cidr.str().is_empty() {
        return errors.required(&cidr.path, "");
    }
    ip::cidr(&cidr, errors);
    let Some(range) = ip::parse_cidr(cidr.str()) else {
        return;
    };
    for except in block.list("except") {
        ip::cidr(&except, errors);
        let inner = ip::parse_cidr(except.str());
        if inner.is_some_and(|inner| !ip::is_strict_subset(inner, range)) {
            let what = "must be a strict subset of `cidr`";
            errors.invalid(&except.path, except.str(), what);
        }
    }
}
