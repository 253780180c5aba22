//! Chapters and lessons: how far one is, and where else one can go.

use yew::html::Scope;
use yew::prelude::*;

use super::catalogue::Taught;
use super::{LessonDeed, told, warm_up};
use crate::ui::app::App;
use crate::ui::markup::html;

/// A stroke for each lesson, the chapter, and how many are done.
pub fn head(taught: &Taught, id: Option<&str>, is_map: bool, link: &Scope<App>) -> Html {
    let is_done = |id: &str| taught.is_done(id);
    let count = taught.lessons().count();
    let solved = taught.lessons().filter(|entry| is_done(&entry.id)).count();
    let chapter = id.and_then(|id| {
        let mut chapters = taught.chapters.iter().enumerate();
        chapters.find(|(_, chapter)| chapter.lessons.iter().any(|lesson| lesson.id == id))
    });
    let place = chapter.map(|(number, chapter)| {
        let lessons = chapter.lessons.iter().filter(|lesson| !lesson.is_warm_up());
        let here = lessons.clone().position(|lesson| Some(&*lesson.id) == id);
        let all = lessons.count();
        let place = match here {
            Some(here) => format!("lesson {} of {all}, ", here + 1),
            None => "before its first lesson, ".into(),
        };
        let number = format!("Chapter {}", number + 1);
        (number, chapter.title.clone(), place)
    });
    let (number, title, lesson) =
        place.unwrap_or_else(|| ("Lessons".into(), String::new(), String::new()));
    html! {
        <header>
            <div class="strokes" aria-hidden="true">
                { for taught.lessons().map(|entry| html! {
                    <i key={entry.id.clone()} data-done={is_done(&entry.id).to_string()} data-here={(Some(&*entry.id) == id).to_string()} />
                }) }
            </div>
            <p><b>{ number }</b>{ " " }{ title }
                <span class="quiet">{ format!("{lesson}{solved} of {count} done") }</span>
                if id.is_some() {
                    <button class="framed" aria-expanded={is_map.to_string()} onclick={told(link, LessonDeed::Map)}>{ "All lessons" }</button>
                }
            </p>
        </header>
    }
}

/// All of them.
pub fn map(taught: &Taught, here: Option<&str>) -> Html {
    html! {
        <nav class="lesson-text" aria-label="Lessons" tabindex="0">
            if here.is_none() { <h2 data-entry="" tabindex="-1">{ "Lessons" }</h2> }
            if let Some(trouble) = &taught.trouble { <p class="feedback" role="alert">{ trouble }</p> }
            { for taught.chapters.iter().enumerate().map(|(number, chapter)| html! {
                <div key={chapter.id.clone()} class="chapter">
                    <h3>{ format!("{} {}", number + 1, chapter.title) }</h3>
                    <ol>
                        { for chapter.lessons.iter().map(|lesson| {
                            let is_done = taught.is_done(&lesson.id);
                            let word = if is_done { "done" } else { "not yet" };
                            html! {
                                <li key={lesson.id.clone()}>
                                    <a href={warm_up::address(taught, &lesson.id)} aria-current={(Some(&*lesson.id) == here).then_some("page")}
                                        aria-label={format!("{}, {word}", lesson.title)}>
                                        <span>{ &*lesson.title }</span>{ " " }<span class="quiet">{ word }</span>
                                    </a>
                                </li>
                            }
                        }) }
                    </ol>
                </div>
            }) }
        </nav>
    }
}
