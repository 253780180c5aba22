//! The form "Node": a virtual machine that is to be added, with its size, labels and taints.

use std::rc::Rc;

use podarium::api::meta::Labels;
use podarium::api::quantity::Quantity;
use podarium::cluster::Input;
use podarium::machine::{Machine, Machines};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::layout::modal;
use crate::ui::markup::html;

/// What the form is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct NodeFormProps {
    /// What is there already.
    pub machines: Rc<Machines>,
    /// The host that is selected.
    pub host: Option<Rc<str>>,
    /// The machine that is to be added.
    pub on_add: Callback<Input>,
    /// Nothing is to be added.
    pub on_close: Callback<()>,
}

const FIELDS: [(&str, &str, &str); 5] = [
    ("CPU", "2", "cores, as 2 or 500m"),
    ("Memory", "4Gi", "as 4Gi or 512Mi"),
    ("Pods", "110", "how many it admits"),
    ("Labels", "", "key=value, separated by commas"),
    ("Taints", "", "key=value:Effect, separated by commas"),
];

const LEAST_CPU_MILLI: i64 = 100;
const LEAST_MEMORY: i64 = 64 << 20;

/// Asks what machine is to be added.
#[component]
pub fn NodeForm(props: &NodeFormProps) -> Html {
    let form = use_node_ref();
    let wrong = use_state(|| None::<String>);
    let submit = {
        let (form, wrong, props) = (form.clone(), wrong.clone(), props.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match read(&form, &props.machines) {
                Ok(machine) => {
                    props.on_add.emit(Input::AddMachine(machine));
                    props.on_close.emit(());
                }
                Err(why) => {
                    let field = form
                        .cast::<Element>()
                        .and_then(|form| named(&form, field_of(&why)));
                    dom::focus(field);
                    wrong.set(Some(why));
                }
            }
        })
    };
    let hosts = props.machines.hosts.iter().map(|host| host.name.clone());
    let mut hosts: Vec<Rc<str>> = hosts.collect();
    if hosts.is_empty() {
        // The machine brings it along.
        hosts.push("host-1".into());
    }
    let field = |name: &'static str, usual: &str, hint| {
        let is_wrong = wrong.as_ref().is_some_and(|why| field_of(why) == name);
        field(name, usual, hint, is_wrong)
    };
    let content = html! {
            <form ref={form} aria-label="Node" onsubmit={submit} novalidate=true>
                <p class="quiet">{ "A virtual machine on a host: its kubelet registers the Node." }</p>
                { field("Name", &free_name(&props.machines), "unique among the nodes") }
                <label class="field">
                    <span>{ "Host" }</span>
                    <select name="Host">
                        for host in hosts {
                            <option key={host.to_string()} value={host.to_string()} selected={props.host.as_ref() == Some(&host)}>{ &*host }</option>
                        }
                    </select>
                </label>
                for (name, usual, hint) in FIELDS {
                    { field(name, usual, hint) }
                }
                if let Some(why) = &*wrong {
                    <p id="wrong-node" class="wrong" role="alert">{ &**why }</p>
                }
                <div class="actions">
                    <button type="button" class="framed" onclick={props.on_close.reform(|_| ())}>{ "Cancel" }</button>
                    <button type="submit" class="primary">{ "Add this node" }</button>
                </div>
            </form>
    };
    modal("Add a node", &props.on_close, content)
}

fn field(name: &'static str, usual: &str, hint: &'static str, is_wrong: bool) -> Html {
    // As an attribute, which is what the field begins with: the property would take back what was typed.
    let value = usual.to_string();
    html! {
        <label key={name} class="field">
            <span>{ name }</span>
            <input class="text-input" {name} aria-label={name} {value} placeholder={hint} autocomplete="off" spellcheck="false"
                aria-invalid={is_wrong.then_some("true")} aria-describedby={is_wrong.then_some("wrong-node")} />
        </label>
    }
}

/// Which field is wrong: what is said of it begins with its name, or has it in a path (`metadata.labels`).
fn field_of(why: &str) -> &'static str {
    let find = |is_it: &dyn Fn(&str) -> bool| FIELDS.iter().find(|field| is_it(field.0));
    let found = find(&|name| why.starts_with(name));
    let found = found.or_else(|| find(&|name| why.contains(&name.to_lowercase())));
    found
        .filter(|_| !why.starts_with("Name:"))
        .map_or("Name", |field| field.0)
}

