//! Maps, sets and lists that are cheap to clone: a clone shares everything, and a write after it copies
//! one chunk of pointers and the row of chunks. Keys are kept in order, so that nothing depends on
//! chance. Ours: upstream has Go's maps and slices.
//!
//! Small code counts as much as speed: some forty kinds of maps are in use, and each is compiled on its
//! own. So whatever can is written without knowing what is stored ([`chunks`]): entries are behind
//! pointers, and the code that moves pointers about comes out the same for all of them, once.
//! Left out: merging chunks that have become small. None is ever empty, so there are never more chunks
//! than entries.

mod chunks;
mod known;
mod list;
mod map;
mod named;
mod set;
#[cfg(test)]
mod tests;
pub mod text;

pub use known::Key;
pub use list::List;
pub use map::Map;
pub use named::{Iter as NamedIter, Named};
pub use set::Set;
