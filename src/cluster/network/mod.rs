//! How programs find each other, and what is between them. Models the Pod network that a CNI plugin makes
//! (its bridge, its addresses), kube-proxy, CoreDNS and what carries out a NetworkPolicy.
//! So far: the names. Left out: Services' addresses lead nowhere yet, no packet is carried, no policy holds.

/// Services that every cluster has.
pub mod control_plane;

/// Names: the cluster's DNS server, and how a program asks it.
pub mod dns;

/// What all names of the cluster end in, as kubeadm sets it up.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// Address of the Service `default/kubernetes`: the first of the Services' network.
pub const API_SERVICE: &str = "10.96.0.1";

/// Address of the Service `kube-system/kube-dns`: the tenth of the Services' network. Kubelets tell it their Pods.
pub const DNS_SERVICE: &str = "10.96.0.10";

/// Address of the DNS server. It stands beside the control plane, whose Pods' network is `10.244.0.0/24`.
pub const DNS_SERVER: &str = "10.244.0.2";

/// Address of the machine of the control plane: that of number 0 among the machines.
pub const CONTROL_PLANE: &str = "192.168.0.1";

/// Where the API server listens on it.
pub const API_SERVER_PORT: i64 = 6443;

/// Address of the DNS server outside the cluster which all machines ask. No machine is ever given it: their last
/// numbers end at 250.
pub const OUTSIDE_DNS: &str = "192.168.0.254";
