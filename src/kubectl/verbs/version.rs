//! `kubectl version`. Models `k8s.io/kubectl/pkg/cmd/version`. The build is the one that is simulated.

use crate::api::Value;
use crate::fields;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::print;
use crate::kubectl::process::Process;

/// `kubectl version`
pub const COMMAND: Command = Command::new(
    "version",
    "Print the client and server version information",
    run,
)
.flags(&[&[Flag::truth("client"), Flag::text("output").short("o")]]);

/// The version that is simulated.
pub const VERSION: &str = "v1.36.2";

const KUSTOMIZE: &str = "v5.8.1";

/// What a component says of its build. Models `version.Info`.
pub fn info(is_server: bool) -> Value {
    let mut info = fields! {
        "buildDate" => "2026-06-16T12:00:00Z", "compiler" => "gc",
        "gitCommit" => "24e2b02af5543d7910c2bb074c7264df5a8f0467", "gitTreeState" => "clean",
        "gitVersion" => VERSION, "goVersion" => "go1.26.8",
        "major" => "1", "minor" => "36", "platform" => "linux/amd64",
    };
    if is_server {
        for (field, value) in [
            ("emulationMajor", "1"),
            ("emulationMinor", "36"),
            ("minCompatibilityMajor", "1"),
            ("minCompatibilityMinor", "35"),
        ] {
            info.set(&[field], value);
        }
    }
    info
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if !given.words.is_empty() {
        let words = given.words.join(" ");
        let sentence = format!("extra arguments: [{words}]");
        return Err(Error::Plain(sentence));
    }
    let client_only = given.is("client");
    let mut whole = fields! { "clientVersion" => info(false), "kustomizeVersion" => KUSTOMIZE };
    if !client_only {
        whole.set(&["serverVersion"], info(true));
    }
    match given.text("output") {
        "" => {
            cx.line(&format!("Client Version: {VERSION}"));
            cx.line(&format!("Kustomize Version: {KUSTOMIZE}"));
            if !client_only {
                cx.line(&format!("Server Version: {VERSION}"));
            }
        }
        "yaml" => cx.line(&print::yaml(&whole)),
        "json" => cx.print(&print::json(&whole)),
        _ => {
            let sentence = "--output must be 'yaml' or 'json'";
            return Err(Error::Plain(sentence.into()));
        }
    }
    Ok(Process::Ended(0))
}
