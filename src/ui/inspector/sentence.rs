//! How a Pod is, in a sentence of ours: fact, then cause; and Kubernetes' own words behind it.

use podarium::api::pod::Pod;
use podarium::scene::{ContainerGlyph, PodBody, State};
use yew::prelude::*;

use crate::ui::markup::html;

/// The sentence at the head of a Pod's summary.
pub fn sentence(pod: &Pod, body: &PodBody) -> Html {
    let (ours, theirs) = words(pod, body);
    html! {
        <p class="sentence">
            { ours }
            if !theirs.is_empty() { { " " }<span class="mono">{ theirs }</span> }
        </p>
    }
}

fn words(pod: &Pod, body: &PodBody) -> (String, String) {
    let message = |kind: &str| {
        let found = pod.condition(kind);
        found.map(|one| one.message.to_string()).unwrap_or_default()
    };
    let alone = |words: &str| (words.to_string(), String::new());
    if pod.metadata.deletion_timestamp.is_some() {
        return alone(
            "Being deleted. Its containers were told to stop and have the grace period to do so.",
        );
    }
    match &*pod.status.phase {
        "Succeeded" => return alone("Every container ended well, and none is to start again."),
        "Failed" => return failed(pod, message("DisruptionTarget")),
        _ if pod.spec.node_name.is_empty() => {
            return (
                "Waits as one unit. No node was found for the whole Pod yet.".into(),
                message("PodScheduled"),
            );
        }
        "Running" if pod.is_ready() => {
            return alone(
                "Ready. Every container is, so the Pod is: a Service that selects it sends to it.",
            );
        }
        _ => {}
    }
    if let Some(failing) = body.containers.iter().find(|one| one.state == State::Fail) {
        let cause = failure(failing);
        let ours = format!("Out of service. Container {} {cause}", failing.name);
        return (ours, said_of(pod, &failing.name));
    }
    let pulling = body.containers.iter().find(|one| one.pull.is_some());
    // A step that isn't to keep running has this word and no other.
    let step = |one: &&ContainerGlyph| one.step.is_some() && &*one.word == "running";
    let step = body.containers.iter().find(step);
    let rest = || body.containers.iter().filter(|one| one.step.is_none());
    let unready = || rest().filter(|one| one.state != State::Ready);
    let ours = match (pulling, step) {
        (Some(one), _) => format!(
            "Not in service yet. The image of container {} is being pulled.",
            one.name
        ),
        (_, Some(one)) => format!(
            "Not in service yet. Init container {} has to end before others start.",
            one.name
        ),
        _ if unready().count() > 0 && unready().all(|one| one.state == State::Done) => {
            let names: Vec<&str> = unready().map(|one| &*one.name).collect();
            format!(
                "Out of service. What {} had to do is done, and what has ended is not ready: so the whole Pod is not.",
                names.join(" and ")
            )
        }
        _ if rest().count() > 1 => {
            "Out of service. A container is not ready, so the whole Pod is not.".into()
        }
        _ => "Out of service. Its container is not ready yet.".into(),
    };
    (ours, message("Ready"))
}

/// Why it failed, and who says so; `given_up` where somebody else than its kubelet did.
fn failed(pod: &Pod, given_up: String) -> (String, String) {
    let message = &pod.status.message;
    let ours = if !given_up.is_empty() {
        return ("Given up: nobody runs it any more.".into(), given_up);
    } else if pod.statuses().is_empty() && !message.is_empty() {
        "The kubelet refused it before anything of it began."
    } else {
        "All containers ended, and at least one ended badly."
    };
    (ours.into(), message.to_string())
}

/// What is the matter with a container that fails, after its name.
fn failure(container: &ContainerGlyph) -> String {
    match &*container.word {
        "CrashLoopBackOff" => "keeps ending, so it is started again only after a pause.".into(),
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            "waits: its image can't be had.".into()
        }
        word if word.starts_with("exit ") => format!("ended badly: {word}."),
        "OOMKilled" => "was ended: it used more memory than its limit.".into(),
        _ => "can't be started.".into(),
    }
}

/// Kubernetes' own words about a container: why it waits, else why it ended.
fn said_of(pod: &Pod, name: &str) -> String {
    let status = pod.statuses().get(name).copied();
    let Some(state) = status.map(|status| &status.state) else {
        return String::new();
    };
    let waiting = state.waiting.as_ref().map(|waiting| &waiting.message);
    let ended = state.terminated.as_ref().map(|ended| &ended.message);
    waiting
        .or(ended)
        .map(|said| said.to_string())
        .unwrap_or_default()
}
