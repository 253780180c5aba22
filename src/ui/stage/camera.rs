//! Which part of the world is seen, and how large: fit, zoom about a point, pan. View state only; it
//! changes nothing of the world, and the world moves it only while it fits.

use podarium::scene::Rect;

/// How close and how far a person can go.
const CLOSEST: f64 = 4.0;
const FARTHEST: f64 = 0.02;
/// The same of a large cluster.
const FARTHEST_LARGE: f64 = 0.004;
const CLOSEST_LARGE: f64 = 8.0;
/// Going in doesn't enlarge beyond this.
const LOOK_MOST: f64 = 2.2;
/// Fit doesn't enlarge beyond this: text at 100 % is meant to be read.
const FIT_MOST: f64 = 1.15;
/// A region narrower than this is a phone's: what fits is as wide as it is, and goes on below.
pub const NARROW: f64 = 520.0;
const FIT_MOST_NARROW: f64 = 1.2;
/// And one lower than this is a phone's that is held sideways: text stays as large, and what fits goes on
/// below where it is as wide as there is room for.
pub const LOW: f64 = 340.0;
const FIT_LEAST_LOW: f64 = 0.75;
/// By how much text has to gain before the picture moves for it.
const MUCH_LARGER: f64 = 1.25;
/// Around what fits, in CSS pixels.
const MARGIN: f64 = 12.0;

/// Where a person looks from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// CSS pixels per world unit.
    pub scale: f64,
    /// The world's point in the upper left corner.
    pub x: f64,
    /// The world's point in the upper left corner.
    pub y: f64,
    /// Does it follow what there is?
    fits: Option<Rect>,
    /// Is it a large cluster that is seen?
    large: bool,
}

impl Default for Camera {
    fn default() -> Self {
        Camera {
            scale: 1.0,
            x: 0.0,
            y: 0.0,
            fits: Some(Rect::default()),
            large: false,
        }
    }
}

impl Camera {
    /// So close, wherever.
    pub fn at(scale: f64) -> Self {
        Camera {
            scale,
            ..Camera::default()
        }
    }

    /// For a link: this camera, in a region of this size.
    pub fn to_numbers(self, size: (f64, f64)) -> Vec<f64> {
        let mut numbers = vec![size.0, size.1, self.scale, self.x, self.y];
        if let Some(fits) = self.fits {
            numbers.extend([fits.x, fits.y, fits.width, fits.height]);
        }
        numbers
    }

    /// What a link says, if it says it of a region of this size.
    pub fn by_numbers(self, numbers: &[f64], size: (f64, f64)) -> Option<Self> {
        let (&[width, height, scale, x, y], fits) = numbers.split_first_chunk()?;
        let (farthest, closest) = self.limits();
        let is_so = (width, height) == size && (farthest..=closest).contains(&scale);
        let fits = match *fits {
            [x, y, width, height] => Some(Rect {
                x,
                y,
                width,
                height,
            }),
            _ => None,
        };
        is_so.then_some(Camera {
            scale,
            x,
            y,
            fits,
            large: self.large,
        })
    }

    /// Shows all of `bounds` in a region of this size.
    pub fn fit(self, bounds: Rect, size: (f64, f64)) -> Self {
        let (width, height) = (size.0 - 2.0 * MARGIN, size.1 - 2.0 * MARGIN);
        let wide = width / bounds.width.max(1.0);
        let scale = if size.0 < NARROW {
            wide.min(FIT_MOST_NARROW)
        } else {
            let high = height / bounds.height.max(1.0);
            let low = size.1 < LOW && !self.large;
            let least = if low { FIT_LEAST_LOW } else { 0.0 };
            wide.min(high.max(least)).min(FIT_MOST)
        };
        let scale = scale.max(self.limits().0);
        let x = bounds.x - (size.0 / scale - bounds.width) / 2.0;
        // What is small stands at the top, where the next thing will be.
        let y = bounds.y - MARGIN / scale;
        Camera {
            scale,
            x,
            y,
            fits: Some(bounds),
            large: self.large,
        }
    }

    /// From now on it is a large cluster that is seen, or isn't any more: then all of it is.
    pub fn of(self, large: bool) -> Self {
        if large == self.large {
            return self;
        }
        Camera { large, ..self }.anew()
    }

    /// All is laid out anew, and all of it is seen.
    pub fn anew(self) -> Self {
        Camera {
            large: self.large,
            ..Camera::default()
        }
    }

    /// How far and how close a person can go.
    fn limits(&self) -> (f64, f64) {
        match self.large {
            true => (FARTHEST_LARGE, CLOSEST_LARGE),
            false => (FARTHEST, CLOSEST),
        }
    }

    /// Follows `bounds` as long as it fits: grows with them, and shrinks again only where that makes all
    /// much larger, as when a node's Pods form columns; in a region of another size all is new.
    pub fn follow(self, bounds: Rect, size: (f64, f64), resized: bool) -> Self {
        let Some(fitted) = self.fits else { return self };
        let inside = bounds.x >= fitted.x
            && bounds.y >= fitted.y
            && bounds.x + bounds.width <= fitted.x + fitted.width
            && bounds.y + bounds.height <= fitted.y + fitted.height;
        let fit = self.fit(bounds, size);
        if inside && !resized && fit.scale < MUCH_LARGER * self.scale {
            self
        } else {
            fit
        }
    }

    /// Closer by `factor` about a point of the region, in CSS pixels.
    pub fn zoom(self, factor: f64, at: (f64, f64)) -> Self {
        let (farthest, closest) = self.limits();
        let scale = (self.scale * factor).clamp(farthest, closest);
        let (wx, wy) = (self.x + at.0 / self.scale, self.y + at.1 / self.scale);
        Camera {
            scale,
            x: wx - at.0 / scale,
            y: wy - at.1 / scale,
            fits: None,
            ..self
        }
    }

