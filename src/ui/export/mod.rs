//! The dialog "Export as lesson": it asks for what only the teacher knows, has the lesson proved, and hands it out as a zip.
//! What a lesson's folder is, and what of a history goes into it, is the core's (`podarium::lesson::export`).

use std::rc::Rc;

use podarium::cluster::{SimTime, Snapshot};
use podarium::history::History;
use podarium::lesson::export::{Mark, Offer, Words, offers};
use podarium::lesson::world::Past;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::layout::modal;
use super::markup::html;
use super::timeline::input_words;

/// The proof, in slices.
mod proof;

const NAME: &str = "Export as lesson";
/// So many goals are chosen at first.
const CHOSEN: usize = 4;
/// So far back a start is looked for at which something is still to be done.
const BACK: usize = 8;

/// What is there to make a lesson of, as it was when the dialog opened.
#[derive(Debug)]
pub struct Material {
    past: Past,
    present: Snapshot,
    places: Vec<Place>,
    /// Where the lesson begins, if nobody chooses otherwise.
    usual: usize,
}

/// It is opened once; nothing of it changes then.
impl PartialEq for Material {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Where a lesson may begin.
#[derive(Debug)]
struct Place {
    mark: Mark,
    says: String,
}

impl Material {
    /// Of a history; `shown`: the moment at which somebody has put the slider.
    pub fn of(history: &History, shown: Option<SimTime>) -> Self {
        let past = Past::of(history);
        let present = history.present_snapshot();
        let inputs = past.done.iter().enumerate().map(|(number, done)| Place {
            mark: Mark {
                done: number,
                at: done.at,
            },
            says: format!("{}, before: {}", done.at, input_words(&done.input)),
        });
        let mut places: Vec<Place> = inputs.collect();
        let has_become =
            |place: &Place| offers(&present, place.mark.at).iter().any(|one| one.is_apt);
        let last = places.len().saturating_sub(1);
        let tried = (last.saturating_sub(BACK)..=last).rev();
        let mut found = tried.filter(|at| places.get(*at).is_some_and(has_become));
        let mut usual = found.next().unwrap_or(last);
        if let Some(at) = shown {
            let done = past.done.iter().filter(|done| done.at <= at).count();
            if done < past.done.len() {
                usual = places.len();
                places.push(Place {
                    mark: Mark { done, at },
                    says: format!("{at}, the moment that is shown"),
                });
            }
        }
        Material {
            past,
            present,
            places,
            usual,
        }
    }

