//! `cargo xtask`: stub main
fn main() {}
