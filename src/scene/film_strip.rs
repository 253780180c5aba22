//! The moments that decided a Pod's life, each as a picture with a heading and a sentence: that it is one
//! unit from its creation to its end. Which moments these are follows from rules on what changed, not from
//! what the Pod is called. Ours.

use std::rc::Rc;

use super::body::pod_body;
use super::glyphs::{ContainerGlyph, PodBody};
use super::in_service::{Leads, Said, Standings, leads};
use super::life_line::{Fetch, Life};
use super::status::{ready_count, status_word};
use crate::api::ObjectKey;
use crate::api::pod::{ContainerStatus, Pod};
use crate::cluster::scheduler::resource::{PodRequests, written};
use crate::cluster::{SimTime, Snapshot, Verb};
use crate::order;

/// One moment of a Pod's life.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// When it was.
    pub at: SimTime,
    /// What it shows, in a few words.
    pub heading: &'static str,
    /// The same with the Pod's own numbers.
    pub words: String,
    /// What Kubernetes said of it, where it said why.
    pub quote: Rc<str>,
    /// The Pod as it was.
    pub body: Rc<PodBody>,
    /// Its node; empty without one.
    pub node: Rc<str>,
    /// kubectl's STATUS.
    pub status: String,
    /// What Services' endpoints said of it, by Service: of each that ever had it.
    pub services: Vec<Said>,
}

/// What decides. Each comes once, where it was so for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Created,
    NoNode,
    Bound,
    Sandbox,
    Initialized,
    NotStarted,
    CrashLoop,
    HalfReady,
    Ready,
    LostReady,
    Disrupted,
    Stopping,
    Succeeded,
    Failed,
    Deleted,
}

/// In the order in which one of several at the same moment is shown: why goes before what comes of it.
const TURNS: [Turn; 14] = [
    Turn::Created,
    Turn::Failed,
    Turn::Succeeded,
    Turn::Disrupted,
    Turn::Stopping,
    Turn::NotStarted,
    Turn::CrashLoop,
    Turn::LostReady,
    Turn::Ready,
    Turn::HalfReady,
    Turn::Initialized,
    Turn::Sandbox,
    Turn::Bound,
    Turn::NoNode,
];

/// The moments that decided this life, in order. The half of a pull under way is among them: it may lie
/// ahead of what was lived.
pub fn film_strip(life: &Life) -> Vec<Frame> {
    let (versions, pulls) = (life.versions(), life.pulls());
    let mut frames: Vec<Frame> = Vec::new();
    let mut met: Vec<Turn> = Vec::new();
    // Half of the first image: the pull is seen best there.
    let pull = pulls.first().map(halfway);
    if pull.is_some() {
        met.push(Turn::Sandbox);
    }
    for (number, (at, pod)) in versions.iter().enumerate() {
        let before = number.checked_sub(1).map(|before| versions[before].1);
        let here = TURNS.into_iter().filter(|turn| !met.contains(turn));
        let here: Vec<Turn> = here.filter(|turn| turn.is_at(before, pod)).collect();
        if let Some(turn) = here.first() {
            frames.push(frame(life, *turn, *at, before, pod, &pulls));
        }
        met.extend(here);
    }
    if let Some(at) = pull.flatten() {
        let then = versions.iter().rev().find(|(since, _)| *since <= at);
        if let Some((_, pod)) = then.filter(|_| life.ended().is_none_or(|ended| at < ended)) {
            frames.push(frame(life, Turn::Sandbox, at, None, pod, &pulls));
        }
    }
    let gone = life.own().next_back();
    if let Some(gone) = gone.filter(|change| change.verb == Verb::Deleted)
        && let Some(pod) = gone.before.as_ref().and_then(|object| object.pod())
    {
        frames.push(frame(life, Turn::Deleted, gone.at, None, pod, &pulls));
    }
    order::sort_by_key(&mut frames, |frame| frame.at);
    let standings = Standings::of(life);
    for number in 0..frames.len() {
        let next = frames.get(number + 1).map(|next| next.at);
        frames[number].services = standings.until(frames[number].at, next);
    }
    frames
}

