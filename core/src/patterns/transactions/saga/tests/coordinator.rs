//! The coordinator's decisions, one at a time.

use super::super::algorithm::{
    Answer, Coordinator, Effect, Ending, Entry, Input, Letter, LogMode, Mark, Op, Order, Phase,
    Plan, Policy, Reason, Record, Recovery, Retry, SagaId, Step, Timer, Waiting,
};
use crate::time::Span;

const SAGA: SagaId = SagaId(7);
const ORDER: Order = Order {
    units: 1,
    price_cents: 4_900,
};

/// A coordinator, all that it has wanted so far, and its log.
struct Desk {
    coordinator: Coordinator<Step>,
    policy: Policy,
    log: Vec<Record<Step>>,
    last: Vec<Effect<Step>>,
}

impl Desk {
    fn new(policy: Policy) -> Self {
        let mut desk = Self {
            coordinator: Coordinator::new(policy),
            policy,
            log: Vec::new(),
            last: Vec::new(),
        };
        desk.input(Input::Begin {
            saga: SAGA,
            data: ORDER,
        });
        desk
    }

    fn input(&mut self, input: Input<Step>) -> &mut Self {
        let effects = self.coordinator.step(input);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect<Step>>) -> &mut Self {
        let records = effects.iter().filter_map(|effect| match effect {
            Effect::Append(record) => Some(record.clone()),
            Effect::Accept(_)
            | Effect::Call { .. }
            | Effect::Wait { .. }
            | Effect::Park(_)
            | Effect::Unpark { .. }
            | Effect::Ended { .. } => None,
        });
        self.log.extend(records);
        self.last = effects;
        self
    }

    fn answer(&mut self, op: Op<Step>, attempt: u32, answer: Answer) -> &mut Self {
        self.input(Input::Answer {
            saga: SAGA,
            op,
            attempt,
            answer,
        })
    }

    fn done_until(&mut self, step: Step) -> &mut Self {
        for &done in Step::STEPS.iter().take_while(|&&earlier| earlier != step) {
            self.answer(Op::act(done), 1, Answer::Done);
        }
        self
    }

    fn expire(&mut self, op: Op<Step>, attempt: u32, waiting: Waiting) -> &mut Self {
        self.input(Input::Timer(Timer {
            saga: SAGA,
            op,
            attempt,
            waiting,
        }))
    }

    /// Asks in vain until the last attempt has gone unanswered.
    fn silence(&mut self, op: Op<Step>) -> &mut Self {
        for attempt in 1..=self.policy.retry.attempts {
            self.expire(op, attempt, Waiting::Answer);
            if attempt < self.policy.retry.attempts {
                self.expire(op, attempt, Waiting::Backoff);
            }
        }
        self
    }

    fn crash(&mut self) -> &mut Self {
        let (coordinator, effects) = Coordinator::recover(self.policy, &self.log);
        self.coordinator = coordinator;
        self.perform(effects)
    }

    fn called(&self) -> Vec<(Op<Step>, u32)> {
        let calls = self.last.iter().filter_map(|effect| match effect {
            Effect::Call { op, attempt, .. } => Some((*op, *attempt)),
            Effect::Append(_)
            | Effect::Accept(_)
            | Effect::Wait { .. }
            | Effect::Park(_)
            | Effect::Unpark { .. }
            | Effect::Ended { .. } => None,
        });
        calls.collect()
    }

    fn phase(&self) -> Phase<Step> {
        self.coordinator.saga(SAGA).expect("begun above").phase()
    }

    fn marks(&self) -> Vec<Mark> {
        let saga = self.coordinator.saga(SAGA).expect("begun above");
        Step::STEPS.iter().map(|&step| saga.mark(step)).collect()
    }
}

const CHARGE: Op<Step> = Op::act(Step::Charge);
const REFUND: Op<Step> = Op::undo(Step::Charge);
const SHIP: Op<Step> = Op::act(Step::Ship);
const DECLINED: Answer = Answer::Refused(Reason::Declined);

