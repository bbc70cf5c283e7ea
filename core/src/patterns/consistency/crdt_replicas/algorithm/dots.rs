//! The common machine of the types that can remove: values under dots, beside a causal context.
//!
//! Owns the join and the shape of an edit; the multi-value register, the observed-remove set and
//! map are three stores put into it. Almeida, Shoker and Baquero, *Delta State Replicated Data
//! Types*, JPDC 111 (2018), section 7.2; for sets without tombstones, Bieniusa et al., *An
//! optimized conflict-free replicated set*, INRIA RR-8083 (2012).
//!
//! The rule everywhere: what one copy shows and the other does not is kept if the other has never
//! heard of it, and dropped if the other has heard of it, because then it was removed there.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::sorted::{SortedMap, SortedSet};

use super::{CausalContext, Crdt, Dot, Lattice, ReplicaId, Wire};

/// Dots, with what hangs on them, that can be joined in the light of two causal contexts.
pub trait DotStore: Wire + Default {
    /// Whether no dot is left.
    fn is_empty(&self) -> bool;

    /// All dots in the store.
    fn dots(&self) -> Vec<Dot>;

    /// Keeps the dots for which `keep` holds, with what hangs on them.
    fn retain(&mut self, keep: &dyn Fn(Dot) -> bool);

    /// Joins `other`, seen by `others_context`, into `self`, seen by `context`. Tells whether
    /// `self` changed.
    fn join(
        &mut self,
        context: &CausalContext,
        other: &Self,
        others_context: &CausalContext,
    ) -> bool;
}

/// A store and everything it has ever seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Causal<S> {
    pub(super) store: S,
    context: CausalContext,
}

/// What an edit puts into a store and which dots it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit<S> {
    /// The new dots, where they belong.
    pub adds: S,
    /// The dots that its author saw there and that go.
    pub replaces: Vec<Dot>,
}

impl<S: DotStore> Causal<S> {
    /// Everything this state has seen.
    pub fn context(&self) -> &CausalContext {
        &self.context
    }

    /// What is left of it.
    pub fn store(&self) -> &S {
        &self.store
    }

    // region: dotted-edit
    /// Makes the edit that `change` plans for the present store and the next dot of `replica`,
    /// whose copy this must be, and returns it as a delta.
    pub fn edit(&mut self, replica: ReplicaId, change: impl FnOnce(&S, Dot) -> Edit<S>) -> Self {
        let edit = change(&self.store, self.context.next_dot(replica));
        self.commit(edit)
    }

    /// Removes `observed`: those dots, and only those, go.
    pub(super) fn forget(&mut self, observed: Vec<Dot>) -> Self {
        self.commit(Edit {
            adds: S::default(),
            replaces: observed,
        })
    }

    fn commit(&mut self, edit: Edit<S>) -> Self {
        let context = edit.adds.dots().into_iter().chain(edit.replaces).collect();
        let delta = Self {
            store: edit.adds,
            context,
        };
        self.merge(&delta);
        delta
    }
    // endregion
}

impl<S: DotStore> Lattice for Causal<S> {
    fn merge(&mut self, other: &Self) -> bool {
        let shows_more = self.store.join(&self.context, &other.store, &other.context);
        let knows_more = self.context.merge(&other.context);
        shows_more || knows_more
    }
}

impl<S: DotStore> Crdt for Causal<S> {
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

    // region: news
    fn news_in(&self, delta: &Self) -> Self {
        let shown: SortedSet<Dot> = delta.store.dots().into_iter().collect();
        let removed = self
            .store
            .dots()
            .into_iter()
            .filter(|dot| delta.context.contains(*dot) && !shown.contains(dot));
        let mut store = delta.store.clone();
        store.retain(&|dot| !self.context.contains(dot));
        Self {
            store,
            context: delta
                .context
                .beyond(&self.context)
                .into_iter()
                .chain(removed)
                .collect(),
        }
    }
    // endregion

    fn apply(&mut self, op: &Self) {
        self.merge(op);
    }
}

/// Dots with nothing on them: present while one is left.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DotSet(SortedSet<Dot>);

impl DotSet {
    /// The edit that makes the set present under `dot` alone.
    pub fn assert(&self, dot: Dot) -> Edit<Self> {
        Edit {
            adds: Self(SortedSet::from([dot])),
            replaces: self.dots(),
        }
    }
}

