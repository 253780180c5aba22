//! A snapshot as a property of components: compared by address, so that what hasn't changed isn't drawn.

use std::ops::Deref;
use std::rc::Rc;

use podarium::cluster::Snapshot;

/// The world at the moment that is viewed.
#[derive(Clone, Debug)]
pub struct Shot(pub Rc<Snapshot>);

impl PartialEq for Shot {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Shot {
    type Target = Snapshot;
    fn deref(&self) -> &Snapshot {
        &self.0
    }
}
