//! What moves in the picture. Yew draws what a snapshot changes; where a Pod is at a moment is written
//! onto its element here, frame by frame, and only where it differs from what was written before.

use std::rc::Rc;

use podarium::cluster::SimTime;
use podarium::scene::{Course, Motion, PodBody, PodGlyph, Pose, Pull, Speeds};
use wasm_bindgen::JsCast;
use web_sys::{Element, SvgElement};

use super::pods::{Detail, name_fits};

/// Pods that are drawn.
#[derive(Default)]
pub struct Actors {
    all: Vec<Actor>,
    /// How many moved last.
    moving: usize,
    /// CSS pixels per world unit.
    scale: f64,
    /// Flips from frame to frame.
    odd: bool,
}

/// If more move at once, not each fades with each frame; if more still, not each travels.
const CROWD: usize = 60;
const THRONG: usize = 120;

/// How a crowd fades in a frame, where the next frame comes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// As it is at this moment: the next frame may never come.
    Exact,
    /// One half of it.
    Halves,
    /// Not at all: the frame has something else to do.
    Waits,
}

struct Actor {
    element: SvgElement,
    body: Rc<PodBody>,
    detail: Detail,
    /// What is written on it of the size of text.
    least: Option<Detail>,
    course: Course,
    written: Option<Pose>,
    /// Is it written on it that it is smaller than where it stands, and how it moves?
    small: bool,
    moves: Option<&'static str>,
    pulls: Vec<Filling>,
}

/// A pull's hatching, and its percentage where that is written.
struct Filling {
    pull: Pull,
    bar: Element,
    width: f64,
    word: Option<Element>,
    percent: i32,
}

impl Actors {
    /// The children of `stage` are these Pods, in this order.
    pub fn enter<'a>(
        &mut self,
        stage: &Element,
        pods: impl Iterator<Item = &'a PodGlyph>,
        scale: f64,
    ) {
        let usual = Detail::at(scale);
        self.scale = scale;
        let mut before = std::mem::take(&mut self.all).into_iter();
        let mut next = stage.first_element_child();
        for glyph in pods {
            let Some(element) = next else { break };
            next = element.next_element_sibling();
            let Ok(element) = element.dyn_into::<SvgElement>() else {
                continue;
            };
            let unit = glyph.course.home.width / glyph.body.width;
            let detail = Detail::at(scale * unit);
            // Most stand where they stood in the list: what is written on them is known.
            let known = before.next().filter(|known| known.element == element);
            // Where there is no text, it has no size.
            let least = Some(detail).filter(|detail| *detail != usual && detail.has_names());
            // What isn't known may still have a size from where it stood before.
            if known.as_ref().map(|known| known.least) != Some(least) {
                set_least_text(&element, least);
            }
            let same =
                |known: &Actor| Rc::ptr_eq(&known.body, &glyph.body) && known.detail == detail;
            let small = known.as_ref().is_some_and(|known| known.small);
            let moves = known.as_ref().and_then(|known| known.moves);
            let (written, pulls) = match known {
                Some(known) if same(&known) => (known.written, known.pulls),
                known => (
                    known.and_then(|known| known.written),
                    pulls(glyph, &element),
                ),
            };
            self.all.push(Actor {
                element,
                body: glyph.body.clone(),
                detail,
                least,
                course: glyph.course,
                written,
                small,
                moves,
                pulls,
            });
        }
    }

    /// Everybody goes where he is at `t`.
    pub fn pose(&mut self, speeds: &Speeds, t: SimTime, reduced_motion: bool, crowd: Crowd) {
        let crowd = if self.moving > CROWD {
            crowd
        } else {
            Crowd::Exact
        };
        let travels = self.moving <= THRONG;
        (self.moving, self.odd) = (0, !self.odd);
        let mut turn = self.odd;
        for actor in &mut self.all {
            let pose = actor.course.pose(speeds, t, reduced_motion);
            self.moving += usize::from(pose.motion.is_some());
            turn = !turn;
            let waits = match crowd {
                Crowd::Exact => false,
                Crowd::Halves => turn,
                Crowd::Waits => true,
            };
            let goes_on = |written: Pose| match travels {
                true => only_fades(&written, &pose),
                false => pose.motion.is_some() && pose.motion == written.motion,
            };
            let waits = waits && actor.written.is_some_and(goes_on);
            if actor.written != Some(pose) && !waits {
                actor.write(&pose, self.scale);
                actor.written = Some(pose);
            }
            for filling in &mut actor.pulls {
                filling.write(t, reduced_motion);
            }
        }
    }
}

