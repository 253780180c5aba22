//! A story: a random history of workloads, Pods and nodes, and what must hold whatever happens in it. `cargo xtask
//! bench histories` lives ten thousand of them, tests/histories.rs two hundred; the number of a story is all of it.
//!
//! At the end all faults end: nodes are on, whole and open to Pods again. After a rest what must be there is there.

use std::time::Duration;

use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
use podarium::history::{History, Journal, Record};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::acts::{Act, act};

/// What holds of each change.
pub mod bounds;
/// What holds once nothing more is done.
pub mod rest;

/// So long it takes until a fault has no more after-effects: longest are back-offs, of 300 s, and evictions.
const REST: Duration = Duration::from_secs(900);
/// So many simpler stories are tried, at most.
const TRIES: u32 = 300;

/// A random history.
#[derive(Clone, Debug)]
pub struct Story {
    /// Of the world.
    seed: u64,
    /// Milliseconds before each act, and the act.
    acts: Vec<(u32, Act)>,
    /// Before which act the world is copied and stored.
    fork: u8,
}

/// What became of a story in which all held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lived {
    /// Events.
    pub events: u64,
    /// Changes.
    pub changes: u64,
    /// Looks at which the bounds of a rolling update were judged.
    pub judged: u64,
}

impl Lived {
    /// Both together.
    pub fn and(self, other: &Lived) -> Self {
        Lived {
            events: self.events + other.events,
            changes: self.changes + other.changes,
            judged: self.judged + other.judged,
        }
    }
}

fn stories(seed: u64) -> impl Strategy<Value = Story> {
    let wait = prop_oneof![
        3 => 0..3_000_u32,
        3 => 3_000..30_000_u32,
        1 => 30_000..120_000_u32,
        1 => 300_000..420_000_u32,
    ];
    let acts = prop::collection::vec((wait, act()), 1..14);
    (acts, any::<u8>()).prop_map(move |(acts, fork)| Story { seed, acts, fork })
}

/// The story of this number as a tree, of which simpler ones can be asked.
fn tree(seed: u64) -> impl ValueTree<Value = Story> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), chance);
    let tree = stories(seed).new_tree(&mut runner);
    tree.expect("nothing is filtered out")
}

/// Lives the story of this number.
///
/// # Errors
/// What didn't hold.
pub fn live(seed: u64) -> Result<Lived, String> {
    tree(seed).current().live()
}

