//! A large cluster's picture, and what stands about it: where a person is in it, what its shade means, and in words
//! what is pointed at, since from afar nothing is written on it.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::api::ObjectKey;
use podarium::cluster::SimTime;
use podarium::scene::{self, Ground, Look, NodeMark, Overview, Rect, Scene, Selection, State};
use yew::prelude::*;

use super::pods::Detail;
use super::{Message, Now, Stage, StageProps};
use crate::ui::markup::html;
use crate::ui::numbers::counted;
use crate::ui::shot::Shot;

/// What the shade of a Node says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shade {
    /// How much of its CPU is requested.
    #[default]
    Cpu,
    /// How much of its memory is requested.
    Memory,
    /// How many of the Pods that it admits it has.
    Pods,
}

/// As they are written in the choice.
const SHADES: [&str; 3] = ["CPU requested", "Memory requested", "Pods"];

impl Shade {
    const ALL: [Shade; 3] = [Shade::Cpu, Shade::Memory, Shade::Pods];
}

/// A large cluster's picture, as far as it is known.
#[derive(Clone)]
pub struct Large {
    /// Where everything stands.
    pub ground: Ground,
    /// Is so little seen that each thing is drawn, and of which part of the world?
    pub near: Option<Rect>,
}

/// At most so many Pods are drawn one by one.
const NEAR_PODS: usize = 200;
/// Of what was drawn before one came nearer, so many times what is seen may stay: each frame paints all of it.
const MOST: f64 = 2.5;
/// Zooming has ended when nothing of it came for so long, in milliseconds.
const CALM_MS: u32 = 150;

impl Stage {
    /// Above a large cluster: where what is selected stands, and what the shade says.
    pub(super) fn place(&self, ctx: &Context<Self>, large: &Option<Large>) -> Option<Html> {
        large.as_ref()?;
        let (props, link) = (ctx.props(), ctx.link());
        let choose = link.callback(|event: Event| {
            let chosen = event.target_unchecked_into::<web_sys::HtmlSelectElement>();
            Message::Shade(Shade::ALL[chosen.selected_index().clamp(0, 2) as usize])
        });
        let path = path(props);
        let go = |selection: &Selection| {
            let selection = selection.clone();
            let on_select = props.on_select.clone();
            link.callback(move |_: MouseEvent| {
                on_select.emit(Some(selection.clone()));
                Message::GoIn(selection.clone())
            })
        };
        let last = path.len();
        Some(html! {
            <div class="place">
                <nav aria-label="Place">
                    <ol>
                        <li><button onclick={link.callback(|_| Message::Fit)}>{ "Cluster" }</button></li>
                        for (number, (selection, name)) in path.iter().enumerate() {
                            <li><button aria-current={(number + 1 == last).then_some("location")} onclick={go(selection)}>{ name.clone() }</button></li>
                        }
                    </ol>
                </nav>
                <label>{ "Shade" }
                    <select onchange={choose}>
                        for (number, name) in SHADES.iter().enumerate() {
                            <option selected={self.shade as usize == number}>{ *name }</option>
                        }
                    </select>
                </label>
            </div>
        })
    }

    /// Below it: what is pointed at, has the focus, or is selected, in words.
    pub(super) fn caption(&self, props: &StageProps, large: &Option<Large>) -> Option<Html> {
        large.as_ref()?;
        let focused = self.focused.as_ref();
        let focused = focused.and_then(|item| item.selection.as_ref());
        let what = self.drag.over().or(focused).or(props.selection.as_ref());
        let words = what.and_then(|what| in_words(&props.snapshot, what));
        let usual = || {
            let others = match props.snapshot.places.things_made() {
                0 => String::new(),
                1 => " 1 other object is in the tree alone.".to_string(),
                others => format!(
                    " {} are in the tree alone.",
                    counted(others as i64, "other object")
                ),
            };
            format!(
                "Wheel, pinch or Enter goes in, Escape comes out. What is too small to be drawn is counted here.{others}"
            )
        };
        let words = words.unwrap_or_else(usual);
        Some(html! { <p class="caption" aria-hidden="true">{ words }</p> })
    }

    /// One level out: from a Pod to its node, then to the host, then to all.
    pub(super) fn go_out(&mut self) {
        // Hardly farther away is no level.
        const FARTHER: f64 = 0.8;
        let camera = self.camera.get();
        let all = camera.fit(self.drawn.borrow().bounds, self.size);
        let views = self.levels().into_iter();
        let mut views = views.map(|place| camera.look_at(place, self.size));
        let next = views.find(|view| view.scale < FARTHER * camera.scale);
        let next = next.filter(|next| FARTHER * next.scale > all.scale);
        self.camera.set(next.unwrap_or(all));
    }

