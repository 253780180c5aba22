//! Pods and their containers as they are drawn. The outline is the Pod: dashed without a node, thin
//! while it is bound, thick and double when it is Ready; containers move inside it.

use std::rc::Rc;

use podarium::cluster::SimTime;
use podarium::scene::{ContainerGlyph, NODE_WIDTH, PodBody, PodGlyph, Rect, State};
use yew::prelude::*;

use crate::ui::markup::{component, html};

use super::text::{MONO, cut_middle, cut_sans, fitting, sans_width};

/// How much is drawn, by the width of a node on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Outlines in the states' colours.
    Pip,
    /// Names and icons, and blocks in the containers' colours.
    Names,
    /// Everything.
    Full,
}

/// How much is drawn, and how large text has to be so that it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    pub level: Level,
    /// The least size of text, in world units: 11 px on the screen.
    pub least: u16,
}

/// Width of a node on the screen from which everything is drawn, and from which names are.
const FULL_FROM: f64 = 150.0;
const NAMES_FROM: f64 = 80.0;
/// In world units: larger text has no second line below it.
const MOST_ROOMY: u16 = 13;
/// No text is smaller on the screen.
const LEAST_TEXT: f64 = 11.0;

impl Detail {
    /// How much is drawn of things at this scale.
    pub fn at(scale: f64) -> Self {
        let level = match scale * NODE_WIDTH {
            width if width >= FULL_FROM => Level::Full,
            width if width >= NAMES_FROM => Level::Names,
            _ => Level::Pip,
        };
        let least = (LEAST_TEXT / scale).ceil() as u16;
        Detail { level, least }
    }

    /// Text that is meant to have this size, as the style sheet makes it.
    pub fn size(self, meant: f64) -> f64 {
        meant.max(f64::from(self.least))
    }

    pub fn is_full(self) -> bool {
        self.level == Level::Full
    }

    /// Is there room for two lines where there is one otherwise?
    pub fn is_roomy(self) -> bool {
        self.is_full() && self.least <= MOST_ROOMY
    }

    pub fn has_names(self) -> bool {
        self.level > Level::Pip
    }
}

/// The class that sets a state's colours.
pub fn class_of(state: State) -> &'static str {
    match state {
        State::Wait => "s-wait",
        State::Run => "s-run",
        State::Ready => "s-ready",
        State::Done => "s-done",
        State::Fail => "s-fail",
        State::Term => "s-term",
        State::Unknown => "s-unk",
    }
}

/// The name of a state's icon.
pub fn symbol_of(state: State, backing_off: bool) -> &'static str {
    match state {
        _ if backing_off => "back-off",
        State::Wait => "wait",
        State::Run => "run",
        State::Ready => "ready",
        State::Done => "done",
        State::Fail => "fail",
        State::Term => "term",
        State::Unknown => "unknown",
    }
}

/// The name of a container's icon.
pub fn symbol_of_container(container: &ContainerGlyph) -> &'static str {
    match container.pull {
        Some(_) => "pull",
        None => symbol_of(container.state, container.backing_off),
    }
}

/// Does a container keep failing? Then the Pod's icon is the circling arrow, too.
pub fn is_backing_off(body: &PodBody) -> bool {
    let backs_off = |container: &ContainerGlyph| container.backing_off;
    body.containers.iter().any(backs_off)
}

/// A state's icon, at a place.
pub fn icon(state: State, backing_off: bool, x: f64, y: f64, size: f64) -> Html {
    symbol(symbol_of(state, backing_off), x, y, size)
}

fn symbol(name: &str, x: f64, y: f64, size: f64) -> Html {
    let size = size.to_string();
    html! {
        <use class="icon-mark" href={format!("#i-{name}")} x={x.to_string()} y={y.to_string()} width={size.clone()} height={size} />
    }
}

