//! The form "Send a request": from a container or from outside, to a name or an address, once or every second, and
//! what was answered. What goes to localhost stays in its Pod.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::api::pod::Pod;
use podarium::cluster::{Input, InputId, SimTime};
use podarium::scene::Selection;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// What the form is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct FormProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// What is selected: it asks, if it can.
    pub selection: Option<Selection>,
    /// The request.
    pub on_input: Callback<Input>,
    /// Nothing more is to be sent.
    pub on_close: Callback<()>,
}

/// A container that runs; nothing: somebody outside.
type From = Option<(ObjectKey, Rc<str>)>;

/// Containers that are offered; of a large cluster others are reached by selecting their Pod.
const OFFERED: usize = 200;

const NO_HOST: &str = "To: a name or an address.";
const NO_PORT: &str = "Port: a number from 1 to 65535.";

#[derive(Clone, PartialEq)]
struct Filled {
    from: From,
    to: Rc<str>,
    port: Rc<str>,
    is_port_typed: bool,
    path: Rc<str>,
    every_second: bool,
    wrong: Option<&'static str>,
}

/// The form.
#[component]
pub fn Form(props: &FormProps) -> Html {
    let form = use_node_ref();
    let filled = use_state_eq(|| begin(props));
    use_effect_with(form.clone(), |form| focus_on(form, "select"));
    let change = |change: fn(&mut Filled, &FormProps, Rc<str>)| {
        let (filled, props) = (filled.clone(), props.clone());
        Callback::from(move |value: Rc<str>| {
            let mut changed = (*filled).clone();
            change(&mut changed, &props, value);
            filled.set(changed);
        })
    };
    let send = {
        let (filled, form, on_input) = (filled.clone(), form.clone(), props.on_input.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let read = read(&filled);
            filled.set(Filled {
                wrong: read.as_ref().err().copied(),
                ..(*filled).clone()
            });
            match read {
                Ok(input) => on_input.emit(input),
                Err(NO_HOST) => focus_on(&form, "[name=To]"),
                Err(_) => focus_on(&form, "[name=Port]"),
            }
        })
    };
    let pressed = props.on_close.clone();
    let pressed = Callback::from(move |event: KeyboardEvent| {
        if &*event.key() == "Escape" {
            event.prevent_default();
            pressed.emit(());
        }
    });
    let all = senders(props, &filled.from);
    let choose = {
        let (filled, all) = (filled.clone(), all.clone());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let index = select.map_or(0, |select| select.selected_index()) as usize;
            let mut changed = (*filled).clone();
            changed.from = all.get(index).cloned().flatten();
            filled.set(changed);
        })
    };
    let every = change(|filled, _, _| filled.every_second = !filled.every_second);
    let on_every = every.reform(|_: Event| "".into());
    html! {
        <form ref={form} class="request net-form" aria-label="Send a request" onsubmit={send} onkeydown={pressed} novalidate=true>
            <div class="row">
                <label class="choice">
                    <span>{ "From" }</span>
                    <select aria-label="From" onchange={choose}>
                        for from in &all {
                            <option key={name_of(from)} selected={*from == filled.from}>{ name_of(from) }</option>
                        }
                    </select>
                </label>
                { field("To", &filled.to, filled.wrong == Some(NO_HOST), &change(|filled, props, to| {
                    if !filled.is_port_typed && let Some(port) = port_of(&props.shot, &to) {
                        filled.port = port;
                    }
                    filled.to = to;
                })) }
                { field("Port", &filled.port, filled.wrong == Some(NO_PORT), &change(|filled, _, port| {
                    (filled.port, filled.is_port_typed) = (port, true);
                })) }
                { field("Path", &filled.path, false, &change(|filled, _, path| filled.path = path)) }
                <label class="check">
                    <input type="checkbox" checked={filled.every_second} onchange={on_every} />
                    { "Every second" }
                </label>
            </div>
            <datalist id="net-to">
                for (value, whose) in suggestions(&props.shot) {
                    <option key={value.clone()} value={value}>{ whose }</option>
                }
            </datalist>
            if let Some(wrong) = filled.wrong { <p id="wrong-send" class="wrong" role="alert">{ wrong }</p> }
            <div class="row">
                <button type="submit" class="primary">{ "Send" }</button>
                <button type="button" class="framed" onclick={props.on_close.reform(|_| ())}>{ "Close" }</button>
                <p class="net-answer" role="status">{ answered(props) }</p>
            </div>
        </form>
    }
}

