//! A set from which elements can be removed and added again.
//!
//! An addition is a new dot; a removal removes the dots that its author saw, so that an addition
//! made elsewhere at the same time survives. Removed elements leave nothing behind but their
//! place in the causal context: no tombstones. Bieniusa et al., INRIA RR-8083 (2012); Almeida,
//! Shoker and Baquero (2018), figure 8.

use super::{Causal, DotMap, DotSet, ReplicaId, Wire};

/// An observed-remove set: of an addition and a removal that did not see each other, the
/// addition wins.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{Lattice, OrSet, ReplicaId};
///
/// let mut here = OrSet::default();
/// here.add(ReplicaId(0), "tea");
/// let old_copy = here.clone();
/// here.remove(&"tea");
/// here.merge(&old_copy);
/// assert!(!here.contains(&"tea"), "an old copy cannot bring it back");
/// ```
pub type OrSet<E> = Causal<DotMap<E, DotSet>>;

impl<E: Wire + Ord> OrSet<E> {
    // region: or-set-add
    /// Adds `element` at `replica`: one new dot in place of the dots seen on it.
    pub fn add(&mut self, replica: ReplicaId, element: E) -> Self {
        self.edit(replica, |seen, dot| {
            seen.update(element, |dots| dots.assert(dot))
        })
    }
    // endregion

    // region: or-set-remove
    /// Removes `element` as far as it is seen here; `None` if it is not.
    pub fn remove(&mut self, element: &E) -> Option<Self> {
        self.remove_key(element)
    }
    // endregion

    /// Whether `element` is present.
    pub fn contains(&self, element: &E) -> bool {
        self.store.get(element).is_some()
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.store.iter().map(|(element, _)| element)
    }
}
