//! Maps and sets kept in order in one run of memory.
//!
//! They do what the ordered collections of the standard library do, in the same order, and take a
//! tenth of their code: each type of key and value brings code of its own over the wire, so a model
//! with a dozen small maps is a matter of tens of kilobytes. Looking up is a binary search; to
//! insert moves what lies behind, so entries that come in order cost nothing extra, and others are
//! for maps of up to some thousand entries. Beyond that, and where keys come from outside, the
//! standard ones are right.

use std::borrow::Borrow;
use std::fmt;
use std::iter;
use std::ops::{Bound, Index, Range, RangeBounds};
use std::slice;
use std::vec;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A map in the order of its keys.
///
/// ```
/// use orrery_core::sorted::SortedMap;
///
/// let mut stock = SortedMap::from([("pears", 3), ("apples", 2)]);
/// *stock.entry("apples").or_default() += 5;
/// assert_eq!(stock.first_key_value(), Some((&"apples", &7)));
/// assert_eq!(stock.range("b"..).count(), 1);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

/// A set in its order.
///
/// ```
/// use orrery_core::sorted::SortedSet;
///
/// let mut odd: SortedSet<u8> = [5, 3, 1, 3].into_iter().collect();
/// assert!(odd.insert(7) && !odd.insert(5));
/// assert_eq!(odd.iter().copied().collect::<Vec<u8>>(), [1, 3, 5, 7]);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SortedSet<T> {
    members: Vec<T>,
}

/// The entries of a map, in order.
pub type Iter<'a, K, V> = iter::Map<slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

/// The entries of a map, in order, with values to be changed.
pub type IterMut<'a, K, V> =
    iter::Map<slice::IterMut<'a, (K, V)>, fn(&'a mut (K, V)) -> (&'a K, &'a mut V)>;

/// A place in a map.
#[derive(Debug)]
pub enum Entry<'a, K, V> {
    /// There is a value.
    Occupied(&'a mut V),
    /// There is none yet.
    Vacant(VacantEntry<'a, K, V>),
}

/// A place in a map that has no value yet.
#[derive(Debug)]
pub struct VacantEntry<'a, K, V> {
    entries: &'a mut Vec<(K, V)>,
    place: usize,
    key: K,
}

impl<K, V> SortedMap<K, V> {
    /// A map without entries.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.entries.iter().map(pair)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The entry with the lowest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.entries.first().map(pair)
    }

    /// Keeps those entries that a test lets stay.
    pub fn retain(&mut self, mut stays: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| stays(key, value));
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where a key is, or belongs.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries
            .binary_search_by(|(other, _)| other.borrow().cmp(key))
    }

    /// The value at a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(&self.entries.get(place)?.1)
    }

    /// The value at a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(&mut self.entries.get_mut(place)?.1)
    }

    /// Whether there is a value at a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Puts a value at a key and returns the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.entry(key) {
            Entry::Occupied(there) => Some(std::mem::replace(there, value)),
            Entry::Vacant(place) => {
                place.insert(value);
                None
            }
        }
    }

    /// Takes out the value at a key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.entries.remove(place).1)
    }

    /// The place of a key, whether there is a value or not.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        match self.place(&key) {
            Ok(place) => Entry::Occupied(&mut self.entries[place].1),
            Err(place) => Entry::Vacant(VacantEntry {
                entries: &mut self.entries,
                place,
                key,
            }),
        }
    }

    /// The entries whose keys are within bounds.
    pub fn range<Q: Ord + ?Sized>(&self, bounds: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let within = within(&self.entries, &bounds, |(key, _)| key.borrow());
        self.entries[within].iter().map(pair)
    }
}

fn pair<K, V>((key, value): &(K, V)) -> (&K, &V) {
    (key, value)
}

fn pair_mut<K, V>((key, value): &mut (K, V)) -> (&K, &mut V) {
    (key, value)
}

/// The indices of what is within bounds.
fn within<T, Q: Ord + ?Sized>(
    sorted: &[T],
    bounds: &impl RangeBounds<Q>,
    key: impl Fn(&T) -> &Q,
) -> Range<usize> {
    let start = match bounds.start_bound() {
        Bound::Unbounded => 0,
        Bound::Included(low) => sorted.partition_point(|entry| key(entry) < low),
        Bound::Excluded(low) => sorted.partition_point(|entry| key(entry) <= low),
    };
    let end = match bounds.end_bound() {
        Bound::Unbounded => sorted.len(),
        Bound::Included(high) => sorted.partition_point(|entry| key(entry) <= high),
        Bound::Excluded(high) => sorted.partition_point(|entry| key(entry) < high),
    };
    start..end.max(start)
}

impl<'a, K, V> Entry<'a, K, V> {
    /// The value; where there was none, the one that is given.
    pub fn or_insert(self, value: V) -> &'a mut V {
        match self {
            Self::Occupied(there) => there,
            Self::Vacant(place) => place.insert(value),
        }
    }

    /// The value; where there was none, the usual one.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        match self {
            Self::Occupied(there) => there,
            Self::Vacant(place) => place.insert(V::default()),
        }
    }
}