/// The middle of a pull; `None` while nobody knows when it will be over.
fn halfway(pull: &Fetch) -> Option<SimTime> {
    let length = pull.until?.0 - pull.since.0;
    Some(SimTime(pull.since.0 + length / 2))
}

impl Turn {
    /// Is it here that it comes, `before` being the version before?
    fn is_at(self, before: Option<&Pod>, pod: &Pod) -> bool {
        let was = |is: fn(&Pod) -> bool| before.is_some_and(is);
        let bound = |pod: &Pod| !pod.spec.node_name.is_empty();
        let stops = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
        let (ready, all) = ready_count(pod);
        match self {
            Turn::Created => before.is_none(),
            Turn::NoNode => !bound(pod) && is(pod, "PodScheduled", "False"),
            Turn::Bound => before.is_some() && bound(pod) && !was(bound),
            Turn::Sandbox => is(pod, "PodReadyToStartContainers", "True"),
            Turn::Initialized => {
                !pod.spec.init_containers.is_empty() && is(pod, "Initialized", "True")
            }
            Turn::NotStarted => not_started(pod).is_some(),
            Turn::CrashLoop => crash_loop(pod).is_some(),
            Turn::HalfReady => 0 < ready && ready < all && !pod.is_ready() && !stops(pod),
            Turn::Ready => pod.is_ready(),
            Turn::LostReady => was(Pod::is_ready) && !pod.is_ready() && !stops(pod),
            Turn::Disrupted => is(pod, "DisruptionTarget", "True"),
            Turn::Stopping => stops(pod),
            // What ends because it is to be gone has not come to an end of its own.
            Turn::Succeeded => &*pod.status.phase == "Succeeded" && !stops(pod),
            Turn::Failed => &*pod.status.phase == "Failed" && !stops(pod),
            Turn::Deleted => false,
        }
    }
}

fn is(pod: &Pod, kind: &str, status: &str) -> bool {
    let condition = pod.condition(kind);
    condition.is_some_and(|condition| &*condition.status == status)
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = &pod.status;
    let init = status.init_container_statuses.iter();
    init.chain(&status.container_statuses)
}

/// A container that waits for something else than its start or its next one, and for what.
fn not_started(pod: &Pod) -> Option<(&ContainerStatus, &str)> {
    let usual = [
        "",
        "ContainerCreating",
        "PodInitializing",
        "CrashLoopBackOff",
    ];
    statuses(pod).find_map(|status| {
        let waiting = status.state.waiting.as_ref()?;
        (!usual.contains(&&*waiting.reason)).then_some((status, &*waiting.reason))
    })
}

/// A container that ended badly, and not for the first time, or waits to be started again.
fn crash_loop(pod: &Pod) -> Option<&ContainerStatus> {
    statuses(pod).find(|status| {
        let (state, again) = (&status.state, status.restart_count > 0);
        let waits = state.waiting.as_ref();
        let ended = state
            .terminated
            .as_ref()
            .filter(|_| again && !pod.is_finished());
        waits.is_some_and(|waiting| &*waiting.reason == "CrashLoopBackOff")
            || ended.is_some_and(|ended| ended.exit_code != 0)
    })
}

fn frame(
    life: &Life,
    turn: Turn,
    at: SimTime,
    before: Option<&Pod>,
    pod: &Pod,
    pulls: &[Fetch],
) -> Frame {
    let body = life.body(pod, pulls, at);
    let (heading, words, quote) = told(turn, before, pod, &body);
    Frame {
        at,
        heading,
        words,
        quote,
        body: Rc::new(body),
        node: pod.spec.node_name.clone(),
        status: match turn {
            Turn::Deleted => "deleted".into(),
            _ => status_word(pod),
        },
        services: Vec::new(),
    }
}

