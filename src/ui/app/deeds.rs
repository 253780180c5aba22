//! What the page does on each message. A deed on the history is frozen in time first, then stored,
//! and handled only then: what is stored survives even its own panic.

use std::rc::Rc;

use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Cause, Input, InputId, Setup, SimTime, Verb};
use podarium::history::{History, Record};
use podarium::scene::{Selection, network};
use wasm_bindgen_futures::spawn_local;
use yew::html::Scope;

use super::finding::Next;
use super::more;
use super::welcome::{Welcome, WelcomeDeed};
use super::{App, Dialog, Message, Panel};
use crate::ui::announce;
use crate::ui::dom;
use crate::ui::engine::{Also, Deed, Engine};
use crate::ui::network::sent_words;
use crate::ui::pod::pod_of;
use crate::ui::stage::View;
use crate::ui::timeline::{TimelineDeed, input_words};

impl App {
    /// Handles a message; tells whether the page is to be drawn.
    pub(super) fn handle(&mut self, link: &Scope<App>, message: Message) -> bool {
        match message {
            Message::Turn => {
                self.woken();
                let moving = self.engine.history().progress().is_some();
                self.engine.turn();
                self.end_restoring(link);
                self.follow_import(link);
                if moving {
                    self.keep();
                }
            }
            Message::Keep => {
                if !self.wake.is_with_frame() {
                    self.engine.turn();
                }
                self.keep();
            }
            // Stored for a cluster that is left: nothing is to be done any more.
            Message::Stored(cluster, _) if cluster != self.cluster => {}
            Message::Stored(_, record) => {
                self.storing = false;
                self.take(link, record);
                self.keep();
            }
            Message::Do(deed) => self.freeze(link, deed),
            Message::Time(deed) => self.time(link, deed),
            Message::Draft(text) => return self.keep_draft(text),
            Message::Apply(_) if self.edit.is_some() => self.save_edit(link),
            Message::Apply(manifest) => {
                self.freeze(link, Deed::Input(Input::Apply { manifest }));
            }
            Message::Typed(line) => self.typed(link, line),
            Message::Named(name) => self.select_named(link, &name),
            Message::Interrupt => self.interrupt(link),
            Message::Edited { saved: true } => self.save_edit(link),
            Message::Edited { saved: false } => self.cancel_edit(link),
            Message::ApplyDraft => {
                // What is wrong with it is seen there.
                self.set_folded(false);
                self.asked += 1;
            }
            Message::Select(selection) => self.select(selection),
            Message::LitByLine(lit) => {
                return std::mem::replace(&mut self.lit_by_line, lit.clone()) != lit;
            }
            Message::LitOnStage(lit) => {
                return std::mem::replace(&mut self.lit_on_stage, lit.clone()) != lit;
            }
            Message::Line(text, line) => self.go_to_line(text, line),
            Message::Announce(text) => return self.announcer.say(text, link),
            Message::Spoken => return self.announcer.next(link),
            Message::Dialog(dialog) => self.dialog = dialog,
            Message::NewCluster(seed) => {
                self.new_cluster(seed);
                let seed = self.engine.history().seed();
                let said = format!("A new cluster, seed {seed:x}");
                self.announcer.say(said.into(), link);
            }
            Message::Theme => self.switch_theme(),
            Message::Themed => {}
            Message::Visible(visible) => {
                self.engine.set_hidden(!visible);
                self.keep();
                if visible && self.welcome == Welcome::Waits {
                    self.welcome(link, WelcomeDeed::Come);
                }
            }
            Message::Focused => {
                self.regions.focused();
                return false;
            }
            Message::Key(deed) => {
                self.key(link, deed);
                return false;
            }
            Message::Find => self.find(),
            Message::Found(selection) => self.found(selection),
            Message::FindNothing(before) => self.find_nothing(before),
            Message::Panel(panel) => self.show_panel(panel),
            Message::Stage => {
                self.panel = Panel::Stage;
                self.finding.next = Some(Next::Region("Stage"));
            }
            Message::Fold => self.fold(),
            Message::Unfold(panel) => self.unfold(panel),
            Message::View(view) => {
                self.make_room(view);
                self.view = view;
                self.panel = Panel::Stage;
            }
            Message::Request(request) => self.choose(link, request),
            Message::Follow(hop) => {
                self.engine.step_to(hop);
                self.engine.play();
                self.announcer.say("Following the answer back".into(), link);
            }
            Message::Near => self.show_near(),
            Message::Why => self.show_why(link),
            Message::Dismiss(notice) => self.notices.retain(|other| *other != notice),
            Message::Import(deed) => self.import(link, deed),
            Message::Lesson(deed) => self.teach(link, deed),
            Message::Problem(problem) => {
                if let Some(session) = &mut self.session {
                    session.problem(&problem);
                }
            }
            Message::Link(deed) => self.link(link, deed),
            Message::More(came) => self.more(link, came),
            Message::Welcome(deed) => self.welcome(link, deed),
        }
        true
    }

