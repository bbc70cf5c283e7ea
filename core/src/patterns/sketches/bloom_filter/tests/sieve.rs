//! The store with the filter before it: what it does with keys, what it refuses, what it counts.

use super::super::model::Sieve;
use super::super::promises::{AS_CHANCE_ALLOWS, Chances, NEVER_DENIES, Sample};
use crate::catalog;
use crate::kernel::engine::Engine;
use crate::kernel::session::{RunState, Session};
use crate::lab::Outcome;
use crate::sorted::SortedMap;
use crate::spec::Knobs as _;
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

fn open(knobs: &[(&str, Value)]) -> Box<dyn Session> {
    let pattern = catalog::find("bloom-filter").expect("it is registered");
    let mut given = SortedMap::new();
    given.insert("source".to_owned(), Value::from("typed"));
    for (key, value) in knobs {
        given.insert((*key).to_owned(), value.clone());
    }
    let state = RunState {
        knobs: given,
        ..RunState::default()
    };
    (pattern.machine.open)(&state).expect("the knobs are within their ranges")
}

fn key(action: &str, key: &str) -> Call {
    Call::new(action).with("key", key)
}

/// Does something and waits until it is over.
fn done(session: &mut dyn Session, call: &Call) {
    session
        .act(call)
        .unwrap_or_else(|error| panic!("{call}: {error}"));
    session.seek(session.cursor().at + Span::from_secs(60));
}

fn refusal(session: &mut dyn Session, call: &Call) -> String {
    session.act(call).expect_err("it is refused").to_string()
}

fn value(session: &dyn Session, key: &str) -> f64 {
    let outcome: Outcome = session.outcome();
    outcome.value(key)
}

#[test]
fn what_was_added_is_found_and_what_was_not_is_mostly_told() {
    for mode in ["plain", "counting", "blocked"] {
        let mut session = open(&[("mode", mode.into())]);
        done(&mut *session, &key("add", " ada "));
        done(&mut *session, &key("ask", "ada"));
        done(&mut *session, &key("ask", "grace"));
        let found = ["needed", "saved", "wasted"].map(|key| value(&*session, key));
        assert_eq!(found, [1.0, 1.0, 0.0], "{mode}");
    }
}

#[test]
fn a_key_goes_bit_by_bit_and_an_action_does_the_rest_at_once() {
    let knobs = super::super::knobs::Knobs {
        source: super::super::knobs::Source::Typed,
        ..Default::default()
    };
    let mut engine = Engine::<Sieve>::start(1, knobs);
    engine
        .try_act(&key("add", "ada"), None)
        .expect("it is taken");
    let ones = |engine: &Engine<Sieve>| engine.model().filter.ones();
    assert_eq!(ones(&engine), 0);
    // Hash, places, and then one bit after the other.
    engine.advance(SimTime::from_millis(650), None);
    assert_eq!(ones(&engine), 1);
    engine.advance(SimTime::from_millis(850), None);
    assert_eq!(ones(&engine), 2);
    engine
        .try_act(&key("ask", "ada"), None)
        .expect("it is taken");
    assert_eq!(ones(&engine), 7);
}

#[test]
fn a_plain_filter_refuses_to_forget_and_says_why() {
    for mode in ["plain", "blocked"] {
        let mut session = open(&[("mode", mode.into())]);
        done(&mut *session, &key("add", "ada"));
        let sentence = refusal(&mut *session, &key("remove", "ada"));
        assert!(sentence.contains("a bit of other keys"), "{sentence}");
        assert!(
            sentence.contains("Choose the counting filter"),
            "{sentence}"
        );
    }
}

#[test]
fn a_counting_filter_forgets_what_is_there_and_only_that() {
    let mut session = open(&[("mode", "counting".into())]);
    done(&mut *session, &key("add", "ada"));
    done(&mut *session, &key("add", "ada"));
    done(&mut *session, &key("add", "grace"));
    let sentence = refusal(&mut *session, &key("remove", "linus"));
    assert!(
        sentence.contains("“linus” is not in the store"),
        "{sentence}"
    );
    for [needed, saved] in [[1.0, 0.0], [1.0, 1.0]] {
        done(&mut *session, &key("remove", "ada"));
        done(&mut *session, &key("ask", "ada"));
        let counted = ["needed", "saved"].map(|key| value(&*session, key));
        assert_eq!(
            counted,
            [needed, saved],
            "added twice, it goes with the second removal"
        );
    }
    done(&mut *session, &key("ask", "grace"));
    assert_eq!(
        value(&*session, "needed"),
        2.0,
        "once for ada while one was left, once for grace"
    );
    assert_eq!(value(&*session, "removed"), 2.0);
    assert_eq!(value(&*session, "denied"), 0.0);
}

