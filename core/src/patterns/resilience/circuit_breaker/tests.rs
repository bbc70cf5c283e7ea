//! The breaker against the rules it claims, one by one, and against a model that remembers
//! every call and recomputes everything.

mod model;
mod naive;
mod script;

use proptest::prelude::*;

use super::algorithm::{
    Cause, CircuitBreaker, HalfOpen, LateResults, Outcome, Percent, Recorded, Settings,
    SettingsError, State, TripRule, Verdict, Wait, WindowSize,
};
use crate::time::{SimTime, Span};
use naive::{Naive, Step};
use script::check;

const MS: fn(u64) -> Span = Span::from_millis;
const SECS: fn(u64) -> Span = Span::from_secs;

/// Half of the last four calls failed or slower than 100 ms; a wait of 5 s; three trials.
fn four_calls() -> Settings {
    Settings {
        trip: calls(4, 4),
        forgets: true,
        failure_rate: Percent::new(50),
        slow_rate: Percent::new(50),
        slow_after: MS(100),
        wait: Wait::Fixed(SECS(5)),
        half_open: HalfOpen::all_in(3),
        late_results: LateResults::Discard,
    }
}

fn calls(size: u32, minimum_calls: u32) -> TripRule {
    TripRule::Rates {
        window: WindowSize::Calls(size),
        minimum_calls,
    }
}

fn seconds(size: u32, minimum_calls: u32) -> TripRule {
    TripRule::Rates {
        window: WindowSize::Seconds(size),
        minimum_calls,
    }
}

fn with(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = four_calls();
    change(&mut settings);
    settings
}

