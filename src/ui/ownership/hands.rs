//! What is to be otherwise: buttons on owners and Pods. Each is an input; a button that makes no sense says why.

use std::rc::Rc;

use podarium::api::{Object, ObjectKey, Value};
use podarium::cluster::Input;
use podarium::scene::Selection;
use podarium::scene::ownership::{KINDS, children, owner, selecting};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::ui::asks;
use crate::ui::dom;
use crate::ui::markup::{html, keyed};
use crate::ui::shot::Shot;

/// What the buttons are told, and what they tell.
#[derive(Clone, PartialEq, Properties)]
pub struct HandsProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What is selected.
    pub selection: Option<Selection>,
    /// The family that is shown with all that is known of it.
    pub root: Option<ObjectKey>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// Which form is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Scale,
    Image,
}

/// The buttons, and a form where one is needed.
#[component]
pub fn Hands(props: &HandsProps) -> Html {
    let open = use_state_eq(|| None::<Open>);
    let said = use_state_eq(|| None::<&'static str>);
    let label = use_state_eq(|| None::<Rc<str>>);
    let scaled = target(
        props,
        &[
            "Deployment",
            "ReplicaSet",
            "ReplicationController",
            "StatefulSet",
        ],
    );
    let imaged = target(
        props,
        &[
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicationController",
            "ReplicaSet",
        ],
    );
    let rolled = target(props, &["Deployment"]);
    let undone = target(props, &["Deployment", "StatefulSet", "DaemonSet"]);
    let is_paused = rolled
        .as_ref()
        .is_some_and(|object| object.value.at(&["spec", "paused"]) == Some(&Value::Bool(true)));
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(None))
    };
    let form = |object: &Rc<Object>| FormProps {
        object: Same(object.clone()),
        on_input: props.on_input.clone(),
        on_close: close.clone(),
    };
    let toggle = |form: Open| {
        let open = open.clone();
        Callback::from(move |()| {
            open.set(if *open == Some(form) {
                None
            } else {
                Some(form)
            })
        })
    };
    let send = |input: Option<Input>| {
        let on_input = props.on_input.clone();
        Callback::from(move |()| {
            if let Some(input) = &input {
                on_input.emit(input.clone());
            }
        })
    };
    let button = |name: &'static str,
                  why: Option<&'static str>,
                  expanded: Option<bool>,
                  deed: Callback<()>| {
        let said = said.clone();
        let act = move |_: MouseEvent| {
            said.set(why);
            if why.is_none() {
                deed.emit(());
            }
        };
        html! {
            <button key={name} class="framed" title={why} aria-disabled={why.is_some().then_some("true")} data-opens={expanded.map(|_| name)}
                aria-expanded={expanded.map(|open| open.to_string())} onclick={Callback::from(act)}>{ name }</button>
        }
    };
    let none = |target: &Option<Rc<Object>>, why: &'static str| target.is_none().then_some(why);
    let pause = match is_paused {
        true => "Resume rollout",
        false => "Pause rollout",
    };
    let labels = labels_of(props);
    let chosen = (*label).clone().filter(|label| labels.contains(label));
    let chosen = chosen.or_else(|| labels.first().cloned());
    let removal = pod(props)
        .zip(chosen.clone())
        .map(|(pod, label)| asks::remove_label(&pod.key(), &label));
    html! {
        <div class="own-head">
            <h3 class="own-title">{ title(props) }</h3>
            <div class="row" role="group" aria-label="By hand">
                { button("Scale", none(&scaled, "Select a Deployment, a ReplicaSet, a ReplicationController or a StatefulSet."), Some(*open == Some(Open::Scale)), toggle(Open::Scale)) }
                { button("Set image", none(&imaged, "Select a Deployment, or anything else with a template of Pods."), Some(*open == Some(Open::Image)), toggle(Open::Image)) }
                <button key="pause" class="framed" title={none(&rolled, NO_DEPLOYMENT)} aria-disabled={rolled.is_none().then_some("true")}
                    onclick={{
                        let (said, why) = (said.clone(), none(&rolled, NO_DEPLOYMENT));
                        let deed = send(rolled.as_ref().map(|object| asks::pause(&object.key(), !is_paused)));
                        Callback::from(move |_: MouseEvent| {
                            said.set(why);
                            deed.emit(());
                        })
                    }}>{ pause }</button>
                { button("Roll back", no_way_back(props, undone.as_ref()), None, send(undone.as_ref().map(|object| asks::undo(&object.key())))) }
                if labels.len() > 1 { { choice("Label", &labels, chosen.as_ref(), &label) } }
                { button("Remove label", removal.is_none().then_some("Select a Pod that has a label."), None, send(removal.clone())) }
            </div>
            if let Some((line, answer)) = answered(&props.shot) {
                <p class="own-answer"><span class="mono">{ format!("$ {line}") }</span>{ answer }</p>
            }
            if let Some(said) = *said { <p class="quiet" role="status">{ said }</p> }
            { match (*open, &scaled, &imaged) {
                (Some(Open::Scale), Some(object), _) => keyed::<ScaleForm>(&*object.meta.uid, form(object)),
                (Some(Open::Image), _, Some(object)) => keyed::<ImageForm>(&*object.meta.uid, form(object)),
                _ => Html::default(),
            } }
        </div>
    }
}