fn field(name: &'static str, value: &Rc<str>, is_wrong: bool, on_text: &Callback<Rc<str>>) -> Html {
    let typed = on_text.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        input.map_or_else(|| "".into(), |input| input.value().into())
    });
    let (class, list, keys) = match name {
        "To" => ("choice to", Some("net-to"), None),
        "Port" => ("choice port", None, Some("numeric")),
        _ => ("choice path", None, None),
    };
    html! {
        <label class={class}>
            <span>{ name }</span>
            <input class="text-input" {name} aria-label={name} value={value.to_string()} list={list} inputmode={keys} autocomplete="off" spellcheck="false"
                oninput={typed} aria-invalid={is_wrong.then_some("true")} aria-describedby={is_wrong.then_some("wrong-send")} />
        </label>
    }
}

fn focus_on(form: &NodeRef, selector: &str) {
    let form = form.cast::<Element>();
    dom::focus(form.and_then(|form| form.query_selector(selector).ok().flatten()));
}

fn name_of(from: &From) -> String {
    match from {
        Some((pod, name)) => format!("{}, {name}", pod.path()),
        None => "Outside".into(),
    }
}

fn begin(props: &FormProps) -> Filled {
    let all = senders(props, &None);
    Filled {
        from: all.first().cloned().flatten(),
        to: "".into(),
        port: "80".into(),
        is_port_typed: false,
        path: "/".into(),
        every_second: false,
        wrong: None,
    }
}

/// Who may ask: what is selected first, then all that run, then somebody outside.
fn senders(props: &FormProps, chosen: &From) -> Vec<From> {
    let mut all: Vec<From> = Vec::new();
    let mut add = |key: &ObjectKey| {
        let Some(pod) = props.shot.store.get(key).and_then(|object| object.pod()) else {
            return;
        };
        for name in running(pod) {
            let from = Some((key.clone(), name));
            if !all.contains(&from) {
                all.push(from);
            }
        }
    };
    if let Some(key) = crate::ui::pod::pod_of(props.selection.as_ref()) {
        add(key);
    }
    for (key, _) in props.shot.store.list("Pod").take(OFFERED) {
        add(key);
    }
    // Who was chosen stays so when it ends: then that is the answer.
    if chosen.is_some() && !all.contains(chosen) {
        all.push(chosen.clone());
    }
    all.push(None);
    all
}

fn running(pod: &Pod) -> Vec<Rc<str>> {
    let statuses = pod.statuses();
    let runs = |name: &str| {
        let status = statuses.get(name);
        status.is_some_and(|status| status.state.running.is_some())
    };
    let all = pod.every_container().filter(|one| runs(&one.name));
    all.map(|one| one.name.clone()).collect()
}

/// Names and addresses that may be asked, and whose they are.
pub fn suggestions(shot: &Shot) -> Vec<(String, String)> {
    let store = &shot.store;
    let services = store.list("Service").take(OFFERED).map(|(key, _)| {
        let name = match &*key.namespace {
            "default" => key.name.to_string(),
            namespace => format!("{}.{namespace}", key.name),
        };
        (name, format!("Service {}", key.path()))
    });
    let pods = store.list("Pod").take(OFFERED).filter_map(|(key, object)| {
        let ip = object.pod()?.status.pod_ip.to_string();
        (!ip.is_empty()).then(|| (ip, format!("Pod {}", key.path())))
    });
    let nodes = store
        .list("Node")
        .take(OFFERED)
        .filter_map(|(key, object)| {
            let all = object.value.at(&["status", "addresses"])?;
            let podarium::api::Value::List(all) = all else {
                return None;
            };
            let ip = all.first()?.text_at(&["address"]).to_string();
            Some((ip, format!("Node {}", key.name)))
        });
    services.chain(pods).chain(nodes).collect()
}

