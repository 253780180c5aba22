//! What an object is, part by part, in our words beside Kubernetes' own.

use std::rc::Rc;

use podarium::api::node::{Node, ResourceList};
use podarium::api::pod::Pod;
use podarium::api::service::ServiceSpec;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::workload::hostname;
use podarium::cluster::{SimTime, words};
use podarium::manifest::simulated::acts_on;
use podarium::scene::{ContainerGlyph, PodBody, Selection};
use yew::prelude::*;

use super::InspectorProps;
use super::conditions::{conditions, whole_seconds};
use super::parts::{facts, icon, part};
use super::sentence::sentence;
use super::shared::shared;
use super::{machine, workload};
use crate::ui::editor::count;
use crate::ui::markup::html;
use crate::ui::stage::{class_of, cpu, memory, symbol_of_container};

/// What was worked out about the object before it is written.
pub struct Known<'a> {
    /// What the stage shows of the Pod.
    pub body: Option<&'a PodBody>,
    /// Since when its conditions are as they are.
    pub since: &'a [(Rc<str>, SimTime)],
}

/// The tab "Summary".
pub fn summary(
    props: &InspectorProps,
    selection: &Selection,
    object: Option<&Rc<Object>>,
    known: &Known,
) -> Html {
    match (selection, object) {
        (Selection::Host(name), _) => host(props, name),
        (Selection::Container { name, .. }, Some(object)) => object
            .pod()
            .map_or_else(Html::default, |pod| container(pod, name)),
        (Selection::Object(key), Some(object)) => match (object.pod(), object.node()) {
            (Some(pod), _) => pod_summary(props, object, pod, known),
            (_, Some(node)) => node_summary(props, node, known),
            _ => workload::summary(props, object).unwrap_or_else(|| other(key, object)),
        },
        (_, None) => Html::default(),
    }
}

fn pod_summary(props: &InspectorProps, object: &Rc<Object>, pod: &Pod, known: &Known) -> Html {
    if props.near {
        return html! { <>{ known.body.map(|body| sentence(pod, body)) }{ shared(props, object) }</> };
    }
    let host = props
        .shot
        .machines
        .get(&pod.spec.node_name)
        .map(|machine| machine.host.to_string());
    let node = match host {
        Some(host) => format!("{} on {host}", pod.spec.node_name),
        None => pod.spec.node_name.to_string(),
    };
    let title = if pod.spec.containers.len() > 1 {
        "Shared by all containers"
    } else {
        "The Pod's own"
    };
    let containers = known.body.into_iter().flat_map(|body| &body.containers);
    html! {
        <>
            { known.body.map(|body| sentence(pod, body)) }
            if !pod.status.conditions.is_empty() { { part("Conditions", conditions(&pod.status.conditions, known.since)) } }
            { part("Containers", html! {
                <ul class="blocks">{ for containers.map(|glyph| block(props, object, pod, glyph)) }</ul>
            }) }
            { part(title, facts(vec![
                ("Node", node),
                ("Pod IP", pod.status.pod_ip.to_string()),
                ("Hostname", hostname(pod).to_string()),
                ("QoS class", object.value.text_at(&["status", "qosClass"]).to_string()),
                ("Restart policy", pod.spec.restart_policy.to_string()),
            ])) }
        </>
    }
}

/// A container as the stage shows it, with how often it was started again.
fn block(props: &InspectorProps, object: &Rc<Object>, pod: &Pod, glyph: &ContainerGlyph) -> Html {
    let select = Selection::Container {
        pod: object.key(),
        name: glyph.name.clone(),
    };
    let select = props.on_select.reform(move |_| Some(select.clone()));
    let status = pod.statuses().get(&*glyph.name).copied();
    let restarts = match status {
        Some(status) if status.restart_count > 0 || status.state.running.is_some() => {
            format!(", {}", count(status.restart_count as usize, "restart"))
        }
        _ => String::new(),
    };
    let name = match glyph.step {
        Some(step) => format!("{step} {}", glyph.name),
        None => glyph.name.to_string(),
    };
    let fill = if glyph.solid { "" } else { "hollow" };
    html! {
        <li key={&*glyph.name}>
            <button class={["block", class_of(glyph.state), fill]} onclick={select}>
                { icon(glyph.state, symbol_of_container(glyph)) }<span class="mono">{ name }</span>
                <span class="word">{ &*glyph.word }{ restarts }</span>
            </button>
        </li>
    }
}

