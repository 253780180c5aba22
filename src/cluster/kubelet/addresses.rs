//! Addresses on the Pod network, given out by a node in turn. Models the host-local IPAM plugin, which a container
//! runtime asks.

use std::rc::Rc;

use super::NodeState;

impl NodeState {
    /// The next free address for a Pod; `None` if all are taken. Models the plugin `host-local`.
    pub(super) fn next_address(&mut self) -> Option<Rc<str>> {
        let after =
            (1..=253).map(|step| 2 + (u16::from(self.last_pod_address) - 1 + step - 1) % 253);
        let free = after
            .filter_map(|number| u8::try_from(number).ok())
            .find(|number| !self.pod_addresses.contains(number))?;
        self.pod_addresses.insert(free);
        self.last_pod_address = free;
        Some(format!("{}{free}", self.pod_network).into())
    }

    pub(super) fn free_address(&mut self, ip: &str) {
        let number = ip
            .strip_prefix(&*self.pod_network)
            .and_then(|number| number.parse().ok());
        if let Some(number) = number {
            self.pod_addresses.remove::<u8>(&number);
        }
    }
}
