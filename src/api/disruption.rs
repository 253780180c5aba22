//! PodDisruptionBudgets as their controller and the Eviction API see them. Models `policy/v1`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::meta::ObjectMeta;
use super::pod::Condition;
use super::selector::LabelSelector;
use super::view::view;
use super::workloads::IntOrPercent;

view! {
    /// How many Pods may be disrupted.
    pub struct PodDisruptionBudget {
        /// Name, generation.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: PodDisruptionBudgetSpec,
        /// What is allowed now.
        pub status: PodDisruptionBudgetStatus,
    }

    /// What a budget wants.
    pub struct PodDisruptionBudgetSpec {
        /// Which Pods; absent: none.
        pub selector: Option<LabelSelector>,
        /// So many are to be Ready.
        pub min_available: Option<IntOrPercent>,
        /// So many needn't be.
        pub max_unavailable: Option<IntOrPercent>,
        /// `IfHealthyBudget`, or `AlwaysAllow`: whether those that aren't Ready may go in any case.
        pub unhealthy_pod_eviction_policy: Rc<str>,
    }

    /// What a budget allows now.
    pub struct PodDisruptionBudgetStatus {
        /// Which generation was acted on.
        pub observed_generation: i64,
        /// So many Pods may go.
        pub disruptions_allowed: i64,
        /// Pods that are Ready and stay.
        pub current_healthy: i64,
        /// So many of them are wanted.
        pub desired_healthy: i64,
        /// Pods that there are to be.
        pub expected_pods: i64,
        /// Pods that were evicted and aren't known to be on their way out yet: by name, since when.
        pub disrupted_pods: BTreeMap<Rc<str>, Rc<str>>,
        /// `DisruptionAllowed`
        pub conditions: Vec<Condition>,
    }
}
