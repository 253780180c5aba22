//! Drives a history by the wall clock, in slices, and says when it wants its next turn.
//! Owns the one world of the page. Knows nothing of components, storage or the browser's timers.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Budget, Change, Importing, Input, Progress, SimTime, Simulation};
use podarium::history::{History, Record};
use podarium::scene::{self, Overview};

/// What the network's view shows.
mod hops;

use super::heap::Heap;
use super::pace::Pace;
use super::panics;
use super::shot::Shot;
use super::wall::{self, Slice};

/// The world may work so long before the browser has its turn; so long while it has to draw what
/// moves, too; and hardly at all where the whole page is drawn.
const SLICE_MS: f64 = 5.0;
const MOVING_SLICE_MS: f64 = 1.5;
const DRAWING_SLICE_MS: f64 = 0.5;
/// A world that can't keep the pace that was chosen, and not for a moment alone, gets more of each frame, and of one in
/// which the page is drawn.
const LATE_SLICE_MS: f64 = 8.0;
const LATE_DRAWING_SLICE_MS: f64 = 3.0;
/// Events closer together than this share a turn.
const SHORTEST_WAIT_MS: f64 = 16.0;
/// A replay that takes longer shows how far it is.
const LONG_MS: f64 = 200.0;
/// Step looks so far ahead for a change, in virtual microseconds.
const STEP_MOST: i64 = 60_000_000;

/// A history that plays.
pub struct Engine {
    history: History,
    heap: Heap,
    /// `None` while paused.
    pace: Option<Pace>,
    percent: u32,
    hidden: bool,
    /// A record is being stored: its time is fixed, so nothing may happen before it does.
    frozen: bool,
    /// The world could not be brought to the time asked for in one slice.
    behind: bool,
    /// Go on playing once the present is shown again.
    resume: bool,
    /// Where a seek goes to.
    aim: Option<SimTime>,
    /// Since when a seek, undo or replay is under way.
    moving_since: Option<f64>,
    shot: Shot,
    seen: (u64, u64, u64, Option<SimTime>),
    speeds: scene::Speeds,
    /// Until when something is in motion in this world.
    moves_until: SimTime,
    /// The Pod that is seen from near.
    near: Option<ObjectKey>,
    /// While the network is seen: the request that was chosen there, if one was.
    watched: Option<Option<RequestId>>,
    /// What else is seen to move.
    also: Option<Also>,
    draws: bool,
    /// How many changes were told as news.
    told: usize,
    /// Was an import under way?
    imported: bool,
    /// What the world comes to that a replay or an import under way is making.
    coming: Option<Overview>,
}

/// What may be seen to move besides Pods and requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    /// Owners and their numbers.
    Owners,
    /// The worlds beside the cluster.
    Theory,
}

/// When the engine wants its next turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// With the next animation frame: something moves, or there is more to work off.
    Frame,
    /// After so many milliseconds.
    After(u32),
    /// When something is asked of it.
    Never,
}

/// What a person does to the history.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Something to the world.
    Input(Input),
    /// Back before the last input.
    Undo,
    /// Forth again.
    Redo,
    /// Leave what was lived after the moment that is viewed.
    ContinueFromHere,
    /// 100 is one virtual second a second.
    Speed(u32),
}

impl Engine {
    /// Paused at the history's present, or on its way there.
    pub fn new(history: History) -> Self {
        let shot = Shot::new(history.snapshot());
        let speed = history.speed_at(history.now());
        let mut engine = Engine {
            heap: Heap::default(),
            percent: (speed * 100.0) as u32,
            pace: None,
            hidden: false,
            frozen: false,
            behind: false,
            resume: false,
            aim: None,
            moving_since: history.progress().map(|_| wall::now()),
            seen: Default::default(),
            speeds: scene::Speeds::default(),
            moves_until: SimTime::ZERO,
            near: None,
            watched: None,
            also: None,
            draws: false,
            told: shot.store.changes().len(),
            imported: false,
            coming: None,
            shot,
            history,
        };
        engine.look();
        engine
    }

    /// Goes on as fast as the history went last.
    pub fn take_up_speed(&mut self) {
        self.percent = (self.history.speed_at(self.history.now()) * 100.0) as u32;
        self.restart_pace();
    }

    /// The history, to read.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The import that the present world is taking in.
    pub fn importing(&self) -> Option<&Importing> {
        self.history.importing()
    }

    /// The world at the moment that is viewed.
    pub fn shot(&self) -> Shot {
        self.shot.clone()
    }

    /// The moment that is viewed, or that a seek goes to.
    pub fn time(&self) -> SimTime {
        self.aim.unwrap_or_else(|| self.history.time())
    }

