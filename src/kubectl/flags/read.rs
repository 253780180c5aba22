//! A line's words to flags and arguments. Models `FlagSet.Parse` of `github.com/spf13/pflag` and how
//! `github.com/spf13/cobra` finds a command among flags.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Flag, Kind};
use crate::kubectl::go_duration;
use crate::manifest::stream::quoted;

/// What a line gives a command.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `create deployment`; what errors name.
    pub command: String,
    /// The words that all of it was read from.
    pub raw: Rc<[String]>,
    /// Its flags, as given, in order.
    values: BTreeMap<&'static str, Vec<String>>,
    /// Defaults of the flags that it has.
    defaults: BTreeMap<&'static str, &'static str>,
    /// Its arguments.
    pub words: Vec<String>,
    /// How many of them stand before `--`, if that was there.
    pub dash: Option<usize>,
    /// What is told of flags that are given up.
    pub warnings: Vec<String>,
    /// Flags that are known, and not obeyed here.
    pub not_here: Vec<&'static str>,
    /// Is its help wanted?
    pub wants_help: bool,
}

impl Given {
    /// Was the flag given?
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Does the command have such a flag?
    pub fn knows(&self, name: &str) -> bool {
        self.defaults.contains_key(name)
    }

    /// The flag as given last, or its default.
    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name).and_then(|all| all.last()) {
            Some(given) => given,
            None => self.defaults.get(name).copied().unwrap_or_default(),
        }
    }

    /// Is the flag true?
    pub fn is(&self, name: &str) -> bool {
        truth(self.text(name)) == Some(true)
    }

    /// The flag's number.
    pub fn int(&self, name: &str) -> i64 {
        integer(self.text(name)).unwrap_or_default()
    }

    /// Everything that was given with the flag.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let all = self.values.get(name).into_iter().flatten();
        all.map(String::as_str).collect()
    }

    /// Another value for a flag, as if it had been given.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.values.insert(name, vec![value.to_string()]);
    }
}

/// Reads `words` by the flags of a command.
///
/// # Errors
/// pflag's sentence.
pub fn read(words: &[String], sets: &[&[Flag]]) -> Result<Given, String> {
    let mut given = Given {
        raw: words.into(),
        ..Given::default()
    };
    for flag in sets.iter().flat_map(|set| set.iter()) {
        let empty = matches!(flag.kind, Kind::Array | Kind::Slice);
        let default = if empty { "" } else { flag.default };
        given.defaults.entry(flag.name).or_insert(default);
    }
    let mut left = words.iter();
    while let Some(word) = left.next() {
        if word == "--" {
            given.dash = Some(given.words.len());
            given.words.extend(left.cloned());
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            read_long(&mut given, long, &mut left, sets)?;
        } else if word.starts_with('-') && word.len() > 1 {
            read_short(&mut given, &word[1..], &mut left, sets)?;
        } else {
            given.words.push(word.clone());
        }
        if given.wants_help {
            break;
        }
    }
    Ok(given)
}

fn find<'f>(sets: &[&'f [Flag]], is: impl Fn(&Flag) -> bool) -> Option<&'f Flag> {
    sets.iter().flat_map(|set| set.iter()).find(|flag| is(flag))
}

fn read_long(
    given: &mut Given,
    long: &str,
    left: &mut std::slice::Iter<'_, String>,
    sets: &[&[Flag]],
) -> Result<(), String> {
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    if name.is_empty() || name.starts_with('-') {
        return Err(format!("bad flag syntax: --{long}"));
    }
    let Some(flag) = find(sets, |flag| flag.name == name) else {
        if name == "help" {
            given.wants_help = true;
            return Ok(());
        }
        return Err(format!("unknown flag: --{name}"));
    };
    let value = match (value, flag.alone) {
        (Some(value), _) => value,
        (None, Some(alone)) => alone,
        (None, None) => left
            .next()
            .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    take(given, flag, value)
}

/// `-n NAME`, `-nNAME`, `-it`
fn read_short(
    given: &mut Given,
    letters: &str,
    left: &mut std::slice::Iter<'_, String>,
    sets: &[&[Flag]],
) -> Result<(), String> {
    for (at, letter) in letters.char_indices() {
        let behind = &letters[at + letter.len_utf8()..];
        let is = |flag: &Flag| flag.short.starts_with(letter);
        let Some(flag) = find(sets, is) else {
            if letter == 'h' {
                given.wants_help = true;
                return Ok(());
            }
            return Err(format!("unknown shorthand flag: '{letter}' in -{letters}"));
        };
        if let Some(value) = behind.strip_prefix('=').filter(|_| !behind.is_empty()) {
            return take(given, flag, value);
        }
        if let Some(alone) = flag.alone {
            take(given, flag, alone)?;
            continue;
        }
        if !behind.is_empty() {
            return take(given, flag, behind);
        }
        let Some(value) = left.next() else {
            return Err(format!("flag needs an argument: '{letter}' in -{letters}"));
        };
        return take(given, flag, value);
    }
    Ok(())
}

fn take(given: &mut Given, flag: &Flag, value: &str) -> Result<(), String> {
    if let Some(why) = wrong(flag.kind, value) {
        let (value, named) = (quoted(value), quoted(&flag.named()));
        return Err(format!("invalid argument {value} for {named} flag: {why}"));
    }
    if !flag.deprecated.is_empty() && !given.has(flag.name) {
        let told = format!(
            "Flag --{} has been deprecated, {}",
            flag.name, flag.deprecated
        );
        given.warnings.push(told);
    }
    if !flag.is_here && !given.not_here.contains(&flag.name) {
        given.not_here.push(flag.name);
    }
    let all = given.values.entry(flag.name).or_default();
    match flag.kind {
        Kind::Array => all.push(value.to_string()),
        Kind::Slice => all.extend(comma_separated(value)),
        _ => *all = vec![value.to_string()],
    }
    Ok(())
}

/// Values between commas; one in quotes may have commas. Models `readAsCSV`.
fn comma_separated(value: &str) -> Vec<String> {
    let (mut all, mut one, mut is_quoted) = (Vec::new(), String::new(), false);
    if value.is_empty() {
        return all;
    }
    for letter in value.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => all.push(std::mem::take(&mut one)),
            letter => one.push(letter),
        }
    }
    all.push(one);
    all
}

