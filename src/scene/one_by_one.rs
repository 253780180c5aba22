//! Why a Pod is one unit: which nodes its containers would find one by one, and which the Pod as a whole, as
//! the scheduler's own filters say of the cluster in which it decided. Ours.

use std::rc::Rc;

use crate::api::ObjectKey;
use crate::cluster::scheduler::attempts::Takers;
use crate::cluster::scheduler::resource::{Resource, written};
use crate::cluster::{SimTime, Snapshot};

/// The Pod against its containers.
#[derive(Clone, Debug, PartialEq)]
pub struct OneByOne {
    /// When the scheduler decided.
    pub at: SimTime,
    /// How many nodes there were.
    pub node_count: usize,
    /// What the numbers come to.
    pub words: String,
    /// Its containers, each as if it were alone; then the Pod.
    pub rows: Vec<Unit>,
}

/// What could be placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The container's name, or the Pod's.
    pub name: Rc<str>,
    /// `400m CPU, 64Mi memory`
    pub asks: String,
    /// Who would take it: `2 of 3 nodes: node-1, node-2`
    pub takers: String,
}

/// Nodes that are named.
const NAMED: usize = 4;

/// How the last attempt to place a Pod would have gone container by container. Nothing for a Pod of one
/// container, one that came with its node, and where the attempt is too old to be worked out again.
pub fn one_by_one(snapshot: &Snapshot, key: &ObjectKey) -> Option<OneByOne> {
    let number = snapshot.attempts.last_kept(key)?;
    let attempt = snapshot.attempts.all().get(number)?;
    let (whole, each) = snapshot.attempts.one_by_one(number)?;
    if each.len() < 2 {
        return None;
    }
    let count = attempt.node_count;
    let unit = |one: &Takers| Unit {
        name: one.name.clone(),
        asks: asks(&one.requests),
        takers: takers(&one.nodes, count),
    };
    Some(OneByOne {
        at: attempt.at,
        node_count: count,
        words: words(&whole, &each, attempt.chosen.as_deref()),
        rows: each.iter().chain([&whole]).map(unit).collect(),
    })
}

/// `400m CPU, 64Mi memory`
fn asks(amounts: &Resource) -> String {
    let plain = [
        ("cpu", "CPU", amounts.milli_cpu),
        ("memory", "memory", amounts.memory),
        (
            "ephemeral-storage",
            "ephemeral storage",
            amounts.ephemeral_storage,
        ),
    ];
    let plain = plain.into_iter().filter(|(.., amount)| *amount > 0);
    let plain =
        plain.map(|(resource, name, amount)| format!("{} {name}", written(resource, amount)));
    let others = amounts.scalar.iter();
    let others = others.map(|(name, amount)| format!("{} {name}", written(name, *amount)));
    let all: Vec<String> = plain.chain(others).collect();
    match all.is_empty() {
        true => "nothing".into(),
        false => all.join(", "),
    }
}

/// `2 of 3 nodes: node-1, node-2`
fn takers(nodes: &[Rc<str>], count: usize) -> String {
    let named: Vec<&str> = nodes.iter().take(NAMED).map(|name| &**name).collect();
    let more = match nodes.len().checked_sub(NAMED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    };
    match nodes.len() {
        0 => format!("none of {count} nodes"),
        some => format!("{some} of {count} nodes: {}{more}", named.join(", ")),
    }
}

