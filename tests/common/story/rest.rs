//! What holds once all faults have ended and nothing was done for a while.
//!
//! - As many Pods are there as somebody wants, no more and no fewer; where their image comes up, they are Ready and of
//!   the newest template, but for Pods that fit nowhere, which the scheduler is asked about once more.
//! - A StatefulSet whose Pods wait for each other stands behind one that doesn't come up, also when a better template
//!   is there: upstream's known trap, in which a person has to delete that Pod. And where somebody's Pod that isn't its
//!   own has the name of one of its Pods, it waits until that is gone.
//! - A Deployment that becomes one of `Recreate` and of another size while several of its ReplicaSets have Pods stands
//!   still, as upstream's does: to `isScalingEvent` it is being resized for ever, since `scale` resizes several only for
//!   a rolling update.
//! - A DaemonSet that surges may stand with both Pods on a node where the last two came up shortly after each other:
//!   of two delayed entries of one object upstream's queue keeps the earlier (`insert`, `delaying_queue.go`), at which
//!   the second isn't available yet, and its status counts the old Pod (`updateDaemonSetStatus`), so nobody looks again.
//! - Nothing is left of what was deleted, nothing belongs to what isn't there, and no command still runs.
//! - A CronJob never rests: of its Jobs those aren't judged of which anything happened a moment ago. Upstream looks at
//!   a Job whose Pods changed a second later (`SyncJobBatchPeriod`), and collects the Pods of one that was forgotten
//!   after that (`cleanupFinishedJobs`).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use podarium::api::workloads::Deployment;
use podarium::api::{Object, ObjectKey, Value};
use podarium::cluster::{SimTime, Simulation};

use super::super::acts::{IMAGES, is_good};
use super::bounds::DESIRED;

/// Within so many seconds a Job is looked at whose Pods changed, and what is deleted with it goes.
const SETTLES: u64 = 3;

/// Judges how a world stands.
///
/// # Errors
/// The first object that isn't as it must be.
pub fn check(world: &Simulation) -> Result<(), String> {
    let rest = Rest {
        world,
        busy: busy(world),
    };
    let live = world.terminal().live.len();
    if live > 0 {
        return Err(format!("{live} lines of the terminal still run"));
    }
    for (key, object) in world.world().store.objects().iter() {
        if rest.is_busy(object) {
            continue;
        }
        let told = |why| format!("at rest, {key}: {why}");
        rest.collected(object).map_err(told)?;
        rest.judge(key, object).map_err(told)?;
    }
    Ok(())
}

type Judged = Result<(), String>;

struct Rest<'a> {
    world: &'a Simulation,
    /// The uids of Jobs of CronJobs of which something changed a moment ago.
    busy: BTreeSet<Rc<str>>,
}

/// Jobs of CronJobs that changed a moment ago, or whose Pods did or are on their way out.
fn busy(world: &Simulation) -> BTreeSet<Rc<str>> {
    let changes = world.world().store.changes();
    let controller = |object: &Object| object.meta.controller().cloned();
    let is_of_cron_job =
        |job: &Object| controller(job).is_some_and(|owner| &*owner.kind == "CronJob");
    let jobs = || {
        let all = changes
            .iter()
            .filter(|change| &*change.object.kind == "Job.batch");
        all.flat_map(|change| change.before.iter().chain(&change.after))
    };
    let of_cron_jobs: BTreeSet<Rc<str>> = (jobs().filter(|job| is_of_cron_job(job)))
        .map(|job| job.meta.uid.clone())
        .collect();
    let is_late = |at: SimTime| world.now().since(at).as_secs() < SETTLES;
    let late = changes.iter().filter(|change| is_late(change.at));
    let late = late.flat_map(|change| change.before.iter().chain(&change.after));
    let pods = world.world().store.list("Pod").map(|(_, pod)| pod);
    let going = pods.filter(|pod| pod.meta.deletion_timestamp.is_some_and(is_late));
    let touched = late.chain(going).flat_map(|object| {
        let owner = controller(object).map(|owner| owner.uid);
        [Some(object.meta.uid.clone()), owner]
    });
    let touched = touched.flatten();
    touched.filter(|uid| of_cron_jobs.contains(uid)).collect()
}

