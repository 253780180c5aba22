//! A Pod's life as it is drawn: a window of time with round lines, and as many bars as can be told apart.
//! Ours.

use super::life_line::{Fill, Row, Span};
use crate::cluster::SimTime;

/// From when to when rows are drawn, and where lines stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The left end.
    pub from: SimTime,
    /// The right end.
    pub to: SimTime,
    /// Microseconds from line to line.
    pub step: i64,
}

/// Round steps, in seconds.
const STEPS: [i64; 16] = [
    1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 86_400,
];
/// At most so many of them are in a window.
const MOST_STEPS: i64 = 7;

impl Axis {
    /// From one moment to another, and a little more so that it ends on a line.
    pub fn of(from: SimTime, to: SimTime) -> Self {
        let fits = |step: &i64| {
            let step = step * 1_000_000;
            to.0.div_euclid(step) + 1 - from.0.div_euclid(step) <= MOST_STEPS
        };
        let longest = (to.0 - from.0).max(0) / 1_000_000;
        let step = STEPS.into_iter().find(fits).unwrap_or(longest.max(1)) * 1_000_000;
        Axis {
            from: SimTime(from.0.div_euclid(step) * step),
            to: SimTime((to.0.div_euclid(step) + 1) * step),
            step,
        }
    }

    /// The window of this many microseconds that holds a moment.
    pub fn around(at: SimTime, length: i64) -> Self {
        let from = at.0.div_euclid(length) * length;
        // One microsecond less: it ends on a line, not behind it.
        Axis::of(SimTime(from), SimTime(from + length - 1))
    }

    /// How far along it a moment is, from 0 to 1.
    pub fn part(&self, at: SimTime) -> f64 {
        let part = (at.0 - self.from.0) as f64 / (self.to.0 - self.from.0).max(1) as f64;
        part.clamp(0.0, 1.0)
    }

    /// Its lines, and what is written at each.
    pub fn lines(&self) -> Vec<(SimTime, String)> {
        let mut lines = Vec::new();
        let mut at = self.from.0;
        while at <= self.to.0 {
            let seconds = at / 1_000_000;
            let words = match self.step >= 60_000_000 {
                true => format!("{} min", seconds / 60),
                false => format!("{seconds} s"),
            };
            lines.push((SimTime(at), words));
            at += self.step;
        }
        lines
    }
}

/// No more bars are drawn.
const MOST_BARS: usize = 300;
/// A bar is at least this part of its window, else several are drawn as one.
const LEAST_PART: i64 = 150;

/// The rows as they are drawn in a window, lived up to `now`: what is too short to be told apart is one bar.
/// And how many spans are in such bars.
pub fn drawn(rows: &[Row], axis: &Axis, now: SimTime) -> (Vec<Row>, usize) {
    let mut least = (axis.to.0 - axis.from.0) / LEAST_PART;
    loop {
        let drawn: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                spans: bars(&row.spans, axis, now, least),
                ..row.clone()
            })
            .collect();
        let all = drawn.iter().flat_map(|row| &row.spans);
        if all.clone().count() <= MOST_BARS.max(rows.len()) || least > axis.to.0 - axis.from.0 {
            let joined = all.map(|span| match span.fill {
                Fill::Several(number) => number,
                _ => 0,
            });
            let joined = joined.sum();
            return (drawn, joined);
        }
        least *= 2;
    }
}

fn bars(spans: &[Span], axis: &Axis, now: SimTime, least: i64) -> Vec<Span> {
    let mut bars: Vec<Span> = Vec::new();
    let end = |span: &Span| span.to.unwrap_or(now);
    let is_short = |span: &Span| match span.fill {
        Fill::Several(_) => true,
        _ => end(span).0 - span.from.0 < least,
    };
    let seen = |span: &&Span| span.from < axis.to && span.from <= now && axis.from < end(span);
    for span in spans.iter().filter(seen) {
        match bars.last_mut() {
            Some(last) if span.to.is_some() && is_short(last) && is_short(span) => {
                let number = match last.fill {
                    Fill::Several(number) => number + 1,
                    _ => 2,
                };
                last.to = span.to;
                // What failed among them is seen.
                last.state = last.state.max(span.state);
                last.fill = Fill::Several(number);
                last.word = format!("{number} changes").into();
            }
            _ => bars.push(span.clone()),
        }
    }
    bars
}
