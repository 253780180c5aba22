//! The top bar, and the dialogs that it opens.

use gloo_timers::callback::Timeout;
use podarium::cluster::{Fault, Input};
use wasm_bindgen::JsCast;
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Dialog, ImportDeed, LinkDeed, Message, Panel, is_presentation};
use super::engine::Deed;
use super::import::file_of;
use super::layout::modal;
use super::markup::html;

/// After so long the deliberate panic of `?debug` comes, in virtual microseconds.
const PANIC_AFTER_MICROS: u64 = 1_500_000;

/// What the top bar shows.
pub struct BannerProps {
    /// What chance follows from.
    pub seed: u64,
    /// Is it dark?
    pub dark: bool,
    /// Is there a panic on purpose?
    pub debug: bool,
    /// Is another cluster shown than the own one?
    pub apart: bool,
    /// Was a link copied a moment ago?
    pub copied: bool,
    /// Where lessons go on.
    pub lessons: AttrValue,
}

/// The top bar: what is shown, and what can be done with all of it. What has no room stands in a menu.
pub fn banner(props: &BannerProps, link: &Scope<App>) -> Html {
    let seed = props.seed;
    let panic = |_| {
        let after_micros = PANIC_AFTER_MICROS;
        Message::Do(Deed::Input(Input::Fault(Fault::CorePanic { after_micros })))
    };
    let examples = |event: MouseEvent| {
        event.prevent_default();
        // First they are where they can be seen.
        Timeout::new(0, super::editor::open_examples).forget();
        Message::Panel(Panel::Manifest)
    };
    let chosen = |deed: fn(web_sys::File) -> Message| {
        link.batch_callback(move |event: Event| {
            let input = event.target()?.dyn_into().ok()?;
            file_of(&input).map(deed)
        })
    };
    let imported = chosen(|file| Message::Import(ImportDeed::File(file)));
    let opened = chosen(|file| Message::Link(LinkDeed::File(file)));
    let asked = |dialog: Dialog| link.callback(move |_| Message::Dialog(Some(dialog.clone())));
    let done = |deed: fn() -> LinkDeed| link.callback(move |_: MouseEvent| Message::Link(deed()));
    // What the menu holds closes it. Where there is room it stands in the bar, and the menu never opens.
    let item = |name: &'static str, on: Callback<MouseEvent>| {
        html! { <button popovertarget="more" popovertargetaction="hide" onclick={on}>{ name }</button> }
    };
    let presents = is_presentation().to_string();
    html! {
        <header class="banner">
            <svg class="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                <path d="M2 3.5h2.2v2M20 3.5h-2.2v2M4.2 5.5h13.6v9.8a3 3 0 0 1-3 3H7.2a3 3 0 0 1-3-3z" />
                <rect x="7" y="8.8" width="8" height="5.6" rx="2.8" />
                <path class="dots" d="M9.6 11.6h.01M12.4 11.6h.01" />
            </svg>
            <h1>{ "Podarium" }</h1>
            if props.apart {
                <button class="framed" onclick={done(|| LinkDeed::Leave)}>{ "Back to my cluster" }</button>
                <span class="quiet from-link">{ "From a link, kept in this tab. Your own cluster is as you left it." }</span>
            } else {
                <a class="quiet wide home" href="./">{ "Playground" }</a>
            }
            <span class="spring" />
            if props.copied {
                <span class="copied">{ "Link copied" }</span>
            } else {
                <span class="mono quiet wide">{ format!("Kubernetes v1.36 · seed {seed:x}") }</span>
            }
            if props.debug {
                <button class="framed" onclick={link.callback(panic)}>{ "Panic in the core" }</button>
            }
            <a class="button" href={props.lessons.clone()}>{ "Lessons" }</a>
            <a class="button wide" href="#examples" onclick={link.callback(examples)}>{ "Examples" }</a>
            <button onclick={link.callback(|_| choose("input.file"))}>{ "Import" }</button>
            <input type="file" class="file" hidden=true accept=".yaml,.yml,.json,.txt,application/yaml,application/json,text/plain" onchange={imported} />
            <input type="file" class="world" hidden=true accept=".json,application/json" onchange={opened} />
            <button onclick={asked(Dialog::NewCluster)}>{ "New cluster" }</button>
            <div id="more" popover="auto">
                <span class="to-moment-item">{ item("Link to this moment", done(|| LinkDeed::Make)) }</span>
                { item("Save", done(|| LinkDeed::Save)) }
                { item("Open", link.callback(|_| choose("input.world"))) }
                { item("Export as lesson", done(|| LinkDeed::Export)) }
                <button popovertarget="more" popovertargetaction="hide" aria-pressed={presents}
                    onclick={done(|| LinkDeed::Present)}>{ "Presentation" }</button>
                { item("Keys", asked(Dialog::Keys)) }
            </div>
            <button class="framed to-moment" onclick={done(|| LinkDeed::Make)}>
                <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                    <path d="M5.8 8.2a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7L7 3.3M8.2 5.8a2.6 2.6 0 0 0-3.7 0L2.2 8.1a2.6 2.6 0 0 0 3.7 3.7L7 10.7" />
                </svg>
                { "Link to this moment" }
            </button>
            <button onclick={link.callback(|_| Message::Theme)}>{ if props.dark { "Light" } else { "Dark" } }</button>
            <button class="more" popovertarget="more" aria-label="More">{ "···" }</button>
        </header>
    }
}

