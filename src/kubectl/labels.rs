//! Labels and selectors as text. Models `FormatLabels` of `k8s.io/apimachinery/pkg/labels`, and `FormatLabelSelector` of
//! `pkg/apis/meta/v1/helpers.go`; a selector itself writes [`LabelSelector`].

use super::look::Look;
use crate::api::Value;
use crate::api::selector::LabelSelector;
use crate::api::view::read;

/// `app=web,tier=front`, or `<none>`.
pub fn format_labels(object: &Value, path: &str) -> String {
    or_none(plain(&object.texts(path)))
}

fn plain(labels: &[(&str, &str)]) -> String {
    let pairs = labels.iter().map(|(key, value)| [key, "=", value].concat());
    let pairs: Vec<String> = pairs.collect();
    pairs.join(",")
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "<none>".into()
    } else {
        text
    }
}

/// `app=web,tier in (a,b)`, or `<none>`.
pub fn format_selector(selector: Option<&Value>) -> String {
    or_none(selector_text(selector))
}

/// The same, which may be empty.
pub fn selector_text(selector: Option<&Value>) -> String {
    let read = selector.map(read::<LabelSelector>);
    read.and_then(Result::ok)
        .map_or_else(String::new, |selector| selector.to_string())
}

#[cfg(test)]
mod tests {
    use super::{format_labels, format_selector};
    use crate::api::Value;

    fn value(json: &str) -> Value {
        Value::from_json(&serde_json::from_str(json).expect("the test's own text"))
    }

    #[test]
    fn a_selector_is_written_in_the_order_of_its_keys() {
        let selector = value(
            r#"{"matchLabels": {"z": "1"}, "matchExpressions": [
                {"key": "b", "operator": "NotIn", "values": ["y", "x"]},
                {"key": "c", "operator": "DoesNotExist"}, {"key": "a", "operator": "Exists"}]}"#,
        );
        assert_eq!(format_selector(Some(&selector)), "a,b notin (x,y),!c,z=1");
        assert_eq!(format_selector(None), "<none>");
        assert_eq!(format_selector(Some(&Value::map())), "<none>");
    }

    #[test]
    fn labels_are_pairs() {
        let object = value(r#"{"metadata": {"labels": {"b": "2", "a": "1"}}}"#);
        assert_eq!(format_labels(&object, "metadata.labels"), "a=1,b=2");
        assert_eq!(format_labels(&object, "spec.selector"), "<none>");
    }
}