    /// Has the deed done as soon as those before it are.
    pub(super) fn freeze(&mut self, link: &Scope<App>, deed: Deed) {
        if self.restoring.is_some() {
            let later = "Your work is being replayed: this is done right after it.";
            self.announcer.say(later.into(), link);
        }
        self.waiting.push_back(deed);
        self.freeze_next(link);
    }

    /// Fixes the next deed's time, stores it, and has it handled then.
    pub(super) fn freeze_next(&mut self, link: &Scope<App>) {
        let is_importing = self.engine.importing().is_some();
        // An import may be taken back at once; everything else comes after it.
        let waits = is_importing && self.waiting.front() != Some(&Deed::Undo);
        let is_busy = self.storing || self.restoring.is_some() || waits;
        if is_busy || self.engine.history().progress().is_some() {
            return;
        }
        if self.waiting.front().is_some_and(more::is_unusual) && !self.has_more(link) {
            return;
        }
        let Some(deed) = self.waiting.pop_front() else {
            return;
        };
        let is_asked = matches!(deed, Deed::Input(_)) && self.engine.history().is_in_past();
        self.begin_import(&deed, is_asked);
        if let Deed::Input(input) = &deed
            && is_asked
        {
            self.dialog = Some(Dialog::InThePast(input.clone()));
            let asked =
                "Nothing is done yet: you are viewing the past. Go to now, or Continue from here?";
            self.announcer.say(asked.into(), link);
            return;
        }
        self.storing = true;
        let number = self.engine.history().records();
        let record = self.engine.freeze(deed);
        let (link, cluster) = (link.clone(), self.cluster);
        let stored = self.shelf.append(number, &record);
        spawn_local(async move {
            stored.await;
            link.send_message(Message::Stored(cluster, record));
        });
    }

    /// Does what was stored, and says so where nothing else does.
    fn take(&mut self, link: &Scope<App>, record: Record) {
        let last = |app: &App| {
            let last = app.engine.history().inputs().last();
            last.map_or_else(String::new, |(_, input)| input_words(input))
        };
        const BRANCH: &str = "Continue from here";
        let history = self.engine.history();
        let (undoes, redoes) = (history.undoes_branch(), history.redoes_branch());
        let mut said = match &record {
            Record::Undo if undoes => format!("Undone: {BRANCH}"),
            Record::Redo if redoes => format!("Done again: {BRANCH}"),
            Record::Undo => format!("Undone: {}", last(self)),
            Record::Redo => "Done again: ".into(),
            Record::Branch { at } => format!("Continued from {at}"),
            Record::Input { input, .. } => match input {
                Input::AddHost(host) => format!("Host {} is added", host.name),
                Input::AddMachine(machine) => format!("Node {} is added", machine.name),
                Input::RemoveHost { name } => format!("Host {name} is removed"),
                Input::RemoveMachine { name } => format!("Node {name} is removed"),
                Input::PowerOff { node } => format!("Machine {node} is off"),
                Input::PowerOn { node } => format!("Machine {node} is on"),
                Input::Partition { node } => format!("Machine {node} is cut off"),
                Input::Heal { node } => format!("Machine {node} is no longer cut off"),
                Input::Theory(_) => format!("In all three worlds: {}", input_words(input)),
                _ => String::new(),
            },
            Record::Speed { .. } => String::new(),
        };
        if matches!(record, Record::Undo | Record::Redo | Record::Branch { .. }) {
            self.announcer.forget();
            self.typing.forget();
        }
        let is_redo = record == Record::Redo && !redoes;
        let was_playing = self.engine.is_playing();
        self.engine.take(record.clone());
        self.take_import(link, &record);
        if is_redo {
            said += &last(self);
        }
        if was_playing && !self.engine.is_playing() && !said.is_empty() {
            said += ". Paused";
        }
        if let Record::Input { input, .. } = &record {
            said += &self.answer_by_hand(input);
            said += &self.sent_by_hand(input);
        }
        if !said.is_empty() {
            self.announcer.say(said.into(), link);
        }
    }

