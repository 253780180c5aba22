//! The proof of a lesson that is to be handed out: the same as `cargo xtask lessons` runs, in slices, so that the page
//! stays alive.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use js_sys::Promise;
use podarium::lesson::export::{self, Mark, Offer, Words, zip};
use podarium::lesson::world::Past;
use wasm_bindgen_futures::JsFuture;

use crate::ui::lesson;
use crate::ui::wall::Slice;

/// It works so long before the browser has its turn, in milliseconds.
const SLICE_MS: f64 = 12.0;

/// What the teacher has chosen and written.
pub struct Asked {
    pub mark: Mark,
    pub words: Words,
    pub goals: Vec<Offer>,
}

/// The lesson's folder as a zip and its name; or what is to be mended. `tell` hears which file is being proved.
pub async fn prove(
    past: &Past,
    asked: &Asked,
    tell: &dyn Fn(&str),
) -> Result<(String, Vec<u8>), Vec<String>> {
    let known = known(&asked.words).await?;
    let slice = RefCell::new(Slice::of(SLICE_MS));
    let told = RefCell::new(String::new());
    let breathe = async |what: &str| {
        if !slice.borrow().is_over() {
            return;
        }
        if *told.borrow() != what {
            what.clone_into(&mut told.borrow_mut());
            tell(what);
        }
        turn().await;
        slice.replace(Slice::of(SLICE_MS));
    };
    let goals: Vec<&Offer> = asked.goals.iter().collect();
    let is_lesson = |id: &str| known.iter().any(|known| known == id);
    let files = export::lesson(past, asked.mark, &asked.words, &goals, &is_lesson, &breathe).await;
    let files = files.map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let folder = zip::folder(&asked.words.title);
    let bytes = zip::zip(&folder, &files).map_err(|why| vec![why])?;
    Ok((format!("{folder}.zip"), bytes))
}

/// What is proved, unless it is left before that: then all work on it ends.
pub async fn as_long_as<T>(
    is_wanted: impl Fn() -> bool,
    proof: impl Future<Output = T>,
) -> Option<T> {
    let mut proof = pin!(proof);
    let next = |context: &mut Context<'_>| match is_wanted() {
        true => proof.as_mut().poll(context).map(Some),
        false => Poll::Ready(None),
    };
    poll_fn(next).await
}

/// Lessons that there are, where a text may link to one; or why nobody knows.
async fn known(words: &Words) -> Result<Vec<String>, Vec<String>> {
    let texts = [
        &words.story,
        &words.question,
        &words.explanation,
        &words.task,
        &words.hints,
    ];
    if !texts.iter().any(|text| text.contains("?lesson=")) {
        return Ok(Vec::new());
    }
    let taught = lesson::load("").await;
    match taught.trouble {
        Some(trouble) => Err(vec![format!(
            "links to other lessons can't be checked. {trouble}"
        )]),
        None => Ok(taught.entries().map(|entry| entry.id.clone()).collect()),
    }
}

/// The browser's turn.
async fn turn() {
    let turn = Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            // A window that refuses is gone, and nobody waits for it.
            let _ = window.set_timeout_with_callback(&done);
        }
    });
    let _ = JsFuture::from(turn).await;
}
