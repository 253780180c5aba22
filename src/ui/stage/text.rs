//! Text in the picture: cut so that it fits, since SVG doesn't.

/// Width of a character of the mono font at 1 px.
pub const MONO: f64 = 0.6;
/// And of the other, at most, in a word of some length.
pub const SANS: f64 = 0.56;

/// `web-6d5f9c7b4-8wz5l` as `web-…-8wz5l`: cut in the middle, so that the unique end stays.
pub fn cut_middle(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most || most < 3 {
        return name.to_string();
    }
    let end = (most - 1).div_ceil(2);
    let start = most - 1 - end;
    let head: String = name.chars().take(start).collect();
    let tail: String = name.chars().skip(count - end).collect();
    format!("{head}…{tail}")
}

/// Cut at its end.
pub fn cut_end(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", head.trim_end())
}

/// In lines of so many characters, as many as there are lines for; the last is cut.
pub fn wrap(text: &str, most: usize, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match wrapped.last_mut() {
            Some(line) if wrapped_len(line, word) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_string()),
        }
    }
    if wrapped.len() > lines.max(1) {
        let rest = wrapped.split_off(lines.max(1) - 1).join(" ");
        wrapped.push(cut_end(&rest, most));
    }
    wrapped
}

fn wrapped_len(line: &str, word: &str) -> usize {
    line.chars().count() + 1 + word.chars().count()
}

/// How many characters of a mono font of `size` px fit into `width`.
pub fn fitting(width: f64, size: f64) -> usize {
    (width / (size * MONO)).max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_in_lines() {
        let text = "2 Insufficient cpu, 1 node(s) were unschedulable";
        let lines = ["2 Insufficient cpu,", "1 node(s) were", "unschedulable"];
        assert_eq!(wrap(text, 20, 4), lines);
        assert_eq!(
            wrap(text, 20, 2),
            ["2 Insufficient cpu,", "1 node(s) were unsc…"]
        );
        assert_eq!(wrap("", 20, 4), [""; 0]);
    }

    #[test]
    fn the_unique_end_of_a_name_stays() {
        assert_eq!(cut_middle("web-6d5f9c7b4-8wz5l", 11), "web-6…8wz5l");
        assert_eq!(cut_middle("hello-pod", 11), "hello-pod");
        assert_eq!(cut_end("ImagePullBackOff", 10), "ImagePull…");
    }
}
