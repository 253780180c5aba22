//! Pods in every state, and Secrets, as kubelets and the scheduler of v1.36 would have left them.

use super::yaml::{Yaml, ago, int, text, truth};
use super::{Draft, Maker, State, Trouble};

fn requests(draft: &Draft) -> Yaml {
    map! { "cpu" => text(format!("{}m", draft.milli)), "memory" => text("128Mi") }
}

fn resources(draft: &Draft) -> Yaml {
    map! { "limits" => map! { "memory" => text("256Mi") }, "requests" => requests(draft) }
}

/// A state's share of the status.
struct Reported {
    phase: &'static str,
    state: Yaml,
    last: Yaml,
    ready: bool,
    restarts: usize,
}

impl Maker {
    pub(super) fn build(&mut self, draft: &Draft) -> Yaml {
        let age = match draft.state {
            State::Creating => 3,
            State::JustCreated => 0,
            State::Terminating => 90_000,
            _ => 600 + self.chance.below(20 * 86_400),
        };
        let mut meta = self.meta(&draft.name, age);
        meta.set("generateName", text(format!("{}-", draft.owner.2)));
        meta.set("generation", int(1));
        meta.set("namespace", text(draft.namespace.as_str()));
        meta.set("labels", map! {
            "app" => text(draft.app.as_str()), "pod-template-hash" => text(hash(&draft.owner.2)),
            "app.kubernetes.io/managed-by" => text("Helm"),
        });
        meta.set(
            "annotations",
            map! {
                "prometheus.io/scrape" => text("true"), "prometheus.io/port" => text("8080"),
                "kubectl.kubernetes.io/restartedAt" => text("2026-03-01T09:30:00Z"),
            },
        );
        meta.set(
            "ownerReferences",
            Yaml::List(vec![map! {
                "apiVersion" => text(draft.owner.0), "kind" => text(draft.owner.1),
                "name" => text(draft.owner.2.as_str()), "uid" => text(draft.owner.3.as_str()),
                "blockOwnerDeletion" => truth(true), "controller" => truth(true),
            }]),
        );
        if draft.state == State::Terminating {
            // Asked for ten seconds before the export.
            meta.set(
                "deletionTimestamp",
                text(super::yaml::moment(1_773_835_200 + 20)),
            );
            meta.set("deletionGracePeriodSeconds", int(30));
        }
        let status = self.status(draft, age);
        map! {
            "apiVersion" => text("v1"), "kind" => text("Pod"), "metadata" => meta,
            "spec" => self.spec(draft), "status" => status,
        }
    }

    fn spec(&mut self, draft: &Draft) -> Yaml {
        let is_job = draft.owner.1 == "Job";
        let is_daemon = draft.owner.1 == "DaemonSet";
        let token = format!("kube-api-access-{}", self.chance.suffix(5));
        let mount = map! {
            "mountPath" => text("/var/run/secrets/kubernetes.io/serviceaccount"),
            "name" => text(token.as_str()), "readOnly" => truth(true),
        };
        let mut container = map! {
            "env" => Yaml::List(vec![
                map! { "name" => text("LOG_LEVEL"), "value" => text("info") },
                map! { "name" => text("PORT"), "value" => text("8080") },
                map! { "name" => text("POSTGRES_PASSWORD"), "value" => text("example") },
            ]),
            "image" => text(draft.image.as_str()), "imagePullPolicy" => text("IfNotPresent"),
            "name" => text("main"),
            "resources" => resources(draft),
            "terminationMessagePath" => text("/dev/termination-log"),
            "terminationMessagePolicy" => text("File"),
            "volumeMounts" => Yaml::List(vec![mount]),
        };
        if is_job {
            container.set(
                "args",
                Yaml::List(vec![text("-c"), text("echo done: nightly; exit 0")]),
            );
            container.set("command", Yaml::List(vec![text("sh")]));
        }
        let toleration = |key: &str| {
            map! {
                "effect" => text("NoExecute"), "key" => text(key), "operator" => text("Exists"),
                "tolerationSeconds" => int(300),
            }
        };
        let tolerations = match is_daemon {
            true => vec![map! { "operator" => text("Exists") }],
            false => vec![
                toleration("node.kubernetes.io/not-ready"),
                toleration("node.kubernetes.io/unreachable"),
            ],
        };
        let token_volume = map! {
            "name" => text(token), "projected" => map! {
                "defaultMode" => int(420), "sources" => Yaml::List(vec![
                    map! { "serviceAccountToken" => map! {
                        "expirationSeconds" => int(3607), "path" => text("token") } },
                    map! { "configMap" => map! {
                        "items" => Yaml::List(vec![map! { "key" => text("ca.crt"), "path" => text("ca.crt") }]),
                        "name" => text("kube-root-ca.crt") } },
                ]),
            },
        };
        let mut spec = map! {
            "containers" => Yaml::List(vec![container]), "dnsPolicy" => text("ClusterFirst"),
            "enableServiceLinks" => truth(true), "preemptionPolicy" => text("PreemptLowerPriority"),
            "priority" => int(0), "restartPolicy" => text(if is_job { "Never" } else { "Always" }),
            "schedulerName" => text("default-scheduler"), "securityContext" => map! {},
            "serviceAccount" => text("default"), "serviceAccountName" => text("default"),
            "terminationGracePeriodSeconds" => int(30), "tolerations" => Yaml::List(tolerations),
            "volumes" => Yaml::List(vec![token_volume]),
        };
        if draft.state == State::NoSuchNode {
            spec.set("nodeSelector", map! { "disktype" => text("nvme") });
        }
        if let Some(node) = draft.node {
            spec.set("nodeName", text(self.nodes[node].name.as_str()));
        }
        spec
    }

