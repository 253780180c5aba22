//! Hypervisor hosts and the virtual machines on them: what a node stands on.
//! Ours: below Kubernetes, so that a learner sees that a Node is somebody's computer.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::meta::Labels;

/// A hypervisor host: a physical computer that runs virtual machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Unique among hosts.
    pub name: Rc<str>,
}

/// A virtual machine, and the Node that its kubelet registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The Node's name too.
    pub name: Rc<str>,
    /// The host that it runs on.
    pub host: Rc<str>,
    /// Processors, in milli-CPU.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// How many Pods its kubelet admits.
    pub pods: i64,
    /// Labels of the Node, besides those that a kubelet sets.
    pub labels: Labels,
    /// Taints of the Node, as `key=value:Effect`.
    pub taints: Vec<Rc<str>>,
}

/// All hosts and machines in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machines {
    /// Hosts, oldest first.
    pub hosts: Vec<Host>,
    /// Virtual machines, oldest first.
    pub machines: Vec<Machine>,
}

impl Machines {
    /// The lab cluster of the lessons: three nodes of 2 CPU, 4Gi and 110 Pods on two hosts.
    pub fn lab() -> Self {
        let machine = |name: &str, host: &str, zone: &str| Machine {
            name: name.into(),
            host: host.into(),
            cpu_milli: 2000,
            memory_bytes: 4 << 30,
            pods: 110,
            labels: [("topology.kubernetes.io/zone".into(), zone.into())].into(),
            taints: Vec::new(),
        };
        Machines {
            hosts: vec![
                Host {
                    name: "host-1".into(),
                },
                Host {
                    name: "host-2".into(),
                },
            ],
            machines: vec![
                machine("node-1", "host-1", "a"),
                machine("node-2", "host-1", "b"),
                machine("node-3", "host-2", "c"),
            ],
        }
    }

    /// The machine called `name`.
    pub fn get(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|machine| &*machine.name == name)
    }
}
