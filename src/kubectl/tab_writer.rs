//! Columns of text: cells that end in a tab are as wide as the widest of their neighbours above and
//! below. Models `github.com/liggitt/tabwriter`, which is Go's `text/tabwriter` and can remember widths.
//! Left out: alignment to the right, tabs as padding, escapes.

/// How wide columns are at least, and what is between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Width of a column at least, padding included.
    pub least: usize,
    /// Blanks behind the widest cell.
    pub padding: usize,
    /// Do columns stay as wide as they once were?
    pub remembers: bool,
}

/// What tables are printed with: `GetNewTabWriter` of `cli-runtime/pkg/printers/tabwriter.go`.
pub const TABLE: Style = Style {
    least: 6,
    padding: 3,
    remembers: true,
};

/// What descriptions are printed with: `tabbedString` of `kubectl/pkg/describe/describe.go`.
pub const DESCRIPTION: Style = Style {
    least: 0,
    padding: 2,
    remembers: false,
};

/// A line that has more cells than this keeps the tabs of the rest.
const MOST_CELLS: usize = 100;

/// `text` with its tabs made columns.
pub fn align(text: &str, style: Style) -> String {
    align_on(text, style, &mut Vec::new())
}

/// The same, in columns at least as wide as `remembered` says, which then remembers these.
pub fn align_on(text: &str, style: Style, remembered: &mut Vec<usize>) -> String {
    let lines: Vec<Vec<&str>> = text
        .split(['\n', '\u{c}'])
        .map(|line| line.splitn(MOST_CELLS, ['\t', '\u{b}']).collect())
        .collect();
    let mut writer = Writer {
        lines: &lines,
        style,
        widths: Vec::new(),
        remembered,
        out: String::new(),
    };
    writer.format(0, lines.len());
    writer.out
}

struct Writer<'a> {
    lines: &'a [Vec<&'a str>],
    style: Style,
    /// Of the columns that the lines in hand share.
    widths: Vec<usize>,
    remembered: &'a mut Vec<usize>,
    out: String,
}

impl Writer<'_> {
    /// Writes the lines `first..end`, of which all share the columns of `widths`.
    fn format(&mut self, mut first: usize, end: usize) {
        let column = self.widths.len();
        let has = |line: &Vec<&str>| column + 1 < line.len();
        let mut line = first;
        while line < end {
            if !has(&self.lines[line]) {
                line += 1;
                continue;
            }
            self.write(first, line);
            first = line;
            let mut width = self.style.least;
            while line < end && has(&self.lines[line]) {
                let cell = self.lines[line][column].chars().count();
                width = width.max(cell + self.style.padding);
                line += 1;
            }
            if self.style.remembers {
                width = self.remember(column, width);
            }
            self.widths.push(width);
            self.format(first, line);
            self.widths.pop();
            first = line;
        }
        self.write(first, end);
    }

    /// The width that the column has from now on.
    fn remember(&mut self, column: usize, width: usize) -> usize {
        let known = self.remembered.len();
        if known < column {
            self.remembered.extend(&self.widths[known..]);
        }
        match self.remembered.get_mut(column) {
            Some(remembered) => {
                *remembered = width.max(*remembered);
                *remembered
            }
            None => {
                self.remembered.push(width);
                width
            }
        }
    }

    fn write(&mut self, first: usize, end: usize) {
        for line in first..end {
            for (column, cell) in self.lines[line].iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            if line + 1 < self.lines.len() {
                self.out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DESCRIPTION, TABLE, align, align_on};

    #[test]
    fn a_table_has_columns() {
        let text = "NAME\tREADY\tAGE\nweb\t1/1\t2s\na-long-name\t0/1\t10m\n";
        let expected =
            "NAME          READY   AGE\nweb           1/1     2s\na-long-name   0/1     10m\n";
        assert_eq!(align(text, TABLE), expected);
    }

    #[test]
    fn a_line_without_the_column_ends_it() {
        let text = "Name:\tweb\nLimits:\n  cpu:\t1\n  memory:\t64Mi\nReady:\tTrue\n";
        let expected = "Name:  web\nLimits:\n  cpu:     1\n  memory:  64Mi\nReady:     True\n";
        assert_eq!(align(text, DESCRIPTION), expected);
    }

    #[test]
    fn what_is_written_later_keeps_the_widths_of_before() {
        let mut widths = Vec::new();
        assert_eq!(
            align_on("a-long-name\t1\n", TABLE, &mut widths),
            "a-long-name   1\n"
        );
        assert_eq!(
            align_on("web\t2\n", TABLE, &mut widths),
            "web           2\n"
        );
    }
}
