//! When the page wakes up by itself: with the next frame while something moves, at the next due
//! event otherwise, and once a second to store the present. Paused or hidden: never.

use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;
use yew::html::Scope;

use super::{App, Message};
use crate::ui::engine::Turn;

/// The wake-ups that were asked for.
#[derive(Default)]
pub struct Wake {
    frame: Option<AnimationFrame>,
    timer: Option<Timeout>,
    keep: Option<Timeout>,
}

/// How often the present is stored while time passes.
const KEEP_MS: u32 = 1_000;

impl App {
    /// Asks for the next wake-up, and takes the one before back.
    pub(super) fn schedule(&mut self, link: &Scope<App>) {
        let turn = match self.engine.next_turn() {
            // What a frame left undrawn is drawn soon, whenever the next event is due.
            Turn::After(due) if self.is_behind => Turn::After(due.min(super::DRAW_MS as u32)),
            Turn::Never if self.is_behind && self.engine.is_running() => {
                Turn::After(super::DRAW_MS as u32)
            }
            turn => turn,
        };
        if turn == Turn::Frame {
            self.wake.timer = None;
            if self.wake.frame.is_none() {
                let link = link.clone();
                let frame = move |_| link.send_message(Message::Turn);
                self.wake.frame = Some(gloo_render::request_animation_frame(frame));
            }
        } else {
            self.wake.frame = None;
            self.wake.timer = match turn {
                Turn::After(milliseconds) => {
                    let link = link.clone();
                    Some(Timeout::new(milliseconds, move || {
                        link.send_message(Message::Turn)
                    }))
                }
                _ => None,
            };
        }
        if !self.engine.is_running() {
            self.wake.keep = None;
        } else if self.wake.keep.is_none() {
            let link = link.clone();
            let keep = move || link.send_message(Message::Keep);
            self.wake.keep = Some(Timeout::new(KEEP_MS, keep));
        }
    }

    /// A frame or the timer came: the next one has to be asked for anew.
    pub(super) fn woken(&mut self) {
        self.wake.frame = None;
        self.wake.timer = None;
    }

    /// The present is being stored: the next second begins.
    pub(super) fn kept(&mut self) {
        self.wake.keep = None;
    }
}
