//! What the scheduler watches besides Pods and Nodes, as far as it reads it.
//! Models the listers of `client-go` that the plugins ask. Left out: what no plugin reads.

use std::rc::Rc;

use crate::api::disruption::PodDisruptionBudget;
use crate::api::meta::{Labels, ObjectMeta, OwnerReference};
use crate::api::node::ResourceList;
use crate::api::placement::NodeSelector;
use crate::api::selector::LabelSelector;
use crate::api::view::{self, View, view};
use crate::api::{Object, ObjectKey};
use crate::collections::Map;

/// Namespace (empty where there is none) and name.
pub type Key = (Rc<str>, Rc<str>);

/// Objects of one kind.
pub type Lister<T> = Map<Key, Rc<T>>;

/// Everything besides Pods and Nodes, by kind.
#[derive(Clone, Debug, Default)]
pub struct Listers {
    /// Labels of namespaces.
    pub namespaces: Lister<Named>,
    /// Selectors of Services.
    pub services: Lister<SelectingByMap>,
    /// Selectors of ReplicationControllers.
    pub replication_controllers: Lister<SelectingByMap>,
    /// Selectors of ReplicaSets.
    pub replica_sets: Lister<Selecting>,
    /// Selectors of StatefulSets.
    pub stateful_sets: Lister<Selecting>,
    /// How many Pods may be disrupted.
    pub pod_disruption_budgets: Lister<PodDisruptionBudget>,
    /// Volumes.
    pub persistent_volumes: Lister<PersistentVolume>,
    /// Claims to volumes.
    pub persistent_volume_claims: Lister<PersistentVolumeClaim>,
    /// Kinds of volumes.
    pub storage_classes: Lister<StorageClass>,
    /// Volume limits of nodes.
    pub csi_nodes: Lister<CsiNode>,
    /// Storage drivers.
    pub csi_drivers: Lister<CsiDriver>,
    /// Free space for volumes.
    pub csi_storage_capacities: Lister<CsiStorageCapacity>,
    /// Volumes attached to nodes.
    pub volume_attachments: Lister<VolumeAttachment>,
}

impl Listers {
    /// Takes a new version of an object, or that it is gone. Tells whether the kind is watched.
    pub fn take(&mut self, key: &ObjectKey, object: Option<&Object>) -> bool {
        match &*key.kind {
            "Namespace" => put(&mut self.namespaces, key, object),
            "Service" => put(&mut self.services, key, object),
            "ReplicationController" => put(&mut self.replication_controllers, key, object),
            "ReplicaSet.apps" => put(&mut self.replica_sets, key, object),
            "StatefulSet.apps" => put(&mut self.stateful_sets, key, object),
            "PodDisruptionBudget.policy" => put(&mut self.pod_disruption_budgets, key, object),
            "PersistentVolume" => put(&mut self.persistent_volumes, key, object),
            "PersistentVolumeClaim" => put(&mut self.persistent_volume_claims, key, object),
            "StorageClass.storage.k8s.io" => put(&mut self.storage_classes, key, object),
            "CSINode.storage.k8s.io" => put(&mut self.csi_nodes, key, object),
            "CSIDriver.storage.k8s.io" => put(&mut self.csi_drivers, key, object),
            "CSIStorageCapacity.storage.k8s.io" => {
                put(&mut self.csi_storage_capacities, key, object)
            }
            "VolumeAttachment.storage.k8s.io" => put(&mut self.volume_attachments, key, object),
            _ => return false,
        }
        true
    }

    /// Labels of a namespace; none if it isn't there.
    pub fn namespace_labels(&self, name: &Rc<str>) -> Option<&Labels> {
        let namespace = self.namespaces.get(&cluster_scoped(name))?;
        Some(&namespace.metadata.labels)
    }

    /// The claim of this name.
    pub fn claim(&self, namespace: &Rc<str>, name: &Rc<str>) -> Option<&Rc<PersistentVolumeClaim>> {
        self.persistent_volume_claims
            .get(&(namespace.clone(), name.clone()))
    }

    /// The volume of this name.
    pub fn volume(&self, name: &Rc<str>) -> Option<&Rc<PersistentVolume>> {
        self.persistent_volumes.get(&cluster_scoped(name))
    }

