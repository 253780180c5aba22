//! An empty folder. Models `pkg/volume/emptydir`. Left out: huge pages, quotas of the disk.

use super::{Files, Plugin, Volume};
use crate::api::pod_config::EmptyDirVolume;

/// The folder, on the node's disk or in memory.
pub(super) fn set_up(source: &EmptyDirVolume) -> Volume {
    let limit = source.size_limit.map(|limit| limit.value());
    Volume {
        plugin: Plugin::EmptyDir,
        files: Files::default(),
        memory: &*source.medium == "Memory",
        size_limit: limit
            .and_then(|limit| u64::try_from(limit).ok())
            .filter(|limit| *limit > 0),
    }
}
