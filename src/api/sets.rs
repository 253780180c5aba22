//! StatefulSets, DaemonSets and ControllerRevisions as their controllers see them. Models `apps/v1`.
//! Left out: `template` and `volumeClaimTemplates`, which go into Pods and claims as a whole.

use std::rc::Rc;

use super::meta::ObjectMeta;
use super::selector::LabelSelector;
use super::view::view;
use super::workloads::IntOrPercent;

view! {
    /// A StatefulSet.
    pub struct StatefulSet {
        /// Name, annotations.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: StatefulSetSpec,
        /// What is there.
        pub status: StatefulSetStatus,
    }

    /// What a StatefulSet wants.
    pub struct StatefulSetSpec {
        /// So many Pods.
        pub replicas: i64,
        /// The Service that its Pods' names are below.
        pub service_name: Rc<str>,
        /// Which Pods may be its own.
        pub selector: LabelSelector,
        /// `OrderedReady`, or `Parallel`: none waits for another.
        pub pod_management_policy: Rc<str>,
        /// How new Pods take the place of old ones.
        pub update_strategy: StatefulSetUpdateStrategy,
        /// Seconds that a Pod has to be Ready until it counts as available.
        pub min_ready_seconds: i64,
        /// How many old revisions are kept.
        pub revision_history_limit: Option<i64>,
        /// The numbers of its Pods.
        pub ordinals: StatefulSetOrdinals,
        /// What becomes of claims.
        pub persistent_volume_claim_retention_policy: RetentionPolicy,
    }

    /// How new Pods take the place of old ones.
    pub struct StatefulSetUpdateStrategy {
        /// `RollingUpdate`, or `OnDelete`: when somebody deletes the old one.
        #[name = "type"]
        pub kind: Rc<str>,
        /// Of `RollingUpdate`.
        pub rolling_update: Option<RollingUpdateStatefulSet>,
    }

    /// How far an update goes.
    pub struct RollingUpdateStatefulSet {
        /// Pods below this number stay as they are.
        pub partition: i64,
    }

    /// The numbers of a StatefulSet's Pods.
    pub struct StatefulSetOrdinals {
        /// The first one.
        pub start: i64,
    }

    /// What becomes of claims: `Retain`, `Delete`.
    pub struct RetentionPolicy {
        /// When the set goes.
        pub when_deleted: Rc<str>,
        /// When it becomes smaller.
        pub when_scaled: Rc<str>,
    }

    /// What is there of a StatefulSet.
    pub struct StatefulSetStatus {
        /// Which generation was acted on.
        pub observed_generation: i64,
        /// Pods that are there.
        pub replicas: i64,
        /// Those that are Ready.
        pub ready_replicas: i64,
        /// Those of the old revision.
        pub current_replicas: i64,
        /// Those of the new one.
        pub updated_replicas: i64,
        /// Those that have been Ready for long enough.
        pub available_replicas: i64,
        /// Name of the old revision.
        pub current_revision: Rc<str>,
        /// Name of the new one.
        pub update_revision: Rc<str>,
        /// How often two revisions had one name.
        pub collision_count: Option<i64>,
    }

    /// A DaemonSet.
    pub struct DaemonSet {
        /// Name, annotations.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: DaemonSetSpec,
        /// What is there.
        pub status: DaemonSetStatus,
    }

    /// What a DaemonSet wants.
    pub struct DaemonSetSpec {
        /// Which Pods may be its own.
        pub selector: LabelSelector,
        /// How new Pods take the place of old ones.
        pub update_strategy: DaemonSetUpdateStrategy,
        /// Seconds that a Pod has to be Ready until it counts as available.
        pub min_ready_seconds: i64,
        /// How many old revisions are kept.
        pub revision_history_limit: Option<i64>,
    }

    /// How new Pods take the place of old ones.
    pub struct DaemonSetUpdateStrategy {
        /// `RollingUpdate`, or `OnDelete`: when somebody deletes the old one.
        #[name = "type"]
        pub kind: Rc<str>,
        /// Of `RollingUpdate`.
        pub rolling_update: RollingUpdateDaemonSet,
    }

    /// By how much an update may miss one Pod a Node.
    pub struct RollingUpdateDaemonSet {
        /// So many Nodes may be without.
        pub max_unavailable: IntOrPercent,
        /// So many Nodes may have two.
        pub max_surge: IntOrPercent,
    }

    /// What is there of a DaemonSet.
    pub struct DaemonSetStatus {
        /// Which generation was acted on.
        pub observed_generation: i64,
        /// Nodes that are to have a Pod.
        pub desired_number_scheduled: i64,
        /// Those of them that have one.
        pub current_number_scheduled: i64,
        /// Nodes that have one and shouldn't.
        pub number_misscheduled: i64,
        /// Nodes on which it is Ready.
        pub number_ready: i64,
        /// Nodes on which it is of the new revision.
        pub updated_number_scheduled: i64,
        /// Nodes on which it has been Ready for long enough.
        pub number_available: i64,
        /// Nodes on which it hasn't.
        pub number_unavailable: i64,
        /// How often two revisions had one name.
        pub collision_count: Option<i64>,
    }

    /// A ControllerRevision.
    pub struct ControllerRevision {
        /// Name, labels, owner.
        pub metadata: ObjectMeta,
        /// Its number: the latest has the greatest.
        pub revision: i64,
    }
}
