//! A line of the terminal, from its words to its exit code, for harnesses that stand for a person.
//! Ours.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::{Budget, Input, Simulation};

/// What a line left behind on the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// 0 is success.
    pub exit: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Types a line and lets the world run until it is over, or interrupts it after `patience`.
pub fn run(
    simulation: &mut Simulation,
    line: &str,
    stdin: Option<&str>,
    patience: Duration,
) -> Finished {
    let until = simulation.now() + patience;
    let input = simulation.apply(Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: stdin.map(Rc::from),
    });
    let is_over = |simulation: &Simulation| {
        let line = simulation.terminal().lines.get(&input);
        line.is_none_or(|line| line.is_over())
    };
    while !is_over(simulation) && simulation.handle_next(until) {}
    if !is_over(simulation) {
        simulation.run_until(until, Budget::ENDLESS);
        simulation.apply(Input::Interrupt { input });
    }
    let Some(line) = simulation.terminal().lines.get(&input) else {
        return Finished::default();
    };
    Finished {
        exit: i32::try_from(line.exit.unwrap_or(130)).unwrap_or(1),
        stdout: line.text(false),
        stderr: line.text(true),
    }
}
