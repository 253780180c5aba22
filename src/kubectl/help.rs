//! What a command's help says. Models `k8s.io/kubectl/pkg/util/templates`. Left out: long descriptions,
//! examples, and what each flag means.

use super::command::Command;
use crate::order;

/// The help of a command.
pub fn of(command: &Command, path: &str) -> String {
    let mut text = format!("{}.\n", command.short.trim_end_matches('.'));
    if !command.aliases.is_empty() {
        let names: Vec<&str> = [command.name]
            .into_iter()
            .chain(command.aliases.iter().copied())
            .collect();
        text += &format!("\nAliases:\n{}\n", names.join(", "));
    }
    if !command.children.is_empty() {
        text += "\nAvailable Commands:\n";
        let longest = command.children.iter().map(|child| child.name.len()).max();
        let width = longest.unwrap_or(0).max(11);
        for child in command.children {
            text += &format!("  {:width$}   {}\n", child.name, child.short);
        }
    }
    let mut flags: Vec<_> = command.flags.iter().flat_map(|set| set.iter()).collect();
    if !flags.is_empty() {
        order::sort_by_key(&mut flags, |flag| flag.name);
        text += "\nOptions:\n";
        for flag in flags {
            let short = match flag.short {
                "" => String::new(),
                short => format!("-{short}, "),
            };
            text += &format!("    {short}--{}={}\n", flag.name, flag.shown());
        }
    }
    let usage = match command.children.is_empty() {
        true => "[options]",
        false => "[flags] [options]",
    };
    text += &format!("\nUsage:\n  {path} {usage}\n\n");
    if !command.children.is_empty() {
        text += &format!(
            "Use \"{path} <command> --help\" for more information about a given command.\n"
        );
    }
    text + "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n"
}
