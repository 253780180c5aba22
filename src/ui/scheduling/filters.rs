//! Each filter's word on each node, and the reasons with the lines of the manifest behind them.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::scheduler::InsufficientResource;
use podarium::cluster::scheduler::decision::{Decision, Rejection, Verdict};
use podarium::cluster::scheduler::fields;
use podarium::cluster::scheduler::resource::written;
use podarium::scene::State;
use yew::prelude::*;

use super::SchedulingProps;
use crate::ui::inspector::icon;
use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::written::Written;

/// What a filter asks, in words of ours.
fn question(plugin: &str) -> &'static str {
    match plugin {
        "NodeUnschedulable" => "Is the node cordoned?",
        "NodeName" => "Does the Pod name another node?",
        "TaintToleration" => "Does it tolerate the taints?",
        "NodeAffinity" => "Has the node the labels asked for?",
        "NodePorts" => "Are the node's ports free?",
        "NodeResourcesFit" => "Is there room for all of it?",
        "VolumeRestrictions" => "May its volumes be used there?",
        "NodeVolumeLimits" => "Can more volumes be attached?",
        "VolumeBinding" => "Can its claims be bound there?",
        "VolumeZone" => "Are its volumes in that zone?",
        "PodTopologySpread" => "Would Pods like it be spread evenly?",
        "InterPodAffinity" => "Do the neighbours suit?",
        _ => "",
    }
}

/// Every reason with how many nodes gave it, and where it comes from in the manifest.
pub fn reasons(
    props: &SchedulingProps,
    pod: &ObjectKey,
    decision: &Decision,
    written: Option<&Written>,
) -> Html {
    let counted = decision.reasons();
    if counted.is_empty() {
        return Html::default();
    }
    let pod = props.shot.store.get(pod);
    html! {
        <ul class="reasons" aria-label="Reasons">
            { for counted.into_iter().map(|(plugin, reason, count)| {
                let behind = pod.map_or(Vec::new(), |pod| fields::behind(plugin, reason, &pod.value));
                let mut lines: Vec<usize> = written.map_or(Vec::new(), |written| {
                    behind.iter().map(|path| written.line(path)).collect()
                });
                lines.dedup();
                html! {
                    <li key={format!("{plugin}{reason}")}>
                        { icon(State::Fail, "fail") }
                        <span class="mono">{ format!("{count} {reason}") }</span>
                        <span class="quiet">{ plugin }</span>
                        { for lines.into_iter().map(|line| {
                            let text = written.map(|written| written.text.clone()).unwrap_or_default();
                            let go = props.on_line.reform(move |_| (text.clone(), line));
                            html! { <button key={line} class="link" onclick={go}>{ format!("Line {line}") }</button> }
                        }) }
                    </li>
                }
            }) }
        </ul>
    }
}

/// What a cell says.
enum Cell<'a> {
    Pass,
    Fail(&'a Rejection),
    NotAsked,
    Skipped,
}

/// The table "Filters".
pub fn filters(shot: &Shot, number: usize, decision: &Decision, shown: Vec<Rc<str>>) -> Html {
    if shown.is_empty() {
        return Html::default();
    }
    let rows = rows(decision);
    html! {
        <div class="wide-table" tabindex="0" role="region" aria-label="Filters, node by node">
            <table aria-label="Filters">
                <thead><tr>
                    <td>{ "Filter" }</td>
                    { for shown.iter().map(|node| html! {
                        <th key={&**node} scope="col">
                            <span class="mono">{ &**node }</span><span class="quiet">{ size(shot, node) }</span>
                        </th>
                    }) }
                </tr></thead>
                <tbody>
                    { for rows.into_iter().map(|plugin| html! {
                        <tr key={plugin}>
                            <th scope="row"><span class="mono">{ plugin }</span><span class="quiet">{ question(plugin) }</span></th>
                            { for shown.iter().map(|node| cell(node, cell_of(decision, plugin, node), || bars(shot, number, plugin, node))) }
                        </tr>
                    }) }
                    { skipped(decision, &shown) }
                </tbody>
            </table>
        </div>
    }
}

/// The filters that had something to say.
fn rows(decision: &Decision) -> Vec<&'static str> {
    let mut rows = decision.filters.clone();
    if let Some(said) = &decision.pre_filter {
        rows.push(said.plugin);
    }
    rows
}

/// Whoever narrows nodes down speaks for its filter.
fn row_of(said: &Rejection) -> &'static str {
    match said.plugin {
        "PreFilterResult" => "NodeAffinity",
        plugin => plugin,
    }
}

