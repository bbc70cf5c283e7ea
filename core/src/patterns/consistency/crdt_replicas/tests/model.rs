//! The replicas on their network: promises under faults, broken variants, and what a person does.

use super::super::READING;
use super::super::model::replicated::DataType;
use super::super::model::{
    ADDED_IS_PRESENT, ALL_CONVERGE, EVERY_COUNT_ONCE, RUN_STAYS, Replicas, SAME_EDITS_SAME_STATE,
    Sync, WRITE_REPLACES,
};
use crate::kernel::engine::Engine;
use crate::kernel::random::Random;
use crate::kernel::session::RunState;
use crate::kernel::timeline::Entry;
use crate::lab::{Outcome, simulate};
use crate::prelude::*;
use crate::spec::Knobs as _;

type Settings<'a> = &'a [(&'a str, Value)];

fn knobs(settings: Settings<'_>) -> super::super::model::Knobs {
    let mut knobs = super::super::model::Knobs::default();
    for (key, value) in settings {
        knobs
            .set(key, value)
            .expect("a knob and a value that exist");
    }
    knobs
}

fn engine(settings: Settings<'_>) -> Engine<Replicas> {
    Engine::start(1, knobs(settings))
}

fn act(engine: &mut Engine<Replicas>, call: &Call) {
    engine.try_act(call, None).expect("it is possible");
}

fn on(name: &str, node: u32) -> Call {
    Call::new(name).with("node", node)
}

fn run_for(engine: &mut Engine<Replicas>, secs: u64) {
    let until = engine.world().now() + Span::from_secs(secs);
    engine.advance(until, None);
}

fn readings(engine: &Engine<Replicas>) -> Vec<String> {
    let replicas = engine.model().replicas().iter();
    replicas.map(|replica| replica.state.reading()).collect()
}

/// Half a minute of everything that can go wrong, and then peace.
fn storm(seed: u64) -> Vec<Entry> {
    let mut random = Random::new(seed);
    let mut at = SimTime::from_millis(500);
    let mut entries = Vec::new();
    let mut act = |at: SimTime, call: Call| {
        entries.push(Entry {
            at,
            after: None,
            call,
        });
    };
    while at < SimTime::from_secs(30) {
        let node = random.below(4) as u32;
        let other = (node + 1 + random.below(3) as u32) % 4;
        let fault = |name: &str| on(&format!("fault.{name}"), node);
        act(
            at,
            match random.below(12) {
                0 => fault("crash"),
                1 => fault("restart"),
                2 => fault("pause"),
                3 => fault("resume"),
                4 => Call::new("fault.partition").with("nodes", node.to_string()),
                5 => Call::new("fault.repair"),
                6 => fault("skew").with("offset_ms", random.below(120_000) as i64 - 60_000),
                7 => on("offline", node),
                8 => on("online", node),
                9 => Call::new("merge").with("from", node).with("into", other),
                10 => Call::new("fault.hold").with("from", node).with("to", other),
                _ => Call::new("fault.release")
                    .with("from", node)
                    .with("to", other),
            },
        );
        at += Span::from_millis(random.below(1_500));
    }
    let end = SimTime::from_secs(30);
    for node in 0..4 {
        for name in ["restart", "resume"] {
            act(end, on(&format!("fault.{name}"), node));
        }
        act(end, on("online", node));
        for other in (0..4).filter(|&other| other != node) {
            let release = Call::new("fault.release");
            act(end, release.with("from", node).with("to", other));
        }
    }
    act(end, Call::new("fault.repair"));
    act(end, Call::new("set").with("rate", 0));
    entries
}

/// A run through a storm on a bad network, and long enough after it for everything to arrive.
fn weather(settings: Settings<'_>, seed: u64) -> Outcome {
    let bad = [
        ("replicas", 4.into()),
        ("rate", 4.into()),
        ("interval", 300.into()),
        ("loss", 20.into()),
        ("duplicate", 20.into()),
        ("reorder", 30.into()),
    ];
    let all = bad.iter().chain(settings);
    let state = RunState {
        seed,
        knobs: all
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        script: storm(seed),
        ..RunState::default()
    };
    simulate::<Replicas>(&state, SimTime::from_secs(75)).expect("it opens")
}

#[test]
fn with_all_safeguards_every_promise_survives_any_storm() {
    for data in DataType::ALL {
        for sync in Sync::ALL {
            for seed in 1..=3 {
                let settings = [("data", data.key().into()), ("sync", sync.key().into())];
                let outcome = weather(&settings, seed);
                let run = format!("{} by {}, seed {seed}", data.key(), sync.key());
                assert_eq!(outcome.violated, Vec::<&str>::new(), "{run}");
                assert_eq!(
                    outcome.value("lacking"),
                    0.0,
                    "{run}: something never arrived"
                );
                assert_eq!(outcome.value("readings"), 1.0, "{run}: the copies differ");
            }
        }
    }
}

#[test]
fn without_a_safeguard_its_promise_breaks_and_no_other() {
    const COUNTS: &[&str] = &[EVERY_COUNT_ONCE];
    const COPIES: &[&str] = &[SAME_EDITS_SAME_STATE, EVERY_COUNT_ONCE];
    const PRESENCE: &[&str] = &[ADDED_IS_PRESENT, SAME_EDITS_SAME_STATE];
    // Of a delta only the news is passed on: a part that was lost is missing from later ones too.
    const ARRIVAL: &[&str] = &[ALL_CONVERGE, ADDED_IS_PRESENT];
    let cases = [
        ("own_counts", DataType::GCounter, Sync::Deltas, COUNTS),
        ("own_counts", DataType::PnCounter, Sync::Deltas, COUNTS),
        ("causal_context", DataType::OrSet, Sync::Deltas, PRESENCE),
        (
            "stamps_above_seen",
            DataType::LwwRegister,
            Sync::Deltas,
            &[WRITE_REPLACES],
        ),
        ("deliver_once", DataType::GCounter, Sync::Operations, COPIES),
        (
            "deliver_once",
            DataType::PnCounter,
            Sync::Operations,
            COPIES,
        ),
        ("runs_hang", DataType::Text, Sync::Deltas, &[RUN_STAYS]),
        ("runs_hang", DataType::Text, Sync::Operations, &[RUN_STAYS]),
        ("send_again", DataType::GSet, Sync::Deltas, ARRIVAL),
        (
            "send_again",
            DataType::Text,
            Sync::Operations,
            &[ALL_CONVERGE],
        ),
    ];
    for (safeguard, data, sync, promises) in cases {
        let settings = [
            ("data", data.key().into()),
            ("sync", sync.key().into()),
            (safeguard, false.into()),
        ];
        let broken: Vec<&str> = (1..=3)
            .flat_map(|seed| weather(&settings, seed).violated)
            .collect();
        assert!(broken.contains(&promises[0]), "{safeguard}: {broken:?}");
        let announced = |broken: &&str| promises.contains(broken);
        assert!(broken.iter().all(announced), "{safeguard}: {broken:?}");
    }
}

#[test]
fn whole_states_need_neither_confirmations_nor_numbers() {
    for safeguard in ["deliver_once", "send_again"] {
        let settings = [
            ("data", "g-counter".into()),
            ("sync", "states".into()),
            (safeguard, false.into()),
        ];
        let outcome = weather(&settings, 1);
        assert_eq!(outcome.violated, Vec::<&str>::new(), "{safeguard}");
        assert_eq!(outcome.value("lacking"), 0.0, "{safeguard}");
    }
}

#[test]
fn what_is_typed_into_a_text_that_changed_meanwhile_leaves_the_change_alone() {
    let mut run = engine(&[("data", "text".into()), ("sync", "operations".into())]);
    act(&mut run, &on("edit", 0).with("text", "meet at noon"));
    run_for(&mut run, 2);
    // Bo began to edit when Ann's “Monday” had not come yet.
    act(&mut run, &on("edit", 0).with("text", "meet Monday at noon"));
    run_for(&mut run, 2);
    let stale = on("edit", 1)
        .with("text", "meet at noon!")
        .with("was", "meet at noon");
    act(&mut run, &stale);
    run_for(&mut run, 4);
    assert_eq!(readings(&run), vec!["meet Monday at noon!"; 3]);
}

#[test]
fn keys_go_where_the_replica_typed_last() {
    let mut run = engine(&[("data", "text".into())]);
    for keys in ["o", "n", "e"] {
        act(&mut run, &on("keys", 0).with("text", keys));
    }
    act(&mut run, &on("keys", 1).with("text", "two"));
    act(
        &mut run,
        &on("keys", 0).with("text", "!").with("behind", "on"),
    );
    act(&mut run, &on("keys", 0).with("text", "?"));
    assert_eq!(readings(&run)[..2], ["on!?e", "two"]);
}

#[test]
fn an_edit_left_out_of_history_is_left_out_everywhere_and_nothing_else_is() {
    let cases: [(&str, [Call; 3], u32, &str); 6] = [
        (
            "pn-counter",
            [
                on("count", 0).with("by", 5),
                on("count", 0).with("by", -2),
                on("count", 1).with("by", 10),
            ],
            2,
            "15",
        ),
        (
            "or-set",
            [
                on("add", 0).with("element", "tea"),
                on("add", 1).with("element", "milk"),
                on("remove", 0).with("element", "tea"),
            ],
            3,
            "milk, tea",
        ),
        (
            "text",
            [
                on("edit", 0).with("text", "one three"),
                on("edit", 0).with("text", "one two three"),
                on("edit", 0).with("text", "two three"),
            ],
            2,
            "three",
        ),
        (
            "text",
            [
                on("edit", 0).with("text", "one three"),
                on("edit", 0).with("text", "one two three"),
                on("edit", 0).with("text", "two three"),
            ],
            3,
            "one two three",
        ),
        (
            "lww-register",
            [
                on("write", 0).with("value", "a"),
                on("write", 0).with("value", "b"),
                on("write", 0).with("value", "c"),
            ],
            3,
            "b",
        ),
        (
            "or-map",
            [
                on("put", 0).with("key", "tea").with("value", "1"),
                on("put", 0).with("key", "tea").with("value", "2"),
                on("put", 1).with("key", "oil").with("value", "1"),
            ],
            3,
            "tea: 2",
        ),
    ];
    for (data, edits, without, reading) in cases {
        let mut run = engine(&[("data", data.into())]);
        edits.iter().for_each(|edit| act(&mut run, edit));
        run_for(&mut run, 10);
        act(&mut run, &Call::new("without").with("edit", without));
        let (_, others) = run.model().left_out().expect("one is left out");
        assert_eq!(others, vec![reading; 3], "{data} without {without}");
        act(&mut run, &Call::new("without").with("edit", 0));
        assert!(run.model().left_out().is_none());
    }
}

#[test]
fn two_that_meet_need_no_network() {
    for sync in Sync::ALL {
        let mut run = engine(&[("data", "g-counter".into()), ("sync", sync.key().into())]);
        for node in 0..3 {
            act(&mut run, &on("offline", node));
            act(&mut run, &on("count", node));
        }
        act(
            &mut run,
            &Call::new("merge").with("from", 0).with("into", 1),
        );
        act(
            &mut run,
            &Call::new("merge").with("from", 1).with("into", 2),
        );
        assert_eq!(readings(&run), ["1", "2", "3"], "{}", sync.key());
        for node in 0..3 {
            act(&mut run, &on("online", node));
        }
        run_for(&mut run, 20);
        assert_eq!(readings(&run), ["3", "3", "3"], "{}", sync.key());
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_what_to_do_instead() {
    let mut run = engine(&[("data", "g-counter".into())]);
    for (call, sentence) in [
        (
            on("add", 0),
            "These replicas hold a counter: count, or choose another data type.",
        ),
        (
            on("count", 0).with("by", -1),
            "This counter only grows: count upwards.",
        ),
        (
            on("count", 0).with("by", 0),
            "Count at least one, up or down.",
        ),
        (
            on("count", 7),
            "There is no replica 7: choose one from 0 to 2.",
        ),
        (on("online", 0), "Ann is online already."),
        (
            on("keys", 0),
            "These replicas hold no text: choose that data type first.",
        ),
        (
            Call::new("without"),
            "There is no edit yet: make one first.",
        ),
        (
            Call::new("merge").with("from", 1).with("into", 1),
            "Choose two different replicas.",
        ),
    ] {
        let refusal = run.try_act(&call, None).expect_err("it is not possible");
        assert_eq!(refusal.to_string(), sentence);
    }
    act(&mut run, &on("fault.crash", 1));
    let refusal = run.try_act(&on("count", 1), None).expect_err("it is down");
    assert_eq!(refusal.to_string(), "Bo has crashed: restart it first.");
}

#[test]
fn a_delta_is_a_fraction_of_the_state_and_an_operation_is_smaller_still() {
    let sizes: Vec<f64> = ["states", "deltas", "operations"]
        .into_iter()
        .map(|sync| {
            let state = RunState {
                seed: 1,
                knobs: [
                    ("data", Value::from("text")),
                    ("size", 500.into()),
                    ("sync", sync.into()),
                    ("rate", 2.into()),
                ]
                .map(|(key, value)| (key.to_owned(), value))
                .into(),
                ..RunState::default()
            };
            let outcome = simulate::<Replicas>(&state, SimTime::from_secs(20)).expect("it opens");
            outcome.mean("message_size")
        })
        .collect();
    assert!(sizes[0] > 10.0 * sizes[1], "{sizes:?}");
    assert!(sizes[1] > sizes[2], "{sizes:?}");
}

#[test]
fn every_source_region_is_named_once() {
    let mut seen = std::collections::BTreeSet::new();
    for source in READING.sources {
        for line in source.text.lines() {
            if let Some(region) = line.trim().strip_prefix("// region: ") {
                assert!(seen.insert(region), "{region} is marked twice");
            }
        }
    }
}
