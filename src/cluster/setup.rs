//! What a world starts from: one public value, saved with every journal and link.

use serde::{Deserialize, Serialize};

use super::{Input, Latencies, SimTime};
use crate::machine::Machines;

/// What a world starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Hosts and machines that are there at t = 0.
    pub machines: Machines,
    /// How long things take.
    pub latencies: Latencies,
    /// What stands behind the kubelets.
    pub runtime: Runtime,
    /// Does the scheduler run?
    pub scheduler: bool,
    /// Do the controllers run?
    pub controllers: bool,
    /// Does the ServiceAccount admission plugin mount a token into each Pod?
    pub service_account_admission: bool,
    /// Are the Services there by which Pods find the API server and the DNS server? A saved world may be older
    /// than they are.
    #[serde(default)]
    pub control_plane_services: bool,
    /// What is done to it without anybody, in the order of the moments: a lesson's start state and its timed faults.
    #[serde(default)]
    pub plan: Vec<Planned>,
}

/// Something that is done to the world at a fixed moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub at: SimTime,
    /// What.
    pub input: Input,
}

/// The container runtime behind every kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Runtime {
    /// The page's: images and programs of the catalogue.
    Catalogue,
    /// Understands the recorded kubelet cases' `SIM` variables and image words.
    Scripted,
    /// Pods are Ready as soon as they are bound.
    Instant,
}

impl Default for Setup {
    /// The page's: the lab cluster with everything running.
    fn default() -> Self {
        Setup {
            machines: Machines::lab(),
            latencies: Latencies::default(),
            runtime: Runtime::Catalogue,
            scheduler: true,
            controllers: true,
            service_account_admission: true,
            control_plane_services: true,
            plan: Vec::new(),
        }
    }
}
