//! One polite live region, at most one announcement a second: what a person did, then what came of it.
//! What one second has more of than one of is counted; of each object the newest state is said, and
//! no state twice.

use gloo_timers::callback::Timeout;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Change, InputId, SimTime, Snapshot, Verb, events, words};
use podarium::collections::Map;
use podarium::history::History;
use podarium::scene;
use podarium::scene::network::{UNDER_WAY, outcome_words, sent_by};
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Message};
use super::markup::html;
use super::numbers::thousands;
use super::wall;

/// Between two announcements: a second, and what drawing may take.
const APART_MS: f64 = 1_150.0;

/// What is said, and what is to be said next.
#[derive(Default)]
pub struct Announcer {
    said: AttrValue,
    /// What a person did, or is to know at once; the newest.
    deed: Option<AttrValue>,
    /// Inputs that sent requests of which it isn't said yet what came of them; and what is to be said of others.
    asked: Vec<InputId>,
    answers: Vec<String>,
    /// What became of objects: `is Ready`; of each the last counts.
    news: Vec<(ObjectKey, String)>,
    /// What was told of each last.
    told: Map<ObjectKey, String>,
    last: Option<f64>,
    timer: Option<Timeout>,
}

impl Announcer {
    /// Says `text` now, or as soon as a second has passed; tells whether it is said now.
    pub fn say(&mut self, text: AttrValue, link: &Scope<App>) -> bool {
        self.deed = Some(text);
        self.speak(link)
    }

    /// Says what happened, as soon as may be.
    pub fn hear(&mut self, changes: &[std::rc::Rc<Change>], link: &Scope<App>) {
        for change in changes {
            self.note(change);
        }
        if !self.news.is_empty() || self.deed.is_some() {
            self.speak(link);
        }
    }

    /// A person has sent a request: what comes of it is said once it is told.
    pub fn wait_for(&mut self, input: InputId) {
        self.asked.push(input);
    }

    /// Is something of a request still to be said?
    pub fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Says what came of requests that a person sent, but for the one that is `still` drawn on its way.
    pub fn hear_answers(&mut self, shot: &Snapshot, still: Option<RequestId>, link: &Scope<App>) {
        let answers = &mut self.answers;
        self.asked.retain(|input| {
            // What was undone, or is no longer kept, is told no more.
            let Some(request) = sent_by(shot, *input) else {
                return false;
            };
            let is_told = outcome_words(request, still) != UNDER_WAY;
            if is_told {
                answers.push(scene::network::told(request, still));
            }
            !is_told
        });
        if !self.answers.is_empty() {
            self.speak(link);
        }
    }

    fn note(&mut self, change: &Change) {
        let key = &change.object;
        let state = match change.verb {
            Verb::Refused => {
                self.deed = Some(change.message.to_string().into());
                return;
            }
            Verb::Happened => change.message.to_string(),
            Verb::Deleted if &*key.kind == "Pod" => "is gone".into(),
            Verb::Created | Verb::Deleted => {
                self.told.remove(key);
                return;
            }
            // What it was before, nobody has to be told.
            _ => match (
                state(change.before.as_deref()),
                state(change.after.as_deref()),
            ) {
                (before, Some(now)) if before.as_ref() != Some(&now) => now,
                (Some(before), None) if before == READY => match no_longer_ready(change) {
                    Some(now) => now,
                    None => return,
                },
                _ => return,
            },
        };
        if self.told.get(key) != Some(&state) {
            self.told.insert(key.clone(), state.clone());
            self.news.push((key.clone(), state));
        }
    }

    /// Another history is shown: what was told is of none of its objects.
    pub fn forget(&mut self) {
        self.told = Map::new();
        self.news.clear();
        self.asked.clear();
        self.answers.clear();
    }

