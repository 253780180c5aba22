//! What differs between a world and a goal: what there is beside what is asked for, cause first. Nothing is said of how to
//! get there; only what the goal itself asks for, and what the cluster itself shows.

use std::time::Duration;

use super::objects::how_it_is;
use super::{Look, Memory, Verdict, words};
use crate::api::{Object, ObjectKey};
use crate::cluster::network::proxy;
use crate::lesson::steps::Name;
use crate::lesson::test::{EndpointsTest, Is, LogTest, ObjectTest, Test, Wanted};

/// Something that isn't as a goal asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub what: String,
    /// How it is.
    pub now: String,
    /// How it is to be.
    pub goal: String,
    /// Smaller ones come before what follows from them.
    pub rank: u8,
}

/// What follows from what: machines, what is written down, containers, their Pods, what counts Pods, who finds them,
/// what is asked of them, and what takes time.
mod rank {
    pub const NODE: u8 = 0;
    pub const WRITTEN: u8 = 1;
    pub const CONTAINER: u8 = 2;
    pub const POD: u8 = 3;
    pub const INSIDE: u8 = 4;
    pub const WORKLOAD: u8 = 5;
    pub const ENDPOINTS: u8 = 6;
    pub const REQUESTS: u8 = 7;
    pub const OTHER: u8 = 8;
    pub const IN_TIME: u8 = 9;
}

impl Test {
    /// What differs, where it doesn't hold; `says` are the goal's words, `observed` what was found for all of it.
    pub fn differences(&self, says: &str, observed: &str, look: &Look<'_>) -> Vec<Difference> {
        let mut found = Vec::new();
        self.unmet(says, look, &mut found);
        if found.is_empty() {
            found.push(Difference {
                what: says.into(),
                now: observed.into(),
                goal: self.wanted().1,
                rank: rank::IN_TIME,
            });
        }
        found
    }

    fn unmet(&self, says: &str, look: &Look<'_>, found: &mut Vec<Difference>) {
        match self {
            Test::All(tests) => tests.iter().for_each(|test| test.unmet(says, look, found)),
            Test::Hold(hold) => hold.test.unmet(says, look, found),
            // What is remembered is the referee's; what is tried in a copy is told by the goal.
            test if test.remembers() || test.forks() => {}
            test => {
                let Verdict { holds, observed } = test.look(look, &mut Memory::default());
                if holds {
                    return;
                }
                test.causes(look, found);
                let (what, goal) = test.wanted();
                found.push(Difference {
                    what: if what.is_empty() { says.into() } else { what },
                    now: observed,
                    goal,
                    rank: test.rank(),
                });
            }
        }
    }

