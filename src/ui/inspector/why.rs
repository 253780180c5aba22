//! From the newest change of an object back through its causes to the input and its manifest.

use std::rc::Rc;

use podarium::api::path::steps;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::{Cause, Change, Fault, Input, SimTime, Verb, events, words};
use podarium::scene::{Selection, field_behind, ownership};
use yew::prelude::*;

use super::InspectorProps;
use crate::ui::markup::{component, html};
use crate::ui::shot::Shot;
use crate::ui::timeline::input_words;
use crate::ui::written::Written;

/// No chain of causes is followed further.
const LONGEST: usize = 64;

/// The tab "Why".
pub fn why(props: &InspectorProps, object: &ObjectKey) -> Html {
    let changes = props.shot.store.changes();
    let container = match &props.selection {
        Some(Selection::Container { name, .. }) => Some(&**name),
        _ => None,
    };
    let mut own = changes
        .iter()
        .rev()
        .filter(|change| change.object == *object);
    let newest = own.clone().next();
    let newest = match container {
        // What happened to it, not to another one of its Pod.
        Some(name) => own.find(|change| concerns(change, name)).or(newest),
        None => newest,
    };
    let pod = props.shot.store.get(object);
    let pod = pod.and_then(|object| object.pod());
    let Some(newest) = newest.cloned() else {
        return html! { <p class="quiet">{ "Nothing has happened to it." }</p> };
    };
    let (chain, cause) = chain(&props.shot, newest);
    let killed = killed(&props.inputs, cause, object);
    let store = &props.shot.store;
    let origin = OriginProps {
        inputs: props.inputs.clone(),
        cause,
        time: props.shot.time,
        chosen: object.clone(),
        field: pod.and_then(|pod| field_behind(store, pod, container, killed)),
        object: chain.last().map(|first| first.object.clone()),
        refused: chain
            .last()
            .is_some_and(|first| first.verb == Verb::Refused),
        on_seek: props.on_seek.clone(),
        on_line: props.on_line.clone(),
    };
    html! {
        <>
            if let Some((question, answer)) = held(props) {
                <p class="sentence"><strong>{ question }</strong>{ " " }{ answer }</p>
            }
            <p class="sentence">{ "What happened last, and what led to it, step by step." }</p>
            <ol class="why">
                { for chain.iter().map(|change| row(props, object, change)) }
                { component::<Origin>(origin) }
            </ol>
        </>
    }
}

/// What holds the rolling update that it is a part of.
fn held(props: &InspectorProps) -> Option<(&'static str, String)> {
    let store = &props.shot.store;
    let root = ownership::root_of(store, props.selection.as_ref()?)?;
    ownership::fence(&props.shot, store.get(&root)?)?.held()
}

/// The container that a person killed, if that is the cause.
fn killed<'i>(inputs: &'i [(SimTime, Input)], cause: Cause, object: &ObjectKey) -> Option<&'i str> {
    let Cause::Input(id, _) = cause else {
        return None;
    };
    match &inputs.get(id.0 as usize)?.1 {
        Input::Fault(Fault::KillContainer { pod, container }) if pod == object => Some(container),
        _ => None,
    }
}

/// Was the container another one afterwards?
fn concerns(change: &Change, name: &str) -> bool {
    let state = |object: &Option<Rc<Object>>| {
        let pod = object.as_ref()?.pod()?;
        let statuses = pod.statuses();
        let status = statuses.get(name)?;
        Some((
            words::state(&status.state),
            status.ready,
            status.restart_count,
        ))
    };
    state(&change.before) != state(&change.after)
}

/// The change and what led to it, newest first; and the cause at the end.
fn chain(shot: &Shot, newest: Rc<Change>) -> (Vec<Rc<Change>>, Cause) {
    let mut chain = vec![newest];
    loop {
        let last = &chain[chain.len() - 1];
        let cause = last.cause;
        let Cause::Change(id) = cause else {
            return (chain, cause);
        };
        let before = shot.store.change(id).filter(|_| chain.len() < LONGEST);
        match before {
            Some(before) => chain.push(before.clone()),
            None => return (chain, cause),
        }
    }
}

