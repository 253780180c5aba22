//! A cluster's export on its way in: a file is read in slices, each as long as the browser can spare, and
//! its text isn't kept. What is shown meanwhile is the old cluster, and how far the import is.

/// A file that is dropped on the page.
mod drop;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::cluster::{Import, SimTime, Snapshot};
use podarium::manifest::import::{Imported, Importer, Step, Summary};
use podarium::scene::{Overview, State};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;
use yew::prelude::*;

pub use drop::{file_of, listen, not_taken};

use super::dom;
use super::markup::html;
use super::numbers::{counted, thousands};
use super::wall::{self, Slice};

/// So much of a file is held at once.
const CHUNK: f64 = (256 << 10) as f64;
/// The decoder may work so long before the browser has its turn.
const SLICE_MS: f64 = 8.0;
/// How often the progress is drawn.
const DRAW_MS: f64 = 150.0;

/// What is imported: a file's bytes, or a text's.
#[derive(Clone, Debug)]
pub struct Source {
    /// Differs for each that was asked for.
    pub number: u32,
    /// The bytes.
    pub blob: Blob,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// How an import stands, from the page's point of view.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It is being read.
    Reading(Source),
    /// So many objects are being stored.
    Storing(usize),
    /// The world takes it in: so many objects of all.
    Taking(usize, usize),
}

/// The bar's properties.
#[derive(Clone, PartialEq, Properties)]
pub struct ImportBarProps {
    /// How the import stands.
    pub stage: Stage,
    /// It is read.
    pub on_read: Callback<Rc<Imported>>,
    /// It can't be taken, and why.
    pub on_refused: Callback<String>,
    /// All is to stay as it was.
    pub on_cancel: Callback<()>,
}

/// The bar that shows an import under way, and reads it.
pub struct ImportBar {
    importer: Importer,
    at: f64,
    /// Is the next chunk being read?
    fetching: bool,
    is_over: bool,
    drawn: f64,
    timer: Option<Timeout>,
}

/// What happens to a bar.
pub enum Message {
    /// The next bytes of the file.
    Chunk(Result<Vec<u8>, String>),
    /// The decoder's next slice.
    GoOn,
}

impl Component for ImportBar {
    type Message = Message;
    type Properties = ImportBarProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut bar = ImportBar {
            importer: Importer::new(),
            at: 0.0,
            fetching: false,
            is_over: false,
            drawn: 0.0,
            timer: None,
        };
        bar.fetch(ctx);
        bar
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let Stage::Reading(source) = &ctx.props().stage else {
            return false;
        };
        let size = source.blob.size();
        self.timer = None;
        match message {
            Message::Chunk(Ok(bytes)) => {
                self.fetching = false;
                if let Err(problem) = self.importer.push(&bytes) {
                    ctx.props().on_refused.emit(problem.to_string());
                    return false;
                }
                if self.at >= size {
                    self.importer.end();
                    self.is_over = true;
                }
                self.go_on(ctx);
            }
            Message::Chunk(Err(why)) => {
                let sentence = format!("The file can't be read ({why}). Choose it again.");
                ctx.props().on_refused.emit(sentence);
            }
            Message::GoOn => self.go_on(ctx),
        }
        let now = wall::now();
        let draws = now - self.drawn >= DRAW_MS;
        if draws {
            self.drawn = now;
        }
        draws
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (part, said) = match &ctx.props().stage {
            Stage::Reading(source) => {
                let part = self.importer.bytes_read() as f64 / source.blob.size().max(1.0);
                let objects = self.importer.objects();
                let all = (objects as f64 / part.max(0.001)) as usize;
                (
                    part * 80.0,
                    format!("{} of about {} objects", thousands(objects), thousands(all)),
                )
            }
            Stage::Storing(all) => (82.0, format!("{} objects, being stored", thousands(all))),
            Stage::Taking(objects, all) => {
                let part = *objects as f64 / (*all).max(1) as f64;
                let said = format!(
                    "{} of {} objects are in place",
                    thousands(objects),
                    thousands(all)
                );
                (85.0 + part * 15.0, said)
            }
        };
        let value = (part as u32).to_string();
        let cancel = ctx.props().on_cancel.reform(|_: MouseEvent| ());
        html! {
            <section class="notice importing" aria-label="Import">
                <div role="progressbar" aria-label="Import" aria-valuemin="0" aria-valuemax="100"
                    aria-valuenow={value.clone()} aria-valuetext={said.clone()}>
                    <svg aria-hidden="true"><rect height="100%" width={format!("{value}%")} /></svg>
                </div>
                <p>{ "Importing: " }{ said }</p>
                <button class="framed" onclick={cancel}>{ "Cancel" }</button>
            </section>
        }
    }

    fn destroy(&mut self, _ctx: &Context<Self>) {
        // The focus doesn't fall out of the page with the button that had it.
        if dom::focused().is_some_and(|at| at.closest(".importing").ok().flatten().is_some()) {
            super::keys::focus_region("Stage");
        }
    }
}

impl ImportBar {
    fn fetch(&mut self, ctx: &Context<Self>) {
        let Stage::Reading(source) = &ctx.props().stage else {
            return;
        };
        self.fetching = true;
        let to = (self.at + CHUNK).min(source.blob.size());
        let chunk = source.blob.slice_with_f64_and_f64(self.at, to);
        self.at = to;
        let link = ctx.link().clone();
        spawn_local(async move {
            let read = match chunk {
                Ok(chunk) => JsFuture::from(chunk.array_buffer()).await,
                Err(why) => Err(why),
            };
            let read = read.map(|bytes| js_sys::Uint8Array::new(&bytes).to_vec());
            link.send_message(Message::Chunk(read.map_err(|why| {
                let error = why.dyn_ref::<js_sys::Error>();
                error.map_or_else(String::new, |error| String::from(error.message()))
            })));
        });
    }

