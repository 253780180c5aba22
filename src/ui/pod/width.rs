//! How wide a part of the page is: what is drawn in pixels follows it.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// The width of an element that stays as long as the component, in CSS pixels; before it is known, that of
/// a stage on a common screen.
#[hook]
pub fn use_width(node: &NodeRef) -> f64 {
    let width = use_state_eq(|| 900.0);
    let (set, node) = (width.setter(), node.clone());
    use_effect_with((), move |()| {
        let watch = node.cast::<Element>().and_then(|element| {
            let seen = element.clone();
            let sizes = move || set.set(f64::from(seen.client_width()));
            let sizes = Closure::<dyn FnMut()>::new(sizes);
            let observer = ResizeObserver::new(sizes.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, sizes))
        });
        move || {
            if let Some((observer, _)) = &watch {
                observer.disconnect();
            }
        }
    });
    *width
}
