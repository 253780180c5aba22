//! A Pod's fields and a container's requests and limits as text. Models `pkg/fieldpath`, `pkg/api/v1/resource`,
//! `podFieldSelectorRuntimeValue` in `pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/kubelet_resources.go`.
//! Left out: of init containers upstream leaves a missing limit at 0 where another container asks for it.

use std::rc::Rc;

use crate::api::meta::Labels;
use crate::api::node::ResourceList;
use crate::api::pod::{Container, Pod};
use crate::api::pod_config::ResourceFieldSelector;
use crate::api::quantity::Quantity;
use crate::manifest::go_syntax::quote;

/// The field of a Pod's metadata that a path leads to. Models `ExtractFieldPathAsString`.
pub(super) fn of_metadata(pod: &Pod, path: &str) -> Result<Rc<str>, String> {
    let meta = &pod.metadata;
    let subscript = path
        .strip_suffix("']")
        .and_then(|rest| rest.split_once("['"))
        .filter(|(of, _)| !of.is_empty());
    if let Some((of, key)) = subscript {
        let all = match of {
            "metadata.annotations" => &meta.annotations,
            "metadata.labels" => &meta.labels,
            _ => return Err(format!("fieldPath \"{path}\" does not support subscript")),
        };
        return Ok(all.get(key).cloned().unwrap_or_default());
    }
    Ok(match path {
        "metadata.annotations" => lines(&meta.annotations),
        "metadata.labels" => lines(&meta.labels),
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => meta.namespace.clone(),
        "metadata.uid" => meta.uid.clone(),
        _ => return Err(format!("unsupported fieldPath: {path}")),
    })
}

/// `app="web"`, one a line. Models `FormatMap`.
fn lines(labels: &Labels) -> Rc<str> {
    let lines = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", quote(value)));
    lines.collect::<Vec<_>>().join("\n").into()
}

/// What a container without limits may use at most, and what it has in place of them.
/// Models `ExtractContainerResourceValue` and `MergeContainerResourceLimits`.
pub(super) fn of_resources(
    field: &ResourceFieldSelector,
    pod: &Pod,
    own: &str,
    allocatable: &ResourceList,
) -> Result<Rc<str>, String> {
    let name = match &*field.container_name {
        "" => own,
        other => other,
    };
    let mut all = pod.spec.containers.iter().chain(&pod.spec.init_containers);
    let container = all
        .find(|container| *container.name == *name)
        .ok_or_else(|| format!("container {name} not found"))?;
    let resource = &*field.resource;
    let amount = amount(resource, container, allocatable)
        .ok_or_else(|| format!("unsupported container resource : {resource}"))?;
    let divisor = match field.divisor.nano {
        0 => Quantity::parse("1").unwrap_or_default(),
        _ => field.divisor,
    };
    let (of, by) = match resource.ends_with(".cpu") {
        true => (amount.milli_value(), divisor.milli_value()),
        false => (amount.value(), divisor.value()),
    };
    let (of, by) = (i128::from(of), i128::from(by.max(1)));
    Ok((of + by - 1).div_euclid(by).to_string().into())
}

fn amount(field: &str, container: &Container, allocatable: &ResourceList) -> Option<Quantity> {
    let (list, resource) = field.split_once('.')?;
    let is_huge = resource.starts_with("hugepages-");
    if !is_huge && !matches!(resource, "cpu" | "memory" | "ephemeral-storage") {
        return None;
    }
    let of = |list: &ResourceList| list.get(resource).copied().filter(|q| q.nano != 0);
    match list {
        "requests" => Some(of(&container.resources.requests).unwrap_or_default()),
        "limits" => {
            let limit = of(&container.resources.limits);
            let most = || of(allocatable).filter(|_| !is_huge);
            Some(limit.or_else(most).unwrap_or_default())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pod::{PodSpec, ResourceRequirements};

    fn pod() -> Pod {
        let list = |pairs: &[(&str, &str)]| -> ResourceList {
            let amount = |text| Quantity::parse(text).expect("a quantity");
            pairs
                .iter()
                .map(|(name, text)| ((*name).into(), amount(text)))
                .collect()
        };
        let app = Container {
            name: "app".into(),
            resources: ResourceRequirements {
                requests: list(&[("cpu", "250m"), ("memory", "64Mi")]),
                limits: list(&[("memory", "100000001")]),
            },
            ..Container::default()
        };
        let mut pod = Pod {
            spec: PodSpec {
                containers: vec![app],
                ..PodSpec::default()
            },
            ..Pod::default()
        };
        pod.metadata.labels = [
            ("app".into(), "a \"b\"".into()),
            ("tier".into(), "x".into()),
        ]
        .into();
        pod
    }

    #[test]
    fn labels_are_one_a_line_and_quoted() {
        let got = |path| of_metadata(&pod(), path);
        assert_eq!(
            got("metadata.labels").as_deref(),
            Ok("app=\"a \\\"b\\\"\"\ntier=\"x\"")
        );
        assert_eq!(got("metadata.labels['tier']").as_deref(), Ok("x"));
        assert_eq!(got("metadata.labels['none']").as_deref(), Ok(""));
        assert_eq!(
            got("spec.nodeName"),
            Err("unsupported fieldPath: spec.nodeName".into())
        );
    }

    #[test]
    fn amounts_are_counted_in_divisors_and_rounded_up() {
        let four = Quantity::parse("4").expect("a quantity");
        let allocatable: ResourceList = [("cpu".into(), four)].into();
        for (resource, divisor, expected) in [
            ("requests.cpu", "0", Ok("1")),
            ("requests.cpu", "1m", Ok("250")),
            ("limits.cpu", "0", Ok("4")),
            ("requests.memory", "1Mi", Ok("64")),
            ("limits.memory", "1M", Ok("101")),
            ("limits.ephemeral-storage", "1", Ok("0")),
            (
                "limits.gpu",
                "1",
                Err("unsupported container resource : limits.gpu"),
            ),
        ] {
            let field = ResourceFieldSelector {
                resource: resource.into(),
                divisor: Quantity::parse(divisor).expect("a quantity"),
                ..ResourceFieldSelector::default()
            };
            let got = of_resources(&field, &pod(), "app", &allocatable);
            let got = got.as_deref().map_err(String::as_str);
            assert_eq!(got, expected, "{resource} in {divisor}");
        }
    }
}
