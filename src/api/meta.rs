//! `ObjectMeta`. Models `k8s.io/apimachinery/pkg/apis/meta/v1/types.go`.
//! Left out: managedFields, selfLink (kept in the tree, read by nothing).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::view::view;
use super::{ObjectKey, schema};
use crate::cluster::SimTime;

/// Labels, annotations, node selectors: text to text.
pub type Labels = BTreeMap<Rc<str>, Rc<str>>;

view! {
    /// What the components read of `metadata`.
    pub struct ObjectMeta {
        /// Unique in its namespace and kind.
        pub name: Rc<str>,
        /// Empty for cluster-scoped objects.
        pub namespace: Rc<str>,
        /// Prefix of a generated name.
        pub generate_name: Rc<str>,
        /// Labels.
        pub labels: Labels,
        /// Annotations.
        pub annotations: Labels,
        /// UUID, as text.
        pub uid: Rc<str>,
        /// Rises whenever the spec changes.
        pub generation: i64,
        /// Version of this object, as text.
        pub resource_version: Rc<str>,
        /// When the object was accepted; whole seconds.
        pub creation_timestamp: Option<SimTime>,
        /// When the object will be gone, once it is being deleted; whole seconds.
        pub deletion_timestamp: Option<SimTime>,
        /// Seconds between the delete and `deletion_timestamp`.
        pub deletion_grace_period_seconds: Option<i64>,
        /// While one is left, a deleted object stays.
        pub finalizers: Vec<Rc<str>>,
        /// Who made it.
        pub owner_references: Vec<OwnerReference>,
    }

    /// One owner of an object.
    pub struct OwnerReference {
        /// `apps/v1`
        pub api_version: Rc<str>,
        /// `ReplicaSet`
        pub kind: Rc<str>,
        /// Name in the same namespace.
        pub name: Rc<str>,
        /// UUID, as text.
        pub uid: Rc<str>,
        /// Is it the one that manages the object?
        pub controller: bool,
        /// Does the object keep it from going while it is deleted in the foreground?
        pub block_owner_deletion: bool,
    }
}

impl ObjectMeta {
    /// Who manages the object. Models `metav1.GetControllerOf`.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

impl OwnerReference {
    /// Where the owner of an object in `namespace` is found.
    pub fn key(&self, namespace: &str) -> ObjectKey {
        let group = self
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        let namespaced =
            schema::kind(&self.api_version, &self.kind).is_none_or(|kind| kind.is_namespaced());
        let kind = match group {
            "" => self.kind.to_string(),
            group => format!("{}.{group}", self.kind),
        };
        ObjectKey::new(&kind, if namespaced { namespace } else { "" }, &self.name)
    }
}
