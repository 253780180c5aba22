//! What is on its way in a Pod: requests and answers over `lo`, files into a volume and out of it. In truth
//! it takes microseconds: each is drawn for a moment, one after another. Ours.

use std::rc::Rc;

use super::Packet;
use crate::api::{ObjectKey, Uid};
use crate::cluster::kubelet::{Exchange, FileUse};
use crate::cluster::{SimTime, Snapshot};
use crate::collections::List;
use crate::scene::motion::Speeds;

/// How long a packet is drawn, in milliseconds of screen time at 1×; and for how long it may wait until
/// those before it are drawn.
const HOP_MS: f64 = 450.0;
const WAIT_MS: f64 = 3_000.0;

/// A queue of what is to be drawn: when it is free again, in virtual microseconds.
struct Way<'a> {
    free: f64,
    speeds: &'a Speeds,
}

impl<'a> Way<'a> {
    fn new(speeds: &'a Speeds) -> Self {
        let free = f64::NEG_INFINITY;
        Way { free, speeds }
    }

    /// From when on what happened `at` is drawn, and how long each of its hops takes; what would come much
    /// too late isn't drawn.
    fn take(&mut self, at: SimTime, hops: f64) -> Option<(f64, f64)> {
        let (hop, from) = (self.speeds.length(at, HOP_MS), (at.0 as f64).max(self.free));
        if from - at.0 as f64 > self.speeds.length(at, WAIT_MS) {
            return None;
        }
        self.free = from + hops * hop;
        Some((from, hop))
    }
}

/// Until when something is on its way in this Pod.
pub fn packets_until(snapshot: &Snapshot, key: &ObjectKey, speeds: &Speeds) -> SimTime {
    let object = snapshot.store.get(key);
    let Some(uid) = object.and_then(|object| Uid::parse(&object.meta.uid)) else {
        return SimTime::ZERO;
    };
    let (mut packets, mut files) = (Way::new(speeds), Way::new(speeds));
    for exchange in snapshot
        .exchanges
        .get(&uid)
        .into_iter()
        .flat_map(List::iter)
    {
        packets.take(exchange.at, 2.0);
    }
    for file in snapshot
        .file_uses
        .get(&uid)
        .into_iter()
        .flat_map(List::iter)
    {
        files.take(file.at, 1.0);
    }
    SimTime(packets.free.max(files.free).max(0.0) as i64)
}

/// What is on its way over `lo` at `t`.
pub(in crate::scene) fn packet(
    exchanges: &List<Exchange>,
    t: SimTime,
    speeds: &Speeds,
) -> Option<Packet> {
    let (now, mut way) = (t.0 as f64, Way::new(speeds));
    exchanges.iter().find_map(|exchange| {
        let (from, hop) = way.take(exchange.at, 2.0)?;
        (from..from + 2.0 * hop).contains(&now).then(|| Packet {
            exchange: (**exchange).clone(),
            answer: now >= from + hop,
        })
    })
}

/// Which file is on its way at `t`.
pub(super) fn file(uses: &List<FileUse>, t: SimTime, speeds: &Speeds) -> Option<Rc<FileUse>> {
    let (now, mut way) = (t.0 as f64, Way::new(speeds));
    let found = uses.iter().find(|one| {
        way.take(one.at, 1.0)
            .is_some_and(|(from, hop)| (from..from + hop).contains(&now))
    });
    found.cloned()
}
