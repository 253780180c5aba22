//! What a Pod's containers share: ports, volumes, and what goes over `lo`.

use std::rc::Rc;

use super::{Drum, MountLine, Open, Packet, Port};
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Uid, Value};
use crate::cluster::kubelet::{Exchange, PodInside};
use crate::cluster::{SimTime, Snapshot};
use crate::collections::List;
use crate::scene::motion::Speeds;

/// How long a packet is drawn, in milliseconds of screen time at 1×; and for how long it may wait until
/// those before it are drawn.
pub(super) const HOP_MS: f64 = 450.0;
const WAIT_MS: f64 = 3_000.0;

/// What listens, in the order of the containers; then what is declared there beside it.
pub(super) fn ports(pod: &Pod, inside: &PodInside) -> Vec<Port> {
    let mut ports = Vec::new();
    for (number, spec) in pod.all_containers().enumerate() {
        let is_step = number < pod.spec.init_containers.len() && !spec.is_sidecar();
        let declared = |number| {
            let tcp = |protocol: &str| matches!(protocol, "" | "TCP");
            let mut all = spec.ports.iter();
            all.find(|port| port.container_port == number && tcp(&port.protocol))
        };
        let put = |ports: &mut Vec<Port>, number, open| {
            ports.push(Port {
                number,
                container: spec.name.clone(),
                open,
                host_port: declared(number)
                    .filter(|_| !pod.spec.host_network)
                    .map_or(0, |port| port.host_port),
            });
        };
        let own = inside.listeners.iter().filter(|(of, _)| *of == spec.name);
        let own: Vec<_> = own.map(|(_, one)| *one).collect();
        for one in &own {
            let loopback = one.loopback;
            put(&mut ports, one.port, Open::Listens { loopback });
        }
        let words = inside.last_words.iter().find(|(of, _)| *of == spec.name);
        let words = words.map_or("", |(_, words)| words);
        let others = inside.listeners.iter().filter(|(of, _)| *of != spec.name);
        for (by, one) in others
            .clone()
            .filter(|(_, one)| names_as_taken(words, one.port))
        {
            let (by, failed) = (by.clone(), true);
            put(&mut ports, one.port, Open::Taken { by, failed });
        }
        for port in spec.ports.iter().filter(|_| !is_step) {
            let number = port.container_port;
            let is_known = |known: &Port| known.number == number && known.container == spec.name;
            if ports.iter().any(is_known) {
                continue;
            }
            let open = match others.clone().find(|(_, one)| one.port == number) {
                Some((by, _)) => Open::Taken {
                    by: by.clone(),
                    failed: false,
                },
                None => Open::Nobody,
            };
            put(&mut ports, number, open);
        }
    }
    ports
}

/// Does a process say that it failed as somebody listens at this port already?
fn names_as_taken(words: &str, port: i64) -> bool {
    let port = port.to_string();
    let mut numbers = words.split(|letter: char| !letter.is_ascii_digit());
    words.contains("ddress already in use") && numbers.any(|number| number == port)
}

pub(super) fn volumes(object: &Object, inside: &PodInside) -> Vec<Drum> {
    let list = |path: &[&str]| object.value.at(path).map_or(&[][..], Value::items);
    let users = list(&["spec", "initContainers"]).iter();
    let users = users.chain(list(&["spec", "containers"]));
    list(&["spec", "volumes"])
        .iter()
        .map(|volume| {
            let name: Rc<str> = volume.text_at(&["name"]).into();
            let mut sources = volume.as_map().into_iter().flatten().map(|(name, _)| name);
            let kind = sources.find(|source| &***source != "name");
            let kind: Rc<str> = kind.map_or("emptyDir".into(), |kind| (**kind).into());
            let mut mounts = Vec::new();
            for user in users.clone() {
                let all = user.get("volumeMounts").map_or(&[][..], Value::items);
                for mount in all.iter().filter(|one| *one.text_at(&["name"]) == *name) {
                    let read_only = mount.get("readOnly").and_then(Value::as_bool);
                    mounts.push(MountLine {
                        container: user.text_at(&["name"]).into(),
                        path: mount.text_at(&["mountPath"]).into(),
                        sub_path: mount.text_at(&["subPath"]).into(),
                        read_only: read_only == Some(true) || is_read_only(&kind),
                    });
                }
            }
            let seen = inside.volumes.iter().find(|seen| seen.name == name);
            Drum {
                files: seen.map(|seen| seen.files),
                name,
                kind,
                mounts,
            }
        })
        .collect()
}

/// Can no container write into a volume of this source, whatever its mount says?
fn is_read_only(kind: &str) -> bool {
    matches!(
        kind,
        "configMap" | "secret" | "downwardAPI" | "projected" | "image"
    )
}

/// Until when something is on its way over the `lo` of this Pod.
pub fn packets_until(snapshot: &Snapshot, key: &ObjectKey, speeds: &Speeds) -> SimTime {
    let object = snapshot.store.get(key);
    let uid = object.and_then(|object| Uid::parse(&object.meta.uid));
    let exchanges = uid.and_then(|uid| snapshot.exchanges.get(&uid));
    let Some(exchanges) = exchanges else {
        return SimTime::ZERO;
    };
    let last = on_their_way(exchanges, speeds).last();
    last.map_or(SimTime::ZERO, |(_, from, hop)| {
        SimTime((from + 2.0 * hop) as i64)
    })
}

/// Requests that are drawn, from when on in virtual microseconds, and how long each of their two ways takes:
/// one after the other, however close together they were; who would come much too late isn't drawn.
fn on_their_way<'a>(
    exchanges: &'a List<Exchange>,
    speeds: &'a Speeds,
) -> impl Iterator<Item = (&'a Rc<Exchange>, f64, f64)> {
    let mut free = f64::NEG_INFINITY;
    exchanges.iter().filter_map(move |exchange| {
        let at = exchange.at.0 as f64;
        let (hop, from) = (speeds.length(exchange.at, HOP_MS), at.max(free));
        if from - at > speeds.length(exchange.at, WAIT_MS) {
            return None;
        }
        free = from + 2.0 * hop;
        Some((exchange, from, hop))
    })
}

/// What is on its way at `t`.
pub(super) fn packet(exchanges: &List<Exchange>, t: SimTime, speeds: &Speeds) -> Option<Packet> {
    let now = t.0 as f64;
    let mut all = on_their_way(exchanges, speeds);
    let (exchange, from, hop) =
        all.find(|(_, from, hop)| (*from..from + 2.0 * hop).contains(&now))?;
    Some(Packet {
        exchange: (**exchange).clone(),
        answer: now >= from + hop,
    })
}
