//! A counter that grows and shrinks.
//!
//! Two grow-only counters, one for what was added and one for what was taken away: a number that
//! falls could not be told from an old one. INRIA RR-7506 (2011), specification 7.

use serde::{Deserialize, Serialize};

use super::{Crdt, GCounter, Increment, Lattice, PerReplica, ReplicaId};

/// A count that can be raised and lowered anywhere.
///
/// It keeps no floor: two replicas may each take the last one. A stock that must not fall below
/// zero needs coordination, or rights handed out in advance.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Lattice, PnCounter, ReplicaId,
/// };
///
/// let (mut here, mut there) = (PnCounter::default(), PnCounter::default());
/// here.add(ReplicaId(0), 4);
/// there.add(ReplicaId(1), -6);
/// here.merge(&there);
/// assert_eq!(here.value(), -2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct PnCounter {
    added: GCounter,
    taken: GCounter,
}

/// `replica` has changed the count by `by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Who counted.
    pub replica: ReplicaId,
    /// How far, and in which direction.
    pub by: i64,
}

impl PnCounter {
    // region: pn-counter-count
    /// Changes the count by `by` at `replica`, whose copy this must be.
    pub fn add(&mut self, replica: ReplicaId, by: i64) -> Step {
        let side = if by < 0 {
            &mut self.taken
        } else {
            &mut self.added
        };
        side.increment(replica, by.unsigned_abs());
        Step { replica, by }
    }
    // endregion

    /// What was added less what was taken, as far as this copy knows.
    pub fn value(&self) -> i128 {
        // Each side sums at most 65,536 numbers below 2^64: far below 2^127.
        self.added.value() as i128 - self.taken.value() as i128
    }

    /// What each replica has added.
    pub fn added(&self) -> &PerReplica {
        self.added.counts()
    }

    /// What each replica has taken away.
    pub fn taken(&self) -> &PerReplica {
        self.taken.counts()
    }
}

impl Lattice for PnCounter {
    // region: pn-counter-join
    fn merge(&mut self, other: &Self) -> bool {
        let more_added = self.added.merge(&other.added);
        let more_taken = self.taken.merge(&other.taken);
        more_added || more_taken
    }
    // endregion
}

impl Crdt for PnCounter {
    type Delta = Self;
    type Op = Step;

    fn merge_delta(&mut self, delta: &Self) -> bool {
        self.merge(delta)
    }

    fn delta_of(&self, op: &Step) -> Self {
        let increment = Increment {
            replica: op.replica,
            by: op.by.unsigned_abs(),
        };
        let mut delta = Self::default();
        if op.by < 0 {
            delta.taken = self.taken.delta_of(&increment);
        } else {
            delta.added = self.added.delta_of(&increment);
        }
        delta
    }

    fn whole(&self) -> Self {
        self.clone()
    }

    fn news_in(&self, delta: &Self) -> Self {
        Self {
            added: self.added.news_in(&delta.added),
            taken: self.taken.news_in(&delta.taken),
        }
    }

    fn apply(&mut self, op: &Step) {
        self.add(op.replica, op.by);
    }
}
