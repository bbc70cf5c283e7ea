//! What is promised, and the test behind the promise about chance.

use super::model::Sieve;
use crate::prelude::*;

/// The name of a promise that cleared bits break, and counters taken from strangers.
pub(crate) const NEVER_DENIES: &str = "no member is ever denied";
/// The name of a promise that dependent hashes break.
pub(crate) const NO_MORE_THAN_CHANCE: &str = "no more false positives than chance allows";
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
        NO_MORE_THAN_CHANCE,
        "Strangers pass no more often than twice f^k + k/m, where f is the part of bits that is set: \
         so seldom does chance alone take a sound filter over the line that it happens in fewer than \
         one run in a million million.",
        |sieve, _| {
            let sample = &sieve.sample;
            holds(sample.surprise() < IMPOSSIBLE, || {
                format!(
                    "{} of {} strangers passed, where at most {:.1} were to be expected",
                    sample.passed, sample.strangers, sample.allowed
                )
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

/// Strangers that were asked for, each once, and how surprising it is that so many passed.
///
/// If each stranger passes with at most probability p, whatever happened before, then the product of
/// 4 for each that passed and of 1/(1 + 3 p) for every one never grows on average, and so exceeds
/// 10^12 at any time of a run with at most probability 10^-12 (Ville 1939). Its logarithm is the
/// surprise. A test with a fixed number of sigmas would be broken by chance sooner or later, because
/// it is looked at after every event.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    pub(super) strangers: u64,
    pub(super) passed: u64,
    /// The sum of what each was allowed.
    pub(super) allowed: f64,
    /// The sum of what each was expected to do, and of the variance of that.
    pub(super) expected: f64,
    pub(super) variance: f64,
    surprise: f64,
}

impl Sample {
    /// Counts one stranger that passes with the probability `expected` if its bits are independent.
    pub(super) fn count(&mut self, passed: bool, expected: f64, allowed: f64) {
        self.strangers += 1;
        self.passed += u64::from(passed);
        self.allowed += allowed;
        self.expected += expected;
        self.variance += expected * (1.0 - expected);
        if passed {
            self.surprise += libm::log(WEIGHT);
        }
        self.surprise -= libm::log1p((WEIGHT - 1.0) * allowed);
    }

    /// The logarithm of how unlikely a sound filter comes so far, at least.
    pub(super) const fn surprise(&self) -> f64 {
        self.surprise
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

/// The probability that a stranger passes, at most: twice f^k, which a small filter may exceed f^k
/// by, and twice k/m for steps that come round to bits they met before. A test tries all pairs of
/// first bit and step on small filters.
pub(super) fn allowed(expected: f64, bits: usize, hashes: u32) -> f64 {
    (2.0 * expected + 2.0 * f64::from(hashes) / bits as f64).min(1.0)
}
