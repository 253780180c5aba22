//! Machines side by side, each with places, and units that stand in them. A unit is in one place or in none; what
//! befalls its machine befalls all of it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::cluster::{SimTime, TimerId, World};

/// Machines, and the units on them and on their way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Names, and since when each is off.
    pub machines: Vec<(Rc<str>, Option<SimTime>)>,
    /// The oldest first.
    pub units: Vec<Unit>,
    /// Number of the next one.
    next: u32,
}

/// What is placed as one piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Tells it from all others there ever were.
    pub number: u32,
    /// `vm-3`
    pub name: Rc<str>,
    /// Did a person ask for it? Else it was there before.
    pub is_yours: bool,
    /// What becomes of it.
    pub stage: Stage,
    /// Where it stands.
    pub place: Option<Place>,
    /// The place that is kept for it elsewhere.
    pub kept: Option<Place>,
    /// Since when it is there.
    pub asked: SimTime,
    /// When it came to its place, and from which; from none, if it is new.
    pub came: Option<(SimTime, Option<Place>)>,
    /// When a deed took it, or brought it about.
    pub touched: Option<SimTime>,
    /// What it waits for.
    pub(super) timer: Option<TimerId>,
}

/// A machine, and which of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Counted from 0.
    pub machine: usize,
    /// Counted from 0, from the left.
    pub slot: usize,
}

/// What becomes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It has no place yet.
    Asked,
    /// It has one, and its image comes there.
    Pulling,
    /// It starts.
    Starting,
    /// It runs.
    Running,
    /// It runs, and is copied to another machine.
    Moving,
    /// It is told to end.
    Stopping,
    /// It went with its machine.
    Lost,
    /// Nobody had room for it.
    Refused,
}

impl Site {
    /// Machines of these names, and units that run in the first one's places from the beginning.
    pub(super) fn new(machines: &[&str], units: &[&str]) -> Self {
        let machines = machines.iter().map(|name| (Rc::from(*name), None));
        let mut site = Site {
            machines: machines.collect(),
            units: Vec::new(),
            next: 0,
        };
        for (slot, name) in units.iter().enumerate() {
            let number = site.add(name, SimTime::ZERO);
            if let Some(unit) = site.unit(number) {
                unit.is_yours = false;
                unit.touched = None;
                unit.stage = Stage::Running;
                unit.place = Some(Place { machine: 0, slot });
            }
        }
        site
    }

    /// One that is asked for. Its number.
    pub(super) fn add(&mut self, name: &str, now: SimTime) -> u32 {
        let number = self.next;
        self.next += 1;
        self.units.push(Unit {
            number,
            name: name.into(),
            is_yours: true,
            stage: Stage::Asked,
            place: None,
            kept: None,
            asked: now,
            came: None,
            touched: Some(now),
            timer: None,
        });
        number
    }

    /// The unit of this number, if it is still there.
    pub(super) fn unit(&mut self, number: u32) -> Option<&mut Unit> {
        self.units.iter_mut().find(|unit| unit.number == number)
    }

    /// The newest that a person asked for and that is in this state.
    pub(super) fn newest(&self, is: impl Fn(&Unit) -> bool) -> Option<&Unit> {
        self.units
            .iter()
            .rev()
            .find(|unit| unit.is_yours && is(unit))
    }

    /// How many a person asked for that aren't lost for good.
    pub(super) fn yours(&self, counts: impl Fn(Stage) -> bool) -> usize {
        let yours = self.units.iter().filter(|unit| unit.is_yours);
        yours.filter(|unit| counts(unit.stage)).count()
    }

    /// Is the machine on?
    pub fn is_on(&self, machine: usize) -> bool {
        self.machines
            .get(machine)
            .is_some_and(|(_, off)| off.is_none())
    }

    /// Those that are on, the first first.
    pub(super) fn on(&self) -> impl Iterator<Item = usize> {
        (0..self.machines.len()).filter(|machine| self.is_on(*machine))
    }

    /// Its name.
    pub fn name(&self, machine: usize) -> Rc<str> {
        let found = self.machines.get(machine);
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// Places of a machine that are taken or kept.
    pub fn taken(&self, machine: usize) -> impl Iterator<Item = usize> {
        let places = self.units.iter().flat_map(|unit| [unit.place, unit.kept]);
        let its = places
            .flatten()
            .filter(move |place| place.machine == machine);
        its.map(|place| place.slot)
    }

    /// Its first free place.
    pub(super) fn free(&self, machine: usize) -> Place {
        let is_free = |slot: &usize| self.taken(machine).all(|taken| taken != *slot);
        let slot = (0..).find(is_free).unwrap_or_default();
        Place { machine, slot }
    }

    /// The machine that fails: where the newest unit is, else the first.
    pub(super) fn to_fail(&self) -> Option<usize> {
        let on = |unit: &Unit| unit.place.is_some_and(|place| self.is_on(place.machine));
        let newest = self.newest(on).and_then(|unit| unit.place);
        newest
            .map(|place| place.machine)
            .or_else(|| self.on().next())
    }

    /// A machine goes off, and all units on it, whole. Their names.
    pub(super) fn fail(&mut self, world: &mut World, machine: usize) -> Vec<Rc<str>> {
        let now = world.now();
        if let Some((_, off)) = self.machines.get_mut(machine) {
            *off = Some(now);
        }
        let mut names = Vec::new();
        // What was ending there has ended.
        let is_over = |unit: &Unit| unit.stage == Stage::Stopping && unit.is_on(machine);
        self.units.retain(|unit| !is_over(unit));
        for unit in &mut self.units {
            let kept = unit.kept.take_if(|kept| kept.machine == machine);
            let is_on_it = unit.is_on(machine);
            if !is_on_it && kept.is_none() {
                continue;
            }
            unit.stop_waiting(world);
            if is_on_it {
                (unit.stage, unit.kept, unit.touched) = (Stage::Lost, None, Some(now));
                names.push(unit.name.clone());
            } else {
                // It was only on its way there.
                unit.stage = Stage::Running;
            }
        }
        names
    }

    /// A machine is on again, with nothing on it.
    pub(super) fn repair(&mut self, machine: usize) {
        if let Some((_, off)) = self.machines.get_mut(machine) {
            *off = None;
        }
        for unit in &mut self.units {
            unit.place.take_if(|place| place.machine == machine);
        }
    }

    /// Whoever was refused is no longer shown.
    pub(super) fn forget_refused(&mut self) {
        self.units.retain(|unit| unit.stage != Stage::Refused);
    }

    /// It is gone.
    pub(super) fn remove(&mut self, number: u32) {
        self.units.retain(|unit| unit.number != number);
    }
}

impl Unit {
    /// Does it stand on this machine?
    fn is_on(&self, machine: usize) -> bool {
        self.place.is_some_and(|place| place.machine == machine)
    }

    /// What it waited for doesn't come.
    pub(super) fn stop_waiting(&mut self, world: &mut World) {
        if let Some(timer) = self.timer.take() {
            world.cancel(timer);
        }
    }

    /// It comes to a place, from where it was.
    pub(super) fn come(&mut self, place: Place, now: SimTime) {
        self.came = Some((now, self.place));
        (self.place, self.kept) = (Some(place), None);
    }
}

/// `a`, `a and b`, `a, b and c`
pub(super) fn all_of(names: &[Rc<str>]) -> String {
    match names {
        [] => "nothing".into(),
        [one] => one.to_string(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
