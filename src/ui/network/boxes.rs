//! Hosts, nodes, Pods and those outside, drawn.

use podarium::cluster::network::request::Place;
use podarium::scene::network::{EndBox, HostBox, Local, NodeBox, PodBox, Point, STRIP};
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::pod::pen::{Anchor, dot, line, mono, rect, sans, text, words};
use crate::ui::stage::{class_of, cut_middle, fitting, icon, is_backing_off};

/// A host, below its nodes; its name stands where no line lies over it.
pub fn host(host: &HostBox, nodes: &[NodeBox]) -> Html {
    let at = host.rect;
    let own = nodes.iter().find(|node| node.part.host == host.name);
    let is_left = own.is_some_and(|node| !node.lane_right);
    let foot = at.y + at.height - STRIP;
    let name = match &*host.name {
        "" => "no host",
        name => name,
    };
    let start = if is_left { 46.0 } else { 12.0 };
    html! {
        <g class="rack">
            { rect("plate-of", at.x, at.y, at.width, at.height, 3.0) }
            { line("strip", format!("M{} {foot}h{}", at.x, at.width)) }
            { words("rack-name", at.x + start, foot + 17.0, name) }
            { words("rack-kind", at.x + start + 8.0 + sans(name, 12.0), foot + 17.0, "hypervisor") }
        </g>
    }
}

/// A node with its way out.
pub fn node(node: &NodeBox) -> Html {
    let at = node.rect;
    let name = cut_middle(&node.part.name, fitting(at.width - 100.0, 13.0));
    let (ex, ey) = node.eth0;
    let out = format!("eth0 {}", node.part.address);
    let (anchor, x, y) = match (node.lane_right, ey < at.y + at.height) {
        (_, true) => (Anchor::End, node.lane - 12.0, ey + 4.0),
        (true, _) => (Anchor::End, node.lane - 14.0, ey - 10.0),
        (false, _) => (Anchor::Start, node.lane + 14.0, ey - 10.0),
    };
    html! {
        <g class="vm">
            { rect("sheet", at.x, at.y, at.width, at.height, 8.0) }
            { words("name strong", at.x + 12.0, at.y + 20.0, &name) }
            { words("quiet", at.x + 22.0 + mono(&name, 13.0), at.y + 20.0, "VM · Node") }
            { text("code", anchor, x, y, &out) }
            { rect("socket", ex - 8.0, ey - 8.0, 16.0, 16.0, 0.0) }
            { rect("plug", ex - 4.0, ey - 4.0, 8.0, 8.0, 0.0) }
        </g>
    }
}

/// The bridge of a node; its words stand where no line lies over them.
pub fn bridge(node: &NodeBox, path: &[Point]) -> Html {
    let at = node.bridge;
    let middle = at.y + at.height / 2.0;
    let is_here = |x: f64| (at.x..at.x + at.width).contains(&x);
    let crosses = |pair: &[Point]| {
        let (low, high) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
        low <= middle && high >= middle
    };
    let pairs = path.windows(2).filter(|pair| crosses(pair));
    let taken: Vec<f64> = pairs
        .flatten()
        .map(|point| point.0)
        .filter(|x| is_here(*x))
        .collect();
    let first = taken.iter().copied().fold(at.x + at.width, f64::min);
    let last = taken.iter().copied().fold(at.x, f64::max);
    let said = format!("cni0 {}", node.part.cidr);
    let wide = mono(&said, 11.5) + 18.0;
    let (left, right) = (first - at.x, at.x + at.width - last);
    // Where there is no room in it they stand below.
    let inside = middle + 4.0;
    let (anchor, x, y) = match (left >= wide, right >= wide) {
        (true, _) => (Anchor::Start, at.x + 8.0, inside),
        (_, true) => (Anchor::End, at.x + at.width - 8.0, inside),
        _ if left >= right => (Anchor::Start, at.x + 8.0, at.y + at.height + 15.0),
        _ => (Anchor::End, at.x + at.width - 8.0, at.y + at.height + 15.0),
    };
    html! {
        <g class="vm">
            { rect("bridge", at.x, at.y, at.width, at.height, 2.0) }
            { text("code", anchor, x, y, &said) }
            for pod in &node.pods {
                { line("cable", format!("M{} {}V{}", pod.socket.0, pod.socket.1, at.y)) }
            }
        </g>
    }
}

