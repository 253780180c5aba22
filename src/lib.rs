//! The map of the core.
