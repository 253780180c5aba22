//! Region "Lesson": text, a prediction that is locked before anything runs, goals that tick as the state changes, hints,
//! puzzles, and the map of chapters. What is met is the referee's to say (`podarium::lesson`).

use podarium::lesson::goal::{Puzzle, PuzzleKind};
use podarium::lesson::steps::Step;
use podarium::lesson::text::{Block, Choice, Inline};
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Message};
use super::markup::html;

/// What differs from the goals.
mod compare;

/// Lessons that there are, fetched when they are needed.
mod catalogue;

/// Where a learner is in a lesson.
mod session;

/// What was learned so far, in this browser.
pub mod progress;

/// Chapters and lessons.
mod map;

/// Questions that come before a lesson.
mod warm_up;

pub use catalogue::{Taught, asked, last, load};
pub use compare::said as compared;
pub use session::{News, Session};

/// What a learner does in a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum LessonDeed {
    /// This option is meant.
    Choose(usize),
    /// It is meant for good: now it runs.
    Lock,
    /// Another hint.
    Hint,
    /// The way to the goal is to be seen.
    Solution,
    /// All of it again from its beginning.
    Reset,
    /// A word for an item of a puzzle: puzzle, item, word.
    Word(String, String, String),
    /// The puzzle's words are meant.
    Answer(String),
    /// What differs from the goals is to be seen, or not.
    Compare,
    /// The map of chapters is to be seen, or not.
    Map,
    /// Of questions before a lesson, the next one.
    Next,
    /// They are passed over.
    Skip,
}

/// What the region shows, as [`Session`] and the page know it.
pub struct Shown<'a> {
    /// The lesson and where the learner is in it; none: the map alone.
    pub session: Option<&'a Session>,
    /// Chapters and lessons.
    pub taught: &'a Taught,
    /// Is the map seen?
    pub map: bool,
    /// Which cluster of the page this is: another one with each beginning.
    pub cluster: u32,
}

fn told(link: &Scope<App>, deed: LessonDeed) -> Callback<MouseEvent> {
    link.callback(move |_| Message::Lesson(deed.clone()))
}

/// The region.
pub fn region(shown: &Shown<'_>, link: &Scope<App>) -> Html {
    let taught = shown.taught;
    let warming = taught.warming.as_ref().filter(|_| shown.session.is_some());
    let id = shown.session.map(|session| &*session.lesson.id);
    let id = warming.map(|warming| &*warming.id).or(id);
    let session = shown.session.filter(|_| !shown.map);
    let (body, foot) = match (session, warming) {
        (Some(session), Some(warming)) => (
            warm_up::body(warming, taught, session, link),
            warm_up::foot(warming, session, link),
        ),
        (Some(session), None) => (
            body(session, shown.cluster, link),
            foot(taught, session, link),
        ),
        (None, _) => (map::map(taught, id), Html::default()),
    };
    html! {
        <section class="lesson" aria-label="Lesson">
            { map::head(shown.taught, id, shown.map, link) }
            { body }
            { foot }
        </section>
    }
}

fn body(session: &Session, cluster: u32, link: &Scope<App>) -> Html {
    let text = &session.lesson.text;
    html! {
        // Begun again, nothing is chosen any more: a control that was touched would stay as it is.
        <div key={format!("{}-{cluster}", session.lesson.id)} class="lesson-text" tabindex="0" role="group" aria-label="Text">
            <h2 data-entry="" tabindex="-1">{ &*text.title }</h2>
            { blocks(&text.story) }
            { predict(session, link) }
            if session.is_settled() {
                <div class="explanation">{ blocks(&text.explanation) }</div>
            }
            { for session.lesson.goals.puzzles.iter().map(|one| puzzle(one, session, link)) }
            <h3>{ "Task" }</h3>
            { blocks(&text.task) }
            { goals(session) }
            { compare::compare(session, link) }
            <p class="feedback" data-met={session.is_solved().to_string()} role="status" aria-label="Feedback">{ session.feedback().unwrap_or_default() }</p>
            { hints(session) }
            if session.is_locked() && !session.lesson.solutions.is_empty() {
                <button class="framed show-solution" aria-pressed={session.solution.to_string()} onclick={told(link, LessonDeed::Solution)}>{ "Show solution" }</button>
            }
            { solution(session) }
        </div>
    }
}

/// Lines with their looks.
fn line(line: &[Inline]) -> Html {
    html! {
        <>{ for line.iter().map(|inline| match inline {
            Inline::Text(text) => html! { <>{ &**text }</> },
            Inline::Code(code) => html! { <code>{ &**code }</code> },
            Inline::Strong(text) => html! { <b>{ &**text }</b> },
            Inline::Stressed(text) => html! { <em>{ &**text }</em> },
            Inline::Link(to, text) => html! { <a href={to.to_string()}>{ &**text }</a> },
        }) }</>
    }
}

