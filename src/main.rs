//! Starts the playground.
use yew::prelude::*;
#[component]
fn App() -> Html {
    let n = use_state(|| 0);
    let m = n.clone();
    html! { <button onclick={move |_| m.set(*m+1)}>{ format!("clicked {}", *n) }</button> }
}
fn main() {
    yew::Renderer::<App>::with_root(
        web_sys::window()
            .and_then(|w| w.document())
            .and_then(|d| d.get_element_by_id("app"))
            .expect("index.html has #app"),
    )
    .render();
}
