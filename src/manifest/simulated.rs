//! Which fields something here obeys. The components' views say it themselves; what the API server
//! does with a field on its own is listed here, with the reason. So is what only some of those obey
//! that would upstream: a line in one component's view can't tell of another that is missing.

use std::collections::BTreeSet;

use crate::api::cron_job::CronJob;
use crate::api::disruption::PodDisruptionBudget;
use crate::api::endpoint_slice::EndpointSlice;
use crate::api::job::Job;
use crate::api::network_policy::NetworkPolicy;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::pod_config::{PodDns, PodEnvironment, PodVolumes};
use crate::api::service::Service;
use crate::api::sets::{DaemonSet, StatefulSet};
use crate::api::view::paths_of;
use crate::api::workloads::{Deployment, ReplicaSet, ReplicationController};
use crate::cluster::scheduler::listers::{PersistentVolume, PersistentVolumeClaim, StorageClass};

/// The obeyed paths of one kind, as `spec.containers[].image`. What is under a path that ends in `*`
/// is obeyed too.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    paths: BTreeSet<String>,
    wholes: Vec<&'static str>,
    partly: Vec<&'static Partly>,
    /// Where its Pods' template stands, and what is obeyed of that.
    template: Option<(&'static str, Box<Simulated>)>,
}

/// A field that something here obeys, and what else upstream would do.
#[derive(Debug)]
struct Partly {
    /// Of which kind; empty for all.
    kind: &'static str,
    /// Which field; `kind` stands for the object as a whole.
    path: &'static str,
    /// Only if it has this value; empty for any. What is below a field is meant too then.
    value: &'static str,
    /// What isn't done.
    lacking: &'static str,
}

/// What is obeyed by one of two.
const PARTLY: &[Partly] = &[
    Partly {
        kind: "CronJob",
        path: "spec.timeZone",
        value: "",
        lacking: "zones with seasons are unknown here and count as UTC; Etc/GMT+5 and its like work",
    },
    Partly {
        kind: "Service",
        path: "spec.type",
        value: "LoadBalancer",
        lacking: "nobody outside gives it an address; its node port works",
    },
    Partly {
        kind: "Service",
        path: "spec.trafficDistribution",
        value: "",
        lacking: "its slices say whom each endpoint is best for, but nodes choose among all",
    },
    Partly {
        kind: "Pod",
        path: "spec.volumes[].persistentVolumeClaim.claimName",
        value: "",
        lacking: "containers wait until the claim is bound, but what is mounted then is an empty folder of the \
                  Pod's own",
    },
    Partly {
        kind: "Pod",
        path: "spec.volumes[].image.reference",
        value: "",
        lacking: "the scheduler reads it, but nothing pulls it: the folder is empty",
    },
    Partly {
        kind: "Pod",
        path: "spec.volumes[].hostPath.path",
        value: "",
        lacking: "it is checked against a machine's usual paths, but nothing is in them but what Pods left there",
    },
    Partly {
        kind: "Pod",
        path: "spec.volumes[].emptyDir.sizeLimit",
        value: "",
        lacking: "a Pod that passes it on disk is evicted, but no write fails because of it in memory",
    },
    Partly {
        kind: "Pod",
        path: "spec.volumes[].projected.sources[].serviceAccountToken",
        value: "",
        lacking: "the file says whose token it would be: nobody would check one",
    },
    Partly {
        kind: "Pod",
        path: "spec.imagePullSecrets",
        value: "",
        lacking: "a Secret that is missing is told, but no registry here asks for one",
    },
    Partly {
        kind: "Pod",
        path: "spec.ephemeralContainers[].targetContainerName",
        value: "",
        lacking: "the container has to be there, but its processes aren't seen",
    },
    Partly {
        kind: "HorizontalPodAutoscaler",
        path: "spec.metrics",
        value: "",
        lacking: "there is no metrics server here: it is told that nothing can be measured",
    },
    Partly {
        kind: "StorageClass",
        path: "provisioner",
        value: "",
        lacking: "claims are told to wait for it, but nothing makes volumes here",
    },
    Partly {
        kind: "PersistentVolume",
        path: "spec.persistentVolumeReclaimPolicy",
        value: "Recycle",
        lacking: "nothing wipes it: it stays Released",
    },
];

