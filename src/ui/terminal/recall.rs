//! Lines that were typed before, as a shell has them: one up, one down, and the newest that holds a text.

use std::rc::Rc;

/// What was typed, and how far back it was gone.
#[derive(Default)]
pub struct Recall {
    lines: Vec<Rc<str>>,
    /// The line that is shown; as many as there are: the one that is being typed.
    at: usize,
    /// What is being typed.
    draft: String,
    /// What is looked for.
    search: Option<String>,
}

impl Recall {
    /// Nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line was typed; the same one again is one.
    pub fn push(&mut self, line: Rc<str>) {
        if self.lines.last() != Some(&line) {
            self.lines.push(line);
        }
        self.leave();
    }

    /// Something else is typed.
    pub fn leave(&mut self) {
        self.at = self.lines.len();
        self.search = None;
    }

    /// The line before; `typed` is what stands there.
    pub fn up(&mut self, typed: &str) -> Option<Rc<str>> {
        self.search = None;
        let before = self.at.checked_sub(1)?;
        if self.at == self.lines.len() {
            self.draft = typed.into();
        }
        self.at = before;
        self.lines.get(before).cloned()
    }

    /// The line after, or what was being typed.
    pub fn down(&mut self) -> Option<Rc<str>> {
        self.search = None;
        if self.at == self.lines.len() {
            return None;
        }
        self.at += 1;
        let next = self.lines.get(self.at).cloned();
        Some(next.unwrap_or_else(|| self.draft.as_str().into()))
    }

    /// The next line back that holds what was typed when this was asked first.
    pub fn search(&mut self, typed: &str) -> Option<Rc<str>> {
        let wanted = self.search.take().unwrap_or_else(|| typed.into());
        let mut before = self.lines[..self.at].iter();
        let found = before.rposition(|line| line.contains(&wanted));
        self.search = Some(wanted);
        if self.at == self.lines.len() {
            self.draft = typed.into();
        }
        self.at = found?;
        self.lines.get(self.at).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_go_along_the_lines_and_back_to_what_was_typed() {
        let mut recall = Recall::default();
        assert_eq!(recall.up("x"), None);
        for line in ["a", "b", "b", "c"] {
            recall.push(line.into());
        }
        let ups: Vec<_> = ["typed", "", "", ""].iter().map(|t| recall.up(t)).collect();
        assert_eq!(
            ups,
            [Some("c".into()), Some("b".into()), Some("a".into()), None]
        );
        let downs: Vec<_> = (0..4).map(|_| recall.down()).collect();
        assert_eq!(
            downs,
            [
                Some("b".into()),
                Some("c".into()),
                Some("typed".into()),
                None
            ]
        );
    }

    #[test]
    fn a_search_goes_back_from_match_to_match() {
        let mut recall = Recall::default();
        for line in ["get pods", "get nodes", "delete pod a"] {
            recall.push(line.into());
        }
        assert_eq!(recall.search("get"), Some("get nodes".into()));
        assert_eq!(recall.search("get nodes"), Some("get pods".into()));
        assert_eq!(recall.search("get pods"), None);
        recall.leave();
        assert_eq!(recall.search("pod"), Some("delete pod a".into()));
    }
}
