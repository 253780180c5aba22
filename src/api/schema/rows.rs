//! The rows of the table that `build.rs` makes. Numbers are indices: of names into the pool, of
//! types, structs and facts into their tables.

/// What JSON a type takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Anything at all: `runtime.RawExtension`, `FieldsV1`, a JSON schema's unions.
    Any,
    /// Text.
    String,
    /// Text that is base64.
    Bytes,
    /// RFC 3339, whole seconds.
    Time,
    /// RFC 3339, microseconds.
    MicroTime,
    /// `100m`, `4Gi`, or a number.
    Quantity,
    /// A whole number of 32 bits, or text.
    IntOrString,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Number,
    /// `true` or `false`
    Bool,
    /// A list; all items of one type.
    List,
    /// A map with free keys; all values of one type.
    Map,
    /// A map with known keys.
    Struct,
}

pub(super) struct TypeRow {
    pub shape: Shape,
    /// List and map: the type of what is in it. Struct: which.
    pub of: u16,
    /// As Go's reflection prints it.
    pub go: u16,
}

/// A struct's fields go from its `fields` to the next one's; the last row is only such an end.
pub(super) struct StructRow {
    pub name: u16,
    pub fields: u16,
}

/// Fields of a struct are in the order of their names.
pub(super) struct FieldRow {
    pub name: u16,
    pub of: u16,
    pub embedded: u16,
    pub facts: u16,
    pub required: bool,
}

pub(super) struct FactsRow {
    pub enumeration: &'static [u16],
    pub default: u16,
    pub patch_strategy: u16,
    pub merge_key: u16,
    pub list_type: u16,
    pub map_keys: &'static [u16],
    pub map_type: u16,
}

/// In the order of `api_version` and `kind`.
pub(super) struct KindRow {
    pub api_version: u16,
    pub kind: u16,
    pub plural: u16,
    pub of: u16,
    pub namespaced: bool,
}
