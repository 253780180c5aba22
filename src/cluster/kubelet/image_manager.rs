//! Images: pull policy, pulls one after the other, pauses after failures.
//! Models `pkg/kubelet/images/image_manager.go` with serialized pulls, as by default.
//! Left out: credentials (a pull secret that is missing is told, and changes nothing), image
//! garbage collection.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::back_off::Growth;
use super::{Kubelet, Turn, Wake};
use crate::api::pod::Container;
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::workload::{ImageSize, image_name, runtime};
use crate::cluster::{Activity, SimTime, World};
use crate::collections::Map;

/// Images of a node: those that are here, and the pulls.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Images {
    /// By name as kubelets write it (with a tag), in bytes.
    here: Map<Rc<str>, u64>,
    /// The first is under way.
    pulls: Vec<Pull>,
}

/// A container that waits for its image.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pull {
    pod: Uid,
    container: Rc<str>,
    /// As in the spec.
    written: Rc<str>,
    /// With a tag.
    image: Rc<str>,
    asked: SimTime,
    since: SimTime,
    until: SimTime,
    result: Option<Result<u64, Rc<str>>>,
}

/// What became of asking for an image.
pub(super) enum Ensured {
    /// It is here.
    Present,
    /// It is being pulled.
    Pulling,
    /// It can't be had: reason and message.
    Failed(&'static str, String),
}

impl Images {
    /// An image that is here already; a size that is known stays.
    pub(super) fn keep(&mut self, image: Rc<str>, bytes: u64) {
        let known = self.here.or_default(image);
        *known = bytes.max(*known);
    }

    /// Whatever was under way isn't any more.
    pub(super) fn forget_pulls(&mut self) {
        self.pulls.clear();
    }

    /// What all of them take, in bytes.
    pub(super) fn bytes(&self) -> i64 {
        let all = self.here.values().copied();
        i64::try_from(all.fold(0, u64::saturating_add)).unwrap_or(i64::MAX)
    }

    /// Deletes all but those that a spec names as in `used`. Models `DeleteUnusedImages`.
    pub(super) fn keep_only(&mut self, used: &[Rc<str>]) {
        let tagged = |written: &Rc<str>| image_name::with_tag(written).ok();
        let used: Vec<String> = used.iter().filter_map(tagged).collect();
        let here = self.here.keys();
        let gone: Vec<Rc<str>> = here
            .filter(|n| !used.iter().any(|u| **u == ***n))
            .cloned()
            .collect();
        for name in &gone {
            self.here.remove(name);
        }
    }

    /// The digest of an image.
    pub(super) fn id(&self, written: &str) -> Rc<str> {
        image_name::with_digest(written).into()
    }

    /// Pulls under way.
    pub(super) fn activities(&self) -> impl Iterator<Item = ((Uid, Rc<str>), Activity)> {
        let first = self.pulls.first().into_iter();
        first.map(|pull| {
            let bytes = pull.result.as_ref().and_then(|result| result.as_ref().ok());
            let activity = Activity::Pulling {
                since: pull.since,
                until: pull.until,
                bytes: bytes.copied().unwrap_or_default(),
            };
            ((pull.pod, pull.container.clone()), activity)
        })
    }

