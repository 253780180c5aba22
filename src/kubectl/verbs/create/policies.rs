//! `kubectl create namespace`, `quota`, `poddisruptionbudget`, `priorityclass`, `serviceaccount`. Models
//! the files of these names in `k8s.io/kubectl/pkg/cmd/create`.

use super::generator::{FLAGS, finish, name, object};
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::fields;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::label_selector;
use crate::kubectl::process::Process;

/// `kubectl create namespace`
pub const NAMESPACE: Command = Command::new(
    "namespace",
    "Create a namespace with the specified name",
    |cx, given| {
        let mut value = object("v1", "Namespace", &name(given)?);
        value.set(&["spec"], Value::map());
        value.set(&["status"], Value::map());
        finish(cx, given, value, "")
    },
)
.aliases(&["ns"])
.flags(&[FLAGS]);

/// `kubectl create serviceaccount`
pub const SERVICE_ACCOUNT: Command = Command::new(
    "serviceaccount",
    "Create a service account with the specified name",
    |cx, given| {
        let value = object("v1", "ServiceAccount", &name(given)?);
        finish(cx, given, value, "failed to create serviceaccount: ")
    },
)
.aliases(&["sa"])
.flags(&[FLAGS]);

/// `kubectl create quota`
pub const QUOTA: Command = Command::new("quota", "Create a quota with the specified name", quota)
    .aliases(&["resourcequota"])
    .flags(&[FLAGS, &[Flag::text("hard"), Flag::text("scopes")]]);

/// `kubectl create poddisruptionbudget`
pub const BUDGET: Command = Command::new(
    "poddisruptionbudget",
    "Create a pod disruption budget with the specified name",
    budget,
)
.aliases(&["pdb"])
.flags(&[
    FLAGS,
    &[
        Flag::text("max-unavailable"),
        Flag::text("min-available"),
        Flag::text("selector"),
    ],
]);

/// `kubectl create priorityclass`
pub const PRIORITY_CLASS: Command = Command::new(
    "priorityclass",
    "Create a priority class with the specified name",
    priority_class,
)
.aliases(&["pc"])
.flags(&[
    FLAGS,
    &[
        Flag::text("description"),
        Flag::truth("global-default"),
        Flag::text("preemption-policy").default("PreemptLowerPriority"),
        Flag::int32("value", "0"),
    ],
]);

fn quota(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut value = object("v1", "ResourceQuota", &name(given)?);
    value.set(&["spec"], Value::map());
    let hard = given.text("hard");
    for pair in hard.split(',').filter(|_| !hard.is_empty()) {
        let parts: Vec<&str> = pair.split('=').collect();
        let [resource, quantity] = parts[..] else {
            return plain(format!(
                "Invalid argument syntax {pair}, expected <resource>=<value>"
            ));
        };
        let Some(canonical) = Quantity::canonical(quantity) else {
            return plain(
                "quantities must match the regular expression \
                 '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            );
        };
        value.set(&["spec", "hard", resource], canonical);
    }
    let scopes = given.text("scopes");
    if !scopes.is_empty() {
        if scopes.split(',').any(str::is_empty) {
            return plain("invalid resource quota scope \"\"");
        }
        let scopes: Value = scopes.split(',').map(Value::from).collect();
        value.set(&["spec", "scopes"], scopes);
    }
    value.set(&["status"], Value::map());
    finish(cx, given, value, "failed to create quota: ")
}

fn budget(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let name = name(given)?;
    let (selector, least, most) = (
        given.text("selector"),
        given.text("min-available"),
        given.text("max-unavailable"),
    );
    if selector.is_empty() {
        return plain("a selector must be specified");
    }
    if least.is_empty() && most.is_empty() {
        return plain("one of min-available or max-unavailable must be specified");
    }
    if !least.is_empty() && !most.is_empty() {
        return plain("min-available and max-unavailable cannot be both specified");
    }
    let mut value = object("policy/v1", "PodDisruptionBudget", &name);
    for (flag, field, text) in [
        ("min-available", "minAvailable", least),
        ("max-unavailable", "maxUnavailable", most),
    ] {
        if text.is_empty() {
            continue;
        }
        let digits = text.strip_suffix('%').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return plain(format!("invalid format specified for {flag}"));
        }
        let number = text.parse::<i64>().map_or(Value::from(text), Value::Int);
        value.set(&["spec", field], number);
    }
    value.set(&["spec", "selector"], selector_of(selector)?);
    value.set(
        &["status"],
        fields! {
            "currentHealthy" => 0, "desiredHealthy" => 0, "disruptionsAllowed" => 0,
            "expectedPods" => 0,
        },
    );
    finish(cx, given, value, "failed to create poddisruptionbudgets: ")
}

/// A selector's text as a `LabelSelector`. Models `ParseToLabelSelector`.
///
/// # Errors
/// When it can't be read.
pub fn selector_of(text: &str) -> Result<Value, Error> {
    let read = label_selector::parse(text).map_err(|why| {
        let text = crate::manifest::stream::quoted(text);
        Error::Plain(format!("couldn't parse the selector string {text}: {why}"))
    })?;
    let mut selector = Value::map();
    for requirement in &read.match_expressions {
        match (&*requirement.operator, &requirement.values[..]) {
            ("In", [value]) => {
                selector.set(&["matchLabels", &requirement.key], value.clone());
            }
            (operator, values) => {
                let mut expression =
                    fields! { "key" => requirement.key.clone(), "operator" => operator };
                if !values.is_empty() {
                    let values: Value = values
                        .iter()
                        .map(|value| Value::from(value.clone()))
                        .collect();
                    expression.set(&["values"], values);
                }
                selector
                    .at_mut(&["matchExpressions"])
                    .items_mut()
                    .push(expression);
            }
        }
    }
    Ok(selector)
}

fn priority_class(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut value = object("scheduling.k8s.io/v1", "PriorityClass", &name(given)?);
    value.set(&["value"], given.int("value"));
    value.set(&["preemptionPolicy"], given.text("preemption-policy"));
    if given.is("global-default") {
        value.set(&["globalDefault"], true);
    }
    if !given.text("description").is_empty() {
        value.set(&["description"], given.text("description"));
    }
    finish(cx, given, value, "failed to create priorityclass: ")
}
