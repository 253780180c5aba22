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

#[path = "build/catalogue.rs"]
mod catalogue;

fn main() {
    map_of_the_wasm();
    let images = "src/cluster/workload/catalogue/catalogue.yaml";
    for input in ["build.rs", "build", "src/api/schema", images] {
        println!("cargo::rerun-if-changed={input}");
    }
    let mut generator = schemars::SchemaGenerator::default();
    let roots = roots::roots(&mut generator);
    let facts = facts::Facts::read(Path::new("src/api/schema"));
    let text = table::Table::new(generator.definitions(), &roots, &facts).into_rust();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, text: String| {
        fs::write(Path::new(&out).join(name), text).expect("OUT_DIR can be written");
    };
    write("schema_table.rs", text);
    write("catalogue.rs", catalogue::into_rust(Path::new(images)));
}

/// The linker writes down where it puts what: xtask/page/split.mjs reads which data only the second part needs.
/// The path counts from where cargo stands, as several clones may share a folder of builds.
fn map_of_the_wasm() {
    let is_wasm = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    if is_wasm && fs::create_dir_all(Path::new(&root).join("target/page")).is_ok() {
        println!("cargo::rustc-link-arg-bin=podarium=-Map=target/page/podarium.map");
    }
}
