//! One look at a StatefulSet and its Pods: what ought to happen. Decides; never writes. Models
//! `updateStatefulSet`, `pkg/controller/statefulset/stateful_set_control.go`, and its `_utils.go`.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::api::sets::{StatefulSet, StatefulSetStatus};
use crate::cluster::SimTime;
use crate::cluster::controllers::controller_utils::is_pod_available;
use crate::order;

/// Which revision a Pod is of: the name of that.
pub const REVISION: &str = "controller-revision-hash";

/// What ought to happen, one after the other; what goes wrong ends it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The Pod of this number comes, of the new revision or of the old one.
    Create(i64, Age),
    /// A Pod goes.
    Delete(Rc<Pod>),
    /// The claims of a Pod that waits for them come.
    Claims(Rc<Pod>),
    /// A Pod's names, volumes and claims are as they should be.
    Keep(Rc<Pod>),
    /// The claims of a Pod that is about to go know their owners.
    Owners(Rc<Pod>),
}

/// Of two revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// The one that was there first.
    Current,
    /// The one that is to be.
    Update,
}

/// What one look comes to.
#[derive(Debug)]
pub struct Plan {
    /// What ought to happen.
    pub steps: Vec<Step>,
    /// The status, as it ought to be.
    pub status: StatefulSetStatus,
}

/// The names of the two revisions.
#[derive(Clone, Debug)]
pub struct Revisions {
    /// The one that was there first.
    pub current: Rc<str>,
    /// The one that is to be.
    pub update: Rc<str>,
    /// How often two had one name.
    pub collision_count: i64,
}

struct Look<'a> {
    set: &'a StatefulSet,
    revisions: &'a Revisions,
    now: SimTime,
    /// By their number.
    replicas: Vec<Option<Rc<Pod>>>,
    /// The last first.
    condemned: Vec<Rc<Pod>>,
    steps: Vec<Step>,
}

/// Looks.
pub fn plan(set: &StatefulSet, pods: &[Rc<Pod>], revisions: &Revisions, now: SimTime) -> Plan {
    let count = usize::try_from(set.spec.replicas).unwrap_or(0);
    let mut replicas = vec![None; count];
    let mut condemned: Vec<Rc<Pod>> = Vec::new();
    for pod in pods {
        let Some(ordinal) = ordinal_of(pod) else {
            continue;
        };
        let place = usize::try_from(ordinal - set.spec.ordinals.start);
        match place.ok().and_then(|place| replicas.get_mut(place)) {
            Some(replica) => *replica = Some(pod.clone()),
            None => condemned.push(pod.clone()),
        }
    }
    order::sort_by_key(&mut condemned, |pod| std::cmp::Reverse(ordinal_of(pod)));
    let mut look = Look {
        set,
        revisions,
        now,
        replicas,
        condemned,
        steps: Vec::new(),
    };
    let mut status = look.status();
    if set.metadata.deletion_timestamp.is_none() {
        let _waits = look.replicas().is_some()
            && look.condemned().is_some()
            && look.update(&mut status).is_some();
    }
    complete_rolling_update(set, &mut status);
    Plan {
        steps: look.steps,
        status,
    }
}

/// A part of a look that must not go on has nothing to go on with.
type GoOn = Option<()>;

