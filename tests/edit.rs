//! `kubectl edit` with an editor that isn't in the terminal: what was opened a while ago is what changes are told from.

use std::rc::Rc;

use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
use podarium::kubectl::run::Finished;

/// Puts what was saved in the file's place, or shows the file if that was done before.
const EDITOR: &str = "mv /tmp/edited.yaml \"$1\" 2>/dev/null || cat \"$1\"\n";

/// A Pod, and its text as the editor shows it, before the Pod runs.
fn opened() -> (Simulation, String) {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Command {
        line: "kubectl run hello --image=nginx:1.27".into(),
        files: Rc::default(),
        stdin: None,
    });
    let shown = simulation.would_print("KUBE_EDITOR=cat kubectl edit pod hello", &[]);
    let text = shown.expect("it only reads").stdout;
    simulation.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    (simulation, text)
}

fn saved(simulation: &Simulation, opened: &str, text: &str) -> Finished {
    let files = [
        ("/tmp/opened.yaml".into(), opened.into()),
        ("/tmp/edited.yaml".into(), text.into()),
        ("/tmp/editor.sh".into(), EDITOR.into()),
    ];
    let line =
        "KUBE_EDIT_OPENED=/tmp/opened.yaml KUBE_EDITOR='sh /tmp/editor.sh' kubectl edit pod hello";
    let finished = simulation.would_end(line, &files);
    finished.expect("it is over at once")
}

#[test]
fn what_became_of_an_object_meanwhile_is_nobodys_change() {
    let (simulation, text) = opened();
    let edited = text.replace("  labels:\n", "  labels:\n    colour: blue\n");
    let finished = saved(&simulation, &text, &edited);
    assert_eq!(
        (finished.stdout.as_str(), finished.exit),
        ("pod/hello edited\n", 0)
    );
}

#[test]
fn what_is_refused_is_opened_again_with_the_reasons() {
    let (simulation, text) = opened();
    let edited = text.replace("  labels:\n", "  labels:\n    colour: -blue-\n");
    let finished = saved(&simulation, &text, &edited);
    assert_eq!(finished.exit, 1, "{finished:?}");
    assert!(
        finished
            .stderr
            .starts_with("error: pods \"hello\" is invalid\n"),
        "{finished:?}"
    );
    assert!(
        finished.stdout.contains("\n# pods \"hello\" is invalid\n"),
        "{finished:?}"
    );
    assert!(
        finished.stdout.contains("    colour: -blue-\n"),
        "{finished:?}"
    );
    // Saved as it is, it is no valid change; mended, it is one.
    let again = saved(&simulation, &text, &finished.stdout);
    assert!(
        again
            .stderr
            .ends_with("error: Edit cancelled, no valid changes were saved.\n"),
        "{again:?}"
    );
    let mended = finished.stdout.replace("colour: -blue-", "colour: blue");
    assert_eq!(
        saved(&simulation, &text, &mended).stdout,
        "pod/hello edited\n"
    );
}
