//! Commands in containers, for kubectl and for whoever wants to know what they would say. Models the API server's
//! `pods/exec`, which hands them on to the kubelet.

use std::rc::Rc;
use std::time::Duration;

use super::Simulation;
use super::kubelet::Executed;
use super::workload::ExecAnswer;
use crate::api::ObjectKey;

/// Nobody waits longer to know what a command would answer.
const LONGEST: Duration = Duration::from_secs(3600);

impl Simulation {
    /// Runs a command in a container of a Pod.
    pub(crate) fn exec(
        &mut self,
        pod: &ObjectKey,
        container: &str,
        command: &[Rc<str>],
    ) -> Option<Executed> {
        let object = self.world.store.get(pod)?.clone();
        let kubelet = self.kubelets.get_mut(&object.pod()?.spec.node_name)?;
        let uid = kubelet.uid_of(&object)?;
        self.terminal.hands += 1;
        Rc::make_mut(kubelet).exec(&mut self.world, uid, container, command)
    }

    /// What a command has come to that was run in a container of a Pod: nothing while it goes on. Where nobody knows
    /// it any more, it was killed.
    pub(crate) fn executed(&mut self, pod: &ObjectKey, number: u64) -> Option<Rc<ExecAnswer>> {
        let told = self.world.outbox.take_executed(number);
        let runs = || {
            self.found(pod)
                .is_some_and(|(kubelet, uid)| kubelet.executes(uid, number))
        };
        told.or_else(|| (!runs()).then(|| Rc::new(ExecAnswer::killed())))
    }

    /// What a command would answer in a container of a Pod, within an hour; nothing that it changes stays.
    pub fn would_answer(
        &self,
        pod: &ObjectKey,
        container: &str,
        command: &[Rc<str>],
    ) -> Option<ExecAnswer> {
        let mut fork = self.clone();
        let number = match fork.exec(pod, container, command)? {
            Executed::Over(answer) => return Some(answer),
            Executed::Goes(number) => number,
        };
        fork.send_orders();
        let (began, until) = (fork.now(), fork.now() + LONGEST);
        loop {
            if let Some(answer) = fork.executed(pod, number) {
                let after = fork.now().since(began);
                return Some(ExecAnswer {
                    after,
                    ..ExecAnswer::clone(&answer)
                });
            }
            if !fork.handle_next(until) {
                return None;
            }
        }
    }
}