impl DotStore for DotSet {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn dots(&self) -> Vec<Dot> {
        self.0.iter().copied().collect()
    }

    fn retain(&mut self, keep: &dyn Fn(Dot) -> bool) {
        self.0.retain(|dot| keep(*dot));
    }

    // region: keep-or-drop
    fn join(
        &mut self,
        context: &CausalContext,
        other: &Self,
        others_context: &CausalContext,
    ) -> bool {
        let before = self.0.len();
        // What the other has seen and no longer shows was removed there.
        self.0
            .retain(|dot| other.0.contains(dot) || !others_context.contains(*dot));
        let dropped = self.0.len() < before;
        // What the other shows and this side has never seen is new; else it was removed here.
        let news = other.0.iter().filter(|dot| !context.contains(**dot));
        let kept = self.0.len();
        self.0.extend(news);
        dropped || self.0.len() > kept
    }
    // endregion
}

/// A value on each dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DotFun<V>(SortedMap<Dot, V>);

impl<V> Default for DotFun<V> {
    fn default() -> Self {
        Self(SortedMap::new())
    }
}

impl<V: Wire> DotFun<V> {
    /// The edit that puts `value` under `dot` in place of all that is seen.
    pub fn write(&self, dot: Dot, value: V) -> Edit<Self> {
        Edit {
            adds: Self(SortedMap::from([(dot, value)])),
            replaces: self.dots(),
        }
    }

    /// The values, by dot.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, &V)> {
        self.0.iter().map(|(&dot, value)| (dot, value))
    }
}

impl<V: Wire> DotStore for DotFun<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn dots(&self) -> Vec<Dot> {
        self.0.keys().copied().collect()
    }

    fn retain(&mut self, keep: &dyn Fn(Dot) -> bool) {
        self.0.retain(|dot, _| keep(*dot));
    }

    fn join(
        &mut self,
        context: &CausalContext,
        other: &Self,
        others_context: &CausalContext,
    ) -> bool {
        let before = self.0.len();
        self.0
            .retain(|dot, _| other.0.contains_key(dot) || !others_context.contains(*dot));
        let dropped = self.0.len() < before;
        let kept = self.0.len();
        for (&dot, value) in &other.0 {
            if !context.contains(dot) {
                self.0.insert(dot, value.clone());
            }
        }
        dropped || self.0.len() > kept
    }
}

/// A store under each key; keys whose store is empty are gone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DotMap<K: Ord, S>(SortedMap<K, S>);

impl<K: Ord, S> Default for DotMap<K, S> {
    fn default() -> Self {
        Self(SortedMap::new())
    }
}

impl<K: Wire + Ord, S: DotStore> DotMap<K, S> {
    /// The edit that makes `change` to the store under `key`.
    pub fn update(&self, key: K, change: impl FnOnce(&S) -> Edit<S>) -> Edit<Self> {
        let absent = S::default();
        let inner = change(self.0.get(&key).unwrap_or(&absent));
        Edit {
            adds: Self(SortedMap::from([(key, inner.adds)])),
            replaces: inner.replaces,
        }
    }

    /// The store under `key`.
    pub fn get(&self, key: &K) -> Option<&S> {
        self.0.get(key)
    }

    /// The keys and their stores, in order of key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &S)> {
        self.0.iter()
    }
}

impl<K: Wire + Ord, S: DotStore> DotStore for DotMap<K, S> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn dots(&self) -> Vec<Dot> {
        self.0.values().flat_map(DotStore::dots).collect()
    }

    fn retain(&mut self, keep: &dyn Fn(Dot) -> bool) {
        self.0.retain(|_, store| {
            store.retain(keep);
            !store.is_empty()
        });
    }

    fn join(
        &mut self,
        context: &CausalContext,
        other: &Self,
        others_context: &CausalContext,
    ) -> bool {
        let absent = S::default();
        let mut changed = false;
        self.0.retain(|key, mine| {
            let theirs = other.0.get(key).unwrap_or(&absent);
            changed |= mine.join(context, theirs, others_context);
            !mine.is_empty()
        });
        for (key, theirs) in &other.0 {
            if !self.0.contains_key(key) {
                let mut news = S::default();
                news.join(context, theirs, others_context);
                if !news.is_empty() {
                    self.0.insert(key.clone(), news);
                    changed = true;
                }
            }
        }
        changed
    }
}
