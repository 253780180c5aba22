//! What goes on in and between Pods: requests, ports, what was printed, files, and what was answered last.

use std::rc::Rc;

use super::{Look, Verdict, values};
use crate::api::{Object, Uid};
use crate::cluster::network::request::{Party, Request};
use crate::cluster::{InputId, SimTime, Snapshot};
use crate::lesson::steps::Place;
use crate::lesson::test::{ExchangesTest, FileTest, LogTest, PortsTest, RequestsTest};

/// Is somebody this one?
pub fn is_at(place: &Place, party: &Party) -> bool {
    match (&place.pod, party) {
        (None, Party::Outside) => true,
        (Some(pod), Party::Container { pod: at, name, .. }) => {
            pod == at && (place.container.is_empty() || place.container == *name)
        }
        _ => false,
    }
}

/// How a request ended, in the words of a test: `200`, `refused`, `no such host`.
pub fn end(request: &Request) -> String {
    let outcome = request.outcome.as_ref();
    let said = outcome.map_or_else(|| "under way".into(), ToString::to_string);
    match said.strip_prefix("answered ") {
        Some(status) => status.split(' ').next().unwrap_or(status).into(),
        None => said,
    }
}

fn pod<'a>(place: &Place, look: &Look<'a>) -> Option<&'a Rc<Object>> {
    look.now.store.get(place.pod.as_ref()?)
}

/// The container of a place: the first of its Pod's where none is named.
fn container(place: &Place, pod: &Object) -> Rc<str> {
    let first = pod.pod().and_then(|pod| pod.spec.containers.first());
    match (&*place.container, first) {
        ("", Some(first)) => first.name.clone(),
        _ => place.container.clone(),
    }
}

/// Those that ended lately: see [`RequestsTest`].
pub fn requests(test: &RequestsTest, look: &Look<'_>) -> Verdict {
    let all = look.now.network.requests().values();
    let meant = all.filter(|request| {
        let lately = |at: SimTime| look.now.time.since(at) <= test.last.0;
        request.question.is_none()
            && is_at(&test.from, &request.from)
            && request.goal().contains(&*test.to)
            && request.ended.is_some_and(lately)
    });
    let meant: Vec<&Rc<Request>> = meant.collect();
    let is_well = |request: &&&Rc<Request>| {
        let by = |place: &Place| request.to.as_ref().is_some_and(|to| is_at(place, to));
        end(request) == test.end && test.by.as_ref().is_none_or(by)
    };
    let well = meant.iter().filter(is_well).count();
    let Some(other) = meant.iter().rev().find(|request| !is_well(request)) else {
        let told = match meant.is_empty() {
            true => "no request lately".into(),
            false => format!("{well} ended with {}", test.end),
        };
        return Verdict::new(well >= test.at_least, told);
    };
    let count = meant.len();
    let told = format!(
        "{well} of {count} ended with {}; one to {}: {}",
        test.end,
        other.goal(),
        end(other)
    );
    Verdict::new(false, told)
}

/// What containers of one Pod asked each other: see [`ExchangesTest`].
pub fn exchanges(test: &ExchangesTest, look: &Look<'_>) -> Verdict {
    let uid = pod(&test.from, look).and_then(|pod| Uid::parse(&pod.meta.uid));
    let all = uid.and_then(|uid| look.now.exchanges.get(&uid));
    let lately = all.into_iter().flat_map(|all| all.iter()).filter(|one| {
        *one.from == *test.from.container && look.now.time.since(one.at) <= test.last.0
    });
    let lately: Vec<_> = lately.collect();
    let by = lately.iter().filter(|one| *one.to == *test.by).count();
    let told = match lately.last() {
        Some(last) => format!(
            "{by} of {} answered by {}; last: {}",
            lately.len(),
            test.by,
            last.answered
        ),
        None => "nothing was asked within the Pod lately".into(),
    };
    Verdict::new(by == lately.len() && by >= test.at_least, told)
}

