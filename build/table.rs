//! Turns schemas into static tables of numbers and one pool of names: small in wasm, nothing to
//! parse at run time.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::facts::{Facts, FieldFacts};
use crate::roots::Root;

/// Everything, interned. Row formats are those of the structs in `src/api/schema/rows.rs`.
pub struct Table {
    names: Interned<String>,
    types: Interned<Type>,
    field_facts: Interned<FieldFacts>,
    structs: Vec<String>,
    struct_numbers: BTreeMap<String, usize>,
    fields: Vec<String>,
    kinds: Vec<String>,
}

/// A type: its shape; what it is a list or a map of, or which struct it is; its name in Go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Type {
    shape: &'static str,
    of: usize,
    go: String,
}

struct Interned<T> {
    numbers: BTreeMap<T, usize>,
    rows: Vec<T>,
}

impl<T: Clone + Ord> Interned<T> {
    fn new(first: T) -> Self {
        let mut interned = Interned {
            numbers: BTreeMap::new(),
            rows: Vec::new(),
        };
        interned.number(first);
        interned
    }

    fn number(&mut self, row: T) -> usize {
        if let Some(number) = self.numbers.get(&row) {
            return *number;
        }
        self.rows.push(row.clone());
        self.numbers.insert(row, self.rows.len() - 1);
        self.rows.len() - 1
    }
}

impl Table {
    /// Interns all definitions and the roots.
    pub fn new(definitions: &Map<String, Value>, roots: &[Root], facts: &Facts) -> Self {
        let with_fields = definitions
            .iter()
            .filter(|(name, schema)| special(name).is_none() && schema["type"] == "object");
        let names: Vec<&String> = with_fields.map(|(name, _)| name).collect();
        let any = Type {
            shape: "Any",
            of: 0,
            go: "runtime.RawExtension".into(),
        };
        let mut table = Table {
            names: Interned::new(String::new()),
            types: Interned::new(any),
            field_facts: Interned::new(FieldFacts::default()),
            structs: Vec::new(),
            struct_numbers: names
                .iter()
                .enumerate()
                .map(|(number, name)| (name.to_string(), number))
                .collect(),
            fields: Vec::new(),
            kinds: Vec::new(),
        };
        for name in names {
            let is_root = roots.iter().any(|root| root.definition == *name);
            table.add_struct(name, &definitions[name], is_root, facts);
        }
        table.add_kinds(roots);
        table
    }

    fn add_struct(&mut self, definition: &str, schema: &Value, is_root: bool, facts: &Facts) {
        let number = self.names.number(definition.to_string());
        self.structs.push(format!(
            "StructRow {{ name: {number}, fields: {} }}",
            self.fields.len()
        ));
        let required = schema["required"].as_array().into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let mut fields: Vec<(&String, &Value)> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .collect();
        fields.sort_by_key(|(name, _)| *name);
        for (field, schema) in fields {
            let go = facts.go(definition, field);
            let named = go.and_then(|go| go.named_type.as_deref());
            let of = self.type_of(schema, named);
            let embedded = match (is_root, field.as_str()) {
                (true, "apiVersion" | "kind") => "TypeMeta",
                _ => go.map_or("", |go| &go.embedded),
            };
            let (name, embedded) = (
                self.names.number(field.clone()),
                self.names.number(embedded.to_string()),
            );
            let facts = self.field_facts.number(facts.of(definition, field));
            // The crate models `metadata` as always there; the published documents don't ask for it.
            let required = field != "metadata" && required.contains(&field.as_str());
            self.fields.push(format!(
                "FieldRow {{ name: {name}, of: {of}, embedded: {embedded}, facts: {facts}, required: {required} }}"
            ));
        }
    }

    fn add_kinds(&mut self, roots: &[Root]) {
        let mut roots: Vec<&Root> = roots.iter().collect();
        roots.sort_by_key(|root| (root.api_version, root.kind));
        for root in roots {
            let (version, kind, plural) = (
                self.names.number(root.api_version.into()),
                self.names.number(root.kind.into()),
                self.names.number(root.plural.into()),
            );
            let of = self.struct_type(&root.definition, None);
            let namespaced = root.namespaced;
            self.kinds.push(format!(
                "KindRow {{ api_version: {version}, kind: {kind}, plural: {plural}, of: {of}, namespaced: {namespaced} }}"
            ));
        }
    }