#[test]
fn every_call_is_announced_in_the_log_before_it_is_made() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Charge);
    let kinds: Vec<&str> = desk
        .last
        .iter()
        .map(|effect| match effect {
            Effect::Append(Record {
                entry: Entry::Did(_),
                ..
            }) => "did",
            Effect::Append(Record {
                entry: Entry::Try(_),
                ..
            }) => "try",
            Effect::Call { .. } => "call",
            Effect::Wait { .. } => "wait",
            Effect::Append(_)
            | Effect::Accept(_)
            | Effect::Park(_)
            | Effect::Unpark { .. }
            | Effect::Ended { .. } => "unexpected",
        })
        .collect();
    assert_eq!(kinds, ["did", "try", "call", "wait"]);
}

#[test]
fn a_refusal_compensates_in_reverse_order() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Ship).answer(SHIP, 1, DECLINED);
    for step in [Step::Charge, Step::Reserve, Step::Open] {
        assert_eq!(desk.called(), [(Op::undo(step), 1)]);
        desk.answer(Op::undo(step), 1, Answer::Done);
    }
    assert_eq!(desk.phase(), Phase::Ended(Ending::Compensated));
    use Mark::{Failed, Skipped, Undone};
    assert_eq!(
        desk.marks(),
        [Undone, Undone, Undone, Failed, Skipped, Skipped, Skipped]
    );
}

#[test]
fn a_call_that_is_never_answered_is_compensated_as_if_it_had_happened() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Charge).silence(CHARGE);
    assert_eq!(desk.called(), [(REFUND, 1)]);
}

#[test]
fn a_pivot_that_is_never_answered_waits_for_a_person() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Ship).silence(SHIP);
    assert_eq!(desk.phase(), Phase::Parked(SHIP, Reason::Silence));
    let letter = Letter {
        saga: SAGA,
        op: SHIP,
        reason: Reason::Silence,
    };
    assert_eq!(desk.last.last(), Some(&Effect::Park(letter)));
}

#[test]
fn a_late_answer_takes_the_letter_out_of_the_box() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Ship).silence(SHIP);
    desk.answer(SHIP, 2, Answer::Done);
    assert_eq!(
        desk.last[0],
        Effect::Unpark {
            saga: SAGA,
            op: SHIP
        }
    );
    assert_eq!(desk.called(), [(Op::act(Step::Settle), 1)]);
}

#[test]
fn the_wait_between_attempts_doubles() {
    let mut desk = Desk::new(Policy::default());
    let open = Op::act(Step::Open);
    let mut waits = Vec::new();
    for attempt in 1..5 {
        desk.expire(open, attempt, Waiting::Answer);
        if let [Effect::Wait { after, .. }] = desk.last[..] {
            waits.push(after);
        }
        desk.expire(open, attempt, Waiting::Backoff);
        assert_eq!(desk.called(), [(open, attempt + 1)]);
    }
    assert_eq!(waits, [100, 200, 400, 800].map(Span::from_millis));
}

#[test]
fn copies_and_latecomers_change_nothing() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Charge);
    let before = desk.coordinator.clone();
    let reserve = Op::act(Step::Reserve);
    desk.answer(reserve, 1, Answer::Done);
    desk.answer(reserve, 1, DECLINED);
    desk.expire(reserve, 1, Waiting::Answer);
    desk.expire(CHARGE, 1, Waiting::Backoff);
    desk.answer(CHARGE, 2, Answer::NotNow(Reason::Fault));
    desk.input(Input::Resolve(SAGA));
    assert_eq!(desk.coordinator, before);
    // One "not now" pauses; its copy must not pause again.
    desk.answer(CHARGE, 1, Answer::NotNow(Reason::Fault));
    assert_eq!(desk.last.len(), 1);
    desk.answer(CHARGE, 1, Answer::NotNow(Reason::Fault));
    assert!(desk.last.is_empty());
}

