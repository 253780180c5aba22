//! What others than the page's own user may do. Models `plugin/pkg/auth/authorizer/rbac` with the roles
//! that every cluster has for whoever is authenticated (`bootstrappolicy`). Left out: the other roles of
//! the bootstrap policy, authorisation of components and Pods, which nobody asks for here.

use super::world::World;
use crate::api::Value;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    /// `get`
    pub verb: &'a str,
    /// The API group.
    pub group: &'a str,
    /// `pods`, `pods/log`
    pub resource: &'a str,
    /// Empty for every namespace, and for what lives in none.
    pub namespace: &'a str,
    /// Empty for all.
    pub name: &'a str,
}

/// Whom a user belongs to.
pub fn groups(user: &str) -> Vec<String> {
    let mut groups = Vec::new();
    if let Some(account) = user.strip_prefix("system:serviceaccount:") {
        let namespace = account.split(':').next().unwrap_or_default();
        groups.push("system:serviceaccounts".to_string());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    groups.push("system:authenticated".into());
    groups
}

/// The rules that hold for a user in a namespace: those of the cluster and its own.
pub fn rules(world: &World, user: &str, namespace: &str) -> Vec<Value> {
    let mut rules = Vec::new();
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        let of = format!("{kind}.rbac.authorization.k8s.io");
        for (key, binding) in world.store.list(&of) {
            let is_here = kind == "ClusterRoleBinding" || *key.namespace == *namespace;
            if is_here && is_subject(&binding.value, user, &key.namespace) {
                rules.extend(rules_of(world, &binding.value, &key.namespace));
            }
        }
    }
    rules
}

/// May a user do it?
pub fn is_allowed(world: &World, user: &str, wanted: &Attributes<'_>) -> bool {
    let rules = rules(world, user, wanted.namespace);
    rules.iter().any(|rule| allows(rule, wanted))
}

fn is_subject(binding: &Value, user: &str, namespace: &str) -> bool {
    let groups = groups(user);
    let subjects = binding.get("subjects").map_or(&[][..], Value::items);
    subjects.iter().any(|subject| {
        let name = subject.text_at(&["name"]);
        match subject.text_at(&["kind"]) {
            "User" => name == user,
            "Group" => groups.iter().any(|group| group == name),
            "ServiceAccount" => {
                let of = match subject.text_at(&["namespace"]) {
                    "" => namespace,
                    of => of,
                };
                user == format!("system:serviceaccount:{of}:{name}")
            }
            _ => false,
        }
    })
}

fn rules_of(world: &World, binding: &Value, namespace: &str) -> Vec<Value> {
    let kind = binding.text_at(&["roleRef", "kind"]);
    let of = format!("{kind}.rbac.authorization.k8s.io");
    let namespace = if kind == "Role" { namespace } else { "" };
    let name = binding.text_at(&["roleRef", "name"]);
    let role = world
        .store
        .get(&crate::api::ObjectKey::new(&of, namespace, name));
    let rules = role.and_then(|role| role.value.get("rules"));
    rules.map_or(Vec::new(), |rules| rules.items().to_vec())
}

/// Models `RuleAllows`.
fn allows(rule: &Value, wanted: &Attributes<'_>) -> bool {
    let has = |field: &str, text: &str| {
        let all = rule.get(field).map_or(&[][..], Value::items);
        all.iter()
            .filter_map(Value::as_str)
            .any(|known| known == "*" || known == text)
    };
    let names = rule.get("resourceNames").map_or(&[][..], Value::items);
    let is_named = names.iter().any(|name| name.as_str() == Some(wanted.name));
    let sub = wanted
        .resource
        .split_once('/')
        .map(|(_, sub)| format!("*/{sub}"));
    has("verbs", wanted.verb)
        && has("apiGroups", wanted.group)
        && (has("resources", wanted.resource) || sub.is_some_and(|sub| has("resources", &sub)))
        && (names.is_empty() || is_named)
}
