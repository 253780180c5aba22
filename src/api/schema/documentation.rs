//! What the published documents say of structs and fields, for `kubectl explain`. Too large for a page
//! that may never ask: it is there with the feature `documentation`.
//!
//! `build/documentation.rs` makes the tables: `TEXTS`, a line a text, with U+0001 for ends of lines
//! inside; which of them a struct, a field or another definition has; values of enumerations by field.

use super::{Field, Shape, TypeId, nth};

include!(concat!(env!("OUT_DIR"), "/schema_documentation.rs"));

fn text(number: u16) -> String {
    nth(TEXTS, '\n', number.into()).replace('\u{1}', "\n")
}

/// What is said of a type by itself; empty for those of Go.
pub fn of_type(of: TypeId) -> String {
    let other = match of.shape() {
        Shape::Struct => {
            let number = of.number().unwrap_or_default();
            return text(TEXT_OF_STRUCT[usize::from(number)]);
        }
        Shape::Quantity => 0,
        Shape::IntOrString => 1,
        Shape::Time => 2,
        Shape::MicroTime => 3,
        _ => return String::new(),
    };
    text(TEXT_OF_OTHER[other])
}

/// What is said of a field.
pub fn of_field(field: Field) -> String {
    text(TEXT_OF_FIELD[field.number])
}

/// The values that a field may have, where these are few.
pub fn enumeration(field: Field) -> Vec<&'static str> {
    let place = ENUMERATIONS.binary_search_by_key(&field.number, |(number, _)| (*number).into());
    let values = place.ok().map(|place| ENUMERATIONS[place].1);
    values.map_or(Vec::new(), |values| values.split(',').collect())
}
