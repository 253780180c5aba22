//! `-o`: in which form objects are printed. Models `PrintFlags` of `kubectl/pkg/cmd/get` and
//! `k8s.io/cli-runtime/pkg/genericclioptions`, and the printers of `cli-runtime/pkg/printers`.
//! Left out: `kyaml`.

/// YAML.
pub mod yaml;

/// Parts of objects.
pub mod jsonpath;

/// Columns of one's own.
pub mod custom_columns;

/// A part of Go's templates.
pub mod template;

/// `--sort-by`
pub mod sorter;

use super::error::Error;
use super::go_map;
use super::print;
use crate::api::Value;
use crate::api::validation::field::go_json;
use crate::fields;
use crate::manifest::stream::quoted;
use custom_columns::CustomColumns;
use jsonpath::JsonPath;
use template::Template;

/// A form of output.
#[derive(Clone, Debug)]
pub enum Format {
    /// A table; `wide` shows every column.
    Table {
        /// `-o wide`
        is_wide: bool,
    },
    /// `-o yaml`
    Yaml,
    /// `-o json`
    Json,
    /// `-o name`
    Name,
    /// `-o jsonpath=…` and its like.
    JsonPath {
        /// The template.
        path: JsonPath,
        /// As it was written, for complaints.
        text: String,
        /// `jsonpath-as-json`
        as_json: bool,
    },
    /// `-o custom-columns=…`
    CustomColumns(CustomColumns),
    /// `-o go-template=…`
    Template(Template),
}

/// How a form is asked for.
pub struct Asked<'a> {
    /// `-o`
    pub output: &'a str,
    /// `--template`
    pub template: &'a str,
    /// Can the command print tables and columns? (`get` alone.)
    pub has_tables: bool,
    /// `--allow-missing-template-keys`
    pub allows_missing_keys: bool,
    /// The text of a file, if it is there.
    pub file: &'a dyn Fn(&str) -> Option<String>,
}

const GENERIC: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,\
     kyaml,name,template,templatefile,yaml";
const OF_GET: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
     jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

fn wrong<T>(parts: &[&str]) -> Result<T, Error> {
    Err(Error::Plain(parts.concat()))
}

impl Asked<'_> {
    /// The form, if there is one.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn format(&self) -> Result<Format, Error> {
        let output = match (self.output, self.template) {
            ("", "") => return Ok(Format::Table { is_wide: false }),
            ("", _) => "go-template",
            (output, _) => output,
        };
        if let Some(templated) = self.templated(output)? {
            return Ok(templated);
        }
        let columns = |form: &str| {
            let argument = output.strip_prefix(form)?;
            let argument = argument.strip_prefix('=').unwrap_or(argument);
            Some(if argument.is_empty() {
                self.template
            } else {
                argument
            })
        };
        match output.to_lowercase().as_str() {
            "yaml" => return Ok(Format::Yaml),
            "json" => return Ok(Format::Json),
            "name" => return Ok(Format::Name),
            "kyaml" => return wrong(&["-o kyaml is not there"]),
            _ => {}
        }
        if self.has_tables {
            if output == "wide" {
                return Ok(Format::Table { is_wide: true });
            }
            if let Some(name) = columns("custom-columns-file") {
                return Ok(Format::CustomColumns(CustomColumns::of_file(
                    name, self.file,
                )?));
            }
            if let Some(text) = columns("custom-columns") {
                return Ok(Format::CustomColumns(CustomColumns::of(text)?));
            }
        }
        let allowed = if self.has_tables { OF_GET } else { GENERIC };
        wrong(&[
            "unable to match a printer suitable for the output format ",
            &quoted(output),
            ", allowed formats are: ",
            allowed,
        ])
    }

    /// The forms that take a template: behind a `=`, or as `--template`.
    fn templated(&self, output: &str) -> Result<Option<Format>, Error> {
        const FORMS: [&str; 7] = [
            "jsonpath-as-json",
            "jsonpath-file",
            "jsonpath",
            "go-template-file",
            "go-template",
            "templatefile",
            "template",
        ];
        let found = FORMS
            .iter()
            .find_map(|form| match output.strip_prefix(form)? {
                "" => Some((*form, self.template)),
                rest if self.template.is_empty() => Some((*form, rest.strip_prefix('=')?)),
                _ => None,
            });
        let Some((form, text)) = found else {
            return Ok(None);
        };
        if text.is_empty() {
            return wrong(&["template format specified but no template given"]);
        }
        let mut text = text.to_string();
        if form.ends_with("file") {
            let Some(read) = (self.file)(&text) else {
                let why = [&*text, ": no such file or directory"].concat();
                return wrong(&["error reading --template ", &text, ", open ", &why, "\n"]);
            };
            text = read;
        }
        if !form.starts_with("jsonpath") {
            let template = Template::parse(&text, self.allows_missing_keys);
            let template = template.map_err(|why| {
                Error::Plain(["error parsing template ", &text, ", ", &why, "\n"].concat())
            });
            return Ok(Some(Format::Template(template?)));
        }
        let path = JsonPath::parse(&text);
        let mut path = path.map_err(|why| {
            Error::Plain(["error parsing jsonpath ", &text, ", ", &why, "\n"].concat())
        })?;
        path.allows_missing_keys = self.allows_missing_keys;
        let as_json = form == "jsonpath-as-json";
        Ok(Some(Format::JsonPath {
            path,
            text,
            as_json,
        }))
    }
}

