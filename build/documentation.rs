//! What the published documents say of each struct and field, as tables: each text once.
//! What the tables mean: `src/api/schema/documentation.rs`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::facts::FieldFacts;

/// Definitions that are no structs, but have a text: in the order of `OTHERS`.
const OTHERS: [&str; 4] = [
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
];

/// The tables while they grow.
#[derive(Default)]
pub struct Documentation {
    texts: BTreeMap<String, usize>,
    in_order: Vec<String>,
    structs: Vec<usize>,
    fields: Vec<usize>,
    others: Vec<usize>,
    /// Fields by number, with their values.
    enumerations: Vec<(usize, String)>,
}

impl Documentation {
    /// With the texts of definitions that are no structs.
    pub fn new(definitions: &Map<String, Value>) -> Self {
        let mut documentation = Documentation::default();
        for name in OTHERS {
            let text = definitions
                .get(name)
                .and_then(|it| it["description"].as_str());
            let number = documentation.text(text.unwrap_or_default());
            documentation.others.push(number);
        }
        documentation
    }

    fn text(&mut self, text: &str) -> usize {
        // An end of line inside a text.
        let text = text.replace('\n', "\u{1}");
        if let Some(known) = self.texts.get(&text) {
            return *known;
        }
        let number = self.in_order.len();
        self.texts.insert(text.clone(), number);
        self.in_order.push(text);
        number
    }

    /// The next struct.
    pub fn add_struct(&mut self, schema: &Value) {
        let number = self.text(schema["description"].as_str().unwrap_or_default());
        self.structs.push(number);
    }

    /// The next field.
    pub fn add_field(&mut self, schema: &Value, facts: &FieldFacts) {
        let mut text = schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        if !facts.enum_doc.is_empty() {
            if !text.is_empty() {
                text += "\n\n";
            }
            text += &facts.enum_doc;
        }
        let is_list = schema["type"] == "array";
        if !facts.enumeration.is_empty() && !is_list {
            let values = facts.enumeration.join(",");
            self.enumerations.push((self.fields.len(), values));
        }
        let number = self.text(&text);
        self.fields.push(number);
    }

    /// The tables as Rust text.
    pub fn as_rust(&self) -> String {
        let numbers = |name: &str, rows: &[usize]| {
            format!("static {name}: [u16; {}] = {rows:?};\n", rows.len())
        };
        [
            format!("static TEXTS: &str = {:?};\n", self.in_order.join("\n")),
            numbers("TEXT_OF_STRUCT", &self.structs),
            numbers("TEXT_OF_FIELD", &self.fields),
            numbers("TEXT_OF_OTHER", &self.others),
            format!(
                "static ENUMERATIONS: [(u16, &str); {}] = {:?};\n",
                self.enumerations.len(),
                self.enumerations
            ),
        ]
        .concat()
    }
}