fn cell_of<'a>(decision: &'a Decision, plugin: &str, node: &str) -> Cell<'a> {
    let place = |plugin: &str| decision.filters.iter().position(|one| *one == plugin);
    match decision.verdict(node) {
        Verdict::Filtered(said) if row_of(said) == plugin => Cell::Fail(said),
        Verdict::Filtered(said) if place(row_of(said)) > place(plugin) => Cell::Pass,
        Verdict::Filtered(_) | Verdict::NotTried => Cell::NotAsked,
        Verdict::Only | Verdict::Scored { .. } => Cell::Pass,
    }
}

fn cell(node: &Rc<str>, cell: Cell, more: impl Fn() -> Html) -> Html {
    let content = match cell {
        Cell::Pass => html! { <span class="pass">{ icon(State::Ready, "ready") }{ "pass" }</span> },
        Cell::Fail(said) => html! {
            <span class="fail">{ icon(State::Fail, "fail") }<span>{ "fail " }<span class="mono">{ said.status.message() }</span>{ more() }</span></span>
        },
        Cell::NotAsked => html! { <span class="not-asked">{ "not asked" }</span> },
        Cell::Skipped => html! { <span class="quiet">{ "skipped" }</span> },
    };
    html! { <td key={&**node}>{ content }</td> }
}

/// What is missing of each resource, in numbers and as a bar: used, asked for, and where the node ends.
fn bars(shot: &Shot, number: usize, plugin: &str, node: &str) -> Html {
    if plugin != "NodeResourcesFit" {
        return Html::default();
    }
    let lacking = shot.attempts.lacking(number, node);
    html! {
        for lack in lacking.iter() {
            <span class="lack">
                { bar(lack) }
                <span class="spoken">{ ", " }</span>
                { numbers(lack) }
            </span>
        }
    }
}

fn numbers(lack: &InsufficientResource) -> String {
    let over = sum(lack).saturating_sub(lack.capacity);
    let [asks, used, of, over] =
        [lack.requested, lack.used, lack.capacity, over].map(|amount| written(&lack.name, amount));
    format!("asks {asks}, used {used} of {of}: over by {over}")
}

fn sum(lack: &InsufficientResource) -> i64 {
    lack.used.saturating_add(lack.requested)
}

fn bar(lack: &InsufficientResource) -> Html {
    const LENGTH: f64 = 132.0;
    let all = sum(lack).max(lack.capacity).max(1) as f64;
    let part = |amount: i64| format!("{:.1}", amount as f64 / all * LENGTH);
    html! {
        <svg width="140" height="16" aria-hidden="true">
            <rect class="used" y="3" height="10" width={part(lack.used)} />
            <rect class="over" y="3" height="10" x={part(lack.used)} width={part(lack.requested)} />
            <path class="end" d={format!("M{} 0v16", part(lack.capacity))} />
        </svg>
    }
}

/// All plugins to which the Pod gives nothing to do, in one row.
fn skipped(decision: &Decision, nodes: &[Rc<str>]) -> Html {
    let skipped = &decision.skipped_filters;
    if skipped.is_empty() {
        return Html::default();
    }
    html! {
        <tr key="skipped" class="skipped">
            <th scope="row">{ format!("{} more filters", skipped.len()) }</th>
            { for nodes.iter().map(|node| cell(node, Cell::Skipped, Html::default)) }
        </tr>
    }
}

/// `2 CPU`, or what is special about the node.
fn size(shot: &Shot, node: &Rc<str>) -> String {
    let Some(node) = shot
        .store
        .get(&ObjectKey::node(node))
        .and_then(|node| node.node())
    else {
        return "gone".into();
    };
    let cpu = node
        .status
        .allocatable
        .get("cpu")
        .map_or(0, |cpu| cpu.milli_value());
    let taints = match node.spec.taints.len() {
        0 => String::new(),
        1 => ", 1 taint".into(),
        many => format!(", {many} taints"),
    };
    format!("{} CPU{taints}", cpu as f64 / 1000.0)
}

/// Which plugins those are.
pub fn skipped_names(decision: &Decision) -> Html {
    let skipped = &decision.skipped_filters;
    if skipped.is_empty() {
        return Html::default();
    }
    html! { <p class="quiet">{ format!("Skipped, nothing in this Pod asks for them: {}.", skipped.join(", ")) }</p> }
}
