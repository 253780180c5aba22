//! Volumes that write two things to one path. Models `warningsForOverlappingVirtualPaths`.

use super::Warnings;
use crate::api::validation::at::At;

/// A path in a volume, and which source writes it there.
struct Target<'a> {
    path: &'a str,
    source: String,
}

impl Target<'_> {
    fn printed(&self) -> String {
        match &*self.source {
            "" => format!("{:?}", self.path),
            source => format!("{:?} ({source})", self.path),
        }
    }

    /// Is one path the other, or below it?
    fn meets(&self, other: &Target) -> bool {
        let within = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.path.is_empty()
            && !other.path.is_empty()
            && (within(self.path, other.path) || within(other.path, self.path))
    }
}

/// Warns of each such pair.
pub(super) fn warn(spec: &At, warnings: &mut Warnings) {
    for volume in spec.list("volumes") {
        let name = volume.text("name");
        let config_map = volume.field("configMap");
        let secret = volume.field("secret");
        for (source, what) in [
            (
                &config_map,
                format!("ConfigMap {:?}", config_map.text("name")),
            ),
            (&secret, format!("Secret {:?}", secret.text("secretName"))),
            (&volume.field("downwardAPI"), "DownwardAPI".to_string()),
        ] {
            overlaps(name, &what, items(source, ""), warnings);
        }
        if let Some(projected) = volume.set("projected") {
            let empty = projected
                .list("sources")
                .filter(|source| source.value.is_empty());
            for _ in empty {
                warnings.say(format!(
                    "volume {name:?} (Projected) has no sources provided"
                ));
            }
            let targets = projected
                .list("sources")
                .flat_map(|source| targets_of(&source));
            overlaps(name, "Projected", targets.collect(), warnings);
        }
    }
}

fn overlaps(volume: &str, what: &str, targets: Vec<Target>, warnings: &mut Warnings) {
    for (number, target) in targets.iter().enumerate() {
        for other in targets[..number].iter().filter(|other| target.meets(other)) {
            let pair = format!("{} with {}", target.printed(), other.printed());
            warnings.say(format!(
                "volume {volume:?} ({what}): overlapping paths: {pair}"
            ));
        }
    }
}

fn target<'a>(path: &At<'a>, source: &str) -> Target<'a> {
    Target {
        path: path.str().trim_end_matches('/'),
        source: source.to_string(),
    }
}

fn items<'a>(source: &At<'a>, named: &str) -> Vec<Target<'a>> {
    let items = source.list("items");
    items
        .map(|item| target(&item.field("path"), named))
        .collect()
}

/// The paths of one source of a projected volume.
fn targets_of<'a>(source: &At<'a>) -> Vec<Target<'a>> {
    for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
        if let Some(found) = source.set(field).filter(|found| !found.lacks("items")) {
            return items(&found, &format!("{kind} {:?}", found.text("name")));
        }
    }
    if let Some(found) = source
        .set("downwardAPI")
        .filter(|found| !found.lacks("items"))
    {
        return items(&found, "DownwardAPI");
    }
    if let Some(token) = source.set("serviceAccountToken") {
        return vec![target(&token.field("path"), "ServiceAccountToken")];
    }
    if let Some(bundle) = source.set("clusterTrustBundle") {
        let name = bundle.set("name").unwrap_or(bundle.field("signerName"));
        let named = format!("ClusterTrustBundle {:?}", name.str());
        return vec![target(&bundle.field("path"), &named)];
    }
    let certificate = source.field("podCertificate");
    let files = [
        ("certificateChainPath", "PodCertificate chain"),
        ("keyPath", "PodCertificate key"),
        ("credentialBundlePath", "PodCertificate credential bundle"),
    ];
    let files = files
        .into_iter()
        .filter(|(field, _)| !certificate.lacks(field));
    files
        .map(|(field, named)| target(&certificate.field(field), named))
        .collect()
}
