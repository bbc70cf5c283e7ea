//! The five services, one at a time.

use super::super::algorithm::{
    Answer, Fact, Fate, Inventory, Name, Op, Order, Plan, Reason, Row, Rules, SagaId, Service,
    Step, Store, Verb, is_well_formed,
};

const ORDER: Order = Order {
    units: 2,
    price_cents: 4_900,
};
const SAGA: SagaId = SagaId(7);

/// Sends `requests` to the owner of their step, and compares the answers and the last tally.
#[track_caller]
fn check(keys: bool, requests: &[(Op<Step>, Fate, Answer)], acts: u32, undos: u32) {
    let step = requests[0].0.step;
    let rules = Rules { keys, lock: true };
    let mut service = Service::new(step.owner(), rules, 10);
    for (op, fate, answer) in requests {
        assert_eq!(service.handle(SAGA, *op, &ORDER, *fate), *answer, "{op:?}");
    }
    let tally = service.tally(SAGA, step);
    assert_eq!((tally.acts, tally.undos), (acts, undos));
}

const CHARGE: Op<Step> = Op::act(Step::Charge);
const REFUND: Op<Step> = Op::undo(Step::Charge);
const DONE: Answer = Answer::Done;

#[test]
fn a_repeated_request_gets_the_same_answer_and_no_second_effect() {
    let twice = [(CHARGE, Fate::Normal, DONE), (CHARGE, Fate::Normal, DONE)];
    check(true, &twice, 1, 0);
    check(false, &twice, 2, 0);
}

#[test]
fn a_refusal_is_final_under_its_key() {
    let declined = Answer::Refused(Reason::Declined);
    check(
        true,
        &[
            (CHARGE, Fate::Refuse, declined),
            (CHARGE, Fate::Normal, declined),
        ],
        0,
        0,
    );
}

#[test]
fn a_compensation_without_an_action_undoes_nothing() {
    check(true, &[(REFUND, Fate::Normal, DONE)], 0, 0);
    check(false, &[(REFUND, Fate::Normal, DONE)], 0, 1);
}

#[test]
fn an_action_that_arrives_after_its_compensation_is_refused() {
    let withdrawn = Answer::Refused(Reason::Withdrawn);
    check(
        true,
        &[
            (REFUND, Fate::Normal, DONE),
            (CHARGE, Fate::Normal, withdrawn),
        ],
        0,
        0,
    );
    let late_copy = [
        (CHARGE, Fate::Normal, DONE),
        (REFUND, Fate::Normal, DONE),
        (CHARGE, Fate::Normal, withdrawn),
        (REFUND, Fate::Normal, DONE),
    ];
    check(true, &late_copy, 1, 1);
}

#[test]
fn a_failure_settles_nothing() {
    let fault = Answer::NotNow(Reason::Fault);
    check(
        true,
        &[(CHARGE, Fate::Fail, fault), (CHARGE, Fate::Normal, DONE)],
        1,
        0,
    );
    check(
        true,
        &[(REFUND, Fate::Fail, fault), (CHARGE, Fate::Normal, DONE)],
        1,
        0,
    );
}

#[test]
fn a_service_that_fails_still_remembers_what_it_settled() {
    check(
        true,
        &[(CHARGE, Fate::Normal, DONE), (CHARGE, Fate::Fail, DONE)],
        1,
        0,
    );
}

#[test]
fn a_step_that_must_succeed_cannot_be_refused() {
    check(true, &[(Op::act(Step::Notify), Fate::Refuse, DONE)], 1, 0);
}

fn inventory(lock: bool) -> Service {
    let mut inventory = Service::new(Name::Inventory, Rules { keys: true, lock }, 3);
    let reserve = Op::act(Step::Reserve);
    assert_eq!(inventory.handle(SAGA, reserve, &ORDER, Fate::Normal), DONE);
    inventory
}

fn shelf(service: &Service) -> &Inventory {
    let Store::Inventory(inventory) = service.store() else {
        panic!("not an inventory");
    };
    inventory
}

#[test]
fn units_that_are_only_pending_make_others_wait_until_they_are_sold() {
    let mut shop = inventory(true);
    let rival = SagaId(8);
    let reserve = Op::act(Step::Reserve);
    let answer = shop.handle(rival, reserve, &ORDER, Fate::Normal);
    assert_eq!(answer, Answer::NotNow(Reason::Locked));
    shop.handle(SAGA, Op::act(Step::Settle), &ORDER, Fate::Normal);
    let answer = shop.handle(rival, reserve, &ORDER, Fate::Normal);
    assert_eq!(answer, Answer::Refused(Reason::SoldOut));
    assert!(shelf(&shop).turned_away.is_empty());
}

#[test]
fn without_the_lock_pending_units_are_read_as_sold() {
    let mut shop = inventory(false);
    let reserve = Op::act(Step::Reserve);
    let answer = shop.handle(SagaId(8), reserve, &ORDER, Fate::Normal);
    assert_eq!(answer, Answer::Refused(Reason::SoldOut));
    assert_eq!(shelf(&shop).turned_away[0].missing_units, 1);
}

#[test]
fn an_order_that_no_stock_could_ever_fill_is_refused_at_once() {
    let mut shop = inventory(true);
    let greedy = Order { units: 4, ..ORDER };
    let answer = shop.handle(SagaId(8), Op::act(Step::Reserve), &greedy, Fate::Normal);
    assert_eq!(answer, Answer::Refused(Reason::SoldOut));
}

#[test]
fn a_release_puts_the_units_back() {
    let mut shop = inventory(true);
    assert_eq!(shelf(&shop).shelf_units, 1);
    shop.handle(SAGA, Op::undo(Step::Reserve), &ORDER, Fate::Normal);
    assert_eq!(
        (shelf(&shop).shelf_units, shelf(&shop).reservations.len()),
        (3, 0)
    );
}

#[test]
fn a_withdrawn_order_is_in_the_book_as_cancelled() {
    let mut orders = Service::new(Name::Orders, Rules::default(), 0);
    orders.handle(SAGA, Op::undo(Step::Open), &ORDER, Fate::Normal);
    assert_eq!(orders.fact(SAGA, Step::Open), Some(Fact::Barred));
    let Store::Orders(book) = orders.store() else {
        panic!("not an order book");
    };
    assert_eq!(book.rows.get(&SAGA), Some(&Row::Cancelled));
}

#[test]
fn the_plan_is_well_formed_and_walks_both_ways() {
    assert!(is_well_formed::<Step>());
    assert_eq!(Op::act(Step::Notify).after(), None);
    assert_eq!(Op::undo(Step::Open).after(), None);
    for pair in Step::STEPS.windows(2) {
        assert_eq!(Op::act(pair[0]).after(), Some(Op::act(pair[1])));
        let back = Op {
            step: pair[1],
            verb: Verb::Undo,
        };
        assert_eq!(back.after(), Some(Op::undo(pair[0])));
    }
}
