//! How large a filter is made: from what it has to hold and how often it may err, from its bits, or
//! from the memory there is.

use thiserror::Error;

use super::digest::{Digest, HashFunction, Probes, Stride};

/// The largest filter: one gibibyte.
pub const MAX_BITS: u64 = 1 << 33;

/// The most hashes: they are stored in one byte.
pub const MAX_HASHES: u32 = 255;

/// ln 2, of which every optimum is made.
const LN_2: f64 = std::f64::consts::LN_2;

/// How large a filter is and how it hashes. Filters can be joined only when all of it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    bits: u64,
    hashes: u32,
    /// How keys are hashed.
    pub function: HashFunction,
    /// How far it is from one bit of a key to the next.
    pub stride: Stride,
}

/// Why there is no filter of such a size.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SizeError {
    /// A rate that no filter has.
    #[error("a false-positive rate of {0} is none: choose one above 0 and below 1")]
    Rate(f64),
    /// More bits than a filter may have, or none.
    #[error("a filter cannot have {0} bits: choose from 1 to {MAX_BITS}")]
    Bits(u64),
    /// More hashes than a filter may have, or none.
    #[error("a filter cannot use {0} hashes: choose from 1 to {MAX_HASHES}")]
    Hashes(u32),
}

impl Shape {
    /// The shape for `keys` keys of which strangers are taken for one at the rate `rate`, as Guava
    /// sizes it: MurmurHash3, bits rounded up to whole words of 64.
    ///
    /// # Errors
    /// A rate outside (0, 1), or more than [`MAX_BITS`].
    ///
    /// ```
    /// use orrery_core::patterns::sketches::bloom_filter::algorithm::Shape;
    ///
    /// let shape = Shape::for_keys(1_000, 0.01)?;
    /// assert_eq!((shape.bits(), shape.hashes()), (9_600, 7));
    /// # Ok::<(), orrery_core::patterns::sketches::bloom_filter::algorithm::SizeError>(())
    /// ```
    pub fn for_keys(keys: u64, rate: f64) -> Result<Self, SizeError> {
        let bits = best_bits(keys, rate)?;
        Self::of_bits(bits, best_hashes(bits, keys))
    }

    /// The shape with this many bits, rounded up to whole words of 64, and hashes.
    ///
    /// # Errors
    /// None of either, or more than [`MAX_BITS`] or [`MAX_HASHES`].
    pub const fn of_bits(bits: u64, hashes: u32) -> Result<Self, SizeError> {
        if bits == 0 || bits > MAX_BITS {
            return Err(SizeError::Bits(bits));
        }
        if hashes == 0 || hashes > MAX_HASHES {
            return Err(SizeError::Hashes(hashes));
        }
        Ok(Self {
            bits: bits.next_multiple_of(64),
            hashes,
            function: HashFunction::Murmur3,
            stride: Stride::SecondHalf,
        })
    }

    /// The best shape for `keys` keys in this much memory.
    ///
    /// # Errors
    /// No memory, or more than [`MAX_BITS`].
    pub fn in_memory(bytes: u64, keys: u64) -> Result<Self, SizeError> {
        let bits = bytes.saturating_mul(8);
        Self::of_bits(bits, best_hashes(bits, keys))
    }

    /// The same with keys hashed in another way.
    #[must_use]
    pub const fn hashed_by(mut self, function: HashFunction) -> Self {
        self.function = function;
        self
    }

    /// The same with another distance between the bits of a key.
    #[must_use]
    pub const fn with_stride(mut self, stride: Stride) -> Self {
        self.stride = stride;
        self
    }

    /// How many bits there are; a multiple of 64.
    pub const fn bits(self) -> u64 {
        self.bits
    }

    /// How many bits a key has.
    pub const fn hashes(self) -> u32 {
        self.hashes
    }

    /// The hash of a key.
    pub fn digest(self, key: &[u8]) -> Digest {
        self.function.digest(key)
    }

    /// The places of the bits of a key with this hash.
    pub const fn probes(self, digest: Digest) -> Probes {
        Probes::new(digest, self.stride, self.bits, self.hashes)
    }
}

/// The fewest bits with which `keys` keys have the rate `rate`: −n ln p / (ln 2)², at least one.
/// Rounded down, as Guava does.
///
/// # Errors
/// A rate outside (0, 1), or more than [`MAX_BITS`].
pub fn best_bits(keys: u64, rate: f64) -> Result<u64, SizeError> {
    if !(rate > 0.0 && rate < 1.0) {
        return Err(SizeError::Rate(rate));
    }
    // region: sizing
    let bits = -(keys.max(1) as f64) * libm::log(rate) / (LN_2 * LN_2);
    // endregion
    let bits = (bits as u64).max(1);
    if bits > MAX_BITS {
        return Err(SizeError::Bits(bits));
    }
    Ok(bits)
}

/// The number of hashes at which `keys` keys in `bits` bits err least: m/n ln 2, rounded, at least
/// one. Half of the bits are set then.
pub fn best_hashes(bits: u64, keys: u64) -> u32 {
    // region: best-hashes
    let hashes = bits as f64 / keys.max(1) as f64 * LN_2;
    // endregion
    let rounded = libm::floor(hashes + 0.5) as u32;
    rounded.clamp(1, MAX_HASHES)
}