/// What Resilience4j 2.2 does, one rule per row; `CircuitBreakerStateMachine` unless another of
/// its classes is named. See the `script` module for how a row is written.
#[test]
fn it_does_what_resilience4j_does() {
    let rows = [
        (
            "a failure rate equal to the threshold opens (CircuitBreakerMetrics)",
            four_calls(),
            "S F S CLOSED F rate=2/0/4 OPEN",
        ),
        (
            "a failure rate below the threshold does not",
            four_calls(),
            "S S F S rate=1/0/4 CLOSED",
        ),
        (
            "below the minimum of calls there is no rate, however bad the calls",
            four_calls(),
            "F F F rate=none CLOSED F rate=4/0/4 OPEN",
        ),
        (
            "the call that completes the minimum may open although it succeeds",
            with(|s| s.trip = calls(10, 5)),
            "F F F S rate=none CLOSED S rate=3/0/5 OPEN",
        ),
        (
            "a window of calls caps the minimum (CircuitBreakerMetrics)",
            with(|s| s.trip = calls(3, 100)),
            "F F rate=none F rate=3/0/3 OPEN",
        ),
        (
            "a window of seconds does not",
            with(|s| s.trip = seconds(3, 5)),
            "F F F F rate=none CLOSED F OPEN",
        ),
        (
            "a window of calls forgets the oldest (FixedSizeSlidingWindowMetrics)",
            four_calls(),
            "F S S S rate=1/0/4 S rate=0/0/4 F rate=1/0/4 CLOSED F rate=2/0/4 OPEN",
        ),
        (
            "a window of n seconds is this whole second and n - 1 before (SlidingTimeWindowMetrics)",
            with(|s| {
                s.trip = seconds(3, 1);
                s.failure_rate = Percent::new(100);
            }),
            "S +999ms S +1ms S rate=0/0/3 +1999ms rate=0/0/3 +1ms rate=0/0/1 +1s rate=none",
        ),
        (
            "calls that leave a window of seconds open nothing; only a result is judged",
            with(|s| {
                s.trip = seconds(2, 1);
                s.failure_rate = Percent::new(60);
            }),
            "S +1s F rate=1/0/2 +1s rate=1/0/1 poll CLOSED S rate=1/0/2 CLOSED",
        ),
        (
            "a call is slow when it took strictly longer than the threshold",
            four_calls(),
            "S@100ms S@100ms S@100ms S@100ms rate=0/0/4 CLOSED S@101ms rate=0/1/4",
        ),
        (
            "a slow-call rate equal to its threshold opens although nothing failed",
            four_calls(),
            "S S@101ms S CLOSED S@101ms rate=0/2/4 OPEN",
        ),
        (
            "a slow failure counts as slow and as failed",
            four_calls(),
            "S S S F@1s rate=1/1/4 CLOSED",
        ),
        (
            "an ignored error is neither success nor failure",
            four_calls(),
            "F I I I I F I S rate=none CLOSED S rate=2/0/4 OPEN",
        ),
        (
            "OPEN refuses until strictly after the wait",
            four_calls(),
            "trip refused +5s refused OPEN +1ns ( HALF_OPEN",
        ),
        (
            "OPEN does not end by itself: a call or a timer ends it",
            four_calls(),
            "trip +3600s OPEN poll HALF_OPEN",
        ),
        (
            "HALF_OPEN lets the permitted number through and no more",
            four_calls(),
            "probe ( ( ( refused refused HALF_OPEN",
        ),
        (
            "a finished trial call does not make room for another",
            four_calls(),
            "probe ( ( ( )S )F refused",
        ),
        (
            "an ignored trial call does",
            four_calls(),
            "probe ( ( ( refused )I ( refused",
        ),
        (
            "the trial is judged when all its results are in, not before",
            four_calls(),
            "probe F F HALF_OPEN S OPEN",
        ),
        (
            "a trial whose failure rate equals the threshold opens again",
            with(|s| s.half_open = HalfOpen::all_in(4)),
            "probe F S F HALF_OPEN S OPEN",
        ),
        (
            "a trial whose rates are both below closes",
            with(|s| s.half_open = HalfOpen::all_in(4)),
            "probe F S@1s S HALF_OPEN S CLOSED",
        ),
        (
            "a trial that is only slow opens again",
            with(|s| s.half_open = HalfOpen::all_in(4)),
            "probe S S@1s S S@1s OPEN",
        ),
        (
            "the minimum of calls judges a trial before all its calls are in",
            with(|s| s.half_open = HalfOpen::resilience4j(4, 2)),
            "probe ( ( ( ( )S HALF_OPEN )S CLOSED",
        ),
        (
            "a minimum above the trials waits for all of them",
            with(|s| s.half_open = HalfOpen::resilience4j(2, 100)),
            "probe S HALF_OPEN S CLOSED",
        ),
        (
            "a trial undecided at its deadline opens again",
            with(|s| s.half_open.at_most = Some(SECS(1))),
            "probe ( +999ms poll HALF_OPEN +1ms poll OPEN",
        ),
        (
            "closing begins with an empty window",
            four_calls(),
            "F F F F OPEN +6s S S S CLOSED rate=none F F F CLOSED F OPEN",
        ),
        (
            "a late result in OPEN is kept with the others and changes nothing else",
            with(|s| s.late_results = LateResults::Count),
            "( F F F F OPEN rate=4/0/4 )S rate=3/0/4 OPEN refused +5s refused +1ns ( HALF_OPEN",
        ),
        (
            "a late result in HALF_OPEN is judged with the trial's own",
            with(|s| s.late_results = LateResults::Count),
            "( ( F F F F OPEN +6s ( HALF_OPEN )F )F HALF_OPEN )S OPEN",
        ),
        (
            "a late result in the next CLOSED enters its window",
            with(|s| s.late_results = LateResults::Count),
            "( F F F F +6s S S S CLOSED S S S )S rate=0/0/4",
        ),
        (
            "FORCED_OPEN refuses for ever and counts nothing",
            four_calls(),
            "( force refused +3600s poll refused FORCED_OPEN )F FORCED_OPEN reset CLOSED rate=none",
        ),
        (
            "DISABLED passes everything and counts nothing",
            four_calls(),
            "disable F F F F F F DISABLED ( ( ( ( ( rate=none reset CLOSED",
        ),
        (
            "tripping an open breaker by hand begins its wait anew",
            four_calls(),
            "trip +4s trip +4s refused OPEN +1001ms ( HALF_OPEN",
        ),
        (
            "each opening without a closing waits longer, up to the cap",
            with(|s| s.wait = doubling()),
            "trip +1s refused +1ns F F F OPEN +2s refused +1ns F F F OPEN +4s refused +1ns \
             F F F OPEN +4s refused +1ns ( HALF_OPEN",
        ),
        (
            "closing begins the waits anew",
            with(|s| s.wait = doubling()),
            "trip +1001ms F F F OPEN +2001ms S S S CLOSED trip +1s refused +1ns ( HALF_OPEN",
        ),
    ];
    for (rule, settings, script) in rows {
        check(rule, settings, script);
    }
}

