//! What is promised, and the test behind the promise about chance.

use super::model::Sieve;
use crate::prelude::*;
use crate::real::fixed;

/// The name of a promise that cleared bits break, and counters taken from strangers.
pub(crate) const NEVER_DENIES: &str = "no member is ever denied";
/// The name of a promise that dependent hashes break.
pub(crate) const AS_CHANCE_ALLOWS: &str = "false positives as often as chance allows";
/// The name of a promise that joining unlike filters breaks.
pub(crate) const UNION: &str = "joining makes the filter of both sets";

/// What is promised.
pub(super) static PROPERTIES: &[Property<Sieve>] = &[
    Property::always(
        NEVER_DENIES,
        "A key that was added, and not removed since, is never answered with no.",
        |sieve, _| {
            let denied = &sieve.audit.denied;
            holds(denied.count == 0, || match &denied.first {
                Some(key) if denied.count == 1 => format!("the filter denies {key}"),
                Some(key) => format!("the filter denies {} keys, {key} among them", denied.count),
                None => "the filter denies a key".to_owned(),
            })
        },
    ),
    Property::always(
        AS_CHANCE_ALLOWS,
        "Strangers pass no more often than twice f^k + k/m, and no less often than half of f^k − 4k/m, \
         where f is the part of bits that is set: so seldom does chance alone take a sound filter over \
         either line that it happens in fewer than one run in a million million.",
        |sieve, _| {
            let sample = &sieve.sample;
            let told = |passed: u64, strangers: u64, bound: &str, limit: f64| {
                let limit = fixed(limit, 1);
                format!(
                    "{passed} of {strangers} strangers passed, where {bound} {limit} were to be \
                     expected"
                )
            };
            let (passed, strangers) = (sample.passed, sample.strangers);
            holds(sample.surprise_of_many() < IMPOSSIBLE, || {
                told(passed, strangers, "at most", sample.most)
            })?;
            holds(sample.surprise_of_few() < IMPOSSIBLE, || {
                told(passed, strangers, "at least", sample.least)
            })
        },
    ),
    Property::always(
        UNION,
        "A filter joined with another one is the filter that would have come of adding the keys of \
         both.",
        |sieve, _| {
            holds(sieve.audit.astray == 0, || {
                format!(
                    "{} of its bits are not those of the keys of both",
                    sieve.audit.astray
                )
            })
        },
    ),
];

/// ln 10^12: a run gets so far by chance in one case of a million million.
const IMPOSSIBLE: f64 = 27.631_021_115_928_547;

/// What a false positive is weighed with: four, which finds a rate of three times the allowed one
/// soonest, and hardly later any other.
const WEIGHT: f64 = 4.0;

/// Strangers that were asked for, each once, and how surprising it is that so many or so few passed.
///
/// If each stranger passes with at most probability p, whatever happened before, then the product of
/// 4 for each that passed and of 1/(1 + 3 p) for every one never grows on average, and so exceeds
/// 10^12 at any time of a run with at most probability 10^-12 (Ville 1939). Its logarithm is the
/// surprise. If each passes with at least probability q, the same is true of 1/4 for each that passed
/// and (1 − q/4)/(1 − q) for every other. A test with a fixed number of sigmas would be broken by
/// chance sooner or later, because it is looked at after every event.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    pub(super) strangers: u64,
    pub(super) passed: u64,
    /// The sums of what each was to do at least and was allowed at most.
    pub(super) least: f64,
    pub(super) most: f64,
    /// The sum of what each was expected to do, and of the variance of that.
    pub(super) expected: f64,
    pub(super) variance: f64,
    surprise_of_many: f64,
    surprise_of_few: f64,
}

/// What a stranger may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    /// The probability that it passes if its bits are independent.
    pub(super) expected: f64,
    /// It passes with this probability at least.
    pub(super) least: f64,
    /// And with this one at most.
    pub(super) most: f64,
}

impl Sample {
    /// Counts one stranger.
    pub(super) fn count(&mut self, passed: bool, chances: Chances) {
        let Chances {
            expected,
            least,
            most,
        } = chances;
        self.strangers += 1;
        self.passed += u64::from(passed);
        self.least += least;
        self.most += most;
        self.expected += expected;
        self.variance += expected * (1.0 - expected);
        self.surprise_of_many -= libm::log1p((WEIGHT - 1.0) * most);
        if passed {
            self.surprise_of_many += libm::log(WEIGHT);
            self.surprise_of_few -= libm::log(WEIGHT);
        } else {
            self.surprise_of_few += libm::log1p(-least / WEIGHT) - libm::log1p(-least);
        }
    }

    /// The logarithm of how unlikely a sound filter comes so far by passing many, at least.
    pub(super) const fn surprise_of_many(&self) -> f64 {
        self.surprise_of_many
    }

    /// The same by passing few.
    pub(super) const fn surprise_of_few(&self) -> f64 {
        self.surprise_of_few
    }

    /// The part that passed.
    pub(super) fn rate(&self) -> f64 {
        self.passed as f64 / self.strangers.max(1) as f64
    }

    /// The part that was to pass, and how far three sigmas reach from it.
    pub(super) fn theory(&self) -> (f64, f64) {
        let strangers = self.strangers.max(1) as f64;
        (
            self.expected / strangers,
            3.0 * self.variance.sqrt() / strangers,
        )
    }
}

impl Chances {
    /// Twice f^k at most, which a small filter may exceed f^k by, and twice k/m for steps that come
    /// round to bits they met before; half of f^k less as much at least, which is nothing for filters
    /// that hardly ever err. A test tries all pairs of first bit and step on small filters.
    pub(super) fn of(expected: f64, bits: usize, hashes: u32) -> Self {
        let around = 2.0 * f64::from(hashes) / bits as f64;
        Self {
            expected,
            least: (expected / 2.0 - around).max(0.0),
            most: (2.0 * expected + around).min(1.0),
        }
    }
}
