//! The life line: phase, conditions, containers and Services along virtual time; and everything that happened as a
//! list, to be read and walked through.

use podarium::cluster::SimTime;
use podarium::scene::{Axis, Life, Moment, drawn};
use yew::prelude::*;

use super::LifeProps;
use super::chart::{Chart, chart};
use crate::ui::keys::walk;
use crate::ui::markup::html;
use crate::ui::numbers::thousands;

/// Lengths of a window in seconds, and what they are called.
const WINDOWS: [(i64, &str); 4] = [
    (3_600, "1 hour"),
    (600, "10 minutes"),
    (60, "1 minute"),
    (10, "10 seconds"),
];

/// No list is longer: moments about the one that is shown.
const MOST: usize = 100;

/// The whole life of a Pod.
#[component]
pub fn LifeLine(props: &LifeProps) -> Html {
    let life = use_mut_ref(Life::default);
    let chosen = use_state_eq(|| 0_i64);
    let (lived, on_seek) = (&props.lived, &props.on_seek);
    life.borrow_mut()
        .follow(&props.shot, &lived.present, &props.pod);
    let edition = life.borrow().edition();
    let told = {
        let life = life.clone();
        use_memo(edition, move |_| {
            let life = life.borrow();
            (life.rows(), life.moments())
        })
    };
    let (rows, moments) = &*told;
    let (began, ended) = (life.borrow().began(), life.borrow().ended());
    let Some(began) = began else {
        return html! {
            <div class="pod-view">
                <p class="nothing">{ format!("There never was a {}.", props.pod) }</p>
            </div>
        };
    };
    let until = ended.unwrap_or(lived.now).max(began);
    let length = until.since(began).as_secs() as i64;
    let window = match *chosen {
        0 => None,
        seconds if seconds < length => Some(seconds),
        _ => None,
    };
    let axis = match window {
        Some(seconds) => Axis::around(lived.time.max(began).min(until), seconds * 1_000_000),
        None => Axis::of(began, until),
    };
    let (bars, joined) = drawn(rows, &axis, until);
    let inner = props.width - super::film_strip::BESIDE;
    html! {
        <div class="pod-view life" role="group" aria-label={format!("Life line of {}", props.pod)}>
            <header>
                <h2 class="mono" tabindex="-1">{ props.pod.to_string() }</h2>
                <p class="quiet">{ span_of_life(began, ended, lived.now) }</p>
                <span class="spring" />
                { windows(length, *chosen, chosen.setter()) }
            </header>
            { chart(&Chart {
                rows: &bars,
                axis,
                time: lived.time,
                until,
                is_over: ended.is_some(),
                flags: &[],
                width: inner,
            }, on_seek) }
            if joined > 0 {
                <p class="quiet">{ format!("{} changes are too close together to be drawn one by one. A shorter window shows them; the list has them all.", thousands(joined)) }</p>
            }
            <h3 id="moments">{ "Moments" }</h3>
            { listed(moments, lived.time, on_seek) }
        </div>
    }
}

fn span_of_life(began: SimTime, ended: Option<SimTime>, now: SimTime) -> String {
    match ended {
        Some(ended) => format!("lived from {began} to {ended}"),
        None => format!(
            "lived since {began}, for {:.1} s",
            now.since(began).as_secs_f64()
        ),
    }
}

/// The combobox "Window": where the life is longer than the shortest.
fn windows(length: i64, chosen: i64, set: UseStateSetter<i64>) -> Html {
    let shorter: Vec<(i64, &str)> = WINDOWS
        .into_iter()
        .filter(|(one, _)| *one < length)
        .collect();
    if shorter.is_empty() {
        return Html::default();
    }
    let lengths: Vec<i64> = shorter.iter().map(|(length, _)| *length).collect();
    let choose = Callback::from(move |event: Event| {
        let select = event.target_dyn_into::<web_sys::HtmlSelectElement>();
        let index = select.map_or(0, |select| select.selected_index());
        let number = usize::try_from(index - 1).ok();
        let length = number.and_then(|number| lengths.get(number));
        set.set(length.copied().unwrap_or(0));
    });
    html! {
        <label>{ "Window" }
            <select onchange={choose}>
                <option selected={chosen == 0}>{ "Whole life" }</option>
                { for shorter.into_iter().map(|(length, name)| html! {
                    <option key={name} selected={chosen == length}>{ name }</option>
                }) }
            </select>
        </label>
    }
}

/// Everything that happened, in order: one tab stop, and the arrows walk.
fn listed(moments: &[Moment], time: SimTime, on_seek: &Callback<SimTime>) -> Html {
    let reached = moments.iter().rposition(|moment| moment.at <= time);
    let here = reached.unwrap_or(0);
    let first = here.saturating_sub(MOST / 2);
    let first = first.min(moments.len().saturating_sub(MOST));
    let last = (first + MOST).min(moments.len());
    let left_out = |number: usize, which: &str| {
        (number > 0).then(|| {
            html! { <p class="quiet">{ format!("{} {which} ones aren't listed: go nearer to them.", thousands(number)) }</p> }
        })
    };
    html! {
        <>
            { left_out(first, "earlier") }
            <ol class="moments" aria-labelledby="moments" onkeydown={Callback::from(walk)}>
                { for moments[first..last].iter().enumerate().map(|(number, moment)| {
                    let at = moment.at;
                    let is_here = number + first == here;
                    let current = (reached == Some(number + first)).then_some("true");
                    html! {
                        <li key={at.0.to_string()}>
                            <button aria-current={current} tabindex={if is_here { "0" } else { "-1" }}
                                onclick={on_seek.reform(move |_| at)}>
                                <span class="mono at">{ at.to_string() }</span>
                                <span class="mono">{ moment.words.clone() }</span>
                            </button>
                        </li>
                    }
                }) }
            </ol>
            { left_out(moments.len() - last, "later") }
        </>
    }
}