    /// What was answered to something done by hand. A refusal is heard as the change that it is.
    fn answer_by_hand(&self, input: &Input) -> String {
        let id = self.engine.history().viewed().inputs_taken().checked_sub(1);
        let shot = self.engine.shot();
        let answer = id.and_then(|id| shot.answers.get(&InputId(id)));
        let is_patch = matches!(input, Input::Patch { .. });
        let is_by_hand = is_patch || input.pod_at_hand().is_some();
        let Some(answer) = answer.filter(|_| is_by_hand) else {
            return String::new();
        };
        let lines = answer.lines.iter();
        let lines = lines.filter(|line| is_patch || !line.is_error);
        let lines: Vec<&str> = lines.map(|line| &*line.text).collect();
        lines.join(" ")
    }

    /// What is said of a request when it is sent. It is shown, whichever was chosen before, and what comes of it is said
    /// later. A refusal is heard as the change that it is.
    fn sent_by_hand(&mut self, input: &Input) -> String {
        let id = self.engine.history().viewed().inputs_taken().checked_sub(1);
        let Some(id) = id.map(InputId) else {
            return String::new();
        };
        match input {
            Input::Send { .. } if self.engine.shot().answers.contains_key(&id) => String::new(),
            Input::Send { every_second, .. } => {
                self.show_no_request();
                self.announcer.wait_for(id);
                let how = if *every_second { ", every second" } else { "" };
                format!("Sent{how}: {}", sent_words(input))
            }
            Input::StopSending { input } => {
                let sent = self.inputs.get(input.0 as usize);
                sent.map_or_else(String::new, |(_, sent)| {
                    format!("Stopped: {}", sent_words(sent))
                })
            }
            _ => String::new(),
        }
    }

    /// While a request is stepped through it stays, whatever is sent meanwhile; once it has no other hop, what is sent
    /// next has its turn.
    fn hold(&mut self, back: bool) {
        let goes_on = self.engine.hop(back).is_some();
        if self.is_request_held && !goes_on {
            (self.request, self.is_request_held) = (None, false);
        } else if self.request.is_none() && goes_on {
            self.request = self.engine.under_way();
            self.is_request_held = self.request.is_some();
        }
        self.watch();
    }

    /// What was held has been drawn to its end, or isn't seen.
    pub(super) fn let_go(&mut self) {
        if self.is_request_held && self.engine.under_way() != self.request {
            (self.request, self.is_request_held) = (None, false);
        }
    }

    /// What is seen from near moves, too.
    pub(super) fn watch(&mut self) {
        let near = pod_of(self.selection.as_ref()).filter(|_| self.view == View::Pod);
        let watched = (self.view == View::Network).then_some(self.request);
        let also = match self.view {
            View::Ownership if !self.reduced_motion => Some(Also::Owners),
            View::Theory => Some(Also::Theory),
            _ => None,
        };
        self.engine.look_into(near.cloned(), watched, also);
    }

    /// The Network view shows this request, and the Inspector why it ended so.
    fn choose(&mut self, link: &Scope<App>, id: RequestId) {
        (self.request, self.is_request_last) = (Some(id), true);
        self.is_request_held = false;
        let (shot, time) = (self.engine.shot(), self.engine.time());
        let still = network::still_drawn(&shot, Some(id), time, self.engine.speeds());
        if let Some(request) = shot.network.requests().get(&id) {
            let said = format!("{}. The Inspector tells why", network::told(request, still));
            self.announcer.say(said.into(), link);
        }
    }

    /// No request is chosen.
    fn show_no_request(&mut self) {
        (self.request, self.is_request_last, self.is_request_held) = (None, false, false);
    }

    /// The request of which the Inspector tells: one that was chosen after what is selected.
    pub(super) fn inspected(&self) -> Option<RequestId> {
        let is_seen = self.is_request_last && self.view == View::Network;
        self.request.filter(|_| is_seen)
    }

