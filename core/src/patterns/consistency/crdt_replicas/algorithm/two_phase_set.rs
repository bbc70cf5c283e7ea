//! A set whose removals are for ever. INRIA RR-7506 (2011), specification 12.

use serde::{Deserialize, Serialize};

use super::{Crdt, GSet, Lattice, Wire};

/// A set from which elements can be removed once; a removed element never returns.
///
/// Two grow-only sets, of the added and of the removed. The removed are kept as tombstones, so
/// that an old copy cannot bring them back, and the state never shrinks.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::TwoPhaseSet;
///
/// let mut tickets = TwoPhaseSet::default();
/// tickets.add("A-17");
/// tickets.remove(&"A-17");
/// tickets.add("A-17");
/// assert!(!tickets.contains(&"A-17"), "used is used");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TwoPhaseSet<E: Ord> {
    added: GSet<E>,
    removed: GSet<E>,
}

impl<E: Ord> Default for TwoPhaseSet<E> {
    fn default() -> Self {
        Self {
            added: GSet::default(),
            removed: GSet::default(),
        }
    }
}

impl<E: Ord + Clone> TwoPhaseSet<E> {
    /// Adds `element`; without effect if it was ever removed.
    pub fn add(&mut self, element: E) -> Self {
        Self {
            added: self.added.add(element),
            removed: GSet::default(),
        }
    }

    /// Removes `element` for ever, if it is here to be removed.
    pub fn remove(&mut self, element: &E) -> Option<Self> {
        self.contains(element).then(|| Self {
            added: GSet::default(),
            removed: self.removed.add(element.clone()),
        })
    }

    // region: two-phase-present
    /// Whether `element` was added and not removed.
    pub fn contains(&self, element: &E) -> bool {
        self.added.contains(element) && !self.removed.contains(element)
    }
    // endregion

    /// The elements that are present, in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.added
            .iter()
            .filter(|element| !self.removed.contains(element))
    }

    /// How many removals the state remembers.
    pub fn tombstones(&self) -> usize {
        self.removed.iter().count()
    }
}

impl<E: Wire + Ord> Lattice for TwoPhaseSet<E> {
    // region: two-phase-join
    fn merge(&mut self, other: &Self) -> bool {
        let more_added = self.added.merge(&other.added);
        let more_removed = self.removed.merge(&other.removed);
        more_added || more_removed
    }
    // endregion
}

impl<E: Wire + Ord> Crdt for TwoPhaseSet<E> {
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
        Self {
            added: self.added.news_in(&delta.added),
            removed: self.removed.news_in(&delta.removed),
        }
    }

    fn apply(&mut self, op: &Self) {
        self.merge(op);
    }
}
