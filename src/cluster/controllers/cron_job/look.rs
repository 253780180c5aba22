//! One look at a CronJob and its Jobs: what ought to happen. Decides; never writes. Models `syncCronJob`
//! and `cleanupFinishedJobs`, `pkg/controller/cronjob/cronjob_controllerv2.go`, and its `utils.go`.

use std::rc::Rc;
use std::time::Duration;

use crate::api::cron::{Schedule, fixed_offset};
use crate::api::cron_job::{ActiveJob, CronJob};
use crate::api::job::Job;
use crate::cluster::{SimTime, calendar};
use crate::order;

/// A look is late by this, so that it never comes too early. `nextScheduleDelta`.
const DELTA: Duration = Duration::from_millis(100);

/// More are told to be too many.
const MANY: u64 = 100;

/// What ought to happen, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An Event: `Normal` or `Warning`, reason, message.
    Tell(&'static str, &'static str, String),
    /// A Job goes.
    Delete(ActiveJob),
    /// A Job comes, the one of this moment.
    Create(SimTime),
}

/// What one look comes to.
#[derive(Debug)]
pub struct Look {
    /// What ought to happen.
    pub steps: Vec<Step>,
    /// The status, as it ought to be; a Job that is made comes in when it is there.
    pub active: Vec<ActiveJob>,
    /// When the last success was.
    pub last_successful_time: Option<SimTime>,
    /// When to look again.
    pub again: Option<Duration>,
    now: SimTime,
}

/// What was missed since the last Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missed {
    /// Counted from here.
    earliest: SimTime,
    /// The last moment that is past.
    latest: Option<SimTime>,
    /// How many there were.
    count: u64,
}

/// Looks.
pub fn look(cron_job: &CronJob, jobs: &[Rc<Job>], now: SimTime) -> Look {
    let mut look = Look {
        steps: Vec::new(),
        active: cron_job.status.active.clone(),
        last_successful_time: cron_job.status.last_successful_time,
        again: None,
        now,
    };
    look.clean_up(cron_job, jobs);
    look.see_jobs(jobs);
    if cron_job.metadata.deletion_timestamp.is_none() && !cron_job.spec.suspend {
        look.follow_schedule(cron_job);
    }
    look
}

impl Look {
    fn tell(&mut self, kind: &'static str, reason: &'static str, message: String) {
        self.steps.push(Step::Tell(kind, reason, message));
    }

    /// Old Jobs go. Models `cleanupFinishedJobs`.
    fn clean_up(&mut self, cron_job: &CronJob, jobs: &[Rc<Job>]) {
        let spec = &cron_job.spec;
        for (kind, limit) in [
            ("Complete", spec.successful_jobs_history_limit),
            ("Failed", spec.failed_jobs_history_limit),
        ] {
            let is_one = |job: &&Rc<Job>| job.finished().is_some_and(|how| &*how.kind == kind);
            let mut over: Vec<&Rc<Job>> = jobs.iter().filter(is_one).collect();
            let Some(limit) = limit else { continue };
            let surplus = over
                .len()
                .saturating_sub(usize::try_from(limit).unwrap_or(0));
            // Those that never began are the last.
            order::sort_by_key(&mut over, |job| {
                (
                    job.status.start_time.unwrap_or(SimTime::MAX),
                    job.metadata.name.clone(),
                )
            });
            for job in &over[..surplus] {
                self.delete(&ActiveJob {
                    name: job.metadata.name.clone(),
                    uid: job.metadata.uid.clone(),
                });
            }
        }
    }

    fn delete(&mut self, job: &ActiveJob) {
        self.steps.push(Step::Delete(job.clone()));
        self.active.retain(|active| active.uid != job.uid);
    }

    /// Jobs that have ended, or are gone.
    fn see_jobs(&mut self, jobs: &[Rc<Job>]) {
        for job in jobs {
            let (name, uid) = (&job.metadata.name, &job.metadata.uid);
            let is_active = self.active.iter().any(|active| active.uid == *uid);
            let Some(how) = job.finished() else {
                if !is_active {
                    let message =
                        format!("Saw a job that the controller did not create or forgot: {name}");
                    self.tell("Warning", "UnexpectedJob", message);
                }
                continue;
            };
            if is_active {
                self.active.retain(|active| active.uid != *uid);
                let message = format!("Saw completed job: {name}, condition: {}", how.kind);
                self.tell("Normal", "SawCompletedJob", message);
            }
            if &*how.kind == "Complete" {
                self.last_successful_time =
                    self.last_successful_time.max(job.status.completion_time);
            }
        }
        for active in self.active.clone() {
            if jobs.iter().all(|job| job.metadata.uid != active.uid) {
                self.active.retain(|one| one.uid != active.uid);
                self.tell(
                    "Normal",
                    "MissingJob",
                    format!("Active job went missing: {}", active.name),
                );
            }
        }
    }

