//! `kubectl diff`: what would apply change? Models `k8s.io/kubectl/pkg/cmd/diff/diff.go`. Left out: another
//! program for it (`KUBECTL_EXTERNAL_DIFF`), pruning, and the masking of Secrets' values.

use crate::api::Value;
use crate::kubectl::apply::{LAST_APPLIED, last_applied, type_of, without_nulls};
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::client::{Answered, Client, FieldValidation};
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::{print, three_way, unified};

/// `kubectl diff`
pub const COMMAND: Command = Command::new(
    "diff",
    "Diff the live version against a would-be applied version",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::SELECTOR,
    &[
        Flag::int("concurrency", "1"),
        Flag::text("field-manager").default("kubectl-client-side-apply"),
        Flag::truth("force-conflicts"),
        Flag::truth("prune").not_here(),
        Flag::array("prune-allowlist").not_here(),
        Flag::truth("server-side"),
        Flag::truth("show-managed-fields"),
    ],
]);

/// What went wrong ends with 2: 1 says that there are differences.
const FAILED: i32 = 2;

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    match differs(cx, given) {
        Ok(differs) => Ok(Process::Ended(i32::from(differs))),
        Err(error) => {
            cx.print_error(&error.printed());
            Ok(Process::Ended(FAILED))
        }
    }
}

fn differs(cx: &mut Cx<'_>, given: &Given) -> Result<bool, Error> {
    if !given.words.is_empty() {
        let words = given.words.join(" ");
        return Err(Error::usage(
            &given.command,
            &format!("Unexpected args: [{words}]"),
        ));
    }
    if cx.variable("KUBECTL_EXTERNAL_DIFF").is_some() {
        return plain("KUBECTL_EXTERNAL_DIFF is not simulated here");
    }
    let asked = Asked::of(cx, given);
    asked.requires_files()?;
    let mut files = Vec::new();
    for item in asked.find(cx)?.items {
        let info = item?;
        let (live, merged) = both(cx, &info)?;
        files.push((name(&info), live, merged));
    }
    let stamp = cx.now().0;
    let date = cx.now().to_rfc3339().replace('T', " ");
    let moment = format!("{}.000000000 +0000", date.trim_end_matches('Z'));
    let mut any = false;
    for (name, live, merged) in files {
        let hunks = unified::diff(&live, &merged);
        if hunks.is_empty() {
            continue;
        }
        any = true;
        let (before, after) = (
            format!("/tmp/LIVE-{stamp}/{name}"),
            format!("/tmp/MERGED-{stamp}/{name}"),
        );
        cx.line(&format!("diff -u -N {before} {after}"));
        cx.line(&format!("--- {before}\t{moment}"));
        cx.line(&format!("+++ {after}\t{moment}"));
        cx.print(&hunks);
    }
    Ok(any)
}

/// `apps.v1.Deployment.default.web`
fn name(info: &Info) -> String {
    let group = match info.kind.group() {
        "" => String::new(),
        group => format!("{group}."),
    };
    format!(
        "{group}{}.{}.{}.{}",
        info.kind.version(),
        info.kind.kind(),
        info.namespace,
        info.name
    )
}

/// The object as it is and as it would be, as texts.
fn both(cx: &mut Cx<'_>, info: &Info) -> Result<(String, String), Error> {
    let client = Client {
        validation: FieldValidation::Warn,
        is_dry_run: true,
    };
    let current = client.get(cx.world(), info)?;
    let tell = |cx: &mut Cx<'_>, answered: Result<Answered, Error>, sent: &Value| {
        let warnings = match &answered {
            Ok(answered) => answered.warnings.clone(),
            Err(_) => client.unknown_fields(info, sent),
        };
        cx.warn_once(&warnings);
        answered
    };
    // It is shown without what apply remembers.
    let answered = match &current {
        None => {
            let sent = without_nulls(&info.value);
            let answered = client.create(cx.world(), info, &sent);
            tell(cx, answered, &sent)?
        }
        Some(current) => {
            let original = last_applied(&current.value).unwrap_or_default();
            let of = type_of(&current.value);
            let mut modified = info.value.clone();
            // As an apply has them, which begins with an empty map.
            modified.at_mut(&["metadata", "annotations"]).fields_mut();
            modified.remove(&["metadata", "annotations", LAST_APPLIED]);
            let merged = three_way::merge(&original, &modified, &current.value, of);
            let answered = client.patch(cx.world(), info, &merged, &modified);
            tell(cx, answered, &merged)?
        }
    };
    let shown = |value: &Value| {
        let mut value = value.clone();
        value.remove(&["metadata", "managedFields"]);
        print::yaml(&value)
    };
    let mut merged = answered.object.value.clone();
    match &current {
        // Nothing was written: the version is the one that is there.
        Some(current) => {
            let version = current.value.text_at(&["metadata", "resourceVersion"]);
            merged.set(&["metadata", "resourceVersion"], version);
        }
        None => drop(merged.remove(&["metadata", "resourceVersion"])),
    }
    let live = current.map_or(String::new(), |current| shown(&current.value));
    Ok((live, shown(&merged)))
}
