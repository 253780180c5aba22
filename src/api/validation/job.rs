//! Jobs. Models `ValidateJob` and `ValidateJobUpdate` of `pkg/apis/batch/validation/validation.go`.
//! Left out: a template that may not change is printed as the API has it, not as Go's struct.

use super::at::{At, Errors, IS_NEGATIVE};
use super::{metadata, names, pod};
use crate::api::Value;

/// Models `ValidateJob` behind the metadata.
pub fn create(job: &At, errors: &mut Errors) {
    let spec = job.field("spec");
    generated_selector(job, errors);
    self::spec(&spec, errors);
    selector(&spec, errors);
    let completions = spec.int("completions").unwrap_or_default();
    if spec.text("completionMode") == "Indexed" && completions > 0 {
        let name = job.field("metadata").field("name");
        let host = format!("{}-{}", name.str(), completions - 1);
        if !names::dns1123_label(&host).is_empty() {
            let what = format!("will not able to create pod with invalid DNS label: {host}");
            errors.invalid(&name.path, name.str(), what);
        }
    }
}

/// Models `validateGeneratedSelector`: the API server labels the Pods itself.
fn generated_selector(job: &At, errors: &mut Errors) {
    let spec = job.field("spec");
    let selector = spec.field("selector");
    if spec.flag("manualSelector") || !selector.is_set() {
        return;
    }
    let meta = job.field("metadata");
    let expected = [
        ("controller-uid", meta.text("uid")),
        ("job-name", meta.text("name")),
        ("batch.kubernetes.io/controller-uid", meta.text("uid")),
        ("batch.kubernetes.io/job-name", meta.text("name")),
    ];
    let labels = spec.field("template").field("metadata").field("labels");
    for (key, value) in expected {
        let path = labels.path.key(key);
        match labels.set(key) {
            None => errors.required(&path, format!("must be '{value}'")),
            Some(label) if label.str() != value => {
                errors.invalid(&path, labels.value, format!("must be '{value}'"));
            }
            Some(_) => {}
        }
    }
    let expected: Value = expected
        .into_iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    let expected = At {
        value: &expected,
        ..selector
    };
    let matches = metadata::selector_matches(&selector, &expected);
    if metadata::is_readable(&selector) && !matches {
        errors.invalid(
            &selector.path,
            selector.value,
            "`selector` not auto-generated",
        );
    }
}

/// Models `ValidateJobSpec` behind `validateJobSpec`.
fn selector(spec: &At, errors: &mut Errors) {
    let selector = spec.field("selector");
    if selector.is_set() {
        metadata::label_selector(&selector, errors);
    } else {
        errors.required(&selector.path, "");
    }
    let labels = spec.field("template").field("metadata").field("labels");
    let readable = metadata::is_readable(&selector);
    if readable && !metadata::selector_matches(&selector, &labels) {
        let what = "`selector` does not match template `labels`";
        errors.invalid(&labels.path, labels.value, what);
    }
}

/// Models `validateJobSpec`, which templates of CronJobs share.
pub fn spec(spec: &At, errors: &mut Errors) {
    for name in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        let number = spec.field(name);
        if number.number() < 0 {
            errors.invalid(&number.path, number.number(), IS_NEGATIVE);
        }
    }
    let per_index = spec.field("backoffLimitPerIndex");
    if spec.set("maxFailedIndexes").is_some() && !per_index.is_set() {
        errors.required(&per_index.path, "when maxFailedIndexes is specified");
    }
    completion_mode(spec, errors);
    if let Some(policy) = spec.set("podFailurePolicy") {
        pod_failure_policy(spec, &policy, errors);
    }
    if let Some(policy) = spec.set("successPolicy") {
        success_policy(spec, &policy, errors);
    }
    pod_replacement_policy(spec, errors);
    pod::template(&spec.field("template"), errors);
    restart_policy(spec, errors);
}

fn completion_mode(spec: &At, errors: &mut Errors) {
    let mode = spec.field("completionMode");
    let known = &["NonIndexed", "Indexed"];
    if mode.is_set() && !known.contains(&mode.str()) {
        errors.not_supported(&mode.path, mode.str(), known);
    }
    match mode.str() {
        "Indexed" => indexed(spec, errors),
        "" | "NonIndexed" => {
            for name in ["backoffLimitPerIndex", "maxFailedIndexes"] {
                let it = spec.field(name);
                if it.is_set() {
                    errors.invalid(&it.path, it.number(), "requires indexed completion mode");
                }
            }
        }
        _ => {}
    }
}

