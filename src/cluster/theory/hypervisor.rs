//! Hypervisor hosts, the manager that places virtual machines on them, live migration, and the restart of what a failed
//! host took along: what vSphere, Proxmox or OpenStack with Masakari do, as far as it decides where a virtual machine is.
//! A virtual machine takes its CPU and memory as a whole; a host without room refuses it. Ours. Left out: overcommitment,
//! shared storage (it is there), weights between hosts (the first with room is taken), networks.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::site::{Place, Site, Stage, all_of};
use super::{Deed, REPAIR, Wake, Yard, tell};
use crate::cluster::{Actor, World};

/// What a virtual machine takes: CPUs.
pub const CPU: i64 = 2;
/// And memory, in GiB.
pub const MEMORY: i64 = 4;
/// What a host has for them.
pub const HOST_CPU: i64 = 6;
/// And memory, in GiB.
pub const HOST_MEMORY: i64 = 12;

/// From a wish until the manager has chosen a host, ours.
const CHOICE: Duration = Duration::from_millis(300);
/// From power-on until the guest's kernel and services are up, ours: a small Linux.
const BOOT: Duration = Duration::from_secs(15);
/// From a guest's shutdown until it is off, ours.
const SHUTDOWN: Duration = Duration::from_secs(3);
/// Until a silent host is believed dead: vSphere HA waits about so long for heartbeats.
const HEARTBEATS: Duration = Duration::from_secs(12);
/// A guest's memory over a line of 10 Gbit/s; pages that change meanwhile are left out.
const COPY: Duration = Duration::from_millis(MEMORY as u64 * 1024 * 1024 * 1024 / 1_250_000);

/// Hosts and their virtual machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypervisor {
    /// Where they are.
    pub site: Site,
    /// How many there ever were: their names go on.
    made: u32,
}

impl Hypervisor {
    pub(super) fn start() -> Self {
        Hypervisor {
            site: Site::new(&["metal-1", "metal-2"], &["vm-1", "vm-2"]),
            made: 2,
        }
    }

    pub(super) fn act(&mut self, world: &mut World, deed: Deed) {
        match deed {
            Deed::PlaceOne => self.ask(world),
            Deed::ScaleToThree => self.scale(world, 3),
            Deed::MoveOne => self.migrate(world),
            Deed::FailMachine => self.fail(world),
        }
    }

    /// CPUs and GiB that are free on a host.
    fn free(&self, host: usize) -> (i64, i64) {
        let number = self.site.taken(host).count() as i64;
        (HOST_CPU - number * CPU, HOST_MEMORY - number * MEMORY)
    }

    /// Has a host room? Else what it says.
    fn room(&self, host: usize) -> Result<Place, String> {
        let (cpu, memory) = self.free(host);
        if CPU <= cpu && MEMORY <= memory {
            return Ok(self.site.free(host));
        }
        let name = self.site.name(host);
        Err(format!(
            "{name} refuses it: it asks for {CPU} CPU and {MEMORY}Gi as a whole, and {cpu} CPU and {memory}Gi are free"
        ))
    }

    /// The first host with room that is none of these, and what those before it said.
    fn choose(&self, not: Option<usize>) -> (Option<Place>, Vec<String>) {
        let mut said = Vec::new();
        for host in self.site.on().filter(|host| Some(*host) != not) {
            match self.room(host) {
                Ok(place) => return (Some(place), said),
                Err(why) => said.push(why),
            }
        }
        (None, said)
    }

    fn ask(&mut self, world: &mut World) {
        self.made += 1;
        let name = format!("vm-{}", self.made);
        let number = self.site.add(&name, world.now());
        let wish = format!("is asked for, as a whole: {CPU} CPU and {MEMORY}Gi");
        say(world, &name, wish);
        self.wait(world, number, CHOICE);
    }

    fn wait(&mut self, world: &mut World, number: u32, time: Duration) {
        if let Some(unit) = self.site.unit(number) {
            unit.timer = Some(world.wake(time, Wake::Machine(number).into()));
        }
    }

    fn scale(&mut self, world: &mut World, wanted: usize) {
        let counts = |stage| stage != Stage::Stopping;
        let cause = world.cause();
        for _ in self.site.yours(counts)..wanted {
            self.ask(world);
            world.set_cause(cause);
        }
        for _ in wanted..self.site.yours(counts) {
            let Some(unit) = self.site.newest(|unit| counts(unit.stage)) else {
                return;
            };
            let (number, name) = (unit.number, unit.name.clone());
            if let Some(unit) = self.site.unit(number) {
                unit.stop_waiting(world);
                (unit.stage, unit.kept, unit.touched) = (Stage::Stopping, None, Some(world.now()));
            }
            say(world, &name, "is shut down: three are wanted");
            self.wait(world, number, SHUTDOWN);
            world.set_cause(cause);
        }
    }

