//! Indexes of an Indexed Job, as intervals in order: `0,2-5`. Models
//! `pkg/controller/job/indexed_job_utils.go`.

use crate::api::pod::Pod;

/// Intervals of whole numbers, in order, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<(i64, i64)>);

/// Which index a Pod is for.
pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// How often its index had failed before it.
pub const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";

/// How often it had failed in ways that don't count.
pub const IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

impl Intervals {
    /// Those that `text` tells, below `completions`. Models `parseIndexesFromString`.
    pub fn parse(text: &str, completions: i64) -> Self {
        let mut all = Intervals::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) else {
                continue;
            };
            if first >= completions {
                break;
            }
            all.append((first, last.min(completions - 1)));
        }
        all
    }

    /// Adds an interval that begins where the last one does, or behind it.
    fn append(&mut self, (first, last): (i64, i64)) {
        match self.0.last_mut() {
            Some(known) if first <= known.1 + 1 => known.1 = known.1.max(last),
            _ => self.0.push((first, last)),
        }
    }

    /// Both together. Models `merge`.
    pub fn merge(&self, other: &Intervals) -> Intervals {
        let mut merged = Intervals::default();
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(one), Some(two)) if one.0 < two.0 => ours.next(),
                (_, Some(_)) => theirs.next(),
                (_, None) => ours.next(),
            };
            match next {
                Some(interval) => merged.append(*interval),
                None => return merged,
            }
        }
    }

    /// With these indexes besides.
    pub fn with(&self, mut indexes: Vec<i64>) -> Intervals {
        indexes.sort_unstable();
        let mut added = Intervals::default();
        for index in indexes {
            added.append((index, index));
        }
        self.merge(&added)
    }

    /// How many indexes.
    pub fn total(&self) -> i64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Is it one of them?
    pub fn has(&self, index: i64) -> bool {
        let mut all = self.0.iter();
        all.any(|(first, last)| (*first..=*last).contains(&index))
    }

    /// How many indexes are in both.
    pub fn overlap(&self, other: &Intervals) -> i64 {
        let both = |a: &(i64, i64), b: &(i64, i64)| (a.1.min(b.1) - a.0.max(b.0) + 1).max(0);
        let each = |a| other.0.iter().map(move |b| both(a, b)).sum::<i64>();
        self.0.iter().map(each).sum()
    }

    /// The first `count` indexes below `completions` that are none of these. Models
    /// `firstPendingIndexes`.
    pub fn first_missing(&self, count: i64, completions: i64) -> Vec<i64> {
        let mut missing = Vec::new();
        let mut candidate = 0;
        let ends = [(completions, completions)];
        for (first, last) in self.0.iter().chain(&ends) {
            while candidate < completions.min(*first) && (missing.len() as i64) < count {
                missing.push(candidate);
                candidate += 1;
            }
            candidate = candidate.max(last + 1);
        }
        missing
    }

    /// As a status tells them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (first, last) in &self.0 {
            if !text.is_empty() {
                text.push(',');
            }
            text += &first.to_string();
            if last > first {
                text.push(if *last == first + 1 { ',' } else { '-' });
                text += &last.to_string();
            }
        }
        text
    }
}

/// The index that a Pod is for. Models `getCompletionIndex`.
pub fn index_of(pod: &Pod) -> Option<i64> {
    let index = pod.metadata.annotations.get(INDEX)?.parse::<i64>().ok()?;
    (index >= 0).then_some(index)
}

/// How often the Pod's index had failed before it; of those failures that count. Models
/// `getIndexFailureCount`.
pub fn failure_count(pod: &Pod) -> i64 {
    counted(pod, FAILURES)
}

/// How often it had failed in ways that don't count.
pub fn ignored_failure_count(pod: &Pod) -> i64 {
    counted(pod, IGNORED_FAILURES)
}

fn counted(pod: &Pod, annotation: &str) -> i64 {
    let told = pod.metadata.annotations.get(annotation);
    told.and_then(|text| text.parse::<i64>().ok())
        .filter(|count| (0..=i64::from(i32::MAX)).contains(count))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_merged_and_written_as_upstream_does() {
        for (text, added, written, total) in [
            ("", vec![], "", 0),
            ("", vec![1, 0], "0,1", 2),
            ("0,1", vec![2], "0-2", 3),
            ("0-2,5", vec![7, 3], "0-3,5,7", 6),
            ("1,3-4,8", vec![2, 5], "1-5,8", 6),
            ("1,x,3", vec![], "1,3", 2),
            // Ten completions: what is beyond isn't counted any more.
            ("7-12,14", vec![], "7-9", 3),
        ] {
            let all = Intervals::parse(text, 10).with(added);
            assert_eq!((&*all.text(), all.total()), (written, total), "{text}");
        }
    }

    #[test]
    fn missing_indexes_come_in_order() {
        for (text, count, expected) in [
            ("", 3, vec![0, 1, 2]),
            ("0,2", 2, vec![1, 3]),
            ("0-5", 3, vec![]),
            ("1-4", 9, vec![0, 5]),
            ("", 0, vec![]),
        ] {
            let missing = Intervals::parse(text, 6).first_missing(count, 6);
            assert_eq!(missing, expected, "{text}");
        }
    }

    #[test]
    fn an_overlap_counts_what_is_in_both() {
        for (one, other, expected) in [("0-5", "3-8", 3), ("1,3", "0,2,4", 0), ("0-9", "2,4-5", 3)]
        {
            let read = |text| Intervals::parse(text, 10);
            assert_eq!(read(one).overlap(&read(other)), expected);
        }
    }
}