/// Why a flag can't be this.
fn wrong(kind: Kind, value: &str) -> Option<String> {
    let parsing = |function: &str| {
        format!(
            "strconv.{function}: parsing {}: invalid syntax",
            quoted(value)
        )
    };
    match kind {
        Kind::Text | Kind::Array | Kind::Slice => None,
        Kind::Bool => truth(value).is_none().then(|| parsing("ParseBool")),
        Kind::Int | Kind::Int32 => {
            let Some(number) = integer(value) else {
                return Some(parsing("ParseInt"));
            };
            let fits = kind == Kind::Int || i32::try_from(number).is_ok();
            let value = quoted(value);
            (!fits).then(|| format!("strconv.ParseInt: parsing {value}: value out of range"))
        }
        Kind::Duration => go_duration::parse(value).err(),
    }
}

/// Models Go's `strconv.ParseBool`.
fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Models Go's `strconv.ParseInt(value, 0, 64)`. Left out: underscores.
fn integer(value: &str) -> Option<i64> {
    let (negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    let lower = digits.to_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some(two) if two.starts_with('0') => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let number = i64::from_str_radix(digits, base).ok()?;
    Some(if negative { -number } else { number })
}

/// The place of the first word that is no flag and no flag's value. Models `stripFlags`.
pub fn skip_flags(words: &[String], sets: &[&[Flag]]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let alone =
            |is: &dyn Fn(&Flag) -> bool| find(sets, is).is_some_and(|flag| flag.alone.is_some());
        if word == "--" {
            return None;
        } else if let Some(long) = word.strip_prefix("--") {
            let is_help = long == "help";
            let takes = !long.contains('=') && !is_help && !alone(&|flag| flag.name == long);
            at += usize::from(takes);
        } else if word.starts_with('-') && word.len() > 1 {
            let is_help = word == "-h";
            let takes = word.len() == 2 && !is_help && !alone(&|flag| flag.short == &word[1..]);
            at += usize::from(takes);
        } else if !word.is_empty() {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::text("namespace").short("n"),
        Flag::text("dry-run").default("none").alone("unchanged"),
        Flag::truth("stdin").short("i"),
        Flag::truth("tty").short("t"),
        Flag::int32("replicas", "1").short("r"),
        Flag::array("from-literal"),
        Flag::slice("env"),
        Flag::text("cpu-percent").deprecated("Use --cpu."),
    ];

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn flags_may_stand_anywhere_before_two_dashes() {
        let line =
            words("web -it -nprod --from-literal a=b,c --from-literal=d --env=x,y -- sh -c x");
        let given = read(&line, &[FLAGS]).expect("a good line");
        assert_eq!(given.words, ["web", "sh", "-c", "x"]);
        assert_eq!(given.dash, Some(1));
        assert!(given.is("stdin") && given.is("tty"));
        assert_eq!(given.text("namespace"), "prod");
        assert_eq!(given.list("from-literal"), ["a=b,c", "d"]);
        assert_eq!(given.list("env"), ["x", "y"]);
        assert_eq!(given.int("replicas"), 1);
        assert_eq!(given.text("dry-run"), "none");
    }

    #[test]
    fn what_may_stand_alone_takes_no_word_behind_it() {
        let given = read(&words("--dry-run server"), &[FLAGS]).expect("a good line");
        assert_eq!(
            (given.text("dry-run"), &given.words[..]),
            ("unchanged", &["server".to_string()][..])
        );
        let given = read(&words("--cpu-percent 5"), &[FLAGS]).expect("a good line");
        assert_eq!(
            given.warnings,
            ["Flag --cpu-percent has been deprecated, Use --cpu."]
        );
    }

    #[test]
    fn mistakes_are_told_as_pflag_tells_them() {
        for (line, told) in [
            ("--foo", "unknown flag: --foo"),
            ("-x", "unknown shorthand flag: 'x' in -x"),
            ("-n", "flag needs an argument: 'n' in -n"),
            ("--namespace", "flag needs an argument: --namespace"),
            (
                "--replicas=x",
                "invalid argument \"x\" for \"-r, --replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (
                "--replicas=4294967296",
                "invalid argument \"4294967296\" for \"-r, --replicas\" flag: strconv.ParseInt: parsing \"4294967296\": value out of range",
            ),
            (
                "--tty=maybe",
                "invalid argument \"maybe\" for \"-t, --tty\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            ("--=x", "bad flag syntax: --=x"),
        ] {
            assert_eq!(read(&words(line), &[FLAGS]).expect_err("a bad line"), told);
        }
    }

    #[test]
    fn a_command_is_found_among_flags() {
        for (line, at) in [
            ("-n prod get", Some(2)),
            ("--namespace=prod get", Some(1)),
            ("-i get", Some(1)),
            ("--unknown x get", Some(2)),
            ("-- get", None),
        ] {
            assert_eq!(skip_flags(&words(line), &[FLAGS]), at, "{line}");
        }
    }
}
