//! "Compare with goal": of each goal that isn't met Now beside Goal, cause first. What a goal demands is no secret; how to
//! get there is, and isn't told.

use yew::html::Scope;
use yew::prelude::*;

use super::{LessonDeed, Session, told};
use crate::ui::app::App;
use crate::ui::markup::html;

/// The button, and what differs.
pub fn compare(session: &Session, link: &Scope<App>) -> Html {
    if !session.is_locked() {
        return Html::default();
    }
    let shown = session.compares.to_string();
    html! {
        <div class="compare">
            <button class="framed" aria-pressed={shown} onclick={told(link, LessonDeed::Compare)}>{ "Compare with goal" }</button>
            if session.compares { { differences(session) } }
        </div>
    }
}

fn differences(session: &Session) -> Html {
    let all = session.differences();
    if all.is_empty() {
        return html! { <p class="quiet">{ NOTHING }</p> };
    }
    html! {
        <ol aria-label="What differs">
            for one in &all {
                <li key={format!("{} {}", one.what, one.goal)}>
                    <b>{ &*one.what }</b><span class="spoken">{ ": " }</span>
                    <span class="side"><span class="quiet">{ "Now" }</span>{ " " }<span class="mono">{ &*one.now }</span></span>
                    <span class="spoken">{ ", " }</span>
                    <span class="side"><span class="quiet">{ "Goal" }</span>{ " " }<span class="mono">{ &*one.goal }</span></span>
                </li>
            }
        </ol>
    }
}

const NOTHING: &str = "Nothing differs: all goals are met.";

/// What is said once it is shown.
pub fn said(session: &Session) -> String {
    let all = session.differences();
    match all.first() {
        None => NOTHING.into(),
        Some(first) => {
            let count = crate::ui::numbers::counted(all.len(), "difference");
            let (what, now, goal) = (&first.what, &first.now, &first.goal);
            format!("{count}. First: {what}, now {now}, goal {goal}")
        }
    }
}