fn indexed(spec: &At, errors: &mut Errors) {
    const MOST: i64 = 100_000;
    const MOST_WITH_HIGH_COMPLETIONS: i64 = 10_000;
    let (completions, failed) = (spec.field("completions"), spec.field("maxFailedIndexes"));
    let parallelism = spec.field("parallelism");
    if !completions.is_set() {
        errors.required(&completions.path, "when completion mode is Indexed");
    }
    if parallelism.number() > MOST {
        let what = "must be less than or equal to 100000 when completion mode is Indexed";
        errors.invalid(&parallelism.path, parallelism.number(), what);
    }
    if completions.is_set() && failed.number() > completions.number() {
        let what = "must be less than or equal to completions";
        errors.invalid(&failed.path, failed.number(), what);
    }
    if failed.number() > MOST {
        let what = "must be less than or equal to 100000";
        errors.invalid(&failed.path, failed.number(), what);
    }
    if completions.number() <= MOST || spec.set("backoffLimitPerIndex").is_none() {
        return;
    }
    if !failed.is_set() {
        let what = "must be specified when completions is above 100000";
        errors.required(&failed.path, what);
    }
    for it in [&parallelism, &failed] {
        if it.number() > MOST_WITH_HIGH_COMPLETIONS {
            let what = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
            errors.invalid(&it.path, it.number(), what);
        }
    }
}

/// Models `validatePodReplacementPolicy`.
fn pod_replacement_policy(spec: &At, errors: &mut Errors) {
    let policy = spec.field("podReplacementPolicy");
    let known: &[&str] = if spec.set("podFailurePolicy").is_some() {
        &["Failed"]
    } else {
        &["Failed", "TerminatingOrFailed"]
    };
    if policy.is_set() && !known.contains(&policy.str()) {
        errors.not_supported(&policy.path, policy.str(), known);
    }
}

fn restart_policy(spec: &At, errors: &mut Errors) {
    let policy = spec.field("template").field("spec").field("restartPolicy");
    match policy.str() {
        "" | "Always" => {
            errors.required(&policy.path, "valid values: \"OnFailure\", \"Never\"");
        }
        "OnFailure" if spec.set("podFailurePolicy").is_some() => {
            let what = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.invalid(&policy.path, policy.str(), what);
        }
        "OnFailure" | "Never" => {}
        other => errors.not_supported(&policy.path, other, &["OnFailure", "Never"]),
    }
}

