//! `kubectl set resources`. Models `set_resources.go` and `HandleResourceRequirementsV1`.

use super::{FLAGS, check_local, each, infos, pod_spec, selected};
use crate::api::quantity::Quantity;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;

pub(super) const COMMAND: Command = Command::new(
    "resources",
    "Update resource requests/limits on objects with pod templates",
    run,
)
.flags(&[
    FLAGS,
    shared::SELECTOR,
    &[
        Flag::text("containers").short("c").default("*"),
        Flag::text("limits"),
        Flag::text("requests"),
    ],
]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let asked = Asked::of(session.cx, given);
    let local = asked.local;
    let infos = infos(&mut session, asked)?;
    check_local(local, &session)?;
    if given.is("all") && !given.text("selector").is_empty() {
        return plain("cannot set --all and --selector at the same time");
    }
    if given.text("limits").is_empty() && given.text("requests").is_empty() {
        return plain(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        );
    }
    let limits = list_of(given.text("limits"))?;
    let requests = list_of(given.text("requests"))?;
    let pattern = given.text("containers");
    let words = (
        "resource requirements updated",
        "failed to patch resources update to pod template ",
    );
    each(
        &mut session,
        &infos,
        local,
        words,
        Vec::new(),
        |_, info, value, errors| {
            let path = pod_spec(info)?;
            let spec = value.at_mut(path);
            let containers = selected(spec, pattern);
            if containers.is_empty() {
                let sentence = format!("error: unable to find container named {pattern}");
                errors.push(Error::Plain(sentence));
            }
            for (list, at) in containers {
                let container = &mut spec.at_mut(&[list]).items_mut()[at];
                for (part, amounts) in [("limits", &limits), ("requests", &requests)] {
                    for (resource, amount) in amounts {
                        container.set(&["resources", part, resource], amount.as_str());
                    }
                }
            }
            Ok(())
        },
    )?;
    Ok(Process::Ended(0))
}

/// `cpu=1,memory=1Gi`
fn list_of(text: &str) -> Result<Vec<(String, String)>, Error> {
    let mut all = Vec::new();
    for pair in text.split(',').filter(|_| !text.is_empty()) {
        let parts: Vec<&str> = pair.split('=').collect();
        let [resource, amount] = parts[..] else {
            return plain(format!(
                "Invalid argument syntax {pair}, expected <resource>=<value>"
            ));
        };
        let Some(amount) = Quantity::canonical(amount) else {
            return plain(
                "quantities must match the regular expression \
                 '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            );
        };
        all.push((resource.to_string(), amount));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::list_of;

    #[test]
    fn amounts_are_written_as_the_server_has_them() {
        let read = list_of("cpu=1000m,memory=1024Mi").expect("a good list");
        let named = |name: &str, amount: &str| (name.to_string(), amount.to_string());
        assert_eq!(read, [named("cpu", "1"), named("memory", "1Gi")]);
        assert!(list_of("cpu").is_err() && list_of("cpu=x").is_err());
        assert!(list_of("").expect("nothing").is_empty());
    }
}
