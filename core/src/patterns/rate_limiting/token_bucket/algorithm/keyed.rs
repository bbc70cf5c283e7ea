//! A bucket for every key, in bounded memory.
//!
//! Owns which keys are remembered. A bucket that is full again answers exactly like one that was
//! never used, so it need not be kept: what is kept is bounded by the keys that spent something
//! within the last time-to-fill, however many keys there have ever been.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::hash::Hash;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::bucket::{Level, TokenBucket, Tokens};
use super::limit::Limit;
use crate::patterns::rate_limiting::limiter::{Decision, Limiter};
use crate::time::SimTime;

/// One bucket per key, all under the same [`Limit`], forgetting those that are full again.
///
/// All keys share one notion of the latest instant: for none of them does time run backwards.
///
/// A decision finds its bucket by hash, in O(1). Besides, each of k buckets held is looked at again at
/// most once per time-to-fill, in O(log k).
///
/// The hash is quick and the same everywhere, so no answer differs from run to run. Strangers who can
/// choose their keys could choose such as collide: give those a keyed hash of what they send.
///
/// ```
/// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{
///     KeyedTokenBuckets, Limit, Rate,
/// };
/// use orrery_core::time::SimTime;
///
/// let mut buckets = KeyedTokenBuckets::full(Limit::new(1, Rate::per_second(1))?, SimTime::ZERO);
/// assert!(buckets.decide(SimTime::ZERO, &"ann", 1).is_admitted());
/// assert!(buckets.decide(SimTime::ZERO, &"ben", 1).is_admitted());
/// assert!(!buckets.decide(SimTime::ZERO, &"ann", 1).is_admitted());
/// assert_eq!(buckets.held(), 2);
///
/// // A second later both would be full again; only the one in use is held.
/// assert!(buckets.decide(SimTime::from_secs(1), &"ann", 1).is_admitted());
/// assert_eq!(buckets.held(), 1);
/// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KeyedTokenBuckets<K> {
    limit: Limit,
    /// The latest instant seen, for any key.
    now: SimTime,
    /// The level of a key that is not held. Full, except that after an empty start or a rise of
    /// the capacity it has to fill up like everybody else's.
    idle: Level,
    /// In an order that follows from what was asked, whatever the hashes are.
    held: IndexMap<K, Level, FxBuildHasher>,
    /// For each key held, an instant at which to look whether it is full: never later than the
    /// instant at which it can be. Spending more does not move the entry; the look does.
    looks: BinaryHeap<Look<K>>,
}

/// When to look at the bucket of a key. The earliest is the greatest; keys make no difference.
#[derive(Debug, Clone)]
struct Look<K> {
    due: SimTime,
    key: K,
}

impl<K: Hash + Eq + Clone> KeyedTokenBuckets<K> {
    /// A full bucket for every key there may be, at `at`.
    pub const fn full(limit: Limit, at: SimTime) -> Self {
        Self::at_level(limit, at, Level::full(at))
    }

    /// An empty bucket for every key there may be, at `at`: for a limiter that has forgotten what
    /// was spent before.
    pub const fn empty(limit: Limit, at: SimTime) -> Self {
        Self::at_level(limit, at, Level::empty(&limit, at))
    }

    const fn at_level(limit: Limit, at: SimTime, idle: Level) -> Self {
        Self {
            limit,
            now: at,
            idle,
            held: IndexMap::with_hasher(FxBuildHasher),
            looks: BinaryHeap::new(),
        }
    }

    /// Takes `cost` tokens from `key` if they are there at `at`, and says whether.
    #[inline]
    pub fn try_take(&mut self, at: SimTime, key: &K, cost: u64) -> bool {
        self.update(at, key, |level, limit| level.try_take(limit, at, cost))
    }

    /// Like [`try_take`](Self::try_take), with everything a client may want to be told.
    #[inline]
    pub fn decide(&mut self, at: SimTime, key: &K, cost: u64) -> Decision {
        self.update(at, key, |level, limit| level.decide(limit, at, cost))
    }

