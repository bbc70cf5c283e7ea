//! A bucket for every key, in bounded memory.
//!
//! Owns which keys are remembered. A bucket that is full again answers exactly like one that was
//! never used, so it need not be kept: what is kept is bounded by the keys that spent something
//! within the last time-to-fill, however many keys there have ever been.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::bucket::{Level, TokenBucket, Tokens};
use super::limit::Limit;
use crate::patterns::rate_limiting::limiter::{Decision, Limiter};
use crate::time::SimTime;

/// One bucket per key, all under the same [`Limit`], forgetting those that are full again.
///
/// All keys share one notion of the latest instant: for none of them does time run backwards.
///
/// A decision takes O(log k) for k buckets held, amortised: each is looked at again at most once
/// per time-to-fill.
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
    held: BTreeMap<K, Level>,
    /// For each key held, an instant at which to look whether it is full: never later than the
    /// instant at which it can be. Spending more does not move the entry; the look does.
    looks: BinaryHeap<Reverse<(SimTime, K)>>,
}

impl<K: Ord + Clone> KeyedTokenBuckets<K> {
    /// A full bucket for every key there may be, at `at`.
    pub const fn full(limit: Limit, at: SimTime) -> Self {
        Self::at_level(limit, at, Level::full(&limit, at))
    }

    /// An empty bucket for every key there may be, at `at`: for a limiter that has forgotten what
    /// was spent before.
    pub const fn empty(limit: Limit, at: SimTime) -> Self {
        Self::at_level(limit, at, Level::empty(at))
    }

    const fn at_level(limit: Limit, at: SimTime, idle: Level) -> Self {
        Self {
            limit,
            now: at,
            idle,
            held: BTreeMap::new(),
            looks: BinaryHeap::new(),
        }
    }

    /// Decides whether `key` may spend `cost` at `at`, and takes it if so.
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
            .filter_map(|(key, level)| Some(Reverse((self.next_look(*level)?, key.clone()))))
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
        let mut level = self.idle;
        let outcome = change(&mut level, &limit);
        if level != self.idle {
            self.look_again(key.clone(), level);
            self.held.insert(key.clone(), level);
        }
        outcome
    }

    /// Moves on to `at`, unless the clock has stepped back, and forgets whom it can.
    fn advance(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        self.idle.refill(&self.limit, self.now);
        // region: forget
        while let Some(Reverse((due, _))) = self.looks.peek()
            && *due <= self.now
            && let Some(Reverse((_, key))) = self.looks.pop()
            && let Some(level) = self.held.get_mut(&key)
        {
            level.refill(&self.limit, self.now);
            if *level == self.idle {
                self.held.remove(&key);
            } else {
                let level = *level;
                self.look_again(key, level);
            }
        }
        // endregion
    }

    fn look_again(&mut self, key: K, level: Level) {
        if let Some(due) = self.next_look(level) {
            self.looks.push(Reverse((due, key)));
        }
    }

    /// When `level` can be full at the earliest. Without refill that is never, and at the end of
    /// representable time it no longer matters.
    fn next_look(&self, level: Level) -> Option<SimTime> {
        level.full_at(&self.limit).filter(|due| *due > self.now)
    }
}

impl<K: Ord + Clone> Limiter<K> for KeyedTokenBuckets<K> {
    fn decide(&mut self, at: SimTime, key: &K, cost: u64) -> Decision {
        self.decide(at, key, cost)
    }
}
