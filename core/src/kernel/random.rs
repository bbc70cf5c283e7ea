//! Named random streams and distributions with portable arithmetic.
//!
//! Each use of chance draws from a stream of its own, derived from the seed by name, so that
//! turning one knob does not reshuffle what it has nothing to do with: two variants of a run meet
//! the same arrivals. The generator is xoshiro256++ (Blackman and Vigna 2021), seeded through
//! SplitMix64; both are value-stable, and what else is computed comes from `libm`, so that native and
//! wasm draw the same bits.

mod ziggurat;

use std::convert::Infallible;
use std::rc::Rc;

use rand::{SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::real::sin_cos;
use crate::time::Span;

/// The name of a random stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(u64);

impl Stream {
    /// When things arrive.
    pub const ARRIVALS: Self = Self::named("arrivals");
    /// Which key or client an arrival belongs to.
    pub const KEYS: Self = Self::named("keys");
    /// How long work takes.
    pub const SERVICE: Self = Self::named("service");
    /// What fails.
    pub const FAILURES: Self = Self::named("failures");
    /// How long messages travel and which are lost.
    pub const NETWORK: Self = Self::named("network");

    /// The stream with this name (FNV-1a, 64 bits).
    pub const fn named(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut index = 0;
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            index += 1;
        }
        Self(hash)
    }

    /// The stream of one member of a group, such as one client.
    #[must_use]
    pub const fn of(self, index: u32) -> Self {
        Self(
            (self.0 ^ (index as u64 + 1))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29),
        )
    }
}

/// All streams of one run.
#[derive(Debug, Clone)]
pub struct Streams {
    seed: u64,
    open: Vec<(Stream, Random)>,
    /// Where a stream was found last, by the upper bits of its name: a run uses a handful, and how
    /// far a scan goes is what a processor cannot guess.
    found: [u16; Self::GUESSES],
}

impl Streams {
    const GUESSES: usize = 32;

    /// The streams of the run with this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            open: Vec::new(),
            found: [0; Self::GUESSES],
        }
    }

    /// The stream with this name, opened on first use.
    pub fn get(&mut self, stream: Stream) -> &mut Random {
        let guess = (stream.0 >> (u64::BITS - Self::GUESSES.ilog2())) as usize;
        let mut place = usize::from(self.found[guess]);
        if self.open.get(place).is_none_or(|(name, _)| *name != stream) {
            place = self.find(stream);
            self.found[guess] = place as u16;
        }
        &mut self.open[place].1
    }

    #[cold]
    fn find(&mut self, stream: Stream) -> usize {
        let found = self.open.iter().position(|(name, _)| *name == stream);
        found.unwrap_or_else(|| {
            self.open.push((stream, Random::new(self.seed ^ stream.0)));
            self.open.len() - 1
        })
    }
}

/// One stream of random numbers.
///
/// ```
/// use orrery_core::kernel::random::Random;
///
/// let mut dice = Random::new(42);
/// let rolls: Vec<u64> = (0..5).map(|_| dice.below(6) + 1).collect();
/// assert_eq!(rolls, [5, 2, 6, 5, 5]);
/// ```
#[derive(Debug, Clone)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        match self.0.try_next_u64() {
            Ok(bits) => bits,
        }
    }

    /// A whole number in `0..bound`, without bias (Lemire 2019); zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let mut product = u128::from(self.bits()) * u128::from(bound);
        if (product as u64) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u64) < threshold {
                product = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// A span from `min` to `max`, both included.
    fn between(&mut self, min: Span, max: Span) -> Span {
        let width = max.saturating_sub(min).as_nanos();
        min + Span::from_nanos(self.below(width.saturating_add(1)))
    }

    /// An index into a slice of `len` elements.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A real number in `[0, 1)` with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        Self::unit_of(self.bits())
    }

    /// The upper 53 bits as a real number in `[0, 1)`.
    const fn unit_of(bits: u64) -> f64 {
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether a thing of this probability happens now.
    pub fn happens(&mut self, chance: Chance) -> bool {
        // One draw whatever the chance, so that changing it does not shift the stream.
        (self.bits() >> 11) < chance.0
    }

    /// A standard exponential variable (mean 1), by Marsaglia and Tsang's ziggurat.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        ziggurat::exponential(self)
    }

    /// A standard normal variable (Box and Muller 1958), one of the two that it yields.
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * sin_cos(self.unit()).1
    }

    /// Reorders `items` uniformly (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.index(end + 1));
        }
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// A probability, held as a whole number of 2⁻⁵³ so that comparing is exact everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Chance(u64);