impl Look<'_> {
    fn is_ordered(&self) -> bool {
        &*self.set.spec.pod_management_policy != "Parallel"
    }

    fn is_available(&self, pod: &Pod) -> bool {
        is_pod_available(pod, self.set.spec.min_ready_seconds, self.now)
    }

    fn is_unavailable(&self, pod: &Pod) -> bool {
        !self.is_available(pod) || is_terminating(pod)
    }

    /// Where one waits for another, nothing goes on.
    fn wait(&self) -> GoOn {
        (!self.is_ordered()).then_some(())
    }

    /// Every number has its Pod. Models `processReplica`.
    fn replicas(&mut self) -> GoOn {
        for place in 0..self.replicas.len() {
            let Some(pod) = self.replicas[place].clone() else {
                let ordinal = self.set.spec.ordinals.start + place as i64;
                self.steps.push(Step::Create(ordinal, self.age_of(ordinal)));
                self.wait()?;
                continue;
            };
            if pod.is_finished() {
                if !is_terminating(&pod) {
                    self.steps.push(Step::Delete(pod));
                }
                self.wait()?;
                continue;
            }
            if &*pod.status.phase == "Pending" {
                self.steps.push(Step::Claims(pod.clone()));
            }
            if is_terminating(&pod) || !is_running_and_ready(&pod) || !self.is_available(&pod) {
                self.wait()?;
            }
            self.steps.push(Step::Keep(pod));
        }
        Some(())
    }

    /// Which revision the Pod of this number is to be of. Models `newVersionedStatefulSetPod`.
    fn age_of(&self, ordinal: i64) -> Age {
        let strategy = &self.set.spec.update_strategy;
        let start = self.set.spec.ordinals.start;
        let is_old = match &strategy.rolling_update {
            Some(rolling) => ordinal < start + rolling.partition,
            None => {
                &*strategy.kind == "RollingUpdate"
                    && ordinal < start + self.set.status.current_replicas
            }
        };
        if is_old { Age::Current } else { Age::Update }
    }

    /// The first Pod that isn't available, by number; `None` in it is one that isn't there.
    fn first_unavailable(&self) -> Option<Option<Rc<Pod>>> {
        let missing = |replica: &&Option<Rc<Pod>>| {
            replica.as_ref().is_none_or(|pod| self.is_unavailable(pod))
        };
        let first = self.replicas.iter().find(missing).cloned();
        let condemned = || {
            self.condemned
                .iter()
                .rev()
                .find(|pod| self.is_unavailable(pod))
                .cloned()
        };
        first.or_else(|| condemned().map(Some))
    }

    /// Pods beyond the last number go, the last first. Models `processCondemned`.
    fn condemned(&mut self) -> GoOn {
        self.steps
            .extend(self.condemned.iter().cloned().map(Step::Owners));
        let first = self.first_unavailable().flatten();
        for pod in self.condemned.clone() {
            if is_terminating(&pod) {
                self.wait()?;
                continue;
            }
            let is_first = first
                .as_ref()
                .is_some_and(|first| first.metadata.uid == pod.metadata.uid);
            let is_well = is_running_and_ready(&pod) && self.is_available(&pod);
            if !is_well && !is_first {
                self.wait()?;
            }
            self.steps.push(Step::Delete(pod));
            self.wait()?;
        }
        Some(())
    }

    /// Old Pods go one by one, the last first. The gate `MaxUnavailableStatefulSet` is off.
    fn update(&mut self, status: &mut StatefulSetStatus) -> GoOn {
        let strategy = &self.set.spec.update_strategy;
        if &*strategy.kind == "OnDelete" {
            return None;
        }
        let partition = strategy
            .rolling_update
            .as_ref()
            .map_or(0, |rolling| rolling.partition);
        let least = usize::try_from(partition).unwrap_or(0);
        for replica in self.replicas.iter().skip(least).rev() {
            // One that isn't there is waited for.
            let pod = replica.as_ref()?;
            if revision_of(pod) != &*self.revisions.update && !is_terminating(pod) {
                self.steps.push(Step::Delete(pod.clone()));
                status.current_replicas -= 1;
                return None;
            }
            if self.is_unavailable(pod) {
                return None;
            }
        }
        Some(())
    }

    /// Models `updateStatus`.
    fn status(&self) -> StatefulSetStatus {
        let revisions = self.revisions;
        let mut status = StatefulSetStatus {
            observed_generation: self.set.metadata.generation,
            current_revision: revisions.current.clone(),
            update_revision: revisions.update.clone(),
            collision_count: Some(revisions.collision_count),
            ..StatefulSetStatus::default()
        };
        for pod in self.replicas.iter().flatten().chain(&self.condemned) {
            status.replicas += 1;
            let is_ready = is_running_and_ready(pod);
            status.ready_replicas += i64::from(is_ready);
            status.available_replicas += i64::from(is_ready && self.is_available(pod));
            let revision = revision_of(pod);
            status.current_replicas +=
                i64::from(!is_terminating(pod) && revision == &*revisions.current);
            status.updated_replicas +=
                i64::from(!is_terminating(pod) && revision == &*revisions.update);
        }
        status
    }
}

