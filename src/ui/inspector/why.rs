//! From the newest change of an object back through its causes to the input and its manifest.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Cause, Change, Input, SimTime, events, words};
use yew::prelude::*;

use crate::ui::shot::Shot;
use crate::ui::timeline::input_words;

/// No chain of causes is followed further.
const LONGEST: usize = 64;

/// Why what.
#[derive(Clone, PartialEq, Properties)]
pub struct WhyProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The object.
    pub object: ObjectKey,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// A line of a manifest is to be shown.
    pub on_line: Callback<(Rc<str>, usize)>,
}

/// The tab "Why".
#[component]
pub fn Why(props: &WhyProps) -> Html {
    let changes = props.shot.store.changes();
    let newest = changes
        .iter()
        .rev()
        .find(|change| change.object == props.object);
    let Some(newest) = newest.cloned() else {
        return html! { <p class="quiet">{ "Nothing has happened to it." }</p> };
    };
    let (chain, first) = chain(&props.shot, newest);
    html! {
        <>
            <p class="sentence">{ "What happened last, and what led to it, step by step." }</p>
            <ol class="why">
                { for chain.iter().map(|change| row(props, change)) }
                { origin(props, first) }
            </ol>
        </>
    }
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

fn row(props: &WhyProps, change: &Rc<Change>) -> Html {
    let what = words::describe(change);
    let verb = format!("{:?}", change.verb).to_lowercase();
    let what = if what.is_empty() { verb } else { what };
    let object = if change.object == props.object && !events::is_event(&change.object) {
        String::new()
    } else {
        format!("{}: ", change.object)
    };
    let at = change.at;
    html! {
        <li key={change.id.0.to_string()}>
            <button class="link mono" onclick={props.on_seek.reform(move |_| at)}>{ at.to_string() }</button>
            <div><strong>{ change.actor.to_string() }</strong><p class="mono message">{ object }{ what }</p></div>
        </li>
    }
}

/// Where the chain begins.
fn origin(props: &WhyProps, cause: Cause) -> Html {
    let Cause::Input(id, document) = cause else {
        let words = match cause {
            Cause::Start => "The cluster was made so.",
            _ => "…",
        };
        return html! { <li key="start"><span /><div>{ words }</div></li> };
    };
    let Some((at, input)) = props.inputs.get(id.0 as usize) else {
        return Html::default();
    };
    let at = *at;
    let line = match input {
        Input::Apply { manifest } | Input::Replace { manifest } => {
            let line = crate::ui::editor::line_of_document(manifest, document);
            let manifest = manifest.clone();
            let go = props.on_line.reform(move |_| (manifest.clone(), line));
            html! { <button class="framed" onclick={go}>{ format!("Show line {line}") }</button> }
        }
        _ => Html::default(),
    };
    html! {
        <li key="input">
            <button class="link mono" onclick={props.on_seek.reform(move |_| at)}>{ at.to_string() }</button>
            <div><strong>{ "you" }</strong><p>{ input_words(input) }</p>{ line }</div>
        </li>
    }
}
