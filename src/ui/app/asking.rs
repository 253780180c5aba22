//! Questions before a lesson: one after another, each with a cluster of its own; and what is kept of predictions, so that
//! what was missed comes back.

use podarium::lesson::Schedule;
use yew::html::Scope;

use super::App;
use crate::ui::dom;
use crate::ui::lesson::progress;

impl App {
    /// Something has changed about what is asked again.
    pub(super) fn reschedule(&mut self, change: impl FnOnce(&mut Schedule)) {
        let schedule = progress::reschedule(change);
        if let Some(taught) = &mut self.taught {
            taught.schedule = schedule;
        }
    }

    /// A prediction was settled: it held, or it comes back.
    pub(super) fn note_prediction(&mut self, held: bool) {
        let Some(session) = &self.session else {
            return;
        };
        let lesson = session.lesson.clone();
        match &lesson.asked {
            Some(asked) => {
                self.reschedule(|schedule| schedule.answered(&asked.of, held));
                self.finding.seen = Some(".lesson .feedback[role=status]");
            }
            None => self.reschedule(|schedule| schedule.seen(&lesson.id, held)),
        }
        if let Some(taught) = &mut self.taught
            && let Some(warming) = &mut taught.warming
        {
            warming.answered(held);
            taught.done = progress::all();
        }
    }

    /// The next question begins.
    pub(super) fn ask_next(&mut self, link: &Scope<App>) {
        let taught = self.taught.as_mut();
        let Some(warming) = taught.and_then(|taught| taught.warming.as_mut()) else {
            return;
        };
        if let Some(question) = warming.next() {
            let said = warming.place();
            self.begin_with(question, &said, link);
        }
    }

    /// The questions are passed over: the lesson comes.
    pub(super) fn skip_questions(&mut self) {
        let taught = self.taught.as_ref();
        let Some(warming) = taught.and_then(|taught| taught.warming.as_ref()) else {
            return;
        };
        warming.skip();
        let to = format!("?lesson={}", warming.to);
        dom::go(&to);
    }
}