/// A Pod with all that moves about it; [where it is](super::actors) is written on its outer group
/// later, which has no class, so that moving it costs no look into the style sheet. Its reason may be told
/// beside it.
pub fn pod(glyph: &PodGlyph, scale: f64, ghost: bool, told: bool, marks: Html) -> Html {
    let (body, home) = (&glyph.body, glyph.course.home);
    let unit = home.width / body.width;
    let detail = Detail::at(scale * unit);
    let ghost = glyph.course.left.filter(|_| ghost).map(|(_, from)| {
        html! {
            <rect class="ghost" rx="16" x={((from.x - home.x) / unit).to_string()} y={((from.y - home.y) / unit).to_string()}
                width={(from.width / unit).to_string()} height={(from.height / unit).to_string()} />
        }
    });
    html! {
        <g key={body.path.clone()} data-pod={body.path.clone()}>
            <g class={["pod", class_of(body.state)]}>
                { ghost }
                { component::<Body>(BodyProps { body: body.clone(), detail, told, at: None }) }
            </g>
            { marks }
        </g>
    }
}

/// A Pod as it was at a moment, at its whole size. Nothing in it moves.
pub fn portrait(body: &Rc<PodBody>, at: SimTime) -> Html {
    let props = BodyProps {
        body: body.clone(),
        detail: Detail::at(1.0),
        told: true,
        at: Some(at),
    };
    html! { <g class={["pod", class_of(body.state)]}>{ component::<Body>(props) }</g> }
}

#[derive(Clone, PartialEq, Properties)]
struct BodyProps {
    body: Rc<PodBody>,
    detail: Detail,
    /// Does its reason stand beside it?
    told: bool,
    /// The moment that it is of, where what fills isn't filled frame by frame.
    at: Option<SimTime>,
}

/// What a Pod shows, its place left aside: drawn anew only when that changes.
#[component]
fn Body(props: &BodyProps) -> Html {
    let BodyProps {
        body,
        detail,
        told,
        at,
    } = props;
    let outline = match (body.bound, body.ready, body.terminating) {
        (_, _, Some(_)) => "outline ending",
        (false, ..) => "outline unbound",
        (true, true, _) => "outline ready",
        (true, false, _) => "outline",
    };
    let (width, height) = (body.width.to_string(), body.height.to_string());
    let ring = html! {
        if body.ready {
            <rect class="ring" rx="16" width={width.clone()} height={height.clone()} />
        }
    };
    if !detail.has_names() {
        // 2 px on the screen: so many pixels are wholly of its colour, wherever it stands.
        let stroke = (0.19 * f64::from(detail.least)).max(5.0);
        return html! { <>{ ring }<path class={[outline, "pip"]} stroke-width={stroke.to_string()} d={pip(body, stroke)} /></> };
    }
    // Two lines where there is room between the outer and the containers.
    let inset = 0.32 * f64::from(detail.least.max(11));
    html! {
        <>
            { ring }
            <rect class={outline} rx="16" {width} {height} />
            if body.ready && detail.is_full() {
                <rect class="inner" x={inset.to_string()} y={inset.to_string()} rx={(16.0 - inset).to_string()}
                    width={(body.width - 2.0 * inset).to_string()} height={(body.height - 2.0 * inset).to_string()} />
            }
            { head(body, *detail, *told) }
            for container in &body.containers {
                { block(container, *detail, *at) }
            }
        </>
    }
}

/// The outline alone: a second one inside where it is Ready, a cut corner where it failed for good, square
/// where it ended well.
fn pip(body: &PodBody, stroke: f64) -> String {
    let (width, height) = (body.width, body.height);
    let round = |inset: f64, r: f64| {
        let (across, down) = (width - 2.0 * (inset + r), height - 2.0 * (inset + r));
        format!(
            "M{0} {inset}h{across}a{r} {r} 0 0 1 {r} {r}v{down}a{r} {r} 0 0 1 -{r} {r}h-{across}a{r} {r} 0 0 1 -{r} -{r}v-{down}a{r} {r} 0 0 1 {r} -{r}z",
            inset + r
        )
    };
    match body.state {
        State::Fail if !is_backing_off(body) => {
            format!("M0 0H{}L{width} 44V{height}H0z", width - 60.0)
        }
        State::Done => format!("M0 0H{width}V{height}H0z"),
        _ if body.ready => round(0.0, 16.0) + &round((2.5 * stroke).clamp(15.0, 30.0), 8.0),
        _ => round(0.0, 16.0),
    }
}

