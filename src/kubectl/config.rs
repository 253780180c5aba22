//! kubectl's configuration: which namespace a command is about. Models `k8s.io/client-go/tools/clientcmd`.
//! It is a file of the terminal, `~/.kube/config`; where there is none, it is as a new terminal has it.
//! Left out: several files in `KUBECONFIG`.

use super::cx::Cx;
use super::flags::Given;
use super::print;
use crate::api::Value;
use crate::cluster::workload::files::Files;
use crate::fields;
use crate::manifest::stream::Stream;

/// A path in the folder that a terminal begins in.
macro_rules! at_home {
    ($path:literal) => {
        concat!("/root", $path)
    };
}

/// The folder that a terminal begins in: whoever sits at it is root.
pub const HOME: &str = at_home!("");

/// Where kubectl keeps what servers told it.
pub const CACHE: &str = at_home!("/.kube/cache");

/// What kubectl reads where nothing else is said.
const FILE: &str = at_home!("/.kube/config");

/// The user that the page is.
pub const USER: &str = "kubernetes-admin";

const CONTEXT: &str = "kubernetes-admin@kubernetes";
const CLUSTER: &str = "kubernetes";

/// Where it is.
pub fn path(cx: &Cx<'_>, given: &Given) -> String {
    match given.text("kubeconfig") {
        "" => match cx.variable("KUBECONFIG") {
            None | Some("") => FILE.to_string(),
            Some(path) => path.to_string(),
        },
        path => path.to_string(),
    }
}

/// What is in it.
pub fn load(cx: &Cx<'_>, given: &Given) -> Value {
    let path = path(cx, given);
    let Some(text) = cx.file(&path) else {
        return match path == FILE {
            true => fresh(),
            false => Value::map(),
        };
    };
    parsed(&text)
}

fn parsed(text: &str) -> Value {
    match Stream::of(text).next_document(text) {
        Some(Ok(document)) => document.root.value.clone(),
        _ => Value::map(),
    }
}

/// Writes it.
pub fn store(cx: &mut Cx<'_>, given: &Given, config: &Value) {
    let path = path(cx, given);
    cx.write(&path, &print::yaml(config));
}

fn fresh() -> Value {
    let cluster = fields! {
        "cluster" => fields! {
            "insecure-skip-tls-verify" => true, "server" => "https://127.0.0.1:6443",
        },
        "name" => CLUSTER,
    };
    let context = fields! {
        "context" => fields! { "cluster" => CLUSTER, "user" => USER },
        "name" => CONTEXT,
    };
    let user = fields! { "name" => USER, "user" => fields! { "token" => "podarium" } };
    let list = |item: Value| -> Value { std::iter::once(item).collect() };
    fields! {
        "apiVersion" => "v1", "kind" => "Config",
        "clusters" => list(cluster), "contexts" => list(context), "users" => list(user),
        "current-context" => CONTEXT,
    }
}

/// The part `inside` of the item of this name in a list of it.
pub fn named<'v>(config: &'v Value, list: &str, name: &str, inside: &str) -> Option<&'v Value> {
    let items = config.get(list)?.items();
    let item = items.iter().find(|item| item.text_at(&["name"]) == name)?;
    item.get(inside)
}

/// The namespace of the context in use.
pub fn namespace(cx: &Cx<'_>, given: &Given) -> String {
    let config = load(cx, given);
    let context = match given.text("context") {
        "" => config.text_at(&["current-context"]),
        context => context,
    };
    namespace_of(&config, context)
}

/// The namespace of the context in use where these files are there, and nothing else is said.
pub fn namespace_in(files: &Files) -> String {
    let file = files.get(FILE.trim_start_matches('/'));
    let Some(file) = file else {
        return "default".into();
    };
    let config = parsed(&String::from_utf8_lossy(&file.bytes));
    namespace_of(&config, config.text_at(&["current-context"]))
}

fn namespace_of(config: &Value, context: &str) -> String {
    let context = named(config, "contexts", context, "context");
    match context.map_or("", |context| context.text_at(&["namespace"])) {
        "" => "default".into(),
        namespace => namespace.into(),
    }
}
