//! Finds, makes, sizes and cleans up the ReplicaSets of a Deployment, and writes its status. Models
//! `pkg/controller/deployment/sync.go`.

use std::rc::Rc;

use super::util::{self, *};
use super::{CONTROLLER, Done, Look, Set};
use crate::api::go_dump::compute_hash;
use crate::api::meta::Labels;
use crate::api::workloads::{DeploymentCondition, DeploymentStatus};
use crate::api::{ObjectKey, Value};
use crate::cluster::SimTime;
use crate::cluster::api_server::Status;
use crate::cluster::controllers::controller_utils::{controller_ref, is_terminating};
use crate::fields;
use crate::order;

/// No name is longer. `DNS1123SubdomainMaxLength`.
const MAX_NAME: usize = 253;

impl Look<'_> {
    pub(super) fn is_rolling_update(&self) -> bool {
        util::is_rolling_update(&self.d.spec)
    }

    /// Models `syncStatusOnly`.
    pub(super) fn sync_status_only(&mut self, sets: Vec<Set>) -> Done<()> {
        let (new, all) = self.new_and_all(&sets)?;
        self.sync_deployment_status(&all, new.as_ref())
    }

    /// For a Deployment that is paused, or whose size is another one. Models `sync`.
    pub(super) fn sync_sizes(&mut self, sets: Vec<Set>) -> Done<()> {
        let (new, old) = self.new_and_old_sets(&sets, false)?;
        self.scale(new.as_ref(), &old)?;
        if self.d.spec.paused && self.rollback_to().is_none() {
            self.cleanup(&old)?;
        }
        self.sync_deployment_status(&all(&old, new.as_ref()), new.as_ref())
    }

    fn new_and_all(&mut self, sets: &[Set]) -> Done<(Option<Set>, Vec<Set>)> {
        let (new, old) = self.new_and_old_sets(sets, false)?;
        let all = all(&old, new.as_ref());
        Ok((new, all))
    }

    /// Models `checkPausedConditions`.
    pub(super) fn check_paused_conditions(&mut self) -> Done<()> {
        if !has_progress_deadline(&self.d.spec) {
            return Ok(());
        }
        let reason = condition(&self.d.status, "Progressing").map(|one| one.reason.clone());
        let reason = reason.unwrap_or_default();
        let (reason, message) = match (self.d.spec.paused, &*reason) {
            (_, "ProgressDeadlineExceeded") | (true, "DeploymentPaused") => return Ok(()),
            (true, _) => ("DeploymentPaused", "Deployment is paused"),
            (false, "DeploymentPaused") => ("DeploymentResumed", "Deployment is resumed"),
            (false, _) => return Ok(()),
        };
        self.set_progressing("Unknown", reason, message.into());
        self.update_status()
    }

    pub(super) fn set_progressing(&mut self, status: &str, reason: &str, message: String) {
        let now = self.world.now();
        let new = new_condition(("Progressing", status, reason), message, now);
        set_condition(&mut self.d.status, new);
    }

    /// The ReplicaSet of the present template, made if it is to be, and the old ones, with revisions
    /// brought up to date. Models `getAllReplicaSetsAndSyncRevision`.
    pub(super) fn new_and_old_sets(
        &mut self,
        sets: &[Set],
        creates: bool,
    ) -> Done<(Option<Set>, Vec<Set>)> {
        let (new, old) = new_and_old(&self.object, sets);
        let new = match new {
            Some(existing) => Some(self.existing_new_set(existing, &old)?),
            None if creates => Some(self.create_new_set(&old)?),
            None => None,
        };
        Ok((new, old))
    }

    /// Models the first half of `getNewReplicaSet`.
    fn existing_new_set(&mut self, existing: Set, old: &[Set]) -> Done<Set> {
        let mut annotations = existing.view.metadata.annotations.clone();
        let (meta, revision) = (&self.d.metadata, max_revision(old) + 1);
        let is_changed = set_annotations(&mut annotations, meta, revision);
        let min_ready = self.d.spec.min_ready_seconds;
        if is_changed || existing.view.spec.min_ready_seconds != min_ready {
            let mut value = existing.object.value.clone();
            value.set(&["metadata", "annotations"], text_map(&annotations));
            match min_ready {
                0 => drop(value.remove(&["spec", "minReadySeconds"])),
                seconds => value.set(&["spec", "minReadySeconds"], seconds),
            }
            return self.update_set(value);
        }
        let revision = annotations.get(REVISION).cloned().unwrap_or_default();
        let mut is_news = self.set_revision(revision);
        let is_missing = condition(&self.d.status, "Progressing").is_none();
        if has_progress_deadline(&self.d.spec) && is_missing {
            let message = format!("Found new replica set \"{}\"", existing.view.metadata.name);
            self.set_progressing("True", "FoundNewReplicaSet", message);
            is_news = true;
        }
        if is_news {
            self.update_status()?;
        }
        Ok(existing)
    }

    /// Models `SetDeploymentRevision`.
    fn set_revision(&mut self, revision: Rc<str>) -> bool {
        let annotations = &mut self.d.metadata.annotations;
        let is_news = annotations.get(REVISION).map_or("", |old| old) != &*revision;
        if is_news {
            annotations.insert(REVISION.into(), revision);
        }
        is_news
    }

    /// Models the second half of `getNewReplicaSet`.
    fn create_new_set(&mut self, old: &[Set]) -> Done<Set> {
        let revision = max_revision(old) + 1;
        let replicas = new_replicas(&self.d.spec, sum(old, Set::replicas), 0);
        let value = self.made_set(replicas, revision);
        let name: Rc<str> = value.text_at(&["metadata", "name"]).into();
        let (created, is_made) = match self.world.create(CONTROLLER.actor(), value) {
            Ok(created) => (created, true),
            Err(status) if status.reason == "AlreadyExists" => {
                (self.set_of_this_name(&name, status)?, false)
            }
            Err(status) => return Err(self.not_created(&name, status)),
        };
        if is_made && replicas > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {replicas}");
            self.tell("Normal", "ScalingReplicaSet", message);
        }
        let mut is_news = self.set_revision(revision.to_string().into());
        if is_made && has_progress_deadline(&self.d.spec) {
            let message = format!("Created new replica set \"{name}\"");
            self.set_progressing("True", "NewReplicaSetCreated", message);
            is_news = true;
        }
        if is_news {
            self.update_status()?;
        }
        Set::of(created).ok_or_else(|| Status::not_found("replicasets.apps", &name))
    }

    /// A ReplicaSet of the present template, as it is to be created.
    fn made_set(&self, replicas: i64, revision: i64) -> Value {
        let deployment = &self.object.value;
        let at = |path: &[&str]| deployment.at(path).cloned().unwrap_or_default();
        let mut template = at(&["spec", "template"]);
        let hash = compute_hash(&template, self.d.status.collision_count);
        template.set(&["metadata", "labels", POD_TEMPLATE_HASH], hash.as_str());
        let mut selector = at(&["spec", "selector"]);
        selector.set(&["matchLabels", POD_TEMPLATE_HASH], hash.as_str());
        let mut annotations = Labels::new();
        set_annotations(&mut annotations, &self.d.metadata, revision);
        for (name, value) in self.size_annotations() {
            annotations.insert(name.into(), value);
        }
        let owner: Value = [controller_ref(&self.object)].into_iter().collect();
        let labels = template.at(&["metadata", "labels"]).cloned();
        let mut set = fields! {
            "apiVersion" => "apps/v1", "kind" => "ReplicaSet",
            "metadata" => fields! {
                "name" => set_name(&self.d.metadata.name, &hash),
                "namespace" => self.d.metadata.namespace.clone(),
                "labels" => labels.unwrap_or_default(),
                "annotations" => text_map(&annotations),
                "ownerReferences" => owner,
            },
            "spec" => fields! {
                "replicas" => replicas, "selector" => selector, "template" => template,
            },
        };
        if self.d.spec.min_ready_seconds > 0 {
            set.set(&["spec", "minReadySeconds"], self.d.spec.min_ready_seconds);
        }
        set
    }

    /// There is a ReplicaSet of this name: the one that is wanted, or two templates have one hash.
    fn set_of_this_name(&mut self, name: &str, status: Status) -> Done<Rc<crate::api::Object>> {
        let key = ObjectKey::new("ReplicaSet.apps", &self.d.metadata.namespace, name);
        let Some(found) = self.world.store.get(&key).cloned() else {
            return Err(status);
        };
        let controller = found.meta.controller();
        let is_own = controller.is_some_and(|one| one.uid == self.d.metadata.uid);
        if is_own && same_template(&self.object, &found) {
            return Ok(found);
        }
        let collisions = self.d.status.collision_count.unwrap_or(0);
        self.d.status.collision_count = Some(collisions + 1);
        // The first error counts.
        let _ = self.update_status();
        Err(status)
    }

    fn not_created(&mut self, name: &str, status: Status) -> Status {
        if is_terminating(self.world, &self.d.metadata.namespace) {
            return status;
        }
        let message = format!(
            "Failed to create new replica set \"{name}\": {}",
            status.message
        );
        if has_progress_deadline(&self.d.spec) {
            self.set_progressing("False", "ReplicaSetCreateError", message.clone());
            // The first error counts.
            let _ = self.update_status();
        }
        self.tell("Warning", "ReplicaSetCreateError", message);
        status
    }

    /// What says on a ReplicaSet how large its Deployment is to be.
    fn size_annotations(&self) -> [(&'static str, Rc<str>); 2] {
        let replicas = self.d.spec.replicas;
        let most = replicas + max_surge(&self.d.spec);
        [
            (DESIRED_REPLICAS, replicas.to_string().into()),
            (MAX_REPLICAS, most.to_string().into()),
        ]
    }

    /// Models `scaleReplicaSet`; `force`: also if only the annotations are others. Tells whether the
    /// size changed, and the ReplicaSet as it is now.
    pub(super) fn scale_set(&mut self, set: &Set, replicas: i64, force: bool) -> Done<(bool, Set)> {
        let old = set.replicas();
        let annotations = &set.view.metadata.annotations;
        let sizes = self.size_annotations();
        let differs = sizes
            .iter()
            .any(|(name, value)| annotations.get(*name) != Some(value));
        if old == replicas && !(force && differs) {
            return Ok((false, set.clone()));
        }
        let mut value = set.object.value.clone();
        value.set(&["spec", "replicas"], replicas);
        for (name, size) in sizes {
            value.set(&["metadata", "annotations", name], size);
        }
        let written = self.update_set(value)?;
        if old == replicas {
            return Ok((false, written));
        }
        let direction = if old < replicas { "up" } else { "down" };
        let name = &set.view.metadata.name;
        let message = format!("Scaled {direction} replica set {name} from {old} to {replicas}");
        self.tell("Normal", "ScalingReplicaSet", message);
        Ok((true, written))
    }

    fn update_set(&mut self, value: Value) -> Done<Set> {
        let written = self.world.update(CONTROLLER.actor(), value)?;
        let name = written.meta.name.clone();
        Set::of(written).ok_or_else(|| Status::not_found("replicasets.apps", &name))
    }

    /// Models `isScalingEvent`.
    pub(super) fn is_scaling_event(&mut self, sets: &[Set]) -> Done<bool> {
        let (_, all) = self.new_and_all(sets)?;
        let wanted = self.d.spec.replicas;
        let desired = |set: &Set| number(set, DESIRED_REPLICAS);
        let active = active(&all);
        Ok(active
            .iter()
            .filter_map(desired)
            .any(|desired| desired != wanted))
    }

    /// Models `scale`: in proportion, lest a change of size hasten a rollout.
    fn scale(&mut self, new: Option<&Set>, old: &[Set]) -> Done<()> {
        let wanted = self.d.spec.replicas;
        if let Some(only) = active_or_latest(new, old) {
            self.scale_set(&only, wanted, false)?;
            return Ok(());
        }
        if new.is_some_and(|new| is_saturated(new, wanted)) {
            for set in active(old) {
                self.scale_set(&set, 0, false)?;
            }
            return Ok(());
        }
        if !self.is_rolling_update() {
            return Ok(());
        }
        let mut sets = active(&all(old, new));
        let allowed = match wanted {
            0 => 0,
            _ => wanted + max_surge(&self.d.spec),
        };
        let to_add = allowed - sum(&sets, Set::replicas);
        order::sort_by(&mut sets, |a, b| {
            let (older, newer) = if to_add > 0 { (b, a) } else { (a, b) };
            let by_size = b.replicas().cmp(&a.replicas());
            by_size.then_with(|| by_creation(older, newer))
        });
        let mut added = 0;
        let mut sizes = Vec::new();
        for set in &sets {
            let part = self.proportion(set, to_add, added);
            sizes.push(set.replicas() + part);
            added += part;
        }
        if let Some(first) = sizes.first_mut()
            && to_add != 0
        {
            *first = (*first + to_add - added).max(0);
        }
        for (set, size) in sets.iter().zip(sizes) {
            self.scale_set(set, size, true)?;
        }
        Ok(())
    }

    /// Models `GetReplicaSetProportion`.
    fn proportion(&self, set: &Set, to_add: i64, added: i64) -> i64 {
        if set.replicas() == 0 || to_add == 0 || to_add == added {
            return 0;
        }
        let (fraction, allowed) = (self.fraction(set), to_add - added);
        if to_add > 0 {
            fraction.min(allowed)
        } else {
            fraction.max(allowed)
        }
    }

    /// Models `getReplicaSetFraction`.
    fn fraction(&self, set: &Set) -> i64 {
        let (wanted, size) = (self.d.spec.replicas, set.replicas());
        if wanted == 0 {
            return -size;
        }
        let before = number(set, MAX_REPLICAS).filter(|before| *before > 0);
        let before = before.unwrap_or(self.d.status.replicas);
        if before <= 0 {
            return 0;
        }
        let product = size * (wanted + max_surge(&self.d.spec));
        // Rounded, halves up.
        (2 * product + before).div_euclid(2 * before) - size
    }

    /// Models `cleanupDeployment`.
    pub(super) fn cleanup(&mut self, old: &[Set]) -> Done<()> {
        let limit = self.d.spec.revision_history_limit;
        let Some(limit) = limit.filter(|limit| *limit != i64::from(i32::MAX)) else {
            return Ok(());
        };
        let is_alive = |set: &&Set| set.view.metadata.deletion_timestamp.is_none();
        let mut cleanable: Vec<Set> = old.iter().filter(is_alive).cloned().collect();
        let surplus = (cleanable.len() as i64 - limit).max(0);
        order::sort_by(&mut cleanable, |a, b| {
            match (revision(&a.view.metadata), revision(&b.view.metadata)) {
                (Some(first), Some(second)) if first != second => first.cmp(&second),
                _ => by_creation(a, b),
            }
        });
        for set in cleanable.iter().take(surplus as usize) {
            let (status, meta) = (&set.view.status, &set.view.metadata);
            let is_observed = meta.generation <= status.observed_generation;
            if status.replicas != 0 || set.replicas() != 0 || !is_observed {
                continue;
            }
            match self
                .world
                .delete(CONTROLLER.actor(), &set.object.key(), None)
            {
                Err(status) if status.reason != "NotFound" => return Err(status),
                _ => {}
            }
        }
        Ok(())
    }

    /// Models `syncDeploymentStatus`.
    fn sync_deployment_status(&mut self, all: &[Set], new: Option<&Set>) -> Done<()> {
        let status = self.calculate_status(all, new);
        if status == self.d.status {
            return Ok(());
        }
        self.d.status = status;
        self.update_status()
    }

    /// Models `calculateStatus`.
    pub(super) fn calculate_status(&self, all: &[Set], new: Option<&Set>) -> DeploymentStatus {
        let available = sum(all, |set| set.view.status.available_replicas);
        let mut status = DeploymentStatus {
            observed_generation: self.d.metadata.generation,
            replicas: sum(all, |set| set.view.status.replicas),
            updated_replicas: new.map_or(0, |new| new.view.status.replicas),
            ready_replicas: sum(all, |set| set.view.status.ready_replicas),
            available_replicas: available,
            unavailable_replicas: (sum(all, Set::replicas) - available).max(0),
            terminating_replicas: terminating(all),
            collision_count: self.d.status.collision_count,
            conditions: self.d.status.conditions.clone(),
        };
        let least = self.d.spec.replicas - max_unavailable(&self.d.spec);
        let (is_available, reason, message) = match available >= least {
            true => (
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
            ),
            false => (
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            ),
        };
        let kind = ("Available", is_available, reason);
        let new = new_condition(kind, message.into(), self.world.now());
        set_condition(&mut status, new);
        status
    }

    /// Writes the status and the annotation of the revision, unless somebody has written the Deployment
    /// since this look began: this look itself, too, as upstream. Models `UpdateStatus`.
    pub(super) fn update_status(&mut self) -> Done<()> {
        let key = self.key();
        let version = |meta: &crate::api::meta::ObjectMeta| meta.resource_version.clone();
        let now = self.world.store.get(&key).map(|now| version(&now.meta));
        if now.is_some_and(|now| now != version(&self.object.meta)) {
            return Err(Status::conflict(&key));
        }
        let (status, revision) = (&self.d.status, self.d.metadata.annotations.get(REVISION));
        self.world.patch(CONTROLLER.actor(), &key, |value| {
            if let Some(revision) = revision {
                value.set(&["metadata", "annotations", REVISION], revision.clone());
            }
            value.set(&["status"], status_value(status));
        })?;
        Ok(())
    }
}

