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
    let unready = unready(pod, body);
    let is_done = |one: &&ContainerGlyph| one.state == State::Done && stays_ended(pod, &one.name);
    let ours = match (pulling, step, asked(pod, &unready)) {
        (Some(one), ..) => format!(
            "Not in service yet. The image of container {} is being pulled.",
            one.name
        ),
        (_, Some(one), _) => format!(
            "Not in service yet. Init container {} has to end before others start.",
            one.name
        ),
        _ if !unready.is_empty() && unready.iter().all(is_done) => {
            let names: Vec<&str> = unready.iter().map(|one| &*one.name).collect();
            format!(
                "Out of service. What {} had to do is done, and what has ended is not ready: so the whole Pod is not.",
                names.join(" and ")
            )
        }
        (.., Some((name, probe))) => format!(
            "Out of service. Container {name} runs, but its {probe} probe doesn't pass: so the whole Pod is not Ready."
        ),
        _ if pod.every_container().count() > 1 => {
            "Out of service. A container is not ready, so the whole Pod is not.".into()
        }
        _ => "Out of service. Its container is not ready yet.".into(),
    };
    (ours, message("Ready"))
}

/// Containers that the Pod's readiness asks for, and that aren't ready.
fn unready<'a>(pod: &Pod, body: &'a PodBody) -> Vec<&'a ContainerGlyph> {
    let counts =
        |one: &&ContainerGlyph| pod.spec.containers.iter().any(|spec| spec.name == one.name);
    let all = body.containers.iter().filter(counts);
    all.filter(|one| one.state != State::Ready).collect()
}

/// A container that runs and waits for one of its probes, and which.
fn asked<'a>(pod: &Pod, unready: &[&'a ContainerGlyph]) -> Option<(&'a str, &'static str)> {
    let mut running = unready.iter().filter(|one| one.state == State::Run);
    running.find_map(|one| {
        let spec = pod
            .spec
            .containers
            .iter()
            .find(|spec| spec.name == one.name)?;
        let status = pod.statuses().get(&*one.name).copied();
        let has_started = status.and_then(|status| status.started) == Some(true);
        match (&spec.startup_probe, &spec.readiness_probe) {
            (Some(_), _) if !has_started => Some((&*one.name, "startup")),
            (_, Some(_)) => Some((&*one.name, "readiness")),
            _ => None,
        }
    })
}

/// Does a container that ended well stay so?
fn stays_ended(pod: &Pod, name: &str) -> bool {
    let spec = pod.spec.containers.iter().find(|spec| &*spec.name == name);
    let own = spec.map_or("", |spec| &*spec.restart_policy);
    let policy = if own.is_empty() {
        &*pod.spec.restart_policy
    } else {
        own
    };
    matches!(policy, "Never" | "OnFailure")
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

#[cfg(test)]
mod tests {
    use podarium::api::ObjectKey;
    use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
    use podarium::scene::body_of;

    use super::words;

    /// What is said after a while of a Pod of two: one that ends, and one that goes on.
    fn said(policy: &str, more: &str) -> String {
        let mut world = Simulation::new(Setup::default(), 7);
        let manifest = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  restartPolicy: {policy}\n  containers:\n\
             \x20 - {{name: seed, image: 'busybox:1.36', command: [sleep, '1']}}\n\
             \x20 - {{name: other, image: 'busybox:1.36', command: [sleep, '900']{more}}}\n"
        );
        world.apply(Input::Apply {
            manifest: manifest.as_str().into(),
        });
        world.run_until(SimTime::from_seconds(40.0), Budget::ENDLESS);
        let snapshot = world.snapshot();
        let key = ObjectKey::pod("default", "a");
        let object = snapshot.store.get(&key);
        let pod = object.and_then(|object| object.pod()).expect("it is there");
        words(pod, &body_of(&snapshot, &key).expect("it is seen")).0
    }

    #[test]
    fn what_ended_well_and_stays_so_is_not_said_to_become_ready() {
        let done = "Out of service. What seed had to do is done, and what has ended is not ready: so the whole Pod is not.";
        assert_eq!([said("Never", ""), said("OnFailure", "")], [done, done]);
        let again = said("Always", "");
        assert!(!again.contains("is done"), "it is started again: {again}");
    }

    #[test]
    fn a_probe_that_does_not_pass_is_named_with_its_container() {
        let probe = ", readinessProbe: {tcpSocket: {port: 9999}}";
        let ready = said("Never", probe);
        assert!(
            ready.contains("Container other runs, but its readiness probe doesn't pass"),
            "{ready}"
        );
        let both = format!(
            "{probe}, startupProbe: {{exec: {{command: ['false']}}, failureThreshold: 99}}"
        );
        let starts = said("Never", &both);
        assert!(
            starts.contains("its startup probe doesn't pass"),
            "{starts}"
        );
    }
}
