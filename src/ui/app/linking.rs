//! For anyone who shows something: a link to this moment, a world as a file, and what comes in by either.
//! A link's world stands apart from the own cluster (static/storage.js); a file's takes the place of the
//! one that is shown, which is asked about first.

use std::rc::Rc;

use podarium::history::History;
use podarium::history::link::{LINK_CHARS, Moment, Sight};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::html::Scope;
use yew::prelude::*;

use super::more::{is_left, once_here};
use super::opening::Restoring;
use super::{App, Dialog, Message};
use crate::ui::engine::Engine;
use crate::ui::layout::modal;
use crate::ui::markup::html;
use crate::ui::numbers::thousands;
use crate::ui::stage::View;
use crate::ui::{dom, links};

/// Under which it is remembered for the next visit; static/boot.js reads it, too.
const PRESENTATION: &str = "podarium.presentation";
/// So long the banner says that a link was copied.
const COPIED_MS: u32 = 6_000;

/// What becomes of a link that was made.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It is in the clipboard.
    Copied,
    /// It is in the address bar alone, and is this.
    Placed(AttrValue),
    /// An address has no room for it: it would have so many characters, where that is known.
    TooLong(Option<usize>),
}

/// What happens to links and files.
pub enum LinkDeed {
    /// A link to this moment is to be made.
    Make,
    /// It is made.
    Made(Made),
    /// It was said long enough that it is copied.
    Dismiss,
    /// What is shown is to be a file.
    Save,
    /// This file is to be opened.
    File(File),
    /// It can't be, and why.
    Refused(String),
    /// It was read; may it take the present cluster's place?
    Read(Rc<Moment>),
    /// It may.
    Open(Rc<Moment>),
    /// Back to the own cluster.
    Leave,
    /// What was done here is to be a lesson.
    Export,
    /// What makes a lesson is here: the dialog opens.
    Author,
    /// Larger, for a room, or as usual again.
    Present,
}

/// Is all of it larger, for a room?
pub fn is_presentation() -> bool {
    dom::root().is_some_and(|root| root.has_attribute("data-presentation"))
}

impl App {
    pub(super) fn link(&mut self, link: &Scope<App>, deed: LinkDeed) {
        match deed {
            LinkDeed::Make => self.make_link(link),
            LinkDeed::Made(made) => {
                let said = match &made {
                    Made::Copied => "Link copied",
                    Made::Placed(_) => "The link is in the address bar. It could not be copied.",
                    Made::TooLong(_) => {
                        "This history is too long for a link. Save it as a file instead."
                    }
                };
                self.announcer.say(said.into(), link);
                match made {
                    Made::Copied => {
                        self.copied = true;
                        let link = link.clone();
                        let over = move || link.send_message(Message::Link(LinkDeed::Dismiss));
                        gloo_timers::callback::Timeout::new(COPIED_MS, over).forget();
                    }
                    made => self.dialog = Some(Dialog::Link(made)),
                }
            }
            LinkDeed::Dismiss => self.copied = false,
            LinkDeed::Save => self.save(link),
            LinkDeed::File(file) => {
                once_here(link, None, async move || {
                    Message::Link(match links::read(&file).await {
                        Ok(moment) => LinkDeed::Read(Rc::new(moment)),
                        Err(why) => {
                            LinkDeed::Refused(format!("“{}” is not opened: {why}", file.name()))
                        }
                    })
                });
            }
            LinkDeed::Refused(why) => self.refuse_import(&why),
            // What nobody did anything to, nobody misses.
            LinkDeed::Read(moment) if self.engine.history().records() == 0 => {
                self.open(link, &moment)
            }
            LinkDeed::Read(moment) => self.dialog = Some(Dialog::Open(moment)),
            LinkDeed::Open(moment) => self.open(link, &moment),
            LinkDeed::Leave => links::leave(),
            LinkDeed::Export => {
                once_here(link, Some(self.cluster), async || {
                    Message::Link(LinkDeed::Author)
                });
            }
            LinkDeed::Author => self.export_lesson(link),
            LinkDeed::Present => {
                let presents = !is_presentation();
                if let Some(root) = dom::root() {
                    // The name is ours: nothing can be wrong with it.
                    let _ = root.toggle_attribute_with_force("data-presentation", presents);
                }
                dom::remember(PRESENTATION, &presents.to_string());
            }
        }
    }

    /// What is shown, as it is shown; a file has the editor's text, too.
    fn moment(&mut self, is_file: bool) -> Moment {
        self.engine.turn();
        let mut journal = self.engine.history().journal();
        // A seek under way leads there.
        journal.shown = self.engine.time();
        let mut sight = Sight {
            view: self.view.name().into(),
            selection: self.selection.clone(),
            request: self.request,
            folded: self.folded,
            draft: is_file.then(|| self.draft.to_string()),
            ..Sight::default()
        };
        self.beat.describe(&mut sight);
        Moment::new(journal, sight)
    }

    /// A world that is being replayed isn't there yet.
    pub(super) fn is_coming(&mut self, link: &Scope<App>) -> bool {
        let is_coming = self.restoring.is_some() || self.engine.importing().is_some();
        if is_coming {
            let wait = "The cluster is still being replayed. Try again when it is there.";
            self.announcer.say(wait.into(), link);
        }
        is_coming
    }

