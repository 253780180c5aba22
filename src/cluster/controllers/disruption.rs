//! How many Pods of a PodDisruptionBudget may go. Models `pkg/controller/disruption`; `eviction.rs` asks what it says.
//! Left out: the scale of kinds that aren't built in; that a mark `DisruptionTarget` is taken back from a Pod that stays,
//! since whoever sets one here deletes the Pod at once.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use super::endpoint_util::objects_in;
use super::work_queue::WorkQueue;
use crate::api::disruption::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use crate::api::pod::{Pod, PortRef};
use crate::api::selector::LabelSelector;
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::api_server::{Status, set_condition};
use crate::cluster::{Change, SimTime, World};
use crate::fields;

const DISRUPTION: Controller = Controller {
    name: "disruption-controller",
    component: "controllermanager",
    kind: "PodDisruptionBudget.policy",
};

/// How long a Pod that was evicted may be there until it is believed to stay. `DeletionTimeout`.
const DELETION_TIMEOUT: Duration = Duration::from_secs(120);

/// The controller `disruption-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct DisruptionController {
    queue: WorkQueue,
}

impl DisruptionController {
    /// Sees a change: of a budget, or of a Pod that one may protect.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if &*change.object.kind == DISRUPTION.kind {
            let wake = Wake::DisruptionBudget;
            self.queue.add(world, change, &change.object, wake);
        } else if &*change.object.kind == "Pod" {
            let pod = change.after.as_ref().or(change.before.as_ref());
            if let Some(key) = pod.and_then(|pod| budget_of(world, pod)) {
                self.queue.add(world, change, &key, Wake::DisruptionBudget);
            }
        }
    }

    /// Looks at a budget. Models `sync`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let Some(object) = world.store.get(key).cloned() else {
            return self.queue.succeeded(key);
        };
        let Ok(budget) = view::read::<PodDisruptionBudget>(&object.value) else {
            return;
        };
        let result = match self.look(world, &object, &budget) {
            Ok(()) => Ok(()),
            Err(why) => fail_safe(world, key, &budget, &why),
        };
        self.queue
            .looked(world, key, &result, Wake::DisruptionBudget);
    }

    /// Models `trySync`.
    fn look(
        &mut self,
        world: &mut World,
        object: &Object,
        budget: &PodDisruptionBudget,
    ) -> Result<(), String> {
        let pods = protected(world, object, budget);
        if pods.is_empty() {
            let message = "No matching pods found".to_string();
            DISRUPTION.tell(world, object, ("Normal", "NoPods"), message);
        }
        let expected = match expected_pods(world, budget, &pods) {
            Ok(expected) => expected,
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                let reason = "CalculateExpectedPodCountFailed";
                DISRUPTION.tell(world, object, ("Warning", reason), message);
                return Err(why);
            }
        };
        if expected.some_are_unmanaged {
            tell_unmanaged(world, object, budget);
        }
        let now = world.now();
        let disrupted = still_disrupted(&budget.status, &pods, now);
        let is_healthy = |pod: &&Rc<Pod>| {
            let meta = &pod.metadata;
            pod.is_ready()
                && meta.deletion_timestamp.is_none()
                && !disrupted.contains_key(&meta.name)
        };
        let healthy = pods.iter().filter(is_healthy).count() as i64;
        let allowed = match expected.pods {
            0 => 0,
            _ => (healthy - expected.healthy).max(0),
        };
        let status = PodDisruptionBudgetStatus {
            observed_generation: object.meta.generation,
            disruptions_allowed: allowed,
            current_healthy: healthy,
            desired_healthy: expected.healthy,
            expected_pods: expected.pods,
            disrupted_pods: disrupted,
            conditions: budget.status.conditions.clone(),
        };
        if status != budget.status || !says_so(&status) {
            write(world, &object.key(), &status).map_err(|status| status.message)?;
        }
        let due = status.disrupted_pods.values();
        let due = due.filter_map(|since| SimTime::parse_rfc3339(since));
        if let Some(first) = due.min() {
            let after = (first + DELETION_TIMEOUT).since(now);
            self.queue
                .add_after(world, &object.key(), after, Wake::DisruptionBudget);
        }
        Ok(())
    }
}

/// The budget that protects a Pod: of several any one. Models `getPdbForPod`; left out: its Event about several.
fn budget_of(world: &World, pod: &Object) -> Option<ObjectKey> {
    let mut budgets = objects_in(world, DISRUPTION.kind, &pod.meta.namespace);
    let found = budgets.find(|(_, budget)| {
        let budget = view::read::<PodDisruptionBudget>(&budget.value);
        let selector = budget.ok().and_then(|budget| budget.spec.selector);
        selector.is_some_and(|selector| selector.matches(&pod.meta.labels))
    });
    found.map(|(key, _)| key.clone())
}

