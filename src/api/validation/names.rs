//! What a name may look like. Models `apimachinery/pkg/util/validation` and
//! `apimachinery/pkg/api/validate/content`. Each function answers what is wrong, in upstream's
//! words; nothing if all is well.

const DNS1123_LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DNS1123_SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_WITH_UNDERSCORE: &str =
    r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const LABEL_KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// A rule of names: a function that says what is wrong.
pub type Rule = fn(&str) -> Vec<String>;

/// `my-name`
pub fn dns1123_label(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 63);
    if !is_label(value) {
        if is_subdomain(value) {
            wrong.push("must not contain dots".to_string());
        } else {
            let what = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            wrong.push(regex_error(what, DNS1123_LABEL, &["my-name", "123-abc"]));
        }
    }
    wrong
}

/// `example.com`
pub fn dns1123_subdomain(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 253);
    if !is_subdomain(value) {
        let what = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        wrong.push(regex_error(what, DNS1123_SUBDOMAIN, &["example.com"]));
    }
    wrong
}

/// `_tcp.example.com`
pub fn dns1123_subdomain_with_underscore(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 253);
    let part = |part: &str| {
        let part = part.strip_prefix('_').unwrap_or(part);
        is_word(
            part,
            |c| is_lower_alnum(c) || c == b'-' || c == b'_',
            is_lower_alnum,
        )
    };
    if !value.split('.').all(part) {
        let what = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
        wrong.push(regex_error(
            what,
            SUBDOMAIN_WITH_UNDERSCORE,
            &["example.com"],
        ));
    }
    wrong
}

/// `abc-123`
pub fn dns1035_label(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 63);
    if !is_label(value) || !value.starts_with(|c: char| c.is_ascii_lowercase()) {
        let what = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
        let regex = "[a-z]([-a-z0-9]*[a-z0-9])?";
        wrong.push(regex_error(what, regex, &["my-name", "abc-123"]));
    }
    wrong
}

/// `*.example.com`
pub fn wildcard_dns1123_subdomain(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 253);
    if !value.strip_prefix("*.").is_some_and(is_subdomain) {
        let what = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
        let regex = format!(r"\*\.{DNS1123_SUBDOMAIN}");
        wrong.push(regex_error(what, &regex, &["*.example.com"]));
    }
    wrong
}

/// `app`, `example.com/app`: a label's key, also called a qualified name.
pub fn label_key(value: &str) -> Vec<String> {
    const WHAT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    const EXAMPLES: &[&str] = &["MyName", "my.name", "123-abc"];
    let mut wrong = Vec::new();
    let parts: Vec<&str> = value.split('/').collect();
    let name = match parts[..] {
        [name] => name,
        ["", name] => {
            wrong.push("prefix part must be non-empty".to_string());
            name
        }
        [prefix, name] => {
            let messages = dns1123_subdomain(prefix).into_iter();
            wrong.extend(messages.map(|message| format!("prefix part {message}")));
            name
        }
        _ => {
            let regex = regex_error(WHAT, LABEL_KEY, EXAMPLES);
            return vec![format!(
                "a valid label key {regex} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_string());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_string());
    }
    if !is_label_word(name) {
        wrong.push(format!(
            "name part {}",
            regex_error(WHAT, LABEL_KEY, EXAMPLES)
        ));
    }
    wrong
}

/// `web`, or nothing.
pub fn label_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > 63 {
        wrong.push("must be no more than 63 bytes".to_string());
    }
    if !value.is_empty() && !is_label_word(value) {
        let what = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        let regex = format!("({LABEL_KEY})?");
        wrong.push(regex_error(what, &regex, &["MyValue", "my_value", "12345"]));
    }
    wrong
}

/// A key of a ConfigMap or Secret: it becomes a file's name.
pub fn config_map_key(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 253);
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    if value.is_empty() || !value.bytes().all(allowed) {
        let what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        let examples = &["key.name", "KEY_NAME", "key-name"];
        wrong.push(regex_error(what, "[-._a-zA-Z0-9]+", examples));
    }
    match value {
        "." => wrong.push("must not be '.'".to_string()),
        ".." => wrong.push("must not be '..'".to_string()),
        _ if value.starts_with("..") => wrong.push("must not start with '..'".to_string()),
        _ => {}
    }
    wrong
}

/// An environment variable's name, by the relaxed rule of 1.34.
pub fn relaxed_env_var_name(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.is_empty() {
        wrong.push("environment variable name must be non-empty".to_string());
    }
    if value.chars().any(|c| !matches!(c, ' '..='~') || c == '=') {
        wrong.push("a valid environment variable name must consist only of printable ASCII characters other than '='".to_string());
    }
    wrong
}

/// A header's name in an HTTP request.
pub fn http_header_name(value: &str) -> Vec<String> {
    if !value.is_empty()
        && value
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    {
        return Vec::new();
    }
    let what = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![regex_error(what, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// A name that may be part of a URL's path. Models `IsPathSegmentName`.
pub fn path_segment_name(value: &str) -> Vec<String> {
    let what = match value {
        "." => "may not be '.'".to_string(),
        ".." => "may not be '..'".to_string(),
        _ => {
            let found = ["/", "%"].into_iter().filter(|part| value.contains(part));
            return found
                .map(|part| format!("may not contain '{part}'"))
                .collect();
        }
    };
    vec![what]
}

/// `http`: a port's name.
pub fn port_name(value: &str) -> Vec<String> {
    let mut wrong = at_most(value, 15);
    if value.is_empty() || !value.bytes().all(|c| is_lower_alnum(c) || c == b'-') {
        wrong.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_string(),
        );
    }
    if !value.bytes().any(|c| c.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_string());
    }
    if value.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_string());
    }
    if value.starts_with('-') || value.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_string());
    }
    wrong
}