    /// The places of what is in the middle: a node's, and its host's.
    fn levels(&self) -> Vec<Rect> {
        let Some(Large { ground, .. }) = self.large() else {
            return Vec::new();
        };
        let snapshot = &self.now.snapshot;
        let seen = self.camera.get().seen(self.size);
        let middle = (seen.x + seen.width / 2.0, seen.y + seen.height / 2.0);
        let under = ground.under(snapshot, middle, false);
        let host = match &under {
            Some(Selection::Object(key)) => host_of(snapshot, &key.name),
            _ => None,
        };
        let both = under.iter().chain(&host);
        both.filter_map(|what| ground.place_of(snapshot, what))
            .collect()
    }

    /// It is being zoomed: of a large cluster text stays as large in the world as it was, until that ends.
    pub(super) fn zooms(&mut self, ctx: &Context<Self>) {
        if self.large().is_some() {
            let link = ctx.link().clone();
            let calm = move || link.send_message(Message::Calm);
            self.zooms = Some(Timeout::new(CALM_MS, calm));
        }
    }

    /// Is it zoomed so far that what was drawn thing by thing would be drawn anew with each frame of it?
    fn is_far_from_steady(&self) -> bool {
        const FAR: f64 = 1.5;
        let grown = self.camera.get().scale / self.steady.get();
        self.zooms.is_some() && !(1.0 / FAR..FAR).contains(&grown)
    }

    /// The scale that text is made for: in a presentation it is larger than the rest.
    pub(super) fn text_scale(&self) -> f64 {
        let scale = self.camera.get().scale;
        if self.zooms.is_none() {
            self.steady.set(scale);
        }
        self.steady.get() / self.larger
    }

    pub(super) fn large(&self) -> Option<Large> {
        self.large.borrow().clone()
    }

    /// What is drawn thing by thing of a large cluster: nothing from afar.
    pub(super) fn large_scene(&self, look: Look) -> Rc<Scene> {
        let (before, shot) = (self.large(), &self.now.snapshot);
        let ground = Ground::of(shot, look.shape, before.as_ref().map(|large| &large.ground));
        let same = before
            .as_ref()
            .is_some_and(|before| before.ground.is(&ground));
        let same = self.look.replace(Some(look)) == Some(look) && same;
        let resized = self.resized.replace(false);
        let camera = self.camera.get();
        let camera = camera.follow(ground.bounds(), self.size, resized);
        self.camera.set(camera);
        let (seen, known) = (
            camera.seen(self.size),
            before.and_then(|before| before.near),
        );
        let few = |part: &Rect| ground.seen(shot, part).1 <= NEAR_PODS;
        let near = match known {
            _ if !Detail::at(camera.scale).has_names() || self.is_far_from_steady() => None,
            Some(known)
                if holds(&known, &seen)
                    && (self.zooms.is_some() || known.width <= MOST * seen.width) =>
            {
                Some(known)
            }
            // Things are made for a view that stays for a while.
            _ if self.zooms.is_some() => None,
            _ => Some(about(&seen)).filter(few),
        };
        self.large.replace(Some(Large {
            ground: ground.clone(),
            near,
        }));
        let drawn = self.drawn.borrow().clone();
        if same && near == known {
            return drawn;
        }
        Rc::new(match near {
            Some(near) => {
                let Now { speeds, time, .. } = &self.now;
                let mut cache = self.cache.borrow_mut();
                let world = (&**shot, shot.overview());
                scene::near(world, (speeds, *time), &ground, &near, &mut cache)
            }
            None => Scene {
                bounds: ground.bounds(),
                holds: (SimTime(i64::MIN), SimTime::MAX),
                ..empty()
            },
        })
    }

    /// Tells the canvas what there is and from where it is seen.
    pub(super) fn paint(&mut self, ctx: &Context<Self>) {
        let Some(Large { ground, near }) = self.large() else {
            (self.painter, self.told, self.is_loading) = (None, None, false);
            return;
        };
        let Some(painter) = &mut self.painter else {
            self.load(ctx);
            return;
        };
        let shot = &self.now.snapshot;
        // A turned phone has another ground for the same world.
        let is_told = |(told, on): &(Shot, Ground)| told == shot && on.is(&ground);
        if !self.told.as_ref().is_some_and(is_told) {
            painter.tell(shot, shot.overview(), &ground);
            self.told = Some((shot.clone(), ground.clone()));
        }
        let camera = self.camera.get();
        if near.is_none() && Detail::at(camera.scale).has_names() {
            let seen = ground.seen(shot, &camera.seen(self.size)).0;
            painter.tell_names(shot, &seen);
        }
        painter.see(&camera, self.size, near.is_some(), self.shade);
    }

    fn load(&mut self, ctx: &Context<Self>) {
        let Some(canvas) = self.canvas.cast::<web_sys::Element>() else {
            return;
        };
        if !std::mem::replace(&mut self.is_loading, true) {
            let link = ctx.link().clone();
            wasm_bindgen_futures::spawn_local(async move {
                // Without it there is still the tree; the next visit tries again.
                if let Ok(painter) = super::canvas::painter(canvas).await {
                    link.send_message(Message::Painter(painter));
                }
            });
        }
    }
}