    /// From when which speed was in force.
    pub fn speeds(&self) -> &scene::Speeds {
        &self.speeds
    }

    /// 100 is one virtual second a second.
    pub fn percent(&self) -> u32 {
        self.percent
    }

    /// The speed that is reached, while that is less than was asked for.
    pub fn reached(&self) -> Option<f64> {
        self.pace.and_then(|pace| pace.reached)
    }

    /// How much of a seek or replay is done, once it takes long enough to be worth saying.
    pub fn long_move(&self) -> Option<f64> {
        let since = self.moving_since?;
        self.history
            .progress()
            .filter(|_| wall::now() - since > LONG_MS)
    }

    /// Does time pass?
    pub fn is_playing(&self) -> bool {
        self.pace.is_some()
    }

    /// Is it playing where somebody can see it?
    pub fn is_running(&self) -> bool {
        self.is_playing() && !self.hidden
    }

    /// Lets time pass from now on.
    pub fn play(&mut self) {
        self.pace = Some(Pace::new(wall::now(), self.history.time(), self.speed()));
    }

    /// Stops time.
    pub fn pause(&mut self) {
        self.turn();
        self.pace = None;
        self.behind = false;
        self.resume = false;
    }

    /// The page is hidden or shown again: no time passes that nobody sees.
    pub fn set_hidden(&mut self, hidden: bool) {
        self.hidden = hidden;
        self.restart_pace();
    }

    /// Views another moment, paused.
    pub fn seek(&mut self, time: SimTime) {
        let resume = self.resume || self.is_playing();
        self.pause();
        let now = self.history.now();
        self.history.seek(time);
        self.moving_since = Some(wall::now());
        self.aim = (time < now).then_some(time.max(SimTime::ZERO));
        self.resume = resume && self.aim.is_some();
        self.work(Slice::of(SLICE_MS));
    }

    /// Views the present again, and plays on if it played before.
    pub fn go_to_now(&mut self) {
        let resume = self.resume;
        self.seek(SimTime::MAX);
        if resume {
            self.play();
        }
    }

    /// Gives a long seek up.
    pub fn cancel_seek(&mut self) {
        self.history.cancel_seek();
        self.moving_since = None;
        self.aim = None;
        self.look();
    }

    /// Paused, goes to the next recorded change, or to the next hop while the network is seen: of a request that is
    /// under way one after the other, whatever changes meanwhile. Tells whether there is one within a minute.
    pub fn step(&mut self) -> bool {
        let hop = self.hop(false);
        let own = hop.filter(|_| self.under_way().is_some());
        // A key that is held goes on from where the seek under way leads to.
        if self.aim.is_some() || self.history.is_in_past() {
            let change = self.history.next_change(self.time());
            let next = own.or(change.into_iter().chain(hop).min());
            self.seek(next.unwrap_or(SimTime::MAX));
            return true;
        }
        self.pause();
        if self.importing().is_some() {
            // It goes on in turns of its own, and no change is seen before its end.
            return true;
        }
        if let Some(at) = own {
            self.live_to(at);
            return true;
        }
        let most = SimTime(self.history.now().0.saturating_add(STEP_MOST));
        let hop = hop.filter(|at| *at <= most);
        let until = hop.unwrap_or(most);
        // A copy looks first: a world in which nothing happens should not have lived in vain.
        let known = self.history.viewed().world().store.changes().len();
        let mut ahead = self.history.viewed().clone();
        let mut sent = self.shot.network.newest();
        let shown = self.watched_at(&ahead);
        let is_open = |world: &Simulation| {
            let requests = world.network().requests();
            shown.is_some_and(|id| requests.get(&id).is_some_and(|one| one.ended.is_none()))
        };
        let mut may_go_on = is_open(&ahead);
        while ahead.world().store.changes().len() == known {
            let newest = ahead.network().newest();
            if std::mem::replace(&mut sent, newest) != newest && self.watched_at(&ahead) != shown {
                break;
            }
            // The one that is shown may go on: an answer has come, or a name's address.
            if may_go_on && let Some(at) = self.hop_of(&ahead.snapshot(), false) {
                self.live_to(at);
                return true;
            }
            may_go_on = is_open(&ahead);
            if !ahead.handle_next(until) {
                if let Some(at) = hop {
                    self.live_to(at);
                }
                return hop.is_some();
            }
        }
        let found = ahead.events_handled();
        while self.history.events_handled() < found {
            panics::handling(self.history.events_handled() + 1);
            self.history.run_to_change(until, Budget(1));
        }
        panics::handling_nothing();
        self.look();
        true
    }

