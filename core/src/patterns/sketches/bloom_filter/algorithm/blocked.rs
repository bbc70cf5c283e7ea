//! A filter that asks memory once: all bits of a key lie in one block of 512, a cache line (Putze,
//! Sanders and Singler 2007).
//!
//! Blocks get unequal numbers of keys, and the full ones err more often than the others make up for:
//! at 1 % that takes 4 % more bits, at one in ten thousand 14 %.

use super::digest::HashFunction;
use super::plain::ShapeError;
use super::sizing::{Shape, SizeError, best_bits};
use super::theory;

/// Bits of a block: what a processor fetches at once.
pub const BLOCK_BITS: u64 = 512;

/// The most hashes: places come in sevens from one product each.
pub const MAX_BLOCKED_HASHES: u32 = 28;

/// Places that 64 bits are enough for, at nine bits each.
const PER_PRODUCT: u32 = 7;

/// Odd numbers without a pattern, one for every seven places: digits of the golden ratio and of the
/// square roots of 2, 3 and 5.
const FACTORS: [u64; 4] = [
    0x9e37_79b9_7f4a_7c15,
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))]
struct Block([u64; 8]);

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

/// The places of a key's bits within its block.
#[derive(Debug, Clone)]
struct Places {
    hash: u64,
    product: u64,
    drawn: u32,
}

impl Places {
    #[inline]
    const fn of(hash: u64) -> Self {
        Self {
            hash,
            product: 0,
            drawn: 0,
        }
    }

    /// The next place: nine bits of a product of the hash, in which all of its bits have a part.
    #[inline]
    const fn draw(&mut self) -> usize {
        if self.drawn.is_multiple_of(PER_PRODUCT) {
            let factor = FACTORS[(self.drawn / PER_PRODUCT) as usize & 3];
            let both = self.hash as u128 * factor as u128;
            self.product = both as u64 ^ (both >> 64) as u64;
        }
        self.drawn += 1;
        let place = self.product & (BLOCK_BITS - 1);
        self.product >>= 9;
        place as usize
    }
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
            blocks: vec![Block([0; 8]); (bits / BLOCK_BITS) as usize],
        })
    }

    /// The smallest empty filter in which `keys` keys have the rate `rate`, by theory.
    ///
    /// # Errors
    /// A rate outside (0, 1), or more bits than a filter may have.
    pub fn for_keys(keys: u64, rate: f64, function: HashFunction) -> Result<Self, SizeError> {
        let mut bits = best_bits(keys, rate)?.next_multiple_of(BLOCK_BITS);
        loop {
            let (hashes, reached) = best(bits, keys);
            if reached <= rate {
                return Self::new(Shape::of_bits(bits, hashes)?.hashed_by(function));
            }
            // A hundredth at a time, in whole blocks.
            bits += (bits / 100).next_multiple_of(BLOCK_BITS);
        }
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
        let mut places = Places::of(hash);
        for _ in 0..self.shape.hashes() {
            let place = places.draw();
            words[place / 64] |= 1 << (place % 64);
        }
    }

    /// Whether the key with this hash may have been added.
    #[inline]
    pub fn contains_hash(&self, hash: u64) -> bool {
        // region: blocked
        let Block(words) = &self.blocks[self.block_of(hash)];
        let mut places = Places::of(hash);
        let mut all = 1;
        // All of them, without a branch to guess: they are one fetch away.
        for _ in 0..self.shape.hashes() {
            let place = places.draw();
            all &= words[place / 64] >> (place % 64);
        }
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
    pub fn probes(&self, hash: u64) -> impl Iterator<Item = usize> {
        let first = self.block_of(hash) * BLOCK_BITS as usize;
        let mut places = Places::of(hash);
        (0..self.shape.hashes()).map(move |_| first + places.draw())
    }

    /// Sets the bit at a place; whether it was not set before.
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn set(&mut self, place: usize) -> bool {
        let Block(words) = &mut self.blocks[place / BLOCK_BITS as usize];
        let (word, bit) = (place / 64 % 8, 1 << (place % 64));
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
        words[place / 64 % 8] >> (place % 64) & 1 == 1
    }

    /// Clears the bit at a place. No filter should: see
    /// [`BloomFilter::clear`](super::BloomFilter::clear).
    ///
    /// # Panics
    /// At a place that the filter does not have.
    pub fn clear(&mut self, place: usize) {
        let Block(words) = &mut self.blocks[place / BLOCK_BITS as usize];
        words[place / 64 % 8] &= !(1 << (place % 64));
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
