//! A world's drawing. It is hidden from assistive technology: lists beside it say the same.

use podarium::api::ObjectKey;
use podarium::scene::theory::{Inside, Kind, LAYERS, Piece, Plan, Plate, World, plan};
use podarium::scene::{Pose, Rect, Selection};
use yew::prelude::*;

use super::TheoryProps;
use crate::ui::markup::html;
use crate::ui::pod::pen::{Anchor, line, mono, rect, sans, text, words};
use crate::ui::stage::{brackets, class_of, cut_middle, cut_sans, fitting, icon};

/// Text of layers and of what is in a unit.
const SMALL: f64 = 11.0;

/// All of a world.
pub fn picture(props: &TheoryProps, world: &World, width: f64) -> Html {
    let plan = plan(world, width);
    let (wide, high) = plan.size;
    let shown = world.units.iter().filter(|piece| piece.is_drawn(&plan));
    let posed = shown.map(|piece| {
        let pose = piece.pose(&plan, &props.speeds, props.time, props.reduced_motion);
        (piece, pose)
    });
    let posed: Vec<(&Piece, Pose)> = posed.collect();
    html! {
        <svg class="wires theory" width={wide.to_string()} height={high.to_string()} viewBox={format!("0 0 {wide} {high}")} aria-hidden="true">
            { for world.machines.iter().enumerate().map(|(number, machine)| plate(world, machine, &plan, number)) }
            if let Some(ground) = plan.ground { { layer(ground, "layer host-layer", "Host, hypervisor", "as on the left") } }
            if world.units.iter().all(|piece| piece.place.is_some()) && posed.iter().all(|(_, pose)| pose.motion.is_none()) {
                { text("quiet", Anchor::Middle, wide / 2.0, 10.0 + plan.unit.1 / 2.0, "nothing is on its way") }
            }
            { for posed.iter().map(|(piece, pose)| drawn(props, world.kind, piece, pose, &plan)) }
            { for posed.iter().filter(|(piece, _)| piece.is_bracketed).map(|(piece, pose)| {
                html! { <g key={&*piece.id} opacity={pose.opacity.to_string()}>{ brackets(pose.at, false, radius(world.kind), if world.kind == Kind::Container { 0.75 } else { 1.0 }) }</g> }
            }) }
        </svg>
    }
}

/// What the rows of a card are.
pub fn labels(plan: &Plan, width: f64) -> Html {
    let machine = plan.machines.first().copied().unwrap_or_default();
    let middle = plan.unit.1 / 2.0;
    let rows = [
        ("The unit", "on its way", middle),
        ("Its place", "beside others", machine.y + middle),
        ("Layers", "it stands on", machine.y + plan.foot + 10.0),
    ];
    html! {
        <svg class="wires labels" width={width.to_string()} height={plan.size.1.to_string()} aria-hidden="true">
            { for rows.into_iter().map(|(name, what, y)| html! {
                <g key={name}>{ words("strong", 0.0, y, name) }{ words("quiet", 0.0, y + 18.0, what) }</g>
            }) }
        </svg>
    }
}

fn radius(kind: Kind) -> f64 {
    match kind {
        Kind::Machine => 8.0,
        Kind::Container => 4.0,
        Kind::Pod => 16.0,
    }
}

