//! The fields of an object that the recordings tell. Models the recorder's projection, as
//! `golden/controllers/README.md` describes it.

use serde_json::{Map, Value as Json, json};

use crate::api::{Object, ObjectKey, Value};

const KINDS: [&str; 19] = [
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Node",
    "Namespace",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "ResourceQuota",
    "ConfigMap",
    "Service",
    "Event",
];

/// Is it of a kind that was watched?
pub(super) fn is_watched(key: &ObjectKey) -> bool {
    let is_bundle = &*key.name == "kube-root-ca.crt";
    KINDS.contains(&key.bare_kind()) && !is_bundle
}

/// What is told of an object as it is.
pub(super) fn of(object: &Object) -> Map<String, Json> {
    let mut told = Told {
        value: &object.value,
        fields: Map::new(),
    };
    told.common(object);
    match object.value.text_at(&["kind"]) {
        "Deployment" => told.deployment(),
        "ReplicaSet" | "ReplicationController" => told.replica_set(),
        "Pod" => told.pod(object),
        "StatefulSet" => told.stateful_set(),
        "DaemonSet" => {
            told.copy("generation", &["metadata", "generation"]);
            told.status();
        }
        "Job" => told.job(),
        "CronJob" => told.cron_job(),
        "EndpointSlice" => told.endpoint_slice(),
        "HorizontalPodAutoscaler" => told.autoscaler(),
        "PodDisruptionBudget" => {
            told.status();
            told.conditions();
        }
        "Node" => told.node(),
        "Namespace" => {
            told.copy("phase", &["status", "phase"]);
            told.copy("specFinalizers", &["spec", "finalizers"]);
            told.conditions();
        }
        "PersistentVolumeClaim" => {
            told.copy("phase", &["status", "phase"]);
            told.copy("volume", &["spec", "volumeName"]);
        }
        "PersistentVolume" => {
            told.copy("phase", &["status", "phase"]);
            told.copy("claim", &["spec", "claimRef", "name"]);
        }
        "ResourceQuota" => {
            told.copy("hard", &["status", "hard"]);
            told.copy("used", &["status", "used"]);
        }
        "Service" => {
            told.copy("type", &["spec", "type"]);
            told.copy("selector", &["spec", "selector"]);
        }
        _ => {}
    }
    told.fields
}

struct Told<'o> {
    value: &'o Value,
    fields: Map<String, Json>,
}

