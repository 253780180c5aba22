//! Lessons that there are: an index of chapters, and a lesson's files. Both come when somebody wants to learn, and not
//! before.

use std::rc::Rc;

use podarium::history::from_json;
use podarium::lesson::{Lesson, Schedule};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use yew::AttrValue;

use super::progress::{self, Progress};
use super::warm_up::{self, Warming};
use crate::ui::dom;

#[wasm_bindgen]
extern "C" {
    /// The index, and the files of a lesson if there is one of this name: JSON.
    #[wasm_bindgen(js_namespace = podarium, js_name = loadLesson, catch)]
    async fn load_lesson(id: &str) -> Result<JsValue, JsValue>;
}

/// A lesson in the index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Entry {
    /// `01-pods/02-hello-pod`
    pub id: String,
    /// Its heading.
    pub title: String,
}

/// A chapter in the index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Chapter {
    /// `01-pods`
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its lessons, in order.
    pub lessons: Vec<Entry>,
}

#[derive(Deserialize)]
struct Loaded {
    map: Vec<Chapter>,
    files: Option<Vec<(String, String)>>,
}

impl Entry {
    /// Is it what a chapter asks first?
    pub fn is_warm_up(&self) -> bool {
        podarium::lesson::warm_up::is_one(&self.id)
    }
}

/// What can be learned here, and the lesson that is asked for.
#[derive(Clone)]
pub struct Taught {
    /// All chapters.
    pub chapters: Rc<Vec<Chapter>>,
    /// The lesson; none: the map is asked for, or there is no such lesson.
    pub lesson: Option<Rc<Lesson>>,
    /// What is wrong with it.
    pub trouble: Option<AttrValue>,
    /// What was learned so far.
    pub done: Progress,
    /// What is asked again, and when.
    pub schedule: Schedule,
    /// Questions that come first; the lesson is the one that is asked then.
    pub warming: Option<Warming>,
}

impl Taught {
    /// The lesson before this one, or the one after it.
    pub fn beside(&self, id: &str, back: bool) -> Option<&Entry> {
        let all: Vec<&Entry> = self.lessons().collect();
        let here = all.iter().position(|entry| entry.id == id)?;
        let there = if back { here.checked_sub(1)? } else { here + 1 };
        all.get(there).copied()
    }

    /// Were all goals of this one met?
    pub fn is_done(&self, id: &str) -> bool {
        self.done.get(id).is_some_and(|done| done.solved)
    }

    /// All lessons, in order, without what is asked before them.
    pub fn lessons(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| !entry.is_warm_up())
    }

    /// All that the map names, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.chapters.iter().flat_map(|chapter| &chapter.lessons)
    }
}

/// The lesson that the address asks for: its name; empty for the map alone.
pub fn asked() -> Option<String> {
    crate::ui::app::query().get("lesson")
}

/// Under which the last lesson is remembered.
const LAST: &str = "podarium.lesson";

/// The address of the last lesson, or of the map.
pub fn last() -> AttrValue {
    let last = dom::remembered(LAST).unwrap_or_default();
    format!("?lesson={last}").into()
}

/// Fetches the files of a lesson.
pub async fn load_files(id: &str) -> Option<Vec<(String, String)>> {
    let loaded = load_lesson(id).await.ok()?.as_string()?;
    from_json::<Loaded>(&loaded).ok()?.files
}

/// Fetches the index, and the lesson of this name.
pub async fn load(id: &str) -> Taught {
    let nothing = |trouble: String| Taught {
        chapters: Rc::default(),
        lesson: None,
        trouble: Some(trouble.into()),
        done: progress::all(),
        schedule: progress::schedule(),
        warming: None,
    };
    let loaded = match load_lesson(id).await {
        Ok(loaded) => loaded.as_string().unwrap_or_default(),
        Err(_) => {
            return nothing(
                "Lessons could not be fetched: try again when this host answers.".into(),
            );
        }
    };
    let loaded: Loaded = match from_json(&loaded) {
        Ok(loaded) => loaded,
        Err(why) => return nothing(format!("The index of lessons can't be read: {why}.")),
    };
    let files = loaded.files.unwrap_or_default();
    let warming = warm_up::load(id, &files, &loaded.map).await;
    let mut taught = Taught {
        chapters: Rc::new(loaded.map),
        lesson: None,
        trouble: None,
        done: progress::all(),
        schedule: progress::schedule(),
        warming,
    };
    let is_unasked = podarium::lesson::warm_up::is_one(id) && taught.warming.is_none();
    let files = Some(files).filter(|files| !files.is_empty());
    let read = match &taught.warming {
        Some(warming) => Some(Ok(warming.question().clone())),
        None => files.map(|files| Lesson::read(id, &files).map(Rc::new)),
    };
    match read {
        _ if is_unasked => {
            let why = "The questions of this warm-up could not be fetched: go on with the lesson, or try again.";
            taught.trouble = Some(why.into());
        }
        Some(Ok(lesson)) => taught.lesson = Some(lesson),
        Some(Err(mistakes)) => {
            let first = mistakes
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            taught.trouble = Some(format!("This lesson can't be read: {first}").into());
        }
        None if id.is_empty() => {}
        None => taught.trouble = Some(format!("There is no lesson {id}.").into()),
    }
    if taught.lesson.is_some() {
        dom::remember(LAST, id);
    }
    taught
}
