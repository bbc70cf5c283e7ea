//! How long work takes, as laws of a given mean.

use crate::kernel::random::{Chance, Duration};
use crate::time::Span;

crate::choices! {
    /// How the time of work is distributed around its mean.
    pub enum Law {
        /// Always the same.
        Constant = "constant", "Constant";
        /// Memoryless.
        Exponential = "exponential", "Exponential";
        /// Most near the median, some far above it.
        LogNormal = "log-normal", "Log-normal";
        /// Nine in ten are short, one in ten takes twenty times as long.
        Bimodal = "bimodal", "Short and long";
        /// A tail so heavy that its variance is infinite.
        Pareto = "pareto", "Pareto";
    }
}

/// Standard deviation of the logarithm under the log-normal law: a p99 of eight times the mean.
const SIGMA: f64 = 1.2;
/// How many times as long the long ones take.
const LONG: f64 = 20.0;
/// How many of ten are long.
const LONG_OF_TEN: f64 = 1.0;
/// The exponent of the Pareto law: the mean is finite, the variance is not.
const TAIL: f64 = 1.5;

impl Law {
    /// The law with this mean.
    ///
    /// ```
    /// use orrery_core::kernel::path::Law;
    /// use orrery_core::time::Span;
    ///
    /// for law in Law::ALL {
    ///     let mean = law.with_mean(Span::from_millis(100)).mean_secs();
    ///     assert!((mean - 0.1).abs() < 1e-6, "{law:?}");
    /// }
    /// ```
    pub fn with_mean(self, mean: Span) -> Duration {
        let part = |part: f64| Span::from_secs_f64(mean.as_secs_f64() * part);
        match self {
            Self::Constant => Duration::Constant(mean),
            Self::Exponential => Duration::Exponential(mean),
            Self::LogNormal => Duration::LogNormal {
                median: part(libm::exp(-SIGMA * SIGMA / 2.0)),
                sigma: SIGMA,
            },
            Self::Bimodal => {
                let short = 1.0 / (1.0 + (LONG - 1.0) * LONG_OF_TEN / 10.0);
                Duration::Bimodal {
                    short: part(short),
                    long: part(short * LONG),
                    is_long: Chance::percent(LONG_OF_TEN * 10.0),
                }
            }
            Self::Pareto => Duration::Pareto {
                min: part((TAIL - 1.0) / TAIL),
                shape: TAIL,
            },
        }
    }

    /// The square of the standard deviation over the mean; infinite for [`Law::Pareto`].
    pub fn variability(self) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Exponential => 1.0,
            Self::LogNormal => libm::exp(SIGMA * SIGMA) - 1.0,
            Self::Bimodal => {
                let long = LONG_OF_TEN / 10.0;
                let mean = 1.0 + (LONG - 1.0) * long;
                (1.0 + (LONG * LONG - 1.0) * long) / (mean * mean) - 1.0
            }
            Self::Pareto => f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::Random;

    #[test]
    fn samples_have_the_stated_variability() {
        for law in [
            Law::Constant,
            Law::Exponential,
            Law::LogNormal,
            Law::Bimodal,
        ] {
            let mut random = Random::new(5);
            let duration = law.with_mean(Span::from_millis(100));
            let count = 400_000;
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..count {
                let secs = duration.sample(&mut random).as_secs_f64();
                sum += secs;
                squares += secs * secs;
            }
            let mean = sum / f64::from(count);
            let measured = squares / f64::from(count) / (mean * mean) - 1.0;
            let stated = law.variability();
            // The fourth moment of the log-normal law is large: its variance comes slowly.
            assert!(
                (measured - stated).abs() <= 0.12 * stated + 1e-9,
                "{law:?}: {measured}, {stated}"
            );
        }
    }
}
