//! What comes when it is asked for (`src/ui/parts.rs`): a deed or a line that needs it waits until it is here.

use podarium::cluster::Input;
use wasm_bindgen_futures::spawn_local;
use yew::html::Scope;

use super::{App, Message};
use crate::ui::engine::Deed;
use crate::ui::parts;

/// Does handling it need kubectl, or the Theory view's models?
pub(super) fn is_unusual_input(input: &Input) -> bool {
    matches!(input, Input::Command { .. } | Input::Theory(_))
}

/// Does doing it need them?
pub(super) fn is_unusual(deed: &Deed) -> bool {
    matches!(deed, Deed::Input(input) if is_unusual_input(input))
}

/// Makes a message of what comes when it is asked for, once that is here, and tells it; where it can't come, that is said.
/// What is asked `of` a cluster, nobody wants of the next one.
pub(super) fn once_here(
    link: &Scope<App>,
    of: Option<u32>,
    message: impl AsyncFnOnce() -> Message + 'static,
) {
    let link = link.clone();
    spawn_local(async move {
        let message = match parts::more().await {
            Ok(()) if of.is_some_and(|cluster| is_left(&link, cluster)) => return,
            Ok(()) => message().await,
            Err(why) => Message::Announce(why.into()),
        };
        link.send_message(message);
    });
}

/// Is another cluster shown by now? Not to be asked while the app handles a message.
pub(super) fn is_left(link: &Scope<App>, cluster: u32) -> bool {
    let app = link.get_component();
    app.is_none_or(|app| app.cluster != cluster)
}

impl App {
    /// Is it here? Else it is fetched, and what waits for it goes on then.
    pub(super) fn has_more(&self, link: &Scope<App>) -> bool {
        let is_here = parts::is_more_here();
        if !is_here {
            let link = link.clone();
            spawn_local(async move { link.send_message(Message::More(parts::more().await)) });
        }
        is_here
    }

    /// It has come, or can't: then nothing waits for it any more.
    pub(super) fn more(&mut self, link: &Scope<App>, came: Result<(), &'static str>) {
        match came {
            Ok(()) => {
                self.freeze_next(link);
                self.type_next(link);
            }
            Err(why) => {
                if self.waiting.front().is_some_and(is_unusual) {
                    self.waiting.pop_front();
                }
                self.forget_waiting_lines();
                self.announcer.say(why.into(), link);
                self.freeze_next(link);
            }
        }
    }
}
