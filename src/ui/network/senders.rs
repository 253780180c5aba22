//! Who may send a request, and whom one may be sent to.

use std::rc::Rc;

use podarium::api::pod::Pod;
use podarium::api::{ObjectKey, Value};
use podarium::cluster::network::destination::is_loopback;

use super::form::FormProps;
use crate::ui::shot::Shot;

/// A container that runs; nothing: somebody outside.
pub type From = Option<(ObjectKey, Rc<str>)>;

/// Things of a kind that are offered; of a large cluster others are reached by selecting or typing them.
const OFFERED: usize = 200;

/// `default/client, sh`; of the Pod that is looked into, its container's name.
pub fn name_of(from: &From, own: Option<&ObjectKey>) -> String {
    match from {
        Some((pod, name)) if Some(pod) == own => name.to_string(),
        Some((pod, name)) => format!("{}, {name}", pod.path()),
        None => "Outside".into(),
    }
}

/// Who may ask: the containers of the Pod that is looked into; else those of what is selected first, then all that
/// run. And somebody outside.
pub fn senders(props: &FormProps, chosen: &From) -> Vec<From> {
    let mut all: Vec<From> = Vec::new();
    let mut add = |key: &ObjectKey| {
        for name in running(pod_at(&props.shot, key)) {
            let from = Some((key.clone(), name));
            if !all.contains(&from) {
                all.push(from);
            }
        }
    };
    if let Some((pod, _)) = &props.own {
        add(pod);
    } else {
        if let Some(key) = crate::ui::pod::pod_of(props.selection.as_ref()) {
            add(key);
        }
        for (key, _) in props.shot.store.list("Pod").take(OFFERED) {
            add(key);
        }
    }
    // Who was chosen stays so when it ends: then that is the answer.
    if chosen.is_some() && !all.contains(chosen) {
        all.push(chosen.clone());
    }
    all.push(None);
    all
}

fn pod_at<'s>(shot: &'s Shot, key: &ObjectKey) -> Option<&'s Rc<Pod>> {
    shot.store.get(key)?.pod()
}

fn running(pod: Option<&Rc<Pod>>) -> Vec<Rc<str>> {
    let Some(pod) = pod else {
        return Vec::new();
    };
    let statuses = pod.statuses();
    let runs = |name: &str| {
        let status = statuses.get(name);
        status.is_some_and(|status| status.state.running.is_some())
    };
    let all = pod.every_container().filter(|one| runs(&one.name));
    all.map(|one| one.name.clone()).collect()
}

/// Names and addresses that may be asked, and whose they are: first who listens beside whoever asks.
pub fn suggestions(shot: &Shot, from: &From) -> Vec<(String, String)> {
    let store = &shot.store;
    let beside = from.iter().flat_map(|(pod, _)| listeners(shot, pod));
    let beside = beside.map(|(name, port)| {
        let whose = format!("{name}, in the same Pod");
        (format!("localhost:{port}"), whose)
    });
    let services = store.list("Service").take(OFFERED).map(|(key, _)| {
        let name = match &*key.namespace {
            "default" => key.name.to_string(),
            namespace => format!("{}.{namespace}", key.name),
        };
        (name, format!("Service {}", key.path()))
    });
    let pods = store.list("Pod").take(OFFERED).filter_map(|(key, object)| {
        let ip = object.pod()?.status.pod_ip.to_string();
        (!ip.is_empty()).then(|| (ip, format!("Pod {}", key.path())))
    });
    let nodes = store
        .list("Node")
        .take(OFFERED)
        .filter_map(|(key, object)| {
            let all = object.value.at(&["status", "addresses"])?;
            let Value::List(all) = all else {
                return None;
            };
            let ip = all.first()?.text_at(&["address"]).to_string();
            Some((ip, format!("Node {}", key.name)))
        });
    beside.chain(services).chain(pods).chain(nodes).collect()
}

/// The port that is meant most likely.
pub fn port_of(shot: &Shot, from: &From, to: &str) -> Option<i64> {
    if is_loopback(to) {
        let (pod, asks) = from.as_ref()?;
        let all = listeners(shot, pod);
        let other = all.iter().find(|(name, _)| name != asks);
        return other.or(all.first()).map(|(_, port)| *port);
    }
    let store = &shot.store;
    let mut pods = store.list("Pod").filter_map(|(_, object)| object.pod());
    let pod = pods.find(|pod| &*pod.status.pod_ip == to && !to.is_empty());
    let declared = pod.and_then(|pod| pod.spec.containers.first()?.ports.first());
    if let Some(port) = declared {
        return Some(port.container_port);
    }
    let (name, namespace) = to.split_once('.').unwrap_or((to, "default"));
    let object = store.get(&ObjectKey::new("Service", namespace, name))?;
    let Value::List(ports) = object.value.at(&["spec", "ports"])? else {
        return None;
    };
    ports.first()?.at(&["port"])?.as_i64()
}

