//! When a lesson's prediction is asked again: what was missed after 1, 3 and 7 lessons, what was solved with the solution
//! open after two, both on the next visit as well; and which lessons a chapter's warm-up asks of. Nothing is counted
//! against anybody: what is passed over is passed over.
//! Left out: when a visit begins, and where all of it is kept; that is the page's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::warm_up::QUESTIONS;

/// A missed prediction comes back after so many lessons.
pub const MISSED: [u32; 3] = [1, 3, 7];
/// And where the solution was opened.
pub const OPENED: [u32; 1] = [2];
/// No more come back at once.
pub const AT_ONCE: usize = 3;

/// What a learner has seen, and what comes back when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// What variants follow from; each learner has another.
    seed: u32,
    /// How many lessons were seen, one after another.
    lessons: u32,
    /// The last of them.
    last: String,
    /// How many visits there were.
    visits: u32,
    /// What comes back, by lesson.
    repeats: BTreeMap<String, Repeat>,
    /// How often each lesson was asked again.
    times: BTreeMap<String, u32>,
    /// In which visit a warm-up was drawn last.
    drawn: BTreeMap<String, u32>,
}

/// Something that comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Repeat {
    /// How many lessons had been seen.
    since: u32,
    /// Distances at which it is still to be asked.
    left: Vec<u32>,
    /// On any visit after this one, too; not again once that was.
    visit: Option<u32>,
}

impl Schedule {
    /// A visit begins.
    pub fn come(&mut self, seed: u32) {
        if self.visits == 0 {
            self.seed = seed % 1000;
        }
        self.visits += 1;
    }

    /// A lesson showed whether its prediction held.
    pub fn seen(&mut self, lesson: &str, held: bool) {
        if self.last != lesson {
            self.lessons += 1;
            self.last = lesson.into();
        }
        if !held {
            self.again(lesson, self.lessons, &MISSED);
        }
    }

    /// A lesson's solution was opened. What was missed comes back sooner anyway.
    pub fn opened(&mut self, lesson: &str) {
        if !self.repeats.contains_key(lesson) {
            self.again(lesson, self.lessons, &OPENED);
        }
    }

    /// A question about a lesson showed whether the prediction held; the lesson that it comes before is still to be seen.
    pub fn answered(&mut self, lesson: &str, held: bool) {
        if !held {
            self.again(lesson, self.lessons + 1, &MISSED);
        }
    }

    fn again(&mut self, lesson: &str, since: u32, left: &[u32]) {
        let repeat = Repeat {
            since,
            left: left.to_vec(),
            visit: Some(self.visits),
        };
        self.repeats.insert(lesson.into(), repeat);
    }

    /// How many lessons will have been seen with the one that comes.
    fn with(&self, before: &str) -> u32 {
        self.lessons + u32::from(self.last != before)
    }

    /// Lessons that are to be asked again before this one, those that wait longest first.
    pub fn due(&self, before: &str) -> Vec<&str> {
        let with = self.with(before);
        let is_due = |repeat: &Repeat| {
            let distance = with.saturating_sub(repeat.since);
            let is_far = repeat.left.first().is_some_and(|left| *left <= distance);
            is_far || repeat.visit.is_some_and(|visit| visit < self.visits)
        };
        let due = self.repeats.iter();
        let due = due.filter(|(lesson, repeat)| *lesson != before && is_due(repeat));
        let mut due: Vec<(&str, u32)> = due.map(|(name, one)| (&**name, one.since)).collect();
        crate::order::sort_by_key(&mut due, |(_, since)| *since);
        due.into_iter()
            .take(AT_ONCE)
            .map(|(name, _)| name)
            .collect()
    }

    /// Was this warm-up drawn in this visit?
    pub fn is_drawn(&self, warm_up: &str) -> bool {
        self.drawn.get(warm_up) == Some(&self.visits)
    }

    /// What is asked before a lesson: what is due, each with the number of the time. It isn't due any more then, whether
    /// it is answered or passed over.
    pub fn draw_due(&mut self, before: &str) -> Vec<(String, u32)> {
        let due: Vec<String> = self.due(before).into_iter().map(Into::into).collect();
        self.take(due, before)
    }

    /// What a warm-up asks before a lesson: three of its row, those that were asked least, and what is due.
    pub fn draw(&mut self, warm_up: &str, row: &[String], before: &str) -> Vec<(String, u32)> {
        self.drawn.insert(warm_up.into(), self.visits);
        let mut order: Vec<(usize, &String)> = row.iter().enumerate().collect();
        let turn = usize::try_from(self.seed).unwrap_or_default();
        crate::order::sort_by_key(&mut order, |(place, lesson)| {
            let times = self.times.get(*lesson).copied().unwrap_or_default();
            (times, (place + turn) % row.len())
        });
        order.truncate(QUESTIONS);
        let mut chosen: Vec<String> = order.into_iter().map(|(_, one)| one.clone()).collect();
        for due in self.due(before) {
            if chosen.iter().all(|one| one != due) {
                chosen.push(due.into());
            }
        }
        self.take(chosen, before)
    }

