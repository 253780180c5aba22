//! Sets a Pod's volumes up, tries again, keeps them as their sources are, and takes them down.
//! Models `pkg/kubelet/volumemanager`: the populator and the reconciler, which upstream run ten times a
//! second, here only when there is something to do, at such a tenth; and the growing pauses of
//! `pkg/volume/util/nestedpendingoperations`. Left out: volumes that are attached, devices, resizing.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pod_worker::{Outcome, Stage};
use super::sync::Doing;
use super::volumes::{self, Plugin, Volume};
use super::{Turn, Wake};
use crate::api::pod_config;
use crate::cluster::workload::files::Files;
use crate::cluster::{SimTime, TimerId};
use crate::collections::{Map, Set};

/// What is under way with one Pod's volumes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct VolumeManager {
    /// Volumes that couldn't be set up: when that was, and the pause since.
    retries: Map<Rc<str>, (SimTime, Duration)>,
    /// Volumes that are there, and whose sources may have changed.
    remount: Set<Rc<str>>,
    /// Are the Pod's volumes to be gone through anew?
    reprocess: bool,
    /// Claims without a volume.
    errors: Vec<Rc<str>>,
    /// Since when a sync waits for volumes to be there, or to be gone.
    waits_since: Option<SimTime>,
    /// The next look at them.
    timer: Option<(SimTime, TimerId)>,
}

