//! `kubectl taint`. Models `k8s.io/kubectl/pkg/cmd/taint`.

use crate::api::Value;
use crate::api::validation::names;
use crate::fields;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::resources;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

/// `kubectl taint`
pub const COMMAND: Command = Command::new("taint", "Update the taints on one or more nodes", run)
    .flags(&[
        shared::PRINT,
        shared::DRY_RUN,
        shared::VALIDATE,
        shared::SELECTOR,
        shared::ALL,
        &[
            Flag::text("field-manager").default("kubectl-taint"),
            Flag::truth("overwrite"),
        ],
    ]);

/// A taint as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taint {
    key: String,
    value: String,
    /// Empty: every effect.
    effect: String,
}

impl Taint {
    fn of(value: &Value) -> Self {
        let text = |field: &str| value.text_at(&[field]).to_string();
        Taint {
            key: text("key"),
            value: text("value"),
            effect: text("effect"),
        }
    }

    fn matches(&self, taint: &Value) -> bool {
        taint.text_at(&["key"]) == self.key
            && (self.effect.is_empty() || taint.text_at(&["effect"]) == self.effect)
    }

    fn to_value(&self) -> Value {
        let mut value = fields! { "effect" => &*self.effect, "key" => &*self.key };
        if !self.value.is_empty() {
            value.set(&["value"], &*self.value);
        }
        value
    }

