//! The plain filter, bit for bit that of Guava (`BloomFilter` with the strategy
//! `MURMUR128_MITZ_64`), and its serialised form.

use thiserror::Error;

use super::digest::{Digest, HashFunction, Probes, Stride};
use super::sizing::{Shape, SizeError};
use super::theory;

/// A set of keys in a few bits each, which never denies a member.
///
/// ```
/// use orrery_core::patterns::sketches::bloom_filter::algorithm::{BloomFilter, Shape};
///
/// let mut seen = BloomFilter::new(Shape::for_keys(100, 0.01)?);
/// seen.insert(b"https://example.org/");
/// assert!(seen.contains(b"https://example.org/"));
/// assert!(!seen.contains(b"https://example.org/about"));
/// # Ok::<(), orrery_core::patterns::sketches::bloom_filter::algorithm::SizeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BloomFilter {
    shape: Shape,
    words: Vec<u64>,
}

/// Two filters that cannot be joined: the same bit would mean different things in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// Of different sizes.
    #[error("a filter of {0} bits cannot be joined with one of {1}: make both of one size")]
    Bits(u64, u64),
    /// With different numbers of hashes.
    #[error("a filter with {0} hashes cannot be joined with one that has {1}: use as many in both")]
    Hashes(u32, u32),
    /// With different hash functions.
    #[error("filters that hash in different ways cannot be joined: use one hash function")]
    Function,
}

impl ShapeError {
    /// Whether filters of these shapes can be joined.
    ///
    /// # Errors
    /// In what they differ.
    pub fn check(one: Shape, other: Shape) -> Result<(), Self> {
        // region: same-shape
        if one.bits() != other.bits() {
            return Err(Self::Bits(one.bits(), other.bits()));
        }
        if one.hashes() != other.hashes() {
            return Err(Self::Hashes(one.hashes(), other.hashes()));
        }
        if one.function != other.function || one.stride != other.stride {
            return Err(Self::Function);
        }
        // endregion
        Ok(())
    }
}

/// Why bytes are no filter.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum FormatError {
    /// Fewer than the six bytes that stand before the bits.
    #[error("{0} bytes are no filter: there must be at least 6 before its bits")]
    Short(usize),
    /// Another way of hashing than this.
    #[error("the strategy {0} is not known: only 1 is, which is MURMUR128_MITZ_64")]
    Strategy(u8),
    /// More or fewer words than announced.
    #[error("{announced} words of 64 bits are announced and {bytes} bytes follow")]
    Length {
        /// How many words the bytes announce.
        announced: i32,
        /// How many bytes follow.
        bytes: usize,
    },
    /// A size that no filter has.
    #[error(transparent)]
    Size(#[from] SizeError),
}

/// The number of `MURMUR128_MITZ_64` among Guava's strategies.
const STRATEGY: u8 = 1;

