//! The manifest that made an object: from a field to its line, and the text with one change.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::api::path::Step;
use podarium::cluster::scheduler::counterfactual::PodEdit;
use podarium::cluster::{Input, SimTime};
use podarium::manifest::rewrite::{Change, rewrite};
use podarium::manifest::text::Lines;
use podarium::manifest::{Named, check};

/// The text that made an object last, and where the object stands in it.
pub struct Written {
    /// The text.
    pub text: Rc<str>,
    named: Named,
}

/// The same object of the same text.
impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.text, &other.text) && self.named.key == other.named.key
    }
}

impl Written {
    /// What made this object last; `None` where no manifest did.
    pub fn of(inputs: &[(SimTime, Input)], key: &ObjectKey) -> Option<Self> {
        inputs.iter().rev().find_map(|(_, input)| {
            let (Input::Apply { manifest } | Input::Replace { manifest }) = input else {
                return None;
            };
            let checked = check(manifest);
            let named = checked.objects.iter().find(|named| named.key == *key)?;
            Some(Written {
                text: manifest.clone(),
                named: named.clone(),
            })
        })
    }

    /// What document `document` of a text makes: this object, if it is one of it.
    pub fn in_document(text: &Rc<str>, document: u32, key: Option<&ObjectKey>) -> Option<Self> {
        let checked = check(text);
        let mut made = checked
            .objects
            .iter()
            .filter(|named| named.document == document);
        let first = made.clone().next();
        let named = made.find(|named| key == Some(&named.key)).or(first)?;
        Some(Written {
            text: text.clone(),
            named: named.clone(),
        })
    }

    /// A text of one object that nobody has applied.
    pub fn alone(text: &str) -> Option<Self> {
        Self::in_document(&text.into(), 0, None)
    }

    /// The line on which the object begins, counted from 1.
    pub fn first_line(&self) -> usize {
        Lines::of(&self.text).position(self.named.span.start).0
    }

    /// Is this the object?
    pub fn is_of(&self, key: &ObjectKey) -> bool {
        self.named.key == *key
    }

    /// The line of a field, counted from 1; of what holds it where the text leaves it out.
    pub fn line(&self, path: &[Step]) -> usize {
        let found = self.named.root.nearest(path);
        let at = found.key_span.unwrap_or(found.node.span.clone()).start;
        Lines::of(&self.text).position(at).0
    }

    /// The text with a change of the Pod, and the line to look at.
    pub fn changed(&self, edit: &PodEdit) -> (Rc<str>, usize) {
        let wanted = edit.applied(&self.named.value);
        let item = wanted
            .at(&["spec", "tolerations"])
            .and_then(|list| list.items().last());
        let (text, line) = match (edit, item) {
            (PodEdit::Lower { path, to, .. }, _) => {
                rewrite(&self.text, &self.named, &Change::Text(path, to), &wanted)
            }
            (PodEdit::Tolerate(_), Some(item)) => {
                let change = Change::Append("tolerations", item);
                rewrite(&self.text, &self.named, &change, &wanted)
            }
            (PodEdit::Drop { path }, _) => {
                rewrite(&self.text, &self.named, &Change::Remove(path), &wanted)
            }
            (PodEdit::Tolerate(_), None) => (self.text.to_string(), 1),
        };
        (text.as_str().into(), line)
    }
}
