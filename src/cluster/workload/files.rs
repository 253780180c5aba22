//! A tree of files: what a volume holds, or a container's own disk. Ours; upstream it is the node's file system.
//! Left out: owners, links, devices; a folder is there as soon as something is in it, or as an entry of its own.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::cluster::SimTime;
use crate::collections::Map;

/// One file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What is in it; of a folder nothing.
    pub bytes: Rc<[u8]>,
    /// Permission bits, as `0o644`.
    pub mode: u16,
    /// When it was written last.
    pub changed: SimTime,
    /// Is it a folder?
    pub folder: bool,
}

/// Files by path from the root of the tree, without a slash before it: `conf.d/a.conf`. Cheap to clone.
/// Beside them, by path, what large files take in bytes beyond what is kept of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files(Map<Rc<str>, File>, Map<Rc<str>, u64>);

impl Files {
    /// The file or folder of this path, if it has an entry of its own.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// Is something at this path, be it only because something is below it?
    pub fn exists(&self, path: &str) -> bool {
        path.is_empty() || self.get(path).is_some() || self.below(path).next().is_some()
    }

    /// Writes a file, whatever was there.
    pub fn put(&mut self, path: &str, file: File) {
        self.0.insert(path.into(), file);
        self.1.remove(path);
    }

    /// A file that is there takes so many bytes beyond those that are kept of it.
    pub fn enlarge(&mut self, path: &str, bytes: u64) {
        self.1.insert(path.into(), bytes);
    }

    /// Removes a path and everything below it.
    pub fn remove(&mut self, path: &str) {
        let gone: Vec<Rc<str>> = self.below(path).map(|(path, _)| path.clone()).collect();
        for gone in gone {
            self.0.remove(&gone);
            self.1.remove(&gone);
        }
        self.0.remove(path);
        self.1.remove(path);
    }

    /// Everything, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &File)> {
        self.0.iter()
    }

    /// What is below a folder, at any depth, by path.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&Rc<str>, &File)> {
        let folder = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        self.0
            .iter()
            .filter(move |(path, _)| path.starts_with(&folder))
    }

    /// What all of it takes, in bytes.
    pub fn size(&self) -> u64 {
        let kept: u64 = self.0.iter().map(|(_, file)| file.bytes.len() as u64).sum();
        let large = self.1.values().copied();
        large.fold(kept, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File {
            bytes: text.as_bytes().into(),
            mode: 0o644,
            changed: SimTime::ZERO,
            folder: false,
        }
    }

    #[test]
    fn a_folder_goes_with_what_is_in_it_and_not_with_its_namesake() {
        let mut files = Files::default();
        for path in ["etc/a", "etc/b/c", "etcetera"] {
            files.put(path, file(path));
        }
        assert!(files.exists("etc") && files.exists("etc/b"));
        files.remove("etc");
        let left: Vec<&str> = files.iter().map(|(path, _)| &**path).collect();
        assert_eq!(left, ["etcetera"]);
        assert_eq!(files.size(), 8);
        files.enlarge("etcetera", 1000);
        assert_eq!(files.size(), 1008);
        files.put("etcetera", file("new"));
        assert_eq!(files.size(), 3);
    }
}
