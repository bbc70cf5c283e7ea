//! What a bucket is allowed: its capacity, its rate, and the unit that makes both exact.

use std::fmt;

use thiserror::Error;

use crate::time::Span;

/// A refill rate: so many tokens per period, as a ratio of integers.
///
/// `Rate::new(1, Span::from_secs(3))` is a third of a token per second, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    per: Span,
}

/// A capacity and a rate that fit the exact arithmetic.
///
/// Tokens are counted in *credit*. For a rate of `n` tokens per period of `d` nanoseconds, one
/// token is `d` credit and one nanosecond brings `n`: whole numbers both, so no sum ever rounds
/// and no drift can build up, however many requests come.
///
/// ```
/// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Limit, Rate};
/// use orrery_core::time::Span;
///
/// // Ten tokens, three of them back in every second.
/// let limit = Limit::new(10, Rate::per_second(3))?;
/// assert_eq!(limit.capacity(), 10);
/// assert_eq!(limit.time_to_fill(), Some(Span::from_nanos(3_333_333_334)));
/// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub(super) capacity: u64,
    pub(super) rate: Rate,
    /// Credit of a full bucket: `capacity` tokens.
    pub(super) full: u64,
}

/// The most credit that a level counts as missing, in a bucket's capacity and in debts together.
pub(super) const MISSING_MAX: u64 = i64::MAX as u64;

/// The most credit of a full bucket: as much can be owed besides.
const CREDIT_MAX: u64 = MISSING_MAX / 2;

/// Why a capacity and a rate were not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LimitError {
    /// The rate's period is zero.
    #[error("a rate of {tokens} tokens per 0 s is not a rate; give a period of at least 1 ns")]
    NoPeriod {
        /// The tokens asked for per period.
        tokens: u64,
    },
    /// The capacity in credit does not fit 62 bits.
    #[error(
        "a capacity of {capacity} with a rate per {per} cannot be counted exactly; \
         use at most {most}, or state the rate per a shorter period"
    )]
    TooLarge {
        /// The capacity asked for, in tokens.
        capacity: u64,
        /// The rate's period.
        per: Span,
        /// The largest capacity possible with this period.
        most: u64,
    },
}

impl Rate {
    /// `tokens` per second.
    pub const fn per_second(tokens: u64) -> Self {
        Self {
            tokens,
            per: Span::from_secs(1),
        }
    }

    /// `tokens` per `per`.
    ///
    /// # Errors
    ///
    /// [`LimitError::NoPeriod`] if `per` is zero.
    pub const fn new(tokens: u64, per: Span) -> Result<Self, LimitError> {
        if per.is_zero() {
            return Err(LimitError::NoPeriod { tokens });
        }
        Ok(Self { tokens, per })
    }

    /// Tokens gained in each [period](Self::per).
    pub const fn tokens(self) -> u64 {
        self.tokens
    }

    /// The period in which [`tokens`](Self::tokens) are gained.
    pub const fn per(self) -> Span {
        self.per
    }

    /// Tokens per second, for display and charts.
    pub fn as_per_second_f64(self) -> f64 {
        self.tokens as f64 / self.per.as_secs_f64()
    }
}

impl Limit {
    /// A bucket of `capacity` tokens that gains tokens at `rate`.
    ///
    /// Either may be zero: a bucket without capacity admits nothing, one without refill admits
    /// its capacity once.
    ///
    /// # Errors
    ///
    /// [`LimitError::TooLarge`] if `capacity` times the rate's period in nanoseconds exceeds 62
    /// bits. With a period of one second that is beyond 4 billion tokens.
    pub const fn new(capacity: u64, rate: Rate) -> Result<Self, LimitError> {
        let most = CREDIT_MAX / rate.per.as_nanos();
        if capacity > most {
            return Err(LimitError::TooLarge {
                capacity,
                per: rate.per,
                most,
            });
        }
        Ok(Self {
            capacity,
            rate,
            full: capacity * rate.per.as_nanos(),
        })
    }

    /// The same capacity with the refill stopped, in the same unit of credit: going there and back
    /// loses nothing.
    #[must_use]
    pub const fn frozen(self) -> Self {
        let rate = Rate {
            tokens: 0,
            per: self.rate.per,
        };
        Self { rate, ..self }
    }

    /// The most tokens the bucket holds.
    pub const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The rate at which tokens come.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// How long an empty bucket takes to fill, rounded up; `None` without refill.
    pub const fn time_to_fill(&self) -> Option<Span> {
        self.time_to_gain(self.full)
    }

    /// How long so many tokens take to come, rounded up; `None` without refill. The pace at which
    /// a client may spend for ever.
    pub const fn time_for(&self, tokens: u64) -> Option<Span> {
        self.time_to_gain(tokens.saturating_mul(self.token()))
    }

    /// Credit in one token.
    pub(super) const fn token(&self) -> u64 {
        self.rate.per.as_nanos()
    }

    /// Credit gained per nanosecond: what more a rate may bring would find no room.
    pub(super) const fn gain(&self) -> u64 {
        if self.rate.tokens < MISSING_MAX {
            self.rate.tokens
        } else {
            MISSING_MAX
        }
    }

    /// The first instant, counted from now, at which `credit` more is there.
    pub(super) const fn time_to_gain(&self, credit: u64) -> Option<Span> {
        match self.gain() {
            0 => None,
            gain => Some(Span::from_nanos(credit.div_ceil(gain))),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.per == Span::from_secs(1) {
            write!(f, "{}/s", self.tokens)
        } else {
            write!(f, "{} per {}", self.tokens, self.per)
        }
    }
}
