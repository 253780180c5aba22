//! Files of environment variables, `NAME='value'`. Models `pkg/kubelet/util/env`.

/// The variable `key`; empty if the file doesn't have it, `None` if the file isn't one of variables.
pub(super) fn parse(text: &str, key: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=')?;
        if name.is_empty() || name.ends_with([' ', '\t']) {
            return None;
        }
        if value.starts_with([' ', '\t']) {
            // As a shell reads it: an empty value, and then something else.
            if name == key {
                return Some(String::new());
            }
            continue;
        }
        let mut rest = value.strip_prefix('\'')?;
        let mut whole = String::new();
        let after = loop {
            if let Some((end, after)) = rest.split_once('\'') {
                whole.push_str(end);
                break after.trim_start_matches([' ', '\t']);
            }
            whole.push_str(rest);
            whole.push('\n');
            rest = lines.next()?;
        };
        if !after.is_empty() && !after.starts_with('#') {
            return None;
        }
        if name == key {
            return Some(whole);
        }
    }
    Some(String::new())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values_are_quoted_and_may_have_lines() {
        let text = "# one\n  A='1' # yes\n\nB='two\nlines'\nC= 'x'\nD=''\n";
        let got = |key| parse(text, key);
        assert_eq!(got("A").as_deref(), Some("1"));
        assert_eq!(got("B").as_deref(), Some("two\nlines"));
        assert_eq!(got("C").as_deref(), Some(""));
        assert_eq!(got("none").as_deref(), Some(""));
        for wrong in ["A", "=1", "A ='1'", "A=1", "A='1' 2", "A='1"] {
            assert_eq!(parse(wrong, "A"), None, "{wrong}");
        }
    }
}
