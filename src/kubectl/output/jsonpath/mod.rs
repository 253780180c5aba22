//! `-o jsonpath=…`: parts of objects, found by a template. Models `client-go/util/jsonpath/jsonpath.go`
//! over what JSON can say. Keys of maps come in the order of their names, where Go has none.

/// Templates read.
mod parser;

use crate::api::Value;
use crate::api::validation::field::go_json;
use crate::kubectl::look::scalar;
use parser::{Node, Param};

/// A template.
#[derive(Clone, Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
    /// Is a missing field just nothing?
    pub allows_missing_keys: bool,
}

/// Where a run through a template stands.
#[derive(Default)]
struct Run {
    begin_range: usize,
    in_range: usize,
    end_range: usize,
    last_end: usize,
}

type Found = Result<Vec<Value>, String>;

impl JsonPath {
    /// Reads a template.
    ///
    /// # Errors
    /// Upstream's sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(JsonPath {
            nodes: parser::parse(text)?,
            allows_missing_keys: true,
        })
    }

    /// What each part of the template finds in `data`.
    ///
    /// # Errors
    /// Upstream's sentence.
    pub fn find(&self, data: &Value) -> Result<Vec<Vec<Value>>, String> {
        self.find_from(0, data, &mut Run::default())
    }

    fn find_from(
        &self,
        from: usize,
        data: &Value,
        run: &mut Run,
    ) -> Result<Vec<Vec<Value>>, String> {
        let current = vec![data.clone()];
        let mut found = Vec::new();
        let mut at = from;
        while at < self.nodes.len() {
            let results = self.walk(&current, &self.nodes[at], run)?;
            if run.end_range > 0 && run.end_range <= run.in_range {
                run.end_range -= 1;
                run.last_end = at;
                break;
            }
            if run.begin_range > 0 {
                run.begin_range -= 1;
                run.in_range += 1;
                for value in &results {
                    found.extend(self.find_from(at + 1, value, run)?);
                }
                if results.is_empty() {
                    self.find_from(at + 1, &Value::Null, run)?;
                }
                run.in_range -= 1;
                at = run.last_end.max(at);
            } else {
                found.push(results);
            }
            at += 1;
        }
        Ok(found)
    }

    fn walk(&self, input: &[Value], node: &Node, run: &mut Run) -> Found {
        let each = |value: Value| Ok(vec![value; input.len()]);
        match node {
            Node::List(nodes) => self.walk_all(input, nodes, run),
            Node::Text(text) => Ok(vec![text.as_str().into()]),
            Node::Field(name) => self.field(input, name),
            Node::Array(params) => array(input, params),
            Node::Filter(left, operator, right) => self.filter(input, left, operator, right, run),
            Node::Int(number) => each(Value::Int(*number)),
            Node::Float(number) => each(Value::Float(*number)),
            Node::Bool(truth) => each(Value::Bool(*truth)),
            Node::Wildcard => Ok(input.iter().flat_map(inside).collect()),
            Node::Recursive => {
                let mut found = Vec::new();
                input.iter().for_each(|value| descend(value, &mut found));
                Ok(found)
            }
            Node::Union(lists) => {
                let mut found = Vec::new();
                for nodes in lists {
                    found.extend(self.walk_all(input, nodes, run)?);
                }
                Ok(found)
            }
            Node::Identifier(name) => match &**name {
                "range" => {
                    run.begin_range += 1;
                    Ok(input.to_vec())
                }
                "end" if run.in_range > 0 => {
                    run.end_range += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                other => Err(["unrecognized identifier ", other].concat()),
            },
        }
    }

    fn walk_all(&self, input: &[Value], nodes: &[Node], run: &mut Run) -> Found {
        let mut current = input.to_vec();
        for node in nodes {
            current = self.walk(&current, node, run)?;
        }
        Ok(current)
    }

    fn field(&self, input: &[Value], name: &str) -> Found {
        let found: Vec<Value> = input
            .iter()
            .filter_map(|value| value.get(name).cloned())
            .collect();
        if found.is_empty() && !input.is_empty() && !self.allows_missing_keys {
            return Err([name, " is not found"].concat());
        }
        Ok(found)
    }

    fn filter(
        &self,
        input: &[Value],
        left: &[Node],
        operator: &str,
        right: &[Node],
        run: &mut Run,
    ) -> Found {
        let mut found = Vec::new();
        for value in input {
            let Value::List(items) = value else {
                let text = crate::kubectl::go_map::dump(value);
                return Err([&text, " is not array or slice and cannot be filtered"].concat());
            };
            for item in items.iter() {
                let here = [item.clone()];
                let lefts = self.walk_all(&here, left, run);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        found.push(item.clone());
                    }
                    continue;
                }
                let Some(left) = only(lefts?)? else {
                    continue;
                };
                let Some(right) = only(self.walk_all(&here, right, run)?)? else {
                    continue;
                };
                if compare(&left, operator, &right)? {
                    found.push(item.clone());
                }
            }
        }
        Ok(found)
    }
}

fn only(mut values: Vec<Value>) -> Result<Option<Value>, String> {
    match values.len() {
        0 | 1 => Ok(values.pop()),
        _ => Err("can only compare one element at a time".into()),
    }
}

