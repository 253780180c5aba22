//! Above the stage: its views, and the buttons of the one that is shown.

use podarium::cluster::Input;
use podarium::machine::Host;
use podarium::scene::Selection;
use yew::prelude::*;

use super::camera::Camera;
use super::views::{VIEWS, View};
use super::{Message, Stage, StageProps};
use crate::ui::markup::html;
use crate::ui::pod;
use crate::ui::tabs::tabs;

impl Stage {
    /// The header.
    pub(super) fn tools(&self, ctx: &Context<Self>, camera: &Camera) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let add_host = {
            let name = free_host(props);
            props.on_machines.reform(move |_: MouseEvent| {
                Input::AddHost(Host {
                    name: name.as_str().into(),
                })
            })
        };
        let machines = &props.snapshot.machines;
        let removal = match &props.selection {
            Some(Selection::Host(name)) if machines.hosts.iter().any(|host| host.name == *name) => {
                Some(Input::RemoveHost { name: name.clone() })
            }
            Some(Selection::Object(key))
                if &*key.kind == "Node" && machines.get(&key.name).is_some() =>
            {
                Some(Input::RemoveMachine {
                    name: key.name.clone(),
                })
            }
            _ => None,
        };
        // It keeps the focus when it has done what it can.
        let cannot = removal.is_none().then_some("true");
        let remove = {
            let on_machines = props.on_machines.clone();
            Callback::from(move |_: MouseEvent| {
                if let Some(removal) = &removal {
                    on_machines.emit(removal.clone())
                }
            })
        };
        let zoom = format!("{:.0} %", camera.scale * 100.0);
        html! {
            <header>
                <h2 class="spoken">{ "Stage" }</h2>
                { tabs("View", &VIEWS, props.view as usize, &props.on_view.reform(|number: usize| View::ALL[number])) }
                <span class="spring" />
                if props.view == View::Pod {
                    { pod::choices(self.show, &link.callback(Message::Show)) }
                }
                if matches!(props.view, View::Machines | View::Scheduling) {
                    <button onclick={add_host}>{ "Add host" }</button>
                    <button onclick={link.callback(|_| Message::Adding(true))}>{ "Add node" }</button>
                    <button onclick={remove} aria-disabled={cannot}>{ "Remove" }</button>
                }
                if props.view == View::Machines {
                <button onclick={link.callback(|_| Message::Fit)}>{ "Fit" }</button>
                <button class="framed zoom" title="To 100 %" aria-label={format!("Zoom to 100 %, now {zoom}")}
                    onclick={link.callback(|_| Message::WholeSize)}>
                    { &*zoom }
                </button>
                }
            </header>
        }
    }
}

/// `host-3`, or the next that is free.
fn free_host(props: &StageProps) -> String {
    let hosts = &props.snapshot.machines.hosts;
    let names = (hosts.len() + 1..).map(|number| format!("host-{number}"));
    let mut free = names.filter(|name| hosts.iter().all(|host| *host.name != **name));
    free.next().unwrap_or_default()
}
