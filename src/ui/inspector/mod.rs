//! Region "Inspector": what is known of the thing that is selected, and why it is so.

/// What an object is, part by part.
mod summary;

/// The whole cluster, where nothing is selected.
mod cluster;

/// What containers share, and what each has for itself.
mod shared;

/// How a Pod is, in a sentence.
mod sentence;

/// Conditions, and since when they hold.
mod conditions;

/// What components told about it.
mod events;

/// The object as kubectl prints it.
mod yaml;

/// The container that is looked into.
mod chosen;

/// What it printed.
mod logs;

/// What it sees of files.
mod files;

/// What is done to it.
mod hands;

/// A request that was chosen.
mod asked;

/// What is done to a machine.
mod machine;

/// What keeps Pods.
mod workload;

/// From the newest change back to a line of a manifest.
mod why;

/// Small parts that the tabs share.
mod parts;

use std::rc::Rc;

use podarium::api::{Object, ObjectKey};
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Input, SimTime, Verb};
use podarium::scene::{self, Selection, Speeds};
use yew::prelude::*;

use crate::ui::markup::{component, html, keyed};
use crate::ui::search::{Search, SearchProps};
use crate::ui::shot::Shot;
use crate::ui::tabs::tabs;
use asked::{Asked, AskedProps};
use chosen::Chosen;
use files::{FilesProps, FilesTab};
use hands::{Hands, HandsProps};
use logs::{Logs, LogsProps};
pub use parts::icon;
use parts::{Tab, chips};
use summary::Known;

/// What the inspector is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct InspectorProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The world at the present.
    pub present: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// A request that was chosen after that.
    pub request: Option<RequestId>,
    /// The request that is still drawn on its way: how it ends isn't told yet.
    pub still: Option<RequestId>,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// The moment that is shown.
    pub time: SimTime,
    /// Does the stage show it from near?
    pub near: bool,
    /// Another number each time that it is asked from elsewhere why it is so.
    pub why: u32,
    /// The scheduler's decisions about it are to be shown.
    pub on_scheduling: Callback<()>,
    /// It is to be shown from near.
    pub on_near: Callback<()>,
    /// More of it is to be seen, where it only peeks over the stage.
    pub on_details: Callback<()>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// A line of a manifest is to be shown: its text, and the line, counted from 1.
    pub on_line: Callback<(Rc<str>, usize)>,
    /// This was found, and is to be shown.
    pub on_found: Callback<Selection>,
    /// Nothing is looked for any longer; where the focus was before.
    pub on_leave: Callback<Option<web_sys::Element>>,
    /// Something is to be said aloud.
    pub announce: Callback<AttrValue>,
}

