//! local
pub mod stage;
