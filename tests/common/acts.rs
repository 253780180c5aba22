//! What a person might do to workloads, their Pods and nodes. What it is done to is picked when it is done: Pods'
//! names aren't known before.

use std::rc::Rc;

use podarium::api::Object;
use podarium::cluster::{Fault, Input, Simulation};
use podarium::machine::Machine;
use proptest::prelude::*;

/// Something that a person might do.
#[derive(Clone, Debug)]
pub enum Act {
    /// A workload is applied, new or other than before.
    Apply(Workload),
    /// A line is typed.
    Line(String),
    /// A line about a Pod, whose name takes the place of `POD`, in its namespace.
    LineOfPod(u8, &'static str),
    /// A line about a workload that is there: `KIND` and `NAME`.
    LineOfWorkload(u8, String),
    /// A container of a Pod gets SIGKILL.
    Kill(u8),
    /// A ConfigMap of a name comes that two workloads own.
    Own(u8, u8, u8),
    PowerOff(u8),
    PowerOn(u8),
    Partition(u8),
    Heal(u8),
    AddMachine,
    RemoveMachine,
}

/// A manifest as a few numbers.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: &'static str,
    number: u8,
    namespace: &'static str,
    replicas: u8,
    image: &'static str,
    /// Whatever the kind makes of it.
    options: u8,
}

/// Images that come up, and two that don't: of one the tag isn't there, one ends at once.
pub const IMAGES: [&str; 4] = ["demo/web:1", "demo/web:2", "demo/web:bad", "busybox:1.36"];

/// Does a Pod of this image come up and stay?
pub fn is_good(image: &str) -> bool {
    IMAGES[..2].contains(&image)
}

/// Kinds that come up by themselves, the frequent ones more than once.
const KINDS: [&str; 12] = [
    "Deployment",
    "Deployment",
    "Deployment",
    "Deployment",
    "ReplicaSet",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Pod",
];
const OF_WORKLOADS: [&str; 7] = [
    "Deployment.apps",
    "ReplicaSet.apps",
    "ReplicationController",
    "StatefulSet.apps",
    "DaemonSet.apps",
    "Job.batch",
    "CronJob.batch",
];

/// How a Deployment's new Pods take the place of old ones.
const STRATEGIES: [&str; 8] = [
    "{rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}",
    "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
    "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}",
    "{rollingUpdate: {maxSurge: 2, maxUnavailable: 1}}",
    "{rollingUpdate: {maxSurge: 50%, maxUnavailable: 0}}",
    "{rollingUpdate: {maxSurge: 0, maxUnavailable: 100%}}",
    "{rollingUpdate: {maxSurge: 100%, maxUnavailable: 50%}}",
    "{type: Recreate}",
];

impl Workload {
    fn bit(&self, number: u32) -> bool {
        self.options >> number & 1 == 1
    }

    fn manifest(&self) -> String {
        let Workload { kind, number, .. } = self;
        let name = format!("{}-{number}", kind.to_lowercase());
        let (api, app, spec) = match *kind {
            "Deployment" => ("apps/v1", name.clone(), self.deployment(&name)),
            "ReplicaSet" => (
                "apps/v1",
                "set".into(),
                self.replicas(&self.selector("set")),
            ),
            "ReplicationController" => ("v1", "set".into(), self.replicas("selector: {app: set}")),
            "StatefulSet" => ("apps/v1", name.clone(), self.stateful_set(&name)),
            "DaemonSet" => ("apps/v1", name.clone(), self.daemon_set(&name)),
            "Job" => ("batch/v1", name.clone(), self.job()),
            "CronJob" => {
                let job = self.job();
                let spec = format!("schedule: '* * * * *', jobTemplate: {{spec: {{{job}}}}}");
                ("batch/v1", name.clone(), spec)
            }
            _ => ("v1", "set".into(), self.pod("Always", self.image)),
        };
        let namespace = self.namespace;
        format!(
            "{{apiVersion: {api}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}, \
             labels: {{app: {app}}}}}, spec: {{{spec}}}}}"
        )
    }

    /// One container; its probe, and whether it is large.
    fn pod(&self, restart: &str, image: &str) -> String {
        let probe = match self.bit(0) && is_good(image) {
            true => ", readinessProbe: {httpGet: {port: 8080}, periodSeconds: 2}",
            false => "",
        };
        let cpu = if self.options.is_multiple_of(16) {
            "700m"
        } else {
            "100m"
        };
        format!(
            "restartPolicy: {restart}, terminationGracePeriodSeconds: {}, containers: [{{name: a, image: '{image}', \
             resources: {{requests: {{cpu: {cpu}, memory: 32Mi}}}}{probe}}}]",
            u8::from(self.bit(1)) * 3 + 1
        )
    }

    fn template(&self, app: &str) -> String {
        let pod = self.pod("Always", self.image);
        format!("template: {{metadata: {{labels: {{app: {app}}}}}, spec: {{{pod}}}}}")
    }

    fn selector(&self, app: &str) -> String {
        format!("selector: {{matchLabels: {{app: {app}}}}}")
    }

    fn min_ready(&self) -> u8 {
        u8::from(self.bit(2)) * 4
    }

