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
    ],
    act: Act::Group(false, 0),
    ..Command::not_here("kubectl", "kubectl controls the Kubernetes cluster manager")
};
