//! Roles and their bindings. Models `RoleDescriber`, `RoleBindingDescriber`, and `BreakdownRule` and
//! `CompactRules` of `kubectl/pkg/util/rbac`.

use super::page::Page;
use crate::api::Value;
use crate::kubectl::look::Look;
use crate::order;

/// A rule of one resource or one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    /// `pods`, `deployments.apps/scale`; empty for a URL.
    resource: String,
    group: String,
    names: Vec<String>,
    url: String,
    verbs: Vec<String>,
}

/// A Role or a ClusterRole.
pub fn role(page: &mut Page, role: &Value) {
    page.field(0, "Name", role.text("metadata.name"));
    page.labels(role);
    page.line(0, "PolicyRule:");
    page.heads(
        1,
        &["Resources", "Non-Resource URLs", "Resource Names", "Verbs"],
    );
    let mut rules = compact(role.list("rules"));
    order::sort_by_key(&mut rules, Rule::text);
    let list = |words: &[String]| ["[", &words.join(" "), "]"].concat();
    for rule in rules {
        let urls: Vec<String> = Some(rule.url.clone())
            .filter(|url| !url.is_empty())
            .into_iter()
            .collect();
        page.row(
            1,
            &[
                &rule.combined(),
                &list(&urls),
                &list(&rule.names),
                &list(&rule.verbs),
            ],
        );
    }
}

/// Rules of one verb each, those of the same resource together again.
fn compact(rules: &[Value]) -> Vec<Rule> {
    let words = |rule: &Value, field: &str| -> Vec<String> {
        let words = rule
            .list(field)
            .iter()
            .map(|word| word.text("").to_string());
        words.collect()
    };
    let mut all: Vec<Rule> = Vec::new();
    let mut add = |mut rule: Rule, verbs: &[String]| {
        let known = all.iter_mut().find(|known| {
            (&known.resource, &known.group, &known.names, &known.url)
                == (&rule.resource, &rule.group, &rule.names, &rule.url)
        });
        match known {
            Some(known) => known.verbs.extend_from_slice(verbs),
            None => {
                rule.verbs = verbs.to_vec();
                all.push(rule);
            }
        }
    };
    for rule in rules {
        let verbs = words(rule, "verbs");
        for group in words(rule, "apiGroups") {
            for resource in words(rule, "resources") {
                let one = Rule {
                    resource,
                    group: group.clone(),
                    ..Rule::default()
                };
                let names = words(rule, "resourceNames");
                if names.is_empty() {
                    add(one.clone(), &verbs);
                }
                for name in names {
                    let names = vec![name];
                    add(
                        Rule {
                            names,
                            ..one.clone()
                        },
                        &verbs,
                    );
                }
            }
        }
        for url in words(rule, "nonResourceURLs") {
            let one = Rule {
                url,
                ..Rule::default()
            };
            add(one, &verbs);
        }
    }
    all
}

impl Rule {
    /// `deployments.apps/scale`. Models `CombineResourceGroup`.
    fn combined(&self) -> String {
        let (resource, sub) = match self.resource.split_once('/') {
            Some((resource, sub)) => (resource, ["/", sub].concat()),
            None => (&*self.resource, String::new()),
        };
        match &*self.group {
            "" => [resource, &sub].concat(),
            group => [resource, ".", group, &sub].concat(),
        }
    }

    /// What rules are sorted by: their text in Go's form, field by field.
    fn text(&self) -> String {
        let list = |words: &[&str]| {
            let words: Vec<&str> = words
                .iter()
                .filter(|word| !word.is_empty())
                .copied()
                .collect();
            ["[", &words.join(" "), "]"].concat()
        };
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let group = match &*self.resource {
            "" => "[]".into(),
            _ => ["[", &self.group, "]"].concat(),
        };
        let resources = list(&[&self.resource]);
        let (names, urls) = (list(&names), list(&[&self.url]));
        [
            "{",
            &self.verbs.join(" "),
            &group,
            &resources,
            &names,
            &urls,
        ]
        .concat()
    }
}

/// A RoleBinding or a ClusterRoleBinding.
pub fn binding(page: &mut Page, binding: &Value) {
    page.field(0, "Name", binding.text("metadata.name"));
    page.labels(binding);
    page.line(0, "Role:");
    page.field(1, "Kind", binding.text("roleRef.kind"));
    page.field(1, "Name", binding.text("roleRef.name"));
    page.line(0, "Subjects:");
    page.heads(1, &["Kind", "Name", "Namespace"]);
    for subject in binding.list("subjects") {
        let cells = ["kind", "name", "namespace"].map(|field| subject.text(field));
        page.row(1, &cells);
    }
}