    /// Says which moment is shown, unless the slider does; once, that time no longer passes, or does again; and after a step,
    /// what happened in it. `before`: did time pass, and what was known at which moment?
    fn say_moment(&mut self, link: &Scope<App>, is_step: bool, before: (bool, usize, SimTime)) {
        let (was_playing, known, left) = before;
        let slider = dom::find("[role=slider]");
        let (time, now) = self.times();
        let past = if time < now { ", in the past" } else { "" };
        let clock = match (was_playing, self.engine.is_playing()) {
            (true, false) => "Paused",
            (false, true) => "Playing",
            _ => "",
        };
        let moment = match slider.is_some() && dom::focused() == slider {
            true => clock.into(),
            false if clock.is_empty() => format!("{time}{past}"),
            false => format!("{clock} at {time}{past}"),
        };
        let hop = self.engine.hop_words();
        let happened = || announce::step(self.engine.history(), known, left, time);
        let what = is_step.then(|| hop.unwrap_or_else(happened));
        let said = [moment, what.unwrap_or_default()];
        let said: Vec<String> = said.into_iter().filter(|words| !words.is_empty()).collect();
        if !said.is_empty() {
            self.announcer.say(said.join(": ").into(), link);
        }
    }

    fn time(&mut self, link: &Scope<App>, deed: TimelineDeed) {
        let goes_on = matches!(deed, TimelineDeed::Play | TimelineDeed::Step);
        if goes_on && self.waits_for_prediction(link) {
            return;
        }
        let known = self.engine.history().changes().len();
        let before = (self.engine.is_playing(), known, self.engine.time());
        match deed {
            TimelineDeed::Step => self.hold(false),
            TimelineDeed::StepBack => self.hold(true),
            _ => {}
        }
        match deed {
            TimelineDeed::Play => {
                self.engine.play();
                self.announcer.say("Playing".into(), link);
            }
            TimelineDeed::Pause => {
                self.engine.pause();
                let paused = format!("Paused at {}", self.engine.time());
                self.announcer.say(paused.into(), link);
            }
            TimelineDeed::Step => {
                if !self.engine.step() {
                    let nothing = "Nothing changes within the next minute.";
                    let (was_playing, ..) = before;
                    let paused = if was_playing { "Paused. " } else { "" };
                    self.announcer
                        .say(format!("{paused}{nothing}").into(), link);
                    return;
                }
            }
            TimelineDeed::StepBack => self.engine.step_back(),
            TimelineDeed::Seek(time) => self.engine.seek(time),
            TimelineDeed::StepTo(time) => self.engine.step_to(time),
            TimelineDeed::GoToNow => self.engine.go_to_now(),
            TimelineDeed::CancelSeek if self.restoring.is_some() => {
                self.shelf
                    .leave_alone("The stored work was not replayed: a reload does it.");
                self.show_new(None);
            }
            TimelineDeed::CancelSeek => self.engine.cancel_seek(),
            TimelineDeed::ContinueFromHere => self.freeze(link, Deed::ContinueFromHere),
            TimelineDeed::Undo => {
                // What waits for the line that is taken back isn't begun instead of it.
                self.forget_waiting_lines();
                self.freeze(link, Deed::Undo);
            }
            TimelineDeed::Redo => self.freeze(link, Deed::Redo),
            TimelineDeed::Speed(percent) => self.freeze(link, Deed::Speed(percent)),
        }
        if let TimelineDeed::Step
        | TimelineDeed::StepBack
        | TimelineDeed::Seek(_)
        | TimelineDeed::StepTo(_)
        | TimelineDeed::GoToNow = deed
        {
            let is_step = matches!(deed, TimelineDeed::Step | TimelineDeed::StepBack);
            self.say_moment(link, is_step, before);
        }
        if !self.engine.is_playing() {
            self.keep();
        }
    }

    /// Something a person has to read; once, however often it happens.
    pub(super) fn notice(&mut self, words: yew::AttrValue) {
        self.notices.retain(|other| *other != words);
        self.notices.push(words);
    }

    /// Stores the present moment. Nothing of it is to be seen.
    pub(super) fn keep(&mut self) -> bool {
        self.kept();
        if self.restoring.is_none() && self.engine.history().progress().is_none() {
            spawn_local(self.shelf.keep_present(self.engine.history()));
        }
        if let Some(trouble) = self.shelf.trouble() {
            self.notice(trouble);
        }
        // Time is seen to pass also while nothing moves.
        true
    }

    fn keep_draft(&mut self, text: Rc<str>) -> bool {
        super::exports::set_manifest(&text);
        self.draft = text.clone();
        // What is edited for kubectl is no manifest of the editor's own.
        if self.edit.is_none() {
            spawn_local(self.shelf.keep_draft(&text));
        }
        false
    }

