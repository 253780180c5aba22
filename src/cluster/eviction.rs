//! The Eviction API: a Pod is asked to go, and goes unless a disruption budget is in the way. Models the
//! subresource `pods/eviction`, `pkg/registry/core/pod/storage/eviction.go`. What drains a Node asks it.
//! Left out: conflicts and their repetition, since nobody writes in between here.

use std::rc::Rc;

use super::api_server::{Status, set_condition};
use super::{Actor, World};
use crate::api::pod::Pod;
use crate::api::selector::LabelSelector;
use crate::api::{Object, ObjectKey, Value, view};
use crate::fields;

/// More Pods than these can't be on their way out at once as far as a budget knows.
const MAX_DISRUPTED_PODS: usize = 2000;

/// What is asked of the API server. Models `policy/v1` `Eviction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// Which Pod.
    pub pod: ObjectKey,
    /// Seconds between SIGTERM and SIGKILL; `None` leaves it to the Pod.
    pub grace_period_seconds: Option<i64>,
    /// Only this one, whatever goes by its name now.
    pub uid: Option<Rc<str>>,
    /// Only this version of it.
    pub resource_version: Option<Rc<str>>,
    /// Only say what would be answered.
    pub dry_run: bool,
}

/// Why a Pod isn't evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The answer as such: 429 where a budget is in the way.
    pub status: Status,
    /// `DisruptionBudget` and what of it, where that is the cause.
    pub cause: Option<(&'static str, String)>,
    /// After how many seconds it is worth asking again, where that is said.
    pub retry_after_seconds: Option<u32>,
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Refused {
            status,
            cause: None,
            retry_after_seconds: None,
        }
    }
}

impl Eviction {
    /// The eviction of a Pod as a whole.
    pub fn of(pod: ObjectKey) -> Self {
        Eviction {
            pod,
            grace_period_seconds: None,
            uid: None,
            resource_version: None,
            dry_run: false,
        }
    }

    /// What was sent to `…/pods/NAME/eviction`, with or without `?dryRun=All`. Models the beginning of
    /// `Create` and `propagateDryRun`.
    ///
    /// # Errors
    /// When the address and what was sent speak of two Pods.
    pub fn read(pod: ObjectKey, sent: &Value, dry_run: bool) -> Result<Self, Status> {
        if sent.text_at(&["metadata", "name"]) != &*pod.name {
            return Err(Status {
                code: 400,
                reason: "BadRequest",
                message: "name in URL does not match name in Eviction object".into(),
            });
        }
        let options = sent.get("deleteOptions").cloned().unwrap_or_default();
        let precondition = |name: &str| {
            let text = options.text_at(&["preconditions", name]);
            (!text.is_empty()).then(|| text.into())
        };
        let own = options.get("dryRun").is_some_and(|all| !all.is_empty());
        Ok(Eviction {
            pod,
            grace_period_seconds: options.get("gracePeriodSeconds").and_then(Value::as_i64),
            uid: precondition("uid"),
            resource_version: precondition("resourceVersion"),
            dry_run: dry_run || own,
        })
    }
}

impl World {
    /// Evicts a Pod: marks it, and deletes it as `actor`. Models `EvictionREST.Create`.
    ///
    /// # Errors
    /// What the API server would answer; the Pod stays then.
    pub fn evict(&mut self, actor: Actor, eviction: &Eviction) -> Result<(), Refused> {
        let key = &eviction.pod;
        let not_found = || Status::not_found("pods", &key.name);
        let object = self.store.get(key).cloned().ok_or_else(not_found)?;
        let pod = object.pod().cloned().ok_or_else(not_found)?;
        if !can_ignore_budgets(&pod) {
            self.ask_budgets(&object, &pod, eviction.dry_run)?;
        }
        check_preconditions(&object, eviction)?;
        if eviction.dry_run {
            return Ok(());
        }
        let now = self.now();
        self.patch(Actor::ApiServer, key, |pod| {
            let condition = fields! {
                "type" => "DisruptionTarget", "status" => "True", "reason" => "EvictionByEvictionAPI",
                "message" => "Eviction API: evicting", "lastProbeTime" => Value::Null,
            };
            set_condition(pod, condition, now);
        })?;
        Ok(self.delete(actor, key, eviction.grace_period_seconds)?)
    }