/// The simplest story found that fails as the one of this number does, and in what.
pub fn simplest(seed: u64, fails: &dyn Fn(&Story) -> Option<String>) -> (Story, String) {
    let mut tree = tree(seed);
    let story = tree.current();
    let Some(why) = fails(&story) else {
        return (story, String::new());
    };
    let mut found = (story, why);
    let mut goes_on = tree.simplify();
    for _ in 0..TRIES {
        if !goes_on {
            break;
        }
        let story = tree.current();
        goes_on = match fails(&story) {
            Some(why) => {
                found = (story, why);
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    found
}

impl Story {
    /// Lives it, and judges what happened. Of three stories one is lived once more from its journal, one goes on from a
    /// copy made on the way, and one from what such a copy was stored as.
    ///
    /// # Errors
    /// What didn't hold.
    pub fn live(&self) -> Result<Lived, String> {
        let (history, fork) = self.play();
        let world = history.viewed();
        let changes = world.world().store.changes();
        let judged = bounds::check(changes)?;
        rest::check(world)?;
        match self.seed % 3 {
            0 => replays(&history)?,
            1 => fork.goes_on(&history)?,
            _ => fork.stored()?.goes_on(&history)?,
        }
        Ok(Lived {
            events: world.events_handled(),
            changes: changes.len() as u64,
            judged,
        })
    }

    /// What is done in it, line by line, as it was done.
    pub fn told(&self) -> String {
        let (history, _) = self.play();
        let lines = history.journal().records;
        let lines = lines.iter().map(|record| match record {
            Record::Input { at, input, .. } => {
                format!("{:>10.3} s  {}\n", at.as_seconds(), tell(input))
            }
            other => format!("{other:?}\n"),
        });
        lines.collect()
    }

    fn play(&self) -> (History, Fork) {
        let mut history = History::new(Setup::default(), self.seed);
        let forked_at = usize::from(self.fork) % self.acts.len();
        let mut fork = None;
        for (number, (wait, act)) in self.acts.iter().enumerate() {
            go_on(&mut history, Duration::from_millis(u64::from(*wait)));
            if number == forked_at {
                fork = Some(Fork::of(&history));
            }
            if let Some(input) = act.input(history.viewed()) {
                history.take(history.record(input));
            }
        }
        go_on(&mut history, Duration::from_secs(5));
        for input in mended(history.viewed()) {
            history.take(history.record(input));
        }
        go_on(&mut history, REST);
        let fork = fork.unwrap_or_else(|| Fork::of(&history));
        (history, fork)
    }
}

fn go_on(history: &mut History, time: Duration) {
    history.run_until(history.now() + time, Budget::ENDLESS);
}

/// All faults end.
fn mended(world: &Simulation) -> Vec<Input> {
    let mut inputs = Vec::new();
    for machine in &world.world().machines.machines {
        let node = machine.name.clone();
        inputs.push(Input::Heal { node: node.clone() });
        inputs.push(Input::PowerOn { node: node.clone() });
        let line = format!("kubectl uncordon {node}; kubectl taint node {node} away-");
        inputs.push(Input::Command {
            line: line.as_str().into(),
            files: Default::default(),
            stdin: None,
        });
    }
    inputs
}

fn tell(input: &Input) -> String {
    match input {
        Input::Command { line, .. } => line.to_string(),
        Input::Apply { manifest } => format!("apply {manifest}"),
        other => format!("{other:?}"),
    }
}

/// The journal, stored and read, comes to the same world.
fn replays(history: &History) -> Result<(), String> {
    let text = serde_json::to_string(&history.journal()).expect("a journal is plain data");
    let journal: Journal = serde_json::from_str(&text).expect("what was written is read");
    let mut again = History::restore(journal).expect("the layout is this one");
    again.proceed(Budget::ENDLESS);
    let (one, other) = (history.viewed(), again.viewed());
    match one.fingerprint() == other.fingerprint() {
        true => Ok(()),
        false => Err(format!("replayed: {}", difference(one, other))),
    }
}

/// A world copied on the way.
struct Fork {
    world: Simulation,
    /// How many records there were.
    records: usize,
}

impl Fork {
    fn of(history: &History) -> Self {
        Fork {
            world: history.viewed().clone(),
            records: history.journal().records.len(),
        }
    }

    /// It, written and read.
    fn stored(self) -> Result<Self, String> {
        let stored = postcard::to_allocvec(&self.world).expect("memory is all that it needs");
        let world = postcard::from_bytes(&stored);
        let world = world.map_err(|why| format!("what was written isn't read: {why}"))?;
        Ok(Fork { world, ..self })
    }

    /// The same inputs come to the same world.
    fn goes_on(self, history: &History) -> Result<(), String> {
        let mut world = self.world;
        for record in history.journal().records.iter().skip(self.records) {
            if let Record::Input {
                at,
                after_events,
                input,
            } = record
            {
                go_to(&mut world, *after_events, *at);
                world.apply(input.clone());
            }
        }
        let whole = history.viewed();
        go_to(&mut world, whole.events_handled(), whole.now());
        match world.fingerprint() == whole.fingerprint() {
            true => Ok(()),
            false => Err(format!("copied on the way: {}", difference(whole, &world))),
        }
    }
}

fn go_to(world: &mut Simulation, events: u64, at: SimTime) {
    world.run_to_event(events, at, Budget::ENDLESS);
    world.advance(at);
}

/// Where two worlds that ought to be one begin to differ.
fn difference(one: &Simulation, other: &Simulation) -> String {
    let (first, second) = (one.world().store.changes(), other.world().store.changes());
    let differs = first.iter().zip(second.iter()).find(|(a, b)| a != b);
    match differs {
        Some((a, b)) => format!("change {} of {} or {}", a.id.0, a.object, b.object),
        None => format!(
            "{} or {} changes, {} or {} events, at {} or {}",
            first.len(),
            second.len(),
            one.events_handled(),
            other.events_handled(),
            one.now().0,
            other.now().0
        ),
    }
}
