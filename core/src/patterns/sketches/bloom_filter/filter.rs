//! The three filters behind one face, place by place, as the model and the picture need them.

use super::algorithm::{
    BlockedFilter, BloomFilter, CountingFilter, Digest, Shape, ShapeError, theory,
};
use super::knobs::Mode;

/// A filter of any mode.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// One bit per place.
    Plain(BloomFilter),
    /// A counter per place.
    Counting(CountingFilter),
    /// All places of a key in one cache line.
    Blocked(BlockedFilter),
}

impl Filter {
    pub(super) fn new(mode: Mode, shape: Shape) -> Self {
        match mode {
            Mode::Plain => Self::Plain(BloomFilter::new(shape)),
            Mode::Counting => Self::Counting(CountingFilter::new(shape)),
            Mode::Blocked => {
                let Ok(filter) = BlockedFilter::new(shape) else {
                    unreachable!("it is far from the largest there may be");
                };
                Self::Blocked(filter)
            }
        }
    }

    pub(super) const fn shape(&self) -> Shape {
        match self {
            Self::Plain(filter) => filter.shape(),
            Self::Counting(filter) => filter.shape(),
            Self::Blocked(filter) => filter.shape(),
        }
    }

    /// How many places there are.
    pub(super) const fn len(&self) -> usize {
        self.shape().bits() as usize
    }

    /// The hash of a key; a blocked filter takes no more than the first half.
    pub(super) fn digest(&self, key: &[u8]) -> Digest {
        let shape = self.shape();
        match self {
            Self::Plain(_) | Self::Counting(_) => shape.digest(key),
            Self::Blocked(_) => Digest {
                low: shape.function.short(key),
                high: 0,
            },
        }
    }

    /// The places of a key with this hash, one for each hash.
    pub(super) fn places(&self, digest: Digest) -> Vec<usize> {
        match self {
            Self::Plain(filter) => filter.probes(digest).collect(),
            Self::Counting(filter) => filter.probes(digest).collect(),
            Self::Blocked(filter) => filter.probes(digest.low),
        }
    }

    pub(super) fn insert(&mut self, key: &[u8]) {
        match self {
            Self::Plain(filter) => {
                filter.insert(key);
            }
            Self::Counting(filter) => filter.insert(key),
            Self::Blocked(filter) => filter.insert(key),
        }
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        match self {
            Self::Plain(filter) => filter.contains(key),
            Self::Counting(filter) => filter.contains(key),
            Self::Blocked(filter) => filter.contains(key),
        }
    }

    /// Sets the place, or counts one more there; whether it was not set before.
    pub(super) fn raise(&mut self, place: usize) -> bool {
        match self {
            Self::Plain(filter) => filter.set(place),
            Self::Counting(filter) => {
                let first = filter.count(place) == 0;
                filter.increment(place);
                first
            }
            Self::Blocked(filter) => filter.set(place),
        }
    }

    /// Clears the place, or counts one less there.
    pub(super) fn lower(&mut self, place: usize) {
        match self {
            Self::Plain(filter) => filter.clear(place),
            Self::Counting(filter) => filter.decrement(place),
            Self::Blocked(filter) => filter.clear(place),
        }
    }

    /// Whether the place is set.
    pub(super) fn is_set(&self, place: usize) -> bool {
        match self {
            Self::Plain(filter) => filter.is_set(place),
            Self::Counting(filter) => filter.count(place) > 0,
            Self::Blocked(filter) => filter.is_set(place),
        }
    }

    /// How many places are set.
    pub(super) fn ones(&self) -> u64 {
        match self {
            Self::Plain(filter) => filter.ones(),
            Self::Counting(filter) => filter.to_plain().ones(),
            Self::Blocked(filter) => filter.ones(),
        }
    }

    /// The part of strangers that would pass now, if the places of each were independent: f^k for
    /// the part f of places that are set, the mean of that over the blocks of a blocked filter.
    pub(super) fn expected(&self) -> f64 {
        let hashes = self.shape().hashes();
        match self {
            Self::Plain(_) | Self::Counting(_) => {
                theory::at_fill(self.ones() as f64 / self.len() as f64, hashes)
            }
            Self::Blocked(filter) => {
                let (mut sum, mut blocks) = (0.0, 0.0);
                for ones in filter.fills() {
                    sum += theory::at_fill(ones as f64 / 512.0, hashes);
                    blocks += 1.0;
                }
                sum / blocks
            }
        }
    }

    /// How many keys there are, judged by how full it is.
    pub(super) fn estimate(&self) -> f64 {
        theory::cardinality(self.shape().bits(), self.shape().hashes(), self.ones())
    }

    /// Joins another filter of the same mode with this one; of another shape only when `anyway`.
    pub(super) fn join(&mut self, other: &Self, anyway: bool) -> Result<(), ShapeError> {
        if !anyway {
            ShapeError::check(self.shape(), other.shape())?;
        }
        match (self, other) {
            (Self::Plain(own), Self::Plain(other)) => own.overlay(other.words()),
            (Self::Counting(own), Self::Counting(other)) => own.overlay(other),
            (Self::Blocked(own), Self::Blocked(other)) => own.overlay(other),
            (Self::Plain(_) | Self::Counting(_) | Self::Blocked(_), _) => {}
        }
        Ok(())
    }
}
