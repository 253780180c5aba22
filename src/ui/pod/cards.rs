//! A Pod's containers, drawn: state, gauges, probes.

use podarium::scene::{Card, Gauge, Pulse, Rect, State};
use yew::prelude::*;

use super::pen::{Anchor, line, mono, rect, sans, text, words};
use crate::ui::editor::count;
use crate::ui::markup::html;
use crate::ui::stage::{brackets, class_of, cut_middle, cut_sans, fitting, icon, memory};

/// Below these widths a gauge's words and a probe's have lines of their own.
const ROOMY: f64 = 228.0;
const ROOMY_PROBES: f64 = 290.0;
const HEAD: f64 = 46.0;
const INSET: f64 = 12.0;
/// Beats of a probe that are drawn.
const BEAT: (f64, f64) = (8.0, 11.0);

/// What has neither request nor limit has no bar: there is nothing to hold it against.
fn gauge_height(gauge: &Gauge, width: f64) -> f64 {
    match (gauge.is_free(), width < ROOMY) {
        (true, true) => 40.0,
        (true, false) => 24.0,
        (false, true) => 68.0,
        (false, false) => 54.0,
    }
}

fn probe_height(width: f64) -> f64 {
    if width < ROOMY_PROBES { 36.0 } else { 24.0 }
}

/// How high a card of this width is.
pub fn height(card: &Card, width: f64) -> f64 {
    let probes = card.probes.len().max(1) as f64;
    let gauges = gauge_height(&card.cpu, width) + gauge_height(&card.memory, width);
    HEAD + 12.0 + gauges + 14.0 + probes * probe_height(width) + 8.0
}

/// The same in words.
pub fn told(card: &Card) -> String {
    let of = |of: Of, name, gauge| {
        let (used, request, wall) = (of.used(gauge), of.request(gauge), of.wall(gauge));
        format!("{name} {used}, {request}, {wall}")
    };
    let cpu = of(Of::Cpu, "CPU", &card.cpu);
    let memory = of(Of::Memory, "memory", &card.memory);
    let mut said = format!("{}: {cpu}; {memory}", card.glyph.name);
    for pulse in &card.probes {
        for part in [
            "; ",
            pulse.name(),
            " probe ",
            &pulse.asks,
            ", ",
            &pulse.words,
        ] {
            said.push_str(part);
        }
    }
    if card.probes.is_empty() {
        said.push_str("; no probes");
    }
    said
}

