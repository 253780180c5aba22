//! Licences of all that we build with, held to the list in deny.toml. cargo-deny looks deeper (at the texts), but it is
//! a tool that few have at hand; this asks cargo and package-lock.json, and takes a moment.

use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, run};

/// Crates that only carry a licence file, and what is in it.
const BY_FILE: [(&str, &str); 1] = [("libyaml-safer", "MIT")];

/// Refuses a dependency, of Rust or of Node, whose licence deny.toml does not allow.
pub fn judge() -> Fallible<()> {
    let read = |name: &str| {
        std::fs::read_to_string(cache::root().join(name))
            .map_err(|error| format!("{name}: {error}"))
    };
    let allowed = allowed(&read("deny.toml")?);
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(cache::root())
        .args(["tree", "--workspace", "--all-features"]);
    command.args([
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let tree = run::must("licences", Duration::from_secs(2), &mut command)?.output;
    let crates = tree
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    let mut refused: Vec<String> = crates
        .map(|(package, licence)| {
            let name = package.split(' ').next().unwrap_or(package);
            let by_file = BY_FILE
                .iter()
                .find(|(known, _)| licence.is_empty() && *known == name);
            (package, by_file.map_or(licence, |(_, licence)| licence))
        })
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(package, licence)| {
            format!("{package}: its licence \"{licence}\" is not in deny.toml")
        })
        .collect();
    let lock = read("package-lock.json")?;
    let of_node = lock
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"license\": \""));
    refused.extend(
        of_node
            .map(|rest| rest.trim_end_matches(['"', ',']))
            .filter(|licence| !is_allowed(licence, &allowed))
            .map(|licence| {
                format!("package-lock.json: the licence \"{licence}\" is not in deny.toml")
            }),
    );
    refused.sort();
    refused.dedup();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(refused.join("\n"))
    }
}

/// The list `allow = […]` of deny.toml.
fn allowed(deny: &str) -> Vec<String> {
    let list = deny
        .split_once("allow = [")
        .and_then(|(_, after)| after.split_once(']'));
    let quoted = list
        .map_or("", |(list, _)| list)
        .split('"')
        .skip(1)
        .step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Of alternatives one must be allowed, of what holds together all.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    expression.split(" AND ").all(|part| {
        let mut alternatives = part.split(" OR ").flat_map(|choice| choice.split('/'));
        alternatives.any(|choice| {
            let choice = choice.trim_matches([' ', '(', ')']);
            allowed.iter().any(|licence| licence == choice)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_alternatives_is_enough_but_all_of_what_holds_together_are_needed() {
        let allowed = allowed("allow = [\n \"MIT\", \"Unicode-3.0\",\n]\n");
        assert!(is_allowed("GPL-3.0 OR MIT", &allowed));
        assert!(is_allowed("Apache-2.0/MIT", &allowed));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
        assert!(!is_allowed("MIT AND GPL-3.0", &allowed));
        assert!(!is_allowed("", &allowed));
    }
}
