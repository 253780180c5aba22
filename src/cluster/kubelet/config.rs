//! What a container is created with: its environment and its mounts. Models `GenerateRunContainerOptions`,
//! `makeEnvironmentVariables` and `makeMounts`, `pkg/kubelet/kubelet_pods.go`. Left out: `/etc/hosts`,
//! devices, propagation of mounts.

use std::rc::Rc;

use super::pod_worker::PodWorker;
use super::volumes::{Mount, Plugin};
use super::watch_based_manager::{Kind, data_of, not_found};
use super::{Turn, env_file, env_vars, field_path};
use crate::api::node::ResourceList;
use crate::api::pod::Pod;
use crate::api::pod_config::{
    ContainerEnvironment, EnvFromSource, EnvVarSource, FileKeySelector, KeySelector,
    ObjectFieldSelector, PodEnvironment, PodVolumes, VolumeMount,
};
use crate::api::{ObjectKey, view};
use crate::cluster::workload::expand;
use crate::cluster::workload::files::File;

/// Name and value of an environment variable.
pub(super) type Variable = (Rc<str>, Rc<str>);

/// A container's environment in the making.
struct Environment {
    /// Those of Services, then its own.
    all: Vec<Variable>,
    /// Where its own begin.
    own: usize,
}

impl Environment {
    fn set(&mut self, name: Rc<str>, value: Rc<str>) {
        let known = self.all[self.own..]
            .iter_mut()
            .find(|(known, _)| *known == name);
        match known {
            Some((_, known)) => *known = value,
            None => self.all.push((name, value)),
        }
    }

    /// Its own, then those of Services that it doesn't have.
    fn finish(mut self) -> Vec<Variable> {
        let mut own = self.all.split_off(self.own);
        for service in self.all {
            if own.iter().all(|(name, _)| *name != service.0) {
                own.push(service);
            }
        }
        own
    }
}

