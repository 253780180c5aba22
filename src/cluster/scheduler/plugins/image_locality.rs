//! ImageLocality: a node that has the Pod's images already is better, the more so the bigger they
//! are and the more nodes have them. Models
//! `pkg/scheduler/framework/plugins/imagelocality/image_locality.go`.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::cluster::scheduler::framework::{Cycle, MAX_NODE_SCORE, Plugin, PreScore, Score};
use crate::cluster::scheduler::node_info::NodeInfo;

/// Images smaller than this together don't count; in bytes. `minThreshold`.
const MIN_THRESHOLD: i64 = 23 << 20;
/// No container counts more than this; in bytes. `maxContainerThreshold`.
const MAX_CONTAINER_THRESHOLD: i64 = 1000 << 20;

/// See the head of this file.
pub struct ImageLocality;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        let pod = &*cycle.pod.pod;
        let nodes = cycle.view.len() as f64;
        // What no node has is worth nothing anywhere.
        let known = images(pod).filter_map(|name| {
            let name = normalized(name);
            let state = cycle.view.image(&name)?;
            let spread = state.nodes as f64 / nodes;
            Some((name, (state.size as f64 * spread) as i64))
        });
        PreScore::Run(Box::new(Locality {
            images: known.collect(),
            containers: pod.all_containers().count() as i64,
        }))
    }
}

/// Images of a Pod, as written.
fn images(pod: &Pod) -> impl Iterator<Item = &Rc<str>> {
    let mounted = pod
        .spec
        .volumes
        .iter()
        .filter_map(|volume| volume.image.as_ref());
    pod.all_containers()
        .map(|container| &container.image)
        .chain(mounted.map(|image| &image.reference))
}

/// Adds `:latest` where there is no tag; nothing else, so that `nginx` isn't
/// `docker.io/library/nginx`.
fn normalized(name: &str) -> Rc<str> {
    match name.rfind(':') > name.rfind('/') {
        true => name.into(),
        false => format!("{name}:latest").into(),
    }
}

struct Locality {
    /// Image, and what it counts on a node that has it.
    images: Vec<(Rc<str>, i64)>,
    containers: i64,
}

impl Score for Locality {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let has = |name: &Rc<str>| {
            let images = &node.node.status.images;
            images.iter().any(|image| image.names.contains(name))
        };
        let found = self.images.iter().filter(|(name, _)| has(name));
        let sum: i64 = found.map(|(_, worth)| worth).sum();
        let most = MAX_CONTAINER_THRESHOLD * self.containers;
        let counted = if sum < MIN_THRESHOLD {
            MIN_THRESHOLD
        } else {
            sum.min(most)
        };
        MAX_NODE_SCORE * (counted - MIN_THRESHOLD) / (most - MIN_THRESHOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn a_name_without_a_tag_means_latest() {
        for (name, expected) in [
            ("nginx", "nginx:latest"),
            ("nginx:1.27", "nginx:1.27"),
            ("localhost:5000/nginx", "localhost:5000/nginx:latest"),
            ("localhost:5000/nginx:1", "localhost:5000/nginx:1"),
        ] {
            assert_eq!(&*normalized(name), expected);
        }
    }
}
