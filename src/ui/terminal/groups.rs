//! What was typed, and what was answered: lines of the world's own terminal and notes beside the journal, as one
//! list in the order of their moments. Of a long answer the end is shown: the page stays quick however much is
//! printed.

use std::rc::Rc;

use podarium::cluster::terminal::Line;
use podarium::cluster::{InputId, Snapshot};
use yew::prelude::*;

use super::named::{Named, named};
use super::notes::Note;
use crate::ui::app::SAVES;
use crate::ui::markup::html;
use crate::ui::numbers::thousands;

/// So many commands are shown; time leads back to those before them.
pub const MOST: usize = 200;
/// So many lines of one command's answer are shown, from its end.
const LINES: usize = 5_000;

/// A command and its answer.
#[derive(Clone, Debug)]
pub enum Group {
    /// An input, and what the world's terminal has of it.
    Line(InputId, Rc<Line>),
    /// It only read.
    Note(Rc<Note>),
}

/// The same answer, by address: what hasn't changed isn't drawn.
impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Group::Line(a, one), Group::Line(b, other)) => a == b && Rc::ptr_eq(one, other),
            (Group::Note(one), Group::Note(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Group {
    /// As typed.
    pub fn line(&self) -> &str {
        match self {
            // The editor of `kubectl edit` is the page's own: nobody typed it.
            Group::Line(_, line) => line.line.strip_prefix(SAVES).unwrap_or(&line.line),
            Group::Note(note) => &note.line,
        }
    }

    /// How it ended, if it has.
    fn exit(&self) -> Option<i64> {
        match self {
            Group::Line(_, line) => line.exit,
            Group::Note(note) => Some(note.exit.into()),
        }
    }

    /// What it printed.
    fn text(&self) -> String {
        match self {
            Group::Line(_, line) => text_of(line),
            Group::Note(note) => note.text.to_string(),
        }
    }

    /// What tells it from others.
    pub fn key(&self) -> String {
        match self {
            Group::Line(id, _) => id.0.to_string(),
            Group::Note(note) => format!("{:p}", Rc::as_ptr(note)),
        }
    }

    /// Does something of it still run?
    pub fn runs(&self) -> bool {
        matches!(self, Group::Line(_, line) if !line.is_over())
    }
}

/// All that a line printed, as it stands on a terminal: what cleared the screen is the beginning.
pub fn text_of(line: &Line) -> String {
    let pieces = line.printed.iter().map(|shown| &*shown.text);
    let text: String = pieces.collect();
    match text.rsplit_once(CLEAR) {
        Some((_, seen)) => seen.to_string(),
        None => text,
    }
}

/// What clears a terminal.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// The commands of a moment, oldest first: what the world's terminal holds, and the notes of it.
pub fn groups(snapshot: &Snapshot, notes: &[Rc<Note>]) -> Vec<Group> {
    let mut notes = notes.iter().peekable();
    let mut all = Vec::new();
    for (id, line) in snapshot.terminal.lines.iter() {
        while let Some(note) = notes.next_if(|note| note.inputs <= id.0) {
            all.push(Group::Note(note.clone()));
        }
        all.push(Group::Line(*id, line.clone()));
    }
    all.extend(notes.cloned().map(Group::Note));
    all
}

/// The line that has the terminal: the next one waits for it.
pub fn in_front(snapshot: &Snapshot) -> Option<InputId> {
    let has_it = |id: &&InputId| {
        let line = snapshot.terminal.lines.get(*id);
        line.is_some_and(|line| line.exit.is_none())
    };
    snapshot.terminal.live.iter().rev().find(has_it).copied()
}

/// What Ctrl+C ends: that line, or else the newest that goes on behind it.
pub fn to_stop(snapshot: &Snapshot) -> Option<InputId> {
    in_front(snapshot).or_else(|| snapshot.terminal.live.last().copied())
}

/// What is said of an answer: all of a short one, how long another is; then a failure's exit code.
pub fn result(text: &str, exit: i64) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let said = match lines[..] {
        [] if exit == 0 => "Done, nothing printed".into(),
        [] => String::new(),
        _ if lines.len() <= FEW && text.len() <= SHORT => lines.join(". "),
        _ if exit != 0 => lines[lines.len() - 1].chars().take(SHORT).collect(),
        _ => format!("{} lines of output", thousands(lines.len())),
    };
    match (exit, said.is_empty()) {
        (0, _) => said,
        (_, true) => format!("exit {exit}"),
        (_, false) => format!("{said}, exit {exit}"),
    }
}

/// So many lines, and so many bytes, are read aloud.
const FEW: usize = 3;
const SHORT: usize = 300;

/// A command, how it ended, and what it printed.
#[derive(Clone, PartialEq, Properties)]
pub struct AnsweredProps {
    /// It.
    pub group: Group,
}

/// A command, how it ended, and what it printed.
#[component]
pub fn Answered(AnsweredProps { group }: &AnsweredProps) -> Html {
    let line = group.line();
    let text = group.text();
    let (left_out, text) = end_of(&text);
    let state = match group.exit() {
        Some(exit) => format!("exit {exit}"),
        None => "running".to_string(),
    };
    let shown = match group.exit() {
        Some(0) if group.runs() => "in the background".into(),
        Some(0) => String::new(),
        _ => state.clone(),
    };
    html! {
        <div class="entry" role="group" aria-label={format!("{line}, {state}")}>
            <p class="typed"><span class="ps" aria-hidden="true">{ "$ " }</span><code>{ line.to_string() }</code>
                if !shown.is_empty() { <span class="state">{ shown }</span> }
            </p>
            if left_out > 0 {
                <p class="quiet">{ format!("{} lines before these are not shown.", thousands(left_out)) }</p>
            }
            if !text.is_empty() { <pre class={is_table(text).then_some("table")}>{ with_names(line, text) }</pre> }
        </div>
    }
}

/// A text in which names can be selected.
fn with_names(line: &str, text: &str) -> Html {
    let mut from = 0;
    let mut pieces = Vec::new();
    for Named { at, of } in named(line, text) {
        let before = text.get(from..at.0).unwrap_or_default().to_string();
        let says = format!("Selects the {}", of.bare_kind());
        pieces.push(html! {
            <>
                { before }
                <span role="button" class="name" tabindex="-1" data-kind={of.kind.to_string()} data-name={of.name.to_string()}
                    data-namespace={of.namespace.as_deref().map(str::to_string)} aria-description={says}>{ text.get(at.0..at.1).unwrap_or_default().to_string() }</span>
            </>
        });
        from = at.1;
    }
    pieces.push(text.get(from..).unwrap_or_default().into());
    html! { <>{ for pieces }</> }
}

/// Does it stand in columns? Then it isn't wrapped.
fn is_table(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().contains("   "))
}

