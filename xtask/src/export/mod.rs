//! A cluster's export, made up: what `kubectl get nodes,pods,secrets -A -o yaml --show-managed-fields`
//! prints of a cluster with every trouble that a real one has. The same numbers give the same bytes.
//! Used by the tests of imports, natively and in a browser; has no dependencies.
#![allow(clippy::disallowed_types)] // It is no part of the simulated world.

use std::io::{self, Write};

/// How kubectl prints.
#[macro_use]
mod yaml;

/// Pods and Secrets.
mod pods;

use yaml::{Yaml, ago, int, managed_fields, text, truth};

/// What to make up.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many Nodes.
    pub nodes: usize,
    /// How many Pods.
    pub pods: usize,
    /// What chance follows from.
    pub seed: u64,
    /// With `metadata.managedFields`?
    pub managed_fields: bool,
}

/// Chance: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn uid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }

    fn suffix(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length)
            .map(|_| char::from(LETTERS[self.below(LETTERS.len())]))
            .collect()
    }

    fn hex(&mut self, words: usize) -> String {
        (0..words)
            .map(|_| format!("{:016x}", self.next()))
            .collect()
    }
}

/// What the generator knows of a Node that it has made.
struct NodeMade {
    name: String,
    cidr: String,
    ip: String,
    /// milli-CPU that is left.
    cpu: usize,
    pods: usize,
    trouble: Trouble,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Cordoned,
    Tainted,
    NotReady,
}

struct Maker {
    plan: Plan,
    chance: Chance,
    version: usize,
    nodes: Vec<NodeMade>,
}

/// `cargo xtask export-cluster`.
#[allow(dead_code)] // The tests call `write`.
pub fn command(options: &[&str]) -> Result<(), String> {
    let mut plan = Plan {
        nodes: 1000,
        pods: 10_000,
        seed: 7,
        managed_fields: true,
    };
    let mut file = None;
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let mut number = || {
            let number = rest.next().and_then(|text| text.parse().ok());
            number.ok_or_else(|| format!("{option} takes a number"))
        };
        match *option {
            "--nodes" => plan.nodes = number()?,
            "--pods" => plan.pods = number()?,
            "--seed" => plan.seed = number()? as u64,
            "--plain" => plan.managed_fields = false,
            name => file = Some(name),
        }
    }
    let file = file.ok_or("which file? cargo xtask export-cluster FILE")?;
    let told = |why: io::Error| format!("{file} can't be written: {why}");
    let mut out = io::BufWriter::new(std::fs::File::create(file).map_err(told)?);
    write(plan, &mut out)
        .and_then(|()| out.flush())
        .map_err(told)
}

/// Writes the export.
pub fn write(plan: Plan, out: &mut impl Write) -> io::Result<()> {
    let mut maker = Maker {
        plan,
        chance: Chance(plan.seed),
        version: 1_400_000,
        nodes: Vec::new(),
    };
    out.write_all(b"apiVersion: v1\nitems:\n")?;
    for number in 0..plan.nodes {
        let node = maker.node(number);
        maker.write(node, out)?;
    }
    for pod in maker.daemons() {
        maker.write(pod, out)?;
    }
    let daemons = maker.daemon_count();
    for number in daemons..plan.pods {
        let pod = maker.pod(number - daemons, plan.pods - daemons);
        maker.write(pod, out)?;
    }
    for number in 0..(plan.pods / 50).max(2) {
        let secret = maker.secret(number);
        maker.write(secret, out)?;
    }
    out.write_all(b"kind: List\nmetadata:\n  resourceVersion: \"\"\n")
}

const NAMESPACES: [&str; 6] = [
    "shop",
    "payments",
    "search",
    "media",
    "data",
    "internal-tools",
];
const APPS: [(&str, &str, usize); 8] = [
    ("web", "nginx:1.27.4", 100),
    ("api", "registry.example.com/shop/api:v42", 250),
    ("worker", "registry.example.com/shop/worker:v42", 200),
    ("cache", "redis:7.4.2", 100),
    ("db", "postgres:17.4", 300),
    ("proxy", "envoyproxy/envoy:v1.33.0", 150),
    ("queue", "rabbitmq:4.0.6", 200),
    ("front", "registry.example.com/shop/front:2026.3", 100),
];

