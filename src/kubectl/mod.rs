//! `kubectl`: what a person asks of the cluster, in kubectl's words. Models `k8s.io/kubectl`.

/// `kubectl apply -f`, and the editor's Apply.
pub mod apply;

/// What was applied, what is applied, what is there.
mod three_way;
