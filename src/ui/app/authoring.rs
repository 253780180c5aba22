//! What was done here, as a lesson: the dialog opens with the history as it stands.

use std::rc::Rc;

use yew::html::Scope;

use super::{App, Dialog};
use crate::ui::export::Material;

impl App {
    /// The dialog "Export as lesson". Where the slider is in the past, the lesson may begin there.
    pub(super) fn export_lesson(&mut self, link: &Scope<App>) {
        if self.is_coming(link) {
            return;
        }
        self.engine.turn();
        let history = self.engine.history();
        let shown = history.is_in_past().then(|| self.engine.time());
        let material = Material::of(history, shown);
        self.dialog = Some(Dialog::Export(Rc::new(material)));
    }
}