    /// Goals that a lesson from there may have, those that have become so first.
    fn offers(&self, place: usize) -> Vec<Offer> {
        let place = self.places.get(place);
        place.map_or_else(Vec::new, |place| offers(&self.present, place.mark.at))
    }
}

/// What the dialog is told.
#[derive(Clone, PartialEq, Properties)]
pub struct ExportProps {
    /// What is there.
    pub material: Rc<Material>,
    /// It is left.
    pub on_close: Callback<()>,
}

/// How the lesson stands.
#[derive(Clone, Debug, PartialEq)]
enum Stand {
    /// It is being written.
    Written,
    /// This file of it is being proved.
    Checking(Rc<str>),
    /// What is to be mended.
    Refused(Rc<Vec<String>>),
    /// It is handed out under this name.
    Done(Rc<str>),
}

/// Fields of a text that has lines, what they are called, and what helps.
const AREAS: [(&str, &str, &str); 2] = [
    ("story", "What is there", ""),
    (
        "question",
        "Question",
        "what the learner predicts before anything runs",
    ),
];
const MORE_AREAS: [(&str, &str, &str); 4] = [
    (
        "explanation",
        "Explanation",
        "shown after ten seconds in which nobody does anything",
    ),
    ("task", "Task", "a line each"),
    (
        "hints",
        "Hints",
        "a line each, three at least, from a nudge to nearly all of it",
    ),
    ("feedback", "Feedback", "said while a goal isn't met"),
];

/// The dialog.
#[component]
pub fn Export(props: &ExportProps) -> Html {
    let form = use_node_ref();
    let material = &props.material;
    let place = use_state_eq(|| material.usual);
    let stand = use_state_eq(|| Stand::Written);
    let all = use_memo((*place, ()), |(place, ())| material.offers(*place));
    // What the fields were filled with last.
    let filled = use_mut_ref(Words::default);
    let follow = {
        let (form, all, filled) = (form.clone(), all.clone(), filled.clone());
        Callback::from(move |_: Event| follow(&form, &all, &mut filled.borrow_mut()))
    };
    use_effect_with(*place, {
        let (form, all) = (form.clone(), all.clone());
        move |_| {
            choose_usual(&form, &all);
            self::follow(&form, &all, &mut filled.borrow_mut());
        }
    });
    let submit = {
        let (form, stand, material) = (form.clone(), stand.clone(), material.clone());
        let (all, place) = (all.clone(), *place);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(form), false) =
                (form.cast::<Element>(), matches!(*stand, Stand::Checking(_)))
            else {
                return;
            };
            let Some(place) = material.places.get(place) else {
                return;
            };
            let asked = proof::Asked {
                mark: place.mark,
                words: read(&form),
                goals: chosen(&form, &all),
            };
            stand.set(Stand::Checking("start.yaml".into()));
            let (stand, material) = (stand.clone(), material.clone());
            spawn_local(async move {
                let tell = |what: &str| stand.set(Stand::Checking(what.into()));
                let proof = proof::prove(&material.past, &asked, &tell);
                // Whoever has left doesn't want it any more.
                let proved = proof::as_long_as(|| form.is_connected(), proof).await;
                stand.set(match proved {
                    None => return,
                    Some(Ok((name, bytes))) => {
                        super::links::save_bytes(&name, &bytes);
                        Stand::Done(name.into())
                    }
                    Some(Err(mistakes)) => Stand::Refused(Rc::new(mistakes)),
                });
            });
        })
    };
    let close = props.on_close.reform(|_: MouseEvent| ());
    if material.places.is_empty() {
        let content = html! {
            <>
                <p>{ "Nothing was done in this cluster yet. Do what a learner is to do: what was there before becomes the lesson's start, and what you did its solution." }</p>
                <div class="actions"><button class="primary" onclick={close}>{ "Close" }</button></div>
            </>
        };
        return modal(NAME, &props.on_close, content);
    }
    let moved = {
        let place = place.clone();
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            place.set(select.map_or(0, |select| select.selected_index()) as usize);
        })
    };
    let checking = matches!(*stand, Stand::Checking(_)).to_string();
    let content = html! {
        <form ref={form} class="export" onsubmit={submit} novalidate=true>
            <p class="quiet">{ "What was done before the start is the lesson's cluster, what was done since is its solution. The texts are Markdown; all of it can be changed in the files afterwards." }</p>
            <label class="field">
                <span>{ "Title" }</span>
                <input class="text-input" name="title" autocomplete="off" />
            </label>
            <label class="field">
                <span>{ "The lesson begins at" }</span>
                <select onchange={moved}>
                    for (number, one) in material.places.iter().enumerate() {
                        <option key={number.to_string()} selected={number == *place}>{ &*one.says }</option>
                    }
                </select>
            </label>
            { goals(&all, *place, follow) }
            for (name, label, hint) in AREAS { { area(name, label, hint) } }
            { options() }
            for (name, label, hint) in MORE_AREAS { { area(name, label, hint) } }
            { told(&stand) }
            <div class="actions">
                <button type="button" class="framed" onclick={close}>{ if matches!(*stand, Stand::Done(_)) { "Close" } else { "Cancel" } }</button>
                <button type="submit" class="primary" aria-disabled={(checking == "true").then_some("true")}>{ "Check and download" }</button>
            </div>
        </form>
    };
    modal(NAME, &props.on_close, content)
}

/// What is so in the cluster: which of it is a goal? The boxes are ticked once, by [`choose_usual`]: drawn as ticked, they
/// would be so again whenever something else of the dialog changes.
fn goals(all: &[Offer], place: usize, follow: Callback<Event>) -> Html {
    let rows = all.iter().enumerate().map(|(number, offer)| {
        html! {
            <label key={format!("{place} {number}")} class="check">
                <input type="checkbox" name="goal" />
                <span>{ &*offer.says }
                    if !offer.is_new { <span class="quiet">{ " (so at the start, too)" }</span> }
                </span>
            </label>
        }
    });
    html! {
        <fieldset onchange={follow}>
            <legend>{ "Goals" }</legend>
            if all.is_empty() {
                <p class="quiet">{ "There is nothing yet that could be a goal." }</p>
            }
            { for rows }
        </fieldset>
    }
}

fn area(name: &'static str, label: &'static str, hint: &'static str) -> Html {
    let help = format!("export-{name}");
    html! {
        <label key={name} class="field">
            <span>{ label }</span>
            <textarea class="text-input" {name} rows="3" aria-describedby={(!hint.is_empty()).then(|| help.clone())} />
            if !hint.is_empty() { <span class="quiet" id={help}>{ hint }</span> }
        </label>
    }
}

/// What may be predicted, and which of it the cluster shows.
fn options() -> Html {
    const NAMES: [(&str, &str, &str); 3] = [
        ("option-0", "Option 1", "Option 1 is what the cluster shows"),
        ("option-1", "Option 2", "Option 2 is what the cluster shows"),
        ("option-2", "Option 3", "Option 3 is what the cluster shows"),
    ];
    html! {
        <fieldset>
            <legend>{ "Options" }</legend>
            <p class="quiet">{ "Mark the one that the cluster shows while nobody does anything. An empty one is left out." }</p>
            for (name, label, shown) in NAMES {
                <div class="row" key={name}>
                    <input type="radio" name="shown" aria-label={shown} />
                    <input class="text-input" {name} aria-label={label} autocomplete="off" />
                </div>
            }
        </fieldset>
    }
}

