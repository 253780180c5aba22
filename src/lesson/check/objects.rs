//! Objects: one and how it is, endpoints of a Service, Events.

use std::rc::Rc;

use super::{Look, Verdict, values, words};
use crate::api::endpoint_slice::EndpointSlice;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::network::proxy;
use crate::kubectl::label_selector;
use crate::lesson::steps::Name;
use crate::lesson::test::{EndpointsTest, EventTest, Is, ObjectTest, Path};
use crate::scene::status;

/// Is it one of those that are named?
pub fn is_named(name: &Name, key: &ObjectKey, object: Option<&Object>) -> bool {
    let is_it = name.kind == key.kind
        && name.namespace == key.namespace
        && name.name.as_ref().is_none_or(|one| *one == key.name);
    is_it && (name.selector.is_empty() || object.is_some_and(|object| fits(name, object)))
}

fn fits(name: &Name, object: &Object) -> bool {
    let selector = label_selector::parse(&name.selector);
    selector.is_ok_and(|selector| selector.matches(&object.meta.labels))
}

/// All that are named and aren't being deleted.
pub fn named<'a>(
    name: &'a Name,
    look: &Look<'a>,
) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
    let objects = look.now.store.list(&name.kind);
    let named = objects.filter(move |(key, object)| is_named(name, key, Some(object)));
    let named = named.map(|(_, object)| object);
    named.filter(|object| object.meta.deletion_timestamp.is_none())
}

/// The one that a test is about.
fn subject<'a>(of: Option<&Name>, look: &Look<'a>) -> Option<&'a Object> {
    match of {
        Some(name) => Some(look.now.store.get(&name.key()?)?),
        None => look.it,
    }
}

/// One object: see [`ObjectTest`].
pub fn object(test: &ObjectTest, look: &Look<'_>) -> Verdict {
    let found = subject(test.of.as_ref(), look);
    let what = || test.of.as_ref().map_or_else(|| "it".into(), words);
    if test.path.is_none()
        && let Some(wanted) = &test.is
        && let Is::Equal(state) = &wanted.0
    {
        let verdict = is_in_state(&state.0, found, look, test.of.as_ref());
        let owner = test.owner.as_ref();
        let owned = owner.is_none_or(|kind| found.is_some_and(|object| is_owned(object, kind)));
        return match (verdict.holds, owned) {
            (true, false) => Verdict::new(false, controller(found)),
            _ => verdict,
        };
    }
    let Some(object) = found else {
        return Verdict::new(false, format!("there is no {}", what()));
    };
    if let Some(kind) = &test.owner
        && !is_owned(object, kind)
    {
        return Verdict::new(false, controller(found));
    }
    let Some(path) = &test.path else {
        return Verdict::new(true, controller(found));
    };
    let found: Vec<Value> = path.path.find(&object.value).unwrap_or_default().concat();
    if let Some(count) = &test.count {
        let number = found.len().to_string();
        return Verdict::new(values::is(&count.0, &number), number);
    }
    if let Some(sum) = &test.sum {
        let all = values::sum(&found).unwrap_or_else(|| "no amounts".into());
        return Verdict::new(values::is(&sum.0, &all), all);
    }
    let texts: Vec<String> = found.iter().map(values::text).collect();
    let Some(wanted) = &test.is else {
        return Verdict::new(true, texts.join(", "));
    };
    let is = |text: &String| values::is(&wanted.0, text);
    // What isn't set is nothing: `not` holds of it, and nothing else.
    let holds = match &wanted.0 {
        Is::Not(_) => texts.iter().all(is),
        Is::Equal(_) | Is::Has(_) | Is::OneOf(_) => texts.iter().any(is),
        Is::AtLeast(_) | Is::AtMost(_) => !texts.is_empty() && texts.iter().all(is),
    };
    let observed = match texts.is_empty() {
        true => format!("{} is not set", path.text.trim_matches(['{', '}'])),
        false => texts.join(", "),
    };
    Verdict::new(holds, observed)
}