    /// The storage class of this name.
    pub fn class(&self, name: &Rc<str>) -> Option<&Rc<StorageClass>> {
        self.storage_classes.get(&cluster_scoped(name))
    }

    /// What storage drivers say of the node of this name.
    pub fn csi_node(&self, name: &Rc<str>) -> Option<&Rc<CsiNode>> {
        self.csi_nodes.get(&cluster_scoped(name))
    }

    /// The storage driver of this name.
    pub fn csi_driver(&self, name: &Rc<str>) -> Option<&Rc<CsiDriver>> {
        self.csi_drivers.get(&cluster_scoped(name))
    }
}

/// The key of an object that is in no namespace.
fn cluster_scoped(name: &Rc<str>) -> Key {
    ("".into(), name.clone())
}

fn put<T: View + Default>(lister: &mut Lister<T>, key: &ObjectKey, object: Option<&Object>) {
    let at = (key.namespace.clone(), key.name.clone());
    // Decoding refuses what doesn't fit the schema, so that reading can't fail but for a mistake of
    // ours; such an object counts as not there.
    match object.and_then(|object| view::read(&object.value).ok()) {
        Some(read) => lister.insert(at, Rc::new(read)),
        None => lister.remove(&at),
    };
}

view! {
    /// Something whose labels count.
    pub struct Named {
        /// Name, labels.
        pub metadata: ObjectMeta,
    }

    /// A Service or a ReplicationController.
    pub struct SelectingByMap {
        /// What is asked of it.
        pub spec: SelectingByMapSpec,
    }

    /// Whom a Service or a ReplicationController means.
    pub struct SelectingByMapSpec {
        /// Labels of the Pods. `None`: none of them.
        pub selector: Option<Labels>,
    }

    /// A ReplicaSet or a StatefulSet.
    pub struct Selecting {
        /// What is asked of it.
        pub spec: SelectingSpec,
    }

    /// Whom a ReplicaSet or a StatefulSet means.
    pub struct SelectingSpec {
        /// Its Pods.
        pub selector: Option<LabelSelector>,
    }

    /// A volume. Models `core/v1`.
    pub struct PersistentVolume {
        /// Name, labels, annotations, deletion.
        pub metadata: ObjectMeta,
        /// What it is.
        pub spec: PersistentVolumeSpec,
        /// Is it free?
        pub status: Phase,
    }

    /// What a volume is.
    pub struct PersistentVolumeSpec {
        /// `storage`: bytes.
        pub capacity: ResourceList,
        /// `ReadWriteOnce` …
        pub access_modes: Vec<Rc<str>>,
        /// The claim that has it.
        pub claim_ref: Option<ClaimRef>,
        /// `StorageClass`
        pub storage_class_name: Rc<str>,
        /// `Filesystem` (also when empty) or `Block`
        pub volume_mode: Rc<str>,
        /// `VolumeAttributesClass`
        pub volume_attributes_class_name: Rc<str>,
        /// Nodes that can reach it.
        pub node_affinity: VolumeNodeAffinity,
        /// Where a storage driver keeps it.
        pub csi: Option<CsiVolume>,
    }

    /// The claim that has a volume.
    pub struct ClaimRef {
        /// Namespace of the claim.
        pub namespace: Rc<str>,
        /// Name of the claim.
        pub name: Rc<str>,
        /// Its uid; empty where a person has written the reference.
        pub uid: Rc<str>,
    }

    /// Nodes that can reach a volume.
    pub struct VolumeNodeAffinity {
        /// `None`: all of them.
        pub required: Option<NodeSelector>,
    }

    /// Where a storage driver keeps a volume.
    pub struct CsiVolume {
        /// `CSIDriver`
        pub driver: Rc<str>,
        /// The driver's name for it.
        pub volume_handle: Rc<str>,
    }

    /// `status.phase`
    pub struct Phase {
        /// `Available`, `Bound`, `Lost` …
        pub phase: Rc<str>,
    }

    /// A claim to a volume. Models `core/v1`.
    pub struct PersistentVolumeClaim {
        /// Name, annotations, deletion, owners.
        pub metadata: ObjectMeta,
        /// What is asked for.
        pub spec: PersistentVolumeClaimSpec,
        /// Does it have one?
        pub status: Phase,
    }

    /// What a claim asks for.
    pub struct PersistentVolumeClaimSpec {
        /// `ReadWriteOnce` …
        pub access_modes: Vec<Rc<str>>,
        /// `storage`: bytes.
        pub resources: crate::api::pod::ResourceRequirements,
        /// Labels of the volume.
        pub selector: Option<LabelSelector>,
        /// `StorageClass`. `None` and empty are both without one.
        pub storage_class_name: Rc<str>,
        /// `VolumeAttributesClass`
        pub volume_attributes_class_name: Rc<str>,
        /// `Filesystem` (also when empty) or `Block`
        pub volume_mode: Rc<str>,
        /// The volume that it has.
        pub volume_name: Rc<str>,
    }

    /// A kind of volumes. Models `storage.k8s.io/v1`.
    pub struct StorageClass {
        /// Name.
        pub metadata: ObjectMeta,
        /// Who makes volumes of it.
        pub provisioner: Rc<str>,
        /// `Immediate` or `WaitForFirstConsumer`
        pub volume_binding_mode: Option<Rc<str>>,
        /// Where volumes of it can be; one of these has to match, unless there is none.
        pub allowed_topologies: Vec<TopologySelectorTerm>,
    }

    /// Labels that a node must have, all of them.
    pub struct TopologySelectorTerm {
        /// Each has to hold.
        pub match_label_expressions: Vec<TopologySelectorLabelRequirement>,
    }

    /// A label and its possible values.
    pub struct TopologySelectorLabelRequirement {
        /// The label.
        pub key: Rc<str>,
        /// One of these.
        pub values: Vec<Rc<str>>,
    }

    /// What storage drivers say of a node. Models `storage.k8s.io/v1`.
    pub struct CsiNode {
        /// Name, annotations.
        pub metadata: ObjectMeta,
        /// The drivers on the node.
        pub spec: CsiNodeSpec,
    }

    /// The drivers on a node.
    pub struct CsiNodeSpec {
        /// One a driver.
        pub drivers: Vec<CsiNodeDriver>,
    }

    /// A driver on a node.
    pub struct CsiNodeDriver {
        /// `CSIDriver`
        pub name: Rc<str>,
        /// What it can do there.
        pub allocatable: VolumeNodeResources,
    }

    /// What a driver can do on a node.
    pub struct VolumeNodeResources {
        /// How many volumes it can attach. `None`: any number.
        pub count: Option<i64>,
    }

    /// A storage driver. Models `storage.k8s.io/v1`.
    pub struct CsiDriver {
        /// What it is like.
        pub spec: CsiDriverSpec,
    }

    /// What a storage driver is like.
    pub struct CsiDriverSpec {
        /// Does it tell how much space is free?
        pub storage_capacity: bool,
    }

    /// Free space for volumes. Models `storage.k8s.io/v1`.
    pub struct CsiStorageCapacity {
        /// Of which class.
        pub storage_class_name: Rc<str>,
        /// Nodes that can reach it. `None`: none.
        pub node_topology: Option<LabelSelector>,
        /// Bytes in all.
        pub capacity: Option<crate::api::quantity::Quantity>,
        /// Bytes of the biggest volume.
        pub maximum_volume_size: Option<crate::api::quantity::Quantity>,
    }

    /// A volume attached to a node. Models `storage.k8s.io/v1`.
    pub struct VolumeAttachment {
        /// What is attached where.
        pub spec: VolumeAttachmentSpec,
    }

    /// What is attached where.
    pub struct VolumeAttachmentSpec {
        /// `CSIDriver`
        pub attacher: Rc<str>,
        /// To which node.
        pub node_name: Rc<str>,
        /// Which volume.
        pub source: VolumeAttachmentSource,
    }

    /// Which volume is attached.
    pub struct VolumeAttachmentSource {
        /// `PersistentVolume`
        pub persistent_volume_name: Option<Rc<str>>,
    }
}

/// The owner that manages the object, if it has one.
pub fn controller_of(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata
        .owner_references
        .iter()
        .find(|owner| owner.controller)
}