    /// Asks the budget that protects a Pod, and uses one of its disruptions up.
    fn ask_budgets(&mut self, object: &Object, pod: &Pod, dry_run: bool) -> Result<(), Refused> {
        let budgets = self.store.list("PodDisruptionBudget.policy");
        let protects = |budget: &&Rc<Object>| {
            budget.meta.namespace == object.meta.namespace && selects(&budget.value, object)
        };
        let budgets = budgets.map(|(_, budget)| budget);
        let budgets: Vec<Rc<Object>> = budgets.filter(protects).cloned().collect();
        let budget = match &budgets[..] {
            [] => return Ok(()),
            [budget] => budget,
            _ => {
                let message = "This pod has more than one PodDisruptionBudget, which the eviction \
                               subresource does not support.";
                return Err(Refused::from(Status {
                    code: 500,
                    reason: "",
                    message: message.into(),
                }));
            }
        };
        if !pod.is_ready() && spares_the_unhealthy(&budget.value) {
            return Ok(());
        }
        check(budget)?;
        if dry_run {
            return Ok(());
        }
        let (now, name) = (self.now(), object.meta.name.clone());
        let counted = self.patch(Actor::ApiServer, &budget.key(), |budget| {
            let left = number(budget, "disruptionsAllowed") - 1;
            budget.set(&["status", "disruptionsAllowed"], left);
            if left == 0 {
                let condition = fields! {
                    "type" => "DisruptionAllowed", "status" => "False", "message" => "",
                    "reason" => "InsufficientPods",
                    "observedGeneration" => number(budget, "observedGeneration"),
                };
                set_condition(budget, condition, now);
            }
            budget.set(&["status", "disruptedPods", &name], now.to_rfc3339());
        });
        counted?;
        Ok(())
    }
}

/// Does a budget say nothing about a Pod that is not running, or on its way out already?
fn can_ignore_budgets(pod: &Pod) -> bool {
    pod.is_finished()
        || &*pod.status.phase == "Pending"
        || pod.metadata.deletion_timestamp.is_some()
}

fn selects(budget: &Value, pod: &Object) -> bool {
    let Some(selector) = budget.at(&["spec", "selector"]) else {
        return false;
    };
    let selector: Result<LabelSelector, _> = view::read(selector);
    selector.is_ok_and(|selector| selector.matches(&pod.meta.labels))
}

fn number(budget: &Value, name: &str) -> i64 {
    let number = budget.at(&["status", name]).and_then(Value::as_i64);
    number.unwrap_or(0)
}

/// May a Pod that isn't ready go whatever the budget allows?
fn spares_the_unhealthy(budget: &Value) -> bool {
    if budget.text_at(&["spec", "unhealthyPodEvictionPolicy"]) == "AlwaysAllow" {
        return true;
    }
    let desired = number(budget, "desiredHealthy");
    number(budget, "currentHealthy") >= desired && desired > 0
}

/// Models `checkAndDecrement`, but for the counting.
fn check(budget: &Object) -> Result<(), Refused> {
    let (value, name) = (&budget.value, &budget.meta.name);
    if number(value, "observedGeneration") < budget.meta.generation {
        let cause = format!("The disruption budget {name} is still being processed by the server.");
        return Err(too_many_requests(cause, Some(10)));
    }
    let allowed = number(value, "disruptionsAllowed");
    let disrupted = value.at(&["status", "disruptedPods"]);
    let disrupted = disrupted.and_then(Value::as_map).map_or(0, |all| all.len());
    if allowed < 0 {
        return Err(forbidden(name, "pdb disruptions allowed is negative"));
    }
    if disrupted > MAX_DISRUPTED_PODS {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(forbidden(name, why));
    }
    if allowed > 0 {
        return Ok(());
    }
    let conditions = value.at(&["status", "conditions"]);
    let is_allowed = |condition: &&Value| condition.text_at(&["type"]) == "DisruptionAllowed";
    let condition = conditions.map_or(&[][..], Value::items);
    let says_no = condition.iter().find(is_allowed).filter(|condition| {
        let text = |name: &str| condition.text_at(&[name]);
        text("status") == "False" && !text("message").is_empty()
    });
    let text = |name: &str| says_no.map_or("", |condition| condition.text_at(&[name]));
    let (reason, message) = (text("reason"), text("message"));
    let (needs, has) = (
        number(value, "desiredHealthy"),
        number(value, "currentHealthy"),
    );
    let cause = if reason == "SyncFailed" {
        format!(
            "The disruption budget {name} does not allow evicting pods currently because it failed \
             sync: {message}"
        )
    } else if has <= needs {
        format!("The disruption budget {name} needs {needs} healthy pods and has {has} currently")
    } else if says_no.is_some() {
        format!(
            "The disruption budget {name} does not allow evicting pods currently ({reason}): {message}"
        )
    } else {
        format!("The disruption budget {name} does not allow evicting pods currently")
    };
    Err(too_many_requests(cause, None))
}

