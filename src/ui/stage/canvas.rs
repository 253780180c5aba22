//! A large cluster from afar: what `static/painter.js` is told, so that it draws it onto a canvas. Each Node is
//! told anew only when something of it has changed, all that changed in one call.

use std::rc::Rc;

use podarium::cluster::Snapshot;
use podarium::collections::Map;
use podarium::scene::{Ground, NodeLoad, NodeMark, Overview, PodMark, Rect, State, Zone};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use super::camera::Camera;
use super::large::Shade;
use crate::ui::numbers::counted;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = podarium, js_name = loadPainter, catch)]
    fn load_painter() -> Result<js_sys::Promise, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, canvas: &Element) -> Result<Painter, JsValue>;

    /// Draws onto one canvas.
    pub type Painter;
    #[wasm_bindgen(method)]
    // Owned: what is lent is only a view of the wasm's memory.
    fn ground(
        this: &Painter,
        rects: Vec<f32>,
        names: js_sys::Array,
        hosts: Vec<f32>,
        tray: Vec<f32>,
    );
    #[wasm_bindgen(method)]
    fn texts(this: &Painter, headings: &js_sys::Array, tray: &js_sys::Array);
    #[wasm_bindgen(method)]
    fn nodes(
        this: &Painter,
        numbers: Vec<u32>,
        shares: Vec<u8>,
        flags: Vec<u8>,
        ends: Vec<u32>,
        rects: Vec<f32>,
        looks: Vec<u8>,
        counts: Vec<u8>,
    );
    #[wasm_bindgen(method, js_name = podNames)]
    fn pod_names(this: &Painter, number: u32, names: &js_sys::Array);
    #[wasm_bindgen(method)]
    fn see(
        this: &Painter,
        x: f64,
        y: f64,
        scale: f64,
        width: f64,
        height: f64,
        near: bool,
        shade: u32,
    );
    #[wasm_bindgen(method, getter)]
    pub fn canvas(this: &Painter) -> Element;
    #[wasm_bindgen(method)]
    fn destroy(this: &Painter);
}

/// Loads the painter, and gives it the canvas.
pub async fn painter(canvas: Element) -> Result<Painter, JsValue> {
    let module: Module = JsFuture::from(load_painter()?).await?.unchecked_into();
    module.mount(&canvas)
}

/// What the painter was told.
pub struct Canvas {
    painter: Painter,
    ground: Option<Ground>,
    /// Nodes by name, as the ground has them, and what was told of each.
    told: Vec<(Rc<str>, Option<Rc<NodeLoad>>)>,
    /// Of which Nodes the names of Pods are known.
    named: Vec<bool>,
    /// Does the tray have to be told, since somebody stood in it last?
    waited: bool,
    headings: Vec<String>,
    /// What a Node comes to of which nothing is known.
    none: Rc<NodeLoad>,
}

/// So many Pods of the tray are drawn one by one; the words count them all.
const MOST_WAITING: usize = 1_000;

impl Canvas {
    /// Nothing is told yet.
    pub fn new(painter: Painter) -> Self {
        Canvas {
            painter,
            ground: None,
            told: Vec::new(),
            named: Vec::new(),
            waited: false,
            headings: Vec::new(),
            none: Rc::default(),
        }
    }

    /// Tells what is different in this world.
    pub fn tell(&mut self, snapshot: &Snapshot, overview: &Overview, ground: &Ground) {
        if !self.ground.as_ref().is_some_and(|told| told.is(ground)) {
            self.tell_ground(ground);
        }
        let (mut told, none) = (Told::default(), self.none.clone());
        let mut loads = overview.nodes().peekable();
        for (number, (name, known)) in self.told.iter_mut().enumerate() {
            while loads.next_if(|(other, _)| *other < name).is_some() {}
            let load = loads.next_if(|(other, _)| *other == name);
            let load = load.map(|(_, load)| load);
            // Of a machine whose kubelet hasn't reported yet there is nothing to tell.
            let load = load.unwrap_or(&none);
            if known.as_ref().is_some_and(|known| Rc::ptr_eq(known, load)) {
                continue;
            }
            *known = Some(load.clone());
            self.named[number] = false;
            let mark = NodeMark::of(load);
            told.node(number, &mark, ground.pods(snapshot, overview, name));
        }
        let waits = overview.unscheduled().all() > 0;
        if waits || self.waited {
            self.waited = waits;
            let none = NodeMark::default();
            let pods = ground.waiting(snapshot, overview, MOST_WAITING);
            told.node(self.told.len(), &none, pods);
        }
        if !told.numbers.is_empty() {
            let Told {
                numbers,
                shares,
                flags,
                ends,
                rects,
                looks,
                counts,
            } = told;
            self.painter
                .nodes(numbers, shares, flags, ends, rects, looks, counts);
        }
        self.tell_texts(overview, ground);
    }