    fn replicas(&self, selector: &str) -> String {
        let (template, ready) = (self.template("set"), self.min_ready());
        format!(
            "replicas: {}, minReadySeconds: {ready}, {selector}, {template}",
            self.replicas
        )
    }

    fn deployment(&self, name: &str) -> String {
        let (selector, template) = (self.selector(name), self.template(name));
        let strategy = STRATEGIES[usize::from(self.options >> 4) % STRATEGIES.len()];
        let deadline = if self.bit(3) { 20 } else { 600 };
        format!(
            "replicas: {}, {selector}, strategy: {strategy}, minReadySeconds: {}, progressDeadlineSeconds: {deadline}, \
             {template}",
            self.replicas,
            self.min_ready()
        )
    }

    fn stateful_set(&self, name: &str) -> String {
        let (selector, template) = (self.selector(name), self.template(name));
        let policy = if self.bit(3) {
            "Parallel"
        } else {
            "OrderedReady"
        };
        format!(
            "replicas: {}, serviceName: {name}, podManagementPolicy: {policy}, minReadySeconds: {}, {selector}, {template}",
            self.replicas,
            self.min_ready()
        )
    }

    fn daemon_set(&self, name: &str) -> String {
        let (selector, template) = (self.selector(name), self.template(name));
        let (surge, unavailable) = [(0, 1), (0, 2), (1, 0)][usize::from(self.options >> 4) % 3];
        format!(
            "{selector}, updateStrategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}, \
             minReadySeconds: {}, {template}",
            self.min_ready()
        )
    }

    /// Its Pods sleep a while, and end well or not.
    fn job(&self) -> String {
        let restart = if self.bit(3) { "Never" } else { "OnFailure" };
        let exit = u8::from(self.options >> 4 == 0);
        let mode = if self.bit(4) { "Indexed" } else { "NonIndexed" };
        let image = if is_good(self.image) {
            "busybox:1.36"
        } else {
            "busybox:none"
        };
        let pod = self.pod(restart, image);
        let command = format!(
            "name: a, command: [sh, -c, 'sleep {}; exit {exit}']",
            self.options % 16
        );
        format!(
            "completions: {}, parallelism: {}, backoffLimit: {}, completionMode: {mode}, template: {{spec: {{{}}}}}",
            self.replicas.max(1),
            1 + self.replicas / 2,
            u8::from(self.bit(2)) * 2,
            pod.replace("name: a", &command)
        )
    }
}

impl Act {
    /// It as an input, if there is anything that it can be done to now.
    pub fn input(&self, world: &Simulation) -> Option<Input> {
        let store = &world.world().store;
        let pods = || store.list("Pod").map(|(_, pod)| pod.clone()).collect();
        let pod = |number: u8| picked(pods(), number);
        Some(match self {
            Act::Apply(workload) => {
                let manifest = workload.manifest().as_str().into();
                Input::Apply { manifest }
            }
            Act::Line(line) => typed(line),
            Act::LineOfPod(number, line) => {
                let pod = pod(*number)?;
                let line = line.replace("POD", &pod.meta.name);
                typed(&format!("{line} -n {}", pod.meta.namespace))
            }
            Act::LineOfWorkload(number, line) => {
                let of = picked(workloads(world), *number)?;
                let line = line.replace("KIND", &of.key().bare_kind().to_lowercase());
                let line = line.replace("NAME", &of.meta.name);
                typed(&format!("{line} -n {}", of.meta.namespace))
            }
            Act::Kill(number) => Input::Fault(Fault::KillContainer {
                pod: pod(*number)?.key(),
                container: "a".into(),
            }),
            Act::Own(name, one, other) => {
                let [one, other] = [one, other].map(|number| picked(workloads(world), *number));
                let manifest = owned(*name, &[&*one?, &*other?]).as_str().into();
                Input::Apply { manifest }
            }
            Act::PowerOff(node) => Input::PowerOff {
                node: name_of(*node),
            },
            Act::PowerOn(node) => Input::PowerOn {
                node: name_of(*node),
            },
            Act::Partition(node) => Input::Partition {
                node: name_of(*node),
            },
            Act::Heal(node) => Input::Heal {
                node: name_of(*node),
            },
            Act::AddMachine => Input::AddMachine(Machine {
                name: EXTRA.into(),
                host: "host-2".into(),
                cpu_milli: 2000,
                memory_bytes: 4 << 30,
                pods: 20,
                labels: Default::default(),
                taints: Vec::new(),
            }),
            Act::RemoveMachine => Input::RemoveMachine { name: EXTRA.into() },
        })
    }

    /// A line as it is.
    pub fn line(line: &str) -> Self {
        Act::Line(line.into())
    }
}

const EXTRA: &str = "extra";

fn picked(of: Vec<Rc<Object>>, number: u8) -> Option<Rc<Object>> {
    let index = usize::from(number).checked_rem(of.len())?;
    of.get(index).cloned()
}

fn workloads(world: &Simulation) -> Vec<Rc<Object>> {
    let store = &world.world().store;
    let all = OF_WORKLOADS.iter().flat_map(|kind| store.list(kind));
    all.map(|(_, object)| object.clone()).collect()
}