/// The port that is meant most likely.
pub fn port_of(shot: &Shot, to: &str) -> Option<Rc<str>> {
    let store = &shot.store;
    let mut pods = store.list("Pod").filter_map(|(_, object)| object.pod());
    let pod = pods.find(|pod| &*pod.status.pod_ip == to && !to.is_empty());
    let declared = pod.and_then(|pod| pod.spec.containers.first()?.ports.first());
    let port = declared.map(|port| port.container_port.to_string());
    let port = port.or_else(|| {
        let (name, namespace) = to.split_once('.').unwrap_or((to, "default"));
        let object = store.get(&ObjectKey::new("Service", namespace, name))?;
        let podarium::api::Value::List(ports) = object.value.at(&["spec", "ports"])? else {
            return None;
        };
        Some(ports.first()?.at(&["port"])?.as_i64()?.to_string())
    })?;
    Some(port.into())
}

fn read(filled: &Filled) -> Result<Input, &'static str> {
    let to = filled.to.trim();
    if to.is_empty() || to.contains(char::is_whitespace) {
        return Err(NO_HOST);
    }
    let port = filled.port.trim().parse::<u16>().ok();
    let port = port.filter(|port| *port > 0).ok_or(NO_PORT)?;
    let path: Rc<str> = format!("/{}", filled.path.trim().trim_start_matches('/')).into();
    let is_local = to == "localhost" || to.starts_with("127.");
    Ok(match &filled.from {
        Some((pod, name)) if is_local && !filled.every_second => Input::Request {
            pod: pod.clone(),
            from: name.clone(),
            to: name.clone(),
            port,
            path,
        },
        from => Input::Send {
            from: from.clone(),
            to: to.into(),
            port,
            path,
            every_second: filled.every_second,
        },
    })
}

/// What was sent last, and what was answered.
fn answered(props: &FormProps) -> String {
    let sent = props.inputs.iter().enumerate().rev();
    let mut sent =
        sent.filter(|(_, (_, input))| matches!(input, Input::Send { .. } | Input::Request { .. }));
    let Some((number, (at, _))) = sent.next() else {
        return String::new();
    };
    let answer = props.shot.answers.get(&InputId(number as u64));
    let lines = answer.map(|answer| {
        let lines = answer.lines.iter().take(3).map(|line| &*line.text);
        lines.collect::<Vec<&str>>().join(" ")
    });
    match lines.filter(|lines| !lines.is_empty()) {
        Some(lines) => format!("{at}: {lines}"),
        None => format!("{at}: under way"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(to: &str, port: &str) -> Filled {
        Filled {
            from: Some((ObjectKey::pod("default", "a"), "sh".into())),
            to: to.into(),
            port: port.into(),
            is_port_typed: false,
            path: "healthz".into(),
            every_second: false,
            wrong: None,
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_localhost_stays_in_its_pod() {
        assert_eq!(read(&filled(" ", "80")), Err(NO_HOST));
        assert_eq!(read(&filled("web", "0")), Err(NO_PORT));
        assert_eq!(read(&filled("web", "65536")), Err(NO_PORT));
        let sent = read(&filled("web", "80"));
        assert!(matches!(sent, Ok(Input::Send { port: 80, path, .. }) if &*path == "/healthz"));
        assert!(matches!(
            read(&filled("localhost", "80")),
            Ok(Input::Request { .. })
        ));
    }
}
