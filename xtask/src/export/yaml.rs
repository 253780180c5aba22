//! A value printed as kubectl prints it, through go-yaml: names in order, dashes in the column of their
//! key, texts plain where they read as text. And what `--show-managed-fields` adds.

use std::collections::BTreeMap;

/// A value of an object, printed as kubectl prints it.
#[derive(Clone, Debug)]
pub enum Yaml {
    Map(BTreeMap<String, Yaml>),
    List(Vec<Yaml>),
    Text(String),
    Plain(String),
}

pub fn text(text: impl Into<String>) -> Yaml {
    Yaml::Text(text.into())
}

pub fn int(number: usize) -> Yaml {
    Yaml::Plain(number.to_string())
}

pub fn truth(truth: bool) -> Yaml {
    Yaml::Plain(truth.to_string())
}

macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {
        Yaml::Map(std::collections::BTreeMap::from([$(($key.to_string(), $value)),*]))
    };
}

impl Yaml {
    pub fn set(&mut self, key: &str, value: Yaml) {
        if let Yaml::Map(map) = self {
            map.insert(key.into(), value);
        }
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Yaml> {
        match self {
            Yaml::Map(map) => map.get_mut(key),
            _ => None,
        }
    }

    /// Behind `key:` or a dash; `indent` is the column of that key.
    fn print(&self, out: &mut String, indent: usize) {
        match self {
            Yaml::Map(map) if map.is_empty() => out.push_str(" {}\n"),
            Yaml::List(items) if items.is_empty() => out.push_str(" []\n"),
            Yaml::Map(_) => {
                out.push('\n');
                self.lines(out, indent + 2, false);
            }
            Yaml::List(items) => {
                out.push('\n');
                for item in items {
                    out.push_str(&" ".repeat(indent));
                    out.push('-');
                    item.item(out, indent);
                }
            }
            Yaml::Plain(plain) => {
                out.push(' ');
                out.push_str(plain);
                out.push('\n');
            }
            Yaml::Text(text) => {
                out.push(' ');
                scalar(text, out, indent + 2);
                out.push('\n');
            }
        }
    }

    /// Behind a dash in column `indent`.
    pub fn item(&self, out: &mut String, indent: usize) {
        match self {
            Yaml::Map(map) if !map.is_empty() => {
                out.push(' ');
                self.lines(out, indent + 2, true);
            }
            other => other.print(out, indent),
        }
    }

    fn lines(&self, out: &mut String, indent: usize, mut is_begun: bool) {
        let Yaml::Map(map) = self else { return };
        for (key, value) in map {
            if !std::mem::take(&mut is_begun) {
                out.push_str(&" ".repeat(indent));
            }
            scalar(key, out, indent + 2);
            out.push(':');
            value.print(out, indent);
        }
    }
}

/// A text as go-yaml writes it: plain where that reads as text, else quoted; folded beyond 80 columns.
fn scalar(text: &str, out: &mut String, indent: usize) {
    let looks_odd = text.is_empty()
        || matches!(
            text.to_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "~"
        )
        || text.parse::<f64>().is_ok()
        || text.len() >= 20 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
    if looks_odd {
        out.push_str(&format!("\"{text}\""));
        return;
    }
    let first = text.as_bytes()[0];
    let is_plain = !b"-?:,[]{}#&*!|>'\"%@`.".contains(&first)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':');
    let quote = if is_plain || text == "." { "" } else { "'" };
    if text == "." {
        out.push('.');
        return;
    }
    out.push_str(quote);
    let mut column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    for (number, word) in text.replace('\'', "''").split(' ').enumerate() {
        if number > 0 {
            if column > 80 {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += word.len();
    }
    out.push_str(quote);
}

/// Moments count back from the export's, 2026-03-18T12:00:00Z, in seconds.
pub fn ago(seconds: usize) -> Yaml {
    text(moment(1_773_835_200 - seconds as i64))
}

pub fn moment(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = (march + 2) % 12 + 1;
    let year = year + 400 * era + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        day - (153 * march + 2) / 5 + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Who set what, as three writers leave it: the fields of the object, by name.
pub fn managed_fields(object: &Yaml) -> Yaml {
    let Yaml::Map(map) = object else {
        return Yaml::List(Vec::new());
    };
    let api_version = map.get("apiVersion").cloned().unwrap_or(text("v1"));
    let entry = |manager: &str, fields: Yaml, status: bool| {
        let mut entry = map! {
            "apiVersion" => api_version.clone(), "fieldsType" => text("FieldsV1"),
            "fieldsV1" => fields, "manager" => text(manager), "operation" => text("Update"),
            "time" => ago(3600),
        };
        if status {
            entry.set("subresource", text("status"));
        }
        entry
    };
    let of = |names: &[&str]| {
        let part = map
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()));
        let part = part.map(|(name, value)| (format!("f:{name}"), owned(value)));
        Yaml::Map(part.collect())
    };
    let mut entries = vec![entry(
        "kube-controller-manager",
        of(&["metadata", "spec", "data", "type"]),
        false,
    )];
    if map.contains_key("status") {
        entries.push(entry("kubelet", of(&["status"]), true));
    }
    Yaml::List(entries)
}

fn owned(value: &Yaml) -> Yaml {
    let mut fields = BTreeMap::new();
    match value {
        Yaml::Map(map) => {
            fields.insert(".".to_string(), map! {});
            for (name, value) in map {
                fields.insert(format!("f:{name}"), owned(value));
            }
        }
        Yaml::List(items) => {
            fields.insert(".".to_string(), map! {});
            for item in items {
                let Yaml::Map(map) = item else { continue };
                for key in ["type", "name", "uid", "mountPath"] {
                    if let Some(Yaml::Text(name)) = map.get(key) {
                        fields.insert(format!("k:{{\"{key}\":\"{name}\"}}"), owned(item));
                        break;
                    }
                }
            }
        }
        _ => {}
    }
    Yaml::Map(fields)
}
