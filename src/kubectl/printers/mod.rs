//! The server's tables, one file per group of kinds: which columns a kind has and what stands in them.
//! Models `pkg/printers/internalversion/printers.go`. Left out: kinds that no v1.36 server serves by
//! default. The server always fills the wide columns; kubectl shows them or doesn't ([`table`]).

/// Headers and rows.
pub mod table;

/// Pods.
mod pods;

/// What keeps Pods.
mod workloads;

/// Services, what is behind them and in front of them.
mod services;

/// Nodes and what belongs to them.
mod nodes;

/// Namespaces, configuration, quotas.
mod config;

/// Events.
mod events;

/// Volumes, claims, classes.
mod storage;

/// Bindings of roles.
mod rbac;

/// What extends or guards the API.
mod admission;

use crate::api::Value;
use crate::api::schema::Kind;
use crate::cluster::SimTime;
use table::{Columns, name_and_creation};

pub use config::source as metric_source;
pub use nodes::roles as node_roles;
pub use pods::status as pod_status;
pub use services::{host_port, load_balancers};
pub use storage::{DEFAULT_CLASS, access_modes, class as storage_class_of};

/// The columns of a kind.
pub fn columns(kind: Kind) -> Columns {
    let found = match kind.group() {
        "" | "events.k8s.io" => core(kind.kind()),
        "apps" | "batch" | "autoscaling" | "policy" => workloads::columns(kind.kind()),
        "networking.k8s.io" | "discovery.k8s.io" => services::columns(kind.kind()),
        "storage.k8s.io" => storage::columns(kind.kind()),
        "rbac.authorization.k8s.io" => rbac::columns(kind.kind()),
        "node.k8s.io" | "coordination.k8s.io" => nodes::columns(kind.kind()),
        "scheduling.k8s.io" => config::columns(kind.kind()),
        _ => admission::columns(kind.kind()),
    };
    let (names, cells) = found.unwrap_or(("Name,Created At", name_and_creation));
    Columns { names, cells }
}

/// Columns and cells, as each file has them.
type Found = Option<(&'static str, fn(&Value, SimTime) -> Vec<String>)>;

fn core(kind: &str) -> Found {
    Some(match kind {
        "Pod" => (pods::COLUMNS, pods::cells),
        "Event" => (events::COLUMNS, events::cells),
        "ReplicationController" | "PodTemplate" => return workloads::columns(kind),
        "Service" | "Endpoints" => return services::columns(kind),
        "Node" => return nodes::columns(kind),
        "PersistentVolume" | "PersistentVolumeClaim" => return storage::columns(kind),
        _ => return config::columns(kind),
    })
}
