//! `-k`: a folder with a kustomization → the objects that it makes. Models a part of
//! `sigs.k8s.io/kustomize`: see [`build`].

use super::cx::Cx;

/// The text of the objects that a folder's kustomization makes.
///
/// # Errors
/// kustomize's sentence, or that it is not here.
pub fn build(_cx: &Cx<'_>, _folder: &str) -> Result<String, String> {
    Err("kustomizations are not simulated here".into())
}
