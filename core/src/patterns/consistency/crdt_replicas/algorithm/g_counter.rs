//! A counter that only grows.
//!
//! Each replica counts in a place of its own, which nobody else writes. The value is the sum, and
//! the larger of two numbers for one place is the newer. Shapiro, Preguiça, Baquero and Zawirski,
//! *A comprehensive study of Convergent and Commutative Replicated Data Types*, INRIA RR-7506
//! (2011), specification 6.

use serde::{Deserialize, Serialize};

use super::{Crdt, Lattice, PerReplica, ReplicaId};

/// A count that can be increased anywhere and is never lost or counted twice.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     GCounter, Lattice, ReplicaId,
/// };
///
/// let (mut here, mut there) = (GCounter::default(), GCounter::default());
/// here.increment(ReplicaId(0), 2);
/// there.increment(ReplicaId(1), 3);
/// here.merge(&there);
/// here.merge(&there); // the same message again changes nothing
/// assert_eq!(here.value(), 5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GCounter {
    counts: PerReplica,
}

/// `replica` has counted `by` more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Increment {
    /// Who counted.
    pub replica: ReplicaId,
    /// How many.
    pub by: u64,
}

impl GCounter {
    // region: g-counter-count
    /// Counts `by` more at `replica`, whose copy this must be.
    ///
    /// A replica's own count stops at `u64::MAX`.
    pub fn increment(&mut self, replica: ReplicaId, by: u64) -> Increment {
        let own = self.counts.get(replica).saturating_add(by);
        self.counts.raise(replica, own);
        Increment { replica, by }
    }
    // endregion

    /// What all replicas together have counted, as far as this copy knows.
    pub fn value(&self) -> u128 {
        self.counts.sum()
    }

    /// What each replica has counted.
    pub fn counts(&self) -> &PerReplica {
        &self.counts
    }
}

impl Lattice for GCounter {
    // region: g-counter-join
    fn merge(&mut self, other: &Self) -> bool {
        self.counts.merge(&other.counts) // the larger of each replica's two counts
    }
    // endregion
}

impl Crdt for GCounter {
    type Delta = Self;
    type Op = Increment;

    fn merge_delta(&mut self, delta: &Self) -> bool {
        self.merge(delta)
    }

    fn delta_of(&self, op: &Increment) -> Self {
        let mut delta = Self::default();
        delta.counts.raise(op.replica, self.counts.get(op.replica));
        delta
    }

    fn whole(&self) -> Self {
        self.clone()
    }

    fn news_in(&self, delta: &Self) -> Self {
        Self {
            counts: delta.counts.above(&self.counts),
        }
    }

    fn apply(&mut self, op: &Increment) {
        self.increment(op.replica, op.by);
    }
}
