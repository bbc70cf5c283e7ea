//! Who did what, and who has seen it: dots, version vectors and causal contexts.
//!
//! Owns the bookkeeping of causality that the dotted types, the text and causal broadcast share.
//! After Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, JPDC 111 (2018),
//! section 7.1, and Preguiça et al., *Dotted Version Vectors*, arXiv:1011.5808.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sorted::SortedSet;

use super::Lattice;

/// A replica, by its place in the membership list.
///
/// Small numbers are cheap here: vectors are indexed by them. A system with large random names
/// keeps a table from name to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplicaId(pub u16);

/// One event: the `counter`-th of its `replica`, counted from 1. No other event has the same dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dot {
    /// Where it happened.
    pub replica: ReplicaId,
    /// Which of that replica's events it is; the first is 1.
    pub counter: u64,
}

/// A number for each replica, zero unless raised; joined by taking the larger of each.
///
/// Sent sparsely, as pairs of replica and number: a vector with one entry is a small message
/// however many replicas there are. Reading an entry and raising it is O(1), merging O(replicas).
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Lattice, PerReplica, ReplicaId,
/// };
///
/// let mut seen = PerReplica::default();
/// seen.raise(ReplicaId(0), 3);
/// let mut other = PerReplica::default();
/// other.raise(ReplicaId(0), 2);
/// other.raise(ReplicaId(4), 1);
/// assert!(!seen.covers(&other));
/// assert!(seen.merge(&other), "replica 4 is news");
/// assert_eq!((seen.get(ReplicaId(0)), seen.get(ReplicaId(4))), (3, 1));
/// ```
// The last number is never zero, so that equal contents are equal vectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PerReplica(Vec<u64>);

/// How many events of each replica are known, none left out.
pub type VersionVector = PerReplica;

impl PerReplica {
    /// The number of `replica`.
    pub fn get(&self, replica: ReplicaId) -> u64 {
        self.0.get(usize::from(replica.0)).copied().unwrap_or(0)
    }

    /// Makes the number of `replica` at least `number`. Tells whether that changed it.
    pub fn raise(&mut self, replica: ReplicaId, number: u64) -> bool {
        let place = usize::from(replica.0);
        if number <= self.get(replica) {
            return false;
        }
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] = number;
        true
    }

    /// The replicas whose number is not zero, with it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ReplicaId, u64)> + '_ {
        (0..)
            .map(ReplicaId)
            .zip(self.0.iter().copied())
            .filter(|&(_, number)| number > 0)
    }

    /// All the numbers added up, without overflow.
    pub fn sum(&self) -> u128 {
        self.0.iter().map(|&number| u128::from(number)).sum()
    }

    /// Whether every number here is at least the one in `other`.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.len() >= other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(mine, theirs)| mine >= theirs)
    }

    /// The numbers that are larger here than in `known`; zero elsewhere.
    #[must_use]
    pub fn above(&self, known: &Self) -> Self {
        let mut news = Self::default();
        for (replica, number) in self.iter() {
            if number > known.get(replica) {
                news.raise(replica, number);
            }
        }
        news
    }

    /// The smaller of each number: what both know.
    pub fn meet(&self, other: &Self) -> Self {
        let mut common = Self::default();
        for (replica, number) in self.iter() {
            common.raise(replica, number.min(other.get(replica)));
        }
        common
    }

    /// Whether `dot` is among the first events of its replica that are known.
    pub fn contains(&self, dot: Dot) -> bool {
        dot.counter <= self.get(dot.replica)
    }

    /// The dot of the next event at `replica`.
    pub fn next_dot(&self, replica: ReplicaId) -> Dot {
        Dot {
            replica,
            counter: self.get(replica) + 1,
        }
    }
}

impl Lattice for PerReplica {
    // region: larger-of-each
    fn merge(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut grew = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            grew |= *mine < *theirs;
            *mine = (*mine).max(*theirs);
        }
        grew
    }
    // endregion
}

impl Serialize for PerReplica {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_map(Some(self.iter().count()))?;
        for (replica, number) in self.iter() {
            entries.serialize_entry(&replica, &number)?;
        }
        entries.end()
    }
}

