//! What holds for any text that a person may type or paste: it is checked without a panic, whatever
//! is found stands inside it, and no more of it is taken than is said.

use podarium::manifest::{Checked, Checker, Diagnostic, Limit, Severity, check};
use proptest::prelude::*;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: &l {app: web}\nspec:\n  \
                   containers:\n  - name: app\n    image: \"nginx:1.27\"\n    args: [a, 'b', !!str 5, *l]\n";

/// Pieces that mean something to YAML, JSON or Kubernetes.
const PIECES: [&str; 48] = [
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "#",
    " ",
    "\t",
    "\r\n",
    "\r",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "<<: ",
    "!",
    "!!int ",
    "!!binary ",
    "!<",
    "%",
    "%TAG ! !a\n",
    "? ",
    "@",
    "`",
    "\\",
    "\\ud800",
    "\u{feff}",
    "\u{85}",
    "\u{0}",
    "é",
    "😀",
    "0x1F",
    "1e999",
    ".inf",
    "~",
    "null",
    "apiVersion: v1\n",
    "kind: Pod\n",
    "metadata: {name: a}\n",
];

fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(&PIECES[..]).prop_map(str::to_string);
    let piece =
        prop_oneof![8 => piece, 2 => "[a-zA-Z0-9]{1,4}", 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A good manifest in which some text was put in place of some.
fn edited() -> impl Strategy<Value = String> {
    (0..POD.len(), 0..12_usize, soup()).prop_map(|(at, len, put)| {
        let end = (at + len).min(POD.len());
        format!("{}{put}{}", &POD[..at], &POD[end..])
    })
}

/// Line and column of a byte, counted the slow way.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let (mut line, mut column, mut is_first) = (1, 1, true);
    let mut before = text[..byte].chars().peekable();
    while let Some(c) = before.next() {
        let next = before
            .peek()
            .copied()
            .or_else(|| text[byte..].chars().next());
        if c == '\n' || c == '\r' && next != Some('\n') {
            (line, column, is_first) = (line + 1, 1, true);
            continue;
        }
        if c != '\u{feff}' || !is_first {
            column += 1;
        }
        is_first = false;
    }
    (line, column)
}

fn stands_inside(text: &str, found: &Diagnostic) -> Result<(), TestCaseError> {
    prop_assert!(text.get(found.span.clone()).is_some(), "{found:?}");
    prop_assert!(!found.span.is_empty() || text.is_empty(), "{found:?}");
    prop_assert_eq!(
        (found.line, found.column),
        place(text, found.span.start),
        "{:?}",
        found
    );
    prop_assert!(!found.message.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn whatever_is_typed_is_checked_and_what_is_found_stands_in_it(text in prop_oneof![soup(), edited()]) {
        let checked = check(&text);
        for found in &checked.diagnostics {
            stands_inside(&text, found)?;
        }
        for named in &checked.objects {
            prop_assert!(text.get(named.span.clone()).is_some());
        }
        let starts: Vec<usize> = checked.diagnostics.iter().map(|found| found.span.start).collect();
        prop_assert!(starts.is_sorted());
    }
}

#[test]
fn what_the_server_allocates_is_not_missed() {
    let balanced = |more: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: lb}}\nspec: {{type: LoadBalancer, \
             externalTrafficPolicy: Local, selector: {{app: web}}, ports: [{{port: 80}}]{more}}}\n"
        )
    };
    let said = |text: &str| {
        let checked = check(text);
        let errors = checked.diagnostics.iter();
        let errors = errors.filter(|one| one.severity == Severity::Error);
        errors
            .map(|one| one.message.to_string())
            .collect::<Vec<String>>()
    };
    assert_eq!(said(&balanced("")), Vec::<String>::new());
    let wrong = said(&balanced(", healthCheckNodePort: 99999"));
    assert!(
        wrong
            .iter()
            .any(|said| said.contains("healthCheckNodePort")),
        "{wrong:?}"
    );
}

#[test]
fn a_manifest_as_kubectl_takes_it_has_no_error() {
    let text = POD.replace(", *l]", "]");
    assert_eq!(check(&text).errors(), 0, "{:?}", check(&text).diagnostics);
    assert_eq!(check(&text.replace('\n', "\r\n")).errors(), 0);
    assert_eq!(check(&format!("\u{feff}{text}")).errors(), 0);
}

/// How many values are looked at before the text is refused shows in the sentence, not on a clock.
#[test]
fn what_is_too_much_is_refused_with_the_limit_and_a_remedy() {
    let bomb: String = ('b'..='j').fold(
        "a: &a [x, x, x, x, x, x, x, x, x]\n".to_string(),
        |text, c| {
            let before = char::from(c as u8 - 1);
            text + &format!("{c}: &{c} [{}]\n", vec![format!("*{before}"); 9].join(", "))
        },
    );
    let too_much = [
        ("a: b\n".repeat(2 << 20), "2 MiB"),
        (bomb, "alias"),
        ("[".repeat(100_000), "nested more than 100 deep"),
        ("{\"a\":".repeat(100_000), "nested more than 100 deep"),
        ("- a\n".repeat(300_000), "more than 200000 values"),
        ("a: b\n---\n".repeat(20_000), "more than 10000 documents"),
    ];
    for (text, limit) in too_much {
        let checked = check(&text);
        let said = checked
            .diagnostics
            .iter()
            .find(|found| found.message.contains(limit));
        let help = said.and_then(|found| found.help.clone());
        assert!(help.is_some(), "{limit}: {:?}", checked.diagnostics.first());
    }
}

#[test]
fn very_many_findings_are_listed_in_part_and_counted() {
    let fields: String = (0..5_000).map(|i| format!("  containr{i}: x\n")).collect();
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{fields}");
    let checked = check(&text);
    assert_eq!(checked.errors(), Limit::FINDINGS + 1);
    let last = checked.diagnostics.last().expect("more than one");
    assert_eq!(last.message, "4800 more follow, which aren't listed");
}

#[test]
fn every_step_ends_at_a_document() {
    let text = format!("{POD}---\n{POD}---\n# nothing\n---\nkind: [\n").replace(", *l]", "]");
    let mut checker = Checker::new(text.as_str().into());
    let mut checked = Checked::default();
    let mut documents = Vec::new();
    while checker.step(&mut checked) {
        documents.push(checked.objects.len());
    }
    assert_eq!(documents, [1, 2]);
    let error = checked
        .diagnostics
        .iter()
        .find(|found| found.severity == Severity::Error);
    let error = error.expect("the bracket isn't closed");
    assert_eq!(
        error.message,
        "yaml: line 1: did not find expected node content"
    );
    assert_eq!((error.line, error.column), place(&text, error.span.start));
}
