//! `kubectl auth`. Models `k8s.io/kubectl/pkg/cmd/auth`.

use crate::api::Value;
use crate::cluster::authorization::{self, Attributes};
use crate::kubectl::command::Command;
use crate::kubectl::config::USER;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::resources;
use crate::kubectl::tab_writer::{TABLE, align};
use crate::order;

/// `kubectl auth`
pub const COMMAND: Command = Command::group(
    "auth",
    "Inspect authorization",
    &[
        &CAN_I,
        &Command::not_here(
            "reconcile",
            "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
        ),
        &Command::new(
            "whoami",
            "Experimental: Check self subject attributes",
            who_am_i,
        )
        .flags(&[shared::PRINT]),
    ],
);

const CAN_I: Command = Command::new("can-i", "Check whether an action is allowed", can_i).flags(&[
    shared::ALL_NAMESPACES,
    &[
        Flag::truth("list"),
        Flag::truth("no-headers"),
        Flag::truth("quiet").short("q"),
        Flag::text("subresource"),
    ],
]);

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

const URL_VERBS: &[&str] = &[
    "get", "put", "post", "head", "options", "delete", "patch", "*",
];

/// What may stand for a resource and is none. `nonStandardResourceNames`.
const NO_RESOURCES: &[&str] = &["users", "groups"];

fn who_am_i(cx: &mut Cx<'_>, _given: &mut Given) -> Result<Process, Error> {
    let rows = match cx.user.clone() {
        None => {
            format!("Username\t{USER}\nUID\tadmin\nGroups\t[system:masters system:authenticated]\n")
        }
        Some(user) => {
            let groups = authorization::groups(&user).join(" ");
            format!("Username\t{user}\nGroups\t[{groups}]\n")
        }
    };
    cx.print(&align(&format!("ATTRIBUTE\tVALUE\n{rows}"), TABLE));
    Ok(Process::Ended(0))
}

fn can_i(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let all_namespaces = given.is("all-namespaces");
    let subresource = given.text("subresource");
    if given.is("list") {
        if !given.words.is_empty() {
            return plain("list option must be specified with no arguments");
        }
        if given.is("quiet") || all_namespaces || !subresource.is_empty() {
            return plain(
                "list option can't be specified with neither quiet, all-namespaces nor \
                 subresource options",
            );
        }
        return list(cx, given);
    }
    let [verb, what] = &given.words[..] else {
        return plain(
            "you must specify two arguments: verb resource or verb resource/resourceName.\n\
             See 'kubectl auth can-i -h' for help and examples.",
        );
    };
    let namespace = match all_namespaces {
        true => String::new(),
        false => cx.namespace(given).0,
    };
    let is_url = what.starts_with('/');
    let (of, name) = what.split_once('/').unwrap_or((what, ""));
    let (group, resource, is_namespaced) = match is_url {
        true => ("", what.clone(), true),
        false => resource_for(cx, of),
    };
    if is_url {
        if !subresource.is_empty() {
            return plain("--subresource can not be used with NonResourceURL");
        }
        if !URL_VERBS.contains(&&**verb) {
            cx.warn(&format!("verb '{verb}' is not a known verb\n"));
        }
    } else if !all_namespaces {
        if !is_namespaced {
            let of_group = match group {
                "" => String::new(),
                group => format!(" in group '{group}'"),
            };
            cx.warn(&format!(
                "resource '{resource}' is not namespace scoped{of_group}\n"
            ));
        }
        if !RESOURCE_VERBS.contains(&&**verb) {
            cx.warn(&format!("verb '{verb}' is not a known verb\n"));
        }
    }
    if given.is("no-headers") {
        return plain("--no-headers cannot be set without --list specified");
    }
    let whole = match subresource {
        "" => resource,
        sub => format!("{resource}/{sub}"),
    };
    let wanted = Attributes {
        verb,
        group,
        resource: &whole,
        namespace: if is_namespaced { &namespace } else { "" },
        name,
    };
    let is_allowed = match cx.user.clone() {
        None => true,
        Some(user) if is_url => may_get(&user, verb, what),
        Some(user) => authorization::is_allowed(cx.world(), &user, &wanted),
    };
    if !given.is("quiet") {
        cx.line(if is_allowed { "yes" } else { "no" });
    }
    Ok(Process::Ended(i32::from(!is_allowed)))
}

