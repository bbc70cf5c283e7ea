//! One value; of two, the one written later stays.
//!
//! "Later" is decided by a time stamp, ties by the replica (INRIA RR-7506, specification 8), so
//! all copies choose alike. What the stamps are worth is up to the clocks: with
//! [`LwwRegister::write_wall`] a clock that runs ahead wins against edits made after it; with
//! [`LwwRegister::write`] an edit at least always wins against those its author had seen.

use serde::{Deserialize, Serialize};

use super::{Crdt, Lattice, ReplicaId, Wire};
use crate::time::{SimTime, Span};

/// When and where a value was written; later is greater, and of equal times the higher replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The time on the writer's clock.
    pub time: SimTime,
    /// The writer.
    pub replica: ReplicaId,
}

/// A value of which the latest write stays.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Lattice, LwwRegister, ReplicaId,
/// };
/// use orrery_core::time::SimTime;
///
/// let mut title = LwwRegister::default();
/// title.write_wall(ReplicaId(0), SimTime::from_secs(9), "early"); // this clock is 8 s ahead
/// let mut copy = title.clone();
/// copy.write_wall(ReplicaId(1), SimTime::from_secs(2), "late");
/// assert_eq!(copy.value(), Some(&"early"), "the newer edit is lost on the spot");
///
/// copy.write(ReplicaId(1), SimTime::from_secs(2), "late");
/// title.merge(&copy);
/// assert_eq!(title.value(), Some(&"late"), "a stamp above all that was seen");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LwwRegister<T> {
    latest: Option<(Stamp, T)>,
}

impl<T> Default for LwwRegister<T> {
    fn default() -> Self {
        Self { latest: None }
    }
}

impl<T: Clone + Ord> LwwRegister<T> {
    // region: lww-stamp
    /// Writes `value` at `replica`, whose clock shows `now`, with a stamp above the one it sees.
    ///
    /// This is the rule of a logical clock joined to the wall clock (Kulkarni et al., *Logical
    /// Physical Clocks*, OPODIS 2014): time may be wrong, but an answer is never older than its
    /// question.
    pub fn write(&mut self, replica: ReplicaId, now: SimTime, value: T) -> Self {
        let after_seen = self
            .stamp()
            .map_or(SimTime::ZERO, |seen| seen.time + Span::from_nanos(1));
        self.write_wall(replica, now.max(after_seen), value)
    }

    /// Writes `value` with whatever the clock shows.
    ///
    /// If that is below the stamp of the value in place, the write has no effect, here and
    /// everywhere, and nobody is told.
    pub fn write_wall(&mut self, replica: ReplicaId, now: SimTime, value: T) -> Self {
        let stamp = Stamp { time: now, replica };
        let write = Self {
            latest: Some((stamp, value)),
        };
        self.keep_later(&write);
        write
    }
    // endregion

    /// The value, if any was ever written.
    pub fn value(&self) -> Option<&T> {
        self.latest.as_ref().map(|(_, value)| value)
    }

    /// The stamp of the value in place.
    pub fn stamp(&self) -> Option<Stamp> {
        self.latest.as_ref().map(|&(stamp, _)| stamp)
    }

    // region: lww-join
    fn keep_later(&mut self, other: &Self) -> bool {
        // Stamp first; the value decides only if one replica wrote twice at one clock reading.
        // Nothing written yet is below everything.
        let newer = self.latest < other.latest;
        if newer {
            self.latest.clone_from(&other.latest);
        }
        newer
    }
    // endregion
}

impl<T: Wire + Ord> Lattice for LwwRegister<T> {
    fn merge(&mut self, other: &Self) -> bool {
        self.keep_later(other)
    }
}

impl<T: Wire + Ord> Crdt for LwwRegister<T> {
    type Delta = Self;
    type Op = Self;

    fn merge_delta(&mut self, delta: &Self) -> bool {
        self.merge(delta)
    }

    fn delta_of(&self, op: &Self) -> Self {
        op.clone()
    }

    fn whole(&self) -> Self {
        self.clone()
    }

    fn news_in(&self, delta: &Self) -> Self {
        if self.latest < delta.latest {
            delta.clone()
        } else {
            Self::default()
        }
    }

    fn apply(&mut self, op: &Self) {
        self.merge(op);
    }
}
