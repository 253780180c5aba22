//! What may follow at the cursor, as kubectl's own completion has it: commands, flags, kinds, names of objects, and
//! files. Reads the tables that the commands themselves are read by. Models
//! `k8s.io/kubectl/pkg/util/completion/completion.go`. Left out: fields of objects, contexts, plugins.

use podarium::cluster::Snapshot;
use podarium::kubectl::command::{self, Command};
use podarium::kubectl::flags::{Flag, skip_flags};
use podarium::kubectl::{config, resources};
use podarium::order;

/// So many are offered.
const MOST: usize = 200;

/// What stands in a terminal beside kubectl.
const TOOLS: &str = "awk base64 cat cd clear cut date diff echo export grep head kubectl ls mkdir mv rm sed seq sleep \
                     sort tail tee tr uniq wc watch xargs";

/// Forms of output.
const FORMATS: &str = "custom-columns= go-template= json jsonpath= name wide yaml";

/// What may stand where a word begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The byte at which the word begins.
    pub from: usize,
    /// The words, in their order.
    pub words: Vec<String>,
}

impl Completion {
    /// What all of them begin with.
    pub fn common(&self) -> &str {
        let Some(first) = self.words.first() else {
            return "";
        };
        let mut common = &first[..];
        for word in &self.words[1..] {
            let same = common.chars().zip(word.chars());
            let same = same.take_while(|(one, other)| one == other);
            let length: usize = same.map(|(one, _)| one.len_utf8()).sum();
            common = &common[..length];
        }
        common
    }
}

/// Is the word whole, so that another one may follow it?
pub fn is_whole(word: &str) -> bool {
    !word.ends_with(['/', '='])
}

/// What may stand at the end of `before`; nothing where that can't be told.
pub fn complete(before: &str, snapshot: &Snapshot) -> Completion {
    let command = last_command(before);
    let words: Vec<&str> = command.split_whitespace().collect();
    let is_next = command.is_empty() || command.ends_with(char::is_whitespace);
    let (done, word) = match words.split_last() {
        Some((last, done)) if !is_next => (done, *last),
        _ => (&words[..], ""),
    };
    let from = before.len() - word.len();
    let found = match done {
        [] => list(TOOLS),
        [.., last] if last.ends_with(['>', '<']) => files(snapshot),
        ["kubectl", rest @ ..] => kubectl(rest, word, snapshot),
        [_, ..] => files(snapshot),
    };
    let mut words: Vec<String> = found;
    words.retain(|one| one.starts_with(word) && one != word);
    order::sort_by(&mut words, |a, b| a.cmp(b));
    words.dedup();
    words.truncate(MOST);
    Completion { from, words }
}

/// What begins after the last pipe, `;`, `&` or bracket.
fn last_command(before: &str) -> &str {
    let mut quote = None;
    let mut from = 0;
    for (at, one) in before.char_indices() {
        match (quote, one) {
            (None, '\'' | '"') => quote = Some(one),
            (Some(open), _) if open == one => quote = None,
            (None, '|' | ';' | '&' | '(' | '\n') => from = at + 1,
            _ => {}
        }
    }
    let command = before[from..].trim_start();
    // `watch`, `time` and the like run what follows.
    match command.strip_prefix("watch ") {
        Some(rest) if rest.trim_start().starts_with("kubectl ") => rest.trim_start(),
        _ => command,
    }
}

fn list(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_string).collect()
}

/// Files below the folder in which a terminal begins; the editor's text is one.
fn files(snapshot: &Snapshot) -> Vec<String> {
    let home = config::HOME.trim_start_matches('/');
    let all = snapshot.terminal.files.below(home);
    let names = all.filter_map(|(path, _)| path.strip_prefix(home)?.strip_prefix('/'));
    let mut names: Vec<String> = names.map(str::to_string).collect();
    names.push(super::EDITOR_FILE.into());
    names
}

