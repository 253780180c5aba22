//! What a command's help says. Models `k8s.io/kubectl/pkg/util/templates`. Left out: what each flag means,
//! and long descriptions and examples of commands that aren't groups.

use super::command::Command;
use super::flags::{Flag, shared};
use super::verbs::ROOT;
use crate::order;

/// The commands of kubectl by what they are for, as its own help lists them.
const GROUPS: [(&str, &[&str]); 9] = [
    (
        "Basic Commands (Beginner):",
        &["create", "expose", "run", "set"],
    ),
    (
        "Basic Commands (Intermediate):",
        &["explain", "get", "edit", "delete"],
    ),
    ("Deploy Commands:", &["rollout", "scale", "autoscale"]),
    (
        "Cluster Management Commands:",
        &[
            "certificate",
            "cluster-info",
            "top",
            "cordon",
            "uncordon",
            "drain",
            "taint",
        ],
    ),
    (
        "Troubleshooting and Debugging Commands:",
        &[
            "describe",
            "logs",
            "attach",
            "exec",
            "port-forward",
            "proxy",
            "cp",
            "auth",
            "debug",
            "events",
        ],
    ),
    (
        "Advanced Commands:",
        &["diff", "apply", "patch", "replace", "wait", "kustomize"],
    ),
    ("Settings Commands:", &["label", "annotate", "completion"]),
    ("Subcommands provided by plugins:", &[]),
    (
        "Other Commands:",
        &[
            "api-resources",
            "api-versions",
            "config",
            "kuberc",
            "plugin",
            "version",
        ],
    ),
];

const OPTIONS: &str = "Use \"kubectl options\" for a list of global command-line options (applies to \
     all commands).\n";

/// The help of a command.
pub fn of(command: &Command, path: &str) -> String {
    if command.name == "kubectl" {
        return format!(
            "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: \
             https://kubernetes.io/docs/reference/kubectl/\n\n{}",
            usage_of_all()
        );
    }
    let mut text = match command.long {
        "" => format!("{}.\n", command.short.trim_end_matches('.')),
        long => format!("{long}\n"),
    };
    if !command.aliases.is_empty() {
        let names = [command.name]
            .into_iter()
            .chain(command.aliases.iter().copied());
        let names: Vec<&str> = names.collect();
        text += &format!("\nAliases:\n{}\n", names.join(", "));
    }
    if !command.examples.is_empty() {
        text += &format!("\nExamples:\n{}\n", command.examples);
    }
    if !command.children.is_empty() {
        text += "\nAvailable Commands:\n";
        let longest = command.children.iter().map(|child| child.name.len()).max();
        let width = longest.unwrap_or(0).max(11);
        for child in command.children {
            text += &format!("  {:width$}   {}\n", child.name, child.short);
        }
    }
    let flags = command.flags.iter().flat_map(|set| set.iter()).collect();
    text += &options("\nOptions:\n", flags);
    let usage = match (command.usage, command.children.is_empty()) {
        ("", true) => "[options]",
        ("", false) => "[flags] [options]",
        (usage, _) => usage,
    };
    text += &format!("\nUsage:\n  {path} {usage}\n\n");
    if !command.children.is_empty() {
        text += &format!(
            "Use \"{path} <command> --help\" for more information about a given command.\n"
        );
    }
    text + OPTIONS
}

/// kubectl's commands, and how it is called.
pub fn usage_of_all() -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        text += &format!("{title}\n");
        for name in names {
            let short = ROOT.child(name).map_or("", |command| command.short);
            text += &format!("  {name:13}   {short}\n");
        }
        text.push('\n');
    }
    text + "Usage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information \
            about a given command.\n"
        + OPTIONS
}

/// What `kubectl options` says.
pub fn global_options() -> String {
    options(
        "The following options can be passed to any command:\n\n",
        shared::GLOBAL.iter().collect(),
    )
}

fn options(head: &str, mut flags: Vec<&Flag>) -> String {
    if flags.is_empty() {
        return String::new();
    }
    order::sort_by_key(&mut flags, |flag| flag.name);
    let mut text = head.to_string();
    for flag in flags {
        let short = match flag.short {
            "" => String::new(),
            short => format!("-{short}, "),
        };
        text += &format!("    {short}--{}={}\n", flag.name, flag.shown());
    }
    text
}