    fn speak(&mut self, link: &Scope<App>) -> bool {
        let now = wall::now();
        let wait = self.last.map_or(0.0, |last| last + APART_MS - now);
        if wait <= 0.0 {
            self.last = Some(now);
            let mut said = self.sentence();
            if *self.said == *said {
                // The same words once more are no change, and nobody would hear them.
                said.push('\u{a0}');
            }
            self.said = said.into();
            return true;
        }
        if self.timer.is_none() {
            let link = link.clone();
            let speak = move || link.send_message(Message::Spoken);
            self.timer = Some(Timeout::new(wait.ceil() as u32, speak));
        }
        false
    }

    /// `30 objects applied. Pod default/a is in CrashLoopBackOff. 26 more Pods are Ready`
    fn sentence(&mut self) -> String {
        let mut said: Vec<String> = self.deed.take().iter().map(AttrValue::to_string).collect();
        let answers = std::mem::take(&mut self.answers);
        said.extend(answers.into_iter().rev().take(MOST).rev());
        let news = std::mem::take(&mut self.news);
        let groups = grouped(&news);
        for (state, keys) in groups.iter().take(MOST) {
            said.push(match keys[..] {
                [key] => format!("{key} {state}"),
                _ => {
                    let kind = keys[0].bare_kind();
                    let state = state.replacen("is ", "are ", 1);
                    let more = if self.said.contains(&state[state.find(' ').unwrap_or(0)..]) {
                        "more "
                    } else {
                        ""
                    };
                    format!("{} {more}{kind}s {state}", thousands(keys.len()))
                }
            });
        }
        let rest = groups.iter().skip(MOST).map(|(_, keys)| keys.len());
        match rest.sum::<usize>() {
            0 => {}
            1 => said.push("1 other has changed".into()),
            rest => said.push(format!("{} others have changed", thousands(rest))),
        }
        // Some are sentences with a point of their own.
        said.join(". ").replace(".. ", ". ")
    }

    /// A second has passed.
    pub fn next(&mut self, link: &Scope<App>) -> bool {
        self.timer = None;
        let is_silent = self.deed.is_none() && self.answers.is_empty() && self.news.is_empty();
        !is_silent && self.speak(link)
    }

    /// The live region.
    pub fn view(&self) -> Html {
        html! { <div class="spoken" role="status" aria-live="polite">{ &self.said }</div> }
    }
}

/// So many changes of one step are told.
const TOLD: usize = 3;

/// What a step from a moment led to: those changes that weren't `known` before it; after a step back, those of the moment
/// that is shown, or else those that it went back over. Asked of the whole history: the way to that moment may be long.
/// `Pod default/a bound to node-1`
pub fn step(history: &History, known: usize, left: SimTime, shown: SimTime) -> String {
    let changes = history.changes();
    let from = if changes.len() > known { known } else { 0 };
    let until = |time| history.changes_until(time);
    let here = (from..until(shown))
        .rev()
        .filter_map(|number| changes.get(number));
    let here = here.take_while(|change| change.at == shown);
    let mut new: Vec<&Change> = here.map(|change| &**change).collect();
    new.reverse();
    if !new.is_empty() || shown >= left {
        return all_told(new);
    }
    let over = (until(shown)..until(left)).filter_map(|number| changes.get(number));
    match all_told(over.map(|change| &**change).collect()) {
        over if over.is_empty() => over,
        over => format!("back before: {over}"),
    }
}

/// The first few of some changes.
fn all_told(mut new: Vec<&Change>) -> String {
    // An Event tells what the change beside it shows.
    if new.iter().any(|change| !events::is_event(&change.object)) {
        new.retain(|change| !events::is_event(&change.object));
    }
    let mut said: Vec<String> = new.iter().take(TOLD).map(|change| told(change)).collect();
    if new.len() > TOLD {
        said.push(format!("{} more", thousands(new.len() - TOLD)));
    }
    said.join(". ")
}

/// `Pod default/a bound to node-1`; of an Event whose it is, and what it says: `Pod default/a: Pulling: …`.
fn told(change: &Change) -> String {
    let what = words::describe(change);
    let event = change.after.as_deref();
    let event = event.filter(|_| events::is_event(&change.object));
    if let Some(event) = event {
        return format!("{}: {what}", whose(event));
    }
    match (change.verb, &*what) {
        (Verb::Created, _) => format!("{} is created", change.object),
        (Verb::Deleted, _) => format!("{} is gone", change.object),
        (_, "") => format!("{} is updated", change.object),
        _ => format!("{} {what}", change.object),
    }
}