/// The group and plural of a resource, and whether it lives in a namespace.
fn resource_for(cx: &mut Cx<'_>, of: &str) -> (&'static str, String, bool) {
    if of == "*" {
        return ("", "*".into(), true);
    }
    let lower = of.to_lowercase();
    if let Ok(kind) = resources::mapping(&lower) {
        return (kind.group(), kind.plural(), kind.is_namespaced());
    }
    if !NO_RESOURCES.contains(&&*lower) {
        let (resource, group) = lower.split_once('.').unwrap_or((&lower, ""));
        let of_group = match group {
            "" => String::new(),
            group => format!(" in group '{group}'"),
        };
        cx.warn(&format!(
            "the server doesn't have a resource type '{resource}'{of_group}\n"
        ));
    }
    ("", of.into(), true)
}

/// Paths that whoever is authenticated may get: `system:discovery`, `system:public-info-viewer`.
const DISCOVERY: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];

fn may_get(_user: &str, verb: &str, path: &str) -> bool {
    let fits = |known: &&&str| match known.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == **known,
    };
    verb == "get" && DISCOVERY.iter().any(|known| fits(&known))
}

fn list(cx: &mut Cx<'_>, given: &Given) -> Result<Process, Error> {
    let mut text = String::new();
    if !given.is("no-headers") {
        text += "Resources\tNon-Resource URLs\tResource Names\tVerbs\n";
    }
    let (namespace, _) = cx.namespace(given);
    let user = cx.user.clone();
    let reviews = [
        ("selfsubjectreviews", "authentication.k8s.io"),
        ("selfsubjectaccessreviews", "authorization.k8s.io"),
        ("selfsubjectrulesreviews", "authorization.k8s.io"),
    ];
    let mut urls: Vec<(String, &str)> = Vec::new();
    let mut rows: Vec<(String, String, String)> = Vec::new();
    match &user {
        None => {
            rows.push(("*.*".into(), "[]".into(), "[*]".into()));
            urls.push(("[*]".into(), "[*]"));
        }
        Some(user) => {
            for rule in authorization::rules(cx.world(), user, &namespace) {
                rows.extend(rows_of(&rule));
            }
        }
    }
    for (resource, group) in reviews {
        rows.push((
            format!("{resource}.{group}"),
            "[]".into(),
            "[create]".into(),
        ));
    }
    order::sort_by_key(&mut rows, |row| {
        let (resource, group) = row.0.split_once('.').unwrap_or((&row.0, ""));
        let place = match (resource, group.is_empty()) {
            ("*", _) => 0,
            _ => 1,
        };
        let is_review = reviews.iter().position(|(known, _)| *known == resource);
        (place, is_review.unwrap_or(usize::MAX), row.0.clone())
    });
    for (resource, names, verbs) in rows {
        text += &format!("{resource}\t[]\t{names}\t{verbs}\n");
    }
    for (url, verbs) in urls {
        text += &format!("\t{url}\t[]\t{verbs}\n");
    }
    for path in [
        "/api/*",
        "/api",
        "/apis/*",
        "/apis",
        "/healthz",
        "/healthz",
        "/livez",
        "/livez",
        "/openapi/*",
        "/openapi",
        "/readyz",
        "/readyz",
        "/version/",
        "/version/",
        "/version",
        "/version",
    ] {
        text += &format!("\t[{path}]\t[]\t[get]\n");
    }
    cx.print(&align(&text, TABLE));
    Ok(Process::Ended(0))
}

/// A rule, a row for each of its resources.
fn rows_of(rule: &Value) -> Vec<(String, String, String)> {
    let texts = |field: &str| -> Vec<String> {
        let all = rule.get(field).map_or(&[][..], Value::items);
        all.iter()
            .filter_map(Value::as_str)
            .map(str::to_string)
            .collect()
    };
    let mut rows = Vec::new();
    let mut verbs = texts("verbs");
    order::sort(&mut verbs);
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            let named = match group.as_str() {
                "" => resource,
                group => format!("{resource}.{group}"),
            };
            let names = texts("resourceNames").join(" ");
            rows.push((
                named,
                format!("[{names}]"),
                format!("[{}]", verbs.join(" ")),
            ));
        }
    }
    rows
}
