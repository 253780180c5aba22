//! What has to be tried: connections, and what becomes of a copy of the world to which something is done.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::network::request::Request;
use crate::cluster::{Budget, Input, InputId, Progress, SimTime, Simulation, Snapshot};
use crate::lesson::check::{Answers, Look, Memory, Verdict, end};
use crate::lesson::goal::Goals;
use crate::lesson::steps::{Place, Send, Step};
use crate::lesson::test::{ForkTest, ReachTest, Test};

/// Whoever gets no answer for so long won't.
const PATIENCE: Duration = Duration::from_secs(40);

/// All that a lesson's goals want tried, one after another.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    goals: Rc<Goals>,
    world: Simulation,
    answers: Answers,
    found: Vec<Verdict>,
    copy: Option<Copy>,
}

/// A copy of the world.
#[derive(Clone, Debug)]
struct Copy {
    world: Simulation,
    start: Snapshot,
    /// What is still to be done, and when.
    steps: Vec<(SimTime, Step)>,
    until: SimTime,
    memory: Memory,
    looked: usize,
    looked_at: SimTime,
    last: Verdict,
}

impl Trial {
    pub fn new(goals: Rc<Goals>, world: Simulation, answers: Answers) -> Self {
        Trial {
            goals,
            world,
            answers,
            found: Vec::new(),
            copy: None,
        }
    }

    /// Goes on; a budget of events, about.
    pub fn go_on(&mut self, budget: Budget) -> Progress {
        let goals = self.goals.clone();
        let mut left = budget.0;
        while let Some(goal) = goals.goals.get(self.found.len()) {
            match &goal.test {
                Test::Fork(fork) => {
                    let copy = self
                        .copy
                        .get_or_insert_with(|| Copy::new(fork, &self.world));
                    if copy.go_on(fork, &self.answers, &goals, &mut left) == Progress::OutOfBudget {
                        return Progress::OutOfBudget;
                    }
                    let found = self.copy.take().map(|copy| copy.last);
                    self.found.push(found.unwrap_or_default());
                }
                test if test.forks() => {
                    let found = tried(test, &self.world, &self.answers, &goals);
                    self.found.push(found);
                    left = left.saturating_sub(50);
                    if left == 0 {
                        return Progress::OutOfBudget;
                    }
                }
                _ => self.found.push(Verdict {
                    holds: true,
                    observed: String::new(),
                }),
            }
        }
        Progress::Reached
    }

    pub fn found(&self) -> Vec<Verdict> {
        self.found.clone()
    }
}

impl Copy {
    fn new(fork: &ForkTest, world: &Simulation) -> Self {
        let mut at = world.now();
        let steps = fork.steps.iter().map(|step| {
            at = at + step.wait();
            (at, step.clone())
        });
        let steps = steps.collect();
        let start = world.snapshot();
        Copy {
            world: world.clone(),
            steps,
            until: world.now() + fork.after.0,
            memory: Memory::default(),
            looked: start.store.changes().len(),
            looked_at: start.time,
            start,
            last: Verdict::default(),
        }
    }

    fn go_on(
        &mut self,
        fork: &ForkTest,
        answers: &Answers,
        goals: &Goals,
        left: &mut u32,
    ) -> Progress {
        loop {
            let next = self.steps.first().map_or(self.until, |(at, _)| *at);
            while self.world.handle_next(next) {
                self.look(fork, answers, goals, false);
                *left = left.saturating_sub(1);
                if *left == 0 {
                    *left = 1;
                    return Progress::OutOfBudget;
                }
            }
            self.world.advance(next);
            if self.steps.is_empty() {
                self.look(fork, answers, goals, true);
                return Progress::Reached;
            }
            if let Some(input) = self.steps.remove(0).1.input() {
                self.world.apply(input);
            }
        }
    }

    fn look(&mut self, fork: &ForkTest, answers: &Answers, goals: &Goals, anyway: bool) {
        let changes = self.world.world().store.changes().len();
        let often = self.world.now().since(self.looked_at) >= super::OFTEN;
        if !anyway && changes == self.looked && !often {
            return;
        }
        let now = self.world.snapshot();
        let all = now.store.changes();
        let fresh = (self.looked..changes).filter_map(|number| all.get(number).cloned());
        let fresh: Vec<_> = fresh.collect();
        (self.looked, self.looked_at) = (changes, now.time);
        let look = Look {
            start: &self.start,
            now: &now,
            world: &self.world,
            fresh: &fresh,
            answers,
            puzzles: &goals.puzzles,
            problem: "",
            it: None,
        };
        self.last = see(&fork.test, &look, &mut self.memory, anyway);
    }
}