/// `there`, `gone`, `same`, `new`, or a condition.
fn is_in_state(
    state: &str,
    found: Option<&Object>,
    look: &Look<'_>,
    name: Option<&Name>,
) -> Verdict {
    let before = |object: Option<&Object>| {
        let key = object
            .map(Object::key)
            .or_else(|| name.and_then(Name::key))?;
        look.start.store.get(&key).cloned()
    };
    let seen = || found.map_or_else(|| "there is none".into(), how_it_is);
    match state {
        "there" => Verdict::new(found.is_some(), seen()),
        "gone" => Verdict::new(found.is_none(), seen()),
        "same" => {
            let same = before(found)
                .zip(found)
                .is_some_and(|(was, is)| was.meta.uid == is.meta.uid);
            let told = if same { "the same" } else { "another one" };
            Verdict::new(same, if found.is_some() { told } else { "gone" })
        }
        "new" => {
            let was = before(found);
            let is_new = found.is_some_and(|is| was.is_none_or(|was| was.meta.uid != is.meta.uid));
            Verdict::new(is_new, seen())
        }
        condition => {
            let holds = found.is_some_and(|object| {
                let all = object.value.at(&["status", "conditions"]);
                let all = all.map_or(&[][..], Value::items);
                all.iter().any(|one| {
                    one.text_at(&["type"]) == condition && one.text_at(&["status"]) == "True"
                })
            });
            Verdict::new(holds, seen())
        }
    }
}

/// `Running, 1 of 2 ready, CrashLoopBackOff`
pub(super) fn how_it_is(object: &Object) -> String {
    let Some(pod) = object.pod() else {
        let ready = |name: &str| object.value.at(&["status", name]).and_then(Value::as_i64);
        return match (
            ready("availableReplicas").or(ready("readyReplicas")),
            object.value.at(&["spec", "replicas"]),
        ) {
            (ready, Some(wanted)) => {
                let wanted = wanted.as_i64().unwrap_or_default();
                format!("{} of {wanted} ready", ready.unwrap_or(0))
            }
            _ => "it is there".into(),
        };
    };
    let (ready, all) = status::ready_count(pod);
    let phase = match &*pod.status.phase {
        "" => "Pending",
        phase => phase,
    };
    let ends = object
        .meta
        .deletion_timestamp
        .map_or("", |_| ", Terminating");
    let reason = status::reason(pod);
    let reason = if reason.is_empty() {
        reason
    } else {
        format!(", {reason}")
    };
    format!("{phase}{ends}, {ready} of {all} ready{reason}")
}

fn is_owned(object: &Object, kind: &str) -> bool {
    match object.meta.controller() {
        Some(owner) => owner.kind.eq_ignore_ascii_case(kind),
        None => kind == "none",
    }
}

fn controller(object: Option<&Object>) -> String {
    let owner = object.and_then(|object| object.meta.controller());
    owner.map_or_else(
        || "nobody owns it".into(),
        |owner| format!("owned by {} {}", owner.kind, owner.name),
    )
}

/// Values in an object, one after another; `None` where there is no such object.
pub fn values(of: &Name, path: &Path, look: &Look<'_>) -> Option<String> {
    let object = look.now.store.get(&of.key()?)?;
    let found: Vec<Value> = path.path.find(&object.value).unwrap_or_default().concat();
    let texts: Vec<String> = found.iter().map(values::text).collect();
    Some(texts.join(", "))
}

/// Ready endpoints of a Service: see [`EndpointsTest`].
pub fn endpoints(test: &EndpointsTest, look: &Look<'_>) -> Verdict {
    let Some(key) = test.of.key() else {
        return Verdict::default();
    };
    let slices = proxy::slices_of(&look.now.store, &key);
    let ready = |slice: &&EndpointSlice| {
        let all = slice.endpoints.iter();
        let of_pod = all.filter(|endpoint| match &test.pod {
            None => true,
            Some(pod) => endpoint
                .target_ref
                .as_ref()
                .is_some_and(|target| Some(&target.name) == pod.name.as_ref()),
        });
        of_pod
            .filter(|endpoint| endpoint.conditions.ready.unwrap_or(true))
            .count()
    };
    let count: usize = slices.iter().map(ready).sum();
    let count = count.to_string();
    Verdict::new(values::is(&test.is.0, &count), count)
}

/// An Event: see [`EventTest`].
pub fn event(test: &EventTest, look: &Look<'_>) -> Verdict {
    let about = |event: &Object| {
        let text = |path: &[&str]| event.value.text_at(path).to_string();
        let kind = test.of.kind.split('.').next().unwrap_or_default();
        text(&["involvedObject", "kind"]) == kind
            && test
                .of
                .name
                .as_ref()
                .is_none_or(|name| text(&["involvedObject", "name"]) == **name)
            && text(&["reason"]) == test.reason
            && text(&["message"]).contains(&*test.has)
    };
    let mut events = look.now.store.list("Event");
    let found = events.any(|(_, event)| about(event));
    let told = if found { "recorded" } else { "not recorded" };
    Verdict::new(found, format!("{} {told}", test.reason))
}
