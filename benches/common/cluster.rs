//! The machines of a large cluster: 8 CPUs and 32Gi each, 50 on a host, in three zones.

use podarium::cluster::Setup;
use podarium::machine::{Host, Machine, Machines};

/// The page's setup with so many nodes.
pub fn setup(nodes: usize) -> Setup {
    let machine = |index: usize| Machine {
        name: format!("node-{index}").into(),
        host: format!("host-{}", index / 50).into(),
        cpu_milli: 8000,
        memory_bytes: 32 << 30,
        pods: 110,
        labels: [(
            "topology.kubernetes.io/zone".into(),
            format!("zone-{}", index % 3).into(),
        )]
        .into(),
        taints: Vec::new(),
    };
    let host = |index: usize| Host {
        name: format!("host-{index}").into(),
    };
    Setup {
        machines: Machines {
            hosts: (0..nodes.div_ceil(50)).map(host).collect(),
            machines: (0..nodes).map(machine).collect(),
        },
        ..Setup::default()
    }
}