    /// Moved by so many CSS pixels.
    pub fn pan(self, dx: f64, dy: f64) -> Self {
        Camera {
            x: self.x - dx / self.scale,
            y: self.y - dy / self.scale,
            fits: None,
            ..self
        }
    }

    /// Moved as little as shows `place` in the upper left part of the region that is `free`, in CSS
    /// pixels: where it is too large for that, its upper left corner. It goes on following what there is.
    pub fn uncover(self, place: Rect, free: (f64, f64)) -> Self {
        let moved = |from: f64, place: f64, size: f64, free: f64| {
            let (before, room) = (place - from, (free - MARGIN) / self.scale);
            let hidden = before + size - room;
            let most = before - MARGIN / self.scale;
            from + hidden.min(most).max(0.0)
        };
        Camera {
            x: moved(self.x, place.x, place.width, free.0),
            y: moved(self.y, place.y, place.height, free.1),
            ..self
        }
    }

    /// Close enough to `target` that it is read, in the middle.
    pub fn look_at(self, target: Rect, size: (f64, f64)) -> Self {
        let (farthest, closest) = self.limits();
        let most = if self.large { closest } else { LOOK_MOST };
        let scale = (size.0 / (target.width * 1.3))
            .min(size.1 / (target.height * 1.3))
            .clamp(farthest, most);
        let x = target.x + (target.width - size.0 / scale) / 2.0;
        let y = target.y + (target.height - size.1 / scale) / 2.0;
        Camera {
            scale,
            x,
            y,
            fits: None,
            ..self
        }
    }

    /// Does it follow what there is?
    pub fn fits(&self) -> bool {
        self.fits.is_some()
    }

    /// What is seen, in world units.
    pub fn seen(&self, size: (f64, f64)) -> Rect {
        Rect {
            x: self.x,
            y: self.y,
            width: size.0 / self.scale,
            height: size.1 / self.scale,
        }
    }
}

/// Do the two touch?
pub fn overlaps(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Rect = Rect {
        x: -8.0,
        y: -120.0,
        width: 700.0,
        height: 700.0,
    };

    #[test]
    fn a_link_looks_from_where_it_was_made_in_a_stage_of_that_size_alone() {
        let size = (730.0, 680.0);
        for camera in [
            Camera::default().fit(BOUNDS, size),
            Camera::default().fit(BOUNDS, size).zoom(2.0, (0.1, 0.7)),
        ] {
            let numbers = camera.to_numbers(size);
            let again = |size| Camera::default().by_numbers(&numbers, size);
            assert_eq!(again(size), Some(camera));
            assert_eq!(again((731.0, 680.0)), None);
        }
        let hostile = [730.0, 680.0, f64::NAN, 0.0, 0.0];
        assert_eq!(Camera::default().by_numbers(&hostile, size), None);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let before = Camera::default().fit(BOUNDS, (730.0, 680.0));
        let after = before.zoom(2.0, (100.0, 50.0));
        let at = |camera: &Camera| {
            (
                camera.x + 100.0 / camera.scale,
                camera.y + 50.0 / camera.scale,
            )
        };
        assert!(
            (at(&before).0 - at(&after).0).abs() < 1e-9
                && (at(&before).1 - at(&after).1).abs() < 1e-9
        );
        assert!(!after.fits());
    }

    #[test]
    fn what_fits_grows_at_once_and_shrinks_only_if_that_is_worth_a_move() {
        let size = (730.0, 680.0);
        let high = |height| Rect { height, ..BOUNDS };
        let fitted = Camera::default().fit(high(900.0), size);
        assert_eq!(fitted.follow(high(800.0), size, false), fitted);
        assert_eq!(
            fitted.follow(high(1000.0), size, false),
            Camera::default().fit(high(1000.0), size)
        );
        let (far, near) = (high(1800.0), high(800.0));
        let followed = Camera::default().fit(far, size).follow(near, size, false);
        assert_eq!(followed, Camera::default().fit(near, size));
    }

    #[test]
    fn what_is_covered_is_moved_up_and_no_further_than_its_corner() {
        let camera = Camera::default();
        let place = |y, height| Rect {
            y,
            height,
            width: 50.0,
            ..Rect::default()
        };
        let free = (390.0, 400.0);
        assert_eq!(camera.uncover(place(100.0, 50.0), free), camera);
        assert_eq!(camera.uncover(place(380.0, 50.0), free).y, 42.0);
        assert_eq!(camera.uncover(place(380.0, 900.0), free).y, 368.0);
    }

    #[test]
    fn on_a_phone_held_sideways_text_stays_readable() {
        assert_eq!(
            Camera::default().fit(BOUNDS, (760.0, 230.0)).scale,
            FIT_LEAST_LOW
        );
        let many = Rect {
            width: 3000.0,
            ..BOUNDS
        };
        let camera = Camera::default().fit(many, (760.0, 230.0));
        assert!(camera.scale * many.width < 760.0, "all of it in its width");
    }

    #[test]
    fn what_still_fits_moves_nothing() {
        let size = (730.0, 680.0);
        let camera = Camera::default().fit(BOUNDS, size);
        let smaller = Rect {
            height: 500.0,
            ..BOUNDS
        };
        assert_eq!(camera.follow(smaller, size, false), camera);
        let larger = Rect {
            height: 900.0,
            ..BOUNDS
        };
        assert!(camera.follow(larger, size, false).scale < camera.scale);
    }
}
