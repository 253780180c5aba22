//! Who has to make room for a critical Pod that came to a full node. Models
//! `pkg/kubelet/preemption/preemption.go`. Pure, but for the end of who goes.
//! Upstream's kubelet stands still until they are gone; here the Pod asks again until then.

use std::rc::Rc;
use std::time::Duration;

use super::admission::{amount, is_critical};
use super::eviction_manager::Ending;
use super::pod_worker::Stage;
use super::{Kubelet, Wake};
use crate::api::Uid;
use crate::api::pod::Pod;
use crate::cluster::World;
use crate::cluster::scheduler::node_info::PodInfo;

/// How often a Pod that waits for room asks again: ours.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// So much of a resource is missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Requirement {
    pub name: Rc<str>,
    pub quantity: i64,
}

/// `[(res: cpu, q: 98000), ]`
fn written(requirements: &[Requirement]) -> String {
    let one = |r: &Requirement| format!("(res: {}, q: {}), ", r.name, r.quantity);
    let all: String = requirements.iter().map(one).collect();
    format!("[{all}]")
}

fn asked(pod: &PodInfo, requirement: &Requirement) -> i64 {
    amount(&pod.requests.real, &requirement.name)
}

/// Models `subtract`: what is still missing without these Pods.
fn without<'a>(
    requirements: &[Requirement],
    pods: impl Iterator<Item = &'a Rc<PodInfo>> + Clone,
) -> Vec<Requirement> {
    let left = requirements.iter().map(|requirement| {
        let freed = pods.clone().map(|pod| asked(pod, requirement));
        Requirement {
            name: requirement.name.clone(),
            quantity: freed.fold(requirement.quantity, i64::saturating_sub),
        }
    });
    left.filter(|requirement| requirement.quantity > 0)
        .collect()
}

/// The Pods that go: as few as possible, those that were promised least first. Models
/// `getPodsToPreempt`.
///
/// # Errors
/// Upstream's words when no set of Pods frees enough.
pub(super) fn pods_to_preempt(
    pod: &Pod,
    running: &[Rc<PodInfo>],
    requirements: &[Requirement],
) -> Result<Vec<Rc<PodInfo>>, String> {
    let preemptable = |other: &&Rc<PodInfo>| {
        let other = &other.pod;
        is_critical(pod) && !is_critical(other) || pod.spec.priority > other.spec.priority
    };
    let of_class = |class: &str| -> Vec<Rc<PodInfo>> {
        let all = running.iter().filter(preemptable);
        all.filter(|other| &*other.pod.status.qos_class == class)
            .cloned()
            .collect()
    };
    let best_effort = of_class("BestEffort");
    let (burstable, guaranteed) = (of_class("Burstable"), of_class("Guaranteed"));
    let all = best_effort.iter().chain(&burstable).chain(&guaranteed);
    let missing = without(requirements, all);
    if !missing.is_empty() {
        return Err(no_set(&missing));
    }
    let needed = without(requirements, best_effort.iter().chain(&burstable));
    let guaranteed = by_distance(guaranteed, needed)?;
    let needed = without(requirements, best_effort.iter().chain(&guaranteed));
    let burstable = by_distance(burstable, needed)?;
    let needed = without(requirements, burstable.iter().chain(&guaranteed));
    let best_effort = by_distance(best_effort, needed)?;
    Ok([best_effort, burstable, guaranteed].concat())
}

fn no_set(missing: &[Requirement]) -> String {
    let missing = written(missing);
    format!("no set of running pods found to reclaim resources: {missing}")
}

/// Models `getPodsToPreemptByDistance`.
fn by_distance(
    mut pods: Vec<Rc<PodInfo>>,
    mut requirements: Vec<Requirement>,
) -> Result<Vec<Rc<PodInfo>>, String> {
    let mut chosen = Vec::new();
    while !requirements.is_empty() {
        if pods.is_empty() {
            return Err(no_set(&requirements));
        }
        let (mut best, mut shortest) = (0, requirements.len() as f64 + 1.0);
        for (index, pod) in pods.iter().enumerate() {
            let distance = distance(&requirements, pod);
            let as_near = distance == shortest && is_smaller(pod, &pods[best]);
            if distance < shortest || as_near {
                (best, shortest) = (index, distance);
            }
        }
        let pod = pods.swap_remove(best);
        requirements = without(&requirements, std::iter::once(&pod));
        chosen.push(pod);
    }
    Ok(chosen)
}

fn distance(requirements: &[Requirement], pod: &PodInfo) -> f64 {
    let mut distance = 0.0;
    for requirement in requirements {
        let left = requirement.quantity.saturating_sub(asked(pod, requirement));
        if left > 0 {
            let share = left as f64 / requirement.quantity as f64;
            distance += share * share;
        }
    }
    distance
}

/// Models `smallerResourceRequest`.
fn is_smaller(pod: &PodInfo, than: &PodInfo) -> bool {
    let of = |pod: &PodInfo| (pod.requests.real.memory, pod.requests.real.milli_cpu);
    of(pod) <= of(than)
}

impl Kubelet {
    /// Ends the Pods that make room for one, unless they end already; that one asks again. Models
    /// `evictPodsToFreeRequests`.
    pub(super) fn make_room(&mut self, world: &mut World, uid: Uid, victims: &[Rc<PodInfo>]) {
        for victim in victims {
            let Some(victim) = Uid::parse(&victim.pod.metadata.uid) else {
                continue;
            };
            self.turn(world, victim, |turn| {
                if turn.worker.stage != Stage::Syncing {
                    return;
                }
                let message = "Preempted in order to admit critical pod";
                turn.event("Warning", "Preempting", message.into(), None);
                let why = "Pod was preempted by Kubelet to accommodate a critical pod.";
                let ending = Ending {
                    reason: "Preempting".into(),
                    message: message.into(),
                    disrupts: Some(why.into()),
                };
                turn.end(ending, None);
            });
        }
        let wake = self.node.wake(Wake::Watch(uid));
        world.wake(ASK_AGAIN, wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scheduler::test_support::pod;

    fn running(name: &str, class: &str, cpu: &str) -> Rc<PodInfo> {
        let resources = format!("{{requests: {{cpu: {cpu}}}}}");
        let spec = format!("{{containers: [{{name: c, resources: {resources}}}]}}");
        let mut pod = pod(name, &spec);
        pod.status.qos_class = class.into();
        Rc::new(PodInfo::counted(Rc::new(pod)))
    }

    fn go(missing: i64) -> Result<Vec<Rc<str>>, String> {
        let all = [
            running("none", "BestEffort", "0"),
            running("small", "Burstable", "200m"),
            running("large", "Burstable", "1"),
            running("sure", "Guaranteed", "2"),
        ];
        let requirement = Requirement {
            name: "cpu".into(),
            quantity: missing,
        };
        let critical = pod("critical", "{priority: 2000000000}");
        let chosen = pods_to_preempt(&critical, &all, &[requirement])?;
        Ok(chosen
            .iter()
            .map(|one| one.pod.metadata.name.clone())
            .collect())
    }

    #[test]
    fn as_few_pods_go_as_can_be_and_those_that_were_promised_least() {
        assert_eq!(go(150), Ok(vec!["small".into()]));
        assert_eq!(go(900), Ok(vec!["large".into()]));
        assert_eq!(go(1100), Ok(vec!["large".into(), "small".into()]));
        assert_eq!(go(1900), Ok(vec!["sure".into()]));
        let end = "no set of running pods found to reclaim resources: [(res: cpu, q: 800), ]";
        assert_eq!(go(4000), Err(end.into()));
    }
}