/// How it stands, in words.
fn told(stand: &Stand) -> Html {
    let said = match stand {
        Stand::Checking(what) => format!("Checking: {what}"),
        Stand::Done(name) => format!(
            "Proved, and handed out as {name}. Unpack it into static/lessons/CHAPTER/, or anywhere: cargo xtask lessons \
             PATH proves it again."
        ),
        Stand::Written | Stand::Refused(_) => String::new(),
    };
    html! {
        <>
            <p class="stand" role="status">{ said }</p>
            if let Stand::Refused(mistakes) = stand {
                <div class="refused" role="alert">
                    <p>{ "Not handed out. To be mended:" }</p>
                    <ul>
                        for (place, mistake) in mistakes.iter().enumerate() { <li key={place.to_string()}>{ &**mistake }</li> }
                    </ul>
                </div>
            }
        </>
    }
}

/// Texts of the fields, by their names.
fn texts(words: &Words) -> [(&'static str, &str); 10] {
    let option = |place: usize| words.options.get(place).map_or("", |one| &**one);
    [
        ("title", &words.title),
        ("story", &words.story),
        ("question", &words.question),
        ("option-0", option(0)),
        ("option-1", option(1)),
        ("option-2", option(2)),
        ("explanation", &words.explanation),
        ("task", &words.task),
        ("hints", &words.hints),
        ("feedback", &words.feedback),
    ]
}

fn named(form: &Element, name: &str) -> Option<Element> {
    // Names are ours: nothing can be wrong with them.
    form.query_selector(&format!("[name={name}]")).ok()?
}

/// Ticks the goals that a lesson from this start has, if nobody chooses others.
fn choose_usual(form: &NodeRef, all: &[Offer]) {
    let Some(form) = form.cast::<Element>() else {
        return;
    };
    let mut left = CHOSEN;
    for (offer, one) in all.iter().zip(boxes(&form, "goal")) {
        let is_chosen = offer.is_apt && left > 0;
        left -= usize::from(is_chosen);
        one.set_checked(is_chosen);
    }
}

/// Has the fields say what the chosen goals ask for. What somebody has written stays.
fn follow(form: &NodeRef, all: &[Offer], filled: &mut Words) {
    let Some(form) = form.cast::<Element>() else {
        return;
    };
    let chosen = chosen(&form, all);
    let chosen: Vec<&Offer> = chosen.iter().collect();
    let is_first = *filled == Words::default();
    if chosen.is_empty() && !is_first {
        // Another one is about to be chosen.
        return;
    }
    let words = Words::prefilled(&chosen);
    for ((name, text), (_, before)) in texts(&words).into_iter().zip(texts(filled)) {
        if value(&form, name) == before {
            set_value(&form, name, text);
        }
    }
    if is_first && let Some(shown) = boxes(&form, "shown").get(words.shown) {
        shown.set_checked(true);
    }
    *filled = words;
}

fn set_value(form: &Element, name: &str, text: &str) {
    let Some(field) = named(form, name) else {
        return;
    };
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.set_value(text);
    } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(text);
    }
}

fn value(form: &Element, name: &str) -> String {
    let field = named(form, name);
    let field = field.as_ref();
    let input = field.and_then(|field| field.dyn_ref::<HtmlInputElement>());
    let area = field.and_then(|field| field.dyn_ref::<HtmlTextAreaElement>());
    let text = input.map(|input| input.value());
    text.or(area.map(|area| area.value())).unwrap_or_default()
}

/// What the fields hold.
fn read(form: &Element) -> Words {
    let value = |name: &str| value(form, name);
    Words {
        title: value("title"),
        story: value("story"),
        question: value("question"),
        options: ["option-0", "option-1", "option-2"].map(value).into(),
        shown: ticked(form, "shown").first().copied().unwrap_or(0),
        explanation: value("explanation"),
        task: value("task"),
        hints: value("hints"),
        feedback: value("feedback"),
    }
}

/// All boxes of this name.
fn boxes(form: &Element, name: &str) -> Vec<HtmlInputElement> {
    let Ok(all) = form.query_selector_all(&format!("[name={name}]")) else {
        return Vec::new();
    };
    let boxes = (0..all.length()).filter_map(|place| all.item(place)?.dyn_into().ok());
    boxes.collect()
}

/// Places of those that are ticked.
fn ticked(form: &Element, name: &str) -> Vec<usize> {
    let boxes = boxes(form, name).into_iter().enumerate();
    let ticked = boxes.filter(|(_, one)| one.checked());
    ticked.map(|(place, _)| place).collect()
}

fn chosen(form: &Element, all: &[Offer]) -> Vec<Offer> {
    let places = ticked(form, "goal").into_iter();
    places.filter_map(|place| all.get(place).cloned()).collect()
}
