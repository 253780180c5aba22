//! Icons of the states and patterns, once in the page: `<use href="#i-ready" />`. A state's shape says
//! the same as its colour, so each is told without it. Marks inside a filled shape are cut out in
//! `--inside`, which is the surface where nobody sets it.

use yew::prelude::*;

/// The sprite; draws nothing by itself.
#[component]
pub fn Sprite() -> Html {
    html! {
        <svg class="sprite" width="0" height="0" aria-hidden="true">
            <defs>
                { symbol("i-wait", html! { <><circle cx="7" cy="7" r="5.5" class="stroke" /><path class="stroke" d="M7 3.8V7l2.2 1.4" /></> }) }
                { symbol("i-pull", html! { <><circle cx="7" cy="7" r="5.5" class="stroke" /><path class="stroke" d="M7 3.8v6M4.7 7.6 7 9.9l2.3-2.3" /></> }) }
                { symbol("i-run", html! { <><circle cx="7" cy="7" r="5.5" class="stroke" /><path class="fill" d="M7 1.5a5.5 5.5 0 0 0 0 11z" /></> }) }
                { symbol("i-ready", html! { <><circle cx="7" cy="7" r="6.2" class="fill" /><path class="cut" d="m4.2 7.2 2 2 3.7-4.1" /></> }) }
                { symbol("i-done", html! { <><rect x="1.2" y="1.2" width="11.6" height="11.6" rx="2" class="fill" /><path class="cut" d="m4.2 7.2 2 2 3.7-4.1" /></> }) }
                { symbol("i-fail", html! { <><path class="fill" d="M4.4.8h5.2l3.6 3.6v5.2l-3.6 3.6H4.4L.8 9.6V4.4z" /><path class="cut" d="m4.8 4.8 4.4 4.4m0-4.4L4.8 9.2" /></> }) }
                { symbol("i-back-off", html! { <><path class="stroke" d="M11.6 4.2A5.5 5.5 0 1 0 12.5 7" /><path class="fill" d="m13.4 1.6-.6 4.2-3.6-2.2z" /><path class="stroke" d="M7 4v3.6M7 9.8v.1" /></> }) }
                { symbol("i-term", html! { <><circle cx="7" cy="7" r="5.5" class="stroke" /><rect x="4.6" y="4.6" width="4.8" height="4.8" class="fill" /></> }) }
                { symbol("i-unknown", html! { <><circle cx="7" cy="7" r="5.5" class="stroke dashed" /><path class="stroke" d="M5.4 5.6a1.6 1.6 0 1 1 2.4 1.3c-.6.3-.8.7-.8 1.2M7 10v.1" /></> }) }
                <pattern id="future" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <line class="rule" x1="0" x2="0" y1="0" y2="8" />
                </pattern>
                <pattern id="ribs" width="8" height="26" patternUnits="userSpaceOnUse">
                    <line class="rib" x1="0.5" x2="0.5" y1="0" y2="26" />
                </pattern>
                <pattern id="hatch-wait" class="s-wait" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="hatch-ground" width="6" height="6" /><line class="hatch" x1="0" x2="0" y1="0" y2="6" />
                </pattern>
            </defs>
        </svg>
    }
}

fn symbol(id: &'static str, content: Html) -> Html {
    html! { <symbol {id} viewBox="0 0 14 14">{ content }</symbol> }
}
