//! One choreographed service at a time.

use super::super::algorithm::{
    Answer, Event, Fate, LogMode, Name, Node, NodeEffect, NodeInput, Op, Order, Outcome, Policy,
    Reason, Rules, SagaId, Step,
};

const SAGA: SagaId = SagaId(7);
const ORDER: Order = Order {
    units: 1,
    price_cents: 4_900,
};

fn event(step: Step, outcome: Outcome) -> Event {
    Event {
        saga: SAGA,
        order: ORDER,
        step,
        outcome,
    }
}

fn payments(log: LogMode) -> Node {
    let policy = Policy {
        log,
        ..Policy::default()
    };
    Node::new(Name::Payments, policy, Rules::default(), 0)
}

/// Carries everything out, and names what the node wanted, in order.
fn run(node: &mut Node, input: NodeInput) -> Vec<String> {
    let effects = node.step(input);
    let mut names = Vec::new();
    for effect in effects {
        names.push(match effect {
            NodeEffect::Commit(change) => {
                node.commit(change);
                "commit".to_owned()
            }
            NodeEffect::Accept(_) => "accept".to_owned(),
            NodeEffect::Acknowledge(event) => format!("acknowledge {}", event.name()),
            NodeEffect::Publish { event, attempt, .. } => {
                format!("publish {} {attempt}", event.name())
            }
            NodeEffect::Wait { .. } => "wait".to_owned(),
            NodeEffect::Park(letter) => format!("park {:?}", letter.reason),
            NodeEffect::Unpark { .. } => "unpark".to_owned(),
            NodeEffect::Ended { ending, .. } => format!("{ending:?}"),
        });
    }
    names
}

fn hear(node: &mut Node, event: Event, attempt: u32, fate: Fate) -> Vec<String> {
    run(
        node,
        NodeInput::Event {
            event,
            attempt,
            fate,
        },
    )
}

const RESERVED: Outcome = Outcome::Done;

#[test]
fn a_reaction_is_committed_before_anyone_hears_of_it() {
    let mut node = payments(LogMode::BeforeCall);
    let told = hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Normal);
    assert_eq!(
        told,
        [
            "commit",
            "acknowledge StockReserved",
            "publish PaymentTaken 1",
            "wait"
        ]
    );
}

#[test]
fn a_dual_write_tells_before_it_commits() {
    let mut node = payments(LogMode::AfterCall);
    let told = hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Normal);
    assert_eq!(
        told,
        [
            "publish PaymentTaken 1",
            "wait",
            "commit",
            "acknowledge StockReserved"
        ]
    );
}

#[test]
fn a_copy_is_acknowledged_and_nothing_else() {
    let mut node = payments(LogMode::BeforeCall);
    let reserved = event(Step::Reserve, RESERVED);
    hear(&mut node, reserved, 1, Fate::Normal);
    assert_eq!(
        hear(&mut node, reserved, 2, Fate::Normal),
        ["acknowledge StockReserved"]
    );
}

#[test]
fn a_refusal_makes_the_service_before_compensate() {
    let mut node = payments(LogMode::BeforeCall);
    let told = hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Refuse);
    assert_eq!(told[2], "publish PaymentRefused 1");
    let news = event(Step::Charge, Outcome::Refused(Reason::Declined));
    assert_eq!(news.reaction(), Some(Op::undo(Step::Reserve)));
}

#[test]
fn a_failure_is_not_acknowledged_until_the_last_attempt_and_then_refused_for_good() {
    let mut node = payments(LogMode::BeforeCall);
    let reserved = event(Step::Reserve, RESERVED);
    for attempt in 1..5 {
        assert!(hear(&mut node, reserved, attempt, Fate::Fail).is_empty());
    }
    let told = hear(&mut node, reserved, 5, Fate::Fail);
    assert_eq!(told[2], "publish PaymentRefused 1");
    assert_eq!(
        hear(&mut node, reserved, 1, Fate::Normal),
        ["acknowledge StockReserved"]
    );
    assert_eq!(node.service().tally(SAGA, Step::Charge).acts, 0);
}

#[test]
fn a_compensation_that_keeps_failing_is_parked_and_resolved_by_a_person() {
    let mut node = payments(LogMode::BeforeCall);
    hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Normal);
    let refused = event(Step::Ship, Outcome::Refused(Reason::Declined));
    let told = hear(&mut node, refused, 5, Fate::Fail);
    assert_eq!(
        told,
        ["commit", "acknowledge ShippingRefused", "park Fault"]
    );
    assert_eq!(
        node.wake().len(),
        3,
        "the news, its wait, and the letter survive a crash"
    );
    let resolve = |fate| NodeInput::Resolve { saga: SAGA, fate };
    assert_eq!(
        run(&mut node, resolve(Fate::Fail)),
        ["commit", "accept", "park Fault"]
    );
    let told = run(&mut node, resolve(Fate::Normal));
    assert_eq!(
        told,
        [
            "commit",
            "accept",
            "publish PaymentRefunded 1",
            "wait",
            "unpark"
        ]
    );
}

#[test]
fn an_event_that_nobody_acknowledges_is_told_again_and_then_parked() {
    let mut node = payments(LogMode::BeforeCall);
    hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Normal);
    let taken = event(Step::Charge, Outcome::Done);
    let expire = |attempt| NodeInput::Timer {
        event: taken,
        attempt,
    };
    for attempt in 1..5 {
        let again = format!("publish PaymentTaken {}", attempt + 1);
        assert_eq!(run(&mut node, expire(attempt)), [again.as_str(), "wait"]);
        assert!(
            run(&mut node, expire(attempt)).is_empty(),
            "an old timer means nothing"
        );
    }
    assert_eq!(run(&mut node, expire(5)), ["park Silence"]);
    assert_eq!(run(&mut node, NodeInput::Acknowledged(taken)), ["unpark"]);
    assert_eq!(node.outbox().count(), 0);
}

#[test]
fn a_restart_publishes_what_nobody_has_acknowledged() {
    let mut node = payments(LogMode::BeforeCall);
    hear(&mut node, event(Step::Reserve, RESERVED), 1, Fate::Normal);
    assert!(matches!(
        node.wake()[..],
        [
            NodeEffect::Publish { attempt: 1, .. },
            NodeEffect::Wait { .. }
        ]
    ));
    run(
        &mut node,
        NodeInput::Acknowledged(event(Step::Charge, Outcome::Done)),
    );
    assert!(node.wake().is_empty());
}

#[test]
fn a_client_is_told_that_its_order_is_taken_on_and_may_ask_again() {
    let mut node = Node::new(Name::Orders, Policy::default(), Rules::default(), 0);
    let place = |fate| NodeInput::Place {
        saga: SAGA,
        order: ORDER,
        fate,
    };
    assert!(run(&mut node, place(Fate::Fail)).is_empty());
    let told = run(&mut node, place(Fate::Normal));
    assert_eq!(told, ["commit", "accept", "publish OrderPlaced 1", "wait"]);
    assert_eq!(run(&mut node, place(Fate::Normal)), ["accept"]);
}

#[test]
fn the_last_service_ends_the_saga() {
    let mut node = Node::new(Name::Notifications, Policy::default(), Rules::default(), 0);
    let told = hear(
        &mut node,
        event(Step::Confirm, Outcome::Done),
        1,
        Fate::Normal,
    );
    assert_eq!(told, ["commit", "acknowledge OrderConfirmed", "Completed"]);
    let answer = node
        .service()
        .consider(SAGA, Op::act(Step::Notify), &ORDER, Fate::Normal)
        .answer;
    assert_eq!(answer, Answer::Done);
}
