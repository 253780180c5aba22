//! What is on its way: parcels with a point, filled there and hollow back.

use podarium::scene::network::{Network, Plan, Present};
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::pod::pen::{Anchor, mono, text};

const HIGH: f64 = 24.0;
const POINT: f64 = 10.0;

/// The parcel of the request that is shown, with its address there.
pub fn parcel(network: &Network, plan: &Plan, present: Present, beside: bool) -> Html {
    let leg = &network.drawn.legs[present.leg];
    // Where it is stopped a bar says so: it lies beside that.
    let stops = leg.is_stopped() && present.hop + 1 == leg.request.hops.len();
    let gap = if stops { 28.0 } else { 14.0 };
    let at = plan.position(leg, present);
    let (Some(((x, y), to_left)), Some(hop)) = (at, leg.request.hops.get(present.hop)) else {
        return Html::default();
    };
    let words = match hop.back {
        true => format!("from {}", hop.source),
        false => format!("to {}", hop.destination),
    };
    let wide = mono(&words, 11.5) + 20.0;
    let whole = wide + POINT;
    let start = match beside {
        false if !stops => x - whole / 2.0,
        false if x - gap - whole >= 0.0 => x - gap - whole,
        _ if x + gap + whole <= plan.size.0 => x + gap,
        _ => x - gap - whole,
    };
    let left = start.clamp(2.0, (plan.size.0 - whole - 2.0).max(2.0));
    let top = (y - HIGH / 2.0).clamp(2.0, plan.size.1 - HIGH - 2.0);
    let points_left = match hop.back {
        true => true,
        false => to_left,
    };
    let class = match (hop.back, stops && present.over) {
        (true, _) => "parcel answer",
        (_, true) => "parcel dropped",
        _ => "parcel",
    };
    let address = match class {
        "parcel answer" => "address answer",
        "parcel dropped" => "address dropped",
        _ => "address",
    };
    let middle = HIGH / 2.0;
    let (d, shift) = match points_left {
        true => (
            format!(
                "M{} 0H{POINT}L0 {middle}l{POINT} {middle}H{}z",
                wide + POINT,
                wide + POINT
            ),
            POINT,
        ),
        false => (
            format!("M0 0H{wide}l{POINT} {middle}l-{POINT} {middle}H0z"),
            0.0,
        ),
    };
    html! {
        <g transform={format!("translate({left:.1} {top:.1})")}>
            <path {class} d={d} />
            { text(address, Anchor::Middle, shift + wide / 2.0, 16.0, &words) }
        </g>
    }
}

/// A parcel of another request.
pub fn small(network: &Network, plan: &Plan, present: Present) -> Html {
    // They take the same path: the places are those of the shown one.
    let last = network.drawn.legs.len().saturating_sub(1);
    let Some(leg) = network.drawn.legs.last() else {
        return Html::default();
    };
    let present = Present {
        leg: last,
        ..present
    };
    let Some(((x, y), to_left)) = plan.position(leg, present) else {
        return Html::default();
    };
    let back = present.hop >= leg.there().len();
    let d = match to_left || back {
        true => "M8 -5h-10l-6 5 6 5h10z",
        false => "M-8 -5h10l6 5-6 5h-10z",
    };
    let class = if back { "parcel answer" } else { "parcel" };
    html! { <path {class} {d} transform={format!("translate({x:.1} {y:.1})")} /> }
}