/// What the API server obeys on its own, or no view says, by kind: a path, and what is done with it.
const BY_THE_API_SERVER: &[(&str, &str, &str)] = &[
    ("", "apiVersion", "decides how the rest is read"),
    ("", "kind", "decides how the rest is read"),
    ("", "metadata", "every object has it"),
    ("", "metadata.name", "the key in the store"),
    ("", "metadata.namespace", "the key in the store"),
    ("", "metadata.generateName", "a name is drawn from it"),
    ("", "metadata.labels", "kept and shown; selectors read them"),
    ("", "metadata.annotations", "kept and shown"),
    (
        "",
        "metadata.finalizers",
        "a deleted object stays while one is left",
    ),
    (
        "",
        "metadata.ownerReferences*",
        "the garbage collector reads them",
    ),
    ("", "metadata.uid", "a creator's is replaced"),
    ("", "metadata.resourceVersion", "a creator's is replaced"),
    ("", "metadata.creationTimestamp", "a creator's is replaced"),
    ("", "metadata.generation", "a creator's is replaced"),
    (
        "Pod",
        "spec.serviceAccountName",
        "the ServiceAccount admission plugin reads it",
    ),
    ("Pod", "spec.serviceAccount", "the older name of the same"),
    (
        "Pod",
        "spec.priorityClassName",
        "the Priority admission plugin reads it",
    ),
    (
        "LimitRange",
        "spec*",
        "the LimitRanger admission plugin reads it",
    ),
    (
        "ResourceQuota",
        "spec*",
        "the ResourceQuota admission plugin and the quota controller read it",
    ),
    ("ResourceQuota", "status*", "a creator's is dropped"),
    ("PodDisruptionBudget", "status*", "a creator's is dropped"),
    ("HorizontalPodAutoscaler", "spec", "its controller reads it"),
    (
        "HorizontalPodAutoscaler",
        "spec.scaleTargetRef*",
        "its controller reads it",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec.minReplicas",
        "its controller keeps the target above",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec.maxReplicas",
        "its controller keeps the target below",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec.metrics*",
        "its controller asks for them",
    ),
    (
        "HorizontalPodAutoscaler",
        "status*",
        "a creator's is dropped",
    ),
    (
        "PriorityClass",
        "value",
        "the Priority admission plugin reads it",
    ),
    (
        "PriorityClass",
        "globalDefault",
        "the Priority admission plugin reads it",
    ),
    (
        "PriorityClass",
        "preemptionPolicy",
        "the Priority admission plugin reads it",
    ),
    ("PriorityClass", "description", "kept and shown"),
    (
        "Pod",
        "spec.automountServiceAccountToken",
        "the ServiceAccount admission plugin reads it",
    ),
    ("Pod", "status*", "a creator's is dropped"),
    (
        "Namespace",
        "spec*",
        "its finalizers hold a deleted Namespace until the namespace controller finds it empty",
    ),
    ("Namespace", "status*", "a creator's is dropped"),
    ("Deployment", "status*", "a creator's is dropped"),
    ("ReplicaSet", "status*", "a creator's is dropped"),
    ("ReplicationController", "status*", "a creator's is dropped"),
    ("PersistentVolumeClaim", "status*", "a creator's is dropped"),
    ("PersistentVolume", "status*", "a creator's is dropped"),
    (
        "ServiceAccount",
        "automountServiceAccountToken",
        "the ServiceAccount admission plugin reads it",
    ),
    (
        "ServiceAccount",
        "imagePullSecrets*",
        "the ServiceAccount admission plugin copies them",
    ),
    (
        "ConfigMap",
        "data*",
        "kubelets make variables and files of it",
    ),
    ("ConfigMap", "binaryData*", "kubelets make files of it"),
    ("ConfigMap", "immutable", "no update changes it any more"),
    ("Secret", "data*", "kubelets make variables and files of it"),
    ("Secret", "stringData*", "the same, written plainly"),
    ("Secret", "immutable", "no update changes it any more"),
    (
        "Secret",
        "type",
        "kept and shown; decides what it must hold",
    ),
    (
        "Pod",
        "spec.ephemeralContainers[].targetContainerName",
        "the kubelet starts no ephemeral container before it",
    ),
    (
        "StatefulSet",
        "spec.volumeClaimTemplates*",
        "its controller makes claims of them",
    ),
    (
        "StatefulSet",
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        "dropped: its feature is off",
    ),
    (
        "Job",
        "spec.manualSelector",
        "decides whether a selector is made",
    ),
    (
        "CronJob",
        "spec.jobTemplate*",
        "its controller makes Jobs of it",
    ),
    (
        "PersistentVolume",
        "spec.persistentVolumeReclaimPolicy",
        "the binder reads it",
    ),
    (
        "PersistentVolume",
        "spec.hostPath",
        "says that there is something to delete",
    ),
    (
        "PersistentVolume",
        "spec.hostPath.path",
        "only what is below /tmp is deleted",
    ),
    ("ControllerRevision", "data*", "its set goes back to it"),
    (
        "ControllerRevision",
        "revision",
        "the order of a set's revisions",
    ),
    ("Binding", "target", "the Pod's place"),
    ("Binding", "target.kind", "a Node, or nothing"),
    ("Binding", "target.name", "the Pod's node"),
];

