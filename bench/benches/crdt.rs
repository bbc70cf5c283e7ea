//! Orrery's grow-only counter beside crdts': merging the states of 16 replicas.
//!
//! Every merge joins two states that each know something the other does not. Ours borrows the
//! other state; crdts' consumes it, so that keeping it means cloning it first. One table leaves
//! that clone out on their side, the other has both sides clone what they merge. The states merged
//! into are made ready before the clock starts.

use std::hint::black_box;

use crdts::{CmRDT as _, CvRDT as _};
use orrery_bench::{Aim, Contender, Sample, compete};
use orrery_core::kernel::random::Random;
use orrery_core::patterns::consistency::crdt_replicas::algorithm::{GCounter, Lattice, ReplicaId};

const REPLICAS: u16 = 16;
const MERGES: usize = 20_000;
const ROUNDS: usize = 15;

type Theirs = crdts::GCounter<u16>;

fn states(counts: &[u64]) -> (GCounter, Theirs) {
    let mut ours = GCounter::default();
    let mut theirs = Theirs::new();
    for (replica, &count) in (0..REPLICAS).zip(counts) {
        ours.increment(ReplicaId(replica), count);
        theirs.apply(theirs.inc_many(replica, count));
    }
    (ours, theirs)
}

fn main() {
    let mut random = Random::new(3);
    let mut counts = || -> Vec<u64> { (0..REPLICAS).map(|_| 1 + random.below(1_000)).collect() };
    let (ours, theirs) = states(&counts());
    let (our_other, their_other) = states(&counts());

    let mut joined = (ours.clone(), theirs.clone());
    joined.0.merge(&our_other);
    joined.1.merge(their_other.clone());
    assert_eq!(joined.0.value().to_string(), joined.1.read().to_string());

    let merged = [
        Contender::new("orrery, by reference", Aim::Shown, || {
            let mut states = vec![ours.clone(); MERGES];
            Sample::of_many(MERGES as u64, || {
                for state in &mut states {
                    black_box(state.merge(black_box(&our_other)));
                }
            })
        }),
        Contender::new("crdts 7.3.2, by value", Aim::TimesFaster(5.0), || {
            let mut states = vec![theirs.clone(); MERGES];
            let others = vec![their_other.clone(); MERGES];
            Sample::of_many(MERGES as u64, || {
                for (state, other) in states.iter_mut().zip(others) {
                    state.merge(black_box(other));
                    black_box(state);
                }
            })
        }),
    ];
    compete(
        "Counter of 16 replicas: ns per merge, no clone timed",
        ROUNDS,
        merged.into(),
    );

    let cloned = [
        Contender::new("orrery", Aim::Shown, || {
            let mut states = vec![ours.clone(); MERGES];
            Sample::of_many(MERGES as u64, || {
                for state in &mut states {
                    black_box(state.merge(&black_box(&our_other).clone()));
                }
            })
        }),
        Contender::new("crdts 7.3.2", Aim::TimesFaster(5.0), || {
            let mut states = vec![theirs.clone(); MERGES];
            Sample::of_many(MERGES as u64, || {
                for state in &mut states {
                    state.merge(black_box(&their_other).clone());
                    black_box(state);
                }
            })
        }),
    ];
    compete(
        "Counter of 16 replicas: ns per merge and clone of what is merged",
        ROUNDS,
        cloned.into(),
    );
}