    /// As `status.images` lists them.
    pub(super) fn listed(&self) -> Value {
        let image = |(name, size): (&Rc<str>, &u64)| {
            let digest: Rc<str> = image_name::with_digest(name).into();
            let names: Value = [digest, image_name::full(name).into()]
                .into_iter()
                .map(Value::from)
                .collect();
            crate::fields! {
                "names" => names, "sizeBytes" => i64::try_from(*size).unwrap_or(i64::MAX),
            }
        };
        self.here.iter().map(image).collect()
    }
}

impl Turn<'_> {
    /// Tells of Secrets for registries that aren't there. Models `getPullSecretsForPod`.
    pub(super) fn get_pull_secrets(&mut self) {
        let pod = self.pod();
        let missing = pod.spec.image_pull_secrets.iter().filter(|secret| {
            let key = ObjectKey::new("Secret", &pod.metadata.namespace, &secret.name);
            !secret.name.is_empty() && self.world.seen_by(&self.node.name).get(&key).is_none()
        });
        let missing: Vec<&str> = missing.map(|secret| &*secret.name).collect();
        if !missing.is_empty() {
            let message = format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may \
                 not succeed.",
                missing.join(", ")
            );
            self.event("Warning", "FailedToRetrieveImagePullSecret", message, None);
        }
    }

    /// Models `EnsureImageExists`.
    pub(super) fn ensure_image(&mut self, container: &Container) -> Ensured {
        let written = &container.image;
        let image: Rc<str> = match image_name::with_tag(written) {
            Ok(image) => image.into(),
            Err(error) => {
                let message = format!("Failed to apply default image tag \"{written}\": {error}");
                self.event("Warning", "InspectFailed", message.clone(), Some(container));
                return Ensured::Failed("InvalidImageName", message);
            }
        };
        let preloaded = runtime(self.world.setup.runtime).preloaded(&image);
        let present = self.node.images.here.contains_key(&image) || preloaded.is_some();
        match (&*container.image_pull_policy, present) {
            ("Always", _) | ("IfNotPresent" | "", false) => self.pull(container, image),
            (_, true) => {
                let message = format!(
                    "Container image \"{written}\" already present on machine and can be accessed \
                     by the pod"
                );
                self.event("Normal", "Pulled", message, Some(container));
                Ensured::Present
            }
            (_, false) => {
                let message = format!(
                    "Container image \"{written}\" is not present with pull policy of Never"
                );
                self.event(
                    "Warning",
                    "ErrImageNeverPull",
                    message.clone(),
                    Some(container),
                );
                Ensured::Failed("ErrImageNeverPull", message)
            }
        }
    }

    /// Models `pullImage`.
    fn pull(&mut self, container: &Container, image: Rc<str>) -> Ensured {
        let written = container.image.clone();
        let (now, growth) = (self.world.now(), self.image_growth());
        if self
            .worker
            .image_back_off
            .until_since_update(&written, now, growth)
            .is_some()
        {
            let mut message = format!("Back-off pulling image \"{written}\"");
            self.event("Normal", "BackOff", message.clone(), Some(container));
            if let Some(error) = self.worker.pull_errors.get(&written) {
                message = format!("{message}: {error}");
            }
            return Ensured::Failed("ImagePullBackOff", message);
        }
        self.worker.pull_errors.remove(&written);
        let message = format!("Pulling image \"{written}\"");
        self.event("Normal", "Pulling", message, Some(container));
        let pull = Pull {
            pod: self.worker.uid,
            container: container.name.clone(),
            written,
            image,
            asked: now,
            since: now,
            until: now,
            result: None,
        };
        self.node.images.pulls.push(pull);
        if self.node.images.pulls.len() == 1 {
            self.begin_pull();
        }
        Ensured::Pulling
    }

    fn image_growth(&self) -> Growth {
        let latencies = self.world.latencies();
        Growth {
            initial: latencies.image_back_off_initial,
            max: latencies.crash_loop_back_off_max,
            reset: latencies.back_off_reset,
        }
    }

    /// It is the turn of this Pod's pull.
    fn begin_pull(&mut self) {
        let Some(mut pull) = self.node.images.pulls.first().cloned() else {
            return;
        };
        let tries = self.count_try(&pull.image);
        let kind = self.world.setup.runtime;
        let mut timed = runtime(kind).pull_image(self.world.latencies(), &pull.image, tries);
        if let Some(error) = self.worker.reports.pulls.get(&pull.image) {
            timed.after = self.world.latencies().pull_base;
            timed.result = Err(error.to_string());
        } else if self.node.images.here.contains_key(&pull.image) {
            // Only the manifest is asked for.
            timed.after = timed.after.min(self.world.latencies().pull_base);
        }
        pull.since = self.world.now();
        pull.until = pull.since + timed.after;
        pull.result = Some(match timed.result {
            Ok(ImageSize(bytes)) => Ok(bytes),
            Err(error) => Err(error.into()),
        });
        self.node.images.pulls[0] = pull;
        let wake = self.node.wake(Wake::Pulled);
        self.world.wake(timed.after, wake);
    }

    /// Its pull is over.
    fn pull_done(&mut self, pull: &Pull) {
        if self.worker.sync.is_none() {
            return;
        }
        let pod = self.pod();
        let container = pod
            .every_container()
            .find(|c| c.name == pull.container)
            .cloned();
        let container = container.as_ref();
        let written = &pull.written;
        let now = self.world.now();
        let result = match pull.result.as_ref().expect("set when it began") {
            Ok(bytes) => {
                let took = go_milliseconds(now.since(pull.since));
                let waited = go_milliseconds(now.since(pull.asked));
                let message = format!(
                    "Successfully pulled image \"{written}\" in {took} ({waited} including \
                     waiting). Image size: {bytes} bytes."
                );
                self.event("Normal", "Pulled", message, container);
                Ok(())
            }
            Err(error) => {
                let message = format!("Failed to pull image \"{written}\": {error}");
                self.event("Warning", "Failed", message, container);
                let growth = self.image_growth();
                self.worker
                    .image_back_off
                    .next(written.clone(), now, now, growth);
                let (reason, message) = pull_error(written, error);
                let remembered: Rc<str> = format!("{reason}: {message}").into();
                self.worker.pull_errors.insert(written.clone(), remembered);
                Err((reason, message))
            }
        };
        self.image_came(result);
    }
}