    /// Is a new Job due?
    fn follow_schedule(&mut self, cron_job: &CronJob) {
        let (spec, now) = (&cron_job.spec, self.now);
        let schedule = match schedule(cron_job) {
            Ok(schedule) => schedule,
            Err(why) => {
                let message = format!("unparseable schedule: {:?} : {why}", spec.schedule);
                return self.tell("Warning", "UnparseableSchedule", message);
            }
        };
        if spec.schedule.contains("TZ") {
            let message = format!(
                "CRON_TZ or TZ used in schedule {:?} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
                spec.schedule
            );
            self.tell("Warning", "UnsupportedSchedule", message);
        }
        let deadline = spec.starting_deadline_seconds;
        let missed = match missed(cron_job, &schedule, now, deadline) {
            Ok(missed) => missed,
            Err(why) => {
                let message = format!("invalid schedule: {} : {why}", spec.schedule);
                return self.tell("Warning", "InvalidSchedule", message);
            }
        };
        self.again = Some(next_look(cron_job, &schedule, now));
        let Some(due) = missed.latest.filter(|due| *due <= now) else {
            return;
        };
        if missed.count > MANY {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.tell("Warning", "TooManyMissedTimes", message.into());
        }
        let is_too_late = |seconds: i64| due + Duration::from_secs(seconds.unsigned_abs()) < now;
        let name = job_name(cron_job, due);
        if deadline.is_some_and(is_too_late) {
            let due = calendar::to_rfc1123z(due.unix_seconds());
            self.tell(
                "Warning",
                "MissSchedule",
                format!("Missed scheduled time to start a job: {due}"),
            );
        } else if self.active.iter().any(|active| *active.name == *name)
            || cron_job.status.last_schedule_time == Some(due)
        {
            // It is there already.
        } else if &*spec.concurrency_policy == "Forbid" && !self.active.is_empty() {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            self.tell("Normal", "JobAlreadyActive", message.into());
        } else {
            if &*spec.concurrency_policy == "Replace" {
                for active in self.active.clone() {
                    self.delete(&active);
                }
            }
            self.steps.push(Step::Create(due));
        }
    }
}

/// The schedule, by the clock of its time zone. Models `formatSchedule`.
fn schedule(cron_job: &CronJob) -> Result<Schedule, String> {
    let schedule = Schedule::parse(&cron_job.spec.schedule)?;
    let zone = cron_job.spec.time_zone.as_deref().and_then(fixed_offset);
    Ok(match zone {
        Some(offset) if !cron_job.spec.schedule.contains("TZ") => schedule.east_by(offset),
        _ => schedule,
    })
}

/// A moment as the clock of the CronJob's time zone shows it, in RFC 3339.
pub fn local_time(cron_job: &CronJob, at: SimTime) -> String {
    let offset = cron_job
        .spec
        .time_zone
        .as_deref()
        .and_then(fixed_offset)
        .unwrap_or(0);
    let text = calendar::to_rfc3339(at.unix_seconds() + offset);
    if offset == 0 {
        return text;
    }
    let (sign, hours) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 3600);
    format!("{}{sign}{hours:02}:00", text.trim_end_matches('Z'))
}

/// When somebody changes the schedule, a look is due at its next moment. Models `updateCronJob`.
pub fn after_new_schedule(cron_job: &CronJob, now: SimTime) -> Option<Duration> {
    Some(next_look(cron_job, &schedule(cron_job).ok()?, now))
}

/// `tick-29453761`: minutes since 1970. Models `getJobName`.
pub fn job_name(cron_job: &CronJob, due: SimTime) -> String {
    format!("{}-{}", cron_job.metadata.name, due.unix_seconds() / 60)
}

/// Models `mostRecentScheduleTime`; its deadline is left out where it asks for the next look.
fn missed(
    cron_job: &CronJob,
    schedule: &Schedule,
    now: SimTime,
    deadline: Option<i64>,
) -> Result<Missed, &'static str> {
    let created = cron_job.metadata.creation_timestamp.unwrap_or_default();
    let mut earliest = cron_job.status.last_schedule_time.unwrap_or(created);
    if let Some(seconds) = deadline {
        earliest = earliest.max(now - Duration::from_secs(seconds.unsigned_abs()));
    }
    let never = "time difference between two schedules is less than 1 second";
    let first = schedule.next(earliest).ok_or(never)?;
    let second = schedule.next(first).ok_or(never)?;
    let mut missed = Missed {
        earliest,
        latest: None,
        count: 0,
    };
    if now < first {
        return Ok(missed);
    }
    missed.latest = Some(first);
    if now < second {
        return Ok(missed);
    }
    let between = second.since(first).as_secs().max(1);
    missed.count = now.since(first).as_secs() / between + 1;
    // Near the end at once, by the pause between the first two; from there one by one.
    let ahead = Duration::from_secs((missed.count - 1).saturating_sub(1) * between);
    missed.latest = None;
    let mut next = schedule.next(first + ahead);
    while let Some(moment) = next.filter(|moment| *moment <= now) {
        missed.latest = Some(moment);
        next = schedule.next(moment);
    }
    Ok(missed)
}

