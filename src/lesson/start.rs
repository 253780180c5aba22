//! `start.yaml`: the world that a lesson begins with: machines, what was done before the learner came, what befalls it
//! later, and the text in the editor. All of it becomes a [`Setup`], so that a reload and a link begin the same.
//! A saved world may stand in the place of machines and steps.
//! Left out: objects with a status of their own; a world comes to its state by living.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;

use super::steps::{self, Length, Step};
use super::test::Test;
use super::world::World;
use super::{Mistake, line_of, yaml};
use crate::api::quantity::Quantity;
use crate::cluster::{Planned, Setup, SimTime};
use crate::machine::{Host, Machine, Machines};

const FILE: &str = "start.yaml";

/// What a lesson begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Start {
    /// What chance follows from.
    pub seed: u64,
    /// A file beside it that Save has written: the lesson begins with that world, at the moment that it shows.
    pub world: Option<String>,
    /// The same, read.
    #[serde(skip)]
    begun: Option<Rc<World>>,
    /// How long nodes take to hear of a Service's endpoints, beyond the usual.
    pub endpoint_delay: Option<Length>,
    /// Virtual machines; none: the lab cluster.
    pub nodes: Vec<NodeSpec>,
    /// What was done before the learner came, in order.
    pub steps: Vec<Step>,
    /// How long the world went on then: "at its fourth restart".
    pub ahead: Option<Length>,
    /// What befalls it while the learner is there, counted from their coming.
    pub later: Vec<Step>,
    /// What the editor holds; a gap is `____`.
    pub editor: String,
    /// What must be seen on its own, and how soon.
    pub symptom: Option<Symptom>,
}

/// A virtual machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NodeSpec {
    name: String,
    #[serde(default = "first_host")]
    host: String,
    #[serde(default)]
    cpu: Option<String>,
    #[serde(default)]
    memory: Option<String>,
    #[serde(default)]
    pods: Option<i64>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    taints: Vec<String>,
}

fn first_host() -> String {
    "host-1".into()
}

/// What the untouched start must come to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Symptom {
    /// How soon after the learner came.
    pub within: Length,
    /// What.
    pub test: Test,
}

impl Start {
    /// `files`: all of the lesson's folder, with their names.
    pub(super) fn read(text: &str, files: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let mut start: Start = yaml(FILE, text)?;
        start.take_world(text, files)?;
        let mistakes = start.mistakes(FILE, text);
        if mistakes.is_empty() {
            Ok(start)
        } else {
            Err(mistakes)
        }
    }

    /// The world that it names.
    fn take_world(&mut self, text: &str, files: &[(String, String)]) -> Result<(), Vec<Mistake>> {
        let Some(name) = &self.world else {
            return Ok(());
        };
        let line = line_of(text, "world:");
        let wrong = |file: &str, line, what: String| Err(vec![Mistake::new(file, line, what)]);
        let own = [
            ("seed", self.seed != 0),
            ("nodes", !self.nodes.is_empty()),
            ("endpoint-delay", self.endpoint_delay.is_some()),
        ];
        if let Some((field, _)) = own.iter().find(|(_, is_set)| *is_set) {
            return wrong(
                FILE,
                line_of(text, &format!("{field}:")),
                format!("a saved world has its own {field}: take this field out"),
            );
        }
        let Some((_, saved)) = files.iter().find(|(file, _)| file == name) else {
            return wrong(
                FILE,
                line,
                format!("there is no file {name} beside it: put it there, as Save wrote it"),
            );
        };
        match World::read(saved) {
            Ok(world) => {
                self.seed = world.seed;
                self.begun = Some(Rc::new(world));
                Ok(())
            }
            Err(why) => wrong(name, 0, why),
        }
    }

    /// Until when what was saved has lived.
    fn begins(&self) -> SimTime {
        self.begun.as_ref().map_or(SimTime::ZERO, |world| world.at)
    }

    /// What can't be, as a file has it.
    pub(super) fn mistakes(&self, file: &str, text: &str) -> Vec<Mistake> {
        let mut mistakes = steps::mistakes(file, text, &self.steps);
        mistakes.extend(steps::mistakes(file, text, &self.later));
        for why in self.nodes.iter().filter_map(|node| node.machine().err()) {
            let amount = why.split('"').nth(1).unwrap_or_default();
            mistakes.push(Mistake::new(file, super::line_of(text, amount), why));
        }
        mistakes
    }

    /// When the learner comes.
    pub fn ahead(&self) -> SimTime {
        let steps: Duration = self.steps.iter().map(Step::wait).sum();
        self.begins() + steps + self.ahead.map_or(Duration::ZERO, |length| length.0)
    }

    /// The world before anything has happened, with all that will without the learner.
    pub fn setup(&self) -> Setup {
        let mut setup = match &self.begun {
            Some(world) => world.setup.clone(),
            None => Setup {
                machines: self.machines(),
                ..Setup::default()
            },
        };
        for (from, steps) in [(self.begins(), &self.steps), (self.ahead(), &self.later)] {
            let mut at = from;
            for step in steps {
                at = at + step.wait();
                let planned = step.input().map(|input| Planned { at, input });
                setup.plan.extend(planned);
            }
        }
        if let Some(delay) = self.endpoint_delay {
            setup.latencies.proxy_delay = delay.0;
        }
        setup
    }

    fn machines(&self) -> Machines {
        if self.nodes.is_empty() {
            return Machines::lab();
        }
        let mut hosts: Vec<Host> = Vec::new();
        for node in &self.nodes {
            let name: Rc<str> = node.host.as_str().into();
            if hosts.iter().all(|host| host.name != name) {
                hosts.push(Host { name });
            }
        }
        Machines {
            hosts,
            machines: self
                .nodes
                .iter()
                .filter_map(|node| node.machine().ok())
                .collect(),
        }
    }
}

impl NodeSpec {
    /// As it is made.
    ///
    /// # Errors
    /// An amount that is none, in quotes, and the remedy.
    pub fn machine(&self) -> Result<Machine, String> {
        let amount = |text: &Option<String>, usual: &str| {
            let text = text.as_deref().unwrap_or(usual);
            let amount = Quantity::parse(text).filter(|amount| amount.nano > 0);
            amount.ok_or_else(|| format!("\"{text}\" is no amount: write 2, 500m or 4Gi"))
        };
        Ok(Machine {
            name: self.name.as_str().into(),
            host: self.host.as_str().into(),
            cpu_milli: amount(&self.cpu, "2")?.milli_value(),
            memory_bytes: amount(&self.memory, "4Gi")?.value(),
            pods: self.pods.unwrap_or(110),
            labels: self
                .labels
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
                .collect(),
            taints: self
                .taints
                .iter()
                .map(|taint| taint.as_str().into())
                .collect(),
        })
    }
}