    fn end_restoring(&mut self, link: &Scope<App>) {
        if self.engine.history().progress().is_some() {
            return;
        }
        let Some(restoring) = self.restoring.take() else {
            return;
        };
        let (_, _, digest) = self.engine.history().present();
        if restoring.digest.is_some_and(|stored| stored != digest) {
            let words = format!(
                "{} was replayed and came to another state than before: another version of this page made it, or \
                 it was changed since. What you see is what this version makes of the same inputs.",
                restoring.what
            );
            self.notice(words.into());
        }
        self.engine.take_up_speed();
        if restoring.shown < self.engine.history().now() {
            self.engine.seek(restoring.shown);
        }
        self.go_on_unwelcomed();
        if self.recovered {
            let restored = format!("Restored, paused at {}", self.engine.time());
            self.announcer.say(restored.into(), link);
        }
    }

    pub(super) fn select(&mut self, selection: Option<Selection>) {
        self.is_request_last = false;
        if selection.is_some() && selection == self.selection {
            return;
        }
        self.selection = selection;
    }

    /// Shows a line in the editor; another text than the one there is put in its place.
    fn go_to_line(&mut self, text: Rc<str>, line: usize) {
        if text != self.draft {
            self.start = text.clone();
            self.draft = text;
        }
        let number = self.go_to.map_or(0, |(_, number)| number + 1);
        self.go_to = Some((line, number));
        self.show_panel(Panel::Manifest);
    }

    fn new_cluster(&mut self, seed: Option<u64>) {
        self.show_new(seed);
        let journal = self.engine.history().journal();
        spawn_local(self.shelf.start_over(&journal));
    }

    /// Shows a new cluster; what is stored stays.
    fn show_new(&mut self, seed: Option<u64>) {
        let seed = seed.unwrap_or_else(super::opening::random_seed);
        self.show(Engine::new(History::new(Setup::default(), seed)));
        self.engine.play();
    }

    /// Shows another cluster in this one's place.
    pub(super) fn show(&mut self, engine: Engine) {
        self.cluster += 1;
        // It isn't the lesson's any longer: whoever begins that again says so afterwards.
        self.session = None;
        (self.storing, self.restoring, self.sight) = (false, None, None);
        (self.import, self.imported, self.cancelling) = (None, None, false);
        self.waiting.clear();
        self.typing = Default::default();
        self.edit = None;
        self.engine = engine;
        self.inputs_of = usize::MAX;
        self.announcer.forget();
        self.selection = None;
        self.show_no_request();
        self.dialog = None;
        self.welcome = Welcome::Away;
    }

    fn switch_theme(&mut self) {
        super::page::set_theme(!super::page::is_dark());
    }

    /// Says aloud what happened since the last time.
    pub(super) fn hear(&mut self, link: &Scope<App>) {
        let mut news = self.engine.news();
        // What is applied is answered in the editor, which says so; what is imported, by a notice.
        let is_answered = |cause: Cause| {
            let Cause::Input(id, _) = cause else {
                return false;
            };
            matches!(
                self.inputs.get(id.0 as usize),
                Some((
                    _,
                    Input::Apply { .. }
                        | Input::Replace { .. }
                        | Input::Command { .. }
                        | Input::Import(_)
                ))
            )
        };
        news.retain(|change| change.verb != Verb::Refused || !is_answered(change.cause));
        self.light_touched(&news, link);
        self.announcer.hear(&news, link);
        let history = self.engine.history();
        let is_live = !history.is_in_past() && history.progress().is_none();
        if is_live && self.announcer.is_waiting() {
            let (shot, still) = (self.engine.shot(), self.engine.still_drawn());
            self.announcer.hear_answers(&shot, still, link);
        }
    }

    /// When a person did something next, or before.
    pub(in crate::ui) fn flag(&self, back: bool) -> Option<SimTime> {
        let here = self.engine.time();
        let mut all = self.inputs.iter().map(|(at, _)| *at);
        match back {
            false => all.find(|at| *at > here),
            true => all.rfind(|at| *at < here),
        }
    }

    /// Does time pass?
    pub(in crate::ui) fn is_playing(&self) -> bool {
        self.engine.is_playing()
    }

    /// Where the focus was in each region.
    pub(in crate::ui) fn regions_mut(&mut self) -> &mut crate::ui::keys::Regions {
        &mut self.regions
    }

    /// `at` of the moment that is shown, and of the present.
    pub(super) fn times(&self) -> (SimTime, SimTime) {
        (self.engine.time(), self.engine.history().now())
    }
}
