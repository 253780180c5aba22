//! Questions that ask earlier lessons again: a chapter's warm-up, and what comes back before a lesson. One at a time, each
//! with a cluster of its own; predicting is all that is done. When what comes back is `podarium::lesson::schedule`'s to say.

use std::rc::Rc;

use podarium::history::from_json;
use podarium::lesson::text::Block;
use podarium::lesson::{Lesson, WarmUp, again};
use serde::{Deserialize, Serialize};
use yew::html::Scope;
use yew::prelude::*;

use super::catalogue::{Chapter, Taught, load_files};
use super::progress::{self, Done};
use super::{LessonDeed, Session, blocks, line, predict, told};
use crate::ui::app::App;
use crate::ui::dom;
use crate::ui::markup::html;

/// Under which it is kept over a reload.
const NAME: &str = "podarium.warm-up";
/// What a lesson's address has where something is asked before it.
const AGAIN: &str = "again";

/// Questions, and where the learner is among them.
#[derive(Clone)]
pub struct Warming {
    /// As the address names it: of the warm-up, or of the lesson that it comes before.
    pub id: String,
    title: Rc<str>,
    story: Vec<Block>,
    /// Each a lesson with nothing but a prediction.
    asked: Vec<Rc<Lesson>>,
    /// The one that is asked.
    at: usize,
    /// The lesson that comes afterwards.
    pub to: String,
    /// Did every prediction hold so far?
    held: bool,
    over: bool,
}

/// What is kept over a reload.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    id: String,
    drawn: Vec<(String, u32)>,
    at: usize,
    held: bool,
    /// The last one was answered: a reload shows it so.
    #[serde(default)]
    over: bool,
}

/// The address that leads to a lesson: to what is asked before it, where there is something.
pub fn address(taught: &Taught, id: &str) -> String {
    let first = |chapter: &&Chapter| {
        let lesson = chapter.lessons.iter().find(|one| !one.is_warm_up());
        lesson.is_some_and(|lesson| lesson.id == id)
    };
    let chapter = taught.chapters.iter().find(first);
    let warm_up = chapter.and_then(|chapter| chapter.lessons.iter().find(|one| one.is_warm_up()));
    match warm_up {
        Some(warm_up) if !taught.schedule.is_drawn(&warm_up.id) => {
            format!("?lesson={}", warm_up.id)
        }
        _ if !taught.schedule.due(id).is_empty() => format!("?lesson={id}&{AGAIN}"),
        _ => format!("?lesson={id}"),
    }
}

/// What is asked at this address before anything else; none: nothing.
pub async fn load(id: &str, files: &[(String, String)], chapters: &[Chapter]) -> Option<Warming> {
    let warm_up = WarmUp::read(files).ok();
    let is_asked = warm_up.is_some() || crate::ui::app::query().has(AGAIN);
    let kept: Kept = from_json(&dom::remembered(NAME).unwrap_or_default()).unwrap_or_default();
    if !is_asked {
        if kept.over {
            forget();
        }
        return None;
    }
    let all = chapters.iter().flat_map(|chapter| &chapter.lessons);
    let mut from_here = all.skip_while(|entry| entry.id != id);
    let to = from_here.find(|entry| !entry.is_warm_up())?.id.clone();
    let kept = match kept.id == id && kept.at < kept.drawn.len() {
        true => kept,
        false => Kept {
            id: id.into(),
            drawn: match &warm_up {
                Some(warm_up) => progress::draw(|all| all.draw(id, &warm_up.draws, &to)),
                None => progress::draw(|all| all.draw_due(&to)),
            },
            at: 0,
            held: true,
            over: false,
        },
    };
    let mut asked = Vec::new();
    for (lesson, time) in &kept.drawn {
        let files = load_files(lesson).await.unwrap_or_default();
        if let Some(Ok(question)) = again::ask(lesson, &again::among(&files), *time) {
            asked.push(Rc::new(question));
        }
    }
    if asked.is_empty() {
        return None;
    }
    let warming = Warming {
        id: id.into(),
        title: warm_up
            .as_ref()
            .map_or("Once more".into(), |one| one.title.clone()),
        story: warm_up.map(|one| one.story).unwrap_or_default(),
        at: kept.at.min(asked.len() - 1),
        asked,
        to,
        held: kept.held,
        over: kept.over,
    };
    warming.keep();
    Some(warming)
}

impl Warming {
    /// The question that is asked.
    pub fn question(&self) -> &Rc<Lesson> {
        &self.asked[self.at]
    }

