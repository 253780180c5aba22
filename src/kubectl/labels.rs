//! Labels and selectors as text. Models `FormatLabels` and `Selector.String` of
//! `k8s.io/apimachinery/pkg/labels`, and `FormatLabelSelector` of `pkg/apis/meta/v1/helpers.go`.

use super::look::Look;
use crate::api::Value;
use crate::order;

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
    let Some(selector) = selector else {
        return String::new();
    };
    let labels = selector.texts("matchLabels");
    let exact = labels
        .iter()
        .map(|(key, value)| (*key, [key, "=", value].concat()));
    let mut requirements: Vec<(&str, String)> = exact.collect();
    for requirement in selector.list("matchExpressions") {
        let key = requirement.text("key");
        let mut values: Vec<&str> = requirement
            .list("values")
            .iter()
            .map(|v| v.text(""))
            .collect();
        order::sort(&mut values);
        let values = values.join(",");
        let text = match requirement.text("operator") {
            "In" => [key, " in (", &values, ")"].concat(),
            "NotIn" => [key, " notin (", &values, ")"].concat(),
            "DoesNotExist" => ["!", key].concat(),
            _ => key.into(),
        };
        requirements.push((key, text));
    }
    order::sort_by(&mut requirements, |a, b| a.0.cmp(b.0));
    let texts: Vec<String> = requirements.into_iter().map(|(_, text)| text).collect();
    texts.join(",")
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