fn row(props: &InspectorProps, object: &ObjectKey, change: &Rc<Change>) -> Html {
    let what = words::describe(change);
    let verb = format!("{:?}", change.verb).to_lowercase();
    let what = if what.is_empty() { verb } else { what };
    let object = if change.object == *object && !events::is_event(&change.object) {
        String::new()
    } else {
        format!("{}: ", change.object)
    };
    let at = change.at;
    let name = format!("{at}, {}: {object}{what}", change.actor);
    html! {
        <li key={change.id.0.to_string()}>
            <button class="link mono" aria-label={name} onclick={props.on_seek.reform(move |_| at)}>{ at.to_string() }</button>
            <div><strong>{ change.actor.to_string() }</strong><p class="mono message">{ object }{ what }</p></div>
        </li>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OriginProps {
    inputs: Rc<Vec<(SimTime, Input)>>,
    cause: Cause,
    /// What the first change of the chain was about.
    object: Option<ObjectKey>,
    /// Was it refused?
    refused: bool,
    /// The moment that is shown.
    time: SimTime,
    /// What is explained.
    chosen: ObjectKey,
    /// Its field that is behind how it is.
    field: Option<String>,
    on_seek: Callback<SimTime>,
    on_line: Callback<(Rc<str>, usize)>,
}

/// Where the chain begins: with a line of a manifest, another deed, or the cluster's beginning.
#[component]
fn Origin(props: &OriginProps) -> Html {
    let input = match props.cause {
        Cause::Input(id, document) => props
            .inputs
            .get(id.0 as usize)
            .map(|input| (input.clone(), document)),
        _ => None,
    };
    let began = (input.clone(), props.object.clone());
    let inputs = props.inputs.clone();
    let until = inputs
        .iter()
        .take_while(|(at, _)| *at <= props.time)
        .count();
    let known = (began, props.chosen.clone(), until, Rc::as_ptr(&inputs));
    let written = use_memo(known, move |((input, object), chosen, ..)| {
        let ((_, input), document) = input.as_ref()?;
        if let Input::Apply { manifest } | Input::Replace { manifest } = input {
            return Written::in_document(manifest, *document, object.as_ref());
        }
        // Something else was done to it; it has its lines all the same.
        Written::of(&inputs[..until], chosen)
    });
    let Some(((at, input), _)) = input else {
        let words = match props.cause {
            Cause::Start => "The cluster was made so.",
            _ => "…",
        };
        return html! { <li><span /><div>{ words }</div></li> };
    };
    let show = written.as_ref().as_ref().map(|written| {
        let field = props
            .field
            .as_ref()
            .filter(|_| written.is_of(&props.chosen));
        let line = match field {
            Some(field) => written.line(&steps(field)),
            None => written.first_line(),
        };
        let text = written.text.clone();
        let go = props.on_line.reform(move |_| (text.clone(), line));
        html! {
            <>
                if let Some(field) = field { <p class="mono message">{ field.as_str() }</p> }
                <button class="framed" onclick={go}>{ format!("Show line {line}") }</button>
            </>
        }
    });
    let asked = asked(&input, props.refused);
    html! {
        <li>
            <button class="link mono" aria-label={format!("{at}, you: {asked}")} onclick={props.on_seek.reform(move |_| at)}>{ at.to_string() }</button>
            <div><strong>{ "you" }</strong><p>{ asked }</p>{ show }</div>
        </li>
    }
}

/// What a person did, or was refused.
fn asked(input: &Input, refused: bool) -> String {
    match by_hand(input).filter(|_| !refused) {
        Some(done) => done,
        None if refused => format!("{}: refused", input_words(input)),
        None => input_words(input),
    }
}

/// What a person did to a container, in a sentence.
fn by_hand(input: &Input) -> Option<String> {
    Some(match input {
        Input::Fault(Fault::KillContainer { container, .. }) => {
            format!("You killed container {container}.")
        }
        Input::Fault(Fault::FailProbe {
            container,
            probe,
            fails,
            ..
        }) => {
            let what = if *fails { "fail" } else { "pass again" };
            let probe = probe.as_str().to_lowercase();
            format!("You let the {probe} probe of container {container} {what}.")
        }
        Input::Fault(Fault::FillMemory { container, .. }) => {
            format!("You had the program of container {container} take memory.")
        }
        Input::Request {
            from, port, path, ..
        } => format!("You sent a request from container {from} to localhost:{port}{path}."),
        _ => return None,
    })
}
