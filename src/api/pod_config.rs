//! What a Pod's containers get from outside: environments, volumes, DNS servers. Models `core/v1` `EnvVarSource`,
//! `EnvFromSource`, `PodDNSConfig`, `VolumeMount` and the sources of volumes that need no driver.
//! Apart from [`super::pod`], as only a kubelet that sets a Pod up reads it: of tens of thousands of Pods
//! nobody keeps it. A field stands here only if the world obeys it: see [`super::view::paths_of`].

use std::rc::Rc;

use super::quantity::Quantity;
use super::view::view;

view! {
    /// A Pod's environments.
    pub struct PodEnvironment {
        /// What was asked for.
        pub spec: EnvironmentSpec,
    }

    /// Environments of a Pod's containers.
    pub struct EnvironmentSpec {
        /// Does every Service of the namespace become variables? True where it isn't said.
        pub enable_service_links: Option<bool>,
        /// The account that it runs as.
        pub service_account_name: Rc<str>,
        /// Containers that run side by side.
        pub containers: Vec<ContainerEnvironment>,
        /// Containers that run before them.
        pub init_containers: Vec<ContainerEnvironment>,
        /// Containers that were added later.
        pub ephemeral_containers: Vec<ContainerEnvironment>,
    }

    /// One container's environment.
    pub struct ContainerEnvironment {
        /// The container.
        pub name: Rc<str>,
        /// Whole ConfigMaps and Secrets; later ones go before earlier ones.
        pub env_from: Vec<EnvFromSource>,
        /// Single variables; they go before whole ones.
        pub env: Vec<EnvVar>,
    }

    /// All keys of a ConfigMap or Secret.
    pub struct EnvFromSource {
        /// Stands before every name.
        pub prefix: Rc<str>,
        /// One of the two.
        pub config_map_ref: Option<EnvFromRef>,
        /// One of the two.
        pub secret_ref: Option<EnvFromRef>,
    }

    /// A ConfigMap or Secret of the Pod's namespace.
    pub struct EnvFromRef {
        /// Its name.
        pub name: Rc<str>,
        /// May it be missing?
        pub optional: bool,
    }

    /// One variable.
    pub struct EnvVar {
        /// Its name.
        pub name: Rc<str>,
        /// Its value, with `$(NAME)` in it.
        pub value: Rc<str>,
        /// Where its value is from, if it isn't said.
        pub value_from: Option<EnvVarSource>,
    }

    /// Where a value is from: one of these.
    pub struct EnvVarSource {
        /// A field of the Pod.
        pub field_ref: Option<ObjectFieldSelector>,
        /// A request or limit.
        pub resource_field_ref: Option<ResourceFieldSelector>,
        /// A key of a ConfigMap.
        pub config_map_key_ref: Option<KeySelector>,
        /// A key of a Secret.
        pub secret_key_ref: Option<KeySelector>,
        /// A variable in a file of a volume.
        pub file_key_ref: Option<FileKeySelector>,
    }

    /// A field of a Pod.
    pub struct ObjectFieldSelector {
        /// The version in which the path is meant: `v1`.
        pub api_version: Rc<str>,
        /// `metadata.labels['app']`
        pub field_path: Rc<str>,
    }

    /// A request or limit of a container.
    pub struct ResourceFieldSelector {
        /// Which container; its own where it isn't said.
        pub container_name: Rc<str>,
        /// `limits.cpu`
        pub resource: Rc<str>,
        /// In what it is counted; one CPU or byte where it isn't said.
        pub divisor: Quantity,
    }

    /// A key of a ConfigMap or Secret.
    pub struct KeySelector {
        /// Whose key.
        pub name: Rc<str>,
        /// Which.
        pub key: Rc<str>,
        /// May either be missing?
        pub optional: bool,
    }

    /// A variable in a file of a volume.
    pub struct FileKeySelector {
        /// In which volume.
        pub volume_name: Rc<str>,
        /// Which file of it.
        pub path: Rc<str>,
        /// Which variable.
        pub key: Rc<str>,
        /// May it be missing?
        pub optional: bool,
    }
}

