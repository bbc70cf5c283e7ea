//! A filter that asks memory once: all bits of a key lie in one block of 512, a cache line (Putze,
//! Sanders and Singler 2007).
//!
//! Within its block a key has one bit in each of k words that follow each other, and begins at any:
//! so a place is six bits of one product, and no two of up to eight coincide. Blocks get unequal
//! numbers of keys, and the full ones err more often than the others make up for: at 1 % that takes
//! 4 % more bits, at one in ten thousand 15 %.

use super::digest::HashFunction;
use super::plain::ShapeError;
use super::sizing::{Shape, SizeError, best_bits};
use super::theory;

/// Bits of a block: what a processor fetches at once.
pub const BLOCK_BITS: u64 = 512;

/// The most hashes: places come in tens from one product each.
pub const MAX_BLOCKED_HASHES: u32 = 30;

/// Words of a block.
const WORDS: usize = 8;

/// Places that 64 bits are enough for, at six bits each, once three have told where to begin.
const PER_PRODUCT: u32 = 10;

/// Odd numbers without a pattern, one for every ten places: digits of the golden ratio and of the
/// square roots of 2 and 3.
const FACTORS: [u64; 3] = [
    0x9e37_79b9_7f4a_7c15,
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))]
struct Block([u64; WORDS]);

/// A Bloom filter with one cache line to a key.
///
/// ```
/// use orrery_core::patterns::sketches::bloom_filter::algorithm::{BlockedFilter, HashFunction};
///
/// let mut seen = BlockedFilter::for_keys(1_000, 0.01, HashFunction::Xxh3)?;
/// seen.insert(b"ada");
/// assert!(seen.contains(b"ada"));
/// # Ok::<(), orrery_core::patterns::sketches::bloom_filter::algorithm::SizeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedFilter {
    shape: Shape,
    blocks: Vec<Block>,
}

/// Calls `visit` with word and bit of each place of a key within its block.
#[inline]
fn for_each_place(hash: u64, hashes: u32, mut visit: impl FnMut(usize, u32)) {
    // region: places
    let (mut word, mut left) = (hash as usize, hashes);
    for factor in FACTORS {
        // All bits of the hash have a part in the product, folded.
        let both = u128::from(hash) * u128::from(factor);
        let mut fields = both as u64 ^ (both >> 64) as u64;
        word = word.wrapping_add(fields as usize);
        fields >>= 3;
        for _ in 0..left.min(PER_PRODUCT) {
            visit(word % WORDS, fields as u32 % 64);
            word = word.wrapping_add(1);
            fields >>= 6;
        }
        left = left.saturating_sub(PER_PRODUCT);
        if left == 0 {
            return;
        }
    }
    // endregion
}

impl BlockedFilter {
    /// An empty filter. Its bits are rounded up to whole blocks, its hashes cut to
    /// [`MAX_BLOCKED_HASHES`].
    ///
    /// # Errors
    /// A shape that is too large once rounded up.
    pub fn new(shape: Shape) -> Result<Self, SizeError> {
        let bits = shape.bits().next_multiple_of(BLOCK_BITS);
        let shape = Shape::of_bits(bits, shape.hashes().min(MAX_BLOCKED_HASHES))?
            .hashed_by(shape.function)
            .with_stride(shape.stride);
        Ok(Self {
            shape,
            blocks: vec![Block([0; WORDS]); (bits / BLOCK_BITS) as usize],
        })
    }

    /// The smallest empty filter in which `keys` keys have the rate `rate`, by theory.
    ///
    /// # Errors
    /// A rate outside (0, 1), or more bits than a filter may have.
    pub fn for_keys(keys: u64, rate: f64, function: HashFunction) -> Result<Self, SizeError> {
        Self::new(Self::shape_for_keys(keys, rate)?.hashed_by(function))
    }

    /// The shape of that filter.
    ///
    /// # Errors
    /// As above.
    pub fn shape_for_keys(keys: u64, rate: f64) -> Result<Shape, SizeError> {
        let mut bits = best_bits(keys, rate)?.next_multiple_of(BLOCK_BITS);
        loop {
            let (hashes, reached) = best(bits, keys);
            if reached <= rate {
                return Shape::of_bits(bits, hashes);
            }
            // A hundredth at a time, in whole blocks.
            bits += (bits / 100).next_multiple_of(BLOCK_BITS);
        }
    }

    /// The number of hashes at which `keys` keys in `bits` bits err least.
    pub fn best_hashes(bits: u64, keys: u64) -> u32 {
        best(bits, keys).0
    }