/// Heading, our sentence, and Kubernetes' own.
fn told(
    turn: Turn,
    before: Option<&Pod>,
    pod: &Pod,
    body: &PodBody,
) -> (&'static str, String, Rc<str>) {
    let node = &pod.spec.node_name;
    let message = |kind: &str| pod.condition(kind).map(|one| one.message.clone());
    let said = |kind: &str| message(kind).unwrap_or_else(|| "".into());
    let nothing = || Rc::<str>::from("");
    match turn {
        Turn::Created => created(pod),
        Turn::NoNode => (
            "No node takes it whole",
            "It waits as one unit: where a part of it would fit, nothing is placed.".into(),
            said("PodScheduled"),
        ),
        Turn::Bound => (
            "Bound whole",
            format!(
                "spec.nodeName is written once, for {}. All of it is on {node} now.",
                all_of(pod)
            ),
            nothing(),
        ),
        Turn::Sandbox => sandbox(pod, body),
        Turn::Initialized => (
            "Init containers are through",
            format!(
                "{} came first, one after another. Now {} may start.",
                listed(pod.spec.init_containers.iter().map(|one| &one.name)),
                all_of(pod)
            ),
            nothing(),
        ),
        Turn::NotStarted => not_started_words(pod),
        Turn::CrashLoop => crash_words(pod),
        Turn::HalfReady => {
            let (ready, missing) = halves(pod, body);
            (
                "Half ready is not Ready",
                format!(
                    "{ready}. {missing}, so the Pod is not Ready: it comes into service as a whole."
                ),
                nothing(),
            )
        }
        Turn::Ready => (
            "Ready, in service",
            format!(
                "{}. The Pod turns Ready in one step; from now on a Service that selects it sends to it.",
                last_ready(before, pod)
            ),
            nothing(),
        ),
        Turn::LostReady => (
            "One falls out, all are out",
            format!(
                "{}, so the whole Pod is out of service.",
                halves(pod, body).1
            ),
            said("Ready"),
        ),
        Turn::Disrupted | Turn::Stopping => leaving(turn, pod, said("DisruptionTarget")),
        Turn::Succeeded => (
            "Done, as one",
            format!(
                "{} ended with exit 0, and none starts again.",
                capital(&all_of(pod))
            ),
            nothing(),
        ),
        Turn::Failed => {
            let quote = match said("DisruptionTarget") {
                none if none.is_empty() => pod.status.message.clone(),
                said => said,
            };
            let why = match &*pod.status.reason {
                "" => ended_badly(pod),
                reason => format!("reason {reason}"),
            };
            (
                "Failed as one",
                format!("phase Failed: {why}. No part of it goes on."),
                quote,
            )
        }
        Turn::Deleted => (
            "Gone whole",
            "Containers, address and record are gone together. A new Pod would be another one."
                .into(),
            nothing(),
        ),
    }
}

fn created(pod: &Pod) -> (&'static str, String, Rc<str>) {
    let asked = asked(pod);
    let ours = match &*pod.spec.node_name {
        "" if asked.is_empty() => format!(
            "The scheduler sees one Pod with {}. There is no half of it to place.",
            all_of(pod)
        ),
        "" => format!(
            "The scheduler sees one Pod asking for {asked}. There is no half of it to place."
        ),
        node => format!("It came with its node, {node}. The scheduler isn't asked."),
    };
    let heading = match &*pod.spec.node_name {
        "" => "One unit, no node",
        _ => "One unit, on its node",
    };
    (heading, ours, "".into())
}