    fn take(&mut self, lessons: Vec<String>, before: &str) -> Vec<(String, u32)> {
        let with = self.with(before);
        let mut taken = Vec::new();
        for lesson in lessons {
            if let Some(repeat) = self.repeats.get_mut(&lesson) {
                let distance = with.saturating_sub(repeat.since);
                repeat.left.retain(|left| *left > distance);
                repeat.visit = repeat.visit.filter(|visit| *visit == self.visits);
                if repeat.left.is_empty() && repeat.visit.is_none() {
                    self.repeats.remove(&lesson);
                }
            }
            let times = self.times.entry(lesson.clone()).or_default();
            taken.push((lesson, self.seed + *times));
            *times += 1;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> Schedule {
        let mut schedule = Schedule::default();
        schedule.come(0);
        schedule
    }

    /// Before which of the lessons that follow it is asked again, each of them seen in turn.
    fn asked(schedule: &mut Schedule, lesson: &str, lessons: u32) -> Vec<u32> {
        let mut found = Vec::new();
        for number in 1..=lessons {
            let next = format!("next-{number}");
            if schedule.due(&next).contains(&lesson) {
                found.push(number);
                schedule.draw_due(&next);
                schedule.answered(lesson, true);
            }
            schedule.seen(&next, true);
        }
        found
    }

    #[test]
    fn what_was_missed_comes_back_after_1_3_and_7_lessons() {
        let mut schedule = new();
        schedule.seen("a", true);
        assert!(asked(&mut schedule.clone(), "a", 12).is_empty());
        schedule.seen("a", false);
        assert_eq!(schedule.due("a"), Vec::<&str>::new());
        assert_eq!(asked(&mut schedule, "a", 12), MISSED);
    }

    #[test]
    fn what_was_missed_again_begins_anew_after_the_lesson_that_it_came_before() {
        let mut schedule = new();
        schedule.seen("a", false);
        schedule.draw_due("b");
        schedule.answered("a", false);
        assert_eq!(schedule.due("b"), Vec::<&str>::new());
        schedule.seen("b", true);
        assert_eq!(asked(&mut schedule, "a", 12), MISSED);
    }

    #[test]
    fn it_comes_back_on_the_next_visit_and_once() {
        let mut schedule = new();
        schedule.seen("a", false);
        assert_eq!(asked(&mut schedule, "a", 7), MISSED);
        schedule.come(5);
        assert_eq!(schedule.due("next-7"), ["a"]);
        schedule.draw_due("next-7");
        assert_eq!(schedule.due("next-7"), Vec::<&str>::new());
        schedule.come(5);
        assert_eq!(schedule.due("next-8"), Vec::<&str>::new());
        assert!(schedule.repeats.is_empty());
    }

    #[test]
    fn a_visit_and_a_distance_that_come_together_ask_once() {
        let mut schedule = new();
        schedule.seen("a", false);
        schedule.come(5);
        assert_eq!(asked(&mut schedule, "a", 12), MISSED);
        schedule.come(5);
        assert_eq!(schedule.due("z"), Vec::<&str>::new());
    }

    #[test]
    fn where_the_solution_was_opened_it_is_asked_two_lessons_later() {
        let mut schedule = new();
        schedule.seen("a", true);
        schedule.opened("a");
        assert_eq!(asked(&mut schedule, "a", 12), OPENED);
        schedule.come(5);
        assert_eq!(schedule.due("z"), ["a"]);
        let mut both = new();
        both.seen("a", false);
        both.opened("a");
        assert_eq!(asked(&mut both, "a", 12), MISSED);
    }

    #[test]
    fn lessons_that_were_jumped_to_are_no_debt() {
        let mut schedule = new();
        schedule.seen("a", false);
        for number in 1..=4 {
            schedule.seen(&format!("next-{number}"), true);
        }
        schedule.draw_due("next-5");
        assert_eq!(schedule.due("next-5"), Vec::<&str>::new());
        schedule.seen("next-5", true);
        schedule.seen("next-6", true);
        assert_eq!(schedule.due("next-7"), ["a"]);
    }

    #[test]
    fn no_more_than_three_come_back_at_once_the_oldest_first() {
        let mut schedule = new();
        for lesson in ["d", "c", "b", "a"] {
            schedule.seen(lesson, false);
        }
        assert_eq!(schedule.due("z"), ["d", "c", "b"]);
        schedule.draw_due("z");
        assert_eq!(schedule.due("z"), ["a"]);
    }

    #[test]
    fn a_warm_up_asks_three_of_its_row_and_what_is_due_never_twice() {
        let mut schedule = new();
        let row: Vec<String> = ["a", "b", "c", "d"].map(Into::into).into();
        schedule.seen("a", false);
        schedule.seen("x", false);
        assert!(!schedule.is_drawn("warm"));
        let drawn = schedule.draw("warm", &row, "z");
        let names: Vec<&str> = drawn.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["a", "b", "c", "x"]);
        assert!(schedule.is_drawn("warm"));
        assert_eq!(schedule.due("z"), Vec::<&str>::new());
        schedule.come(7);
        assert!(!schedule.is_drawn("warm"));
        let again = schedule.draw("warm", &row, "z");
        // The one that wasn't asked comes first, and each time has another number.
        assert_eq!(again[0], ("d".to_string(), 0));
        assert!(drawn.iter().all(|one| !again.contains(one)));
    }

    #[test]
    fn what_is_kept_is_read_as_it_was_and_from_nothing_too() {
        let mut schedule = new();
        schedule.seen("a", false);
        schedule.draw("warm", &["a".to_string()], "z");
        let kept = serde_json::to_string(&schedule).expect("it is kept");
        assert_eq!(serde_json::from_str::<Schedule>(&kept).ok(), Some(schedule));
        let nothing = serde_json::from_str::<Schedule>("{}").ok();
        assert_eq!(nothing, Some(Schedule::default()));
    }
}
