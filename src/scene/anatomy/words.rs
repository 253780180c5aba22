//! A Pod from near in words: the names of the tree's items, and what a packet carries.

use std::rc::Rc;

use super::{Anatomy, Drum, Open, Packet, Port, Pulse};
use crate::cluster::kubelet::{Exchange, FileUse, ProbeKind};

/// `a`, `a and b`, `a, b and c`
pub(super) fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

impl Packet {
    /// `client asks web at localhost:7070: GET /`
    pub fn words(&self) -> String {
        let Exchange {
            from,
            to,
            port,
            asked,
            answered,
            ..
        } = &self.exchange;
        match (self.answer, &**to) {
            (false, _) => format!("{from} asks at localhost:{port}: {asked}"),
            (true, "") => format!("{from} is told: {answered}; nobody listens at {port}"),
            (true, _) => format!("{to} answers {from}: {answered}"),
        }
    }
}

impl Anatomy {
    /// What stands under the Pod in the tree beside its containers: what tells an item from others, and its
    /// name, in the grammar of the page.
    pub fn items(&self) -> Vec<(Rc<str>, Rc<str>)> {
        let ports = self.ports.iter().map(|port| {
            let id = format!("Port {} {}", port.number, port.container);
            (id.into(), port.to_string().into())
        });
        let volumes = self.volumes.iter().map(|drum| {
            let id = format!("Volume {}", drum.name);
            (id.into(), drum.to_string().into())
        });
        let probes = self.cards.iter().flat_map(|card| {
            card.probes.iter().map(|pulse| {
                let id = format!("Probe {} {}", pulse.name(), card.glyph.name);
                let (passed, failed) = pulse.counts;
                let (kind, of) = (pulse.name(), &card.glyph.name);
                let name = format!("Probe {kind} of {of}, {passed} passed, {failed} failed");
                (id.into(), name.into())
            })
        });
        ports.chain(volumes).chain(probes).collect()
    }
}

impl Pulse {
    /// `readiness`
    pub fn name(&self) -> &'static str {
        match self.kind {
            ProbeKind::Startup => "startup",
            ProbeKind::Readiness => "readiness",
            ProbeKind::Liveness => "liveness",
        }
    }
}

/// `Port 8080, proxy listens on 0.0.0.0`, `Port 9102, declared, nobody listens`
impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, of) = (self.number, &self.container);
        match &self.open {
            Open::Listens { loopback: false } => {
                write!(f, "Port {number}, {of} listens on 0.0.0.0")?;
            }
            Open::Listens { loopback: true } => {
                write!(f, "Port {number}, {of} listens on 127.0.0.1")?;
            }
            Open::Nobody => write!(f, "Port {number}, declared, nobody listens, {of}")?,
            Open::Taken { by, failed: true } => {
                write!(f, "Port {number}, wanted by {of}, taken by {by}")?;
            }
            Open::Taken { by, .. } => write!(f, "Port {number}, declared, {by} listens, {of}")?,
        }
        if self.host_port != 0 {
            write!(f, ", hostPort {}", self.host_port)?;
        }
        match &self.asked {
            Some(one) => write!(f, ", {} asked: {}, {}", one.from, one.asked, one.answered),
            None => Ok(()),
        }
    }
}

/// `wrote access.log`, `read it`
pub(super) fn used(one: &FileUse, again: bool) -> String {
    let how = if one.wrote { "wrote" } else { "read" };
    format!("{how} {}", if again { "it" } else { &one.path })
}

/// `Volume logs, emptyDir, mounted in web and agent`
impl std::fmt::Display for Drum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<&str> = self.mounts.iter().map(|mount| &*mount.container).collect();
        names.dedup();
        let mounted = match names[..] {
            [] => "nowhere".to_string(),
            _ => format!("in {}", and(&names)),
        };
        write!(f, "Volume {}, {}, mounted {mounted}", self.name, self.kind)?;
        let written = self.uses.first().filter(|one| one.wrote);
        for one in &self.uses {
            let again = !one.wrote && written.is_some_and(|first| first.path == one.path);
            write!(f, ", {} {}", one.who, used(one, again))?;
        }
        Ok(())
    }
}
