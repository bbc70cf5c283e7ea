//! Small histories with a lesson each, and both checkers against every order of the operations and
//! against a checker that others wrote.

use proptest::prelude::*;
use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use stateright::semantics::{ConsistencyTester as _, LinearizabilityTester};

use super::{Live, Op, OpId, Outcome, Record, check};

const fn done(called: u64, returned: u64, op: Op, told: Outcome) -> Record {
    Record {
        called,
        returned: Some(returned),
        op,
        told,
    }
}

const fn unknown(called: u64, op: Op) -> Record {
    Record {
        called,
        returned: None,
        op,
        told: Outcome::Written,
    }
}

const fn write(called: u64, returned: u64, value: u64) -> Record {
    done(called, returned, Op::Write(value), Outcome::Written)
}

const fn read(called: u64, returned: u64, value: Option<u64>) -> Record {
    done(called, returned, Op::Read, Outcome::Value(value))
}

/// The verdict of the live checker on a whole history.
fn follow(history: &[Record]) -> bool {
    let mut events: Vec<(u64, usize, bool)> = Vec::new();
    for (at, record) in history.iter().enumerate() {
        events.push((record.called, at, true));
        events.extend(record.returned.map(|returned| (returned, at, false)));
    }
    events.sort_unstable();
    let mut live = Live::default();
    for (_, at, is_call) in events {
        let id = OpId(at as u64);
        if is_call {
            live.call(id, history[at].op);
            if history[at].returned.is_none() {
                live.lost(id);
            }
        } else if live.returned(id, history[at].told).is_err() {
            return false;
        }
    }
    assert!(!live.gave_up());
    live.holds()
}

/// Tries every order.
fn brute_force(history: &[Record]) -> bool {
    fn goes_on(left: &mut Vec<Record>, value: Option<u64>) -> bool {
        if left.iter().all(|record| record.returned.is_none()) {
            return true;
        }
        for at in 0..left.len() {
            let record = left[at];
            let waits = |other: &Record| other.returned.is_some_and(|end| end < record.called);
            if left.iter().any(waits) {
                continue;
            }
            let (next, told) = record.op.apply(value);
            if record.returned.is_some() && told != record.told {
                continue;
            }
            left.remove(at);
            let found = goes_on(left, next);
            left.insert(at, record);
            if found {
                return true;
            }
        }
        false
    }
    goes_on(&mut history.to_vec(), None)
}

fn judged(history: &[Record], expected: bool, lesson: &str) {
    assert_eq!(brute_force(history), expected, "every order: {lesson}");
    assert_eq!(check(history), expected, "whole: {lesson}");
    assert_eq!(follow(history), expected, "live: {lesson}");
}

#[test]
fn histories_with_a_lesson() {
    judged(&[], true, "nothing happened");
    judged(&[read(1, 2, None)], true, "nothing was written");
    judged(&[read(1, 2, Some(1))], false, "nobody wrote that");
    judged(
        &[write(1, 2, 1), read(3, 4, None)],
        false,
        "a finished write is seen",
    );
    judged(
        &[write(1, 4, 1), read(2, 3, None)],
        true,
        "a write under way need not be seen",
    );
    judged(
        &[write(1, 8, 1), read(2, 3, Some(1)), read(4, 5, None)],
        false,
        "once seen it stays",
    );
    judged(
        &[
            write(1, 4, 1),
            write(2, 5, 2),
            read(6, 7, Some(1)),
            read(8, 9, Some(2)),
        ],
        false,
        "two writes have one order for all",
    );
    judged(
        &[
            unknown(1, Op::Write(1)),
            write(2, 3, 2),
            read(4, 5, Some(1)),
        ],
        true,
        "what nobody confirmed may happen late",
    );
    judged(
        &[
            unknown(1, Op::Write(1)),
            read(2, 3, Some(1)),
            read(4, 5, None),
        ],
        false,
        "but not be undone",
    );
    judged(
        &[
            unknown(1, Op::Write(1)),
            write(2, 3, 2),
            read(4, 5, Some(1)),
            write(6, 7, 2),
            read(8, 9, Some(1)),
        ],
        false,
        "nor happen twice",
    );
    judged(
        &[
            write(1, 2, 1),
            done(3, 6, Op::Swap(1, 2), Outcome::Swapped(true)),
            done(4, 7, Op::Swap(1, 3), Outcome::Swapped(true)),
        ],
        false,
        "one of two exchanges of the same value fails",
    );
    judged(
        &[
            write(1, 2, 1),
            done(3, 6, Op::Swap(1, 2), Outcome::Swapped(true)),
            done(4, 7, Op::Swap(1, 3), Outcome::Swapped(false)),
            read(5, 8, Some(1)),
        ],
        true,
        "a read beside them may come first",
    );
}