/// Different ports that are listened on: see [`PortsTest`].
pub fn ports(test: &PortsTest, look: &Look<'_>) -> Verdict {
    let inside = pod(&test.of, look).and_then(|pod| look.now.pod_inside(pod, look.now.time));
    let listeners = inside.map(|inside| inside.listeners).unwrap_or_default();
    let meant = |who: &Rc<str>| test.of.container.is_empty() || *who == test.of.container;
    let mut ports: Vec<i64> = listeners
        .iter()
        .filter(|(who, _)| meant(who))
        .map(|(_, listener)| listener.port)
        .collect();
    crate::order::sort_by_key(&mut ports, |port| *port);
    ports.dedup();
    let count = ports.len().to_string();
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let told = match ports.is_empty() {
        true => "nobody listens".into(),
        false => ports.join(", "),
    };
    Verdict::new(values::is(&test.is.0, &count), told)
}

/// Lines with these letters.
fn lines(test: &LogTest, look: &Look<'_>) -> Option<Vec<String>> {
    let pod = pod(&test.of, look)?;
    let log = look
        .now
        .log_at(pod, &container(&test.of, pod), test.previous, look.now.time)?;
    let lines = log.into_iter().map(|(_, line)| line);
    Some(lines.filter(|line| line.contains(&*test.has)).collect())
}

/// What a container printed: see [`LogTest`].
pub fn log(test: &LogTest, look: &Look<'_>) -> Verdict {
    let Some(found) = lines(test, look) else {
        return Verdict::new(false, "nothing was printed");
    };
    let count = found.len().to_string();
    let other = test.as_many_as.as_ref().map(|other| lines(other, look));
    let as_many = other.is_none_or(|other| other.is_some_and(|other| other.len() == found.len()));
    let wanted = match &test.lines {
        Some(wanted) => values::is(&wanted.0, &count),
        None => !found.is_empty(),
    };
    let told = match found.last() {
        Some(last) => format!("{count} lines, the last: {last}"),
        None => "no such line".into(),
    };
    Verdict::new(as_many && wanted, told)
}

/// A file: see [`FileTest`].
pub fn file(test: &FileTest, look: &Look<'_>) -> Verdict {
    let Some(pod) = pod(&test.of, look) else {
        return Verdict::new(false, "there is no such Pod");
    };
    let files = look
        .now
        .files_at(pod, &container(&test.of, pod), look.now.time)
        .unwrap_or_default();
    let Some(file) = files.get(test.path.trim_start_matches('/')) else {
        return Verdict::new(false, format!("{} is not there", test.path));
    };
    let text = String::from_utf8_lossy(&file.bytes);
    let age = look.now.time.since(file.changed);
    let is_new = test.newer.is_none_or(|newer| age <= newer.0);
    let holds = text.contains(&*test.has) && is_new;
    Verdict::new(
        holds,
        format!("{}, written {} s ago", test.path, age.as_secs()),
    )
}

/// The last thing that was answered: what the editor finds wrong, else what the newest input was told.
pub fn said(look: &Look<'_>) -> String {
    if look.problem.is_empty() {
        told(look.now)
    } else {
        look.problem.into()
    }
}

/// What the newest of a learner's inputs was told.
pub fn told(now: &Snapshot) -> String {
    // What was planned has numbers beyond all others, and came before.
    let learner = ..InputId::planned(0);
    let answer = now.answers.range(learner).next_back();
    let line = now.terminal.lines.range(learner).next_back();
    let newest = answer.map(|(id, _)| *id).max(line.map(|(id, _)| *id));
    let of_answer = answer.filter(|(id, _)| Some(**id) == newest);
    let of_line = line.filter(|(id, _)| Some(**id) == newest);
    let lines = of_answer.map(|(_, answer)| {
        let lines = answer.lines.iter().map(|line| &*line.text);
        lines.collect::<Vec<_>>().join("\n")
    });
    let printed = of_line.map(|(_, line)| line.text(true) + &line.text(false));
    lines.or(printed).unwrap_or_default()
}
