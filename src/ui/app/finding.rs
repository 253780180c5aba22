//! Finding things: where the focus goes when something is to be found, was found, or no longer is looked
//! for; and when a question leads to another view. On a small screen the box is in another panel than what is found.

use podarium::scene::Selection;
use web_sys::Element;
use yew::html::Scope;

use super::{App, Panel};
use crate::ui::stage::View;
use crate::ui::{dom, keys, search};

/// Where the focus goes once the page is drawn, and where it came from.
#[derive(Default)]
pub struct Finding {
    pub(super) next: Option<Next>,
    /// What is to be in sight then, as far as its region has to be scrolled for it; the focus stays.
    pub(super) seen: Option<&'static str>,
    /// The panel that was shown before, and what had the focus in it.
    before: Option<(Panel, Option<Element>)>,
}

pub(super) enum Next {
    Box,
    /// The tree: to what is selected.
    Tree,
    /// The view's headline; where it has none yet, the view.
    Answer,
    Back(Option<Element>),
    /// Where regions are folded: what brings them back.
    Rail,
    /// A region.
    Region(&'static str),
}

impl Finding {
    /// Puts the focus where it is to be.
    pub fn focus(&mut self) {
        if let Some(seen) = self.seen.take().and_then(dom::find) {
            dom::bring_into_sight(&seen);
        }
        match self.next.take() {
            None => {}
            Some(Next::Box) => dom::focus(dom::find(search::BOX)),
            Some(Next::Tree) => keys::focus_region("Stage"),
            Some(Next::Answer) => dom::focus(dom::find(".view h2").or(dom::find(".view"))),
            Some(Next::Rail) => dom::focus(dom::find(".rail > button")),
            Some(Next::Region(name)) => keys::focus_region(name),
            Some(Next::Back(before)) => match before.filter(keys::can_have_focus) {
                Some(before) => keys::focus(&before),
                None => keys::focus_region("Stage"),
            },
        }
    }
}

impl App {
    /// To the box.
    pub(super) fn find(&mut self) {
        self.finding.before = Some((self.panel, dom::focused()));
        let is_seen = |input: Element| keys::can_have_focus(&input);
        if !dom::find(search::BOX).is_some_and(is_seen) {
            self.panel = Panel::Details;
        }
        self.finding.next = Some(Next::Box);
    }

    /// It is selected, and the stage and its tree show it.
    pub(super) fn found(&mut self, selection: Selection) {
        self.finding.before = None;
        self.select(Some(selection));
        self.panel = Panel::Stage;
        self.finding.next = Some(Next::Tree);
    }

    /// The Scheduling view is there now, and its answer about what is selected is next to be read.
    pub(super) fn show_why(&mut self, link: &Scope<App>) {
        self.view = View::Scheduling;
        self.panel = Panel::Stage;
        self.finding.next = Some(Next::Answer);
        if let Some(Selection::Object(key)) = &self.selection {
            let pod = self.engine.shot();
            let pod = pod.store.get(key).and_then(|object| object.pod());
            let node = pod.map_or("", |pod| &*pod.spec.node_name);
            let said = match node {
                "" => format!("Scheduling: why {key} has no node"),
                node => format!("Scheduling: why {key} is on {node}"),
            };
            self.announcer.say(said.into(), link);
        }
    }

    /// The Pod view is there now, and what it shows of the Pod is next to be read.
    pub(super) fn show_near(&mut self) {
        self.view = View::Pod;
        self.panel = Panel::Stage;
        self.finding.next = Some(Next::Answer);
    }

    /// Back to where the focus was.
    pub(super) fn find_nothing(&mut self, opener: Option<Element>) {
        let before = self.finding.before.take();
        let (panel, focused) = before.unwrap_or((self.panel, None));
        self.panel = panel;
        self.finding.next = Some(Next::Back(focused.or(opener)));
    }
}
