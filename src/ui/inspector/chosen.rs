//! The container that is looked into and laid hands on: the one that is selected, or one of a Pod's.

use std::rc::Rc;

use podarium::api::Object;
use podarium::api::pod::{Container, Pod};
use podarium::scene::Selection;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Same;
use crate::ui::markup::html;

/// A Pod's container, and those beside it.
#[derive(Clone, PartialEq)]
pub struct Chosen {
    /// The Pod at the moment that is shown.
    pub object: Same,
    /// All its containers, the main ones first.
    pub all: Vec<Rc<str>>,
    /// The one.
    pub name: Rc<str>,
}

impl Chosen {
    /// The container of what is selected; of a Pod the one that was picked, else the first, as kubectl takes it.
    pub fn of(
        object: Option<&Rc<Object>>,
        selection: &Selection,
        picked: Option<&Rc<str>>,
    ) -> Option<Self> {
        let object = object?;
        let spec = &object.pod()?.spec;
        let rest = spec
            .init_containers
            .iter()
            .chain(&spec.ephemeral_containers);
        let all = spec.containers.iter().chain(rest);
        let all: Vec<Rc<str>> = all.map(|one| one.name.clone()).collect();
        let wanted = match selection {
            Selection::Container { name, .. } => Some(name),
            _ => picked,
        };
        let wanted = wanted.filter(|wanted| all.contains(wanted));
        let name = wanted.or(all.first()).cloned()?;
        Some(Chosen {
            object: Same(object.clone()),
            all,
            name,
        })
    }

    /// The Pod.
    pub fn pod(&self) -> Option<&Pod> {
        self.object.0.pod().map(|pod| &**pod)
    }

    /// What tells the Pod from any other, of the same name too: what is kept of one is not of the next.
    pub fn uid(&self) -> Rc<str> {
        self.object.0.meta.uid.clone()
    }

    /// What is asked for of the container.
    pub fn spec(&self) -> Option<&Container> {
        let mut all = self.pod()?.every_container();
        all.find(|one| one.name == self.name)
    }

    /// Does a container run, as far as the Pod's status says?
    pub fn runs(&self, name: &str) -> bool {
        let statuses = self.pod().map(Pod::statuses).unwrap_or_default();
        let status = statuses.get(name);
        status.is_some_and(|status| status.state.running.is_some())
    }
}

/// A combobox: its name, what may be chosen, and what is.
pub fn combobox(
    name: &'static str,
    all: &[Rc<str>],
    chosen: &str,
    on_choose: &Callback<Rc<str>>,
) -> Html {
    let change = on_choose.reform(|event: Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        select.map_or_else(|| "".into(), |select| select.value().into())
    });
    html! {
        <label class="choice">
            <span>{ name }</span>
            <select aria-label={name} onchange={change}>
                { for all.iter().map(|one| html! {
                    <option key={&**one} value={one.to_string()} selected={&**one == chosen}>{ one.clone() }</option>
                }) }
            </select>
        </label>
    }
}
