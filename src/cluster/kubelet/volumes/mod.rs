//! What is in a Pod's volumes, one file a plugin. Models `pkg/volume` and its plugins; when they are set
//! up is [`super::volume_manager`]'s. Left out: owners and groups of files, the links by which upstream
//! swaps all files of a volume at once, what a driver would bring.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::cluster::workload::files::Files;

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