/// A machine: its layers, and its free places.
fn plate(world: &World, machine: &Plate, plan: &Plan, number: usize) -> Html {
    let at = plan.machines[number];
    let is_taken = |slot: usize| {
        let mut all = world
            .units
            .iter()
            .flat_map(|piece| [piece.place, piece.kept]);
        all.any(|place| place.is_some_and(|place| (place.machine, place.slot) == (number, slot)))
    };
    let free = (0..plan.slots).filter(|slot| machine.is_on && !is_taken(*slot));
    // A hypervisor has so many places; elsewhere there is a next one.
    let free = free.take(if world.kind == Kind::Machine {
        plan.slots
    } else {
        1
    });
    let on = |slot: usize| {
        plan.slot(podarium::cluster::theory::Place {
            machine: number,
            slot,
        })
    };
    let layers = LAYERS[world.kind as usize];
    let last = layers.len() - 1;
    let mine = world
        .units
        .iter()
        .filter(|piece| piece.place.is_some_and(|place| place.machine == number));
    let more = mine.filter(|piece| !piece.is_drawn(plan)).count();
    let class = if machine.is_on {
        "machine"
    } else {
        "machine off s-fail"
    };
    html! {
        <g key={&*machine.name} {class}>
            if world.kind == Kind::Pod { { rect("node-card", at.x, at.y, at.width, at.height, 8.0) } }
            if !machine.is_on { { crossed(at, plan.foot - 5.0) } }
            { for plan.layers(at).zip(layers).enumerate().map(|(layer_number, (place, (name, what)))| {
                let class = match (world.kind, layer_number) {
                    (Kind::Machine, 0) => "layer ribbed",
                    (Kind::Machine, 1) | (Kind::Container, 2) => "layer host-layer",
                    _ => "layer",
                };
                if layer_number < last {
                    return layer(place, class, name, what);
                }
                let what = match (machine.word, &*machine.room) {
                    ("", "") => what,
                    ("", room) => room,
                    (word, _) => word,
                };
                layer(place, class, &format!("{name} {}", machine.name), what)
            }) }
            { for free.map(|slot| {
                let at = on(slot);
                rect("free", at.x, at.y, at.width, at.height, radius(world.kind))
            }) }
            if more > 0 { { text("quiet", Anchor::End, at.x + at.width - 4.0, at.y + 5.0, &format!("{more} more")) } }
        </g>
    }
}

/// What stood there doesn't.
fn crossed(at: Rect, high: f64) -> Html {
    let (x, y, wide) = (at.x, at.y, at.width);
    line(
        "crossed",
        format!("M{x} {y}l{wide} {high}m0 {}l{} {high}", -high, -wide),
    )
}

fn layer(at: Rect, class: &'static str, name: &str, what: &str) -> Html {
    let named = sans(name, 12.0) * 1.06;
    let room = at.width - named - 36.0;
    let y = at.y + at.height / 2.0 + 4.0;
    let is_ribbed = class == "layer ribbed";
    let what = if sans(what, SMALL) <= room { what } else { "" };
    html! {
        <g key={name.to_string()}>
            { rect(class, at.x, at.y, at.width, at.height, 0.0) }
            if is_ribbed {
                { rect("ribs", at.x + 1.0, at.y, at.width - 2.0, at.height, 0.0) }
                { rect("clear", at.x + 4.0, at.y + 2.0, named + 12.0, at.height - 4.0, 0.0) }
                { rect("clear", at.x + at.width - sans(what, SMALL) - 14.0, at.y + 2.0, sans(what, SMALL) + 10.0, at.height - 4.0, 0.0) }
            }
            { words("layer-name", at.x + 10.0, y, name) }
            { text("small", Anchor::End, at.x + at.width - 9.0, y, what) }
        </g>
    }
}

/// A unit where it is at this moment.
fn drawn(props: &TheoryProps, kind: Kind, piece: &Piece, pose: &Pose, plan: &Plan) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = pose.at;
    let waits = piece.place.is_none() && piece.is_waiting();
    let outline = match (piece.is_solid, piece.is_ready()) {
        (false, _) => "outline unbound",
        (_, true) if kind == Kind::Pod => "outline ready",
        _ => "outline",
    };
    let class = match kind {
        Kind::Machine => "unit vm-unit",
        Kind::Container => "unit container-unit",
        Kind::Pod => "unit net-pod",
    };
    let chosen = (kind == Kind::Pod).then(|| ObjectKey::pod("default", &piece.name));
    let on_select = props.on_select.clone();
    let choose = Callback::from(move |_: MouseEvent| {
        if let Some(key) = &chosen {
            on_select.emit(Some(Selection::Object(key.clone())));
        }
    });
    html! {
        <g key={&*piece.id} onclick={choose}>
            if let Some(ghost) = pose.ghost { { rect("free", ghost.x, ghost.y, ghost.width, ghost.height, radius(kind)) } }
            if waits { { arrow(x + width / 2.0, y + height + 10.0, plan) } }
            <g class={[class, class_of(piece.state)]} opacity={pose.opacity.to_string()} transform={format!("translate({x:.1} {y:.1})")}>
                { rect(outline, 0.0, 0.0, width, height, radius(kind)) }
                if outline == "outline ready" { { rect("hairline", 3.5, 3.5, width - 7.0, height - 7.0, radius(kind) - 3.5) } }
                if let Some(spread) = pose.ring {
                    <g opacity={(1.0 - spread).to_string()}>{ ring(width, height, 2.0 + 12.0 * spread) }</g>
                }
                { match kind {
                    Kind::Machine => guest(piece, width),
                    Kind::Container => process(piece, width),
                    Kind::Pod => containers(piece, width),
                } }
            </g>
        </g>
    }
}

