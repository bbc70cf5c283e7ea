//! From a key to its bits: one hash of 128 bits, and double hashing from its two halves.
//!
//! MurmurHash3 is written out here, after Austin Appleby's public-domain `MurmurHash3_x64_128`
//! (smhasher), because Guava's filters are made with it and the crates that offer it read from a
//! stream that may fail, or are unmaintained. Vectors of Guava hold it to account. XXH3 comes from
//! `xxhash-rust`.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// How keys are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashFunction {
    /// MurmurHash3, the 128 bits of its x64 variant, seed 0: what Guava uses.
    Murmur3,
    /// XXH3, 128 bits, seed 0: several times as fast.
    Xxh3,
}

/// The hash of a key: 128 bits in two halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    /// The first half: where the first bit of the key is.
    pub low: u64,
    /// The second half: how far from one bit to the next.
    pub high: u64,
}

impl Digest {
    /// Its sixteen bytes, each half with its lowest byte first.
    pub fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.low.to_le_bytes());
        bytes[8..].copy_from_slice(&self.high.to_le_bytes());
        bytes
    }
}

impl HashFunction {
    /// The 128 bits of a key.
    ///
    /// ```
    /// use orrery_core::patterns::sketches::bloom_filter::algorithm::HashFunction;
    ///
    /// let digest = HashFunction::Murmur3.digest(b"a");
    /// assert_eq!(digest.low, 0x8555_5565_f659_7889);
    /// assert_eq!(digest.bytes()[..4], [0x89, 0x78, 0x59, 0xf6]);
    /// ```
    pub fn digest(self, key: &[u8]) -> Digest {
        match self {
            Self::Murmur3 => murmur3_x64_128(key),
            Self::Xxh3 => {
                let hash = xxh3_128(key);
                Digest {
                    low: hash as u64,
                    high: (hash >> 64) as u64,
                }
            }
        }
    }

    /// The 64 bits of a key, for filters that need no more: XXH3 has a shorter way to them, of
    /// MurmurHash3 it is the first half.
    #[inline]
    pub fn short(self, key: &[u8]) -> u64 {
        match self {
            Self::Murmur3 => murmur3_x64_128(key).low,
            Self::Xxh3 => xxh3_64(key),
        }
    }
}

/// How far it is from one bit of a key to the next.
///
/// Only the first is sound. The others are what goes wrong in practice: a second hash that is no
/// hash, or one whose values share a factor with the number of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stride {
    /// The second half of the hash.
    SecondHalf,
    /// The second half without its lowest six bits: a multiple of 64, as is the number of bits.
    Shared,
    /// Nothing: all bits of a key are one.
    Zero,
}

/// The places of a key's bits: at most as many as there are hashes, since two may coincide.
#[derive(Debug, Clone)]
pub struct Probes {
    next: u64,
    step: u64,
    bits: u64,
    left: u32,
}

impl Probes {
    /// The places of a key with this hash among `bits` bits.
    pub(super) const fn new(digest: Digest, stride: Stride, bits: u64, hashes: u32) -> Self {
        // region: stride
        let step = match stride {
            Stride::SecondHalf => digest.high,
            Stride::Shared => digest.high & !63,
            Stride::Zero => 0,
        };
        // endregion
        Self {
            next: digest.low,
            step,
            bits,
            left: hashes,
        }
    }
}

impl Iterator for Probes {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        // region: double-hashing
        // Kirsch and Mitzenmacher 2006: k sums of two hashes do as well as k hashes. The sign bit
        // is dropped because Guava's language has no unsigned numbers.
        let place = (self.next & (u64::MAX >> 1)) % self.bits;
        self.next = self.next.wrapping_add(self.step);
        // endregion
        Some(place as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// MurmurHash3, x64 variant, 128 bits, seed 0.
fn murmur3_x64_128(key: &[u8]) -> Digest {
    let (mut low, mut high) = (0_u64, 0_u64);
    let (blocks, tail) = key.as_chunks::<16>();
    for block in blocks {
        let (first, second) = halves(block);
        low = (low ^ scramble_low(first))
            .rotate_left(27)
            .wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(0x52dc_e729);
        high = (high ^ scramble_high(second))
            .rotate_left(31)
            .wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let mut rest = [0; 16];
    rest[..tail.len()].copy_from_slice(tail);
    // Zeros scramble to zero, so that a tail may be filled up with them.
    let (first, second) = halves(&rest);
    low ^= scramble_low(first) ^ key.len() as u64;
    high ^= scramble_high(second) ^ key.len() as u64;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    low = avalanche(low);
    high = avalanche(high);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    Digest { low, high }
}

fn halves(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

const fn scramble_low(word: u64) -> u64 {
    word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

const fn scramble_high(word: u64) -> u64 {
    word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

/// Lets every bit of a word reach every other.
const fn avalanche(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}
