//! Our sentences: the smallest edit that would help. None rather than a guess.

/// Help with an error of the YAML parser at byte `at`.
pub(super) fn syntax(problem: &str, text: &str, at: usize) -> Option<String> {
    let here = text.get(at..)?.chars().next();
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
    let before = &text[line_start..at];
    if problem.contains("cannot start any token") && here == Some('\t') {
        let indents = before.chars().all(|c| matches!(c, ' ' | '\t'));
        return indents.then(|| "Indent with spaces: YAML takes no tab here.".into());
    }
    if problem.contains("cannot start any token") {
        let c = here.filter(|c| matches!(c, '@' | '`' | '%'))?;
        return Some(format!("Put text that begins with {c} in quotes."));
    }
    if problem.contains("mapping values are not allowed") && before.contains(": ") {
        return Some("Put text that has a colon and a blank in it in quotes.".into());
    }
    if problem.contains("mapping values are not allowed") {
        return Some("Give the line the indentation of the fields it belongs to.".into());
    }
    if problem.contains("could not find expected ':'") {
        return Some("Put a colon and a blank after the name of the field above.".into());
    }
    if problem.contains("',' or '}'") {
        return Some("Close the brace: }".into());
    }
    if problem.contains("',' or ']'") {
        return Some("Close the bracket: ]".into());
    }
    None
}

/// The known name that is most like `name`, if it is close enough to be meant.
pub(super) fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let (distance, best) = known.map(|known| (distance(known), known)).min()?;
    let allowed = match name.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    };
    (distance <= allowed).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn only_a_close_name_is_proposed() {
        let known = ["containers", "initContainers", "volumes", "hostname"];
        let closest = |name| closest(name, known.into_iter());
        assert_eq!(closest("contianers"), Some("containers"));
        assert_eq!(closest("Volumes"), Some("volumes"));
        assert_eq!(closest("image"), None);
        assert_eq!(closest("initcontainers"), Some("initContainers"));
    }
}
