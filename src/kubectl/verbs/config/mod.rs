//! `kubectl config`. Models `k8s.io/kubectl/pkg/cmd/config`. Left out: `set` and `unset` of anything
//! but plain paths, several files.

/// `get-contexts`, `get-clusters`, `get-users`, `current-context`, `view`
mod look;

/// Whatever changes it.
mod change;

use crate::api::Value;
use crate::kubectl::command::Command;
use crate::kubectl::flags::{Flag, shared};
use crate::order;

const LONG: &str = "Modify kubeconfig files using subcommands like \"kubectl config set current-context \
    my-context\".

 The loading order follows these rules:

  1.  If the --kubeconfig flag is set, then only that file is loaded. The flag may only be set once and \
    no merging takes place.
  2.  If $KUBECONFIG environment variable is set, then it is used as a list of paths (normal path \
    delimiting rules for your system). These paths are merged. When a value is modified, it is modified \
    in the file that defines the stanza. When a value is created, it is created in the first file that \
    exists. If no files in the chain exist, then it creates the last file in the list.
  3.  Otherwise, ${HOME}/.kube/config is used and no merging takes place.";

/// `kubectl config`
pub const COMMAND: Command = Command::group(
    "config",
    "Modify kubeconfig files",
    &[
        &Command::new(
            "current-context",
            "Display the current-context",
            look::current_context,
        ),
        &Command::new(
            "delete-cluster",
            "Delete the specified cluster from the kubeconfig",
            change::delete_cluster,
        ),
        &Command::new(
            "delete-context",
            "Delete the specified context from the kubeconfig",
            change::delete_context,
        ),
        &Command::new(
            "delete-user",
            "Delete the specified user from the kubeconfig",
            change::delete_user,
        ),
        &Command::new(
            "get-clusters",
            "Display clusters defined in the kubeconfig",
            look::get_clusters,
        ),
        &Command::new(
            "get-contexts",
            "Describe one or many contexts",
            look::get_contexts,
        )
        .flags(&[&[Flag::truth("no-headers"), Flag::text("output").short("o")]]),
        &Command::new(
            "get-users",
            "Display users defined in the kubeconfig",
            look::get_users,
        ),
        &Command::new(
            "rename-context",
            "Rename a context from the kubeconfig file",
            change::rename_context,
        ),
        &Command::new(
            "set",
            "Set an individual value in a kubeconfig file",
            change::set,
        )
        .flags(&[&[Flag::truth("set-raw-bytes")]]),
        &Command::new(
            "set-cluster",
            "Set a cluster entry in kubeconfig",
            change::set_cluster,
        )
        .flags(&[&[
            Flag::text("server"),
            Flag::text("certificate-authority"),
            Flag::truth("insecure-skip-tls-verify"),
            Flag::truth("embed-certs"),
            Flag::text("proxy-url"),
            Flag::text("tls-server-name"),
        ]]),
        &Command::new(
            "set-context",
            "Set a context entry in kubeconfig",
            change::set_context,
        )
        .flags(&[&[
            Flag::text("cluster"),
            Flag::truth("current"),
            Flag::text("namespace").short("n"),
            Flag::text("user"),
        ]]),
        &Command::new(
            "set-credentials",
            "Set a user entry in kubeconfig",
            change::set_credentials,
        )
        .flags(&[&[
            Flag::text("token"),
            Flag::text("username"),
            Flag::text("password"),
            Flag::text("client-certificate"),
            Flag::text("client-key"),
            Flag::truth("embed-certs"),
        ]]),
        &Command::new(
            "unset",
            "Unset an individual value in a kubeconfig file",
            change::unset,
        ),
        &Command::new(
            "use-context",
            "Set the current-context in a kubeconfig file",
            change::use_context,
        )
        .aliases(&["use"])
        .long("Set the current-context in a kubeconfig file.")
        .examples(
            "  # Use the context for the minikube cluster\n  kubectl config use-context minikube",
        )
        .usage("CONTEXT_NAME [options]"),
        &Command::new(
            "view",
            "Display merged kubeconfig settings or a specified kubeconfig file",
            look::view,
        )
        .flags(&[
            shared::PRINT,
            &[
                Flag::truth("flatten"),
                Flag::truth("merge").default("true"),
                Flag::truth("minify"),
                Flag::truth("raw"),
            ],
        ]),
    ],
)
.long(LONG)
.usage("SUBCOMMAND [options]");

/// Names of a list's items, in order.
fn names(config: &Value, list: &str) -> Vec<String> {
    let items = config.get(list).map_or(&[][..], Value::items);
    let mut names: Vec<String> = items
        .iter()
        .map(|item| item.text_at(&["name"]).to_string())
        .collect();
    order::sort(&mut names);
    names
}
