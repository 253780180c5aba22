//! Is a container to be started again? Models `ContainerShouldRestart` and its neighbours,
//! `pkg/api/v1/pod/util.go`, and `ShouldContainerBeRestarted`, `pkg/kubelet/container/helpers.go`.

use super::runtime::{PodRuntime, State};
use crate::api::pod::{Container, ContainerRestartRule, Pod, PodSpec};

/// The first rule that speaks of this exit code. Models `FindMatchingContainerRestartRule`.
pub(super) fn matching_rule(
    container: &Container,
    exit_code: i64,
) -> Option<&ContainerRestartRule> {
    container.restart_policy_rules.iter().find(|rule| {
        let named = rule.exit_codes.values.contains(&exit_code);
        match &*rule.exit_codes.operator {
            "In" => named,
            "NotIn" => !named,
            _ => false,
        }
    })
}

/// Is it started again after ending with `exit_code`? Models `ContainerShouldRestart`.
pub(super) fn restarts_after(container: &Container, spec: &PodSpec, exit_code: i64) -> bool {
    if !container.restart_policy.is_empty() {
        let rule = matching_rule(container, exit_code);
        if rule.is_some_and(|rule| matches!(&*rule.action, "Restart" | "RestartAllContainers")) {
            return true;
        }
    }
    let policy = match &*container.restart_policy {
        "" => &*spec.restart_policy,
        own => own,
    };
    match policy {
        "Never" => false,
        "OnFailure" => exit_code != 0,
        _ => true,
    }
}

/// Would the next sync start it? Models `ShouldContainerBeRestarted`.
pub(super) fn would_start(container: &Container, pod: &Pod, picture: &PodRuntime) -> bool {
    if pod.metadata.deletion_timestamp.is_some() {
        return false;
    }
    match picture.latest(&container.name).map(|latest| &latest.state) {
        None | Some(State::Created) => true,
        Some(State::Running(_)) => false,
        Some(State::Exited { exit, .. }) => restarts_after(container, &pod.spec, exit.code),
    }
}

/// After a probe has failed, is it started again? Rules don't count: there is no exit code yet.
pub(super) fn restarts_after_probe(container: &Container, spec: &PodSpec) -> bool {
    match &*container.restart_policy {
        "" => &*spec.restart_policy != "Never",
        own => own != "Never",
    }
}

/// Does a rule of any container restart all of them? Models `AllContainersCouldRestart`.
pub(super) fn all_could_restart(spec: &PodSpec) -> bool {
    spec.init_containers
        .iter()
        .chain(&spec.containers)
        .any(|container| {
            let mut rules = container.restart_policy_rules.iter();
            rules.any(|rule| &*rule.action == "RestartAllContainers")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pod::ExitCodes;

    #[test]
    fn policies_decide_by_the_exit_code() {
        for (pod, own, code, restarts) in [
            ("Always", "", 0, true),
            ("OnFailure", "", 0, false),
            ("OnFailure", "", 1, true),
            ("Never", "", 1, false),
            ("Never", "OnFailure", 1, true),
            ("Always", "Never", 1, false),
        ] {
            let container = Container {
                restart_policy: own.into(),
                ..Container::default()
            };
            let spec = PodSpec {
                restart_policy: pod.into(),
                ..PodSpec::default()
            };
            let got = restarts_after(&container, &spec, code);
            assert_eq!(
                got, restarts,
                "Pod {pod}, container {own:?}, exit code {code}"
            );
        }
    }

    #[test]
    fn a_rule_goes_before_the_policy() {
        let exit_codes = ExitCodes {
            operator: "In".into(),
            values: vec![42],
        };
        let rule = ContainerRestartRule {
            action: "Restart".into(),
            exit_codes,
        };
        let container = Container {
            restart_policy: "Never".into(),
            restart_policy_rules: vec![rule],
            ..Container::default()
        };
        let spec = PodSpec::default();
        assert!(restarts_after(&container, &spec, 42));
        assert!(!restarts_after(&container, &spec, 1));
    }
}
