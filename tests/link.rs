//! A link and a file hold a whole history: what opens from them is the same world at the same moment, and
//! what isn't as it was written is refused with what helps.

use std::io::{Read, Write};

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime};
use podarium::history::History;
use podarium::history::link::{Moment, OpenError, Sight, is_link, is_world, seal, unseal};
use podarium::scene::Selection;
use proptest::prelude::*;

use common::deeds::{deeds, play, settle};

mod common;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What the page's browser does: deflate, and letters that an address takes.
fn pack(text: &str) -> String {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(text.as_bytes())
        .expect("memory is all that it needs");
    let bytes = encoder.finish().expect("memory is all that it needs");
    let mut letters = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for at in 0..=three.len() {
            letters.push(char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    letters
}

fn unpack(body: &str) -> String {
    let mut bytes = Vec::new();
    for four in body.as_bytes().chunks(4) {
        let value = |at: usize| {
            four.get(at)
                .and_then(|letter| LETTERS.iter().position(|one| one == letter))
        };
        let bits = (0..4).fold(0, |bits, at| bits << 6 | value(at).unwrap_or(0));
        bytes.extend((0..four.len() - 1).map(|at| (bits >> (16 - 8 * at)) as u8));
    }
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&*bytes)
        .read_to_string(&mut text)
        .expect("it was packed here");
    text
}

fn sight() -> Sight {
    Sight {
        view: "Pod".into(),
        show: "Life line".into(),
        selection: Some(Selection::Object(ObjectKey::pod("default", "p1"))),
        request: None,
        folded: true,
        camera: vec![0.1 + 0.2, -17.25, 1e-7],
        draft: None,
    }
}

/// A history's link, and what opens from it, at the moment that is shown.
fn through_a_link(history: &History) -> (String, History, Sight) {
    let link = seal(&pack(&Moment::new(history.journal(), sight()).text()));
    let moment =
        Moment::read(&unpack(unseal(&link).expect("it was sealed"))).expect("it was written so");
    let shown = moment.journal.shown;
    let mut opened = History::restore(moment.journal).expect("this layout");
    settle(&mut opened);
    opened.seek(shown);
    settle(&mut opened);
    (link, opened, moment.sight)
}

fn hello() -> History {
    let mut history = History::new(Setup::default(), 0x7f3a);
    history.run_until(SimTime(1_000_000), Budget::ENDLESS);
    let manifest = include_str!("../src/ui/editor/examples/hello-pod.yaml").into();
    history.take(history.record(Input::Apply { manifest }));
    history.run_until(SimTime(3_300_000), Budget::ENDLESS);
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_link_opens_on_the_same_moment(seed: u64, deeds in deeds(), part in 0.0..1.2) {
        let mut history = play(seed, &deeds);
        history.seek(SimTime((history.now().0 as f64 * part) as i64));
        settle(&mut history);
        let (_, opened, seen) = through_a_link(&history);
        prop_assert_eq!(history.time(), opened.time());
        prop_assert_eq!(history.digest(), opened.digest());
        prop_assert_eq!(history.viewed().fingerprint(), opened.viewed().fingerprint());
        prop_assert_eq!(history.present(), opened.present());
        prop_assert_eq!(seen, sight());
    }

    #[test]
    fn a_changed_letter_is_found(at in 0_usize..4000, other in 0_usize..64) {
        let link = through_a_link(&hello()).0;
        let at = at % link.len();
        let mut changed = link.clone().into_bytes();
        changed[at] = LETTERS[other];
        let changed = String::from_utf8(changed).expect("letters");
        let opened = unseal(&changed).ok();
        prop_assert!(changed == link || opened.is_none(), "letter {} of {}", at, link);
    }

    #[test]
    fn whatever_a_file_says_it_is_taken_or_refused(at in 0_usize..100_000, bytes in "[0-9\\[\\]{},\":a-f-]{1,4}") {
        let text = Moment::new(hello().journal(), sight()).text();
        let at = at % (text.len() - 4);
        if text.is_char_boundary(at) && text.is_char_boundary(at + bytes.len()) {
            let changed = format!("{}{bytes}{}", &text[..at], &text[at + bytes.len()..]);
            if let Ok(moment) = Moment::read(&changed) && let Ok(mut opened) = History::restore(moment.journal) {
                opened.proceed(Budget(2_000));
            }
        }
    }
}

#[test]
fn what_is_wrong_with_a_link_is_said_with_what_helps() {
    let link = through_a_link(&hello()).0;
    let refusal = |link: &str| unseal(link).map_err(|why| why.to_string()).expect_err(link);
    for (wrong, words) in [
        (link[..link.len() - 100].to_string(), "cut off"),
        (link.replacen('a', "b", 1), "Copy it once more"),
        (link.replacen("v1.", "v2.", 1), "reload the page"),
        ("v1.hello".into(), "no link of Podarium"),
        ("v1..".into(), "no link of Podarium"),
        ("v1.5.00000000.äöü".into(), "damaged"),
        (
            format!("v1.9.00000000.{}", "A".repeat(1 << 20)),
            "more than this page takes in",
        ),
    ] {
        let said = refusal(&wrong);
        assert!(said.contains(words), "{said}");
        assert!(is_link(&wrong), "it is said of {wrong:.20}");
    }
    let longer = format!("{link}.");
    assert_eq!(
        unseal(&longer),
        unseal(&link),
        "a sentence's full stop is no part of it"
    );
    for other in ["", "examples", "view", "stage"] {
        assert!(!is_link(other), "{other}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_what_helps() {
    let text = Moment::new(hello().journal(), sight()).text();
    assert!(is_world(&text) && !is_world("{\"apiVersion\": \"v1\"}") && !is_world("kind: List"));
    let refusal = |text: &str| {
        Moment::read(text)
            .map_err(|why| why.to_string())
            .expect_err("it is wrong")
    };
    for (wrong, words) in [
        (
            text.replacen("\"podarium\":1", "\"podarium\":2", 1),
            "version 2",
        ),
        (
            text.replacen("\"format\":1", "\"format\":7", 1),
            "reload the page",
        ),
        (
            text.replacen("\"seed\"", "\"sead\"", 1),
            "missing field `seed`",
        ),
        (text[..text.len() / 2].to_string(), "EOF while parsing"),
        (
            text.replacen("\"lived\":3300000", "\"lived\":-1", 1),
            "damaged",
        ),
        ("{\"kind\": \"List\"}".into(), "goes through Import"),
    ] {
        let said = refusal(&wrong);
        assert!(said.contains(words), "{said}");
    }
    let unknown = text.replacen("\"sight\":{", "\"sight\":{\"more\":[1],", 1);
    assert!(
        Moment::read(&unknown).is_ok(),
        "a later page may say more of how it is looked at"
    );
}

#[test]
fn what_is_too_large_or_nested_is_refused_at_once() {
    let text = Moment::new(hello().journal(), sight()).text();
    let (head, tail) = text
        .split_once("\"records\":[")
        .expect("a journal has records");
    let with = |record: &str, times: usize| {
        format!(
            "{head}\"records\":[{}{tail}",
            format!("{record},").repeat(times)
        )
    };
    for (what, hostile) in [
        ("values", with("\"Undo\"", 300_000)),
        ("branches", with("{\"Branch\":{\"at\":5}}", 20_000)),
        (
            "nesting",
            format!("{{\"podarium\":1,\"journal\":{}", "[".repeat(150_000)),
        ),
        (
            "many of them",
            format!(
                "{{\"podarium\":1,\"journal\":[{}]}}",
                "0,".repeat(10_000_000)
            ),
        ),
        ("a lone text", format!("\"{}", "\\\"".repeat(20_000_000))),
    ] {
        assert!(Moment::read(&hostile).is_err(), "{what}");
    }
    let many = Moment::read(&with("\"Undo\",\"Redo\"", 40_000)).expect("so many are taken");
    History::restore(many.journal).expect("this layout");
    assert_eq!(unseal(&"v".repeat(1 << 20)), Err(OpenError::TooLarge));
}

#[test]
fn a_small_history_has_a_short_link() {
    let link = through_a_link(&hello()).0;
    assert!(link.len() < 1_600, "{} characters", link.len());
}