/// The end of a long text, and how many lines of it are left out.
fn end_of(text: &str) -> (usize, &str) {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let ends = text.match_indices('\n').map(|(at, _)| at);
    match ends.clone().rev().nth(LINES - 1) {
        None => (0, text),
        Some(at) => (ends.take_while(|end| *end <= at).count(), &text[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_answer_the_end_is_shown_and_the_rest_is_counted() {
        assert_eq!(end_of(""), (0, ""));
        assert_eq!(end_of("a\nb\n"), (0, "a\nb"));
        let long: String = (0..LINES + 3).map(|number| format!("{number}\n")).collect();
        let (left_out, text) = end_of(&long);
        assert_eq!(left_out, 3);
        assert_eq!(text.lines().count(), LINES);
        assert!(text.starts_with("3\n"), "{}", &text[..9]);
    }

    #[test]
    fn what_is_said_of_an_answer_is_short() {
        assert_eq!(result("pod/a created\n", 0), "pod/a created");
        assert_eq!(result("a\nb\nc\nd\n", 0), "4 lines of output");
        assert_eq!(result("", 0), "Done, nothing printed");
        assert_eq!(result("", 1), "exit 1");
        assert_eq!(result("error: no\n", 1), "error: no, exit 1");
        assert_eq!(result("a\nb\nc\nerror: no\n", 1), "error: no, exit 1");
    }
}
