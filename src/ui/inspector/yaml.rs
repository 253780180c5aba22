//! The object as `kubectl get -o yaml` prints it.

use podarium::api::Object;
use yew::prelude::*;

use crate::ui::markup::html;

/// The tab "YAML".
pub fn yaml(object: &Object) -> Html {
    let json = object.value.to_json();
    let text =
        serde_yaml::to_string(&json).unwrap_or_else(|why| format!("# can't be printed: {why}"));
    html! { <pre class="yaml" tabindex="0" aria-label="YAML">{ text }</pre> }
}