    /// What it is about, and how it is to be; nothing where only the goal's words can say it.
    fn wanted(&self) -> (String, String) {
        let seconds = |length: Duration| format!("for {} s", length.as_secs());
        let unnamed = |goal: String| (String::new(), goal);
        match self {
            Test::Object(test) => object(test),
            Test::Number(test) => {
                let which = test.r#where.as_ref().map(|test| test.wanted());
                let which =
                    which.map_or_else(String::new, |(what, goal)| format!(", {what}: {goal}"));
                (
                    format!("Number of {}{which}", several(&test.of)),
                    is(&test.is.0),
                )
            }
            Test::Endpoints(test) => (
                format!("{}, ready endpoints", words(&test.of)),
                is(&test.is.0),
            ),
            Test::Requests(test) => (
                format!("Requests of {} to {}", test.from, test.to),
                format!("{} or more, all end with {}", test.at_least, test.end),
            ),
            Test::Exchanges(test) => (
                format!("Requests of {} over localhost", test.from),
                format!("{} answers {} or more", test.by, test.at_least),
            ),
            Test::Reach(test) => (
                format!("A request of {} to {}", test.from, test.to),
                test.end.clone(),
            ),
            Test::Ports(test) => (
                format!("Ports of {} on which somebody listens", test.of),
                is(&test.is.0),
            ),
            Test::Log(test) => (format!("Log of {}", test.of), log(test)),
            Test::File(test) => {
                let age = test.newer.map_or_else(String::new, |newer| {
                    format!(", written less than {} s ago", newer.0.as_secs())
                });
                let has = match test.has.is_empty() {
                    true => "there".into(),
                    false => format!("has “{}”", test.has),
                };
                (format!("{} in {}", test.path, test.of), has + &age)
            }
            Test::Event(test) => (
                format!("Event {} of {}", test.reason, words(&test.of)),
                match test.has.is_empty() {
                    true => "recorded".into(),
                    false => format!("recorded, with “{}”", test.has),
                },
            ),
            Test::Answered(_) => unnamed("each as it is".into()),
            Test::Said(said) => ("The last answer".into(), format!("has “{said}”")),
            Test::Change(_) => unnamed("it happens".into()),
            Test::All(tests) | Test::InOrder(tests) => {
                unnamed(format!("all {} of it", tests.len()))
            }
            Test::Any(tests) => {
                let all: Vec<(String, String)> = tests.iter().map(Test::wanted).collect();
                let what = all.first().map(|(what, _)| what.clone());
                let goals: Vec<String> = all.into_iter().map(|(_, goal)| goal).collect();
                (what.unwrap_or_default(), goals.join(", or "))
            }
            Test::Not(test) => {
                let (what, goal) = test.wanted();
                (what, format!("not {goal}"))
            }
            Test::Once(_) => unnamed("at some moment".into()),
            Test::Never(_) => unnamed("at no moment".into()),
            Test::Hold(hold) => unnamed(seconds(hold.r#for.0)),
            Test::Steady(steady) => (
                format!(
                    "{}, {}",
                    words(&steady.of),
                    steady.path.text.trim_matches(['{', '}', '.'])
                ),
                format!("unchanged {}", seconds(steady.r#for.0)),
            ),
            Test::Fork(fork) => unnamed(format!(
                "still so in a copy, {} s later",
                fork.after.0.as_secs()
            )),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Test::Object(test) => {
                let kind = test.of.as_ref().map_or("", |of| &*of.kind);
                let path = test.path.as_ref().map_or("", |path| &*path.text);
                match kind.split('.').next() {
                    Some("Node") => rank::NODE,
                    _ if path.contains("spec") || path.contains("metadata") => rank::WRITTEN,
                    _ if path.contains("containerStatuses") => rank::CONTAINER,
                    Some("Pod") => rank::POD,
                    Some("Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job") => {
                        rank::WORKLOAD
                    }
                    _ => rank::WRITTEN,
                }
            }
            Test::Number(test) if &*test.of.kind == "Pod" => rank::POD,
            Test::Endpoints(_) => rank::ENDPOINTS,
            Test::Requests(_) | Test::Exchanges(_) | Test::Reach(_) => rank::REQUESTS,
            Test::Ports(_) | Test::Log(_) | Test::File(_) => rank::INSIDE,
            Test::Not(test) => test.rank(),
            Test::Any(tests) => tests.first().map_or(rank::OTHER, Test::rank),
            _ => rank::OTHER,
        }
    }

    /// What the cluster itself names as the reason.
    fn causes(&self, look: &Look<'_>, found: &mut Vec<Difference>) {
        match self {
            Test::Object(ObjectTest {
                of: Some(of),
                is: Some(Wanted(Is::Equal(state))),
                path: None,
                ..
            }) if state.0 == "Ready" => {
                let pod = of.key().and_then(|key| look.now.store.get(&key));
                if let Some(pod) = pod {
                    of_pod(pod, found);
                }
            }
            Test::Endpoints(test) => of_service(test, look, found),
            _ => {}
        }
    }
}

/// Containers that keep their Pod from being Ready; or that it has no node.
fn of_pod(object: &Object, found: &mut Vec<Difference>) {
    let Some(pod) = object.pod() else { return };
    let name = &object.meta.name;
    if pod.spec.node_name.is_empty() {
        let why = crate::scene::status::reason(pod);
        found.push(Difference {
            what: format!("Node of Pod {name}"),
            now: match why.is_empty() {
                true => "none".into(),
                false => format!("none: {why}"),
            },
            goal: "one".into(),
            rank: rank::NODE,
        });
        return;
    }
    for status in pod
        .status
        .container_statuses
        .iter()
        .filter(|one| !one.ready)
    {
        let state = &status.state;
        let now = match (&state.waiting, &state.running, &state.terminated) {
            (Some(waiting), _, _) => format!("Waiting {}", waiting.reason),
            (_, _, Some(ended)) => format!("Terminated {} {}", ended.reason, ended.exit_code),
            (_, Some(_), _) => "Running, not ready".into(),
            _ => "Waiting".into(),
        };
        found.push(Difference {
            what: format!("Container {} of Pod {name}", status.name),
            now,
            goal: "ready".into(),
            rank: rank::CONTAINER,
        });
    }
}

/// Pods behind a Service that aren't in service; or that there are none.
fn of_service(test: &EndpointsTest, look: &Look<'_>, found: &mut Vec<Difference>) {
    let Some(key) = test
        .of
        .key()
        .filter(|key| look.now.store.get(key).is_some())
    else {
        return;
    };
    let slices = proxy::slices_of(&look.now.store, &key);
    let all = slices.iter().flat_map(|slice| &slice.endpoints);
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        found.push(Difference {
            what: format!("Pods that {} selects", words(&test.of)),
            now: "none with an address".into(),
            goal: "some".into(),
            rank: rank::POD,
        });
    }
    let waiting = all.iter().filter(|one| one.conditions.ready == Some(false));
    for target in waiting.filter_map(|one| one.target_ref.as_ref()) {
        let pod = ObjectKey::pod(&key.namespace, &target.name);
        let Some(pod) = look.now.store.get(&pod) else {
            continue;
        };
        of_pod(pod, found);
        found.push(Difference {
            what: format!("Pod {}", target.name),
            now: how_it_is(pod),
            goal: "Ready".into(),
            rank: rank::POD,
        });
    }
}

fn object(test: &ObjectTest) -> (String, String) {
    let what = test.of.as_ref().map_or_else(|| "it".into(), words);
    let part = test.path.as_ref();
    let part = part.map(|path| path.text.trim_matches(['{', '}', '.']).to_string());
    let what = match part {
        Some(part) => format!("{what}, {part}"),
        None => what,
    };
    let goal = match (&test.is, &test.count, &test.sum, &test.owner) {
        (Some(Wanted(Is::Equal(state))), ..) if test.path.is_none() => match &*state.0 {
            "same" => "the one that was there".into(),
            "new" => "a new one".into(),
            state => state.into(),
        },
        (Some(wanted), ..) => is(&wanted.0),
        (_, Some(count), ..) => format!("number: {}", is(&count.0)),
        (_, _, Some(sum), _) => format!("together {}", is(&sum.0)),
        (.., Some(owner)) if owner == "none" => "nobody owns it".into(),
        (.., Some(owner)) => format!("owned by a {owner}"),
        _ => "there".into(),
    };
    (what, goal)
}

/// `3 or more`
fn is(wanted: &Is) -> String {
    match wanted {
        Is::Equal(value) => value.0.clone(),
        Is::Not(value) => format!("not {}", value.0),
        Is::AtLeast(value) => format!("{} or more", value.0),
        Is::AtMost(value) => format!("{} or less", value.0),
        Is::Has(value) => format!("has “{}”", value.0),
        Is::OneOf(values) => {
            let values: Vec<&str> = values.iter().map(|value| &*value.0).collect();
            values.join(" or ")
        }
    }
}

fn log(test: &LogTest) -> String {
    let lines = match (&test.lines, test.has.is_empty()) {
        (Some(lines), _) => format!("lines: {}", is(&lines.0)),
        (None, true) => "lines".into(),
        (None, false) => "a line".into(),
    };
    match test.has.is_empty() {
        true => lines,
        false => format!("{lines} with “{}”", test.has),
    }
}

/// `Pods app=web`
fn several(name: &Name) -> String {
    match name.selector.is_empty() {
        true => words(name),
        false => format!("{} {}", words(name), name.selector),
    }
}
