//! What Pods stand on: hosts with their hypervisor strip, nodes on them, the tray of Pods without a node.

use std::rc::Rc;

use podarium::scene::{
    HYPERVISOR, HostGlyph, NODE_FOOT, NODE_HEAD, NodeGlyph, PodGlyph, Rect, Tray,
};
use yew::prelude::*;

use crate::ui::editor::count;
use crate::ui::markup::html;

use super::pods::{Detail, Level, class_of, icon};
use super::text::{MONO, cpu, cut_middle, fitting, memory, sans_width, taints, used_memory, wrap};

#[derive(Clone, PartialEq, Properties)]
pub struct HostProps {
    pub host: Rc<HostGlyph>,
    pub detail: Detail,
}

/// Larger text has no room below a host's nodes.
const HIGHEST_BELOW: f64 = 50.0;

/// A square plate with rack ears; its ribbed strip is the hypervisor.
#[component]
pub fn Host(HostProps { host, detail }: &HostProps) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = host.rect;
    let strip = height - HYPERVISOR;
    let size = detail.size(12.0);
    let name = cut_middle(&host.name, fitting(width - 28.0, size).min(18));
    let named = 26.0 + name.chars().count() as f64 * size * MONO;
    // From afar a name is as high as all that is below the nodes.
    let far = !detail.has_names();
    let told = !far || size <= HIGHEST_BELOW && named < width;
    let line = if far { height - 4.0 } else { strip + 18.0 };
    let amount = format!(
        "{} CPU · {}",
        cpu(host.cpu_milli),
        memory(host.memory_bytes)
    );
    let amount = Some(amount).filter(|_| detail.is_full() && width > 300.0);
    // The ribs stand where no words do.
    let from = match detail.level {
        Level::Full => named + 5.2 * size,
        _ if told => named,
        _ => 1.0,
    };
    let words = amount
        .iter()
        .map(|text| text.chars().count() as f64 * detail.size(11.5) * MONO + 24.0);
    let ribs = (width - 1.0 - from - words.sum::<f64>()).max(0.0);
    let ear = |at: f64| {
        html! { <rect class="ear" x={at.to_string()} y="16" width="6" height={(height - 40.0).to_string()} /> }
    };
    html! {
        <g class="host" data-host={host.name.to_string()} transform={format!("translate({x} {y})")}>
            { ear(-6.0) }{ ear(width) }
            <rect class="plate" rx="3" width={width.to_string()} height={height.to_string()} />
            <rect class="ribs" x={from.to_string()} y={strip.to_string()} width={ribs.to_string()} height={(HYPERVISOR - 1.0).to_string()} />
            <path class="strip" d={format!("M{} {strip}H{width}", if far { from } else { 0.0 })} />
            if told {
                <text class="host-name" x="14" y={line.to_string()}>{ name }</text>
            }
            if detail.is_full() {
                <text class="quiet" x={named.to_string()} y={(strip + 18.0).to_string()}>{ "hypervisor" }</text>
            }
            if let Some(amount) = amount {
                <text class="amount" x={(width - 14.0).to_string()} y={(strip + 18.0).to_string()} text-anchor="end">{ amount }</text>
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
            <rect class={["card", if ready { "" } else { "not-ready" }]} rx="8" width={width.to_string()} height={height.to_string()} />
            if !ready {
                <path class="crossed" d={format!("M8 42 {} {}M{} 42 8 {}", width - 8.0, height - NODE_FOOT, width - 8.0, height - NODE_FOOT)} />
            }
            if node.cordoned {
                <rect class="cordon" x="8" y="34" width={(width - 16.0).to_string()} height="4" />
            }
            if !detail.has_names() {
                { far_name(node, width, height, *detail) }
            }
            if !node.taints.is_empty() && !detail.is_full() {
                { taint_mark(height, *detail) }
            }
            if detail.has_names() {
                { head(node, width, *detail) }
                { foot(node, width, height, *detail) }
            }
        </g>
    }
}