fn words(whole: &Takers, each: &[Takers], chosen: Option<&str>) -> String {
    let a_part_only = each.iter().flat_map(|one| &one.nodes);
    let mut a_part_only: Vec<&str> = a_part_only
        .filter(|name| !whole.nodes.contains(name))
        .map(|name| &**name)
        .collect();
    crate::order::sort(&mut a_part_only);
    a_part_only.dedup();
    let nowhere = each.iter().find(|one| one.nodes.is_empty());
    match (chosen, nowhere) {
        (None, Some(one)) if whole.nodes.is_empty() => {
            format!("Even alone, {} finds no node: so none is found for the Pod, and nothing of it is placed.", one.name)
        }
        (None, None) if whole.nodes.is_empty() => {
            "One by one, each container would find a node. Together they find none, so none of them is placed: half a Pod is no Pod.".into()
        }
        (None, _) => "It waits as one: no part of it goes ahead.".into(),
        (Some(node), _) if a_part_only.is_empty() => {
            format!("One by one, they could have gone to different nodes. A Pod is one decision: all of it went to {node}.")
        }
        (Some(node), _) => {
            let out = match a_part_only[..] {
                [one] => format!("{one} would have taken a part of it and not the whole, so it was out."),
                _ => format!("{} nodes would have taken a part of it and not the whole, so they were out.", a_part_only.len()),
            };
            format!("{out} A Pod is one decision: all of it went to {node}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Budget, Input, Setup, Simulation};

    /// Of `p`, beside Pods that leave node-1 500m, node-2 1 and node-3 2 CPUs; [`Setup`] has three of two CPUs.
    fn of(cpus: &[&str]) -> Option<OneByOne> {
        let pod = |name: &str, more: &str, cpus: &[&str]| {
            let containers = cpus.iter().enumerate().map(|(number, cpu)| {
                let requests = format!("resources: {{requests: {{cpu: {cpu}}}}}");
                format!("{{name: c{number}, image: demo/web:1, {requests}}}")
            });
            let containers = containers.collect::<Vec<_>>().join(", ");
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{{more}containers: [{containers}]}}}}\n"
            )
        };
        let mut simulation = Simulation::new(Setup::default(), 7);
        let others = [
            pod("one", "nodeName: node-1, ", &["1500m"]),
            pod("two", "nodeName: node-2, ", &["1"]),
        ];
        for (number, manifest) in others.into_iter().chain([pod("p", "", cpus)]).enumerate() {
            simulation.apply(Input::Apply {
                manifest: manifest.as_str().into(),
            });
            let until = SimTime((number as i64 + 1) * 5_000_000);
            simulation.run_until(until, Budget::ENDLESS);
        }
        one_by_one(&simulation.snapshot(), &ObjectKey::pod("default", "p"))
    }

    fn told(seen: &OneByOne) -> Vec<(&str, &str, &str)> {
        let rows = seen.rows.iter();
        rows.map(|row| (&*row.name, &*row.asks, &*row.takers))
            .collect()
    }

    #[test]
    fn who_takes_a_part_and_not_the_whole_is_out() {
        let seen = of(&["400m", "800m"]).expect("it was tried");
        let expected = [
            ("c0", "400m CPU", "3 of 3 nodes: node-1, node-2, node-3"),
            ("c1", "800m CPU", "2 of 3 nodes: node-2, node-3"),
            ("p", "1200m CPU", "1 of 3 nodes: node-3"),
        ];
        assert_eq!(told(&seen), expected);
        assert_eq!(
            seen.words,
            "2 nodes would have taken a part of it and not the whole, so they were out. \
             A Pod is one decision: all of it went to node-3."
        );
    }

    #[test]
    fn where_each_would_find_a_node_and_all_do_not_nothing_is_placed() {
        let seen = of(&["1500m", "1500m"]).expect("it was tried");
        assert_eq!(told(&seen)[2].2, "none of 3 nodes");
        assert!(
            seen.words
                .starts_with("One by one, each container would find a node.")
        );
        let seen = of(&["100m", "3"]).expect("it was tried");
        assert!(
            seen.words.starts_with("Even alone, c1 finds no node:"),
            "{}",
            seen.words
        );
    }

    #[test]
    fn with_room_everywhere_it_is_one_decision_and_one_container_is_none() {
        let seen = of(&["100m", "100m"]).expect("it was tried");
        assert!(
            seen.words
                .starts_with("One by one, they could have gone to different nodes.")
        );
        assert_eq!(of(&["100m"]), None);
    }
}
