//! Where a byte of a text stands: line and column as a person counts them. Ours.

use std::ops::Range;

/// Beginnings of lines. A line ends with LF, CRLF or a lone CR, as in an editor.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Lines before those.
    before: usize,
}

impl<'t> Lines<'t> {
    /// Looks over the whole text once.
    pub fn of(text: &'t str) -> Self {
        Lines::of_part(text, 0..text.len(), 0)
    }

    /// Looks over the lines of a part of the text, which `before` whole lines precede.
    pub fn of_part(text: &'t str, part: Range<usize>, before: usize) -> Self {
        let start = text[..part.start].rfind(['\n', '\r']);
        let start = start.map_or(0, |end| end + 1);
        let ends = ends(text, start..part.end);
        Lines {
            text,
            starts: std::iter::once(start).chain(ends.map(|i| i + 1)).collect(),
            before,
        }
    }

    /// Line and column of a byte, both counted from 1; columns are characters. A byte order mark has
    /// no width.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let byte = self.boundary(byte).max(self.starts[0]);
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        let before = &self.text[self.starts[line]..byte];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        (self.before + line + 1, before.chars().count() + 1)
    }

    /// `span` on character boundaries inside the text, with at least one character where the text
    /// has one: at the end of a text, its last.
    pub fn underlined(&self, span: Range<usize>) -> Range<usize> {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end);
        if start < end {
            return start..end;
        }
        let next = self.text[start..].chars().next();
        match next.filter(|c| !matches!(c, '\n' | '\r')) {
            Some(c) => start..start + c.len_utf8(),
            None => {
                let before = self.text[..start].char_indices().next_back();
                let here = next.map_or(0, char::len_utf8);
                match before {
                    Some((_, '\n' | '\r')) | None if here > 0 => start..start + here,
                    Some((before, _)) => before..start,
                    None => start..start,
                }
            }
        }
    }

    fn boundary(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}

/// The last byte of every line that ends in `part`.
fn ends(text: &str, part: Range<usize>) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    part.filter(|i| bytes[*i] == b'\n' || bytes[*i] == b'\r' && bytes.get(*i + 1) != Some(&b'\n'))
}

/// How many lines end in `part`.
pub fn count(text: &str, part: Range<usize>) -> usize {
    ends(text, part).count()
}

#[cfg(test)]
mod tests {
    use super::{Lines, count};

    #[test]
    fn a_part_is_counted_as_in_the_whole() {
        let text = "a: 1\r\nb: 2\n{} {é: x}\nc";
        let whole = Lines::of(text);
        let from = text.find(" {").expect("there");
        let part = Lines::of_part(text, from..text.len(), count(text, 0..from));
        for (byte, _) in text.char_indices().filter(|(byte, _)| *byte >= from) {
            assert_eq!(part.position(byte), whole.position(byte));
        }
    }

    #[test]
    fn columns_count_characters_and_lines_end_as_in_an_editor() {
        let text = "a: ü b\r\nc\rd\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(text.find('b').expect("there")), (1, 6));
        assert_eq!(lines.position(text.find('c').expect("there")), (2, 1));
        assert_eq!(lines.position(text.find('d').expect("there")), (3, 1));
        assert_eq!(lines.position(text.len()), (4, 1));
        assert_eq!(lines.position(99), (4, 1));
    }

    #[test]
    fn there_is_always_something_to_underline() {
        let text = "a:\n";
        let lines = Lines::of(text);
        assert_eq!(lines.underlined(3..3), 2..3);
        assert_eq!(lines.underlined(2..2), 1..2);
        assert_eq!(lines.underlined(0..0), 0..1);
        assert_eq!(Lines::of("\n").underlined(0..0), 0..1);
        assert_eq!(Lines::of("").underlined(5..9), 0..0);
    }
}
