//! A file or folder of the node. Models `pkg/volume/hostpath`: what it must be is checked. A stand-in for
//! what is there: a machine has the paths below, with nothing in them, and what Pods left there. Left out:
//! Pods that write there at the same time don't see each other.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{File, Files, Turn};
use crate::api::pod_config::HostPathVolume;
use crate::cluster::SimTime;
use crate::collections::Map;

/// What Pods left on a node, by the path that they had mounted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::cluster::kubelet) struct HostPaths(Map<Rc<str>, Files>);

impl HostPaths {
    /// A Pod that had mounted this path goes.
    pub(in crate::cluster::kubelet) fn leave(&mut self, path: &str, files: &Files) {
        self.0.insert(trimmed(path).into(), files.clone());
    }
}

/// What a path of a machine is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Directory,
    File,
    Socket,
    CharDevice,
    BlockDevice,
}

/// What is there on every machine: a Linux with containerd, as nodes commonly are. Ours.
const THERE: [(&str, Sort); 41] = [
    ("/", Sort::Directory),
    ("/bin", Sort::Directory),
    ("/boot", Sort::Directory),
    ("/dev", Sort::Directory),
    ("/etc", Sort::Directory),
    ("/etc/cni", Sort::Directory),
    ("/etc/cni/net.d", Sort::Directory),
    ("/etc/kubernetes", Sort::Directory),
    ("/etc/kubernetes/manifests", Sort::Directory),
    ("/etc/kubernetes/pki", Sort::Directory),
    ("/etc/ssl/certs", Sort::Directory),
    ("/home", Sort::Directory),
    ("/lib", Sort::Directory),
    ("/lib/modules", Sort::Directory),
    ("/mnt", Sort::Directory),
    ("/opt", Sort::Directory),
    ("/opt/cni/bin", Sort::Directory),
    ("/proc", Sort::Directory),
    ("/root", Sort::Directory),
    ("/run", Sort::Directory),
    ("/run/containerd", Sort::Directory),
    ("/srv", Sort::Directory),
    ("/sys", Sort::Directory),
    ("/sys/fs/cgroup", Sort::Directory),
    ("/tmp", Sort::Directory),
    ("/usr", Sort::Directory),
    ("/var", Sort::Directory),
    ("/var/lib", Sort::Directory),
    ("/var/lib/containerd", Sort::Directory),
    ("/var/lib/kubelet", Sort::Directory),
    ("/var/log", Sort::Directory),
    ("/var/log/containers", Sort::Directory),
    ("/var/log/pods", Sort::Directory),
    ("/var/run", Sort::Directory),
    ("/etc/hostname", Sort::File),
    ("/etc/hosts", Sort::File),
    ("/etc/localtime", Sort::File),
    ("/etc/machine-id", Sort::File),
    ("/run/containerd/containerd.sock", Sort::Socket),
    ("/dev/null", Sort::CharDevice),
    ("/dev/sda", Sort::BlockDevice),
];

impl Turn<'_> {
    /// What Pods left there; why it can't be mounted. Models `SetUp` and `checkTypeInternal`.
    pub(super) fn host_path(&mut self, source: &HostPathVolume) -> Result<Files, String> {
        let path = trimmed(&source.path);
        let now = self.world.now();
        let left = self.node.host_paths.0.get(path);
        let known = THERE.iter().find(|(there, _)| *there == path);
        let above = THERE.iter().any(|(there, _)| is_above(path, there));
        let left_above = self
            .node
            .host_paths
            .0
            .keys()
            .any(|there| is_above(path, there));
        let sort = match (known, left) {
            (Some((_, sort)), _) => Some(*sort),
            (None, Some(left)) if left.get("").is_some_and(|file| !file.folder) => Some(Sort::File),
            (None, Some(_)) => Some(Sort::Directory),
            (None, None) if above || left_above => Some(Sort::Directory),
            (None, None) => None,
        };
        let wants = match &*source.kind {
            "" => sort.unwrap_or(Sort::Directory),
            "DirectoryOrCreate" | "Directory" => Sort::Directory,
            "FileOrCreate" | "File" => Sort::File,
            "Socket" => Sort::Socket,
            "CharDevice" => Sort::CharDevice,
            "BlockDevice" => Sort::BlockDevice,
            other => return Err(format!("{other} is an invalid volume type")),
        };
        let creates = source.kind.is_empty() || source.kind.ends_with("OrCreate");
        if sort.is_none() && creates && wants == Sort::File && !self.has_folder_of(path) {
            return Err(format!("open {path}: no such file or directory"));
        }
        if sort != Some(wants) && !(sort.is_none() && creates) {
            let what = match wants {
                Sort::Directory => "directory",
                Sort::File => "file",
                Sort::Socket => "socket file",
                Sort::CharDevice => "character device",
                Sort::BlockDevice => "block device",
            };
            return Err(format!(
                "hostPath type check failed: {path} is not a {what}"
            ));
        }
        let files = match self.node.host_paths.0.get(path) {
            Some(left) => left.clone(),
            None if wants == Sort::Directory => Files::default(),
            None => one_file(now),
        };
        if sort.is_none() {
            self.node.host_paths.leave(path, &files);
        }
        Ok(files)
    }

    fn has_folder_of(&self, path: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let left = self
            .node
            .host_paths
            .0
            .keys()
            .any(|there| **there == *folder);
        folder.is_empty() || left || THERE.iter().any(|(there, _)| *there == folder)
    }
}

/// Without a slash at its end.
fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// Is `path` a folder on the way to `there`?
fn is_above(path: &str, there: &str) -> bool {
    there
        .strip_prefix(path)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn one_file(now: SimTime) -> Files {
    let mut files = Files::default();
    let file = File {
        bytes: Rc::default(),
        mode: 0o644,
        changed: now,
        folder: false,
    };
    files.put("", file);
    files
}
