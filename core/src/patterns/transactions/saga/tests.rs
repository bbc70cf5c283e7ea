//! Edge cases of the parts, and exhaustive searches of the whole.

mod choreography;
mod coordinator;
mod node;
mod orchestration;
mod search;
mod service;
mod shop;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;

use super::algorithm::{LogMode, Op, Recovery, Step};
use choreography::Choreography;
use orchestration::Orchestration;
use search::{
    ENDS, Fault, MONEY, NOT_IN_VAIN, ONCE, ORDER, STOCK, Search, Situation, World,
    every_run_comes_to_rest, search, shortest_breach,
};

/// Searches both styles and compares the number of states and the broken promises.
#[track_caller]
fn check(
    situation: &Situation,
    orchestrated: (usize, &[&'static str]),
    choreographed: (usize, &[&'static str]),
) {
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let (states, broken) = search(Orchestration(situation.clone()));
    assert_eq!(
        (states, broken),
        (orchestrated.0, set(orchestrated.1)),
        "orchestration"
    );
    let (states, broken) = search(Choreography(situation.clone()));
    assert_eq!(
        (states, broken),
        (choreographed.0, set(choreographed.1)),
        "choreography"
    );
}

/// The shortest way to break `promise`, one action a line, without what all lines share.
fn story<M>(model: &M, promise: &'static str) -> Vec<String>
where
    M: Search,
    M::State: World + Clone + Hash,
    M::Action: Clone + Debug,
{
    let path = shortest_breach(model, promise).unwrap_or_default();
    let plain = |action| {
        let noise = [
            "SagaId(0), ",
            "saga: ",
            "order: Order { units: 1, price_cents: 100 }, ",
        ];
        let words = noise
            .iter()
            .fold(format!("{action:?}"), |text, noise| text.replace(noise, ""));
        let words = words
            .replace("Op { step: ", "")
            .replace("Event { step: ", "");
        let words = words
            .replace(", verb: ", " ")
            .replace(", outcome: ", " ")
            .replace(" }", "");
        words.replace("SagaId(0)", "0")
    };
    path.iter().map(plain).collect()
}

const NONE: &[&str] = &[];

#[test]
fn without_faults_an_order_ends_as_the_business_decides() {
    check(&Situation::one_order(0), (61, NONE), (46, NONE));
}

#[test]
fn no_placement_of_one_fault_breaks_a_promise() {
    check(&Situation::one_order(1), (2591, NONE), (2202, NONE));
}

#[test]
fn no_placement_of_two_faults_breaks_a_promise() {
    check(&Situation::one_order(2), (56_486, NONE), (66_764, NONE));
}

#[test]
fn a_coordinator_that_resumes_breaks_no_promise_either() {
    let resuming = Situation::one_order(2).with_recovery(Recovery::Resume);
    let (states, broken) = search(Orchestration(resuming));
    assert_eq!((states, broken), (43_547, BTreeSet::new()));
}

#[test]
fn a_single_attempt_breaks_no_promise_either() {
    let mut impatient = Situation::one_order(2);
    impatient.policy.retry.attempts = 1;
    check(&impatient, (55_409, NONE), (47_695, NONE));
}

#[test]
fn every_run_comes_to_rest_whatever_one_fault_does() {
    assert!(every_run_comes_to_rest(&Orchestration(
        Situation::one_order(1)
    )));
    assert!(every_run_comes_to_rest(&Choreography(
        Situation::one_order(1)
    )));
}

#[test]
fn a_refund_that_keeps_failing_waits_for_a_person_and_is_then_paid() {
    let mut sick = Situation::one_order(1).refused_at(Some(Step::Ship));
    sick.sick = Some(Op::undo(Step::Charge));
    check(&sick, (1153, NONE), (856, NONE));
}

fn rivals_for_the_last_unit(lock: bool) -> Situation {
    let mut rivals = Situation::one_order(0).refused_at(Some(Step::Charge));
    (rivals.orders, rivals.shelf_units) = (2, 1);
    rivals.rules.lock = lock;
    rivals
}

#[test]
fn two_orders_for_the_last_unit_keep_every_promise() {
    let rivals = rivals_for_the_last_unit(true);
    check(&rivals, (33_039, NONE), (182, NONE));
}

#[test]
fn without_the_semantic_lock_an_order_is_turned_away_in_vain() {
    let rivals = rivals_for_the_last_unit(false);
    check(&rivals, (19_985, &[NOT_IN_VAIN]), (141, &[NOT_IN_VAIN]));
    // Order 1 meets an empty shelf while order 0 holds the unit, and order 0 gives it back.
    let told = story(&Orchestration(rivals), NOT_IN_VAIN);
    assert_eq!(
        told[told.len() - 3..],
        [
            "Deliver(Reply(SagaId(1), Open Act, 1, Done))",
            "Deliver(Request(SagaId(1), Reserve Act, 1))",
            "Deliver(Request(Reserve Undo, 1))",
        ]
    );
}

fn keyless(faults: u8) -> Situation {
    let mut keyless = Situation::one_order(faults)
        .with_faults(&[Fault::Lose])
        .refused_at(None);
    keyless.rules.keys = false;
    keyless
}

#[test]
fn without_keys_a_lost_reply_charges_twice() {
    let broken = &[MONEY, STOCK, ONCE];
    check(&keyless(1), (118, broken), (344, broken));
    assert_eq!(
        story(&Orchestration(keyless(1)), MONEY)[5..],
        [
            "Deliver(Request(Charge Act, 1))",
            "Lose(Reply(Charge Act, 1, Done))",
            "Expire(Timer { op: Charge Act, attempt: 1, waiting: Answer)",
            "Expire(Timer { op: Charge Act, attempt: 1, waiting: Backoff)",
            "Deliver(Request(Charge Act, 2))",
        ]
    );
    assert_eq!(
        story(&Choreography(keyless(1)), MONEY)[3..],
        [
            "Run(Event(Reserve Done, 1))",
            "Lose(Acknowledgement(Reserve Done))",
            "Run(Expire(Inventory, Reserve Done))",
            "Run(Event(Reserve Done, 2))",
        ]
    );
}

#[test]
fn without_keys_a_compensation_can_come_before_its_action() {
    assert_eq!(
        story(&Orchestration(keyless(2)), ORDER)[3..],
        [
            "Lose(Request(Reserve Act, 1))",
            "Expire(Timer { op: Reserve Act, attempt: 1, waiting: Answer)",
            "Expire(Timer { op: Reserve Act, attempt: 1, waiting: Backoff)",
            "Lose(Request(Reserve Act, 2))",
            "Expire(Timer { op: Reserve Act, attempt: 2, waiting: Answer)",
            "Deliver(Request(Reserve Undo, 1))",
        ]
    );
}

#[test]
fn a_log_written_after_the_call_loses_a_reservation_in_a_crash() {
    let late = Situation::one_order(1)
        .with_faults(&[Fault::Crash])
        .with_log(LogMode::AfterCall)
        .refused_at(None);
    check(&late, (471, &[MONEY, STOCK, ENDS]), (2449, &[MONEY, STOCK]));
    // The call is out, the log does not know: the coordinator cancels the order and leaves the
    // reservation where it is.
    assert_eq!(
        story(&Orchestration(late.clone()), STOCK),
        [
            "Place(0)",
            "Deliver(Request(Open Act, 1))",
            "Cut(Reply(Reply(Open Act, 1, Done)), 4)",
            "Restart",
            "Deliver(Request(Open Undo, 1))",
            "Deliver(Request(Reserve Act, 1))",
        ]
    );
    // The event is out, the store does not know: the parcel leaves without a reservation.
    assert_eq!(
        story(&Choreography(late), STOCK),
        [
            "Run(Place(0))",
            "Cut(Event(Open Done, 1), 1)",
            "Run(Event(Reserve Done, 1))",
            "Run(Event(Charge Done, 1))",
        ]
    );
}

#[test]
fn without_a_log_a_crash_forgets_the_order() {
    let forgetful = Situation::one_order(1)
        .with_faults(&[Fault::Crash])
        .with_log(LogMode::Off)
        .refused_at(None);
    check(&forgetful, (329, &[ENDS]), (152, &[ENDS]));
    assert_eq!(
        story(&Orchestration(forgetful.clone()), ENDS),
        ["Cut(Place(0), 1)", "Restart"]
    );
    assert_eq!(
        story(&Choreography(forgetful), ENDS),
        ["Cut(Place(0), 2)", "Restart(Orders)"]
    );
}