impl<'de> Deserialize<'de> for PerReplica {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = PerReplica;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map from replica to number")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PerReplica, A::Error> {
                let mut numbers = PerReplica::default();
                while let Some((replica, number)) = map.next_entry()? {
                    numbers.raise(replica, number);
                }
                Ok(numbers)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The set of all dots that a state has seen, whether or not they still show in it.
///
/// Dots without a gap below them are one number per replica; the few that came early wait in a
/// cloud. So a removed element needs no tombstone: that its dot is in here and its element is
/// not says that it was removed.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     CausalContext, Dot, ReplicaId,
/// };
///
/// let dot = |counter| Dot { replica: ReplicaId(0), counter };
/// let mut seen = CausalContext::default();
/// seen.insert(dot(1));
/// seen.insert(dot(3));
/// assert_eq!(seen.cloud_len(), 1, "2 is missing, so 3 has to be remembered on its own");
/// seen.insert(dot(2));
/// assert_eq!(seen.cloud_len(), 0, "no gap is left: the three are the number 3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CausalContext {
    vector: VersionVector,
    cloud: SortedSet<Dot>,
}

impl CausalContext {
    /// Whether `dot` has been seen.
    pub fn contains(&self, dot: Dot) -> bool {
        self.vector.contains(dot) || self.cloud.contains(&dot)
    }

    /// Records that `dot` has been seen. Tells whether it is new.
    pub fn insert(&mut self, dot: Dot) -> bool {
        if self.contains(dot) {
            return false;
        }
        self.cloud.insert(dot);
        self.compact(dot.replica);
        true
    }

    /// The dot of the next event at `replica`, which must itself call this on its own state only.
    pub fn next_dot(&self, replica: ReplicaId) -> Dot {
        // A replica makes its own dots, so it has seen all of them: none waits in its cloud.
        self.vector.next_dot(replica)
    }

    /// The dots without a gap below them.
    pub fn vector(&self) -> &VersionVector {
        &self.vector
    }

    /// The dots seen here and not in `known`.
    pub fn beyond(&self, known: &Self) -> Vec<Dot> {
        let from_vector = self.vector.iter().flat_map(|(replica, last)| {
            let counters = known.vector.get(replica) + 1..=last;
            counters.map(move |counter| Dot { replica, counter })
        });
        from_vector
            .chain(self.cloud.iter().copied())
            .filter(|dot| !known.contains(*dot))
            .collect()
    }

    /// How many dots are remembered one by one because an earlier one is missing.
    pub fn cloud_len(&self) -> usize {
        self.cloud.len()
    }

    // region: compact
    /// Moves dots of `replica` that have no gap below them any more from the cloud to the vector.
    fn compact(&mut self, replica: ReplicaId) {
        loop {
            let next = self.vector.next_dot(replica);
            if !self.cloud.remove(&next) {
                break;
            }
            self.vector.raise(replica, next.counter);
        }
        let known = self.vector.get(replica);
        let low = |counter| Dot { replica, counter };
        while let Some(&stale) = self.cloud.range(low(0)..=low(known)).next() {
            self.cloud.remove(&stale);
        }
    }
    // endregion
}

impl Lattice for CausalContext {
    fn merge(&mut self, other: &Self) -> bool {
        let mut grew = self.vector.merge(&other.vector);
        for &dot in &other.cloud {
            if !self.contains(dot) {
                self.cloud.insert(dot);
                grew = true;
            }
        }
        let waiting: SortedSet<ReplicaId> = self.cloud.iter().map(|dot| dot.replica).collect();
        for replica in waiting {
            self.compact(replica);
        }
        grew
    }
}

impl Extend<Dot> for CausalContext {
    fn extend<I: IntoIterator<Item = Dot>>(&mut self, dots: I) {
        for dot in dots {
            self.insert(dot);
        }
    }
}

impl FromIterator<Dot> for CausalContext {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut context = Self::default();
        context.extend(dots);
        context
    }
}
