//! How nodes that passed were scored: raw, normalised, weighted, and in all.

use std::rc::Rc;

use podarium::cluster::scheduler::decision::{Decision, PluginScores};
use podarium::scene::State;
use yew::prelude::*;

use super::columns::Columns;
use crate::ui::inspector::icon;
use crate::ui::markup::html;

/// No table has more columns: the best of all that were scored and asked for.
const MOST_NODES: usize = 8;

/// What a plugin likes, in words of ours.
fn liking(plugin: &str) -> &'static str {
    match plugin {
        "TaintToleration" => "Fewer PreferNoSchedule taints",
        "NodeAffinity" => "More of the labels preferred",
        "NodeResourcesFit" => "More left free (LeastAllocated)",
        "NodeResourcesBalancedAllocation" => "CPU and memory stay in step",
        "ImageLocality" => "Images that are there already",
        "PodTopologySpread" => "Fewer Pods like it near",
        "InterPodAffinity" => "Neighbours that are preferred",
        "VolumeBinding" => "Volumes that fit closely",
        _ => "",
    }
}

/// The table "Scores"; none where nothing was scored.
pub fn scores(decision: &Decision, columns: &Columns, chosen: Option<&Rc<str>>) -> Html {
    if decision.totals.is_empty() {
        return Html::default();
    }
    let asked = |index: &usize| columns.holds(&decision.feasible[*index]);
    let mut order: Vec<usize> = (0..decision.feasible.len()).filter(asked).collect();
    podarium::order::sort_by_key(&mut order, |index| {
        (-decision.totals[*index], decision.feasible[*index].clone())
    });
    order.truncate(MOST_NODES);
    html! {
        <>
            <h3>{ "Scores" }<span class="quiet">{ " raw → normalised 0 to 100, then × weight" }</span></h3>
            <div class="wide-table" tabindex="0" role="region" aria-label="Scores, node by node">
                <table aria-label="Scores">
                    <thead><tr>
                        <td>{ "Plugin" }</td>
                        { for order.iter().map(|index| {
                            let node = &decision.feasible[*index];
                            html! {
                                <th key={&**node} scope="col"><span class="mono">{ &**node }</span>
                                    if chosen == Some(node) { <span class="chip s-ready">{ icon(State::Ready, "ready") }{ "chosen" }</span> }
                                </th>
                            }
                        }) }
                    </tr></thead>
                    <tbody>
                        { for decision.scores.iter().map(|scores| row(scores, &order)) }
                        <tr key="total" class="total">
                            <th scope="row">{ "Total" }</th>
                            { for order.iter().map(|index| html! { <td key={*index} class="mono">{ decision.totals[*index].to_string() }</td> }) }
                        </tr>
                    </tbody>
                </table>
            </div>
            if !decision.skipped_scores.is_empty() {
                <p class="quiet">{ format!("Skipped, nothing in this Pod asks for them: {}.", decision.skipped_scores.join(", ")) }</p>
            }
        </>
    }
}

fn row(scores: &PluginScores, order: &[usize]) -> Html {
    let most = scores.weight * 100;
    html! {
        <tr key={scores.plugin}>
            <th scope="row">
                <span class="mono">{ scores.plugin }{ format!(" ×{}", scores.weight) }</span>
                <span class="quiet">{ liking(scores.plugin) }</span>
            </th>
            { for order.iter().map(|index| {
                let scored = scores.at(*index);
                html! {
                    <td key={*index} class="mono score">
                        <span class="spoken">{ format!("{}, {}, {}", scored.raw, scored.normalized, scored.weighted) }</span>
                        <span aria-hidden="true">{ format!("{} → {}", scored.raw, scored.normalized) }</span>
                        <meter aria-hidden="true" max={most.to_string()} value={scored.weighted.to_string()} />
                        <b aria-hidden="true">{ scored.weighted.to_string() }</b>
                    </td>
                }
            }) }
        </tr>
    }
}
