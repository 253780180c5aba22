//! "What would make it fit?": a search that goes on in slices, and what it found so far.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::api::path::Step;
use podarium::api::{ObjectKey, Value};
use podarium::cluster::Input;
use podarium::cluster::scheduler::counterfactual::{
    Edit, NodeEdit, Offer, PodEdit, Search, machine_like,
};
use podarium::cluster::scheduler::decision::Decision;
use podarium::fields;
use podarium::scene::State;
use yew::prelude::*;

use crate::ui::inspector::icon;
use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::wall::Slice;
use crate::ui::written::Written;

/// A slice of the search may take so long.
const SLICE_MS: f64 = 8.0;
/// So many of one kind are offered: the first are the smallest.
const MOST_OF_A_KIND: usize = 3;

/// What the list is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct OffersProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The attempt that failed.
    pub number: usize,
    /// The Pod that waits.
    pub pod: ObjectKey,
    /// The manifest that made it.
    pub written: Rc<Option<Written>>,
    /// A text is to be shown in the editor, at a line.
    pub on_line: Callback<(Rc<str>, usize)>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// What the scheduler would decide as things are.
    pub on_now: Callback<Rc<Decision>>,
}

/// The list.
pub struct Offers {
    search: Option<Search>,
    found: Vec<Rc<Offer>>,
    /// The deed that is shown before it is done.
    shown: Option<usize>,
    next: RefCell<Option<Timeout>>,
}

/// What happens to the list.
pub enum Message {
    /// The search goes on.
    GoOn,
    /// An offer is to be shown where it is made.
    Show(usize),
    /// It is to be done.
    Do(usize),
}

impl Component for Offers {
    type Message = Message;
    type Properties = OffersProps;

    fn create(ctx: &Context<Self>) -> Self {
        let offers = Offers::of(ctx.props());
        offers.arm(ctx);
        offers
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &OffersProps) -> bool {
        let props = ctx.props();
        if (props.number, &props.pod) != (old.number, &old.pod) {
            *self = Offers::of(props);
            self.arm(ctx);
            return true;
        }
        props.written != old.written
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::GoOn => {
                let is_known = |search: &Option<Search>| {
                    search.as_ref().is_some_and(|search| search.now().is_some())
                };
                let was_known = is_known(&self.search);
                self.go_on();
                let now = self.search.as_ref().and_then(Search::now);
                if let (false, Some(now)) = (was_known, now) {
                    ctx.props().on_now.emit(now.clone());
                }
                self.arm(ctx);
            }
            Message::Show(number) => self.show(ctx.props(), number),
            Message::Do(number) => {
                if let Some(deed) = self
                    .found
                    .get(number)
                    .and_then(|offer| deed(ctx.props(), &offer.edit))
                {
                    ctx.props().on_input.emit(deed);
                }
                self.shown = None;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let already = self.search.as_ref().map_or(&[][..], Search::fits_already);
        let state = match self.search.as_ref().map(Search::progress) {
            Some(None) => "Counting what there is …".into(),
            Some(Some((tried, all))) if tried < all => format!("{tried} of {all} changes tried …"),
            _ if !already.is_empty() => format!("It fits {} as it is by now: its next attempt finds that.", already[0]),
            _ if ctx.props().shot.store.list("Node").next().is_none() => "There is no node: add one, and it is tried there.".into(),
            _ if self.found.is_empty() => "No single change would: it takes two, or one of a volume or claim.".into(),
            _ => "Smallest changes first. Each was found by running the filters again on a changed copy of the cluster.".into(),
        };
        html! {
            <section class="offers">
                <h3 id="offers">{ "What would make it fit?" }</h3>
                <p class="quiet">{ state }</p>
                <ol aria-labelledby="offers">
                    { for self.found.iter().enumerate().map(|(number, offer)| self.row(ctx, number, offer)) }
                </ol>
            </section>
        }
    }
}

impl Offers {
    fn of(props: &OffersProps) -> Self {
        Offers {
            search: Search::new(&props.shot.store, &props.pod),
            found: Vec::new(),
            shown: None,
            next: RefCell::default(),
        }
    }

    fn arm(&self, ctx: &Context<Self>) {
        let goes_on = self
            .search
            .as_ref()
            .is_some_and(|search| search.progress().is_none_or(|(tried, all)| tried < all));
        let link = ctx.link().clone();
        let timer = goes_on.then(|| Timeout::new(0, move || link.send_message(Message::GoOn)));
        *self.next.borrow_mut() = timer;
    }

