//! Hosts with a container engine each, as Docker on two machines. An engine starts containers one by one on its own host
//! and knows no other; whatever is to run elsewhere, a person stops here and starts there. Ours; how long images, creation
//! and start take is what kubelets take. Left out: restart policies (they restart on the same host only), limits, networks.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::site::{Site, Stage, all_of};
use super::{Deed, REPAIR, Wake, Yard, tell};
use crate::cluster::{Actor, World};

/// Size of the image, in MB.
const IMAGE_MB: u64 = 40;
/// From SIGTERM until the program has ended, ours.
const STOP: Duration = Duration::from_secs(1);
/// An engine counts no room; the picture has none for more.
const MOST: usize = 12;

/// Hosts and their containers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    /// Where they are.
    pub site: Site,
    /// Hosts that have the image.
    pulled: Vec<bool>,
    /// Containers that are to start on this host, whatever host a person is at.
    elsewhere: Option<(u32, usize)>,
    /// How many there ever were: their names go on.
    made: u32,
}

impl Engine {
    pub(super) fn start() -> Self {
        Engine {
            site: Site::new(&["server-1", "server-2"], &["web", "db"]),
            pulled: vec![false; 2],
            elsewhere: None,
            made: 0,
        }
    }

    pub(super) fn act(&mut self, world: &mut World, deed: Deed) {
        match deed {
            Deed::PlaceOne => self.ask(world),
            Deed::ScaleToThree => self.scale(world, 3),
            Deed::MoveOne => self.carry(world),
            Deed::FailMachine => self.fail(world),
        }
    }

    fn ask(&mut self, world: &mut World) {
        if self.site.units.len() >= MOST {
            return say(
                world,
                "engine",
                "would start more: it counts no room. Here the picture ends",
            );
        }
        self.made += 1;
        let name = match self.made {
            1 => "cache".to_string(),
            number => format!("cache-{number}"),
        };
        self.site.add(&name, world.now());
        self.begin(world);
    }

    /// The next one begins, unless one is on its way.
    fn begin(&mut self, world: &mut World) {
        let is_under_way = |stage| matches!(stage, Stage::Pulling | Stage::Starting);
        if self.site.units.iter().any(|unit| is_under_way(unit.stage)) {
            return;
        }
        let next = self
            .site
            .units
            .iter()
            .find(|unit| unit.stage == Stage::Asked);
        let Some(number) = next.map(|unit| unit.number) else {
            return;
        };
        let elsewhere = self.elsewhere.take_if(|(wanted, _)| *wanted == number);
        let elsewhere = elsewhere
            .map(|(_, host)| host)
            .filter(|host| self.site.is_on(*host));
        let host = elsewhere.or_else(|| self.site.on().next());
        let place = host.map(|host| self.site.free(host));
        let Some(unit) = self.site.unit(number) else {
            return;
        };
        let name = unit.name.clone();
        let Some(place) = place else {
            unit.stage = Stage::Refused;
            return say(world, &name, "is not started: no host is on");
        };
        unit.come(place, world.now());
        let host = self.site.name(place.machine);
        let is_there = self
            .pulled
            .get_mut(place.machine)
            .is_some_and(|is| std::mem::replace(is, true));
        match is_there {
            true => {
                say(
                    world,
                    &name,
                    format!(
                        "is created on {host}, alone: a root filesystem over its image, and namespaces"
                    ),
                );
                self.create(world, number);
            }
            false => {
                say(
                    world,
                    &name,
                    format!("is to run on {host}, and its image comes there first, {IMAGE_MB} MB"),
                );
                let latencies = world.latencies();
                let bytes = IMAGE_MB * 1_000_000_000_000 / latencies.pull_bytes_per_second.max(1);
                let time = latencies.pull_base + Duration::from_micros(bytes);
                self.wait(world, number, Stage::Pulling, time);
            }
        }
    }

    fn create(&mut self, world: &mut World, number: u32) {
        let latencies = world.latencies();
        let time = latencies.container_creation + latencies.container_start;
        self.wait(world, number, Stage::Starting, time);
    }

    fn wait(&mut self, world: &mut World, number: u32, stage: Stage, time: Duration) {
        if let Some(unit) = self.site.unit(number) {
            unit.stage = stage;
            unit.timer = Some(world.wake(time, Wake::Container(number).into()));
        }
    }

