//! The form "Send a request", in the Network view and in the Inspector: from a container or from outside, to a name or
//! an address, once or every second, and what was answered. What goes to localhost stays in its Pod.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::network::destination::{self, Field, is_loopback};
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Input, InputId, SimTime};
use podarium::scene::Selection;
use podarium::scene::network::{UNDER_WAY, how_it_ended, outcome_words, sent_by};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::senders::{From, ends_in, meant, name_of, port_of, senders, suggestions};
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
    /// The Pod and its container that is looked into: then it, or somebody outside, asks.
    pub own: Option<(ObjectKey, Rc<str>)>,
    /// The request that is still drawn on its way: how it ends isn't told yet.
    pub still: Option<RequestId>,
    /// The request.
    pub on_input: Callback<Input>,
    /// Nothing more is to be sent.
    pub on_close: Callback<()>,
}

/// What is wrong: the name of the field, and a sentence.
type Wrong = (&'static str, &'static str);

const ONLY_ONCE: Wrong = ("Every second", "Every second: not over localhost.");

#[derive(Clone, PartialEq)]
struct Filled {
    from: From,
    to: Rc<str>,
    port: Rc<str>,
    /// Then it stays, whoever is meant.
    is_port_typed: bool,
    path: Rc<str>,
    every_second: bool,
    wrong: Option<Wrong>,
}

/// The form.
#[component]
pub fn RequestForm(props: &FormProps) -> Html {
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
        let (filled, form, props) = (filled.clone(), form.clone(), props.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let read = read(&props.shot, &filled);
            filled.set(Filled {
                wrong: read.as_ref().err().copied(),
                // One stream at a time: the next request is one.
                every_second: filled.every_second && read.is_err(),
                ..(*filled).clone()
            });
            match read {
                Ok(input) => {
                    uncheck(&form);
                    props.on_input.emit(input);
                }
                Err((name, _)) => focus_on(&form, &format!("[name=\"{name}\"]")),
            }
        })
    };
    let close = props.on_close.clone();
    let pressed = Callback::from(move |event: KeyboardEvent| {
        if &*event.key() == "Escape" {
            event.prevent_default();
            close.emit(());
        }
    });
    let own = props.own.as_ref().map(|(pod, _)| pod);
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
    let ids = match own {
        Some(_) => ("own-to", "own-wrong"),
        None => ("net-to", "net-wrong"),
    };
    let class = if own.is_some() {
        "request"
    } else {
        "request net-form"
    };
    let field = |name: &'static str, value: &Rc<str>, on_text: Callback<Rc<str>>| {
        let is_wrong = filled.wrong.is_some_and(|(of, _)| of == name);
        field(name, value, is_wrong.then_some(ids.1), ids.0, &on_text)
    };
    html! {
        <form ref={form} class={class} aria-label="Send a request" onsubmit={send} onkeydown={pressed} novalidate=true>
            <div class="row">
                <label class="choice">
                    <span>{ "From" }</span>
                    <select aria-label="From" onchange={choose}>
                        for from in &all {
                            <option key={name_of(from, own)} selected={*from == filled.from}>{ name_of(from, own) }</option>
                        }
                    </select>
                </label>
                { field("To", &filled.to, change(|filled, props, to| {
                    if !filled.is_port_typed && let Some(port) = usual_port(props, filled, &to) {
                        filled.port = port;
                    }
                    filled.to = to;
                })) }
                { field("Port", &filled.port, change(|filled, _, port| {
                    (filled.port, filled.is_port_typed) = (port, true);
                })) }
                { field("Path", &filled.path, change(|filled, _, path| filled.path = path)) }
                <label class="check">
                    <input type="checkbox" name="Every second" checked={filled.every_second} onchange={on_every} />
                    { "Every second" }
                </label>
                <button type="submit" class="primary">{ "Send" }</button>
                <button type="button" class="framed" onclick={props.on_close.reform(|_| ())}>{ "Close" }</button>
                <span class="quiet">{ goes(&filled, own.is_some()) }</span>
            </div>
            <datalist id={ids.0}>
                for (number, (value, whose)) in suggestions(&props.shot, &filled.from).into_iter().enumerate() {
                    <option key={number} value={value}>{ whose }</option>
                }
            </datalist>
            if let Some((_, wrong)) = filled.wrong { <p id={ids.1} class="wrong" role="alert">{ wrong }</p> }
            { answered(props) }
        </form>
    }
}

