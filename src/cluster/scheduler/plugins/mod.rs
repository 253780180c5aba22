//! The scheduler's plugins, one file each under upstream's name. Models
//! `pkg/scheduler/framework/plugins`.
//!
//! A new one is a unit struct that implements [`Plugin`] and a line in [`PLUGINS`].

use super::framework::Plugin;

mod dynamic_resources;
mod image_locality;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
mod node_resources_fit;
mod node_unschedulable;
mod scheduling_gates;
mod taint_toleration;

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
    &dynamic_resources::DynamicResources,
    &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
    &image_locality::ImageLocality,
    &dynamic_resources::NodeDeclaredFeatures,
];

/// The plugin of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Plugin> {
    let found = PLUGINS.iter().find(|plugin| plugin.name() == name);
    found.copied()
}
