//! Several sources in one folder. Models `pkg/volume/projected`. A token of a service account is a
//! stand-in, since nobody here would check one. Left out: trust bundles, certificates of Pods.

use std::rc::Rc;

use super::{DEFAULT_MODE, Pod, Projected, Turn, aggregate};
use crate::api::pod_config::{ProjectedVolume, TokenProjection};

impl Turn<'_> {
    /// Its files; everything that is missing. Models `collectData`.
    pub(super) fn projected(
        &mut self,
        volume: &ProjectedVolume,
        account: &str,
        pod: &Pod,
    ) -> Result<Vec<Projected>, String> {
        let mode = volume.default_mode;
        let (mut payload, mut errors) = (Vec::new(), Vec::new());
        for source in &volume.sources {
            let files = if let Some(secret) = &source.secret {
                self.secret(&secret.name, &secret.items, mode, secret.optional)
                    .map_err(|error| vec![error])
            } else if let Some(map) = &source.config_map {
                self.config_map(&map.name, &map.items, mode, map.optional)
                    .map_err(|error| vec![error])
            } else if let Some(fields) = &source.downward_api {
                self.downward_api(&fields.items, mode, pod)
                    .map_err(|errors| vec![aggregate(&errors)])
            } else if let Some(token) = &source.service_account_token {
                let bytes = token_stand_in(token, account, pod);
                Ok(vec![(
                    token.path.clone(),
                    bytes,
                    mode.unwrap_or(DEFAULT_MODE),
                )])
            } else {
                Ok(Vec::new())
            };
            match files {
                Ok(files) => payload.extend(files),
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() {
            Ok(payload)
        } else {
            Err(aggregate(&errors))
        }
    }
}

/// Where a token would be: whose it would be, and for whom.
fn token_stand_in(token: &TokenProjection, account: &str, pod: &Pod) -> Rc<[u8]> {
    let audience = match &*token.audience {
        "" => "https://kubernetes.default.svc.cluster.local",
        audience => audience,
    };
    let namespace = &pod.metadata.namespace;
    let text = format!(
        "(Here would be a token of system:serviceaccount:{namespace}:{account} for {audience}.)"
    );
    text.into_bytes().into()
}
