//! Where the cards and Pods of one family stand, and the lines between them, in CSS pixels. Wide, an owner stands left
//! of what is its own; less wide, above it; narrow, all stand one below the other, and are indented.

use super::{Card, Coming, Family, Moves, Row, Set};
use crate::scene::glyphs::Rect;
use crate::scene::motion::between;

/// A place in the picture.
pub type Point = (f64, f64);

/// From this width owners stand left of what is theirs, with notes beside Pods.
const WIDE: f64 = 940.0;
/// From this one Pods stand beside their owner.
const MIDDLE: f64 = 540.0;

/// What surrounds everything.
const EDGE: f64 = 4.0;
/// Between two levels, where the lines go.
const GAP: f64 = 40.0;
/// Between what stands one below the other: Pods, and owners.
const BETWEEN: f64 = 8.0;
const APART: f64 = 20.0;
/// A Pod, and each line of its note below its words.
const POD: f64 = 46.0;
/// The height of a line of a note.
pub const LINE: f64 = 16.0;
/// A mark for each Pod.
const PIPS: f64 = 24.0;
/// A card that says no more than its name.
const SMALL: f64 = 34.0;

/// Where all of a family stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How wide and how high all of it is.
    pub size: Point,
    /// The owner of owners.
    pub head: Option<Rect>,
    /// Owners of Pods.
    pub sets: Vec<SetPlan>,
    /// Owners without Pods.
    pub folded: Vec<Rect>,
    /// Lines from owners to what is theirs.
    pub wires: Vec<Vec<Point>>,
}

/// Where an owner and its Pods stand.
#[derive(Clone, Debug, PartialEq)]
pub struct SetPlan {
    /// The owner.
    pub card: Rect,
    /// Its Pods, or how many are in which state.
    pub pods: Vec<Rect>,
    /// Where the note of each Pod begins, and how wide it may be.
    pub notes: Vec<(Point, f64)>,
    /// Where Pods stand that are gone, and still seen.
    pub going: Vec<Rect>,
}

/// How wide the columns are.
struct Columns {
    head: (f64, f64),
    set: (f64, f64),
    pod: (f64, f64),
    /// Beside Pods, or below their words.
    note: Option<(f64, f64)>,
    head_above: bool,
    pods_below: bool,
}

impl Columns {
    fn of(width: f64, has_head: bool) -> Self {
        let most = width - 2.0 * EDGE;
        if width >= WIDE {
            let head = (EDGE, 240.0);
            let set = (EDGE + 240.0 + GAP, 252.0);
            let pods = set.0 + set.1 + GAP;
            let left = width - EDGE - pods;
            let pod = (left - 156.0).clamp(220.0, 320.0);
            let note = (pods + pod + 14.0, (left - pod - 14.0).min(240.0));
            return Columns {
                head,
                set,
                pod: (pods, pod),
                note: Some(note),
                head_above: false,
                pods_below: false,
            };
        }
        let indent = if has_head { 24.0 } else { 0.0 };
        let set_at = EDGE + indent;
        if width >= MIDDLE {
            let set = (set_at, 236.0);
            let pods = set.0 + set.1 + GAP;
            return Columns {
                head: (EDGE, most.min(340.0)),
                set,
                pod: (pods, (width - EDGE - pods).min(360.0)),
                note: None,
                head_above: true,
                pods_below: false,
            };
        }
        Columns {
            head: (EDGE, most),
            set: (set_at, most - indent),
            pod: (set_at + 24.0, most - indent - 24.0),
            note: None,
            head_above: true,
            pods_below: true,
        }
    }
}

/// How high a card is without the marks of its Pods.
pub fn card_height(card: &Card) -> f64 {
    let numbers = if card.numbers.is_empty() { 0.0 } else { 46.0 };
    56.0 + 17.0 * card.lines.len() as f64 + numbers
}

/// The same with a mark for each of its Pods.
fn set_height(set: &Set) -> f64 {
    card_height(&set.card) + if set.counts.is_empty() { PIPS } else { 0.0 }
}

