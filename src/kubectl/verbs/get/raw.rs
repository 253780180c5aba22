//! `kubectl get --raw`. Models `k8s.io/kubectl/pkg/rawhttp`. Left out: objects by their address; of the
//! server's own addresses those are there that tell how it is.

use crate::api::validation::field::go_json;
use crate::cluster::api_server::Status;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::Given;
use crate::kubectl::process::Process;
use crate::kubectl::verbs::version;

/// Asks for an address.
///
/// # Errors
/// The server's answer.
pub fn run(cx: &mut Cx<'_>, given: &Given) -> Result<Process, Error> {
    if !given.words.is_empty() {
        let sentence = "arguments may not be passed when --raw is specified";
        return Err(Error::Plain(sentence.into()));
    }
    if given.is("watch") || given.is("watch-only") || !given.text("selector").is_empty() {
        let sentence = "--raw may not be specified with other flags that filter the server request \
                        or alter the output";
        return Err(Error::Plain(sentence.into()));
    }
    if !given.text("output").is_empty() {
        return Err(Error::Plain(
            "--raw and --output are mutually exclusive".into(),
        ));
    }
    let address = given.text("raw");
    let path = address.split('?').next().unwrap_or_default();
    match path.trim_end_matches('/') {
        "/healthz" | "/livez" | "/readyz" => cx.print("ok"),
        "/version" => {
            // In the order of the fields of Go's struct.
            let info = version::info(true);
            let lines = FIELDS.map(|name| {
                let value = info.get(name).map(go_json).unwrap_or_default();
                ["  \"", name, "\": ", &value].concat()
            });
            cx.print(&["{\n", &lines.join(",\n"), "\n}"].concat());
        }
        _ if !address.starts_with('/') => {
            let sentence = format!(
                "--raw must be a valid URL path: parse {address:?}: invalid URI for request"
            );
            return Err(Error::Plain(sentence));
        }
        _ => {
            return Err(Status {
                code: 404,
                reason: "NotFound",
                message: "the server could not find the requested resource".into(),
            }
            .into());
        }
    }
    Ok(Process::Ended(0))
}

const FIELDS: [&str; 13] = [
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];
