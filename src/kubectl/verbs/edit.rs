//! `kubectl edit`: an object in an editor, and what was changed there written back. Models
//! `k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go`. Left out: several objects in one file, `-o json`
//! and `--subresource`. Ours: [`OPENED`].

use serde::{Deserialize, Serialize};

use crate::api::Value;
use crate::kubectl::apply::type_of;
use crate::kubectl::asked::{self, Asked};
use crate::kubectl::builder::Info;
use crate::kubectl::client::Client;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::resources::resource_and_group;
use crate::kubectl::{print, resources, three_way};
use crate::manifest::stream::{Stream, quoted};
use std::rc::Rc;

/// `kubectl edit`
pub const COMMAND: Command = Command::new("edit", "Edit a resource on the server", run).flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::SAVE_CONFIG,
    shared::VALIDATE,
    &[
        Flag::text("field-manager").default("kubectl-edit"),
        Flag::truth("output-patch").not_here(),
        Flag::text("subresource").not_here(),
        Flag::truth("windows-line-endings"),
    ],
]);

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
     # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
     # reopened with the relevant failures.\n#\n";

/// A variable that names a file: the text that was opened, where an editor outside the terminal has had it since. What
/// has become of the object meanwhile isn't what the person changed.
pub const OPENED: &str = "KUBE_EDIT_OPENED";

/// Objects that are being edited, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Editing {
    /// Resource, namespace, name; the last comes first.
    left: Vec<(Rc<str>, Rc<str>, Rc<str>)>,
    /// How often an editor was opened.
    opened: u32,
    /// Of the one at hand: its file, what it was, and what was saved last.
    file: Option<(Rc<str>, Value, Rc<str>)>,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if !given.text("output").is_empty() {
        return plain("-o of kubectl edit is not simulated here");
    }
    let mut asked = Asked::of(cx, given);
    asked.latest = true;
    let mut left = Vec::new();
    for item in asked.find(cx)?.items {
        let info = item?;
        let resource = resource_and_group(info.kind);
        left.push((
            resource.into(),
            info.namespace.as_str().into(),
            info.name.as_str().into(),
        ));
    }
    if left.is_empty() {
        return plain("edit cancelled, no objects found");
    }
    left.reverse();
    Ok(Process::Edit(Editing {
        left,
        opened: 0,
        file: None,
    }))
}