/// Its name, where all else is outlines: below its Pods there is more room for it than above.
fn far_name(node: &NodeGlyph, width: f64, height: f64, detail: Detail) -> Html {
    // In characters that are read on the screen.
    const LEAST: usize = 5;
    let size = detail.size(12.5);
    let room = fitting(width - 4.0, size);
    if room < LEAST.min(node.name.len()) || size > 110.0 {
        return Html::default();
    }
    let line = height - NODE_FOOT / 2.0 + 0.35 * size;
    html! { <text class="node-name" x={(width / 2.0).to_string()} y={line.to_string()} text-anchor="middle">{ cut_middle(&node.name, room) }</text> }
}

fn head(node: &NodeGlyph, width: f64, detail: Detail) -> Html {
    let size = detail.size(12.5);
    if !detail.is_full() {
        let room = fitting(width - 30.0 - size, size);
        return html! {
            <>
                <text class="node-name" x="10" y="30">{ cut_middle(&node.name, room) }</text>
                { icon(node.state, false, width - 10.0 - size, 32.0 - size, size) }
            </>
        };
    }
    let chip = 24.0 + node.condition.len() as f64 * size * 0.6;
    let room = fitting(width - chip - 26.0, size);
    let after_name = 18.0 + node.name.len() as f64 * size * MONO;
    let has_room = after_name + 5.2 * size < width - chip - 12.0;
    html! {
        <>
            <text class="node-name" x="10" y="22">{ cut_middle(&node.name, room) }</text>
            if has_room {
                <text class="quiet" x={after_name.to_string()} y="22">{ "VM · Node" }</text>
            }
            <g transform={format!("translate({} 8)", width - chip - 8.0)}>
                <rect class="condition" rx="10" width={chip.to_string()} height="19" />
                { icon(node.state, false, 4.0, 2.5, 14.0) }
                <text class="condition-word" x="21" y="14">{ &*node.condition }</text>
            </g>
        </>
    }
}

fn foot(node: &NodeGlyph, width: f64, height: f64, detail: Detail) -> Html {
    let top = height - NODE_FOOT;
    let cpus = format!("{} / {}", cpu(node.cpu_milli.0), cpu(node.cpu_milli.1));
    let memory = format!(
        "{} / {}",
        used_memory(node.memory_bytes.0),
        memory(node.memory_bytes.1)
    );
    if !detail.is_full() {
        let from = match node.taints.is_empty() {
            true => 10.0,
            false => 16.0 + mark_size(detail),
        };
        return html! {
            <>
                <text class="quiet" x={(width / 2.0).to_string()} y={(top + 32.0).to_string()} text-anchor="middle">{ format!("{} of {} Pods", node.pods, node.pods_most) }</text>
                { bar(node.cpu_milli, from, width - 10.0 - from, top + 66.0) }
                { bar(node.memory_bytes, from, width - 10.0 - from, top + 90.0) }
            </>
        };
    }
    let free = (node.cpu_milli.1 - node.cpu_milli.0).max(0);
    let size = detail.size(12.0);
    let (pods, most, free) = (node.pods, node.pods_most, cpu(free));
    let whole = format!("{pods} of {most} Pods · free {free} CPU");
    // Widths are a little too wide.
    let counts = match 0.88 * sans_width(&whole) * size > width - 12.0 {
        true => format!("{} · free {free} CPU", count(pods.max(0) as usize, "Pod")),
        false => whole,
    };
    let from = 14.0 + 2.4 * size;
    let most = cpus.len().max(memory.len()) as f64;
    let whole = width - from - 16.0 - most * detail.size(11.5) * MONO;
    let labelled = |name: &'static str, amounts, words: String, y: f64| {
        html! {
            <>
                <text class="quiet" x="10" y={(y + 4.0).to_string()}>{ name }</text>
                { bar(amounts, from, whole, y) }
                <text class="amount" x={(from + 7.0 + whole).to_string()} y={(y + 4.0).to_string()}>{ words }</text>
            </>
        }
    };
    html! {
        <>
            { tag(node, width, top, detail) }
            <text class="quiet" x={(width / 2.0).to_string()} y={(top + 27.0).to_string()} text-anchor="middle">{ counts }</text>
            <rect class="components" x="1" y={(top + 36.0).to_string()} width={(width - 2.0).to_string()} height="22" />
            { components(width, top + 36.0, detail) }
            { labelled("CPU", node.cpu_milli, cpus, top + 76.0) }
            { labelled("Mem", node.memory_bytes, memory, top + 96.0) }
        </>
    }
}

