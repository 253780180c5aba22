//! The picture: one SVG of the scene through the camera. Hidden from assistive technology, which has
//! the tree; it answers the pointer, and draws what is selected and what the tree's focus is on.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::scene::{Branch, Ground, PodBody, PodGlyph, Rect, Scene, Selection};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::ui::markup::{component, html, keyed};
use crate::ui::shot::Shot;

use super::camera::{Camera, overlaps};
use super::machines::{Host, HostProps, Node, NodeProps, brackets, has_room, reason, ring, tray};
use super::pods::{Detail, pod};
use super::records::{Record, RecordProps, services};

/// Is it seen where it stands, or where it comes from?
pub fn is_seen(glyph: &PodGlyph, seen: &Rect) -> bool {
    let course = &glyph.course;
    overlaps(&course.home, seen) || course.left.is_some_and(|(_, from)| overlaps(&from, seen))
}

/// What is drawn, and how it is looked at: drawn anew only when one of these is another.
#[derive(Clone, Properties)]
pub struct PictureProps {
    pub scene: Rc<Scene>,
    pub camera: Camera,
    /// The scale that text is made for: in a presentation, and while a large cluster is zoomed, it is another one.
    pub text_scale: f64,
    pub size: (f64, f64),
    pub selected: Option<Selection>,
    /// The tree's item that has the focus.
    pub focused: Option<Rc<Branch>>,
    /// What the line of the text makes that is pointed at.
    pub lit: Option<Selection>,
    /// Do ghosts stand where Pods were?
    pub ghosts: bool,
    /// Becomes the parent of the Pods.
    pub pods: NodeRef,
    /// Of a large cluster, of which little is in the scene, where everything stands.
    pub ground: Option<(Shot, Ground)>,
}

impl PartialEq for PictureProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scene, &other.scene)
            && (self.camera, self.size, self.ghosts) == (other.camera, other.size, other.ghosts)
            && self.text_scale == other.text_scale
            && self.selected == other.selected
            && self.focused == other.focused
            && self.lit == other.lit
            && match (&self.ground, &other.ground) {
                (Some((shot, ground)), Some((other, before))) => shot == other && ground.is(before),
                (ground, before) => ground.is_none() && before.is_none(),
            }
    }
}

/// Draws the scene; what isn't seen is left out.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let PictureProps { scene, camera, .. } = props;
    let group = props
        .focused
        .as_ref()
        .filter(|item| item.selection.is_none());
    let group = group.and_then(|item| place_of_item(scene, item));
    // Of a large cluster no more is in the scene than is drawn: while it is only moved, all stays as it is.
    let things = PictureProps {
        camera: match props.ground {
            Some(_) => Camera::at(props.text_scale),
            None => *camera,
        },
        ..props.clone()
    };
    html! {
        <g transform={format!("scale({:.5}) translate({:.3} {:.3})", camera.scale, -camera.x, -camera.y)}>
            { component::<Below>(things.clone()) }
            { marks(props, props.ground.is_some(), |selection| match &props.ground {
                // A Pod that is drawn has its own.
                Some((shot, ground)) if !is_of_pod(selection) || place_of(scene, selection).is_none() => ground.place_of(shot, selection),
                Some(_) => None,
                None => place_of(scene, selection).filter(|_| !is_of_pod(selection)),
            }) }
            { group.map(|rect| ring("focus-ring", rect, 8.0, 1.0)) }
            { component::<Pods>(things) }
        </g>
    }
}

/// The one Pod of the tray, where there is room for its reason beside it.
fn alone(scene: &Scene, detail: Detail) -> Option<&PodGlyph> {
    let alone = scene.pods.iter().find(|glyph| !glyph.body.bound);
    alone.filter(|glyph| scene.tray.pods == 1 && has_room(glyph, &scene.tray.rect, detail))
}

/// What Pods stand on, and what stands on no machine.
#[component]
fn Below(props: &PictureProps) -> Html {
    let PictureProps { scene, .. } = props;
    let detail = Detail::at(props.text_scale);
    html! {
        <>
            for host in &scene.hosts {
                { keyed::<Host>(&*host.name, HostProps { host: host.clone(), detail }) }
            }
            for node in &scene.nodes {
                { keyed::<Node>(&*node.name, NodeProps { node: node.clone(), detail }) }
            }
            if props.ground.is_none() {
                { tray(&scene.tray, scene.pods.len(), detail) }
            }
            { alone(scene, detail).map(|glyph| reason(glyph, &scene.tray.rect, detail)) }
            { scene.services.as_ref().map(|card| services(card, &scene.records, detail)) }
            for record in &scene.records {
                { keyed::<Record>(record.key.to_string(), RecordProps { record: record.clone(), detail }) }
            }
        </>
    }
}

#[component]
fn Pods(props: &PictureProps) -> Html {
    let PictureProps { scene, camera, .. } = props;
    let seen = camera.seen(props.size);
    let is_seen = |glyph: &&PodGlyph| props.ground.is_some() || is_seen(glyph, &seen);
    let alone = alone(scene, Detail::at(props.text_scale));
    html! {
        <g ref={props.pods.clone()}>
            for glyph in scene.pods.iter().filter(is_seen) {
                { pod(glyph, props.text_scale, props.ghosts, alone.is_some_and(|alone| std::ptr::eq(alone, glyph)), marks(props, false, |selection| inside(&glyph.body, selection))) }
            }
        </g>
    }
}