/// After `kubectl` and these words.
fn kubectl(done: &[&str], word: &str, snapshot: &Snapshot) -> Vec<String> {
    let given: Vec<String> = done.iter().map(|word| word.to_string()).collect();
    let (command, path, left) = command::find(&given);
    let sets = command.all_flags();
    let flag = |name: &str| flag_of(&sets, name);
    if let Some(last) = done.last().filter(|last| last.starts_with('-'))
        && let Some(takes) = flag(last).filter(|flag| flag.alone.is_none() && !last.contains('='))
    {
        return values(takes, snapshot);
    }
    if let Some((name, _)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        let values = flag(name).map_or_else(Vec::new, |flag| values(flag, snapshot));
        return values
            .into_iter()
            .map(|one| format!("{name}={one}"))
            .collect();
    }
    if word.starts_with('-') {
        return flags(&sets);
    }
    let arguments = arguments(&left, &sets);
    if !command.children.is_empty() && arguments.is_empty() {
        return command
            .children
            .iter()
            .map(|child| child.name.to_string())
            .collect();
    }
    let usual = config::namespace_in(&snapshot.terminal.files);
    let namespace = namespace(done).unwrap_or(&usual);
    objects(command, &path, &arguments, word, namespace, snapshot)
}

/// The words that are no flags and no flags' values.
pub(super) fn arguments<'w>(left: &'w [String], sets: &[&[Flag]]) -> Vec<&'w str> {
    let mut rest = left;
    let mut found = Vec::new();
    while let Some(at) = skip_flags(rest, sets) {
        found.push(&*rest[at]);
        rest = &rest[at + 1..];
    }
    found
}

fn flag_of<'f>(sets: &[&'f [Flag]], word: &str) -> Option<&'f Flag> {
    let mut all = sets.iter().flat_map(|set| set.iter());
    match word.strip_prefix("--") {
        Some(name) => all.find(|flag| flag.name == name),
        None => {
            all.find(|flag| !flag.short.is_empty() && Some(flag.short) == word.strip_prefix('-'))
        }
    }
}

fn flags(sets: &[&[Flag]]) -> Vec<String> {
    let all = sets.iter().flat_map(|set| set.iter());
    let all = all.filter(|flag| flag.is_here && flag.deprecated.is_empty());
    let written = |flag: &Flag| match flag.alone {
        Some(_) => format!("--{}", flag.name),
        None => format!("--{}=", flag.name),
    };
    all.map(written).collect()
}

/// What a flag may be.
fn values(flag: &Flag, snapshot: &Snapshot) -> Vec<String> {
    match flag.name {
        "namespace" => names("Namespace", "", snapshot),
        "output" => list(FORMATS),
        "filename" => files(snapshot),
        "dry-run" => list("client none server"),
        "cascade" => list("background foreground orphan"),
        "type" => list("json merge strategic"),
        "restart" => list("Always Never OnFailure"),
        _ => Vec::new(),
    }
}

/// The namespace that a line names.
pub(super) fn namespace<'w>(done: &[&'w str]) -> Option<&'w str> {
    let after = |at: usize| done.get(at + 1).copied();
    done.iter().enumerate().find_map(|(at, word)| match *word {
        "-n" | "--namespace" => after(at),
        word => word
            .strip_prefix("--namespace=")
            .or_else(|| word.strip_prefix("-n=")),
    })
}

