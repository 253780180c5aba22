//! An input as steps of a lesson. What the format has no step for is named, with what to do instead.

use crate::api::ObjectKey;
use crate::cluster::kubelet::ProbeKind;
use crate::cluster::{Fault, Input};
use crate::lesson::steps::{Place, Send, Step};

/// Steps that do what an input does.
///
/// # Errors
/// What there is no step for, and the remedy.
pub fn steps(input: &Input) -> Result<Vec<Step>, String> {
    let no = |what: &str, remedy: &str| Err(format!("{what} is no step of a lesson: {remedy}"));
    let place = |pod: &ObjectKey, container: &str| Place {
        pod: Some(pod.clone()),
        container: container.into(),
    };
    let machines = "have it done before the start, which may hold any cluster";
    Ok(vec![match input {
        Input::Apply { manifest } => Step::Apply(manifest.to_string()),
        Input::Replace { manifest } => Step::Replace(manifest.to_string()),
        Input::Command { stdin: Some(_), .. } => {
            return no(
                "a line that reads its input from the page",
                "type it with a here-document",
            );
        }
        Input::Command { line, files, .. } => {
            let mut steps = Vec::new();
            for (name, text) in files.iter() {
                steps.push(Step::Command(written(name, text)?));
            }
            steps.push(Step::Command(line.to_string()));
            return Ok(steps);
        }
        Input::Delete {
            object,
            grace_period_seconds,
        } => Step::Command(deletion(object, *grace_period_seconds)),
        Input::Patch {
            object,
            subresource,
            patch,
        } => Step::Command(patched(object, subresource, patch)),
        Input::PowerOff { node } => Step::PowerOff(node.to_string()),
        Input::PowerOn { node } => Step::PowerOn(node.to_string()),
        Input::Partition { node } => Step::Partition(node.to_string()),
        Input::Heal { node } => Step::Heal(node.to_string()),
        Input::Fault(Fault::KillContainer { pod, container }) => Step::Kill(place(pod, container)),
        Input::Fault(Fault::FailProbe {
            pod,
            container,
            probe: ProbeKind::Readiness,
            fails: true,
        }) => Step::FailReadiness(place(pod, container)),
        Input::Send {
            from,
            to,
            port,
            path,
            every_second,
        } => {
            let outside = Place {
                pod: None,
                container: "".into(),
            };
            let asker = from.as_ref();
            let send = Send {
                from: asker.map_or(outside, |(pod, container)| place(pod, container)),
                to: format!("http://{to}:{port}{path}"),
                every_second: *every_second,
            };
            match send.input().as_ref() == Some(input) {
                true => Step::Send(send),
                false => {
                    return no(
                        &format!("a request to {to}"),
                        "ask for a name or an address without anything else in it",
                    );
                }
            }
        }
        Input::AddHost(host) => return no(&format!("adding host {}", host.name), machines),
        Input::AddMachine(machine) => {
            return no(&format!("adding node {}", machine.name), machines);
        }
        Input::RemoveMachine { name } | Input::RemoveHost { name } => {
            return no(&format!("removing {name}"), machines);
        }
        Input::Import(_) => {
            return no(
                "Import",
                "import before the start, which may hold any cluster",
            );
        }
        Input::Fault(Fault::FailProbe { .. }) => {
            return no(
                "failing a liveness or startup probe, or having one asked again,",
                "fail the readiness probe, or have it done before the start",
            );
        }
        Input::Fault(Fault::FillMemory { container, .. }) => {
            return no(
                &format!("Fill memory of {container}"),
                "kill the container instead, or have it done before the start",
            );
        }
        Input::Fault(Fault::TakeUp { .. } | Fault::CorePanic { .. }) => {
            return no("this fault", "have it done before the start");
        }
        Input::Evict { pod, .. } => {
            return no(&format!("evicting {}", pod.name), "type kubectl drain");
        }
        Input::Request { to, .. } => {
            return no(
                &format!("a request to {to} over localhost"),
                "type kubectl exec with wget",
            );
        }
        Input::StopSending { .. } => {
            return no("Stop of a request every second", "send the request once");
        }
        Input::Interrupt { .. } => {
            return no("Stop in the terminal", "type a command that ends by itself");
        }
        Input::StaticPod { file, .. } => {
            return no(
                &format!("the static Pod {file}"),
                "have it done before the start",
            );
        }
        Input::Theory(_) => {
            return no(
                "what is done in the Theory view",
                "do it with kubectl, in the cluster",
            );
        }
    }])
}

/// `pod/web -n shop`, as kubectl takes it.
fn named(object: &ObjectKey) -> String {
    let kind = object.kind.to_ascii_lowercase();
    match &*object.namespace {
        "" => format!("{kind}/{}", object.name),
        namespace => format!("{kind}/{} -n {namespace}", object.name),
    }
}

fn deletion(object: &ObjectKey, grace: Option<i64>) -> String {
    let grace = match grace {
        None => String::new(),
        Some(0) => " --grace-period=0 --force".into(),
        Some(seconds) => format!(" --grace-period={seconds}"),
    };
    format!("kubectl delete {}{grace}", named(object))
}

fn patched(object: &ObjectKey, subresource: &str, patch: &str) -> String {
    let below = match subresource {
        "" => String::new(),
        part => format!(" --subresource={part}"),
    };
    let patch = patch.replace('\'', r"'\''");
    format!("kubectl patch {}{below} -p '{patch}'", named(object))
}

/// A line that writes a file.
fn written(name: &str, text: &str) -> Result<String, String> {
    if text.lines().any(|line| line == "EOF") {
        return Err(format!(
            "file {name} has a line EOF, and a here-document would end there: take that line out of the text"
        ));
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    Ok(format!("cat > {name} <<'EOF'\n{text}{end}EOF"))
}
