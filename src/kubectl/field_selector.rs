//! `--field-selector status.phase!=Running` read and held against objects. Models
//! `k8s.io/apimachinery/pkg/fields/selector.go`, the labels that each kind knows
//! (`AddFieldLabelConversionFunc` in `pkg/apis/*/v1/conversion.go`) and what its storage finds for
//! them (`SelectableFields` of each strategy in `pkg/registry`).

use super::look::{Look, or, scalar};
use crate::api::Value;
use crate::api::schema::Kind;
use crate::order;

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    is_equal: bool,
    value: String,
}

/// What is asked of fields; nothing if there are no terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<Term>);

impl FieldSelector {
    /// Reads a selector over objects of `kind`.
    ///
    /// # Errors
    /// Upstream's sentence.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let mut parts = split_terms(text);
        order::sort(&mut parts);
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let Some((field, is_equal, value)) = split_term(part) else {
                return Err(format!(
                    "invalid selector: '{text}'; can't understand '{part}'"
                ));
            };
            terms.push(Term {
                field: field.into(),
                is_equal,
                value: unescaped(value)?,
            });
        }
        for term in &terms {
            known(&term.field, kind)?;
        }
        Ok(FieldSelector(terms))
    }

    /// Does everything hold for this object?
    pub fn matches(&self, object: &Value) -> bool {
        let holds = |term: &Term| (field(object, &term.field) == term.value) == term.is_equal;
        self.0.iter().all(holds)
    }
}

fn split_terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut is_escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ',' => {
                terms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    let mut places = term.char_indices().map(|(at, _)| term.split_at(at));
    places.find_map(|(field, rest)| {
        ["!=", "==", "="].iter().find_map(|operator| {
            let value = rest.strip_prefix(operator)?;
            Some((field, *operator != "!=", value))
        })
    })
}

fn unescaped(value: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => text.push(c),
                other => {
                    let sequence: String = ['\\'].into_iter().chain(other).collect();
                    return Err(format!(
                        "invalid field selector: invalid escape sequence: {sequence}"
                    ));
                }
            },
            '=' | ',' => {
                let code = u32::from(c);
                return Err(format!(
                    "invalid field selector: unescaped character in value: {code}"
                ));
            }
            c => text.push(c),
        }
    }
    Ok(text)
}

/// May objects of `kind` be selected by this field?
fn known(field: &str, kind: Kind) -> Result<(), String> {
    let of_kind = match (kind.group(), kind.kind()) {
        ("", "Pod") => {
            "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName \
             spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName \
             spec.host metadata.namespace"
        }
        ("", "Node") => "spec.unschedulable",
        ("", "ReplicationController") => "status.replicas metadata.namespace",
        ("" | "events.k8s.io", "Event") => {
            "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid \
             involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath \
             reason reportingComponent source type metadata.namespace"
        }
        ("", "Namespace") => "status.phase",
        ("", "Secret") => "type metadata.namespace",
        ("", "Service") => "spec.clusterIP spec.type metadata.namespace",
        ("batch", "Job") => "status.successful metadata.namespace",
        ("certificates.k8s.io", _) => "spec.signerName",
        _ if matches!(field, "metadata.name" | "metadata.namespace") => return Ok(()),
        _ => {
            return Err(format!(
                "{field:?} is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\""
            ));
        }
    };
    if field == "metadata.name" || of_kind.split(' ').any(|known| known == field) {
        return Ok(());
    }
    Err(match kind.kind() {
        "Job" => format!("field label {field:?} not supported for Job"),
        _ => ["field label not supported: ", field].concat(),
    })
}

/// What an object has there, as text.
fn field(object: &Value, path: &str) -> String {
    let printed = |path: &str| object.look(path).map(scalar).unwrap_or_default();
    match path {
        "spec.host" => printed("spec.nodeName"),
        "spec.hostNetwork" | "spec.unschedulable" => object.truth(path).to_string(),
        "status.replicas" => object.int(path).to_string(),
        "status.successful" => object.int("status.succeeded").to_string(),
        "status.podIPs" => printed("status.podIP"),
        "source" => or(
            object.text("source.component"),
            object.text("reportingComponent"),
        )
        .into(),
        _ => printed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::FieldSelector;
    use crate::api::schema;
    use crate::fields;

    #[test]
    fn terms_are_compared_with_what_is_there() {
        let kind = schema::kind("v1", "Pod").expect("served");
        let pod = fields! {
            "metadata" => fields! { "name" => "a" },
            "spec" => fields! { "nodeName" => "node-1" }, "status" => fields! { "phase" => "Running" },
        };
        for (text, expected) in [
            ("", true),
            ("status.phase=Running", true),
            ("status.phase!=Running", false),
            ("metadata.name==a,spec.nodeName=node-2", false),
            ("spec.hostNetwork=false", true),
        ] {
            let selector = FieldSelector::parse(text, kind).expect(text);
            assert_eq!(selector.matches(&pod), expected, "{text}");
        }
    }

    #[test]
    fn what_no_one_knows_is_refused() {
        let refused = |version: &str, kind: &str, text: &str| {
            let kind = schema::kind(version, kind).expect("served");
            FieldSelector::parse(text, kind).expect_err(text)
        };
        assert_eq!(
            refused("v1", "Pod", "spec.image=nginx"),
            "field label not supported: spec.image"
        );
        assert_eq!(
            refused("v1", "Pod", "foo"),
            "invalid selector: 'foo'; can't understand 'foo'"
        );
        assert_eq!(
            refused("apps/v1", "Deployment", "foo=bar"),
            "\"foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
    }
}