    /// Its shape.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Adds a key. O(k), in one cache line.
    #[inline]
    pub fn insert(&mut self, key: &[u8]) {
        self.insert_hash(self.shape.function.short(key));
    }

    /// Whether a key may have been added; `false` is certain. O(k), in one cache line.
    #[inline]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.contains_hash(self.shape.function.short(key))
    }

    /// Adds the key with this hash.
    #[inline]
    pub fn insert_hash(&mut self, hash: u64) {
        let block = self.block_of(hash);
        let Block(words) = &mut self.blocks[block];
        for_each_place(hash, self.shape.hashes(), |word, bit| {
            words[word] |= 1 << bit;
        });
    }

    /// Whether the key with this hash may have been added.
    #[inline]
    pub fn contains_hash(&self, hash: u64) -> bool {
        // region: blocked
        let Block(words) = &self.blocks[self.block_of(hash)];
        let mut all = u64::MAX;
        // All of them, without a branch to guess: they are one fetch away.
        for_each_place(hash, self.shape.hashes(), |word, bit| {
            all &= words[word] >> bit;
        });
        all & 1 == 1
        // endregion
    }

    /// The block of a key: its hash as a fraction of all blocks.
    #[inline]
    pub const fn block_of(&self, hash: u64) -> usize {
        // region: block
        ((hash as u128 * self.blocks.len() as u128) >> 64) as usize
        // endregion
    }

    /// The places of a key's bits, counted through all blocks.
    pub fn probes(&self, hash: u64) -> Vec<usize> {
        let first = self.block_of(hash) * BLOCK_BITS as usize;
        let mut places = Vec::new();
        for_each_place(hash, self.shape.hashes(), |word, bit| {
            places.push(first + word * 64 + bit as usize);
        });
        places
    }

    /// Sets the bit at a place; whether it was not set before.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn set(&mut self, place: usize) -> bool {
        let Block(words) = &mut self.blocks[place / BLOCK_BITS as usize];
        let (word, bit) = (place / 64 % WORDS, 1 << (place % 64));
        let changed = words[word] & bit == 0;
        words[word] |= bit;
        changed
    }

    /// Whether the bit at a place is set.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn is_set(&self, place: usize) -> bool {
        let Block(words) = &self.blocks[place / BLOCK_BITS as usize];
        words[place / 64 % WORDS] >> (place % 64) & 1 == 1
    }

    /// Clears the bit at a place. No filter should: see
    /// [`BloomFilter::clear`](super::BloomFilter::clear).
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn clear(&mut self, place: usize) {
        let Block(words) = &mut self.blocks[place / BLOCK_BITS as usize];
        words[place / 64 % WORDS] &= !(1 << (place % 64));
    }

    /// How many bits are set. O(m / 64).
    pub fn ones(&self) -> u64 {
        self.fills().sum()
    }

    /// How many bits are set in each block.
    pub fn fills(&self) -> impl Iterator<Item = u64> {
        let ones = |word: &u64| u64::from(word.count_ones());
        self.blocks
            .iter()
            .map(move |Block(words)| words.iter().map(ones).sum())
    }

    /// Adds all that was added to another filter.
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    pub fn union_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        self.overlay(other);
        Ok(())
    }

    /// Keeps the bits that another filter has too: see
    /// [`BloomFilter::intersect_with`](super::BloomFilter::intersect_with).
    ///
    /// # Errors
    /// Filters of different shapes; nothing changes then.
    pub fn intersect_with(&mut self, other: &Self) -> Result<(), ShapeError> {
        ShapeError::check(self.shape, other.shape)?;
        for (Block(words), Block(others)) in self.blocks.iter_mut().zip(&other.blocks) {
            for (word, other) in words.iter_mut().zip(others) {
                *word &= other;
            }
        }
        Ok(())
    }

    /// Sets the bits that are set in another filter, whatever they mean there.
    pub fn overlay(&mut self, other: &Self) {
        for (Block(words), Block(others)) in self.blocks.iter_mut().zip(&other.blocks) {
            for (word, other) in words.iter_mut().zip(others) {
                *word |= other;
            }
        }
    }
}

/// The number of hashes at which a blocked filter errs least, and how often it does.
fn best(bits: u64, keys: u64) -> (u32, f64) {
    let rate = |hashes: u32| theory::blocked_rate(bits, hashes, keys);
    let mut best = (1, rate(1));
    for hashes in 2..=MAX_BLOCKED_HASHES {
        let reached = rate(hashes);
        if reached >= best.1 {
            break;
        }
        best = (hashes, reached);
    }
    best
}