/// Kinds, or names of one.
fn objects(
    command: &Command,
    path: &str,
    arguments: &[&str],
    word: &str,
    namespace: &str,
    snapshot: &Snapshot,
) -> Vec<String> {
    let of = |kind: &str| names(kind, namespace, snapshot);
    match command.name {
        "logs" | "exec" | "attach" | "port-forward" if arguments.is_empty() => {
            return slashed(word, namespace, snapshot).unwrap_or_else(|| of("Pod"));
        }
        "cordon" | "uncordon" | "drain" => return of("Node"),
        "explain" | "create" | "run" if !arguments.is_empty() => return Vec::new(),
        "explain" => return kinds(),
        "apply" | "replace" | "diff" | "logs" | "exec" | "create" | "run" | "version"
        | "options" => {
            return Vec::new();
        }
        _ if path.contains(" create ") || path.contains(" config ") || path.contains(" auth ") => {
            return Vec::new();
        }
        _ => {}
    }
    if let Some(slashed) = slashed(word, namespace, snapshot) {
        return slashed;
    }
    match arguments.first() {
        None => kinds(),
        Some(kind) if !kind.contains('/') && !kind.contains(',') => {
            match resources::mapping(kind) {
                Ok(kind) => of(&resources::key_kind(kind)),
                Err(_) => Vec::new(),
            }
        }
        Some(_) => Vec::new(),
    }
}

/// `deployment/web`
fn slashed(word: &str, namespace: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    let (kind, _) = word.split_once('/')?;
    let of = resources::mapping(kind).ok()?;
    let names = names(&resources::key_kind(of), namespace, snapshot);
    Some(
        names
            .into_iter()
            .map(|name| format!("{kind}/{name}"))
            .collect(),
    )
}

/// `pods`, `deployments`, …; of a name that several groups have, once.
fn kinds() -> Vec<String> {
    let all = resources::resources().into_iter();
    let all = all.filter(|kind| resources::verbs(*kind).contains(&"list"));
    all.map(|kind| kind.plural()).collect()
}

fn names(kind: &str, namespace: &str, snapshot: &Snapshot) -> Vec<String> {
    let all = snapshot.store.objects().keys();
    let all = all.filter(|key| &*key.kind == kind);
    let all = all.filter(|key| key.namespace.is_empty() || &*key.namespace == namespace);
    all.map(|key| key.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};

    use super::*;

    const OBJECTS: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web-1}, spec: {containers: [{name: a, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db-1}, spec: {containers: [{name: a, image: nginx}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: colours, namespace: kube-system}}
";

    fn snapshot() -> Snapshot {
        let mut simulation = Simulation::new(Setup::default(), 7);
        simulation.apply(Input::Apply {
            manifest: OBJECTS.into(),
        });
        simulation.run_until(SimTime(5_000_000), Budget::ENDLESS);
        simulation.snapshot()
    }

    #[test]
    fn what_may_follow_is_offered_where_it_may() {
        let snapshot = snapshot();
        let cases: [(&str, &[&str]); 14] = [
            ("kub", &["kubectl"]),
            ("kubectl del", &["delete"]),
            (
                "kubectl delete po",
                &["poddisruptionbudgets", "pods", "podtemplates"],
            ),
            ("kubectl delete pod ", &["db-1", "web-1"]),
            ("kubectl delete pods w", &["web-1"]),
            ("kubectl delete pod/w", &["pod/web-1"]),
            ("kubectl -n kube-system delete cm col", &["colours"]),
            ("kubectl delete cm col", &[]),
            ("kubectl delete -n kube-s", &["kube-system"]),
            (
                "kubectl delete --namespace=kube-s",
                &["--namespace=kube-system"],
            ),
            ("kubectl delete pod --grace", &["--grace-period="]),
            ("kubectl apply -f man", &["manifest.yaml"]),
            ("kubectl delete po -o name | gre", &["grep"]),
            ("cat man", &["manifest.yaml"]),
        ];
        for (before, words) in cases {
            let found = complete(before, &snapshot);
            assert_eq!(found.words, words, "{before}");
        }
        assert_eq!(complete("kubectl del", &snapshot).from, "kubectl ".len());
    }

    #[test]
    fn what_all_have_in_common_is_sure() {
        let of = |words: &[&str]| {
            let words = words.iter().map(|word| word.to_string()).collect();
            Completion { from: 0, words }.common().to_string()
        };
        assert_eq!(of(&[]), "");
        assert_eq!(of(&["pods"]), "pods");
        assert_eq!(of(&["web-1", "web-2", "we"]), "we");
        assert_eq!(of(&["ä", "ö"]), "");
    }
}