/// Does the first hold all of the other?
fn holds(all: &Rect, part: &Rect) -> bool {
    all.x <= part.x
        && all.y <= part.y
        && all.x + all.width >= part.x + part.width
        && all.y + all.height >= part.y + part.height
}

/// What is seen, and a little more: it serves for some frames of a pan.
fn about(seen: &Rect) -> Rect {
    const MORE: f64 = 0.25;
    Rect {
        x: seen.x - MORE * seen.width,
        y: seen.y - MORE * seen.height,
        width: (1.0 + 2.0 * MORE) * seen.width,
        height: (1.0 + 2.0 * MORE) * seen.height,
    }
}

/// The host that a Node stands on.
fn host_of(shot: &Shot, node: &str) -> Option<Selection> {
    let machine = shot.machines.get(node)?;
    Some(Selection::Host(machine.host.clone()))
}

/// From the host to what is selected.
fn path(props: &StageProps) -> Vec<(Selection, String)> {
    let shot = &props.snapshot;
    let mut path = Vec::new();
    let mut next = props.selection.clone();
    while let Some(selection) = next {
        let (name, outer) = match &selection {
            Selection::Host(name) => (name.to_string(), None),
            Selection::Container { pod, name } => {
                (name.to_string(), Some(Selection::Object(pod.clone())))
            }
            Selection::Object(key) => {
                let outer = match &*key.kind {
                    "Node" => host_of(shot, &key.name),
                    "Pod" => {
                        let pod = shot.store.get(key).and_then(|object| object.pod());
                        let node = pod.map(|pod| &pod.spec.node_name);
                        let node = node.filter(|name| !name.is_empty());
                        node.map(|name| Selection::Object(ObjectKey::node(name)))
                    }
                    _ => None,
                };
                (super::cut_middle(&key.name, 24), outer)
            }
        };
        path.push((selection, name));
        next = outer;
    }
    path.reverse();
    path
}

/// `node-463, Ready · 12 Pods, 1 fails · CPU 61 %, memory 40 % requested`
fn in_words(shot: &Shot, what: &Selection) -> Option<String> {
    let overview = shot.overview();
    match what {
        Selection::Host(name) => {
            let zone = overview.zones().iter().find(|zone| zone.host == *name)?;
            let sums = &zone.sums;
            let not_ready = amiss(sums.not_ready, "not Ready");
            Some(format!(
                "{name} · {}{not_ready} · {}",
                counted(sums.nodes, "node"),
                pods_in_words(&|state| sums.pods.of(state), sums.pods.all())
            ))
        }
        Selection::Object(key) if &*key.kind == "Node" => {
            let load = overview.node(&key.name)?;
            let [cpu, memory, _] = NodeMark::of(load)
                .shares
                .map(|share| (share * 100.0).round());
            let cordoned = if load.cordoned { ", cordoned" } else { "" };
            Some(format!(
                "{}, {}{cordoned} · {} · CPU {cpu} %, memory {memory} % requested",
                key.name,
                load.condition.unwrap_or("Unknown"),
                pods_in_words(&|state| load.pods.of(state), load.pods.all())
            ))
        }
        Selection::Object(key) if &*key.kind == "Pod" => pod_in_words(shot, overview, key),
        Selection::Container { pod, name } => {
            Some(format!("{name} in {}", pod_in_words(shot, overview, pod)?))
        }
        Selection::Object(key) => Some(key.to_string()),
    }
}

fn pod_in_words(shot: &Shot, overview: &Overview, key: &ObjectKey) -> Option<String> {
    let pod = shot.store.get(key)?.pod()?;
    let (ready, all) = overview.ready(key);
    let status = podarium::scene::status_word(pod);
    Some(format!("{} · {status}, {ready}/{all} ready", key.path()))
}

fn pods_in_words(of: &dyn Fn(State) -> i64, all: i64) -> String {
    let states = [
        (State::Fail, "failing"),
        (State::Wait, "waiting"),
        (State::Run, "not ready"),
        (State::Term, "terminating"),
    ];
    let odd = states.map(|(state, word)| amiss(of(state), word));
    format!("{}{}", counted(all, "Pod"), odd.concat())
}

fn amiss(number: i64, word: &str) -> String {
    match number {
        0 => String::new(),
        _ => format!(", {number} {word}"),
    }
}

/// Nothing at all.
pub(super) fn empty() -> Scene {
    let rect = Rect::default();
    let tray = scene::Tray { rect, pods: 0 };
    Scene {
        bounds: rect,
        tray,
        hosts: Vec::new(),
        nodes: Vec::new(),
        pods: Vec::new(),
        services: None,
        records: Vec::new(),
        holds: (SimTime::MAX, SimTime::MAX),
    }
}
