//! From how a container is to the field of the manifest that is behind it: where "Why" ends. What upstream's
//! reasons are about is in `pkg/kubelet/images`, `pkg/kubelet/container/sync_result.go` and
//! `pkg/kubelet/kuberuntime`. Left out: fields of other objects, and what the program does of its own accord.

use crate::api::pod::{Container, ContainerStatus, Pod};

/// The field behind how this container is, or behind how the Pod's first container in trouble is:
/// `spec.containers[0].image`. `None` for a Pod without trouble.
pub fn field_behind(pod: &Pod, container: Option<&str>) -> Option<String> {
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.len();
    let usual = pod.spec.containers.len();
    let all = pod.every_container().enumerate();
    let mut all = all.map(|(number, spec)| {
        let trouble = statuses.get(&*spec.name);
        let trouble = trouble.and_then(|status| trouble_of(pod, number, spec, status));
        (number, &*spec.name, trouble)
    });
    let (number, _, trouble) = all.find(|(_, name, trouble)| match container {
        Some(container) => *name == container,
        None => trouble.is_some(),
    })?;
    let path = match number.checked_sub(init) {
        None => format!("spec.initContainers[{number}]"),
        Some(number) if number < usual => format!("spec.containers[{number}]"),
        Some(number) => format!("spec.ephemeralContainers[{}]", number - usual),
    };
    Some(match trouble {
        Some(field) if !field.is_empty() => format!("{path}.{field}"),
        _ => path,
    })
}

/// What of the container is in the way; empty for all of it.
fn trouble_of(
    pod: &Pod,
    number: usize,
    spec: &Container,
    status: &ContainerStatus,
) -> Option<&'static str> {
    let (state, last) = (&status.state, &status.last_state);
    if let Some(waiting) = &state.waiting {
        match &*waiting.reason {
            "" | "ContainerCreating" | "PodInitializing" => return None,
            reason if reason.contains("Image") => return Some("image"),
            "CreateContainerConfigError" => return Some("env"),
            _ => {}
        }
    }
    let ended = state.terminated.as_ref().or(last.terminated.as_ref());
    if state.running.is_none()
        && let Some(ended) = ended
    {
        return match (&*ended.reason, ended.exit_code) {
            ("OOMKilled", _) => Some("resources.limits.memory"),
            (_, 0) if state.waiting.is_none() => None,
            _ if spec.command.is_empty() && !spec.args.is_empty() => Some("args"),
            _ => Some("command"),
        };
    }
    // A step of the start is never ready.
    let is_step = number < pod.spec.init_containers.len() && !spec.is_sidecar();
    if is_step
        && last
            .terminated
            .as_ref()
            .is_some_and(|last| last.exit_code != 0)
    {
        return Some("command");
    }
    if status.ready || is_step || state.running.is_none() {
        return None;
    }
    match (status.started, &spec.startup_probe, &spec.readiness_probe) {
        (Some(true), _, Some(_)) => Some("readinessProbe"),
        (Some(true), ..) => None,
        (_, Some(_), _) => Some("startupProbe"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ObjectKey;
    use crate::cluster::{Budget, Input, Setup, SimTime, Simulation};

    fn behind(spec: &str, container: Option<&str>) -> Option<String> {
        let mut simulation = Simulation::new(Setup::default(), 7);
        let manifest =
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}");
        simulation.apply(Input::Apply {
            manifest: manifest.as_str().into(),
        });
        simulation.run_until(SimTime(40_000_000), Budget::ENDLESS);
        let object = simulation
            .world()
            .store
            .get(&ObjectKey::pod("default", "p"));
        field_behind(
            object.and_then(|it| it.pod()).expect("it was applied"),
            container,
        )
    }

    #[test]
    fn trouble_leads_to_its_field_and_what_is_well_to_the_container() {
        let well = "{name: a, image: demo/web:1}";
        let with = |more: &str| behind(&format!("{{containers: [{well}, {more}]}}"), None);
        let is = |path: &str| Some(path.to_string());
        assert_eq!(with("{name: b, image: demo/agent:1}"), None);
        assert_eq!(
            with("{name: b, image: demo/web:9}"),
            is("spec.containers[1].image")
        );
        let ends = "{name: b, image: busybox, command: [sh, -c, exit 1]}";
        assert_eq!(with(ends), is("spec.containers[1].command"));
        let late = "{name: b, image: demo/loopback:1, readinessProbe: {tcpSocket: {port: 9}}}";
        assert_eq!(with(late), is("spec.containers[1].readinessProbe"));
        let lacks = "{name: b, image: demo/agent:1, env: [{name: X, valueFrom: \
            {configMapKeyRef: {name: none, key: x}}}]}";
        assert_eq!(with(lacks), is("spec.containers[1].env"));
        let step = format!("{{initContainers: [{ends}], containers: [{well}]}}");
        assert_eq!(behind(&step, None), is("spec.initContainers[0].command"));
        assert_eq!(behind(&step, Some("a")), is("spec.containers[0]"));
    }
}