/// Does anything act on objects of this kind, as [`crate::api::ObjectKey`] names it?
pub fn acts_on(kind: &str) -> bool {
    let kinds = [
        "Pod",
        "Node",
        "Namespace",
        "Service",
        "Event",
        "LimitRange",
        "PriorityClass.scheduling.k8s.io",
        "ServiceAccount",
        "ConfigMap",
        "Secret",
        "Binding",
        "EndpointSlice.discovery.k8s.io",
        "NetworkPolicy.networking.k8s.io",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "StorageClass.storage.k8s.io",
        "Job.batch",
        "CronJob.batch",
        "StatefulSet.apps",
        "DaemonSet.apps",
        "ControllerRevision.apps",
        "Deployment.apps",
        "ReplicaSet.apps",
        "ReplicationController",
        "PodDisruptionBudget.policy",
        "ResourceQuota",
        "HorizontalPodAutoscaler.autoscaling",
    ];
    kinds.contains(&kind)
}

impl Simulated {
    /// The obeyed paths of a kind; `None` for one that nothing acts on.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let paths = match (api_version, kind) {
            ("v1", "Pod") => {
                let mut paths = paths_of::<Pod>();
                paths.extend(paths_of::<PodEnvironment>());
                paths.extend(paths_of::<PodVolumes>());
                paths.extend(paths_of::<PodDns>());
                paths
            }
            ("v1", "Node") => paths_of::<Node>(),
            ("v1", "Service") => paths_of::<Service>(),
            ("discovery.k8s.io/v1", "EndpointSlice") => paths_of::<EndpointSlice>(),
            ("networking.k8s.io/v1", "NetworkPolicy") => paths_of::<NetworkPolicy>(),
            ("v1", "PersistentVolumeClaim") => paths_of::<PersistentVolumeClaim>(),
            ("v1", "PersistentVolume") => paths_of::<PersistentVolume>(),
            ("storage.k8s.io/v1", "StorageClass") => paths_of::<StorageClass>(),
            ("batch/v1", "Job") => paths_of::<Job>(),
            ("batch/v1", "CronJob") => paths_of::<CronJob>(),
            ("apps/v1", "StatefulSet") => paths_of::<StatefulSet>(),
            ("apps/v1", "DaemonSet") => paths_of::<DaemonSet>(),
            ("v1", "Namespace" | "LimitRange" | "ServiceAccount" | "Binding") => BTreeSet::new(),
            ("v1", "ResourceQuota") => BTreeSet::new(),
            ("autoscaling/v2", "HorizontalPodAutoscaler") => BTreeSet::new(),
            ("policy/v1", "PodDisruptionBudget") => paths_of::<PodDisruptionBudget>(),
            ("v1", "ConfigMap" | "Secret") => BTreeSet::new(),
            ("apps/v1", "ControllerRevision") => BTreeSet::new(),
            ("scheduling.k8s.io/v1", "PriorityClass") => BTreeSet::new(),
            ("apps/v1", "Deployment") => paths_of::<Deployment>(),
            ("apps/v1", "ReplicaSet") => paths_of::<ReplicaSet>(),
            ("v1", "ReplicationController") => {
                let mut paths = paths_of::<ReplicationController>();
                // It has no such field: its view shares the ReplicaSet's status.
                paths.remove("status.terminatingReplicas");
                paths
            }
            _ => return None,
        };
        let mut simulated = Simulated {
            paths,
            wholes: Vec::new(),
            partly: Vec::new(),
            template: template_of(kind)
                .and_then(|at| Some((at, Box::new(Simulated::of("v1", "Pod")?)))),
        };
        let of_kind = |partly: &&Partly| partly.kind.is_empty() || partly.kind == kind;
        simulated.partly.extend(PARTLY.iter().filter(of_kind));
        for (of, path, _) in BY_THE_API_SERVER {
            if !of.is_empty() && *of != kind {
                continue;
            }
            match path.strip_suffix('*') {
                Some(whole) => simulated.wholes.push(whole),
                None => drop(simulated.paths.insert(path.to_string())),
            }
        }
        Some(simulated)
    }

    /// Does something obey this path, or what it leads to, whatever stands there?
    pub fn obeys(&self, path: &str) -> bool {
        if let Some((pod, path)) = self.in_template(path) {
            return path.is_empty() || pod.obeys(path);
        }
        if self.partly(path, "").is_some() {
            return false;
        }
        let below = |whole: &&str| is_below(path, whole);
        self.paths.contains(path) || self.wholes.iter().any(below)
    }

    /// What isn't done about this path, if it has this value, though something obeys it.
    pub fn partly(&self, path: &str, value: &str) -> Option<&'static str> {
        if let Some((pod, path)) = self.in_template(path) {
            return pod.partly(path, value);
        }
        let partly = self.partly.iter().find(|partly| match partly.value {
            "" => is_below(path, partly.path) && partly.path != "kind",
            only => path == partly.path && value == only,
        });
        partly.map(|partly| partly.lacking)
    }

    /// What is obeyed of a Pod, and which of its fields this path in the template is.
    fn in_template<'a>(&self, path: &'a str) -> Option<(&Simulated, &'a str)> {
        let (at, pod) = self.template.as_ref()?;
        let rest = path.strip_prefix(at)?;
        let is_below = rest.is_empty() || rest.starts_with('.');
        is_below.then(|| (&**pod, rest.trim_start_matches('.')))
    }

    /// What isn't done about such an object as a whole.
    pub fn lacking(&self) -> Option<&'static str> {
        let whole = self.partly.iter().find(|partly| partly.path == "kind");
        whole.map(|partly| partly.lacking)
    }

    /// Every obeyed path; a whole subtree ends in `*`.
    pub fn paths(&self) -> Vec<String> {
        let wholes = self.wholes.iter().map(|whole| format!("{whole}*"));
        let mut paths: Vec<String> = self.paths.iter().cloned().chain(wholes).collect();
        if let Some((at, pod)) = &self.template {
            let template = pod.paths().into_iter();
            let template =
                template.filter(|path| path.starts_with("metadata.") || path.starts_with("spec"));
            paths.extend(template.map(|path| format!("{at}.{path}")));
        }
        paths
    }
}

/// Where a kind keeps the template of its Pods.
fn template_of(kind: &str) -> Option<&'static str> {
    match kind {
        "Job"
        | "StatefulSet"
        | "DaemonSet"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController" => Some("spec.template"),
        "CronJob" => Some("spec.jobTemplate.spec.template"),
        _ => None,
    }
}

/// Is it the path, or one that goes on from it?
fn is_below(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
