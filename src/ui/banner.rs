//! The top bar, and the dialogs that it opens.

use yew::prelude::*;

use super::layout::Modal;

/// What the banner shows.
#[derive(Clone, PartialEq, Properties)]
pub struct BannerProps {
    /// What chance follows from.
    pub seed: u64,
    /// Is the theme the dark one?
    pub dark: bool,
    /// To the other theme.
    pub on_theme: Callback<()>,
    /// The list of examples is wanted.
    pub on_examples: Callback<()>,
    /// A new cluster is wanted.
    pub on_new_cluster: Callback<()>,
    /// The list of keys is wanted.
    pub on_keys: Callback<()>,
    /// With `?debug`: the core is to panic.
    pub on_panic: Option<Callback<()>>,
}

/// The top bar.
#[component]
pub fn Banner(props: &BannerProps) -> Html {
    let BannerProps {
        seed,
        dark,
        on_theme,
        on_examples,
        on_new_cluster,
        on_keys,
        on_panic,
    } = props;
    html! {
        <header class="banner">
            <svg class="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                <path d="M2 3.5h2.2v2M20 3.5h-2.2v2M4.2 5.5h13.6v9.8a3 3 0 0 1-3 3H7.2a3 3 0 0 1-3-3z" />
                <rect x="7" y="8.8" width="8" height="5.6" rx="2.8" />
                <path class="dots" d="M9.6 11.6h.01M12.4 11.6h.01" />
            </svg>
            <h1>{ "Podarium" }</h1>
            <span class="quiet wide">{ "Playground" }</span>
            <span class="spring" />
            <span class="mono quiet wide">{ format!("Kubernetes v1.36 · seed {seed:x}") }</span>
            if let Some(on_panic) = on_panic {
                <button class="framed" onclick={on_panic.reform(|_| ())}>{ "Panic in the core" }</button>
            }
            <a class="button wide" href="#examples" onclick={on_examples.reform(|event: MouseEvent| event.prevent_default())}>
                { "Examples" }
            </a>
            <button onclick={on_new_cluster.reform(|_| ())}>{ "New cluster" }</button>
            <button onclick={on_theme.reform(|_| ())}>{ if *dark { "Light" } else { "Dark" } }</button>
            <button class="wide" onclick={on_keys.reform(|_| ())}>{ "Keys" }</button>
        </header>
    }
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
    html! {
        <Modal title="New cluster" on_close={on_close.clone()}>
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
        </Modal>
    }
}

/// An input was wanted while the past is viewed.
#[derive(Clone, PartialEq, Properties)]
pub struct InThePastProps {
    /// Nothing is to happen.
    pub on_close: Callback<()>,
    /// The moment that is viewed becomes the present, and the input is done.
    pub go_on: Callback<()>,
    /// The present is to be shown.
    pub to_now: Callback<()>,
}

/// Asks from where to go on.
#[component]
pub fn InThePast(
    InThePastProps {
        on_close,
        go_on,
        to_now,
    }: &InThePastProps,
) -> Html {
    html! {
        <Modal title="You are viewing the past" on_close={on_close.clone()}>
            <p>{ "What you do happens at a moment. “Continue from here” leaves what was lived after this one; Undo brings it back." }</p>
            <div class="actions">
                <button class="framed" onclick={to_now.reform(|_| ())}>{ "Go to now" }</button>
                <button class="primary" onclick={go_on.reform(|_| ())}>{ "Continue from here" }</button>
            </div>
        </Modal>
    }
}
