//! `kubectl edit`, whose editor is the page's own. kubectl is asked twice, each time with an editor of one command:
//! on a fork, one that only shows the text that is to be edited; and once that is saved, one that puts what a person
//! made of it in the file's place. So what becomes of it is kubectl's business alone.

use std::rc::Rc;

use podarium::cluster::Input;
use podarium::kubectl::run::Finished;
use yew::AttrValue;
use yew::html::Scope;

use super::{App, Panel};
use crate::ui::engine::Deed;

/// kubectl with an editor that prints the file and leaves it as it is.
const SHOWS: &str = "KUBE_EDITOR=cat ";
/// kubectl with an editor that puts another file in its place.
pub const SAVES: &str = "KUBE_EDITOR='cp /tmp/edited.yaml' ";
const FILE: &str = "/tmp/edited.yaml";

/// A text that is edited for kubectl.
pub struct Edit {
    /// As typed.
    line: Rc<str>,
    /// What the editor held before.
    before: Rc<str>,
}

impl Edit {
    /// What is typed to have it.
    pub fn line(&self) -> AttrValue {
        self.line.clone().into()
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
        self.edit = Some(Edit {
            line: line.clone(),
            before: self.draft.clone(),
        });
        self.show_text(answer.stdout.as_str().into());
        self.show_panel(Panel::Manifest);
        let said = format!("{line}: its text is in the editor, with Save and Cancel edit");
        self.announcer.say(said.into(), link);
        true
    }

    /// What the editor holds is what it is to be.
    pub(super) fn save_edit(&mut self, link: &Scope<App>) {
        let text = self.draft.clone();
        let Some(edit) = self.end_edit() else { return };
        let input = Input::Command {
            line: format!("{SAVES}{}", edit.line).into(),
            files: Rc::new(vec![(FILE.into(), text)]),
            stdin: None,
        };
        self.freeze(link, Deed::Input(input));
    }

    /// Nothing is to become of it.
    pub(super) fn cancel_edit(&mut self, link: &Scope<App>) {
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
