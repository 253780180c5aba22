//! Hands on a container: kill it, make a probe of it fail, have its program take memory, ask another one something.
//! Each is an input; a button that makes no sense says why.

use std::rc::Rc;

use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Fault, Input, SimTime};
use yew::prelude::*;

use super::chosen::{Chosen, combobox};
use crate::ui::dom;
use crate::ui::markup::{component, html};
use crate::ui::network::{FormProps, RequestForm};
use crate::ui::shot::Shot;

/// What the buttons are told, and what they tell.
#[derive(Clone, PartialEq, Properties)]
pub struct HandsProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The request that is still drawn on its way.
    pub still: Option<RequestId>,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The container.
    pub chosen: Chosen,
    /// Another one is to be it; `None` where that is chosen elsewhere.
    pub on_choose: Option<Callback<Rc<str>>>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// Something is to be said aloud.
    pub announce: Callback<AttrValue>,
}

const PROBES: [ProbeKind; 3] = [
    ProbeKind::Startup,
    ProbeKind::Readiness,
    ProbeKind::Liveness,
];

/// The buttons, and the form of a request.
#[component]
pub fn Hands(props: &HandsProps) -> Html {
    let open = use_state_eq(|| false);
    let picked = use_state_eq(|| None::<Rc<str>>);
    let chosen = &props.chosen;
    let name = chosen.name.clone();
    let pod = chosen.object.0.key();
    let still = (!chosen.runs(&name)).then(|| format!("{name} isn’t running."));
    let asks = chosen.all.iter().any(|one| chosen.runs(one));
    let nobody = (!asks).then(|| "No container of the Pod is running.".to_string());
    let fault = |fault: Fault| props.on_input.reform(move |()| Input::Fault(fault.clone()));
    let kill = fault(Fault::KillContainer {
        pod: pod.clone(),
        container: name.clone(),
    });
    let fill = fault(Fault::FillMemory {
        pod: pod.clone(),
        container: name.clone(),
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| {
            open.set(false);
            dom::focus(dom::find("[data-asks]"));
        })
    };
    let reasons = [
        nobody.as_ref().or(still.as_ref()).cloned(),
        no_probe(chosen),
    ];
    html! {
        <div class="hands" role="group" aria-label="By hand">
            if *open && asks {
                { component::<RequestForm>(FormProps {
                    shot: props.shot.clone(),
                    inputs: props.inputs.clone(),
                    selection: None,
                    own: Some((pod.clone(), name.clone())),
                    still: props.still,
                    on_input: props.on_input.clone(),
                    on_close: close,
                }) }
            }
            <div class="row">
                if let Some(choose) = props.on_choose.as_ref().filter(|_| chosen.all.len() > 1) {
                    { combobox("Container", &chosen.all, &name, choose) }
                }
                <button class="framed" data-asks="" aria-expanded={(*open && asks).to_string()} aria-disabled={nobody.is_some().then_some("true")}
                    aria-describedby={nobody.is_some().then_some("no-hand-0")}
                    onclick={act(props, nobody.clone(), toggle)}>{ "Send a request" }</button>
                { probes(props, &picked) }
                { button(props, "Fill memory", &still, fill) }
                { button(props, "Kill container", &still, kill) }
            </div>
            { for reasons.into_iter().enumerate().filter_map(|(number, why)| why.map(|why| html! {
                <p key={number} class="quiet" id={format!("no-hand-{number}")}>{ why }</p>
            })) }
        </div>
    }
}

/// A button that acts, or says why it doesn't.
fn button(
    props: &HandsProps,
    name: &'static str,
    why: &Option<String>,
    deed: Callback<()>,
) -> Html {
    html! {
        <button class="framed" aria-disabled={why.is_some().then_some("true")} aria-describedby={why.is_some().then_some("no-hand-0")}
            onclick={act(props, why.clone(), deed)}>{ name }</button>
    }
}

fn act(props: &HandsProps, why: Option<String>, deed: Callback<()>) -> Callback<MouseEvent> {
    let announce = props.announce.clone();
    Callback::from(move |_| match &why {
        Some(why) => announce.emit(why.clone().into()),
        None => deed.emit(()),
    })
}

/// Why no probe of the container can be made to fail.
fn no_probe(chosen: &Chosen) -> Option<String> {
    if kinds(chosen).is_empty() {
        return Some(format!("{} has no probe.", chosen.name));
    }
    let ended = chosen.pod().is_some_and(|pod| pod.is_finished());
    ended.then(|| "The Pod has ended: nobody probes it.".into())
}

/// The probes that the container asks for.
fn kinds(chosen: &Chosen) -> Vec<ProbeKind> {
    let spec = chosen.spec();
    let asked = PROBES
        .into_iter()
        .filter(|kind| spec.is_some_and(|spec| kind.of(spec).is_some()));
    asked.collect()
}

/// The button for a probe, and the choice where there are several.
fn probes(props: &HandsProps, picked: &UseStateHandle<Option<Rc<str>>>) -> Html {
    let chosen = &props.chosen;
    let kinds = kinds(chosen);
    let is_picked = |kind: &&ProbeKind| picked.as_deref() == Some(kind.as_str());
    let kind = kinds.iter().find(is_picked).or(kinds.first()).copied();
    let why = no_probe(chosen);
    let is_failing = |kind| {
        let object = &chosen.object.0;
        props.shot.is_failing_by_hand(object, &chosen.name, kind)
    };
    let fails = kind.is_some_and(is_failing);
    let deed = {
        let (pod, container) = (chosen.object.0.key(), chosen.name.clone());
        let on_input = props.on_input.clone();
        Callback::from(move |()| {
            if let Some(probe) = kind {
                let (pod, container) = (pod.clone(), container.clone());
                on_input.emit(Input::Fault(Fault::FailProbe {
                    pod,
                    container,
                    probe,
                    fails: !fails,
                }));
            }
        })
    };
    let names: Vec<Rc<str>> = kinds.iter().map(|kind| kind.as_str().into()).collect();
    let pick = {
        let picked = picked.clone();
        Callback::from(move |name: Rc<str>| picked.set(Some(name)))
    };
    html! {
        <>
            if names.len() > 1 {
                { combobox("Probe", &names, kind.map_or("", ProbeKind::as_str), &pick) }
            }
            <button class="framed" aria-disabled={why.is_some().then_some("true")} aria-describedby={why.is_some().then_some("no-hand-1")}
                onclick={act(props, why, deed)}>{ if fails { "Let probe pass" } else { "Fail probe" } }</button>
        </>
    }
}