impl BloomFilter {
    /// An empty filter.
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            words: vec![0; (shape.bits() / 64) as usize],
        }
    }

    /// Its shape.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Adds a key; whether any bit was set for it, which says that it was not there. O(k).
    pub fn insert(&mut self, key: &[u8]) -> bool {
        self.insert_digest(self.shape.digest(key))
    }

    /// Adds the key with this hash.
    pub fn insert_digest(&mut self, digest: Digest) -> bool {
        let mut changed = false;
        for place in self.probes(digest) {
            changed |= self.set(place);
        }
        changed
    }

    /// Whether a key may have been added; `false` is certain. O(k), less for most strangers.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.contains_digest(self.shape.digest(key))
    }

    /// Whether the key with this hash may have been added.
    pub fn contains_digest(&self, digest: Digest) -> bool {
        // region: query
        // The first bit that is not set settles it: a member has all of its bits.
        self.probes(digest).all(|place| self.is_set(place))
        // endregion
    }

    /// The places of the bits of a key with this hash.
    pub const fn probes(&self, digest: Digest) -> Probes {
        self.shape.probes(digest)
    }

    /// Sets the bit at a place; whether it was not set before.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn set(&mut self, place: usize) -> bool {
        // region: insert
        let (word, bit) = (place / 64, 1 << (place % 64));
        let changed = self.words[word] & bit == 0;
        self.words[word] |= bit;
        // endregion
        changed
    }

    /// Whether the bit at a place is set.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn is_set(&self, place: usize) -> bool {
        self.words[place / 64] >> (place % 64) & 1 == 1
    }

    /// Clears the bit at a place. No filter should: other keys may need the bit, and would be
    /// denied. It is here to show that.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn clear(&mut self, place: usize) {
        // region: clear
        self.words[place / 64] &= !(1 << (place % 64));
        // endregion
    }

    /// Its bits, 64 to a word, the lowest first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many bits are set. O(m / 64).
    pub fn ones(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    /// How many distinct keys were added, judged by how full it is. Infinite when it is full.
    pub fn estimate(&self) -> f64 {
        theory::cardinality(self.shape.bits(), self.shape.hashes(), self.ones())
    }

    /// Adds all that was added to another filter: what comes of it is the filter of both sets.
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    ///
    /// ```
    /// use orrery_core::patterns::sketches::bloom_filter::algorithm::{BloomFilter, Shape};
    ///
    /// let shape = Shape::of_bits(640, 7).expect("such filters exist");
    /// let (mut here, mut there) = (BloomFilter::new(shape), BloomFilter::new(shape));
    /// here.insert(b"a");
    /// there.insert(b"b");
    /// here.union_with(&there)?;
    /// assert!(here.contains(b"a") && here.contains(b"b"));
    /// # Ok::<(), orrery_core::patterns::sketches::bloom_filter::algorithm::ShapeError>(())
    /// ```
    pub fn union_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        self.overlay(&other.words);
        Ok(())
    }

    /// Keeps the bits that another filter has too. It answers for the members of both, and errs at
    /// least as often as the filter of the intersection would.
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    pub fn intersect_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
        Ok(())
    }

    /// Sets the bits that are set in `words`, whatever they mean there: bits that come from a filter
    /// of another shape stand for other keys. What is beyond the end is left out.
    pub fn overlay(&mut self, words: &[u64]) {
        // region: union
        for (word, other) in self.words.iter_mut().zip(words) {
            *word |= other;
        }
        // endregion
    }

    /// The form in which Guava's `writeTo` has it: strategy, hashes, number of words, words with
    /// the highest byte first. The strategy is that of a filter by MurmurHash3; a filter that hashes
    /// otherwise cannot be read by Guava, and has no such form.
    ///
    /// ```
    /// use orrery_core::patterns::sketches::bloom_filter::algorithm::{BloomFilter, Shape};
    ///
    /// let mut filter = BloomFilter::new(Shape::of_bits(64, 3).expect("such filters exist"));
    /// filter.insert(b"a");
    /// let bytes = filter.to_bytes().expect("it hashes as Guava does");
    /// assert_eq!(bytes[..6], [1, 3, 0, 0, 0, 1]);
    /// assert_eq!(BloomFilter::from_bytes(&bytes), Ok(filter));
    /// ```
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let guava =
            self.shape.function == HashFunction::Murmur3 && self.shape.stride == Stride::SecondHalf;
        if !guava {
            return None;
        }
        let hashes = u8::try_from(self.shape.hashes()).ok()?;
        let length = i32::try_from(self.words.len()).ok()?;
        let mut bytes = vec![STRATEGY, hashes];
        bytes.extend(length.to_be_bytes());
        bytes.extend(self.words.iter().flat_map(|word| word.to_be_bytes()));
        Some(bytes)
    }

    /// The filter that Guava's `writeTo` wrote.
    ///
    /// # Errors
    /// What of the bytes cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let [strategy, hashes, a, b, c, d, rest @ ..] = bytes else {
            return Err(FormatError::Short(bytes.len()));
        };
        if *strategy != STRATEGY {
            return Err(FormatError::Strategy(*strategy));
        }
        let announced = i32::from_be_bytes([*a, *b, *c, *d]);
        let (words, over) = rest.as_chunks::<8>();
        if usize::try_from(announced) != Ok(words.len()) || !over.is_empty() {
            let bytes = rest.len();
            return Err(FormatError::Length { announced, bytes });
        }
        let shape = Shape::of_bits(words.len() as u64 * 64, u32::from(*hashes))?;
        let words = words.iter().map(|word| u64::from_be_bytes(*word)).collect();
        Ok(Self { shape, words })
    }
}
