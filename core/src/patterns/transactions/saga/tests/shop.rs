//! The running shop, over many seeds.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PATTERN;
use super::super::model::audit::{ENDS, MONEY, NOT_IN_VAIN, ONCE, ORDER, STOCK};
use super::super::model::{COORDINATOR, node};
use crate::kernel::session::{RunState, Session};
use crate::kernel::timeline::Entry;
use crate::lab::Outcome;
use crate::patterns::transactions::saga::algorithm::Name;
use crate::prelude::*;
use crate::staging::fault;

type Knob = (&'static str, Value);

fn on(name: &str, node: NodeId) -> Call {
    fault(name).with("node", i64::from(node.0))
}

fn state(seed: u64, knobs: &[Knob], script: &[(u64, Call)]) -> RunState {
    RunState {
        seed,
        knobs: knobs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        script: script
            .iter()
            .map(|(millis, call)| Entry {
                at: SimTime::from_millis(*millis),
                after: None,
                call: call.clone(),
            })
            .collect(),
        ..RunState::default()
    }
}

fn run(seed: u64, knobs: &[Knob], script: &[(u64, Call)], secs: u64) -> Outcome {
    let state = state(seed, knobs, script);
    (PATTERN.machine.simulate)(&state, SimTime::from_secs(secs)).expect("the knobs are accepted")
}

/// A network and a world that do all they can.
fn bad_day(style: &str) -> Vec<Knob> {
    vec![
        ("style", style.into()),
        ("orders", 12.into()),
        ("spacing", 120.0.into()),
        ("stock", 6.into()),
        ("spread", 90.into()),
        ("loss", 12.0.into()),
        ("duplicates", 15.0.into()),
        ("reorder", 30.0.into()),
        ("refuse_charge", 20.0.into()),
        ("refuse_ship", 20.0.into()),
        ("fail_cancel", 30.0.into()),
        ("fail_release", 30.0.into()),
        ("fail_refund", 30.0.into()),
        ("fail_confirm", 30.0.into()),
        ("jitter", 80.into()),
        ("person", 5.into()),
    ]
}

/// Crashes a node at an instant that depends on the seed, and starts it again.
fn crashes(style: &str, seed: u64) -> Vec<(u64, Call)> {
    let at = 300 + seed * 137 % 2_400;
    let victim = match (style, seed % 3) {
        ("orchestration", 0 | 1) => COORDINATOR,
        (_, 0) => node(Name::Inventory),
        (_, 1) => node(Name::Payments),
        _ => node(Name::Orders),
    };
    vec![(at, on("crash", victim)), (at + 700, on("restart", victim))]
}

#[test]
fn with_every_safeguard_no_seed_breaks_a_promise() {
    for style in ["orchestration", "choreography"] {
        for restarted in ["abort", "resume"] {
            for seed in 0..40 {
                let mut knobs = bad_day(style);
                knobs.push(("restarted", restarted.into()));
                let outcome = run(seed, &knobs, &crashes(style, seed), 200);
                assert_eq!(
                    outcome.violated,
                    Vec::<&str>::new(),
                    "{style} {restarted} {seed}"
                );
                assert_eq!(
                    outcome.value("in_progress"),
                    0.0,
                    "{style} {restarted} {seed}"
                );
                assert_eq!(outcome.value("placed"), 12.0);
            }
        }
    }
}

/// Every promise that some of forty seeds breaks without a safeguard.
fn broken(style: &str, without: &Knob) -> BTreeSet<&'static str> {
    let mut broken = BTreeSet::new();
    for seed in 0..40 {
        let mut knobs = bad_day(style);
        knobs.push(without.clone());
        broken.extend(run(seed, &knobs, &crashes(style, seed), 200).violated);
    }
    broken
}

