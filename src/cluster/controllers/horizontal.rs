//! HorizontalPodAutoscalers: so many Pods that what is measured of them comes near its target. Models
//! `pkg/controller/podautoscaler/horizontal.go` in a cluster without a metrics server, which is what this one is: a
//! target is kept between its bounds, and for all else it is told that nothing can be measured.
//! Left out: what follows from a measurement; that two autoscalers mean the same Pods.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use super::work_queue::WorkQueue;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::{Status, set_condition};
use crate::cluster::{Change, World};
use crate::fields;

const AUTOSCALER: Controller = Controller {
    name: "horizontal-pod-autoscaler",
    component: "horizontal-pod-autoscaler",
    kind: "HorizontalPodAutoscaler.autoscaling",
};

/// How often each is looked at, and how long after its last change first. Default 15 s,
/// `HorizontalPodAutoscalerSyncPeriod`.
const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// The controller `horizontal-pod-autoscaler`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct HorizontalController {
    queue: WorkQueue,
}

impl HorizontalController {
    /// Sees a change. One that is to be looked at anyway isn't looked at any sooner.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if &*change.object.kind == AUTOSCALER.kind && change.after.is_some() {
            let key = &change.object;
            self.queue
                .add_after(world, key, SYNC_PERIOD, Wake::Autoscaler);
        }
    }

    /// Looks at one. Models `processNextWorkItem`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let Some(object) = world.store.get(key).cloned() else {
            return;
        };
        let status = look(world, &object);
        // It was there a moment ago.
        let _ = world.patch(AUTOSCALER.actor(), key, |autoscaler| {
            autoscaler.set(&["status"], status);
        });
        self.queue
            .add_after(world, key, SYNC_PERIOD, Wake::Autoscaler);
    }
}

/// What an autoscaler says after a look. Models `reconcileAutoscaler`.
fn look(world: &mut World, object: &Rc<Object>) -> Value {
    let mut look = Look {
        world,
        object,
        told: object.value.clone(),
    };
    match look.target() {
        Err(why) => {
            look.tell("Warning", "FailedGetScale", &why);
            let message =
                format!("the HPA controller was unable to get the target's current scale: {why}");
            look.condition("AbleToScale", false, "FailedGetScale", &message);
        }
        Ok(target) => look.scale(&target),
    }
    look.told.get("status").cloned().unwrap_or_default()
}

struct Look<'w> {
    world: &'w mut World,
    object: &'w Rc<Object>,
    /// The autoscaler with the status that it is to have.
    told: Value,
}

