//! Pods behind what a person names, and their containers. Models `polymorphichelpers` (`helpers.go`,
//! `attachablepodforobject.go`) and `cmd/util/podcmd`.

use super::asked::Asked;
use super::builder::Info;
use super::cx::Cx;
use super::error::Error;
use super::look::{Look, condition};
use super::selector;
use crate::api::Value;
use crate::api::selector::LabelSelector;
use crate::api::view;
use crate::manifest::stream::quoted;
use crate::order;

/// Which Pod says the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Best {
    /// For its log: Pods that are ready before those that aren't, the one that was so longest first.
    Logging,
    /// To be attached to: the most alive.
    Active,
}

/// The Pod that an object is or stands for, and how many there are.
///
/// # Errors
/// When it stands for none.
pub fn of(cx: &mut Cx<'_>, info: &Info, best: Best) -> Result<(Value, usize), Error> {
    if info.kind.kind() == "Pod" {
        return Ok((info.value.clone(), 1));
    }
    let selector = selector_of(info).ok_or_else(|| {
        let kind = info.kind.of().go();
        let what = match best {
            Best::Logging => format!("cannot get the logs from *{kind}: "),
            Best::Active => format!("cannot attach to *{kind}: "),
        };
        Error::Plain(format!("{what}selector for *{kind} not implemented"))
    })?;
    let all = cx.world().store.list("Pod");
    let own = all.filter(|(key, pod)| {
        *key.namespace == *info.namespace && selector::fits(&selector, &pod.value)
    });
    let mut pods: Vec<Value> = own.map(|(_, pod)| pod.value.clone()).collect();
    let count = pods.len();
    order::sort_by_key(&mut pods, |pod| rank(pod, best));
    if pods.is_empty() {
        return Err(Error::Plain("timed out waiting for the condition".into()));
    }
    Ok((pods.remove(0), count))
}

/// The first is the best. Models `podutils.ByLogging` and `ActivePods`.
fn rank(pod: &Value, best: Best) -> (bool, u8, bool, i64, String) {
    let phase = match pod.text("status.phase") {
        "Running" => 0,
        "Unknown" => 1,
        "Pending" => 2,
        _ => 3,
    };
    let ready = condition(pod, "Ready").filter(|ready| ready.text("status") == "True");
    let since = ready.and_then(|ready| ready.time("lastTransitionTime"));
    let since = since.map_or(0, |since| match best {
        Best::Logging => since.0,
        Best::Active => since.0,
    });
    let is_unassigned = pod.text("spec.nodeName").is_empty();
    let name = pod.text("metadata.name").to_string();
    (is_unassigned, phase, ready.is_none(), since, name)
}

/// Models `SelectorsForObject`.
fn selector_of(info: &Info) -> Option<LabelSelector> {
    let spec = info.value.look("spec.selector")?;
    match info.kind.kind() {
        "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => view::read(spec).ok(),
        "ReplicationController" | "Service" => {
            view::read(&crate::fields! { "matchLabels" => spec.clone() }).ok()
        }
        _ => None,
    }
}

/// The object that `word` names: a Pod, or what stands for some.
///
/// # Errors
/// When it isn't there.
pub fn named(cx: &mut Cx<'_>, asked: &Asked, word: &str) -> Result<Info, Error> {
    let asked = Asked {
        words: vec![match word.contains('/') {
            true => word.to_string(),
            false => format!("pods/{word}"),
        }],
        ..asked.clone()
    };
    let mut found = asked.find(cx)?.items;
    match found.len() {
        1 => found.remove(0),
        _ => Err(Error::Plain("expected a resource".into())),
    }
}

/// Every container, with the list that it is in, in the order in which they run.
pub fn containers(pod: &Value) -> Vec<(&'static str, &str)> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = Vec::new();
    for list in lists {
        let path = ["spec", list];
        let items = pod.at(&path).map_or(&[][..], Value::items);
        all.extend(items.iter().map(|container| (list, container.text("name"))));
    }
    all
}

/// `web, debugger (ephem), setup (init)`
pub fn all_names(pod: &Value) -> String {
    let all = containers(pod);
    let mut names = Vec::new();
    for (list, mark) in [
        ("containers", ""),
        ("ephemeralContainers", " (ephem)"),
        ("initContainers", " (init)"),
    ] {
        let own = all.iter().filter(|(of, _)| *of == list);
        names.extend(own.map(|(_, name)| format!("{name}{mark}")));
    }
    names.join(", ")
}

/// The container that is meant, where one may be named.
///
/// # Errors
/// When there is no such container.
pub fn container(
    cx: &mut Cx<'_>,
    pod: &Value,
    named: &str,
    is_quiet: bool,
) -> Result<String, Error> {
    const DEFAULT: &str = "kubectl.kubernetes.io/default-container";
    let all = containers(pod);
    let name = match named {
        "" => pod.text_at(&["metadata", "annotations", DEFAULT]),
        named => named,
    };
    if !name.is_empty() {
        if all.iter().any(|(_, known)| *known == name) {
            return Ok(name.to_string());
        }
        let (of, names) = (pod.text("metadata.name"), all_names(pod));
        return Err(Error::Plain(format!(
            "container {name} is not valid for pod {of} out of: {names}"
        )));
    }
    let first = all.iter().find(|(list, _)| *list == "containers");
    let first = first.map_or(String::new(), |(_, name)| name.to_string());
    if all.len() > 1 && !is_quiet {
        let (named, names) = (quoted(&first), all_names(pod));
        cx.error_line(&format!("Defaulted container {named} out of: {names}"));
    }
    Ok(first)
}
