//! Resources of containers that run are changed: which, in which order, and who has to start anew.
//! Models `computePodResizeAction`, `doPodResizeAction` and their neighbours,
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go`. A Pod's cgroup is a few numbers here; changing
//! it never fails, so that the order of changes within one resource can't be seen.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Turn;
use super::actions::{Actions, KillReason};
use super::runtime;
use super::stats;
use super::sync::Doing;
use crate::api::node::ResourceList;
use crate::api::pod::{Container, Pod, ResourceRequirements};
use crate::api::validation::qos_class;
use crate::cluster::Runtime;
use crate::collections::Map;

/// Cpu in thousandths, memory in bytes; 0 where nothing is said. Models `resourceRequirements`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sizes {
    pub cpu_request: i64,
    pub cpu_limit: i64,
    pub memory_request: i64,
    pub memory_limit: i64,
}

/// What is in force. Models `actuatedState`, and a Pod's cgroup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Actuated {
    /// What the Pod as a whole has.
    pub pod: Sizes,
    /// What each container has.
    pub containers: Map<Rc<str>, Sizes>,
    /// The Pod's cgroup, once there is one.
    pub cgroup: Option<Cgroup>,
}

/// What a Pod's cgroup bounds. Models `ResourceConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cgroup {
    /// Its share, in thousandths of a processor.
    pub cpu_request: i64,
    pub cpu_limit: Option<i64>,
    pub memory_limit: Option<i64>,
}

/// One container that gets other resources without a restart. Models `containerToUpdateInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Update {
    name: Rc<str>,
    desired: Sizes,
    current: Sizes,
}

/// What is to change. The lists are in the order in which they are gone through: decreases first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Resize {
    memory: Vec<Update>,
    cpu: Vec<Update>,
    /// Containers start anew with other resources, and the Pod's cgroup follows.
    restarts: bool,
    /// The Pod as a whole gets other resources.
    pod_level: bool,
}

impl Resize {
    /// Is there nothing to do?
    pub(super) fn is_empty(&self) -> bool {
        self.memory.is_empty() && self.cpu.is_empty() && !self.restarts && !self.pod_level
    }
}

/// The least share that a cgroup has, `MinShares`; as much of a processor is told as none.
pub(super) const MIN_SHARES: i64 = 2;

fn of(own: &ResourceRequirements) -> Sizes {
    let cpu = |list: &ResourceList| list.get("cpu").map_or(0, |cpu| cpu.milli_value());
    let memory = |list: &ResourceList| list.get("memory").map_or(0, |memory| memory.value());
    Sizes {
        cpu_request: cpu(&own.requests),
        cpu_limit: cpu(&own.limits),
        memory_request: memory(&own.requests),
        memory_limit: memory(&own.limits),
    }
}

/// What a container is to have; the Pod's own limits stand for those that it lacks. Models
/// `containerResourcesFromRequirements`.
pub(super) fn sizes(pod: &Pod, container: &Container) -> Sizes {
    let mut sizes = of(&container.resources);
    let whole = of(&pod.spec.resources);
    if sizes.cpu_limit == 0 {
        sizes.cpu_limit = whole.cpu_limit;
    }
    if sizes.memory_limit == 0 {
        sizes.memory_limit = whole.memory_limit;
    }
    sizes
}

impl Cgroup {
    /// Models `ResourceConfigForPod`.
    pub(super) fn of(pod: &crate::api::Object) -> Self {
        let view = super::PodWorker::view(&Rc::new(pod.clone()));
        let class = qos_class(&pod.value);
        if class == "BestEffort" {
            return Cgroup {
                cpu_request: MIN_SHARES,
                cpu_limit: None,
                memory_limit: None,
            };
        }
        let amount = |list: &str, name: &str| {
            let sums = super::resize_status::pod_amounts(pod, list);
            sums.get(name).map_or(0, |sum| match name {
                "cpu" => sum.0.milli_value(),
                _ => sum.0.value(),
            })
        };
        let whole = of(&view.spec.resources);
        let declared = |limit: fn(&Sizes) -> i64| {
            let mut all = view
                .all_containers()
                .map(|container| of(&container.resources));
            class == "Guaranteed" || limit(&whole) > 0 || all.all(|own| limit(&own) > 0)
        };
        Cgroup {
            cpu_request: amount("requests", "cpu").max(MIN_SHARES),
            cpu_limit: declared(|own| own.cpu_limit).then(|| amount("limits", "cpu")),
            memory_limit: declared(|own| own.memory_limit).then(|| amount("limits", "memory")),
        }
    }
}

