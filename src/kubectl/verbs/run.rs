//! `kubectl run`. Models `k8s.io/kubectl/pkg/cmd/run/run.go` and `generate/versioned/run.go`. Left out:
//! attaching to what runs, `--override-type=json`.

use super::create::generator::one;
use super::create::services::port_number;
use crate::api::Value;
use crate::api::schema;
use crate::fields;
use crate::kubectl::apply::{remember, type_of};
use crate::kubectl::asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::options::{DryRun, Output};
use crate::kubectl::patch;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::Stream;

/// `kubectl run`
pub const COMMAND: Command = Command::new("run", "Run a particular image on the cluster", run)
    .flags(&[
        shared::PRINT,
        shared::DRY_RUN,
        shared::SAVE_CONFIG,
        super::delete::FLAGS,
        FLAGS,
    ]);

const FLAGS: &[Flag] = &[
    Flag::array("annotations"),
    Flag::truth("attach").not_here(),
    Flag::truth("command"),
    Flag::text("detach-keys"),
    Flag::array("env"),
    Flag::truth("expose"),
    Flag::text("field-manager").default("kubectl-run"),
    Flag::slice("filename").short("f"),
    Flag::text("kustomize").short("k"),
    Flag::truth("recursive").short("R"),
    Flag::text("image"),
    Flag::text("image-pull-policy"),
    Flag::text("labels").short("l"),
    Flag::truth("leave-stdin-open"),
    Flag::text("override-type").default("merge"),
    Flag::text("overrides"),
    Flag::duration("pod-running-timeout", "1m0s"),
    Flag::text("port"),
    Flag::truth("privileged"),
    Flag::truth("quiet").short("q"),
    Flag::text("restart").default("Always"),
    Flag::truth("rm"),
    Flag::truth("stdin").short("i").not_here(),
    Flag::truth("tty").short("t"),
];

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let usage = |sentence: &str| Err(Error::usage(&given.command, sentence));
    let mut session = Session::of(cx, given)?;
    let Some(name) = given
        .words
        .first()
        .filter(|_| given.dash != Some(0))
        .cloned()
    else {
        return usage("NAME is required for run");
    };
    let image = given.text("image");
    if image.is_empty() {
        return plain("--image is required");
    }
    if !is_reference(image) {
        return plain(format!(
            "Invalid image name {}: invalid reference format",
            crate::manifest::stream::quoted(image)
        ));
    }
    if given.is("tty") {
        return usage("-i/--stdin is required for containers with -t/--tty=true");
    }
    if given.is("expose") && given.text("port").is_empty() {
        return usage("--port must be set when exposing a service");
    }
    let restart = given.text("restart");
    if !["", "Always", "OnFailure", "Never"].contains(&restart) {
        return usage(&format!("invalid restart policy: {restart}"));
    }
    if given.is("rm") {
        return usage("--rm should only be used for attached containers");
    }
    let policy = given.text("image-pull-policy");
    if !["", "Always", "IfNotPresent", "Never"].contains(&policy) {
        return usage(&format!("invalid image pull policy: {policy}"));
    }
    let pod = overridden(pod(given, &name)?, given)?;
    let pod = made(&mut session, given, &pod)?;
    if given.is("expose") {
        let service = service(given, &name)?;
        let service = made(&mut session, given, &service)?;
        session.print(&service, "created");
        if session.output == Output::Yaml {
            session.cx.line("---");
        }
    }
    session.print(&pod, "created");
    Ok(Process::Ended(0))
}

/// Is it a name of an image? Models `reference.ReferenceRegexp`, roughly.
fn is_reference(image: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let name = image.split(['@']).next().unwrap_or_default();
    let path = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let path = path.split(':').next().unwrap_or_default();
    image.chars().all(fits)
        && !path.is_empty()
        && !path.chars().any(|c| c.is_ascii_uppercase())
        && path.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !image.ends_with([':', '/', '@'])
}

/// `a=b,c=d`. Models `ParseLabels` of `generate.go`.
///
/// # Errors
/// kubectl's sentence.
pub fn labels_of(text: &str) -> Result<Value, Error> {
    let mut labels = Value::map();
    for pair in text.split(',') {
        let parts: Vec<&str> = pair.split('=').collect();
        let [key, value] = parts[..] else {
            return plain(format!("unexpected label spec: {pair}"));
        };
        if key.is_empty() {
            return plain("unexpected empty label key");
        }
        labels.set(&[key], value);
    }
    Ok(labels)
}

