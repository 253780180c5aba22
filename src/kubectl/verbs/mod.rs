//! What kubectl can do: a file for each command. Models `k8s.io/kubectl/pkg/cmd`.

use super::command::{Act, Command};

/// `kubectl apply`
pub mod apply;

/// `kubectl create`
pub mod create;

/// `kubectl delete`
pub mod delete;

/// `kubectl replace`
pub mod replace;

/// `kubectl label`, `kubectl annotate`
pub mod label;

/// `kubectl scale`
pub mod scale;

/// `kubectl taint`
pub mod taint;

/// `kubectl config`
pub mod config;

/// `kubectl version`
pub mod version;

/// `kubectl run`
pub mod run;

/// `kubectl expose`
pub mod expose;

/// `kubectl set`
pub mod set;

/// `kubectl rollout`
pub mod rollout;

/// `kubectl patch`
pub mod patch;

/// `kubectl autoscale`
pub mod autoscale;

/// `kubectl wait`
pub mod wait;

/// `kubectl cordon`, `uncordon`, `drain`
pub mod drain;

/// `kubectl auth`
pub mod auth;

/// kubectl and the cluster as a whole.
pub mod about;

/// `kubectl logs`
pub mod logs;

/// `kubectl exec`
pub mod exec;

/// kubectl itself.
pub static ROOT: Command = Command {
    children: &[
        &create::COMMAND,
        &expose::COMMAND,
        &run::COMMAND,
        &set::COMMAND,
        &delete::COMMAND,
        &apply::COMMAND,
        &replace::COMMAND,
        &rollout::COMMAND,
        &scale::COMMAND,
        &taint::COMMAND,
        &label::LABEL,
        &label::ANNOTATE,
        &config::COMMAND,
        &version::COMMAND,
        &autoscale::COMMAND,
        &about::CERTIFICATE,
        &about::CLUSTER_INFO,
        &about::TOP,
        &drain::CORDON,
        &drain::UNCORDON,
        &drain::DRAIN,
        &auth::COMMAND,
        &patch::COMMAND,
        &wait::COMMAND,
        &logs::COMMAND,
        &exec::COMMAND,
        &about::KUSTOMIZE,
        &about::COMPLETION,
        &about::PLUGIN,
        &about::OPTIONS,
        &about::HELP,
        &Command::not_here("attach", "Attach to a running container"),
        &Command::not_here("port-forward", "Forward one or more local ports to a pod"),
        &Command::not_here("proxy", "Run a proxy to the Kubernetes API server"),
        &Command::not_here("cp", "Copy files and directories to and from containers"),
        &Command::not_here(
            "debug",
            "Create debugging sessions for troubleshooting workloads and nodes",
        ),
        &Command::not_here("kuberc", "Manage kuberc configuration files"),
    ],
    act: Act::Group(false, 0),
    ..Command::not_here("kubectl", "kubectl controls the Kubernetes cluster manager")
};