impl<'a, K, V> VacantEntry<'a, K, V> {
    /// Puts a value here.
    pub fn insert(self, value: V) -> &'a mut V {
        self.entries.insert(self.place, (self.key, value));
        &mut self.entries[self.place].1
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// The value at a key that is there.
impl<K: Borrow<Q> + Ord, Q: Ord + ?Sized, V> Index<&Q> for SortedMap<K, V> {
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("there is a value at the key")
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut SortedMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter_mut().map(pair_mut)
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K: Ord + Copy, V: Copy> Extend<(&'a K, &'a V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(key, value)| (*key, *value)));
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(SortedMap::new()))
    }
}

/// What was read so far of a map.
struct Entries<K, V>(SortedMap<K, V>);

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = SortedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some((key, value)) = map.next_entry()? {
            self.0.insert(key, value);
        }
        Ok(self.0)
    }
}

impl<T> SortedSet<T> {
    /// A set without members.
    pub const fn new() -> Self {
        Self {
            members: Vec::new(),
        }
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members, in order.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.members.iter()
    }

    /// The lowest member.
    pub fn first(&self) -> Option<&T> {
        self.members.first()
    }

    /// Keeps those members that a test lets stay.
    pub fn retain(&mut self, stays: impl FnMut(&T) -> bool) {
        self.members.retain(stays);
    }
}

impl<T: Ord> SortedSet<T> {
    /// Whether this is a member.
    pub fn contains<Q: Ord + ?Sized>(&self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.place(member).is_ok()
    }

    /// Adds a member; whether it was none before.
    pub fn insert(&mut self, member: T) -> bool {
        let place = self.place(&member);
        if let Err(place) = place {
            self.members.insert(place, member);
        }
        place.is_err()
    }

    /// Takes out a member; whether it was one.
    pub fn remove<Q: Ord + ?Sized>(&mut self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        let place = self.place(member);
        if let Ok(place) = place {
            self.members.remove(place);
        }
        place.is_ok()
    }

    /// The members within bounds.
    pub fn range<Q: Ord + ?Sized>(&self, bounds: impl RangeBounds<Q>) -> slice::Iter<'_, T>
    where
        T: Borrow<Q>,
    {
        let within = within(&self.members, &bounds, |member| member.borrow());
        self.members[within].iter()
    }

    /// The members that another set does not have, in order.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a T> + Clone {
        self.iter().filter(|member| !other.contains(*member))
    }

    /// Where a member is, or belongs.
    fn place<Q: Ord + ?Sized>(&self, member: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.members
            .binary_search_by(|other| other.borrow().cmp(member))
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SortedSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<'a, T> IntoIterator for &'a SortedSet<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<'a, T: Ord + Copy> Extend<&'a T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, members: I) {
        self.extend(members.into_iter().copied());
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::new();
        set.extend(members);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for SortedSet<T> {
    fn from(members: [T; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<T: Serialize> Serialize for SortedSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for SortedSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_holds_what_the_standard_one_holds(deeds in deeds()) {
            let (mut ours, mut theirs) = (SortedMap::new(), BTreeMap::new());
            for (key, value) in deeds {
                match value {
                    Some(value) => prop_assert_eq!(ours.insert(key, value), theirs.insert(key, value)),
                    None => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                }
                *ours.entry(key / 2).or_insert(7) += 1;
                *theirs.entry(key / 2).or_insert(7) += 1;
                prop_assert_eq!(ours.get(&key), theirs.get(&key));
                prop_assert!(ours.iter().eq(theirs.iter()));
                prop_assert!(ours.range(..key).eq(theirs.range(..key)));
                prop_assert!(ours.range(key / 2..=key).eq(theirs.range(key / 2..=key)));
            }
            let text = serde_json::to_string(&ours).expect("it is data");
            prop_assert_eq!(&text, &serde_json::to_string(&theirs).expect("it is data"));
            prop_assert_eq!(serde_json::from_str::<SortedMap<u8, u16>>(&text).ok(), Some(ours));
        }

        #[test]
        fn a_set_holds_what_the_standard_one_holds(deeds in deeds(), others in any::<Vec<u8>>()) {
            let (mut ours, mut theirs) = (SortedSet::new(), BTreeSet::new());
            for (member, value) in deeds {
                match value {
                    Some(_) => prop_assert_eq!(ours.insert(member), theirs.insert(member)),
                    None => prop_assert_eq!(ours.remove(&member), theirs.remove(&member)),
                }
                prop_assert!(ours.iter().eq(theirs.iter()));
                prop_assert!(ours.range(member..).eq(theirs.range(member..)));
            }
            let (our_others, their_others) = (others.iter().copied().collect(), others.iter().copied().collect());
            prop_assert!(ours.difference(&our_others).eq(theirs.difference(&their_others)));
            let text = serde_json::to_string(&ours).expect("it is data");
            prop_assert_eq!(&text, &serde_json::to_string(&theirs).expect("it is data"));
            prop_assert_eq!(serde_json::from_str::<SortedSet<u8>>(&text).ok(), Some(ours));
        }
    }

    /// Keys with a value to insert, or none to remove.
    fn deeds() -> impl Strategy<Value = Vec<(u8, Option<u16>)>> {
        proptest::collection::vec((0..40_u8, proptest::option::of(0..1_000_u16)), 0..80)
    }
}
