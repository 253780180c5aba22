//! The wall clock, and nothing else: the one place where the page asks what time it is.

/// Milliseconds since the page was opened; never goes backwards.
pub fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}

/// Work in slices.
pub struct Slice {
    until: f64,
}

impl Slice {
    /// May work for so many milliseconds.
    pub fn of(milliseconds: f64) -> Self {
        Slice {
            until: now() + milliseconds,
        }
    }

    /// Is it time to let the browser have its turn? Asked after each event: some take a millisecond.
    pub fn is_over(&self) -> bool {
        now() >= self.until
    }
}