#[test]
fn without_a_safeguard_seeds_are_found_that_break_what_it_keeps() {
    for (style, without, promises) in [
        (
            "orchestration",
            ("keys", false.into()),
            vec![MONEY, STOCK, ONCE, ORDER],
        ),
        (
            "choreography",
            ("keys", false.into()),
            vec![MONEY, STOCK, ONCE],
        ),
        ("orchestration", ("log", "after".into()), vec![STOCK]),
        ("choreography", ("log", "after".into()), vec![STOCK]),
        ("orchestration", ("log", "off".into()), vec![ENDS]),
        ("choreography", ("log", "off".into()), vec![ENDS]),
        ("orchestration", ("lock", false.into()), vec![NOT_IN_VAIN]),
        ("choreography", ("lock", false.into()), vec![NOT_IN_VAIN]),
    ] {
        let found = broken(style, &without);
        for promise in promises {
            assert!(
                found.contains(promise),
                "{style}, {without:?}: {promise} in {found:?}"
            );
        }
    }
}

#[test]
fn both_styles_count_durable_writes_by_one_rule() {
    let declined = |style: &str| {
        let knobs = [
            ("style", style.into()),
            ("orders", 1.into()),
            ("refuse_charge", 100.0.into()),
        ];
        run(1, &knobs, &[], 20).value("records")
    };
    let done = |style: &str, log: &str| {
        let knobs = [
            ("style", style.into()),
            ("orders", 1.into()),
            ("log", log.into()),
        ];
        run(1, &knobs, &[], 20).value("records")
    };
    for (writes, expected, what) in [
        (
            done("choreography", "before"),
            7.0,
            "one in each service that takes a step",
        ),
        (
            done("orchestration", "before"),
            7.0 + 15.0,
            "the same, the order, and of each step that it is tried and that it is done",
        ),
        (
            done("choreography", "off"),
            7.0,
            "the event alone is not written",
        ),
        (done("orchestration", "off"), 7.0, "there is no log"),
        (
            declined("choreography"),
            5.0,
            "two steps, the refusal and two compensations",
        ),
    ] {
        assert_eq!(writes, expected, "{what}");
    }
    assert!(declined("orchestration") > declined("choreography"));
}

#[test]
fn each_compensation_fails_by_its_own_setting() {
    for (knob, failing) in [
        ("fail_cancel", "cancel"),
        ("fail_release", "release"),
        ("fail_refund", "refund"),
    ] {
        let knobs = [
            ("orders", 1.into()),
            ("refuse_ship", 100.0.into()),
            (knob, 100.0.into()),
        ];
        let mut shop = session(&knobs);
        shop.seek(SimTime::from_secs(60));
        let waiting = shop
            .log(1_000)
            .into_iter()
            .find(|line| line.kind == "dead letter");
        let letter = waiting.expect("what fails for ever ends in the box");
        assert!(letter.text.contains(failing), "{}", letter.text);
    }
}

fn session(knobs: &[Knob]) -> Box<dyn Session> {
    (PATTERN.machine.open)(&state(1, knobs, &[])).expect("the knobs are accepted")
}

#[test]
fn resolving_what_is_not_in_the_box_is_refused_with_the_reason() {
    let mut shop = session(&[]);
    let call = Call::new("resolve").with("order", 3);
    let refusal = shop.act(&call).expect_err("the box is empty");
    assert_eq!(
        refusal.to_string(),
        "There is no dead letter of order 3: the box is empty."
    );
}

#[test]
fn a_dead_letter_can_only_be_resolved_while_its_holder_runs() {
    let mut shop = session(&[("orders", 1.into())]);
    for (step, times) in [("ship", 1), ("refund", 1_000)] {
        let call = Call::new("fail").with("step", step).with("times", times);
        shop.act(&call).expect("a fault can be prepared");
    }
    shop.seek(SimTime::from_secs(5));
    shop.act(&on("crash", COORDINATOR)).expect("it runs");
    let resolve = Call::new("resolve").with("order", 1);
    let refusal = shop.act(&resolve).expect_err("the coordinator is down");
    assert!(
        refusal
            .to_string()
            .starts_with("Coordinator is not running"),
        "{refusal}"
    );
    shop.act(&on("restart", COORDINATOR)).expect("it is down");
    shop.act(&resolve).expect("it runs again");
}