    fn tell_ground(&mut self, ground: &Ground) {
        let four = |rect: &Rect| [rect.x, rect.y, rect.width, rect.height].map(|it| it as f32);
        let rects: Vec<f32> = ground.nodes().flat_map(|(_, rect)| four(rect)).collect();
        let hosts: Vec<f32> = ground.hosts().flat_map(|(_, rect)| four(rect)).collect();
        let names = ground.nodes().map(|(name, _)| JsValue::from_str(name));
        self.painter
            .ground(rects, names.collect(), hosts, four(&ground.tray()).to_vec());
        self.told = ground
            .nodes()
            .map(|(name, _)| (name.clone(), None))
            .collect();
        self.named = vec![false; self.told.len()];
        self.waited = true;
        self.headings.clear();
        self.ground = Some(ground.clone());
    }

    /// What a plate says: its name, and what stands on it, counted.
    fn tell_texts(&mut self, overview: &Overview, ground: &Ground) {
        let zones = overview.zones().iter();
        let zones: Map<&Rc<str>, &Zone> = zones.map(|zone| (&zone.host, zone)).collect();
        let mut texts = Vec::new();
        for (host, _) in ground.hosts() {
            let zone = zones.get(host);
            let (nodes, pods) = zone.map_or((0, 0), |zone| (zone.sums.nodes, zone.sums.pods.all()));
            texts.push(host.to_string());
            texts.push(format!(
                "{}, {}",
                counted(nodes, "node"),
                counted(pods, "Pod")
            ));
        }
        texts.push("Unscheduled".to_string());
        texts.push(match overview.unscheduled().all() {
            0 => "Every Pod has a node".to_string(),
            waiting => counted(waiting, "Pod"),
        });
        if texts == self.headings {
            return;
        }
        let strings = |texts: &[String]| texts.iter().map(|text| JsValue::from_str(text)).collect();
        let (hosts, tray) = texts.split_at(texts.len() - 2);
        self.painter.texts(&strings(hosts), &strings(tray));
        self.headings = texts;
    }

    /// It is looked at from here.
    pub fn see(&mut self, camera: &Camera, size: (f64, f64), near: bool, shade: Shade) {
        let Camera { x, y, scale, .. } = *camera;
        let (width, height) = size;
        self.painter
            .see(x, y, scale, width, height, near, shade as u32);
    }

    /// Tells the names of Pods on Nodes that are seen: only where names can be read.
    pub fn tell_names(&mut self, snapshot: &Snapshot, seen: &[(&Rc<str>, Rect)]) {
        for (name, _) in seen {
            let found = self.told.binary_search_by(|(other, _)| other.cmp(name));
            let Ok(number) = found else { continue };
            if std::mem::replace(&mut self.named[number], true) {
                continue;
            }
            let names = snapshot.places.on(name);
            let names = names.map(|key| JsValue::from_str(&key.name)).collect();
            self.painter.pod_names(number as u32, &names);
        }
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        self.painter.destroy();
    }
}

/// What is told of several Nodes, one after another.
#[derive(Default)]
struct Told {
    numbers: Vec<u32>,
    shares: Vec<u8>,
    flags: Vec<u8>,
    ends: Vec<u32>,
    rects: Vec<f32>,
    looks: Vec<u8>,
    counts: Vec<u8>,
}

impl Told {
    fn node<'a>(
        &mut self,
        number: usize,
        mark: &NodeMark,
        pods: impl Iterator<Item = PodMark<'a>>,
    ) {
        self.numbers.push(number as u32);
        let share = |share: f64| (share * 255.0) as u8;
        self.shares.extend(mark.shares.map(share));
        let flags = [mark.fails, mark.waits, mark.not_ready, mark.cordoned];
        let flags = flags.iter().enumerate();
        self.flags
            .push(flags.map(|(bit, is)| u8::from(*is) << bit).sum());
        for PodMark {
            rect,
            state,
            failed,
            ready,
            ..
        } in pods
        {
            let rect = [rect.x, rect.y, rect.width, rect.height];
            self.rects.extend(rect.map(|it| it as f32));
            // Behind the states comes what failed for good.
            let look = if failed {
                State::ALL.len()
            } else {
                state as usize
            };
            self.looks.push(look as u8);
            self.counts
                .extend([ready.0, ready.1].map(|it| it.min(99) as u8));
        }
        self.ends.push(self.looks.len() as u32);
    }
}