    /// Paused, goes back to the change before, or to the hop before while the network is seen.
    pub fn step_back(&mut self) {
        let hop = self.hop(true);
        let own = hop.filter(|_| self.under_way().is_some());
        let change = self.history.previous_change(self.time());
        let before = own.or(change.into_iter().chain(hop).max());
        self.seek(before.unwrap_or(SimTime::ZERO));
    }

    /// Paused, goes to where a request is drawn then: what wasn't lived yet is lived.
    pub fn step_to(&mut self, time: SimTime) {
        if time <= self.history.now() {
            return self.seek(time);
        }
        self.seek(SimTime::MAX);
        self.resume = false;
        if self.history.progress().is_none() && self.importing().is_none() {
            self.live_to(time);
        }
    }

    /// Paused, brings the present there.
    fn live_to(&mut self, time: SimTime) {
        loop {
            panics::handling(self.history.events_handled() + 1);
            if self.history.run_until(time, Budget(1)) == Progress::Reached {
                break;
            }
        }
        panics::handling_nothing();
        self.look();
    }

    /// The record of `deed` at this moment. From now on nothing happens until it is [`Self::take`]n.
    pub fn freeze(&mut self, deed: Deed) -> Record {
        // The world was last looked at when something was due: bring it to this moment.
        self.turn();
        self.frozen = true;
        match deed {
            Deed::Input(input) => self.history.record(input),
            Deed::Undo => Record::Undo,
            Deed::Redo => Record::Redo,
            Deed::ContinueFromHere => Record::Branch {
                at: self.history.time(),
            },
            Deed::Speed(percent) => Record::Speed {
                at: self.history.now(),
                percent,
            },
        }
    }

    /// Does what was stored.
    pub fn take(&mut self, record: Record) {
        self.frozen = false;
        self.aim = None;
        if matches!(record, Record::Undo | Record::Redo) {
            self.pause();
        }
        if let Record::Speed { percent, .. } = record {
            self.percent = percent;
        }
        self.history.take(record);
        self.moving_since = Some(wall::now());
        self.work(Slice::of(SLICE_MS));
        self.restart_pace();
    }

    /// Tells which Pod is seen from near, whether the network is, and what else: what goes on there moves, too.
    pub fn look_into(
        &mut self,
        pod: Option<ObjectKey>,
        watched: Option<Option<RequestId>>,
        also: Option<Also>,
    ) {
        if self.near != pod || self.watched.is_some() != watched.is_some() || self.also != also {
            (self.near, self.seen) = (pod, Default::default());
            self.watched = watched;
            self.also = also;
            self.look();
        }
        self.watched = watched;
    }

    /// Tells whether the whole page is drawn after the next turn.
    pub fn will_draw(&mut self, draws: bool) {
        self.draws = draws;
    }

    /// Brings the world to where it should be at this moment, or as far as a slice of time allows.
    pub fn turn(&mut self) {
        self.heap.grow_ahead();
        if self.frozen {
            return;
        }
        if self.history.progress().is_some() {
            self.work(Slice::of(SLICE_MS));
            self.restart_pace();
            return;
        }
        let moves = self.history.time() < self.moves_until;
        let late = self.pace.is_some_and(|pace| pace.is_late_for_long());
        let slice = Slice::of(match (self.draws, moves, late) {
            (true, _, true) => LATE_DRAWING_SLICE_MS,
            (false, _, true) => LATE_SLICE_MS,
            (true, ..) => DRAWING_SLICE_MS,
            (false, true, _) => MOVING_SLICE_MS,
            (false, false, _) => SLICE_MS,
        });
        let wall = wall::now();
        let Some(pace) = self.pace.filter(|_| !self.hidden) else {
            if self.owes() {
                self.live(self.history.now(), &slice);
                self.look();
            }
            return;
        };
        let target = pace.target(wall);
        self.behind = if self.history.is_in_past() {
            self.history.seek(target);
            !self.proceed(&slice)
        } else {
            !self.live(target, &slice)
        };
        self.look();
        let time = self.history.time();
        if let Some(pace) = &mut self.pace {
            pace.turned(wall, time);
        }
    }

    /// When the next turn is wanted.
    pub fn next_turn(&self) -> Turn {
        if self.frozen {
            return Turn::Never;
        }
        if self.owes() && (self.hidden || !self.is_playing()) {
            return Turn::After(0);
        }
        if self.hidden {
            return Turn::Never;
        }
        if self.history.progress().is_some() {
            return Turn::Frame;
        }
        let Some(pace) = &self.pace else {
            return Turn::Never;
        };
        if self.behind || self.time() < self.moves_until {
            return Turn::Frame;
        }
        let world = self.history.viewed();
        let beat = self.near.as_ref().and_then(|pod| world.next_beat(pod));
        match world.next_due().into_iter().chain(beat).min() {
            Some(due) => {
                Turn::After(pace.until(wall::now(), due).clamp(SHORTEST_WAIT_MS, 1e6) as u32)
            }
            None => Turn::Never,
        }
    }