fn doubling() -> Wait {
    Wait::Exponential {
        initial: SECS(1),
        multiplier_percent: 200,
        cap: SECS(4),
    }
}

#[test]
fn what_resilience4j_does_not_have_follows_its_own_rules() {
    let simple = Settings::consecutive(3, 2, SECS(5));
    let two_at_once = with(|s| {
        s.half_open = HalfOpen {
            trials: 2,
            limited: true,
            verdict: Verdict::Streak { successes: 3 },
            at_most: None,
        };
    });
    let rows = [
        (
            "a success between them breaks a row of failures",
            simple.clone(),
            "F F S F F CLOSED F OPEN",
        ),
        (
            "an ignored error does not",
            simple.clone(),
            "F F I CLOSED F OPEN",
        ),
        (
            "slow successes are successes to the simple breaker",
            simple.clone(),
            "S@3600s S@3600s S@3600s CLOSED",
        ),
        (
            "k successes close",
            simple.clone(),
            "trip +6s S HALF_OPEN S CLOSED",
        ),
        (
            "one failure opens again, whatever succeeded before it",
            simple.clone(),
            "trip +6s S HALF_OPEN F OPEN refused",
        ),
        (
            "the simple breaker tries one call at a time",
            simple,
            "trip +6s ( refused )S ( refused )S CLOSED",
        ),
        (
            "a success makes room for the next trial, a failure ends the trial",
            two_at_once,
            "probe ( ( refused )S ( refused )F OPEN",
        ),
        (
            "a late result is discarded in OPEN, in HALF_OPEN and in the next CLOSED",
            four_calls(),
            "( ( ( F F F F OPEN )S rate=4/0/4 +6s ( HALF_OPEN )F ( ( refused )F )S )S )S CLOSED \
             F S F rate=none CLOSED",
        ),
        (
            "an ignored late result gives no trial place back",
            with(|s| s.late_results = LateResults::Count),
            "( trip probe ( ( ( refused )I refused",
        ),
        (
            "without the limit every call passes in HALF_OPEN",
            with(|s| s.half_open.limited = false),
            "probe ( ( ( ( ( ( ( ( )S )S HALF_OPEN )S CLOSED",
        ),
        (
            "without a minimum of calls one failure opens",
            with(|s| s.trip = calls(100, 1)),
            "S F OPEN",
        ),
    ];
    for (rule, settings, script) in rows {
        check(rule, settings, script);
    }
}

/// The percentages Resilience4j compares are 32-bit floats. For whole percents and windows of a
/// size that is in use they decide as exact fractions do.
#[test]
fn exact_shares_decide_as_float_percentages_do() {
    for whole in 1..=300_u32 {
        for part in 0..=whole {
            let as_float = part as f32 * 100.0 / whole as f32;
            for percent in 1..=100 {
                assert_eq!(
                    Percent::new(percent).is_reached_by(part, whole),
                    as_float >= percent as f32,
                    "{part} of {whole} against {percent} %"
                );
            }
        }
    }
}

#[test]
fn a_refusal_names_the_first_instant_at_which_the_same_call_would_pass() {
    let mut breaker = CircuitBreaker::new(four_calls(), SimTime::ZERO).unwrap();
    breaker.trip(SimTime::from_secs(1));
    let now = SimTime::from_millis(2_345);
    let retry_after = breaker.try_acquire(now).unwrap_err().retry_after.unwrap();
    let last_refusal = now + retry_after - Span::from_nanos(1);
    assert!(breaker.clone().try_acquire(last_refusal).is_err());
    assert!(breaker.clone().try_acquire(now + retry_after).is_ok());
    assert_eq!(breaker.next_change(), Some(now + retry_after));

    let refused = breaker.try_acquire(now).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the circuit is OPEN; try again in 3.65 s"
    );
    breaker.force_open(now);
    let refused = breaker.try_acquire(now).unwrap_err();
    assert_eq!(refused.to_string(), "the circuit is FORCED_OPEN");
}

