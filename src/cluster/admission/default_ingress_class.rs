//! DefaultIngressClass: an Ingress that names no class gets the default one, if there is any.
//! Models `plugin/pkg/admission/network/defaultingressclass`.

use super::default_storage_class::default_class;
use super::{World, is};
use crate::api::Value;
use crate::cluster::api_server::Status;

/// Sets the class. Models as well that of several defaults the newest counts.
pub(super) fn admit(world: &World, ingress: &mut Value) -> Result<(), Status> {
    let old = ["metadata", "annotations", "kubernetes.io/ingress.class"];
    if !is(ingress, "networking.k8s.io/v1", "Ingress")
        || ingress.at(&["spec", "ingressClassName"]).is_some()
        || ingress.at(&old).is_some()
    {
        return Ok(());
    }
    let default = default_class(
        world,
        "IngressClass.networking.k8s.io",
        "ingressclass.kubernetes.io/is-default-class",
    );
    if let Some(name) = default.into_iter().next() {
        ingress.set(&["spec", "ingressClassName"], name);
    }
    Ok(())
}