/// It became Ready.
fn ring(width: f64, height: f64, out: f64) -> Html {
    rect(
        "ready-ring",
        -out,
        -out,
        width + 2.0 * out,
        height + 2.0 * out,
        16.0 + out,
    )
}

/// What is in it while it runs; else what becomes of it.
fn inside<'a>(piece: &'a Piece, usual: &'a str) -> &'a str {
    if piece.word == "runs" {
        usual
    } else {
        piece.word
    }
}

fn fit(said: &str, room: f64) -> String {
    cut_sans(said, room / SMALL)
}

/// An arrow to where it will be.
fn arrow(x: f64, y: f64, plan: &Plan) -> Html {
    let machine = plan.machines.first().copied().unwrap_or_default();
    let end = machine.y + 4.0;
    html! {
        <>
            { line("to", format!("M{x} {y}V{}", end - 6.0)) }
            { line("tip", format!("M{x} {end}l-5 -7h10z")) }
        </>
    }
}

/// Its icon and its name, side by side.
fn named(piece: &Piece, width: f64) -> Html {
    let name = cut_middle(&piece.name, fitting(width - 24.0, SMALL));
    let left = (width - mono(&name, SMALL)) / 2.0 - 8.0;
    html! {
        <>
            { icon(piece.state, false, left.max(6.0), 5.5, 12.0) }
            { words("name", left.max(6.0) + 16.0, 15.5, &name) }
        </>
    }
}

/// A container: an app and its libraries, where there is room to say so.
fn process(piece: &Piece, width: f64) -> Html {
    let said = inside(piece, "app, libraries");
    let short = said.split(',').next().unwrap_or_default();
    let fits = |said: &str| sans(said, SMALL) <= width - 6.0;
    let said = if fits(said) { said } else { short };
    let name = cut_middle(&piece.name, fitting(width - 4.0, SMALL));
    html! {
        <>
            { icon(piece.state, false, width / 2.0 - 6.0, 4.5, 12.0) }
            { text("name", Anchor::Middle, width / 2.0, 29.0, &name) }
            { text("small", Anchor::Middle, width / 2.0, 43.0, &fit(said, width - 4.0)) }
        </>
    }
}

/// What a virtual machine brings along.
fn guest(piece: &Piece, width: f64) -> Html {
    let room = width - 16.0;
    let fits = |said: &str| sans(said, SMALL) <= room - 6.0;
    let guest = ["guest OS, kernel", "guest kernel", "kernel"];
    let guest = guest
        .into_iter()
        .find(|said| fits(said))
        .unwrap_or_default();
    let rows = [
        ("part", inside(piece, "app"), 21.0, 18.0),
        ("part", "libraries", 42.0, 15.0),
        ("part kernel", guest, 60.0, 18.0),
    ];
    html! {
        <>
            { named(piece, width) }
            { for rows.into_iter().map(|(class, said, y, high)| html! {
                <g key={y.to_string()}>
                    { rect(class, 8.0, y, room, high, 2.0) }
                    { text("small", Anchor::Middle, width / 2.0, y + high / 2.0 + 4.0, &fit(said, room)) }
                </g>
            }) }
        </>
    }
}

/// What is in a Pod: its address, and its containers, as many as there is room for.
fn containers(piece: &Piece, width: f64) -> Html {
    let room = width - 12.0;
    html! {
        <>
            { named(piece, width) }
            { text("small", Anchor::Middle, width / 2.0, 28.0, &fit(&piece.note, room)) }
            { for piece.parts.iter().take(2).enumerate().map(|(number, part)| {
                let Inside { name, state, is_solid, pulled } = part;
                let y = 32.5 + 16.0 * number as f64;
                let class = if *is_solid { "box" } else { "box hollow" };
                html! {
                    <g key={&**name} class={class_of(*state)}>
                        if let Some(pulled) = pulled { <rect class="pulled" x="6" y={y.to_string()} width={(room * pulled).to_string()} height="14" rx="3" /> }
                        { rect(class, 6.0, y, room, 14.0, 3.0) }
                        { text("code", Anchor::Middle, width / 2.0, y + 11.0, &cut_middle(name, fitting(room - 3.0, SMALL))) }
                    </g>
                }
            }) }
        </>
    }
}
