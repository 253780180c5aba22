//! Long work in slices: what is asked of a world for minutes of its time takes seconds, and whoever has a page to keep
//! alive gets a turn in between. The same code natively, where nobody waits.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::cluster::{Budget, Progress, SimTime, Simulation};

/// So many events are handled before others may have their turn.
const EVENTS: Budget = Budget(100);

/// Comes to the end of work that never waits for anything.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// Lets a world go on; `breathe` is called with what is being done, and waits as long as it likes.
pub(super) async fn run<B: AsyncFn(&str)>(
    world: &mut Simulation,
    until: SimTime,
    what: &str,
    breathe: &B,
) {
    loop {
        let progress = world.run_until(until, EVENTS);
        breathe(what).await;
        if progress == Progress::Reached {
            return;
        }
    }
}