    /// The number of the type of `schema`, which Go calls `named` if that isn't what follows.
    fn type_of(&mut self, schema: &Value, named: Option<&str>) -> usize {
        if let Some(reference) = schema["$ref"].as_str() {
            let definition = reference
                .rsplit('/')
                .next()
                .expect("split gives one at least");
            return match special(definition) {
                Some(shape) => self.scalar(shape, named, &go_name(definition)),
                None => self.struct_type(definition, named),
            };
        }
        let format = schema["format"].as_str().unwrap_or_default();
        match (schema["type"].as_str(), format) {
            (Some("string"), "byte") => self.scalar("Bytes", named, "[]uint8"),
            (Some("string"), _) => self.scalar("String", named, "string"),
            (Some("integer"), "int32") => self.scalar("Int32", named, "int32"),
            (Some("integer"), _) => self.scalar("Int64", named, "int64"),
            (Some("number"), _) => self.scalar("Number", named, "float64"),
            (Some("boolean"), _) => self.scalar("Bool", named, "bool"),
            (Some("array"), _) => {
                let item = named.and_then(|go| go.strip_prefix("[]"));
                let of = self.type_of(&schema["items"], item);
                let go = format!("[]{}", self.types.rows[of].go);
                self.collection("List", of, named, go)
            }
            (Some("object"), _) => {
                let item = named.filter(|go| go.starts_with("map["));
                let item = item.and_then(|go| go.split_once(']')).map(|(_, item)| item);
                let of = self.type_of(&schema["additionalProperties"], item);
                let go = format!("map[string]{}", self.types.rows[of].go);
                self.collection("Map", of, named, go)
            }
            _ => panic!("a schema of no known type: {schema}"),
        }
    }

    fn scalar(&mut self, shape: &'static str, named: Option<&str>, otherwise: &str) -> usize {
        self.collection(shape, 0, named, otherwise.to_string())
    }

    fn struct_type(&mut self, definition: &str, named: Option<&str>) -> usize {
        let of = self.struct_numbers[definition];
        self.collection("Struct", of, named, go_name(definition))
    }

    fn collection(
        &mut self,
        shape: &'static str,
        of: usize,
        named: Option<&str>,
        otherwise: String,
    ) -> usize {
        let go = named.map_or(otherwise, |go| go.trim_start_matches('*').to_string());
        self.types.number(Type { shape, of, go })
    }

    /// The tables as Rust text.
    pub fn into_rust(mut self) -> String {
        let types: Vec<String> = std::mem::take(&mut self.types.rows)
            .into_iter()
            .map(|Type { shape, of, go }| {
                let go = self.names.number(go);
                format!("TypeRow {{ shape: Shape::{shape}, of: {of}, go: {go} }}")
            })
            .collect();
        let facts: Vec<String> = std::mem::take(&mut self.field_facts.rows)
            .into_iter()
            .map(|facts| self.facts_row(&facts))
            .collect();
        self.structs.push(format!(
            "StructRow {{ name: 0, fields: {} }}",
            self.fields.len()
        ));
        let mut text = String::new();
        let mut starts = vec![0];
        for name in &self.names.rows {
            starts.push(starts.last().expect("never empty") + name.len());
        }
        let starts: Vec<String> = starts.iter().map(ToString::to_string).collect();
        writeln!(text, "static NAMES: &str = {:?};", self.names.rows.concat()).expect("in memory");
        for (name, row, rows) in [
            ("NAME_STARTS", "u16", &starts),
            ("TYPES", "TypeRow", &types),
            ("STRUCTS", "StructRow", &self.structs),
            ("FIELDS", "FieldRow", &self.fields),
            ("FACTS", "FactsRow", &facts),
            ("KINDS", "KindRow", &self.kinds),
        ] {
            let count = rows.len();
            let rows = rows.join(",\n    ");
            writeln!(text, "static {name}: [{row}; {count}] = [\n    {rows}\n];")
                .expect("in memory");
        }
        text
    }

    fn facts_row(&mut self, facts: &FieldFacts) -> String {
        let mut number = |text: &String| self.names.number(text.clone());
        let enumeration: Vec<usize> = facts.enumeration.iter().map(&mut number).collect();
        let map_keys: Vec<usize> = facts.map_keys.iter().map(&mut number).collect();
        format!(
            "FactsRow {{ enumeration: &{enumeration:?}, default: {}, patch_strategy: {}, merge_key: {}, list_type: {}, map_keys: &{map_keys:?}, map_type: {} }}",
            number(&facts.default),
            number(&facts.patch_strategy),
            number(&facts.merge_key),
            number(&facts.list_type),
            number(&facts.map_type),
        )
    }
}

/// `v1.PodSpec` for `io.k8s.api.core.v1.PodSpec`.
fn go_name(definition: &str) -> String {
    let mut parts = definition.rsplit('.');
    let name = parts.next().unwrap_or_default();
    let package = parts.next().unwrap_or_default();
    format!("{package}.{name}")
}

/// The shape of a definition that is no plain struct in JSON. The JSON schema's own unions count as
/// anything at all.
fn special(definition: &str) -> Option<&'static str> {
    Some(match definition.rsplit('.').next()? {
        "Quantity" => "Quantity",
        "IntOrString" => "IntOrString",
        "Time" => "Time",
        "MicroTime" => "MicroTime",
        "RawExtension" | "FieldsV1" | "JSON" => "Any",
        "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => {
            "Any"
        }
        _ => return None,
    })
}