/// Where all of a family stands in this width, as far as it moves, on its way; `wrapped` tells how many lines a note has
/// in a width.
pub fn plan(
    family: &Family,
    moves: &Moves,
    width: f64,
    wrapped: &dyn Fn(&str, f64) -> usize,
) -> Plan {
    let mut plan = stand(family, moves, width, wrapped);
    let columns = Columns::of(width, family.head.is_some());
    if let Some((_, part)) = moves.records.first() {
        let mut before = family.clone();
        before
            .sets
            .retain(|set| moves.grows(&set.card.key).is_none());
        let known = stand(&before, moves, width, wrapped);
        plan.come_from(family, &before, &known, *part);
    }
    plan.tie(&columns);
    plan.bring(family, moves, &columns);
    plan
}

fn stand(family: &Family, moves: &Moves, width: f64, wrapped: &dyn Fn(&str, f64) -> usize) -> Plan {
    let columns = Columns::of(width, family.head.is_some());
    let mut plan = Plan {
        size: (width, 0.0),
        head: None,
        sets: Vec::new(),
        folded: Vec::new(),
        wires: Vec::new(),
    };
    let mut y = EDGE;
    let mut bottom = EDGE;
    if let Some(card) = &family.head {
        let rect = Rect {
            x: columns.head.0,
            y,
            width: columns.head.1,
            height: card_height(card),
        };
        bottom = rect.y + rect.height;
        plan.head = Some(rect);
        if columns.head_above {
            y = bottom + APART;
        }
    }
    for set in &family.sets {
        let placed = place(set, moves, &columns, y, wrapped);
        y = placed.bottom() + APART;
        bottom = bottom.max(placed.bottom());
        plan.sets.push(placed);
    }
    for _ in &family.folded {
        let (x, width) = columns.set;
        plan.folded.push(Rect {
            x,
            y,
            width,
            height: SMALL,
        });
        bottom = bottom.max(y + SMALL);
        y += SMALL + BETWEEN;
    }
    // Left of what is its own, an owner stands in the middle of that.
    let ends = (plan.sets.first(), plan.sets.last());
    if let (Some(head), (Some(first), Some(last)), false) =
        (&mut plan.head, ends, columns.head_above)
    {
        let between = (middle(first.card) + middle(last.card)) / 2.0;
        head.y = (between - head.height / 2.0).max(EDGE);
        bottom = bottom.max(head.y + head.height);
    }
    plan.size.1 = bottom + EDGE;
    plan
}

fn place(
    set: &Set,
    moves: &Moves,
    columns: &Columns,
    y: f64,
    wrapped: &dyn Fn(&str, f64) -> usize,
) -> SetPlan {
    let card = Rect {
        x: columns.set.0,
        y,
        width: columns.set.1,
        height: set_height(set),
    };
    let mut plan = SetPlan {
        card,
        pods: Vec::new(),
        notes: Vec::new(),
        going: Vec::new(),
    };
    let mut at = if columns.pods_below {
        y + card.height + BETWEEN
    } else {
        y
    };
    let (x, width) = columns.pod;
    let inner = width - 46.0;
    let mut put = |plan: &mut SetPlan, note: &str| {
        let lines = match columns.note {
            Some(_) => 0,
            None if note.is_empty() => 0,
            None => wrapped(note, inner),
        };
        let height = POD + LINE * lines as f64;
        let rect = Rect {
            x,
            y: at,
            width,
            height,
        };
        plan.pods.push(rect);
        plan.notes.push(match columns.note {
            Some((x, width)) => ((x, at + 15.0), width),
            None => ((x + 34.0, at + POD + 7.0), inner),
        });
        at += height + BETWEEN;
    };
    if set.counts.is_empty() {
        let of = |row: usize| set.pods.iter().find(|pod: &&Row| pod.row == row);
        let gone = moves.gone(&set.card.key).map(|going| going.row.row);
        let gone: Vec<usize> = gone.collect();
        let rows = gone.iter().fold(set.rows, |rows, row| rows.max(row + 1));
        for row in 0..rows {
            // One that is free is left free, so that nothing moves.
            put(&mut plan, of(row).map_or("", |pod| &*pod.note));
        }
        plan.going = gone.iter().map(|row| plan.pods[*row]).collect();
        let is_there: Vec<bool> = (0..rows).map(|row| of(row).is_some()).collect();
        let (mut pods, mut notes) = (is_there.iter(), is_there.iter());
        plan.pods.retain(|_| pods.next() == Some(&true));
        plan.notes.retain(|_| notes.next() == Some(&true));
    } else {
        for _ in &set.counts {
            put(&mut plan, "");
        }
    }
    plan
}

