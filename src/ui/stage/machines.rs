//! What Pods stand on: hosts with their hypervisor strip, nodes on them, the tray of Pods without a
//! node, and records that nothing acts on.

use std::rc::Rc;

use podarium::scene::{HYPERVISOR, HostGlyph, NODE_FOOT, NodeGlyph, RecordGlyph, Rect, Tray};
use yew::prelude::*;

use crate::ui::markup::html;

use super::pods::{Detail, class_of, icon};
use super::text::{cut_end, cut_middle, fitting};

/// `1.1`, `2`
fn cpu(milli: i64) -> String {
    let text = format!("{:.1}", milli as f64 / 1000.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

/// `1.25`, `4Gi`
fn gibi(bytes: i64) -> String {
    let text = format!("{:.2}", bytes as f64 / f64::from(1 << 30));
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[derive(Clone, PartialEq, Properties)]
pub struct HostProps {
    pub host: Rc<HostGlyph>,
}

/// A square plate with rack ears; its ribbed strip is the hypervisor.
#[component]
pub fn Host(HostProps { host }: &HostProps) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = host.rect;
    let strip = height - HYPERVISOR;
    let ear = |at: f64| {
        html! { <rect class="ear" x={at} y="16" width="6" height={height - 40.0} /> }
    };
    html! {
        <g class="host" data-host={host.name.to_string()} transform={format!("translate({x} {y})")}>
            { ear(-6.0) }{ ear(width) }
            <rect class="plate" rx="3" width={width} height={height} />
            <rect class="ribs" x="1" y={strip} width={width - 2.0} height={HYPERVISOR - 1.0} />
            <text class="host-name" x="14" y={strip + 17.0}>{ cut_middle(&host.name, 18) }</text>
            <text class="quiet" x={26.0 + host.name.len().min(18) as f64 * 7.2} y={strip + 17.0}>{ "hypervisor" }</text>
            if width > 300.0 {
                <text class="amount" x={width - 14.0} y={strip + 17.0} text-anchor="end">
                    { format!("{} CPU · {}Gi", cpu(host.cpu_milli), gibi(host.memory_bytes)) }
                </text>
            }
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct NodeProps {
    pub node: Rc<NodeGlyph>,
    pub detail: Detail,
}

/// A card: header, room for Pods, components, how much is requested.
#[component]
pub fn Node(NodeProps { node, detail }: &NodeProps) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = node.rect;
    let ready = &*node.condition == "Ready";
    html! {
        <g class={["node", class_of(node.state)]} data-node={node.name.to_string()} transform={format!("translate({x} {y})")}>
            <rect class={if ready { "card" } else { "card not-ready" }} rx="8" width={width} height={height} />
            if !ready {
                <path class="crossed" d={format!("M8 42 {} {}M{} 42 8 {}", width - 8.0, height - NODE_FOOT, width - 8.0, height - NODE_FOOT)} />
            }
            if node.cordoned {
                <rect class="cordon" x="8" y="34" width={width - 16.0} height="4" />
            }
            if *detail > Detail::Pip {
                { head(node, width, *detail) }
                { foot(node, width, height, *detail) }
            }
        </g>
    }
}

fn head(node: &NodeGlyph, width: f64, detail: Detail) -> Html {
    let chip = 24.0 + node.condition.len() as f64 * 6.4;
    let room = fitting(width - chip - 26.0, 12.5);
    let after_name = 18.0 + node.name.len() as f64 * 7.6;
    let has_room = detail == Detail::Full && after_name + 56.0 < width - chip - 12.0;
    html! {
        <>
            <text class="node-name" x="10" y="22">{ cut_middle(&node.name, room) }</text>
            if has_room {
                <text class="quiet" x={after_name} y="22">{ "VM · Node" }</text>
            }
            <g transform={format!("translate({} 8)", width - chip - 8.0)}>
                <rect class="condition" rx="10" width={chip} height="19" />
                { icon(node.state, false, 4.0, 2.5) }
                <text class="condition-word" x="21" y="13.5">{ &*node.condition }</text>
            </g>
        </>
    }
}

fn foot(node: &NodeGlyph, width: f64, height: f64, detail: Detail) -> Html {
    let top = height - NODE_FOOT;
    let free = (node.cpu_milli.1 - node.cpu_milli.0).max(0);
    let counts = format!(
        "{} of {} Pods · free {} CPU",
        node.pods,
        node.pods_most,
        cpu(free)
    );
    html! {
        <>
            if let Some(taint) = node.taints.first() {
                <text class="taint" x={width / 2.0} y={top + 8.0} text-anchor="middle">
                    { cut_end(taint, fitting(width - 20.0, 11.0)) }
                </text>
            }
            <text class="quiet" x={width / 2.0} y={top + 26.0} text-anchor="middle">{ counts }</text>
            if detail == Detail::Full {
                <rect class="components" x="1" y={top + 36.0} width={width - 2.0} height="22" />
                <text class="component" x={width * 0.25} y={top + 51.0} text-anchor="middle">{ "kubelet" }</text>
                <path class="between" d={format!("M{} {}v22", width / 2.0, top + 36.0)} />
                <text class="component" x={width * 0.75} y={top + 51.0} text-anchor="middle">{ "containerd" }</text>
            }
            { bar("CPU", node.cpu_milli, &format!("{} / {}", cpu(node.cpu_milli.0), cpu(node.cpu_milli.1)), width, top + 76.0) }
            { bar("Mem", node.memory_bytes, &format!("{} / {}Gi", gibi(node.memory_bytes.0), gibi(node.memory_bytes.1)), width, top + 96.0) }
        </>
    }
}

/// How much is requested of what there is.
fn bar(name: &'static str, (used, all): (i64, i64), words: &str, width: f64, y: f64) -> Html {
    let whole = width - 128.0;
    let part = if all > 0 {
        (used as f64 / all as f64).clamp(0.0, 1.0)
    } else {
        0.0
    };
    html! {
        <>
            <text class="quiet" x="10" y={y + 4.0}>{ name }</text>
            <rect class="bar" x="46" y={y - 3.0} width={whole} height="7" />
            <rect class="used" x="46" y={y - 3.0} width={whole * part} height="7" />
            <text class="amount" x={54.0 + whole} y={y + 4.0}>{ words }</text>
        </>
    }
}

/// Where Pods wait that have no node; always there, always first.
pub fn tray(tray: &Tray, pods: usize) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = tray.rect;
    let words = match tray.pods {
        0 if pods == 0 => "No Pods yet. Apply a manifest.".to_string(),
        0 => "Every Pod has a node".to_string(),
        1 => "1 Pod has no node".to_string(),
        count => format!("{count} Pods have no node"),
    };
    html! {
        <g class="tray" transform={format!("translate({x} {y})")}>
            <rect class="wait-box" rx="8" width={width} height={height} />
            <text class="tray-name" x="14" y="26">{ "Unscheduled" }</text>
            <text class="quiet" x="14" y="44">{ words }</text>
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct RecordProps {
    pub record: Rc<RecordGlyph>,
}

/// Only written down: a rectangle with a cut corner.
#[component]
pub fn Record(RecordProps { record }: &RecordProps) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = record.rect;
    let room = fitting(width - 24.0, 11.5);
    html! {
        <g class="record" data-record={record.key.to_string()} transform={format!("translate({x} {y})")}>
            <path class="paper" d={format!("M0 0H{}l14 14V{height}H0z", width - 14.0)} />
            <path class="corner" d={format!("M{} 0v14h14", width - 14.0)} />
            <text class="quiet" x="12" y="18">{ record.key.bare_kind().to_string() }</text>
            <text class="name" x="12" y="35">{ cut_middle(&record.key.name, room) }</text>
            if !record.simulated {
                <text class="quiet" x="12" y={height - 8.0}>{ "not simulated yet" }</text>
            }
        </g>
    }
}

/// Ink brackets about what is selected; dashed where it was last seen.
pub fn brackets(rect: Rect) -> Html {
    let (x, y) = (rect.x - 5.0, rect.y - 5.0);
    let (r, b) = (rect.x + rect.width + 5.0, rect.y + rect.height + 5.0);
    let d = format!(
        "M{x} {0}V{y}H{1}M{2} {y}H{r}V{0}M{r} {3}V{b}H{2}M{1} {b}H{x}V{3}",
        y + 12.0,
        x + 12.0,
        r - 12.0,
        b - 12.0
    );
    html! { <path class="brackets" {d} /> }
}

/// The tree's focus, drawn where the picture has it.
pub fn focus_ring(rect: Rect, radius: f64) -> Html {
    html! {
        <rect class="focus-ring" x={rect.x - 4.5} y={rect.y - 4.5} rx={radius + 4.5}
            width={rect.width + 9.0} height={rect.height + 9.0} />
    }
}
