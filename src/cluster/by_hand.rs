//! What a person does to a Pod's containers on its node: it goes to the kubelet of that node, and is answered. Ours;
//! what it does there stands in `kubelet/hands.rs`.

use std::rc::Rc;

use std::time::Duration;

use super::network::destination;
use super::workload::outside::{Ask, Wants};
use super::{Actor, Fault, Input, InputId, Simulation};

impl Simulation {
    /// Does it and answers what came of it. A refusal is on record too, with its cause.
    pub(super) fn by_hand(&mut self, id: InputId, input: &Input) {
        let done = self.lay_hands(input);
        if let (Some(pod), Err(why)) = (input.pod_at_hand(), &done) {
            self.world.refuse(Actor::You, pod.clone(), why.as_str());
        }
        let is_error = done.is_err();
        for line in done.unwrap_or_else(|why| why).lines() {
            self.world.answer(id, 0, line, is_error);
        }
        self.world.finish_answer(id);
    }

    /// Somebody sends a request over the network; the answer is told once it is there.
    pub(super) fn send_by_hand(&mut self, id: InputId, input: Input) {
        let Input::Send {
            from,
            to,
            port,
            path,
            every_second,
        } = input
        else {
            return;
        };
        let sent = match destination::read(&to, &port.to_string(), &path) {
            Err(problem) => Err(problem.why.to_string()),
            Ok(to) => {
                let from = from.as_ref().map(|(pod, container)| (pod, &**container));
                let ask = Ask {
                    host: to.host,
                    wants: Wants::Get(to.port, to.path),
                    patience: Duration::MAX,
                };
                self.ask_over_network(id, from, ask, every_second)
            }
        };
        if let Err(why) = sent {
            if let Some((pod, _)) = from {
                self.world.refuse(Actor::You, pod, why.as_str());
            }
            self.world.answer(id, 0, why, true);
            self.world.finish_answer(id);
        }
    }

    fn lay_hands(&mut self, input: &Input) -> Result<String, String> {
        let Some(key) = input.pod_at_hand() else {
            return Err(String::new());
        };
        let object = self.world.store.get(key).cloned();
        let object = object.ok_or_else(|| format!("there is no {key}"))?;
        let node = object.pod().map(|pod| pod.spec.node_name.clone());
        if node.as_deref() == Some("") {
            return Err(format!("{key} is not on a node yet"));
        }
        let kubelet = node.and_then(|node| self.kubelets.get_mut(&node));
        let kubelet = kubelet.ok_or_else(|| format!("{key} is on no machine that is on"))?;
        let uid = kubelet.uid_of(&object);
        let uid = uid.ok_or_else(|| format!("nobody knows {key} there"))?;
        let (kubelet, world) = (Rc::make_mut(kubelet), &mut self.world);
        match input {
            Input::Request {
                from,
                to,
                port,
                path,
                ..
            } => kubelet.ask_by_hand(world, uid, (from, to), *port, path),
            Input::Fault(Fault::KillContainer { container, .. }) => {
                kubelet.kill_by_hand(world, uid, container)
            }
            Input::Fault(Fault::FailProbe {
                container,
                probe,
                fails,
                ..
            }) => kubelet.fail_probe(world, uid, container, *probe, *fails),
            Input::Fault(Fault::FillMemory { container, .. }) => {
                kubelet.fill_memory(world, uid, container)
            }
            _ => Err(String::new()),
        }
    }
}
