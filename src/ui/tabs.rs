//! A tablist. Arrows move the focus and select, as tabs do.

use web_sys::Element;
use yew::prelude::*;

use super::dom;
use super::markup::html;

/// Tabs of these names under a label; `chosen` is the index of one, and `on_choose` is told another.
pub fn tabs(
    label: &'static str,
    names: &[&'static str],
    chosen: usize,
    on_choose: &Callback<usize>,
) -> Html {
    let count = names.len();
    let pressed = {
        let on_choose = on_choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            let next = match &*event.key() {
                "ArrowRight" => (chosen + 1) % count,
                "ArrowLeft" => (chosen + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(next);
            let here = event.target_dyn_into::<Element>();
            let list = here.and_then(|here| here.closest("[role=tablist]").ok().flatten());
            dom::focus(list.and_then(|list| list.children().item(next as u32)));
        })
    };
    html! {
        <div class="tabs" role="tablist" aria-label={label} onkeydown={pressed}>
            { for names.iter().enumerate().map(|(number, name)| html! {
                <button key={*name} role="tab" aria-selected={(number == chosen).to_string()}
                    tabindex={if number == chosen { "0" } else { "-1" }} onclick={on_choose.reform(move |_| number)}>
                    { *name }
                </button>
            }) }
        </div>
    }
}
