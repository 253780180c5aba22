//! Ingresses and IngressClasses. Models the Ingress part of
//! `pkg/apis/networking/validation/validation.go`.

use super::at::{At, Errors};
use super::{ip, names};

/// Models `ValidateIngressCreate` behind the metadata.
pub fn create(ingress: &At, errors: &mut Errors) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    spec(&ingress.field("spec"), errors);
    let annotations = ingress.field("metadata").field("annotations");
    let class = ingress.field("spec").field("ingressClassName");
    if let Some(annotation) = annotations.set(CLASS)
        && class.is_set()
        && class.str() != annotation.str()
    {
        // Upstream leaves `metadata` out of this path.
        let path = ingress.path.start().field("annotations").field(CLASS);
        let what = "must match `ingressClassName` when both are specified";
        errors.invalid(&path, annotation.str(), what);
    }
}

/// Models `ValidateIngressSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let rules = spec.field("rules");
    if rules.value.is_empty() && spec.set("defaultBackend").is_none() {
        let what = "either `defaultBackend` or `rules` must be specified";
        errors.invalid(&spec.path, rules.value, what);
    }
    if let Some(default) = spec.set("defaultBackend") {
        backend(&default, errors);
    }
    for rule in rules.items() {
        self::rule(&rule, errors);
    }
    for tls in spec.list("tls") {
        for host in tls.list("hosts") {
            host_name(&host, errors);
        }
        let secret = tls.field("secretName");
        if !secret.str().is_empty() {
            let wrong = names::dns1123_subdomain(secret.str());
            errors.invalid_each(&secret.path, secret.str(), wrong);
        }
    }
    if let Some(class) = spec.set("ingressClassName") {
        errors.invalid_each(
            &class.path,
            class.str(),
            names::dns1123_subdomain(class.str()),
        );
    }
}

fn host_name(host: &At, errors: &mut Errors) {
    let wrong = if host.str().contains('*') {
        names::wildcard_dns1123_subdomain(host.str())
    } else {
        names::dns1123_subdomain(host.str())
    };
    errors.invalid_each(&host.path, host.str(), wrong);
}

/// Models `validateIngressRules`, for one of them.
fn rule(rule: &At, errors: &mut Errors) {
    let host = rule.field("host");
    if !host.str().is_empty() {
        if ip::parse_sloppy(host.str()).is_some() {
            errors.invalid(
                &host.path,
                host.str(),
                "must be a DNS name, not an IP address",
            );
        }
        host_name(&host, errors);
    }
    let Some(http) = rule.set("http") else { return };
    let paths = http.field("paths");
    if paths.value.is_empty() {
        errors.required(&paths.path, "");
    }
    for path in paths.items() {
        http_path(&path, errors);
    }
}

/// Models `validateHTTPIngressPath`.
fn http_path(path: &At, errors: &mut Errors) {
    let (kind, text) = (path.field("pathType"), path.field("path"));
    if !kind.is_set() {
        return errors.required(&kind.path, "pathType must be specified");
    }
    let absolute = text.str().starts_with('/');
    match kind.str() {
        "Exact" | "Prefix" => {
            if !absolute {
                errors.invalid(&text.path, text.str(), "must be an absolute path");
            }
            for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.str().contains(sequence) {
                    let what = format!("must not contain '{sequence}'");
                    errors.invalid(&text.path, text.str(), what);
                }
            }
            for suffix in ["/..", "/."] {
                if text.str().ends_with(suffix) {
                    let what = format!("cannot end with '{suffix}'");
                    errors.invalid(&text.path, text.str(), what);
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.str().is_empty() && !absolute {
                errors.invalid(&text.path, text.str(), "must be an absolute path");
            }
        }
        other => {
            let known = &["Exact", "ImplementationSpecific", "Prefix"];
            errors.not_supported(&kind.path, other, known);
        }
    }
    backend(&path.field("backend"), errors);
}

/// Models `validateIngressBackend`.
fn backend(backend: &At, errors: &mut Errors) {
    let (resource, service) = (backend.set("resource"), backend.set("service"));
    match (resource, service) {
        (Some(_), Some(_)) => {
            let what = "cannot set both resource and service backends";
            errors.invalid(&backend.path, "", what);
        }
        (Some(resource), None) => resource_backend(&resource, errors),
        (None, Some(service)) => service_backend(backend, &service, errors),
        (None, None) => {
            let what = "resource or service backend is required";
            errors.invalid(&backend.path, "", what);
        }
    }
}

fn resource_backend(resource: &At, errors: &mut Errors) {
    if let Some(group) = resource.set("apiGroup") {
        errors.invalid_each(
            &group.path,
            group.str(),
            names::dns1123_subdomain(group.str()),
        );
    }
    for name in ["kind", "name"] {
        let at = resource.field(name);
        if at.str().is_empty() {
            errors.required(&at.path, "");
        } else {
            errors.invalid_each(&at.path, at.str(), names::path_segment_name(at.str()));
        }
    }
}

fn service_backend(backend: &At, service: &At, errors: &mut Errors) {
    let name = service.field("name");
    if name.str().is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.invalid_each(&name.path, name.str(), names::dns1123_label(name.str()));
    }
    let port = service.field("port");
    let (port_name, number) = (port.field("name"), port.field("number"));
    match (!port_name.str().is_empty(), number.number() != 0) {
        (true, true) => {
            let what = "cannot set both port name & port number";
            errors.invalid(&backend.path, "", what);
        }
        (true, false) => {
            let wrong = names::port_name(port_name.str());
            errors.invalid_each(&port_name.path, port_name.str(), wrong);
        }
        (false, true) => {
            let wrong = names::port_number(number.number());
            errors.invalid_each(&number.path, number.number(), wrong);
        }
        (false, false) => errors.required(&backend.path, "port name or number is required"),
    }
}

/// Models `validateIngressClassSpec`: the controller.
pub fn ingress_class(class: &At, errors: &mut Errors) {
    let controller = class.field("spec").field("controller");
    let text = controller.str();
    if text.len() > 250 {
        errors.too_long(&controller.path, 250);
    }
    match text.split_once('/') {
        _ if text.is_empty() => errors.required(&controller.path, ""),
        Some((host, path)) if !host.is_empty() && !path.is_empty() => {
            errors.invalid_each(&controller.path, host, names::dns1123_subdomain(host));
        }
        _ => {
            let what = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            errors.invalid(&controller.path, text, what);
        }
    }
}
