//! Probes, lifecycle hooks and what they do. Models `validateProbe`, `validateHandler` and
//! `validateLifecycle` of `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::names;
use crate::api::Value;
use crate::order;

/// Which probe of a container it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Kills the container when it fails.
    Liveness,
    /// Takes the Pod out of its Services when it fails.
    Readiness,
    /// Holds the other two back until it succeeds.
    Startup,
}

/// All three probes of a container.
pub fn probes(container: &At, grace_period: Option<i64>, errors: &mut Errors) {
    for (name, kind) in [
        ("livenessProbe", Kind::Liveness),
        ("readinessProbe", Kind::Readiness),
        ("startupProbe", Kind::Startup),
    ] {
        if let Some(it) = container.set(name) {
            probe(&it, kind, grace_period, errors);
        }
    }
}

fn probe(probe: &At, kind: Kind, grace_period: Option<i64>, errors: &mut Errors) {
    handler(probe, grace_period, errors);
    for name in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        errors.nonnegative(&probe.field(name));
    }
    let grace = probe.field("terminationGracePeriodSeconds");
    if grace.is_set() && grace.number() <= 0 {
        errors.invalid(&grace.path, grace.number(), "must be greater than 0");
    }
    let success = probe.field("successThreshold");
    match kind {
        Kind::Liveness | Kind::Startup if success.number() != 1 => {
            errors.invalid(&success.path, success.number(), "must be 1");
        }
        Kind::Readiness if grace.is_set() => {
            errors.invalid(
                &grace.path,
                grace.value,
                "must not be set for readinessProbes",
            );
        }
        _ => {}
    }
}

/// Models `validateHandler`: exactly one of the handler types, in upstream's order.
fn handler(handler: &At, grace_period: Option<i64>, errors: &mut Errors) {
    let mut found = false;
    for name in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = handler.set(name) else {
            continue;
        };
        if found {
            errors.forbidden(&action.path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match name {
            "exec" if action.lacks("command") => {
                errors.required(&action.field("command").path, "");
            }
            "httpGet" => http_get_action(&action, errors),
            "tcpSocket" | "grpc" => port_number_or_name(&action.field("port"), errors),
            "sleep" => sleep_action(&action, grace_period, errors),
            _ => {}
        }
    }
    if !found {
        errors.required(&handler.path, "must specify a handler type");
    }
}

fn http_get_action(http: &At, errors: &mut Errors) {
    if http.lacks("path") {
        errors.required(&http.field("path").path, "");
    }
    port_number_or_name(&http.field("port"), errors);
    let scheme = http.field("scheme");
    if !["HTTP", "HTTPS"].contains(&scheme.str()) {
        errors.not_supported(&scheme.path, scheme.str(), &["HTTP", "HTTPS"]);
    }
    let headers = http.field("httpHeaders");
    for header in headers.items() {
        let name = header.text("name");
        errors.invalid_each(&headers.path, name, names::http_header_name(name));
    }
}

fn sleep_action(sleep: &At, grace_period: Option<i64>, errors: &mut Errors) {
    let seconds = sleep.int("seconds").unwrap_or_default();
    let Some(grace_period) = grace_period else {
        return;
    };
    if !(0..=grace_period).contains(&seconds) {
        let what = format!(
            "must be non-negative and less than terminationGracePeriodSeconds ({grace_period})"
        );
        errors.invalid(&sleep.path, seconds, what);
    }
}

/// Models `ValidatePortNumOrName`.
pub fn port_number_or_name(port: &At, errors: &mut Errors) {
    match port.value {
        Value::String(name) => errors.invalid_each(&port.path, &**name, names::port_name(name)),
        _ => errors.invalid_each(&port.path, port.number(), names::port_number(port.number())),
    }
}

/// Models `validateLifecycle`.
pub fn lifecycle(lifecycle: &At, grace_period: Option<i64>, os: &At, errors: &mut Errors) {
    for name in ["postStart", "preStop"] {
        if let Some(hook) = lifecycle.set(name) {
            handler(&hook, grace_period, errors);
        }
    }
    let signal = lifecycle.field("stopSignal");
    if signal.is_set() {
        stop_signal(&signal, os, errors);
    }
}

/// Models `validateStopSignal`.
fn stop_signal(signal: &At, os: &At, errors: &mut Errors) {
    if !os.is_set() {
        let what = "may not be set for containers with empty `spec.os.name`";
        errors.forbidden(&signal.path, what);
        return;
    }
    let windows = ["SIGKILL".to_string(), "SIGTERM".to_string()];
    let known: Vec<String> = match os.text("name") {
        "windows" => windows.into(),
        "linux" => linux_signals(),
        _ => return,
    };
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if !known.contains(&signal.str()) {
        errors.not_supported(&signal.path, signal.str(), &known);
    }
}

/// Every signal that Linux knows by name, sorted.
fn linux_signals() -> Vec<String> {
    const PLAIN: &str = "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF \
        PWR QUIT RTMAX RTMIN SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM \
        WINCH XCPU XFSZ";
    let plain = PLAIN.split_whitespace().map(|name| format!("SIG{name}"));
    let low = (1..=15).map(|n| format!("SIGRTMIN+{n}"));
    let high = (1..=14).map(|n| format!("SIGRTMAX-{n}"));
    let mut all: Vec<String> = plain.chain(low).chain(high).collect();
    order::sort(&mut all);
    all
}
