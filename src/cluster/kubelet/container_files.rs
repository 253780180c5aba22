//! The files that a container sees in its mounts, to be listed and read. Ours: upstream's `kubectl exec`
//! asks the container's own file system.

use std::rc::Rc;

use super::Kubelet;
use super::volumes::{Mount, Volume};
use crate::api::{ObjectKey, Uid};
use crate::cluster::Simulation;
use crate::cluster::workload::files::{File, Files};
use crate::collections::Map;

/// What a container has mounted.
#[derive(Clone, Copy, Debug)]
pub struct ContainerFiles<'a> {
    mounts: &'a [Mount],
    volumes: &'a Map<Rc<str>, Rc<Volume>>,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name in the folder.
    pub name: Rc<str>,
    /// Is it a folder?
    pub folder: bool,
    /// Bytes; of a folder none.
    pub size: u64,
    /// Permission bits, as `0o644`.
    pub mode: u16,
}

impl<'a> ContainerFiles<'a> {
    /// Over a container's mounts and its Pod's volumes.
    pub fn of(mounts: &'a [Mount], volumes: &'a Map<Rc<str>, Rc<Volume>>) -> Self {
        ContainerFiles { mounts, volumes }
    }

    /// The container's mounts, in the order of the spec.
    pub fn mounts(&self) -> &'a [Mount] {
        self.mounts
    }

    /// The mount that a path lies in, and the tree and the path in it at which it is found; `None` where
    /// nothing is mounted. Of two mounts the deeper one counts.
    pub fn locate(&self, path: &str) -> Option<(&'a Mount, &'a Files, String)> {
        let path = normal(path);
        let below = |mount: &&Mount| rest_below(&path, &normal(&mount.path)).is_some();
        let deepest = |mount: &&Mount| normal(&mount.path).len();
        let mount = self.mounts.iter().filter(below).max_by_key(deepest)?;
        let rest = rest_below(&path, &normal(&mount.path))?;
        if let Some(kept) = &mount.kept {
            return Some((mount, kept, rest.to_string()));
        }
        let volume = self.volumes.get(&mount.volume)?;
        Some((mount, &volume.files, joined(&mount.sub_path, rest)))
    }

    /// The file at an absolute path, if one is there and it isn't a folder.
    pub fn read(&self, path: &str) -> Option<&'a File> {
        let (_, files, path) = self.locate(path)?;
        files.get(&path).filter(|file| !file.folder)
    }

    /// What is in the folder at an absolute path, by name, with the places where something is mounted;
    /// nothing where there is no folder.
    pub fn list(&self, folder: &str) -> Vec<Listed> {
        let mut found: Map<Rc<str>, Listed> = Map::new();
        if let Some((_, files, below)) = self.locate(folder) {
            for (path, file) in files.below(&below) {
                let rest = path[below.len()..].trim_start_matches('/');
                let (name, deeper) = rest.split_once('/').unwrap_or((rest, ""));
                let is_folder = !deeper.is_empty() || file.folder;
                if !name.is_empty() {
                    found.or_insert(name.into(), entry(name, (!is_folder).then_some(file)));
                }
            }
        }
        let folder = normal(folder);
        for mount in self.mounts {
            let place = normal(&mount.path);
            let rest = rest_below(&place, &folder).unwrap_or_default();
            let name = rest.split('/').next().unwrap_or_default();
            if !name.is_empty() {
                let file = self.read(&format!("/{}", joined(&folder, name)));
                found.insert(name.into(), entry(name, file));
            }
        }
        found.values().cloned().collect()
    }
}

/// A folder where there is no file.
fn entry(name: &str, file: Option<&File>) -> Listed {
    Listed {
        name: name.into(),
        folder: file.is_none(),
        size: file.map_or(0, |file| file.bytes.len() as u64),
        mode: file.map_or(0o755, |file| file.mode),
    }
}

/// `a/b` of `/a/./b/../b/`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What of `path` comes after the folder `above`.
fn rest_below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    if above.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(above)?;
    match rest.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

fn joined(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_string(),
        (folder, "") => folder.to_string(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

impl Kubelet {
    /// The files of the latest run of a Pod's container; `None` before there is one.
    pub fn container_files(&self, pod: Uid, container: &str) -> Option<ContainerFiles<'_>> {
        let worker = self.workers.get(&pod)?;
        let run = worker.runtime.latest(container)?;
        Some(ContainerFiles::of(&run.mounts, &worker.volumes))
    }
}

impl Simulation {
    /// The files of the latest run of a Pod's container; `None` before there is one, and where there is
    /// no such Pod or container. For the page and for whoever runs commands in a container.
    pub fn container_files(&self, pod: &ObjectKey, container: &str) -> Option<ContainerFiles<'_>> {
        let object = self.world().store.get(pod)?;
        let kubelet = self.kubelet(&object.pod()?.spec.node_name)?;
        kubelet.container_files(Uid::parse(&object.meta.uid)?, container)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::SimTime;
    use crate::cluster::kubelet::volumes::Plugin;

    fn files(paths: &[&str]) -> Files {
        let mut files = Files::default();
        for path in paths {
            let file = File {
                bytes: path.as_bytes().into(),
                mode: 0o644,
                changed: SimTime::ZERO,
                folder: false,
            };
            files.put(path, file);
        }
        files
    }

    fn mount(path: &str, volume: &str, sub_path: &str) -> Mount {
        Mount {
            path: path.into(),
            volume: volume.into(),
            sub_path: sub_path.into(),
            read_only: false,
            kept: None,
        }
    }

    #[test]
    fn the_deepest_mount_counts_and_is_seen_in_the_folders_above() {
        let volume = |plugin, paths: &[&str]| {
            Rc::new(Volume {
                plugin,
                files: files(paths),
                memory: false,
                size_limit: None,
            })
        };
        let volumes: Map<Rc<str>, Rc<Volume>> = [
            ("data".into(), volume(Plugin::EmptyDir, &["a", "in/b"])),
            ("conf".into(), volume(Plugin::ConfigMap, &["app.conf"])),
        ]
        .into_iter()
        .collect();
        let mounts = [
            mount("/srv", "data", ""),
            mount("/srv/etc/", "conf", ""),
            mount("/one", "conf", "app.conf"),
            mount("/srv2", "data", "in"),
        ];
        let seen = ContainerFiles::of(&mounts, &volumes);
        let names = |folder| {
            let listed = seen.list(folder).into_iter();
            let name = |one: Listed| format!("{}{}", one.name, if one.folder { "/" } else { "" });
            listed.map(name).collect::<Vec<_>>()
        };
        assert_eq!(names("/"), ["one", "srv/", "srv2/"]);
        assert_eq!(names("/srv"), ["a", "etc/", "in/"]);
        assert_eq!(names("/srv/etc"), ["app.conf"]);
        assert_eq!(names("/srv2/"), ["b"]);
        assert_eq!(names("/srv/none"), [""; 0]);
        let read = |path| seen.read(path).map(|file| &*file.bytes);
        assert_eq!(read("/srv/etc/../etc/app.conf"), Some(&b"app.conf"[..]));
        assert_eq!(read("/one"), Some(&b"app.conf"[..]));
        assert_eq!(read("/srv2/b"), Some(&b"in/b"[..]));
        assert_eq!(read("/srv"), None);
        assert_eq!(read("/elsewhere"), None);
    }
}
