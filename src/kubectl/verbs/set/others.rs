//! `kubectl set selector`, `serviceaccount`, `subject`. Models the files of these names.

use super::super::create::selector_of;
use super::{FLAGS, check_local, each, infos, pod_spec};
use crate::api::Value;
use crate::fields;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;

pub(super) const SELECTOR: Command =
    Command::new("selector", "Set the selector on a resource", selector)
        .flags(&[FLAGS, &[Flag::text("resource-version")]]);

pub(super) const SERVICE_ACCOUNT: Command = Command::new(
    "serviceaccount",
    "Update the service account of a resource",
    service_account,
)
.aliases(&["sa"])
.flags(&[FLAGS]);

pub(super) const SUBJECT: Command = Command::new(
    "subject",
    "Update the user, group, or service account in a role binding or cluster role binding",
    subject,
)
.flags(&[
    FLAGS,
    shared::SELECTOR,
    &[
        Flag::array("group"),
        Flag::array("serviceaccount"),
        Flag::array("user"),
    ],
]);

fn selector(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let Some((text, words)) = given.words.split_last() else {
        return plain("one selector is required");
    };
    let wanted = selector_of(text)?;
    let mut asked = Asked::of(session.cx, given);
    asked.words = words.to_vec();
    let local = asked.local;
    for info in infos(&mut session, asked)? {
        if info.kind.kind() != "Service" {
            return plain("setting a selector is only supported for Services");
        }
        if let Some(expressions) = wanted.get("matchExpressions") {
            let expressions = crate::kubectl::go_map::dump(expressions);
            return plain(format!(
                "match expression {expressions} not supported on this object"
            ));
        }
        let mut value = info.value.clone();
        let labels = wanted.get("matchLabels").cloned().unwrap_or_default();
        value.set(&["spec", "selector"], labels);
        if !local {
            value = session.write(&info, &value)?;
        }
        session.print(&value, "selector updated");
    }
    Ok(Process::Ended(0))
}

fn service_account(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let Some((account, words)) = given.words.split_last() else {
        return plain("serviceaccount is required");
    };
    let mut asked = Asked::of(session.cx, given);
    asked.words = words.to_vec();
    let local = asked.local;
    let infos = infos(&mut session, asked)?;
    let words = (
        "serviceaccount updated",
        "failed to patch ServiceAccountName ",
    );
    each(
        &mut session,
        &infos,
        local,
        words,
        Vec::new(),
        |_, info, value, _| {
            let path = pod_spec(info)?;
            value
                .at_mut(path)
                .set(&["serviceAccountName"], account.as_str());
            Ok(())
        },
    )?;
    Ok(Process::Ended(0))
}

fn subject(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut session = Session::of(cx, given)?;
    let asked = Asked::of(session.cx, given);
    let (local, namespace) = (asked.local, asked.namespace.clone());
    let infos = infos(&mut session, asked)?;
    check_local(local, &session)?;
    if given.is("all") && !given.text("selector").is_empty() {
        return plain("cannot set --all and --selector at the same time");
    }
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for name in given.list(flag) {
            subjects.push(fields! { "apiGroup" => GROUP, "kind" => kind, "name" => name });
        }
    }
    for account in given.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [of, name] = parts[..] else {
            return plain("serviceaccount must be <namespace>:<name>");
        };
        if name.is_empty() {
            return plain("serviceaccount must be <namespace>:<name>");
        }
        let of = if of.is_empty() { &*namespace } else { of };
        subjects.push(fields! { "kind" => "ServiceAccount", "name" => name, "namespace" => of });
    }
    if subjects.is_empty() {
        return plain("you must specify at least one value of user, group or serviceaccount");
    }
    let words = (
        "subjects updated",
        "failed to patch subjects to rolebinding: ",
    );
    each(
        &mut session,
        &infos,
        local,
        words,
        Vec::new(),
        |_, info, value, _| {
            if !matches!(info.kind.kind(), "RoleBinding" | "ClusterRoleBinding") {
                return Err(
                    "setting subjects is only supported for RoleBinding/ClusterRoleBinding".into(),
                );
            }
            let old: Vec<Value> = value
                .get("subjects")
                .map_or(Vec::new(), |all| all.items().to_vec());
            let new = subjects.iter().filter(|new| !old.contains(new)).cloned();
            let all: Value = old.iter().cloned().chain(new).collect();
            if !all.is_empty() {
                value.set(&["subjects"], all);
            }
            Ok(())
        },
    )?;
    Ok(Process::Ended(0))
}
