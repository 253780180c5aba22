//! Turns schemas into tables of text and bytes that are small once compressed. One line a struct,
//! with the names of its fields; beside it, in columns, two bytes of type and one of facts a field.
//! What the lines and bytes mean: `src/api/schema/mod.rs`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::documentation::Documentation;
use crate::facts::{Facts, FieldFacts};
use crate::plural::plural;
use crate::roots::Root;

/// Types that aren't made of others: their names in `Shape`, and in Go.
const SCALARS: [(&str, &str); 11] = [
    ("String", "string"),
    ("Int32", "int32"),
    ("Bool", "bool"),
    ("Int64", "int64"),
    ("Time", "v1.Time"),
    ("Quantity", "resource.Quantity"),
    ("IntOrString", "intstr.IntOrString"),
    ("Any", "runtime.RawExtension"),
    ("MicroTime", "v1.MicroTime"),
    ("Bytes", "[]uint8"),
    ("Number", "float64"),
];

/// A type: which struct, scalar or named type, in this order of numbers, and what is made of it.
#[derive(Clone, Copy)]
struct Type {
    base: usize,
    made: Made,
}

/// What is made of a type. Numbers as the table has them.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    Itself = 0,
    List = 1,
    Map = 2,
    MapOfLists = 3,
}

/// The table while it grows.
pub struct Table<'a> {
    facts: &'a Facts,
    /// By package: its API version if it has kinds, and its structs.
    packages: BTreeMap<(String, String), Vec<&'a str>>,
    structs: BTreeMap<&'a str, usize>,
    /// Lines of structs.
    lines: Vec<String>,
    /// Types of all fields.
    types: Vec<u16>,
    /// Facts of all fields.
    rows: Vec<String>,
    /// Named types, and what they stand for.
    named: Vec<(String, u16)>,
    /// What is said of structs and fields.
    pub documentation: Documentation,
}

impl<'a> Table<'a> {
    /// Writes down all definitions and the roots.
    pub fn new(definitions: &'a Map<String, Value>, roots: &'a [Root], facts: &'a Facts) -> Self {
        let mut packages: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for (name, schema) in definitions {
            if special(name).is_none() && schema["type"] == "object" {
                let package = package(name);
                let mut of_package = roots
                    .iter()
                    .filter(|root| self::package(&root.definition) == package);
                // Behind all that have kinds.
                let version = of_package.next().map_or("~", |root| root.api_version);
                packages
                    .entry((version.to_string(), package.to_string()))
                    .or_default()
                    .push(name);
            }
        }
        let order: Vec<&str> = packages.values().flatten().copied().collect();
        let mut table = Table {
            facts,
            packages,
            structs: order
                .iter()
                .enumerate()
                .map(|(number, name)| (*name, number))
                .collect(),
            lines: Vec::new(),
            types: Vec::new(),
            rows: Vec::new(),
            named: Vec::new(),
            documentation: Documentation::new(definitions),
        };
        for definition in order {
            let root = roots.iter().find(|root| root.definition == definition);
            table.add_struct(definition, &definitions[definition], root);
        }
        table
    }

    fn add_struct(&mut self, definition: &str, schema: &Value, root: Option<&Root>) {
        let name = definition.rsplit('.').next().unwrap_or_default();
        let mark = match root {
            None => "",
            Some(root) if root.namespaced => "+",
            Some(_) => "-",
        };
        if let Some(root) = root {
            assert_eq!(
                (root.kind, root.plural),
                (name, &*plural(name)),
                "names of a kind"
            );
        }
        let mut line = format!("{mark}{name}");
        self.documentation.add_struct(schema);
        let required = schema["required"].as_array().into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let fields: BTreeMap<&String, &Value> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .collect();
        for (field, schema) in fields {
            line.push(' ');
            line.push_str(field);
            let go = self.facts.go(definition, field);
            let of = self.type_of(schema, go.and_then(|go| go.named_type.as_deref()));
            self.types.push(of.number());
            let embedded = match (root, field.as_str()) {
                (Some(_), "apiVersion" | "kind") => "TypeMeta",
                _ => go.map_or("", |go| &go.embedded),
            };
            // The crate models these as always there; the published documents don't ask for them.
            let said = schema["description"].as_str().unwrap_or_default();
            let may_be_left_out = field == "metadata" || said.contains(" is allowed to be empty. ");
            let is_required = required.contains(&field.as_str()) && !may_be_left_out;
            let facts = self.facts.of(definition, field);
            self.documentation.add_field(schema, &facts);
            self.rows.push(row(is_required, embedded, &facts));
        }
        self.lines.push(line);
    }