fn name_of(node: u8) -> Rc<str> {
    format!("node-{}", node % 3 + 1).as_str().into()
}

fn typed(line: &str) -> Input {
    Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: None,
    }
}

fn owned(name: u8, owners: &[&Object]) -> String {
    let reference = |owner: &&Object| {
        let text = |field: &str| owner.value.text_at(&[field]).to_string();
        let (name, uid) = (&owner.meta.name, &owner.meta.uid);
        let (version, kind) = (text("apiVersion"), text("kind"));
        format!(
            "{{apiVersion: {version}, kind: {kind}, name: {name}, uid: {uid}, blockOwnerDeletion: true}}"
        )
    };
    let mut references: Vec<String> = owners.iter().map(reference).collect();
    references.dedup();
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: owned-{name}, namespace: {}, ownerReferences: [{}]}}}}",
        owners[0].meta.namespace,
        references.join(", ")
    )
}

fn workload() -> impl Strategy<Value = Workload> {
    let namespace = prop_oneof![6 => Just("default"), 1 => Just("dev")];
    let image = prop_oneof![4 => Just(IMAGES[0]), 2 => Just(IMAGES[1]), 1 => Just(IMAGES[2]), 1 => Just(IMAGES[3])];
    let kind = prop::sample::select(KINDS.to_vec());
    (kind, 0..2_u8, namespace, 0..6_u8, image, any::<u8>()).prop_map(
        |(kind, number, namespace, replicas, image, options)| Workload {
            kind,
            number,
            namespace,
            replicas,
            image,
            options,
        },
    )
}

const OF_PODS: [&str; 8] = [
    "kubectl delete pod POD --wait=false",
    "kubectl delete pod POD --wait=false",
    "kubectl delete pod POD --force --grace-period=0 --wait=false",
    "kubectl label pod POD app-",
    "kubectl label pod POD app-",
    "kubectl label pod POD app=other --overwrite",
    "kubectl label pod POD app=set --overwrite",
    "kubectl delete pod POD --wait=false",
];

const OF_WORKLOAD: [&str; 12] = [
    "kubectl rollout undo KIND NAME",
    "kubectl rollout undo KIND NAME",
    "kubectl rollout pause KIND NAME",
    "kubectl rollout resume KIND NAME",
    "kubectl rollout resume KIND NAME",
    "kubectl rollout restart KIND NAME",
    "kubectl delete KIND NAME --wait=false",
    "kubectl delete KIND NAME --cascade=orphan --wait=false",
    "kubectl delete KIND NAME --cascade=foreground --wait=false",
    "kubectl patch KIND NAME -p '{\"spec\":{\"suspend\":true}}'",
    "kubectl patch KIND NAME -p '{\"spec\":{\"suspend\":false}}'",
    "kubectl label KIND NAME app=other --overwrite",
];

fn lines() -> impl Strategy<Value = Act> {
    let of_pods = prop::sample::select(OF_PODS.to_vec());
    let of_workload = prop::sample::select(OF_WORKLOAD.to_vec());
    let of_nodes = prop::sample::select(vec![
        "kubectl cordon NODE",
        "kubectl uncordon NODE",
        "kubectl drain NODE --ignore-daemonsets --force --delete-emptydir-data --timeout=60s",
        "kubectl taint node NODE away=yes:NoExecute",
        "kubectl taint node NODE away-",
    ]);
    let images = prop::sample::select(IMAGES.to_vec());
    prop_oneof![
        3 => (any::<u8>(), of_pods).prop_map(|(number, line)| Act::LineOfPod(number, line)),
        3 => (any::<u8>(), of_workload).prop_map(|(number, line)| Act::LineOfWorkload(number, line.into())),
        3 => (any::<u8>(), 0..7_u8).prop_map(|(number, replicas)| {
            Act::LineOfWorkload(number, format!("kubectl scale KIND NAME --replicas={replicas}"))
        }),
        3 => (any::<u8>(), images).prop_map(|(number, image)| {
            Act::LineOfWorkload(number, format!("kubectl set image KIND NAME a={image}"))
        }),
        2 => (0..3_u8, of_nodes).prop_map(|(node, line)| Act::Line(line.replace("NODE", &name_of(node)))),
    ]
}

/// One act.
pub fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => workload().prop_map(Act::Apply),
        8 => lines(),
        1 => any::<u8>().prop_map(Act::Kill),
        1 => (0..2_u8, any::<u8>(), any::<u8>()).prop_map(|(name, one, other)| Act::Own(name, one, other)),
        1 => prop_oneof![
            (0..3_u8).prop_map(Act::PowerOff),
            (0..3_u8).prop_map(Act::PowerOn),
            (0..3_u8).prop_map(Act::Partition),
            (0..3_u8).prop_map(Act::Heal),
        ],
        1 => prop_oneof![
            2 => Just(Act::line("kubectl create namespace dev")),
            1 => Just(Act::line("kubectl delete namespace dev --wait=false")),
            1 => Just(Act::AddMachine),
            1 => Just(Act::RemoveMachine),
        ],
    ]
}