/// The Pods that a budget protects.
fn protected(world: &World, object: &Object, budget: &PodDisruptionBudget) -> Vec<Rc<Pod>> {
    let Some(selector) = &budget.spec.selector else {
        return Vec::new();
    };
    let pods = objects_in(world, "Pod", &object.meta.namespace);
    let pods = pods.filter(|(_, pod)| selector.matches(&pod.meta.labels));
    pods.filter_map(|(_, pod)| pod.pod().cloned()).collect()
}

/// What is to be there.
struct Expected {
    pods: i64,
    healthy: i64,
    some_are_unmanaged: bool,
}

/// Models `getExpectedPodCount`.
fn expected_pods(
    world: &World,
    budget: &PodDisruptionBudget,
    pods: &[Rc<Pod>],
) -> Result<Expected, String> {
    let spec = &budget.spec;
    let mut expected = Expected {
        pods: 0,
        healthy: 0,
        some_are_unmanaged: false,
    };
    if let Some(most) = &spec.max_unavailable {
        expected.add_scales(world, pods)?;
        expected.healthy = (expected.pods - most.scaled(expected.pods, true)).max(0);
    } else if let Some(least @ PortRef::Number(_)) = &spec.min_available {
        expected.pods = pods.len() as i64;
        expected.healthy = least.scaled(0, true);
    } else if let Some(least) = &spec.min_available {
        expected.add_scales(world, pods)?;
        expected.healthy = least.scaled(expected.pods, true);
    }
    Ok(expected)
}

impl Expected {
    /// Adds up how many Pods their controllers want. Models `getExpectedScale`.
    fn add_scales(&mut self, world: &World, pods: &[Rc<Pod>]) -> Result<(), String> {
        let mut scales: BTreeMap<Rc<str>, i64> = BTreeMap::new();
        for pod in pods {
            let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
            let object = world.store.get(&key);
            let Some(object) = object.filter(|object| object.meta.controller().is_some()) else {
                self.some_are_unmanaged = true;
                continue;
            };
            let (uid, scale) = scale_of_controller(world, object)?;
            scales.insert(uid, scale);
        }
        self.pods = scales.values().sum();
        Ok(())
    }
}

/// Who decides how many Pods there are of this one's kind, and how many that are. Models `finders`.
fn scale_of_controller(world: &World, pod: &Object) -> Result<(Rc<str>, i64), String> {
    let none = || format!("found no controllers for pod \"{}\"", pod.meta.name);
    let found = controller_of(world, pod)?.ok_or_else(none)?;
    let above = match &*found.key().kind {
        "ReplicaSet.apps" => controller_of(world, found)?,
        _ => None,
    };
    let found = above.unwrap_or(found);
    let replicas = found.value.at(&["spec", "replicas"]);
    let replicas = replicas.and_then(Value::as_i64).unwrap_or(1);
    Ok((found.meta.uid.clone(), replicas))
}

/// The object's controller, if it is there; an error if it is of a kind that has no scale.
fn controller_of<'w>(world: &'w World, object: &Object) -> Result<Option<&'w Rc<Object>>, String> {
    let Some(owner) = object.meta.controller() else {
        return Ok(None);
    };
    let key = owner.key(&object.meta.namespace);
    let has_scale = matches!(
        &*key.kind,
        "ReplicationController" | "ReplicaSet.apps" | "Deployment.apps" | "StatefulSet.apps"
    );
    if !has_scale {
        let resource = crate::api::validation::resource(&key);
        return Err(format!(
            "{resource} does not implement the scale subresource"
        ));
    }
    let found = world.store.get(&key);
    Ok(found.filter(|found| found.meta.uid == owner.uid))
}

/// Pods that were evicted and aren't on their way out, but may be yet. Models `buildDisruptedPodMap`; left out: the Event
/// about one that stays.
fn still_disrupted(
    status: &PodDisruptionBudgetStatus,
    pods: &[Rc<Pod>],
    now: SimTime,
) -> BTreeMap<Rc<str>, Rc<str>> {
    let mut disrupted = BTreeMap::new();
    for pod in pods {
        let meta = &pod.metadata;
        let Some(since) = status.disrupted_pods.get(&meta.name) else {
            continue;
        };
        let until = SimTime::parse_rfc3339(since);
        let until = until.map(|since| since + DELETION_TIMEOUT);
        if meta.deletion_timestamp.is_none() && until.is_some_and(|until| until >= now) {
            disrupted.insert(meta.name.clone(), since.clone());
        }
    }
    disrupted
}

/// Models `ConditionsAreUpToDate`.
fn says_so(status: &PodDisruptionBudgetStatus) -> bool {
    let mut conditions = status.conditions.iter();
    let condition = conditions.find(|condition| &*condition.kind == DISRUPTION_ALLOWED);
    condition.is_some_and(|condition| {
        (&*condition.status, &*condition.reason) == verdict(status.disruptions_allowed)
    })
}

const DISRUPTION_ALLOWED: &str = "DisruptionAllowed";

fn verdict(allowed: i64) -> (&'static str, &'static str) {
    match allowed {
        0 => ("False", "InsufficientPods"),
        _ => ("True", "SufficientPods"),
    }
}