/// A history: for each operation who, what, and gaps before call and return that make some overlap.
fn any_history(most: usize) -> impl Strategy<Value = Vec<Record>> {
    let op = prop_oneof![
        Just(Op::Read),
        (1_u64..4).prop_map(Op::Write),
        (1_u64..4, 1_u64..4).prop_map(|(from, to)| Op::Swap(from, to)),
    ];
    let value = prop_oneof![Just(None), (1_u64..4).prop_map(Some)];
    let entry = (op, 0_u64..24, 1_u64..12, value, any::<bool>(), 0_u8..10);
    prop::collection::vec(entry, 0..most).prop_map(|entries| {
        let records = entries.into_iter().enumerate();
        records
            .map(|(at, (op, called, takes, value, swapped, fate))| Record {
                // Every call and return has an instant of its own.
                called: called * 64 + 2 * at as u64,
                returned: (fate > 1).then_some((called + takes) * 64 + 2 * at as u64 + 1),
                op,
                told: match op {
                    Op::Read => Outcome::Value(value),
                    Op::Write(_) => Outcome::Written,
                    Op::Swap(..) => Outcome::Swapped(swapped),
                },
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_checkers_agree_with_a_trial_of_every_order(history in any_history(8)) {
        let expected = brute_force(&history);
        prop_assert_eq!(check(&history), expected);
        prop_assert_eq!(follow(&history), expected);
    }
}

/// What the peer's tester says of reads and writes, each by a client of its own.
fn by_peer(history: &[Record]) -> bool {
    let mut events: Vec<(u64, usize, bool)> = Vec::new();
    for (at, record) in history.iter().enumerate() {
        events.push((record.called, at, true));
        events.extend(record.returned.map(|returned| (returned, at, false)));
    }
    events.sort_unstable();
    let mut tester = LinearizabilityTester::new(Register(None));
    for (_, at, is_call) in events {
        if is_call {
            let op = match history[at].op {
                Op::Read => RegisterOp::Read,
                Op::Write(value) => RegisterOp::Write(Some(value)),
                Op::Swap(..) => unreachable!("the peer's register knows no exchange"),
            };
            tester.on_invoke(at, op).expect("it is called once");
        } else {
            let told = match history[at].told {
                Outcome::Value(value) => RegisterRet::ReadOk(value),
                Outcome::Written | Outcome::Swapped(_) => RegisterRet::WriteOk,
            };
            tester.on_return(at, told).expect("it returns once");
        }
    }
    tester.is_consistent()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_checkers_agree_with_a_peer(history in any_history(7)) {
        let mut history = history;
        history.retain(|record| !matches!(record.op, Op::Swap(..)));
        let expected = by_peer(&history);
        prop_assert_eq!(check(&history), expected);
        prop_assert_eq!(follow(&history), expected);
    }
}

#[test]
fn what_is_kept_does_not_grow_with_the_history() {
    let mut live = Live::default();
    for round in 0..10_000_u64 {
        let (first, second, third) = (OpId(3 * round), OpId(3 * round + 1), OpId(3 * round + 2));
        live.call(first, Op::Write(round));
        live.call(second, Op::Read);
        live.returned(second, Outcome::Value(Some(round)))
            .expect("the write has happened");
        live.call(third, Op::Read);
        live.returned(third, Outcome::Value(Some(round)))
            .expect("and stays");
        live.returned(first, Outcome::Written).expect("it returns");
        assert!(live.ways() <= 2);
    }
}
