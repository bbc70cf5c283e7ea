//! What the whole machine shows: the safeguards at work, and what happens without them.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::catalog::Scenario;
use crate::kernel::metrics::Histogram;
use crate::kernel::timeline::Entry;
use crate::lab::Outcome;
use crate::patterns::resilience::circuit_breaker::promises::OPEN_IS_OPEN;
use crate::patterns::resilience::circuit_breaker::{PATTERN, theory};
use crate::time::SimTime;
use crate::value::{Call, Value};

fn scenario(slug: &str) -> Scenario {
    PATTERN.scenario(slug).expect("the scenario exists")
}

fn run(scenario: &Scenario) -> Outcome {
    (PATTERN.machine.simulate)(&scenario.state(), SimTime::ZERO + scenario.lasts)
        .expect("its knobs are accepted")
}

#[test]
fn with_and_without_the_breaker_the_same_requests_come() {
    let (with, without) = (run(&scenario("protected")), run(&scenario("cascade")));
    assert_eq!(with.value("arrived"), without.value("arrived"));
    assert!(with.value("wasted") * 3.0 < without.value("wasted"));
    assert!(with.value("turned-away") * 5.0 < without.value("turned-away"));
    assert!(with.value("bystanders") * 3.0 < without.value("bystanders"));
}

#[test]
fn a_safeguard_put_back_mends_what_its_absence_broke() {
    let rows = [
        ("herd", "trial_limit", Value::Flag(true)),
        ("no-minimum", "minimum", Value::Int(10)),
        ("cascade", "breaker", Value::Flag(true)),
        ("asked-on-arrival", "ask_last", Value::Flag(true)),
        ("no-forgetting", "forgets", Value::Flag(true)),
        ("lost-trial", "report_timeouts", Value::Flag(true)),
    ];
    for (slug, knob, value) in rows {
        for seed in 1..=10 {
            let mut broken = scenario(slug).seed(seed);
            broken.knobs.retain(|(key, _)| *key != knob);
            let mended = broken.knob(knob, value.clone());
            let outcome = run(&mended);
            assert_eq!(
                outcome.violated,
                Vec::<&str>::new(),
                "{slug} with {knob} = {value}, seed {seed}"
            );
        }
    }
}

#[test]
fn a_request_that_asks_again_before_its_call_is_refused_once_the_breaker_is_open() {
    for seed in 1..=10 {
        let early = scenario("asked-on-arrival").seed(seed);
        let mut last = early.clone();
        last.knobs.retain(|(key, _)| *key != "ask_last");
        let (early, last) = (run(&early), run(&last));
        assert_eq!(early.violated, [OPEN_IS_OPEN], "seed {seed}");
        // What waited is a call each that holds a thread for a whole timeout.
        assert!(early.value("wasted") >= last.value("wasted") + 10.0);
    }
}

#[test]
fn a_window_that_never_forgets_sees_trouble_later_the_longer_all_was_well() {
    let patience = |calm_ms: f64| {
        let mut slow = scenario("no-forgetting").knob("trouble_from", calm_ms);
        slow.lasts = slow.lasts * 6;
        let slow = slow.knob("trouble_lasts", 110_000.0);
        run(&slow).histogram("patience").map(Histogram::mean)
    };
    let (short, long) = (patience(1_000.0), patience(4_000.0));
    assert!(
        short < long,
        "{short:?} results after one second, {long:?} after four"
    );
}

#[test]
fn a_place_that_a_silent_timeout_keeps_is_free_again_only_after_a_reset() {
    let stuck = scenario("lost-trial");
    let reset = stuck.clone().at(12.0, Call::new("reset"));
    assert_eq!(run(&stuck).value("openness"), 1.0, "it tries for ever");
    assert_eq!(run(&reset).value("openness"), 0.0);
    assert_eq!(run(&reset).violated, Vec::<&str>::new());
}

#[test]
fn the_herd_brings_the_dependency_down_again_and_a_limited_trial_does_not() {
    for seed in 1..=10 {
        let herd = scenario("herd").seed(seed);
        let mut limited = herd.clone();
        limited.knobs.retain(|(key, _)| *key != "trial_limit");
        let (herd, limited) = (run(&herd), run(&limited));
        assert!(herd.value("openings") >= 4.0, "seed {seed}");
        assert_eq!(limited.value("openings"), 1.0, "seed {seed}");
        assert!(herd.value("answered") * 1.5 < limited.value("answered"));
    }
}

#[test]
fn discarded_late_results_do_not_open_the_breaker_again() {
    for seed in 1..=10 {
        let counted = scenario("late-results").seed(seed);
        let discarded = counted.clone().knob("late", "discard");
        assert!(run(&counted).value("openings") >= 2.0, "seed {seed}");
        assert_eq!(run(&discarded).value("openings"), 1.0, "seed {seed}");
    }
}

#[test]
fn every_request_gets_an_answer_or_is_still_on_its_way() {
    for instead in ["fail", "fallback", "return"] {
        // The last requests come at the end of the trace; ten seconds later all is answered.
        let arrivals: String = (0..400)
            .map(|i| format!("{}.{:02}\n", i / 40, i % 40))
            .collect();
        let quiet = scenario("protected")
            .knob("shape", "trace")
            .knob("trace", arrivals.as_str())
            .knob("trouble_from", 2_000.0)
            .knob("trouble_lasts", 4_000.0)
            .knob("instead", instead)
            .lasts(120.0);
        let outcome = run(&quiet);
        let answers = ["answered", "fallbacks", "failed", "turned-away"];
        let given: f64 = answers.iter().map(|key| outcome.value(key)).sum();
        assert_eq!(outcome.value("arrived"), 400.0);
        assert_eq!(given, 400.0, "instead of the dependency: {instead}");
    }
}