#[test]
fn made_up_keys_can_be_removed_by_name_one_by_one() {
    let mut session = open(&[
        ("mode", "counting".into()),
        ("source", "words".into()),
        ("load", 3.into()),
        ("pause", 10_000.0.into()),
    ]);
    let names: Vec<String> = {
        let mut engine = Engine::<Sieve>::start(session.state().seed, {
            let mut knobs = super::super::knobs::Knobs::default();
            knobs
                .set("source", &"words".into())
                .expect("there are words");
            knobs.set("load", &3.into()).expect("three are few");
            knobs
        });
        engine.advance(SimTime::ZERO, None);
        let mut names = Vec::new();
        engine.model().members.any(|name| {
            names.push(name.to_owned());
            false
        });
        names
    };
    assert_eq!(names.len(), 3);
    session.act(&key("remove", &names[1])).expect("it is there");
    session.seek(session.cursor().at + Span::from_secs(9));
    assert!(refusal(&mut *session, &key("remove", &names[1])).contains("not in the store"));
    assert_eq!(value(&*session, "denied"), 0.0);
}

#[test]
fn nothing_is_typed_or_pasted_in_vain() {
    let mut session = open(&[]);
    for action in ["add", "ask", "remove"] {
        let sentence = refusal(&mut *session, &key(action, "  "));
        assert!(sentence.contains("at least one letter"), "{sentence}");
    }
    let paste = |keys: &str| Call::new("paste_keys").with("keys", keys);
    assert!(refusal(&mut *session, &paste(" ,\n ")).contains("at least one key"));
    done(&mut *session, &paste("ada, grace\nlinus"));
    assert_eq!(value(&*session, "members"), 3.0);
}

#[test]
fn the_store_takes_so_many_keys_and_no_more() {
    let mut session = open(&[("n", 10_000.into())]);
    done(&mut *session, &Call::new("fill").with("percent", 200));
    assert_eq!(value(&*session, "members"), 20_000.0);
    let sentence = refusal(&mut *session, &key("add", "ada"));
    assert!(sentence.contains("it takes 20000"), "{sentence}");
    let sentence = refusal(&mut *session, &Call::new("fill").with("percent", 100));
    assert!(sentence.contains("Choose more"), "{sentence}");
}

#[test]
fn filters_of_another_shape_are_not_joined_unless_nobody_looks() {
    for mode in ["plain", "counting", "blocked"] {
        let mut session = open(&[("mode", mode.into()), ("n", 100.into())]);
        done(&mut *session, &Call::new("add_many").with("count", 20));
        let merge = Call::new("merge").with("count", 20).with("hashes", 3);
        let sentence = refusal(&mut *session, &merge);
        assert!(
            sentence.contains("cannot be joined with one that has 3"),
            "{sentence}"
        );
        done(&mut *session, &Call::new("merge").with("count", 20));
        assert_eq!(value(&*session, "members"), 40.0);
        assert_eq!(value(&*session, "denied"), 0.0, "{mode}");
    }
}

#[test]
fn clearing_bits_denies_others_and_counting_does_not() {
    let keys = "ada alan barbara donald edsger frances grace john leslie margaret niklaus radia";
    for (mode, removal, denies) in [("plain", "clears", true), ("counting", "refused", false)] {
        let mut session = open(&[
            ("mode", mode.into()),
            ("removal", removal.into()),
            ("size_by", "bits".into()),
            ("m", 64.into()),
            ("k", 3.into()),
        ]);
        done(&mut *session, &Call::new("paste_keys").with("keys", keys));
        done(&mut *session, &key("remove", "ada"));
        assert_eq!(session.outcome().violates(NEVER_DENIES), denies, "{mode}");
    }
}

#[test]
fn a_stranger_that_one_asks_for_again_says_nothing_of_how_often_strangers_pass() {
    let mut session = open(&[
        ("n", 10.into()),
        ("size_by", "bits".into()),
        ("m", 64.into()),
    ]);
    done(&mut *session, &Call::new("add_many").with("count", 40));
    for _ in 0..30 {
        done(&mut *session, &key("ask", "ada"));
    }
    assert_eq!(value(&*session, "strangers"), 0.0);
    assert!(!session.outcome().violates(AS_CHANCE_ALLOWS));
}

#[test]
fn no_name_is_made_up_twice() {
    use super::super::keys::Names;
    use super::super::knobs::Source;
    for source in [Source::Random, Source::Words, Source::Urls] {
        let names = Names::new(source, 0xfeed_f00d_dead_beef);
        let mut all = std::collections::BTreeSet::new();
        let mut text = String::new();
        for number in 0..10_000 {
            names.write(number, &mut text);
            assert!(all.insert(text.clone()), "{text} comes twice");
        }
    }
}

#[test]
fn a_sample_is_suspicious_only_of_what_chance_would_not_do() {
    use crate::kernel::random::Random;
    let sample = |true_rate: f64, seed: u64| {
        let mut random = Random::new(seed);
        let mut sample = Sample::default();
        let chances = Chances {
            expected: 0.02,
            least: 0.01,
            most: 0.04,
        };
        for _ in 0..5_000 {
            sample.count(random.unit() < true_rate, chances);
        }
        sample
    };
    for seed in 0..200 {
        let (least, most) = (sample(0.01, seed), sample(0.04, seed));
        assert!(most.surprise_of_many() < 12.0, "as often as is allowed");
        assert!(least.surprise_of_few() < 12.0, "as seldom as is allowed");
        let (few, many) = (sample(0.000_2, seed), sample(0.20, seed));
        assert!(many.surprise_of_many() > 28.0, "five times as often");
        assert!(few.surprise_of_few() > 28.0, "a fiftieth as often");
    }
}
