//! What JSON a type takes. Models `type` and `format` of the published OpenAPI documents.

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
