//! A manifest's text with one object of it changed: as little as can be of what a person wrote. Ours.
//! Each way is tried and the outcome read again; where it doesn't spell what was meant (flow style,
//! aliases), the object's document is written anew, as kubectl prints objects.

use std::ops::Range;

use super::check::{Named, check};
use super::text::Lines;
use super::tree::Inside;
use crate::api::Value;
use crate::api::path::Step;

/// Where and how an object changes.
pub enum Change<'a> {
    /// Text at a path becomes another one.
    Text(&'a [Step], &'a str),
    /// What stands at a path goes.
    Remove(&'a [Step]),
    /// An item is added to a list in the object's `spec`.
    Append(&'a str, &'a Value),
}

/// The whole text with `named` so changed that it reads `wanted`, and the line to be looked at, from 1.
pub fn rewrite(text: &str, named: &Named, change: &Change, wanted: &Value) -> (String, usize) {
    let tried = match change {
        Change::Text(path, new) => scalar(text, named, path, new),
        Change::Remove(path) => removal(text, named, path),
        Change::Append(list, item) => addition(text, named, list, item),
    };
    let line = |text: &str, at: usize| Lines::of(text).position(at).0;
    if let Some((new, at)) = tried
        && check(&new)
            .objects
            .iter()
            .any(|now| now.key == named.key && now.value == *wanted)
    {
        let line = line(&new, at.min(new.len()));
        return (new, line);
    }
    let document = written(wanted);
    // One of a List can't be written in its place.
    let stands_alone = Lines::of(text).position(named.span.start).1 == 1;
    if !stands_alone {
        return (document, 1);
    }
    let end = named.span.start + text[named.span.clone()].trim_end().len();
    let new = format!(
        "{}{document}{}",
        &text[..named.span.start],
        text[end..].trim_start_matches('\n')
    );
    let first = new
        .bytes()
        .zip(text.bytes())
        .take_while(|(new, old)| new == old)
        .count();
    let line = line(&new, first.max(named.span.start).min(new.len()));
    (new, line)
}

/// As `kubectl get -o yaml` prints it.
fn written(value: &Value) -> String {
    serde_yaml::to_string(&value.to_json()).unwrap_or_default()
}

fn replaced(text: &str, span: Range<usize>, new: &str) -> Option<(String, usize)> {
    let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
    Some((format!("{before}{new}{after}"), span.start))
}

fn scalar(text: &str, named: &Named, path: &[Step], new: &str) -> Option<(String, usize)> {
    let found = named.root.nearest(path);
    let is_quoted = text.get(found.node.span.clone())?.starts_with('"');
    let new = if is_quoted {
        format!("\"{new}\"")
    } else {
        new.to_string()
    };
    (found.steps == path.len()).then(|| replaced(text, found.node.span.clone(), &new))?
}

