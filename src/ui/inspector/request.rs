//! The form "Send a request": from one container to another over localhost; or over the network, to a Service, a Pod or
//! a node, or from outside; and what was answered. The Network view has one for any name and address.

use std::rc::Rc;

use podarium::cluster::{Answer, Input, InputId, SimTime};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::chosen::{Chosen, combobox};
use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::network::{port_of as usual_port, suggestions};
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

/// What stands in the form.
#[derive(Clone, PartialEq)]
struct Filled {
    from: Rc<str>,
    to: Rc<str>,
    port: Rc<str>,
    /// Then it stays, whoever is meant.
    is_port_typed: bool,
    path: Rc<str>,
    every_second: bool,
    wrong: Option<&'static str>,
}

const WRONG: &str = "Port: a number from 1 to 65535.";
const ONLY_ONCE: &str = "Every second: not over localhost.";
const NO_ADDRESS: &str = "To: the Pod has no address yet.";
/// Whoever asks from outside the cluster.
const OUTSIDE: &str = "Outside";

/// The form.
#[component]
pub fn RequestForm(props: &RequestProps) -> Html {
    let form = use_node_ref();
    let filled = use_state_eq(|| begin(props));
    use_effect_with(form.clone(), |form| {
        let form = form.cast::<Element>();
        dom::focus(form.and_then(|form| form.query_selector("select").ok().flatten()));
    });
    let chosen = &props.chosen;
    // Who was chosen stays so when it ends: then that is the answer.
    let can_ask = |one: &&Rc<str>| chosen.runs(one) || **one == filled.from;
    let mut asking: Vec<Rc<str>> = chosen.all.iter().filter(can_ask).cloned().collect();
    asking.push(OUTSIDE.into());
    let others = suggestions(&props.shot).into_iter();
    let others = others.map(|(_, whose)| Rc::from(whose));
    let meant: Vec<Rc<str>> = chosen.all.iter().cloned().chain(others).collect();
    let set = |change: fn(&mut Filled, Rc<str>)| {
        let filled = filled.clone();
        Callback::from(move |value: Rc<str>| {
            let mut changed = (*filled).clone();
            change(&mut changed, value);
            filled.set(changed);
        })
    };
    let mean = {
        let (filled, props) = (filled.clone(), props.clone());
        Callback::from(move |to: Rc<str>| {
            let mut changed = (*filled).clone();
            if !filled.is_port_typed {
                changed.port = port_of(&props, &to);
            }
            changed.to = to;
            filled.set(changed);
        })
    };
    let send = {
        let (filled, form, on_input) = (filled.clone(), form.clone(), props.on_input.clone());
        let props = props.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let read = read(&props, &filled);
            filled.set(Filled {
                wrong: read.as_ref().err().copied(),
                ..(*filled).clone()
            });
            match read {
                Ok(input) => on_input.emit(input),
                Err(_) => {
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
    let is_wrong = (filled.wrong == Some(WRONG)).then_some("true");
    let every = set(|filled, _| filled.every_second = !filled.every_second);
    let every = every.reform(|_: Event| "".into());
    html! {
        <form ref={form} class="request" aria-label="Send a request" onsubmit={send} onkeydown={pressed} novalidate=true>
            <div class="row">
                { combobox("From", &asking, &filled.from, &set(|filled, from| filled.from = from)) }
                { combobox("To", &meant, &filled.to, &mean) }
                <label class="choice port">
                    <span>{ "Port" }</span>
                    <input class="text-input" name="Port" aria-label="Port" value={filled.port.to_string()} inputmode="numeric" autocomplete="off"
                        oninput={typed(&set(|filled, port| (filled.port, filled.is_port_typed) = (port, true)))}
                        aria-invalid={is_wrong} aria-describedby={is_wrong.map(|_| "wrong-port")} />
                </label>
                <label class="choice path">
                    <span>{ "Path" }</span>
                    <input class="text-input" name="Path" aria-label="Path" value={filled.path.to_string()} autocomplete="off" spellcheck="false"
                        oninput={typed(&set(|filled, path| filled.path = path))} />
                </label>
                <label class="check">
                    <input type="checkbox" checked={filled.every_second} onchange={every} />
                    { "Every second" }
                </label>
            </div>
            if let Some(wrong) = filled.wrong { <p id="wrong-port" class="wrong" role="alert">{ wrong }</p> }
            { answered(props) }
            <div class="row">
                <button type="submit" class="primary">{ "Send" }</button>
                <button type="button" class="framed" onclick={props.on_close.reform(|_| ())}>{ "Close" }</button>
                <span class="quiet">{ if is_local(chosen, &filled) { "over localhost" } else { "over the network: see the Network view" } }</span>
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

/// What the form begins with; from there on only a person changes it.
fn begin(props: &RequestProps) -> Filled {
    let chosen = &props.chosen;
    let all = chosen.all.iter();
    let all = all.map(|one| (one.clone(), chosen.runs(one), ports(props, one)));
    let all: Vec<_> = all.collect();
    let (from, to) = ends(&chosen.name, &all);
    Filled {
        port: port_of(props, &to),
        from,
        to,
        path: "/".into(),
        is_port_typed: false,
        every_second: false,
        wrong: None,
    }
}

fn is_local(chosen: &Chosen, filled: &Filled) -> bool {
    chosen.all.contains(&filled.to) && &*filled.from != OUTSIDE
}

/// The name or address of what is meant.
fn host(props: &RequestProps, to: &str) -> Option<String> {
    if props.chosen.all.iter().any(|name| **name == *to) {
        let ip = props.chosen.pod()?.status.pod_ip.to_string();
        return (!ip.is_empty()).then_some(ip);
    }
    let mut all = suggestions(&props.shot).into_iter();
    all.find_map(|(value, whose)| (whose == to).then_some(value))
}

fn read(props: &RequestProps, filled: &Filled) -> Result<Input, &'static str> {
    let port = filled.port.trim().parse::<u16>().ok();
    let port = port.filter(|port| *port > 0).ok_or(WRONG)?;
    let path: Rc<str> = format!("/{}", filled.path.trim().trim_start_matches('/')).into();
    let pod = props.chosen.object.0.key();
    if is_local(&props.chosen, filled) {
        return match filled.every_second {
            true => Err(ONLY_ONCE),
            false => Ok(Input::Request {
                pod,
                from: filled.from.clone(),
                to: filled.to.clone(),
                port,
                path,
            }),
        };
    }
    Ok(Input::Send {
        from: (&*filled.from != OUTSIDE).then(|| (pod, filled.from.clone())),
        to: host(props, &filled.to).ok_or(NO_ADDRESS)?.into(),
        port,
        path,
        every_second: filled.every_second,
    })
}

/// Containers, do they run, and the port on which each listens, and the one that it declares.
type Known = (Rc<str>, bool, [Option<i64>; 2]);

/// Who asks, and who is meant: one that listens, and another one; the one that is looked into asks if it can.
fn ends(own: &Rc<str>, all: &[Known]) -> (Rc<str>, Rc<str>) {
    let likely = |(name, runs, [listens, declares]): &&Known| {
        let is_other = name != own;
        let declares = *runs && declares.is_some();
        (listens.is_some(), declares, *runs && is_other)
    };
    // The first of those that are as likely: `max_by_key` takes the last.
    let to = all.iter().rev().max_by_key(likely);
    let to = to.map_or(own, |(name, ..)| name);
    let asks = |(name, runs, _): &&Known| *runs && name != to;
    let own_asks = all.iter().filter(|one| one.0 == *own).find(asks);
    let from = own_asks.or_else(|| all.iter().find(asks));
    (from.map_or(to, |(name, ..)| name).clone(), to.clone())
}

/// What a container listens on now, and what it declares.
fn ports(props: &RequestProps, container: &Rc<str>) -> [Option<i64>; 2] {
    let inside = props.shot.pod_inside(&props.chosen.object.0, props.time);
    let listeners = inside.map(|inside| inside.listeners).unwrap_or_default();
    let open = listeners.iter().find(|(name, _)| name == container);
    let declared = || {
        let mut all = props.chosen.pod()?.every_container();
        let spec = all.find(|one| one.name == *container)?;
        spec.ports.first().map(|port| port.container_port)
    };
    [open.map(|(_, listener)| listener.port), declared()]
}

/// What a container listens on now, else what it declares.
fn port_of(props: &RequestProps, container: &Rc<str>) -> Rc<str> {
    if !props.chosen.all.contains(container) {
        let host = host(props, container);
        let port = host.and_then(|host| usual_port(&props.shot, &host));
        return port.unwrap_or_else(|| "80".into());
    }
    let [listens, declares] = ports(props, container);
    let port = listens.or(declares);
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
        Input::Send {
            from,
            to,
            port,
            path,
            ..
        } if from.as_ref().is_none_or(|(of, _)| *of == pod) => {
            let answer = props.shot.answers.get(&InputId(number as u64))?;
            let from = from.as_ref().map_or(OUTSIDE, |(_, name)| &**name);
            Some((
                format!("{at}, {from}: GET {to}:{port}{path}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_begins_with_one_that_listens_and_another_that_asks() {
        let known = |name: &str, runs, ports| (Rc::<str>::from(name), runs, ports);
        let (none, open, told) = ([None, None], [Some(80), None], [None, Some(80)]);
        let between = |own: &str, all: &[Known]| {
            let (from, to) = ends(&own.into(), all);
            format!("{from} to {to}")
        };
        let first = [known("web", true, open), known("agent", true, none)];
        assert_eq!(between("web", &first), "agent to web");
        assert_eq!(between("agent", &first), "agent to web");
        let both = [
            known("a", true, open),
            known("b", true, open),
            known("c", true, open),
        ];
        assert_eq!(between("a", &both), "a to b");
        assert_eq!(between("c", &both), "c to a");
        let later = [known("a", true, told), known("b", true, none)];
        assert_eq!(between("a", &later), "b to a");
        let alone = [known("a", true, open), known("step", false, none)];
        assert_eq!(between("a", &alone), "a to a");
        let nobody = [known("a", true, none), known("b", true, none)];
        assert_eq!(between("a", &nobody), "a to b");
        assert_eq!(between("a", &[known("a", true, none)]), "a to a");
    }
}
