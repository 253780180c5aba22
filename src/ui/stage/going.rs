//! Where the camera goes: to what has the focus, beside what is opened over the picture, into a thing, to all.

use std::rc::Rc;

use podarium::scene::{Branch, Rect, Selection};

use super::camera::overlaps;
use super::{Stage, StageProps, picture};
use crate::ui::dom;

/// In less room than this, in CSS pixels, nothing stands beside anything.
const BESIDE: f64 = 32.0;

impl Stage {
    /// Where the welcome's Pod stands is another place now: it is to be seen there.
    pub(super) fn follow_welcomed(&self, props: &StageProps) {
        let place = props.welcomed.as_ref().and_then(|pod| self.place_of(pod));
        if self.welcomed_at.replace(place) != place && place.is_some() {
            self.uncovers.set(true);
        }
    }

    /// The focus is shown: the camera moves if it isn't seen.
    pub(super) fn focus(&mut self, focused: Option<Rc<Branch>>) {
        let scene = self.drawn.borrow().clone();
        let place = focused
            .as_ref()
            .and_then(|focused| match &focused.selection {
                Some(selection) => self.place_of(selection),
                None => picture::place_of_item(&scene, focused),
            });
        self.focused = focused;
        let camera = self.camera.get();
        if let Some(place) = place.filter(|place| !overlaps(place, &camera.seen(self.size))) {
            let seen = camera.seen(self.size);
            let (dx, dy) = (
                place.x + place.width / 2.0 - seen.x - seen.width / 2.0,
                place.y + place.height / 2.0 - seen.y - seen.height / 2.0,
            );
            self.camera
                .set(camera.pan(-dx * camera.scale, -dy * camera.scale));
        }
    }

    /// On a phone the inspector is a sheet over the lower part of the picture, on a small screen a
    /// drawer over its right part: what is selected is shown beside it. So is what the welcome speaks of, beside
    /// that. Tells whether it moved.
    pub(super) fn uncover(&mut self, props: &StageProps) -> bool {
        let (shown, over) = match (&props.selection, &props.welcomed) {
            (Some(selected), _) => (selected, ".inspector"),
            (None, Some(welcomed)) => (welcomed, ".welcome"),
            (None, None) => return false,
        };
        let place = self.place_of(shown);
        let rect = |element: web_sys::Element| element.get_bounding_client_rect();
        let (Some(place), Some(svg), Some(over)) =
            (place, self.svg.cast().map(rect), dom::find(over).map(rect))
        else {
            return false;
        };
        let covers =
            over.left() < svg.right() && over.top() < svg.bottom() && over.bottom() > svg.top();
        let free = match covers && over.right() > svg.left() {
            true if over.left() > svg.left() + BESIDE => (over.left() - svg.left(), self.size.1),
            true => (self.size.0, over.top() - svg.top()),
            false => return false,
        };
        let before = self.camera.get();
        self.camera.set(before.uncover(place, free));
        self.camera.get() != before
    }

    pub(super) fn go_in(&mut self, selection: &Selection) {
        if let Some(place) = self.place_of(selection) {
            self.camera.set(self.camera.get().look_at(place, self.size));
        }
    }

    pub(super) fn fit(&mut self) {
        let bounds = self.drawn.borrow().bounds;
        self.camera.set(self.camera.get().fit(bounds, self.size));
    }

    /// Where a thing stands.
    pub(super) fn place_of(&self, selection: &Selection) -> Option<Rect> {
        let large = self.large();
        let far = large.and_then(|large| large.ground.place_of(&self.now.snapshot, selection));
        far.or_else(|| picture::place_of(&self.drawn.borrow(), selection))
    }
}
