//! Makes the schema table: every field of every kind of v1.36, from k8s-openapi's schemas and our
//! files of facts, and the table of images. `src/api/schema/mod.rs` and `entry.rs` of the catalogue
//! include what this writes.

use std::path::Path;
use std::{env, fs};

#[path = "build/roots.rs"]
mod roots;

#[path = "build/facts.rs"]
mod facts;

#[path = "src/api/schema/plural.rs"]
mod plural;

#[path = "build/table.rs"]
mod table;

#[path = "build/documentation.rs"]
mod documentation;

#[path = "build/catalogue.rs"]
mod catalogue;

fn main() {
    let images = "src/cluster/workload/catalogue/catalogue.yaml";
    for input in ["build.rs", "build", "src/api/schema", images] {
        println!("cargo::rerun-if-changed={input}");
    }
    let mut generator = schemars::SchemaGenerator::default();
    let roots = roots::roots(&mut generator);
    let facts = facts::Facts::read(Path::new("src/api/schema"));
    let table = table::Table::new(generator.definitions(), &roots, &facts);
    let documentation = table.documentation.as_rust();
    let text = table.into_rust();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, text: String| {
        fs::write(Path::new(&out).join(name), text).expect("OUT_DIR can be written");
    };
    write("schema_table.rs", text);
    write("schema_documentation.rs", documentation);
    write("catalogue.rs", catalogue::into_rust(Path::new(images)));
}
