//! The wall clock, and nothing else: the one place where the page asks what time it is.

/// Milliseconds since the page was opened; never goes backwards.
pub fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}

/// Work in slices: asks the clock only now and then, since asking costs as much as a small event.
pub struct Slice {
    until: f64,
    asked: u32,
}

impl Slice {
    /// May work for so many milliseconds.
    pub fn of(milliseconds: f64) -> Self {
        Slice {
            until: now() + milliseconds,
            asked: 0,
        }
    }

    /// Is it time to let the browser have its turn?
    pub fn is_over(&mut self) -> bool {
        self.asked += 1;
        self.asked.is_multiple_of(8) && now() >= self.until
    }
}
