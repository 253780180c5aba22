//! The Pod's anatomy, drawn.

use std::rc::Rc;

use podarium::api::Object;
use yew::prelude::*;

use super::PodProps;
use crate::ui::markup::html;

/// What is in the Pod, and what its containers share.
pub fn anatomy(_props: &PodProps, object: &Rc<Object>) -> Html {
    html! { <div class="pod-view"><h2 class="mono" tabindex="-1">{ object.key().to_string() }</h2></div> }
}
