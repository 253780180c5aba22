//! What the page tells the stage from frame to frame, and how the stage is looked at: a link says it, and an
//! opened one is looked at so again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use podarium::cluster::SimTime;
use podarium::history::link::Sight;
use podarium::scene::Speeds;
use yew::Callback;

use super::camera::Camera;
use super::{Message, Stage, StageProps};
use crate::ui::pod::Show;
use crate::ui::shot::Shot;

/// What goes on from frame to frame, told to the stage without drawing the whole page.
#[derive(Clone, Default)]
pub struct Beat(Rc<Told>);

#[derive(Default)]
struct Told {
    listener: RefCell<Option<Callback<Message>>>,
    /// When the page is drawn next, is the picture drawn with it?
    draws: Cell<bool>,
    /// How the stage is to look again at what came with a link or a file, until it does.
    again: RefCell<Option<Sight>>,
    /// How it looks.
    looks: Cell<Looks>,
}

/// What of the stage belongs to a link.
#[derive(Clone, Copy, Debug, Default)]
struct Looks {
    camera: Camera,
    size: (f64, f64),
    show: Show,
}

/// A moment of a world.
#[derive(Clone)]
pub struct Now {
    /// The world then.
    pub snapshot: Shot,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// The moment.
    pub time: SimTime,
}

impl Beat {
    /// It is this moment; only time went on, unless what is new in the world is to be drawn.
    pub fn tell(&self, now: Now, draws: bool) {
        if let Some(listener) = &*self.0.listener.borrow() {
            listener.emit(Message::Beat(now, draws));
        }
    }

    /// Says how the stage looks.
    pub fn describe(&self, sight: &mut Sight) {
        let Looks { camera, size, show } = self.0.looks.get();
        sight.show = show.name().into();
        sight.camera = camera.to_numbers(size);
    }

    /// Who is told.
    pub(super) fn listen(&self, listener: Callback<Message>) {
        self.0.listener.replace(Some(listener));
    }

    /// Is the picture drawn with this drawing of the page?
    pub(super) fn draws(&self) -> bool {
        self.0.draws.take()
    }

    /// It looks so now.
    pub(super) fn looks(&self, stage: &Stage) {
        self.0.looks.set(Looks {
            camera: stage.camera.get(),
            size: stage.size,
            show: stage.show,
        });
    }

    /// What the Pod view is to show again, told once.
    pub(super) fn shows_again(&self) -> Option<String> {
        let mut again = self.0.again.borrow_mut();
        again.as_mut().map(|again| std::mem::take(&mut again.show))
    }

    /// The stage is to look so with its next drawing.
    pub fn look_again(&self, sight: Sight) {
        self.0.again.replace(Some(sight));
    }

    /// The next drawing of the page draws the picture, too.
    pub fn draw_picture(&self) {
        self.0.draws.set(true);
    }
}

impl PartialEq for Beat {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Stage {
    /// From where a link says, in a stage of the same size; in another one, as is usual there.
    pub(super) fn look_again(&self, props: &StageProps) {
        if !self.is_measured {
            return;
        }
        let again = props.beat.0.again.take();
        let camera = again.and_then(|sight| self.camera.get().by_numbers(&sight.camera, self.size));
        if let Some(camera) = camera {
            self.camera.set(camera);
            self.resized.set(false);
        }
    }
}
