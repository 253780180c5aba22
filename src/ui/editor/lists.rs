//! Under the text: what is wrong with it, what of it isn't simulated, and what became of it.

use podarium::cluster::Answer;
use podarium::manifest::{Diagnostic, Severity};
use yew::html::Scope;
use yew::prelude::*;

use super::{Editor, Message};
use crate::ui::markup::html;

/// More lines than this help nobody; how many more there are is said.
const MOST: usize = 100;

/// `Line 6, column 3: unknown field "spec.contianers"`
pub fn sentence(found: &Diagnostic) -> String {
    let warning = if found.severity == Severity::Warning {
        "warning: "
    } else {
        ""
    };
    format!(
        "Line {}, column {}: {warning}{}",
        found.line, found.column, found.message
    )
}

/// `1 problem`, `2 problems`
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A list of findings, each of which leads to its place, and a refusal that has none.
pub fn found(
    name: &'static str,
    found: &[&Diagnostic],
    refusal: Option<&AttrValue>,
    link: &Scope<Editor>,
) -> Html {
    if found.is_empty() && refusal.is_none() {
        return Html::default();
    }
    let more = found.len().saturating_sub(MOST);
    let go = |at: usize| link.callback(move |_| Message::Go(at));
    html! {
        <ul class="found" aria-label={name}>
            if let Some(refusal) = refusal {
                <li class="error"><p>{ refusal }</p></li>
            }
            for (number, found) in found.iter().take(MOST).enumerate() {
                <li key={number} class={class_of(found.severity)}>
                    <button onclick={go(found.span.start)}>
                        { sentence(found) }
                    </button>
                </li>
            }
            if more > 0 {
                <li key="more"><p class="quiet">{ format!("and {more} more") }</p></li>
            }
        </ul>
    }
}

fn class_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Was something refused that can't be changed in place? The API server's words: of Pods, of single fields, of
/// volumes and claims, of StatefulSets.
pub fn is_replace_offered(answer: &Answer) -> bool {
    const FIXED: [&str; 3] = [
        "may not change fields",
        "is immutable",
        "updates to statefulset spec for fields other than",
    ];
    let mut refused = answer.lines.iter().filter(|line| line.is_error);
    answer.finished && refused.any(|line| FIXED.iter().any(|words| line.text.contains(words)))
}

/// What an Apply was answered: kubectl's lines, as it prints them. Is time stopped?
pub fn answers(answer: &Answer, paused: bool, link: &Scope<Editor>) -> Html {
    let more = answer.lines.len().saturating_sub(MOST);
    let is_fixed = is_replace_offered(answer);
    html! {
        <div class="answers">
            <ul aria-label="Answers">
                for (number, line) in answer.lines.iter().take(MOST).enumerate() {
                    <li key={number} class={line.is_error.then_some("error")}>{ &*line.text }</li>
                }
                if more > 0 {
                    <li key="more" class="quiet">{ format!("and {more} more") }</li>
                }
            </ul>
            if paused && answer.finished {
                <p class="quiet">{ "Time is paused: what follows waits for Play." }</p>
            }
            if is_fixed {
                <p class="way-on">
                    <button class="framed" data-replaces="" aria-describedby="what-replace-does" onclick={link.callback(|_| Message::Replace)}>{ "Replace" }</button>
                    <span id="what-replace-does" class="quiet">{ "Can’t be changed in place. Replace deletes what the manifest names and creates it again, as kubectl replace --force does; a Pod has its grace period first." }</span>
                </p>
            }
        </div>
    }
}
