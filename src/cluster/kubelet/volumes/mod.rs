//! What is in a Pod's volumes, one file a plugin. Models `pkg/volume` and its plugins; when they are set
//! up is [`super::volume_manager`]'s. Left out: owners and groups of files, the links by which upstream
//! swaps all files of a volume at once, what a driver would bring.

mod config_map;
mod downward_api;
mod empty_dir;
mod host_path;
mod persistent_volume_claim;
mod projected;
mod secret;

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Turn;
use crate::api::pod::Pod;
use crate::api::pod_config::{KeyToPath, VolumesSpec};
use crate::api::{pod_config, view};
use crate::cluster::SimTime;
use crate::cluster::workload::files::{File, Files};

pub(super) use host_path::HostPaths;
pub(super) use persistent_volume_claim::bound;

/// Which plugin a volume is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plugin {
    /// `kubernetes.io/configmap`
    ConfigMap,
    /// `kubernetes.io/downward-api`
    DownwardApi,
    /// `kubernetes.io/empty-dir`
    EmptyDir,
    /// `kubernetes.io/host-path`
    HostPath,
    /// An image's contents; the runtime mounts it.
    Image,
    /// Whatever the claim's volume is of.
    PersistentVolumeClaim,
    /// `kubernetes.io/projected`
    Projected,
    /// `kubernetes.io/secret`
    Secret,
    /// A driver's.
    Other,
}

/// A volume of a Pod that is set up on its node. It lives as long as the Pod is on the node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Which plugin it is of.
    pub plugin: Plugin,
    /// What is in it.
    pub files: Files,
    /// Is it in memory?
    pub memory: bool,
    /// How many bytes it may hold, if that is limited.
    pub size_limit: Option<u64>,
}

impl Volume {
    /// Can no container write into it, whatever its mount says?
    pub fn read_only(&self) -> bool {
        matches!(
            self.plugin,
            Plugin::ConfigMap
                | Plugin::DownwardApi
                | Plugin::Image
                | Plugin::Projected
                | Plugin::Secret
        )
    }

    /// Is it set up again with every sync, so that what is in it follows its source? Models
    /// `RequiresRemount`.
    pub(super) fn requires_remount(&self) -> bool {
        self.read_only() && self.plugin != Plugin::Image
    }

    /// A file or folder of it, as a tree of its own; a file is at the tree's root.
    pub(super) fn part(&self, sub_path: &str) -> Files {
        if sub_path.is_empty() {
            return self.files.clone();
        }
        let mut part = Files::default();
        if let Some(file) = self.files.get(sub_path) {
            part.put("", file.clone());
        }
        for (path, file) in self.files.below(sub_path) {
            part.put(&path[sub_path.len() + 1..], file.clone());
        }
        part
    }

    fn of(plugin: Plugin, files: Files) -> Self {
        Volume {
            plugin,
            files,
            memory: false,
            size_limit: None,
        }
    }
}

/// A volume of the Pod in a container's tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is in the container: `/etc/config`
    pub path: Rc<str>,
    /// The volume's name in the Pod.
    pub volume: Rc<str>,
    /// Which file or folder of the volume is mounted, without slashes around it; empty: all of it.
    pub sub_path: Rc<str>,
    /// May the container not write there?
    pub read_only: bool,
    /// What the container goes on seeing of a volume whose files are replaced rather than written to,
    /// since it has one of its files or folders alone.
    pub kept: Option<Files>,
}

/// Permission bits of files where nobody says.
const DEFAULT_MODE: i64 = 0o644;

/// A file that a volume is to have: path, contents, permission bits.
type Projected = (Rc<str>, Rc<[u8]>, i64);

/// Of the keys that there are those that are wanted, as files. Models `MakePayload`; the error is the key
/// that is missing.
fn make_payload(
    items: &[KeyToPath],
    data: Vec<(Rc<str>, Rc<[u8]>)>,
    default_mode: i64,
    optional: bool,
) -> Result<Vec<Projected>, Rc<str>> {
    if items.is_empty() {
        let all = data.into_iter();
        return Ok(all.map(|(key, bytes)| (key, bytes, default_mode)).collect());
    }
    let mut payload = Vec::with_capacity(items.len());
    for item in items {
        match data.iter().find(|(key, _)| *key == item.key) {
            Some((_, bytes)) => {
                let mode = item.mode.unwrap_or(default_mode);
                payload.push((item.path.clone(), bytes.clone(), mode));
            }
            None if optional => {}
            None => return Err(item.key.clone()),
        }
    }
    Ok(payload)
}

/// Of two files of the same path the later one stays. Models `AtomicWriter`.
fn written(payload: Vec<Projected>, now: SimTime) -> Files {
    let mut files = Files::default();
    for (path, bytes, mode) in payload {
        let file = File {
            bytes,
            mode: u16::try_from(mode & 0o7777).unwrap_or_default(),
            changed: now,
            folder: false,
        };
        files.put(&path, file);
    }
    files
}

