//! What stands on no machine: the card of Services, each with its flag, and records.

use std::rc::Rc;

use podarium::scene::{RecordGlyph, Rect, Serves, State};
use yew::prelude::*;

use crate::ui::markup::html;

use super::pods::{Detail, class_of, icon};
use super::text::{MONO, cut_middle, fitting, sans_width};

/// Beside the tray; what is in it is drawn by itself, and how many have no room there is said.
pub fn services(card: &Rect, records: &[Rc<RecordGlyph>], detail: Detail) -> Html {
    let bottom = card.y + card.height;
    let below = records
        .iter()
        .filter(|one| one.serves.is_some() && one.rect.y >= bottom);
    let below = below.count();
    let Rect {
        x,
        y,
        width,
        height,
    } = card;
    html! {
        <g class="services" transform={format!("translate({x} {y})")}>
            <rect class="card" rx="8" width={width.to_string()} height={height.to_string()} />
            if detail.has_names() {
                <text class="tray-name" x="14" y="23">{ "Services" }</text>
            }
            if detail.has_names() && below > 0 {
                <text class="quiet" x={(width - 12.0).to_string()} y="23" text-anchor="end">{ format!("{below} more below") }</text>
            }
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct RecordProps {
    pub record: Rc<RecordGlyph>,
    pub detail: Detail,
}

/// A Service with its flag; else what is only written down.
#[component]
pub fn Record(RecordProps { record, detail }: &RecordProps) -> Html {
    let Rect { x, y, .. } = record.rect;
    html! {
        <g class="record" data-record={record.key.to_string()} transform={format!("translate({x} {y})")}>
            { match &record.serves {
                Some(serves) => service(record, serves, *detail),
                None => paper(record, *detail),
            } }
        </g>
    }
}

/// A rectangle with a cut corner.
fn paper(record: &RecordGlyph, detail: Detail) -> Html {
    let Rect { width, height, .. } = record.rect;
    let room = fitting(width - 24.0, detail.size(11.5));
    let three = detail.is_roomy() && !record.simulated;
    let (kind, name) = if three { (15.5, 31.0) } else { (20.0, 39.0) };
    html! {
        <>
            <path class="paper" d={format!("M0 0H{}l14 14V{height}H0z", width - 14.0)} />
            <path class="corner" d={format!("M{} 0v14h14", width - 14.0)} />
            if detail.is_full() {
                <text class="quiet" x="12" y={kind.to_string()}>{ record.key.bare_kind().to_string() }</text>
                <text class="name" x="12" y={name.to_string()}>{ cut_middle(&record.key.name, room) }</text>
            }
            if !detail.is_full() && detail.has_names() {
                <text class="name" x="12" y="34">{ cut_middle(&record.key.name, room) }</text>
            }
            if three {
                <text class="quiet" x="12" y="46.5">{ "not simulated yet" }</text>
            }
        </>
    }
}

/// A Service as high as this has one line, else two.
const ONE_LINE: f64 = 30.0;
/// Its flag.
const FLAG: f64 = 24.0;
const POINT: f64 = 9.0;
/// Letters that still tell an address.
const SHORTEST: usize = 10;

/// A flag with its name; its address, and how many of its endpoints are ready.
fn service(record: &RecordGlyph, serves: &Serves, detail: Detail) -> Html {
    let Rect { width, height, .. } = record.rect;
    let size = detail.size(11.5);
    let is_line = height <= ONE_LINE;
    let most = if is_line { width * 0.38 } else { width - POINT };
    let name = cut_middle(&record.key.name, fitting(most - 24.0, size).max(3));
    let flag = name.chars().count() as f64 * size * MONO + 20.0;
    let on_flag = FLAG / 2.0 + 0.35 * size;
    let line = if is_line { on_flag } else { height - 8.0 };
    let (state, said) = match serves.endpoints {
        _ if serves.ends => (State::Term, "Terminating".into()),
        None => (State::Unknown, String::new()),
        Some((_, 0)) => (State::Wait, "no endpoint".into()),
        Some((0, count)) => (State::Wait, format!("0 of {count}")),
        Some((ready, count)) if ready < count => (State::Run, format!("{ready} of {count}")),
        Some((_, count)) => (State::Ready, format!("{count} of {count}")),
    };
    let from = if is_line { flag + POINT + 8.0 } else { 2.0 };
    let mark = match &*said {
        "" => width,
        said => width - sans_width(said) * size - size - 6.0,
    };
    let room = fitting(mark - from - 8.0, size);
    let address = cut_middle(&serves.address, room);
    html! {
        <>
            <rect class="hold" width={width.to_string()} height={height.to_string()} />
            <path class="flag" d={format!("M0 0H{flag}l{POINT} {0}-{POINT} {0}H0z", FLAG / 2.0)} />
            if detail.has_names() {
                <text class="flag-name" x="10" y={on_flag.to_string()}>{ name }</text>
            }
            if detail.has_names() && room >= SHORTEST {
                <text class="name" x={from.to_string()} y={line.to_string()}>{ address }</text>
            }
            if detail.has_names() && !said.is_empty() && mark > from {
                <g class={class_of(state)}>
                    { icon(state, false, mark, line - 0.9 * size, size) }
                    <text class="said" x={width.to_string()} y={line.to_string()} text-anchor="end">{ said }</text>
                </g>
            }
        </>
    }
}
