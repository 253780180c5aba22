//! Starts the playground.
mod ui;

fn main() {}