fn field(
    name: &'static str,
    value: &Rc<str>,
    wrong: Option<&'static str>,
    list: &'static str,
    on_text: &Callback<Rc<str>>,
) -> Html {
    let typed = on_text.reform(|event: InputEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        input.map_or_else(|| "".into(), |input| input.value().into())
    });
    let (class, list, keys) = match name {
        "To" => ("choice to", Some(list), None),
        "Port" => ("choice port", None, Some("numeric")),
        _ => ("choice path", None, None),
    };
    html! {
        <label class={class}>
            <span>{ name }</span>
            <input class="text-input" {name} aria-label={name} value={value.to_string()} list={list} inputmode={keys} autocomplete="off" spellcheck="false"
                oninput={typed} aria-invalid={wrong.map(|_| "true")} aria-describedby={wrong} />
        </label>
    }
}

fn focus_on(form: &NodeRef, selector: &str) {
    let form = form.cast::<Element>();
    dom::focus(form.and_then(|form| form.query_selector(selector).ok().flatten()));
}

/// The attribute alone no longer says so, once a person has set it.
fn uncheck(form: &NodeRef) {
    let form = form.cast::<Element>();
    let check = form.and_then(|form| form.query_selector("[type=checkbox]").ok().flatten());
    if let Some(check) = check.and_then(|check| check.dyn_into::<HtmlInputElement>().ok()) {
        check.set_checked(false);
    }
}

/// What the form begins with; from there on only a person changes it.
fn begin(props: &FormProps) -> Filled {
    let (from, to, port) = match &props.own {
        Some(own) => {
            let (from, port) = ends_in(&props.shot, own);
            (from, "localhost", port)
        }
        None => {
            let all = senders(props, &None);
            (all.first().cloned().flatten(), "", None)
        }
    };
    Filled {
        from,
        to: to.into(),
        port: port.unwrap_or(80).to_string().into(),
        is_port_typed: false,
        path: "/".into(),
        every_second: false,
        wrong: None,
    }
}

/// The port that `to` says, else the one that is meant most likely.
fn usual_port(props: &FormProps, filled: &Filled, to: &str) -> Option<Rc<str>> {
    let target = destination::read_target(to).ok()?;
    let port = target.port.map(i64::from);
    let port = port.or_else(|| port_of(&props.shot, &filled.from, &target.host))?;
    Some(port.to_string().into())
}

/// Where it goes, while that is typed.
fn goes(filled: &Filled, is_own: bool) -> &'static str {
    let target = destination::read_target(&filled.to);
    match target {
        Ok(target) if is_loopback(&target.host) && filled.from.is_some() => "over localhost",
        _ if is_own => "over the network: see the Network view",
        _ => "over the network",
    }
}

fn read(shot: &Shot, filled: &Filled) -> Result<Input, Wrong> {
    let read = destination::read(&filled.to, &filled.port, &filled.path);
    let to = read.map_err(|problem| {
        let name = match problem.field {
            Field::To => "To",
            Field::Port => "Port",
            Field::Path => "Path",
        };
        (name, problem.why)
    })?;
    let (port, path) = (to.port, to.path);
    match &filled.from {
        Some(_) if is_loopback(&to.host) && filled.every_second => Err(ONLY_ONCE),
        Some((pod, name)) if is_loopback(&to.host) => Ok(Input::Request {
            pod: pod.clone(),
            from: name.clone(),
            to: meant(shot, (pod, name), port),
            port,
            path,
        }),
        from => Ok(Input::Send {
            from: from.clone(),
            to: to.host,
            port,
            path,
            every_second: filled.every_second,
        }),
    }
}

