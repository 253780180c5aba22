//! The complete schema of v1.36: every field of every kind that an API server serves by default.
//! Models the published OpenAPI documents, with Go's names where the JSON decoder's errors tell them.
//! Left out: what is inside the unions of JSON schema (`items`, `additionalProperties` of a
//! CustomResourceDefinition count as anything).
//!
//! `build.rs` makes the tables, small rather than handy; they are read where they lie:
//! - `STRUCTS`: a line a struct, with its fields: `+Pod apiVersion kind metadata spec status`. A kind
//!   that lives in a namespace is marked `+`, any other kind `-`. Each package's are in order.
//!   `STARTS`: where each line begins, and how many fields are before it.
//! - `PACKAGES`: `apps/v1` and `io.k8s.api.apps.v1`, in the order of the structs, whose first is in
//!   `PACKAGE_STARTS`.
//! - `TYPES_HIGH`, `TYPES_LOW`, `FIELD_FACTS`: a byte a field.
//! - A type: twelve bits for a struct, behind them the `SCALARS`, behind them named types; four bits
//!   for what is made of it. `NAMED`: a line a scalar or named type, as Go has it. `STAND_FOR`: what
//!   type a named one is.
//! - `FACTS`: a line of cells for each combination of facts; those that most fields have come first.

/// Plurals of kinds.
mod plural;

/// The shapes of types.
mod shape;

/// What is said of types and fields.
#[cfg(feature = "documentation")]
pub mod documentation;

use std::cmp::Ordering;

pub use shape::Shape;

include!(concat!(env!("OUT_DIR"), "/schema_table.rs"));

/// A type of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u16);

/// A field of a struct.
#[derive(Clone, Copy)]
pub struct Field {
    name: &'static str,
    number: usize,
}

/// A kind that the API server serves: a struct's number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind(u16);

/// What is made of a type, in the bits above it.
const LIST: u16 = 1 << 12;
const MAP: u16 = 2 << 12;
const MAP_OF_LISTS: u16 = 3 << 12;
const BASE: u16 = LIST - 1;

impl TypeId {
    /// What a type with a name of its own stands for.
    fn meant(self) -> TypeId {
        let named = self.0.checked_sub(STRUCT_COUNT + SCALARS.len() as u16);
        let found = named.and_then(|named| STAND_FOR.get(usize::from(named)));
        found.map_or(self, |meant| TypeId(*meant))
    }

    /// What JSON it takes.
    pub fn shape(self) -> Shape {
        let of = self.meant().0;
        match of & !BASE {
            LIST => Shape::List,
            0 => match of.checked_sub(STRUCT_COUNT) {
                Some(scalar) => SCALARS[usize::from(scalar)],
                None => Shape::Struct,
            },
            _ => Shape::Map,
        }
    }

    /// As Go's reflection prints it: `v1.PodSpec`, `[]v1.EnvVar`, `map[string]string`.
    pub fn go(self) -> String {
        let made = match self.0 & !BASE {
            LIST => "[]",
            MAP => "map[string]",
            MAP_OF_LISTS => "map[string][]",
            _ => "",
        };
        let base = self.0 & BASE;
        match base.checked_sub(STRUCT_COUNT) {
            Some(number) => format!("{made}{}", nth(NAMED, '\n', number.into())),
            None => {
                let version = package(base).1.rsplit('.').next().unwrap_or_default();
                format!("{made}{version}.{}", TypeId(base).struct_name())
            }
        }
    }

    /// A list's or map's type of what is in it.
    pub fn item(self) -> Option<TypeId> {
        let of = self.meant().0;
        let item = match of & !BASE {
            LIST | MAP => of & BASE,
            MAP_OF_LISTS => of & BASE | LIST,
            _ => return None,
        };
        Some(TypeId(item))
    }

    /// Which struct it is.
    fn number(self) -> Option<u16> {
        let of = self.meant().0;
        (of < STRUCT_COUNT).then_some(of)
    }

    /// A struct's name in the published documents: `io.k8s.api.core.v1.PodSpec`. Else empty.
    pub fn definition(self) -> String {
        let named = |number| format!("{}.{}", package(number).1, self.struct_name());
        self.number().map(named).unwrap_or_default()
    }

    /// A struct's package and name: `io.k8s.api.core.v1` and `PodSpec`. Else empty.
    pub fn definition_parts(self) -> (&'static str, &'static str) {
        let parts = |number| (package(number).1, self.struct_name());
        self.number().map(parts).unwrap_or_default()
    }

    /// A struct's name in Go: `PodSpec`. Else empty.
    pub fn struct_name(self) -> &'static str {
        let named = |number| {
            let name = words(line(number).0).next().unwrap_or_default();
            name.trim_start_matches(['+', '-'])
        };
        self.number().map(named).unwrap_or_default()
    }

    /// A struct's fields, by name. None of any other type.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        let (line, first) = self.number().map(line).unwrap_or_default();
        let names = words(line).skip(1);
        let numbered = names.zip(first..);
        numbered.map(|(name, number)| Field { name, number })
    }

    /// A struct's field `field`.
    pub fn field(self, field: &str) -> Option<Field> {
        self.fields().find(|known| known.name == field)
    }
}

impl Field {
    /// `containerPort`
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its type.
    pub fn of(self) -> TypeId {
        let column = |column: &[u8]| u16::from(column[self.number]);
        TypeId(column(&TYPES_HIGH) << 8 | column(&TYPES_LOW))
    }