/// `400m + 100m = 500m CPU and 64Mi memory`: what the scheduler counts; empty where that is nothing.
fn asked(pod: &Pod) -> String {
    let whole = PodRequests::real_of(pod);
    let of = |resource: &str, name: &str, sum: i64| {
        let each = pod.spec.containers.iter();
        let each = each.filter_map(|one| one.resources.requests.get(resource));
        let each: Vec<i64> = each
            .map(|amount| match resource {
                "cpu" => amount.milli_value(),
                _ => amount.value(),
            })
            .collect();
        let sum_of_all = written(resource, sum);
        // Init containers and what is asked for the Pod as a whole make it another sum.
        let parts = (each.len() > 1 && each.iter().sum::<i64>() == sum).then(|| {
            let each = each.iter().map(|amount| written(resource, *amount));
            each.collect::<Vec<_>>().join(" + ") + " = "
        });
        (sum > 0).then(|| format!("{}{sum_of_all} {name}", parts.unwrap_or_default()))
    };
    let all = [
        of("cpu", "CPU", whole.milli_cpu),
        of("memory", "memory", whole.memory),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn sandbox(pod: &Pod, body: &PodBody) -> (&'static str, String, Rc<str>) {
    let address = match &*pod.status.pod_ip {
        "" => "The sandbox is there before any container runs. The Pod's status doesn't tell its address yet.".to_string(),
        ip => format!(
            "The sandbox has the Pod's address, {ip}, for {}.",
            all_of(pod)
        ),
    };
    let pulling = body.containers.iter().find(|one| one.pull.is_some());
    let (heading, images) = match pulling {
        Some(one) if body.containers.len() > 1 => (
            "Sandbox, then images",
            format!(" Images are pulled in turn, beginning with {}.", one.image),
        ),
        Some(one) => (
            "Sandbox, then images",
            format!(" {} is being pulled.", one.image),
        ),
        None => ("Sandbox first", String::new()),
    };
    (heading, address + &images, "".into())
}

fn not_started_words(pod: &Pod) -> (&'static str, String, Rc<str>) {
    let Some((status, reason)) = not_started(pod) else {
        return ("", String::new(), "".into());
    };
    let several = pod.spec.containers.len() + pod.spec.init_containers.len() > 1;
    let image = reason.contains("Image");
    let heading = match (image, several) {
        (true, true) => "One missing image keeps the whole Pod out",
        (true, false) => "A missing image keeps the Pod out",
        (false, true) => "One that can't start keeps the whole Pod out",
        (false, false) => "It can't start",
    };
    let (ready, all) = ready_count(pod);
    let ours = format!(
        "{} waits, {reason}. READY {ready}/{all}: however ready the others are, the Pod is not.",
        status.name
    );
    let ours = match several {
        true => ours,
        false => format!("{} waits, {reason}. READY {ready}/{all}.", status.name),
    };
    let waiting = status.state.waiting.as_ref();
    (
        heading,
        ours,
        waiting.map_or("".into(), |waiting| waiting.message.clone()),
    )
}

fn crash_words(pod: &Pod) -> (&'static str, String, Rc<str>) {
    let Some(status) = crash_loop(pod) else {
        return ("", String::new(), "".into());
    };
    let ended = status.state.terminated.as_ref();
    let ended = ended.or(status.last_state.terminated.as_ref());
    let code = ended.map_or(String::new(), |ended| match &*ended.reason {
        "OOMKilled" => " as OOMKilled".into(),
        _ => format!(" with exit {}", ended.exit_code),
    });
    let often = match status.restart_count {
        0 => "for the first time".into(),
        1 => "again, after 1 restart".to_string(),
        count => format!("again, after {count} restarts"),
    };
    let others = match pod.spec.containers.len() {
        1 => "",
        _ => " The others stay, and the Pod stays where it is.",
    };
    let ours = format!(
        "{} ended{code}, {often}. It alone is started anew, after a pause that grows.{others}",
        status.name
    );
    ("A crash loop, in place", ours, "".into())
}

/// `web is ready`, and `agent isn't (pulling)`.
fn halves(pod: &Pod, body: &PodBody) -> (String, String) {
    let statuses = pod.statuses();
    let inputs = inputs(pod, body);
    let is_ready = |one: &&&ContainerGlyph| statuses.get(&*one.name).is_some_and(|it| it.ready);
    let (ready, missing): (Vec<&&ContainerGlyph>, Vec<&&ContainerGlyph>) =
        inputs.iter().partition(is_ready);
    let are = |number: usize| if number == 1 { "is" } else { "are" };
    let how = missing.first().map_or("", |one| &*one.word);
    let how = match missing.len() {
        1 if how != "not ready" => format!(" ({how})"),
        _ => String::new(),
    };
    (
        format!(
            "{} {} ready",
            listed(ready.iter().map(|one| &one.name)),
            are(ready.len())
        ),
        format!(
            "{} {} not{how}",
            listed(missing.iter().map(|one| &one.name)),
            are(missing.len())
        ),
    )
}

/// Which container was the last to become ready.
fn last_ready(before: Option<&Pod>, pod: &Pod) -> String {
    let known = before.map(Pod::statuses).unwrap_or_default();
    let was = |name: &str| known.get(name).is_some_and(|status| status.ready);
    let new = statuses(pod).filter(|status| status.ready && !was(&status.name));
    let new: Vec<&Rc<str>> = new.map(|status| &status.name).collect();
    match (new.len(), ready_count(pod).1) {
        (0, _) => "Nothing is left to wait for".into(),
        (_, 1) => format!("{} is ready", new[0]),
        (1, _) => format!("{} was the last to become ready", new[0]),
        _ => format!("{} became ready", listed(new.into_iter())),
    }
}

fn leaving(turn: Turn, pod: &Pod, quote: Rc<str>) -> (&'static str, String, Rc<str>) {
    let condition = pod.condition("DisruptionTarget");
    let reason = condition.map_or("", |condition| &*condition.reason);
    let heading = match (turn, reason) {
        (Turn::Stopping, _) => "Stopped as one",
        (_, "PreemptionByScheduler") => "Preempted whole",
        (_, "EvictionByEvictionAPI" | "TerminationByKubelet" | "DeletionByTaintManager") => {
            "Evicted whole"
        }
        _ => "Given up whole",
    };
    let grace = pod
        .metadata
        .deletion_grace_period_seconds
        .filter(|_| pod.metadata.deletion_timestamp.is_some());
    let ours = match grace {
        Some(seconds) => format!(
            "{} told to stop together, with {seconds} s of grace. No Service sends to any of it.",
            match pod.spec.containers.len() {
                1 => "Its container is".into(),
                _ => format!("{} are", capital(&all_of(pod))),
            }
        ),
        None => format!(
            "{} go together: no part of it stays.",
            capital(&all_of(pod))
        ),
    };
    (heading, ours, quote)
}

/// `web ended with exit 1`
fn ended_badly(pod: &Pod) -> String {
    let bad = statuses(pod).find_map(|status| {
        let ended = status.state.terminated.as_ref()?;
        (ended.exit_code != 0)
            .then(|| format!("{} ended with exit {}", status.name, ended.exit_code))
    });
    bad.unwrap_or_else(|| "its node gave it up".into())
}

/// `its container`, `both containers`, `all 3 containers`
fn all_of(pod: &Pod) -> String {
    match pod.spec.containers.len() {
        1 => "its container".into(),
        2 => "both containers".into(),
        number => format!("all {number} containers"),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// `a, b and c`
fn listed<'a>(names: impl Iterator<Item = &'a Rc<str>>) -> String {
    let names: Vec<&str> = names.map(|name| &**name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        Some((last, _)) => (*last).into(),
        None => String::new(),
    }
}

/// What has to be ready so that the Pod is.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Containers and sidecars, and whether each is ready.
    pub containers: Vec<(ContainerGlyph, bool)>,
    /// Readiness gates, and whether each is open.
    pub others: Vec<(Rc<str>, bool)>,
    /// The condition Ready.
    pub is_ready: bool,
    /// The Pod's colour.
    pub body: Rc<PodBody>,
    /// The Services that lead to it.
    pub services: Vec<Leads>,
}

/// The gate "all ready?" of a Pod; `None` where there is no such Pod.
pub fn gate(snapshot: &Snapshot, key: &ObjectKey) -> Option<Gate> {
    let pod = snapshot.store.get(key)?.pod()?;
    let body = pod_body(key, pod, &snapshot.activities, snapshot.time);
    let statuses = pod.statuses();
    let is_ready = |name: &str| statuses.get(name).is_some_and(|status| status.ready);
    let containers = inputs(pod, &body).into_iter();
    let containers = containers.map(|one| (one.clone(), is_ready(&one.name)));
    let others = pod.spec.readiness_gates.iter().map(|gate| {
        let kind = &gate.condition_type;
        (kind.clone(), is(pod, kind, "True"))
    });
    Some(Gate {
        containers: containers.collect(),
        others: others.collect(),
        is_ready: pod.is_ready(),
        body: Rc::new(body),
        services: leads(snapshot, key),
    })
}

/// Containers and sidecars: those that are counted as ready or not.
fn inputs<'a>(pod: &Pod, body: &'a PodBody) -> Vec<&'a ContainerGlyph> {
    let init = |name: &str| {
        pod.spec
            .init_containers
            .iter()
            .find(|one| *one.name == *name)
    };
    let counts = |one: &&ContainerGlyph| init(&one.name).is_none_or(|spec| spec.is_sidecar());
    body.containers.iter().filter(counts).collect()
}
