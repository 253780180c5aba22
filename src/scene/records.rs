//! What people made that stands on no machine: Services in their card beside the tray, as far as there is room, and
//! records below the machines. Ours.

use std::rc::Rc;

use super::glyphs::{RecordGlyph, Rect};
use super::layout::{GAP, Layout};
use super::names::{Endpoints, endpoints, is_service, is_simulated, serves};
use super::picture::{SceneCache, same_or};
use crate::api::ObjectKey;
use crate::cluster::Snapshot;

const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 52.0;
/// In the card of Services: its title, and a line of it.
const TITLE: f64 = 34.0;
const LINE: f64 = 30.0;

/// Fit shows the records too.
pub(super) fn with_records(bounds: Rect, records: &[Rc<RecordGlyph>]) -> Rect {
    let lowest = records
        .iter()
        .map(|record| record.rect.y + record.rect.height + 8.0);
    let bottom = lowest.fold(bounds.y + bounds.height, f64::max);
    Rect {
        height: bottom - bounds.y,
        ..bounds
    }
}

/// Services in their card, what else there is in rows below the machines.
pub(super) fn draw_records(snapshot: &Snapshot, layout: &Layout, cache: &mut SceneCache) {
    let endpoints = endpoints(snapshot.store.objects());
    let there = |key: &&ObjectKey| snapshot.store.get(key).is_some();
    let listed = snapshot.places.made_by_people().filter(there);
    let (mut in_card, mut below) = (0, 0);
    let glyph = |(number, key): (usize, &ObjectKey)| {
        let line = layout.services.filter(|_| is_service(key));
        let rect = match line.and_then(|card| line_of(card, in_card)) {
            Some(rect) => {
                in_card += 1;
                rect
            }
            None => {
                below += 1;
                below_machines(layout, below - 1)
            }
        };
        same_or(
            cache.records.get(number),
            record(snapshot, key, rect, &endpoints),
        )
    };
    let glyphs = listed.enumerate().map(glyph).collect();
    cache.records = glyphs;
}

fn record(snapshot: &Snapshot, key: &ObjectKey, rect: Rect, endpoints: &Endpoints) -> RecordGlyph {
    let object = snapshot.store.get(key);
    let service = object.and_then(|object| Some((object, object.service()?)));
    RecordGlyph {
        key: key.clone(),
        rect,
        simulated: is_simulated(key),
        serves: service.map(|(object, service)| serves(key, object, service, endpoints)),
    }
}

/// A line of the card, if it has so many.
fn line_of(card: Rect, number: usize) -> Option<Rect> {
    let y = card.y + TITLE + LINE * number as f64;
    (y + LINE <= card.y + card.height).then_some(Rect {
        x: card.x + GAP,
        y,
        width: card.width - 2.0 * GAP,
        height: LINE - 6.0,
    })
}

fn below_machines(layout: &Layout, number: usize) -> Rect {
    let Rect {
        x,
        y,
        width,
        height,
    } = layout.bounds;
    let room = width + 2.0 * x;
    let across = ((room + GAP) / (WIDTH + GAP)).floor().max(1.0) as usize;
    let (column, row) = (number % across, number / across);
    Rect {
        x: column as f64 * (WIDTH + GAP),
        y: y + height + 8.0 + row as f64 * (HEIGHT + GAP),
        width: WIDTH,
        height: HEIGHT,
    }
}
