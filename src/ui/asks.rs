//! What the page's buttons ask of the cluster: each is a line of kubectl, as a person would type it.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::Input;

/// No new Pods come to the Node, or they may again.
pub fn cordon(node: &str, cordons: bool) -> Input {
    let verb = if cordons { "cordon" } else { "uncordon" };
    line(format!("kubectl {verb} {node}"))
}

/// So many Pods are wanted.
pub fn scale(object: &ObjectKey, replicas: i64) -> Input {
    kubectl(object, "scale", &format!("--replicas={replicas}"))
}

/// A container of the template gets another image.
pub fn set_image(object: &ObjectKey, container: &str, image: &str) -> Input {
    kubectl(
        object,
        "set image",
        &quoted(&format!("{container}={image}")),
    )
}

/// Changes of the template wait, or are followed again.
pub fn pause(object: &ObjectKey, pauses: bool) -> Input {
    let verb = if pauses {
        "rollout pause"
    } else {
        "rollout resume"
    };
    kubectl(object, verb, "")
}

/// The template before this one is wanted again.
pub fn undo(object: &ObjectKey) -> Input {
    kubectl(object, "rollout undo", "")
}

/// A label goes, and with it what it ties the object to.
pub fn remove_label(object: &ObjectKey, label: &str) -> Input {
    kubectl(object, "label", &format!("{label}-"))
}

/// `kubectl VERB KIND/NAME -n NAMESPACE MORE`
fn kubectl(object: &ObjectKey, verb: &str, more: &str) -> Input {
    let kind = object.bare_kind().to_lowercase();
    let namespace = match &*object.namespace {
        "default" | "" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    let said = format!("kubectl {verb} {kind}/{}{namespace} {more}", object.name);
    line(said.trim_end().to_string())
}

fn line(line: String) -> Input {
    Input::Command {
        line: line.into(),
        files: Rc::default(),
        stdin: None,
    }
}

/// As one word, whatever a shell would make of it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "./:@_-=".contains(letter);
    match word.chars().all(is_plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