#[test]
fn every_change_of_state_is_reported_with_its_instant_and_its_cause() {
    let mut breaker =
        CircuitBreaker::new(with(|s| s.half_open.at_most = Some(SECS(2))), SimTime::ZERO).unwrap();
    for (at, outcome) in [(1, Outcome::Failure), (2, Outcome::Success)].repeat(2) {
        let permit = breaker.try_acquire(SimTime::from_secs(at)).unwrap();
        breaker.on_result(permit, SimTime::from_secs(at), Span::ZERO, outcome);
    }
    // Nobody asks for a minute, and the call that then does is never reported.
    let _lost = breaker.try_acquire(SimTime::from_secs(60)).unwrap();
    breaker.poll(SimTime::from_secs(70));
    breaker.reset(SimTime::from_secs(71));

    let seen: Vec<_> = breaker
        .drain_transitions()
        .map(|change| (change.at, change.from, change.to, change.cause))
        .collect();
    let tally = super::algorithm::Tally {
        calls: 4,
        failed: 2,
        slow: 0,
    };
    let rate_reached = Cause::RateReached {
        tally,
        by_failures: true,
        by_slowness: false,
    };
    assert_eq!(
        seen,
        [
            (
                SimTime::from_secs(2),
                State::Closed,
                State::Open,
                rate_reached
            ),
            (
                SimTime::from_secs(60),
                State::Open,
                State::HalfOpen,
                Cause::WaitOver
            ),
            // The deadline passed at 62 s, and the wait that began then was over at 67 s.
            (
                SimTime::from_secs(62),
                State::HalfOpen,
                State::Open,
                Cause::TrialTimedOut
            ),
            (
                SimTime::from_secs(70),
                State::Open,
                State::HalfOpen,
                Cause::WaitOver
            ),
            (
                SimTime::from_secs(71),
                State::HalfOpen,
                State::Closed,
                Cause::ByHand
            ),
        ]
    );
    assert_eq!(breaker.drain_transitions().count(), 0);
}

#[test]
fn a_breaker_whose_transitions_nobody_reads_does_not_grow() {
    let mut breaker = CircuitBreaker::new(four_calls(), SimTime::ZERO).unwrap();
    for round in 0..100 {
        breaker.trip(SimTime::from_secs(round));
        breaker.reset(SimTime::from_secs(round));
    }
    let kept: Vec<_> = breaker.drain_transitions().collect();
    assert_eq!(kept.len(), 16);
    assert_eq!(kept[15].at, SimTime::from_secs(99));
}

#[test]
fn a_clock_that_jumps_back_neither_shortens_nor_lengthens_a_wait() {
    let mut breaker = CircuitBreaker::new(four_calls(), SimTime::ZERO).unwrap();
    breaker.trip(SimTime::from_secs(10));
    let refused = breaker.try_acquire(SimTime::from_secs(3)).unwrap_err();
    assert_eq!(refused.retry_after, Some(SECS(5) + Span::from_nanos(1)));
    assert!(breaker.try_acquire(SimTime::from_secs(16)).is_ok());
}

#[test]
fn retuning_keeps_what_still_means_something() {
    let at = SimTime::from_secs(1);
    let mut breaker = CircuitBreaker::new(four_calls(), SimTime::ZERO).unwrap();
    for _ in 0..3 {
        let permit = breaker.try_acquire(at).unwrap();
        breaker.on_result(permit, at, Span::ZERO, Outcome::Success);
    }

    // Same window: three calls are remembered, and one failure in four is now enough.
    breaker
        .retune(with(|s| s.failure_rate = Percent::new(25)), at)
        .unwrap();
    let mut tighter = breaker.clone();
    let permit = tighter.try_acquire(at).unwrap();
    tighter.on_result(permit, at, Span::ZERO, Outcome::Failure);
    assert_eq!(tighter.state(), State::Open);

    // Another window: it starts empty.
    breaker.retune(with(|s| s.trip = calls(5, 1)), at).unwrap();
    assert_eq!(breaker.rates(at), None);

    // Other trial rules: the trial starts over and its calls are late.
    breaker.begin_trial(at);
    let permit = breaker.try_acquire(at).unwrap();
    breaker
        .retune(with(|s| s.half_open = HalfOpen::all_in(7)), at)
        .unwrap();
    let recorded = breaker.on_result(permit, at, Span::ZERO, Outcome::Success);
    assert_eq!(recorded, Recorded::Late);
    assert_eq!(breaker.trial().unwrap().places_left, 7);

    // A setting outside its limits changes nothing.
    let before = breaker.settings().clone();
    let refused = breaker.retune(with(|s| s.half_open = HalfOpen::all_in(0)), at);
    assert_eq!(refused, Err(SettingsError::Zero("trials")));
    assert_eq!(breaker.settings(), &before);
}

