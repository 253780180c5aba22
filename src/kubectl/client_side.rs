//! `kubectl apply`: the merge is made here and sent as a patch. Models `applyOneObject` and the
//! patcher of `k8s.io/kubectl/pkg/cmd/apply`. Left out: pruning. `--force` is in
//! `verbs/apply/force.rs`.

use super::apply::{LAST_APPLIED, last_applied, remember, without_nulls};
use super::builder::Info;
use super::error::Error;
use super::options::DryRun;
use super::session::Session;
use super::three_way;
use crate::api::{Object, Value};

/// Applies one object, and prints what became of it.
pub(super) fn apply(session: &mut Session<'_, '_>, info: &Info) -> Result<(), Error> {
    let prefix = info.value.text_at(&["metadata", "generateName"]);
    if info.name.is_empty() && !prefix.is_empty() {
        let sentence = format!("from {prefix}: cannot use generate name with apply");
        return Err(Error::Plain(sentence));
    }
    let mut modified = info.value.clone();
    remember(&mut modified);
    let current = session
        .client
        .get(session.cx.world(), info)
        .map_err(|error| {
            let verb = format!(
                "retrieving current configuration of:\n{}\nfrom server for:",
                info.described()
            );
            error.while_doing(&verb, &info.source)
        })?;
    match current {
        None => create(session, info, &without_nulls(&modified)),
        Some(current) => update(session, info, &modified, &current),
    }
}

fn create(session: &mut Session<'_, '_>, info: &Info, modified: &Value) -> Result<(), Error> {
    if session.dry_run == DryRun::Client {
        session.print(modified, "created");
        return Ok(());
    }
    let created = session.client.create(session.cx.world(), info, modified);
    let created = created.map_err(|error| error.while_doing("creating", &info.source))?;
    session.cx.warn_once(&created.warnings);
    session.print(&created.object.value, "created");
    Ok(())
}

fn update(
    session: &mut Session<'_, '_>,
    info: &Info,
    modified: &Value,
    current: &Object,
) -> Result<(), Error> {
    let original = last_applied(&current.value);
    if original.is_none() {
        let resource = format!("{}/{}", info.kind.plural(), info.name);
        session.cx.warn(&format!(
            "resource {resource} is missing the {LAST_APPLIED} annotation which is required by \
             kubectl apply. kubectl apply should only be used on resources created declaratively \
             by either kubectl create --save-config or kubectl apply. The missing annotation will \
             be patched automatically."
        ));
    }
    let original = original.unwrap_or_default();
    let of = Some(info.kind.of());
    let merged = three_way::merge(&original, modified, &current.value, of);
    let is_whole = session.output.is_whole();
    if merged == current.value && !is_whole {
        warn_if_deleting(session, &current.value);
        session.print(&current.value, "unchanged");
        return Ok(());
    }
    if session.dry_run == DryRun::Client {
        session.print(&merged, "configured");
        return Ok(());
    }
    let patched = session
        .client
        .patch(session.cx.world(), info, &merged, modified);
    let patched = patched.map_err(|error| error.while_doing("patching", &info.source))?;
    session.cx.warn_once(&patched.warnings);
    warn_if_deleting(session, &patched.object.value);
    session.print(&patched.object.value, "configured");
    Ok(())
}

fn warn_if_deleting(session: &mut Session<'_, '_>, value: &Value) {
    if value.at(&["metadata", "deletionTimestamp"]).is_some() {
        let name = value.text_at(&["metadata", "name"]);
        session.cx.warn(&format!(
            "Detected changes to resource {name} which is currently being deleted."
        ));
    }
}