/// Is in both the same, whenever it was written?
pub(super) fn same(one: &Files, other: &Files) -> bool {
    let told = |files: &Files| -> Vec<(Rc<str>, Rc<[u8]>, u16)> {
        let all = files.iter().filter(|(_, file)| !file.folder);
        all.map(|(path, file)| (path.clone(), file.bytes.clone(), file.mode))
            .collect()
    };
    told(one) == told(other)
}

impl Turn<'_> {
    /// The Pod's volumes that a container mounts, in the order of the spec; nobody sets the others up.
    /// Models `GetPodVolumeNames`.
    pub(super) fn used_volumes(&self) -> (VolumesSpec, Rc<Pod>) {
        let object = self.worker.pod.clone();
        let mut read: pod_config::PodVolumes = view::read(&object.value).unwrap_or_default();
        let spec = &mut read.spec;
        let used: Vec<Rc<str>> = spec
            .users()
            .flat_map(|user| user.volume_mounts.iter().map(|mount| mount.name.clone()))
            .collect();
        spec.volumes.retain(|volume| used.contains(&volume.name));
        (read.spec, super::PodWorker::view(&object))
    }

    /// What is to be in a volume now; why it can't be set up. Models each plugin's `SetUp`.
    pub(super) fn set_up(
        &mut self,
        volume: &pod_config::Volume,
        account: &str,
        pod: &Pod,
    ) -> Result<Volume, String> {
        let now = self.world.now();
        let of = |plugin, payload| Ok(Volume::of(plugin, written(payload, now)));
        if let Some(source) = &volume.config_map {
            let (items, mode) = (&source.items, source.default_mode);
            let payload = self.config_map(&source.name, items, mode, source.optional)?;
            return of(Plugin::ConfigMap, payload);
        }
        if let Some(source) = &volume.secret {
            let (items, mode) = (&source.items, source.default_mode);
            let payload = self.secret(&source.secret_name, items, mode, source.optional)?;
            return of(Plugin::Secret, payload);
        }
        if let Some(source) = &volume.downward_api {
            let payload = self.downward_api(&source.items, source.default_mode, pod);
            return of(
                Plugin::DownwardApi,
                payload.map_err(|errors| aggregate(&errors))?,
            );
        }
        if let Some(source) = &volume.projected {
            let payload = self.projected(source, account, pod)?;
            return of(Plugin::Projected, payload);
        }
        if let Some(source) = &volume.host_path {
            let files = self.host_path(source)?;
            return Ok(Volume::of(Plugin::HostPath, files));
        }
        if let Some(source) = &volume.empty_dir {
            return Ok(empty_dir::set_up(source));
        }
        let plugin = match volume {
            volume if volume.image.is_some() => Plugin::Image,
            volume if volume.persistent_volume_claim.is_some() => Plugin::PersistentVolumeClaim,
            volume if volume.ephemeral.is_some() => Plugin::PersistentVolumeClaim,
            _ => Plugin::Other,
        };
        Ok(Volume::of(plugin, Files::default()))
    }
}

/// Several errors as one. Models `NewAggregate`.
fn aggregate(errors: &[String]) -> String {
    let mut said: Vec<&str> = Vec::new();
    for error in errors {
        if !said.contains(&error.as_str()) {
            said.push(error);
        }
    }
    match said[..] {
        [only] => only.to_string(),
        _ => format!("[{}]", said.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Rc<[u8]> {
        text.as_bytes().into()
    }

    #[test]
    fn keys_become_files_all_or_those_that_are_named() {
        let data = || vec![("a".into(), bytes("1")), ("b".into(), bytes("2"))];
        let all = make_payload(&[], data(), 0o644, false);
        let expected = vec![
            ("a".into(), bytes("1"), 0o644),
            ("b".into(), bytes("2"), 0o644),
        ];
        assert_eq!(all, Ok(expected));
        let item = |key: &str| KeyToPath {
            key: key.into(),
            path: format!("conf.d/{key}").into(),
            mode: Some(0o400),
        };
        let expected = vec![("conf.d/b".into(), bytes("2"), 0o400)];
        assert_eq!(
            make_payload(&[item("b")], data(), 0o644, false),
            Ok(expected.clone())
        );
        let items = [item("none"), item("b")];
        assert_eq!(make_payload(&items, data(), 0o644, true), Ok(expected));
        assert_eq!(
            make_payload(&items, data(), 0o644, false),
            Err("none".into())
        );
    }

    #[test]
    fn one_error_is_itself_and_several_are_a_list_without_repeats() {
        let errors = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(aggregate(&errors(&["a", "a"])), "a");
        assert_eq!(aggregate(&errors(&["a", "b", "a"])), "[a, b]");
    }
}
