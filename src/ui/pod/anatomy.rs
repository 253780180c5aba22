//! The Pod's anatomy, drawn: what its containers share around them, and what each has for itself. The drawing
//! is hidden from assistive technology: the tree says the same, and words beside it what the tree doesn't.

use std::rc::Rc;

use podarium::cluster::kubelet::Exchange;
use podarium::scene::{Anatomy, Open, Packet, Port, Rect, Selection, State};
use yew::prelude::*;

use super::pen::{Anchor, dot, line, mono, rect, sans, text, words};
use super::{PodProps, cards, drums, steps};
use crate::ui::markup::{component, html};
use crate::ui::stage::{class_of, cut_middle, cut_sans, fitting, icon, is_backing_off};

/// What is in the Pod, and what its containers share.
pub fn anatomy(props: &PodProps, anatomy: &Rc<Anatomy>) -> Html {
    let picked = match &props.selection {
        Some(Selection::Container { name, .. }) => Some(name.clone()),
        _ => None,
    };
    let select = {
        let pod = anatomy.body.key.clone();
        props.on_select.reform(move |event: MouseEvent| {
            let at = event.target_dyn_into::<web_sys::Element>();
            let block = at.and_then(|at| at.closest("[data-container]").ok().flatten());
            let name = block.and_then(|block| block.get_attribute("data-container"));
            Some(match name {
                Some(name) => Selection::Container {
                    pod: pod.clone(),
                    name: name.into(),
                },
                None => Selection::Object(pod.clone()),
            })
        })
    };
    // Its margins, and a bar to scroll with.
    let margin = if props.width < NARROW { 24.0 } else { 48.0 };
    let drawn = component::<Drawing>(DrawingProps {
        anatomy: anatomy.clone(),
        width: (props.width - margin - 12.0).max(LEAST),
        picked,
    });
    let packet = anatomy.packet.as_ref().map(Packet::words);
    let packet = packet.map(|words| ("On lo now: ".to_string(), words));
    let file = anatomy.file.as_ref().map(|file| {
        let how = if file.wrote { "writes" } else { "reads" };
        let words = format!("{} {how} {}", file.who, file.path);
        (format!("In {} now: ", file.volume), words)
    });
    let name = format!("Anatomy of Pod {}", anatomy.body.path);
    html! {
        <div class="pod-view" role="group" aria-label={name.clone()}>
            <h2 class="spoken" tabindex="-1">{ name }</h2>
            <ol class="spoken" aria-label="Start order">
                for step in &anatomy.steps {
                    <li>{ steps::told(step) }</li>
                }
            </ol>
            <p class="spoken">{ anatomy.ending.as_str() }</p>
            <ul class="spoken" aria-label="Resources and probes">
                for card in &anatomy.cards {
                    <li>{ cards::told(card) }</li>
                }
            </ul>
            <div onclick={select}>{ drawn }</div>
            for (place, words) in packet.into_iter().chain(file) {
                <p class="packet-words"><strong>{ place }</strong><span class="mono">{ words }</span></p>
            }
            <p class="quiet">{ told(anatomy) }</p>
        </div>
    }
}

/// What there is to see.
fn told(anatomy: &Anatomy) -> AttrValue {
    if is_over(anatomy) {
        return "Nothing of it runs any more. What is left is the record, until somebody deletes it."
            .into();
    }
    let clash = anatomy.ports.iter().find_map(|port| match &port.open {
        Open::Taken { by, failed: true } => Some((port, by)),
        _ => None,
    });
    if let Some((port, by)) = clash {
        let (number, of) = (port.number, &port.container);
        return format!("{of} can't have port {number}: {by} listens there, and all containers of a Pod share one set of ports.").into();
    }
    let shares = "Containers see each other's processes too, as shareProcessNamespace is true.";
    match (
        &*anatomy.node,
        anatomy.shares_processes,
        anatomy.cards.len(),
    ) {
        ("", ..) => "No node has it yet, so none of this is there: it is what the Pod asks for.",
        (_, true, _) => shares,
        (_, _, 0 | 1) => {
            "The sandbox holds the address and the volumes: a container that starts again finds them as they were."
        }
        _ => {
            "A file in a volume and a packet on lo are the two ways containers of one Pod talk. Nothing outside the outline can see either."
        }
    }
    .into()
}

/// Below this width there is little room beside anything.
const NARROW: f64 = 600.0;
const LEAST: f64 = 260.0;
/// From this width the order of the start has a column of its own.
const COLUMNED: f64 = 860.0;
const GAP: f64 = 16.0;
/// Where the Pod's outline begins.
const TOP: f64 = 52.0;

