//! The form "Send a request": from one container to another over localhost, and what was answered.
//! Left out: other Pods and outside of the cluster, until there is a network between Pods.

use std::rc::Rc;

use podarium::cluster::{Answer, Input, InputId, SimTime};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::chosen::{Chosen, combobox};
use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// What the form is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct RequestProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment.
    pub time: SimTime,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The Pod, and the container that is chosen in it.
    pub chosen: Chosen,
    /// The request.
    pub on_input: Callback<Input>,
    /// Nothing more is to be asked.
    pub on_close: Callback<()>,
}

/// What was typed or chosen; the rest follows from what is there.
#[derive(Clone, Default, PartialEq)]
struct Filled {
    from: Option<Rc<str>>,
    to: Option<Rc<str>>,
    port: Option<Rc<str>>,
    path: Option<Rc<str>>,
    wrong: bool,
}

const WRONG: &str = "Port: a number from 1 to 65535.";

/// The form.
#[component]
pub fn RequestForm(props: &RequestProps) -> Html {
    let form = use_node_ref();
    let filled = use_state_eq(Filled::default);
    use_effect_with(form.clone(), |form| {
        let form = form.cast::<Element>();
        dom::focus(form.and_then(|form| form.query_selector("select").ok().flatten()));
    });
    let chosen = &props.chosen;
    let running: Vec<Rc<str>> = chosen
        .all
        .iter()
        .filter(|one| chosen.runs(one))
        .cloned()
        .collect();
    let Some((from, to)) = ends(props, &filled, &running) else {
        return Html::default();
    };
    let port = filled.port.clone().unwrap_or_else(|| port_of(props, &to));
    let path = filled.path.clone().unwrap_or_else(|| "/".into());
    let set = |change: fn(&mut Filled, Rc<str>)| {
        let filled = filled.clone();
        Callback::from(move |value: Rc<str>| {
            let mut changed = (*filled).clone();
            change(&mut changed, value);
            filled.set(changed);
        })
    };
    let send = {
        let (filled, form, on_input) = (filled.clone(), form.clone(), props.on_input.clone());
        let (from, to, port, path) = (from.clone(), to.clone(), port.clone(), path.clone());
        let pod = chosen.object.0.key();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let number = port.trim().parse::<u16>().ok().filter(|port| *port > 0);
            let wrong = number.is_none();
            filled.set(Filled {
                wrong,
                ..(*filled).clone()
            });
            match number {
                Some(port) => on_input.emit(Input::Request {
                    pod: pod.clone(),
                    from: from.clone(),
                    to: to.clone(),
                    port,
                    path: format!("/{}", path.trim().trim_start_matches('/')).into(),
                }),
                None => {
                    let form = form.cast::<Element>();
                    dom::focus(
                        form.and_then(|form| form.query_selector("[name=Port]").ok().flatten()),
                    );
                }
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
    let is_wrong = filled.wrong.then_some("true");
    html! {
        <form ref={form} class="request" aria-label="Send a request" onsubmit={send} onkeydown={pressed} novalidate=true>
            <div class="row">
                { combobox("From", &running, &from, &set(|filled, from| filled.from = Some(from))) }
                { combobox("To", &chosen.all, &to, &set(|filled, to| (filled.to, filled.port) = (Some(to), None))) }
                <label class="choice port">
                    <span>{ "Port" }</span>
                    <input class="text-input" name="Port" aria-label="Port" value={port.to_string()} inputmode="numeric" autocomplete="off"
                        oninput={typed(&set(|filled, port| filled.port = Some(port)))}
                        aria-invalid={is_wrong} aria-describedby={is_wrong.map(|_| "wrong-port")} />
                </label>
                <label class="choice path">
                    <span>{ "Path" }</span>
                    <input class="text-input" name="Path" aria-label="Path" value={path.to_string()} autocomplete="off" spellcheck="false"
                        oninput={typed(&set(|filled, path| filled.path = Some(path)))} />
                </label>
            </div>
            if filled.wrong { <p id="wrong-port" class="wrong" role="alert">{ WRONG }</p> }
            { answered(props) }
            <div class="row">
                <button type="submit" class="primary">{ "Send" }</button>
                <button type="button" class="framed" onclick={props.on_close.reform(|_| ())}>{ "Close" }</button>
                <span class="quiet">{ "over localhost" }</span>
            </div>
        </form>
    }
}

fn typed(on_text: &Callback<Rc<str>>) -> Callback<InputEvent> {
    on_text.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        input.map_or_else(|| "".into(), |input| input.value().into())
    })
}

/// Who asks, and who is meant: another one, if there is one, and best one that listens.
fn ends(props: &RequestProps, filled: &Filled, running: &[Rc<str>]) -> Option<(Rc<str>, Rc<str>)> {
    let chosen = &props.chosen;
    let known =
        |name: &Option<Rc<str>>, all: &[Rc<str>]| name.clone().filter(|name| all.contains(name));
    let own = Some(chosen.name.clone());
    let from = known(&filled.from, running).or_else(|| known(&own, running));
    let from = from.or_else(|| running.first().cloned())?;
    let others = || chosen.all.iter().filter(|one| **one != from);
    let asked = others().find(|one| !port_of(props, one).is_empty());
    let to = known(&filled.to, &chosen.all).or_else(|| asked.or(others().next()).cloned());
    Some((from.clone(), to.unwrap_or(from)))
}

/// What a container listens on now, else what it declares.
fn port_of(props: &RequestProps, container: &Rc<str>) -> Rc<str> {
    let inside = props.shot.pod_inside(&props.chosen.object.0, props.time);
    let listeners = inside.map(|inside| inside.listeners).unwrap_or_default();
    let open = listeners.iter().find(|(name, _)| name == container);
    let declared = || {
        let mut all = props.chosen.pod()?.every_container();
        let spec = all.find(|one| one.name == *container)?;
        spec.ports.first().map(|port| port.container_port)
    };
    let port = open.map(|(_, listener)| listener.port).or_else(declared);
    port.map_or_else(|| "".into(), |port| port.to_string().into())
}

/// The last request in this Pod, and what it was answered.
fn answered(props: &RequestProps) -> Html {
    let pod = props.chosen.object.0.key();
    let mut asked = props.inputs.iter().enumerate().rev();
    let last = asked.find_map(|(number, (at, input))| match input {
        Input::Request {
            pod: of,
            from,
            port,
            path,
            ..
        } if *of == pod => {
            let answer = props.shot.answers.get(&InputId(number as u64))?;
            Some((
                format!("{at}, {from}: GET localhost:{port}{path}"),
                answer.clone(),
            ))
        }
        _ => None,
    });
    last.map_or_else(Html::default, |(asked, answer)| told(asked, &answer))
}

fn told(asked: String, answer: &Answer) -> Html {
    let first = answer.lines.first().map_or("", |line| &*line.text);
    let body: Vec<&str> = answer
        .lines
        .iter()
        .skip(1)
        .map(|line| &*line.text)
        .collect();
    html! {
        <div class="answered">
            <p class="quiet">{ asked }</p>
            <p>{ first }</p>
            if !body.is_empty() { <pre class="mono" tabindex="0" role="group" aria-label="Body">{ body.join("\n") }</pre> }
        </div>
    }
}