fn named(form: &Element, name: &str) -> Option<Element> {
    // Names are ours: nothing can be wrong with them.
    form.query_selector(&format!("[name={name}]")).ok()?
}

/// `node-4`, or the next that is free.
fn free_name(machines: &Machines) -> String {
    let names = (machines.machines.len() + 1..).map(|number| format!("node-{number}"));
    let mut free = names.filter(|name| machines.get(name).is_none());
    free.next().unwrap_or_default()
}

fn read(form: &NodeRef, machines: &Machines) -> Result<Machine, String> {
    let form = form.cast::<Element>().ok_or("The form is gone.")?;
    let value = |name: &str| -> String {
        let found = named(&form, name);
        let input = found
            .as_ref()
            .and_then(|input| input.dyn_ref::<web_sys::HtmlInputElement>());
        let select = found
            .as_ref()
            .and_then(|input| input.dyn_ref::<web_sys::HtmlSelectElement>());
        let value = input
            .map(|input| input.value())
            .or(select.map(|select| select.value()));
        value.unwrap_or_default().trim().to_string()
    };
    let amount = |name: &str| {
        Quantity::parse(&value(name)).ok_or_else(|| {
            format!(
                "{name}: “{}” is no quantity, as 2, 500m or 4Gi are.",
                value(name)
            )
        })
    };
    let name = value("Name");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if name.is_empty()
        || name.len() > 253
        || !name.chars().all(plain)
        || name.starts_with(['-', '.'])
        || name.ends_with(['-', '.'])
    {
        return Err("Name: lower case letters, digits, “-” and “.”, as in node-4.".into());
    }
    if machines.get(&name).is_some() {
        return Err(format!("Name: {name} is there already."));
    }
    let pods: i64 = value("Pods")
        .parse()
        .ok()
        .filter(|pods| (1..=1000).contains(pods))
        .ok_or("Pods: a number from 1 to 1000.")?;
    let (cpu_milli, memory_bytes) = (amount("CPU")?.milli_value(), amount("Memory")?.value());
    if cpu_milli < LEAST_CPU_MILLI {
        return Err("CPU: a machine has at least 100m.".into());
    }
    if memory_bytes < LEAST_MEMORY {
        return Err("Memory: a machine has at least 64Mi.".into());
    }
    let machine = Machine {
        name: name.as_str().into(),
        host: value("Host").into(),
        cpu_milli,
        memory_bytes,
        pods,
        labels: labels(&value("Labels"))?,
        taints: taints(&value("Taints"))?,
    };
    match podarium::cluster::kubelet::wrong_with(&machine)
        .into_iter()
        .next()
    {
        Some(why) => Err(format!("{why}.")),
        None => Ok(machine),
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn labels(text: &str) -> Result<Labels, String> {
    let mut labels = Labels::new();
    for part in parts(text) {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("Labels: “{part}” is no key=value."))?;
        labels.insert(key.trim().into(), value.trim().into());
    }
    Ok(labels)
}

fn taints(text: &str) -> Result<Vec<Rc<str>>, String> {
    let one = |part: &str| match part.rsplit_once(':') {
        Some((key, "NoSchedule" | "PreferNoSchedule" | "NoExecute")) if !key.is_empty() => {
            Ok(part.into())
        }
        _ => Err(format!(
            "Taints: “{part}” is no key=value:Effect; effects are NoSchedule, PreferNoSchedule and NoExecute."
        )),
    };
    parts(text).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_taints_are_read_as_kubectl_writes_them() {
        assert_eq!(labels("disk=ssd, zone=a").map(|labels| labels.len()), Ok(2));
        assert!(labels("disk").is_err());
        assert_eq!(
            taints("dedicated=db:NoSchedule").map(|taints| taints.len()),
            Ok(1)
        );
        assert!(taints("dedicated=db").is_err());
    }

    #[test]
    fn the_name_that_is_offered_is_free() {
        assert_eq!(free_name(&Machines::lab()), "node-4");
    }
}
