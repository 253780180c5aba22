//! Where go.yaml.in/yaml v2, which kubectl reads YAML with, takes a flow collection apart otherwise
//! than libyaml, whose events we read: `{a:[b]}` isn't refused at the colon, which belongs to the
//! scalar; `[a?b]` ends the scalar at the question mark; `[!a,b]` has a comma in the tag, where
//! libyaml-safer panics. Models the differences of `yaml_parser_scan_plain_scalar` and `_tag_uri`.
//! Left out: a scalar that begins with `?`; brackets in tags.

use std::ops::Range;

use super::Problem;

/// libyaml's sentence about the colon that Go would take as a part of the scalar.
const REFUSED: &str = "found unexpected ':'";

/// A chunk in which some characters are hidden behind others of the same length, so that libyaml
/// reads it as Go does.
pub(super) struct Disguise {
    /// What libyaml is given.
    pub(super) text: String,
    /// What stands for colons, and for commas; neither occurs in the chunk otherwise.
    colon: Option<char>,
    comma: Option<char>,
    /// How often the chunk may be read again: less often if it is long.
    left: usize,
}

impl Disguise {
    /// A chunk with no comma left at which libyaml-safer would panic.
    ///
    /// # Errors
    /// If there is one, and the chunk uses every character that might stand for it.
    pub(super) fn of(chunk: &str, offset: usize) -> Result<Self, Problem> {
        // kubectl hands lines over, so that its last one always ends.
        let end = if chunk.ends_with('\n') { "" } else { "\n" };
        let mut disguise = Disguise {
            text: format!("{chunk}{end}"),
            colon: None,
            comma: None,
            left: ((1 << 20) / chunk.len().max(1)).clamp(1, 16),
        };
        let commas = commas_of_tags(chunk);
        let Some(first) = commas.first() else {
            return Ok(disguise);
        };
        let Some(stand_in) = disguise.unused() else {
            return Err(no_blank_after_tag(offset + first));
        };
        disguise.comma = Some(stand_in);
        for at in commas {
            disguise.put(at, stand_in);
        }
        Ok(disguise)
    }

    /// A character that may stand in a tag and that the text doesn't use.
    fn unused(&self) -> Option<char> {
        let symbols = "~$;=+_()@".chars();
        let mut all = symbols.chain('A'..='Z').chain('a'..='z').chain('0'..='9');
        all.find(|c| !self.text.contains(*c))
    }

    fn put(&mut self, at: usize, c: char) {
        self.text.replace_range(at..=at, c.encode_utf8(&mut [0; 4]));
    }

    /// Puts a stand-in for the colon at byte `at`, if that is what `problem` is about; tells whether
    /// to read again.
    pub(super) fn hide_colon(&mut self, problem: &Problem, at: usize) -> bool {
        let is_colon = self.text.as_bytes().get(at) == Some(&b':');
        if !problem.message.ends_with(REFUSED) || !is_colon || self.left == 0 {
            return false;
        }
        let Some(stand_in) = self.colon.or_else(|| self.unused()) else {
            return false;
        };
        self.left -= 1;
        self.colon = Some(stand_in);
        self.put(at, stand_in);
        true
    }

    /// Puts commas back that turned out not to stand in a tag.
    ///
    /// # Errors
    /// After too many readings.
    pub(super) fn show_commas(&mut self, all: &[usize], offset: usize) -> Result<(), Problem> {
        if let (0, Some(at)) = (self.left, all.first()) {
            return Err(no_blank_after_tag(offset + at));
        }
        self.left -= 1;
        all.iter().for_each(|at| self.put(*at, ','));
        Ok(())
    }

    /// Where a plain scalar, whose bytes with its tag and anchor are `part`, has a comma that was
    /// taken for a tag's.
    pub(super) fn hidden_comma(&self, part: Range<usize>) -> Option<usize> {
        let start = after_properties(&self.text, &part);
        let found = self.text.get(start..part.end)?.find(self.comma?)?;
        Some(start + found)
    }

    /// The scalar as it is written.
    pub(super) fn restored(&self, mut scalar: String) -> String {
        for (stand_in, hidden) in [(self.colon, ":"), (self.comma, ",")] {
            if let Some(stand_in) = stand_in.filter(|c| scalar.contains(*c)) {
                scalar = scalar.replace(stand_in, hidden);
            }
        }
        scalar
    }
}

