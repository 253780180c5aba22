//! The two fenceposts: how many Pods there are and how many are available, between the most and the least.

use podarium::scene::ownership::Fence;
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::pod::pen::{Anchor, line, rect, sans, text, words};

/// Where the bars begin.
const LABELS: f64 = 104.0;

/// Bars, posts, and the same as meters. `bars` tells how long the two are while they move, in Pods.
pub fn fence(fence: &Fence, bars: Option<(f64, f64)>, width: f64) -> Html {
    let (least, most) = (fence.least, fence.most);
    let said = format!(
        "of the Deployment while it rolls: never fewer available than {least}, never more Pods than {most}"
    );
    html! {
        <section class="fence">
            <h3>{ "The two fenceposts" }</h3>
            <p class="quiet">{ said }</p>
            { drawn(fence, bars, width.min(960.0)) }
            if let Some((question, answer)) = fence.held() {
                <p><strong>{ question }</strong>{ " " }{ answer }</p>
            }
            { meter("All Pods", fence.all, most, &format!("{} of at most {most}", fence.all)) }
            { meter("Available", fence.available, most, &format!("{} of at least {least}", fence.available)) }
        </section>
    }
}

fn meter(name: &'static str, now: i64, most: i64, words: &str) -> Html {
    html! {
        <div class="spoken" role="meter" aria-label={name} aria-valuemin="0" aria-valuemax={most.max(now).max(1).to_string()}
            aria-valuenow={now.to_string()} aria-valuetext={words.to_string()}>{ words }</div>
    }
}

fn drawn(fence: &Fence, bars: Option<(f64, f64)>, width: f64) -> Html {
    let (least, most) = (fence.least, fence.most);
    let end = most.max(fence.all).max(fence.available) + 1;
    let unit = (width - LABELS - 24.0) / end as f64;
    let (all, available) = bars.unwrap_or((fence.all as f64, fence.available as f64));
    let at = |number: i64| LABELS + unit * number as f64;
    // As many numbers as have room.
    let every = (34.0 / unit).ceil().max(1.0) as usize;
    let post = |number: i64, holds: bool| {
        let wide = if holds { 7.0 } else { 3.5 };
        rect("post", at(number) - wide / 2.0, 2.0, wide, 46.0, 0.0)
    };
    let (min, max) = (
        format!(
            "min {least} = {} − maxUnavailable {}",
            fence.desired,
            fence.desired - least
        ),
        format!(
            "max {most} = {} + maxSurge {}",
            fence.desired,
            most - fence.desired
        ),
    );
    let label = |y: f64, number: i64, said: &str| {
        let wide = sans(said, 12.0);
        match at(number) + 10.0 + wide <= width {
            true => words("post-name", at(number) + 9.0, y, said),
            false => text("post-name", Anchor::End, at(number) - 9.0, y, said),
        }
    };
    html! {
        <svg class="wires posts" width={width.to_string()} height="104" viewBox={format!("0 0 {width} 104")} aria-hidden="true">
            { text("", Anchor::End, LABELS - 10.0, 17.0, &format!("all Pods, {}", fence.all)) }
            { text("available-name", Anchor::End, LABELS - 10.0, 34.0, &format!("available, {}", fence.available)) }
            { rect("bar all", LABELS, 8.0, unit * all, 12.0, 0.0) }
            { rect("bar available", LABELS, 25.0, unit * available, 12.0, 0.0) }
            { line("axis", format!("M{LABELS} 48H{}", at(end))) }
            { for (0..=end).step_by(every).map(|number| html! {
                <g key={number}>
                    { line("axis", format!("M{} 44v8", at(number))) }
                    { text("code", Anchor::Middle, at(number), 64.0, &number.to_string()) }
                </g>
            }) }
            { post(least, fence.holds_below()) }
            { post(most, fence.holds_above()) }
            { label(82.0, least, &min) }
            { label(98.0, most, &max) }
        </svg>
    }
}
