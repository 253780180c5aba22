//! Differences of two texts, as `diff -u` writes them: lines in common with three around each change.
//! Models GNU diff; which of several shortest ways is taken may differ.

/// Lines around a change.
const AROUND: usize = 3;

/// Lines whose product is compared at most; beyond it everything between the first and the last
/// difference counts as another.
const MOST: usize = 4_000_000;

/// The hunks that lead from one text to the other; empty if they are the same.
pub fn diff(before: &str, after: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let steps = steps(&a, &b);
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = (at..steps.len()).find(|i| steps[*i].0 != ' ') {
        let from = first.saturating_sub(AROUND).max(at);
        let mut end = first + 1;
        // Changes that are near each other are one hunk.
        while let Some(next) = (end..steps.len().min(end + 2 * AROUND)).find(|i| steps[*i].0 != ' ')
        {
            end = next + 1;
        }
        let to = (end + AROUND).min(steps.len());
        let count = |marks: &str, range: &[(char, &str)]| {
            range
                .iter()
                .filter(|(mark, _)| marks.contains(*mark))
                .count()
        };
        let (old, new) = (count(" -", &steps[..from]), count(" +", &steps[..from]));
        let hunk = &steps[from..to];
        let (old_length, new_length) = (count(" -", hunk), count(" +", hunk));
        out += &format!(
            "@@ -{} +{} @@\n",
            place(old, old_length),
            place(new, new_length)
        );
        for (mark, line) in hunk {
            out.push(*mark);
            out += line;
            out.push('\n');
        }
        at = to;
    }
    out
}

/// `6,14`; one line is its number alone, none the line before.
fn place(before: usize, length: usize) -> String {
    match length {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        length => format!("{},{length}", before + 1),
    }
}

/// Each line with what becomes of it.
fn steps<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<(char, &'t str)> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let (mid_a, mid_b) = (
        &rest_a[..rest_a.len() - tail],
        &rest_b[..rest_b.len() - tail],
    );
    let mut steps: Vec<(char, &str)> = a[..head].iter().map(|line| (' ', *line)).collect();
    steps.extend(middle(mid_a, mid_b));
    steps.extend(
        rest_a[rest_a.len() - tail..]
            .iter()
            .map(|line| (' ', *line)),
    );
    steps
}

fn middle<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<(char, &'t str)> {
    let width = b.len() + 1;
    if a.len().saturating_mul(b.len()) > MOST {
        let gone = a.iter().map(|line| ('-', *line));
        return gone.chain(b.iter().map(|line| ('+', *line))).collect();
    }
    // How long the longest common part of what is left is.
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            steps.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            steps.push(('-', a[i]));
            i += 1;
        } else {
            steps.push(('+', b[j]));
            j += 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn changes_stand_with_three_lines_around_them() {
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n5\n", "\nfive\n").replace("\n20\n", "\n");
        assert_eq!(
            diff(&before, &after),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -17,4 +17,3 @@\n 17\n 18\n 19\n-20\n"
        );
        assert_eq!(diff("a\n", "a\n"), "");
        assert_eq!(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    }
}
