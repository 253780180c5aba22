//! Paths into objects, as the API server writes them: `spec.containers[0].image`. Models
//! `k8s.io/apimachinery/pkg/util/validation/field/path.go`.

use std::rc::Rc;

/// One step of a path into an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Of a map.
    Key(Rc<str>),
    /// Of a list.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// `spec.containers[0].resources.requests.cpu`; a key with dots or slashes stands in brackets.
pub fn text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(index) => text += &format!("[{index}]"),
            Step::Key(key) if key.contains(['.', '/']) => text += &format!("[{key}]"),
            Step::Key(key) if text.is_empty() => text += key,
            Step::Key(key) => text += &format!(".{key}"),
        }
    }
    text
}

/// The steps of a path as the API server writes it: `spec.containers[0].image`,
/// `metadata.labels[app.kubernetes.io/name]`.
pub fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']').unwrap_or(inside.len());
            let step = &inside[..end];
            steps.push(match step.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::from(step),
            });
            rest = inside.get(end + 1..).unwrap_or_default();
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            steps.push(Step::from(&name[..end]));
            rest = &name[end..];
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{Step, steps, text};

    #[test]
    fn paths_are_read_as_the_api_server_writes_them() {
        let key = |key: &str| Step::from(key);
        assert_eq!(
            steps("spec.containers[0].image"),
            [key("spec"), key("containers"), Step::Index(0), key("image")]
        );
        assert_eq!(
            steps("metadata.labels[app.kubernetes.io/name]"),
            [
                key("metadata"),
                key("labels"),
                key("app.kubernetes.io/name")
            ]
        );
        for path in [
            "spec.containers[0].image",
            "metadata.labels[app.kubernetes.io/name]",
        ] {
            assert_eq!(text(&steps(path)), path);
        }
        assert_eq!(steps("spec[").len(), 2);
        assert!(steps("").is_empty());
    }
}
