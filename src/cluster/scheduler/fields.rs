//! Which fields of a Pod a plugin's rejection is about, so that a person is led to their lines. Ours;
//! the plugins themselves say which fields they read (`pkg/scheduler/framework/plugins`).
//! Left out: rejections that no field of the Pod brings about, as of a node that is cordoned or full.

use crate::api::Value;
use crate::api::path::{Step, steps};

pub(super) const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// The fields of `pod` that made `plugin` say `reason`, as the Pod has them; none where the Pod says
/// nothing about it.
pub fn behind(plugin: &str, reason: &str, pod: &Value) -> Vec<Vec<Step>> {
    match plugin {
        "SchedulingGates" => there(pod, "spec.schedulingGates"),
        "NodeName" => there(pod, "spec.nodeName"),
        "TaintToleration" => there(pod, "spec.tolerations"),
        "PodTopologySpread" => each(pod, "spec.topologySpreadConstraints"),
        "NodeResourcesFit" => match reason.strip_prefix("Insufficient ") {
            Some(resource) => requests(pod, resource),
            None => Vec::new(),
        },
        "NodeAffinity" | "PreFilterResult" => {
            let mut found = each(pod, "spec.nodeSelector");
            found.extend(there(
                pod,
                &format!("spec.affinity.nodeAffinity.{REQUIRED}"),
            ));
            found
        }
        "InterPodAffinity" if reason.contains("existing") => there(pod, "metadata.labels"),
        "InterPodAffinity" if reason.contains("anti-affinity") => {
            each(pod, &format!("spec.affinity.podAntiAffinity.{REQUIRED}"))
        }
        "InterPodAffinity" => each(pod, &format!("spec.affinity.podAffinity.{REQUIRED}")),
        "NodePorts" => host_ports(pod),
        "VolumeBinding" | "VolumeZone" | "NodeVolumeLimits" | "VolumeRestrictions" => {
            each(pod, "spec.volumes")
        }
        _ => Vec::new(),
    }
}

/// The path itself, if the Pod has it.
pub(super) fn there(pod: &Value, path: &str) -> Vec<Vec<Step>> {
    let path = steps(path);
    let found = find(pod, &path);
    found.map(|_| path).into_iter().collect()
}

/// What stands at a path.
pub(super) fn find<'v>(pod: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(pod, |value, step| match step {
        Step::Key(name) => value.get(name),
        Step::Index(index) => value.items().get(*index),
    })
}

/// Each entry of a map, each item of a list.
pub(super) fn each(pod: &Value, path: &str) -> Vec<Vec<Step>> {
    let path = steps(path);
    let found = find(pod, &path);
    let fields = found.and_then(Value::as_map).into_iter().flatten();
    let fields = fields.map(|(name, _)| Step::from(&**name));
    let items = found.map_or(0, |list| list.items().len());
    let inside = fields.chain((0..items).map(Step::from));
    let longer = inside.map(|step| path.iter().cloned().chain([step]).collect());
    longer.collect()
}

/// Something of each container, init containers first: `of` is given the container and its path.
pub(super) fn of_containers(
    pod: &Value,
    of: impl Fn(&Value, &str) -> Vec<String>,
) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        let containers = pod.at(&["spec", list]).map_or(&[][..], Value::items);
        for (index, container) in containers.iter().enumerate() {
            let paths = of(container, &format!("spec.{list}[{index}]"));
            found.extend(paths.iter().map(|path| steps(path)));
        }
    }
    found
}

/// Each port of a node that it asks for.
pub(super) fn host_ports(pod: &Value) -> Vec<Vec<Step>> {
    of_containers(pod, |container, at| {
        let ports = container.get("ports").map_or(&[][..], Value::items);
        let taken = ports.iter().enumerate();
        let taken = taken.filter(|(_, port)| port.get("hostPort").is_some());
        taken
            .map(|(index, _)| format!("{at}.ports[{index}].hostPort"))
            .collect()
    })
}

/// What each container asks of a resource, and the Pod as a whole.
fn requests(pod: &Value, resource: &str) -> Vec<Vec<Step>> {
    let asks = |holder: &Value, at: &str| {
        let is_there = holder.at(&["resources", "requests", resource]).is_some();
        let path = format!("{at}.resources.requests[{resource}]");
        is_there.then_some(path).into_iter().collect::<Vec<_>>()
    };
    let mut found = of_containers(pod, asks);
    if let Some(spec) = pod.get("spec") {
        found.extend(asks(spec, "spec").iter().map(|path| steps(path)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::behind;
    use crate::api::path::text;
    use crate::cluster::scheduler::test_support::yaml;

    #[test]
    fn a_rejection_leads_to_the_fields_that_it_is_about() {
        let pod = yaml(
            "{spec: {nodeSelector: {disk: ssd}, tolerations: [{key: a}], containers: [\
             {resources: {requests: {cpu: 800m}}, ports: [{hostPort: 80}, {}]}, \
             {resources: {requests: {cpu: 400m, a.io/gpu: 1}}}]}}",
        );
        for (plugin, reason, expected) in [
            (
                "NodeResourcesFit",
                "Insufficient cpu",
                vec![
                    "spec.containers[0].resources.requests.cpu",
                    "spec.containers[1].resources.requests.cpu",
                ],
            ),
            (
                "NodeResourcesFit",
                "Insufficient a.io/gpu",
                vec!["spec.containers[1].resources.requests[a.io/gpu]"],
            ),
            ("NodeResourcesFit", "Too many pods", vec![]),
            ("TaintToleration", "", vec!["spec.tolerations"]),
            ("NodeAffinity", "", vec!["spec.nodeSelector.disk"]),
            (
                "NodePorts",
                "",
                vec!["spec.containers[0].ports[0].hostPort"],
            ),
            ("PodTopologySpread", "", vec![]),
        ] {
            let found: Vec<String> = behind(plugin, reason, &pod)
                .iter()
                .map(|path| text(path))
                .collect();
            assert_eq!(found, expected, "{plugin}: {reason}");
        }
    }
}
