//! The data file: images, their tags, and what stands behind them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::super::image_name;
use super::recipe::Recipe;

/// The whole catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entries {
    images: BTreeMap<String, Entry>,
    programs: BTreeMap<String, Recipe>,
}

/// One image.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Entry {
    /// Tags to the letter.
    tags: Vec<String>,
    /// `1.7..1.29`
    versions: Option<String>,
    /// Words that may follow a version, or stand alone.
    variants: Vec<String>,
    /// Compressed size in megabytes.
    mb: f64,
    /// The registry doesn't have it.
    pub denied: bool,
    /// The image's entrypoint.
    pub entrypoint: Vec<String>,
    /// The image's arguments.
    pub command: Vec<String>,
    /// What its default command does.
    pub program: Option<Recipe>,
    /// Is there anything but the program in it?
    pub shell: Option<bool>,
}

/// Read once, when somebody first asks. Constant: it is part of the program's text.
static ENTRIES: LazyLock<Entries> = LazyLock::new(|| {
    let text = include_str!("catalogue.yaml");
    let mut entries: Entries = serde_yaml::from_str(text).expect("a test reads it");
    // Not collected: that would sort first, in code of its own.
    for (name, entry) in std::mem::take(&mut entries.images) {
        entries.images.insert(image_name::full_name(&name), entry);
    }
    entries
});

/// The image that goes by this name, tag and digest aside.
pub(super) fn image(written: &str) -> Option<&'static Entry> {
    ENTRIES
        .images
        .get(&image_name::full_name(image_name::split(written).name))
}

/// The program that goes by this name, folders aside.
pub(super) fn program(name: &str) -> Option<&'static Recipe> {
    ENTRIES
        .programs
        .get(name.rsplit('/').next().unwrap_or(name))
}

impl Entry {
    /// Compressed size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (self.mb * 1e6) as u64
    }

    /// Does the registry have this tag?
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        if self.tags.iter().any(|known| known == tag) {
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
                word.strip_prefix(known.as_str())
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
        for (name, entry) in &ENTRIES.images {
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