#[test]
fn a_setting_outside_its_limits_is_refused_with_a_sentence() {
    let rows: [(Settings, &str); 10] = [
        (
            Settings::consecutive(0, 1, SECS(1)),
            "the window is 0; give at least 1",
        ),
        (
            Settings::consecutive(1, 0, SECS(1)),
            "successes is 0; give at least 1",
        ),
        (
            with(|s| s.trip = calls(200_000, 1)),
            "the window is 200000; give at most 100000",
        ),
        (
            with(|s| s.trip = seconds(10, 0)),
            "minimum_calls is 0; give at least 1",
        ),
        (
            with(|s| s.failure_rate = Percent::new(0)),
            "failure_rate is 0 %; give more than 0 % and at most 100 %",
        ),
        (
            with(|s| s.slow_rate = Percent::from_hundredths(10_001)),
            "slow_rate is 100.01 %; give more than 0 % and at most 100 %",
        ),
        (
            with(|s| s.wait = Wait::Fixed(Span::ZERO)),
            "wait is no time at all; give at least one nanosecond",
        ),
        (
            with(|s| {
                s.wait = Wait::Exponential {
                    initial: SECS(1),
                    multiplier_percent: 99,
                    cap: SECS(9),
                };
            }),
            "the wait multiplier is 99 %; give at least 100 %",
        ),
        (
            with(|s| s.half_open.verdict = Verdict::Rates { after: 4 }),
            "the verdict waits for 4 results of only 3 trials; wait for fewer",
        ),
        (
            with(|s| s.half_open.at_most = Some(Span::ZERO)),
            "half_open.at_most is no time at all; give at least one nanosecond",
        ),
    ];
    for (settings, sentence) in rows {
        let refused = CircuitBreaker::new(settings, SimTime::ZERO).unwrap_err();
        assert_eq!(refused.to_string(), sentence);
    }
}

#[test]
fn a_growing_wait_stops_at_the_end_of_time_instead_of_wrapping() {
    let wait = Wait::Exponential {
        initial: SECS(3_600),
        multiplier_percent: u32::MAX,
        cap: Span::MAX,
    };
    let mut span = wait.first();
    for _ in 0..10 {
        let longer = wait.after(span);
        assert!(longer >= span);
        span = longer;
    }
    assert_eq!(span, Span::MAX);
}

#[test]
fn without_forgetting_a_long_calm_hides_what_comes_after_it() {
    let rows = [
        (
            "four failures in a row are a third of all that was seen",
            with(|s| s.forgets = false),
            "S S S S S S S S F F F F rate=4/0/12 CLOSED F F F rate=7/0/15 CLOSED F OPEN",
        ),
        (
            "and two failures are in a row however many successes lie between",
            with(|s| {
                s.trip = TripRule::Consecutive { failures: 2 };
                s.forgets = false;
            }),
            "F S S S S S CLOSED F OPEN",
        ),
        (
            "closing begins a new window all the same",
            with(|s| s.forgets = false),
            "F F F F OPEN reset S S S S rate=0/0/4 CLOSED",
        ),
        (
            "in a window of seconds, too, nothing leaves",
            with(|s| {
                s.trip = seconds(3, 1);
                s.forgets = false;
            }),
            "S S S +60s F rate=1/0/4 CLOSED",
        ),
    ];
    for (rule, settings, script) in rows {
        check(rule, settings, script);
    }
}