/// Lets the browser ask for a file, by this input.
fn choose(input: &str) -> Message {
    let input = super::dom::find(input);
    if let Some(input) = input.and_then(|input| input.dyn_into::<web_sys::HtmlElement>().ok()) {
        input.click();
    }
    Message::Spoken
}

/// What a new cluster asks.
#[derive(Clone, PartialEq, Properties)]
pub struct NewClusterProps {
    /// Nothing is to happen.
    pub on_close: Callback<()>,
    /// A new cluster from this seed, or from chance.
    pub on_seed: Callback<Option<u64>>,
}

/// Asks before everything starts over.
#[component]
pub fn NewCluster(NewClusterProps { on_close, on_seed }: &NewClusterProps) -> Html {
    let input = use_node_ref();
    let wrong = use_state(|| false);
    let submit = {
        let (input, on_seed, wrong) = (input.clone(), on_seed.clone(), wrong.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = input
                .cast::<web_sys::HtmlInputElement>()
                .map(|input| input.value());
            let typed = typed.unwrap_or_default();
            match (typed.trim(), u64::from_str_radix(typed.trim(), 16)) {
                ("", _) => on_seed.emit(None),
                (_, Ok(seed)) => on_seed.emit(Some(seed)),
                (_, Err(_)) => wrong.set(true),
            }
        })
    };
    let content = html! {
            <form onsubmit={submit} novalidate=true>
                <p>{ "Everything starts over, with three nodes on two hosts. The present cluster and its history are left." }</p>
                <label class="field">
                    <span>{ "Seed" }</span>
                    <input ref={input} class="text-input" autocomplete="off" spellcheck="false"
                        aria-invalid={wrong.to_string()} aria-describedby="seed-help" />
                </label>
                <p id="seed-help" class="quiet" role={wrong.then_some("alert")}>
                    if *wrong {
                        { "A seed is up to 16 hexadecimal digits: 0 to 9 and a to f." }
                    } else {
                        { "Empty: drawn at random. The same seed and the same inputs give the same history." }
                    }
                </p>
                <div class="actions">
                    <button type="button" class="framed" onclick={on_close.reform(|_| ())}>{ "Cancel" }</button>
                    <button type="submit" class="primary">{ "Start over" }</button>
                </div>
            </form>
    };
    modal("New cluster", on_close, content)
}

/// An input was wanted while the past is viewed: asks from where to go on. Either the moment that is
/// viewed becomes the present, and the input is done; or the present is shown.
pub fn in_the_past(
    on_close: &Callback<()>,
    go_on: Callback<MouseEvent>,
    to_now: Callback<MouseEvent>,
) -> Html {
    let content = html! {
        <>
            <p>{ "What you do happens at a moment. “Go to now” does it at the present. “Continue from here” does it here and leaves what was lived after this moment; Undo brings it back." }</p>
            <div class="actions">
                <button class="framed" onclick={to_now}>{ "Go to now" }</button>
                <button class="primary" onclick={go_on}>{ "Continue from here" }</button>
            </div>
        </>
    };
    modal("You are viewing the past", on_close, content)
}
