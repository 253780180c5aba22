//! How a Pod comes to where it stands: what says where it is at any moment. Made once a snapshot;
//! asked once a frame.
//!
//! The world is as quick as a real one: a Pod is bound a few milliseconds after it came. The picture
//! stretches what is too short to see: a Pod is seen in the tray before it leaves it, however short it
//! was there, and travels for as long as the eye needs. Only place and stroke lag; words never do.

use super::glyphs::{Motion, Rect};
use super::motion::{self, Speeds, between, ease};
use crate::cluster::SimTime;

/// A Pod's movements in virtual time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Where it stands in the end.
    pub home: Rect,
    /// When it appeared.
    pub(super) appeared: SimTime,
    /// When it is seen to leave the spot of the tray that it left last, and that spot.
    pub left: Option<(SimTime, Rect)>,
    /// When it became Ready last.
    pub(super) ready: Option<SimTime>,
    /// Does it travel, or are too many on their way already?
    pub(super) travels: bool,
}

/// A Pod at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where it is, and how large.
    pub at: Rect,
    /// From 0 (not there) to 1.
    pub opacity: f64,
    /// How it moves.
    pub motion: Option<Motion>,
    /// Where it was, while a dashed ghost stands there (reduced motion).
    pub ghost: Option<Rect>,
    /// How far the ring of "became Ready" has spread, from 0 to 1.
    pub ring: Option<f64>,
}

impl Course {
    /// Where the Pod is at `t`.
    pub fn pose(&self, speeds: &Speeds, t: SimTime, reduced_motion: bool) -> Pose {
        let mut pose = Pose {
            at: self.home,
            opacity: 1.0,
            motion: None,
            ghost: None,
            ring: None,
        };
        let part = |since: SimTime, ms: f64| speeds.part(since, ms, t);
        if reduced_motion {
            pose.ghost = self
                .left
                .filter(|(at, _)| t >= *at && part(*at, motion::GHOST_MS).is_some())
                .map(|(_, from)| from);
            return pose;
        }
        match self.left {
            Some((at, from)) if t < at => {
                pose.at = from;
                self.reveal(&mut pose, part(self.appeared, motion::REVEAL_MS));
                pose.motion = pose.motion.map(|_| Motion::Lingers);
            }
            Some((at, from)) => self.go(&mut pose, from, at, speeds, t),
            None => self.reveal(&mut pose, part(self.appeared, motion::REVEAL_MS)),
        }
        let ring = self.ready.and_then(|at| part(at, motion::RING_MS));
        pose.ring = ring.map(|part| ease(motion::EASE_OUT, part));
        pose
    }

    fn reveal(&self, pose: &mut Pose, part: Option<f64>) {
        if let Some(part) = part {
            pose.opacity = ease(motion::REVEAL, part);
            pose.motion = Some(Motion::Reveals);
        }
    }

    /// On its way since `at`. Above 10×, or where too many travel already, it fades out where it was
    /// and in where it stands.
    fn go(&self, pose: &mut Pose, from: Rect, at: SimTime, speeds: &Speeds, t: SimTime) {
        let quick = speeds.at(at) > motion::CROSS_FADE_ABOVE;
        let ms = if quick {
            motion::QUICK_MS
        } else {
            motion::PLACE_MS
        };
        let Some(part) = speeds.part(at, ms, t) else {
            return;
        };
        if self.travels && !quick {
            pose.at = between(from, self.home, ease(motion::PLACE, part));
            pose.motion = Some(Motion::Travels);
            return;
        }
        pose.motion = Some(Motion::CrossFades);
        if part < 0.5 {
            pose.at = from;
        }
        pose.opacity = ease(motion::REVEAL, (2.0 * part - 1.0).abs());
    }
}
