//! What the processes of a container are told from outside, so that it can be kept with them. Ours.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::files::Files;
use super::{ContainerConfig, catalogue};
use crate::api::pod::{Container, Pod};
use crate::api::quantity::Quantity;
use crate::cluster::kubelet::volumes::Mount;

/// The name of a Pod's host. Models `GeneratePodHostNameAndDomain` in `pkg/kubelet/kubelet_pods.go`, and the node's
/// own name where its network is shared. Left out: the domain, `setHostnameAsFQDN`, `hostnameOverride`.
pub fn hostname(pod: &Pod) -> Rc<str> {
    const MOST: usize = 63;
    if pod.spec.host_network {
        return pod.spec.node_name.clone();
    }
    let name = match &*pod.spec.hostname {
        "" => &*pod.metadata.name,
        name => name,
    };
    let cut = name.get(..MOST).unwrap_or(name);
    cut.trim_end_matches(['-', '.']).into()
}

/// What a container was made with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Its image, as it is written.
    pub image: Rc<str>,
    /// Its environment, every reference resolved; what the runtime sets first. Left out: `PATH` and `HOME`.
    pub env: Vec<(Rc<str>, Rc<str>)>,
    /// What is mounted where.
    pub mounts: Vec<Mount>,
    /// The TCP ports that it declares.
    pub ports: Vec<i64>,
    /// Its memory limit in bytes.
    pub memory: Option<i64>,
    /// How often it was started before.
    pub restart_count: i64,
    /// The name that the host has in it.
    pub hostname: Rc<str>,
    /// The Pod's address; empty with the node's own network.
    pub ip: Rc<str>,
    /// First processes of the containers whose processes are seen from it: its own, or with
    /// `shareProcessNamespace` the sandbox's and those of all.
    pub processes: Rc<[Rc<str>]>,
    /// `/etc/resolv.conf` as the kubelet and the runtime make it: see `kubelet/dns.rs`.
    pub resolv_conf: Rc<str>,
    /// The files that follow from all of it.
    #[serde(skip)]
    pub(super) own: Own,
}

/// What is seen of processes in a container. Models `securityContext.namespaceOptions.pid` of the CRI. Left out: `hostPID`,
/// whether the others run at this moment, and numbers that differ from start to start.
fn processes(pod: &Pod, container: &Container) -> Rc<[Rc<str>]> {
    let first = |container: &Container| -> Rc<str> {
        let words = container.command.iter().chain(&container.args);
        let words: Vec<&str> = words.map(|word| &**word).collect();
        if !words.is_empty() {
            return words.join(" ").into();
        }
        let image = container.image.rsplit('/').next().unwrap_or_default();
        image.split([':', '@']).next().unwrap_or_default().into()
    };
    if !pod.spec.share_process_namespace {
        return [first(container)].into();
    }
    let all = pod.spec.containers.iter().map(first);
    std::iter::once("/pause".into()).chain(all).collect()
}

/// The files that a container begins with, once somebody has asked for them: they follow from the rest, so that they
/// are neither stored nor compared.
#[derive(Clone, Default)]
pub(super) struct Own(RefCell<Option<Files>>);

impl PartialEq for Own {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

impl Context {
    /// Of a container that is about to be created.
    pub fn of(config: ContainerConfig<'_>) -> Self {
        let container = config.container;
        let tcp = |protocol: &str| matches!(protocol, "" | "TCP");
        let ports = container.ports.iter();
        let hostname = hostname(config.pod);
        // The runtime's own (containerd, `internal/cri/server/container_create.go`); the Pod's come after it and count.
        let own = ("HOSTNAME".into(), hostname.clone());
        let env = std::iter::once(own).chain(config.env.iter().cloned());
        Context {
            image: container.image.clone(),
            env: env.collect(),
            mounts: config.mounts.to_vec(),
            ports: ports
                .filter(|port| tcp(&port.protocol))
                .map(|port| port.container_port)
                .collect(),
            memory: container
                .resources
                .limits
                .get("memory")
                .map(|limit| Quantity::value(*limit)),
            restart_count: config.restart_count,
            hostname,
            ip: config.ip.into(),
            processes: processes(config.pod, container),
            resolv_conf: config.resolv_conf.into(),
            own: Own::default(),
        }
    }

    /// The container's own files as its image has them, and those that every container is given.
    pub fn own_files(&self) -> Files {
        let mut own = self.own.0.borrow_mut();
        own.get_or_insert_with(|| catalogue::own_files(self))
            .clone()
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let named = self.env.iter().rev().find(|(known, _)| &**known == name);
        named.map(|(_, value)| &**value)
    }

    /// The image's tag.
    pub fn tag(&self) -> &str {
        super::image_name::split(&self.image)
            .tag
            .unwrap_or("latest")
    }

    /// `/etc/hosts` as the kubelet writes it. Models `nodeHostsFileContent` and `managedHostsFileContent`
    /// of `pkg/kubelet/kubelet_pods.go`, without hostAliases.
    pub fn hosts(&self) -> String {
        let mut text = String::from(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost \
             ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\n\
             fe00::2\tip6-allrouters\n",
        );
        if !self.ip.is_empty() {
            text.push_str(&format!("{}\t{}\n", self.ip, self.hostname));
        }
        text
    }
}