/// An object, equal only to itself: one of another history may read the same.
#[derive(Clone)]
pub struct Same(Rc<Object>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Region "Inspector".
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    // The tab that was chosen since it was last asked why.
    let tab = use_state_eq(|| (props.why, Tab::Summary));
    let wanted = if tab.0 == props.why { tab.1 } else { Tab::Why };
    let key = props.selection.as_ref().and_then(key_of);
    let object = key.and_then(|key| props.shot.store.get(key).cloned());
    let picked = use_state_eq(|| None::<Rc<str>>);
    let chosen_one = props.selection.as_ref();
    let chosen_one = chosen_one.and_then(|one| Chosen::of(object.as_ref(), one, picked.as_ref()));
    let choose = on_choose(props, &picked);
    let offered = Tab::of(key.is_some_and(|key| &*key.kind == "Pod"));
    let names: Vec<&'static str> = offered.iter().map(|(_, name)| *name).collect();
    // The Summary, which all have, where this has no such tab.
    let number = offered.iter().position(|(one, _)| *one == wanted);
    let number = number.unwrap_or_default();
    let (open, open_name) = offered[number];
    // The two tabs that take long to make, made anew when they are others: not with each frame.
    let shot = (open == Tab::Events).then(|| props.shot.clone());
    let told = use_mut_ref(events::Told::default);
    let made = use_memo((open, object.clone(), shot), |made_of| match made_of {
        (Tab::Yaml, Some(object), _) => yaml::yaml(object),
        (_, Some(object), Some(shot)) => {
            let mut told = told.borrow_mut();
            told.follow(shot, &object.meta.uid);
            told.view()
        }
        _ => Html::default(),
    });
    let since = use_memo(object.clone().map(Same), |object| {
        let object = object.as_ref().map(|Same(object)| object);
        let since =
            |object: &Rc<Object>| conditions::since(&props.shot.store, &object.key(), object);
        object.map(since).unwrap_or_default()
    });
    let body = key.and_then(|key| scene::body_of(&props.shot, key));
    let known = Known {
        body: body.as_ref(),
        since: &since,
    };
    let on_tab = {
        let (tab, why) = (tab.clone(), props.why);
        Callback::from(move |chosen: usize| tab.set((why, offered[chosen].0)))
    };
    let selected = props.selection.as_ref().filter(|_| props.request.is_none());
    let chosen = selected.map(|selection| {
        let (above, name) = title(selection);
        html! {
            <>
            <header class="inspected">
                <p class="quiet">{ above }</p>
                <h2 class="mono"><span class="spoken">{ kind_word(selection) }{ " " }</span>{ name }</h2>
                { chips(selection, object.as_ref(), known.body) }
                <div class="of-drawer">
                    <button class="framed peek" onclick={props.on_details.reform(|_| ())}>{ "Details" }</button>
                    <button class="icon" aria-label="Close" onclick={props.on_select.reform(|_| None)}>{ "×" }</button>
                </div>
            </header>
            { tabs("Details", &names, number, &on_tab) }
            <div class="details" role="tabpanel" aria-label={open_name} tabindex="0">
                { match (open, &chosen_one) {
                    (Tab::Logs, Some(chosen)) => component::<Logs>(LogsProps {
                        shot: props.shot.clone(),
                        time: props.time,
                        chosen: chosen.clone(),
                        on_choose: choose.clone(),
                    }),
                    (Tab::Files, Some(chosen)) => component::<FilesTab>(FilesProps {
                        shot: props.shot.clone(),
                        time: props.time,
                        chosen: chosen.clone(),
                        on_choose: choose.clone(),
                    }),
                    _ => content(props, selection, object.as_ref(), open, &known, &made),
                } }
            </div>
            { actions(props, selection, object.as_ref(), chosen_one.map(|chosen| keyed::<Hands>(&*chosen.uid(), HandsProps {
                shot: props.shot.clone(),
                still: props.still,
                inputs: props.inputs.clone(),
                chosen,
                on_choose: (!matches!(open, Tab::Logs | Tab::Files)).then_some(choose),
                on_input: props.on_input.clone(),
                announce: props.announce.clone(),
            }))) }
            </>
        }
    });
    let asked = props.request.map(|id| {
        component::<Asked>(AskedProps {
            shot: props.shot.clone(),
            time: props.time,
            speeds: props.speeds.clone(),
            id,
            still: props.still,
            on_select: props.on_select.clone(),
            on_details: props.on_details.clone(),
            on_seek: props.on_seek.clone(),
        })
    });
    let search = component::<Search>(SearchProps {
        shot: props.shot.clone(),
        on_found: props.on_found.clone(),
        on_leave: props.on_leave.clone(),
        announce: props.announce.clone(),
    });
    html! {
        <section class="inspector" aria-label="Inspector">
            { asked.or(chosen).unwrap_or_else(|| cluster::cluster(props)) }
            { search }
        </section>
    }
}

/// How a Pod is, in the words of its summary; or that it isn't there at that moment.
pub fn in_words(shot: &Shot, key: &ObjectKey) -> Html {
    let object = shot.store.get(key);
    let pod = object.and_then(|object| object.pod());
    let Some((pod, body)) = pod.zip(scene::body_of(shot, key)) else {
        return html! { <p class="sentence">{ "It isn't there at this moment." }</p> };
    };
    let selection = Selection::Object(key.clone());
    html! {
        <>
            { chips(&selection, object, Some(&body)) }
            { sentence::sentence(pod, &body) }
        </>
    }
}

/// Another container is looked into: it is selected where one was, else it is one of the Pod that stays so.
fn on_choose(
    props: &InspectorProps,
    picked: &UseStateHandle<Option<Rc<str>>>,
) -> Callback<Rc<str>> {
    let (picked, select) = (picked.clone(), props.on_select.clone());
    let selection = props.selection.clone();
    Callback::from(move |name: Rc<str>| match &selection {
        Some(Selection::Container { pod, .. }) => {
            let pod = pod.clone();
            select.emit(Some(Selection::Container { pod, name }));
        }
        _ => picked.set(Some(name)),
    })
}

