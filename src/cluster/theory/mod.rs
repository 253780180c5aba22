//! Two small worlds beside the cluster, and one deed done in all three: virtual machines under a hypervisor's manager,
//! containers under an engine, Pods under Kubernetes. Each has its own unit, which is placed, moved and lost as a whole.
//! Ours. What happens in the two is told in the same changes as the cluster's, and rings by the same timers; a world in
//! which none of it was asked for has nothing of it. What is done to Pods is done by kubectl, as a person would.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Actor, Cause, ChangeId, InputId, SimTime, Simulation, Verb, World};
use crate::api::ObjectKey;

/// Machines and units in places: what both worlds have.
mod site;

/// Hypervisor hosts, their manager and its virtual machines.
mod hypervisor;

/// Hosts with a container engine each.
mod engine;

/// The same deeds in the cluster.
mod pods;

pub use engine::Engine;
pub use hypervisor::{CPU, HOST_CPU, HOST_MEMORY, Hypervisor, MEMORY};
pub use pods::{is_unit, units};
pub use site::{Place, Site, Stage, Unit};

/// From a machine's failure until somebody has repaired it, ours.
const REPAIR: Duration = Duration::from_secs(600);

/// What is done in all three worlds at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// One more unit.
    PlaceOne,
    /// Three units, whatever there were.
    ScaleToThree,
    /// The newest unit is to run on another machine.
    MoveOne,
    /// The machine of the newest unit goes off.
    FailMachine,
}

/// The two worlds, and what was done last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// Virtual machines.
    pub hypervisor: Hypervisor,
    /// Containers.
    pub engine: Engine,
    /// What was done last, and when.
    pub last: Option<(Deed, SimTime)>,
    /// The Node whose machine went off then.
    pub failed_node: Option<Rc<str>>,
    /// What was on record before it.
    pub since: ChangeId,
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// A virtual machine comes to its next stage.
    Machine(u32),
    /// The manager has noticed that a host is gone.
    Noticed(usize),
    /// A container comes to its next stage.
    Container(u32),
    /// A machine of one of the worlds is repaired.
    Repaired(Yard, usize),
    /// The machine of a Node is.
    PoweredOn(Rc<str>),
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yard {
    /// Virtual machines.
    Hypervisor,
    /// Containers.
    Engine,
}

impl From<Wake> for super::Wake {
    fn from(wake: Wake) -> Self {
        super::Wake::Theory(wake)
    }
}

impl Theory {
    /// As they stand before anything is done.
    pub fn start() -> Self {
        Theory {
            hypervisor: Hypervisor::start(),
            engine: Engine::start(),
            last: None,
            failed_node: None,
            since: ChangeId(0),
        }
    }
}

impl Simulation {
    /// Does it in all three.
    pub(super) fn theory(&mut self, id: InputId, deed: Deed) {
        let mut theory = self
            .theory
            .take()
            .unwrap_or_else(|| Rc::new(Theory::start()));
        let own = Rc::make_mut(&mut theory);
        let now = self.now();
        own.last = Some((deed, now));
        own.failed_node = None;
        own.since = ChangeId(self.world.store.changes().len() as u64);
        own.hypervisor.site.forget_refused();
        own.engine.site.forget_refused();
        // What follows in one world is no cause of what is done in the next.
        let asked = Cause::Input(id, 0);
        self.world.set_cause(asked);
        own.hypervisor.act(&mut self.world, deed);
        self.world.set_cause(asked);
        own.engine.act(&mut self.world, deed);
        self.world.set_cause(asked);
        own.failed_node = self.act_on_pods(id, deed);
        self.theory = Some(theory);
    }

    /// A timer rang.
    pub(super) fn theory_wake(&mut self, wake: Wake) {
        if let Wake::PoweredOn(node) = &wake {
            return self.power_on(node);
        }
        let Some(theory) = self.theory.as_mut().map(Rc::make_mut) else {
            return;
        };
        let world = &mut self.world;
        match wake {
            Wake::Machine(number) => theory.hypervisor.go_on(world, number),
            Wake::Noticed(host) => theory.hypervisor.notice(world, host),
            Wake::Container(number) => theory.engine.go_on(world, number),
            Wake::Repaired(Yard::Hypervisor, host) => theory.hypervisor.repaired(world, host),
            Wake::Repaired(Yard::Engine, host) => theory.engine.repaired(world, host),
            Wake::PoweredOn(_) => {}
        }
    }
}

/// Puts on record what happened to a unit or a machine of the two worlds; what follows has it as its cause.
fn tell(world: &mut World, actor: Actor, kind: &str, name: &str, message: impl Into<Rc<str>>) {
    let id = ChangeId(world.store.changes().len() as u64);
    let key = ObjectKey::new(kind, "", name);
    world.record(actor, Verb::Happened, key, None, message.into());
    world.set_cause(Cause::Change(id));
}