/// A test in which connections are tried, if it is wanted by now.
fn see(test: &Test, look: &Look<'_>, memory: &mut Memory, tries: bool) -> Verdict {
    let each = |tests: &[Test]| -> Vec<Verdict> {
        let tests = tests.iter();
        tests
            .map(|test| see(test, look, &mut Memory::default(), tries))
            .collect()
    };
    match test {
        Test::Reach(reach) if tries => reached(reach, look.world),
        _ if !test.forks() => test.look(look, memory),
        Test::All(tests) => {
            let found = each(tests);
            let missing = found.iter().find(|found| !found.holds);
            missing.or(found.last()).cloned().unwrap_or_default()
        }
        Test::Any(tests) => {
            let found = each(tests);
            let well = found.iter().find(|found| found.holds);
            well.or(found.first()).cloned().unwrap_or_default()
        }
        Test::Not(test) => {
            let Verdict { holds, observed } = see(test, look, &mut Memory::default(), tries);
            Verdict {
                holds: !holds,
                observed,
            }
        }
        _ => Verdict::default(),
    }
}

/// A test in which connections are tried, now.
fn tried(test: &Test, world: &Simulation, answers: &Answers, goals: &Goals) -> Verdict {
    let now = world.snapshot();
    let look = Look {
        start: &now,
        now: &now,
        world,
        fresh: &[],
        answers,
        puzzles: &goals.puzzles,
        problem: "",
        it: None,
    };
    see(test, &look, &mut Memory::default(), true)
}

/// What a connection comes to that is tried now, in a copy.
fn reached(test: &ReachTest, world: &Simulation) -> Verdict {
    let now = world.snapshot();
    let Some(from) = asker(&test.from, &now) else {
        return Verdict {
            holds: false,
            observed: "nobody is there to ask".into(),
        };
    };
    let mut seen = String::new();
    for to in targets(test, &now) {
        let send = Send {
            from: from.clone(),
            to,
            every_second: false,
        };
        let Some(input) = send.input() else { continue };
        let (end, body) = outcome(world, input);
        let fits = end == test.end && body.contains(&*test.has);
        seen = match test.has.is_empty() {
            true => end,
            false => [&end, ": ", body.trim_end()].concat(),
        };
        if fits {
            return Verdict {
                holds: true,
                observed: seen,
            };
        }
    }
    let observed = match seen.is_empty() {
        true => "there is no address to ask".into(),
        false => seen,
    };
    Verdict {
        holds: false,
        observed,
    }
}

/// Who asks: where no container is named, the first.
fn asker(from: &Place, now: &Snapshot) -> Option<Place> {
    let Some(key) = &from.pod else {
        return Some(from.clone());
    };
    let pod = now.store.get(key)?.pod()?;
    let container = match &*from.container {
        "" => pod.spec.containers.first()?.name.clone(),
        _ => from.container.clone(),
    };
    Some(Place {
        pod: Some(key.clone()),
        container,
    })
}

/// What is asked: with addresses and ports put in.
fn targets(test: &ReachTest, now: &Snapshot) -> Vec<String> {
    let Some(key) = test.pod.as_ref().and_then(|pod| pod.key()) else {
        return vec![test.to.clone()];
    };
    let Some(object) = now.store.get(&key) else {
        return Vec::new();
    };
    let ip = object.pod().map_or("", |pod| &pod.status.pod_ip);
    if ip.is_empty() {
        return Vec::new();
    }
    let to = test.to.replace("{podIP}", ip);
    if !to.contains("{PORT}") {
        return vec![to];
    }
    let inside = now.pod_inside(object, now.time).unwrap_or_default();
    let ports = inside.listeners.iter();
    let ports = ports.map(|(_, listener)| to.replace("{PORT}", &listener.port.to_string()));
    ports.collect()
}

/// How a request ends, and what was answered.
fn outcome(world: &Simulation, input: Input) -> (String, Rc<str>) {
    let mut copy = world.clone();
    let id = copy.apply(input);
    let until = copy.now() + PATIENCE;
    loop {
        if let Some(request) = sent(&copy, id).filter(|request| request.ended.is_some()) {
            return (end(request), request.body.clone());
        }
        if !copy.handle_next(until) {
            return ("timed out".into(), "".into());
        }
    }
}

/// The request that an input sent.
fn sent(world: &Simulation, id: InputId) -> Option<&Rc<Request>> {
    let requests = world.network().requests().values();
    let mut by_it = requests.filter(|request| {
        request.question.is_none() && request.by_hand.is_some_and(|hand| hand.input == id)
    });
    by_it.next()
}