    fn status(&mut self, draft: &Draft, age: usize) -> Yaml {
        let mut status = map! { "observedGeneration" => int(1), "qosClass" => text("Burstable") };
        let Some(node) = draft.node else {
            status.set("phase", text("Pending"));
            if draft.state != State::JustCreated {
                let message = self.unschedulable(draft.state);
                status.set(
                    "conditions",
                    Yaml::List(vec![map! {
                        "lastProbeTime" => null(), "lastTransitionTime" => ago(age - 1),
                        "message" => text(message), "observedGeneration" => int(1),
                        "reason" => text("Unschedulable"), "status" => text("False"),
                        "type" => text("PodScheduled"),
                    }]),
                );
            }
            return status;
        };
        self.nodes[node].pods += 1;
        let said = self.container(draft, age);
        let (cidr, ip, pods) = {
            let node = &self.nodes[node];
            (node.cidr.clone(), node.ip.clone(), node.pods)
        };
        let is_lost = self.nodes[node].trouble == Trouble::NotReady;
        status.set("phase", text(said.phase));
        status.set("conditions", self.conditions(&said, age, is_lost));
        status.set("hostIP", text(ip.as_str()));
        status.set("hostIPs", Yaml::List(vec![map! { "ip" => text(ip) }]));
        status.set("startTime", ago(age.saturating_sub(1)));
        if draft.state != State::Creating {
            let ip = format!("{cidr}{}", pods + 1);
            status.set("podIP", text(ip.as_str()));
            status.set("podIPs", Yaml::List(vec![map! { "ip" => text(ip) }]));
        }
        let never_ran = matches!(draft.state, State::Creating | State::ImagePullBackOff);
        let mut container = map! {
            "image" => text(draft.image.as_str()), "imageID" => text(""), "name" => text("main"),
            "lastState" => said.last, "ready" => truth(said.ready),
            "restartCount" => int(said.restarts), "started" => truth(said.ready), "state" => said.state,
        };
        if !never_ran {
            container.set("allocatedResources", requests(draft));
            container.set("resources", resources(draft));
            container.set(
                "containerID",
                text(format!("containerd://{}", self.chance.hex(4))),
            );
            let digest = self.chance.hex(4);
            container.set(
                "imageID",
                text(format!("{}@sha256:{digest}", draft.image.replace(':', "/"))),
            );
        }
        status.set("containerStatuses", Yaml::List(vec![container]));
        status
    }

    fn container(&mut self, draft: &Draft, age: usize) -> Reported {
        let name = format!("{}_{}(", draft.name, draft.namespace);
        let running = |seconds| map! { "running" => map! { "startedAt" => ago(seconds) } };
        let waiting = |reason: &str, message: Option<String>| {
            let mut waiting = map! { "reason" => text(reason) };
            if let Some(message) = message {
                waiting.set("message", text(message));
            }
            map! { "waiting" => waiting }
        };
        let id = format!("containerd://{}", self.chance.hex(4));
        let ended = |code: usize, reason: &str, from: usize, to: usize| {
            map! { "terminated" => map! {
                "containerID" => text(id.as_str()), "exitCode" => int(code), "reason" => text(reason),
                "startedAt" => ago(from), "finishedAt" => ago(to),
            } }
        };
        let reported = |phase, state, last, ready, restarts| Reported {
            phase,
            state,
            last,
            ready,
            restarts,
        };
        match draft.state {
            State::CrashLoop => {
                let since = 5 + self.chance.below(270);
                let uid = self.chance.uid();
                let message =
                    format!("back-off 5m0s restarting failed container=main pod={name}{uid})");
                let restarts = 8 + self.chance.below(400);
                let last = ended(1, "Error", since + 4, since);
                reported(
                    "Running",
                    waiting("CrashLoopBackOff", Some(message)),
                    last,
                    false,
                    restarts,
                )
            }
            State::ImagePullBackOff => {
                let image = &draft.image;
                let message = format!(
                    "Back-off pulling image \"{image}\": ErrImagePull: rpc error: code = NotFound desc = \
                     failed to pull and unpack image \"{image}\": failed to resolve reference \
                     \"{image}\": {image}: not found"
                );
                reported(
                    "Pending",
                    waiting("ImagePullBackOff", Some(message)),
                    map! {},
                    false,
                    0,
                )
            }
            State::Creating => reported(
                "Pending",
                waiting("ContainerCreating", None),
                map! {},
                false,
                0,
            ),
            State::Succeeded => reported(
                "Succeeded",
                ended(0, "Completed", age - 5, age - 30),
                map! {},
                false,
                0,
            ),
            State::Failed => reported(
                "Failed",
                ended(2, "Error", age - 5, age - 8),
                map! {},
                false,
                0,
            ),
            State::Restarted => {
                let since = 60 + self.chance.below(500);
                let last = ended(137, "OOMKilled", since + 300, since + 2);
                let restarts = 1 + self.chance.below(3);
                reported("Running", running(since), last, true, restarts)
            }
            _ => reported("Running", running(age.saturating_sub(3)), map! {}, true, 0),
        }
    }

