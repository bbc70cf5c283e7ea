//! The model under anything a person may do to it.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::super::model::{GIVEN_UP, Knobs, Limited, OFFERED, REFUSED, TRIES};
use super::super::promises::{EXACT_WAIT, IN_RANGE, NEVER_MORE, ONLY_WHEN_SHORT};
use crate::kernel::engine::Engine;
use crate::prelude::*;
use crate::spec::Knobs as _;
use crate::value::Value;

type Script = Vec<(Span, Call)>;

fn knobs(set: &[(&str, Value)]) -> Knobs {
    let mut knobs = Knobs::default();
    for (key, value) in set {
        knobs.set(key, value).expect("the knob takes the value");
    }
    knobs
}

fn flag(on: bool) -> Value {
    Value::Flag(on)
}

/// Plays a script, refused entries left out, and names the promises that were broken.
fn broken_promises(seed: u64, knobs: &Knobs, script: &Script) -> Vec<&'static str> {
    let mut run = Engine::<Limited>::start(seed, knobs.clone());
    for (gap, call) in script {
        run.advance(run.world().now() + *gap, None);
        let _ = run.try_act(call, None);
    }
    run.advance(run.world().now() + Span::from_secs(3), None);
    let properties = Limited::properties().iter().enumerate();
    properties
        .filter(|(index, _)| run.violation(*index).is_some())
        .map(|(_, property)| property.name)
        .collect()
}

fn fault(name: &str, limiter: u32) -> Call {
    Call::new(format!("fault.{name}")).with("node", limiter)
}

/// Bursts, stopped refills, other limits, clocks set forward and back and run at other speeds,
/// crashes: all at any time. The three clients are nodes 0 to 2, the limiter is node 3.
fn scripts() -> impl Strategy<Value = Script> {
    let limiter = 3_u32;
    let burst = (1..4_u32, 1..20_u32)
        .prop_map(|(client, size)| Call::new("burst").with("client", client).with("size", size));
    let send = (1..4_u32, 1..9_u32)
        .prop_map(|(client, cost)| Call::new("send").with("client", client).with("cost", cost));
    let limit = (1..12_u32, 1..20_u32).prop_map(|(capacity, rate)| {
        Call::new("set")
            .with("capacity", capacity)
            .with("rate", f64::from(rate) / 2.0)
    });
    let back = (1..8_000_u32).prop_map(|ms| Call::new("step-back").with("by", f64::from(ms)));
    let skew = (-6_000..6_000_i64, 1..400_u32).prop_map(move |(offset, rate)| {
        fault("skew", limiter)
            .with("offset_ms", offset)
            .with("rate_percent", rate)
    });
    let call = prop_oneof![
        5 => burst,
        2 => send,
        2 => limit,
        2 => back,
        1 => skew,
        1 => Just(Call::new("freeze")),
        1 => Just(Call::new("thaw")),
        2 => Just(fault("crash", limiter)),
        3 => Just(fault("restart", limiter)),
        1 => Just(fault("pause", limiter)),
        1 => Just(fault("resume", limiter)),
    ];
    let gap = (0..900_u64).prop_map(Span::from_millis);
    proptest::collection::vec((gap, call), 1..25)
}

/// Searches runs for a broken promise: the first found in so many, with its number.
fn search(runs: u32, changed: &[(&str, Value)]) -> Option<(u32, Vec<&'static str>)> {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    (0..runs).find_map(|number| {
        let scope = if number % 2 == 0 {
            "shared"
        } else {
            "per-client"
        };
        let retry = ["give-up", "obey", "hammer"][number as usize % 3];
        let mut set = vec![
            ("clients", Value::from(3_u32)),
            ("scope", scope.into()),
            ("retry", retry.into()),
            ("latency", 20.0.into()),
        ];
        set.extend_from_slice(changed);
        let script = scripts()
            .new_tree(&mut runner)
            .expect("a script is made")
            .current();
        let broken = broken_promises(u64::from(number), &knobs(&set), &script);
        (!broken.is_empty()).then_some((number, broken))
    })
}

#[test]
fn with_its_safeguards_no_run_breaks_a_promise() {
    assert_eq!(search(1_500, &[]), None);
}

#[test]
fn without_the_guard_a_clock_set_back_breaks_the_promise() {
    let (number, broken) = search(200, &[("guard_clock", flag(false))]).expect("a run that breaks");
    assert_eq!(broken, [NEVER_MORE]);
    assert!(number < 100, "found as number {number}");
}

#[test]
fn full_buckets_after_a_crash_break_the_promise() {
    let (number, broken) =
        search(200, &[("restart_empty", flag(false))]).expect("a run that breaks");
    assert_eq!(broken, [NEVER_MORE]);
    assert!(number < 100, "found as number {number}");
}

/// What is broken when client 1 alone sends bursts of these sizes, so many milliseconds apart, to a
/// bucket of one token, with one safeguard on or off.
fn broken_by((safeguard, on): (&str, bool), rate: f64, bursts: &[(u64, u32)]) -> Vec<&'static str> {
    let set = [
        ("offered", 0.0.into()),
        ("capacity", 1_u32.into()),
        ("rate", rate.into()),
        (safeguard, flag(on)),
    ];
    let burst = |(gap, size): &(u64, u32)| {
        let call = Call::new("burst").with("client", 1_u32).with("size", *size);
        (Span::from_millis(*gap), call)
    };
    broken_promises(1, &knobs(&set), &bursts.iter().map(burst).collect())
}