/// All Pods are of the new revision: it is the current one from now on.
fn complete_rolling_update(set: &StatefulSet, status: &mut StatefulSetStatus) {
    let wanted = set.spec.replicas;
    let counts = [
        status.updated_replicas,
        status.ready_replicas,
        status.replicas,
    ];
    if &*set.spec.update_strategy.kind == "RollingUpdate" && counts == [wanted; 3] {
        status.current_replicas = status.updated_replicas;
        status.current_revision = status.update_revision.clone();
    }
}

fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

fn is_running_and_ready(pod: &Pod) -> bool {
    &*pod.status.phase == "Running" && pod.is_ready()
}

fn revision_of(pod: &Pod) -> &str {
    pod.metadata
        .labels
        .get(REVISION)
        .map_or("", |revision| revision)
}

/// `web-3` is number 3 of `web`. Models `getParentNameAndOrdinal`.
pub fn parent_and_ordinal(name: &str) -> Option<(&str, i64)> {
    let (parent, ordinal) = name.rsplit_once('-')?;
    let is_number = !ordinal.is_empty() && ordinal.bytes().all(|digit| digit.is_ascii_digit());
    let ordinal: i32 = ordinal.parse().ok().filter(|_| is_number)?;
    Some((parent, ordinal.into()))
}

