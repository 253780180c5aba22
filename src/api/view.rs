//! Reading a view out of a tree, and asking a view which paths it reads.
//!
//! A view is a struct that derives `Deserialize`. [`read`] fills it from a [`Value`]; [`paths_of`]
//! hands the same `Deserialize` a reader that offers every field once and writes its path down. So
//! the list of simulated fields can't drift from the code: it *is* the code. Ours; upstream has
//! generated conversions instead.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::Value;

/// Why a tree doesn't fit a view. The API server validates before anything is stored, so a stored
/// object never shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewError(String);

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ViewError {}
impl de::Error for ViewError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        ViewError(message.to_string())
    }
}

/// The view `T` of `value`. `null` counts as absent, as in the API.
///
/// # Errors
/// When a field that `T` reads has another type.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ViewError> {
    T::deserialize(Reader(value))
}

struct Reader<'a>(&'a Value);

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = ViewError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Int(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::String(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(fields) => visitor.visit_map(Entries {
                fields: fields.iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ViewError> {
        match self.0 {
            Value::String(text) => visitor.visit_enum((**text).into_deserializer()),
            _ => Err(de::Error::custom("expected one of a few words")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ViewError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Value>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = ViewError;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ViewError> {
        self.0
            .next()
            .map(|item| seed.deserialize(Reader(item)))
            .transpose()
    }
}

struct Entries<'a> {
    fields: crate::collections::NamedIter<'a, Value>,
    value: Option<&'a Value>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ViewError;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ViewError> {
        let Some((name, value)) = self.fields.find(|(_, value)| **value != Value::Null) else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize((**name).into_deserializer()).map(Some)
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ViewError> {
        seed.deserialize(Reader(self.value.take().unwrap_or(&Value::Null)))
    }
}

/// Every path that the view `T` reads, as `spec.containers[].image`; a map with free keys ends at
/// the map. Paths of structs are listed as well as those of their fields.
pub fn paths_of<T: DeserializeOwned>() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    // A view that can't be read from neutral values would hide paths: the test below refuses it.
    let _ = T::deserialize(Probe {
        path: String::new(),
        paths: &mut paths,
    });
    paths
}

/// Offers each struct all its fields, each option a value, each list one item.
struct Probe<'p> {
    path: String,
    paths: &'p mut BTreeSet<String>,
}

macro_rules! probe_number {
    ($($method:ident => $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
            visitor.$visit(0)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Probe<'_> {
    type Error = ViewError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        visitor.visit_str("0")
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        visitor.visit_bool(false)
    }
    probe_number! {
        deserialize_i8 => visit_i8, deserialize_i16 => visit_i16, deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64, deserialize_u8 => visit_u8, deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32, deserialize_u64 => visit_u64
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        visitor.visit_f64(0.0)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        visitor.visit_some(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        let path = format!("{}[]", self.path);
        visitor.visit_seq(ProbeItems {
            probe: Some(Probe {
                path,
                paths: self.paths,
            }),
        })
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ViewError> {
        visitor.visit_map(ProbeFields {
            path: self.path,
            names: &[],
            next: 0,
            paths: self.paths,
        })
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ViewError> {
        visitor.visit_map(ProbeFields {
            path: self.path,
            names,
            next: 0,
            paths: self.paths,
        })
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ViewError> {
        visitor.visit_enum(variants[0].into_deserializer())
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ViewError> {
        visitor.visit_newtype_struct(self)
    }
    serde::forward_to_deserialize_any! {
        i128 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

struct ProbeItems<'p> {
    probe: Option<Probe<'p>>,
}

impl<'de> SeqAccess<'de> for ProbeItems<'_> {
    type Error = ViewError;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ViewError> {
        self.probe
            .take()
            .map(|probe| seed.deserialize(probe))
            .transpose()
    }
}

struct ProbeFields<'p> {
    path: String,
    names: &'static [&'static str],
    next: usize,
    paths: &'p mut BTreeSet<String>,
}

impl<'de> MapAccess<'de> for ProbeFields<'_> {
    type Error = ViewError;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ViewError> {
        let Some(name) = self.names.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize((*name).into_deserializer()).map(Some)
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ViewError> {
        let name = self.names[self.next - 1];
        let path = if self.path.is_empty() {
            name.into()
        } else {
            format!("{}.{name}", self.path)
        };
        self.paths.insert(path.clone());
        seed.deserialize(Probe {
            path,
            paths: self.paths,
        })
    }
}
