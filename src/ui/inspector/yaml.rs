//! The object as `kubectl get -o yaml` prints it.

use std::rc::Rc;

use podarium::api::Object;
use yew::prelude::*;

/// Whose YAML.
#[derive(Clone, PartialEq, Properties)]
pub struct YamlProps {
    /// The version that is shown.
    pub object: Rc<Object>,
}

/// The tab "YAML".
#[component]
pub fn Yaml(YamlProps { object }: &YamlProps) -> Html {
    let text = use_memo(object.clone(), |object| {
        let json = object.value.to_json();
        serde_yaml::to_string(&json).unwrap_or_else(|why| format!("# can't be printed: {why}"))
    });
    html! { <pre class="yaml" tabindex="0" aria-label="YAML">{ &*text }</pre> }
}