    /// Changes since this was asked last; none of those that a seek or an undo only shows again.
    pub fn news(&mut self) -> Vec<Rc<Change>> {
        if self.history.is_in_past() || self.history.progress().is_some() {
            return Vec::new();
        }
        let changes = self.shot.store.changes();
        let fresh = (self.told..changes.len()).filter_map(|number| changes.get(number).cloned());
        let news = fresh.collect();
        self.told = changes.len();
        news
    }

    /// Is something left of this very moment? It is done even while time stands still: a moment is
    /// shown, stored and come back to when all of it has happened.
    fn owes(&self) -> bool {
        let due = self.history.next_due();
        let is_still = !self.history.is_in_past() && self.history.progress().is_none();
        is_still && due.is_some_and(|due| due <= self.history.now())
    }

    fn speed(&self) -> f64 {
        f64::from(self.percent) / 100.0
    }

    fn restart_pace(&mut self) {
        if self.pace.is_some() {
            self.play();
        }
    }

    /// Goes on with a seek, undo or redo, and does what is due at this very moment.
    fn work(&mut self, slice: Slice) {
        let moved = self.history.progress().is_some();
        let arrived = self.proceed(&slice);
        if arrived {
            // A replay ends where it was stored, to the event: what is left there has its own turn.
            if !moved && !self.history.is_in_past() {
                self.live(self.history.now(), &slice);
            }
            self.aim = None;
            self.moving_since = None;
        }
        self.look();
        if moved && arrived && !self.history.is_in_past() {
            // What a replay shows again is no news.
            self.told = self.shot.store.changes().len();
        }
    }

    /// Tells whether a seek, undo or redo has reached its end.
    fn proceed(&mut self, slice: &Slice) -> bool {
        loop {
            // An event of an import takes as long as a hundred others.
            let way = self.history.on_the_way();
            let imports = way.is_some_and(|world| world.importing().is_some());
            let budget = Budget(if imports { 1 } else { 8 });
            if self.history.proceed(budget) == Progress::Reached {
                return true;
            }
            if slice.is_over() {
                return false;
            }
        }
    }

    /// Tells whether the present was brought to `target`.
    fn live(&mut self, target: SimTime, slice: &Slice) -> bool {
        let reached = loop {
            panics::handling(self.history.events_handled() + 1);
            if self.history.run_until(target, Budget(1)) == Progress::Reached {
                break true;
            }
            if slice.is_over() {
                break false;
            }
        };
        panics::handling_nothing();
        reached
    }

    /// Takes a new snapshot if anything is different.
    fn look(&mut self) {
        let live = Some(self.history.viewed()).filter(|_| !self.history.is_in_past());
        let live = live.filter(|world| world.importing().is_some());
        let coming = self.coming.take();
        if let Some(world) = self.history.on_the_way().or(live) {
            // What was there before is shown until all of it is there; then it is counted already: all of an
            // imported cluster at once takes too long for one turn.
            let mut overview = coming.unwrap_or_else(|| self.shot.overview().clone());
            overview.bring_along(world);
            self.coming = Some(overview);
            self.imported |= live.is_some();
            return;
        }
        let world = self.history.viewed();
        let (events, inputs) = (world.events_handled(), world.inputs_taken());
        let beat = self.near.as_ref().and_then(|pod| world.next_beat(pod));
        let seen = (events, inputs, world.digest(), beat);
        if seen != self.seen {
            self.seen = seen;
            let overview = coming.unwrap_or_else(|| self.shot.overview().clone());
            self.shot = Shot::after(overview, self.history.snapshot());
            self.speeds = scene::Speeds::new(self.history.speeds());
            self.moves_until = scene::moves_until(&self.shot, &self.speeds);
            if let Some(pod) = &self.near {
                let packets = scene::packets_until(&self.shot, pod, &self.speeds);
                self.moves_until = self.moves_until.max(packets);
            }
            if self.watched.is_some() {
                let hops = scene::network::until(&self.shot, &self.speeds);
                self.moves_until = self.moves_until.max(hops);
            }
            let until = match self.also {
                Some(Also::Owners) => scene::ownership::until(&self.shot, &self.speeds),
                Some(Also::Theory) => scene::theory::until(&self.shot, &self.speeds),
                None => SimTime::ZERO,
            };
            self.moves_until = self.moves_until.max(until);
        }
        if std::mem::take(&mut self.imported) {
            // What came with an import is told as one.
            self.told = self.shot.store.changes().len();
        }
    }
}