impl Maker {
    fn write(&mut self, mut object: Yaml, out: &mut impl Write) -> io::Result<()> {
        if self.plan.managed_fields {
            let fields = managed_fields(&object);
            if let Some(meta) = object.get_mut("metadata") {
                meta.set("managedFields", fields);
            }
        }
        let mut printed = String::from("-");
        object.item(&mut printed, 0);
        out.write_all(printed.as_bytes())
    }

    fn meta(&mut self, name: &str, age: usize) -> Yaml {
        self.version += 1 + self.chance.below(40);
        map! {
            "name" => text(name), "uid" => text(self.chance.uid()),
            "resourceVersion" => text(self.version.to_string()), "creationTimestamp" => ago(age),
        }
    }

    fn node(&mut self, number: usize) -> Yaml {
        let zone = ["europe-west4-a", "europe-west4-b", "europe-west4-c"][number % 3];
        let (pool, cores, memory) = match number % 10 {
            0 => ("gpu", 32, 120),
            1..=3 => ("compute", 16, 64),
            _ => ("general", 8, 32),
        };
        let trouble = match number {
            _ if number % 37 == 5 => Trouble::NotReady,
            _ if number % 29 == 7 => Trouble::Cordoned,
            _ if pool == "gpu" => Trouble::Tainted,
            _ => Trouble::None,
        };
        let name = format!("gke-prod-{pool}-{}-{number:04}", self.chance.suffix(4));
        let age = 86_400 * (3 + self.chance.below(200)) + self.chance.below(86_400);
        let mut meta = self.meta(&name, age);
        meta.set(
            "annotations",
            map! {
                "node.alpha.kubernetes.io/ttl" => text("0"),
                "volumes.kubernetes.io/controller-managed-attach-detach" => text("true"),
            },
        );
        meta.set("labels", map! {
            "beta.kubernetes.io/arch" => text("amd64"), "beta.kubernetes.io/os" => text("linux"),
            "kubernetes.io/arch" => text("amd64"), "kubernetes.io/os" => text("linux"),
            "kubernetes.io/hostname" => text(name.as_str()),
            "node.kubernetes.io/instance-type" => text(format!("n2-standard-{cores}")),
            "topology.kubernetes.io/region" => text("europe-west4"),
            "topology.kubernetes.io/zone" => text(zone), "pool" => text(pool),
        });
        let cidr = format!("10.{}.{}.", 128 + number / 256, number % 256);
        let ip = format!("10.0.{}.{}", number / 250, number % 250 + 2);
        let mut spec = map! {
            "podCIDR" => text(format!("{cidr}0/24")),
            "podCIDRs" => Yaml::List(vec![text(format!("{cidr}0/24"))]),
            "providerID" => text(format!("gce://prod/{zone}/{name}")),
        };
        let taints = taints(trouble);
        if !taints.is_empty() {
            spec.set("taints", Yaml::List(taints));
        }
        if trouble == Trouble::Cordoned {
            spec.set("unschedulable", truth(true));
        }
        let status = self.node_status(&name, &ip, cores, memory, age, trouble);
        self.nodes.push(NodeMade {
            name,
            cidr,
            ip,
            cpu: (cores * 1000 - 80) * 9 / 10,
            pods: 0,
            trouble,
        });
        map! {
            "apiVersion" => text("v1"), "kind" => text("Node"), "metadata" => meta,
            "spec" => spec, "status" => status,
        }
    }