impl Chance {
    /// It never happens.
    pub const NEVER: Self = Self(0);
    /// It always happens.
    pub const ALWAYS: Self = Self(1 << 53);

    /// A probability in `[0, 1]`; what lies outside is brought to the nearer end, NaN to zero.
    pub fn new(probability: f64) -> Self {
        Self((probability.clamp(0.0, 1.0) * (1_u64 << 53) as f64) as u64)
    }

    /// A probability in percent.
    pub fn percent(percent: f64) -> Self {
        Self::new(percent / 100.0)
    }

    /// The probability in `[0, 1]`.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / (1_u64 << 53) as f64
    }
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Duration {
    /// Always the same.
    Constant(Span),
    /// Anywhere between two spans.
    Uniform {
        /// Shortest.
        min: Span,
        /// Longest.
        max: Span,
    },
    /// Memoryless, with this mean.
    Exponential(Span),
    /// The logarithm is normal: most are near the median, some far above.
    LogNormal {
        /// Half of all are shorter.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Heavy-tailed: P(X > x) = (min / x)^shape.
    Pareto {
        /// Shortest.
        min: Span,
        /// Tail exponent; the mean is finite above 1.
        shape: f64,
    },
    /// One of two.
    Bimodal {
        /// Mostly.
        short: Span,
        /// Sometimes.
        long: Span,
        /// How often it is the long one.
        is_long: Chance,
    },
}

impl Duration {
    /// Draws one.
    #[inline]
    pub fn sample(self, random: &mut Random) -> Span {
        let scaled =
            |span: Span, factor: f64| Span::from_nanos((span.as_nanos() as f64 * factor) as u64);
        match self {
            Self::Constant(span) => span,
            Self::Uniform { min, max } => random.between(min, max),
            Self::Exponential(mean) => scaled(mean, random.exponential()),
            Self::LogNormal { median, sigma } => scaled(median, libm::exp(sigma * random.normal())),
            Self::Pareto { min, shape } => scaled(min, libm::exp(random.exponential() / shape)),
            Self::Bimodal {
                short,
                long,
                is_long,
            } => {
                if random.happens(is_long) {
                    long
                } else {
                    short
                }
            }
        }
    }

    /// The mean, where it is finite.
    pub fn mean_secs(self) -> f64 {
        match self {
            Self::Constant(span) | Self::Exponential(span) => span.as_secs_f64(),
            Self::Uniform { min, max } => (min.as_secs_f64() + max.as_secs_f64()) / 2.0,
            Self::LogNormal { median, sigma } => {
                median.as_secs_f64() * libm::exp(sigma * sigma / 2.0)
            }
            Self::Pareto { min, shape } if shape > 1.0 => min.as_secs_f64() * shape / (shape - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
            Self::Bimodal {
                short,
                long,
                is_long,
            } => {
                let long_part = is_long.as_f64();
                short.as_secs_f64() * (1.0 - long_part) + long.as_secs_f64() * long_part
            }
        }
    }
}

/// Zipf's law over `0..len`: rank k has weight (k + 1)^-s.
///
/// Sampling looks the draw up among the cumulative weights, from where a guide says that it lies
/// (Chen and Asau, "On Generating Random Variates from an Empirical Distribution", AIIE Transactions
/// 6(2), 1974): O(1) on average. Clones share the table.
#[derive(Debug, Clone)]
pub struct Zipf {
    cumulative: Rc<[f64]>,
    /// The rank of a draw in each of as many equal parts of all draws as there are ranks.
    guide: Rc<[u32]>,
}

impl Zipf {
    /// The law over `len` ranks (at least one) with exponent `s`; zero makes it uniform.
    pub fn new(len: usize, s: f64) -> Self {
        let mut sum = 0.0;
        let cumulative: Rc<[f64]> = (1..=len.max(1))
            .map(|rank| {
                sum += libm::exp(-s * libm::log(rank as f64));
                sum
            })
            .collect();
        let parts = cumulative.len();
        let mut rank = 0;
        let guide = (0..parts).map(|part| {
            let target = part as f64 / parts as f64 * sum;
            while rank + 1 < parts && cumulative[rank] <= target {
                rank += 1;
            }
            rank as u32
        });
        Self {
            guide: guide.collect(),
            cumulative,
        }
    }

    /// Draws a rank; rank 0 is the most popular.
    pub fn sample(&self, random: &mut Random) -> usize {
        self.rank(random.unit())
    }

    /// The first rank whose cumulative weight exceeds this share of the whole, or the last one.
    fn rank(&self, share: f64) -> usize {
        let sums = &*self.cumulative;
        let last = sums.len() - 1;
        if last == 0 {
            return 0;
        }
        let target = share * sums[last];
        let part = (share * sums.len() as f64) as usize;
        let mut rank = self.guide[part.min(last)] as usize;
        // The guide is rounded: it may lead past the rank.
        while rank > 0 && sums[rank - 1] > target {
            rank -= 1;
        }
        while rank < last && sums[rank] <= target {
            rank += 1;
        }
        rank
    }

    /// The probability of a rank; zero outside the table.
    pub fn probability(&self, rank: usize) -> f64 {
        let before = if rank == 0 {
            0.0
        } else {
            self.cumulative.get(rank - 1).copied().unwrap_or(0.0)
        };
        let total = self.cumulative[self.cumulative.len() - 1];
        self.cumulative
            .get(rank)
            .map_or(0.0, |sum| (sum - before) / total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_not_moved_by_draws_from_another() {
        let mut alone = Streams::new(7);
        let mut beside = Streams::new(7);
        for _ in 0..100 {
            beside.get(Stream::SERVICE).bits();
            assert_eq!(
                alone.get(Stream::ARRIVALS).bits(),
                beside.get(Stream::ARRIVALS).bits()
            );
        }
    }

    #[test]
    fn chance_zero_never_happens_and_chance_one_always() {
        let mut random = Random::new(1);
        for _ in 0..10_000 {
            assert!(!random.happens(Chance::NEVER));
            assert!(random.happens(Chance::ALWAYS));
        }
    }

    #[test]
    fn sample_means_agree_with_the_stated_means() {
        let millis = Span::from_millis;
        for law in [
            Duration::Constant(millis(5)),
            Duration::Uniform {
                min: millis(2),
                max: millis(8),
            },
            Duration::Exponential(millis(5)),
            Duration::LogNormal {
                median: millis(5),
                sigma: 0.5,
            },
            Duration::Pareto {
                min: millis(5),
                shape: 3.5,
            },
            Duration::Bimodal {
                short: millis(5),
                long: millis(100),
                is_long: Chance::percent(10.0),
            },
        ] {
            let mut random = Random::new(11);
            let count = 40_000;
            let sum: f64 = (0..count)
                .map(|_| law.sample(&mut random).as_secs_f64())
                .sum();
            let (mean, stated) = (sum / f64::from(count), law.mean_secs());
            assert!(
                (mean / stated - 1.0).abs() < 0.02,
                "{law:?}: {mean} against {stated}"
            );
        }
    }

    #[test]
    fn zipf_frequencies_follow_its_probabilities() {
        let law = Zipf::new(50, 1.1);
        let mut random = Random::new(3);
        let mut counts = [0_u32; 50];
        for _ in 0..100_000 {
            counts[law.sample(&mut random)] += 1;
        }
        for rank in [0, 1, 4] {
            let expected = law.probability(rank) * 100_000.0;
            let deviation = (f64::from(counts[rank]) - expected).abs();
            assert!(
                deviation < 4.0 * expected.sqrt(),
                "rank {rank}: {} against {expected}",
                counts[rank]
            );
        }
        let total: f64 = (0..50).map(|rank| law.probability(rank)).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_guide_leads_to_the_rank_that_a_search_finds() {
        let mut random = Random::new(8);
        for (len, s) in [
            (1, 1.0),
            (2, 0.0),
            (7, 3.0),
            (1_000, 0.0),
            (1_000, 1.1),
            (300, 40.0),
        ] {
            let law = Zipf::new(len, s);
            let total = law.cumulative[len - 1];
            let edges = (0..=len).flat_map(|part| {
                let edge = part as f64 / len as f64;
                [edge.next_down(), edge, edge.next_up()]
            });
            let drawn = (0..20_000).map(|_| random.unit());
            for share in edges
                .chain(drawn)
                .filter(|share| (0.0..1.0).contains(share))
            {
                let found = law.cumulative.partition_point(|&sum| sum <= share * total);
                assert_eq!(law.rank(share), found.min(len - 1), "{len}, {s}: {share}");
            }
        }
    }

    #[test]
    fn below_reaches_every_value_and_no_other() {
        let mut random = Random::new(5);
        let mut seen = [false; 7];
        for _ in 0..1_000 {
            seen[random.index(7)] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
    }
}