/// Models `third_party/forked/golang/template/funcs.go`.
fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    let is_equality = matches!(operator, "==" | "!=");
    let ordering = match (left, right) {
        (Value::Bool(a), Value::Bool(b)) if is_equality => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Null | Value::List(_) | Value::Map(_), _)
        | (_, Value::Null | Value::List(_) | Value::Map(_))
        | (Value::Bool(_), Value::Bool(_)) => {
            return Err("invalid type for comparison".into());
        }
        _ => return Err("incompatible types for comparison".into()),
    };
    let holds = |is: fn(std::cmp::Ordering) -> bool| ordering.is_some_and(is);
    Ok(match operator {
        "<" => holds(std::cmp::Ordering::is_lt),
        ">" => holds(std::cmp::Ordering::is_gt),
        "==" => holds(std::cmp::Ordering::is_eq),
        "!=" => !holds(std::cmp::Ordering::is_eq),
        "<=" => holds(std::cmp::Ordering::is_le),
        ">=" => holds(std::cmp::Ordering::is_ge),
        other => return Err(["unrecognized filter operator ", other].concat()),
    })
}

/// Values of a map, items of a list, bytes of a text.
fn inside(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(fields) => fields.iter().map(|(_, value)| value.clone()).collect(),
        Value::List(items) => items.to_vec(),
        Value::String(text) => text.bytes().map(|byte| Value::Int(byte.into())).collect(),
        _ => Vec::new(),
    }
}

fn descend(value: &Value, found: &mut Vec<Value>) {
    let inside = inside(value);
    if !inside.is_empty() {
        found.push(value.clone());
        inside.iter().for_each(|value| descend(value, found));
    }
}

fn array(input: &[Value], params: &[Param; 3]) -> Found {
    let mut found = Vec::new();
    for value in input.iter().filter(|value| **value != Value::Null) {
        let Value::List(items) = value else {
            let kind = match value {
                Value::Map(_) => "map[string]interface {}",
                Value::String(_) => "string",
                Value::Int(_) => "int64",
                Value::Float(_) => "float64",
                _ => "bool",
            };
            return Err([kind, " is not array or slice"].concat());
        };
        let length = items.len() as i64;
        let mut first = if params[0].is_known {
            params[0].value
        } else {
            0
        };
        if first < 0 {
            first += length;
        }
        let mut end = if params[1].is_known {
            params[1].value
        } else {
            length
        };
        if end < 0 || end == 0 && params[1].is_derived {
            end += length;
        }
        if first == end {
            continue;
        }
        let out = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if first >= length || first < 0 {
            return Err(out(first));
        }
        if end > length || end < 0 {
            return Err(out(end - 1));
        }
        if first > end {
            return Err(format!(
                "starting index {first} is greater than ending index {end}"
            ));
        }
        let step = match params[2] {
            Param {
                is_known: true,
                value,
                ..
            } if value <= 0 => {
                return Err("step must be > 0".into());
            }
            Param {
                is_known: true,
                value,
                ..
            } => value,
            _ => 1,
        };
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        found.extend(
            items[first as usize..end as usize]
                .iter()
                .step_by(step)
                .cloned(),
        );
    }
    Ok(found)
}

/// What is printed of the results: texts and numbers as they are, the rest as JSON.
pub fn print(results: &[Vec<Value>]) -> String {
    let mut out = String::new();
    for part in results {
        let texts: Vec<String> = part.iter().map(text).collect();
        out += &texts.join(" ");
    }
    out
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::List(_) | Value::Map(_) => go_json(value),
        other => scalar(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonPath, print};
    use crate::api::Value;

    const PODS: &str = r#"{"kind": "List", "items": [
        {"kind": "Pod", "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x"}},
         "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname"}], "n": 1}},
        {"kind": "Pod", "metadata": {"name": "b"}, "status": {"addresses": [], "n": 2, "ok": true}}]}"#;

    fn find(template: &str) -> Result<String, String> {
        let pods = Value::from_json(&serde_json::from_str(PODS).expect("the test's own text"));
        Ok(print(&JsonPath::parse(template)?.find(&pods)?))
    }

    #[test]
    fn templates_find_what_upstreams_find() {
        for (template, expected) in [
            ("{.items[*].metadata.name}", "a b"),
            (
                "{.items[0].metadata.name}/{.items[-1].metadata.name}",
                "a/b",
            ),
            (
                "{range .items[*]}{.metadata.name}{\"\\n\"}{end}done",
                "a\nb\ndone",
            ),
            (
                "{range .items[*]}{.kind}={range .status.addresses[*]}{.type};{end}|{end}",
                "Pod=InternalIP;Hostname;|Pod=|",
            ),
            (
                "{.items[*].status.addresses[?(@.type=='InternalIP')].address}",
                "10.0.0.1",
            ),
            ("{.items[?(@.status.n>1)].metadata.name}", "b"),
            ("{.items[?(@.status.ok)].metadata.name}", "b"),
            (
                "{.items[0].metadata.labels.app\\.kubernetes\\.io/name}",
                "x",
            ),
            ("{.items[0]['metadata.name','kind']}", "a Pod"),
            ("{..name}", "a b"),
            (
                "{.items[0].metadata.labels}",
                "{\"app.kubernetes.io/name\":\"x\"}",
            ),
            ("{.items[*].nosuch}", ""),
            ("{.items[0:1].kind}", "Pod"),
            ("{$.kind}", "List"),
            ("no template", "no template"),
        ] {
            assert_eq!(find(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_said() {
        for (template, expected) in [
            (
                "{.items[5].kind}",
                "array index out of bounds: index 5, length 2",
            ),
            ("{.kind[0]}", "string is not array or slice"),
            ("{end}", "not in range, nothing to end"),
            (
                "{.items[?(@.status.n>'x')]}",
                "incompatible types for comparison",
            ),
        ] {
            assert_eq!(find(template).expect_err(template), expected);
        }
    }
}