/// Old ones, then the new one.
pub(super) fn all(old: &[Set], new: Option<&Set>) -> Vec<Set> {
    old.iter().chain(new).cloned().collect()
}

/// The only ReplicaSet that ought to have Pods; if there is none, the newest. Models
/// `FindActiveOrLatest`.
fn active_or_latest(new: Option<&Set>, old: &[Set]) -> Option<Set> {
    let active = active(&all(old, new));
    match &active[..] {
        [] => {
            let latest = old.iter().max_by(|a, b| by_creation(a, b));
            new.or(latest).cloned()
        }
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Models `IsSaturated`.
fn is_saturated(set: &Set, wanted: i64) -> bool {
    set.replicas() == wanted
        && number(set, DESIRED_REPLICAS) == Some(wanted)
        && set.view.status.available_replicas == wanted
}

fn number(set: &Set, annotation: &str) -> Option<i64> {
    let annotations = &set.view.metadata.annotations;
    let number = annotations.get(annotation)?.parse::<u32>().ok()?;
    i32::try_from(number).ok().map(i64::from)
}

/// Models `generateReplicaSetName`.
fn set_name(deployment: &str, hash: &str) -> String {
    let most = MAX_NAME.saturating_sub(hash.len() + 1);
    format!("{}-{hash}", deployment.get(..most).unwrap_or(deployment))
}

fn text_map(texts: &Labels) -> Value {
    let entries = texts.iter();
    entries
        .map(|(name, text)| (name.clone(), Value::from(text.clone())))
        .collect()
}

fn status_value(status: &DeploymentStatus) -> Value {
    let mut value = Value::map();
    let counts = [
        ("observedGeneration", status.observed_generation),
        ("replicas", status.replicas),
        ("updatedReplicas", status.updated_replicas),
        ("readyReplicas", status.ready_replicas),
        ("availableReplicas", status.available_replicas),
        ("unavailableReplicas", status.unavailable_replicas),
    ];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
        value.set(&[name], count);
    }
    let pointers = [
        ("terminatingReplicas", status.terminating_replicas),
        ("collisionCount", status.collision_count),
    ];
    for (name, count) in pointers {
        if let Some(count) = count {
            value.set(&[name], count);
        }
    }
    if !status.conditions.is_empty() {
        let conditions: Value = status.conditions.iter().map(condition_value).collect();
        value.set(&["conditions"], conditions);
    }
    value
}

fn condition_value(of: &DeploymentCondition) -> Value {
    let time = |time: Option<SimTime>| time.unwrap_or_default().to_rfc3339();
    fields! {
        "type" => of.kind.clone(), "status" => of.status.clone(), "reason" => of.reason.clone(),
        "message" => of.message.clone(), "lastUpdateTime" => time(of.last_update_time),
        "lastTransitionTime" => time(of.last_transition_time),
    }
}
