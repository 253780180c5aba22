//! What a Pod's failure means to its Job, and when successes are enough. Models
//! `pkg/controller/job/pod_failure_policy.go` and `success_policy.go`.

use super::indexes::Intervals;
use crate::api::job::{Job, OnExitCodes, OnPodConditionsPattern, SuccessPolicy};
use crate::api::pod::{Condition, ContainerStatus, Pod};

/// What a failure means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The Job fails, with this message.
    pub fails_job: Option<String>,
    /// The Pod's index fails.
    pub fails_index: bool,
    /// It isn't counted.
    pub is_ignored: bool,
}

/// Models `matchPodFailurePolicy`.
pub fn judge_failure(job: &Job, pod: &Pod) -> Verdict {
    let policy = job.spec.pod_failure_policy.iter();
    for (number, rule) in policy.flat_map(|policy| policy.rules.iter().enumerate()) {
        let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
        let how = match (&rule.on_exit_codes, &rule.on_pod_conditions) {
            (Some(codes), _) => by_exit_code(pod, codes).map(|(status, code)| {
                let container = &status.name;
                format!(
                    "Container {container} for pod {namespace}/{name} failed with exit code {code}"
                )
            }),
            (None, Some(patterns)) => by_condition(pod, patterns).map(|condition| {
                let kind = &condition.kind;
                format!("Pod {namespace}/{name} has condition {kind}")
            }),
            (None, None) => None,
        };
        let Some(how) = how else { continue };
        let mut verdict = Verdict::default();
        match &*rule.action {
            "Ignore" => verdict.is_ignored = true,
            "FailIndex" => verdict.fails_index = true,
            "FailJob" => {
                let message = format!("{how} matching FailJob rule at index {number}");
                verdict.fails_job = Some(message);
            }
            "Count" => {}
            _ => continue,
        }
        return verdict;
    }
    Verdict::default()
}

/// Models `matchOnExitCodes`.
fn by_exit_code<'a>(pod: &'a Pod, wanted: &OnExitCodes) -> Option<(&'a ContainerStatus, i64)> {
    let status = &pod.status;
    let all = status.container_statuses.iter();
    all.chain(&status.init_container_statuses)
        .find_map(|status| {
            let code = status.state.terminated.as_ref()?.exit_code;
            let mut of = wanted.container_name.iter();
            let fits = match &*wanted.operator {
                "In" => wanted.values.contains(&code),
                "NotIn" => !wanted.values.contains(&code),
                _ => false,
            };
            (fits && code != 0 && of.all(|name| *name == status.name)).then_some((status, code))
        })
}

/// Models `matchOnPodConditions`.
fn by_condition<'a>(pod: &'a Pod, wanted: &[OnPodConditionsPattern]) -> Option<&'a Condition> {
    let mut conditions = pod.status.conditions.iter();
    conditions.find(|condition| {
        let fits = |pattern: &OnPodConditionsPattern| {
            pattern.kind == condition.kind && pattern.status == condition.status
        };
        wanted.iter().any(fits)
    })
}

/// Which rule says that these successes are enough. Models `matchSuccessPolicy`.
pub fn success(policy: &SuccessPolicy, completions: i64, succeeded: &Intervals) -> Option<String> {
    if succeeded.total() == 0 {
        return None;
    }
    let rules = policy.rules.iter();
    let met = rules.enumerate().find(|(_, rule)| {
        let is_enough = |count: i64| rule.succeeded_count.is_some_and(|wanted| count >= wanted);
        match &rule.succeeded_indexes {
            Some(indexes) => {
                let wanted = Intervals::parse(indexes, completions);
                let found = wanted.overlap(succeeded);
                wanted.total() > 0 && (found == wanted.total() || is_enough(found))
            }
            None => is_enough(succeeded.total()),
        }
    });
    met.map(|(number, _)| format!("Matched rules at index {number}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{job, pod};
    use super::*;

    #[test]
    fn the_first_rule_that_fits_says_what_a_failure_means() {
        let job = job("podFailurePolicy:
               rules:
               - {action: FailJob, onExitCodes: {containerName: main, operator: In, values: [42]}}
               - {action: Ignore, onPodConditions: [{type: DisruptionTarget, status: 'True'}]}
               - {action: FailIndex, onExitCodes: {operator: NotIn, values: [1, 2]}}
               - {action: Count, onExitCodes: {operator: In, values: [2]}}");
        for (container, code, disrupted, expected) in [
            (
                "main",
                42,
                "False",
                "job Container main for pod default/p failed with exit code 42 matching FailJob rule at index 0",
            ),
            ("side", 42, "False", "index"),
            ("main", 1, "True", "ignored"),
            ("main", 2, "False", "counted"),
            ("main", 1, "False", "counted"),
            ("main", 0, "False", "counted"),
        ] {
            let pod = pod(&format!(
                "{{metadata: {{name: p, namespace: default}}, status: {{phase: Failed,
                   conditions: [{{type: DisruptionTarget, status: '{disrupted}'}}],
                   containerStatuses: [{{name: {container}, state: {{terminated: {{exitCode: {code}}}}}}}]}}}}"
            ));
            let verdict = judge_failure(&job, &pod);
            let told = match &verdict {
                Verdict {
                    fails_job: Some(message),
                    ..
                } => format!("job {message}"),
                Verdict {
                    fails_index: true, ..
                } => "index".into(),
                Verdict {
                    is_ignored: true, ..
                } => "ignored".into(),
                _ => "counted".into(),
            };
            assert_eq!(told, expected, "{container} {code} {disrupted}");
        }
    }

    #[test]
    fn a_success_policy_is_met_by_its_indexes_or_by_their_number() {
        let job = job("successPolicy:
               rules:
               - {succeededIndexes: '0,1'}
               - {succeededIndexes: '2-5', succeededCount: 2}
               - {succeededCount: 4}");
        let policy = job.spec.success_policy.expect("it has one");
        for (succeeded, expected) in [
            ("", None),
            ("0", None),
            ("0,1", Some("Matched rules at index 0")),
            ("3,5", Some("Matched rules at index 1")),
            ("1,2,6", None),
            ("1,6-8", Some("Matched rules at index 2")),
        ] {
            let found = success(&policy, 9, &Intervals::parse(succeeded, 9));
            assert_eq!(found.as_deref(), expected, "{succeeded}");
        }
    }
}
