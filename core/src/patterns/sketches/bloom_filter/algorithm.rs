//! Bloom filters: a set in a few bits per key that never denies a member and now and then takes a
//! stranger for one (Bloom 1970).
//!
//! A [`BloomFilter`] is the plain one, bit for bit that of Guava; a [`CountingFilter`] has a small
//! counter in place of each bit and can forget; a [`BlockedFilter`] keeps all bits of a key within
//! one cache line. A [`Shape`] says how large a filter is and how it hashes; [`theory`] says how
//! often it errs.
//!
//! Nothing here knows time, chance or a picture.

mod blocked;
mod counting;
mod digest;
mod plain;
mod sizing;
pub mod theory;

pub use blocked::{BLOCK_BITS, BlockedFilter, MAX_BLOCKED_HASHES};
pub use counting::{CountingFilter, MAX_COUNT, NotPresent};
pub use digest::{Digest, HashFunction, Probes, Stride};
pub use plain::{BloomFilter, FormatError, ShapeError};
pub use sizing::{MAX_BITS, MAX_HASHES, Shape, SizeError, best_bits, best_hashes};
