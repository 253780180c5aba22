//! The complete schema of v1.36: every field of every kind that an API server serves by default.
//! Models the published OpenAPI documents, with Go's names where the JSON decoder's errors tell them.
//! Left out: documentation (too large to load with the page), and what is inside the unions of JSON
//! schema (`items`, `additionalProperties` of a CustomResourceDefinition count as anything).
//!
//! The table is made by `build.rs`; nothing is parsed at run time.

/// The rows of the table.
mod rows;

pub use rows::Shape;
use rows::{FactsRow, FieldRow, KindRow, StructRow, TypeRow};

include!(concat!(env!("OUT_DIR"), "/schema_table.rs"));

/// A type of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u16);

/// A field of a struct.
#[derive(Clone, Copy)]
pub struct Field(&'static FieldRow);

/// A kind that the API server serves.
#[derive(Clone, Copy)]
pub struct Kind(&'static KindRow);

impl TypeId {
    fn row(self) -> &'static TypeRow {
        &TYPES[usize::from(self.0)]
    }

    /// What JSON it takes.
    pub fn shape(self) -> Shape {
        self.row().shape
    }

    /// As Go's reflection prints it: `v1.PodSpec`, `[]v1.EnvVar`, `map[string]string`.
    pub fn go(self) -> &'static str {
        name(self.row().go)
    }

    /// A list's or map's type of what is in it.
    pub fn item(self) -> Option<TypeId> {
        matches!(self.shape(), Shape::List | Shape::Map).then(|| TypeId(self.row().of))
    }

    /// A struct's name in the published documents: `io.k8s.api.core.v1.PodSpec`. Else empty.
    pub fn definition(self) -> &'static str {
        match self.shape() {
            Shape::Struct => name(STRUCTS[usize::from(self.row().of)].name),
            _ => "",
        }
    }

    /// A struct's name in Go: `PodSpec`. Else empty.
    pub fn struct_name(self) -> &'static str {
        self.definition().rsplit('.').next().unwrap_or_default()
    }

    /// A struct's fields, by name. None of any other type.
    pub fn fields(self) -> impl ExactSizeIterator<Item = Field> {
        self.field_rows().iter().map(Field)
    }

    /// A struct's field `field`.
    pub fn field(self, field: &str) -> Option<Field> {
        let rows = self.field_rows();
        let found = rows
            .binary_search_by(|row| name(row.name).cmp(field))
            .ok()?;
        Some(Field(&rows[found]))
    }

    fn field_rows(self) -> &'static [FieldRow] {
        if self.shape() != Shape::Struct {
            return &[];
        }
        let of = usize::from(self.row().of);
        &FIELDS[STRUCTS[of].fields.into()..STRUCTS[of + 1].fields.into()]
    }
}

impl Field {
    /// `containerPort`
    pub fn name(self) -> &'static str {
        name(self.0.name)
    }

    /// Its type.
    pub fn of(self) -> TypeId {
        TypeId(self.0.of)
    }

    /// Does the schema require it?
    pub fn is_required(self) -> bool {
        self.0.required
    }

    /// The embedded Go structs that it comes from, joined by dots; empty for none.
    pub fn embedded(self) -> &'static str {
        name(self.0.embedded)
    }

    fn facts(self) -> &'static FactsRow {
        &FACTS[usize::from(self.0.facts)]
    }

    /// The values that the server publishes; none where it is free.
    pub fn enumeration(self) -> impl Iterator<Item = &'static str> {
        self.facts().enumeration.iter().copied().map(name)
    }

    /// The published default as JSON text; empty for none. Most defaults are set by code instead.
    pub fn default(self) -> &'static str {
        name(self.facts().default)
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
        let strategies = name(self.facts().patch_strategy);
        strategies.split(',').any(|each| each == strategy)
    }

    /// Which field tells the items of a merged list apart; empty for plain values.
    pub fn merge_key(self) -> &'static str {
        name(self.facts().merge_key)
    }

    /// `atomic`, `set`, `map`, or empty.
    pub fn list_type(self) -> &'static str {
        name(self.facts().list_type)
    }

    /// Which fields tell the items of a list of type `map` apart.
    pub fn map_keys(self) -> impl Iterator<Item = &'static str> {
        self.facts().map_keys.iter().copied().map(name)
    }

    /// `atomic`, `granular`, or empty.
    pub fn map_type(self) -> &'static str {
        name(self.facts().map_type)
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
        name(self.0.api_version)
    }

    /// `Deployment`
    pub fn kind(self) -> &'static str {
        name(self.0.kind)
    }

    /// `deployments`
    pub fn plural(self) -> &'static str {
        name(self.0.plural)
    }

    /// Does it live in a namespace?
    pub fn is_namespaced(self) -> bool {
        self.0.namespaced
    }

    /// Its type, a struct.
    pub fn of(self) -> TypeId {
        TypeId(self.0.of)
    }

    /// `apps`; empty for the core group.
    pub fn group(self) -> &'static str {
        self.api_version()
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// `v1`
    pub fn version(self) -> &'static str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }
}

/// The kind `kind` of `api_version`, if an API server v1.36 serves it by default.
pub fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    let found = KINDS
        .binary_search_by(|row| (name(row.api_version), name(row.kind)).cmp(&(api_version, kind)));
    Some(Kind(&KINDS[found.ok()?]))
}

/// Every kind, by group, version and name.
pub fn kinds() -> impl ExactSizeIterator<Item = Kind> {
    KINDS.iter().map(Kind)
}

fn name(number: u16) -> &'static str {
    let number = usize::from(number);
    &NAMES[NAME_STARTS[number].into()..NAME_STARTS[number + 1].into()]
}

#[cfg(test)]
mod tests {
    use super::{Shape, kind, kinds};

    #[test]
    fn a_field_knows_its_type_and_its_go_names() {
        let pod = kind("v1", "Pod").expect("served");
        assert_eq!((pod.plural(), pod.is_namespaced()), ("pods", true));
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
        let values: Vec<_> = policy.enumeration().collect();
        assert_eq!(values, ["Always", "IfNotPresent", "Never"]);
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