impl Told<'_> {
    fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.fields.insert(name.to_string(), value.into());
    }

    /// The field as it is; nothing if it isn't there.
    fn copy(&mut self, name: &str, path: &[&str]) {
        if let Some(value) = self.value.at(path).filter(|value| **value != Value::Null) {
            self.set(name, value.to_json());
        }
    }

    fn truth(&mut self, name: &str, path: &[&str]) {
        let truth = self.value.at(path).and_then(Value::as_bool);
        self.set(name, truth.unwrap_or(false));
    }

    fn is_set(&mut self, name: &str, path: &[&str]) {
        let is_set = self.value.at(path).is_some_and(|value| !value.is_empty());
        self.set(name, is_set);
    }

    fn common(&mut self, object: &Object) {
        let meta = &object.meta;
        if let Some(owner) = meta.controller() {
            self.set("owner", format!("{}/{}", owner.kind, owner.name));
        }
        if meta.deletion_timestamp.is_some() {
            self.set("deleting", true);
            if let Some(seconds) = meta.deletion_grace_period_seconds {
                self.set("gracePeriod", seconds);
            }
        }
        if !meta.finalizers.is_empty() {
            self.copy("finalizers", &["metadata", "finalizers"]);
        }
    }

    fn status(&mut self) {
        let mut status = self.value.get("status").cloned().unwrap_or_default();
        for field in ["conditions", "collisionCount"] {
            status.remove(&[field]);
        }
        self.set("status", status.to_json());
    }

    fn conditions(&mut self) {
        let conditions = self.value.at(&["status", "conditions"]).map(Value::items);
        let mut told = Map::new();
        for condition in conditions.unwrap_or_default() {
            told.insert(
                condition.text_at(&["type"]).to_string(),
                said(condition).into(),
            );
        }
        if !told.is_empty() {
            self.set("conditions", told);
        }
    }

    fn annotation(&mut self, name: &str, annotation: &str) {
        self.copy(name, &["metadata", "annotations", annotation]);
    }

    fn deployment(&mut self) {
        self.copy("replicas", &["spec", "replicas"]);
        self.truth("paused", &["spec", "paused"]);
        self.copy("generation", &["metadata", "generation"]);
        self.annotation("revision", "deployment.kubernetes.io/revision");
        self.status();
        self.conditions();
    }

    fn replica_set(&mut self) {
        self.copy("replicas", &["spec", "replicas"]);
        self.annotation("revision", "deployment.kubernetes.io/revision");
        self.annotation("desired", "deployment.kubernetes.io/desired-replicas");
        self.annotation("max", "deployment.kubernetes.io/max-replicas");
        self.status();
        self.conditions();
    }

    fn pod(&mut self, object: &Object) {
        self.copy("phase", &["status", "phase"]);
        self.copy("node", &["spec", "nodeName"]);
        self.set("ready", object.pod().is_some_and(|pod| pod.is_ready()));
        let labels = object.meta.labels.iter();
        let labels = labels.filter(|(name, _)| !name.starts_with("topology.kubernetes.io/"));
        let labels: Map<String, Json> = labels
            .map(|(name, label)| (name.to_string(), json!(**label)))
            .collect();
        if !labels.is_empty() {
            self.set("labels", labels);
        }
        let containers = self.value.at(&["spec", "containers"]).map(Value::items);
        let images = containers.unwrap_or_default().iter();
        let images: Vec<Json> = images.map(|one| json!(one.text_at(&["image"]))).collect();
        self.set("images", images);
        let conditions = self.value.at(&["status", "conditions"]).map(Value::items);
        for condition in conditions.unwrap_or_default() {
            let is_true = condition.text_at(&["status"]) == "True";
            match condition.text_at(&["type"]) {
                "PodScheduled" if !is_true => self.set("PodScheduled", said(condition)),
                "DisruptionTarget" => self.set("DisruptionTarget", said(condition)),
                _ => {}
            }
        }
        let gates = self
            .value
            .at(&["spec", "schedulingGates"])
            .map(Value::items);
        let gates = gates.unwrap_or_default().iter();
        let gates: Vec<Json> = gates.map(|gate| json!(gate.text_at(&["name"]))).collect();
        if !gates.is_empty() {
            self.set("gates", gates);
        }
        self.copy("nominated", &["status", "nominatedNodeName"]);
        self.copy("reason", &["status", "reason"]);
        self.copy("message", &["status", "message"]);
        self.annotation("index", "batch.kubernetes.io/job-completion-index");
    }

    fn stateful_set(&mut self) {
        self.copy("replicas", &["spec", "replicas"]);
        let partition = ["spec", "updateStrategy", "rollingUpdate", "partition"];
        self.copy("partition", &partition);
        self.status();
        self.conditions();
    }

    fn job(&mut self) {
        self.truth("suspend", &["spec", "suspend"]);
        self.copy("parallelism", &["spec", "parallelism"]);
        self.copy("completions", &["spec", "completions"]);
        self.is_set("started", &["status", "startTime"]);
        self.is_set("completed", &["status", "completionTime"]);
        let mut status = self.value.get("status").cloned().unwrap_or_default();
        for field in ["conditions", "startTime", "completionTime"] {
            status.remove(&[field]);
        }
        let uncounted = status.get("uncountedTerminatedPods").cloned();
        if uncounted.is_some_and(|uncounted| uncounted.is_empty()) {
            status.remove(&["uncountedTerminatedPods"]);
        }
        if !status.is_empty() {
            self.set("status", status.to_json());
        }
        self.conditions();
    }

    fn cron_job(&mut self) {
        self.truth("suspend", &["spec", "suspend"]);
        self.is_set("scheduled", &["status", "lastScheduleTime"]);
        self.is_set("successful", &["status", "lastSuccessfulTime"]);
        let active = self.value.at(&["status", "active"]).map(Value::items);
        let active = active.unwrap_or_default().iter();
        let active: Vec<Json> = active.map(|job| json!(job.text_at(&["name"]))).collect();
        if !active.is_empty() {
            self.set("active", active);
        }
    }

    fn endpoint_slice(&mut self) {
        let label = ["metadata", "labels", "kubernetes.io/service-name"];
        self.copy("service", &label);
        self.copy("addressType", &["addressType"]);
        let ports = self
            .value
            .get("ports")
            .map(Value::items)
            .unwrap_or_default();
        let port = |port: &Value| {
            let field = |name: &str| port.get(name).map_or(Json::Null, Value::to_json);
            let name = port.text_at(&["name"]);
            json!({ "name": name, "protocol": field("protocol"), "port": field("port") })
        };
        if !ports.is_empty() {
            let ports: Vec<Json> = ports.iter().map(port).collect();
            self.set("ports", ports);
        }
        let endpoints = self.value.get("endpoints").map(Value::items);
        let endpoint = |endpoint: &Value| {
            let conditions = endpoint.get("conditions").map(Value::to_json);
            json!({
                "target": endpoint.text_at(&["targetRef", "name"]),
                "conditions": conditions, "node": endpoint.text_at(&["nodeName"]),
            })
        };
        let endpoints = endpoints.unwrap_or_default().iter();
        let endpoints: Vec<Json> = endpoints.map(endpoint).collect();
        self.set("endpoints", endpoints);
    }

    fn autoscaler(&mut self) {
        self.copy("min", &["spec", "minReplicas"]);
        self.copy("max", &["spec", "maxReplicas"]);
        let desired = self.value.at(&["status", "desiredReplicas"]);
        self.set("desired", desired.and_then(Value::as_i64).unwrap_or(0));
        self.copy("current", &["status", "currentReplicas"]);
        self.conditions();
    }

    fn node(&mut self) {
        let conditions = self.value.at(&["status", "conditions"]).map(Value::items);
        let mut conditions = conditions.unwrap_or_default().iter();
        if let Some(ready) = conditions.find(|one| one.text_at(&["type"]) == "Ready") {
            self.set("ready", said(ready));
        }
        self.truth("unschedulable", &["spec", "unschedulable"]);
        let taints = self.value.at(&["spec", "taints"]).map(Value::items);
        let taint = |taint: &Value| {
            let text = |name: &str| taint.text_at(&[name]);
            json!(format!(
                "{}={}:{}",
                text("key"),
                text("value"),
                text("effect")
            ))
        };
        let taints: Vec<Json> = taints.unwrap_or_default().iter().map(taint).collect();
        self.set("taints", taints);
    }
}

/// `<status> <reason> <message>`
fn said(condition: &Value) -> String {
    let text = |name: &str| condition.text_at(&[name]);
    let reason = match text("reason") {
        "" => "-",
        reason => reason,
    };
    let said = format!("{} {reason} {}", text("status"), text("message"));
    said.trim_end().to_string()
}
