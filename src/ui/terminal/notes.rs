//! Commands that only read: notes beside the journal. Each belongs to the moment at which it was asked, and to
//! what was done to the world before: it is seen wherever the same inputs lead to that moment.

use std::collections::VecDeque;
use std::rc::Rc;

use podarium::cluster::{InputId, SimTime};
use podarium::history::History;
use podarium::kubectl::run::Finished;
use podarium::order;
use serde::{Deserialize, Serialize};

/// So many are kept, and so many bytes of them; the oldest go.
const MOST: usize = 200;
const BYTES: usize = 256 * 1024;

/// A command that only read, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The moment that was read.
    pub at: SimTime,
    /// How many inputs came before it.
    pub inputs: u64,
    /// The journal's record that is the last of these.
    pub record: Option<usize>,
    /// As typed.
    pub line: Rc<str>,
    /// What it printed.
    pub text: Rc<str>,
    /// 0 is success.
    pub exit: i32,
}

/// All notes, in the order in which they were taken.
#[derive(Debug, Default)]
pub struct Notes {
    all: VecDeque<Rc<Note>>,
    bytes: usize,
}

impl Notes {
    /// What was stored; nothing if that can't be read: a note is no part of the history.
    pub fn stored(text: &str) -> Self {
        let mut notes = Notes::default();
        let all: Vec<Note> = podarium::history::from_json(text).unwrap_or_default();
        for note in all {
            notes.keep(note);
        }
        notes
    }

    /// As it is stored.
    pub fn to_store(&self) -> String {
        let all: Vec<&Note> = self.all.iter().map(|note| &**note).collect();
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// Keeps the answer to a line, of the moment that is viewed.
    pub fn take(&mut self, history: &History, line: Rc<str>, answer: &Finished) -> Rc<Note> {
        let inputs = history.viewed().inputs_taken();
        let text = format!("{}{}", answer.stdout, answer.stderr);
        self.keep(Note {
            at: history.time(),
            inputs,
            record: record_before(history, inputs),
            line,
            text: text.into(),
            exit: answer.exit,
        })
    }

    fn keep(&mut self, note: Note) -> Rc<Note> {
        let note = Rc::new(note);
        self.bytes += size(&note);
        self.all.push_back(note.clone());
        while self.all.len() > MOST || self.bytes > BYTES && self.all.len() > 1 {
            let gone = self.all.pop_front();
            self.bytes -= gone.map_or(0, |gone| size(&gone));
        }
        note
    }

    /// Those of the history up to a moment, in its order.
    pub fn until(&self, history: &History, time: SimTime) -> Vec<Rc<Note>> {
        let taken = history.viewed().inputs_taken();
        let is_there = |note: &&Rc<Note>| {
            let next = history.input(InputId(note.inputs));
            note.at <= time
                && note.inputs <= taken
                && note.record == record_before(history, note.inputs)
                && next.is_none_or(|(at, _)| at >= note.at)
        };
        let mut all: Vec<Rc<Note>> = self.all.iter().filter(is_there).cloned().collect();
        order::sort_by(&mut all, |a, b| (a.inputs, a.at).cmp(&(b.inputs, b.at)));
        all
    }
}

fn size(note: &Note) -> usize {
    note.line.len() + note.text.len()
}

/// The record of the last of so many inputs.
fn record_before(history: &History, inputs: u64) -> Option<usize> {
    history.record_of(InputId(inputs.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Budget, Input, Progress, Setup};
    use podarium::history::Record;

    use super::*;

    fn live(history: &mut History, micros: i64) {
        history.run_until(SimTime(micros), Budget::ENDLESS);
    }

    fn done(history: &mut History, record: Record) {
        history.take(record);
        while history.proceed(Budget(100)) != Progress::Reached {}
    }

    fn act(history: &mut History) {
        let name = "none".into();
        let record = history.record(Input::RemoveHost { name });
        done(history, record);
    }

    fn lines(notes: &Notes, history: &History) -> Vec<String> {
        let all = notes.until(history, history.time());
        all.iter().map(|note| note.line.to_string()).collect()
    }

    #[test]
    fn a_note_belongs_to_its_moment_and_to_what_was_done_before() {
        let mut history = History::new(Setup::default(), 7);
        let mut notes = Notes::default();
        let answer = Finished::default();
        live(&mut history, 1_000_000);
        notes.take(&history, "one".into(), &answer);
        live(&mut history, 2_000_000);
        act(&mut history);
        live(&mut history, 3_000_000);
        notes.take(&history, "two".into(), &answer);
        assert_eq!(lines(&notes, &history), ["one", "two"]);

        // An earlier moment knows less; what is asked there stands there.
        history.seek(SimTime(1_500_000));
        while history.proceed(Budget(100)) != Progress::Reached {}
        assert_eq!(lines(&notes, &history), ["one"]);
        notes.take(&history, "between".into(), &answer);
        assert_eq!(lines(&notes, &history), ["one", "between"]);
        history.seek(SimTime::MAX);
        assert_eq!(lines(&notes, &history), ["one", "between", "two"]);

        // Undone, it isn't there; done again, it is. Another deed is another history.
        done(&mut history, Record::Undo);
        assert_eq!(lines(&notes, &history), ["one", "between"]);
        done(&mut history, Record::Redo);
        assert_eq!(lines(&notes, &history), ["one", "between", "two"]);
        done(&mut history, Record::Undo);
        act(&mut history);
        live(&mut history, 4_000_000);
        assert_eq!(lines(&notes, &history), ["one", "between"]);

        // A reload finds the same.
        let stored = Notes::stored(&notes.to_store());
        assert_eq!(lines(&stored, &history), ["one", "between"]);
        let mut again = History::restore(history.journal()).unwrap();
        while again.proceed(Budget(100)) != Progress::Reached {}
        assert_eq!(lines(&stored, &again), ["one", "between"]);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let history = History::new(Setup::default(), 7);
        let mut notes = Notes::default();
        let answer = Finished {
            stdout: "x".repeat(BYTES / 3),
            ..Finished::default()
        };
        for _ in 0..5 {
            notes.take(&history, "a".into(), &answer);
        }
        assert_eq!(notes.all.len(), 2);
        for _ in 0..2 * MOST {
            notes.take(&history, "b".into(), &Finished::default());
        }
        assert_eq!(notes.all.len(), MOST);
        assert_eq!(notes.bytes, MOST);
    }
}
