//! When the page wakes up by itself: with the next frame while something moves, at the next due
//! event otherwise, and once a second to store the present. Paused or hidden: never. And how much is
//! drawn then: a frame does one thing, so that none is long.

use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;
use yew::html::Scope;

use super::{App, Message};
use crate::ui::engine::Turn;
use crate::ui::lesson::Session;
use crate::ui::shot::Shot;
use crate::ui::wall;

/// The wake-ups that were asked for.
#[derive(Default)]
pub struct Wake {
    frame: Option<AnimationFrame>,
    timer: Option<Timeout>,
    keep: Option<Timeout>,
}

impl Wake {
    /// Does the next turn come with the next frame?
    pub fn is_with_frame(&self) -> bool {
        self.frame.is_some()
    }
}

/// How often the present is stored while time passes.
const KEEP_MS: u32 = 1_000;
/// While the world plays, what changes in it is drawn this often in the picture, and so often around
/// it. What moves is with every frame.
const PICTURE_MS: f64 = 50.0;
/// More Pods than this are drawn a third as often: each of them costs.
const CROWD: usize = 100;
const PAGE_MS: f64 = 100.0;

/// How much of the page a turn draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// All of it.
    Everything,
    /// All but the picture.
    Page,
    /// The picture.
    Picture,
    /// What moves.
    Motion,
}

/// What was drawn last.
pub struct Drawn {
    page: f64,
    picture: f64,
    /// The world in the picture.
    shot: Shot,
    /// Does a turn to come have to draw something of this one?
    is_behind: bool,
    /// Was it everything that was drawn last?
    pub(super) whole: bool,
}

impl Drawn {
    /// Nothing was drawn yet.
    pub fn nothing(shot: Shot) -> Self {
        Drawn {
            page: f64::NEG_INFINITY,
            picture: f64::NEG_INFINITY,
            shot,
            is_behind: false,
            whole: true,
        }
    }

    /// Draws so much of this world.
    pub fn draw(&mut self, draws: Draws, shot: &Shot) {
        let now = wall::now();
        self.whole = draws == Draws::Everything;
        if matches!(draws, Draws::Everything | Draws::Page) {
            self.page = now;
        }
        if matches!(draws, Draws::Everything | Draws::Picture) {
            self.picture = now;
            self.shot = shot.clone();
        }
        self.is_behind = self.page < now || self.shot != *shot;
    }
}

impl App {
    /// How much the next turn draws.
    pub(super) fn next_draws(&self) -> Draws {
        let (now, drawn) = (wall::now(), &self.drawn);
        let shot = self.engine.shot();
        let crowded = if shot.places.pods() > CROWD { 3.0 } else { 1.0 };
        let picture = drawn.shot != shot && now - drawn.picture >= crowded * PICTURE_MS;
        let page = now - drawn.page >= crowded * PAGE_MS;
        match (picture, page) {
            _ if !self.engine.is_running() || self.engine.history().progress().is_some() => {
                Draws::Everything
            }
            (true, _) => Draws::Picture,
            (false, true) => Draws::Page,
            (false, false) => Draws::Motion,
        }
    }

    /// Asks for the next wake-up, and takes the one before back.
    pub(super) fn schedule(&mut self, link: &Scope<App>) {
        let turn = match self.engine.next_turn() {
            // What a frame left undrawn is drawn soon, whenever the next event is due.
            Turn::After(due) if self.drawn.is_behind => Turn::After(due.min(PICTURE_MS as u32)),
            Turn::Never if self.drawn.is_behind && self.engine.is_running() => {
                Turn::After(PICTURE_MS as u32)
            }
            // The referee has something left to look at.
            Turn::Never | Turn::After(_)
                if self.session.as_ref().is_some_and(Session::is_behind) =>
            {
                Turn::Frame
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
