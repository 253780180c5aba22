//! Where machines stand: hosts side by side, each with bays for its Nodes. What goes leaves an empty
//! bay, what comes takes the first empty one, so that nobody moves because somebody else goes.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::collections::{Map, Set};
use crate::machine::Machines;

/// All hosts from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Racks(Rc<Vec<Rack>>);

/// A host with its bays, or the room that one left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rack {
    /// The host; `None` if it is gone.
    pub host: Option<Rc<str>>,
    /// Nodes by bay; `None` is an empty bay.
    pub bays: Vec<Option<Rc<str>>>,
}

impl Racks {
    /// All hosts from left to right.
    pub fn iter(&self) -> impl Iterator<Item = &Rack> {
        self.0.iter()
    }

    /// Does the Node stand anywhere?
    pub fn holds(&self, node: &str) -> bool {
        self.nodes().any(|name| &**name == node)
    }

    /// All Nodes that stand in a bay.
    pub fn nodes(&self) -> impl Iterator<Item = &Rc<str>> {
        self.0.iter().flat_map(|rack| rack.bays.iter().flatten())
    }

    /// New hosts and machines find their room; hosts that are gone leave theirs.
    pub(super) fn stand(&mut self, machines: &Machines) {
        self.stand_hosts(machines);
        let hosts = self.0.iter().enumerate();
        let hosts: Map<Rc<str>, usize> = hosts
            .filter_map(|(number, rack)| Some((rack.host.clone()?, number)))
            .collect();
        let bays = self.0.iter().enumerate();
        let bays = bays
            .flat_map(|(number, rack)| rack.bays.iter().flatten().map(move |name| (name, number)));
        let standing: Map<Rc<str>, usize> =
            bays.map(|(name, number)| (name.clone(), number)).collect();
        // The first bay of each rack that may be free.
        let mut free = vec![0; self.0.len()];
        for machine in &machines.machines {
            let Some(&rack) = hosts.get(&machine.host) else {
                continue;
            };
            match standing.get(&machine.name) {
                Some(stands) if *stands == rack => continue,
                Some(_) => {
                    self.vacate(|name| *name == machine.name);
                    free.fill(0);
                }
                None => {}
            }
            let bays = &mut Rc::make_mut(&mut self.0)[rack].bays;
            let from = free[rack];
            let bay = bays.iter().skip(from).position(Option::is_none);
            let bay = bay.map_or(bays.len(), |bay| from + bay);
            if bay == bays.len() {
                bays.push(None);
            }
            bays[bay] = Some(machine.name.clone());
            free[rack] = bay + 1;
        }
    }

    /// New hosts take the first racks that are free, one after another.
    fn stand_hosts(&mut self, machines: &Machines) {
        let racks = Rc::make_mut(&mut self.0);
        let hosts = machines.hosts.iter();
        let hosts: Set<&Rc<str>> = hosts.map(|host| &host.name).collect();
        let mut standing: Set<Rc<str>> = Set::new();
        for rack in racks.iter_mut() {
            rack.host = rack.host.take().filter(|name| hosts.contains(name));
            standing.extend(rack.host.clone());
        }
        let mut from = 0;
        for host in &machines.hosts {
            if !standing.insert(host.name.clone()) {
                continue;
            }
            while racks.get(from).is_some_and(|rack| !rack.is_free()) {
                from += 1;
            }
            if from == racks.len() {
                racks.push(Rack::default());
            }
            racks[from].host = Some(host.name.clone());
        }
    }

    /// Empties the bays of these Nodes. Room at the right end is given up.
    pub(super) fn vacate(&mut self, leaves: impl Fn(&Rc<str>) -> bool) {
        for rack in Rc::make_mut(&mut self.0).iter_mut() {
            for bay in rack.bays.iter_mut() {
                *bay = bay.take().filter(|name| !leaves(name));
            }
        }
        while self.0.last().is_some_and(Rack::is_free) {
            Rc::make_mut(&mut self.0).pop();
        }
    }
}

impl Rack {
    fn is_free(&self) -> bool {
        self.host.is_none() && self.bays.iter().all(Option::is_none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(racks: &Racks) -> String {
        let rack = |rack: &Rack| {
            let bays = rack.bays.iter().map(|bay| bay.as_deref().unwrap_or("-"));
            format!(
                "{}: {}",
                rack.host.as_deref().unwrap_or("-"),
                bays.collect::<Vec<_>>().join(" ")
            )
        };
        racks.iter().map(rack).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn an_empty_bay_is_taken_by_the_next_and_nobody_moves() {
        let (mut racks, mut machines) = (Racks::default(), Machines::lab());
        racks.stand(&machines);
        assert_eq!(written(&racks), "host-1: node-1 node-2, host-2: node-3");
        racks.vacate(|name| &**name == "node-1");
        assert_eq!(written(&racks), "host-1: - node-2, host-2: node-3");
        machines.machines[0].name = "node-9".into();
        racks.stand(&machines);
        assert_eq!(written(&racks), "host-1: node-9 node-2, host-2: node-3");
    }

    #[test]
    fn thousands_of_hosts_stand_in_the_order_in_which_they_came_each_once() {
        let host = |number: usize| crate::machine::Host {
            name: format!("host-{number}").as_str().into(),
        };
        let (mut racks, mut machines) = (Racks::default(), Machines::default());
        machines.hosts = (0..3_000).map(host).collect();
        racks.stand(&machines);
        racks.stand(&machines);
        let stand =
            |racks: &Racks| -> Vec<_> { racks.iter().map(|rack| rack.host.clone()).collect() };
        let hosts: Vec<_> = (0..3_000).map(|number| Some(host(number).name)).collect();
        assert_eq!(stand(&racks), hosts);
        // Every third goes; others come, into the room that is free, from the left.
        machines.hosts = (0..3_000)
            .filter(|number| number % 3 != 0)
            .chain(3_000..4_100)
            .map(host)
            .collect();
        racks.stand(&machines);
        let mut others = 3_000..4_100;
        let mut next = || others.next().map(|number| host(number).name);
        let mut meant: Vec<_> = (0..3_000)
            .map(|number| {
                if number % 3 == 0 {
                    next()
                } else {
                    Some(host(number).name)
                }
            })
            .collect();
        meant.extend((0..100).map(|_| next()));
        assert_eq!(stand(&racks), meant);
    }

    #[test]
    fn a_host_that_goes_leaves_its_room_to_the_next() {
        let (mut racks, mut machines) = (Racks::default(), Machines::lab());
        racks.stand(&machines);
        machines
            .machines
            .retain(|machine| &*machine.host != "host-1");
        machines.hosts.remove(0);
        racks.stand(&machines);
        racks.vacate(|name| machines.get(name).is_none());
        assert_eq!(written(&racks), "-: - -, host-2: node-3");
        machines.hosts.push(crate::machine::Host {
            name: "host-3".into(),
        });
        racks.stand(&machines);
        assert_eq!(written(&racks), "host-3: - -, host-2: node-3");
    }
}