fn blocks(blocks: &[Block]) -> Html {
    html! {
        <>{ for blocks.iter().map(|block| match block {
            Block::Paragraph(text) => html! { <p>{ line(text) }</p> },
            Block::List(true, items) => html! { <ol>{ for items.iter().map(|item| html! { <li>{ line(item) }</li> }) }</ol> },
            Block::List(false, items) => html! { <ul>{ for items.iter().map(|item| html! { <li>{ line(item) }</li> }) }</ul> },
            Block::Code(code) => html! { <pre tabindex="0">{ &**code }</pre> },
        }) }</>
    }
}

fn predict(session: &Session, link: &Scope<App>) -> Html {
    let locked = session.is_locked();
    let options = &session.lesson.text.options;
    html! {
        <>
            <h3>{ "Predict" }<span class="quiet">{ if locked { " locked when you ran it" } else { "" } }</span></h3>
            { blocks(&session.lesson.text.question) }
            <div role="radiogroup" aria-label="Predict" class="options">
                { for options.iter().enumerate().map(|(place, one)| option(session, place, one, link)) }
            </div>
        </>
    }
}

fn option(session: &Session, place: usize, choice: &Choice, link: &Scope<App>) -> Html {
    let is_mine = session.chosen == Some(place);
    let locked = session.is_locked();
    let shows = session.shown() == Some(place);
    let described = format!("option-{place}");
    let is_said = locked && is_mine || shows;
    html! {
        <label key={place.to_string()} class="option" data-mine={is_mine.to_string()} data-shown={shows.to_string()}>
            <input type="radio" name="predict" checked={is_mine} disabled={locked}
                aria-describedby={is_said.then(|| described.clone())}
                onchange={link.callback(move |_: Event| Message::Lesson(LessonDeed::Choose(place)))} />
            <span>{ line(&choice.says) }
                if is_said {
                    <span class="said" id={described.clone()}>
                        { if locked && is_mine { "Your prediction" } else { "" } }
                        { if locked && is_mine && shows { ", " } else { "" } }
                        { if shows { "What the cluster shows" } else { "" } }
                    </span>
                }
            </span>
        </label>
    }
}

fn goals(session: &Session) -> Html {
    let all = session.lesson.goals.goals.iter().zip(session.standings());
    html! {
        <>
            <h3 id="goals">{ "Goals" }</h3>
            <ul class="goals" aria-label="Goals">
                { for all.map(|(goal, standing)| {
                    let (class, word) = match (standing.met, standing.checking) {
                        (true, _) => ("s-ready", "done"),
                        (false, true) => ("s-run", "checking, not yet"),
                        (false, false) => ("s-done", "not yet"),
                    };
                    let instead = (!standing.met && session.is_locked()).then_some(standing.observed);
                    html! {
                        <li key={goal.says.clone()} class={class}>
                            if standing.met {
                                <svg width="14" height="14" aria-hidden="true"><use href="#i-ready" /></svg>
                            } else {
                                <span class="ring" aria-hidden="true" />
                            }
                            <span class="goal">
                                <span>{ &*goal.says }</span>
                                <span class="spoken">{ ", " }</span>
                                <span class="why">{ instead.unwrap_or_default() }</span>
                                <span class="spoken">{ ", " }</span>
                            </span>
                            <span class="word">{ word }</span>
                        </li>
                    }
                }) }
            </ul>
            if let Some(escaped) = session.escaped() {
                <p class="feedback">{ format!("{escaped}: no lesson is done that way. Reset begins again.") }</p>
            }
        </>
    }
}

fn hints(session: &Session) -> Html {
    let all = &session.lesson.text.hints;
    let shown = &all[..session.hints.min(all.len())];
    html! {
        <ol class="hints" aria-label="Hints">
            { for shown.iter().enumerate().map(|(place, hint)| html! {
                <li key={place.to_string()}><b>{ format!("Hint {} of {} ", place + 1, all.len()) }</b>{ line(hint) }</li>
            }) }
        </ol>
    }
}

fn solution(session: &Session) -> Html {
    let Some(way) = session
        .lesson
        .solutions
        .first()
        .filter(|_| session.solution)
    else {
        return Html::default();
    };
    let steps = way.way.steps.iter().map(told_step);
    html! {
        <div class="solution" role="group" aria-label="Solution">
            <h3>{ "One way" }</h3>
            <p>{ &*way.way.why }</p>
            { for steps.map(|(verb, text)| html! {
                <>
                    <p class="quiet">{ verb }</p>
                    if let Some(text) = text { <pre tabindex="0">{ text }</pre> }
                </>
            }) }
        </div>
    }
}