#[test]
fn a_prepared_failure_waits_for_a_request_that_can_fail() {
    // The copy of the first charge is answered from the record; the failure is kept for order 2.
    let duplicate = Call::new("duplicate").with("step", "charge");
    let fail = Call::new("fail").with("step", "charge");
    let knobs = [("orders", 2.into()), ("spacing", 2_500.0.into())];
    let outcome = run(1, &knobs, &[(0, duplicate), (905, fail)], 10);
    assert_eq!(outcome.value("completed"), 1.0);
    assert_eq!(outcome.value("compensated"), 1.0);
}

#[test]
fn the_order_itself_asks_for_the_first_step_where_nobody_leads() {
    let first = |script: &[(u64, Call)]| {
        let knobs = [("style", "choreography".into()), ("orders", 2.into())];
        let outcome = run(1, &knobs, script, 20);
        assert_eq!(outcome.value("completed"), 2.0);
        (outcome.value("messages"), outcome.value("retries"))
    };
    let on_open = |mischief: &str| [(0, Call::new(mischief).with("step", "open"))];
    let (messages, retries) = first(&[]);
    let (with_copy, _) = first(&on_open("duplicate"));
    assert!(with_copy > messages, "a second order is sent");
    let (_, without_answer) = first(&on_open("lose_reply"));
    assert!(without_answer > retries, "the customer asks again");
}

#[test]
fn an_order_that_a_person_sent_on_its_way_has_to_end_in_time_again() {
    let script = [
        (0, Call::new("fail").with("step", "ship")),
        (
            0,
            Call::new("fail")
                .with("step", "refund")
                .with("times", 1_000),
        ),
        (200_000, Call::new("resolve").with("order", 1)),
        (200_100, on("crash", COORDINATOR)),
        (201_000, on("restart", COORDINATOR)),
    ];
    let knobs = [("orders", 1.into()), ("log", "off".into())];
    let before = run(1, &knobs, &script, 200);
    assert_eq!(before.violated, [""; 0], "it waits in the box");
    let after = run(1, &knobs, &script, 600);
    assert!(
        after.violated.contains(&ENDS),
        "nobody knows of it any more"
    );
}

#[test]
fn customers_who_are_cut_off_place_their_orders_later() {
    let script = [
        (0, on("crash", NodeId(0))),
        (3_000, on("restart", NodeId(0))),
    ];
    let outcome = run(1, &[("orders", 2.into())], &script, 12);
    assert_eq!(outcome.value("completed"), 2.0);
}

#[test]
fn a_hundred_orders_at_once_all_end() {
    for style in ["orchestration", "choreography"] {
        let knobs = [
            ("style", style.into()),
            ("orders", 100.into()),
            ("spacing", 0.0.into()),
            ("stock", 100.into()),
        ];
        let outcome = run(1, &knobs, &[], 60);
        assert_eq!(outcome.value("completed"), 100.0, "{style}");
    }
}

#[test]
fn an_order_takes_so_many_messages() {
    let per_order = |style: &str| {
        let knobs = [("style", style.into()), ("orders", 1.into())];
        run(1, &knobs, &[], 10).value("messages")
    };
    // Seven requests and replies; placed, taken on, over.
    assert_eq!(per_order("orchestration"), 17.0);
    // Six events and acknowledgements; placed, taken on, over.
    assert_eq!(per_order("choreography"), 15.0);
}

#[test]
fn every_scenario_tells_its_story_in_order() {
    for scenario in (PATTERN.scenarios)() {
        let times: Vec<_> = scenario.captions.iter().map(|(at, _)| *at).collect();
        assert!(times.is_sorted(), "{}", scenario.slug);
        assert!(
            times
                .last()
                .is_some_and(|last| *last < SimTime::ZERO + scenario.lasts)
        );
        let keys: BTreeMap<_, _> = scenario.knobs.iter().cloned().collect();
        assert_eq!(keys.len(), scenario.knobs.len(), "{}", scenario.slug);
    }
}