impl Kubelet {
    /// The pull under way is over; the next one begins.
    pub(super) fn pulled(&mut self, world: &mut World) {
        if self.node.images.pulls.is_empty() {
            return;
        }
        let pull = self.node.images.pulls.remove(0);
        if let Some(Ok(bytes)) = &pull.result
            && self.node.images.here.insert(pull.image.clone(), *bytes)
        {
            self.node.report_images(world);
        }
        // Whose Pod is gone in the meantime isn't pulled.
        while let Some(next) = self.node.images.pulls.first().map(|pull| pull.pod) {
            if self.workers.contains_key(&next) {
                self.turn(world, next, |turn| turn.begin_pull());
                break;
            }
            self.node.images.pulls.remove(0);
        }
        self.turn(world, pull.pod, |turn| turn.pull_done(&pull));
    }
}

impl super::NodeState {
    pub(super) fn report_images(&self, world: &mut World) {
        let images = self.images.listed();
        self.patch_node(world, |node| node.set(&["status", "images"], images));
    }
}

/// What a pull's error is called. Models `evalCRIPullErr`.
fn pull_error(image: &str, error: &str) -> (&'static str, String) {
    match error.strip_prefix("RegistryUnavailable") {
        Some(more) => {
            let message =
                format!("image pull failed for {image} because the registry is unavailable{more}");
            ("RegistryUnavailable", message)
        }
        None => ("ErrImagePull", error.into()),
    }
}

/// A duration as Go prints one cut to milliseconds: `203ms`, `1.967s`, `1m2.5s`.
fn go_milliseconds(duration: std::time::Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        return if millis == 0 {
            "0s".into()
        } else {
            format!("{millis}ms")
        };
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let seconds = format!("{}.{:03}", rest / 1000, rest % 1000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    match minutes {
        0 => format!("{seconds}s"),
        _ => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::go_milliseconds;
    use std::time::Duration;

    #[test]
    fn pulls_take_as_long_as_go_prints() {
        for (millis, text) in [
            (0, "0s"),
            (203, "203ms"),
            (1967, "1.967s"),
            (62_500, "1m2.5s"),
            (60_000, "1m0s"),
        ] {
            assert_eq!(go_milliseconds(Duration::from_millis(millis)), text);
        }
    }
}