impl Turn<'_> {
    /// The environment and the mounts of a container; why it can't be created. Models
    /// `GenerateRunContainerOptions`.
    pub(super) fn run_container_options(
        &mut self,
        container: &str,
    ) -> Result<(Vec<Variable>, Rc<[Mount]>), String> {
        let environment = self.environment(container)?;
        let mounts = self.mounts(container, &environment)?;
        Ok((environment, mounts))
    }

    /// A container's environment, every reference resolved. Models `makeEnvironmentVariables`, whose
    /// order is chance; here it is that in which it is written.
    pub(super) fn environment(&mut self, container: &str) -> Result<Vec<Variable>, String> {
        let object = self.pod_object();
        let pod = PodWorker::view(&object);
        let PodEnvironment { spec } = view::read(&object.value).unwrap_or_default();
        let links = spec.enable_service_links.unwrap_or(true);
        let services = env_vars::of_services(
            self.world.seen_by(&self.node.name),
            &pod.metadata.namespace,
            links,
        );
        let mut environment = Environment {
            own: services.len(),
            all: services,
        };
        let Some(written) = spec.container(container) else {
            return Ok(environment.finish());
        };
        for source in &written.env_from {
            self.take_all(source, &mut environment)?;
        }
        for env in &written.env {
            let value = match &env.value_from {
                _ if !env.value.is_empty() => Some(expand(&env.value, &environment.all)),
                None => Some("".into()),
                Some(source) => self.resolve(source, &pod, &spec.service_account_name, written)?,
            };
            if let Some(value) = value {
                environment.set(env.name.clone(), value);
            }
        }
        Ok(environment.finish())
    }

    fn take_all(
        &mut self,
        source: &EnvFromSource,
        environment: &mut Environment,
    ) -> Result<(), String> {
        let (kind, reference) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(reference), _) => (Kind::ConfigMap, reference),
            (None, Some(reference)) => (Kind::Secret, reference),
            (None, None) => return Ok(()),
        };
        let Some(object) = self.get_object(kind, &reference.name) else {
            return match self.may_miss(reference.optional) {
                true => Ok(()),
                false => Err(not_found(kind, &reference.name)),
            };
        };
        for (key, bytes) in data_of(&object, kind, false) {
            let name = format!("{}{key}", source.prefix);
            environment.set(name.into(), text(&bytes));
        }
        Ok(())
    }

    /// `None`: the variable isn't set at all.
    fn resolve(
        &mut self,
        source: &EnvVarSource,
        pod: &Pod,
        account: &Rc<str>,
        written: &ContainerEnvironment,
    ) -> Result<Option<Rc<str>>, String> {
        if let Some(field) = &source.field_ref {
            return self.pod_field(field, pod, account).map(Some);
        }
        if let Some(field) = &source.resource_field_ref {
            // What the Pod as a whole may use at most goes before what the node has.
            let mut allocatable = self.allocatable();
            for (resource, most) in &mut allocatable {
                let whole = pod.spec.resources.limits.get(resource);
                if let Some(whole) = whole.filter(|whole| whole.nano != 0) {
                    *most = *whole;
                }
            }
            return field_path::of_resources(field, pod, &written.name, &allocatable).map(Some);
        }
        if let Some(key) = &source.config_map_key_ref {
            return self.key(Kind::ConfigMap, key);
        }
        if let Some(key) = &source.secret_key_ref {
            return self.key(Kind::Secret, key);
        }
        match &source.file_key_ref {
            Some(key) => self.file_key(key, pod),
            None => Ok(Some("".into())),
        }
    }

    /// Models `podFieldSelectorRuntimeValue`.
    fn pod_field(
        &self,
        field: &ObjectFieldSelector,
        pod: &Pod,
        account: &Rc<str>,
    ) -> Result<Rc<str>, String> {
        Ok(match &*field.field_path {
            "spec.nodeName" | "spec.host" => pod.spec.node_name.clone(),
            "spec.serviceAccountName" => account.clone(),
            "status.hostIP" | "status.hostIPs" => self.node.ip.clone(),
            "status.podIP" | "status.podIPs" if pod.spec.host_network => self.node.ip.clone(),
            "status.podIP" | "status.podIPs" => {
                let sandbox = self.worker.runtime.ready_sandbox();
                sandbox.map_or_else(|| "".into(), |sandbox| sandbox.ip.clone())
            }
            path => field_path::of_metadata(pod, path)?,
        })
    }

    /// What Pods may ask this node for.
    pub(super) fn allocatable(&self) -> ResourceList {
        let node = self.world.seen_by(&self.node.name);
        let node = node.get(&ObjectKey::node(&self.node.name));
        let node = node.and_then(|node| node.node());
        node.map(|node| node.status.allocatable.clone())
            .unwrap_or_default()
    }

    fn key(&mut self, kind: Kind, key: &KeySelector) -> Result<Option<Rc<str>>, String> {
        let optional = self.may_miss(key.optional);
        let Some(object) = self.get_object(kind, &key.name) else {
            return match optional {
                true => Ok(None),
                false => Err(not_found(kind, &key.name)),
            };
        };
        let data = data_of(&object, kind, false);
        match data.iter().find(|(known, _)| *known == key.key) {
            Some((_, bytes)) => Ok(Some(text(bytes))),
            None if optional => Ok(None),
            None => Err(format!(
                "couldn't find key {} in {} {}/{}",
                key.key,
                kind.name(),
                object.meta.namespace,
                key.name
            )),
        }
    }

    fn file_key(&self, key: &FileKeySelector, pod: &Pod) -> Result<Option<Rc<str>>, String> {
        let name = &key.volume_name;
        let volume =
            self.worker.volumes.get(name).ok_or_else(|| {
                format!("cannot find the volume \"{name}\" referenced by FileKeyRef")
            })?;
        let file = volume.files.get(&key.path).filter(|file| !file.folder);
        let value = file.and_then(|file| env_file::parse(&text(&file.bytes), &key.key));
        let value = value.ok_or("couldn't parse env file")?;
        if !value.is_empty() {
            return Ok(Some(value.into()));
        }
        if key.optional {
            return Ok(None);
        }
        Err(format!(
            "environment variable key \"{}\" not found in file \"/var/lib/kubelet/pods/{}/volumes/\
             kubernetes.io~empty-dir/{name}/{}\"",
            key.key, pod.metadata.uid, key.path
        ))
    }

    /// The Pod's volumes in a container's tree. Models `makeMounts`.
    fn mounts(&mut self, container: &str, env: &[Variable]) -> Result<Rc<[Mount]>, String> {
        let object = self.pod_object();
        let PodVolumes { spec } = view::read(&object.value).unwrap_or_default();
        let Some(user) = spec.users().find(|user| *user.name == *container) else {
            return Ok(Rc::default());
        };
        let mounts = user.volume_mounts.iter();
        mounts
            .map(|mount| self.mount(container, mount, env))
            .collect()
    }

    fn mount(
        &mut self,
        container: &str,
        mount: &VolumeMount,
        env: &[Variable],
    ) -> Result<Mount, String> {
        let name = &mount.name;
        let volume = self.worker.volumes.get_mut(name).ok_or_else(|| {
            format!("cannot find volume \"{name}\" to mount into container \"{container}\"")
        })?;
        let sub_path = match &*mount.sub_path_expr {
            "" => mount.sub_path.clone(),
            expression => expand_mount(expression, env)?,
        };
        if sub_path.starts_with('/') {
            let why = format!("error SubPath `{sub_path}` must not be an absolute path");
            return Err(why);
        }
        if sub_path.split('/').any(|part| part == "..") {
            let why = format!("unable to provision SubPath `{sub_path}`: must not contain '..'");
            return Err(why);
        }
        let parts = sub_path
            .split('/')
            .filter(|part| !matches!(*part, "" | "."));
        let sub_path = parts.collect::<Vec<_>>().join("/");
        if !sub_path.is_empty() && !volume.files.exists(&sub_path) {
            let folder = File {
                bytes: Rc::default(),
                mode: 0o755,
                changed: self.world.now(),
                folder: true,
            };
            Rc::make_mut(volume).files.put(&sub_path, folder);
        }
        let replaced = volume.read_only() && volume.plugin != Plugin::Image;
        let kept = (replaced && !sub_path.is_empty()).then(|| volume.part(&sub_path));
        Ok(Mount {
            path: mount.mount_path.clone(),
            volume: name.clone(),
            sub_path: sub_path.into(),
            read_only: mount.read_only || volume.read_only(),
            kept,
        })
    }
}

/// Models `ExpandContainerVolumeMounts`.
fn expand_mount(expression: &str, env: &[Variable]) -> Result<Rc<str>, String> {
    let mut missing: Vec<&str> = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((name, after)) = rest
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
        {
            let known = env.iter().find(|(known, _)| &**known == name);
            if known.is_none_or(|(_, value)| value.is_empty()) && !missing.contains(&name) {
                missing.push(name);
            }
            rest = after;
        }
    }
    if missing.is_empty() {
        return Ok(expand(expression, env));
    }
    crate::order::sort(&mut missing);
    Err(format!("missing value for {}", missing.join(", ")))
}

fn text(bytes: &[u8]) -> Rc<str> {
    String::from_utf8_lossy(bytes).into()
}
