//! Hands on a machine and on its Node: off and on, cut off and whole again, cordoned or not. Each is an input; a button
//! that makes no sense says why.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::Input;
use yew::prelude::*;

use super::InspectorProps;
use crate::ui::asks;
use crate::ui::markup::html;

/// The buttons: each has one place, whatever it does next, so that the focus stays on it.
pub fn hands(props: &InspectorProps, key: &ObjectKey) -> Html {
    let (shot, name) = (&props.shot, &key.name);
    let node = || -> Rc<str> { name.clone() };
    let power = match shot.powered_off.contains_key(name) {
        true => ("Power on", Input::PowerOn { node: node() }),
        false => ("Power off", Input::PowerOff { node: node() }),
    };
    let cut = match shot.partitioned.contains_key(name) {
        true => ("Heal", Input::Heal { node: node() }),
        false => ("Partition", Input::Partition { node: node() }),
    };
    let is_cordoned = shot.store.get(key).and_then(|object| object.node());
    let is_cordoned = is_cordoned.is_some_and(|node| node.spec.unschedulable);
    let cordon = match is_cordoned {
        true => ("Uncordon", asks::cordon(name, false)),
        false => ("Cordon", asks::cordon(name, true)),
    };
    let none = shot.machines.get(name).is_none();
    let button = |(label, input): (&'static str, Input), needs_machine: bool| {
        let cannot = needs_machine && none;
        let (on_input, announce) = (props.on_input.clone(), props.announce.clone());
        let act = move |_: MouseEvent| match cannot {
            true => announce.emit(NO_MACHINE.into()),
            false => on_input.emit(input.clone()),
        };
        html! {
            <button class="framed" aria-disabled={cannot.then_some("true")} aria-describedby={cannot.then_some("no-machine")}
                onclick={Callback::from(act)}>{ label }</button>
        }
    };
    html! {
        <div class="hands" role="group" aria-label="By hand">
            <div class="row">
                { button(power, true) }
                { button(cut, true) }
                { button(cordon, false) }
            </div>
            if none { <p class="quiet" id="no-machine">{ NO_MACHINE }</p> }
        </div>
    }
}

const NO_MACHINE: &str = "No machine stands behind this Node.";

/// How its machine is, where that is more than a kubelet's words.
pub fn condition(props: &InspectorProps, name: &str) -> Option<String> {
    if let Some(since) = props.shot.powered_off.get(name) {
        return Some(format!("It is off since {since}: nothing runs on it."));
    }
    let cut = props.shot.partitioned.get(name)?;
    Some(format!(
        "It is cut off since {}: it runs on, but nothing passes between it and any other machine.",
        cut.since
    ))
}