const NOTHING: [&str; 0] = [];

#[test]
fn whoever_asks_between_check_and_take_spends_the_same_token() {
    let broken = |on, bursts: &[(u64, u32)]| broken_by(("atomic", on), 1.0, bursts);
    assert_eq!(broken(false, &[(0, 2)]), [NEVER_MORE, IN_RANGE]);
    assert_eq!(
        broken(false, &[(0, 1), (199, 1)]),
        [NEVER_MORE, IN_RANGE],
        "the first has not been taken yet"
    );
    assert_eq!(broken(false, &[(0, 1), (201, 1)]), NOTHING);
    assert_eq!(broken(true, &[(0, 2)]), NOTHING);
}

#[test]
fn what_a_timer_has_not_poured_is_refused_although_it_is_due() {
    let broken = |on, bursts: &[(u64, u32)]| broken_by(("lazy", on), 2.0, bursts);
    // The requests arrive at 0.3 s and 0.9 s. The next token is due at 0.8 s and comes at 1 s.
    let early = [(0, 1), (600, 1)];
    assert_eq!(broken(false, &early), [ONLY_WHEN_SHORT, EXACT_WAIT]);
    assert_eq!(broken(true, &early), NOTHING);
    assert_eq!(broken(false, &[(0, 1), (750, 1)]), NOTHING);
}

#[test]
fn a_timer_pours_for_the_time_in_which_the_bucket_was_full() {
    // Taken at 0.9 s and, poured at 1 s, at 1.1 s: what the rate allows by then is 0.4 tokens.
    let bursts = [(600, 1), (200, 1)];
    assert_eq!(broken_by(("lazy", false), 2.0, &bursts), [NEVER_MORE]);
    assert_eq!(broken_by(("lazy", true), 2.0, &bursts), NOTHING);
}

#[test]
fn a_wait_in_whole_seconds_is_exact_only_by_chance() {
    let broken = |on, rate| broken_by(("exact_wait", on), rate, &[(0, 2)]);
    assert_eq!(broken(false, 0.8), [EXACT_WAIT], "1 s instead of 1.25 s");
    assert_eq!(broken(false, 1.0), NOTHING);
    assert_eq!(broken(true, 0.8), NOTHING);
}

#[test]
fn clients_that_obey_a_wait_rounded_down_are_refused_again() {
    let totals = |exact: bool| {
        totals(&[
            ("scope", "per-client".into()),
            ("clients", 4_u32.into()),
            ("capacity", 3_u32.into()),
            ("rate", 0.4.into()),
            ("offered", 2.0.into()),
            ("retry", "obey".into()),
            ("latency", 100.0.into()),
            ("exact_wait", flag(exact)),
        ])
    };
    let ([_, _, early, _], [_, _, exact, _]) = (totals(false), totals(true));
    assert_eq!([early, exact], [9.0, 5.0], "refusals");
}

/// The totals of a run of 20 s: offered, tries, refused, given up.
fn totals(set: &[(&str, Value)]) -> [f64; 4] {
    let mut run = Engine::<Limited>::start(7, knobs(set));
    run.advance(SimTime::from_secs(20), None);
    [OFFERED, TRIES, REFUSED, GIVEN_UP].map(|metric| run.world().metrics().value(metric))
}

#[test]
fn how_clients_take_a_refusal_does_not_change_what_is_offered() {
    let offered = |retry: &str| totals(&[("offered", 12.0.into()), ("retry", retry.into())])[0];
    assert_eq!(offered("obey"), offered("hammer"));
    assert_eq!(offered("obey"), offered("give-up"));
}

#[test]
fn what_can_never_pass_is_not_tried_again() {
    for retry in ["give-up", "obey", "hammer"] {
        let [offered, tries, refused, given_up] = totals(&[
            ("retry", retry.into()),
            ("shape", "trace".into()),
            ("trace", "1,a,50\n2,a,11\n".into()),
            ("capacity", 10_u32.into()),
        ]);
        assert_eq!([offered, tries, refused, given_up], [2.0; 4], "{retry}");
    }
}

#[test]
fn more_clients_in_a_trace_than_are_told_apart_share_the_last() {
    let lines: String = (0..80)
        .map(|i| format!("{}.0,client-{i}\n", i / 10))
        .collect();
    let run = Engine::<Limited>::start(
        1,
        knobs(&[("shape", "trace".into()), ("trace", lines.as_str().into())]),
    );
    let clients = &run.model().clients;
    assert_eq!(clients.len(), 50);
    assert_eq!(&*clients[49].name, "others");
    let mut run = run;
    run.advance(SimTime::from_secs(20), None);
    assert_eq!(run.world().metrics().value(OFFERED), 80.0);
}

#[test]
fn a_crashed_client_sends_nothing_and_says_so_when_asked() {
    let mut run = Engine::<Limited>::start(1, knobs(&[("offered", 0.0.into())]));
    run.try_act(&fault("crash", 0), None)
        .expect("client 1 runs");
    let refused = run.try_act(&Call::new("send").with("client", 1_u32), None);
    let error = refused.expect_err("a crashed client cannot send");
    assert_eq!(
        error.to_string(),
        "Client 1 is not running: restart it first."
    );
    assert_eq!(run.world().metrics().value(OFFERED), 0.0);
}
