//! Commands that make large files: `dd`, `fallocate`, `truncate`. Ours: only how large they get counts,
//! and how long that takes. Left out: what is in them; reading; a disk that is full.

use std::rc::Rc;
use std::time::Duration;

use super::play::{Flow, Machine};

/// Bytes a second that `dd` writes: ours, a middling disk.
const BYTES_PER_SECOND: i64 = 200_000_000;

/// One of these commands.
pub(super) fn run(machine: &mut Machine, name: &str, arguments: &[Rc<str>]) -> Flow {
    machine.status = 0;
    if name == "dd" {
        return dd(machine, arguments);
    }
    let size = option(arguments, &["-l", "--length", "-s", "--size"]).and_then(bytes);
    let path = arguments.last().filter(|path| !path.starts_with('-'));
    match (size, path) {
        // `truncate` makes a file without blocks: it takes no room.
        (Some(_), Some(path)) if name == "truncate" => machine.write(path, "", true),
        (Some(size), Some(path)) => drop(machine.sizes.insert(path.clone(), size)),
        _ => machine.status = 1,
    }
    Flow::Next
}

/// `dd if=/dev/zero of=/cache/file bs=1M count=20`
fn dd(machine: &mut Machine, arguments: &[Rc<str>]) -> Flow {
    let operand = |name: &str| {
        let mut all = arguments.iter().filter_map(|word| word.split_once('='));
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    };
    let Some(path) = operand("of") else {
        return Flow::Next;
    };
    let block = operand("bs").map_or(Some(512), bytes);
    let count = operand("count").map(|count| count.parse::<i64>().ok());
    let (Some(block), Some(Some(count))) = (block, count) else {
        // Without an end it writes until the disk is full.
        return Flow::Unknown("dd without bs= and count=".into());
    };
    let size = block.saturating_mul(count).max(0);
    if path.starts_with("/dev/") {
        return Flow::Next;
    }
    let micros = u64::try_from(size / (BYTES_PER_SECOND / 1_000_000)).unwrap_or_default();
    let began = machine.now;
    let flow = machine.wait(Duration::from_micros(micros));
    let written = i64::try_from((machine.now - began).as_micros()).unwrap_or(i64::MAX);
    let written = written.saturating_mul(BYTES_PER_SECOND / 1_000_000);
    let so_far = match flow {
        Flow::Next => size,
        _ => written.min(size),
    };
    machine.sizes.insert(path.into(), so_far);
    flow
}

fn option<'a>(arguments: &'a [Rc<str>], names: &[&str]) -> Option<&'a str> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if names.contains(&&**word) {
            return words.next().map(|value| &**value);
        }
        let joined = |name: &&str| word.strip_prefix(*name)?.strip_prefix('=');
        if let Some(value) = names.iter().find_map(joined) {
            return Some(value);
        }
    }
    None
}

/// `512`, `1M`, `20MiB`, `1MB`, `4k`
pub(super) fn bytes(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number: i64 = number.parse().ok()?;
    let (power, base) = match unit.trim_end_matches("iB") {
        "" | "c" => (0, 1024),
        "k" | "K" => (1, 1024),
        "m" | "M" => (2, 1024),
        "g" | "G" => (3, 1024),
        "kB" | "KB" => (1, 1000),
        "MB" => (2, 1000),
        "GB" => (3, 1000),
        _ => return None,
    };
    number.checked_mul(i64::pow(base, power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::SimTime;
    use crate::cluster::workload::shell::parse;

    fn made(script: &str, seconds: u64) -> Vec<(Rc<str>, i64)> {
        let mut machine = Machine::new(&[], SimTime::ZERO, Duration::from_secs(seconds));
        machine.play(&parse(script).expect("it is understood"));
        machine
            .sizes
            .iter()
            .map(|(path, n)| (path.clone(), *n))
            .collect()
    }

    #[test]
    fn a_file_grows_while_it_is_written_and_goes_when_it_is_removed() {
        let dd = "dd if=/dev/zero of=/cache/a bs=1M count=1000; sleep 9; rm /cache/a";
        assert_eq!(made(dd, 1), [("/cache/a".into(), 200_000_000)]);
        assert_eq!(made(dd, 10), [("/cache/a".into(), 1000 << 20)]);
        assert_eq!(made(dd, 60), []);
        assert_eq!(
            made("fallocate -l 2G /b && sleep 1", 9),
            [("/b".into(), 2 << 30)]
        );
    }

    #[test]
    fn sizes_are_read_as_the_commands_do() {
        for (text, expected) in [
            ("512", Some(512)),
            ("1M", Some(1 << 20)),
            ("20MiB", Some(20 << 20)),
            ("1MB", Some(1_000_000)),
            ("x", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
