//! `kubectl explain`. Models `k8s.io/kubectl/pkg/cmd/explain` and `kubectl/pkg/explain/v2` with its
//! template `plaintext.tmpl`. Left out: the older form `--output=plaintext-openapiv2`. Where the
//! documentation isn't built in (feature `documentation`), it says so.

use super::get::SUGGEST_API_RESOURCES;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;
use crate::kubectl::resources;

/// `kubectl explain`
pub const COMMAND: Command = Command::new("explain", "Get documentation for a resource", run)
    .flags(&[&[
        Flag::text("api-version"),
        Flag::text("output").short("o").default("plaintext"),
        Flag::truth("recursive").short("R"),
    ]]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let word = match &given.words[..] {
        [] => {
            let sentence = "You must specify the type of resource to explain. ";
            return plain([sentence, SUGGEST_API_RESOURCES, "\n"].concat());
        }
        [word] => word.clone(),
        _ => return plain("We accept only this format: explain RESOURCE\n"),
    };
    let (resource, path) = split(&word, given.text("api-version"))?;
    let mut kind = match resources::mapping(&resource) {
        Ok(kind) => kind,
        Err(sentence) => {
            // Here kubectl leaves its `error: ` out.
            cx.error_line(&sentence);
            return Err(Error::Exit(1));
        }
    };
    let path = path_behind(&word, kind, path)?;
    match given.text("output") {
        "plaintext" => {}
        "plaintext-openapiv2" => {
            return plain("--output=plaintext-openapiv2 of kubectl explain is not simulated here");
        }
        other => return plain(["unrecognized format: ", other].concat()),
    }
    let version = given.text("api-version");
    if !version.is_empty() {
        let Some(of_version) = crate::api::schema::kind(version, kind.kind()) else {
            let plural = kind.plural();
            return plain(format!(
                "couldn't find resource for \"{version}, Resource={plural}\""
            ));
        };
        kind = of_version;
    }
    explain(cx, kind, &path, given.is("recursive"))
}

/// The first word and the fields behind it. Models `SplitAndParseResourceRequest`.
fn split(word: &str, _version: &str) -> Result<(String, Vec<String>), Error> {
    let word = word.strip_suffix('.').unwrap_or(word);
    let mut parts = word.split('.').map(String::from);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<String> = parts.collect();
    if first.is_empty() || rest.iter().any(String::is_empty) {
        return plain("invalid jsonpath syntax, first node must be field node");
    }
    Ok((first, rest))
}

/// A group behind the resource is no field. Models `SplitAndParseResourceRequestWithMatchingPrefix`.
fn path_behind(
    word: &str,
    kind: crate::api::schema::Kind,
    path: Vec<String>,
) -> Result<Vec<String>, Error> {
    let full = resources::resource_and_group(kind);
    if kind.group().is_empty() || !word.starts_with(&full) {
        return Ok(path);
    }
    let behind = word[full.len()..].trim_matches('.');
    let fields = behind.split('.').filter(|field| !field.is_empty());
    Ok(fields.map(String::from).collect())
}

#[cfg(not(feature = "documentation"))]
fn explain(
    _: &mut Cx<'_>,
    _: crate::api::schema::Kind,
    _: &[String],
    _: bool,
) -> Result<Process, Error> {
    plain("kubectl explain is not simulated here: the documentation isn't built in")
}

#[cfg(feature = "documentation")]
use written::explain;

/// What is told, once there are texts to tell.
#[cfg(feature = "documentation")]
mod written {
    use crate::api::schema::documentation::{enumeration, of_field, of_type};
    use crate::api::schema::{Field, Kind, Shape, TypeId};
    use crate::kubectl::cx::Cx;
    use crate::kubectl::error::Error;
    use crate::kubectl::process::Process;

    pub fn explain(
        cx: &mut Cx<'_>,
        kind: Kind,
        path: &[String],
        recursive: bool,
    ) -> Result<Process, Error> {
        if !kind.group().is_empty() {
            cx.line(&["GROUP:      ", kind.group()].concat());
        }
        cx.line(&["KIND:       ", kind.kind()].concat());
        cx.line(&["VERSION:    ", kind.version(), "\n"].concat());
        let mut text = String::new();
        let (mut of, mut field) = (kind.of(), None);
        for name in path {
            let Some(next) = step(of, name) else {
                let last = path.last().map_or("", String::as_str);
                let sentence = ["error: field \"", last, "\" does not exist"].concat();
                return Err(Error::Plain(sentence));
            };
            (of, field) = (next.of(), Some(next));
        }
        if let Some(field) = field {
            text += &["FIELD: ", field.name(), " <", &guess(of), ">\n"].concat();
            let values = enumeration(field);
            if !values.is_empty() {
                let values: Vec<String> = values.into_iter().map(shown).collect();
                text += &["ENUM:\n    ", &values.join("\n    ")].concat();
            }
            text += "\n\n";
        }
        let mut said = field.map(of_field).unwrap_or_default();
        if !said.is_empty() {
            said.push('\n');
        }
        said += &inner(of);
        let said = if said.is_empty() { "<empty>" } else { &said };
        text += &["DESCRIPTION:\n", &indented(&wrapped(said, 76), 4), "\n"].concat();
        let mut fields = String::new();
        list(of, 1, recursive, &mut Vec::new(), &mut fields);
        if !fields.is_empty() {
            text += &["FIELDS:\n", &fields].concat();
        }
        cx.line(&text);
        Ok(Process::Ended(0))
    }

