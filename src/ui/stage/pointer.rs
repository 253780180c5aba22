//! What the pointer does on the picture: a click selects, two clicks go in, a drag moves, a wheel and
//! two fingers zoom.

use gloo_events::{EventListener, EventListenerOptions};
use podarium::scene::{POD_WIDTH, Selection};
use wasm_bindgen::prelude::*;
use web_sys::{Element, PointerEvent, WheelEvent};
use yew::html::Scope;
use yew::prelude::*;

use super::{Message, Stage, picture};

/// A pointer that moves less than this clicks.
const CLICK: f64 = 5.0;

/// What a pointer does.
pub enum Pointed {
    Down(PointerEvent),
    Moved(PointerEvent),
    Up(PointerEvent),
    Gone(PointerEvent),
    /// No pointer is over the picture any more.
    Left,
    Twice(MouseEvent),
}

/// Pointers that are down.
#[derive(Default)]
pub struct Drag {
    /// Where each was last.
    down: Vec<(i32, (f64, f64))>,
    /// The picture's upper left corner on the page, measured as one went down: to measure at each move is to
    /// lay the page out at each.
    corner: (f64, f64),
    /// What the first was on, and whether it may still be a click.
    on: Option<Selection>,
    clicks: bool,
    moved: f64,
    /// What it is over while none is down.
    over: Option<Selection>,
}

impl Drag {
    /// What a pointer is over.
    pub fn over(&self) -> Option<&Selection> {
        self.over.as_ref()
    }
}

impl Stage {
    /// Handles what a pointer does; tells whether the stage is to be drawn.
    pub(super) fn pointed(&mut self, ctx: &Context<Self>, pointed: Pointed) -> bool {
        match pointed {
            Pointed::Down(event) if event.button() == 0 => {
                self.drag.clicks = self.drag.down.is_empty();
                self.drag.moved = 0.0;
                self.drag.on = self.under(&event);
                self.drag.corner = self.corner();
                let at = within(self.drag.corner, &event);
                self.drag.down.push((event.pointer_id(), at));
                false
            }
            Pointed::Moved(event) if self.drag.down.is_empty() => {
                let on = self.under(&event);
                self.light(ctx, on)
            }
            Pointed::Moved(event) => {
                if self.drag.down.len() > 1 {
                    self.zooms(ctx);
                }
                self.moved(&event)
            }
            Pointed::Left => self.light(ctx, None),
            Pointed::Up(event) => {
                let was_down = self.lift(&event);
                if was_down && self.drag.clicks {
                    ctx.props().on_select.emit(self.drag.on.clone());
                }
                false
            }
            Pointed::Twice(event) => {
                if let Some(selection) = self.under(&event) {
                    ctx.link().send_message(Message::GoIn(selection));
                }
                false
            }
            Pointed::Gone(event) => {
                self.lift(&event);
                false
            }
            Pointed::Down(_) => false,
        }
    }

    fn light(&mut self, ctx: &Context<Self>, on: Option<Selection>) -> bool {
        if on == self.drag.over {
            return false;
        }
        self.drag.over = on.clone();
        ctx.props().on_light.emit(on);
        self.large().is_some()
    }

    /// What a pointer is on; of a canvas, what stands there.
    fn under(&self, event: &MouseEvent) -> Option<Selection> {
        /// Narrower Pods aren't told apart, in CSS pixels.
        const NARROWEST: f64 = 7.0;
        let drawn = picture::under(&self.drawn.borrow(), event.target());
        drawn.or_else(|| {
            let large = self.large()?;
            let (camera, at) = (self.camera.get(), self.at(event));
            let place = (
                camera.x + at.0 / camera.scale,
                camera.y + at.1 / camera.scale,
            );
            let pods = POD_WIDTH * camera.scale >= NARROWEST;
            large.ground.under(&self.now.snapshot, place, pods)
        })
    }