    fn go_on(&mut self, ctx: &Context<Self>) {
        let slice = Slice::of(SLICE_MS);
        loop {
            match self.importer.step() {
                Err(problem) => return ctx.props().on_refused.emit(problem.to_string()),
                Ok(Step::Hungry) if self.is_over => {
                    let importer = std::mem::take(&mut self.importer);
                    return match importer.finish() {
                        Ok(imported) => ctx.props().on_read.emit(Rc::new(imported)),
                        Err(problem) => ctx.props().on_refused.emit(problem.to_string()),
                    };
                }
                Ok(Step::Hungry) => {
                    if !self.fetching {
                        self.fetch(ctx);
                    }
                    return;
                }
                Ok(Step::Read) if slice.is_over() => break,
                Ok(Step::Read) => {}
            }
        }
        let link = ctx.link().clone();
        self.timer = Some(Timeout::new(0, move || link.send_message(Message::GoOn)));
    }
}

/// What is worth saying of a cluster that was imported, where its text isn't at hand any more.
pub fn summary_of(shot: &Snapshot) -> Summary {
    let nodes = shot.store.list("Node").filter_map(|(_, node)| node.node());
    let pods = shot.store.list("Pod").filter_map(|(_, pod)| pod.pod());
    let mut summary = Summary::default();
    for node in nodes {
        summary.nodes += 1;
        summary.nodes_not_ready += usize::from(!node.is_ready());
    }
    summary.pods = pods.count();
    summary
}

/// What was imported, in a sentence to be said; and that time stands still, if it does. How many are Pending is
/// counted where all else counts them: one that fails or ends is shown as that.
pub fn announcement(summary: &Summary, overview: &Overview, paused: bool) -> String {
    let pending = overview.all().pods.of(State::Wait);
    format!(
        "Imported {} and {}; {} {} Pending.{}",
        counted(summary.nodes, "node"),
        counted(summary.pods, "Pod"),
        counted(pending, "Pod"),
        plural(pending as usize, "is", "are"),
        if paused { " Time is paused." } else { "" },
    )
}

fn plural<'w>(number: usize, one: &'w str, more: &'w str) -> &'w str {
    if number == 1 { one } else { more }
}

/// What else is worth knowing of it: what goes on, and what was changed on the way.
pub fn details(summary: &Summary, overview: &Overview, paused: bool) -> String {
    let mut said = vec![announcement(summary, overview, paused)];
    said.extend(fates(summary).into_iter().chain(changes(summary)));
    said.join(" ")
}

/// The sentence, where there are any.
fn of(number: usize, sentence: impl FnOnce() -> String) -> Option<String> {
    (number > 0).then(sentence)
}

/// What becomes of nodes and Pods that are in trouble.
fn fates(summary: &Summary) -> Vec<String> {
    let (lost, astray) = (summary.nodes_not_ready, summary.pods_astray);
    let all = [
        of(lost, || {
            let they = plural(lost, "it is", "they are");
            format!(
                "Nothing acts on {}: {they} not Ready.",
                counted(lost, "node")
            )
        }),
        of(astray, || {
            format!(
                "{} {} on nodes that are not in it: after Play the Pod garbage collector deletes them. \
                 Export nodes too: kubectl get nodes,pods -A -o yaml.",
                counted(astray, "Pod"),
                plural(astray, "is", "are")
            )
        }),
    ];
    all.into_iter().flatten().collect()
}

/// What else came along, and what didn't.
fn changes(summary: &Summary) -> Vec<String> {
    let unknown = summary.unknown_fields + summary.unknown_kinds;
    let all = [
        of(summary.others, || {
            let others = counted(summary.others, "object");
            format!("{others} of other kinds came along.")
        }),
        of(summary.managed_fields, || {
            let objects = counted(summary.managed_fields, "object");
            format!("managedFields of {objects} are left out.")
        }),
        of(summary.secrets, || {
            let secrets = counted(summary.secrets, "Secret");
            format!("The values of {secrets} are replaced by stars.")
        }),
        of(unknown, || {
            format!(
                "{} and {} that Kubernetes v1.36 doesn't know are kept.",
                counted(summary.unknown_fields, "field"),
                counted(summary.unknown_kinds, "object")
            )
        }),
    ];
    all.into_iter().flatten().collect()
}

/// What the world is to take in.
pub fn input(imported: &Imported) -> Import {
    Import {
        parts: Rc::new(imported.parts.clone()),
        newest: SimTime(imported.newest.0),
    }
}

/// Does a text say how things were in a cluster, rather than how they are to be?
pub fn is_export(text: &str) -> bool {
    let has = |words: [&str; 2]| words.iter().any(|word| text.contains(word));
    let kinds = ["Pod", "Node"].map(|kind| {
        has([&format!("kind: {kind}\n"), &format!("\"kind\": \"{kind}\"")])
            || text.contains(&format!("\"kind\":\"{kind}\""))
    });
    kinds.contains(&true)
        && has(["\n  status:\n", "\nstatus:\n"]) | text.contains("\"status\"")
        && has([" uid: ", "\"uid\""])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let all = [0, 999, 1000, 11_200, 1_234_567].map(thousands);
        assert_eq!(all, ["0", "999", "1,000", "11,200", "1,234,567"]);
    }

    #[test]
    fn what_a_person_wrote_is_no_export() {
        let written = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec: {}\n";
        assert!(!is_export(written));
        let pod = "metadata:\n  name: a\n  uid: 1\nkind: Pod\nstatus:\n  phase: Running\n";
        assert!(is_export(pod));
        assert!(is_export(
            r#"{"kind": "Node", "metadata": {"uid": "1"}, "status": {}}"#
        ));
    }
}
