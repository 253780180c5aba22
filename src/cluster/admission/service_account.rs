//! ServiceAccount: a Pod runs as a service account, whose token it finds in a volume.
//! Models `plugin/pkg/admission/serviceaccount`. Ours: where upstream waits up to two seconds for the
//! controller to make the account `default` of a namespace that is just being made, the controller is
//! quick enough and nobody waits.

use super::{World, forbidden};
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::Actor;
use crate::cluster::api_server::Status;
use crate::fields;

const DEFAULT: &str = "default";
const VOLUME: &str = "kube-api-access-";
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Gives a new Pod its account, token and pull secrets.
pub(super) fn admit(world: &mut World, pod: &mut Value) -> Result<(), Status> {
    if !world.setup.service_account_admission {
        return Ok(());
    }
    let mirror = ["metadata", "annotations", "kubernetes.io/config.mirror"];
    if pod.at(&mirror).is_some() {
        return Ok(());
    }
    let name = match pod.text_at(&["spec", "serviceAccountName"]) {
        "" => DEFAULT.to_string(),
        name => name.to_string(),
    };
    pod.set(&["spec", "serviceAccountName"], name.as_str());
    pod.set(&["spec", "serviceAccount"], name.as_str());
    let account = account(world, pod, &name)?;
    let automount = |owner: Option<&Value>| owner.and_then(Value::as_bool);
    let mounts = automount(pod.at(&["spec", "automountServiceAccountToken"]))
        .or_else(|| automount(account.get("automountServiceAccountToken")))
        .unwrap_or(true);
    if mounts {
        mount_token(world, pod);
    }
    let pull_secrets = ["spec", "imagePullSecrets"];
    if pod.at(&pull_secrets).is_none_or(Value::is_empty)
        && let Some(secrets) = account
            .get("imagePullSecrets")
            .filter(|list| !list.is_empty())
    {
        pod.set(&pull_secrets, secrets.clone());
    }
    Ok(())
}

fn account(world: &mut World, pod: &Value, name: &str) -> Result<Value, Status> {
    let namespace = pod.text_at(&["metadata", "namespace"]);
    let key = ObjectKey::new("ServiceAccount", namespace, name);
    if let Some(account) = world.store.get(&key) {
        return Ok(account.value.clone());
    }
    if name == DEFAULT {
        let account = fields! {
            "apiVersion" => "v1", "kind" => "ServiceAccount",
            "metadata" => fields! { "name" => DEFAULT, "namespace" => namespace },
        };
        let controller = Actor::Controller("serviceaccount-controller".into());
        return Ok(world.create(controller, account)?.value.clone());
    }
    let why = format!(
        "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
    );
    Err(forbidden(pod, why))
}

/// Models `mountServiceAccountToken`.
fn mount_token(world: &mut World, pod: &mut Value) {
    let is_token = |volume: &&Value| volume.text_at(&["name"]).starts_with(VOLUME);
    let volumes = pod
        .at(&["spec", "volumes"])
        .map(Value::items)
        .unwrap_or_default();
    let existing = volumes
        .iter()
        .find(is_token)
        .map(|v| v.text_at(&["name"]).to_string());
    let name = existing
        .clone()
        .unwrap_or_else(|| format!("{VOLUME}{}", world.rng.name_suffix("names", Uid(0))));
    let mut needed = false;
    for list in ["initContainers", "containers"] {
        let path = ["spec", list];
        if pod.at(&path).is_none_or(Value::is_empty) {
            continue;
        }
        for container in pod.at_mut(&path).items_mut() {
            needed |= mount(container, &name);
        }
    }
    if existing.is_none() && needed {
        let volume = fields! { "name" => name, "projected" => token_volume_source() };
        pod.at_mut(&["spec", "volumes"]).items_mut().push(volume);
    }
}

/// Mounts the volume unless something else is mounted there. Tells whether it did.
fn mount(container: &mut Value, volume: &str) -> bool {
    let mounts = container.at_mut(&["volumeMounts"]).items_mut();
    if mounts
        .iter()
        .any(|mount| mount.text_at(&["mountPath"]) == MOUNT_PATH)
    {
        return false;
    }
    mounts.push(fields! { "name" => volume, "readOnly" => true, "mountPath" => MOUNT_PATH });
    true
}

/// Models `TokenVolumeSource`: the token, the cluster's certificate, the namespace.
fn token_volume_source() -> Value {
    let list = |item: Value| -> Value { [item].into_iter().collect() };
    let token = fields! { "path" => "token", "expirationSeconds" => 3607 };
    let certificate = fields! {
        "name" => "kube-root-ca.crt",
        "items" => list(fields! { "key" => "ca.crt", "path" => "ca.crt" }),
    };
    let field = fields! { "apiVersion" => "v1", "fieldPath" => "metadata.namespace" };
    let namespace = fields! {
        "items" => list(fields! { "path" => "namespace", "fieldRef" => field }),
    };
    let sources = [
        fields! { "serviceAccountToken" => token },
        fields! { "configMap" => certificate },
        fields! { "downwardAPI" => namespace },
    ];
    fields! { "defaultMode" => 0o644, "sources" => sources.into_iter().collect::<Value>() }
}