/// Without lines that are comments. Models `StripComments`.
fn stripped(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

impl Editing {
    /// Opens the editor, or reads what was saved there. `status`: the editor's exit code.
    ///
    /// # Errors
    /// When an object can't be edited.
    pub fn poll(&mut self, cx: &mut Cx<'_>, status: i32) -> Result<Poll, Error> {
        while let Some((resource, namespace, name)) = self.left.last().cloned() {
            let kind = resources::mapping(&resource).map_err(Error::Plain)?;
            let info = asked::fetched(cx, asked::bare(kind, &namespace, &name))?;
            let Some((file, original, saved)) = self.file.clone() else {
                let opened = opened(cx).unwrap_or(info.value);
                return self.open(cx, &opened, HEAD);
            };
            if status != 0 {
                let editor = quoted(&editor(cx)?);
                return plain(format!("there was a problem with the editor {editor}"));
            }
            let text = cx.file(&format!("/{file}")).unwrap_or_default();
            let changes = stripped(&text);
            if self.opened > 1 && changes == stripped(&saved) {
                cx.error_line(&format!(
                    "A copy of your changes has been stored to \"/{file}\""
                ));
                return plain("Edit cancelled, no valid changes were saved.");
            }
            if changes == print::yaml(&original) {
                cx.error_line("Edit cancelled, no changes made.");
                self.close(cx);
                continue;
            }
            if changes.trim().is_empty() {
                cx.error_line("Edit cancelled, saved file was empty.");
                self.close(cx);
                continue;
            }
            match write(cx, &info, &original, &text) {
                Ok(written) => {
                    cx.line(&format!("{} edited", print::name(&written)));
                    self.close(cx);
                }
                Err(Failed::Again(told, why)) => {
                    cx.error_line(&format!("error: {told}"));
                    let head = format!("{HEAD}# {told}\n# * {}\n#\n", why.replace('\n', "\n# "));
                    return self.reopen(cx, &original, &head, &changes);
                }
                Err(Failed::Over(error)) => return Err(error),
            }
        }
        Ok(Poll::Done(0))
    }

    fn close(&mut self, cx: &mut Cx<'_>) {
        if let Some((file, ..)) = self.file.take() {
            cx.files.remove(&file);
        }
        self.opened = 0;
        self.left.pop();
    }

    fn open(&mut self, cx: &mut Cx<'_>, value: &Value, head: &str) -> Result<Poll, Error> {
        let mut shown = value.clone();
        shown.remove(&["metadata", "managedFields"]);
        let body = print::yaml(&shown);
        self.reopen(cx, &shown, head, &body)
    }

    fn reopen(
        &mut self,
        cx: &mut Cx<'_>,
        original: &Value,
        head: &str,
        body: &str,
    ) -> Result<Poll, Error> {
        let editor = editor(cx)?;
        self.opened += 1;
        let file = match &self.file {
            Some((file, ..)) => file.clone(),
            None => format!(
                "tmp/kubectl-edit-{}.yaml",
                cx.now().0.rem_euclid(1_000_000_000)
            )
            .into(),
        };
        let text = format!("{head}{body}");
        cx.write(&format!("/{file}"), &text);
        self.file = Some((file.clone(), original.clone(), text.into()));
        Ok(Poll::Runs(format!("{editor} /{file}")))
    }
}

/// The line that opens an editor.
fn editor(cx: &Cx<'_>) -> Result<String, Error> {
    let set = ["KUBE_EDITOR", "EDITOR"].iter();
    let mut set = set
        .filter_map(|name| cx.variable(name))
        .filter(|editor| !editor.is_empty());
    match set.next() {
        Some(editor) => Ok(editor.to_string()),
        None => plain(
            "there is no editor in this terminal: set KUBE_EDITOR to a command that changes a file, \
             such as KUBE_EDITOR='sed -i s/old/new/'",
        ),
    }
}

/// What was opened before this began.
fn opened(cx: &Cx<'_>) -> Option<Value> {
    let text = cx.file(cx.variable(OPENED)?)?;
    let document = Stream::of(&text).next_document(&text)?.ok()?;
    Some(document.root.value.clone())
}

/// What was saved can't be written.
enum Failed {
    /// The file is opened again: what is told, and why.
    Again(String, String),
    /// Nothing more can be done.
    Over(Error),
}

fn write(cx: &mut Cx<'_>, info: &Info, original: &Value, text: &str) -> Result<Value, Failed> {
    let edited = match Stream::of(text).next_document(text) {
        Some(Ok(document)) => document.root.value.clone(),
        Some(Err(problem)) => {
            let told = format!("The edited file failed validation: {}", problem.message);
            return Err(Failed::Again(told.clone(), told));
        }
        None => Value::map(),
    };
    let client = Client::default();
    let wanted = rebased(original, &edited, &info.value);
    let merged = three_way::merge(original, &wanted, &info.value, type_of(&info.value));
    let written = client.patch(cx.world(), info, &merged, &edited);
    match written {
        Ok(answered) => {
            cx.warn_once(&answered.warnings);
            Ok(answered.object.value.clone())
        }
        Err(Error::Server { status, .. }) => {
            let (resource, name) = (resource_and_group(info.kind), quoted(&info.name));
            let told = match status.reason {
                "Invalid" => format!("{resource} {name} is invalid"),
                "NotFound" => format!("{resource} {name} could not be found on the server"),
                _ => format!("{resource} {name} could not be patched: {}", status.message),
            };
            Err(Failed::Again(told, status.message))
        }
        Err(error) => Err(Failed::Over(error)),
    }
}

/// What was edited, but what the person left as it was as it is now: a patch of two texts says nothing of that.
fn rebased(original: &Value, edited: &Value, current: &Value) -> Value {
    let (Value::Map(fields), Value::Map(_), Value::Map(_)) = (edited, original, current) else {
        return edited.clone();
    };
    let now = fields.iter().filter_map(|(name, value)| {
        let (before, there) = (original.get(name), current.get(name));
        let now = match (before, there) {
            (Some(before), there) if before == value => there.cloned()?,
            (Some(before), Some(there)) => rebased(before, value, there),
            _ => value.clone(),
        };
        Some((name.clone(), now))
    });
    now.collect()
}
