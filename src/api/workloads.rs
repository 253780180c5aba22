//! Workloads as their controllers see them. Models `apps/v1` `ReplicaSet` and `Deployment`, and
//! `core/v1` `ReplicationController`, which upstream's adapter makes a ReplicaSet of.
//! A field stands here only if the world obeys it. Templates of Pods are read from the tree: what a
//! Pod is made of needs no view.

use std::rc::Rc;

use super::meta::{Labels, ObjectMeta};
use super::pod::{Condition, PortRef};
use super::selector::LabelSelector;
use super::view::view;
use crate::cluster::SimTime;

/// A number, or a part of another one in percent. Models `intstr.IntOrString`.
pub type IntOrPercent = PortRef;

view! {
    /// A ReplicaSet, or a ReplicationController.
    pub struct ReplicaSet {
        /// Name, labels, owner.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: ReplicaSetSpec,
        /// What is there.
        pub status: ReplicaSetStatus,
    }

    /// What a ReplicaSet wants.
    pub struct ReplicaSetSpec {
        /// So many Pods.
        pub replicas: i64,
        /// Seconds that a Pod has to be Ready until it counts as available.
        pub min_ready_seconds: i64,
        /// Which Pods may be its own.
        pub selector: LabelSelector,
        /// What its Pods are made of.
        pub template: PodTemplate,
    }

    /// What Pods are made of.
    pub struct PodTemplate {
        /// What they are called.
        pub metadata: PodTemplateMeta,
    }

    /// What is said of Pods to be made.
    pub struct PodTemplateMeta {
        /// Labels.
        pub labels: Labels,
    }

    /// What is there of a ReplicaSet.
    pub struct ReplicaSetStatus {
        /// Pods that are there.
        pub replicas: i64,
        /// Those that have all labels of the template.
        pub fully_labeled_replicas: i64,
        /// Those that are Ready.
        pub ready_replicas: i64,
        /// Those that have been so for long enough.
        pub available_replicas: i64,
        /// Those that are being deleted, which no other number counts; absent before anybody counted.
        pub terminating_replicas: Option<i64>,
        /// Which generation was acted on.
        pub observed_generation: i64,
        /// `ReplicaFailure`
        pub conditions: Vec<Condition>,
    }

    /// A ReplicationController.
    pub struct ReplicationController {
        /// Name, labels, owner.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: ReplicationControllerSpec,
        /// What is there.
        pub status: ReplicaSetStatus,
    }

    /// What a ReplicationController wants.
    pub struct ReplicationControllerSpec {
        /// So many Pods.
        pub replicas: i64,
        /// Seconds that a Pod has to be Ready until it counts as available.
        pub min_ready_seconds: i64,
        /// Labels of the Pods that may be its own.
        pub selector: Labels,
        /// What its Pods are made of.
        pub template: PodTemplate,
    }

    /// A Deployment.
    pub struct Deployment {
        /// Name, labels, annotations.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: DeploymentSpec,
        /// What is there.
        pub status: DeploymentStatus,
    }

    /// What a Deployment wants.
    pub struct DeploymentSpec {
        /// So many Pods.
        pub replicas: i64,
        /// Which ReplicaSets may be its own.
        pub selector: LabelSelector,
        /// Seconds that a Pod has to be Ready until it counts as available.
        pub min_ready_seconds: i64,
        /// Does a change of the template wait?
        pub paused: bool,
        /// Seconds without progress after which it is told.
        pub progress_deadline_seconds: Option<i64>,
        /// How many old ReplicaSets are kept.
        pub revision_history_limit: Option<i64>,
        /// How new Pods take the place of old ones.
        pub strategy: DeploymentStrategy,
        /// What its Pods are made of.
        pub template: PodTemplate,
    }

    /// How new Pods take the place of old ones.
    pub struct DeploymentStrategy {
        /// `RollingUpdate` or `Recreate`
        #[name = "type"]
        pub kind: Rc<str>,
        /// Of `RollingUpdate`.
        pub rolling_update: RollingUpdateDeployment,
    }

    /// By how much a rolling update may miss the number that is wanted.
    pub struct RollingUpdateDeployment {
        /// So many more.
        pub max_surge: IntOrPercent,
        /// So many fewer that are available.
        pub max_unavailable: IntOrPercent,
    }

    /// What is there of a Deployment.
    pub struct DeploymentStatus {
        /// Which generation was acted on.
        pub observed_generation: i64,
        /// Pods that are there.
        pub replicas: i64,
        /// Those of the present template.
        pub updated_replicas: i64,
        /// Those that are Ready.
        pub ready_replicas: i64,
        /// Those that have been so for long enough.
        pub available_replicas: i64,
        /// How many are missing.
        pub unavailable_replicas: i64,
        /// Those that are being deleted, which no other number counts.
        pub terminating_replicas: Option<i64>,
        /// How often two templates had one hash.
        pub collision_count: Option<i64>,
        /// `Available`, `Progressing`, `ReplicaFailure`
        pub conditions: Vec<DeploymentCondition>,
    }

    /// One condition of a Deployment.
    pub struct DeploymentCondition {
        /// `Available`
        #[name = "type"]
        pub kind: Rc<str>,
        /// `True`, `False`, `Unknown`
        pub status: Rc<str>,
        /// One word.
        pub reason: Rc<str>,
        /// A sentence.
        pub message: Rc<str>,
        /// When anything of it changed last; whole seconds.
        pub last_update_time: Option<SimTime>,
        /// When `status` changed last; whole seconds.
        pub last_transition_time: Option<SimTime>,
    }
}

impl From<ReplicationController> for ReplicaSet {
    /// Models `convertRCtoRS` of `pkg/controller/replication/conversion.go`.
    fn from(controller: ReplicationController) -> Self {
        ReplicaSet {
            metadata: controller.metadata,
            spec: ReplicaSetSpec {
                replicas: controller.spec.replicas,
                min_ready_seconds: controller.spec.min_ready_seconds,
                selector: controller.spec.selector.into(),
                template: controller.spec.template,
            },
            status: controller.status,
        }
    }
}

impl IntOrPercent {
    /// The number, or the part of `total`. Models `GetScaledValueFromIntOrPercent`; what is no
    /// percentage, which validation refuses, is nothing.
    pub fn scaled(&self, total: i64, round_up: bool) -> i64 {
        match self {
            PortRef::Number(number) => *number,
            PortRef::Name(text) => {
                let percent = text.strip_suffix('%').and_then(|text| text.parse().ok());
                let product = percent.unwrap_or(0_i64).saturating_mul(total);
                let rest = i64::from(round_up && product.rem_euclid(100) > 0);
                product.div_euclid(100) + rest
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_rounded_as_upstream_does() {
        let percent = IntOrPercent::Name("25%".into());
        assert_eq!(
            (percent.scaled(10, true), percent.scaled(10, false)),
            (3, 2)
        );
        assert_eq!((percent.scaled(4, true), percent.scaled(4, false)), (1, 1));
        assert_eq!(IntOrPercent::Number(7).scaled(3, true), 7);
    }
}