fn container(pod: &Pod, name: &str) -> Html {
    let Some(spec) = pod.every_container().find(|spec| &*spec.name == name) else {
        return Html::default();
    };
    let statuses = pod.statuses();
    let status = statuses.get(name).copied();
    let since = status
        .and_then(|status| status.state.running.as_ref())
        .and_then(|run| run.started_at);
    let message = status.and_then(|status| {
        let state = &status.state;
        let waiting = state
            .waiting
            .as_ref()
            .map(|waiting| waiting.message.to_string());
        waiting.or_else(|| {
            state
                .terminated
                .as_ref()
                .map(|ended| ended.message.to_string())
        })
    });
    let asks = vec![
        ("Requests", amounts(&spec.resources.requests)),
        ("Limits", amounts(&spec.resources.limits)),
    ];
    let ports: Vec<String> = spec
        .ports
        .iter()
        .map(|port| {
            let protocol = if port.protocol.is_empty() {
                "TCP"
            } else {
                &*port.protocol
            };
            format!("{}/{protocol}", port.container_port)
        })
        .collect();
    let env: Vec<String> = spec
        .env
        .iter()
        .map(|env| format!("{}={}", env.name, env.value))
        .collect();
    html! {
        <>
            if let Some(message) = message.filter(|message| !message.is_empty()) {
                <p class="sentence mono">{ message }</p>
            }
            { part("Process", facts(vec![
                ("State", status.map_or("Waiting".into(), |status| words::state(&status.state))),
                ("Last state", status.map(|status| words::state(&status.last_state)).filter(|s| s != "Waiting").unwrap_or_default()),
                ("Since", since.map(whole_seconds).unwrap_or_default()),
                ("Restarts", status.map_or(0, |status| status.restart_count).to_string()),
            ])) }
            { part("Image", facts(vec![
                ("Image", spec.image.to_string()),
                ("Pull policy", spec.image_pull_policy.to_string()),
                ("Command", spec.command.join(" ")),
                ("Arguments", spec.args.join(" ")),
                ("Ports", ports.join(", ")),
                ("Environment", env.join(", ")),
            ])) }
            if !asks.iter().all(|(_, amounts)| amounts.is_empty()) {
                { part("Resources", facts(asks)) }
            }
        </>
    }
}

/// `0.5 CPU, 4Gi, 100Gi of disk, 110 Pods`: as the stage writes them.
fn amounts(list: &ResourceList) -> String {
    let one = |(name, amount): (&Rc<str>, &podarium::api::quantity::Quantity)| match &**name {
        "cpu" => format!("{} CPU", cpu(amount.milli_value())),
        "memory" => memory(amount.value()),
        "pods" => format!("{} Pods", amount.value()),
        "ephemeral-storage" => format!("{} of disk", memory(amount.value())),
        _ => format!("{name} {}", amount.value()),
    };
    let first = |name: &Rc<str>| matches!(&**name, "cpu" | "memory");
    let rest = list.iter().filter(|(name, _)| !first(name));
    let all = list.iter().filter(|(name, _)| first(name)).chain(rest);
    all.map(one).collect::<Vec<_>>().join(", ")
}

