//! What stands on no machine: the card of Services, each with its flag, and records.

use std::rc::Rc;

use podarium::scene::{RecordGlyph, Rect, Serves, State};
use yew::prelude::*;

use crate::ui::markup::html;

use super::pods::{Detail, class_of, icon};
use super::text::{MONO, cut_middle, fitting, sans_width};

/// Beside the tray; what is in it is drawn by itself.
pub fn services(card: &Rect, detail: Detail) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = card;
    html! {
        <g class="services" transform={format!("translate({x} {y})")}>
            <rect class="card" rx="8" width={width.to_string()} height={height.to_string()} />
            if detail.is_full() {
                <text class="tray-name" x="14" y="23">{ "Services" }</text>
            }
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct RecordProps {
    pub record: Rc<RecordGlyph>,
    pub detail: Detail,
}

/// A Service with its flag; else a rectangle with a cut corner: only written down.
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

/// Above this it has two lines.
const ONE_LINE: f64 = 30.0;
const POINT: f64 = 9.0;

/// A flag with its name; its address, and how many of its endpoints are ready.
fn service(record: &RecordGlyph, serves: &Serves, detail: Detail) -> Html {
    let Rect { width, height, .. } = record.rect;
    let high = height.min(24.0);
    let size = detail.size(11.5);
    let whole = height <= ONE_LINE;
    let most = if whole { width * 0.38 } else { width };
    let name = cut_middle(&record.key.name, fitting(most - 24.0, size).max(3));
    let flag = name.chars().count() as f64 * size * MONO + 20.0;
    let state = match (serves.ready, serves.count) {
        (0, _) => State::Wait,
        (ready, count) if ready < count => State::Run,
        _ => State::Ready,
    };
    let line = if whole {
        high / 2.0 + 4.0
    } else {
        height - 8.0
    };
    let said = match serves.count {
        0 => "no endpoint".to_string(),
        count => format!("{} of {count}", serves.ready),
    };
    let mark = width - sans_width(&said) * size - size - 6.0;
    let from = if whole { flag + POINT + 8.0 } else { 2.0 };
    let room = fitting(mark - from - 8.0, size);
    let address = Some(&serves.address).filter(|address| address.len() <= room);
    html! {
        <>
            <rect class="hold" width={width.to_string()} height={height.to_string()} />
            <path class="flag" d={format!("M0 0H{flag}l{POINT} {0}-{POINT} {0}H0z", high / 2.0)} />
            if detail.has_names() {
                <text class="flag-name" x="10" y={(high / 2.0 + 4.0).to_string()}>{ name }</text>
            }
            if detail.is_full() {
                if let Some(address) = address {
                    <text class="name" x={from.to_string()} y={line.to_string()}>{ address.to_string() }</text>
                }
                <g class={class_of(state)}>
                    { icon(state, false, mark, line - size + 1.0, size) }
                    <text class="said" x={width.to_string()} y={line.to_string()} text-anchor="end">{ said }</text>
                </g>
            }
        </>
    }
}