/// Between a name and a count: 8 px on the screen.
const COUNT_GAP: f64 = 0.73;

/// Icon, name, how many containers are ready; and what kubectl says of it where there is room.
fn head(body: &PodBody, detail: Detail, told: bool) -> Html {
    let failing = is_backing_off(body);
    let (ready, all) = body.containers_ready;
    let count = format!("{ready}/{all}");
    let size = detail.size(12.0);
    let (icon_size, line) = match detail.is_full() {
        true if detail.is_roomy() => (14.0, 19.5),
        true => (14.0, 28.0),
        false => (size, 28.0),
    };
    let whole = body.width - 26.0 - icon_size;
    let beside = whole - (count.len() as f64 * MONO + COUNT_GAP) * size;
    // A name that can be told apart goes before a count, and a whole one where little is told.
    let length = body.key.name.chars().count();
    let saved =
        !detail.is_full() && length > fitting(beside, size) && length <= fitting(whole, size);
    let counts = fitting(beside, size) >= 7 && !saved;
    let room = fitting(if counts { beside } else { whole }, size);
    html! {
        <>
            { icon(body.state, failing, 10.0, line - 4.5 - icon_size / 2.0, icon_size) }
            <text class="pod-name" x={(16.0 + icon_size).to_string()} y={line.to_string()}>{ cut_middle(&body.key.name, room) }</text>
            if counts {
                <text class="count" x={(body.width - 12.0).to_string()} y={line.to_string()} text-anchor="end">{ count }</text>
            }
            if detail.is_roomy() {
                <text class="below" x="30" y="35">{ below(body, detail, told) }</text>
            }
        </>
    }
}

/// Is there room for the whole name in text of this size?
pub fn name_fits(body: &PodBody, size: u16) -> bool {
    const HIGHEST: u16 = 24;
    let room = fitting(body.width - 40.0, f64::from(size));
    size <= HIGHEST && body.key.name.len() <= room
}

/// `10.244.1.4 · Running`, and kubectl's word where there is something to add.
fn below(body: &PodBody, detail: Detail, told: bool) -> Html {
    let word = match body.terminating {
        Some(grace) => format!("Terminating, {grace} s"),
        None => body.phase.to_string(),
    };
    // " · "
    const BETWEEN: f64 = 1.0;
    let (size, width) = (detail.size(11.5), body.width - 38.0);
    if body.ip.is_empty() {
        let short = body.reason.split(['.', ':']).next().unwrap_or_default();
        let both = if short.is_empty() || body.bound || told {
            word
        } else {
            format!("{word}, {short}")
        };
        return html! { <tspan class="phase">{ cut_sans(&both, width / size) }</tspan> };
    }
    // The state first: where there is no room for both, the address is left to the inspector.
    let address = body.ip.len() as f64 * MONO * detail.size(11.0);
    if address + (BETWEEN + sans_width(&word)) * size > width {
        return html! { <tspan class="phase">{ cut_sans(&word, width / size) }</tspan> };
    }
    html! { <>{ &*body.ip }<tspan class="phase">{ " · " }{ word }</tspan></> }
}

/// What stands in a container's block: its name on the first line; beside it, or on a line of its own,
/// its state's word.
#[derive(Debug, PartialEq)]
struct Words {
    name: String,
    word: String,
    below: bool,
}

/// Widths are counted in sizes of their text. Where neither fits beside the other each has a line, if there
/// is a second: else the icon says what the word would.
fn words(name: &str, word: &str, pulls: bool, width: f64, second: Option<f64>) -> Words {
    const GAP: f64 = 0.6;
    let percent = if pulls { sans_width(" 100 %") } else { 0.0 };
    let wide = name.chars().count() as f64 * MONO;
    let second = second.filter(|_| wide + GAP + sans_width(word) + percent > width);
    let below = second.is_some();
    let left = width - GAP - percent - wide;
    // How far a pull is goes before that it pulls.
    let told = second.map_or(left, |second| second - percent);
    let word = if sans_width(word) <= told {
        word.to_string()
    } else if below {
        cut_sans(word, told)
    } else {
        String::new()
    };
    let beside = if below { 0.0 } else { percent };
    Words {
        name: cut_middle(name, fitting(width - beside, 1.0)),
        word,
        below,
    }
}