/// Settings with every safeguard on and thresholds that noise of one failure in a hundred does
/// not reach.
fn guarded_knobs() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let choice = |key, options: &'static [&'static str]| {
        prop::sample::select(options).prop_map(move |option| (key, Value::from(option)))
    };
    let int = |key, range| {
        let range: std::ops::RangeInclusive<i64> = range;
        range.prop_map(move |int| (key, Value::Int(int)))
    };
    let ms = |key, range| {
        let range: std::ops::RangeInclusive<u32> = range;
        range.prop_map(move |ms| (key, Value::Real(f64::from(ms))))
    };
    let breaker = (
        choice("rule", &["calls", "seconds", "row"]),
        int("window", 12..=40),
        int("minimum", 12..=30),
        int("failure_rate", 50..=100),
        int("row", 5..=20),
        ms("wait", 100..=8_000),
        int("growth", 100..=300),
        int("trials", 1..=10),
        choice("judge", &["rates", "streak"]),
        choice("late", &["discard", "count"]),
    );
    let rest = (
        int("rate", 2..=120),
        choice("shape", &["poisson", "constant", "bursts"]),
        int("threads", 1..=64),
        ms("timeout", 300..=5_000),
        choice("instead", &["fail", "fallback", "return"]),
        int("queue", 0..=100),
        choice("curve", &["steady", "once", "flapping"]),
        choice("trouble", &["slow", "errors", "hang"]),
    );
    (breaker, rest).prop_map(|(b, r)| {
        vec![
            b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, r.0, r.1, r.2, r.3, r.4, r.5, r.6,
            r.7,
        ]
    })
}

fn any_interference() -> impl Strategy<Value = Call> {
    let node =
        |name: &'static str| (0..3_i64).prop_map(move |node| Call::new(name).with("node", node));
    prop_oneof![
        prop::sample::select(
            &[
                "break",
                "slow",
                "hang",
                "heal",
                "flap",
                "force-open",
                "reset"
            ][..]
        )
        .prop_map(Call::new),
        (1..100_i64).prop_map(|requests| Call::new("send").with("requests", requests)),
        node("fault.crash"),
        node("fault.restart"),
        node("fault.pause"),
        node("fault.resume"),
        (0..3_u32).prop_map(|node| Call::new("fault.partition").with("nodes", node.to_string())),
        Just(Call::new("fault.repair")),
        (0..3_i64, 1..50_i64).prop_map(|(node, factor)| Call::new("fault.slow")
            .with("node", node)
            .with("factor", factor)),
        (0..3_i64, -5_000..5_000_i64, 20..400_i64).prop_map(|(node, jump, rate)| {
            Call::new("fault.skew")
                .with("node", node)
                .with("offset_ms", jump)
                .with("rate_percent", rate)
        }),
        (0..3_i64, 0..3_i64)
            .prop_map(|(from, to)| Call::new("fault.hold").with("from", from).with("to", to)),
        (0..3_i64, 0..3_i64)
            .prop_map(|(from, to)| Call::new("fault.release").with("from", from).with("to", to)),
    ]
}

#[test]
fn with_every_safeguard_on_no_fault_and_no_hand_breaks_a_promise() {
    let config = Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let script = prop::collection::vec((0..30_000_u64, any_interference()), 0..10);
    TestRunner::new_with_rng(config, rng)
        .run(
            &(any::<u64>(), guarded_knobs(), script),
            |(seed, knobs, mut script)| {
                script.sort_by_key(|(at, _)| *at);
                let mut state = scenario("protected").state();
                state.seed = seed;
                for (key, value) in knobs {
                    state.knobs.insert(key.to_owned(), value);
                }
                state.script = script
                    .into_iter()
                    .map(|(ms, call)| Entry {
                        at: SimTime::from_millis(ms),
                        after: None,
                        call,
                    })
                    .collect();
                let outcome = (PATTERN.machine.simulate)(&state, SimTime::from_secs(40)).unwrap();
                prop_assert_eq!(outcome.violated, Vec::<&str>::new());
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn theory_agrees_with_what_can_be_worked_out_by_hand() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} against {b}");
    // Two telephone lines at one Erlang: (1/2) / (1 + 1 + 1/2).
    near(theory::erlang_b(2, 1.0), 0.2);
    near(theory::erlang_b(0, 5.0), 1.0);
    near(theory::erlang_cdf(1, 2.0, 0.5), 1.0 - libm::exp(-1.0));
    near(theory::erlang_cdf(3, 2.0, 0.0), 0.0);
    near(theory::results_until_row(1.0, 0.25), 4.0);
    // Heads twice in a row with a fair coin: six throws.
    near(theory::results_until_row(2.0, 0.5), 6.0);
    // A breaker that waits for longer than the outage wastes only what opens it.
    near(theory::wasted_calls(5, 100.0, 60.0, 60.0), 5.0);
    // With hardly any wait every arrival of the outage is a trial that fails.
    let all = theory::wasted_calls(5, 10.0, 1e-5, 60.0);
    assert!((all - 600.0).abs() < 0.1, "{all}");
}

#[test]
fn a_wait_that_outlasts_the_outage_ends_a_wait_after_the_opening() {
    // Five failures take half a second, the wait sixty: the trial comes 60.6 s after the outage
    // began, which is 0.6 s after it ended, and two more arrivals close.
    let seconds = theory::closing_time(5, 3, 10.0, 60.0, 60.0, 0.003);
    assert!((seconds - (0.6 + 0.2 + 0.009)).abs() < 1e-6, "{seconds}");
}
