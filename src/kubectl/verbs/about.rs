//! Commands about kubectl and the cluster as a whole: `cluster-info`, `options`, `help`, `completion`,
//! `plugin`, `certificate`, `top`, `kustomize`. Models the files of these names in
//! `k8s.io/kubectl/pkg/cmd`.

use crate::kubectl::command::{self, Act, Command};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::{help, kustomize};
use crate::manifest::stream::quoted;

/// `kubectl cluster-info`
pub const CLUSTER_INFO: Command =
    Command::new("cluster-info", "Display cluster information", cluster_info).children(&[
        &Command::not_here(
            "dump",
            "Dump relevant information for debugging and diagnosis",
        ),
    ]);

/// `kubectl options`
pub const OPTIONS: Command = Command::new(
    "options",
    "Print the list of flags inherited by all commands",
    |cx, _| {
        cx.print(&help::global_options());
        cx.print("\n");
        Ok(Process::Ended(0))
    },
);

/// `kubectl help`
pub const HELP: Command = Command::new("help", "Help about any command", help_about);

/// `kubectl completion`
pub const COMPLETION: Command = Command::new(
    "completion",
    "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    completion,
);

/// `kubectl plugin`
pub const PLUGIN: Command = Command::group(
    "plugin",
    "Provides utilities for interacting with plugins",
    &[
        &Command::new("list", "List all visible plugin executables on a user's PATH", |_, _| {
            plain("unable to find any kubectl plugins in your PATH")
        })
        .flags(&[&[Flag::truth("name-only")]]),
    ],
)
.long(
    "Provides utilities for interacting with plugins.\n\n Plugins provide extended functionality that \
     is not part of the major command-line distribution. Please refer to the documentation and \
     examples for more information about how write your own plugins.\n\n The easiest way to discover \
     and install plugins is via the kubernetes sub-project krew: [krew.sigs.k8s.io]. To install krew, \
     visit https://krew.sigs.k8s.io/docs/user-guide/setup/install",
)
.examples(
    "  # List all available plugins\n  kubectl plugin list\n  \n  # List only binary names of available \
     plugins without paths\n  kubectl plugin list --name-only",
);

/// `kubectl certificate`
pub const CERTIFICATE: Command = Command {
    act: Act::Group(false, 0),
    ..Command::group(
        "certificate",
        "Modify certificate resources",
        &[
            &Command::not_here("approve", "Approve a certificate signing request"),
            &Command::not_here("deny", "Deny a certificate signing request"),
        ],
    )
}
.usage("SUBCOMMAND [options]");

/// `kubectl top`: there is no metrics server.
pub const TOP: Command = Command::group(
    "top",
    "Display resource (CPU/memory) usage",
    &[
        &Command::new(
            "node",
            "Display resource (CPU/memory) usage of nodes",
            no_metrics,
        )
        .aliases(&["nodes", "no"])
        .flags(&[TOP_FLAGS, shared::SELECTOR, &[Flag::truth("show-capacity")]]),
        &Command::new(
            "pod",
            "Display resource (CPU/memory) usage of pods",
            no_metrics,
        )
        .aliases(&["pods", "po"])
        .flags(&[
            TOP_FLAGS,
            shared::SELECTOR,
            shared::ALL_NAMESPACES,
            &[
                Flag::truth("containers"),
                Flag::text("field-selector"),
                Flag::truth("sum"),
            ],
        ]),
    ],
);

const TOP_FLAGS: &[Flag] = &[
    Flag::truth("no-headers"),
    Flag::truth("show-swap"),
    Flag::text("sort-by"),
    Flag::truth("use-protocol-buffers").default("true"),
];

fn no_metrics(_cx: &mut Cx<'_>, _given: &mut Given) -> Result<Process, Error> {
    plain("Metrics API not available")
}

/// `kubectl kustomize`
pub const KUSTOMIZE: Command = Command::new(
    "kustomize",
    "Build a kustomization target from a directory or URL",
    |cx, given| {
        let folder = given.words.first().map_or(".", |folder| folder);
        let text = kustomize::build(cx, folder, true).map_err(Error::Plain)?;
        cx.print(&text);
        Ok(Process::Ended(0))
    },
);

fn cluster_info(cx: &mut Cx<'_>, _given: &mut Given) -> Result<Process, Error> {
    cx.line("Kubernetes control plane is running at https://127.0.0.1:6443");
    cx.line("");
    cx.line("To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(Process::Ended(0))
}

fn help_about(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let (command, path, left) = command::find(&given.words);
    if left.is_empty() {
        cx.print(&help::of(command, &path));
        return Ok(Process::Ended(0));
    }
    let words: Vec<String> = given.words.iter().map(|word| format!("`{word}`")).collect();
    cx.print_error(&format!("Unknown help topic [{}]\n\n\n", words.join(" ")));
    cx.print_error(&help::usage_of_all());
    Ok(Process::Ended(0))
}

fn completion(_cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let usage = |sentence: &str| Err(Error::usage(&given.command, sentence));
    match &given.words[..] {
        [] => usage("Shell not specified."),
        [shell] if ["bash", "zsh", "fish", "powershell"].contains(&&**shell) => plain(
            "the page's terminal completes kubectl by itself: its code for other shells is not here",
        ),
        [shell] => usage(&format!("Unsupported shell type {}.", quoted(shell))),
        _ => usage("Too many arguments. Expected only the shell type."),
    }
}