impl Format {
    /// Prints one object, or a list.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn print(&self, value: &Value) -> Result<String, Error> {
        match self {
            Format::Table { .. } => Ok(String::new()),
            Format::Yaml => Ok(yaml::yaml(value)),
            Format::Json => Ok(json(value)),
            Format::Name => Ok(names(value)),
            Format::JsonPath {
                path,
                text,
                as_json,
            } => {
                let found = path.find(value);
                let found = found.map_err(|why| complaint(&why, text, value))?;
                Ok(if *as_json {
                    let lists = found.into_iter();
                    let lists = lists.map(|part| json(&part.into_iter().collect::<Value>()));
                    lists.collect()
                } else {
                    jsonpath::print(&found)
                })
            }
            Format::CustomColumns(columns) => columns.print(value),
            Format::Template(template) => template.print(value).map_err(Error::Plain),
        }
    }
}

/// Models `JSONPathPrinter.PrintObj` of `cli-runtime/pkg/printers/jsonpath.go`.
fn complaint(why: &str, text: &str, value: &Value) -> Error {
    let told = [
        "Error executing template: ",
        why,
        ". Printing more information for debugging the template:\n\ttemplate was:\n\t\t",
        text,
        "\n\tobject given to jsonpath engine was:\n\t\t",
        &go_map::syntax(value),
        "\n\n",
    ];
    let told = told.concat();
    Error::Plain(
        [
            "error executing jsonpath ",
            &quoted(text),
            ": ",
            &told,
            "\n",
        ]
        .concat(),
    )
}

/// `pod/web`, a line each.
fn names(value: &Value) -> String {
    match value.get("items") {
        Some(Value::List(items)) => items.iter().map(|item| print::name(item) + "\n").collect(),
        _ => print::name(value) + "\n",
    }
}

/// As JSON, four blanks a level, fields in the order of their names.
pub fn json(value: &Value) -> String {
    json_indented(value, "    ")
}

/// The same with other blanks a level.
pub fn json_indented(value: &Value, blanks: &str) -> String {
    let mut out = String::new();
    write_json(value, blanks, 0, &mut out);
    out.push('\n');
    out
}

fn write_json(value: &Value, blanks: &str, level: usize, out: &mut String) {
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(blanks, level));
    };
    match value {
        Value::Map(fields) if !fields.is_empty() => {
            out.push('{');
            for (number, (name, value)) in fields.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, level + 1);
                out.push_str(&go_json(&Value::from(&**name)));
                out.push_str(": ");
                write_json(value, blanks, level + 1, out);
            }
            line(out, level);
            out.push('}');
        }
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, level + 1);
                write_json(item, blanks, level + 1, out);
            }
            line(out, level);
            out.push(']');
        }
        other => out.push_str(&go_json(other)),
    }
}

/// Several objects as one, as kubectl wraps them.
pub fn list(items: Vec<Value>) -> Value {
    fields! {
        "apiVersion" => "v1", "kind" => "List",
        "metadata" => fields! { "resourceVersion" => "" },
        "items" => items.into_iter().collect::<Value>(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, json};
    use crate::api::Value;

    fn print(output: &str, value: &str) -> String {
        let asked = Asked {
            output,
            template: "",
            has_tables: true,
            allows_missing_keys: true,
            file: &|_| None,
        };
        let value = Value::from_json(&serde_json::from_str(value).expect("the test's own text"));
        let printed = asked.format().and_then(|format| format.print(&value));
        printed.unwrap_or_else(|error| error.printed())
    }

    #[test]
    fn every_form_prints_what_it_is_for() {
        let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "l": [1]}"#;
        for (output, expected) in [
            ("name", "pod/a\n"),
            ("jsonpath={.metadata.name}", "a"),
            ("jsonpath-as-json={.l[*]}", "[\n    1\n]\n"),
            (
                "custom-columns=N:.metadata.name,K:kind",
                "N     K\na     Pod\n",
            ),
            ("go-template={{.kind}}", "Pod"),
            (
                "jsonpath",
                "error: template format specified but no template given\n",
            ),
            (
                "jsonpath={.a",
                "error: error parsing jsonpath {.a, unclosed action\n",
            ),
            (
                "yamll",
                "error: unable to match a printer suitable for the output format \"yamll\", allowed \
                 formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,\
                 jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml\n",
            ),
        ] {
            assert_eq!(print(output, pod), expected, "{output}");
        }
    }

    #[test]
    fn json_is_written_as_go_writes_it() {
        let value = r#"{"b": "<&>", "a": [], "m": {}, "n": [{"x": null}]}"#;
        let value = Value::from_json(&serde_json::from_str(value).expect("the test's own text"));
        let expected = "{\n    \"a\": [],\n    \"b\": \"\\u003c\\u0026\\u003e\",\n    \"m\": {},\n    \
                        \"n\": [\n        {\n            \"x\": null\n        }\n    ]\n}\n";
        assert_eq!(json(&value), expected);
    }
}
