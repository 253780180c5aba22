//! Properties of a world and its history: whatever is done, replay, scrubbing, undo, forks and
//! stored checkpoints all come to the same bytes.

use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
use podarium::history::{History, Journal, Record, replay_report};
use proptest::prelude::*;

use common::deeds::{deeds, go_on, play, settle};

mod common;

fn restored(history: &History) -> History {
    let text = serde_json::to_string(&history.journal()).expect("a journal is plain data");
    let journal: Journal = serde_json::from_str(&text).expect("what was written is read");
    let mut again = History::restore(journal).expect("the layout is this one");
    settle(&mut again);
    again
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_journal_replays_to_the_same_world(seed: u64, deeds in deeds()) {
        let history = play(seed, &deeds);
        let again = restored(&history);
        prop_assert_eq!(history.viewed().fingerprint(), again.viewed().fingerprint());
        prop_assert_eq!(history.digest(), again.digest());
    }

    #[test]
    fn what_goes_on_after_a_reload_replays_too(seed: u64, before in deeds(), after in deeds()) {
        let mut history = restored(&play(seed, &before));
        go_on(&mut history, &after);
        let again = restored(&history);
        prop_assert_eq!(history.viewed().fingerprint(), again.viewed().fingerprint());
        prop_assert_eq!(history.digest(), again.digest());
    }

    #[test]
    fn scrubbing_anywhere_and_back_changes_nothing(seed: u64, deeds in deeds(), part in 0.0..1.0) {
        let mut history = play(seed, &deeds);
        let (now, before) = (history.now(), history.viewed().fingerprint());
        let there = SimTime((now.0 as f64 * part) as i64);
        history.seek(there);
        settle(&mut history);
        let first = history.viewed().fingerprint();
        history.seek(SimTime(there.0 / 2));
        settle(&mut history);
        history.seek(there);
        settle(&mut history);
        prop_assert_eq!(first, history.viewed().fingerprint());
        history.seek(now);
        settle(&mut history);
        prop_assert_eq!(before, history.viewed().fingerprint());
    }

    #[test]
    fn a_seek_that_is_cut_short_goes_on_to_the_same_state(seed: u64, deeds in deeds(), part in 0.0..1.0, events in 0..60_u32) {
        let mut history = play(seed, &deeds);
        let there = SimTime((history.now().0 as f64 * part) as i64);
        history.seek(there);
        settle(&mut history);
        let straight = history.viewed().fingerprint();
        history.seek(SimTime::ZERO);
        settle(&mut history);
        history.seek(SimTime(there.0 / 2));
        history.proceed(Budget(events));
        history.seek(there);
        settle(&mut history);
        prop_assert_eq!(straight, history.viewed().fingerprint());
    }

    #[test]
    fn a_fork_and_a_stored_checkpoint_live_the_same_life(seed: u64, deeds in deeds(), events in 0..200_u32) {
        let history = play(seed, &deeds);
        let mut world = history.viewed().clone();
        world.run_until(SimTime::MAX, Budget(events));
        let stored = postcard::to_allocvec(&world).expect("memory is all that it needs");
        let mut fork = world.clone();
        let mut loaded: Simulation = postcard::from_bytes(&stored).expect("what was written is read");
        for world in [&mut world, &mut fork, &mut loaded] {
            world.run_until(SimTime::MAX, Budget(150));
        }
        prop_assert_eq!(world.fingerprint(), fork.fingerprint());
        prop_assert_eq!(world.fingerprint(), loaded.fingerprint());
    }

    #[test]
    fn undo_and_redo_come_back(seed: u64, deeds in deeds()) {
        let mut history = play(seed, &deeds);
        let before = history.viewed().fingerprint();
        if history.can_undo() {
            history.take(Record::Undo);
            settle(&mut history);
            history.take(Record::Redo);
            settle(&mut history);
            prop_assert_eq!(before, history.viewed().fingerprint());
        }
    }
}

#[test]
fn undo_and_redo_know_whether_they_are_of_a_branch_or_of_an_input() {
    let mut history = History::new(Setup::default(), 1);
    let kinds = |history: &History| (history.undoes_branch(), history.redoes_branch());
    let take = |history: &mut History, record| {
        history.take(record);
        settle(history);
    };
    assert_eq!(kinds(&history), (false, false), "there is nothing to undo");
    history.run_until(SimTime(1_000_000), Budget::ENDLESS);
    let host = podarium::machine::Host {
        name: "more".into(),
    };
    let input = history.record(Input::AddHost(host));
    take(&mut history, input);
    assert_eq!(kinds(&history), (false, false));
    history.run_until(SimTime(5_000_000), Budget::ENDLESS);
    // After the input, and before it.
    for at in [3_000_000, 500_000] {
        take(&mut history, Record::Branch { at: SimTime(at) });
        assert_eq!(kinds(&history), (true, false), "from {at}");
        take(&mut history, Record::Undo);
        assert!(kinds(&history).1, "from {at}");
        take(&mut history, Record::Redo);
        assert_eq!(kinds(&history), (true, false), "from {at}");
        take(&mut history, Record::Undo);
    }
    take(&mut history, Record::Undo);
    assert!(!kinds(&history).1, "the input is next to be done again");
}

#[test]
fn a_later_journal_is_refused_with_the_remedy() {
    let mut journal = History::new(Setup::default(), 1).journal();
    journal.format += 1;
    let text = serde_json::to_string(&journal).expect("plain data");
    let refusal = replay_report(&text).expect_err("a later layout");
    assert!(refusal.to_string().contains("reload the page"), "{refusal}");
}

#[test]
fn recovery_stops_just_before_the_event_that_panicked() {
    let mut history = History::new(Setup::default(), 1);
    history.run_until(SimTime(1_000_000), Budget::ENDLESS);
    let fault = podarium::cluster::Fault::CorePanic {
        after_micros: 2_000_000,
    };
    history.take(history.record(Input::Fault(fault)));
    history.run_until(SimTime(2_500_000), Budget::ENDLESS);
    let journal = history.journal();
    let mut last = 0;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..1000 {
            last = history.events_handled() + 1;
            history.run_until(SimTime::MAX, Budget(1));
        }
    }));
    assert!(panicked.is_err(), "the fault is a panic");
    let mut recovered = History::restore_before(journal, last).expect("this layout");
    settle(&mut recovered);
    assert_eq!(recovered.events_handled(), last - 1);
    assert!(
        recovered.can_undo(),
        "the input before the panic is kept, and can be taken back"
    );
}
