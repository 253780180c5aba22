//! The CronJob as its controller sees it. Models `batch/v1` `CronJob`, `CronJobSpec`, `CronJobStatus`.
//! Left out: `jobTemplate`, which goes into Jobs as a whole.

use std::rc::Rc;

use super::meta::ObjectMeta;
use super::view::view;
use crate::cluster::SimTime;

view! {
    /// A CronJob.
    pub struct CronJob {
        /// Name, creation.
        pub metadata: ObjectMeta,
        /// What is wanted.
        pub spec: CronJobSpec,
        /// What its controller remembers.
        pub status: CronJobStatus,
    }

    /// What is wanted of a CronJob.
    pub struct CronJobSpec {
        /// `*/5 * * * *`
        pub schedule: Rc<str>,
        /// Whose clock that is.
        pub time_zone: Option<Rc<str>>,
        /// So late a Job may begin.
        pub starting_deadline_seconds: Option<i64>,
        /// `Allow`, `Forbid`, `Replace`: what happens while the last Job still runs.
        pub concurrency_policy: Rc<str>,
        /// No new Jobs.
        pub suspend: bool,
        /// How many Jobs stay that were a success.
        pub successful_jobs_history_limit: Option<i64>,
        /// How many stay that weren't.
        pub failed_jobs_history_limit: Option<i64>,
    }

    /// What its controller remembers.
    pub struct CronJobStatus {
        /// Jobs that run.
        pub active: Vec<ActiveJob>,
        /// The moment, going by the schedule, of the last Job.
        pub last_schedule_time: Option<SimTime>,
        /// When the last success was.
        pub last_successful_time: Option<SimTime>,
    }

    /// A Job that runs.
    pub struct ActiveJob {
        /// Its name.
        pub name: Rc<str>,
        /// UUID, as text.
        pub uid: Rc<str>,
    }
}