/// The card.
pub fn card(card: &Card, x: f64, y: f64, width: f64, high: f64, picked: bool) -> Html {
    let glyph = &card.glyph;
    let inner = width - 2.0 * INSET;
    let name = fitting(inner - 22.0 - sans(&glyph.word, 12.0) - 8.0, 13.0).max(4);
    let word = cut_sans(&glyph.word, (inner - 22.0 - 40.0) / 12.0);
    let restarts = match card.restarts {
        0 => String::new(),
        restarts => count(restarts as usize, "restart"),
    };
    let image = fitting(inner - 22.0 - sans(&restarts, 12.0), 11.5);
    let mut down = y + HEAD + 12.0;
    let cpu = gauge(Of::Cpu, &card.cpu, x + INSET, down, inner, width < ROOMY);
    down += gauge_height(&card.cpu, width);
    let memory = gauge(
        Of::Memory,
        &card.memory,
        x + INSET,
        down,
        inner,
        width < ROOMY,
    );
    down += gauge_height(&card.memory, width);
    let runs = card.cpu.used.is_some();
    html! {
        <g class={["container card", class_of(glyph.state), if glyph.solid { "" } else { "hollow" }]}
            data-container={glyph.name.to_string()}>
            { rect("sheet", x, y, width, high, 6.0) }
            { line("block", format!("M{x} {}V{}q0 -6 6 -6H{}q6 0 6 6V{0}z", y + HEAD, y + 6.0, x + width - 6.0)) }
            { rect("edge", x, y, width, high, 6.0) }
            { icon(glyph.state, glyph.backing_off, x + INSET, y + 9.0, 14.0) }
            { words("name strong", x + INSET + 22.0, y + 20.0, &cut_middle(&glyph.name, name)) }
            { text("word", Anchor::End, x + width - INSET, y + 20.0, &word) }
            { words("code", x + INSET + 22.0, y + 37.0, &cut_middle(&glyph.image, image)) }
            if card.restarts > 0 {
                { text("quiet", Anchor::End, x + width - INSET, y + 37.0, &restarts) }
            }
            { cpu }
            { memory }
            { line("between", format!("M{x} {down}h{width}")) }
            { probes(card, x + INSET, down + 14.0, inner, width < ROOMY_PROBES, runs) }
            if picked {
                { brackets(Rect { x, y, width, height: high }, false, 8.0, 1.0) }
            }
        </g>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Cpu,
    Memory,
}

impl Of {
    /// `60m`, `2`, `40Mi`
    fn amount(self, amount: i64) -> String {
        match self {
            Of::Memory => memory(amount),
            Of::Cpu if amount % 1000 == 0 => (amount / 1000).to_string(),
            Of::Cpu => format!("{amount}m"),
        }
    }

    /// What there is at most, and what happens there.
    fn wall(self, gauge: &Gauge) -> String {
        match (gauge.limit, self) {
            (None, _) => "no limit".into(),
            (Some(limit), Of::Memory) => format!("limit {}, then OOMKilled", self.amount(limit)),
            (Some(limit), Of::Cpu) => match gauge.wanted {
                Some(wanted) => format!(
                    "throttled at {}, wants {}",
                    self.amount(limit),
                    self.amount(wanted)
                ),
                None => format!("limit {}, then throttled", self.amount(limit)),
            },
        }
    }

    fn used(self, gauge: &Gauge) -> String {
        match (gauge.used, self) {
            (None, _) => "not running".into(),
            // No process takes none: of this one it isn't known.
            (Some(0), Of::Memory) => "use not simulated".into(),
            (Some(0), Of::Cpu) => "idle".into(),
            (Some(used), _) => format!("{} used", self.amount(used)),
        }
    }

    fn request(self, gauge: &Gauge) -> String {
        gauge.request.map_or("no request".into(), |request| {
            format!("request {}", self.amount(request))
        })
    }
}

/// Fill: use. Thin tick: request. Thick wall: limit.
fn gauge(of: Of, gauge: &Gauge, x: f64, y: f64, width: f64, narrow: bool) -> Html {
    let name = match of {
        Of::Cpu => "CPU",
        Of::Memory => "Memory",
    };
    let least = match of {
        Of::Cpu => 100,
        Of::Memory => 64 << 20,
    };
    let (used, request) = (
        gauge.used.unwrap_or_default(),
        gauge.request.unwrap_or_default(),
    );
    // Without a limit it goes on: a quarter beyond what is known.
    let whole = gauge
        .limit
        .unwrap_or((used.max(request) * 5 / 4).max(least))
        .max(1);
    let part = |amount: i64| (amount as f64 / whole as f64).clamp(0.0, 1.0) * width;
    let (wall, request_words) = (of.wall(gauge), of.request(gauge));
    let used_words = of.used(gauge);
    if gauge.is_free() {
        let free = format!("{request_words}, {wall}");
        return html! {
            <g class="gauge">
                { words("strong", x, y + 8.0, name) }
                if narrow {
                    { text("quiet", Anchor::End, x + width, y + 8.0, &used_words) }
                    { words("quiet", x, y + 25.0, &free) }
                } else {
                    { text("quiet", Anchor::End, x + width, y + 8.0, &format!("{used_words}, {free}")) }
                }
            </g>
        };
    }
    let bar = y + 15.0;
    html! {
        <g class="gauge">
            { words("strong", x, y + 8.0, name) }
            if narrow {
                { text("quiet", Anchor::End, x + width, y + 8.0, &used_words) }
                { words("quiet", x, bar + 26.0, &request_words) }
                { words("quiet", x, bar + 41.0, &wall) }
            } else {
                { text("quiet", Anchor::End, x + width, y + 8.0, &wall) }
                { words("quiet", x, bar + 27.0, &format!("{used_words}, {request_words}")) }
            }
            { rect("bar", x, bar, width, 11.0, 0.0) }
            { rect("fill", x, bar, part(used), 11.0, 0.0) }
            { rect("hatch", x, bar, part(used), 11.0, 0.0) }
            if gauge.request.is_some() {
                { line("tick", format!("M{} {}v17", x + part(request), bar - 3.0)) }
            }
            if gauge.limit.is_some() {
                { line("wall", format!("M{} {}v17", x + width, bar - 3.0)) }
            }
        </g>
    }
}

fn probes(card: &Card, x: f64, y: f64, width: f64, narrow: bool, runs: bool) -> Html {
    if card.probes.is_empty() {
        let (beside, below) = if narrow { (x, 17.0) } else { (x + width, 0.0) };
        let anchor = if narrow { Anchor::Start } else { Anchor::End };
        return html! {
            <>
                { words("strong", x, y + 8.0, "no probes") }
                { text("quiet", anchor, beside, y + 8.0 + below, "ready as soon as it runs") }
            </>
        };
    }
    let high = if narrow { 36.0 } else { 24.0 };
    html! {
        for (at, pulse) in card.probes.iter().enumerate() {
            { probe(pulse, x, y + at as f64 * high, width, narrow, runs) }
        }
    }
}

/// Filled: passed. Cross: failed. Hollow: to come.
fn probe(pulse: &Pulse, x: f64, y: f64, width: f64, narrow: bool, runs: bool) -> Html {
    let (wide, high) = BEAT;
    let left = x + 66.0;
    let at = |number: usize| left + number as f64 * (wide + 3.0);
    let beats = pulse
        .last
        .iter()
        .enumerate()
        .map(|(number, passed)| match passed {
            true => rect("passed", at(number), y - 1.0, wide, high, 0.0),
            false => {
                let d = format!("M{} {y}l8 9m0 -9l-8 9", at(number));
                line("failed", d)
            }
        });
    let shown = pulse.last.len();
    let ends = at(shown) + if runs { wide + 3.0 } else { 0.0 };
    let both = format!("{}, {}", pulse.asks, pulse.words);
    let (room, below) = match narrow {
        true => (width, 17.0),
        false => (x + width - ends - 6.0, 0.0),
    };
    let said = match sans(&both, 12.0) <= room && !pulse.asks.is_empty() {
        true => both,
        false => cut_sans(&pulse.words, room / 12.0),
    };
    let (anchor, from) = match narrow {
        true => (Anchor::Start, x),
        false => (Anchor::End, x + width),
    };
    html! {
        <g class="probe">
            { words("strong", x, y + 8.0, pulse.name()) }
            <g class={class_of(State::Ready)}>{ for beats }</g>
            if runs && !pulse.is_done {
                { rect("to-come", at(shown), y - 0.5, wide, high - 1.0, 0.0) }
            }
            { text("quiet", anchor, from, y + 8.0 + below, &said) }
        </g>
    }
}

/// How wide a container's name and image want it to be.
pub fn least_width(card: &Card) -> f64 {
    (mono(&card.glyph.name, 13.0) + sans(&card.glyph.word, 12.0) + 60.0).clamp(190.0, 230.0)
}
