//! Which nodes the tables show: not more than a person can compare, and any of them can be found.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::markup::html;

/// No table has more columns.
const MOST: usize = 12;

/// What a person asked to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    /// Only nodes whose name has this in it.
    part: Rc<str>,
    /// How many of those come before.
    from: usize,
}

/// All nodes of an attempt, and those of them that are to be seen.
pub struct Columns<'a> {
    /// Names of all, sorted.
    pub nodes: &'a [Rc<str>],
    /// What a person asked to see.
    pub range: &'a UseStateHandle<Range>,
}

impl Columns<'_> {
    /// Is this node among those that were asked for?
    pub fn holds(&self, node: &str) -> bool {
        !self.are_many() || node.contains(self.range.part.trim())
    }

    /// The nodes of the table "Filters".
    pub fn shown(&self) -> Vec<Rc<str>> {
        let asked = self.nodes.iter().filter(|node| self.holds(node));
        asked.skip(self.from()).take(MOST).cloned().collect()
    }

    /// Where there are more than fit: a box to find some, and buttons to leaf through them.
    pub fn tools(&self) -> Html {
        if !self.are_many() {
            return Html::default();
        }
        let (from, count) = (self.from(), self.count());
        let to = (from + MOST).min(count);
        let words = match count {
            0 => format!("None of {} nodes has that in its name.", self.nodes.len()),
            _ => format!("Nodes {} to {to} of {count}", from + 1),
        };
        let leaf = |from: Option<usize>, name: &str| {
            let range = self.range.clone();
            let go = Callback::from(move |_: MouseEvent| {
                if let Some(from) = from {
                    let part = range.part.clone();
                    range.set(Range { part, from });
                }
            });
            html! { <button class="framed" aria-disabled={from.is_none().then_some("true")} onclick={go}>{ name.to_owned() }</button> }
        };
        html! {
            <div class="columns">
                <label>{ "Find a node " }<input class="text-input" type="text" value={self.range.part.to_string()} oninput={self.find()} /></label>
                { leaf(from.checked_sub(MOST), "Previous nodes") }
                { leaf((to < count).then_some(to), "Next nodes") }
                <span class="quiet">{ words }</span>
            </div>
        }
    }

    fn are_many(&self) -> bool {
        self.nodes.len() > MOST
    }

    fn count(&self) -> usize {
        self.nodes.iter().filter(|node| self.holds(node)).count()
    }

    /// Another attempt may have had fewer nodes.
    fn from(&self) -> usize {
        let last = self.count().saturating_sub(1);
        self.range.from.min(last / MOST * MOST)
    }

    fn find(&self) -> Callback<InputEvent> {
        let range = self.range.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
            let part = input.map_or(String::new(), |input| input.value());
            range.set(Range {
                part: part.into(),
                from: 0,
            });
        })
    }
}