view! {
    /// Whom a Pod's programs ask for names.
    pub struct PodDns {
        /// What was asked for.
        pub spec: DnsSpec,
    }

    /// Whom a Pod's programs ask for names.
    pub struct DnsSpec {
        /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` (the node's), `None`
        pub dns_policy: Rc<str>,
        /// Does it use the node's own network?
        pub host_network: bool,
        /// What comes to that.
        pub dns_config: Option<DnsConfigSpec>,
    }

    /// What a Pod adds to its policy.
    pub struct DnsConfigSpec {
        /// Servers, behind the others.
        pub nameservers: Vec<Rc<str>>,
        /// Ends of names, behind the others.
        pub searches: Vec<Rc<str>>,
        /// Options, instead of others of the same name.
        pub options: Vec<DnsOption>,
    }

    /// One option of a resolver.
    pub struct DnsOption {
        /// `ndots`
        pub name: Rc<str>,
        /// Empty for one that only is there.
        pub value: Rc<str>,
    }
}

view! {
    /// A Pod's volumes, and who mounts them.
    pub struct PodVolumes {
        /// What was asked for.
        pub spec: VolumesSpec,
    }

    /// A Pod's volumes, and who mounts them.
    pub struct VolumesSpec {
        /// What its containers may mount.
        pub volumes: Vec<Volume>,
        /// Containers that run side by side.
        pub containers: Vec<VolumeUser>,
        /// Containers that run before them.
        pub init_containers: Vec<VolumeUser>,
        /// Containers that were added later.
        pub ephemeral_containers: Vec<VolumeUser>,
        /// The account that it runs as.
        pub service_account_name: Rc<str>,
    }

    /// A container that mounts volumes.
    pub struct VolumeUser {
        /// The container.
        pub name: Rc<str>,
        /// What it mounts.
        pub volume_mounts: Vec<VolumeMount>,
    }

    /// A volume in a container.
    pub struct VolumeMount {
        /// Which volume.
        pub name: Rc<str>,
        /// Where.
        pub mount_path: Rc<str>,
        /// Which file or folder of it; all where it isn't said.
        pub sub_path: Rc<str>,
        /// The same with `$(NAME)` in it.
        pub sub_path_expr: Rc<str>,
        /// May it not be written to?
        pub read_only: bool,
    }

    /// A volume: its name and one of the sources. One that isn't here is a driver's.
    pub struct Volume {
        /// Unique in the Pod.
        pub name: Rc<str>,
        /// An empty folder that lives as long as the Pod is on its node.
        pub empty_dir: Option<EmptyDirVolume>,
        /// A ConfigMap's keys as files.
        pub config_map: Option<ConfigMapVolume>,
        /// A Secret's keys as files.
        pub secret: Option<SecretVolume>,
        /// Fields of the Pod as files.
        #[name = "downwardAPI"]
        pub downward_api: Option<DownwardApiVolume>,
        /// Several of these in one folder.
        pub projected: Option<ProjectedVolume>,
        /// A file or folder of the node.
        pub host_path: Option<HostPathVolume>,
        /// A claim's volume.
        pub persistent_volume_claim: Option<ClaimVolume>,
        /// A claim that is made for the Pod.
        pub ephemeral: Option<EphemeralVolume>,
        /// The contents of an image.
        pub image: Option<ImageVolume>,
    }

    /// An empty folder.
    pub struct EmptyDirVolume {
        /// `Memory`, or the node's disk where it isn't said.
        pub medium: Rc<str>,
        /// How many bytes it may hold.
        pub size_limit: Option<Quantity>,
    }

    /// A ConfigMap's keys as files.
    pub struct ConfigMapVolume {
        /// Which ConfigMap.
        pub name: Rc<str>,
        /// Which keys, and as which files; all by their names where it isn't said.
        pub items: Vec<KeyToPath>,
        /// Permission bits of the files.
        pub default_mode: Option<i64>,
        /// May it be missing, or keys of it?
        pub optional: bool,
    }

    /// A Secret's keys as files.
    pub struct SecretVolume {
        /// Which Secret.
        pub secret_name: Rc<str>,
        /// Which keys, and as which files; all by their names where it isn't said.
        pub items: Vec<KeyToPath>,
        /// Permission bits of the files.
        pub default_mode: Option<i64>,
        /// May it be missing, or keys of it?
        pub optional: bool,
    }

    /// A key as a file.
    pub struct KeyToPath {
        /// Which key.
        pub key: Rc<str>,
        /// Which file: `conf.d/a.conf`
        pub path: Rc<str>,
        /// Its permission bits; the volume's where it isn't said.
        pub mode: Option<i64>,
    }

    /// Fields of the Pod as files.
    pub struct DownwardApiVolume {
        /// The files.
        pub items: Vec<DownwardApiFile>,
        /// Permission bits of the files.
        pub default_mode: Option<i64>,
    }

    /// A field of the Pod as a file.
    pub struct DownwardApiFile {
        /// Which file.
        pub path: Rc<str>,
        /// One of the two.
        pub field_ref: Option<ObjectFieldSelector>,
        /// One of the two.
        pub resource_field_ref: Option<ResourceFieldSelector>,
        /// Its permission bits; the volume's where it isn't said.
        pub mode: Option<i64>,
    }

    /// Several sources in one folder.
    pub struct ProjectedVolume {
        /// The sources; of two files of the same name the later one stays.
        pub sources: Vec<Projection>,
        /// Permission bits of the files.
        pub default_mode: Option<i64>,
    }

    /// One of these.
    pub struct Projection {
        /// A Secret.
        pub secret: Option<NamedProjection>,
        /// A ConfigMap.
        pub config_map: Option<NamedProjection>,
        /// Fields of the Pod.
        #[name = "downwardAPI"]
        pub downward_api: Option<DownwardApiProjection>,
        /// A token of the Pod's service account.
        pub service_account_token: Option<TokenProjection>,
    }

    /// A ConfigMap or Secret.
    pub struct NamedProjection {
        /// Its name.
        pub name: Rc<str>,
        /// Which keys, and as which files; all by their names where it isn't said.
        pub items: Vec<KeyToPath>,
        /// May it be missing, or keys of it?
        pub optional: bool,
    }

    /// Fields of the Pod.
    pub struct DownwardApiProjection {
        /// The files.
        pub items: Vec<DownwardApiFile>,
    }

    /// A token of the Pod's service account.
    pub struct TokenProjection {
        /// Whom it is for; the API server where it isn't said.
        pub audience: Rc<str>,
        /// Which file.
        pub path: Rc<str>,
    }

    /// A file or folder of the node.
    pub struct HostPathVolume {
        /// Which.
        pub path: Rc<str>,
        /// What it must be: `Directory`, `FileOrCreate` …
        #[name = "type"]
        pub kind: Rc<str>,
    }

    /// A claim's volume.
    pub struct ClaimVolume {
        /// `PersistentVolumeClaim` of the Pod's namespace.
        pub claim_name: Rc<str>,
    }

    /// A claim that is made for the Pod, named after both.
    pub struct EphemeralVolume {}

    /// The contents of an image.
    pub struct ImageVolume {
        /// Image, as written.
        pub reference: Rc<str>,
    }
}

impl EnvironmentSpec {
    /// The container that is called so, of whatever sort.
    pub fn container(&self, name: &str) -> Option<&ContainerEnvironment> {
        let all = self.containers.iter().chain(&self.init_containers);
        let mut all = all.chain(&self.ephemeral_containers);
        all.find(|container| *container.name == *name)
    }
}

impl VolumesSpec {
    /// All containers, of whatever sort.
    pub fn users(&self) -> impl Iterator<Item = &VolumeUser> {
        let all = self.containers.iter().chain(&self.init_containers);
        all.chain(&self.ephemeral_containers)
    }
}