    /// The type of `schema`, which Go calls `named` if that isn't what follows.
    fn type_of(&mut self, schema: &Value, named: Option<&str>) -> Type {
        let (of, otherwise) = self.plain_type_of(schema, named);
        let go = named.map_or(otherwise, |go| go.trim_start_matches('*').to_string());
        if go == self.go(of) {
            return of;
        }
        let named = (go, of.number());
        let known = self.named.iter().position(|known| *known == named);
        let number = known.unwrap_or_else(|| {
            self.named.push(named);
            self.named.len() - 1
        });
        Type::plain(self.structs.len() + SCALARS.len() + number)
    }

    /// The type of `schema` without a name of its own, and what Go calls it then.
    fn plain_type_of(&mut self, schema: &Value, named: Option<&str>) -> (Type, String) {
        let Some(reference) = schema["$ref"].as_str() else {
            let of = self.inline_type_of(schema, named);
            return (of, self.go(of));
        };
        let definition = reference.rsplit('/').next().unwrap_or_default();
        let of = match special(definition) {
            Some(shape) => self.scalar(shape),
            None => Type::plain(self.structs[definition]),
        };
        (of, go_name(definition))
    }

    fn inline_type_of(&mut self, schema: &Value, named: Option<&str>) -> Type {
        let format = schema["format"].as_str().unwrap_or_default();
        match (schema["type"].as_str(), format) {
            (Some("string"), "byte") => self.scalar("Bytes"),
            (Some("string"), _) => self.scalar("String"),
            (Some("integer"), "int32") => self.scalar("Int32"),
            (Some("integer"), _) => self.scalar("Int64"),
            (Some("number"), _) => self.scalar("Number"),
            (Some("boolean"), _) => self.scalar("Bool"),
            (Some("array"), _) => {
                let item = named.and_then(|go| go.strip_prefix("[]"));
                self.type_of(&schema["items"], item).made_into(Made::List)
            }
            (Some("object"), _) => {
                let item = named.filter(|go| go.starts_with("map["));
                let item = item.and_then(|go| go.split_once(']')).map(|(_, item)| item);
                let of = self.type_of(&schema["additionalProperties"], item);
                of.made_into(Made::Map)
            }
            _ => panic!("a schema of no known type: {schema}"),
        }
    }

    fn scalar(&self, shape: &str) -> Type {
        let number = SCALARS.iter().position(|(known, _)| *known == shape);
        let number = number.unwrap_or_else(|| panic!("{shape} is no scalar"));
        Type::plain(self.structs.len() + number)
    }

    /// What Go calls `of`.
    fn go(&self, of: Type) -> String {
        let made = ["", "[]", "map[string]", "map[string][]"][of.made as usize];
        let definition = self.structs.iter().find(|(_, number)| **number == of.base);
        let base = match (definition, of.base.checked_sub(self.structs.len())) {
            (Some((definition, _)), _) => go_name(definition),
            (None, Some(scalar)) if scalar < SCALARS.len() => SCALARS[scalar].1.to_string(),
            (None, number) => self.named[number.unwrap_or_default() - SCALARS.len()]
                .0
                .clone(),
        };
        made.to_string() + &base
    }

