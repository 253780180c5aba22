//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`. Models the files of these
//! names in `k8s.io/kubectl/pkg/cmd/create`.

use super::generator::{FLAGS, finish, name, object, one};
use crate::api::Value;
use crate::fields;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;
use crate::kubectl::resources;
use crate::order;

/// `kubectl create role`
pub const ROLE: Command = Command::new("role", "Create a role with single rule", |cx, given| {
    role(cx, given, "Role")
})
.flags(&[FLAGS, RULE]);

/// `kubectl create clusterrole`
pub const CLUSTER_ROLE: Command =
    Command::new("clusterrole", "Create a cluster role", |cx, given| {
        role(cx, given, "ClusterRole")
    })
    .flags(&[
        FLAGS,
        RULE,
        &[
            Flag::text("aggregation-rule"),
            Flag::slice("non-resource-url"),
        ],
    ]);

/// `kubectl create rolebinding`
pub const ROLE_BINDING: Command = Command::new(
    "rolebinding",
    "Create a role binding for a particular role or cluster role",
    |cx, given| binding(cx, given, "RoleBinding"),
)
.flags(&[FLAGS, SUBJECTS, &[Flag::text("role")]]);

/// `kubectl create clusterrolebinding`
pub const CLUSTER_ROLE_BINDING: Command = Command::new(
    "clusterrolebinding",
    "Create a cluster role binding for a particular cluster role",
    |cx, given| binding(cx, given, "ClusterRoleBinding"),
)
.flags(&[FLAGS, SUBJECTS])
.required(&["clusterrole"]);

const RULE: &[Flag] = &[
    Flag::slice("resource"),
    Flag::array("resource-name"),
    Flag::slice("verb"),
];

const SUBJECTS: &[Flag] = &[
    Flag::text("clusterrole"),
    Flag::array("group"),
    Flag::array("serviceaccount"),
    Flag::array("user"),
];

/// What a rule may allow, usually. `validResourceVerbs`.
const VERBS: &[&str] = &[
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// What only some resources know. `specialVerbs`.
const SPECIAL: &[(&str, &[(&str, &str)])] = &[
    (
        "bind",
        &[
            ("rbac.authorization.k8s.io", "roles"),
            ("rbac.authorization.k8s.io", "clusterroles"),
        ],
    ),
    (
        "escalate",
        &[
            ("rbac.authorization.k8s.io", "roles"),
            ("rbac.authorization.k8s.io", "clusterroles"),
        ],
    ),
    (
        "impersonate",
        &[
            ("", "users"),
            ("", "serviceaccounts"),
            ("", "groups"),
            ("authentication.k8s.io", "userextras"),
        ],
    ),
];

/// Each once, in order.
fn distinct(all: Vec<&str>) -> Vec<String> {
    let mut each: Vec<String> = Vec::new();
    for text in all {
        if !each.iter().any(|known| known == text) {
            each.push(text.into());
        }
    }
    each
}

fn values(texts: &[String]) -> Value {
    texts
        .iter()
        .map(|text| Value::from(text.as_str()))
        .collect()
}

fn role(cx: &mut Cx<'_>, given: &Given, kind: &str) -> Result<Process, Error> {
    let mut value = object("rbac.authorization.k8s.io/v1", kind, &name(given)?);
    let mut verbs = distinct(given.list("verb"));
    if verbs.iter().any(|verb| verb == "*") {
        verbs = vec!["*".into()];
    }
    if given.has("aggregation-rule") {
        return plain("--aggregation-rule is not simulated here");
    }
    if verbs.is_empty() {
        return plain("at least one verb must be specified");
    }
    let urls = given.list("non-resource-url");
    for verb in &verbs {
        if !VERBS.contains(&verb.as_str()) && urls.is_empty() {
            cx.warn(&format!("'{verb}' is not a standard resource verb"));
        }
    }
    let asked = given.list("resource");
    if asked.is_empty() && urls.is_empty() {
        return plain(match kind {
            "Role" => "at least one resource must be specified",
            _ => "one of resource or nonResourceURL must be specified",
        });
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for written in asked {
        let (group, resource) = resource(written, &verbs)?;
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, all)) if all.contains(&resource) => {}
            Some((_, all)) => all.push(resource),
            None => groups.push((group, vec![resource])),
        }
    }
    order::sort_by(&mut groups, |a, b| a.0.cmp(&b.0));
    let mut rules = Vec::new();
    for (group, resources) in groups {
        let mut rule = fields! {
            "apiGroups" => one(Value::from(group)), "resources" => values(&resources),
            "verbs" => values(&verbs),
        };
        let names = distinct(given.list("resource-name"));
        if !names.is_empty() {
            rule.set(&["resourceNames"], values(&names));
        }
        rules.push(rule);
    }
    if !urls.is_empty() {
        let urls: Value = urls.into_iter().map(Value::from).collect();
        rules.push(fields! { "nonResourceURLs" => urls, "verbs" => values(&verbs) });
    }
    value.set(&["rules"], rules.into_iter().collect::<Value>());
    finish(cx, given, value, "")
}

