//! A filter that can forget: a counter of four bits in place of each bit (Fan, Cao, Almeida and
//! Broder 2000, section V).

use thiserror::Error;

use super::digest::{Digest, Probes};
use super::plain::{BloomFilter, ShapeError};
use super::sizing::Shape;

/// Where a counter stops. One that has come so far no longer knows how many keys share it: it stays
/// there, removal or not, so that no member is ever denied. Its bit is set for good.
pub const MAX_COUNT: u8 = 15;

/// Counters in a word.
const PER_WORD: usize = 16;

/// A Bloom filter whose keys can be removed, four times the size of a plain one.
///
/// ```
/// use orrery_core::patterns::sketches::bloom_filter::algorithm::{CountingFilter, Shape};
///
/// let mut present = CountingFilter::new(Shape::for_keys(100, 0.01)?);
/// present.insert(b"ada");
/// assert!(present.remove(b"ada").is_ok());
/// assert!(!present.contains(b"ada"));
/// assert!(present.remove(b"ada").is_err());
/// # Ok::<(), orrery_core::patterns::sketches::bloom_filter::algorithm::SizeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountingFilter {
    shape: Shape,
    words: Vec<u64>,
}

/// A key that cannot be removed because it is certainly not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is not there: the counter at {place} is zero, and a member has none that is")]
pub struct NotPresent {
    /// The first of its counters that is zero.
    pub place: usize,
}

impl CountingFilter {
    /// An empty filter.
    pub fn new(shape: Shape) -> Self {
        let words = (shape.bits() as usize).div_ceil(PER_WORD);
        Self {
            shape,
            words: vec![0; words],
        }
    }

    /// Its shape; its bits are counters.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Adds a key. O(k).
    pub fn insert(&mut self, key: &[u8]) {
        self.insert_digest(self.shape.digest(key));
    }

    /// Adds the key with this hash.
    pub fn insert_digest(&mut self, digest: Digest) {
        for place in self.probes(digest) {
            self.increment(place);
        }
    }

    /// Whether a key may be there; `false` is certain as long as only members were removed.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.contains_digest(self.shape.digest(key))
    }

    /// Whether the key with this hash may be there.
    pub fn contains_digest(&self, digest: Digest) -> bool {
        self.probes(digest).all(|place| self.count(place) > 0)
    }

    /// Takes out a key that is there. The filter cannot know whether it is: a stranger that it takes
    /// for a member is taken out too, and with it what members need.
    ///
    /// # Errors
    /// A key that is certainly not there; nothing changes then.
    pub fn remove(&mut self, key: &[u8]) -> Result<(), NotPresent> {
        self.remove_digest(self.shape.digest(key))
    }

    /// Takes out the key with this hash.
    ///
    /// # Errors
    /// A key that is certainly not there; nothing changes then.
    pub fn remove_digest(&mut self, digest: Digest) -> Result<(), NotPresent> {
        let mut probes = self.probes(digest);
        if let Some(place) = probes.find(|place| self.count(*place) == 0) {
            return Err(NotPresent { place });
        }
        for place in self.probes(digest) {
            self.decrement(place);
        }
        Ok(())
    }

    /// The places of the counters of a key with this hash.
    pub const fn probes(&self, digest: Digest) -> Probes {
        self.shape.probes(digest)
    }

    /// The counter at a place.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn count(&self, place: usize) -> u8 {
        (self.words[place / PER_WORD] >> (place % PER_WORD * 4)) as u8 & MAX_COUNT
    }

    /// Counts a key at a place; a counter that is at its end stays there.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn increment(&mut self, place: usize) {
        // region: count
        if self.count(place) < MAX_COUNT {
            self.words[place / PER_WORD] += 1 << (place % PER_WORD * 4);
        }
        // endregion
    }

    /// Takes a key from a place. A counter at its end stays there, and so does one at zero.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn decrement(&mut self, place: usize) {
        // region: remove
        if (1..MAX_COUNT).contains(&self.count(place)) {
            self.words[place / PER_WORD] -= 1 << (place % PER_WORD * 4);
        }
        // endregion
    }

    /// How many counters are at their end.
    pub fn saturated(&self) -> usize {
        let places = 0..self.shape.bits() as usize;
        places
            .filter(|place| self.count(*place) == MAX_COUNT)
            .count()
    }

    /// The plain filter with the same answers.
    pub fn to_plain(&self) -> BloomFilter {
        let mut plain = BloomFilter::new(self.shape);
        for place in 0..self.shape.bits() as usize {
            if self.count(place) > 0 {
                plain.set(place);
            }
        }
        plain
    }

    /// Adds all that was added to another filter, counter by counter.
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    pub fn union_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        self.overlay(other);
        Ok(())
    }

    /// Keeps the smaller of both counters at each place. It answers for the members of both, and errs
    /// at least as often as the filter of the intersection would. Members of both can be removed; what
    /// keys of one filter alone have in common with keys of the other stays.
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    pub fn intersect_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        for place in 0..self.shape.bits() as usize {
            // A counter at its end may stand for any number: only the other one can tell less.
            let least = self.count(place).min(other.count(place));
            let shift = place % PER_WORD * 4;
            let word = &mut self.words[place / PER_WORD];
            *word = *word & !(u64::from(MAX_COUNT) << shift) | u64::from(least) << shift;
        }
        Ok(())
    }

    /// Adds the counters of another filter, whatever they mean there. What is beyond the end is left
    /// out.
    pub fn overlay(&mut self, other: &Self) {
        let places = self.shape.bits().min(other.shape.bits()) as usize;
        for place in 0..places {
            for _ in 0..other.count(place) {
                self.increment(place);
            }
        }
    }
}