#[derive(Clone, PartialEq, Properties)]
struct DrawingProps {
    anatomy: Rc<Anatomy>,
    width: f64,
    /// The container that is selected.
    picked: Option<Rc<str>>,
}

/// The way out is so far from the right edge; nothing above the network lies on its wire.
const SOCKET: f64 = 22.0;

/// All of it.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let (anatomy, width) = (&*props.anatomy, props.width);
    let inset = if width < NARROW { 14.0 } else { 22.0 };
    let (left, right) = (inset, width - inset);
    let (head, mut y) = head(anatomy, left, right);
    let (order, order_ends, main) = if width >= COLUMNED {
        let (order, ends) = steps::column(anatomy, left, y + 8.0);
        (order, ends, left + steps::COLUMN + 24.0)
    } else {
        let (order, ends) = steps::strip(anatomy, left, y + 16.0, right - left - SOCKET - 8.0);
        y = ends;
        (order, ends, left)
    };
    let plan = Plan::of(anatomy, main, y + 10.0, right - main);
    let volumes_top = plan.bottom + 6.0;
    let (volumes, ends) = if anatomy.volumes.is_empty() {
        (Html::default(), plan.bottom + 8.0)
    } else if plan.single {
        drums::wired(anatomy, &plan.cards, volumes_top)
    } else {
        drums::listed(anatomy, main, volumes_top + 10.0, right - main)
    };
    let bottom = ends.max(order_ends) + 16.0;
    let body = &anatomy.body;
    let outline = match (body.bound, body.ready, body.terminating) {
        (_, _, Some(_)) => "outline ending",
        (false, ..) => "outline unbound",
        (true, true, _) => "outline ready",
        (true, false, _) => "outline",
    };
    let (w, h) = (width.to_string(), (bottom + 2.0).to_string());
    let cards = anatomy.cards.iter().zip(&plan.cards).map(|(card, at)| {
        let picked = props.picked.as_ref() == Some(&card.glyph.name);
        cards::card(card, at.x, at.y, at.width, at.height, picked)
    });
    html! {
        <svg class="anatomy" width="100%" viewBox={format!("0 0 {w} {h}")} aria-hidden="true">
            <g class={["pod", class_of(body.state)]}>
                { rect(outline, 2.0, TOP, width - 4.0, bottom - TOP, 28.0) }
                if body.ready {
                    { rect("inner", 6.0, TOP + 4.0, width - 12.0, bottom - TOP - 8.0, 24.0) }
                }
            </g>
            { above(anatomy, width, &plan) }
            { head }
            { order }
            { plan.network(anatomy) }
            { for cards }
            { volumes }
        </svg>
    }
}

/// Does nothing of it run any more?
fn is_over(anatomy: &Anatomy) -> bool {
    matches!(anatomy.body.state, State::Done) || &*anatomy.body.phase == "Failed"
}

/// Where it is, and its address.
fn above(anatomy: &Anatomy, width: f64, plan: &Plan) -> Html {
    let ip = &anatomy.body.ip;
    let (address, note) = match (anatomy.host_network, ip.is_empty()) {
        (_, true) => ("no address yet", "the sandbox brings it"),
        (true, _) => (&**ip, "the Node's own address"),
        _ if is_over(anatomy) => (&**ip, "was its address"),
        _ if width < NARROW => (&**ip, "to the Pod network"),
        _ => (&**ip, "the one way in and out, to the Pod network"),
    };
    let socket = plan.socket;
    let (end, open) = (socket - 14.0, !ip.is_empty() && !is_over(anatomy));
    let node = match &*anatomy.node {
        "" => "no node",
        node => node,
    };
    let on = match &anatomy.host {
        Some(host) => format!("VM · on {host}"),
        None => String::new(),
    };
    let room = end - sans(note, 12.0) - 12.0;
    let shown = cut_middle(node, fitting(room - 4.0, 13.0).max(6));
    let beside = 10.0 + mono(&shown, 13.0);
    let is_wide = beside + sans(&on, 12.0) < room || width >= NARROW;
    html! {
        <>
            { words("name strong", 4.0, 18.0, &shown) }
            if is_wide {
                { words("quiet", beside + 4.0, 18.0, &on) }
            } else {
                { words("quiet", 4.0, 35.0, &cut_sans(&on, room / 12.0)) }
            }
            { text("name strong", Anchor::End, end, 18.0, address) }
            { text("quiet", Anchor::End, end, 35.0, note) }
            if open {
                { line("eth", format!("M{socket} 19V{}", plan.eth())) }
                { dot("socket", socket, 14.0, 5.0) }
            }
        </>
    }
}