/// Containers of a Pod with the port on which each listens now, else the one that it declares.
fn listeners(shot: &Shot, key: &ObjectKey) -> Vec<(Rc<str>, i64)> {
    let all = known(shot, key).into_iter();
    let all = all.filter_map(|(name, _, [listens, declares])| Some((name, listens.or(declares)?)));
    all.collect()
}

/// The container of a Pod that is meant by a port: who listens there or says so, else another one than whoever asks.
pub fn meant(shot: &Shot, (pod, asks): (&ObjectKey, &Rc<str>), port: u16) -> Rc<str> {
    let all = known(shot, pod);
    let is_its =
        |(_, _, [listens, declares]): &&Known| listens.or(*declares) == Some(i64::from(port));
    let found = all.iter().find(is_its);
    let found = found.or_else(|| all.iter().find(|(name, ..)| name != asks));
    found.map_or(asks, |(name, ..)| name).clone()
}

/// A container, does it run, and the port on which it listens, and the one that it declares.
type Known = (Rc<str>, bool, [Option<i64>; 2]);

fn known(shot: &Shot, key: &ObjectKey) -> Vec<Known> {
    let object = shot.store.get(key);
    let Some((object, pod)) = object.and_then(|object| Some((object, object.pod()?))) else {
        return Vec::new();
    };
    let inside = shot.pod_inside(object, shot.time);
    let open = inside.map(|inside| inside.listeners).unwrap_or_default();
    let runs = running(Some(pod));
    let one = |name: &Rc<str>, declares: Option<i64>| {
        let listens = open.iter().find(|(of, _)| of == name);
        let listens = listens.map(|(_, listener)| listener.port);
        (name.clone(), runs.contains(name), [listens, declares])
    };
    let all = pod.every_container();
    all.map(|spec| {
        let declared = spec.ports.first().map(|port| port.container_port);
        one(&spec.name, declared)
    })
    .collect()
}

/// Who asks at first in a Pod, and on which port another one listens: the one that is looked into asks, if it can.
pub fn ends_in(shot: &Shot, (pod, own): &(ObjectKey, Rc<str>)) -> (From, Option<i64>) {
    let all = known(shot, pod);
    let (from, to) = ends(own, &all);
    let meant = all.iter().find(|(name, ..)| *name == to);
    let port = meant.and_then(|(.., [listens, declares])| listens.or(*declares));
    (Some((pod.clone(), from)), port)
}

/// Who asks, and who is meant: one that listens, and another one; the one that is looked into asks if it can.
fn ends(own: &Rc<str>, all: &[Known]) -> (Rc<str>, Rc<str>) {
    let likely = |(name, runs, [listens, declares]): &&Known| {
        let is_other = name != own;
        let declares = *runs && declares.is_some();
        (listens.is_some(), declares, *runs && is_other)
    };
    // The first of those that are as likely: `max_by_key` takes the last.
    let to = all.iter().rev().max_by_key(likely);
    let to = to.map_or(own, |(name, ..)| name);
    let asks = |(name, runs, _): &&Known| *runs && name != to;
    let own_asks = all.iter().filter(|one| one.0 == *own).find(asks);
    let from = own_asks.or_else(|| all.iter().find(asks));
    (from.map_or(to, |(name, ..)| name).clone(), to.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_begins_with_one_that_listens_and_another_that_asks() {
        let known = |name: &str, runs, ports| (Rc::<str>::from(name), runs, ports);
        let (none, open, told) = ([None, None], [Some(80), None], [None, Some(80)]);
        let between = |own: &str, all: &[Known]| {
            let (from, to) = ends(&own.into(), all);
            format!("{from} to {to}")
        };
        let first = [known("web", true, open), known("agent", true, none)];
        assert_eq!(between("web", &first), "agent to web");
        assert_eq!(between("agent", &first), "agent to web");
        let both = [
            known("a", true, open),
            known("b", true, open),
            known("c", true, open),
        ];
        assert_eq!(between("a", &both), "a to b");
        assert_eq!(between("c", &both), "c to a");
        let later = [known("a", true, told), known("b", true, none)];
        assert_eq!(between("a", &later), "b to a");
        let alone = [known("a", true, open), known("step", false, none)];
        assert_eq!(between("a", &alone), "a to a");
        let nobody = [known("a", true, none), known("b", true, none)];
        assert_eq!(between("a", &nobody), "a to b");
        assert_eq!(between("a", &[known("a", true, none)]), "a to a");
    }
}
