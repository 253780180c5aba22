//! Requests that a person sends, once or every second. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::carry::Sending;
use super::request::{Party, Request, RequestId};
use super::{CLIENT, DEPTH, PATIENCE, Traffic, Waiter, Wake, wake};
use crate::api::ObjectKey;
use crate::cluster::workload::outside::Ask;
use crate::cluster::{InputId, Simulation};

impl Simulation {
    /// A person asks, from a container or from outside. Tells what is wrong with the question.
    pub(in crate::cluster) fn ask_over_network(
        &mut self,
        input: InputId,
        from: Option<(&ObjectKey, &str)>,
        ask: Ask,
        every_second: bool,
    ) -> Result<(), String> {
        let waiter = Waiter::You(input);
        self.ask_as(from, ask.clone(), waiter)?;
        if every_second {
            let from = from.map(|(pod, container)| (pod.clone(), container.into()));
            self.network.traffic.insert(input, Traffic { from, ask });
            let second = Duration::from_secs(1);
            self.world.wake(second, wake(Wake::Traffic(input)));
        }
        Ok(())
    }

    /// What is asked again and again is asked no more.
    pub(in crate::cluster) fn stop_traffic(&mut self, input: InputId) -> bool {
        self.network.traffic.remove(&input)
    }

    pub(super) fn asks_again(&mut self, input: InputId) {
        let Some(traffic) = self.network.traffic.get(&input).cloned() else {
            return;
        };
        let from = traffic.from.as_ref().map(|(pod, name)| (pod, &**name));
        match self.ask_as(from, traffic.ask.clone(), Waiter::Nobody(input)) {
            // A Pod that is gone asks no more; one whose container starts anew does later.
            Err(_) if from.is_some_and(|(pod, _)| !self.may_ask_again(pod)) => {
                self.network.traffic.remove(&input);
            }
            _ => {
                let second = Duration::from_secs(1);
                self.world.wake(second, wake(Wake::Traffic(input)));
            }
        }
    }

    /// Does a container of the Pod run, or can one run again? Not where its machine was taken away.
    fn may_ask_again(&self, pod: &ObjectKey) -> bool {
        let object = self.world.store.get(pod);
        let pod = object.and_then(|object| object.pod());
        let is_there = |node: &str| node.is_empty() || self.world.machines.get(node).is_some();
        pod.is_some_and(|pod| !pod.is_finished() && is_there(&pod.spec.node_name))
    }

    fn ask_as(
        &mut self,
        from: Option<(&ObjectKey, &str)>,
        mut ask: Ask,
        waiter: Waiter,
    ) -> Result<RequestId, String> {
        ask.patience = ask.patience.min(PATIENCE);
        let (from, source) = match from {
            None => (Party::Outside, Rc::from(CLIENT)),
            Some((key, container)) => {
                let object = self.world.store.get(key);
                let object = object.ok_or_else(|| format!("there is no {key}"))?;
                let pod = object.pod().ok_or_else(|| format!("{key} is no Pod"))?;
                let node = pod.spec.node_name.clone();
                if node.is_empty() {
                    return Err(format!("{key} is not on a node yet"));
                }
                let kubelet = self.kubelets.get(&node);
                let kubelet =
                    kubelet.ok_or_else(|| format!("{key} is on no machine that is on"))?;
                let uid = kubelet.uid_of(object);
                let uid = uid.ok_or_else(|| format!("nobody knows {key} there"))?;
                if !kubelet.runs(uid, container) {
                    return Err(format!("container {container} of {key} does not run"));
                }
                let ip = kubelet.address_of(uid);
                let ip = ip.ok_or_else(|| format!("{key} has no address yet"))?;
                let party = Party::Container {
                    pod: key.clone(),
                    uid,
                    name: container.into(),
                    node,
                };
                (party, ip)
            }
        };
        Ok(self.send(Sending {
            from,
            source,
            ask,
            waiter,
            parent: None,
            depth: DEPTH,
            question: None,
        }))
    }
}

/// What a person is told of it.
pub(super) fn told(request: &Request) -> String {
    let outcome = request.outcome.as_ref().map(ToString::to_string);
    let outcome = outcome.unwrap_or_default();
    let why = match &*request.why {
        "" => String::new(),
        why => format!(" ({why})"),
    };
    let head = format!("{} {}: {outcome}{why}", request.said(), request.goal());
    match request.body.trim_end() {
        "" => head,
        body => format!("{head}\n{body}"),
    }
}