/// The group and the full name of a resource as written: `deploy.apps/scale`.
fn resource(written: &str, verbs: &[String]) -> Result<(String, String), Error> {
    let (whole, sub) = match written.split_once('/') {
        Some((whole, sub)) => (whole, Some(sub)),
        None => (written, None),
    };
    let (name, group) = whole.split_once('.').unwrap_or((whole, ""));
    if name.is_empty() {
        return plain("resource must be specified if apiGroup/subresource specified");
    }
    let known = match name {
        "*" => None,
        _ => resources::mapping(whole).ok(),
    };
    let (group, mut resource) = match known {
        Some(kind) => (kind.group().to_string(), kind.plural()),
        None => (group.to_string(), name.to_string()),
    };
    let mut is_known = known.is_some() || name == "*";
    for verb in verbs {
        let special = SPECIAL.iter().find(|(special, _)| special == verb);
        let Some((_, allowed)) = special.filter(|_| name != "*") else {
            continue;
        };
        if !allowed.contains(&(&*group, &*resource)) {
            return plain(format!(
                "can not perform '{verb}' on '{resource}' in group '{group}'"
            ));
        }
        is_known = true;
    }
    if !is_known {
        return plain(format!(
            "the server doesn't have a resource type {}",
            crate::manifest::stream::quoted(name)
        ));
    }
    if let Some(sub) = sub {
        resource = format!("{resource}/{sub}");
    }
    Ok((group, resource))
}

fn binding(cx: &mut Cx<'_>, given: &Given, kind: &str) -> Result<Process, Error> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut value = object("rbac.authorization.k8s.io/v1", kind, &name(given)?);
    let (cluster_role, role) = (given.text("clusterrole"), given.text("role"));
    if kind == "RoleBinding" && cluster_role.is_empty() == role.is_empty() {
        return plain("exactly one of clusterrole or role must be specified");
    }
    let (of, name) = match role {
        "" => ("ClusterRole", cluster_role),
        role => ("Role", role),
    };
    value.set(
        &["roleRef"],
        fields! { "apiGroup" => GROUP, "kind" => of, "name" => name },
    );
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let named = given.list(flag).into_iter();
        subjects.extend(named.map(|name| {
            fields! { "apiGroup" => GROUP, "kind" => kind, "name" => name }
        }));
    }
    for account in given.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts[..] else {
            return plain("serviceaccount must be <namespace>:<name>");
        };
        if name.is_empty() {
            return plain("serviceaccount must be <namespace>:<name>");
        }
        subjects.push(fields! {
            "kind" => "ServiceAccount", "name" => name, "namespace" => namespace,
        });
    }
    if !subjects.is_empty() {
        value.set(&["subjects"], subjects.into_iter().collect::<Value>());
    }
    let failing = format!("failed to create {}: ", kind.to_lowercase());
    finish(cx, given, value, &failing)
}