/// The Pods of somebody that stay.
struct Pods {
    all: Vec<Rc<Object>>,
    /// Do all of them have a place?
    fit: bool,
}

impl Pods {
    fn count(&self) -> i64 {
        self.all.len() as i64
    }

    fn ready(&self) -> i64 {
        let is_ready = |pod: &&Rc<Object>| pod.pod().is_some_and(|pod| pod.is_ready());
        self.all.iter().filter(is_ready).count() as i64
    }
}

impl Rest<'_> {
    /// Is it a Job that is busy, or a Pod of one?
    fn is_busy(&self, object: &Object) -> bool {
        let owner = object.meta.controller();
        self.busy.contains(&object.meta.uid)
            || owner.is_some_and(|owner| self.busy.contains(&owner.uid))
    }

    /// Is nothing left that ought to be gone?
    fn collected(&self, object: &Object) -> Judged {
        if object.meta.deletion_timestamp.is_some() {
            return Err("it was deleted, and is there".into());
        }
        let owners = &object.meta.owner_references;
        let is_there = |owner: &podarium::api::meta::OwnerReference| {
            let found = self.get(&owner.key(&object.meta.namespace));
            found.is_some_and(|found| found.meta.uid == owner.uid)
        };
        if !owners.is_empty() && !owners.iter().any(is_there) {
            return Err(format!("its owner {} isn't there", owners[0].name));
        }
        if let Some(gone) = owners.iter().find(|owner| !is_there(owner)) {
            return Err(format!("of its owners {} isn't there", gone.name));
        }
        let node = object.pod().map_or("", |pod| &pod.spec.node_name);
        match node.is_empty() || self.get(&ObjectKey::node(node)).is_some() {
            true => Ok(()),
            false => Err(format!("its node {node} isn't there")),
        }
    }

    fn judge(&self, key: &ObjectKey, object: &Object) -> Judged {
        match &*key.kind {
            "Pod" => self.pod(key, object),
            "Deployment.apps" => self.deployment(object),
            "ReplicaSet.apps" | "ReplicationController" => self.set(object),
            "StatefulSet.apps" => self.stateful_set(object),
            "DaemonSet.apps" => self.daemon_set(object),
            "Job.batch" => self.job(object),
            "CronJob.batch" => self.cron_job(object),
            "Node" => match object.node().is_some_and(|node| node.is_ready()) {
                true => Ok(()),
                false => Err("it isn't Ready".into()),
            },
            _ => Ok(()),
        }
    }

    fn get(&self, key: &ObjectKey) -> Option<&Rc<Object>> {
        self.world.world().store.get(key)
    }

    /// What an object controls.
    fn controlled(&self, owner: &Object, kind: &str) -> Vec<Rc<Object>> {
        let all = self
            .world
            .world()
            .store
            .list(kind)
            .map(|(_, object)| object);
        let own = all.filter(|object| {
            let controller = object.meta.controller();
            controller.is_some_and(|controller| controller.uid == owner.meta.uid)
        });
        own.cloned().collect()
    }

    fn pods(&self, owner: &Object) -> Pods {
        let mut all = self.controlled(owner, "Pod");
        all.retain(|pod| pod.pod().is_some_and(|pod| !pod.is_finished()));
        let has_place =
            |pod: &Rc<Object>| pod.pod().is_some_and(|pod| !pod.spec.node_name.is_empty());
        let fit = all.iter().all(has_place);
        Pods { all, fit }
    }

    /// Did it begin so lately that it needn't be over?
    fn is_new(&self, object: &Object) -> bool {
        let began = object.meta.creation_timestamp.unwrap_or(SimTime::ZERO);
        self.world.now().since(began).as_secs() < 150
    }

    /// Does a CronJob have it made? That goes on for ever.
    fn is_of_cron_job(&self, pod: &Object) -> bool {
        let namespace = &pod.meta.namespace;
        let job = pod.meta.controller().map(|owner| owner.key(namespace));
        let job = job.and_then(|job| self.get(&job));
        let owner = job.and_then(|job| job.meta.controller());
        owner.is_some_and(|owner| &*owner.kind == "CronJob")
    }

    /// One that waits fits nowhere; one that has a place and a good image is Ready.
    fn pod(&self, key: &ObjectKey, object: &Object) -> Judged {
        let Some(pod) = object.pod().filter(|pod| !pod.is_finished()) else {
            return Ok(());
        };
        if self.is_new(object) && self.is_of_cron_job(object) {
            return Ok(());
        }
        let image = pod
            .spec
            .containers
            .first()
            .map_or("", |container| &container.image);
        if pod.spec.node_name.is_empty() {
            let decision = self.world.scheduler().explain(self.world.world(), key);
            let chosen = decision.as_ref().and_then(|decision| decision.chosen());
            return chosen.map_or(Ok(()), |node| Err(format!("it waits, and fits on {node}")));
        }
        match is_good(image) && !pod.is_ready() {
            true => Err(format!("it isn't Ready: {}", pod.status.phase)),
            false => Ok(()),
        }
    }

    /// The ReplicaSets are judged by themselves.
    fn deployment(&self, object: &Object) -> Judged {
        let Some(deployment) = object.deployment() else {
            return Err("it isn't read".into());
        };
        let (spec, status) = (&deployment.spec, &deployment.status);
        if status.observed_generation != deployment.metadata.generation {
            return Err("its newest generation wasn't observed".into());
        }
        let sets = self.controlled(object, "ReplicaSet.apps");
        let wanted: i64 = sets.iter().map(|set| replicas(set)).sum();
        let stands_still = stands_still(deployment, &sets);
        if wanted < spec.replicas && !spec.paused && !stands_still {
            return Err(format!("{wanted} of {} are wanted", spec.replicas));
        }
        if status.replicas != wanted {
            return Err(format!("it counts {} of {wanted}", status.replicas));
        }
        let fit = sets.iter().all(|set| self.pods(set).fit);
        if spec.paused || stands_still || !fit || !is_good(&image(object, &["spec", "template"])) {
            return Ok(());
        }
        let counts = [wanted, status.updated_replicas, status.available_replicas];
        if counts != [spec.replicas; 3] {
            return Err(format!(
                "{counts:?} are there, updated and available of {}",
                spec.replicas
            ));
        }
        let progressing = status
            .conditions
            .iter()
            .find(|one| &*one.kind == "Progressing");
        match progressing.is_some_and(|one| &*one.reason == "NewReplicaSetAvailable") {
            true => Ok(()),
            false => Err(format!(
                "it doesn't say that it is complete: {progressing:?}"
            )),
        }
    }

    fn set(&self, object: &Object) -> Judged {
        let (wanted, pods) = (replicas(object), self.pods(object));
        self.counted(object, wanted, &pods)?;
        // A template that was mended is that of new Pods alone.
        let are_good = pods.all.iter().all(|pod| is_good(&image(pod, &[])));
        let available = number(object, &["status", "availableReplicas"]);
        match are_good && pods.fit && [pods.ready(), available] != [wanted; 2] {
            true => Err(format!(
                "{} are Ready of {wanted}, it counts {available}",
                pods.ready()
            )),
            false => Ok(()),
        }
    }

    /// So many Pods are wanted, are there, and are told of.
    fn counted(&self, object: &Object, wanted: i64, pods: &Pods) -> Judged {
        let told = number(object, &["status", "replicas"]);
        let observed = number(object, &["status", "observedGeneration"]);
        if observed != number(object, &["metadata", "generation"]) {
            return Err("its newest generation wasn't observed".into());
        }
        match [pods.count(), told] == [wanted; 2] {
            true => Ok(()),
            false => Err(format!(
                "{} Pods of {wanted}, it counts {told}",
                pods.count()
            )),
        }
    }

    fn stateful_set(&self, object: &Object) -> Judged {
        let (wanted, pods) = (replicas(object), self.pods(object));
        let is_ordered = object.value.text_at(&["spec", "podManagementPolicy"]) != "Parallel";
        let is_bad = |pod: &Rc<Object>| !is_good(&image(pod, &[])) || !pods.fit;
        if is_ordered && pods.all.iter().any(is_bad) || self.is_taken(object, wanted) {
            return Ok(());
        }
        self.counted(object, wanted, &pods)?;
        if !is_good(&image(object, &["spec", "template"])) || !pods.fit {
            return Ok(());
        }
        let update = object.value.text_at(&["status", "updateRevision"]);
        let is_new = |pod: &&Rc<Object>| {
            let label = pod.meta.labels.get("controller-revision-hash");
            label.is_some_and(|label| **label == *update)
        };
        let new = pods.all.iter().filter(is_new).count() as i64;
        match [pods.ready(), new] == [wanted; 2] {
            true => Ok(()),
            false => Err(format!(
                "{} are Ready and {new} new of {wanted}",
                pods.ready()
            )),
        }
    }

    /// Has a Pod that isn't its own, and that it can't adopt, the name of one of its Pods?
    fn is_taken(&self, set: &Object, wanted: i64) -> bool {
        let (namespace, name) = (&set.meta.namespace, &set.meta.name);
        let mut keys = (0..wanted)
            .map(|ordinal| ObjectKey::new("Pod", namespace, &format!("{name}-{ordinal}")));
        keys.any(|key| {
            let found = self.get(&key);
            found.is_some_and(|pod| match pod.meta.controller() {
                Some(controller) => controller.uid != set.meta.uid,
                None => !is_selected(set, pod),
            })
        })
    }

    fn daemon_set(&self, object: &Object) -> Judged {
        let nodes = self.world.world().store.list("Node").count() as i64;
        let pods = self.pods(object);
        let mut by_node: BTreeMap<&str, i64> = BTreeMap::new();
        for pod in pods.all.iter().filter_map(|pod| pod.pod()) {
            *by_node.entry(&pod.spec.node_name).or_default() += 1;
        }
        if !is_good(&image(object, &["spec", "template"])) || !pods.fit {
            return Ok(());
        }
        let counts = [pods.count(), by_node.len() as i64, pods.ready()];
        let status = [
            "desiredNumberScheduled",
            "updatedNumberScheduled",
            "numberAvailable",
        ];
        let told = status.map(|name| number(object, &["status", name]));
        let is_whole = [by_node.len() as i64, told[0], told[2]] == [nodes; 3];
        if is_whole && pods.ready() == pods.count() && self.is_forgotten(object) {
            return Ok(());
        }
        match counts == [nodes; 3] && told == [nodes; 3] {
            true => Ok(()),
            false => Err(format!(
                "{counts:?} Pods, their nodes and Ready ones of {nodes}; it counts {told:?}"
            )),
        }
    }

    /// Did the last two Pods of one that surges come up so shortly after each other that only the first is waited for?
    fn is_forgotten(&self, set: &Object) -> bool {
        let own = |pod: &Object| {
            let controller = pod.meta.controller();
            controller.is_some_and(|controller| controller.uid == set.meta.uid)
        };
        let is_ready = |object: &Option<Rc<Object>>| {
            let pod = object.as_ref().filter(|object| own(object));
            pod.and_then(|object| object.pod())
                .is_some_and(|pod| pod.is_ready())
        };
        let changes = self.world.world().store.changes().iter();
        let came_up = changes.filter(|change| is_ready(&change.after) && !is_ready(&change.before));
        let times: Vec<SimTime> = came_up.map(|change| change.at).collect();
        let surge = ["spec", "updateStrategy", "rollingUpdate", "maxSurge"];
        let seconds = number(set, &["spec", "minReadySeconds"]);
        let [.., last, next] = times[..] else {
            return false;
        };
        number(set, &surge) > 0
            && seconds > 0
            && next.since(last).as_secs() <= seconds.unsigned_abs()
    }

    fn job(&self, object: &Object) -> Judged {
        let pods = self.pods(object);
        let is = |kind: &str| has_condition(object, kind);
        let told = number(object, &["status", "active"]);
        if told != pods.count() {
            return Err(format!("{} Pods, it counts {told}", pods.count()));
        }
        if is("Complete") || is("Failed") || is("Suspended") {
            return match pods.count() {
                0 => Ok(()),
                count => Err(format!(
                    "it is over or suspended, and {count} Pods are there"
                )),
            };
        }
        let spec = |name: &str| number(object, &["spec", name]);
        let left = spec("completions") - number(object, &["status", "succeeded"]);
        let wanted = spec("parallelism").min(left);
        let is_new = self.is_new(object);
        let image = image(object, &["spec", "template"]);
        let comes_up = image != IMAGES[2] && !image.ends_with(":none") && pods.fit;
        match pods.count() == wanted && !comes_up || is_new {
            true => Ok(()),
            false => Err(format!("{} Pods of {wanted} are there still", pods.count())),
        }
    }

    /// It forgets old Jobs; one may have ended a moment ago.
    fn cron_job(&self, object: &Object) -> Judged {
        let jobs = self.controlled(object, "Job.batch");
        for (condition, limit) in [
            ("Complete", "successfulJobsHistoryLimit"),
            ("Failed", "failedJobsHistoryLimit"),
        ] {
            let over = jobs
                .iter()
                .filter(|job| has_condition(job, condition))
                .count() as i64;
            let limit = number(object, &["spec", limit]);
            if over > limit + 1 {
                return Err(format!("{over} Jobs are {condition}, {limit} are kept"));
            }
        }
        let suspended = object
            .value
            .at(&["spec", "suspend"])
            .and_then(Value::as_bool)
            == Some(true);
        let last = object.value.text_at(&["status", "lastScheduleTime"]);
        let last = SimTime::parse_rfc3339(last).unwrap_or(SimTime::ZERO);
        match suspended || self.world.now().since(last).as_secs() <= 61 {
            true => Ok(()),
            false => Err("its time has gone by without a Job".into()),
        }
    }
}

