//! `-o custom-columns=NAME:.metadata.name`. Models `kubectl/pkg/cmd/get/customcolumn.go`.

use super::jsonpath::JsonPath;
use crate::api::Value;
use crate::kubectl::error::Error;
use crate::kubectl::go_map;
use crate::kubectl::printers::table::escaped;
use crate::kubectl::tab_writer::{TABLE, align};

/// Columns and what stands in them.
#[derive(Clone, Debug)]
pub struct CustomColumns {
    columns: Vec<(String, JsonPath)>,
    /// `--no-headers`
    pub no_headers: bool,
}

fn wrong<T>(sentence: impl Into<String>) -> Result<T, Error> {
    Err(Error::Plain(sentence.into()))
}

impl CustomColumns {
    /// Reads `HEADER:path,HEADER:path`.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn of(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return wrong("custom-columns format specified but no custom columns given");
        }
        let mut columns = Vec::new();
        for part in text.split(',') {
            let Some((header, path)) = part.split_once(':') else {
                return wrong(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ));
            };
            columns.push((header.into(), relaxed(path).map_err(Error::Plain)?));
        }
        Ok(CustomColumns {
            columns,
            no_headers: false,
        })
    }

    /// Reads a file of two lines: headers and paths.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn of_file(name: &str, file: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        const FORM: &str = "Expected format is one line of space separated headers, one line of space \
             separated column specs.";
        if name.is_empty() {
            return wrong("custom-columns format specified but no custom columns given");
        }
        let Some(text) = file(name) else {
            return wrong(format!(
                "error reading template {name}, open {name}: no such file or directory\n"
            ));
        };
        let mut lines = text.lines();
        let Some(headers) = lines.next() else {
            return wrong(format!("invalid template, missing header line. {FORM}"));
        };
        let Some(specs) = lines.next() else {
            return wrong(format!("invalid template, missing spec line. {FORM}"));
        };
        let headers: Vec<&str> = headers.split_whitespace().collect();
        let specs: Vec<&str> = specs.split_whitespace().collect();
        if headers.len() != specs.len() {
            return wrong(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                specs.len()
            ));
        }
        let mut columns = Vec::new();
        for (header, spec) in headers.into_iter().zip(specs) {
            columns.push((header.into(), relaxed(spec).map_err(Error::Plain)?));
        }
        Ok(CustomColumns {
            columns,
            no_headers: false,
        })
    }

    /// The table of one object, or of the items of a list.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn print(&self, value: &Value) -> Result<String, Error> {
        let mut rows: Vec<String> = Vec::new();
        if !self.no_headers {
            let headers: Vec<&str> = self.columns.iter().map(|(header, _)| &**header).collect();
            rows.push(headers.join("\t"));
        }
        let one = [value.clone()];
        let items = match value.get("items") {
            Some(Value::List(items)) => items,
            _ => &one[..],
        };
        for item in items {
            let cells: Result<Vec<String>, String> = self
                .columns
                .iter()
                .map(|(_, path)| cell(path, item))
                .collect();
            rows.push(cells.map_err(Error::Plain)?.join("\t"));
        }
        rows.push(String::new());
        Ok(align(&rows.join("\n"), TABLE))
    }
}

fn cell(path: &JsonPath, item: &Value) -> Result<String, String> {
    let found = path.find(item)?;
    if found.first().is_none_or(Vec::is_empty) {
        return Ok("<none>".into());
    }
    let values = found.iter().flatten();
    let values: Vec<String> = values.map(|value| escaped(&go_map::dump(value))).collect();
    Ok(values.join(","))
}

/// A path with or without its braces and leading dot. Models `RelaxedJSONPathExpression`.
///
/// # Errors
/// kubectl's sentence.
pub fn relaxed(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(&relaxed_text(text)?)
}

/// The same, as text.
///
/// # Errors
/// kubectl's sentence.
pub fn relaxed_text(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let braced = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let inside = braced.unwrap_or(text);
    let inside = match inside.strip_prefix('.') {
        Some(rest) if !rest.is_empty() => rest,
        _ => inside,
    };
    if inside.is_empty() || inside.contains(['{', '}']) {
        return Err(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or \
             '{name1.name2}' or '{.name1.name2}'"
                .into(),
        );
    }
    Ok(["{.", inside, "}"].concat())
}

#[cfg(test)]
mod tests {
    use super::CustomColumns;
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn columns_are_read_from_a_line_or_a_file() {
        let node = fields! { "metadata" => fields! { "name" => "node-1" } };
        let list = fields! { "items" => [node].into_iter().collect::<Value>() };
        let expected = "NAME     TAINTS\nnode-1   <none>\n";
        let line = CustomColumns::of("NAME:.metadata.name,TAINTS:{.spec.taints}");
        assert_eq!(line.and_then(|it| it.print(&list)).as_deref(), Ok(expected));
        let text = "NAME TAINTS\nmetadata.name spec.taints\n";
        let file = CustomColumns::of_file("f", &|_| Some(text.into()));
        assert_eq!(file.and_then(|it| it.print(&list)).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            (
                "",
                "custom-columns format specified but no custom columns given",
            ),
            (
                "N",
                "unexpected custom-columns spec: N, expected <header>:<json-path-expr>",
            ),
            ("N:{a}b", "unexpected path string"),
        ] {
            let error = CustomColumns::of(text).expect_err(text).printed();
            assert!(error.starts_with(&format!("error: {expected}")), "{error}");
        }
    }
}