    /// The tables as Rust text.
    pub fn into_rust(self) -> String {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row).or_default() += 1;
        }
        let mut facts: Vec<&String> = counts.keys().copied().collect();
        // What most fields have is found first.
        facts.sort_by_key(|row| (usize::MAX - counts[row], *row));
        let number = |row: &String| facts.iter().position(|known| *known == row);
        let of_fields: Vec<usize> = self.rows.iter().filter_map(number).collect();
        assert!(facts.len() <= 256, "a field has one byte for its facts");
        let column =
            |shift: u32| -> Vec<u16> { self.types.iter().map(|of| of >> shift & 0xff).collect() };
        let mut ends = 0;
        let mut starts = vec![0];
        for structs in self.packages.values() {
            ends += structs.len();
            starts.push(ends);
        }
        let package = |(version, name): &(String, String)| {
            (version.trim_start_matches('~').to_string(), name.clone())
        };
        let packages: Vec<(String, String)> = self.packages.keys().map(package).collect();
        let shapes: Vec<String> = SCALARS
            .iter()
            .map(|(shape, _)| format!("Shape::{shape}"))
            .collect();
        let scalars = SCALARS.iter().map(|(_, go)| go.to_string());
        let named: Vec<String> = scalars
            .chain(self.named.iter().map(|(name, _)| name.clone()))
            .collect();
        let stand_for: Vec<u16> = self.named.iter().map(|(_, of)| *of).collect();
        let facts: Vec<String> = facts.into_iter().cloned().collect();
        [
            format!(
                "const SCALARS: [Shape; {}] = [{}];\n",
                shapes.len(),
                shapes.join(", ")
            ),
            format!("const STRUCT_COUNT: u16 = {};\n", self.lines.len()),
            numbers("PACKAGES", "(&str, &str)", &packages),
            numbers("PACKAGE_STARTS", "u16", &starts),
            text("STRUCTS", &self.lines),
            numbers("STARTS", "[u16; 2]", &starts_of(&self.lines)),
            numbers("TYPES_HIGH", "u8", &column(8)),
            numbers("TYPES_LOW", "u8", &column(0)),
            numbers("FIELD_FACTS", "u8", &of_fields),
            numbers("FACTS", "&str", &facts),
            text("NAMED", &named),
            numbers("STAND_FOR", "u16", &stand_for),
        ]
        .concat()
    }
}

impl Type {
    fn plain(base: usize) -> Self {
        Type {
            base,
            made: Made::Itself,
        }
    }

    fn made_into(self, made: Made) -> Self {
        let made = match (self.made, made) {
            (Made::Itself, made) => made,
            (Made::List, Made::Map) => Made::MapOfLists,
            _ => panic!("no type is that deep"),
        };
        Type { made, ..self }
    }

    fn number(self) -> u16 {
        assert!(self.base < 1 << 12, "12 bits hold all types");
        (self.made as u16) << 12 | self.base as u16
    }
}

/// A field's facts as a line.
fn row(is_required: bool, embedded: &str, facts: &FieldFacts) -> String {
    let list_type = match &*facts.list_type {
        "atomic" => "",
        other => other,
    };
    let keys = facts.map_keys.join(",");
    let required = if is_required { "required" } else { "" };
    let cells = [
        required,
        embedded,
        &facts.default,
        &facts.patch_strategy,
        &facts.merge_key,
        list_type,
        &keys,
    ];
    assert!(
        cells.iter().all(|cell| !cell.contains(['|', '\n'])),
        "{cells:?}"
    );
    cells.join("|").trim_end_matches('|').to_string()
}

/// Where each line begins, and the number of its first field; and where the last one ends.
fn starts_of(lines: &[String]) -> Vec<[usize; 2]> {
    let mut starts = vec![[0, 0]];
    for line in lines {
        let [at, fields] = starts[starts.len() - 1];
        starts.push([at + line.len() + 1, fields + line.matches(' ').count()]);
    }
    starts
}

fn text(name: &str, lines: &[String]) -> String {
    format!("static {name}: &str = {:?};\n", lines.join("\n"))
}

fn numbers<T: std::fmt::Debug>(name: &str, of: &str, rows: &[T]) -> String {
    format!("static {name}: [{of}; {}] = {rows:?};\n", rows.len())
}

/// `io.k8s.api.core.v1` for `io.k8s.api.core.v1.PodSpec`.
fn package(definition: &str) -> &str {
    definition
        .rsplit_once('.')
        .map_or("", |(package, _)| package)
}

/// `v1.PodSpec` for `io.k8s.api.core.v1.PodSpec`.
fn go_name(definition: &str) -> String {
    let (package, name) = definition.rsplit_once('.').unwrap_or_default();
    let version = package.rsplit('.').next().unwrap_or_default();
    format!("{version}.{name}")
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
