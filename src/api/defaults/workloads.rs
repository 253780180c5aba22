//! Defaults of what makes Pods. Models `pkg/apis/apps/v1/defaults.go`,
//! `pkg/apis/autoscaling/v2/defaults.go` and core's `SetDefaults_ReplicationController`.

use super::default_to;
use crate::api::Value;
use crate::fields;

const ROLLING: &str = "RollingUpdate";

/// Models `SetDefaults_Deployment`.
pub fn deployment(deployment: &mut Value) {
    let spec = deployment.at_mut(&["spec"]);
    default_to(spec, &["replicas"], 1);
    default_to(spec, &["strategy", "type"], ROLLING);
    if spec.text_at(&["strategy", "type"]) == ROLLING {
        default_to(
            spec,
            &["strategy", "rollingUpdate", "maxUnavailable"],
            "25%",
        );
        default_to(spec, &["strategy", "rollingUpdate", "maxSurge"], "25%");
    }
    default_to(spec, &["revisionHistoryLimit"], 10);
    default_to(spec, &["progressDeadlineSeconds"], 600);
}

/// Models `SetDefaults_ReplicaSet`.
pub fn replica_set(replica_set: &mut Value) {
    default_to(replica_set, &["spec", "replicas"], 1);
}

/// Models `SetDefaults_DaemonSet`.
pub fn daemon_set(daemon_set: &mut Value) {
    let spec = daemon_set.at_mut(&["spec"]);
    default_to(spec, &["updateStrategy", "type"], ROLLING);
    if spec.text_at(&["updateStrategy", "type"]) == ROLLING {
        default_to(
            spec,
            &["updateStrategy", "rollingUpdate", "maxUnavailable"],
            1,
        );
        default_to(spec, &["updateStrategy", "rollingUpdate", "maxSurge"], 0);
    }
    default_to(spec, &["revisionHistoryLimit"], 10);
}

/// Models `SetDefaults_StatefulSet`.
pub fn stateful_set(stateful_set: &mut Value) {
    let spec = stateful_set.at_mut(&["spec"]);
    default_to(spec, &["podManagementPolicy"], "OrderedReady");
    let rolling = ["updateStrategy", "rollingUpdate"];
    if spec.text_at(&["updateStrategy", "type"]).is_empty() {
        spec.set(&["updateStrategy", "type"], ROLLING);
        if spec.at(&rolling).is_none() {
            spec.set(&rolling, Value::map());
        }
    }
    if spec.text_at(&["updateStrategy", "type"]) == ROLLING && spec.at(&rolling).is_some() {
        default_to(spec, &["updateStrategy", "rollingUpdate", "partition"], 0);
    }
    for name in ["whenDeleted", "whenScaled"] {
        default_to(
            spec,
            &["persistentVolumeClaimRetentionPolicy", name],
            "Retain",
        );
    }
    default_to(spec, &["replicas"], 1);
    default_to(spec, &["revisionHistoryLimit"], 10);
    // Templates of claims are claims: they say so.
    if spec.get("volumeClaimTemplates").is_some() {
        for claim in spec.at_mut(&["volumeClaimTemplates"]).items_mut() {
            claim.set(&["apiVersion"], "v1");
            claim.set(&["kind"], "PersistentVolumeClaim");
        }
    }
}

/// Models `SetDefaults_ReplicationController`: its labels and its selector are its template's.
pub fn replication_controller(controller: &mut Value) {
    let labels = controller
        .at(&["spec", "template", "metadata", "labels"])
        .cloned();
    if let Some(labels) = labels {
        default_to(controller, &["spec", "selector"], labels.clone());
        default_to(controller, &["metadata", "labels"], labels);
    }
}

/// Models `SetDefaults_HorizontalPodAutoscaler`.
pub fn horizontal_pod_autoscaler(autoscaler: &mut Value) {
    let spec = autoscaler.at_mut(&["spec"]);
    default_to(spec, &["minReplicas"], 1);
    if spec.get("metrics").is_none_or(Value::is_empty) {
        let target = fields! { "type" => "Utilization", "averageUtilization" => 80 };
        let resource = fields! { "name" => "cpu", "target" => target };
        let metric = fields! { "type" => "Resource", "resource" => resource };
        spec.set(&["metrics"], [metric].into_iter().collect::<Value>());
    }
    if spec.get("behavior").is_some() {
        scaling_rules(spec);
    }
}

/// Models `SetDefaults_HorizontalPodAutoscalerBehavior`: scaling up at once, by four Pods or by all
/// that are there; scaling down by any number.
fn scaling_rules(spec: &mut Value) {
    let policy = |kind: &str, value: i64| {
        fields! { "type" => kind, "value" => value, "periodSeconds" => 15 }
    };
    let up = [policy("Pods", 4), policy("Percent", 100)];
    let down = [policy("Percent", 100)];
    for (name, policies) in [("scaleUp", &up[..]), ("scaleDown", &down[..])] {
        default_to(spec, &["behavior", name, "selectPolicy"], "Max");
        let policies: Value = policies.iter().cloned().collect();
        default_to(spec, &["behavior", name, "policies"], policies);
    }
    default_to(
        spec,
        &["behavior", "scaleUp", "stabilizationWindowSeconds"],
        0,
    );
}
