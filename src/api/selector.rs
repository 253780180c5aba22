//! Label selectors, what they select, and how they are written. Models `k8s.io/apimachinery/pkg/labels` and
//! `metav1.LabelSelector`.
//! Left out: parsing `app in (a, b)` as kubectl's `-l` takes it.

use std::fmt;
use std::rc::Rc;

use super::meta::Labels;
use super::view::view;
use crate::order;

view! {
    /// Which objects are meant, by their labels. An empty selector means all of them; where a field
    /// of this type is absent, none is meant.
    pub struct LabelSelector {
        /// Each label has to be there with this value.
        pub match_labels: Labels,
        /// Each requirement has to hold.
        pub match_expressions: Vec<Requirement>,
    }

    /// One requirement on a label; of a node selector, also on a field.
    pub struct Requirement {
        /// Label or field.
        pub key: Rc<str>,
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`; of a node selector, also `Gt`, `Lt`
        pub operator: Rc<str>,
        /// What it is compared with.
        pub values: Vec<Rc<str>>,
    }
}

impl LabelSelector {
    /// Does it mean everything?
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Are objects with these labels meant?
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|r| r.matches(labels))
    }

    /// The selector that means what both mean.
    pub fn and(mut self, other: &LabelSelector) -> LabelSelector {
        let exact = other.match_labels.iter().map(|(key, value)| Requirement {
            key: key.clone(),
            operator: "In".into(),
            values: vec![value.clone()],
        });
        self.match_expressions.extend(exact);
        self.match_expressions
            .extend(other.match_expressions.iter().cloned());
        self
    }
}

/// `app=web,tier in (a,b)`, in the order of the keys; empty where all are meant. Models `Selector.String`.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.match_labels.iter();
        let exact = labels.map(|(key, value)| (&**key, format!("{key}={value}")));
        let others = self.match_expressions.iter();
        let others = others.map(|requirement| (&*requirement.key, requirement.to_string()));
        let mut all: Vec<(&str, String)> = exact.chain(others).collect();
        order::sort_by(&mut all, |a, b| a.0.cmp(b.0));
        let texts: Vec<String> = all.into_iter().map(|(_, text)| text).collect();
        f.write_str(&texts.join(","))
    }
}

/// `tier in (a,b)`, `tier notin (a,b)`, `tier`, `!tier`
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let mut values: Vec<&str> = self.values.iter().map(|value| &**value).collect();
        order::sort(&mut values);
        let values = values.join(",");
        match &*self.operator {
            "In" => write!(f, "{key} in ({values})"),
            "NotIn" => write!(f, "{key} notin ({values})"),
            "DoesNotExist" => write!(f, "!{key}"),
            _ => f.write_str(key),
        }
    }
}

impl From<Labels> for LabelSelector {
    fn from(match_labels: Labels) -> Self {
        LabelSelector {
            match_labels,
            match_expressions: Vec::new(),
        }
    }
}

impl Requirement {
    /// Does it hold for these labels?
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match &*self.operator {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => self.compare(value, |label, bound| label > bound),
            "Lt" => self.compare(value, |label, bound| label < bound),
            _ => false,
        }
    }

    fn compare(&self, label: Option<&Rc<str>>, holds: fn(i64, i64) -> bool) -> bool {
        let number = |text: &Rc<str>| text.parse::<i64>().ok();
        match (label.and_then(number), self.values.as_slice()) {
            (Some(label), [bound]) => number(bound).is_some_and(|bound| holds(label, bound)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(key: &str, operator: &str, values: &[&str]) -> Requirement {
        Requirement {
            key: key.into(),
            operator: operator.into(),
            values: values.iter().map(|value| Rc::from(*value)).collect(),
        }
    }

    #[test]
    fn each_operator_selects_as_upstream_says() {
        let labels: Labels = [
            ("app".into(), "web".into()),
            ("cores".into(), "8".into()),
            ("note".into(), "x".into()),
        ]
        .into();
        for (key, operator, values, expected) in [
            ("app", "In", &["web", "db"][..], true),
            ("app", "In", &["db"], false),
            ("tier", "In", &["web"], false),
            ("app", "NotIn", &["db"], true),
            ("tier", "NotIn", &["db"], true),
            ("app", "NotIn", &["web"], false),
            ("app", "Exists", &[], true),
            ("tier", "DoesNotExist", &[], true),
            ("cores", "Gt", &["7"], true),
            ("cores", "Gt", &["8"], false),
            ("cores", "Lt", &["9"], true),
            ("note", "Gt", &["1"], false),
            ("tier", "Lt", &["1"], false),
        ] {
            let found = requirement(key, operator, values).matches(&labels);
            assert_eq!(found, expected, "{key} {operator} {values:?}");
        }
    }

    #[test]
    fn an_empty_selector_means_everything() {
        assert!(LabelSelector::default().matches(&Labels::new()));
    }
}
