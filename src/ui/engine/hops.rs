//! The request that the network's view shows while it is seen, and where it is drawn.

use podarium::cluster::network::request::RequestId;
use podarium::cluster::{SimTime, Simulation, Snapshot};
use podarium::scene;

use super::Engine;

impl Engine {
    /// The request that the network's view would show of a world.
    pub(super) fn watched_at(&self, world: &Simulation) -> Option<RequestId> {
        let shot = world.snapshot();
        scene::network::shown(&shot, self.watched?, world.now(), &self.speeds)
    }

    /// The drawn moment of a request that comes next, or was the last, while the network is seen.
    pub fn hop(&self, back: bool) -> Option<SimTime> {
        self.hop_of(&self.shot, back)
    }

    /// The same in a world that may be further on.
    pub(super) fn hop_of(&self, shot: &Snapshot, back: bool) -> Option<SimTime> {
        scene::network::moment_beside(shot, self.watched?, self.time(), &self.speeds, back)
    }

    /// The request that is shown and under way, while the network is seen.
    pub fn under_way(&self) -> Option<RequestId> {
        scene::network::under_way(&self.shot, self.watched?, self.time(), &self.speeds)
    }

    /// The request that is still drawn on its way, while the network is seen: how it ends isn't told yet.
    pub fn still_drawn(&self) -> Option<RequestId> {
        scene::network::still_drawn(&self.shot, self.watched?, self.time(), &self.speeds)
    }

    /// Which hop is drawn from this very moment on.
    pub fn hop_words(&self) -> Option<String> {
        let (time, speeds) = (self.time(), &self.speeds);
        let id = scene::network::shown(&self.shot, self.watched?, time, speeds)?;
        let network = scene::network::network(&self.shot, id, time, speeds)?;
        let at = network.present(time)?;
        let begins = network.drawn.legs[at.leg].moments.get(at.hop) == Some(&time);
        network
            .hop_words(at.leg, at.hop)
            .filter(|_| begins)
            .map(|words| words.to_string())
    }
}