    /// The field of this name, inside lists and maps too.
    fn step(of: TypeId, name: &str) -> Option<Field> {
        match of.shape() {
            Shape::List | Shape::Map => step(of.item()?, name),
            _ => of.field(name),
        }
    }

    /// What is said of a type and of what is in it.
    fn inner(of: TypeId) -> String {
        match of.shape() {
            Shape::List | Shape::Map => of.item().map(inner).unwrap_or_default(),
            _ => match of_type(of) {
                said if said.is_empty() => said,
                said => said + "\n",
            },
        }
    }

    /// Models the template `typeGuess`.
    fn guess(of: TypeId) -> String {
        let item = || of.item().map(guess).unwrap_or_default();
        match of.shape() {
            Shape::List => ["[]", &item()].concat(),
            Shape::Map => ["map[string]", &item()].concat(),
            Shape::Struct => of.struct_name().into(),
            Shape::String | Shape::Bytes | Shape::Time | Shape::MicroTime => "string".into(),
            Shape::Int32 | Shape::Int64 => "integer".into(),
            Shape::Number => "number".into(),
            Shape::Bool => "boolean".into(),
            Shape::Quantity => "Quantity".into(),
            Shape::IntOrString => "IntOrString".into(),
            Shape::Any => of.go().rsplit('.').next().unwrap_or_default().into(),
        }
    }

    fn shown(value: &str) -> String {
        if value.is_empty() {
            "\"\"".into()
        } else {
            value.into()
        }
    }

    /// Models the templates `fieldList` and `fieldDetail`.
    fn list(of: TypeId, level: usize, recursive: bool, above: &mut Vec<TypeId>, out: &mut String) {
        match of.shape() {
            Shape::List | Shape::Map => {
                if let Some(item) = of.item() {
                    list(item, level, recursive, above, out);
                }
                return;
            }
            Shape::Struct if !above.contains(&of) => {}
            _ => return,
        }
        above.push(of);
        let indent = level * 2;
        for field in of.fields() {
            let blanks = " ".repeat(indent);
            *out += &[&blanks, field.name(), "\t<", &guess(field.of()), ">"].concat();
            if field.is_required() {
                *out += " -required-";
            }
            let values = enumeration(field);
            if !values.is_empty() {
                let mut shown: Vec<String> = values.iter().copied().map(self::shown).collect();
                if shown.len() > 4 {
                    shown.truncate(4);
                    shown.push("....".into());
                }
                *out += &["\n", &blanks, "enum: ", &shown.join(", ")].concat();
            }
            out.push('\n');
            if recursive {
                list(field.of(), level + 1, recursive, above, out);
                continue;
            }
            let said = of_field(field);
            let said = if said.is_empty() {
                "<no description>"
            } else {
                &said
            };
            *out += &indented(&wrapped(said, 78 - indent), indent + 2);
            *out += "\n\n";
        }
        above.pop();
    }

    fn indented(text: &str, blanks: usize) -> String {
        let pad = " ".repeat(blanks);
        [&pad, &*text.replace('\n', &["\n", &pad].concat())].concat()
    }

    /// Lines of so many characters. Models `WrapString` of `github.com/mitchellh/go-wordwrap`.
    fn wrapped(text: &str, limit: usize) -> String {
        let mut out = String::new();
        let (mut current, mut word, mut blanks) = (0, String::new(), String::new());
        let count = |text: &str| text.chars().count();
        for c in text.chars() {
            if c == '\n' {
                if !word.is_empty() || current + count(&blanks) <= limit {
                    out += &blanks;
                }
                blanks.clear();
                out += &std::mem::take(&mut word);
                out.push('\n');
                current = 0;
            } else if c.is_whitespace() && c != '\u{a0}' {
                if blanks.is_empty() || !word.is_empty() {
                    current += count(&blanks) + count(&word);
                    out += &std::mem::take(&mut blanks);
                    out += &std::mem::take(&mut word);
                }
                blanks.push(c);
            } else {
                word.push(c);
                let length = count(&word);
                if current + length + count(&blanks) > limit && length < limit {
                    out.push('\n');
                    current = 0;
                    blanks.clear();
                }
            }
        }
        if !word.is_empty() || current + count(&blanks) <= limit {
            out += &blanks;
        }
        out + &word
    }
}