    fn make_link(&mut self, link: &Scope<App>) {
        if self.is_coming(link) {
            return;
        }
        let moment = self.moment(false);
        let (asked, cluster) = (link.clone(), self.cluster);
        once_here(link, None, async move || {
            let made = match links::fragment(&moment.text()).await {
                // The address is that of what is shown.
                _ if is_left(&asked, cluster) => {
                    let left = "No link is made: the cluster that it was to lead to has been left";
                    return Message::Announce(left.into());
                }
                None => Made::TooLong(None),
                Some(fragment) => match links::address().len() + 1 + fragment.len() {
                    length if length > LINK_CHARS => Made::TooLong(Some(length)),
                    _ if links::place(&fragment).await => Made::Copied,
                    _ => Made::Placed(links::whole_address().into()),
                },
            };
            Message::Link(LinkDeed::Made(made))
        });
    }

    fn save(&mut self, link: &Scope<App>) {
        if self.is_coming(link) {
            return;
        }
        let name = format!("podarium-{:x}.json", self.engine.history().seed());
        let moment = self.moment(true);
        once_here(link, None, async move || {
            links::save(&name, &moment.text());
            Message::Announce(format!("Saved as {name}").into())
        });
    }

    /// Another world takes this one's place, here and where it is stored.
    fn open(&mut self, link: &Scope<App>, moment: &Moment) {
        let Moment { journal, sight, .. } = moment;
        let history = match History::restore(journal.clone()) {
            Ok(history) => history,
            Err(why) => return self.refuse_import(&format!("It is not opened: {why}.")),
        };
        self.show(Engine::new(history));
        self.restoring = Some(Restoring::new(journal, "The file"));
        let draft: Rc<str> = draft_of(moment);
        (self.start, self.draft) = (draft.clone(), draft.clone());
        super::exports::set_manifest(&draft);
        self.sight = Some(sight.clone());
        let (shelf, journal) = (self.shelf.clone(), journal.clone());
        spawn_local(async move { shelf.put(&journal, &draft).await });
        self.announcer.say("Opened. Time is paused.".into(), link);
    }

    /// Once what came in is there, it is looked at as it was.
    pub(super) fn look_again(&mut self, link: &Scope<App>) {
        let is_there = self.restoring.is_none() && self.engine.history().progress().is_none();
        let Some(sight) = self.sight.take_if(|_| is_there) else {
            return;
        };
        let named = View::ALL.into_iter().find(|view| view.name() == sight.view);
        self.view = named.unwrap_or_default();
        self.selection = sight.selection.clone();
        self.request = sight.request;
        self.folded = sight.folded;
        self.beat.look_again(sight);
        if self.apart {
            let time = self.engine.time();
            let said = format!("From a link: {time}, paused. Your own cluster is as you left it.");
            self.announcer.say(said.into(), link);
        }
    }
}

/// The editor's text for a world: what a file has of it, else what was applied last.
pub(super) fn draft_of(moment: &Moment) -> Rc<str> {
    use podarium::cluster::Input;
    use podarium::history::Record;
    let applied = moment
        .journal
        .records
        .iter()
        .rev()
        .find_map(|record| match record {
            Record::Input {
                input: Input::Apply { manifest } | Input::Replace { manifest },
                ..
            } => Some(manifest.clone()),
            _ => None,
        });
    let draft = moment.sight.draft.as_deref().map(Rc::from);
    draft.or(applied).unwrap_or_default()
}

fn select_all(event: FocusEvent) {
    let input = event
        .target()
        .and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok());
    if let Some(input) = input {
        input.select();
    }
}

/// A link that isn't in the clipboard: to be copied by hand, or too long for that.
pub(super) fn made(made: &Made, link: &Scope<App>) -> Html {
    let close = link.callback(|()| Message::Dialog(None));
    let content = html! {
        <>
            { match made {
                Made::Placed(address) => html! {
                    <label class="field">
                        <span>{ "The browser doesn't let the page copy it. Copy it here, or from the address bar:" }</span>
                        <input class="text-input" aria-label="Link" readonly=true value={address.to_string()} onfocusin={Callback::from(select_all)} />
                    </label>
                },
                Made::TooLong(length) => {
                    let length = length.map(|length| format!(" This one would have {}.", thousands(length)));
                    let length = length.unwrap_or_default();
                    let most = thousands(LINK_CHARS);
                    html! { <p>{ format!("This history is too long for a link: an address has room for {most} characters.{length} Save it as a file instead, which Open opens.") }</p> }
                }
                Made::Copied => Html::default(),
            } }
            <div class="actions">
                <button class="framed" onclick={close.reform(|_: MouseEvent| ())}>{ "Close" }</button>
                if matches!(made, Made::TooLong(_)) {
                    <button class="primary" onclick={link.callback(|_: MouseEvent| Message::Link(LinkDeed::Save))}>{ "Save" }</button>
                }
            </div>
        </>
    };
    modal("Link to this moment", &close, content)
}

/// Asks before a file's world takes the place of this one.
pub(super) fn may_open(moment: &Rc<Moment>, link: &Scope<App>) -> Html {
    let close = link.callback(|()| Message::Dialog(None));
    let moment = moment.clone();
    let open = link.callback(move |_: MouseEvent| Message::Link(LinkDeed::Open(moment.clone())));
    let content = html! {
        <>
            <p>{ "The file's cluster takes the place of the present one, which is left with its history. Save the present one first if you want it back." }</p>
            <div class="actions">
                <button class="framed" onclick={close.reform(|_: MouseEvent| ())}>{ "Cancel" }</button>
                <button class="framed" onclick={link.callback(|_: MouseEvent| Message::Link(LinkDeed::Save))}>{ "Save the present one" }</button>
                <button class="primary" onclick={open}>{ "Open" }</button>
            </div>
        </>
    };
    modal("Open", &close, content)
}
