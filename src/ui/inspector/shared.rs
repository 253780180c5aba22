//! Beside the Pod view: what there is once for the whole Pod, what where it is mounted, and what once for
//! each container.

use podarium::api::Object;
use podarium::scene::{self, Anatomy, Open, Speeds};
use yew::prelude::*;

use super::InspectorProps;
use super::parts::part;
use crate::ui::editor::count;
use crate::ui::markup::html;

/// The three parts, of a Pod.
pub fn shared(props: &InspectorProps, object: &Object) -> Html {
    let (shot, speeds) = (&props.shot, Speeds::default());
    let Some(anatomy) = scene::anatomy(shot, &object.key(), shot.time, &[], &speeds) else {
        return Html::default();
    };
    let others = match anatomy.cards.len() {
        0 | 1 => "its own".into(),
        2 => "the same for both containers".into(),
        all => format!("the same for all {all} containers"),
    };
    let processes = match anatomy.shares_processes {
        true => "each sees all others, as shareProcessNamespace is true",
        false => "each sees only its own, as shareProcessNamespace is not set",
    };
    let mut whole = vec![
        ("IP and ports", address(&anatomy)),
        ("localhost", others),
        ("Hostname", format!("{} (UTS namespace)", anatomy.hostname)),
        ("IPC", "shared memory, semaphores".into()),
    ];
    let mut each = vec![("Root filesystem", "from its own image".into())];
    let list = if anatomy.shares_processes {
        &mut whole
    } else {
        &mut each
    };
    list.push(("Processes", processes.into()));
    whole.push(("Node and fate", "placed and deleted together".into()));
    each.push(("CPU and memory limits", "its own cgroup".into()));
    each.push(("Restarts", "counted one by one".into()));
    each.push(("Logs and environment", String::new()));
    html! {
        <>
            { part("One for the whole Pod", rows(false, whole)) }
            if !anatomy.volumes.is_empty() {
                { part("Where mounted", rows(false, vec![("Volumes", mounted(&anatomy))])) }
            }
            { part("One for each container", rows(true, each)) }
        </>
    }
}

fn address(anatomy: &Anatomy) -> String {
    let open = |open: &Open| matches!(open, Open::Listens { .. });
    let open = anatomy.ports.iter().filter(|port| open(&port.open)).count();
    match &*anatomy.body.ip {
        "" => "none yet".into(),
        ip => format!("{ip}, {open} listening"),
    }
}

/// `logs in 2 containers, config in 1 container`
fn mounted(anatomy: &Anatomy) -> String {
    let all = anatomy.volumes.iter();
    let all = all.map(|drum| format!("{} in {}", drum.name, count(drum.mounts.len(), "container")));
    all.collect::<Vec<_>>().join(", ")
}

fn rows(each: bool, rows: Vec<(&'static str, String)>) -> Html {
    html! {
        <ul class="shared">
            { for rows.into_iter().map(|(name, said)| html! {
                <li key={name}>
                    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                        if each {
                            <path d="M1.5 3h4.5v8H1.5zM8 3h4.5v8H8z" />
                        } else {
                            <path d="M4.5 3.5h5a3.5 3.5 0 0 1 0 7h-5a3.5 3.5 0 0 1 0-7z" />
                        }
                    </svg>
                    <span><strong>{ name }</strong>{ " " }{ said }</span>
                </li>
            }) }
        </ul>
    }
}