/// What was sent last, by whoever may send here, and what was answered as far as that is told; all of it where no list
/// beside has the rest.
fn answered(props: &FormProps) -> Html {
    let own = props.own.as_ref().map(|(pod, _)| pod);
    let is_here = |pod: Option<&ObjectKey>| own.is_none() || pod.is_none() || pod == own;
    let mut all = props.inputs.iter().enumerate().rev();
    // What is to come isn't known of in the past.
    let last = all.find_map(|(number, (at, input))| {
        let (from, said) = match input {
            _ if *at > props.shot.time => return None,
            Input::Request {
                pod,
                from,
                port,
                path,
                ..
            } => {
                let from = Some((pod.clone(), from.clone()));
                (from, format!("GET localhost:{port}{path}"))
            }
            Input::Send {
                from,
                to,
                port,
                path,
                ..
            } => (from.clone(), format!("GET {to}:{port}{path}")),
            _ => return None,
        };
        let pod = from.as_ref().map(|(pod, _)| pod);
        let asked = format!("{at}, {}: {said}", name_of(&from, own));
        is_here(pod).then_some((InputId(number as u64), asked))
    });
    let Some((id, asked)) = last else {
        return Html::default();
    };
    let lines = lines(props, id);
    let (first, body) = lines
        .split_first()
        .map_or(("", &[][..]), |(first, body)| (&**first, body));
    html! {
        <div class="answered">
            <p><span class="quiet">{ asked }</span>{ " " }<span>{ first }</span></p>
            if own.is_some() && !body.is_empty() { <pre class="mono" tabindex="0" role="group" aria-label="Body">{ body.join("\n") }</pre> }
        </div>
    }
}

/// What was answered, line by line; one line as long as only that is known how it ends, or nothing.
fn lines(props: &FormProps, id: InputId) -> Vec<String> {
    let request = sent_by(&props.shot, id);
    let outcome = request.map(|request| outcome_words(request, props.still));
    let answer = props.shot.answers.get(&id);
    match (request, outcome, answer) {
        (Some(request), Some(outcome), None) if outcome != UNDER_WAY => {
            let why = how_it_ended(request, None);
            let (said, goal) = (request.said(), request.goal());
            vec![format!("{said} {goal}: {outcome} ({why})")]
        }
        (Some(_), Some(outcome), _) if outcome == UNDER_WAY => vec![outcome],
        (.., Some(answer)) => {
            let lines = answer.lines.iter();
            lines.map(|line| line.text.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Setup, Simulation};

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
    fn what_is_wrong_is_said_with_its_field_and_localhost_stays_in_its_pod() {
        let shot = Shot::new(Simulation::new(Setup::default(), 7).snapshot());
        let sent = |to: &str, port: &str| read(&shot, &filled(to, port));
        let wrong = |to: &str, port: &str| sent(to, port).map_err(|(name, _)| name);
        assert_eq!(wrong(" ", "80"), Err("To"));
        assert_eq!(wrong("web", "0"), Err("Port"));
        assert_eq!(wrong("web", "65536"), Err("Port"));
        assert!(
            matches!(sent("http://web:81", "80"), Ok(Input::Send { port: 81, path, .. }) if &*path == "/healthz")
        );
        for to in ["localhost", "LOCALHOST:80", "0.0.0.0", "::1"] {
            assert!(matches!(sent(to, "80"), Ok(Input::Request { .. })), "{to}");
        }
        let every = Filled {
            every_second: true,
            ..filled("localhost", "80")
        };
        assert_eq!(read(&shot, &every), Err(ONLY_ONCE));
    }
}
