//! The wasm's memory, grown ahead. The allocator asks for 64 KiB at a time, and each time the browser looks through its own
//! garbage, too: a world that grows by hundreds of MiB stands still for that thousands of times.

/// What memory grows by, in bytes.
#[cfg(target_arch = "wasm32")]
const PAGE: usize = 1 << 16;
/// Bytes that are only addresses until they are written to.
#[cfg(target_arch = "wasm32")]
const AHEAD: usize = 256 * PAGE;

/// Follows how large the memory is.
#[derive(Debug, Default)]
pub struct Heap {
    /// In 64 KiB, when it was looked at last.
    pages: usize,
}

impl Heap {
    /// Once memory has grown, it grows by a quarter more at once, and by [`AHEAD`] at least; what is asked for next has
    /// room in that. To be called now and then; elsewhere than in wasm nothing is done.
    pub fn grow_ahead(&mut self) {
        #[cfg(target_arch = "wasm32")]
        {
            let pages = core::arch::wasm32::memory_size(0);
            if pages > self.pages {
                // Taken and given back: memory never shrinks, and the allocator keeps it.
                let mut ahead = Vec::<u8>::new();
                // Where there is no more, it grows as it did.
                let _ = ahead.try_reserve_exact((pages * PAGE / 4).max(AHEAD));
                drop(std::hint::black_box(ahead));
                self.pages = core::arch::wasm32::memory_size(0);
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            self.pages = 0;
        }
    }
}
