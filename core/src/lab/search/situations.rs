//! How many different situations a search has seen: a count in a fixed 2 kB.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::kernel::engine::PropertyState;
use crate::kernel::metrics::Metric;
use crate::kernel::network::Status;
use crate::kernel::trace::TraceHash;
use crate::lab::trial::Trial;

/// An estimate of how many different situations were seen, within about 2 %, whatever their number
/// (HyperLogLog; Flajolet, Fusy, Gandouet and Meunier 2007). Sets merge without counting twice.
///
/// ```
/// use orrery_core::lab::search::Situations;
///
/// let mut seen = Situations::default();
/// for situation in 0..10_000_u64 {
///     seen.note(situation % 5_000);
/// }
/// assert!((4_700..5_300).contains(&seen.estimate()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, u8)>", into = "Vec<(u16, u8)>")]
pub struct Situations {
    registers: Vec<u8>,
}

const INDEX_BITS: u32 = 11;
const REGISTERS: usize = 1 << INDEX_BITS;

impl Default for Situations {
    fn default() -> Self {
        Self {
            registers: vec![0; REGISTERS],
        }
    }
}

/// Only the registers that saw something are written down: few, after a few runs.
impl From<Situations> for Vec<(u16, u8)> {
    fn from(seen: Situations) -> Self {
        let numbered = (0_u16..).zip(seen.registers);
        numbered.filter(|(_, rank)| *rank != 0).collect()
    }
}

impl From<Vec<(u16, u8)>> for Situations {
    fn from(noted: Vec<(u16, u8)>) -> Self {
        let mut seen = Self::default();
        for (index, rank) in noted {
            if let Some(register) = seen.registers.get_mut(usize::from(index)) {
                *register = rank;
            }
        }
        seen
    }
}

impl Situations {
    /// Notes a situation by a hash of it.
    pub fn note(&mut self, situation: u64) {
        let mixed = scramble(situation);
        let index = (mixed >> (64 - INDEX_BITS)) as usize;
        let rank = ((mixed << INDEX_BITS).leading_zeros() + 1).min(64 - INDEX_BITS + 1) as u8;
        if let Some(register) = self.registers.get_mut(index) {
            *register = rank.max(*register);
        }
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// About how many different situations were noted.
    pub fn estimate(&self) -> u64 {
        let count = REGISTERS as f64;
        let harmonic: f64 = self
            .registers
            .iter()
            .map(|rank| 1.0 / (1_u64 << (*rank).min(63)) as f64)
            .sum();
        let raw = 0.721_3 / (1.0 + 1.079 / count) * count * count / harmonic;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count();
        let few = raw <= 2.5 * count && empty > 0;
        let estimate = if few {
            count * libm::log(count / empty as f64)
        } else {
            raw
        };
        (estimate + 0.5) as u64
    }
}

/// SplitMix64's finaliser: hashes that differ little come to differ everywhere.
const fn scramble(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The situation of a run: which nodes run, whether links are cut, which promises stand how, and
/// every measure to the nearest power of two. Two runs that differ in their details only are in
/// the same situation.
pub(super) fn situation(trial: &dyn Trial, promises: usize) -> u64 {
    let mut hash = TraceHash::default();
    let network = trial.network();
    for node in network.nodes() {
        let status = match network.status(node) {
            Status::Up => 0_u8,
            Status::Crashed => 1,
            Status::Paused => 2,
        };
        status.hash(&mut hash);
    }
    network.is_partitioned().hash(&mut hash);
    for property in 0..promises {
        let standing = match trial.standing(property) {
            PropertyState::Holds | PropertyState::Undecided(_) => 0_u8,
            PropertyState::Pending => 1,
            PropertyState::Violated(_) => 2,
        };
        standing.hash(&mut hash);
    }
    let metrics = trial.metrics();
    for metric in (0..metrics.specs().len()).map(Metric) {
        // Sign and exponent: the power of two below.
        (metrics.value(metric).to_bits() >> 52).hash(&mut hash);
    }
    hash.finish()
}