/// The last line of kubectl, and what it printed.
fn answered(shot: &Shot) -> Option<(Rc<str>, Html)> {
    let (_, last) = shot.terminal.lines.iter().next_back()?;
    let printed = [last.text(false), last.text(true)];
    let printed = printed.iter().flat_map(|text| text.lines());
    let printed = printed
        .enumerate()
        .map(|(number, line)| html! { <span key={number} class="mono">{ line }</span> });
    Some((last.line.clone(), html! { <>{ for printed }</> }))
}

const NO_DEPLOYMENT: &str = "Select a Deployment, or something of its own.";

/// What the buttons are about.
fn title(props: &HandsProps) -> String {
    let root = props.root.as_ref();
    root.map_or_else(|| "Who keeps which Pods".into(), ToString::to_string)
}

fn pod(props: &HandsProps) -> Option<Rc<Object>> {
    match &props.selection {
        Some(Selection::Object(key) | Selection::Container { pod: key, .. }) => {
            let object = props.shot.store.get(key).cloned();
            object.filter(|object| object.pod().is_some())
        }
        _ => None,
    }
}

/// What is selected, or else the innermost owner of it, or the root, that is of one of these kinds.
fn target(props: &HandsProps, kinds: &[&str]) -> Option<Rc<Object>> {
    let store = &props.shot.store;
    let selected = match &props.selection {
        Some(Selection::Object(key) | Selection::Container { pod: key, .. }) => Some(key.clone()),
        _ => None,
    };
    let is_any = |key: &ObjectKey| kinds.contains(&key.bare_kind()) && KINDS.contains(&&*key.kind);
    // A Pod's ReplicaSet isn't meant where a Deployment stands above it.
    let selected = selected.filter(|key| is_any(key));
    let root = props.root.clone().filter(|key| is_any(key));
    let key = selected.or(root)?;
    store.get(&key).cloned()
}

/// The Pod's labels: those that tie it to its owner first.
fn labels_of(props: &HandsProps) -> Vec<Rc<str>> {
    let Some(pod) = pod(props) else {
        return Vec::new();
    };
    let owner = owner(&props.shot.store, &pod);
    let owner = owner.and_then(|key| props.shot.store.get(&key));
    let mut ties: Vec<Rc<str>> = Vec::new();
    if let Some(owner) = owner {
        ties.extend(selecting(owner).map(|(key, _)| key.clone()));
    }
    let is_hash = |key: &Rc<str>| &**key == "pod-template-hash";
    let all = pod.meta.labels.keys().cloned();
    let mut all: Vec<Rc<str>> = all.collect();
    podarium::order::sort_by_key(&mut all, |key| {
        (!ties.contains(key), is_hash(key), key.clone())
    });
    all
}

/// Why there is no earlier template.
fn no_way_back(props: &HandsProps, object: Option<&Rc<Object>>) -> Option<&'static str> {
    let Some(object) = object else {
        return Some(NO_DEPLOYMENT);
    };
    let is_deployment = object.key().bare_kind() == "Deployment";
    let earlier = children(&props.shot.store, object).len() > 1;
    (is_deployment && !earlier).then_some("There is no earlier revision.")
}

/// An object, equal only to itself.
#[derive(Clone)]
pub struct Same(Rc<Object>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// What a form is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct FormProps {
    /// What it is about.
    pub object: Same,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// It is over.
    pub on_close: Callback<()>,
}

/// The focus goes into a form that has opened.
fn enter(form: &NodeRef) {
    let form = form.cast::<web_sys::Element>();
    dom::focus(form.and_then(|form| form.query_selector("input, select").ok().flatten()));
}

/// Escape closes it, and the focus goes back to its button.
fn leaves(name: &'static str, on_close: &Callback<()>) -> Callback<KeyboardEvent> {
    let on_close = on_close.clone();
    Callback::from(move |event: KeyboardEvent| {
        if &*event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            on_close.emit(());
            back_to(name);
        }
    })
}

fn back_to(name: &'static str) {
    dom::focus(dom::find(&format!("[data-opens='{name}']")));
}

