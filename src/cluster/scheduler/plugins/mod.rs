//! The scheduler's plugins, one file each under upstream's name. Models
//! `pkg/scheduler/framework/plugins`.
//!
//! A new one is a unit struct that implements [`Plugin`] and a line in [`PLUGINS`].

use super::framework::{Plugin, Waiting};
use super::queue::{Actions, ClusterEvent};

mod dynamic_resources;
mod image_locality;
mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
mod node_resources_fit;
mod node_unschedulable;
mod node_volume_limits;
mod pod_topology_spread;
mod scheduling_gates;
mod taint_toleration;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;

pub use node_affinity::{RequiredNodeAffinity, selects_labels};
pub use taint_toleration::is_kept_away;

/// What a kubelet asks about a Pod that comes to its node. Models `AdmissionCheck`,
/// `pkg/scheduler/eventhandlers.go`, and what `pkg/kubelet/lifecycle` takes from the plugins.
pub mod checks {
    pub use super::node_affinity::ERR_REASON_POD as ERR_REASON_AFFINITY;
    pub use super::node_ports::{ERR_REASON as ERR_REASON_PORTS, fits as ports_fit};
    pub use super::node_resources_fit::{InsufficientResource, insufficient_resources};
    pub use super::taint_toleration::{ERR_REASON_NOT_MATCH as ERR_REASON_TAINT, tolerates};
}

/// The default profile, in the order in which filters run.
/// Models `getDefaultPlugins` in `pkg/scheduler/apis/config/v1/default_plugins.go`.
pub const PLUGINS: &[&dyn Plugin] = &[
    &scheduling_gates::SchedulingGates,
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &node_resources_fit::NodeResourcesFit,
    &volume_restrictions::VolumeRestrictions,
    &node_volume_limits::NodeVolumeLimits,
    &volume_binding::VolumeBinding,
    &volume_zone::VolumeZone,
    &pod_topology_spread::PodTopologySpread,
    &inter_pod_affinity::InterPodAffinity,
    &dynamic_resources::DynamicResources,
    &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
    &image_locality::ImageLocality,
    &dynamic_resources::NodeDeclaredFeatures,
];

/// Plugins that register new Nodes but not their taints: any change of a Node's taints lets a Pod that they rejected
/// be tried again. Models what `buildQueueingHintMap` in `pkg/scheduler/scheduler.go` adds, a mitigation that
/// upstream keeps until it has no `preCheck` any more.
const RETRY_ON_ANY_TAINT: &[&str] = &[
    "NodeName",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "VolumeBinding",
    "VolumeZone",
    "InterPodAffinity",
    "DynamicResources",
    "NodeDeclaredFeatures",
];

/// May what happened help a Pod that the plugin of this name rejected?
pub fn is_worth_requeuing(name: &str, waiting: Waiting, event: &ClusterEvent) -> bool {
    let is_about_taints = event.of_node(Actions::UPDATE_NODE_TAINT).is_some();
    (is_about_taints && RETRY_ON_ANY_TAINT.contains(&name))
        || by_name(name).is_some_and(|plugin| plugin.is_worth_requeuing(waiting, event))
}

/// The plugin of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Plugin> {
    let found = PLUGINS.iter().find(|plugin| plugin.name() == name);
    found.copied()
}