/// What runs on every node beside its Pods, in fields of one width: as many as there is room for.
fn components(width: f64, top: f64, detail: Detail) -> Html {
    const ALL: [&str; 3] = ["kubelet", "containerd", "kube-proxy"];
    let size = detail.size(11.0);
    let widest = ALL.iter().map(|name| sans_width(name) * size);
    let widest = widest.fold(0.0, f64::max) + 4.0;
    let count = if 3.0 * widest <= width { 3 } else { 2 };
    let each = width / count as f64;
    let names = ALL.into_iter().take(count);
    html! {
        for (number, name) in names.enumerate() {
            <text class="component" x={(each * (number as f64 + 0.5)).to_string()} y={(top + 15.0).to_string()} text-anchor="middle">{ name.to_string() }</text>
            if number > 0 {
                <path class="between" d={format!("M{} {top}v22", each * number as f64)} />
            }
        }
    }
}

/// The first taint, as a tag tied to its node, and how many others there are.
fn tag(node: &NodeGlyph, width: f64, top: f64, detail: Detail) -> Option<Html> {
    let size = detail.size(11.0);
    let text = taints(&node.taints, fitting(width - 20.0, size))?;
    let across = text.chars().count() as f64 * size * MONO + 12.0;
    // The line of counts stands 4 below it.
    let bottom = top + 23.0 - 0.75 * detail.size(12.0);
    Some(html! {
        <>
            <rect class="tag" rx="3" x={((width - across) / 2.0).to_string()} y={(bottom - size - 5.0).to_string()} width={across.to_string()} height={(size + 5.0).to_string()} />
            <text class="taint" x={(width / 2.0).to_string()} y={(bottom - 5.0).to_string()} text-anchor="middle">{ text }</text>
        </>
    })
}

/// 8 px on the screen, as long as there is room for them.
fn mark_size(detail: Detail) -> f64 {
    (0.73 * f64::from(detail.least)).min(30.0)
}

/// That there is a taint, where nothing is written of it: in the corner where nothing else is then.
fn taint_mark(height: f64, detail: Detail) -> Html {
    let size = mark_size(detail);
    let y = if detail.has_names() {
        height - 31.0 - size / 2.0
    } else {
        NODE_HEAD / 2.0 - size / 2.0
    };
    let half = size / 2.0;
    html! { <path class="tag mark" d={format!("M10 {y}h{half}l{half} {half}l-{half} {half}h-{half}z")} /> }
}

/// How much is requested of what there is.
fn bar((used, all): (i64, i64), x: f64, whole: f64, y: f64) -> Html {
    let part = if all > 0 {
        (used as f64 / all as f64).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (x, y) = (x.to_string(), (y - 3.0).to_string());
    html! {
        <>
            <rect class="bar" x={x.clone()} y={y.clone()} width={whole.to_string()} height="7" />
            <rect class="used" {x} {y} width={(whole * part.max(0.0)).to_string()} height="7" />
        </>
    }
}

/// Where Pods wait that have no node; always there, always first.
pub fn tray(tray: &Tray, pods: usize, detail: Detail) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = tray.rect;
    let words = match tray.pods {
        count if !detail.is_full() => format!("{count} waiting"),
        0 if pods == 0 => "No Pods yet. Apply a manifest.".to_string(),
        0 => "Every Pod has a node".to_string(),
        1 => "1 Pod has no node".to_string(),
        count => format!("{count} Pods have no node"),
    };
    html! {
        <g class="tray" transform={format!("translate({x} {y})")}>
            <rect class="wait-box" rx="8" width={width.to_string()} height={height.to_string()} />
            if detail.is_full() {
                <text class="tray-name" x="14" y="26">{ "Unscheduled" }</text>
                <text class="quiet" x="14" y="46">{ words.clone() }</text>
            }
            if !detail.is_full() && detail.has_names() {
                <text class="quiet" x="14" y="36">{ words }</text>
            }
        </g>
    }
}