#[test]
fn a_window_lists_its_calls_from_the_oldest_to_the_newest() {
    let failed_slots = |breaker: &CircuitBreaker, now| -> Vec<u32> {
        let slots = breaker.window().slots(now);
        slots.map(|slot| slot.failed).collect()
    };
    let report = |breaker: &mut CircuitBreaker, now, outcomes: &str| {
        for outcome in outcomes.chars() {
            let outcome = match outcome {
                'F' => Outcome::Failure,
                _ => Outcome::Success,
            };
            let permit = breaker.try_acquire(now).unwrap();
            breaker.on_result(permit, now, Span::ZERO, outcome);
        }
    };
    let lenient = with(|s| {
        s.trip = calls(3, 3);
        s.failure_rate = Percent::new(100);
    });
    let at = SimTime::from_secs;
    let mut breaker = CircuitBreaker::new(lenient.clone(), at(0)).unwrap();
    report(&mut breaker, at(0), "SFSF");
    assert_eq!(failed_slots(&breaker, at(9)), [1, 0, 1]);

    let mut by_time = lenient;
    by_time.trip = seconds(3, 100);
    let mut breaker = CircuitBreaker::new(by_time, at(0)).unwrap();
    report(&mut breaker, at(0), "F");
    report(&mut breaker, at(1), "FF");
    assert_eq!(failed_slots(&breaker, at(1)), [0, 1, 2]);
    assert_eq!(failed_slots(&breaker, at(2)), [1, 2, 0]);
    assert_eq!(failed_slots(&breaker, at(3)), [2, 0, 0]);
    assert_eq!(failed_slots(&breaker, at(60)), [0, 0, 0]);
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let trip = prop_oneof![
        (1..5_u32).prop_map(|failures| TripRule::Consecutive { failures }),
        (1..12_u32, 1..15_u32).prop_map(|(size, minimum)| calls(size, minimum)),
        (1..6_u32, 1..8_u32).prop_map(|(size, minimum)| seconds(size, minimum)),
    ];
    let wait = prop_oneof![
        (1..4_000_u64).prop_map(|ms| Wait::Fixed(MS(ms))),
        (1..2_000_u64, 100..400_u32, 1..9_000_u64).prop_map(
            |(initial, multiplier_percent, cap)| {
                Wait::Exponential {
                    initial: MS(initial),
                    multiplier_percent,
                    cap: MS(cap),
                }
            }
        ),
    ];
    let half_open = (
        1..6_u32,
        prop::bool::weighted(0.9),
        prop::option::of(1..5_u32),
        1..6_u32,
        prop::option::weighted(0.3, 1..3_000_u64),
    )
        .prop_map(|(trials, limited, streak, after, at_most)| HalfOpen {
            trials,
            limited,
            verdict: streak.map_or(
                Verdict::Rates {
                    after: after.min(trials),
                },
                |successes| Verdict::Streak { successes },
            ),
            at_most: at_most.map(MS),
        });
    let rates = (1..=100_u32, 1..=100_u32);
    let flags = (prop::bool::weighted(0.8), any::<bool>());
    (trip, rates, wait, half_open, flags).prop_map(
        |(trip, (failure, slow), wait, half_open, (forgets, discard))| Settings {
            trip,
            forgets,
            failure_rate: Percent::new(failure),
            slow_rate: Percent::new(slow),
            slow_after: MS(100),
            wait,
            half_open,
            late_results: if discard {
                LateResults::Discard
            } else {
                LateResults::Count
            },
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        5 => Just(Outcome::Success),
        5 => Just(Outcome::Failure),
        1 => Just(Outcome::Ignored),
    ];
    let took = prop_oneof![Just(50), Just(100), Just(101)];
    prop_oneof![
        40 => Just(Step::Acquire),
        40 => (any::<prop::sample::Index>(), took, outcome)
            .prop_map(|(which, ms, outcome)| Step::Report(which, MS(ms), outcome)),
        20 => (0..1_500_u64).prop_map(|ms| Step::Pass(MS(ms))),
        3 => (0..20_u64).prop_map(|s| Step::Pass(SECS(s))),
        3 => Just(Step::PassUntilNextChange),
        2 => (1..1_500_u64).prop_map(|ms| Step::JumpBack(MS(ms))),
        3 => Just(Step::Poll),
        1 => Just(Step::Trip),
        1 => Just(Step::BeginTrial),
        1 => Just(Step::Reset),
        1 => Just(Step::ForceOpen),
        1 => Just(Step::Disable),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn it_agrees_with_a_model_that_recomputes_everything(
        settings in any_settings(),
        steps in prop::collection::vec(any_step(), 1..300),
    ) {
        Naive::new(settings).run_beside_the_breaker(&steps)?;
    }
}
