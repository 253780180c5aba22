//! Names of objects in what kubectl printed: `pod/web-1`, `deployment.apps/web`, the cells of a table's column NAME. Read
//! from the command and the text alone; whether there is such an object is asked when somebody selects it.

use std::rc::Rc;

use podarium::kubectl::{command, resources};

use super::complete::{arguments, namespace};

/// So many names of an answer are marked, from its end.
const MOST: usize = 400;
/// What leaves lines as they are that it lets through.
const SIEVES: [&str; 6] = ["grep", "head", "tail", "sort", "uniq", "tee"];

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The bytes at which it begins, and ends.
    pub at: (usize, usize),
    /// Whose name it is.
    pub of: Name,
}

/// What a person means who points at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// `Pod`, `Deployment.apps`
    pub kind: Rc<str>,
    /// As far as the command or its answer says it.
    pub namespace: Option<Rc<str>>,
    /// `web-1`
    pub name: Rc<str>,
}

impl Name {
    /// The kind without its group.
    pub fn bare_kind(&self) -> &str {
        self.kind.split('.').next().unwrap_or_default()
    }
}

/// What a command says about the names in its answer.
#[derive(Default)]
struct Asked {
    /// Whose names a table has that doesn't say it.
    kind: Option<Rc<str>>,
    namespace: Option<Rc<str>>,
    everywhere: bool,
    /// Are lines without a header a table's?
    bare: bool,
}

/// The kinds that words stand for, as far as they were asked.
#[derive(Default)]
struct Kinds(Vec<(String, Option<Rc<str>>)>);

impl Kinds {
    /// The kind of its objects' keys.
    fn of(&mut self, word: &str) -> Option<Rc<str>> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| known == word) {
            return known.clone();
        }
        let found = resources::mapping(word).ok();
        let found: Option<Rc<str>> = found.map(|kind| resources::key_kind(kind).into());
        self.0.push((word.to_string(), found.clone()));
        found
    }
}

/// The names in the answer to a line.
pub fn named(line: &str, text: &str) -> Vec<Named> {
    let mut kinds = Kinds::default();
    let Some(asked) = asked(line, &mut kinds) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let (mut from, mut table) = (0, None);
    for line in text.split('\n') {
        match header(line) {
            _ if line.trim().is_empty() => table = None,
            Some(columns) => table = Some(columns),
            None => row(line, from, table, &asked, &mut kinds, &mut found),
        }
        from += line.len() + 1;
    }
    found.split_off(found.len().saturating_sub(MOST))
}

/// What the first kubectl of a line asks for.
fn asked(line: &str, kinds: &mut Kinds) -> Option<Asked> {
    let mut parts = line.split(['|', ';', '&', '\n']).map(str::trim);
    let part = parts.find_map(|part| {
        let part = part.strip_prefix("watch ").map_or(part, str::trim);
        part.strip_prefix("kubectl ")
    })?;
    let words: Vec<String> = part.split_whitespace().map(str::to_string).collect();
    let plain: Vec<&str> = words.iter().map(|word| &**word).collect();
    let (command, _, left) = command::find(&words);
    let mut asked = Asked {
        namespace: namespace(&plain).map(Rc::from),
        everywhere: plain
            .iter()
            .any(|word| ["-A", "--all-namespaces"].contains(word)),
        ..Asked::default()
    };
    let arguments = arguments(&left, &command.all_flags());
    if command.name == "get"
        && let Some(first) = arguments.first()
    {
        let kind = first.split('/').next().unwrap_or_default();
        asked.kind = kinds.of(kind);
        let mut rest = parts.map(|part| part.split_whitespace().next().unwrap_or_default());
        asked.bare = is_table(&plain) && rest.all(|name| SIEVES.contains(&name));
    }
    Some(asked)
}

/// Is it printed as a table?
fn is_table(words: &[&str]) -> bool {
    let mut words = words.iter();
    let form = words.find_map(|word| word.strip_prefix("-o").or(word.strip_prefix("--output")));
    let form = form.map(|form| match form.trim_start_matches('=') {
        "" => words.next().copied().unwrap_or_default(),
        form => form,
    });
    form.is_none_or(|form| form == "wide")
}

/// Which words of a table's lines are a name, and its namespace.
#[derive(Clone, Copy)]
struct Columns {
    name: Option<usize>,
    namespace: Option<usize>,
}

/// Those of a table with this header.
fn header(line: &str) -> Option<Columns> {
    let is_header = line.contains(|one: char| one.is_ascii_uppercase())
        && !line.contains(|one: char| one.is_ascii_lowercase());
    let place = |name: &str| line.split_whitespace().position(|word| word == name);
    is_header.then(|| Columns {
        name: place("NAME"),
        namespace: place("NAMESPACE"),
    })
}

