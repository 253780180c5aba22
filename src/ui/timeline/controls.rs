//! Buttons, speed, and where time stands, in words.

use podarium::cluster::SimTime;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::{TimelineDeed, TimelineProps, on_some};
use crate::ui::markup::html;

/// Speeds in percent, with their names.
const SPEEDS: [(u32, &str); 8] = [
    (25, "¼×"),
    (50, "½×"),
    (100, "1×"),
    (200, "2×"),
    (500, "5×"),
    (1_000, "10×"),
    (5_000, "50×"),
    (10_000, "100×"),
];

/// The row of controls.
pub fn controls(props: &TimelineProps) -> Html {
    let on = &props.on_deed;
    let speed = on_some(on, |event: Event| {
        let select = event
            .target()?
            .dyn_into::<web_sys::HtmlSelectElement>()
            .ok()?;
        select.value().parse().ok().map(TimelineDeed::Speed)
    });
    let (play, word) = if props.playing {
        (TimelineDeed::Pause, "Pause")
    } else {
        (TimelineDeed::Play, "Play")
    };
    html! {
        <div class="controls">
            { button("Undo", UNDO, TimelineDeed::Undo, props.can_undo, "icon framed", on) }
            { button(word, if props.playing { PAUSE } else { PLAY }, play, true, "icon primary", on) }
            { button("Step", STEP, TimelineDeed::Step, true, "icon framed", on) }
            { button("Redo", REDO, TimelineDeed::Redo, props.can_redo, "icon framed", on) }
            <span class="clock mono">{ props.time.to_string() }</span>
            <label class="speed">
                <span class="wide">{ "Speed" }</span>
                <select aria-label="Speed" onchange={speed}>
                    { for SPEEDS.into_iter().map(|(percent, name)| html! {
                        <option key={percent} value={percent.to_string()} selected={percent == props.percent}>
                            { name }
                        </option>
                    }) }
                </select>
            </label>
            if props.in_past {
                <span class="past">
                    <button class="framed" onclick={on.reform(|_| TimelineDeed::GoToNow)}>{ "Go to now" }</button>
                    <button class="framed" onclick={on.reform(|_| TimelineDeed::ContinueFromHere)}>
                        { "Continue from here" }
                    </button>
                </span>
            }
            { words(props) }
            <span class="spring" />
            <span class="quiet wide state">
                { "State " }<span class="mono">{ format!("{:016x}", props.shot.digest) }</span>
            </span>
            <span class="quiet hints" aria-hidden="true">
                <kbd>{ "Space" }</kbd>{ " play " }<kbd>{ "." }</kbd>{ " step " }<kbd>{ "," }</kbd>{ " back" }
            </span>
        </div>
    }
}

/// `9.4 of 9.4 s lived. Drag back to rewind.`
fn words(props: &TimelineProps) -> Html {
    if let Some(part) = props.seeking {
        let percent = (part * 100.0) as u32;
        return html! {
            <span class="quiet">
                { format!("Replaying, {percent} % ") }
                <button class="framed" onclick={props.on_deed.reform(|_| TimelineDeed::CancelSeek)}>{ "Cancel" }</button>
            </span>
        };
    }
    let seconds = |time: SimTime| time.0.div_euclid(100_000) as f64 / 10.0;
    let lived = format!(
        "{:.1} of {:.1} s lived.",
        seconds(props.time),
        seconds(props.now)
    );
    let more = match (props.reached, props.in_past) {
        (Some(reached), _) if reached < 0.05 => " This machine is far behind.".into(),
        (Some(reached), _) => format!(" This machine reaches {reached:.1}×."),
        (None, true) => " You view the past.".into(),
        (None, false) => " Drag back to rewind.".into(),
    };
    html! { <span class="quiet wide counts">{ lived }{ more }</span> }
}

fn button(
    name: &'static str,
    path: &'static str,
    deed: TimelineDeed,
    enabled: bool,
    look: &'static str,
    on: &Callback<TimelineDeed>,
) -> Html {
    let pressed = on_some(on, move |_: MouseEvent| enabled.then_some(deed));
    // One that can't act keeps the focus: it may have been what was pressed.
    html! {
        <button class={look} aria-label={name} title={name} aria-disabled={(!enabled).then_some("true")}
            onclick={pressed}>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg>
        </button>
    }
}

const UNDO: &str = "M6 3 2.5 6.5 6 10M3 6.5h6.2a3.6 3.6 0 0 1 0 7.2H6";
const REDO: &str = "M10 3l3.5 3.5L10 10M13 6.5H6.8a3.6 3.6 0 0 0 0 7.2H10";
const PLAY: &str = "M5 3.2v9.6l7.6-4.8z";
const PAUSE: &str = "M5.2 3.5v9M10.8 3.5v9";
const STEP: &str = "M4 3.5v9l6.5-4.5zM12.2 3.5v9";

#[cfg(test)]
mod tests {
    use super::SPEEDS;

    #[test]
    fn lessons_have_the_same_speeds() {
        assert_eq!(
            SPEEDS.map(|(percent, _)| percent),
            podarium::lesson::goal::SPEEDS
        );
    }
}