/// What is to be done, and the text for it.
fn told_step(step: &Step) -> (String, Option<String>) {
    let text = |verb: &str, text: &str| (verb.to_string(), Some(text.trim_end().to_string()));
    let said = match step {
        Step::Apply(manifest) => return text("Apply", manifest),
        Step::Replace(manifest) => return text("Replace", manifest),
        Step::Command(line) => return text("Type", line),
        Step::Wait(length) => format!("Wait {} s", length.0.as_secs_f64()),
        Step::PowerOff(node) => format!("Power off {node}"),
        Step::PowerOn(node) => format!("Power on {node}"),
        Step::Partition(node) => format!("Partition {node}"),
        Step::Heal(node) => format!("Heal {node}"),
        Step::Kill(at) => format!("Kill container: {at}"),
        Step::FailReadiness(at) => format!("Fail probe: {at}"),
        Step::Send(send) => format!("Send a request from {} to {}", send.from, send.to),
        Step::Answer(_) => "Answer the questions above".into(),
    };
    (said, None)
}

fn puzzle(puzzle: &Puzzle, session: &Session, link: &Scope<App>) -> Html {
    let name = match puzzle.kind {
        PuzzleKind::Cards => "Cards",
        PuzzleKind::Labels => "Labels",
        PuzzleKind::Gaps => "Gaps",
    };
    let words = session.words(&puzzle.id);
    let item = |item: &podarium::lesson::goal::Item| {
        let chosen = words.and_then(|words| words.get(&item.item));
        let chosen = chosen.cloned().unwrap_or_default();
        let (id, of) = (puzzle.id.clone(), item.item.clone());
        let changed = link.batch_callback(move |event: Event| {
            let select: web_sys::HtmlSelectElement = event.target_dyn_into()?;
            Some(Message::Lesson(LessonDeed::Word(
                id.clone(),
                of.clone(),
                select.value(),
            )))
        });
        let choices = std::iter::once("").chain(puzzle.choices.iter().map(|choice| &**choice));
        let select = html! {
            <select aria-label={item.item.replace("____", "…")} onchange={changed}>
                { for choices.map(|choice| html! {
                    <option key={choice} value={choice.to_string()} selected={*choice == chosen}>{ if choice.is_empty() { "…" } else { choice } }</option>
                }) }
            </select>
        };
        let (before, after) = item.item.split_once("____").unwrap_or((&item.item, ""));
        html! { <li key={item.item.clone()}><span>{ before }</span>{ " " }{ select }<span>{ after }</span></li> }
    };
    let all = words.is_some_and(|words| {
        words.values().filter(|word| !word.is_empty()).count() == puzzle.items.len()
    });
    html! {
        <div class="puzzle" role="group" aria-label={name}>
            <h3>{ &*puzzle.asks }</h3>
            <ul>{ for puzzle.items.iter().map(item) }</ul>
            <button class="framed" aria-disabled={(!all).to_string()} onclick={told(link, LessonDeed::Answer(puzzle.id.clone()))}>{ "Lock answer" }</button>
            <span class="quiet">{ session.answered(puzzle) }</span>
        </div>
    }
}

/// Hint, Reset, Back, Next; and first of all, locking.
fn foot(taught: &Taught, session: &Session, link: &Scope<App>) -> Html {
    let id = &session.lesson.id;
    let left = session.lesson.text.hints.len() > session.hints;
    let go = |to: Option<&catalogue::Entry>, name: &'static str, class: &'static str| match to {
        Some(entry) => {
            let to = match name {
                "Next" => warm_up::address(taught, &entry.id),
                _ => format!("?lesson={}", entry.id),
            };
            html! { <a class={class} href={to} title={entry.title.clone()}>{ name }</a> }
        }
        None => Html::default(),
    };
    let next = if session.is_solved() {
        "button primary"
    } else {
        "button framed"
    };
    html! {
        <footer>
            if session.is_locked() {
                if left {
                    <button class="framed" onclick={told(link, LessonDeed::Hint)}>{ "Hint" }</button>
                }
                <button onclick={told(link, LessonDeed::Reset)}>{ "Reset" }</button>
            } else {
                <button class="primary lock" aria-disabled={session.chosen.is_none().to_string()} onclick={told(link, LessonDeed::Lock)}>
                    { "Lock prediction and run" }
                </button>
            }
            <span class="spring" />
            { go(taught.beside(id, true), "Back", "button") }
            { go(taught.beside(id, false), "Next", next) }
        </footer>
    }
}