impl Look<'_> {
    fn tell(&mut self, kind: &str, reason: &str, message: &str) {
        AUTOSCALER.tell(self.world, self.object, (kind, reason), message.to_string());
    }

    fn condition(&mut self, kind: &str, is_true: bool, reason: &str, message: &str) {
        let status = if is_true { "True" } else { "False" };
        let condition = fields! {
            "type" => kind, "status" => status, "reason" => reason, "message" => message,
        };
        set_condition(&mut self.told, condition, self.world.now());
    }

    /// What is to be scaled, as it is.
    fn target(&self) -> Result<Rc<Object>, String> {
        let text = |part| self.object.value.text_at(&["spec", "scaleTargetRef", part]);
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        let has_scale = matches!(
            (group, kind),
            ("", "ReplicationController") | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet")
        );
        let found = fields! {
            "apiVersion" => api_version, "kind" => kind,
            "metadata" => fields! { "name" => text("name"), "namespace" => self.object.meta.namespace.clone() },
        };
        let key = ObjectKey::of(&found);
        let resource = crate::api::validation::resource(&key);
        if crate::api::schema::kind_of_group(group, kind).is_none() {
            return Err(format!(
                "no matches for kind \"{kind}\" in group \"{group}\""
            ));
        }
        if !has_scale {
            return Err("the server could not find the requested resource".into());
        }
        let found = self.world.store.get(&key).cloned();
        found.ok_or_else(|| Status::not_found(&resource, &key.name).message)
    }

    fn scale(&mut self, target: &Object) {
        let message = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", message);
        let number = |value: &Value, name: &str| value.at(&["spec", name]).and_then(Value::as_i64);
        let current = number(&target.value, "replicas").unwrap_or(1);
        let least = number(&self.object.value, "minReplicas").unwrap_or(1);
        let most = number(&self.object.value, "maxReplicas").unwrap_or(current);
        if current == 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message);
            self.remember(0, 0);
        } else if current > most {
            let why = "Current number of replicas above Spec.MaxReplicas";
            self.rescale(target, current, most, why);
        } else if current < least {
            let why = "Current number of replicas below Spec.MinReplicas";
            self.rescale(target, current, least, why);
        } else {
            self.measure(current);
        }
    }

    fn remember(&mut self, current: i64, desired: i64) {
        self.told.set(&["status", "currentReplicas"], current);
        self.told.set(&["status", "desiredReplicas"], desired);
        self.told.set(&["status", "currentMetrics"], Value::Null);
    }

    fn rescale(&mut self, target: &Object, current: i64, desired: i64, why: &str) {
        let mut value = target.value.clone();
        value.set(&["spec", "replicas"], desired);
        if let Err(status) = self.world.update(AUTOSCALER.actor(), value) {
            let error = &status.message;
            let message = format!("New size: {desired}; reason: {why}; error: {error}");
            self.tell("Warning", "FailedRescale", &message);
            let message =
                format!("the HPA controller was unable to update the target scale: {error}");
            self.condition("AbleToScale", false, "FailedUpdateScale", &message);
            self.told.set(&["status", "currentReplicas"], current);
            return;
        }
        let message =
            format!("the HPA controller was able to update the target scale to {desired}");
        self.condition("AbleToScale", true, "SucceededRescale", &message);
        let message = format!("New size: {desired}; reason: {why}");
        self.tell("Normal", "SuccessfulRescale", &message);
        self.remember(current, desired);
        let now = self.world.now().to_rfc3339();
        self.told.set(&["status", "lastScaleTime"], now);
    }

    /// Nobody serves metrics. Models `computeReplicasForMetrics`.
    fn measure(&mut self, current: i64) {
        let metrics = self.object.value.at(&["spec", "metrics"]).map(Value::items);
        let metrics = metrics.unwrap_or_default();
        let mut first = None;
        for metric in metrics {
            let missing = Missing::of(metric);
            self.tell("Warning", &missing.reason, &missing.error);
            first = first.or(Some(missing));
        }
        let Some(first) = first else { return };
        let error = &first.error;
        let message = format!("the HPA was unable to compute the replica count: {error}");
        self.condition("ScalingActive", false, &first.reason, &message);
        let nothing = metrics.iter().map(|_| fields! { "type" => "" });
        let nothing: Value = nothing.collect();
        self.told.set(&["status", "currentReplicas"], current);
        self.told.set(&["status", "currentMetrics"], nothing);
        let (count, what) = (metrics.len(), &first.what);
        let message = format!(
            "invalid metrics ({count} invalid out of {count}), first error is: failed to get {what} value: {error}"
        );
        self.tell("Warning", "FailedComputeMetricsReplicas", &message);
    }
}

/// What can't be measured.
struct Missing {
    reason: String,
    what: String,
    error: String,
}

impl Missing {
    /// Models `computeReplicasForMetric` and what `metrics/client.go` says where no API is registered.
    fn of(metric: &Value) -> Self {
        let kind = metric.text_at(&["type"]);
        let of = |part: &str| match kind {
            "Resource" => metric.at(&["resource", part]),
            "ContainerResource" => metric.at(&["containerResource", part]),
            "Object" => metric.at(&["object", part]),
            "External" => metric.at(&["external", part]),
            _ => metric.at(&["pods", part]),
        };
        let text = |part: &str| of(part).and_then(Value::as_str).unwrap_or_default();
        let name = match kind {
            "Resource" | "ContainerResource" => text("name"),
            _ => of("metric").map_or("", |metric| metric.text_at(&["name"])),
        };
        let has_value = of("target").is_some_and(|target| target.get("averageValue").is_some());
        let measured = if has_value { "usage" } else { "utilization" };
        let no_api = |api: &str| format!("no {api} metrics API ({api}.metrics.k8s.io) registered");
        let (what, error) = match kind {
            "Resource" | "ContainerResource" => {
                let what = match kind {
                    "Resource" => format!("{name} resource metric"),
                    _ => format!("{} container metric", text("container")),
                };
                let error = format!(
                    "failed to get {name} {measured}: unable to get metrics for resource {name}: unable to fetch metrics \
                     from resource metrics API: the server could not find the requested resource (get \
                     pods.metrics.k8s.io)"
                );
                (what, error)
            }
            "External" => {
                let api = no_api("external");
                (
                    format!("{name} external metric"),
                    format!(
                        "unable to get external metric {name}: unable to fetch metrics from external metrics API: {api}"
                    ),
                )
            }
            _ => {
                let api = no_api("custom");
                (
                    format!("{} metric", kind.to_lowercase()),
                    format!(
                        "unable to get metric {name}: unable to fetch metrics from custom metrics API: {api}"
                    ),
                )
            }
        };
        Missing {
            reason: format!("FailedGet{kind}Metric"),
            what,
            error,
        }
    }
}
