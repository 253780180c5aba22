//! The Services by which Pods find the API server and the DNS server. Models
//! `pkg/controlplane/controller/kubernetesservice` with its reconciler, and kubeadm's `addons/dns`.
//! Service `kubernetes` comes back when it was deleted, as the API server makes it; an addon doesn't.
//! Ours: the control plane is a managed one, and the DNS server stands beside it. So Service `kube-dns` has no
//! selector, as no Pod of the cluster is the server, and its slice stands from the start.
//! Left out: what somebody has written into the Endpoints of `kubernetes` stays there.

use std::time::Duration;

use super::{API_SERVER_PORT, API_SERVICE, CONTROL_PLANE, DNS_SERVER, DNS_SERVICE};
use crate::api::{Value, endpoint_slice};
use crate::cluster::{Actor, Change, Verb, Wake, World};
use crate::fields;

/// So often the API server looks for its own Service (`DefaultEndpointReconcilerInterval`). When it has looked last is
/// chance: here it always has when something is deleted, so that the whole time goes by.
const LOOKS_EVERY: Duration = Duration::from_secs(10);

/// A port: name, protocol, number on the Service's address, number on the endpoint's.
type Port = (&'static str, &'static str, i64, i64);

/// A Service that every cluster has.
struct Needed {
    namespace: &'static str,
    name: &'static str,
    slice: &'static str,
    labels: &'static [(&'static str, &'static str)],
    annotations: &'static [(&'static str, &'static str)],
    address: &'static str,
    endpoint: &'static str,
    ports: &'static [Port],
}

const NEEDED: [Needed; 2] = [KUBERNETES, KUBE_DNS];

const KUBERNETES: Needed = Needed {
    namespace: "default",
    name: "kubernetes",
    slice: "kubernetes",
    labels: &[("component", "apiserver"), ("provider", "kubernetes")],
    annotations: &[],
    address: API_SERVICE,
    endpoint: CONTROL_PLANE,
    ports: &[("https", "TCP", 443, API_SERVER_PORT)],
};

const KUBE_DNS: Needed = Needed {
    namespace: "kube-system",
    name: "kube-dns",
    slice: "kube-dns-1",
    labels: &[
        ("k8s-app", "kube-dns"),
        ("kubernetes.io/cluster-service", "true"),
        ("kubernetes.io/name", "CoreDNS"),
    ],
    annotations: &[
        ("prometheus.io/port", "9153"),
        ("prometheus.io/scrape", "true"),
    ],
    address: DNS_SERVICE,
    endpoint: DNS_SERVER,
    ports: &[
        ("dns", "UDP", 53, 53),
        ("dns-tcp", "TCP", 53, 53),
        ("metrics", "TCP", 9153, 9153),
    ],
};

/// Whose address this is, where it is kept for one: namespace and name.
pub fn keeper_of(address: &str) -> Option<(&'static str, &'static str)> {
    let kept = NEEDED.iter().find(|needed| needed.address == address);
    kept.map(|needed| (needed.namespace, needed.name))
}

/// Makes what of them isn't there.
pub(in crate::cluster) fn make_services(world: &mut World) {
    let mut make = |value| world.create_from(Actor::ApiServer, value, "control plane");
    for needed in &NEEDED {
        // A Service that is there already, of an imported cluster say, leads where it led.
        if make(needed.service()).is_ok() {
            // What is there of this name without its Service stays as it is.
            let _ = make(needed.slice());
            let _ = make(needed.endpoints());
        }
    }
}

/// Sees a change: where something of Service `kubernetes` was deleted, the API server finds that out when it looks
/// the next time.
pub(in crate::cluster) fn observe(world: &mut World, change: &Change) {
    let (key, slice) = (&change.object, KUBERNETES.slice);
    let is_ours = match &*key.kind {
        "Service" | "Endpoints" => &*key.name == KUBERNETES.name,
        "EndpointSlice.discovery.k8s.io" => &*key.name == slice,
        _ => false,
    };
    let is_ours = is_ours && &*key.namespace == KUBERNETES.namespace;
    if is_ours && change.verb == Verb::Deleted && world.setup.control_plane_services {
        world.wake(LOOKS_EVERY, Wake::KubernetesService);
    }
}

/// Makes what of it isn't there. Models `UpdateKubernetesService`.
pub(in crate::cluster) fn update_kubernetes_service(world: &mut World) {
    for value in [
        KUBERNETES.service(),
        KUBERNETES.slice(),
        KUBERNETES.endpoints(),
    ] {
        // What is there stays as it is.
        let _ = world.create_from(Actor::ApiServer, value, "control plane");
    }
}

impl Needed {
    fn service(&self) -> Value {
        let ports = self.ports.iter().map(|(name, protocol, port, target)| {
            fields! {
                "name" => *name, "protocol" => *protocol, "port" => *port, "targetPort" => *target,
            }
        });
        let mut metadata = fields! {
            "name" => self.name, "namespace" => self.namespace, "labels" => texts(self.labels),
        };
        if !self.annotations.is_empty() {
            metadata.set(&["annotations"], texts(self.annotations));
        }
        let addresses: Value = [Value::from(self.address)].into_iter().collect();
        fields! {
            "apiVersion" => "v1", "kind" => "Service", "metadata" => metadata,
            "spec" => fields! {
                "clusterIP" => self.address, "clusterIPs" => addresses,
                "ports" => ports.collect::<Value>(),
            },
        }
    }

    fn slice(&self) -> Value {
        let ports = self.ports.iter().map(|(name, protocol, _, port)| {
            fields! { "name" => *name, "protocol" => *protocol, "port" => *port }
        });
        let endpoint = fields! {
            "addresses" => [Value::from(self.endpoint)].into_iter().collect::<Value>(),
            "conditions" => fields! { "ready" => true },
        };
        fields! {
            "apiVersion" => "discovery.k8s.io/v1", "kind" => "EndpointSlice",
            "metadata" => fields! {
                "name" => self.slice, "namespace" => self.namespace,
                "labels" => texts(&[(endpoint_slice::SERVICE_NAME, self.name)]),
            },
            "addressType" => "IPv4",
            "endpoints" => [endpoint].into_iter().collect::<Value>(),
            "ports" => ports.collect::<Value>(),
        }
    }
}

impl Needed {
    /// The same in the older form, which nobody is to mirror.
    fn endpoints(&self) -> Value {
        let ports = self.ports.iter().map(|(name, protocol, _, port)| {
            fields! { "name" => *name, "port" => *port, "protocol" => *protocol }
        });
        let address = fields! { "ip" => self.endpoint };
        let subset = fields! {
            "addresses" => [address].into_iter().collect::<Value>(), "ports" => ports.collect::<Value>(),
        };
        fields! {
            "apiVersion" => "v1", "kind" => "Endpoints",
            "metadata" => fields! {
                "name" => self.name, "namespace" => self.namespace,
                "labels" => texts(&[("endpointslice.kubernetes.io/skip-mirror", "true")]),
            },
            "subsets" => [subset].into_iter().collect::<Value>(),
        }
    }
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    let mut map = Value::map();
    for (name, text) in pairs {
        map.set(&[name], *text);
    }
    map
}