/// What a container that runs needs to have what it is to have; tells whether it is kept. Models
/// `computePodResizeAction`.
pub(super) fn compute(
    pod: &Pod,
    index: usize,
    is_init: bool,
    run: &runtime::Container,
    actuated: &Actuated,
    actions: &mut Actions,
) -> bool {
    let list = if is_init {
        &pod.spec.init_containers
    } else {
        &pod.spec.containers
    };
    let container = &list[index];
    let current = actuated.containers.get(&container.name).copied();
    let (desired, current) = (sizes(pod, container), current.unwrap_or_default());
    if !run.is_running() || desired == current {
        return true;
    }
    let restarts = |resource: &str, differs: bool| {
        let policy = container
            .resize_policy
            .iter()
            .find(|p| &*p.resource_name == resource);
        differs && policy.is_some_and(|policy| &*policy.restart_policy == "RestartContainer")
    };
    let memory = desired.memory_limit != current.memory_limit
        || desired.memory_request != current.memory_request;
    let cpu = desired.cpu_limit != current.cpu_limit || desired.cpu_request != current.cpu_request;
    if restarts("memory", memory) || restarts("cpu", cpu) {
        let message = format!("Container {} resize requires restart", container.name);
        actions.kill.push((run.id, message, KillReason::Other));
        if is_init {
            actions.start_init.push(index);
        } else {
            actions.start.push(index);
        }
        actions.resize.restarts = true;
        return false;
    }
    let mut mark = |updates: fn(&mut Resize) -> &mut Vec<Update>, desired_value, current_value| {
        let update = Update {
            name: container.name.clone(),
            desired,
            current,
        };
        let updates = updates(&mut actions.resize);
        if desired_value > current_value {
            updates.push(update);
        } else {
            updates.insert(0, update);
        }
    };
    if desired.memory_limit != current.memory_limit {
        mark(
            |r| &mut r.memory,
            desired.memory_limit,
            current.memory_limit,
        );
    } else if memory {
        mark(
            |r| &mut r.memory,
            desired.memory_request,
            current.memory_request,
        );
    }
    if desired.cpu_limit != current.cpu_limit {
        mark(|r| &mut r.cpu, desired.cpu_limit, current.cpu_limit);
    } else if cpu {
        mark(|r| &mut r.cpu, desired.cpu_request, current.cpu_request);
    }
    true
}

/// Does the Pod as a whole have something else than it is to have? Models
/// `computePodLevelResourcesResizeAction`.
pub(super) fn compute_pod_level(pod: &Pod, actuated: &Actuated, actions: &mut Actions) {
    actions.resize.pod_level = of(&pod.spec.resources) != actuated.pod;
}

