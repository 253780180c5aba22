//! What a script will do until it asks again, found by playing it: so that nothing has to happen meanwhile. Ours.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::shell::{self, Shell};
use super::program::{Next, Program, leaves};

/// How far a script was looked ahead, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// What comes.
    pub next: Next,
    /// It goes round for ever: from when, how long a round takes, how many operations that is.
    pub round: Option<(Duration, Duration, u32)>,
}

/// Operations that are run or looked ahead at once, at most: a few milliseconds' work.
pub(in super::super) const STEPS: u32 = 3_000;

/// Plays a script on until it would ask or ends, as far as is reasonable. Hands out how it stands then, too.
pub(in super::super) fn look_ahead(shell: &Shell) -> (Ahead, Shell) {
    let mut ahead = shell.clone();
    let mut mark: Option<(Shell, u32)> = None;
    let copied = ahead.copied;
    for count in 1..=STEPS {
        if u64::from(count) + (ahead.copied - copied) > u64::from(STEPS) {
            break;
        }
        let mut one = 1;
        let next = match ahead.run(None, Duration::MAX, &mut one) {
            shell::Stop::Busy(_) => None,
            shell::Stop::Asks(at) => Some(Next::Asks(at)),
            shell::Stop::Ends(at, exit) => Some(Next::Ends(at, leaves(&ahead, exit))),
            shell::Stop::Forever | shell::Stop::Time => Some(Next::Nothing),
        };
        if let Some(next) = next {
            return (Ahead { next, round: None }, ahead);
        }
        if let Some((then, since)) = &mark
            && !ahead.clocked
            && ahead.stands_as(then)
            && ahead.time() > then.time()
        {
            let round = (then.time(), ahead.time() - then.time(), count - since);
            let next = Next::Nothing;
            let round = Some(round);
            return (Ahead { next, round }, ahead);
        }
        if count.is_power_of_two() {
            mark = Some((ahead.clone(), count));
        }
    }
    let next = Next::Asks(ahead.time());
    (Ahead { next, round: None }, ahead)
}

impl Program {
    /// What will come of its script.
    pub(super) fn look_ahead(&self) -> Ahead {
        match &self.shell {
            Some(shell) if !shell.is_still() => look_ahead(shell).0,
            _ => Ahead::default(),
        }
    }

    /// Its script as it stands after so long.
    pub(super) fn seen(&self, ran: Duration) -> Option<Shell> {
        self.played(ran, 1)
    }

    /// The same; of a script that goes round for ever at least so many of the last rounds are played.
    pub(super) fn played(&self, ran: Duration, rounds_played: u32) -> Option<Shell> {
        let mut seen = self.shell.clone()?;
        let mut steps = 12 * STEPS;
        if let Some((from, period, ops)) = self.ahead.round
            && ran > from + period * 2
        {
            seen.run(None, from, &mut steps);
            let rounds = (ran - from).as_nanos() / period.as_nanos().max(1);
            let most = (10 * STEPS / ops.max(1)).max(1);
            let played = u128::from(rounds_played.min(most));
            let skipped = u32::try_from(rounds.saturating_sub(played)).unwrap_or(u32::MAX);
            seen.shift(period * skipped);
        }
        seen.run(None, ran, &mut steps);
        Some(seen)
    }
}
