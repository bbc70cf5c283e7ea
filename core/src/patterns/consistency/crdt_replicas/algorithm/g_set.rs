//! A set that only grows. INRIA RR-7506 (2011), specification 11.

use serde::{Deserialize, Serialize};

use crate::sorted::SortedSet;

use super::{Crdt, Lattice, Wire};

/// A set to which elements are added and from which none is ever removed.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{GSet, Lattice};
///
/// let (mut here, mut there) = (GSet::default(), GSet::default());
/// here.add("tea");
/// there.add("milk");
/// here.merge(&there);
/// assert_eq!(here.iter().collect::<Vec<_>>(), [&"milk", &"tea"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GSet<E: Ord> {
    elements: SortedSet<E>,
}

impl<E: Ord> Default for GSet<E> {
    fn default() -> Self {
        Self {
            elements: SortedSet::new(),
        }
    }
}

impl<E: Ord + Clone> GSet<E> {
    /// Adds `element`.
    pub fn add(&mut self, element: E) -> Self {
        self.elements.insert(element.clone());
        Self {
            elements: SortedSet::from([element]),
        }
    }

    /// Whether `element` was added.
    pub fn contains(&self, element: &E) -> bool {
        self.elements.contains(element)
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.elements.iter()
    }
}

impl<E: Wire + Ord> Lattice for GSet<E> {
    // region: g-set-join
    fn merge(&mut self, other: &Self) -> bool {
        let before = self.elements.len();
        self.elements.extend(other.elements.iter().cloned());
        self.elements.len() > before
    }
    // endregion
}

impl<E: Wire + Ord> Crdt for GSet<E> {
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
        let news = delta.elements.difference(&self.elements);
        Self {
            elements: news.cloned().collect(),
        }
    }

    fn apply(&mut self, op: &Self) {
        self.merge(op);
    }
}
