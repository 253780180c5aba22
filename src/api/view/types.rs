//! What fields of views can be of. Types that mean something by themselves (quantities, times)
//! say how they are read where they are defined.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Fill, ViewError, join};
use crate::api::Value;

type Filled = Result<(), ViewError>;

impl Fill for i64 {
    fn fill(&mut self, value: &Value) -> Filled {
        *self = value
            .as_i64()
            .ok_or_else(|| ViewError::expected("a whole number"))?;
        Ok(())
    }
}

impl Fill for f64 {
    fn fill(&mut self, value: &Value) -> Filled {
        *self = match value {
            Value::Int(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return Err(ViewError::expected("a number")),
        };
        Ok(())
    }
}

impl Fill for bool {
    fn fill(&mut self, value: &Value) -> Filled {
        *self = value
            .as_bool()
            .ok_or_else(|| ViewError::expected("true or false"))?;
        Ok(())
    }
}

/// Shares the tree's text.
impl Fill for Rc<str> {
    fn fill(&mut self, value: &Value) -> Filled {
        let Value::String(text) = value else {
            return Err(ViewError::expected("text"));
        };
        *self = text.clone();
        Ok(())
    }
}

/// `None` is what is absent.
impl<T: Fill + Default> Fill for Option<T> {
    fn fill(&mut self, value: &Value) -> Filled {
        self.insert(T::default()).fill(value)
    }
    fn paths(&mut self, path: &str, paths: &mut BTreeSet<String>) {
        T::default().paths(path, paths);
    }
}

impl<T: Fill + Default> Fill for Vec<T> {
    fn fill(&mut self, value: &Value) -> Filled {
        each_item(value, &mut |item| self.push_mut(T::default()).fill(item))
    }
    fn paths(&mut self, path: &str, paths: &mut BTreeSet<String>) {
        item_paths(&mut T::default(), path, paths);
    }
}

/// Its keys are free, so that its path ends here.
impl<T: Fill + Default> Fill for BTreeMap<Rc<str>, T> {
    fn fill(&mut self, value: &Value) -> Filled {
        each_entry(value, &mut |key, value| {
            self.entry(key.clone()).or_default().fill(value)
        })
    }
}

#[inline(never)] // Or each type of item would have its own; the same below.
fn each_item(value: &Value, fill: &mut dyn FnMut(&Value) -> Filled) -> Filled {
    let Value::List(items) = value else {
        return Err(ViewError::expected("a list"));
    };
    let mut items = items.iter().enumerate();
    items.try_for_each(|(index, item)| {
        fill(item).map_err(|error| error.below(&format!("[{index}]")))
    })
}

#[inline(never)]
fn each_entry(value: &Value, fill: &mut dyn FnMut(&Rc<str>, &Value) -> Filled) -> Filled {
    let Value::Map(entries) = value else {
        return Err(ViewError::expected("an object"));
    };
    let mut entries = entries.iter().filter(|(_, value)| **value != Value::Null);
    entries.try_for_each(|(key, value)| fill(key, value).map_err(|error| error.below(key)))
}

#[inline(never)]
fn item_paths(item: &mut dyn Fill, path: &str, paths: &mut BTreeSet<String>) {
    item.paths(&join(path, "[]"), paths);
}
