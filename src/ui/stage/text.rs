//! Text in the picture: cut so that it fits, since SVG doesn't.

/// Width of a character of the mono font at 1 px.
pub const MONO: f64 = 0.6;

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

/// Width of text in the other font at 1 px, a little more rather than less.
pub fn sans_width(text: &str) -> f64 {
    text.chars().map(sans_letter).sum()
}

fn sans_letter(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | '\'' | '|' | '!' | ' ' => 0.3,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' | '·' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '…' => 0.92,
        'A'..='Z' => 0.72,
        '0'..='9' => 0.65,
        _ => 0.6,
    }
}

/// Text in the other font, cut at its end so that it is no wider than this at 1 px.
pub fn cut_sans(text: &str, width: f64) -> String {
    if sans_width(text) <= width {
        return text.to_string();
    }
    let mut left = width - sans_letter('…');
    let fits = |letter: &char| {
        left -= sans_letter(*letter);
        left >= 0.0
    };
    let head: String = text.chars().take_while(fits).collect();
    format!("{}…", head.trim_end())
}

/// `dedicated=db:NoSchedule` as `de…db:NoSchedule +3`: the effect is never cut, and others are counted.
pub fn taints(taints: &[impl AsRef<str>], most: usize) -> Option<String> {
    let first = taints.first()?.as_ref();
    let (name, effect) = first.rsplit_once(':').unwrap_or(("", first));
    let more = match taints.len() - 1 {
        0 => String::new(),
        others => format!(" +{others}"),
    };
    let room = most.saturating_sub(effect.len() + 1 + more.len());
    Some(match room {
        0..3 if name.len() > room => format!("{effect}{more}"),
        _ => format!("{}:{effect}{more}", cut_middle(name, room)),
    })
}

/// Text in the other font in lines that are no wider than this at 1 px, as many as there are lines for;
/// the last is cut.
pub fn wrap(text: &str, width: f64, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match wrapped.last_mut() {
            Some(line) if sans_width(line) + sans_letter(' ') + sans_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_string()),
        }
    }
    if wrapped.len() > lines.max(1) {
        let rest = wrapped.split_off(lines.max(1) - 1).join(" ");
        wrapped.push(cut_sans(&rest, width));
    }
    wrapped
}

/// `1.95`, `2`, `0.01`: thousandths, without zeros at the end.
fn thousandths(amount: i64) -> String {
    let text = format!("{}.{:03}", amount / 1000, amount % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// An amount of CPU as it is, to the milli-CPU.
pub fn cpu(milli: i64) -> String {
    thousandths(milli.max(0))
}

/// `1.25Gi`, `512Mi`: to two decimals.
pub fn memory(bytes: i64) -> String {
    let (unit, suffix) = if bytes < 1 << 30 {
        (20, "Mi")
    } else {
        (30, "Gi")
    };
    let hundredths = (i128::from(bytes.max(0)) * 100 + (1 << (unit - 1))) >> unit;
    thousandths(hundredths as i64 * 10) + suffix
}

/// What is used of memory, where what there is stands beside it: `0`, `1.25`, `512Mi`
pub fn used_memory(bytes: i64) -> String {
    let text = memory(bytes);
    let text = text.strip_suffix("Gi").unwrap_or(&text);
    if bytes == 0 { "0".into() } else { text.into() }
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
        assert_eq!(wrap(text, 9.6, 4), lines);
        assert_eq!(
            wrap(text, 9.6, 2),
            ["2 Insufficient cpu,", "1 node(s) were u…"]
        );
        assert_eq!(wrap("", 10.0, 4), [""; 0]);
    }

    #[test]
    fn amounts_are_what_they_are() {
        for (milli, written) in [
            (0, "0"),
            (1, "0.001"),
            (10, "0.01"),
            (50, "0.05"),
            (1950, "1.95"),
            (2000, "2"),
            (64_000, "64"),
        ] {
            assert_eq!(cpu(milli), written);
        }
        let bytes = [0, 10 << 20, 64 << 20, 1 << 30, 5 << 28];
        assert_eq!(bytes.map(memory), ["0Mi", "10Mi", "64Mi", "1Gi", "1.25Gi"]);
        assert_eq!(bytes.map(used_memory), ["0", "10Mi", "64Mi", "1", "1.25"]);
    }

    #[test]
    fn of_taints_the_effect_is_whole_and_the_others_are_counted() {
        let all = ["dedicated=database-primary-only:NoSchedule", "a:NoExecute"];
        let cut = |of: &[&str], most| taints(of, most).unwrap_or_default();
        assert_eq!(cut(&all, 24), "dedi…-only:NoSchedule +1");
        assert_eq!(cut(&all, 15), "NoSchedule +1");
        assert_eq!(cut(&all[1..], 13), "a:NoExecute");
        assert_eq!(cut(&[], 20), "");
    }

    #[test]
    fn the_unique_end_of_a_name_stays() {
        assert_eq!(cut_middle("web-6d5f9c7b4-8wz5l", 11), "web-6…8wz5l");
        assert_eq!(cut_middle("hello-pod", 11), "hello-pod");
    }
}
