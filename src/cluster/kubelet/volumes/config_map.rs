//! A ConfigMap's keys as files. Models `pkg/volume/configmap`.

use super::{DEFAULT_MODE, Projected, Turn, make_payload};
use crate::api::pod_config::KeyToPath;
use crate::cluster::kubelet::watch_based_manager::{Kind, data_of, not_found};

impl Turn<'_> {
    /// Its files; why there are none.
    pub(super) fn config_map(
        &mut self,
        name: &str,
        items: &[KeyToPath],
        mode: Option<i64>,
        optional: bool,
    ) -> Result<Vec<Projected>, String> {
        let optional = self.may_miss(optional);
        let data = match self.get_object(Kind::ConfigMap, name) {
            Some(object) => data_of(&object, Kind::ConfigMap, true),
            None if optional => Vec::new(),
            None => return Err(not_found(Kind::ConfigMap, name)),
        };
        make_payload(items, data, mode.unwrap_or(DEFAULT_MODE), optional)
            .map_err(|key| format!("configmap references non-existent config key: {key}"))
    }
}