    fn conditions(&mut self, said: &Reported, age: usize, is_lost: bool) -> Yaml {
        let is_over = match said.phase {
            "Succeeded" => Some("PodCompleted"),
            "Failed" => Some("PodFailed"),
            _ => None,
        };
        let is_creating = said.phase == "Pending" && said.restarts == 0 && said.is_creating();
        let unready = Some((
            "ContainersNotReady",
            "containers with unready status: [main]",
        ));
        let ready = match is_over {
            Some(reason) => Some((reason, "")),
            None if said.ready => None,
            None => unready,
        };
        let since = age.saturating_sub(2);
        let rows = [
            (
                "PodReadyToStartContainers",
                !(is_over.is_some() || is_creating),
                None,
            ),
            (
                "Initialized",
                true,
                if is_over == Some("PodCompleted") {
                    Some(("PodCompleted", ""))
                } else {
                    None
                },
            ),
            ("Ready", said.ready && !is_lost, ready),
            ("ContainersReady", said.ready, ready),
            ("PodScheduled", true, None),
        ];
        let condition = |(kind, status, why): (&str, bool, Option<(&str, &str)>)| {
            let mut condition = map! {
                "lastProbeTime" => null(), "lastTransitionTime" => ago(since),
                "observedGeneration" => int(1), "status" => text(if status { "True" } else { "False" }),
                "type" => text(kind),
            };
            if let Some((reason, message)) = why {
                condition.set("reason", text(reason));
                if !message.is_empty() {
                    condition.set("message", text(message));
                }
            }
            condition
        };
        Yaml::List(rows.into_iter().map(condition).collect())
    }

    /// What the scheduler says of a Pod that no node can take: each node's first reason, counted.
    fn unschedulable(&self, state: State) -> String {
        let count = |wanted| {
            self.nodes
                .iter()
                .filter(|node| node.trouble == wanted)
                .count()
        };
        let own = match state {
            State::NoSuchNode => "node(s) didn't match Pod's node affinity/selector",
            _ => "Insufficient cpu",
        };
        let all = self.nodes.len();
        let counts = [
            (count(Trouble::Cordoned), "node(s) were unschedulable"),
            (
                count(Trouble::Tainted) + count(Trouble::NotReady),
                "node(s) had untolerated taint(s)",
            ),
            (count(Trouble::None), own),
        ];
        let mut reasons: Vec<String> = (counts.iter().filter(|(count, _)| *count > 0))
            .map(|(count, reason)| format!("{count} {reason}"))
            .collect();
        reasons.sort();
        format!(
            "0/{all} nodes are available: {}. no new claims to deallocate, preemption: 0/{all} nodes are available: {all} \
             Preemption is not helpful for scheduling.",
            reasons.join(", ")
        )
    }

    pub(super) fn secret(&mut self, number: usize) -> Yaml {
        let namespace = super::NAMESPACES[number % super::NAMESPACES.len()];
        let mut meta = self.meta(&format!("credentials-{number}"), 86_400 * 40);
        meta.set("namespace", text(namespace));
        // `hunter2-` and a number, in base64.
        let value = format!(
            "aHVudGVyMi{}",
            ["0xMjM0NTY3ODkw", "0wOTg3NjU0MzIx"][number % 2]
        );
        meta.set("annotations", map! {
            "kubectl.kubernetes.io/last-applied-configuration" => text(format!(
                "{{\"apiVersion\":\"v1\",\"data\":{{\"password\":\"{value}\"}},\"kind\":\"Secret\"}}"
            )),
        });
        map! {
            "apiVersion" => text("v1"), "kind" => text("Secret"), "metadata" => meta,
            "data" => map! { "password" => text(value.as_str()), "user" => text("YWRtaW4=") },
            "type" => text("Opaque"),
        }
    }
}

impl Reported {
    fn is_creating(&self) -> bool {
        matches!(&self.state, Yaml::Map(state) if matches!(
            state.get("waiting"),
            Some(Yaml::Map(waiting)) if matches!(waiting.get("reason"), Some(Yaml::Text(reason)) if reason == "ContainerCreating")
        ))
    }
}

fn null() -> Yaml {
    Yaml::Plain("null".into())
}

/// The part behind the last dash of a ReplicaSet's name.
fn hash(owner: &str) -> &str {
    owner.rsplit('-').next().unwrap_or_default()
}