/// Brackets, ring and light about what is found at its place.
fn marks(props: &PictureProps, far: bool, place: impl Fn(&Selection) -> Option<Rect>) -> Html {
    let radius = |selection: &Selection| match selection {
        Selection::Object(key) if &*key.kind == "Pod" => 16.0,
        Selection::Object(_) => 8.0,
        _ => 4.0,
    };
    let focus = props
        .focused
        .as_ref()
        .and_then(|item| item.selection.clone());
    let focused = props.selected == focus;
    // From afar marks are as large as from near: what they are about may be smaller than they.
    let unit = match far {
        true => (1.0 / props.camera.scale).max(1.0),
        false => 1.0,
    };
    let selected = props.selected.as_ref();
    let selected =
        selected.and_then(|what| Some(brackets(place(what)?, focused, radius(what), unit)));
    let around = |what: &Option<Selection>, class| {
        let what = what.as_ref()?;
        Some(ring(class, place(what)?, radius(what), unit))
    };
    let (lit, focused) = (around(&props.lit, "lit"), around(&focus, "focus-ring"));
    match (&selected, &lit, &focused) {
        (None, None, None) => Html::default(),
        _ => html! { <>{ lit }{ selected }{ focused }</> },
    }
}

fn is_of_pod(selection: &Selection) -> bool {
    match selection {
        Selection::Container { .. } => true,
        Selection::Object(key) => &*key.kind == "Pod",
        Selection::Host(_) => false,
    }
}

/// Where a thing is in this Pod: the whole of it, or a container.
fn inside(body: &PodBody, selection: &Selection) -> Option<Rect> {
    match selection {
        Selection::Object(key) if *key == body.key => Some(Rect {
            width: body.width,
            height: body.height,
            ..Rect::default()
        }),
        Selection::Container { pod, name } if *pod == body.key => {
            let mut containers = body.containers.iter();
            let found = containers.find(|container| container.name == *name);
            found.map(|container| container.rect)
        }
        _ => None,
    }
}

/// Where a thing stands.
pub fn place_of(scene: &Scene, selection: &Selection) -> Option<Rect> {
    match selection {
        Selection::Host(name) => scene
            .hosts
            .iter()
            .find(|host| host.name == *name)
            .map(|host| host.rect),
        Selection::Object(key) if &*key.kind == "Node" => scene
            .nodes
            .iter()
            .find(|node| node.name == key.name)
            .map(|node| node.rect),
        _ if is_of_pod(selection) => scene.pods.iter().find_map(|glyph| {
            let (rect, home) = (inside(&glyph.body, selection)?, glyph.course.home);
            let scale = home.width / glyph.body.width;
            Some(Rect {
                x: home.x + rect.x * scale,
                y: home.y + rect.y * scale,
                width: rect.width * scale,
                height: rect.height * scale,
            })
        }),
        Selection::Object(key) => scene
            .records
            .iter()
            .find(|record| record.key == *key)
            .map(|record| record.rect),
        Selection::Container { .. } => None,
    }
}

/// Where an item of the tree is shown: a heading's is the tray, or about all records, or those of its kind.
pub fn place_of_item(scene: &Scene, item: &Branch) -> Option<Rect> {
    if let Some(selection) = &item.selection {
        return place_of(scene, selection);
    }
    if &*item.id == "Unscheduled" {
        return Some(scene.tray.rect);
    }
    let records = scene.records.iter();
    let records = records.filter(|one| &*item.id == "Objects" || one.key.bare_kind() == &*item.id);
    records.map(|record| record.rect).reduce(|all, one| {
        let (x, y) = (all.x.min(one.x), all.y.min(one.y));
        Rect {
            x,
            y,
            width: (all.x + all.width).max(one.x + one.width) - x,
            height: (all.y + all.height).max(one.y + one.height) - y,
        }
    })
}

/// What the pointer is on.
pub fn under(scene: &Scene, target: Option<web_sys::EventTarget>) -> Option<Selection> {
    let element: web_sys::Element = target?.dyn_into().ok()?;
    let named = |name: &str| {
        let near = element.closest(&format!("[data-{name}]")).ok().flatten()?;
        near.get_attribute(&format!("data-{name}"))
    };
    if let Some(path) = named("pod") {
        let (namespace, name) = path.split_once('/')?;
        let pod = ObjectKey::pod(namespace, name);
        return Some(match named("container") {
            Some(name) => Selection::Container {
                pod,
                name: name.as_str().into(),
            },
            None => Selection::Object(pod),
        });
    }
    if let Some(record) = named("record") {
        let found = scene
            .records
            .iter()
            .find(|one| one.key.to_string() == record)?;
        return Some(Selection::Object(found.key.clone()));
    }
    named("node")
        .map(|name| Selection::Object(ObjectKey::node(&name)))
        .or_else(|| named("host").map(|name| Selection::Host(name.as_str().into())))
}