fn ordinal_of(pod: &Pod) -> Option<i64> {
    Some(parent_and_ordinal(&pod.metadata.name)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Value, view};

    fn read<T: view::View + Default>(yaml: &str) -> T {
        let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
        view::read(&Value::from_json(&json)).expect("it fits")
    }

    fn set(spec: &str) -> StatefulSet {
        read(&format!(
            "{{metadata: {{name: web, generation: 2}}, spec: {{replicas: 3, updateStrategy: {{type: RollingUpdate, rollingUpdate: {{partition: 0}}}}, {spec}}}}}"
        ))
    }

    /// `0+ 1- 2 3!o`: Ready, on its way out, neither, failed; `o` is of the old revision.
    fn pods(words: &str) -> Vec<Rc<Pod>> {
        let one = |word: &str| {
            let number: String = word.chars().filter(char::is_ascii_digit).collect();
            let has = |mark: char| word.contains(mark);
            let (phase, ready) = match (has('!'), has('+'), has('?')) {
                (true, ..) => ("Failed", "False"),
                (_, true, _) => ("Running", "True"),
                (_, _, true) => ("Pending", "False"),
                _ => ("Running", "False"),
            };
            let going = if has('-') {
                "deletionTimestamp: '2026-01-01T00:00:30Z', "
            } else {
                ""
            };
            let revision = if has('o') { "web-old" } else { "web-new" };
            Rc::new(read::<Pod>(&format!(
                "{{metadata: {{name: web-{number}, uid: u{number}, {going}labels: {{controller-revision-hash: {revision}}}}},
                   status: {{phase: {phase}, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '2026-01-01T00:00:00Z'}}]}}}}"
            )))
        };
        words.split_whitespace().map(one).collect()
    }

    fn told(steps: &[Step]) -> String {
        let tell = |step: &Step| match step {
            Step::Create(ordinal, Age::Update) => format!("create {ordinal}"),
            Step::Create(ordinal, Age::Current) => format!("create old {ordinal}"),
            Step::Delete(pod) => format!("delete {}", pod.metadata.name),
            Step::Claims(pod) => format!("claims {}", pod.metadata.name),
            Step::Keep(_) | Step::Owners(_) => String::new(),
        };
        let told = steps.iter().map(tell).filter(|told| !told.is_empty());
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn pods_come_and_go_in_order_or_all_at_once() {
        let parallel = "podManagementPolicy: Parallel";
        for (spec, words, expected) in [
            ("", "", "create 0"),
            ("", "0", ""),
            ("", "0+", "create 1"),
            ("", "0+ 1? 2+", "claims web-1"),
            ("", "0+ 1!", "delete web-1"),
            ("", "0+ 1- 2+", ""),
            ("", "0+ 1+ 2+", ""),
            ("", "0+ 1+ 2+ 3+ 4+", "delete web-4"),
            ("", "0+ 1+ 2+ 3+ 4", "delete web-4"),
            ("", "0+ 1+ 2+ 3 4+", "delete web-4"),
            ("", "0+ 1+ 2+ 3 4", ""),
            ("", "0+ 1+ 2+ 3+ 4-", ""),
            ("ordinals: {start: 5}", "5+", "create 6"),
            ("ordinals: {start: 1}", "0+ 1+ 2+ 3+", "delete web-0"),
            (parallel, "", "create 0, create 1, create 2"),
            (parallel, "0 2 3 4", "create 1, delete web-4, delete web-3"),
            ("minReadySeconds: 20", "0+", ""),
            ("minReadySeconds: 5", "0+", "create 1"),
        ] {
            let revisions = Revisions {
                current: "web-new".into(),
                update: "web-new".into(),
                collision_count: 0,
            };
            let plan = plan(
                &set(spec),
                &pods(words),
                &revisions,
                SimTime::from_seconds(10.0),
            );
            assert_eq!(told(&plan.steps), expected, "{spec} {words}");
        }
    }

    #[test]
    fn an_update_goes_from_the_last_to_the_partition() {
        let part = |partition: i64| {
            format!(
                "updateStrategy: {{type: RollingUpdate, rollingUpdate: {{partition: {partition}}}}}"
            )
        };
        for (strategy, words, expected) in [
            (part(0), "0+o 1+o 2+o", "delete web-2"),
            (part(0), "0+o 1+o 2", ""),
            (part(0), "0+o 1+o 2+", "delete web-1"),
            (part(2), "0+o 1+o 2+", ""),
            (part(2), "0+o 2+", "create old 1"),
            (part(0), "0+o 2+", "create 1"),
            ("updateStrategy: {type: OnDelete}".into(), "0+o 1+o 2+o", ""),
            (
                "updateStrategy: {type: OnDelete}".into(),
                "0+o 1+o",
                "create 2",
            ),
            (
                format!("{}, podManagementPolicy: Parallel", part(0)),
                "0+o 1+o 2+o",
                "delete web-2",
            ),
        ] {
            let revisions = Revisions {
                current: "web-old".into(),
                update: "web-new".into(),
                collision_count: 0,
            };
            let set: StatefulSet = read(&format!(
                "{{metadata: {{name: web}}, spec: {{replicas: 3, {strategy}}}}}"
            ));
            let plan = plan(&set, &pods(words), &revisions, SimTime::from_seconds(10.0));
            assert_eq!(told(&plan.steps), expected, "{strategy} {words}");
        }
    }

    #[test]
    fn a_status_counts_and_ends_an_update() {
        let revisions = Revisions {
            current: "web-old".into(),
            update: "web-new".into(),
            collision_count: 0,
        };
        let status = |words: &str| {
            let status = plan(
                &set(""),
                &pods(words),
                &revisions,
                SimTime::from_seconds(10.0),
            )
            .status;
            let counts = [
                status.replicas,
                status.ready_replicas,
                status.current_replicas,
                status.updated_replicas,
            ];
            (counts, status.current_revision.to_string())
        };
        assert_eq!(status("0+o 1+ 2-"), ([3, 2, 1, 1], "web-old".into()));
        // The next one is deleted at this look.
        assert_eq!(status("0+o 1+o 2+"), ([3, 3, 1, 1], "web-old".into()));
        assert_eq!(status("0+ 1+ 2+"), ([3, 3, 3, 3], "web-new".into()));
    }

    #[test]
    fn a_name_tells_the_set_and_the_number() {
        for (name, expected) in [
            ("web-0", Some(("web", 0))),
            ("a-b-12", Some(("a-b", 12))),
            ("web", None),
            ("web-x1", None),
            ("web-", None),
            ("web-+1", None),
        ] {
            assert_eq!(parent_and_ordinal(name), expected, "{name}");
        }
    }
}