/// The object that a selection is about; a container's is its Pod.
fn key_of(selection: &Selection) -> Option<&ObjectKey> {
    match selection {
        Selection::Object(key) | Selection::Container { pod: key, .. } => Some(key),
        Selection::Host(_) => None,
    }
}

fn kind_word(selection: &Selection) -> &str {
    match selection {
        Selection::Host(_) => "Host",
        Selection::Object(key) => key.bare_kind(),
        Selection::Container { .. } => "Container",
    }
}

/// `Pod · default`, `hello-pod`
fn title(selection: &Selection) -> (String, Rc<str>) {
    match selection {
        Selection::Host(name) => ("Host".into(), name.clone()),
        Selection::Object(key) if key.namespace.is_empty() => {
            (key.bare_kind().to_string(), key.name.clone())
        }
        Selection::Object(key) => (
            format!("{} · {}", key.bare_kind(), key.namespace),
            key.name.clone(),
        ),
        Selection::Container { pod, name } => (format!("Container · {}", pod.path()), name.clone()),
    }
}

fn content(
    props: &InspectorProps,
    selection: &Selection,
    object: Option<&Rc<Object>>,
    tab: Tab,
    known: &Known,
    made: &Html,
) -> Html {
    if let (None, Some(key)) = (object, key_of(selection)) {
        return gone(props, key);
    }
    let key = key_of(selection).cloned();
    match (tab, object, key) {
        (Tab::Summary, _, _) => summary::summary(props, selection, object, known),
        (Tab::Events | Tab::Yaml, Some(_), _) => made.clone(),
        (Tab::Why, Some(_), Some(key)) => why::why(props, &key),
        // A Pod without containers has nothing to look into.
        (Tab::Logs | Tab::Files, Some(_), _) => {
            html! { <p class="quiet">{ "It has no containers." }</p> }
        }
        (Tab::Events | Tab::Yaml | Tab::Why | Tab::Logs | Tab::Files, ..) => {
            html! { <p>{ "A host is below Kubernetes: no object describes it, and no component speaks of it." }</p> }
        }
    }
}

/// The object isn't there at the moment that is shown.
fn gone(props: &InspectorProps, key: &ObjectKey) -> Html {
    let changes = props.present.store.changes();
    let last = changes
        .iter()
        .rev()
        .find(|change| change.object == *key && change.verb != Verb::Refused);
    let Some(last) = last else {
        return html! { <p>{ format!("There is no {key} in this cluster.") }</p> };
    };
    let (words, moment) = if last.verb == Verb::Deleted && last.at <= props.shot.time {
        (format!("Deleted at {}.", last.at), SimTime(last.at.0 - 1))
    } else {
        let first = changes
            .iter()
            .find(|change| change.object == *key && change.verb == Verb::Created);
        let first = first.map_or(last.at, |change| change.at);
        (format!("Not there yet: created at {first}."), first)
    };
    let label = if last.verb == Verb::Deleted {
        "Go to its last moment"
    } else {
        "Go there"
    };
    html! {
        <>
            <p>{ words }</p>
            <button class="framed" onclick={props.on_seek.reform(move |_| moment)}>{ label }</button>
        </>
    }
}

fn actions(
    props: &InspectorProps,
    selection: &Selection,
    object: Option<&Rc<Object>>,
    hands: Option<Html>,
) -> Html {
    let (Selection::Object(key), Some(_)) = (selection, object) else {
        return hands.map_or_else(
            Html::default,
            |hands| html! { <footer class="actions">{ hands }</footer> },
        );
    };
    if &*key.kind == "Node" {
        return html! { <footer class="actions">{ machine::hands(props, key) }</footer> };
    }
    let waits = object
        .and_then(|object| object.pod())
        .map(|pod| pod.spec.node_name.is_empty());
    let why = if waits == Some(true) {
        "Why no node?"
    } else {
        "Why this node?"
    };
    let key = key.clone();
    let delete = props.on_input.reform(move |_| Input::Delete {
        object: key.clone(),
        grace_period_seconds: None,
    });
    html! {
        <footer class="actions">
            { hands }
            if waits.is_some() {
                <button class="framed" onclick={props.on_near.reform(|_| ())}>{ "Open Pod" }</button>
                <button class="framed" onclick={props.on_scheduling.reform(|_| ())}>{ why }</button>
            }
            <button class="framed" onclick={delete}>{ "Delete" }</button>
        </footer>
    }
}
