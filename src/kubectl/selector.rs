//! Selectors as a list request carries them. Models `Selector` of
//! `k8s.io/cli-runtime/pkg/resource/selector.go` and what the server says to one that it can't read.

use std::rc::Rc;

use super::error::Error;
use super::field_selector::FieldSelector;
use super::label_selector;
use crate::api::Value;
use crate::api::meta::Labels;
use crate::api::schema::Kind;
use crate::api::selector::LabelSelector;
use crate::cluster::api_server::Status;
use crate::manifest::stream::quoted;

/// Which objects of a kind are meant.
pub struct Selectors {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selectors {
    /// The selectors of a list request.
    ///
    /// # Errors
    /// The server's answer. Models `EnhanceListError`.
    pub fn asked(kind: Kind, labels: &str, fields: &str) -> Result<Self, Error> {
        let refused = |message: String| {
            let resource = format!(
                "{}/{}, Resource={}",
                kind.group(),
                kind.version(),
                kind.plural()
            );
            let (resource, labels, fields) = (quoted(&resource), quoted(labels), quoted(fields));
            Error::Server {
                context: format!(
                    "Unable to find {resource} that match label selector {labels}, field selector \
                     {fields}: "
                ),
                status: Status {
                    code: 400,
                    reason: "BadRequest",
                    message,
                },
            }
        };
        Ok(Selectors {
            labels: label_selector::parse(labels).map_err(refused)?,
            fields: FieldSelector::parse(fields, kind).map_err(refused)?,
        })
    }

    /// Is the object meant?
    pub fn fit(&self, object: &Value) -> bool {
        fits(&self.labels, object) && self.fields.matches(object)
    }
}

/// Does an object have the labels that a selector asks for?
pub fn fits(selector: &LabelSelector, object: &Value) -> bool {
    let labels = object.at(&["metadata", "labels"]).and_then(Value::as_map);
    let labels = labels.into_iter().flat_map(|labels| labels.iter());
    let labels =
        labels.map(|(name, value)| (name.clone(), Rc::from(value.as_str().unwrap_or_default())));
    selector.matches(&labels.collect::<Labels>())
}
