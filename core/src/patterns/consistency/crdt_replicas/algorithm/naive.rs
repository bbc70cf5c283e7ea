//! Two types that look replicated and are not: what the others are careful about.
//!
//! Both have a merge that is commutative, associative and idempotent, so their copies do come to
//! agree. They agree on the wrong thing: an edit here is not a growth of the state, and the merge
//! cannot tell an edit undone from an edit never heard of.

use serde::{Deserialize, Serialize};

use super::{Crdt, Lattice, LwwRegister, ReplicaId, Wire};
use crate::sorted::SortedSet;
use crate::time::SimTime;

/// A counter kept as one number under "last write wins". Concurrent increments overwrite each
/// other.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Lattice, NaiveCounter, ReplicaId,
/// };
/// use orrery_core::time::SimTime;
///
/// let (mut here, mut there) = (NaiveCounter::default(), NaiveCounter::default());
/// here.add(ReplicaId(0), SimTime::from_secs(1), 1);
/// there.add(ReplicaId(1), SimTime::from_secs(2), 1);
/// here.merge(&there);
/// assert_eq!(here.value(), 1, "two were counted");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NaiveCounter {
    number: LwwRegister<i64>,
}

impl NaiveCounter {
    // region: naive-count
    /// Reads the number, adds `by` and writes it back at `replica`, whose clock shows `now`.
    pub fn add(&mut self, replica: ReplicaId, now: SimTime, by: i64) -> Self {
        let sum = self.value().saturating_add(by);
        Self {
            number: self.number.write(replica, now, sum),
        }
    }
    // endregion

    /// The number last written.
    pub fn value(&self) -> i64 {
        self.number.value().copied().unwrap_or(0)
    }
}

impl Lattice for NaiveCounter {
    fn merge(&mut self, other: &Self) -> bool {
        self.number.merge(&other.number)
    }
}

impl Crdt for NaiveCounter {
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
            number: self.number.news_in(&delta.number),
        }
    }

    fn apply(&mut self, op: &Self) {
        self.merge(op);
    }
}

/// A set merged by union. A removal removes here only; the next merge with a copy that still has
/// the element brings it back.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{Lattice, NaiveSet};
///
/// let mut here = NaiveSet::default();
/// here.add("tea");
/// let there = here.clone();
/// here.remove(&"tea");
/// here.merge(&there);
/// assert!(here.contains(&"tea"), "the deleted is back");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NaiveSet<E: Ord> {
    elements: SortedSet<E>,
}

impl<E: Ord> Default for NaiveSet<E> {
    fn default() -> Self {
        Self {
            elements: SortedSet::new(),
        }
    }
}

/// An edit of a [`NaiveSet`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NaiveSetOp<E> {
    /// The element was added.
    Add(E),
    /// The element was removed.
    Remove(E),
}

impl<E: Ord + Clone> NaiveSet<E> {
    /// Adds `element`.
    pub fn add(&mut self, element: E) -> NaiveSetOp<E> {
        self.elements.insert(element.clone());
        NaiveSetOp::Add(element)
    }

    /// Removes `element` from this copy.
    pub fn remove(&mut self, element: &E) -> NaiveSetOp<E> {
        self.elements.remove(element);
        NaiveSetOp::Remove(element.clone())
    }

    /// Whether `element` is present.
    pub fn contains(&self, element: &E) -> bool {
        self.elements.contains(element)
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.elements.iter()
    }
}

impl<E: Wire + Ord> Lattice for NaiveSet<E> {
    // region: naive-union
    fn merge(&mut self, other: &Self) -> bool {
        let before = self.elements.len();
        self.elements.extend(other.elements.iter().cloned()); // is it new, or was it removed?
        self.elements.len() > before
    }
    // endregion
}

impl<E: Wire + Ord> Crdt for NaiveSet<E> {
    type Delta = Self;
    type Op = NaiveSetOp<E>;

    fn merge_delta(&mut self, delta: &Self) -> bool {
        self.merge(delta)
    }

    /// The added element; for a removal nothing, since this state has no way to say it.
    fn delta_of(&self, op: &NaiveSetOp<E>) -> Self {
        match op {
            NaiveSetOp::Add(element) => Self {
                elements: SortedSet::from([element.clone()]),
            },
            NaiveSetOp::Remove(_) => Self::default(),
        }
    }

    fn whole(&self) -> Self {
        self.clone()
    }

    fn news_in(&self, delta: &Self) -> Self {
        let news = delta.elements.difference(&self.elements);
        Self {
            elements: news.cloned().collect(),
        }
    }

    fn apply(&mut self, op: &NaiveSetOp<E>) {
        match op {
            NaiveSetOp::Add(element) => self.add(element.clone()),
            NaiveSetOp::Remove(element) => self.remove(element),
        };
    }
}