    /// Takes `cost` from `key` at `at` whether it is there or not, as [`Level::charge`] does.
    pub fn charge(&mut self, at: SimTime, key: &K, cost: u64) {
        self.update(at, key, |level, limit| level.charge(limit, at, cost));
    }

    /// The tokens that `key` has at `at`, without touching its bucket.
    pub fn tokens(&self, at: SimTime, key: &K) -> Tokens {
        self.bucket(key).tokens(at)
    }

    /// A copy of the bucket of `key`, held or not.
    pub fn bucket(&self, key: &K) -> TokenBucket {
        let mut level = *self.held.get(key).unwrap_or(&self.idle);
        level.refill(&self.limit, self.now);
        TokenBucket {
            limit: self.limit,
            level,
        }
    }

    /// How many buckets are held: those that were not full when last looked at.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The limit in force.
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Puts another limit in force for all keys from `at` on, as
    /// [`TokenBucket::set_limit`](super::TokenBucket::set_limit) does for one. O(k log k) for k
    /// buckets held.
    pub fn set_limit(&mut self, at: SimTime, limit: Limit) {
        self.advance(at);
        for level in self.held.values_mut().chain([&mut self.idle]) {
            level.change_limit(&self.limit, &limit, self.now);
        }
        self.limit = limit;
        self.held.retain(|_, level| *level != self.idle);
        self.looks = self
            .held
            .iter()
            .filter_map(|(key, level)| {
                let due = next_look(&self.limit, *level, self.now)?;
                let key = key.clone();
                Some(Look { due, key })
            })
            .collect();
    }

    /// Changes the level of `key`, held or not, at `at`, and holds it from then on if need be.
    #[inline]
    fn update<T>(
        &mut self,
        at: SimTime,
        key: &K,
        change: impl FnOnce(&mut Level, &Limit) -> T,
    ) -> T {
        self.advance(at);
        let limit = self.limit;
        if let Some(level) = self.held.get_mut(key) {
            level.refill(&limit, self.now);
            return change(level, &limit);
        }
        self.idle.refill(&limit, self.now);
        let mut level = self.idle;
        let outcome = change(&mut level, &limit);
        if level != self.idle {
            if let Some(due) = next_look(&limit, level, self.now) {
                let key = key.clone();
                self.looks.push(Look { due, key });
            }
            self.held.insert(key.clone(), level);
        }
        outcome
    }

    /// Moves on to `at`, unless the clock has stepped back, and forgets whom it can.
    #[inline]
    fn advance(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        if self.looks.peek().is_some_and(|look| look.due <= self.now) {
            self.forget();
        }
    }

    /// Forgets those who are due to be looked at and are full again.
    #[inline(never)]
    fn forget(&mut self) {
        self.idle.refill(&self.limit, self.now);
        // region: forget
        while let Some(mut look) = self.looks.peek_mut()
            && look.due <= self.now
        {
            let level = self.held.get_mut(&look.key).map(|level| {
                level.refill(&self.limit, self.now);
                *level
            });
            let full = level.is_none_or(|level| level == self.idle);
            match level.and_then(|level| next_look(&self.limit, level, self.now)) {
                Some(due) if !full => look.due = due,
                Some(_) | None => {
                    let Look { key, .. } = PeekMut::pop(look);
                    if full {
                        self.held.swap_remove(&key);
                    }
                }
            }
        }
        // endregion
    }
}

/// When `level` can be full at the earliest. Without refill that is never, and at the end of
/// representable time it no longer matters.
fn next_look(limit: &Limit, level: Level, now: SimTime) -> Option<SimTime> {
    level.full_at(limit).filter(|due| *due > now)
}

impl<K: Hash + Eq + Clone> Limiter<K> for KeyedTokenBuckets<K> {
    fn decide(&mut self, at: SimTime, key: &K, cost: u64) -> Decision {
        self.decide(at, key, cost)
    }
}

impl<K> Ord for Look<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.due.cmp(&self.due)
    }
}

impl<K> PartialOrd for Look<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> PartialEq for Look<K> {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl<K> Eq for Look<K> {}
