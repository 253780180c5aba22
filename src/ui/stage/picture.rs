//! The picture: one SVG of the scene through the camera. Hidden from assistive technology, which has
//! the tree; it answers the pointer, and draws what is selected and what the tree's focus is on.

use podarium::api::ObjectKey;
use podarium::scene::{Rect, Scene, Selection};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::camera::{Camera, overlaps};
use super::machines::{Host, Node, Record, brackets, focus_ring, tray};
use super::pods::{Detail, pod};

/// Width of a node on the screen from which everything is drawn, and from which names are.
const FULL_FROM: f64 = 140.0;
const NAMES_FROM: f64 = 80.0;
const NODE_WIDTH: f64 = 200.0;

/// How much is drawn of things at this scale.
pub fn detail_at(scale: f64) -> Detail {
    match scale * NODE_WIDTH {
        width if width >= FULL_FROM => Detail::Full,
        width if width >= NAMES_FROM => Detail::Names,
        _ => Detail::Pip,
    }
}

/// Draws the scene; what isn't seen is left out.
pub fn picture(
    scene: &Scene,
    camera: &Camera,
    size: (f64, f64),
    selected: Option<&Selection>,
    focused: Option<&Selection>,
) -> Html {
    let seen = camera.seen(size);
    let detail = detail_at(camera.scale);
    let radius = |selection: &Selection| match selection {
        Selection::Object(key) if &*key.kind == "Pod" => 16.0,
        Selection::Object(_) => 8.0,
        _ => 4.0,
    };
    html! {
        <g transform={format!("scale({:.5}) translate({:.3} {:.3})", camera.scale, -camera.x, -camera.y)}>
            for host in &scene.hosts {
                <Host key={host.name.to_string()} host={host.clone()} />
            }
            for node in &scene.nodes {
                <Node key={node.name.to_string()} node={node.clone()} {detail} />
            }
            { tray(&scene.tray, scene.pods.len()) }
            for record in &scene.records {
                <Record key={record.key.to_string()} record={record.clone()} />
            }
            for glyph in scene.pods.iter().filter(|glyph| overlaps(&glyph.at, &seen)) {
                { pod(glyph, detail) }
            }
            if let Some(rect) = selected.and_then(|selected| place_of(scene, selected)) {
                { brackets(rect) }
            }
            if let Some((focused, rect)) = focused.and_then(|focused| Some((focused, place_of(scene, focused)?))) {
                { focus_ring(rect, radius(focused)) }
            }
        </g>
    }
}

/// Where a thing is at this moment.
pub fn place_of(scene: &Scene, selection: &Selection) -> Option<Rect> {
    let pod = |key: &ObjectKey| scene.pods.iter().find(|glyph| glyph.body.key == *key);
    match selection {
        Selection::Host(name) => scene
            .hosts
            .iter()
            .find(|host| host.name == *name)
            .map(|host| host.rect),
        Selection::Container { pod: key, name } => {
            let glyph = pod(key)?;
            let inside = glyph
                .body
                .containers
                .iter()
                .find(|container| container.name == *name)?
                .rect;
            Some(Rect {
                x: glyph.at.x + inside.x,
                y: glyph.at.y + inside.y,
                ..inside
            })
        }
        Selection::Object(key) if &*key.kind == "Pod" => pod(key).map(|glyph| glyph.at),
        Selection::Object(key) if &*key.kind == "Node" => scene
            .nodes
            .iter()
            .find(|node| node.name == key.name)
            .map(|node| node.rect),
        Selection::Object(key) => scene
            .records
            .iter()
            .find(|record| record.key == *key)
            .map(|record| record.rect),
    }
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
