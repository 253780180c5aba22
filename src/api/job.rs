//! The Job as its controller sees it. Models `batch/v1` `Job`, `JobSpec`, `JobStatus`.
//! Left out: `template`, which goes into Pods as a whole; `manualSelector`, which only defaults read.

use std::rc::Rc;

use super::meta::ObjectMeta;
use super::pod::Condition;
use super::selector::LabelSelector;
use super::view::view;
use crate::cluster::SimTime;

view! {
    /// A Job.
    pub struct Job {
        /// Name, owner, generation.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: JobSpec,
        /// What its controller has counted.
        pub status: JobStatus,
    }

    /// What is wanted of a Job.
    pub struct JobSpec {
        /// How many Pods at the same time.
        pub parallelism: i64,
        /// How many successes; none for a work queue, of which the first success counts.
        pub completions: Option<i64>,
        /// `NonIndexed`, `Indexed`
        pub completion_mode: Rc<str>,
        /// So many failures are borne.
        pub backoff_limit: i64,
        /// The same for each index.
        pub backoff_limit_per_index: Option<i64>,
        /// So many failed indexes are borne.
        pub max_failed_indexes: Option<i64>,
        /// So long it may run.
        pub active_deadline_seconds: Option<i64>,
        /// So long it stays when it is finished.
        pub ttl_seconds_after_finished: Option<i64>,
        /// No Pods now.
        pub suspend: bool,
        /// What a failure of a Pod means.
        pub pod_failure_policy: Option<PodFailurePolicy>,
        /// When an Indexed Job is a success before all its indexes are.
        pub success_policy: Option<SuccessPolicy>,
        /// `TerminatingOrFailed`, `Failed`: when a Pod is replaced.
        pub pod_replacement_policy: Rc<str>,
        /// Another controller, if it isn't the one here.
        pub managed_by: Option<Rc<str>>,
        /// Its Pods.
        pub selector: LabelSelector,
    }

    /// What a failure of a Pod means: the first rule that fits counts.
    pub struct PodFailurePolicy {
        /// Tried in order.
        pub rules: Vec<PodFailurePolicyRule>,
    }

    /// One such rule.
    pub struct PodFailurePolicyRule {
        /// `Ignore`, `Count`, `FailJob`, `FailIndex`
        pub action: Rc<str>,
        /// By exit code.
        pub on_exit_codes: Option<OnExitCodes>,
        /// By conditions of the Pod.
        pub on_pod_conditions: Option<Vec<OnPodConditionsPattern>>,
    }

    /// Exit codes that a rule fits.
    pub struct OnExitCodes {
        /// Only of this container.
        pub container_name: Option<Rc<str>>,
        /// `In`, `NotIn`
        pub operator: Rc<str>,
        /// Exit codes.
        pub values: Vec<i64>,
    }

    /// A condition that a rule fits.
    pub struct OnPodConditionsPattern {
        /// `DisruptionTarget`
        #[name = "type"]
        pub kind: Rc<str>,
        /// `True`, `False`, `Unknown`
        pub status: Rc<str>,
    }

    /// When a Job is a success before all its indexes are: the first rule that fits counts.
    pub struct SuccessPolicy {
        /// Tried in order.
        pub rules: Vec<SuccessPolicyRule>,
    }

    /// One such rule.
    pub struct SuccessPolicyRule {
        /// `0,2-5`
        pub succeeded_indexes: Option<Rc<str>>,
        /// How many of them, or of all.
        pub succeeded_count: Option<i64>,
    }

    /// What its controller has counted.
    pub struct JobStatus {
        /// Pods that are Pending or Running, and not on their way out.
        pub active: i64,
        /// Those of them that are Ready.
        pub ready: Option<i64>,
        /// Pods on their way out.
        pub terminating: Option<i64>,
        /// Pods that succeeded; of an Indexed Job, indexes.
        pub succeeded: i64,
        /// Pods that failed.
        pub failed: i64,
        /// `0,2-5`
        pub completed_indexes: Rc<str>,
        /// The same, with a limit for each index.
        pub failed_indexes: Option<Rc<str>>,
        /// Pods that ended, but aren't in the counters yet.
        pub uncounted_terminated_pods: UncountedTerminatedPods,
        /// `Suspended`, `SuccessCriteriaMet`, `FailureTarget`, `Complete`, `Failed`
        pub conditions: Vec<Condition>,
        /// When it began, or went on.
        pub start_time: Option<SimTime>,
        /// When it was a success.
        pub completion_time: Option<SimTime>,
    }

    /// Pods that ended, but aren't in the counters yet: uids.
    pub struct UncountedTerminatedPods {
        /// With success.
        pub succeeded: Vec<Rc<str>>,
        /// Without.
        pub failed: Vec<Rc<str>>,
    }
}

impl Job {
    /// Is there one Pod for each index?
    pub fn is_indexed(&self) -> bool {
        &*self.spec.completion_mode == "Indexed"
    }

    /// The condition of this type, if it is `True`.
    pub fn true_condition(&self, kind: &str) -> Option<&Condition> {
        let mut conditions = self.status.conditions.iter();
        conditions.find(|condition| &*condition.kind == kind && &*condition.status == "True")
    }

    /// `Complete` or `Failed`, when it is over. Models `FinishedCondition`.
    pub fn finished(&self) -> Option<&Condition> {
        let over = ["Complete", "Failed"];
        let mut conditions = self.status.conditions.iter();
        conditions.find(|one| over.contains(&&*one.kind) && &*one.status == "True")
    }
}