    fn node_status(
        &mut self,
        name: &str,
        ip: &str,
        cores: usize,
        memory: usize,
        age: usize,
        trouble: Trouble,
    ) -> Yaml {
        let resources = |milli: usize, reserved: usize| {
            let mut resources = map! {
                "cpu" => text(if milli == 0 { cores.to_string() } else { format!("{}m", cores * 1000 - milli) }),
                "memory" => text(format!("{}Ki", (memory << 20) - reserved)),
                "ephemeral-storage" => text("98831908Ki"), "hugepages-1Gi" => text("0"),
                "hugepages-2Mi" => text("0"), "pods" => text("110"),
            };
            if trouble == Trouble::Tainted {
                resources.set("nvidia.com/gpu", text("1"));
            }
            resources
        };
        let mut conditions = Vec::new();
        for (kind, reason, message) in [
            (
                "MemoryPressure",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            (
                "DiskPressure",
                "KubeletHasNoDiskPressure",
                "kubelet has no disk pressure",
            ),
            (
                "PIDPressure",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
            ("Ready", "KubeletReady", "kubelet is posting ready status"),
        ] {
            let lost = trouble == Trouble::NotReady;
            conditions.push(map! {
                "type" => text(kind),
                "status" => text(match (lost, kind) {
                    (true, _) => "Unknown",
                    (false, "Ready") => "True",
                    (false, _) => "False",
                }),
                "reason" => text(if lost { "NodeStatusUnknown" } else { reason }),
                "message" => text(if lost { "Kubelet stopped posting node status." } else { message }),
                "lastHeartbeatTime" => ago(if lost { 4000 } else { self.chance.below(290) }),
                "lastTransitionTime" => ago(if lost { 3960 } else { age - 20 }),
            });
        }
        let images = APPS.iter().map(|(_, image, _)| {
            let host = if image.contains("example") {
                ""
            } else {
                "docker.io/library/"
            };
            let digest = format!(
                "{host}{}@sha256:{}",
                image.split(':').next().unwrap_or(image),
                self.chance.hex(4)
            );
            map! {
                "names" => Yaml::List(vec![text(digest), text(format!("{host}{image}"))]),
                "sizeBytes" => int(20_000_000 + self.chance.below(90_000_000)),
            }
        });
        let images = Yaml::List(images.collect());
        map! {
            "addresses" => Yaml::List(vec![
                map! { "address" => text(ip), "type" => text("InternalIP") },
                map! { "address" => text(name), "type" => text("Hostname") },
            ]),
            "allocatable" => resources(80, 1_843_200), "capacity" => resources(0, 98_304),
            "conditions" => Yaml::List(conditions),
            "daemonEndpoints" => map! { "kubeletEndpoint" => map! { "Port" => int(10250) } },
            "images" => images,
            "nodeInfo" => map! {
                "architecture" => text("amd64"), "bootID" => text(self.chance.uid()),
                "containerRuntimeVersion" => text("containerd://2.0.4"),
                "kernelVersion" => text("6.6.87+"), "kubeProxyVersion" => text(""),
                "kubeletVersion" => text("v1.35.4-gke.1200"), "machineID" => text(self.chance.hex(2)),
                "operatingSystem" => text("linux"),
                "osImage" => text("Container-Optimized OS from Google"),
                "systemUUID" => text(self.chance.uid()),
            },
        }
    }

    fn daemon_count(&self) -> usize {
        if self.plan.pods >= 4 * self.plan.nodes {
            2 * self.plan.nodes
        } else {
            0
        }
    }

    fn daemons(&mut self) -> Vec<Yaml> {
        let mut pods = Vec::new();
        if self.daemon_count() == 0 {
            return pods;
        }
        for (app, image) in [
            ("node-agent", "registry.example.com/infra/node-agent:v3.1"),
            ("node-exporter", "quay.io/prometheus/node-exporter:v1.9.0"),
        ] {
            let owner = self.chance.uid();
            for node in 0..self.plan.nodes {
                let pod = Draft {
                    name: format!("{app}-{}", self.chance.suffix(5)),
                    namespace: "kube-system".into(),
                    app: app.into(),
                    image: image.into(),
                    milli: 50,
                    owner: ("apps/v1", "DaemonSet", app.into(), owner.clone()),
                    node: Some(node),
                    state: State::Running,
                };
                pods.push(self.build(&pod));
            }
        }
        pods
    }

    /// The Pod of this number of so many that Deployments and Jobs have.
    fn pod(&mut self, number: usize, all: usize) -> Yaml {
        let group = number / 12;
        let (app, image, milli) = APPS[group % APPS.len()];
        let namespace = NAMESPACES[group / APPS.len() % NAMESPACES.len()];
        let state = State::of(number, all);
        let mut owner_chance = Chance(self.plan.seed ^ (group as u64).wrapping_mul(77));
        let hash = owner_chance.suffix(10);
        let app = format!("{app}-{group}");
        let is_job = matches!(state, State::Succeeded | State::Failed);
        let (kind, owner) = match is_job {
            true => (("batch/v1", "Job"), format!("{app}-nightly")),
            false => (("apps/v1", "ReplicaSet"), format!("{app}-{hash}")),
        };
        let milli = if state == State::TooLarge {
            400_000
        } else {
            milli
        };
        let node = match state {
            State::TooLarge | State::NoSuchNode | State::JustCreated => None,
            _ => self.place(milli),
        };
        // A cluster without room has more Pods that wait.
        let state = match node {
            None if !matches!(state, State::NoSuchNode | State::JustCreated) => State::TooLarge,
            _ => state,
        };
        let draft = Draft {
            name: format!("{owner}-{}", self.chance.suffix(5)),
            namespace: namespace.into(),
            app,
            image: match state {
                State::ImagePullBackOff => "registry.example.com/shop/api:v43-typo".into(),
                _ => image.into(),
            },
            milli: if state == State::TooLarge {
                400_000
            } else {
                milli
            },
            owner: (kind.0, kind.1, owner, owner_chance.uid()),
            node,
            state,
        };
        self.build(&draft)
    }

    /// A node with room.
    fn place(&mut self, milli: usize) -> Option<usize> {
        let start = self.chance.below(self.nodes.len());
        let count = self.nodes.len();
        let free = |node: &NodeMade| {
            // Pods that were there before a node's trouble are still on it.
            let takes = match node.trouble {
                Trouble::None => true,
                Trouble::Tainted => false,
                Trouble::Cordoned | Trouble::NotReady => node.pods < 4,
            };
            takes && node.cpu >= milli && node.pods < 100
        };
        let found = (0..count)
            .map(|step| (start + step) % count)
            .find(|at| free(&self.nodes[*at]))?;
        self.nodes[found].cpu -= milli;
        Some(found)
    }
}

fn taints(trouble: Trouble) -> Vec<Yaml> {
    let taint = |key: &str, effect: &str| {
        map! { "effect" => text(effect), "key" => text(key), "timeAdded" => ago(3960) }
    };
    match trouble {
        Trouble::None => Vec::new(),
        Trouble::Cordoned => vec![taint("node.kubernetes.io/unschedulable", "NoSchedule")],
        Trouble::Tainted => vec![map! {
            "effect" => text("NoSchedule"), "key" => text("nvidia.com/gpu"), "value" => text("present"),
        }],
        Trouble::NotReady => vec![
            taint("node.kubernetes.io/unreachable", "NoSchedule"),
            taint("node.kubernetes.io/unreachable", "NoExecute"),
        ],
    }
}

/// A Pod to be built.
struct Draft {
    name: String,
    namespace: String,
    app: String,
    image: String,
    milli: usize,
    /// apiVersion, kind, name, uid
    owner: (&'static str, &'static str, String, String),
    node: Option<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Restarted,
    CrashLoop,
    ImagePullBackOff,
    Terminating,
    Creating,
    Succeeded,
    Failed,
    TooLarge,
    NoSuchNode,
    JustCreated,
}

impl State {
    fn of(number: usize, all: usize) -> Self {
        match number % 200 {
            3 => State::CrashLoop,
            5 if all > 60 => State::CrashLoop,
            17 => State::ImagePullBackOff,
            31 => State::Terminating,
            53 => State::Creating,
            60..=65 => State::Succeeded,
            70 => State::Failed,
            77 => State::TooLarge,
            90 => State::NoSuchNode,
            99 => State::JustCreated,
            100..=109 => State::Restarted,
            _ => State::Running,
        }
    }
}