/// Every comma in what may be a tag.
fn commas_of_tags(chunk: &str) -> Vec<usize> {
    let bytes = chunk.as_bytes();
    let mut commas = Vec::new();
    let mut end = 0;
    for (start, _) in chunk.match_indices('!') {
        let may_begin = match start.checked_sub(1).map(|before| bytes[before]) {
            None => true,
            Some(before) => {
                before.is_ascii_whitespace()
                    || b"[]{},\"':?-".contains(&before)
                    || !before.is_ascii()
            }
        };
        if start < end || !may_begin {
            continue;
        }
        let in_tag = |b: &&u8| b.is_ascii_alphanumeric() || b";/?:@&=+$.%!~*'()-_<>,".contains(*b);
        let len = bytes[start..].iter().take_while(in_tag).count();
        end = start + len;
        commas.extend((start..end).filter(|at| bytes[*at] == b','));
    }
    commas
}

fn no_blank_after_tag(at: usize) -> Problem {
    Problem {
        message: "yaml: did not find expected whitespace or line break".into(),
        span: at..at + 1,
        help: Some("Put text that begins with ! in quotes.".into()),
    }
}

/// The byte of the question mark that ends a plain scalar of a flow collection.
pub(super) fn question_mark(text: &str, span: &Range<usize>) -> Option<usize> {
    let start = after_properties(text, span);
    let found = text.get(start..span.end)?.find('?')?;
    (found > 0).then_some(start + found)
}

/// Where a plain scalar itself begins, behind its tag and anchor.
fn after_properties(text: &str, span: &Range<usize>) -> usize {
    let mut rest = text.get(span.clone()).unwrap_or_default();
    while rest.starts_with(['!', '&']) {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[end..].trim_start();
    }
    span.end - rest.len()
}

#[cfg(test)]
mod tests {
    use crate::manifest::stream::Stream;

    /// The documents as JSON, then the error.
    fn read(text: &str) -> Vec<String> {
        let mut stream = Stream::of(text);
        let next = || stream.next_document(text);
        std::iter::from_fn(next)
            .map(|read| match read {
                Ok(document) => document.root.value.to_json().to_string(),
                Err(problem) => problem.message,
            })
            .collect()
    }

    #[test]
    fn scalars_of_flow_collections_end_where_go_ends_them() {
        let refused = |line: &str, rest| {
            format!(
                "error converting YAML to JSON: yaml: {line}did not find expected ',' or '{rest}'"
            )
        };
        for (text, said) in [
            (
                "a: 1\nb: [9:, x]\n",
                r#"{"a":1,"b":["9:","x"]}"#.to_string(),
            ),
            ("a: {x: 1, y:}\n", r#"{"a":{"x":1,"y:":null}}"#.to_string()),
            (
                "a: 1\nspec: {containers:[{name: a}]}\n",
                refused("line 1: ", '}'),
            ),
            ("a: {b:{c: d}}\n", refused("", '}')),
            (
                "a:\n- x\n- [wget, http://web/?a=b]\n",
                refused("line 2: ", ']'),
            ),
            (
                "a: http://web/?a=b\n",
                r#"{"a":"http://web/?a=b"}"#.to_string(),
            ),
            ("a: [\"b?c\"]\n", r#"{"a":["b?c"]}"#.to_string()),
        ] {
            assert_eq!(read(text), [said], "{text}");
        }
    }

    #[test]
    fn a_comma_after_a_tag_belongs_to_it_and_one_after_text_does_not() {
        for (text, said) in [
            ("a: [!1, 2.5, x]\n", r#"{"a":["2.5","x"]}"#),
            (
                "a: [echo hi !x, b, ok !z, 'no !q,']\n",
                r#"{"a":["echo hi !x","b","ok !z","no !q,"]}"#,
            ),
            ("a: {b: !!str 5, c: 6}\n", r#"{"a":{"b":"5","c":6}}"#),
            ("a: see !b, c\n", r#"{"a":"see !b, c"}"#),
            (
                "a: [!<b>,]\n",
                "error converting YAML to JSON: yaml: did not find expected whitespace or line break",
            ),
        ] {
            assert_eq!(read(text), [said], "{text}");
        }
    }

    #[test]
    fn three_json_values_make_a_stream_of_json() {
        let said = |text: &str| read(text).pop().unwrap_or_default();
        assert_eq!(
            said("{}\n{\"a\"]}"),
            "json: offset 8: invalid character ']' after object key"
        );
        assert_eq!(
            said("{}{}{\"a\"}"),
            "invalid character '}' after object key"
        );
        let key = "error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: <nil>";
        assert_eq!(said("?"), key);
    }
}
