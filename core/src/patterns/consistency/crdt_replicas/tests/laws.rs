//! The algebra: merge is a join, and deltas and operations say the same as whole states.

use proptest::prelude::*;
use serde::de::DeserializeOwned;

use super::super::algorithm::*;
use super::{Editable, Happening, history, join_all, live};

fn merged<L: Lattice>(one: &L, other: &L) -> L {
    let mut both = one.clone();
    both.merge(other);
    both
}

/// Checks every law of a join over the states that `history` reaches.
fn check_join<C: Editable>(history: &[Happening]) {
    let states = live::<C>(history, |_, _, _| {}).copies;
    let [a, b, c] = [&states[0], &states[1], &states[2]];
    assert_eq!(merged(a, b), merged(b, a), "commutative");
    assert_eq!(
        merged(&merged(a, b), c),
        merged(a, &merged(b, c)),
        "associative"
    );
    assert_eq!(&merged(a, a), a, "idempotent");
    assert_eq!(&merged(a, &C::default()), a, "nothing adds nothing");
    for (mine, theirs) in [(a, b), (b, c), (c, a)] {
        let mut both = mine.clone();
        let changed = both.merge(theirs);
        assert_eq!(
            changed,
            &both != mine,
            "merge tells whether it changed something"
        );
        assert!(!both.merge(theirs), "the second time brings no news");
    }
}

/// Checks that deltas and operations carry exactly what whole states carry.
fn check_parts<C: Editable + DeserializeOwned>(history: &[Happening]) {
    let outcome = live::<C>(history, |before, after, op| {
        assert_eq!(
            &merged_delta(before, &after.delta_of(op)),
            after,
            "a delta is the edit"
        );
        let mut applied = before.clone();
        applied.apply(op);
        assert_eq!(&applied, after, "an operation is the edit");
    });
    let whole = join_all(&outcome.copies);

    let mut backwards = C::default();
    for (_, _, delta) in outcome.edits.iter().rev() {
        backwards.merge_delta(delta);
        backwards.merge_delta(delta);
    }
    assert_eq!(
        backwards, whole,
        "all deltas, last first and twice, make the whole"
    );

    let group = join_all(outcome.edits.iter().map(|(_, _, delta)| delta));
    assert_eq!(
        merged_delta(&C::default(), &group),
        whole,
        "and so does their join"
    );

    for state in &outcome.copies {
        let all = state.whole();
        assert_eq!(
            &merged_delta(&C::default(), &all),
            state,
            "the whole is the whole"
        );
        for other in &outcome.copies {
            let news = other.news_in(&all);
            assert_eq!(
                merged_delta(other, &news),
                merged(other, state),
                "the news is enough"
            );
            let both = merged(other, state);
            assert_eq!(
                both.news_in(&all),
                C::Delta::default(),
                "what is known is no news"
            );
        }
        let bytes = postcard::to_allocvec(state).expect("every state can be encoded");
        assert_eq!(
            bytes.len(),
            encoded_len(state),
            "the measured size is the size"
        );
        let read: C = postcard::from_bytes(&bytes).expect("what was written can be read");
        assert_eq!(&read, state);
    }
}

fn merged_delta<C: Crdt>(state: &C, delta: &C::Delta) -> C {
    let mut both = state.clone();
    both.merge_delta(delta);
    both
}

macro_rules! laws {
    ($($name:ident: $type:ty),* $(,)?) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn merge_is_a_join(history in history(40)) {
                    check_join::<$type>(&history);
                }

                #[test]
                fn deltas_and_operations_say_what_states_say(history in history(40)) {
                    check_parts::<$type>(&history);
                }
            }
        }
    )*};
}

laws! {
    g_counter: GCounter,
    pn_counter: PnCounter,
    lww_register: LwwRegister<u8>,
    mv_register: MvRegister<u8>,
    g_set: GSet<u8>,
    two_phase_set: TwoPhaseSet<u8>,
    or_set: OrSet<u8>,
    or_map: OrMap<u8, DotFun<u8>>,
    or_map_of_sets: OrMap<u8, DotMap<u8, DotSet>>,
    text: Text,
    naive_counter: NaiveCounter,
}

proptest! {
    #[test]
    fn even_the_naive_set_has_a_lawful_merge(history in history(40)) {
        check_join::<NaiveSet<u8>>(&history);
    }
}

#[test]
fn a_removal_from_the_naive_set_is_not_in_its_delta() {
    let mut set = NaiveSet::default();
    set.add(1);
    let before = set.clone();
    let op = set.remove(&1);
    let mut told = before;
    told.merge_delta(&set.delta_of(&op));
    assert!(told.contains(&1) && !set.contains(&1));
}

#[test]
fn an_observed_remove_set_does_not_grow_with_what_was_removed() {
    let mut set = OrSet::default();
    let mut two_phase = TwoPhaseSet::default();
    let empty = encoded_len(&set);
    for round in 0..1_000_u32 {
        set.add(ReplicaId(0), round);
        set.remove(&round);
        two_phase.add(round);
        two_phase.remove(&round);
    }
    assert!(set.iter().next().is_none());
    assert_eq!(set.context().cloud_len(), 0);
    assert!(
        encoded_len(&set) <= empty + 4,
        "one replica's counter is all that is left"
    );
    assert!(
        encoded_len(&two_phase) > 2_000,
        "against a tombstone for each"
    );
}

#[test]
fn of_a_concurrent_addition_and_removal_the_addition_wins() {
    let (one, two) = (ReplicaId(0), ReplicaId(1));
    let mut here = OrSet::default();
    here.add(one, "x");
    let mut there = here.clone();
    here.remove(&"x");
    there.add(two, "x");
    assert!(merged(&here, &there).contains(&"x"));

    there.remove(&"x");
    assert!(
        !merged(&here, &there).contains(&"x"),
        "now each addition was seen by a removal"
    );
}

#[test]
fn a_write_with_a_late_clock_is_lost_unless_it_counts_from_what_it_saw() {
    use crate::time::SimTime;
    let (fast, right) = (ReplicaId(0), ReplicaId(1));
    let mut register = LwwRegister::default();
    register.write_wall(fast, SimTime::from_secs(60), 'a');
    register.write_wall(right, SimTime::from_secs(1), 'b');
    assert_eq!(register.value(), Some(&'a'));
    register.write(right, SimTime::from_secs(2), 'c');
    assert_eq!(register.value(), Some(&'c'));
}

#[test]
fn counters_stop_at_their_limits_instead_of_wrapping() {
    let mut count = GCounter::default();
    count.increment(ReplicaId(0), u64::MAX);
    count.increment(ReplicaId(0), 1);
    count.increment(ReplicaId(1), u64::MAX);
    assert_eq!(count.value(), 2 * u128::from(u64::MAX));

    let mut balance = PnCounter::default();
    balance.add(ReplicaId(0), i64::MIN);
    assert_eq!(balance.value(), i128::from(i64::MIN));
}