/// How much room a reason needs beside its Pod, at least.
const REASON_ROOM: f64 = 110.0;
const BESIDE: f64 = 16.0;
/// Below the tray's words.
const BELOW: f64 = 68.0;

/// Where the scheduler's reasons for the tray's only Pod have room: beside it, else below the tray's words. Its upper
/// left corner, and its size.
fn reason_room(glyph: &PodGlyph, tray: &Rect) -> Option<Rect> {
    let home = glyph.course.home;
    let beside = Rect {
        x: home.x + home.width + BESIDE,
        y: home.y + 20.0,
        width: tray.x + tray.width - home.x - home.width - 2.0 * BESIDE,
        height: home.height,
    };
    let below = Rect {
        x: tray.x + 14.0,
        y: tray.y + BELOW,
        width: home.x - tray.x - 24.0,
        height: tray.height - BELOW,
    };
    let mut places = [beside, below].into_iter();
    places.find(|place| place.width > REASON_ROOM)
}

/// Has its reason room in the tray?
pub fn has_room(glyph: &PodGlyph, tray: &Rect, detail: Detail) -> bool {
    detail.is_full() && !glyph.body.reason.is_empty() && reason_room(glyph, tray).is_some()
}

/// Why it waits, in the scheduler's words.
pub fn reason(glyph: &PodGlyph, tray: &Rect, detail: Detail) -> Html {
    let size = detail.size(12.0);
    let line = size + 5.0;
    let Some(room) = reason_room(glyph, tray) else {
        return Html::default();
    };
    let lines = wrap(
        &glyph.body.reason,
        room.width / size,
        (room.height / line) as usize,
    );
    html! {
        for (number, words) in lines.into_iter().enumerate() {
            <text class="quiet" x={room.x.to_string()} y={(room.y + number as f64 * line).to_string()}>{ words }</text>
        }
    }
}

/// Around a thing, in the middle of the gap between it and the next; containers stand closer together.
fn gap_of(radius: f64) -> f64 {
    if radius < 8.0 { 2.5 } else { 4.5 }
}

/// Ink brackets about what is selected; on the ring where it has the focus, too. `unit` is as much larger as
/// they are.
pub fn brackets(rect: Rect, focused: bool, radius: f64, unit: f64) -> Html {
    let (gap, arm) = (gap_of(radius) * unit, 12.0 * unit);
    let (x, y) = (rect.x - gap, rect.y - gap);
    let (r, b) = (rect.x + rect.width + gap, rect.y + rect.height + gap);
    let d = format!(
        "M{x} {0}V{y}H{1}M{2} {y}H{r}V{0}M{r} {3}V{b}H{2}M{1} {b}H{x}V{3}",
        (y + arm).min((y + b) / 2.0),
        (x + arm).min((x + r) / 2.0),
        (r - arm).max((x + r) / 2.0),
        (b - arm).max((y + b) / 2.0)
    );
    html! { <path class={["brackets", if focused { "thick" } else { "" }]} {d} /> }
}

/// Around a thing: where the tree's focus is, or what a line of the text makes.
pub fn ring(class: &'static str, rect: Rect, radius: f64, unit: f64) -> Html {
    let gap = gap_of(radius) * unit;
    html! {
        <rect {class} x={(rect.x - gap).to_string()} y={(rect.y - gap).to_string()} rx={(radius + gap).to_string()}
            width={(rect.width + 2.0 * gap).to_string()} height={(rect.height + 2.0 * gap).to_string()} />
    }
}