    /// A cell of its line of facts.
    fn fact(self, cell: usize) -> &'static str {
        nth(self.facts(), '|', cell)
    }

    fn facts(self) -> &'static str {
        FACTS[usize::from(FIELD_FACTS[self.number])]
    }

    /// Does the schema require it?
    pub fn is_required(self) -> bool {
        !(self.facts().is_empty() || self.facts().starts_with('|'))
    }

    /// The embedded Go structs that it comes from, joined by dots; empty for none.
    pub fn embedded(self) -> &'static str {
        self.fact(1)
    }

    /// The published default as JSON text; empty for none. Most defaults are set by code instead.
    pub fn default(self) -> &'static str {
        self.fact(2)
    }

    /// Does a strategic merge patch merge it (`merge`), or replace it (the default)?
    pub fn is_merged(self) -> bool {
        self.has_strategy("merge")
    }

    /// Does a strategic merge patch drop what a later version doesn't name (`retainKeys`)?
    pub fn retains_keys(self) -> bool {
        self.has_strategy("retainKeys")
    }

    fn has_strategy(self, strategy: &str) -> bool {
        self.fact(3).split(',').any(|each| each == strategy)
    }

    /// Which field tells the items of a merged list apart; empty for plain values.
    pub fn merge_key(self) -> &'static str {
        self.fact(4)
    }

    /// `set`, `map`, or empty: it is replaced as a whole.
    pub fn list_type(self) -> &'static str {
        self.fact(5)
    }

    /// Which fields tell the items of a list of type `map` apart.
    pub fn map_keys(self) -> impl Iterator<Item = &'static str> {
        self.fact(6).split(',').filter(|key| !key.is_empty())
    }
}

/// `apps/v1 Deployment`
impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind())
    }
}

impl Kind {
    /// `apps/v1`
    pub fn api_version(self) -> &'static str {
        package(self.0).0
    }

    /// `Deployment`
    pub fn kind(self) -> &'static str {
        self.of().struct_name()
    }

    /// `deployments`
    pub fn plural(self) -> String {
        plural::plural(self.kind())
    }

    /// Does it live in a namespace?
    pub fn is_namespaced(self) -> bool {
        line(self.0).0.starts_with('+')
    }

    /// Its type, a struct.
    pub fn of(self) -> TypeId {
        TypeId(self.0)
    }

    /// `apps`; empty for the core group.
    pub fn group(self) -> &'static str {
        group_of(self.api_version())
    }

    /// `v1`
    pub fn version(self) -> &'static str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }
}

/// The kind `kind` of `api_version`, if an API server v1.36 serves it by default.
pub fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    let of_version = |(version, _): &(&str, &str)| *version == api_version;
    let package = PACKAGES.iter().position(of_version)?;
    let (mut low, mut high) = (PACKAGE_STARTS[package], PACKAGE_STARTS[package + 1]);
    while low < high {
        let middle = low.midpoint(high);
        match TypeId(middle).struct_name().cmp(kind) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return is_kind(line(middle).0).then_some(Kind(middle)),
        }
    }
    None
}

/// The kind `kind` of any version of `group`.
pub fn kind_of_group(group: &str, kind: &str) -> Option<Kind> {
    let versions = PACKAGES.iter().map(|(version, _)| *version);
    let mut of_group = versions.filter(|version| group_of(version) == group);
    of_group.find_map(|version| self::kind(version, kind))
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Every kind, by group, version and name.
pub fn kinds() -> impl Iterator<Item = Kind> {
    let numbered = STRUCTS.split('\n').zip(0..);
    numbered.filter_map(|(line, number)| is_kind(line).then_some(Kind(number)))
}

fn is_kind(line: &str) -> bool {
    line.starts_with(['+', '-'])
}

/// The line of a struct, and the number of its first field.
fn line(number: u16) -> (&'static str, usize) {
    let [start, fields] = STARTS[usize::from(number)];
    let [end, _] = STARTS[usize::from(number) + 1];
    (&STRUCTS[start.into()..usize::from(end) - 1], fields.into())
}

/// The API version and the name of a struct's package.
fn package(number: u16) -> (&'static str, &'static str) {
    PACKAGES[PACKAGE_STARTS.partition_point(|start| *start <= number) - 1]
}

/// The words of a line. They are short: a search for each blank would cost more.
fn words(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split_ascii_whitespace()
}

/// A part of a text; empty where there are less.
fn nth(text: &'static str, separator: char, number: usize) -> &'static str {
    text.split(separator).nth(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Shape, kind, kinds};

    #[test]
    fn a_field_knows_its_type_and_its_go_names() {
        let pod = kind("v1", "Pod").expect("served");
        assert_eq!((&*pod.plural(), pod.is_namespaced()), ("pods", true));
        let spec = pod.of().field("spec").expect("there").of();
        let containers = spec.field("containers").expect("there");
        assert!(containers.is_required() && containers.is_merged());
        assert_eq!(containers.merge_key(), "name");
        assert_eq!(containers.of().go(), "[]v1.Container");
        let container = containers.of().item().expect("a list");
        assert_eq!(container.struct_name(), "Container");
        let exec = container
            .field("livenessProbe")
            .and_then(|probe| probe.of().field("exec"));
        assert_eq!(exec.expect("there").embedded(), "ProbeHandler");
        let policy = container.field("imagePullPolicy").expect("there");
        assert_eq!(policy.of().go(), "v1.PullPolicy");
        let limits = container
            .field("resources")
            .and_then(|it| it.of().field("limits"));
        assert_eq!(limits.expect("there").of().go(), "v1.ResourceList");
    }

    #[test]
    fn only_what_v1_36_serves_by_default_is_there() {
        assert!(kind("apps/v1", "Deployment").is_some());
        assert!(kind("apps/v1beta1", "Deployment").is_none());
        assert!(kind("v1", "Deployment").is_none());
        assert!(kinds().all(|kind| kind.of().shape() == Shape::Struct));
    }
}