/// Models `updatePdbStatus`.
fn write(
    world: &mut World,
    key: &ObjectKey,
    status: &PodDisruptionBudgetStatus,
) -> Result<(), Status> {
    let now = world.now();
    let (truth, reason) = verdict(status.disruptions_allowed);
    world.patch(DISRUPTION.actor(), key, |budget| {
        let mut number = |name: &str, number: i64| budget.set(&["status", name], number);
        number("observedGeneration", status.observed_generation);
        number("disruptionsAllowed", status.disruptions_allowed);
        number("currentHealthy", status.current_healthy);
        number("desiredHealthy", status.desired_healthy);
        number("expectedPods", status.expected_pods);
        budget.remove(&["status", "disruptedPods"]);
        for (pod, since) in &status.disrupted_pods {
            budget.set(&["status", "disruptedPods", pod], since.clone());
        }
        let condition = fields! {
            "type" => DISRUPTION_ALLOWED, "status" => truth, "reason" => reason, "message" => "",
            "observedGeneration" => status.observed_generation,
        };
        set_condition(budget, condition, now);
    })?;
    Ok(())
}

/// Nothing may go while nobody knows how much may. Models `failSafe`.
fn fail_safe(
    world: &mut World,
    key: &ObjectKey,
    budget: &PodDisruptionBudget,
    why: &str,
) -> Result<(), Status> {
    let now = world.now();
    let observed = budget.status.observed_generation;
    world.patch(DISRUPTION.actor(), key, |budget| {
        budget.set(&["status", "disruptionsAllowed"], 0);
        let mut condition = fields! {
            "type" => DISRUPTION_ALLOWED, "status" => "False", "reason" => "SyncFailed", "message" => why,
        };
        if observed > 0 {
            condition.set(&["observedGeneration"], observed);
        }
        set_condition(budget, condition, now);
    })?;
    Ok(())
}

/// Models what `%v` makes of a selector.
fn printed(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else {
        return "nil".into();
    };
    let labels = selector.match_labels.iter();
    let labels: String = labels
        .map(|(key, value)| format!("{key}: {value},"))
        .collect();
    let each = selector.match_expressions.iter().map(|one| {
        let values = one.values.join(" ");
        let (key, operator) = (&one.key, &one.operator);
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
    });
    let each: String = each.collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{each}}},}}"
    )
}

fn tell_unmanaged(world: &mut World, object: &Object, budget: &PodDisruptionBudget) {
    let selector = printed(budget.spec.selector.as_ref());
    let message = format!(
        "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the \
         status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these \
         pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    );
    DISRUPTION.tell(world, object, ("Warning", "UnmanagedPods"), message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::meta::ObjectMeta;
    use crate::cluster::Setup;

    fn budget(least: Option<PortRef>, most: Option<PortRef>) -> PodDisruptionBudget {
        let mut budget = PodDisruptionBudget::default();
        budget.spec.min_available = least;
        budget.spec.max_unavailable = most;
        budget
    }

    #[test]
    fn pods_of_nobody_count_only_where_a_number_is_asked_for() {
        let world = World::new(Rc::new(Setup::default()), 7);
        let pod = |name: &str| {
            let metadata = ObjectMeta {
                namespace: "default".into(),
                name: name.into(),
                ..ObjectMeta::default()
            };
            Rc::new(Pod {
                metadata,
                ..Pod::default()
            })
        };
        let pods = [pod("a"), pod("b"), pod("c")];
        let (one, half) = (PortRef::Number(1), PortRef::Name("50%".into()));
        for (budget, expected) in [
            (budget(Some(one.clone()), None), (3, 1, false)),
            (budget(Some(half.clone()), None), (0, 0, true)),
            (budget(None, Some(one)), (0, 0, true)),
            (budget(None, None), (0, 0, false)),
        ] {
            let found = expected_pods(&world, &budget, &pods).expect("nobody controls them");
            let found = (found.pods, found.healthy, found.some_are_unmanaged);
            assert_eq!(found, expected, "{:?}", budget.spec);
        }
    }

    #[test]
    fn an_eviction_is_believed_in_for_two_minutes() {
        let at = |seconds| SimTime::ZERO + Duration::from_secs(seconds);
        let mut status = PodDisruptionBudgetStatus::default();
        status
            .disrupted_pods
            .insert("a".into(), at(10).to_rfc3339().into());
        let mut pod = Pod::default();
        pod.metadata.name = "a".into();
        let pods = [Rc::new(pod)];
        assert_eq!(still_disrupted(&status, &pods, at(130)).len(), 1);
        assert_eq!(still_disrupted(&status, &pods, at(131)).len(), 0);
        assert_eq!(still_disrupted(&status, &[], at(20)).len(), 0);
    }

    #[test]
    fn a_selector_is_printed_as_go_does() {
        let selector = LabelSelector {
            match_labels: [("app".into(), "web".into())].into_iter().collect(),
            ..LabelSelector::default()
        };
        assert_eq!(
            printed(Some(&selector)),
            "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}"
        );
    }
}
