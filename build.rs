//! Makes the schema table: every field of every kind of v1.36, from k8s-openapi's schemas and our
//! files of facts. `src/api/schema/mod.rs` includes what this writes.

use std::path::Path;
use std::{env, fs};

#[path = "build/roots.rs"]
mod roots;

#[path = "build/facts.rs"]
mod facts;

#[path = "build/table.rs"]
mod table;

fn main() {
    for input in ["build.rs", "build", "src/api/schema"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let mut generator = schemars::SchemaGenerator::default();
    let roots = roots::roots(&mut generator);
    let facts = facts::Facts::read(Path::new("src/api/schema"));
    let text = table::Table::new(generator.definitions(), &roots, &facts).into_rust();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("schema_table.rs"), text).expect("OUT_DIR can be written");
}
