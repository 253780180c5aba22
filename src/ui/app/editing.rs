//! `kubectl edit`, whose editor is the page's own. kubectl is asked again and again, each time with a command for an
//! editor: on a fork, one that only shows the text that is to be edited; once that is saved, on a fork too, one that
//! puts what a person made of it in the file's place and shows what kubectl opens again, if it refuses that; and when
//! it doesn't, or the person gives up, one that only puts it there. So what becomes of it is kubectl's business alone.

use std::rc::Rc;

use podarium::cluster::Input;
use podarium::kubectl::run::Finished;
use yew::AttrValue;
use yew::html::Scope;

use super::{App, Panel};
use crate::ui::engine::Deed;

/// kubectl with an editor that prints the file and leaves it as it is.
const SHOWS: &str = "KUBE_EDITOR=cat ";
/// kubectl with an editor that is a script, for a text that was opened a while ago.
pub const SAVES: &str = "KUBE_EDIT_OPENED=/tmp/opened.yaml KUBE_EDITOR='sh /tmp/editor.sh' ";
const OPENED: &str = "/tmp/opened.yaml";
const SCRIPT: &str = "/tmp/editor.sh";
const FILE: &str = "/tmp/edited.yaml";
/// Puts what was saved in the file's place. A second time, when kubectl has refused it, there is nothing to put there.
const PUT: &str = "mv /tmp/edited.yaml \"$1\" 2>/dev/null || true\n";
/// The same, but a second time it shows the file, with kubectl's reasons.
const PUT_OR_SHOW: &str = "mv /tmp/edited.yaml \"$1\" 2>/dev/null || cat \"$1\"\n";

/// Names and texts.
type Files = Vec<(Rc<str>, Rc<str>)>;

/// A text that is edited for kubectl.
pub struct Edit {
    /// As typed.
    line: Rc<str>,
    /// What was to be edited.
    opened: Rc<str>,
    /// What the editor held before.
    before: Rc<str>,
    /// What kubectl refused last, with its reasons at the head.
    refused: Option<Rc<str>>,
}

impl Edit {
    /// What is typed to have it.
    pub fn line(&self) -> AttrValue {
        self.line.clone().into()
    }

    /// What kubectl is asked to do with a text that was saved, and the files for that.
    fn saving(&self, text: &Rc<str>, script: &str) -> (String, Files) {
        let files = vec![
            (OPENED.into(), self.opened.clone()),
            (FILE.into(), text.clone()),
            (SCRIPT.into(), script.into()),
        ];
        (format!("{SAVES}{}", self.line), files)
    }
}

/// Does a line ask for the page's editor? Not one of several commands, nor where another editor is set.
fn is_edit(line: &str) -> bool {
    let alone = !line.contains(['|', ';', '&', '<', '>', '\n', '$', '`']);
    alone && line.starts_with("kubectl edit ") && !line.contains("--help")
}

impl App {
    /// Opens the editor if a line is for that, and there is something to edit.
    pub(super) fn begin_edit(&mut self, line: &Rc<str>, link: &Scope<App>) -> bool {
        let shot = self.engine.shot();
        let variables = &shot.terminal.stand.variables;
        let is_set = |name: &str| variables.contains_key(name);
        if !is_edit(line) || is_set("KUBE_EDITOR") || is_set("EDITOR") {
            return false;
        }
        let asked = format!("{SHOWS}{line}");
        let answer = self.engine.history().viewed().would_print(&asked, &[]);
        let Some(answer) = answer.filter(|answer| answer.exit == 0 && !answer.stdout.is_empty())
        else {
            return false;
        };
        self.end_edit();
        let opened: Rc<str> = answer.stdout.as_str().into();
        self.edit = Some(Edit {
            line: line.clone(),
            opened: opened.clone(),
            before: self.draft.clone(),
            refused: None,
        });
        self.show_text(opened);
        self.show_panel(Panel::Manifest);
        let said = format!("{line}: its text is in the editor, with Save and Cancel edit");
        self.announcer.say(said.into(), link);
        true
    }

    /// What the editor holds is what it is to be: if kubectl refuses it, it is opened again.
    pub(super) fn save_edit(&mut self, link: &Scope<App>) {
        let text = self.draft.clone();
        let Some(edit) = &mut self.edit else { return };
        let is_tried = edit.refused.as_ref() == Some(&text);
        let (line, files) = edit.saving(&text, PUT_OR_SHOW);
        let again = self.engine.history().viewed().would_end(&line, &files);
        let again = again.filter(|again| again.exit != 0 && !again.stdout.is_empty());
        let Some(again) = again.filter(|_| !is_tried) else {
            return self.hand_over(&text, link);
        };
        let reopened: Rc<str> = again.stdout.as_str().into();
        edit.refused = Some(reopened.clone());
        let why = again.stderr.lines().next().unwrap_or_default();
        let said = format!("Not saved: {why}. The reasons stand at the head of the text");
        self.show_text(reopened);
        self.announcer.say(said.into(), link);
    }

    /// kubectl has the text, and makes of it what it makes.
    fn hand_over(&mut self, text: &Rc<str>, link: &Scope<App>) {
        let Some(edit) = self.end_edit() else { return };
        let (line, files) = edit.saving(text, PUT);
        let input = Input::Command {
            line: line.into(),
            files: Rc::new(files),
            stdin: None,
        };
        self.freeze(link, Deed::Input(input));
    }

    /// Nothing is to become of it.
    pub(super) fn cancel_edit(&mut self, link: &Scope<App>) {
        // What kubectl refused is on file: it says where.
        if let Some(refused) = self.edit.as_ref().and_then(|edit| edit.refused.clone()) {
            return self.hand_over(&refused, link);
        }
        let Some(edit) = self.end_edit() else { return };
        let answer = Finished {
            stderr: "Edit cancelled, no changes made.\n".into(),
            ..Finished::default()
        };
        self.note(link, edit.line, &answer);
    }

    /// The editor has its own text again.
    fn end_edit(&mut self) -> Option<Edit> {
        let edit = self.edit.take()?;
        self.show_text(edit.before.clone());
        self.show_panel(Panel::Terminal);
        Some(edit)
    }

    /// Puts a text into the editor, and the cursor at its beginning.
    fn show_text(&mut self, text: Rc<str>) {
        self.start = text.clone();
        self.draft = text;
        let number = self.go_to.map_or(0, |(_, number)| number + 1);
        self.go_to = self.edit.is_some().then_some((1, number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_does_more_than_edit_is_the_shells() {
        assert!(is_edit("kubectl edit deployment web -n shop"));
        for line in [
            "kubectl edit deploy web | cat",
            "kubectl editor",
            "kubectl get x",
            "kubectl edit a; b",
        ] {
            assert!(!is_edit(line), "{line}");
        }
    }
}
