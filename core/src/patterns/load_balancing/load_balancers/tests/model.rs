//! The model: what goes in comes out, and theory where there is one.

use super::super::PATTERN;
use super::super::knobs::Knobs;
use super::super::model::Model;
use crate::kernel::engine::{Dot, Engine, Flight};
use crate::kernel::session::RunState;
use crate::lab::Outcome;
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// The end of a run.
fn run(knobs: &[(&str, Value)], script: &[(f64, Call)], secs: u64) -> Outcome {
    let state = RunState {
        seed: 4,
        knobs: knobs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        script: script
            .iter()
            .map(|(at, call)| crate::kernel::timeline::Entry {
                at: SimTime::ZERO + Span::from_secs_f64(*at),
                after: None,
                call: call.clone(),
            })
            .collect(),
        ..RunState::default()
    };
    let outcome = (PATTERN.machine.simulate)(&state, SimTime::from_secs(secs)).unwrap();
    assert_eq!(outcome.refused, Vec::<String>::new());
    outcome
}

/// Fault number `i` of a server, where there is one balancer.
fn fault(name: &str, server: i64) -> Call {
    crate::staging::fault(name).with("node", server + 1)
}

const RULES: [&str; 9] = [
    "round-robin",
    "weighted",
    "random",
    "choices",
    "least",
    "fastest",
    "hash",
    "bounded",
    "maglev",
];

#[test]
fn under_every_rule_every_call_ends_and_none_is_counted_twice() {
    for rule in RULES {
        let arrivals: String = (0..400)
            .map(|i| format!("{}.{:02}\n", i / 40, i % 40))
            .collect();
        let outcome = run(
            &[
                ("rule", rule.into()),
                ("shape", "trace".into()),
                ("trace", arrivals.as_str().into()),
                ("strong", 2.into()),
            ],
            &[
                (2.0, fault("crash", 3)),
                (4.0, fault("restart", 3)),
                (5.0, Call::new("drain").with("server", 1)),
                (6.0, Call::new("add")),
            ],
            60,
        );
        let ended: f64 = ["answered", "failed", "given_up"]
            .iter()
            .map(|key| outcome.value(key))
            .sum();
        assert_eq!((outcome.value("calls"), ended), (400.0, 400.0), "{rule}");
        assert_eq!(outcome.value("at_servers"), 0.0, "{rule}");
        assert!(outcome.value("answered") > 380.0, "{rule}");
        assert_eq!(outcome.violated, Vec::<&str>::new(), "{rule}");
    }
}

#[test]
fn variants_of_a_run_meet_the_same_calls() {
    let calls = |rule: &str| run(&[("rule", rule.into())], &[], 30).value("calls");
    let first = calls("round-robin");
    assert!(RULES.iter().all(|rule| calls(rule) == first));
}

#[test]
fn messages_that_take_no_time_and_those_that_take_some_bring_the_same_calls_to_their_end() {
    for latency in [0.0, 5.0] {
        let outcome = run(
            &[("latency", latency.into()), ("timeout", 0.0.into())],
            &[],
            60,
        );
        let ended = outcome.value("answered") + outcome.value("at_servers");
        // A few may be on their way.
        assert!(outcome.value("calls") - ended < 3.0, "{latency} ms");
        assert_eq!(outcome.violated, Vec::<&str>::new());
    }
}

#[test]
fn a_strong_server_of_weight_five_gets_five_times_as_much() {
    let outcome = run(
        &[
            ("rule", "weighted".into()),
            ("servers", 3.into()),
            ("strong", 1.into()),
            ("law", "constant".into()),
        ],
        &[],
        200,
    );
    assert_eq!(outcome.violated, Vec::<&str>::new());
    // Weights match what servers can do: 10.5 calls a second on servers that do 25, 5 and 5.
    assert!(
        outcome.mean("latency") < 0.45,
        "{}",
        outcome.mean("latency")
    );
}

#[test]
fn what_the_board_says_is_all_that_balancers_know() {
    let stale = |posted: f64| {
        run(
            &[
                ("rule", "least".into()),
                ("posted", posted.into()),
                ("rate", 4.0.into()),
                ("servers", 16.into()),
                ("patience", 60_000.0.into()),
                ("timeout", 0.0.into()),
            ],
            &[],
            120,
        )
        .mean("latency")
    };
    let chance = run(
        &[
            ("rule", "random".into()),
            ("rate", 4.0.into()),
            ("servers", 16.into()),
            ("patience", 60_000.0.into()),
            ("timeout", 0.0.into()),
        ],
        &[],
        120,
    )
    .mean("latency");
    assert!(stale(20.0) < chance, "fresh news is better than chance");
    assert!(
        stale(4_000.0) > 1.5 * chance,
        "old news is worse than chance"
    );
}

#[test]
fn a_server_that_is_left_out_is_tried_again_and_then_used() {
    let outcome = run(
        &[
            ("servers", 3.into()),
            ("work", 50.0.into()),
            ("timeout", 1_000.0.into()),
            ("away", 2_000.0.into()),
        ],
        &[(2.0, fault("crash", 2)), (10.0, fault("restart", 2))],
        60,
    );
    assert_eq!(outcome.violated, Vec::<&str>::new());
    let lost = outcome.value("failed") + outcome.value("given_up");
    assert!(lost < 0.05 * outcome.value("calls"), "{lost}");
}

#[test]
fn bad_numbers_are_refused_with_a_sentence() {
    let state = RunState::default();
    let mut session = (PATTERN.machine.open)(&state).unwrap();
    for (call, sentence) in [
        (
            Call::new("drain").with("server", 9),
            "There is no server 9: choose one from 1 to 8.",
        ),
        (
            Call::new("return").with("server", 1),
            "Server 1 is not drained: drain it first.",
        ),
        (
            Call::new("pace").with("server", 1).with("percent", 0),
            "Speed cannot be 0: choose a value from 1 % to 1000 %",
        ),
    ] {
        let error = session.act(&call).expect_err("it is refused").to_string();
        assert_eq!(error, sentence);
    }
}

#[test]
fn a_retry_after_a_timeout_reaches_another_server() {
    let outcome = run(
        &[
            ("servers", 2.into()),
            ("rate", 0.5.into()),
            ("work", 50.0.into()),
            ("law", "constant".into()),
            ("timeout", 500.0.into()),
            ("fails", 10.into()),
        ],
        &[(0.0, fault("crash", 1))],
        40,
    );
    // Half of all go to the dead server until it is left out, and from there to the other one.
    assert!(outcome.value("retried") >= 8.0);
    assert_eq!(outcome.value("failed") + outcome.value("given_up"), 0.0);
}

#[test]
fn a_swarm_of_messages_is_the_same_messages_in_another_order() {
    let knobs = Knobs {
        rate: 60.0,
        work: Span::from_millis(10),
        latency: Span::from_millis(400),
        ..Knobs::default()
    };
    let mut engine = Engine::<Model>::start(1, knobs);
    engine.advance(SimTime::from_secs(5), None);
    let world = engine.world();
    let dot = |flight: Flight| Dot {
        from: flight.from,
        to: flight.to,
        fraction: flight.fraction,
        tone: flight.tone,
    };
    let in_order = |mut dots: Vec<Dot>| {
        let key = |dot: &Dot| (dot.from, dot.to, dot.fraction.to_bits());
        dots.sort_by_key(key);
        dots
    };
    let swarm = in_order(world.swarming().map(|(dot, _)| dot).collect());
    let flights = in_order(world.flights().into_iter().map(dot).collect());
    assert!(swarm.len() > 500);
    assert_eq!(flights, swarm);
}
