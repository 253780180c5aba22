//! ResourceQuota: no object that passes what its namespace may have; what it counts for is charged before it is stored.
//! Models `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`. Left out: resources that need a quota by a
//! configuration file; conflicts and their repetition, since nobody writes in between here.

use std::rc::Rc;

use super::{World, forbidden};
use crate::api::quantity::Quantity;
use crate::api::validation::pod_resources::{Sums, add};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::Actor;
use crate::cluster::api_server::Status;
use crate::cluster::quota;

/// Judges a new object, or the next version of one, and charges its namespace's quotas.
pub(super) fn validate(
    world: &mut World,
    key: &ObjectKey,
    value: &Value,
    old: Option<&Value>,
) -> Result<(), Status> {
    if !handles(world, key, value, old) {
        return Ok(());
    }
    let quotas = quota::of_namespace(world, &key.namespace);
    let mut charges = Vec::new();
    for object in &quotas {
        if let Some(used) = charge(world, object, key, value, old)? {
            charges.push((object.key(), used));
        }
    }
    // What is there already is refused a moment later.
    if old.is_none() && world.store.get(key).is_some() {
        return Ok(());
    }
    for (key, used) in charges {
        let used = quota::written(&used);
        world.patch(Actor::ApiServer, &key, |quota| {
            quota.set(&["status", "used"], used);
        })?;
    }
    Ok(())
}

/// May this make a difference? Models `Handles`.
fn handles(world: &World, key: &ObjectKey, value: &Value, old: Option<&Value>) -> bool {
    let ends = |pod: &Value| pod.at(&["spec", "activeDeadlineSeconds"]).is_some();
    let used = |pod: &Value| quota::usage(key, pod, world.now());
    quota::counts(key)
        && old.is_none_or(|old| match &*key.kind {
            "Pod" => ends(old) != ends(value) || used(old) != used(value),
            kind => matches!(kind, "Service" | "PersistentVolumeClaim"),
        })
}

/// What is used of a quota after this; `None` if it has nothing to say. Models `CheckRequest`.
fn charge(
    world: &World,
    object: &Rc<Object>,
    key: &ObjectKey,
    value: &Value,
    old: Option<&Value>,
) -> Result<Option<Sums>, Status> {
    let quota = &object.value;
    let name = &object.meta.name;
    let hard = quota::amounts(quota.at(&["status", "hard"]));
    let used = quota::amounts(quota.at(&["status", "used"]));
    let names: Vec<&str> = hard.iter().map(|(name, _)| &**name).collect();
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| quota::speaks_of(name, key))
        .collect();
    if names.is_empty() || !quota::is_in_scope(quota, key, value) {
        return Ok(None);
    }
    quota::constraints(&names, key, value)
        .map_err(|why| forbidden(value, format!("failed quota: {name}: {why}")))?;
    if names.iter().any(|name| !used.contains_key(*name)) {
        let names = names.join(",");
        let why = format!("status unknown for quota: {name}, resources: {names}");
        return Err(forbidden(value, why));
    }
    let now = world.now();
    let before = old.filter(|old| quota::is_in_scope(quota, key, old));
    let before = before.map(|old| quota::usage(key, old, now));
    let more = |(name, (amount, format)): (&String, &(Quantity, _))| {
        let had = before.as_ref().and_then(|before| before.get(name));
        let nano = amount.nano - had.map_or(0, |had| had.0.nano);
        (nano > 0 && hard.contains_key(name)).then(|| (name.clone(), (Quantity { nano }, *format)))
    };
    let requested: Sums = quota::usage(key, value, now)
        .iter()
        .filter_map(more)
        .collect();
    if requested.is_empty() {
        return Ok(None);
    }
    let mut sum = used.clone();
    add(&mut sum, requested.clone());
    let nano = |sums: &Sums, name: &str| sums.get(name).map_or(0, |amount| amount.0.nano);
    let exceeded = requested.iter().map(|(name, _)| name);
    let exceeded: Vec<&String> = exceeded
        .filter(|name| nano(&sum, name) > nano(&hard, name))
        .collect();
    if exceeded.is_empty() {
        return Ok(Some(sum));
    }
    let told = |sums: &Sums| {
        let each = exceeded.iter().filter_map(|name| {
            let (amount, format) = sums.get(*name)?;
            Some(format!("{name}={}", amount.print(*format)))
        });
        each.collect::<Vec<_>>().join(",")
    };
    let (requested, used, hard) = (told(&requested), told(&used), told(&hard));
    let why =
        format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {hard}");
    Err(forbidden(value, why))
}