    fn go_on(&mut self) {
        let slice = Slice::of(SLICE_MS);
        while let Some(search) = &mut self.search
            && let Some(tried) = search.step()
        {
            if let Some(offer) = tried {
                let kind = offer.edit.kind();
                let same = |known: &&Rc<Offer>| known.edit.kind() == kind;
                if self.found.iter().filter(same).count() + 1 == MOST_OF_A_KIND {
                    search.leave_out(&offer.edit);
                }
                self.found.push(Rc::new(offer));
            }
            if slice.is_over() {
                return;
            }
        }
    }

    fn row(&self, ctx: &Context<Self>, number: usize, offer: &Offer) -> Html {
        let link = ctx.link();
        let edit = &offer.edit;
        let fits = match (edit, offer.fits.first()) {
            (Edit::AddLike(_), _) | (_, None) => "fits it".into(),
            (_, Some(node)) => format!("fits {node}"),
        };
        let replaces = match edit {
            Edit::Pod(PodEdit::Tolerate(_)) | Edit::Node { .. } => "Can be applied as it is.",
            Edit::Pod(_) => "Replaces the Pod: this cannot be changed in place.",
            _ => "",
        };
        html! {
            <li key={number}>
                <p>{ words(edit) }</p>
                if !replaces.is_empty() {
                    <p class="quiet">{ replaces }</p>
                }
                <p>
                    <button class="framed" onclick={link.callback(move |_| Message::Show(number))}>{ "Show edit" }</button>
                    <span class="fits s-ready">{ icon(State::Ready, "ready") }{ fits }</span>
                </p>
                if self.shown == Some(number) {
                    <p class="deed"><code>{ command(edit) }</code>
                        <button class="primary" onclick={link.callback(move |_| Message::Do(number))}>{ "Do it" }</button>
                    </p>
                }
            </li>
        }
    }

    /// What changes a text is shown in the editor; anything else as a deed, before it is done.
    fn show(&mut self, props: &OffersProps, number: usize) {
        let Some(offer) = self.found.get(number) else {
            return;
        };
        match (&offer.edit, &*props.written) {
            (Edit::Pod(edit), Some(written)) => props.on_line.emit(written.changed(edit)),
            (Edit::Pod(edit), None) => {
                let pod = props.shot.store.get(&props.pod);
                // No manifest made it: one that would is changed.
                let written = pod.and_then(|pod| Written::alone(&as_manifest(&pod.value)));
                if let Some(written) = written {
                    props.on_line.emit(written.changed(edit));
                }
            }
            (Edit::Node { node, edit }, _) => {
                let object = props.shot.store.get(&ObjectKey::node(node));
                let text = object.map(|object| edit.manifest(&object.value));
                if let Some(written) = text.and_then(|text| Written::alone(&text)) {
                    let line = written.line(&place_of(edit));
                    props.on_line.emit((written.text, line));
                }
            }
            _ => self.shown = Some(number),
        }
    }
}

/// The field of a Node's manifest that a change is about.
fn place_of(edit: &NodeEdit) -> Vec<Step> {
    match edit {
        NodeEdit::RemoveTaint(_) => vec!["spec".into(), "taints".into()],
        NodeEdit::Uncordon => vec!["spec".into(), "unschedulable".into()],
        NodeEdit::Label { key, .. } => vec!["metadata".into(), "labels".into(), (&**key).into()],
    }
}

/// What a person would write to have such a Pod, where no manifest made it.
fn as_manifest(pod: &Value) -> String {
    let mut text = fields! { "apiVersion" => "v1", "kind" => "Pod" };
    for path in [
        &["metadata", "name"][..],
        &["metadata", "namespace"],
        &["metadata", "labels"],
        &["spec"],
    ] {
        if let Some(value) = pod.at(path) {
            text.set(path, value.clone());
        }
    }
    serde_yaml::to_string(&text.to_json()).unwrap_or_default()
}

/// A change as an instruction.
fn words(edit: &Edit) -> String {
    let text = edit.to_string();
    let mut letters = text.chars();
    let first = letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().to_string());
    format!("{first}{}.", letters.as_str())
}

/// What would be typed for a deed that changes no text.
fn command(edit: &Edit) -> String {
    match edit {
        Edit::Delete { pod, .. } => {
            format!("kubectl delete pod {} -n {}", pod.name, pod.namespace)
        }
        Edit::AddLike(node) => format!("Add a node like {node}"),
        _ => String::new(),
    }
}

fn deed(props: &OffersProps, edit: &Edit) -> Option<Input> {
    match edit {
        Edit::Delete { pod, .. } => Some(Input::Delete {
            object: pod.clone(),
            grace_period_seconds: None,
        }),
        Edit::AddLike(node) => {
            let object = props.shot.store.get(&ObjectKey::node(node))?;
            let machine = machine_like(object.node()?, &props.shot.machines);
            Some(Input::AddMachine(machine))
        }
        _ => None,
    }
}
