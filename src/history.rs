//! Everything that was done to a world, and its past.