    fn moved(&mut self, event: &PointerEvent) -> bool {
        let to = within(self.drag.corner, event);
        let count = self.drag.down.len();
        let Some(index) = self
            .drag
            .down
            .iter()
            .position(|(id, _)| *id == event.pointer_id())
        else {
            return false;
        };
        let from = std::mem::replace(&mut self.drag.down[index].1, to);
        self.drag.moved += distance(from, to);
        if self.drag.clicks && self.drag.moved < CLICK {
            return false;
        }
        if std::mem::take(&mut self.drag.clicks)
            && let Some(svg) = self.svg.cast::<Element>()
        {
            // Without capture a drag ends at the picture's edge.
            let _ = svg.set_pointer_capture(event.pointer_id());
        }
        let mut camera = self.camera.get();
        if let Some((_, other)) = self.drag.down.get(1 - index.min(1)).filter(|_| count == 2) {
            let (before, after) = (distance(from, *other), distance(to, *other));
            let middle = ((to.0 + other.0) / 2.0, (to.1 + other.1) / 2.0);
            camera = camera
                .zoom(after / before.max(1.0), middle)
                .pan((to.0 - from.0) / 2.0, (to.1 - from.1) / 2.0);
        } else if count == 1 {
            camera = camera.pan(to.0 - from.0, to.1 - from.1);
        }
        self.camera.set(camera);
        true
    }

    fn lift(&mut self, event: &PointerEvent) -> bool {
        let before = self.drag.down.len();
        self.drag.down.retain(|(id, _)| *id != event.pointer_id());
        before > self.drag.down.len()
    }

    /// A place in the picture, in CSS pixels.
    fn at(&self, event: &MouseEvent) -> (f64, f64) {
        within(self.corner(), event)
    }

    fn corner(&self) -> (f64, f64) {
        let svg = self.svg.cast::<Element>();
        let rect = svg.map(|svg| svg.get_bounding_client_rect());
        rect.map_or((0.0, 0.0), |rect| (rect.left(), rect.top()))
    }
}

fn within((left, top): (f64, f64), event: &MouseEvent) -> (f64, f64) {
    (
        f64::from(event.client_x()) - left,
        f64::from(event.client_y()) - top,
    )
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    libm::hypot(a.0 - b.0, a.1 - b.1)
}

/// Is it typed into a field?
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| {
        target
            .closest("input, select, textarea")
            .ok()
            .flatten()
            .is_some()
    })
}

/// Watches the picture's size and the wheel over it, for as long as it lives.
pub struct Watch {
    observer: web_sys::ResizeObserver,
    _sizes: Closure<dyn FnMut(js_sys::Array)>,
    _wheel: EventListener,
    _leave: EventListener,
}

impl Watch {
    /// Tells the stage.
    pub fn new(svg: &NodeRef, link: &Scope<Stage>) -> Option<Self> {
        let element = svg.cast::<Element>()?;
        let (seen, of) = (link.clone(), element.clone());
        let sizes = Closure::new(move |_: js_sys::Array| {
            let rect = of.get_bounding_client_rect();
            seen.send_message(Message::Size(rect.width(), rect.height()));
        });
        let observer = web_sys::ResizeObserver::new(sizes.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        // It doesn't bubble, and so never comes to Yew.
        let left = link.clone();
        let leave = EventListener::new(&element, "pointerleave", move |_| {
            left.send_message(Message::Pointer(Pointed::Left));
        });
        let link = link.clone();
        let of = element.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let wheel = EventListener::new_with_options(&element, "wheel", options, move |event| {
            let Some(event) = event.dyn_ref::<WheelEvent>() else {
                return;
            };
            event.prevent_default();
            let rect = of.get_bounding_client_rect();
            let at = (
                f64::from(event.client_x()) - rect.left(),
                f64::from(event.client_y()) - rect.top(),
            );
            let lines = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE {
                20.0
            } else {
                1.0
            };
            link.send_message(Message::Zoom(
                libm::exp(-event.delta_y() * lines * 0.0015),
                at,
            ));
        });
        Some(Watch {
            observer,
            _sizes: sizes,
            _wheel: wheel,
            _leave: leave,
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
