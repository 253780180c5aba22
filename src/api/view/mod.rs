//! Reading a view out of a tree, and asking a view which paths it reads.
//!
//! A view is a struct declared by [`view!`](view), one line a field. [`read`] fills it from a
//! [`Value`]; [`paths_of`] goes through the same declaration and writes down each field's path. So
//! the list of simulated fields can't drift from the code: it *is* the code. Ours; upstream has
//! generated conversions instead.
//!
//! Why not serde: its derive makes code for each pair of a view and a reader, a quarter of a megabyte
//! for the page to load. Here a view is filled in place, through `dyn`, by code that is there once.

use std::collections::BTreeSet;
use std::fmt;

use super::Value;

/// What fields can be of: numbers, text, lists, maps.
mod types;

/// The name that a field has in the API.
pub mod name;

/// Something that a view can have as a field: a plain value, a list of them, another view.
pub trait Fill {
    /// Takes over what `value` says. `self` is still what it is by default.
    ///
    /// # Errors
    /// When `value` isn't of the type.
    fn fill(&mut self, value: &Value) -> Result<(), ViewError>;

    /// Writes down the paths that are read below `path`: none, but for what has fields.
    fn paths(&mut self, _path: &str, _paths: &mut BTreeSet<String>) {}
}

/// A view; declared by [`view!`](view).
pub trait View {
    /// Shows each field with its name in the API.
    fn each_field(&mut self, see: &mut dyn FnMut(&'static str, &mut dyn Fill));
}

/// Declares views. To simulate one more field, add its line (what it means, name, type) and obey it.
/// A field is named as in the API, in `snake_case`; where that doesn't give the name,
/// `#[name = "podIP"]` says it. What is absent (or `null`) is its type's default.
macro_rules! view {
    ($(
        $(#[doc = $about:literal])*
        pub struct $View:ident {$(
            $(#[doc = $doc:literal])*
            $(#[name = $name:literal])?
            pub $field:ident: $Type:ty
        ),* $(,)?}
    )*) => {$(
        $(#[doc = $about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $View {$(
            $(#[doc = $doc])*
            pub $field: $Type,
        )*}

        impl $crate::api::view::View for $View {
            #[allow(unused_variables, reason = "a view may have no field")]
            fn each_field(
                &mut self,
                see: &mut dyn FnMut(&'static str, &mut dyn $crate::api::view::Fill),
            ) {
                $(see($crate::api::view::name::name!($field $($name)?), &mut self.$field);)*
            }
        }
    )*};
}
pub(crate) use view;

impl<T: View> Fill for T {
    fn fill(&mut self, value: &Value) -> Result<(), ViewError> {
        fill_view(self, value)
    }
    fn paths(&mut self, path: &str, paths: &mut BTreeSet<String>) {
        view_paths(self, path, paths);
    }
}

/// The view `T` of `value`. In a map, `null` counts as absent, as in the API.
///
/// # Errors
/// When a field that `T` reads has another type.
pub fn read<T: View + Default>(value: &Value) -> Result<T, ViewError> {
    let mut view = T::default();
    fill_view(&mut view, value)?;
    Ok(view)
}

/// Every path that the view `T` reads, as `spec.containers[].image`; a map with free keys ends at
/// the map. Paths of structs are listed as well as those of their fields.
pub fn paths_of<T: View + Default>() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    view_paths(&mut T::default(), "", &mut paths);
    paths
}

#[inline(never)] // Or each view would have its own.
fn fill_view(view: &mut dyn View, value: &Value) -> Result<(), ViewError> {
    let Value::Map(fields) = value else {
        return Err(ViewError::expected("an object"));
    };
    let mut so_far = Ok(());
    view.each_field(&mut |name, field| {
        let value = fields.get(name).filter(|value| **value != Value::Null);
        if let (Ok(()), Some(value)) = (&so_far, value) {
            so_far = field.fill(value).map_err(|error| error.below(name));
        }
    });
    so_far
}

#[inline(never)] // As above.
fn view_paths(view: &mut dyn View, path: &str, paths: &mut BTreeSet<String>) {
    view.each_field(&mut |name, field| {
        let path = join(path, name);
        field.paths(&path, paths);
        paths.insert(path);
    });
}

/// `spec` and `containers` are `spec.containers`; `containers` and `[0]` are `containers[0]`.
fn join(path: &str, rest: &str) -> String {
    let apart = path.is_empty() || rest.is_empty() || rest.starts_with('[');
    format!("{path}{}{rest}", if apart { "" } else { "." })
}

/// Why a tree doesn't fit a view. The API server validates before anything is stored, so a stored
/// object never shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewError(Box<Misfit>);

/// Boxed, so that the many functions that hand an error on hand on a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Misfit {
    path: String,
    expected: &'static str,
}

impl ViewError {
    /// What is here isn't `expected`.
    #[cold]
    #[inline(never)]
    pub fn expected(expected: &'static str) -> Self {
        let path = String::new();
        ViewError(Box::new(Misfit { path, expected }))
    }

    /// The same error, seen from where `part` leads here.
    #[cold]
    fn below(mut self, part: &str) -> Self {
        self.0.path = join(part, &self.0.path);
        self
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.0.path, self.0.expected)
    }
}
impl std::error::Error for ViewError {}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::fields;

    view! {
        /// Has a field of each sort.
        pub struct Outer {
            /// A list of views.
            pub all_of_them: Vec<Inner>,
            /// A view that may be absent.
            pub perhaps: Option<Inner>,
            /// Free keys.
            pub labels: crate::api::meta::Labels,
        }

        /// Has plain fields.
        pub struct Inner {
            /// Renamed.
            #[name = "hostIP"]
            pub host_ip: Rc<str>,
            /// A number.
            pub restart_count: i64,
        }
    }

    #[test]
    fn what_is_absent_or_null_is_the_default() {
        let inner = fields! { "hostIP" => Value::Null, "unknown" => 1 };
        let tree = fields! { "perhaps" => inner, "allOfThem" => Value::Null };
        let read: Outer = read(&tree).expect("it fits");
        assert_eq!(read.perhaps, Some(Inner::default()));
        assert_eq!(read.all_of_them, []);
    }

    #[test]
    fn what_is_there_is_read() {
        let inner = |ip: &str| fields! { "hostIP" => ip, "restartCount" => 7 };
        let list = [inner("10.0.0.1"), inner("10.0.0.2")].into_iter();
        let labels = fields! { "app" => "web", "gone" => Value::Null };
        let tree = fields! { "allOfThem" => list.collect::<Value>(), "labels" => labels };
        let read: Outer = read(&tree).expect("it fits");
        let ips: Vec<&str> = read.all_of_them.iter().map(|one| &*one.host_ip).collect();
        assert_eq!(ips, ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(read.all_of_them[1].restart_count, 7);
        assert_eq!(read.labels, [("app".into(), "web".into())].into());
        assert_eq!(read.perhaps, None);
    }

    #[test]
    fn a_wrong_type_is_told_with_its_path() {
        let list = |item: Value| fields! { "allOfThem" => [item].into_iter().collect::<Value>() };
        for (tree, expected) in [
            (
                list(fields! { "restartCount" => "7" }),
                "allOfThem[0].restartCount: expected a whole number",
            ),
            (list(Value::Null), "allOfThem[0]: expected an object"),
            (fields! { "allOfThem" => "x" }, "allOfThem: expected a list"),
            (
                fields! { "labels" => fields! { "app" => 1 } },
                "labels.app: expected text",
            ),
        ] {
            let error = read::<Outer>(&tree).expect_err("it doesn't fit");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn the_paths_are_those_of_the_declaration() {
        let expected = [
            "allOfThem",
            "allOfThem[].hostIP",
            "allOfThem[].restartCount",
            "labels",
            "perhaps",
            "perhaps.hostIP",
            "perhaps.restartCount",
        ];
        assert_eq!(paths_of::<Outer>(), expected.map(String::from).into());
    }
}