/// The names in a line that begins at a byte of the text.
fn row(
    line: &str,
    from: usize,
    table: Option<Columns>,
    asked: &Asked,
    kinds: &mut Kinds,
    found: &mut Vec<Named>,
) {
    let words: Vec<(usize, &str)> = words(line).collect();
    // A word alone may be anything; a table's line has more.
    let is_bare = asked.bare && words.len() > 1 && !line.starts_with(' ');
    let bare = is_bare.then_some(Columns {
        name: Some(usize::from(asked.everywhere)),
        namespace: asked.everywhere.then_some(0),
    });
    let columns = table.or(bare);
    let own = columns.and_then(|columns| words.get(columns.namespace?));
    let own = own.filter(|(_, word)| is_name(word));
    let namespace = own.map(|(_, word)| Rc::from(*word));
    let namespace = namespace.or_else(|| asked.namespace.clone());
    let column = columns.and_then(|columns| columns.name);
    for (number, (at, word)) in words.iter().enumerate() {
        let (kind, name, prefix) = match word.split_once('/') {
            Some((kind, name)) => {
                let name = name.trim_end_matches([':', ',', '.', ';', ')', '"', '\'']);
                (kind_of_prefix(kind, kinds), name, kind.len() + 1)
            }
            None if column == Some(number) => (asked.kind.clone(), *word, 0),
            None => continue,
        };
        let Some(kind) = kind.filter(|_| is_name(name)) else {
            continue;
        };
        let begins = from + at;
        found.push(Named {
            at: (begins, begins + prefix + name.len()),
            of: Name {
                kind,
                namespace: namespace.clone(),
                name: name.into(),
            },
        });
    }
}

/// `pod`, `deployment.apps`; nothing that is no resource's name.
fn kind_of_prefix(word: &str, kinds: &mut Kinds) -> Option<Rc<str>> {
    let fits = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '.';
    let is_fit = !word.is_empty() && word.chars().all(fits);
    is_fit.then(|| kinds.of(word))?
}

/// The words of a line, and where each begins.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    let all = line.split(' ').map(move |word| {
        let at = next;
        next += word.len() + 1;
        (at, word)
    });
    all.filter(|(_, word)| !word.is_empty())
}

/// May an object be called so?
fn is_name(word: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit();
    word.starts_with(is_plain)
        && word.ends_with(is_plain)
        && word
            .chars()
            .all(|one| is_plain(one) || one == '-' || one == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str, text: &str) -> Vec<String> {
        let all = named(line, text).into_iter();
        all.map(|one| {
            let Name {
                kind,
                namespace,
                name,
            } = one.of;
            let space = namespace.map_or(String::new(), |space| format!("{space}/"));
            format!("{}: {kind} {space}{name}", &text[one.at.0..one.at.1])
        })
        .collect()
    }

    #[test]
    fn names_are_found_where_kubectl_prints_them() {
        let pods = "NAME    READY   STATUS\nweb-1   1/1     Running\nweb-2   0/1     Pending\n";
        let everywhere = "NAMESPACE   NAME    READY\nshop        web-1   1/1";
        let all =
            "NAME        READY\npod/web-1   1/1\n\nNAME           TYPE\nservice/web   ClusterIP\n";
        let cases: [(&str, &str, &[&str]); 12] = [
            (
                "kubectl get pods",
                pods,
                &["web-1: Pod web-1", "web-2: Pod web-2"],
            ),
            (
                "kubectl get po -n shop",
                pods,
                &["web-1: Pod shop/web-1", "web-2: Pod shop/web-2"],
            ),
            (
                "kubectl get pods -A",
                everywhere,
                &["web-1: Pod shop/web-1"],
            ),
            (
                "kubectl get all",
                all,
                &["pod/web-1: Pod web-1", "service/web: Service web"],
            ),
            (
                "kubectl get pods -o wide | grep web-1",
                "web-1   1/1     Running",
                &["web-1: Pod web-1"],
            ),
            ("kubectl get pods | wc -l", "3", &[]),
            (
                "cat <<EOF | kubectl apply -f -\nkind: Deployment\nEOF",
                "deployment.apps/web created",
                &["deployment.apps/web: Deployment.apps web"],
            ),
            (
                "kubectl get events",
                "LAST SEEN   TYPE     REASON   OBJECT      MESSAGE\n3s          Normal   Pulled   pod/web-1   image demo/web:1, 1/2",
                &["pod/web-1: Pod web-1"],
            ),
            (
                "kubectl get pods web-1 -o yaml",
                "kind: Pod\nmetadata: {name: web-1}",
                &[],
            ),
            (
                "kubectl get pods",
                "No resources found in default namespace.",
                &[],
            ),
            ("echo pod/web-1", "pod/web-1", &[]),
            (
                "kubectl get pod x",
                "Error from server (NotFound): pods \"x\" not found",
                &[],
            ),
        ];
        for (line, text, expected) in cases {
            assert_eq!(told(line, text), expected, "{line}");
        }
    }

    #[test]
    fn of_a_long_answer_the_last_names_are_marked() {
        let rows = (0..1_000).map(|number| format!("web-{number}   1/1\n"));
        let text = format!("NAME   READY\n{}", rows.collect::<String>());
        let all = told("kubectl get pods", &text);
        assert_eq!(all.len(), MOST);
        assert_eq!(all.last().map(String::as_str), Some("web-999: Pod web-999"));
    }
}
