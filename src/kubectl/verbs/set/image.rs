//! `kubectl set image`. Models `set_image.go`.

use super::super::label::resources_and_pairs;
use super::{FLAGS, check_local, each, infos, pod_spec};
use crate::api::Value;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

pub(super) const COMMAND: Command =
    Command::new("image", "Update the image of a pod template", run)
        .flags(&[FLAGS, shared::SELECTOR]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let (resources, words) = resources_and_pairs(&given.words, "image")?;
    let mut images: Vec<(String, String)> = Vec::new();
    let mut invalid = Vec::new();
    for word in &words {
        match word.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, image)) => {
                images.retain(|(known, _)| known != name);
                images.push((name.to_string(), image.to_string()));
            }
            None => invalid.push(word.as_str()),
        }
    }
    if !invalid.is_empty() {
        return plain(format!("invalid image format: {}", invalid.join(", ")));
    }
    let mut asked = Asked::of(session.cx, given);
    asked.words = resources;
    let local = asked.local;
    let (has_files, named) = (!asked.has_no_files(), !asked.words.is_empty());
    let infos = infos(&mut session, asked)?;
    let mut errors = Vec::new();
    if given.is("all") && !given.text("selector").is_empty() {
        errors.push("cannot set --all and --selector at the same time");
    }
    if !named && !has_files {
        errors.push(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    if images.is_empty() {
        errors.push("at least one image update is required");
    } else if images.len() > 1 && images.iter().any(|(name, _)| name == "*") {
        errors.push(
            "all containers are already specified by *, but saw more than one \
             container_name=container_image pairs",
        );
    }
    let errors = errors.into_iter().map(|why| Error::Plain(why.into()));
    Error::gathered(errors.collect())?;
    check_local(local, &session)?;
    let words = (
        "image updated",
        "failed to patch image update to pod template: ",
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
            for (name, image) in &images {
                if !set(spec, name, image) {
                    let name = quoted(name);
                    let sentence = format!("error: unable to find container named {name}");
                    errors.push(Error::Plain(sentence));
                }
            }
            Ok(())
        },
    )?;
    Ok(Process::Ended(0))
}

fn set(spec: &mut Value, name: &str, image: &str) -> bool {
    let mut found = false;
    for list in ["initContainers", "containers"] {
        if spec.get(list).is_none_or(Value::is_empty) {
            continue;
        }
        for container in spec.at_mut(&[list]).items_mut() {
            if name == "*" || container.text_at(&["name"]) == name {
                found = true;
                container.set(&["image"], image);
            }
        }
    }
    found
}