/// Name, state, and what is said of the Pod as a whole; and where that ends.
fn head(anatomy: &Anatomy, left: f64, right: f64) -> (Html, f64) {
    let body = &anatomy.body;
    let phase = match (body.terminating, &*body.reason) {
        (Some(_), _) => format!("{}, Terminating", body.phase),
        (_, "") if body.ready => format!("{}, Ready", body.phase),
        (_, "") => body.phase.to_string(),
        (_, reason) => format!("{}, {reason}", body.phase),
    };
    let (ready, all) = body.containers_ready;
    let y = TOP + 34.0;
    // Up to the line from the network to the address.
    let end = right - 34.0;
    let name = cut_middle(&body.key.name, fitting(end - left - 34.0, 17.0));
    let beside = left + 30.0 + mono(&name, 17.0);
    let said = format!("{phase} · {ready}/{all}");
    let mut row = y;
    let (x, state) = match beside + 16.0 + sans(&said, 13.0) <= end {
        true => (beside + 20.0, y),
        false => {
            row += 22.0;
            (left + 4.0, row)
        }
    };
    let said = cut_sans(&said, (end - x) / 13.0);
    let facts = [
        ("hostname", &anatomy.hostname),
        ("QoS", &anatomy.qos),
        ("restartPolicy", &anatomy.restart_policy),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let facts: Vec<Fact> = facts
        .map(|(name, value)| (name, cut_middle(value, fitting(end - left - 90.0, 12.0))))
        .collect();
    let wide: f64 = facts.iter().map(width_of).sum();
    let beside = x + sans(&said, 13.0) + 24.0;
    let mut parts = vec![
        icon(body.state, is_backing_off(body), left + 4.0, y - 13.0, 16.0),
        words("title", left + 28.0, y, &name),
        words("state strong", x, state, &said),
    ];
    if end - wide >= beside && row == y {
        parts.push(fact_line(&facts, Anchor::End, end - 6.0, y));
    } else {
        let mut line: Vec<Fact> = Vec::new();
        for fact in facts {
            let wide: f64 = line.iter().chain([&fact]).map(width_of).sum();
            if wide > end - left && !line.is_empty() {
                row += 19.0;
                parts.push(fact_line(&line, Anchor::Start, left + 4.0, row));
                line.clear();
            }
            line.push(fact);
        }
        row += 19.0;
        parts.push(fact_line(&line, Anchor::Start, left + 4.0, row));
    }
    let of = class_of(body.state);
    (html! { <g class={of}>{ for parts }</g> }, row + 8.0)
}

/// Something that is said of the Pod as a whole.
type Fact = (&'static str, String);

fn width_of((name, value): &Fact) -> f64 {
    sans(name, 12.0) + sans(value, 12.5) + 16.0
}

/// Is it where the packet on `lo` goes?
fn is_asked(anatomy: &Anatomy, port: &Port) -> bool {
    anatomy.packet.as_ref().is_some_and(|packet| {
        let exchange = &packet.exchange;
        exchange.port == port.number && exchange.to == port.container
    })
}

/// `hostname shop · QoS Burstable`
fn fact_line(facts: &[Fact], anchor: Anchor, x: f64, y: f64) -> Html {
    let anchor = match anchor {
        Anchor::End => "end",
        _ => "start",
    };
    html! {
        <text class="fact" x={x.to_string()} y={y.to_string()} text-anchor={anchor}>
            for (number, (name, value)) in facts.iter().enumerate() {
                { if number > 0 { " · " } else { "" } }{ *name }{ " " }<tspan class="strong">{ value.as_str() }</tspan>
            }
        </text>
    }
}

/// Where things stand.
struct Plan {
    /// The network namespace.
    network: Rect,
    /// Cards, in order.
    cards: Vec<Rect>,
    /// Do they all stand side by side? Then lines lead to them.
    single: bool,
    /// Each port's tag, in order; a port of a container without a card has none.
    tags: Vec<Option<Rect>>,
    /// Where the line to the address goes up.
    socket: f64,
    /// Where it ends.
    bottom: f64,
}

const NETWORK: f64 = 92.0;
const TAG: f64 = 40.0;
/// Of a tag, where its line comes: right of what the interfaces are called.
const WAY: f64 = 62.0;

impl Plan {
    fn of(anatomy: &Anatomy, x: f64, y: f64, width: f64) -> Self {
        let least = anatomy.cards.iter().map(cards::least_width);
        let least = least.fold(190.0, f64::max);
        let count = anatomy.cards.len().max(1);
        let most = ((width + GAP) / (least + GAP)) as usize;
        let columns = most.clamp(1, 3).min(count);
        let wide = (width - GAP * (columns - 1) as f64) / columns as f64;
        let network = Rect {
            x,
            y,
            width,
            height: NETWORK,
        };
        let mut plan = Plan {
            network,
            cards: Vec::new(),
            single: count <= columns,
            tags: vec![None; anatomy.ports.len()],
            socket: x + width - SOCKET,
            bottom: y + NETWORK,
        };
        for (row, cards) in anatomy.cards.chunks(columns).enumerate() {
            let top = plan.bottom + if row > 0 { 18.0 } else { 14.0 };
            let mut lowest = top - 8.0;
            for (column, card) in cards.iter().enumerate() {
                let left = x + column as f64 * (wide + GAP);
                let is_its = |port: &Port| port.container == card.glyph.name;
                let own = anatomy.ports.iter().enumerate();
                let own: Vec<usize> = own
                    .filter(|(_, port)| is_its(port))
                    .map(|(at, _)| at)
                    .collect();
                // The right edge is left to what it asks others.
                let beside = if wide >= 300.0 && own.len() > 1 { 2 } else { 1 };
                // That an address is in use is to be read whole.
                let clashes = own.iter().any(|port| {
                    matches!(anatomy.ports[*port].open, Open::Taken { failed: true, .. })
                });
                let most = if clashes { 264.0 } else { 164.0 };
                let tag = ((wide - 28.0 - 8.0 * (beside - 1) as f64) / beside as f64).min(most);
                for (number, port) in own.iter().enumerate() {
                    let line = (number / beside) as f64;
                    let rect = Rect {
                        x: left + 8.0 + (number % beside) as f64 * (tag + 8.0) + 6.0 * line,
                        y: top + line * (TAG + 6.0),
                        width: tag - 6.0 * line,
                        height: TAG,
                    };
                    lowest = lowest.max(rect.y + TAG);
                    plan.tags[*port] = Some(rect);
                }
            }
            let high = cards
                .iter()
                .map(|card| cards::height(card, wide))
                .fold(0.0, f64::max);
            let top = lowest + 12.0;
            for column in 0..cards.len() {
                plan.cards.push(Rect {
                    x: x + column as f64 * (wide + GAP),
                    y: top,
                    width: wide,
                    height: high,
                });
            }
            plan.bottom = top + high;
        }
        plan
    }

    fn eth(&self) -> f64 {
        self.network.y + 46.0
    }

    fn lo(&self) -> f64 {
        self.network.y + 72.0
    }

    /// The network namespace with its two interfaces, the ports on them, and what is on its way.
    fn network(&self, anatomy: &Anatomy) -> Html {
        let Rect {
            x,
            y,
            width,
            height,
        } = self.network;
        let live = !anatomy.body.ip.is_empty() && !is_over(anatomy);
        let (title, note) = match anatomy.host_network {
            true => (
                "The Node's network",
                "hostNetwork: no network namespace of its own",
            ),
            false => (
                "Network namespace",
                "one IP address, one set of ports, shared by every container in the Pod",
            ),
        };
        let beside = x + 14.0 + sans(title, 12.5) + 14.0;
        let room = self.socket - 12.0 - beside;
        let shorter = match anatomy.host_network {
            true => ["hostNetwork", "hostNetwork"],
            false => ["one IP address, one set of ports", "one IP address"],
        };
        let mut notes = [note].into_iter().chain(shorter);
        let note = notes
            .find(|note| sans(note, 12.0) <= room)
            .unwrap_or_default();
        let from = x + 62.0;
        let (eth, lo) = (self.eth(), self.lo());
        let (up, inner) = match live {
            true => ("eth", "lo"),
            false => ("eth later", "lo later"),
        };
        let ports = anatomy.ports.iter().zip(&self.tags);
        let ports = ports.filter_map(|(port, tag)| Some(self.port(anatomy, port, tag.as_ref()?)));
        html! {
            <g class="network">
                { rect("namespace", x, y, width, height, 8.0) }
                { words("strong", x + 14.0, y + 21.0, title) }
                { words("quiet", beside, y + 21.0, note) }
                { words("code", x + 14.0, eth + 4.0, "eth0") }
                { words("code", x + 14.0, lo + 4.0, "lo") }
                { line(up, format!("M{from} {eth}H{}", self.socket)) }
                { line(inner, format!("M{from} {lo}H{}", x + width - 8.0)) }
                { for ports }
                { anatomy.packet.as_ref().map(|packet| self.packet(anatomy, packet)) }
            </g>
        }
    }

    fn port(&self, anatomy: &Anatomy, port: &Port, tag: &Rect) -> Html {
        let (class, on, said) = match &port.open {
            Open::Listens { loopback: false } => ("all", self.eth(), "listens on 0.0.0.0".into()),
            Open::Listens { .. } => ("loopback", self.lo(), "listens on 127.0.0.1 only".into()),
            Open::Nobody => ("nobody", self.eth(), "declared, nobody listens".into()),
            Open::Taken { by, failed: true } => (
                "taken",
                self.eth(),
                format!("taken by {by}: address already in use"),
            ),
            Open::Taken { by, .. } => ("nobody", self.eth(), format!("declared, {by} listens")),
        };
        let number = format!(":{}", port.number);
        let number = match port.host_port {
            0 => number,
            host => {
                let both = format!("{number}, hostPort {host}");
                let fits = mono(&both, 12.0) <= tag.width - 28.0;
                if fits { both } else { number }
            }
        };
        let room = (tag.width - 12.0) / 12.0;
        let said = match port.open {
            Open::Nobody if sans(&said, 1.0) > room => "nobody listens".into(),
            _ => cut_sans(&said, room),
        };
        let x = tag.x + WAY;
        let card = anatomy
            .cards
            .iter()
            .position(|card| card.glyph.name == port.container);
        let down = card
            .and_then(|card| self.cards.get(card))
            .map_or(tag.y, |card| card.y);
        let (shift, line_y) = if self.single {
            (0.0, on)
        } else {
            (16.0, tag.y + 14.0)
        };
        // 0.0.0.0 is lo, too.
        let asked = self.single && is_asked(anatomy, port);
        html! {
            <g class={["port", class]}>
                if self.single {
                    { line("way", format!("M{x} {on}V{down}")) }
                }
                if asked {
                    { line("asked", format!("M{x} {}V{down}", self.lo())) }
                    { dot("asked", x, self.lo(), 4.5) }
                }
                { rect("tag", tag.x, tag.y, tag.width, tag.height, 4.0) }
                { dot("at", if self.single { x } else { tag.x + 11.0 }, line_y, 4.5) }
                { words("code strong", tag.x + 9.0 + shift, tag.y + 17.0, &number) }
                { words("quiet", tag.x + 9.0, tag.y + 33.0, &said) }
            </g>
        }
    }

    /// Filled: asks. Hollow, and pointing back: answers.
    fn packet(&self, anatomy: &Anatomy, packet: &Packet) -> Html {
        let Exchange {
            from,
            port,
            asked,
            answered,
            ..
        } = &packet.exchange;
        let place = |name: &str| {
            let card = anatomy
                .cards
                .iter()
                .position(|card| &*card.glyph.name == name);
            card.and_then(|card| self.cards.get(card))
        };
        let lo = self.lo();
        let asks = place(from).map(|card| card.x + card.width - 14.0);
        let mut listens = anatomy.ports.iter().zip(&self.tags);
        let listens = listens.find(|(one, _)| is_asked(anatomy, one));
        let listens = listens.and_then(|(_, tag)| tag.as_ref());
        let listens = listens.map(|tag| tag.x + WAY);
        let said = match packet.answer {
            false => format!("{asked} to localhost:{port}"),
            true => answered.to_string(),
        };
        let (least, most) = (self.network.x + 66.0, self.socket - 4.0);
        let room = fitting(most - least - 30.0, 11.5);
        let said = match said.chars().count() > room {
            true => cut_middle(&said.replace("localhost:", ":"), room),
            false => said,
        };
        let wide = mono(&said, 11.5) + 30.0;
        let middle = (asks.unwrap_or(least) + listens.unwrap_or(most)) / 2.0;
        let x = (middle - wide / 2.0).clamp(least, (most - wide).max(least));
        // To the right: the point is ahead of it.
        let right = (asks <= listens) != packet.answer;
        let (y, end) = (lo - 12.0, x + wide);
        let parcel = match right {
            true => format!(
                "M{x} {y}H{}L{end} {lo}L{} {}H{x}z",
                end - 12.0,
                end - 12.0,
                y + 24.0
            ),
            false => format!(
                "M{end} {y}H{}L{x} {lo}L{} {}H{end}z",
                x + 12.0,
                x + 12.0,
                y + 24.0
            ),
        };
        let way = place(from).filter(|_| self.single).zip(asks);
        html! {
            <g class={["packet", if packet.answer { "answer" } else { "" }]}>
                if let Some((card, asks)) = way {
                    { line("way", format!("M{asks} {}V{lo}", card.y)) }
                    { dot("at", asks, lo, 4.5) }
                }
                { line("parcel", parcel) }
                { words("code", x + if right { 9.0 } else { 17.0 }, lo + 4.0, &said) }
            </g>
        }
    }
}