#[test]
fn a_client_that_asks_again_is_accepted_again_and_begins_nothing() {
    let mut desk = Desk::new(Policy::default());
    let again = Input::Begin {
        saga: SAGA,
        data: ORDER,
    };
    assert_eq!(desk.input(again).last, [Effect::Accept(SAGA)]);
}

/// Crashes once the saga has come to `step` and its call is out, and compares what is asked first
/// after the restart.
#[track_caller]
fn check_recovery(recovery: Recovery, step: Step, first_call: Op<Step>) {
    let mut desk = Desk::new(Policy {
        recovery,
        ..Policy::default()
    });
    desk.done_until(step).crash();
    assert_eq!(desk.called(), [(first_call, 1)]);
}

#[test]
fn backward_recovery_undoes_an_unknown_step_first() {
    check_recovery(Recovery::Abort, Step::Open, Op::undo(Step::Open));
    check_recovery(Recovery::Abort, Step::Charge, REFUND);
}

#[test]
fn forward_recovery_asks_again() {
    check_recovery(Recovery::Resume, Step::Charge, CHARGE);
}

#[test]
fn once_the_pivot_may_have_happened_there_is_only_forwards() {
    check_recovery(Recovery::Abort, Step::Ship, SHIP);
    check_recovery(Recovery::Abort, Step::Notify, Op::act(Step::Notify));
}

#[test]
fn a_saga_that_was_going_back_goes_on_going_back() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Ship)
        .answer(SHIP, 1, DECLINED)
        .answer(REFUND, 1, Answer::Done)
        .crash();
    assert_eq!(desk.called(), [(Op::undo(Step::Reserve), 1)]);
}

#[test]
fn a_parked_saga_stays_parked_through_a_crash_until_a_person_resolves_it() {
    let mut desk = Desk::new(Policy::default());
    desk.done_until(Step::Ship)
        .answer(SHIP, 1, DECLINED)
        .silence(REFUND)
        .crash();
    assert!(matches!(
        desk.last[..],
        [Effect::Park(Letter { op: REFUND, .. })]
    ));
    desk.input(Input::Resolve(SAGA));
    assert_eq!(desk.called(), [(REFUND, 1)]);
    desk.answer(REFUND, 1, Answer::Done);
    assert_eq!(desk.called(), [(Op::undo(Step::Reserve), 1)]);
}

#[test]
fn recovering_twice_is_recovering_once() {
    for step in Step::STEPS {
        let mut desk = Desk::new(Policy::default());
        let once = desk.done_until(*step).crash().coordinator.clone();
        let calls = desk.called();
        assert_eq!(desk.crash().coordinator, once);
        assert_eq!(desk.called(), calls);
    }
}

#[test]
fn a_log_after_the_call_does_not_know_of_the_call_in_flight() {
    let mut desk = Desk::new(Policy {
        log: LogMode::AfterCall,
        ..Policy::default()
    });
    desk.done_until(Step::Charge);
    let last = &desk.log.last().expect("two steps are logged").entry;
    assert_eq!(*last, Entry::Did(Op::act(Step::Reserve)));
    desk.crash();
    assert_eq!(desk.called(), [(Op::undo(Step::Reserve), 1)]);
}

#[test]
fn without_a_log_nothing_is_left() {
    let mut desk = Desk::new(Policy {
        log: LogMode::Off,
        ..Policy::default()
    });
    desk.done_until(Step::Ship).crash();
    assert_eq!((desk.last.len(), desk.coordinator.sagas().count()), (0, 0));
}

#[test]
fn one_attempt_means_no_backoff() {
    let retry = Retry {
        attempts: 1,
        ..Retry::default()
    };
    let mut desk = Desk::new(Policy {
        retry,
        ..Policy::default()
    });
    desk.done_until(Step::Charge)
        .expire(CHARGE, 1, Waiting::Answer);
    assert_eq!(desk.called(), [(REFUND, 1)]);
}
