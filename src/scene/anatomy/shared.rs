//! What a Pod's containers share: ports and volumes.

use std::rc::Rc;

use super::{Drum, MountLine, Open, Port};
use crate::api::pod::Pod;
use crate::api::{Object, Value};
use crate::cluster::kubelet::{Exchange, FileUse, PodInside};
use crate::collections::List;

/// What listens, in the order of the containers; then what is declared there beside it.
pub(super) fn ports(pod: &Pod, inside: &PodInside, exchanges: &List<Exchange>) -> Vec<Port> {
    let mut ports = Vec::new();
    for (number, spec) in pod.all_containers().enumerate() {
        let is_step = number < pod.spec.init_containers.len() && !spec.is_sidecar();
        let declared = |number| {
            let tcp = |protocol: &str| matches!(protocol, "" | "TCP");
            let mut all = spec.ports.iter();
            all.find(|port| port.container_port == number && tcp(&port.protocol))
        };
        let put = |ports: &mut Vec<Port>, number, open| {
            let is_at = |one: &&Rc<Exchange>| {
                one.port == number && (one.to == spec.name || one.to.is_empty())
            };
            ports.push(Port {
                number,
                container: spec.name.clone(),
                asked: exchanges.iter().rev().find(is_at).cloned(),
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

pub(super) fn volumes(object: &Object, inside: &PodInside, met: &List<FileUse>) -> Vec<Drum> {
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
                uses: uses(&name, met),
                name,
                kind,
                mounts,
            }
        })
        .collect()
}

/// What each container did with files of this volume last: what was written, then what was read.
fn uses(volume: &str, met: &List<FileUse>) -> Vec<Rc<FileUse>> {
    let mut uses: Vec<Rc<FileUse>> = Vec::new();
    for one in met.iter().rev().filter(|one| *one.volume == *volume) {
        let is_known = |known: &Rc<FileUse>| (&known.who, known.wrote) == (&one.who, one.wrote);
        if !uses.iter().any(is_known) {
            uses.push(one.clone());
        }
    }
    let (wrote, read): (Vec<_>, Vec<_>) = uses.into_iter().partition(|one| one.wrote);
    wrote.into_iter().chain(read).collect()
}

/// Can no container write into a volume of this source, whatever its mount says?
fn is_read_only(kind: &str) -> bool {
    matches!(
        kind,
        "configMap" | "secret" | "downwardAPI" | "projected" | "image"
    )
}