/// The lines on which it stands, if nothing else does; and of what holds only it.
fn removal(text: &str, named: &Named, path: &[Step]) -> Option<(String, usize)> {
    let found = named.root.nearest(path);
    if found.steps < path.len() {
        return None;
    }
    let (_, above) = path.split_last()?;
    let holder = named.root.nearest(above).node;
    let siblings = match &holder.inside {
        Inside::Map(entries) => entries.len(),
        Inside::List(items) => items.len(),
        _ => 0,
    };
    if siblings == 1 && above.len() > 1 {
        return removal(text, named, above);
    }
    let start = found
        .key_span
        .map_or(found.node.span.start, |key| key.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let written = text.get(start..found.node.span.end)?.trim_end().len();
    let end = text[start + written..]
        .find('\n')
        .map_or(text.len(), |at| start + written + at + 1);
    let before = text[line_start..start].trim_start();
    if before.is_empty() || before.trim_end() == "-" && matches!(holder.inside, Inside::List(_)) {
        return replaced(text, line_start..end, "");
    }
    // The first field of a list's item: the next one takes its place.
    let next = text[end..].lines().next()?;
    let indent = next.len() - next.trim_start().len();
    let taken = format!("{}{}", &text[line_start..start], next.get(indent..)?);
    let next_end = end + next.len();
    replaced(text, line_start..next_end, &taken)
}

fn addition(text: &str, named: &Named, list: &str, item: &Value) -> Option<(String, usize)> {
    let path = ["spec".into(), list.into()];
    let found = named.root.nearest(&path);
    let Inside::Map(spec) = &named.root.nearest(&path[..1]).node.inside else {
        return None;
    };
    let column = |at: usize| at - text[..at].rfind('\n').map_or(0, |line| line + 1);
    let item = written(item);
    let lines = |indent: usize| -> String {
        let first = std::iter::once("- ").chain(std::iter::repeat("  "));
        let lines = item.lines().zip(first);
        lines
            .map(|(line, dash)| format!("{}{dash}{line}\n", " ".repeat(indent)))
            .collect()
    };
    match (found.steps, &found.node.inside) {
        (2, Inside::List(items)) => {
            // Its dash stands two before the item.
            let indent = column(items.first()?.span.start).checked_sub(2)?;
            let last = items.last()?;
            let written = text.get(last.span.clone())?.trim_end().len();
            let at = last.span.start + written;
            let end = text[at..]
                .find('\n')
                .map_or(text.len(), |line| at + line + 1);
            replaced(text, end..end, &lines(indent))
        }
        (1, _) => {
            let first = spec.first()?.key_span.start;
            let indent = column(first);
            let start = first - indent;
            let head = format!("{}{list}:\n", " ".repeat(indent));
            replaced(text, start..start, &(head + &lines(indent + 2)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::path::steps;

    const POD: &str = "# mine\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  nodeSelector:\n    \
        disk: ssd # fast\n    zone: a\n  containers:\n    - name: c\n      image: i\n      resources:\n        \
        requests:\n          cpu: \"2\"\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n";

    fn rewritten(text: &str, change: &Change, wanted: impl Fn(&mut Value)) -> (String, usize) {
        let checked = check(text);
        let named = checked.objects.first().expect("an object");
        let mut value = named.value.clone();
        wanted(&mut value);
        let (new, line) = rewrite(text, named, change, &value);
        let now = check(&new).objects.first().map(|now| now.value.clone());
        assert_eq!(now, Some(value), "{new}");
        (new, line)
    }

    #[test]
    fn a_scalar_changes_and_nothing_else() {
        let path = steps("spec.containers[0].resources.requests.cpu");
        let (new, line) = rewritten(POD, &Change::Text(&path, "500m"), |pod| {
            pod.at_mut(&["spec", "containers"]).items_mut()[0]
                .set(&["resources", "requests", "cpu"], "500m");
        });
        assert_eq!(new, POD.replace("\"2\"", "\"500m\""));
        assert_eq!(line, 15);
    }

    #[test]
    fn a_line_goes_with_its_comment_and_its_holder_if_that_is_empty() {
        let path = steps("spec.nodeSelector.disk");
        let (new, line) = rewritten(POD, &Change::Remove(&path), |pod| {
            pod.remove(&["spec", "nodeSelector", "disk"]);
        });
        assert_eq!(new, POD.replace("    disk: ssd # fast\n", ""));
        assert_eq!(line, 8);
        let one = POD.replace("    zone: a\n", "");
        let (new, _) = rewritten(&one, &Change::Remove(&path), |pod| {
            pod.remove(&["spec", "nodeSelector"]);
        });
        assert_eq!(
            new,
            one.replace("  nodeSelector:\n    disk: ssd # fast\n", "")
        );
    }

    #[test]
    fn an_item_is_added_before_or_behind() {
        let item = Value::from_json(&serde_json::json!({"key": "a", "operator": "Exists"}));
        let add = Change::Append("tolerations", &item);
        let wanted = |pod: &mut Value| {
            pod.at_mut(&["spec", "tolerations"])
                .items_mut()
                .push(item.clone())
        };
        let (new, line) = rewritten(POD, &add, wanted);
        let lines = "  tolerations:\n    - key: a\n      operator: Exists\n";
        assert_eq!(
            new,
            POD.replace("  nodeSelector:", &format!("{lines}  nodeSelector:"))
        );
        assert_eq!(line, 7);
        let (again, _) = rewritten(&new, &add, wanted);
        assert_eq!(again.matches("- key: a").count(), 2);
    }

    #[test]
    fn what_stands_in_one_line_is_written_anew() {
        let flow = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeSelector: {a: b}, \
            containers: [{name: c, image: i}]}}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: n}}\n";
        let path = steps("spec.nodeSelector.a");
        let (new, line) = rewritten(flow, &Change::Remove(&path), |pod| {
            pod.remove(&["spec", "nodeSelector"]);
        });
        assert!(new.contains("\n---\n{apiVersion"), "{new}");
        assert_eq!(line, 1);
    }
}