/// `Pod default/a`, which an Event is about.
fn whose(event: &Object) -> String {
    let text = |name| event.value.text_at(&["involvedObject", name]);
    match text("namespace") {
        "" => format!("{} {}", text("kind"), text("name")),
        namespace => format!("{} {namespace}/{}", text("kind"), text("name")),
    }
}

/// What so many objects became is said in one sentence; of the rest, how many there are.
const MOST: usize = 4;

/// Each state with the objects of one kind that are in it now, in the order of what was heard.
fn grouped(news: &[(ObjectKey, String)]) -> Vec<(&str, Vec<&ObjectKey>)> {
    let last: Map<&ObjectKey, usize> = news
        .iter()
        .enumerate()
        .map(|(at, (key, _))| (key, at))
        .collect();
    let mut groups: Vec<(&str, Vec<&ObjectKey>)> = Vec::new();
    let mut known: Map<(&str, &str), usize> = Map::new();
    for (at, (key, state)) in news.iter().enumerate() {
        if last.get(key) != Some(&at) {
            continue;
        }
        let group = *known.or_insert((&*key.kind, &**state), groups.len());
        if group == groups.len() {
            groups.push((state, Vec::new()));
        }
        groups[group].1.push(key);
    }
    groups
}

const READY: &str = "is Ready";

/// `is not Ready, 1 of 2 ready`: what was in service is so no longer, and nothing worse is to be said of it.
fn no_longer_ready(change: &Change) -> Option<String> {
    let (ready, all) = scene::ready_count(change.after.as_deref()?.pod()?);
    Some(format!("is not Ready, {ready} of {all} ready"))
}

/// A Deployment that is there as it is to be, or that doesn't come on.
fn deployment(object: &Object) -> Option<String> {
    let conditions = object.value.at(&["status", "conditions"])?.items();
    let progress = conditions
        .iter()
        .find(|one| one.text_at(&["type"]) == "Progressing")?;
    Some(match progress.text_at(&["reason"]) {
        "NewReplicaSetAvailable" => "is rolled out".into(),
        "ProgressDeadlineExceeded" => format!("is stuck: {}", progress.text_at(&["message"])),
        _ => return None,
    })
}