impl Turn<'_> {
    /// Goes on with the sync once the volumes are there. Models `WaitForAttachAndMount`.
    pub(super) fn wait_for_attach_and_mount(&mut self) {
        let (spec, pod) = self.used_volumes();
        if spec.volumes.is_empty() {
            self.act();
            return;
        }
        let account = &spec.service_account_name;
        let is_there = |turn: &Self, volume: &pod_config::Volume| {
            turn.worker.volumes.contains_key(&volume.name)
        };
        let all_there = spec.volumes.iter().all(|volume| is_there(self, volume));
        let stale = (spec.volumes.iter())
            .any(|volume| is_there(self, volume) && self.is_stale(volume, account, &pod));
        if !all_there || stale {
            self.worker.volume_manager.reprocess = true;
            self.look_at_volumes(self.world.now());
        }
        if all_there {
            self.act();
            return;
        }
        self.worker.volume_manager.waits_since = Some(self.world.now());
        self.sync().doing = Doing::Mount;
    }

    /// Would it be another one if it were set up now?
    fn is_stale(&mut self, volume: &pod_config::Volume, account: &str, pod: &super::Pod) -> bool {
        let Some(there) = self.worker.volumes.get(&volume.name).cloned() else {
            return false;
        };
        there.requires_remount()
            && !self
                .set_up(volume, account, pod)
                .is_ok_and(|now| volumes::same(&now.files, &there.files))
    }

    /// The sync waits no longer: its Pod is on its way out. Models the cancelling of a sync's context.
    pub(super) fn cancel_waiting_for_volumes(&mut self) {
        let waits = |sync: &super::sync::Sync| sync.doing == Doing::Mount;
        if self.worker.sync.as_ref().is_some_and(waits) {
            self.worker.volume_manager.waits_since = None;
            self.end_sync(Outcome::Failed(None));
        }
    }

    /// Takes the volumes down; goes on with the sync once they are gone. Models `WaitForUnmount`.
    pub(super) fn wait_for_unmount(&mut self) {
        if self.worker.volumes.is_empty() {
            self.unmounted();
            return;
        }
        self.worker.volume_manager.waits_since = Some(self.world.now());
        self.sync().doing = Doing::Unmount;
        self.look_at_volumes(self.world.now() + self.world.latencies().volume_poll);
    }

    /// It looks at them at `due`, or before.
    fn look_at_volumes(&mut self, due: SimTime) {
        let loops = self.world.latencies().volume_reconcile;
        let due = self.node.next_tick(due, loops);
        let manager = &mut self.worker.volume_manager;
        match manager.timer {
            Some((known, _)) if known <= due => return,
            Some((_, timer)) => self.world.cancel(timer),
            None => {}
        }
        let wake = self.node.wake(Wake::Volumes(self.worker.uid));
        let timer = self.world.wake(due.since(self.world.now()), wake);
        self.worker.volume_manager.timer = Some((due, timer));
    }

    /// Its look at them is due.
    pub(super) fn volumes_due(&mut self) {
        self.worker.volume_manager.timer = None;
        if self.worker.stage >= Stage::Terminated {
            self.take_down();
            return;
        }
        self.reconcile();
        if self.worker.sync.as_ref().map(|sync| &sync.doing) == Some(&Doing::Mount) {
            self.look_whether_mounted();
        }
    }

    /// Models `processPodVolumes` and `mountOrAttachVolumes`.
    fn reconcile(&mut self) {
        let (spec, pod) = self.used_volumes();
        let reprocess = std::mem::take(&mut self.worker.volume_manager.reprocess);
        let mut mountable: Vec<&pod_config::Volume> = Vec::new();
        let mut errors = Vec::new();
        for volume in &spec.volumes {
            match volumes::bound(self.world.seen_by(&self.node.name), volume, &pod) {
                Ok(()) => mountable.push(volume),
                Err(error) => errors.push(error.into()),
            }
        }
        if reprocess {
            let manager = &mut self.worker.volume_manager;
            if errors.is_empty() {
                let there = self.worker.volumes.iter();
                let again = there.filter(|(_, volume)| volume.requires_remount());
                manager.remount = again.map(|(name, _)| name.clone()).collect();
            }
            manager.errors = errors;
        }
        for volume in mountable {
            self.mount_volume(volume, &spec.service_account_name, &pod);
        }
        let retries = self.worker.volume_manager.retries.values();
        let next = retries.map(|(failed, pause)| *failed + *pause).min();
        if let Some(next) = next {
            // Not before the pause is over, and at the first look after it.
            self.look_at_volumes(next.max(self.world.now() + Duration::from_micros(1)));
        }
    }

    /// Models `GenerateMountVolumeFunc`.
    fn mount_volume(&mut self, volume: &pod_config::Volume, account: &str, pod: &super::Pod) {
        let (now, name) = (self.world.now(), &volume.name);
        let there = self.worker.volumes.get(name).cloned();
        let manager = &self.worker.volume_manager;
        let waits = manager.retries.get(name);
        let waits = waits.is_some_and(|(failed, pause)| now < *failed + *pause);
        if waits || there.is_some() && !manager.remount.contains(name) {
            return;
        }
        match self.set_up(volume, account, pod) {
            Ok(made) => {
                let manager = &mut self.worker.volume_manager;
                manager.retries.remove(name);
                manager.remount.remove(name);
                if !there.is_some_and(|there| volumes::same(&there.files, &made.files)) {
                    self.worker.volumes.insert(name.clone(), Rc::new(made));
                }
            }
            Err(error) => {
                let (first, longest) = (
                    self.world.latencies().volume_retry_initial,
                    self.world.latencies().volume_retry_max,
                );
                let retries = &mut self.worker.volume_manager.retries;
                let pause = match retries.get(name) {
                    Some((_, pause)) => (*pause * 2).min(longest),
                    None => first,
                };
                retries.insert(name.clone(), (now, pause));
                let message = format!("MountVolume.SetUp failed for volume \"{name}\" : {error}");
                self.event("Warning", "FailedMount", message, None);
            }
        }
    }

    /// The sync that waits looks every now and then, counted from its beginning. Here it looks when
    /// there is something to be seen. Models `verifyVolumesMountedFunc`.
    fn look_whether_mounted(&mut self) {
        let now = self.world.now();
        let since = self.worker.volume_manager.waits_since.unwrap_or(now);
        let (poll, timeout) = (
            self.world.latencies().volume_poll,
            self.world.latencies().volume_mount_timeout,
        );
        let unmounted = self.unmounted_volumes();
        let deadline = since + timeout;
        let seen = unmounted.is_empty() || !self.worker.volume_manager.errors.is_empty();
        if !seen && now < deadline {
            self.look_at_volumes(deadline);
            return;
        }
        let step = i64::try_from(poll.as_micros()).unwrap_or(i64::MAX).max(1);
        let late = (now.0 - since.0).rem_euclid(step);
        if seen && late != 0 {
            let next = SimTime(now.0 - late + step);
            let wake = self.node.wake(Wake::Volumes(self.worker.uid));
            let timer = self.world.wake(next.since(now), wake);
            if let Some((_, timer)) = self.worker.volume_manager.timer.replace((next, timer)) {
                self.world.cancel(timer);
            }
            return;
        }
        self.worker.volume_manager.waits_since = None;
        let errors = std::mem::take(&mut self.worker.volume_manager.errors);
        self.sync().doing = Doing::Nothing;
        if unmounted.is_empty() {
            self.act();
            return;
        }
        // A sync that only waited too long says nothing: why is said by the Events of each volume.
        if !errors.is_empty() {
            let message = format!(
                "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[], \
                 failed to process volumes=[{}]: {}",
                unmounted.join(" "),
                self.unprocessed_volumes().join(" "),
                errors.join("; ")
            );
            self.event("Warning", "FailedMount", message, None);
        }
        self.end_sync(Outcome::Failed(None));
    }

    /// Names of volumes that aren't there, in order.
    fn unmounted_volumes(&self) -> Vec<Rc<str>> {
        let (spec, _) = self.used_volumes();
        let names = spec.volumes.into_iter().map(|volume| volume.name);
        let mut names: Vec<_> = names
            .filter(|name| !self.worker.volumes.contains_key(name))
            .collect();
        crate::order::sort(&mut names);
        names
    }

    /// Names of volumes whose claims have none, in order.
    fn unprocessed_volumes(&self) -> Vec<Rc<str>> {
        let (spec, pod) = self.used_volumes();
        let store = self.world.seen_by(&self.node.name);
        let failing = spec
            .volumes
            .iter()
            .filter(|volume| volumes::bound(store, volume, &pod).is_err());
        let mut names: Vec<_> = failing.map(|volume| volume.name.clone()).collect();
        crate::order::sort(&mut names);
        names
    }

    /// Takes all volumes down. What was on the node's own paths stays there.
    fn take_down(&mut self) {
        self.leave_host_paths();
        self.worker.volumes = Map::new();
        self.worker.volume_manager = VolumeManager::default();
        self.node.immutable.unregister(self.worker.uid);
        if self.worker.sync.as_ref().map(|sync| &sync.doing) == Some(&Doing::Unmount) {
            self.unmounted();
        }
    }

    fn leave_host_paths(&mut self) {
        let (spec, _) = self.used_volumes();
        for volume in &spec.volumes {
            let there = self.worker.volumes.get(&volume.name);
            if let (Some(source), Some(there)) = (&volume.host_path, there) {
                self.node.host_paths.leave(&source.path, &there.files);
            }
        }
    }

    /// Volumes of a Pod that was running already: they are there, whatever is in them.
    pub(super) fn adopt_volumes(&mut self) {
        let (spec, pod) = self.used_volumes();
        for volume in &spec.volumes {
            let made = self.set_up(volume, &spec.service_account_name, &pod);
            let made = made.unwrap_or_else(|_| Volume {
                plugin: plugin_of(volume),
                files: Files::default(),
                memory: false,
                size_limit: None,
            });
            self.worker
                .volumes
                .insert(volume.name.clone(), Rc::new(made));
        }
    }
}

/// Which plugin a volume that can't be set up is of.
fn plugin_of(volume: &pod_config::Volume) -> Plugin {
    match volume {
        volume if volume.config_map.is_some() => Plugin::ConfigMap,
        volume if volume.secret.is_some() => Plugin::Secret,
        volume if volume.downward_api.is_some() => Plugin::DownwardApi,
        volume if volume.projected.is_some() => Plugin::Projected,
        volume if volume.host_path.is_some() => Plugin::HostPath,
        _ => Plugin::Other,
    }
}