    /// It comes to its next stage.
    pub(super) fn go_on(&mut self, world: &mut World, number: u32) {
        let Some(unit) = self.site.unit(number) else {
            return;
        };
        unit.timer = None;
        let (name, stage, place) = (unit.name.clone(), unit.stage, unit.place);
        match stage {
            Stage::Pulling => {
                say(
                    world,
                    &name,
                    "is created: a root filesystem over its image, and namespaces",
                );
                self.create(world, number);
            }
            Stage::Starting => {
                unit.stage = Stage::Running;
                let host = place
                    .map(|place| self.site.name(place.machine))
                    .unwrap_or_default();
                say(
                    world,
                    &name,
                    format!("runs: processes of its own, on the kernel of {host}"),
                );
                self.begin(world);
            }
            Stage::Stopping => {
                self.site.remove(number);
                say(
                    world,
                    &name,
                    "is gone: its processes have ended, its files are removed",
                );
                if let Some((_, host)) = self.elsewhere.take_if(|(stopped, _)| *stopped == number) {
                    let another = self.site.add(&name, world.now());
                    self.elsewhere = Some((another, host));
                    self.begin(world);
                }
            }
            _ => {}
        }
    }

    fn scale(&mut self, world: &mut World, wanted: usize) {
        let counts = |stage| !matches!(stage, Stage::Stopping | Stage::Lost);
        let cause = world.cause();
        for _ in self.site.yours(counts)..wanted {
            self.ask(world);
            world.set_cause(cause);
        }
        for _ in wanted..self.site.yours(counts) {
            let found = self.site.newest(|unit| counts(unit.stage));
            let Some((number, name)) = found.map(|unit| (unit.number, unit.name.clone())) else {
                return;
            };
            self.stop(
                world,
                number,
                &name,
                "is told to stop: three are wanted".into(),
            );
            world.set_cause(cause);
        }
        self.begin(world);
    }

    fn stop(&mut self, world: &mut World, number: u32, name: &str, why: String) {
        if let Some(unit) = self.site.unit(number) {
            unit.stop_waiting(world);
            unit.touched = Some(world.now());
        }
        say(world, name, why);
        self.wait(world, number, Stage::Stopping, STOP);
    }

    /// Nothing carries a running container elsewhere: a person stops it, and starts another one there.
    fn carry(&mut self, world: &mut World) {
        let found = self.site.newest(|unit| unit.stage == Stage::Running);
        let found = found.and_then(|unit| Some((unit.number, unit.name.clone(), unit.place?)));
        let Some((number, name, from)) = found else {
            return say(world, "engine", "has no running container of yours to move");
        };
        let Some(host) = self.site.on().find(|host| *host != from.machine) else {
            return say(
                world,
                &name,
                "stays: no other host is on, and its engine knows none",
            );
        };
        self.elsewhere = Some((number, host));
        let there = self.site.name(host);
        let why = format!(
            "is told to stop: a container moves nowhere, so a person will start another one on {there}"
        );
        self.stop(world, number, &name, why);
    }

    fn fail(&mut self, world: &mut World) {
        let Some(host) = self.site.to_fail() else {
            return say(world, "engine", "has no host left that could fail");
        };
        let names = self.site.fail(world, host);
        let name = self.site.name(host);
        let message = format!(
            "fails, and its engine with it: {} are lost until somebody starts others",
            all_of(&names)
        );
        tell(world, Actor::Engine, "Server", &name, message);
        world.wake(REPAIR, Wake::Repaired(Yard::Engine, host).into());
        self.begin(world);
    }

    /// Somebody has repaired a host. Its containers are gone.
    pub(super) fn repaired(&mut self, world: &mut World, host: usize) {
        self.site.repair(host);
        self.site
            .units
            .retain(|unit| unit.stage != Stage::Lost || unit.place.is_some());
        if let Some(pulled) = self.pulled.get_mut(host) {
            *pulled = false;
        }
        let name = self.site.name(host);
        tell(
            world,
            Actor::Engine,
            "Server",
            &name,
            "is repaired, and empty",
        );
        self.begin(world);
    }
}

fn say(world: &mut World, name: &str, message: impl Into<Rc<str>>) {
    tell(world, Actor::Engine, "Container", name, message);
}
