//! The image catalogue, from YAML for people to a table of JSON texts for the program: an entry is read
//! when somebody asks for it, so nothing global has to be kept, and the page needs no YAML reader for it.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

/// Rust code: the tables `IMAGES` and `PROGRAMS`, each of names and JSON.
pub fn into_rust(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("the catalogue is there");
    let catalogue: Value =
        serde_yaml::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let mut code = String::new();
    for table in ["images", "programs"] {
        let entries = catalogue[table]
            .as_object()
            .unwrap_or_else(|| panic!("no {table}"));
        let name = table.to_uppercase();
        let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
        for (name, entry) in entries {
            let _ = writeln!(code, "    ({name:?}, {:?}),", entry.to_string());
        }
        code.push_str("];\n");
    }
    code
}
