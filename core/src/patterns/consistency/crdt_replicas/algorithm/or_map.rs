//! A map whose values are replicated data themselves.
//!
//! All values share the map's causal context, so removing a key removes exactly what was seen
//! under it: an update made elsewhere at the same time brings the key back with that update
//! alone. Almeida, Shoker and Baquero (2018), figure 9.

use super::{Causal, Dot, DotMap, DotStore, Edit, ReplicaId, Wire};

/// An observed-remove map. Values are stores: [`DotFun`](super::DotFun) for a multi-value
/// register, [`DotSet`](super::DotSet) for a flag, [`DotMap`] for a set or a map within.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     DotFun, Lattice, OrMap, ReplicaId,
/// };
///
/// let (one, two) = (ReplicaId(0), ReplicaId(1));
/// let mut here: OrMap<&str, DotFun<u32>> = OrMap::default();
/// here.update(one, "tea", |quantity, dot| quantity.write(dot, 1));
/// let mut there = here.clone();
///
/// here.remove_key(&"tea");
/// there.update(two, "tea", |quantity, dot| quantity.write(dot, 2));
/// here.merge(&there);
/// let tea = here.get(&"tea").expect("the update was not seen by the removal");
/// assert_eq!(tea.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2]);
/// ```
pub type OrMap<K, S> = Causal<DotMap<K, S>>;

impl<K: Wire + Ord, S: DotStore> OrMap<K, S> {
    // region: map-update
    /// Makes `change` at `replica` to the value under `key`, which may be new.
    pub fn update(
        &mut self,
        replica: ReplicaId,
        key: K,
        change: impl FnOnce(&S, Dot) -> Edit<S>,
    ) -> Self {
        self.edit(replica, |seen, dot| {
            seen.update(key, |value| change(value, dot))
        })
    }
    // endregion

    // region: map-remove
    /// Removes what is seen under `key`; `None` if there is nothing.
    pub fn remove_key(&mut self, key: &K) -> Option<Self> {
        let observed = self.store.get(key)?.dots();
        Some(self.forget(observed))
    }
    // endregion

    /// The value under `key`.
    pub fn get(&self, key: &K) -> Option<&S> {
        self.store.get(key)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.store.iter().map(|(key, _)| key)
    }
}
