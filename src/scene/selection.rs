//! What a person has selected: the same in every view, in the tree, and in the inspector.

use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;

/// Something that can be selected. It may not exist at the moment that is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Selection {
    /// A hypervisor host.
    Host(Rc<str>),
    /// A Node, a Pod, or any other object.
    Object(ObjectKey),
    /// One container of a Pod.
    Container {
        /// The Pod.
        pod: ObjectKey,
        /// The container's name.
        name: Rc<str>,
    },
}

/// `Host host-1`, `Pod default/hello-pod`, `Container hello-ctr`
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selection::Host(name) => write!(f, "Host {name}"),
            Selection::Object(key) => write!(f, "{key}"),
            Selection::Container { name, .. } => write!(f, "Container {name}"),
        }
    }
}