/// Models `validatePodFailurePolicy`.
fn pod_failure_policy(spec: &At, policy: &At, errors: &mut Errors) {
    let rules = policy.field("rules");
    if rules.value.items().len() > 20 {
        errors.too_many(&rules.path, rules.value.items().len(), 20);
    }
    for rule in rules.items() {
        let action = rule.field("action");
        let known = &["Count", "FailIndex", "FailJob", "Ignore"];
        match action.str() {
            "" => errors.required(&action.path, valid_values(known)),
            "FailIndex" if spec.set("backoffLimitPerIndex").is_none() => {
                let what = "requires the backoffLimitPerIndex to be set";
                errors.invalid(&action.path, action.str(), what);
            }
            text if known.contains(&text) => {}
            text => errors.not_supported(&action.path, text, known),
        }
        let (codes, conditions) = (rule.field("onExitCodes"), rule.field("onPodConditions"));
        if codes.is_set() {
            on_exit_codes(spec, &codes, errors);
        }
        on_pod_conditions(&conditions, errors);
        let what = match (codes.is_set(), !conditions.value.is_empty()) {
            (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
            (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
            _ => continue,
        };
        errors.invalid_omitting_value(&rule.path, what);
    }
}

/// A list as Go prints it with `%q`.
fn valid_values(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("valid values: [{}]", values.join(" "))
}

fn on_exit_codes(spec: &At, codes: &At, errors: &mut Errors) {
    let operator = codes.field("operator");
    match operator.str() {
        "" => errors.required(&operator.path, valid_values(&["In", "NotIn"])),
        "In" | "NotIn" => {}
        other => errors.not_supported(&operator.path, other, &["In", "NotIn"]),
    }
    let name = codes.field("containerName");
    let template = spec.field("template").field("spec");
    let lists = ["containers", "initContainers"];
    let mut all = lists.iter().flat_map(|list| template.list(list));
    if name.is_set() && !all.any(|container| container.text("name") == name.str()) {
        let what = "must be one of the container or initContainer names in the pod template";
        errors.invalid(&name.path, name.str(), what);
    }
    exit_code_values(&codes.field("values"), operator.str() == "In", errors);
}

fn exit_code_values(values: &At, is_in: bool, errors: &mut Errors) {
    let numbers: Vec<i64> = values.items().map(|value| value.number()).collect();
    if numbers.is_empty() {
        errors.invalid(&values.path, values.value, "at least one value is required");
    } else if numbers.len() > 255 {
        errors.too_many(&values.path, numbers.len(), 255);
    }
    for (index, value) in values.items().enumerate() {
        if is_in && value.number() == 0 {
            errors.invalid(&value.path, 0, "must not be 0 for the In operator");
        }
        if numbers[..index].contains(&value.number()) {
            errors.duplicate(&value.path, value.number());
        }
    }
    if !numbers.is_sorted() {
        errors.invalid(&values.path, values.value, "must be ordered");
    }
}

fn on_pod_conditions(patterns: &At, errors: &mut Errors) {
    if patterns.value.items().len() > 20 {
        errors.too_many(&patterns.path, patterns.value.items().len(), 20);
    }
    for pattern in patterns.items() {
        let (kind, status) = (pattern.field("type"), pattern.field("status"));
        errors.invalid_each(&kind.path, kind.str(), names::label_key(kind.str()));
        let known = &["False", "True", "Unknown"];
        match status.str() {
            "" => errors.required(&status.path, valid_values(known)),
            text if known.contains(&text) => {}
            text => errors.not_supported(&status.path, text, known),
        }
    }
}

/// Models `validateSuccessPolicy`.
fn success_policy(spec: &At, policy: &At, errors: &mut Errors) {
    if spec.text("completionMode") != "Indexed" {
        let bad = super::at::go_struct(policy.value, &[("Rules", "rules")]);
        return errors.invalid(&policy.path, bad, "requires indexed completion mode");
    }
    let rules = policy.field("rules");
    if rules.value.is_empty() {
        let what = "at least one rules must be specified when the successPolicy is specified";
        errors.required(&rules.path, what);
    }
    if rules.value.items().len() > 20 {
        errors.too_many(&rules.path, rules.value.items().len(), 20);
    }
    let completions = spec.int("completions").unwrap_or_default();
    for rule in rules.items() {
        success_rule(&rule, completions, errors);
    }
}

fn success_rule(rule: &At, completions: i64, errors: &mut Errors) {
    let (count, indexes) = (rule.field("succeededCount"), rule.field("succeededIndexes"));
    if !count.is_set() && !indexes.is_set() {
        let what = "at least one of succeededCount or succeededIndexes must be specified";
        errors.required(&rule.path, what);
    }
    let total = super::indexes::count(indexes.str(), completions).unwrap_or_else(|why| {
        let what = format!("error parsing succeededIndexes: {why}");
        errors.invalid(&indexes.path, indexes.str(), what);
        0
    });
    if !count.is_set() {
        return;
    }
    errors.nonnegative(&count);
    if count.number() > completions {
        let what = format!(
            "must be less than or equal to {completions} (the number of specified completions)"
        );
        errors.invalid(&count.path, count.number(), what);
    }
    if indexes.is_set() && count.number() > total {
        let what = format!(
            "must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        );
        errors.invalid(&count.path, count.number(), what);
    }
}

/// Models `ValidateJobSpecUpdate`.
pub fn update(spec: &At, old: &At, errors: &mut Errors) {
    self::spec(spec, errors);
    selector(spec, errors);
    completions_update(spec, old, errors);
    errors.immutable(&spec.field("selector"), &old.field("selector"));
    template_update(spec, old, errors);
    for name in [
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        errors.immutable(&spec.field(name), &old.field(name));
    }
}

/// An Indexed Job may be made larger or smaller, with its parallelism.
fn completions_update(spec: &At, old: &At, errors: &mut Errors) {
    let (completions, was) = (spec.field("completions"), old.field("completions"));
    if spec.text("completionMode") != "Indexed" {
        return errors.immutable(&completions, &was);
    }
    let changed = completions.is_set() && completions.value != was.value;
    if changed && completions.number() != spec.int("parallelism").unwrap_or_default() {
        let what = "can only be modified in tandem with spec.parallelism";
        errors.invalid(&completions.path, completions.number(), what);
    }
}

/// Models `validatePodTemplateUpdate`. While a Job is suspended and never started, where its Pods
/// may run and what they ask for can still change.
fn template_update(spec: &At, old: &At, errors: &mut Errors) {
    let (template, old_template) = (spec.field("template"), old.field("template"));
    if !old.flag("suspend") {
        return errors.immutable(&template, &old_template);
    }
    let mut comparable = template.value.clone();
    for path in [
        &["spec", "nodeSelector"][..],
        &["spec", "tolerations"],
        &["spec", "schedulingGates"],
        &["metadata"],
        &["spec", "affinity", "nodeAffinity"],
    ] {
        comparable.remove(path);
        if let Some(was) = old_template.value.at(path) {
            comparable.set(path, was.clone());
        }
    }
    for list in ["containers", "initContainers"] {
        let was = old_template.field("spec").field(list);
        if was.value.items().len() != template.field("spec").field(list).value.items().len() {
            continue;
        }
        for (container, was) in comparable
            .at_mut(&["spec", list])
            .items_mut()
            .iter_mut()
            .zip(was.items())
        {
            container.set(&["resources"], was.field("resources").value.clone());
        }
    }
    if comparable != *old_template.value {
        errors.immutable(&template, &old_template);
    }
}