/// A Pod with its containers; a packet over localhost stays within.
pub fn pod(pod: &PodBox, beside: Option<&Local>, lo: Option<bool>) -> Html {
    let (at, body) = (pod.rect, &pod.body);
    let outline = match (body.bound, body.ready, body.terminating) {
        (_, _, Some(_)) => "outline ending",
        (false, ..) => "outline unbound",
        (true, true, _) => "outline ready",
        (true, false, _) => "outline",
    };
    let name = cut_middle(&body.key.name, fitting(at.width - 40.0, 12.0));
    let (sx, sy) = pod.socket;
    let local = beside.filter(|local| local.pod == body.key);
    html! {
        <g class={["net-pod", class_of(body.state)]}>
            { rect(outline, at.x, at.y, at.width, at.height, 16.0) }
            { icon(body.state, is_backing_off(body), at.x + 11.0, at.y + 10.0, 13.0) }
            { words("name", at.x + 30.0, at.y + 20.0, &name) }
            { words("code", at.x + 30.0, at.y + 37.0, &body.ip) }
            for (number, block) in &pod.containers {
                { container(pod, *number, block.x, block.y, block.width, block.height) }
            }
            { rect("eth", sx - 4.0, sy - 4.0, 8.0, 8.0, 0.0) }
            if let Some(local) = local { { localhost(pod, local, lo) } }
        </g>
    }
}

fn container(pod: &PodBox, number: usize, x: f64, y: f64, wide: f64, high: f64) -> Html {
    let glyph = &pod.body.containers[number];
    let port = &*glyph.port;
    let name = cut_middle(&glyph.name, fitting(wide - 30.0, 11.5).max(3));
    let beside = 26.0 + mono(&name, 11.5) + 8.0 + mono(port, 11.5) + 4.0;
    html! {
        <g class={["block", class_of(glyph.state)]}>
            { rect(if glyph.solid { "box" } else { "box hollow" }, x, y, wide, high, 4.0) }
            { icon(glyph.state, glyph.backing_off, x + 7.0, y + high / 2.0 - 6.0, 12.0) }
            { words("code strong", x + 26.0, y + high / 2.0 + 4.0, &name) }
            if !port.is_empty() && beside <= wide {
                { text("code", Anchor::End, x + wide - 7.0, y + high / 2.0 + 4.0, port) }
            }
        </g>
    }
}

/// From container to container, and never out.
fn localhost(pod: &PodBox, local: &Local, lo: Option<bool>) -> Html {
    let exchange = &local.exchange;
    let side = |name: &str| {
        let is_it = |(number, _): &&(usize, _)| &*pod.body.containers[*number].name == name;
        let found = pod.containers.iter().find(is_it);
        found.map(|(_, rect): &(usize, podarium::scene::Rect)| {
            (rect.x + rect.width, rect.y + rect.height / 2.0)
        })
    };
    let Some((x, from)) = side(&exchange.from) else {
        return Html::default();
    };
    let to = side(&exchange.to).map_or(from, |(_, to)| to);
    let lane = x + 13.0;
    let (from, to) = match from == to {
        true => (from - 6.0, to + 6.0),
        false => (from, to),
    };
    let said = format!("lo:{}", exchange.port);
    let wide = mono(&said, 11.0) + 10.0;
    let middle = (from + to) / 2.0;
    let class = match lo {
        Some(true) => "parcel answer",
        _ => "parcel",
    };
    let address = match lo {
        Some(true) => "address answer",
        _ => "address",
    };
    html! {
        <g class="lo">
            { line("way", format!("M{x} {from}H{lane}V{to}H{}", x + 5.0)) }
            { line("tip", format!("M{x} {to}l7 -4v8z")) }
            { dot("way", x, from, 2.0) }
            { rect(class, lane + 8.0 - wide, middle - 8.0, wide, 16.0, 2.0) }
            { text(address, Anchor::Middle, lane + 8.0 - wide / 2.0, middle + 4.0, &said) }
        </g>
    }
}

/// Somebody on no node.
pub fn end(end: &EndBox) -> Html {
    let at = end.rect;
    let (name, address) = match end.place {
        Place::NameServer => ("Cluster DNS", podarium::cluster::network::DNS_SERVER),
        Place::ApiServer => ("API server", podarium::cluster::network::CONTROL_PLANE),
        _ => ("Outside", "beyond the cluster"),
    };
    html! {
        <g class="vm">
            { rect("sheet", at.x, at.y, at.width, at.height, 4.0) }
            { words("strong", at.x + 12.0, at.y + 18.0, name) }
            { words("code", at.x + 12.0, at.y + 35.0, address) }
        </g>
    }
}
