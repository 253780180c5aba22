//! Our files of facts that k8s-openapi lacks: `facts.json` (defaults, merge keys, enumerations; types of
//! maps are in there too, but nobody asks for them yet), `go_types.tsv` (named Go types and embedded
//! structs) and `enum_docs.tsv` (what is said of the values of enumerations).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What is known beyond the schema.
pub struct Facts {
    published: Value,
    go: BTreeMap<(String, String), Go>,
    enum_docs: BTreeMap<(String, String), String>,
}

/// How Go has a field.
#[derive(Default)]
pub struct Go {
    /// Its type as reflection prints it, where that doesn't follow from the schema.
    pub named_type: Option<String>,
    /// The embedded structs that it comes from, joined by dots; empty for none.
    pub embedded: String,
}

/// What facts.json says of one field.
pub struct FieldFacts {
    /// The published default, as JSON.
    pub default: String,
    /// `merge`, `replace`, `retainKeys`, joined by commas.
    pub patch_strategy: String,
    /// Key of a list under strategic merge patch.
    pub merge_key: String,
    /// `atomic`, `set`, `map`
    pub list_type: String,
    /// Keys of a list of type `map`.
    pub map_keys: Vec<String>,
    /// Its values, where these are few.
    pub enumeration: Vec<String>,
    /// What is said of them.
    pub enum_doc: String,
}

impl Facts {
    /// Reads both files.
    pub fn read(folder: &Path) -> Self {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let published = serde_json::from_str(&read("facts.json")).expect("facts.json is JSON");
        let go = read("go_types.tsv");
        let rows = go
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let columns: Vec<&str> = line.split('\t').collect();
                let [definition, field, named_type, embedded] = columns[..] else {
                    panic!("go_types.tsv: four columns wanted: {line}");
                };
                let there = |text: &str| (text != "-").then(|| text.to_string());
                let go = Go {
                    named_type: there(named_type),
                    embedded: there(embedded).unwrap_or_default(),
                };
                ((definition.to_string(), field.to_string()), go)
            });
        let enum_docs = read("enum_docs.tsv");
        let enum_docs = enum_docs.lines().filter(|line| !line.starts_with('#'));
        let enum_docs = enum_docs.map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [definition, field, text] = columns[..] else {
                panic!("enum_docs.tsv: three columns wanted: {line}");
            };
            let key = (definition.to_string(), field.to_string());
            (key, text.replace("\\n", "\n"))
        });
        Facts {
            go: rows.collect(),
            enum_docs: enum_docs.collect(),
            published,
        }
    }

    /// How Go has `field` of `definition`, where that is worth telling.
    pub fn go(&self, definition: &str, field: &str) -> Option<&Go> {
        self.go.get(&(definition.to_string(), field.to_string()))
    }

    /// What facts.json says of `field` of `definition`.
    pub fn of(&self, definition: &str, field: &str) -> FieldFacts {
        let facts = &self.published[definition][field];
        let text = |name: &str| facts[name].as_str().unwrap_or_default().to_string();
        let texts = |name: &str| {
            let items = facts[name].as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(String::from).collect()
        };
        FieldFacts {
            default: facts.get("default").map_or(String::new(), Value::to_string),
            patch_strategy: text("patchStrategy"),
            merge_key: text("mergeKey"),
            list_type: text("listType"),
            map_keys: texts("mapKeys"),
            enumeration: texts("enum"),
            enum_doc: self
                .enum_docs
                .get(&(definition.to_string(), field.to_string()))
                .cloned()
                .unwrap_or_default(),
        }
    }
}