fn too_many_requests(cause: String, retry_after_seconds: Option<u32>) -> Refused {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Refused {
        status: Status {
            code: 429,
            reason: "TooManyRequests",
            message: message.into(),
        },
        cause: Some(("DisruptionBudget", cause)),
        retry_after_seconds,
    }
}

fn forbidden(name: &str, why: &str) -> Refused {
    Refused::from(Status {
        code: 403,
        reason: "Forbidden",
        message: format!("poddisruptionbudget.policy \"{name}\" is forbidden: {why}"),
    })
}

/// Is it the Pod that is meant? Models `addConditionAndDeletePod` and `rest.BeforeDelete`.
fn check_preconditions(object: &Object, eviction: &Eviction) -> Result<(), Status> {
    let meta = &object.meta;
    let differs = |what: &str, wanted: &Option<Rc<str>>, found: &str, then: &str| {
        let wanted = wanted.as_ref().filter(|wanted| ***wanted != *found)?;
        Some(Status {
            code: 409,
            reason: "Conflict",
            message: format!(
                "Operation cannot be fulfilled on Pod \"{}\": the {what} in the precondition \
                 ({wanted}) does not match the {what} in record ({found}). The object might have been \
                 {then}",
                meta.name
            ),
        })
    };
    let (uid, version) = (&*meta.uid, &*meta.resource_version);
    let wrong = differs("UID", &eviction.uid, uid, "deleted and then recreated");
    let version = || {
        let wanted = &eviction.resource_version;
        differs("ResourceVersion", wanted, version, "modified")
    };
    wrong.or_else(version).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Setup;

    /// A world with a Pod of this phase and readiness, and budgets with these statuses over it.
    fn world(phase: &str, ready: &str, budgets: &[Value]) -> (World, ObjectKey) {
        let mut world = World::new(Rc::new(Setup::default()), 7);
        super::super::api_server::bootstrap(&mut world);
        let container = fields! { "name" => "a", "image" => "demo/web:1" };
        let pod = fields! {
            "apiVersion" => "v1", "kind" => "Pod",
            "metadata" => fields! {
                "name" => "web", "namespace" => "default", "labels" => fields! { "app" => "web" },
            },
            "spec" => fields! {
                "nodeName" => "node-1", "containers" => [container].into_iter().collect::<Value>(),
            },
        };
        let key = world.create(Actor::You, pod).expect("it is valid").key();
        let is_ready = fields! { "type" => "Ready", "status" => ready };
        let edit = |pod: &mut Value| {
            pod.set(&["status", "phase"], phase);
            set_condition(pod, is_ready, crate::cluster::SimTime::ZERO);
        };
        world.patch(Actor::You, &key, edit).expect("it is there");
        for (number, status) in budgets.iter().enumerate() {
            let labels = fields! { "matchLabels" => fields! { "app" => "web" } };
            let budget = fields! {
                "apiVersion" => "policy/v1", "kind" => "PodDisruptionBudget",
                "metadata" => fields! { "name" => format!("b{number}"), "namespace" => "default" },
                "spec" => fields! { "minAvailable" => 1, "selector" => labels },
            };
            let budget = world.create(Actor::You, budget).expect("it is valid").key();
            let edit = |budget: &mut Value| budget.set(&["status"], status.clone());
            world.patch(Actor::You, &budget, edit).expect("it is there");
        }
        (world, key)
    }

    fn status(allowed: i64, needs: i64, has: i64) -> Value {
        fields! {
            "disruptionsAllowed" => allowed, "desiredHealthy" => needs, "currentHealthy" => has,
            "observedGeneration" => 1,
        }
    }

    #[test]
    fn an_evicted_pod_is_marked_and_deleted_and_counted_by_its_budget() {
        let (mut world, key) = world("Running", "True", &[status(1, 1, 2)]);
        let evicted = world.evict(Actor::You, &Eviction::of(key.clone()));
        assert_eq!(evicted, Ok(()));
        let pod = world
            .store
            .get(&key)
            .expect("its kubelet has the last word");
        let condition = pod.pod().and_then(|pod| pod.condition("DisruptionTarget"));
        let condition = condition.expect("it says why it goes");
        assert_eq!(&*condition.reason, "EvictionByEvictionAPI");
        assert_eq!(pod.meta.deletion_grace_period_seconds, Some(30));
        let budget = ObjectKey::new("PodDisruptionBudget.policy", "default", "b0");
        let budget = &world.store.get(&budget).expect("it is there").value;
        assert_eq!(number(budget, "disruptionsAllowed"), 0);
        assert!(budget.at(&["status", "disruptedPods", "web"]).is_some());
        let conditions = budget.at(&["status", "conditions"]).map(Value::items);
        assert_eq!(
            conditions.expect("one is there")[0].text_at(&["reason"]),
            "InsufficientPods"
        );
    }

    #[test]
    fn a_budget_in_the_way_is_told_with_its_cause() {
        let mut failed = status(0, 0, 0);
        let condition = fields! {
            "type" => "DisruptionAllowed", "status" => "False", "reason" => "SyncFailed",
            "message" => "found no controllers",
        };
        failed.set(&["conditions"], [condition].into_iter().collect::<Value>());
        let unseen = fields! { "disruptionsAllowed" => 5 };
        for (budget, cause, after) in [
            (
                status(0, 1, 1),
                "The disruption budget b0 needs 1 healthy pods and has 1 currently",
                None,
            ),
            (
                status(0, 1, 2),
                "The disruption budget b0 does not allow evicting pods currently",
                None,
            ),
            (
                failed,
                "The disruption budget b0 does not allow evicting pods currently because it failed \
                 sync: found no controllers",
                None,
            ),
            (
                unseen,
                "The disruption budget b0 is still being processed by the server.",
                Some(10),
            ),
        ] {
            let (mut world, key) = world("Running", "True", &[budget]);
            let refused = world
                .evict(Actor::You, &Eviction::of(key.clone()))
                .expect_err("the budget is in the way");
            assert_eq!(refused.status.code, 429);
            assert_eq!(
                refused.status.to_string(),
                "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's \
                 disruption budget."
            );
            assert_eq!(refused.cause, Some(("DisruptionBudget", cause.into())));
            assert_eq!(refused.retry_after_seconds, after);
            let pod = world.store.get(&key).expect("it stays");
            assert!(pod.meta.deletion_timestamp.is_none());
        }
    }

    #[test]
    fn some_pods_go_whatever_a_budget_says() {
        for (phase, ready, budget, goes) in [
            ("Pending", "False", status(0, 1, 0), true),
            ("Failed", "False", status(0, 1, 0), true),
            ("Running", "False", status(0, 1, 1), true),
            ("Running", "False", status(0, 2, 1), false),
            ("Running", "True", status(0, 1, 1), false),
        ] {
            let (mut world, key) = world(phase, ready, &[budget]);
            let evicted = world.evict(Actor::You, &Eviction::of(key));
            assert_eq!(evicted.is_ok(), goes, "{phase}, ready {ready}");
        }
        let two = [status(1, 1, 2), status(1, 1, 2)];
        let (mut world, key) = world("Running", "True", &two);
        let refused = world.evict(Actor::You, &Eviction::of(key));
        assert_eq!(refused.expect_err("there are two").status.code, 500);
    }

    #[test]
    fn a_dry_run_changes_nothing_and_a_precondition_holds() {
        let (mut world, key) = world("Running", "True", &[status(1, 1, 2)]);
        let before = world.store.changes().len();
        let sent = fields! {
            "metadata" => fields! { "name" => "web" },
            "deleteOptions" => fields! { "gracePeriodSeconds" => 5 },
        };
        let eviction = Eviction::read(key.clone(), &sent, true).expect("it is in order");
        assert_eq!(eviction.grace_period_seconds, Some(5));
        assert_eq!(world.evict(Actor::You, &eviction), Ok(()));
        assert_eq!(world.store.changes().len(), before);
        let other = Eviction {
            uid: Some("other".into()),
            dry_run: false,
            ..eviction
        };
        let refused = world.evict(Actor::You, &other).expect_err("it is another");
        let told = "Operation cannot be fulfilled on Pod \"web\": the UID in the precondition (other) \
                    does not match the UID in record";
        assert!(refused.status.message.starts_with(told));
        assert!(Eviction::read(key, &fields! {}, false).is_err());
    }
}