    /// `Question 2 of 3`
    pub fn place(&self) -> String {
        format!("Question {} of {}", self.at + 1, self.asked.len())
    }

    fn is_last(&self) -> bool {
        self.at + 1 == self.asked.len()
    }

    /// Goes on to the next one; none: it was the last.
    pub fn next(&mut self) -> Option<Rc<Lesson>> {
        if self.is_last() {
            return None;
        }
        self.at += 1;
        self.keep();
        Some(self.question().clone())
    }

    /// What came of the question; the last one ends it.
    pub fn answered(&mut self, held: bool) {
        self.held &= held;
        self.over = self.is_last();
        self.keep();
        if self.over && podarium::lesson::warm_up::is_one(&self.id) {
            let done = Done {
                solved: true,
                without_hints: true,
                held: self.held,
            };
            progress::keep(&self.id, done);
        }
    }

    /// The rest is passed over.
    pub fn skip(&self) {
        forget();
    }

    fn keep(&self) {
        let drawn = self.asked.iter().filter_map(|one| {
            let asked = one.asked.as_ref()?;
            Some((asked.of.clone(), asked.time))
        });
        let kept = Kept {
            id: self.id.clone(),
            drawn: drawn.collect(),
            at: self.at,
            held: self.held,
            over: self.over,
        };
        if let Ok(text) = serde_json::to_string(&kept) {
            dom::remember(NAME, &text);
        }
    }
}

fn forget() {
    dom::remember(NAME, "{}");
}

/// The question, and once it ran what the cluster shows.
pub fn body(warming: &Warming, taught: &Taught, session: &Session, link: &Scope<App>) -> Html {
    let lesson = &session.lesson;
    let of = lesson.asked.as_ref().map(|asked| &*asked.of);
    let of = of.and_then(|of| taught.entries().find(|entry| entry.id == of));
    html! {
        <div key={lesson.id.clone()} class="lesson-text" tabindex="0" role="group" aria-label="Text">
            <h2 data-entry="" tabindex="-1">{ &*warming.title }</h2>
            if warming.at == 0 {
                if warming.story.is_empty() {
                    <p>{ "You met this before. Here it is again, changed: predict, and watch for a few seconds." }</p>
                }
                { blocks(&warming.story) }
            }
            <p class="quiet">{ warming.place() }</p>
            { predict(session, link) }
            <p class={if session.shown() == session.chosen { "feedback held" } else { "feedback" }} role="status" aria-label="Feedback">
                { feedback(session) }
            </p>
            if session.is_settled() {
                <div class="explanation">
                    { blocks(&lesson.text.explanation) }
                    { of.map(|of| html! { <p class="quiet">{ "From the lesson “" }{ &*of.title }{ "”" }</p> }) }
                </div>
            }
        </div>
    }
}

/// What the cluster shows, and a question, to whoever predicted something else.
fn feedback(session: &Session) -> Html {
    let (Some(shown), Some(chosen)) = (session.shown(), session.chosen) else {
        return Html::default();
    };
    let asked = session.lesson.asked.as_ref();
    let otherwise = asked.and_then(|asked| asked.otherwise.get(chosen));
    match otherwise {
        Some(otherwise) if shown != chosen => {
            html! { <>{ line(otherwise) }<span class="later">{ " It comes back later, changed." }</span></> }
        }
        _ => html! { <>{ "Your prediction held." }</> },
    }
}

/// Locking, Skip, Next.
pub fn foot(warming: &Warming, session: &Session, link: &Scope<App>) -> Html {
    let lock = html! {
        <button class="primary lock" aria-disabled={session.chosen.is_none().to_string()} onclick={told(link, LessonDeed::Lock)}>
            { "Lock prediction and run" }
        </button>
    };
    let skip = html! { <button onclick={told(link, LessonDeed::Skip)}>{ "Skip" }</button> };
    let next = match warming.is_last() {
        true => {
            html! { <a class="button primary" href={format!("?lesson={}", warming.to)}>{ "Next" }</a> }
        }
        false => {
            html! { <button class="primary" onclick={told(link, LessonDeed::Next)}>{ "Next" }</button> }
        }
    };
    let (locked, settled) = (session.is_locked(), session.is_settled());
    html! {
        <footer>
            if !locked { { lock } }
            if locked && !settled { <span class="quiet">{ "It runs for a few seconds" }</span> }
            <span class="spring" />
            if !settled || !warming.is_last() { { skip } }
            if settled { { next } }
        </footer>
    }
}
