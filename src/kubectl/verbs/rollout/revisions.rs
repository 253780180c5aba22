//! Revisions of Deployments (their ReplicaSets) and of StatefulSets and DaemonSets (their
//! ControllerRevisions). Models `pkg/polymorphichelpers/history.go` and `pkg/util/deployment`.

use crate::api::Value;
use crate::kubectl::builder::Info;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::look::{Look, controller};
use crate::order;

/// The annotation that numbers a Deployment's revisions.
pub const REVISION: &str = "deployment.kubernetes.io/revision";

/// Why a change was made.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// One revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number.
    pub number: i64,
    /// The ReplicaSet or the ControllerRevision.
    pub object: Value,
    /// Its Pods' template.
    pub template: Value,
}

/// All revisions, by their numbers.
///
/// # Errors
/// When the kind has none.
pub fn of(cx: &mut Cx<'_>, info: &Info) -> Result<Vec<Revision>, Error> {
    let (kind, is_deployment) = match info.kind.kind() {
        "Deployment" => ("ReplicaSet.apps", true),
        "DaemonSet" | "StatefulSet" => ("ControllerRevision.apps", false),
        _ => {
            let kind = match info.kind.group() {
                "" => info.kind.kind().to_string(),
                group => format!("{}.{group}", info.kind.kind()),
            };
            return plain(format!(
                "no history viewer has been implemented for {}",
                crate::manifest::stream::quoted(&kind)
            ));
        }
    };
    let uid = info.value.text("metadata.uid");
    let all = cx.world().store.list(kind);
    let own = all.filter(|(key, object)| {
        let owner = controller(&object.value);
        *key.namespace == *info.namespace && owner.is_some_and(|owner| owner.text("uid") == uid)
    });
    let own: Vec<Value> = own.map(|(_, object)| object.value.clone()).collect();
    let mut revisions = Vec::new();
    for object in own {
        let (number, template) = match is_deployment {
            true => {
                let text = object.text_at(&["metadata", "annotations", REVISION]);
                let Ok(number) = text.parse::<i64>() else {
                    continue;
                };
                (number, object.look("spec.template").cloned())
            }
            false => {
                let template = object.look("data.spec.template").cloned();
                (object.int("revision"), template.map(without_patch))
            }
        };
        revisions.push(Revision {
            number,
            object,
            template: template.unwrap_or_default(),
        });
    }
    order::sort_by_key(&mut revisions, |revision| revision.number);
    Ok(revisions)
}

/// A ControllerRevision says that it replaces the template.
fn without_patch(mut template: Value) -> Value {
    template.remove(&["$patch"]);
    template
}
