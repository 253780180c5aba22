//! `$(NAME)` in a container's command, arguments and environment. Models
//! `third_party/forked/golang/expansion`.

use std::rc::Rc;

/// The word with what `env` has in place of each `$(NAME)`; the last of a name counts, and one that
/// isn't there stays as it is written. `$$` is one dollar.
pub fn expand(word: &str, env: &[(Rc<str>, Rc<str>)]) -> Rc<str> {
    let mut filled = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = rest
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'));
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some((name, after)) = name {
            match env.iter().rev().find(|(known, _)| &**known == name) {
                Some((_, value)) => filled.push_str(value),
                None => filled.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            filled.push('$');
        }
    }
    filled.push_str(rest);
    filled.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_dollars_kept() {
        let env = [("A".into(), "1".into()), ("A".into(), "2".into())];
        let expanded = |word| expand(word, &env).to_string();
        assert_eq!(expanded("a=$(A)"), "a=2");
        assert_eq!(expanded("$$(A) $(B) $A $(A $"), "$(A) $(B) $A $(A $");
    }
}