    /// It comes to its next stage.
    pub(super) fn go_on(&mut self, world: &mut World, number: u32) {
        let now = world.now();
        let Some(unit) = self.site.unit(number) else {
            return;
        };
        unit.timer = None;
        let (name, stage) = (unit.name.clone(), unit.stage);
        match stage {
            Stage::Asked => self.place(world, number, false),
            Stage::Starting => {
                unit.stage = Stage::Running;
                say(world, &name, "runs: it has booted a kernel of its own");
            }
            Stage::Moving => {
                unit.stage = Stage::Running;
                if let Some(place) = unit.kept {
                    unit.come(place, now);
                    let host = self.site.name(place.machine);
                    say(
                        world,
                        &name,
                        format!(
                            "runs on {host}, whole, with its memory and its address: it never stopped"
                        ),
                    );
                }
                self.restart_lost(world);
            }
            Stage::Stopping => {
                self.site.remove(number);
                say(world, &name, "is gone");
                self.restart_lost(world);
            }
            _ => {}
        }
    }

    /// The manager looks for a host, for one that is new or was lost.
    fn place(&mut self, world: &mut World, number: u32, was_lost: bool) {
        let now = world.now();
        let (place, said) = self.choose(None);
        let host = place.map(|place| self.site.name(place.machine));
        let Some(unit) = self.site.unit(number) else {
            return;
        };
        let name = unit.name.clone();
        let Some((place, host)) = place.zip(host) else {
            if was_lost {
                say(
                    world,
                    &name,
                    format!("stays off until a host has room. {}", said.join(". ")),
                );
            } else {
                unit.stage = Stage::Refused;
                let why = if said.is_empty() {
                    "No host is on".into()
                } else {
                    said.join(". ")
                };
                say(
                    world,
                    &name,
                    format!("is not created, and nobody tries again. {why}"),
                );
            }
            return;
        };
        unit.come(place, now);
        unit.stage = Stage::Starting;
        let why = said.first().map(|said| format!("{said}. "));
        let how = if was_lost {
            "is restarted"
        } else {
            "is placed"
        };
        let why = why.unwrap_or_default();
        say(
            world,
            &name,
            format!("{how} on {host} as a whole, and boots. {why}").trim_end(),
        );
        self.wait(world, number, BOOT);
    }

    fn migrate(&mut self, world: &mut World) {
        let found = self.site.newest(|unit| unit.stage == Stage::Running);
        let found = found.and_then(|unit| Some((unit.number, unit.name.clone(), unit.place?)));
        let Some((number, name, from)) = found else {
            return say(
                world,
                "manager",
                "has no running virtual machine of yours to move",
            );
        };
        let (place, said) = self.choose(Some(from.machine));
        let to = place.map(|place| self.site.name(place.machine));
        let Some(unit) = self.site.unit(number) else {
            return;
        };
        unit.touched = Some(world.now());
        let Some(to) = to else {
            let why = if said.is_empty() {
                "No other host is on".into()
            } else {
                said.join(". ")
            };
            return say(world, &name, format!("stays where it is. {why}"));
        };
        (unit.stage, unit.kept) = (Stage::Moving, place);
        say(
            world,
            &name,
            format!("moves to {to} while it runs: its memory is copied, {MEMORY}Gi of it"),
        );
        self.wait(world, number, COPY);
    }

    fn fail(&mut self, world: &mut World) {
        let Some(host) = self.site.to_fail() else {
            return say(world, "manager", "has no host left that could fail");
        };
        let names = self.site.fail(world, host);
        let name = self.site.name(host);
        let message = format!("fails, and takes {} along, whole", all_of(&names));
        tell(world, Actor::Hypervisor, "Host", &name, message);
        world.wake(HEARTBEATS, Wake::Noticed(host).into());
        world.wake(REPAIR, Wake::Repaired(Yard::Hypervisor, host).into());
    }

    /// The manager restarts elsewhere what a host took along.
    pub(super) fn notice(&mut self, world: &mut World, host: usize) {
        if !self.site.is_on(host) {
            let name = self.site.name(host);
            tell(
                world,
                Actor::Hypervisor,
                "Host",
                &name,
                "is silent: the manager restarts its virtual machines elsewhere",
            );
            self.restart(world, |place| place.machine == host);
        }
    }

    /// What a host took along that the manager knows of gets a place as soon as there is one.
    fn restart_lost(&mut self, world: &mut World) {
        if self.choose(None).0.is_some() {
            let machines = self.site.machines.clone();
            let now = world.now();
            self.restart(world, |place| {
                let off = machines.get(place.machine).and_then(|(_, off)| *off);
                off.is_none_or(|off| now.since(off) >= HEARTBEATS)
            });
        }
    }

    fn restart(&mut self, world: &mut World, is_known: impl Fn(Place) -> bool) {
        let cause = world.cause();
        let lost = self
            .site
            .units
            .iter()
            .filter(|unit| unit.stage == Stage::Lost);
        let lost = lost.filter(|unit| unit.place.is_none_or(&is_known));
        let lost: Vec<u32> = lost.map(|unit| unit.number).collect();
        for number in lost {
            self.place(world, number, true);
            world.set_cause(cause);
        }
    }

    /// Somebody has repaired a host.
    pub(super) fn repaired(&mut self, world: &mut World, host: usize) {
        self.site.repair(host);
        let name = self.site.name(host);
        tell(
            world,
            Actor::Hypervisor,
            "Host",
            &name,
            "is repaired, and has room again",
        );
        self.restart_lost(world);
    }
}

fn say(world: &mut World, name: &str, message: impl Into<Rc<str>>) {
    tell(world, Actor::Hypervisor, "VirtualMachine", name, message);
}
