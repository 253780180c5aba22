//! A snapshot as a property of components: compared by address, so that what hasn't changed isn't drawn.

use std::ops::Deref;
use std::rc::Rc;

use podarium::cluster::Snapshot;
use podarium::scene::Overview;

/// The world at the moment that is viewed, and what it comes to in numbers.
#[derive(Clone, Debug)]
pub struct Shot(Rc<Snapshot>, Rc<Overview>);

impl Shot {
    /// This world, of which it is known what it came to a little while ago.
    pub fn after(mut overview: Overview, snapshot: Snapshot) -> Self {
        overview.bring_to(&snapshot);
        Shot(Rc::new(snapshot), Rc::new(overview))
    }

    /// This world.
    pub fn new(snapshot: Snapshot) -> Self {
        let overview = Rc::new(Overview::of(&snapshot));
        Shot(Rc::new(snapshot), overview)
    }

    /// What it comes to in numbers.
    pub fn overview(&self) -> &Overview {
        &self.1
    }
}

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