/// Several ReplicaSets want Pods, one was told another size than the present one, and no rolling update may resize them.
fn stands_still(of: &Deployment, sets: &[Rc<Object>]) -> bool {
    let wanted = of.spec.replicas.to_string();
    let mut active: Vec<_> = sets.iter().filter(|set| replicas(set) > 0).collect();
    let count = active.len();
    active.retain(|set| {
        let said = set.meta.annotations.get(DESIRED);
        said.is_some_and(|said| **said != *wanted)
    });
    count > 1 && !active.is_empty() && &*of.spec.strategy.kind == "Recreate"
}

/// Has it all the labels that are asked for?
fn is_selected(set: &Object, pod: &Object) -> bool {
    let asked = set.value.at(&["spec", "selector", "matchLabels"]);
    let Some(Value::Map(asked)) = asked else {
        return false;
    };
    let has = |(name, value): (&Rc<str>, &Value)| {
        let label = pod.meta.labels.get(&**name);
        label.is_some_and(|label| value.as_str() == Some(&**label))
    };
    asked.iter().all(has)
}

fn number(object: &Object, path: &[&str]) -> i64 {
    let number = object.value.at(path).and_then(Value::as_i64);
    number.unwrap_or(0)
}

fn replicas(set: &Object) -> i64 {
    number(set, &["spec", "replicas"])
}

fn has_condition(object: &Object, kind: &str) -> bool {
    let conditions = object.value.at(&["status", "conditions"]);
    let conditions = conditions.map_or(&[][..], Value::items);
    let is = |one: &Value| one.text_at(&["type"]) == kind && one.text_at(&["status"]) == "True";
    conditions.iter().any(is)
}

/// The image of the first container of a Pod, or of a template below `path`.
fn image(object: &Object, path: &[&str]) -> String {
    let path: Vec<&str> = path.iter().copied().chain(["spec", "containers"]).collect();
    let containers = object.value.at(&path).map_or(&[][..], Value::items);
    containers
        .first()
        .map_or("", |one| one.text_at(&["image"]))
        .into()
}