/// 1 to 65535.
pub fn port_number(value: i64) -> Vec<String> {
    in_range(value, 1, 65535)
}

/// A user's or a group's number.
pub fn unix_id(value: i64) -> Vec<String> {
    in_range(value, 0, i64::from(i32::MAX))
}

/// Is it between the two, both included?
pub fn in_range(value: i64, low: i64, high: i64) -> Vec<String> {
    if (low..=high).contains(&value) {
        return Vec::new();
    }
    vec![inclusive_range_error(low, high)]
}

/// As upstream's `InclusiveRangeError`.
pub fn inclusive_range_error(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// `25%`
pub fn percent(value: &str) -> Vec<String> {
    let digits = value.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) {
        return Vec::new();
    }
    let what = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![regex_error(what, "[0-9]+%", &["1%", "93%"])]
}

/// The part of a generated name that the caller gave: a dash at its end is fine.
/// Models `maskTrailingDash`, which shortens the name as well.
pub fn prefix_of_generated(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut kept: String = rest.to_string();
            kept.pop();
            kept + "a"
        }
        _ => name.to_string(),
    }
}

/// As upstream's `RegexError`.
pub fn regex_error(what: &str, regex: &str, examples: &[&str]) -> String {
    if examples.is_empty() {
        return format!("{what} (regex used for validation is '{regex}')");
    }
    let examples: Vec<String> = examples.iter().map(|e| format!("'{e}', ")).collect();
    format!(
        "{what} (e.g. {}regex used for validation is '{regex}')",
        examples.join(" or ")
    )
}

fn at_most(value: &str, limit: usize) -> Vec<String> {
    if value.len() <= limit {
        return Vec::new();
    }
    vec![format!("must be no more than {limit} characters")]
}

fn is_lower_alnum(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label(value: &str) -> bool {
    is_word(value, |c| is_lower_alnum(c) || c == b'-', is_lower_alnum)
}

fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

fn is_label_word(value: &str) -> bool {
    let alnum = |c: u8| c.is_ascii_alphanumeric();
    is_word(value, |c| alnum(c) || b"-_.".contains(&c), alnum)
}

/// At least one character, all `inside`, the first and the last `at_ends`.
fn is_word(value: &str, inside: impl Fn(u8) -> bool, at_ends: impl Fn(u8) -> bool) -> bool {
    let bytes = value.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    ends.is_some_and(|(first, last)| at_ends(*first) && at_ends(*last))
        && bytes.iter().all(|c| inside(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_upstream_judges_them() {
        for name in ["web", "a", "0-9", "a.b-c.d"] {
            assert!(dns1123_subdomain(name).is_empty(), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a..b", ".a", "a_b", "é"] {
            assert!(!dns1123_subdomain(name).is_empty(), "{name}");
        }
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
    }

    #[test]
    fn a_label_key_may_have_one_prefix() {
        assert!(label_key("example.com/App_1.x").is_empty());
        for key in ["", "/a", "a/", "a/b/c", "Example.com/x", "-a", "a b"] {
            assert!(!label_key(key).is_empty(), "{key}");
        }
    }

    #[test]
    fn a_port_name_needs_a_letter() {
        assert_eq!(port_name("80"), ["must contain at least one letter (a-z)"]);
        assert!(port_name("http-2").is_empty());
    }
}
