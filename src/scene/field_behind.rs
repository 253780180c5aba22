//! From how a container is to the field of the manifest that is behind it: where "Why" ends. What upstream's
//! reasons are about is in `pkg/kubelet/images`, `pkg/kubelet/container/sync_result.go` and
//! `pkg/kubelet/kuberuntime`. Left out: fields of other objects, and what the program does of its own accord.

use crate::api::Object;
use crate::api::pod::{Container, ContainerStateTerminated, ContainerStatus, Pod};
use crate::cluster::{SimTime, Store};

/// The field behind how this container is, or behind how the Pod's first container in trouble is:
/// `spec.containers[0].image`. `None` for a Pod without trouble. No field is behind the end of the container that
/// was `killed` by hand. Why a kubelet killed one, only its Events in `store` say.
pub fn field_behind(
    store: &Store,
    pod: &Pod,
    container: Option<&str>,
    killed: Option<&str>,
) -> Option<String> {
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.len();
    let usual = pod.spec.containers.len();
    let all = pod.every_container().enumerate();
    let mut all = all.map(|(number, spec)| {
        let trouble = statuses.get(&*spec.name);
        let trouble =
            trouble.and_then(|status| trouble_of(store, pod, number, spec, status, killed));
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
    store: &Store,
    pod: &Pod,
    number: usize,
    spec: &Container,
    status: &ContainerStatus,
    killed: Option<&str>,
) -> Option<&'static str> {
    let (state, last) = (&status.state, &status.last_state);
    if let Some(waiting) = &state.waiting {
        match &*waiting.reason {
            "" | "ContainerCreating" | "PodInitializing" => return None,
            reason if reason.contains("Image") => return Some("image"),
            "CreateContainerConfigError" => return Some("env"),
            "PostStartHookError" => return Some("lifecycle.postStart"),
            _ => {}
        }
    }
    let ended = state.terminated.as_ref().or(last.terminated.as_ref());
    if state.running.is_none()
        && let Some(ended) = ended
    {
        let killer = killer(store, pod, &spec.name, ended);
        return match (&*ended.reason, ended.exit_code) {
            ("OOMKilled", _) => Some("resources.limits.memory"),
            _ if killer.is_some() => killer,
            (_, SIGKILL) if killed == Some(&*spec.name) => None,
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

/// What a container is told to have ended with that was killed.
const SIGKILL: i64 = 137;

/// For which field's sake the kubelet killed this run of a container, by what it told meanwhile.
fn killer(
    store: &Store,
    pod: &Pod,
    container: &str,
    ended: &ContainerStateTerminated,
) -> Option<&'static str> {
    let started = ended.started_at?;
    let place = format!("{{{container}}}");
    let told = |event: &Object| {
        let text = |path: &[&str]| event.value.text_at(path);
        if text(&["involvedObject", "uid"]) != &*pod.metadata.uid
            || !text(&["involvedObject", "fieldPath"]).ends_with(&*place)
        {
            return None;
        }
        let last = SimTime::parse_rfc3339(text(&["lastTimestamp"]))?;
        let message = text(&["message"]);
        // The same Event told again is of a later run, of which no status speaks yet: it fails alike.
        // A hook may fail in the second of the start; a probe that fails then failed in the run before.
        match text(&["reason"]) {
            "FailedPostStartHook" if last >= started => Some("lifecycle.postStart"),
            "Killing" if last <= started => None,
            "Killing" if message.contains("failed liveness probe") => Some("livenessProbe"),
            "Killing" if message.contains("failed startup probe") => Some("startupProbe"),
            _ => None,
        }
    };
    store.list("Event").find_map(|(_, event)| told(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ObjectKey;
    use crate::cluster::{Budget, Fault, Input, Setup, Simulation};

    fn behind(spec: &str, container: Option<&str>) -> Option<String> {
        let mut simulation = Simulation::new(Setup::default(), 7);
        let manifest =
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}");
        simulation.apply(Input::Apply {
            manifest: manifest.as_str().into(),
        });
        simulation.run_until(SimTime(40_000_000), Budget::ENDLESS);
        of(&simulation, container, None)
    }

    fn of(
        simulation: &Simulation,
        container: Option<&str>,
        killed: Option<&str>,
    ) -> Option<String> {
        let store = &simulation.world().store;
        let object = store.get(&ObjectKey::pod("default", "p"));
        let pod = object.and_then(|it| it.pod()).expect("it was applied");
        field_behind(store, pod, container, killed)
    }

    /// The fields that are behind a Pod, one after another in its first 100 s.
    fn in_turn(spec: &str, kill: Option<&str>) -> Vec<Option<String>> {
        let mut simulation = Simulation::new(Setup::default(), 7);
        let manifest =
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}");
        simulation.apply(Input::Apply {
            manifest: manifest.as_str().into(),
        });
        let mut told = vec![None];
        for tenth in 1..1000 {
            simulation.run_until(SimTime(tenth * 100_000), Budget::ENDLESS);
            if let Some(container) = kill.filter(|_| [200, 400].contains(&tenth)) {
                simulation.apply(Input::Fault(Fault::KillContainer {
                    pod: ObjectKey::pod("default", "p"),
                    container: container.into(),
                }));
            }
            let now = of(&simulation, None, kill);
            if told.last() != Some(&now) {
                told.push(now);
            }
        }
        told
    }

    #[test]
    fn what_a_kubelet_kills_leads_to_the_reason_and_what_a_person_kills_to_none() {
        let fields = |spec: &str, kill| -> Vec<String> {
            let mut all: Vec<String> = in_turn(spec, kill).into_iter().flatten().collect();
            all.dedup();
            all
        };
        let lives = "{terminationGracePeriodSeconds: 1, containers: [{name: a, image: demo/agent:1, \
            livenessProbe: {tcpSocket: {port: 9}, periodSeconds: 1, failureThreshold: 2}}]}";
        assert_eq!(fields(lives, None), ["spec.containers[0].livenessProbe"]);
        let hook = "{containers: [{name: a, image: demo/agent:1, \
            lifecycle: {postStart: {exec: {command: [sh, -c, exit 3]}}}}]}";
        assert_eq!(
            fields(hook, None),
            ["spec.containers[0].lifecycle.postStart"]
        );
        let well = "{containers: [{name: a, image: demo/agent:1}]}";
        assert_eq!(fields(well, Some("a")), [""; 0]);
        let ends = "{containers: [{name: a, image: busybox, command: [sh, -c, sleep 5; exit 1]}]}";
        assert_eq!(fields(ends, Some("a")), ["spec.containers[0].command"]);
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