/// Is it the same but for its opacity, and goes on fading?
fn only_fades(written: &Pose, pose: &Pose) -> bool {
    let opacity = written.opacity;
    pose.motion.is_some() && Pose { opacity, ..*pose } == *written
}

/// Text in here is at least so large; as everywhere without a detail of its own.
pub fn set_least_text(element: &SvgElement, detail: Option<Detail>) {
    let least = detail.map_or(String::new(), |detail| format!("{}px", detail.least));
    // A length or nothing: either can be set.
    let _ = element.style().set_property("--least", &least);
}

/// What fills in this Pod.
fn pulls(glyph: &PodGlyph, element: &Element) -> Vec<Filling> {
    let pulls = glyph.body.containers.iter().filter_map(|container| {
        let name = &container.name;
        let find = |part: &str| {
            let within = format!("[data-container=\"{name}\"] .{part}");
            element.query_selector(&within).ok().flatten()
        };
        Some(Filling {
            pull: container.pull?,
            bar: find("pulled")?,
            width: container.rect.width,
            word: find("percent"),
            percent: -1,
        })
    });
    pulls.collect()
}

impl Actor {
    fn write(&mut self, pose: &Pose, scale: f64) {
        let before = self.written;
        let style = self.element.style();
        // All of these are numbers and words of ours: nothing can be wrong with them.
        if before.is_none_or(|before| before.at != pose.at) {
            let (x, y, scale) = (pose.at.x, pose.at.y, pose.at.width / self.body.width);
            let transform = format!("translate({x:.2}px,{y:.2}px)scale({scale:.4})");
            let _ = style.set_property("transform", &transform);
        }
        // What it shows is meant for its home; and that may be another one while it stays where it is.
        let small = pose.at.width < 0.97 * self.course.home.width;
        let was_small = std::mem::replace(&mut self.small, small);
        if before.is_none() || was_small != small {
            self.mark("data-small", small.then(|| self.in_flight(pose, scale)));
        }
        if before.is_none_or(|before| before.opacity != pose.opacity) {
            let _ = style.set_property("opacity", &format!("{:.3}", pose.opacity));
        }
        let motion = pose.motion.map(|motion| match motion {
            Motion::Travels => "travels",
            Motion::CrossFades => "cross-fades",
            Motion::Reveals => "reveals",
            Motion::Lingers => "lingers",
        });
        if before.is_none() || self.moves != motion {
            self.moves = motion;
            self.mark("data-motion", motion);
        }
        if before.is_none_or(|before| before.ghost != pose.ghost) {
            self.mark("data-ghost", pose.ghost.map(|_| ""));
        }
        if before.is_none_or(|before| before.ring != pose.ring) {
            self.mark("data-ring", pose.ring.map(|_| ""));
            self.spread(pose.ring);
        }
    }

    /// What is shown of the text while it is smaller than where it stands: its name, if that has room
    /// where it is smallest.
    fn in_flight(&self, pose: &Pose, scale: f64) -> &'static str {
        let from = self
            .course
            .left
            .map_or(pose.at.width, |(_, from)| from.width);
        let unit = from.min(pose.at.width) / self.body.width;
        let Detail { least, .. } = Detail::at(scale * unit);
        if !name_fits(&self.body, least) {
            return "";
        }
        let size = format!("{}px", least.max(12));
        let _ = self.element.style().set_property("--flight", &size);
        "name"
    }

    fn mark(&self, name: &str, value: Option<&str>) {
        let _ = match value {
            Some(value) => self.element.set_attribute(name, value),
            None => self.element.remove_attribute(name),
        };
    }

    /// One ring, once: it became Ready.
    fn spread(&self, ring: Option<f64>) {
        let found = self.element.query_selector(".ring").ok().flatten();
        let (Some(part), Some(Ok(ring))) = (ring, found.map(|ring| ring.dyn_into::<SvgElement>()))
        else {
            return;
        };
        let out = 2.0 * (2.0 + part * 12.0);
        let (across, down) = (1.0 + out / self.body.width, 1.0 + out / self.body.height);
        let _ = ring
            .style()
            .set_property("transform", &format!("scale({across:.3},{down:.3})"));
        let _ = ring
            .style()
            .set_property("opacity", &format!("{:.3}", 1.0 - part));
    }
}

impl Filling {
    fn write(&mut self, t: SimTime, steps: bool) {
        let part = self.pull.part(t, steps);
        let percent = (part * 100.0) as i32;
        if percent == self.percent {
            return;
        }
        self.percent = percent;
        let width = self.width * f64::from(percent) / 100.0;
        let _ = self.bar.set_attribute("width", &width.to_string());
        if let Some(word) = &self.word {
            word.set_text_content(Some(&format!(" {percent} %")));
        }
    }
}