/// Models `nextScheduleTimeDuration`.
fn next_look(cron_job: &CronJob, schedule: &Schedule, now: SimTime) -> Duration {
    let from = match missed(cron_job, schedule, now, None) {
        Ok(Missed {
            latest: Some(latest),
            ..
        }) => latest,
        Ok(missed) if missed.count == 0 => missed.earliest,
        _ => now,
    };
    let next = schedule.next(from).unwrap_or(SimTime::MAX - DELTA);
    (next + DELTA).since(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn cron_job(spec: &str, status: &str) -> CronJob {
        let yaml = format!(
            "{{metadata: {{name: tick, creationTimestamp: '2026-01-01T00:00:00Z'}}, spec: {{schedule: '* * * * *', {spec}}}, status: {{{status}}}}}"
        );
        read(&yaml)
    }

    fn read<T: view::View + Default>(yaml: &str) -> T {
        let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
        view::read(&Value::from_json(&json)).expect("it fits")
    }

    fn job(name: &str, start: &str, conditions: &str) -> Rc<Job> {
        Rc::new(read(&format!(
            "{{metadata: {{name: {name}, uid: {name}}}, status: {{startTime: '2026-01-01T00:{start}Z',
               completionTime: '2026-01-01T00:{start}Z', conditions: [{conditions}]}}}}"
        )))
    }

    fn told(look: &Look) -> Vec<String> {
        let tell = |step: &Step| match step {
            Step::Tell(_, reason, message) => format!("{reason}: {message}"),
            Step::Delete(job) => format!("delete {}", job.name),
            Step::Create(due) => format!("create {}", due.as_seconds()),
        };
        look.steps.iter().map(tell).collect()
    }

    #[test]
    fn what_is_due_and_what_hinders_it() {
        let running = "active: [{name: tick-29453761, uid: tick-29453761}]";
        let last = format!("{running}, lastScheduleTime: '2026-01-01T00:01:00Z'");
        for (spec, status, at, expected, again) in [
            ("", "", 30.0, vec![], Some(30.1)),
            ("", "", 60.1, vec!["create 60"], Some(60.0)),
            ("suspend: true", "", 60.1, vec![], None),
            ("", &*last, 60.1, vec![], Some(60.0)),
            ("", &*last, 120.1, vec!["create 120"], Some(60.0)),
            (
                "concurrencyPolicy: Forbid",
                &*last,
                120.1,
                vec![
                    "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid",
                ],
                Some(60.0),
            ),
            (
                "concurrencyPolicy: Replace",
                &*last,
                120.1,
                vec!["delete tick-29453761", "create 120"],
                Some(60.0),
            ),
            ("startingDeadlineSeconds: 10", "", 75.1, vec![], Some(45.0)),
            (
                "startingDeadlineSeconds: 30",
                "",
                75.1,
                vec!["create 60"],
                Some(45.0),
            ),
            (
                "",
                "",
                7_000.0,
                vec![
                    "TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
                    "create 6960",
                ],
                Some(20.1),
            ),
            (
                "timeZone: Etc/GMT+1",
                "",
                60.1,
                vec!["create 60"],
                Some(60.0),
            ),
        ] {
            let jobs = match status.is_empty() {
                true => vec![],
                false => vec![job("tick-29453761", "01:00", "")],
            };
            let look = look(&cron_job(spec, status), &jobs, SimTime::from_seconds(at));
            assert_eq!(told(&look), expected, "{spec} {status} {at}");
            let seconds = look
                .again
                .map(|again| (again.as_secs_f64() * 10.0).round() / 10.0);
            assert_eq!(seconds, again, "{spec} {status} {at}");
        }
    }

    #[test]
    fn old_jobs_go_and_ended_ones_are_told() {
        let over = |kind: &str| format!("{{type: {kind}, status: 'True'}}");
        let jobs = [
            job("a", "03:00", &over("Complete")),
            job("b", "01:00", &over("Complete")),
            job("c", "02:00", &over("Failed")),
            job("d", "04:00", ""),
        ];
        let cron_job = cron_job(
            "suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1",
            "active: [{name: a, uid: a}, {name: e, uid: e}]",
        );
        let look = look(&cron_job, &jobs, SimTime::from_seconds(300.0));
        let expected = [
            "delete b",
            "SawCompletedJob: Saw completed job: a, condition: Complete",
            "UnexpectedJob: Saw a job that the controller did not create or forgot: d",
            "MissingJob: Active job went missing: e",
        ];
        assert_eq!(told(&look), expected);
        assert_eq!(look.active, []);
        assert_eq!(
            look.last_successful_time.map(SimTime::as_seconds),
            Some(180.0)
        );
    }
}
