//! A Pod's fields as files. Models `pkg/volume/downwardapi`.

use super::{DEFAULT_MODE, Pod, Projected, Turn};
use crate::api::pod_config::DownwardApiFile;
use crate::cluster::kubelet::field_path;

impl Turn<'_> {
    /// Its files; everything that can't be said. Models `CollectData`.
    pub(super) fn downward_api(
        &self,
        items: &[DownwardApiFile],
        mode: Option<i64>,
        pod: &Pod,
    ) -> Result<Vec<Projected>, Vec<String>> {
        let (mut payload, mut errors) = (Vec::new(), Vec::new());
        for item in items {
            let value = match (&item.field_ref, &item.resource_field_ref) {
                (Some(field), _) => field_path::of_metadata(pod, &field.field_path),
                (None, Some(field)) => {
                    field_path::of_resources(field, pod, "", &self.allocatable())
                }
                (None, None) => Ok("".into()),
            };
            match value {
                Ok(value) => {
                    let mode = item.mode.or(mode).unwrap_or(DEFAULT_MODE);
                    payload.push((item.path.clone(), value.as_bytes().into(), mode));
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(payload)
        } else {
            Err(errors)
        }
    }
}
