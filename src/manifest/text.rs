//! Where a byte of a text stands: line and column as a person counts them. Ours.

use std::ops::Range;

/// Beginnings of lines. A line ends with LF, CRLF or a lone CR, as in an editor.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks over the whole text once.
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends_line =
            |i: usize| bytes[i] == b'\n' || bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
        let ends = (0..bytes.len()).filter(|i| ends_line(*i));
        Lines {
            text,
            starts: std::iter::once(0).chain(ends.map(|i| i + 1)).collect(),
        }
    }

    /// Line and column of a byte, both counted from 1; columns are characters. A byte order mark has
    /// no width.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let byte = self.boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        let before = &self.text[self.starts[line]..byte];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        (line + 1, before.chars().count() + 1)
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

#[cfg(test)]
mod tests {
    use super::Lines;

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
