//! Bindings of roles. Models `printRoleBinding`, `printClusterRoleBinding`. Roles themselves have no
//! columns of their own.

use super::Found;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::age;
use crate::kubectl::look::Look;

pub fn columns(kind: &str) -> Found {
    match kind {
        "RoleBinding" | "ClusterRoleBinding" => {
            Some(("Name,Role,Age,+Users,+Groups,+ServiceAccounts", binding))
        }
        _ => None,
    }
}

fn binding(object: &Value, now: SimTime) -> Vec<String> {
    let subjects = |kind: &str| {
        let of_kind = object.list("subjects").iter();
        let of_kind = of_kind.filter(|subject| subject.text("kind") == kind);
        let names = of_kind.map(|subject| match kind {
            "ServiceAccount" => [subject.text("namespace"), "/", subject.text("name")].concat(),
            _ => subject.text("name").into(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    vec![
        object.text("metadata.name").into(),
        [
            object.text("roleRef.kind"),
            "/",
            object.text("roleRef.name"),
        ]
        .concat(),
        age(object, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
