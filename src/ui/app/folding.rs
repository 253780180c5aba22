//! Manifest and Terminal fold to a rail, so that the stage is wide, and come back: by their buttons, by a key, by the bar
//! beside them, and when something is to be seen there. Where the page is narrow a panel is shown at a time instead,
//! and nothing folds.

use super::finding::Next;
use super::{App, Panel};
use crate::ui::stage::View;
use crate::ui::{dom, keys};

/// Under which it is remembered for the next visit.
const NAME: &str = "podarium.folded";
/// What folds and unfolds: where neither is seen, nothing can be folded.
const HANDLES: [&str; 2] = [".fold", ".rail"];

/// Were they folded on the last visit?
pub fn is_remembered() -> bool {
    dom::remembered(NAME).as_deref() == Some("true")
}

impl App {
    /// Folds them, or has them come back. The focus goes on to what brings back what had it.
    pub(super) fn fold(&mut self) {
        let is_seen =
            |handle: &str| dom::find(handle).is_some_and(|one| keys::can_have_focus(&one));
        if !HANDLES.into_iter().any(is_seen) {
            return;
        }
        let here = dom::focused();
        let is_in = |part: &str| {
            let found = here.as_ref().and_then(|here| here.closest(part).ok());
            found.flatten().is_some()
        };
        self.finding.next = match self.folded {
            false if is_in(".manifest, .terminal, .splitter") => Some(Next::Rail),
            true if is_in(".rail") => Some(Next::Region("Manifest")),
            _ => None,
        };
        self.set_folded(!self.folded);
    }

    /// They come back, and this one has the focus.
    pub(super) fn unfold(&mut self, panel: Panel) {
        self.show_panel(panel);
        self.finding.next = Some(Next::Region(match panel {
            Panel::Terminal => "Terminal",
            _ => "Manifest",
        }));
    }

    /// A region is to be seen.
    pub(super) fn show_panel(&mut self, panel: Panel) {
        self.panel = panel;
        if matches!(panel, Panel::Manifest | Panel::Terminal) {
            self.set_folded(false);
        }
    }

    /// Three worlds side by side need room: while they are shown Manifest and Terminal are folded, unless they are asked for.
    pub(super) fn make_room(&mut self, next: View) {
        match (self.view, next) {
            (View::Theory, View::Theory) => {}
            (_, View::Theory) => self.makes_room = !std::mem::replace(&mut self.folded, true),
            _ if std::mem::take(&mut self.makes_room) => self.folded = false,
            _ => {}
        }
    }

    pub(super) fn set_folded(&mut self, folded: bool) {
        if self.folded != folded {
            self.folded = folded;
            dom::remember(NAME, &folded.to_string());
        }
    }
}