fn node_summary(props: &InspectorProps, node: &Node, known: &Known) -> Html {
    let name = &node.metadata.name;
    let pods = props
        .shot
        .store
        .list("Pod")
        .filter_map(|(_, object)| object.pod());
    let here = pods
        .filter(|pod| pod.spec.node_name == *name && !pod.is_finished())
        .count();
    let machine = props.shot.machines.get(name);
    let labels = node
        .metadata
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    let taints = node.spec.taints.iter().map(|taint| {
        let value = if taint.value.is_empty() {
            String::new()
        } else {
            format!("={}", taint.value)
        };
        format!("{}{value}:{}", taint.key, taint.effect)
    });
    html! {
        <>
            <p class="sentence">
                { match machine {
                    Some(machine) => format!("A virtual machine on {}, and the Node that its kubelet registered.", machine.host),
                    None => "Only a record: no machine and no kubelet stand behind it.".into(),
                } }
            </p>
            if let Some(condition) = machine::condition(props, name) { <p class="sentence">{ condition }</p> }
            if !node.status.conditions.is_empty() { { part("Conditions", conditions(&node.status.conditions, known.since)) } }
            { part("Capacity", facts(vec![
                ("Pods", format!("{here} here")),
                ("Allocatable", amounts(&node.status.allocatable)),
                ("Pod addresses", node.spec.pod_cidr.to_string()),
            ])) }
            { part("Taints", lines(taints.collect(), "none")) }
            { part("Labels", lines(labels.collect(), "none")) }
        </>
    }
}

fn lines(lines: Vec<String>, none: &'static str) -> Html {
    if lines.is_empty() {
        return html! { <p class="quiet">{ none }</p> };
    }
    html! { <ul class="lines mono">{ for lines.into_iter().map(|line| html! { <li key={line.clone()}>{ line }</li> }) }</ul> }
}

fn host(props: &InspectorProps, name: &Rc<str>) -> Html {
    let machines = props
        .shot
        .machines
        .machines
        .iter()
        .filter(|machine| machine.host == *name);
    let rows = machines.map(|machine| {
        format!(
            "{}: {} CPU, {}",
            machine.name,
            cpu(machine.cpu_milli),
            memory(machine.memory_bytes)
        )
    });
    html! {
        <>
            <p class="sentence">{ "A hypervisor host: it runs virtual machines, and each machine is a Node." }</p>
            { part("Virtual machines", lines(rows.collect(), "none yet")) }
        </>
    }
}

fn other(key: &ObjectKey, object: &Rc<Object>) -> Html {
    let fields = object.value.as_map().into_iter().flatten();
    let fields = fields.map(|(name, _)| name.to_string());
    html! {
        <>
            <p class="sentence">
                { match (object.service(), key.bare_kind()) {
                    (Some(service), _) => serves(&service.spec),
                    (_, "Namespace") => "A Namespace: names in it are its own, and deleting it deletes what is in it.",
                    _ if acts_on(&key.kind) => "Components of the cluster act on it as they do on a real one.",
                    _ => "Checked against its schema and stored as a cluster would. Not simulated yet: nothing acts on it here.",
                } }
            </p>
            if object.meta.deletion_timestamp.is_some() {
                <p class="sentence">{ held_by(object) }</p>
            }
            { part("Fields", lines(fields.collect(), "none")) }
        </>
    }
}

/// What a Service is for.
fn serves(spec: &ServiceSpec) -> &'static str {
    match (spec.is_external_name(), spec.is_headless()) {
        (true, _) => {
            "It stands for a name elsewhere: the cluster's DNS answers with that, and nothing is sent to the Service itself."
        }
        (_, true) => {
            "One name for its endpoints: the cluster's DNS answers with their addresses, for it has none of its own."
        }
        _ => {
            "One name and one address for its endpoints: each node's kube-proxy sends to one that is ready. The Network view shows a request through it."
        }
    }
}

/// What an object that is being deleted waits for.
fn held_by(object: &Object) -> String {
    let own = object.meta.finalizers.iter().map(|held| &**held);
    let spec = object.value.at(&["spec", "finalizers"]);
    let spec = spec.map_or(&[][..], |list| list.items());
    let all: Vec<&str> = own
        .chain(spec.iter().filter_map(|held| held.as_str()))
        .collect();
    let conditions = object.value.at(&["status", "conditions"]);
    let conditions = conditions.map_or(&[][..], |list| list.items());
    let trouble = conditions
        .iter()
        .filter(|one| one.text_at(&["status"]) == "True");
    let trouble: Vec<&str> = trouble.map(|one| one.text_at(&["message"])).collect();
    format!(
        "Being deleted; it is held by {}. {}",
        all.join(", "),
        trouble.join(" ")
    )
}
