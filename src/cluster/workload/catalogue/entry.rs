//! The data file: images, their tags, and what stands behind them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::image_name;
use super::recipe::Recipe;
use crate::api::Value;
use crate::api::view::{self, View, view};

/// Names and, as JSON, what stands behind them: `catalogue.yaml`, put here by `build.rs`.
mod table {
    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
}

view! {
    /// One image.
    pub struct Entry {
        /// Tags to the letter.
        pub tags: Vec<Rc<str>>,
        /// `1.7..1.29`
        pub versions: Option<Rc<str>>,
        /// Words that may follow a version, or stand alone.
        pub variants: Vec<Rc<str>>,
        /// Compressed size in megabytes.
        pub mb: f64,
        /// The registry doesn't have it.
        pub denied: bool,
        /// The image's entrypoint.
        pub entrypoint: Vec<Rc<str>>,
        /// The image's arguments.
        pub command: Vec<Rc<str>>,
        /// Variables that the image sets.
        pub env: BTreeMap<Rc<str>, Rc<str>>,
        /// What its default command does.
        pub program: Option<Recipe>,
        /// Files of the image that people read, by path.
        pub files: BTreeMap<Rc<str>, Rc<str>>,
        /// Is there anything but the program in it?
        pub shell: Option<bool>,
    }
}

/// The image that goes by this name, tag and digest aside.
pub(super) fn image(written: &str) -> Option<Entry> {
    let wanted = image_name::full_name(image_name::split(written).name);
    let named = |(name, _): &&(&str, &str)| {
        let before = wanted.strip_suffix(name);
        before.is_some_and(|before| before == image_name::left_away(name))
    };
    table::IMAGES.iter().find(named).map(read)
}

/// The program that goes by this name, folders aside.
pub(super) fn program(name: &str) -> Option<Recipe> {
    let wanted = name.rsplit('/').next().unwrap_or(name);
    let named = |(name, _): &&(&str, &str)| *name == wanted;
    table::PROGRAMS.iter().find(named).map(read)
}

/// A test reads every entry.
fn read<T: View + Default>((_, json): &(&str, &str)) -> T {
    let json = serde_json::from_str(json).unwrap_or_default();
    view::read(&Value::from_json(&json)).unwrap_or_default()
}

impl Entry {
    /// Compressed size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (self.mb * 1e6) as u64
    }

    /// Does the registry have this tag?
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        if self.tags.iter().any(|known| &**known == tag) {
            return true;
        }
        let (version, variant) = match tag.split_once('-') {
            Some((version, variant)) => (version, Some(variant)),
            None => (tag, None),
        };
        // `latest` alone is a tag like any other: it is there if it is listed.
        if tag != "latest" && self.is_variant(tag) {
            return true;
        }
        self.has_version(version) && variant.is_none_or(|variant| self.is_variant(variant))
    }

    /// `alpine`, `alpine3.20`, `slim-bookworm`
    fn is_variant(&self, text: &str) -> bool {
        let word = |word: &str| {
            let number = |c: char| c.is_ascii_digit() || c == '.';
            self.variants.iter().any(|known| {
                word.strip_prefix(&**known)
                    .is_some_and(|rest| rest.chars().all(number))
            })
        };
        !self.variants.is_empty() && text.split('-').all(word)
    }

    /// A version counts by as many of its numbers as the bounds have.
    fn has_version(&self, version: &str) -> bool {
        let Some((from, to)) = self
            .versions
            .as_deref()
            .and_then(|all| all.split_once(".."))
        else {
            return false;
        };
        let (from_v, version_v) = (from.strip_prefix('v'), version.strip_prefix('v'));
        if from_v.is_some() != version_v.is_some() {
            return false;
        }
        let numbers = |text: &str| -> Option<Vec<u32>> {
            text.trim_start_matches('v')
                .split('.')
                .map(|part| part.parse().ok())
                .collect()
        };
        let (Some(from), Some(to), Some(asked)) = (numbers(from), numbers(to), numbers(version))
        else {
            return false;
        };
        let known = asked.len().min(from.len());
        asked.len() <= 4
            && from[..known] <= asked[..known]
            && asked[..known] <= to[..known.min(to.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_can_be_read_and_each_default_command_is_known() {
        for (name, json) in table::IMAGES {
            let entry = held::<Entry>(name, json);
            if entry.denied {
                continue;
            }
            let first = entry
                .entrypoint
                .first()
                .or(entry.command.first())
                .expect(name);
            assert!(entry.bytes() > 0, "{name} has no size");
            assert!(
                !entry.tags.is_empty() || entry.versions.is_some(),
                "{name} has no tag"
            );
            let understood = entry.program.is_some()
                || super::super::command::is_wrapper(first)
                || program(first).is_some()
                || super::super::command::is_shell(first);
            assert!(understood, "{name}: nothing says what {first} does");
        }
    }

    /// Reads an entry; a misspelt field or a wrong type is a mistake.
    fn held<T: View + Default>(name: &str, json: &str) -> T {
        let value = Value::from_json(&serde_json::from_str(json).expect("build.rs wrote it"));
        let known = view::paths_of::<T>();
        let mut written = Vec::new();
        paths(&value, "", &mut written);
        for path in written {
            let free = ["paths.", "files.", "needsListener.", "env."].iter();
            let mut free = free.map(|free| path.trim_start_matches("program.").starts_with(free));
            assert!(
                free.any(|free| free) || known.contains(&path),
                "{name}: nothing reads {path}"
            );
        }
        view::read(&value).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
        for item in value.items() {
            paths(item, &format!("{path}[]"), found);
        }
        for (name, value) in value.as_map().into_iter().flatten() {
            let path = if path.is_empty() {
                name.to_string()
            } else {
                format!("{path}.{name}")
            };
            paths(value, &path, found);
            found.push(path);
        }
    }

    #[test]
    fn every_program_of_the_data_file_can_be_read() {
        assert!(table::PROGRAMS.len() > 20);
        for (name, json) in table::PROGRAMS {
            let recipe = held::<Recipe>(name, json);
            if let Some(script) = recipe.script {
                let parsed = super::super::super::shell::parse(&script);
                assert!(parsed.is_ok(), "{name}: {parsed:?}");
            }
        }
    }

    #[test]
    fn tags_that_exist_are_told_from_those_that_do_not() {
        for (name, tag, exists) in [
            ("nginx", "latest", true),
            ("nginx", "1.27", true),
            ("nginx", "1.14.2", true),
            ("nginx", "1.27-alpine", true),
            ("nginx", "1.27.3-alpine3.20-slim", true),
            ("nginx", "alpine", true),
            ("nginx", "1", true),
            ("nginx", "1.99", false),
            ("nginx", "2", false),
            ("nginx", "latets", false),
            ("demo/web", "2", true),
            ("demo/web", "bad", false),
            ("redis", "6.2.5", true),
            ("ubuntu", "22.04", true),
            ("python", "3.12-slim-bookworm", true),
            ("envoyproxy/envoy", "v1.30-latest", true),
            ("envoyproxy/envoy", "latest", false),
        ] {
            let entry = image(name).expect(name);
            assert_eq!(entry.has_tag(tag), exists, "{name}:{tag}");
        }
    }
}
