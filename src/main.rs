//! local
mod ui;
fn main() {}