/// Where lines leave a card.
fn middle(card: Rect) -> f64 {
    card.y + card.height / 2.0
}

impl SetPlan {
    fn bottom(&self) -> f64 {
        let pods = self.pods.iter().map(|pod| pod.y + pod.height);
        pods.fold(self.card.y + self.card.height, f64::max)
    }
}

impl Plan {
    /// An owner appears: it grows, and what stood there already moves on for it.
    fn come_from(&mut self, family: &Family, before: &Family, known: &Plan, part: f64) {
        for (set, now) in family.sets.iter().zip(&mut self.sets) {
            let mut all = before.sets.iter().zip(&known.sets);
            let was = all.find(|(one, _)| one.card.key == set.card.key);
            let Some((_, was)) = was else {
                let edge = Rect {
                    height: 0.0,
                    ..now.card
                };
                now.card = between(edge, now.card, part);
                continue;
            };
            now.card = between(was.card, now.card, part);
            let pods = now.pods.iter_mut().chain(&mut now.going);
            for (now, was) in pods.zip(was.pods.iter().chain(&was.going)) {
                *now = between(*was, *now, part);
            }
            for ((now, _), (was, _)) in now.notes.iter_mut().zip(&was.notes) {
                now.1 = was.1 + (now.1 - was.1) * part;
            }
        }
        let heads = self.head.iter_mut().zip(&known.head);
        for (now, was) in self.folded.iter_mut().zip(&known.folded).chain(heads) {
            *now = between(*was, *now, part);
        }
        self.size.1 = known.size.1 + (self.size.1 - known.size.1) * part;
    }

    /// Pods that come are on their way from their owner.
    fn bring(&mut self, family: &Family, moves: &Moves, columns: &Columns) {
        for (set, plan) in family.sets.iter().zip(&mut self.sets) {
            let pods = set.pods.iter().zip(&mut plan.pods).zip(&mut plan.notes);
            for ((row, at), (note, _)) in pods {
                let Some(Coming::Travels(part)) = moves.comes(&row.body.key) else {
                    continue;
                };
                let card = plan.card;
                let from = match columns.pods_below {
                    true => Rect {
                        y: card.y + card.height - at.height,
                        ..*at
                    },
                    false => Rect {
                        x: card.x + card.width - at.width,
                        y: middle(card) - POD / 2.0,
                        ..*at
                    },
                };
                let home = *at;
                *at = between(from, home, part);
                if columns.note.is_none() {
                    *note = (note.0 + at.x - home.x, note.1 + at.y - home.y);
                }
            }
        }
    }

    /// Draws the lines.
    fn tie(&mut self, columns: &Columns) {
        let mut wires = Vec::new();
        let cards = self.sets.iter().map(|set| set.card);
        let cards = cards.chain(self.folded.iter().copied());
        if let Some(head) = self.head {
            for card in cards {
                let to = middle(card);
                wires.push(match columns.head_above {
                    true => vec![
                        (head.x + 12.0, head.y + head.height),
                        (head.x + 12.0, to),
                        (card.x, to),
                    ],
                    false => {
                        let (from, lane) = (middle(head), head.x + head.width + GAP / 2.0);
                        vec![
                            (head.x + head.width, from),
                            (lane, from),
                            (lane, to),
                            (card.x, to),
                        ]
                    }
                });
            }
        }
        for set in &self.sets {
            let card = set.card;
            for pod in &set.pods {
                let to = pod.y + POD / 2.0;
                wires.push(match columns.pods_below {
                    true => vec![
                        (card.x + 12.0, card.y + card.height),
                        (card.x + 12.0, to),
                        (pod.x, to),
                    ],
                    false => {
                        let (from, lane) = (middle(card), card.x + card.width + GAP / 2.0);
                        vec![
                            (card.x + card.width, from),
                            (lane, from),
                            (lane, to),
                            (pod.x, to),
                        ]
                    }
                });
            }
        }
        self.wires = wires;
    }
}