/// What a person who can't see the picture should know of an object, if anything.
fn state(object: Option<&Object>) -> Option<String> {
    let object = object?;
    if let Some(node) = object.node() {
        let conditions = &node.status.conditions;
        let ready = conditions.iter().find(|one| &*one.kind == "Ready")?;
        return Some(
            if &*ready.status == "True" {
                READY
            } else {
                "is NotReady"
            }
            .into(),
        );
    }
    if &*object.key().kind == "Deployment.apps" {
        return deployment(object);
    }
    let pod = object.pod()?;
    Some(if pod.is_finished() {
        pod.status.phase.to_string()
    } else if pod.metadata.deletion_timestamp.is_some() {
        "is Terminating".into()
    } else if scene::is_failing(pod) {
        format!("is in {}", scene::status_word(pod))
    } else if pod.is_ready() {
        READY.into()
    } else if pod.spec.node_name.is_empty() && pod.condition("PodScheduled").is_some() {
        format!("is Pending: {}", scene::reason(pod))
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use podarium::cluster::kubelet::ProbeKind;
    use podarium::cluster::{Budget, Fault, Input, Setup, Simulation};

    use super::*;

    const PAIR: &str = "{apiVersion: v1, kind: Pod, metadata: {name: pair}, spec: {containers: [\
        {name: web, image: demo/web:1, readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}, \
        {name: agent, image: demo/agent:1}]}}";

    /// What was heard, as long as the readiness probe passes, fails, and passes again.
    fn pair() -> (Simulation, Vec<String>) {
        let mut simulation = Simulation::new(Setup::default(), 7);
        let mut inputs = vec![Input::Apply {
            manifest: PAIR.into(),
        }];
        inputs.extend([true, false].map(|fails| {
            Input::Fault(Fault::FailProbe {
                pod: ObjectKey::pod("default", "pair"),
                container: "web".into(),
                probe: ProbeKind::Readiness,
                fails,
            })
        }));
        for (number, input) in inputs.into_iter().enumerate() {
            simulation.apply(input);
            let until = SimTime(20_000_000 * (number as i64 + 1));
            simulation.run_until(until, Budget::ENDLESS);
        }
        let mut announcer = Announcer::default();
        for change in simulation.world().store.changes().iter() {
            announcer.note(change);
        }
        let of_pods = |(key, state): &(ObjectKey, String)| {
            (&*key.kind == "Pod").then(|| format!("{key} {state}"))
        };
        let heard = announcer.news.iter().filter_map(of_pods).collect();
        (simulation, heard)
    }

    #[test]
    fn readiness_is_told_when_it_comes_goes_and_comes_back() {
        assert_eq!(
            pair().1,
            [
                "Pod default/pair is Ready",
                "Pod default/pair is not Ready, 1 of 2 ready",
                "Pod default/pair is Ready",
            ]
        );
    }

    #[test]
    fn an_event_alone_says_whose_it_is() {
        let (simulation, _) = pair();
        let changes = simulation.world().store.changes();
        let of_pod = |change: &&std::rc::Rc<Change>| {
            events::is_event(&change.object) && words::describe(change).starts_with("Unhealthy")
        };
        let event = changes.iter().find(of_pod).expect("a probe failed");
        let said = told(event);
        assert!(said.starts_with("Pod default/pair: Unhealthy: "), "{said}");
        assert_eq!(
            told(changes.iter().next().expect("there is a cluster")).find(": "),
            None
        );
    }

    #[test]
    fn a_step_back_always_says_more_than_a_time() {
        let mut history = History::new(Setup::default(), 7);
        let record = history.record(Input::Apply {
            manifest: PAIR.into(),
        });
        history.take(record);
        let now = SimTime(20_000_000);
        history.run_until(now, Budget::ENDLESS);
        let known = history.changes().len();
        let mut is_event_alone = false;
        // Nothing is sought: of a seek that is under way it is said where it leads to.
        for change in history.changes().iter() {
            let said = step(&history, known, now, change.at);
            assert!(!said.is_empty(), "{change:?}");
            assert!(!said.starts_with("back before"), "{said}");
            is_event_alone |= said.contains(": Pulling: ");
        }
        assert!(is_event_alone);
        let last = history.changes().last().expect("there is a cluster").at;
        let said = step(&history, known, last, SimTime(last.0 - 1));
        assert!(said.starts_with("back before: "), "{said}");
        assert_eq!(step(&history, known, now, SimTime(now.0 - 1)), "");
    }

    #[test]
    fn of_each_object_the_newest_state_is_said_once_and_many_are_counted() {
        let mut announcer = Announcer::default();
        let heard = |announcer: &mut Announcer, name: &str, state: &str| {
            let news = (ObjectKey::pod("default", name), state.to_string());
            announcer.news.push(news);
        };
        for number in 0..1200 {
            heard(&mut announcer, &format!("p{number}"), "is Pending: no room");
            heard(&mut announcer, &format!("p{number}"), "is Ready");
        }
        heard(&mut announcer, "late", "is Terminating");
        for (number, state) in ["is in A", "is in B", "is in C", "is in D"]
            .iter()
            .enumerate()
        {
            heard(&mut announcer, &format!("q{number}"), state);
        }
        assert_eq!(
            announcer.sentence(),
            "1,200 Pods are Ready. Pod default/late is Terminating. Pod default/q0 is in A. \
             Pod default/q1 is in B. 2 others have changed"
        );
        assert_eq!(announcer.sentence(), "");
    }
}