    /// Models `Taint.ToString` of `k8s.io/api`.
    fn named(&self) -> String {
        match (&*self.value, &*self.effect) {
            (_, "") => self.key.clone(),
            ("", effect) => format!("{}:{effect}", self.key),
            (value, effect) => format!("{}={value}:{effect}", self.key),
        }
    }
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = given.words.iter().position(is_taint);
    let (named, taints) = given.words.split_at(first.unwrap_or(given.words.len()));
    if let Some(late) = taints.iter().find(|word| !is_taint(word)) {
        return plain(format!(
            "all resources must be specified before taint changes: {late}"
        ));
    }
    let Some(of) = named.first() else {
        return plain("one or more resources must be specified as <resource> <name>");
    };
    if taints.is_empty() {
        return plain("at least one taint update is required");
    }
    let (new, gone) = parse(taints).map_err(|why| Error::usage(&given.command, &why))?;
    check(given, of, named, &new, &gone)?;
    let (all, selector) = (given.is("all"), given.text("selector").to_string());
    let mut asked = Asked::of(session.cx, given);
    asked.words = match all || !selector.is_empty() {
        true => vec!["node".into()],
        false => named[1..]
            .iter()
            .map(|name| format!("node/{name}"))
            .collect(),
    };
    let found = asked.find(session.cx)?;
    let mut errors = Vec::new();
    for item in found.items {
        let done = item.and_then(|info| one(&mut session, &info, given, &new, &gone));
        errors.extend(done.err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn check(
    given: &Given,
    of: &str,
    named: &[String],
    new: &[Taint],
    gone: &[Taint],
) -> Result<(), Error> {
    let lower = of.to_lowercase();
    let kind = resources::mapping(&lower).map_err(Error::Plain)?;
    if kind.kind() != "Node" {
        return plain(format!(
            "invalid resource type {lower}, only node types are supported"
        ));
    }
    let mut both = Vec::new();
    for new in new {
        let meets = |gone: &&Taint| {
            gone.key == new.key && (gone.effect.is_empty() || gone.effect == new.effect)
        };
        let met = gone.iter().filter(meets);
        both.extend(met.map(|gone| format!("{}={}", gone.key, gone.effect)));
    }
    if !both.is_empty() {
        return plain(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            both.join(", ")
        ));
    }
    let selects = !given.text("selector").is_empty();
    if given.is("all") && selects {
        return plain("setting 'all' parameter with a non empty selector is prohibited");
    }
    if !given.is("all") && !selects && named.len() < 2 {
        return plain(
            "at least one resource name must be specified since 'all' parameter is not set",
        );
    }
    Ok(())
}

/// Models `parseTaints`.
fn parse(words: &[String]) -> Result<(Vec<Taint>, Vec<Taint>), String> {
    let (mut new, mut gone): (Vec<Taint>, Vec<Taint>) = Default::default();
    for word in words {
        if let Some(word) = word.strip_suffix('-') {
            gone.push(Taint {
                value: String::new(),
                ..parse_one(word)?
            });
            continue;
        }
        let taint = parse_one(word)?;
        if taint.effect.is_empty() {
            return Err(format!("invalid taint spec: {word}"));
        }
        let same = |known: &Taint| known.key == taint.key && known.effect == taint.effect;
        if new.iter().any(same) {
            let Taint { key, value, effect } = taint;
            return Err(format!(
                "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
            ));
        }
        new.push(taint);
    }
    Ok((new, gone))
}

fn parse_one(word: &str) -> Result<Taint, String> {
    let invalid = |why: Vec<String>| match &why[..] {
        [] => format!("invalid taint spec: {word}"),
        why => format!("invalid taint spec: {word}, {}", why.join("; ")),
    };
    let parts: Vec<&str> = word.split(':').collect();
    let (pair, effect) = match parts[..] {
        [key] => (vec![key], ""),
        [pair, effect] => {
            if !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
                return Err(format!(
                    "invalid taint effect: {effect}, unsupported taint effect"
                ));
            }
            (pair.split('=').collect(), effect)
        }
        _ => return Err(invalid(Vec::new())),
    };
    let (key, value) = match pair[..] {
        [key] => (key, ""),
        [key, value] => (key, value),
        _ => return Err(invalid(Vec::new())),
    };
    for wrong in [names::label_value(value), names::label_key(key)] {
        if !wrong.is_empty() {
            return Err(invalid(wrong));
        }
    }
    Ok(Taint {
        key: key.into(),
        value: value.into(),
        effect: effect.into(),
    })
}

fn one(
    session: &mut Session<'_, '_>,
    info: &Info,
    given: &Given,
    new: &[Taint],
    gone: &[Taint],
) -> Result<(), Error> {
    let overwrites = given.is("overwrite");
    let there = info.value.at(&["spec", "taints"]);
    let old: Vec<Value> = there.map_or(Vec::new(), |taints| taints.items().to_vec());
    if !overwrites {
        let taken = new.iter();
        let taken = taken.filter(|taint| old.iter().any(|old| taint.matches(old)));
        let taken: Vec<&str> = taken.map(|taint| &*taint.key).collect();
        if !taken.is_empty() {
            return plain(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                info.name,
                taken.join(",")
            ));
        }
    }
    let mut taints: Vec<Value> = new.iter().map(Taint::to_value).collect();
    for old in &old {
        let known = Taint::of(old);
        if !taints.iter().any(|taint| known.matches(taint)) {
            taints.push(old.clone());
        }
    }
    let added = old.len() != taints.len();
    let (mut errors, mut deleted) = (Vec::new(), false);
    for gone in gone {
        let before = taints.len();
        taints.retain(|taint| !gone.matches(taint));
        deleted = taints.len() != before;
        if !deleted {
            let named = quoted(&gone.named());
            errors.push(format!("taint {named} not found"));
        }
    }
    match &errors[..] {
        [] => {}
        [one] => return plain(one.clone()),
        several => return plain(format!("[{}]", several.join(", "))),
    }
    let operation = if added && deleted || overwrites {
        "modified"
    } else if added {
        "tainted"
    } else {
        "untainted"
    };
    let mut value = info.value.clone();
    match taints.is_empty() {
        true => drop(value.remove(&["spec", "taints"])),
        false => value.set(&["spec", "taints"], taints.into_iter().collect::<Value>()),
    }
    let written = session.write(info, &value)?;
    session.print(&written, operation);
    Ok(())
}