impl Turn<'_> {
    /// The Pod's cgroup is made before anything runs in it.
    pub(super) fn make_cgroup(&mut self) {
        if self.worker.actuated.cgroup.is_none() {
            let pod = self.pod_object();
            self.worker.actuated.cgroup = Some(Cgroup::of(&pod));
            self.worker.actuated.pod = of(&self.pod().spec.resources);
        }
    }

    /// A container starts with what it was promised. Models `setActuatedContainerResources`.
    pub(super) fn actuate(&mut self, name: &Rc<str>) {
        let pod = self.pod();
        let container = pod.every_container().find(|c| c.name == *name);
        if let Some(container) = container {
            let sizes = sizes(&pod, container);
            self.worker.actuated.containers.insert(name.clone(), sizes);
        }
    }

    /// Has a container that runs, or the Pod as a whole, something else than was promised? Models
    /// `IsPodResizeInProgress`.
    pub(super) fn is_resize_in_progress(&mut self) -> bool {
        let (pod, picture) = (self.pod(), self.sync().picture.clone());
        let actuated = &self.worker.actuated;
        let sidecars = pod.spec.init_containers.iter();
        let sidecars = sidecars.filter(|container| container.is_sidecar());
        let differs = sidecars.chain(&pod.spec.containers).any(|container| {
            let runs = picture
                .latest(&container.name)
                .is_some_and(runtime::Container::is_running);
            let has = actuated.containers.get(&container.name).copied();
            runs && has.unwrap_or_default() != sizes(&pod, container)
        });
        let whole = of(&pod.spec.resources);
        differs || actuated.cgroup.is_some() && whole != Sizes::default() && whole != actuated.pod
    }

    /// UpdateContainerResources takes a moment.
    pub(super) fn begin_resize(&mut self, resize: Resize) {
        if let Err(error) = self.validate_resize(&resize) {
            let sync = self.sync();
            sync.resize_error = Some(error.into());
            sync.fail(None);
            return;
        }
        let after = self.world.latencies().container_update;
        self.sync().doing = Doing::Resize(resize);
        self.go_on_after(after);
    }

    /// The runtime has taken everything. Models the rest of `doPodResizeAction`.
    pub(super) fn resized(&mut self, resize: &Resize) {
        let pod = self.pod_object();
        let new = Cgroup::of(&pod);
        let whole = of(&self.pod().spec.resources);
        let actuated = &mut self.worker.actuated;
        let mut cgroup = actuated.cgroup.unwrap_or(new);
        let follows = resize.restarts || resize.pod_level;
        if follows || !resize.memory.is_empty() {
            // A limit can't be taken away.
            cgroup.memory_limit = new.memory_limit.or(cgroup.memory_limit);
        }
        if follows || !resize.cpu.is_empty() {
            cgroup.cpu_limit = new.cpu_limit.or(cgroup.cpu_limit);
            cgroup.cpu_request = new.cpu_request;
        }
        actuated.cgroup = Some(cgroup);
        for update in &resize.memory {
            let mut has = actuated
                .containers
                .get(&update.name)
                .copied()
                .unwrap_or_default();
            has.memory_limit = update.desired.memory_limit;
            has.memory_request = update.desired.memory_request;
            actuated.containers.insert(update.name.clone(), has);
        }
        for update in &resize.cpu {
            let mut has = actuated
                .containers
                .get(&update.name)
                .copied()
                .unwrap_or_default();
            has.cpu_limit = update.desired.cpu_limit;
            has.cpu_request = update.desired.cpu_request;
            actuated.containers.insert(update.name.clone(), has);
        }
        if resize.pod_level {
            actuated.pod = whole;
        }
        for update in &resize.memory {
            self.bound_memory(update);
        }
        self.request_reinspect();
    }

    /// A container that runs may take as much memory as its new limit says from now on.
    fn bound_memory(&mut self, update: &Update) {
        let runtime = Rc::make_mut(&mut self.worker.runtime);
        let mut runs = runtime.containers.iter_mut();
        let run = runs.find(|run| run.name == update.name && run.is_running());
        if let Some(run) = run {
            let (id, limit) = (run.id, update.desired.memory_limit);
            run.memory_limit = (limit > 0).then_some(limit);
            self.watch_memory(id);
        }
    }

    /// Nothing may be bounded to less memory than it uses. Models `validateMemoryResizeAction`.
    fn validate_resize(&mut self, resize: &Resize) -> Result<(), String> {
        if resize.memory.is_empty() && !resize.restarts {
            return Ok(());
        }
        let desired = Cgroup::of(&self.pod_object()).memory_limit;
        let current = self
            .worker
            .actuated
            .cgroup
            .and_then(|cgroup| cgroup.memory_limit);
        let shrinks = |desired: i64, current: Option<i64>| current.is_none_or(|has| desired < has);
        let mut said = Vec::new();
        let used = self.memory_in_use(None);
        if let Some(limit) = desired.filter(|desired| shrinks(*desired, current))
            && used >= limit
        {
            said.push(format!(
                "attempting to set pod memory limit ({limit}) below current usage ({used})"
            ));
        }
        for update in &resize.memory {
            let (limit, had) = (update.desired.memory_limit, update.current.memory_limit);
            let had = Some(had).filter(|had| *had > 0);
            // The recorded cases' runtime tells no figures of single containers.
            let is_told = self.world.setup.runtime != Runtime::Scripted;
            let is_used = is_told && self.memory_in_use(Some(&update.name)) >= limit;
            if limit > 0 && shrinks(limit, had) && is_used {
                // Upstream names the usage of the whole Pod here.
                said.push(format!(
                    "attempting to set container \"{}\" memory limit ({limit}) below current usage \
                     ({used})",
                    update.name
                ));
            }
        }
        // Models `NewAggregate`: each sentence once, in brackets if there are several.
        match &said[..] {
            [] => Ok(()),
            [one] => Err(format!("cannot decrease memory limits: {one}")),
            several => Err(format!(
                "cannot decrease memory limits: [{}]",
                several.join(", ")
            )),
        }
    }

    /// Bytes that the Pod's containers use, or one of them.
    fn memory_in_use(&self, name: Option<&str>) -> i64 {
        let stats = stats::of_pod(self.worker, self.world.now()).unwrap_or_default();
        let used = stats.containers.iter();
        let used = used.filter(|one| name.is_none_or(|name| *one.name == *name));
        used.map(|one| one.memory_bytes).sum()
    }
}