/// In letters: of less of a name or an image nobody knows what it was.
const LEAST_NAME: usize = 5;

fn block(container: &ContainerGlyph, detail: Detail, at: Option<SimTime>) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = container.rect;
    let pulls = container.pull.is_some();
    let percent = at.and_then(|at| Some((container.pull?.part(at, false) * 100.0).floor()));
    let pulled = percent.map(|percent| (width * percent / 100.0).to_string());
    let name = match container.step {
        Some(step) => format!("{step} {}", container.name),
        None => container.name.to_string(),
    };
    let size = detail.size(11.5);
    let icon_size = if detail.is_full() { 14.0 } else { size };
    let left = 12.0 + icon_size;
    let across = width - left - 7.0;
    let (roomy, percents) = (detail.is_roomy(), pulls && detail.is_full());
    // Below the icon there is room, too.
    let second = detail.is_full().then_some((width - 14.0) / size);
    let Words { name, word, below } =
        words(&name, &container.word, percents, across / size, second);
    // Without an image there is one line, or two that are as high as the block.
    let (first, second, icon_top) = match (roomy, below) {
        (true, _) => (15.0, 30.0, 4.0),
        (_, true) => (height / 2.0 - 2.5, height - 4.5, 3.0),
        _ => (height / 2.0 + 0.35 * size, 0.0, (height - icon_size) / 2.0),
    };
    let told = if below {
        sans_width(&word) * size + 8.0 + if percents { 4.0 * size } else { 0.0 }
    } else {
        0.0
    };
    let port = container.port.len() as f64 * size * MONO;
    let image = fitting(across - told - port, detail.size(11.0));
    let imaged = roomy && image >= LEAST_NAME;
    html! {
        <g key={container.name.to_string()} class={["container", class_of(container.state), if container.solid { "" } else { "hollow" }]}
            data-container={container.name.to_string()} transform={format!("translate({x} {y})")}>
            <rect class="block" rx="4" width={width.to_string()} height={height.to_string()} />
            if pulls {
                <rect class="pulled" rx="3" height={height.to_string()} width={pulled} />
            }
            { symbol(symbol_of_container(container), 7.0, icon_top, icon_size) }
            if fitting(across, size) >= LEAST_NAME {
                <text class="name" x={left.to_string()} y={first.to_string()}>{ name }</text>
                <text class="word" x={(width - 7.0).to_string()} y={if below { second } else { first }.to_string()} text-anchor="end">
                    { word }
                    if let Some(percent) = percent.filter(|_| percents) {
                        <tspan class="percent">{ format!(" {percent} %") }</tspan>
                    } else {
                        if percents { <tspan class="percent" /> }
                    }
                </text>
            }
            if imaged {
                <text class="image" x={left.to_string()} y={second.to_string()}>
                    { cut_middle(&container.image, image) }{ " " }{ &*container.port }
                </text>
            }
        </g>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_has_no_room_beside_a_name_has_a_line_of_its_own() {
        let of = |name, word, pulls, two: bool| {
            let second = two.then_some(12.0);
            let Words { name, word, below } = words(name, word, pulls, 12.0, second);
            (name, word, below)
        };
        let three = |name: &str, word: &str, below| (name.to_string(), word.to_string(), below);
        assert_eq!(
            of("web", "ready", false, true),
            three("web", "ready", false)
        );
        assert_eq!(
            of("web-frontend", "CrashLoopBackOff", false, true),
            three("web-frontend", "CrashLoopBackOff", true)
        );
        assert_eq!(
            of("web-frontend", "CrashLoopBackOff", false, false),
            three("web-frontend", "", false)
        );
        assert_eq!(
            of("second-one", "pulling", true, true),
            three("second-one", "pulling", true)
        );
        assert_eq!(
            of("web", "pulling", true, true),
            three("web", "pulling", false)
        );
        assert_eq!(
            words("web", "CreateContainerConfigError", false, 8.0, Some(8.0)).word,
            "CreateContai…"
        );
    }
}