fn labels(given: &Given, name: &str) -> Result<Value, Error> {
    match given.text("labels") {
        "" => Ok(fields! { "run" => name }),
        text => labels_of(text),
    }
}

fn pod(given: &Given, name: &str) -> Result<Value, Error> {
    let mut container = fields! {
        "image" => given.text("image"), "name" => name, "resources" => Value::map(),
    };
    let words: Value = given
        .words
        .iter()
        .skip(1)
        .map(|word| Value::from(word.as_str()))
        .collect();
    if !words.is_empty() {
        let field = if given.is("command") {
            "command"
        } else {
            "args"
        };
        container.set(&[field], words);
    }
    let mut env = Vec::new();
    for pair in given.list("env") {
        match pair.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => {
                let mut variable = fields! { "name" => name };
                if !value.is_empty() {
                    variable.set(&["value"], value);
                }
                env.push(variable);
            }
            None => return plain(format!("invalid env: {pair}")),
        }
    }
    if !env.is_empty() {
        container.set(&["env"], env.into_iter().collect::<Value>());
    }
    if !given.text("image-pull-policy").is_empty() {
        container.set(&["imagePullPolicy"], given.text("image-pull-policy"));
    }
    if given.is("privileged") {
        container.set(&["securityContext", "privileged"], true);
    }
    let port = given.text("port");
    if !port.is_empty() {
        let number = match port.parse::<i64>() {
            Ok(number) => number,
            Err(_) => {
                let port = crate::manifest::stream::quoted(port);
                return plain(format!("strconv.Atoi: parsing {port}: invalid syntax"));
            }
        };
        container.set(&["ports"], one(fields! { "containerPort" => number }));
    }
    let mut metadata = fields! { "labels" => labels(given, name)?, "name" => name };
    for annotation in given.list("annotations") {
        let Some((key, value)) = annotation
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
        else {
            return plain(format!("invalid annotation: {annotation}"));
        };
        metadata.set(&["annotations", key], value);
    }
    let restart = match given.text("restart") {
        "" => "Always",
        restart => restart,
    };
    Ok(fields! {
        "apiVersion" => "v1", "kind" => "Pod", "metadata" => metadata,
        "spec" => fields! {
            "containers" => one(container), "dnsPolicy" => "ClusterFirst",
            "restartPolicy" => restart,
        },
        "status" => Value::map(),
    })
}

/// Models `--overrides`: what is written there is merged into the object.
///
/// # Errors
/// When it can't be read.
pub fn overridden(value: Value, given: &Given) -> Result<Value, Error> {
    let text = given.text("overrides");
    if text.is_empty() {
        return Ok(value);
    }
    let read = match Stream::of(text).next_document(text) {
        Some(Ok(document)) => document.root.value.clone(),
        _ => return plain("invalid JSON in overrides"),
    };
    let of = match given.text("override-type") {
        "strategic" => type_of(&value),
        "json" => return plain("--override-type=json is not simulated here"),
        _ => None,
    };
    let merged = patch::merge(&value, &read, of);
    Ok(crate::kubectl::apply::without_nulls(&merged))
}

fn service(given: &Given, name: &str) -> Result<Value, Error> {
    let port = port_number(given.text("port")).map_err(Error::Plain)?;
    let port = fields! { "port" => port, "protocol" => "TCP", "targetPort" => port };
    let mut metadata = fields! { "name" => name };
    let labels = labels(given, name)?;
    if !given.text("labels").is_empty() {
        metadata.set(&["labels"], labels.clone());
    }
    Ok(fields! {
        "apiVersion" => "v1", "kind" => "Service", "metadata" => metadata,
        "spec" => fields! { "ports" => one(port), "selector" => labels },
        "status" => fields! { "loadBalancer" => Value::map() },
    })
}

/// Creates an object, or only says so; what it is then. Models `createGeneratedObject`.
///
/// # Errors
/// The server's answer.
pub fn made(session: &mut Session<'_, '_>, given: &Given, value: &Value) -> Result<Value, Error> {
    let mut value = value.clone();
    let (namespace, is_enforced) = session.cx.namespace(given);
    let is_client = session.dry_run == DryRun::Client;
    if given.is("save-config") && !is_client {
        remember(&mut value);
    }
    if is_enforced || !is_client {
        value.set(&["metadata", "namespace"], &*namespace);
    }
    let kind = schema::kind(value.text_at(&["apiVersion"]), value.text_at(&["kind"]));
    let Some(kind) = kind else {
        return plain("no such kind");
    };
    let name = value.text_at(&["metadata", "name"]).to_string();
    session.create(&asked::bare(kind, &namespace, &name), &value)
}