fn typed(event: &InputEvent) -> Rc<str> {
    let input = event.target_dyn_into::<HtmlInputElement>();
    input.map_or_else(|| "".into(), |input| input.value().into())
}

/// How many Pods are wanted.
#[component]
fn ScaleForm(props: &FormProps) -> Html {
    let object = &props.object.0;
    let now = object
        .value
        .at(&["spec", "replicas"])
        .and_then(Value::as_i64)
        .unwrap_or(1);
    let number = use_state_eq(|| Rc::<str>::from(now.to_string()));
    let form = use_node_ref();
    {
        let form = form.clone();
        use_effect_with((), move |()| enter(&form));
    }
    let wrong = number
        .trim()
        .parse::<i64>()
        .ok()
        .filter(|number| (0..=100_000).contains(number));
    let send = {
        let (key, on_input, on_close) =
            (object.key(), props.on_input.clone(), props.on_close.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(replicas) = wrong {
                on_input.emit(asks::scale(&key, replicas));
                on_close.emit(());
                back_to("Scale");
            }
        })
    };
    let change = {
        let number = number.clone();
        Callback::from(move |event: InputEvent| number.set(typed(&event)))
    };
    html! {
        <form ref={form} class="request own-form" aria-label="Scale" onsubmit={send} onkeydown={leaves("Scale", &props.on_close)} novalidate=true>
            <div class="row">
                <label class="choice port">
                    <span>{ "Replicas" }</span>
                    <input class="text-input" type="number" min="0" aria-label="Replicas" value={number.to_string()} oninput={change}
                        aria-invalid={wrong.is_none().then_some("true")} aria-describedby={wrong.is_none().then_some("wrong-scale")} />
                </label>
                <button type="submit" class="primary">{ format!("Scale {}", object.meta.name) }</button>
            </div>
            if wrong.is_none() { <p id="wrong-scale" class="wrong" role="alert">{ "A whole number from 0 on." }</p> }
        </form>
    }
}

/// The image of a container of its template.
#[component]
fn ImageForm(props: &FormProps) -> Html {
    let object = &props.object.0;
    let containers = object.value.at(&["spec", "template", "spec", "containers"]);
    let containers = containers.map_or(&[][..], Value::items).iter();
    let containers: Vec<(Rc<str>, Rc<str>)> = containers
        .map(|one| {
            (
                one.text_at(&["name"]).into(),
                one.text_at(&["image"]).into(),
            )
        })
        .collect();
    let first = containers.first().cloned().unwrap_or_default();
    let chosen = use_state_eq(|| None::<Rc<str>>);
    let image = use_state_eq(|| first.1.clone());
    let form = use_node_ref();
    {
        let form = form.clone();
        use_effect_with((), move |()| enter(&form));
    }
    let container = (*chosen).clone().unwrap_or_else(|| first.0.clone());
    let send = {
        let (key, on_input, on_close) =
            (object.key(), props.on_input.clone(), props.on_close.clone());
        let (container, image) = (container.clone(), image.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let image = image.trim();
            if !image.is_empty() {
                on_input.emit(asks::set_image(&key, &container, image));
                on_close.emit(());
                back_to("Set image");
            }
        })
    };
    let change = {
        let image = image.clone();
        Callback::from(move |event: InputEvent| image.set(typed(&event)))
    };
    let names: Vec<Rc<str>> = containers.iter().map(|(name, _)| name.clone()).collect();
    html! {
        <form ref={form} class="request own-form" aria-label="Set image" onsubmit={send} onkeydown={leaves("Set image", &props.on_close)} novalidate=true>
            <div class="row">
                if names.len() > 1 { { choice("Container", &names, Some(&container), &chosen) } }
                <label class="choice to">
                    <span>{ "Image" }</span>
                    <input class="text-input" aria-label="Image" value={image.to_string()} oninput={change} autocomplete="off" spellcheck="false" />
                </label>
                <button type="submit" class="primary">{ format!("Set image of {}", object.meta.name) }</button>
            </div>
        </form>
    }
}

fn choice(
    name: &'static str,
    all: &[Rc<str>],
    chosen: Option<&Rc<str>>,
    pick: &UseStateHandle<Option<Rc<str>>>,
) -> Html {
    let pick = pick.clone();
    let change = Callback::from(move |event: Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        pick.set(select.map(|select| select.value().into()));
    });
    html! {
        <label class="choice">
            <span>{ name }</span>
            <select aria-label={name} onchange={change}>
                { for all.iter().map(|one| html! {
                    <option key={&**one} value={one.to_string()} selected={Some(one) == chosen}>{ one.clone() }</option>
                }) }
            </select>
        </label>
    }
}
